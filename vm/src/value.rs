//! Lua values: one NaN-boxed 64-bit word.
//!
//! A double is stored as it is. Everything else lives in the negative quiet-NaN space: the upper 16 bits are a tag
//! from `0xFFF9` up, the lower 48 bits the payload (an address or a small number).
//!
//! ```text
//! 0x0000… – 0xFFF8_0000_0000_0000   doubles (the only NaNs are 0x7FF8… and 0xFFF8…)
//! 0xFFF9   nil 0, false 1, true 2, internal markers from 3
//! 0xFFFA   light userdata
//! 0xFFFB   interned string      0xFFFC  string that is not interned
//! 0xFFFD   table                0xFFFE  function
//! 0xFFFF   other objects: thread, userdata, cdata (the object's header says which)
//! ```
//!
//! Worked example: `Value::NIL.bits() == 0xFFF9_0000_0000_0000`; `1.5 + {}` adds the two words as doubles, the
//! result is a NaN because a table is one, and the slow path finds out why.
//!
//! Invariants: I1 (docs/invariants.md): a word with a heap tag holds the address of a live object of that kind; NaNs
//! are canonical, so foreign bits must come in through [`Value::from_foreign_number`].

use crate::object::{Function, LuaString, ObjectHeader, ObjectKind, Table, Thread, UserData};

/// A Lua value.
#[derive(Clone, Copy, PartialEq, Eq)]
#[repr(transparent)]
pub struct Value(u64);

/// Tag of nil, booleans and internal markers.
pub const TAG_PRIMITIVE: u64 = 0xFFF9;
/// Tag of light userdata.
pub const TAG_LIGHT: u64 = 0xFFFA;
/// Tag of interned strings.
pub const TAG_STRING: u64 = 0xFFFB;
/// Tag of strings that are not interned.
pub const TAG_LONG_STRING: u64 = 0xFFFC;
/// Tag of tables.
pub const TAG_TABLE: u64 = 0xFFFD;
/// Tag of functions.
pub const TAG_FUNCTION: u64 = 0xFFFE;
/// Tag of threads, userdata and cdata.
pub const TAG_OBJECT: u64 = 0xFFFF;
/// Position of the tag.
pub const TAG_SHIFT: u32 = 48;
const PAYLOAD_MASK: u64 = (1 << TAG_SHIFT) - 1;
/// The greatest word that is a double.
const GREATEST_NUMBER: u64 = 0xFFF8_0000_0000_0000;

/// The type of a value as `type()` names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ValueType {
    /// nil
    Nil,
    /// boolean
    Boolean,
    /// light userdata (its name is `userdata`)
    LightUserData,
    /// number
    Number,
    /// string
    String,
    /// table
    Table,
    /// function
    Function,
    /// userdata
    UserData,
    /// thread
    Thread,
    /// cdata
    CData,
}

impl ValueType {
    /// The name that `type()` returns.
    pub fn name(self) -> &'static str {
        match self {
            ValueType::Nil => "nil",
            ValueType::Boolean => "boolean",
            ValueType::LightUserData | ValueType::UserData => "userdata",
            ValueType::Number => "number",
            ValueType::String => "string",
            ValueType::Table => "table",
            ValueType::Function => "function",
            ValueType::Thread => "thread",
            ValueType::CData => "cdata",
        }
    }
}

impl Value {
    /// nil
    pub const NIL: Value = Value(TAG_PRIMITIVE << TAG_SHIFT);
    /// false
    pub const FALSE: Value = Value(TAG_PRIMITIVE << TAG_SHIFT | 1);
    /// true
    pub const TRUE: Value = Value(TAG_PRIMITIVE << TAG_SHIFT | 2);

