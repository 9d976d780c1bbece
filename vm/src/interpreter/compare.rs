//! Comparisons and tests. Each is followed by a `Jump` word, taken when the condition holds.

use super::metamethod::{Metamethod, Step};
use super::{go, handler, next};
use crate::bytecode::Opcode;
use crate::bytecode::opcode::{operand_a, operand_d, operand_j};
use crate::object::LuaString;
use crate::value::{Value, ValueType};
use crate::vm::Vm;

/// Takes or skips the jump word at `$pc`.
macro_rules! branch {
    ($condition:expr, $pc:ident, $base:ident, $k:ident, $vm:ident) => {{
        let distance = if $condition {
            operand_j(*$pc) as isize
        } else {
            0
        };
        next!($pc.add(1).offset(distance), $base, $k, $vm)
    }};
}

/// Equality without metamethods.
#[inline]
pub fn raw_equal(left: Value, right: Value) -> bool {
    if left.is_number() && right.is_number() {
        return left.raw_double() == right.raw_double();
    }
    if left == right {
        return true;
    }
    if left.is_string()
        && right.is_string()
        && !(left.is_interned_string() && right.is_interned_string())
    {
        return left.string_bytes() == right.string_bytes();
    }
    false
}

#[inline(never)]
fn less_step(vm: &mut Vm, left: Value, right: Value, or_equal: bool) -> Step {
    if let (Some(x), Some(y)) = (left.as_number(), right.as_number()) {
        return Step::Value(Value::boolean(if or_equal { x <= y } else { x < y }));
    }
    if let (Some(x), Some(y)) = (left.as_string(), right.as_string()) {
        // SAFETY: I1: live strings.
        let (x, y) = unsafe { (LuaString::bytes(x), LuaString::bytes(y)) };
        return Step::Value(Value::boolean(if or_equal { x <= y } else { x < y }));
    }
    if left.value_type() == ValueType::CData || right.value_type() == ValueType::CData {
        let operation = if or_equal {
            Metamethod::LessEqual
        } else {
            Metamethod::Less
        };
        if let Some(step) = vm.foreign_arithmetic(operation, left, right) {
            return step;
        }
    }
    if left.value_type() == right.value_type() {
        let try_operation = |vm: &mut Vm, operation, x: Value, y: Value| {
            let function = vm.metamethod(x, operation);
            (!function.is_nil() && raw_equal(function, vm.metamethod(y, operation)))
                .then_some(function)
        };
        let operation = if or_equal {
            Metamethod::LessEqual
        } else {
            Metamethod::Less
        };
        if let Some(function) = try_operation(vm, operation, left, right) {
            return Step::Call {
                function,
                arguments: [left, right, Value::NIL],
                count: 2,
                extra: 0,
            };
        }
        // a <= b is not (b < a) when there is only __lt.
        if or_equal && let Some(function) = try_operation(vm, Metamethod::Less, right, left) {
            return Step::Call {
                function,
                arguments: [right, left, Value::NIL],
                count: 2,
                extra: 1,
            };
        }
    }
    Step::Raised(vm.raise_compare(left, right))
}

/// Whether `left == right` needs a metamethod, and which; else the answer.
pub(crate) fn equal_step(vm: &mut Vm, left: Value, right: Value) -> Step {
    if raw_equal(left, right) {
        return Step::Value(Value::TRUE);
    }
    let types = (left.value_type(), right.value_type());
    if matches!(
        types,
        (ValueType::Table, ValueType::Table) | (ValueType::UserData, ValueType::UserData)
    ) {
        let function = vm.metamethod(left, Metamethod::Equal);
        if !function.is_nil() && raw_equal(function, vm.metamethod(right, Metamethod::Equal)) {
            return Step::Call {
                function,
                arguments: [left, right, Value::NIL],
                count: 2,
                extra: 0,
            };
        }
    } else if (types.0 == ValueType::CData || types.1 == ValueType::CData)
        && let Some(step) = vm.foreign_arithmetic(Metamethod::Equal, left, right)
    {
        return step;
    }
    Step::Value(Value::FALSE)
}

