//! `string.buffer`: mutable strings and serialization.
//!
//! A buffer is a userdata with bytes that are appended at the end and taken from the front. `encode` and `decode` walk tables
//! and write the items of [`super::buffer_format`]. `reserve`, `commit`, `ref` and `putcdata` need C data; without the FFI they raise an
//! error that says so.

use super::buffer_format::{DecodeError, Encoder, Item, read_item};
use crate::builtin::{Builtin, Effects, NativeResult, Recording};
use crate::call::{Call, Raised};
use crate::object::Table;
use crate::seams::Foreign;
use crate::value::{Value, ValueType};
use crate::vm::Vm;
use std::cell::RefCell;
use std::rc::Rc;

const NEVER: Recording = Recording::Never("not yet recorded");
const WRITES: Effects = Effects::WRITES;

static LIBRARY: &[Builtin] = &[
    Builtin::native(
        "buffer.new",
        "([size: integer], [options: table]) -> buffer",
        "A new buffer.",
        Effects::ALLOCATES,
        NEVER,
        new_buffer,
    ),
    Builtin::native(
        "buffer.encode",
        "(value: any) -> string",
        "Serializes a value.",
        Effects::ALLOCATES,
        NEVER,
        encode,
    ),
    Builtin::native(
        "buffer.decode",
        "(text: string) -> any",
        "Reads a serialized value.",
        Effects::ALLOCATES,
        NEVER,
        decode,
    ),
];

static METHODS: &[Builtin] = &[
    Builtin::native(
        "buffer:put",
        "(...: string | number | any) -> buffer",
        "Appends values as text.",
        WRITES,
        NEVER,
        put,
    ),
    Builtin::native(
        "buffer:set",
        "(text: string) -> buffer",
        "Replaces the content.",
        WRITES,
        NEVER,
        set,
    ),
    Builtin::native(
        "buffer:get",
        "(...: integer?) -> ...",
        "Takes bytes from the front.",
        WRITES,
        NEVER,
        get,
    ),
    Builtin::native(
        "buffer:skip",
        "(count: integer) -> buffer",
        "Drops bytes from the front.",
        WRITES,
        NEVER,
        skip,
    ),
    Builtin::native(
        "buffer:reset",
        "() -> buffer",
        "Empties the buffer.",
        WRITES,
        NEVER,
        reset,
    ),
    Builtin::native(
        "buffer:free",
        "()",
        "Empties the buffer and frees its memory.",
        WRITES,
        NEVER,
        free,
    ),
    Builtin::native(
        "buffer:tostring",
        "() -> string",
        "The content.",
        Effects::READS,
        NEVER,
        to_text,
    ),
    Builtin::native(
        "buffer:encode",
        "(value: any) -> buffer",
        "Appends a serialized value.",
        WRITES,
        NEVER,
        buffer_encode,
    ),
    Builtin::native(
        "buffer:decode",
        "() -> any",
        "Takes a serialized value from the front.",
        WRITES,
        NEVER,
        buffer_decode,
    ),
    Builtin::native(
        "buffer:reserve",
        "(size: integer) -> cdata, integer",
        "Makes room for bytes that the program writes itself.",
        WRITES,
        NEVER,
        reserve,
    ),
    Builtin::native(
        "buffer:commit",
        "(used: integer) -> buffer",
        "Appends what the program wrote into the reserved room.",
        WRITES,
        NEVER,
        commit,
    ),
    Builtin::native(
        "buffer:ref",
        "() -> cdata, integer",
        "A pointer to the content and its length.",
        WRITES,
        NEVER,
        reference,
    ),
    Builtin::native(
        "buffer:putcdata",
        "(object: cdata, count: integer) -> buffer",
        "Appends bytes of C data.",
        WRITES,
        NEVER,
        put_memory,
    ),
    Builtin::native(
        "buffer:putf",
        "(format: string, ...) -> buffer",
        "Appends formatted text.",
        WRITES,
        NEVER,
        put_formatted,
    ),
    Builtin::native(
        "buffer:__tostring",
        "() -> string",
        "The content.",
        Effects::READS,
        NEVER,
        to_text,
    ),
    Builtin::native(
        "buffer:__len",
        "() -> number",
        "Number of bytes.",
        Effects::READS,
        NEVER,
        length,
    ),
    Builtin::native(
        "buffer:__concat",
        "(left: any, right: any) -> string",
        "The contents joined.",
        Effects::ALLOCATES,
        NEVER,
        concatenate,
    ),
];

