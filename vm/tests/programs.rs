//! Lua programs from source to result: each `tests/programs/NAME.lua` must print what stands in `NAME.txt`.
//!
//! The texts were printed by the newest LuaJIT 2.1 (Debian's for programs without syntax extensions), which ran the
//! same program between the same two lines. What the compiler gets wrong shows here: order of evaluation, scopes, the
//! lines and names in error messages.

use rlove_vm::vm::Vm;
use std::fs;
use std::path::Path;

/// Collects what the program prints; on the program's first line, so that its lines keep their numbers.
const BEFORE: &str = "local printed = {}; local function print(...) local row = {...}; \
    for i = 1, select('#', ...) do row[i] = tostring(row[i]) end \
    printed[#printed + 1] = table.concat(row, '\\t') end ";
const AFTER: &str = "\nreturn table.concat(printed, '\\n') .. '\\n'";

/// What the program prints, or the error it ends with.
fn output(name: &str, source: &str) -> String {
    let mut vm = Vm::new();
    if rlove_vm::library::open_all(&mut vm).is_err() {
        return "the library does not open".to_string();
    }
    let whole = format!("{BEFORE}{source}{AFTER}");
    let results = vm
        .load_source(whole.as_bytes(), format!("={name}").as_bytes())
        .and_then(|function| vm.call_function(function, &[]));
    let value = match results {
        Ok(values) => values.first().copied(),
        Err(_) => Some(vm.take_error()),
    };
    value
        .and_then(|value| vm.string_or_number_bytes(value))
        .map_or("no text".to_string(), |bytes| {
            String::from_utf8_lossy(&bytes).into_owned()
        })
}

fn check(name: &str) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/programs");
    let read = |suffix: &str| {
        fs::read_to_string(folder.join(format!("{name}.{suffix}"))).expect("a readable file")
    };
    let (printed, expected) = (output(name, &read("lua")), read("txt"));
    for (number, (own, peer)) in printed.lines().zip(expected.lines()).enumerate() {
        assert_eq!(own, peer, "line {} of {name}.txt", number + 1);
    }
    assert_eq!(printed, expected, "{name}");
}

#[test]
fn syntax_extensions() {
    check("extensions");
}

#[test]
fn errors_of_syntax_extensions() {
    check("extension_errors");
}

#[test]
fn order_of_evaluation() {
    check("evaluation_order");
}

#[test]
fn closures_and_gotos() {
    check("closures_and_gotos");
}

#[test]
fn lines_and_names_in_errors() {
    check("error_lines");
}
