//! Everything a game can see of the outside: clock, input, window, seed. One value, shared by driver and modules.
//!
//! The driver and the `love` modules run on one thread and never at the same moment (the game is suspended while the driver
//! works), so a `RefCell` is enough; nobody keeps a borrow across a call that may run Lua.

use super::clock::Clock;
use super::sys::Clipboard;
use super::window_model::WindowModel;
use crate::input::Input;
use std::cell::RefCell;
use std::rc::Rc;
use std::time::{SystemTime, UNIX_EPOCH};

/// The outside world of one run.
pub struct World {
    /// Time.
    pub clock: Clock,
    /// Keyboard, mouse, events.
    pub input: Input,
    /// The window.
    pub window: WindowModel,
    /// Seed of `love.math`'s generator.
    pub seed: u64,
    /// Whether there is no window, so nothing outside may be touched (browser, clipboard, message boxes).
    pub is_headless: bool,
    /// The clipboard of a headless run.
    pub headless_clipboard: String,
    /// The user's clipboard, opened on first use.
    pub clipboard: Clipboard,
}

/// How driver and modules hold the world.
pub type SharedWorld = Rc<RefCell<World>>;

impl World {
    /// A world with the machine's clock and a seed from the time of day, for a window.
    pub fn windowed() -> World {
        let seed = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .map_or(0, |since| since.as_secs());
        World::new(Clock::machine(), seed, false)
    }

    /// A world that is the same in every run.
    pub fn headless(step_seconds: f64, seed: u64) -> World {
        World::new(Clock::fixed(step_seconds, seed), seed, true)
    }

    /// What a thread of this run sees: the same time, and no input of its own.
    pub fn of_thread(clock: Clock, seed: u64, is_headless: bool) -> World {
        World::new(clock, seed, is_headless)
    }

    fn new(clock: Clock, seed: u64, is_headless: bool) -> World {
        World {
            clock,
            input: Input::default(),
            window: WindowModel::default(),
            seed,
            is_headless,
            headless_clipboard: String::new(),
            clipboard: Clipboard::default(),
        }
    }

    /// Makes it shareable.
    pub fn shared(self) -> SharedWorld {
        Rc::new(RefCell::new(self))
    }
}
