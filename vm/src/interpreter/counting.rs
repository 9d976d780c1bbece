//! Hot counters and recording: handlers that stand in the dispatch table while a trace compiler is installed.
//!
//! ```text
//! no tracer          plain handlers: nothing is counted
//! tracer             Loop, ForLoop, IteratorLoop, IteratorNext and the headers of Lua functions count, then do their work
//! recording          `recorded` stands for every opcode: it shows the instruction to the tracer, then does its work
//! hook set           `hooked` stands for every opcode (see `hooks`): nothing is counted or recorded
//! ```
//!
//! A trace that starts at a loop or header replaces the instruction by `CompiledLoop`, its number in the 24 bits above the
//! opcode; `vm::tracing` keeps the replaced word. Where compiled code must not run (recording, hooks, no machine code for this
//! processor) [`original_word`] finds that word and [`interpret!`] does its work.
//!
//! Worked example: with the start value 111 the 56th pass of a loop makes its counter underflow (111 - 56 · 2 < 0), the
//! counter starts again, and `Tracer::hot` sees the address of the loop's instruction.

use super::{Handler, calls, go, handler, loops, plain_handler};
use crate::bytecode::Opcode;
use crate::value::Value;
use crate::vm::Vm;

/// What a pass of a loop takes from its counter.
pub const LOOP_COST: u16 = 2;
/// What a call of a function takes.
pub const CALL_COST: u16 = 1;

/// The handler of an opcode while a tracer is installed and nothing is recorded.
pub(crate) fn counting_handler(opcode: Opcode) -> Handler {
    match opcode {
        Opcode::Loop => loop_counted,
        Opcode::ForLoop => for_loop_counted,
        Opcode::IteratorLoop => iterator_loop_counted,
        Opcode::IteratorNext => iterator_next_counted,
        Opcode::FunctionHeader => function_header_counted,
        Opcode::FunctionHeaderVararg => function_header_vararg_counted,
        other => plain_handler(other),
    }
}

/// The word that the compiler made, for one that may be the entry of a trace.
#[inline(always)]
pub(crate) unsafe fn original_word(vm: *mut Vm, word: u32) -> u32 {
    if word as u8 != Opcode::CompiledLoop as u8 {
        return word;
    }
    // SAFETY: I12.
    unsafe { (*vm).tracing.original_word(word >> 8) }
}

/// Does the work of `$word` by its plain handler. At a function header `d` is the number of arguments, elsewhere an operand.
macro_rules! interpret {
    ($word:expr, $pc:expr, $base:expr, $d:expr, $k:expr, $vm:expr) => {{
        let word: u32 = $word;
        let Some(opcode) = $crate::bytecode::Opcode::from_word(word) else {
            return $crate::interpreter::invalid($pc, $base, $d, 0, $k, $vm);
        };
        let d = if opcode.is_function_header() {
            $d
        } else {
            (word >> 16) as usize
        };
        $crate::interpreter::go!(
            $crate::interpreter::plain_handler(opcode),
            $pc,
            $base,
            d,
            (word >> 8 & 0xff) as usize,
            $k,
            $vm
        )
    }};
}
pub(crate) use interpret;

/// Takes `cost` from the counter of the instruction in front of `pc`; true at underflow.
#[inline(always)]
unsafe fn count(vm: *mut Vm, pc: *const u32, cost: u16) -> bool {
    // SAFETY: I12.
    unsafe { (*vm).tracing.count(pc.sub(1), cost) }
}

/// Notes where the program stands, for the tracer.
#[inline(never)]
unsafe fn note_place(vm: *mut Vm, word: u32, pc: *const u32, base: *mut Value, d: usize) {
    // SAFETY: I6: the arguments are a handler's.
    unsafe {
        if Opcode::from_word(word).is_some_and(Opcode::is_function_header) {
            (*vm).enter_native_frame(base, d);
        } else {
            (*vm).save(base, pc);
        }
    }
}

handler! {
    loop_counted(pc, base, d, a, k, vm) {
        if count(vm, pc, LOOP_COST) {
            return hot(pc, base, d, a, k, vm);
        }
        go!(loops::loop_head, pc, base, d, a, k, vm)
    }
    for_loop_counted(pc, base, d, a, k, vm) {
        if count(vm, pc, LOOP_COST) {
            return hot(pc, base, d, a, k, vm);
        }
        go!(loops::for_loop, pc, base, d, a, k, vm)
    }
    iterator_loop_counted(pc, base, d, a, k, vm) {
        if count(vm, pc, LOOP_COST) {
            return hot(pc, base, d, a, k, vm);
        }
        go!(loops::iterator_loop, pc, base, d, a, k, vm)
    }
    /// Counts only traversals that it does itself; others come to their `IteratorLoop`.
    iterator_next_counted(pc, base, d, a, k, vm) {
        if loops::is_position(*base.add(a - 1)) && count(vm, pc, LOOP_COST) {
            return hot(pc, base, d, a, k, vm);
        }
        go!(loops::iterator_next, pc, base, d, a, k, vm)
    }
    function_header_counted(pc, base, d, a, k, vm) {
        if count(vm, pc, CALL_COST) {
            return hot(pc, base, d, a, k, vm);
        }
        go!(calls::function_header, pc, base, d, a, k, vm)
    }
    function_header_vararg_counted(pc, base, d, a, k, vm) {
        if count(vm, pc, CALL_COST) {
            return hot(pc, base, d, a, k, vm);
        }
        go!(calls::function_header_vararg, pc, base, d, a, k, vm)
    }
    /// The counter of this instruction has underflowed.
    #[cold]
    hot(pc, base, d, a, k, vm) {
        let word = *pc.sub(1);
        note_place(vm, word, pc, base, d);
        (*vm).report_hot(pc.sub(1), base);
        if (*vm).tracing.is_recording() {
            go!(recorded, pc, base, d, a, k, vm)
        }
        interpret!(word, pc, base, d, k, vm)
    }
    /// Stands for every opcode while a recording is on.
    recorded(pc, base, d, a, k, vm) {
        let word = original_word(vm, *pc.sub(1));
        note_place(vm, word, pc, base, d);
        (*vm).show_instruction(pc.sub(1), base);
        interpret!(word, pc, base, d, k, vm)
    }
    /// The entry of a trace where there is no compiled code to run.
    compiled_loop(pc, base, d, a, k, vm) {
        interpret!(original_word(vm, *pc.sub(1)), pc, base, d, k, vm)
    }
}
