//! What the operators of two operands are: their symbols and precedence, the types they take, and their results on numbers
//! that are known.

use super::tree::*;
use super::types::{Kind, Type};

/// The operator of a symbol, and how tightly it binds.
pub(super) fn binary_operator(text: &str) -> Option<(BinaryOperator, u8)> {
    use BinaryOperator as Op;
    Some(match text {
        "||" => (Op::Or, 1),
        "^^" => (Op::Xor, 2),
        "&&" => (Op::And, 3),
        "|" => (Op::BitOr, 4),
        "^" => (Op::BitXor, 5),
        "&" => (Op::BitAnd, 6),
        "==" => (Op::Equal, 7),
        "!=" => (Op::NotEqual, 7),
        "<" => (Op::Less, 8),
        ">" => (Op::Greater, 8),
        "<=" => (Op::LessEqual, 8),
        ">=" => (Op::GreaterEqual, 8),
        "<<" => (Op::ShiftLeft, 9),
        ">>" => (Op::ShiftRight, 9),
        "+" => (Op::Add, 10),
        "-" => (Op::Subtract, 10),
        "*" => (Op::Multiply, 11),
        "/" => (Op::Divide, 11),
        "%" => (Op::Modulo, 11),
        _ => return None,
    })
}

/// The symbol of an operator.
pub(super) fn operator_symbol(operator: BinaryOperator) -> &'static str {
    use BinaryOperator as Op;
    match operator {
        Op::Add => "+",
        Op::Subtract => "-",
        Op::Multiply => "*",
        Op::Divide => "/",
        Op::Modulo => "%",
        Op::Less => "<",
        Op::LessEqual => "<=",
        Op::Greater => ">",
        Op::GreaterEqual => ">=",
        Op::Equal => "==",
        Op::NotEqual => "!=",
        Op::And => "&&",
        Op::Or => "||",
        Op::Xor => "^^",
        Op::BitAnd => "&",
        Op::BitOr => "|",
        Op::BitXor => "^",
        Op::ShiftLeft => "<<",
        Op::ShiftRight => ">>",
    }
}

/// What the operands become, and the result.
pub(super) fn operand_types(
    operator: BinaryOperator,
    left: &Type,
    right: &Type,
) -> Option<(Type, Type, Type)> {
    use BinaryOperator as Op;
    match operator {
        Op::And | Op::Or | Op::Xor => (*left == Type::BOOL && *right == Type::BOOL).then_some((
            Type::BOOL,
            Type::BOOL,
            Type::BOOL,
        )),
        Op::Equal | Op::NotEqual => {
            if left.has_sampler() || *left == Type::Void {
                return None;
            }
            let common = if left.converts_to(right) {
                right.clone()
            } else if right.converts_to(left) {
                left.clone()
            } else {
                return None;
            };
            Some((common.clone(), common, Type::BOOL))
        }
        Op::Less | Op::LessEqual | Op::Greater | Op::GreaterEqual => match (left, right) {
            (Type::Scalar(a), Type::Scalar(b)) => {
                let kind = common_kind(*a, *b)?;
                Some((Type::Scalar(kind), Type::Scalar(kind), Type::BOOL))
            }
            _ => None,
        },
        Op::ShiftLeft | Op::ShiftRight => {
            let whole = |ty: &Type| matches!(ty.kind(), Some(Kind::Int | Kind::Uint));
            let sizes = (left.components()?, right.components()?);
            (whole(left) && whole(right) && (sizes.0 == sizes.1 || sizes.1 == 1))
                .then(|| (left.clone(), right.clone(), left.clone()))
        }
        Op::Modulo | Op::BitAnd | Op::BitOr | Op::BitXor => {
            let found = arithmetic(operator, left, right)?;
            matches!(found.2.kind(), Some(Kind::Int | Kind::Uint)).then_some(found)
        }
        Op::Add | Op::Subtract | Op::Multiply | Op::Divide => arithmetic(operator, left, right),
    }
}

fn common_kind(a: Kind, b: Kind) -> Option<Kind> {
    if a == Kind::Bool || b == Kind::Bool {
        None
    } else if a.converts_to(b) {
        Some(b)
    } else if b.converts_to(a) {
        Some(a)
    } else {
        None
    }
}

