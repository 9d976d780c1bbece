//! Narrowing: arithmetic on doubles whose operands and result are integers becomes arithmetic on integers.
//!
//! ```text
//! num_to_int (add (int_to_num i) 1.0)    → addov i +1          t[i + 1]
//! num_to_bits (add (int_to_num a) (int_to_num b)) → addi a b    bit.band(a + b, 255): wraps like the bit library
//! lt (int_to_num i) 10.0                 → lt i +10
//! ```
//!
//! Sums and differences of 32-bit integers are exact as doubles, so an overflow check says the same as "the double is no 32-bit
//! integer". A product of integers is exact or beyond every integer; where it is -0 the integer instruction leaves, which is more careful.
//!
//! Must never: narrow a result that is used as a double (it stays a double), or a comparison with a constant that is no 32-bit integer.

use super::Refusal;
use super::emitter::{Emitter, Step, plain};
use crate::ir::*;

/// Sums nested deeper than this are left alone: below it they are exact as doubles (31 + 8 bits).
const DEEPEST_SUM: u32 = 8;

/// The pass.
pub(super) fn step(
    emitter: &mut Emitter,
    instruction: &Instruction,
    _: &[Ref],
) -> Result<Step, Refusal> {
    if !emitter.passes.narrowing {
        return Ok(Step::Keep);
    }
    use Operation::*;
    match instruction.operation {
        NumberToInteger => Ok(to_integer(emitter, instruction)),
        NumberToBits => to_bits(emitter, instruction),
        Equal | NotEqual | Less | NotLess | LessEqual | NotLessEqual => {
            Ok(comparison(emitter, instruction))
        }
        _ => Ok(Step::Keep),
    }
}

/// The integer that a double is known to be the same as.
fn as_integer(emitter: &mut Emitter, number: Ref) -> Option<Ref> {
    if let Some(constant) = emitter.number(number) {
        let whole = constant as i32;
        let exact = f64::from(whole) == constant;
        return exact.then(|| emitter.trace.constant(Constant::Integer(whole)));
    }
    emitter
        .defined_by(number, Operation::IntegerToNumber)
        .map(|conversion| conversion.operands[0])
}

fn to_integer(emitter: &mut Emitter, instruction: &Instruction) -> Step {
    let Some(inner) = emitter.definition(instruction.operands[0]).copied() else {
        return Step::Keep;
    };
    if inner.operation == Operation::IntegerToNumber {
        return Step::Value(inner.operands[0]);
    }
    let operation = match inner.operation {
        Operation::Add => Operation::AddOverflow,
        Operation::Subtract => Operation::SubtractOverflow,
        Operation::Multiply => Operation::MultiplyOverflow,
        _ => return Step::Keep,
    };
    let left = as_integer(emitter, inner.operands[0]);
    let right = as_integer(emitter, inner.operands[1]);
    match (left, right) {
        (Some(a), Some(b)) => Step::Again(Instruction {
            snapshot: instruction.snapshot,
            ..plain(operation, &[a, b])
        }),
        _ => Step::Keep,
    }
}

/// Whether a double is a sum of integers that is exact.
fn is_exact_sum(emitter: &mut Emitter, number: Ref, depth: u32) -> bool {
    if as_integer(emitter, number).is_some() {
        return true;
    }
    let Some(inner) = emitter.definition(number).copied() else {
        return false;
    };
    depth < DEEPEST_SUM
        && matches!(inner.operation, Operation::Add | Operation::Subtract)
        && is_exact_sum(emitter, inner.operands[0], depth + 1)
        && is_exact_sum(emitter, inner.operands[1], depth + 1)
}

fn wrapped_sum(emitter: &mut Emitter, number: Ref) -> Result<Ref, Refusal> {
    if let Some(integer) = as_integer(emitter, number) {
        return Ok(integer);
    }
    let Some(inner) = emitter.definition(number).copied() else {
        return Ok(Ref::NONE);
    };
    let a = wrapped_sum(emitter, inner.operands[0])?;
    let b = wrapped_sum(emitter, inner.operands[1])?;
    match inner.operation {
        Operation::Add => emitter.compute(Operation::AddInteger, &[a, b]),
        _ => emitter.compute(Operation::SubtractInteger, &[a, b]),
    }
}

fn to_bits(emitter: &mut Emitter, instruction: &Instruction) -> Result<Step, Refusal> {
    let number = instruction.operands[0];
    match is_exact_sum(emitter, number, 0) {
        true => Ok(Step::Value(wrapped_sum(emitter, number)?)),
        false => Ok(Step::Keep),
    }
}

fn comparison(emitter: &mut Emitter, instruction: &Instruction) -> Step {
    let [a, b, _] = instruction.operands;
    let converted = |emitter: &Emitter, number: Ref| {
        emitter
            .defined_by(number, Operation::IntegerToNumber)
            .is_some()
    };
    // Two constants are folding's.
    if !converted(emitter, a) && !converted(emitter, b) {
        return Step::Keep;
    }
    match (as_integer(emitter, a), as_integer(emitter, b)) {
        (Some(x), Some(y)) => Step::Again(Instruction {
            snapshot: instruction.snapshot,
            ..plain(instruction.operation, &[x, y])
        }),
        _ => Step::Keep,
    }
}
