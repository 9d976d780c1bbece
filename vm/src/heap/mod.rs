//! The heap: allocation in blocks of one size class, and the entry points of the collector.
//!
//! Allocation bumps a cursor through a run of free cells of its class; when the run is used up, [`Heap::refill`] retires it
//! (that is when bytes are charged), pays collection debt and takes the next run: from the current block, from the
//! next block (swept on demand), or from a new one. Nothing ever moves.
//!
//! ## Who keeps what alive
//! A cycle begins ([`Heap::start_cycle`], in `collect`) only at the interpreter's *safe points*, where everything that is alive is
//! reachable from the roots: the running stack up to `top`, the registry, the shapes. Steps of a cycle that
//! runs may happen inside any allocation. Because marking takes a snapshot at the beginning and new objects are
//! born marked, a builtin may hold fresh or read values in Rust variables without rooting them, as long as it does not
//! run Lua code meanwhile. See docs/invariants.md I8.
//!
//! What this does not do: return blocks to the system before the heap is dropped (large objects are returned at once).

pub mod block;
pub mod collect;
mod mark;

use crate::object::cdata::HAS_FINALIZER;
use crate::object::string::{SHORT_STRING_BYTES, hash_bytes};
use crate::object::{
    CData, Function, HashPart, LuaString, ObjectHeader, ObjectKind, Prototype, PrototypeData,
    Shapes, SlotArray, StringTable, Table, TableBody, Thread, Upvalue, UserData,
};
use crate::value::Value;
use block::{
    BLOCK_BYTES, Block, CELL_SIZES, CLASS_COUNT, FIRST_CELL_OFFSET, LARGE_CLASS,
    LARGEST_CELL_BYTES, class_of,
};
pub use collect::{CollectorPhase, Statistics, StepCause, StepObserver, StepRecord};
use std::alloc::Layout;

/// Bump allocation in one run of free cells.
#[derive(Clone, Copy)]
#[repr(C)]
pub struct Cursor {
    /// Next free cell.
    pub bump: *mut u8,
    /// End of the run.
    pub limit: *mut u8,
}

struct ClassState {
    blocks: Vec<*mut Block>,
    /// Index in `blocks` of the block that the cursor is in.
    current: usize,
    /// Offset at which the search for the next run goes on.
    position: usize,
    run_start: *mut u8,
}

/// An allocation was refused: too large, or the system has no memory, or the heap's limit is reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OutOfMemory;

/// The heap of one virtual machine.
#[repr(C)]
pub struct Heap {
    /// Allocation cursors by class; machine code bumps them.
    pub cursors: [Cursor; CLASS_COUNT],
    /// Whether stores must queue what they overwrite (marking is in progress).
    pub barrier_active: bool,
    /// A cycle wants to start, or finalizers wait: the next safe point calls the virtual machine.
    pub safe_point_due: bool,
    /// Some inline cache may answer wrongly (a metatable in shapes gained `__newindex`): whoever made the store calls
    /// `Vm::settle_caches` after it.
    pub caches_stale: bool,
    /// Changes whenever dead objects start to be freed.
    pub sweep_epoch: u32,
    /// Changes whenever what is found through `__index` chains may have changed; 30 bits.
    pub prototype_epoch: u32,
    /// Body of tables that have nothing but inline slots; never written.
    pub empty_body: *mut TableBody,
    /// Shapes.
    pub shapes: Shapes,
    /// Interned strings.
    pub strings: StringTable,
    /// Recently made empty tables, so that an outgrown one can teach its `NewTable` (see `interpreter`).
    pub recent_tables: [(usize, usize); 64],
    classes: [ClassState; CLASS_COUNT],
    free_blocks: Vec<*mut Block>,
    chunks: Vec<(*mut u8, Layout)>,
    large: Vec<*mut Block>,
    /// Bytes in blocks that hold cells.
    block_bytes: usize,
    most_block_bytes: usize,
    external_bytes: usize,
    /// Bytes charged since the last cycle ended.
    allocated_bytes: usize,
    /// Most bytes the heap may hold; 0 for no limit.
    pub limit_bytes: usize,
    collector: collect::Collector,
    /// The strings `__mode` and `__gc`, which the collector looks up.
    key_mode: Value,
    key_gc: Value,
    empty_body_layout: Layout,
}

