//! From text to number, by LuaJIT's rules: literals of the source, `tonumber`, and strings used as numbers.
//!
//! ```text
//! 12  .5  5.  1e3  0xff  0x.8p1  0b101          both
//! 12LL  12ULL  12i                              literals only: parse_literal
//! " 12 "  "-5"  "inf"  "nan"                    strings only in effect: a literal begins with a digit or a point
//! ```
//!
//! Every conversion is exact and rounded to nearest, ties to even, also for hexadecimal fractions and denormals.
//! Exponents of 2^20 and more are malformed, as in LuaJIT. `_` separators are the lexer's matter: text with
//! `_` is malformed here, and `tonumber("1_0")` is nil.
//!
//! Not here: C literals (octal, `12u`) as in FFI declarations; formatting numbers.

/// A numeric literal of the source.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Number {
    /// An ordinary Lua number.
    Float(f64),
    /// `12LL`
    Integer64(i64),
    /// `12ULL`
    Unsigned64(u64),
    /// `12i`
    Imaginary(f64),
}

/// Exponents, and counts of digits behind the point, from here on are malformed.
const EXPONENT_LIMIT: i64 = 1 << 20;

/// Whether `byte` is white space to Lua.
pub(super) fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b'\x0b' | b'\x0c' | b'\r')
}

/// The number that `text` stands for, as `tonumber(text)` and arithmetic on strings see it. White space around it is ignored.
///
/// Takes `inf`, `infinity` and `nan` in any case with an optional sign; the sign of a NaN is dropped.
pub fn parse_number(text: &[u8]) -> Option<f64> {
    match parse_literal(text)? {
        Number::Float(value) => Some(value),
        _ => None,
    }
}

/// The number that the literal `text` stands for: [`parse_number`] with the suffixes `LL`, `ULL`, `LLU` and `i`.
pub fn parse_literal(text: &[u8]) -> Option<Number> {
    let start = text.iter().position(|&byte| !is_space(byte))?;
    let end = text.iter().rposition(|&byte| !is_space(byte))? + 1;
    let mut digits = &text[start..end];
    let mut is_negative = false;
    if let [sign @ (b'+' | b'-'), rest @ ..] = digits {
        is_negative = *sign == b'-';
        digits = rest;
    }
    if digits.first().is_some_and(|&byte| byte >= b'A') {
        return parse_non_finite(digits, is_negative).map(Number::Float);
    }
    match digits {
        [b'0', b'x' | b'X', rest @ ..] => parse_based(rest, 16, is_negative),
        [b'0', b'b' | b'B', rest @ ..] => parse_based(rest, 2, is_negative),
        _ => parse_decimal(digits, is_negative),
    }
}

/// The integer that `text` stands for in `radix`, as `tonumber(text, radix)` does it for a radix other than 10.
///
/// White space around it, a sign and, in radix 16, a `0x` are allowed. Values over 2^64 - 1 become 2^64 - 1 (as with C's `strtoul`).
/// `None` if it is not a number or the radix is outside of 2 to 36.
pub fn parse_integer_in_radix(text: &[u8], radix: u32) -> Option<f64> {
    if !(2..=36).contains(&radix) {
        return None;
    }
    // C strings end at a zero byte.
    let text = super::chunk_name::until_zero(text);
    let start = text.iter().position(|&byte| !is_space(byte))?;
    let end = text.iter().rposition(|&byte| !is_space(byte))? + 1;
    let mut digits = &text[start..end];
    let mut is_negative = false;
    if let [sign @ (b'+' | b'-'), rest @ ..] = digits {
        is_negative = *sign == b'-';
        digits = rest;
    }
    if let ([b'0', b'x' | b'X', rest @ ..], 16) = (digits, radix) {
        digits = rest;
    }
    if digits.is_empty() {
        return None;
    }
    let mut value: u64 = 0;
    for &byte in digits {
        let digit = u64::from(char::from(byte).to_digit(radix)?);
        value = value.saturating_mul(u64::from(radix)).saturating_add(digit);
    }
    let value = value as f64;
    Some(if is_negative { -value } else { value })
}

fn parse_non_finite(text: &[u8], is_negative: bool) -> Option<f64> {
    if text.eq_ignore_ascii_case(b"inf") || text.eq_ignore_ascii_case(b"infinity") {
        Some(if is_negative {
            f64::NEG_INFINITY
        } else {
            f64::INFINITY
        })
    } else if text.len() >= 3 && text[..3].eq_ignore_ascii_case(b"nan") && text.len() == 3 {
        Some(f64::NAN)
    } else {
        None
    }
}

