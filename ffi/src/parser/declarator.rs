//! Declarators: `*p`, `a[3]`, `(*f)(int, ...)`, and the types they make of a base type.
//!
//! A declarator is read into modifiers in the order in which they apply to the base: pointers, then the suffixes from the right
//! to the left, then those of an inner declarator in parentheses.

use super::attribute::Attributes;
use super::specifier::{Base, Specifiers, StorageClasses};
use super::{Form, MOST_MODIFIERS, Parsed, Parser};
use crate::lexer::Token;
use crate::types::{CType, FunctionType, Kind, Name, SIZE_LIMIT, TypeId, UNKNOWN_SIZE};

/// One step from the base type outwards.
#[derive(Clone, Debug)]
pub(super) enum Modifier {
    Pointer {
        constant: bool,
        volatile: bool,
        size: u32,
    },
    Reference,
    Array {
        /// Number of elements.
        count: Option<u32>,
        variable: bool,
    },
    Function {
        parameters: Vec<TypeId>,
        variadic: bool,
    },
}

/// A declarator that was read.
#[derive(Clone, Debug, Default)]
pub(super) struct Declarator {
    pub name: Option<Name>,
    pub redirect: Option<Name>,
    pub modifiers: Vec<Modifier>,
    pub attributes: Attributes,
    /// Width of a bit-field.
    pub bits: Option<u32>,
}

