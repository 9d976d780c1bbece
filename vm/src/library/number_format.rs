//! Numbers and texts as `tostring`, `print` and `string.format` write them.
//!
//! All digits come from the standard library's formatting, which is exact and correctly rounded for every
//! double and every precision; this module adds C's layout rules (flags, width, precision, `%g`, `%a`) as LuaJIT
//! applies them, which is the same on every platform.
//!
//! ```
//! use rlove_vm::library::number_format::{append_number, append_double, FormatReader, Piece};
//! let mut text = Vec::new();
//! append_number(&mut text, 1e15);
//! assert_eq!(text, b"1e+15");
//!
//! let mut output = Vec::new();
//! for piece in FormatReader::new(b"x = %+8.3f!") {
//!     match piece {
//!         Piece::Literal(bytes) => output.extend_from_slice(bytes),
//!         Piece::Conversion(specification) => append_double(&mut output, &specification, 1.5),
//!         Piece::Invalid(bytes) => panic!("{bytes:?}"),
//!     }
//! }
//! assert_eq!(output, b"x =   +1.500!");
//! ```
//!
//! Invariants:
//! - A NaN prints as `nan`, never with a sign: whether a NaN carries one depends on the processor.
//! - Width and precision have at most two digits, so no format asks for much memory.
//!
//! What it does not do: fetch arguments or raise errors (`string.format` does), and parse numbers (that is in
//! `syntax::number`).

use std::io::Write;

/// What a conversion of `string.format` writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConversionKind {
    /// `%d`, `%i`
    Signed,
    /// `%u`
    Unsigned,
    /// `%o`
    Octal,
    /// `%x`, `%X`
    Hexadecimal,
    /// `%c`
    Character,
    /// `%s`
    Text,
    /// `%q`
    Quoted,
    /// `%p`
    Pointer,
    /// `%f`, `%F`
    Fixed,
    /// `%e`, `%E`
    Exponent,
    /// `%g`, `%G`
    General,
    /// `%a`, `%A`
    HexadecimalFloat,
}

/// One parsed conversion such as `%-08.3f`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Conversion {
    /// What to write.
    pub kind: ConversionKind,
    /// Capital letters (`%X`, `%E`, …).
    pub upper_case: bool,
    /// Flag `-`: pad on the right.
    pub left: bool,
    /// Flag `+`: sign positive numbers.
    pub plus: bool,
    /// Flag space: a space where a sign could stand.
    pub space: bool,
    /// Flag `0`: pad with zeros.
    pub zero: bool,
    /// Flag `#`: prefixes, and decimal points that would be dropped.
    pub alternate: bool,
    /// Smallest number of bytes to write.
    pub width: usize,
    /// Digits or bytes, as the kind means it.
    pub precision: Option<usize>,
}

/// A piece of a format string.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Piece<'a> {
    /// Bytes to copy.
    Literal(&'a [u8]),
    /// A conversion that takes the next argument.
    Conversion(Conversion),
    /// Not a conversion; the error is `invalid option '…' to 'format'` with these bytes.
    Invalid(&'a [u8]),
}

/// Reads a format string piece by piece.
pub struct FormatReader<'a> {
    rest: &'a [u8],
}

impl<'a> FormatReader<'a> {
    /// Starts at the beginning of `format`.
    #[must_use]
    pub fn new(format: &'a [u8]) -> Self {
        Self { rest: format }
    }

    fn read_conversion(&mut self) -> Piece<'a> {
        let text = self.rest;
        let at = |position: usize| text.get(position).copied().unwrap_or(0);
        let mut conversion = Conversion::of_kind(ConversionKind::Text);
        let mut position = 1;
        loop {
            match at(position) {
                b'-' => conversion.left = true,
                b'+' => conversion.plus = true,
                b'0' => conversion.zero = true,
                b' ' => conversion.space = true,
                b'#' => conversion.alternate = true,
                _ => break,
            }
            position += 1;
        }
        let two_digits = |position: &mut usize| {
            let mut value = 0;
            for _ in 0..2 {
                let digit = at(*position);
                if digit.is_ascii_digit() {
                    value = value * 10 + usize::from(digit - b'0');
                    *position += 1;
                }
            }
            value
        };
        conversion.width = two_digits(&mut position);
        if at(position) == b'.' {
            position += 1;
            conversion.precision = Some(two_digits(&mut position));
        }
        let letter = at(position);
        let Some(kind) = kind_of_letter(letter) else {
            // The offending character belongs to the message unless it is invisible or missing.
            let end = if letter >= 32 { position + 1 } else { position };
            self.rest = &[];
            return Piece::Invalid(&text[..end.min(text.len())]);
        };
        conversion.kind = kind;
        conversion.upper_case = letter.is_ascii_uppercase();
        self.rest = &text[position + 1..];
        Piece::Conversion(conversion)
    }
}

