//! Jumps and loops.
//!
//! `pairs` loops: `IteratorPrepareNext` recognises the builtin `next` and puts a *position marker* (see [`Table::next_from`])
//! into the control slot, an internal value that programs never see. `IteratorNext` goes on from it; with anything else in the
//! control slot it behaves as `IteratorCall`, so nothing is ever patched and recursion through one loop is harmless.

use super::{b, calls, go, handler, next, unwind};
use crate::bytecode::Opcode;
use crate::object::Table;
use crate::value::Value;
use crate::vm::Vm;

/// The word-1 jump of the instruction whose first extra word is at `$pc`.
macro_rules! long_jump {
    ($pc:expr) => {
        $pc.add(1).offset(*$pc as i32 as isize)
    };
}

const POSITION_MARKER: Value = Value::marker(1 << 40);

/// The control value of a specialised traversal. The slot beside it always holds the table: only `IteratorPrepareNext` makes
/// markers, and `debug.setlocal` replaces the control value as a whole.
#[inline(always)]
fn position_marker(position: u64) -> Value {
    Value::from_bits(POSITION_MARKER.bits() | position)
}

/// Whether a control value is a position of a specialised traversal.
#[inline(always)]
pub(super) fn is_position(control: Value) -> bool {
    control.bits() >> 40 == POSITION_MARKER.bits() >> 40
}

/// Beyond the last traversal position.
const END: u64 = u64::MAX;

/// Writes the entry at or after `position` to `out[0]`, `out[1]`; the position after it, or [`END`]. Apart from the handlers, so that
/// they keep their tail calls.
#[inline(never)]
unsafe fn advance(vm: *mut Vm, table: *mut Table, position: u64, out: *mut Value) -> u64 {
    // SAFETY: I1, I6.
    unsafe {
        match Table::next_from(table, &mut (*vm).heap, position) {
            Some((key, value, position)) => {
                *out = key;
                *out.add(1) = value;
                position
            }
            None => END,
        }
    }
}
/// As [`Table::position_after`]; [`END`] if the key is not there.
#[inline(never)]
unsafe fn position_after(vm: *mut Vm, table: *mut Table, key: Value) -> u64 {
    // SAFETY: I1.
    unsafe { Table::position_after(table, &mut (*vm).heap, key).unwrap_or(END) }
}
/// Converts the three numbers of a numeric for; false if an error was raised.
#[inline(never)]
unsafe fn convert_bounds(vm: *mut Vm, bounds: *mut Value) -> bool {
    for (index, what) in ["initial value", "limit", "step"].iter().enumerate() {
        // SAFETY: I6: three registers of the running frame.
        unsafe {
            match (*vm).to_number(*bounds.add(index)) {
                Some(number) => *bounds.add(index) = Value::number(number),
                None => {
                    let _ = (*vm).raise_text(&format!("'for' {what} must be a number"));
                    return false;
                }
            }
        }
    }
    true
}

