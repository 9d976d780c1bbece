//! LÖVE's Lua interface: one module per `love.*` table, over models that know no Lua.
//!
//! ```text
//! love.graphics.draw(image, 10, 20)
//!   graphics.rs      arguments checked as LÖVE checks them, with its messages
//!   crate::graphics  the model, in Rust
//! ```
//!
//! | file | what it is for |
//! |---|---|
//! | [`object`] | LÖVE's object types as userdata: inheritance, `type`, `typeOf`, `release` |
//! | [`arguments`] | argument checks that are LÖVE's rather than Lua's |
//! | [`data_object`] | `Data` and `FileData`: objects that are bytes; the way to files |
//! | [`data`], [`image`], [`font`] | `love.data`, `love.image`, `love.font` |
//! | [`names`], [`missing`] | every name of LÖVE 11.5; those without a function yet raise an error that says so |
//! | [`game`] | a state with everything in it, as a game that a driver runs; boot.lua is its Lua side |
//! | `version12` | what LÖVE 12 adds and takes away |
//! | [`measure`] | times and counts that tests and benchmarks ask for |
//! | `parcel`, `worker` | values that cross threads; a thread's own state |
//! | [`graphics`], `graphics_*` | `love.graphics` |
//! | `timer` `event` `keyboard` … | one `love.*` table each |
//!
//! A module is a [`Module`]: its name, functions and types. [`open`] makes `require "love.NAME"` create the table, and boot
//! requires those that conf.lua asks for, in LÖVE's order. State that builtins need is a [`Context`] in the machine's
//! extensions. These modules hold no names of window, sound or graphics libraries.

/// Declares a list of functions written in Rust.
macro_rules! builtins {
    ($($name:literal, $signature:literal, $documentation:literal, $effects:expr, $body:expr;)*) => {
        &[$(rlove_vm::builtin::Builtin::native($name, $signature, $documentation, $effects, $crate::love::BY_EFFECTS, $body)),*]
    };
}

pub mod arguments;
mod audio;
mod audio_effects;
mod audio_space;
mod cjson;
pub mod compat;
pub mod data;
pub mod data_object;
#[cfg(test)]
mod data_tests;
mod enet;
mod event;
mod filesystem;
mod filesystem_file;
pub mod font;
pub mod game;
pub mod graphics;
mod graphics_batches;
mod graphics_draw;
mod graphics_fonts;
mod graphics_information;
mod graphics_meshes;
mod graphics_particles;
mod graphics_shaders;
mod graphics_state;
mod graphics_textures;
mod https;
pub mod image;
mod joystick;
mod keyboard;
mod math;
mod measure;
pub mod missing;
mod mouse;
pub mod names;
pub mod object;
mod parcel;
mod physics;
mod socket;
mod sound;
mod sound_decoder;
mod system;
mod thread;
mod timer;
mod version12;
mod window;
pub mod window_mode;
mod worker;

use crate::audio::Audio;
use crate::filesystem::Filesystem;
use crate::platform::{SharedWorld, Step};
use crate::thread::{Hub, Lock};
use object::ObjectType;
use rlove_vm::builtin::{Builtin, Effects, Recording};
use rlove_vm::call::{Call, NativeResult, Raised};
use rlove_vm::value::Value;
use rlove_vm::vm::Vm;
use std::cell::Cell;
use std::path::PathBuf;
use std::rc::Rc;
use std::sync::Arc;

/// One `love.NAME`.
pub struct Module {
    /// The key in `love`.
    pub name: &'static str,
    /// Its functions, declared as `love.NAME.function`.
    pub functions: &'static [Builtin],
    /// Its object types.
    pub types: &'static [&'static ObjectType],
}

/// What builtins share.
pub struct Context {
    /// Clock, input, window.
    pub world: SharedWorld,
    /// Files of the game and of its save directory.
    pub filesystem: Arc<Lock<Filesystem>>,
    /// Sources and their mixer.
    pub audio: Audio,
    /// What the game's threads have in common.
    pub hub: Arc<Hub>,
    /// Tells this state from the game's others.
    pub identity: u64,
    /// Whether this is the state that draws, not one of a thread.
    pub is_main: bool,
    /// Where and how the program was started.
    pub start: StartOptions,
    /// Why the game suspended itself, for its driver.
    pub pending_step: Cell<Option<Step>>,
    /// Whether use of deprecated functions is reported.
    pub is_deprecation_shown: Cell<bool>,
    /// Whether LÖVE 12's names and version are seen.
    pub is_version_12: Cell<bool>,
}

