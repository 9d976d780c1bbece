//! The types of the shading language, and how messages name them.
//!
//! ```text
//! vec4        Vector(Float, 4)         "4-component vector of float"
//! mat3x2      Matrix { columns: 3, rows: 2 }
//! float a[3]  Array(float, 3)          "3-element array of float"
//! ```
//!
//! A structure is shared by all uses of its name, so types are cheap to clone and equal exactly if the language says so.

use super::super::texture::TextureType;
use std::rc::Rc;

/// What a number is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    /// true or false
    Bool,
    /// signed, 32 bits
    Int,
    /// unsigned, 32 bits
    Uint,
    /// single precision
    Float,
}

impl Kind {
    /// Its name in the language.
    pub fn name(self) -> &'static str {
        match self {
            Self::Bool => "bool",
            Self::Int => "int",
            Self::Uint => "uint",
            Self::Float => "float",
        }
    }

    /// Whether a value of this kind becomes one of `other` where one is expected.
    pub fn converts_to(self, other: Kind) -> bool {
        self == other
            || matches!(
                (self, other),
                (Self::Int | Self::Uint, Self::Float) | (Self::Int, Self::Uint)
            )
    }
}

/// The shape of a texture that a shader reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct SamplerKind {
    /// Which coordinates it takes.
    pub dimension: SamplerDimension,
    /// Whether it answers comparisons with depth values.
    pub shadow: bool,
}

/// The coordinates of a texture.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SamplerDimension {
    /// x and y
    Flat,
    /// x, y and a layer
    Array,
    /// a direction
    Cube,
    /// x, y and z
    Volume,
}

impl SamplerDimension {
    /// The textures that fit.
    pub fn texture_type(self) -> TextureType {
        match self {
            Self::Flat => TextureType::TwoDimensional,
            Self::Array => TextureType::Array,
            Self::Cube => TextureType::Cube,
            Self::Volume => TextureType::Volume,
        }
    }

    /// Components of a place in the texture.
    pub fn coordinates(self) -> u8 {
        if self == Self::Flat { 2 } else { 3 }
    }
}

/// A structure.
#[derive(Debug, PartialEq, Eq, Hash)]
pub struct StructType {
    /// Its name.
    pub name: Rc<str>,
    /// Names and types of its parts.
    pub fields: Vec<(Rc<str>, Type)>,
}

/// A type.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Type {
    /// What functions without a result return.
    Void,
    /// One number.
    Scalar(Kind),
    /// Two to four numbers.
    Vector(Kind, u8),
    /// Columns of floats.
    Matrix {
        /// two to four
        columns: u8,
        /// two to four
        rows: u8,
    },
    /// A texture.
    Sampler(SamplerKind),
    /// A structure.
    Struct(Rc<StructType>),
    /// So many of one type; 0 while the size is not known yet.
    Array(Rc<Type>, u32),
}

impl Type {
    /// A float.
    pub const FLOAT: Type = Type::Scalar(Kind::Float);
    /// A boolean.
    pub const BOOL: Type = Type::Scalar(Kind::Bool);
    /// An integer.
    pub const INT: Type = Type::Scalar(Kind::Int);

    /// One number or a vector.
    pub fn numbers(kind: Kind, components: u8) -> Type {
        if components == 1 {
            Type::Scalar(kind)
        } else {
            Type::Vector(kind, components)
        }
    }

    /// The kind of its numbers, if it is made of numbers.
    pub fn kind(&self) -> Option<Kind> {
        match self {
            Type::Scalar(kind) | Type::Vector(kind, _) => Some(*kind),
            Type::Matrix { .. } => Some(Kind::Float),
            _ => None,
        }
    }

    /// Components of a number or vector.
    pub fn components(&self) -> Option<u8> {
        match self {
            Type::Scalar(_) => Some(1),
            Type::Vector(_, components) => Some(*components),
            _ => None,
        }
    }

    /// Numbers in it, for constructors.
    pub fn number_count(&self) -> Option<u32> {
        match self {
            Type::Matrix { columns, rows } => Some(u32::from(*columns) * u32::from(*rows)),
            other => other.components().map(u32::from),
        }
    }

    /// The same shape of another kind.
    pub fn with_kind(&self, kind: Kind) -> Type {
        match self.components() {
            Some(components) => Type::numbers(kind, components),
            None => self.clone(),
        }
    }

    /// Whether there is a texture in it.
    pub fn has_sampler(&self) -> bool {
        match self {
            Type::Sampler(_) => true,
            Type::Array(element, _) => element.has_sampler(),
            Type::Struct(structure) => structure.fields.iter().any(|(_, ty)| ty.has_sampler()),
            _ => false,
        }
    }

    /// Numbers and textures in all of it; saturates.
    pub fn total_count(&self) -> u64 {
        match self {
            Type::Array(element, size) => element.total_count().saturating_mul(u64::from(*size)),
            Type::Struct(structure) => structure
                .fields
                .iter()
                .fold(0, |sum: u64, (_, ty)| sum.saturating_add(ty.total_count())),
            other => other.number_count().map_or(1, u64::from),
        }
    }

