//! The functions that a state opens as long as the library of the language is not part of this crate: calls, errors,
//! metatables, iteration, coroutines.

use crate::builtin::*;
use crate::bytecode::Opcode;
use crate::call::{Call, Raised};
use crate::value::Value;
use crate::vm::Vm;

const NEVER: Recording = Recording::Never("part of the small library");

macro_rules! native {
    ($name:literal, $body:ident) => {
        Builtin::native($name, "(...)", "", Effects::WRITES, NEVER, $body)
    };
}
macro_rules! header {
    ($name:literal, $opcode:ident) => {
        Builtin::header(
            $name,
            "(...)",
            "",
            Effects::CALLS_LUA,
            NEVER,
            Opcode::$opcode,
        )
    };
}

static BASE: &[Builtin] = &[
    native!("setmetatable", set_metatable),
    native!("getmetatable", get_metatable),
    native!("rawset", raw_set),
    native!("rawget", raw_get),
    native!("error", error),
    native!("assert", assert_true),
    native!("type", type_name),
    native!("tostring", to_string),
    native!("pairs", pairs),
    native!("ipairs", ipairs),
    native!("collectgarbage", collect),
    header!("next", FunctionHeaderNext),
    header!("ipairs_next", FunctionHeaderInext),
    header!("pcall", FunctionHeaderProtectedCall),
    header!("xpcall", FunctionHeaderProtectedCallHandler),
];
static COROUTINE: &[Builtin] = &[
    native!("coroutine.create", create),
    native!("coroutine.wrap", wrap),
    header!("coroutine.resume", FunctionHeaderResume),
    header!("coroutine.yield", FunctionHeaderYield),
];
static WRAP: Builtin = header!("coroutine.wrap", FunctionHeaderWrap);

pub(super) fn open(vm: &mut Vm) -> Result<(), Raised> {
    let globals = vm.globals();
    vm.register(globals, BASE)?;
    let coroutine = vm.new_table();
    vm.set_field(globals, "coroutine", coroutine);
    vm.set_field(globals, "_G", globals);
    vm.register(coroutine, COROUTINE)
}

fn set_metatable(call: &mut Call<'_>) -> NativeResult {
    let table = call.table_value(1)?;
    let metatable = call.argument(2);
    call.vm.set_metatable(table, metatable)?;
    call.one(table)
}
fn get_metatable(call: &mut Call<'_>) -> NativeResult {
    let metatable = call.vm.metatable_of(call.argument(1));
    if metatable.is_null() {
        return call.one(Value::NIL);
    }
    call.one(Value::table(metatable))
}
fn raw_set(call: &mut Call<'_>) -> NativeResult {
    let table = call.table_value(1)?;
    let (key, value) = (call.argument(2), call.argument(3));
    call.vm.raw_set(table, key, value)?;
    call.one(table)
}
fn raw_get(call: &mut Call<'_>) -> NativeResult {
    let table = call.table_value(1)?;
    let key = call.argument(2);
    let value = call.vm.raw_get(table, key);
    call.one(value)
}
fn error(call: &mut Call<'_>) -> NativeResult {
    let value = call.argument(1);
    let level = call.optional_integer(2, 1)?;
    match value.string_bytes() {
        Some(bytes) if level > 0 => {
            let mut text = call.vm.position_of_level(level as usize);
            text.extend_from_slice(bytes);
            Err(call.vm.raise_message(&text))
        }
        _ => Err(call.raise(value)),
    }
}
fn assert_true(call: &mut Call<'_>) -> NativeResult {
    if call.truth(1) {
        let values = call.arguments();
        return call.many(&values);
    }
    if call.has_argument(2) {
        let value = call.argument(2);
        return Err(call.raise(value));
    }
    Err(call.vm.raise_message(b"assertion failed!"))
}
fn type_name(call: &mut Call<'_>) -> NativeResult {
    let name = call.any(1)?.type_name();
    call.one_string(name)
}
fn to_string(call: &mut Call<'_>) -> NativeResult {
    let value = call.argument(1);
    let function = call.vm.metafield(value, "__tostring");
    if !function.is_nil() {
        return call.tail_call(function, &[value]);
    }
    match call.vm.string_or_number_bytes(value) {
        Some(bytes) => call.one_string(bytes),
        None => call.one_string(format!("{value:?}")),
    }
}
fn pairs(call: &mut Call<'_>) -> NativeResult {
    let globals = call.vm.globals();
    let next = call.vm.field(globals, "next");
    let table = call.argument(1);
    call.many(&[next, table, Value::NIL])
}
fn ipairs(call: &mut Call<'_>) -> NativeResult {
    let globals = call.vm.globals();
    let next = call.vm.field(globals, "ipairs_next");
    let table = call.argument(1);
    call.many(&[next, table, Value::number(0.0)])
}
fn collect(call: &mut Call<'_>) -> NativeResult {
    call.vm.collect_garbage();
    call.one(0)
}
fn create(call: &mut Call<'_>) -> NativeResult {
    let function = call.function_argument(1)?;
    let thread = call.vm.new_coroutine(function);
    call.one(thread)
}
fn wrap(call: &mut Call<'_>) -> NativeResult {
    let function = call.function_argument(1)?;
    let thread = call.vm.new_coroutine(function);
    let function = call
        .vm
        .new_header_function(Opcode::FunctionHeaderWrap, &WRAP, &[thread]);
    call.one(function)
}