/// What boot needs to know of the command line.
#[derive(Clone, Debug, Default)]
pub struct StartOptions {
    /// The game's folder, archive or main.lua, as an absolute path.
    pub game: PathBuf,
    /// The game's path as the user wrote it.
    pub game_argument: String,
    /// Arguments for the game.
    pub arguments: Vec<String>,
    /// Whether errors end the program instead of showing a screen.
    pub ends_on_error: bool,
    /// Whether LÖVE 12's names and version are wanted.
    pub is_version_12: bool,
    /// Whether program and game are one file.
    pub is_fused: bool,
    /// Whether games run without the foreign function interface.
    pub without_ffi: bool,
    /// Whether everything is interpreted.
    pub without_compiler: bool,
    /// Stages of Lua files to print as they are loaded (tokens, ast, bc), and of the trace compiler's work.
    pub dump_stages: Vec<String>,
}

/// The context of the state that runs `call`.
pub fn context(call: &Call<'_>) -> Rc<Context> {
    context_of(call.vm)
}

/// The context of a state.
pub fn context_of(vm: &Vm) -> Rc<Context> {
    match vm.extensions.get::<Rc<Context>>() {
        Some(context) => context.clone(),
        None => unreachable!("love functions exist only after love::open, which sets the context"),
    }
}

/// Whether a state shows LÖVE 12; not without a context (a module alone).
pub fn is_version_12(vm: &Vm) -> bool {
    vm.extensions
        .get::<Rc<Context>>()
        .is_some_and(|context| context.is_version_12.get())
}

/// Every bound module.
pub static MODULES: &[&Module] = &[
    &audio::MODULE,
    &DATA,
    &event::MODULE,
    &filesystem::MODULE,
    &graphics::MODULE,
    &FONT,
    &IMAGE,
    &joystick::MODULE,
    &joystick::TOUCH,
    &keyboard::MODULE,
    &math::MODULE,
    &mouse::MODULE,
    &physics::MODULE,
    &sound::MODULE,
    &system::MODULE,
    &thread::MODULE,
    &timer::MODULE,
    &window::MODULE,
];

static DATA: Module = Module {
    name: "data",
    functions: data::FUNCTIONS,
    types: data::TYPES,
};
static FONT: Module = Module {
    name: "font",
    functions: font::FUNCTIONS,
    types: font::TYPES,
};
static IMAGE: Module = Module {
    name: "image",
    functions: image::FUNCTIONS,
    types: image::TYPES,
};

/// Recording rule of love functions for now.
pub const BY_EFFECTS: Recording = Recording::ByEffects;

/// Creates `love` in a state that has Lua's libraries. Modules come into being when they are required.
pub fn open(vm: &mut Vm, context: Context) -> Result<(), Raised> {
    vm.extensions.insert(Rc::new(context));
    let love = vm.new_table();
    let globals = vm.globals();
    vm.set_field(globals, "love", love);
    vm.register(love, LOVE_FUNCTIONS)?;
    set_version_fields(vm);
    let compatible = vm.new_table();
    for (index, version) in COMPATIBLE_VERSIONS.iter().enumerate() {
        let version = vm.new_string(version.as_bytes());
        vm.raw_set_index(compatible, index as i64 + 1, version)?;
    }
    vm.set_field(love, "_version_compat", compatible);
    let package = vm.field(globals, "package");
    let loaded = vm.field(package, "loaded");
    vm.set_field(loaded, "love", love);
    let preload = vm.field(package, "preload");
    for module in names::MODULES {
        let name = vm.new_string(module.name.as_bytes());
        let loader = vm.new_native_function(load_module, &LOAD_MODULE, &[name]);
        vm.set_field(preload, &format!("love.{}", module.name), loader);
    }
    cjson::install(vm)?;
    socket::install(vm)?;
    enet::install(vm);
    https::install(vm);
    Ok(())
}

/// The version that games see.
fn version_of(context: &Context) -> (f64, f64, &'static str) {
    if context.is_version_12.get() {
        (12.0, 0.0, "Bestest Friend")
    } else {
        (11.0, 5.0, "Mysterious Mysteries")
    }
}

/// `love._version` and its parts.
fn set_version_fields(vm: &mut Vm) {
    let (major, minor, name) = version_of(&context_of(vm));
    let globals = vm.globals();
    let love = vm.field(globals, "love");
    vm.set_field(love, "_version_major", Value::number(major));
    vm.set_field(love, "_version_minor", Value::number(minor));
    vm.set_field(love, "_version_revision", Value::number(0.0));
    for (key, text) in [
        ("_version", format!("{major}.{minor}").as_str()),
        ("_version_codename", name),
        ("_os", crate::platform::sys::os_name()),
    ] {
        let text = vm.new_string(text.as_bytes());
        vm.set_field(love, key, text);
    }
}

static LOAD_MODULE: Builtin = Builtin::native(
    "love.load module",
    "() -> table",
    "Creates a module's table for require.",
    Effects::WRITES,
    BY_EFFECTS,
    load_module,
);

fn load_module(call: &mut Call<'_>) -> NativeResult {
    let name = call.upvalue(0);
    let name = String::from_utf8_lossy(name.string_bytes().unwrap_or(b"")).into_owned();
    let table = open_module(call.vm, &name)?;
    call.one(table)
}