impl<'a> Iterator for FormatReader<'a> {
    type Item = Piece<'a>;

    fn next(&mut self) -> Option<Piece<'a>> {
        let text = self.rest;
        let percent = text.iter().position(|&byte| byte == b'%');
        match percent {
            None if text.is_empty() => None,
            None => {
                self.rest = &[];
                Some(Piece::Literal(text))
            }
            Some(position) if text.get(position + 1) == Some(&b'%') => {
                self.rest = &text[position + 2..];
                Some(Piece::Literal(&text[..=position]))
            }
            Some(0) => Some(self.read_conversion()),
            Some(position) => {
                self.rest = &text[position..];
                Some(Piece::Literal(&text[..position]))
            }
        }
    }
}

fn kind_of_letter(letter: u8) -> Option<ConversionKind> {
    Some(match letter {
        b'd' | b'i' => ConversionKind::Signed,
        b'u' => ConversionKind::Unsigned,
        b'o' => ConversionKind::Octal,
        b'x' | b'X' => ConversionKind::Hexadecimal,
        b'c' => ConversionKind::Character,
        b's' => ConversionKind::Text,
        b'q' => ConversionKind::Quoted,
        b'p' => ConversionKind::Pointer,
        b'f' | b'F' => ConversionKind::Fixed,
        b'e' | b'E' => ConversionKind::Exponent,
        b'g' | b'G' => ConversionKind::General,
        b'a' | b'A' => ConversionKind::HexadecimalFloat,
        _ => return None,
    })
}

impl Conversion {
    /// A conversion without flags, width and precision.
    #[must_use]
    pub fn of_kind(kind: ConversionKind) -> Self {
        Self {
            kind,
            upper_case: false,
            left: false,
            plus: false,
            space: false,
            zero: false,
            alternate: false,
            width: 0,
            precision: None,
        }
    }

    fn sign_prefix(&self, negative: bool) -> &'static [u8] {
        if negative {
            b"-"
        } else if self.plus {
            b"+"
        } else if self.space {
            b" "
        } else {
            b""
        }
    }
}

/// Appends `prefix` and `body`, padded to the width; zeros go between the two.
fn append_padded(
    output: &mut Vec<u8>,
    conversion: &Conversion,
    zeros: bool,
    prefix: &[u8],
    body: &[u8],
) {
    let missing = conversion.width.saturating_sub(prefix.len() + body.len());
    let pad = |output: &mut Vec<u8>, byte| output.resize(output.len() + missing, byte);
    if conversion.left {
        output.extend_from_slice(prefix);
        output.extend_from_slice(body);
        pad(output, b' ');
    } else if zeros {
        output.extend_from_slice(prefix);
        pad(output, b'0');
        output.extend_from_slice(body);
    } else {
        pad(output, b' ');
        output.extend_from_slice(prefix);
        output.extend_from_slice(body);
    }
}

/// Appends a number as `tostring` writes it: whole numbers of at most 14 digits plainly, others as `%.14g`.
pub fn append_number(output: &mut Vec<u8>, value: f64) {
    let whole = value as i64;
    if whole as f64 == value
        && whole.unsigned_abs() < 100_000_000_000_000
        && !(whole == 0 && value.is_sign_negative())
    {
        append_integer(output, whole);
        return;
    }
    let conversion = Conversion {
        precision: Some(14),
        ..Conversion::of_kind(ConversionKind::General)
    };
    append_double(output, &conversion, value);
}

/// Appends a whole number in decimal.
pub fn append_integer(output: &mut Vec<u8>, value: i64) {
    let mut digits = [0; 20];
    let mut position = digits.len();
    let mut rest = value.unsigned_abs();
    loop {
        position -= 1;
        digits[position] = b'0' + (rest % 10) as u8;
        rest /= 10;
        if rest == 0 {
            break;
        }
    }
    if value < 0 {
        output.push(b'-');
    }
    output.extend_from_slice(&digits[position..]);
}

