//! Folding: constants, algebra, and types that are known.
//!
//! ```text
//! mul x 1.0          → x                    unbox number 0003:"integer"  → int_to_num 0003
//! add x -0.0         → x  (not + 0.0: -0)   guard_truth "table" true     → nothing
//! pow x 2.0          → mul x x              lt 1.0 2.0                   → nothing;   lt 2.0 1.0 → contradiction
//! ```
//!
//! Must never: change a bit of a result. So `x + 0` stays (x may be -0), `x * 0` stays (NaN, -0), `x - x` stays (infinities), `x * -1` stays (the
//! sign of a NaN is visible when printed), operands of additions are not exchanged (of two NaNs the first wins), and nothing is
//! computed whose result is a NaN.
//!
//! Integers and conversions are in `fold_integer`.

use super::Refusal;
use super::emitter::{Emitter, Step, plain};
use super::fold_integer;
use crate::ir::*;
use rlove_vm::interpreter::arithmetic::{lua_modulo, lua_power};
use rlove_vm::value::{TAG_SHIFT, Value};

/// The pass.
pub(super) fn step(
    emitter: &mut Emitter,
    instruction: &Instruction,
    _: &[Ref],
) -> Result<Step, Refusal> {
    use Operation::*;
    // An `unbox` of a typed value exists in no back end: that it goes is not a matter of choice.
    if !emitter.passes.fold && instruction.operation != Unbox {
        return Ok(Step::Keep);
    }
    match instruction.operation {
        Unbox => unbox(emitter, instruction),
        GuardBits | GuardNotBits => bits(emitter, instruction),
        GuardTruth => truth(emitter, instruction),
        Equal | NotEqual | Less | NotLess | LessEqual | NotLessEqual | UnsignedLess
        | UnsignedNotLess | Bounds => compare(emitter, instruction),
        Add | Subtract | Multiply | Divide | Modulo | Power | Minimum | Maximum => {
            arithmetic(emitter, instruction)
        }
        Negate | Absolute | SquareRoot | Floor | Ceil => unary(emitter, instruction),
        _ => fold_integer::step(emitter, instruction),
    }
}

/// A guard of which it is known whether it holds.
pub(super) fn decided(holds: bool) -> Result<Step, Refusal> {
    match holds {
        true => Ok(Step::Nothing),
        false => Err(Refusal::Contradiction),
    }
}

/// A constant number as the value; NaNs are computed by the program.
fn number(emitter: &mut Emitter, number: f64) -> Step {
    match number.is_nan() {
        true => Step::Keep,
        false => Step::Value(emitter.trace.constant(Constant::Number(number.to_bits()))),
    }
}

/// The tagged word of a constant.
fn word(constant: Constant) -> Option<u64> {
    match constant {
        Constant::Number(bits) => Some(Value::number(f64::from_bits(bits)).bits()),
        Constant::Integer(integer) => Some(f64::from(integer).to_bits()),
        Constant::Word(bits) | Constant::Frame(bits) => Some(bits),
        Constant::Int64(_) | Constant::Pointer(_) => None,
    }
}

fn unbox(emitter: &mut Emitter, instruction: &Instruction) -> Result<Step, Refusal> {
    let mut value = instruction.operands[0];
    if let Some(boxed) = emitter.defined_by(value, Operation::Box) {
        value = boxed.operands[0];
    }
    let (from, to) = (emitter.ty(value), instruction.ty);
    if from == to {
        return Ok(Step::Value(value));
    }
    match from {
        Type::Integer if to == Type::Number => {
            Ok(Step::Again(plain(Operation::IntegerToNumber, &[value])))
        }
        Type::Value if value.as_constant().is_none() => Ok(Step::Keep),
        _ => Err(Refusal::Contradiction),
    }
}

