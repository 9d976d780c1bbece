//! Expressions: precedence, types, conversions, overloads, constant folding of single numbers.

use super::builtins;
use super::error::ShaderError;
use super::lexer::Class;
use super::operators::{binary_operator, fold, operand_types, operator_symbol};
use super::parser::{Language, MAX_EXPRESSION_DEPTH, Parsed, Parser, Symbol};
use super::preprocessor::integer;
use super::tree::*;
use super::types::{Kind, Type};
use std::rc::Rc;

impl Parser {
    fn make(
        &self,
        kind: ExpressionKind,
        ty: Type,
        qualifier: Qualifier,
        parts: &[u16],
        line: u32,
    ) -> Parsed<Expression> {
        let depth = parts.iter().copied().max().unwrap_or(0) + 1;
        if depth > MAX_EXPRESSION_DEPTH {
            return self.error(line, "'' : expression is nested too deeply ");
        }
        Ok(Expression {
            kind,
            ty,
            qualifier,
            depth,
        })
    }

    fn literal(&self, literal: Literal) -> Expression {
        Expression {
            ty: Type::Scalar(literal.kind()),
            kind: ExpressionKind::Literal(literal),
            qualifier: Qualifier::Const,
            depth: 1,
        }
    }

    /// The value as `wanted`, converted if the language allows it.
    pub fn convert(&self, value: Expression, wanted: &Type) -> Option<Expression> {
        if value.ty == *wanted {
            return Some(value);
        }
        if !value.ty.converts_to(wanted) {
            return None;
        }
        if let (Some(literal), Some(kind)) = (value.literal(), wanted.kind()) {
            return Some(self.literal(literal.convert(kind)));
        }
        Some(Expression {
            ty: wanted.clone(),
            qualifier: value.qualifier,
            depth: value.depth + 1,
            kind: ExpressionKind::Convert(Box::new(value)),
        })
    }

    /// With the comma operator.
    pub fn expression(&mut self) -> Parsed<Expression> {
        let mut left = self.assignment_expression()?;
        while self.peek_is(",") {
            let line = self.line();
            self.at += 1;
            let right = self.assignment_expression()?;
            let (ty, depths) = (right.ty.clone(), [left.depth, right.depth]);
            let kind = ExpressionKind::Sequence(Box::new(left), Box::new(right));
            left = self.make(kind, ty, Qualifier::Temporary, &depths, line)?;
        }
        Ok(left)
    }

    pub fn assignment_expression(&mut self) -> Parsed<Expression> {
        let target = self.conditional_expression()?;
        let line = self.line();
        let Some(token) = self.peek() else {
            return Ok(target);
        };
        use BinaryOperator as Op;
        let operator = match &*token.text {
            "=" => None,
            "+=" => Some(Op::Add),
            "-=" => Some(Op::Subtract),
            "*=" => Some(Op::Multiply),
            "/=" => Some(Op::Divide),
            "%=" => Some(Op::Modulo),
            "&=" => Some(Op::BitAnd),
            "|=" => Some(Op::BitOr),
            "^=" => Some(Op::BitXor),
            "<<=" => Some(Op::ShiftLeft),
            ">>=" => Some(Op::ShiftRight),
            _ => return Ok(target),
        };
        self.at += 1;
        self.check_assignable(&target, "assign", line)?;
        self.enter(line)?;
        let value = self.assignment_expression()?;
        self.nesting -= 1;
        let cannot = |value: &Expression| {
            ShaderError::semantic(
                line,
                format!(
                    "'assign' :  cannot convert from '{}' to '{}'",
                    value.describe(),
                    target.describe()
                ),
            )
        };
        let value = match operator {
            None => {
                let error = cannot(&value);
                self.convert(value, &target.ty).ok_or(error)?
            }
            Some(operator) => {
                let error = cannot(&value);
                let combined = self.binary(operator, target.clone(), value, line);
                let Some(combined) = combined.ok().filter(|combined| combined.ty == target.ty)
                else {
                    return Err(error);
                };
                match combined.kind {
                    ExpressionKind::Binary(_, _, right) => *right,
                    // Folded: cannot be, since the target is a variable.
                    _ => combined,
                }
            }
        };
        let (ty, depths) = (target.ty.clone(), [target.depth, value.depth]);
        let kind = ExpressionKind::Assign(operator, Box::new(target), Box::new(value));
        self.make(kind, ty, Qualifier::Temporary, &depths, line)
    }

