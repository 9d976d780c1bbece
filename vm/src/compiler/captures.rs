//! The look ahead: which locals do closures capture, and which labels does a goto lead back to?
//!
//! A `break` may leave the scope of a local long before the closure that captures it is written, and a label comes
//! before the goto that makes it a loop. So the tree is walked once before code is emitted. Declarations and labels
//! are numbered in the order in which they come into scope; the compiler counts in the same order. Example:
//!
//! ```text
//! local a, b              -- locals 0 and 1
//! ::again::               -- label 0: leads a loop
//! f(function() return b end)   -- captures 1
//! goto again
//! ```
//!
//! gives `locals = [false, true]` and `labels = [true]`.
//!
//! Invariant: a local is marked exactly when a function inside its own refers to it. A label may be marked
//! although the goto means another label of that name; that costs an idle `Loop` instruction.

use crate::syntax::ast::*;

/// What the look ahead has found, by number of declaration.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Captures {
    /// Whether each local is captured.
    pub locals: Vec<bool>,
    /// Whether each label is the target of a backward goto.
    pub labels: Vec<bool>,
}

struct Variable<'tree> {
    name: &'tree Bytes,
    id: usize,
    function: usize,
}

struct Walker<'tree> {
    captures: Captures,
    variables: Vec<Variable<'tree>>,
    /// Labels in scope of the current function.
    labels: Vec<(&'tree Bytes, usize)>,
    /// Nesting of functions.
    function: usize,
}

/// Walks the tree of a chunk.
pub(super) fn find_captures(chunk: &Chunk) -> Captures {
    let mut walker = Walker {
        captures: Captures::default(),
        variables: Vec::new(),
        labels: Vec::new(),
        function: 0,
    };
    walker.function(&chunk.main);
    walker.captures
}

impl<'tree> Walker<'tree> {
    fn declare(&mut self, name: &'tree Bytes) {
        let id = self.captures.locals.len();
        self.captures.locals.push(false);
        self.variables.push(Variable {
            name,
            id,
            function: self.function,
        });
    }

    fn refer(&mut self, name: &Bytes) {
        let found = self
            .variables
            .iter()
            .rev()
            .find(|variable| variable.name == name);
        if let Some(variable) = found
            && variable.function != self.function
        {
            self.captures.locals[variable.id] = true;
        }
    }

    fn function(&mut self, function: &'tree FunctionBody) {
        let outer_labels = std::mem::take(&mut self.labels);
        let depth = self.variables.len();
        self.function += 1;
        for parameter in &function.parameters {
            self.declare(parameter);
        }
        self.block(&function.body);
        self.function -= 1;
        self.variables.truncate(depth);
        self.labels = outer_labels;
    }

    fn block(&mut self, block: &'tree Block) {
        let (variables, labels) = (self.variables.len(), self.labels.len());
        self.statements(block);
        self.variables.truncate(variables);
        self.labels.truncate(labels);
    }

    fn statements(&mut self, block: &'tree Block) {
        for statement in &block.statements {
            self.statement(statement);
        }
    }

    fn statement(&mut self, statement: &'tree Statement) {
        match &statement.kind {
            StatementKind::Local { names, values, .. } => {
                self.expressions(values);
                for name in names {
                    self.declare(name);
                }
            }
            StatementKind::LocalFunction { name, function, .. } => {
                self.declare(name);
                self.function(function);
            }
            StatementKind::Function {
                target, function, ..
            } => {
                self.expression(target);
                self.function(function);
            }
            StatementKind::Assign { targets, values } => {
                self.expressions(targets);
                self.expressions(values);
            }
            StatementKind::CompoundAssign { target, value, .. } => {
                self.expression(target);
                self.expression(value);
            }
            StatementKind::Call(call) => self.expression(call),
            StatementKind::Return(values) => self.expressions(values),
            StatementKind::Do(body) => self.block(body),
            StatementKind::If {
                branches,
                otherwise,
            } => {
                for branch in branches {
                    self.expression(&branch.condition);
                    self.block(&branch.body);
                }
                if let Some(body) = otherwise {
                    self.block(body);
                }
            }
            StatementKind::Break | StatementKind::Continue => {}
            StatementKind::Goto(name) => {
                let label = self.labels.iter().rev().find(|(label, _)| *label == name);
                if let Some(&(_, id)) = label {
                    self.captures.labels[id] = true;
                }
            }
            StatementKind::Label { name, .. } => {
                self.labels.push((name, self.captures.labels.len()));
                self.captures.labels.push(false);
            }
            StatementKind::While { .. }
            | StatementKind::Repeat { .. }
            | StatementKind::NumericFor { .. }
            | StatementKind::GenericFor { .. } => self.loop_statement(&statement.kind),
        }
    }

    fn loop_statement(&mut self, kind: &'tree StatementKind) {
        let (variables, labels) = (self.variables.len(), self.labels.len());
        match kind {
            StatementKind::While { condition, body } => {
                self.expression(condition);
                self.statements(body);
            }
            StatementKind::Repeat { body, condition } => {
                self.statements(body);
                self.expression(condition);
            }
            StatementKind::NumericFor {
                variable,
                start,
                limit,
                step,
                body,
                ..
            } => {
                self.expression(start);
                self.expression(limit);
                if let Some(step) = step {
                    self.expression(step);
                }
                self.declare(variable);
                self.statements(body);
            }
            StatementKind::GenericFor {
                variables,
                values,
                body,
                ..
            } => {
                self.expressions(values);
                for variable in variables {
                    self.declare(variable);
                }
                self.statements(body);
            }
            _ => {}
        }
        self.variables.truncate(variables);
        self.labels.truncate(labels);
    }

    fn expressions(&mut self, expressions: &'tree [Expression]) {
        for expression in expressions {
            self.expression(expression);
        }
    }

    fn expression(&mut self, expression: &'tree Expression) {
        match &expression.kind {
            ExpressionKind::Nil
            | ExpressionKind::True
            | ExpressionKind::False
            | ExpressionKind::Number(_)
            | ExpressionKind::Integer64(_)
            | ExpressionKind::Unsigned64(_)
            | ExpressionKind::Imaginary(_)
            | ExpressionKind::String(_)
            | ExpressionKind::Vararg => {}
            ExpressionKind::Function(function) => self.function(function),
            ExpressionKind::Name(name) => self.refer(name),
            ExpressionKind::Suffixed { base, suffixes } => {
                self.expression(base);
                for suffix in suffixes {
                    match &suffix.kind {
                        SuffixKind::Field(_) => {}
                        SuffixKind::Index(key) => self.expression(key),
                        SuffixKind::Call(arguments) | SuffixKind::MethodCall { arguments, .. } => {
                            self.expressions(arguments)
                        }
                    }
                }
            }
            ExpressionKind::Paren(inner) | ExpressionKind::Unary { operand: inner, .. } => {
                self.expression(inner);
            }
            ExpressionKind::Binary { first, rest } => {
                self.expression(first);
                for step in rest {
                    self.expression(&step.operand);
                }
            }
            ExpressionKind::Logical { first, rest } => {
                self.expression(first);
                for step in rest {
                    self.expression(&step.operand);
                }
            }
            ExpressionKind::Concat(operands) => self.expressions(operands),
            ExpressionKind::Conditional {
                condition,
                if_true,
                if_false,
            } => {
                self.expression(condition);
                self.expression(if_true);
                self.expression(if_false);
            }
            ExpressionKind::Table(items) => {
                for item in items {
                    if let TableKey::Computed(key) = &item.key {
                        self.expression(key);
                    }
                    self.expression(&item.value);
                }
            }
        }
    }
}
