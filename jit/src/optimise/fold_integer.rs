//! Folding of integers, conversions and 64-bit integers.
//!
//! ```text
//! addi (addi x +1) +2   → addi x +3          num_to_int 5.0       → +5     num_to_int 5.5 → contradiction
//! addov (addov x +1) -1 → x                  add64 (add64 x +8L) +8L → add64 x +16L
//! subi x +1             → addi x -1          load_mem (add64 x +8L) #f64+0 → load_mem x #f64+8
//! ```
//!
//! Must never: drop an overflow check whose sum is not that of a check before it; treat `num_to_int` of -0 as a way back to -0.

use super::Refusal;
use super::emitter::{Emitter, Step, plain};
use super::fold::{address, decided};
use crate::ir::*;

/// The part of folding that is in this file.
pub(super) fn step(emitter: &mut Emitter, instruction: &Instruction) -> Result<Step, Refusal> {
    use Operation::*;
    match instruction.operation {
        AddInteger | SubtractInteger | MultiplyInteger | BitAnd | BitOr | BitXor | ShiftLeft
        | ShiftRight | ShiftRightArithmetic | RotateLeft | RotateRight => {
            Ok(binary(emitter, instruction))
        }
        AddOverflow | SubtractOverflow | MultiplyOverflow => overflow(emitter, instruction),
        NegateInteger | BitNot | ByteSwap | IntegerToNumber | UnsignedToNumber
        | NumberToInteger | NumberToBits => convert(emitter, instruction),
        _ => wide(emitter, instruction),
    }
}

fn integer(emitter: &mut Emitter, integer: i32) -> Step {
    Step::Value(emitter.trace.constant(Constant::Integer(integer)))
}

fn evaluate(operation: Operation, x: i32, y: i32) -> Option<i32> {
    use Operation::*;
    let count = y as u32 & 31;
    Some(match operation {
        AddInteger => x.wrapping_add(y),
        SubtractInteger => x.wrapping_sub(y),
        MultiplyInteger => x.wrapping_mul(y),
        BitAnd => x & y,
        BitOr => x | y,
        BitXor => x ^ y,
        ShiftLeft => x << count,
        ShiftRight => (x as u32 >> count) as i32,
        ShiftRightArithmetic => x >> count,
        RotateLeft => x.rotate_left(count),
        RotateRight => x.rotate_right(count),
        _ => return None,
    })
}

fn binary(emitter: &mut Emitter, instruction: &Instruction) -> Step {
    use Operation::*;
    let operation = instruction.operation;
    let [a, b, _] = instruction.operands;
    let (left, right) = (emitter.integer(a), emitter.integer(b));
    if let (Some(x), Some(y)) = (left, right)
        && let Some(result) = evaluate(operation, x, y)
    {
        return integer(emitter, result);
    }
    let exchangeable = matches!(
        operation,
        AddInteger | MultiplyInteger | BitAnd | BitOr | BitXor
    );
    if exchangeable && left.is_some() {
        return Step::Again(plain(operation, &[b, a]));
    }
    if a == b {
        match operation {
            SubtractInteger | BitXor => return integer(emitter, 0),
            BitAnd | BitOr => return Step::Value(a),
            _ => {}
        }
    }
    let Some(y) = right else {
        return Step::Keep;
    };
    let step = match (operation, y) {
        (AddInteger | SubtractInteger | BitOr | BitXor, 0) => Step::Value(a),
        (MultiplyInteger, 1) | (BitAnd, -1) => Step::Value(a),
        (MultiplyInteger | BitAnd, 0) => integer(emitter, 0),
        (BitOr, -1) => integer(emitter, -1),
        (ShiftLeft | ShiftRight | ShiftRightArithmetic | RotateLeft | RotateRight, _)
            if y & 31 == 0 =>
        {
            Step::Value(a)
        }
        (SubtractInteger, _) => {
            let negated = emitter.trace.constant(Constant::Integer(y.wrapping_neg()));
            Step::Again(plain(AddInteger, &[a, negated]))
        }
        _ => Step::Keep,
    };
    match step {
        Step::Keep => reassociate(emitter, operation, a, y),
        step => step,
    }
}

