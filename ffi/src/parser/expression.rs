//! Constant expressions: 32-bit integers, `sizeof`, casts without effect, names of constants.
//!
//! Types are kept only as far as results depend on them: signed or unsigned, and enough to answer `sizeof`.

use super::specifier::StorageClasses;
use super::{Form, Parsed, Parser};
use crate::lexer::{Keyword, Token};
use crate::types::{CONST_CHAR_ARRAY, INT32, Kind, MemberKind, Symbol, TypeId, UINT32};

/// The value of a constant expression.
#[derive(Clone, Copy, Debug)]
pub(super) struct Constant {
    pub bits: u32,
    pub type_id: TypeId,
}

impl Constant {
    fn is_signed(self) -> bool {
        self.type_id == INT32
    }
    fn truth(truth: bool) -> Constant {
        Constant {
            bits: u32::from(truth),
            type_id: INT32,
        }
    }
}

/// Binary operators by rising priority; those of one row are equal.
const OPERATORS: [&[&str]; 10] = [
    &["||"],
    &["&&"],
    &["|"],
    &["^"],
    &["&"],
    &["==", "!="],
    &["<", ">", "<=", ">="],
    &["<<", ">>"],
    &["+", "-"],
    &["*", "/", "%"],
];

impl Parser<'_> {
    /// An expression that is a size.
    pub(super) fn size_expression(&mut self) -> Parsed<u32> {
        let constant = self.integer_expression()?;
        if constant.bits >= 0x8000_0000 {
            return Err(self.fail_size());
        }
        Ok(constant.bits)
    }
    /// An expression that is an integer.
    pub(super) fn integer_expression(&mut self) -> Parsed<Constant> {
        let constant = self.sub_expression(0)?;
        if !self.types.is_integer(self.types.raw(constant.type_id)) {
            return Err(self.fail("invalid value"));
        }
        Ok(constant)
    }
    fn comma_expression(&mut self) -> Parsed<Constant> {
        loop {
            let constant = self.sub_expression(0)?;
            if !self.accept(b',')? {
                return Ok(constant);
            }
        }
    }
    /// An expression of operators with at least `priority` (0 is `?:`).
    pub(super) fn sub_expression(&mut self, priority: usize) -> Parsed<Constant> {
        let mut left = self.unary()?;
        loop {
            if priority == 0 && self.accept(b'?')? {
                let then = self.comma_expression()?;
                self.expect(b':')?;
                let otherwise = self.sub_expression(0)?;
                left = Constant {
                    bits: if left.bits != 0 {
                        then.bits
                    } else {
                        otherwise.bits
                    },
                    type_id: then.type_id.max(otherwise.type_id),
                };
                continue;
            }
            let Some((operator, row)) = self.operator(priority) else {
                return Ok(left);
            };
            self.advance()?;
            let right = self.sub_expression(row + 2)?;
            left = self.compute(operator, left, right)?;
        }
    }
    /// The binary operator at the token, if its priority is high enough.
    fn operator(&self, priority: usize) -> Option<(&'static str, usize)> {
        OPERATORS.iter().enumerate().find_map(|(row, names)| {
            let found = names.iter().find(|name| match self.token {
                Token::Operator(operator) => operator == **name,
                Token::Byte(byte) => name.as_bytes() == [byte],
                _ => false,
            })?;
            (row + 1 >= priority).then_some((*found, row))
        })
    }
    fn compute(&self, operator: &str, left: Constant, right: Constant) -> Parsed<Constant> {
        let (x, y) = (left.bits, right.bits);
        let is_signed = left.is_signed() && right.is_signed();
        let compare = |signed: bool, unsigned: bool| {
            Constant::truth(if is_signed { signed } else { unsigned })
        };
        let (sx, sy) = (x as i32, y as i32);
        let type_id = left.type_id.max(right.type_id);
        let bits = match operator {
            "||" => return Ok(Constant::truth(x != 0 || y != 0)),
            "&&" => return Ok(Constant::truth(x != 0 && y != 0)),
            "==" => return Ok(Constant::truth(x == y)),
            "!=" => return Ok(Constant::truth(x != y)),
            "<" => return Ok(compare(sx < sy, x < y)),
            ">" => return Ok(compare(sx > sy, x > y)),
            "<=" => return Ok(compare(sx <= sy, x <= y)),
            ">=" => return Ok(compare(sx >= sy, x >= y)),
            "<<" | ">>" => {
                let bits = match (operator, left.is_signed()) {
                    ("<<", _) => x.wrapping_shl(y),
                    (_, true) => sx.wrapping_shr(y) as u32,
                    (_, false) => x.wrapping_shr(y),
                };
                return Ok(Constant {
                    bits,
                    type_id: left.type_id,
                });
            }
            "|" => x | y,
            "^" => x ^ y,
            "&" => x & y,
            "+" => x.wrapping_add(y),
            "-" => x.wrapping_sub(y),
            "*" => x.wrapping_mul(y),
            _ => {
                let is_signed = type_id == INT32;
                if y == 0 || is_signed && x == 0x8000_0000 && sy == -1 {
                    return Err(self.fail("invalid value"));
                }
                match (operator, is_signed) {
                    ("/", true) => (sx / sy) as u32,
                    ("/", false) => x / y,
                    (_, true) => (sx % sy) as u32,
                    (_, false) => x % y,
                }
            }
        };
        Ok(Constant { bits, type_id })
    }
    fn unary(&mut self) -> Parsed<Constant> {
        self.enter()?;
        let constant = self.prefix()?;
        let constant = self.postfix(constant)?;
        self.leave();
        Ok(constant)
    }
    fn prefix(&mut self) -> Parsed<Constant> {
        match self.token {
            Token::Integer { value, unsigned } => {
                self.advance()?;
                return Ok(Constant {
                    bits: value,
                    type_id: if unsigned { UINT32 } else { INT32 },
                });
            }
            Token::String => {
                let mut size = 1;
                while self.token == Token::String {
                    size += self.word.len() as u32;
                    self.advance()?;
                }
                return Ok(Constant {
                    bits: size,
                    type_id: CONST_CHAR_ARRAY,
                });
            }
            Token::Keyword(Keyword::Sizeof) => return self.size_or_alignment(true),
            Token::Keyword(Keyword::Alignof) => return self.size_or_alignment(false),
            Token::Identifier => return self.named_constant(),
            _ => {}
        }
        if self.accept(b'+')? {
            return self.unary();
        }
        if self.accept(b'-')? {
            let operand = self.unary()?;
            return Ok(Constant {
                bits: operand.bits.wrapping_neg(),
                ..operand
            });
        }
        if self.accept(b'~')? {
            let operand = self.unary()?;
            return Ok(Constant {
                bits: !operand.bits,
                ..operand
            });
        }
        if self.accept(b'!')? {
            let operand = self.unary()?;
            return Ok(Constant::truth(operand.bits == 0));
        }
        if self.accept(b'(')? {
            if self.is_type() {
                let type_id = self.abstract_type()?;
                self.expect(b')')?;
                let operand = self.unary()?;
                return Ok(Constant {
                    bits: operand.bits,
                    type_id,
                });
            }
            let constant = self.comma_expression()?;
            self.expect(b')')?;
            return Ok(constant);
        }
        if self.accept(b'*')? {
            let operand = self.unary()?;
            let raw = self.types.raw_referenced(operand.type_id);
            let Some(child) = self.types.child(raw) else {
                return Err(self.fail_index(raw));
            };
            return Ok(Constant {
                bits: 0,
                type_id: child,
            });
        }
        if self.accept(b'&')? {
            let operand = self.unary()?;
            return Ok(Constant {
                bits: operand.bits,
                type_id: self.types.pointer_to(operand.type_id),
            });
        }
        Err(self.fail_near("unexpected symbol"))
    }
    fn fail_index(&self, id: TypeId) -> super::Failure {
        self.fail(&format!("'{}' cannot be indexed", self.types.text(id)))
    }
    fn abstract_type(&mut self) -> Parsed<TypeId> {
        let specifiers = self.specifiers(StorageClasses::NONE)?;
        let declarator = self.declarator(&specifiers, Form::ABSTRACT)?;
        self.build(&specifiers, &declarator)
    }
    fn size_or_alignment(&mut self, is_size: bool) -> Parsed<Constant> {
        self.advance()?;
        let operand = if self.accept(b'(')? {
            let operand = if self.is_type() {
                Constant {
                    bits: 0,
                    type_id: self.abstract_type()?,
                }
            } else {
                self.comma_expression()?
            };
            self.expect(b')')?;
            operand
        } else {
            self.unary()?
        };
        let id = match self.types.kind(operand.type_id) {
            Kind::Reference { target } => target,
            _ => operand.type_id,
        };
        let bits = if !is_size {
            1 << self.types.alignment_log2(id)
        } else if id == CONST_CHAR_ARRAY {
            operand.bits
        } else {
            self.known_size(id)?
        };
        Ok(Constant {
            bits,
            type_id: UINT32,
        })
    }
    fn named_constant(&mut self) -> Parsed<Constant> {
        let constant = match self.symbol() {
            Some(&Symbol::Constant { value, type_id }) => Constant {
                bits: value,
                type_id,
            },
            Some(&(Symbol::Variable(type_id, _) | Symbol::Function(type_id, _))) => {
                Constant { bits: 0, type_id }
            }
            _ => return Err(self.fail_near("unexpected symbol")),
        };
        self.advance()?;
        Ok(Constant {
            // Constants are `const int`; their arithmetic is that of int.
            type_id: self.types.raw(constant.type_id),
            ..constant
        })
    }
    fn postfix(&mut self, constant: Constant) -> Parsed<Constant> {
        let mut constant = constant;
        loop {
            if self.accept(b'[')? {
                let index = self.comma_expression()?;
                let raw = self.types.raw_referenced(constant.type_id);
                let other = self.types.raw_referenced(index.type_id);
                let Some(child) = self.types.child(raw).or(self.types.child(other)) else {
                    return Err(self.fail_index(other));
                };
                self.expect(b']')?;
                constant = Constant {
                    bits: 0,
                    type_id: child,
                };
                continue;
            }
            let is_arrow = self.token == Token::Operator("->");
            if !is_arrow && self.token != Token::Byte(b'.') {
                return Ok(constant);
            }
            let mut raw = self.types.raw_referenced(constant.type_id);
            if is_arrow {
                let Some(child) = self.types.child(raw) else {
                    return Err(self.fail_index(raw));
                };
                raw = self.types.raw_referenced(child);
            }
            self.advance()?;
            if self.token != Token::Identifier {
                return Err(self.expected("<identifier>"));
            }
            let found = match self.types.kind(raw) {
                Kind::Record(index) if self.types.size_bytes(raw).is_some() => {
                    self.types.find_member(index, &self.word)
                }
                _ => None,
            };
            constant = match found {
                Some(member) if !matches!(member.kind, MemberKind::Bits(_)) => Constant {
                    bits: match member.kind {
                        MemberKind::Constant(value) => value,
                        _ => 0,
                    },
                    type_id: self.types.raw(member.type_id),
                },
                _ => {
                    let text = self.types.text(raw);
                    let word = String::from_utf8_lossy(&self.word).into_owned();
                    return Err(self.fail(&format!("'{text}' has no member named '{word}'")));
                }
            };
            self.advance()?;
        }
    }
}
