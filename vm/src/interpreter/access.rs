//! Moves, upvalues, globals and tables.
//!
//! ## Inline caches
//! `GetField`, `GetGlobal`, `Method`: word 1 key constant, word 2 shape, word 3 *place*, words 4 and 5 an address. Place:
//!
//! ```text
//! 0xxx…  byte offset of an inline slot from the table
//! 10ee…  the value is at the address while the prototype epoch is e (found through __index, or absent: address of a nil)
//! 11ii…  slot i of the slot array
//! ```
//! `SetField`, `SetGlobal`: word 1 key, word 2 shape, word 3 place (offset or 11ii…), word 4 the shape afterwards (equal for
//! a store into an existing slot).
//!
//! A cache is written only by the slow path. Adding keys to prototypes and changing their `__…` keys bumps the epoch;
//! `__newindex` arriving late clears all caches at once (`heap.caches_stale`, `Vm::settle_caches`): a store that hits its
//! cache asks nobody.

use super::metamethod::{Metamethod, Step};
use super::{b, c, calls, go, handler, next, unwind};
use crate::object::shape::{DICTIONARY_SHAPE, EMPTY_SHAPE, METATABLE_APART, NO_SHAPE, PROTOTYPE};
use crate::object::table::{ARRAY_ALL_NUMBERS, IS_METATABLE, NamedPlace};
use crate::object::{Function, SlotArray, Table, TableBody, Upvalue};
use crate::value::Value;
use crate::vm::Vm;

/// Place flag: an address, valid in one epoch.
pub(crate) const PLACE_ADDRESS: u32 = 0x8000_0000;
/// Place flags: slot of the slot array.
const PLACE_SLOT: u32 = 0xC000_0000;
pub(crate) const PLACE_KIND: u32 = 0xC000_0000;

static NIL_PLACE: u64 = Value::NIL.bits();

#[inline(always)]
pub(crate) unsafe fn key_of(pc: *const u32, k: *const Value) -> Value {
    // SAFETY: I6: word 1 is the index of a string constant.
    unsafe { *k.add(*pc as usize) }
}
#[inline(always)]
pub(crate) unsafe fn address_of(pc: *const u32) -> *const Value {
    // SAFETY: I6: words 4 and 5 of the instruction.
    unsafe { (u64::from(*pc.add(3)) | u64::from(*pc.add(4)) << 32) as usize as *const Value }
}
pub(crate) unsafe fn write_cache(pc: *const u32, shape: u32, place: u32, address: *const Value) {
    // SAFETY: I10: cache words of the running prototype's own copy of the code.
    unsafe {
        let words = pc.cast_mut();
        *words.add(1) = shape;
        *words.add(2) = place;
        *words.add(3) = address as usize as u32;
        *words.add(4) = ((address as usize as u64) >> 32) as u32;
    }
}
/// Lookups by shape and key that inline caches remembered before: for instructions that see many shapes.
#[derive(Clone, Copy)]
pub(crate) struct CachedLookup {
    shape: u32,
    place: u32,
    key: Value,
    address: *const Value,
    /// A key may be freed and another string get its address: entries are good until the next sweep.
    sweep_epoch: u32,
}

impl CachedLookup {
    pub(crate) const EMPTY: CachedLookup = CachedLookup {
        shape: NO_SHAPE,
        place: 0,
        key: Value::NIL,
        address: std::ptr::null(),
        sweep_epoch: 0,
    };
}

/// Entries of the lookup cache.
pub(crate) const LOOKUP_CACHE_SIZE: usize = 512;

#[inline(always)]
fn lookup_cache_index(shape: u32, key: Value) -> usize {
    (shape as usize)
        .wrapping_mul(31)
        .wrapping_add(key.bits() as usize >> 4)
        % LOOKUP_CACHE_SIZE
}

/// As [`write_cache`], and remembers it in the lookup cache.
unsafe fn remember(
    vm: &mut Vm,
    pc: *const u32,
    shape: u32,
    key: Value,
    place: u32,
    address: *const Value,
) {
    vm.lookup_cache[lookup_cache_index(shape, key)] = CachedLookup {
        shape,
        place,
        key,
        address,
        sweep_epoch: vm.heap.sweep_epoch,
    };
    // SAFETY: I10.
    unsafe { write_cache(pc, shape, place, address) }
}

/// Fills the inline cache at `pc` from the lookup cache for a receiver of `shape`; false if it is not there.
#[inline(always)]
unsafe fn recall(vm: &Vm, pc: *const u32, shape: u32, key: Value) -> bool {
    let entry = &vm.lookup_cache[lookup_cache_index(shape, key)];
    if entry.shape != shape || entry.key != key || entry.sweep_epoch != vm.heap.sweep_epoch {
        return false;
    }
    if entry.place & PLACE_KIND == PLACE_ADDRESS
        && entry.place != PLACE_ADDRESS | vm.heap.prototype_epoch
    {
        return false;
    }
    // SAFETY: I10.
    unsafe { write_cache(pc, shape, entry.place, entry.address) };
    true
}