/// `(x op c) op y` with both constants in one.
fn reassociate(emitter: &mut Emitter, operation: Operation, a: Ref, y: i32) -> Step {
    use Operation::*;
    let definition = emitter.definition(a).copied();
    let Some(inner) = definition.filter(|_| !emitter.is_carried(a)) else {
        return Step::Keep;
    };
    let same =
        inner.operation == operation || (operation == AddInteger && inner.operation == AddOverflow);
    let associative = matches!(
        operation,
        AddInteger | MultiplyInteger | BitAnd | BitOr | BitXor
    );
    let Some(x) = emitter
        .integer(inner.operands[1])
        .filter(|_| same && associative)
    else {
        return Step::Keep;
    };
    let Some(both) = evaluate(operation, x, y) else {
        return Step::Keep;
    };
    let both = emitter.trace.constant(Constant::Integer(both));
    Step::Again(plain(operation, &[inner.operands[0], both]))
}

fn overflow(emitter: &mut Emitter, instruction: &Instruction) -> Result<Step, Refusal> {
    use Operation::*;
    let operation = instruction.operation;
    let [a, b, _] = instruction.operands;
    let (left, right) = (emitter.integer(a), emitter.integer(b));
    if let (Some(x), Some(y)) = (left, right) {
        let result = match operation {
            AddOverflow => x.checked_add(y),
            SubtractOverflow => x.checked_sub(y),
            _ => x.checked_mul(y).filter(|&z| z != 0 || (x >= 0 && y >= 0)),
        };
        return match result {
            Some(result) => Ok(integer(emitter, result)),
            None => Err(Refusal::Contradiction),
        };
    }
    let again = |operands: [Ref; 2]| {
        Step::Again(Instruction {
            snapshot: instruction.snapshot,
            ..plain(AddOverflow, &operands)
        })
    };
    if operation == AddOverflow && left.is_some() {
        return Ok(again([b, a]));
    }
    let Some(y) = right else {
        return Ok(Step::Keep);
    };
    match (operation, y) {
        (AddOverflow | SubtractOverflow, 0) | (MultiplyOverflow, 1) => return Ok(Step::Value(a)),
        (SubtractOverflow, _) if y != i32::MIN => {
            let negated = emitter.trace.constant(Constant::Integer(-y));
            return Ok(again([a, negated]));
        }
        _ => {}
    }
    // The sum before did not overflow, so the value is exactly x + c, and x + (c + y) fits whenever it does.
    if operation == AddOverflow
        && !emitter.is_carried(a)
        && let Some(inner) = emitter.defined_by(a, AddOverflow).copied()
        && let Some(both) = emitter
            .integer(inner.operands[1])
            .and_then(|x| x.checked_add(y))
    {
        let both = emitter.trace.constant(Constant::Integer(both));
        return Ok(again([inner.operands[0], both]));
    }
    Ok(Step::Keep)
}

fn convert(emitter: &mut Emitter, instruction: &Instruction) -> Result<Step, Refusal> {
    use Operation::*;
    let a = instruction.operands[0];
    if let Some(x) = emitter.integer(a) {
        let bits = |number: f64| Constant::Number(number.to_bits());
        let constant = match instruction.operation {
            NegateInteger => Constant::Integer(x.wrapping_neg()),
            BitNot => Constant::Integer(!x),
            ByteSwap => Constant::Integer(x.swap_bytes()),
            IntegerToNumber => bits(f64::from(x)),
            UnsignedToNumber => bits(f64::from(x as u32)),
            _ => return Ok(Step::Keep),
        };
        return Ok(Step::Value(emitter.trace.constant(constant)));
    }
    if let Some(x) = emitter.number(a) {
        let whole = x as i32;
        let exact = f64::from(whole) == x;
        return match instruction.operation {
            NumberToInteger if exact => Ok(integer(emitter, whole)),
            NumberToInteger => decided(false),
            NumberToBits if exact => Ok(integer(emitter, whole)),
            NumberToBits if x.abs() < 4_503_599_627_370_496.0 => {
                let bits = rlove_vm::interpreter::arithmetic::to_bits32(x);
                Ok(integer(emitter, bits))
            }
            _ => Ok(Step::Keep),
        };
    }
    let Some(inner) = emitter.definition(a).copied() else {
        return Ok(Step::Keep);
    };
    let step = match (instruction.operation, inner.operation) {
        (NumberToInteger | NumberToBits, IntegerToNumber) => Step::Value(inner.operands[0]),
        (NumberToBits, UnsignedToNumber) => Step::Value(inner.operands[0]),
        (BitNot, BitNot) | (ByteSwap, ByteSwap) | (NegateInteger, NegateInteger) => {
            Step::Value(inner.operands[0])
        }
        _ => Step::Keep,
    };
    Ok(step)
}

