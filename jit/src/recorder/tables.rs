//! Tables: reading and writing by name, by index and by anything else; constructors; metatables.
//!
//! Named values are found at recording time; the trace guards the shape and loads the slot. What a metatable's `__index` leads to
//! is found through constants: the metatable is part of the shape, so its own shape and the value of its `__index` are guarded, then the
//! next table is looked at. Array elements are one bounds check. Everything without a rule of its own goes through helpers
//! that do a general access and fail where a function would have to be called.
//!
//! Invariant: all guards of an access come before its store.

use super::abort::AbortReason;
use super::view::{self, Instr, TableView};
use super::{Recorded, Recorder, integer_of};
use crate::helpers::HelperName;
use crate::ir::{Constant, Field, Operation, Ref, Type};
use rlove_vm::bytecode::Opcode;
use rlove_vm::interpreter::metamethod::Metamethod;
use rlove_vm::object::Table;
use rlove_vm::object::shape::{DICTIONARY_SHAPE, EMPTY_SHAPE, METATABLE_APART, PROTOTYPE};
use rlove_vm::object::table::ARRAY_ALL_NUMBERS;
use rlove_vm::value::{Value, ValueType};
use rlove_vm::vm::Vm;

/// What an access found.
pub(super) enum Found {
    /// This value.
    Value(Ref),
    /// A function to call with this receiver and the key.
    Call(Value, Ref),
}

/// Longest `__index` chain that is recorded.
const MOST_CHAIN: u32 = 20;

impl Recorder {
    /// The table has the shape that it has.
    pub(super) fn guard_shape(&mut self, table: Ref, view: &TableView) {
        self.guard(
            Operation::GuardShape,
            [table, Ref::NONE, Ref::NONE],
            view.shape,
        );
    }
    /// A value is this one.
    pub(super) fn guard_value(&mut self, reference: Ref, value: Value) {
        if reference.as_constant().is_some() {
            return;
        }
        let constant = self.constant(value);
        match self.ty(reference) {
            Type::Value => self.guard2(Operation::GuardBits, reference, constant),
            Type::Integer => {
                let constant = self.integer(value.raw_double() as i32);
                self.guard2(Operation::Equal, reference, constant);
            }
            _ => self.guard2(Operation::Equal, reference, constant),
        }
    }
    fn guard_not_nil(&mut self, reference: Ref) {
        if self.ty(reference) == Type::Value && reference.as_constant().is_none() {
            let nil = self.constant(Value::NIL);
            self.guard2(Operation::GuardNotBits, reference, nil);
        }
    }
    /// A loaded value that is not nil, unboxed; what stays a word is guarded not to be nil.
    fn loaded(&mut self, reference: Ref, actual: Value) -> Result<Ref, AbortReason> {
        let typed = self.typed(reference, actual)?;
        self.guard_not_nil(typed);
        Ok(typed)
    }
    fn body_of(&mut self, table: Ref) -> Ref {
        self.load_field(table, Field::TableBody)
    }
    fn load_slot(&mut self, table: Ref, view: &TableView, slot: u32) -> Ref {
        self.guard(
            Operation::GuardInlineCapacity,
            [table, Ref::NONE, Ref::NONE],
            view.inline_capacity,
        );
        if slot < view.inline_capacity {
            return self.emit(Operation::LoadInline, Type::Value, &[table], slot);
        }
        let body = self.body_of(table);
        let slots = self.load_field(body, Field::SlotArray);
        self.emit(
            Operation::LoadSlotArray,
            Type::Value,
            &[slots],
            slot - view.inline_capacity,
        )
    }

    // ---- Metatables ----

