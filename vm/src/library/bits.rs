//! `bit`: operations on numbers as 32-bit integers.
//!
//! Worked example: `bit.tobit(0xffffffff)` is -1, and `bit.tohex(255, 4)` is `00ff`.
//!
//! Invariant: numbers are rounded to the nearest integer (halves to even) and taken modulo 2^32, by LuaJIT's way of
//! adding 2^52 + 2^51 and looking at the lower word; so even numbers far out of range give the same bits as there.
//! 64-bit operands go to the FFI.

use crate::builtin::{Builtin, Effects, NativeResult, Recording};
use crate::bytecode::Opcode;
use crate::call::{Call, Raised};
use crate::interpreter::metamethod::Step;
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

/// The result for 64-bit operands, if there is one among the first two arguments.
fn foreign(call: &mut Call, operation: Opcode) -> Result<Option<Value>, Raised> {
    let mut left = call.argument(1);
    let count = call.argument_count().max(1);
    if (1..=count).all(|index| call.argument(index).as_cdata().is_none()) {
        return Ok(None);
    }
    for index in 2..=count.max(2) {
        let right = if count == 1 {
            left
        } else {
            call.argument(index)
        };
        match call.vm.foreign_bit_operation(operation, left, right) {
            Some(Step::Value(value)) => left = value,
            Some(Step::Raised(raised)) => return Err(raised),
            Some(Step::Call { .. }) | None => return Ok(None),
        }
    }
    Ok(Some(left))
}

macro_rules! many {
    ($name:ident, $opcode:expr, $operation:expr) => {
        fn $name(call: &mut Call) -> NativeResult {
            if let Some(value) = foreign(call, $opcode)? {
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
many!(band, Opcode::BitAnd, |left, right| left & right);
many!(bor, Opcode::BitOr, |left, right| left | right);
many!(bxor, Opcode::BitXor, |left, right| left ^ right);

macro_rules! shift {
    ($name:ident, $opcode:expr, $operation:expr) => {
        fn $name(call: &mut Call) -> NativeResult {
            let opcode: Option<Opcode> = $opcode;
            if let Some(opcode) = opcode
                && let Some(value) = foreign(call, opcode)?
            {
                return call.one(value);
            }
            let operation: fn(i32, u32) -> i32 = $operation;
            let number = bits(call, 1)?;
            let count = bits(call, 2)? as u32 & 31;
            call.one(operation(number, count))
        }
    };
}
shift!(lshift, Some(Opcode::ShiftLeft), |number, count| number
    << count);
shift!(
    rshift,
    Some(Opcode::ShiftRight),
    |number, count| (number as u32 >> count) as i32
);
shift!(
    arshift,
    Some(Opcode::ShiftRightArithmetic),
    |number, count| number >> count
);
shift!(rol, None, |number, count| number.rotate_left(count));
shift!(ror, None, |number, count| number.rotate_right(count));

fn bnot(call: &mut Call) -> NativeResult {
    if let Some(value) = foreign(call, Opcode::BitNot)? {
        return call.one(value);
    }
    let number = bits(call, 1)?;
    call.one(!number)
}

fn bswap(call: &mut Call) -> NativeResult {
    let number = bits(call, 1)?;
    call.one(number.swap_bytes())
}

fn tobit(call: &mut Call) -> NativeResult {
    let number = bits(call, 1)?;
    call.one(number)
}

fn tohex(call: &mut Call) -> NativeResult {
    let number = bits(call, 1)? as u32;
    let digits = if call.argument(2).is_nil() {
        8
    } else {
        bits(call, 2)?
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
