//! Base64 and hexadecimal, as lenient as LÖVE's.
//!
//! Decoding passes over characters that do not belong (base64) or counts them as 0 (hexadecimal), and padding may be
//! missing. Example: `decode_base64(b"aGVs\nbG8")` is `b"hello"`.

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// Base64 with a line break after every `line_length` characters (rounded down to groups of four); 0: none.
///
/// LÖVE reserves room for one break per `line_length` characters and cuts off what is beyond, which happens when
/// `line_length` is no multiple of four; games compare such texts, so it is cut off here too.
pub fn encode_base64(raw: &[u8], line_length: usize) -> Vec<u8> {
    let padded = raw.len().div_ceil(3) * 4;
    let breaks = padded.checked_div(line_length).unwrap_or(0);
    let groups_a_line = match line_length {
        0 => usize::MAX,
        length => (length / 4).max(1),
    };
    let mut text = Vec::with_capacity(padded + breaks + 1);
    for (index, group) in raw.chunks(3).enumerate() {
        let bits = group
            .iter()
            .chain([0, 0].iter())
            .take(3)
            .fold(0u32, |bits, byte| (bits << 8) | u32::from(*byte));
        for position in 0..4 {
            text.push(if position <= group.len() {
                ALPHABET[(bits >> (18 - 6 * position)) as usize & 63]
            } else {
                b'='
            });
        }
        if (index + 1) % groups_a_line == 0 {
            text.push(b'\n');
        }
    }
    if line_length > 0 && text.last().is_some_and(|last| *last != b'\n') {
        text.push(b'\n');
    }
    text.truncate(padded + breaks);
    text
}

/// The bytes of a base64 text.
pub fn decode_base64(text: &[u8]) -> Vec<u8> {
    let mut raw = Vec::with_capacity(text.len() / 4 * 3 + 3);
    let (mut bits, mut count) = (0u32, 0);
    for character in text {
        let Some(value) = ALPHABET.iter().position(|known| known == character) else {
            continue;
        };
        bits = (bits << 6) | value as u32;
        count += 1;
        if count == 4 {
            raw.extend_from_slice(&bits.to_be_bytes()[1..]);
            (bits, count) = (0, 0);
        }
    }
    // Two characters left over are one byte, three are two; one says nothing.
    if count > 1 {
        let bits = bits << (6 * (4 - count));
        raw.extend_from_slice(&bits.to_be_bytes()[1..count]);
    }
    raw
}

/// Lower-case hexadecimal digits.
pub fn encode_hexadecimal(raw: &[u8]) -> Vec<u8> {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    raw.iter()
        .flat_map(|byte| {
            [
                DIGITS[usize::from(byte >> 4)],
                DIGITS[usize::from(byte & 15)],
            ]
        })
        .collect()
}

/// The bytes of hexadecimal digits, which may begin with `0x`.
pub fn decode_hexadecimal(text: &[u8]) -> Vec<u8> {
    let digits = match text {
        [b'0', b'x' | b'X', rest @ ..] => rest,
        _ => text,
    };
    let value = |digit: u8| char::from(digit).to_digit(16).unwrap_or(0) as u8;
    digits
        .chunks(2)
        .map(|pair| value(pair[0]) << 4 | pair.get(1).map_or(0, |digit| value(*digit)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    // Expected texts printed by LÖVE.
    #[test]
    fn base64_equals_loves() {
        let text = "hello world, this is LÖVE".as_bytes();
        assert_eq!(
            encode_base64(text, 0),
            b"aGVsbG8gd29ybGQsIHRoaXMgaXMgTMOWVkU="
        );
        assert_eq!(
            encode_base64(text, 10),
            b"aGVsbG8g\nd29ybGQs\nIHRoaXMg\naXMgTMOW\nVkU"
        );
        assert_eq!(encode_base64(b"", 5), b"");
        for (text, raw) in [
            (&b"aGVs\nbG8="[..], &b"hello"[..]),
            (b"aGVsbG8", b"hello"),
            (b"a!Gz*", b"hl"),
            (b"", b""),
            (b"a", b""),
        ] {
            assert_eq!(decode_base64(text), raw);
        }
        let all: Vec<u8> = (0..=255).collect();
        assert_eq!(decode_base64(&encode_base64(&all, 16)), all);
    }

    #[test]
    fn hexadecimal_equals_loves() {
        assert_eq!(encode_hexadecimal(b"\x01\xffz"), b"01ff7a");
        assert_eq!(decode_hexadecimal(b"0x01fFz"), [1, 0xff, 0]);
        assert_eq!(decode_hexadecimal(b"abc"), [0xab, 0xc0]);
    }
}