impl Parser<'_> {
    /// Reads a declarator behind `specifiers`.
    pub(super) fn declarator(&mut self, specifiers: &Specifiers, form: Form) -> Parsed<Declarator> {
        let mut declarator = Declarator {
            attributes: specifiers.attributes.clone(),
            ..Declarator::default()
        };
        declarator.modifiers = self.modifiers(&mut declarator, form)?;
        declarator.redirect = declarator.attributes.redirect.clone();
        Ok(declarator)
    }
    fn modifiers(&mut self, declarator: &mut Declarator, form: Form) -> Parsed<Vec<Modifier>> {
        self.enter()?;
        let mut applied = Vec::new();
        self.prefixes(declarator, &mut applied)?;
        let mut inner = Vec::new();
        let mut suffixes = Vec::new();
        let mut is_function_open = false;
        if self.accept(b'(')? {
            self.attributes(&mut declarator.attributes)?;
            // In `int (int)` and `int ()` the parenthesis opens parameters.
            if form.is_abstract && (self.token == Token::Byte(b')') || self.is_type()) {
                is_function_open = true;
            } else {
                inner = self.modifiers(declarator, form)?;
                self.expect(b')')?;
            }
        } else if self.token == Token::Identifier {
            if !form.direct {
                return Err(self.expected("<eof>"));
            }
            declarator.name = Some(self.word.clone());
            self.advance()?;
        } else if !form.is_abstract {
            return Err(self.expected("<identifier>"));
        }
        loop {
            if is_function_open || self.accept(b'(')? {
                is_function_open = false;
                suffixes.push(self.function_suffix()?);
            } else if self.accept(b'[')? {
                suffixes.push(self.array_suffix(declarator)?);
            } else {
                break;
            }
        }
        if form.field && self.accept(b':')? {
            declarator.bits = Some(self.size_expression()?);
        }
        self.attributes(&mut declarator.attributes)?;
        self.leave();
        applied.extend(suffixes.into_iter().rev());
        applied.extend(inner);
        if applied.len() > MOST_MODIFIERS {
            return Err(self.fail("chunk has too many syntax levels"));
        }
        Ok(applied)
    }
    fn prefixes(&mut self, declarator: &mut Declarator, applied: &mut Vec<Modifier>) -> Parsed<()> {
        loop {
            if applied.len() > MOST_MODIFIERS {
                return Err(self.fail("chunk has too many syntax levels"));
            }
            let attributes = &mut declarator.attributes;
            if self.accept(b'*')? {
                attributes.constant = false;
                attributes.volatile = false;
                self.attributes(attributes)?;
                applied.push(Modifier::Pointer {
                    constant: attributes.constant,
                    volatile: attributes.volatile,
                    size: if attributes.pointer_size == 4 { 4 } else { 8 },
                });
            } else if self.accept(b'&')? || self.accept_token(Token::Operator("&&"))? {
                applied.push(Modifier::Reference);
            } else {
                return Ok(());
            }
            attributes.constant = false;
            attributes.volatile = false;
            attributes.pointer_size = 0;
        }
    }
    fn array_suffix(&mut self, declarator: &mut Declarator) -> Parsed<Modifier> {
        self.attributes(&mut declarator.attributes)?;
        let mut count = None;
        let variable = self.accept(b'?')?;
        if !variable && self.token != Token::Byte(b']') {
            count = Some(self.size_expression()?);
        }
        self.expect(b']')?;
        Ok(Modifier::Array { count, variable })
    }
    fn function_suffix(&mut self) -> Parsed<Modifier> {
        let mut parameters = Vec::new();
        let mut variadic = false;
        if self.token != Token::Byte(b')') {
            loop {
                if self.accept(b'.')? {
                    self.expect(b'.')?;
                    self.expect(b'.')?;
                    variadic = true;
                    break;
                }
                let specifiers = self.specifiers(StorageClasses::PARAMETER)?;
                let declarator = self.declarator(&specifiers, Form::PARAMETER)?;
                let id = self.build(&specifiers, &declarator)?;
                match self.types.kind(id) {
                    Kind::Void => break,
                    Kind::Array { element, .. } => {
                        parameters.push(self.types.pointer_to(element));
                    }
                    Kind::Function(_) => parameters.push(self.types.pointer_to(id)),
                    _ => parameters.push(id),
                }
                if !self.accept(b',')? {
                    break;
                }
            }
        }
        self.expect_after_parameters()?;
        Ok(Modifier::Function {
            parameters,
            variadic,
        })
    }
    /// `)`, and the body of a function, which is skipped.
    fn expect_after_parameters(&mut self) -> Parsed<()> {
        self.expect(b')')?;
        if self.token != Token::Byte(b'{') {
            return Ok(());
        }
        self.lexer.is_lenient = true;
        let mut level = 0;
        loop {
            match self.token {
                Token::Byte(b'{') => level += 1,
                Token::Byte(b'}') => level -= 1,
                Token::End => return Err(self.expected("}")),
                _ => {}
            }
            if level == 0 {
                break;
            }
            self.advance()?;
        }
        self.lexer.is_lenient = false;
        self.token = Token::Byte(b';');
        Ok(())
    }

    /// The type that a declarator makes of its specifiers' base.
    pub(super) fn build(
        &mut self,
        specifiers: &Specifiers,
        declarator: &Declarator,
    ) -> Parsed<TypeId> {
        let attributes = &declarator.attributes;
        let mut id = self.build_base(specifiers, attributes)?;
        for modifier in &declarator.modifiers {
            id = match modifier {
                Modifier::Pointer {
                    constant,
                    volatile,
                    size,
                } => {
                    self.refuse_reference(id)?;
                    self.make_pointer(id, *constant, *volatile, *size)
                }
                Modifier::Reference => {
                    self.refuse_reference(id)?;
                    self.types.reference_to(id)
                }
                Modifier::Array { count, variable } => self.make_array(id, *count, *variable)?,
                Modifier::Function {
                    parameters,
                    variadic,
                } => {
                    if matches!(self.types.kind(id), Kind::Function(_) | Kind::Array { .. }) {
                        return Err(self.fail_type());
                    }
                    self.types.function_type(FunctionType {
                        result: id,
                        parameters: parameters.clone(),
                        variadic: *variadic,
                    })
                }
            };
        }
        if let Some(alignment) = attributes.alignment
            && !matches!(self.types.kind(id), Kind::Function(_))
        {
            id = self.types.aligned(id, alignment);
        }
        Ok(id)
    }
    fn refuse_reference(&self, id: TypeId) -> Parsed<()> {
        match self.types.kind(id) {
            Kind::Reference { .. } => Err(self.fail_type()),
            _ => Ok(()),
        }
    }
    fn make_pointer(
        &mut self,
        target: TypeId,
        constant: bool,
        volatile: bool,
        size: u32,
    ) -> TypeId {
        let plain = CType {
            kind: Kind::Pointer { target },
            constant: false,
            volatile: false,
            size,
            alignment: if size == 4 { 2 } else { 3 },
            forced_alignment: false,
        };
        self.types.intern(plain);
        self.types.intern(CType {
            constant,
            volatile,
            ..plain
        })
    }
    fn make_array(
        &mut self,
        element: TypeId,
        count: Option<u32>,
        variable: bool,
    ) -> Parsed<TypeId> {
        self.refuse_reference(element)?;
        let element_size = match self.types.size_bytes(element) {
            Some(size) if !self.types.is_variable(element) => size,
            _ => return Err(self.fail_size()),
        };
        let size = match count {
            Some(count) => {
                let size = u64::from(count) * u64::from(element_size);
                if size >= SIZE_LIMIT {
                    return Err(self.fail_size());
                }
                size as u32
            }
            None => UNKNOWN_SIZE,
        };
        Ok(self.types.array_of(element, size, variable))
    }
    fn build_base(&mut self, specifiers: &Specifiers, attributes: &Attributes) -> Parsed<TypeId> {
        let (kind, mut size, constant, volatile) = match specifiers.base {
            Base::Number { kind, size } => {
                let own = &specifiers.attributes;
                (kind, size, own.constant, own.volatile)
            }
            Base::Type(id) => {
                let entry = *self.types.get(id);
                let is_changed = attributes.mode_size != 0 || attributes.vector_size != 0;
                if !is_changed || !matches!(entry.kind, Kind::Integer { .. } | Kind::Float) {
                    return Ok(id);
                }
                (entry.kind, entry.size, entry.constant, entry.volatile)
            }
        };
        if kind == Kind::Bool {
            return Ok(self.types.number(kind, size, constant, volatile));
        }
        let mode = attributes.mode_size;
        if mode != 0 && (kind != Kind::Float || mode == 4 || mode == 8) {
            size = mode;
        }
        let id = self.types.number(kind, size, constant, volatile);
        let vector = attributes.vector_size;
        if vector != 0 && vector >= size {
            // Sizes of vectors are powers of two.
            let vector = 1u32 << vector.ilog2();
            return Ok(self.types.vector_of(id, vector));
        }
        Ok(id)
    }
}
