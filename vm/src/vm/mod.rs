//! The virtual machine: heap, running thread, metatables of types, registry, seams.
//!
//! One [`Vm`] is one Lua state. Several live in one process; nothing is shared between them. Library functions
//! see it through [`Call`](crate::call::Call), embedding programs through [`State`](crate::api::State), the interpreter's handlers as a raw
//! pointer.
//!
//! Modules: here the structure, stack and metatables; `errors` how errors are made; `run` calls from Rust, suspension, safe points;
//! `load` prototypes, closures, builtins; `tables` reading and writing tables from Rust.
//!
//! Invariants: I6: `thread` runs, its `base`, `top` and `pc` are saved whenever anything but a handler's fast path looks.

mod errors;
pub mod inspect;
mod load;
mod run;
mod tables;
pub mod test_modes;
mod tracing;

pub use run::{HostRun, Interrupt};

use crate::bytecode::Opcode;
use crate::heap::Heap;
use crate::interpreter::frame::{Frame, Frames};
use crate::interpreter::metamethod::{Metamethod, Step};
use crate::interpreter::{Handler, Pending};
use crate::object::function::NativeData;
use crate::object::thread::{MOST_STACK_SLOTS, STACK_RESERVE_SLOTS};
use crate::object::{Function, Table, Thread, ThreadStatus, UserData};
use crate::seams::{DirectAccess, Foreign, SystemWorld, Tracer, World};
use crate::value::{Value, ValueType};
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;

/// One Lua state.
#[repr(C)]
pub struct Vm {
    /// Handlers by opcode byte; at offset 0 because every dispatch reads it. Other threads may exchange entries (interrupts).
    pub(crate) dispatch: [AtomicUsize; 256],
    /// The running coroutine.
    pub(crate) thread: *mut Thread,
    /// Number of values that an instruction with open results left.
    pub(crate) multiple_results: u32,
    /// The heap.
    pub heap: Box<Heap>,
    /// Arguments of the handler to go on with (loop driver).
    pub(crate) pending: Pending,
    /// The metamethod call that a slow path asked for.
    pub(crate) step: Step,
    /// First result of a metamethod that returned.
    pub(crate) finish_result: Value,
    /// The single result of a builtin.
    pub(crate) answer_value: Value,
    /// Number of values that a builtin pushed.
    pub(crate) answer_count: usize,
    /// Results of the frame that Rust entered.
    pub(crate) entry_results: (*mut Value, usize),
    /// See `interpreter::access`.
    pub(crate) lookup_cache: Box<
        [crate::interpreter::access::CachedLookup; crate::interpreter::access::LOOKUP_CACHE_SIZE],
    >,
    /// Coroutine to switch to, and the index of the first argument for it.
    pub(crate) transfer: (*mut Thread, usize),
    /// Coroutines that wait for each other.
    pub(crate) resume_depth: u32,
    /// Nested interpreters on the native stack.
    pub(crate) native_depth: u32,
    /// Finalizers are being run.
    pub(crate) is_finalizing: bool,
    /// The value of `native_depth` at which a suspendable program of the host runs; 0 for none.
    pub(crate) host_depth: u32,
    /// The error on its way.
    pub(crate) error_value: Value,
    /// Its handler (or traceback) has run.
    pub(crate) error_is_handled: bool,
    /// Traceback of the last error that nobody caught.
    pub(crate) error_traceback: Option<Vec<u8>>,
    pub(crate) main_thread: *mut Thread,
    /// `_G`
    pub(crate) globals: *mut Table,
    /// Values of builtins, by name.
    pub(crate) registry: *mut Table,
    /// Metatables of types that have one for all values, by [`ValueType`].
    type_metatables: [*mut Table; 10],
    metamethod_names: Vec<Value>,
    header_words: Box<[u32]>,
    // Boxed because function objects point to them.
    native_data: rustc_hash::FxHashMap<(usize, usize), Box<NativeData>>,
    /// Values that Rust programs hold (see `api`); nil slots are free.
    /// The mode `stacks` (see [`test_modes`]).
    pub(crate) moves_stacks: bool,
    pub(crate) handles: Vec<Value>,
    pub(crate) free_handles: Vec<usize>,
    pub(crate) interrupt: Arc<run::InterruptState>,
    /// The trace compiler, if installed ([`Vm::install_tracer`]).
    pub(crate) tracer: Option<Box<dyn Tracer>>,
    /// What the machine-code back end keeps here.
    pub compiled: crate::interpreter::compiled::CompiledCode,
    /// Hot counters, the recording in progress, installed traces.
    pub(crate) tracing: tracing::Tracing,
    /// Values that runtime helpers of compiled code leave beside their result.
    pub scratch: [Value; 8],
    /// The stack on which builtins run that compiled code calls; made at first use.
    scratch_thread: *mut Thread,
    foreign: Option<Rc<dyn Foreign>>,
    /// What the interpreter knows about C data.
    pub(crate) foreign_caches: crate::interpreter::foreign::ForeignCaches,
    /// Clock, entropy, environment.
    pub world: Box<dyn World>,
    /// Settings of debug.sethook.
    pub(crate) hooks: crate::interpreter::hooks::Hooks,
    /// Things that libraries keep per state.
    pub extensions: Extensions,
}

