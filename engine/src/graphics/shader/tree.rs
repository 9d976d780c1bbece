//! The typed syntax tree of one stage: what the parser makes and what is lowered.
//!
//! ```text
//! return Texel(tex, uv) * 2;
//!   Return(Binary(Multiply, CallBuiltin(Texture, [tex, uv]): vec4, Convert(Literal(2)): float): vec4)
//! ```
//!
//! Every expression has its type, conversions are written out, overloads are resolved, names are numbers of
//! [`Program::variables`] and [`Program::functions`]. Lowering cannot fail for reasons of the language any more, only for
//! what this renderer cannot do.

use super::builtins::Builtin;
use super::error::Stage;
use super::types::{Kind, Type};
use std::rc::Rc;

/// A variable of [`Program::variables`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct VariableId(pub u32);

/// A function of [`Program::functions`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct FunctionId(pub u32);

/// How arguments travel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// Into the function.
    In,
    /// Out of it.
    Out,
    /// Both.
    InOut,
}

/// Values that the engine gives to shaders and takes from them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum EngineValue {
    /// Width, height, and how y of a pixel follows from its place in memory.
    ScreenSize,
    /// From what is drawn to units.
    TransformMatrix,
    /// From units to clip space.
    ProjectionMatrix,
    /// Both.
    TransformProjectionMatrix,
    /// For normals.
    NormalMatrix,
    /// Place of a pixel, from the top left corner.
    PixelCoordinates,
    /// Place of a pixel in memory.
    FragmentCoordinates,
    /// Whether the face is turned to the viewer.
    FrontFacing,
    /// Place inside of a point.
    PointCoordinates,
    /// Number of the vertex.
    VertexId,
    /// Number of the instance.
    InstanceId,
    /// The colour of `setColor` where vertices do not have it already.
    ConstantColor,
    /// Result of the vertex stage.
    Position,
    /// Size of points, which has no effect.
    PointSize,
    /// The colour of the pixel.
    PixelColor,
    /// Colours for several canvases.
    Canvases,
    /// Depth of the pixel.
    FragmentDepth,
}

/// Where a variable lives.
#[derive(Clone, Debug, PartialEq)]
pub enum Storage {
    /// In a function.
    Local,
    /// A parameter.
    Parameter(Direction),
    /// Of the stage, for the time of one vertex or pixel.
    Global,
    /// Sent by the program.
    Uniform,
    /// Of a vertex.
    Attribute,
    /// From the vertex to the pixel stage.
    Varying {
        /// Not interpolated.
        flat: bool,
    },
    /// Given or taken by the engine.
    Engine(EngineValue),
}

/// A constant number.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Literal {
    /// true or false
    Bool(bool),
    /// signed
    Int(i32),
    /// unsigned
    Uint(u32),
    /// single precision
    Float(f32),
}

impl Literal {
    /// What it is.
    pub fn kind(self) -> Kind {
        match self {
            Self::Bool(_) => Kind::Bool,
            Self::Int(_) => Kind::Int,
            Self::Uint(_) => Kind::Uint,
            Self::Float(_) => Kind::Float,
        }
    }

    /// The same value as another kind.
    pub fn convert(self, kind: Kind) -> Self {
        let wide = match self {
            Self::Bool(value) => f64::from(u8::from(value)),
            Self::Int(value) => f64::from(value),
            Self::Uint(value) => f64::from(value),
            Self::Float(value) => f64::from(value),
        };
        match kind {
            Kind::Bool => Self::Bool(wide != 0.0),
            Kind::Int => match self {
                Self::Uint(value) => Self::Int(value as i32),
                _ => Self::Int(wide as i32),
            },
            Kind::Uint => match self {
                Self::Int(value) => Self::Uint(value as u32),
                _ => Self::Uint(wide as u32),
            },
            Kind::Float => Self::Float(wide as f32),
        }
    }
}

/// A variable.
#[derive(Clone, Debug)]
pub struct Variable {
    /// Its name.
    pub name: Rc<str>,
    /// Its type.
    pub ty: Type,
    /// Where it lives.
    pub storage: Storage,
    /// Whether it never changes.
    pub is_constant: bool,
    /// Its value, if that is one number known now.
    pub value: Option<Literal>,
    /// Initial value of globals and uniforms.
    pub initializer: Option<Expression>,
}

/// Operators of two operands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BinaryOperator {
    /// `+`
    Add,
    /// `-`
    Subtract,
    /// `*`
    Multiply,
    /// `/`
    Divide,
    /// `%`
    Modulo,
    /// `<`
    Less,
    /// `<=`
    LessEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterEqual,
    /// `==`
    Equal,
    /// `!=`
    NotEqual,
    /// `&&`
    And,
    /// `||`
    Or,
    /// `^^`
    Xor,
    /// `&`
    BitAnd,
    /// `|`
    BitOr,
    /// `^`
    BitXor,
    /// `<<`
    ShiftLeft,
    /// `>>`
    ShiftRight,
}

/// Operators of one operand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UnaryOperator {
    /// `-`
    Negate,
    /// `!`
    Not,
    /// `~`
    BitNot,
}

