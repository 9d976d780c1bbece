//! Expressions.

use super::statement::name_function;
use super::*;
use crate::syntax::number::Number;

/// Where an expression stands, as far as it changes what may follow.
#[derive(Clone, Copy, Default)]
pub(super) struct Context {
    /// Between `?` and `:`: a colon ends the expression instead of calling a method.
    pub(super) stops_at_colon: bool,
    /// At the begin of a statement: a name is not the parameter of a short function.
    pub(super) is_statement: bool,
    /// A further target of an assignment: `?.` is not part of it.
    pub(super) is_without_navigation: bool,
}

/// An operator between two operands.
#[derive(Clone, Copy, PartialEq)]
enum Infix {
    Binary(BinaryOperator),
    Logical(LogicalOperator),
    Concat,
}

impl Infix {
    fn from_token(token: &Token) -> Option<Infix> {
        use BinaryOperator::*;
        Some(match token {
            Token::Byte(byte) => Infix::Binary(match byte {
                b'+' => Add,
                b'-' => Subtract,
                b'*' => Multiply,
                b'/' => Divide,
                b'%' => Modulo,
                b'^' => Power,
                b'&' => BitAnd,
                b'|' => BitOr,
                b'~' => BitXor,
                b'<' => Less,
                b'>' => Greater,
                _ => return None,
            }),
            Token::Symbol(symbol) => match symbol {
                Symbol::ShiftLeft => Infix::Binary(ShiftLeft),
                Symbol::ShiftRight => Infix::Binary(ShiftRight),
                Symbol::ShiftRightArithmetic => Infix::Binary(ShiftRightArithmetic),
                Symbol::Equal => Infix::Binary(Equal),
                Symbol::NotEqual | Symbol::ExclamationEqual => Infix::Binary(NotEqual),
                Symbol::LessOrEqual => Infix::Binary(LessOrEqual),
                Symbol::GreaterOrEqual => Infix::Binary(GreaterOrEqual),
                Symbol::And => Infix::Logical(LogicalOperator::And),
                Symbol::Or => Infix::Logical(LogicalOperator::Or),
                Symbol::Coalesce => Infix::Logical(LogicalOperator::Coalesce),
                Symbol::Concat => Infix::Concat,
                _ => return None,
            },
            Token::Keyword(Keyword::And) => Infix::Logical(LogicalOperator::And),
            Token::Keyword(Keyword::Or) => Infix::Logical(LogicalOperator::Or),
            _ => return None,
        })
    }

    /// How strongly it binds to its left operand and to its right one. Right-associative operators bind less to the right.
    fn priorities(self) -> (u8, u8) {
        use BinaryOperator::*;
        match self {
            Infix::Binary(Power) => (14, 13),
            // 12: prefix operators
            Infix::Binary(Multiply | Divide | Modulo) => (11, 11),
            Infix::Binary(Add | Subtract) => (10, 10),
            Infix::Concat => (9, 8),
            Infix::Binary(ShiftLeft | ShiftRight | ShiftRightArithmetic) => (7, 7),
            Infix::Binary(BitAnd) => (6, 6),
            Infix::Binary(BitXor) => (5, 5),
            Infix::Binary(BitOr) => (4, 4),
            Infix::Binary(Equal | NotEqual | Less | LessOrEqual | Greater | GreaterOrEqual) => {
                (3, 3)
            }
            Infix::Logical(LogicalOperator::And) => (2, 2),
            Infix::Logical(LogicalOperator::Or | LogicalOperator::Coalesce) => (1, 1),
        }
    }
}

const PREFIX_PRIORITY: u8 = 12;