/// The environment of the running function.
#[inline(always)]
unsafe fn environment(base: *mut Value) -> *mut Table {
    // SAFETY: I6: base[-2] is the running function.
    unsafe { (*(*base.sub(2)).as_function().unwrap_unchecked()).environment }
}

// ---- Slow paths ----

pub(crate) use super::foreign::index_step;

/// `foreign::index_step` from a receiver with `receiver_shape`; `first_depth` is 1 if `object` is already its `__index`.
pub(crate) unsafe fn index_chain(
    vm: &mut Vm,
    object: Value,
    key: Value,
    pc: *const u32,
    receiver_shape: u32,
    first_depth: u32,
) -> Step {
    // SAFETY: I1, I4, I10.
    unsafe {
        let mut object = object;
        let mut cacheable = !pc.is_null()
            && key.is_interned_string()
            && receiver_shape != DICTIONARY_SHAPE
            && receiver_shape != NO_SHAPE
            && (receiver_shape != EMPTY_SHAPE || object.is_table());
        for depth in first_depth..100 {
            let handler;
            if let Some(table) = object.as_table() {
                if key.is_interned_string() {
                    match Table::find_named(table, &vm.heap, key) {
                        NamedPlace::Slot(slot) => {
                            let place = Table::slot_address(table, slot);
                            let value = *place;
                            if !value.is_nil() {
                                if cacheable && depth == 0 {
                                    let inline = Table::inline_capacity(table) as u32;
                                    let place = if slot < inline {
                                        16 + slot * 8
                                    } else {
                                        PLACE_SLOT | (slot - inline)
                                    };
                                    // The inline capacity is not part of the shape: two tables of one shape may differ. The
                                    // cache holds it in the address word.
                                    remember(
                                        vm,
                                        pc,
                                        receiver_shape,
                                        key,
                                        place,
                                        inline as usize as *const Value,
                                    );
                                } else if cacheable {
                                    remember(
                                        vm,
                                        pc,
                                        receiver_shape,
                                        key,
                                        PLACE_ADDRESS | vm.heap.prototype_epoch,
                                        place,
                                    );
                                }
                                return Step::Value(value);
                            }
                            // A nil in a slot may change without a change of shape: nothing found further up may be cached.
                            cacheable = false;
                        }
                        NamedPlace::Entry(entry) if !(*entry).value.is_nil() => {
                            let value = (*entry).value;
                            if Table::is_weak_table(table) {
                                vm.heap.mark_read(value);
                            } else if cacheable && depth > 0 {
                                remember(
                                    vm,
                                    pc,
                                    receiver_shape,
                                    key,
                                    PLACE_ADDRESS | vm.heap.prototype_epoch,
                                    &raw const (*entry).value,
                                );
                            }
                            return Step::Value(value);
                        }
                        NamedPlace::Entry(_) => cacheable = false,
                        NamedPlace::Absent => {}
                    }
                } else {
                    let value = Table::get(table, &mut vm.heap, key);
                    if !value.is_nil() {
                        return Step::Value(value);
                    }
                }
                let metatable = Table::metatable(table, &vm.heap);
                if depth == 0 && vm.heap.shapes.get(receiver_shape).flags & METATABLE_APART != 0 {
                    cacheable = false;
                }
                if depth > 0
                    && metatable.is_null()
                    && (*table).header.flags & crate::object::table::IS_PROTOTYPE == 0
                {
                    cacheable = false;
                }
                if metatable.is_null() {
                    if cacheable {
                        let epoch = PLACE_ADDRESS | vm.heap.prototype_epoch;
                        remember(
                            vm,
                            pc,
                            receiver_shape,
                            key,
                            epoch,
                            (&raw const NIL_PLACE).cast(),
                        );
                    }
                    return Step::Value(Value::NIL);
                }
                handler =
                    Table::get_string(metatable, &vm.heap, vm.metamethod_name(Metamethod::Index));
                if handler.is_nil() {
                    if cacheable {
                        let epoch = PLACE_ADDRESS | vm.heap.prototype_epoch;
                        remember(
                            vm,
                            pc,
                            receiver_shape,
                            key,
                            epoch,
                            (&raw const NIL_PLACE).cast(),
                        );
                    }
                    return Step::Value(Value::NIL);
                }
            } else {
                handler = vm.metamethod(object, Metamethod::Index);
                if handler.is_nil() {
                    if let Some(step) = vm.foreign_index(object, key) {
                        return step;
                    }
                    return Step::Raised(vm.raise_index(object, key));
                }
            }
            if handler.is_function() {
                return Step::Call {
                    function: handler,
                    arguments: [object, key, Value::NIL],
                    count: 2,
                    extra: 0,
                };
            }
            if let Some(table) = handler.as_table() {
                Table::mark_prototype(table, &mut vm.heap);
            } else {
                cacheable = false;
            }
            object = handler;
        }
        Step::Raised(vm.raise_text("'__index' chain too long; possible loop"))
    }
}