/// What an expression does.
#[derive(Clone, Debug)]
pub enum ExpressionKind {
    /// A number.
    Literal(Literal),
    /// The value of a variable.
    Variable(VariableId),
    /// Components of a vector, `v.zyx`.
    Swizzle(Box<Expression>, Vec<u8>),
    /// An element.
    Index(Box<Expression>, Box<Expression>),
    /// A part of a structure.
    Field(Box<Expression>, u32),
    /// One operand.
    Unary(UnaryOperator, Box<Expression>),
    /// `++` and `--`.
    Step {
        /// The variable.
        target: Box<Expression>,
        /// Subtracts.
        down: bool,
        /// The result is the new value.
        before: bool,
    },
    /// Two operands, already of fitting types.
    Binary(BinaryOperator, Box<Expression>, Box<Expression>),
    /// Assignment, after the operator has been applied if there is one.
    Assign(Option<BinaryOperator>, Box<Expression>, Box<Expression>),
    /// `a ? b : c`
    Conditional(Box<Expression>, Box<Expression>, Box<Expression>),
    /// `a, b`
    Sequence(Box<Expression>, Box<Expression>),
    /// `vec4(a, b)` and its like; also arrays and structures.
    Construct(Vec<Expression>),
    /// A function of the program.
    Call(FunctionId, Vec<Expression>),
    /// A function of the language.
    CallBuiltin(Builtin, Vec<Expression>),
    /// The same number as another kind.
    Convert(Box<Expression>),
}

/// How messages call a value, and whether it is constant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Qualifier {
    /// Known now.
    Const,
    /// Computed.
    Temporary,
    /// A parameter.
    In,
    /// A parameter.
    Out,
    /// A parameter.
    InOut,
    /// Sent by the program.
    Uniform,
    /// Outside of functions.
    Global,
    /// From the vertex stage.
    Smooth,
}

impl Qualifier {
    /// As messages name it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Const => "const",
            Self::Temporary => "temp",
            Self::In => "in",
            Self::Out => "out",
            Self::InOut => "inout",
            Self::Uniform => "uniform",
            Self::Global => "global",
            Self::Smooth => "smooth in",
        }
    }
}

/// A typed expression.
#[derive(Clone, Debug)]
pub struct Expression {
    /// What it does.
    pub kind: ExpressionKind,
    /// The type of its value.
    pub ty: Type,
    /// For messages.
    pub qualifier: Qualifier,
    /// Expressions inside of it, the longest way down.
    pub depth: u16,
}

impl Expression {
    /// As messages describe its type.
    pub fn describe(&self) -> String {
        format!(" {} {}", self.qualifier.name(), self.ty.describe())
    }

    /// Its value, if it is one number known now.
    pub fn literal(&self) -> Option<Literal> {
        match &self.kind {
            ExpressionKind::Literal(literal) => Some(*literal),
            _ => None,
        }
    }
}

/// A statement.
#[derive(Clone, Debug)]
pub enum Statement {
    /// An expression for its effect.
    Expression(Expression),
    /// A local variable.
    Declare(VariableId, Option<Expression>),
    /// A condition.
    If(Expression, Vec<Statement>, Vec<Statement>),
    /// A loop of any kind.
    Loop {
        /// Tested before (or after) each round.
        condition: Option<Expression>,
        /// Evaluated after each round.
        step: Option<Expression>,
        /// The round.
        body: Vec<Statement>,
        /// The test comes after the round.
        tests_last: bool,
    },
    /// A choice by number.
    Switch(Expression, Vec<SwitchCase>),
    /// Leaves a loop or switch.
    Break,
    /// Goes to the next round.
    Continue,
    /// Leaves the function.
    Return(Option<Expression>),
    /// Leaves the pixel as it was.
    Discard,
    /// Statements with a scope of their own.
    Block(Vec<Statement>),
}

/// One place that a switch jumps to.
#[derive(Clone, Debug)]
pub struct SwitchCase {
    /// `None` is the default.
    pub value: Option<Literal>,
    /// Up to the next case.
    pub body: Vec<Statement>,
}

/// A function.
#[derive(Clone, Debug)]
pub struct Function {
    /// Its name.
    pub name: Rc<str>,
    /// Its parameters.
    pub parameters: Vec<VariableId>,
    /// What it returns.
    pub result: Type,
    /// Its statements, once they are known.
    pub body: Option<Rc<Vec<Statement>>>,
}

/// One stage of a shader.
#[derive(Clone, Debug)]
pub struct Program {
    /// Which.
    pub stage: Stage,
    /// All variables of all scopes.
    pub variables: Vec<Variable>,
    /// All functions.
    pub functions: Vec<Function>,
    /// Globals in the order of their declaration.
    pub globals: Vec<VariableId>,
    /// Whether the pixel stage has `void effect()`.
    pub is_custom: bool,
}

impl Program {
    /// A variable.
    pub fn variable(&self, id: VariableId) -> &Variable {
        &self.variables[id.0 as usize]
    }

    /// A function.
    pub fn function(&self, id: FunctionId) -> &Function {
        &self.functions[id.0 as usize]
    }

    /// The variable that stands for a value of the engine.
    pub fn engine_variable(&self, value: EngineValue) -> Option<VariableId> {
        let wanted = Storage::Engine(value);
        let found = self
            .variables
            .iter()
            .position(|variable| variable.storage == wanted);
        found.map(|index| VariableId(index as u32))
    }

    /// The global of a name.
    pub fn global(&self, name: &str) -> Option<VariableId> {
        self.globals
            .iter()
            .copied()
            .find(|id| &*self.variable(*id).name == name)
    }
}
