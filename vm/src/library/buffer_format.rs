//! The serialization format of `string.buffer`, as LuaJIT documents it.
//!
//! The format is a prefix code: one tag byte, then the data; tables announce the sizes of their array and hash
//! parts and their members follow. This module reads and writes the single items; the walk over Lua tables and
//! its depth limit belong to the library that knows tables.
//!
//! ```
//! use rlove_vm::library::buffer_format::{read_item, Encoder, Item};
//! let mut encoder = Encoder::default();
//! encoder.string(b"abc");
//! encoder.number(1.0);
//! let bytes = encoder.bytes;
//! let mut position = 0;
//! assert_eq!(read_item(&bytes, &mut position), Ok(Item::String(b"abc")));
//! assert_eq!(read_item(&bytes, &mut position), Ok(Item::Number(1.0)));
//! assert_eq!(position, bytes.len());
//! ```
//!
//! Invariants: reading never goes beyond the input and never allocates by a count that the input claims; a NaN
//! that is read must be made canonical before it becomes a Lua value.

const TAG_NIL: u8 = 0x00;
const TAG_FALSE: u8 = 0x01;
const TAG_TRUE: u8 = 0x02;
const TAG_NULL: u8 = 0x03;
const TAG_LIGHT_USERDATA_32: u8 = 0x04;
const TAG_LIGHT_USERDATA_64: u8 = 0x05;
const TAG_INTEGER: u8 = 0x06;
const TAG_NUMBER: u8 = 0x07;
const TAG_TABLE: u8 = 0x08; // bit 0: hash part; from 0x0a: array part from 0; from 0x0c: array part from 1
const TAG_METATABLE: u8 = 0x0e;
const TAG_DICTIONARY_STRING: u8 = 0x0f;
const TAG_INTEGER_64: u8 = 0x10;
const TAG_UNSIGNED_64: u8 = 0x11;
const TAG_COMPLEX: u8 = 0x12;
const TAG_STRING: u8 = 0x20;

/// One item of the format.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Item<'a> {
    /// nil
    Nil,
    /// A boolean.
    Boolean(bool),
    /// Light userdata; zero is NULL.
    LightUserdata(u64),
    /// A number written as 32-bit integer.
    Integer(i32),
    /// A double.
    Number(f64),
    /// A table. Its array items follow, then its keys and values.
    Table {
        /// Key of the first array item, 0 or 1.
        first_index: u32,
        /// Number of array items.
        array_count: u32,
        /// Number of key and value pairs.
        hash_count: u32,
    },
    /// The next item is a table with this metatable (zero-based index into the dictionary of metatables).
    Metatable(u32),
    /// A string of the dictionary (zero-based index).
    DictionaryString(u32),
    /// `int64_t`
    Integer64(i64),
    /// `uint64_t`
    Unsigned64(u64),
    /// A complex number.
    Complex(f64, f64),
    /// A string.
    String(&'a [u8]),
}

/// Why an item could not be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DecodeError {
    /// The input ends within an item: "unexpected end of buffer".
    EndOfInput,
    /// The tag is unknown: "bad tag 0x.. in serialized data".
    BadTag(u8),
}

/// Writes items to a growing buffer.
#[derive(Debug, Default)]
pub struct Encoder {
    /// What has been written.
    pub bytes: Vec<u8>,
}

impl Encoder {
    /// nil
    pub fn nil(&mut self) {
        self.bytes.push(TAG_NIL);
    }

    /// A boolean.
    pub fn boolean(&mut self, value: bool) {
        self.bytes.push(if value { TAG_TRUE } else { TAG_FALSE });
    }

    /// A number; always as a double, as LuaJIT does on 64-bit processors.
    pub fn number(&mut self, value: f64) {
        self.tag_and_word(TAG_NUMBER, value.to_bits());
    }

    /// Light userdata.
    pub fn light_userdata(&mut self, address: u64) {
        if address == 0 {
            self.bytes.push(TAG_NULL);
        } else if let Ok(short) = u32::try_from(address) {
            self.bytes.push(TAG_LIGHT_USERDATA_32);
            self.bytes.extend_from_slice(&short.to_le_bytes());
        } else {
            self.tag_and_word(TAG_LIGHT_USERDATA_64, address);
        }
    }

    /// `int64_t`
    pub fn integer_64(&mut self, value: i64) {
        self.tag_and_word(TAG_INTEGER_64, value as u64);
    }

    /// `uint64_t`
    pub fn unsigned_64(&mut self, value: u64) {
        self.tag_and_word(TAG_UNSIGNED_64, value);
    }

    /// A complex number.
    pub fn complex(&mut self, real: f64, imaginary: f64) {
        self.tag_and_word(TAG_COMPLEX, real.to_bits());
        self.bytes
            .extend_from_slice(&imaginary.to_bits().to_le_bytes());
    }