#[derive(Default)]
struct Buffer {
    bytes: RefCell<Vec<u8>>,
    start: std::cell::Cell<usize>,
    /// Bytes at the end that are reserved and not committed.
    uncommitted: std::cell::Cell<usize>,
}

#[derive(Clone, Copy)]
struct BufferTypes {
    metatable: *mut Table,
    /// Buffer → options, with weak keys.
    options: Value,
}

/// Nested tables that can be serialized.
const MOST_DEPTH: usize = 100;

/// Opens the library: `require "string.buffer"` finds it in package.preload.
pub fn open(vm: &mut Vm) -> Result<(), Raised> {
    super::preload_value(vm, "string.buffer", make)
}

fn make(vm: &mut Vm) -> Result<Value, Raised> {
    let library = vm.new_table();
    vm.register(library, LIBRARY)?;
    let metatable = vm.new_table();
    let registry = vm.registry();
    vm.set_field(registry, "buffer*", metatable);
    vm.register(metatable, METHODS)?;
    vm.set_field(metatable, "__index", metatable);
    let name = vm.new_string(b"buffer");
    vm.set_field(metatable, "__metatable", name);
    let options = vm.new_table();
    let weak = vm.new_table();
    let mode = vm.new_string(b"k");
    vm.set_field(weak, "__mode", mode);
    vm.set_metatable(options, weak)?;
    vm.set_field(registry, "buffer.options", options);
    let types = BufferTypes {
        metatable: metatable.as_table().unwrap_or(std::ptr::null_mut()),
        options,
    };
    vm.extensions.insert(types);
    Ok(library)
}

fn types(vm: &Vm) -> BufferTypes {
    vm.extensions
        .get::<BufferTypes>()
        .copied()
        .unwrap_or(BufferTypes {
            metatable: std::ptr::null_mut(),
            options: Value::NIL,
        })
}

fn buffer(call: &mut Call<'_>, index: u32) -> Result<Rc<Buffer>, Raised> {
    let target = call.userdata::<Buffer>(index, "buffer")?;
    target.settle();
    Ok(target)
}

impl Buffer {
    /// What was reserved and not committed is gone at the next operation.
    fn settle(&self) {
        let uncommitted = self.uncommitted.take();
        if uncommitted > 0 {
            let mut bytes = self.bytes.borrow_mut();
            let length = bytes.len() - uncommitted;
            bytes.truncate(length);
        }
    }
}

fn new_buffer(call: &mut Call<'_>) -> NativeResult {
    let options = if call.argument(1).is_table() {
        call.argument(1)
    } else {
        call.argument(2)
    };
    if !call.argument(1).is_table() && call.optional_integer(1, 0)? < 0 {
        return Err(call.argument_error(1, "number out of range"));
    }
    let types = types(call.vm);
    let value = Value::userdata(call.vm.new_userdata(
        Rc::new(Buffer::default()),
        types.metatable,
        64,
    ));
    if options.is_table() {
        let checked = call.vm.new_table();
        for name in ["dict", "metatable"] {
            let list = call.vm.field(options, name);
            if list.is_table() {
                call.vm.set_field(checked, name, list);
            }
        }
        call.vm.raw_set(types.options, value, checked)?;
    }
    call.one(value)
}

// ---- Bytes ----

