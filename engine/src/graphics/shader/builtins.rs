//! The functions of the shading language: their signatures and the choice between overloads.
//!
//! A signature is a few letters, result first:
//!
//! ```text
//! F(F,F)   genType f(genType, genType)      f i u b   one number of a kind
//! f(F,F)   float dot(genType, genType)      F I U B   a number or vector, of one size throughout a signature
//! F(F,f)   genType max(genType, float)      V W X Y   vectors only (float, int, uint, bool)
//! 4(s,2)   vec4 texture(sampler2D, vec2)    2 3 4     vectors of floats    7 8 9   of integers
//!                                           s a c v   textures: flat, array, cube, volume
//!                                           z y x     shadow: flat, array, cube
//! ```
//!
//! Functions that need no special treatment on the card (`inverse`, `gammaToLinear`) are written in the language itself, in
//! prelude.glsl.

use super::error::Stage;
use super::types::{Kind, SamplerDimension, SamplerKind, Type};
use naga::MathFunction as Math;

/// How a texture level is chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TextureLevel {
    /// By the distance of neighbouring pixels.
    Automatic,
    /// The same, moved by the last argument.
    Bias,
    /// The last argument.
    Explicit,
    /// By the last two arguments.
    Gradient,
}

/// What a call of a built-in function does.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Builtin {
    /// A function of the card.
    Math(Math),
    /// `mod`
    FloatModulo,
    /// `modf`
    Modf,
    /// `mix` with booleans
    Select,
    /// `ldexp`
    Ldexp,
    /// `lessThan` and its like
    Compare(super::tree::BinaryOperator),
    /// `not`
    Not,
    /// `any`
    Any,
    /// `all`
    All,
    /// `isnan`
    IsNan,
    /// `isinf`
    IsInf,
    /// `dFdx`
    DerivativeX,
    /// `dFdy`
    DerivativeY,
    /// `fwidth`
    Width,
    /// `floatBitsToInt` and its like
    Bits,
    /// `outerProduct`
    OuterProduct,
    /// `matrixCompMult`
    ComponentProduct,
    /// `transpose`
    Transpose,
    /// `determinant`
    Determinant,
    /// `texture` and its relatives
    Texture {
        /// How the level is chosen.
        level: TextureLevel,
        /// Coordinates are divided by their last component.
        projected: bool,
        /// An offset in pixels follows the coordinates.
        offset: bool,
    },
    /// `texelFetch`
    Fetch,
    /// `textureSize`
    Size,
}

const fn texture(level: TextureLevel, projected: bool, offset: bool) -> Builtin {
    Builtin::Texture {
        level,
        projected,
        offset,
    }
}

use super::tree::BinaryOperator as Op;
use Builtin::{Compare, Math as M};
use TextureLevel::{Automatic, Bias, Explicit, Gradient};