    /// A string of less than 2^32 - 32 bytes.
    pub fn string(&mut self, text: &[u8]) {
        self.size(text.len() as u32 + u32::from(TAG_STRING));
        self.bytes.extend_from_slice(text);
    }

    /// A string by its place in the dictionary.
    pub fn dictionary_string(&mut self, index: u32) {
        self.bytes.push(TAG_DICTIONARY_STRING);
        self.size(index);
    }

    /// The metatable of the table that comes next, by its place in the dictionary.
    pub fn metatable(&mut self, index: u32) {
        self.bytes.push(TAG_METATABLE);
        self.size(index);
    }

    /// The head of a table whose array items (from `first_index`, 0 or 1) and pairs are written next.
    pub fn table(&mut self, first_index: u32, array_count: u32, hash_count: u32) {
        let mut tag = TAG_TABLE + u8::from(hash_count > 0);
        if array_count > 0 {
            tag += if first_index == 0 { 2 } else { 4 };
        }
        self.bytes.push(tag);
        if array_count > 0 {
            // The count includes the slot of index 0 even where it is not written.
            self.size(array_count + first_index);
        }
        if hash_count > 0 {
            self.size(hash_count);
        }
    }

    fn tag_and_word(&mut self, tag: u8, word: u64) {
        self.bytes.push(tag);
        self.bytes.extend_from_slice(&word.to_le_bytes());
    }

    /// A count in one, two or five bytes.
    fn size(&mut self, value: u32) {
        match value {
            0..0xe0 => self.bytes.push(value as u8),
            0xe0..0x1fe0 => {
                let rest = value - 0xe0;
                self.bytes
                    .extend_from_slice(&[0xe0 | (rest >> 8) as u8, rest as u8]);
            }
            _ => {
                self.bytes.push(0xff);
                self.bytes.extend_from_slice(&value.to_le_bytes());
            }
        }
    }
}

/// Reads the item at `position` and moves past it.
pub fn read_item<'a>(input: &'a [u8], position: &mut usize) -> Result<Item<'a>, DecodeError> {
    let mut reader = Reader {
        input,
        position: *position,
    };
    let item = reader.item()?;
    *position = reader.position;
    Ok(item)
}

struct Reader<'a> {
    input: &'a [u8],
    position: usize,
}

