//! The trace compiler: recorder, intermediate representation, optimiser, machine code.
//!
//! ```text
//! hot loop ──► recorder ──► ir::Trace ──► optimise (one pass per file) ──► backend ──► machine code
//! ```
//!
//! What is there so far: the intermediate representation ([`ir`]), the optimiser ([`optimise`]) and machine code
//! ([`backend`]).

pub mod backend;
pub mod ir;
pub mod optimise;
mod sys;
