//! `string`: the library's functions and the metatable of strings. Patterns are in [`super::pattern`], formats in
//! [`super::number_format`].
//!
//! Worked example: `("abc"):rep(2, "-")` finds `rep` through the metatable of strings, whose `__index` is this library.
//!
//! Invariant: nothing allocates by a number that a program chose without looking at the limit of string lengths.

use super::base::value_to_text;
use super::number_format::{
    Conversion, ConversionKind, FormatReader, Piece, append_address, append_double, append_quoted,
    append_signed, append_text, append_unsigned,
};
use super::pattern::{
    Capture, Match, Matcher, PatternError, expand_replacement, find_plain, has_specials,
};
use crate::builtin::{Builtin, Effects, NativeFunction, NativeResult, Recording};
use crate::call::{Call, Raised};
use crate::object::string::LONGEST_STRING_BYTES;
use crate::value::{Value, ValueType};
use crate::vm::Vm;
use crate::vm::inspect::FunctionKind;

const fn native(
    name: &'static str,
    signature: &'static str,
    documentation: &'static str,
    effects: Effects,
    body: NativeFunction,
) -> Builtin {
    Builtin::native(
        name,
        signature,
        documentation,
        effects,
        Recording::Special(name),
        body,
    )
}

const MAKES: Effects = Effects::ALLOCATES;

/// The functions of `string` without upvalues.
pub static FUNCTIONS: &[Builtin] = &[
    native(
        "string.byte",
        "(text: string, [first: integer], [last: integer]) -> ...",
        "The codes of bytes.",
        Effects::PURE,
        byte,
    ),
    native(
        "string.char",
        "(...: integer) -> string",
        "Bytes from codes.",
        MAKES,
        char,
    ),
    native(
        "string.dump",
        "(function: function, [strip: boolean]) -> string",
        "Bytecode of a function.",
        MAKES,
        dump,
    ),
    native(
        "string.find",
        "(text: string, pattern: string, [start: integer], [plain: boolean]) -> number?, number?, ...",
        "Finds a pattern.",
        MAKES,
        find,
    ),
    native(
        "string.format",
        "(format: string, ...: any) -> string",
        "Formats values.",
        MAKES.and(Effects::CALLS_LUA),
        format,
    ),
    native(
        "string.gmatch",
        "(text: string, pattern: string) -> function",
        "Iterates over matches.",
        MAKES,
        gmatch,
    ),
    native(
        "string.len",
        "(text: string) -> number",
        "The length in bytes.",
        Effects::PURE,
        len,
    ),
    native(
        "string.lower",
        "(text: string) -> string",
        "Small letters.",
        MAKES,
        lower,
    ),
    native(
        "string.match",
        "(text: string, pattern: string, [start: integer]) -> ...",
        "Captures of a pattern.",
        MAKES,
        match_pattern,
    ),
    native(
        "string.rep",
        "(text: string, count: integer, [separator: string]) -> string",
        "Repeats.",
        MAKES,
        rep,
    ),
    native(
        "string.reverse",
        "(text: string) -> string",
        "Reverses the bytes.",
        MAKES,
        reverse,
    ),
    native(
        "string.sub",
        "(text: string, first: integer, [last: integer]) -> string",
        "A part.",
        MAKES,
        sub,
    ),
    native(
        "string.upper",
        "(text: string) -> string",
        "Capital letters.",
        MAKES,
        upper,
    ),
];

static GSUB: Builtin = native(
    "string.gsub",
    "(text: string, pattern: string, replacement: string | function | table, [limit: integer]) -> string, number",
    "Replaces matches.",
    MAKES.and(Effects::CALLS_LUA),
    gsub,
);
static GMATCH_STEP: Builtin = Builtin::native(
    "gmatch_step",
    "() -> ...",
    "The iterator function of gmatch.",
    MAKES.and(Effects::WRITES),
    Recording::ByEffects,
    gmatch_step,
);
static EMBEDDED_GSUB: Builtin = Builtin::lua(
    "gsub",
    "(...: any) -> string, number",
    "Replaces matches.",
    include_str!("string_gsub.lua"),
);
static PRIMITIVES: &[Builtin] = &[
    native(
        "find",
        "(text: string, pattern: string, position: number) -> number?, number?",
        "The next match.",
        Effects::READS,
        gsub_find,
    ),
    native(
        "captures",
        "(text: string) -> ...",
        "The captures of the last match.",
        MAKES,
        gsub_captures,
    ),
    native(
        "check",
        "(value: any)",
        "Refuses what cannot replace text.",
        Effects::PURE,
        gsub_check,
    ),
    native(
        "sub",
        "(text: string, first: integer, [last: integer]) -> string",
        "A part.",
        MAKES,
        sub,
    ),
    native(
        "concat",
        "(table: table, separator: string, first: integer, last: integer) -> string",
        "Joins.",
        MAKES,
        super::tables::concat,
    ),
];

