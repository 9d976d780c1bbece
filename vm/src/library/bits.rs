//! `bit`: operations on numbers as 32-bit integers.
//!
//! Worked example: `bit.tobit(0xffffffff)` is -1, and `bit.tohex(255, 4)` is `00ff`.
//!
//! Invariant: numbers are rounded to the nearest integer (halves to even) and taken modulo 2^32, by LuaJIT's way of
//! adding 2^52 + 2^51 and looking at the lower word; so even numbers far out of range give the same bits as there.
//! 64-bit operands go to the FFI.

use crate::builtin::{Builtin, Effects, NativeResult, Recording};
use crate::call::{Call, Raised};
use crate::value::Value;
use crate::vm::Vm;

const BITS_MANY: &str = "(x: number, ...: number) -> number";
const BITS_SHIFT: &str = "(x: number, count: number) -> number";

/// The functions of `bit`.
pub static FUNCTIONS: &[Builtin] = &[
    Builtin::native(
        "bit.arshift",
        BITS_SHIFT,
        "Shifts right, keeping the sign.",
        Effects::PURE,
        Recording::Operation("arshift"),
        arshift,
    ),
    Builtin::native(
        "bit.band",
        BITS_MANY,
        "Bitwise and.",
        Effects::PURE,
        Recording::Operation("band"),
        band,
    ),
    Builtin::native(
        "bit.bnot",
        "(x: number) -> number",
        "Bitwise not.",
        Effects::PURE,
        Recording::Operation("bnot"),
        bnot,
    ),
    Builtin::native(
        "bit.bor",
        BITS_MANY,
        "Bitwise or.",
        Effects::PURE,
        Recording::Operation("bor"),
        bor,
    ),
    Builtin::native(
        "bit.bswap",
        "(x: number) -> number",
        "Reverses the bytes.",
        Effects::PURE,
        Recording::Operation("bswap"),
        bswap,
    ),
    Builtin::native(
        "bit.bxor",
        BITS_MANY,
        "Bitwise exclusive or.",
        Effects::PURE,
        Recording::Operation("bxor"),
        bxor,
    ),
    Builtin::native(
        "bit.lshift",
        BITS_SHIFT,
        "Shifts left.",
        Effects::PURE,
        Recording::Operation("lshift"),
        lshift,
    ),
    Builtin::native(
        "bit.rol",
        BITS_SHIFT,
        "Rotates left.",
        Effects::PURE,
        Recording::Operation("rol"),
        rol,
    ),
    Builtin::native(
        "bit.ror",
        BITS_SHIFT,
        "Rotates right.",
        Effects::PURE,
        Recording::Operation("ror"),
        ror,
    ),
    Builtin::native(
        "bit.rshift",
        BITS_SHIFT,
        "Shifts right, filling with zeros.",
        Effects::PURE,
        Recording::Operation("rshift"),
        rshift,
    ),
    Builtin::native(
        "bit.tobit",
        "(x: number) -> number",
        "Normalizes to a signed 32-bit integer.",
        Effects::PURE,
        Recording::Operation("tobit"),
        tobit,
    ),
    Builtin::native(
        "bit.tohex",
        "(x: number, [digits: integer]) -> string",
        "Hexadecimal digits.",
        Effects::ALLOCATES,
        Recording::Special("bit.tohex"),
        tohex,
    ),
];

/// Opens the library.
pub fn open(vm: &mut Vm) -> Result<(), Raised> {
    super::open_library(vm, "bit", FUNCTIONS).map(|_| ())
}

/// The 32 bits that a number stands for.
#[inline]
#[must_use]
pub fn bits_of_number(number: f64) -> i32 {
    (number + 6_755_399_441_055_744.0).to_bits() as u32 as i32
}

fn bits(call: &mut Call, index: u32) -> Result<i32, Raised> {
    call.number(index).map(bits_of_number)
}

/// A 64-bit operand: its bits, and whether the result is unsigned if it decides that.
#[derive(Clone, Copy)]
struct Wide {
    bits: u64,
    unsigned: bool,
}

/// Argument `index` if it is a cdata number.
fn wide(call: &mut Call, index: u32) -> Result<Option<Wide>, Raised> {
    match call.vm.foreign_wide_bits(call.argument(index), index) {
        Some(Ok((bits, unsigned))) => Ok(Some(Wide { bits, unsigned })),
        Some(Err(raised)) => Err(raised),
        None => Ok(None),
    }
}

/// A number among 64-bit operands keeps its 64 bits.
fn widened(call: &mut Call, index: u32) -> Result<u64, Raised> {
    let number = call.number(index)?;
    let limit = 9_223_372_036_854_775_808.0;
    Ok(if (-limit..limit).contains(&number) {
        number as i64 as u64
    } else {
        1 << 63
    })
}

