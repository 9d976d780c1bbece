//! The intermediate representation of a trace: typed, linear, in static single assignment form.
//!
//! A [`Trace`] is what the recorder produces, the optimiser rewrites and the back end compiles. It describes one path through the
//! program; wherever the program could leave that path there is a *guard*, and every guard names a [`Snapshot`] from
//! which the interpreter's state is rebuilt when it fails.
//!
//! ```text
//! for i = 1, n do s = s + t[i] end          (one pass as recorded; slots: 0 s, 1 t, 2 i, …)
//!
//! 0000 value    slot_load #0
//! 0001 number   unbox 0000                 > 0
//! 0002 value    slot_load #1
//! 0003 table    unbox 0002                 > 0
//! 0004 pointer  load_field 0003 #table_body
//! ```
//!
//! ## Values and types
//! [`Type::Value`] is a tagged word as the interpreter has it. The other types are *unboxed*: a double, an `i32`, an address without its tag.
//! `Unbox` is the guard that turns a word into a typed value. The recorder never boxes: stores, snapshots and calls take a reference of any type
//! and write its tagged word (an `Integer` is written as the double it stands for; a `Pointer` is never written). Only
//! the loop pass makes a `box`, for a phi whose first value is a word.
//!
//! nil, false and true are constants of type `Value`; a comparison is a guard, so along a trace its outcome is known.
//!
//! ## Memory
//! Tables are reached through their parts (see `rlove_vm::object::table`): `load_field t #table_body` gives the body, on which array
//! and hash operations work; named slots are `load_inline t #slot` after `guard_shape t #shape` and `guard_inline_capacity t #n`.
//! Two references of different alias class never overlap; inside one class two tables with different guarded shapes, two fresh
//! allocations, two different constants, and equal bases with different literals do not overlap. A call with
//! [`HelperEffects::WRITES`] kills everything that was loaded from memory.
//!
//! ## Stack slots
//! Slots are numbered from the base of the frame in which the trace starts; slot -2 is the function, slot -1 the frame link. A slot is
//! only read by `slot_load` (the value at trace entry) and only written by snapshots: at an exit, at a link to another trace, and at the entry of a
//! side trace. Frames of inlined calls are slots too: function and link words are constants in the snapshot.
//!
//! ## Loops
//! A recorded loop ends with [`Link::Loop`] and its last snapshot says what each slot holds at the end of the pass. The loop pass appends a copy of the body
//! behind a `loop` marker, substituting for each `slot_load` the value at the end of the pass before; what did not change is used
//! from the first copy, and that is how invariant code leaves the loop. `phi a b` (at the end) says that value `a` of the first pass is
//! replaced by `b` at each back edge.
//!
//! ## Invariants
//! * An operand is a constant or a lower-numbered instruction that has a result (phis' second operands may be any).
//! * A guard has a snapshot; snapshots are in program order; the state a snapshot describes is that *before* the bytecode instruction
//!   at its `pc`, so that re-executing this instruction in the interpreter is right: no effect may lie between a snapshot
//!   and a guard that uses it.
//! * Only stores, calls with effects and allocations have effects; everything else may be removed when unused, except guards.
//!
//! What this module does not do: print and parse ([`text`]), check ([`verify`]), execute ([`execute`]).

pub mod execute;
pub mod text;
pub mod verify;

