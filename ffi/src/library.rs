//! `require("ffi")`.
//!
//! ```lua
//! local ffi = require("ffi")
//! ffi.cdef[[ typedef struct { double x, y; } point_t; double sqrt(double); ]]
//! local p = ffi.new("point_t", 3, 4)
//! print(ffi.C.sqrt(p.x^2 + p.y^2))   --> 5
//! ```
//! Beside the library stands the metatable of the type `cdata`: calls, texts, `pairs`. Indexing and operators come through the
//! machine's seam (`operations`).

use crate::convert::Mode;
use crate::libraries;
use crate::memory::Place;
use crate::parser::{self, Failure, Parameter};
use crate::plan::{self, Compatibility};
use crate::state::{Ffi, Object};
use crate::sys;
use crate::types::{
    CONST_CHAR_POINTER, CONST_VOID_POINTER, INT32, Kind, MemberKind, TypeId, VOID_POINTER,
};
use rlove_vm::builtin::{Builtin, Effects, NativeResult, Recording};
use rlove_vm::call::{Call, Raised};
use rlove_vm::interpreter::metamethod::Metamethod;
use rlove_vm::value::{Value, ValueType};
use rlove_vm::vm::Vm;
use std::rc::Rc;

macro_rules! function {
    ($name:literal, $signature:literal, $documentation:literal, $effects:expr, $recording:expr, $body:ident) => {
        Builtin::native(
            $name,
            $signature,
            $documentation,
            $effects,
            $recording,
            $body,
        )
    };
}

const MAKES: Effects = Effects::ALLOCATES;

/// The functions of `ffi`.
pub static FUNCTIONS: &[Builtin] = &[
    function!(
        "ffi.cdef",
        "(declarations: string, ...: any)",
        "Declares C types, functions and variables.",
        Effects::WRITES,
        Recording::Never("declares types"),
        cdef
    ),
    function!(
        "ffi.new",
        "(type: any, ...: any) -> cdata",
        "Makes a C object, initialised or zero.",
        MAKES,
        Recording::Special("ffi.new"),
        new
    ),
    function!(
        "ffi.cast",
        "(type: any, value: any) -> cdata",
        "Converts as a C cast does.",
        MAKES,
        Recording::Special("ffi.cast"),
        cast
    ),
    function!(
        "ffi.typeof",
        "(type: any, ...: any) -> cdata",
        "Makes a type object.",
        MAKES,
        Recording::Special("ffi.typeof"),
        type_of
    ),
    function!(
        "ffi.metatype",
        "(type: any, metatable: table) -> cdata",
        "Gives a structure its metatable, for ever.",
        Effects::WRITES,
        Recording::Never("changes a type"),
        metatype
    ),
    function!(
        "ffi.gc",
        "(object: cdata, finalizer: any) -> cdata",
        "Sets what is called before the object dies.",
        Effects::WRITES,
        Recording::Special("ffi.gc"),
        gc
    ),
    function!(
        "ffi.sizeof",
        "(type: any, [count: integer]) -> integer",
        "Size in bytes.",
        Effects::READS,
        Recording::Special("ffi.sizeof"),
        size_of
    ),
    function!(
        "ffi.alignof",
        "(type: any) -> integer",
        "Alignment in bytes.",
        Effects::READS,
        Recording::Special("ffi.alignof"),
        align_of
    ),
    function!(
        "ffi.offsetof",
        "(type: any, member: string) -> integer, integer, integer",
        "Offset of a member; of bit-fields also position and width.",
        Effects::READS,
        Recording::Special("ffi.offsetof"),
        offset_of
    ),
    function!(
        "ffi.istype",
        "(type: any, object: any) -> boolean",
        "Whether the object has the type.",
        Effects::READS,
        Recording::Special("ffi.istype"),
        is_type
    ),
    function!(
        "ffi.fill",
        "(destination: any, count: integer, [byte: integer])",
        "Fills memory with a byte.",
        Effects::WRITES,
        Recording::Special("ffi.fill"),
        fill
    ),
    function!(
        "ffi.copy",
        "(destination: any, source: any, [count: integer])",
        "Copies memory.",
        Effects::WRITES,
        Recording::Special("ffi.copy"),
        copy
    ),
    function!(
        "ffi.string",
        "(pointer: any, [count: integer]) -> string",
        "Makes a string of memory.",
        MAKES,
        Recording::Special("ffi.string"),
        string
    ),
    function!(
        "ffi.errno",
        "([value: integer]) -> integer",
        "The error number of the last C call; sets it.",
        Effects::WRITES,
        Recording::Special("ffi.errno"),
        errno
    ),
    function!(
        "ffi.load",
        "(name: string, [global: any]) -> userdata",
        "Loads a library.",
        Effects::WRITES,
        Recording::Never("loads a library"),
        load
    ),
    function!(
        "ffi.abi",
        "(property: string) -> boolean",
        "Whether the target has a property.",
        Effects::PURE,
        Recording::Special("ffi.abi"),
        abi
    ),
];