    /// The metatable of a table, guarded (the shape is guarded too); null if it has none.
    fn metatable_of_table(&mut self, vm: &Vm, table: Ref, view: &TableView) -> *mut Table {
        self.guard_shape(table, view);
        let shape = vm.heap.shapes.get(view.shape);
        if shape.flags & METATABLE_APART == 0 {
            return shape.metatable;
        }
        let metatable = view.body_metatable;
        let body = self.body_of(table);
        let loaded = self.load_field(body, Field::Metatable);
        let constant = self.pointer(metatable as usize);
        self.guard2(Operation::Equal, loaded, constant);
        if !metatable.is_null() {
            self.trace.roots.push(Value::table(metatable).bits());
        }
        metatable
    }
    /// The metatable of any typed value, guarded.
    fn metatable_of(&mut self, vm: &Vm, reference: Ref, actual: Value) -> *mut Table {
        if let Some(table) = actual.as_table() {
            return self.metatable_of_table(vm, reference, &TableView::of(table));
        }
        if actual.as_userdata().is_some() {
            self.guard_userdata(reference, actual);
            return view::userdata_metatable(actual);
        }
        // The metatables of types change only by debug.setmetatable, which throws all traces away.
        if self.ty(reference) == Type::Value && reference.as_constant().is_none() {
            self.guard_value(reference, actual);
        }
        if actual.as_heap().is_some()
            && self.ty(reference) == Type::Object
            && let Some((kind, _)) = view::object_of(actual)
        {
            self.guard(
                Operation::GuardKind,
                [reference, Ref::NONE, Ref::NONE],
                kind as u32,
            );
        }
        vm.metatable_of(actual)
    }
    fn guard_userdata(&mut self, reference: Ref, actual: Value) {
        if let Some((kind, shape)) = view::object_of(actual) {
            self.guard(
                Operation::GuardKind,
                [reference, Ref::NONE, Ref::NONE],
                kind as u32,
            );
            if shape == EMPTY_SHAPE {
                // Without a shape of its own only the object itself is known.
                self.guard_value(reference, actual);
            } else {
                self.guard(
                    Operation::GuardShape,
                    [reference, Ref::NONE, Ref::NONE],
                    shape,
                );
            }
        }
    }
    /// The value of `key` in a constant table (a metatable), guarded.
    fn constant_field(
        &mut self,
        vm: &Vm,
        table: *mut Table,
        key: Value,
    ) -> Result<Value, AbortReason> {
        let reference = self.constant(Value::table(table));
        let view = TableView::of(table);
        let actual = view.named(&vm.heap, key);
        match self.own_named(vm, reference, &view, key)? {
            Some(value) if !actual.is_nil() => {
                self.guard_value(value, actual);
                Ok(actual)
            }
            _ => Ok(Value::NIL),
        }
    }
    /// The metamethod of a typed value, guarded; nil if it has none.
    pub(super) fn metamethod_of(
        &mut self,
        vm: &Vm,
        reference: Ref,
        actual: Value,
        event: Metamethod,
    ) -> Result<Value, AbortReason> {
        let metatable = self.metatable_of(vm, reference, actual);
        if metatable.is_null() {
            return Ok(Value::NIL);
        }
        self.constant_field(vm, metatable, vm.metamethod_name(event))
    }

    // ---- Reading ----