/// Per-state data of libraries, by type.
#[derive(Default)]
pub struct Extensions {
    entries: rustc_hash::FxHashMap<std::any::TypeId, Box<dyn std::any::Any>>,
}

impl Extensions {
    /// The entry of type `T`, made on first use.
    pub fn get_or_default<T: Default + 'static>(&mut self) -> &mut T {
        let entry = self
            .entries
            .entry(std::any::TypeId::of::<T>())
            .or_insert_with(|| Box::new(T::default()));
        entry
            .downcast_mut()
            .expect("entries are stored under their own type")
    }
    /// Stores (or replaces) the entry of type `T`.
    pub fn insert<T: 'static>(&mut self, value: T) {
        self.entries
            .insert(std::any::TypeId::of::<T>(), Box::new(value));
    }
    /// The entry of type `T`, if there is one.
    pub fn get<T: 'static>(&self) -> Option<&T> {
        self.entries
            .get(&std::any::TypeId::of::<T>())?
            .downcast_ref()
    }
    /// The entry of type `T`, if there is one.
    pub fn get_mut<T: 'static>(&mut self) -> Option<&mut T> {
        self.entries
            .get_mut(&std::any::TypeId::of::<T>())?
            .downcast_mut()
    }
}

impl Vm {
    /// A state without libraries (see [`library::open_all`](crate::library)).
    pub fn new() -> Box<Vm> {
        let mut heap = Heap::new();
        let globals = heap.new_table(0);
        let registry = heap.new_table(0);
        let main_thread = heap.new_thread(200, globals);
        let metamethod_names = Metamethod::NAMES
            .iter()
            .map(|name| heap.intern(name.as_bytes()))
            .collect();
        let invalid: Handler = crate::interpreter::invalid;
        let mut vm = Box::new(Vm {
            dispatch: std::array::from_fn(|_| AtomicUsize::new(invalid as usize)),
            thread: main_thread,
            multiple_results: 0,
            heap,
            pending: Pending {
                handler: invalid,
                pc: std::ptr::null(),
                base: std::ptr::null_mut(),
                d: 0,
                a: 0,
                k: std::ptr::null(),
            },
            step: Step::Value(Value::NIL),
            finish_result: Value::NIL,
            answer_value: Value::NIL,
            answer_count: 0,
            entry_results: (std::ptr::null_mut(), 0),
            lookup_cache: Box::new(
                [crate::interpreter::access::CachedLookup::EMPTY;
                    crate::interpreter::access::LOOKUP_CACHE_SIZE],
            ),
            transfer: (std::ptr::null_mut(), 0),
            resume_depth: 0,
            native_depth: 0,
            is_finalizing: false,
            host_depth: 0,
            error_value: Value::NIL,
            error_is_handled: false,
            error_traceback: None,
            main_thread,
            globals,
            registry,
            type_metatables: [std::ptr::null_mut(); 10],
            metamethod_names,
            header_words: Opcode::ALL.iter().map(|&opcode| opcode as u32).collect(),
            native_data: rustc_hash::FxHashMap::default(),
            handles: Vec::new(),
            free_handles: Vec::new(),
            interrupt: Arc::default(),
            tracer: None,
            compiled: Default::default(),
            tracing: tracing::Tracing::default(),
            scratch: [Value::NIL; 8],
            scratch_thread: std::ptr::null_mut(),
            foreign: None,
            foreign_caches: Default::default(),
            world: Box::new(SystemWorld::default()),
            hooks: Default::default(),
            moves_stacks: false,
            extensions: Extensions::default(),
        });
        // SAFETY: I6: the main thread was just made.
        unsafe {
            (*main_thread).status = ThreadStatus::Running;
            (*main_thread).top = (*main_thread).base;
        }
        vm.interrupt.set_table(&raw const vm.dispatch);
        vm.apply_hooks();
        vm
    }
    /// The header word that all builtins of a kind share.
    pub(crate) fn header_word(&self, opcode: Opcode) -> *const u32 {
        &raw const self.header_words[opcode as usize]
    }