/// The metamethods of all cdata.
static METAMETHODS: &[Builtin] = &[
    function!(
        "cdata.__call",
        "(object: cdata, ...: any) -> ...",
        "Calls a function, or makes an object of a type.",
        Effects::CALLS_LUA,
        Recording::Special("cdata.call"),
        call_object
    ),
    function!(
        "cdata.__tostring",
        "(object: cdata) -> string",
        "The object as text.",
        MAKES,
        Recording::Never("text of a C object"),
        to_string
    ),
    function!(
        "cdata.__pairs",
        "(object: cdata) -> ...",
        "What the metatype says.",
        Effects::CALLS_LUA,
        Recording::Never("pairs of a C object"),
        pairs
    ),
    function!(
        "cdata.__ipairs",
        "(object: cdata) -> ...",
        "What the metatype says.",
        Effects::CALLS_LUA,
        Recording::Never("ipairs of a C object"),
        ipairs
    ),
];

/// What function pointers that are callbacks have.
static CALLBACK_METHODS: &[Builtin] = &[
    function!(
        "callback.free",
        "(callback: cdata)",
        "Gives the callback's place back.",
        Effects::WRITES,
        Recording::Never("changes callbacks"),
        callback_free
    ),
    function!(
        "callback.set",
        "(callback: cdata, function: function)",
        "Replaces the callback's function.",
        Effects::WRITES,
        Recording::Never("changes callbacks"),
        callback_set
    ),
];

/// Gives a machine the FFI: literals like `1LL`, `cdata`, and `require("ffi")`.
pub fn open(vm: &mut Vm) -> Result<(), Raised> {
    let ffi = Ffi::new(vm);
    vm.extensions.insert::<Rc<Ffi>>(ffi.clone());
    vm.install_foreign(ffi.clone());
    let metatable = vm.new_table();
    vm.register(metatable, METAMETHODS)?;
    let protection = vm.new_string(b"ffi");
    vm.set_field(metatable, "__metatable", protection);
    if let Some(pointer) = metatable.as_table() {
        vm.set_type_metatable(ValueType::CData, pointer);
    }
    let methods = vm.new_table();
    vm.register(methods, CALLBACK_METHODS)?;
    let holder = vm.new_table();
    vm.set_field(holder, "__index", methods);
    ffi.root(vm, holder)?;
    ffi.callback_methods.set(holder);
    rlove_vm::library::preload_value(vm, "ffi", make_library)
}

fn make_library(vm: &mut Vm) -> Result<Value, Raised> {
    let library = vm.new_table();
    vm.register(library, FUNCTIONS)?;
    let process = libraries::new_library(vm, sys::process_symbols())?;
    vm.set_field(library, "C", process);
    let os = vm.new_string(sys::OS_NAME.as_bytes());
    vm.set_field(library, "os", os);
    let architecture = vm.new_string(sys::ARCHITECTURE_NAME.as_bytes());
    vm.set_field(library, "arch", architecture);
    Ok(library)
}

fn state(call: &mut Call) -> Result<Rc<Ffi>, Raised> {
    match Ffi::of(call.vm) {
        Some(ffi) => Ok(ffi),
        None => Err(call.error("this program runs without the FFI")),
    }
}

// ---- Arguments ----

fn parsing_failed(call: &mut Call, failure: Failure, first_parameter: u32) -> Raised {
    match failure {
        Failure::Message(message) => call.error(message),
        Failure::BadParameter(index) => {
            call.type_error(first_parameter + index as u32, "type parameter")
        }
    }
}

/// Arguments from `first` on as what `$` stands for.
fn parameters(call: &mut Call, first: u32) -> Vec<Parameter> {
    (first..=call.argument_count())
        .map(|index| {
            let value = call.argument(index);
            if let Some(object) = Object::of(value) {
                Parameter::Type(object.meant_type())
            } else if let Some(number) = value.as_number() {
                Parameter::Integer(number as i32)
            } else if let Some(name) = value.string_bytes() {
                Parameter::Name(name.to_vec())
            } else {
                Parameter::Unsuitable
            }
        })
        .collect()
}