fn append_value(
    call: &mut Call<'_>,
    target: &Buffer,
    value: Value,
    index: u32,
) -> Result<(), Raised> {
    if let Some(bytes) = call.vm.string_or_number_bytes(value) {
        target.bytes.borrow_mut().extend_from_slice(&bytes);
        return Ok(());
    }
    if let Some(other) = call.vm.userdata_payload::<Buffer>(value) {
        other.settle();
        let bytes = other.bytes.borrow()[other.start.get()..].to_vec();
        target.bytes.borrow_mut().extend_from_slice(&bytes);
        return Ok(());
    }
    let convert = call.vm.metafield(value, "__tostring");
    if convert.is_nil() {
        return Err(call.type_error(index, "string/number/__tostring"));
    }
    let results = call.call_function(convert, &[value])?;
    match results
        .first()
        .and_then(|text| call.vm.string_or_number_bytes(*text))
    {
        Some(bytes) => target.bytes.borrow_mut().extend_from_slice(&bytes),
        None => return Err(call.error("'__tostring' must return a string")),
    }
    Ok(())
}

fn put(call: &mut Call<'_>) -> NativeResult {
    let target = buffer(call, 1)?;
    for index in 2..=call.argument_count() {
        let value = call.argument(index);
        append_value(call, &target, value, index)?;
    }
    let this = call.argument(1);
    call.one(this)
}

fn put_formatted(call: &mut Call<'_>) -> NativeResult {
    let target = buffer(call, 1)?;
    let format = call.string(2)?;
    let mut text = Vec::new();
    super::strings::append_format(call, &mut text, format, 2)?;
    target.bytes.borrow_mut().extend_from_slice(&text);
    let this = call.argument(1);
    call.one(this)
}

fn set(call: &mut Call<'_>) -> NativeResult {
    let target = buffer(call, 1)?;
    let text = if call.argument(2).as_cdata().is_some() {
        memory_argument(call, 2)?
    } else {
        call.string(2)?.to_vec()
    };
    *target.bytes.borrow_mut() = text;
    target.start.set(0);
    let this = call.argument(1);
    call.one(this)
}

fn take(target: &Buffer, count: usize) -> Vec<u8> {
    let mut bytes = target.bytes.borrow_mut();
    let start = target.start.get();
    let end = (start + count).min(bytes.len());
    let taken = bytes[start..end].to_vec();
    target.start.set(end);
    if end == bytes.len() {
        bytes.clear();
        target.start.set(0);
    } else if end > 4096 && end * 2 > bytes.len() {
        // What was taken is given back once it is the larger part.
        bytes.drain(..end);
        target.start.set(0);
    }
    taken
}

fn get(call: &mut Call<'_>) -> NativeResult {
    let target = buffer(call, 1)?;
    if call.argument_count() == 1 {
        return call.one_string(take(&target, usize::MAX / 2));
    }
    call.reserve(call.argument_count() as usize)?;
    for index in 2..=call.argument_count() {
        let count = if call.argument(index).is_nil() {
            usize::MAX / 2
        } else {
            let count = call.integer(index)?;
            match usize::try_from(count) {
                Ok(count) => count,
                Err(_) => return Err(call.argument_error(index, "number out of range")),
            }
        };
        let text = call.new_string(&take(&target, count))?;
        call.push(text);
    }
    let count = call.argument_count() - 1;
    call.pushed(count)
}

fn skip(call: &mut Call<'_>) -> NativeResult {
    let target = buffer(call, 1)?;
    let count = usize::try_from(call.integer(2)?).unwrap_or(0);
    take(&target, count);
    let this = call.argument(1);
    call.one(this)
}

fn reset(call: &mut Call<'_>) -> NativeResult {
    let target = buffer(call, 1)?;
    target.bytes.borrow_mut().clear();
    target.start.set(0);
    let this = call.argument(1);
    call.one(this)
}

fn free(call: &mut Call<'_>) -> NativeResult {
    let target = buffer(call, 1)?;
    *target.bytes.borrow_mut() = Vec::new();
    target.start.set(0);
    let this = call.argument(1);
    call.one(this)
}

