//! What happens when a trace is left: its snapshot becomes the interpreter's state.
//!
//! ```text
//! guard fails ──► stub: mov eax, site ──► shared code saves all registers ──► leave_trace
//!     values of the snapshot, by their places: registers (saved), spill slots, constants
//!     sunk objects are made, slots written, base and pc saved
//!   ──► the interpreter at snapshot.pc      (vm.pending, status CONTINUE)
//!   ──► or the head of an attached side trace
//! ```
//! Worked example: a snapshot `[2: 0007, 3: nil]` with 0007 an integer in `rcx` writes the double of the saved `rcx` to slot 2 and nil
//! to slot 3.
//!
//! Invariants: I20, I22. Nothing in here panics. The trace's data is not looked at any more when the tracer hears of the exit, since it may
//! throw all traces away.

use super::allocate::MOST_SLOTS;
use super::machine::Inner;
use super::{CompileError, FIRST_FLOAT, Place};
use crate::ir::{Constant, NO_BARRIER, Operation, Ref, Snapshot, Trace, Type};
use rlove_vm::interpreter::compiled::{raise_at, resume_at};
use rlove_vm::object::Table;
use rlove_vm::value::{TAG_SHIFT, Value};
use rlove_vm::vm::Vm;

/// Bit of a site number: a native entry has raised an error.
pub const RAISES: u32 = 0x8000_0000;

/// The registers as an exit saves them, and the spill slots, which lie behind.
#[repr(C)]
pub struct ExitState {
    general: [u64; 16],
    float: [u64; 16],
    slots: [u64; MOST_SLOTS],
}

/// The register that holds the base of the entry frame.
const BASE_REGISTER: usize = 3;

/// What the shared exit code does next.
#[repr(C)]
pub struct ExitAnswer {
    /// Code to go on at; 0: return to the interpreter.
    continuation: usize,
    /// The new base, or the status for the interpreter.
    value: u64,
}

/// A place where some trace can be left.
#[derive(Clone, Debug)]
pub struct SiteRecord {
    /// The trace.
    pub trace: u32,
    /// Its snapshot; `None`: the trace's start, with nothing to restore.
    pub snapshot: Option<u32>,
    /// Where the snapshot's values are.
    pub places: Vec<(u32, Place)>,
    /// Offset of the stub in the code memory.
    pub stub_offset: usize,
    /// The tracer is not told (interrupts).
    pub is_quiet: bool,
    /// Trace to go on in instead of the interpreter.
    pub continues_in: Option<u32>,
}

/// Reads values of a snapshot at an exit.
struct Reader<'a> {
    trace: &'a Trace,
    record: &'a SiteRecord,
    state: &'a ExitState,
    objects: Vec<(usize, *mut Table)>,
}

impl Reader<'_> {
    /// The tagged word of a reference.
    fn word(&self, reference: Ref) -> u64 {
        if let Some(constant) = reference.as_constant() {
            return match self.trace.constants.get(constant) {
                Some(Constant::Number(bits) | Constant::Word(bits) | Constant::Frame(bits)) => {
                    *bits
                }
                Some(Constant::Integer(value)) => f64::from(*value).to_bits(),
                _ => Value::NIL.bits(),
            };
        }
        let Some(index) = reference.as_instruction() else {
            return Value::NIL.bits();
        };
        if let Some(object) = self.objects.iter().find(|each| each.0 == index) {
            return Value::table(object.1).bits();
        }
        let place = self
            .record
            .places
            .iter()
            .find(|each| each.0 as usize == index)
            .map(|each| each.1);
        let raw = match place {
            Some(Place::Register(register)) if register >= FIRST_FLOAT => {
                self.state.float[usize::from(register - FIRST_FLOAT)]
            }
            Some(Place::Register(register)) => self.state.general[usize::from(register)],
            Some(Place::Slot(slot)) => self.state.slots[usize::from(slot)],
            // Allocation gives every value of a snapshot a place.
            Some(Place::Constant(_)) | None => return Value::NIL.bits(),
        };
        match self.trace.ty(reference) {
            Type::Integer => f64::from(raw as u32 as i32).to_bits(),
            Type::Number => Value::number(f64::from_bits(raw)).bits(),
            ty => match ty.tag() {
                Some(tag) => tag << TAG_SHIFT | raw,
                None => raw,
            },
        }
    }
}

/// Whether exits can make all sunk objects of a trace.
pub fn check_sunk_objects(trace: &Trace) -> Result<(), CompileError> {
    for snapshot in &trace.snapshots {
        for sunk in &snapshot.sunk {
            let allocation = sunk.allocation.as_instruction().unwrap_or(usize::MAX);
            let is_table = trace
                .instructions
                .get(allocation)
                .is_some_and(|instruction| instruction.operation == Operation::NewTable);
            let are_plain = sunk.stores.iter().all(|store| {
                store
                    .as_instruction()
                    .and_then(|index| trace.instructions.get(index))
                    .is_some_and(|store| {
                        matches!(
                            store.operation,
                            Operation::StoreInline | Operation::StoreShape
                        )
                    })
            });
            if !is_table || !are_plain {
                return Err(CompileError::Unsupported("a sunk object of this kind"));
            }
        }
    }
    Ok(())
}

