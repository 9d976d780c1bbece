//! The basic functions: `print`, `type`, `pairs`, `error`, `setmetatable` and the others of `_G`.
//!
//! Functions that load code are in `base_load`.
//!
//! Worked example: `pairs(t)` answers three values, the builtin `next` (which is an instruction of the interpreter,
//! so that loops over it are specialised), the table, and nil.
//!
//! Invariant: no function here keeps values in Rust variables while Lua code runs.

use crate::builtin::{Builtin, Effects, NativeResult, Recording};
use crate::bytecode::Opcode;
use crate::call::{Call, Raised};
use crate::interpreter::metamethod::Metamethod;
use crate::value::{Value, ValueType};
use crate::vm::Vm;
use crate::vm::inspect::FunctionKind;

/// The functions of `_G` that stand alone.
pub static FUNCTIONS: &[Builtin] = &[
    Builtin::native(
        "assert",
        "(value: any, [message: any], ...: any) -> ...",
        "Raises an error unless the value is true; else answers all arguments.",
        Effects::PURE,
        Recording::Special("assert"),
        assert,
    ),
    Builtin::native(
        "collectgarbage",
        "([option: string], [argument: number]) -> number | boolean",
        "Controls the garbage collector.",
        Effects::WRITES.and(Effects::OBSERVES_HEAP),
        Recording::Never("collects garbage"),
        collect_garbage,
    ),
    Builtin::native(
        "error",
        "([message: any], [level: integer])",
        "Raises an error.",
        Effects::NEEDS_FRAMES,
        Recording::Never("raises an error"),
        error,
    ),
    Builtin::native(
        "gcinfo",
        "() -> number",
        "Kilobytes in use.",
        Effects::READS.and(Effects::OBSERVES_HEAP),
        Recording::Never("reads the heap's size"),
        gcinfo,
    ),
    Builtin::native(
        "getfenv",
        "([place: function | integer]) -> table",
        "The environment of a function.",
        Effects::READS.and(Effects::NEEDS_FRAMES),
        Recording::Never("looks at frames"),
        getfenv,
    ),
    Builtin::native(
        "getmetatable",
        "(value: any) -> any",
        "The metatable of a value, or its `__metatable` field.",
        Effects::READS,
        Recording::Special("getmetatable"),
        getmetatable,
    ),
    Builtin::native(
        "newproxy",
        "([metatable: boolean | userdata]) -> userdata",
        "An empty userdata.",
        Effects::ALLOCATES,
        Recording::Never("makes a userdata"),
        newproxy,
    ),
    Builtin::native(
        "print",
        "(...: any)",
        "Writes its arguments to standard output.",
        Effects::WRITES.and(Effects::CALLS_LUA),
        Recording::Never("writes output"),
        print,
    ),
    Builtin::native(
        "rawequal",
        "(left: any, right: any) -> boolean",
        "Equality without metamethods.",
        Effects::PURE,
        Recording::Special("rawequal"),
        rawequal,
    ),
    Builtin::native(
        "rawget",
        "(table: table, key: any) -> any",
        "Reads without metamethods.",
        Effects::READS,
        Recording::Special("rawget"),
        rawget,
    ),
    Builtin::native(
        "rawset",
        "(table: table, key: any, value: any) -> table",
        "Writes without metamethods.",
        Effects::WRITES,
        Recording::Special("rawset"),
        rawset,
    ),
    Builtin::native(
        "select",
        "(index: integer | \"#\", ...: any) -> ...",
        "The arguments from an index on, or their number.",
        Effects::PURE,
        Recording::Special("select"),
        select,
    ),
    Builtin::native(
        "setfenv",
        "(place: function | integer, environment: table) -> function",
        "Sets the environment of a function.",
        Effects::WRITES.and(Effects::NEEDS_FRAMES),
        Recording::Never("changes an environment"),
        setfenv,
    ),
    Builtin::native(
        "setmetatable",
        "(table: table, metatable: table?) -> table",
        "Sets the metatable of a table.",
        Effects::WRITES,
        Recording::Special("setmetatable"),
        setmetatable,
    ),
    Builtin::native(
        "tonumber",
        "(value: any, [base: integer]) -> number?",
        "Converts to a number.",
        Effects::PURE,
        Recording::Special("tonumber"),
        tonumber,
    ),
    Builtin::native(
        "tostring",
        "(value: any) -> string",
        "Converts to a string.",
        Effects::ALLOCATES.and(Effects::CALLS_LUA),
        Recording::Special("tostring"),
        tostring,
    ),
    Builtin::native(
        "type",
        "(value: any) -> string",
        "The name of a value's type.",
        Effects::PURE,
        Recording::Special("type"),
        type_name,
    ),
    Builtin::native(
        "unpack",
        "(table: table, [first: integer], [last: integer]) -> ...",
        "The elements of a table.",
        Effects::READS,
        Recording::Special("unpack"),
        unpack,
    ),
    Builtin::header(
        "next",
        "(table: table, [key: any]) -> any, any",
        "The entry after a key.",
        Effects::READS,
        Recording::Special("next"),
        Opcode::FunctionHeaderNext,
    ),
    Builtin::header(
        "pcall",
        "(function: any, ...: any) -> boolean, ...",
        "Calls in protected mode.",
        Effects::CALLS_LUA,
        Recording::Special("pcall"),
        Opcode::FunctionHeaderProtectedCall,
    ),
    Builtin::header(
        "xpcall",
        "(function: any, handler: function, ...: any) -> boolean, ...",
        "Calls in protected mode with an error handler.",
        Effects::CALLS_LUA,
        Recording::Special("xpcall"),
        Opcode::FunctionHeaderProtectedCallHandler,
    ),
];