/// Name, signatures, meaning.
const TABLE: &[(&str, &str, Builtin)] = &[
    ("radians", "F(F)", M(Math::Radians)),
    ("degrees", "F(F)", M(Math::Degrees)),
    ("sin", "F(F)", M(Math::Sin)),
    ("cos", "F(F)", M(Math::Cos)),
    ("tan", "F(F)", M(Math::Tan)),
    ("asin", "F(F)", M(Math::Asin)),
    ("acos", "F(F)", M(Math::Acos)),
    ("atan", "F(F)", M(Math::Atan)),
    ("atan", "F(F,F)", M(Math::Atan2)),
    ("sinh", "F(F)", M(Math::Sinh)),
    ("cosh", "F(F)", M(Math::Cosh)),
    ("tanh", "F(F)", M(Math::Tanh)),
    ("asinh", "F(F)", M(Math::Asinh)),
    ("acosh", "F(F)", M(Math::Acosh)),
    ("atanh", "F(F)", M(Math::Atanh)),
    ("pow", "F(F,F)", M(Math::Pow)),
    ("exp", "F(F)", M(Math::Exp)),
    ("log", "F(F)", M(Math::Log)),
    ("exp2", "F(F)", M(Math::Exp2)),
    ("log2", "F(F)", M(Math::Log2)),
    ("sqrt", "F(F)", M(Math::Sqrt)),
    ("inversesqrt", "F(F)", M(Math::InverseSqrt)),
    ("abs", "F(F) I(I)", M(Math::Abs)),
    ("sign", "F(F) I(I)", M(Math::Sign)),
    ("floor", "F(F)", M(Math::Floor)),
    ("trunc", "F(F)", M(Math::Trunc)),
    ("round", "F(F)", M(Math::Round)),
    ("roundEven", "F(F)", M(Math::Round)),
    ("ceil", "F(F)", M(Math::Ceil)),
    ("fract", "F(F)", M(Math::Fract)),
    ("mod", "F(F,F) F(F,f)", Builtin::FloatModulo),
    ("modf", "F(F,F)", Builtin::Modf),
    (
        "min",
        "F(F,F) F(F,f) I(I,I) I(I,i) U(U,U) U(U,u)",
        M(Math::Min),
    ),
    (
        "max",
        "F(F,F) F(F,f) I(I,I) I(I,i) U(U,U) U(U,u)",
        M(Math::Max),
    ),
    (
        "clamp",
        "F(F,F,F) F(F,f,f) I(I,I,I) I(I,i,i) U(U,U,U) U(U,u,u)",
        M(Math::Clamp),
    ),
    ("mix", "F(F,F,F) F(F,F,f)", M(Math::Mix)),
    (
        "mix",
        "F(F,F,B) I(I,I,B) U(U,U,B) B(B,B,B)",
        Builtin::Select,
    ),
    ("step", "F(F,F) F(f,F)", M(Math::Step)),
    ("smoothstep", "F(F,F,F) F(f,f,F)", M(Math::SmoothStep)),
    ("fma", "F(F,F,F)", M(Math::Fma)),
    ("ldexp", "F(F,I)", Builtin::Ldexp),
    ("isnan", "B(F)", Builtin::IsNan),
    ("isinf", "B(F)", Builtin::IsInf),
    ("length", "f(F)", M(Math::Length)),
    ("distance", "f(F,F)", M(Math::Distance)),
    ("dot", "f(F,F)", M(Math::Dot)),
    ("cross", "3(3,3)", M(Math::Cross)),
    ("normalize", "F(F)", M(Math::Normalize)),
    ("faceforward", "F(F,F,F)", M(Math::FaceForward)),
    ("reflect", "F(F,F)", M(Math::Reflect)),
    ("refract", "F(F,F,f)", M(Math::Refract)),
    ("lessThan", "Y(V,V) Y(W,W) Y(X,X)", Compare(Op::Less)),
    (
        "lessThanEqual",
        "Y(V,V) Y(W,W) Y(X,X)",
        Compare(Op::LessEqual),
    ),
    ("greaterThan", "Y(V,V) Y(W,W) Y(X,X)", Compare(Op::Greater)),
    (
        "greaterThanEqual",
        "Y(V,V) Y(W,W) Y(X,X)",
        Compare(Op::GreaterEqual),
    ),
    ("equal", "Y(V,V) Y(W,W) Y(X,X) Y(Y,Y)", Compare(Op::Equal)),
    (
        "notEqual",
        "Y(V,V) Y(W,W) Y(X,X) Y(Y,Y)",
        Compare(Op::NotEqual),
    ),
    ("any", "b(Y)", Builtin::Any),
    ("all", "b(Y)", Builtin::All),
    ("not", "Y(Y)", Builtin::Not),
    ("dFdx", "F(F)", Builtin::DerivativeX),
    ("dFdy", "F(F)", Builtin::DerivativeY),
    ("fwidth", "F(F)", Builtin::Width),
    ("floatBitsToInt", "I(F)", Builtin::Bits),
    ("floatBitsToUint", "U(F)", Builtin::Bits),
    ("intBitsToFloat", "F(I)", Builtin::Bits),
    ("uintBitsToFloat", "F(U)", Builtin::Bits),
    ("bitCount", "I(I)", M(Math::CountOneBits)),
    ("bitfieldReverse", "I(I) U(U)", M(Math::ReverseBits)),
    (
        "Texel",
        "4(s,2) 4(a,3) 4(c,3) 4(v,3) f(z,3) f(y,4) f(x,4)",
        texture(Automatic, false, false),
    ),
    (
        "Texel",
        "4(s,2,f) 4(a,3,f) 4(c,3,f) 4(v,3,f)",
        texture(Bias, false, false),
    ),
    ("texture2D", "4(s,2)", texture(Automatic, false, false)),
    ("texture2D", "4(s,2,f)", texture(Bias, false, false)),
    ("texture2DLod", "4(s,2,f)", texture(Explicit, false, false)),
    (
        "texture2DProj",
        "4(s,3) 4(s,4)",
        texture(Automatic, true, false),
    ),
    ("texture2DArray", "4(a,3)", texture(Automatic, false, false)),
    ("texture3D", "4(v,3)", texture(Automatic, false, false)),
    ("texture3D", "4(v,3,f)", texture(Bias, false, false)),
    ("texture3DLod", "4(v,3,f)", texture(Explicit, false, false)),
    ("textureCube", "4(c,3)", texture(Automatic, false, false)),
    ("textureCube", "4(c,3,f)", texture(Bias, false, false)),
    (
        "textureCubeLod",
        "4(c,3,f)",
        texture(Explicit, false, false),
    ),
    (
        "textureLod",
        "4(s,2,f) 4(a,3,f) 4(c,3,f) 4(v,3,f)",
        texture(Explicit, false, false),
    ),
    (
        "textureProj",
        "4(s,3) 4(s,4) 4(v,4)",
        texture(Automatic, true, false),
    ),
    (
        "textureOffset",
        "4(s,2,7) 4(a,3,7) 4(v,3,8)",
        texture(Automatic, false, true),
    ),
    (
        "textureLodOffset",
        "4(s,2,f,7) 4(a,3,f,7)",
        texture(Explicit, false, true),
    ),
    (
        "textureGrad",
        "4(s,2,2,2) 4(a,3,2,2) 4(c,3,3,3) 4(v,3,3,3)",
        texture(Gradient, false, false),
    ),
    ("texelFetch", "4(s,7,i) 4(a,8,i) 4(v,8,i)", Builtin::Fetch),
    (
        "textureSize",
        "7(s,i) 8(a,i) 7(c,i) 8(v,i) 7(z,i)",
        Builtin::Size,
    ),
];

