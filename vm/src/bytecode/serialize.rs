//! Bytecode as bytes: what `string.dump` writes and `load` reads.
//!
//! The format is rlove's own. Integers are unsigned LEB128 unless said otherwise:
//!
//! ```text
//! file      = ESC 'R' 'L' version flags chunk-name? function      flags: 1 = stripped
//! function  = parameters:byte vararg:byte frame:byte [first-line last-line unless stripped]
//!             words word:u32-little-endian…  constants constant…  templates (keys key…)…
//!             upvalues (kind:byte index:byte)…  [names locals lines unless stripped]  children function…
//! constant  = tag:byte payload
//! string    = length byte…
//! ```
//!
//! Example: `read(&write(&function, false), b"=?")` gives `function` again.
//!
//! Invariants: the reader never panics and never allocates more than a small multiple of the input; what it returns has
//! passed the verifier. The writer is deterministic. A file of another version is refused, never converted.

use super::verify::verify;
use super::{CompiledFunction, Constant, LocalVariable, UpvalueSource};
use std::fmt;
use std::rc::Rc;

/// What every file begins with.
pub const MAGIC: &[u8; 3] = b"\x1bRL";
/// Raised whenever opcodes or the format change.
pub const VERSION: u8 = 1;

const FLAG_STRIPPED: u8 = 1;
/// Deepest nesting of functions that is read.
const NESTING_MAX: usize = 200;

/// Why bytes are no bytecode.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ReadError {
    /// Another format or version.
    Incompatible,
    /// Damaged or hostile; the text says where.
    Malformed(String),
}

impl ReadError {
    /// LuaJIT's message for a chunk loaded under `chunk_name`.
    pub fn message(&self, chunk_name: &[u8]) -> Vec<u8> {
        let name = match chunk_name.first() {
            Some(0x1b) => b"(binary)",
            Some(b'@' | b'=') => &chunk_name[1..],
            _ => chunk_name,
        };
        let what: &[u8] = match self {
            ReadError::Incompatible => b": cannot load incompatible bytecode",
            ReadError::Malformed(_) => b": cannot load malformed bytecode",
        };
        [name, what].concat()
    }
}

impl fmt::Display for ReadError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ReadError::Incompatible => formatter.write_str("incompatible bytecode"),
            ReadError::Malformed(detail) => write!(formatter, "malformed bytecode: {detail}"),
        }
    }
}

impl std::error::Error for ReadError {}

// Writing.

/// The function as bytes. `strip` leaves out lines, names of variables and the name of the chunk.
pub fn write(function: &CompiledFunction, strip: bool) -> Vec<u8> {
    let mut writer = Writer {
        bytes: MAGIC.to_vec(),
        strip,
    };
    writer.bytes.push(VERSION);
    writer.bytes.push(if strip { FLAG_STRIPPED } else { 0 });
    if !strip {
        writer.string(&function.chunk_name);
    }
    writer.function(function);
    writer.bytes
}

struct Writer {
    bytes: Vec<u8>,
    strip: bool,
}

impl Writer {
    fn integer(&mut self, mut value: u64) {
        while value >= 0x80 {
            self.bytes.push(value as u8 | 0x80);
            value >>= 7;
        }
        self.bytes.push(value as u8);
    }

    fn count(&mut self, count: usize) {
        self.integer(count as u64);
    }

    fn string(&mut self, string: &[u8]) {
        self.count(string.len());
        self.bytes.extend_from_slice(string);
    }

    fn function(&mut self, function: &CompiledFunction) {
        self.bytes.extend_from_slice(&[
            function.parameter_count,
            u8::from(function.is_vararg),
            function.frame_size,
        ]);
        if !self.strip {
            self.integer(u64::from(function.first_line));
            self.integer(u64::from(function.last_line));
        }
        self.count(function.code.len());
        for word in &function.code {
            self.bytes.extend_from_slice(&word.to_le_bytes());
        }
        self.count(function.constants.len());
        for constant in &function.constants {
            self.constant(constant);
        }
        self.count(function.templates.len());
        for keys in &function.templates {
            self.count(keys.len());
            for &key in keys {
                self.integer(u64::from(key));
            }
        }
        self.count(function.upvalues.len());
        for source in &function.upvalues {
            let pair = match *source {
                UpvalueSource::ParentRegister(register) => [0, register],
                UpvalueSource::ParentUpvalue(index) => [1, index],
            };
            self.bytes.extend_from_slice(&pair);
        }
        if !self.strip {
            self.debug_tables(function);
        }
        self.count(function.children.len());
        for child in &function.children {
            self.function(child);
        }
    }