    /// `object[key]`
    pub(super) fn get_table(
        &mut self,
        vm: &Vm,
        object: (Ref, Value),
        key: (Ref, Value),
    ) -> Result<Found, AbortReason> {
        let Some(table) = object.1.as_table() else {
            return self.get_from_metatable(vm, object, key, 0);
        };
        let view = TableView::of(table);
        if key.1.is_interned_string() && key.0.as_constant().is_some() {
            return self.get_named(vm, object, key, 0);
        }
        if let Some(index) = key.1.as_array_index()
            && key.1.is_number()
            && !view.is_weak()
        {
            return self.get_element(vm, object, &view, (key.0, index));
        }
        self.get_generic(vm, object, key)
    }
    fn get_generic(
        &mut self,
        vm: &Vm,
        object: (Ref, Value),
        key: (Ref, Value),
    ) -> Result<Found, AbortReason> {
        if self.needs_call(vm, object.1, key.1) {
            return Err(AbortReason::UnknownTable);
        }
        Ok(Found::Value(self.call(
            HelperName::Index,
            Type::Value,
            &[object.0, key.0],
        )))
    }
    /// Whether a general read would call a function.
    fn needs_call(&self, vm: &Vm, object: Value, key: Value) -> bool {
        let mut object = object;
        // A long string that nothing interned is a key of no table.
        let (key, is_unknown) = match view::interned_already(&vm.heap, key) {
            Some(key) => (key, false),
            None => (key, true),
        };
        for _ in 0..MOST_CHAIN {
            let Some(table) = object.as_table() else {
                return true;
            };
            let view = TableView::of(table);
            let is_there = if is_unknown {
                false
            } else if key.is_interned_string() {
                !view.named(&vm.heap, key).is_nil()
            } else if let Some(index) = key.as_array_index() {
                !view.integer(i64::from(index)).is_nil()
            } else {
                view.entry(key).is_some_and(|(_, value)| !value.is_nil())
            };
            if is_there {
                return false;
            }
            let handler = vm.metamethod(object, Metamethod::Index);
            if handler.is_nil() {
                return false;
            }
            object = handler;
        }
        true
    }
    /// Own value of a constant string key, typed and not nil; `None` if it has none. Guards the shape or the hash entry.
    fn own_named(
        &mut self,
        vm: &Vm,
        table: Ref,
        view: &TableView,
        key: Value,
    ) -> Result<Option<Ref>, AbortReason> {
        if view.shape == DICTIONARY_SHAPE {
            return self.own_dictionary_entry(table, view, key);
        }
        self.guard_shape(table, view);
        let Some(slot) = vm.heap.shapes.lookup(view.shape, key) else {
            return Ok(None);
        };
        let actual = view.slot(slot);
        let value = self.load_slot(table, view, slot);
        self.present(value, actual)
    }
    /// A value just loaded, which at recording was `actual`; `None` where that is nil, with a guard either way.
    fn present(&mut self, value: Ref, actual: Value) -> Result<Option<Ref>, AbortReason> {
        if actual.is_nil() {
            self.guard_value(value, Value::NIL);
            return Ok(None);
        }
        Ok(Some(self.loaded(value, actual)?))
    }
    fn own_dictionary_entry(
        &mut self,
        table: Ref,
        view: &TableView,
        key: Value,
    ) -> Result<Option<Ref>, AbortReason> {
        self.guard_shape(table, view);
        let (Some((index, actual)), false) = (view.entry(key), view.is_weak()) else {
            return Err(AbortReason::UnknownTable);
        };
        let body = self.body_of(table);
        let part = self.load_field(body, Field::SlotArray);
        let key = self.constant(key);
        self.guard(Operation::GuardHashEntry, [part, key, Ref::NONE], index);
        let value = self.emit(Operation::LoadHashValue, Type::Value, &[part], index);
        self.present(value, actual)
    }
    fn get_named(
        &mut self,
        vm: &Vm,
        object: (Ref, Value),
        key: (Ref, Value),
        depth: u32,
    ) -> Result<Found, AbortReason> {
        let Some(table) = object.1.as_table() else {
            return self.get_from_metatable(vm, object, key, depth);
        };
        let view = TableView::of(table);
        if view.shape == DICTIONARY_SHAPE && (view.entry(key.1).is_none() || view.is_weak()) {
            return self.get_generic(vm, object, key);
        }
        if let Some(value) = self.own_named(vm, object.0, &view, key.1)? {
            return Ok(Found::Value(value));
        }
        self.get_from_metatable(vm, object, key, depth)
    }
    /// The value is absent (or the object no table): what `__index` says.
    fn get_from_metatable(
        &mut self,
        vm: &Vm,
        object: (Ref, Value),
        key: (Ref, Value),
        depth: u32,
    ) -> Result<Found, AbortReason> {
        if depth > MOST_CHAIN || object.1.as_cdata().is_some() {
            return Err(AbortReason::UnknownTable);
        }
        let handler = self.metamethod_of(vm, object.0, object.1, Metamethod::Index)?;
        if handler.is_nil() {
            if !object.1.is_table() {
                return Err(AbortReason::BadOperand);
            }
            return Ok(Found::Value(self.constant(Value::NIL)));
        }
        if handler.is_function() {
            return Ok(Found::Call(handler, object.0));
        }
        let reference = self.constant(handler);
        if key.1.is_interned_string() && key.0.as_constant().is_some() {
            return self.get_named(vm, (reference, handler), key, depth + 1);
        }
        if handler.is_table() {
            return self.get_table(vm, (reference, handler), key);
        }
        Err(AbortReason::UnknownTable)
    }
    fn get_element(
        &mut self,
        vm: &Vm,
        object: (Ref, Value),
        view: &TableView,
        key: (Ref, i32),
    ) -> Result<Found, AbortReason> {
        let index = self.integer_of(key.0);
        if key.1 >= 0 && key.1 as u32 <= view.array_length {
            let actual = view.element(key.1 as u32);
            let body = self.body_of(object.0);
            let length = self.load_field(body, Field::ArrayLength);
            if !(key.1 == 0 && view.array_capacity == 0) {
                self.guard2(Operation::Bounds, index, length);
                let value = self.emit(Operation::LoadElement, Type::Value, &[body, index], 0);
                if !actual.is_nil() {
                    return Ok(Found::Value(self.loaded(value, actual)?));
                }
                self.guard_value(value, Value::NIL);
                return self.get_from_metatable(vm, object, (index, Value::from(key.1)), 0);
            }
        }
        let is_absent = view.hash.is_null() && (key.1 != 0 || view.array_capacity == 0);
        if is_absent && key.1 != 0 {
            let body = self.body_of(object.0);
            let length = self.load_field(body, Field::ArrayLength);
            self.guard2(Operation::UnsignedLess, length, index);
            let hash = self.load_field(body, Field::HashPart);
            let null = self.pointer(0);
            self.guard2(Operation::Equal, hash, null);
            return self.get_from_metatable(vm, object, (index, Value::from(key.1)), 0);
        }
        let value = Value::from(key.1);
        self.get_generic(vm, object, (index, value))
    }
    /// The element `index` (an integer reference) without metamethods, of what `ipairs` walks; `None` if it is nil.
    pub(super) fn get_raw_element(
        &mut self,
        object: (Ref, Value),
        index: (Ref, i32),
    ) -> Result<Option<Ref>, AbortReason> {
        let view = object
            .1
            .as_table()
            .map(TableView::of)
            .ok_or(AbortReason::BadOperand)?;
        if view.is_weak() || index.1 < 1 {
            return Err(AbortReason::UnknownTable);
        }
        let body = self.body_of(object.0);
        let length = self.load_field(body, Field::ArrayLength);
        if index.1 as u32 <= view.array_length {
            let actual = view.element(index.1 as u32);
            self.guard2(Operation::Bounds, index.0, length);
            let value = self.emit(Operation::LoadElement, Type::Value, &[body, index.0], 0);
            if actual.is_nil() {
                self.guard_value(value, Value::NIL);
                return Ok(None);
            }
            return Ok(Some(self.loaded(value, actual)?));
        }
        if !view.hash.is_null() {
            return Err(AbortReason::UnknownTable);
        }
        self.guard2(Operation::UnsignedLess, length, index.0);
        let hash = self.load_field(body, Field::HashPart);
        let null = self.pointer(0);
        self.guard2(Operation::Equal, hash, null);
        Ok(None)
    }