fn bits(emitter: &mut Emitter, instruction: &Instruction) -> Result<Step, Refusal> {
    let wanted_equal = instruction.operation == Operation::GuardBits;
    let [value, constant, _] = instruction.operands;
    let Some(expected) = emitter.trace.constant_at(constant).and_then(word) else {
        return Ok(Step::Keep);
    };
    if let Some(actual) = emitter.trace.constant_at(value) {
        return match word(actual) {
            Some(actual) => decided((actual == expected) == wanted_equal),
            None => Ok(Step::Keep),
        };
    }
    let (from, to) = (emitter.ty(value), emitter.ty(constant));
    let number_like = |ty| matches!(ty, Type::Number | Type::Integer);
    if from == Type::Value || (number_like(from) && number_like(to)) {
        return Ok(Step::Keep);
    }
    if from != to {
        return decided(!wanted_equal);
    }
    let operation = match wanted_equal {
        true => Operation::Equal,
        false => Operation::NotEqual,
    };
    Ok(Step::Again(Instruction {
        snapshot: instruction.snapshot,
        ..plain(operation, &[value, constant])
    }))
}

fn truth(emitter: &mut Emitter, instruction: &Instruction) -> Result<Step, Refusal> {
    let value = instruction.operands[0];
    let wanted = instruction.literal == 1;
    if let Some(constant) = emitter.trace.constant_at(value) {
        let falsy = [Value::NIL.bits(), Value::FALSE.bits()];
        return match word(constant) {
            Some(word) => decided(falsy.contains(&word) != wanted),
            None => Ok(Step::Keep),
        };
    }
    match emitter.ty(value) {
        Type::Value => Ok(Step::Keep),
        _ => decided(wanted),
    }
}

/// What a comparison says about two ordered values.
fn holds<T: PartialOrd>(operation: Operation, a: T, b: T) -> bool {
    match operation {
        Operation::Equal => a == b,
        Operation::NotEqual => a != b,
        Operation::Less | Operation::UnsignedLess => a < b,
        Operation::LessEqual | Operation::Bounds => a <= b,
        // Not `>=`: a NaN is not less than anything either.
        Operation::NotLess | Operation::UnsignedNotLess => {
            !matches!(a.partial_cmp(&b), Some(std::cmp::Ordering::Less))
        }
        _ => !matches!(
            a.partial_cmp(&b),
            Some(std::cmp::Ordering::Less | std::cmp::Ordering::Equal)
        ),
    }
}

fn compare(emitter: &mut Emitter, instruction: &Instruction) -> Result<Step, Refusal> {
    use Operation::*;
    let operation = instruction.operation;
    let [a, b, _] = instruction.operands;
    let unsigned = matches!(operation, Bounds | UnsignedLess | UnsignedNotLess);
    let constants = (emitter.trace.constant_at(a), emitter.trace.constant_at(b));
    if let (Some(left), Some(right)) = constants {
        return match (left, right) {
            (Constant::Number(x), Constant::Number(y)) => {
                decided(holds(operation, f64::from_bits(x), f64::from_bits(y)))
            }
            (Constant::Integer(x), Constant::Integer(y)) if unsigned => {
                decided(holds(operation, x as u32, y as u32))
            }
            (Constant::Integer(x), Constant::Integer(y)) => decided(holds(operation, x, y)),
            (Constant::Int64(x), Constant::Int64(y)) if unsigned => {
                decided(holds(operation, x as u64, y as u64))
            }
            (Constant::Int64(x), Constant::Int64(y)) => decided(holds(operation, x, y)),
            // Long strings are compared by their bytes elsewhere; here it is addresses.
            (x, y) if matches!(operation, Equal | NotEqual) => {
                decided((x == y) == (operation == Equal))
            }
            _ => Ok(Step::Keep),
        };
    }
    if a == b {
        let is_number = emitter.ty(a) == Type::Number;
        return match operation {
            NotLess | UnsignedNotLess => Ok(Step::Nothing),
            Less | UnsignedLess => Err(Refusal::Contradiction),
            Equal | LessEqual if !is_number => Ok(Step::Nothing),
            NotEqual | NotLessEqual if !is_number => Err(Refusal::Contradiction),
            _ => Ok(Step::Keep),
        };
    }
    Ok(Step::Keep)
}

