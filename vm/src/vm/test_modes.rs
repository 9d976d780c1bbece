//! Ways of running that make rare events happen all the time; programs must not notice (`make matrix`).
//!
//! ```text
//! rlua --mode=stress,stacks,interrupts program.lua
//! ```
//! Worked example: a handler that keeps a pointer into the stack across a call works nearly always, because stacks rarely move. In the
//! mode `stacks` they move at every call that goes deeper than any before it, and nearly every call of a builtin that asks for room.
//!
//! Invariants: a mode is set before the first program runs and never unset. What this does not do: modes of the trace compiler, which
//! has its own options.

use super::Vm;
use crate::object::Thread;

/// A way of running.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TestMode {
    /// A whole collection at every safe point.
    Stress,
    /// Stacks begin with hardly any room, grow by exactly what is asked, and move whenever room is asked for.
    Stacks,
    /// An interrupt (that asks for nothing) at every back edge and call.
    Interrupts,
}

impl TestMode {
    /// All modes.
    pub const ALL: [TestMode; 3] = [TestMode::Stress, TestMode::Stacks, TestMode::Interrupts];

    /// The name on the command line.
    pub fn name(self) -> &'static str {
        match self {
            TestMode::Stress => "stress",
            TestMode::Stacks => "stacks",
            TestMode::Interrupts => "interrupts",
        }
    }
    /// The mode of this name.
    pub fn from_name(name: &str) -> Option<TestMode> {
        TestMode::ALL.into_iter().find(|mode| mode.name() == name)
    }
}

/// Stacks up to this size move whenever room is asked for; larger ones would make deep recursion quadratic.
pub(super) const MOVED_SLOTS_MOST: usize = 1000;

impl Vm {
    /// Switches a mode on, before the first program runs.
    pub fn set_test_mode(&mut self, mode: TestMode) {
        match mode {
            TestMode::Stress => self.heap.set_stress(true),
            TestMode::Stacks => {
                self.moves_stacks = true;
                // SAFETY: I6: nothing runs on the main thread yet: its stack is empty.
                unsafe { Thread::replace_stack(self.main_thread, 0) };
            }
            TestMode::Interrupts => self.interrupt_handle().look_everywhere(),
        }
    }
    /// In the mode `stacks`: moves the running thread's stack, which has the room that was asked for.
    pub(super) fn move_stack(&mut self) {
        // SAFETY: I6: callers of `ensure_stack` reload their pointers.
        unsafe {
            let slots = (*self.thread).limit.offset_from((*self.thread).stack) as usize;
            if slots <= MOVED_SLOTS_MOST {
                Thread::grow(self.thread, slots);
            }
        }
    }
}
