//! The standard library of Lua 5.1 as LuaJIT extends it.
//!
//! Below are pure functions over bytes and numbers, tested against the peer without a machine:
//!
//! | module | what it is for |
//! |---|---|
//! | [`pattern`] | `string.find`, `match`, `gmatch`, `gsub` |
//! | [`number_format`] | `tostring` of numbers, `string.format` |
//! | [`random`] | `math.random` |
//! | [`time`] | `os.date`, `os.time` |
//! | [`utf8`] | `utf8` |
//! | [`buffer_format`] | `string.buffer`'s `encode` and `decode` |
//!
//! Above them are the libraries themselves, one module each, as tables of [`Builtin`]s: [`base`], [`strings`],
//! [`tables`], [`math`], [`bits`], [`coroutines`], [`files`] (io), [`system`] (os), [`packages`] (package, require,
//! module), [`inspection`] (debug), [`jit_control`] and [`jit_util`] (jit), [`string_buffer`] [`unicode`] and [`lfs`] (modules for `require`).
//!
//! Worked example:
//!
//! ```
//! use rlove_vm::{library, vm::Vm};
//! let mut vm = Vm::new();
//! library::open_all(&mut vm).unwrap();
//! let chunk = vm.load_source(b"return ('x'):rep(3)", b"=example").unwrap();
//! let results = vm.call_function(chunk, &[]).unwrap();
//! assert_eq!(results[0].string_bytes(), Some(&b"xxx"[..]));
//! ```
//!
//! Invariants: embedded Lua sources use nothing of the program's globals; they get what they need from a table of
//! primitives that the program never sees. Functions that call Lua check their arguments in Rust and hand over by a tail
//! call, so that they are one frame.

pub mod base;
pub mod base_load;
pub mod bits;
pub mod buffer_format;
pub mod coroutines;
pub mod file_stream;
pub mod files;
pub mod inspection;
pub mod jit_control;
pub mod jit_util;
pub mod lfs;
pub mod math;
pub mod number_format;
pub mod packages;
pub mod pattern;
pub mod random;
pub mod string_buffer_library;
pub mod strings;
pub mod system;
pub mod tables;
pub mod time;
pub mod unicode;
pub mod utf8;

use crate::builtin::{Builtin, Effects, NativeFunction, NativeResult, Recording};
use crate::call::{Call, Raised};
use crate::value::Value;
use crate::vm::Vm;

/// The most arguments and results that one builtin has together (`unpack`, `string.byte`); beyond it is an error. As in LuaJIT.
pub const MOST_RESULTS: usize = 8000;

/// Opens everything.
pub fn open_all(vm: &mut Vm) -> Result<(), Raised> {
    packages::open(vm)?;
    base::open(vm)?;
    let globals = vm.globals();
    set_loaded(vm, "_G", globals);
    strings::open(vm)?;
    tables::open(vm)?;
    math::open(vm)?;
    bits::open(vm)?;
    coroutines::open(vm)?;
    files::open(vm)?;
    system::open(vm)?;
    inspection::open(vm)?;
    jit_control::open(vm)?;
    jit_util::open(vm)?;
    string_buffer_library::open(vm)?;
    unicode::open(vm)
}

/// Makes a library table, a global of this name and an entry of `package.loaded`.
pub fn open_library(
    vm: &mut Vm,
    name: &str,
    functions: &'static [Builtin],
) -> Result<Value, Raised> {
    let library = vm.new_table();
    let globals = vm.globals();
    vm.set_field(globals, name, library);
    set_loaded(vm, name, library);
    vm.register(library, functions)?;
    Ok(library)
}

/// Enters a value in `package.loaded`.
pub fn set_loaded(vm: &mut Vm, name: &str, value: Value) {
    let registry = vm.registry();
    let loaded = vm.field(registry, "_LOADED");
    vm.set_field(loaded, name, value);
}

/// Makes the value of a built-in module.
pub type ModuleMaker = fn(&mut Vm) -> Result<Value, Raised>;

/// Makes `require(name)` answer the value that `make` makes, the first time it is required.
pub fn preload_value(vm: &mut Vm, name: &str, make: ModuleMaker) -> Result<(), Raised> {
    static LOADER: Builtin = Builtin::native(
        "loader",
        "(name: string) -> any",
        "Opens a built-in module.",
        Effects::ALLOCATES,
        Recording::Never("loads a module"),
        open_preloaded,
    );
    fn open_preloaded(call: &mut Call) -> NativeResult {
        let index = call.upvalue(0).as_number().unwrap_or(0.0) as usize;
        let make = call
            .vm
            .extensions
            .get_or_default::<Preloaded>()
            .0
            .get(index)
            .copied();
        match make {
            Some(make) => {
                let value = make(call.vm)?;
                call.one(value)
            }
            None => call.none(),
        }
    }
    #[derive(Default)]
    struct Preloaded(Vec<ModuleMaker>);

    let makers = &mut vm.extensions.get_or_default::<Preloaded>().0;
    makers.push(make);
    let index = Value::from(makers.len() - 1);
    let loader = vm.new_native_function(open_preloaded, &LOADER, &[index]);
    preload(vm, name, loader);
    Ok(())
}

/// Enters a loader function in `package.preload`.
pub fn preload(vm: &mut Vm, name: &str, loader: Value) {
    let registry = vm.registry();
    let loaded = vm.field(registry, "_LOADED");
    let package = vm.field(loaded, "package");
    let preload = vm.field(package, "preload");
    vm.set_field(preload, name, loader);
}

/// Puts a builtin into a library that hands over to an embedded function, which is its only upvalue.
pub(crate) fn register_with_embedded(
    vm: &mut Vm,
    library: Value,
    public: &'static Builtin,
    body: NativeFunction,
    embedded: &'static Builtin,
    primitives: Value,
) -> Result<(), Raised> {
    let embedded = vm.new_builtin(embedded, primitives)?;
    let function = vm.new_native_function(body, public, &[embedded]);
    vm.set_field(library, public.short_name(), function);
    Ok(())
}

/// The primitive `fail` of embedded functions: raises a message at the place where the embedded function was called.
pub(crate) fn fail(call: &mut Call) -> NativeResult {
    let message = call.string(1)?;
    Err(call.vm.raise_at_level(2, message))
}
