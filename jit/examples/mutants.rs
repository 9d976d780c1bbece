//! Deliberate faults: each line of `jit/tests/mutants.txt` changes one place of the sources, and some test must fail for it.
//!
//! ```text
//! cargo run -p rlove-jit --example mutants -- [word]      (only faults whose line has the word)
//! ```
//!
//! The workspace is copied below the target folder; the copy is changed, its tests are run, and it is changed back. A fault that does not compile, whose place is not
//! found exactly once, or that no test notices, is an error.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};

/// The tests that have to notice.
const TESTS: [&str; 6] = ["test", "-q", "-p", "rlove-jit", "--test", "ir_passes"];
const MORE_TESTS: [&str; 6] = ["test", "-q", "-p", "rlove-jit", "--test", "ir_random"];

struct Fault {
    path: String,
    old: String,
    new: String,
}

fn faults(text: &str) -> Result<Vec<Fault>, String> {
    text.lines()
        .filter(|line| !line.trim().is_empty() && !line.starts_with('#'))
        .map(|line| {
            let (path, change) = line.split_once(" | ").ok_or_else(|| line.to_string())?;
            let (old, new) = change.split_once(" ==> ").ok_or_else(|| line.to_string())?;
            Ok(Fault {
                path: path.trim().to_string(),
                old: old.trim().to_string(),
                new: new.trim().to_string(),
            })
        })
        .collect()
}

fn copy_workspace(from: &Path, to: &Path) -> Result<(), String> {
    let listed = Command::new("git")
        .args([
            "ls-files",
            "-z",
            "--cached",
            "--others",
            "--exclude-standard",
        ])
        .current_dir(from)
        .output()
        .map_err(|error| error.to_string())?;
    let names = String::from_utf8_lossy(&listed.stdout).into_owned();
    for name in names.split('\0').filter(|name| !name.is_empty()) {
        // Games and their pictures are not needed to build.
        if name.starts_with("games/") || name.starts_with("benches/") {
            continue;
        }
        let target = to.join(name);
        if let Some(folder) = target.parent() {
            fs::create_dir_all(folder).map_err(|error| error.to_string())?;
        }
        // What is the same keeps its time, so that it is not built again.
        let bytes = fs::read(from.join(name)).unwrap_or_default();
        if fs::read(&target).ok().as_ref() != Some(&bytes) {
            fs::write(&target, bytes).map_err(|error| error.to_string())?;
        }
    }
    Ok(())
}

/// Whether the tests pass; an error if they do not compile.
fn passes(workspace: &Path, target: &Path, arguments: &[&str]) -> Result<bool, String> {
    let output = Command::new("cargo")
        .args(arguments)
        .current_dir(workspace)
        .env("CARGO_TARGET_DIR", target)
        .stdin(Stdio::null())
        .output()
        .map_err(|error| error.to_string())?;
    let errors = String::from_utf8_lossy(&output.stderr);
    match errors.contains("could not compile") {
        true => Err(errors.lines().take(12).collect::<Vec<_>>().join("\n")),
        false => Ok(output.status.success()),
    }
}

fn try_fault(fault: &Fault, workspace: &Path, target: &Path) -> Result<bool, String> {
    let path = workspace.join(&fault.path);
    let source = fs::read_to_string(&path).map_err(|error| error.to_string())?;
    let found = source.matches(&fault.old).count();
    if found != 1 {
        return Err(format!("found {found} times"));
    }
    fs::write(&path, source.replace(&fault.old, &fault.new)).map_err(|error| error.to_string())?;
    let survived = passes(workspace, target, &TESTS)
        .and_then(|first| Ok(first && passes(workspace, target, &MORE_TESTS)?));
    fs::write(&path, source).map_err(|error| error.to_string())?;
    survived.map(|survived| !survived)
}

fn run() -> Result<bool, String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .map(Path::to_path_buf)
        .ok_or("no workspace")?;
    let wanted = std::env::args().nth(1).unwrap_or_default();
    let text = fs::read_to_string(root.join("jit/tests/mutants.txt"))
        .map_err(|error| error.to_string())?;
    let list = faults(&text).map_err(|line| format!("not `path | old ==> new`: {line}"))?;
    let base = std::env::var_os("CARGO_TARGET_DIR").map_or(root.join("target"), PathBuf::from);
    let (workspace, target) = (base.join("mutants/workspace"), base.join("mutants/target"));
    copy_workspace(&root, &workspace)?;
    let sound = passes(&workspace, &target, &TESTS)? && passes(&workspace, &target, &MORE_TESTS)?;
    if !sound {
        return Err("the tests fail without a fault".to_string());
    }
    let (mut killed, mut all) = (0, 0);
    for fault in &list {
        let name = format!("{} | {} ==> {}", fault.path, fault.old, fault.new);
        if !name.contains(&wanted) {
            continue;
        }
        all += 1;
        match try_fault(fault, &workspace, &target) {
            Ok(true) => killed += 1,
            Ok(false) => println!("survived: {name}"),
            Err(error) => println!("error: {name}: {error}"),
        }
    }
    println!("{killed} of {all} mutants killed");
    Ok(killed == all && all > 0)
}

fn main() -> ExitCode {
    match run() {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}