    /// Whether a value of this type is turned into `wanted` without being asked.
    pub fn converts_to(&self, wanted: &Type) -> bool {
        if self == wanted {
            return true;
        }
        match (self, wanted) {
            (Type::Scalar(from), Type::Scalar(to)) => from.converts_to(*to),
            (Type::Vector(from, size), Type::Vector(to, wanted_size)) => {
                size == wanted_size && from.converts_to(*to)
            }
            _ => false,
        }
    }

    /// The type of an element: of an array, a matrix (a column) or a vector.
    pub fn element(&self) -> Option<Type> {
        match self {
            Type::Array(element, _) => Some((**element).clone()),
            Type::Matrix { rows, .. } => Some(Type::Vector(Kind::Float, *rows)),
            Type::Vector(kind, _) => Some(Type::Scalar(*kind)),
            _ => None,
        }
    }

    /// Elements that an index can name; 0 if not known.
    pub fn length(&self) -> u32 {
        match self {
            Type::Array(_, size) => *size,
            Type::Matrix { columns, .. } => u32::from(*columns),
            Type::Vector(_, size) => u32::from(*size),
            _ => 0,
        }
    }

    /// As error messages describe it.
    pub fn describe(&self) -> String {
        match self {
            Type::Void => "void".to_owned(),
            Type::Scalar(kind) => kind.name().to_owned(),
            Type::Vector(kind, size) => format!("{size}-component vector of {}", kind.name()),
            Type::Matrix { columns, rows } => format!("{columns}X{rows} matrix of float"),
            Type::Sampler(kind) => kind.name().to_owned(),
            Type::Struct(structure) => {
                let fields: Vec<String> = structure
                    .fields
                    .iter()
                    .map(|(name, ty)| format!(" global {} {name}", ty.describe()))
                    .collect();
                format!("structure{{{}}}", fields.join(","))
            }
            Type::Array(element, 0) => format!("unsized {}-element array", element.describe()),
            Type::Array(element, size) => format!("{size}-element array of {}", element.describe()),
        }
    }
}

impl SamplerKind {
    /// Its name in the language.
    pub fn name(self) -> &'static str {
        match (self.dimension, self.shadow) {
            (SamplerDimension::Flat, false) => "sampler2D",
            (SamplerDimension::Array, false) => "sampler2DArray",
            (SamplerDimension::Cube, false) => "samplerCube",
            (SamplerDimension::Volume, _) => "sampler3D",
            (SamplerDimension::Flat, true) => "sampler2DShadow",
            (SamplerDimension::Array, true) => "sampler2DArrayShadow",
            (SamplerDimension::Cube, true) => "samplerCubeShadow",
        }
    }
}

/// The built-in type of a name.
pub fn named_type(name: &str) -> Option<Type> {
    let matrix = |columns, rows| Some(Type::Matrix { columns, rows });
    let sampler = |dimension, shadow| Some(Type::Sampler(SamplerKind { dimension, shadow }));
    match name {
        "void" => Some(Type::Void),
        "bool" => Some(Type::BOOL),
        "int" => Some(Type::INT),
        "uint" => Some(Type::Scalar(Kind::Uint)),
        "float" => Some(Type::FLOAT),
        "mat2" | "mat2x2" => matrix(2, 2),
        "mat3" | "mat3x3" => matrix(3, 3),
        "mat4" | "mat4x4" => matrix(4, 4),
        "mat2x3" => matrix(2, 3),
        "mat2x4" => matrix(2, 4),
        "mat3x2" => matrix(3, 2),
        "mat3x4" => matrix(3, 4),
        "mat4x2" => matrix(4, 2),
        "mat4x3" => matrix(4, 3),
        "sampler2D" => sampler(SamplerDimension::Flat, false),
        "sampler2DArray" => sampler(SamplerDimension::Array, false),
        "samplerCube" => sampler(SamplerDimension::Cube, false),
        "sampler3D" => sampler(SamplerDimension::Volume, false),
        "sampler2DShadow" => sampler(SamplerDimension::Flat, true),
        "sampler2DArrayShadow" => sampler(SamplerDimension::Array, true),
        "samplerCubeShadow" => sampler(SamplerDimension::Cube, true),
        _ => {
            let (kind, size) = match name.as_bytes() {
                [b'v', b'e', b'c', size] => (Kind::Float, size),
                [b'i', b'v', b'e', b'c', size] => (Kind::Int, size),
                [b'u', b'v', b'e', b'c', size] => (Kind::Uint, size),
                [b'b', b'v', b'e', b'c', size] => (Kind::Bool, size),
                _ => return None,
            };
            (b'2'..=b'4')
                .contains(size)
                .then(|| Type::Vector(kind, size - b'0'))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_conversions() {
        assert_eq!(named_type("ivec3"), Some(Type::Vector(Kind::Int, 3)));
        assert_eq!(named_type("vec5"), None);
        assert_eq!(
            named_type("vec4").unwrap().describe(),
            "4-component vector of float"
        );
        assert!(Type::INT.converts_to(&Type::FLOAT));
        assert!(!Type::FLOAT.converts_to(&Type::INT));
    }
}
