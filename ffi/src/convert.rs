//! Conversions: C type to C type, Lua value to C, C to Lua value, by LuaJIT's rules.
//!
//! Worked example: storing `3.7` into an `int` converts `double` to `int` (truncation); storing `"abc"` into a `const char *` stores the
//! string's address; `ffi.cast` allows what assignments refuse, such as an integer to a pointer.
//!
//! Invariants: `room` is the number of bytes that may be written at the destination; initialisers that would go beyond raise
//! "too many initializers". NaNs become canonical when they become Lua values.

use crate::memory::Place;
use crate::plan::{self, Compatibility, Load};
use crate::state::{Ffi, Object};
use crate::types::{
    BOOL, CONST_CHAR_ARRAY, DOUBLE, INT32, Kind, TypeId, Types, UINT32, VOID_POINTER,
};
use rlove_vm::call::Raised;
use rlove_vm::value::{Value, ValueType};
use rlove_vm::vm::Vm;

/// How a conversion is meant.
#[derive(Clone, Copy, Debug, Default)]
pub struct Mode {
    /// `ffi.cast`
    pub is_cast: bool,
    /// The argument of a function, for messages.
    pub argument: u32,
    /// The source is a Lua value (and not a cdata object): messages name its Lua type.
    pub is_lua: bool,
}

impl Mode {
    /// Assignments and initialisers.
    pub const ASSIGN: Mode = Mode {
        is_cast: false,
        argument: 0,
        is_lua: false,
    };
    /// `ffi.cast`
    pub const CAST: Mode = Mode {
        is_cast: true,
        ..Mode::ASSIGN
    };
    /// Argument `index` of a function.
    pub const fn argument(index: u32) -> Mode {
        Mode {
            argument: index,
            ..Mode::ASSIGN
        }
    }
}

/// A conversion that is not allowed.
#[derive(Clone, Copy, Debug)]
pub struct Refused;

/// A C value: its raw type and where it lies.
#[derive(Clone, Copy, Debug)]
pub struct Source {
    /// Raw type, enumerations resolved.
    pub type_id: TypeId,
    /// Where.
    pub place: Place,
}

/// Converts between raw types (enumerations resolved); `mode.is_lua` as there.
pub fn convert(
    types: &Types,
    to: TypeId,
    place: Place,
    source: Source,
    mode: Mode,
) -> Result<(), Refused> {
    let (to_entry, from_entry) = (types.get(to), types.get(source.type_id));
    let from = source.place;
    match to_entry.kind {
        Kind::Bool | Kind::Integer { .. } | Kind::Float => {
            let scalar = plan::scalar(to_entry).ok_or(Refused)?;
            match from_entry.kind {
                Kind::Bool | Kind::Integer { .. } | Kind::Float => {
                    copy_number(types, scalar, place, source)
                }
                Kind::Complex { element } if to_entry.kind != Kind::Bool => copy_number(
                    types,
                    scalar,
                    place,
                    Source {
                        type_id: element,
                        place: from,
                    },
                ),
                Kind::Pointer { .. } | Kind::Function(_)
                    if mode.is_cast && types.is_integer(to) =>
                {
                    let address = from.read_pointer(from_entry.size == 4).address();
                    place.write_integer(scalar, address as u64, true);
                    Ok(())
                }
                Kind::Array { .. } if mode.is_cast && types.is_integer(to) => {
                    place.write_integer(scalar, from.address() as u64, true);
                    Ok(())
                }
                _ => Err(Refused),
            }
        }
        Kind::Complex { element } => convert_complex(types, to, element, place, source, mode),
        Kind::Vector { element } => convert_vector(types, to, element, place, source, mode),
        Kind::Pointer { .. } | Kind::Reference { .. } => {
            convert_pointer(types, to, place, source, mode)
        }
        Kind::Array { variable, .. } => {
            let size = to_entry.size;
            let fits = !mode.is_cast
                && !variable
                && matches!(from_entry.kind, Kind::Array { .. })
                && types.size_bytes(to).is_some()
                && size == from_entry.size
                && plan::compatible_pointers(types, to, source.type_id, Compatibility::default());
            if !fits {
                return Err(Refused);
            }
            place.copy_from(from, size as usize);
            Ok(())
        }
        Kind::Record(index) => {
            if mode.is_cast || types.record(index).variable || to != source.type_id {
                return Err(Refused);
            }
            let size = types.size_bytes(to).ok_or(Refused)?;
            place.copy_from(from, size as usize);
            Ok(())
        }
        _ => Err(Refused),
    }
}

