//! Tables from Rust: raw access without metamethods.

use super::Vm;
use crate::call::Raised;
use crate::object::Table;
use crate::value::Value;

impl Vm {
    /// A new empty table.
    pub fn new_table(&mut self) -> Value {
        Value::table(self.heap.new_table(4))
    }
    /// A new table with room for so many array elements and named fields.
    pub fn new_table_with_capacity(
        &mut self,
        array: usize,
        fields: usize,
    ) -> Result<Value, Raised> {
        let table = self.heap.new_table(fields.min(32));
        // SAFETY: I4: just made.
        if array > 0 && unsafe { Table::grow_array(table, &mut self.heap, array) }.is_err() {
            return Err(self.raise_text("not enough memory"));
        }
        Ok(Value::table(table))
    }
    /// `table[name]` without metamethods; nil if `table` is no table.
    pub fn field(&mut self, table: Value, name: &str) -> Value {
        let key = self.heap.intern(name.as_bytes());
        self.raw_get(table, key)
    }
    /// `table[name] = value` without metamethods; nothing if `table` is no table.
    pub fn set_field(&mut self, table: Value, name: &str, value: impl Into<Value>) {
        let key = self.heap.intern(name.as_bytes());
        let value = value.into();
        if let Some(table) = table.as_table() {
            // SAFETY: I1. A string key cannot fail but for memory, which small tables have.
            let _ = unsafe { Table::set_string(table, &mut self.heap, key, value) };
            self.settle_caches();
        }
    }
    /// `table[key]` without metamethods; nil if `table` is no table.
    pub fn raw_get(&mut self, table: Value, key: Value) -> Value {
        match table.as_table() {
            // SAFETY: I1.
            Some(table) => unsafe { Table::get(table, &mut self.heap, key) },
            None => Value::NIL,
        }
    }
    /// `table[key] = value` without metamethods.
    pub fn raw_set(&mut self, table: Value, key: Value, value: Value) -> Result<(), Raised> {
        let Some(table) = table.as_table() else {
            return Ok(());
        };
        // SAFETY: I1.
        let result = unsafe { Table::set(table, &mut self.heap, key, value) };
        self.settle_caches();
        match result {
            Ok(()) => Ok(()),
            Err(error) => Err(self.raise_store_error(error)),
        }
    }
    /// `table[index]` without metamethods.
    #[inline]
    pub fn raw_get_index(&mut self, table: Value, index: i64) -> Value {
        match table.as_table() {
            // SAFETY: I1.
            Some(table) => unsafe {
                let value = Table::get_integer(table, index);
                if Table::is_weak_table(table) {
                    self.heap.mark_read(value);
                }
                value
            },
            None => Value::NIL,
        }
    }
    /// `table[index] = value` without metamethods.
    #[inline]
    pub fn raw_set_index(
        &mut self,
        table: Value,
        index: i64,
        value: impl Into<Value>,
    ) -> Result<(), Raised> {
        let value = value.into();
        let Some(table) = table.as_table() else {
            return Ok(());
        };
        let result = if i32::try_from(index).is_ok() {
            // SAFETY: I1.
            unsafe { Table::set_integer(table, &mut self.heap, index, value) }
        } else {
            // SAFETY: I1.
            unsafe { Table::set(table, &mut self.heap, Value::number(index as f64), value) }
        };
        match result {
            Ok(()) => Ok(()),
            Err(error) => Err(self.raise_store_error(error)),
        }
    }
    /// Moves `table[first..=last]` to `table[to..]` at once; false if that has to be done one by one ([`Table::move_elements`]).
    pub fn raw_move_elements(&mut self, table: Value, first: i64, last: i64, to: i64) -> bool {
        table.as_table().is_some_and(|table| {
            // SAFETY: I1.
            unsafe { Table::move_elements(table, &mut self.heap, first, last, to) }
        })
    }
    /// A number that functions with the same code share while that code lives; none for what is no function.
    pub fn code_identity(&self, function: Value) -> Option<usize> {
        // SAFETY: I1: a live function.
        function
            .as_function()
            .map(|function| unsafe { (*function).data as usize })
    }
    /// `#table` without metamethods; 0 if it is no table.
    #[inline]
    pub fn raw_length(&self, table: Value) -> usize {
        // SAFETY: I1.
        table
            .as_table()
            .map_or(0, |table| unsafe { Table::length(table) })
    }
    /// The entry after `key` (nil: the first). `Err(())`: the key is not in the table.
    #[allow(clippy::result_unit_err)]
    pub fn raw_next(&mut self, table: Value, key: Value) -> Result<Option<(Value, Value)>, ()> {
        let Some(table) = table.as_table() else {
            return Ok(None);
        };
        // SAFETY: I1.
        unsafe {
            let position = Table::position_after(table, &mut self.heap, key).ok_or(())?;
            Ok(Table::next_from(table, &mut self.heap, position)
                .map(|(key, value, _)| (key, value)))
        }
    }
    /// All entries of a table, in order.
    pub fn entries(&mut self, table: Value) -> Vec<(Value, Value)> {
        let mut entries = Vec::new();
        let Some(table) = table.as_table() else {
            return entries;
        };
        let mut position = 0;
        loop {
            // SAFETY: I1.
            let found = unsafe { Table::next_from(table, &mut self.heap, position) };
            let Some((key, value, next)) = found else {
                break;
            };
            entries.push((key, value));
            position = next;
        }
        entries
    }
    /// Sets (nil: removes) the metatable of a table.
    pub fn set_metatable(&mut self, table: Value, metatable: Value) -> Result<(), Raised> {
        let Some(table) = table.as_table() else {
            return Ok(());
        };
        let metatable = metatable.as_table().unwrap_or(std::ptr::null_mut());
        // SAFETY: I1.
        unsafe {
            let result = Table::set_metatable(table, &mut self.heap, metatable);
            if let Err(error) = result {
                return Err(self.raise_store_error(error));
            }
            if !metatable.is_null() && self.heap.apply_weakness(table, metatable).is_err() {
                return Err(self.raise_text("not enough memory"));
            }
        }
        Ok(())
    }
    /// Removes all entries of a table.
    pub fn clear_table(&mut self, table: Value) {
        if let Some(table) = table.as_table() {
            // SAFETY: I1.
            unsafe { Table::clear(table, &mut self.heap) };
            self.settle_caches();
        }
    }
}
