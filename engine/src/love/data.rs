//! `love.data`: bytes as objects, compression, hashes, text encodings, packed values, over `crate::codec`.
//!
//! Functions that make bytes take the kind of container first: `"string"` gives a Lua string, `"data"` a `ByteData`.
//!
//! Not here: `Data` itself and `FileData` (see `data_object`).

use super::arguments::unknown_name;
use super::data_object::{self, BYTE_DATA, Bytes, Contents, DATA, UNRECORDED};
use super::object::ObjectType;
use crate::codec::compression::{self, Format};
use crate::codec::pack::{self, Formats, Item, Kind, PackError};
use crate::codec::{encoding, hash::Hash};
use crate::thread::Lock;
use rlove_vm::builtin::{Builtin, Effects, NativeResult, Raised};
use rlove_vm::call::Call;
use rlove_vm::value::Value;
use std::sync::Arc;

const ALLOCATES: Effects = Effects::READS.and(Effects::ALLOCATES);
/// The largest `ByteData` that can be asked for.
const MOST_BYTES: i64 = 1 << 31;

/// Compressed bytes that know what they are.
#[derive(Clone)]
struct CompressedContents {
    format: Format,
    bytes: Vec<u8>,
}

impl Contents for CompressedContents {
    fn with_bytes(&self, work: &mut dyn FnMut(&[u8])) {
        work(&self.bytes);
    }
    fn duplicate(&self) -> Box<dyn Contents> {
        Box::new(self.clone())
    }
}

/// A part of another `Data`.
#[derive(Clone)]
struct ViewContents {
    data: Arc<dyn Contents>,
    start: usize,
    size: usize,
}

impl Contents for ViewContents {
    fn with_bytes(&self, work: &mut dyn FnMut(&[u8])) {
        self.data.with_bytes(&mut |bytes| {
            work(bytes.get(self.start..self.start + self.size).unwrap_or(&[]))
        });
    }
    fn duplicate(&self) -> Box<dyn Contents> {
        Box::new(self.clone())
    }
}

/// `CompressedData`
pub static COMPRESSED_DATA: ObjectType = ObjectType {
    name: "CompressedData",
    parent: Some(&DATA),
    methods: &[Builtin::native(
        "CompressedData:getFormat",
        "(data: CompressedData) -> string",
        "How it is compressed.",
        ALLOCATES,
        UNRECORDED,
        |call| {
            let data = data_object::check::<CompressedContents>(call, 1, &COMPRESSED_DATA)?;
            call.one_string(data.format.name())
        },
    )],
};

/// `DataView`
pub static DATA_VIEW: ObjectType = ObjectType {
    name: "DataView",
    parent: Some(&DATA),
    methods: &[],
};

/// The types of `love.data`.
pub static TYPES: &[&ObjectType] = &[&DATA, &BYTE_DATA, &DATA_VIEW, &COMPRESSED_DATA];

/// The functions of `love.data`.
pub const FUNCTIONS: &[Builtin] = &[
    Builtin::native(
        "love.data.newByteData",
        "(size: number) -> ByteData | (bytes: string) -> ByteData | (data: Data, offset: number = 0, [size: number]) -> ByteData",
        "Bytes: zeros, of a string, or of a part of another Data.",
        ALLOCATES,
        UNRECORDED,
        new_byte_data,
    ),
    Builtin::native(
        "love.data.newDataView",
        "(data: Data, offset: number, size: number) -> DataView",
        "A part of another Data that shares its bytes.",
        ALLOCATES,
        UNRECORDED,
        new_data_view,
    ),
    Builtin::native(
        "love.data.compress",
        r#"(container: "data" / "string", format: string, bytes: any, [level: number]) -> any"#,
        "Compresses bytes.",
        ALLOCATES,
        UNRECORDED,
        compress,
    ),
    Builtin::native(
        "love.data.decompress",
        r#"(container: "data" / "string", data: any, [bytes: any]) -> any"#,
        "Decompresses a CompressedData, or bytes of a format.",
        ALLOCATES,
        UNRECORDED,
        decompress,
    ),
    Builtin::native(
        "love.data.encode",
        r#"(container: "data" / "string", format: "base64" / "hex", bytes: any, line: number = 0) -> any"#,
        "Bytes as text.",
        ALLOCATES,
        UNRECORDED,
        encode,
    ),
    Builtin::native(
        "love.data.decode",
        r#"(container: "data" / "string", format: "base64" / "hex", text: any) -> any"#,
        "Bytes from text.",
        ALLOCATES,
        UNRECORDED,
        decode,
    ),
    Builtin::native(
        "love.data.hash",
        "(name: string, bytes: any) -> string",
        "A hash of bytes.",
        ALLOCATES,
        UNRECORDED,
        hash,
    ),
    Builtin::native(
        "love.data.pack",
        r#"(container: "data" / "string", format: string, ...: any) -> any"#,
        "Values as bytes.",
        ALLOCATES,
        UNRECORDED,
        pack_values,
    ),
    Builtin::native(
        "love.data.unpack",
        "(format: string, bytes: any, [position: number]) -> ...",
        "Values from bytes, and the position behind them.",
        ALLOCATES,
        UNRECORDED,
        unpack_values,
    ),
    Builtin::native(
        "love.data.getPackedSize",
        "(format: string) -> number",
        "How many bytes a format takes.",
        Effects::READS,
        UNRECORDED,
        packed_size,
    ),
];