/// The type that the first argument says; `takes_parameters`: the others are what `$` stands for.
fn type_argument(call: &mut Call, ffi: &Ffi, takes_parameters: bool) -> Result<TypeId, Raised> {
    let value = call.argument(1);
    if let Some(object) = Object::of(value) {
        if takes_parameters && call.argument_count() > 1 {
            return Err(call.argument_error(1, "wrong number of type parameters"));
        }
        return Ok(object.meant_type());
    }
    let Some(source) = value.string_bytes() else {
        return Err(call.type_error(1, "C type"));
    };
    let list = if takes_parameters {
        parameters(call, 2)
    } else {
        Vec::new()
    };
    if list.is_empty()
        && let Some(known) = ffi.known_type(source)
    {
        return Ok(known);
    }
    let parsed = parser::parse_type(&mut ffi.types.borrow_mut(), source, &list);
    match parsed {
        Ok(id) => {
            if list.is_empty() && !source.contains(&b'{') {
                ffi.remember_type(source, id);
            }
            Ok(id)
        }
        Err(failure) => Err(parsing_failed(call, failure, 2)),
    }
}

fn pointer_argument(
    call: &mut Call,
    ffi: &Ffi,
    index: u32,
    type_id: TypeId,
) -> Result<Place, Raised> {
    let value = call.any(index)?;
    let mut address = 0usize;
    ffi.store_value(
        call.vm,
        type_id,
        Place::of(&mut address),
        8,
        value,
        Mode::argument(index),
    )?;
    Ok(Place::from_address(address))
}

fn integer_argument(call: &mut Call, ffi: &Ffi, index: u32) -> Result<i32, Raised> {
    let value = call.any(index)?;
    let mut integer = 0i32;
    let place = Place::of(&mut integer);
    ffi.store_value(call.vm, INT32, place, 4, value, Mode::argument(index))?;
    Ok(place.read())
}

/// A count of bytes; a negative one would be nearly all memory.
fn count_argument(call: &mut Call, ffi: &Ffi, index: u32) -> Result<usize, Raised> {
    let count = integer_argument(call, ffi, index)?;
    match usize::try_from(count) {
        Ok(count) => Ok(count),
        Err(_) => Err(call.argument_error(index, "size of C type is unknown or too large")),
    }
}

// ---- Types ----

fn cdef(call: &mut Call) -> NativeResult {
    let ffi = state(call)?;
    let source = call.string(1)?;
    let list = parameters(call, 2);
    let parsed = parser::declare(&mut ffi.types.borrow_mut(), source, &list);
    match parsed {
        Ok(()) => call.none(),
        Err(failure) => Err(parsing_failed(call, failure, 2)),
    }
}

fn type_of(call: &mut Call) -> NativeResult {
    let ffi = state(call)?;
    let id = type_argument(call, &ffi, true)?;
    let value = ffi.new_type_object(call.vm, id)?;
    call.one(value)
}

fn metatype(call: &mut Call) -> NativeResult {
    let ffi = state(call)?;
    let id = type_argument(call, &ffi, false)?;
    let metatable = call.table_value(2)?;
    let raw = ffi.types.borrow().raw(id);
    let kind = ffi.types.borrow().kind(raw);
    if !matches!(
        kind,
        Kind::Record(_) | Kind::Complex { .. } | Kind::Vector { .. }
    ) {
        return Err(call.argument_error(1, "invalid C type"));
    }
    if !ffi.set_metatype(call.vm, raw, metatable)? {
        return Err(call.error("cannot change a protected metatable"));
    }
    let value = ffi.new_type_object(call.vm, id)?;
    call.one(value)
}

fn size_of(call: &mut Call) -> NativeResult {
    let ffi = state(call)?;
    let id = type_argument(call, &ffi, false)?;
    let (raw, is_variable) = {
        let types = ffi.types.borrow();
        let raw = types.raw_referenced(id);
        (raw, types.is_variable(raw))
    };
    if !is_variable {
        let size = ffi.types.borrow().size_bytes(raw);
        return match size {
            Some(size) => call.one(f64::from(size)),
            None => call.one(Value::NIL),
        };
    }
    // A variable-length object knows its own size.
    if let Some(object) = Object::of(call.argument(1))
        && object.type_id == id
    {
        return call.one(object.size as f64);
    }
    let count = integer_argument(call, &ffi, 2)?;
    let size = ffi.types.borrow().variable_size_bytes(raw, count as u32);
    match size {
        Some(size) => call.one(f64::from(size)),
        None => call.one(Value::NIL),
    }
}

