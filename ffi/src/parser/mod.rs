//! C declarations → entries of the type table.
//!
//! ```
//! use rlove_ffi::parser::*;
//! use rlove_ffi::types::*;
//! let mut types = Types::new();
//! declare(&mut types, b"typedef struct { double x, y; } point_t;", &[]).unwrap();
//! let point = parse_type(&mut types, b"point_t *", &[]).unwrap();
//! assert_eq!(types.size_bytes(types.raw_child(point)), Some(16));
//! ```
//! The language is C99 declarations with the extensions of GCC and MSVC that headers use, C++ references, `?` as a length, and
//! `$` for parameters; it is not a validating compiler. The messages are LuaJIT's. What has been declared stays; a text that
//! fails leaves nothing behind.
//!
//! Modules: here the entry points and lists of declarations; `specifier` types in front of declarators; `declarator` pointers,
//! arrays, functions; `tagged` structures, unions, enumerations; `attribute`; `expression` constant expressions.
//!
//! Invariant: recursion is bounded by `MOST_DEPTH`, a declarator by `MOST_MODIFIERS`; any bytes give a result or an error.

mod attribute;
mod declarator;
mod expression;
mod specifier;
mod tagged;

use crate::lexer::{Keyword, Lexer, LexicalError, Token};
use crate::types::{Kind, Name, Symbol, TypeId, Types, UNKNOWN_SIZE};
use specifier::{Specifiers, StorageClasses};
use std::rc::Rc;

const MOST_DEPTH: u32 = 20;
const MOST_MODIFIERS: usize = 100;
const MOST_PACKS: usize = 7;

/// What stands for a `$`.
#[derive(Clone, Debug)]
pub enum Parameter {
    /// A type.
    Type(TypeId),
    /// A number.
    Integer(i32),
    /// A name.
    Name(Vec<u8>),
    /// A value that cannot be one: the message says what it is.
    Unsuitable,
}

/// A declaration that is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure {
    /// The message, complete.
    Message(String),
    /// The parameter with this index (from 0) is neither type, number nor name.
    BadParameter(usize),
}

type Parsed<T> = Result<T, Failure>;

/// Reads declarations (`ffi.cdef`).
pub fn declare(types: &mut Types, source: &[u8], parameters: &[Parameter]) -> Parsed<()> {
    run(types, source, parameters, true, |parser| {
        parser.declarations()
    })
}

/// Reads one abstract declaration (`ffi.typeof`).
pub fn parse_type(types: &mut Types, source: &[u8], parameters: &[Parameter]) -> Parsed<TypeId> {
    run(types, source, parameters, false, |parser| {
        let specifiers = parser.specifiers(StorageClasses::NONE)?;
        let declarator = parser.declarator(&specifiers, Form::ABSTRACT)?;
        let id = parser.build(&specifiers, &declarator)?;
        if parser.token != Token::End {
            return Err(parser.expected("<eof>"));
        }
        Ok(id)
    })
}

fn run<T>(
    types: &mut Types,
    source: &[u8],
    parameters: &[Parameter],
    is_multiple: bool,
    work: impl FnOnce(&mut Parser) -> Parsed<T>,
) -> Parsed<T> {
    let mark = types.mark();
    let mut parser = Parser {
        types,
        lexer: Lexer::new(source),
        token: Token::End,
        word: Rc::from(&b""[..]),
        parameters,
        parameter: 0,
        parameter_type: 0,
        depth: 0,
        packs: vec![u8::MAX],
        accepts_new_tags: is_multiple,
        is_pending_parameter_name: false,
    };
    let result = parser.advance().and_then(|()| work(&mut parser));
    let result = result.and_then(|value| {
        // Parameters that nothing took.
        if parser.parameter == parameters.len() {
            Ok(value)
        } else {
            Err(parser.fail("wrong number of type parameters"))
        }
    });
    if result.is_err() {
        types.undo(mark);
    }
    result
}

/// What a declarator may be.
#[derive(Clone, Copy)]
struct Form {
    /// It may have a name.
    direct: bool,
    /// It may have none.
    is_abstract: bool,
    /// It may be a bit-field.
    field: bool,
}

impl Form {
    const ABSTRACT: Form = Form {
        direct: false,
        is_abstract: true,
        field: false,
    };
    const DIRECT: Form = Form {
        direct: true,
        is_abstract: false,
        field: false,
    };
    const PARAMETER: Form = Form {
        direct: true,
        is_abstract: true,
        field: false,
    };
    const FIELD: Form = Form {
        direct: true,
        is_abstract: true,
        field: true,
    };
}

struct Parser<'a> {
    types: &'a mut Types,
    lexer: Lexer<'a>,
    token: Token,
    /// The name that the token is, or its text.
    word: Name,
    parameters: &'a [Parameter],
    parameter: usize,
    /// The type that a `$` stands for.
    parameter_type: TypeId,
    depth: u32,
    /// Alignments of `#pragma pack`, as binary logarithms.
    packs: Vec<u8>,
    /// Unknown tags are declared by being named.
    accepts_new_tags: bool,
    is_pending_parameter_name: bool,
}

