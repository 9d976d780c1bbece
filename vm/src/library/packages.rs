//! `package`, `require` and `module`.
//!
//! Worked example: `require "a.b"` runs through `package.loaders`: the first looks in `package.preload`, the second for
//! `a/b.lua` along `package.path`, the third and fourth for a C library along `package.cpath`. A C library that is found is
//! an error that says what rlove cannot do.
//!
//! Invariants: `require` is embedded Lua, so that a module may suspend while it loads; it keeps the tables of the start
//! (`package` and `package.loaded`) whatever a program assigns to the global names.

use crate::builtin::{Builtin, Effects, NativeFunction, NativeResult, Recording};
use crate::call::{Call, Raised};
use crate::value::Value;
use crate::vm::Vm;

const NEVER: Recording = Recording::Never("loads modules");
const READS: Effects = Effects::READS;

/// What a C library gives instead of a function.
pub const NO_C_MODULES: &str = "rlove cannot load Lua C modules; use the FFI";

#[cfg(windows)]
const DEFAULT_PATH: &str = ".\\?.lua;.\\?\\init.lua";
#[cfg(windows)]
const DEFAULT_C_PATH: &str = ".\\?.dll";
#[cfg(not(windows))]
const DEFAULT_PATH: &str = "./?.lua;/usr/local/share/luajit-2.1/?.lua;/usr/local/share/lua/5.1/?.lua;/usr/local/share/lua/5.1/?/init.lua;/usr/share/lua/5.1/?.lua;/usr/share/lua/5.1/?/init.lua";
#[cfg(not(windows))]
const DEFAULT_C_PATH: &str = "./?.so;/usr/local/lib/lua/5.1/?.so;/usr/local/lib/lua/5.1/loadall.so";

static FUNCTIONS: &[Builtin] = &[
    Builtin::native(
        "package.loadlib",
        "(path: string, name: string) -> nil, string, string",
        "Refuses to load a C library.",
        READS,
        NEVER,
        loadlib,
    ),
    Builtin::native(
        "package.searchpath",
        "(name: string, path: string, [separator: string], [replacement: string]) -> string?, string?",
        "Finds a file along a path.",
        READS,
        NEVER,
        searchpath,
    ),
    Builtin::native(
        "package.seeall",
        "(module: table)",
        "Lets a module see the globals.",
        Effects::WRITES,
        NEVER,
        seeall,
    ),
];
static LOADERS: [(&Builtin, NativeFunction); 4] = [
    (
        &Builtin::native(
            "preload_loader",
            "(name: string) -> any",
            "Looks in package.preload.",
            READS,
            NEVER,
            preload_loader,
        ),
        preload_loader,
    ),
    (
        &Builtin::native(
            "lua_loader",
            "(name: string) -> any",
            "Looks for a Lua file.",
            READS,
            NEVER,
            lua_loader,
        ),
        lua_loader,
    ),
    (
        &Builtin::native(
            "c_loader",
            "(name: string) -> any",
            "Looks for a C library.",
            READS,
            NEVER,
            c_loader,
        ),
        c_loader,
    ),
    (
        &Builtin::native(
            "c_root_loader",
            "(name: string) -> any",
            "Looks for a C library of the root name.",
            READS,
            NEVER,
            c_root_loader,
        ),
        c_root_loader,
    ),
];
static REQUIRE: Builtin = Builtin::native(
    "require",
    "(name: string) -> any",
    "Loads a module.",
    Effects::CALLS_LUA,
    NEVER,
    require,
);
static MODULE: Builtin = Builtin::native(
    "module",
    "(name: string, ...: function)",
    "Makes the chunk a module.",
    Effects::CALLS_LUA.and(Effects::NEEDS_FRAMES),
    NEVER,
    module,
);
static EMBEDDED_REQUIRE: Builtin = Builtin::lua(
    "require",
    "(name: string) -> any",
    "Loads a module.",
    include_str!("require.lua"),
);
static EMBEDDED_MODULE: Builtin = Builtin::lua(
    "module",
    "(name: string, ...: function)",
    "Makes the chunk a module.",
    include_str!("module.lua"),
);
static PRIMITIVES: &[Builtin] = &[
    Builtin::native(
        "fail",
        "(message: string)",
        "Raises an error at the caller of an embedded function.",
        Effects::NEEDS_FRAMES,
        NEVER,
        super::fail,
    ),
    Builtin::native(
        "type",
        "(value: any) -> string",
        "The name of a type.",
        Effects::PURE,
        NEVER,
        type_of,
    ),
    Builtin::native(
        "select",
        "(index: any, ...: any) -> ...",
        "Arguments.",
        Effects::PURE,
        NEVER,
        select,
    ),
    Builtin::native(
        "prepare",
        "(name: string) -> table",
        "The table of a module.",
        Effects::WRITES,
        NEVER,
        module_prepare,
    ),
    Builtin::native(
        "enter",
        "(module: table)",
        "Sets the environment of the caller of module.",
        Effects::WRITES,
        NEVER,
        module_enter,
    ),
];

