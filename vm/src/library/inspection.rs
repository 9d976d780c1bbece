//! `debug`: functions, frames, variables, hooks.
//!
//! Worked example: `debug.getinfo(1, "Sl")` answers a table with the source and the current line of the caller; level 0 is
//! `getinfo` itself.
//!
//! Invariants: everything is looked up through [`crate::vm::inspect`], which checks levels and indexes; loop control variables
//! cannot be changed.

use crate::builtin::{Builtin, Effects, NativeFunction, NativeResult, Recording};
use crate::call::{Call, Raised};
use crate::syntax::chunk_name::short_chunk_name;
use crate::value::Value;
use crate::vm::Vm;
use crate::vm::inspect::FunctionKind;

const fn native(
    name: &'static str,
    signature: &'static str,
    documentation: &'static str,
    body: NativeFunction,
) -> Builtin {
    Builtin::native(
        name,
        signature,
        documentation,
        Effects::NEEDS_FRAMES.and(Effects::WRITES),
        Recording::Never("looks into the machine"),
        body,
    )
}

static FUNCTIONS: &[Builtin] = &[
    native(
        "debug.debug",
        "()",
        "Reads and runs lines from standard input until one says cont.",
        debug,
    ),
    native(
        "debug.getfenv",
        "(value: any) -> table?",
        "The environment of a value.",
        getfenv,
    ),
    native(
        "debug.gethook",
        "([coroutine: thread]) -> function?, string, number",
        "The hook.",
        gethook,
    ),
    native(
        "debug.getinfo",
        "([coroutine: thread], place: function | integer, [what: string]) -> table?",
        "About a function or frame.",
        getinfo,
    ),
    native(
        "debug.getlocal",
        "([coroutine: thread], place: function | integer, index: integer) -> string?, any",
        "A local variable.",
        getlocal,
    ),
    native(
        "debug.getmetatable",
        "(value: any) -> table?",
        "The metatable, even a protected one.",
        getmetatable,
    ),
    native(
        "debug.getregistry",
        "() -> table",
        "The registry.",
        getregistry,
    ),
    native(
        "debug.getupvalue",
        "(function: function, index: integer) -> string?, any",
        "An upvalue.",
        getupvalue,
    ),
    native(
        "debug.setfenv",
        "(value: any, environment: table) -> any",
        "Sets the environment of a value.",
        setfenv,
    ),
    native(
        "debug.sethook",
        "([coroutine: thread], [hook: function], [mask: string], [count: integer])",
        "Sets the hook.",
        sethook,
    ),
    native(
        "debug.setlocal",
        "([coroutine: thread], level: integer, index: integer, value: any) -> string?",
        "Sets a local variable.",
        setlocal,
    ),
    native(
        "debug.setmetatable",
        "(value: any, metatable: table?) -> boolean",
        "Sets the metatable of any value.",
        setmetatable,
    ),
    native(
        "debug.setupvalue",
        "(function: function, index: integer, value: any) -> string?",
        "Sets an upvalue.",
        setupvalue,
    ),
    native(
        "debug.traceback",
        "([coroutine: thread], [message: any], [level: integer]) -> any",
        "The call stack as text.",
        traceback,
    ),
    native(
        "debug.upvalueid",
        "(function: function, index: integer) -> userdata",
        "What identifies an upvalue.",
        upvalueid,
    ),
    native(
        "debug.upvaluejoin",
        "(function: function, index: integer, other: function, other_index: integer)",
        "Makes two upvalues one variable.",
        upvaluejoin,
    ),
];

/// Opens the library.
pub fn open(vm: &mut Vm) -> Result<(), Raised> {
    super::open_library(vm, "debug", FUNCTIONS).map(|_| ())
}

/// The coroutine that an optional first argument names (nil: the running one), and how many arguments it took.
fn thread_argument(call: &Call) -> (Value, u32) {
    let first = call.argument(1);
    match first.as_thread() {
        Some(thread) if thread != call.vm.running_thread() => (first, 1),
        Some(_) => (Value::NIL, 1),
        None => (Value::NIL, 0),
    }
}