static PAIRS: Builtin = Builtin::native(
    "pairs",
    "(table: table) -> function, table, nil",
    "Iterates over all entries.",
    Effects::READS,
    Recording::Special("pairs"),
    pairs,
);
static IPAIRS: Builtin = Builtin::native(
    "ipairs",
    "(table: table) -> function, table, number",
    "Iterates over the elements from 1 on.",
    Effects::READS,
    Recording::Special("ipairs"),
    ipairs,
);
static IPAIRS_STEP: Builtin = Builtin::header(
    "ipairs_step",
    "(table: table, index: number) -> number?, any",
    "The iterator function of ipairs.",
    Effects::READS,
    Recording::Special("ipairs_step"),
    Opcode::FunctionHeaderInext,
);

/// Puts the basic functions into the global table.
pub fn open(vm: &mut Vm) -> Result<(), Raised> {
    let globals = vm.globals();
    vm.register(globals, FUNCTIONS)?;
    vm.register(globals, super::base_load::FUNCTIONS)?;
    let next = vm.field(globals, "next");
    let pairs = vm.new_native_function(pairs, &PAIRS, &[next]);
    vm.set_field(globals, "pairs", pairs);
    let step = vm.new_header_function(Opcode::FunctionHeaderInext, &IPAIRS_STEP, &[]);
    let ipairs = vm.new_native_function(ipairs, &IPAIRS, &[step]);
    vm.set_field(globals, "ipairs", ipairs);
    vm.set_field(globals, "_G", globals);
    let version = vm.new_string(b"Lua 5.1");
    vm.set_field(globals, "_VERSION", version);
    Ok(())
}

/// The text of a value as `tostring` gives it; `__tostring` may run (and answer something else than a string).
pub fn value_to_text(vm: &mut Vm, value: Value) -> Result<Value, Raised> {
    if value.is_string() {
        return Ok(value);
    }
    if value.is_number() {
        return Ok(vm.number_to_string(value));
    }
    let metamethod = vm.metamethod(value, Metamethod::ToString);
    if !metamethod.is_nil() {
        let results = vm.call_function(metamethod, &[value])?;
        return Ok(results.first().copied().unwrap_or(Value::NIL));
    }
    Ok(plain_text(vm, value))
}

/// The text of a value that is no string or number, without metamethods.
fn plain_text(vm: &mut Vm, value: Value) -> Value {
    match value.value_type() {
        ValueType::Nil => vm.new_string(b"nil"),
        ValueType::Boolean => vm.new_string(if value.is_truthy() { b"true" } else { b"false" }),
        _ => {
            if let Some(text) = vm.foreign_to_text(value) {
                return vm.new_string(&text);
            }
            let mut text = value.type_name().as_bytes().to_vec();
            text.extend_from_slice(b": ");
            if value.is_function() && matches!(vm.function_kind(value), Some(FunctionKind::Builtin))
            {
                text.extend_from_slice(b"builtin: ");
            }
            super::number_format::append_address(&mut text, value.pointer_address() as u64);
            vm.new_string(&text)
        }
    }
}