/// Writes `object[key] = value` with metamethods; fills the cache at `pc` if it can.
pub(crate) unsafe fn store_step(
    vm: &mut Vm,
    object: Value,
    key: Value,
    value: Value,
    pc: *const u32,
) -> Step {
    // SAFETY: I1, I4, I10.
    unsafe {
        let mut object = object;
        for depth in 0..100 {
            let handler;
            if let Some(table) = object.as_table() {
                let key = vm.heap.interned(key);
                let metatable = Table::metatable(table, &vm.heap);
                let consults = if metatable.is_null() {
                    Value::NIL
                } else {
                    Table::get_string(
                        metatable,
                        &vm.heap,
                        vm.metamethod_name(Metamethod::NewIndex),
                    )
                };
                if consults.is_nil() || !Table::get(table, &mut vm.heap, key).is_nil() {
                    return raw_store(
                        vm,
                        table,
                        key,
                        value,
                        if depth == 0 { pc } else { std::ptr::null() },
                    );
                }
                handler = consults;
            } else {
                handler = vm.metamethod(object, Metamethod::NewIndex);
                if handler.is_nil() {
                    if let Some(step) = vm.foreign_store(object, key, value) {
                        return step;
                    }
                    return Step::Raised(vm.raise_index(object, key));
                }
            }
            if handler.is_function() {
                return Step::Call {
                    function: handler,
                    arguments: [object, key, value],
                    count: 3,
                    extra: 0,
                };
            }
            object = handler;
        }
        Step::Raised(vm.raise_text("'__newindex' chain too long; possible loop"))
    }
}

unsafe fn raw_store(
    vm: &mut Vm,
    table: *mut Table,
    key: Value,
    value: Value,
    pc: *const u32,
) -> Step {
    // SAFETY: I1, I4, I10.
    unsafe {
        let before = Table::shape(table);
        if let Err(error) = Table::set(table, &mut vm.heap, key, value) {
            return Step::Raised(vm.raise_store_error(error));
        }
        // At once: a store that hits its cache would not ask.
        vm.settle_caches();
        let after = Table::shape(table);
        if !pc.is_null()
            && key.is_interned_string()
            && !Table::is_dictionary(table)
            && before != DICTIONARY_SHAPE
        {
            fill_store_cache(vm, table, key, before, after, pc);
        }
        Step::Value(Value::NIL)
    }
}
unsafe fn fill_store_cache(
    vm: &mut Vm,
    table: *mut Table,
    key: Value,
    before: u32,
    after: u32,
    pc: *const u32,
) {
    // SAFETY: I1, I4, I10.
    unsafe {
        let shapes = &vm.heap.shapes;
        let is_special = (*table).header.flags & IS_METATABLE != 0
            || key
                .string_bytes()
                .is_some_and(|name| name.starts_with(b"__"));
        let flags = shapes.get(before).flags;
        if is_special || before != after && flags & (PROTOTYPE | METATABLE_APART) != 0 {
            return;
        }
        // Stores into an existing slot consult __newindex only while the slot is nil: with a metatable that has one,
        // or whose kind is unknown, nothing is cached.
        if flags & METATABLE_APART != 0 {
            return;
        }
        let metatable = Table::metatable(table, &vm.heap);
        if !metatable.is_null()
            && !Table::get_string(
                metatable,
                &vm.heap,
                vm.metamethod_name(Metamethod::NewIndex),
            )
            .is_nil()
        {
            return;
        }
        let Some(slot) = shapes.lookup(after, key) else {
            return;
        };
        let inline = Table::inline_capacity(table) as u32;
        let place = if slot < inline {
            16 + slot * 8
        } else {
            PLACE_SLOT | (slot - inline) | inline << 16
        };
        let words = pc.cast_mut();
        *words.add(1) = before;
        *words.add(2) = place;
        *words.add(3) = after;
    }
}