fn align_of(call: &mut Call) -> NativeResult {
    let ffi = state(call)?;
    let id = type_argument(call, &ffi, false)?;
    let types = ffi.types.borrow();
    let alignment = types.alignment_log2(id);
    call.one(f64::from(1u32 << alignment))
}

fn offset_of(call: &mut Call) -> NativeResult {
    let ffi = state(call)?;
    let id = type_argument(call, &ffi, false)?;
    let name = call.string(2)?;
    let found = {
        let types = ffi.types.borrow();
        let raw = types.raw_referenced(id);
        match types.kind(raw) {
            Kind::Record(index) if types.size_bytes(raw).is_some() => {
                types.find_member(index, name)
            }
            _ => None,
        }
    };
    let Some(member) = found else {
        return call.none();
    };
    let offset = Value::number(f64::from(member.offset));
    match member.kind {
        MemberKind::Bits(bits) => {
            let position = Value::number(f64::from(bits.position));
            let width = Value::number(f64::from(bits.width));
            call.many(&[offset, position, width])
        }
        MemberKind::Constant(_) => call.none(),
        _ => call.one(offset),
    }
}

fn is_type(call: &mut Call) -> NativeResult {
    let ffi = state(call)?;
    let id = type_argument(call, &ffi, false)?;
    let value = call.any(2)?;
    let Some(object) = Object::of(value) else {
        return call.one(Value::FALSE);
    };
    let types = ffi.types.borrow();
    let (wanted, found) = (
        types.raw_referenced(id),
        types.raw_referenced(object.meant_type()),
    );
    let answer = wanted == found
        || match (types.kind(wanted), types.kind(found)) {
            (Kind::Record(_), Kind::Pointer { target }) => types.raw(target) == wanted,
            (Kind::Pointer { .. }, Kind::Pointer { .. })
            | (Kind::Array { .. }, Kind::Array { .. })
                if types.size_bytes(wanted) == types.size_bytes(found) =>
            {
                plan::compatible_pointers(&types, wanted, found, Compatibility::IGNORING_QUALIFIERS)
            }
            _ => false,
        };
    call.one(Value::boolean(answer))
}

// ---- Objects ----

fn new(call: &mut Call) -> NativeResult {
    let ffi = state(call)?;
    let id = type_argument(call, &ffi, false)?;
    make_object(call, &ffi, id)
}

/// Makes an object of the type from the arguments behind the first.
fn make_object(call: &mut Call, ffi: &Ffi, id: TypeId) -> NativeResult {
    let (raw, is_variable, size) = {
        let types = ffi.types.borrow();
        let raw = types.raw(id);
        (raw, types.is_variable(raw), types.size_bytes(raw))
    };
    let mut first = 2;
    let mut size = size;
    if is_variable {
        let count = integer_argument(call, ffi, 2)?;
        size = ffi.types.borrow().variable_size_bytes(raw, count as u32);
        first = 3;
    }
    let Some(size) = size else {
        return Err(call.argument_error(1, "size of C type is unknown or too large"));
    };
    let (value, place) = ffi.new_aligned_object(call.vm, id, size as usize)?;
    if first <= call.argument_count() {
        call.push(value);
        let values: Vec<Value> = (first..=call.argument_count())
            .map(|index| call.argument(index))
            .collect();
        ffi.initialise(call.vm, id, place, size as usize, &values)?;
    }
    if ffi.types.borrow().is_record(raw)
        && let Some(metatable) = ffi.metatype(raw)
    {
        let name = call.vm.metamethod_name(Metamethod::Collect);
        let finalizer = call.vm.raw_get(metatable, name);
        if !finalizer.is_nil() {
            ffi.set_finalizer(call.vm, value, finalizer)?;
        }
    }
    call.one(value)
}

