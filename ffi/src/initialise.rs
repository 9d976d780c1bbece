//! Initialisers: what `ffi.new(type, ...)` and assignments of tables write.
//!
//! ```text
//! ffi.new("int[4]", 1, 2)          1 2 0 0        several values: elements or fields in order, the rest zero
//! ffi.new("int[4]", 7)             7 7 7 7        one value is repeated
//! ffi.new("int[4]", {1, 2})        1 2 0 0        a table counts from 0 if it has [0], else from 1
//! ffi.new("point", {y = 2})                       fields by name, or in order
//! ```
//! Members of anonymous structures count as members of the outer one; a union takes one.

use crate::convert::Mode;
use crate::memory::Place;
use crate::state::{Ffi, Object};
use crate::types::{Kind, Member, MemberKind, TypeId, Types};
use rlove_vm::call::Raised;
use rlove_vm::value::Value;
use rlove_vm::vm::Vm;

/// A member of a structure with anonymous ones taken apart.
#[derive(Clone)]
struct Slot {
    member: Member,
    /// Offset from the outermost structure.
    offset: usize,
    name: Value,
}

impl Ffi {
    /// Initialises a fresh object of `size` bytes (zero already) from arguments.
    pub(crate) fn initialise(
        &self,
        vm: &mut Vm,
        type_id: TypeId,
        place: Place,
        size: usize,
        values: &[Value],
    ) -> Result<(), Raised> {
        let (raw, kind) = {
            let types = self.types.borrow();
            let raw = types.raw(type_id);
            (raw, types.kind(raw))
        };
        match (values, kind) {
            ([], _) => Ok(()),
            ([value], _) if !self.is_element(raw, kind, *value) => {
                self.store_value(vm, raw, place, size, *value, Mode::ASSIGN)
            }
            (
                _,
                Kind::Array { element, .. } | Kind::Vector { element } | Kind::Complex { element },
            ) => self.initialise_elements(vm, raw, element, place, size, values),
            (_, Kind::Record(_)) => {
                let mut remaining = values;
                self.initialise_members(vm, raw, place, size, &mut remaining)?;
                if remaining.is_empty() {
                    Ok(())
                } else {
                    Err(self.too_many(vm, raw))
                }
            }
            _ => Err(self.too_many(vm, raw)),
        }
    }
    /// Whether a single value initialises a part of the aggregate and not the whole.
    fn is_element(&self, raw: TypeId, kind: Kind, value: Value) -> bool {
        let is_record = matches!(kind, Kind::Record(_));
        if !is_record && !matches!(kind, Kind::Array { .. }) {
            return false;
        }
        if value.is_table() || value.is_string() && !is_record {
            return false;
        }
        let is_same = Object::of(value)
            .is_some_and(|object| self.types.borrow().raw_referenced(object.type_id) == raw);
        !is_same
    }
    #[cold]
    fn too_many(&self, vm: &mut Vm, raw: TypeId) -> Raised {
        let message = format!("too many initializers for '{}'", self.text(raw));
        self.raise(vm, &message)
    }
    fn element_size(&self, vm: &mut Vm, element: TypeId) -> Result<usize, Raised> {
        let size = self.types.borrow().size_bytes(element);
        match size {
            Some(size) => Ok(size as usize),
            None => Err(self.raise(vm, "size of C type is unknown or too large")),
        }
    }
    fn initialise_elements(
        &self,
        vm: &mut Vm,
        raw: TypeId,
        element: TypeId,
        place: Place,
        size: usize,
        values: &[Value],
    ) -> Result<(), Raised> {
        let step = self.element_size(vm, element)?;
        if values.len().saturating_mul(step) > size {
            return Err(self.too_many(vm, raw));
        }
        for (index, &value) in values.iter().enumerate() {
            let at = place.offset((index * step) as isize);
            self.store_value(vm, element, at, step, value, Mode::ASSIGN)?;
        }
        if values.len() == 1 {
            repeat_first(place, step, size);
        }
        Ok(())
    }
    fn initialise_members(
        &self,
        vm: &mut Vm,
        raw: TypeId,
        place: Place,
        size: usize,
        values: &mut &[Value],
    ) -> Result<(), Raised> {
        let is_union = |types: &Types, id| match types.kind(id) {
            Kind::Record(index) => types.record(index).is_union,
            _ => false,
        };
        let (members, is_union) = {
            let types = self.types.borrow();
            let Kind::Record(index) = types.kind(raw) else {
                return Ok(());
            };
            (types.record(index).members.clone(), is_union(&types, raw))
        };
        for member in &members {
            let at = place.offset(member.offset as isize);
            let room = size.saturating_sub(member.offset as usize);
            match member.kind {
                MemberKind::Anonymous => {
                    let inner = self.types.borrow().raw(member.type_id);
                    self.initialise_members(vm, inner, at, room, values)?;
                }
                MemberKind::Constant(_) => continue,
                _ => {
                    let Some((&value, rest)) = values.split_first() else {
                        break;
                    };
                    *values = rest;
                    self.store_member(vm, member, at, room, value, Mode::ASSIGN)?;
                }
            }
            if is_union {
                break;
            }
        }
        Ok(())
    }
    fn store_member(
        &self,
        vm: &mut Vm,
        member: &Member,
        at: Place,
        room: usize,
        value: Value,
        mode: Mode,
    ) -> Result<(), Raised> {
        if let MemberKind::Bits(bits) = member.kind {
            return self.store_bits(vm, bits, at, value);
        }
        let size = self.types.borrow().size_bytes(member.type_id);
        let room = size.map_or(room, |size| room.min(size as usize));
        self.store_value(vm, member.type_id, at, room, value, mode)
    }

