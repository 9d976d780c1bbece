//! `love.system`. A headless run touches nothing outside: its clipboard is its own and it opens no browser.

use super::{Module, context};
use crate::platform::sys;
use rlove_vm::builtin::{Builtin, Effects};
use rlove_vm::call::{Call, NativeResult};
use rlove_vm::value::Value;

/// `love.system`
pub static MODULE: Module = Module {
    name: "system",
    functions: FUNCTIONS,
    types: &[],
};

static FUNCTIONS: &[Builtin] = builtins![
    "love.system.getOS", "() -> string", "Name of the operating system.", Effects::READS, get_os;
    "love.system.getProcessorCount", "() -> integer", "Number of logical processors.", Effects::READS, get_processor_count;
    "love.system.getPowerInfo", "() -> string, number?, number?", "State of the battery, percent, seconds.", Effects::READS, get_power_info;
    "love.system.getClipboardText", "() -> string", "Text of the clipboard.", Effects::READS, get_clipboard_text;
    "love.system.setClipboardText", "(text: string)", "Puts text on the clipboard.", Effects::WRITES, set_clipboard_text;
    "love.system.openURL", "(url: string) -> boolean", "Opens an address with the user's program for it.", Effects::WRITES, open_url;
    "love.system.vibrate", "(seconds: number = 0.5)", "Vibrates a phone.", Effects::WRITES, vibrate;
    "love.system.hasBackgroundMusic", "() -> boolean", "Whether another program plays music on a phone.", Effects::READS, has_background_music;
];

fn get_os(call: &mut Call<'_>) -> NativeResult {
    call.one_string(sys::os_name())
}

fn get_processor_count(call: &mut Call<'_>) -> NativeResult {
    call.one(sys::processor_count() as f64)
}

fn get_power_info(call: &mut Call<'_>) -> NativeResult {
    let info = sys::power_info();
    let state = call.new_string(info.state.as_bytes())?;
    let number =
        |value: Option<u32>| value.map_or(Value::NIL, |value| Value::number(f64::from(value)));
    call.many(&[state, number(info.percent), number(info.seconds)])
}

fn get_clipboard_text(call: &mut Call<'_>) -> NativeResult {
    let context = context(call);
    let text = {
        let mut world = context.world.borrow_mut();
        if world.is_headless {
            world.headless_clipboard.clone()
        } else {
            world.clipboard.text()
        }
    };
    call.one_string(text)
}

fn set_clipboard_text(call: &mut Call<'_>) -> NativeResult {
    let text = call.text(1)?;
    let context = context(call);
    let mut world = context.world.borrow_mut();
    if world.is_headless {
        world.headless_clipboard = text;
    } else {
        world.clipboard.set_text(&text);
    }
    drop(world);
    call.none()
}

fn open_url(call: &mut Call<'_>) -> NativeResult {
    let url = call.text(1)?;
    let is_headless = context(call).world.borrow().is_headless;
    let is_opened = !is_headless && sys::open_url(&url);
    call.one(Value::boolean(is_opened))
}

fn vibrate(call: &mut Call<'_>) -> NativeResult {
    call.none()
}

fn has_background_music(call: &mut Call<'_>) -> NativeResult {
    call.one(Value::boolean(false))
}