/// Opens the library; must be the first, because the others enter themselves in `package.loaded`.
pub fn open(vm: &mut Vm) -> Result<(), Raised> {
    let registry = vm.registry();
    let loaded = vm.new_table();
    vm.set_field(registry, "_LOADED", loaded);
    let package = super::open_library(vm, "package", FUNCTIONS)?;
    vm.set_field(package, "loaded", loaded);
    let preload = vm.new_table();
    vm.set_field(package, "preload", preload);
    vm.set_field(registry, "_PRELOAD", preload);
    let separator = if cfg!(windows) { "\\" } else { "/" };
    let configuration = vm.new_string(format!("{separator}\n;\n?\n!\n-\n").as_bytes());
    vm.set_field(package, "config", configuration);
    for (field, variable, default) in [
        ("path", "LUA_PATH", DEFAULT_PATH),
        ("cpath", "LUA_CPATH", DEFAULT_C_PATH),
    ] {
        let path = match vm.world.environment_variable(variable) {
            // Two semicolons stand for the default path.
            Some(path) => path
                .replace(";;", &format!(";{default};"))
                .trim_matches(';')
                .to_owned(),
            None => default.to_owned(),
        };
        let path = vm.new_string(path.as_bytes());
        vm.set_field(package, field, path);
    }
    let loaders = vm.new_table();
    vm.set_field(package, "loaders", loaders);
    for (index, (builtin, body)) in LOADERS.iter().enumerate() {
        let loader = vm.new_native_function(*body, builtin, &[package]);
        vm.raw_set_index(loaders, index as i64 + 1, loader)?;
    }
    let primitives = vm.new_table();
    vm.register(primitives, PRIMITIVES)?;
    vm.set_field(primitives, "package", package);
    vm.set_field(primitives, "loaded", loaded);
    // No table, so that `module` does not take it for the module's.
    vm.set_field(primitives, "sentinel", Value::light(1));
    let globals = vm.globals();
    super::register_with_embedded(
        vm,
        globals,
        &REQUIRE,
        require,
        &EMBEDDED_REQUIRE,
        primitives,
    )?;
    super::register_with_embedded(vm, globals, &MODULE, module, &EMBEDDED_MODULE, primitives)
}

fn require(call: &mut Call) -> NativeResult {
    let name = call.string_value(1)?;
    let embedded = call.upvalue(0);
    call.tail_call(embedded, &[name])
}

fn type_of(call: &mut Call) -> NativeResult {
    let name = call.argument(1).type_name();
    call.one_string(name)
}

fn select(call: &mut Call) -> NativeResult {
    let arguments = call.arguments();
    match call.argument(1).as_number() {
        Some(index) => call.one(
            arguments
                .get(index.max(1.0) as usize)
                .copied()
                .unwrap_or(Value::NIL),
        ),
        None => call.one(arguments.len() - 1),
    }
}

// ---- Files along a path ----

/// The file that a template of `path` gives for `name` and that can be read; else the text that names all misses.
pub fn search(
    name: &[u8],
    path: &[u8],
    separator: &[u8],
    replacement: &[u8],
) -> Result<Vec<u8>, Vec<u8>> {
    let name = if separator.is_empty() {
        name.to_vec()
    } else {
        replace(name, separator, replacement)
    };
    let mut missed = Vec::new();
    for template in path
        .split(|&byte| byte == b';')
        .filter(|template| !template.is_empty())
    {
        let file = replace(template, b"?", &name);
        if std::fs::File::open(super::files::path_of_bytes(&file))
            .is_ok_and(|file| file.metadata().is_ok_and(|metadata| !metadata.is_dir()))
        {
            return Ok(file);
        }
        missed.extend_from_slice(b"\n\tno file '");
        missed.extend_from_slice(&file);
        missed.push(b'\'');
    }
    Err(missed)
}

fn replace(text: &[u8], what: &[u8], by: &[u8]) -> Vec<u8> {
    let mut result = Vec::with_capacity(text.len());
    let mut position = 0;
    while let Some(found) = super::pattern::find_plain(text, what, position) {
        result.extend_from_slice(&text[position..found]);
        result.extend_from_slice(by);
        position = found + what.len();
    }
    result.extend_from_slice(&text[position..]);
    result
}

fn directory_separator() -> &'static [u8] {
    if cfg!(windows) { b"\\" } else { b"/" }
}

fn searchpath(call: &mut Call) -> NativeResult {
    let (name, path) = (call.string(1)?, call.string(2)?);
    let separator = call.optional_string(3)?.unwrap_or(b".");
    let replacement = call.optional_string(4)?.unwrap_or(directory_separator());
    match search(name, path, separator, replacement) {
        Ok(file) => call.one_string(file),
        Err(missed) => call.nil_and_message(missed),
    }
}

/// The file for a loader: the field of `package` must be a string.
fn search_field(
    call: &mut Call,
    name: &[u8],
    field: &str,
) -> Result<Result<Vec<u8>, Vec<u8>>, Raised> {
    let package = call.upvalue(0);
    let path = call.vm.field(package, field);
    match path.string_bytes() {
        Some(path) => Ok(search(name, path, b".", directory_separator())),
        None => Err(call.error(format!("'package.{field}' must be a string"))),
    }
}

