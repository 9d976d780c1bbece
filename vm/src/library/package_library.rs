//! `package`, `require` and `module`.
//!
//! `require` checks its argument here and goes on in Lua (package_require.lua): searchers and loaders are Lua code, so they can
//! yield and be traced. The searchers themselves are here. Native Lua modules are found but refused: there is no Lua C API.

use crate::builtin::{Builtin, Effects, NativeResult, Recording};
use crate::call::{Call, Raised};
use crate::value::Value;
use crate::vm::Vm;

const NEVER: Recording = Recording::Never("loads modules, which happens once");

static PACKAGE: &[Builtin] = &[
    Builtin::native(
        "package.searchpath",
        "(name: string, path: string, separator: string = \".\", replacement: string = \"/\") -> string?, string",
        "The first readable file for a module name, or nil and the files tried.",
        Effects::READS,
        NEVER,
        search_path_function,
    ),
    Builtin::native(
        "package.loadlib",
        "(path: string, name: string) -> nil, string, string",
        "Always refuses: rlove has no Lua C API.",
        Effects::READS,
        NEVER,
        load_library,
    ),
    Builtin::lua(
        "package.seeall",
        "(module: table)",
        "Lets a module see the global names.",
        "local setmetatable, getmetatable, _G = setmetatable, getmetatable, _G
         return function(module)
           local metatable = getmetatable(module)
           if not metatable then metatable = {} setmetatable(module, metatable) end
           metatable.__index = _G
         end",
    ),
];

static LOADERS: &[Builtin] = &[
    Builtin::native(
        "package.preload_loader",
        "(name: string) -> function | string",
        "Searches package.preload.",
        Effects::READS,
        NEVER,
        preload_loader,
    ),
    Builtin::native(
        "package.lua_loader",
        "(name: string) -> function | string",
        "Searches package.path.",
        Effects::READS,
        NEVER,
        lua_loader,
    ),
    Builtin::native(
        "package.c_loader",
        "(name: string) -> string",
        "Searches package.cpath; refuses what it finds.",
        Effects::READS,
        NEVER,
        c_loader,
    ),
];

static REQUIRE: Builtin = Builtin::native(
    "require",
    "(name: string) -> any",
    "Loads a module once and returns its value.",
    Effects::CALLS_LUA,
    NEVER,
    require,
);
static REQUIRE_BACK: Builtin = Builtin::lua(
    "require",
    "(name: string) -> any",
    "The Lua part of require.",
    include_str!("package_require.lua"),
);
static MODULE: Builtin = Builtin::lua(
    "module",
    "(name: string, ...: function)",
    "Makes a module table the environment of the caller.",
    include_str!("package_module.lua"),
);

/// LuaJIT's default search path for Lua modules.
pub const DEFAULT_PATH: &str = "./?.lua;/usr/local/share/lua/5.1/?.lua;/usr/local/share/lua/5.1/?/init.lua;/usr/share/lua/5.1/?.lua;/usr/share/lua/5.1/?/init.lua";
const DEFAULT_C_PATH: &str = "./?.so;/usr/local/lib/lua/5.1/?.so;/usr/local/lib/lua/5.1/loadall.so";
/// What a native module is told.
const NO_C_MODULES: &str = "rlove cannot load Lua C modules; use the FFI";

/// Opens the library.
pub fn open(vm: &mut Vm) -> Result<(), Raised> {
    let globals = vm.globals();
    let package = vm.new_table();
    vm.set_field(globals, "package", package);
    let loaded = vm.new_table();
    let registry = vm.registry();
    vm.set_field(registry, "_LOADED", loaded);
    vm.set_field(package, "loaded", loaded);
    let preload = vm.new_table();
    vm.set_field(package, "preload", preload);
    let path = search_path_setting(vm, "LUA_PATH", DEFAULT_PATH);
    vm.set_field(package, "path", path);
    let c_path = search_path_setting(vm, "LUA_CPATH", DEFAULT_C_PATH);
    vm.set_field(package, "cpath", c_path);
    let config = vm.new_string(if cfg!(windows) {
        b"\\\n;\n?\n!\n-\n"
    } else {
        b"/\n;\n?\n!\n-\n"
    });
    vm.set_field(package, "config", config);
    vm.register(package, PACKAGE)?;
    let loaders = vm.new_table();
    vm.set_field(package, "loaders", loaders);
    for (index, builtin) in LOADERS.iter().enumerate() {
        if let crate::builtin::Entry::Native(entry) = builtin.entry {
            let loader = vm.new_native_function(entry, builtin, &[package]);
            vm.raw_set_index(loaders, index as i64 + 1, loader)?;
        }
    }
    let back = vm.new_builtin(&REQUIRE_BACK, package)?;
    let front = vm.new_native_function(require, &REQUIRE, &[back]);
    vm.set_field(globals, "require", front);
    let module = vm.new_builtin(&MODULE, package)?;
    vm.set_field(globals, "module", module);
    // Libraries that are open already count as loaded.
    for (key, value) in vm.entries(globals) {
        if value.is_table() && key.is_string() {
            vm.raw_set(loaded, key, value)?;
        }
    }
    Ok(())
}

/// Notes a library that is opened after this one.
pub fn note_loaded(vm: &mut Vm, name: &str, library: Value) {
    let registry = vm.registry();
    let loaded = vm.field(registry, "_LOADED");
    vm.set_field(loaded, name, library);
}

