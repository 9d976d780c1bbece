//! C source → tokens.
//!
//! Numbers are 32-bit integers, as the declarations that the FFI takes need them; comments and escaped line breaks are skipped;
//! `$` takes the next parameter. The parser asks for one token after the other, because what an identifier is depends on what has
//! been declared.
//!
//! ```
//! use rlove_ffi::lexer::{Lexer, Token};
//! let mut lexer = Lexer::new(b"int /* width */ x;");
//! assert_eq!(lexer.next(), Ok(Token::Keyword(rlove_ffi::lexer::Keyword::Int(4))));
//! assert_eq!(lexer.next(), Ok(Token::Identifier));
//! assert_eq!(lexer.text(), b"x");
//! ```

/// Keywords; the number is a size in bytes where the word gives one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Keyword {
    Void,
    Bool(u32),
    Char,
    Int(u32),
    Float(u32),
    Long,
    Short,
    Complex,
    Signed,
    Unsigned,
    Const,
    Volatile,
    Restrict,
    Inline,
    Typedef,
    Extern,
    Static,
    Auto,
    Register,
    Extension,
    Attribute,
    Asm,
    Declspec,
    CallingConvention,
    PointerSize(u32),
    Struct,
    Union,
    Enum,
    Sizeof,
    Alignof,
}

fn keyword(word: &[u8]) -> Option<Keyword> {
    Some(match word {
        b"void" => Keyword::Void,
        b"_Bool" => Keyword::Bool(0),
        b"bool" => Keyword::Bool(1),
        b"char" => Keyword::Char,
        b"int" => Keyword::Int(4),
        b"__int8" => Keyword::Int(1),
        b"__int16" => Keyword::Int(2),
        b"__int32" => Keyword::Int(4),
        b"__int64" => Keyword::Int(8),
        b"__int128" => Keyword::Int(16),
        b"float" => Keyword::Float(4),
        b"double" => Keyword::Float(8),
        b"long" => Keyword::Long,
        b"short" => Keyword::Short,
        b"_Complex" | b"complex" | b"__complex" | b"__complex__" => Keyword::Complex,
        b"signed" | b"__signed" | b"__signed__" => Keyword::Signed,
        b"unsigned" => Keyword::Unsigned,
        b"const" | b"__const" | b"__const__" => Keyword::Const,
        b"volatile" | b"__volatile" | b"__volatile__" => Keyword::Volatile,
        b"restrict" | b"__restrict" | b"__restrict__" => Keyword::Restrict,
        b"inline" | b"__inline" | b"__inline__" => Keyword::Inline,
        b"typedef" => Keyword::Typedef,
        b"extern" => Keyword::Extern,
        b"static" => Keyword::Static,
        b"auto" => Keyword::Auto,
        b"register" => Keyword::Register,
        b"__extension__" => Keyword::Extension,
        b"__attribute" | b"__attribute__" => Keyword::Attribute,
        b"asm" | b"__asm" | b"__asm__" => Keyword::Asm,
        b"__declspec" => Keyword::Declspec,
        b"__cdecl" | b"__thiscall" | b"__fastcall" | b"__stdcall" => Keyword::CallingConvention,
        b"__ptr32" => Keyword::PointerSize(4),
        b"__ptr64" => Keyword::PointerSize(8),
        b"struct" => Keyword::Struct,
        b"union" => Keyword::Union,
        b"enum" => Keyword::Enum,
        b"sizeof" => Keyword::Sizeof,
        b"__alignof" | b"__alignof__" => Keyword::Alignof,
        _ => return None,
    })
}

/// A token. The text of names, numbers and strings is in [`Lexer::text`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Token {
    /// End of the source.
    End,
    /// A name.
    Identifier,
    /// A reserved word.
    Keyword(Keyword),
    /// A number or character.
    Integer {
        /// Its bits.
        value: u32,
        /// Whether it is an `unsigned int`.
        unsigned: bool,
    },
    /// A string; its bytes are the text.
    String,
    /// `$`: the parser knows the parameters.
    Parameter,
    /// One byte that stands for itself.
    Byte(u8),
    /// An operator of two characters.
    Operator(&'static str),
}

