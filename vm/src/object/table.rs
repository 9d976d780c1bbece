//! Tables: inline named slots, an array part, and hash parts.
//!
//! ```text
//! Table      | header: flags, inline capacity, shape | body ─┐ | named slot 0 | named slot 1 | …
//! TableBody  ◄────────────────────────────────────────────────┘
//!            | array length, capacity | hash | further slots or string hash | metatable apart | element 0 | element 1 | …
//! ```
//! String keys live in slots that the shape numbers: the first in the object, the rest in a [`SlotArray`]; in dictionary
//! mode all of them live in a string [`HashPart`]. Integer keys 0..=`array_length` live in the elements, where element `i` is
//! key `i`. Everything else lives in the general hash part.
//!
//! ## The array
//! `array_length` is the greatest key ≥ 1 in the array part (element `array_length` is never nil), and key
//! `array_length + 1` is never in the hash part: so it *is* a border and `#t` is a load. Element 0 exists whenever the
//! capacity is not 0. `t[i] = v` joins the array if `i` is next, or inside the capacity and not too sparse.
//! [`ARRAY_ALL_NUMBERS`] holds while every element 1..=length is a number.
//!
//! Worked example: `t = {}; t[1]=1 t[2]=2 t[4]=4`: 4 fits the capacity, so the length is 4 with a hole.
//!
//! ## Weak tables
//! have no array part and no slots: everything is in the hash parts, so that no fast path reads them.
//!
//! Invariants: I4 (docs/invariants.md): body, slot array and hash parts belong to one table; unused inline slots, slots and
//! elements up to the length are initialised; `body` is never null.

use super::shape::{self, DICTIONARY_SHAPE, EMPTY_SHAPE, ShapeId, Shapes};
use super::{HashEntry, HashPart, ObjectHeader, ObjectKind};
use crate::heap::{Heap, OutOfMemory};
use crate::value::Value;

/// Table flag: used as a metatable.
pub const IS_METATABLE: u8 = 1;
/// Table flag: reached through some `__index`.
pub const IS_PROTOTYPE: u8 = 2;
/// Table flag: weak keys.
pub const WEAK_KEYS: u8 = 4;
/// Table flag: weak values.
pub const WEAK_VALUES: u8 = 8;

/// Body flag: every element 1..=array_length is a number.
pub const ARRAY_ALL_NUMBERS: u8 = 1;

/// From this many uses on, a metatable becomes part of the shape.
const USES_BEFORE_SHAPE: u16 = 8;

/// The head of a table.
#[derive(Debug)]
#[repr(C)]
pub struct Table {
    /// kind Table; `small` low byte: inline capacity, high byte: uses as a metatable; `word`: shape.
    pub header: ObjectHeader,
    /// The body; the heap's empty body if there is nothing in it.
    pub body: *mut TableBody,
}

/// Array part and everything that few objects have.
#[derive(Debug)]
#[repr(C)]
pub struct TableBody {
    /// kind TableBody; `flags`: [`ARRAY_ALL_NUMBERS`].
    pub header: ObjectHeader,
    /// Greatest integer key in the array part.
    pub array_length: u32,
    /// Elements 0..=capacity exist; 0 means no array part at all.
    pub array_capacity: u32,
    /// General keys, or null.
    pub hash: *mut HashPart,
    /// Named slots beyond the inline ones; in dictionary mode the string [`HashPart`]; or null.
    pub slots: *mut SlotArray,
    /// The metatable if the shape says that it is apart, or null.
    pub metatable: *mut Table,
    /// Unused.
    pub reserved: u64,
}

/// Named slots beyond the inline ones.
#[derive(Debug)]
#[repr(C)]
pub struct SlotArray {
    /// kind SlotArray
    pub header: ObjectHeader,
    /// Number of slots.
    pub capacity: u32,
    /// Unused.
    pub reserved: u32,
}

/// Why a store was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StoreError {
    /// The key is nil.
    NilKey,
    /// The key is NaN.
    NanKey,
    /// The table would be too large.
    Overflow,
    /// No memory, or the limit is reached.
    NoMemory,
}

impl From<OutOfMemory> for StoreError {
    fn from(_: OutOfMemory) -> StoreError {
        StoreError::NoMemory
    }
}

impl SlotArray {
    /// Bytes of heap.
    pub fn allocation_size(capacity: usize) -> usize {
        16 + capacity * 8
    }
    /// Writes an array of nils into fresh memory.
    ///
    /// # Safety
    /// I2: `memory` has `allocation_size(capacity)` bytes.
    pub unsafe fn initialise(memory: *mut SlotArray, capacity: usize) {
        // SAFETY: I2.
        unsafe {
            memory.write(SlotArray {
                header: ObjectHeader::new(ObjectKind::SlotArray),
                capacity: capacity as u32,
                reserved: 0,
            });
            for index in 0..capacity {
                Self::values(memory).add(index).write(Value::NIL);
            }
        }
    }
    /// The values.
    ///
    /// # Safety
    /// I4: live slot array.
    #[inline(always)]
    pub unsafe fn values(slots: *mut SlotArray) -> *mut Value {
        // SAFETY: I4: they follow the head.
        unsafe { slots.add(1).cast() }
    }
}