/// The integer that `%d` writes for a double: truncated; what does not fit gives the smallest integer, as the
/// conversion instruction of x64 does on every platform that LuaJIT games know.
#[must_use]
pub fn signed_of_double(value: f64) -> i64 {
    if (-9_223_372_036_854_775_808.0..9_223_372_036_854_775_808.0).contains(&value) {
        value as i64
    } else {
        i64::MIN
    }
}

/// The integer that `%u`, `%x` and `%o` write for a double; negative numbers wrap around.
#[must_use]
pub fn unsigned_of_double(value: f64) -> u64 {
    if value >= 9_223_372_036_854_775_808.0 {
        signed_of_double(value - 18_446_744_073_709_551_616.0) as u64
    } else {
        signed_of_double(value) as u64
    }
}

/// Appends a double under any numeric conversion.
pub fn append_double(output: &mut Vec<u8>, conversion: &Conversion, value: f64) {
    match conversion.kind {
        ConversionKind::Signed => append_signed(output, conversion, signed_of_double(value)),
        ConversionKind::Unsigned | ConversionKind::Octal | ConversionKind::Hexadecimal => {
            append_unsigned(output, conversion, unsigned_of_double(value));
        }
        ConversionKind::Character => {
            append_character(output, conversion, signed_of_double(value) as u8)
        }
        _ if !value.is_finite() => append_non_finite(output, conversion, value),
        kind => {
            let prefix = conversion.sign_prefix(value.is_sign_negative());
            let magnitude = value.abs();
            let mut body = match kind {
                ConversionKind::HexadecimalFloat => {
                    return append_hexadecimal_float(output, conversion, prefix, magnitude);
                }
                ConversionKind::Fixed => fixed_digits(conversion, magnitude),
                ConversionKind::Exponent => exponent_digits(conversion, magnitude),
                _ => general_digits(conversion, magnitude),
            };
            if conversion.upper_case {
                body.make_ascii_uppercase();
            }
            append_padded(output, conversion, conversion.zero, prefix, &body);
        }
    }
}

fn append_non_finite(output: &mut Vec<u8>, conversion: &Conversion, value: f64) {
    let (prefix, name): (&[u8], &[u8]) = if value.is_nan() {
        (if conversion.space { b" " } else { b"" }, b"nan")
    } else {
        (conversion.sign_prefix(value < 0.0), b"inf")
    };
    let name = if conversion.upper_case {
        name.to_ascii_uppercase()
    } else {
        name.to_vec()
    };
    append_padded(output, conversion, false, prefix, &name);
}

fn fixed_digits(conversion: &Conversion, magnitude: f64) -> Vec<u8> {
    let precision = conversion.precision.unwrap_or(6);
    let mut body = format!("{magnitude:.precision$}").into_bytes();
    // The standard library rounds exact ties to even, LuaJIT rounds them up. A tie is a sum of powers of two
    // that ends just one digit further, which only so many digits can be.
    let mut longer = Vec::new();
    let _ = write!(longer, "{magnitude:.*}", precision + 1);
    if is_exact_tie(&longer, magnitude) {
        longer.pop();
        if longer.last() == Some(&b'.') {
            longer.pop();
        }
        increment_decimal(&mut longer);
        body = longer;
    }
    if conversion.alternate && precision == 0 {
        body.push(b'.');
    }
    body
}

/// Whether `digits`, the rounded text of `magnitude` with one digit more than wanted, ends in an exact half.
fn is_exact_tie(digits: &[u8], magnitude: f64) -> bool {
    let mantissa_end = digits
        .iter()
        .position(|&byte| byte == b'e')
        .unwrap_or(digits.len());
    if mantissa_end == 0 || digits[mantissa_end - 1] != b'5' {
        return false;
    }
    // Reading the text back is a cheap necessary condition; the exact expansion decides.
    let Ok(text) = std::str::from_utf8(digits) else {
        return false;
    };
    if text.parse() != Ok(magnitude) {
        return false;
    }
    let exact = format!("{magnitude:.1100}");
    let significant = |text: &str| {
        let mantissa = text.split('e').next().unwrap_or("");
        let digits: String = mantissa.chars().filter(|c| *c != '.').collect();
        digits.trim_matches('0').to_owned()
    };
    significant(&exact) == significant(text)
}

/// Adds one to the last digit of a decimal text; answers whether a new first digit was needed.
fn increment_decimal(text: &mut Vec<u8>) -> bool {
    for byte in text.iter_mut().rev() {
        match byte {
            b'.' => {}
            b'9' => *byte = b'0',
            _ => {
                *byte += 1;
                return false;
            }
        }
    }
    text.insert(0, b'1');
    true
}

