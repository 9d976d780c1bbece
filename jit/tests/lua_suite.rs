//! The Lua suite: every file of tests/lua runs under Debian's `luajit` and under `rlua`, and the outputs must be
//! equal byte for byte.
//!
//! Expected values were taken from runs of `luajit`, so its run proves that the suite itself is right (no line begins
//! with `FAIL`), and `rlua`'s that the machine behaves the same. What differs on purpose stands in
//! tests/lua/DIFFERENCES.md; an entry there that is no longer needed fails the test too.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// Checks that the suite must hold over all files.
const CHECKS_MIN: usize = 2500;
const TIME_LIMIT: Duration = Duration::from_secs(120);

fn suite() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/lua")
}

fn files() -> Vec<String> {
    let mut names: Vec<String> = std::fs::read_dir(suite())
        .expect("the suite's folder exists")
        .flatten()
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .filter(|name| name.ends_with(".lua") && name != "check.lua")
        .collect();
    names.sort();
    names
}

/// Runs one file; answers what it printed, with a last line that tells how it ended if it did not end well.
fn output_of(program: &str, file: &str) -> String {
    output_with(program, &[], file)
}

/// As [`output_of`], with options in front of the file.
fn output_with(program: &str, options: &[&str], file: &str) -> String {
    let start = Instant::now();
    let mut child = Command::new(program)
        .args(options)
        .arg(file)
        .current_dir(suite())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap_or_else(|error| {
            panic!("{program} does not start ({error}); `make deps-test` installs peers")
        });
    // The pipes are drained by threads, so that a talkative program does not wait for us.
    let drain = |pipe: Option<Box<dyn std::io::Read + Send>>| {
        std::thread::spawn(move || {
            let mut bytes = Vec::new();
            if let Some(mut pipe) = pipe {
                let _ = pipe.read_to_end(&mut bytes);
            }
            String::from_utf8_lossy(&bytes).into_owned()
        })
    };
    let printed = drain(child.stdout.take().map(|pipe| Box::new(pipe) as _));
    let complained = drain(child.stderr.take().map(|pipe| Box::new(pipe) as _));
    let ending = loop {
        match child.try_wait().expect("the child is ours") {
            Some(status) if status.success() => break String::new(),
            Some(status) => break format!("ended with {status}\n"),
            None if start.elapsed() > TIME_LIMIT => {
                let _ = child.kill();
                let _ = child.wait();
                break format!("stopped after {} s\n", TIME_LIMIT.as_secs());
            }
            None => std::thread::sleep(Duration::from_millis(5)),
        }
    };
    let mut all = printed.join().expect("the thread only reads");
    all.push_str(&complained.join().expect("the thread only reads"));
    all.push_str(&ending);
    all
}

/// Number of checks that a file's last line tells, and how many failed.
fn counts(output: &str) -> Option<(usize, usize)> {
    let line = output
        .lines()
        .rev()
        .find(|line| line.contains(" checks, "))?;
    let (checks, failed) = line.split_once(": ")?.1.split_once(" checks, ")?;
    Some((
        checks.parse().ok()?,
        failed.strip_suffix(" failed")?.parse().ok()?,
    ))
}

/// Names of the failed checks in an output.
fn failures(output: &str) -> BTreeSet<String> {
    output
        .lines()
        .filter_map(|line| line.strip_prefix("FAIL "))
        .map(str::to_string)
        .collect()
}

/// The output without the failed checks' lines and without the count of failures.
fn rest(output: &str) -> String {
    let mut kept = String::new();
    let mut skip = 0;
    for line in output.lines() {
        if line.starts_with("FAIL ") {
            skip = 2;
        } else if skip > 0 && (line.starts_with("  got ") || line.starts_with("  expected ")) {
            skip -= 1;
        } else {
            let line = if line.ends_with(" failed") {
                line.rsplit_once(", ").map_or(line, |(head, _)| head)
            } else {
                line
            };
            kept.push_str(line);
            kept.push('\n');
        }
    }
    kept
}

/// Checks of `file` that may differ, from DIFFERENCES.md.
fn allowed(file: &str) -> BTreeSet<String> {
    let text = std::fs::read_to_string(suite().join("DIFFERENCES.md"))
        .expect("the list of differences exists");
    let prefix = format!("- {file}: \"");
    text.lines()
        .filter_map(|line| line.strip_prefix(&prefix))
        .filter_map(|entry| entry.rsplit_once("\": "))
        .map(|(name, _)| name.to_string())
        .collect()
}

#[test]
fn luajit_passes_every_check() {
    let mut total = 0;
    for file in files() {
        let output = output_of("luajit", &file);
        let (checks, failed) =
            counts(&output).unwrap_or_else(|| panic!("{file} prints no count:\n{output}"));
        assert_eq!(failed, 0, "luajit fails checks of {file}:\n{output}");
        total += checks;
    }
    println!("{total} checks");
    assert!(total >= CHECKS_MIN, "only {total} checks");
}

#[test]
fn rlua_prints_what_luajit_prints() {
    let rlua = env!("CARGO_BIN_EXE_rlua");
    let mut problems = Vec::new();
    let mut passed = 0;
    for file in files() {
        let (peer, own) = (output_of("luajit", &file), output_of(rlua, &file));
        let (failed, allowed) = (failures(&own), allowed(&file));
        passed += counts(&own).map_or(0, |(checks, failed)| checks - failed);
        let unlisted: Vec<&String> = failed.difference(&allowed).collect();
        let stale: Vec<&String> = allowed.difference(&failed).collect();
        if !unlisted.is_empty() || rest(&own) != rest(&peer) {
            problems.push(format!("{file}:\n{own}"));
        }
        if !stale.is_empty() {
            problems.push(format!(
                "DIFFERENCES.md: {file}: no longer differs: {stale:?}"
            ));
        }
    }
    println!("rlua passes {passed} checks");
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

/// Every loop and exit compiled at its first pass prints the same as interpreted.
#[test]
fn compiled_prints_what_interpreted_prints() {
    let rlua = env!("CARGO_BIN_EXE_rlua");
    let mut problems = Vec::new();
    for file in files() {
        let interpreted = output_with(rlua, &["-joff"], &file);
        let compiled = output_with(rlua, &["-Ohotloop=1", "-Ohotexit=1"], &file);
        // Whether compilation is on is the one thing that a program may see.
        let without_status = |text: &str| {
            let mut kept = String::new();
            let mut skip = 0;
            for line in text.lines() {
                if line.contains("jit.status") {
                    skip = 2;
                } else if skip > 0 {
                    skip -= 1;
                } else if !line.contains(" checks, ") {
                    kept.push_str(line);
                }
            }
            kept
        };
        if without_status(&interpreted) != without_status(&compiled) {
            problems.push(format!("{file}:\n{compiled}"));
        }
    }
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}
