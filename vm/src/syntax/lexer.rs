//! The lexer: source bytes to tokens, one at a time.
//!
//! ```text
//! x = 0x10 -- hex        Name("x") on line 1, Byte(b'='), Number(Float(16.0)), EndOfFile
//! ```
//!
//! Takes the lexical grammar of LuaJIT's newest 2.1: everything from Lua 5.1, the escapes `\xXX`, `\u{…}` and `\z`,
//! hexadecimal and binary numbers, the suffixes `LL`, `ULL` and `i`, `_` inside numbers, identifiers with bytes from 0x80 on,
//! a byte order mark and a first line that begins with `#`. Line ends are `\n`, `\r`, `\r\n` and `\n\r`.
//!
//! Invariants:
//! - [`Lexer::line`] is the line where the last scanned token *ends*; messages report it.
//! - [`Lexer::near_text`] is the text of the last scanned name, number or string as LuaJIT would show it behind `near`: escapes of a
//!   string already replaced, `_` of a number removed. An error inside a string shows what was read so far.
//! - No input panics, and all work is linear in the length of the source.
//!
//! Not here: `goto`, `continue` and `const` may also be names; the parser decides.

use std::cell::Cell;
use std::collections::HashSet;
use std::ops::Range;
use std::rc::Rc;

use rustc_hash::FxBuildHasher;

use super::SyntaxError;
use super::ast::{Bytes, Line};
use super::chunk_name::until_zero;
use super::number::{self, Number};

/// One token. Punctuation of one byte, and any byte that begins no token, is `Byte`.
#[derive(Clone, Debug, PartialEq)]
pub enum Token {
    /// A single byte such as `+` or `{`.
    Byte(u8),
    /// A reserved word, or `goto`, `continue`, `const`.
    Keyword(Keyword),
    /// Punctuation of two or more bytes.
    Symbol(Symbol),
    /// A numeric literal.
    Number(Number),
    /// An identifier.
    Name(Bytes),
    /// A string literal, escapes replaced.
    String(Bytes),
    /// The end of the source.
    EndOfFile,
}

macro_rules! fixed_tokens {
    ($(#[$documentation:meta])* $enum:ident { $($variant:ident $text:literal,)* }) => {
        $(#[$documentation])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum $enum {
            $(#[doc = concat!("`", $text, "`")] $variant,)*
        }

        impl $enum {
            /// As written in the source.
            pub fn text(self) -> &'static str {
                match self { $($enum::$variant => $text,)* }
            }
        }
    };
}

fixed_tokens! {
    /// Words with a meaning of their own.
    Keyword {
        And "and", Break "break", Const "const", Continue "continue", Do "do", Else "else", Elseif "elseif", End "end",
        False "false", For "for", Function "function", Goto "goto", If "if", In "in", Local "local", Nil "nil", Not "not",
        Or "or", Repeat "repeat", Return "return", Then "then", True "true", Until "until", While "while",
    }
}

fixed_tokens! {
    /// Punctuation of two or more bytes.
    Symbol {
        Concat "..", Dots "...", Equal "==", GreaterOrEqual ">=", LessOrEqual "<=", NotEqual "~=", SafeNavigation "?.",
        Coalesce "??", ShiftLeft "<<", ShiftRight ">>", ShiftRightArithmetic "~>>", And "&&", Or "||",
        ExclamationEqual "!=", Arrow "->", Label "::",
    }
}

impl Keyword {
    fn from_bytes(word: &[u8]) -> Option<Keyword> {
        Some(match word {
            b"and" => Keyword::And,
            b"break" => Keyword::Break,
            b"const" => Keyword::Const,
            b"continue" => Keyword::Continue,
            b"do" => Keyword::Do,
            b"else" => Keyword::Else,
            b"elseif" => Keyword::Elseif,
            b"end" => Keyword::End,
            b"false" => Keyword::False,
            b"for" => Keyword::For,
            b"function" => Keyword::Function,
            b"goto" => Keyword::Goto,
            b"if" => Keyword::If,
            b"in" => Keyword::In,
            b"local" => Keyword::Local,
            b"nil" => Keyword::Nil,
            b"not" => Keyword::Not,
            b"or" => Keyword::Or,
            b"repeat" => Keyword::Repeat,
            b"return" => Keyword::Return,
            b"then" => Keyword::Then,
            b"true" => Keyword::True,
            b"until" => Keyword::Until,
            b"while" => Keyword::While,
            _ => return None,
        })
    }
}

impl Token {
    /// How a message names this kind of token: `=`, `end`, `<name>`, `char(1)`.
    pub fn display(&self) -> String {
        match self {
            Token::Byte(byte) if byte.is_ascii_control() => format!("char({byte})"),
            Token::Byte(byte) => char::from(*byte).to_string(),
            Token::Keyword(keyword) => keyword.text().to_owned(),
            Token::Symbol(symbol) => symbol.text().to_owned(),
            Token::Number(_) => "<number>".to_owned(),
            Token::Name(_) => "<name>".to_owned(),
            Token::String(_) => "<string>".to_owned(),
            Token::EndOfFile => "<eof>".to_owned(),
        }
    }
}

/// Answers the next piece of a source, or nothing at its end.
pub type Pieces<'source> = &'source mut dyn FnMut() -> Option<Vec<u8>>;

/// Reads tokens from a source.
pub struct Lexer<'source> {
    /// All of the source, or what has been read of it.
    source: Vec<u8>,
    /// Where the rest comes from.
    more: Option<Pieces<'source>>,
    /// Whether the scan asked for a byte behind what has been read.
    has_met_end: Cell<bool>,
    chunk_name: &'source [u8],
    /// Index of the next byte.
    position: usize,
    line: Line,
    /// Text of the token being scanned, or of the last name, number or string.
    text: Vec<u8>,
    /// One allocation for each distinct name and string.
    interned: HashSet<Bytes, FxBuildHasher>,
}