/// The decimal digits of `magnitude`, rounded to `count` of them (exact halves up), and the exponent of the
/// first.
fn decimal_digits(magnitude: f64, count: usize) -> (Vec<u8>, i32) {
    let longer = format!("{magnitude:.count$e}");
    let tie = is_exact_tie(longer.as_bytes(), magnitude);
    let text = if tie {
        longer
    } else {
        format!("{magnitude:.*e}", count - 1)
    };
    let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    let mut exponent = exponent.parse().unwrap_or(0);
    let mut digits: Vec<u8> = mantissa.bytes().filter(|&byte| byte != b'.').collect();
    digits.truncate(count);
    if tie && increment_decimal(&mut digits) {
        digits.pop();
        exponent += 1;
    }
    (digits, exponent)
}

fn append_exponent(body: &mut Vec<u8>, exponent: i32) {
    // Writing to a vector cannot fail.
    let sign = if exponent < 0 { '-' } else { '+' };
    let _ = write!(body, "e{sign}{:02}", exponent.unsigned_abs());
}

fn exponent_digits(conversion: &Conversion, magnitude: f64) -> Vec<u8> {
    let precision = conversion.precision.unwrap_or(6);
    let (digits, exponent) = decimal_digits(magnitude, precision + 1);
    let mut body = vec![digits[0]];
    if precision > 0 || conversion.alternate {
        body.push(b'.');
    }
    body.extend_from_slice(&digits[1..]);
    append_exponent(&mut body, exponent);
    body
}

fn general_digits(conversion: &Conversion, magnitude: f64) -> Vec<u8> {
    let precision = conversion.precision.unwrap_or(6).max(1);
    let (mut digits, exponent) = decimal_digits(magnitude, precision);
    let mut body = Vec::with_capacity(precision + 8);
    let keep_zeros = conversion.alternate;
    let scientific = exponent < -4 || exponent >= precision as i32;
    // Digits before the point: one in scientific notation, else as many as the exponent says.
    let whole_digit_count = if scientific {
        1
    } else {
        (exponent + 1).max(0) as usize
    };
    if !scientific && exponent < 0 {
        let mut leading = vec![b'0'; exponent.unsigned_abs() as usize - 1];
        leading.append(&mut digits);
        digits = leading;
        body.push(b'0');
    }
    if !keep_zeros {
        while digits.len() > whole_digit_count && digits.last() == Some(&b'0') {
            digits.pop();
        }
    }
    body.extend_from_slice(&digits[..whole_digit_count]);
    if digits.len() > whole_digit_count || keep_zeros {
        body.push(b'.');
        body.extend_from_slice(&digits[whole_digit_count..]);
    }
    if scientific {
        append_exponent(&mut body, exponent);
    }
    body
}

fn append_hexadecimal_float(
    output: &mut Vec<u8>,
    conversion: &Conversion,
    sign: &[u8],
    magnitude: f64,
) {
    let (mut mantissa, exponent) = normalized_parts(magnitude);
    let mut digit_count = 13; // 52 bits of fraction
    if let Some(precision) = conversion.precision {
        if precision < 13 {
            // Round half up on the magnitude; a carry may make the first digit 2, as in LuaJIT.
            let dropped_bits = 4 * (13 - precision as u32);
            mantissa = (mantissa + (1 << (dropped_bits - 1))) >> dropped_bits << dropped_bits;
        }
        digit_count = precision;
    } else {
        while digit_count > 0 && (mantissa >> (4 * (13 - digit_count))) & 15 == 0 {
            digit_count -= 1;
        }
    }
    let mut body = vec![b'0' + (mantissa >> 52) as u8];
    if digit_count > 0 || conversion.alternate {
        body.push(b'.');
    }
    for index in 0..digit_count {
        let nibble = if index < 13 {
            (mantissa >> (48 - 4 * index)) & 15
        } else {
            0
        };
        body.push(b"0123456789abcdef"[nibble as usize]);
    }
    let exponent_sign = if exponent < 0 { '-' } else { '+' };
    let _ = write!(body, "p{exponent_sign}{}", exponent.unsigned_abs());
    let mut prefix = sign.to_vec();
    prefix.extend_from_slice(b"0x");
    if conversion.upper_case {
        body.make_ascii_uppercase();
        prefix.make_ascii_uppercase();
    }
    append_padded(output, conversion, conversion.zero, &prefix, &body);
}