/// Calls `$callback!` with the table of operations:
/// `Name "text" (operands) result guard effect "documentation";`
///
/// operands: any of `a b c` (references) and `lit` (the literal). result: a [`Type`], `None`, or `Any` (stated in the instruction).
/// effect: `Pure` (depends on operands only), `Load`, `Store`, `Allocate`, `Call` (the helper says), `Control`.
#[macro_export]
macro_rules! for_each_operation {
    ($callback:ident) => {
        $callback! {
            // Entry.
            SlotLoad "slot_load" (lit) Value plain Pure "the word in stack slot lit (signed) at entry of the trace";
            // Types.
            Unbox "unbox" (a) Any guard Pure "the word a as the type of the instruction: number (a double), table, string (interned), long_string, function, object; leaves if it is something else. Of an `integer` operand never";
            GuardBits "guard_bits" (a b) None guard Pure "word a is the constant word b (nil, booleans, function identity, frame links)";
            GuardNotBits "guard_not_bits" (a b) None guard Pure "word a is not the constant word b";
            GuardTruth "guard_truth" (a lit) None guard Pure "word a is true in Lua's sense (lit 1), or nil or false (lit 0)";
            GuardKind "guard_kind" (a lit) None guard Pure "the object a (type object or function) has ObjectKind lit";
            // Comparisons: leave if they do not hold. On numbers or integers (both operands of one type); Equal and NotEqual also on addresses.
            Equal "eq" (a b) None guard Pure "a == b";
            NotEqual "ne" (a b) None guard Pure "a ~= b";
            Less "lt" (a b) None guard Pure "a < b";
            NotLess "nlt" (a b) None guard Pure "not (a < b): true for NaN";
            LessEqual "le" (a b) None guard Pure "a <= b";
            NotLessEqual "nle" (a b) None guard Pure "not (a <= b): true for NaN";
            Bounds "bounds" (a b) None guard Pure "integer a is at least 0 and at most integer b (one unsigned comparison)";
            UnsignedLess "ult" (a b) None guard Pure "a < b as unsigned integers or 64-bit integers";
            UnsignedNotLess "unlt" (a b) None guard Pure "not (a < b) as unsigned integers or 64-bit integers";
            // Arithmetic on numbers, bit for bit as the interpreter's.
            Add "add" (a b) Number plain Pure "a + b";
            Subtract "sub" (a b) Number plain Pure "a - b";
            Multiply "mul" (a b) Number plain Pure "a * b";
            Divide "div" (a b) Number plain Pure "a / b";
            Modulo "mod" (a b) Number plain Pure "a - floor(a / b) * b as the interpreter computes it";
            Power "pow" (a b) Number plain Pure "a ^ b as the interpreter computes it";
            Negate "neg" (a) Number plain Pure "-a";
            Absolute "abs" (a) Number plain Pure "|a|";
            SquareRoot "sqrt" (a) Number plain Pure "square root";
            Floor "floor" (a) Number plain Pure "rounded down";
            Ceil "ceil" (a) Number plain Pure "rounded up";
            Minimum "min" (a b) Number plain Pure "math.min(a, b)";
            Maximum "max" (a b) Number plain Pure "math.max(a, b)";
            // Integers (32 bits).
            AddInteger "addi" (a b) Integer plain Pure "a + b; known not to overflow, or wrapping";
            SubtractInteger "subi" (a b) Integer plain Pure "a - b; as addi";
            MultiplyInteger "muli" (a b) Integer plain Pure "a * b, wrapping";
            AddOverflow "addov" (a b) Integer guard Pure "a + b; leaves at overflow";
            SubtractOverflow "subov" (a b) Integer guard Pure "a - b; leaves at overflow";
            MultiplyOverflow "mulov" (a b) Integer guard Pure "a * b; leaves at overflow, and where the result is 0 with a negative operand (-0)";
            NegateInteger "negi" (a) Integer plain Pure "-a, wrapping";
            BitAnd "band" (a b) Integer plain Pure "a & b";
            BitOr "bor" (a b) Integer plain Pure "a | b";
            BitXor "bxor" (a b) Integer plain Pure "a ^ b";
            BitNot "bnot" (a) Integer plain Pure "~a";
            ShiftLeft "shl" (a b) Integer plain Pure "a << (b & 31)";
            ShiftRight "shr" (a b) Integer plain Pure "logical a >> (b & 31)";
            ShiftRightArithmetic "sar" (a b) Integer plain Pure "arithmetic a >> (b & 31)";
            RotateLeft "rol" (a b) Integer plain Pure "rotated left by b & 31";
            RotateRight "ror" (a b) Integer plain Pure "rotated right by b & 31";
            ByteSwap "bswap" (a) Integer plain Pure "bytes reversed";
            // Conversions.
            IntegerToNumber "int_to_num" (a) Number plain Pure "the double of integer a";
            NumberToInteger "num_to_int" (a) Integer guard Pure "the integer that number a is; leaves if it is none of 32 bits. -0 gives 0";
            NumberToBits "num_to_bits" (a) Integer plain Pure "number a modulo 2^32 as the bit library takes it (bit.tobit)";
            UnsignedToNumber "uint_to_num" (a) Number plain Pure "the double of a as an unsigned integer";
            // 64-bit integers and foreign memory (FFI). Type int64 holds signed and unsigned words; the operation says which.
            Add64 "add64" (a b) Int64 plain Pure "a + b, wrapping";
            Subtract64 "sub64" (a b) Int64 plain Pure "a - b, wrapping";
            Multiply64 "mul64" (a b) Int64 plain Pure "a * b, wrapping";
            BitAnd64 "band64" (a b) Int64 plain Pure "a & b";
            BitOr64 "bor64" (a b) Int64 plain Pure "a | b";
            BitXor64 "bxor64" (a b) Int64 plain Pure "a ^ b";
            BitNot64 "bnot64" (a) Int64 plain Pure "~a";
            ShiftLeft64 "shl64" (a b) Int64 plain Pure "a << (b & 63); b an integer";
            ShiftRight64 "shr64" (a b) Int64 plain Pure "logical a >> (b & 63); b an integer";
            ShiftRightArithmetic64 "sar64" (a b) Int64 plain Pure "arithmetic a >> (b & 63); b an integer";
            SignExtend64 "sext64" (a) Int64 plain Pure "integer a, sign-extended";
            ZeroExtend64 "zext64" (a) Int64 plain Pure "integer a, zero-extended";
            Truncate64 "trunc64" (a) Integer plain Pure "the low 32 bits of a";
            NumberToInt64 "num_to_i64" (a) Int64 plain Pure "number a truncated as C converts double to int64_t (cvttsd2si)";
            Int64ToNumber "i64_to_num" (a) Number plain Pure "the double of signed a";
            UInt64ToNumber "u64_to_num" (a) Number plain Pure "the double of unsigned a";
            AddressOf "address" (a) Int64 plain Pure "the address of an object or pointer, as an integer";
            LoadMemory "load_mem" (a lit) Any plain Load "foreign memory at int64 address a + offset; lit: MemoryAccess kind and signed 24-bit offset; result integer, number or int64";
            StoreMemory "store_mem" (a b lit) None plain Store "foreign memory at int64 address a + offset = b; lit as load_mem";
            // Tables: guards.
            GuardShape "guard_shape" (a lit) None guard Load "table or userdata a has shape lit in its header";
            GuardInlineCapacity "guard_inline_capacity" (a lit) None guard Pure "table a has exactly lit inline slots (never changes in its life)";
            GuardHashEntry "guard_hash_entry" (a b lit) None guard Load "hash part a (pointer) has more than lit entries, and entry lit has the key word b";
            GuardEpoch "guard_epoch" (lit) None guard Load "the heap's prototype epoch is lit: what was found through __index chains is still there";
            GuardUpvalueSlot "guard_upvalue_slot" (a lit) None guard Load "the location of upvalue object a (pointer) is stack slot lit (signed) of the entry base";
            GuardUpvalueOutside "guard_upvalue_outside" (a lit) None guard Load "the location of upvalue object a (pointer) is not among the stack slots 0 to lit - 1 of the entry base";
            GuardNoOpenUpvalue "guard_no_open_upvalue" (lit) None guard Load "no open upvalue of the running thread is at or above stack slot lit (signed) of the entry base";
            // Memory.
            LoadField "load_field" (a lit) Any plain Load "field lit (see Field) of the object or part a; the field says the type";
            LoadInline "load_inline" (a lit) Value plain Load "inline slot lit of table a";
            LoadSlotArray "load_slot" (a lit) Value plain Load "slot lit of slot array a (pointer)";
            LoadElement "load_element" (a b) Value plain Load "element b (integer, inside the bounds) of body a (pointer)";
            LoadHashValue "load_hash_value" (a lit) Value plain Load "value of entry lit of hash part a (pointer)";
            LoadUpvalue "load_upvalue" (a) Value plain Load "the value of upvalue object a (pointer), through its location";
            LoadByte "load_byte" (a b) Integer plain Load "byte at pointer a + integer b (string contents: never written)";
            StoreField "store_field" (a b lit) None plain Store "field lit of a = b (fields of parts that are no Lua values: no barrier)";
            StoreShape "store_shape" (a lit) None plain Store "shape of table a = lit (a key was added; its slot is stored right after)";
            StoreInline "store_inline" (a b lit) None plain Store "inline slot lit of table a = b";
            StoreSlotArray "store_slot" (a b lit) None plain Store "slot lit of slot array a = b";
            StoreElement "store_element" (a b c) None plain Store "element b of body a = c";
            StoreHashValue "store_hash_value" (a b lit) None plain Store "value of entry lit of hash part a = b";
            StoreUpvalue "store_upvalue" (a b) None plain Store "value of upvalue object a = b";
            // Allocation: inline bump; the slow path takes a new run and never starts a collection.
            NewTable "new_table" (lit) Table plain Allocate "an empty table; lit: shape in the low 24 bits, inline slots above; slots are nil, body the empty body. The shape's keys are stored right after";
            SafePoint "safe_point" () None guard Load "leaves if a collection cycle wants to start or finalizers wait (once a pass in traces that allocate)";
            StackCheck "stack_check" (lit) None guard Load "the running stack has room for lit slots above the entry base";
            // Calls.
            CallHelper "call" (args lit) Any guard Call "helper lit (see helper table) with the argument list; a failing helper leaves (nothing has happened), unless its effects say that it cannot fail";
            CallNative "call_native" (args lit) Any guard Call "typed builtin lit of the trace's native entries, with the argument list; Refused leaves, Raised leaves with the error";
            // Structure.
            Box "box" (a) Value plain Pure "the tagged word of a (any type but int64 and pointer), where a phi needs a word";
            Loop "loop" () None plain Control "what follows is the loop's body; the end jumps here";
            Phi "phi" (a b) Any plain Control "at the back edge a takes the value of b";
            Nop "nop" () None plain Control "removed";
        }
    };
}