/// Operands of an ordering instruction: left, right, or-equal.
unsafe fn ordering(word: u32, base: *mut Value, k: *const Value) -> (Value, Value, bool) {
    // SAFETY: I6: operands name registers or constants.
    unsafe {
        let a = *base.add(operand_a(word) as usize);
        let d = operand_d(word) as usize;
        match Opcode::from_word(word) {
            Some(Opcode::IfLess | Opcode::IfNotLess) => (a, *base.add(d), false),
            Some(Opcode::IfLessEqual | Opcode::IfNotLessEqual) => (a, *base.add(d), true),
            Some(Opcode::IfLessK | Opcode::IfNotLessK) => (a, *k.add(d), false),
            Some(Opcode::IfLessEqualK | Opcode::IfNotLessEqualK) => (a, *k.add(d), true),
            Some(Opcode::IfGreaterK | Opcode::IfNotGreaterK) => (*k.add(d), a, false),
            _ => (*k.add(d), a, true),
        }
    }
}

/// Compares the operands of an ordering instruction: true if `vm.finish_result` holds the answer, else `vm.step` tells what to do.
/// Not inlined: what it keeps in memory would cost the handler its tail calls.
#[inline(never)]
unsafe fn order(vm: &mut Vm, word: u32, base: *mut Value, k: *const Value) -> bool {
    // SAFETY: I6: operands name registers or constants.
    let (left, right, or_equal) = unsafe { ordering(word, base, k) };
    match less_step(vm, left, right, or_equal) {
        Step::Value(value) => {
            vm.finish_result = value;
            true
        }
        step => {
            vm.take_step(step);
            false
        }
    }
}

macro_rules! ordering_handlers {
    ($($name:ident |$x:ident, $y:ident| $right:ident $condition:expr;)*) => {
        handler! {
            $(
                $name(pc, base, d, a, k, vm) {
                    let (left, right) = (*base.add(a), *$right(base, k).add(d));
                    if !left.is_number() || !right.is_number() {
                        return ordering_slow(pc, base, d, a, k, vm);
                    }
                    let ($x, $y) = (left.raw_double(), right.raw_double());
                    branch!($condition, pc, base, k, vm)
                }
            )*
        }
    };
}
#[inline(always)]
fn register(base: *mut Value, _k: *const Value) -> *const Value {
    base
}
#[inline(always)]
fn constant(_base: *mut Value, k: *const Value) -> *const Value {
    k
}
// The negated forms are no neg_cmp slips: NaN makes both `x < y` and `x >= y` false.
#[allow(clippy::neg_cmp_op_on_partial_ord)]
mod ordering_forms {
    use super::*;
    ordering_handlers! {
        if_less |x, y| register x < y;
        if_not_less |x, y| register !(x < y);
        if_less_equal |x, y| register x <= y;
        if_not_less_equal |x, y| register !(x <= y);
        if_less_k |x, y| constant x < y;
        if_not_less_k |x, y| constant !(x < y);
        if_less_equal_k |x, y| constant x <= y;
        if_not_less_equal_k |x, y| constant !(x <= y);
        if_greater_k |x, y| constant x > y;
        if_not_greater_k |x, y| constant !(x > y);
        if_greater_equal_k |x, y| constant x >= y;
        if_not_greater_equal_k |x, y| constant !(x >= y);
    }
}
pub(crate) use ordering_forms::*;

