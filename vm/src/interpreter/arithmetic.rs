//! Arithmetic, concatenation, length and bit operations.
//!
//! Fast path: compute on the raw words as doubles; everything that is not a number is a NaN, so one test of the
//! *result* covers both operands. A result that is NaN goes to the slow path, which accepts real NaNs.

use super::metamethod::{Metamethod, Step};
use super::{b, c, go, handler, next, unwind};
use crate::bytecode::Opcode;
use crate::bytecode::opcode::{operand_a, operand_b, operand_c, operand_d};
use crate::value::Value;
use crate::vm::Vm;

/// `a % b` as Lua defines it: `a - floor(a / b) * b`.
#[inline(always)]
pub fn lua_modulo(a: f64, b: f64) -> f64 {
    a - (a / b).floor() * b
}

/// [`lua_modulo`] without a call of `floor`; NaN (the slow path decides) when the quotient does not fit 63 bits.
#[inline(always)]
fn quick_modulo(a: f64, b: f64) -> f64 {
    let quotient = a / b;
    let integer = double_to_i64(quotient);
    if integer == i64::MIN {
        return f64::NAN;
    }
    let mut floor = integer as f64;
    if floor > quotient {
        floor -= 1.0;
    }
    // floor(-0) is -0.
    let floor = f64::from_bits(floor.to_bits() | quotient.to_bits() & 1 << 63);
    a - floor * b
}

#[inline(always)]
pub(crate) fn double_to_i64(number: f64) -> i64 {
    #[cfg(target_arch = "x86_64")]
    {
        use std::arch::x86_64::{_mm_cvttsd_si64, _mm_set_sd};
        // SAFETY: I9: SSE2 is part of every x86-64 processor.
        unsafe { _mm_cvttsd_si64(_mm_set_sd(number)) }
    }
    #[cfg(not(target_arch = "x86_64"))]
    {
        if number.abs() < 9e18 {
            number as i64
        } else {
            i64::MIN
        }
    }
}

/// `a ^ b` as LuaJIT computes it for numbers.
#[inline]
pub fn lua_power(a: f64, b: f64) -> f64 {
    if b == 2.0 {
        return a * a;
    }
    a.powf(b)
}

macro_rules! arithmetic_handlers {
    ($($rr:ident $rk:ident $kr:ident |$x:ident, $y:ident| $result:expr;)*) => {
        handler! {
            $(
                $rr(pc, base, d, a, k, vm) {
                    let $x = (*base.add(b(d))).raw_double();
                    let $y = (*base.add(c(d))).raw_double();
                    let result: f64 = $result;
                    if result.is_nan() {
                        return arithmetic_slow(pc, base, d, a, k, vm);
                    }
                    *base.add(a) = Value::canonical_number(result);
                    next!(pc, base, k, vm)
                }
                $rk(pc, base, d, a, k, vm) {
                    let $x = (*base.add(b(d))).raw_double();
                    let $y = (*k.add(c(d))).raw_double();
                    let result: f64 = $result;
                    if result.is_nan() {
                        return arithmetic_slow(pc, base, d, a, k, vm);
                    }
                    *base.add(a) = Value::canonical_number(result);
                    next!(pc, base, k, vm)
                }
                $kr(pc, base, d, a, k, vm) {
                    let $x = (*k.add(b(d))).raw_double();
                    let $y = (*base.add(c(d))).raw_double();
                    let result: f64 = $result;
                    if result.is_nan() {
                        return arithmetic_slow(pc, base, d, a, k, vm);
                    }
                    *base.add(a) = Value::canonical_number(result);
                    next!(pc, base, k, vm)
                }
            )*
        }
    };
}
arithmetic_handlers! {
    add add_rk add_kr |x, y| x + y;
    subtract subtract_rk subtract_kr |x, y| x - y;
    multiply multiply_rk multiply_kr |x, y| x * y;
    divide divide_rk divide_kr |x, y| x / y;
    modulo modulo_rk modulo_kr |x, y| quick_modulo(x, y);
}

