//! The FFI of one machine: its types, metatypes, finalizers, and how it makes cdata objects and errors.
//!
//! One [`Ffi`] is shared (in an `Rc`) by the library functions and the machine's seam. Operations nest (C calls back into Lua), so
//! everything is in cells, and no borrow is held while Lua code runs.
//!
//! Invariant: Lua values that the FFI keeps are in its table of roots, which the machine's registry holds; what is kept beside it in Rust
//! is only a copy of such a word.

use crate::memory::Place;
use crate::plan::{self, Scalar};
use crate::types::{CTYPE, Kind, MemberKind, TypeId, Types};
use rlove_vm::call::Raised;
use rlove_vm::object::{CData, ObjectHeader};
use rlove_vm::value::Value;
use rlove_vm::vm::Vm;
use rustc_hash::FxHashMap;
use std::cell::{Cell, RefCell};
use std::rc::Rc;

/// The FFI of one machine.
pub struct Ffi {
    /// All C types.
    pub types: RefCell<Types>,
    /// Metatables by raw type.
    metatypes: RefCell<FxHashMap<TypeId, Value>>,
    /// What operators on an object of a type look at, by type.
    operator_targets: RefCell<Vec<Option<OperatorTarget>>>,
    /// How objects of a type are made of numbers, by type.
    constructors: RefCell<Vec<Option<Rc<Constructor>>>>,
    /// The string `__new`.
    pub(crate) new_name: Value,
    /// Index in the table of roots by the cdata object's address.
    finalizers: RefCell<FxHashMap<usize, i64>>,
    /// Types of texts that were parsed before.
    parsed: RefCell<FxHashMap<Box<[u8]>, TypeId>>,
    roots: Value,
    free_roots: RefCell<Vec<i64>>,
    root_count: Cell<i64>,
    /// The table of functions that function pointers have: `free`, `set`.
    pub(crate) callback_methods: Cell<Value>,
    /// `errno` after the last C call.
    pub(crate) errno: Cell<i32>,
    /// What C calls need.
    pub(crate) calls: crate::native_call::CallState,
}

/// What operators on an object of a type look at.
#[derive(Clone, Copy)]
pub(crate) struct OperatorTarget {
    /// It is a structure or union (or a reference to one): operators are metamethods.
    pub is_record: bool,
    /// The metatable of the type, or of what it points to.
    pub metatable: Option<Value>,
}

/// How an object of a structure is made of numbers.
pub(crate) struct Constructor {
    /// Bytes.
    pub size: u32,
    /// The leading members that are numbers.
    pub members: Vec<(u32, Scalar)>,
    /// The type's metatable.
    pub metatable: Option<Value>,
}

/// A cdata object taken apart.
#[derive(Clone, Copy, Debug)]
pub struct Object {
    /// Its type.
    pub type_id: TypeId,
    /// Its bytes.
    pub place: Place,
    /// How many.
    pub size: usize,
}

impl Object {
    /// The cdata object that a value is.
    #[inline]
    pub fn of(value: Value) -> Option<Object> {
        let header = value.as_cdata()?;
        let cdata = header.cast::<CData>();
        // SAFETY: I1: a cdata value is the address of a live cdata object.
        let (type_id, size) = unsafe { ((*cdata).header.word, (*cdata).size_bytes) };
        Some(Object {
            type_id,
            place: Place::of_cdata(cdata),
            size,
        })
    }
    /// The type that a type object stands for; the object's own type for others.
    pub fn meant_type(&self) -> TypeId {
        if self.type_id == CTYPE {
            self.place.read::<u32>()
        } else {
            self.type_id
        }
    }
}