/// Blocks come from the system in groups, because each must be aligned to its size.
const BLOCKS_PER_CHUNK: usize = 16;

/// A large heap takes its blocks from pages of this size, where the system has them: marking and programs walk it in no order,
/// and with small pages most of the time goes into the translation of addresses.
const HUGE_PAGE_BYTES: usize = 2 * 1024 * 1024;
/// How many bytes of blocks make a heap large.
const HUGE_PAGES_FROM_BYTES: usize = 16 * 1024 * 1024;

impl Heap {
    /// An empty heap.
    pub fn new() -> Box<Heap> {
        let cursor = Cursor {
            bump: std::ptr::null_mut(),
            limit: std::ptr::null_mut(),
        };
        let layout = Layout::new::<[u64; 8]>();
        // SAFETY: I2: the layout is not empty; the memory is written before use.
        let empty_body = unsafe { std::alloc::alloc(layout) }.cast::<TableBody>();
        assert!(!empty_body.is_null(), "no memory for a heap");
        // SAFETY: I2: 64 bytes were allocated: head of 48 and element 0.
        unsafe { TableBody::initialise(empty_body, 0) };
        let mut heap = Box::new(Heap {
            cursors: [cursor; CLASS_COUNT],
            barrier_active: false,
            safe_point_due: false,
            caches_stale: false,
            sweep_epoch: 1,
            prototype_epoch: 1,
            empty_body,
            shapes: Shapes::new(),
            strings: StringTable::new(0x5EED_0FA1_17AB_1E50),
            recent_tables: [(0, 0); 64],
            classes: std::array::from_fn(|_| ClassState {
                blocks: Vec::new(),
                current: 0,
                position: BLOCK_BYTES,
                run_start: std::ptr::null_mut(),
            }),
            free_blocks: Vec::new(),
            chunks: Vec::new(),
            large: Vec::new(),
            block_bytes: 0,
            most_block_bytes: 0,
            external_bytes: 0,
            allocated_bytes: 0,
            limit_bytes: 0,
            collector: collect::Collector::new(),
            key_mode: Value::NIL,
            key_gc: Value::NIL,
            empty_body_layout: layout,
        });
        heap.key_mode = heap.intern(b"__mode");
        heap.key_gc = heap.intern(b"__gc");
        heap
    }

    /// Memory for a small object (at most [`LARGEST_CELL_BYTES`]).
    #[inline(always)]
    fn allocate_small(&mut self, size: usize) -> *mut u8 {
        let class = class_of(size);
        let cursor = &mut self.cursors[class];
        let cell = cursor.bump;
        if cell < cursor.limit {
            // Runs are whole cells, so a cell that starts below the limit ends at most there.
            cursor.bump = cell.wrapping_add(CELL_SIZES[class] as usize);
            return cell;
        }
        self.refill(class)
    }
    /// Memory for an object of any size.
    fn allocate(&mut self, size: usize) -> Result<*mut u8, OutOfMemory> {
        if size <= LARGEST_CELL_BYTES {
            Ok(self.allocate_small(size))
        } else {
            self.allocate_large(size)
        }
    }