fn assert(call: &mut Call) -> NativeResult {
    if call.any(1)?.is_truthy() {
        let arguments = call.arguments();
        return call.many(&arguments);
    }
    if !call.has_argument(2) {
        return Err(call.error("assertion failed!"));
    }
    let message = call.argument(2);
    match call.vm.string_or_number_bytes(message) {
        Some(bytes) => Err(call.error(bytes)),
        None => Err(call.raise(message)),
    }
}

fn collect_garbage(call: &mut Call) -> NativeResult {
    let option = call.optional_string(1)?.unwrap_or(b"collect");
    let argument = call.optional_integer(2, 0)?;
    let percent = argument.max(0) as usize;
    match option {
        b"collect" => {
            call.vm.collect_garbage();
            call.one(0.0)
        }
        b"count" => {
            let bytes = call.vm.heap.used_bytes();
            call.one(bytes as f64 / 1024.0)
        }
        b"step" => {
            // As in Lua: the argument is a size in kilobytes; zero does one step.
            let done = call.vm.step_garbage(percent.saturating_mul(1024).max(4096));
            call.one(done)
        }
        b"stop" => {
            call.vm.heap.set_stopped(true);
            call.one(0.0)
        }
        b"restart" => {
            call.vm.heap.set_stopped(false);
            call.one(0.0)
        }
        b"setpause" => {
            let old = call.vm.heap.set_pause_percent(percent);
            call.one(old)
        }
        b"setstepmul" => {
            let old = call.vm.heap.set_step_multiplier_percent(percent);
            call.one(old)
        }
        b"isrunning" => {
            let running = !call.vm.heap.is_stopped();
            call.one(running)
        }
        other => {
            let message = [b"invalid option '", other, b"'"].concat();
            Err(call.argument_error(1, message))
        }
    }
}

fn error(call: &mut Call) -> NativeResult {
    let level = call.optional_integer(2, 1)?;
    let message = call.argument(1);
    match call.vm.string_or_number_bytes(message) {
        Some(bytes) if level > 0 => Err(call.vm.raise_at_level(level as usize, &bytes)),
        _ => Err(call.raise(message)),
    }
}

fn gcinfo(call: &mut Call) -> NativeResult {
    let kilobytes = call.vm.heap.used_bytes() / 1024;
    call.one(kilobytes)
}

/// The function that a `getfenv` or `setfenv` argument names; `None` for level 0.
fn place_argument(call: &mut Call, default_level: Option<i32>) -> Result<Option<Value>, Raised> {
    let place = call.argument(1);
    if place.is_function() {
        return Ok(Some(place));
    }
    let level = match default_level {
        Some(level) => call.optional_integer(1, level)?,
        None => call.integer(1)?,
    };
    if level == 0 {
        return Ok(None);
    }
    let function = usize::try_from(level)
        .ok()
        .and_then(|level| call.vm.function_at_level(Value::NIL, level));
    match function {
        Some(function) => Ok(Some(function)),
        None => Err(call.argument_error(1, "invalid level")),
    }
}

fn getfenv(call: &mut Call) -> NativeResult {
    let place = place_argument(call, Some(1))?;
    let owner = place.unwrap_or(Value::thread(call.vm.running_thread()));
    // Builtins share the environment of the program.
    let environment = match call.vm.function_kind(owner) {
        Some(FunctionKind::Builtin) => call.vm.globals(),
        _ => call.vm.environment_of(owner).unwrap_or(Value::NIL),
    };
    call.one(environment)
}

fn setfenv(call: &mut Call) -> NativeResult {
    let environment = call.table_value(2)?;
    let Some(function) = place_argument(call, None)? else {
        let thread = Value::thread(call.vm.running_thread());
        call.vm.set_environment(thread, environment);
        return call.none();
    };
    let is_builtin = matches!(call.vm.function_kind(function), Some(FunctionKind::Builtin));
    if is_builtin || !call.vm.set_environment(function, environment) {
        return Err(call.error("'setfenv' cannot change environment of given object"));
    }
    call.one(function)
}