fn to_text(call: &mut Call<'_>) -> NativeResult {
    let target = buffer(call, 1)?;
    let bytes = target.bytes.borrow();
    call.one_string(&bytes[target.start.get()..])
}

fn length(call: &mut Call<'_>) -> NativeResult {
    let target = buffer(call, 1)?;
    let length = target.bytes.borrow().len() - target.start.get();
    call.one(length)
}

fn concatenate(call: &mut Call<'_>) -> NativeResult {
    let joined = Buffer::default();
    for index in 1..=2 {
        let value = call.argument(index);
        append_value(call, &joined, value, index)?;
    }
    let bytes = joined.bytes.take();
    call.one_string(bytes)
}

// ---- C data ----

/// The most bytes that are reserved at once.
const MOST_RESERVED: i32 = 0x7fff_ff00;

fn foreign<R>(
    call: &mut Call<'_>,
    work: impl FnOnce(&dyn Foreign, &mut Vm) -> Result<R, Raised>,
) -> Result<R, Raised> {
    match call.vm.with_foreign(|foreign, vm| Some(work(foreign, vm))) {
        Some(result) => result,
        None => {
            Err(call.error("this buffer method needs the FFI, which this program runs without"))
        }
    }
}

/// A count of bytes.
fn count_argument(call: &mut Call<'_>, index: u32) -> Result<usize, Raised> {
    let count = call.integer(index)?;
    if !(0..=MOST_RESERVED).contains(&count) {
        return Err(call.argument_error(index, "number out of range"));
    }
    Ok(count as usize)
}

fn reserve(call: &mut Call<'_>) -> NativeResult {
    let target = buffer(call, 1)?;
    let count = count_argument(call, 2)?;
    let address = {
        let mut bytes = target.bytes.borrow_mut();
        let length = bytes.len();
        if bytes.try_reserve(count).is_err() {
            drop(bytes);
            return Err(call.error("not enough memory"));
        }
        bytes.resize(length + count, 0);
        target.uncommitted.set(count);
        bytes[length..].as_mut_ptr() as usize
    };
    let pointer = foreign(call, |foreign, vm| foreign.byte_pointer(vm, address))?;
    call.many(&[pointer, Value::from(count)])
}

fn commit(call: &mut Call<'_>) -> NativeResult {
    let target = call.userdata::<Buffer>(1, "buffer")?;
    let used = count_argument(call, 2)?;
    let reserved = target.uncommitted.get();
    if used > reserved {
        return Err(call.argument_error(2, "number out of range"));
    }
    target.uncommitted.set(reserved - used);
    target.settle();
    let this = call.argument(1);
    call.one(this)
}

fn reference(call: &mut Call<'_>) -> NativeResult {
    let target = buffer(call, 1)?;
    let (address, length) = {
        let mut bytes = target.bytes.borrow_mut();
        let content = &mut bytes[target.start.get()..];
        (content.as_mut_ptr() as usize, content.len())
    };
    let pointer = foreign(call, |foreign, vm| foreign.byte_pointer(vm, address))?;
    call.many(&[pointer, Value::from(length)])
}

/// `count` bytes of the cdata argument `index`.
fn memory_argument(call: &mut Call<'_>, index: u32) -> Result<Vec<u8>, Raised> {
    let value = call.argument(index);
    if value.as_cdata().is_none() {
        return Err(call.type_error(index, "cdata"));
    }
    let count = count_argument(call, index + 1)?;
    foreign(call, |foreign, vm| {
        foreign.bytes_of(vm, value, index, count)
    })
}

fn put_memory(call: &mut Call<'_>) -> NativeResult {
    let target = buffer(call, 1)?;
    let bytes = memory_argument(call, 2)?;
    target.bytes.borrow_mut().extend_from_slice(&bytes);
    let this = call.argument(1);
    call.one(this)
}

// ---- Serialization ----