/// The operands of an arithmetic instruction.
pub(crate) unsafe fn operands(word: u32, base: *mut Value, k: *const Value) -> (Value, Value) {
    // SAFETY: I6: operands name registers or constants of the frame.
    unsafe {
        let left = operand_b(word) as usize;
        let right = operand_c(word) as usize;
        match Opcode::from_word(word) {
            Some(
                Opcode::AddRK
                | Opcode::SubtractRK
                | Opcode::MultiplyRK
                | Opcode::DivideRK
                | Opcode::ModuloRK,
            ) => (*base.add(left), *k.add(right)),
            Some(
                Opcode::AddKR
                | Opcode::SubtractKR
                | Opcode::MultiplyKR
                | Opcode::DivideKR
                | Opcode::ModuloKR,
            ) => (*k.add(left), *base.add(right)),
            Some(Opcode::Negate | Opcode::BitNot) => {
                let operand = *base.add(operand_d(word) as usize);
                (operand, operand)
            }
            _ => (*base.add(left), *base.add(right)),
        }
    }
}

fn metamethod_of(opcode: Opcode) -> Metamethod {
    match opcode {
        Opcode::Add | Opcode::AddRK | Opcode::AddKR => Metamethod::Add,
        Opcode::Subtract | Opcode::SubtractRK | Opcode::SubtractKR => Metamethod::Subtract,
        Opcode::Multiply | Opcode::MultiplyRK | Opcode::MultiplyKR => Metamethod::Multiply,
        Opcode::Divide | Opcode::DivideRK | Opcode::DivideKR => Metamethod::Divide,
        Opcode::Modulo | Opcode::ModuloRK | Opcode::ModuloKR => Metamethod::Modulo,
        Opcode::Power => Metamethod::Power,
        _ => Metamethod::Negate,
    }
}

fn compute(operation: Metamethod, x: f64, y: f64) -> f64 {
    match operation {
        Metamethod::Add => x + y,
        Metamethod::Subtract => x - y,
        Metamethod::Multiply => x * y,
        Metamethod::Divide => x / y,
        Metamethod::Modulo => lua_modulo(x, y),
        Metamethod::Power => lua_power(x, y),
        _ => -x,
    }
}

#[inline(never)]
fn arithmetic_step(vm: &mut Vm, word: u32, left: Value, right: Value) -> Step {
    let operation = metamethod_of(Opcode::from_word(word).unwrap_or(Opcode::Add));
    if left.is_number() && right.is_number() {
        return Step::Value(Value::number(compute(
            operation,
            left.raw_double(),
            right.raw_double(),
        )));
    }
    if left.as_cdata().is_none()
        && right.as_cdata().is_none()
        && let (Some(x), Some(y)) = (vm.to_number(left), vm.to_number(right))
    {
        return Step::Value(Value::number(compute(operation, x, y)));
    }
    if left.as_cdata().is_some()
        && let Some(result) = vm.foreign_arithmetic(operation, left, right)
    {
        return result;
    }
    let mut function = vm.metamethod(left, operation);
    if function.is_nil() {
        function = vm.metamethod(right, operation);
    }
    if function.is_nil() {
        if let Some(result) = vm.foreign_arithmetic(operation, left, right) {
            return result;
        }
        return Step::Raised(vm.raise_arithmetic(left, right));
    }
    Step::Call {
        function,
        arguments: [left, right, Value::NIL],
        count: 2,
        extra: 0,
    }
}

/// Rounds to an integer and wraps to 32 bits, as the bit library does.
#[inline]
pub fn to_bits32(number: f64) -> i32 {
    // Adding 2^52 + 2^51 rounds to the nearest integer (ties to even) and leaves its low bits in the mantissa.
    (number + 6_755_399_441_055_744.0).to_bits() as i32
}

fn bit_compute(opcode: Opcode, x: i32, y: i32) -> i32 {
    match opcode {
        Opcode::BitAnd => x & y,
        Opcode::BitOr => x | y,
        Opcode::BitXor => x ^ y,
        Opcode::ShiftLeft => ((x as u32) << (y & 31)) as i32,
        Opcode::ShiftRight => ((x as u32) >> (y & 31)) as i32,
        Opcode::ShiftRightArithmetic => x >> (y & 31),
        _ => !x,
    }
}