/// A resolved call of a built-in function.
#[derive(Clone, Debug, PartialEq)]
pub struct Overload {
    /// What it does.
    pub builtin: Builtin,
    /// What it answers.
    pub result: Type,
    /// What arguments are converted to.
    pub parameters: Vec<Type>,
}

fn letter_type(letter: u8, size: u8) -> Option<Type> {
    let sampler = |dimension, shadow| Some(Type::Sampler(SamplerKind { dimension, shadow }));
    let vector = |kind| (size > 1).then_some(Type::Vector(kind, size));
    match letter {
        b'f' => Some(Type::FLOAT),
        b'i' => Some(Type::INT),
        b'u' => Some(Type::Scalar(Kind::Uint)),
        b'b' => Some(Type::BOOL),
        b'F' => Some(Type::numbers(Kind::Float, size)),
        b'I' => Some(Type::numbers(Kind::Int, size)),
        b'U' => Some(Type::numbers(Kind::Uint, size)),
        b'B' => Some(Type::numbers(Kind::Bool, size)),
        b'V' => vector(Kind::Float),
        b'W' => vector(Kind::Int),
        b'X' => vector(Kind::Uint),
        b'Y' => vector(Kind::Bool),
        b'2'..=b'4' => Some(Type::Vector(Kind::Float, letter - b'0')),
        b'7'..=b'9' => Some(Type::Vector(Kind::Int, letter - b'5')),
        b's' => sampler(SamplerDimension::Flat, false),
        b'a' => sampler(SamplerDimension::Array, false),
        b'c' => sampler(SamplerDimension::Cube, false),
        b'v' => sampler(SamplerDimension::Volume, false),
        b'z' => sampler(SamplerDimension::Flat, true),
        b'y' => sampler(SamplerDimension::Array, true),
        b'x' => sampler(SamplerDimension::Cube, true),
        _ => None,
    }
}

