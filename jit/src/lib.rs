//! The trace compiler: recorder, intermediate representation, optimiser, machine code.
//!
//! ```text
//! hot loop ──► recorder ──► ir::Trace ──► optimise (one pass per file) ──► backend ──► machine code
//! ```
//!
//! [`driver::install`] gives a virtual machine the compiler:
//!
//! ```
//! use rlove_vm::{library, vm::Vm};
//! let mut vm = Vm::new();
//! library::open_all(&mut vm).expect("the libraries open");
//! let is_compiling = rlove_jit::install(&mut vm);
//! assert_eq!(is_compiling, cfg!(target_arch = "x86_64"));
//! ```

#[cfg(target_arch = "x86_64")]
pub mod backend;
mod display;
#[cfg(target_arch = "x86_64")]
pub mod driver;
#[cfg(not(target_arch = "x86_64"))]
#[path = "no_backend.rs"]
pub mod driver;
#[cfg(target_arch = "x86_64")]
pub mod helpers;
pub mod ir;
pub mod optimise;
#[cfg(target_arch = "x86_64")]
pub mod recorder;
#[cfg(target_arch = "x86_64")]
mod sys;

/// Gives a virtual machine the trace compiler. False: there is no back end for this processor, everything is interpreted.
pub fn install(vm: &mut rlove_vm::vm::Vm) -> bool {
    driver::install(vm, driver::Display::default())
}
