//! The abstract syntax tree: what the parser makes and the bytecode compiler reads.
//!
//! ```text
//! local n = list?.size ?? 0        Statement { line: 1, kind: Local {
//!                                     names: ["n"], is_const: false,
//!                                     values: [ Logical {
//!                                         first: Suffixed { base: Name("list"),
//!                                                           suffixes: [ Suffix { is_safe: true, kind: Field("size") } ] },
//!                                         rest: [ (Coalesce, Number(0)) ] } ] } }
//! ```
//!
//! Invariants:
//! - **The tree is shallow.** Chains that source text can make arbitrarily long (`a.b.c.d`, `f()()()`, `a + b + c`,
//!   `a or b or c`, `a .. b .. c`, `elseif`) are vectors, never nested boxes. What remains is nested at most
//!   200 *syntax levels* deep (the parser rejects more, as LuaJIT does), so plain recursion over the tree, and
//!   dropping it, cannot overflow the native stack.
//! - Names are unresolved: whether `x` is a local, an upvalue or a global is the compiler's to find out, and so are
//!   jumps, labels, `const` and every limit on locals, upvalues and registers.
//! - Nothing is folded or normalised: `1 + 2` is a `Binary`, `a["b"]` is an `Index` with a `String` in it, and
//!   parentheses stay as `Paren` because they cut a multi-result expression to one value.
//! - `...` occurs only inside functions that have it; targets of assignments are only names, fields and indexes; `break`
//!   and `return` end their block. The parser has checked this.
//! - Lines are 1-based. The `line` of an expression is the line that a run-time error in it reports, which for an
//!   operator is the line where its right operand *ends* (LuaJIT emits the instruction there).
//!
//! Not here: comments, columns and white space. The tree is for compiling, not for formatting source.

use std::rc::Rc;

/// A byte string: Lua source, names and string literals need not be UTF-8. Equal names of one chunk share one allocation.
pub type Bytes = Rc<[u8]>;

/// A 1-based line of the source.
pub type Line = u32;

/// A whole source file or string.
#[derive(Clone, Debug, PartialEq)]
pub struct Chunk {
    /// The main function: no parameters, vararg, `line` 0.
    pub main: FunctionBody,
}

/// A function: parameters and body.
#[derive(Clone, Debug, PartialEq)]
pub struct FunctionBody {
    /// Parameter names in order. A `function a:b()` has `self` as its first.
    pub parameters: Vec<Bytes>,
    /// Whether the parameter list ends in `...`.
    pub is_vararg: bool,
    /// The statements. A short function `x -> e` has exactly one statement, `return e`.
    pub body: Block,
    /// What the source calls it (`a.b:c`), for profiles and dumps. It has no meaning.
    pub name: Option<Bytes>,
    /// Line of definition (`linedefined`): of the token after `function` for an expression, of `function` for a statement.
    pub line: Line,
    /// Line of the closing `end` (`lastlinedefined`).
    pub end_line: Line,
}

/// Statements that share a scope.
#[derive(Clone, Debug, PartialEq)]
pub struct Block {
    /// In source order.
    pub statements: Vec<Statement>,
    /// Line of the token that closes the block (`end`, `else`, `until`, end of file).
    pub end_line: Line,
}

/// One statement.
#[derive(Clone, Debug, PartialEq)]
pub struct Statement {
    /// What it does.
    pub kind: StatementKind,
    /// Line of its first token.
    pub line: Line,
    /// Line of its last token. Stores of assignments report errors here.
    pub end_line: Line,
}

