//! Bytecode: the opcode table, the compiler's output form and its listing.
//!
//! [`opcode`] is the only place that knows how an instruction looks. [`prototype`] is what the compiler hands to
//! the virtual machine: plain data, no heap pointers, so that it can be printed, verified, written and read.

pub mod disassemble;
pub mod opcode;
pub mod prototype;
pub mod serialize;
pub mod verify;
mod verify_flow;

pub use opcode::{FRAME_SLOTS, Format, Opcode};
pub use prototype::{CompiledFunction, Constant, LocalVariable, UpvalueSource};
