//! Which stages of the compiler's work are shown, by the names that `--dump=` takes.
//!
//! ```
//! let mut display = rlove_jit::driver::Display::default();
//! assert!(display.set("ir") && display.ir);
//! assert!(!display.set("no such stage"));
//! ```
//!
//! It knows no format: each stage prints itself.

/// What is shown of the compiler's work, on standard error.
#[derive(Clone, Debug, Default)]
pub struct Display {
    /// One line for each trace, abort and flush.
    pub events: bool,
    /// Instructions as they are recorded.
    pub recording: bool,
    /// IR as recorded.
    pub ir: bool,
    /// IR after the optimiser.
    pub optimised: bool,
    /// Snapshots (they are part of the listings; alone: only they).
    pub snapshots: bool,
    /// Machine code.
    pub assembly: bool,
    /// Exits taken.
    pub exits: bool,
}

impl Display {
    /// Switches one stage on; false if there is none of this name.
    pub fn set(&mut self, stage: &str) -> bool {
        match stage {
            "events" => self.events = true,
            "rec" => self.recording = true,
            "ir" => self.ir = true,
            "opt" => self.optimised = true,
            "snap" => self.snapshots = true,
            "asm" => self.assembly = true,
            "exits" => self.exits = true,
            _ => return false,
        }
        true
    }
}
