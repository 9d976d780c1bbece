//! Marking: following pointers from gray objects, in pieces.
//!
//! An object is marked when it is first met and waits on the gray stack; a *piece* pops objects, scans each (marks what it points
//! to) and stops when its share of work is done. A large table is scanned in parts of [`SCAN_PIECE`] values, with its positions
//! kept in a [`Partial`] meanwhile.
//!
//! Worked example: an array of a million objects is 977 parts; between two of them the program may run, and a store into
//! the part that was not scanned yet has queued what it overwrote ([`Heap::barrier`]), so nothing of the snapshot is lost. A hash part that is
//! rebuilt meanwhile has another order, so rebuilding queues all entries.
//!
//! Invariants: I1, I4, I8. What this does not do: decide when (see `collect`), or free anything.

use super::Heap;
use super::block::Block;
use super::collect::{CollectorPhase, SCAN_PIECE};
use crate::object::table::{ARRAY_ALL_NUMBERS, IS_METATABLE, WEAK_KEYS, WEAK_VALUES};
use crate::object::{
    Function, HashPart, ObjectHeader, ObjectKind, Prototype, Table, TableBody, Thread, Upvalue,
    UserData,
};
use crate::value::Value;

/// A table in the middle of its scan: positions in its array, its hash part and its string-keyed hash part.
#[derive(Clone, Copy)]
pub(super) struct Partial {
    pub(super) table: *mut Table,
    pub(super) array: usize,
    pub(super) hash: usize,
    pub(super) strings: usize,
}

impl Partial {
    pub(super) fn new(table: *mut Table) -> Partial {
        Partial {
            table,
            array: 0,
            hash: 0,
            strings: 0,
        }
    }
    fn is_first(self) -> bool {
        self.hash == 0
    }
}

/// Objects on their way from the gray stack to their scan, fetched into the cache meanwhile. Above this size of the live heap most
/// of it is not in the cache; below, the detour costs more than it gains.
const PREFETCH_DISTANCE: usize = 8;
const PREFETCH_HEAP_BYTES: usize = 8 * 1024 * 1024;

