//! Table constructors.
//!
//! Fields with constant names at the front become one `NewRecord`, whose values are computed into consecutive
//! registers first; positional items are stored in batches by `SetList`. Example: `{x = 1, y = f(), 10, 20}`:
//!
//! ```text
//! loadint 0 1; getglobal 1 "f"; call 1 → 1 result
//! newrecord 0 0 {x, y}
//! loadint 1 10; loadint 2 20
//! setlist 0, 2 values from index 1
//! ```
//!
//! Invariants: values are evaluated in the order of the source, and of two stores to one key the later one in the source
//! wins (as in LuaJIT; Lua 5.1 lets positional items win). Batches get smaller in deeply nested constructors so
//! that these do not run out of registers.

use super::builder::FRAME_SLOTS_MAX;
use super::operand::{Key, Operand, Value};
use super::{Compiler, SemanticError};
use crate::bytecode::Opcode;
use crate::syntax::ast::*;
use std::rc::Rc;

/// Most fields of a `NewRecord`.
const RECORD_FIELDS_MAX: usize = 40;
/// Most items of a `SetList`.
const LIST_ITEMS_MAX: usize = 50;

/// A constructor whose table is in a register already.
struct OpenTable {
    table: u8,
    /// Index of the first item that is in a register but not in the table.
    first_index: u32,
    /// Number of such items.
    pending: u32,
    batch: u32,
}

impl Compiler {
    /// Compiles a table constructor.
    pub(super) fn table(
        &mut self,
        items: &[TableItem],
        line: Line,
    ) -> Result<Operand, SemanticError> {
        let mark = self.mark();
        let room = FRAME_SLOTS_MAX.saturating_sub(mark) as usize / 3;
        let fields = self.record_length(items, RECORD_FIELDS_MAX.min(room));
        let pc = if fields > 0 {
            self.record(&items[..fields], mark, line)?
        } else {
            self.at_line(line);
            let positions = items
                .iter()
                .filter(|item| item.key == TableKey::Position)
                .count();
            let capacity = positions.min(usize::from(u16::MAX)) as u16;
            self.current
                .builder
                .emit_ad(Opcode::NewTable, 0, capacity, &[])?
        };
        if fields == items.len() {
            return Ok(Value::Pending { pc }.into());
        }
        let table = self.current.builder.reserve(1)?;
        self.current.builder.set_a(pc, table);
        let mut open = OpenTable {
            table,
            first_index: 1,
            pending: 0,
            batch: LIST_ITEMS_MAX.min(room).max(1) as u32,
        };
        let rest = &items[fields..];
        for (index, item) in rest.iter().enumerate() {
            self.item(&mut open, item, index + 1 == rest.len())?;
        }
        self.at_line(line);
        self.flush(&mut open)?;
        Ok(Value::Register(table).into())
    }

    /// How many items at the front are fields with different names.
    fn record_length(&self, items: &[TableItem], most: usize) -> usize {
        let mut names: Vec<&Bytes> = Vec::new();
        for item in items.iter().take(most) {
            match field_name(item) {
                Some(name) if !names.contains(&name) => names.push(name),
                _ => break,
            }
        }
        names.len()
    }

    fn record(&mut self, items: &[TableItem], mark: u32, line: Line) -> Result<u32, SemanticError> {
        let mut keys = Vec::with_capacity(items.len());
        for item in items {
            if let Some(name) = field_name(item) {
                keys.push(self.current.builder.string_constant(&Rc::clone(name)));
            }
            self.place_next(&item.value)?;
        }
        self.at_line(line);
        let builder = &mut self.current.builder;
        builder.free_register = mark;
        let template = builder.template(keys);
        builder.emit_abc(Opcode::NewRecord, 0, mark as u8, 0, &[template])
    }

    fn item(
        &mut self,
        open: &mut OpenTable,
        item: &TableItem,
        is_last: bool,
    ) -> Result<(), SemanticError> {
        let mark = self.mark();
        match &item.key {
            TableKey::Position => {
                let operand = self.expression(&item.value)?;
                if is_last && self.leave_open(&operand).is_some() {
                    self.at_line(item.line);
                    self.current.builder.emit_ad(
                        Opcode::SetListMultiple,
                        open.table,
                        open.pending as u16,
                        &[open.first_index],
                    )?;
                    open.pending = 0;
                    self.current.builder.free_register = u32::from(open.table) + 1;
                    return Ok(());
                }
                self.place_operand_in_next(operand)?;
                open.pending += 1;
                if open.pending == open.batch {
                    self.flush(open)?;
                }
            }
            TableKey::Name(name) => {
                let name = self.current.builder.string_constant(name);
                let operand = self.single(&item.value)?;
                let value = self.place_operand_in_any(operand)?;
                self.at_line(item.line);
                self.store_index(open.table, Key::Field(name), value)?;
                self.current.builder.free_register = mark;
            }
            TableKey::Computed(key) => {
                // The key may be one of the positions.
                self.flush(open)?;
                let mark = self.mark();
                let key = self.single(key)?;
                let active = self.current.active_count();
                let target = self.current.builder.index(open.table, key, mark, active)?;
                let operand = self.single(&item.value)?;
                let value = self.place_operand_in_any(operand)?;
                self.at_line(item.line);
                if let Value::Index { object, key, .. } = target {
                    self.store_index(object, key, value)?;
                }
                self.current.builder.free_register = mark;
            }
        }
        Ok(())
    }

    fn flush(&mut self, open: &mut OpenTable) -> Result<(), SemanticError> {
        let builder = &mut self.current.builder;
        if open.pending > 0 {
            builder.emit_ad(
                Opcode::SetList,
                open.table,
                open.pending as u16,
                &[open.first_index],
            )?;
        }
        open.first_index = open.first_index.saturating_add(open.pending);
        open.pending = 0;
        builder.free_register = u32::from(open.table) + 1;
        Ok(())
    }
}

/// The name of an item `name = value` or `["name"] = value`.
fn field_name(item: &TableItem) -> Option<&Bytes> {
    match &item.key {
        TableKey::Name(name) => Some(name),
        TableKey::Computed(key) => match &key.kind {
            ExpressionKind::String(name) => Some(name),
            _ => None,
        },
        TableKey::Position => None,
    }
}