    fn enter(&mut self, line: u32) -> Parsed<()> {
        self.nesting += 1;
        if self.nesting > super::parser::MAX_STATEMENT_DEPTH {
            return self.error(line, "'' : nested too deeply ");
        }
        Ok(())
    }

    /// Whether a value can be assigned to the expression.
    fn check_assignable(&self, target: &Expression, what: &str, line: u32) -> Parsed<()> {
        let mut base = target;
        loop {
            match &base.kind {
                ExpressionKind::Swizzle(inner, components) => {
                    let mut seen = [false; 4];
                    for component in components {
                        if std::mem::replace(&mut seen[usize::from(*component)], true) {
                            return self.error(line, format!("'{what}' :  l-value of swizzle cannot have duplicate components "));
                        }
                    }
                    base = inner;
                }
                ExpressionKind::Index(inner, _) | ExpressionKind::Field(inner, _) => base = inner,
                _ => break,
            }
        }
        let ExpressionKind::Variable(id) = base.kind else {
            let why = if target.qualifier == Qualifier::Const {
                " (can't modify a const)"
            } else {
                ""
            };
            return self.error(line, format!("'{what}' :  l-value required{why}"));
        };
        let variable = self.program.variable(id);
        let is_pixel = self.program.stage == super::error::Stage::Pixel;
        let why = match variable.storage {
            _ if variable.is_constant => "can't modify a const",
            Storage::Uniform => "can't modify a uniform",
            Storage::Attribute => "can't modify shader input",
            Storage::Varying { .. } if is_pixel => "can't modify shader input",
            Storage::Engine(value) if !is_writable(value) => "can't modify a uniform",
            _ => return Ok(()),
        };
        self.error(
            line,
            format!("'{what}' :  l-value required \"{}\" ({why})", variable.name),
        )
    }

    pub fn conditional_expression(&mut self) -> Parsed<Expression> {
        let condition = self.binary_expression(0)?;
        let line = self.line();
        if !self.accept("?") {
            return Ok(condition);
        }
        if condition.ty != Type::BOOL {
            return self.error(line, "'' : boolean expression expected ");
        }
        self.enter(line)?;
        let accept = self.expression()?;
        self.expect(":")?;
        let colon = self.line();
        let reject = self.assignment_expression()?;
        self.nesting -= 1;
        let message = format!(
            "':' :  wrong operand types: no operation ':' exists that takes a left-hand operand of type '{}' and a right operand of type '{}' (or there is no acceptable conversion)",
            accept.describe(),
            reject.describe()
        );
        let ty = if accept.ty.converts_to(&reject.ty) {
            reject.ty.clone()
        } else {
            accept.ty.clone()
        };
        let pair = (self.convert(accept, &ty), self.convert(reject, &ty));
        let (Some(accept), Some(reject)) = pair else {
            return self.error(colon, message);
        };
        if ty.has_sampler() || ty == Type::Void {
            return self.error(colon, message);
        }
        if let (Some(Literal::Bool(condition)), Some(_), Some(_)) =
            (condition.literal(), accept.literal(), reject.literal())
        {
            return Ok(if condition { accept } else { reject });
        }
        let depths = [condition.depth, accept.depth, reject.depth];
        let kind =
            ExpressionKind::Conditional(Box::new(condition), Box::new(accept), Box::new(reject));
        self.make(kind, ty, Qualifier::Temporary, &depths, line)
    }

    fn binary_expression(&mut self, level: u8) -> Parsed<Expression> {
        let mut left = self.unary_expression()?;
        while let Some((operator, own)) = self.peek().and_then(|token| {
            (token.class == Class::Punctuator)
                .then(|| binary_operator(&token.text))
                .flatten()
        }) {
            if own <= level {
                break;
            }
            let line = self.line();
            self.at += 1;
            let right = self.binary_expression(own)?;
            left = self.binary(operator, left, right, line)?;
        }
        Ok(left)
    }