handler! {
    // ---- Moves ----
    load_move(pc, base, d, a, k, vm) {
        *base.add(a) = *base.add(d);
        next!(pc, base, k, vm)
    }
    load_constant(pc, base, d, a, k, vm) {
        *base.add(a) = *k.add(d);
        next!(pc, base, k, vm)
    }
    load_constant_extended(pc, base, d, a, k, vm) {
        *base.add(a) = *k.add(*pc as usize);
        next!(pc.add(1), base, k, vm)
    }
    load_integer(pc, base, d, a, k, vm) {
        *base.add(a) = Value::canonical_number(f64::from(d as u16 as i16));
        next!(pc, base, k, vm)
    }
    load_nil(pc, base, d, a, k, vm) {
        let mut register = a;
        while register <= d {
            *base.add(register) = Value::NIL;
            register += 1;
        }
        next!(pc, base, k, vm)
    }
    load_boolean(pc, base, d, a, k, vm) {
        *base.add(a) = Value::boolean(d != 0);
        next!(pc, base, k, vm)
    }
    // ---- Upvalues and closures ----
    get_upvalue(pc, base, d, a, k, vm) {
        let function = (*base.sub(2)).as_function().unwrap_unchecked();
        let upvalue = *Function::upvalues(function).add(d);
        *base.add(a) = *(*upvalue).location;
        next!(pc, base, k, vm)
    }
    set_upvalue(pc, base, d, a, k, vm) {
        let function = (*base.sub(2)).as_function().unwrap_unchecked();
        let upvalue = *Function::upvalues(function).add(a);
        let place = (*upvalue).location;
        if (*place).is_heap() && (*vm).heap.barrier_active {
            return set_upvalue_barrier(pc, base, d, a, k, vm);
        }
        *place = *base.add(d);
        next!(pc, base, k, vm)
    }
    #[cold]
    set_upvalue_barrier(pc, base, d, a, k, vm) {
        let function = (*base.sub(2)).as_function().unwrap_unchecked();
        let place = (**Function::upvalues(function).add(a)).location;
        (*vm).heap.barrier(*place);
        *place = *base.add(d);
        next!(pc, base, k, vm)
    }
    closure(pc, base, d, a, k, vm) {
        (*vm).save(base, pc);
        *base.add(a) = Value::function((*vm).new_closure(base, d));
        if (*vm).heap.safe_point_due {
            go!(calls::safe_point, pc, base, 0, 0, k, vm)
        }
        next!(pc, base, k, vm)
    }
    close_upvalues(pc, base, d, a, k, vm) {
        let thread = (*vm).thread;
        let first: *mut Upvalue = (*thread).open_upvalues;
        if !first.is_null() && (*first).location >= base.add(a) {
            crate::object::Thread::close_upvalues(thread, base.add(a));
        }
        next!(pc, base, k, vm)
    }
    // ---- Globals ----
    get_global(pc, base, d, a, k, vm) {
        let table = environment(base);
        if Table::shape(table) != *pc.add(1) {
            return get_global_slow(pc, base, d, a, k, vm);
        }
        let place = *pc.add(2);
        // Tables of one shape may differ in the number of inline slots: that has to be known before the slot is read.
        if *pc.add(3) as usize != Table::inline_capacity(table) {
            return get_global_slow(pc, base, d, a, k, vm);
        }
        let value = if place & PLACE_KIND == PLACE_ADDRESS {
            return get_global_slow(pc, base, d, a, k, vm);
        } else if place & PLACE_SLOT == 0 {
            *(table as *const u8).add(place as usize).cast::<Value>()
        } else {
            *SlotArray::values((*(*table).body).slots).add((place & 0xffff) as usize)
        };
        if value.is_nil() {
            return get_global_slow(pc, base, d, a, k, vm);
        }
        *base.add(a) = value;
        next!(pc.add(5), base, k, vm)
    }
    #[cold]
    get_global_slow(pc, base, d, a, k, vm) {
        (*vm).save(base, pc);
        let step = index_step(&mut *vm, Value::table(environment(base)), key_of(pc, k), pc);
        if let Step::Value(value) = step {
            *base.add(a) = value;
            next!(pc.add(5), base, k, vm)
        }
        (*vm).take_step(step);
        go!(super::metamethod::enter_step, pc, base, 0, 0, k, vm)
    }
    set_global(pc, base, d, a, k, vm) {
        let table = environment(base);
        let shape = *pc.add(1);
        let place = *pc.add(2);
        if Table::shape(table) != shape || *pc.add(3) != shape || (*vm).heap.barrier_active || place & PLACE_SLOT == 0 {
            return set_global_slow(pc, base, d, a, k, vm);
        }
        if (place >> 16 & 0xff) as usize != Table::inline_capacity(table) {
            return set_global_slow(pc, base, d, a, k, vm);
        }
        *SlotArray::values((*(*table).body).slots).add((place & 0xffff) as usize) = *base.add(a);
        next!(pc.add(4), base, k, vm)
    }
    #[cold]
    set_global_slow(pc, base, d, a, k, vm) {
        (*vm).save(base, pc);
        let step = store_step(&mut *vm, Value::table(environment(base)), key_of(pc, k), *base.add(a), pc);
        if let Step::Value(_) = step {
            next!(pc.add(4), base, k, vm)
        }
        (*vm).take_step(step);
        go!(super::metamethod::enter_step, pc, base, 0, 0, k, vm)
    }
    // ---- Fields ----
    get_field(pc, base, d, a, k, vm) {
        let object = *base.add(b(d));
        let Some(table) = object.as_table() else {
            return super::foreign::get_field(pc, base, d, a, k, vm);
        };
        if Table::shape(table) != *pc.add(1) {
            return get_field_slow(pc, base, d, a, k, vm);
        }
        let place = *pc.add(2);
        if (place as i32) < 0 {
            return get_field_far(pc, base, d, a, k, vm);
        }
        if place as usize >= 16 + Table::inline_capacity(table) * 8 {
            return get_field_slow(pc, base, d, a, k, vm);
        }
        let value = *(table as *const u8).add(place as usize).cast::<Value>();
        if value.is_nil() {
            return get_field_slow(pc, base, d, a, k, vm);
        }
        *base.add(a) = value;
        next!(pc.add(5), base, k, vm)
    }
    /// Cache hit that is no inline slot: a prototype's, or one of the slot array.
    get_field_far(pc, base, d, a, k, vm) {
        let table = (*base.add(b(d))).as_table().unwrap_unchecked();
        let place = *pc.add(2);
        let value = if place & PLACE_KIND == PLACE_ADDRESS {
            if place != PLACE_ADDRESS | (*vm).heap.prototype_epoch {
                return get_field_slow(pc, base, d, a, k, vm);
            }
            let value = *address_of(pc);
            if value.is_nil() && address_of(pc) != (&raw const NIL_PLACE).cast() {
                return get_field_slow(pc, base, d, a, k, vm);
            }
            value
        } else {
            if *pc.add(3) as usize != Table::inline_capacity(table) {
                return get_field_slow(pc, base, d, a, k, vm);
            }
            let value = *SlotArray::values((*(*table).body).slots).add((place & 0xffff) as usize);
            if value.is_nil() {
                return get_field_slow(pc, base, d, a, k, vm);
            }
            value
        };
        *base.add(a) = value;
        next!(pc.add(5), base, k, vm)
    }
    #[cold]
    get_field_slow(pc, base, d, a, k, vm) {
        if let Some(table) = (*base.add(b(d))).as_table() {
            let shape = Table::shape(table);
            // Only if the shape was the reason: else the cache would miss in the same way again.
            if shape != *pc.add(1) && recall(&*vm, pc, shape, key_of(pc, k)) {
                go!(get_field, pc, base, d, a, k, vm)
            }
        }
        (*vm).save(base, pc);
        let step = index_step(&mut *vm, *base.add(b(d)), key_of(pc, k), pc);
        if let Step::Value(value) = step {
            *base.add(a) = value;
            next!(pc.add(5), base, k, vm)
        }
        (*vm).take_step(step);
        go!(super::metamethod::enter_step, pc, base, 0, 0, k, vm)
    }
    method(pc, base, d, a, k, vm) {
        let object = *base.add(b(d));
        let shape = super::foreign::shape_of(object);
        if shape != *pc.add(1) || *pc.add(2) != PLACE_ADDRESS | (*vm).heap.prototype_epoch || shape == 0 && !object.is_table() {
            return method_slow(pc, base, d, a, k, vm);
        }
        let value = *address_of(pc);
        if value.is_nil() {
            return method_slow(pc, base, d, a, k, vm);
        }
        *base.add(a + 2) = object;
        *base.add(a) = value;
        next!(pc.add(5), base, k, vm)
    }
    #[cold]
    method_slow(pc, base, d, a, k, vm) {
        if let Some(table) = (*base.add(b(d))).as_table() {
            let shape = Table::shape(table);
            if shape != *pc.add(1) && recall(&*vm, pc, shape, key_of(pc, k)) {
                go!(method, pc, base, d, a, k, vm)
            }
        }
        (*vm).save(base, pc);
        let object = *base.add(b(d));
        let step = index_step(&mut *vm, object, key_of(pc, k), pc);
        *base.add(a + 2) = object;
        if let Step::Value(value) = step {
            *base.add(a) = value;
            next!(pc.add(5), base, k, vm)
        }
        (*vm).take_step(step);
        go!(super::metamethod::enter_step, pc, base, 0, 0, k, vm)
    }
    set_field(pc, base, d, a, k, vm) {
        let Some(table) = (*base.add(b(d))).as_table() else {
            return super::foreign::set_field(pc, base, d, a, k, vm);
        };
        let shape = *pc.add(1);
        let place = *pc.add(2);
        if Table::shape(table) != shape {
            return set_field_slow(pc, base, d, a, k, vm);
        }
        let value = *base.add(a);
        let after = *pc.add(3);
        if (place as i32) < 0 || value.is_nil() {
            return set_field_far(pc, base, d, a, k, vm);
        }
        if place as usize >= 16 + Table::inline_capacity(table) * 8 {
            return set_field_slow(pc, base, d, a, k, vm);
        }
        let slot = (table as *mut u8).add(place as usize).cast::<Value>();
        if (*slot).is_heap() && (*vm).heap.barrier_active {
            return set_field_slow(pc, base, d, a, k, vm);
        }
        *slot = value;
        (*table).header.word = after;
        next!(pc.add(4), base, k, vm)
    }
    /// Cache hit in the slot array, or a nil store.
    set_field_far(pc, base, d, a, k, vm) {
        let table = (*base.add(b(d))).as_table().unwrap_unchecked();
        let shape = *pc.add(1);
        let place = *pc.add(2);
        let value = *base.add(a);
        let slot = (place & 0xffff) as usize;
        if (place as i32) >= 0 || value.is_nil() || (place >> 16 & 0xff) as usize != Table::inline_capacity(table) {
            return set_field_slow(pc, base, d, a, k, vm);
        }
        let slots = (*(*table).body).slots;
        if slots.is_null() || slot >= (*slots).capacity as usize {
            return set_field_slow(pc, base, d, a, k, vm);
        }
        let slot = SlotArray::values(slots).add(slot);
        if (*slot).is_heap() && (*vm).heap.barrier_active {
            return set_field_slow(pc, base, d, a, k, vm);
        }
        *slot = value;
        (*table).header.word = *pc.add(3);
        next!(pc.add(4), base, k, vm)
    }
    #[cold]
    set_field_slow(pc, base, d, a, k, vm) {
        (*vm).save(base, pc);
        let step = store_step(&mut *vm, *base.add(b(d)), key_of(pc, k), *base.add(a), pc);
        if let Step::Value(_) = step {
            if (*vm).heap.safe_point_due {
                go!(calls::safe_point, pc.add(4), base, 0, 0, k, vm)
            }
            next!(pc.add(4), base, k, vm)
        }
        (*vm).take_step(step);
        go!(super::metamethod::enter_step, pc, base, 0, 0, k, vm)
    }
    // ---- Indexes ----
    get_index(pc, base, d, a, k, vm) {
        let key = *base.add(c(d));
        let Some(table) = (*base.add(b(d))).as_table() else {
            return super::foreign::get_index(pc, base, d, a, k, vm);
        };
        let number = key.raw_double();
        let index = crate::value::double_to_i32(number);
        if f64::from(index) == number {
            let body = (*table).body;
            if (index as u32) <= (*body).array_length {
                let value = *TableBody::elements(body).add(index as u32 as usize);
                if !value.is_nil() {
                    *base.add(a) = value;
                    next!(pc, base, k, vm)
                }
            }
        }
        return get_index_slow(pc, base, d, a, k, vm);
    }
    get_index_slow(pc, base, d, a, k, vm) {
        (*vm).save(base, pc);
        let key = (*vm).heap.interned(*base.add(c(d)));
        let step = index_step(&mut *vm, *base.add(b(d)), key, std::ptr::null());
        if let Step::Value(value) = step {
            *base.add(a) = value;
            next!(pc, base, k, vm)
        }
        (*vm).take_step(step);
        go!(super::metamethod::enter_step, pc, base, 0, 0, k, vm)
    }
    set_index(pc, base, d, a, k, vm) {
        let key = *base.add(c(d));
        let Some(table) = (*base.add(b(d))).as_table() else {
            return super::foreign::set_index(pc, base, d, a, k, vm);
        };
        let number = key.raw_double();
        let index = crate::value::double_to_i32(number);
        if f64::from(index) == number {
            let body = (*table).body;
            let value = *base.add(a);
            if (index as u32) <= (*body).array_length && !value.is_nil() {
                let element = TableBody::elements(body).add(index as u32 as usize);
                // Only an overwritten pointer concerns a running collection.
                if !((*element).is_nil() || (*element).is_heap() && (*vm).heap.barrier_active) {
                    if !value.is_number() {
                        (*body).header.flags &= !ARRAY_ALL_NUMBERS;
                    }
                    *element = value;
                    next!(pc, base, k, vm)
                }
            }
        }
        return set_index_append(pc, base, d, a, k, vm);
    }
    /// `t[#t + 1] = v` inside the capacity of a table without metatable.
    set_index_append(pc, base, d, a, k, vm) {
        if let Some(table) = (*base.add(b(d))).as_table() {
            let body = (*table).body;
            let length = (*body).array_length;
            let key = *base.add(c(d));
            let value = *base.add(a);
            if key.raw_double() == f64::from(length) + 1.0
                && length < (*body).array_capacity
                && (*body).hash.is_null()
                && !value.is_nil()
                && Table::metatable(table, &(*vm).heap).is_null()
            {
                if !value.is_number() {
                    (*body).header.flags &= !ARRAY_ALL_NUMBERS;
                }
                *TableBody::elements(body).add(length as usize + 1) = value;
                (*body).array_length = length + 1;
                next!(pc, base, k, vm)
            }
        }
        return set_index_slow(pc, base, d, a, k, vm);
    }
    set_index_slow(pc, base, d, a, k, vm) {
        (*vm).save(base, pc);
        let step = store_step(&mut *vm, *base.add(b(d)), *base.add(c(d)), *base.add(a), std::ptr::null());
        if let Step::Value(_) = step {
            if (*vm).heap.safe_point_due {
                go!(calls::safe_point, pc, base, 0, 0, k, vm)
            }
            next!(pc, base, k, vm)
        }
        (*vm).take_step(step);
        go!(super::metamethod::enter_step, pc, base, 0, 0, k, vm)
    }
    get_index_integer(pc, base, d, a, k, vm) {
        if let Some(table) = (*base.add(b(d))).as_table() {
            let body = (*table).body;
            if c(d) as u32 <= (*body).array_length {
                let value = *TableBody::elements(body).add(c(d));
                if !value.is_nil() {
                    *base.add(a) = value;
                    next!(pc, base, k, vm)
                }
            }
        }
        return super::foreign::get_index_integer(pc, base, d, a, k, vm);
    }
    get_index_integer_slow(pc, base, d, a, k, vm) {
        (*vm).save(base, pc);
        let key = Value::canonical_number(c(d) as f64);
        let step = index_step(&mut *vm, *base.add(b(d)), key, std::ptr::null());
        if let Step::Value(value) = step {
            *base.add(a) = value;
            next!(pc, base, k, vm)
        }
        (*vm).take_step(step);
        go!(super::metamethod::enter_step, pc, base, 0, 0, k, vm)
    }
    set_index_integer(pc, base, d, a, k, vm) {
        if let Some(table) = (*base.add(b(d))).as_table() {
            let body = (*table).body;
            let value = *base.add(a);
            if c(d) as u32 <= (*body).array_length && !value.is_nil() {
                let element = TableBody::elements(body).add(c(d));
                if !((*element).is_nil() || (*element).is_heap() && (*vm).heap.barrier_active) {
                    if !value.is_number() {
                        (*body).header.flags &= !ARRAY_ALL_NUMBERS;
                    }
                    *element = value;
                    next!(pc, base, k, vm)
                }
            }
        }
        return super::foreign::set_index_integer(pc, base, d, a, k, vm);
    }
    set_index_integer_slow(pc, base, d, a, k, vm) {
        (*vm).save(base, pc);
        let key = Value::canonical_number(c(d) as f64);
        let step = store_step(&mut *vm, *base.add(b(d)), key, *base.add(a), std::ptr::null());
        if let Step::Value(_) = step {
            if (*vm).heap.safe_point_due {
                go!(calls::safe_point, pc, base, 0, 0, k, vm)
            }
            next!(pc, base, k, vm)
        }
        (*vm).take_step(step);
        go!(super::metamethod::enter_step, pc, base, 0, 0, k, vm)
    }
    // ---- Constructors ----
    new_table(pc, base, d, a, k, vm) {
        // Without a hint an object gets four named slots; the site learns when its tables outgrow them.
        let learned = *pc as usize;
        let slots = if d > 0 && learned == 0 { 0 } else { learned.max(if d > 0 { 0 } else { 4 }).min(32) };
        let table = (*vm).heap.new_table(slots);
        *base.add(a) = Value::table(table);
        (*vm).heap.recent_tables[table as usize / 16 % 64] = (table as usize, pc as usize);
        if d > 0 || (*vm).heap.safe_point_due {
            return new_table_slow(pc, base, d, a, k, vm);
        }
        next!(pc.add(2), base, k, vm)
    }
    new_table_slow(pc, base, d, a, k, vm) {
        (*vm).save(base, pc);
        if d > 0 {
            let table = (*base.add(a)).as_table().unwrap_unchecked();
            if Table::grow_array(table, &mut (*vm).heap, d).is_err() {
                let _ = (*vm).raise_text("not enough memory");
                go!(unwind::unwind, pc, base, 0, 0, k, vm)
            }
        }
        if (*vm).heap.safe_point_due {
            go!(calls::safe_point, pc.add(2), base, 0, 0, k, vm)
        }
        next!(pc.add(2), base, k, vm)
    }
    new_record(pc, base, d, a, k, vm) {
        let function = (*base.sub(2)).as_function().unwrap_unchecked();
        let data = (*(*function).data.cast::<crate::object::Prototype>()).data;
        let template = &raw const (&(*data).templates)[*pc as usize];
        let Some(shape) = (*template).shape else {
            return new_record_slow(pc, base, d, a, k, vm);
        };
        let count = (*template).keys.len();
        let table = (*vm).heap.new_table_uninitialised(count, shape);
        let slots = Table::inline_slots(table);
        let values = base.add(b(d));
        let mut index = 0;
        while index < count {
            *slots.add(index) = *values.add(index);
            index += 1;
        }
        *base.add(a) = Value::table(table);
        if (*vm).heap.safe_point_due {
            go!(calls::safe_point, pc.add(1), base, 0, 0, k, vm)
        }
        next!(pc.add(1), base, k, vm)
    }
    #[cold]
    new_record_slow(pc, base, d, a, k, vm) {
        (*vm).save(base, pc);
        let function = (*base.sub(2)).as_function().unwrap_unchecked();
        let data = (*(*function).data.cast::<crate::object::Prototype>()).data;
        let template = &mut (&mut (*data).templates)[*pc as usize];
        let table = (*vm).heap.new_table(template.keys.len().min(200));
        for (index, &key) in template.keys.iter().enumerate() {
            // A nil makes a slot as well: the shape must not depend on the values.
            if Table::add_string(table, &mut (*vm).heap, key, *base.add(b(d) + index)).is_err() {
                let _ = (*vm).raise_text("not enough memory");
                go!(unwind::unwind, pc, base, 0, 0, k, vm)
            }
        }
        if !Table::is_dictionary(table) {
            template.shape = Some(Table::shape(table));
        }
        *base.add(a) = Value::table(table);
        if (*vm).heap.safe_point_due {
            go!(calls::safe_point, pc.add(1), base, 0, 0, k, vm)
        }
        next!(pc.add(1), base, k, vm)
    }
    set_list(pc, base, d, a, k, vm) {
        (*vm).save(base, pc);
        if store_list(&mut *vm, base, a, *pc, d).is_err() {
            go!(unwind::unwind, pc, base, 0, 0, k, vm)
        }
        next!(pc.add(1), base, k, vm)
    }
    set_list_multiple(pc, base, d, a, k, vm) {
        (*vm).save(base, pc);
        let count = d + (*vm).multiple_results as usize;
        if store_list(&mut *vm, base, a, *pc, count).is_err() {
            go!(unwind::unwind, pc, base, 0, 0, k, vm)
        }
        next!(pc.add(1), base, k, vm)
    }
}