/// Opens the library and sets the metatable of strings.
pub fn open(vm: &mut Vm) -> Result<(), Raised> {
    let library = super::open_library(vm, "string", FUNCTIONS)?;
    let primitives = vm.new_table();
    vm.register(primitives, PRIMITIVES)?;
    super::register_with_embedded(vm, library, &GSUB, gsub, &EMBEDDED_GSUB, primitives)?;
    let metatable = vm.new_table();
    vm.set_field(metatable, "__index", library);
    let pointer = metatable.as_table().unwrap_or(std::ptr::null_mut());
    vm.set_type_metatable(ValueType::String, pointer);
    Ok(())
}

// ---- Positions ----

/// Start and end (exclusive) of the bytes that positions as `string.sub` takes them mean.
fn range(length: usize, first: i32, last: i32) -> (usize, usize) {
    let length = length as i64;
    let from_end = |position: i32| {
        if position < 0 {
            length + 1 + i64::from(position)
        } else {
            i64::from(position)
        }
    };
    let first = from_end(first).max(1);
    let last = from_end(last).min(length);
    if first > last {
        (0, 0)
    } else {
        (first as usize - 1, last as usize)
    }
}

fn byte(call: &mut Call) -> NativeResult {
    let text = call.string(1)?;
    let first = call.optional_integer(2, 1)?;
    let last = call.optional_integer(3, first)?;
    let (start, end) = range(text.len(), first, last);
    let bytes = &text[start..end];
    if let [byte] = bytes {
        return call.one(f64::from(*byte));
    }
    if bytes.len() > super::MOST_RESULTS {
        return Err(call.error("string slice too long"));
    }
    call.reserve(bytes.len())?;
    for &byte in bytes {
        call.push(f64::from(byte));
    }
    call.pushed(bytes.len() as u32)
}

fn char(call: &mut Call) -> NativeResult {
    let mut text = Vec::with_capacity(call.argument_count() as usize);
    for index in 1..=call.argument_count() {
        match u8::try_from(call.integer(index)?) {
            Ok(byte) => text.push(byte),
            Err(_) => return Err(call.argument_error(index, "invalid value")),
        }
    }
    call.one_string(text)
}

fn dump(call: &mut Call) -> NativeResult {
    let function = call.function_argument(1)?;
    let strip = call.truth(2);
    match call.vm.function_kind(function) {
        Some(FunctionKind::Lua(compiled)) => {
            let bytes = crate::bytecode::serialize::write(&compiled, strip);
            call.one_string(bytes)
        }
        _ => Err(call.error("unable to dump given function")),
    }
}

fn len(call: &mut Call) -> NativeResult {
    if !call.has_argument(1) {
        // LuaJIT's is written in Lua and sees nil where nothing was passed.
        return Err(call.argument_error(1, "string expected, got nil"));
    }
    let length = call.string(1)?.len();
    call.one(length)
}

fn lower(call: &mut Call) -> NativeResult {
    let text = call.string(1)?.to_ascii_lowercase();
    call.one_string(text)
}

fn upper(call: &mut Call) -> NativeResult {
    let text = call.string(1)?.to_ascii_uppercase();
    call.one_string(text)
}

fn reverse(call: &mut Call) -> NativeResult {
    let mut text = call.string(1)?.to_vec();
    text.reverse();
    call.one_string(text)
}

fn rep(call: &mut Call) -> NativeResult {
    let text = call.string(1)?;
    let count = call.integer(2)?;
    let separator = call.optional_string(3)?.unwrap_or(b"");
    let Ok(count) = usize::try_from(count) else {
        return call.one_string(b"");
    };
    let total = (text.len() + separator.len()).saturating_mul(count);
    if count == 0 || total == 0 {
        return call.one_string(b"");
    }
    if total > LONGEST_STRING_BYTES {
        return Err(call.error("resulting string too large"));
    }
    let mut repeated = Vec::new();
    if repeated.try_reserve_exact(total).is_err() {
        return Err(call.vm.raise_message(b"not enough memory"));
    }
    if separator.is_empty() {
        // Doubling copies long runs at once.
        repeated.extend_from_slice(text);
        while repeated.len() < total {
            let take = repeated.len().min(total - repeated.len());
            repeated.extend_from_within(..take);
        }
    } else {
        for index in 0..count {
            if index > 0 {
                repeated.extend_from_slice(separator);
            }
            repeated.extend_from_slice(text);
        }
    }
    call.one_string(repeated)
}

