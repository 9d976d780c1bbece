//! `love.keyboard`

use super::{Module, context};
use crate::input::keys::{key_name, key_of_scancode, scancode_name, scancode_of_key};
use rlove_vm::builtin::{Builtin, Effects};
use rlove_vm::call::{Call, NativeResult, Raised};
use rlove_vm::value::Value;

/// `love.keyboard`
pub static MODULE: Module = Module {
    name: "keyboard",
    functions: FUNCTIONS,
    types: &[],
};

static FUNCTIONS: &[Builtin] = builtins![
    "love.keyboard.isDown", "(...: string) -> boolean | (keys: table) -> boolean", "Whether one of the keys is down.", Effects::READS, is_down;
    "love.keyboard.isScancodeDown", "(...: string) -> boolean | (scancodes: table) -> boolean", "Whether one of the keys at these places is down.", Effects::READS, is_scancode_down;
    "love.keyboard.setKeyRepeat", "(enable: boolean)", "Whether held keys press again.", Effects::WRITES, set_key_repeat;
    "love.keyboard.hasKeyRepeat", "() -> boolean", "Whether held keys press again.", Effects::READS, has_key_repeat;
    "love.keyboard.setTextInput", "(enable: boolean) | (enable: boolean, x: number, y: number, width: number, height: number)", "Whether typing makes text.", Effects::WRITES, set_text_input;
    "love.keyboard.hasTextInput", "() -> boolean", "Whether typing makes text.", Effects::READS, has_text_input;
    "love.keyboard.hasScreenKeyboard", "() -> boolean", "Whether the keyboard is on the screen.", Effects::READS, has_screen_keyboard;
    "love.keyboard.getKeyFromScancode", "(scancode: string) -> string", "The key at a place.", Effects::READS, get_key_from_scancode;
    "love.keyboard.getScancodeFromKey", "(key: string) -> string", "The place of a key.", Effects::READS, get_scancode_from_key;
];

fn invalid(call: &mut Call<'_>, what: &str, name: &str) -> Raised {
    call.error(format!("Invalid {what}: {name}"))
}

/// The names passed as arguments or in one table.
fn names(call: &mut Call<'_>) -> Result<Vec<String>, Raised> {
    let first = call.argument(1);
    if !first.is_table() {
        call.string(1)?;
        return (1..=call.argument_count())
            .map(|index| call.text(index))
            .collect();
    }
    let length = call.vm.raw_length(first);
    let mut names = Vec::new();
    for index in 1..=length {
        let value = call.vm.raw_get_index(first, index as i64);
        match call.vm.string_or_number_bytes(value) {
            Some(bytes) => names.push(String::from_utf8_lossy(&bytes).into_owned()),
            None => {
                let got = value.type_name();
                return Err(call.argument_error(1, format!("string expected, got {got}")));
            }
        }
    }
    Ok(names)
}

fn is_down(call: &mut Call<'_>) -> NativeResult {
    let mut is_one_down = false;
    for name in names(call)? {
        let Some(key) = key_name(&name) else {
            return Err(invalid(call, "key constant", &name));
        };
        is_one_down |= context(call).world.borrow().input.keyboard.is_down(key);
    }
    call.one(Value::boolean(is_one_down))
}

fn is_scancode_down(call: &mut Call<'_>) -> NativeResult {
    let mut is_one_down = false;
    for name in names(call)? {
        let Some(scancode) = scancode_name(&name) else {
            return Err(invalid(call, "scancode", &name));
        };
        is_one_down |= context(call)
            .world
            .borrow()
            .input
            .keyboard
            .is_scancode_down(scancode);
    }
    call.one(Value::boolean(is_one_down))
}

fn set_key_repeat(call: &mut Call<'_>) -> NativeResult {
    let is_on = call.boolean(1)?;
    context(call)
        .world
        .borrow_mut()
        .input
        .keyboard
        .has_key_repeat = is_on;
    call.none()
}

fn has_key_repeat(call: &mut Call<'_>) -> NativeResult {
    let is_on = context(call).world.borrow().input.keyboard.has_key_repeat;
    call.one(Value::boolean(is_on))
}

fn set_text_input(call: &mut Call<'_>) -> NativeResult {
    let is_on = call.boolean(1)?;
    context(call)
        .world
        .borrow_mut()
        .input
        .keyboard
        .is_text_input_off = !is_on;
    call.none()
}

fn has_text_input(call: &mut Call<'_>) -> NativeResult {
    let is_off = context(call)
        .world
        .borrow()
        .input
        .keyboard
        .is_text_input_off;
    call.one(Value::boolean(!is_off))
}

fn has_screen_keyboard(call: &mut Call<'_>) -> NativeResult {
    call.one(Value::boolean(false))
}

fn get_key_from_scancode(call: &mut Call<'_>) -> NativeResult {
    let name = call.text(1)?;
    match scancode_name(&name) {
        Some(scancode) => call.one_string(key_of_scancode(scancode)),
        None => Err(invalid(call, "scancode", &name)),
    }
}

fn get_scancode_from_key(call: &mut Call<'_>) -> NativeResult {
    let name = call.text(1)?;
    match key_name(&name) {
        Some(key) => call.one_string(scancode_of_key(key)),
        None => Err(invalid(call, "key constant", &name)),
    }
}
