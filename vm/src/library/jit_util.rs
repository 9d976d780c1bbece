//! `jit.util`: what LuaJIT's introspection module says about functions.
//!
//! Function facts are answered in LuaJIT's form. Bytecode and constants are rlove's own and not numbered as LuaJIT's, so
//! those functions raise an error that says where to look instead; there are no traces without a compiler, which LuaJIT says by nil.
//!
//! Worked example: `require("jit.util").funcinfo(f).linedefined` is the line of `function`.

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
        Effects::READS,
        Recording::Never("looks into the machine"),
        body,
    )
}

static FUNCTIONS: &[Builtin] = &[
    native(
        "util.funcinfo",
        "(function: function, [position: integer]) -> table",
        "About a function.",
        funcinfo,
    ),
    native(
        "util.funcuvname",
        "(function: function, index: integer) -> string?",
        "The name of an upvalue.",
        funcuvname,
    ),
    native(
        "util.funcbc",
        "(function: function, position: integer)",
        "Not available.",
        not_luajits,
    ),
    native(
        "util.funck",
        "(function: function, index: integer)",
        "Not available.",
        not_luajits,
    ),
    native(
        "util.traceinfo",
        "(trace: integer) -> nil",
        "About a trace.",
        no_trace,
    ),
    native(
        "util.traceir",
        "(trace: integer, index: integer) -> nil",
        "An instruction.",
        no_trace,
    ),
    native(
        "util.tracek",
        "(trace: integer, index: integer) -> nil",
        "A constant.",
        no_trace,
    ),
    native(
        "util.tracesnap",
        "(trace: integer, index: integer) -> nil",
        "A snapshot.",
        no_trace,
    ),
    native(
        "util.tracemc",
        "(trace: integer) -> nil",
        "The machine code.",
        no_trace,
    ),
    native(
        "util.traceexitstub",
        "(trace: integer, [exit: integer]) -> nil",
        "An exit.",
        no_trace,
    ),
    native(
        "util.ircalladdr",
        "(index: integer) -> number",
        "Always zero.",
        zero,
    ),
];

/// Makes `require "jit.util"` find the library.
pub fn open(vm: &mut Vm) -> Result<(), Raised> {
    super::preload_value(vm, "jit.util", |vm| {
        let library = vm.new_table();
        vm.register(library, FUNCTIONS)?;
        Ok(library)
    })
}

fn funcinfo(call: &mut Call) -> NativeResult {
    let function = call.function_argument(1)?;
    let position = call.optional_integer(2, 0)?.max(0) as usize;
    let table = call.vm.new_table();
    let upvalues = call.vm.upvalue_count(function);
    call.vm.set_field(table, "upvalues", upvalues);
    let Some(FunctionKind::Lua(compiled)) = call.vm.function_kind(function) else {
        call.vm.set_field(table, "addr", function.pointer_address());
        return call.one(table);
    };
    let line = match compiled.lines.get(position) {
        Some(&line) if call.has_argument(2) => line,
        _ => compiled.first_line,
    };
    let is_number = |constant: &&crate::bytecode::Constant| {
        matches!(constant, crate::bytecode::Constant::Number(_))
    };
    let numbers = compiled.constants.iter().filter(is_number).count();
    for (name, number) in [
        ("linedefined", compiled.first_line as usize),
        ("lastlinedefined", compiled.last_line as usize),
        ("currentline", line as usize),
        ("stackslots", compiled.frame_size.into()),
        ("params", compiled.parameter_count.into()),
        ("bytecodes", compiled.code.len()),
        ("nconsts", numbers),
        (
            "gcconsts",
            compiled.constants.len() - numbers + compiled.children.len(),
        ),
    ] {
        call.vm.set_field(table, name, number);
    }
    call.vm.set_field(table, "isvararg", compiled.is_vararg);
    call.vm
        .set_field(table, "children", !compiled.children.is_empty());
    let source = call.new_string(&compiled.chunk_name)?;
    call.vm.set_field(table, "source", source);
    let mut place = short_chunk_name(&compiled.chunk_name);
    place.extend_from_slice(format!(":{line}").as_bytes());
    let place = call.new_string(&place)?;
    call.vm.set_field(table, "loc", place);
    call.one(table)
}

fn funcuvname(call: &mut Call) -> NativeResult {
    let function = call.function_argument(1)?;
    let Some(FunctionKind::Lua(compiled)) = call.vm.function_kind(function) else {
        return Err(call.type_error(1, "function"));
    };
    let index = call.integer(2)?;
    let name = usize::try_from(index)
        .ok()
        .and_then(|index| compiled.upvalue_names.get(index));
    match name {
        Some(name) => call.one_string(name),
        None => call.one(Value::NIL),
    }
}

fn not_luajits(call: &mut Call) -> NativeResult {
    Err(call.error("the bytecode is rlove's own, not LuaJIT's; see rlua --dump=bc"))
}

fn no_trace(call: &mut Call) -> NativeResult {
    call.integer(1)?;
    call.none()
}

fn zero(call: &mut Call) -> NativeResult {
    call.one(0.0)
}
