//! UTF-8 as Lua 5.3's `utf8` library reads it, which LÖVE bundles.
//!
//! ```
//! use rlove_vm::library::utf8::{append_code_point, decode};
//! let mut text = Vec::new();
//! append_code_point(&mut text, 0x20ac);
//! assert_eq!(text, "€".as_bytes());
//! assert_eq!(decode(&text), Some((0x20ac, 3)));
//! ```
//!
//! Invariant: as in Lua 5.3, surrogates are accepted and everything above [`LARGEST_CODE_POINT`], overlong forms
//! and stray continuation bytes are not. This is not Rust's idea of UTF-8, so `str` is of no use here.

/// The largest code point that may be encoded.
pub const LARGEST_CODE_POINT: u32 = 0x10_ffff;
/// The pattern that matches one character, `utf8.charpattern`.
pub const CHARACTER_PATTERN: &[u8] = b"[\0-\x7f\xc2-\xf4][\x80-\xbf]*";

/// Whether `byte` continues a character.
#[must_use]
pub fn is_continuation(byte: u8) -> bool {
    byte & 0xc0 == 0x80
}

/// Appends the encoding of a code point up to [`LARGEST_CODE_POINT`].
pub fn append_code_point(output: &mut Vec<u8>, code_point: u32) {
    let continuation = |shift: u32| 0x80 | (code_point >> shift & 0x3f) as u8;
    match code_point {
        0..0x80 => output.push(code_point as u8),
        0x80..0x800 => output.extend_from_slice(&[0xc0 | (code_point >> 6) as u8, continuation(0)]),
        0x800..0x1_0000 => output.extend_from_slice(&[
            0xe0 | (code_point >> 12) as u8,
            continuation(6),
            continuation(0),
        ]),
        _ => output.extend_from_slice(&[
            0xf0 | (code_point >> 18 & 7) as u8,
            continuation(12),
            continuation(6),
            continuation(0),
        ]),
    }
}

/// The first character of `text` and its length in bytes; `None` when it is not well formed.
#[must_use]
pub fn decode(text: &[u8]) -> Option<(u32, usize)> {
    let first = *text.first()?;
    let (length, smallest) = match first {
        0..0x80 => return Some((u32::from(first), 1)),
        0xc0..0xe0 => (2, 0x80),
        0xe0..0xf0 => (3, 0x800),
        0xf0..0xf8 => (4, 0x1_0000),
        _ => return None,
    };
    let mut code_point = u32::from(first) & (0x7f >> length);
    for &byte in text.get(1..length)? {
        if !is_continuation(byte) {
            return None;
        }
        code_point = code_point << 6 | u32::from(byte & 0x3f);
    }
    (smallest..=LARGEST_CODE_POINT)
        .contains(&code_point)
        .then_some((code_point, length))
}

/// A position given by a program, where negative numbers count from the end: zero-based, possibly out of range.
#[must_use]
pub fn relative_position(position: i64, length: usize) -> i64 {
    if position >= 0 {
        position - 1
    } else if position.unsigned_abs() > length as u64 {
        -1
    } else {
        length as i64 + position
    }
}

/// The byte offset (zero-based) of the `count`-th character from `start`, as `utf8.offset` finds it.
///
/// `Err(())` when `start` is within a character, `Ok(None)` when there is no such character.
#[allow(clippy::result_unit_err)]
pub fn offset_of(text: &[u8], count: i64, start: usize) -> Result<Option<usize>, ()> {
    let continues = |position: usize| {
        text.get(position)
            .is_some_and(|&byte| is_continuation(byte))
    };
    let mut position = start;
    if count == 0 {
        while position > 0 && continues(position) {
            position -= 1;
        }
        return Ok(Some(position));
    }
    if continues(position) {
        return Err(());
    }
    let mut missing = count;
    if missing < 0 {
        while missing < 0 && position > 0 {
            position -= 1;
            while position > 0 && continues(position) {
                position -= 1;
            }
            missing += 1;
        }
    } else {
        missing -= 1;
        while missing > 0 && position < text.len() {
            position += 1;
            while continues(position) {
                position += 1;
            }
            missing -= 1;
        }
    }
    Ok((missing == 0).then_some(position))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn encodes_and_decodes_every_length() {
        for code_point in [
            0, 0x7f, 0x80, 0x7ff, 0x800, 0xd800, 0xffff, 0x1_0000, 0x10_ffff,
        ] {
            let mut text = Vec::new();
            append_code_point(&mut text, code_point);
            assert_eq!(decode(&text), Some((code_point, text.len())));
            if let Some(character) = char::from_u32(code_point) {
                assert_eq!(text, character.to_string().as_bytes());
            }
        }
    }

    #[test]
    fn refuses_malformed_text() {
        for text in [
            &b"\x80"[..],
            b"\xc0\x80",
            b"\xc1\xbf",
            b"\xe2\x82",
            b"\xe0\x80\x80",
            b"\xf4\x90\x80\x80",
            b"\xf8\x88\x80\x80\x80",
            b"\xe2a\x80",
            b"",
        ] {
            assert_eq!(decode(text), None, "{text:?}");
        }
    }

    #[test]
    fn finds_offsets() {
        // Expected values from Lua 5.3's utf8.offset, less one.
        let text = "añ€z".as_bytes();
        assert_eq!(offset_of(text, 3, 0), Ok(Some(3)));
        assert_eq!(offset_of(text, 5, 0), Ok(Some(7)));
        assert_eq!(offset_of(text, 6, 0), Ok(None));
        assert_eq!(offset_of(text, -1, 7), Ok(Some(6)));
        assert_eq!(offset_of(text, -2, 7), Ok(Some(3)));
        assert_eq!(offset_of(text, 0, 5), Ok(Some(3)));
        assert_eq!(offset_of(text, 1, 2), Err(()));
    }
}