fn wide(emitter: &mut Emitter, instruction: &Instruction) -> Result<Step, Refusal> {
    use Operation::*;
    let [a, b, _] = instruction.operands;
    let value = |emitter: &mut Emitter, result: i64| {
        Ok(Step::Value(emitter.trace.constant(Constant::Int64(result))))
    };
    match instruction.operation {
        SignExtend64 => match emitter.integer(a) {
            Some(x) => value(emitter, i64::from(x)),
            None => Ok(Step::Keep),
        },
        ZeroExtend64 => match emitter.integer(a) {
            Some(x) => value(emitter, i64::from(x as u32)),
            None => Ok(Step::Keep),
        },
        AddressOf => match emitter.trace.constant_at(a).and_then(address) {
            Some(address) => value(emitter, address),
            None => Ok(Step::Keep),
        },
        Truncate64 => match emitter.definition(a) {
            Some(inner) if matches!(inner.operation, SignExtend64 | ZeroExtend64) => {
                Ok(Step::Value(inner.operands[0]))
            }
            _ => Ok(Step::Keep),
        },
        Add64 | Subtract64 | Multiply64 => match (emitter.int64(a), emitter.int64(b)) {
            (Some(x), Some(y)) => value(
                emitter,
                match instruction.operation {
                    Add64 => x.wrapping_add(y),
                    Subtract64 => x.wrapping_sub(y),
                    _ => x.wrapping_mul(y),
                },
            ),
            (Some(_), None) if instruction.operation == Add64 => {
                Ok(Step::Again(plain(Add64, &[b, a])))
            }
            (None, Some(y)) => Ok(wide_constant(emitter, instruction, y)),
            _ => Ok(Step::Keep),
        },
        LoadMemory | StoreMemory => Ok(displacement(emitter, instruction)),
        _ => Ok(Step::Keep),
    }
}

fn wide_constant(emitter: &mut Emitter, instruction: &Instruction, y: i64) -> Step {
    use Operation::*;
    let a = instruction.operands[0];
    let operation = instruction.operation;
    if (operation != Multiply64 && y == 0) || (operation == Multiply64 && y == 1) {
        return Step::Value(a);
    }
    if operation == Add64
        && let Some(inner) = emitter.defined_by(a, Add64).copied()
        && let Some(x) = emitter.int64(inner.operands[1])
    {
        let both = emitter.trace.constant(Constant::Int64(x.wrapping_add(y)));
        return Step::Again(plain(Add64, &[inner.operands[0], both]));
    }
    Step::Keep
}

/// A constant part of an address goes into the offset.
fn displacement(emitter: &mut Emitter, instruction: &Instruction) -> Step {
    let Some((access, offset)) = MemoryAccess::of_literal(instruction.literal) else {
        return Step::Keep;
    };
    let Some(inner) = emitter.defined_by(instruction.operands[0], Operation::Add64) else {
        return Step::Keep;
    };
    let base = inner.operands[0];
    let Some(more) = emitter.int64(inner.operands[1]) else {
        return Step::Keep;
    };
    let Some(sum) = more.checked_add(i64::from(offset)) else {
        return Step::Keep;
    };
    if !(-0x80_0000..0x80_0000).contains(&sum) {
        return Step::Keep;
    }
    let mut changed = *instruction;
    changed.operands[0] = base;
    changed.literal = access.literal(sum as i32) | instruction.literal & 0xF000_0000;
    Step::Again(changed)
}