impl TableBody {
    /// Bytes of heap with elements 0..=capacity.
    pub fn allocation_size(array_capacity: usize) -> usize {
        48 + (array_capacity + 1) * 8
    }
    /// Writes a body without values; all elements nil.
    ///
    /// # Safety
    /// I2: `memory` has `allocation_size(array_capacity)` bytes.
    pub unsafe fn initialise(memory: *mut TableBody, array_capacity: usize) {
        let mut header = ObjectHeader::new(ObjectKind::TableBody);
        header.flags = ARRAY_ALL_NUMBERS;
        // SAFETY: I2.
        unsafe {
            memory.write(TableBody {
                header,
                array_length: 0,
                array_capacity: array_capacity as u32,
                hash: std::ptr::null_mut(),
                slots: std::ptr::null_mut(),
                metatable: std::ptr::null_mut(),
                reserved: 0,
            });
            for index in 0..=array_capacity {
                Self::elements(memory).add(index).write(Value::NIL);
            }
        }
    }
    /// Element 0.
    ///
    /// # Safety
    /// I4: live body.
    #[inline(always)]
    pub unsafe fn elements(body: *mut TableBody) -> *mut Value {
        // SAFETY: I4: they follow the head.
        unsafe { body.add(1).cast() }
    }
}

/// Where a named value is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NamedPlace {
    /// Slot number of the shape.
    Slot(u32),
    /// Entry of the string hash.
    Entry(*mut HashEntry),
    /// Nowhere.
    Absent,
}

// SAFETY of all functions below: I1 and I4: `table` is a live table of `heap`.
#[allow(clippy::missing_safety_doc)]
impl Table {
    /// Bytes of heap.
    pub fn allocation_size(inline_slots: usize) -> usize {
        16 + inline_slots * 8
    }
    /// Writes an empty table into fresh memory.
    ///
    /// # Safety
    /// I2: `memory` has `allocation_size(inline_slots)` bytes.
    #[inline]
    pub unsafe fn initialise(memory: *mut Table, inline_slots: usize, empty_body: *mut TableBody) {
        let header = ObjectHeader {
            kind: ObjectKind::Table,
            flags: 0,
            small: inline_slots as u16,
            word: EMPTY_SHAPE,
        };
        // SAFETY: I2.
        unsafe {
            memory.write(Table {
                header,
                body: empty_body,
            });
            for index in 0..inline_slots {
                Self::inline_slots(memory).add(index).write(Value::NIL);
            }
        }
    }
    /// The inline slots.
    #[inline(always)]
    pub unsafe fn inline_slots(table: *mut Table) -> *mut Value {
        // SAFETY: I4: they follow the head.
        unsafe { table.add(1).cast() }
    }
    /// Number of inline slots.
    #[inline(always)]
    pub unsafe fn inline_capacity(table: *mut Table) -> usize {
        // SAFETY: I1.
        unsafe { ((*table).header.small & 0xff) as usize }
    }
    /// The shape.
    #[inline(always)]
    pub unsafe fn shape(table: *mut Table) -> ShapeId {
        // SAFETY: I1.
        unsafe { (*table).header.word }
    }
    /// Whether string keys are in a hash part.
    #[inline(always)]
    pub unsafe fn is_dictionary(table: *mut Table) -> bool {
        // SAFETY: I1.
        unsafe { (*table).header.word == DICTIONARY_SHAPE }
    }
    /// Whether keys or values are weak.
    #[inline(always)]
    pub unsafe fn is_weak_table(table: *mut Table) -> bool {
        // SAFETY: I1.
        unsafe { Self::is_weak(table) }
    }
    #[inline(always)]
    unsafe fn is_weak(table: *mut Table) -> bool {
        // SAFETY: I1.
        unsafe { (*table).header.flags & (WEAK_KEYS | WEAK_VALUES) != 0 }
    }
    /// Address of slot `slot`.
    #[inline(always)]
    pub unsafe fn slot_address(table: *mut Table, slot: u32) -> *mut Value {
        // SAFETY: I4: a slot below the shape's count is inline or in the slot array.
        unsafe {
            let inline = Self::inline_capacity(table);
            if (slot as usize) < inline {
                Self::inline_slots(table).add(slot as usize)
            } else {
                SlotArray::values((*(*table).body).slots).add(slot as usize - inline)
            }
        }
    }
    /// The metatable or null.
    #[inline]
    pub unsafe fn metatable_raw(table: *mut Table, shapes: &Shapes) -> *mut Table {
        // SAFETY: I1, I4.
        unsafe {
            let shape = shapes.get((*table).header.word);
            if shape.flags & shape::METATABLE_APART != 0 {
                (*(*table).body).metatable
            } else {
                shape.metatable
            }
        }
    }
    /// The metatable or null.
    #[inline]
    pub unsafe fn metatable(table: *mut Table, heap: &Heap) -> *mut Table {
        // SAFETY: I1.
        unsafe { Self::metatable_raw(table, &heap.shapes) }
    }

    // ---- Reading ----