fn cast(call: &mut Call) -> NativeResult {
    let ffi = state(call)?;
    let id = type_argument(call, &ffi, false)?;
    let value = call.any(2)?;
    let (kind, size) = {
        let types = ffi.types.borrow();
        let raw = types.raw(id);
        (types.kind(raw), types.size_bytes(raw))
    };
    let size = match (kind, size) {
        (
            Kind::Bool
            | Kind::Integer { .. }
            | Kind::Float
            | Kind::Pointer { .. }
            | Kind::Reference { .. }
            | Kind::Enum(_),
            Some(size),
        ) => size,
        _ => return Err(call.argument_error(1, "invalid C type")),
    };
    if Object::of(value).is_some_and(|object| object.type_id == id) {
        return call.one(value);
    }
    let (object, place) = ffi.new_object(call.vm, id, size as usize)?;
    ffi.store_value(call.vm, id, place, size as usize, value, Mode::CAST)?;
    call.one(object)
}

fn gc(call: &mut Call) -> NativeResult {
    let ffi = state(call)?;
    let value = call.argument(1);
    let Some(object) = Object::of(value) else {
        return Err(call.type_error(1, "cdata"));
    };
    let finalizer = call.any(2)?;
    let kind = {
        let types = ffi.types.borrow();
        types.kind(types.raw(object.type_id))
    };
    if !matches!(
        kind,
        Kind::Pointer { .. } | Kind::Reference { .. } | Kind::Record(_) | Kind::Array { .. }
    ) {
        return Err(call.argument_error(1, "invalid C type"));
    }
    ffi.set_finalizer(call.vm, value, finalizer)?;
    call.one(value)
}

// ---- Memory ----

fn string(call: &mut Call) -> NativeResult {
    let ffi = state(call)?;
    call.any(1)?;
    if call.argument(2).is_nil() {
        let place = pointer_argument(call, &ffi, 1, CONST_CHAR_POINTER)?;
        if place.address() == 0 {
            return Err(call.argument_error(1, "cannot convert 'NULL' to 'const char *'"));
        }
        return call.one_string(place.bytes(place.string_length()));
    }
    let count = count_argument(call, &ffi, 2)?;
    let place = pointer_argument(call, &ffi, 1, CONST_VOID_POINTER)?;
    call.one_string(place.bytes(count))
}

fn copy(call: &mut Call) -> NativeResult {
    let ffi = state(call)?;
    let destination = pointer_argument(call, &ffi, 1, VOID_POINTER)?;
    let source = pointer_argument(call, &ffi, 2, CONST_VOID_POINTER)?;
    let count = match call.argument(2).string_bytes() {
        // A string with the zero behind it.
        Some(bytes) if !call.has_argument(3) => {
            destination.copy_from(source, bytes.len());
            destination.offset(bytes.len() as isize).write(0u8);
            return call.none();
        }
        _ => count_argument(call, &ffi, 3)?,
    };
    destination.copy_from(source, count);
    call.none()
}

fn fill(call: &mut Call) -> NativeResult {
    let ffi = state(call)?;
    let destination = pointer_argument(call, &ffi, 1, VOID_POINTER)?;
    let count = count_argument(call, &ffi, 2)?;
    let byte = if call.argument(3).is_nil() {
        0
    } else {
        integer_argument(call, &ffi, 3)?
    };
    destination.fill(byte as u8, count);
    call.none()
}

// ---- The rest ----

fn errno(call: &mut Call) -> NativeResult {
    let ffi = state(call)?;
    let old = ffi.errno.get();
    if call.argument_count() > 0 {
        let new = integer_argument(call, &ffi, 1)?;
        ffi.errno.set(new);
    }
    call.one(f64::from(old))
}

fn load(call: &mut Call) -> NativeResult {
    let name = call.text(1)?;
    let is_global = call.truth(2);
    match sys::load_library(&name, is_global) {
        Ok(source) => {
            let library = libraries::new_library(call.vm, source)?;
            call.one(library)
        }
        Err(message) => Err(call.error(message)),
    }
}

fn abi(call: &mut Call) -> NativeResult {
    let property = call.string(1)?;
    let answer = match property {
        b"64bit" => cfg!(target_pointer_width = "64"),
        b"32bit" => cfg!(target_pointer_width = "32"),
        b"le" => cfg!(target_endian = "little"),
        b"be" => cfg!(target_endian = "big"),
        b"win" => cfg!(windows),
        b"fpu" | b"hardfp" | b"gc64" => true,
        _ => false,
    };
    call.one(Value::boolean(answer))
}

// ---- Metamethods of cdata ----

