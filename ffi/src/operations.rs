//! The machine's seam: what indexing, storing and operators do with C data.
//!
//! A string key names a member (pointers to structures are followed), a number an element. What is not found goes to the
//! metatype's `__index` or `__newindex`.

use crate::convert::Mode;
use crate::memory::{Place, double_to_i64};
use crate::plan::{self, Access, Found, Load, Scalar};
use crate::state::{Ffi, Object};
use crate::type_text;
use crate::types::{
    COMPLEX_DOUBLE, CONST_VOID_POINTER, CTYPE, DOUBLE, INT64, Kind, MemberKind, TypeId, UINT8,
};
use rlove_vm::bytecode::{Constant, Opcode};
use rlove_vm::call::Raised;
use rlove_vm::interpreter::metamethod::{Metamethod, Step};
use rlove_vm::seams::{DirectAccess, DirectKind, Foreign};
use rlove_vm::value::Value;
use rlove_vm::vm::Vm;

/// Where a lookup led.
enum Target {
    Place(Access, Place),
    Missing { resolved: TypeId, constant: bool },
}

fn step(result: Result<Value, Raised>) -> Step {
    match result {
        Ok(value) => Step::Value(value),
        Err(raised) => Step::Raised(raised),
    }
}

/// Follows an access from an object.
fn follow(object: Object, access: &Access) -> Place {
    let mut place = object.place;
    for level in 1..=access.indirections {
        let is_short = access.is_short_pointer && level == access.indirections;
        place = place.read_pointer(is_short);
    }
    place.offset(access.offset as isize)
}

