//! From source text to a syntax tree: lexer, number scanner, parser, and the text dumps of their results.
//!
//! Safe code only, and no dependency on the rest of the crate: the bytecode compiler reads [`ast`], nothing else.

#![forbid(unsafe_code)]

pub mod ast;
