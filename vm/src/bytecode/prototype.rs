//! The compiler's result: one function as plain data, before it is loaded into a heap.
//!
//! A [`CompiledFunction`] holds no heap pointers: string constants are bytes. Loading (`state::load`) interns the
//! strings and makes a heap prototype from it; `string.dump` writes it, the verifier checks it. Example: the chunk
//! `return 1` compiles to `func 1; loadint 0 1; return1 0`.
//!
//! Invariants (the verifier's, `bytecode::verify`): registers used are below `frame_size`; jumps land on instruction starts;
//! constant, upvalue, template and child indexes are in range; `lines` has one entry for each code word.

use std::rc::Rc;

/// A constant of a function.
#[derive(Clone, Debug, PartialEq)]
pub enum Constant {
    /// A double (NaN only as the canonical one).
    Number(f64),
    /// A byte string.
    String(Rc<[u8]>),
    /// `LL` literal; needs the FFI.
    Integer64(i64),
    /// `ULL` literal; needs the FFI.
    Unsigned64(u64),
    /// `i` literal (imaginary part); needs the FFI.
    Imaginary(f64),
    /// nil, false, true: only in tables of constants, never used by the arithmetic forms.
    Nil,
    /// A boolean.
    Boolean(bool),
}

/// Where a closure takes an upvalue from when it is created.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UpvalueSource {
    /// A register of the enclosing function.
    ParentRegister(u8),
    /// An upvalue of the enclosing function.
    ParentUpvalue(u8),
}

/// The life of a local variable, for messages and the debug library.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LocalVariable {
    /// Name as written; internal ones are `(for generator)`, `(for state)`, `(for control)`, `(for index)`,
    /// `(for limit)`, `(for step)` as LuaJIT names them.
    pub name: Rc<[u8]>,
    /// Register.
    pub register: u8,
    /// First code word at which it is alive.
    pub start_pc: u32,
    /// First code word at which it is dead again.
    pub end_pc: u32,
}

/// One compiled function with its children.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CompiledFunction {
    /// Instruction words; the first is a function header.
    pub code: Vec<u32>,
    /// Constants.
    pub constants: Vec<Constant>,
    /// Key lists of `NewRecord`: indexes of string constants, no key twice.
    pub templates: Vec<Vec<u32>>,
    /// Functions defined inside, by `Closure` operand.
    pub children: Vec<Rc<CompiledFunction>>,
    /// Upvalues in order.
    pub upvalues: Vec<UpvalueSource>,
    /// Names of the upvalues (may be empty when stripped).
    pub upvalue_names: Vec<Rc<[u8]>>,
    /// Local variables in order of their start (empty when stripped).
    pub locals: Vec<LocalVariable>,
    /// Source line of each code word (empty when stripped).
    pub lines: Vec<u32>,
    /// Chunk name as given (`@file`, `=name` or the source text).
    pub chunk_name: Rc<[u8]>,
    /// First line of the definition; 0 for a main chunk.
    pub first_line: u32,
    /// Last line of the definition.
    pub last_line: u32,
    /// Number of fixed parameters.
    pub parameter_count: u8,
    /// Whether it takes `...`.
    pub is_vararg: bool,
    /// Registers needed, call arguments included.
    pub frame_size: u8,
}