fn copy_number(
    types: &Types,
    to: plan::Scalar,
    place: Place,
    source: Source,
) -> Result<(), Refused> {
    let entry = types.get(source.type_id);
    let from = plan::scalar(entry).ok_or(Refused)?;
    match source.place.read_integer(from) {
        Some(bits) => {
            let is_unsigned = entry.kind != (Kind::Integer { unsigned: false });
            place.write_integer(to, bits, is_unsigned);
        }
        None if from == to => match to {
            // As they are: a NaN keeps its bits.
            plan::Scalar::Float32 => place.write(source.place.read::<u32>()),
            _ => place.write(source.place.read::<u64>()),
        },
        None => place.write_number(to, source.place.read_scalar(from)),
    }
    Ok(())
}

fn convert_complex(
    types: &Types,
    to: TypeId,
    element: TypeId,
    place: Place,
    source: Source,
    mode: Mode,
) -> Result<(), Refused> {
    let size = types.size_bytes(element).ok_or(Refused)?;
    let second = place.offset(size as isize);
    match types.kind(source.type_id) {
        Kind::Integer { .. } | Kind::Float => {
            second.fill(0, size as usize);
            convert(types, element, place, source, mode)
        }
        Kind::Complex { element: from } => {
            let from_size = types.size_bytes(from).ok_or(Refused)?;
            let part = |offset: u32| Source {
                type_id: from,
                place: source.place.offset(offset as isize),
            };
            // The source may be the destination.
            if to == source.type_id {
                place.copy_from(source.place, 2 * size as usize);
                return Ok(());
            }
            convert(types, element, place, part(0), mode)?;
            convert(types, element, second, part(from_size), mode)
        }
        _ => Err(Refused),
    }
}

fn convert_vector(
    types: &Types,
    to: TypeId,
    element: TypeId,
    place: Place,
    source: Source,
    mode: Mode,
) -> Result<(), Refused> {
    let size = types.get(to).size;
    match types.kind(source.type_id) {
        Kind::Integer { .. } | Kind::Float | Kind::Complex { .. } => {
            convert(types, types.raw(element), place, source, mode)?;
            let step = types.size_bytes(element).ok_or(Refused)?;
            let mut offset = step;
            while offset < size {
                place
                    .offset(offset as isize)
                    .copy_from(place, step as usize);
                offset += step;
            }
            Ok(())
        }
        Kind::Vector { .. } if types.get(source.type_id).size == size => {
            place.copy_from(source.place, size as usize);
            Ok(())
        }
        _ => Err(Refused),
    }
}

fn convert_pointer(
    types: &Types,
    to: TypeId,
    place: Place,
    source: Source,
    mode: Mode,
) -> Result<(), Refused> {
    let from_entry = types.get(source.type_id);
    let is_short = types.get(to).size == 4;
    let write = |address: usize| {
        if is_short {
            place.write(address as u32);
        } else {
            place.write(address);
        }
    };
    let rule = Compatibility {
        is_cast: mode.is_cast,
        ..Compatibility::default()
    };
    match from_entry.kind {
        Kind::Integer { .. } if mode.is_cast => {
            let scalar = plan::scalar(from_entry).ok_or(Refused)?;
            write(source.place.read_integer(scalar).ok_or(Refused)? as usize);
            Ok(())
        }
        Kind::Float if mode.is_cast && mode.is_lua => {
            let number = source
                .place
                .read_scalar(plan::scalar(from_entry).ok_or(Refused)?);
            write(crate::memory::double_to_i64(number) as usize);
            Ok(())
        }
        Kind::Pointer { .. } | Kind::Function(_) => {
            if !plan::compatible_pointers(types, to, source.type_id, rule) {
                return Err(Refused);
            }
            write(source.place.read_pointer(from_entry.size == 4).address());
            Ok(())
        }
        Kind::Array { .. } | Kind::Record(_) => {
            if !plan::compatible_pointers(types, to, source.type_id, rule) {
                return Err(Refused);
            }
            write(source.place.address());
            Ok(())
        }
        _ => Err(Refused),
    }
}

