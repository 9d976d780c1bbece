//! The table of C types: every type is a number, equal types are one number.
//!
//! ```
//! use rlove_ffi::types::*;
//! let mut types = Types::new();
//! let pointer = types.pointer_to(INT32);
//! assert_eq!(types.pointer_to(INT32), pointer);
//! assert_eq!(types.size_bytes(pointer), Some(8));
//! assert_eq!(types.text(pointer), "int *");
//! ```
//! Structures, unions, enumerations and functions are entries of side tables, so that a structure can be completed after
//! types that mention it were made. Qualifiers and a forced alignment are part of a type; [`Types::raw`] is the type without
//! them, which is what metatypes belong to and what conversions look at.
//!
//! Invariants: a type's number never changes its meaning, except that an incomplete structure or enumeration becomes complete.
//! [`Types::undo`] takes back everything since a [`Types::mark`], for declarations that fail halfway.
//!
//! Not here: parsing (`parser`), layout of structures (`layout`), what operations mean (`plan`).

use rustc_hash::FxHashMap;
use std::rc::Rc;

/// The number of a C type.
pub type TypeId = u32;
/// Identifiers are bytes; they need not be UTF-8.
pub type Name = Rc<[u8]>;

/// A size that is not known.
pub const UNKNOWN_SIZE: u32 = u32::MAX;
/// Sizes from here on are too large.
pub const SIZE_LIMIT: u64 = 0x8000_0000;
/// The table holds no more types than this ("table overflow").
pub const MOST_TYPES: usize = 65_536;

macro_rules! basic_types {
    ($($(#[$meta:meta])* $name:ident = $number:expr;)*) => {
        $($(#[$meta])* pub const $name: TypeId = $number;)*
    };
}
basic_types! {
    /// No type.
    NONE = 0;
    /// `void`
    VOID = 1;
    /// `const void`
    CONST_VOID = 2;
    /// `bool`
    BOOL = 3;
    /// `const char`
    CONST_CHAR = 4;
    /// `int8_t`, `char`
    INT8 = 5;
    /// `uint8_t`
    UINT8 = 6;
    /// `int16_t`
    INT16 = 7;
    /// `uint16_t`
    UINT16 = 8;
    /// `int32_t`
    INT32 = 9;
    /// `uint32_t`
    UINT32 = 10;
    /// `int64_t`
    INT64 = 11;
    /// `uint64_t`
    UINT64 = 12;
    /// `float`
    FLOAT = 13;
    /// `double`
    DOUBLE = 14;
    /// `complex float`
    COMPLEX_FLOAT = 15;
    /// `complex double`
    COMPLEX_DOUBLE = 16;
    /// `void *`
    VOID_POINTER = 17;
    /// `const void *`
    CONST_VOID_POINTER = 18;
    /// `const char *`
    CONST_CHAR_POINTER = 19;
    /// `const char[]`: the type of Lua strings
    CONST_CHAR_ARRAY = 20;
    /// The type of type objects (`ffi.typeof`).
    CTYPE = 21;
    /// `long double`, which can be declared but not converted.
    LONG_DOUBLE = 22;
}

/// What a type is, apart from qualifiers, size and alignment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// Nothing; number 0.
    None,
    /// `void`
    Void,
    /// `bool`
    Bool,
    /// Integers of 1 to 16 bytes.
    Integer {
        /// Whether it is unsigned.
        unsigned: bool,
    },
    /// `float`, `double`, `long double` by size.
    Float,
    /// A complex number of two floats or doubles.
    Complex {
        /// Type of the parts.
        element: TypeId,
    },
    /// A vector of numbers.
    Vector {
        /// Type of the elements.
        element: TypeId,
    },
    /// A pointer.
    Pointer {
        /// What it points to.
        target: TypeId,
    },
    /// A reference.
    Reference {
        /// What it refers to.
        target: TypeId,
    },
    /// An array.
    Array {
        /// Type of the elements.
        element: TypeId,
        /// `a[?]`: the number of elements is given when one is made.
        variable: bool,
    },
    /// A structure or union: index in [`Types::record`].
    Record(u32),
    /// An enumeration: index in [`Types::enumeration`].
    Enum(u32),
    /// A function: index in [`Types::function`].
    Function(u32),
    /// A type object.
    TypeObject,
}

/// One entry of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct CType {
    /// What it is.
    pub kind: Kind,
    /// `const`
    pub constant: bool,
    /// `volatile`
    pub volatile: bool,
    /// Bytes, or [`UNKNOWN_SIZE`]; of structures and enumerations ask [`Types::size_bytes`].
    pub size: u32,
    /// Binary logarithm of the alignment; of structures ask [`Types::alignment_log2`].
    pub alignment: u8,
    /// An alignment given by an attribute.
    pub forced_alignment: bool,
}

/// A member of a structure or union, as declared.
#[derive(Clone, Debug)]
pub struct Member {
    /// Its name; none for anonymous structures and for padding bit-fields.
    pub name: Option<Name>,
    /// What it is.
    pub kind: MemberKind,
    /// Its type.
    pub type_id: TypeId,
    /// Byte offset in the structure (of a bit-field: of its container).
    pub offset: u32,
}

/// Kinds of members.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MemberKind {
    /// An ordinary field.
    Plain,
    /// A bit-field.
    Bits(BitField),
    /// A structure, union or enumeration without a name, whose members belong to the outer one.
    Anonymous,
    /// `static const int NAME = value;`
    Constant(u32),
}

/// Where a bit-field lies in its container.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BitField {
    /// First bit.
    pub position: u8,
    /// Number of bits.
    pub width: u8,
    /// Bytes of the container.
    pub container_bytes: u8,
    /// Unsigned values.
    pub unsigned: bool,
    /// A bool.
    pub boolean: bool,
}