impl<'a> Reader<'a> {
    fn item(&mut self) -> Result<Item<'a>, DecodeError> {
        let tag_position = self.position;
        let [tag] = self.take()?;
        Ok(match tag {
            TAG_NIL => Item::Nil,
            TAG_FALSE => Item::Boolean(false),
            TAG_TRUE => Item::Boolean(true),
            TAG_NULL => Item::LightUserdata(0),
            TAG_LIGHT_USERDATA_32 => {
                Item::LightUserdata(u64::from(u32::from_le_bytes(self.take()?)))
            }
            TAG_LIGHT_USERDATA_64 => Item::LightUserdata(self.word()?),
            TAG_INTEGER => Item::Integer(i32::from_le_bytes(self.take()?)),
            TAG_NUMBER => Item::Number(f64::from_bits(self.word()?)),
            TAG_TABLE..TAG_METATABLE => {
                let first_index = u32::from(tag >= TAG_TABLE + 4);
                let has_array = tag >= TAG_TABLE + 2;
                let array_slots = if has_array { self.size()? } else { 0 };
                Item::Table {
                    first_index,
                    array_count: array_slots.saturating_sub(first_index),
                    hash_count: if tag & 1 != 0 { self.size()? } else { 0 },
                }
            }
            TAG_METATABLE => Item::Metatable(self.size()?),
            TAG_DICTIONARY_STRING => Item::DictionaryString(self.size()?),
            TAG_INTEGER_64 => Item::Integer64(self.word()? as i64),
            TAG_UNSIGNED_64 => Item::Unsigned64(self.word()?),
            TAG_COMPLEX => {
                let real = f64::from_bits(self.word()?);
                Item::Complex(real, f64::from_bits(self.word()?))
            }
            TAG_STRING.. => {
                self.position = tag_position;
                let length = self.size()?.wrapping_sub(u32::from(TAG_STRING)) as usize;
                let rest = &self.input[self.position..];
                let text = rest.get(..length).ok_or(DecodeError::EndOfInput)?;
                self.position += length;
                Item::String(text)
            }
            _ => return Err(DecodeError::BadTag(tag)),
        })
    }

    fn take<const N: usize>(&mut self) -> Result<[u8; N], DecodeError> {
        let rest = self.input.get(self.position..).unwrap_or(&[]);
        let bytes = rest.first_chunk::<N>().ok_or(DecodeError::EndOfInput)?;
        self.position += N;
        Ok(*bytes)
    }

    fn word(&mut self) -> Result<u64, DecodeError> {
        Ok(u64::from_le_bytes(self.take()?))
    }

    fn size(&mut self) -> Result<u32, DecodeError> {
        let [first] = self.take()?;
        Ok(match first {
            0..0xe0 => u32::from(first),
            0xe0..0xff => {
                let [second] = self.take()?;
                (u32::from(first & 0x1f) << 8 | u32::from(second)) + 0xe0
            }
            0xff => u32::from_le_bytes(self.take()?),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn encode(write: impl FnOnce(&mut Encoder)) -> Vec<u8> {
        let mut encoder = Encoder::default();
        write(&mut encoder);
        encoder.bytes
    }

    #[test]
    fn writes_what_luajit_writes() {
        // Bytes from LuaJIT's buffer.encode.
        assert_eq!(encode(|e| e.number(1.0)), b"\x07\0\0\0\0\0\0\xf0\x3f");
        assert_eq!(encode(|e| e.string(b"abc")), b"\x23abc");
        assert_eq!(encode(|e| e.string(&[b'x'; 300]))[..3], *b"\xe0\x6cx");
        assert_eq!(
            encode(|e| e.string(&[b'x'; 9000]))[..6],
            *b"\xff\x48\x23\0\0x"
        );
        assert_eq!(encode(|e| e.table(1, 0, 0)), b"\x08");
        assert_eq!(encode(|e| e.table(1, 2, 0)), b"\x0c\x03");
        assert_eq!(encode(|e| e.table(1, 0, 1)), b"\x09\x01");
        assert_eq!(encode(|e| e.table(1, 1, 1)), b"\x0d\x02\x01");
        assert_eq!(encode(|e| e.table(0, 3, 0)), b"\x0a\x03");
        assert_eq!(encode(|e| e.integer_64(1)), b"\x10\x01\0\0\0\0\0\0\0");
    }

    #[test]
    fn reads_what_it_writes() {
        let items = [
            Item::Nil,
            Item::Boolean(true),
            Item::Boolean(false),
            Item::LightUserdata(0),
            Item::LightUserdata(77),
            Item::LightUserdata(1 << 40),
            Item::Number(-2.5),
            Item::Table {
                first_index: 1,
                array_count: 300,
                hash_count: 7,
            },
            Item::Table {
                first_index: 0,
                array_count: 3,
                hash_count: 0,
            },
            Item::Metatable(2),
            Item::DictionaryString(0x1fe0),
            Item::Integer64(-5),
            Item::Unsigned64(u64::MAX),
            Item::Complex(1.0, -1.0),
            Item::String(b""),
            Item::String(&[b'y'; 200]),
        ];
        let mut encoder = Encoder::default();
        for item in items {
            match item {
                Item::Nil => encoder.nil(),
                Item::Boolean(value) => encoder.boolean(value),
                Item::LightUserdata(address) => encoder.light_userdata(address),
                Item::Integer(_) => {}
                Item::Number(value) => encoder.number(value),
                Item::Table {
                    first_index,
                    array_count,
                    hash_count,
                } => {
                    encoder.table(first_index, array_count, hash_count);
                }
                Item::Metatable(index) => encoder.metatable(index),
                Item::DictionaryString(index) => encoder.dictionary_string(index),
                Item::Integer64(value) => encoder.integer_64(value),
                Item::Unsigned64(value) => encoder.unsigned_64(value),
                Item::Complex(real, imaginary) => encoder.complex(real, imaginary),
                Item::String(text) => encoder.string(text),
            }
        }
        let mut position = 0;
        for item in items {
            assert_eq!(read_item(&encoder.bytes, &mut position), Ok(item));
        }
        assert_eq!(position, encoder.bytes.len());
    }

    #[test]
    fn survives_damaged_input() {
        assert_eq!(read_item(b"", &mut 0), Err(DecodeError::EndOfInput));
        assert_eq!(read_item(b"\x13", &mut 0), Err(DecodeError::BadTag(0x13)));
        assert_eq!(read_item(b"\x07\0\0", &mut 0), Err(DecodeError::EndOfInput));
        assert_eq!(
            read_item(b"\xff\xff\xff\xff\xff", &mut 0),
            Err(DecodeError::EndOfInput)
        );
        // A five-byte count below the tag wraps to a length that the input does not have.
        assert_eq!(
            read_item(b"\xff\0\0\0\0", &mut 0),
            Err(DecodeError::EndOfInput)
        );
        for tag in 0..=255u8 {
            let _ = read_item(&[tag, 0xff, 0xff, 0xff, 0xff, 0xff], &mut 0);
        }
    }
}