handler! {
    jump(pc, base, d, a, k, vm) {
        let word = *pc.sub(1);
        next!(pc.offset(crate::bytecode::opcode::operand_j(word) as isize), base, k, vm)
    }
    loop_head(pc, base, d, a, k, vm) {
        next!(pc, base, k, vm)
    }
    for_prepare(pc, base, d, a, k, vm) {
        let (index, limit, step) = (*base.add(a), *base.add(a + 1), *base.add(a + 2));
        if !index.is_number() || !limit.is_number() || !step.is_number() {
            return for_prepare_slow(pc, base, d, a, k, vm);
        }
        *base.add(a + 3) = index;
        let (index, limit) = (index.raw_double(), limit.raw_double());
        // A step of -0 or NaN counts downwards by its sign bit, as LuaJIT does.
        let runs = if step.bits() >> 63 == 0 { index <= limit } else { limit <= index };
        if runs {
            next!(pc.add(1), base, k, vm)
        }
        next!(long_jump!(pc), base, k, vm)
    }
    #[cold]
    for_prepare_slow(pc, base, d, a, k, vm) {
        (*vm).save(base, pc);
        if !convert_bounds(vm, base.add(a)) {
            go!(unwind::unwind, pc, base, 0, 0, k, vm)
        }
        go!(for_prepare, pc, base, d, a, k, vm)
    }
    for_loop(pc, base, d, a, k, vm) {
        let step = *base.add(a + 2);
        let limit = (*base.add(a + 1)).raw_double();
        let index = (*base.add(a)).raw_double() + step.raw_double();
        let runs = if step.bits() >> 63 == 0 { index <= limit } else { limit <= index };
        if runs {
            let value = Value::canonical_number(index);
            *base.add(a) = value;
            *base.add(a + 3) = value;
            next!(long_jump!(pc), base, k, vm)
        }
        next!(pc.add(1), base, k, vm)
    }
    iterator_prepare_next(pc, base, d, a, k, vm) {
        let target = long_jump!(pc);
        let is_next = match (*base.add(a - 3)).as_function() {
            Some(function) => *(*function).code as u8 == Opcode::FunctionHeaderNext as u8,
            None => false,
        };
        if is_next && (*base.add(a - 2)).is_table() && (*base.add(a - 1)).is_nil() {
            *base.add(a - 1) = position_marker(0);
        }
        next!(target, base, k, vm)
    }
    iterator_next(pc, base, d, a, k, vm) {
        let control = *base.add(a - 1);
        if !is_position(control) {
            return iterator_call(pc, base, d, a, k, vm);
        }
        let table = (*base.add(a - 2)).as_table().unwrap_unchecked();
        let position = advance(vm, table, control.bits() & 0xff_ffff_ffff, base.add(a));
        if position == END {
            next!(pc.add(2), base, k, vm)
        }
        *base.add(a - 1) = position_marker(position);
        let wanted = b(d);
        let mut index = 2;
        while index + 1 < wanted {
            *base.add(a + index) = Value::NIL;
            index += 1;
        }
        // The IteratorLoop that follows would overwrite the position: its jump is taken here.
        next!(pc.add(2).offset(*pc.add(1) as i32 as isize), base, k, vm)
    }
    iterator_call(pc, base, d, a, k, vm) {
        let function = *base.add(a - 3);
        *base.add(a) = function;
        *base.add(a + 2) = *base.add(a - 2);
        *base.add(a + 3) = *base.add(a - 1);
        *base.add(a + 1) = super::frame::return_link(pc);
        let new_base = base.add(a + 2);
        if let Some(function) = function.as_function() {
            let code = (*function).code;
            let word = *code;
            go!(super::handler_at(vm, word), code.add(1), new_base, 2, (word >> 8 & 0xff) as usize, k, vm)
        }
        (*vm).save(base, pc);
        go!(calls::enter, pc, new_base, 2, 0, k, vm)
    }
    iterator_loop(pc, base, d, a, k, vm) {
        let control = *base.add(a);
        if control.is_nil() {
            next!(pc.add(1), base, k, vm)
        }
        *base.add(a - 1) = control;
        next!(long_jump!(pc), base, k, vm)
    }
    /// `next(table, key)`.
    function_header_next(pc, base, d, a, k, vm) {
        let Some(table) = (*base).as_table().filter(|_| d >= 1) else {
            (*vm).enter_native_frame(base, d);
            let _ = (*vm).raise_argument_type_error(1, "table");
            go!(unwind::unwind, pc, base, 0, 0, k, vm)
        };
        let key = if d >= 2 { *base.add(1) } else { Value::NIL };
        let position = position_after(vm, table, key);
        if position == END {
            (*vm).enter_native_frame(base, d);
            let _ = (*vm).raise_message(b"invalid key to 'next'");
            go!(unwind::unwind, pc, base, 0, 0, k, vm)
        }
        if advance(vm, table, position, base) == END {
            *base = Value::NIL;
            go!(calls::deliver, base.cast(), base, 1, 0, k, vm)
        }
        go!(calls::deliver, base.cast(), base, 2, 0, k, vm)
    }
    /// The iterator function of `ipairs`: `(table, index) -> index + 1, value`.
    function_header_inext(pc, base, d, a, k, vm) {
        if d >= 2 && let (Some(table), Some(index)) = ((*base).as_table(), (*base.add(1)).as_array_index()) {
            let value = Table::get_integer(table, i64::from(index) + 1);
            if Table::is_weak_table(table) {
                (*vm).heap.mark_read(value);
            }
            let count = if value.is_nil() {
                0
            } else {
                *base = Value::canonical_number(f64::from(index) + 1.0);
                *base.add(1) = value;
                2
            };
            go!(calls::deliver, base.cast(), base, count, 0, k, vm)
        }
        (*vm).enter_native_frame(base, d);
        let _ = (*vm).raise_argument_type_error(1, "table");
        go!(unwind::unwind, pc, base, 0, 0, k, vm)
    }
}
