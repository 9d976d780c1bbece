//! The format language of Lua 5.3's `string.pack`, which `love.data.pack` and `unpack` use.
//!
//! A format is a row of options: `<`, `>`, `=` set the byte order, `![n]` the alignment, the others stand for a value or
//! padding. [`Formats`] walks over them and says for each what it is, how many bytes it takes and how much padding goes
//! before it: `"<!4 b i4"` gives a byte, then three bytes of padding and a four-byte integer.
//!
//! Sizes are those of 64-bit Linux, as in LÖVE's builds: `l`, `j` and `T` are eight bytes, and `n` is a double.
//!
//! Invariant: no format leads to a size above [`LONGEST`]; errors carry Lua's sentences.

/// Integers may be up to this long.
const LONGEST_INTEGER: usize = 16;
/// Nothing packed may be longer.
pub const LONGEST: usize = i32::MAX as usize;
/// What `!` without a number aligns to.
const NATIVE_ALIGNMENT: usize = 8;

/// What an option stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Signed integer.
    Signed,
    /// Unsigned integer.
    Unsigned,
    /// Four-byte float.
    Float,
    /// Eight-byte float.
    Double,
    /// String of a fixed size.
    Fixed,
    /// String behind its length.
    Counted,
    /// String that ends with a zero.
    ZeroTerminated,
    /// A byte of padding.
    Padding,
    /// Nothing: settings and alignment.
    Nothing,
}

/// One option with its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Item {
    /// What it is.
    pub kind: Kind,
    /// Its bytes (of the length, for counted strings).
    pub size: usize,
    /// Bytes of padding before it.
    pub padding: usize,
    /// Byte order of it.
    pub is_little: bool,
}

/// What is wrong with a format or a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PackError {
    /// The format is an argument at fault (rather than an error of its own).
    pub is_argument: bool,
    /// Lua's sentence.
    pub message: String,
}

fn plain(message: impl Into<String>) -> PackError {
    PackError {
        is_argument: false,
        message: message.into(),
    }
}

fn argument(message: impl Into<String>) -> PackError {
    PackError {
        is_argument: true,
        message: message.into(),
    }
}

/// Walks over a format.
pub struct Formats<'a> {
    rest: &'a [u8],
    is_little: bool,
    alignment: usize,
}

impl<'a> Formats<'a> {
    /// From the start of a format.
    pub fn new(format: &'a [u8]) -> Self {
        Self {
            rest: format,
            is_little: true,
            alignment: 1,
        }
    }

    /// The next option, when `position` bytes have been written or read so far.
    pub fn next(&mut self, position: usize) -> Result<Option<Item>, PackError> {
        let Some((kind, size)) = self.option()? else {
            return Ok(None);
        };
        let mut aligned_size = size;
        let is_alignment = kind == Kind::Nothing && size == usize::MAX;
        if is_alignment {
            let invalid = || argument("invalid next option for option 'X'");
            aligned_size = match self.option()? {
                Some((Kind::Fixed, _)) | None => return Err(invalid()),
                Some((_, 0)) => return Err(invalid()),
                Some((_, next_size)) => next_size,
            };
        }
        let needs_alignment = matches!(
            kind,
            Kind::Signed | Kind::Unsigned | Kind::Float | Kind::Double | Kind::Counted
        ) || is_alignment;
        let aligned_size = aligned_size.min(self.alignment);
        let mut padding = 0;
        if needs_alignment && aligned_size > 1 {
            if !aligned_size.is_power_of_two() {
                return Err(argument("format asks for alignment not power of 2"));
            }
            padding = position.wrapping_neg() & (aligned_size - 1);
        }
        Ok(Some(Item {
            kind,
            size: if is_alignment { 0 } else { size },
            padding,
            is_little: self.is_little,
        }))
    }

    /// The number at this place, or `default`.
    fn number(&mut self, default: usize) -> usize {
        if !self.rest.first().is_some_and(u8::is_ascii_digit) {
            return default;
        }
        let mut number = 0usize;
        while let Some(digit) = self.rest.first().filter(|digit| digit.is_ascii_digit()) {
            number = number
                .saturating_mul(10)
                .saturating_add(usize::from(digit - b'0'))
                .min(LONGEST);
            self.rest = &self.rest[1..];
        }
        number
    }

    fn integer_size(&mut self, default: usize) -> Result<usize, PackError> {
        let size = self.number(default);
        if size == 0 || size > LONGEST_INTEGER {
            return Err(plain(format!(
                "integral size ({size}) out of limits [1,{LONGEST_INTEGER}]"
            )));
        }
        Ok(size)
    }

    /// Kind and size of the next option. The alignment option `X` is nothing with the size `usize::MAX`.
    fn option(&mut self) -> Result<Option<(Kind, usize)>, PackError> {
        let Some((option, rest)) = self.rest.split_first() else {
            return Ok(None);
        };
        self.rest = rest;
        Ok(Some(match option {
            b'b' => (Kind::Signed, 1),
            b'B' => (Kind::Unsigned, 1),
            b'h' => (Kind::Signed, 2),
            b'H' => (Kind::Unsigned, 2),
            b'l' | b'j' => (Kind::Signed, 8),
            b'L' | b'J' | b'T' => (Kind::Unsigned, 8),
            b'i' => (Kind::Signed, self.integer_size(4)?),
            b'I' => (Kind::Unsigned, self.integer_size(4)?),
            b'f' => (Kind::Float, 4),
            b'd' | b'n' => (Kind::Double, 8),
            b's' => (Kind::Counted, self.integer_size(8)?),
            b'c' => {
                let size = self.number(usize::MAX);
                if size == usize::MAX {
                    return Err(plain("missing size for format option 'c'"));
                }
                (Kind::Fixed, size)
            }
            b'z' => (Kind::ZeroTerminated, 0),
            b'x' => (Kind::Padding, 1),
            b'X' => (Kind::Nothing, usize::MAX),
            b' ' => (Kind::Nothing, 0),
            b'<' | b'=' => {
                self.is_little = true;
                (Kind::Nothing, 0)
            }
            b'>' => {
                self.is_little = false;
                (Kind::Nothing, 0)
            }
            b'!' => {
                self.alignment = self.integer_size(NATIVE_ALIGNMENT)?;
                (Kind::Nothing, 0)
            }
            other => {
                let option = char::from(*other);
                return Err(plain(format!("invalid format option '{option}'")));
            }
        }))
    }
}

