//! What 12 adds to `Data` and `ByteData`: numbers and strings at byte offsets.

use crate::love::data_object::{Bytes, DATA as DATA_TYPE, check_data};
use rlove_vm::builtin::{Builtin, Effects, Raised};
use rlove_vm::call::{Call, NativeResult};
use rlove_vm::value::Value;

/// Declares a reading method, and its writing twin, of a number type.
macro_rules! numbers {
    ($($get_name:ident $set_name:ident $number:ty;)*) => {
        $(
            fn $get_name(call: &mut Call<'_>) -> NativeResult {
                let found = read::<{ size_of::<$number>() }>(call)?;
                for bytes in found {
                    call.push(Value::from_foreign_number(<$number>::from_ne_bytes(bytes) as f64));
                }
                let count = call.optional_integer(3, 1)?.max(1) as u32;
                call.pushed(count)
            }
            fn $set_name(call: &mut Call<'_>) -> NativeResult {
                write(call, |number| (number as $number).to_ne_bytes())
            }
        )*
    };
}
numbers! {
    get_double set_double f64;
    get_float set_float f32;
    get_int8 set_int8 i8;
    get_uint8 set_uint8 u8;
    get_int16 set_int16 i16;
    get_uint16 set_uint16 u16;
    get_int32 set_int32 i32;
    get_uint32 set_uint32 u32;
}

pub(super) static DATA: &[Builtin] = builtins![
    "Data:getDouble", "(data: Data, offset: integer, count: integer = 1) -> ...", "Doubles at a byte offset.", Effects::READS, get_double;
    "Data:getFloat", "(data: Data, offset: integer, count: integer = 1) -> ...", "Floats at a byte offset.", Effects::READS, get_float;
    "Data:getInt8", "(data: Data, offset: integer, count: integer = 1) -> ...", "Signed bytes at a byte offset.", Effects::READS, get_int8;
    "Data:getUInt8", "(data: Data, offset: integer, count: integer = 1) -> ...", "Bytes at a byte offset.", Effects::READS, get_uint8;
    "Data:getInt16", "(data: Data, offset: integer, count: integer = 1) -> ...", "Signed 16-bit numbers at a byte offset.", Effects::READS, get_int16;
    "Data:getUInt16", "(data: Data, offset: integer, count: integer = 1) -> ...", "16-bit numbers at a byte offset.", Effects::READS, get_uint16;
    "Data:getInt32", "(data: Data, offset: integer, count: integer = 1) -> ...", "Signed 32-bit numbers at a byte offset.", Effects::READS, get_int32;
    "Data:getUInt32", "(data: Data, offset: integer, count: integer = 1) -> ...", "32-bit numbers at a byte offset.", Effects::READS, get_uint32;
];

pub(super) static BYTE_DATA: &[Builtin] = builtins![
    "ByteData:setString", "(data: ByteData, text: string, offset: integer = 0)", "Writes the bytes of a string.", Effects::WRITES, set_string;
    "ByteData:setDouble", "(data: ByteData, offset: integer, ...: any)", "Writes doubles.", Effects::WRITES, set_double;
    "ByteData:setFloat", "(data: ByteData, offset: integer, ...: any)", "Writes floats.", Effects::WRITES, set_float;
    "ByteData:setInt8", "(data: ByteData, offset: integer, ...: any)", "Writes signed bytes.", Effects::WRITES, set_int8;
    "ByteData:setUInt8", "(data: ByteData, offset: integer, ...: any)", "Writes bytes.", Effects::WRITES, set_uint8;
    "ByteData:setInt16", "(data: ByteData, offset: integer, ...: any)", "Writes signed 16-bit numbers.", Effects::WRITES, set_int16;
    "ByteData:setUInt16", "(data: ByteData, offset: integer, ...: any)", "Writes 16-bit numbers.", Effects::WRITES, set_uint16;
    "ByteData:setInt32", "(data: ByteData, offset: integer, ...: any)", "Writes signed 32-bit numbers.", Effects::WRITES, set_int32;
    "ByteData:setUInt32", "(data: ByteData, offset: integer, ...: any)", "Writes 32-bit numbers.", Effects::WRITES, set_uint32;
];

/// The byte range of `count` items from the offset in argument 2, inside `size` bytes.
fn range(call: &mut Call<'_>, offset: i64, bytes: usize, size: usize) -> Result<usize, Raised> {
    match usize::try_from(offset) {
        Ok(offset) if offset.checked_add(bytes).is_some_and(|end| end <= size) => Ok(offset),
        _ => {
            Err(call
                .error("The given offset and size parameters don't fit within the Data's size."))
        }
    }
}

/// The items that argument 2 (offset) and 3 (count) name.
fn read<const SIZE: usize>(call: &mut Call<'_>) -> Result<Vec<[u8; SIZE]>, Raised> {
    let data = check_data(call, 1, &DATA_TYPE)?;
    let offset = call.integer64(2)?;
    let count = call.optional_integer(3, 1)?;
    if count <= 0 {
        return Err(call.error("Invalid count parameter (must be greater than 0)"));
    }
    let bytes = count as usize * SIZE;
    let start = range(call, offset, bytes, data.size())?;
    call.reserve(count as usize)?;
    let mut items = Vec::new();
    data.with_bytes(&mut |all| {
        items = all[start..start + bytes].as_chunks::<SIZE>().0.to_vec();
    });
    Ok(items)
}

/// Writes the numbers in argument 3 (a table) or from it on at the offset in argument 2.
fn write<const SIZE: usize>(call: &mut Call<'_>, encode: fn(f64) -> [u8; SIZE]) -> NativeResult {
    let data = check_data(call, 1, &DATA_TYPE)?;
    let offset = call.integer64(2)?;
    let mut bytes = Vec::new();
    let list = call.argument(3);
    if list.is_table() {
        for index in 1..=call.vm.raw_length(list) {
            let value = call.vm.raw_get_index(list, index as i64);
            let number = call.vm.to_number(value).unwrap_or(0.0);
            bytes.extend_from_slice(&encode(number));
        }
    } else {
        for index in 3..=call.argument_count().max(3) {
            bytes.extend_from_slice(&encode(call.number(index)?));
        }
    }
    store(call, &data, offset, &bytes)
}

fn set_string(call: &mut Call<'_>) -> NativeResult {
    let data = check_data(call, 1, &DATA_TYPE)?;
    let bytes = call.string(2)?.to_vec();
    let offset = i64::from(call.optional_integer(3, 0)?);
    store(call, &data, offset, &bytes)
}

fn store(
    call: &mut Call<'_>,
    data: &crate::love::data_object::DataObject,
    offset: i64,
    bytes: &[u8],
) -> NativeResult {
    let start = range(call, offset, bytes.len(), data.size())?;
    match data.get::<Bytes>() {
        Some(own) => own.0.borrow_mut()[start..start + bytes.len()].copy_from_slice(bytes),
        None => return Err(call.error("this Data cannot be written to")),
    }
    call.none()
}