/// A malformed token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LexicalError {
    /// "malformed number"
    Number,
    /// "unfinished string"
    String,
    /// A character constant that is not one character.
    Character,
    /// A name right behind `$`.
    Parameter,
}

/// Reads tokens from bytes.
#[derive(Debug)]
pub struct Lexer<'source> {
    source: &'source [u8],
    position: usize,
    current: u8,
    /// The line, from 1.
    pub line: u32,
    text: Vec<u8>,
    /// Malformed numbers are let through (in the body of a function that is skipped).
    pub is_lenient: bool,
}

fn is_identifier(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte >= 0x80
}
fn is_line_end(byte: u8) -> bool {
    byte == b'\n' || byte == b'\r'
}

impl<'source> Lexer<'source> {
    /// At the beginning of `source`, which ends at a zero byte as C strings do.
    pub fn new(source: &'source [u8]) -> Lexer<'source> {
        let end = source.iter().position(|&byte| byte == 0);
        let mut lexer = Lexer {
            source: &source[..end.unwrap_or(source.len())],
            position: 0,
            current: 0,
            line: 1,
            text: Vec::new(),
            is_lenient: false,
        };
        lexer.advance();
        lexer
    }
    /// The text of the token.
    pub fn text(&self) -> &[u8] {
        &self.text
    }
    fn peek(&self) -> u8 {
        self.source.get(self.position).copied().unwrap_or(0)
    }
    fn advance(&mut self) -> u8 {
        loop {
            self.current = self.peek();
            self.position += 1;
            if self.current != b'\\' || !is_line_end(self.peek()) {
                return self.current;
            }
            // An escaped line break is not there.
            let first = self.peek();
            self.position += 1;
            if is_line_end(self.peek()) && self.peek() != first {
                self.position += 1;
            }
            self.line += 1;
        }
    }
    fn new_line(&mut self) {
        if is_line_end(self.peek()) && self.peek() != self.current {
            self.position += 1;
        }
        self.line += 1;
    }
    /// The next token.
    #[allow(clippy::should_implement_trait)]
    pub fn next(&mut self) -> Result<Token, LexicalError> {
        self.text.clear();
        loop {
            if is_identifier(self.current) {
                return if self.current.is_ascii_digit() {
                    self.number()
                } else {
                    Ok(self.word())
                };
            }
            match self.current {
                b'\n' | b'\r' => {
                    self.new_line();
                    self.advance();
                }
                b' ' | b'\t' | 0x0b | 0x0c => {
                    self.advance();
                }
                b'"' | b'\'' => return self.string(),
                b'/' => match self.advance() {
                    b'*' => self.block_comment(),
                    b'/' => while !is_line_end(self.advance()) && self.current != 0 {},
                    _ => return Ok(Token::Byte(b'/')),
                },
                b'$' => {
                    let following = self.advance();
                    if is_identifier(following) || following == b'$' {
                        return Err(LexicalError::Parameter);
                    }
                    return Ok(Token::Parameter);
                }
                0 => return Ok(Token::End),
                byte => {
                    let following = self.advance();
                    return Ok(self.operator(byte, following));
                }
            }
        }
    }
    fn operator(&mut self, byte: u8, following: u8) -> Token {
        let operator = match (byte, following) {
            (b'|', b'|') => "||",
            (b'&', b'&') => "&&",
            (b'=', b'=') => "==",
            (b'!', b'=') => "!=",
            (b'<', b'=') => "<=",
            (b'<', b'<') => "<<",
            (b'>', b'=') => ">=",
            (b'>', b'>') => ">>",
            (b'-', b'>') => "->",
            _ => return Token::Byte(byte),
        };
        self.advance();
        Token::Operator(operator)
    }
    fn block_comment(&mut self) {
        loop {
            if self.advance() == b'*' {
                loop {
                    if self.advance() == b'/' {
                        self.advance();
                        return;
                    }
                    if self.current != b'*' {
                        break;
                    }
                }
            }
            if is_line_end(self.current) {
                self.new_line();
            }
            if self.current == 0 {
                return;
            }
        }
    }
    fn word(&mut self) -> Token {
        while is_identifier(self.current) {
            self.text.push(self.current);
            self.advance();
        }
        keyword(&self.text).map_or(Token::Identifier, Token::Keyword)
    }
    fn number(&mut self) -> Result<Token, LexicalError> {
        while is_identifier(self.current) {
            self.text.push(self.current);
            self.advance();
        }
        match parse_integer(&self.text) {
            Some((value, unsigned)) => Ok(Token::Integer { value, unsigned }),
            None if self.is_lenient => Ok(Token::Integer {
                value: 0,
                unsigned: false,
            }),
            None => Err(LexicalError::Number),
        }
    }
    fn string(&mut self) -> Result<Token, LexicalError> {
        let delimiter = self.current;
        self.advance();
        while self.current != delimiter {
            let mut byte = self.current;
            if byte == 0 {
                return Err(LexicalError::String);
            }
            if byte == b'\\' {
                byte = self.advance();
                byte = match byte {
                    0 => return Err(LexicalError::String),
                    b'a' => 7,
                    b'b' => 8,
                    b'f' => 12,
                    b'n' => b'\n',
                    b'r' => b'\r',
                    b't' => b'\t',
                    b'v' => 11,
                    b'e' => 27,
                    b'x' => {
                        let mut value = 0u8;
                        while let Some(digit) = char::from(self.advance()).to_digit(16) {
                            value = (value << 4) | digit as u8;
                        }
                        self.text.push(value);
                        continue;
                    }
                    b'0'..=b'9' => {
                        let mut value = u32::from(byte - b'0');
                        for _ in 0..2 {
                            if !self.advance().is_ascii_digit() {
                                break;
                            }
                            value = value * 8 + u32::from(self.current - b'0');
                        }
                        if self.current.is_ascii_digit() {
                            self.advance();
                        }
                        self.text.push(value as u8);
                        continue;
                    }
                    other => other,
                };
            }
            self.text.push(byte);
            self.advance();
        }
        self.advance();
        if delimiter == b'"' {
            return Ok(Token::String);
        }
        match self.text[..] {
            [byte] => Ok(Token::Integer {
                value: i32::from(byte as i8) as u32,
                unsigned: false,
            }),
            _ => Err(LexicalError::Character),
        }
    }
}

/// A C integer of 32 bits: decimal, octal or hexadecimal, with suffixes.
fn parse_integer(text: &[u8]) -> Option<(u32, bool)> {
    let (radix, digits) = match text {
        [b'0', b'x' | b'X', rest @ ..] => (16, rest),
        [b'0', b'b' | b'B', rest @ ..] => (2, rest),
        [b'0', ..] => (8, text),
        _ => (10, text),
    };
    let end = digits
        .iter()
        .position(|&byte| char::from(byte).to_digit(radix).is_none())
        .unwrap_or(digits.len());
    if end == 0 {
        return None;
    }
    let mut value: u64 = 0;
    for &byte in &digits[..end] {
        value = value * u64::from(radix) + u64::from(char::from(byte).to_digit(radix)?);
        if value > u64::from(u32::MAX) {
            return None;
        }
    }
    let suffix = digits[end..].to_ascii_lowercase();
    let unsigned = match &suffix[..] {
        b"" => value > 0x7fff_ffff,
        b"u" => true,
        _ => return None,
    };
    Some((value as u32, unsigned))
}

#[cfg(test)]
mod tests {
    use super::parse_integer;

    #[test]
    fn integers() {
        assert_eq!(parse_integer(b"0x80000000"), Some((0x8000_0000, true)));
        assert_eq!(parse_integer(b"017"), Some((15, false)));
        assert_eq!(parse_integer(b"12u"), Some((12, true)));
        for bad in [&b"08x"[..], b"99999999999", b"0x", b"1e5", b"089"] {
            assert_eq!(parse_integer(bad), None, "{}", String::from_utf8_lossy(bad));
        }
    }
}