fn getmetatable(call: &mut Call) -> NativeResult {
    let value = call.any(1)?;
    let metatable = call.vm.metatable_of(value);
    if metatable.is_null() {
        return call.one(Value::NIL);
    }
    let protected = call.vm.metamethod(value, Metamethod::Metatable);
    call.one(if protected.is_nil() {
        Value::table(metatable)
    } else {
        protected
    })
}

fn setmetatable(call: &mut Call) -> NativeResult {
    let table = call.table_value(1)?;
    let metatable = call.argument(2);
    if !(metatable.is_table() || metatable.is_nil() && call.has_argument(2)) {
        return Err(call.argument_error(2, "nil or table expected"));
    }
    if !call.vm.metamethod(table, Metamethod::Metatable).is_nil() {
        return Err(call.error("cannot change a protected metatable"));
    }
    call.vm.set_metatable(table, metatable)?;
    call.one(table)
}

fn newproxy(call: &mut Call) -> NativeResult {
    let argument = call.argument(1);
    let metatable = if argument == Value::TRUE {
        call.vm.new_table()
    } else if !argument.is_truthy() {
        Value::NIL
    } else if call.vm.userdata_payload::<Proxy>(argument).is_some() {
        Value::table(call.vm.metatable_of(argument))
    } else {
        return Err(call.argument_error(1, "boolean or proxy expected"));
    };
    let pointer = metatable.as_table().unwrap_or(std::ptr::null_mut());
    let userdata = call.vm.new_userdata(std::rc::Rc::new(Proxy), pointer, 0);
    call.one(Value::userdata(userdata))
}

/// The payload of `newproxy`.
struct Proxy;

fn print(call: &mut Call) -> NativeResult {
    let thread = Value::thread(call.vm.running_thread());
    let globals = call.vm.environment_of(thread).unwrap_or(Value::NIL);
    let mut convert = call.vm.field(globals, "tostring");
    if convert.is_nil() {
        let name = call.new_string(b"tostring")?;
        convert = call.vm.index_value(globals, name)?;
    }
    let is_ours = call.vm.builtin_name(convert) == Some("tostring");
    let mut line = Vec::new();
    for index in 1..=call.argument_count() {
        let value = call.argument(index);
        let text = if is_ours {
            value_to_text(call.vm, value)?
        } else {
            let results = call.call_function(convert, &[value])?;
            results.first().copied().unwrap_or(Value::NIL)
        };
        if index > 1 {
            line.push(b'\t');
        }
        match call.vm.string_or_number_bytes(text) {
            Some(bytes) => line.extend_from_slice(&bytes),
            None => return Err(call.error("'tostring' must return a string to 'print'")),
        }
    }
    line.push(b'\n');
    super::files::write_standard_output(call.vm, &line);
    call.none()
}

fn rawequal(call: &mut Call) -> NativeResult {
    let (left, right) = (call.any(1)?, call.any(2)?);
    call.one(crate::interpreter::compare::raw_equal(left, right))
}

fn rawget(call: &mut Call) -> NativeResult {
    let table = call.table_value(1)?;
    let key = call.any(2)?;
    let value = call.vm.raw_get(table, key);
    call.one(value)
}

fn rawset(call: &mut Call) -> NativeResult {
    let table = call.table_value(1)?;
    let (key, value) = (call.any(2)?, call.any(3)?);
    if key.is_nil() {
        return Err(call.vm.raise_message(b"table index is nil"));
    }
    if key.as_number().is_some_and(f64::is_nan) {
        return Err(call.vm.raise_message(b"table index is NaN"));
    }
    call.vm.raw_set(table, key, value)?;
    call.one(table)
}

fn select(call: &mut Call) -> NativeResult {
    let count = call.argument_count() as i64;
    if call
        .argument(1)
        .string_bytes()
        .is_some_and(|text| text.first() == Some(&b'#'))
    {
        return call.one((count - 1) as f64);
    }
    let index = i64::from(call.integer(1)?);
    let first = if index < 0 { count + index } else { index };
    if first < 1 {
        return Err(call.argument_error(1, "index out of range"));
    }
    let arguments = call.arguments();
    let rest = arguments.get(first as usize..).unwrap_or(&[]);
    call.many(rest)
}