    /// Applies an operator of two operands.
    pub fn binary(
        &mut self,
        operator: BinaryOperator,
        left: Expression,
        right: Expression,
        line: u32,
    ) -> Parsed<Expression> {
        let symbol = operator_symbol(operator);
        let mut wrong = ShaderError::semantic(
            line,
            format!(
                "'{symbol}' :  wrong operand types: no operation '{symbol}' exists that takes a left-hand operand of type '{}' and a right operand of type '{}' (or there is no acceptable conversion)",
                left.describe(),
                right.describe()
            ),
        );
        use BinaryOperator as Op;
        let is_new = matches!(
            operator,
            Op::Modulo | Op::BitAnd | Op::BitOr | Op::BitXor | Op::ShiftLeft | Op::ShiftRight
        );
        if is_new && self.language == Language::Glsl1 && (left.ty.kind() == Some(Kind::Float)) {
            wrong.messages.insert(
                0,
                format!("'{symbol}' : not supported for this version or the enabled extensions "),
            );
        }
        let Some((left_type, right_type, result)) = operand_types(operator, &left.ty, &right.ty)
        else {
            return Err(wrong);
        };
        let pair = (
            self.convert(left, &left_type),
            self.convert(right, &right_type),
        );
        let (Some(left), Some(right)) = pair else {
            return Err(wrong);
        };
        if let (Some(a), Some(b)) = (left.literal(), right.literal())
            && let Some(folded) = fold(operator, a, b)
        {
            return Ok(self.literal(folded));
        }
        let is_constant = left.qualifier == Qualifier::Const && right.qualifier == Qualifier::Const;
        let qualifier = if is_constant {
            Qualifier::Const
        } else {
            Qualifier::Temporary
        };
        let depths = [left.depth, right.depth];
        let kind = ExpressionKind::Binary(operator, Box::new(left), Box::new(right));
        self.make(kind, result, qualifier, &depths, line)
    }

    fn unary_expression(&mut self) -> Parsed<Expression> {
        let line = self.line();
        let Some(token) = self.peek().cloned() else {
            return Err(self.unexpected(None));
        };
        match &*token.text {
            "+" | "-" | "!" | "~" => {
                self.at += 1;
                self.enter(line)?;
                let operand = self.unary_expression()?;
                self.nesting -= 1;
                self.unary(&token.text, operand, line)
            }
            "++" | "--" => {
                self.at += 1;
                self.enter(line)?;
                let target = self.unary_expression()?;
                self.nesting -= 1;
                self.step(target, &*token.text == "--", true, line)
            }
            _ => self.postfix_expression(),
        }
    }

    fn unary(&self, symbol: &str, operand: Expression, line: u32) -> Parsed<Expression> {
        let kind = operand.ty.kind();
        let fits = match symbol {
            "!" => operand.ty == Type::BOOL,
            "~" => matches!(kind, Some(Kind::Int | Kind::Uint)),
            _ => matches!(kind, Some(Kind::Int | Kind::Uint | Kind::Float)),
        };
        if !fits {
            return Err(ShaderError::semantic(
                line,
                format!(
                    "'{symbol}' :  wrong operand type no operation '{symbol}' exists that takes an operand of type {} (or there is no acceptable conversion)",
                    operand.describe()
                ),
            ));
        }
        let operator = match symbol {
            "+" => return Ok(operand),
            "-" => UnaryOperator::Negate,
            "!" => UnaryOperator::Not,
            _ => UnaryOperator::BitNot,
        };
        if let Some(literal) = operand.literal() {
            let folded = match (operator, literal) {
                (UnaryOperator::Negate, Literal::Float(value)) => Some(Literal::Float(-value)),
                (UnaryOperator::Negate, Literal::Int(value)) => {
                    Some(Literal::Int(value.wrapping_neg()))
                }
                (UnaryOperator::Negate, Literal::Uint(value)) => {
                    Some(Literal::Uint(value.wrapping_neg()))
                }
                (UnaryOperator::Not, Literal::Bool(value)) => Some(Literal::Bool(!value)),
                (UnaryOperator::BitNot, Literal::Int(value)) => Some(Literal::Int(!value)),
                (UnaryOperator::BitNot, Literal::Uint(value)) => Some(Literal::Uint(!value)),
                _ => None,
            };
            if let Some(folded) = folded {
                return Ok(self.literal(folded));
            }
        }
        let (ty, depth) = (operand.ty.clone(), operand.depth);
        let qualifier = if operand.qualifier == Qualifier::Const {
            Qualifier::Const
        } else {
            Qualifier::Temporary
        };
        self.make(
            ExpressionKind::Unary(operator, Box::new(operand)),
            ty,
            qualifier,
            &[depth],
            line,
        )
    }