/// The bytes that a format always takes.
pub fn packed_size(format: &[u8]) -> Result<usize, PackError> {
    let mut formats = Formats::new(format);
    let mut total = 0usize;
    while let Some(item) = formats.next(total)? {
        if matches!(item.kind, Kind::Counted | Kind::ZeroTerminated) {
            return Err(argument("variable-length format"));
        }
        total = total
            .checked_add(item.padding + item.size)
            .filter(|total| *total <= LONGEST)
            .ok_or_else(|| argument("format result too large"))?;
    }
    Ok(total)
}

/// Whether an integer fits into so many bytes.
pub fn integer_fits(value: i64, size: usize, is_signed: bool) -> bool {
    if size >= 8 {
        return true;
    }
    let bits = size as u32 * 8;
    if is_signed {
        let limit = 1i64 << (bits - 1);
        (-limit..limit).contains(&value)
    } else {
        (value as u64) < 1u64 << bits
    }
}

/// Appends an integer; bytes beyond the eighth repeat the sign.
pub fn write_integer(target: &mut Vec<u8>, value: i64, item: Item) {
    let fill = if value < 0 && item.kind == Kind::Signed {
        0xff
    } else {
        0
    };
    let bytes = value.to_le_bytes();
    let start = target.len();
    target.extend((0..item.size).map(|index| bytes.get(index).copied().unwrap_or(fill)));
    if !item.is_little {
        target[start..].reverse();
    }
}

/// Reads an integer from exactly `item.size` bytes.
pub fn read_integer(source: &[u8], item: Item) -> Result<i64, PackError> {
    let is_signed = item.kind == Kind::Signed;
    let mut bytes: Vec<u8> = source.to_vec();
    if !item.is_little {
        bytes.reverse();
    }
    let mut low = [0u8; 8];
    let kept = bytes.len().min(8);
    low[..kept].copy_from_slice(&bytes[..kept]);
    if is_signed && kept < 8 && bytes[kept - 1] & 0x80 != 0 {
        low[kept..].fill(0xff);
    }
    let value = i64::from_le_bytes(low);
    let fill = if is_signed && value < 0 { 0xff } else { 0 };
    if bytes[kept..].iter().any(|byte| *byte != fill) {
        return Err(plain(format!(
            "{}-byte integer does not fit into Lua Integer",
            item.size
        )));
    }
    Ok(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    // The sentences and sizes as LÖVE gives them.
    #[test]
    fn sizes_and_errors_equal_loves() {
        for (format, expected) in [
            ("i4", Ok(4)),
            ("!8 b d", Ok(16)),
            ("<i3c5x", Ok(9)),
            ("!4 b Xi4", Ok(4)),
            ("", Ok(0)),
            ("z", Err("variable-length format")),
            ("s", Err("variable-length format")),
            ("b y", Err("invalid format option 'y'")),
            ("i17", Err("integral size (17) out of limits [1,16]")),
            ("i0", Err("integral size (0) out of limits [1,16]")),
            ("c", Err("missing size for format option 'c'")),
            ("!3 i4", Err("format asks for alignment not power of 2")),
            ("X", Err("invalid next option for option 'X'")),
            ("c2147483647c2", Err("format result too large")),
            ("c99999999999999999999", Ok(LONGEST)),
        ] {
            let got = packed_size(format.as_bytes());
            match expected {
                Ok(size) => assert_eq!(got, Ok(size), "{format}"),
                Err(message) => assert_eq!(got.unwrap_err().message, message, "{format}"),
            }
        }
    }

    #[test]
    fn integers_of_every_size() {
        for size in 1..=16 {
            for is_little in [true, false] {
                for (kind, value) in [(Kind::Signed, -3), (Kind::Unsigned, 3), (Kind::Signed, 100)]
                {
                    let item = Item {
                        kind,
                        size,
                        padding: 0,
                        is_little,
                    };
                    let mut bytes = Vec::new();
                    write_integer(&mut bytes, value, item);
                    assert_eq!(bytes.len(), size);
                    assert_eq!(read_integer(&bytes, item), Ok(value));
                }
            }
        }
        let item = Item {
            kind: Kind::Unsigned,
            size: 16,
            padding: 0,
            is_little: true,
        };
        let error = read_integer(&[0xff; 16], item).unwrap_err();
        assert_eq!(
            error.message,
            "16-byte integer does not fit into Lua Integer"
        );
        assert!(
            !integer_fits(200, 1, true)
                && !integer_fits(256, 1, false)
                && !integer_fits(-1, 1, false)
        );
        assert!(integer_fits(-128, 1, true) && integer_fits(255, 1, false));
    }
}