/// Mantissa with its leading one at bit 52 (zero for zero), and the binary exponent.
fn normalized_parts(magnitude: f64) -> (u64, i32) {
    let bits = magnitude.to_bits();
    let fraction = bits & 0x000f_ffff_ffff_ffff;
    let biased_exponent = (bits >> 52) as i32;
    if biased_exponent != 0 {
        (fraction | 1 << 52, biased_exponent - 1023)
    } else if fraction == 0 {
        (0, 0)
    } else {
        let shift = fraction.leading_zeros() - 11;
        (fraction << shift, -1022 - shift as i32)
    }
}

/// Appends a signed integer under `%d`.
pub fn append_signed(output: &mut Vec<u8>, conversion: &Conversion, value: i64) {
    let digits = if value == 0 {
        Vec::new()
    } else {
        value.unsigned_abs().to_string().into_bytes()
    };
    append_integer_digits(
        output,
        conversion,
        conversion.sign_prefix(value < 0),
        digits,
    );
}

/// Appends an unsigned integer under `%u`, `%x`, `%X` or `%o`.
pub fn append_unsigned(output: &mut Vec<u8>, conversion: &Conversion, value: u64) {
    let mut prefix: &[u8] = b"";
    let mut digits = match conversion.kind {
        _ if value == 0 => String::new(),
        ConversionKind::Octal if conversion.alternate => format!("0{value:o}"),
        ConversionKind::Octal => format!("{value:o}"),
        ConversionKind::Hexadecimal => {
            if conversion.alternate {
                prefix = if conversion.upper_case { b"0X" } else { b"0x" };
            }
            format!("{value:x}")
        }
        _ => value.to_string(),
    }
    .into_bytes();
    if conversion.upper_case {
        digits.make_ascii_uppercase();
    }
    append_integer_digits(output, conversion, prefix, digits);
}

/// `digits` is empty for zero.
fn append_integer_digits(
    output: &mut Vec<u8>,
    conversion: &Conversion,
    prefix: &[u8],
    mut digits: Vec<u8>,
) {
    let shows_zero = conversion.precision != Some(0)
        || (conversion.kind == ConversionKind::Octal && conversion.alternate);
    if digits.is_empty() && shows_zero {
        digits.push(b'0');
    }
    let leading_zeros = conversion
        .precision
        .unwrap_or(0)
        .saturating_sub(digits.len());
    digits.splice(0..0, std::iter::repeat_n(b'0', leading_zeros));
    // A precision switches zero padding off, as in C.
    let zeros = conversion.zero && conversion.precision.is_none();
    append_padded(output, conversion, zeros, prefix, &digits);
}

/// Appends one byte under `%c`.
pub fn append_character(output: &mut Vec<u8>, conversion: &Conversion, byte: u8) {
    append_padded(output, conversion, false, b"", &[byte]);
}

/// Appends a text under `%s`.
pub fn append_text(output: &mut Vec<u8>, conversion: &Conversion, text: &[u8]) {
    let end = conversion
        .precision
        .map_or(text.len(), |limit| limit.min(text.len()));
    append_padded(output, conversion, false, b"", &text[..end]);
}

/// Appends a text under `%q`: a literal that reads back as the same bytes.
pub fn append_quoted(output: &mut Vec<u8>, text: &[u8]) {
    output.push(b'"');
    for (position, &byte) in text.iter().enumerate() {
        match byte {
            b'"' | b'\\' | b'\n' => output.extend_from_slice(&[b'\\', byte]),
            _ if byte.is_ascii_control() => {
                // A digit that follows would be read as part of the escape.
                let digit_follows = text.get(position + 1).is_some_and(u8::is_ascii_digit);
                let width = if digit_follows { 3 } else { 0 };
                let _ = write!(output, "\\{byte:0width$}");
            }
            _ => output.push(byte),
        }
    }
    output.push(b'"');
}

