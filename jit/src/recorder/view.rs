//! What the recorder reads of the running machine: code words, slots, tables, functions, upvalues.
//!
//! All unsafe code of the recorder is here. A recording looks at a machine that stands still between two instructions: everything
//! that a frame or a live value leads to is live, and nothing is written.
//!
//! Worked example: `View::shape(table)` is the word that `guard_shape` will compare.
//!
//! Invariants: pointers come from the frame at hand, from live values, or from live objects' fields (I1, I4, I5, I6).
//!
//! What this does not do: decide anything.

use rlove_vm::builtin::Recording;
use rlove_vm::bytecode::Opcode;
use rlove_vm::bytecode::opcode::{operand_a, operand_b, operand_c, operand_d};
use rlove_vm::heap::Heap;
use rlove_vm::object::function::NativeData;
use rlove_vm::object::{
    Function, HashEntry, HashPart, ObjectKind, Prototype, PrototypeData, SlotArray, Table,
    TableBody, Upvalue,
};
use rlove_vm::value::Value;
use rlove_vm::vm::Vm;

/// An instruction taken apart.
#[derive(Clone, Copy, Debug)]
pub struct Instr {
    /// Address of its first word.
    pub pc: usize,
    /// Its operation.
    pub opcode: Opcode,
    /// Operand A.
    pub a: i32,
    /// Operand B.
    pub b: i32,
    /// Operand C.
    pub c: i32,
    /// Operand D.
    pub d: i32,
    /// The first word as the compiler made it.
    pub word: u32,
}

impl Instr {
    /// The instruction at `pc`, as the compiler made it; `None` if the word is no instruction.
    pub fn read(vm: &Vm, pc: usize) -> Option<Instr> {
        // SAFETY: I8: `pc` is an instruction of running code.
        let word = unsafe { vm.original_instruction(pc as *const u32) };
        Some(Instr {
            pc,
            opcode: Opcode::from_word(word)?,
            a: operand_a(word) as i32,
            b: operand_b(word) as i32,
            c: operand_c(word) as i32,
            d: operand_d(word) as i32,
            word,
        })
    }
    /// Extra word `index` (from 1).
    pub fn extra(&self, index: usize) -> u32 {
        code_word(self.pc + index * 4)
    }
    /// Address of the instruction behind it.
    pub fn next(&self) -> usize {
        self.pc + 4 + self.opcode.extra_words() as usize * 4
    }
    /// Target of the jump in extra word 1.
    pub fn long_target(&self) -> usize {
        jump(self.next(), self.extra(1) as i32)
    }
}

/// `pc` moved by a jump distance in words.
pub fn jump(pc: usize, distance: i32) -> usize {
    pc.wrapping_add_signed(distance as isize * 4)
}

/// A word of code.
pub fn code_word(pc: usize) -> u32 {
    // SAFETY: I6: `pc` lies in the code of a running function.
    unsafe { *(pc as *const u32) }
}

/// The trace that starts at `pc`.
pub fn trace_at(vm: &Vm, pc: usize) -> Option<u32> {
    // SAFETY: I8: `pc` is an instruction of running code.
    unsafe { vm.trace_at(pc as *const u32) }
}

/// A word of a stack or of an object.
pub fn value_at(address: usize) -> Value {
    // SAFETY: I6: a slot of the running stack.
    unsafe { *(address as *const Value) }
}

/// Address of the first slot of the running stack, and its room above the limit.
pub fn stack_of(vm: &Vm) -> usize {
    // SAFETY: I6: the running thread is live.
    unsafe { (*vm.running_thread()).stack as usize }
}

/// End of the running stack.
pub fn stack_end(vm: &Vm) -> usize {
    // SAFETY: I6: the running thread is live.
    unsafe {
        (*vm.running_thread())
            .stack
            .add((*vm.running_thread()).size) as usize
    }
}

/// Whether an upvalue of the running stack is open at or above this slot, counted from the bottom.
pub fn has_open_upvalue_at(vm: &Vm, slot: i64) -> bool {
    // SAFETY: I5, I6: the list is sorted, highest first.
    unsafe {
        let first = (*vm.running_thread()).open_upvalues;
        !first.is_null()
            && ((*first).location as i64 - (*vm.running_thread()).stack as i64) / 8 >= slot
    }
}

/// The prototype of a Lua function.
pub fn prototype_of(function: *mut Function) -> Option<*mut Prototype> {
    // SAFETY: I1: a live function.
    unsafe { Function::prototype(function) }
}