impl Ffi {
    /// A fresh state whose roots live in `vm`.
    pub fn new(vm: &mut Vm) -> Rc<Ffi> {
        let roots = vm.new_table();
        let registry = vm.registry();
        vm.set_field(registry, "_FFI", roots);
        let new_name = vm.heap.intern(b"__new");
        // The field keeps the name alive.
        vm.set_field(roots, "__new", new_name);
        Rc::new(Ffi {
            types: RefCell::new(Types::new()),
            metatypes: RefCell::default(),
            operator_targets: RefCell::default(),
            constructors: RefCell::default(),
            new_name,
            finalizers: RefCell::default(),
            parsed: RefCell::default(),
            roots,
            free_roots: RefCell::default(),
            root_count: Cell::new(0),
            callback_methods: Cell::new(Value::NIL),
            errno: Cell::new(0),
            calls: crate::native_call::CallState::default(),
        })
    }
    /// The FFI of a machine, if it has one.
    pub fn of(vm: &Vm) -> Option<Rc<Ffi>> {
        vm.extensions.get::<Rc<Ffi>>().cloned()
    }

    // ---- Roots ----

    /// Keeps a value alive.
    pub(crate) fn root(&self, vm: &mut Vm, value: Value) -> Result<i64, Raised> {
        let free = self.free_roots.borrow_mut().pop();
        let index = free.unwrap_or_else(|| {
            self.root_count.set(self.root_count.get() + 1);
            self.root_count.get()
        });
        vm.raw_set_index(self.roots, index, value)?;
        Ok(index)
    }
    /// The value kept under an index.
    pub(crate) fn rooted(&self, vm: &mut Vm, index: i64) -> Value {
        vm.raw_get_index(self.roots, index)
    }
    /// Replaces the value kept under an index.
    pub(crate) fn set_root(&self, vm: &mut Vm, index: i64, value: Value) -> Result<(), Raised> {
        vm.raw_set_index(self.roots, index, value)
    }
    /// Gives an index back.
    pub(crate) fn unroot(&self, vm: &mut Vm, index: i64) {
        // False keeps the table an array.
        if vm.raw_set_index(self.roots, index, Value::FALSE).is_ok() {
            self.free_roots.borrow_mut().push(index);
        }
    }

    // ---- Objects ----

    /// A cdata object of so many zero bytes.
    pub fn new_object(
        &self,
        vm: &mut Vm,
        type_id: TypeId,
        size: usize,
    ) -> Result<(Value, Place), Raised> {
        match vm.heap.new_cdata(type_id, size) {
            Ok(cdata) => Ok((
                Value::object(cdata.cast::<ObjectHeader>()),
                Place::of_cdata(cdata),
            )),
            Err(_) => Err(vm.raise_text("not enough memory")),
        }
    }
    /// As [`Ffi::new_object`], for types that may need a greater alignment than the heap's cells have: then the object is a reference
    /// to an aligned place behind itself (objects do not move).
    pub fn new_aligned_object(
        &self,
        vm: &mut Vm,
        type_id: TypeId,
        size: usize,
    ) -> Result<(Value, Place), Raised> {
        const CELL_ALIGNMENT_LOG2: u8 = 4;
        let alignment = self.types.borrow().alignment_log2(type_id);
        if alignment <= CELL_ALIGNMENT_LOG2 {
            return self.new_object(vm, type_id, size);
        }
        let alignment = 1usize << alignment;
        let reference = self.types.borrow_mut().reference_to(type_id);
        let (value, own) = self.new_object(vm, reference, 8 + alignment + size)?;
        let address = (own.address() + 8).next_multiple_of(alignment);
        own.write(address);
        Ok((value, Place::from_address(address)))
    }
    /// A type object.
    pub fn new_type_object(&self, vm: &mut Vm, type_id: TypeId) -> Result<Value, Raised> {
        let (value, place) = self.new_object(vm, CTYPE, 4)?;
        place.write(type_id);
        Ok(value)
    }
    /// A 64-bit integer.
    pub fn new_integer64(&self, vm: &mut Vm, bits: u64, unsigned: bool) -> Result<Value, Raised> {
        let (value, place) = self.new_object(vm, crate::plan::integer64(unsigned), 8)?;
        place.write(bits);
        Ok(value)
    }
    /// A pointer to `target`.
    pub fn new_pointer(
        &self,
        vm: &mut Vm,
        target: TypeId,
        address: usize,
    ) -> Result<Value, Raised> {
        let pointer = self.types.borrow_mut().pointer_to(target);
        let (value, place) = self.new_object(vm, pointer, 8)?;
        place.write(address);
        Ok(value)
    }
    /// A reference to a place.
    pub fn new_reference(
        &self,
        vm: &mut Vm,
        target: TypeId,
        place: Place,
    ) -> Result<Value, Raised> {
        let reference = self.types.borrow_mut().reference_to(target);
        let (value, own) = self.new_object(vm, reference, 8)?;
        own.write(place.address());
        Ok(value)
    }

