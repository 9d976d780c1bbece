//! C data in the interpreter: fields and elements that are numbers, references or eight-byte values are read and written here, without
//! asking the foreign function interface, once it has said where they lie ([`DirectAccess`]).
//!
//! ```text
//! GetField   word 2: FOREIGN_SHAPE + type number   word 3: index of the access, or a place as for tables (__index tables)
//! GetIndex   vm.foreign.elements[type number]
//! ```
//! A type's number never changes its meaning, so neither cache is ever wrong. What is not in a cache goes the general way
//! (`access`), which asks the interface and fills the cache.
//!
//! Not here: what a C type is. An access is an offset, a width and how to convert.

use super::access::{
    self, PLACE_ADDRESS, PLACE_KIND, address_of, index_chain, key_of, write_cache,
};
use super::metamethod::Step;
use super::{b, c, calls, go, handler, next};
use crate::object::shape::{NO_SHAPE, STRING_PSEUDO_SHAPE};
use crate::object::{CData, ObjectHeader, Table};
use crate::seams::{DirectAccess, DirectKind};
use crate::value::Value;
use crate::vm::Vm;

/// Added to a type number where inline caches keep shapes.
pub(crate) const FOREIGN_SHAPE: u32 = 0x4000_0000;
/// Types with greater numbers are not cached.
const MOST_CACHED_TYPES: u32 = 1 << 20;

/// Direct accesses that are known.
#[derive(Default)]
pub(crate) struct ForeignCaches {
    /// By type number.
    elements: Vec<DirectAccess>,
    /// By index in inline caches.
    fields: Vec<DirectAccess>,
    field_indexes: rustc_hash::FxHashMap<(u32, u64), u32>,
}

/// What stands for a receiver in inline caches.
#[inline(always)]
pub(crate) unsafe fn shape_of(object: Value) -> u32 {
    // SAFETY: I1.
    unsafe {
        if let Some(table) = object.as_table() {
            return Table::shape(table);
        }
        if object.is_string() {
            return STRING_PSEUDO_SHAPE;
        }
        if let Some(userdata) = object.as_userdata() {
            return (*userdata).header.word;
        }
        match object.as_cdata() {
            Some(header) if (*header).word < MOST_CACHED_TYPES => FOREIGN_SHAPE | (*header).word,
            _ => NO_SHAPE,
        }
    }
}

/// Reads `object[key]` with metamethods; fills the cache at `pc` if it can (`pc` null: no cache).
pub(crate) unsafe fn index_step(vm: &mut Vm, object: Value, key: Value, pc: *const u32) -> Step {
    // SAFETY: I1, I10.
    unsafe {
        let shape = shape_of(object);
        if object.as_cdata().is_none() {
            return index_chain(vm, object, key, pc, shape, 0);
        }
        if key.is_interned_string() {
            if !pc.is_null()
                && let Some(index) = vm.foreign_field(object, key)
            {
                write_cache(pc, shape, index, std::ptr::null());
            } else if let Some(table) = vm.foreign_index_table(object, key) {
                if let Some(table) = table.as_table() {
                    Table::mark_prototype(table, &mut vm.heap);
                }
                let step = index_chain(vm, table, key, pc, shape, 1);
                // What is not there either is an error, which the interface words.
                if !matches!(step, Step::Value(value) if value.is_nil()) {
                    return step;
                }
            }
        }
        index_chain(vm, object, key, std::ptr::null(), NO_SHAPE, 0)
    }
}

impl Vm {
    /// The index of the direct access to a field of a cdata object, if there is one.
    fn foreign_field(&mut self, object: Value, key: Value) -> Option<u32> {
        let header = object.as_cdata()?;
        // SAFETY: I1.
        let type_number = unsafe { (*header).word };
        if type_number >= MOST_CACHED_TYPES {
            return None;
        }
        let entry = (type_number, key.bits());
        if let Some(&index) = self.foreign_caches.field_indexes.get(&entry) {
            return Some(index);
        }
        let access = self.foreign_field_access(object, key)?;
        // Keys may die and their addresses be used again.
        self.new_handle(key);
        let index = self.foreign_caches.fields.len() as u32;
        if index >= MOST_CACHED_TYPES {
            return None;
        }
        self.foreign_caches.fields.push(access);
        self.foreign_caches.field_indexes.insert(entry, index);
        Some(index)
    }
    /// The direct access to the elements of a cdata object; asks the interface the first time.
    #[cold]
    fn learn_elements(&mut self, object: Value, type_number: u32) {
        if type_number >= MOST_CACHED_TYPES {
            return;
        }
        let access = self.foreign_element_access(object);
        let elements = &mut self.foreign_caches.elements;
        if elements.len() <= type_number as usize {
            elements.resize(type_number as usize + 1, DirectAccess::UNKNOWN);
        }
        elements[type_number as usize] = access.unwrap_or(DirectAccess::NONE);
    }
}