fn sub(call: &mut Call) -> NativeResult {
    let text = call.string(1)?;
    let first = call.integer(2)?;
    let last = call.optional_integer(3, -1)?;
    let (start, end) = range(text.len(), first, last);
    if end - start == text.len() {
        let whole = call.string_value(1)?;
        return call.one(whole);
    }
    call.one_string(&text[start..end])
}

// ---- Patterns ----

/// Raises a pattern's error; an interrupt raises its own message.
#[cold]
fn raise_pattern_error(call: &mut Call, error: PatternError) -> Raised {
    if error == PatternError::Interrupted
        && let Err(raised) = call.vm.check_interrupt()
    {
        return raised;
    }
    call.error(error.message())
}

/// Runs the matcher with the machine's interrupt as its tick.
fn run_matcher(
    call: &mut Call,
    text: &[u8],
    pattern: &[u8],
    start: usize,
    anchors: bool,
    found: &mut Match,
) -> Result<bool, Raised> {
    let outcome = {
        let vm = &*call.vm;
        let mut tick = || !vm.is_interrupted();
        let mut matcher = if anchors {
            Matcher::new(text, pattern, &mut tick)
        } else {
            Matcher::new_unanchored(text, pattern, &mut tick)
        };
        matcher.find(start, found)
    };
    outcome.map_err(|error| raise_pattern_error(call, error))
}

fn capture_value(call: &mut Call, text: &[u8], capture: Capture) -> Result<Value, Raised> {
    match capture {
        Capture::Text { start, end } => call.new_string(&text[start..end]),
        Capture::Position(position) => Ok(Value::from(position + 1)),
    }
}

/// Pushes the explicit captures, or the whole match where there are none and `or_whole` is set.
fn push_captures(
    call: &mut Call,
    text: &[u8],
    found: &Match,
    or_whole: bool,
) -> Result<u32, Raised> {
    let count = if or_whole {
        found.visible_count()
    } else {
        found.capture_count()
    };
    call.reserve(count)?;
    for index in 0..count {
        let capture = match found.visible(index) {
            Ok(capture) => capture,
            Err(error) => return Err(raise_pattern_error(call, error)),
        };
        let value = capture_value(call, text, capture)?;
        call.push(value);
    }
    Ok(count as u32)
}

/// The zero-based start that `find` and `match` take as third argument.
fn start_argument(call: &mut Call, length: usize) -> Result<usize, Raised> {
    let start = i64::from(call.optional_integer(3, 1)?);
    let start = if start < 0 {
        start + length as i64
    } else {
        start - 1
    };
    Ok(start.clamp(0, length as i64) as usize)
}

fn find(call: &mut Call) -> NativeResult {
    let (text, pattern) = (call.string(1)?, call.string(2)?);
    let start = start_argument(call, text.len())?;
    if call.truth(4) || !has_specials(pattern) {
        return match find_plain(text, pattern, start) {
            Some(position) => call.many(&[
                Value::from(position + 1),
                Value::from(position + pattern.len()),
            ]),
            None => call.one(Value::NIL),
        };
    }
    let mut found = Match::default();
    if !run_matcher(call, text, pattern, start, true, &mut found)? {
        return call.one(Value::NIL);
    }
    call.push(Value::from(found.start + 1));
    call.push(Value::from(found.end));
    let count = push_captures(call, text, &found, false)?;
    call.pushed(2 + count)
}

fn match_pattern(call: &mut Call) -> NativeResult {
    let (text, pattern) = (call.string(1)?, call.string(2)?);
    let start = start_argument(call, text.len())?;
    let mut found = Match::default();
    if !run_matcher(call, text, pattern, start, true, &mut found)? {
        return call.one(Value::NIL);
    }
    let count = push_captures(call, text, &found, true)?;
    call.pushed(count)
}