    // ---- Types by text ----

    /// The type that a text stood for before.
    pub(crate) fn known_type(&self, source: &[u8]) -> Option<TypeId> {
        self.parsed.borrow().get(source).copied()
    }
    /// Remembers the type of a text that makes no new type.
    pub(crate) fn remember_type(&self, source: &[u8], type_id: TypeId) {
        let mut parsed = self.parsed.borrow_mut();
        // Programs that build texts do not fill the memory.
        if parsed.len() < 4096 {
            parsed.insert(source.into(), type_id);
        }
    }

    // ---- Errors ----

    /// Raises a message with the position of the running Lua code.
    #[cold]
    pub fn raise(&self, vm: &mut Vm, message: &str) -> Raised {
        let mut text = vm.position_of_level(0);
        if text.is_empty() {
            text = vm.position_of_level(1);
        }
        text.extend_from_slice(message.as_bytes());
        vm.raise_message(&text)
    }
    /// A type as messages show it.
    pub fn text(&self, type_id: TypeId) -> String {
        self.types.borrow().text(type_id)
    }

    // ---- Metatypes ----

    /// Sets the metatable of a raw type, once.
    pub(crate) fn set_metatype(
        &self,
        vm: &mut Vm,
        type_id: TypeId,
        metatable: Value,
    ) -> Result<bool, Raised> {
        if self.metatypes.borrow().contains_key(&type_id) {
            return Ok(false);
        }
        self.root(vm, metatable)?;
        self.metatypes.borrow_mut().insert(type_id, metatable);
        self.operator_targets.borrow_mut().clear();
        self.constructors.borrow_mut().clear();
        Ok(true)
    }
    /// The metatable of a type, references and qualifiers looked through.
    pub fn metatype(&self, type_id: TypeId) -> Option<Value> {
        let raw = self.types.borrow().raw_referenced(type_id);
        self.metatypes.borrow().get(&raw).copied()
    }
    /// A type's metamethod.
    pub(crate) fn type_metamethod(&self, vm: &mut Vm, type_id: TypeId, name: Value) -> Value {
        {
            let types = self.types.borrow();
            let raw = types.raw_referenced(type_id);
            if let Kind::Pointer { target } = types.kind(raw) {
                let is_function = matches!(types.kind(target), Kind::Function(_));
                drop(types);
                if is_function {
                    return vm.raw_get(self.callback_methods.get(), name);
                }
            }
        }
        match self.metatype(type_id) {
            Some(metatable) => vm.raw_get(metatable, name),
            None => Value::NIL,
        }
    }
    /// What operators on an object of this type look at.
    #[inline]
    pub(crate) fn operator_target(&self, type_id: TypeId) -> OperatorTarget {
        if let Some(Some(target)) = self.operator_targets.borrow().get(type_id as usize) {
            return *target;
        }
        self.find_operator_target(type_id)
    }
    #[cold]
    fn find_operator_target(&self, type_id: TypeId) -> OperatorTarget {
        let (is_record, resolved) = {
            let types = self.types.borrow();
            let raw = types.raw_referenced(type_id);
            match types.kind(raw) {
                Kind::Pointer { target } => (false, target),
                Kind::Record(_) => (true, raw),
                _ => (false, raw),
            }
        };
        let target = OperatorTarget {
            is_record,
            metatable: self.metatype(resolved),
        };
        let mut targets = self.operator_targets.borrow_mut();
        if targets.len() <= type_id as usize {
            targets.resize(type_id as usize + 1, None);
        }
        targets[type_id as usize] = Some(target);
        target
    }
    /// How objects of a type are made of numbers, if that is all there is to it.
    pub(crate) fn constructor(&self, type_id: TypeId) -> Option<Rc<Constructor>> {
        if let Some(Some(constructor)) = self.constructors.borrow().get(type_id as usize) {
            return Some(constructor.clone());
        }
        let constructor = Rc::new(self.find_constructor(type_id)?);
        let mut constructors = self.constructors.borrow_mut();
        if constructors.len() <= type_id as usize {
            constructors.resize(type_id as usize + 1, None);
        }
        constructors[type_id as usize] = Some(constructor.clone());
        Some(constructor)
    }
    fn find_constructor(&self, type_id: TypeId) -> Option<Constructor> {
        let types = self.types.borrow();
        let raw = types.raw(type_id);
        let Kind::Record(index) = types.kind(raw) else {
            return None;
        };
        let record = types.record(index);
        if record.variable || types.alignment_log2(type_id) > 4 {
            return None;
        }
        let mut members = Vec::new();
        for member in &record.members {
            let scalar = plan::scalar(types.get(types.raw(member.type_id)));
            match (member.kind, scalar) {
                (MemberKind::Plain, Some(scalar)) => members.push((member.offset, scalar)),
                _ => break,
            }
            if record.is_union {
                break;
            }
        }
        Some(Constructor {
            size: types.size_bytes(raw)?,
            members,
            metatable: self.metatype(raw),
        })
    }
    /// As [`Ffi::type_metamethod`], of what a pointer points to.
    pub(crate) fn object_metamethod(&self, vm: &mut Vm, type_id: TypeId, name: Value) -> Value {
        let target = {
            let types = self.types.borrow();
            let raw = types.raw_referenced(type_id);
            match types.kind(raw) {
                Kind::Pointer { target } => target,
                _ => raw,
            }
        };
        self.type_metamethod(vm, target, name)
    }