/// What stands behind the digits.
#[derive(Clone, Copy, PartialEq)]
enum Suffix {
    None,
    Integer64,
    Unsigned64,
    Imaginary,
}

/// The suffix that `text` is, if it may follow a number which `is_integral` (has neither point nor exponent).
fn parse_suffix(text: &[u8], is_integral: bool) -> Option<Suffix> {
    if text.is_empty() {
        Some(Suffix::None)
    } else if text.eq_ignore_ascii_case(b"i") {
        Some(Suffix::Imaginary)
    } else if is_integral && text.eq_ignore_ascii_case(b"ll") {
        Some(Suffix::Integer64)
    } else if is_integral
        && (text.eq_ignore_ascii_case(b"ull") || text.eq_ignore_ascii_case(b"llu"))
    {
        Some(Suffix::Unsigned64)
    } else {
        None
    }
}

/// A number from the value of its digits as integer and as float, whichever the suffix asks for.
fn with_suffix(
    suffix: Suffix,
    is_negative: bool,
    integer: Option<u64>,
    float: f64,
) -> Option<Number> {
    let signed_integer = |value: u64| {
        if is_negative {
            value.wrapping_neg()
        } else {
            value
        }
    };
    let signed_float = if is_negative { -float } else { float };
    Some(match suffix {
        Suffix::None => Number::Float(signed_float),
        Suffix::Imaginary => Number::Imaginary(signed_float),
        // The bits are kept: 18446744073709551615LL is -1LL.
        Suffix::Integer64 => Number::Integer64(signed_integer(integer?) as i64),
        Suffix::Unsigned64 => Number::Unsigned64(signed_integer(integer?)),
    })
}

/// The exponent behind an `e` or `p`, and what follows it.
fn parse_exponent(text: &[u8]) -> Option<(i64, &[u8])> {
    let (is_negative, text) = match text {
        [b'-', rest @ ..] => (true, rest),
        [b'+', rest @ ..] => (false, rest),
        _ => (false, text),
    };
    let length = text.iter().take_while(|byte| byte.is_ascii_digit()).count();
    if length == 0 {
        return None;
    }
    let mut exponent: i64 = 0;
    for &digit in &text[..length] {
        exponent = exponent * 10 + i64::from(digit - b'0');
        if exponent >= EXPONENT_LIMIT {
            return None;
        }
    }
    Some((
        if is_negative { -exponent } else { exponent },
        &text[length..],
    ))
}

/// Digits with at most one point among them.
struct Mantissa<'text> {
    /// The digits and the point.
    digits: &'text [u8],
    /// How many digits stand behind the point.
    fraction_digits: usize,
    has_point: bool,
    rest: &'text [u8],
}

fn scan_mantissa(text: &[u8], is_digit: impl Fn(u8) -> bool) -> Option<Mantissa<'_>> {
    let mut point = None;
    let mut length = 0;
    for &byte in text {
        if byte == b'.' {
            if point.is_some() {
                return None;
            }
            point = Some(length);
        } else if !is_digit(byte) {
            break;
        }
        length += 1;
    }
    if length == usize::from(point.is_some()) {
        return None;
    }
    let digits = &text[..length];
    let fraction_digits = match point {
        None => 0,
        Some(position) => {
            let fraction = &digits[position + 1..];
            let trailing_zeros = fraction
                .iter()
                .rev()
                .take_while(|&&digit| digit == b'0')
                .count();
            if (fraction.len() - trailing_zeros) as i64 >= EXPONENT_LIMIT {
                return None;
            }
            fraction.len()
        }
    };
    Some(Mantissa {
        digits,
        fraction_digits,
        has_point: point.is_some(),
        rest: &text[length..],
    })
}

