//! `jit`: switching and tuning the trace compiler, and what LuaJIT says about itself.
//!
//! The machine has no compiler of its own; the settings are kept here, and the trace compiler, where one is installed,
//! reads [`JitSettings`] from the machine's extensions and replaces functions of this table that it can do better.
//!
//! Worked example: `jit.opt.start("hotloop=10")` changes one parameter; `jit.status()` answers false in a machine without a
//! compiler.

use crate::builtin::{Builtin, Effects, NativeFunction, NativeResult, Recording};
use crate::call::{Call, Raised};
use crate::value::Value;
use crate::vm::Vm;
use crate::vm::inspect::FunctionKind;

const fn native(
    name: &'static str,
    signature: &'static str,
    documentation: &'static str,
    body: NativeFunction,
) -> Builtin {
    Builtin::native(
        name,
        signature,
        documentation,
        Effects::WRITES,
        Recording::Never("controls the compiler"),
        body,
    )
}

static FUNCTIONS: &[Builtin] = &[
    native(
        "jit.attach",
        "(callback: function, [event: string])",
        "Calls a function at compiler events.",
        attach,
    ),
    native(
        "jit.flush",
        "([place: function | boolean | integer], [recursive: boolean])",
        "Throws compiled code away.",
        flush,
    ),
    native(
        "jit.off",
        "([place: function | boolean], [recursive: boolean])",
        "Switches compilation off.",
        off,
    ),
    native(
        "jit.on",
        "([place: function | boolean], [recursive: boolean])",
        "Switches compilation on.",
        on,
    ),
    native(
        "jit.security",
        "(name: string) -> number",
        "A security setting.",
        security,
    ),
    native(
        "jit.status",
        "() -> boolean, ...",
        "Whether compilation is on, and what is.",
        status,
    ),
];
static OPT_FUNCTIONS: &[Builtin] = &[native(
    "opt.start",
    "(...: string)",
    "Sets optimisation flags and parameters.",
    opt_start,
)];

/// The optimisation passes that can be switched, under LuaJIT's names.
pub const PASSES: [&str; 10] = [
    "fold", "cse", "dce", "fwd", "dse", "narrow", "loop", "abc", "sink", "fuse",
];

/// Parameters with their defaults, under LuaJIT's names.
pub const PARAMETERS: [(&str, i32); 16] = [
    ("maxtrace", 1000),
    ("maxrecord", 4000),
    ("maxirconst", 500),
    ("maxside", 100),
    ("maxsnap", 500),
    ("minstitch", 0),
    ("hotloop", 56),
    ("hotexit", 10),
    ("tryside", 4),
    ("instunroll", 4),
    ("loopunroll", 15),
    ("callunroll", 3),
    ("recunroll", 2),
    ("sizemcode", 32),
    ("maxmcode", 512),
    ("maxstrconv", 0),
];

/// What programs set through `jit`.
#[derive(Clone, Debug)]
pub struct JitSettings {
    /// Whether compilation is on.
    pub is_on: bool,
    /// Which of [`PASSES`] run.
    pub passes: [bool; PASSES.len()],
    /// Values of [`PARAMETERS`].
    pub parameters: [i32; PARAMETERS.len()],
}

impl Default for JitSettings {
    fn default() -> Self {
        JitSettings {
            is_on: true,
            passes: [true; PASSES.len()],
            parameters: PARAMETERS.map(|(_, value)| value),
        }
    }
}

impl JitSettings {
    /// Applies one argument of `jit.opt.start` or `-O`: a level, a pass (`+`, `-` or `no` in front), or `name=value`.
    pub fn apply(&mut self, option: &str) -> Result<(), String> {
        let malformed = || format!("unknown or malformed optimization flag '{option}'");
        if let Some((name, value)) = option.split_once('=') {
            let index = PARAMETERS
                .iter()
                .position(|(known, _)| *known == name)
                .ok_or_else(malformed)?;
            self.parameters[index] = value.parse().map_err(|_| malformed())?;
            return Ok(());
        }
        if let Ok(level) = option.parse::<u8>() {
            if level > 9 {
                return Err(malformed());
            }
            // Level 1 folds, 2 adds loops, 3 everything.
            for (index, pass) in self.passes.iter_mut().enumerate() {
                *pass = match level {
                    0 => false,
                    1 => index < 3,
                    2 => index < 3 || PASSES[index] == "loop" || PASSES[index] == "narrow",
                    _ => true,
                };
            }
            return Ok(());
        }
        let (name, is_on) = match option
            .strip_prefix('-')
            .or_else(|| option.strip_prefix("no"))
        {
            Some(name) => (name, false),
            None => (option.strip_prefix('+').unwrap_or(option), true),
        };
        let index = PASSES
            .iter()
            .position(|pass| *pass == name)
            .ok_or_else(malformed)?;
        self.passes[index] = is_on;
        Ok(())
    }
}