macro_rules! define_operations {
    ($($name:ident $text:literal ($($operand:ident)*) $result:ident $guard:ident $effect:ident $doc:literal;)*) => {
        /// An operation.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[repr(u8)]
        pub enum Operation { $(#[doc = $doc] $name,)* }
        impl Operation {
            /// All operations.
            pub const ALL: &'static [Operation] = &[$(Operation::$name,)*];
            const TEXTS: &'static [&'static str] = &[$($text,)*];
            const OPERANDS: &'static [&'static [&'static str]] = &[$(&[$(stringify!($operand)),*],)*];
            const RESULTS: &'static [ResultType] = &[$(ResultType::$result,)*];
            const GUARDS: &'static [&'static str] = &[$(stringify!($guard),)*];
            const EFFECTS: &'static [Effect] = &[$(Effect::$effect,)*];
        }
    };
}
for_each_operation!(define_operations);

/// What the operation table says about the result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ResultType {
    /// No result.
    None,
    /// The instruction states it.
    Any,
    /// Always a word.
    Value,
    /// Always a double.
    Number,
    /// Always 32 bits.
    Integer,
    /// Always 64 bits.
    Int64,
    /// Always a table.
    Table,
}

/// How an operation stands to memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Depends on its operands only.
    Pure,
    /// Reads memory.
    Load,
    /// Writes memory.
    Store,
    /// Makes an object.
    Allocate,
    /// The helper's [`HelperEffects`] say.
    Call,
    /// Structure of the trace.
    Control,
}

