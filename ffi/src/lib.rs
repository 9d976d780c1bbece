//! The foreign function interface: C declarations, C types, C data, calls into C and back.
//!
//! ```
//! use rlove_vm::{library, vm::Vm};
//! let mut vm = Vm::new();
//! library::open_all(&mut vm).unwrap();
//! rlove_ffi::open(&mut vm).unwrap();
//! let chunk = vm.load_source(b"return tonumber(require('ffi').new('int[3]', 7)[2] + 1LL)", b"=example").unwrap();
//! let results = vm.call_function(chunk, &[]).unwrap();
//! assert_eq!(results[0].as_number(), Some(8.0));
//! ```
//! Without [`open`] a machine has no FFI: `1LL` is a load error and `require("ffi")` finds nothing. That is the switch for programs
//! that are not trusted.
//!
//! | module | what is there |
//! |---|---|
//! | [`types`], [`type_text`] | the table of C types, types as text |
//! | [`lexer`], [`parser`], [`layout`] | C source → types |
//! | [`plan`] | what an operation means: the one description that interpreter and trace compiler share |
//! | [`abi`] | how values travel in calls, as tables |
//! | [`memory`] | reading and writing C data |
//! | [`state`], [`convert`], [`initialise`], [`arithmetic`], [`operations`] | plans carried out |
//! | [`native_call`], [`callback`], [`call_stub`] | into C and back |
//! | [`libraries`], [`library`], [`sys`] | `ffi.*`, libraries, the operating system |

pub mod abi;
pub mod arithmetic;
pub mod call_stub;
pub mod callback;
pub mod convert;
pub mod initialise;
pub mod layout;
pub mod lexer;
pub mod libraries;
pub mod library;
pub mod memory;
pub mod native_call;
pub mod operations;
pub mod parser;
pub mod plan;
pub mod state;
pub mod sys;
pub mod type_text;
pub mod types;

pub use library::open;
pub use state::Ffi;