    #[cold]
    #[inline(never)]
    fn refill(&mut self, class: usize) -> *mut u8 {
        let used = self.retire(class);
        let most_bytes = if self.collector.is_active() {
            4096
        } else {
            BLOCK_BYTES
        };
        self.pay_for(used);
        loop {
            let state = &mut self.classes[class];
            if let Some(&block) = state.blocks.get(state.current) {
                // SAFETY: I7: blocks in the list are live.
                let head = unsafe { &mut *block };
                if !head.is_swept {
                    head.sweep();
                    state.position = FIRST_CELL_OFFSET;
                }
                if let Some((start, end)) = head.next_run(state.position, most_bytes) {
                    state.position = end;
                    if self.collector.allocates_marked() {
                        head.mark_range(start, end);
                        self.collector.marked_bytes += end - start;
                    }
                    let bump = (block as *mut u8).wrapping_add(start);
                    state.run_start = bump;
                    self.cursors[class] = Cursor {
                        bump: bump.wrapping_add(CELL_SIZES[class] as usize),
                        limit: (block as *mut u8).wrapping_add(end),
                    };
                    return bump;
                }
                state.current += 1;
                state.position = FIRST_CELL_OFFSET;
                continue;
            }
            let block = self.take_block(class);
            self.classes[class].blocks.push(block);
            self.classes[class].position = FIRST_CELL_OFFSET;
        }
    }
    /// A cell of size class `class` when its run is used up; for compiled code, which bumps the cursors itself.
    pub fn refill_for_compiled_code(&mut self, class: usize) -> *mut u8 {
        self.refill(class)
    }
    /// Gives up the rest of a class's run and charges what was used of it, which it answers.
    fn retire(&mut self, class: usize) -> usize {
        let state = &mut self.classes[class];
        let cursor = &mut self.cursors[class];
        let used = if state.run_start.is_null() {
            0
        } else {
            cursor.bump as usize - state.run_start as usize
        };
        self.allocated_bytes += used;
        state.run_start = std::ptr::null_mut();
        cursor.bump = std::ptr::null_mut();
        cursor.limit = std::ptr::null_mut();
        used
    }
    fn take_block(&mut self, class: usize) -> *mut Block {
        if self.free_blocks.is_empty() {
            let is_huge = self.block_bytes >= HUGE_PAGES_FROM_BYTES;
            let (blocks, alignment) = if is_huge {
                (HUGE_PAGE_BYTES / BLOCK_BYTES, HUGE_PAGE_BYTES)
            } else {
                (BLOCKS_PER_CHUNK, BLOCK_BYTES)
            };
            let layout =
                Layout::from_size_align(BLOCK_BYTES * blocks, alignment).expect("constant layout");
            // SAFETY: I2: the layout is not empty.
            let chunk = unsafe { std::alloc::alloc(layout) };
            if chunk.is_null() {
                // Small allocations cannot fail in the middle of the interpreter; the limit check comes long before.
                std::alloc::handle_alloc_error(layout);
            }
            if is_huge {
                crate::sys::prefer_huge_page(chunk, HUGE_PAGE_BYTES);
            }
            self.chunks.push((chunk, layout));
            for index in (0..blocks).rev() {
                self.free_blocks
                    .push(chunk.wrapping_add(index * BLOCK_BYTES).cast());
            }
        }
        let block = self.free_blocks.pop().expect("filled above");
        // SAFETY: I2: a free block is 64 KB of ours that nothing uses.
        unsafe {
            std::ptr::write_bytes(block, 0, 1);
            (*block).cell_bytes = CELL_SIZES[class] as usize;
            (*block).total_bytes = BLOCK_BYTES;
            (*block).class = class as u8;
            (*block).is_swept = true;
        }
        self.block_bytes += BLOCK_BYTES;
        self.most_block_bytes = self.most_block_bytes.max(self.block_bytes);
        block
    }
    fn allocate_large(&mut self, size: usize) -> Result<*mut u8, OutOfMemory> {
        let total = size.checked_add(FIRST_CELL_OFFSET).ok_or(OutOfMemory)?;
        // Garbage counts as used, and no collection can start here: the next safe point collects and enforces the limit
        // itself. Only what goes far beyond it is refused.
        let most = self.limit_bytes.saturating_add(self.limit_bytes / 2);
        if self.limit_bytes != 0
            && (total > self.limit_bytes || self.used_bytes().saturating_add(total) > most)
        {
            return Err(OutOfMemory);
        }
        let layout = Layout::from_size_align(total, BLOCK_BYTES).map_err(|_| OutOfMemory)?;
        self.pay_for(size);
        // SAFETY: I2: the layout is not empty.
        let block = unsafe { std::alloc::alloc(layout) }.cast::<Block>();
        if block.is_null() {
            return Err(OutOfMemory);
        }
        // SAFETY: I2: fresh memory of at least a head.
        unsafe {
            std::ptr::write_bytes(block, 0, 1);
            (*block).cell_bytes = size;
            (*block).total_bytes = total;
            (*block).class = LARGE_CLASS;
            (*block).is_swept = true;
            if self.collector.allocates_marked() {
                (*block).mark_range(FIRST_CELL_OFFSET, FIRST_CELL_OFFSET + 1);
                self.collector.marked_bytes += size;
            }
        }
        self.large.push(block);
        self.allocated_bytes += size;
        self.block_bytes += total;
        self.most_block_bytes = self.most_block_bytes.max(self.block_bytes);
        if self.is_over_limit() {
            self.safe_point_due = true;
        }
        Ok((block as *mut u8).wrapping_add(FIRST_CELL_OFFSET))
    }
    /// Bytes of memory in use: marked live by the last cycle plus everything since, plus what objects own outside.
    pub fn used_bytes(&self) -> usize {
        let running: usize = (0..CLASS_COUNT)
            .map(|class| {
                let start = self.classes[class].run_start;
                if start.is_null() {
                    0
                } else {
                    self.cursors[class].bump as usize - start as usize
                }
            })
            .sum();
        self.collector.live_bytes
            + self.allocated_bytes
            + running
            + self.external_bytes
            + self.strings.size_bytes()
    }
    /// Notes `grown - shrunk` bytes that an object owns outside the blocks (stacks, prototypes, payloads).
    pub fn charge_external(&mut self, grown: usize, shrunk: usize) {
        self.external_bytes = (self.external_bytes + grown).saturating_sub(shrunk);
        self.allocated_bytes += grown;
        self.collector.owe(grown);
    }

