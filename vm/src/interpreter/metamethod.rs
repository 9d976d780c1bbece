//! What slow paths share: metamethod names, the outcome of a slow path, calling a metamethod and finishing the
//! interrupted instruction.
//!
//! A slow path answers with a [`Step`]. `Step::Call` pushes a frame of kind `Metamethod` above the running one; when
//! it returns, [`finish`] does the rest of the interrupted instruction (stores the result, jumps, goes on
//! concatenating). So metamethods never recurse on the native stack and may yield.

use super::frame::{CONTINUATION_SLOTS, LinkKind, link};
use super::{arithmetic, calls, go, handler, next, unwind};
use crate::bytecode::Opcode;
use crate::bytecode::opcode::{operand_a, operand_b, operand_j};
use crate::object::{Function, Prototype};
use crate::value::Value;
use crate::vm::Vm;

/// Events that metatables answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
#[allow(missing_docs)]
pub enum Metamethod {
    Index,
    NewIndex,
    Call,
    Add,
    Subtract,
    Multiply,
    Divide,
    Modulo,
    Power,
    Negate,
    Concatenate,
    Length,
    Equal,
    Less,
    LessEqual,
    Mode,
    Collect,
    Metatable,
    ToString,
    Pairs,
    InstancePairs,
}

impl Metamethod {
    /// All names in order.
    pub const NAMES: &'static [&'static str] = &[
        "__index",
        "__newindex",
        "__call",
        "__add",
        "__sub",
        "__mul",
        "__div",
        "__mod",
        "__pow",
        "__unm",
        "__concat",
        "__len",
        "__eq",
        "__lt",
        "__le",
        "__mode",
        "__gc",
        "__metatable",
        "__tostring",
        "__pairs",
        "__ipairs",
    ];
}

/// The outcome of a slow path.
#[derive(Clone, Copy, Debug)]
pub enum Step {
    /// Done; the result (ignored by stores).
    Value(Value),
    /// A function has to be called.
    Call {
        /// What to call (any value; `__call` is honoured).
        function: Value,
        /// Arguments.
        arguments: [Value; 3],
        /// How many of them.
        count: u32,
        /// A number for [`finish`]: the register to go on from (concatenation), or 1 to negate (comparison).
        extra: u64,
    },
    /// An error was raised.
    Raised(crate::call::Raised),
}

handler! {
    /// Enters the function of `vm.step` above the frame at `base`; `pc` is the interrupted instruction's.
    #[cold]
    enter_step(pc, base, d, a, k, vm) {
        let Step::Call { function, arguments, count, extra } = (*vm).step else {
            go!(unwind::unwind, pc, base, 0, 0, k, vm)
        };
        let running = (*base.sub(2)).as_function().unwrap_unchecked();
        let frame_size = (*(*running).data.cast::<Prototype>()).frame_size as usize;
        let Some(base) = (*vm).ensure_stack(base, frame_size + CONTINUATION_SLOTS + 4) else {
            go!(unwind::unwind, pc, base, 0, 0, k, vm)
        };
        let bottom = base.add(frame_size);
        *bottom = Value::from_bits(extra);
        *bottom.add(1) = Value::from_bits(pc as usize as u64);
        *bottom.add(2) = function;
        *bottom.add(3) = link(LinkKind::Metamethod, frame_size + CONTINUATION_SLOTS);
        let new_base = bottom.add(CONTINUATION_SLOTS);
        let mut index = 0;
        while index < count as usize {
            *new_base.add(index) = arguments[index];
            index += 1;
        }
        go!(calls::enter, pc, new_base, count as usize, 0, k, vm)
    }
}

/// Finishes the instruction that a metamethod interrupted: its first result is `result`, the frame of the
/// interrupted function is at `base`.
// Out of line, as everything that keeps something in its stack frame: `finish_metamethod` has to end in jumps.
#[inline(never)]
pub(crate) unsafe fn finish(
    vm: *mut Vm,
    base: *mut Value,
    pc: *const u32,
    extra: u64,
    result: Value,
) -> FinishedStep {
    // SAFETY: I6: pc and base describe the interrupted frame.
    unsafe {
        let word = super::counting::original_word(vm, *pc.sub(1));
        let Some(opcode) = Opcode::from_word(word) else {
            return FinishedStep::Next(pc);
        };
        if opcode.is_condition() {
            let negated = matches!(
                opcode,
                Opcode::IfNotLess
                    | Opcode::IfNotLessEqual
                    | Opcode::IfNotEqual
                    | Opcode::IfNotEqualK
                    | Opcode::IfNotEqualPrimitive
                    | Opcode::IfNotLessK
                    | Opcode::IfNotLessEqualK
                    | Opcode::IfNotGreaterK
                    | Opcode::IfNotGreaterEqualK
            );
            let condition = result.is_truthy() != negated;
            let condition = condition != (extra == 1);
            let jump = *pc;
            let after = pc.add(1);
            return FinishedStep::Next(if condition {
                after.offset(operand_j(jump) as isize)
            } else {
                after
            });
        }
        match opcode {
            Opcode::SetField | Opcode::SetGlobal | Opcode::SetIndex | Opcode::SetIndexInteger => {}
            Opcode::Concatenate => {
                *base.add(extra as usize) = result;
                let first = operand_b(word) as usize;
                return match arithmetic::concatenate_from(vm, base, first, extra as usize) {
                    Ok(None) => {
                        *base.add(operand_a(word) as usize) = *base.add(first);
                        FinishedStep::Next(pc)
                    }
                    Ok(Some(step)) => {
                        (*vm).take_step(step);
                        FinishedStep::Again
                    }
                    Err(()) => FinishedStep::Raised,
                };
            }
            _ => *base.add(operand_a(word) as usize) = result,
        }
        FinishedStep::Next(pc.add(opcode.extra_words() as usize))
    }
}

/// What to do after [`finish`].
pub(crate) enum FinishedStep {
    /// Go on at this address.
    Next(*const u32),
    /// Another metamethod has to be called (`vm.step`), for the same instruction.
    Again,
    /// An error was raised.
    Raised,
}

handler! {
    /// A metamethod returned: `a` is 1 if `vm.finish_result` is its result; `base` is the frame it interrupted, `pc` the interrupted
    /// instruction's.
    finish_metamethod(pc, base, d, a, k, vm) {
        let running = (*base.sub(2)).as_function().unwrap_unchecked();
        let k = (*(*running).data.cast::<Prototype>()).constants;
        debug_assert!(Function::is_lua(running));
        (*vm).save(base, pc);
        match finish(vm, base, pc, d as u64, (*vm).finish_result) {
            FinishedStep::Next(pc) => next!(pc, base, k, vm),
            FinishedStep::Again => go!(enter_step, pc, base, 0, 0, k, vm),
            FinishedStep::Raised => go!(unwind::unwind, pc, base, 0, 0, k, vm),
        }
    }
}