/// A member found by name, anonymous structures looked through.
#[derive(Clone, Copy, Debug)]
pub struct FoundMember {
    /// What it is ([`MemberKind::Anonymous`] never).
    pub kind: MemberKind,
    /// Its type.
    pub type_id: TypeId,
    /// Offset from the outermost structure.
    pub offset: u32,
    /// An anonymous structure on the way was `const`.
    pub constant: bool,
}

/// How far a structure is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Completeness {
    /// Only its name is known.
    Incomplete,
    /// Between its braces.
    InDefinition,
    /// Defined.
    Complete,
}

/// A structure or union.
#[derive(Clone, Debug)]
pub struct Record {
    /// Its tag.
    pub name: Option<Name>,
    /// A union.
    pub is_union: bool,
    /// Members in order.
    pub members: Vec<Member>,
    /// Bytes, or [`UNKNOWN_SIZE`].
    pub size: u32,
    /// Binary logarithm of the alignment.
    pub alignment: u8,
    /// Its last member is `a[?]`.
    pub variable: bool,
    /// It has a member that is `const`: the whole cannot be assigned.
    pub has_constant: bool,
    /// How far it is.
    pub completeness: Completeness,
    /// The type without qualifiers.
    pub own_id: TypeId,
}

/// An enumeration.
#[derive(Clone, Debug)]
pub struct Enumeration {
    /// Its tag.
    pub name: Option<Name>,
    /// Names and values; the type is `int` or `unsigned int`.
    pub constants: Vec<(Name, u32, TypeId)>,
    /// Whether values are unsigned.
    pub unsigned: bool,
    /// How far it is.
    pub completeness: Completeness,
    /// The type without qualifiers.
    pub own_id: TypeId,
}

/// The type of a function.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct FunctionType {
    /// What it returns.
    pub result: TypeId,
    /// Its parameters; arrays and functions are pointers already.
    pub parameters: Vec<TypeId>,
    /// Further arguments are allowed.
    pub variadic: bool,
}

