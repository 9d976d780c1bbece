//! Statements.

use super::error::{ShaderError, Stage};
use super::parser::{MAX_STATEMENT_DEPTH, Parsed, Parser, Symbol};
use super::tree::*;
use super::types::{Kind, Type};
use rustc_hash::FxHashMap;

impl Parser {
    /// `{ ... }`
    pub fn compound_statement(&mut self, own_scope: bool) -> Parsed<Vec<Statement>> {
        self.expect("{")?;
        if own_scope {
            self.scopes.push(FxHashMap::default());
        }
        let mut statements = Vec::new();
        while !self.accept("}") {
            if self.peek().is_none() {
                return Err(self.unexpected(None));
            }
            self.statement(&mut statements)?;
        }
        if own_scope {
            self.scopes.pop();
        }
        Ok(statements)
    }

    /// Reads a statement into a list; a declaration may give several.
    fn statement(&mut self, into: &mut Vec<Statement>) -> Parsed<()> {
        let line = self.line();
        self.nesting += 1;
        if self.nesting > MAX_STATEMENT_DEPTH {
            return self.error(line, "'' : nested too deeply ");
        }
        let result = self.statement_inside(into);
        self.nesting -= 1;
        result
    }

    /// A statement with a scope of its own.
    fn scoped_statement(&mut self) -> Parsed<Vec<Statement>> {
        self.scopes.push(FxHashMap::default());
        let mut statements = Vec::new();
        self.statement(&mut statements)?;
        self.scopes.pop();
        Ok(statements)
    }

    fn statement_inside(&mut self, into: &mut Vec<Statement>) -> Parsed<()> {
        let Some(token) = self.peek().cloned() else {
            return Err(self.unexpected(None));
        };
        let line = token.line;
        match &*token.text {
            "{" => {
                let body = self.compound_statement(true)?;
                into.push(Statement::Block(body));
                return Ok(());
            }
            ";" => {
                self.at += 1;
                return Ok(());
            }
            "if" => return self.if_statement(into),
            "for" => return self.for_statement(into),
            "while" => return self.while_statement(into),
            "do" => return self.do_statement(into),
            "switch" => return self.switch_statement(into),
            "break" | "continue" => {
                self.at += 1;
                let is_break = &*token.text == "break";
                if (is_break && self.breakables == 0) || (!is_break && self.loops == 0) {
                    let place = if is_break {
                        "switch and loops"
                    } else {
                        "loops"
                    };
                    return self.error(
                        line,
                        format!("'' : {} statement only allowed in {place} ", token.text),
                    );
                }
                into.push(if is_break {
                    Statement::Break
                } else {
                    Statement::Continue
                });
            }
            "discard" => {
                self.at += 1;
                if self.program.stage == Stage::Vertex {
                    return self.error(line, "'discard' : not supported in this stage: vertex");
                }
                into.push(Statement::Discard);
            }
            "return" => {
                self.at += 1;
                self.return_statement(into, line)?;
                return Ok(());
            }
            "precision" => {
                while self.peek().is_some() && !self.peek_is(";") {
                    self.at += 1;
                }
            }
            _ => {
                if self.starts_declaration() {
                    return self.local_declaration(into);
                }
                let expression = self.expression()?;
                into.push(Statement::Expression(expression));
            }
        }
        self.expect(";")
    }

    fn starts_declaration(&self) -> bool {
        let Some(token) = self.peek() else {
            return false;
        };
        match &*token.text {
            "const" | "highp" | "mediump" | "lowp" | "struct" | "invariant" | "precise" | "in"
            | "out" | "uniform" | "varying" | "attribute" => true,
            name => {
                let is_call = self.next_is(1, "(");
                let is_array_constructor = self.next_is(1, "[") && {
                    // float[3](...) against float[3] name
                    let mut at = 1;
                    while self.next_is(at, "[") {
                        while self.tokens.get(self.at + at).is_some() && !self.next_is(at, "]") {
                            at += 1;
                        }
                        at += 1;
                    }
                    self.next_is(at, "(")
                };
                if self.is_type_name(name) {
                    return !is_call && !is_array_constructor;
                }
                // Two names in a row can only be a declaration with an unknown type.
                token.class == super::lexer::Class::Identifier
                    && self.lookup(name).is_none()
                    && self
                        .tokens
                        .get(self.at + 1)
                        .is_some_and(|next| next.class == super::lexer::Class::Identifier)
            }
        }
    }