/// Asks the processor to fetch an object.
#[inline(always)]
fn prefetch(object: *const u8) {
    #[cfg(target_arch = "x86_64")]
    // SAFETY: I9: prefetching is part of SSE, and harmless for any address.
    unsafe {
        std::arch::x86_64::_mm_prefetch::<{ std::arch::x86_64::_MM_HINT_T0 }>(object.cast());
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = object;
}

impl Heap {
    pub(super) fn mark_piece(&mut self, budget: isize) -> isize {
        self.collector.last_weakness = (std::ptr::null_mut(), 0);
        let before = self.collector.marked_bytes;
        let mut scanned = 0;
        let mut queue = [std::ptr::null_mut::<ObjectHeader>(); PREFETCH_DISTANCE];
        let mut turn = 0;
        let is_large = self.collector.live_bytes > PREFETCH_HEAP_BYTES;
        loop {
            let popped = self.collector.gray.pop();
            let next = match popped {
                Some(object) if is_large => {
                    prefetch(object.cast());
                    let waited = std::mem::replace(&mut queue[turn], object);
                    let halfway = queue[(turn + PREFETCH_DISTANCE / 2) % PREFETCH_DISTANCE];
                    if !halfway.is_null() {
                        // SAFETY: I1: gray objects are live and of the kind in their header.
                        unsafe {
                            if (*halfway).kind == ObjectKind::Table {
                                prefetch((*halfway.cast::<Table>()).body.cast());
                            }
                        }
                    }
                    turn = (turn + 1) % PREFETCH_DISTANCE;
                    if waited.is_null() {
                        continue;
                    }
                    Some(waited)
                }
                Some(object) => Some(object),
                // The stack is empty: what is still on its way may fill it again.
                None => queue
                    .iter_mut()
                    .find(|slot| !slot.is_null())
                    .map(|slot| std::mem::replace(slot, std::ptr::null_mut())),
            };
            if let Some(object) = next {
                scanned += self.scan(object);
            } else if let Some(partial) = self.collector.partial.pop() {
                scanned += self.scan_partial(partial);
            } else {
                self.end_marking();
                break;
            }
            if scanned + (self.collector.marked_bytes - before) as isize >= budget {
                break;
            }
        }
        self.collector
            .gray
            .extend(queue.into_iter().filter(|object| !object.is_null()));
        scanned + (self.collector.marked_bytes - before) as isize + 64
    }
    fn scan_partial(&mut self, partial: Partial) -> isize {
        // SAFETY: I1: a table that was being scanned is live.
        let is_weak = unsafe { (*partial.table).header.flags & (WEAK_KEYS | WEAK_VALUES) != 0 };
        if is_weak {
            // SAFETY: I1, I4.
            unsafe { self.scan_weak(partial) }
        } else {
            self.scan_table_storage(partial)
        }
    }
    fn scan(&mut self, object: *mut ObjectHeader) -> isize {
        // SAFETY: I1: gray objects are live and of the kind in their header.
        unsafe {
            match (*object).kind {
                ObjectKind::Table => self.scan_table(object.cast()),
                ObjectKind::LuaFunction => {
                    let function = object.cast::<Function>();
                    self.mark_table((*function).environment);
                    self.collector.mark_object((*function).data.cast());
                    for index in 0..(*function).header.small as usize {
                        self.collector
                            .mark_object((*Function::upvalues(function).add(index)).cast());
                    }
                    32
                }
                ObjectKind::NativeFunction => {
                    let function = object.cast::<Function>();
                    self.mark_table((*function).environment);
                    for index in 0..(*function).header.small as usize {
                        self.collector
                            .mark_value(*Function::native_upvalues(function).add(index));
                    }
                    32
                }
                ObjectKind::Upvalue => {
                    self.collector
                        .mark_value(*(*object.cast::<Upvalue>()).location);
                    16
                }
                ObjectKind::Prototype => {
                    let data = &*(*object.cast::<Prototype>()).data;
                    for &constant in &data.constants {
                        self.collector.mark_value(constant);
                    }
                    for &child in &data.children {
                        self.collector.mark_object(child.cast());
                    }
                    for template in &data.templates {
                        template
                            .keys
                            .iter()
                            .for_each(|&key| self.collector.mark_value(key));
                    }
                    64
                }
                ObjectKind::Thread => self.scan_thread(object.cast()),
                ObjectKind::UserData => {
                    let userdata = object.cast::<UserData>();
                    self.mark_table((*userdata).metatable);
                    self.mark_table((*userdata).environment);
                    16
                }
                ObjectKind::CData
                | ObjectKind::String
                | ObjectKind::TableBody
                | ObjectKind::HashPart
                | ObjectKind::SlotArray
                | ObjectKind::Free => 16,
            }
        }
    }
    fn mark_table(&mut self, table: *mut Table) {
        if !table.is_null() {
            self.collector.mark_object(table.cast());
        }
    }
    pub(super) fn scan_thread(&mut self, thread: *mut Thread) -> isize {
        // SAFETY: I1, I6: a live thread's stack is initialised from `stack` to `size`.
        unsafe {
            Block::mark(thread.cast());
            if (*thread).scan_epoch == self.collector.epoch {
                return 1;
            }
            (*thread).scan_epoch = self.collector.epoch;
            let end = (*thread).stack.add((*thread).size);
            let mut slot = (*thread).stack;
            while slot < (*thread).top {
                self.collector.mark_value(*slot);
                slot = slot.add(1);
            }
            while slot < end {
                slot.write(Value::NIL);
                slot = slot.add(1);
            }
            let mut upvalue = (*thread).open_upvalues;
            while !upvalue.is_null() {
                self.collector.mark_object(upvalue.cast());
                upvalue = (*upvalue).next_open;
            }
            self.mark_table((*thread).environment);
            self.collector.mark_value((*thread).hook);
            if !(*thread).resumer.is_null() {
                self.collector.mark_object((*thread).resumer.cast());
            }
            (*thread).size as isize * 8
        }
    }
    fn scan_table(&mut self, table: *mut Table) -> isize {
        // SAFETY: I1, I4: a live table's body and slots are live and initialised.
        unsafe {
            let metatable = Table::metatable_raw(table, &self.shapes);
            self.mark_table(metatable);
            let weakness = if metatable == self.collector.last_weakness.0 {
                self.collector.last_weakness.1
            } else {
                let weakness = self.weakness_of(metatable);
                self.collector.last_weakness = (metatable, weakness);
                weakness
            };
            if weakness != 0 && (*table).header.flags & (WEAK_KEYS | WEAK_VALUES) == 0 {
                // `__mode` came after setmetatable. The form must not change here: this step may run inside an allocation
                // that a store into this very table makes. Strong for this cycle, weak from the next.
                self.collector.becoming_weak.push((table, weakness));
                return self.scan_table_strong(table);
            }
            if (*table).header.flags & (WEAK_KEYS | WEAK_VALUES) != 0 {
                self.collector.weak.push(table);
                return self.scan_weak(Partial::new(table));
            }
            self.scan_table_strong(table)
        }
    }
    unsafe fn scan_table_strong(&mut self, table: *mut Table) -> isize {
        // SAFETY: I1, I4.
        unsafe {
            let inline = Table::inline_capacity(table);
            let slots = Table::inline_slots(table);
            for index in 0..inline {
                self.collector.mark_value(*slots.add(index));
            }
            if (*table).body == self.empty_body {
                return 16 + inline as isize * 8;
            }
            16 + inline as isize * 8 + self.scan_table_storage(Partial::new(table))
        }
    }
    /// Scans a table's body from the given positions; puts the rest back if it is long.
    fn scan_table_storage(&mut self, partial: Partial) -> isize {
        let table = partial.table;
        // SAFETY: I1, I4: positions are indexes below the lengths read here.
        unsafe {
            let body = (*table).body;
            if body == self.empty_body {
                return 1;
            }
            self.collector.mark_storage(body.cast());
            // An array of numbers holds no pointers; only element 0 is outside of that promise.
            let is_numbers = (*body).header.flags & ARRAY_ALL_NUMBERS != 0;
            let length = if is_numbers {
                1
            } else {
                (*body).array_length as usize + 1
            };
            let array_end = length.min(partial.array + SCAN_PIECE);
            for index in partial.array..array_end {
                self.collector
                    .mark_value(*TableBody::elements(body).add(index));
            }
            let mut work = array_end.saturating_sub(partial.array) as isize * 8;
            let is_dictionary = Table::is_dictionary(table);
            if partial.is_first() {
                self.mark_table((*body).metatable);
            }
            if partial.is_first() && !is_dictionary && !(*body).slots.is_null() {
                let slots = (*body).slots;
                self.collector.mark_storage(slots.cast());
                for index in 0..(*slots).capacity as usize {
                    self.collector
                        .mark_value(*crate::object::SlotArray::values(slots).add(index));
                }
            }
            let strings = if is_dictionary {
                (*body).slots.cast::<HashPart>()
            } else {
                std::ptr::null_mut()
            };
            let (strings_end, strings_left) = self.scan_part(strings, partial.strings, &mut work);
            let (hash_end, hash_left) = self.scan_part((*body).hash, partial.hash, &mut work);
            if array_end < length || strings_left || hash_left {
                self.collector.partial.push(Partial {
                    table,
                    array: array_end.max(partial.array),
                    hash: hash_end.max(1),
                    strings: strings_end,
                });
            }
            work + 16
        }
    }
    /// Scans up to a piece of a hash part from `start`; answers where it ended and whether something is left.
    unsafe fn scan_part(
        &mut self,
        part: *mut HashPart,
        start: usize,
        work: &mut isize,
    ) -> (usize, bool) {
        if part.is_null() {
            return (start, false);
        }
        self.collector.mark_storage(part.cast());
        // SAFETY: I4: a live part of a live table.
        unsafe {
            let end = (start + SCAN_PIECE).min((*part).count as usize);
            *work += self.scan_entries(part, start, end);
            (end.max(start), end < (*part).count as usize)
        }
    }
    unsafe fn scan_entries(&mut self, part: *mut HashPart, start: usize, end: usize) -> isize {
        // SAFETY: I4: `count` entries are initialised.
        unsafe {
            let entries = HashPart::entries(part);
            let end = end.min((*part).count as usize);
            for index in start..end {
                // Keys of removed entries too: a traversal may stand on them.
                self.collector.mark_value((*entries.add(index)).key);
                self.collector.mark_value((*entries.add(index)).value);
            }
            end.saturating_sub(start) as isize * 16
        }
    }
    unsafe fn scan_weak(&mut self, partial: Partial) -> isize {
        let table = partial.table;
        // SAFETY: I1, I4: a weak table has no array part and no inline values in use.
        unsafe {
            let body = (*table).body;
            if body == self.empty_body {
                return 16;
            }
            self.collector.mark_storage(body.cast());
            self.mark_table((*body).metatable);
            let flags = (*table).header.flags;
            let start = partial.hash;
            let end = start + SCAN_PIECE;
            let mut work = 16;
            let mut is_left = false;
            let strings = (*body).slots.cast::<HashPart>();
            for part in [(*body).hash, strings] {
                if part.is_null() {
                    continue;
                }
                self.collector.mark_storage(part.cast());
                let is_kept = part == strings && flags & IS_METATABLE != 0;
                let count = (*part).count as usize;
                for index in start..end.min(count) {
                    let entry = *HashPart::entries(part).add(index);
                    // Strings are values, not objects: they are never removed from weak tables.
                    if flags & WEAK_KEYS == 0 || entry.key.is_string() {
                        self.collector.mark_value(entry.key);
                    }
                    if flags & WEAK_VALUES == 0 || is_kept || entry.value.is_string() {
                        self.collector.mark_value(entry.value);
                    }
                }
                work += end.min(count).saturating_sub(start) as isize * 16;
                is_left |= end < count;
            }
            if is_left {
                self.collector.partial.push(Partial {
                    hash: end,
                    ..partial
                });
            }
            work
        }
    }
    pub(super) fn weakness_of(&mut self, metatable: *mut Table) -> u8 {
        if metatable.is_null() {
            return 0;
        }
        // SAFETY: I1: the metatable of a live table is live.
        let mode = unsafe { Table::get_string(metatable, self, self.key_mode) };
        let Some(mode) = mode.string_bytes() else {
            return 0;
        };
        let mut weakness = 0;
        if mode.contains(&b'k') {
            weakness |= WEAK_KEYS;
        }
        if mode.contains(&b'v') {
            weakness |= WEAK_VALUES;
        }
        weakness
    }
    /// Nothing is gray: decide about finalizers, then go on.
    fn end_marking(&mut self) {
        // SAFETY: I1, I7: owners are not destroyed before the phase DestroyOwners.
        let waiting = self.owners_to_finalize(|object| unsafe { !Block::is_marked(object.cast()) });
        if !waiting.is_empty() {
            // They live until their finalizer has run; weak values forget them all the same (`is_finalized`).
            for &object in &waiting {
                self.collector.mark_object(object);
            }
            // Lua finalizes in the reverse order of creation; `take_finalizer` pops.
            self.collector.finalizable.extend(waiting);
            return;
        }
        self.collector.phase = CollectorPhase::ClearWeak;
        self.collector.weak_position = (0, 0);
    }
}