fn debug(call: &mut Call) -> NativeResult {
    use std::io::Write;
    loop {
        let mut line = String::new();
        eprint!("lua_debug> ");
        let _ = std::io::stderr().flush();
        match std::io::stdin().read_line(&mut line) {
            Ok(count) if count > 0 && line.trim_end() != "cont" => {}
            _ => return call.none(),
        }
        let outcome = call
            .vm
            .load_source(line.as_bytes(), b"=(debug command)")
            .and_then(|function| call.call_function(function, &[]));
        if outcome.is_err() {
            let error = call.vm.take_error();
            let text = call.vm.string_or_number_bytes(error).unwrap_or_default();
            eprintln!("{}", String::from_utf8_lossy(&text));
        }
    }
}

fn getfenv(call: &mut Call) -> NativeResult {
    let value = call.any(1)?;
    let environment = call.vm.environment_of(value).unwrap_or(Value::NIL);
    call.one(environment)
}

fn setfenv(call: &mut Call) -> NativeResult {
    let value = call.argument(1);
    let environment = call.table_value(2)?;
    if !call.vm.set_environment(value, environment) {
        return Err(call.error("'setfenv' cannot change environment of given object"));
    }
    call.one(value)
}

fn getmetatable(call: &mut Call) -> NativeResult {
    let value = call.any(1)?;
    let metatable = call.vm.metatable_of(value);
    call.one(if metatable.is_null() {
        Value::NIL
    } else {
        Value::table(metatable)
    })
}

fn setmetatable(call: &mut Call) -> NativeResult {
    let value = call.argument(1);
    let metatable = call.argument(2);
    if !(metatable.is_table() || metatable.is_nil() && call.has_argument(2)) {
        return Err(call.argument_error(2, "nil or table expected"));
    }
    call.vm.set_any_metatable(value, metatable)?;
    call.one(true)
}

fn getregistry(call: &mut Call) -> NativeResult {
    let registry = call.vm.registry();
    call.one(registry)
}

// ---- Hooks ----

fn gethook(call: &mut Call) -> NativeResult {
    let (function, on_call, on_return, on_line, count) = call.vm.hook();
    let mut mask = String::new();
    for (is_on, letter) in [(on_call, 'c'), (on_return, 'r'), (on_line, 'l')] {
        if is_on {
            mask.push(letter);
        }
    }
    let mask = call.new_string(mask.as_bytes())?;
    call.many(&[function, mask, Value::from(count)])
}

fn sethook(call: &mut Call) -> NativeResult {
    // One hook serves all coroutines, as in LuaJIT.
    let (_, shift) = thread_argument(call);
    if call.argument(shift + 1).is_nil() {
        call.vm.set_hook(Value::NIL, false, false, false, 0);
        return call.none();
    }
    let function = call.function_argument(shift + 1)?;
    let mask = call.string(shift + 2)?;
    let count = call.optional_integer(shift + 3, 0)?.max(0) as u32;
    let has = |letter: u8| mask.contains(&letter);
    call.vm
        .set_hook(function, has(b'c'), has(b'r'), has(b'l'), count);
    call.none()
}

// ---- Information ----

fn set_text(call: &mut Call, table: Value, name: &str, text: &[u8]) -> Result<(), Raised> {
    let text = call.new_string(text)?;
    call.vm.set_field(table, name, text);
    Ok(())
}

