//! The FFI suite: every program of tests/ffi runs under Debian's `luajit` and under `rlua`, and the outputs must be equal.
//!
//! Addresses and the numbers of types without a name differ from run to run and are masked.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Lines that the suite must print over all programs, so that a program which stops early is noticed.
const LINES_MIN: usize = 600;

fn suite() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/ffi")
}

fn output_of(program: &str, arguments: &[&str]) -> String {
    let output = Command::new(program)
        .args(arguments)
        .current_dir(suite())
        .stdin(Stdio::null())
        .output()
        .unwrap_or_else(|error| {
            panic!("{program} does not start ({error}); `make deps-test` installs peers")
        });
    let mut text = String::from_utf8_lossy(&output.stdout).into_owned();
    if !output.status.success() {
        text.push_str(&format!(
            "{}\n{}",
            output.status,
            String::from_utf8_lossy(&output.stderr)
        ));
    }
    text
}

/// Addresses become `0x`, numbers of unnamed types `N`.
fn masked(text: &str) -> String {
    let mut masked = String::new();
    let mut rest = text;
    while let Some(position) = rest.find("0x") {
        masked.push_str(&rest[..position + 2]);
        rest = rest[position + 2..]
            .trim_start_matches(|character: char| character.is_ascii_hexdigit());
    }
    masked.push_str(rest);
    for word in ["struct ", "union ", "enum "] {
        let mut parts = masked.split(word);
        let mut joined = parts.next().unwrap_or_default().to_owned();
        for part in parts {
            joined.push_str(word);
            let shorter = part.trim_start_matches(|character: char| character.is_ascii_digit());
            if shorter.len() < part.len() {
                joined.push('N');
            }
            joined.push_str(shorter);
        }
        masked = joined;
    }
    masked
}

#[test]
fn rlua_prints_what_luajit_prints() {
    let rlua = env!("CARGO_BIN_EXE_rlua");
    let mut names: Vec<String> = std::fs::read_dir(suite())
        .expect("the suite's folder exists")
        .flatten()
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .filter(|name| name.ends_with(".lua"))
        .collect();
    names.sort();
    let (mut problems, mut lines) = (Vec::new(), 0);
    for name in &names {
        let peer = masked(&output_of("luajit", &[name]));
        let own = masked(&output_of(rlua, &[name]));
        lines += peer.lines().count();
        for (peer_line, own_line) in peer.lines().zip(own.lines()) {
            if peer_line != own_line {
                problems.push(format!(
                    "{name}:\n  luajit {peer_line}\n  rlua   {own_line}"
                ));
            }
        }
        if peer.lines().count() != own.lines().count() {
            problems.push(format!("{name}: different numbers of lines\n{own}"));
        }
    }
    println!("{lines} lines");
    assert!(lines >= LINES_MIN, "only {lines} lines");
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

#[test]
fn without_the_ffi_there_is_none() {
    let rlua = env!("CARGO_BIN_EXE_rlua");
    let program =
        "print(pcall(require, 'ffi') == false, load == nil or loadstring('return 1LL') == nil)";
    assert_eq!(
        output_of(rlua, &["--no-ffi", "-e", program]),
        "true\ttrue\n"
    );
}