    /// Invalidates cached lookups through `__index` chains.
    #[inline]
    pub fn bump_prototype_epoch(&mut self) {
        self.prototype_epoch = (self.prototype_epoch + 1) & 0x3fff_ffff;
        if self.prototype_epoch == 0 {
            // Old cache words could become right by accident: drop them all.
            self.caches_stale = true;
            self.prototype_epoch = 1;
        }
    }
    /// A table outgrew its inline slots: the `NewTable` that made it (if recent) reserves more next time.
    pub(crate) fn teach_allocation_site(&mut self, table: *mut Table, slots: usize) {
        let (owner, site) = self.recent_tables[table as usize / 16 % 64];
        if owner == table as usize && slots <= 32 {
            let word = site as *mut u32;
            // SAFETY: I10: sites are learned-slot words of live prototypes; the ring is cleared when a cycle ends.
            unsafe { *word = (*word).max(slots as u32) };
        }
    }

    // ---- Strings ----

    /// A string value; interned if short.
    #[inline]
    pub fn new_string(&mut self, bytes: &[u8]) -> Value {
        if bytes.len() <= SHORT_STRING_BYTES {
            self.intern(bytes)
        } else {
            self.new_long_string(bytes)
        }
    }
    fn new_long_string(&mut self, bytes: &[u8]) -> Value {
        match self.try_new_long_string(bytes) {
            Ok(value) => value,
            Err(OutOfMemory) => std::alloc::handle_alloc_error(Layout::new::<Block>()),
        }
    }
    /// As [`Heap::new_string`], but answers an error when memory is short: for sizes a program chose.
    pub fn try_new_string(&mut self, bytes: &[u8]) -> Result<Value, OutOfMemory> {
        if bytes.len() <= SHORT_STRING_BYTES {
            Ok(self.intern(bytes))
        } else {
            self.try_new_long_string(bytes)
        }
    }
    fn try_new_long_string(&mut self, bytes: &[u8]) -> Result<Value, OutOfMemory> {
        if bytes.len() > crate::object::string::LONGEST_STRING_BYTES {
            return Err(OutOfMemory);
        }
        let memory = self
            .allocate(LuaString::allocation_size(bytes.len()))?
            .cast::<LuaString>();
        // SAFETY: I2: fresh memory of the right size.
        unsafe { LuaString::initialise(memory, bytes, 0) };
        Ok(Value::long_string(memory))
    }
    /// The interned string with this content.
    pub fn intern(&mut self, bytes: &[u8]) -> Value {
        let hash = hash_bytes(bytes, self.strings.seed);
        if let Some(string) = self.strings.find(bytes, hash) {
            if self.collector.is_active() {
                self.collector.mark_string(string);
            }
            return Value::interned_string(string);
        }
        let memory = match self.allocate(LuaString::allocation_size(bytes.len())) {
            Ok(memory) => memory.cast::<LuaString>(),
            Err(OutOfMemory) => std::alloc::handle_alloc_error(Layout::new::<Block>()),
        };
        // SAFETY: I2: fresh memory of the right size.
        unsafe { LuaString::initialise(memory, bytes, hash) };
        self.strings.insert(memory);
        Value::interned_string(memory)
    }
    /// The interned string with this content, if there is one already.
    pub fn find_interned(&self, bytes: &[u8]) -> Option<Value> {
        let hash = hash_bytes(bytes, self.strings.seed);
        self.strings.find(bytes, hash).map(Value::interned_string)
    }
    /// The interned copy of a string value; other values unchanged.
    #[inline(always)]
    pub fn interned(&mut self, value: Value) -> Value {
        if value.is_string() && !value.is_interned_string() {
            return self.intern(value.string_bytes().unwrap_or(b""));
        }
        value
    }

