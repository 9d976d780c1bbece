//! What `--love 12` (or `t.version` of 12) changes in `love`: names that 12 adds, names that it took away.
//!
//! Under 11.5 none of this is seen, because libraries test for names. When 12 is selected, [`select`] goes through the modules and types that
//! exist already, and [`add_functions`], [`add_methods`] see to those that come into being later:
//!
//! ```text
//! names.rs          every name that 12 adds; those without a function here raise "not implemented yet in rlove"
//! MODULES           functions of ours, by module
//! METHODS           methods of ours, by type (types that inherit get them too)
//! ```
//!
//! Functions that only got another name are declared here over the body of the old one. What 12 changed in a function that both
//! have is decided where the function is, by `Context::is_version_12`.

mod data;
mod filesystem;
mod input;
mod math;
mod names;
mod system;

use super::{MODULES as MODULES_11, missing, object};
use rlove_vm::builtin::{Builtin, Raised};
use rlove_vm::value::Value;
use rlove_vm::vm::Vm;

/// Functions that 12 adds, by module.
static MODULES: &[(&str, &[Builtin])] = &[
    ("audio", crate::love::audio::FUNCTIONS_12),
    ("filesystem", filesystem::FUNCTIONS),
    ("keyboard", input::KEYBOARD),
    ("math", math::FUNCTIONS),
    ("mouse", input::MOUSE),
    ("physics", crate::love::physics::version12::FUNCTIONS),
    ("system", system::SYSTEM),
    ("touch", input::TOUCH),
    ("window", system::WINDOW),
];

/// Methods that 12 adds, by type.
static METHODS: &[(&str, &[Builtin])] = &[
    ("Body", crate::love::physics::version12::BODY),
    ("ByteData", data::BYTE_DATA),
    ("Contact", crate::love::physics::version12::CONTACT),
    ("Data", data::DATA),
    (
        "DistanceJoint",
        crate::love::physics::version12::DISTANCE_JOINT,
    ),
    ("MouseJoint", crate::love::physics::version12::MOUSE_JOINT),
    ("Shape", crate::love::physics::version12::SHAPE),
    ("SoundData", crate::love::sound::METHODS_12),
    ("Transform", math::TRANSFORM),
    ("WeldJoint", crate::love::physics::version12::WELD_JOINT),
    ("WheelJoint", crate::love::physics::version12::WHEEL_JOINT),
    ("World", crate::love::physics::version12::WORLD),
];

fn listed<T>(list: &'static [(&str, &'static [T])], name: &str) -> &'static [T] {
    list.iter()
        .find(|(known, _)| *known == name)
        .map_or(&[], |(_, entries)| entries)
}

/// Gives the table of `love.NAME` what 12 adds, and takes away what it removed.
pub fn add_functions(vm: &mut Vm, name: &str, table: Value) -> Result<(), Raised> {
    for function in listed(names::FUNCTIONS_ADDED, name) {
        let value = missing::function(vm, &format!("love.{name}.{function}"));
        vm.set_field(table, function, value);
    }
    for function in listed(names::FUNCTIONS_REMOVED, name) {
        vm.set_field(table, function, Value::NIL);
    }
    vm.register(table, listed(MODULES, name))
}

/// Gives the metatable of a type what 12 adds to it and to its ancestors.
pub fn add_methods(vm: &mut Vm, object_type: &'static object::ObjectType, metatable: Value) {
    if let Some(parent) = object_type.parent {
        add_methods(vm, parent, metatable);
    }
    let own: Vec<&str> = listed(METHODS, object_type.name)
        .iter()
        .map(|method| method.short_name())
        .collect();
    for method in listed(names::METHODS_ADDED, object_type.name) {
        // An ancestor's method of ours stays.
        if !own.contains(method) && vm.field(metatable, method).is_nil() {
            let value = missing::function(vm, &format!("{}:{method}", object_type.name));
            vm.set_field(metatable, method, value);
        }
    }
    // Embedded Lua methods cannot fail to load: a test opens every type.
    let _ = vm.register(metatable, listed(METHODS, object_type.name));
}

/// Makes a state that was opened as 11.5 one of 12.
pub fn select(vm: &mut Vm) -> Result<(), Raised> {
    let globals = vm.globals();
    let love = vm.field(globals, "love");
    for module in MODULES_11 {
        let table = vm.field(love, module.name);
        if table.is_table() {
            add_functions(vm, module.name, table)?;
        }
        for object_type in module.types {
            if let Some(metatable) = object::known_metatable(vm, object_type) {
                add_methods(vm, object_type, metatable);
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_here_is_in_the_lists() {
        for (module, functions) in MODULES {
            for function in *functions {
                let listed = listed(names::FUNCTIONS_ADDED, module);
                assert!(listed.contains(&function.short_name()), "{}", function.name);
            }
        }
        for (name, methods) in METHODS {
            for method in *methods {
                let listed = listed(names::METHODS_ADDED, name);
                assert!(listed.contains(&method.short_name()), "{}", method.name);
            }
        }
    }
}