    fn constant(&mut self, constant: &Constant) {
        match constant {
            Constant::Nil => self.bytes.push(0),
            Constant::Boolean(false) => self.bytes.push(1),
            Constant::Boolean(true) => self.bytes.push(2),
            Constant::Number(number) => self.eight_bytes(3, number.to_bits()),
            Constant::Integer64(value) => self.eight_bytes(4, *value as u64),
            Constant::Unsigned64(value) => self.eight_bytes(5, *value),
            Constant::Imaginary(number) => self.eight_bytes(6, number.to_bits()),
            Constant::String(string) => {
                self.bytes.push(7);
                self.string(string);
            }
        }
    }

    fn eight_bytes(&mut self, tag: u8, value: u64) {
        self.bytes.push(tag);
        self.bytes.extend_from_slice(&value.to_le_bytes());
    }

    fn debug_tables(&mut self, function: &CompiledFunction) {
        self.count(function.upvalue_names.len());
        for name in &function.upvalue_names {
            self.string(name);
        }
        self.count(function.locals.len());
        for local in &function.locals {
            self.string(&local.name);
            self.bytes.push(local.register);
            self.integer(u64::from(local.start_pc));
            self.integer(u64::from(local.end_pc));
        }
        self.count(function.lines.len());
        // Differences are small; the sign goes to the lowest bit.
        let mut before = 0;
        for &line in &function.lines {
            let difference = i64::from(line) - before;
            self.integer(((difference << 1) ^ (difference >> 63)) as u64);
            before = i64::from(line);
        }
    }
}

// Reading.

/// Whether the bytes claim to be bytecode: `load` reads these as such, and everything else as source.
pub fn is_bytecode(bytes: &[u8]) -> bool {
    bytes.first() == Some(&MAGIC[0])
}

/// Reads and verifies a function. `chunk_name` is given to a stripped one.
pub fn read(bytes: &[u8], chunk_name: &[u8]) -> Result<Rc<CompiledFunction>, ReadError> {
    let mut reader = Reader {
        bytes,
        position: 0,
        strip: false,
        chunk_name: chunk_name.into(),
    };
    let function = reader.file()?;
    if let Err(error) = verify(&function) {
        return Err(ReadError::Malformed(error.message));
    }
    Ok(function)
}

struct Reader<'bytes> {
    bytes: &'bytes [u8],
    position: usize,
    strip: bool,
    chunk_name: Rc<[u8]>,
}

impl<'bytes> Reader<'bytes> {
    fn malformed<T>(&self, what: &str) -> Result<T, ReadError> {
        Err(ReadError::Malformed(format!(
            "{what} at byte {}",
            self.position
        )))
    }