    // ---- Writing ----

    /// `object[key] = value`
    pub(super) fn set_table(
        &mut self,
        vm: &Vm,
        instruction: &Instr,
        object: (Ref, Value),
        key: (Ref, Value),
        value: (Ref, Value),
    ) -> Recorded {
        let Some(table) = object.1.as_table() else {
            return self.set_by_metamethod(vm, instruction, object, key, value);
        };
        let view = TableView::of(table);
        let is_new = {
            let own = if key.1.is_interned_string() {
                view.named(&vm.heap, key.1)
            } else if let (true, Some(index)) = (key.1.is_number(), key.1.as_array_index()) {
                view.integer(i64::from(index))
            } else if key.1.is_string() {
                return self.set_generic(vm, object, key, value);
            } else {
                view.entry(key.1).map_or(Value::NIL, |(_, value)| value)
            };
            own.is_nil()
        };
        if is_new && !vm.metamethod(object.1, Metamethod::NewIndex).is_nil() {
            return self.set_by_metamethod(vm, instruction, object, key, value);
        }
        if key.1.is_interned_string() && key.0.as_constant().is_some() {
            return self.set_named(vm, object, &view, key, value);
        }
        if let Some(index) = key.1.as_array_index()
            && key.1.is_number()
            && !value.1.is_nil()
            && self.set_element(vm, object.0, &view, (key.0, index), value)?
        {
            return Ok(());
        }
        self.set_generic(vm, object, key, value)
    }
    /// `__newindex`, for a key that is not there.
    fn set_by_metamethod(
        &mut self,
        vm: &Vm,
        instruction: &Instr,
        object: (Ref, Value),
        key: (Ref, Value),
        value: (Ref, Value),
    ) -> Recorded {
        if let Some(table) = object.1.as_table() {
            // That it is absent must be proved: by the shape.
            let view = TableView::of(table);
            let is_named = key.1.is_interned_string() && key.0.as_constant().is_some();
            if !is_named || view.shape == DICTIONARY_SHAPE {
                return Err(AbortReason::UnknownTable);
            }
            self.own_named(vm, object.0, &view, key.1)?;
        }
        let handler = self.metamethod_of(vm, object.0, object.1, Metamethod::NewIndex)?;
        if handler.is_nil() {
            return Err(AbortReason::BadOperand);
        }
        if handler.is_table() {
            let reference = self.constant(handler);
            return self.set_table(vm, instruction, (reference, handler), key, value);
        }
        self.call_metamethod(vm, instruction, handler, &[object.0, key.0, value.0], 0)
    }
    fn set_generic(
        &mut self,
        _vm: &Vm,
        object: (Ref, Value),
        key: (Ref, Value),
        value: (Ref, Value),
    ) -> Recorded {
        if key.1.is_nil() || key.1.is_number() && key.1.raw_double().is_nan() {
            return Err(AbortReason::BadOperand);
        }
        self.call(HelperName::Store, Type::Value, &[object.0, key.0, value.0]);
        Ok(())
    }
    fn set_named(
        &mut self,
        vm: &Vm,
        object: (Ref, Value),
        view: &TableView,
        key: (Ref, Value),
        value: (Ref, Value),
    ) -> Recorded {
        let is_special = key
            .1
            .string_bytes()
            .is_some_and(|name| name.starts_with(b"__"));
        if is_special {
            return self.set_generic(vm, object, key, value);
        }
        if view.shape == DICTIONARY_SHAPE {
            return self.set_dictionary_entry(vm, object, view, key, value);
        }
        let shapes = &vm.heap.shapes;
        let flags = shapes.get(view.shape).flags;
        let metatable = view.metatable(&vm.heap);
        if let Some(slot) = shapes.lookup(view.shape, key.1) {
            let old = view.slot(slot);
            let is_plain = metatable.is_null() && flags & METATABLE_APART == 0;
            if old.is_nil() && !is_plain {
                return self.set_generic(vm, object, key, value);
            }
            self.guard_shape(object.0, view);
            self.guard(
                Operation::GuardInlineCapacity,
                [object.0, Ref::NONE, Ref::NONE],
                view.inline_capacity,
            );
            if !is_plain {
                let loaded = self.load_slot(object.0, view, slot);
                self.guard_not_nil(loaded);
            }
            self.store_slot(object.0, view, slot, value.0);
            return Ok(());
        }
        self.add_named(vm, object, view, key, value)
    }
    fn store_slot(&mut self, table: Ref, view: &TableView, slot: u32, value: Ref) {
        if slot < view.inline_capacity {
            self.emit(Operation::StoreInline, Type::None, &[table, value], slot);
            return;
        }
        let body = self.body_of(table);
        let slots = self.load_field(body, Field::SlotArray);
        self.emit(
            Operation::StoreSlotArray,
            Type::None,
            &[slots, value],
            slot - view.inline_capacity,
        );
    }
    fn add_named(
        &mut self,
        vm: &Vm,
        object: (Ref, Value),
        view: &TableView,
        key: (Ref, Value),
        value: (Ref, Value),
    ) -> Recorded {
        let shape = vm.heap.shapes.get(view.shape);
        let slot = shape.slot_count;
        let child = vm.heap.shapes.child(view.shape, key.1);
        let is_simple = shape.flags & (METATABLE_APART | PROTOTYPE) == 0
            && slot < view.inline_capacity
            && !value.1.is_nil();
        let (true, Some(child)) = (is_simple, child) else {
            return self.set_generic(vm, object, key, value);
        };
        let metatable = shape.metatable;
        self.guard_shape(object.0, view);
        self.guard(
            Operation::GuardInlineCapacity,
            [object.0, Ref::NONE, Ref::NONE],
            view.inline_capacity,
        );
        if !metatable.is_null() {
            let name = vm.metamethod_name(Metamethod::NewIndex);
            if !self.constant_field(vm, metatable, name)?.is_nil() {
                return Err(AbortReason::Metamethod);
            }
        }
        self.guard_not_nil(value.0);
        self.emit(Operation::StoreShape, Type::None, &[object.0], child);
        self.emit(
            Operation::StoreInline,
            Type::None,
            &[object.0, value.0],
            slot,
        );
        Ok(())
    }
    fn set_dictionary_entry(
        &mut self,
        vm: &Vm,
        object: (Ref, Value),
        view: &TableView,
        key: (Ref, Value),
        value: (Ref, Value),
    ) -> Recorded {
        let entry = view.entry(key.1).filter(|(_, old)| !old.is_nil());
        let Some((index, _)) = entry else {
            return self.set_generic(vm, object, key, value);
        };
        self.guard_shape(object.0, view);
        let body = self.body_of(object.0);
        let part = self.load_field(body, Field::SlotArray);
        self.guard(Operation::GuardHashEntry, [part, key.0, Ref::NONE], index);
        let old = self.emit(Operation::LoadHashValue, Type::Value, &[part], index);
        self.guard_not_nil(old);
        self.emit(
            Operation::StoreHashValue,
            Type::None,
            &[part, value.0],
            index,
        );
        Ok(())
    }
    /// A store into the array part or at its end; false if there is no rule for it.
    pub(super) fn set_element(
        &mut self,
        vm: &Vm,
        table: Ref,
        view: &TableView,
        key: (Ref, i32),
        value: (Ref, Value),
    ) -> Result<bool, AbortReason> {
        if key.1 < 0 || view.is_weak() {
            return Ok(false);
        }
        let is_plain = view.shape != DICTIONARY_SHAPE
            && vm.heap.shapes.get(view.shape).flags & METATABLE_APART == 0
            && vm.heap.shapes.get(view.shape).metatable.is_null();
        let in_bounds = key.1 as u32 <= view.array_length && view.array_capacity > 0;
        let is_append = key.1 as u32 == view.array_length + 1
            && view.array_length < view.array_capacity
            && view.hash.is_null()
            && is_plain;
        if in_bounds && (is_plain || !view.element(key.1 as u32).is_nil()) {
            let index = self.integer_of(key.0);
            let body = self.body_of(table);
            let length = self.load_field(body, Field::ArrayLength);
            if key.1 == 0 {
                // Element 0 exists only where there is an array.
                self.guard2(Operation::UnsignedLess, index, length);
            } else {
                self.guard2(Operation::Bounds, index, length);
            }
            if is_plain {
                self.guard_shape(table, view);
            } else {
                let old = self.emit(Operation::LoadElement, Type::Value, &[body, index], 0);
                self.guard_not_nil(old);
            }
            self.guard_not_nil(value.0);
            if key.1 == 0 && view.array_length == 0 {
                return Ok(false);
            }
            self.note_element_kind(body, view, value);
            self.emit(
                Operation::StoreElement,
                Type::None,
                &[body, index, value.0],
                0,
            );
            return Ok(true);
        }
        if is_append {
            let index = self.integer_of(key.0);
            let body = self.body_of(table);
            let length = self.load_field(body, Field::ArrayLength);
            let one = self.integer(1);
            let end = self.emit(Operation::AddInteger, Type::Integer, &[length, one], 0);
            self.guard2(Operation::Equal, index, end);
            let capacity = self.load_field(body, Field::ArrayCapacity);
            self.guard2(Operation::Less, length, capacity);
            let hash = self.load_field(body, Field::HashPart);
            let null = self.pointer(0);
            self.guard2(Operation::Equal, hash, null);
            self.guard_shape(table, view);
            self.guard_not_nil(value.0);
            self.note_element_kind(body, view, value);
            self.emit(
                Operation::StoreElement,
                Type::None,
                &[body, index, value.0],
                0,
            );
            self.emit(
                Operation::StoreField,
                Type::None,
                &[body, index],
                Field::ArrayLength as u32,
            );
            return Ok(true);
        }
        Ok(false)
    }
    /// A value that is no number goes into the array: its flag must be off.
    fn note_element_kind(&mut self, body: Ref, view: &TableView, value: (Ref, Value)) {
        if value.1.is_number() {
            return;
        }
        let zero = self.integer(0);
        if view.array_flags & ARRAY_ALL_NUMBERS == 0 {
            let flags = self.load_field(body, Field::ArrayFlags);
            self.guard2(Operation::Equal, flags, zero);
        } else {
            self.emit(
                Operation::StoreField,
                Type::None,
                &[body, zero],
                Field::ArrayFlags as u32,
            );
        }
    }