/// The address that an access leads to: element `index`, or the field.
#[inline(always)]
unsafe fn follow(header: *mut ObjectHeader, access: &DirectAccess, index: i64) -> *mut u8 {
    // SAFETY: I1, I14: the interface planned this for the object's type; the program vouches for pointers and indexes.
    unsafe {
        let mut place = CData::bytes(header.cast());
        let mut level = 0;
        while level < access.indirections {
            place = place.cast::<*mut u8>().read_unaligned();
            level += 1;
        }
        place.wrapping_offset((index.wrapping_mul(i64::from(access.scale))) as isize)
    }
}

/// The number there; NaN-canonical. `None`: the access is no number.
#[inline(always)]
unsafe fn load_number(kind: DirectKind, place: *const u8) -> Option<Value> {
    // SAFETY: I14.
    unsafe {
        let number = match kind {
            DirectKind::Float64 => {
                return Some(Value::from_foreign_number(
                    place.cast::<f64>().read_unaligned(),
                ));
            }
            DirectKind::Float32 => {
                let number = place.cast::<f32>().read_unaligned();
                return Some(Value::from_foreign_number(f64::from(number)));
            }
            DirectKind::Int8 => f64::from(place.cast::<i8>().read()),
            DirectKind::UInt8 => f64::from(place.read()),
            DirectKind::Int16 => f64::from(place.cast::<i16>().read_unaligned()),
            DirectKind::UInt16 => f64::from(place.cast::<u16>().read_unaligned()),
            DirectKind::Int32 => f64::from(place.cast::<i32>().read_unaligned()),
            DirectKind::UInt32 => f64::from(place.cast::<u32>().read_unaligned()),
            DirectKind::Bool8 => return Some(Value::boolean(place.read() != 0)),
            _ => return None,
        };
        Some(Value::canonical_number(number))
    }
}

/// Writes a number; false if the access takes none.
#[inline(always)]
unsafe fn store_number(kind: DirectKind, place: *mut u8, number: f64) -> bool {
    // SAFETY: I14.
    unsafe {
        match kind {
            DirectKind::Float64 => place.cast::<f64>().write_unaligned(number),
            DirectKind::Float32 => place.cast::<f32>().write_unaligned(number as f32),
            DirectKind::Int8 | DirectKind::UInt8 => place.write(to_i64(number) as u8),
            DirectKind::Int16 | DirectKind::UInt16 => {
                place.cast::<u16>().write_unaligned(to_i64(number) as u16)
            }
            DirectKind::Int32 | DirectKind::UInt32 => {
                place.cast::<u32>().write_unaligned(to_i64(number) as u32)
            }
            _ => return false,
        }
        true
    }
}

/// Truncates; out of range and NaN give the smallest integer.
#[inline(always)]
fn to_i64(number: f64) -> i64 {
    super::arithmetic::double_to_i64(number)
}

/// A new object of eight bytes: a reference to a place, or a copy of what is there.
#[inline(always)]
unsafe fn load_object(vm: &mut Vm, access: &DirectAccess, place: *mut u8) -> Option<Value> {
    // SAFETY: I2, I14.
    unsafe {
        let word = match access.kind {
            DirectKind::Reference => place as usize as u64,
            DirectKind::Copy8 => place.cast::<u64>().read_unaligned(),
            _ => return None,
        };
        let object = vm.heap.new_cdata_word(access.result_type, word);
        Some(Value::object(object.cast()))
    }
}

