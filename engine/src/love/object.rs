//! LÖVE's object types in Lua: userdata with inheritance, `type`, `typeOf`, `release`, equality and names in messages.
//!
//! A Rust type becomes a LÖVE type by naming its [`ObjectType`]; values are shared `Rc`s:
//!
//! ```text
//! static SOURCE: ObjectType = ObjectType { name: "Source", parent: Some(&OBJECT), methods: &[Builtin::native("Source:play", …)] };
//! impl LoveObject for Source { fn object_type(&self) -> &'static ObjectType { &SOURCE } }
//! // in a builtin:
//! let source: Rc<Source> = object(call, 1, "Source")?;
//! let value = push_object(call.vm, source);          // the same Rc gives the same userdata while one is alive
//! ```
//!
//! Rules: the payload of every userdata of ours is a [`Handle`]; `release` empties it, after which every use raises LÖVE's
//! sentence. One Rust object is one userdata at a time (a weak table in the registry), so `a == b` is identity, as with
//! LÖVE. Methods that LÖVE has and rlove lacks raise `not implemented` (see `super::missing`). Not here: finalizers, Rust
//! drops the value when the last `Rc` goes.

use rlove_vm::builtin::{Builtin, Effects, Recording};
use rlove_vm::call::{Call, NativeResult, Raised};
use rlove_vm::value::Value;
use rlove_vm::vm::Vm;
use std::any::Any;
use std::cell::RefCell;
use std::rc::Rc;

/// A LÖVE object type.
pub struct ObjectType {
    /// What `object:type()` answers.
    pub name: &'static str,
    /// The type it inherits from; only `Object` has none.
    pub parent: Option<&'static ObjectType>,
    /// Its own methods, declared as `Type:method`.
    pub methods: &'static [Builtin],
}

impl ObjectType {
    /// Whether it is `name` or inherits from it.
    pub fn is_a(&self, name: &str) -> bool {
        self.name == name || self.parent.is_some_and(|parent| parent.is_a(name))
    }

    fn is_type(&'static self, other: &'static ObjectType) -> bool {
        std::ptr::eq(self, other) || self.parent.is_some_and(|parent| parent.is_type(other))
    }
}

/// A Rust value that Lua sees as a LÖVE object.
pub trait LoveObject: Any {
    /// Its type.
    fn object_type(&self) -> &'static ObjectType;

    /// The address that stands for the object in every state; `None` for its own, which is right for objects of one state.
    fn shared_address(&self) -> Option<usize> {
        None
    }
}

/// What stands in for an object of another state: it can be passed on, and does nothing else here.
pub struct ForeignObject(pub std::sync::Arc<dyn Any + Send + Sync>);

/// The payload of every LÖVE userdata.
pub struct Handle {
    object_type: &'static ObjectType,
    /// Two handles with one address stand for one object, while both live.
    address: usize,
    inner: RefCell<Option<Rc<dyn Any>>>,
}

impl Handle {
    /// The type of the object.
    pub fn object_type(&self) -> &'static ObjectType {
        self.object_type
    }

    /// The address that stands for the object.
    pub fn address(&self) -> usize {
        self.address
    }

    /// The object, unless it has been released.
    pub fn object(&self) -> Option<Rc<dyn Any>> {
        self.inner.borrow().clone()
    }
}

/// The root of all types.
pub static OBJECT: ObjectType = ObjectType {
    name: "Object",
    parent: None,
    methods: OBJECT_METHODS,
};

/// What compiled code may do is told by the effects.
const BY_EFFECTS: Recording = Recording::ByEffects;

static OBJECT_METHODS: &[Builtin] = &[
    Builtin::native(
        "Object:type",
        "() -> string",
        "The type's name.",
        Effects::READS,
        BY_EFFECTS,
        object_type_name,
    ),
    Builtin::native(
        "Object:typeOf",
        "(name: string) -> boolean",
        "Whether the object is of a type or inherits from it.",
        Effects::READS,
        BY_EFFECTS,
        object_type_of,
    ),
    Builtin::native(
        "Object:release",
        "() -> boolean",
        "Gives the object back at once; false if that has happened before.",
        Effects::WRITES,
        BY_EFFECTS,
        object_release,
    ),
];

/// The handle in a value, if it is a LÖVE object (released or not).
pub fn handle_of(vm: &Vm, value: Value) -> Option<Rc<Handle>> {
    vm.userdata_payload::<Handle>(value)
}

