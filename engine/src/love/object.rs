//! LÖVE's objects in Lua: userdata with a type that has a parent, methods, `type`, `typeOf` and `release`.
//!
//! A type is a static with its own methods; those of its ancestors are found through `parent`:
//!
//! ```text
//! pub static IMAGE: ObjectType = ObjectType { name: "Image", parent: Some(&TEXTURE), methods: IMAGE_METHODS };
//!
//! let value = object::push(vm, &IMAGE, Rc::new(image), key, bytes);    // to Lua
//! let image = object::check::<Image>(call, 1, &IMAGE)?;                // from Lua; "Image expected, got nil"
//! ```
//!
//! A type checks a Rust type as well: [`check`] answers an `Rc<T>`, and every value of an [`ObjectType`] must hold the same
//! `T` as its ancestors do when they are checked with one (images and canvases both hold a `Texture`).
//!
//! **The same object is the same userdata**: `key` identifies it (the address of what it stands for, or an identifier),
//! and pushing a key that Lua still holds gives the value it has. Keys of different families must not meet; use
//! [`address_key`] or [`identifier_key`].
//!
//! After `release` every method raises "Cannot use object after it has been released."

use rlove_vm::builtin::{Builtin, Effects, NativeResult, Raised, Recording};
use rlove_vm::call::Call;
use rlove_vm::value::Value;
use rlove_vm::vm::Vm;
use rustc_hash::FxHashMap;
use std::any::Any;
use std::cell::RefCell;
use std::rc::Rc;

/// A LÖVE type.
pub struct ObjectType {
    /// Its name, as `Object:type` answers it.
    pub name: &'static str,
    /// The type it extends; `None` only for `Object`.
    pub parent: Option<&'static ObjectType>,
    /// Its own methods.
    pub methods: &'static [Builtin],
}

/// The root of all types.
pub static OBJECT: ObjectType = ObjectType {
    name: "Object",
    parent: None,
    methods: OBJECT_METHODS,
};

impl std::fmt::Debug for ObjectType {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(self.name)
    }
}

impl ObjectType {
    /// Whether it is `other` or extends it.
    #[inline]
    pub fn is(&'static self, other: &'static ObjectType) -> bool {
        let mut this = Some(self);
        while let Some(here) = this {
            if std::ptr::eq(here, other) {
                return true;
            }
            this = here.parent;
        }
        false
    }
}

/// What a userdata of LÖVE holds.
struct Object {
    object_type: &'static ObjectType,
    native: RefCell<Option<Rc<dyn Any>>>,
    key: f64,
}

/// Identifies an object by the address of what it stands for.
pub fn address_key<T: ?Sized>(native: &Rc<T>) -> f64 {
    Rc::as_ptr(native).cast::<()>() as usize as f64
}

/// Identifies an object by a number of its own, apart from all addresses.
pub fn identifier_key(identifier: u32) -> f64 {
    f64::from(identifier) + 0.5
}

/// Where a state keeps metatables and living objects.
#[derive(Default)]
struct Registry {
    metatables: FxHashMap<usize, Value>,
    /// Key → userdata, with weak values.
    instances: Option<Value>,
}

/// The table of living objects. It is kept alive by the registry.
fn instances(vm: &mut Vm) -> Value {
    if let Some(table) = vm.extensions.get_or_default::<Registry>().instances {
        return table;
    }
    let table = vm.new_table();
    let registry = vm.registry();
    vm.set_field(registry, "love.objects", table);
    let metatable = vm.new_table();
    let mode = vm.new_string(b"v");
    vm.set_field(metatable, "__mode", mode);
    // A new table in a new metatable: there is nothing that could fail but memory.
    let _ = vm.set_metatable(table, metatable);
    vm.extensions.get_or_default::<Registry>().instances = Some(table);
    table
}