/// The place of an element of an array of doubles that lies in the object itself and may be written.
#[inline(always)]
unsafe fn double_place(vm: *mut Vm, object: Value, index: f64) -> Option<*mut f64> {
    // SAFETY: I1, I14: as in `follow`.
    unsafe {
        let header = object.as_cdata()?;
        let elements = &(*vm).foreign_caches.elements;
        let type_number = (*header).word as usize;
        if type_number >= elements.len() {
            return None;
        }
        let access = elements.as_ptr().add(type_number);
        if (*access).kind != DirectKind::Float64
            || (*access).indirections != 0
            || (*access).is_constant
        {
            return None;
        }
        let doubles = CData::bytes(header.cast()).cast::<f64>();
        Some(doubles.wrapping_offset(to_i64(index) as isize))
    }
}

/// The known access to elements of an object's type; asks the interface the first time.
#[inline(always)]
unsafe fn elements_of(vm: *mut Vm, object: Value, header: *mut ObjectHeader) -> DirectAccess {
    // SAFETY: I1.
    unsafe {
        let type_number = (*header).word as usize;
        let elements = &(*vm).foreign_caches.elements;
        match elements.get(type_number) {
            Some(access) if access.kind != DirectKind::Unknown => *access,
            _ => learn(vm, object, type_number as u32),
        }
    }
}
#[cold]
unsafe fn learn(vm: *mut Vm, object: Value, type_number: u32) -> DirectAccess {
    // SAFETY: I1.
    unsafe {
        (*vm).learn_elements(object, type_number);
        let caches = &(*vm).foreign_caches;
        caches
            .elements
            .get(type_number as usize)
            .copied()
            .unwrap_or(DirectAccess::NONE)
    }
}
/// The access that the cache at `pc` holds for a cdata object.
#[inline(always)]
unsafe fn cached_field(
    vm: *mut Vm,
    header: *mut ObjectHeader,
    pc: *const u32,
) -> Option<DirectAccess> {
    // SAFETY: I1, I10.
    unsafe {
        if *pc.add(1) != FOREIGN_SHAPE | (*header).word {
            return None;
        }
        let caches = &(*vm).foreign_caches;
        caches.fields.get(*pc.add(2) as usize).copied()
    }
}

/// Element `index` of a cdata object, where the way to it is direct.
// Out of line: what it looks at lies in its stack frame, and handlers with such a frame do not end in jumps.
#[inline(never)]
unsafe fn element(
    vm: *mut Vm,
    object: Value,
    header: *mut ObjectHeader,
    index: i64,
) -> Option<Value> {
    // SAFETY: I1, I6: a live cdata object of the running instruction.
    unsafe {
        let access = elements_of(vm, object, header);
        if access.kind as u8 <= DirectKind::None as u8 {
            return None;
        }
        let place = follow(header, &access, index);
        match load_number(access.kind, place) {
            None => load_object(&mut *vm, &access, place),
            value => value,
        }
    }
}