    /// Where the value of an interned string key is.
    #[inline]
    pub unsafe fn find_named(table: *mut Table, heap: &Heap, key: Value) -> NamedPlace {
        // SAFETY: I1, I4.
        unsafe {
            if Self::is_dictionary(table) {
                let strings = (*(*table).body).slots.cast::<HashPart>();
                if strings.is_null() {
                    return NamedPlace::Absent;
                }
                return HashPart::find(strings, key).map_or(NamedPlace::Absent, NamedPlace::Entry);
            }
            heap.shapes
                .lookup((*table).header.word, key)
                .map_or(NamedPlace::Absent, NamedPlace::Slot)
        }
    }
    /// Value of an interned string key.
    #[inline]
    pub unsafe fn get_string(table: *mut Table, heap: &Heap, key: Value) -> Value {
        // SAFETY: I1, I4.
        unsafe {
            match Self::find_named(table, heap, key) {
                NamedPlace::Slot(slot) => *Self::slot_address(table, slot),
                NamedPlace::Entry(entry) => (*entry).value,
                NamedPlace::Absent => Value::NIL,
            }
        }
    }
    /// Value of an integer key. What it reads from a weak table has to be shown to [`Heap::mark_read`].
    #[inline]
    pub unsafe fn get_integer(table: *mut Table, key: i64) -> Value {
        // SAFETY: I1, I4.
        unsafe {
            let body = (*table).body;
            // Key 0 is in the hash part as long as there is no array.
            if key >= 0 && key <= i64::from((*body).array_length) && (*body).array_capacity > 0 {
                return *TableBody::elements(body).add(key as usize);
            }
            Self::get_hash(table, Value::canonical_number(key as f64))
        }
    }
    /// Value of a normalised key in the general hash part.
    #[inline]
    unsafe fn get_hash(table: *mut Table, key: Value) -> Value {
        // SAFETY: I1, I4.
        unsafe {
            let hash = (*(*table).body).hash;
            if hash.is_null() {
                return Value::NIL;
            }
            HashPart::find(hash, key).map_or(Value::NIL, |entry| (*entry).value)
        }
    }
    /// Raw read of any key.
    pub unsafe fn get(table: *mut Table, heap: &mut Heap, key: Value) -> Value {
        // SAFETY: I1, I4.
        unsafe {
            let value = if key.is_string() {
                let key = heap.interned(key);
                Self::get_string(table, heap, key)
            } else if let Some(index) = key.as_array_index() {
                Self::get_integer(table, i64::from(index))
            } else {
                Self::get_hash(table, key)
            };
            if Self::is_weak(table) {
                heap.mark_read(value);
            }
            value
        }
    }
    /// `#t` without metamethods: a border.
    #[inline(always)]
    pub unsafe fn length(table: *mut Table) -> usize {
        // SAFETY: I1, I4.
        unsafe {
            let length = (*(*table).body).array_length as usize;
            if length == 0 && Self::is_weak(table) {
                Self::weak_length(table)
            } else {
                length
            }
        }
    }
    #[cold]
    unsafe fn weak_length(table: *mut Table) -> usize {
        let mut length = 0;
        // SAFETY: I1, I4.
        while unsafe {
            !Self::get_hash(table, Value::canonical_number((length + 1) as f64)).is_nil()
        } {
            length += 1;
        }
        length
    }

    // ---- Writing ----