    // ---- Finalizers ----

    /// Sets or (with nil) removes the finalizer of a cdata object.
    pub(crate) fn set_finalizer(
        &self,
        vm: &mut Vm,
        object: Value,
        finalizer: Value,
    ) -> Result<(), Raised> {
        let Some(header) = object.as_cdata() else {
            return Ok(());
        };
        let address = header as usize;
        let known = self.finalizers.borrow().get(&address).copied();
        match (known, finalizer.is_nil()) {
            (Some(index), true) => {
                self.finalizers.borrow_mut().remove(&address);
                self.unroot(vm, index);
            }
            (Some(index), false) => self.set_root(vm, index, finalizer)?,
            (None, true) => {}
            (None, false) => {
                let index = self.root(vm, finalizer)?;
                self.finalizers.borrow_mut().insert(address, index);
                vm.heap.watch_cdata(header.cast());
            }
        }
        Ok(())
    }
    /// Runs the finalizer of an object that is about to die.
    pub(crate) fn run_finalizer(&self, vm: &mut Vm, object: Value) {
        let address = object.pointer_address();
        let Some(index) = self.finalizers.borrow_mut().remove(&address) else {
            return;
        };
        let function = self.rooted(vm, index);
        // Kept rooted while it runs: the machine holds the object, not its finalizer.
        if vm.call_function(function, &[object]).is_err() {
            // Errors in finalizers are dropped, as those of userdata are.
            let _ = vm.take_error();
        }
        self.unroot(vm, index);
    }
}