impl Operation {
    /// Its name in listings.
    pub fn text(self) -> &'static str {
        Self::TEXTS[self as usize]
    }
    /// The operation with this name.
    pub fn from_text(text: &str) -> Option<Operation> {
        Self::ALL
            .iter()
            .copied()
            .find(|operation| operation.text() == text)
    }
    /// Operand names: `a b c` references, `lit` literal, `args` argument list.
    pub fn operands(self) -> &'static [&'static str] {
        Self::OPERANDS[self as usize]
    }
    /// Number of reference operands (argument lists not counted).
    pub fn reference_count(self) -> usize {
        self.operands()
            .iter()
            .filter(|name| name.len() == 1)
            .count()
    }
    /// Whether the literal means something.
    pub fn has_literal(self) -> bool {
        self.operands().contains(&"lit")
    }
    /// Whether there is an argument list.
    pub fn has_arguments(self) -> bool {
        self.operands().contains(&"args")
    }
    /// What the table says about the result.
    pub fn result(self) -> ResultType {
        Self::RESULTS[self as usize]
    }
    /// Whether it can leave the trace.
    pub fn is_guard(self) -> bool {
        Self::GUARDS[self as usize] == "guard"
    }
    /// How it stands to memory.
    pub fn effect(self) -> Effect {
        Self::EFFECTS[self as usize]
    }
}