fn parse_decimal(text: &[u8], is_negative: bool) -> Option<Number> {
    let mantissa = scan_mantissa(text, |byte| byte.is_ascii_digit())?;
    let mut is_integral = !mantissa.has_point;
    let mut rest = mantissa.rest;
    if let [b'e' | b'E', exponent @ ..] = rest {
        (_, rest) = parse_exponent(exponent)?;
        is_integral = false;
    }
    let suffix = parse_suffix(rest, is_integral)?;
    let number_text = &text[..text.len() - rest.len()];
    let integer = if is_integral {
        decimal_integer(number_text)
    } else {
        None
    };
    let float = match integer {
        Some(value) if value <= 1 << 53 => value as f64,
        // Digits, a point and an exponent are Rust's syntax too, and its conversion is exact.
        _ => std::str::from_utf8(number_text).ok()?.parse().ok()?,
    };
    with_suffix(suffix, is_negative, integer, float)
}

fn decimal_integer(digits: &[u8]) -> Option<u64> {
    digits.iter().try_fold(0u64, |value, &digit| {
        value
            .checked_mul(10)?
            .checked_add(u64::from(digit.wrapping_sub(b'0')))
    })
}

fn parse_based(text: &[u8], radix: u32, is_negative: bool) -> Option<Number> {
    // LuaJIT scans decimal digits after 0b and rejects those over 1.
    let mantissa = scan_mantissa(text, |byte| char::from(byte).is_digit(radix.max(10)))?;
    let mut is_integral = !mantissa.has_point;
    let mut rest = mantissa.rest;
    let mut exponent: i64 = 0;
    if radix == 16 {
        if let [b'p' | b'P', exponent_text @ ..] = rest {
            (exponent, rest) = parse_exponent(exponent_text)?;
            is_integral = false;
        }
    } else if mantissa.has_point {
        return None;
    }
    let suffix = parse_suffix(rest, is_integral)?;
    let digit_bits = radix.ilog2();
    let mut value: u64 = 0;
    let mut is_whole = true;
    for &byte in mantissa.digits.iter().filter(|&&byte| byte != b'.') {
        let digit = u64::from(char::from(byte).to_digit(radix)?);
        if value.leading_zeros() >= digit_bits {
            value = value << digit_bits | digit;
        } else {
            // No room: only whether anything follows matters to rounding.
            value |= u64::from(digit != 0);
            exponent += i64::from(digit_bits);
            is_whole = false;
        }
    }
    if radix == 2 && !is_whole {
        return None;
    }
    exponent -= mantissa.fraction_digits as i64 * i64::from(digit_bits);
    let integer = (is_integral && is_whole).then_some(value);
    with_suffix(suffix, is_negative, integer, scale(value, exponent))
}

/// `mantissa` · 2^`exponent`, rounded once to nearest, ties to even. The lowest bit of a mantissa over 2^60 may stand for
/// any number of further bits.
fn scale(mantissa: u64, exponent: i64) -> f64 {
    if mantissa == 0 {
        return 0.0;
    }
    let bits = 64 - i64::from(mantissa.leading_zeros());
    // Exponent of the lowest bit that the result can hold: 53 bits, fewer when denormal.
    let lowest = (bits + exponent - 53).max(-1074);
    let dropped = lowest - exponent;
    if bits + exponent > 1025 {
        return f64::INFINITY;
    }
    if dropped > 64 {
        return 0.0;
    }
    let kept = if dropped <= 0 {
        // Fits without rounding: at most 53 bits, shifted up by no more than 52 + 11.
        u128::from(mantissa) << (-dropped).min(63)
    } else {
        let wide = u128::from(mantissa);
        let half = 1u128 << (dropped - 1);
        let remainder = wide & ((1u128 << dropped) - 1);
        let floor = wide >> dropped;
        let rounds_up = remainder > half || remainder == half && floor & 1 == 1;
        floor + u128::from(rounds_up)
    };
    // kept < 2^54 is exact as a float, and so is the product unless it overflows to infinity, as it should.
    let kept = kept as f64;
    // 2^lowest may itself be denormal or, for kept = 2^53, too large by one step: two factors stay exact.
    let low_half = lowest / 2;
    kept * power_of_two(low_half) * power_of_two(lowest - low_half)
}