/// `operation` on all arguments as 64-bit integers, if one of them is a cdata.
fn many_wide(call: &mut Call, operation: fn(u64, u64) -> u64) -> Result<Option<Value>, Raised> {
    let count = call.argument_count();
    if (1..=count).all(|index| call.argument(index).as_cdata().is_none()) {
        return Ok(None);
    }
    let mut unsigned = false;
    let mut result = 0;
    for index in 1..=count {
        let bits = match wide(call, index)? {
            Some(operand) => {
                unsigned |= operand.unsigned;
                operand.bits
            }
            None => widened(call, index)?,
        };
        result = if index == 1 {
            bits
        } else {
            operation(result, bits)
        };
    }
    call.vm.foreign_wide_integer(result, unsigned).map(Some)
}

macro_rules! many {
    ($name:ident, $operation:expr, $wide_operation:expr) => {
        fn $name(call: &mut Call) -> NativeResult {
            if let Some(value) = many_wide(call, $wide_operation)? {
                return call.one(value);
            }
            let operation: fn(i32, i32) -> i32 = $operation;
            let mut result = bits(call, 1)?;
            for index in 2..=call.argument_count() {
                result = operation(result, bits(call, index)?);
            }
            call.one(result)
        }
    };
}
many!(band, |left, right| left & right, |left, right| left & right);
many!(bor, |left, right| left | right, |left, right| left | right);
many!(bxor, |left, right| left ^ right, |left, right| left ^ right);

/// The number of places of a shift, which may be a cdata too.
fn shift_count(call: &mut Call) -> Result<u32, Raised> {
    match wide(call, 2)? {
        Some(operand) => Ok(operand.bits as u32),
        None => Ok(bits(call, 2)? as u32),
    }
}

macro_rules! shift {
    ($name:ident, $operation:expr, $wide_operation:expr) => {
        fn $name(call: &mut Call) -> NativeResult {
            if let Some(operand) = wide(call, 1)? {
                let operation: fn(u64, u32) -> u64 = $wide_operation;
                let count = shift_count(call)? & 63;
                let result = operation(operand.bits, count);
                let value = call.vm.foreign_wide_integer(result, operand.unsigned)?;
                return call.one(value);
            }
            let operation: fn(i32, u32) -> i32 = $operation;
            let number = bits(call, 1)?;
            let count = shift_count(call)? & 31;
            call.one(operation(number, count))
        }
    };
}
shift!(
    lshift,
    |number, count| number << count,
    |number, count| number << count
);
shift!(
    rshift,
    |number, count| (number as u32 >> count) as i32,
    |number, count| number >> count
);
shift!(
    arshift,
    |number, count| number >> count,
    |number, count| (number as i64 >> count) as u64
);
shift!(
    rol,
    |number, count| number.rotate_left(count),
    |number, count| number.rotate_left(count)
);
shift!(
    ror,
    |number, count| number.rotate_right(count),
    |number, count| number.rotate_right(count)
);

fn bnot(call: &mut Call) -> NativeResult {
    if let Some(operand) = wide(call, 1)? {
        let value = call
            .vm
            .foreign_wide_integer(!operand.bits, operand.unsigned)?;
        return call.one(value);
    }
    let number = bits(call, 1)?;
    call.one(!number)
}

fn bswap(call: &mut Call) -> NativeResult {
    if let Some(operand) = wide(call, 1)? {
        let bits = operand.bits.swap_bytes();
        let value = call.vm.foreign_wide_integer(bits, operand.unsigned)?;
        return call.one(value);
    }
    let number = bits(call, 1)?;
    call.one(number.swap_bytes())
}

fn tobit(call: &mut Call) -> NativeResult {
    if let Some(operand) = wide(call, 1)? {
        return call.one(operand.bits as i32);
    }
    let number = bits(call, 1)?;
    call.one(number)
}

fn tohex(call: &mut Call) -> NativeResult {
    let (number, all_digits) = match wide(call, 1)? {
        Some(operand) => (operand.bits, 16),
        None => (u64::from(bits(call, 1)? as u32), 8),
    };
    let digits = if call.argument(2).is_nil() {
        all_digits
    } else {
        shift_count(call)? as i32
    };
    let count = digits.unsigned_abs().min(254) as usize;
    let text = if digits < 0 {
        format!("{number:0count$X}")
    } else {
        format!("{number:0count$x}")
    };
    // More digits than wanted are cut at the front.
    call.one_string(&text.as_bytes()[text.len() - count..])
}