fn getinfo(call: &mut Call) -> NativeResult {
    let (thread, shift) = thread_argument(call);
    let options = call.optional_string(shift + 2)?.unwrap_or(b"flnSu");
    let place = call.argument(shift + 1);
    let level = if place.is_function() {
        None
    } else {
        match place.as_number().or_else(|| call.vm.to_number(place)) {
            Some(level) => {
                let level = level as i64;
                let found = usize::try_from(level)
                    .ok()
                    .filter(|&level| call.vm.function_at_level(thread, level).is_some());
                match found {
                    Some(level) => Some(level),
                    None => return call.one(Value::NIL),
                }
            }
            None => return Err(call.argument_error(shift + 1, "function or level expected")),
        }
    };
    if options.iter().any(|option| !b"flnSuL".contains(option)) {
        return Err(call.argument_error(shift + 2, "invalid option"));
    }
    let function = match level {
        Some(level) => call
            .vm
            .function_at_level(thread, level)
            .unwrap_or(Value::NIL),
        None => place,
    };
    let table = call.vm.new_table();
    let kind = call.vm.function_kind(function);
    for option in options {
        match option {
            b'S' => set_source(call, table, kind.as_ref())?,
            b'l' => {
                let line = level.and_then(|level| call.vm.line_at_level(thread, level));
                call.vm
                    .set_field(table, "currentline", line.map_or(-1.0, f64::from));
            }
            b'u' => set_counts(call, table, function, kind.as_ref()),
            b'n' => {
                let name = level.and_then(|level| call.vm.name_at_level(thread, level));
                let (name_kind, name) = name.map_or(("", None), |(kind, name)| (kind, Some(name)));
                set_text(call, table, "namewhat", name_kind.as_bytes())?;
                if let Some(name) = name {
                    set_text(call, table, "name", &name)?;
                }
            }
            b'f' => call.vm.set_field(table, "func", function),
            _ => set_active_lines(call, table, kind.as_ref())?,
        }
    }
    call.one(table)
}

fn set_source(call: &mut Call, table: Value, kind: Option<&FunctionKind>) -> Result<(), Raised> {
    let (source, short, first, last, what): (&[u8], Vec<u8>, f64, f64, &str) = match kind {
        Some(FunctionKind::Lua(compiled)) => (
            &compiled.chunk_name,
            short_chunk_name(&compiled.chunk_name),
            f64::from(compiled.first_line),
            f64::from(compiled.last_line),
            if compiled.first_line == 0 {
                "main"
            } else {
                "Lua"
            },
        ),
        _ => (b"=[C]", b"[C]".to_vec(), -1.0, -1.0, "C"),
    };
    set_text(call, table, "source", source)?;
    set_text(call, table, "short_src", &short)?;
    set_text(call, table, "what", what.as_bytes())?;
    call.vm.set_field(table, "linedefined", first);
    call.vm.set_field(table, "lastlinedefined", last);
    Ok(())
}

fn set_counts(call: &mut Call, table: Value, function: Value, kind: Option<&FunctionKind>) {
    let (parameters, is_vararg) = match kind {
        Some(FunctionKind::Lua(compiled)) => (compiled.parameter_count, compiled.is_vararg),
        _ => (0, true),
    };
    let count = call.vm.upvalue_count(function);
    call.vm.set_field(table, "nups", count);
    call.vm.set_field(table, "nparams", f64::from(parameters));
    call.vm.set_field(table, "isvararg", is_vararg);
}

fn set_active_lines(
    call: &mut Call,
    table: Value,
    kind: Option<&FunctionKind>,
) -> Result<(), Raised> {
    let Some(FunctionKind::Lua(compiled)) = kind else {
        return Ok(());
    };
    let lines = call.vm.new_table();
    call.vm.set_field(table, "activelines", lines);
    for &line in compiled.lines.iter().skip(1) {
        call.vm.raw_set_index(lines, line.into(), true)?;
    }
    Ok(())
}

// ---- Variables ----

/// A stack level that must exist.
fn level_argument(call: &mut Call, thread: Value, index: u32) -> Result<usize, Raised> {
    let level = call.integer(index)?;
    match usize::try_from(level) {
        Ok(level) if call.vm.function_at_level(thread, level).is_some() => Ok(level),
        _ => Err(call.argument_error(index, "level out of range")),
    }
}

