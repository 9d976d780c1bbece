//! Machine code for x86-64, through dynasm-rs.
//!
//! ```text
//! rbx   base of the entry frame (Lua stack)       rax, xmm15   scratch, never allocated
//! r15   the heap                                  others       values
//! rsp   the machine-code frame: [0, 64) arguments and results of calls, then the registers that an exit saves, then spill slots
//! ```
//! All traces of a machine have the same frame, so a jump from trace to trace moves nothing but `rbx`.
//!
//! AVX forms are used when the processor has AVX; without SSE4.1 there is no back end.
//!
//! | module | |
//! |---|---|
//! | `target` | registers; what each operation demands of allocation |
//! | `emit` | the emitter: operands, constants, exits |
//! | `numbers`, `integers`, `memory`, `tables`, `calls` | lowering by group |
//! | `ends` | loop edge, links, snapshots written by machine code |
//! | `stubs` | code that all traces share |
//! | `listing` | disassembly for `--dump=asm` |

// The expansion of dynasm! converts register numbers that are bytes already.
#![allow(clippy::useless_conversion)]

mod calls;
mod emit;
mod ends;
mod integers;
pub mod listing;
mod memory;
mod numbers;
pub mod stubs;
mod tables;
mod target;

pub use emit::{Code, Environment, Patch, compile_trace};
pub use ends::{write_snapshot_and_jump, write_snapshot_and_leave};

use super::Register;

/// Bytes at the bottom of the frame for arguments and results of calls.
pub const CALL_AREA_BYTES: i32 = 96;
/// Where an exit saves the general registers; the floating-point ones follow.
pub const STATE_OFFSET: i32 = CALL_AREA_BYTES;
/// Where spill slots begin.
pub const SLOTS_OFFSET: i32 = STATE_OFFSET + 32 * 8;
/// Bytes of the frame; with six pushed registers and the return address a multiple of 16.
pub const FRAME_BYTES: i32 = SLOTS_OFFSET + super::allocate::MOST_SLOTS as i32 * 8 + 8;

const RAX: Register = 0;
const RCX: Register = 1;
const RDX: Register = 2;
const RBX: Register = 3;
const RSP: Register = 4;
const RBP: Register = 5;
const RSI: Register = 6;
const RDI: Register = 7;
/// Scratch floating-point register.
const FLOAT_SCRATCH: u8 = 15;

/// What the processor can do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Features {
    /// Three-operand forms.
    pub avx: bool,
    /// Shifts by any register.
    pub bmi2: bool,
}

impl Features {
    /// Of this processor; `None` if it is too old for this back end.
    pub fn detect() -> Option<Features> {
        if !std::is_x86_feature_detected!("sse4.1") {
            return None;
        }
        Some(Features {
            avx: std::is_x86_feature_detected!("avx"),
            bmi2: std::is_x86_feature_detected!("bmi2"),
        })
    }
}

const _: () = assert!(FRAME_BYTES % 16 == 8);
