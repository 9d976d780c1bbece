//! The builtin table: how every library function, of Lua and of LÖVE, is declared.
//!
//! A function is declared once, as a [`Builtin`]: its name, signature, documentation, effects, how compiled code may treat
//! it, and its body. Everything else (registration, argument names in messages, docs/compat.md, the recorder's rules)
//! reads this table.
//!
//! ```
//! use rlove_vm::builtin::*;
//! use rlove_vm::call::Call;
//! fn double(call: &mut Call) -> NativeResult {
//!     let number = call.number(1)?;
//!     call.one(number * 2.0)
//! }
//! static FUNCTIONS: &[Builtin] = &[Builtin::native(
//!     "example.double", "(x: number) -> number", "Twice x.", Effects::PURE, Recording::Never("an example"), double,
//! )];
//! # assert_eq!(FUNCTIONS[0].short_name(), "double");
//! ```
//!
//! ## The signature language
//! `(name: type, name: type = default, [name: type], ...: type) -> type, type`; overloads are separated by ` | `. Types:
//! `any nil boolean number integer string table function thread userdata cdata`, `{number}` (table of numbers),
//! `"alpha" / "add"` (string enumeration), object types by their name (`Image`, `Drawable`), `T?` for optional. A test parses
//! every signature of the table.
//!
//! ## How a body works
//! It gets a [`Call`]: arguments are numbered from 1. It answers with [`Call::one`], [`Call::none`], or pushes results and
//! answers [`Call::pushed`]; `?` passes errors on. Between being called and answering it may create values freely (no
//! collection cycle starts inside a body) but values held in Rust variables across [`Call::call_function`], which runs
//! Lua code, must also be in the stack (arguments and pushed values are).

use crate::bytecode::Opcode;
use crate::call::Call;
use crate::value::Value;

pub use crate::call::{NativeResult, Outcome, Raised};

/// What calling a function may do, for the trace compiler.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Effects(u16);

impl Effects {
    /// The result depends on the arguments only; nothing else happens.
    pub const PURE: Effects = Effects(0);
    /// Reads tables, upvalues or engine state.
    pub const READS: Effects = Effects(1);
    /// Changes tables, upvalues or engine state.
    pub const WRITES: Effects = Effects(2);
    /// Allocates in the heap.
    pub const ALLOCATES: Effects = Effects(4);
    /// May raise an error after something happened already.
    pub const RAISES_LATE: Effects = Effects(8);
    /// Calls Lua code.
    pub const CALLS_LUA: Effects = Effects(16);
    /// Looks at the frames of its callers.
    pub const NEEDS_FRAMES: Effects = Effects(32);
    /// May suspend the running coroutine.
    pub const SUSPENDS: Effects = Effects(64);
    /// Tells what the heap holds: a loop around it sees allocations that compiled code would leave out.
    pub const OBSERVES_HEAP: Effects = Effects(128);

    /// Both.
    pub const fn and(self, other: Effects) -> Effects {
        Effects(self.0 | other.0)
    }
    /// Whether all of `other` is in it.
    pub const fn contains(self, other: Effects) -> bool {
        self.0 & other.0 == other.0
    }
}

/// A type in unboxed form, for direct calls from compiled code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NativeType {
    /// `f64`
    Number,
    /// `i32`
    Integer,
    /// `bool` as 0 or 1
    Boolean,
    /// The value's word
    Value,
}

/// How the trace compiler treats a function.
#[derive(Clone, Copy, Debug)]
pub enum Recording {
    /// One operation of the intermediate representation, by its name.
    Operation(&'static str),
    /// A direct call of a native entry that takes unboxed arguments.
    Call(NativeEntry),
    /// The recorder has a rule of its own under this name.
    Special(&'static str),
    /// The body is Lua code and is recorded like any other.
    EmbeddedLua,
    /// Compiled code calls the Rust body if the effects allow it.
    ByEffects,
    /// Ends the trace; the reason is shown to users.
    Never(&'static str),
}

/// A native entry for compiled code.
#[derive(Clone, Copy, Debug)]
pub struct NativeEntry {
    /// Address of an `extern "C"` function: `(vm, arguments...) -> status`.
    pub address: *const (),
    /// Argument types after the virtual machine.
    pub arguments: &'static [NativeType],
    /// Result, written through a last pointer argument if there is one.
    pub result: Option<NativeType>,
}

// SAFETY: I11: the address is that of a function, which any thread may call.
unsafe impl Sync for NativeEntry {}
// SAFETY: I11: as above.
unsafe impl Send for NativeEntry {}

/// The Rust body of a builtin.
pub type NativeFunction = fn(&mut Call<'_>) -> NativeResult;

/// How a builtin is carried out.
#[derive(Clone, Copy)]
pub enum Entry {
    /// A Rust function.
    Native(NativeFunction),
    /// An instruction of the interpreter (pcall, coroutine switches, next).
    Header(Opcode),
    /// Our own Lua text: a chunk that returns the function. It is given the library table as its first argument and
    /// runs once, at registration.
    Lua(&'static str),
}

/// One declared library function.
#[derive(Clone, Copy)]
pub struct Builtin {
    /// Full name, `library.function` or `Type:method`.
    pub name: &'static str,
    /// Signature (see the module's text).
    pub signature: &'static str,
    /// What it does, in a sentence.
    pub documentation: &'static str,
    /// What else may happen.
    pub effects: Effects,
    /// What compiled code does with it.
    pub recording: Recording,
    /// Its body.
    pub entry: Entry,
}

impl Builtin {
    /// Declares a function written in Rust.
    pub const fn native(
        name: &'static str,
        signature: &'static str,
        documentation: &'static str,
        effects: Effects,
        recording: Recording,
        body: NativeFunction,
    ) -> Builtin {
        Builtin {
            name,
            signature,
            documentation,
            effects,
            recording,
            entry: Entry::Native(body),
        }
    }
    /// Declares a function that is an instruction of the interpreter.
    pub const fn header(
        name: &'static str,
        signature: &'static str,
        documentation: &'static str,
        effects: Effects,
        recording: Recording,
        header: Opcode,
    ) -> Builtin {
        Builtin {
            name,
            signature,
            documentation,
            effects,
            recording,
            entry: Entry::Header(header),
        }
    }
    /// Declares a function written in Lua.
    pub const fn lua(
        name: &'static str,
        signature: &'static str,
        documentation: &'static str,
        source: &'static str,
    ) -> Builtin {
        Builtin {
            name,
            signature,
            documentation,
            effects: Effects::CALLS_LUA,
            recording: Recording::EmbeddedLua,
            entry: Entry::Lua(source),
        }
    }
    /// The name without the library, as messages show it.
    pub fn short_name(&self) -> &'static str {
        self.name.rsplit(['.', ':']).next().unwrap_or(self.name)
    }
}

/// The placeholder declaration of functions made by [`Vm::new_native_function`](crate::vm::Vm::new_native_function).
pub static ANONYMOUS: Builtin = Builtin::native(
    "?",
    "(...) -> ...",
    "A function of the embedding program.",
    Effects::READS,
    Recording::Never("a function of the embedding program"),
    anonymous,
);

fn anonymous(call: &mut Call<'_>) -> NativeResult {
    call.one(Value::NIL)
}
