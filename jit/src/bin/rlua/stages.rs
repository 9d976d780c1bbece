//! Stages of a program as text: `--dump=tokens,ast,bc` and `-bl`; and saving bytecode with `-b`.

use rlove_vm::bytecode::disassemble::disassemble;
use rlove_vm::bytecode::{CompiledFunction, serialize};
use rlove_vm::library::files;
use rlove_vm::syntax;
use rlove_vm::vm::Vm;
use std::rc::Rc;

/// Prints the stages named; false if an error was raised.
pub fn show(vm: &mut Vm, source: &[u8], chunk_name: &[u8], stages: &[String]) -> bool {
    for stage in stages {
        let text = match stage.as_str() {
            "tokens" => syntax::dump::dump_tokens(source, chunk_name),
            "ast" => {
                syntax::parse(source, chunk_name).map(|chunk| syntax::dump::dump_chunk(&chunk))
            }
            "bc" => match compiled(vm, source, chunk_name) {
                Some(function) => Ok(disassemble(&function)),
                None => return false,
            },
            other => {
                let known = "the stages are tokens, ast and bc";
                let _ = vm.raise_message(format!("unknown stage '{other}': {known}").as_bytes());
                return false;
            }
        };
        match text {
            Ok(text) => {
                files::write_standard_output(vm, text.as_bytes());
            }
            Err(error) => {
                let _ = vm.raise_message(&error.message);
                return false;
            }
        }
    }
    true
}

fn compiled(vm: &mut Vm, source: &[u8], chunk_name: &[u8]) -> Option<Rc<CompiledFunction>> {
    if serialize::is_bytecode(source) {
        return match serialize::read(source, chunk_name) {
            Ok(function) => Some(function),
            Err(error) => {
                let _ = vm.raise_message(&error.message(chunk_name));
                None
            }
        };
    }
    vm.compile(source, chunk_name).ok()
}

/// `-b`: list (`-bl`) or save bytecode; `-e TEXT` instead of a file, `-s` (default) strips, `-g` keeps debug information.
pub fn bytecode_command(vm: &mut Vm, arguments: &[String]) -> bool {
    match run(vm, arguments) {
        Ok(()) => true,
        Err(message) => {
            if let Some(message) = message {
                let _ = vm.raise_message(message.as_bytes());
            }
            crate::report(vm);
            false
        }
    }
}

fn run(vm: &mut Vm, arguments: &[String]) -> Result<(), Option<String>> {
    const USAGE: &str = "usage: rlua -b[l|g|s] [-e text | file] [output]";
    let mut list = false;
    let mut strip = true;
    let mut text = None;
    let mut files = Vec::new();
    let mut flags = arguments[0].clone();
    let mut rest = arguments[1..].iter();
    loop {
        let mut wants_text = false;
        for flag in flags.chars() {
            match flag {
                'l' => list = true,
                'g' => strip = false,
                's' => strip = true,
                'e' => wants_text = true,
                _ => return Err(Some(USAGE.to_owned())),
            }
        }
        if wants_text {
            text = Some(rest.next().ok_or_else(|| Some(USAGE.to_owned()))?.clone());
        }
        match rest.next() {
            Some(argument) if argument.starts_with('-') && argument.len() > 1 => {
                flags = argument[1..].to_owned()
            }
            Some(argument) => {
                files.push(argument.clone());
                flags = String::new();
            }
            None => break,
        }
    }
    let (source, name) = match text {
        Some(text) => (text.into_bytes(), "=(command line)".to_owned()),
        None => {
            if files.is_empty() {
                return Err(Some(USAGE.to_owned()));
            }
            let file = files.remove(0);
            let source = std::fs::read(&file)
                .map_err(|error| Some(format!("cannot open {file}: {error}")))?;
            (source, format!("@{file}"))
        }
    };
    let function = compiled(vm, &source, name.as_bytes()).ok_or(None)?;
    if list {
        files::write_standard_output(vm, disassemble(&function).as_bytes());
        return Ok(());
    }
    let output = files.first().ok_or_else(|| Some(USAGE.to_owned()))?;
    std::fs::write(output, serialize::write(&function, strip))
        .map_err(|error| Some(format!("cannot write {output}: {error}")))
}