fn loading_error(call: &mut Call, name: &[u8], file: &[u8], reason: &[u8]) -> Raised {
    let message = [
        b"error loading module '",
        name,
        b"' from file '",
        file,
        b"':\n\t",
        reason,
    ]
    .concat();
    call.error(message)
}

fn preload_loader(call: &mut Call) -> NativeResult {
    let name = call.string_value(1)?;
    let registry = call.vm.registry();
    let preload = call.vm.field(registry, "_PRELOAD");
    let loader = call.vm.raw_get(preload, name);
    if !loader.is_nil() {
        return call.one(loader);
    }
    let name = name.string_bytes().unwrap_or(b"");
    call.one_string([b"\n\tno field package.preload['", name, b"']"].concat())
}

fn lua_loader(call: &mut Call) -> NativeResult {
    let name = call.string(1)?;
    match search_field(call, name, "path")? {
        Ok(file) => match super::base_load::load_path(call.vm, Some(&file), b"bt") {
            Ok(function) => call.one(function),
            Err(Raised) => {
                let error = call.vm.take_error();
                let reason = call.vm.string_or_number_bytes(error).unwrap_or_default();
                Err(loading_error(call, name, &file, &reason))
            }
        },
        Err(missed) => call.one_string(missed),
    }
}

fn c_loader(call: &mut Call) -> NativeResult {
    let name = call.string(1)?;
    match search_field(call, name, "cpath")? {
        Ok(file) => Err(loading_error(call, name, &file, NO_C_MODULES.as_bytes())),
        Err(missed) => call.one_string(missed),
    }
}

fn c_root_loader(call: &mut Call) -> NativeResult {
    let name = call.string(1)?;
    let Some(dot) = name.iter().position(|&byte| byte == b'.') else {
        return call.none();
    };
    match search_field(call, &name[..dot], "cpath")? {
        Ok(file) => Err(loading_error(call, name, &file, NO_C_MODULES.as_bytes())),
        Err(missed) => call.one_string(missed),
    }
}

fn loadlib(call: &mut Call) -> NativeResult {
    let path = call.string(1)?;
    call.string(2)?;
    let exists = super::files::path_of_bytes(path).exists();
    let (message, what) = if exists {
        (NO_C_MODULES.to_owned(), "init")
    } else {
        let path = String::from_utf8_lossy(path);
        (
            format!("{path}: cannot open shared object file: No such file or directory"),
            "open",
        )
    };
    let (message, what) = (
        call.new_string(message.as_bytes())?,
        call.new_string(what.as_bytes())?,
    );
    call.many(&[Value::NIL, message, what])
}

// ---- module ----

fn seeall(call: &mut Call) -> NativeResult {
    let module = call.table_value(1)?;
    let metatable = call.vm.metatable_of(module);
    let metatable = if metatable.is_null() {
        let metatable = call.vm.new_table();
        call.vm.set_metatable(module, metatable)?;
        metatable
    } else {
        Value::table(metatable)
    };
    let globals = call.vm.globals();
    call.vm.set_field(metatable, "__index", globals);
    call.none()
}

fn module(call: &mut Call) -> NativeResult {
    call.string_value(1)?;
    let arguments = call.arguments();
    let embedded = call.upvalue(0);
    call.tail_call(embedded, &arguments)
}

fn module_prepare(call: &mut Call) -> NativeResult {
    let name_value = call.string_value(1)?;
    let name = call.string(1)?;
    let registry = call.vm.registry();
    let loaded = call.vm.field(registry, "_LOADED");
    let mut module = call.vm.raw_get(loaded, name_value);
    if !module.is_table() {
        // The table is made at its dotted place among the globals.
        module = call.vm.globals();
        for part in name.split(|&byte| byte == b'.') {
            let key = call.new_string(part)?;
            let mut next = call.vm.raw_get(module, key);
            if next.is_nil() {
                next = call.vm.new_table();
                call.vm.raw_set(module, key, next)?;
            } else if !next.is_table() {
                let message = [b"name conflict for module '", name, b"'"].concat();
                return Err(call.vm.raise_at_level(2, &message));
            }
            module = next;
        }
        call.vm.raw_set(loaded, name_value, module)?;
    }
    if call.vm.field(module, "_NAME").is_nil() {
        call.vm.set_field(module, "_M", module);
        call.vm.set_field(module, "_NAME", name_value);
        let package_end = name
            .iter()
            .rposition(|&byte| byte == b'.')
            .map_or(0, |dot| dot + 1);
        let package = call.new_string(&name[..package_end])?;
        call.vm.set_field(module, "_PACKAGE", package);
    }
    call.one(module)
}

fn module_enter(call: &mut Call) -> NativeResult {
    let environment = call.argument(1);
    // Level 0 is this primitive, 1 the embedded function, 2 the chunk that called module.
    let chunk = call
        .vm
        .function_at_level(Value::NIL, 2)
        .unwrap_or(Value::NIL);
    if !chunk.is_function() || !call.vm.set_environment(chunk, environment) {
        return Err(call
            .vm
            .raise_at_level(2, b"'module' not called from a Lua function"));
    }
    call.none()
}
