//! `table`: lists in tables.
//!
//! Functions that call Lua (`sort`, `foreach`, `foreachi`) check their arguments here and then hand over to embedded
//! Lua code by a tail call, so that a comparator may yield and loops over it are compiled.
//!
//! Worked example: `table.insert(t, 1, x)` moves elements up without metamethods and stores `x`.
//!
//! Invariant: element loops over ranges that a program chose look for interrupts.

use crate::builtin::{Builtin, Effects, NativeResult, Recording};
use crate::bytecode::Opcode;
use crate::call::{Call, Raised};
use crate::value::Value;
use crate::vm::Vm;

const fn native(
    name: &'static str,
    signature: &'static str,
    documentation: &'static str,
    effects: Effects,
    body: crate::builtin::NativeFunction,
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

const CALLS: Effects = Effects::CALLS_LUA;

/// The functions of `table` without upvalues.
pub static FUNCTIONS: &[Builtin] = &[
    native(
        "table.concat",
        "(table: table, [separator: string], [first: integer], [last: integer]) -> string",
        "Joins strings and numbers.",
        Effects::READS.and(Effects::ALLOCATES),
        concat,
    ),
    native(
        "table.getn",
        "(table: table) -> number",
        "The length of a table.",
        Effects::READS,
        getn,
    ),
    native(
        "table.insert",
        "(table: table, [position: integer], value: any)",
        "Inserts an element.",
        Effects::WRITES,
        insert,
    ),
    native(
        "table.maxn",
        "(table: table) -> number",
        "The greatest number key.",
        Effects::READS,
        maxn,
    ),
    native(
        "table.move",
        "(source: table, first: integer, last: integer, index: integer, [target: table]) -> table",
        "Copies elements without metamethods.",
        Effects::WRITES,
        move_elements,
    ),
    native(
        "table.remove",
        "(table: table, [position: integer]) -> any",
        "Removes an element.",
        Effects::WRITES,
        remove,
    ),
];

static SORT: Builtin = native(
    "table.sort",
    "(table: table, [less: function])",
    "Sorts in place.",
    CALLS,
    sort,
);
static FOREACH: Builtin = native(
    "table.foreach",
    "(table: table, visit: function) -> any",
    "Calls a function for each entry.",
    CALLS,
    foreach,
);
static FOREACHI: Builtin = native(
    "table.foreachi",
    "(table: table, visit: function) -> any",
    "Calls a function for each element.",
    CALLS,
    foreachi,
);
static NEW: Builtin = native(
    "table.new",
    "(elements: integer, fields: integer) -> table",
    "A table with room.",
    Effects::ALLOCATES,
    new,
);
static CLEAR: Builtin = native(
    "table.clear",
    "(table: table)",
    "Removes all entries.",
    Effects::WRITES,
    clear,
);

static EMBEDDED_SORT: Builtin = Builtin::lua(
    "sort",
    "(table: table, count: number, [less: function])",
    "Sorts.",
    include_str!("table_sort.lua"),
);
static EMBEDDED_FOREACH: Builtin = Builtin::lua(
    "foreach",
    "(table: table, visit: function) -> any",
    "Visits.",
    include_str!("table_foreach.lua"),
);
static EMBEDDED_FOREACHI: Builtin = Builtin::lua(
    "foreachi",
    "(table: table, visit: function, count: number) -> any",
    "Visits.",
    include_str!("table_foreachi.lua"),
);
static PRIMITIVES: &[Builtin] = &[
    native(
        "fail",
        "(message: string)",
        "Raises an error at the caller of an embedded function.",
        Effects::NEEDS_FRAMES,
        super::fail,
    ),
    native(
        "rawget",
        "(table: table, key: any) -> any",
        "Reads without metamethods.",
        Effects::READS,
        raw_read,
    ),
    Builtin::header(
        "next",
        "(table: table, [key: any]) -> any, any",
        "The entry after a key.",
        Effects::READS,
        Recording::Special("next"),
        Opcode::FunctionHeaderNext,
    ),
];

/// Opens the library, and `table.new` and `table.clear` as modules.
pub fn open(vm: &mut Vm) -> Result<(), Raised> {
    let library = super::open_library(vm, "table", FUNCTIONS)?;
    let primitives = vm.new_table();
    vm.register(primitives, PRIMITIVES)?;
    super::register_with_embedded(
        vm,
        library,
        &FOREACH,
        foreach,
        &EMBEDDED_FOREACH,
        primitives,
    )?;
    super::register_with_embedded(
        vm,
        library,
        &FOREACHI,
        foreachi,
        &EMBEDDED_FOREACHI,
        primitives,
    )?;
    let embedded = vm.new_builtin(&EMBEDDED_SORT, primitives)?;
    let instances = vm.new_table();
    let function = vm.new_native_function(sort, &SORT, &[embedded, primitives, instances]);
    vm.set_field(library, "sort", function);
    super::preload_value(vm, "table.new", |vm| {
        Ok(vm.new_native_function(new, &NEW, &[]))
    })?;
    super::preload_value(vm, "table.clear", |vm| {
        Ok(vm.new_native_function(clear, &CLEAR, &[]))
    })
}

/// As [`Call::table_value`], for functions that LuaJIT has written in Lua: they see nil where nothing was passed.
fn table_or_nil(call: &mut Call, index: u32) -> Result<Value, Raised> {
    let value = call.argument(index);
    if value.is_table() {
        return Ok(value);
    }
    Err(call.argument_error(index, format!("table expected, got {}", value.type_name())))
}

fn integer_or_nil(call: &mut Call, index: u32) -> Result<i64, Raised> {
    let value = call.argument(index);
    match call.vm.to_number(value) {
        Some(_) => call.integer(index).map(i64::from),
        None => {
            Err(call.argument_error(index, format!("number expected, got {}", value.type_name())))
        }
    }
}

fn raw_read(call: &mut Call) -> NativeResult {
    let (table, key) = (call.argument(1), call.argument(2));
    let value = call.vm.raw_get(table, key);
    call.one(value)
}

pub(crate) fn concat(call: &mut Call) -> NativeResult {
    let table = call.table_value(1)?;
    let separator = call.optional_string(2)?.unwrap_or(b"");
    let first = i64::from(call.optional_integer(3, 1)?);
    let last = if call.argument(4).is_nil() {
        call.vm.raw_length(table) as i64
    } else {
        i64::from(call.integer(4)?)
    };
    let mut joined = Vec::new();
    for index in first..=last {
        let value = call.vm.raw_get_index(table, index);
        if let Some(bytes) = value.string_bytes() {
            joined.extend_from_slice(bytes);
        } else if let Some(number) = value.as_number() {
            super::number_format::append_number(&mut joined, number);
        } else {
            let message = format!(
                "invalid value ({}) at index {index} in table for 'concat'",
                value.type_name()
            );
            return Err(call.error(message));
        }
        if index < last {
            joined.extend_from_slice(separator);
        }
        if joined.len() > crate::object::string::LONGEST_STRING_BYTES {
            return Err(call.error("resulting string too large"));
        }
        poll(call.vm, index)?;
    }
    call.one_string(joined)
}

/// Looks for interrupts every now and then.
fn poll(vm: &mut Vm, index: i64) -> Result<(), Raised> {
    if index & 0xffff == 0 {
        vm.check_interrupt()
    } else {
        Ok(())
    }
}

fn getn(call: &mut Call) -> NativeResult {
    let table = table_or_nil(call, 1)?;
    let length = call.vm.raw_length(table);
    call.one(length)
}

fn insert(call: &mut Call) -> NativeResult {
    let table = call.table_value(1)?;
    let end = call.vm.raw_length(table) as i64 + 1;
    let (position, value) = match call.argument_count() {
        2 => (end, call.argument(2)),
        3 => {
            let position = i64::from(call.integer(2)?);
            (position, call.argument(3))
        }
        _ => return Err(call.error("wrong number of arguments to 'insert'")),
    };
    let mut index = end;
    if position >= 1 && position < end - 1 {
        // The last one makes room for the others, which then move at once.
        let last = call.vm.raw_get_index(table, end - 1);
        call.vm.raw_set_index(table, end, last)?;
        index -= 1;
        if call
            .vm
            .raw_move_elements(table, position, end - 2, position + 1)
        {
            index = position;
        }
    }
    while index > position {
        let moved = call.vm.raw_get_index(table, index - 1);
        call.vm.raw_set_index(table, index, moved)?;
        index -= 1;
        poll(call.vm, index)?;
    }
    call.vm.raw_set_index(table, position, value)?;
    call.none()
}

fn remove(call: &mut Call) -> NativeResult {
    let table = table_or_nil(call, 1)?;
    let length = call.vm.raw_length(table) as i64;
    if call.argument(2).is_nil() {
        if length == 0 {
            return call.none();
        }
        let value = call.vm.raw_get_index(table, length);
        call.vm.raw_set_index(table, length, Value::NIL)?;
        return call.one(value);
    }
    let position = integer_or_nil(call, 2)?;
    if position < 1 || position > length {
        return call.none();
    }
    let value = call.vm.raw_get_index(table, position);
    if !call
        .vm
        .raw_move_elements(table, position + 1, length, position)
    {
        for index in position..length {
            let moved = call.vm.raw_get_index(table, index + 1);
            call.vm.raw_set_index(table, index, moved)?;
        }
    }
    call.vm.raw_set_index(table, length, Value::NIL)?;
    call.one(value)
}

fn maxn(call: &mut Call) -> NativeResult {
    let table = call.table_value(1)?;
    let greatest = call
        .vm
        .entries(table)
        .into_iter()
        .filter_map(|(key, _)| key.as_number())
        .fold(
            0.0,
            |greatest, key| if key > greatest { key } else { greatest },
        );
    call.one(greatest)
}

fn sort(call: &mut Call) -> NativeResult {
    let table = call.table_value(1)?;
    let less = if call.argument(2).is_nil() {
        Value::NIL
    } else {
        call.function_argument(2)?
    };
    let count = call.vm.raw_length(table);
    if count >= i32::MAX as usize {
        return Err(call.error("array too big"));
    }
    if !call.vm.metatable_of(table).is_null() {
        return sort_copy(call, table, less, count);
    }
    let embedded = sort_instance(call, table, less)?;
    call.tail_call(embedded, &[table, Value::from(count), less])
}

/// Instances of the embedded code beyond the first.
const SORT_INSTANCES_MAX: i64 = 32;

/// The embedded function for a comparator, or for elements of a type if there is none. Each gets code of its own, so that what is
/// compiled of one comparator's sorting does not stand in the way of another's. Beyond a number the first one serves all.
fn sort_instance(call: &mut Call, table: Value, less: Value) -> Result<Value, Raised> {
    let (shared, primitives, instances) = (call.upvalue(0), call.upvalue(1), call.upvalue(2));
    let key = match call.vm.code_identity(less) {
        // An address that is used again after a collection finds code that serves its new owner as well.
        Some(code) => code as i64,
        None if call.vm.raw_get_index(table, 1).is_number() => return Ok(shared),
        None => -1,
    };
    let known = call.vm.raw_get_index(instances, key);
    if !known.is_nil() {
        return Ok(known);
    }
    let counted = call.vm.raw_get_index(instances, 0);
    let count = counted.as_number().unwrap_or(0.0) as i64;
    if count >= SORT_INSTANCES_MAX {
        return Ok(shared);
    }
    let instance = call.vm.new_builtin(&EMBEDDED_SORT, primitives)?;
    call.vm.raw_set_index(instances, key, instance)?;
    call.vm
        .raw_set_index(instances, 0, Value::from((count + 1) as usize))?;
    Ok(instance)
}

/// Sorting is raw access, the embedded code is not: a table with a metatable is sorted through a copy.
fn sort_copy(call: &mut Call, table: Value, less: Value, count: usize) -> NativeResult {
    let copy = call.vm.new_table_with_capacity(count, 0)?;
    call.push(copy);
    for index in 1..=count as i64 {
        let value = call.vm.raw_get_index(table, index);
        call.vm.raw_set_index(copy, index, value)?;
    }
    let embedded = call.upvalue(0);
    call.call_function(embedded, &[copy, Value::from(count), less])?;
    for index in 1..=count as i64 {
        let value = call.vm.raw_get_index(copy, index);
        call.vm.raw_set_index(table, index, value)?;
    }
    call.none()
}

fn foreach(call: &mut Call) -> NativeResult {
    let table = table_or_nil(call, 1)?;
    let visit = call.function_argument(2)?;
    let embedded = call.upvalue(0);
    call.tail_call(embedded, &[table, visit])
}

fn foreachi(call: &mut Call) -> NativeResult {
    let table = table_or_nil(call, 1)?;
    let visit = call.function_argument(2)?;
    let count = call.vm.raw_length(table);
    let embedded = call.upvalue(0);
    call.tail_call(embedded, &[table, visit, Value::from(count)])
}

fn move_elements(call: &mut Call) -> NativeResult {
    let source = table_or_nil(call, 1)?;
    let first = integer_or_nil(call, 2)?;
    let last = integer_or_nil(call, 3)?;
    let index = integer_or_nil(call, 4)?;
    let target = if call.argument(5).is_nil() {
        source
    } else {
        table_or_nil(call, 5)?
    };
    let upwards = index > last || index <= first || source != target;
    if source == target && call.vm.raw_move_elements(source, first, last, index) {
        return call.one(target);
    }
    for step in 0..=last - first {
        let offset = if upwards { step } else { last - first - step };
        let value = call.vm.raw_get_index(source, first + offset);
        call.vm.raw_set_index(target, index + offset, value)?;
        poll(call.vm, step)?;
    }
    call.one(target)
}

fn new(call: &mut Call) -> NativeResult {
    let elements = call.integer(1)?;
    let fields = call.integer(2)?;
    if elements > 1 << 27 || fields > 1 << 26 {
        return Err(call.vm.raise_message(b"table overflow"));
    }
    let table = call
        .vm
        .new_table_with_capacity(elements.max(0) as usize, fields.max(0) as usize)?;
    call.one(table)
}

fn clear(call: &mut Call) -> NativeResult {
    let table = call.table_value(1)?;
    call.vm.clear_table(table);
    call.none()
}