    fn take(&mut self, count: usize) -> Result<&'bytes [u8], ReadError> {
        match self.bytes[self.position..].get(..count) {
            Some(taken) => {
                self.position += count;
                Ok(taken)
            }
            None => self.malformed("unexpected end"),
        }
    }

    fn byte(&mut self) -> Result<u8, ReadError> {
        Ok(self.take(1)?[0])
    }

    fn integer(&mut self) -> Result<u64, ReadError> {
        let mut value = 0;
        for shift in (0..35).step_by(7) {
            let byte = self.byte()?;
            value |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Ok(value);
            }
        }
        self.malformed("number too large")
    }

    fn integer32(&mut self) -> Result<u32, ReadError> {
        match u32::try_from(self.integer()?) {
            Ok(value) => Ok(value),
            Err(_) => self.malformed("number too large"),
        }
    }

    /// A number of things that take at least `size` bytes each: never more than the rest of the input can hold.
    fn count(&mut self, size: usize) -> Result<usize, ReadError> {
        let count = self.integer()? as usize;
        if count > (self.bytes.len() - self.position) / size {
            return self.malformed("count too large");
        }
        Ok(count)
    }

    fn string(&mut self) -> Result<Rc<[u8]>, ReadError> {
        let length = self.count(1)?;
        Ok(self.take(length)?.into())
    }

    fn list<T>(
        &mut self,
        size: usize,
        mut item: impl FnMut(&mut Self) -> Result<T, ReadError>,
    ) -> Result<Vec<T>, ReadError> {
        let count = self.count(size)?;
        let mut items = Vec::with_capacity(count);
        for _ in 0..count {
            items.push(item(self)?);
        }
        Ok(items)
    }

    fn file(&mut self) -> Result<Rc<CompiledFunction>, ReadError> {
        if !self.bytes.starts_with(MAGIC) || self.bytes.get(3) != Some(&VERSION) {
            return Err(ReadError::Incompatible);
        }
        self.position = 4;
        match self.byte()? {
            0 => self.chunk_name = self.string()?,
            FLAG_STRIPPED => self.strip = true,
            _ => return Err(ReadError::Incompatible),
        }
        let function = self.function(0)?;
        if self.position != self.bytes.len() {
            return self.malformed("something after the end");
        }
        Ok(Rc::new(function))
    }

    fn function(&mut self, depth: usize) -> Result<CompiledFunction, ReadError> {
        if depth > NESTING_MAX {
            return self.malformed("functions nested too deeply");
        }
        let parameter_count = self.byte()?;
        let is_vararg = match self.byte()? {
            0 => false,
            1 => true,
            _ => return self.malformed("wrong flag"),
        };
        let mut function = CompiledFunction {
            parameter_count,
            is_vararg,
            frame_size: self.byte()?,
            chunk_name: self.chunk_name.clone(),
            ..CompiledFunction::default()
        };
        if !self.strip {
            function.first_line = self.integer32()?;
            function.last_line = self.integer32()?;
        }
        let words = self.count(4)?;
        function.code = self
            .take(words * 4)?
            .chunks_exact(4)
            .map(|bytes| u32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]))
            .collect();
        function.constants = self.list(1, Self::constant)?;
        function.templates = self.list(1, |reader| reader.list(1, |reader| reader.integer32()))?;
        function.upvalues = self.list(2, Self::upvalue)?;
        if !self.strip {
            function.upvalue_names = self.list(1, Self::string)?;
            function.locals = self.list(4, Self::local)?;
            function.lines = self.lines()?;
        }
        function.children = self.list(9, |reader| Ok(Rc::new(reader.function(depth + 1)?)))?;
        Ok(function)
    }

    fn constant(&mut self) -> Result<Constant, ReadError> {
        Ok(match self.byte()? {
            0 => Constant::Nil,
            1 => Constant::Boolean(false),
            2 => Constant::Boolean(true),
            3 => Constant::Number(self.number()?),
            4 => Constant::Integer64(self.eight_bytes()? as i64),
            5 => Constant::Unsigned64(self.eight_bytes()?),
            6 => Constant::Imaginary(self.number()?),
            7 => Constant::String(self.string()?),
            _ => return self.malformed("unknown constant"),
        })
    }

    fn eight_bytes(&mut self) -> Result<u64, ReadError> {
        let mut bytes = [0; 8];
        bytes.copy_from_slice(self.take(8)?);
        Ok(u64::from_le_bytes(bytes))
    }

    /// A double; every NaN becomes the canonical one.
    fn number(&mut self) -> Result<f64, ReadError> {
        let number = f64::from_bits(self.eight_bytes()?);
        Ok(if number.is_nan() { f64::NAN } else { number })
    }

    fn upvalue(&mut self) -> Result<UpvalueSource, ReadError> {
        let kind = self.byte()?;
        let index = self.byte()?;
        match kind {
            0 => Ok(UpvalueSource::ParentRegister(index)),
            1 => Ok(UpvalueSource::ParentUpvalue(index)),
            _ => self.malformed("unknown upvalue"),
        }
    }

    fn local(&mut self) -> Result<LocalVariable, ReadError> {
        Ok(LocalVariable {
            name: self.string()?,
            register: self.byte()?,
            start_pc: self.integer32()?,
            end_pc: self.integer32()?,
        })
    }

    fn lines(&mut self) -> Result<Vec<u32>, ReadError> {
        let mut before = 0_i64;
        self.list(1, |reader| {
            let folded = reader.integer()?;
            before += (folded >> 1) as i64 ^ -((folded & 1) as i64);
            match u32::try_from(before) {
                Ok(line) => Ok(line),
                Err(_) => reader.malformed("wrong line"),
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn compiled(source: &str) -> Rc<CompiledFunction> {
        crate::compiler::compile(source.as_bytes(), b"@test.lua").expect("a right program")
    }

    /// Uses every table of a function.
    const SAMPLE: &str = "
        local a, b = 1.5, 'text'
        local t = {x = a, y = b, 1, 2, f()}
        for i = 1, 10 do t[i] = function(...) a = a + i; return ... end end
        for k, v in pairs(t) do print(k, v, not v, #t, -a) end
        for line in io.lines() do t.x = t.x .. line end
        while a < 10 do a = a * 2; if b then break end end
        local x = 5LL
        return t:method(a and b or 3, ...)
    ";

    #[test]
    fn what_is_written_is_read() {
        let function = compiled(SAMPLE);
        assert_eq!(
            read(&write(&function, false), b"=other"),
            Ok(function.clone())
        );
        let stripped = read(&write(&function, true), b"=other").expect("a right file");
        assert_eq!(stripped.code, function.code);
        assert_eq!(*stripped.chunk_name, *b"=other");
        assert!(stripped.lines.is_empty() && stripped.locals.is_empty());
        assert!(stripped.children.iter().all(|child| child.lines.is_empty()));
    }

    #[test]
    fn other_formats_are_refused_with_luajits_messages() {
        let mut bytes = write(&compiled("return 1"), false);
        assert_eq!(read(b"\x1bLJ\x02", b"=x"), Err(ReadError::Incompatible));
        bytes[3] = VERSION + 1;
        let error = read(&bytes, b"=x").unwrap_err();
        assert_eq!(
            error.message(b"=x"),
            b"x: cannot load incompatible bytecode"
        );
        assert_eq!(
            ReadError::Malformed(String::new()).message(b"\x1bRL"),
            b"(binary): cannot load malformed bytecode"
        );
    }

    #[test]
    fn every_cut_is_refused() {
        let bytes = write(&compiled(SAMPLE), false);
        for length in 0..bytes.len() {
            assert!(read(&bytes[..length], b"=x").is_err(), "{length}");
        }
    }

    #[test]
    fn every_changed_byte_gives_an_error_or_a_verified_function() {
        for strip in [false, true] {
            let bytes = write(&compiled(SAMPLE), strip);
            let mut refused = 0;
            for position in 0..bytes.len() {
                for change in [1, 2, 0x10, 0x80, 0xff] {
                    let mut changed = bytes.clone();
                    changed[position] ^= change;
                    match read(&changed, b"=x") {
                        Err(_) => refused += 1,
                        Ok(function) => {
                            // Whatever was read can be listed and written again.
                            crate::bytecode::disassemble::disassemble(&function);
                            let again = read(&write(&function, strip), b"=x");
                            assert_eq!(again, Ok(function));
                        }
                    }
                }
            }
            assert!(
                refused > bytes.len(),
                "only {refused} of {} refused",
                bytes.len()
            );
        }
    }

    #[test]
    fn a_huge_count_does_not_allocate() {
        let mut bytes = MAGIC.to_vec();
        bytes.extend_from_slice(&[VERSION, FLAG_STRIPPED, 0, 1, 2]);
        bytes.extend_from_slice(&[0xff, 0xff, 0xff, 0xff, 0x0f]);
        assert!(matches!(read(&bytes, b"=x"), Err(ReadError::Malformed(_))));
    }
}