fn gmatch(call: &mut Call) -> NativeResult {
    let (text, pattern) = (call.string_value(1)?, call.string_value(2)?);
    let step = call.vm.new_native_function(
        gmatch_step,
        &GMATCH_STEP,
        &[text, pattern, Value::number(0.0)],
    );
    call.one(step)
}

fn gmatch_step(call: &mut Call) -> NativeResult {
    let text = call.upvalue(0).string_bytes().unwrap_or(b"");
    let pattern = call.upvalue(1).string_bytes().unwrap_or(b"");
    let position = call.upvalue(2).as_number().unwrap_or(0.0) as usize;
    if position > text.len() {
        return call.none();
    }
    let mut found = Match::default();
    if !run_matcher(call, text, pattern, position, false, &mut found)? {
        call.set_upvalue(2, Value::from(text.len() + 1));
        return call.none();
    }
    let next = if found.end == found.start {
        found.end + 1
    } else {
        found.end
    };
    call.set_upvalue(2, Value::from(next));
    let count = push_captures(call, text, &found, true)?;
    call.pushed(count)
}

fn gsub(call: &mut Call) -> NativeResult {
    let (text, pattern) = (call.string(1)?, call.string(2)?);
    let replacement = call.argument(3);
    let is_text = replacement.is_string() || replacement.is_number();
    if !is_text && !replacement.is_table() && !replacement.is_function() {
        return Err(call.argument_error(3, "string/function/table expected"));
    }
    let limit = if call.argument(4).is_nil() {
        i64::from(i32::MAX)
    } else {
        i64::from(call.integer(4)?)
    };
    let is_anchored = pattern.first() == Some(&b'^');
    let is_plain_table = replacement.is_table() && call.vm.metatable_of(replacement).is_null();
    if !is_text && !is_plain_table {
        let (subject, pattern) = (call.string_value(1)?, call.string_value(2)?);
        let embedded = call.upvalue(0);
        let arguments = [
            subject,
            pattern,
            replacement,
            Value::number(limit as f64),
            Value::boolean(is_anchored),
            Value::boolean(replacement.is_table()),
        ];
        return call.tail_call(embedded, &arguments);
    }
    let replacement_text = if is_text { call.string(3)? } else { b"" };
    let mut output = Vec::with_capacity(text.len());
    let mut found = Match::default();
    let mut position = 0;
    let mut matches = 0;
    while matches < limit {
        if !run_matcher(call, text, pattern, position, true, &mut found)? {
            break;
        }
        matches += 1;
        output.extend_from_slice(&text[position..found.start]);
        if is_text {
            if let Err(error) = expand_replacement(&mut output, replacement_text, text, &found) {
                return Err(raise_pattern_error(call, error));
            }
        } else {
            let key = match found.visible(0) {
                Ok(capture) => capture_value(call, text, capture)?,
                Err(error) => return Err(raise_pattern_error(call, error)),
            };
            let value = call.vm.raw_get(replacement, key);
            append_replacement(call, &mut output, value, &text[found.start..found.end])?;
        }
        position = found.end;
        if found.end == found.start {
            match text.get(position) {
                Some(&byte) => output.push(byte),
                None => break,
            }
            position += 1;
        }
        if output.len() > LONGEST_STRING_BYTES {
            return Err(call.error("resulting string too large"));
        }
        if is_anchored {
            break;
        }
    }
    output.extend_from_slice(text.get(position..).unwrap_or(b""));
    let result = call.new_string(&output)?;
    call.many(&[result, Value::number(matches as f64)])
}

fn append_replacement(
    call: &mut Call,
    output: &mut Vec<u8>,
    value: Value,
    original: &[u8],
) -> Result<(), Raised> {
    if !value.is_truthy() {
        output.extend_from_slice(original);
        return Ok(());
    }
    match call.vm.string_or_number_bytes(value) {
        Some(bytes) => output.extend_from_slice(&bytes),
        None => {
            return Err(call.error(format!(
                "invalid replacement value (a {})",
                value.type_name()
            )));
        }
    }
    Ok(())
}

/// Offsets of the last match of an embedded `gsub`; read at once by `captures`, before any other Lua code runs.
#[derive(Default)]
struct LastMatch(Option<Box<Match>>);