/// Type of a reference.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(u8)]
pub enum Type {
    /// No result.
    None,
    /// Tagged word.
    Value,
    /// `f64`
    Number,
    /// `i32`; stands for the double of the same value when written out.
    Integer,
    /// 64-bit integer of the FFI; boxed as cdata by explicit calls only.
    Int64,
    /// Address of a table.
    Table,
    /// Address of an interned string.
    String,
    /// Address of a string that is not interned.
    LongString,
    /// Address of a function.
    Function,
    /// Address of a thread, userdata or cdata.
    Object,
    /// Address of something that is no Lua value (table bodies, hash parts, slot arrays, upvalue objects, bytes).
    Pointer,
}

impl Type {
    /// All types.
    pub const ALL: &'static [Type] = &[
        Type::None,
        Type::Value,
        Type::Number,
        Type::Integer,
        Type::Int64,
        Type::Table,
        Type::String,
        Type::LongString,
        Type::Function,
        Type::Object,
        Type::Pointer,
    ];
    /// Its name in listings.
    pub fn text(self) -> &'static str {
        [
            "-",
            "value",
            "number",
            "integer",
            "int64",
            "table",
            "string",
            "long_string",
            "function",
            "object",
            "pointer",
        ][self as usize]
    }
    /// Whether it lives in a floating-point register.
    pub fn is_float(self) -> bool {
        self == Type::Number
    }
    /// The tag of the boxed word, for addresses with one.
    pub fn tag(self) -> Option<u64> {
        use rlove_vm::value as tags;
        match self {
            Type::Table => Some(tags::TAG_TABLE),
            Type::String => Some(tags::TAG_STRING),
            Type::LongString => Some(tags::TAG_LONG_STRING),
            Type::Function => Some(tags::TAG_FUNCTION),
            Type::Object => Some(tags::TAG_OBJECT),
            _ => None,
        }
    }
}

/// A reference: an instruction by number, or a constant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Ref(u32);

impl Ref {
    const CONSTANT: u32 = 0x8000_0000;
    /// No operand.
    pub const NONE: Ref = Ref(u32::MAX);
    /// Instruction `index`.
    pub fn instruction(index: usize) -> Ref {
        Ref(index as u32)
    }
    /// Constant `index`.
    pub fn constant(index: usize) -> Ref {
        Ref(index as u32 | Self::CONSTANT)
    }
    /// Whether there is no operand.
    pub fn is_none(self) -> bool {
        self == Self::NONE
    }
    /// Number of the constant, if it is one.
    pub fn as_constant(self) -> Option<usize> {
        (self.0 & Self::CONSTANT != 0 && !self.is_none())
            .then_some((self.0 & !Self::CONSTANT) as usize)
    }
    /// Number of the instruction, if it is one.
    pub fn as_instruction(self) -> Option<usize> {
        (self.0 & Self::CONSTANT == 0).then_some(self.0 as usize)
    }
}

/// A constant. Equal constants are one (see [`Trace::constant`]).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Constant {
    /// Type number, by its bits (so that NaN and -0 compare).
    Number(u64),
    /// Type integer.
    Integer(i32),
    /// Type int64.
    Int64(i64),
    /// A Lua value that is no number: nil, booleans (type value), or an object (type by its tag; kept alive by the trace).
    Word(u64),
    /// A word for a frame slot (frame link): written by snapshots as it is; type value, never unboxed.
    Frame(u64),
    /// Type pointer: the address of a part of an object (upvalue object, …), kept alive through `Trace::roots`.
    Pointer(u64),
}

impl Constant {
    /// Its type.
    pub fn ty(self) -> Type {
        match self {
            Constant::Number(_) => Type::Number,
            Constant::Integer(_) => Type::Integer,
            Constant::Int64(_) => Type::Int64,
            Constant::Frame(_) => Type::Value,
            Constant::Pointer(_) => Type::Pointer,
            Constant::Word(bits) => {
                let tag = bits >> rlove_vm::value::TAG_SHIFT;
                Type::ALL
                    .iter()
                    .copied()
                    .find(|ty| ty.tag() == Some(tag))
                    .unwrap_or(Type::Value)
            }
        }
    }
}