/// 2^`exponent` for |exponent| < 1022.
fn power_of_two(exponent: i64) -> f64 {
    f64::from_bits(((exponent + 1023).clamp(1, 2046) as u64) << 52)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Expected bits: `string.format("%a", tonumber(text))` in LuaJIT, written as Rust values.
    #[test]
    fn tonumber_as_in_luajit() {
        let cases: &[(&str, Option<f64>)] = &[
            ("0", Some(0.0)),
            ("10", Some(10.0)),
            (" \t\n10 \r", Some(10.0)),
            ("-5", Some(-5.0)),
            ("+5", Some(5.0)),
            ("- 5", None),
            ("", None),
            (" ", None),
            (".", None),
            ("5.", Some(5.0)),
            (".5", Some(0.5)),
            ("1e3", Some(1000.0)),
            ("1E-3", Some(0.001)),
            ("1e", None),
            ("1e+", None),
            ("1e1048575", Some(f64::INFINITY)),
            ("1e1048576", None),
            ("0e1048576", None),
            ("1..2", None),
            ("0x10", Some(16.0)),
            ("0X1F", Some(31.0)),
            ("0x", None),
            ("0x.", None),
            ("0xp1", None),
            ("0x.8", Some(0.5)),
            ("0x1p4", Some(16.0)),
            ("0x1p-1074", Some(5e-324)),
            ("0x1p-1075", Some(0.0)),
            ("0x1.8p-1075", Some(5e-324)),
            ("0x3p-1075", Some(1e-323)),
            ("0x1.fffffffffffffp1023", Some(f64::MAX)),
            ("0x1.fffffffffffff7p1023", Some(f64::MAX)),
            ("0x1.fffffffffffff8p1023", Some(f64::INFINITY)),
            ("0x1p1024", Some(f64::INFINITY)),
            ("0x20000000000001", Some(9007199254740992.0)),
            ("0x20000000000003", Some(9007199254740996.0)),
            (
                "0x200000000000010000000000000001",
                Some(f64::from_bits(0x4740000000000001)),
            ),
            ("0xffffffffffffffff", Some(18446744073709551616.0)),
            ("-0x10", Some(-16.0)),
            ("0b101", Some(5.0)),
            ("0b2", None),
            ("0b", None),
            ("0b1.1", None),
            ("inf", Some(f64::INFINITY)),
            ("-Infinity", Some(f64::NEG_INFINITY)),
            ("infinit", None),
            ("1LL", None),
            ("1i", None),
            ("1_0", None),
            ("1 2", None),
            ("1\0", None),
            ("2.2250738585072011e-308", Some(2.225073858507201e-308)),
            (
                "123456789012345678901234567890",
                Some(1.2345678901234568e29),
            ),
        ];
        for (text, expected) in cases {
            assert_eq!(parse_number(text.as_bytes()), *expected, "{text:?}");
        }
        assert!(parse_number(b"-nan").is_some_and(f64::is_nan));
        assert!(parse_number(b"-0").is_some_and(|zero| zero == 0.0 && zero.is_sign_negative()));
    }

    #[test]
    fn literals_with_suffixes() {
        let cases: &[(&str, Option<Number>)] = &[
            ("1LL", Some(Number::Integer64(1))),
            ("1ll", Some(Number::Integer64(1))),
            ("18446744073709551615LL", Some(Number::Integer64(-1))),
            ("18446744073709551616LL", None),
            ("0xffffffffffffffffULL", Some(Number::Unsigned64(u64::MAX))),
            ("0x1ffffffffffffffffULL", None),
            ("7LLU", Some(Number::Unsigned64(7))),
            ("0b11LL", Some(Number::Integer64(3))),
            ("1.0LL", None),
            ("1e1LL", None),
            ("4i", Some(Number::Imaginary(4.0))),
            ("0x1p1I", Some(Number::Imaginary(2.0))),
            ("12u", None),
            ("12ul", None),
            ("12l", None),
            ("3x", None),
        ];
        for (text, expected) in cases {
            assert_eq!(parse_literal(text.as_bytes()), *expected, "{text:?}");
        }
    }

    #[test]
    fn radix_conversion_as_in_luajit() {
        let cases: &[(&str, u32, Option<f64>)] = &[
            ("99", 36, Some(333.0)),
            ("zZ", 36, Some(1295.0)),
            ("0xff", 16, Some(255.0)),
            ("0x", 16, None),
            (" -ff ", 16, Some(-255.0)),
            ("fffffffffffffffffffff", 16, Some(18446744073709551615.0)),
            ("102", 2, None),
            ("", 2, None),
            ("-", 2, None),
            ("1.5", 8, None),
            ("10", 1, None),
            ("10", 37, None),
        ];
        for (text, radix, expected) in cases {
            assert_eq!(
                parse_integer_in_radix(text.as_bytes(), *radix),
                *expected,
                "{text:?} in {radix}"
            );
        }
    }
}