/// The kinds of statement.
#[derive(Clone, Debug, PartialEq)]
pub enum StatementKind {
    /// `local a, b = x, y` or `const a, b = x, y`. The names come into scope after the values.
    Local {
        /// At least one.
        names: Vec<Bytes>,
        /// Declared with `const`: assigning to it, or declaring the name again in its scope, is a compile error.
        is_const: bool,
        /// May be empty; adjusted to the number of names.
        values: Vec<Expression>,
    },
    /// `local function f() end` or `const function f() end`. The name is in scope inside the function.
    LocalFunction {
        /// The local it declares.
        name: Bytes,
        /// Declared with `const`.
        is_const: bool,
        /// Its value.
        function: Box<FunctionBody>,
    },
    /// `function a.b:c() end`.
    Function {
        /// `Name`, or a `Suffixed` of a `Name` with only unsafe `Field` suffixes. The method name is the last field.
        target: Expression,
        /// Whether the last field was written with a colon (then `self` already is the first parameter).
        is_method: bool,
        /// Its value.
        function: Box<FunctionBody>,
    },
    /// `a, b.c = x, y`.
    Assign {
        /// Each is a `Name` or a `Suffixed` that ends in `Field` or `Index`. A single target may contain safe suffixes:
        /// `a?.b = f()` does nothing, and does not call `f`, when `a` is nil.
        targets: Vec<Expression>,
        /// At least one; adjusted to the number of targets. All are evaluated before the first store.
        values: Vec<Expression>,
    },
    /// `a += x`. Prefix and key of the target are evaluated once. Safe suffixes as in `Assign`.
    CompoundAssign {
        /// As in `Assign`.
        target: Expression,
        /// Never a comparison or `Power`; `~=` is `BitXor`.
        operator: CompoundOperator,
        /// The right operand.
        value: Expression,
    },
    /// A call as a statement: a `Suffixed` that ends in a call. Results are dropped.
    Call(Expression),
    /// `do … end`.
    Do(Block),
    /// `while condition do … end`.
    While {
        /// Tested before each round.
        condition: Expression,
        /// The loop body.
        body: Block,
    },
    /// `repeat … until condition`. The condition sees the locals of the body.
    Repeat {
        /// The loop body.
        body: Block,
        /// The loop ends when it is true.
        condition: Expression,
    },
    /// `if … elseif … else … end`.
    If {
        /// `if` and each `elseif`; at least one.
        branches: Vec<IfBranch>,
        /// The block after `else`.
        otherwise: Option<Block>,
    },
    /// `for variable = start, limit, step do … end`.
    NumericFor {
        /// The visible loop variable.
        variable: Bytes,
        /// First value.
        start: Expression,
        /// Last value.
        limit: Expression,
        /// `None` is 1.
        step: Option<Expression>,
        /// The loop body.
        body: Block,
        /// Line of `do`: where "'for' initial value must be a number" is reported. The loop jump reports `Statement::line`.
        do_line: Line,
    },
    /// `for variables in values do … end`.
    GenericFor {
        /// At least one.
        variables: Vec<Bytes>,
        /// Iterator, state and first control value after adjustment to three.
        values: Vec<Expression>,
        /// The loop body.
        body: Block,
        /// Line of the first token after `in`: the calls of the iterator report errors here.
        iterator_line: Line,
    },
    /// `return a, b`. A single call is a tail call.
    Return(Vec<Expression>),
    /// `break`. Whether there is a loop is the compiler's to check.
    Break,
    /// `continue`: to the condition or the step of the innermost loop.
    Continue,
    /// `goto name`.
    Goto(Bytes),
    /// `::name::`.
    Label {
        /// The name.
        name: Bytes,
        /// Only labels follow in the block, and the block does not end in `until`: the label counts as outside of the scope
        /// of the block's locals, so a `goto` may jump forward over a `local` to it.
        is_trailing: bool,
    },
}

/// A condition with the block it guards.
#[derive(Clone, Debug, PartialEq)]
pub struct IfBranch {
    /// Tested when all earlier ones failed.
    pub condition: Expression,
    /// Runs when it is true.
    pub body: Block,
}

/// One expression.
#[derive(Clone, Debug, PartialEq)]
pub struct Expression {
    /// What it computes.
    pub kind: ExpressionKind,
    /// The line that a run-time error in it reports.
    pub line: Line,
}