/// Makes the sunk objects of a snapshot.
unsafe fn make_objects(vm: *mut Vm, reader: &mut Reader<'_>, snapshot: &Snapshot) {
    let trace = reader.trace;
    for sunk in &snapshot.sunk {
        let Some(index) = sunk.allocation.as_instruction() else {
            continue;
        };
        let literal = trace.instructions[index].literal;
        // SAFETY: I20: the machine that the trace runs in; no cycle starts in here (I8).
        let table = unsafe {
            let table = (*vm).heap.new_table((literal >> 24) as usize);
            (*table).header.word = literal & 0xff_ffff;
            table
        };
        reader.objects.push((index, table));
    }
    for sunk in &snapshot.sunk {
        let Some(index) = sunk.allocation.as_instruction() else {
            continue;
        };
        let Some(&(_, table)) = reader.objects.iter().find(|each| each.0 == index) else {
            continue;
        };
        for store in &sunk.stores {
            let Some(store) = store.as_instruction().map(|at| &trace.instructions[at]) else {
                continue;
            };
            match store.operation {
                Operation::StoreInline => {
                    let word = reader.word(store.operands[1]);
                    let slot = (store.literal & !NO_BARRIER) as usize;
                    // SAFETY: I4: the recorder stores to slots that the allocation reserved; the object is fresh.
                    unsafe {
                        if slot < Table::inline_capacity(table) {
                            *Table::inline_slots(table).add(slot) = Value::from_bits(word);
                        }
                    }
                }
                // SAFETY: I4: as above; the key's slot is stored too.
                Operation::StoreShape => unsafe { (*table).header.word = store.literal },
                _ => {}
            }
        }
    }
}

/// Called by the shared exit code.
///
/// # Safety
/// I20, I22: `vm` runs a trace of its back end, which is left by site `site` with the registers in `state`.
pub unsafe extern "sysv64" fn leave_trace(
    vm: *mut Vm,
    state: *const ExitState,
    site: u32,
) -> ExitAnswer {
    // SAFETY: I20: machine code passes the machine that it was compiled for, whose back end lives; I22 for the places.
    unsafe {
        let inner = &*(*vm).compiled.machine.cast::<Inner>();
        let Some(record) = inner.sites.get((site & !RAISES) as usize) else {
            std::process::abort();
        };
        let Some(compiled) = inner.trace(record.trace) else {
            std::process::abort();
        };
        let entry_base = (*state).general[BASE_REGISTER] as usize as *mut Value;
        let (trace_number, is_quiet) = (record.trace, record.is_quiet);
        let mut base = entry_base;
        let mut pc = compiled.trace.start_pc as *const u32;
        let mut continues_in = record.continues_in;
        let mut is_heard = true;
        if let Some(number) = record.snapshot {
            let snapshot = &compiled.trace.snapshots[number as usize];
            let mut reader = Reader {
                trace: &compiled.trace,
                record,
                state: &*state,
                objects: Vec::new(),
            };
            if !snapshot.sunk.is_empty() {
                make_objects(vm, &mut reader, snapshot);
            }
            for entry in &snapshot.entries {
                let word = reader.word(entry.value);
                *entry_base.offset(entry.slot as isize) = Value::from_bits(word);
            }
            if let Some(count) = snapshot.multiple_results {
                (*vm).set_multiple_results(count);
            }
            base = entry_base.offset(snapshot.base_offset as isize);
            pc = snapshot.pc as *const u32;
            let exit = &compiled.exits[number as usize];
            exit.count.set(exit.count.get().saturating_add(1));
            continues_in = continues_in.or(exit.side.get());
            let waits = exit.wait.get();
            is_heard = waits == 0;
            exit.wait.set(waits.saturating_sub(1));
        }
        let is_start = pc as usize == compiled.trace.start_pc;
        (*vm).save_frame(base, pc.add(1));
        if site & RAISES != 0 {
            return to_interpreter(raise_at(vm, pc, base));
        }
        if let Some(next) = continues_in
            && !is_quiet
            && !(*vm).is_interrupted()
            && let Some(next) = inner.trace(next)
        {
            return ExitAnswer {
                continuation: next.head_address(),
                value: base as usize as u64,
            };
        }
        if is_heard && !is_quiet && !(*vm).heap.safe_point_due {
            let exit = record.snapshot.unwrap_or(u32::MAX);
            (*vm).report_exit(trace_number, exit, pc, base);
        }
        to_interpreter(resume_at(vm, pc, base, is_start))
    }
}

/// Called by the shared code of plain exits: the interpreter's stack is complete, only its registers are missing.
///
/// # Safety
/// I20, I22: as [`leave_trace`]; a Lua function's frame is at `base` and `pc` is an instruction of it.
pub unsafe extern "sysv64" fn leave_complete(
    vm: *mut Vm,
    pc: *const u32,
    base: *mut Value,
    is_start: u32,
) -> u32 {
    // SAFETY: I20, I22.
    unsafe {
        (*vm).save_frame(base, pc.add(1));
        resume_at(vm, pc, base, is_start != 0)
    }
}

fn to_interpreter(status: u32) -> ExitAnswer {
    ExitAnswer {
        continuation: 0,
        value: u64::from(status),
    }
}