struct Walk {
    encoder: Encoder,
    dictionary: Value,
    metatables: Value,
}

impl Walk {
    fn index_in(vm: &mut Vm, list: Value, value: Value) -> Option<u32> {
        // Dictionaries are short and rarely used; the place in the list is the answer.
        (1..=vm.raw_length(list))
            .find(|&index| {
                let entry = vm.raw_get_index(list, index as i64);
                crate::interpreter::compare::raw_equal(entry, value)
            })
            .map(|index| index as u32 - 1)
    }
    fn value(&mut self, call: &mut Call<'_>, value: Value, depth: usize) -> Result<(), Raised> {
        match value.value_type() {
            ValueType::Nil => self.encoder.nil(),
            ValueType::Boolean => self.encoder.boolean(value.is_truthy()),
            ValueType::Number => self.encoder.number(value.raw_double()),
            ValueType::LightUserData => self
                .encoder
                .light_userdata(value.as_light().unwrap_or(0) as u64),
            ValueType::String => {
                if let Some(index) = Self::index_in(call.vm, self.dictionary, value) {
                    self.encoder.dictionary_string(index);
                } else {
                    self.encoder.string(value.string_bytes().unwrap_or(b""));
                }
            }
            ValueType::Table => self.table(call, value, depth)?,
            ValueType::CData => self.foreign(call, value)?,
            other => return Err(call.error(format!("cannot serialize '{}'", other.name()))),
        }
        Ok(())
    }
    /// 64-bit integers and complex numbers.
    fn foreign(&mut self, call: &mut Call<'_>, value: Value) -> Result<(), Raised> {
        if let Some((bits, unsigned)) = call.vm.foreign_wide_value(value) {
            if unsigned {
                self.encoder.unsigned_64(bits);
            } else {
                self.encoder.integer_64(bits as i64);
            }
            return Ok(());
        }
        let parts = call
            .vm
            .with_foreign(|foreign, _| foreign.complex_value(value));
        match parts {
            Some((real, imaginary)) => {
                self.encoder.complex(real, imaginary);
                Ok(())
            }
            None => Err(call.error("cannot serialize 'cdata'")),
        }
    }
    fn table(&mut self, call: &mut Call<'_>, table: Value, depth: usize) -> Result<(), Raised> {
        if depth >= MOST_DEPTH {
            return Err(call.error("too deep to serialize"));
        }
        let metatable = call.vm.metatable_of(table);
        if !metatable.is_null()
            && let Some(index) = Self::index_in(call.vm, self.metatables, Value::table(metatable))
        {
            self.encoder.metatable(index);
        }
        let length = call.vm.raw_length(table);
        let entries = call.vm.entries(table);
        let is_array_key = |key: Value| {
            key.as_array_index()
                .is_some_and(|index| index >= 1 && index as usize <= length)
        };
        let others: Vec<_> = entries
            .into_iter()
            .filter(|entry| !is_array_key(entry.0))
            .collect();
        self.encoder.table(1, length as u32, others.len() as u32);
        for index in 1..=length {
            let item = call.vm.raw_get_index(table, index as i64);
            self.value(call, item, depth + 1)?;
        }
        for (key, value) in others {
            self.value(call, key, depth + 1)?;
            self.value(call, value, depth + 1)?;
        }
        Ok(())
    }
}

fn option(call: &mut Call<'_>, this: Value, name: &str) -> Value {
    let options = types(call.vm).options;
    let own = call.vm.raw_get(options, this);
    call.vm.field(own, name)
}

fn encode_with(call: &mut Call<'_>, value: Value, this: Value) -> Result<Vec<u8>, Raised> {
    let dictionary = option(call, this, "dict");
    let metatables = option(call, this, "metatable");
    let mut walk = Walk {
        encoder: Encoder::default(),
        dictionary,
        metatables,
    };
    walk.value(call, value, 0)?;
    Ok(walk.encoder.bytes)
}