impl Parser<'_> {
    // ---- Tokens ----

    fn advance(&mut self) -> Parsed<()> {
        match self.lexer.next() {
            Ok(Token::Parameter) => self.take_parameter(),
            Ok(token) => {
                self.token = token;
                if matches!(token, Token::Identifier | Token::String) {
                    self.word = Rc::from(self.lexer.text());
                }
                self.is_pending_parameter_name = false;
                Ok(())
            }
            Err(LexicalError::Number) => {
                let near = String::from_utf8_lossy(self.lexer.text()).into_owned();
                Err(self.fail(&format!("malformed number near '{near}'")))
            }
            Err(LexicalError::String) => Err(self.fail("unfinished string near '<eof>'")),
            Err(LexicalError::Character) if self.token == Token::End => {
                Err(self.fail("''' expected"))
            }
            Err(LexicalError::Character) => Err(self.expected("'")),
            Err(LexicalError::Parameter) => Err(self.fail("syntax error near '$'")),
        }
    }
    fn take_parameter(&mut self) -> Parsed<()> {
        let Some(parameter) = self.parameters.get(self.parameter) else {
            return Err(self.fail("wrong number of type parameters"));
        };
        self.parameter += 1;
        self.token = match parameter {
            Parameter::Type(id) => {
                self.parameter_type = *id;
                Token::Parameter
            }
            Parameter::Integer(value) => Token::Integer {
                value: *value as u32,
                unsigned: false,
            },
            Parameter::Name(name) => {
                self.word = Rc::from(&name[..]);
                self.is_pending_parameter_name = true;
                Token::Identifier
            }
            Parameter::Unsuitable => return Err(Failure::BadParameter(self.parameter - 1)),
        };
        Ok(())
    }
    fn accept(&mut self, byte: u8) -> Parsed<bool> {
        self.accept_token(Token::Byte(byte))
    }
    fn accept_token(&mut self, token: Token) -> Parsed<bool> {
        if self.token != token {
            return Ok(false);
        }
        self.advance()?;
        Ok(true)
    }
    fn expect(&mut self, byte: u8) -> Parsed<()> {
        if self.token != Token::Byte(byte) {
            return Err(self.expected(&char::from(byte).to_string()));
        }
        self.advance()
    }
    /// What the identifier at the token means; names from parameters mean nothing yet.
    fn symbol(&self) -> Option<&Symbol> {
        if self.is_pending_parameter_name {
            return None;
        }
        self.types.symbol(&self.word)
    }
    fn typedef(&self) -> Option<TypeId> {
        match (self.token, self.symbol()) {
            (Token::Identifier, Some(Symbol::Typedef(id))) => Some(*id),
            _ => None,
        }
    }
    /// Whether a type may begin here.
    fn is_type(&self) -> bool {
        match self.token {
            Token::Keyword(word) => !matches!(word, Keyword::Sizeof | Keyword::Alignof),
            Token::Parameter => true,
            _ => self.typedef().is_some(),
        }
    }

    // ---- Errors ----

    fn fail(&self, message: &str) -> Failure {
        Failure::Message(if self.lexer.line > 1 {
            format!("{message} at line {}", self.lexer.line)
        } else {
            message.to_owned()
        })
    }
    fn fail_near(&self, message: &str) -> Failure {
        let near = match self.token {
            Token::End => "<eof>".into(),
            Token::Operator(operator) => operator.into(),
            Token::Byte(byte) if byte.is_ascii_control() => format!("char({byte})"),
            Token::Byte(byte) => char::from(byte).to_string(),
            _ => {
                let text = String::from_utf8_lossy(self.lexer.text());
                if text.is_empty() {
                    "$".into()
                } else {
                    text.into_owned()
                }
            }
        };
        self.fail(&format!("{message} near '{near}'"))
    }
    fn expected(&self, what: &str) -> Failure {
        self.fail_near(&format!("'{what}' expected"))
    }
    fn fail_size(&self) -> Failure {
        self.fail("size of C type is unknown or too large")
    }
    fn fail_type(&self) -> Failure {
        self.fail("invalid C type")
    }
    fn enter(&mut self) -> Parsed<()> {
        self.depth += 1;
        if self.depth > MOST_DEPTH {
            return Err(self.fail("chunk has too many syntax levels"));
        }
        if self.types.is_full() {
            return Err(self.fail("table overflow"));
        }
        Ok(())
    }
    fn leave(&mut self) {
        self.depth -= 1;
    }

    // ---- Lists of declarations ----

    fn declarations(&mut self) -> Parsed<()> {
        let mut is_first = true;
        while self.token != Token::End {
            if self.accept(b';')? {
                is_first = false;
                continue;
            }
            if self.token == Token::Byte(b'#') {
                self.directive()?;
                continue;
            }
            let specifiers = self.specifiers(StorageClasses::DECLARATION)?;
            let is_bare = matches!(self.token, Token::Byte(b';') | Token::End)
                && specifiers.is_tagged(self.types);
            if !is_bare {
                loop {
                    self.one_declarator(&specifiers)?;
                    if !self.accept(b',')? {
                        break;
                    }
                }
            }
            // One declaration alone needs no semicolon.
            if self.token == Token::End && is_first {
                break;
            }
            is_first = false;
            self.expect(b';')?;
        }
        Ok(())
    }
    fn one_declarator(&mut self, specifiers: &Specifiers) -> Parsed<()> {
        let declarator = self.declarator(specifiers, Form::DIRECT)?;
        let id = self.build(specifiers, &declarator)?;
        let Some(name) = declarator.name.clone() else {
            return Ok(());
        };
        // Declaring something again changes nothing.
        let is_known = self.types.symbol(&name).is_some();
        let storage = specifiers.storage;
        let symbol = if storage.is_typedef {
            Symbol::Typedef(id)
        } else if matches!(self.types.kind(id), Kind::Function(_)) {
            Symbol::Function(id, declarator.redirect.clone())
        } else if storage.is_static {
            if is_known {
                return Ok(());
            }
            let value = self.constant_initialiser(id)?;
            Symbol::Constant { value, type_id: id }
        } else {
            Symbol::Variable(id, declarator.redirect.clone())
        };
        if !is_known {
            self.types.define_symbol(name, symbol);
        }
        Ok(())
    }
    /// `= 5` behind a `static const int`.
    fn constant_initialiser(&mut self, id: TypeId) -> Parsed<u32> {
        let entry = *self.types.get(id);
        let unsigned = match entry.kind {
            Kind::Integer { unsigned } => unsigned,
            Kind::Bool => true,
            _ => return Err(self.fail_type()),
        };
        if entry.kind == Kind::Bool || !entry.constant || entry.size > 4 {
            return Err(self.fail_type());
        }
        self.expect(b'=')?;
        let value = self.sub_expression(0)?.bits;
        let shift = 8 * (4 - entry.size);
        Ok(if unsigned {
            (value << shift) >> shift
        } else {
            (((value << shift) as i32) >> shift) as u32
        })
    }

    // ---- Directives that preprocessors leave ----

    fn directive(&mut self) -> Parsed<()> {
        let line = self.lexer.line;
        self.advance()?;
        match self.token {
            Token::Integer { value, .. } => self.line_marker(line, value),
            Token::Identifier if *self.word == *b"line" => {
                self.advance()?;
                match self.token {
                    Token::Integer { value, .. } => self.line_marker(line, value),
                    _ => Err(self.expected("<integer>")),
                }
            }
            Token::Identifier if *self.word == *b"pragma" => self.pragma(line),
            _ => Err(self.fail_near("unexpected symbol")),
        }
    }
    fn line_marker(&mut self, line: u32, new_line: u32) -> Parsed<()> {
        self.skip_line(line)?;
        self.lexer.line = new_line;
        Ok(())
    }
    fn skip_line(&mut self, line: u32) -> Parsed<()> {
        while self.token != Token::End && self.lexer.line == line {
            self.advance()?;
        }
        Ok(())
    }
    fn pragma(&mut self, line: u32) -> Parsed<()> {
        self.advance()?;
        if self.token != Token::Identifier || *self.word != *b"pack" {
            return self.skip_line(line);
        }
        self.advance()?;
        self.expect(b'(')?;
        if self.token == Token::Identifier {
            match &*self.word {
                b"push" if self.packs.len() < MOST_PACKS => {
                    self.packs
                        .push(self.packs.last().copied().unwrap_or(u8::MAX));
                }
                b"push" => return Err(self.fail_near("chunk has too many syntax levels")),
                b"pop" => {
                    if self.packs.len() > 1 {
                        self.packs.pop();
                    }
                }
                _ => return Err(self.fail_near("unexpected symbol")),
            }
            self.advance()?;
            if !self.accept(b',')? {
                return self.expect(b')');
            }
        }
        let alignment = match self.token {
            Token::Integer { value, .. } => {
                self.advance()?;
                if value == 0 { 0 } else { value.ilog2() as u8 }
            }
            _ => u8::MAX,
        };
        if let Some(last) = self.packs.last_mut() {
            *last = alignment;
        }
        self.expect(b')')
    }
    fn pack(&self) -> u8 {
        self.packs.last().copied().unwrap_or(u8::MAX)
    }
    /// Bytes of a type that must have a size.
    fn known_size(&self, id: TypeId) -> Parsed<u32> {
        match self.types.size_bytes(id) {
            Some(size) if size != UNKNOWN_SIZE => Ok(size),
            _ => Err(self.fail_size()),
        }
    }
}