    fn step(&self, target: Expression, down: bool, before: bool, line: u32) -> Parsed<Expression> {
        let symbol = if down { "--" } else { "++" };
        self.check_assignable(&target, symbol, line)?;
        if !matches!(target.ty.kind(), Some(Kind::Int | Kind::Uint | Kind::Float)) {
            return self.error(
                line,
                format!(
                    "'{symbol}' :  wrong operand type no operation '{symbol}' exists that takes an operand of type {} (or there is no acceptable conversion)",
                    target.describe()
                ),
            );
        }
        let (ty, depth) = (target.ty.clone(), target.depth);
        let kind = ExpressionKind::Step {
            target: Box::new(target),
            down,
            before,
        };
        self.make(kind, ty, Qualifier::Temporary, &[depth], line)
    }

    fn postfix_expression(&mut self) -> Parsed<Expression> {
        let mut value = self.primary_expression()?;
        loop {
            let line = self.line();
            if self.accept("[") {
                self.enter(line)?;
                let index = self.expression()?;
                self.nesting -= 1;
                self.expect("]")?;
                value = self.index(value, index, line)?;
            } else if self.accept(".") {
                let name = self.identifier()?;
                value = self.member(value, &name, line)?;
            } else if self.accept("++") {
                value = self.step(value, false, false, line)?;
            } else if self.accept("--") {
                value = self.step(value, true, false, line)?;
            } else {
                return Ok(value);
            }
        }
    }

    fn index(&self, value: Expression, index: Expression, line: u32) -> Parsed<Expression> {
        let Some(element) = value.ty.element() else {
            return self.error(
                line,
                "'[' :  left of '[' is not of type array, matrix, or vector ",
            );
        };
        if !matches!(index.ty, Type::Scalar(Kind::Int | Kind::Uint)) {
            return self.error(line, "'[]' : scalar integer expression required ");
        }
        let known = match index.literal() {
            Some(Literal::Int(number)) => Some(i64::from(number)),
            Some(Literal::Uint(number)) => Some(i64::from(number)),
            _ => None,
        };
        if let Some(number) = known
            && (number < 0 || number >= i64::from(value.ty.length()))
        {
            let what = match value.ty {
                Type::Array(..) => "array",
                Type::Matrix { .. } => "matrix",
                _ => "vector",
            };
            return self.error(line, format!("'[' :  {what} index out of range '{number}'"));
        }
        let qualifier = match value.qualifier {
            Qualifier::Const if known.is_none() => Qualifier::Temporary,
            other => other,
        };
        let depths = [value.depth, index.depth];
        let kind = ExpressionKind::Index(Box::new(value), Box::new(index));
        self.make(kind, element, qualifier, &depths, line)
    }

    fn member(&mut self, value: Expression, name: &str, line: u32) -> Parsed<Expression> {
        let (depth, qualifier) = (value.depth, value.qualifier);
        match &value.ty {
            Type::Struct(structure) => {
                let found = structure.fields.iter().position(|(field, _)| &**field == name);
                let Some(index) = found else {
                    return self.error(line, format!("'{name}' : no such field in structure "));
                };
                let ty = structure.fields[index].1.clone();
                let kind = ExpressionKind::Field(Box::new(value), index as u32);
                self.make(kind, ty, qualifier, &[depth], line)
            }
            Type::Array(_, size) if name == "length" => {
                let size = *size;
                self.expect("(")?;
                self.expect(")")?;
                Ok(self.literal(Literal::Int(size as i32)))
            }
            Type::Scalar(kind) | Type::Vector(kind, _) => {
                let size = value.ty.components().unwrap_or(1);
                let kind = *kind;
                let components = self.swizzle(name, size, line)?;
                let ty = Type::numbers(kind, components.len() as u8);
                if size == 1 {
                    // `s.xxx` of a number.
                    let values = vec![value];
                    return if components.len() == 1 {
                        Ok(values.into_iter().next().unwrap_or_else(|| self.literal(Literal::Int(0))))
                    } else {
                        self.make(ExpressionKind::Construct(values), ty, qualifier, &[depth], line)
                    };
                }
                let kind = ExpressionKind::Swizzle(Box::new(value), components);
                self.make(kind, ty, qualifier, &[depth], line)
            }
            _ => self.error(line, format!("'{name}' : field selection requires structure, vector, or interface block on left hand side ")),
        }
    }