impl Ffi {
    fn find(&self, vm: &mut Vm, object: Object, key: Value) -> Result<Target, Raised> {
        let index = match key.as_number() {
            Some(number) => Some(double_to_i64(number)),
            None => self.index_of(key),
        };
        if let Some(index) = index {
            let plan = plan::element(&self.types.borrow(), object.type_id);
            match plan {
                Ok(element) => {
                    let index = if element.is_index_masked {
                        index & 1
                    } else {
                        index
                    };
                    let place = follow(object, &element.access);
                    let offset = index.wrapping_mul(i64::from(element.stride));
                    return Ok(Target::Place(element.access, place.offset(offset as isize)));
                }
                Err(true) => {
                    return Err(self.raise(vm, "size of C type is unknown or too large"));
                }
                Err(false) => {}
            }
        }
        let name = key.string_bytes().unwrap_or(b"");
        if object.type_id == CTYPE {
            return Ok(self.find_in_type(object, key));
        }
        let found = plan::member(&self.types.borrow(), object.type_id, name);
        Ok(match found {
            Found::Access(access) if key.is_string() => {
                Target::Place(access, follow(object, &access))
            }
            Found::Access(_) => Target::Missing {
                resolved: self.types.borrow().raw_referenced(object.type_id),
                constant: false,
            },
            Found::Missing { resolved, constant } => Target::Missing { resolved, constant },
        })
    }
    /// A constructor answers the constants of its structure.
    fn find_in_type(&self, object: Object, key: Value) -> Target {
        let types = self.types.borrow();
        let mut resolved = types.raw(object.meant_type());
        if let Kind::Pointer { target } = types.kind(resolved) {
            resolved = types.raw(target);
        }
        if let (Kind::Record(index), Some(name)) = (types.kind(resolved), key.string_bytes())
            && let Some(member) = types.find_member(index, name)
            && matches!(member.kind, MemberKind::Constant(_))
        {
            let access = Access {
                indirections: 0,
                is_short_pointer: false,
                offset: 0,
                type_id: member.type_id,
                kind: member.kind,
                constant: true,
            };
            return Target::Place(access, object.place);
        }
        Target::Missing {
            resolved,
            constant: false,
        }
    }
    fn load_target(&self, vm: &mut Vm, access: &Access, place: Place) -> Result<Value, Raised> {
        match access.kind {
            MemberKind::Constant(value) => Ok(self.constant_value(access.type_id, value)),
            MemberKind::Bits(bits) => {
                let end = u32::from(bits.position) + u32::from(bits.width);
                if end > 8 * u32::from(bits.container_bytes) {
                    return Err(self.raise(vm, "NYI: packed bit fields"));
                }
                let value = place.read_bits(bits);
                Ok(if bits.boolean {
                    Value::boolean(value != 0.0)
                } else {
                    Value::number(value)
                })
            }
            _ => self.load_value(vm, access.type_id, place),
        }
    }
    /// The number that a constant is.
    pub(crate) fn constant_value(&self, type_id: TypeId, value: u32) -> Value {
        let types = self.types.borrow();
        let raw = types.resolve_enum(types.raw(type_id));
        if types.kind(raw) == (Kind::Integer { unsigned: true }) {
            Value::number(f64::from(value))
        } else {
            Value::number(f64::from(value as i32))
        }
    }
    fn missing(&self, vm: &mut Vm, resolved: TypeId, key: Value) -> Raised {
        let text = self.text(resolved);
        let message = match key.string_bytes() {
            Some(name) => format!(
                "'{text}' has no member named '{}'",
                String::from_utf8_lossy(name)
            ),
            None => {
                let key_text = match Object::of(key) {
                    Some(object) => self.text(object.type_id),
                    None => key.type_name().to_owned(),
                };
                format!("'{text}' cannot be indexed with '{key_text}'")
            }
        };
        self.raise(vm, &message)
    }
    fn index_by_metamethod(
        &self,
        vm: &mut Vm,
        resolved: TypeId,
        object: Value,
        key: Value,
    ) -> Step {
        let name = vm.metamethod_name(Metamethod::Index);
        let handler = self.type_metamethod(vm, resolved, name);
        if handler.is_nil() {
            return Step::Raised(self.missing(vm, resolved, key));
        }
        if handler.is_function() {
            return Step::Call {
                function: handler,
                arguments: [object, key, Value::NIL],
                count: 2,
                extra: 0,
            };
        }
        match vm.index_step(handler, key) {
            Step::Value(value) if value.is_nil() => Step::Raised(self.missing(vm, resolved, key)),
            step => step,
        }
    }
    fn store_target(
        &self,
        vm: &mut Vm,
        access: &Access,
        place: Place,
        value: Value,
    ) -> Result<Value, Raised> {
        if access.constant {
            return Err(self.raise(vm, "attempt to write to constant location"));
        }
        if let MemberKind::Bits(bits) = access.kind {
            self.store_bits(vm, bits, place, value)?;
            return Ok(Value::NIL);
        }
        let (mut type_id, mut place) = (access.type_id, place);
        let kind = self.types.borrow().kind(type_id);
        if let Kind::Reference { target } = kind {
            type_id = target;
            place = place.read_pointer(false);
        }
        let size = self.types.borrow().size_bytes(type_id);
        let Some(size) = size else {
            return Err(self.raise(vm, "size of C type is unknown or too large"));
        };
        self.store_value(vm, type_id, place, size as usize, value, Mode::ASSIGN)?;
        Ok(Value::NIL)
    }
    /// What the interpreter can do alone.
    fn direct_access(&self, access: &Access, scale: u32) -> Option<DirectAccess> {
        if access.is_short_pointer || access.kind != MemberKind::Plain {
            return None;
        }
        let load = plan::load(&self.types.borrow(), access.type_id);
        let (kind, result_type) = match load {
            Load::Number(scalar) => (direct_kind(scalar)?, 0),
            Load::Reference { target } => (
                DirectKind::Reference,
                self.types.borrow_mut().reference_to(target),
            ),
            Load::Copy { type_id, size: 8 } => (DirectKind::Copy8, type_id),
            _ => return None,
        };
        Some(DirectAccess {
            kind,
            indirections: access.indirections,
            is_constant: access.constant,
            scale,
            result_type,
        })
    }
    /// The text of a cdata object without metamethods.
    pub(crate) fn plain_text(&self, object: Object) -> Vec<u8> {
        if object.type_id == CTYPE {
            return format!("ctype<{}>", self.text(object.meant_type())).into_bytes();
        }
        let place = self.place_of(object);
        let types = self.types.borrow();
        let raw = types.raw_referenced(object.type_id);
        let entry = types.get(raw);
        let text = types.text(object.type_id);
        let address = match entry.kind {
            Kind::Complex { element } => {
                let size = types.size_bytes(element).unwrap_or(8);
                let part = |offset: u32| {
                    let place = place.offset(offset as isize);
                    plan::scalar(types.get(element)).map_or(0.0, |scalar| place.read_scalar(scalar))
                };
                return type_text::complex_text(part(0), part(size));
            }
            Kind::Integer { unsigned } if entry.size == 8 => {
                return type_text::integer64_text(place.read::<u64>(), unsigned).into_bytes();
            }
            Kind::Enum(_) => {
                return format!("cdata<{text}>: {}", place.read::<i32>()).into_bytes();
            }
            Kind::Function(_) => place.read_pointer(false).address(),
            Kind::Pointer { .. } => place.read_pointer(entry.size == 4).address(),
            _ => place.address(),
        };
        let mut bytes = format!("cdata<{text}>: ").into_bytes();
        rlove_vm::library::number_format::append_address(&mut bytes, address as u64);
        bytes
    }
}