handler! {
    /// Reads a field of what is no table.
    get_field(pc, base, d, a, k, vm) {
        let object = *base.add(b(d));
        if let Some(header) = object.as_cdata()
            && let Some(access) = cached_field(vm, header, pc)
        {
            let place = follow(header, &access, 1);
            if access.kind == DirectKind::Float64 {
                *base.add(a) = Value::from_foreign_number(place.cast::<f64>().read_unaligned());
                next!(pc.add(5), base, k, vm)
            }
            if let Some(value) = load_number(access.kind, place) {
                *base.add(a) = value;
                next!(pc.add(5), base, k, vm)
            }
            if let Some(value) = load_object(&mut *vm, &access, place) {
                *base.add(a) = value;
                if (*vm).heap.safe_point_due {
                    (*vm).save(base, pc);
                    go!(calls::safe_point, pc.add(5), base, 0, 0, k, vm)
                }
                next!(pc.add(5), base, k, vm)
            }
        }
        let shape = shape_of(object);
        if shape == *pc.add(1)
            && shape != NO_SHAPE
            && shape != 0
            && *pc.add(2) == PLACE_ADDRESS | (*vm).heap.prototype_epoch
            && *pc.add(2) & PLACE_KIND == PLACE_ADDRESS
        {
            let value = *address_of(pc);
            if !value.is_nil() {
                *base.add(a) = value;
                next!(pc.add(5), base, k, vm)
            }
        }
        return access::get_field_slow(pc, base, d, a, k, vm);
    }
    /// Writes a field of what is no table.
    set_field(pc, base, d, a, k, vm) {
        let object = *base.add(b(d));
        let value = *base.add(a);
        if let Some(header) = object.as_cdata() {
            if let Some(access) = cached_field(vm, header, pc)
                && value.is_number()
                && !access.is_constant
                && store_number(access.kind, follow(header, &access, 1), value.raw_double())
            {
                next!(pc.add(4), base, k, vm)
            }
            return learn_field_store(pc, base, d, a, k, vm);
        }
        return access::set_field_slow(pc, base, d, a, k, vm);
    }
    /// Fills the cache of a store, which then goes the general way once.
    learn_field_store(pc, base, d, a, k, vm) {
        let object = *base.add(b(d));
        if let Some(index) = (*vm).foreign_field(object, key_of(pc, k)) {
            let words = pc.cast_mut();
            *words.add(1) = shape_of(object);
            *words.add(2) = index;
        }
        return access::set_field_slow(pc, base, d, a, k, vm);
    }
    /// Reads an element of what is no table.
    get_index(pc, base, d, a, k, vm) {
        let object = *base.add(b(d));
        let key = *base.add(c(d));
        if key.is_number()
            && let Some(place) = double_place(vm, object, key.raw_double())
        {
            *base.add(a) = Value::from_foreign_number(place.read_unaligned());
            next!(pc, base, k, vm)
        }
        return get_index_general(pc, base, d, a, k, vm);
    }
    get_index_general(pc, base, d, a, k, vm) {
        let object = *base.add(b(d));
        let key = *base.add(c(d));
        if key.is_number()
            && let Some(header) = object.as_cdata()
        {
            let access = elements_of(vm, object, header);
            if access.kind as u8 > DirectKind::None as u8 {
                let place = follow(header, &access, to_i64(key.raw_double()));
                if let Some(value) = load_number(access.kind, place) {
                    *base.add(a) = value;
                    next!(pc, base, k, vm)
                }
                if let Some(value) = load_object(&mut *vm, &access, place) {
                    *base.add(a) = value;
                    if (*vm).heap.safe_point_due {
                        (*vm).save(base, pc);
                        go!(calls::safe_point, pc, base, 0, 0, k, vm)
                    }
                    next!(pc, base, k, vm)
                }
            }
        }
        return access::get_index_slow(pc, base, d, a, k, vm);
    }
    /// Writes an element of what is no table.
    set_index(pc, base, d, a, k, vm) {
        let object = *base.add(b(d));
        let (key, value) = (*base.add(c(d)), *base.add(a));
        if key.is_number()
            && value.is_number()
            && let Some(place) = double_place(vm, object, key.raw_double())
        {
            place.write_unaligned(value.raw_double());
            next!(pc, base, k, vm)
        }
        return set_index_general(pc, base, d, a, k, vm);
    }
    set_index_general(pc, base, d, a, k, vm) {
        let object = *base.add(b(d));
        let (key, value) = (*base.add(c(d)), *base.add(a));
        if key.is_number()
            && value.is_number()
            && let Some(header) = object.as_cdata()
        {
            let access = elements_of(vm, object, header);
            if access.kind as u8 > DirectKind::None as u8 && !access.is_constant {
                let place = follow(header, &access, to_i64(key.raw_double()));
                if store_number(access.kind, place, value.raw_double()) {
                    next!(pc, base, k, vm)
                }
            }
        }
        return access::set_index_slow(pc, base, d, a, k, vm);
    }
    /// As [`get_index`], with a constant.
    get_index_integer(pc, base, d, a, k, vm) {
        let object = *base.add(b(d));
        if let Some(header) = object.as_cdata()
            && let Some(value) = element(vm, object, header, c(d) as i64)
        {
            *base.add(a) = value;
            if (*vm).heap.safe_point_due {
                (*vm).save(base, pc);
                go!(calls::safe_point, pc, base, 0, 0, k, vm)
            }
            next!(pc, base, k, vm)
        }
        return access::get_index_integer_slow(pc, base, d, a, k, vm);
    }
    /// As [`set_index`], with a constant.
    set_index_integer(pc, base, d, a, k, vm) {
        let object = *base.add(b(d));
        let value = *base.add(a);
        if value.is_number()
            && let Some(header) = object.as_cdata()
        {
            let access = elements_of(vm, object, header);
            if access.kind as u8 > DirectKind::None as u8 && !access.is_constant {
                let place = follow(header, &access, c(d) as i64);
                if store_number(access.kind, place, value.raw_double()) {
                    next!(pc, base, k, vm)
                }
            }
        }
        return access::set_index_integer_slow(pc, base, d, a, k, vm);
    }
}