    /// Raw write of any key.
    pub unsafe fn set(
        table: *mut Table,
        heap: &mut Heap,
        key: Value,
        value: Value,
    ) -> Result<(), StoreError> {
        // SAFETY: I1, I4.
        unsafe {
            if key.is_string() {
                let key = heap.interned(key);
                return Self::set_string(table, heap, key, value);
            }
            if let Some(index) = key.as_array_index() {
                return Self::set_integer(table, heap, i64::from(index), value);
            }
            if key.is_nil() {
                return Err(StoreError::NilKey);
            }
            if key.is_number() && key.raw_double().is_nan() {
                return Err(StoreError::NanKey);
            }
            Self::set_hash(table, heap, key, value)
        }
    }
    /// Raw write of an interned string key.
    pub unsafe fn set_string(
        table: *mut Table,
        heap: &mut Heap,
        key: Value,
        value: Value,
    ) -> Result<(), StoreError> {
        // SAFETY: I1, I4.
        unsafe {
            if (*table).header.flags & IS_METATABLE != 0 {
                Self::note_metamethod_change(heap, key);
            }
            match Self::find_named(table, heap, key) {
                NamedPlace::Slot(slot) => {
                    let place = Self::slot_address(table, slot);
                    heap.barrier(*place);
                    *place = value;
                    Ok(())
                }
                NamedPlace::Entry(entry) => {
                    heap.barrier((*entry).value);
                    (*entry).value = value;
                    Ok(())
                }
                NamedPlace::Absent if value.is_nil() => Ok(()),
                NamedPlace::Absent => Self::add_string(table, heap, key, value),
            }
        }
    }
    #[cold]
    unsafe fn note_metamethod_change(heap: &mut Heap, key: Value) {
        let bytes = key.string_bytes().unwrap_or(b"");
        if bytes.starts_with(b"__") {
            heap.bump_prototype_epoch();
            if bytes == b"__newindex" {
                heap.caches_stale = true;
            }
        }
    }
    /// Adds a string key that is not there.
    pub unsafe fn add_string(
        table: *mut Table,
        heap: &mut Heap,
        key: Value,
        value: Value,
    ) -> Result<(), StoreError> {
        // SAFETY: I1, I4.
        unsafe {
            if (*table).header.flags & IS_PROTOTYPE != 0 {
                heap.bump_prototype_epoch();
            }
            if !Self::is_dictionary(table) {
                let shape = Self::shape(table);
                if let Some(child) = heap.shapes.add_key(shape, key) {
                    let slot = heap.shapes.get(shape).slot_count;
                    Self::ensure_slot(table, heap, slot)?;
                    *Self::slot_address(table, slot) = value;
                    (*table).header.word = child;
                    return Ok(());
                }
                Self::make_dictionary(table, heap)?;
            }
            Self::ensure_body(table, heap)?;
            let part = (*(*table).body).slots.cast::<HashPart>();
            let part = Self::with_room(part, heap)?;
            (*(*table).body).slots = part.cast();
            HashPart::append(part, key, value);
            Ok(())
        }
    }
    /// Makes sure that slot number `slot` (the shape's next) exists.
    pub unsafe fn ensure_slot(
        table: *mut Table,
        heap: &mut Heap,
        slot: u32,
    ) -> Result<(), StoreError> {
        // SAFETY: I1, I4.
        unsafe {
            let inline = Self::inline_capacity(table);
            if (slot as usize) < inline {
                return Ok(());
            }
            heap.teach_allocation_site(table, slot as usize + 1);
            Self::ensure_body(table, heap)?;
            let needed = slot as usize - inline + 1;
            let old = (*(*table).body).slots;
            let old_capacity = if old.is_null() {
                0
            } else {
                (*old).capacity as usize
            };
            if needed <= old_capacity {
                return Ok(());
            }
            let slots = heap.new_slot_array((old_capacity * 2).max(needed).max(4));
            if !old.is_null() {
                std::ptr::copy_nonoverlapping(
                    SlotArray::values(old),
                    SlotArray::values(slots),
                    old_capacity,
                );
            }
            (*(*table).body).slots = slots;
            Ok(())
        }
    }
    /// Gives the table a body of its own.
    pub unsafe fn ensure_body(table: *mut Table, heap: &mut Heap) -> Result<(), StoreError> {
        // SAFETY: I1, I4.
        unsafe {
            if (*table).body == heap.empty_body {
                (*table).body = heap.new_body(0)?;
            }
            Ok(())
        }
    }
    /// A part with the same entries and room for one more.
    unsafe fn with_room(part: *mut HashPart, heap: &mut Heap) -> Result<*mut HashPart, StoreError> {
        // SAFETY: I4: `part` is null or a live part.
        unsafe {
            if part.is_null() {
                return Ok(heap.new_hash_part(3)?);
            }
            if (*part).count < (*part).capacity {
                return Ok(part);
            }
            let live = HashPart::live_count(part);
            let wanted = if live * 4 > (*part).capacity as usize * 3 {
                (*part).capacity as usize * 2
            } else {
                live + live / 2 + 1
            };
            Self::rebuilt(part, heap, wanted)
        }
    }
    unsafe fn rebuilt(
        part: *mut HashPart,
        heap: &mut Heap,
        entries: usize,
    ) -> Result<*mut HashPart, StoreError> {
        // SAFETY: I4.
        unsafe {
            let fresh = heap.new_hash_part(entries)?;
            for index in 0..(*part).count as usize {
                let entry = *HashPart::entries(part).add(index);
                // The order of entries changes, so a scan in progress could miss some: queue all.
                heap.barrier(entry.key);
                heap.barrier(entry.value);
                if !entry.value.is_nil() {
                    HashPart::append(fresh, entry.key, entry.value);
                }
            }
            heap.free_large(part.cast());
            Ok(fresh)
        }
    }
    /// Raw write of a normalised general key (not nil, NaN, string or array index of the array part).
    unsafe fn set_hash(
        table: *mut Table,
        heap: &mut Heap,
        key: Value,
        value: Value,
    ) -> Result<(), StoreError> {
        // SAFETY: I1, I4.
        unsafe {
            let hash = (*(*table).body).hash;
            if !hash.is_null()
                && let Some(entry) = HashPart::find(hash, key)
            {
                heap.barrier((*entry).value);
                (*entry).value = value;
                return Ok(());
            }
            if value.is_nil() {
                return Ok(());
            }
            Self::ensure_body(table, heap)?;
            if !hash.is_null()
                && (*hash).count == (*hash).capacity
                && let Some(index) = key.as_array_index()
                && (1..1 << 26).contains(&index)
                && !Self::is_weak(table)
                && let Some(capacity) = Self::better_array_capacity((*table).body, index as u32)
            {
                // Dense integer keys that did not come in order belong in the array.
                Self::grow_array(table, heap, capacity)?;
                Self::move_to_array(table, heap, capacity as u32);
                Self::pull_from_hash(table, heap)?;
                let hash = (*(*table).body).hash;
                let live = HashPart::live_count(hash);
                (*(*table).body).hash = if live == 0 {
                    std::ptr::null_mut()
                } else {
                    Self::rebuilt(hash, heap, live + live / 2 + 1)?
                };
                return Self::set_integer(table, heap, i64::from(index), value);
            }
            let part = Self::with_room((*(*table).body).hash, heap)?;
            (*(*table).body).hash = part;
            HashPart::append(part, key, value);
            Ok(())
        }
    }
    /// Raw write of an integer key.
    pub unsafe fn set_integer(
        table: *mut Table,
        heap: &mut Heap,
        key: i64,
        value: Value,
    ) -> Result<(), StoreError> {
        // SAFETY: I1, I4.
        unsafe {
            let body = (*table).body;
            let length = i64::from((*body).array_length);
            if key >= 0 && key <= length && (*body).array_capacity > 0 {
                let element = TableBody::elements(body).add(key as usize);
                heap.barrier(*element);
                *element = value;
                if key != 0 && !value.is_number() {
                    (*body).header.flags &= !ARRAY_ALL_NUMBERS;
                    if value.is_nil() && key == length {
                        Self::shrink_length(body);
                    }
                }
                return Ok(());
            }
            if value.is_nil() || Self::is_weak(table) {
                return Self::set_hash(table, heap, Value::canonical_number(key as f64), value);
            }
            if key == length + 1 {
                return Self::append(table, heap, value);
            }
            if key > length && key <= i64::from((*body).array_capacity) {
                // Inside the array with a hole below. Keys up to it that are still in the hash come along, or the array would
                // hide them.
                Self::remove_from_hash(table, heap, key);
                Self::move_to_array(table, heap, key as u32 - 1);
                *TableBody::elements(body).add(key as usize) = value;
                (*body).header.flags &= !ARRAY_ALL_NUMBERS;
                (*body).array_length = key as u32;
                Self::pull_from_hash(table, heap)?;
                return Ok(());
            }
            if key == 0 && (*body).array_capacity > 0 {
                heap.barrier(*TableBody::elements(body));
                *TableBody::elements(body) = value;
                return Ok(());
            }
            Self::set_hash(table, heap, Value::canonical_number(key as f64), value)
        }
    }
    /// Moves integer keys above the array's length and up to `last` (inside the capacity) from the hash into the array.
    unsafe fn move_to_array(table: *mut Table, heap: &mut Heap, last: u32) {
        // SAFETY: I1, I4.
        unsafe {
            let body = (*table).body;
            let hash = (*body).hash;
            if hash.is_null() {
                return;
            }
            let first = (*body).array_length + 1;
            for index in 0..(*hash).count as usize {
                let entry = HashPart::entries(hash).add(index);
                let Some(key) = (*entry).key.as_array_index() else {
                    continue;
                };
                if key < first as i32 || key > last as i32 || (*entry).value.is_nil() {
                    continue;
                }
                heap.barrier((*entry).value);
                *TableBody::elements(body).add(key as usize) = (*entry).value;
                (*body).array_length = (*body).array_length.max(key as u32);
                (*entry).value = Value::NIL;
                (*body).header.flags &= !ARRAY_ALL_NUMBERS;
            }
        }
    }
    /// The array capacity that would be more than half full if integer keys moved from the hash, as in LuaJIT's rehash: the
    /// greatest power of two with that property, if it is larger than the present capacity. `key` is about to be added.
    unsafe fn better_array_capacity(body: *mut TableBody, key: u32) -> Option<usize> {
        // SAFETY: I4.
        unsafe {
            // bins[b]: keys in (2^(b-1), 2^b]
            let bin_of = |key: u32| (32 - (key - 1).leading_zeros()) as usize;
            let mut bins = [0usize; 28];
            let mut count_key = |key: i32| {
                if key >= 1 && (key as u32) <= 1 << 26 {
                    bins[bin_of(key as u32)] += 1;
                }
            };
            count_key(key as i32);
            let hash = (*body).hash;
            for index in 0..(*hash).count as usize {
                let entry = *HashPart::entries(hash).add(index);
                if !entry.value.is_nil()
                    && let Some(key) = entry.key.as_array_index()
                {
                    count_key(key);
                }
            }
            for index in 1..=(*body).array_length as usize {
                if !(*TableBody::elements(body).add(index)).is_nil() {
                    count_key(index as i32);
                }
            }
            let mut sum = 0;
            let mut best = 0;
            for (bin, &count) in bins.iter().enumerate().take(27) {
                sum += count;
                if count > 0 && sum > 1 << bin >> 1 {
                    best = 1 << bin;
                }
            }
            (best > (*body).array_capacity as usize && best >= 4).then_some(best)
        }
    }
    /// Elements at the end became nil: the length goes back to the last one that is not.
    unsafe fn shrink_length(body: *mut TableBody) {
        // SAFETY: I4.
        unsafe {
            let mut length = (*body).array_length;
            while length > 0 && (*TableBody::elements(body).add(length as usize)).is_nil() {
                length -= 1;
            }
            (*body).array_length = length;
            if length == 0 {
                (*body).header.flags |= ARRAY_ALL_NUMBERS;
            }
        }
    }
    unsafe fn remove_from_hash(table: *mut Table, heap: &mut Heap, key: i64) {
        // SAFETY: I1, I4.
        unsafe {
            let hash = (*(*table).body).hash;
            if !hash.is_null()
                && let Some(entry) = HashPart::find(hash, Value::canonical_number(key as f64))
            {
                heap.barrier((*entry).value);
                (*entry).value = Value::NIL;
            }
        }
    }
    /// `t[#t + 1] = value` for a value that is not nil.
    pub unsafe fn append(
        table: *mut Table,
        heap: &mut Heap,
        value: Value,
    ) -> Result<(), StoreError> {
        // SAFETY: I1, I4.
        unsafe {
            let length = (*(*table).body).array_length;
            if length >= (*(*table).body).array_capacity {
                let capacity = (length as usize + length as usize / 2).max(3) + 1;
                if length >= 64 && Self::is_sparse((*table).body) {
                    // Mostly holes (a queue that moves up): the live elements are better kept in the hash.
                    Self::array_to_hash(table, heap)?;
                    return Self::set_hash(
                        table,
                        heap,
                        Value::canonical_number(f64::from(length) + 1.0),
                        value,
                    );
                }
                Self::grow_array(table, heap, capacity)?;
            }
            let body = (*table).body;
            *TableBody::elements(body).add(length as usize + 1) = value;
            if !value.is_number() {
                (*body).header.flags &= !ARRAY_ALL_NUMBERS;
            }
            (*body).array_length = length + 1;
            if !(*body).hash.is_null() {
                Self::remove_from_hash(table, heap, i64::from(length) + 1);
                Self::pull_from_hash(table, heap)?;
            }
            Ok(())
        }
    }
    /// Moves the elements `first..=last` of the array part so that the first is at `to`; both ranges lie in the array. False, and nothing
    /// done, where they do not or the table is weak.
    ///
    /// # Safety
    /// I1: `table` is live.
    pub unsafe fn move_elements(
        table: *mut Table,
        heap: &mut Heap,
        first: i64,
        last: i64,
        to: i64,
    ) -> bool {
        // SAFETY: I1, I4: both ranges are inside the elements in use.
        unsafe {
            let body = (*table).body;
            let length = i64::from((*body).array_length);
            let is_inside = |from: i64, until: i64| from >= 1 && until <= length;
            let count = last - first + 1;
            if count < 1
                || !is_inside(first, last)
                || !is_inside(to, to.saturating_add(count - 1))
                || Self::is_weak(table)
            {
                return false;
            }
            let elements = TableBody::elements(body);
            if heap.barrier_active {
                // What moves may go from a part that is not scanned yet to one that is.
                for index in first.min(to)..=last.max(to + count - 1) {
                    heap.barrier(*elements.add(index as usize));
                }
            }
            std::ptr::copy(
                elements.add(first as usize),
                elements.add(to as usize),
                count as usize,
            );
            if (*elements.add(length as usize)).is_nil() {
                Self::shrink_length(body);
            }
            true
        }
    }
    unsafe fn is_sparse(body: *mut TableBody) -> bool {
        // SAFETY: I4.
        unsafe {
            let elements = std::slice::from_raw_parts(
                TableBody::elements(body),
                (*body).array_length as usize + 1,
            );
            elements.iter().filter(|element| !element.is_nil()).count() * 3 < elements.len()
        }
    }
    unsafe fn array_to_hash(table: *mut Table, heap: &mut Heap) -> Result<(), StoreError> {
        // SAFETY: I1, I4.
        unsafe {
            let old = (*table).body;
            let body = heap.new_body(0)?;
            // All at once: the insertions below allocate, and a step in one of them may complete the marking.
            for index in 0..=(*old).array_length as usize {
                heap.barrier(*TableBody::elements(old).add(index));
            }
            (*body).hash = (*old).hash;
            (*body).slots = (*old).slots;
            (*body).metatable = (*old).metatable;
            (*table).body = body;
            for index in 0..=(*old).array_length as usize {
                let value = *TableBody::elements(old).add(index);
                if value.is_nil() {
                    continue;
                }
                // Not by `set_hash`, which would move dense keys back to an array.
                let key = Value::canonical_number(index as f64);
                let hash = (*body).hash;
                if !hash.is_null()
                    && let Some(entry) = HashPart::find(hash, key)
                {
                    (*entry).value = value;
                    continue;
                }
                (*body).hash = Self::with_room(hash, heap)?;
                HashPart::append((*body).hash, key, value);
            }
            heap.free_large(old.cast());
            Ok(())
        }
    }
    /// Moves the array part to one with room for `capacity` elements (never smaller than what is in use).
    pub unsafe fn grow_array(
        table: *mut Table,
        heap: &mut Heap,
        capacity: usize,
    ) -> Result<(), StoreError> {
        // SAFETY: I1, I4.
        unsafe {
            let old = (*table).body;
            // Whole cells: the rest of a cell is room for elements too.
            let body = heap.new_body(capacity)?;
            (*body).header.flags = (*old).header.flags;
            (*body).array_length = (*old).array_length;
            (*body).hash = (*old).hash;
            (*body).slots = (*old).slots;
            (*body).metatable = (*old).metatable;
            let count = if (*old).array_capacity == 0 {
                0
            } else {
                (*old).array_length as usize + 1
            };
            std::ptr::copy_nonoverlapping(
                TableBody::elements(old),
                TableBody::elements(body),
                count,
            );
            let had_array = (*old).array_capacity != 0;
            if old != heap.empty_body {
                heap.free_large(old.cast());
            }
            (*table).body = body;
            if !had_array && !(*body).hash.is_null() {
                // Key 0 lives in the array as soon as there is one.
                let zero = Self::get_hash(table, Value::canonical_number(0.0));
                Self::remove_from_hash(table, heap, 0);
                *TableBody::elements(body) = zero;
            }
            Ok(())
        }
    }
    /// Keys that follow the array's end move from the hash into the array.
    unsafe fn pull_from_hash(table: *mut Table, heap: &mut Heap) -> Result<(), StoreError> {
        // SAFETY: I1, I4.
        unsafe {
            loop {
                let body = (*table).body;
                let hash = (*body).hash;
                if hash.is_null() {
                    return Ok(());
                }
                let next = (*body).array_length + 1;
                let Some(entry) = HashPart::find(hash, Value::canonical_number(f64::from(next)))
                else {
                    return Ok(());
                };
                let value = (*entry).value;
                if value.is_nil() {
                    return Ok(());
                }
                if next > (*body).array_capacity {
                    let length = next as usize;
                    Self::grow_array(table, heap, length + length / 2 + 1)?;
                }
                heap.barrier((*entry).value);
                (*entry).value = Value::NIL;
                let body = (*table).body;
                *TableBody::elements(body).add(next as usize) = value;
                if !value.is_number() {
                    (*body).header.flags &= !ARRAY_ALL_NUMBERS;
                }
                (*body).array_length = next;
            }
        }
    }
    /// Moves all string keys to a hash part.
    pub unsafe fn make_dictionary(table: *mut Table, heap: &mut Heap) -> Result<(), StoreError> {
        // SAFETY: I1, I4.
        unsafe {
            if Self::is_dictionary(table) {
                return Ok(());
            }
            Self::ensure_body(table, heap)?;
            heap.bump_prototype_epoch();
            let shape = Self::shape(table);
            let count = heap.shapes.get(shape).slot_count;
            let metatable = Self::metatable(table, heap);
            let part = heap.new_hash_part(count as usize + 8)?;
            for slot in 0..count {
                let value = *Self::slot_address(table, slot);
                heap.barrier(value);
                if !value.is_nil() {
                    HashPart::append(part, heap.shapes.key_at(shape, slot), value);
                }
            }
            for index in 0..Self::inline_capacity(table) {
                *Self::inline_slots(table).add(index) = Value::NIL;
            }
            (*(*table).body).slots = part.cast();
            (*(*table).body).metatable = metatable;
            (*table).header.word = DICTIONARY_SHAPE;
            Ok(())
        }
    }
    /// Turns a table into the weak form: everything in hash parts.
    pub unsafe fn make_weak(
        table: *mut Table,
        heap: &mut Heap,
        weakness: u8,
    ) -> Result<(), OutOfMemory> {
        // SAFETY: I1, I4.
        unsafe {
            // Caches may hold addresses of entries, and reads through them would not mark.
            heap.bump_prototype_epoch();
            Self::make_dictionary(table, heap).map_err(|_| OutOfMemory)?;
            if (*(*table).body).array_capacity > 0 {
                Self::array_to_hash(table, heap).map_err(|_| OutOfMemory)?;
            }
            (*table).header.flags = (*table).header.flags & !(WEAK_KEYS | WEAK_VALUES) | weakness;
            Ok(())
        }
    }
    /// Sets (or with null removes) the metatable.
    pub unsafe fn set_metatable(
        table: *mut Table,
        heap: &mut Heap,
        metatable: *mut Table,
    ) -> Result<(), StoreError> {
        // SAFETY: I1, I4.
        unsafe {
            let old = Self::metatable(table, heap);
            if old == metatable {
                return Ok(());
            }
            if !old.is_null() {
                heap.barrier(Value::table(old));
            }
            if (*table).header.flags & IS_PROTOTYPE != 0 {
                heap.bump_prototype_epoch();
            }
            let shape = Self::shape(table);
            let mut uses = 0;
            if !metatable.is_null() {
                heap.note_metatable(metatable);
                uses = ((*metatable).header.small >> 8) + 1;
                if uses <= USES_BEFORE_SHAPE {
                    (*metatable).header.small += 1 << 8;
                }
            }
            let is_dictionary = Self::is_dictionary(table);
            let in_shape = if is_dictionary || !metatable.is_null() && uses < USES_BEFORE_SHAPE {
                None
            } else {
                heap.shapes.with_metatable(shape, metatable)
            };
            match in_shape {
                Some(shape) => {
                    (*table).header.word = shape;
                    if (*table).body != heap.empty_body {
                        (*(*table).body).metatable = std::ptr::null_mut();
                    }
                }
                None => {
                    Self::ensure_body(table, heap)?;
                    if !is_dictionary {
                        (*table).header.word = heap.shapes.with_metatable_apart(shape);
                    }
                    (*(*table).body).metatable = metatable;
                }
            }
            Ok(())
        }
    }
    /// Moves the metatable of a table that got it while few tables had it into the shape, where tables that got it later have it:
    /// code that is specialised to one of them is right for all.
    pub unsafe fn settle_metatable(table: *mut Table, heap: &mut Heap) {
        // SAFETY: I1, I4.
        unsafe {
            let shape = Self::shape(table);
            if Self::is_dictionary(table)
                || heap.shapes.get(shape).flags & shape::METATABLE_APART == 0
            {
                return;
            }
            let metatable = (*(*table).body).metatable;
            if metatable.is_null() || (*metatable).header.small >> 8 < USES_BEFORE_SHAPE {
                return;
            }
            if let Some(shape) = heap.shapes.settled(shape, metatable) {
                heap.barrier(Value::table(metatable));
                (*table).header.word = shape;
                (*(*table).body).metatable = std::ptr::null_mut();
            }
        }
    }
    /// Notes that `table` is reached through `__index`: later additions to it invalidate cached lookups.
    pub unsafe fn mark_prototype(table: *mut Table, heap: &mut Heap) {
        // SAFETY: I1, I4.
        unsafe {
            if (*table).header.flags & IS_PROTOTYPE == 0 {
                (*table).header.flags |= IS_PROTOTYPE;
                let shape = heap.shapes.as_prototype(Self::shape(table));
                (*table).header.word = shape;
            }
        }
    }