    // ---- Objects ----

    /// An empty table with room for `inline_slots` named values inside the object (at most 255).
    #[inline]
    pub fn new_table(&mut self, inline_slots: usize) -> *mut Table {
        let memory = self
            .allocate_small(Table::allocation_size(inline_slots))
            .cast::<Table>();
        // SAFETY: I2: fresh memory of the right size.
        unsafe { Table::initialise(memory, inline_slots, self.empty_body) };
        memory
    }
    /// A table of `shape` whose `slots` inline slots the caller writes at once.
    #[inline(always)]
    pub(crate) fn new_table_uninitialised(&mut self, slots: usize, shape: u32) -> *mut Table {
        let memory = self
            .allocate_small(Table::allocation_size(slots))
            .cast::<Table>();
        let header = ObjectHeader {
            kind: ObjectKind::Table,
            flags: 0,
            small: slots as u16,
            word: shape,
        };
        // SAFETY: I2: fresh memory of the right size.
        unsafe {
            memory.write(Table {
                header,
                body: self.empty_body,
            })
        };
        memory
    }
    /// A body with room for the array elements 0..=capacity.
    pub fn new_body(&mut self, array_capacity: usize) -> Result<*mut TableBody, OutOfMemory> {
        if array_capacity > 1 << 27 {
            return Err(OutOfMemory);
        }
        let memory = self
            .allocate(TableBody::allocation_size(array_capacity))?
            .cast::<TableBody>();
        // SAFETY: I2: fresh memory of the right size.
        unsafe { TableBody::initialise(memory, array_capacity) };
        Ok(memory)
    }
    /// An empty hash part for at least `entries` entries.
    pub fn new_hash_part(&mut self, entries: usize) -> Result<*mut HashPart, OutOfMemory> {
        if entries > 1 << 26 {
            return Err(OutOfMemory);
        }
        let index_size = HashPart::index_size(entries);
        let memory = self
            .allocate(HashPart::allocation_size(index_size))?
            .cast::<HashPart>();
        // SAFETY: I2: fresh memory of the right size; index_size is a power of two.
        unsafe { HashPart::initialise(memory, index_size) };
        Ok(memory)
    }
    /// Room for `capacity` named values behind a table.
    pub fn new_slot_array(&mut self, capacity: usize) -> *mut SlotArray {
        let memory = self
            .allocate_small(SlotArray::allocation_size(capacity))
            .cast::<SlotArray>();
        // SAFETY: I2: fresh memory of the right size; capacity is at most MOST_SLOTS.
        unsafe { SlotArray::initialise(memory, capacity) };
        memory
    }
    /// A function object with `upvalues` upvalue words, which the caller fills at once.
    pub fn new_function(
        &mut self,
        kind: ObjectKind,
        code: *const u32,
        environment: *mut Table,
        data: *mut u8,
        upvalues: usize,
    ) -> *mut Function {
        let memory = self
            .allocate_small(Function::allocation_size(upvalues))
            .cast::<Function>();
        // SAFETY: I2: fresh memory of the right size; at most 255 upvalues.
        unsafe {
            let header = ObjectHeader {
                kind,
                flags: 0,
                small: upvalues as u16,
                word: 0,
            };
            memory.write(Function {
                header,
                code,
                environment,
                data,
            });
            // nil upvalues are right for builtins; Lua closures overwrite all of them at once.
            for index in 0..upvalues {
                Function::native_upvalues(memory)
                    .add(index)
                    .write(Value::NIL);
            }
        }
        memory
    }
    /// An upvalue that points to a stack slot.
    pub fn new_upvalue(&mut self, location: *mut Value, next_open: *mut Upvalue) -> *mut Upvalue {
        let memory = self
            .allocate_small(std::mem::size_of::<Upvalue>())
            .cast::<Upvalue>();
        let mut header = ObjectHeader::new(ObjectKind::Upvalue);
        header.flags = 1;
        // SAFETY: I2: fresh memory of the right size.
        unsafe {
            memory.write(Upvalue {
                header,
                location,
                closed: Value::NIL,
                next_open,
            })
        };
        memory
    }
    /// A prototype that owns `data`.
    pub fn new_prototype(&mut self, data: PrototypeData) -> *mut Prototype {
        let memory = self
            .allocate_small(std::mem::size_of::<Prototype>())
            .cast::<Prototype>();
        let external = data.code.len() * 4 + data.constants.len() * 8 + 256;
        let compiled = data.compiled.clone();
        let data = Box::into_raw(Box::new(data));
        // SAFETY: I2: fresh memory; `data` was just leaked and is freed by the collector only.
        unsafe {
            memory.write(Prototype {
                header: ObjectHeader::new(ObjectKind::Prototype),
                code: (*data).code.as_mut_ptr(),
                constants: (*data).constants.as_ptr(),
                data,
                parameter_count: compiled.parameter_count,
                frame_size: compiled.frame_size,
                is_vararg: compiled.is_vararg,
                is_builtin: false,
            });
        }
        self.charge_external(external, 0);
        self.collector.owners.push(memory.cast());
        memory
    }
    /// A fresh coroutine with an empty stack.
    pub fn new_thread(&mut self, stack_slots: usize, environment: *mut Table) -> *mut Thread {
        let memory = self
            .allocate_small(std::mem::size_of::<Thread>())
            .cast::<Thread>();
        // SAFETY: I2: fresh memory of the right size.
        unsafe { Thread::initialise(memory, stack_slots, environment) };
        // SAFETY: I2: just written; the stack has more slots than were asked for.
        self.charge_external(unsafe { (*memory).size } * 8, 0);
        self.collector.owners.push(memory.cast());
        memory
    }
    /// A userdata that owns `payload`, of about `external_bytes` bytes outside the heap.
    pub fn new_userdata(
        &mut self,
        payload: std::rc::Rc<dyn std::any::Any>,
        metatable: *mut Table,
        external_bytes: usize,
    ) -> *mut UserData {
        let memory = self
            .allocate_small(std::mem::size_of::<UserData>())
            .cast::<UserData>();
        // SAFETY: I2: fresh memory of the right size.
        unsafe {
            memory.write(UserData {
                header: ObjectHeader::new(ObjectKind::UserData),
                metatable,
                environment: std::ptr::null_mut(),
                payload: Some(payload),
            });
        }
        self.allocated_bytes += external_bytes;
        self.collector.owners.push(memory.cast());
        memory
    }
    /// C data of type number `type_number` with so many bytes, all zero.
    pub fn new_cdata(
        &mut self,
        type_number: u32,
        size_bytes: usize,
    ) -> Result<*mut CData, OutOfMemory> {
        let size = CData::allocation_size(size_bytes).ok_or(OutOfMemory)?;
        let memory = self.allocate(size)?.cast::<CData>();
        let mut header = ObjectHeader::new(ObjectKind::CData);
        header.word = type_number;
        // SAFETY: I2: fresh memory of the right size.
        unsafe {
            memory.write(CData { header, size_bytes });
            std::ptr::write_bytes(CData::bytes(memory), 0, size_bytes);
        }
        Ok(memory)
    }
    /// C data of type number `type_number` that is one word.
    #[inline]
    pub fn new_cdata_word(&mut self, type_number: u32, word: u64) -> *mut CData {
        let memory = self
            .allocate_small(std::mem::size_of::<CData>() + 8)
            .cast::<CData>();
        let mut header = ObjectHeader::new(ObjectKind::CData);
        header.word = type_number;
        // SAFETY: I2: fresh memory of the right size.
        unsafe {
            memory.write(CData {
                header,
                size_bytes: 8,
            });
            CData::bytes(memory).cast::<u64>().write(word);
        }
        memory
    }
    /// From now on `Foreign::finalize` is called before `cdata` (a live object of this heap) dies; once.
    pub fn watch_cdata(&mut self, cdata: *mut CData) {
        // SAFETY: I1.
        unsafe {
            if (*cdata).header.flags & HAS_FINALIZER == 0 {
                (*cdata).header.flags |= HAS_FINALIZER;
                self.collector.owners.push(cdata.cast());
            }
        }
    }
    /// Makes a table weak if its new metatable says so.
    pub fn apply_weakness(
        &mut self,
        table: *mut Table,
        metatable: *mut Table,
    ) -> Result<(), OutOfMemory> {
        let weakness = self.weakness_of(metatable);
        // SAFETY: I1: both are live tables.
        unsafe {
            if weakness != 0
                && (*table).header.flags
                    & (crate::object::table::WEAK_KEYS | crate::object::table::WEAK_VALUES)
                    != weakness
            {
                return Table::make_weak(table, self, weakness);
            }
        }
        Ok(())
    }
    /// Returns the memory of a large object at once (replaced table storage). Only for objects that nothing but the caller knows.
    pub(crate) fn free_large(&mut self, object: *mut u8) {
        let block = Block::of(object);
        // SAFETY: I7: `object` is a heap object.
        let is_large = unsafe { (*block).class } == LARGE_CLASS;
        if !is_large || self.collector.is_sweeping() {
            return;
        }
        if let Some(index) = self.large.iter().rposition(|&other| other == block) {
            self.large.swap_remove(index);
            self.release_large(block);
        }
    }
    fn release_large(&mut self, block: *mut Block) {
        // SAFETY: I2: the block was allocated with exactly this layout and is no longer in the list.
        unsafe {
            let total = (*block).total_bytes;
            self.block_bytes -= total;
            let layout = Layout::from_size_align_unchecked(total, BLOCK_BYTES);
            std::alloc::dealloc(block.cast(), layout);
        }
    }
}

impl Drop for Heap {
    fn drop(&mut self) {
        self.destroy_all_owners();
        for block in std::mem::take(&mut self.large) {
            self.release_large(block);
        }
        for &(chunk, layout) in &self.chunks {
            // SAFETY: I2: allocated with this layout; nothing of the heap is used any more.
            unsafe { std::alloc::dealloc(chunk, layout) };
        }
        // SAFETY: I2: allocated in `new` with this layout.
        unsafe { std::alloc::dealloc(self.empty_body.cast(), self.empty_body_layout) };
    }
}
