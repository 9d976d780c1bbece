//! Expressions in naga IR: places, values, operators, constructors, calls.

use super::lower::{
    Body, LocalPlace, Lowered, Lowerer, Pointer, TextureRange, naga_literal, scalar, vector_size,
};
use super::tree::*;
use super::types::{Kind, Type};
use super::usage::has_effects;
use naga::{BinaryOperator as NagaBinary, Expression as E};

/// What an expression refers to before it is read or written.
pub(super) enum Place {
    /// Memory of this function or stage.
    Memory(Pointer),
    /// Components of a vector in memory, with the vector's type.
    Components(Pointer, Type, Vec<u8>),
    /// Something in the uniform buffer, where types are stored differently.
    Uniform { pointer: Pointer, in_array: bool },
    /// A value that is nowhere.
    Value(Pointer),
}

const COMPONENTS: [naga::SwizzleComponent; 4] = [
    naga::SwizzleComponent::X,
    naga::SwizzleComponent::Y,
    naga::SwizzleComponent::Z,
    naga::SwizzleComponent::W,
];

impl Lowerer<'_> {
    // ---- places -----------------------------------------------------------------------------------------------

    pub(super) fn place(&mut self, body: &mut Body, expression: &Expression) -> Lowered<Place> {
        match &expression.kind {
            ExpressionKind::Variable(id) => self.variable_place(body, *id),
            ExpressionKind::Swizzle(inner, components) => match self.place(body, inner)? {
                Place::Memory(pointer) => Ok(match components.as_slice() {
                    [one] => Place::Memory(body.part(pointer, u32::from(*one))),
                    many => Place::Components(pointer, inner.ty.clone(), many.to_vec()),
                }),
                Place::Components(pointer, ty, outer) => {
                    let chosen: Vec<u8> = components
                        .iter()
                        .map(|index| outer[usize::from(*index)])
                        .collect();
                    Ok(match chosen.as_slice() {
                        [one] => Place::Memory(body.part(pointer, u32::from(*one))),
                        _ => Place::Components(pointer, ty, chosen),
                    })
                }
                other => {
                    let value = self.read(body, &other, &inner.ty)?;
                    Ok(Place::Value(self.swizzle(body, value, components)))
                }
            },
            ExpressionKind::Index(base, index) => self.index_place(body, base, index),
            ExpressionKind::Field(base, index) => Ok(match self.place(body, base)? {
                Place::Memory(pointer) => Place::Memory(body.part(pointer, *index)),
                Place::Uniform { pointer, .. } => Place::Uniform {
                    pointer: body.part(pointer, *index),
                    in_array: false,
                },
                other => {
                    let value = self.read(body, &other, &base.ty)?;
                    Place::Value(body.part(value, *index))
                }
            }),
            _ => Ok(Place::Value(self.value(body, expression)?)),
        }
    }

    fn variable_place(&mut self, body: &mut Body, id: VariableId) -> Lowered<Place> {
        match &self.program.variable(id).storage {
            Storage::Local | Storage::Parameter(_) => match body.locals.get(&id) {
                Some(LocalPlace::Variable(variable)) => {
                    let variable = *variable;
                    Ok(Place::Memory(body.emit(E::LocalVariable(variable))))
                }
                Some(LocalPlace::Argument(index)) => {
                    let index = *index;
                    Ok(Place::Memory(body.emit(E::FunctionArgument(index))))
                }
                None => Err(format!(
                    "variable '{}' is not in scope",
                    self.program.variable(id).name
                )),
            },
            Storage::Uniform => {
                let pointer = self.uniform_pointer(body, id)?;
                Ok(Place::Uniform {
                    pointer,
                    in_array: false,
                })
            }
            _ => {
                let global = self.private(id)?;
                Ok(Place::Memory(body.emit(E::GlobalVariable(global))))
            }
        }
    }

    fn index_place(
        &mut self,
        body: &mut Body,
        base: &Expression,
        index: &Expression,
    ) -> Lowered<Place> {
        let place = self.place(body, base)?;
        let known = match index.literal() {
            Some(Literal::Int(number)) => u32::try_from(number).ok(),
            Some(Literal::Uint(number)) => Some(number),
            _ => None,
        };
        if let (Place::Components(pointer, _, components), Some(known)) = (&place, known) {
            let component = components.get(known as usize).copied().unwrap_or(0);
            return Ok(Place::Memory(body.part(*pointer, u32::from(component))));
        }
        let is_array = matches!(base.ty, Type::Array(..));
        let (pointer, make): (Pointer, fn(Pointer) -> Place) = match place {
            Place::Memory(pointer) => (pointer, Place::Memory),
            Place::Uniform { pointer, .. } if is_array => (pointer, |pointer| Place::Uniform {
                pointer,
                in_array: true,
            }),
            other => (self.read(body, &other, &base.ty)?, Place::Value),
        };
        let element = match known {
            Some(known) => body.part(pointer, known),
            None => {
                let index = self.value(body, index)?;
                body.emit(E::Access {
                    base: pointer,
                    index,
                })
            }
        };
        Ok(make(element))
    }

    /// The value at a place.
    pub(super) fn read(&mut self, body: &mut Body, place: &Place, ty: &Type) -> Lowered<Pointer> {
        match place {
            Place::Value(value) => Ok(*value),
            Place::Memory(pointer) => Ok(body.load(*pointer)),
            Place::Components(pointer, _, components) => {
                let vector = body.load(*pointer);
                Ok(self.swizzle(body, vector, components))
            }
            Place::Uniform { pointer, in_array } => {
                self.read_uniform(body, *pointer, ty, *in_array)
            }
        }
    }

    /// A value of the uniform buffer as the language has it.
    fn read_uniform(
        &mut self,
        body: &mut Body,
        pointer: Pointer,
        ty: &Type,
        in_array: bool,
    ) -> Lowered<Pointer> {
        match ty {
            Type::Scalar(kind) => {
                let pointer = if in_array {
                    body.part(pointer, 0)
                } else {
                    pointer
                };
                let value = body.load(pointer);
                self.unpack_stored(body, value, *kind, 1)
            }
            Type::Vector(kind, size) => {
                let mut value = body.load(pointer);
                if in_array && *size == 2 {
                    value = self.swizzle(body, value, &[0, 1]);
                }
                self.unpack_stored(body, value, *kind, *size)
            }
            Type::Matrix { columns, rows: 2 } => {
                let mut parts = Vec::new();
                for column in 0..*columns {
                    let column = body.part(pointer, u32::from(column));
                    let column = body.load(column);
                    parts.push(self.swizzle(body, column, &[0, 1]));
                }
                self.compose(body, ty, parts)
            }
            Type::Array(element, size) => {
                let mut parts = Vec::new();
                for index in 0..*size {
                    let element_pointer = body.part(pointer, index);
                    parts.push(self.read_uniform(body, element_pointer, element, true)?);
                }
                self.compose(body, ty, parts)
            }
            Type::Struct(structure) => {
                let mut parts = Vec::new();
                for (index, (_, field)) in structure.fields.iter().enumerate() {
                    let field_pointer = body.part(pointer, index as u32);
                    parts.push(self.read_uniform(body, field_pointer, field, false)?);
                }
                self.compose(body, ty, parts)
            }
            _ => Ok(body.load(pointer)),
        }
    }

    fn unpack_stored(
        &mut self,
        body: &mut Body,
        value: Pointer,
        kind: Kind,
        size: u8,
    ) -> Lowered<Pointer> {
        if kind != Kind::Bool {
            return Ok(value);
        }
        let zero = self.ty(&Type::numbers(Kind::Uint, size))?;
        let zero = body.emit(E::ZeroValue(zero));
        Ok(body.emit(E::Binary {
            op: NagaBinary::NotEqual,
            left: value,
            right: zero,
        }))
    }

    pub(super) fn write(&mut self, body: &mut Body, place: &Place, value: Pointer) -> Lowered<()> {
        match place {
            Place::Memory(pointer) => {
                body.store(*pointer, value);
                Ok(())
            }
            Place::Components(pointer, _, components) => {
                for (index, component) in components.iter().enumerate() {
                    let part = body.part(value, index as u32);
                    let target = body.part(*pointer, u32::from(*component));
                    body.store(target, part);
                }
                Ok(())
            }
            Place::Uniform { .. } | Place::Value(_) => Err("this cannot be assigned to".to_owned()),
        }
    }

    pub(super) fn swizzle(
        &mut self,
        body: &mut Body,
        vector: Pointer,
        components: &[u8],
    ) -> Pointer {
        if let [one] = components {
            return body.part(vector, u32::from(*one));
        }
        let mut pattern = COMPONENTS;
        for (place, component) in pattern.iter_mut().zip(components) {
            *place = COMPONENTS[usize::from(*component).min(3)];
        }
        body.emit(E::Swizzle {
            size: vector_size(components.len() as u8),
            vector,
            pattern,
        })
    }

    pub(super) fn compose(
        &mut self,
        body: &mut Body,
        ty: &Type,
        components: Vec<Pointer>,
    ) -> Lowered<Pointer> {
        let ty = self.ty(ty)?;
        Ok(body.emit(E::Compose { ty, components }))
    }

    pub(super) fn splat(&mut self, body: &mut Body, value: Pointer, size: u8) -> Pointer {
        if size == 1 {
            value
        } else {
            body.emit(E::Splat {
                size: vector_size(size),
                value,
            })
        }
    }

    pub(super) fn convert(
        &mut self,
        body: &mut Body,
        value: Pointer,
        from: Kind,
        to: Kind,
    ) -> Pointer {
        if from == to {
            return value;
        }
        let scalar = scalar(to);
        body.emit(E::As {
            expr: value,
            kind: scalar.kind,
            convert: Some(scalar.width),
        })
    }

    /// A number, or a vector with that number everywhere.
    pub(super) fn number(&mut self, body: &mut Body, value: f32, size: u8) -> Pointer {
        let value = body.float(value);
        self.splat(body, value, size)
    }

    // ---- values -----------------------------------------------------------------------------------------------

    /// Evaluates an expression here.
    pub(super) fn value(&mut self, body: &mut Body, expression: &Expression) -> Lowered<Pointer> {
        let ty = &expression.ty;
        match &expression.kind {
            ExpressionKind::Literal(literal) => Ok(body.emit(E::Literal(naga_literal(*literal)))),
            ExpressionKind::Variable(_)
            | ExpressionKind::Swizzle(..)
            | ExpressionKind::Index(..)
            | ExpressionKind::Field(..) => {
                let place = self.place(body, expression)?;
                self.read(body, &place, ty)
            }
            ExpressionKind::Unary(operator, operand) => {
                let kind = operand.ty.kind();
                if *operator == UnaryOperator::Negate && matches!(ty, Type::Matrix { .. }) {
                    let operand = self.value(body, operand)?;
                    let minus = body.float(-1.0);
                    return Ok(body.emit(E::Binary {
                        op: NagaBinary::Multiply,
                        left: operand,
                        right: minus,
                    }));
                }
                let value = self.value(body, operand)?;
                if *operator == UnaryOperator::Negate && kind == Some(Kind::Uint) {
                    let zero = self.ty(ty)?;
                    let zero = body.emit(E::ZeroValue(zero));
                    return Ok(body.emit(E::Binary {
                        op: NagaBinary::Subtract,
                        left: zero,
                        right: value,
                    }));
                }
                let op = match operator {
                    UnaryOperator::Negate => naga::UnaryOperator::Negate,
                    UnaryOperator::Not => naga::UnaryOperator::LogicalNot,
                    UnaryOperator::BitNot => naga::UnaryOperator::BitwiseNot,
                };
                Ok(body.emit(E::Unary { op, expr: value }))
            }
            ExpressionKind::Step {
                target,
                down,
                before,
            } => self.step(body, target, *down, *before),
            ExpressionKind::Binary(operator, left, right) => {
                self.binary(body, *operator, left, right)
            }
            ExpressionKind::Assign(operator, target, value) => {
                let value_type = value.ty.clone();
                let mut result = self.value(body, value)?;
                let place = self.place(body, target)?;
                if let Some(operator) = operator {
                    let old = self.read(body, &place, &target.ty)?;
                    result =
                        self.operate(body, *operator, (old, &target.ty), (result, &value_type))?;
                }
                self.write(body, &place, result)?;
                Ok(result)
            }
            ExpressionKind::Conditional(condition, accept, reject) => {
                self.conditional(body, condition, accept, reject)
            }
            ExpressionKind::Sequence(first, second) => {
                self.value(body, first)?;
                self.value(body, second)
            }
            ExpressionKind::Construct(parts) => self.construct(body, ty, parts),
            ExpressionKind::Call(id, arguments) => self.call(body, *id, arguments),
            ExpressionKind::CallBuiltin(builtin, arguments) => {
                self.builtin(body, *builtin, arguments, ty)
            }
            ExpressionKind::Convert(inner) => {
                let value = self.value(body, inner)?;
                match (inner.ty.kind(), ty.kind()) {
                    (Some(from), Some(to)) => Ok(self.convert(body, value, from, to)),
                    _ => Ok(value),
                }
            }
        }
    }

    fn step(
        &mut self,
        body: &mut Body,
        target: &Expression,
        down: bool,
        before: bool,
    ) -> Lowered<Pointer> {
        let place = self.place(body, target)?;
        let old = self.read(body, &place, &target.ty)?;
        let kind = target.ty.kind().unwrap_or(Kind::Int);
        let one = body.emit(E::Literal(naga_literal(Literal::Int(1).convert(kind))));
        let operator = if down {
            BinaryOperator::Subtract
        } else {
            BinaryOperator::Add
        };
        let new = self.operate(
            body,
            operator,
            (old, &target.ty),
            (one, &Type::Scalar(kind)),
        )?;
        self.write(body, &place, new)?;
        Ok(if before { new } else { old })
    }

    fn binary(
        &mut self,
        body: &mut Body,
        operator: BinaryOperator,
        left: &Expression,
        right: &Expression,
    ) -> Lowered<Pointer> {
        let is_logical = matches!(operator, BinaryOperator::And | BinaryOperator::Or);
        let first = self.value(body, left)?;
        if is_logical && (has_effects(right) || right.depth > 8) {
            // The right side is evaluated only if it decides.
            let ty = self.ty(&Type::BOOL)?;
            let variable = body.variable(ty);
            let pointer = body.emit(E::LocalVariable(variable));
            body.store(pointer, first);
            let decide = body.block(|body| {
                let second = self.value(body, right)?;
                body.store(pointer, second);
                Ok(())
            })?;
            let (accept, reject) = if operator == BinaryOperator::And {
                (decide, naga::Block::new())
            } else {
                (naga::Block::new(), decide)
            };
            body.push(naga::Statement::If {
                condition: first,
                accept,
                reject,
            });
            return Ok(body.load(pointer));
        }
        let second = self.value(body, right)?;
        self.operate(body, operator, (first, &left.ty), (second, &right.ty))
    }

    fn conditional(
        &mut self,
        body: &mut Body,
        condition: &Expression,
        accept: &Expression,
        reject: &Expression,
    ) -> Lowered<Pointer> {
        let condition = self.value(body, condition)?;
        let is_simple = |part: &Expression| part.depth <= 4 && !has_effects(part);
        if accept.ty.components().is_some() && is_simple(accept) && is_simple(reject) {
            let accept = self.value(body, accept)?;
            let reject = self.value(body, reject)?;
            return Ok(body.emit(E::Select {
                condition,
                accept,
                reject,
            }));
        }
        let ty = self.ty(&accept.ty)?;
        let variable = body.variable(ty);
        let pointer = body.emit(E::LocalVariable(variable));
        let mut branch = |body: &mut Body, part: &Expression| {
            body.block(|body| {
                let value = self.value(body, part)?;
                body.store(pointer, value);
                Ok(())
            })
        };
        let accept = branch(body, accept)?;
        let reject = branch(body, reject)?;
        body.push(naga::Statement::If {
            condition,
            accept,
            reject,
        });
        Ok(body.load(pointer))
    }

    // ---- operators --------------------------------------------------------------------------------------------

    /// Applies an operator to values.
    pub(super) fn operate(
        &mut self,
        body: &mut Body,
        operator: BinaryOperator,
        (left, left_type): (Pointer, &Type),
        (right, right_type): (Pointer, &Type),
    ) -> Lowered<Pointer> {
        use BinaryOperator as Op;
        let op = match operator {
            Op::Add => NagaBinary::Add,
            Op::Subtract => NagaBinary::Subtract,
            Op::Multiply => NagaBinary::Multiply,
            Op::Divide => NagaBinary::Divide,
            Op::Modulo => NagaBinary::Modulo,
            Op::Less => NagaBinary::Less,
            Op::LessEqual => NagaBinary::LessEqual,
            Op::Greater => NagaBinary::Greater,
            Op::GreaterEqual => NagaBinary::GreaterEqual,
            Op::Equal => return self.equal(body, left, right, left_type),
            Op::NotEqual => {
                let equal = self.equal(body, left, right, left_type)?;
                return Ok(body.emit(E::Unary {
                    op: naga::UnaryOperator::LogicalNot,
                    expr: equal,
                }));
            }
            Op::Xor => NagaBinary::NotEqual,
            Op::And => NagaBinary::LogicalAnd,
            Op::Or => NagaBinary::LogicalOr,
            Op::BitAnd => NagaBinary::And,
            Op::BitOr => NagaBinary::InclusiveOr,
            Op::BitXor => NagaBinary::ExclusiveOr,
            Op::ShiftLeft => NagaBinary::ShiftLeft,
            Op::ShiftRight => NagaBinary::ShiftRight,
        };
        let is_matrix = |ty: &Type| matches!(ty, Type::Matrix { .. });
        if is_matrix(left_type) || is_matrix(right_type) {
            return self.matrix_operation(body, op, (left, left_type), (right, right_type));
        }
        let (left_size, right_size) = (
            left_type.components().unwrap_or(1),
            right_type.components().unwrap_or(1),
        );
        let left = if left_size < right_size {
            self.splat(body, left, right_size)
        } else {
            left
        };
        let mut right = if right_size < left_size {
            self.splat(body, right, left_size)
        } else {
            right
        };
        if matches!(operator, Op::ShiftLeft | Op::ShiftRight)
            && right_type.kind() == Some(Kind::Int)
        {
            right = self.convert(body, right, Kind::Int, Kind::Uint);
        }
        Ok(body.emit(E::Binary { op, left, right }))
    }

    fn matrix_operation(
        &mut self,
        body: &mut Body,
        op: NagaBinary,
        (left, left_type): (Pointer, &Type),
        (right, right_type): (Pointer, &Type),
    ) -> Lowered<Pointer> {
        if op == NagaBinary::Multiply {
            return Ok(body.emit(E::Binary { op, left, right }));
        }
        // Column by column.
        let ty = if matches!(left_type, Type::Matrix { .. }) {
            left_type
        } else {
            right_type
        };
        let Type::Matrix { columns, rows } = *ty else {
            return Err("no such operation on matrices".to_owned());
        };
        let mut parts = Vec::new();
        for column in 0..u32::from(columns) {
            let mut side = |body: &mut Body, value, ty: &Type| match ty {
                Type::Matrix { .. } => body.part(value, column),
                _ => self.splat(body, value, rows),
            };
            let (left, right) = (side(body, left, left_type), side(body, right, right_type));
            parts.push(body.emit(E::Binary { op, left, right }));
        }
        self.compose(body, ty, parts)
    }

    /// Whether two values are equal in all parts.
    fn equal(
        &mut self,
        body: &mut Body,
        left: Pointer,
        right: Pointer,
        ty: &Type,
    ) -> Lowered<Pointer> {
        let parts: Vec<Type> = match ty {
            Type::Scalar(_) | Type::Vector(..) => {
                let compared = body.emit(E::Binary {
                    op: NagaBinary::Equal,
                    left,
                    right,
                });
                return Ok(match ty {
                    Type::Vector(..) => body.emit(E::Relational {
                        fun: naga::RelationalFunction::All,
                        argument: compared,
                    }),
                    _ => compared,
                });
            }
            Type::Struct(structure) => structure.fields.iter().map(|(_, ty)| ty.clone()).collect(),
            other => match other.element() {
                Some(element) => vec![element; other.length() as usize],
                None => return Err("these cannot be compared".to_owned()),
            },
        };
        let mut result = None;
        for (index, part) in parts.iter().enumerate() {
            let (a, b) = (
                body.part(left, index as u32),
                body.part(right, index as u32),
            );
            let compared = self.equal(body, a, b, part)?;
            result = Some(match result {
                None => compared,
                Some(before) => body.emit(E::Binary {
                    op: NagaBinary::LogicalAnd,
                    left: before,
                    right: compared,
                }),
            });
        }
        result.ok_or_else(|| "these cannot be compared".to_owned())
    }

    // ---- constructors -----------------------------------------------------------------------------------------

    fn construct(&mut self, body: &mut Body, ty: &Type, parts: &[Expression]) -> Lowered<Pointer> {
        match ty {
            Type::Array(..) | Type::Struct(_) => {
                let mut components = Vec::new();
                for part in parts {
                    components.push(self.value(body, part)?);
                }
                self.compose(body, ty, components)
            }
            Type::Scalar(kind) => {
                let numbers = self.flatten(body, parts, *kind, 1)?;
                numbers
                    .first()
                    .copied()
                    .ok_or_else(|| "a constructor has no arguments".to_owned())
            }
            Type::Vector(kind, size) => {
                if let [one] = parts {
                    if one.ty.components() == Some(1) {
                        let value = self.value(body, one)?;
                        let from = one.ty.kind().unwrap_or(*kind);
                        let value = self.convert(body, value, from, *kind);
                        return Ok(self.splat(body, value, *size));
                    }
                    if one.ty.components() == Some(*size) {
                        let value = self.value(body, one)?;
                        let from = one.ty.kind().unwrap_or(*kind);
                        return Ok(self.convert(body, value, from, *kind));
                    }
                }
                let numbers = self.flatten(body, parts, *kind, usize::from(*size))?;
                self.compose(body, ty, numbers)
            }
            Type::Matrix { columns, rows } => {
                self.construct_matrix(body, ty, (*columns, *rows), parts)
            }
            Type::Void | Type::Sampler(_) => Err("this cannot be constructed".to_owned()),
        }
    }

    /// The first `wanted` numbers of the parts, as numbers of a kind.
    fn flatten(
        &mut self,
        body: &mut Body,
        parts: &[Expression],
        kind: Kind,
        wanted: usize,
    ) -> Lowered<Vec<Pointer>> {
        let mut numbers = Vec::new();
        for part in parts {
            let value = self.value(body, part)?;
            let from = part.ty.kind().unwrap_or(kind);
            match part.ty {
                Type::Vector(_, size) => {
                    for index in 0..u32::from(size) {
                        if numbers.len() < wanted {
                            let number = body.part(value, index);
                            numbers.push(self.convert(body, number, from, kind));
                        }
                    }
                }
                Type::Matrix { columns, rows } => {
                    for column in 0..u32::from(columns) {
                        let column = body.part(value, column);
                        for row in 0..u32::from(rows) {
                            if numbers.len() < wanted {
                                let number = body.part(column, row);
                                numbers.push(self.convert(body, number, from, kind));
                            }
                        }
                    }
                }
                _ => {
                    if numbers.len() < wanted {
                        numbers.push(self.convert(body, value, from, kind));
                    }
                }
            }
        }
        Ok(numbers)
    }

    fn construct_matrix(
        &mut self,
        body: &mut Body,
        ty: &Type,
        (columns, rows): (u8, u8),
        parts: &[Expression],
    ) -> Lowered<Pointer> {
        let column_type = Type::Vector(Kind::Float, rows);
        let mut built = Vec::new();
        let single = match parts {
            [one] if one.ty.components() == Some(1) || matches!(one.ty, Type::Matrix { .. }) => {
                Some(one)
            }
            _ => None,
        };
        if let Some(one) = single {
            let value = self.value(body, one)?;
            let value = match one.ty.kind() {
                Some(kind) if kind != Kind::Float => self.convert(body, value, kind, Kind::Float),
                _ => value,
            };
            let (zero, unit) = (body.float(0.0), body.float(1.0));
            for column in 0..columns {
                let mut numbers = Vec::new();
                for row in 0..rows {
                    numbers.push(match one.ty {
                        Type::Matrix {
                            columns: given_columns,
                            rows: given_rows,
                        } => {
                            if column < given_columns && row < given_rows {
                                let from = body.part(value, u32::from(column));
                                body.part(from, u32::from(row))
                            } else if column == row {
                                unit
                            } else {
                                zero
                            }
                        }
                        _ if column == row => value,
                        _ => zero,
                    });
                }
                built.push(self.compose(body, &column_type, numbers)?);
            }
            return self.compose(body, ty, built);
        }
        let numbers = self.flatten(
            body,
            parts,
            Kind::Float,
            usize::from(columns) * usize::from(rows),
        )?;
        for column in numbers.chunks(usize::from(rows)) {
            built.push(self.compose(body, &column_type, column.to_vec())?);
        }
        self.compose(body, ty, built)
    }

    // ---- calls ------------------------------------------------------------------------------------------------

    fn call(
        &mut self,
        body: &mut Body,
        id: FunctionId,
        arguments: &[Expression],
    ) -> Lowered<Pointer> {
        let function = self.program.function(id);
        let mut textures: Vec<TextureRange> = Vec::new();
        let mut values = Vec::new();
        let mut copied_back = Vec::new();
        for (argument, parameter) in arguments.iter().zip(&function.parameters) {
            let parameter = self.program.variable(*parameter);
            if parameter.ty.has_sampler() {
                textures.push(self.texture_argument(body, argument)?);
                continue;
            }
            let Storage::Parameter(direction) = parameter.storage else {
                continue;
            };
            if direction == Direction::In {
                values.push(self.value(body, argument)?);
                continue;
            }
            let ty = self.ty(&argument.ty)?;
            let variable = body.variable(ty);
            let pointer = body.emit(E::LocalVariable(variable));
            let place = self.place(body, argument)?;
            if direction == Direction::InOut {
                let value = self.read(body, &place, &argument.ty)?;
                body.store(pointer, value);
            }
            values.push(pointer);
            copied_back.push((place, pointer));
        }
        let handle = self.function(id, textures)?;
        let result = if function.result == Type::Void {
            None
        } else {
            Some(body.emit(E::CallResult(handle)))
        };
        body.push(naga::Statement::Call {
            function: handle,
            arguments: values,
            result,
        });
        for (place, pointer) in copied_back {
            let value = body.load(pointer);
            self.write(body, &place, value)?;
        }
        match result {
            Some(result) => Ok(result),
            // Nothing reads the value of a function without one.
            None => Ok(body.float(0.0)),
        }
    }

    /// The textures that are passed to a function: a variable, or an element of an array that is known now.
    pub(super) fn texture_argument(
        &mut self,
        body: &mut Body,
        argument: &Expression,
    ) -> Lowered<TextureRange> {
        let ExpressionKind::Index(base, index) = &argument.kind else {
            return self.texture_range(body, argument);
        };
        let range = self.texture_range(body, base)?;
        match index.literal() {
            Some(Literal::Int(number)) if (0..range.count as i32).contains(&number) => {
                Ok(TextureRange {
                    first: range.first + number as u32,
                    count: 1,
                })
            }
            Some(Literal::Uint(number)) if number < range.count => Ok(TextureRange {
                first: range.first + number,
                count: 1,
            }),
            _ => Err("an array of textures passed to a function needs a constant index".to_owned()),
        }
    }
}