/// First word of a function's code.
pub fn code_of(function: *mut Function) -> usize {
    // SAFETY: I1: a live function.
    unsafe { (*function).code as usize }
}

/// The opcode of a function's header.
pub fn header_of(vm: &Vm, function: *mut Function) -> Option<Opcode> {
    Instr::read(vm, code_of(function)).map(|instruction| instruction.opcode)
}

/// What a prototype says of itself.
#[derive(Clone, Copy)]
pub struct PrototypeView {
    /// The prototype.
    pub prototype: *mut Prototype,
    /// First word of its code.
    pub code: usize,
    /// Registers.
    pub frame_size: i32,
    /// Fixed parameters.
    pub parameter_count: i32,
    /// Closures were made of it more than once.
    pub has_many_closures: bool,
}

impl PrototypeView {
    /// Of a live prototype.
    pub fn of(prototype: *mut Prototype) -> PrototypeView {
        // SAFETY: I1: a live prototype.
        unsafe {
            PrototypeView {
                prototype,
                code: (*prototype).code as usize,
                frame_size: i32::from((*prototype).frame_size),
                parameter_count: i32::from((*prototype).parameter_count),
                has_many_closures: (*prototype).header.small > 1,
            }
        }
    }
    /// Its constant `index`.
    pub fn constant(&self, index: usize) -> Value {
        self.data().constants[index]
    }
    /// The part that does not run.
    pub fn data(&self) -> &PrototypeData {
        // SAFETY: I1: a live prototype owns its data.
        unsafe { &*(*self.prototype).data }
    }
}

/// Upvalue `index` of a Lua function.
pub fn upvalue_of(function: *mut Function, index: usize) -> *mut Upvalue {
    // SAFETY: I6: verified code names existing upvalues.
    unsafe { *Function::upvalues(function).add(index) }
}

/// Whether an upvalue is open, and where its value is.
pub fn upvalue_location(upvalue: *mut Upvalue) -> (bool, usize) {
    // SAFETY: I5: a live upvalue.
    unsafe {
        (
            (*upvalue).header.flags & 1 != 0,
            (*upvalue).location as usize,
        )
    }
}

/// The declaration of a builtin.
pub fn native_of<'a>(function: *mut Function) -> Option<&'a NativeData> {
    // SAFETY: I1: a live function.
    unsafe { Function::native(function) }
}

/// What tells the code of a builtin with upvalues that the recorder knows nothing particular of: others of its code behave the same
/// but for those.
pub fn native_with_upvalues(function: *mut Function) -> Option<usize> {
    let native = native_of(function)?;
    let is_plain = matches!(
        native.builtin.recording,
        Recording::ByEffects | Recording::Never(_)
    );
    // SAFETY: I1: a live builtin; the count is in its header.
    let has_upvalues = unsafe { (*function).header.small > 0 };
    (is_plain && has_upvalues).then_some(std::ptr::from_ref(native) as usize)
}

/// Upvalue `index` of a builtin.
pub fn native_upvalue(function: *mut Function, index: usize) -> Value {
    // SAFETY: I1: a live builtin; the count is in its header.
    unsafe {
        if index < (*function).header.small as usize {
            *Function::native_upvalues(function).add(index)
        } else {
            Value::NIL
        }
    }
}

/// Environment of a function.
pub fn environment_of(function: *mut Function) -> *mut Table {
    // SAFETY: I1: a live function.
    unsafe { (*function).environment }
}

/// Kind and shape word of an object with tag 0xFFFF.
pub fn object_of(value: Value) -> Option<(ObjectKind, u32)> {
    let header = value.as_heap()?;
    // SAFETY: I1: a live object.
    unsafe { Some(((*header).kind, (*header).word)) }
}

/// Metatable of a userdata.
pub fn userdata_metatable(value: Value) -> *mut Table {
    match value.as_userdata() {
        // SAFETY: I1: a live userdata.
        Some(userdata) => unsafe { (*userdata).metatable },
        None => std::ptr::null_mut(),
    }
}

/// What a table looks like.
#[derive(Clone, Copy, Debug)]
pub struct TableView {
    /// The table.
    pub table: *mut Table,
    /// Its shape.
    pub shape: u32,
    /// Inline slots.
    pub inline_capacity: u32,
    /// Its body.
    pub body: *mut TableBody,
    /// Greatest key of the array.
    pub array_length: u32,
    /// Room of the array.
    pub array_capacity: u32,
    /// Flags of the body.
    pub array_flags: u8,
    /// General hash part or null.
    pub hash: *mut HashPart,
    /// Slot array, string hash or null.
    pub slots: *mut SlotArray,
    /// Metatable kept in the body.
    pub body_metatable: *mut Table,
}