handler! {
    #[cold]
    ordering_slow(pc, base, d, a, k, vm) {
        (*vm).save(base, pc);
        if order(&mut *vm, *pc.sub(1), base, k) {
            go!(super::metamethod::finish_metamethod, pc, base, 0, 0, k, vm)
        }
        go!(super::metamethod::enter_step, pc, base, 0, 0, k, vm)
    }
    if_equal(pc, base, d, a, k, vm) {
        let (left, right) = (*base.add(a), *base.add(d));
        if left.is_number() && right.is_number() {
            branch!(left.raw_double() == right.raw_double(), pc, base, k, vm)
        }
        if left == right {
            branch!(true, pc, base, k, vm)
        }
        return equal_slow(pc, base, d, a, k, vm);
    }
    if_not_equal(pc, base, d, a, k, vm) {
        let (left, right) = (*base.add(a), *base.add(d));
        if left.is_number() && right.is_number() {
            branch!(left.raw_double() != right.raw_double(), pc, base, k, vm)
        }
        if left == right {
            branch!(false, pc, base, k, vm)
        }
        return equal_slow(pc, base, d, a, k, vm);
    }
    equal_slow(pc, base, d, a, k, vm) {
        (*vm).save(base, pc);
        let (left, right) = (*base.add(a), *base.add(d));
        match equal_step(&mut *vm, left, right) {
            Step::Value(value) => {
                (*vm).finish_result = value;
                go!(super::metamethod::finish_metamethod, pc, base, 0, 0, k, vm)
            }
            step => (*vm).take_step(step),
        }
        go!(super::metamethod::enter_step, pc, base, 0, 0, k, vm)
    }
    if_equal_k(pc, base, d, a, k, vm) {
        let (left, right) = (*base.add(a), *k.add(d));
        if left == right && !right.is_number() {
            branch!(true, pc, base, k, vm)
        }
        if right.is_number() && left.as_cdata().is_none() {
            branch!(left.is_number() && left.raw_double() == right.raw_double(), pc, base, k, vm)
        }
        return equal_k_slow(pc, base, d, a, k, vm);
    }
    if_not_equal_k(pc, base, d, a, k, vm) {
        let (left, right) = (*base.add(a), *k.add(d));
        if left == right && !right.is_number() {
            branch!(false, pc, base, k, vm)
        }
        if right.is_number() && left.as_cdata().is_none() {
            branch!(!(left.is_number() && left.raw_double() == right.raw_double()), pc, base, k, vm)
        }
        return equal_k_slow(pc, base, d, a, k, vm);
    }
    equal_k_slow(pc, base, d, a, k, vm) {
        (*vm).save(base, pc);
        match equal_step(&mut *vm, *base.add(a), *k.add(d)) {
            Step::Value(value) => {
                (*vm).finish_result = value;
                go!(super::metamethod::finish_metamethod, pc, base, 0, 0, k, vm)
            }
            step => (*vm).take_step(step),
        }
        go!(super::metamethod::enter_step, pc, base, 0, 0, k, vm)
    }
    /// A null pointer of C equals nil.
    #[cold]
    equal_primitive_slow(pc, base, d, a, k, vm) {
        (*vm).save(base, pc);
        match equal_step(&mut *vm, *base.add(a), Value::from_bits(Value::NIL.bits() + d as u64)) {
            Step::Value(value) => {
                (*vm).finish_result = value;
                go!(super::metamethod::finish_metamethod, pc, base, 0, 0, k, vm)
            }
            step => (*vm).take_step(step),
        }
        go!(super::metamethod::enter_step, pc, base, 0, 0, k, vm)
    }
    if_equal_primitive(pc, base, d, a, k, vm) {
        if (*base.add(a)).as_cdata().is_some() {
            return equal_primitive_slow(pc, base, d, a, k, vm);
        }
        branch!((*base.add(a)).bits() == Value::NIL.bits() + d as u64, pc, base, k, vm)
    }
    if_not_equal_primitive(pc, base, d, a, k, vm) {
        if (*base.add(a)).as_cdata().is_some() {
            return equal_primitive_slow(pc, base, d, a, k, vm);
        }
        branch!((*base.add(a)).bits() != Value::NIL.bits() + d as u64, pc, base, k, vm)
    }
    if_true(pc, base, d, a, k, vm) {
        branch!((*base.add(d)).is_truthy(), pc, base, k, vm)
    }
    if_false(pc, base, d, a, k, vm) {
        branch!(!(*base.add(d)).is_truthy(), pc, base, k, vm)
    }
    if_true_copy(pc, base, d, a, k, vm) {
        let value = *base.add(d);
        if value.is_truthy() {
            *base.add(a) = value;
        }
        branch!(value.is_truthy(), pc, base, k, vm)
    }
    if_false_copy(pc, base, d, a, k, vm) {
        let value = *base.add(d);
        if !value.is_truthy() {
            *base.add(a) = value;
        }
        branch!(!value.is_truthy(), pc, base, k, vm)
    }
}
