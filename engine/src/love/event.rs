//! `love.event`: the queue of events, pumping and waiting.

use super::object::{Handle, handle_of, push_dynamic_object};
use super::{Module, NEVER, context, suspend};
use crate::input::{Event, Variant};
use crate::platform::Step;
use rlove_vm::builtin::{Builtin, Effects};
use rlove_vm::call::{Call, NativeResult, Raised};
use rlove_vm::value::Value;
use rlove_vm::vm::Vm;
use std::rc::Rc;

/// `love.event`
pub static MODULE: Module = Module {
    name: "event",
    functions: FUNCTIONS,
    types: &[],
};

static FUNCTIONS: &[Builtin] = &[
    Builtin::native(
        "love.event.pump",
        "()",
        "Takes what happened outside into the queue.",
        Effects::SUSPENDS,
        NEVER,
        pump,
    ),
    Builtin::native(
        "love.event.poll_i",
        "() -> string?, ...",
        "The next event of the queue.",
        Effects::WRITES,
        NEVER,
        poll_i,
    ),
    Builtin::native(
        "love.event.push",
        "(name: string, ...: any) -> boolean",
        "Adds an event to the queue.",
        Effects::WRITES,
        NEVER,
        push,
    ),
    Builtin::native(
        "love.event.clear",
        "()",
        "Empties the queue.",
        Effects::WRITES,
        NEVER,
        clear,
    ),
    Builtin::native(
        "love.event.quit",
        "(status: any = nil) -> boolean",
        "Asks the game to end, or to restart.",
        Effects::WRITES,
        NEVER,
        quit,
    ),
    Builtin::native(
        "love.event._wait",
        "()",
        "Suspends until something happens outside.",
        Effects::SUSPENDS,
        NEVER,
        wait,
    ),
    Builtin::lua(
        "love.event.poll",
        "() -> function",
        "An iterator over the queue.",
        "local event = ... local next_event = event.poll_i return function() return next_event end",
    ),
    Builtin::lua(
        "love.event.wait",
        "() -> string, ...",
        "Waits for the next event.",
        WAIT,
    ),
];

const WAIT: &str = "
local event = ...
local next_event, suspend = event.poll_i, event._wait
event._wait = nil
local function answer(name, ...)
  if name ~= nil then return name, ... end
  suspend()
  return answer(next_event())
end
return function() return answer(next_event()) end
";

fn pump(call: &mut Call<'_>) -> NativeResult {
    suspend(call, Step::Pump)
}

fn wait(call: &mut Call<'_>) -> NativeResult {
    suspend(call, Step::Wait)
}

fn poll_i(call: &mut Call<'_>) -> NativeResult {
    let event = context(call).world.borrow_mut().input.queue.pop_front();
    let Some(event) = event else {
        return call.none();
    };
    call.reserve(event.arguments.len() + 1)?;
    let name = call.new_string(event.name.as_bytes())?;
    call.push(name);
    let is_file = event.name == "filedropped";
    for argument in &event.arguments {
        let value = match argument {
            Variant::String(path) if is_file => {
                super::filesystem_file::push_dropped_file(call.vm, &String::from_utf8_lossy(path))
            }
            other => to_value(call.vm, other)?,
        };
        call.push(value);
    }
    call.pushed(event.arguments.len() as u32 + 1)
}

fn push(call: &mut Call<'_>) -> NativeResult {
    let name = call.text(1)?;
    let mut arguments = Vec::new();
    for index in 2..=call.argument_count() {
        let value = call.argument(index);
        if value.is_nil() {
            break;
        }
        match to_variant(call.vm, value, 0) {
            Some(variant) => arguments.push(variant),
            None => {
                return Err(call.error(format!(
                    "Argument {index} can't be stored safely\nExpected boolean, number, string or userdata."
                )));
            }
        }
    }
    context(call)
        .world
        .borrow_mut()
        .input
        .queue
        .push_back(Event { name, arguments });
    call.one(Value::boolean(true))
}

fn clear(call: &mut Call<'_>) -> NativeResult {
    context(call).world.borrow_mut().input.queue.clear();
    call.none()
}

fn quit(call: &mut Call<'_>) -> NativeResult {
    let value = call.argument(1);
    let status = to_variant(call.vm, value, 0).unwrap_or(Variant::Nil);
    let event = Event {
        name: "quit".to_owned(),
        arguments: vec![status],
    };
    context(call)
        .world
        .borrow_mut()
        .input
        .queue
        .push_back(event);
    call.one(Value::boolean(true))
}

/// Deeper tables (or tables that contain themselves) cannot be stored.
const MOST_TABLE_DEPTH: u32 = 100;

/// A value as plain data; `None` for what cannot be stored.
fn to_variant(vm: &mut Vm, value: Value, depth: u32) -> Option<Variant> {
    if value.is_nil() {
        return Some(Variant::Nil);
    }
    if value.is_boolean() {
        return Some(Variant::Boolean(value.is_truthy()));
    }
    if let Some(number) = value.as_number() {
        return Some(Variant::Number(number));
    }
    if let Some(bytes) = value.string_bytes() {
        return Some(Variant::String(bytes.to_vec()));
    }
    if value.is_table() {
        if depth >= MOST_TABLE_DEPTH {
            return None;
        }
        let entries = vm.entries(value);
        let pairs: Option<Vec<_>> = entries
            .into_iter()
            .map(|(key, value)| {
                Some((
                    to_variant(vm, key, depth + 1)?,
                    to_variant(vm, value, depth + 1)?,
                ))
            })
            .collect();
        return Some(Variant::Table(pairs?));
    }
    let handle = handle_of(vm, value)?;
    Some(Variant::Object(handle))
}

fn to_value(vm: &mut Vm, variant: &Variant) -> Result<Value, Raised> {
    Ok(match variant {
        Variant::Nil => Value::NIL,
        Variant::Boolean(boolean) => Value::boolean(*boolean),
        Variant::Number(number) => Value::from_foreign_number(*number),
        Variant::String(bytes) => vm.try_new_string(bytes)?,
        Variant::Table(pairs) => {
            let table = vm.new_table();
            for (key, value) in pairs {
                let key = to_value(vm, key)?;
                let value = to_value(vm, value)?;
                vm.raw_set(table, key, value)?;
            }
            table
        }
        Variant::Object(object) => match object.clone().downcast::<Handle>() {
            Ok(handle) => push_handle(vm, &handle),
            Err(_) => Value::NIL,
        },
    })
}

fn push_handle(vm: &mut Vm, handle: &Rc<Handle>) -> Value {
    match handle.object() {
        Some(object) => push_dynamic_object(vm, object, handle.object_type()),
        None => Value::NIL,
    }
}