/// The type's name as LÖVE's messages show it.
fn shown_type(call: &Call<'_>, index: u32) -> &'static str {
    match handle_of(call.vm, call.argument(index)) {
        Some(handle) => handle.object_type.name,
        None => call.type_name_of(index),
    }
}

/// "bad argument #index to 'name' (Expected expected, got Type)", with LÖVE's type names.
pub fn object_type_error(call: &mut Call<'_>, index: u32, expected: &str) -> Raised {
    let got = shown_type(call, index);
    call.argument_error(index, format!("{expected} expected, got {got}"))
}

/// LÖVE's sentence for objects after `release`.
pub fn released_error(call: &mut Call<'_>) -> Raised {
    call.error("Cannot use object after it has been released.")
}

/// The error for an object that another thread's state owns.
#[cold]
pub fn foreign_error(call: &mut Call<'_>, object_type: &'static ObjectType) -> Raised {
    let name = object_type.name;
    call.error(format!(
        "This {name} belongs to another thread: it can be passed on through channels, but not used here."
    ))
}

/// Argument `index` as any live object; `expected` is the type that the message names.
pub fn any_object(
    call: &mut Call<'_>,
    index: u32,
    expected: &str,
) -> Result<(Rc<dyn Any>, &'static ObjectType), Raised> {
    let Some(handle) = handle_of(call.vm, call.argument(index)) else {
        return Err(object_type_error(call, index, expected));
    };
    if !handle.object_type.is_a(expected) {
        return Err(object_type_error(call, index, expected));
    }
    match handle.object() {
        Some(object) if object.is::<ForeignObject>() => {
            Err(foreign_error(call, handle.object_type))
        }
        Some(object) => Ok((object, handle.object_type)),
        None => Err(released_error(call)),
    }
}

/// Argument `index` as the Rust type `T`; `expected` is the type that the message names.
pub fn object<T: 'static>(
    call: &mut Call<'_>,
    index: u32,
    expected: &str,
) -> Result<Rc<T>, Raised> {
    let Some(handle) = handle_of(call.vm, call.argument(index)) else {
        return Err(object_type_error(call, index, expected));
    };
    match handle.object() {
        Some(object) if object.is::<ForeignObject>() && handle.object_type.is_a(expected) => {
            Err(foreign_error(call, handle.object_type))
        }
        Some(object) => object
            .downcast::<T>()
            .map_err(|_| object_type_error(call, index, expected)),
        None if handle.object_type.is_a(expected) => Err(released_error(call)),
        None => Err(object_type_error(call, index, expected)),
    }
}

/// Argument `index` as `T` if it is one (and not released); for overloads.
pub fn optional_object<T: 'static>(call: &Call<'_>, index: u32) -> Option<Rc<T>> {
    handle_of(call.vm, call.argument(index))?
        .object()?
        .downcast::<T>()
        .ok()
}

/// The Lua value of an object: the userdata that already stands for it, or a new one.
pub fn push_object<T: LoveObject>(vm: &mut Vm, object: Rc<T>) -> Value {
    let object_type = object.object_type();
    let address = object
        .shared_address()
        .unwrap_or_else(|| Rc::as_ptr(&object).cast::<u8>() as usize);
    push_addressed_object(vm, object, object_type, 64, address)
}

/// As [`push_object`], for an object whose Rust type is not known.
pub fn push_dynamic_object(
    vm: &mut Vm,
    object: Rc<dyn Any>,
    object_type: &'static ObjectType,
) -> Value {
    push_sized_object(vm, object, object_type, 64)
}

/// As [`push_dynamic_object`], for an object that holds much memory: the collector is paced by `size_bytes`, which it does
/// not see otherwise.
pub fn push_sized_object(
    vm: &mut Vm,
    object: Rc<dyn Any>,
    object_type: &'static ObjectType,
    size_bytes: usize,
) -> Value {
    let address = Rc::as_ptr(&object).cast::<u8>() as usize;
    push_addressed_object(vm, object, object_type, size_bytes, address)
}

/// As [`push_sized_object`], for an object that several states share: `address` is the same in all of them, and belongs to
/// nothing else while the object lives.
pub fn push_addressed_object(
    vm: &mut Vm,
    object: Rc<dyn Any>,
    object_type: &'static ObjectType,
    size_bytes: usize,
    address: usize,
) -> Value {
    let known = identity_table(vm);
    let key = Value::number(address as f64);
    let existing = vm.raw_get(known, key);
    // An address may be that of a later object: the handle must hold this very one, which keeps its address alive.
    if let Some(handle) = handle_of(vm, existing)
        && handle.address == address
        && handle.inner.borrow().is_some()
    {
        return existing;
    }
    let metatable = metatable_of(vm, object_type);
    let handle = Handle {
        object_type,
        address,
        inner: RefCell::new(Some(object)),
    };
    let Some(metatable) = metatable.as_table() else {
        return Value::NIL;
    };
    let userdata = Value::userdata(vm.new_userdata(Rc::new(handle), metatable, size_bytes));
    // The table takes any number as a key; an error here would be a shortage of memory, and then identity is lost only.
    let _ = vm.raw_set(known, key, userdata);
    userdata
}