impl Foreign for Ffi {
    fn index(&self, vm: &mut Vm, object: Value, key: Value) -> Option<Step> {
        let taken = Object::of(object)?;
        Some(match self.find(vm, taken, key) {
            Ok(Target::Place(access, place)) => step(self.load_target(vm, &access, place)),
            Ok(Target::Missing { resolved, .. }) => {
                self.index_by_metamethod(vm, resolved, object, key)
            }
            Err(raised) => Step::Raised(raised),
        })
    }
    fn store(&self, vm: &mut Vm, object: Value, key: Value, value: Value) -> Option<Step> {
        let taken = Object::of(object)?;
        let (resolved, constant) = match self.find(vm, taken, key) {
            Ok(Target::Place(access, place)) => {
                return Some(step(self.store_target(vm, &access, place, value)));
            }
            Ok(Target::Missing { resolved, constant }) => (resolved, constant),
            Err(raised) => return Some(Step::Raised(raised)),
        };
        if constant {
            let message = "attempt to write to constant location";
            return Some(Step::Raised(self.raise(vm, message)));
        }
        let name = vm.metamethod_name(Metamethod::NewIndex);
        let handler = self.type_metamethod(vm, resolved, name);
        if handler.is_nil() {
            return Some(Step::Raised(self.missing(vm, resolved, key)));
        }
        if handler.is_function() {
            return Some(Step::Call {
                function: handler,
                arguments: [object, key, value],
                count: 3,
                extra: 0,
            });
        }
        Some(vm.store_step(handler, key, value))
    }
    fn arithmetic(
        &self,
        vm: &mut Vm,
        operation: Metamethod,
        left: Value,
        right: Value,
    ) -> Option<Step> {
        Some(self.operate(vm, operation, left, right))
    }
    fn bit_operation(
        &self,
        vm: &mut Vm,
        operation: Opcode,
        left: Value,
        right: Value,
    ) -> Option<Step> {
        self.operate_on_bits(vm, operation, left, right)
    }
    fn to_text(&self, _vm: &mut Vm, value: Value) -> Option<Vec<u8>> {
        Some(self.plain_text(Object::of(value)?))
    }
    fn to_number(&self, _vm: &mut Vm, value: Value) -> Option<f64> {
        self.number_of(value)
    }
    fn field_access(&self, vm: &mut Vm, object: Value, key: Value) -> Option<DirectAccess> {
        let object = Object::of(object)?;
        let name = key.string_bytes()?;
        if object.type_id == CTYPE {
            return None;
        }
        let found = plan::member(&self.types.borrow(), object.type_id, name);
        let Found::Access(access) = found else {
            return None;
        };
        let _ = vm;
        self.direct_access(&access, access.offset)
    }
    fn element_access(&self, _vm: &mut Vm, object: Value) -> Option<DirectAccess> {
        let object = Object::of(object)?;
        let element = plan::element(&self.types.borrow(), object.type_id).ok()?;
        if element.is_index_masked {
            return None;
        }
        self.direct_access(&element.access, element.stride)
    }
    fn index_table(&self, vm: &mut Vm, object: Value, key: Value) -> Option<Value> {
        let object = Object::of(object)?;
        let name = key.string_bytes()?;
        if object.type_id == CTYPE {
            return None;
        }
        let found = plan::member(&self.types.borrow(), object.type_id, name);
        let Found::Missing { resolved, .. } = found else {
            return None;
        };
        let index = vm.metamethod_name(Metamethod::Index);
        let table = self.type_metamethod(vm, resolved, index);
        table.is_table().then_some(table)
    }
    fn bytes_of(
        &self,
        vm: &mut Vm,
        value: Value,
        argument: u32,
        count: usize,
    ) -> Result<Vec<u8>, Raised> {
        if Object::of(value).is_none() {
            let message = format!("cdata expected, got {}", value.type_name());
            return Err(vm.raise_argument_error(argument, message.as_bytes()));
        }
        let mut address = 0usize;
        let pointer = Place::of(&mut address);
        let mode = Mode::argument(argument);
        self.store_value(vm, CONST_VOID_POINTER, pointer, 8, value, mode)?;
        Ok(pointer.read_pointer(false).bytes(count))
    }
    fn byte_pointer(&self, vm: &mut Vm, address: usize) -> Result<Value, Raised> {
        self.new_pointer(vm, UINT8, address)
    }
    fn complex_value(&self, value: Value) -> Option<(f64, f64)> {
        let object = Object::of(value).filter(|object| object.type_id == COMPLEX_DOUBLE)?;
        Some((object.place.read(), object.place.offset(8).read()))
    }
    fn complex_number(&self, vm: &mut Vm, real: f64, imaginary: f64) -> Result<Value, Raised> {
        let (object, place) = self.new_object(vm, COMPLEX_DOUBLE, 16)?;
        place.write(real);
        place.offset(8).write(imaginary);
        Ok(object)
    }
    fn wide_bits(&self, vm: &mut Vm, value: Value, argument: u32) -> Result<(u64, bool), Raised> {
        match self.number_bits(value) {
            Some(bits) => Ok(bits),
            None => {
                let mut word = 0u64;
                let place = Place::of(&mut word);
                self.store_value(vm, INT64, place, 8, value, Mode::argument(argument))?;
                Ok((place.read(), false))
            }
        }
    }
    fn wide_value(&self, value: Value) -> Option<(u64, bool)> {
        let object = Object::of(value)?;
        let types = self.types.borrow();
        let entry = types.get(object.type_id);
        match entry.kind {
            Kind::Integer { unsigned } if entry.size == 8 => Some((object.place.read(), unsigned)),
            _ => None,
        }
    }
    fn wide_integer(&self, vm: &mut Vm, bits: u64, unsigned: bool) -> Result<Value, Raised> {
        self.new_integer64(vm, bits, unsigned)
    }
    fn constant(&self, vm: &mut Vm, constant: &Constant) -> Option<Value> {
        match constant {
            Constant::Integer64(value) => self.new_integer64(vm, *value as u64, false).ok(),
            Constant::Unsigned64(value) => self.new_integer64(vm, *value, true).ok(),
            Constant::Imaginary(value) => self.complex_number(vm, 0.0, *value).ok(),
            _ => None,
        }
    }
    fn finalize(&self, vm: &mut Vm, value: Value) {
        self.run_finalizer(vm, value);
    }
}

fn direct_kind(scalar: Scalar) -> Option<DirectKind> {
    Some(match scalar {
        Scalar::Int8 => DirectKind::Int8,
        Scalar::UInt8 => DirectKind::UInt8,
        Scalar::Int16 => DirectKind::Int16,
        Scalar::UInt16 => DirectKind::UInt16,
        Scalar::Int32 => DirectKind::Int32,
        Scalar::UInt32 => DirectKind::UInt32,
        Scalar::Float32 => DirectKind::Float32,
        Scalar::Float64 => DirectKind::Float64,
        Scalar::Bool8 => DirectKind::Bool8,
        Scalar::Int64 | Scalar::UInt64 | Scalar::Bool32 => return None,
    })
}

/// The type of Lua numbers.
pub const LUA_NUMBER: TypeId = DOUBLE;
