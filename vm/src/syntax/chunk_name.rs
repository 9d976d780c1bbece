//! How the name of a chunk appears in messages.
//!
//! A chunk is loaded under a name whose first byte says what the rest is:
//!
//! ```text
//! @main.lua            →  main.lua                     a file; a long path keeps its end: ...ts/game/main.lua
//! =stdin               →  stdin                        shown as it is, cut at the end
//! return 1 + 1         →  [string "return 1 + 1"]      source text: its first line, cut at the end
//! ```
//!
//! The result is at most 59 bytes (LuaJIT's `LUA_IDSIZE` is 60 with the final zero). Names are C strings there, so a
//! zero byte ends them here too.

/// Size of LuaJIT's buffer for a short name, with the final zero.
const SHORT_NAME_SIZE: usize = 60;

/// The short form of `name`, as in `short:line: message` and in `debug.getinfo(f).short_src`.
pub fn short_chunk_name(name: &[u8]) -> Vec<u8> {
    let name = until_zero(name);
    match name.split_first() {
        Some((b'=', rest)) => rest[..rest.len().min(SHORT_NAME_SIZE - 1)].to_vec(),
        Some((b'@', rest)) if rest.len() < SHORT_NAME_SIZE => rest.to_vec(),
        Some((b'@', rest)) => [b"...", &rest[rest.len() - (SHORT_NAME_SIZE - 4)..]].concat(),
        _ => {
            let shown = name
                .iter()
                .take(SHORT_NAME_SIZE - 12)
                .take_while(|&&byte| byte >= b' ')
                .count();
            if shown == name.len() {
                [b"[string \"", name, b"\"]"].concat()
            } else {
                [
                    b"[string \"",
                    &name[..shown.min(SHORT_NAME_SIZE - 15)],
                    b"...\"]",
                ]
                .concat()
            }
        }
    }
}

/// `short:line: message`.
pub fn located_message(chunk_name: &[u8], line: u32, message: &[u8]) -> Vec<u8> {
    let mut located = short_chunk_name(chunk_name);
    located.extend_from_slice(format!(":{line}: ").as_bytes());
    located.extend_from_slice(message);
    located
}

/// `bytes` up to its first zero byte.
pub(super) fn until_zero(bytes: &[u8]) -> &[u8] {
    bytes.split(|&byte| byte == 0).next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Expected values printed by LuaJIT: `print(debug.getinfo(loadstring("", name)).short_src)`.
    #[test]
    fn short_names_are_those_of_luajit() {
        let cases: &[(&[u8], &str)] = &[
            (b"@main.lua", "main.lua"),
            (b"=stdin", "stdin"),
            (b"=", ""),
            (b"@", ""),
            (b"", "[string \"\"]"),
            (b"return 1", "[string \"return 1\"]"),
            (b"return 1\nreturn 2", "[string \"return 1...\"]"),
            (b"\nreturn 2", "[string \"...\"]"),
            (b"\treturn 2", "[string \"...\"]"),
            (b"a\0b", "[string \"a\"]"),
            (
                b"123456789012345678901234567890123456789012345678",
                "[string \"123456789012345678901234567890123456789012345678\"]",
            ),
            (
                b"1234567890123456789012345678901234567890123456789",
                "[string \"123456789012345678901234567890123456789012345...\"]",
            ),
            (
                b"12345678901234567890123456789012345678901234567\n",
                "[string \"123456789012345678901234567890123456789012345...\"]",
            ),
            (
                b"=1234567890123456789012345678901234567890123456789012345678901234567890",
                "12345678901234567890123456789012345678901234567890123456789",
            ),
            (
                b"@12345678901234567890123456789012345678901234567890123456789",
                "12345678901234567890123456789012345678901234567890123456789",
            ),
            (
                b"@123456789012345678901234567890123456789012345678901234567890",
                "...56789012345678901234567890123456789012345678901234567890",
            ),
        ];
        for (name, expected) in cases {
            assert_eq!(
                String::from_utf8_lossy(&short_chunk_name(name)),
                *expected,
                "{:?}",
                String::from_utf8_lossy(name)
            );
        }
    }

    #[test]
    fn a_located_message_has_name_and_line() {
        assert_eq!(located_message(b"@a.lua", 7, b"oops"), b"a.lua:7: oops");
    }
}
