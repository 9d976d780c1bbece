//! Operators on C data: 64-bit integers, pointers, comparison; what is left goes to metamethods.
//!
//! Worked example: `1LL + 2` is `3LL`; `p + 1` is a pointer one element further; `-1LL < 1ULL` compares unsigned, as C does.

use crate::memory::{Place, double_to_i64, double_to_u64};
use crate::plan::{self, Arithmetic, Operator};
use crate::state::{Ffi, Object};
use crate::types::{DOUBLE, INT64, Kind, NONE, TypeId, UINT64, VOID_POINTER};
use rlove_vm::bytecode::Opcode;
use rlove_vm::call::Raised;
use rlove_vm::interpreter::metamethod::{Metamethod, Step};
use rlove_vm::value::{Value, ValueType};
use rlove_vm::vm::Vm;

/// An operand: its type and its bits.
#[derive(Clone, Copy, Debug)]
struct Operand {
    type_id: TypeId,
    /// An address, the bits of an integer, or of a double.
    bits: u64,
    /// What equality of unlike operands compares: an address that no other value has.
    identity: u64,
}

/// Lua values that C does not know, and Lua numbers: equal to nothing.
const NO_IDENTITY: [u64; 2] = [1, 2];

fn step(result: Result<Value, Raised>) -> Step {
    match result {
        Ok(value) => Step::Value(value),
        Err(raised) => Step::Raised(raised),
    }
}

impl Operand {
    fn integer(self, unsigned: bool) -> u64 {
        if self.type_id != DOUBLE {
            return self.bits;
        }
        let number = f64::from_bits(self.bits);
        if unsigned {
            double_to_u64(number)
        } else {
            double_to_i64(number) as u64
        }
    }
}

/// A number or a 64-bit integer as operand.
#[inline]
fn quick_integer(value: Value) -> Option<Operand> {
    if let Some(number) = value.as_number() {
        return Some(Operand {
            type_id: DOUBLE,
            bits: number.to_bits(),
            identity: 0,
        });
    }
    let object = Object::of(value)?;
    (object.type_id == INT64 || object.type_id == UINT64).then(|| Operand {
        type_id: object.type_id,
        bits: object.place.read(),
        identity: 0,
    })
}

impl Ffi {
    fn operand(&self, value: Value, other: Value, side: usize) -> Operand {
        if let Some(number) = value.as_number() {
            return Operand {
                type_id: DOUBLE,
                bits: number.to_bits(),
                identity: NO_IDENTITY[side],
            };
        }
        if let Some(object) = Object::of(value) {
            return self.object_operand(object);
        }
        match value.value_type() {
            ValueType::Nil => Operand {
                type_id: VOID_POINTER,
                bits: 0,
                identity: 0,
            },
            ValueType::String => self.enumeration_operand(value, other),
            _ => Operand {
                type_id: NONE,
                bits: 0,
                identity: NO_IDENTITY[side],
            },
        }
    }
    /// A string beside an enumeration is the name of a constant.
    fn enumeration_operand(&self, value: Value, other: Value) -> Operand {
        let types = self.types.borrow();
        let name = value.string_bytes().unwrap_or(b"");
        if let Some(object) = Object::of(other)
            && let Kind::Enum(index) = types.kind(types.raw_referenced(object.type_id))
            && let Some((constant, type_id)) = types.find_constant(index, name)
        {
            let bits = if type_id == plan::integer32(false) {
                constant as i32 as u64
            } else {
                u64::from(constant)
            };
            return Operand {
                type_id,
                bits,
                identity: name.as_ptr() as u64,
            };
        }
        Operand {
            type_id: NONE,
            bits: 0,
            identity: name.as_ptr() as u64,
        }
    }
    fn object_operand(&self, object: Object) -> Operand {
        let types = self.types.borrow();
        let mut place = object.place;
        if let Kind::Reference { .. } = types.kind(object.type_id) {
            place = place.read_pointer(false);
        }
        let type_id = plan::operand(&types, object.type_id);
        let entry = types.get(type_id);
        let mut identity = place.address() as u64;
        let bits = match entry.kind {
            Kind::Pointer { .. } | Kind::Function(_) => {
                identity = place.read_pointer(entry.size == 4).address() as u64;
                identity
            }
            _ => match plan::scalar(entry) {
                Some(scalar) => match place.read_integer(scalar) {
                    Some(bits) => bits,
                    None => {
                        return Operand {
                            type_id: DOUBLE,
                            bits: place.read_scalar(scalar).to_bits(),
                            identity,
                        };
                    }
                },
                None => place.address() as u64,
            },
        };
        Operand {
            type_id,
            bits,
            identity,
        }
    }

