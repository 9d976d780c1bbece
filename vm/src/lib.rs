//! The Lua virtual machine of rlove: values, heap, compiler, interpreter, standard library, embedding API.

pub mod bytecode;
pub mod compiler;
pub mod library;
pub mod syntax;