impl Parser<'_> {
    pub(super) fn parse_expression(&mut self) -> Result<Expression> {
        self.parse_expression_in(Context::default())
    }

    pub(super) fn parse_expression_list(&mut self) -> Result<Vec<Expression>> {
        let mut expressions = vec![self.parse_expression()?];
        while self.accept_byte(b',')? {
            expressions.push(self.parse_expression()?);
        }
        Ok(expressions)
    }

    fn parse_expression_in(&mut self, context: Context) -> Result<Expression> {
        let (expression, _) = self.parse_operators(0, context)?;
        if self.accept_byte(b'?')? {
            return self.parse_conditional(expression);
        }
        Ok(expression)
    }

    /// Parses `if_true : if_false` behind `condition ?`.
    fn parse_conditional(&mut self, condition: Expression) -> Result<Expression> {
        // LuaJIT does not count these, and overflows the native stack.
        self.enter_level()?;
        let if_true = self.parse_expression_in(Context {
            stops_at_colon: true,
            ..Context::default()
        })?;
        self.expect_byte(b':')?;
        let if_false = self.parse_expression()?;
        self.leave_level();
        Ok(Expression {
            line: condition.line,
            kind: ExpressionKind::Conditional {
                condition: Box::new(condition),
                if_true: Box::new(if_true),
                if_false: Box::new(if_false),
            },
        })
    }

    /// Parses operands and operators that bind more strongly than `limit`. Answers the operator that ended it, too.
    fn parse_operators(
        &mut self,
        limit: u8,
        context: Context,
    ) -> Result<(Expression, Option<Infix>)> {
        self.enter_level()?;
        let mut left = self.parse_prefix(context)?;
        let mut next = Infix::from_token(&self.token);
        while let Some(operator) = next.filter(|operator| operator.priorities().0 > limit) {
            self.advance()?;
            let right;
            (right, next) = self.parse_operators(operator.priorities().1, context)?;
            left = join(left, operator, right, self.last_line);
        }
        self.leave_level();
        Ok((left, next))
    }

    fn parse_prefix(&mut self, context: Context) -> Result<Expression> {
        let operator = match self.token {
            Token::Keyword(Keyword::Not) | Token::Byte(b'!') => UnaryOperator::Not,
            Token::Byte(b'-') => UnaryOperator::Negate,
            Token::Byte(b'#') => UnaryOperator::Length,
            Token::Byte(b'~') => UnaryOperator::BitNot,
            _ => return self.parse_simple(context),
        };
        self.advance()?;
        let (operand, _) = self.parse_operators(PREFIX_PRIORITY, context)?;
        Ok(Expression {
            kind: ExpressionKind::Unary {
                operator,
                operand: Box::new(operand),
            },
            line: self.last_line,
        })
    }

    fn parse_simple(&mut self, context: Context) -> Result<Expression> {
        let kind = match &self.token {
            Token::Number(Number::Float(value)) => ExpressionKind::Number(*value),
            Token::Number(Number::Integer64(value)) => ExpressionKind::Integer64(*value),
            Token::Number(Number::Unsigned64(value)) => ExpressionKind::Unsigned64(*value),
            Token::Number(Number::Imaginary(value)) => ExpressionKind::Imaginary(*value),
            Token::String(value) => ExpressionKind::String(value.clone()),
            Token::Keyword(Keyword::Nil) => ExpressionKind::Nil,
            Token::Keyword(Keyword::True) => ExpressionKind::True,
            Token::Keyword(Keyword::False) => ExpressionKind::False,
            Token::Symbol(Symbol::Dots) => {
                if !self
                    .functions
                    .last()
                    .is_some_and(|function| function.is_vararg)
                {
                    return Err(self.error_near_token("cannot use '...' outside a vararg function"));
                }
                ExpressionKind::Vararg
            }
            Token::Byte(b'{') => return self.parse_table(),
            Token::Keyword(Keyword::Function) => {
                self.advance()?;
                let line = self.line();
                let function = self.parse_function_body(false, None, line)?;
                return Ok(Expression {
                    kind: ExpressionKind::Function(Box::new(function)),
                    line: self.last_line,
                });
            }
            Token::Byte(b'|') | Token::Symbol(Symbol::Or) => {
                let line = self.line();
                return self.parse_short_function(None, line, context);
            }
            _ => return self.parse_primary(context),
        };
        self.advance()?;
        Ok(Expression {
            kind,
            line: self.last_line,
        })
    }

    /// Parses `|a, b| -> …`, or the rest of `a -> …` behind its `parameter`.
    fn parse_short_function(
        &mut self,
        parameter: Option<Bytes>,
        line: Line,
        context: Context,
    ) -> Result<Expression> {
        let mut parameters = Vec::new();
        let mut is_vararg = false;
        if let Some(parameter) = parameter {
            parameters.push(parameter);
        } else if !self.accept(&Token::Symbol(Symbol::Or))? {
            is_vararg = self.parse_parameters(&mut parameters, b'|', b'|')?;
        }
        self.expect(&Token::Symbol(Symbol::Arrow))?;
        self.functions.push(EnclosingFunction { is_vararg, line });
        let body = if self.accept(&Token::Keyword(Keyword::Do))? {
            let body = self.parse_block()?;
            self.expect_match(
                &Token::Keyword(Keyword::End),
                &Token::Keyword(Keyword::Do),
                line,
            )?;
            body
        } else {
            self.parse_short_function_result(context)?
        };
        self.functions.pop();
        let function = FunctionBody {
            parameters,
            is_vararg,
            body,
            name: None,
            line,
            end_line: self.last_line,
        };
        Ok(Expression {
            kind: ExpressionKind::Function(Box::new(function)),
            line: self.last_line,
        })
    }

    /// The body `return e` of a short function `x -> e`.
    fn parse_short_function_result(&mut self, context: Context) -> Result<Block> {
        let line = self.line();
        let value = self.parse_expression_in(Context {
            stops_at_colon: context.stops_at_colon,
            ..Context::default()
        })?;
        Ok(Block {
            statements: vec![Statement {
                kind: StatementKind::Return(vec![value]),
                line,
                end_line: self.last_line,
            }],
            end_line: self.last_line,
        })
    }

    /// Parses a name or parenthesised expression with its suffixes.
    pub(super) fn parse_primary(&mut self, context: Context) -> Result<Expression> {
        let line = self.line();
        let base = if self.is_at(b'(') {
            self.advance()?;
            let inner = self.parse_expression()?;
            self.expect_match(&Token::Byte(b')'), &Token::Byte(b'('), line)?;
            Expression {
                line: inner.line,
                kind: ExpressionKind::Paren(Box::new(inner)),
            }
        } else if is_name(&self.token) {
            let name = self.expect_name()?;
            if !context.is_statement && self.token == Token::Symbol(Symbol::Arrow) {
                return self.parse_short_function(Some(name), line, context);
            }
            Expression {
                kind: ExpressionKind::Name(name),
                line,
            }
        } else {
            return Err(self.error_near_token("unexpected symbol"));
        };
        let suffixes = self.parse_suffixes(context)?;
        let Some(last) = suffixes.last() else {
            return Ok(base);
        };
        Ok(Expression {
            line: last.line,
            kind: ExpressionKind::Suffixed {
                base: Box::new(base),
                suffixes,
            },
        })
    }

    fn parse_suffixes(&mut self, context: Context) -> Result<Vec<Suffix>> {
        let mut suffixes: Vec<Suffix> = Vec::new();
        loop {
            let is_safe = !context.is_without_navigation
                && self.accept(&Token::Symbol(Symbol::SafeNavigation))?;
            let suffix = match self.token {
                Token::Byte(b'[') => {
                    let key = self.parse_bracketed()?;
                    self.suffix(is_safe, SuffixKind::Index(key))
                }
                Token::Byte(b':') if context.stops_at_colon && is_safe => {
                    return Err(self.error_near_token("unexpected symbol"));
                }
                Token::Byte(b':') if !context.stops_at_colon => {
                    self.advance()?;
                    self.parse_method_call(is_safe)?
                }
                _ if is_arguments_begin(&self.token) => {
                    let line = self.line();
                    let arguments = self.parse_arguments()?;
                    Suffix {
                        is_safe,
                        kind: SuffixKind::Call(arguments),
                        line,
                    }
                }
                _ if is_safe || self.is_at(b'.') => {
                    if !is_safe {
                        self.advance()?;
                        // LuaJIT emits the indexing before this one only now.
                        if let Some(previous) =
                            suffixes.last_mut().filter(|suffix| is_indexing(suffix))
                        {
                            previous.line = self.last_line;
                        }
                    }
                    let name = self.expect_name()?;
                    self.suffix(is_safe, SuffixKind::Field(name))
                }
                _ => return Ok(suffixes),
            };
            suffixes.push(suffix);
        }
    }

    /// A suffix whose instruction belongs to the line of the last token.
    fn suffix(&self, is_safe: bool, kind: SuffixKind) -> Suffix {
        Suffix {
            is_safe,
            kind,
            line: self.last_line,
        }
    }

    fn parse_method_call(&mut self, is_safe: bool) -> Result<Suffix> {
        let name = self.expect_name()?;
        let is_method_safe = self.accept(&Token::Symbol(Symbol::SafeNavigation))?;
        let line = self.line();
        let arguments = self.parse_arguments()?;
        Ok(Suffix {
            is_safe,
            kind: SuffixKind::MethodCall {
                name,
                is_method_safe,
                arguments,
            },
            line,
        })
    }

    fn parse_arguments(&mut self) -> Result<Vec<Expression>> {
        let line = self.line();
        match &self.token {
            Token::Byte(b'(') => {
                if line != self.last_line {
                    return Err(
                        self.error_near_token("ambiguous syntax (function call x new statement)")
                    );
                }
                self.advance()?;
                let arguments = if self.is_at(b')') {
                    Vec::new()
                } else {
                    self.parse_expression_list()?
                };
                self.expect_match(&Token::Byte(b')'), &Token::Byte(b'('), line)?;
                Ok(arguments)
            }
            Token::Byte(b'{') => Ok(vec![self.parse_table()?]),
            Token::String(value) => {
                let kind = ExpressionKind::String(value.clone());
                self.advance()?;
                Ok(vec![Expression { kind, line }])
            }
            _ => Err(self.error_near_token("function arguments expected")),
        }
    }

    /// Parses `[ expression ]`.
    fn parse_bracketed(&mut self) -> Result<Expression> {
        self.advance()?;
        let expression = self.parse_expression()?;
        self.expect_byte(b']')?;
        Ok(expression)
    }

    fn parse_table(&mut self) -> Result<Expression> {
        let line = self.line();
        let mut items = Vec::new();
        self.expect_byte(b'{')?;
        while !self.is_at(b'}') {
            let item = self.parse_table_item()?;
            items.push(item);
            if !self.accept_byte(b',')? && !self.accept_byte(b';')? {
                break;
            }
        }
        self.expect_match(&Token::Byte(b'}'), &Token::Byte(b'{'), line)?;
        Ok(Expression {
            kind: ExpressionKind::Table(items),
            line,
        })
    }

    fn parse_table_item(&mut self) -> Result<TableItem> {
        let key = if self.is_at(b'[') {
            let key = self.parse_bracketed()?;
            self.expect_byte(b'=')?;
            TableKey::Computed(key)
        } else if is_name(&self.token) && *self.look_ahead()? == Token::Byte(b'=') {
            let name = self.expect_name()?;
            self.expect_byte(b'=')?;
            TableKey::Name(name)
        } else {
            TableKey::Position
        };
        let mut value = self.parse_expression()?;
        if let TableKey::Name(name) = &key {
            name_function(&mut value, name);
        }
        Ok(TableItem {
            key,
            value,
            line: self.last_line,
        })
    }
}