fn arithmetic(operator: BinaryOperator, left: &Type, right: &Type) -> Option<(Type, Type, Type)> {
    let is_product = operator == BinaryOperator::Multiply;
    let kind = common_kind(left.kind()?, right.kind()?)?;
    match (left, right) {
        (
            Type::Matrix { columns, rows },
            Type::Matrix {
                columns: right_columns,
                rows: right_rows,
            },
        ) => {
            if is_product {
                (columns == right_rows).then(|| {
                    let result = Type::Matrix {
                        columns: *right_columns,
                        rows: *rows,
                    };
                    (left.clone(), right.clone(), result)
                })
            } else {
                (left == right).then(|| (left.clone(), right.clone(), left.clone()))
            }
        }
        (Type::Matrix { columns, rows }, Type::Vector(_, size)) if is_product => (columns == size)
            .then(|| {
                (
                    left.clone(),
                    right.with_kind(kind),
                    Type::Vector(kind, *rows),
                )
            }),
        (Type::Vector(_, size), Type::Matrix { columns, rows }) if is_product => (rows == size)
            .then(|| {
                (
                    left.with_kind(kind),
                    right.clone(),
                    Type::Vector(kind, *columns),
                )
            }),
        (Type::Matrix { .. }, Type::Scalar(_)) => Some((left.clone(), Type::FLOAT, left.clone())),
        (Type::Scalar(_), Type::Matrix { .. }) => Some((Type::FLOAT, right.clone(), right.clone())),
        (Type::Matrix { .. }, _) | (_, Type::Matrix { .. }) => None,
        _ => {
            let (a, b) = (left.components()?, right.components()?);
            let size = if a == b || b == 1 {
                a
            } else if a == 1 {
                b
            } else {
                return None;
            };
            Some((
                left.with_kind(kind),
                right.with_kind(kind),
                Type::numbers(kind, size),
            ))
        }
    }
}

/// The value of an operator on known numbers of one kind.
pub(super) fn fold(operator: BinaryOperator, left: Literal, right: Literal) -> Option<Literal> {
    use BinaryOperator as Op;
    let ordering = match (left, right) {
        (Literal::Float(a), Literal::Float(b)) => a.partial_cmp(&b),
        (Literal::Int(a), Literal::Int(b)) => a.partial_cmp(&b),
        (Literal::Uint(a), Literal::Uint(b)) => a.partial_cmp(&b),
        (Literal::Bool(a), Literal::Bool(b)) => a.partial_cmp(&b),
        _ => return None,
    };
    let compared = match operator {
        Op::Less => Some(ordering?.is_lt()),
        Op::LessEqual => Some(ordering?.is_le()),
        Op::Greater => Some(ordering?.is_gt()),
        Op::GreaterEqual => Some(ordering?.is_ge()),
        Op::Equal => Some(ordering?.is_eq()),
        Op::NotEqual => Some(ordering?.is_ne()),
        _ => None,
    };
    if let Some(compared) = compared {
        return Some(Literal::Bool(compared));
    }
    match (left, right) {
        (Literal::Float(a), Literal::Float(b)) => {
            let value = match operator {
                Op::Add => a + b,
                Op::Subtract => a - b,
                Op::Multiply => a * b,
                Op::Divide => a / b,
                _ => return None,
            };
            // What is not finite is left to the card.
            value.is_finite().then_some(Literal::Float(value))
        }
        (Literal::Int(a), Literal::Int(b)) => Some(Literal::Int(match operator {
            Op::Add => a.wrapping_add(b),
            Op::Subtract => a.wrapping_sub(b),
            Op::Multiply => a.wrapping_mul(b),
            Op::Divide => a.checked_div(b)?,
            Op::Modulo => a.checked_rem(b)?,
            Op::BitAnd => a & b,
            Op::BitOr => a | b,
            Op::BitXor => a ^ b,
            Op::ShiftLeft => a.wrapping_shl(b as u32),
            Op::ShiftRight => a.wrapping_shr(b as u32),
            _ => return None,
        })),
        (Literal::Uint(a), Literal::Uint(b)) => Some(Literal::Uint(match operator {
            Op::Add => a.wrapping_add(b),
            Op::Subtract => a.wrapping_sub(b),
            Op::Multiply => a.wrapping_mul(b),
            Op::Divide => a.checked_div(b)?,
            Op::Modulo => a.checked_rem(b)?,
            Op::BitAnd => a & b,
            Op::BitOr => a | b,
            Op::BitXor => a ^ b,
            Op::ShiftLeft => a.wrapping_shl(b),
            Op::ShiftRight => a.wrapping_shr(b),
            _ => return None,
        })),
        (Literal::Bool(a), Literal::Bool(b)) => match operator {
            Op::And => Some(Literal::Bool(a && b)),
            Op::Or => Some(Literal::Bool(a || b)),
            Op::Xor => Some(Literal::Bool(a != b)),
            _ => None,
        },
        _ => None,
    }
}
