//! What 12 adds to `love.system` and `love.window`.

use crate::love::context;
use crate::platform::sys;
use rlove_vm::builtin::{Builtin, Effects};
use rlove_vm::call::{Call, NativeResult};
use rlove_vm::value::Value;

pub(super) static SYSTEM: &[Builtin] = builtins![
    "love.system.getMemorySize", "() -> number", "Memory of the machine, in mebibytes.", Effects::READS, get_memory_size;
    "love.system.getPreferredLocales", "() -> table", "Languages that the user prefers, the best first.", Effects::ALLOCATES, get_preferred_locales;
];

pub(super) static WINDOW: &[Builtin] = builtins![
    "love.window.focus", "()", "Asks for the keyboard's focus.", Effects::WRITES, focus;
    "love.window.isOccluded", "() -> boolean", "Whether other windows hide this one whole.", Effects::READS, is_occluded;
    "love.window.isHighDPIAllowed", "() -> boolean", "Whether pixels may be finer than units.", Effects::READS, is_high_dpi_allowed;
];

fn get_memory_size(call: &mut Call<'_>) -> NativeResult {
    match sys::memory_bytes() {
        Some(bytes) => call.one((bytes / (1 << 20)) as f64),
        None => Err(call.error("love.system.getMemorySize is not implemented for this system yet in rlove (see docs/compat.md)")),
    }
}

fn get_preferred_locales(call: &mut Call<'_>) -> NativeResult {
    let table = call.vm.new_table();
    for (index, locale) in sys::preferred_locales().iter().enumerate() {
        let name = call.new_string(locale.as_bytes())?;
        call.vm.raw_set_index(table, index as i64 + 1, name)?;
    }
    call.one(table)
}

fn focus(call: &mut Call<'_>) -> NativeResult {
    let context = context(call);
    let mut world = context.world.borrow_mut();
    world.window.focus_requests += 1;
    world.window.revision += 1;
    drop(world);
    call.none()
}

fn is_occluded(call: &mut Call<'_>) -> NativeResult {
    let is_hidden = !context(call).world.borrow().input.is_visible;
    call.one(Value::boolean(is_hidden))
}

fn is_high_dpi_allowed(call: &mut Call<'_>) -> NativeResult {
    let is_allowed = context(call).world.borrow().window.settings.is_high_dpi;
    call.one(Value::boolean(is_allowed))
}