fn getlocal(call: &mut Call) -> NativeResult {
    let (thread, shift) = thread_argument(call);
    let index = call.integer(shift + 2)?;
    let function = call.argument(shift + 1);
    if function.is_function() {
        // Only the parameters' names are known without a frame.
        let name = match call.vm.function_kind(function) {
            Some(FunctionKind::Lua(compiled))
                if (1..=i32::from(compiled.parameter_count)).contains(&index) =>
            {
                compiled
                    .locals
                    .get(index as usize - 1)
                    .map(|local| local.name.clone())
            }
            _ => None,
        };
        return match name {
            Some(name) => call.one_string(name),
            None => call.one(Value::NIL),
        };
    }
    let level = level_argument(call, thread, shift + 1)?;
    match call.vm.local_variable(thread, level, index.into()) {
        Some(local) => {
            let name = call.new_string(&local.name)?;
            call.many(&[name, local.value])
        }
        None => call.one(Value::NIL),
    }
}

fn setlocal(call: &mut Call) -> NativeResult {
    let (thread, shift) = thread_argument(call);
    let level = level_argument(call, thread, shift + 1)?;
    let index = call.integer(shift + 2)?;
    let value = call.any(shift + 3)?;
    match call
        .vm
        .set_local_variable(thread, level, index.into(), value)
    {
        Some(name) => call.one_string(name),
        None => call.one(Value::NIL),
    }
}

/// Function and upvalue index (from 0).
fn upvalue_argument(call: &mut Call, first: u32) -> Result<(Value, Option<usize>), Raised> {
    let index = call.integer(first + 1)?;
    let function = call.function_argument(first)?;
    Ok((function, usize::try_from(i64::from(index) - 1).ok()))
}

fn getupvalue(call: &mut Call) -> NativeResult {
    let (function, index) = upvalue_argument(call, 1)?;
    match index.and_then(|index| call.vm.upvalue(function, index)) {
        Some((name, value)) => {
            let name = call.new_string(&name)?;
            call.many(&[name, value])
        }
        None => call.none(),
    }
}

fn setupvalue(call: &mut Call) -> NativeResult {
    let value = call.any(3)?;
    let (function, index) = upvalue_argument(call, 1)?;
    match index.and_then(|index| call.vm.set_upvalue(function, index, value)) {
        Some(name) => call.one_string(name),
        None => call.none(),
    }
}

fn upvalueid(call: &mut Call) -> NativeResult {
    let function = call.function_argument(1)?;
    let (_, index) = upvalue_argument(call, 1)?;
    match index.and_then(|index| call.vm.upvalue_identity(function, index)) {
        Some(address) => call.one(Value::light(address)),
        None => Err(call.argument_error(2, "index out of range")),
    }
}

fn upvaluejoin(call: &mut Call) -> NativeResult {
    let function = call.function_argument(1)?;
    let (_, index) = upvalue_argument(call, 1)?;
    let (other, other_index) = upvalue_argument(call, 3)?;
    for (place, value) in [(1, function), (3, other)] {
        if !matches!(call.vm.function_kind(value), Some(FunctionKind::Lua(_))) {
            return Err(call.argument_error(place, "Lua function expected"));
        }
    }
    let (Some(index), Some(other_index)) = (index, other_index) else {
        return Err(call.argument_error(2, "index out of range"));
    };
    if !call.vm.join_upvalues(function, index, other, other_index) {
        return Err(call.argument_error(2, "index out of range"));
    }
    call.none()
}

fn traceback(call: &mut Call) -> NativeResult {
    let (thread, shift) = thread_argument(call);
    let message = call.argument(shift + 1);
    let default_level = if thread.is_nil() { 1 } else { 0 };
    if !message.is_string()
        && !message.is_number()
        && (!message.is_nil() || call.has_argument(shift + 1))
    {
        return call.one(message);
    }
    let level = call.optional_integer(shift + 2, default_level)?.max(0) as usize;
    let text = call.vm.string_or_number_bytes(message);
    let pointer = thread.as_thread().unwrap_or(call.vm.running_thread());
    let trace = call.vm.traceback(pointer, text.as_deref(), level);
    call.one_string(trace)
}
