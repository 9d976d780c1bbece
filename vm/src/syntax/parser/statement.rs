//! Statements, blocks and function bodies.

use super::expression::Context;
use super::*;

impl Parser<'_> {
    /// Parses statements up to a token that ends a block, which it leaves.
    pub(super) fn parse_block(&mut self) -> Result<Block> {
        let mut statements = Vec::new();
        let mut is_last = false;
        self.enter_level()?;
        while !is_last && !is_block_end(&self.token) {
            let statement = self.parse_statement()?;
            is_last = matches!(
                statement.kind,
                StatementKind::Return(_) | StatementKind::Break | StatementKind::Continue
            );
            if matches!(statement.kind, StatementKind::Label { .. }) {
                self.parse_further_labels(statement, &mut statements)?;
            } else {
                statements.push(statement);
            }
            self.accept_byte(b';')?;
        }
        self.leave_level();
        Ok(Block {
            statements,
            end_line: self.line(),
        })
    }

    fn parse_statement(&mut self) -> Result<Statement> {
        let line = self.line();
        let kind = match self.token {
            Token::Keyword(keyword) => self.parse_keyword_statement(keyword, line)?,
            Token::Symbol(Symbol::Label) => self.parse_label()?,
            _ => self.parse_call_or_assignment()?,
        };
        Ok(Statement {
            kind,
            line,
            end_line: self.last_line,
        })
    }

    fn parse_keyword_statement(&mut self, keyword: Keyword, line: Line) -> Result<StatementKind> {
        match keyword {
            Keyword::If => self.parse_if(line),
            Keyword::While => self.parse_while(line),
            Keyword::Do => {
                self.advance()?;
                let body = self.parse_block()?;
                self.expect_end(Keyword::Do, line)?;
                Ok(StatementKind::Do(body))
            }
            Keyword::For => self.parse_for(line),
            Keyword::Repeat => self.parse_repeat(line),
            Keyword::Function => self.parse_function(line),
            Keyword::Local => self.parse_local(false),
            Keyword::Const => {
                let next = self.look_ahead()?;
                if is_name(next) || *next == Token::Keyword(Keyword::Function) {
                    self.parse_local(true)
                } else {
                    self.parse_call_or_assignment()
                }
            }
            Keyword::Return => {
                self.advance()?;
                let is_bare = is_block_end(&self.token) || self.is_at(b';');
                let values = if is_bare {
                    Vec::new()
                } else {
                    self.parse_expression_list()?
                };
                Ok(StatementKind::Return(values))
            }
            Keyword::Break => {
                self.advance()?;
                Ok(StatementKind::Break)
            }
            Keyword::Continue if is_block_end(self.look_ahead()?) => {
                self.advance()?;
                Ok(StatementKind::Continue)
            }
            Keyword::Goto if is_name(self.look_ahead()?) => {
                self.advance()?;
                Ok(StatementKind::Goto(self.expect_name()?))
            }
            _ => self.parse_call_or_assignment(),
        }
    }

    fn expect_end(&mut self, opening: Keyword, line: Line) -> Result<()> {
        self.expect_match(
            &Token::Keyword(Keyword::End),
            &Token::Keyword(opening),
            line,
        )
    }

    fn parse_label(&mut self) -> Result<StatementKind> {
        self.advance()?;
        let name = self.expect_name()?;
        self.expect(&Token::Symbol(Symbol::Label))?;
        Ok(StatementKind::Label {
            name,
            is_trailing: false,
        })
    }

    /// Parses the labels that follow directly on `first`, and finds out whether all of them end the block.
    fn parse_further_labels(
        &mut self,
        first: Statement,
        statements: &mut Vec<Statement>,
    ) -> Result<()> {
        let first_index = statements.len();
        let level = self.level;
        statements.push(first);
        while self.token == Token::Symbol(Symbol::Label) {
            // LuaJIT nests consecutive labels.
            self.enter_level()?;
            let statement = self.parse_statement()?;
            statements.push(statement);
        }
        self.level = level;
        if is_block_end(&self.token) && !self.is_at_keyword(Keyword::Until) {
            for statement in &mut statements[first_index..] {
                if let StatementKind::Label { is_trailing, .. } = &mut statement.kind {
                    *is_trailing = true;
                }
            }
        }
        Ok(())
    }

    fn parse_if(&mut self, line: Line) -> Result<StatementKind> {
        let mut branches = Vec::new();
        loop {
            self.advance()?; // `if` or `elseif`
            let condition = self.parse_expression()?;
            self.expect_keyword(Keyword::Then)?;
            let body = self.parse_block()?;
            branches.push(IfBranch { condition, body });
            if !self.is_at_keyword(Keyword::Elseif) {
                break;
            }
        }
        let otherwise = if self.accept(&Token::Keyword(Keyword::Else))? {
            Some(self.parse_block()?)
        } else {
            None
        };
        self.expect_end(Keyword::If, line)?;
        Ok(StatementKind::If {
            branches,
            otherwise,
        })
    }

    fn parse_while(&mut self, line: Line) -> Result<StatementKind> {
        self.advance()?;
        let condition = self.parse_expression()?;
        self.expect_keyword(Keyword::Do)?;
        let body = self.parse_block()?;
        self.expect_end(Keyword::While, line)?;
        Ok(StatementKind::While { condition, body })
    }

    fn parse_repeat(&mut self, line: Line) -> Result<StatementKind> {
        self.advance()?;
        let body = self.parse_block()?;
        self.expect_match(
            &Token::Keyword(Keyword::Until),
            &Token::Keyword(Keyword::Repeat),
            line,
        )?;
        let condition = self.parse_expression()?;
        Ok(StatementKind::Repeat { body, condition })
    }

    fn parse_for(&mut self, line: Line) -> Result<StatementKind> {
        self.advance()?;
        let variable = self.expect_name()?;
        let kind = match self.token {
            Token::Byte(b'=') => self.parse_numeric_for(variable)?,
            Token::Byte(b',') | Token::Keyword(Keyword::In) => self.parse_generic_for(variable)?,
            _ => return Err(self.error_near_token("'=' or 'in' expected")),
        };
        self.expect_end(Keyword::For, line)?;
        Ok(kind)
    }

    fn parse_numeric_for(&mut self, variable: Bytes) -> Result<StatementKind> {
        self.advance()?;
        let start = self.parse_expression()?;
        self.expect_byte(b',')?;
        let limit = self.parse_expression()?;
        let step = if self.accept_byte(b',')? {
            Some(self.parse_expression()?)
        } else {
            None
        };
        self.expect_keyword(Keyword::Do)?;
        let do_line = self.last_line;
        let body = self.parse_block()?;
        Ok(StatementKind::NumericFor {
            variable,
            start,
            limit,
            step,
            body,
            do_line,
        })
    }

    fn parse_generic_for(&mut self, first: Bytes) -> Result<StatementKind> {
        let mut variables = vec![first];
        while self.accept_byte(b',')? {
            variables.push(self.expect_name()?);
        }
        self.expect_keyword(Keyword::In)?;
        let iterator_line = self.line();
        let values = self.parse_expression_list()?;
        self.expect_keyword(Keyword::Do)?;
        let body = self.parse_block()?;
        Ok(StatementKind::GenericFor {
            variables,
            values,
            body,
            iterator_line,
        })
    }

    fn parse_local(&mut self, is_const: bool) -> Result<StatementKind> {
        self.advance()?;
        if self.accept(&Token::Keyword(Keyword::Function))? {
            let name = self.expect_name()?;
            let line = self.line();
            let function = Box::new(self.parse_function_body(false, Some(name.clone()), line)?);
            return Ok(StatementKind::LocalFunction {
                name,
                is_const,
                function,
            });
        }
        let mut names = vec![self.expect_name()?];
        while self.accept_byte(b',')? {
            names.push(self.expect_name()?);
        }
        let mut values = if self.accept_byte(b'=')? {
            self.parse_expression_list()?
        } else {
            Vec::new()
        };
        for (name, value) in names.iter().zip(&mut values) {
            name_function(value, name);
        }
        Ok(StatementKind::Local {
            names,
            is_const,
            values,
        })
    }

    fn parse_function(&mut self, line: Line) -> Result<StatementKind> {
        self.advance()?;
        let name_line = self.line();
        let first = self.expect_name()?;
        let mut full_name = first.to_vec();
        let mut suffixes = Vec::new();
        let mut is_method = false;
        while !is_method && matches!(self.token, Token::Byte(b'.' | b':')) {
            is_method = self.is_at(b':');
            full_name.push(if is_method { b':' } else { b'.' });
            self.advance()?;
            let field = self.expect_name()?;
            full_name.extend_from_slice(&field);
            suffixes.push(Suffix {
                is_safe: false,
                kind: SuffixKind::Field(field),
                line: self.last_line,
            });
        }
        let mut target = Expression {
            kind: ExpressionKind::Name(first),
            line: name_line,
        };
        if !suffixes.is_empty() {
            target = Expression {
                kind: ExpressionKind::Suffixed {
                    base: Box::new(target),
                    suffixes,
                },
                line: self.last_line,
            };
        }
        let name = self.lexer.intern(&full_name);
        let function = Box::new(self.parse_function_body(is_method, Some(name), line)?);
        Ok(StatementKind::Function {
            target,
            is_method,
            function,
        })
    }

    /// Parses from `(` to `end`.
    pub(super) fn parse_function_body(
        &mut self,
        is_method: bool,
        name: Option<Bytes>,
        line: Line,
    ) -> Result<FunctionBody> {
        let mut parameters = Vec::new();
        if is_method {
            parameters.push(self.lexer.intern(b"self"));
        }
        let is_vararg = self.parse_parameters(&mut parameters, b'(', b')')?;
        self.functions.push(EnclosingFunction { is_vararg, line });
        let body = self.parse_block()?;
        self.functions.pop();
        let end_line = self.line();
        self.expect_end(Keyword::Function, line)?;
        Ok(FunctionBody {
            parameters,
            is_vararg,
            body,
            name,
            line,
            end_line,
        })
    }

    /// Parses a parameter list with its delimiters. Answers whether it ends in `...`.
    pub(super) fn parse_parameters(
        &mut self,
        parameters: &mut Vec<Bytes>,
        open: u8,
        close: u8,
    ) -> Result<bool> {
        self.expect_byte(open)?;
        let mut is_vararg = false;
        if !self.is_at(close) {
            loop {
                if is_name(&self.token) {
                    parameters.push(self.expect_name()?);
                } else if self.accept(&Token::Symbol(Symbol::Dots))? {
                    is_vararg = true;
                    break;
                } else {
                    return Err(self.error_near_token("<name> or '...' expected"));
                }
                if !self.accept_byte(b',')? {
                    break;
                }
            }
        }
        self.expect_byte(close)?;
        Ok(is_vararg)
    }

    fn parse_call_or_assignment(&mut self) -> Result<StatementKind> {
        let target = self.parse_primary(Context {
            is_statement: true,
            ..Context::default()
        })?;
        if target.is_call() {
            return Ok(StatementKind::Call(target));
        }
        if self.is_at(b',') && is_safe(&target) {
            return Err(self.error_near_token("syntax error"));
        }
        if is_assignable(&target)
            && let Some(operator) = self.compound_operator()?
        {
            let value = self.parse_expression()?;
            return Ok(StatementKind::CompoundAssign {
                target,
                operator,
                value,
            });
        }
        self.parse_assignment(target)
    }

    fn parse_assignment(&mut self, first: Expression) -> Result<StatementKind> {
        let mut targets = vec![first];
        loop {
            if !targets.last().is_some_and(is_assignable) {
                return Err(self.error_near_token("syntax error"));
            }
            if !self.accept_byte(b',')? {
                break;
            }
            let target = self.parse_primary(Context {
                is_without_navigation: true,
                ..Context::default()
            })?;
            if self.level + targets.len() >= LEVEL_LIMIT {
                return Err(self.too_many(LEVEL_LIMIT, "variable names"));
            }
            targets.push(target);
        }
        self.expect_byte(b'=')?;
        let mut values = self.parse_expression_list()?;
        for (target, value) in targets.iter().zip(&mut values) {
            if let Some(name) = last_name(target) {
                name_function(value, &name);
            }
        }
        Ok(StatementKind::Assign { targets, values })
    }

    /// Consumes the operator of a compound assignment if the current token is one. `a + = 1` is not: the sign follows directly.
    fn compound_operator(&mut self) -> Result<Option<CompoundOperator>> {
        let binary = match self.token {
            Token::Byte(b'+') => BinaryOperator::Add,
            Token::Byte(b'-') => BinaryOperator::Subtract,
            Token::Byte(b'*') => BinaryOperator::Multiply,
            Token::Byte(b'/') => BinaryOperator::Divide,
            Token::Byte(b'%') => BinaryOperator::Modulo,
            Token::Byte(b'&') => BinaryOperator::BitAnd,
            Token::Byte(b'|') => BinaryOperator::BitOr,
            Token::Byte(b'~') => BinaryOperator::BitXor,
            Token::Symbol(Symbol::ShiftLeft) => BinaryOperator::ShiftLeft,
            Token::Symbol(Symbol::ShiftRight) => BinaryOperator::ShiftRight,
            Token::Symbol(Symbol::ShiftRightArithmetic) => BinaryOperator::ShiftRightArithmetic,
            // `~=` in a statement can only be this.
            Token::Symbol(Symbol::NotEqual) => {
                self.advance()?;
                return Ok(Some(CompoundOperator::Binary(BinaryOperator::BitXor)));
            }
            Token::Symbol(Symbol::ExclamationEqual) => {
                return Err(self.lexer.error_near("'=' expected", b"!"));
            }
            Token::Symbol(Symbol::Concat) => {
                self.expect_adjacent_equal_sign()?;
                return Ok(Some(CompoundOperator::Concat));
            }
            _ => return Ok(None),
        };
        self.expect_adjacent_equal_sign()?;
        Ok(Some(CompoundOperator::Binary(binary)))
    }

    /// Consumes the current token and the `=` directly behind it, or fails.
    fn expect_adjacent_equal_sign(&mut self) -> Result<()> {
        if self.lexer.next_byte() != Some(b'=') {
            return Err(self.expected(&Token::Byte(b'=')));
        }
        self.advance()?;
        // The lexer may have read `==`: in `a += = 1` and `a +== 1` the message is about what follows the operator.
        if self.is_at(b'=') {
            self.advance()?;
            return Ok(());
        }
        Err(self.error_near_token("unexpected symbol"))
    }
}

/// Whether `target` may stand left of `=`.
fn is_assignable(target: &Expression) -> bool {
    match &target.kind {
        ExpressionKind::Name(_) => true,
        ExpressionKind::Suffixed { .. } => !target.is_call(),
        _ => false,
    }
}

/// Whether `expression` is a chain with a safe suffix.
fn is_safe(expression: &Expression) -> bool {
    match &expression.kind {
        ExpressionKind::Suffixed { suffixes, .. } => suffixes.iter().any(Suffix::is_any_safe),
        _ => false,
    }
}

/// The name by which a target is known: `c` of `a.b.c`.
fn last_name(target: &Expression) -> Option<Bytes> {
    match &target.kind {
        ExpressionKind::Name(name) => Some(name.clone()),
        ExpressionKind::Suffixed { suffixes, .. } => match &suffixes.last()?.kind {
            SuffixKind::Field(name) => Some(name.clone()),
            _ => None,
        },
        _ => None,
    }
}

/// Gives `value` the name `name` if it is a function without one.
pub(super) fn name_function(value: &mut Expression, name: &Bytes) {
    if let ExpressionKind::Function(function) = &mut value.kind
        && function.name.is_none()
    {
        function.name = Some(name.clone());
    }
}
