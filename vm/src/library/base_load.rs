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
            // Kept alive by the stack while the callback runs.
            call.reserve(1)?;
            call.push(function);
            super::jit_control::emit_event(call.vm, "bc", &[function]);
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
    let loaded = load_pieces(call, reader, name.unwrap_or(b"=(load)"), mode);
    answer(call, loaded, environment)
}

/// The most bytes that a reader may give as numbers: one that always answers a number would never end.
const MOST_NUMBER_BYTES: usize = 1 << 20;

/// Compiles what a reader function answers piece by piece, until nil or an empty string. It is not called again after a
/// syntax error.
fn load_pieces(call: &mut Call, reader: Value, name: &[u8], mode: &[u8]) -> Result<Value, Raised> {
    let mut problem = None;
    let mut number_bytes = 0;
    let mut next = |problem: &mut Option<Raised>| match next_piece(call, reader, &mut number_bytes)
    {
        Ok(piece) => piece,
        Err(raised) => {
            *problem = Some(raised);
            None
        }
    };
    let mut first = next(&mut problem);
    let is_binary = first.as_ref().is_some_and(|piece| piece[0] == 0x1b);
    let wanted = if is_binary { b'b' } else { b't' };
    if let Some(raised) = problem {
        return Err(raised);
    }
    if is_binary || !mode.contains(&wanted) {
        let mut chunk = first.unwrap_or_default();
        while let Some(piece) = mode.contains(&wanted).then(|| next(&mut problem)).flatten() {
            chunk.extend_from_slice(&piece);
        }
        return match problem {
            Some(raised) => Err(raised),
            None => load_chunk(call.vm, &chunk, name, mode),
        };
    }
    let mut is_at_end = first.is_none();
    let mut more = || {
        if is_at_end {
            return None;
        }
        let piece = first.take().or_else(|| next(&mut problem));
        is_at_end = piece.is_none();
        piece
    };
    let compiled = crate::compiler::compile_pieces(&mut more, name);
    match (problem, compiled) {
        (Some(raised), _) => Err(raised),
        (None, Ok(compiled)) => call.vm.load_compiled(&compiled),
        (None, Err(error)) => Err(call.vm.raise_message(&error.message)),
    }
}

/// What the reader answers next; nothing at its end.
fn next_piece(
    call: &mut Call,
    reader: Value,
    number_bytes: &mut usize,
) -> Result<Option<Vec<u8>>, Raised> {
    let results = call.call_function(reader, &[])?;
    let piece = results.first().copied().unwrap_or(Value::NIL);
    if let Some(bytes) = piece.string_bytes() {
        return Ok((!bytes.is_empty()).then(|| bytes.to_vec()));
    }
    if piece.is_nil() {
        return Ok(None);
    }
    if piece.is_number() && *number_bytes < MOST_NUMBER_BYTES {
        call.vm.check_interrupt()?;
        let mut text = Vec::new();
        super::number_format::append_number(&mut text, piece.raw_double());
        *number_bytes += text.len();
        return Ok(Some(text));
    }
    Err(call.error("reader function must return a string"))
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
