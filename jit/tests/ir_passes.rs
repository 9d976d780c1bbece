//! Passes of the optimiser, text in and text out: every file of `jit/tests/ir` is a listing, passes to run, and what must come out.
//!
//! ```text
//! ; passes: fold cse dce             (or: all)
//! trace 1 at 0x0 link none
//! …
//! ----
//! what must come out; `unchanged`; `unstable` (and the listing); or `contradiction`
//! ```
//!
//! Files whose name begins with `not_` are the must-not-fire list of a pass: `unchanged` or a listing in which what looks like an
//! opportunity is still there. Helpers that calls may name: 0 pure, 1 reads, 2 writes, 3 allocates, 4 writes and fails, 5 pure and fails.

use rlove_jit::ir::text::{parse, print};
use rlove_jit::ir::verify::verify;
use rlove_jit::ir::{Helper, HelperEffects, Trace, Type};
use rlove_jit::optimise::{Outcome, Passes, optimise};
use std::fs;
use std::path::{Path, PathBuf};

const fn helper(name: &'static str, effects: HelperEffects) -> Helper {
    Helper {
        name,
        address: 0,
        arguments: &[],
        result: Type::Value,
        effects,
    }
}

static HELPERS: &[Helper] = &[
    helper("pure", HelperEffects::PURE),
    helper("reads", HelperEffects::READS),
    helper("writes", HelperEffects::WRITES),
    helper("allocates", HelperEffects::ALLOCATES),
    helper(
        "writes_fails",
        HelperEffects::WRITES.and(HelperEffects::FAILS),
    ),
    helper("pure_fails", HelperEffects::FAILS),
];

fn files() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/ir");
    let mut found: Vec<PathBuf> = fs::read_dir(&folder)
        .expect("jit/tests/ir is there")
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "ir"))
        .collect();
    found.sort();
    found
}

fn passes_of(text: &str) -> Result<Passes, String> {
    let names = text
        .lines()
        .find_map(|line| line.strip_prefix("; passes:"))
        .ok_or("no line `; passes:`")?;
    if names.trim() == "all" {
        return Ok(Passes::ALL);
    }
    let mut passes = Passes::NONE;
    for name in names.split_whitespace() {
        if !passes.set(name, true) {
            return Err(format!("no pass {name}"));
        }
    }
    Ok(passes)
}

fn normal(text: &str) -> String {
    text.lines()
        .map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "))
        .filter(|line| !line.is_empty())
        .collect::<Vec<_>>()
        .join("\n")
}

/// What comes out of the passes, as a file has it.
fn result(before: &Trace, passes: &Passes) -> Result<String, String> {
    let mut trace = before.clone();
    match optimise(&mut trace, HELPERS, passes) {
        Err(_) => Ok("contradiction\n".to_string()),
        Ok(outcome) => {
            verify(&trace).map_err(|error| format!("ill-formed: {error}\n{}", print(&trace)))?;
            let head = match outcome {
                Outcome::Unstable => "unstable\n",
                Outcome::Done => "",
            };
            Ok(format!("{head}{}", print(&trace)))
        }
    }
}

fn check(path: &Path) -> Result<(), String> {
    let text = fs::read_to_string(path).map_err(|error| error.to_string())?;
    let (before, expected) = text.split_once("----\n").ok_or("no line `----`")?;
    let passes = passes_of(before)?;
    let trace = parse(before)?;
    verify(&trace).map_err(|error| format!("ill-formed before: {error}"))?;
    let found = result(&trace, &passes)?;
    let expected = match expected.trim() {
        "unchanged" => print(&trace),
        _ => expected.to_string(),
    };
    if normal(&found) == normal(&expected) {
        return Ok(());
    }
    if std::env::var_os("BLESS").is_some() {
        fs::write(path, format!("{before}----\n{found}")).map_err(|error| error.to_string())?;
        return Err("written anew: read it".to_string());
    }
    Err(format!("comes out as\n{found}"))
}

#[test]
fn passes_do_what_their_files_say() {
    let mut problems = Vec::new();
    let files = files();
    for path in &files {
        if let Err(problem) = check(path) {
            problems.push(format!("{}: {problem}", path.display()));
        }
    }
    assert!(
        files.len() >= 3,
        "jit/tests/ir has only {} files",
        files.len()
    );
    println!("{} listings through the passes", files.len());
    assert!(problems.is_empty(), "\n{}", problems.join("\n"));
}