    // ---- Saved state ----

    /// Notes where the running Lua frame is: `pc` is the address after the first word of its instruction.
    #[inline(always)]
    pub(crate) fn save(&mut self, base: *mut Value, pc: *const u32) {
        // SAFETY: I6.
        unsafe {
            (*self.thread).base = base;
            (*self.thread).pc = pc;
            (*self.thread).top = crate::interpreter::calls::frame_top(base);
        }
    }
    /// Notes that a builtin's frame with `count` arguments runs.
    #[inline(always)]
    pub(crate) fn enter_native_frame(&mut self, base: *mut Value, count: usize) {
        // SAFETY: I6.
        unsafe {
            (*self.thread).base = base;
            (*self.thread).pc = std::ptr::null();
            (*self.thread).top = base.add(count);
        }
    }
    /// Stores what a slow path answered, for `enter_step`.
    #[inline]
    pub(crate) fn take_step(&mut self, step: Step) {
        self.step = step;
    }
    /// Makes sure that `count` slots above `base` exist; the new address of `base`, or an error was raised.
    pub(crate) fn ensure_stack(&mut self, base: *mut Value, count: usize) -> Option<*mut Value> {
        let thread = self.thread;
        // SAFETY: I6: `base` lies in the running thread's stack.
        unsafe {
            let offset = base.offset_from((*thread).stack) as usize;
            if base.add(count) <= (*thread).limit {
                if self.moves_stacks {
                    self.move_stack();
                    return Some((*thread).stack.add(offset));
                }
                return Some(base);
            }
            let needed = offset + count;
            // A handler of a stack overflow gets some room above the limit.
            let most = if self.error_is_handled {
                MOST_STACK_SLOTS + 2000
            } else {
                MOST_STACK_SLOTS
            };
            if needed > most {
                let _ = self.raise_text("stack overflow");
                return None;
            }
            let old = (*thread).size;
            let size = if self.moves_stacks && needed < test_modes::MOVED_SLOTS_MOST {
                needed
            } else {
                (needed + needed / 2).min(most).max(needed)
            };
            Thread::grow(thread, size);
            self.heap.charge_external(((*thread).size) * 8, old * 8);
            Some((*thread).stack.add(offset))
        }
    }

    // ---- The stack as builtins see it ----