    // ---- Constructors ----

    pub(super) fn record_constructor(&mut self, vm: &Vm, instruction: &Instr) -> Recorded {
        match instruction.opcode {
            Opcode::NewTable => {
                let learned = instruction.extra(1).min(32);
                let array = instruction.d;
                let table = if array > 0 {
                    let slots = self.integer(learned as i32);
                    let capacity = self.integer(array);
                    self.call(HelperName::NewArrayTable, Type::Table, &[slots, capacity])
                } else {
                    let literal = EMPTY_SHAPE | learned.max(4) << 24;
                    self.emit(Operation::NewTable, Type::Table, &[], literal)
                };
                self.allocates = true;
                self.write_register(instruction.a, table);
                Ok(())
            }
            Opcode::NewRecord => self.record_new_record(instruction),
            _ => self.record_set_list(vm, instruction),
        }
    }
    fn record_new_record(&mut self, instruction: &Instr) -> Recorded {
        let template = instruction.extra(1) as usize;
        let template = &self.frame().prototype.data().templates[template];
        let (Some(shape), count) = (template.shape, template.keys.len() as u32) else {
            return Err(AbortReason::UnknownTable);
        };
        let mut values = Vec::new();
        for index in 0..count as i32 {
            let slot = self.slot_of(instruction.b + index);
            values.push(self.read(slot));
        }
        let table = self.emit(Operation::NewTable, Type::Table, &[], shape | count << 24);
        self.allocates = true;
        for (slot, &value) in values.iter().enumerate() {
            let literal = slot as u32 | crate::ir::NO_BARRIER;
            self.emit(Operation::StoreInline, Type::None, &[table, value], literal);
        }
        self.write_register(instruction.a, table);
        Ok(())
    }
    /// Elements of a constructor: only of a table made in this trace with room for them.
    fn record_set_list(&mut self, vm: &Vm, instruction: &Instr) -> Recorded {
        let first = instruction.extra(1) as i32;
        let mut count = instruction.d;
        if instruction.opcode == Opcode::SetListMultiple {
            self.current_snapshot();
            let (_, open) = self.open.take().ok_or(AbortReason::OpenResults)?;
            count += open as i32;
        }
        let (table, actual) = (
            self.typed_register(vm, instruction.a)?,
            self.actual_register(vm, instruction.a),
        );
        let view = actual
            .as_table()
            .map(TableView::of)
            .ok_or(AbortReason::BadOperand)?;
        let room = self.room_of_fresh(table);
        if count > 64 || !view.hash.is_null() {
            return Err(AbortReason::UnknownTable);
        }
        let mut values = Vec::new();
        for index in 0..count {
            let register = instruction.a + 1 + index;
            let value = self.typed_register(vm, register)?;
            let actual = self.actual_register(vm, register);
            if actual.is_nil() {
                self.guard_value(value, actual);
            } else {
                self.guard_not_nil(value);
            }
            values.push((value, actual));
        }
        if room < first + count - 1 {
            let capacity = self.integer(first + count - 1);
            self.call(HelperName::ReserveArray, Type::Value, &[table, capacity]);
        }
        let body = self.body_of(table);
        let mut last = 0;
        for (index, (value, actual)) in values.iter().enumerate() {
            let key = first + index as i32;
            if !actual.is_nil() {
                last = key;
            }
            let key = self.integer(key);
            self.emit(Operation::StoreElement, Type::None, &[body, key, *value], 0);
        }
        if values.iter().any(|(_, actual)| !actual.is_number()) {
            let zero = self.integer(0);
            self.emit(
                Operation::StoreField,
                Type::None,
                &[body, zero],
                Field::ArrayFlags as u32,
            );
        }
        if last > 0 {
            let last = self.integer(last);
            self.emit(
                Operation::StoreField,
                Type::None,
                &[body, last],
                Field::ArrayLength as u32,
            );
        }
        Ok(())
    }
    /// Room for elements of a table that a helper of this trace made; 0 for others.
    fn room_of_fresh(&self, table: Ref) -> i32 {
        let Some(index) = table.as_instruction() else {
            return 0;
        };
        let instruction = &self.trace.instructions[index];
        if instruction.operation != Operation::CallHelper
            || instruction.literal != HelperName::NewArrayTable as u32
        {
            return 0;
        }
        let arguments = self.trace.arguments_of(instruction);
        match arguments
            .get(1)
            .and_then(|&room| self.trace.constant_at(room))
        {
            Some(Constant::Integer(room)) => room,
            _ => 0,
        }
    }
    /// A key as an integer reference, if its value is one.
    pub(super) fn integer_key(&mut self, key: (Ref, Value)) -> Option<(Ref, i32)> {
        let index = integer_of(key.1.as_number()?)?;
        Some((self.integer_of(key.0), index))
    }
    /// Whether a value is of a type that `type()` names without looking at an object's header.
    pub(super) fn type_name_of(&mut self, reference: Ref, actual: Value) -> &'static str {
        match actual.value_type() {
            ValueType::Nil | ValueType::Boolean | ValueType::LightUserData => {
                self.guard_value(reference, actual);
            }
            ValueType::UserData | ValueType::Thread | ValueType::CData => {
                if let Some((kind, _)) = view::object_of(actual) {
                    self.guard(
                        Operation::GuardKind,
                        [reference, Ref::NONE, Ref::NONE],
                        kind as u32,
                    );
                }
            }
            _ => {}
        }
        actual.type_name()
    }
}
