//! `love.joystick` and `love.touch` on a machine that has neither: the lists are empty. Gamepad mappings are kept all the same.
//!
//! A mapping is SDL's line `guid,name,a:b0,leftx:a0,…,platform:Linux,`: games load databases of them. Not here: devices.

use super::{Module, context, data_object};
use rlove_vm::builtin::{Builtin, Effects};
use rlove_vm::call::{Call, NativeResult, Raised};
use rlove_vm::value::Value;
use std::collections::BTreeMap;

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
    "love.joystick.loadGamepadMappings", "(mappings: string)", "Takes mappings from a file or a string.", Effects::WRITES, load_mappings;
    "love.joystick.saveGamepadMappings", "(file: string = nil) -> string", "The mappings as a string.", Effects::WRITES, save_mappings;
    "love.joystick.getGamepadMappingString", "(guid: string) -> string?", "The mapping of a device.", Effects::READS, get_mapping;
    "love.joystick.setGamepadMapping", "(guid: string, input: string, type: string, index: integer, hat: string = nil) -> boolean", "Maps one button or axis of a device.", Effects::WRITES, set_mapping;
];

static TOUCHES: &[Builtin] = builtins![
    "love.touch.getTouches", "() -> table", "The touches on the screen.", Effects::ALLOCATES, empty_list;
    "love.touch.getPosition", "(id: any) -> number, number", "Raises: there is no touch.", Effects::READS, no_such_touch;
    "love.touch.getPressure", "(id: any) -> number", "Raises: there is no touch.", Effects::READS, no_such_touch;
];

/// What is known of devices: the text behind the guid of each mapping.
#[derive(Default)]
struct Mappings(BTreeMap<String, String>);

fn empty_list(call: &mut Call<'_>) -> NativeResult {
    let list = call.vm.new_table();
    call.one(list)
}

fn zero(call: &mut Call<'_>) -> NativeResult {
    call.one(0.0)
}

fn no_such_touch(call: &mut Call<'_>) -> NativeResult {
    let Some(id) = call.argument(1).as_light() else {
        return Err(call.type_error(1, "touch id"));
    };
    Err(call.error(format!("Invalid active touch ID: {id}")))
}

fn load_mappings(call: &mut Call<'_>) -> NativeResult {
    let text = call.text(1)?;
    let is_file = context(call).filesystem.borrow().info(&text).is_some();
    let text = if is_file {
        let file = data_object::file_argument(call, 1)?;
        String::from_utf8_lossy(&file.bytes).into_owned()
    } else {
        text
    };
    let mut has_any = false;
    for line in text.lines().map(str::trim) {
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let Some((guid, rest)) = line.split_once(',') else {
            continue;
        };
        let is_guid = guid == "xinput"
            || guid.len() == 32 && guid.bytes().all(|byte| byte.is_ascii_hexdigit());
        if is_guid && rest.contains(',') {
            has_any = true;
            let mappings = call.vm.extensions.get_or_default::<Mappings>();
            mappings.0.insert(guid.to_owned(), rest.to_owned());
        }
    }
    if has_any || text.trim().is_empty() {
        call.none()
    } else {
        Err(call.error("Invalid gamepad mappings."))
    }
}

fn all_mappings(call: &mut Call<'_>) -> String {
    let mappings = call.vm.extensions.get_or_default::<Mappings>();
    let lines = mappings
        .0
        .iter()
        .map(|(guid, rest)| format!("{guid},{rest}\n"));
    lines.collect()
}

fn save_mappings(call: &mut Call<'_>) -> NativeResult {
    let text = all_mappings(call);
    if let Some(name) = call.optional_string(1)? {
        let name = String::from_utf8_lossy(name).into_owned();
        if let Err(problem) = data_object::write_file(call.vm, &name, text.as_bytes()) {
            return Err(call.error(problem));
        }
    }
    call.one_string(text)
}

fn get_mapping(call: &mut Call<'_>) -> NativeResult {
    let guid = call.text(1)?;
    let mappings = call.vm.extensions.get_or_default::<Mappings>();
    match mappings.0.get(&guid).map(|rest| format!("{guid},{rest}")) {
        Some(line) => call.one_string(line),
        None => call.one(Value::NIL),
    }
}

/// SDL's name of a gamepad's button or axis.
fn sdl_name(call: &mut Call<'_>, name: &str) -> Result<&'static str, Raised> {
    let names = [
        ("a", "a"),
        ("b", "b"),
        ("x", "x"),
        ("y", "y"),
        ("back", "back"),
        ("guide", "guide"),
        ("start", "start"),
        ("leftstick", "leftstick"),
        ("rightstick", "rightstick"),
        ("leftshoulder", "leftshoulder"),
        ("rightshoulder", "rightshoulder"),
        ("dpup", "dpup"),
        ("dpdown", "dpdown"),
        ("dpleft", "dpleft"),
        ("dpright", "dpright"),
        ("leftx", "leftx"),
        ("lefty", "lefty"),
        ("rightx", "rightx"),
        ("righty", "righty"),
        ("triggerleft", "lefttrigger"),
        ("triggerright", "righttrigger"),
    ];
    match names.iter().find(|entry| entry.0 == name) {
        Some(entry) => Ok(entry.1),
        None => Err(call.error(format!("Invalid gamepad axis/button: {name}"))),
    }
}

fn set_mapping(call: &mut Call<'_>) -> NativeResult {
    let (guid, input) = (call.text(1)?, call.text(2)?);
    let input = sdl_name(call, &input)?;
    let (kind, index) = (call.text(3)?, call.integer(4)?.saturating_sub(1));
    let bound = match kind.as_str() {
        "button" => format!("b{index}"),
        "axis" => format!("a{index}"),
        "hat" => {
            let direction = match call.text(5)?.as_str() {
                "u" => 1,
                "r" => 2,
                "d" => 4,
                "l" => 8,
                "ru" => 3,
                "rd" => 6,
                "lu" => 9,
                "ld" => 12,
                _ => 0,
            };
            format!("h{index}.{direction}")
        }
        _ => {
            let names = ["axis", "button", "hat"];
            return Err(super::enum_error(
                call,
                "joystick input type",
                &names,
                &kind,
            ));
        }
    };
    let mappings = &mut call.vm.extensions.get_or_default::<Mappings>().0;
    let line = mappings
        .entry(guid)
        .or_insert_with(|| "Controller,".to_owned());
    let prefix = format!("{input}:");
    let mut parts: Vec<&str> = line
        .split(',')
        .filter(|part| !part.is_empty() && !part.starts_with(&prefix))
        .collect();
    let new = format!("{prefix}{bound}");
    let end = parts
        .iter()
        .position(|part| part.starts_with("platform:"))
        .unwrap_or(parts.len());
    parts.insert(end, &new);
    *line = parts.join(",") + ",";
    call.one(Value::boolean(true))
}