    fn swizzle(&self, name: &str, size: u8, line: u32) -> Parsed<Vec<u8>> {
        const SETS: [&str; 3] = ["xyzw", "rgba", "stpq"];
        if name.len() > 4 {
            return self.error(line, format!("'{name}' : vector swizzle too long "));
        }
        let mut components = Vec::new();
        let mut chosen = None;
        for letter in name.chars() {
            let found = SETS
                .iter()
                .enumerate()
                .find_map(|(set, letters)| Some((set, letters.find(letter)?)));
            let Some((set, place)) = found else {
                return self.error(line, format!("'{name}' : unknown swizzle selection "));
            };
            if *chosen.get_or_insert(set) != set {
                return self.error(
                    line,
                    format!("'{name}' : vector swizzle selectors not from the same set "),
                );
            }
            if place >= usize::from(size) {
                return self.error(
                    line,
                    format!("'{name}' : vector swizzle selection out of range "),
                );
            }
            components.push(place as u8);
        }
        Ok(components)
    }

    fn primary_expression(&mut self) -> Parsed<Expression> {
        let Some(token) = self.peek().cloned() else {
            return Err(self.unexpected(None));
        };
        let line = token.line;
        if token.class == Class::Number {
            self.at += 1;
            return self.number(&token.text, line);
        }
        if token.is("(") {
            self.at += 1;
            self.enter(line)?;
            let value = self.expression()?;
            self.nesting -= 1;
            self.expect(")")?;
            return Ok(value);
        }
        if token.class != Class::Identifier {
            return Err(self.unexpected(None));
        }
        match &*token.text {
            "true" | "false" => {
                self.at += 1;
                return Ok(self.literal(Literal::Bool(&*token.text == "true")));
            }
            _ => {}
        }
        if self.is_type_name(&token.text) {
            let ty = self.full_type()?;
            if !self.accept("(") {
                return Err(self.unexpected(Some("LEFT_PAREN")));
            }
            let arguments = self.arguments()?;
            return self.construct(ty, arguments, line);
        }
        let name = self.identifier().map_err(|_| self.unexpected(None))?;
        if self.accept("(") {
            let arguments = self.arguments()?;
            return self.call(&name, arguments, line);
        }
        match self.lookup(&name) {
            Some(Symbol::Variable(id)) => {
                let id = *id;
                Ok(self.variable(id))
            }
            _ => self.error(line, format!("'{name}' : undeclared identifier ")),
        }
    }

    fn variable(&self, id: VariableId) -> Expression {
        let variable = self.program.variable(id);
        if let Some(value) = variable.value {
            return self.literal(value);
        }
        let is_pixel = self.program.stage == super::error::Stage::Pixel;
        let qualifier = match variable.storage {
            _ if variable.is_constant => Qualifier::Const,
            Storage::Local => Qualifier::Temporary,
            Storage::Parameter(Direction::In) | Storage::Attribute => Qualifier::In,
            Storage::Parameter(Direction::Out) => Qualifier::Out,
            Storage::Parameter(Direction::InOut) => Qualifier::InOut,
            Storage::Uniform => Qualifier::Uniform,
            Storage::Varying { .. } if is_pixel => Qualifier::Smooth,
            Storage::Engine(value) if !is_writable(value) => Qualifier::Uniform,
            _ => Qualifier::Global,
        };
        Expression {
            kind: ExpressionKind::Variable(id),
            ty: variable.ty.clone(),
            qualifier,
            depth: 1,
        }
    }

    fn number(&self, text: &str, line: u32) -> Parsed<Expression> {
        let is_float = !text.starts_with("0x")
            && !text.starts_with("0X")
            && text.contains(['.', 'e', 'E', 'f', 'F']);
        if is_float {
            let digits = text.trim_end_matches(['f', 'F', 'l', 'L']);
            return match digits.parse::<f32>() {
                Ok(value) => Ok(self.literal(Literal::Float(value.clamp(f32::MIN, f32::MAX)))),
                Err(_) => Err(ShaderError::syntax(line, format!("'{text}' : bad number "))),
            };
        }
        let is_unsigned = text.ends_with(['u', 'U']);
        match integer(text) {
            Some(value) if is_unsigned => Ok(self.literal(Literal::Uint(value))),
            Some(value) => Ok(self.literal(Literal::Int(value as i32))),
            None => Err(ShaderError::syntax(
                line,
                format!("'{text}' : numeric literal too big or malformed "),
            )),
        }
    }

