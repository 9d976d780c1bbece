//! Shader text → tokens with their lines.
//!
//! ```text
//! "a += 1.5; // note"   →   a  +=  1.5  ;        comments and continued lines are gone
//! ```
//!
//! Numbers keep their text until the parser wants them, because the preprocessor pastes and compares text. A
//! character that the language does not know is a token of its own kind; only the parser complains, since the text may be
//! inside a branch that is left out.

use std::rc::Rc;

/// What a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// A name or keyword.
    Identifier,
    /// A number.
    Number,
    /// An operator or bracket.
    Punctuator,
    /// Nothing that the language knows.
    Invalid,
}

/// A token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    /// What it is.
    pub class: Class,
    /// Its text.
    pub text: Rc<str>,
    /// Its line.
    pub line: u32,
    /// Whether white space comes before it.
    pub spaced: bool,
    /// Whether it is the first of its line.
    pub first: bool,
}

impl Token {
    /// Whether it is this operator or word.
    pub fn is(&self, text: &str) -> bool {
        &*self.text == text && self.class != Class::Number
    }
}

const PUNCTUATORS: [&str; 25] = [
    "<<=", ">>=", "++", "--", "<<", ">>", "<=", ">=", "==", "!=", "&&", "||", "^^", "+=", "-=",
    "*=", "/=", "%=", "&=", "|=", "^=", "##", "//", "/*", "*/",
];

/// The tokens of a text whose first line has the given number.
pub fn tokens(text: &str, first_line: u32) -> Vec<Token> {
    let bytes = text.as_bytes();
    let mut tokens = Vec::new();
    let (mut at, mut line) = (0, first_line);
    let (mut spaced, mut first) = (false, true);
    while at < bytes.len() {
        let rest = &bytes[at..];
        match rest {
            [b'\\', b'\n', ..] => {
                (at, line, spaced) = (at + 2, line + 1, true);
                continue;
            }
            [b'\\', b'\r', b'\n', ..] => {
                (at, line, spaced) = (at + 3, line + 1, true);
                continue;
            }
            [b'\n', ..] => {
                (at, line, spaced, first) = (at + 1, line + 1, true, true);
                continue;
            }
            [b' ' | b'\t' | b'\r' | 0x0b | 0x0c, ..] => {
                (at, spaced) = (at + 1, true);
                continue;
            }
            [b'/', b'/', ..] => {
                at += rest.iter().position(|b| *b == b'\n').unwrap_or(rest.len());
                spaced = true;
                continue;
            }
            [b'/', b'*', ..] => {
                let end = rest[2..].windows(2).position(|pair| pair == b"*/");
                let length = end.map_or(rest.len(), |end| end + 4);
                line += rest[..length].iter().filter(|b| **b == b'\n').count() as u32;
                (at, spaced) = (at + length, true);
                continue;
            }
            _ => {}
        }
        let (class, length) = token_at(rest);
        tokens.push(Token {
            class,
            text: String::from_utf8_lossy(&rest[..length]).into(),
            line,
            spaced,
            first,
        });
        (at, spaced, first) = (at + length, false, false);
    }
    tokens
}

/// Class and length of the token at the start of `rest`, which is not empty.
fn token_at(rest: &[u8]) -> (Class, usize) {
    let is_word = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_';
    match rest[0] {
        b'a'..=b'z' | b'A'..=b'Z' | b'_' => {
            let length = rest.iter().position(|byte| !is_word(byte));
            (Class::Identifier, length.unwrap_or(rest.len()))
        }
        b'0'..=b'9' => (Class::Number, number_length(rest)),
        b'.' if rest.get(1).is_some_and(u8::is_ascii_digit) => (Class::Number, number_length(rest)),
        byte => {
            let known = PUNCTUATORS
                .iter()
                .find(|known| rest.starts_with(known.as_bytes()));
            if let Some(known) = known {
                return (Class::Punctuator, known.len());
            }
            if b"(){}[].,;:?+-*/%<>=!&|^~#".contains(&byte) {
                return (Class::Punctuator, 1);
            }
            let more = rest[1..]
                .iter()
                .take_while(|byte| **byte & 0xc0 == 0x80)
                .count();
            (Class::Invalid, 1 + more)
        }
    }
}

fn number_length(rest: &[u8]) -> usize {
    let mut at = 0;
    let is_hexadecimal = matches!(rest, [b'0', b'x' | b'X', ..]);
    while let Some(byte) = rest.get(at) {
        let is_sign = matches!(byte, b'+' | b'-')
            && !is_hexadecimal
            && at > 0
            && matches!(rest[at - 1], b'e' | b'E');
        if byte.is_ascii_alphanumeric() || *byte == b'.' || is_sign {
            at += 1;
        } else {
            break;
        }
    }
    at
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(text: &str) -> Vec<String> {
        tokens(text, 1)
            .iter()
            .map(|token| token.text.to_string())
            .collect()
    }

    #[test]
    fn comments_and_continued_lines_vanish() {
        assert_eq!(
            texts("a/*x\n*/+=1.5e-3;//c\nb"),
            ["a", "+=", "1.5e-3", ";", "b"]
        );
        let lines: Vec<u32> = tokens("a \\\n b /* \n */ c", 1)
            .iter()
            .map(|t| t.line)
            .collect();
        assert_eq!(lines, [1, 2, 3]);
        assert_eq!(texts("1.+.5-x.y"), ["1.", "+", ".5", "-", "x", ".", "y"]);
    }
}