    pub(crate) fn operate(
        &self,
        vm: &mut Vm,
        operation: Metamethod,
        left: Value,
        right: Value,
    ) -> Step {
        if let Some(result) = self.operate_quickly(vm, operation, left, right) {
            return result;
        }
        let operator = match operation {
            Metamethod::Add => Operator::Add,
            Metamethod::Subtract => Operator::Subtract,
            Metamethod::Equal => Operator::Equal,
            Metamethod::Less | Metamethod::LessEqual => Operator::Order,
            _ => Operator::Other,
        };
        let x = self.operand(left, right, 0);
        let y = self.operand(right, left, 1);
        let is_computed = !matches!(operation, Metamethod::Length | Metamethod::Concatenate);
        if is_computed && x.type_id != NONE && y.type_id != NONE {
            let plan = {
                let mut types = self.types.borrow_mut();
                // A function stands for its address.
                let mut pointer = |id| match types.kind(id) {
                    Kind::Function(_) => types.pointer_to(id),
                    _ => id,
                };
                let (left, right) = (pointer(x.type_id), pointer(y.type_id));
                plan::arithmetic(&types, operator, left, right)
            };
            if let Some(result) = self.compute(vm, plan, operation, x, y) {
                return step(result);
            }
        }
        self.operate_by_metamethod(vm, operation, left, right, (x, y))
    }
    /// The usual cases without planning: metamethods of structures, and two 64-bit integers or one with a number.
    #[inline]
    fn operate_quickly(
        &self,
        vm: &mut Vm,
        operation: Metamethod,
        left: Value,
        right: Value,
    ) -> Option<Step> {
        let object = Object::of(left).or_else(|| Object::of(right))?;
        if object.type_id == INT64 || object.type_id == UINT64 {
            let (x, y) = (quick_integer(left)?, quick_integer(right)?);
            let unsigned = x.type_id == UINT64 || y.type_id == UINT64;
            if matches!(operation, Metamethod::Length | Metamethod::Concatenate) {
                return None;
            }
            let plan = Arithmetic::Integer { unsigned };
            return self.compute(vm, plan, operation, x, y).map(step);
        }
        let target = self.operator_target(object.type_id);
        if !target.is_record {
            return None;
        }
        let function = vm.raw_get(target.metatable?, vm.metamethod_name(operation));
        (!function.is_nil()).then_some(Step::Call {
            function,
            arguments: [left, right, Value::NIL],
            count: 2,
            extra: 0,
        })
    }
    fn compute(
        &self,
        vm: &mut Vm,
        plan: Arithmetic,
        operation: Metamethod,
        left: Operand,
        right: Operand,
    ) -> Option<Result<Value, Raised>> {
        match plan {
            Arithmetic::None => None,
            Arithmetic::Integer { unsigned } => {
                let (x, y) = (left.integer(unsigned), right.integer(unsigned));
                let truth = match operation {
                    Metamethod::Equal => Some(x == y),
                    Metamethod::Less if unsigned => Some(x < y),
                    Metamethod::Less => Some((x as i64) < y as i64),
                    Metamethod::LessEqual if unsigned => Some(x <= y),
                    Metamethod::LessEqual => Some(x as i64 <= y as i64),
                    _ => None,
                };
                if let Some(truth) = truth {
                    return Some(Ok(Value::boolean(truth)));
                }
                let bits = integer64(operation, x, y, unsigned);
                Some(self.new_integer64(vm, bits, unsigned))
            }
            Arithmetic::Compare => {
                let (x, y) = (left.bits, right.bits);
                Some(Ok(Value::boolean(match operation {
                    Metamethod::Equal => x == y,
                    Metamethod::Less => x < y,
                    _ => x <= y,
                })))
            }
            Arithmetic::Difference { stride } => {
                let bytes = left.bits.wrapping_sub(right.bits) as i64;
                Some(Ok(Value::number((bytes / i64::from(stride)) as f64)))
            }
            Arithmetic::Offset {
                stride,
                target,
                is_swapped,
            } => {
                let (pointer, index) = if is_swapped {
                    (right, left)
                } else {
                    (left, right)
                };
                let mut index = index.integer(false);
                if operation == Metamethod::Subtract {
                    index = index.wrapping_neg();
                }
                let address = pointer
                    .bits
                    .wrapping_add(index.wrapping_mul(u64::from(stride)));
                Some(self.new_pointer(vm, target, address as usize))
            }
        }
    }
    fn operate_by_metamethod(
        &self,
        vm: &mut Vm,
        operation: Metamethod,
        left: Value,
        right: Value,
        operands: (Operand, Operand),
    ) -> Step {
        let name = vm.metamethod_name(operation);
        for operand in [left, right] {
            if let Some(object) = Object::of(operand) {
                let function = self.object_metamethod(vm, object.type_id, name);
                if !function.is_nil() {
                    return Step::Call {
                        function,
                        arguments: [left, right, Value::NIL],
                        count: 2,
                        extra: 0,
                    };
                }
            }
        }
        if operation == Metamethod::Equal {
            // Equality is never an error.
            let is_same = operands.0.identity == operands.1.identity;
            return Step::Value(Value::boolean(is_same));
        }
        let describe = |value: Value| match Object::of(value) {
            Some(object) => {
                let types = self.types.borrow();
                types.text(types.raw_referenced(object.type_id))
            }
            None => value.type_name().to_owned(),
        };
        let is_enumeration = |value: Value| {
            Object::of(value).is_some_and(|object| {
                let types = self.types.borrow();
                matches!(
                    types.kind(types.raw_referenced(object.type_id)),
                    Kind::Enum(_)
                )
            })
        };
        let (x, y) = (describe(left), describe(right));
        if left.is_string() && is_enumeration(right) {
            return Step::Raised(self.raise(vm, &format!("cannot convert '{x}' to '{y}'")));
        }
        if right.is_string() && is_enumeration(left) {
            return Step::Raised(self.raise(vm, &format!("cannot convert '{y}' to '{x}'")));
        }
        let message = match operation {
            Metamethod::Length => format!("attempt to get length of '{x}'"),
            Metamethod::Concatenate => format!("attempt to concatenate '{x}' and '{y}'"),
            Metamethod::Less | Metamethod::LessEqual => {
                format!("attempt to compare '{x}' with '{y}'")
            }
            _ => format!("attempt to perform arithmetic on '{x}' and '{y}'"),
        };
        Step::Raised(self.raise(vm, &message))
    }