fn call_object(call: &mut Call) -> NativeResult {
    let ffi = state(call)?;
    let value = call.argument(1);
    let Some(object) = Object::of(value) else {
        return Err(call.type_error(1, "cdata"));
    };
    let meant = object.meant_type();
    let is_type = object.type_id == crate::types::CTYPE;
    if !is_type && let Some((function, address)) = ffi.callee(object) {
        return ffi.call_native(call, function, address);
    }
    if is_type && let Some(value) = construct(call, &ffi, meant)? {
        return call.one(value);
    }
    let name = if is_type {
        ffi.new_name
    } else {
        call.vm.metamethod_name(Metamethod::Call)
    };
    let handler = ffi.object_metamethod(call.vm, meant, name);
    if !handler.is_nil() {
        let arguments = call.arguments();
        return call.tail_call(handler, &arguments);
    }
    if is_type {
        return make_object(call, &ffi, meant);
    }
    let text = ffi.text(object.type_id);
    Err(call.error(format!("'{text}' is not callable")))
}

/// Makes a structure of numbers, the quick way; `None` if there is more to it.
fn construct(call: &mut Call, ffi: &Ffi, type_id: TypeId) -> Result<Option<Value>, Raised> {
    let Some(constructor) = ffi.constructor(type_id) else {
        return Ok(None);
    };
    let count = call.argument_count() as usize - 1;
    if count > constructor.members.len() {
        return Ok(None);
    }
    if let Some(metatable) = constructor.metatable {
        let collect = call.vm.metamethod_name(Metamethod::Collect);
        if !call.vm.raw_get(metatable, ffi.new_name).is_nil()
            || !call.vm.raw_get(metatable, collect).is_nil()
        {
            return Ok(None);
        }
    }
    if (0..count).any(|index| !call.argument(index as u32 + 2).is_number()) {
        return Ok(None);
    }
    let (value, place) = ffi.new_object(call.vm, type_id, constructor.size as usize)?;
    for (index, &(offset, scalar)) in constructor.members.iter().take(count).enumerate() {
        let number = call.argument(index as u32 + 2).raw_double();
        place.offset(offset as isize).write_number(scalar, number);
    }
    Ok(Some(value))
}

fn to_string(call: &mut Call) -> NativeResult {
    let ffi = state(call)?;
    let Some(object) = Object::of(call.argument(1)) else {
        return Err(call.type_error(1, "cdata"));
    };
    if object.type_id != crate::types::CTYPE {
        let (target, is_aggregate) = {
            let types = ffi.types.borrow();
            let mut raw = types.raw_referenced(object.type_id);
            if let Kind::Pointer { target } = types.kind(raw) {
                raw = types.raw(target);
            }
            let kind = types.kind(raw);
            (raw, matches!(kind, Kind::Record(_) | Kind::Vector { .. }))
        };
        if is_aggregate {
            let name = call.vm.metamethod_name(Metamethod::ToString);
            let handler = ffi.type_metamethod(call.vm, target, name);
            if !handler.is_nil() {
                let argument = call.argument(1);
                return call.tail_call(handler, &[argument]);
            }
        }
    }
    call.one_string(ffi.plain_text(object))
}

fn iterate(call: &mut Call, metamethod: Metamethod) -> NativeResult {
    let ffi = state(call)?;
    let Some(object) = Object::of(call.argument(1)) else {
        return Err(call.type_error(1, "cdata"));
    };
    let name = call.vm.metamethod_name(metamethod);
    let handler = ffi.object_metamethod(call.vm, object.type_id, name);
    if handler.is_nil() {
        let text = ffi.text(object.type_id);
        let name = Metamethod::NAMES[metamethod as usize];
        return Err(call.error(format!("'{text}' has no '{name}' metamethod")));
    }
    let arguments = call.arguments();
    call.tail_call(handler, &arguments)
}

fn pairs(call: &mut Call) -> NativeResult {
    iterate(call, Metamethod::Pairs)
}

fn ipairs(call: &mut Call) -> NativeResult {
    iterate(call, Metamethod::InstancePairs)
}

fn callback_free(call: &mut Call) -> NativeResult {
    let ffi = state(call)?;
    let value = call.argument(1);
    if ffi.free_callback(call.vm, value) {
        return call.none();
    }
    Err(call.error("bad callback"))
}

fn callback_set(call: &mut Call) -> NativeResult {
    let ffi = state(call)?;
    let function = call.function_argument(2)?;
    let value = call.argument(1);
    if ffi.set_callback(call.vm, value, function)? {
        return call.none();
    }
    Err(call.error("bad callback"))
}