impl TableView {
    /// Of a live table.
    pub fn of(table: *mut Table) -> TableView {
        // SAFETY: I1, I4: a live table and its body.
        unsafe {
            let body = (*table).body;
            TableView {
                table,
                shape: Table::shape(table),
                inline_capacity: Table::inline_capacity(table) as u32,
                body,
                array_length: (*body).array_length,
                array_capacity: (*body).array_capacity,
                array_flags: (*body).header.flags,
                hash: (*body).hash,
                slots: (*body).slots,
                body_metatable: (*body).metatable,
            }
        }
    }
    /// Element `index`, which must be at most the length.
    pub fn element(&self, index: u32) -> Value {
        if index > self.array_length {
            return Value::NIL;
        }
        // SAFETY: I4: elements up to the length are initialised.
        unsafe { *TableBody::elements(self.body).add(index as usize) }
    }
    /// Value of slot `slot` of the shape.
    pub fn slot(&self, slot: u32) -> Value {
        // SAFETY: I4: a slot of the table's shape.
        unsafe { *Table::slot_address(self.table, slot) }
    }
    /// Metatable or null.
    pub fn metatable(&self, heap: &Heap) -> *mut Table {
        // SAFETY: I1: a live table.
        unsafe { Table::metatable(self.table, heap) }
    }
    /// Whether keys or values are weak.
    pub fn is_weak(&self) -> bool {
        // SAFETY: I1: a live table.
        unsafe { Table::is_weak_table(self.table) }
    }
    /// Value of an interned string key.
    pub fn named(&self, heap: &Heap, key: Value) -> Value {
        // SAFETY: I1: a live table; the key is interned.
        unsafe { Table::get_string(self.table, heap, key) }
    }
    /// Raw value of an integer key.
    pub fn integer(&self, key: i64) -> Value {
        // SAFETY: I1: a live table.
        unsafe { Table::get_integer(self.table, key) }
    }
    /// Number and value of the entry of `key` in the general hash part or, of a dictionary, the string hash. A string
    /// is interned, and the table then a dictionary.
    pub fn entry(&self, key: Value) -> Option<(u32, Value)> {
        let part = if key.is_string() {
            self.slots.cast::<HashPart>()
        } else {
            self.hash
        };
        if part.is_null() {
            return None;
        }
        // SAFETY: I4: a live part; the callers give normalised keys.
        unsafe {
            let entry: *mut HashEntry = HashPart::find(part, key)?;
            let index = entry.offset_from(HashPart::entries(part)) as u32;
            Some((index, (*entry).value))
        }
    }
}

/// The interned string equal to a string that is a key somewhere; any other value itself.
pub fn interned_already(heap: &Heap, key: Value) -> Option<Value> {
    if !key.is_string() || key.is_interned_string() {
        return Some(key);
    }
    heap.find_interned(key.string_bytes()?)
}

/// Whether a traversal of `table` has no entry at or after `position` (see `Table::next_from`).
pub fn traversal_ends(vm: &Vm, table: Value, position: u64) -> bool {
    let Some(table) = table.as_table() else {
        return true;
    };
    let view = TableView::of(table);
    let (kind, index) = (position >> 32, position as u32);
    if kind == 0 && view.array_capacity > 0 {
        let rest = index..=view.array_length;
        if rest.into_iter().any(|index| !view.element(index).is_nil()) {
            return false;
        }
    }
    let is_dictionary = view.shape == rlove_vm::object::shape::DICTIONARY_SHAPE;
    if kind <= 1 {
        let first = if kind == 1 { index } else { 0 };
        if is_dictionary {
            if has_entry(view.slots.cast(), first) {
                return false;
            }
        } else {
            let count = vm.heap.shapes.get(view.shape).slot_count;
            if (first..count).any(|slot| !view.slot(slot).is_nil()) {
                return false;
            }
        }
    }
    !has_entry(view.hash, if kind == 2 { index } else { 0 })
}

fn has_entry(part: *mut HashPart, first: u32) -> bool {
    if part.is_null() {
        return false;
    }
    // SAFETY: I4: a live part; `count` entries are initialised.
    unsafe {
        (first..(*part).count).any(|index| {
            !(*HashPart::entries(part).add(index as usize))
                .value
                .is_nil()
        })
    }
}
