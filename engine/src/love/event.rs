//! `love.event`: the queue of events, pumping and waiting.

use super::parcel::{to_value, to_variant};
use super::{BY_EFFECTS, Context, Module, context, suspend};
use crate::input::{Event, Variant};
use crate::platform::Step;
use rlove_vm::builtin::{Builtin, Effects};
use rlove_vm::call::{Call, NativeResult};
use rlove_vm::value::Value;

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
        BY_EFFECTS,
        pump,
    ),
    Builtin::native(
        "love.event.poll_i",
        "() -> string?, ...",
        "The next event of the queue.",
        Effects::WRITES,
        BY_EFFECTS,
        poll_i,
    ),
    Builtin::native(
        "love.event.push",
        "(name: string, ...: any) -> boolean",
        "Adds an event to the queue.",
        Effects::WRITES,
        BY_EFFECTS,
        push,
    ),
    Builtin::native(
        "love.event.clear",
        "()",
        "Empties the queue.",
        Effects::WRITES,
        BY_EFFECTS,
        clear,
    ),
    Builtin::native(
        "love.event.quit",
        "(status: any = nil) -> boolean",
        "Asks the game to end, or to restart.",
        Effects::WRITES,
        BY_EFFECTS,
        quit,
    ),
    Builtin::native(
        "love.event._wait",
        "()",
        "Suspends until something happens outside.",
        Effects::SUSPENDS,
        BY_EFFECTS,
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

/// Puts an event into the game's queue, from whatever state.
fn add(context: &Context, event: Event) {
    if context.is_main {
        take_events_of_threads(context);
        context.world.borrow_mut().input.queue.push_back(event);
    } else {
        context.hub.send(event);
    }
}

/// What threads sent joins the queue.
fn take_events_of_threads(context: &Context) {
    if context.is_main && context.hub.has_events() {
        let events = context.hub.take_events();
        context.world.borrow_mut().input.queue.extend(events);
    }
}

fn pump(call: &mut Call<'_>) -> NativeResult {
    suspend(call, Step::Pump)
}

fn wait(call: &mut Call<'_>) -> NativeResult {
    suspend(call, Step::Wait)
}

fn poll_i(call: &mut Call<'_>) -> NativeResult {
    let context = context(call);
    take_events_of_threads(&context);
    let event = context.world.borrow_mut().input.queue.pop_front();
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
        match to_variant(call.vm, value).ok() {
            Some(variant) => arguments.push(variant),
            None => {
                return Err(call.error(format!(
                    "Argument {index} can't be stored safely\nExpected boolean, number, string or userdata."
                )));
            }
        }
    }
    add(&context(call), Event { name, arguments });
    call.one(Value::boolean(true))
}

fn clear(call: &mut Call<'_>) -> NativeResult {
    context(call).world.borrow_mut().input.queue.clear();
    call.none()
}

fn quit(call: &mut Call<'_>) -> NativeResult {
    let value = call.argument(1);
    let status = to_variant(call.vm, value).ok().unwrap_or(Variant::Nil);
    let event = Event {
        name: "quit".to_owned(),
        arguments: vec![status],
    };
    add(&context(call), event);
    call.one(Value::boolean(true))
}