unsafe fn store_list(
    vm: &mut Vm,
    base: *mut Value,
    a: usize,
    first: u32,
    count: usize,
) -> Result<(), ()> {
    // SAFETY: I1, I4, I6.
    unsafe {
        let Some(table) = (*base.add(a)).as_table() else {
            return Err(());
        };
        let last = first as usize + count;
        if !(*(*table).body).hash.is_null() {
            // Keys given explicitly may lie in the hash and have to join the array: the general way.
            for index in 0..count {
                let value = *base.add(a + 1 + index);
                if Table::set_integer(table, &mut vm.heap, (first as usize + index) as i64, value)
                    .is_err()
                {
                    let _ = vm.raise_text("table overflow");
                    return Err(());
                }
            }
            return Ok(());
        }
        if count > 0 && ((*(*table).body).array_capacity as usize) < last - 1 {
            // The last value that is not nil decides: a constructor's length is its last non-nil position.
            if Table::grow_array(table, &mut vm.heap, last.saturating_sub(1)).is_err() {
                let _ = vm.raise_text("table overflow");
                return Err(());
            }
        }
        let body = (*table).body;
        for index in 0..count {
            let value = *base.add(a + 1 + index);
            let key = first as usize + index;
            *TableBody::elements(body).add(key) = value;
            if !value.is_nil() {
                (*body).array_length = (*body).array_length.max(key as u32);
            }
            if !value.is_number() {
                (*body).header.flags &= !ARRAY_ALL_NUMBERS;
            }
        }
        Ok(())
    }
}
