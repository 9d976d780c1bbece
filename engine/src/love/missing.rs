//! What LÖVE has and rlove lacks: names that exist and say so when they are called.
//!
//! `love.graphics.newMesh()` under rlove raises "love.graphics.newMesh is not implemented yet in rlove (see docs/compat.md)".
//! The names come from `names.rs`; a module or type fills these functions in first and then its own over them, so what
//! remains is what is missing. docs/compat.md is made from the same comparison.

use super::names::{self, TypeNames};
use rlove_vm::builtin::{Builtin, Effects, Recording};
use rlove_vm::call::{Call, NativeResult};
use rlove_vm::value::Value;
use rlove_vm::vm::Vm;

/// A method that may be missing.
pub struct MissingMethod {
    /// `Type:method`
    pub full_name: String,
    /// `method`
    pub short_name: &'static str,
}

static MISSING: Builtin = Builtin::native(
    "love.missing",
    "(...) -> ...",
    "Raises that the function is not implemented yet.",
    Effects::READS,
    Recording::Never("it only raises an error"),
    raise_missing,
);

/// A function that raises that `full_name` is missing.
pub fn function(vm: &mut Vm, full_name: &str) -> Value {
    let name = vm.new_string(full_name.as_bytes());
    vm.new_native_function(raise_missing, &MISSING, &[name])
}

fn raise_missing(call: &mut Call<'_>) -> NativeResult {
    let name = call.upvalue(0);
    let name = String::from_utf8_lossy(name.string_bytes().unwrap_or(b"?")).into_owned();
    Err(call.error(format!(
        "{name} is not implemented yet in rlove (see docs/compat.md)"
    )))
}

/// The names of a type in LÖVE's lists.
pub fn type_names(type_name: &str) -> Option<&'static TypeNames> {
    names::MODULES
        .iter()
        .flat_map(|module| module.types)
        .find(|names| names.name == type_name)
}

/// Every method name that LÖVE's type has, with those it inherits.
pub fn methods_of(type_name: &str) -> Vec<MissingMethod> {
    let mut methods = Vec::new();
    let mut current = type_names(type_name);
    while let Some(names) = current {
        for method in names.methods {
            methods.push(MissingMethod {
                full_name: format!("{type_name}:{method}"),
                short_name: method,
            });
        }
        current = type_names(names.parent);
    }
    methods
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn methods_follow_inheritance() {
        let names: Vec<_> = methods_of("Image")
            .into_iter()
            .map(|method| method.full_name)
            .collect();
        assert!(names.contains(&"Image:replacePixels".to_owned()));
        assert!(names.contains(&"Image:setFilter".to_owned()), "{names:?}");
        assert!(methods_of("NoSuchType").is_empty());
    }
}