/// The metatable of a type, made on first use.
pub fn metatable(vm: &mut Vm, object_type: &'static ObjectType) -> Value {
    let identity = std::ptr::from_ref(object_type) as usize;
    let known = &vm.extensions.get_or_default::<Registry>().metatables;
    if let Some(metatable) = known.get(&identity) {
        return *metatable;
    }
    let table = vm.new_table();
    let registry = vm.registry();
    vm.set_field(registry, &format!("love.type.{}", object_type.name), table);
    let mut chain = Vec::new();
    let mut this = Some(object_type);
    while let Some(here) = this {
        chain.push(here);
        this = here.parent;
    }
    // Ancestors first, so that a type's own methods win.
    for here in chain.into_iter().rev() {
        if vm.register(table, here.methods).is_err() {
            let error = vm.take_error();
            let text = vm.string_or_number_bytes(error).unwrap_or_default();
            log::error!(
                "methods of {}: {}",
                here.name,
                String::from_utf8_lossy(&text)
            );
        }
    }
    vm.set_field(table, "__index", table);
    for (event, body) in METAMETHODS {
        let function = vm.new_native_function(body.1, body.0, &[]);
        vm.set_field(table, event, function);
    }
    let metatables = &mut vm.extensions.get_or_default::<Registry>().metatables;
    metatables.insert(identity, table);
    table
}

/// The Lua value of an object; a new one if Lua does not hold it any more. `bytes` is memory that goes with it.
pub fn push<T: 'static>(
    vm: &mut Vm,
    object_type: &'static ObjectType,
    native: Rc<T>,
    key: f64,
    bytes: usize,
) -> Value {
    if let Some(value) = find(vm, key) {
        return value;
    }
    let table = metatable(vm, object_type);
    let object = Object {
        object_type,
        native: RefCell::new(Some(native)),
        key,
    };
    let metatable = table.as_table().unwrap_or(std::ptr::null_mut());
    let userdata = vm.new_userdata(Rc::new(object), metatable, bytes);
    let value = Value::userdata(userdata);
    let instances = instances(vm);
    // Only a nil or NaN key could fail.
    let _ = vm.raw_set(instances, Value::number(key), value);
    value
}

/// The Lua value of the object with this key, if Lua holds it.
pub fn find(vm: &mut Vm, key: f64) -> Option<Value> {
    let instances = instances(vm);
    let value = vm.raw_get(instances, Value::number(key));
    (!value.is_nil()).then_some(value)
}

/// The type and contents of any LÖVE object that has not been released.
pub fn contents(vm: &Vm, value: Value) -> Option<(&'static ObjectType, Rc<dyn Any>)> {
    let object = vm.userdata_payload::<Object>(value)?;
    let native = object.native.borrow().clone()?;
    Some((object.object_type, native))
}

/// The type of any LÖVE object, released or not.
pub fn type_of(vm: &Vm, value: Value) -> Option<&'static ObjectType> {
    Some(vm.userdata_payload::<Object>(value)?.object_type)
}

/// Whether argument `index` is an object of the type.
pub fn is(call: &Call<'_>, index: u32, object_type: &'static ObjectType) -> bool {
    type_of(call.vm, call.argument(index)).is_some_and(|found| found.is(object_type))
}

/// The contents of a value of the type; `None` for anything else and for released objects.
pub fn get<T: 'static>(vm: &Vm, value: Value, object_type: &'static ObjectType) -> Option<Rc<T>> {
    let (found, native) = contents(vm, value)?;
    if !found.is(object_type) {
        return None;
    }
    native.downcast::<T>().ok()
}

/// The contents of argument `index`, which must be of the type.
#[inline]
pub fn check<T: 'static>(
    call: &mut Call<'_>,
    index: u32,
    object_type: &'static ObjectType,
) -> Result<Rc<T>, Raised> {
    match get::<T>(call.vm, call.argument(index), object_type) {
        Some(native) => Ok(native),
        None => Err(mismatch(call, index, object_type)),
    }
}

/// The contents of argument `index`, which must be of the type, whatever they are.
pub fn check_any(
    call: &mut Call<'_>,
    index: u32,
    object_type: &'static ObjectType,
) -> Result<(&'static ObjectType, Rc<dyn Any>), Raised> {
    match contents(call.vm, call.argument(index)) {
        Some((found, native)) if found.is(object_type) => Ok((found, native)),
        _ => Err(mismatch(call, index, object_type)),
    }
}