/// Registry table from addresses to userdata, with weak values.
fn identity_table(vm: &mut Vm) -> Value {
    let registry = vm.registry();
    let table = vm.field(registry, "love.objects");
    if table.is_table() {
        return table;
    }
    let table = vm.new_table();
    vm.set_field(registry, "love.objects", table);
    let mode = vm.new_table();
    let registry = vm.registry();
    vm.set_field(registry, "love.objects mode", mode);
    let weak = vm.new_string(b"v");
    vm.set_field(mode, "__mode", weak);
    let _ = vm.set_metatable(table, mode);
    table
}

/// The metatable of a type, if it has been made.
pub fn known_metatable(vm: &mut Vm, object_type: &'static ObjectType) -> Option<Value> {
    let registry = vm.registry();
    let metatable = vm.field(registry, &format!("love.type.{}", object_type.name));
    metatable.is_table().then_some(metatable)
}

/// The metatable of a type, made on first use.
pub fn metatable_of(vm: &mut Vm, object_type: &'static ObjectType) -> Value {
    let name = format!("love.type.{}", object_type.name);
    let registry = vm.registry();
    let metatable = vm.field(registry, &name);
    if metatable.is_table() {
        return metatable;
    }
    let metatable = vm.new_table();
    vm.set_field(registry, &name, metatable);
    for missing in super::missing::methods_of(object_type.name) {
        let function = super::missing::function(vm, &missing.full_name);
        vm.set_field(metatable, missing.short_name, function);
    }
    add_methods(vm, metatable, object_type);
    if super::is_version_12(vm) {
        super::version12::add_methods(vm, object_type, metatable);
    }
    vm.set_field(metatable, "__index", metatable);
    let text = vm.new_native_function(object_to_string, &TO_STRING, &[]);
    vm.set_field(metatable, "__tostring", text);
    let equal = vm.new_native_function(object_equal, &EQUAL, &[]);
    vm.set_field(metatable, "__eq", equal);
    metatable
}

fn add_methods(vm: &mut Vm, metatable: Value, object_type: &'static ObjectType) {
    if let Some(parent) = object_type.parent {
        add_methods(vm, metatable, parent);
    }
    // Embedded Lua methods cannot fail to load: a test opens every type.
    let _ = vm.register(metatable, object_type.methods);
}

static TO_STRING: Builtin = Builtin::native(
    "Object:__tostring",
    "() -> string",
    "The type's name and an address.",
    Effects::READS,
    BY_EFFECTS,
    object_to_string,
);

static EQUAL: Builtin = Builtin::native(
    "Object:__eq",
    "(other: any) -> boolean",
    "Whether both are the same object.",
    Effects::READS,
    BY_EFFECTS,
    object_equal,
);

fn object_type_name(call: &mut Call<'_>) -> NativeResult {
    match handle_of(call.vm, call.argument(1)) {
        Some(handle) => call.one_string(handle.object_type.name),
        None => Err(object_type_error(call, 1, "Object")),
    }
}

fn object_type_of(call: &mut Call<'_>) -> NativeResult {
    let Some(handle) = handle_of(call.vm, call.argument(1)) else {
        return Err(object_type_error(call, 1, "Object"));
    };
    let name = call.text(2)?;
    call.one(Value::boolean(handle.object_type.is_a(&name)))
}

fn object_release(call: &mut Call<'_>) -> NativeResult {
    let Some(handle) = handle_of(call.vm, call.argument(1)) else {
        return Err(object_type_error(call, 1, "Object"));
    };
    let object = handle.inner.borrow_mut().take();
    call.one(Value::boolean(object.is_some()))
}

fn object_to_string(call: &mut Call<'_>) -> NativeResult {
    let value = call.argument(1);
    match handle_of(call.vm, value) {
        Some(handle) => {
            let address = handle.object().map_or(0, |_| handle.address);
            call.one_string(format!("{}: 0x{address:012x}", handle.object_type.name))
        }
        None => Err(object_type_error(call, 1, "Object")),
    }
}

fn object_equal(call: &mut Call<'_>) -> NativeResult {
    let pair = (
        handle_of(call.vm, call.argument(1)),
        handle_of(call.vm, call.argument(2)),
    );
    let is_equal = match pair {
        (Some(left), Some(right)) => {
            left.address == right.address && left.object().is_some() && right.object().is_some()
        }
        _ => false,
    };
    call.one(Value::boolean(is_equal))
}

/// Whether a type inherits from another (for the tests of modules).
pub fn inherits(object_type: &'static ObjectType, ancestor: &'static ObjectType) -> bool {
    object_type.is_type(ancestor)
}