    pub(crate) fn base_offset(&self) -> usize {
        // SAFETY: I6.
        unsafe { (*self.thread).base.offset_from((*self.thread).stack) as usize }
    }
    #[inline(always)]
    pub(crate) fn stack_value(&self, offset: usize) -> Value {
        // SAFETY: I6: offsets come from a frame of the running thread.
        unsafe { *(*self.thread).stack.add(offset) }
    }
    #[inline(always)]
    pub(crate) fn set_stack_value(&mut self, offset: usize, value: Value) {
        // SAFETY: I6: as above.
        unsafe { *(*self.thread).stack.add(offset) = value };
    }
    /// Pushes a value; callers have reserved room beyond some 20 values.
    #[inline]
    pub(crate) fn push(&mut self, value: Value) {
        // SAFETY: I6: the reserve guarantees room; if a builtin pushed more than it reserved, grow now.
        unsafe {
            let thread = self.thread;
            let end = (*thread).stack.add((*thread).size);
            if (*thread).top >= end {
                let size = (*thread).size * 2;
                Thread::grow(thread, size);
            }
            (*thread).top.write(value);
            (*thread).top = (*thread).top.add(1);
        }
    }
    /// Makes room for `count` pushed values.
    pub(crate) fn reserve_stack(&mut self, count: usize) -> Result<(), crate::call::Raised> {
        // SAFETY: I6.
        unsafe {
            let thread = self.thread;
            let top = (*thread).top;
            match self.ensure_stack(top, count + 1) {
                Some(_) => Ok(()),
                None => Err(crate::call::Raised),
            }
        }
    }
    /// The frames of the running thread, innermost first.
    pub fn frames(&self) -> Frames {
        // SAFETY: I6: base and pc are saved whenever this can be called.
        unsafe { Frames::of(self.thread) }
    }
    /// The frames of any thread.
    pub fn frames_of(&self, thread: *mut Thread) -> Frames {
        // SAFETY: I6: as above; a suspended thread saved them when it was left.
        unsafe { Frames::of(thread) }
    }
    /// Frame `level` of the running thread: 0 is the running function.
    pub fn frame(&self, level: usize) -> Option<Frame> {
        self.frames().nth(level)
    }

    // ---- Metatables ----

    /// The metatable of any value, or null.
    pub fn metatable_of(&self, value: Value) -> *mut Table {
        // SAFETY: I1.
        unsafe {
            if let Some(table) = value.as_table() {
                return Table::metatable(table, &self.heap);
            }
            if let Some(userdata) = value.as_userdata() {
                return (*userdata).metatable;
            }
            self.type_metatables[value.value_type() as usize]
        }
    }
    /// Sets the metatable of a type (all strings, all numbers, …); null removes it.
    pub fn set_type_metatable(&mut self, value_type: ValueType, metatable: *mut Table) {
        // Compiled code relies on it.
        if self.tracer.is_some() {
            self.flush_traces();
        }
        self.type_metatables[value_type as usize] = metatable;
        if !metatable.is_null() {
            self.heap.note_metatable(metatable);
        }
        self.heap.bump_prototype_epoch();
    }
    /// The interned name of an event.
    #[inline]
    pub fn metamethod_name(&self, metamethod: Metamethod) -> Value {
        self.metamethod_names[metamethod as usize]
    }
    /// The metamethod of a value, or nil.
    pub fn metamethod(&self, value: Value, metamethod: Metamethod) -> Value {
        let metatable = self.metatable_of(value);
        if metatable.is_null() {
            return Value::NIL;
        }
        // SAFETY: I1: metatables of live values are live.
        unsafe { Table::get_string(metatable, &self.heap, self.metamethod_name(metamethod)) }
    }
    /// Field `name` of a value's metatable, or nil.
    pub fn metafield(&mut self, value: Value, name: &str) -> Value {
        let metatable = self.metatable_of(value);
        if metatable.is_null() {
            return Value::NIL;
        }
        let key = self.heap.intern(name.as_bytes());
        // SAFETY: I1.
        unsafe { Table::get_string(metatable, &self.heap, key) }
    }

    // ---- Conversions ----