impl Ffi {
    // ---- C to Lua ----

    /// The Lua value of what lies at `place`.
    pub fn load_value(&self, vm: &mut Vm, type_id: TypeId, place: Place) -> Result<Value, Raised> {
        let plan = plan::load(&self.types.borrow(), type_id);
        match plan {
            Load::Number(plan::Scalar::Bool8 | plan::Scalar::Bool32) => {
                let is_wide = plan == Load::Number(plan::Scalar::Bool32);
                Ok(Value::boolean(if is_wide {
                    place.read::<u32>() != 0
                } else {
                    place.read::<u8>() != 0
                }))
            }
            Load::Number(scalar) => Ok(Value::from_foreign_number(place.read_scalar(scalar))),
            Load::Copy { type_id, size } => {
                let (value, own) = self.new_object(vm, type_id, size as usize)?;
                own.copy_from(place, size as usize);
                Ok(value)
            }
            Load::Reference { target } => self.new_reference(vm, target, place),
            Load::Through { target } => self.load_value(vm, target, place.read_pointer(false)),
            Load::Impossible => Err(self.raise(vm, "size of C type is unknown or too large")),
        }
    }

    // ---- Lua to C ----

    /// Converts a Lua value and stores it at `place`, where `room` bytes may be written. `type_id` may be qualified.
    pub fn store_value(
        &self,
        vm: &mut Vm,
        type_id: TypeId,
        place: Place,
        room: usize,
        value: Value,
        mode: Mode,
    ) -> Result<(), Raised> {
        let (to, resolved) = {
            let types = self.types.borrow();
            let raw = types.raw(type_id);
            (raw, types.resolve_enum(raw))
        };
        if let Some(number) = value.as_number() {
            let mut number = number;
            let source = Source {
                type_id: DOUBLE,
                place: Place::of(&mut number),
            };
            return self.store_source(
                vm,
                resolved,
                place,
                source,
                Mode {
                    is_lua: true,
                    ..mode
                },
            );
        }
        let mut pointer = 0usize;
        let mut truth = u8::from(value.is_truthy());
        let lua_mode = Mode {
            is_lua: true,
            ..mode
        };
        let void = |pointer: &mut usize| Source {
            type_id: VOID_POINTER,
            place: Place::of(pointer),
        };
        let (source, mode) = match value.value_type() {
            ValueType::CData => (self.source_of(value), mode),
            ValueType::String => {
                return self.store_string(vm, to, resolved, place, room, value, mode);
            }
            ValueType::Table => return self.store_table(vm, to, place, room, value, mode),
            ValueType::Boolean => {
                let source = Source {
                    type_id: BOOL,
                    place: Place::of(&mut truth),
                };
                (source, mode)
            }
            ValueType::Nil => (void(&mut pointer), lua_mode),
            ValueType::UserData => {
                pointer = value.pointer_address();
                (void(&mut pointer), mode)
            }
            ValueType::LightUserData => {
                pointer = value.as_light().unwrap_or(0);
                (void(&mut pointer), mode)
            }
            ValueType::Function => {
                return match self.new_callback(vm, to, value)? {
                    Some(address) => {
                        place.write(address);
                        Ok(())
                    }
                    None => Err(self.refuse_value(vm, to, value, mode)),
                };
            }
            _ => return Err(self.refuse_value(vm, to, value, mode)),
        };
        self.store_source(vm, resolved, place, source, mode)
    }
    fn store_source(
        &self,
        vm: &mut Vm,
        resolved: TypeId,
        place: Place,
        source: Source,
        mode: Mode,
    ) -> Result<(), Raised> {
        let result = convert(&self.types.borrow(), resolved, place, source, mode);
        match result {
            Ok(()) => Ok(()),
            Err(Refused) => Err(self.refuse_source(vm, resolved, source, mode)),
        }
    }
    /// The C value that a cdata object is in conversions: references and enumerations resolved.
    pub fn source_of(&self, value: Value) -> Source {
        let Some(object) = Object::of(value) else {
            return Source {
                type_id: VOID_POINTER,
                place: Place::from_address(0),
            };
        };
        let types = self.types.borrow();
        match types.kind(object.type_id) {
            Kind::Reference { target } => Source {
                type_id: types.resolve_enum(types.raw(target)),
                place: object.place.read_pointer(false),
            },
            _ => Source {
                type_id: types.resolve_enum(types.raw(object.type_id)),
                place: object.place,
            },
        }
    }
    #[allow(clippy::too_many_arguments)]
    fn store_string(
        &self,
        vm: &mut Vm,
        to: TypeId,
        resolved: TypeId,
        place: Place,
        room: usize,
        value: Value,
        mode: Mode,
    ) -> Result<(), Raised> {
        let bytes = value.string_bytes().unwrap_or(b"");
        let kind = self.types.borrow().kind(to);
        match kind {
            Kind::Enum(index) => {
                let found = self.types.borrow().find_constant(index, bytes);
                match found {
                    Some((mut constant, _)) => {
                        let source = Source {
                            type_id: UINT32,
                            place: Place::of(&mut constant),
                        };
                        self.store_source(vm, resolved, place, source, mode)
                    }
                    None => Err(self.refuse_value(vm, to, value, mode)),
                }
            }
            Kind::Array { element, .. } => {
                let is_characters = {
                    let types = self.types.borrow();
                    types.is_integer(types.raw(element)) && types.size_bytes(element) == Some(1)
                };
                if !is_characters {
                    return Err(self.refuse_value(vm, to, value, mode));
                }
                // With the zero behind it, if there is room.
                let count = bytes.len().min(room);
                place.copy_from(Place::of_bytes(bytes), count);
                if count < room {
                    place.offset(count as isize).write(0u8);
                }
                Ok(())
            }
            _ => {
                let source = Source {
                    type_id: CONST_CHAR_ARRAY,
                    place: Place::of_bytes(bytes),
                };
                let mode = Mode {
                    is_lua: true,
                    ..mode
                };
                self.store_source(vm, resolved, place, source, mode)
            }
        }
    }
    /// Converts a value for a bit-field.
    pub(crate) fn store_bits(
        &self,
        vm: &mut Vm,
        bits: crate::types::BitField,
        place: Place,
        value: Value,
    ) -> Result<(), Raised> {
        if u32::from(bits.position) + u32::from(bits.width) > 8 * u32::from(bits.container_bytes) {
            return Err(self.raise(vm, "NYI: packed bit fields"));
        }
        let mut word = 0u32;
        let type_id = match (bits.boolean, bits.unsigned) {
            (true, _) => BOOL,
            (_, true) => UINT32,
            _ => INT32,
        };
        self.store_value(vm, type_id, Place::of(&mut word), 4, value, Mode::ASSIGN)?;
        place.write_bits(bits, word);
        Ok(())
    }