/// What an identifier means outside of tags.
#[derive(Clone, Debug)]
pub enum Symbol {
    /// A name for a type.
    Typedef(TypeId),
    /// A function of a library.
    Function(TypeId, Option<Name>),
    /// A variable of a library; the second is the name that the library has for it.
    Variable(TypeId, Option<Name>),
    /// A constant.
    Constant {
        /// Its bits.
        value: u32,
        /// Its type.
        type_id: TypeId,
    },
}

/// All types of a machine.
#[derive(Debug)]
pub struct Types {
    table: Vec<CType>,
    interned: FxHashMap<CType, TypeId>,
    records: Vec<Record>,
    enumerations: Vec<Enumeration>,
    functions: Vec<FunctionType>,
    function_ids: FxHashMap<FunctionType, u32>,
    symbols: FxHashMap<Name, Symbol>,
    tags: FxHashMap<Name, TypeId>,
    new_symbols: Vec<Name>,
    new_tags: Vec<Name>,
    /// Records and enumerations that the text being parsed completes.
    completed: Vec<TypeId>,
}

/// A state of the table to come back to.
#[derive(Clone, Copy, Debug)]
pub struct Mark {
    table: usize,
    records: usize,
    enumerations: usize,
    functions: usize,
}

/// The table is full.
#[derive(Clone, Copy, Debug)]
pub struct TooManyTypes;

impl Default for Types {
    fn default() -> Self {
        Types::new()
    }
}

fn log2(size: u32) -> u8 {
    if size == 0 || size == UNKNOWN_SIZE {
        0
    } else {
        (31 - size.leading_zeros()) as u8
    }
}

impl Types {
    /// The predefined types and names.
    pub fn new() -> Types {
        let mut types = Types {
            table: Vec::with_capacity(256),
            interned: FxHashMap::default(),
            records: Vec::new(),
            enumerations: Vec::new(),
            functions: Vec::new(),
            function_ids: FxHashMap::default(),
            symbols: FxHashMap::default(),
            tags: FxHashMap::default(),
            new_symbols: Vec::new(),
            new_tags: Vec::new(),
            completed: Vec::new(),
        };
        let integer = |unsigned| Kind::Integer { unsigned };
        types.add(Kind::None, UNKNOWN_SIZE, 0, false);
        types.add(Kind::Void, UNKNOWN_SIZE, 0, false);
        types.add(Kind::Void, UNKNOWN_SIZE, 0, true);
        types.add(Kind::Bool, 1, 0, false);
        types.add(integer(false), 1, 0, true);
        for size in [1, 2, 4, 8] {
            types.add(integer(false), size, log2(size), false);
            types.add(integer(true), size, log2(size), false);
        }
        types.add(Kind::Float, 4, 2, false);
        types.add(Kind::Float, 8, 3, false);
        types.add(Kind::Complex { element: FLOAT }, 8, 2, false);
        types.add(Kind::Complex { element: DOUBLE }, 16, 3, false);
        types.add(Kind::Pointer { target: VOID }, 8, 3, false);
        types.add(Kind::Pointer { target: CONST_VOID }, 8, 3, false);
        types.add(Kind::Pointer { target: CONST_CHAR }, 8, 3, false);
        let text = Kind::Array {
            element: CONST_CHAR,
            variable: false,
        };
        types.add(text, UNKNOWN_SIZE, 0, false);
        types.add(Kind::TypeObject, 4, 2, false);
        types.add(Kind::Float, 16, 4, false);
        let wide = types.add(integer(false), 16, 4, false);
        let wide_unsigned = types.add(integer(true), 16, 4, false);
        for (name, id) in [
            ("va_list", VOID_POINTER),
            ("__builtin_va_list", VOID_POINTER),
            ("__gnuc_va_list", VOID_POINTER),
            ("ptrdiff_t", INT64),
            ("size_t", UINT64),
            ("wchar_t", if cfg!(windows) { UINT16 } else { INT32 }),
            ("int8_t", INT8),
            ("int16_t", INT16),
            ("int32_t", INT32),
            ("int64_t", INT64),
            ("int128_t", wide),
            ("uint8_t", UINT8),
            ("uint16_t", UINT16),
            ("uint32_t", UINT32),
            ("uint64_t", UINT64),
            ("uint128_t", wide_unsigned),
            ("intptr_t", INT64),
            ("uintptr_t", UINT64),
            ("ssize_t", INT64),
        ] {
            types
                .symbols
                .insert(Rc::from(name.as_bytes()), Symbol::Typedef(id));
        }
        types
    }
    fn add(&mut self, kind: Kind, size: u32, alignment: u8, constant: bool) -> TypeId {
        let entry = CType {
            kind,
            constant,
            volatile: false,
            size,
            alignment,
            forced_alignment: false,
        };
        let id = self.table.len() as TypeId;
        self.table.push(entry);
        self.interned.insert(entry, id);
        id
    }
    /// The number of `entry`, which may be new.
    pub fn intern(&mut self, entry: CType) -> TypeId {
        if let Some(&id) = self.interned.get(&entry) {
            return id;
        }
        let id = self.table.len() as TypeId;
        self.table.push(entry);
        self.interned.insert(entry, id);
        id
    }
    /// Whether so many types have been made that a declaration should fail.
    pub fn is_full(&self) -> bool {
        self.table.len() >= MOST_TYPES
            || self.records.len() >= MOST_TYPES
            || self.symbols.len() >= MOST_TYPES
    }
    /// Number of types.
    pub fn count(&self) -> usize {
        self.table.len()
    }

