//! Declaration specifiers: `unsigned long int`, `const struct point`, typedef names, storage classes.

use super::attribute::Attributes;
use super::{Parsed, Parser};
use crate::lexer::{Keyword, Token};
use crate::types::{COMPLEX_DOUBLE, COMPLEX_FLOAT, Kind, TypeId, Types, VOID};

/// Storage classes: those allowed, or those found.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct StorageClasses {
    pub is_typedef: bool,
    pub is_extern: bool,
    pub is_static: bool,
    pub is_register: bool,
}

impl StorageClasses {
    pub const NONE: StorageClasses = StorageClasses {
        is_typedef: false,
        is_extern: false,
        is_static: false,
        is_register: false,
    };
    pub const DECLARATION: StorageClasses = StorageClasses {
        is_typedef: true,
        is_extern: true,
        is_static: true,
        is_register: false,
    };
    pub const MEMBER: StorageClasses = StorageClasses {
        is_static: true,
        ..StorageClasses::NONE
    };
    pub const PARAMETER: StorageClasses = StorageClasses {
        is_register: true,
        ..StorageClasses::NONE
    };
}

/// What stands in front of declarators.
#[derive(Clone, Debug)]
pub(super) struct Specifiers {
    pub base: Base,
    pub attributes: Attributes,
    pub storage: StorageClasses,
}

/// The type that declarators begin with.
#[derive(Clone, Copy, Debug)]
pub(super) enum Base {
    /// A type that exists.
    Type(TypeId),
    /// A number whose size an attribute may still change.
    Number { kind: Kind, size: u32 },
}

impl Specifiers {
    /// Whether it is a structure, union or enumeration: `struct point;` declares something.
    pub fn is_tagged(&self, types: &Types) -> bool {
        match self.base {
            Base::Type(id) => matches!(types.kind(id), Kind::Record(_) | Kind::Enum(_)),
            Base::Number { .. } => false,
        }
    }
}

/// The words seen.
#[derive(Default)]
struct Words {
    void: bool,
    bool_: bool,
    char_: bool,
    int: bool,
    float: bool,
    long: u32,
    short: bool,
    complex: bool,
    signed: bool,
    unsigned: bool,
    /// A size that a word gave.
    size: u32,
}