    // ---- Traversal ----

    /// The first entry at or after traversal position `position`: key, value and the position after it.
    ///
    /// Positions: `kind << 32 | index` with kind 0 for elements, 1 for slots or the string hash, 2 for the general hash.
    pub unsafe fn next_from(
        table: *mut Table,
        heap: &mut Heap,
        mut position: u64,
    ) -> Option<(Value, Value, u64)> {
        // SAFETY: I1, I4.
        unsafe {
            let body = (*table).body;
            if position >> 32 == 0 {
                let length = if (*body).array_capacity > 0 {
                    u64::from((*body).array_length)
                } else {
                    0
                };
                while position <= length {
                    let value = *TableBody::elements(body).add(position as usize);
                    position += 1;
                    if !value.is_nil() {
                        return Some((
                            Value::canonical_number((position - 1) as f64),
                            value,
                            position,
                        ));
                    }
                }
                position = 1 << 32;
            }
            if position >> 32 == 1 {
                if Self::is_dictionary(table) {
                    if let Some(found) = Self::next_entry(heap, (*body).slots.cast(), position) {
                        return Some(found);
                    }
                } else {
                    let shape = Self::shape(table);
                    let count = heap.shapes.get(shape).slot_count;
                    let mut slot = position as u32;
                    while slot < count {
                        let value = *Self::slot_address(table, slot);
                        slot += 1;
                        if !value.is_nil() {
                            return Some((
                                heap.shapes.key_at(shape, slot - 1),
                                value,
                                1 << 32 | u64::from(slot),
                            ));
                        }
                    }
                }
                position = 2 << 32;
            }
            Self::next_entry(heap, (*body).hash, position)
        }
    }
    unsafe fn next_entry(
        heap: &mut Heap,
        part: *mut HashPart,
        mut position: u64,
    ) -> Option<(Value, Value, u64)> {
        if part.is_null() {
            return None;
        }
        // SAFETY: I4.
        unsafe {
            while (position as u32) < (*part).count {
                let entry = *HashPart::entries(part).add(position as u32 as usize);
                position += 1;
                if !entry.value.is_nil() {
                    heap.mark_read(entry.key);
                    heap.mark_read(entry.value);
                    return Some((entry.key, entry.value, position));
                }
            }
            None
        }
    }
    /// The traversal position after `key` (nil: the beginning); `None` if the key is not in the table.
    pub unsafe fn position_after(table: *mut Table, heap: &mut Heap, key: Value) -> Option<u64> {
        // SAFETY: I1, I4.
        unsafe {
            if key.is_nil() {
                return Some(0);
            }
            let body = (*table).body;
            if key.is_string() {
                let key = heap.interned(key);
                return match Self::find_named(table, heap, key) {
                    NamedPlace::Slot(slot) => Some(1 << 32 | u64::from(slot + 1)),
                    NamedPlace::Entry(entry) => {
                        let first = HashPart::entries((*body).slots.cast());
                        Some(1 << 32 | (entry.offset_from(first) as u64 + 1))
                    }
                    NamedPlace::Absent => None,
                };
            }
            let mut key = key;
            if let Some(index) = key.as_array_index() {
                if index >= 0
                    && (*body).array_capacity > 0
                    && index as u32 <= (*body).array_capacity
                {
                    return Some(index as u64 + 1);
                }
                key = Value::canonical_number(f64::from(index));
            }
            let hash = (*body).hash;
            if hash.is_null() {
                return None;
            }
            let entry = HashPart::find(hash, key)?;
            Some(2 << 32 | (entry.offset_from(HashPart::entries(hash)) as u64 + 1))
        }
    }
    /// Removes all entries (LuaJIT's `table.clear`): the metatable stays, the storage too where it can.
    pub unsafe fn clear(table: *mut Table, heap: &mut Heap) {
        // SAFETY: I1, I4.
        unsafe {
            let body = (*table).body;
            if (*table).header.flags & (IS_METATABLE | IS_PROTOTYPE) != 0 {
                heap.bump_prototype_epoch();
                heap.caches_stale = true;
            }
            if !Self::is_dictionary(table) {
                let count = heap.shapes.get(Self::shape(table)).slot_count;
                for slot in 0..count {
                    let place = Self::slot_address(table, slot);
                    heap.barrier(*place);
                    *place = Value::NIL;
                }
            }
            if body == heap.empty_body {
                return;
            }
            if (*body).array_capacity > 0 {
                for index in 0..=(*body).array_length as usize {
                    let place = TableBody::elements(body).add(index);
                    heap.barrier(*place);
                    *place = Value::NIL;
                }
                (*body).array_length = 0;
                (*body).header.flags |= ARRAY_ALL_NUMBERS;
            }
            let mut parts = vec![(*body).hash];
            if Self::is_dictionary(table) {
                parts.push((*body).slots.cast());
            }
            for part in parts {
                if part.is_null() {
                    continue;
                }
                for index in 0..(*part).count as usize {
                    let entry = HashPart::entries(part).add(index);
                    heap.barrier((*entry).value);
                    (*entry).value = Value::NIL;
                }
            }
        }
    }
}