fn search_path_setting(vm: &mut Vm, variable: &str, default: &str) -> Value {
    let path = match vm.world.environment_variable(variable) {
        // ";;" stands for the default path.
        Some(path) => path
            .replace(";;", &format!(";{default};"))
            .trim_matches(';')
            .to_owned(),
        None => default.to_owned(),
    };
    vm.new_string(path.as_bytes())
}

fn require(call: &mut Call<'_>) -> NativeResult {
    let name = call.string_value(1)?;
    let back = call.upvalue(0);
    call.tail_call(back, &[name])
}

/// The file found, or the text about those that were not.
fn search_path(
    name: &[u8],
    path: &[u8],
    separator: &[u8],
    replacement: &[u8],
) -> Result<Vec<u8>, Vec<u8>> {
    let name = replace(name, separator, replacement);
    let mut tried = Vec::new();
    for template in path
        .split(|&byte| byte == b';')
        .filter(|template| !template.is_empty())
    {
        let file = replace(template, b"?", &name);
        if std::fs::File::open(to_path(&file))
            .is_ok_and(|file| file.metadata().is_ok_and(|data| !data.is_dir()))
        {
            return Ok(file);
        }
        tried.extend_from_slice(b"\n\tno file '");
        tried.extend_from_slice(&file);
        tried.push(b'\'');
    }
    Err(tried)
}

/// A path from a Lua string.
pub fn to_path(bytes: &[u8]) -> std::path::PathBuf {
    #[cfg(unix)]
    {
        use std::os::unix::ffi::OsStrExt;
        std::path::PathBuf::from(std::ffi::OsStr::from_bytes(bytes))
    }
    #[cfg(not(unix))]
    {
        std::path::PathBuf::from(String::from_utf8_lossy(bytes).into_owned())
    }
}

fn replace(text: &[u8], what: &[u8], with: &[u8]) -> Vec<u8> {
    if what.is_empty() {
        return text.to_vec();
    }
    let mut result = Vec::with_capacity(text.len());
    let mut position = 0;
    while position < text.len() {
        if text[position..].starts_with(what) {
            result.extend_from_slice(with);
            position += what.len();
        } else {
            result.push(text[position]);
            position += 1;
        }
    }
    result
}

fn search_path_function(call: &mut Call<'_>) -> NativeResult {
    let name = call.string(1)?;
    let path = call.string(2)?;
    let separator = call.optional_string(3)?.unwrap_or(b".");
    let replacement = call.optional_string(4)?.unwrap_or(b"/");
    match search_path(name, path, separator, replacement) {
        Ok(file) => call.one_string(file),
        Err(tried) => call.nil_and_message(tried),
    }
}

fn load_library(call: &mut Call<'_>) -> NativeResult {
    call.string(1)?;
    call.string(2)?;
    let message = call.new_string(NO_C_MODULES.as_bytes())?;
    let kind = call.new_string(b"absent")?;
    call.many(&[Value::NIL, message, kind])
}

fn preload_loader(call: &mut Call<'_>) -> NativeResult {
    let name = call.string_value(1)?;
    let package = call.upvalue(0);
    let preload = call.vm.field(package, "preload");
    if !preload.is_table() {
        return Err(call.error("'package.preload' must be a table"));
    }
    let loader = call.vm.raw_get(preload, name);
    if !loader.is_nil() {
        return call.one(loader);
    }
    let mut message = b"\n\tno field package.preload['".to_vec();
    message.extend_from_slice(name.string_bytes().unwrap_or(b""));
    message.extend_from_slice(b"']");
    call.one_string(message)
}

fn path_field<'a>(call: &mut Call<'_>, field: &str) -> Result<&'a [u8], Raised> {
    let package = call.upvalue(0);
    match call.vm.field(package, field).string_bytes() {
        Some(path) => Ok(path),
        None => Err(call.error(format!("'package.{field}' must be a string"))),
    }
}

fn lua_loader(call: &mut Call<'_>) -> NativeResult {
    let name = call.string(1)?;
    let path = path_field(call, "path")?;
    let file = match search_path(name, path, b".", b"/") {
        Ok(file) => file,
        Err(tried) => return call.one_string(tried),
    };
    let mut chunk_name = b"@".to_vec();
    chunk_name.extend_from_slice(&file);
    let source = match std::fs::read(to_path(&file)) {
        Ok(source) => source,
        Err(error) => {
            return Err(loader_error(
                call,
                name,
                &file,
                format!("cannot read file: {error}").as_bytes(),
            ));
        }
    };
    match call.vm.load_source(&source, &chunk_name) {
        Ok(function) => call.one(function),
        Err(Raised) => {
            let error = call.vm.take_error();
            let message = error.string_bytes().unwrap_or(b"?").to_vec();
            Err(loader_error(call, name, &file, &message))
        }
    }
}

fn loader_error(call: &mut Call<'_>, name: &[u8], file: &[u8], message: &[u8]) -> Raised {
    let mut text = b"error loading module '".to_vec();
    text.extend_from_slice(name);
    text.extend_from_slice(b"' from file '");
    text.extend_from_slice(file);
    text.extend_from_slice(b"':\n\t");
    text.extend_from_slice(message);
    call.error(text)
}

fn c_loader(call: &mut Call<'_>) -> NativeResult {
    let name = call.string(1)?;
    let path = path_field(call, "cpath")?;
    match search_path(name, path, b".", b"/") {
        Ok(file) if !file.ends_with(b"loadall.so") => {
            Err(loader_error(call, name, &file, NO_C_MODULES.as_bytes()))
        }
        Ok(_) => call.one_string(b""),
        Err(tried) => call.one_string(tried),
    }
}