#[inline(never)]
fn bit_step(vm: &mut Vm, word: u32, left: Value, right: Value) -> Step {
    let opcode = Opcode::from_word(word).unwrap_or(Opcode::BitAnd);
    // The operators take numbers only; strings are not converted.
    if let (Some(x), Some(y)) = (left.as_number(), right.as_number()) {
        return Step::Value(Value::from(bit_compute(opcode, to_bits32(x), to_bits32(y))));
    }
    if let Some(result) = vm.foreign_bit_operation(opcode, left, right) {
        return result;
    }
    Step::Raised(vm.raise_arithmetic(left, right))
}

/// `#operand` for what is neither string nor table. Not inlined: handlers must keep their tail calls.
#[inline(never)]
fn length_step(vm: &mut Vm, operand: Value) -> Step {
    let function = vm.metamethod(operand, Metamethod::Length);
    if function.is_nil() {
        return match vm.foreign_arithmetic(Metamethod::Length, operand, operand) {
            Some(step) => step,
            None => Step::Raised(vm.raise_operand("get length of", operand)),
        };
    }
    Step::Call {
        function,
        arguments: [operand, Value::NIL, Value::NIL],
        count: 1,
        extra: 0,
    }
}

/// Concatenates registers `first..=last` from the right as far as strings and numbers go.
///
/// `Ok(None)`: done, the result is in register `first`. `Ok(Some(..))`: a metamethod has to be called for two
/// operands, its result belongs in the left one's register.
unsafe fn concatenate_step(
    vm: &mut Vm,
    base: *mut Value,
    first: usize,
    last: usize,
) -> Result<Option<(Step, usize)>, ()> {
    // SAFETY: I6: the registers belong to the frame.
    unsafe {
        let is_piece = |value: Value| value.is_string() || value.is_number();
        let mut last = last;
        while last > first {
            let right = *base.add(last);
            let left = *base.add(last - 1);
            if !is_piece(right) || !is_piece(left) {
                let mut function = vm.metamethod(left, Metamethod::Concatenate);
                if function.is_nil() {
                    function = vm.metamethod(right, Metamethod::Concatenate);
                }
                if function.is_nil() {
                    if let Some(mut step) =
                        vm.foreign_arithmetic(Metamethod::Concatenate, left, right)
                    {
                        if let Step::Call { extra, .. } = &mut step {
                            *extra = (last - 1) as u64;
                        }
                        return Ok(Some((step, last - 1)));
                    }
                    let _ = vm.raise_concatenate(left, right, last as u32 - 1);
                    return Err(());
                }
                let step = Step::Call {
                    function,
                    arguments: [left, right, Value::NIL],
                    count: 2,
                    extra: (last - 1) as u64,
                };
                return Ok(Some((step, last - 1)));
            }
            let mut start = last - 1;
            while start > first && is_piece(*base.add(start - 1)) {
                start -= 1;
            }
            let joined = vm.join_pieces(base.add(start), last - start + 1);
            match joined {
                Ok(value) => *base.add(start) = value,
                Err(_) => return Err(()),
            }
            last = start;
        }
        Ok(None)
    }
}

/// Goes on with a concatenation whose registers `first..=last` remain; used after a metamethod too.
pub(crate) unsafe fn concatenate_from(
    vm: *mut Vm,
    base: *mut Value,
    first: usize,
    last: usize,
) -> Result<Option<Step>, ()> {
    // SAFETY: I6.
    unsafe {
        let mut last = last;
        loop {
            match concatenate_step(&mut *vm, base, first, last)? {
                None => return Ok(None),
                Some((Step::Value(value), place)) => {
                    *base.add(place) = value;
                    last = place;
                }
                Some((step, _)) => return Ok(Some(step)),
            }
        }
    }
}