    // ---- Reading ----

    /// The entry of a type.
    #[inline]
    pub fn get(&self, id: TypeId) -> &CType {
        &self.table[id as usize]
    }
    /// What a type is.
    #[inline]
    pub fn kind(&self, id: TypeId) -> Kind {
        self.table[id as usize].kind
    }
    /// The structure or union with this index.
    pub fn record(&self, index: u32) -> &Record {
        &self.records[index as usize]
    }
    /// The structure, to complete it.
    pub fn record_mut(&mut self, index: u32) -> &mut Record {
        &mut self.records[index as usize]
    }
    /// The enumeration with this index.
    pub fn enumeration(&self, index: u32) -> &Enumeration {
        &self.enumerations[index as usize]
    }
    /// The enumeration, to complete it.
    pub fn enumeration_mut(&mut self, index: u32) -> &mut Enumeration {
        &mut self.enumerations[index as usize]
    }
    /// The function type with this index.
    pub fn function(&self, index: u32) -> &FunctionType {
        &self.functions[index as usize]
    }
    /// The type without qualifiers and forced alignment.
    pub fn raw(&self, id: TypeId) -> TypeId {
        let entry = self.get(id);
        if !entry.constant && !entry.volatile && !entry.forced_alignment {
            return id;
        }
        let mut plain = *entry;
        plain.constant = false;
        plain.volatile = false;
        plain.forced_alignment = false;
        plain.alignment = self.natural_alignment(&plain);
        self.interned.get(&plain).copied().unwrap_or(id)
    }
    /// As [`Types::raw`], looking through a reference.
    pub fn raw_referenced(&self, id: TypeId) -> TypeId {
        match self.kind(id) {
            Kind::Reference { target } => self.raw(target),
            _ => self.raw(id),
        }
    }
    /// The raw type of what a pointer, array or reference leads to; the type itself for others.
    pub fn raw_child(&self, id: TypeId) -> TypeId {
        self.child(id).map_or(id, |child| self.raw(child))
    }
    /// What a pointer, reference, array, vector or complex number is made of.
    pub fn child(&self, id: TypeId) -> Option<TypeId> {
        match self.kind(id) {
            Kind::Pointer { target } | Kind::Reference { target } => Some(target),
            Kind::Array { element, .. } | Kind::Vector { element } | Kind::Complex { element } => {
                Some(element)
            }
            _ => None,
        }
    }
    fn natural_alignment(&self, entry: &CType) -> u8 {
        match entry.kind {
            Kind::Array { element, .. } => self.alignment_log2(element),
            Kind::Complex { element } => self.alignment_log2(element),
            Kind::Vector { .. } => log2(entry.size).min(4),
            Kind::Record(_) | Kind::Function(_) | Kind::Void | Kind::None => 0,
            Kind::Reference { .. } => 3,
            _ => log2(entry.size).min(4),
        }
    }
    /// Bytes of a value; `None` for `void`, functions, incomplete and variable-length types.
    #[inline]
    pub fn size_bytes(&self, id: TypeId) -> Option<u32> {
        let entry = self.get(id);
        let size = match entry.kind {
            Kind::Record(index) => self.record(index).size,
            Kind::Enum(index) if self.enumeration(index).completeness != Completeness::Complete => {
                UNKNOWN_SIZE
            }
            _ => entry.size,
        };
        (size != UNKNOWN_SIZE).then_some(size)
    }
    /// Binary logarithm of a type's alignment.
    pub fn alignment_log2(&self, id: TypeId) -> u8 {
        let entry = self.get(id);
        match entry.kind {
            Kind::Record(index) if !entry.forced_alignment => self.record(index).alignment,
            Kind::Array { element, .. } if !entry.forced_alignment => self.alignment_log2(element),
            _ => entry.alignment,
        }
    }
    /// `a[?]`, or a structure that ends in one.
    pub fn is_variable(&self, id: TypeId) -> bool {
        match self.kind(id) {
            Kind::Array { variable, .. } => variable,
            Kind::Record(index) => self.record(index).variable,
            _ => false,
        }
    }
    /// Bytes of a variable-length type with so many elements; `None` if that is too large.
    pub fn variable_size_bytes(&self, id: TypeId, count: u32) -> Option<u32> {
        let (fixed, element) = match self.kind(id) {
            Kind::Array { element, .. } => (0, element),
            Kind::Record(index) => {
                let record = self.record(index);
                let last = record
                    .members
                    .iter()
                    .rev()
                    .find(|member| member.kind == MemberKind::Plain)?;
                (record.size, self.child(last.type_id)?)
            }
            _ => return None,
        };
        let total = u64::from(fixed) + u64::from(self.size_bytes(element)?) * u64::from(count);
        (total < SIZE_LIMIT).then_some(total as u32)
    }
    /// Whether it is a number that is no boolean and no fraction.
    pub fn is_integer(&self, id: TypeId) -> bool {
        matches!(self.kind(id), Kind::Integer { .. })
    }
    /// Numbers: booleans, integers, floats.
    pub fn is_number(&self, id: TypeId) -> bool {
        matches!(
            self.kind(id),
            Kind::Integer { .. } | Kind::Float | Kind::Bool
        )
    }
    /// Whether it is a structure or union.
    pub fn is_record(&self, id: TypeId) -> bool {
        matches!(self.kind(id), Kind::Record(_))
    }
    /// The integer type behind an enumeration; the raw type for others.
    pub fn resolve_enum(&self, id: TypeId) -> TypeId {
        match self.kind(id) {
            Kind::Enum(index) if self.enumeration(index).unsigned => UINT32,
            Kind::Enum(_) => INT32,
            Kind::TypeObject => UINT32,
            _ => id,
        }
    }
    /// The member `name` of a complete structure.
    pub fn find_member(&self, record: u32, name: &[u8]) -> Option<FoundMember> {
        for member in &self.record(record).members {
            if member.name.as_deref() == Some(name) {
                return Some(FoundMember {
                    kind: member.kind,
                    type_id: member.type_id,
                    offset: member.offset,
                    constant: false,
                });
            }
            if member.kind == MemberKind::Anonymous {
                match self.kind(member.type_id) {
                    Kind::Record(inner) => {
                        if let Some(mut found) = self.find_member(inner, name) {
                            found.offset += member.offset;
                            found.constant |= self.get(member.type_id).constant;
                            return Some(found);
                        }
                    }
                    Kind::Enum(inner) => {
                        if let Some((value, type_id)) = self.find_constant(inner, name) {
                            return Some(FoundMember {
                                kind: MemberKind::Constant(value),
                                type_id,
                                offset: 0,
                                constant: true,
                            });
                        }
                    }
                    _ => {}
                }
            }
        }
        None
    }
    /// The constant `name` of an enumeration.
    pub fn find_constant(&self, enumeration: u32, name: &[u8]) -> Option<(u32, TypeId)> {
        self.enumeration(enumeration)
            .constants
            .iter()
            .find(|(constant, ..)| **constant == *name)
            .map(|&(_, value, type_id)| (value, type_id))
    }