    /// A number that Lua or Rust arithmetic produced.
    #[inline(always)]
    pub fn number(number: f64) -> Value {
        if number.is_nan() {
            return Value(number.to_bits() & (1 << 63) | 0x7FF8_0000_0000_0000);
        }
        Value(number.to_bits())
    }
    /// A number that is known to be canonical (not a NaN, or made by arithmetic on canonical ones).
    #[inline(always)]
    pub fn canonical_number(number: f64) -> Value {
        debug_assert!(number.to_bits() <= GREATEST_NUMBER);
        Value(number.to_bits())
    }
    /// A number from outside (files, C data, packed strings), whose NaN could carry any payload.
    #[inline]
    pub fn from_foreign_number(number: f64) -> Value {
        Value::number(number)
    }
    /// A boolean.
    #[inline(always)]
    pub fn boolean(truth: bool) -> Value {
        Value(Value::FALSE.0 + u64::from(truth))
    }
    /// Internal marker `index` (3 and above), never visible to Lua programs.
    pub const fn marker(index: u64) -> Value {
        Value(TAG_PRIMITIVE << TAG_SHIFT | index)
    }
    /// Light userdata; addresses above 47 bits are cut.
    #[inline]
    pub fn light(address: usize) -> Value {
        Value(TAG_LIGHT << TAG_SHIFT | (address as u64 & PAYLOAD_MASK))
    }
    #[inline(always)]
    fn tagged(tag: u64, address: usize) -> Value {
        debug_assert!(address as u64 <= PAYLOAD_MASK);
        Value(tag << TAG_SHIFT | address as u64)
    }
    /// A table.
    #[inline(always)]
    pub fn table(table: *mut Table) -> Value {
        Value::tagged(TAG_TABLE, table as usize)
    }
    /// A function.
    #[inline(always)]
    pub fn function(function: *mut Function) -> Value {
        Value::tagged(TAG_FUNCTION, function as usize)
    }
    /// An interned string.
    #[inline(always)]
    pub fn interned_string(string: *mut LuaString) -> Value {
        Value::tagged(TAG_STRING, string as usize)
    }
    /// A string that is not interned.
    #[inline(always)]
    pub fn long_string(string: *mut LuaString) -> Value {
        Value::tagged(TAG_LONG_STRING, string as usize)
    }
    /// A thread.
    #[inline(always)]
    pub fn thread(thread: *mut Thread) -> Value {
        Value::tagged(TAG_OBJECT, thread as usize)
    }
    /// A userdata.
    #[inline(always)]
    pub fn userdata(userdata: *mut UserData) -> Value {
        Value::tagged(TAG_OBJECT, userdata as usize)
    }
    /// Any heap object with tag `0xFFFF`.
    #[inline(always)]
    pub fn object(object: *mut ObjectHeader) -> Value {
        Value::tagged(TAG_OBJECT, object as usize)
    }

    /// The word itself.
    #[inline(always)]
    pub const fn bits(self) -> u64 {
        self.0
    }
    /// A value from a word that [`Value::bits`] gave, or a raw word for a frame slot (read as a number by the collector).
    #[inline(always)]
    pub const fn from_bits(bits: u64) -> Value {
        Value(bits)
    }
    #[inline(always)]
    fn tag(self) -> u64 {
        self.0 >> TAG_SHIFT
    }
    #[inline(always)]
    fn address(self) -> usize {
        (self.0 & PAYLOAD_MASK) as usize
    }

    /// Whether it is a number.
    #[inline(always)]
    pub fn is_number(self) -> bool {
        self.0 <= GREATEST_NUMBER
    }
    /// Whether it is nil.
    #[inline(always)]
    pub fn is_nil(self) -> bool {
        self.0 == Value::NIL.0
    }
    /// Whether it is neither nil nor false.
    #[inline(always)]
    pub fn is_truthy(self) -> bool {
        self.0.wrapping_sub(Value::NIL.0) > 1
    }
    /// Whether it is a boolean.
    #[inline]
    pub fn is_boolean(self) -> bool {
        self == Value::FALSE || self == Value::TRUE
    }
    /// Whether it is a string of either kind.
    #[inline(always)]
    pub fn is_string(self) -> bool {
        self.tag().wrapping_sub(TAG_STRING) <= TAG_LONG_STRING - TAG_STRING
    }
    /// Whether it is an interned string.
    #[inline(always)]
    pub fn is_interned_string(self) -> bool {
        self.tag() == TAG_STRING
    }
    /// Whether it is a table.
    #[inline(always)]
    pub fn is_table(self) -> bool {
        self.tag() == TAG_TABLE
    }
    /// Whether it is a function.
    #[inline(always)]
    pub fn is_function(self) -> bool {
        self.tag() == TAG_FUNCTION
    }
    /// Whether the collector has to follow it.
    #[inline(always)]
    pub fn is_heap(self) -> bool {
        self.0 >= TAG_STRING << TAG_SHIFT
    }

