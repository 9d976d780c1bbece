//! From the syntax tree to bytecode.
//!
//! One walk over the tree emits the code of each function; a short walk before it finds what must be known ahead
//! ([`captures`]). The layers, each using only those above it in this list:
//!
//! * `builder`: words, constants, registers and jumps of one function;
//! * `operand`: values that are not in a register yet;
//! * `operators`: arithmetic, comparisons, constant folding;
//! * `scope`: locals, upvalues, blocks, `break`, `continue`, `goto`;
//! * `expressions`, `calls`, `tables`: expressions;
//! * `assignments`, `loops`, `statements`: statements.
//!
//! Example: `local x = y + 1` in a main chunk becomes
//!
//! ```text
//! funcv 1; getglobal 0 "y"; addrk 0 0 K(1); return0
//! ```
//!
//! Invariants: the result passes `bytecode::verify`; recursion is bounded by the nesting of the tree, which the parser
//! bounds; a limit or a wrong jump is an error with LuaJIT's message, never a panic.
//!
//! It does not optimise beyond constants, jumps and the choice of instructions: that is the trace compiler's work.

#![forbid(unsafe_code)]

mod assignments;
mod builder;
mod calls;
mod captures;
mod expressions;
mod loops;
mod operand;
mod operators;
mod scope;
mod statements;
mod tables;

use crate::bytecode::CompiledFunction;
use crate::syntax::ast::{Bytes, Chunk};
use crate::syntax::{self, SyntaxError};
use captures::Captures;
use scope::FunctionState;
use std::rc::Rc;

/// A program that parses but means nothing: an undefined label, too many locals, …
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SemanticError {
    /// Source line.
    pub line: u32,
    /// LuaJIT's message, without chunk name and line.
    pub message: Vec<u8>,
}

impl SemanticError {
    fn new(line: u32, message: impl Into<Vec<u8>>) -> SemanticError {
        SemanticError {
            line,
            message: message.into(),
        }
    }

    /// A message in which each `?` stands for the next of `names`, which need not be UTF-8.
    fn naming(line: u32, message: &str, names: &[&[u8]]) -> SemanticError {
        let mut names = names.iter();
        let mut bytes = Vec::new();
        for byte in message.bytes() {
            match byte {
                b'?' => bytes.extend_from_slice(names.next().copied().unwrap_or_default()),
                _ => bytes.push(byte),
            }
        }
        SemanticError::new(line, bytes)
    }
}

/// Compiles source text; `chunk_name` is the name as given to `load` (`@file`, `=name` or the source).
pub fn compile(source: &[u8], chunk_name: &[u8]) -> Result<Rc<CompiledFunction>, SyntaxError> {
    let chunk = syntax::parse(source, chunk_name)?;
    compile_parsed(&chunk, chunk_name)
}

/// Compiles a source that comes in pieces, see [`syntax::parse_pieces`].
pub fn compile_pieces(
    more: syntax::lexer::Pieces<'_>,
    chunk_name: &[u8],
) -> Result<Rc<CompiledFunction>, SyntaxError> {
    let chunk = syntax::parse_pieces(more, chunk_name)?;
    compile_parsed(&chunk, chunk_name)
}

fn compile_parsed(chunk: &Chunk, chunk_name: &[u8]) -> Result<Rc<CompiledFunction>, SyntaxError> {
    compile_chunk(chunk, chunk_name)
        .map_err(|error| SyntaxError::new(chunk_name, error.line, &error.message))
}

/// Compiles a parsed chunk; `chunk_name` is the name as given to `load` (`@file`, `=name` or the source).
pub fn compile_chunk(
    chunk: &Chunk,
    chunk_name: &[u8],
) -> Result<Rc<CompiledFunction>, SemanticError> {
    let mut compiler = Compiler {
        current: FunctionState::new(0),
        enclosing: Vec::new(),
        captures: captures::find_captures(chunk),
        next_local: 0,
        next_label: 0,
        chunk_name: chunk_name.into(),
    };
    compiler.function_code(&chunk.main)?;
    let main = FunctionState::new(0);
    let state = std::mem::replace(&mut compiler.current, main);
    compiler.finish(state, &chunk.main)
}

/// The state of the walk.
struct Compiler {
    /// The function whose code is being emitted.
    current: FunctionState,
    /// The functions around it, outermost first.
    enclosing: Vec<FunctionState>,
    captures: Captures,
    /// Number of the next local that comes into scope.
    next_local: u32,
    /// Number of the next label.
    next_label: u32,
    chunk_name: Bytes,
}
