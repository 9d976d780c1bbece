//! The Lua virtual machine of rlove: values, heap, compiler, interpreter, standard library, embedding API.
//!
//! The way of a program: [`syntax`] (source to tree) → [`compiler`] (tree to [`bytecode`]) → [`vm`] (loading) → [`interpreter`].
//! Values are [`value::Value`] words; [`object`] has their layout, [`heap`] their memory. Library functions are
//! declared in the form of [`builtin`] and see the machine through [`call::Call`]. What lies to the right of this crate
//! comes in through [`seams`].

// Objects are addressed by raw pointers throughout; I1 says why following them is sound. The safe face is `api`.
#![allow(clippy::not_unsafe_ptr_arg_deref)]

pub mod api;
pub mod builtin;
pub mod bytecode;
pub mod call;
pub mod compiler;
pub mod heap;
pub mod interpreter;
pub mod layout;
pub mod library;
pub mod object;
pub mod seams;
pub mod syntax;
pub mod sys;
pub mod value;
pub mod vm;
