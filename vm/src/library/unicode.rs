//! `utf8` as LÖVE bundles it: the library of Lua 5.3, a module for `require`.
//!
//! Worked example: `utf8.len("añ")` is 2; `utf8.len("a\xff")` is nil and 2, the position of the bad byte.

use super::utf8::{
    CHARACTER_PATTERN, LARGEST_CODE_POINT, append_code_point, decode, is_continuation, offset_of,
    relative_position,
};
use crate::builtin::{Builtin, Effects, NativeResult, Recording};
use crate::call::{Call, Raised};
use crate::value::Value;
use crate::vm::Vm;

const BY_EFFECTS: Recording = Recording::ByEffects;

static FUNCTIONS: &[Builtin] = &[
    Builtin::native(
        "utf8.char",
        "(...: integer) -> string",
        "Encodes code points.",
        Effects::ALLOCATES,
        BY_EFFECTS,
        char,
    ),
    Builtin::native(
        "utf8.codepoint",
        "(text: string, [first: integer], [last: integer]) -> ...",
        "The code points in a range of bytes.",
        Effects::PURE,
        BY_EFFECTS,
        codepoint,
    ),
    Builtin::native(
        "utf8.len",
        "(text: string, [first: integer], [last: integer]) -> number?, number?",
        "The number of characters.",
        Effects::PURE,
        BY_EFFECTS,
        len,
    ),
    Builtin::native(
        "utf8.offset",
        "(text: string, count: integer, [start: integer]) -> number?",
        "The position of a character.",
        Effects::PURE,
        BY_EFFECTS,
        offset,
    ),
];
static CODES: Builtin = Builtin::native(
    "utf8.codes",
    "(text: string) -> function, string, number",
    "Iterates over characters.",
    Effects::PURE,
    BY_EFFECTS,
    codes,
);
static CODES_STEP: Builtin = Builtin::native(
    "codes_step",
    "(text: string, position: integer) -> number?, number",
    "The iterator function of codes.",
    Effects::PURE,
    BY_EFFECTS,
    codes_step,
);

/// Makes `require "utf8"` find the library.
pub fn open(vm: &mut Vm) -> Result<(), Raised> {
    super::preload_value(vm, "utf8", |vm| {
        let library = vm.new_table();
        vm.register(library, FUNCTIONS)?;
        let step = vm.new_native_function(codes_step, &CODES_STEP, &[]);
        let codes = vm.new_native_function(codes, &CODES, &[step]);
        vm.set_field(library, "codes", codes);
        let pattern = vm.new_string(CHARACTER_PATTERN);
        vm.set_field(library, "charpattern", pattern);
        Ok(library)
    })
}

fn char(call: &mut Call) -> NativeResult {
    let mut text = Vec::new();
    for index in 1..=call.argument_count() {
        let code_point = call.integer64(index)?;
        match u32::try_from(code_point) {
            Ok(code_point) if code_point <= LARGEST_CODE_POINT => {
                append_code_point(&mut text, code_point)
            }
            _ => return Err(call.argument_error(index, "value out of range")),
        }
    }
    call.one_string(text)
}

fn optional_position(call: &mut Call, index: u32, default: i64) -> Result<i64, Raised> {
    if call.argument(index).is_nil() {
        Ok(default)
    } else {
        call.integer64(index)
    }
}

fn codepoint(call: &mut Call) -> NativeResult {
    let text = call.string(1)?;
    let first = relative_position(optional_position(call, 2, 1)?, text.len());
    let last = relative_position(optional_position(call, 3, first + 1)?, text.len()) + 1;
    if first < 0 {
        return Err(call.argument_error(2, "out of range"));
    }
    if last > text.len() as i64 {
        return Err(call.argument_error(3, "out of range"));
    }
    let mut position = first;
    let mut code_points = Vec::new();
    while position < last {
        let Some((code_point, length)) = decode(&text[position as usize..]) else {
            return Err(call.error("invalid UTF-8 code"));
        };
        code_points.push(Value::from(code_point));
        position += length as i64;
    }
    if code_points.len() > super::MOST_RESULTS {
        return Err(call.error("string slice too long"));
    }
    call.many(&code_points)
}

fn len(call: &mut Call) -> NativeResult {
    let text = call.string(1)?;
    let length = text.len() as i64;
    let mut position = relative_position(optional_position(call, 2, 1)?, text.len());
    let last = relative_position(optional_position(call, 3, -1)?, text.len());
    if position < 0 || position > length {
        return Err(call.argument_error(2, "initial position out of string"));
    }
    if last >= length {
        return Err(call.argument_error(3, "final position out of string"));
    }
    let mut count = 0u32;
    while position <= last {
        let Some((_, size)) = decode(&text[position as usize..]) else {
            return call.many(&[Value::NIL, Value::number((position + 1) as f64)]);
        };
        position += size as i64;
        count += 1;
    }
    call.one(count)
}

fn offset(call: &mut Call) -> NativeResult {
    let text = call.string(1)?;
    let count = call.integer64(2)?;
    let default = if count >= 0 { 1 } else { text.len() as i64 + 1 };
    let start = relative_position(optional_position(call, 3, default)?, text.len());
    let start = match usize::try_from(start) {
        Ok(start) if start <= text.len() => start,
        _ => return Err(call.argument_error(3, "position out of range")),
    };
    match offset_of(text, count, start) {
        Ok(Some(position)) => call.one(position + 1),
        Ok(None) => call.one(Value::NIL),
        Err(()) => Err(call.error("initial position is a continuation byte")),
    }
}

fn codes(call: &mut Call) -> NativeResult {
    let text = call.string_value(1)?;
    let step = call.upvalue(0);
    call.many(&[step, text, Value::number(0.0)])
}

fn codes_step(call: &mut Call) -> NativeResult {
    let text = call.string(1)?;
    let mut position = usize::try_from(call.integer64(2)?).unwrap_or(0);
    // From the start of the last character to that of the next.
    if position > 0 {
        while text
            .get(position)
            .is_some_and(|&byte| is_continuation(byte))
        {
            position += 1;
        }
    }
    if position >= text.len() {
        return call.none();
    }
    match decode(&text[position..]) {
        Some((code_point, length))
            if !text
                .get(position + length)
                .is_some_and(|&byte| is_continuation(byte)) =>
        {
            call.many(&[Value::from(position + 1), Value::from(code_point)])
        }
        _ => Err(call.error("invalid UTF-8 code")),
    }
}