/// The kinds of expression.
#[derive(Clone, Debug, PartialEq)]
pub enum ExpressionKind {
    /// `nil`
    Nil,
    /// `true`
    True,
    /// `false`
    False,
    /// `12`, `0x1p4`
    Number(f64),
    /// `12LL`: a boxed `int64_t`.
    Integer64(i64),
    /// `12ULL`: a boxed `uint64_t`.
    Unsigned64(u64),
    /// `12i`: a boxed complex number whose real part is 0.
    Imaginary(f64),
    /// A string literal, escapes already replaced.
    String(Bytes),
    /// `...`
    Vararg,
    /// `function … end` or a short function.
    Function(Box<FunctionBody>),
    /// A variable.
    Name(Bytes),
    /// A prefix with one or more indexings and calls.
    Suffixed {
        /// A `Name` or a `Paren`.
        base: Box<Expression>,
        /// At least one, applied from left to right.
        ///
        /// A suffix with `is_safe` first compares the value before it with nil (as `==` does: a NULL pointer is equal).
        /// If it is equal, the *rest of this vector* is skipped unevaluated and the whole `Suffixed` is nil; in an
        /// assignment or a call statement the whole statement is skipped.
        ///
        /// The result has several values when the last suffix is a call. With a safe suffix anywhere in it, though,
        /// only the value list of a `Local`, `Assign` or `GenericFor` opens it; in call arguments, `Return` and a table
        /// constructor it is cut to one value, and it is not a tail call (LuaJIT's rule).
        suffixes: Vec<Suffix>,
    },
    /// `(e)`: exactly one value, never a target.
    Paren(Box<Expression>),
    /// `-e`, `not e`, `#e`, `~e`.
    Unary {
        /// The operator.
        operator: UnaryOperator,
        /// The operand.
        operand: Box<Expression>,
    },
    /// `first op operand op operand …`: operators of *one* precedence level, evaluated from left to right:
    /// `a + b - c` is `((a + b) - c)`. `Power` is right-associative and therefore always has one step here. The `line` of
    /// each step is that of its operation; `line` of the expression is that of the last.
    Binary {
        /// The leftmost operand.
        first: Box<Expression>,
        /// At least one.
        rest: Vec<BinaryStep>,
    },
    /// `a .. b .. c`, two or more operands. Evaluated from left to right, joined from right to left.
    Concat(Vec<Expression>),
    /// `first and a and b`, `first or a ?? b`: operators of one precedence level (`and`, or `or` with `??`), from left to
    /// right: `a or b ?? c` is `((a or b) ?? c)`.
    Logical {
        /// The leftmost operand.
        first: Box<Expression>,
        /// At least one.
        rest: Vec<LogicalStep>,
    },
    /// `condition ? if_true : if_false`. Always one value. Only the chosen branch is evaluated.
    Conditional {
        /// True as in `if`.
        condition: Box<Expression>,
        /// Value when it is true.
        if_true: Box<Expression>,
        /// Value when it is false or nil.
        if_false: Box<Expression>,
    },
    /// `{ … }`.
    Table(Vec<TableItem>),
}

/// An indexing or a call behind a prefix expression.
#[derive(Clone, Debug, PartialEq)]
pub struct Suffix {
    /// Written with `?.`: skip the rest of the chain when the value before it equals nil.
    pub is_safe: bool,
    /// What it does.
    pub kind: SuffixKind,
    /// The line that a run-time error in it reports; for a call the line where its arguments begin.
    pub line: Line,
}

/// The kinds of suffix.
#[derive(Clone, Debug, PartialEq)]
pub enum SuffixKind {
    /// `.name`
    Field(Bytes),
    /// `[key]`
    Index(Expression),
    /// `(arguments)`, `"literal"` or `{table}`.
    Call(Vec<Expression>),
    /// `:name(arguments)`
    MethodCall {
        /// The method.
        name: Bytes,
        /// `obj:name?.(…)`: the method itself is compared with nil as well, after it has been looked up.
        is_method_safe: bool,
        /// Without the object.
        arguments: Vec<Expression>,
    },
}