fn gsub_find(call: &mut Call) -> NativeResult {
    let (text, pattern) = (call.string(1)?, call.string(2)?);
    let position = call.integer(3)?.max(1) as usize - 1;
    let mut found = call
        .vm
        .extensions
        .get_or_default::<LastMatch>()
        .0
        .take()
        .unwrap_or_default();
    // An error must name the caller of `gsub`, not this primitive's, which is embedded code.
    let outcome = {
        let vm = &*call.vm;
        let mut tick = || !vm.is_interrupted();
        Matcher::new(text, pattern, &mut tick).find(position, &mut found)
    };
    match outcome {
        Ok(true) => {
            let (start, end) = (found.start, found.end);
            call.vm.extensions.get_or_default::<LastMatch>().0 = Some(found);
            call.many(&[Value::from(start + 1), Value::from(end)])
        }
        Ok(false) => call.one(Value::NIL),
        Err(PatternError::Interrupted) => {
            call.vm.check_interrupt()?;
            call.one(Value::NIL)
        }
        Err(error) => Err(call.vm.raise_at_level(2, error.message().as_bytes())),
    }
}

fn gsub_captures(call: &mut Call) -> NativeResult {
    let text = call.string(1)?;
    let last = &mut call.vm.extensions.get_or_default::<LastMatch>().0;
    let Some(found) = last.take() else {
        return call.none();
    };
    // An error must name the caller of `gsub`, as in `find`.
    let first_error = (0..found.visible_count()).find_map(|index| found.visible(index).err());
    if let Some(error) = first_error {
        return Err(call.vm.raise_at_level(2, error.message().as_bytes()));
    }
    let count = push_captures(call, text, &found, true)?;
    // The space is used again by the next match.
    call.vm.extensions.get_or_default::<LastMatch>().0 = Some(found);
    call.pushed(count)
}

fn gsub_check(call: &mut Call) -> NativeResult {
    let value = call.argument(1);
    if value.is_string() || value.is_number() {
        return call.none();
    }
    let message = format!("invalid replacement value (a {})", value.type_name());
    Err(call.vm.raise_at_level(2, message.as_bytes()))
}

// ---- Formatting ----

fn format(call: &mut Call) -> NativeResult {
    let format = call.string(1)?;
    let mut output = Vec::with_capacity(format.len() + 16);
    append_format(call, &mut output, format, 1)?;
    call.one_string(output)
}

/// Appends `format` with the arguments after `last_index`.
pub fn append_format(
    call: &mut Call,
    output: &mut Vec<u8>,
    format: &[u8],
    last_index: u32,
) -> Result<(), Raised> {
    let mut index = last_index;
    for piece in FormatReader::new(format) {
        match piece {
            Piece::Literal(bytes) => output.extend_from_slice(bytes),
            Piece::Conversion(conversion) => {
                index += 1;
                append_argument(call, output, &conversion, index)?;
            }
            Piece::Invalid(bytes) => {
                let message = [b"invalid option '", bytes, b"' to 'format'"].concat();
                return Err(call.error(message));
            }
        }
        if output.len() > LONGEST_STRING_BYTES {
            return Err(call.error("resulting string too large"));
        }
    }
    Ok(())
}

fn append_argument(
    call: &mut Call,
    output: &mut Vec<u8>,
    conversion: &Conversion,
    index: u32,
) -> Result<(), Raised> {
    let value = call.any(index)?;
    match conversion.kind {
        ConversionKind::Text | ConversionKind::Quoted => {
            let text = value_to_text(call.vm, value)?;
            let Some(bytes) = call.vm.string_or_number_bytes(text) else {
                return Err(call.error("'tostring' must return a string to 'format'"));
            };
            if conversion.kind == ConversionKind::Quoted {
                append_quoted(output, &bytes);
            } else {
                append_text(output, conversion, &bytes);
            }
        }
        ConversionKind::Pointer => {
            let is_object = value.is_heap() || value.as_light().is_some();
            append_address(
                output,
                if is_object {
                    value.pointer_address() as u64
                } else {
                    0
                },
            );
        }
        kind => {
            if let Some((bits, _)) = call.vm.foreign_wide_value(value) {
                match kind {
                    ConversionKind::Signed => {
                        append_signed(output, conversion, bits as i64);
                        return Ok(());
                    }
                    ConversionKind::Unsigned
                    | ConversionKind::Octal
                    | ConversionKind::Hexadecimal => {
                        append_unsigned(output, conversion, bits);
                        return Ok(());
                    }
                    _ => {}
                }
            }
            let number = call.number(index)?;
            append_double(output, conversion, number);
        }
    }
    Ok(())
}