    // ---- Tables ----

    /// Converts a table to an array or structure.
    pub(crate) fn store_table(
        &self,
        vm: &mut Vm,
        raw: TypeId,
        place: Place,
        room: usize,
        table: Value,
        mode: Mode,
    ) -> Result<(), Raised> {
        let kind = self.types.borrow().kind(raw);
        match kind {
            Kind::Array { element, .. } | Kind::Vector { element } | Kind::Complex { element } => {
                self.store_elements(vm, raw, element, place, room, table, mode)
            }
            Kind::Record(_) => {
                place.fill(0, self.types.borrow().size_bytes(raw).unwrap_or(0) as usize);
                let slots = self.slots(vm, raw);
                self.store_slots(vm, raw, &slots, place, room, table, mode)
            }
            _ => Err(self.refuse_value(vm, raw, table, mode)),
        }
    }
    #[allow(clippy::too_many_arguments)]
    fn store_elements(
        &self,
        vm: &mut Vm,
        raw: TypeId,
        element: TypeId,
        place: Place,
        room: usize,
        table: Value,
        mode: Mode,
    ) -> Result<(), Raised> {
        let step = self.element_size(vm, element)?;
        let mut offset = 0;
        let mut index = i64::from(vm.raw_get_index(table, 0).is_nil());
        loop {
            let value = vm.raw_get_index(table, index);
            if value.is_nil() {
                break;
            }
            if offset + step > room {
                return Err(self.too_many(vm, raw));
            }
            self.store_value(
                vm,
                element,
                place.offset(offset as isize),
                step,
                value,
                mode,
            )?;
            offset += step;
            index += 1;
        }
        let has_size = self.types.borrow().size_bytes(raw).is_some();
        if has_size {
            if offset == step && step > 0 {
                repeat_first(place, step, room);
            } else {
                place
                    .offset(offset as isize)
                    .fill(0, room.saturating_sub(offset));
            }
        }
        Ok(())
    }
    /// The members of a structure in order; anonymous structures are kept as one entry.
    fn slots(&self, vm: &mut Vm, raw: TypeId) -> Vec<Slot> {
        let members = {
            let types = self.types.borrow();
            match types.kind(raw) {
                Kind::Record(index) => types.record(index).members.clone(),
                _ => Vec::new(),
            }
        };
        members
            .into_iter()
            .filter(|member| !matches!(member.kind, MemberKind::Constant(_)))
            .map(|member| Slot {
                offset: member.offset as usize,
                name: match &member.name {
                    Some(name) => vm.heap.intern(name),
                    None => Value::NIL,
                },
                member,
            })
            .collect()
    }
    #[allow(clippy::too_many_arguments)]
    fn store_slots(
        &self,
        vm: &mut Vm,
        raw: TypeId,
        slots: &[Slot],
        place: Place,
        room: usize,
        table: Value,
        mode: Mode,
    ) -> Result<(), Raised> {
        let mut position = Position::First;
        self.store_slots_from(vm, raw, slots, place, room, table, mode, &mut position)
    }
    #[allow(clippy::too_many_arguments)]
    fn store_slots_from(
        &self,
        vm: &mut Vm,
        raw: TypeId,
        slots: &[Slot],
        place: Place,
        room: usize,
        table: Value,
        mode: Mode,
        position: &mut Position,
    ) -> Result<(), Raised> {
        let is_union = {
            let types = self.types.borrow();
            match types.kind(raw) {
                Kind::Record(index) => types.record(index).is_union,
                _ => false,
            }
        };
        for slot in slots {
            let at = place.offset(slot.offset as isize);
            let inner_room = room.saturating_sub(slot.offset);
            if slot.member.kind == MemberKind::Anonymous {
                let inner = self.types.borrow().raw(slot.member.type_id);
                let inner_slots = self.slots(vm, inner);
                self.store_slots_from(
                    vm,
                    inner,
                    &inner_slots,
                    at,
                    inner_room,
                    table,
                    mode,
                    position,
                )?;
                continue;
            }
            let value = match position.next(vm, table) {
                Next::Value(value) => value,
                Next::End => break,
                Next::ByName => {
                    let value = vm.raw_get(table, slot.name);
                    if value.is_nil() {
                        continue;
                    }
                    value
                }
            };
            self.store_member(vm, &slot.member, at, inner_room, value, mode)?;
            if is_union {
                break;
            }
        }
        Ok(())
    }
}

/// Where in a table the next member's value is.
enum Position {
    First,
    Index(i64),
    Names,
}

enum Next {
    Value(Value),
    ByName,
    End,
}

impl Position {
    fn next(&mut self, vm: &mut Vm, table: Value) -> Next {
        match *self {
            Position::Names => Next::ByName,
            Position::First => {
                for index in [0, 1] {
                    let value = vm.raw_get_index(table, index);
                    if !value.is_nil() {
                        *self = Position::Index(index + 1);
                        return Next::Value(value);
                    }
                }
                *self = Position::Names;
                Next::ByName
            }
            Position::Index(index) => {
                let value = vm.raw_get_index(table, index);
                if value.is_nil() {
                    return Next::End;
                }
                *self = Position::Index(index + 1);
                Next::Value(value)
            }
        }
    }
}

/// Copies the first element over the rest.
fn repeat_first(place: Place, step: usize, size: usize) {
    let mut offset = step;
    while step > 0 && offset + step <= size {
        place.offset(offset as isize).copy_from(place, step);
        offset += step;
    }
}
