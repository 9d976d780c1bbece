//! The seam between a running game and whatever drives it.
//!
//! A game is a coroutine. The driver (window.rs inside the window library's handler, headless.rs in a plain loop) calls
//! `Game::resume`; the game runs until it needs the outside and answers with a `Step`. The driver does what the step asks
//! for and resumes again. So a blocking `love.run` never blocks the window, and both drivers see the same game.
//!
//! ```text
//! driver                 game
//!   resume ───────────►  … love.event.pump()
//!   ◄─────── Step::Pump
//!   applies changes to World.input
//!   resume ───────────►  … draws … love.graphics.present()
//!   ◄──── Step::Present
//!   shows the frame, paces, advances the clock
//! ```

use std::path::Path;

/// Why the game gave up control.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Step {
    /// It wants events (`love.event.pump`): resume when those that wait have been applied.
    Pump,
    /// It wants to sleep until there is an event (`love.event.wait`).
    Wait,
    /// It wants to sleep this many seconds (`love.timer.sleep`).
    Sleep(f64),
    /// A frame is complete (`love.graphics.present`).
    Present,
    /// It wants to be started again from the beginning (`love.event.quit("restart")`).
    Restart,
    /// It ended, with the program's exit code.
    Finished(i32),
}

/// A game that can be run a piece at a time.
pub trait Game {
    /// Runs until the game needs the outside or ends. Not called again after `Finished`.
    fn resume(&mut self) -> Step;

    /// Starts again from the beginning (after `Step::Restart`). The error is one sentence for the user.
    fn restart(&mut self) -> Result<(), String>;

    /// Shows the finished frame; without a window there may be nothing to do.
    fn present(&mut self);

    /// Writes the last finished frame as a PNG file. The error is one sentence for the user.
    fn save_screenshot(&mut self, file: &Path) -> Result<(), String>;

    /// Plays sound for this long, when sound follows the fixed clock.
    fn advance_sound(&mut self, seconds: f64);

    /// The window exists (again): surfaces may be made for it.
    fn window_opened(
        &mut self,
        window: std::sync::Arc<winit::window::Window>,
    ) -> Result<(), String>;

    /// The window's drawable area changed, in pixels.
    fn window_resized(&mut self, width_pixels: u32, height_pixels: u32);

    /// The run is over, whatever ended it. The error is one sentence for the user.
    fn finish(&mut self) -> Result<(), String> {
        Ok(())
    }
}
