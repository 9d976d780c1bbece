//! Sunk objects cost nothing: the programs of tests/allocations make tables, closures and arrays that live for part of a pass, and
//! the allocation counter must not move while compiled loops run them.
//!
//! Each program prints `name: bytes per pass: result`; the result must be `luajit`'s.

use std::path::Path;
use std::process::Command;

/// Bytes per pass that traces compiled meanwhile and the frames of 100,000 passes may cost.
const MOST_BYTES_PER_PASS: f64 = 0.5;

fn lines_of(program: &str) -> Vec<(String, f64, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/allocations");
    let output = Command::new(program)
        .arg("programs.lua")
        .current_dir(folder)
        .output()
        .unwrap_or_else(|error| panic!("{program} does not start: {error}"));
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let errors = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{program}: {text}{errors}");
    let line = |line: &str| {
        let mut parts = line.split(": ");
        let mut part = || parts.next().expect("three parts").to_owned();
        let (name, bytes) = (part(), part());
        (name, bytes.parse().expect("a number"), part())
    };
    text.lines().map(line).collect()
}

#[test]
fn programs_whose_objects_are_sunk_allocate_nothing() {
    let own = lines_of(env!("CARGO_BIN_EXE_rlua"));
    let peer = lines_of("luajit");
    assert_eq!(own.len(), peer.len());
    let mut problems = Vec::new();
    for ((name, bytes, result), (_, _, expected)) in own.iter().zip(&peer) {
        println!("{name}: {bytes} bytes per pass");
        if result != expected {
            problems.push(format!("{name}: {result} instead of {expected}"));
        }
        if *bytes > MOST_BYTES_PER_PASS {
            problems.push(format!("{name}: {bytes} bytes per pass"));
        }
    }
    assert!(own.len() > 4 && problems.is_empty(), "{problems:#?}");
}
