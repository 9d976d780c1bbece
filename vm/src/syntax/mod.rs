//! From source text to a syntax tree: lexer, number scanner, parser, and the text dumps of their results.
//!
//! ```
//! let chunk = rlove_vm::syntax::parse(b"return 1 + 1", b"@sum.lua").unwrap();
//! assert_eq!(chunk.main.body.statements.len(), 1);
//!
//! let error = rlove_vm::syntax::parse(b"x = = 1", b"@sum.lua").unwrap_err();
//! assert_eq!(error.message, b"sum.lua:1: unexpected symbol near '='");
//! ```
//!
//! The language is that of LuaJIT's newest 2.1, whose extensions do not change the meaning of older programs: `goto`, `continue`
//! and `const` stay usable as names. Messages are, byte for byte, those of LuaJIT.
//!
//! Safe code only, and no dependency on the rest of the crate: the bytecode compiler reads [`ast`], nothing else.
//! Not here: scopes, jumps and limits of functions, which are the compiler's; binary chunks, which the loader recognises by
//! their first byte before it comes here.

#![forbid(unsafe_code)]

pub mod ast;
pub mod chunk_name;
pub mod dump;
pub mod lexer;
pub mod number;
mod parser;

/// Why a source could not be compiled: LuaJIT's message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SyntaxError {
    /// `file.lua:3: '=' expected near 'x'`. Bytes, because it quotes source.
    pub message: Vec<u8>,
    /// The line in it.
    pub line: ast::Line,
}

impl SyntaxError {
    /// An error with the message `chunk:line: message`. Also for the compiler's own errors.
    pub fn new(chunk_name: &[u8], line: ast::Line, message: &[u8]) -> SyntaxError {
        SyntaxError {
            message: chunk_name::located_message(chunk_name, line, message),
            line,
        }
    }
}

impl std::fmt::Display for SyntaxError {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(&String::from_utf8_lossy(&self.message))
    }
}

impl std::error::Error for SyntaxError {}

/// Parses `source`, which is loaded under `chunk_name` (as [`chunk_name`](mod@chunk_name) explains).
pub fn parse(source: &[u8], chunk_name: &[u8]) -> Result<ast::Chunk, SyntaxError> {
    parser::Parser::new(lexer::Lexer::new(source, chunk_name)).parse_chunk()
}

/// Parses a source that comes in pieces, which are asked for only as far as they are needed: a syntax error ends it.
pub fn parse_pieces(more: lexer::Pieces<'_>, chunk_name: &[u8]) -> Result<ast::Chunk, SyntaxError> {
    parser::Parser::new(lexer::Lexer::of_pieces(more, chunk_name)).parse_chunk()
}
