//! `ffi.C` and what `ffi.load` answers: libraries whose symbols are looked up by declared names.
//!
//! A library is a userdata. Its metatable's `__index` is a table that remembers functions and constants, so that
//! `C.sqrt` is an ordinary cached field; only what is not in it asks [`resolve`]. Variables are never remembered.
//!
//! Libraries stay loaded until the process ends: function pointers outlive the object.

use crate::convert::Mode;
use crate::memory::Place;
use crate::state::Ffi;
use crate::sys::SymbolSource;
use crate::types::{Name, Symbol, TypeId};
use rlove_vm::builtin::{Builtin, Effects, NativeResult, Recording};
use rlove_vm::call::{Call, Raised};
use rlove_vm::value::Value;
use rlove_vm::vm::Vm;
use std::rc::Rc;

/// The payload of a library's userdata.
pub struct Library {
    source: SymbolSource,
}

impl Drop for Library {
    fn drop(&mut self) {
        // Functions of it may still be called.
        let empty = SymbolSource::Process(Vec::new());
        std::mem::forget(std::mem::replace(&mut self.source, empty));
    }
}

static RESOLVE: Builtin = Builtin::native(
    "ffi.resolve",
    "(cache: table, name: string) -> any",
    "Looks up a symbol of a library.",
    Effects::READS.and(Effects::ALLOCATES),
    Recording::Never("a symbol that was not looked up before, or a variable of a library"),
    resolve,
);
static ASSIGN: Builtin = Builtin::native(
    "ffi.assign",
    "(library: userdata, name: string, value: any)",
    "Stores into a variable of a library.",
    Effects::WRITES,
    Recording::Never("stores into a variable of a library"),
    assign,
);

/// Makes the userdata of a library.
pub(crate) fn new_library(vm: &mut Vm, source: SymbolSource) -> Result<Value, Raised> {
    let metatable = vm.new_table();
    let cache = vm.new_table();
    let cache_metatable = vm.new_table();
    let Some(pointer) = metatable.as_table() else {
        return Ok(Value::NIL);
    };
    let library = Value::userdata(vm.new_userdata(Rc::new(Library { source }), pointer, 0));
    let resolve = vm.new_native_function(resolve, &RESOLVE, &[library]);
    vm.set_field(cache_metatable, "__index", resolve);
    vm.set_metatable(cache, cache_metatable)?;
    vm.set_field(metatable, "__index", cache);
    let assign = vm.new_native_function(assign, &ASSIGN, &[]);
    vm.set_field(metatable, "__newindex", assign);
    Ok(library)
}

/// What a declared name of a library is.
enum Meaning {
    Constant(TypeId, u32),
    Function(TypeId, usize),
    Variable(TypeId, usize),
}

fn meaning(call: &mut Call, ffi: &Ffi, library: Value, name: &[u8]) -> Result<Meaning, Raised> {
    let symbol = ffi.types.borrow().symbol(name).cloned();
    let own_name =
        |redirect: Option<Name>| redirect.map_or_else(|| name.to_vec(), |name| name.to_vec());
    let (type_id, real_name, is_function) = match symbol {
        Some(Symbol::Constant { value, type_id }) => return Ok(Meaning::Constant(type_id, value)),
        Some(Symbol::Function(type_id, redirect)) => (type_id, own_name(redirect), true),
        Some(Symbol::Variable(type_id, redirect)) => (type_id, own_name(redirect), false),
        Some(Symbol::Typedef(_)) | None => {
            let name = String::from_utf8_lossy(name).into_owned();
            let message = format!("missing declaration for symbol '{name}'");
            return Err(call.error(message));
        }
    };
    let Some(library) = call.vm.userdata_payload::<Library>(library) else {
        return Err(call.error("bad argument #1 to 'index' (userdata expected)"));
    };
    match library.source.find(&real_name) {
        Ok(address) if is_function => Ok(Meaning::Function(type_id, address)),
        Ok(address) => Ok(Meaning::Variable(type_id, address)),
        Err(message) => Err(call.error(message)),
    }
}

fn resolve(call: &mut Call) -> NativeResult {
    let Some(ffi) = Ffi::of(call.vm) else {
        return call.none();
    };
    let name = call.string(2)?;
    let library = call.upvalue(0);
    let value = match meaning(call, &ffi, library, name)? {
        Meaning::Variable(type_id, address) => {
            let value = ffi.load_value(call.vm, type_id, Place::from_address(address))?;
            return call.one(value);
        }
        Meaning::Constant(type_id, value) => ffi.constant_value(type_id, value),
        Meaning::Function(type_id, address) => {
            let (value, place) = ffi.new_object(call.vm, type_id, 8)?;
            place.write(address);
            value
        }
    };
    let (cache, key) = (call.argument(1), call.argument(2));
    call.vm.raw_set(cache, key, value)?;
    call.one(value)
}

fn assign(call: &mut Call) -> NativeResult {
    let Some(ffi) = Ffi::of(call.vm) else {
        return call.none();
    };
    let name = call.string(2)?;
    let library = call.argument(1);
    if let Meaning::Variable(type_id, address) = meaning(call, &ffi, library, name)? {
        let (constant, size) = {
            let types = ffi.types.borrow();
            (
                crate::plan::is_constant_value(&types, type_id),
                types.size_bytes(type_id),
            )
        };
        if let (false, Some(size)) = (constant, size) {
            let value = call.argument(3);
            let place = Place::from_address(address);
            ffi.store_value(call.vm, type_id, place, size as usize, value, Mode::ASSIGN)?;
            return call.none();
        }
    }
    Err(call.error("attempt to write to constant location"))
}