impl Parser<'_> {
    /// Specifiers in front of a declarator.
    pub(super) fn specifiers(&mut self, allowed: StorageClasses) -> Parsed<Specifiers> {
        self.enter()?;
        let mut attributes = Attributes::default();
        let mut storage = StorageClasses::default();
        let mut words = Words::default();
        let mut definition: Option<TypeId> = None;
        loop {
            self.attributes(&mut attributes)?;
            if let Token::Keyword(word) = self.token {
                if self.storage_word(word, allowed, &mut storage)? {
                    continue;
                }
                if is_type_word(word) {
                    if !words.take(word, definition.is_some()) {
                        break;
                    }
                    self.advance()?;
                    continue;
                }
            }
            let is_begun = words.size != 0
                || definition.is_some()
                || words.short
                || words.long > 0
                || words.signed
                || words.unsigned
                || words.complex
                || words.void;
            if is_begun {
                break;
            }
            definition = Some(match self.token {
                Token::Keyword(Keyword::Struct) => self.structure(&mut attributes, false)?,
                Token::Keyword(Keyword::Union) => self.structure(&mut attributes, true)?,
                Token::Keyword(Keyword::Enum) => self.enumeration(&mut attributes)?,
                Token::Parameter => {
                    let id = self.parameter_type;
                    self.advance()?;
                    id
                }
                _ => match self.typedef() {
                    Some(id) => {
                        self.advance()?;
                        id
                    }
                    None => break,
                },
            });
        }
        self.leave();
        let base = self.base_type(&words, definition, &mut attributes)?;
        Ok(Specifiers {
            base,
            attributes,
            storage,
        })
    }
    fn storage_word(
        &mut self,
        word: Keyword,
        allowed: StorageClasses,
        storage: &mut StorageClasses,
    ) -> Parsed<bool> {
        let (is_allowed, place) = match word {
            Keyword::Typedef => (allowed.is_typedef, &mut storage.is_typedef),
            Keyword::Extern => (allowed.is_extern, &mut storage.is_extern),
            Keyword::Static => (allowed.is_static, &mut storage.is_static),
            Keyword::Register => (allowed.is_register, &mut storage.is_register),
            Keyword::Auto => return Err(self.fail_near("bad storage class")),
            Keyword::Inline => {
                self.advance()?;
                return Ok(true);
            }
            _ => return Ok(false),
        };
        *place = true;
        if !is_allowed {
            return Err(self.fail_near("bad storage class"));
        }
        self.advance()?;
        Ok(true)
    }
    fn base_type(
        &mut self,
        words: &Words,
        definition: Option<TypeId>,
        attributes: &mut Attributes,
    ) -> Parsed<Base> {
        let definition = if words.complex {
            Some(if words.size == 4 {
                COMPLEX_FLOAT
            } else {
                COMPLEX_DOUBLE
            })
        } else if words.void {
            definition.or(Some(VOID))
        } else {
            definition
        };
        if let Some(id) = definition {
            let (constant, volatile) = (attributes.constant, attributes.volatile);
            attributes.constant = false;
            attributes.volatile = false;
            return Ok(Base::Type(if constant || volatile {
                self.types.raw_entry_exists(id);
                self.types.qualified(id, constant, volatile)
            } else {
                id
            }));
        }
        let integer = Kind::Integer {
            unsigned: words.unsigned,
        };
        let (kind, size) = if words.bool_ {
            if words.char_ || words.float || words.long > 0 || words.short {
                return Err(self.fail_type());
            }
            (Kind::Bool, words.size.max(1))
        } else if words.float {
            let size = if words.long > 0 { 16 } else { words.size };
            (Kind::Float, size)
        } else if words.char_ {
            (integer, 1)
        } else if words.short {
            (integer, 2)
        } else if words.long > 1 {
            (integer, 8)
        } else if words.long > 0 {
            (integer, if cfg!(windows) { 4 } else { 8 })
        } else if words.size != 0 {
            (integer, words.size)
        } else if words.signed || words.unsigned {
            (integer, 4)
        } else {
            return Err(self.fail_near("declaration specifier expected"));
        };
        Ok(Base::Number { kind, size })
    }
}

fn is_type_word(word: Keyword) -> bool {
    matches!(
        word,
        Keyword::Void
            | Keyword::Bool(_)
            | Keyword::Char
            | Keyword::Int(_)
            | Keyword::Float(_)
            | Keyword::Long
            | Keyword::Short
            | Keyword::Complex
            | Keyword::Signed
            | Keyword::Unsigned
    )
}

impl Words {
    /// Notes a word; false if it does not belong to this type any more.
    fn take(&mut self, word: Keyword, is_defined: bool) -> bool {
        let size = match word {
            Keyword::Void => 1,
            Keyword::Bool(size) | Keyword::Int(size) | Keyword::Float(size) => size,
            Keyword::Char => 1,
            _ => 0,
        };
        if size != 0 && self.size != 0 || is_defined {
            return false;
        }
        if size != 0 {
            self.size = size;
        }
        match word {
            Keyword::Void => self.void = true,
            Keyword::Bool(_) => self.bool_ = true,
            Keyword::Char => self.char_ = true,
            Keyword::Int(_) => self.int = true,
            Keyword::Float(_) => self.float = true,
            Keyword::Long => self.long += 1,
            Keyword::Short => self.short = true,
            Keyword::Complex => self.complex = true,
            Keyword::Signed => self.signed = true,
            Keyword::Unsigned => self.unsigned = true,
            _ => {}
        }
        true
    }
}
