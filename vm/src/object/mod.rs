//! Heap objects: the layout of every structure that machine code or the collector touches.
//!
//! All objects start with an [`ObjectHeader`] of eight bytes. Sizes are multiples of 16 bytes in the heap. Every
//! struct here is `#[repr(C)]`; the assertions at the end are the contract with compiled code (architecture: layouts once).
//!
//! What this module does not do: allocate (see `heap`), or know what operations mean (see `interpreter`).

pub mod cdata;
pub mod function;
pub mod hash_part;
pub mod shape;
pub mod string;
pub mod table;
pub mod thread;
pub mod userdata;

pub use cdata::CData;
pub use function::{Function, Prototype, PrototypeData, Template, Upvalue};
pub use hash_part::{HashEntry, HashPart};
pub use shape::{Shape, ShapeId, Shapes};
pub use string::{LuaString, StringTable};
pub use table::{SlotArray, Table, TableBody};
pub use thread::{Thread, ThreadStatus};
pub use userdata::UserData;

/// What a heap object is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum ObjectKind {
    /// No object.
    Free = 0,
    /// [`LuaString`]
    String = 1,
    /// [`Table`]
    Table = 2,
    /// [`TableBody`]
    TableBody = 3,
    /// [`HashPart`]
    HashPart = 4,
    /// [`SlotArray`]
    SlotArray = 5,
    /// [`Function`] written in Lua
    LuaFunction = 6,
    /// [`Function`] written in Rust
    NativeFunction = 7,
    /// [`Upvalue`]
    Upvalue = 8,
    /// [`Prototype`]
    Prototype = 9,
    /// [`Thread`]
    Thread = 10,
    /// [`UserData`]
    UserData = 11,
    /// [`CData`] of the foreign function interface
    CData = 12,
}

/// The first eight bytes of every heap object.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub struct ObjectHeader {
    /// What it is.
    pub kind: ObjectKind,
    /// Bits whose meaning depends on the kind.
    pub flags: u8,
    /// A small number whose meaning depends on the kind.
    pub small: u16,
    /// Shape of a table or pseudo shape of a userdata; else unused. A string keeps its length and hash in these six bytes and
    /// the next two instead (see [`LuaString`]).
    pub word: u32,
}

impl ObjectHeader {
    /// A header with all fields but the kind zero.
    pub const fn new(kind: ObjectKind) -> ObjectHeader {
        ObjectHeader {
            kind,
            flags: 0,
            small: 0,
            word: 0,
        }
    }
}

const _: () = {
    use std::mem::{offset_of, size_of};
    assert!(size_of::<ObjectHeader>() == 8);
    assert!(size_of::<Table>() == 16);
    assert!(offset_of!(Table, header) == 0 && offset_of!(Table, body) == 8);
    assert!(size_of::<TableBody>() == 48);
    assert!(offset_of!(TableBody, array_length) == 8 && offset_of!(TableBody, hash) == 16);
    assert!(size_of::<Function>() == 32 && offset_of!(Function, code) == 8);
    assert!(offset_of!(Function, environment) == 16 && offset_of!(Function, data) == 24);
    assert!(size_of::<Upvalue>() == 32 && offset_of!(Upvalue, location) == 8);
    assert!(offset_of!(Prototype, code) == 8 && offset_of!(Prototype, constants) == 16);
};