fn decode_item(
    call: &mut Call<'_>,
    input: &[u8],
    position: &mut usize,
    this: Value,
    depth: usize,
) -> Result<Value, Raised> {
    let item = match read_item(input, position) {
        Ok(item) => item,
        Err(DecodeError::EndOfInput) => return Err(call.error("unexpected end of buffer")),
        Err(DecodeError::BadTag(tag)) => {
            return Err(call.error(format!("cannot deserialize tag 0x{tag:02x}")));
        }
    };
    Ok(match item {
        Item::Nil => Value::NIL,
        Item::Boolean(truth) => Value::boolean(truth),
        Item::LightUserdata(address) => Value::light(address as usize),
        Item::Integer(number) => Value::from(number),
        Item::Number(number) => Value::from_foreign_number(number),
        Item::String(bytes) => call.new_string(bytes)?,
        Item::DictionaryString(index) => {
            let dictionary = option(call, this, "dict");
            let text = call.vm.raw_get_index(dictionary, i64::from(index) + 1);
            if !text.is_string() {
                return Err(call.error("bad dictionary index in serialized data"));
            }
            text
        }
        Item::Metatable(_) if depth >= MOST_DEPTH => {
            return Err(call.error("too deep to serialize"));
        }
        Item::Metatable(index) => {
            let metatables = option(call, this, "metatable");
            let metatable = call.vm.raw_get_index(metatables, i64::from(index) + 1);
            let table = decode_item(call, input, position, this, depth + 1)?;
            if !metatable.is_table() || !table.is_table() {
                return Err(call.error("bad metatable index in serialized data"));
            }
            call.vm.set_metatable(table, metatable)?;
            table
        }
        Item::Table {
            first_index,
            array_count,
            hash_count,
        } => {
            if depth >= MOST_DEPTH {
                return Err(call.error("too deep to serialize"));
            }
            let table = call.vm.new_table();
            for index in 0..array_count {
                let value = decode_item(call, input, position, this, depth + 1)?;
                call.vm
                    .raw_set_index(table, i64::from(first_index) + i64::from(index), value)?;
            }
            for _ in 0..hash_count {
                let key = decode_item(call, input, position, this, depth + 1)?;
                let value = decode_item(call, input, position, this, depth + 1)?;
                call.vm.raw_set(table, key, value)?;
            }
            table
        }
        Item::Integer64(value) => foreign(call, |foreign, vm| {
            foreign.wide_integer(vm, value as u64, false)
        })?,
        Item::Unsigned64(value) => {
            foreign(call, |foreign, vm| foreign.wide_integer(vm, value, true))?
        }
        Item::Complex(real, imaginary) => foreign(call, |foreign, vm| {
            foreign.complex_number(vm, real, imaginary)
        })?,
    })
}

fn encode(call: &mut Call<'_>) -> NativeResult {
    let value = call.any(1)?;
    let bytes = encode_with(call, value, Value::NIL)?;
    call.one_string(bytes)
}

fn decode(call: &mut Call<'_>) -> NativeResult {
    let input = call.string(1)?;
    let mut position = 0;
    let value = decode_item(call, input, &mut position, Value::NIL, 0)?;
    if position != input.len() {
        return Err(call.error("left-over data in buffer"));
    }
    call.one(value)
}

fn buffer_encode(call: &mut Call<'_>) -> NativeResult {
    let target = buffer(call, 1)?;
    let this = call.argument(1);
    let value = call.argument(2);
    let bytes = encode_with(call, value, this)?;
    target.bytes.borrow_mut().extend_from_slice(&bytes);
    call.one(this)
}

fn buffer_decode(call: &mut Call<'_>) -> NativeResult {
    let target = buffer(call, 1)?;
    let this = call.argument(1);
    let input = target.bytes.borrow()[target.start.get()..].to_vec();
    let mut position = 0;
    let value = decode_item(call, &input, &mut position, this, 0)?;
    take(&target, position);
    call.one(value)
}