fn arithmetic(emitter: &mut Emitter, instruction: &Instruction) -> Result<Step, Refusal> {
    use Operation::*;
    let [a, b, _] = instruction.operands;
    if let (Some(x), Some(y)) = (emitter.number(a), emitter.number(b)) {
        let result = match instruction.operation {
            Add => x + y,
            Subtract => x - y,
            Multiply => x * y,
            Divide => x / y,
            Modulo => lua_modulo(x, y),
            Power => lua_power(x, y),
            // Of equal numbers (0 and -0) the instruction decides which.
            Minimum if x != y => x.min(y),
            Maximum if x != y => x.max(y),
            _ => return Ok(Step::Keep),
        };
        // A modulo whose quotient is huge goes another way in the interpreter; it computes.
        return Ok(number(emitter, result));
    }
    let negative_zero = |number: f64| number == 0.0 && number.is_sign_negative();
    if let Some(y) = emitter.number(b) {
        match instruction.operation {
            Add if negative_zero(y) => return Ok(Step::Value(a)),
            Subtract if y == 0.0 && !negative_zero(y) => return Ok(Step::Value(a)),
            Multiply | Divide if y == 1.0 => return Ok(Step::Value(a)),
            // A power of two has an exact reciprocal.
            Divide if is_power_of_two(y) => {
                let reciprocal = emitter
                    .trace
                    .constant(Constant::Number((1.0 / y).to_bits()));
                return Ok(Step::Again(plain(Multiply, &[a, reciprocal])));
            }
            Power if y == 2.0 => return Ok(Step::Again(plain(Multiply, &[a, a]))),
            _ => {}
        }
    }
    if let Some(x) = emitter.number(a) {
        match instruction.operation {
            Add if negative_zero(x) => return Ok(Step::Value(b)),
            Multiply if x == 1.0 => return Ok(Step::Value(b)),
            _ => {}
        }
    }
    match instruction.operation {
        Minimum | Maximum if a == b => Ok(Step::Value(a)),
        _ => Ok(Step::Keep),
    }
}

/// Whether `number` and its reciprocal are powers of two in the normal range.
fn is_power_of_two(number: f64) -> bool {
    let mantissa = number.to_bits() & ((1 << 52) - 1);
    number.is_normal() && mantissa == 0 && (1.0 / number).is_normal()
}

fn unary(emitter: &mut Emitter, instruction: &Instruction) -> Result<Step, Refusal> {
    use Operation::*;
    let a = instruction.operands[0];
    if let Some(x) = emitter.number(a) {
        let result = match instruction.operation {
            Negate => -x,
            Absolute => x.abs(),
            SquareRoot => x.sqrt(),
            Floor => x.floor(),
            _ => x.ceil(),
        };
        return Ok(number(emitter, result));
    }
    let Some(inner) = emitter.definition(a).copied() else {
        return Ok(Step::Keep);
    };
    let step = match (instruction.operation, inner.operation) {
        (Negate, Negate) => Step::Value(inner.operands[0]),
        (Absolute, Absolute) => Step::Value(a),
        (Absolute, Negate) => Step::Again(plain(Absolute, &[inner.operands[0]])),
        (Floor | Ceil, Floor | Ceil | IntegerToNumber | UnsignedToNumber) => Step::Value(a),
        _ => Step::Keep,
    };
    Ok(step)
}

/// The address in a constant object.
pub(super) fn address(constant: Constant) -> Option<i64> {
    match constant {
        Constant::Word(bits) if constant.ty() != Type::Value => {
            Some((bits & ((1 << TAG_SHIFT) - 1)) as i64)
        }
        Constant::Pointer(address) => Some(address as i64),
        _ => None,
    }
}
