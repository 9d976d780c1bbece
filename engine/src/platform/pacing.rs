//! When the next frame is due: the engine's own limiter, since not every present mode waits for the display.
//!
//! ```
//! # use rlove::platform::FramePacer;
//! let mut pacer = FramePacer::new(50.0);
//! assert_eq!(pacer.wait_seconds(10.0), 0.02);   // presented at 10.0: next frame due at 10.02
//! assert!((pacer.wait_seconds(10.021) - 0.019).abs() < 1e-9); // 1 ms late: the grid stays
//! assert_eq!(pacer.wait_seconds(11.0), 0.02);   // far too late: a new grid
//! ```
//!
//! Frames lie on a grid, so one late frame does not delay all that follow.

/// Paces frames to a rate.
#[derive(Debug)]
pub struct FramePacer {
    interval_seconds: f64,
    due_seconds: Option<f64>,
}

impl FramePacer {
    /// A pacer for a rate; a rate that is 0 or not a number counts as 60.
    pub fn new(rate_hertz: f64) -> FramePacer {
        let rate = if rate_hertz.is_finite() && rate_hertz >= 1.0 {
            rate_hertz
        } else {
            60.0
        };
        FramePacer {
            interval_seconds: 1.0 / rate,
            due_seconds: None,
        }
    }

    /// Takes another rate without losing the grid.
    pub fn set_rate(&mut self, rate_hertz: f64) {
        self.interval_seconds = FramePacer::new(rate_hertz).interval_seconds;
    }

    /// A frame was presented at this moment: how long to wait before the game goes on.
    pub fn wait_seconds(&mut self, now_seconds: f64) -> f64 {
        let due = match self.due_seconds {
            Some(due) if now_seconds < due + self.interval_seconds => due,
            _ => now_seconds,
        } + self.interval_seconds;
        self.due_seconds = Some(due);
        let wait = due - now_seconds;
        // The first frame of a grid waits exactly one interval, whatever rounding says.
        if (wait - self.interval_seconds).abs() < 1e-9 {
            self.interval_seconds
        } else {
            wait.max(0.0)
        }
    }
}