    /// The number that a value is or converts to.
    pub fn to_number(&mut self, value: Value) -> Option<f64> {
        if let Some(number) = value.as_number() {
            return Some(number);
        }
        if let Some(bytes) = value.string_bytes() {
            return crate::syntax::number::parse_number(bytes);
        }
        None
    }
    /// The string of a number value.
    pub fn number_to_string(&mut self, value: Value) -> Value {
        let mut text = Vec::with_capacity(24);
        crate::library::number_format::append_number(&mut text, value.raw_double());
        self.heap.new_string(&text)
    }
    /// Bytes of a string or number value.
    pub fn string_or_number_bytes(&self, value: Value) -> Option<Vec<u8>> {
        if let Some(bytes) = value.string_bytes() {
            return Some(bytes.to_vec());
        }
        let number = value.as_number()?;
        let mut text = Vec::with_capacity(24);
        crate::library::number_format::append_number(&mut text, number);
        Some(text)
    }
    /// A string value of any length (a memory shortage ends the program; for sizes a program chose use [`Vm::try_new_string`]).
    #[inline]
    pub fn new_string(&mut self, bytes: &[u8]) -> Value {
        self.heap.new_string(bytes)
    }
    /// A string value, or a Lua error when it is too long or memory is short.
    #[inline]
    pub fn try_new_string(&mut self, bytes: &[u8]) -> Result<Value, crate::call::Raised> {
        match self.heap.try_new_string(bytes) {
            Ok(value) => Ok(value),
            Err(_) => Err(self.raise_text("not enough memory")),
        }
    }
    /// Concatenates `count` strings and numbers.
    pub(crate) fn join_pieces(
        &mut self,
        first: *const Value,
        count: usize,
    ) -> Result<Value, crate::call::Raised> {
        // SAFETY: I6: `count` registers of the running frame.
        let pieces = unsafe { std::slice::from_raw_parts(first, count) };
        let mut total = 0usize;
        for piece in pieces {
            total += match piece.string_bytes() {
                Some(bytes) => bytes.len(),
                None => 24,
            };
        }
        if total > crate::object::string::LONGEST_STRING_BYTES {
            return Err(self.raise_text("string length overflow"));
        }
        let mut small = [0u8; 256];
        if total <= small.len() {
            let mut length = 0;
            let mut text = Vec::new();
            for piece in pieces {
                let bytes = match piece.string_bytes() {
                    Some(bytes) => bytes,
                    None => {
                        text.clear();
                        crate::library::number_format::append_number(&mut text, piece.raw_double());
                        &text
                    }
                };
                small[length..length + bytes.len()].copy_from_slice(bytes);
                length += bytes.len();
            }
            return self.try_new_string(&small[..length]);
        }
        let mut joined = Vec::new();
        if joined.try_reserve_exact(total).is_err() {
            return Err(self.raise_text("not enough memory"));
        }
        for piece in pieces {
            match piece.string_bytes() {
                Some(bytes) => joined.extend_from_slice(bytes),
                None => {
                    crate::library::number_format::append_number(&mut joined, piece.raw_double())
                }
            }
        }
        if let Ok(value) = self.heap.try_new_string(&joined) {
            return Ok(value);
        }
        // Everything that is alive is in the saved frame here, so the garbage can go first.
        self.collect_without_finalizers();
        self.try_new_string(&joined)
    }

    // ---- Userdata ----