fn is_indexing(suffix: &Suffix) -> bool {
    matches!(suffix.kind, SuffixKind::Field(_) | SuffixKind::Index(_))
}

/// `left operator right`, in the same vector as `left` where that is an operation of the same level.
fn join(mut left: Expression, operator: Infix, right: Expression, line: Line) -> Expression {
    let level = operator.priorities().0;
    match (operator, &mut left.kind) {
        (Infix::Concat, _) => {
            let mut operands = vec![left];
            match right.kind {
                // Right-associative: the rest of the chain comes complete. Parentheses would be a node of their own.
                ExpressionKind::Concat(rest) => operands.extend(rest),
                _ => operands.push(right),
            }
            return Expression {
                kind: ExpressionKind::Concat(operands),
                line,
            };
        }
        (Infix::Binary(operator), ExpressionKind::Binary { rest, .. })
            if binary_level(rest) == Some(level) =>
        {
            rest.push(BinaryStep {
                operator,
                operand: right,
                line,
            });
            left.line = line;
            return left;
        }
        (Infix::Logical(operator), ExpressionKind::Logical { rest, .. })
            if logical_level(rest) == Some(level) =>
        {
            rest.push(LogicalStep {
                operator,
                operand: right,
            });
            left.line = line;
            return left;
        }
        _ => {}
    }
    let first = Box::new(left);
    let kind = match operator {
        Infix::Logical(operator) => ExpressionKind::Logical {
            first,
            rest: vec![LogicalStep {
                operator,
                operand: right,
            }],
        },
        Infix::Binary(operator) => ExpressionKind::Binary {
            first,
            rest: vec![BinaryStep {
                operator,
                operand: right,
                line,
            }],
        },
        // Returned above.
        Infix::Concat => ExpressionKind::Concat(vec![*first, right]),
    };
    Expression { kind, line }
}

fn binary_level(steps: &[BinaryStep]) -> Option<u8> {
    Some(Infix::Binary(steps.last()?.operator).priorities().0)
}

fn logical_level(steps: &[LogicalStep]) -> Option<u8> {
    Some(Infix::Logical(steps.last()?.operator).priorities().0)
}
