//! What a stage really uses: the functions and variables that its entry can reach.
//!
//! A uniform that nothing reads does not exist for `Shader:send`, as with the compilers of graphics drivers. The same walk
//! finds recursion, which the language forbids, and measures how large the program becomes.

use super::tree::*;
use rustc_hash::{FxHashMap, FxHashSet};

/// What an entry reaches.
#[derive(Clone, Debug, Default)]
pub struct Usage {
    /// Variables that are read or written.
    pub variables: FxHashSet<VariableId>,
    states: FxHashMap<FunctionId, bool>,
}

impl Usage {
    /// Walks from a function. The error is a sentence for the user.
    pub fn of(program: &Program, entry: FunctionId) -> Result<Self, String> {
        let mut usage = Self::default();
        for id in &program.globals {
            if let (Some(initializer), Storage::Global) = (
                &program.variable(*id).initializer,
                &program.variable(*id).storage,
            ) {
                usage.expression(program, initializer)?;
            }
        }
        usage.function(program, entry)?;
        Ok(usage)
    }

    /// Whether the variable that stands for an engine value is used.
    pub fn has_engine_value(&self, program: &Program, value: EngineValue) -> bool {
        program
            .engine_variable(value)
            .is_some_and(|id| self.variables.contains(&id))
    }

    fn function(&mut self, program: &Program, id: FunctionId) -> Result<(), String> {
        let function = program.function(id);
        match self.states.get(&id) {
            Some(true) => return Ok(()),
            Some(false) => {
                return Err(format!(
                    "ERROR: Linking {} stage: Recursion detected: \n    {} calling {}\n",
                    if program.stage == super::error::Stage::Vertex {
                        "vertex"
                    } else {
                        "fragment"
                    },
                    mangled(program, id),
                    mangled(program, id),
                ));
            }
            None => {}
        }
        if self.states.len() > 2000 {
            return Err("ERROR: too many functions call each other.".to_owned());
        }
        self.states.insert(id, false);
        let Some(body) = function.body.clone() else {
            return Err(format!(
                "ERROR: Linking {} stage: No function definition (body) found: \n    {}\n",
                if program.stage == super::error::Stage::Vertex {
                    "vertex"
                } else {
                    "fragment"
                },
                mangled(program, id),
            ));
        };
        self.statements(program, &body)?;
        self.states.insert(id, true);
        Ok(())
    }

    fn statements(&mut self, program: &Program, list: &[Statement]) -> Result<(), String> {
        for statement in list {
            match statement {
                Statement::Expression(value) => self.expression(program, value)?,
                Statement::Declare(_, value) | Statement::Return(value) => {
                    if let Some(value) = value {
                        self.expression(program, value)?;
                    }
                }
                Statement::If(condition, accept, reject) => {
                    self.expression(program, condition)?;
                    self.statements(program, accept)?;
                    self.statements(program, reject)?;
                }
                Statement::Loop {
                    condition,
                    step,
                    body,
                    ..
                } => {
                    for part in condition.iter().chain(step) {
                        self.expression(program, part)?;
                    }
                    self.statements(program, body)?;
                }
                Statement::Switch(selector, cases) => {
                    self.expression(program, selector)?;
                    for case in cases {
                        self.statements(program, &case.body)?;
                    }
                }
                Statement::Block(body) => self.statements(program, body)?,
                Statement::Break | Statement::Continue | Statement::Discard => {}
            }
        }
        Ok(())
    }

    fn expression(&mut self, program: &Program, expression: &Expression) -> Result<(), String> {
        match &expression.kind {
            ExpressionKind::Variable(id) => {
                self.variables.insert(*id);
            }
            ExpressionKind::Call(id, arguments) => {
                for argument in arguments {
                    self.expression(program, argument)?;
                }
                self.function(program, *id)?;
            }
            _ => {
                for part in parts(expression) {
                    self.expression(program, part)?;
                }
            }
        }
        Ok(())
    }
}

/// The expressions directly inside one.
pub fn parts(expression: &Expression) -> Vec<&Expression> {
    match &expression.kind {
        ExpressionKind::Literal(_) | ExpressionKind::Variable(_) => Vec::new(),
        ExpressionKind::Swizzle(a, _)
        | ExpressionKind::Field(a, _)
        | ExpressionKind::Unary(_, a)
        | ExpressionKind::Convert(a)
        | ExpressionKind::Step { target: a, .. } => vec![a],
        ExpressionKind::Index(a, b)
        | ExpressionKind::Binary(_, a, b)
        | ExpressionKind::Assign(_, a, b)
        | ExpressionKind::Sequence(a, b) => vec![a, b],
        ExpressionKind::Conditional(a, b, c) => vec![a, b, c],
        ExpressionKind::Construct(list)
        | ExpressionKind::Call(_, list)
        | ExpressionKind::CallBuiltin(_, list) => list.iter().collect(),
    }
}

/// Whether evaluating an expression may change something.
pub fn has_effects(expression: &Expression) -> bool {
    match &expression.kind {
        ExpressionKind::Step { .. } | ExpressionKind::Assign(..) | ExpressionKind::Call(..) => true,
        ExpressionKind::CallBuiltin(super::builtins::Builtin::Modf, _) => true,
        _ => parts(expression).into_iter().any(has_effects),
    }
}

/// A function's name with its parameters, as link errors show it.
pub fn mangled(program: &Program, id: FunctionId) -> String {
    use super::types::Type;
    fn letter(ty: &Type) -> String {
        match ty {
            Type::Void => "v".to_owned(),
            Type::Scalar(kind) => format!("{}1", &kind.name()[..1]),
            Type::Vector(kind, size) => format!("v{}{size}", &kind.name()[..1]),
            Type::Matrix { columns, rows } => format!("mf{columns}{rows}"),
            Type::Sampler(_) => "s21".to_owned(),
            Type::Struct(structure) => format!("struct-{}", structure.name),
            Type::Array(element, size) => format!("{}[{size}]", letter(element)),
        }
    }
    let function = program.function(id);
    let parameters = function
        .parameters
        .iter()
        .map(|id| letter(&program.variable(*id).ty) + ";");
    format!("{}({}", function.name, parameters.collect::<String>())
}
