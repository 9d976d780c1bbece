//! The interactive prompt: line editing, history, completion of names.
//!
//! A line that is no complete statement goes on in the next one; an expression alone is shown as with a leading `=`.

use crate::{load, report};
use rlove_vm::library;
use rlove_vm::value::Value;
use rlove_vm::vm::{HostRun, Vm};
use rustyline::error::ReadlineError;
use rustyline::{Context, Editor, Helper, Highlighter, Hinter, Validator};

/// Names that can be completed: globals, and fields of global tables as `table.field`.
#[derive(Helper, Highlighter, Hinter, Validator, Default)]
struct Names {
    names: Vec<String>,
}

impl rustyline::completion::Completer for Names {
    type Candidate = String;
    fn complete(
        &self,
        line: &str,
        position: usize,
        _: &Context<'_>,
    ) -> rustyline::Result<(usize, Vec<String>)> {
        let before = &line[..position];
        let is_part =
            |character: char| character.is_alphanumeric() || matches!(character, '_' | '.' | ':');
        let start = before
            .rfind(|character| !is_part(character))
            .map_or(0, |index| {
                index + before[index..].chars().next().map_or(1, char::len_utf8)
            });
        let word = before[start..].replace(':', ".");
        let matching = self
            .names
            .iter()
            .filter(|name| name.starts_with(&word))
            .cloned()
            .collect();
        Ok((start, matching))
    }
}

fn collect_names(vm: &mut Vm) -> Vec<String> {
    let mut names = Vec::new();
    let globals = vm.globals();
    for (key, value) in vm.entries(globals) {
        let Some(name) = key
            .string_bytes()
            .and_then(|bytes| std::str::from_utf8(bytes).ok())
        else {
            continue;
        };
        names.push(name.to_owned());
        if value.is_table() && value != globals {
            for (field, _) in vm.entries(value) {
                if let Some(field) = field
                    .string_bytes()
                    .and_then(|bytes| std::str::from_utf8(bytes).ok())
                {
                    names.push(format!("{name}.{field}"));
                }
            }
        }
    }
    names.sort();
    names
}

/// Reads and runs lines until the end of input.
pub fn run(vm: &mut Vm) {
    let mut editor: Editor<Names, _> = match Editor::new() {
        Ok(editor) => editor,
        Err(error) => {
            eprintln!("rlua: no prompt here: {error}");
            return;
        }
    };
    let history =
        std::env::var_os("HOME").map(|home| std::path::Path::new(&home).join(".rlua_history"));
    if let Some(history) = &history {
        // A first start has none.
        let _ = editor.load_history(history);
    }
    let mut text = String::new();
    loop {
        editor.set_helper(Some(Names {
            names: collect_names(vm),
        }));
        match editor.readline(if text.is_empty() { "> " } else { ">> " }) {
            Ok(line) => {
                text.push_str(&line);
                if run_text(vm, &text) {
                    let _ = editor.add_history_entry(text.as_str());
                    text.clear();
                } else {
                    text.push('\n');
                }
            }
            Err(ReadlineError::Interrupted) => text.clear(),
            Err(_) => break,
        }
    }
    if let Some(history) = &history {
        let _ = editor.save_history(history);
    }
}

/// Runs a piece of input; false if it is not complete yet.
fn run_text(vm: &mut Vm, text: &str) -> bool {
    let expression = match text.strip_prefix('=') {
        Some(rest) => format!("return {rest}"),
        None => format!("return {text}"),
    };
    let function = match load(vm, expression.as_bytes(), b"=stdin") {
        Ok(function) => function,
        Err(_) => {
            vm.take_error();
            match load(vm, text.as_bytes(), b"=stdin") {
                Ok(function) => function,
                Err(_) => {
                    let error = vm.take_error();
                    if error
                        .string_bytes()
                        .is_some_and(|message| message.ends_with(b"'<eof>'"))
                    {
                        return false;
                    }
                    let _ = vm.raise_value(error);
                    report(vm);
                    return true;
                }
            }
        }
    };
    match vm.start_host(function, &[]) {
        HostRun::Finished(results) if !results.is_empty() => show(vm, &results),
        HostRun::Finished(_) => {}
        _ => report(vm),
    }
    library::files::flush_standard_output(vm);
    true
}

fn show(vm: &mut Vm, results: &[Value]) {
    let globals = vm.globals();
    let print = vm.field(globals, "print");
    if !matches!(vm.start_host(print, results), HostRun::Finished(_)) {
        report(vm);
    }
}
