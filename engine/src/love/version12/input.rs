//! What 12 adds to `love.keyboard`, `love.mouse` and `love.touch`.

use crate::love::{context, enum_error};
use rlove_vm::builtin::{Builtin, Effects};
use rlove_vm::call::{Call, NativeResult};
use rlove_vm::value::Value;

pub(super) static KEYBOARD: &[Builtin] = builtins![
    "love.keyboard.isModifierActive", "(key: \"numlock\" / \"capslock\" / \"scrolllock\" / \"mode\") -> boolean", "Whether a lock key is on.", Effects::READS, is_modifier_active;
    "love.keyboard.isScreenKeyboardVisible", "() -> boolean", "Whether the keyboard on the screen is shown.", Effects::READS, never;
];

pub(super) static MOUSE: &[Builtin] = builtins![
    "love.mouse.getGlobalPosition", "() -> number, number", "Where the pointer is, from the corner of the window's display.", Effects::READS, global_position;
];

pub(super) static TOUCH: &[Builtin] = builtins![
    "love.touch.isMouse", "(id: any) -> boolean", "Whether a touch is the mouse's.", Effects::READS, never;
];

const MODIFIERS: &[&str] = &["numlock", "capslock", "scrolllock", "mode"];

fn is_modifier_active(call: &mut Call<'_>) -> NativeResult {
    let name = call.text(1)?;
    if !MODIFIERS.contains(&name.as_str()) {
        return Err(enum_error(call, "modifier key", MODIFIERS, &name));
    }
    // Window systems tell of keys, not of locks: what is known is whether the key is held.
    let is_down = crate::input::keys::key_name(&name)
        .is_some_and(|key| context(call).world.borrow().input.keyboard.is_down(key));
    call.one(Value::boolean(is_down))
}

fn never(call: &mut Call<'_>) -> NativeResult {
    call.one(Value::FALSE)
}

fn global_position(call: &mut Call<'_>) -> NativeResult {
    let context = context(call);
    let world = context.world.borrow();
    let (x, y) = (world.input.mouse.x, world.input.mouse.y);
    let settings = &world.window.settings;
    let (left, top) = (settings.x.unwrap_or(0), settings.y.unwrap_or(0));
    drop(world);
    call.many(&[x + f64::from(left), y + f64::from(top)].map(Value::number))
}