/// A token longer than this is read in steps that double, so that tiny pieces do not make it scanned again for each.
const LONGEST_EXACT_BYTES: usize = 256;

/// Strings longer than this are not looked up among earlier ones.
const LONGEST_INTERNED_BYTES: usize = 64;

fn is_name_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte >= 0x80
}

impl<'source> Lexer<'source> {
    /// A lexer before the first token of `source`, behind a byte order mark and a `#` line. `chunk_name` is for messages.
    pub fn new(source: &'source [u8], chunk_name: &'source [u8]) -> Lexer<'source> {
        Self::with_source(source.to_vec(), None, chunk_name)
    }

    /// A lexer that asks for the pieces of its source when it needs them: as in LuaJIT, it has read one byte behind the last token,
    /// or to the end of the piece with that byte.
    pub fn of_pieces(more: Pieces<'source>, chunk_name: &'source [u8]) -> Lexer<'source> {
        let first = more();
        let more = first.is_some().then_some(more);
        Self::with_source(first.unwrap_or_default(), more, chunk_name)
    }

    fn with_source(
        source: Vec<u8>,
        more: Option<Pieces<'source>>,
        chunk_name: &'source [u8],
    ) -> Lexer<'source> {
        let mut lexer = Lexer {
            source,
            more,
            has_met_end: Cell::new(false),
            chunk_name,
            position: 0,
            line: 1,
            text: Vec::new(),
            interned: HashSet::default(),
        };
        if lexer.source.starts_with(b"\xef\xbb\xbf") {
            lexer.position = 3;
        }
        if lexer.peek() == Some(b'#') {
            lexer.skip_line();
            while lexer.position + 1 >= lexer.source.len() && lexer.read_more(1) {
                lexer.skip_line();
            }
            if lexer.peek().is_some() {
                lexer.position += lexer.line_end_length();
                lexer.line += 1;
            }
        }
        lexer
    }

    /// The line where the last token ends.
    pub fn line(&self) -> Line {
        self.line
    }

    /// The byte directly behind the last token.
    pub fn next_byte(&self) -> Option<u8> {
        self.peek()
    }

    /// Text of the last scanned name, number or string, as messages show it.
    pub fn near_text(&self) -> &[u8] {
        &self.text
    }

    /// An error at the current line, not near anything.
    pub fn error(&self, message: &str) -> SyntaxError {
        SyntaxError::new(self.chunk_name, self.line, message.as_bytes())
    }

    /// An error at the current line, near some text.
    pub fn error_near(&self, message: &str, near: &[u8]) -> SyntaxError {
        let message = [message.as_bytes(), b" near '", until_zero(near), b"'"].concat();
        SyntaxError::new(self.chunk_name, self.line, &message)
    }

    /// The shared allocation of `bytes`.
    pub fn intern(&mut self, bytes: &[u8]) -> Bytes {
        if bytes.len() > LONGEST_INTERNED_BYTES {
            return Rc::from(bytes);
        }
        if let Some(known) = self.interned.get(bytes) {
            return known.clone();
        }
        let new: Bytes = Rc::from(bytes);
        self.interned.insert(new.clone());
        new
    }

    fn peek(&self) -> Option<u8> {
        self.peek_at(0)
    }

    fn peek_at(&self, distance: usize) -> Option<u8> {
        let byte = self.source.get(self.position + distance).copied();
        if byte.is_none() {
            self.has_met_end.set(true);
        }
        byte
    }

    /// Moves behind the next byte if it is `byte`.
    fn accept(&mut self, byte: u8) -> bool {
        let is_there = self.peek() == Some(byte);
        self.position += usize::from(is_there);
        is_there
    }

    /// Length of the line end at the current position: `\r\n` and `\n\r` are one.
    fn line_end_length(&self) -> usize {
        match (self.peek(), self.peek_at(1)) {
            (Some(b'\r'), Some(b'\n')) | (Some(b'\n'), Some(b'\r')) => 2,
            _ => 1,
        }
    }

    fn skip_line_end(&mut self) -> Result<(), SyntaxError> {
        self.position += self.line_end_length();
        self.line += 1;
        if self.line >= 0x7fff_ff00 {
            return Err(self.error("chunk has too many lines"));
        }
        Ok(())
    }

    /// Reads pieces until there are `wanted` bytes more; false at the end of the source.
    fn read_more(&mut self, wanted: usize) -> bool {
        let before = self.source.len();
        while let Some(more) = &mut self.more
            && self.source.len() < before + wanted
        {
            match more() {
                Some(piece) => self.source.extend_from_slice(&piece),
                None => self.more = None,
            }
        }
        self.source.len() > before
    }

    fn skip_line(&mut self) {
        let rest = &self.source[self.position..];
        let length = rest.iter().position(|byte| matches!(byte, b'\n' | b'\r'));
        self.position += length.unwrap_or(rest.len());
    }

    /// The next token. After the end of the source it is `EndOfFile` again and again.
    pub fn scan(&mut self) -> Result<Token, SyntaxError> {
        if self.more.is_none() {
            return self.scan_known();
        }
        let (position, line) = (self.position, self.line);
        loop {
            self.has_met_end.set(false);
            let scanned = self.scan_known();
            // What was decided by the end of what is known, or touches it, may be decided otherwise by more.
            if self.position < self.source.len() && !self.has_met_end.get() {
                return scanned;
            }
            let length = self.source.len() - position;
            let wanted = if length > LONGEST_EXACT_BYTES {
                length
            } else {
                1
            };
            if !self.read_more(wanted) {
                return scanned;
            }
            (self.position, self.line) = (position, line);
        }
    }

    /// The next token of what has been read.
    fn scan_known(&mut self) -> Result<Token, SyntaxError> {
        self.text.clear();
        loop {
            let Some(byte) = self.peek() else {
                return Ok(Token::EndOfFile);
            };
            match byte {
                b'\n' | b'\r' => self.skip_line_end()?,
                b' ' | b'\t' | b'\x0b' | b'\x0c' => self.position += 1,
                b'-' if self.peek_at(1) == Some(b'-') => self.skip_comment()?,
                b'0'..=b'9' => return self.scan_number(),
                b'.' if self.peek_at(1).is_some_and(|next| next.is_ascii_digit()) => {
                    return self.scan_number();
                }
                b'"' | b'\'' => return self.scan_string(byte),
                b'[' => return self.scan_bracket(),
                _ if is_name_byte(byte) => return Ok(self.scan_name()),
                _ => return self.scan_punctuation(byte),
            }
        }
    }

    fn scan_name(&mut self) -> Token {
        let rest = &self.source[self.position..];
        let length = rest
            .iter()
            .position(|&byte| !is_name_byte(byte))
            .unwrap_or(rest.len());
        self.text.extend_from_slice(&rest[..length]);
        self.position += length;
        if let Some(keyword) = Keyword::from_bytes(&self.text) {
            return Token::Keyword(keyword);
        }
        let text = std::mem::take(&mut self.text);
        let name = self.intern(&text);
        self.text = text;
        Token::Name(name)
    }

    /// Takes everything that could belong to a number, as LuaJIT does: `3x` and `1..2` are malformed numbers.
    fn scan_number(&mut self) -> Result<Token, SyntaxError> {
        let mut exponent_mark = b'e';
        let mut previous = 0;
        while let Some(byte) = self.peek() {
            let is_exponent_sign = matches!(byte, b'+' | b'-') && previous | 0x20 == exponent_mark;
            if !(is_name_byte(byte) || byte == b'.' || is_exponent_sign) {
                break;
            }
            self.position += 1;
            if byte == b'_' {
                continue;
            }
            if self.text == b"0" && byte | 0x20 == b'x' {
                exponent_mark = b'p';
            }
            self.text.push(byte);
            previous = byte;
        }
        match number::parse_literal(&self.text) {
            Some(value) => Ok(Token::Number(value)),
            None => Err(self.error_near("malformed number", &self.text)),
        }
    }

    fn skip_comment(&mut self) -> Result<(), SyntaxError> {
        self.position += 2;
        if self.peek() == Some(b'[')
            && let Ok(level) = self.long_bracket_level(b'[')
        {
            self.scan_long_string(level, "unfinished long comment")?;
            self.text.clear();
            return Ok(());
        }
        self.skip_line();
        Ok(())
    }

    /// The number of `=` in a long bracket `[==[` or `]==]` at the current position, without moving. If there is none, the number of
    /// bytes that look like the begin of one: 1 is a plain bracket.
    fn long_bracket_level(&self, bracket: u8) -> Result<usize, usize> {
        let signs = self.source[self.position + 1..]
            .iter()
            .take_while(|&&byte| byte == b'=')
            .count();
        if self.peek_at(1 + signs) == Some(bracket) {
            Ok(signs)
        } else {
            Err(1 + signs)
        }
    }

    fn scan_bracket(&mut self) -> Result<Token, SyntaxError> {
        match self.long_bracket_level(b'[') {
            Ok(level) => {
                let content = self.scan_long_string(level, "unfinished long string")?;
                Ok(self.string_token(content))
            }
            Err(1) => {
                self.position += 1;
                Ok(Token::Byte(b'['))
            }
            Err(length) => {
                let near = &self.source[self.position..self.position + length];
                Err(self.error_near("invalid long string delimiter", near))
            }
        }
    }

    /// Scans a long bracket into `text`, delimiters included, and answers where its content is in it.
    fn scan_long_string(
        &mut self,
        level: usize,
        unfinished: &str,
    ) -> Result<Range<usize>, SyntaxError> {
        let delimiter_length = level + 2;
        self.save(delimiter_length);
        if matches!(self.peek(), Some(b'\n' | b'\r')) {
            self.skip_line_end()?;
        }
        loop {
            match self.peek() {
                None => return Err(self.error_near(unfinished, b"<eof>")),
                Some(b']') => match self.long_bracket_level(b']') {
                    Ok(found) if found == level => {
                        self.save(delimiter_length);
                        return Ok(delimiter_length..self.text.len() - delimiter_length);
                    }
                    // The second bracket may begin the real end: ]=]==].
                    Ok(found) => self.save(found + 1),
                    Err(length) => self.save(length),
                },
                Some(b'\n' | b'\r') => {
                    self.text.push(b'\n');
                    self.skip_line_end()?;
                }
                Some(_) => self.save(1),
            }
        }
    }

    /// Moves `length` bytes of the source to `text`.
    fn save(&mut self, length: usize) {
        self.text
            .extend_from_slice(&self.source[self.position..self.position + length]);
        self.position += length;
    }

    fn scan_string(&mut self, delimiter: u8) -> Result<Token, SyntaxError> {
        self.save(1);
        loop {
            match self.peek() {
                None => return Err(self.error_near("unfinished string", b"<eof>")),
                Some(b'\n' | b'\r') => return Err(self.error_near("unfinished string", &self.text)),
                Some(b'\\') => self.scan_escape()?,
                Some(byte) => {
                    self.save(1);
                    if byte == delimiter {
                        break;
                    }
                }
            }
        }
        Ok(self.string_token(1..self.text.len() - 1))
    }

    /// A string token of a part of `text`.
    fn string_token(&mut self, content: Range<usize>) -> Token {
        let text = std::mem::take(&mut self.text);
        let value = self.intern(&text[content]);
        self.text = text;
        Token::String(value)
    }

    fn invalid_escape(&self) -> SyntaxError {
        self.error_near("invalid escape sequence", &self.text)
    }

    fn scan_escape(&mut self) -> Result<(), SyntaxError> {
        self.position += 1;
        let Some(byte) = self.peek() else {
            return Ok(()); // The caller reports the unfinished string.
        };
        let replacement = match byte {
            b'a' => b'\x07',
            b'b' => b'\x08',
            b'f' => b'\x0c',
            b'n' => b'\n',
            b'r' => b'\r',
            b't' => b'\t',
            b'v' => b'\x0b',
            b'\\' | b'"' | b'\'' => byte,
            b'\n' | b'\r' => {
                self.text.push(b'\n');
                return self.skip_line_end();
            }
            b'x' => {
                let high = self.hex_digit_at(1).ok_or_else(|| self.invalid_escape())?;
                let low = self.hex_digit_at(2).ok_or_else(|| self.invalid_escape())?;
                self.position += 2;
                (high << 4 | low) as u8
            }
            b'u' => return self.scan_unicode_escape(),
            b'z' => {
                self.position += 1;
                while let Some(space) = self.peek().filter(|&next| number::is_space(next)) {
                    match space {
                        b'\n' | b'\r' => self.skip_line_end()?,
                        _ => self.position += 1,
                    }
                }
                return Ok(());
            }
            b'0'..=b'9' => return self.scan_decimal_escape(),
            _ => return Err(self.invalid_escape()),
        };
        self.text.push(replacement);
        self.position += 1;
        Ok(())
    }

    fn hex_digit_at(&self, distance: usize) -> Option<u32> {
        char::from(self.peek_at(distance)?).to_digit(16)
    }

    /// `\ddd`: up to three decimal digits.
    fn scan_decimal_escape(&mut self) -> Result<(), SyntaxError> {
        let mut value: u32 = 0;
        for _ in 0..3 {
            let Some(digit) = self.peek().filter(u8::is_ascii_digit) else {
                break;
            };
            value = value * 10 + u32::from(digit - b'0');
            self.position += 1;
        }
        let byte = u8::try_from(value).map_err(|_| self.invalid_escape())?;
        self.text.push(byte);
        Ok(())
    }

    /// `\u{XXX}`: a code point in UTF-8. Surrogates are invalid.
    fn scan_unicode_escape(&mut self) -> Result<(), SyntaxError> {
        if self.peek_at(1) != Some(b'{') {
            return Err(self.invalid_escape());
        }
        self.position += 2;
        let mut code_point: u32 = 0;
        loop {
            let digit = self.hex_digit_at(0).ok_or_else(|| self.invalid_escape())?;
            code_point = code_point << 4 | digit;
            if code_point >= 0x11_0000 {
                return Err(self.invalid_escape());
            }
            self.position += 1;
            if self.accept(b'}') {
                break;
            }
        }
        let character = char::from_u32(code_point).ok_or_else(|| self.invalid_escape())?;
        self.text
            .extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
        Ok(())
    }

    fn scan_punctuation(&mut self, byte: u8) -> Result<Token, SyntaxError> {
        self.position += 1;
        let symbol = match byte {
            b'-' if self.accept(b'>') => Symbol::Arrow,
            b'=' if self.accept(b'=') => Symbol::Equal,
            b'<' if self.accept(b'=') => Symbol::LessOrEqual,
            b'<' if self.accept(b'<') => Symbol::ShiftLeft,
            b'>' if self.accept(b'=') => Symbol::GreaterOrEqual,
            b'>' if self.accept(b'>') => Symbol::ShiftRight,
            b'~' if self.accept(b'=') => Symbol::NotEqual,
            b'~' if self.accept(b'>') => {
                if !self.accept(b'>') {
                    return Err(self.error_near("unexpected symbol", b"~"));
                }
                Symbol::ShiftRightArithmetic
            }
            b'!' if self.accept(b'=') => Symbol::ExclamationEqual,
            b':' if self.accept(b':') => Symbol::Label,
            b'?' if self.accept(b'.') => Symbol::SafeNavigation,
            b'?' if self.accept(b'?') => Symbol::Coalesce,
            b'&' if self.accept(b'&') => Symbol::And,
            b'|' if self.accept(b'|') => Symbol::Or,
            b'.' if self.accept(b'.') => match self.accept(b'.') {
                true => Symbol::Dots,
                false => Symbol::Concat,
            },
            _ => return Ok(Token::Byte(byte)),
        };
        Ok(Token::Symbol(symbol))
    }
}