    /// Arguments after the opening bracket, with the closing one.
    fn arguments(&mut self) -> Parsed<Vec<Expression>> {
        let line = self.line();
        let mut arguments = Vec::new();
        if self.peek_is("void") && self.next_is(1, ")") {
            self.at += 1;
        }
        if self.accept(")") {
            return Ok(arguments);
        }
        self.enter(line)?;
        loop {
            arguments.push(self.assignment_expression()?);
            if !self.accept(",") {
                break;
            }
        }
        self.nesting -= 1;
        if !self.accept(")") {
            return Err(self.unexpected(Some("COMMA or RIGHT_PAREN")));
        }
        Ok(arguments)
    }

    fn call(
        &mut self,
        name: &Rc<str>,
        arguments: Vec<Expression>,
        line: u32,
    ) -> Parsed<Expression> {
        let types: Vec<Type> = arguments
            .iter()
            .map(|argument| argument.ty.clone())
            .collect();
        let hides_texture = &**name == "texture" && self.language == Language::Glsl1;
        for exact in [true, false] {
            if let Some(id) = self.user_function(name, &types, exact) {
                return self.user_call(id, arguments, line);
            }
            let found = if hides_texture {
                None
            } else {
                builtins::resolve(name, &types, self.program.stage, exact)
            };
            if let Some(found) = found {
                let mut converted = Vec::new();
                for (index, (argument, wanted)) in
                    arguments.iter().zip(&found.parameters).enumerate()
                {
                    if builtins::writes_argument(found.builtin, index) {
                        self.check_assignable(argument, "assign", line)?;
                    }
                    match self.convert(argument.clone(), wanted) {
                        Some(value) => converted.push(value),
                        None => return Err(self.no_overload(name, line)),
                    }
                }
                let is_constant = converted
                    .iter()
                    .all(|value| value.qualifier == Qualifier::Const);
                let qualifier = if is_constant {
                    Qualifier::Const
                } else {
                    Qualifier::Global
                };
                let depths: Vec<u16> = converted.iter().map(|value| value.depth).collect();
                let kind = ExpressionKind::CallBuiltin(found.builtin, converted);
                return self.make(kind, found.result, qualifier, &depths, line);
            }
        }
        Err(self.no_overload(name, line))
    }

    fn no_overload(&self, name: &str, line: u32) -> ShaderError {
        let is_hidden = name == "texture" && self.language == Language::Glsl1;
        let name = if is_hidden { "love_texture" } else { name };
        ShaderError::semantic(
            line,
            format!("'{name}' : no matching overloaded function found "),
        )
    }

    fn user_function(&self, name: &str, types: &[Type], exact: bool) -> Option<FunctionId> {
        let fits = |id: &FunctionId| {
            let parameters = &self.program.function(*id).parameters;
            parameters.len() == types.len()
                && parameters.iter().zip(types).all(|(parameter, given)| {
                    let parameter = self.program.variable(*parameter);
                    let wanted = &parameter.ty;
                    given == wanted
                        || (!exact
                            && match parameter.storage {
                                Storage::Parameter(Direction::In) => given.converts_to(wanted),
                                _ => false,
                            })
                })
        };
        self.functions_named(name).iter().copied().find(fits)
    }

    fn user_call(
        &self,
        id: FunctionId,
        arguments: Vec<Expression>,
        line: u32,
    ) -> Parsed<Expression> {
        let function = self.program.function(id);
        let mut converted = Vec::new();
        for (argument, parameter) in arguments.into_iter().zip(&function.parameters) {
            let parameter = self.program.variable(*parameter);
            if parameter.storage != Storage::Parameter(Direction::In) {
                self.check_assignable(&argument, "assign", line)?;
            }
            match self.convert(argument, &parameter.ty) {
                Some(value) => converted.push(value),
                None => return Err(self.no_overload(&function.name, line)),
            }
        }
        let depths: Vec<u16> = converted.iter().map(|value| value.depth).collect();
        let kind = ExpressionKind::Call(id, converted);
        self.make(
            kind,
            function.result.clone(),
            Qualifier::Global,
            &depths,
            line,
        )
    }

