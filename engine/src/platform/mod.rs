//! The outside world of a game and the two drivers that run it: a window, or nothing.
//!
//! ```text
//! world.rs    World: clock, input, window model, seed        shared with the love modules
//! game.rs     Game::resume → Step                            the seam between a game and its driver
//! headless.rs fixed clock, scripted input, screenshots
//! window.rs   winit's handler; window_keys.rs its key names; pacing.rs when the next frame is due
//! message_box.rs dialogs of the system
//! sys.rs      processors, power, clipboard, browser, Ctrl-C
//! ```
//!
//! Only window.rs, window_keys.rs and game.rs name the window library.

mod clock;
mod game;
pub mod headless;
pub mod message_box;
mod pacing;
pub mod sys;
pub mod window;
mod window_keys;
mod window_model;
mod world;

pub use clock::{Clock, FIXED_EPOCH_SECONDS};
pub use game::{Game, Step};
pub use pacing::FramePacer;
pub use window_model::{Display, FullscreenType, WindowModel, WindowSettings};
pub use world::{SharedWorld, World};