/// The table of `love.NAME`, created and put into `love` on first use.
pub fn open_module(vm: &mut Vm, name: &str) -> Result<Value, Raised> {
    let globals = vm.globals();
    let love = vm.field(globals, "love");
    let registry = vm.registry();
    let slot = format!("love.module.{name}");
    let table = vm.field(registry, &slot);
    if table.is_table() {
        vm.set_field(love, name, table);
        return Ok(table);
    }
    let table = vm.new_table();
    vm.set_field(registry, &slot, table);
    if let Some(names) = names::MODULES.iter().find(|module| module.name == name) {
        for function in names.functions {
            let value = missing::function(vm, &format!("love.{name}.{function}"));
            vm.set_field(table, function, value);
        }
    }
    if let Some(module) = MODULES.iter().find(|module| module.name == name) {
        vm.register(table, module.functions)?;
        for object_type in module.types {
            object::metatable_of(vm, object_type);
        }
    }
    if is_version_12(vm) {
        version12::add_functions(vm, name, table)?;
    }
    vm.set_field(love, name, table);
    Ok(table)
}

/// Suspends the game so that its driver can do what `step` says.
pub fn suspend(call: &mut Call<'_>, step: Step) -> NativeResult {
    context(call).pending_step.set(Some(step));
    Ok(rlove_vm::call::Outcome::Suspend)
}

/// LÖVE's message for a constant it does not know, for small sets.
pub fn enum_error(call: &mut Call<'_>, what: &str, known: &[&str], value: &str) -> Raised {
    let list: Vec<String> = known.iter().map(|name| format!("'{name}'")).collect();
    call.error(format!(
        "Invalid {what} '{value}', expected one of: {}",
        list.join(", ")
    ))
}

/// What a program that returns a string answers, or its error; `install` adds to Lua's libraries.
#[cfg(test)]
fn run_program(install: fn(&mut Vm) -> Result<(), Raised>, program: &str) -> String {
    let mut vm = Vm::new();
    let opened = rlove_vm::library::open_all(&mut vm).and_then(|()| install(&mut vm));
    opened.expect("the libraries open");
    let chunk = vm
        .load_source(program.as_bytes(), b"=test")
        .expect("it compiles");
    let results = match vm.call_function(chunk, &[]) {
        Ok(results) => results,
        Err(_) => vec![vm.take_error()],
    };
    let bytes = results.first().and_then(|value| value.string_bytes());
    String::from_utf8_lossy(bytes.unwrap_or(b"no string")).into_owned()
}

const COMPATIBLE_VERSIONS: &[&str] = &["11.5", "11.4", "11.3", "11.2", "11.1", "11.0"];

static LOVE_FUNCTIONS: &[Builtin] = &[
    Builtin::native(
        "love.getVersion",
        "() -> integer, integer, integer, string",
        "The version of LÖVE that games see.",
        Effects::READS,
        BY_EFFECTS,
        get_version,
    ),
    Builtin::native(
        "love.isVersionCompatible",
        "(version: string) -> boolean | (major: integer, minor: integer, revision: integer = 0) -> boolean",
        "Whether games made for a version run.",
        Effects::READS,
        BY_EFFECTS,
        is_version_compatible,
    ),
    Builtin::native(
        "love.setDeprecationOutput",
        "(enable: boolean)",
        "Turns reports of deprecated functions on or off.",
        Effects::WRITES,
        BY_EFFECTS,
        set_deprecation_output,
    ),
    Builtin::native(
        "love.hasDeprecationOutput",
        "() -> boolean",
        "Whether deprecated functions are reported.",
        Effects::READS,
        BY_EFFECTS,
        has_deprecation_output,
    ),
];

fn get_version(call: &mut Call<'_>) -> NativeResult {
    let (major, minor, name) = version_of(&context(call));
    let name = call.new_string(name.as_bytes())?;
    call.many(&[
        Value::number(major),
        Value::number(minor),
        Value::number(0.0),
        name,
    ])
}

fn is_version_compatible(call: &mut Call<'_>) -> NativeResult {
    let mut version = if call.argument(1).is_string() {
        call.text(1)?
    } else {
        format!(
            "{}.{}.{}",
            call.integer(1)?,
            call.integer(2)?,
            call.optional_integer(3, 0)?
        )
    };
    if version.matches('.').count() < 2 {
        version.push_str(".0");
    }
    let is_known = COMPATIBLE_VERSIONS
        .iter()
        .any(|known| version == format!("{known}.0"));
    let is_12 = context(call).is_version_12.get() && version == "12.0.0";
    call.one(Value::boolean(is_known || is_12))
}

fn set_deprecation_output(call: &mut Call<'_>) -> NativeResult {
    let is_shown = call.boolean(1)?;
    context(call).is_deprecation_shown.set(is_shown);
    call.none()
}

fn has_deprecation_output(call: &mut Call<'_>) -> NativeResult {
    let is_shown = context(call).is_deprecation_shown.get();
    call.one(Value::boolean(is_shown))
}
