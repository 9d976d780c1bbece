//! Structures, unions and enumerations.

use super::attribute::Attributes;
use super::specifier::StorageClasses;
use super::{Form, Parsed, Parser};
use crate::layout::{self, FieldDeclaration};
use crate::lexer::Token;
use crate::types::{Completeness, INT32, Kind, Member, MemberKind, Name, Symbol, TypeId, UINT32};

impl Parser<'_> {
    /// The name behind `struct`, `union` or `enum`, and the type it stands for; true if a definition follows.
    fn tag(
        &mut self,
        attributes: &mut Attributes,
        is_wanted: impl Fn(&Parser, TypeId) -> bool,
        make: impl Fn(&mut Parser, Option<Name>) -> TypeId,
    ) -> Parsed<(TypeId, bool)> {
        self.advance()?;
        self.attributes(attributes)?;
        let mut name = None;
        if self.token != Token::Byte(b'{') {
            if self.token != Token::Identifier {
                return Err(self.expected("<identifier>"));
            }
            name = Some(self.word.clone());
        }
        let id = match &name {
            Some(tag) => match self
                .types
                .tag(tag)
                .filter(|_| !self.is_pending_parameter_name)
            {
                Some(id) if is_wanted(self, id) => id,
                Some(_) => return Err(self.redefined(Some(tag))),
                None if !self.accepts_new_tags => {
                    let tag = String::from_utf8_lossy(tag).into_owned();
                    return Err(self.fail(&format!("undeclared or implicit tag '{tag}'")));
                }
                None => {
                    let id = make(self, Some(tag.clone()));
                    self.types.define_tag(tag.clone(), id);
                    id
                }
            },
            None => make(self, None),
        };
        if name.is_some() {
            self.advance()?;
        }
        Ok((id, self.token == Token::Byte(b'{')))
    }
    fn redefined(&self, name: Option<&Name>) -> super::Failure {
        let name = name.map_or_else(String::new, |name| {
            String::from_utf8_lossy(name).into_owned()
        });
        self.fail(&format!("attempt to redefine '{name}'"))
    }

    /// `struct name { members }`
    pub(super) fn structure(
        &mut self,
        attributes: &mut Attributes,
        is_union: bool,
    ) -> Parsed<TypeId> {
        let (id, is_definition) = self.tag(
            attributes,
            |parser, id| match parser.types.kind(id) {
                Kind::Record(index) => parser.types.record(index).is_union == is_union,
                _ => false,
            },
            |parser, name| parser.types.new_record(name, is_union),
        )?;
        let Kind::Record(index) = self.types.kind(id) else {
            return Err(self.fail_type());
        };
        if !is_definition {
            return Ok(id);
        }
        if self.types.record(index).completeness != Completeness::Incomplete {
            let name = self.types.record(index).name.clone();
            return Err(self.redefined(name.as_ref()));
        }
        self.types.note_definition(id);
        self.types.record_mut(index).completeness = Completeness::InDefinition;
        self.expect(b'{')?;
        let mut declarations: Vec<FieldDeclaration> = Vec::new();
        let mut is_last = false;
        while self.token != Token::Byte(b'}') {
            self.member_declaration(&mut declarations, &mut is_last)?;
        }
        self.expect(b'}')?;
        // Attributes behind the brace concern the layout too.
        self.attributes(attributes)?;
        let laid_out = layout::lay_out(
            self.types,
            declarations,
            is_union,
            attributes.packed,
            attributes.alignment,
            self.pack(),
        );
        let Some(laid_out) = laid_out else {
            return Err(self.fail_size());
        };
        // It belongs to the structure and not to what is declared with it.
        attributes.alignment = None;
        attributes.packed = false;
        let record = self.types.record_mut(index);
        record.members = laid_out.members;
        record.size = laid_out.size;
        record.alignment = laid_out.alignment;
        record.variable = laid_out.variable;
        record.has_constant = laid_out.has_constant;
        record.completeness = Completeness::Complete;
        Ok(id)
    }
    fn member_declaration(
        &mut self,
        declarations: &mut Vec<FieldDeclaration>,
        is_last: &mut bool,
    ) -> Parsed<()> {
        let specifiers = self.specifiers(StorageClasses::MEMBER)?;
        let form = if specifiers.storage.is_static {
            Form::DIRECT
        } else {
            Form::FIELD
        };
        loop {
            if *is_last {
                return Err(self.expected("}"));
            }
            let mut declarator = self.declarator(&specifiers, form)?;
            let attributes = std::mem::take(&mut declarator.attributes);
            // The alignment is the field's, not the type's.
            declarator.attributes = Attributes {
                alignment: None,
                ..attributes.clone()
            };
            let id = self.build(&specifiers, &declarator)?;
            let mut field = FieldDeclaration {
                member: Member {
                    name: declarator.name,
                    kind: MemberKind::Plain,
                    type_id: id,
                    offset: 0,
                },
                bits: declarator.bits,
                packed: attributes.packed,
                alignment: attributes.alignment,
            };
            if specifiers.storage.is_static {
                field.member.kind = MemberKind::Constant(self.constant_initialiser(id)?);
            } else if let Some(bits) = declarator.bits {
                self.check_bits(&field, bits)?;
            } else {
                self.check_field(&mut field, is_last)?;
            }
            declarations.push(field);
            if !self.accept(b',')? {
                break;
            }
        }
        self.expect(b';')
    }
    fn check_bits(&self, field: &FieldDeclaration, bits: u32) -> Parsed<()> {
        let entry = *self.types.get(self.types.raw(field.member.type_id));
        let width_limit = match entry.kind {
            Kind::Bool => 1,
            Kind::Integer { .. } if entry.size <= 4 => 8 * entry.size,
            _ => 0,
        };
        if bits > width_limit || width_limit == 0 || bits == 0 && field.member.name.is_some() {
            return Err(self.fail("invalid value near ':'"));
        }
        Ok(())
    }
    fn check_field(&self, field: &mut FieldDeclaration, is_last: &mut bool) -> Parsed<()> {
        let id = field.member.type_id;
        if matches!(self.types.kind(id), Kind::Array { .. }) && self.types.size_bytes(id).is_none()
        {
            *is_last = true;
        }
        if field.member.name.is_none() {
            let is_allowed = match self.types.kind(id) {
                Kind::Record(_) => !self.types.is_variable(id),
                Kind::Enum(_) => true,
                _ => false,
            };
            if !is_allowed {
                return Err(self.expected("<identifier>"));
            }
            field.member.kind = MemberKind::Anonymous;
        }
        Ok(())
    }

    /// `enum name { constants }`
    pub(super) fn enumeration(&mut self, attributes: &mut Attributes) -> Parsed<TypeId> {
        let (id, is_definition) = self.tag(
            attributes,
            |parser, id| matches!(parser.types.kind(id), Kind::Enum(_)),
            |parser, name| parser.types.new_enumeration(name),
        )?;
        let Kind::Enum(index) = self.types.kind(id) else {
            return Err(self.fail_type());
        };
        if !is_definition {
            return Ok(id);
        }
        if self.types.enumeration(index).completeness != Completeness::Incomplete {
            let name = self.types.enumeration(index).name.clone();
            return Err(self.redefined(name.as_ref()));
        }
        self.types.note_definition(id);
        self.types.enumeration_mut(index).completeness = Completeness::InDefinition;
        self.expect(b'{')?;
        let mut next = 0u32;
        let mut type_id = INT32;
        let mut unsigned = true;
        loop {
            if self.token != Token::Identifier {
                return Err(self.expected("<identifier>"));
            }
            let name = self.word.clone();
            if self.symbol().is_some() {
                return Err(self.redefined(Some(&name)));
            }
            self.advance()?;
            if self.accept(b'=')? {
                let constant = self.integer_expression()?;
                next = constant.bits;
                type_id = INT32;
                if constant.type_id == UINT32 {
                    // A constant like 0x80000000 stays unsigned.
                    if (next as i32) < 0 {
                        type_id = UINT32;
                    }
                } else if (next as i32) < 0 {
                    unsigned = false;
                }
            }
            self.types
                .enumeration_mut(index)
                .constants
                .push((name.clone(), next, type_id));
            let constant = Symbol::Constant {
                value: next,
                type_id,
            };
            self.types.define_symbol(name, constant);
            next = next.wrapping_add(1);
            if next == 0x8000_0000 {
                type_id = UINT32;
            }
            if !self.accept(b',')? || self.token == Token::Byte(b'}') {
                break;
            }
        }
        self.expect(b'}')?;
        let enumeration = self.types.enumeration_mut(index);
        enumeration.unsigned = unsigned;
        enumeration.completeness = Completeness::Complete;
        Ok(id)
    }
}