    /// The number, if it is one (strings are not converted).
    #[inline(always)]
    pub fn as_number(self) -> Option<f64> {
        if self.is_number() {
            Some(f64::from_bits(self.0))
        } else {
            None
        }
    }
    /// The word as a double, whatever it is: a value that is not a number is a NaN.
    #[inline(always)]
    pub fn raw_double(self) -> f64 {
        f64::from_bits(self.0)
    }
    /// The table, if it is one.
    #[inline(always)]
    pub fn as_table(self) -> Option<*mut Table> {
        let payload = self.0 ^ (TAG_TABLE << TAG_SHIFT);
        if payload >> TAG_SHIFT == 0 {
            Some(payload as usize as *mut Table)
        } else {
            None
        }
    }
    /// The function, if it is one.
    #[inline(always)]
    pub fn as_function(self) -> Option<*mut Function> {
        let payload = self.0 ^ (TAG_FUNCTION << TAG_SHIFT);
        if payload >> TAG_SHIFT == 0 {
            Some(payload as usize as *mut Function)
        } else {
            None
        }
    }
    /// The string object of either kind.
    #[inline(always)]
    pub fn as_string(self) -> Option<*mut LuaString> {
        if self.is_string() {
            Some(self.address() as *mut LuaString)
        } else {
            None
        }
    }
    /// The light userdata's address.
    pub fn as_light(self) -> Option<usize> {
        if self.tag() == TAG_LIGHT {
            Some(self.address())
        } else {
            None
        }
    }
    /// The heap object behind it, if there is one.
    #[inline(always)]
    pub fn as_heap(self) -> Option<*mut ObjectHeader> {
        if self.is_heap() {
            Some(self.address() as *mut ObjectHeader)
        } else {
            None
        }
    }
    #[inline]
    fn object_kind(self) -> Option<ObjectKind> {
        if self.tag() != TAG_OBJECT {
            return None;
        }
        // SAFETY: I1: a word with a heap tag points to a live object that starts with a header.
        Some(unsafe { (*(self.address() as *mut ObjectHeader)).kind })
    }
    /// The thread, if it is one.
    pub fn as_thread(self) -> Option<*mut Thread> {
        (self.object_kind()? == ObjectKind::Thread).then(|| self.address() as *mut Thread)
    }
    /// The userdata, if it is one.
    #[inline]
    pub fn as_userdata(self) -> Option<*mut UserData> {
        (self.object_kind()? == ObjectKind::UserData).then(|| self.address() as *mut UserData)
    }
    /// The cdata object, if it is one.
    pub fn as_cdata(self) -> Option<*mut ObjectHeader> {
        (self.object_kind()? == ObjectKind::CData).then(|| self.address() as *mut ObjectHeader)
    }
    /// The value's type.
    pub fn value_type(self) -> ValueType {
        if self.is_number() {
            return ValueType::Number;
        }
        match self.tag() {
            TAG_PRIMITIVE if self.is_nil() => ValueType::Nil,
            TAG_PRIMITIVE => ValueType::Boolean,
            TAG_LIGHT => ValueType::LightUserData,
            TAG_STRING | TAG_LONG_STRING => ValueType::String,
            TAG_TABLE => ValueType::Table,
            TAG_FUNCTION => ValueType::Function,
            _ => match self.object_kind() {
                Some(ObjectKind::Thread) => ValueType::Thread,
                Some(ObjectKind::CData) => ValueType::CData,
                _ => ValueType::UserData,
            },
        }
    }
    /// The name of its type.
    pub fn type_name(self) -> &'static str {
        self.value_type().name()
    }
    /// The address that `%p` and `tostring` print.
    pub fn pointer_address(self) -> usize {
        if self.is_number() { 0 } else { self.address() }
    }
    /// The bytes of a string value. The slice lives as long as the object; callers keep it no longer than the
    /// value is reachable.
    #[inline]
    pub fn string_bytes<'a>(self) -> Option<&'a [u8]> {
        // SAFETY: I1: a string tag points to a live string object.
        self.as_string()
            .map(|string| unsafe { LuaString::bytes(string) })
    }
    /// Integer key of a number value: `Some(i)` if it is exactly a 32-bit integer.
    #[inline(always)]
    pub fn as_array_index(self) -> Option<i32> {
        let number = self.raw_double();
        let integer = double_to_i32(number);
        if f64::from(integer) == number {
            Some(integer)
        } else {
            None
        }
    }
}