    // ---- Making ----

    /// A pointer to `target`.
    pub fn pointer_to(&mut self, target: TypeId) -> TypeId {
        self.simple(Kind::Pointer { target }, 8, 3)
    }
    /// The pointer to `target`, if it has been made.
    pub fn existing_pointer_to(&self, target: TypeId) -> Option<TypeId> {
        self.interned
            .get(&CType {
                kind: Kind::Pointer { target },
                constant: false,
                volatile: false,
                size: 8,
                alignment: 3,
                forced_alignment: false,
            })
            .copied()
    }
    /// A reference to `target`.
    pub fn reference_to(&mut self, target: TypeId) -> TypeId {
        self.simple(Kind::Reference { target }, 8, 3)
    }
    /// An array; `size_bytes` may be [`UNKNOWN_SIZE`].
    pub fn array_of(&mut self, element: TypeId, size_bytes: u32, variable: bool) -> TypeId {
        let alignment = self.alignment_log2(element);
        self.simple(Kind::Array { element, variable }, size_bytes, alignment)
    }
    fn simple(&mut self, kind: Kind, size: u32, alignment: u8) -> TypeId {
        self.intern(CType {
            kind,
            constant: false,
            volatile: false,
            size,
            alignment,
            forced_alignment: false,
        })
    }
    /// The type with these qualifiers added.
    pub fn qualified(&mut self, id: TypeId, constant: bool, volatile: bool) -> TypeId {
        let mut entry = *self.get(id);
        if let Kind::Array { element, variable } = entry.kind {
            // Qualifiers of an array are those of its elements.
            let element = self.qualified(element, constant, volatile);
            entry.kind = Kind::Array { element, variable };
            return self.intern(entry);
        }
        if matches!(entry.kind, Kind::Function(_) | Kind::Reference { .. }) {
            return id;
        }
        entry.constant |= constant;
        entry.volatile |= volatile;
        self.intern(entry)
    }
    /// The type with an alignment from an attribute.
    pub fn aligned(&mut self, id: TypeId, alignment: u8) -> TypeId {
        let mut entry = *self.get(id);
        entry.alignment = alignment;
        entry.forced_alignment = true;
        self.raw_entry_exists(id);
        self.intern(entry)
    }
    /// Makes sure that [`Types::raw`] of a qualified type finds the plain one.
    pub fn raw_entry_exists(&mut self, id: TypeId) {
        let mut plain = *self.get(id);
        plain.constant = false;
        plain.volatile = false;
        plain.forced_alignment = false;
        plain.alignment = self.natural_alignment(&plain);
        self.intern(plain);
    }
    /// A number type with qualifiers.
    pub fn number(&mut self, kind: Kind, size: u32, constant: bool, volatile: bool) -> TypeId {
        let alignment = log2(size).min(4);
        self.simple(kind, size, alignment);
        self.intern(CType {
            kind,
            constant,
            volatile,
            size,
            alignment,
            forced_alignment: false,
        })
    }
    /// A vector of `size_bytes` bytes.
    pub fn vector_of(&mut self, element: TypeId, size_bytes: u32) -> TypeId {
        let alignment = log2(size_bytes).min(4);
        self.simple(Kind::Vector { element }, size_bytes, alignment)
    }
    /// A function type.
    pub fn function_type(&mut self, function: FunctionType) -> TypeId {
        let index = match self.function_ids.get(&function) {
            Some(&index) => index,
            None => {
                let index = self.functions.len() as u32;
                self.functions.push(function.clone());
                self.function_ids.insert(function, index);
                index
            }
        };
        self.simple(Kind::Function(index), UNKNOWN_SIZE, 0)
    }
    /// A structure or union that is not complete yet.
    pub fn new_record(&mut self, name: Option<Name>, is_union: bool) -> TypeId {
        let index = self.records.len() as u32;
        let id = self.simple(Kind::Record(index), UNKNOWN_SIZE, 0);
        self.records.push(Record {
            name,
            is_union,
            members: Vec::new(),
            size: UNKNOWN_SIZE,
            alignment: 0,
            variable: false,
            has_constant: false,
            completeness: Completeness::Incomplete,
            own_id: id,
        });
        id
    }
    /// An enumeration that is not complete yet.
    pub fn new_enumeration(&mut self, name: Option<Name>) -> TypeId {
        let index = self.enumerations.len() as u32;
        let id = self.simple(Kind::Enum(index), 4, 2);
        self.enumerations.push(Enumeration {
            name,
            constants: Vec::new(),
            unsigned: true,
            completeness: Completeness::Incomplete,
            own_id: id,
        });
        id
    }
    /// Notes that the text being parsed began to define `id`.
    pub fn note_definition(&mut self, id: TypeId) {
        self.completed.push(id);
    }

