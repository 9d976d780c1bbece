//! Functions that make functions from text or bytecode: `load`, `loadstring`, `loadfile`, `dofile`.
//!
//! Worked example: `load("return 1", "=example")` compiles the text under the chunk name `example` and answers a
//! function; on a syntax error it answers nil and the message.
//!
//! Invariant: bytecode from outside passes the verifier before it becomes a function.

use crate::builtin::{Builtin, Effects, NativeResult, Recording};
use crate::call::{Call, Raised};
use crate::value::Value;
use crate::vm::Vm;
use std::io::Read;

const LOADS: Recording = Recording::Never("compiles code");

/// The loading functions of `_G`.
pub static FUNCTIONS: &[Builtin] = &[
    Builtin::native(
        "load",
        "(chunk: string | function, [name: string], [mode: string], [environment: table]) -> function?, string?",
        "Compiles a chunk.",
        Effects::ALLOCATES.and(Effects::CALLS_LUA),
        LOADS,
        load,
    ),
    Builtin::native(
        "loadstring",
        "(chunk: string, [name: string], [mode: string], [environment: table]) -> function?, string?",
        "Compiles a chunk.",
        Effects::ALLOCATES,
        LOADS,
        load,
    ),
    Builtin::native(
        "loadfile",
        "([path: string], [mode: string], [environment: table]) -> function?, string?",
        "Compiles a file.",
        Effects::ALLOCATES.and(Effects::READS),
        LOADS,
        loadfile,
    ),
    Builtin::native(
        "dofile",
        "([path: string]) -> ...",
        "Compiles and runs a file.",
        Effects::CALLS_LUA,
        LOADS,
        dofile,
    ),
];

/// Compiles text or checks bytecode; `mode` says which of the two may be (`t`, `b`).
pub fn load_chunk(vm: &mut Vm, chunk: &[u8], name: &[u8], mode: &[u8]) -> Result<Value, Raised> {
    let is_binary = chunk.first() == Some(&0x1b);
    let wanted = if is_binary { b'b' } else { b't' };
    if !mode.contains(&wanted) {
        return Err(vm.raise_message(b"attempt to load chunk with wrong mode"));
    }
    if !is_binary {
        return vm.load_source(chunk, name);
    }
    match crate::bytecode::serialize::read(chunk, name) {
        Ok(compiled) => vm.load_compiled(&compiled),
        Err(error) => Err(vm.raise_message(&error.message(name))),
    }
}

/// Reads and compiles a file (`None`: standard input).
pub fn load_path(vm: &mut Vm, path: Option<&[u8]>, mode: &[u8]) -> Result<Value, Raised> {
    let (content, name) = match path {
        Some(path) => {
            let name = [b"@", path].concat();
            match std::fs::read(super::files::path_of_bytes(path)) {
                Ok(content) => (content, name),
                Err(error) => {
                    let reason = super::files::error_text(&error);
                    let path = String::from_utf8_lossy(path);
                    return Err(
                        vm.raise_message(format!("cannot open {path}: {reason}").as_bytes())
                    );
                }
            }
        }
        None => {
            let mut content = Vec::new();
            if let Err(error) = std::io::stdin().read_to_end(&mut content) {
                let reason = super::files::error_text(&error);
                return Err(vm.raise_message(format!("cannot read stdin: {reason}").as_bytes()));
            }
            (content, b"=stdin".to_vec())
        }
    };
    load_chunk(vm, without_first_comment(&content), &name, mode)
}

/// Skips a first line that starts with `#`; its newline stays, so that lines count right.
#[must_use]
pub fn without_first_comment(content: &[u8]) -> &[u8] {
    let content = content.strip_prefix(b"\xef\xbb\xbf").unwrap_or(content);
    if content.first() != Some(&b'#') {
        return content;
    }
    let end = content
        .iter()
        .position(|&byte| byte == b'\n')
        .unwrap_or(content.len());
    &content[end..]
}

/// The answer of the loading functions: the function, or nil and the message.
fn answer(call: &mut Call, loaded: Result<Value, Raised>, environment: Value) -> NativeResult {
    match loaded {
        Ok(function) => {
            if environment.is_table() {
                call.vm.set_environment(function, environment);
            }
            call.one(function)
        }
        Err(Raised) => {
            let message = call.vm.take_error();
            call.many(&[Value::NIL, message])
        }
    }
}

fn load(call: &mut Call) -> NativeResult {
    let chunk_argument = call.argument(1);
    let name = call.optional_string(2)?;
    let mode = call.optional_string(3)?.unwrap_or(b"bt");
    let environment = call.argument(4);
    if chunk_argument.is_string() || chunk_argument.is_number() {
        let chunk = call.string(1)?;
        let loaded = load_chunk(call.vm, chunk, name.unwrap_or(chunk), mode);
        return answer(call, loaded, environment);
    }
    let reader = call.function_argument(1)?;
    let mut chunk = Vec::new();
    loop {
        let results = match call.call_function(reader, &[]) {
            Ok(results) => results,
            Err(raised) => return answer(call, Err(raised), environment),
        };
        let piece = results.first().copied().unwrap_or(Value::NIL);
        match piece.string_bytes() {
            Some(bytes) if !bytes.is_empty() => chunk.extend_from_slice(bytes),
            Some(_) => break,
            None if piece.is_nil() => break,
            None if piece.is_number() => {
                super::number_format::append_number(&mut chunk, piece.raw_double());
                // A reader that always answers a number would never end.
                call.vm.check_interrupt()?;
                if chunk.len() > 1 << 20 {
                    let raised = call
                        .vm
                        .raise_message(b"reader function must return a string");
                    return answer(call, Err(raised), environment);
                }
            }
            None => {
                let raised = call
                    .vm
                    .raise_message(b"reader function must return a string");
                return answer(call, Err(raised), environment);
            }
        }
    }
    let loaded = load_chunk(call.vm, &chunk, name.unwrap_or(b"=(load)"), mode);
    answer(call, loaded, environment)
}

fn loadfile(call: &mut Call) -> NativeResult {
    let path = call.optional_string(1)?;
    let mode = call.optional_string(2)?.unwrap_or(b"bt");
    let environment = call.argument(3);
    let loaded = load_path(call.vm, path, mode);
    answer(call, loaded, environment)
}

fn dofile(call: &mut Call) -> NativeResult {
    let path = call.optional_string(1)?;
    let function = load_path(call.vm, path, b"bt")?;
    call.tail_call(function, &[])
}