/// Truncates towards zero; any value (so also a NaN) that does not fit gives some number that does not compare equal.
#[inline(always)]
pub fn double_to_i32(number: f64) -> i32 {
    #[cfg(target_arch = "x86_64")]
    {
        use std::arch::x86_64::{_mm_cvttsd_si32, _mm_set_sd};
        // SAFETY: I9: SSE2 is part of every x86-64 processor.
        unsafe { _mm_cvttsd_si32(_mm_set_sd(number)) }
    }
    #[cfg(not(target_arch = "x86_64"))]
    {
        number as i32
    }
}

impl From<bool> for Value {
    fn from(truth: bool) -> Value {
        Value::boolean(truth)
    }
}
impl From<f64> for Value {
    fn from(number: f64) -> Value {
        Value::number(number)
    }
}
impl From<i32> for Value {
    fn from(number: i32) -> Value {
        Value::number(f64::from(number))
    }
}
impl From<u32> for Value {
    fn from(number: u32) -> Value {
        Value::number(f64::from(number))
    }
}
impl From<usize> for Value {
    fn from(number: usize) -> Value {
        Value::number(number as f64)
    }
}

impl std::fmt::Debug for Value {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.value_type() {
            ValueType::Number => write!(formatter, "{}", self.raw_double()),
            ValueType::String => {
                write!(
                    formatter,
                    "{:?}",
                    String::from_utf8_lossy(self.string_bytes().unwrap_or(b""))
                )
            }
            ValueType::Nil => write!(formatter, "nil"),
            ValueType::Boolean => write!(formatter, "{}", self.is_truthy()),
            other => write!(formatter, "{}: 0x{:08x}", other.name(), self.address()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_primitives_are_told_apart() {
        for number in [
            0.0,
            -0.0,
            1.0,
            -1.5,
            f64::INFINITY,
            f64::NEG_INFINITY,
            f64::MAX,
            f64::MIN_POSITIVE,
        ] {
            assert_eq!(Value::number(number).as_number(), Some(number));
        }
        for bits in [
            f64::NAN.to_bits(),
            0xFFFF_FFFF_FFFF_FFFF,
            0xFFF9_0000_0000_0001,
            0x7FFF_1234_0000_0000,
            0x7FF0_0000_0000_0001,
        ] {
            let value = Value::from_foreign_number(f64::from_bits(bits));
            assert!(value.is_number() && value.raw_double().is_nan(), "{bits:x}");
            assert!(!value.is_heap());
        }
        assert!(!Value::NIL.is_number() && !Value::NIL.is_truthy() && !Value::FALSE.is_truthy());
        assert!(Value::TRUE.is_truthy() && Value::number(0.0).is_truthy());
        assert_eq!(Value::light(0x1234).as_light(), Some(0x1234));
    }

    #[test]
    fn array_indexes_are_exact() {
        assert_eq!(Value::number(3.0).as_array_index(), Some(3));
        assert_eq!(Value::number(-0.0).as_array_index(), Some(0));
        assert_eq!(Value::number(3.5).as_array_index(), None);
        assert_eq!(Value::number(1e10).as_array_index(), None);
        assert_eq!(Value::number(f64::NAN).as_array_index(), None);
        assert_eq!(Value::NIL.as_array_index(), None);
    }
}