    // ---- Names ----

    /// What an identifier means.
    pub fn symbol(&self, name: &[u8]) -> Option<&Symbol> {
        self.symbols.get(name)
    }
    /// The structure, union or enumeration with this tag.
    pub fn tag(&self, name: &[u8]) -> Option<TypeId> {
        self.tags.get(name).copied()
    }
    /// Gives an identifier its meaning.
    pub fn define_symbol(&mut self, name: Name, symbol: Symbol) {
        self.new_symbols.push(name.clone());
        self.symbols.insert(name, symbol);
    }
    /// Gives a tag its meaning.
    pub fn define_tag(&mut self, name: Name, id: TypeId) {
        self.new_tags.push(name.clone());
        self.tags.insert(name, id);
    }
    /// Remembers the state.
    pub fn mark(&mut self) -> Mark {
        self.new_symbols.clear();
        self.new_tags.clear();
        self.completed.clear();
        Mark {
            table: self.table.len(),
            records: self.records.len(),
            enumerations: self.enumerations.len(),
            functions: self.functions.len(),
        }
    }
    /// Takes back what happened since `mark`.
    pub fn undo(&mut self, mark: Mark) {
        for name in std::mem::take(&mut self.new_symbols) {
            self.symbols.remove(&name);
        }
        for name in std::mem::take(&mut self.new_tags) {
            self.tags.remove(&name);
        }
        for id in std::mem::take(&mut self.completed) {
            match self.kind(id) {
                Kind::Record(index) => {
                    let record = self.record_mut(index);
                    record.members.clear();
                    record.size = UNKNOWN_SIZE;
                    record.completeness = Completeness::Incomplete;
                }
                Kind::Enum(index) => {
                    let enumeration = self.enumeration_mut(index);
                    enumeration.constants.clear();
                    enumeration.completeness = Completeness::Incomplete;
                }
                _ => {}
            }
        }
        for entry in self.table.drain(mark.table..) {
            self.interned.remove(&entry);
        }
        self.records.truncate(mark.records);
        self.enumerations.truncate(mark.enumerations);
        for function in self.functions.drain(mark.functions..) {
            self.function_ids.remove(&function);
        }
    }
}
