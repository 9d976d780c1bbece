//! The parser against LuaJIT over every Lua file below some folders.
//!
//! `RLOVE_LUA_CORPUS=/usr/share:/my/game cargo test -p rlove-vm --test syntax_corpus -- --ignored` compares, file by file, whether
//! the source loads, and the message if it does not. `RLOVE_LUAJIT` names another LuaJIT than the one in the path.
//!
//! What LuaJIT rejects for reasons that are the compiler's (labels, limits, `const`) is not compared: LuaJIT stops there, before
//! syntax errors that may follow.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Parts of messages that do not come from the parser.
const COMPILER_MESSAGES: [&str; 8] = [
    "undefined label",
    "duplicate label",
    "no loop to",
    "jumps into the scope",
    "more than",
    "too complex",
    "const variable",
    "constant table overflow",
];

fn lua_files_below(folder: &Path, files: &mut Vec<PathBuf>) {
    let Ok(entries) = folder.read_dir() else {
        return;
    };
    for entry in entries.flatten() {
        let path = entry.path();
        match entry.file_type() {
            Ok(kind) if kind.is_dir() => lua_files_below(&path, files),
            Ok(kind) if kind.is_file() && path.extension() == Some(OsStr::new("lua")) => {
                files.push(path)
            }
            _ => {}
        }
    }
}

/// What LuaJIT says to each file: its message, or nothing when it loads.
fn luajit_messages(files: &[PathBuf]) -> BTreeMap<PathBuf, String> {
    let script = r#"
        for index = 1, #arg do
            local name = arg[index]
            local file = assert(io.open(name, "rb"))
            local chunk, message = loadstring(file:read("*a"), "=t")
            file:close()
            io.write(name, "\0", chunk and "" or message, "\0")
        end"#;
    let script_path =
        std::env::temp_dir().join(format!("rlove-syntax-corpus-{}.lua", std::process::id()));
    std::fs::write(&script_path, script).expect("a temporary file");
    let luajit = std::env::var_os("RLOVE_LUAJIT").unwrap_or_else(|| "luajit".into());
    let mut messages = BTreeMap::new();
    for some in files.chunks(500) {
        let output = Command::new(&luajit)
            .arg(&script_path)
            .args(some)
            .output()
            .expect("luajit");
        assert!(output.status.success(), "{output:?}");
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        let fields: Vec<&str> = text.split('\0').collect();
        for pair in fields.chunks_exact(2) {
            messages.insert(PathBuf::from(pair[0]), pair[1].to_owned());
        }
    }
    std::fs::remove_file(&script_path).ok();
    messages
}

#[test]
#[ignore = "needs luajit and RLOVE_LUA_CORPUS"]
fn files_are_accepted_and_rejected_as_by_luajit() {
    let corpus =
        std::env::var("RLOVE_LUA_CORPUS").expect("RLOVE_LUA_CORPUS: folders with Lua files");
    let mut files = Vec::new();
    for folder in corpus.split(':') {
        lua_files_below(Path::new(folder), &mut files);
    }
    assert!(!files.is_empty());
    let mut differences = Vec::new();
    for (path, theirs) in luajit_messages(&files) {
        let source = std::fs::read(&path).expect("a readable file");
        if source.starts_with(b"\x1b") {
            continue;
        }
        let ours = match rlove_vm::syntax::parse(&source, b"=t") {
            Ok(_) => String::new(),
            Err(error) => error.to_string(),
        };
        let is_compilers = COMPILER_MESSAGES.iter().any(|part| theirs.contains(part));
        if ours != theirs && !is_compilers {
            differences.push(format!(
                "{}\n  luajit: {theirs}\n  rlove:  {ours}",
                path.display()
            ));
        }
    }
    assert!(
        differences.is_empty(),
        "{} of {} files differ:\n{}",
        differences.len(),
        files.len(),
        differences.join("\n")
    );
}