    fn local_declaration(&mut self, into: &mut Vec<Statement>) -> Parsed<()> {
        let qualifiers = self.qualifiers()?;
        if let Some(storage) = &qualifiers.storage {
            let line = self.line();
            return self.error(line, format!("'{storage}' : not allowed in nested scope "));
        }
        let base = self.full_type()?;
        if self.accept(";") {
            return Ok(());
        }
        loop {
            let line = self.line();
            let name = self.identifier()?;
            let mut ty = self.array_suffix(base.clone())?;
            let initializer = self.initializer(&mut ty)?;
            if ty == Type::Void {
                return self.error(line, format!("'{name}' : illegal use of type 'void' "));
            }
            if ty.has_sampler() {
                return self.error(
                    line,
                    format!("'{}' : sampler/image types can only be used in uniform variables or function parameters: {name}", ty.describe()),
                );
            }
            if matches!(ty, Type::Array(_, 0)) {
                return self.error(line, format!("'{name}' : array size required "));
            }
            if qualifiers.is_constant && initializer.is_none() {
                return self.error(
                    line,
                    format!("'{name}' : variables with qualifier 'const' must be initialized "),
                );
            }
            let id = self.add_variable(name.clone(), ty, Storage::Local);
            let variable = &mut self.program.variables[id.0 as usize];
            variable.is_constant = qualifiers.is_constant;
            if qualifiers.is_constant {
                variable.value = initializer.as_ref().and_then(Expression::literal);
            }
            self.declare(&name, Symbol::Variable(id), line)?;
            into.push(Statement::Declare(id, initializer));
            if !self.accept(",") {
                return self.expect(";");
            }
        }
    }

    fn condition(&mut self) -> Parsed<Expression> {
        let line = self.line();
        let condition = self.expression()?;
        if condition.ty == Type::BOOL {
            Ok(condition)
        } else {
            self.error(line, "'' : boolean expression expected ")
        }
    }

    fn if_statement(&mut self, into: &mut Vec<Statement>) -> Parsed<()> {
        self.expect("if")?;
        self.expect("(")?;
        let condition = self.condition()?;
        self.expect(")")?;
        let accept = self.scoped_statement()?;
        let reject = if self.accept("else") {
            self.scoped_statement()?
        } else {
            Vec::new()
        };
        into.push(Statement::If(condition, accept, reject));
        Ok(())
    }

    fn loop_body(&mut self) -> Parsed<Vec<Statement>> {
        self.loops += 1;
        self.breakables += 1;
        let body = self.scoped_statement()?;
        self.loops -= 1;
        self.breakables -= 1;
        Ok(body)
    }

    fn for_statement(&mut self, into: &mut Vec<Statement>) -> Parsed<()> {
        self.expect("for")?;
        self.expect("(")?;
        self.scopes.push(FxHashMap::default());
        let mut statements = Vec::new();
        if self.starts_declaration() {
            self.local_declaration(&mut statements)?;
        } else if !self.accept(";") {
            let first = self.expression()?;
            statements.push(Statement::Expression(first));
            self.expect(";")?;
        }
        let condition = if self.peek_is(";") {
            None
        } else {
            Some(self.condition()?)
        };
        self.expect(";")?;
        let step = if self.peek_is(")") {
            None
        } else {
            Some(self.expression()?)
        };
        self.expect(")")?;
        let body = self.loop_body()?;
        self.scopes.pop();
        statements.push(Statement::Loop {
            condition,
            step,
            body,
            tests_last: false,
        });
        into.push(Statement::Block(statements));
        Ok(())
    }