/// Fields of objects and parts that the IR reads and writes by name; offsets come from `rlove_vm::layout`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u32)]
pub enum Field {
    /// Body of a table (pointer).
    TableBody,
    /// Greatest key of a body's array (integer).
    ArrayLength,
    /// Room of a body's array (integer).
    ArrayCapacity,
    /// Flags of a body (integer, one byte; bit 0: every element is a number).
    ArrayFlags,
    /// General hash part of a body (pointer, may be null).
    HashPart,
    /// Slot array or string hash of a body (pointer, may be null).
    SlotArray,
    /// Metatable of a body, where the shape says that it is apart (pointer, may be null).
    Metatable,
    /// Metatable of a userdata (pointer, may be null).
    UserdataMetatable,
    /// Environment of a function (table).
    FunctionEnvironment,
    /// Prototype of a Lua function, native data of a builtin (pointer).
    FunctionData,
    /// Location of an upvalue (pointer).
    UpvalueLocation,
    /// Number of bytes of a string (integer).
    StringLength,
    /// Upvalue cell `n` of a Lua function is field `FirstUpvalueCell + n` (pointer).
    FirstUpvalueCell,
}

/// Every field: name in listings, type of the value.
const FIELDS: &[(Field, &str, Type)] = &[
    (Field::TableBody, "table_body", Type::Pointer),
    (Field::ArrayLength, "array_length", Type::Integer),
    (Field::ArrayCapacity, "array_capacity", Type::Integer),
    (Field::ArrayFlags, "array_flags", Type::Integer),
    (Field::HashPart, "hash_part", Type::Pointer),
    (Field::SlotArray, "slot_array", Type::Pointer),
    (Field::Metatable, "metatable", Type::Pointer),
    (
        Field::UserdataMetatable,
        "userdata_metatable",
        Type::Pointer,
    ),
    (
        Field::FunctionEnvironment,
        "function_environment",
        Type::Table,
    ),
    (Field::FunctionData, "function_data", Type::Pointer),
    (Field::UpvalueLocation, "upvalue_location", Type::Pointer),
    (Field::StringLength, "string_length", Type::Integer),
    (Field::FirstUpvalueCell, "upvalue_cell", Type::Pointer),
];

impl Field {
    /// The field that a literal names, and which of the upvalue cells.
    pub fn of_literal(literal: u32) -> (Field, u32) {
        let first_cell = Field::FirstUpvalueCell as u32;
        let (field, _, _) = FIELDS[literal.min(first_cell) as usize];
        (field, literal.saturating_sub(first_cell))
    }
    /// Its name in listings.
    pub fn text(self) -> &'static str {
        FIELDS[self as usize].1
    }
    /// The field with this name.
    pub fn from_text(text: &str) -> Option<Field> {
        FIELDS
            .iter()
            .find(|entry| entry.1 == text)
            .map(|entry| entry.0)
    }
    /// Type of its value.
    pub fn ty(self) -> Type {
        FIELDS[self as usize].2
    }
}

/// How foreign memory is accessed: bits 24..28 of a `load_mem` literal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum MemoryAccess {
    /// Signed byte ↔ integer.
    I8,
    /// Unsigned byte ↔ integer.
    U8,
    /// Signed 16 bits ↔ integer.
    I16,
    /// Unsigned 16 bits ↔ integer.
    U16,
    /// 32 bits ↔ integer.
    I32,
    /// 64 bits ↔ int64.
    I64,
    /// float ↔ number.
    F32,
    /// double ↔ number (a load makes NaNs canonical only when the number is written out).
    F64,
}

impl MemoryAccess {
    /// All of them, by their number.
    pub const ALL: [MemoryAccess; 8] = [
        MemoryAccess::I8,
        MemoryAccess::U8,
        MemoryAccess::I16,
        MemoryAccess::U16,
        MemoryAccess::I32,
        MemoryAccess::I64,
        MemoryAccess::F32,
        MemoryAccess::F64,
    ];
    /// Its name in listings.
    pub fn text(self) -> &'static str {
        ["i8", "u8", "i16", "u16", "i32", "i64", "f32", "f64"][self as usize]
    }
    /// The literal of an access with this offset.
    pub fn literal(self, offset: i32) -> u32 {
        (self as u32) << 24 | offset as u32 & 0xFF_FFFF
    }
    /// Access and offset of a literal.
    pub fn of_literal(literal: u32) -> Option<(MemoryAccess, i32)> {
        let access = *Self::ALL.get((literal >> 24 & 15) as usize)?;
        Some((access, (literal << 8) as i32 >> 8))
    }
    /// Number of bytes.
    pub fn bytes(self) -> u32 {
        [1, 1, 2, 2, 4, 8, 4, 8][self as usize]
    }
    /// Type of the value.
    pub fn ty(self) -> Type {
        match self {
            MemoryAccess::I64 => Type::Int64,
            MemoryAccess::F32 | MemoryAccess::F64 => Type::Number,
            _ => Type::Integer,
        }
    }
}

