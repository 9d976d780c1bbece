//! Text of a script to code points, with the errors that LÖVE raises for bytes that are not UTF-8.
//!
//! Lua strings are bytes, so text may be anything. LÖVE tells three faults apart: a sequence cut off by the end of
//! the string ("Not enough space"), bytes that form no sequence or a longer one than needed ("Invalid UTF-8"), and
//! sequences of a number that is no character, as surrogates ("Invalid code point"). Example:
//! `codepoints(b"\xff")` is `Err("UTF-8 decoding error: Invalid UTF-8")`.
//!
//! What it does not do: normalisation, grapheme clusters, repairing.

use super::FontError;

/// All code points of the text.
pub fn codepoints(text: &[u8]) -> Result<Vec<u32>, FontError> {
    let mut decoded = Vec::with_capacity(text.len());
    let mut rest = text;
    while !rest.is_empty() {
        let (codepoint, length) = first(rest)?;
        decoded.push(codepoint);
        rest = &rest[length..];
    }
    Ok(decoded)
}

/// The first code point; an empty text is an error too.
pub fn first_codepoint(text: &[u8]) -> Result<u32, FontError> {
    first(text).map(|(codepoint, _)| codepoint)
}

/// The text of code points; those that are no characters are left out.
pub fn encode(codepoints: &[u32]) -> String {
    codepoints
        .iter()
        .filter_map(|codepoint| char::from_u32(*codepoint))
        .collect()
}

fn failure(reason: &str) -> FontError {
    FontError::new(format!("UTF-8 decoding error: {reason}"))
}

fn first(text: &[u8]) -> Result<(u32, usize), FontError> {
    let Some(lead) = text.first().copied() else {
        return Err(failure("Not enough space"));
    };
    let (length, mut codepoint, smallest) = match lead {
        0..=0x7f => return Ok((u32::from(lead), 1)),
        0xc0..=0xdf => (2, u32::from(lead & 0x1f), 0x80),
        0xe0..=0xef => (3, u32::from(lead & 0x0f), 0x800),
        0xf0..=0xf7 => (4, u32::from(lead & 0x07), 0x1_0000),
        _ => return Err(failure("Invalid UTF-8")),
    };
    for index in 1..length {
        match text.get(index) {
            None => return Err(failure("Not enough space")),
            Some(trail @ 0x80..=0xbf) => codepoint = (codepoint << 6) | u32::from(trail & 0x3f),
            Some(_) => return Err(failure("Invalid UTF-8")),
        }
    }
    if char::from_u32(codepoint).is_none() {
        Err(failure("Invalid code point"))
    } else if codepoint < smallest {
        Err(failure("Invalid UTF-8"))
    } else {
        Ok((codepoint, length))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn characters_of_every_length() {
        assert_eq!(
            codepoints("aé€😀\0".as_bytes()),
            Ok(vec![0x61, 0xe9, 0x20ac, 0x1f600, 0])
        );
        assert_eq!(encode(&[0x61, 0xe9, 0xd800, 0x1f600]), "aé😀");
    }

    // The sentences as LÖVE prints them for font:getWidth.
    #[test]
    fn faults_are_told_apart() {
        for (text, reason) in [
            (&b"a\xff"[..], "Invalid UTF-8"),
            (b"\x80", "Invalid UTF-8"),
            (b"\xc0\x80", "Invalid UTF-8"),
            (b"\xc3a", "Invalid UTF-8"),
            (b"\xc3", "Not enough space"),
            (b"\xe2\x82", "Not enough space"),
            (b"\xed\xa0\x80", "Invalid code point"),
            (b"\xf7\xbf\xbf\xbf", "Invalid code point"),
        ] {
            let error = codepoints(text).unwrap_err();
            assert_eq!(error.0, format!("UTF-8 decoding error: {reason}"));
        }
    }
}
