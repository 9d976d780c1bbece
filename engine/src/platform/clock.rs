//! Time: the machine's clock, or a fixed one that counts frames; and `love.timer`'s measurements on top of either.
//!
//! The fixed clock is the contract of docs/input-script.md ("The fixed clock"): time stands still within a frame except
//! for what the game sleeps, and a step of one frame is DT bit for bit, so a run repeats exactly on any machine.
//!
//! ```
//! use rlove::platform::Clock;
//! let mut clock = Clock::fixed(0.25, 0);
//! assert_eq!(clock.step(), 0.0);
//! clock.frame_presented();
//! assert_eq!(clock.now_seconds(), 0.25);
//! assert_eq!(clock.step(), 0.25);
//! ```

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// `os.time()` at the start of a run with a fixed clock and seed 0.
pub const FIXED_EPOCH_SECONDS: f64 = 1_000_000_000.0;

#[derive(Debug)]
enum Source {
    Machine {
        start: Instant,
    },
    Fixed {
        step_seconds: f64,
        ticks: u64,
        ticks_at_step: u64,
        slept_seconds: f64,
        epoch_seconds: f64,
        /// The time, for the clocks of threads.
        published: Arc<AtomicU64>,
    },
    /// A thread's clock in a run with a fixed clock: it shows what the main one shows.
    Follower {
        time: Arc<AtomicU64>,
        epoch_seconds: f64,
    },
}

/// The clock of one run, with the state of `love.timer`.
#[derive(Debug)]
pub struct Clock {
    source: Source,
    frame: u64,
    previous_seconds: f64,
    delta_seconds: f64,
    average_delta_seconds: f64,
    frames_per_second: u32,
    frames_since_update: u32,
    previous_update_seconds: f64,
}

/// How many ticks of `step_seconds` a sleep is, rounded by `round`.
fn whole_ticks(slept_seconds: f64, step_seconds: f64, round: fn(f64) -> f64) -> u64 {
    if step_seconds > 0.0 {
        // A saturating cast: a game may ask for any number of seconds.
        round(slept_seconds / step_seconds) as u64
    } else {
        0
    }
}

impl Clock {
    /// The machine's monotonic clock.
    pub fn machine() -> Clock {
        Clock::new(Source::Machine {
            start: Instant::now(),
        })
    }

    /// A clock that advances `step_seconds` at each presented frame; `seed` moves the date.
    pub fn fixed(step_seconds: f64, seed: u64) -> Clock {
        Clock::new(Source::Fixed {
            step_seconds,
            ticks: 0,
            ticks_at_step: 0,
            slept_seconds: 0.0,
            epoch_seconds: FIXED_EPOCH_SECONDS + seed as f64,
            published: Arc::default(),
        })
    }

    /// A clock for a thread, which shows the same time.
    pub fn follower(&self) -> Clock {
        Clock::new(match &self.source {
            Source::Machine { start } => Source::Machine { start: *start },
            Source::Fixed {
                epoch_seconds,
                published,
                ..
            } => Source::Follower {
                time: published.clone(),
                epoch_seconds: *epoch_seconds,
            },
            Source::Follower {
                time,
                epoch_seconds,
            } => Source::Follower {
                time: time.clone(),
                epoch_seconds: *epoch_seconds,
            },
        })
    }

    fn publish(&self) {
        if let Source::Fixed { published, .. } = &self.source {
            published.store(self.now_seconds().to_bits(), Ordering::Relaxed);
        }
    }

    fn new(source: Source) -> Clock {
        Clock {
            source,
            frame: 1,
            previous_seconds: 0.0,
            delta_seconds: 0.0,
            average_delta_seconds: 0.0,
            frames_per_second: 0,
            frames_since_update: 0,
            previous_update_seconds: 0.0,
        }
    }

    /// Whether this is a fixed clock, and its step.
    pub fn fixed_step_seconds(&self) -> Option<f64> {
        match self.source {
            Source::Fixed { step_seconds, .. } => Some(step_seconds),
            Source::Machine { .. } | Source::Follower { .. } => None,
        }
    }

    /// The frame that is being made, from 1.
    pub fn frame(&self) -> u64 {
        self.frame
    }

    /// Seconds since the start (`love.timer.getTime`, `os.clock` under a fixed clock).
    pub fn now_seconds(&self) -> f64 {
        match &self.source {
            Source::Machine { start } => start.elapsed().as_secs_f64(),
            Source::Fixed {
                step_seconds,
                ticks,
                slept_seconds,
                ..
            } => *ticks as f64 * step_seconds + slept_seconds,
            Source::Follower { time, .. } => f64::from_bits(time.load(Ordering::Relaxed)),
        }
    }

    /// Seconds since 1970 (`os.time`).
    pub fn unix_seconds(&self) -> f64 {
        match &self.source {
            Source::Machine { .. } => SystemTime::now()
                .duration_since(UNIX_EPOCH)
                .map_or(0.0, |since| since.as_secs_f64()),
            Source::Fixed { epoch_seconds, .. } | Source::Follower { epoch_seconds, .. } => {
                epoch_seconds + self.now_seconds().floor()
            }
        }
    }

    /// A frame was shown: the next one begins.
    pub fn frame_presented(&mut self) {
        self.frame += 1;
        if let Source::Fixed {
            step_seconds,
            ticks,
            slept_seconds,
            ..
        } = &mut self.source
        {
            let slept_ticks = whole_ticks(*slept_seconds, *step_seconds, f64::ceil);
            *ticks = ticks.saturating_add(slept_ticks.max(1));
            *slept_seconds = 0.0;
        }
        self.publish();
    }