/// Whether argument 1 asks for a `Data`.
fn wants_data(call: &mut Call<'_>) -> Result<bool, Raised> {
    let name = call.text(1)?;
    match name.as_str() {
        "data" => Ok(true),
        "string" => Ok(false),
        _ => Err(unknown_name(
            call,
            "container type",
            "'data', 'string'",
            &name,
        )),
    }
}

/// Bytes in the container that was asked for.
fn answer(call: &mut Call<'_>, as_data: bool, bytes: Vec<u8>) -> NativeResult {
    if !as_data {
        return call.one_string(bytes);
    }
    let value = data_object::push(call.vm, &BYTE_DATA, Bytes(Lock::new(bytes)));
    call.one(value)
}

/// Argument `index` as one of the named values.
fn choice<T: Copy>(
    call: &mut Call<'_>,
    index: u32,
    what: &str,
    names: &[(&'static str, T)],
) -> Result<T, Raised> {
    let given = call.text(index)?;
    if let Some((_, found)) = names.iter().find(|(name, _)| *name == given) {
        return Ok(*found);
    }
    let known: Vec<String> = names.iter().map(|(name, _)| format!("'{name}'")).collect();
    Err(unknown_name(call, what, &known.join(", "), &given))
}

fn new_byte_data(call: &mut Call<'_>) -> NativeResult {
    let bytes = if let Some(data) = data_object::data(call.vm, call.argument(1)) {
        let bytes = data.to_vec();
        let offset = call.optional_number(2, 0.0)? as i64;
        if offset < 0 {
            return Err(call.error("Offset argument must not be negative."));
        }
        let rest = bytes.len() as i64 - offset;
        let size = call.optional_number(3, rest as f64)? as i64;
        if size <= 0 {
            return Err(call.error("Size argument must be greater than zero."));
        }
        if size > rest {
            return Err(
                call.error("Offset and size arguments must fit within the given Data's size.")
            );
        }
        bytes[offset as usize..(offset + size) as usize].to_vec()
    } else if call.argument(1).is_string() {
        call.string(1)?.to_vec()
    } else {
        let size = call.number(1)? as i64;
        if size <= 0 {
            return Err(call.error("Data size must be a positive number."));
        }
        if size > MOST_BYTES {
            return Err(call.error("Out of memory."));
        }
        vec![0; size as usize]
    };
    answer(call, true, bytes)
}

fn new_data_view(call: &mut Call<'_>) -> NativeResult {
    let data = data_object::check_data(call, 1, &DATA)?;
    let offset = call.number(2)? as i64;
    let size = call.number(3)? as i64;
    if offset < 0 || size < 0 {
        return Err(call.error("DataView offset and size must not be negative."));
    }
    let whole = data.size() as i64;
    if offset >= whole || size > whole - offset {
        return Err(
            call.error("Offset and size of Data View must fit within the original Data's size.")
        );
    }
    if size == 0 {
        return Err(call.error("DataView size must be greater than 0."));
    }
    let view = ViewContents {
        data: data.shared(),
        start: offset as usize,
        size: size as usize,
    };
    let value = data_object::push(call.vm, &DATA_VIEW, view);
    call.one(value)
}

fn compress(call: &mut Call<'_>) -> NativeResult {
    let as_data = wants_data(call)?;
    let format = choice(call, 2, "compressed data format", &Format::NAMES)?;
    let level = call.optional_integer(4, -1)?;
    let raw = data_object::data_or_string(call, 3)?;
    let bytes = compression::compress(format, &raw, level);
    let bytes = bytes.map_err(|message| call.error(message))?;
    if !as_data {
        return call.one_string(bytes);
    }
    let contents = CompressedContents { format, bytes };
    let value = data_object::push(call.vm, &COMPRESSED_DATA, contents);
    call.one(value)
}

fn decompress(call: &mut Call<'_>) -> NativeResult {
    let as_data = wants_data(call)?;
    let known = data_object::get::<CompressedContents>(call.vm, call.argument(2));
    let raw = match known {
        Some(data) => compression::decompress(data.format, &data.bytes),
        None => {
            let format = choice(call, 2, "compressed data format", &Format::NAMES)?;
            let bytes = data_object::string_or_data(call, 3)?;
            compression::decompress(format, &bytes)
        }
    };
    let raw = raw.map_err(|message| call.error(message))?;
    answer(call, as_data, raw)
}

/// `love.math.compress`, the deprecated name: the bytes come first and the format is lz4 unless said.
pub(super) fn compress_for_math(call: &mut Call<'_>) -> NativeResult {
    let raw = data_object::string_or_data(call, 1)?;
    let format = if call.argument(2).is_nil() {
        Format::Lz4
    } else {
        choice(call, 2, "compressed data format", &Format::NAMES)?
    };
    let level = call.optional_integer(3, -1)?;
    let bytes = compression::compress(format, &raw, level);
    let bytes = bytes.map_err(|message| call.error(message))?;
    let contents = CompressedContents { format, bytes };
    let value = data_object::push(call.vm, &COMPRESSED_DATA, contents);
    call.one(value)
}

/// `love.math.decompress`, the deprecated name.
pub(super) fn decompress_for_math(call: &mut Call<'_>) -> NativeResult {
    let known = data_object::get::<CompressedContents>(call.vm, call.argument(1));
    let raw = match known {
        Some(data) => compression::decompress(data.format, &data.bytes),
        None => {
            let format = choice(call, 2, "compressed data format", &Format::NAMES)?;
            let bytes = data_object::string_or_data(call, 1)?;
            compression::decompress(format, &bytes)
        }
    };
    let raw = raw.map_err(|message| call.error(message))?;
    call.one_string(raw)
}

/// A text encoding.
#[derive(Clone, Copy)]
enum Encoding {
    Base64,
    Hexadecimal,
}

const ENCODINGS: [(&str, Encoding); 2] =
    [("base64", Encoding::Base64), ("hex", Encoding::Hexadecimal)];

fn encode(call: &mut Call<'_>) -> NativeResult {
    let as_data = wants_data(call)?;
    let format = choice(call, 2, "encode format", &ENCODINGS)?;
    let raw = data_object::string_or_data(call, 3)?;
    let line_length = usize::try_from(call.optional_integer(4, 0)?).unwrap_or(0);
    let text = match format {
        Encoding::Base64 => encoding::encode_base64(&raw, line_length),
        Encoding::Hexadecimal => encoding::encode_hexadecimal(&raw),
    };
    answer(call, as_data, text)
}

fn decode(call: &mut Call<'_>) -> NativeResult {
    let as_data = wants_data(call)?;
    let format = choice(call, 2, "decode format", &ENCODINGS)?;
    let text = data_object::string_or_data(call, 3)?;
    let raw = match format {
        Encoding::Base64 => encoding::decode_base64(&text),
        Encoding::Hexadecimal => encoding::decode_hexadecimal(&text),
    };
    answer(call, as_data, raw)
}

fn hash(call: &mut Call<'_>) -> NativeResult {
    // LÖVE 12 is first told whether the answer is a string or a Data.
    if super::is_version_12(call.vm) {
        let as_data = wants_data(call)?;
        let function = choice(call, 2, "hash function", &Hash::NAMES)?;
        let bytes = data_object::data_or_string(call, 3)?;
        return answer(call, as_data, function.of(&bytes));
    }
    let function = choice(call, 1, "hash function", &Hash::NAMES)?;
    let bytes = data_object::data_or_string(call, 2)?;
    call.one_string(function.of(&bytes))
}

/// Raises what is wrong with a format, which is argument `index`.
fn raise(call: &mut Call<'_>, index: u32, error: PackError) -> Raised {
    if error.is_argument {
        call.argument_error(index, error.message)
    } else {
        call.error(error.message)
    }
}

fn packed_size(call: &mut Call<'_>) -> NativeResult {
    let format = call.string(1)?;
    let size = pack::packed_size(format).map_err(|error| raise(call, 1, error))?;
    call.one(size as f64)
}

fn pack_values(call: &mut Call<'_>) -> NativeResult {
    let as_data = wants_data(call)?;
    let mut formats = Formats::new(call.string(2)?);
    let mut packed = Vec::new();
    let mut index = 3;
    // LÖVE counts the format as the first argument in its messages.
    while let Some(item) = formats
        .next(packed.len())
        .map_err(|error| raise(call, 1, error))?
    {
        if packed.len() + item.padding + item.size > pack::LONGEST {
            return Err(call.error("not enough memory"));
        }
        packed.resize(packed.len() + item.padding, 0);
        match item.kind {
            Kind::Nothing => {}
            Kind::Padding => packed.push(0),
            _ => {
                pack_value(call, &mut packed, index, item)?;
                index += 1;
            }
        }
    }
    answer(call, as_data, packed)
}

fn pack_value(
    call: &mut Call<'_>,
    packed: &mut Vec<u8>,
    index: u32,
    item: Item,
) -> Result<(), Raised> {
    let ordered = |mut bytes: Vec<u8>| {
        if !item.is_little {
            bytes.reverse();
        }
        bytes
    };
    match item.kind {
        Kind::Signed | Kind::Unsigned => {
            let value = call.integer64(index)?;
            let is_signed = item.kind == Kind::Signed;
            if !pack::integer_fits(value, item.size, is_signed) {
                let kind = if is_signed { "integer" } else { "unsigned" };
                return Err(call.argument_error(index, format!("{kind} overflow")));
            }
            pack::write_integer(packed, value, item);
        }
        Kind::Float => packed.extend(ordered((call.number(index)? as f32).to_le_bytes().to_vec())),
        Kind::Double => packed.extend(ordered(call.number(index)?.to_le_bytes().to_vec())),
        Kind::Fixed => {
            let text = call.string(index)?;
            if text.len() > item.size {
                return Err(call.argument_error(index, "string longer than given size"));
            }
            packed.extend_from_slice(text);
            packed.resize(packed.len() + item.size - text.len(), 0);
        }
        Kind::Counted => {
            let text = call.string(index)?;
            if !pack::integer_fits(text.len() as i64, item.size, false) {
                return Err(call.argument_error(index, "string length does not fit in given size"));
            }
            let length = Item {
                kind: Kind::Unsigned,
                ..item
            };
            pack::write_integer(packed, text.len() as i64, length);
            packed.extend_from_slice(text);
        }
        Kind::ZeroTerminated => {
            let text = call.string(index)?;
            if text.contains(&0) {
                return Err(call.argument_error(index, "string contains zeros"));
            }
            packed.extend_from_slice(text);
            packed.push(0);
        }
        Kind::Padding | Kind::Nothing => {}
    }
    Ok(())
}

fn unpack_values(call: &mut Call<'_>) -> NativeResult {
    let mut formats = Formats::new(call.string(1)?);
    let bytes = data_object::string_or_data(call, 2)?;
    let start = call.optional_number(3, 1.0)? as i64;
    let start = if start < 0 {
        start.saturating_add(bytes.len() as i64 + 1)
    } else {
        start
    };
    let Some(mut position) = usize::try_from(start - 1)
        .ok()
        .filter(|position| *position <= bytes.len())
    else {
        return Err(call.argument_error(3, "initial position out of string"));
    };
    let mut count = 0;
    while let Some(item) = formats
        .next(position)
        .map_err(|error| raise(call, 1, error))?
    {
        let end = position.checked_add(item.padding + item.size);
        let Some(end) = end.filter(|end| *end <= bytes.len()) else {
            return Err(call.argument_error(2, "data string too short"));
        };
        position += item.padding;
        let field = &bytes[position..end];
        position = end;
        let value = match item.kind {
            Kind::Nothing | Kind::Padding => continue,
            Kind::Signed | Kind::Unsigned => {
                let value =
                    pack::read_integer(field, item).map_err(|error| raise(call, 1, error))?;
                Value::number(value as f64)
            }
            Kind::Float | Kind::Double => {
                Value::from_foreign_number(read_float(field, item.is_little))
            }
            Kind::Fixed => call.new_string(field)?,
            Kind::Counted => {
                let length = Item {
                    kind: Kind::Unsigned,
                    ..item
                };
                let length =
                    pack::read_integer(field, length).map_err(|error| raise(call, 1, error))?;
                let end = usize::try_from(length)
                    .ok()
                    .and_then(|length| position.checked_add(length));
                let Some(end) = end.filter(|end| *end <= bytes.len()) else {
                    return Err(call.argument_error(2, "data string too short"));
                };
                let value = call.new_string(&bytes[position..end])?;
                position = end;
                value
            }
            Kind::ZeroTerminated => {
                // LÖVE reads on into the string's own final zero; so the end of the bytes ends the text too.
                let rest = &bytes[position..];
                let length = rest
                    .iter()
                    .position(|byte| *byte == 0)
                    .unwrap_or(rest.len());
                let value = call.new_string(&rest[..length])?;
                position = position + length + 1;
                value
            }
        };
        call.reserve(2)?;
        call.push(value);
        count += 1;
    }
    call.push(position as f64 + 1.0);
    call.pushed(count + 1)
}

fn read_float(field: &[u8], is_little: bool) -> f64 {
    let mut bytes = field.to_vec();
    if !is_little {
        bytes.reverse();
    }
    match *bytes {
        [a, b, c, d] => f64::from(f32::from_le_bytes([a, b, c, d])),
        [a, b, c, d, e, f, g, h] => f64::from_le_bytes([a, b, c, d, e, f, g, h]),
        _ => 0.0,
    }
}