fn tonumber(call: &mut Call) -> NativeResult {
    let base = call.optional_integer(2, 10)?;
    let value = call.any(1)?;
    if base == 10 {
        let number = match call.vm.to_number(value) {
            None => call.vm.foreign_to_number(value),
            found => found,
        };
        return call.one(number.map_or(Value::NIL, Value::number));
    }
    if !(2..=36).contains(&base) {
        return Err(call.argument_error(2, "base out of range"));
    }
    let Some(text) = call.vm.string_or_number_bytes(value) else {
        return Err(call.type_error(1, "string"));
    };
    call.one(parse_in_base(&text, base as u32).map_or(Value::NIL, Value::number))
}

/// A whole number in a base, with surrounding white space and a sign.
fn parse_in_base(text: &[u8], base: u32) -> Option<f64> {
    let is_space = |byte: &u8| matches!(byte, b' ' | 9..=13);
    let start = text.iter().position(|byte| !is_space(byte))?;
    let end = text.iter().rposition(|byte| !is_space(byte))? + 1;
    let (negative, digits) = match &text[start..end] {
        [b'-', rest @ ..] => (true, rest),
        [b'+', rest @ ..] => (false, rest),
        rest => (false, rest),
    };
    let digits = match digits {
        [b'0', b'x' | b'X', rest @ ..] if base == 16 => rest,
        digits => digits,
    };
    if digits.is_empty() {
        return None;
    }
    let mut value: u64 = 0;
    let mut overflows = false;
    for &byte in digits {
        let digit = (byte as char).to_digit(base)?;
        let next = value
            .checked_mul(u64::from(base))
            .and_then(|value| value.checked_add(u64::from(digit)));
        overflows |= next.is_none();
        value = next.unwrap_or(u64::MAX);
    }
    // The C library saturates here.
    let magnitude = if overflows {
        u64::MAX as f64
    } else {
        value as f64
    };
    Some(if negative { -magnitude } else { magnitude })
}

fn tostring(call: &mut Call) -> NativeResult {
    let value = call.any(1)?;
    if !value.is_string() && !value.is_number() {
        let metamethod = call.vm.metamethod(value, Metamethod::ToString);
        if !metamethod.is_nil() {
            return call.tail_call(metamethod, &[value]);
        }
    }
    let text = value_to_text(call.vm, value)?;
    call.one(text)
}

fn type_name(call: &mut Call) -> NativeResult {
    let name = call.any(1)?.type_name();
    call.one_string(name)
}

fn unpack(call: &mut Call) -> NativeResult {
    let table = call.table_value(1)?;
    let first = i64::from(call.optional_integer(2, 1)?);
    let last = if call.argument(3).is_nil() {
        call.vm.raw_length(table) as i64
    } else {
        i64::from(call.integer(3)?)
    };
    if first > last {
        return call.none();
    }
    let count = (last - first + 1) as usize;
    if count + call.argument_count() as usize > super::MOST_RESULTS {
        return Err(call.error("too many results to unpack"));
    }
    call.reserve(count)?;
    for index in first..=last {
        let value = call.vm.raw_get_index(table, index);
        call.push(value);
    }
    call.pushed(count as u32)
}

fn pairs(call: &mut Call) -> NativeResult {
    let table = call.any(1)?;
    if !table.is_table() {
        if table.as_cdata().is_some() {
            return foreign_iterator(call, Metamethod::Pairs);
        }
        return Err(call.type_error(1, "table"));
    }
    let next = call.upvalue(0);
    call.many(&[next, table, Value::NIL])
}

/// C data answers by its metatype.
fn foreign_iterator(call: &mut Call, metamethod: Metamethod) -> NativeResult {
    let object = call.argument(1);
    let function = call.vm.metamethod(object, metamethod);
    if function.is_nil() {
        return Err(call.type_error(1, "table"));
    }
    call.tail_call(function, &[object])
}

fn ipairs(call: &mut Call) -> NativeResult {
    let table = call.any(1)?;
    if !table.is_table() {
        if table.as_cdata().is_some() {
            return foreign_iterator(call, Metamethod::InstancePairs);
        }
        return Err(call.type_error(1, "table"));
    }
    let step = call.upvalue(0);
    call.many(&[step, table, Value::number(0.0)])
}