#[cold]
fn mismatch(call: &mut Call<'_>, index: u32, object_type: &'static ObjectType) -> Raised {
    match type_of(call.vm, call.argument(index)) {
        Some(found) if found.is(object_type) => {
            call.error("Cannot use object after it has been released.")
        }
        _ => type_error(call, index, object_type.name),
    }
}

/// "bad argument #1 to 'draw' (Drawable expected, got Font)".
#[cold]
pub fn type_error(call: &mut Call<'_>, index: u32, expected: &str) -> Raised {
    let got = match type_of(call.vm, call.argument(index)) {
        Some(found) => found.name,
        None => call.type_name_of(index),
    };
    call.argument_error(index, format!("{expected} expected, got {got}"))
}

const OBJECT_METHODS: &[Builtin] = &[
    Builtin::native(
        "Object:type",
        "(object: Object) -> string",
        "The name of the object's type.",
        Effects::READS.and(Effects::ALLOCATES),
        Recording::Never("not yet recorded"),
        object_type_name,
    ),
    Builtin::native(
        "Object:typeOf",
        "(object: Object, name: string) -> boolean",
        "Whether the object is of the type or of one that extends it.",
        Effects::READS,
        Recording::Never("not yet recorded"),
        object_type_of,
    ),
    Builtin::native(
        "Object:release",
        "(object: Object) -> boolean",
        "Gives the object up at once; whether it had not been given up before.",
        Effects::WRITES,
        Recording::Never("not yet recorded"),
        object_release,
    ),
];

static TO_STRING: Builtin = Builtin::native(
    "Object:__tostring",
    "(object: Object) -> string",
    "Type and address.",
    Effects::READS.and(Effects::ALLOCATES),
    Recording::Never("not yet recorded"),
    object_to_string,
);

static EQUAL: Builtin = Builtin::native(
    "Object:__eq",
    "(a: Object, b: Object) -> boolean",
    "Whether both are the same object.",
    Effects::READS,
    Recording::Never("not yet recorded"),
    object_equal,
);

type Body = (&'static Builtin, rlove_vm::builtin::NativeFunction);

const METAMETHODS: [(&str, Body); 2] = [
    ("__tostring", (&TO_STRING, object_to_string)),
    ("__eq", (&EQUAL, object_equal)),
];

fn receiver(call: &mut Call<'_>) -> Result<Rc<Object>, Raised> {
    match call.vm.userdata_payload::<Object>(call.argument(1)) {
        Some(object) => Ok(object),
        None => Err(type_error(call, 1, "Object")),
    }
}

fn object_type_name(call: &mut Call<'_>) -> NativeResult {
    let object = receiver(call)?;
    call.one_string(object.object_type.name)
}

fn object_type_of(call: &mut Call<'_>) -> NativeResult {
    let object = receiver(call)?;
    let name = call.string(2)?;
    let mut this = Some(object.object_type);
    while let Some(here) = this {
        if here.name.as_bytes() == name {
            return call.one(Value::TRUE);
        }
        this = here.parent;
    }
    call.one(Value::FALSE)
}

fn object_release(call: &mut Call<'_>) -> NativeResult {
    let object = receiver(call)?;
    let native = object.native.borrow_mut().take();
    if native.is_some() {
        let instances = instances(call.vm);
        call.vm
            .raw_set(instances, Value::number(object.key), Value::NIL)?;
    }
    call.one(Value::boolean(native.is_some()))
}

fn object_to_string(call: &mut Call<'_>) -> NativeResult {
    let object = receiver(call)?;
    let name = object.object_type.name;
    let text = match &*object.native.borrow() {
        Some(native) => {
            let address = Rc::as_ptr(native).cast::<()>() as usize;
            format!("{name}: {address:#x}")
        }
        None => format!("{name}: NULL"),
    };
    call.one_string(text)
}

fn object_equal(call: &mut Call<'_>) -> NativeResult {
    let same = match (
        contents(call.vm, call.argument(1)),
        contents(call.vm, call.argument(2)),
    ) {
        (Some((_, a)), Some((_, b))) => Rc::ptr_eq(&a, &b),
        _ => false,
    };
    call.one(Value::boolean(same))
}