    /// Jumps ahead to a frame in which something happens (a headless game that waits for an event).
    pub fn skip_to_frame(&mut self, frame: u64) {
        let skipped = frame.saturating_sub(self.frame);
        self.frame += skipped;
        if let Source::Fixed {
            ticks,
            slept_seconds,
            ..
        } = &mut self.source
        {
            *ticks = ticks.saturating_add(skipped);
            *slept_seconds = 0.0;
        }
        self.publish();
    }

    /// Takes note of a sleep. Answers how long the caller really has to wait: nothing under a fixed clock.
    pub fn sleep(&mut self, seconds: f64) -> Duration {
        // NaN and negative times are no time.
        let seconds = if seconds > 0.0 { seconds } else { 0.0 };
        let wait = match &mut self.source {
            Source::Machine { .. } | Source::Follower { .. } => {
                Duration::try_from_secs_f64(seconds).unwrap_or(Duration::from_secs(u64::MAX >> 32))
            }
            Source::Fixed { slept_seconds, .. } => {
                *slept_seconds += seconds;
                Duration::ZERO
            }
        };
        self.publish();
        wait
    }

    /// `love.timer.step`: measures the time since the previous step and answers it.
    pub fn step(&mut self) -> f64 {
        let now = self.now_seconds();
        self.delta_seconds = match &mut self.source {
            Source::Machine { .. } | Source::Follower { .. } => now - self.previous_seconds,
            Source::Fixed {
                step_seconds,
                ticks,
                ticks_at_step,
                slept_seconds,
                ..
            } => {
                // A game that draws only when enough time has gone by may sleep until then without presenting.
                let slept_through = whole_ticks(*slept_seconds, *step_seconds, f64::floor);
                *ticks = ticks.saturating_add(slept_through);
                *slept_seconds = (*slept_seconds - slept_through as f64 * *step_seconds).max(0.0);
                let passed = *ticks - *ticks_at_step;
                *ticks_at_step = *ticks;
                passed as f64 * *step_seconds
            }
        };
        self.previous_seconds = now;
        self.frames_since_update += 1;
        let since_update = now - self.previous_update_seconds;
        if since_update > 1.0 {
            let frames = f64::from(self.frames_since_update);
            self.frames_per_second = (frames / since_update + 0.5) as u32;
            self.average_delta_seconds = since_update / frames;
            self.previous_update_seconds = now;
            self.frames_since_update = 0;
        }
        self.delta_seconds
    }

    /// `love.timer.getDelta`: what the last step answered.
    pub fn delta_seconds(&self) -> f64 {
        self.delta_seconds
    }

    /// `love.timer.getAverageDelta`: seconds a frame over the last second.
    pub fn average_delta_seconds(&self) -> f64 {
        match self.source {
            Source::Fixed { step_seconds, .. } => step_seconds,
            _ => self.average_delta_seconds,
        }
    }

    /// `love.timer.getFPS`.
    pub fn frames_per_second(&self) -> u32 {
        match self.source {
            Source::Fixed { step_seconds, .. } if step_seconds > 0.0 => {
                (1.0 / step_seconds).round() as u32
            }
            _ => self.frames_per_second,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fixed_steps_are_exact_whatever_is_slept() {
        let step = 1.0 / 60.0;
        let mut clock = Clock::fixed(step, 7);
        assert_eq!(clock.step(), 0.0);
        for _ in 0..1000 {
            clock.sleep(0.001);
            clock.frame_presented();
            assert_eq!(clock.step().to_bits(), step.to_bits());
            assert_eq!(clock.step(), 0.0);
        }
        assert_eq!(clock.frame(), 1001);
        assert_eq!(clock.frames_per_second(), 60);
        assert_eq!(clock.unix_seconds(), 1_000_000_023.0);
    }

    #[test]
    fn long_sleeps_move_the_clock_by_whole_ticks() {
        let mut clock = Clock::fixed(0.25, 0);
        clock.sleep(0.6);
        assert_eq!(clock.now_seconds(), 0.6);
        clock.frame_presented();
        assert_eq!(clock.now_seconds(), 0.75);
        assert_eq!(clock.step(), 0.75);
        clock.sleep(f64::NAN);
        clock.sleep(-1.0);
        assert_eq!(clock.now_seconds(), 0.75);
        clock.skip_to_frame(10);
        assert_eq!((clock.frame(), clock.now_seconds()), (10, 2.75));
    }

    /// picolove's love.run presents only when two frames' time has gone by and sleeps until then.
    #[test]
    fn a_step_counts_ticks_slept_through_without_presenting() {
        let mut clock = Clock::fixed(0.25, 0);
        clock.sleep(0.125);
        assert_eq!(clock.step(), 0.0);
        clock.sleep(0.5);
        assert_eq!(clock.step(), 0.5);
        assert_eq!(clock.now_seconds(), 0.625);
        assert_eq!(clock.step(), 0.0);
        clock.frame_presented();
        assert_eq!(clock.now_seconds(), 0.75);
        assert_eq!(clock.step(), 0.25);
    }

    #[test]
    fn absurd_sleeps_do_not_overflow() {
        let mut clock = Clock::fixed(0.25, 0);
        clock.sleep(f64::INFINITY);
        assert!(clock.step() > 1e18);
        clock.sleep(f64::INFINITY);
        clock.frame_presented();
        clock.frame_presented();
        assert!(Clock::machine().sleep(f64::INFINITY) > Duration::from_secs(1_000_000));
    }
}