/// Appends an address under `%p` and in `tostring(table)`: at least eight hexadecimal digits.
pub fn append_address(output: &mut Vec<u8>, address: u64) {
    if address == 0 {
        output.extend_from_slice(b"NULL");
    } else {
        let high_bytes = 4 - (address >> 32).leading_zeros().saturating_sub(32) / 8;
        let width = 8 + 2 * high_bytes as usize;
        let _ = write!(output, "0x{address:0width$x}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(value: f64) -> String {
        let mut output = Vec::new();
        append_number(&mut output, value);
        String::from_utf8(output).unwrap()
    }

    #[test]
    fn prints_numbers_as_luajit() {
        let cases = [
            (1e15, "1e+15"),
            (1e14, "1e+14"),
            (123_456_789_012_345.0, "1.2345678901235e+14"),
            (99_999_999_999_999.0, "99999999999999"),
            (9_007_199_254_740_992.0, "9.007199254741e+15"),
            (-0.0, "-0"),
            (f64::NAN, "nan"),
            (-f64::NAN, "nan"),
            (f64::INFINITY, "inf"),
            (f64::NEG_INFINITY, "-inf"),
            (5e-324, "4.9406564584125e-324"),
            (1.0 / 3.0, "0.33333333333333"),
            (1e-5, "1e-05"),
            (123_456.789e3, "123456789"),
            (99_999_999_999_999.5, "1e+14"),
            (0.1, "0.1"),
            (-3.0, "-3"),
        ];
        for (value, expected) in cases {
            assert_eq!(number(value), expected);
        }
    }

    fn format_double(format: &[u8], value: f64) -> Vec<u8> {
        let mut output = Vec::new();
        for piece in FormatReader::new(format) {
            match piece {
                Piece::Literal(bytes) => output.extend_from_slice(bytes),
                Piece::Conversion(conversion) => append_double(&mut output, &conversion, value),
                Piece::Invalid(bytes) => {
                    output.extend_from_slice(b"invalid ");
                    output.extend_from_slice(bytes);
                }
            }
        }
        output
    }

    /// Lines of `format TAB bits TAB expected`, written down from LuaJIT.
    #[test]
    fn formats_as_luajit() {
        let recorded;
        let cases = match std::env::var("RLOVE_FORMAT_CASES") {
            Ok(path) => {
                recorded = std::fs::read_to_string(path).unwrap();
                recorded.as_str()
            }
            Err(_) => include_str!("../../tests/data/number_format.tsv"),
        };
        let mut count = 0;
        for line in cases.lines() {
            let mut fields = line.split('\t');
            let format = fields.next().unwrap();
            let bits = u64::from_str_radix(fields.next().unwrap(), 16).unwrap();
            let expected = fields.next().unwrap();
            let output = format_double(format.as_bytes(), f64::from_bits(bits));
            assert_eq!(String::from_utf8_lossy(&output), expected, "{line}");
            count += 1;
        }
        assert!(count > 100);
    }

    #[test]
    fn names_invalid_options() {
        let cases: [(&str, &str); 9] = [
            ("%y", "%y"),
            ("%", "%"),
            ("%123d", "%123"),
            ("%.100d", "%.100"),
            ("%5%", "%5%"),
            ("%ld", "%l"),
            ("%1$d", "%1$"),
            ("%*d", "%*"),
            ("%-", "%-"),
        ];
        for (format, named) in cases {
            assert_eq!(
                format_double(format.as_bytes(), 1.0),
                format!("invalid {named}").into_bytes()
            );
        }
        assert_eq!(format_double(b"100%% %d%%", 1.0), b"100% 1%");
    }

    #[test]
    fn quotes() {
        let mut output = Vec::new();
        append_quoted(&mut output, b"a\0b\n\r\"\\\x01\x001\x7f9\xc8");
        assert_eq!(output, b"\"a\\0b\\\n\\13\\\"\\\\\\1\\0001\\1279\xc8\"");
    }

    #[test]
    fn addresses_have_eight_digits_or_more() {
        let text = |address| {
            let mut output = Vec::new();
            append_address(&mut output, address);
            String::from_utf8(output).unwrap()
        };
        assert_eq!(text(0), "NULL");
        assert_eq!(text(0x1234), "0x00001234");
        assert_eq!(text(0x7f1a_b332_edb0), "0x7f1ab332edb0");
        assert_eq!(text(0x01_b332_edb0), "0x01b332edb0");
    }

    #[test]
    fn pads_texts() {
        let text = |format: &[u8]| {
            let mut output = Vec::new();
            for piece in FormatReader::new(format) {
                match piece {
                    Piece::Conversion(conversion) => append_text(&mut output, &conversion, b"abc"),
                    Piece::Literal(bytes) | Piece::Invalid(bytes) => {
                        output.extend_from_slice(bytes)
                    }
                }
            }
            String::from_utf8(output).unwrap()
        };
        assert_eq!(text(b"%5s|%-5s|%.2s|%05.1s|"), "  abc|abc  |ab|    a|");
    }
}