    fn while_statement(&mut self, into: &mut Vec<Statement>) -> Parsed<()> {
        self.expect("while")?;
        self.expect("(")?;
        let condition = Some(self.condition()?);
        self.expect(")")?;
        let body = self.loop_body()?;
        into.push(Statement::Loop {
            condition,
            step: None,
            body,
            tests_last: false,
        });
        Ok(())
    }

    fn do_statement(&mut self, into: &mut Vec<Statement>) -> Parsed<()> {
        self.expect("do")?;
        let body = self.loop_body()?;
        self.expect("while")?;
        self.expect("(")?;
        let condition = Some(self.condition()?);
        self.expect(")")?;
        into.push(Statement::Loop {
            condition,
            step: None,
            body,
            tests_last: true,
        });
        self.expect(";")
    }

    fn switch_statement(&mut self, into: &mut Vec<Statement>) -> Parsed<()> {
        self.expect("switch")?;
        self.expect("(")?;
        let line = self.line();
        let selector = self.expression()?;
        let kind = match selector.ty {
            Type::Scalar(kind @ (Kind::Int | Kind::Uint)) => kind,
            _ => {
                return self.error(
                    line,
                    "'switch' : condition must be a scalar integer expression ",
                );
            }
        };
        self.expect(")")?;
        self.expect("{")?;
        self.scopes.push(FxHashMap::default());
        self.breakables += 1;
        let mut cases: Vec<SwitchCase> = Vec::new();
        while !self.accept("}") {
            let line = self.line();
            if self.accept("case") {
                let value = self.expression()?;
                let value = value.literal().filter(|value| value.kind() != Kind::Float);
                let Some(value) = value else {
                    return self.error(line, "'case' : scalar integer constant expected ");
                };
                let value = Some(value.convert(kind));
                if cases.iter().any(|case| case.value == value) {
                    return self.error(line, "'case' : duplicated value ");
                }
                self.expect(":")?;
                cases.push(SwitchCase {
                    value,
                    body: Vec::new(),
                });
            } else if self.accept("default") {
                self.expect(":")?;
                if cases.iter().any(|case| case.value.is_none()) {
                    return self.error(line, "'default' : multiple default labels ");
                }
                cases.push(SwitchCase {
                    value: None,
                    body: Vec::new(),
                });
            } else if self.peek().is_none() {
                return Err(self.unexpected(None));
            } else {
                let mut statements = Vec::new();
                self.statement(&mut statements)?;
                match cases.last_mut() {
                    Some(case) => case.body.append(&mut statements),
                    None => {
                        return self.error(
                            line,
                            "'switch' : cannot have statements before first case/default label ",
                        );
                    }
                }
            }
        }
        self.breakables -= 1;
        self.scopes.pop();
        into.push(Statement::Switch(selector, cases));
        Ok(())
    }

    fn return_statement(&mut self, into: &mut Vec<Statement>, line: u32) -> Parsed<()> {
        if self.accept(";") {
            if self.result != Type::Void {
                return self.error(line, "'return' : non-void function must return a value ");
            }
            into.push(Statement::Return(None));
            return Ok(());
        }
        self.returns = true;
        let value = match self.expression() {
            Err(error) if self.is_undeclared_before_semicolon(&error) => {
                // The unknown name counts as a float, which the function does not return.
                return Err(error.followed_by(
                    "'return' : cannot convert return value to function return type ",
                ));
            }
            other => other?,
        };
        if self.result == Type::Void {
            return self.error(line, "'return' : void function cannot return a value ");
        }
        let Some(value) = self.convert(value, &self.result.clone()) else {
            return self.error(
                line,
                "'return' : cannot convert return value to function return type ",
            );
        };
        into.push(Statement::Return(Some(value)));
        self.expect(";")
    }

    fn is_undeclared_before_semicolon(&self, error: &ShaderError) -> bool {
        self.result != Type::FLOAT
            && self.peek_is(";")
            && error
                .messages
                .first()
                .is_some_and(|message| message.ends_with("undeclared identifier "))
    }
}