    // ---- Refusals ----

    #[cold]
    fn refuse(&self, vm: &mut Vm, to: TypeId, from: &str, mode: Mode) -> Raised {
        let message = format!("cannot convert '{from}' to '{}'", self.text(to));
        if mode.argument > 0 {
            vm.raise_argument_error(mode.argument, message.as_bytes())
        } else {
            self.raise(vm, &message)
        }
    }
    #[cold]
    fn refuse_source(&self, vm: &mut Vm, to: TypeId, source: Source, mode: Mode) -> Raised {
        let text = {
            let mut types = self.types.borrow_mut();
            match types.kind(source.type_id) {
                _ if mode.is_lua && types.is_number(source.type_id) => "number".to_owned(),
                Kind::Array { .. } if mode.is_lua => "string".to_owned(),
                _ if mode.is_lua => "nil".to_owned(),
                Kind::Function(_) => {
                    let pointer = types.pointer_to(source.type_id);
                    types.text(pointer)
                }
                _ => types.text(source.type_id),
            }
        };
        self.refuse(vm, to, &text, mode)
    }
    #[cold]
    pub(crate) fn refuse_value(&self, vm: &mut Vm, to: TypeId, value: Value, mode: Mode) -> Raised {
        self.refuse(vm, to, value.type_name(), mode)
    }
}