/// The types of one signature for one vector size.
fn signature(text: &[u8], size: u8) -> Option<(Type, Vec<Type>)> {
    let result = letter_type(*text.first()?, size)?;
    let parameters = text[2..]
        .iter()
        .filter(|letter| letter.is_ascii_alphanumeric());
    let parameters: Option<Vec<Type>> = parameters
        .map(|letter| letter_type(*letter, size))
        .collect();
    Some((result, parameters?))
}

/// The function that a call means. `exact` allows no conversions.
pub fn resolve(name: &str, arguments: &[Type], stage: Stage, exact: bool) -> Option<Overload> {
    if let Some(found) = matrix_function(name, arguments) {
        return Some(found);
    }
    let name = match name {
        "texture" => "Texel",
        "texture2DLodEXT" | "texture2DLodARB" => "texture2DLod",
        "textureCubeLodEXT" => "textureCubeLod",
        "texture2DGradARB" => "textureGrad",
        other => other,
    };
    for (known, signatures, builtin) in TABLE {
        let pixel_only = matches!(
            builtin,
            Builtin::Texture { level: Bias, .. }
                | Builtin::DerivativeX
                | Builtin::DerivativeY
                | Builtin::Width
        );
        if *known != name || (pixel_only && stage == Stage::Vertex) {
            continue;
        }
        for text in signatures.split(' ') {
            for size in 1..=4 {
                let Some((result, parameters)) = signature(text.as_bytes(), size) else {
                    continue;
                };
                let fits = parameters.len() == arguments.len()
                    && arguments.iter().zip(&parameters).all(|(given, wanted)| {
                        given == wanted || (!exact && given.converts_to(wanted))
                    });
                if fits {
                    return Some(Overload {
                        builtin: *builtin,
                        result,
                        parameters,
                    });
                }
            }
        }
    }
    None
}

fn matrix_function(name: &str, arguments: &[Type]) -> Option<Overload> {
    let (builtin, result) = match (name, arguments) {
        ("matrixCompMult", [left @ Type::Matrix { .. }, right]) if left == right => {
            (Builtin::ComponentProduct, left.clone())
        }
        ("transpose", [Type::Matrix { columns, rows }]) => (
            Builtin::Transpose,
            Type::Matrix {
                columns: *rows,
                rows: *columns,
            },
        ),
        ("determinant", [Type::Matrix { columns, rows }]) if columns == rows => {
            (Builtin::Determinant, Type::FLOAT)
        }
        (
            "outerProduct",
            [
                Type::Vector(Kind::Float, rows),
                Type::Vector(Kind::Float, columns),
            ],
        ) => (
            Builtin::OuterProduct,
            Type::Matrix {
                columns: *columns,
                rows: *rows,
            },
        ),
        _ => return None,
    };
    Some(Overload {
        builtin,
        result,
        parameters: arguments.to_vec(),
    })
}

/// Whether argument `index` of a function of the language is written to.
pub fn writes_argument(builtin: Builtin, index: usize) -> bool {
    builtin == Builtin::Modf && index == 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_signature_can_be_read() {
        for (name, signatures, _) in TABLE {
            for text in signatures.split(' ') {
                assert!(
                    (1..=4).any(|size| signature(text.as_bytes(), size).is_some()),
                    "{name}"
                );
            }
        }
    }

    #[test]
    fn overloads_follow_the_arguments() {
        let vec3 = Type::Vector(Kind::Float, 3);
        let found = resolve("max", &[vec3.clone(), Type::FLOAT], Stage::Pixel, false).unwrap();
        assert_eq!(found.result, vec3);
        let found = resolve("dot", &[vec3.clone(), vec3], Stage::Pixel, false).unwrap();
        assert_eq!(found.result, Type::FLOAT);
        assert!(resolve("sin", &[Type::INT], Stage::Pixel, true).is_none());
        assert!(resolve("sin", &[Type::INT], Stage::Pixel, false).is_some());
        assert!(resolve("dFdx", &[Type::FLOAT], Stage::Vertex, false).is_none());
    }
}