/// Literal flag of stores: the overwritten word is known to be no object, or the object fresh: no barrier.
pub const NO_BARRIER: u32 = 0x8000_0000;

/// One instruction.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Instruction {
    /// Operation.
    pub operation: Operation,
    /// Type of the result.
    pub ty: Type,
    /// Reference operands; [`Ref::NONE`] where there is none. Of calls: unused.
    pub operands: [Ref; 3],
    /// Literal. Stores may carry [`NO_BARRIER`] in it (element and upvalue stores have no other use for it).
    pub literal: u32,
    /// Calls: first argument in `Trace::arguments`, and how many.
    pub arguments: (u32, u32),
    /// Guards: number of the snapshot; else `u32::MAX`.
    pub snapshot: u32,
}

/// Snapshot number of instructions that are no guards.
pub const NO_SNAPSHOT: u32 = u32::MAX;

/// What a stack slot holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SnapshotEntry {
    /// Slot, from the entry base.
    pub slot: i32,
    /// Its value. Slots that hold what they held at trace entry are absent.
    pub value: Ref,
}

/// The interpreter's state at one point.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Snapshot {
    /// Address of the bytecode instruction to go on with (its first word).
    pub pc: usize,
    /// Where the running frame's base is, in slots from the entry base.
    pub base_offset: i32,
    /// Value of `vm.multiple_results` if the next instruction consumes an open number of values.
    pub multiple_results: Option<u32>,
    /// Changed slots, ascending.
    pub entries: Vec<SnapshotEntry>,
    /// Side effects not yet done whose objects are sunk: filled by allocation sinking.
    pub sunk: Vec<SunkObject>,
}

/// An allocation that was sunk: made only when an exit needs it.
#[derive(Clone, Debug, PartialEq)]
pub struct SunkObject {
    /// The allocation that it stands for (entries and fields refer to it).
    pub allocation: Ref,
    /// What has been stored to it so far: the store instructions, in order.
    pub stores: Vec<Ref>,
}

/// Where a trace goes on at its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Link {
    /// Back to its own start (or its `loop` marker), with the state of the last snapshot.
    Loop,
    /// To the start of another trace (or of itself with a moved base: recursion), after writing the last snapshot.
    Trace(u32),
    /// To the interpreter, by the last snapshot.
    Interpreter,
    /// Not linked yet.
    None,
}

/// A trace.
#[derive(Clone, Debug)]
pub struct Trace {
    /// Its number.
    pub number: u32,
    /// For a side trace: parent trace and its snapshot (= exit) number.
    pub parent: Option<(u32, u32)>,
    /// Address of the bytecode instruction at which it starts.
    pub start_pc: usize,
    /// Constants.
    pub constants: Vec<Constant>,
    /// Instructions.
    pub instructions: Vec<Instruction>,
    /// Argument lists of calls.
    pub arguments: Vec<Ref>,
    /// Snapshots in program order; the last describes the state at the end.
    pub snapshots: Vec<Snapshot>,
    /// Typed builtins that it calls.
    pub natives: Vec<rlove_vm::builtin::NativeEntry>,
    /// Where it goes on.
    pub link: Link,
    /// Words of objects that must stay alive besides the constants (prototypes whose code snapshots name, upvalue objects' owners).
    pub roots: Vec<u64>,
}

impl Trace {
    /// An empty trace.
    pub fn new(number: u32, start_pc: usize) -> Trace {
        Trace {
            number,
            parent: None,
            start_pc,
            constants: Vec::new(),
            instructions: Vec::new(),
            arguments: Vec::new(),
            snapshots: Vec::new(),
            natives: Vec::new(),
            link: Link::None,
            roots: Vec::new(),
        }
    }
    /// The reference of a constant, made once.
    pub fn constant(&mut self, constant: Constant) -> Ref {
        // Linear from the end: traces have few constants, and recent ones are asked for again.
        if let Some(index) = self.constants.iter().rposition(|&other| other == constant) {
            return Ref::constant(index);
        }
        self.constants.push(constant);
        Ref::constant(self.constants.len() - 1)
    }
    /// Type of a reference; [`Type::None`] for no operand.
    pub fn ty(&self, reference: Ref) -> Type {
        if let Some(index) = reference.as_constant() {
            return self
                .constants
                .get(index)
                .map_or(Type::None, |constant| constant.ty());
        }
        reference
            .as_instruction()
            .and_then(|index| self.instructions.get(index))
            .map_or(Type::None, |instruction| instruction.ty)
    }
    /// The constant behind a reference.
    pub fn constant_at(&self, reference: Ref) -> Option<Constant> {
        self.constants.get(reference.as_constant()?).copied()
    }
    /// Appends an instruction.
    pub fn push(&mut self, instruction: Instruction) -> Ref {
        self.instructions.push(instruction);
        Ref::instruction(self.instructions.len() - 1)
    }
    /// Index of the `loop` marker, if there is one.
    pub fn loop_marker(&self) -> Option<usize> {
        self.instructions
            .iter()
            .position(|instruction| instruction.operation == Operation::Loop)
    }
    /// Argument list of a call.
    pub fn arguments_of(&self, instruction: &Instruction) -> &[Ref] {
        let (first, count) = instruction.arguments;
        &self.arguments[first as usize..(first + count) as usize]
    }
}

