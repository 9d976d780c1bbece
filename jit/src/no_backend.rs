//! The driver of processors without a back end: everything is interpreted.
//!
//! It has the public names of `driver.rs` that other crates use, so that nobody has to ask for the processor but this crate's root.

pub use crate::display::Display;
use rlove_vm::vm::Vm;

/// Always false: this processor has no back end, the interpreter goes on alone.
pub fn install(_vm: &mut Vm, _display: Display) -> bool {
    false
}
