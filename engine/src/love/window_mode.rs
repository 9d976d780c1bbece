//! How the screen follows the window: the window module changes the model, a hook changes the screen.

use super::context_of;
use crate::platform::{WindowModel, WindowSettings};
use rlove_vm::vm::Vm;
use std::rc::Rc;

/// Called when the window's mode changed, so that the screen can follow. The error is one sentence.
pub type ModeHook = Rc<dyn Fn(&mut Vm, &WindowModel) -> Result<(), String>>;

/// Holder of the hook in the machine's extensions.
#[derive(Default)]
pub struct ModeHooks(pub Option<ModeHook>);

/// Tells the screen about the window's mode.
pub fn apply(vm: &mut Vm) -> Result<(), String> {
    let window = context_of(vm).world.borrow().window.clone();
    match vm.extensions.get_or_default::<ModeHooks>().0.clone() {
        Some(hook) => hook(vm, &window),
        None => Ok(()),
    }
}

/// The window's settings.
pub fn mode_of(vm: &Vm) -> WindowSettings {
    context_of(vm).world.borrow().window.settings.clone()
}