    /// A constructor.
    pub fn construct(
        &mut self,
        ty: Type,
        arguments: Vec<Expression>,
        line: u32,
    ) -> Parsed<Expression> {
        let ty = match ty {
            Type::Array(element, 0) => Type::Array(element, arguments.len() as u32),
            other => other,
        };
        if arguments.is_empty() {
            return self.error(
                line,
                "'constructor' : constructor does not have any arguments ",
            );
        }
        let arguments = match &ty {
            Type::Array(element, size) => {
                if arguments.len() as u32 != *size {
                    return self.error(
                        line,
                        "'constructor' : array constructor needs one argument per array element ",
                    );
                }
                let wanted = vec![(**element).clone(); arguments.len()];
                self.convert_all(arguments, &wanted, line)?
            }
            Type::Struct(structure) => {
                if arguments.len() != structure.fields.len() {
                    return self.error(line, "'constructor' : Number of constructor parameters does not match the number of structure fields ");
                }
                let wanted: Vec<Type> = structure.fields.iter().map(|(_, ty)| ty.clone()).collect();
                self.convert_all(arguments, &wanted, line)?
            }
            _ => {
                self.check_numbers(&ty, &arguments, line)?;
                arguments
            }
        };
        if let (Type::Scalar(kind), Some(literal)) = (&ty, arguments[0].literal()) {
            return Ok(self.literal(literal.convert(*kind)));
        }
        let is_constant = arguments
            .iter()
            .all(|argument| argument.qualifier == Qualifier::Const);
        let qualifier = if is_constant {
            Qualifier::Const
        } else {
            Qualifier::Temporary
        };
        let depths: Vec<u16> = arguments.iter().map(|argument| argument.depth).collect();
        self.make(
            ExpressionKind::Construct(arguments),
            ty,
            qualifier,
            &depths,
            line,
        )
    }

    fn convert_all(
        &self,
        values: Vec<Expression>,
        wanted: &[Type],
        line: u32,
    ) -> Parsed<Vec<Expression>> {
        let mut converted = Vec::new();
        for (value, wanted) in values.into_iter().zip(wanted) {
            let described = value.describe();
            match self.convert(value, wanted) {
                Some(value) => converted.push(value),
                None => {
                    return self.error(
                        line,
                        format!("'constructor' :  cannot convert parameter from '{described}' to ' temp {}'", wanted.describe()),
                    );
                }
            }
        }
        Ok(converted)
    }

    /// Whether the arguments give a number, vector or matrix what it needs.
    fn check_numbers(&self, ty: &Type, arguments: &[Expression], line: u32) -> Parsed<()> {
        let Some(needed) = ty.number_count() else {
            return self.error(line, "'constructor' : can't be constructed ");
        };
        let mut given = 0;
        for (index, argument) in arguments.iter().enumerate() {
            let Some(count) = argument.ty.number_count() else {
                return self.error(
                    line,
                    "'constructor' : cannot convert a sampler, structure or array ",
                );
            };
            if index > 0 && given >= needed {
                return self.error(line, "'constructor' : too many arguments ");
            }
            if matches!(argument.ty, Type::Matrix { .. })
                && matches!(ty, Type::Matrix { .. })
                && arguments.len() > 1
            {
                return self.error(
                    line,
                    "'constructor' : constructing matrix from matrix and other values ",
                );
            }
            given += count;
        }
        let is_spread = arguments.len() == 1 && arguments[0].ty.components() == Some(1);
        let is_matrix = arguments.len() == 1 && matches!(arguments[0].ty, Type::Matrix { .. });
        if given < needed && !is_spread && !(is_matrix && matches!(ty, Type::Matrix { .. })) {
            return self.error(
                line,
                "'constructor' : not enough data provided for construction ",
            );
        }
        Ok(())
    }
}

/// Whether shaders write to it.
fn is_writable(value: EngineValue) -> bool {
    matches!(
        value,
        EngineValue::Position
            | EngineValue::PointSize
            | EngineValue::PixelColor
            | EngineValue::Canvases
            | EngineValue::FragmentDepth
    )
}
