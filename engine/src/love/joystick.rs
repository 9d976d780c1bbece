//! `love.joystick` and `love.touch` on a machine that has neither: the lists are empty.

use super::Module;
use rlove_vm::builtin::{Builtin, Effects};
use rlove_vm::call::{Call, NativeResult};

/// `love.joystick`
pub static MODULE: Module = Module {
    name: "joystick",
    functions: JOYSTICK,
    types: &[],
};

/// `love.touch`
pub static TOUCH: Module = Module {
    name: "touch",
    functions: TOUCHES,
    types: &[],
};

static JOYSTICK: &[Builtin] = builtins![
    "love.joystick.getJoysticks", "() -> table", "The connected joysticks.", Effects::ALLOCATES, empty_list;
    "love.joystick.getJoystickCount", "() -> integer", "How many are connected.", Effects::READS, zero;
];

static TOUCHES: &[Builtin] = builtins![
    "love.touch.getTouches", "() -> table", "The touches on the screen.", Effects::ALLOCATES, empty_list;
];

fn empty_list(call: &mut Call<'_>) -> NativeResult {
    let list = call.vm.new_table();
    call.one(list)
}

fn zero(call: &mut Call<'_>) -> NativeResult {
    call.one(0.0)
}