    // ---- Bits ----

    /// The 64 bits of a cdata number, and whether it is a `uint64_t`. `None`: it is no number.
    pub(crate) fn number_bits(&self, value: Value) -> Option<(u64, bool)> {
        let object = Object::of(value)?;
        if object.type_id == INT64 || object.type_id == UINT64 {
            return Some((object.place.read(), object.type_id == UINT64));
        }
        let operand = self.object_operand(object);
        let types = self.types.borrow();
        if !types.is_number(operand.type_id) {
            return None;
        }
        let entry = types.get(operand.type_id);
        let unsigned = entry.kind == (Kind::Integer { unsigned: true }) && entry.size == 8;
        Some((operand.integer(unsigned), unsigned))
    }
    pub(crate) fn operate_on_bits(
        &self,
        vm: &mut Vm,
        opcode: Opcode,
        left: Value,
        right: Value,
    ) -> Option<Step> {
        let bits = |value: Value| match value.as_number() {
            Some(number) => Some((
                rlove_vm::library::bits::bits_of_number(number) as i64 as u64,
                false,
            )),
            None => self.number_bits(value),
        };
        let ((x, first), (y, second)) = (bits(left)?, bits(right)?);
        let is_shift = matches!(
            opcode,
            Opcode::ShiftLeft | Opcode::ShiftRight | Opcode::ShiftRightArithmetic
        );
        let unsigned = first || second && !is_shift;
        let count = (y & 63) as u32;
        let result = match opcode {
            Opcode::BitAnd => x & y,
            Opcode::BitOr => x | y,
            Opcode::BitXor => x ^ y,
            Opcode::ShiftLeft => x << count,
            Opcode::ShiftRight => x >> count,
            Opcode::ShiftRightArithmetic => (x as i64 >> count) as u64,
            _ => !x,
        };
        Some(step(self.new_integer64(vm, result, unsigned)))
    }
    /// The number that a cdata object converts to (`tonumber`).
    pub(crate) fn number_of(&self, value: Value) -> Option<f64> {
        let object = Object::of(value)?;
        let types = self.types.borrow();
        let mut place = object.place;
        if let Kind::Reference { .. } = types.kind(object.type_id) {
            place = place.read_pointer(false);
        }
        let mut type_id = plan::operand(&types, object.type_id);
        if let Kind::Complex { element } = types.kind(type_id) {
            type_id = element;
        }
        let number = place.read_scalar(plan::scalar(types.get(type_id))?);
        Some(number)
    }
    /// The index that a cdata object is, for elements.
    pub(crate) fn index_of(&self, value: Value) -> Option<i64> {
        let operand = self.object_operand(Object::of(value)?);
        self.types
            .borrow()
            .is_integer(operand.type_id)
            .then_some(operand.bits as i64)
    }
    /// The place of a cdata object's value, references looked through.
    pub(crate) fn place_of(&self, object: Object) -> Place {
        match self.types.borrow().kind(object.type_id) {
            Kind::Reference { .. } => object.place.read_pointer(false),
            _ => object.place,
        }
    }
}

