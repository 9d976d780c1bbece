//! Common subexpressions: what was computed before is not computed again, and a guard that held before holds again.
//!
//! ```text
//! 0004 number mul 0002 0003
//! 0005 number mul 0002 0003      → 0004
//! 0006 - lt 0002 0003 > 1
//! 0007 - lt 0002 0003 > 2        → nothing
//! ```
//!
//! An `unbox` of a word whose type is known by an `unbox` before is that one. Immutable memory (bytes and length of strings, data
//! of functions) counts as computed. Helpers without effects are computations too.
//!
//! Must never: merge what reads changeable memory (that is `forward`'s), what allocates, or calls with effects; exchange operands of
//! double arithmetic to find a twin.

use super::Refusal;
use super::emitter::{Emitter, Step};
use crate::ir::*;
use rustc_hash::FxHashMap;

/// What there is.
#[derive(Clone, Default)]
pub(super) struct Table {
    computed: FxHashMap<Instruction, Ref>,
    calls: FxHashMap<(u32, Type, Vec<Ref>), Ref>,
    /// Words with a known type: the typed value.
    typed: FxHashMap<Ref, Ref>,
}

impl Table {
    /// The typed value of a word that was unboxed.
    pub fn typed(&self, word: Ref) -> Option<Ref> {
        self.typed.get(&word).copied()
    }
    /// Whether this guard has been passed.
    pub fn has(&self, guard: &Instruction) -> bool {
        self.computed.contains_key(&key(guard))
    }
}

/// The instruction without what does not matter for its value.
fn key(instruction: &Instruction) -> Instruction {
    let mut key = *instruction;
    key.snapshot = NO_SNAPSHOT;
    key.arguments = (0, 0);
    if key.operation == Operation::Unbox {
        key.literal = 0;
    }
    use Operation::*;
    let exchangeable = matches!(
        key.operation,
        AddInteger
            | MultiplyInteger
            | AddOverflow
            | MultiplyOverflow
            | BitAnd
            | BitOr
            | BitXor
            | Add64
            | Multiply64
            | BitAnd64
            | BitOr64
            | BitXor64
            | Equal
            | NotEqual
    );
    if exchangeable && key.operands[0] > key.operands[1] {
        key.operands.swap(0, 1);
    }
    key
}

/// Whether the value depends on the operands alone.
pub(super) fn is_computation(instruction: &Instruction) -> bool {
    match instruction.operation {
        Operation::StackCheck | Operation::LoadByte => true,
        Operation::LoadField => matches!(
            Field::of_literal(instruction.literal).0,
            Field::StringLength | Field::FunctionData
        ),
        operation => operation.effect() == Effect::Pure,
    }
}

/// The pass.
pub(super) fn step(
    emitter: &mut Emitter,
    instruction: &Instruction,
    arguments: &[Ref],
) -> Result<Step, Refusal> {
    if !emitter.passes.cse {
        return Ok(Step::Keep);
    }
    if instruction.operation == Operation::CallHelper {
        let found = (emitter.call_effects(instruction) == HelperEffects::PURE)
            .then(|| (instruction.literal, instruction.ty, arguments.to_vec()))
            .and_then(|call| emitter.common.calls.get(&call));
        return Ok(found.map_or(Step::Keep, |&value| Step::Value(value)));
    }
    if instruction.operation == Operation::Unbox
        && let Some(typed) = emitter.common.typed(instruction.operands[0])
    {
        return match emitter.ty(typed) == instruction.ty {
            true => Ok(Step::Value(typed)),
            false => Err(Refusal::Contradiction),
        };
    }
    if !is_computation(instruction) {
        return Ok(Step::Keep);
    }
    Ok(match emitter.common.computed.get(&key(instruction)) {
        Some(_) if instruction.ty == Type::None => Step::Nothing,
        Some(&value) => Step::Value(value),
        None => Step::Keep,
    })
}

/// Remembers what was appended.
pub(super) fn learn(
    emitter: &mut Emitter,
    instruction: &Instruction,
    arguments: &[Ref],
    reference: Ref,
) {
    if is_computation(instruction) {
        emitter.common.computed.insert(key(instruction), reference);
    }
    match instruction.operation {
        Operation::CallHelper if emitter.call_effects(instruction) == HelperEffects::PURE => {
            let call = (instruction.literal, instruction.ty, arguments.to_vec());
            emitter.common.calls.insert(call, reference);
        }
        Operation::Unbox => {
            emitter
                .common
                .typed
                .insert(instruction.operands[0], reference);
        }
        // What a guard proves to be a constant is that constant. (Equal numbers may be 0 and -0.)
        Operation::GuardBits | Operation::Equal if emitter.passes.cse => {
            let [value, constant, _] = instruction.operands;
            let is_frame = matches!(
                emitter.trace.constant_at(constant),
                Some(Constant::Frame(_))
            );
            let is_bits =
                instruction.operation == Operation::GuardBits || emitter.ty(value) != Type::Number;
            // A number keeps its type: an integer whose word is 1.0 is not the constant 1.0.
            let keeps_type = matches!(emitter.ty(value), Type::Value)
                || emitter.ty(value) == emitter.ty(constant);
            if value.as_instruction().is_some()
                && constant.as_constant().is_some()
                && !is_frame
                && is_bits
                && keeps_type
            {
                emitter.same.insert(value, constant);
            }
        }
        _ => {}
    }
}