/// An operator with its right operand.
#[derive(Clone, Debug, PartialEq)]
pub struct BinaryStep {
    /// The operator.
    pub operator: BinaryOperator,
    /// The right operand; the left one is everything before.
    pub operand: Expression,
    /// The line that an error of the operation reports.
    pub line: Line,
}

/// A short-circuit operator with its right operand.
#[derive(Clone, Debug, PartialEq)]
pub struct LogicalStep {
    /// The operator.
    pub operator: LogicalOperator,
    /// The right operand, possibly not evaluated.
    pub operand: Expression,
}

/// One item of a table constructor.
#[derive(Clone, Debug, PartialEq)]
pub struct TableItem {
    /// Where the value goes.
    pub key: TableKey,
    /// The value. A multi-result expression is opened only as the last item with `TableKey::Position`.
    pub value: Expression,
    /// The line that an error of the store reports.
    pub line: Line,
}

/// The key of an item of a table constructor.
#[derive(Clone, Debug, PartialEq)]
pub enum TableKey {
    /// The next position: 1, 2, 3…
    Position,
    /// `name = value`
    Name(Bytes),
    /// `[key] = value`
    Computed(Expression),
}

/// Prefix operators.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum UnaryOperator {
    /// `not e`, `!e`
    Not,
    /// `-e`
    Negate,
    /// `#e`
    Length,
    /// `~e`: `bit.bnot`
    BitNot,
}

/// Operators that evaluate both operands and give one value. Concatenation is `ExpressionKind::Concat`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
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
    /// `^`
    Power,
    /// `&`: `bit.band`
    BitAnd,
    /// `|`: `bit.bor`
    BitOr,
    /// `~`: `bit.bxor`
    BitXor,
    /// `<<`: `bit.lshift`
    ShiftLeft,
    /// `>>`: `bit.rshift`, zeros come in
    ShiftRight,
    /// `~>>`: `bit.arshift`, the sign comes in
    ShiftRightArithmetic,
    /// `==`
    Equal,
    /// `~=`, `!=`
    NotEqual,
    /// `<`
    Less,
    /// `<=`
    LessOrEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterOrEqual,
}

/// The operator of a compound assignment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CompoundOperator {
    /// `+= -= *= /= %= &= |= ~= <<= >>= ~>>=`: never a comparison or `Power`.
    Binary(BinaryOperator),
    /// `..=`
    Concat,
}

/// Operators that may leave their right operand unevaluated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum LogicalOperator {
    /// `and`, `&&`
    And,
    /// `or`, `||`
    Or,
    /// `??`: the left operand unless it equals nil.
    Coalesce,
}

impl Expression {
    /// Whether it can give any number of values where a list of values stands last: a call without a safe suffix, or `...`.
    ///
    /// A call *with* a safe suffix is not included: see `Suffixed` for the places that open it.
    pub fn is_multi_result(&self) -> bool {
        match &self.kind {
            ExpressionKind::Vararg => true,
            ExpressionKind::Suffixed { suffixes, .. } => {
                self.is_call() && !suffixes.iter().any(Suffix::is_any_safe)
            }
            _ => false,
        }
    }

    /// Whether its last suffix is a call.
    pub fn is_call(&self) -> bool {
        match &self.kind {
            ExpressionKind::Suffixed { suffixes, .. } => suffixes.last().is_some_and(|suffix| {
                matches!(
                    suffix.kind,
                    SuffixKind::Call(_) | SuffixKind::MethodCall { .. }
                )
            }),
            _ => false,
        }
    }
}

impl Suffix {
    /// Whether it contains `?.`, before or after a method name.
    pub fn is_any_safe(&self) -> bool {
        self.is_safe
            || matches!(
                self.kind,
                SuffixKind::MethodCall {
                    is_method_safe: true,
                    ..
                }
            )
    }
}