/// What calling a helper may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HelperEffects(pub u8);

impl HelperEffects {
    /// Result depends on the arguments only; may be merged and moved.
    pub const PURE: HelperEffects = HelperEffects(0);
    /// Reads tables or other memory.
    pub const READS: HelperEffects = HelperEffects(1);
    /// Changes tables or other memory.
    pub const WRITES: HelperEffects = HelperEffects(2);
    /// Makes objects.
    pub const ALLOCATES: HelperEffects = HelperEffects(4);
    /// Can answer [`HELPER_FAILED`].
    pub const FAILS: HelperEffects = HelperEffects(8);
    /// Both.
    pub const fn and(self, other: HelperEffects) -> HelperEffects {
        HelperEffects(self.0 | other.0)
    }
    /// Whether all of `other` is in it.
    pub const fn contains(self, other: HelperEffects) -> bool {
        self.0 & other.0 == other.0
    }
}

/// The word by which a helper with [`HelperEffects::FAILS`] says: nothing happened, leave the trace, let the interpreter do it.
/// (A marker that no Lua value has.)
pub const HELPER_FAILED: u64 = 0xFFF9_7FFF_FFFF_FFFF;

/// A runtime function that compiled code calls: `extern "sysv64" fn(vm: *mut Vm, arguments…) -> result`. Integer-class arguments and
/// results are words or addresses, numbers are doubles. A `Value` argument takes the boxed word of any reference.
#[derive(Clone, Copy, Debug)]
pub struct Helper {
    /// Name in listings.
    pub name: &'static str,
    /// Address of the function.
    pub address: usize,
    /// Argument types after the virtual machine (at most five integer-class and eight numbers).
    pub arguments: &'static [Type],
    /// Type of the result.
    pub result: Type,
    /// What it may do.
    pub effects: HelperEffects,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_stand_at_their_number() {
        for (index, &(field, name, _)) in FIELDS.iter().enumerate() {
            assert_eq!(field as usize, index, "{name}");
            assert_eq!(Field::from_text(name), Some(field));
        }
        assert_eq!(
            Field::of_literal(Field::FirstUpvalueCell as u32 + 3),
            (Field::FirstUpvalueCell, 3)
        );
    }

    #[test]
    fn offsets_of_foreign_memory_are_signed() {
        for access in MemoryAccess::ALL {
            for offset in [0, 8, -8, 0x7F_FFFF, -0x80_0000] {
                assert_eq!(
                    MemoryAccess::of_literal(access.literal(offset)),
                    Some((access, offset))
                );
            }
        }
    }

    #[test]
    fn operation_names_are_unique() {
        for &operation in Operation::ALL {
            assert_eq!(Operation::from_text(operation.text()), Some(operation));
        }
    }

    #[test]
    fn constants_have_the_type_of_their_tag() {
        assert_eq!(
            Constant::Word(rlove_vm::value::TAG_TABLE << 48 | 16).ty(),
            Type::Table
        );
        assert_eq!(
            Constant::Word(rlove_vm::value::Value::NIL.bits()).ty(),
            Type::Value
        );
    }

    #[test]
    fn constants_are_made_once() {
        let mut trace = Trace::new(1, 0);
        let one = trace.constant(Constant::Integer(1));
        assert_eq!(trace.constant(Constant::Integer(1)), one);
        assert_ne!(trace.constant(Constant::Number(1f64.to_bits())), one);
    }
}
