//! The mode matrix: the Lua suite in every mode prints what it prints without one.
//!
//! A mode makes rare events happen all the time (`rlua --mode=…`, see `vm/src/vm/test_modes.rs`) or will be an option of the trace compiler: a
//! line in [`MODES`] is all that a new one needs. Programs cannot tell modes apart, so any difference is a fault of the machine.
//!
//! ```text
//! cargo test -p rlove-jit --test matrix                 a quick subset with the driver that is a loop (debug build)
//! make matrix                                           all files, all modes, both drivers
//! ```
//! `MATRIX_RLUA=PATH:PATH` names the programs to run instead, `MATRIX=all` asks for all files.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

/// A way of running: its name and the options and environment that make it.
struct Mode {
    name: &'static str,
    arguments: &'static [&'static str],
    environment: &'static [(&'static str, &'static str)],
}

const fn mode(name: &'static str, arguments: &'static [&'static str]) -> Mode {
    Mode {
        name,
        arguments,
        environment: &[],
    }
}

const MODES: &[Mode] = &[
    mode("stress", &["--mode=stress"]),
    mode("stacks", &["--mode=stacks"]),
    mode("interrupts", &["--mode=interrupts"]),
    mode("all", &["--mode=stress,stacks,interrupts"]),
];

/// Files of the quick subset.
const QUICK: &[&str] = &["metamethods.lua", "errors.lua", "buffer.lua", "sort.lua"];

fn suite() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/lua")
}

fn files(all: bool) -> Vec<String> {
    let mut names: Vec<String> = std::fs::read_dir(suite())
        .expect("the suite's folder exists")
        .flatten()
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .filter(|name| name.ends_with(".lua") && name != "check.lua")
        .filter(|name| all || QUICK.contains(&name.as_str()))
        .collect();
    names.sort();
    names
}

fn output_of(rlua: &Path, mode: Option<&Mode>, file: &str) -> String {
    let mut command = Command::new(rlua);
    command.current_dir(suite()).stdin(Stdio::null());
    if let Some(mode) = mode {
        command.args(mode.arguments);
        command.envs(mode.environment.iter().copied());
    }
    let output = command.arg(file).output().expect("rlua starts");
    format!(
        "{}{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr),
        output.status
    )
}

#[test]
fn modes_print_what_no_mode_prints() {
    let all = std::env::var("MATRIX").is_ok_and(|value| value == "all");
    let programs: Vec<PathBuf> = match std::env::var_os("MATRIX_RLUA") {
        Some(paths) => std::env::split_paths(&paths).collect(),
        None => vec![PathBuf::from(env!("CARGO_BIN_EXE_rlua"))],
    };
    let mut problems = Vec::new();
    let mut runs = 0;
    for program in &programs {
        for file in files(all) {
            let expected = output_of(program, None, &file);
            for mode in MODES {
                let start = Instant::now();
                let found = output_of(program, Some(mode), &file);
                runs += 1;
                if all {
                    println!(
                        "{} {file} {}: {:.1} s",
                        program.display(),
                        mode.name,
                        start.elapsed().as_secs_f64()
                    );
                }
                if found != expected {
                    let place = found.lines().zip(expected.lines()).find(|(a, b)| a != b);
                    problems.push(format!("{file} in mode {}: {place:?}", mode.name));
                }
            }
        }
    }
    println!(
        "{runs} runs equal {} files without a mode",
        files(all).len()
    );
    assert!(runs > 0 && problems.is_empty(), "{}", problems.join("\n"));
}