/// Opens the library.
pub fn open(vm: &mut Vm) -> Result<(), Raised> {
    let library = super::open_library(vm, "jit", FUNCTIONS)?;
    let system = match std::env::consts::OS {
        "linux" => "Linux",
        "macos" => "OSX",
        "windows" => "Windows",
        "freebsd" | "openbsd" | "netbsd" | "dragonfly" => "BSD",
        "android" => "Linux",
        _ => "Other",
    };
    let processor = match std::env::consts::ARCH {
        "x86_64" => "x64",
        "aarch64" => "arm64",
        other => other,
    };
    for (name, text) in [
        ("version", "LuaJIT 2.1.0-beta3"),
        ("os", system),
        ("arch", processor),
    ] {
        let text = vm.new_string(text.as_bytes());
        vm.set_field(library, name, text);
    }
    vm.set_field(library, "version_num", 20100.0);
    let options = vm.new_table();
    vm.register(options, OPT_FUNCTIONS)?;
    vm.set_field(library, "opt", options);
    super::set_loaded(vm, "jit.opt", options);
    Ok(())
}

fn settings<'a>(call: &'a mut Call) -> &'a mut JitSettings {
    call.vm.extensions.get_or_default::<JitSettings>()
}

/// The Lua function that the first argument names: itself, or with `true` the caller.
fn named_function(call: &mut Call) -> Result<Value, Raised> {
    let place = call.argument(1);
    let function = if place.is_boolean() && place.is_truthy() {
        call.vm.function_at_level(Value::NIL, 1)
    } else {
        place.is_function().then_some(place)
    };
    match function {
        Some(function) if matches!(call.vm.function_kind(function), Some(FunctionKind::Lua(_))) => {
            Ok(function)
        }
        _ => Err(call.type_error(1, "function")),
    }
}

fn switch(call: &mut Call, is_on: bool) -> NativeResult {
    if call.argument(1).is_nil() {
        settings(call).is_on = is_on;
        call.vm.set_hot_counting(is_on);
        return call.none();
    }
    let function = named_function(call)?;
    let inner = call.argument(2);
    let inner = inner.is_boolean().then(|| inner.is_truthy());
    call.vm.set_compilation_off(function, !is_on, inner);
    call.none()
}

fn on(call: &mut Call) -> NativeResult {
    switch(call, true)
}

fn off(call: &mut Call) -> NativeResult {
    switch(call, false)
}

fn flush(call: &mut Call) -> NativeResult {
    let place = call.argument(1);
    if !place.is_nil() && !place.is_number() {
        named_function(call)?;
    }
    // One trace or all: what is still hot is compiled again.
    call.vm.flush_traces();
    call.none()
}

/// Functions given to `jit.attach`, each with its event. Values live in the registry.
const ATTACHED: &str = "jit.attached";

fn attach(call: &mut Call) -> NativeResult {
    let function = call.function_argument(1)?;
    let event = call.optional_string(2)?;
    let registry = call.vm.registry();
    let mut attached = call.vm.field(registry, ATTACHED);
    if attached.is_nil() {
        attached = call.vm.new_table();
        call.vm.set_field(registry, ATTACHED, attached);
    }
    match event {
        Some(event) => {
            let event = call.new_string(event)?;
            call.vm.raw_set(attached, event, function)?;
        }
        None => detach(call.vm, attached, function)?,
    }
    call.none()
}

fn detach(vm: &mut Vm, attached: Value, function: Value) -> Result<(), Raised> {
    for event in EVENTS {
        let key = vm.new_string(event.as_bytes());
        if vm.raw_get(attached, key) == function {
            vm.raw_set(attached, key, Value::NIL)?;
        }
    }
    Ok(())
}

/// LuaJIT's events. `bc` comes when code was loaded, with the function of the chunk; the others are the trace compiler's.
pub const EVENTS: [&str; 4] = ["bc", "trace", "record", "texit"];

/// Calls the function that is attached to an event, if there is one. As in LuaJIT an error in it is only reported.
pub fn emit_event(vm: &mut Vm, event: &str, arguments: &[Value]) {
    let registry = vm.registry();
    let attached = vm.field(registry, ATTACHED);
    if attached.is_nil() {
        return;
    }
    let function = vm.field(attached, event);
    if !function.is_nil() && vm.call_function(function, arguments).is_err() {
        let error = vm.take_error();
        let text = vm.string_or_number_bytes(error).unwrap_or_default();
        eprintln!("VM handler failed: {}", String::from_utf8_lossy(&text));
    }
}

fn security(call: &mut Call) -> NativeResult {
    call.string(1)?;
    call.one(0.0)
}

fn status(call: &mut Call) -> NativeResult {
    let is_on = settings(call).is_on && call.vm.has_tracer();
    let passes = settings(call).passes;
    let mut values = vec![Value::boolean(is_on)];
    for (pass, is_on) in PASSES.iter().zip(passes) {
        if is_on {
            values.push(call.new_string(pass.as_bytes())?);
        }
    }
    call.many(&values)
}

fn opt_start(call: &mut Call) -> NativeResult {
    let mut changed = settings(call).clone();
    if call.argument_count() == 0 {
        changed.passes = [true; PASSES.len()];
    }
    for index in 1..=call.argument_count() {
        let option = call.text(index)?;
        if let Err(message) = changed.apply(&option) {
            return Err(call.error(message));
        }
    }
    let hot_loop = PARAMETERS
        .iter()
        .position(|(name, _)| *name == "hotloop")
        .map_or(0, |index| changed.parameters[index]);
    if settings(call).parameters != changed.parameters {
        call.vm.set_hot_loop(hot_loop.clamp(1, 0x7fff) as u16);
    }
    *settings(call) = changed;
    call.none()
}