/// Division and remainder by zero give the smallest integer, as LuaJIT answers.
const BY_ZERO: u64 = 1 << 63;

fn integer64(operation: Metamethod, x: u64, y: u64, unsigned: bool) -> u64 {
    let (sx, sy) = (x as i64, y as i64);
    match operation {
        Metamethod::Add => x.wrapping_add(y),
        Metamethod::Subtract => x.wrapping_sub(y),
        Metamethod::Multiply => x.wrapping_mul(y),
        Metamethod::Divide if y == 0 => BY_ZERO,
        Metamethod::Divide if unsigned => x / y,
        Metamethod::Divide => sx.wrapping_div(sy) as u64,
        Metamethod::Modulo if y == 0 => BY_ZERO,
        Metamethod::Modulo if unsigned => x % y,
        Metamethod::Modulo => sx.wrapping_rem(sy) as u64,
        Metamethod::Power if unsigned => power(x, y),
        Metamethod::Power => signed_power(sx, sy) as u64,
        _ => x.wrapping_neg(),
    }
}

fn power(base: u64, exponent: u64) -> u64 {
    let (mut result, mut base, mut exponent) = (1u64, base, exponent);
    while exponent > 0 {
        if exponent & 1 == 1 {
            result = result.wrapping_mul(base);
        }
        base = base.wrapping_mul(base);
        exponent >>= 1;
    }
    result
}

fn signed_power(base: i64, exponent: i64) -> i64 {
    if exponent >= 0 {
        return power(base as u64, exponent as u64) as i64;
    }
    match base {
        0 => i64::MAX,
        1 => 1,
        -1 if exponent & 1 == 1 => -1,
        -1 => 1,
        _ => 0,
    }
}
