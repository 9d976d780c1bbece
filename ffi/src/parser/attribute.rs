//! Qualifiers and attributes: `const`, `__attribute__((aligned(16), packed, mode(DI), vector_size(16)))`, `__declspec(align(8))`,
//! `asm("name")`. Unknown attributes are skipped.

use super::{Parsed, Parser};
use crate::lexer::{Keyword, Token};
use crate::types::Name;
use std::rc::Rc;

/// What qualifiers and attributes said.
#[derive(Clone, Debug, Default)]
pub(super) struct Attributes {
    pub constant: bool,
    pub volatile: bool,
    /// Binary logarithm of a forced alignment.
    pub alignment: Option<u8>,
    pub packed: bool,
    /// Bytes of the number type, from `mode`.
    pub mode_size: u32,
    /// Bytes of the whole vector.
    pub vector_size: u32,
    /// Bytes of pointers (`__ptr32`).
    pub pointer_size: u32,
    /// The name that the library has.
    pub redirect: Option<Name>,
}

fn floor_log2(value: u32) -> u8 {
    if value == 0 { 0 } else { value.ilog2() as u8 }
}

impl Parser<'_> {
    /// Attributes and qualifiers as far as they go.
    pub(super) fn attributes(&mut self, attributes: &mut Attributes) -> Parsed<()> {
        loop {
            let Token::Keyword(word) = self.token else {
                return Ok(());
            };
            match word {
                Keyword::Const => attributes.constant = true,
                Keyword::Volatile => attributes.volatile = true,
                Keyword::Restrict | Keyword::Extension | Keyword::CallingConvention => {}
                Keyword::PointerSize(size) => attributes.pointer_size = size,
                Keyword::Attribute => {
                    self.gcc_attribute(attributes)?;
                    continue;
                }
                Keyword::Asm => {
                    self.asm_redirect(attributes)?;
                    continue;
                }
                Keyword::Declspec => {
                    self.msvc_attribute(attributes)?;
                    continue;
                }
                _ => return Ok(()),
            }
            self.advance()?;
        }
    }
    fn gcc_attribute(&mut self, attributes: &mut Attributes) -> Parsed<()> {
        self.advance()?;
        self.expect(b'(')?;
        self.expect(b'(')?;
        while self.token != Token::Byte(b')') {
            match self.token {
                Token::Identifier => {
                    let name = self.word.clone();
                    self.advance()?;
                    self.one_attribute(&name, attributes)?;
                }
                Token::Keyword(_) => {
                    self.advance()?;
                    self.skip_arguments()?;
                }
                _ => break,
            }
            if !self.accept(b',')? {
                break;
            }
        }
        self.expect(b')')?;
        self.expect(b')')
    }
    fn one_attribute(&mut self, name: &[u8], attributes: &mut Attributes) -> Parsed<()> {
        match name {
            b"aligned" | b"__aligned__" => self.alignment(attributes),
            b"packed" | b"__packed__" => {
                attributes.packed = true;
                Ok(())
            }
            b"mode" | b"__mode__" => self.mode(attributes),
            b"vector_size" | b"__vector_size__" => {
                attributes.vector_size = self.size_in_parentheses()?;
                Ok(())
            }
            _ => self.skip_arguments(),
        }
    }
    fn skip_arguments(&mut self) -> Parsed<()> {
        if self.accept(b'(')? {
            while !matches!(self.token, Token::Byte(b')') | Token::End) {
                self.advance()?;
            }
            self.expect(b')')?;
        }
        Ok(())
    }
    fn size_in_parentheses(&mut self) -> Parsed<u32> {
        self.expect(b'(')?;
        let size = self.size_expression()?;
        self.expect(b')')?;
        Ok(size)
    }
    fn alignment(&mut self, attributes: &mut Attributes) -> Parsed<()> {
        let mut alignment = 4;
        if self.token == Token::Byte(b'(') {
            alignment = floor_log2(self.size_in_parentheses()?);
        }
        // Four bits hold it.
        attributes.alignment = Some(alignment & 15);
        Ok(())
    }
    fn mode(&mut self, attributes: &mut Attributes) -> Parsed<()> {
        self.expect(b'(')?;
        if self.token == Token::Identifier {
            let word = self.word.clone();
            let mut text: &[u8] = word.strip_prefix(b"__").unwrap_or(&word);
            let mut count = 0u32;
            if let [b'V', rest @ ..] = text {
                text = rest;
                while let [digit @ b'0'..=b'9', rest @ ..] = text {
                    count = count
                        .saturating_mul(10)
                        .saturating_add(u32::from(digit - b'0'));
                    text = rest;
                }
            }
            if let [unit, b'I' | b'F', ..] = text {
                let size = match unit {
                    b'Q' => 1,
                    b'H' => 2,
                    b'S' => 4,
                    b'D' => 8,
                    b'T' => 16,
                    b'O' => 32,
                    _ => 0,
                };
                if size > 0 {
                    attributes.mode_size = size;
                    if count > 0 {
                        attributes.vector_size = count.saturating_mul(size);
                    }
                }
            }
            self.advance()?;
        }
        self.expect(b')')
    }
    fn msvc_attribute(&mut self, attributes: &mut Attributes) -> Parsed<()> {
        self.advance()?;
        self.expect(b'(')?;
        while self.token == Token::Identifier {
            let is_alignment = *self.word == *b"align";
            self.advance()?;
            if is_alignment {
                self.alignment(attributes)?;
            } else {
                self.skip_arguments()?;
            }
        }
        self.expect(b')')
    }
    fn asm_redirect(&mut self, attributes: &mut Attributes) -> Parsed<()> {
        self.advance()?;
        self.expect(b'(')?;
        if self.token == Token::String {
            let mut name = Vec::new();
            while self.token == Token::String {
                name.extend_from_slice(&self.word);
                self.advance()?;
            }
            attributes.redirect = Some(Rc::from(name));
        }
        self.expect(b')')
    }
}
