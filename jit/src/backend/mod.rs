//! From optimised traces to machine code: plan, register allocation, lowering, exits.
//!
//! ```text
//! ir::Trace ──► plan (what is fused, who uses what) ──► allocate (registers, spill slots) ──► x64 (bytes) ──► arena
//!                                                            │
//!                                                            └──► sites: where each exit finds its snapshot's values
//! ```
//! | module | |
//! |---|---|
//! | `plan` | which loads and checks become operands of their user; use counts; what a snapshot needs |
//! | `allocate` | linear scan forwards over the trace; the processor is a [`allocate::Target`] |
//! | `moves` | parallel moves at loop edges and calls |
//! | `check` | symbolic check of an allocation, for tests |
//! | `arena` | places for code in executable memory |
//! | `exits` | what an exit does: values from registers to the interpreter's stack |
//! | `machine` | compiled traces by number, the face to the driver |
//! | `x64` | lowering for x86-64 |
//!
//! Worked example: `s = s + t[i]` in a loop becomes, when the optimiser has hoisted what does not change,
//! ```text
//! cmp ecx, edx                         ; bounds
//! ja exit3
//! cmp dword [rsi+rcx*8+52], 0xfff80000 ; unbox: is it a number?
//! ja exit3
//! vaddsd xmm0, xmm0, [rsi+rcx*8+48]    ; add with the element as its operand
//! ```
//!
//! Invariants: I20 to I23 of docs/invariants.md. A trace that a back end cannot compile is a [`CompileError`] and stays
//! interpreted; nothing in here panics because of what a program does.

pub mod allocate;
mod arena;
pub mod check;
pub mod exits;
mod helpers;
mod machine;
pub mod moves;
pub mod plan;
#[cfg(all(test, target_os = "linux"))]
mod tests;
mod x64;

pub use machine::{CompiledTrace, Exit, Machine, Options};

/// Number of a register: 0 to 15 general, 16 to 31 floating-point.
pub type Register = u8;
/// First floating-point register.
pub const FIRST_FLOAT: Register = 16;

/// Where a value is at some point of a trace.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Place {
    /// In a register.
    Register(Register),
    /// In a spill slot of the machine-code frame.
    Slot(u16),
    /// Nowhere: it is this constant of the trace.
    Constant(u32),
}

/// Why a trace has no machine code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CompileError {
    /// The back end has no lowering for this operation (or this use of it).
    Unsupported(&'static str),
    /// More values live at once than the frame has room for.
    TooManySpills,
    /// `maxmcode` is reached, or the trace alone is larger than an area.
    NoCodeMemory,
    /// The trace contradicts the rules of the intermediate representation.
    Malformed(String),
}

impl std::fmt::Display for CompileError {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            CompileError::Unsupported(what) => write!(formatter, "no machine code for {what}"),
            CompileError::TooManySpills => write!(formatter, "too many values at once"),
            CompileError::NoCodeMemory => write!(formatter, "no more memory for machine code"),
            CompileError::Malformed(what) => write!(formatter, "malformed trace: {what}"),
        }
    }
}

impl std::error::Error for CompileError {}