handler! {
    #[cold]
    arithmetic_slow(pc, base, d, a, k, vm) {
        (*vm).save(base, pc);
        let word = *pc.sub(1);
        let (left, right) = operands(word, base, k);
        match arithmetic_step(&mut *vm, word, left, right) {
            Step::Value(value) => {
                *base.add(operand_a(word) as usize) = value;
                next!(pc, base, k, vm)
            }
            step => (*vm).take_step(step),
        }
        go!(super::metamethod::enter_step, pc, base, 0, 0, k, vm)
    }
    power(pc, base, d, a, k, vm) {
        let result = lua_power((*base.add(b(d))).raw_double(), (*base.add(c(d))).raw_double());
        // pow(x, 0) and pow(1, x) are numbers even for NaN operands, so the operands are tested.
        if !(*base.add(b(d))).is_number() || !(*base.add(c(d))).is_number() || result.is_nan() {
            return arithmetic_slow(pc, base, d, a, k, vm);
        }
        *base.add(a) = Value::canonical_number(result);
        next!(pc, base, k, vm)
    }
    negate(pc, base, d, a, k, vm) {
        let operand = *base.add(d);
        if !operand.is_number() {
            return arithmetic_slow(pc, base, d, a, k, vm);
        }
        *base.add(a) = Value::from_bits(operand.bits() ^ 1 << 63);
        next!(pc, base, k, vm)
    }
    not(pc, base, d, a, k, vm) {
        *base.add(a) = Value::boolean(!(*base.add(d)).is_truthy());
        next!(pc, base, k, vm)
    }
    length(pc, base, d, a, k, vm) {
        if let Some(table) = (*base.add(d)).as_table() {
            *base.add(a) = Value::canonical_number(crate::object::Table::length(table) as f64);
            next!(pc, base, k, vm)
        }
        if let Some(string) = (*base.add(d)).as_string() {
            *base.add(a) = Value::canonical_number(f64::from((*string).length));
            next!(pc, base, k, vm)
        }
        return length_slow(pc, base, d, a, k, vm);
    }
    #[cold]
    length_slow(pc, base, d, a, k, vm) {
        (*vm).save(base, pc);
        match length_step(&mut *vm, *base.add(d)) {
            Step::Value(value) => {
                *base.add(a) = value;
                next!(pc, base, k, vm)
            }
            step => (*vm).take_step(step),
        }
        go!(super::metamethod::enter_step, pc, base, 0, 0, k, vm)
    }
    concatenate(pc, base, d, a, k, vm) {
        (*vm).save(base, pc);
        match concatenate_from(vm, base, b(d), c(d)) {
            Ok(None) => {
                *base.add(a) = *base.add(b(d));
                if (*vm).heap.safe_point_due {
                    go!(super::calls::safe_point, pc, base, 0, 0, k, vm)
                }
                next!(pc, base, k, vm)
            }
            Ok(Some(step)) => (*vm).take_step(step),
            Err(()) => go!(unwind::unwind, pc, base, 0, 0, k, vm),
        }
        go!(super::metamethod::enter_step, pc, base, 0, 0, k, vm)
    }
    bit_operation(pc, base, d, a, k, vm) {
        let (left, right) = (*base.add(b(d)), *base.add(c(d)));
        let word = *pc.sub(1);
        if left.is_number() && right.is_number() {
            let opcode = Opcode::from_word(word).unwrap_unchecked();
            *base.add(a) = Value::from(bit_compute(opcode, to_bits32(left.raw_double()), to_bits32(right.raw_double())));
            next!(pc, base, k, vm)
        }
        return bit_slow(pc, base, d, a, k, vm);
    }
    bit_not(pc, base, d, a, k, vm) {
        return bit_slow(pc, base, d, a, k, vm);
    }
    #[cold]
    bit_slow(pc, base, d, a, k, vm) {
        (*vm).save(base, pc);
        let word = *pc.sub(1);
        let (left, right) = operands(word, base, k);
        match bit_step(&mut *vm, word, left, right) {
            Step::Value(value) => {
                *base.add(operand_a(word) as usize) = value;
                next!(pc, base, k, vm)
            }
            step => (*vm).take_step(step),
        }
        go!(super::metamethod::enter_step, pc, base, 0, 0, k, vm)
    }
}