    /// The payload of a userdata, if it is one of type `T` that has not been released.
    pub fn userdata_payload<T: 'static>(&self, value: Value) -> Option<Rc<T>> {
        let userdata = value.as_userdata()?;
        // SAFETY: I1.
        let payload = unsafe { (*userdata).payload.clone() }?;
        payload.downcast::<T>().ok()
    }
    /// A userdata holding `payload`.
    pub fn new_userdata(
        &mut self,
        payload: Rc<dyn std::any::Any>,
        metatable: *mut Table,
        external_bytes: usize,
    ) -> *mut UserData {
        let userdata = self.heap.new_userdata(payload, metatable, external_bytes);
        // SAFETY: I1, I2: just made.
        unsafe {
            (*userdata).header.word = self.pseudo_shape_of(metatable);
        }
        userdata
    }
    /// The number that stands for a userdata metatable in inline caches.
    fn pseudo_shape_of(&mut self, metatable: *mut Table) -> u32 {
        if metatable.is_null() {
            return crate::object::shape::EMPTY_SHAPE;
        }
        let shapes = self.extensions.get_or_default::<PseudoShapes>();
        if let Some(&shape) = shapes.by_metatable.get(&(metatable as usize)) {
            return shape;
        }
        let shape = self.heap.shapes.new_pseudo_shape();
        // The metatable stays alive as long as the state, so that its address is never used again.
        self.new_handle(Value::table(metatable));
        self.heap.note_metatable(metatable);
        self.extensions
            .get_or_default::<PseudoShapes>()
            .by_metatable
            .insert(metatable as usize, shape);
        shape
    }
    /// Roots a value until [`Vm::free_handle`]; the answer is its number.
    pub(crate) fn new_handle(&mut self, value: Value) -> usize {
        if let Some(index) = self.free_handles.pop() {
            self.handles[index] = value;
            return index;
        }
        self.handles.push(value);
        self.handles.len() - 1
    }
    /// Gives a handle back.
    pub(crate) fn free_handle(&mut self, index: usize) {
        let old = std::mem::replace(&mut self.handles[index], Value::NIL);
        self.heap.barrier(old);
        self.free_handles.push(index);
    }

    // ---- Foreign ----

    /// Installs the foreign function interface.
    pub fn install_foreign(&mut self, foreign: Rc<dyn Foreign>) {
        self.foreign = Some(foreign);
    }
    pub(crate) fn with_foreign<R>(
        &mut self,
        work: impl FnOnce(&dyn Foreign, &mut Vm) -> Option<R>,
    ) -> Option<R> {
        // A clone, because operations nest: a C function may call back into Lua, which uses C data again.
        let foreign = self.foreign.clone()?;
        work(&*foreign, self)
    }
    /// Runs the finalizer of a C data object.
    pub(crate) fn foreign_finalize(&mut self, value: Value) {
        self.with_foreign(|foreign, vm| {
            foreign.finalize(vm, value);
            Some(())
        });
    }
    pub(crate) fn foreign_index(&mut self, object: Value, key: Value) -> Option<Step> {
        object.as_cdata()?;
        self.with_foreign(|foreign, vm| foreign.index(vm, object, key))
    }
    pub(crate) fn foreign_field_access(
        &mut self,
        object: Value,
        key: Value,
    ) -> Option<DirectAccess> {
        self.with_foreign(|foreign, vm| foreign.field_access(vm, object, key))
    }
    pub(crate) fn foreign_element_access(&mut self, object: Value) -> Option<DirectAccess> {
        self.with_foreign(|foreign, vm| foreign.element_access(vm, object))
    }
    pub(crate) fn foreign_index_table(&mut self, object: Value, key: Value) -> Option<Value> {
        self.with_foreign(|foreign, vm| foreign.index_table(vm, object, key))
    }
    pub(crate) fn foreign_store(
        &mut self,
        object: Value,
        key: Value,
        value: Value,
    ) -> Option<Step> {
        object.as_cdata()?;
        self.with_foreign(|foreign, vm| foreign.store(vm, object, key, value))
    }
    // Not inlined: what has to be dropped here would cost handlers their tail calls.
    #[inline(never)]
    pub(crate) fn foreign_arithmetic(
        &mut self,
        operation: Metamethod,
        left: Value,
        right: Value,
    ) -> Option<Step> {
        left.as_cdata().or(right.as_cdata())?;
        self.with_foreign(|foreign, vm| foreign.arithmetic(vm, operation, left, right))
    }
    pub(crate) fn foreign_bit_operation(
        &mut self,
        operation: Opcode,
        left: Value,
        right: Value,
    ) -> Option<Step> {
        left.as_cdata().or(right.as_cdata())?;
        self.with_foreign(|foreign, vm| foreign.bit_operation(vm, operation, left, right))
    }
    /// The text of a cdata value.
    pub fn foreign_to_text(&mut self, value: Value) -> Option<Vec<u8>> {
        value.as_cdata()?;
        self.with_foreign(|foreign, vm| foreign.to_text(vm, value))
    }
    /// The value of a cdata object that is a 64-bit integer, and whether it is unsigned.
    pub fn foreign_wide_value(&mut self, value: Value) -> Option<(u64, bool)> {
        value.as_cdata()?;
        self.with_foreign(|foreign, _| foreign.wide_value(value))
    }
    /// The 64 bits of a cdata number that is argument `argument` of a builtin; `None` for other values.
    pub(crate) fn foreign_wide_bits(
        &mut self,
        value: Value,
        argument: u32,
    ) -> Option<Result<(u64, bool), crate::call::Raised>> {
        value.as_cdata()?;
        self.with_foreign(|foreign, vm| Some(foreign.wide_bits(vm, value, argument)))
    }
    /// A 64-bit integer as a value; without a foreign interface nil.
    pub fn foreign_wide_integer(
        &mut self,
        bits: u64,
        unsigned: bool,
    ) -> Result<Value, crate::call::Raised> {
        self.with_foreign(|foreign, vm| Some(foreign.wide_integer(vm, bits, unsigned)))
            .unwrap_or(Ok(Value::NIL))
    }
    /// Reads `object[key]` with metamethods, as far as that needs no call.
    pub fn index_step(&mut self, object: Value, key: Value) -> Step {
        // SAFETY: I1: any values may be indexed; without an instruction nothing is cached.
        unsafe { crate::interpreter::access::index_step(self, object, key, std::ptr::null()) }
    }
    /// Writes `object[key] = value` with metamethods, as far as that needs no call.
    pub fn store_step(&mut self, object: Value, key: Value, value: Value) -> Step {
        // SAFETY: I1: as above.
        unsafe {
            crate::interpreter::access::store_step(self, object, key, value, std::ptr::null())
        }
    }
    pub(crate) fn foreign_constant(
        &mut self,
        constant: &crate::bytecode::Constant,
    ) -> Option<Value> {
        self.with_foreign(|foreign, vm| foreign.constant(vm, constant))
    }

    /// Upvalue `index` of a builtin.
    pub(crate) fn native_upvalue(&self, function: *mut Function, index: usize) -> Value {
        // SAFETY: I1: `function` is the running builtin.
        unsafe {
            if function.is_null() || index >= (*function).header.small as usize {
                return Value::NIL;
            }
            *Function::native_upvalues(function).add(index)
        }
    }
    pub(crate) fn set_native_upvalue(
        &mut self,
        function: *mut Function,
        index: usize,
        value: Value,
    ) {
        // SAFETY: I1: as above.
        unsafe {
            if !function.is_null() && index < (*function).header.small as usize {
                let place = Function::native_upvalues(function).add(index);
                self.heap.barrier(*place);
                *place = value;
            }
        }
    }
    /// The global table.
    pub fn globals(&self) -> Value {
        Value::table(self.globals)
    }
    /// A table for libraries to keep values in; not visible to programs.
    pub fn registry(&self) -> Value {
        Value::table(self.registry)
    }
    /// The running coroutine.
    pub fn running_thread(&self) -> *mut Thread {
        self.thread
    }
    /// The main coroutine.
    pub fn main_thread(&self) -> *mut Thread {
        self.main_thread
    }
}

#[derive(Default)]
struct PseudoShapes {
    by_metatable: rustc_hash::FxHashMap<usize, u32>,
}

const _: () = assert!(std::mem::offset_of!(Vm, dispatch) == 0 && STACK_RESERVE_SLOTS >= 20);
