//! How traces go on: loop heads and back edges, links to other traces, and snapshots written by machine code.
//!
//! ```text
//! Link::Loop          moves; jmp loop                     (aligned displacement: interrupts turn it aside)
//! Link::Trace(n)      snapshot to the stack; add rbx, …; jmp head of n
//! Link::Interpreter   jmp exit
//! attached exit       the same as Link::Trace, in a piece of code of its own to which the exit's stub jumps
//! plain exit          snapshot to the stack; to the interpreter, without the tracer hearing of it
//! ```
//! Invariants: I23 (docs/invariants.md): a jump that can close a cycle has its displacement at a multiple of four and is in the list of
//! patches.

use super::super::allocate::Site;
use super::super::{CompileError, FIRST_FLOAT, Place};
use super::emit::{Assembler, Emitter, Memory, Patch, memory, slot_memory};
use super::{FLOAT_SCRATCH, Features, RBX};
use crate::ir::{Constant, Link, Ref, Trace, Type};
use dynasmrt::{DynasmApi, DynasmLabelApi, dynasm};
use rlove_vm::layout;
use rlove_vm::value::TAG_SHIFT;

/// Writes the tagged word of a value to memory; changes `rax` and `xmm15`.
pub fn store_word(
    ops: &mut Assembler,
    features: Features,
    trace: &Trace,
    reference: Ref,
    source: Place,
    place: Memory,
) -> Result<(), CompileError> {
    if let Some(constant) = reference.as_constant() {
        let bits = match trace.constants[constant] {
            Constant::Number(bits) | Constant::Word(bits) | Constant::Frame(bits) => bits,
            Constant::Integer(value) => f64::from(value).to_bits(),
            Constant::Int64(_) | Constant::Pointer(_) => {
                return Err(CompileError::Unsupported("a pointer in a snapshot"));
            }
        };
        if let Ok(short) = i32::try_from(bits as i64) {
            memory!(ops, place, [mov QWORD][, short]);
        } else {
            dynasm!(ops; mov rax, QWORD bits as i64);
            memory!(ops, place, [mov QWORD][, rax]);
        }
        return Ok(());
    }
    let store_scratch = |ops: &mut Assembler| {
        if features.avx {
            memory!(ops, place, [vmovsd QWORD][, Rx(FLOAT_SCRATCH)]);
        } else {
            memory!(ops, place, [movsd QWORD][, Rx(FLOAT_SCRATCH)]);
        }
    };
    let ty = trace.ty(reference);
    match (ty, source) {
        (Type::Value | Type::Number, Place::Slot(slot)) => {
            memory!(ops, slot_memory(slot), [mov rax, QWORD][]);
            memory!(ops, place, [mov QWORD][, rax]);
        }
        (Type::Number, Place::Register(register)) if register >= FIRST_FLOAT => {
            let float = register - FIRST_FLOAT;
            if features.avx {
                memory!(ops, place, [vmovsd QWORD][, Rx(float)]);
            } else {
                memory!(ops, place, [movsd QWORD][, Rx(float)]);
            }
        }
        (Type::Value, Place::Register(register)) => {
            memory!(ops, place, [mov QWORD][, Rq(register)]);
        }
        (Type::Integer, Place::Register(register)) => {
            let to = FLOAT_SCRATCH;
            dynasm!(ops; xorps Rx(to), Rx(to); cvtsi2sd Rx(to), Rd(register));
            store_scratch(ops);
        }
        (Type::Integer, Place::Slot(slot)) => {
            let to = FLOAT_SCRATCH;
            dynasm!(ops; xorps Rx(to), Rx(to));
            memory!(ops, slot_memory(slot), [cvtsi2sd Rx(to), DWORD][]);
            store_scratch(ops);
        }
        (ty, source) => {
            let Some(tag) = ty.tag() else {
                return Err(CompileError::Unsupported("a pointer in a snapshot"));
            };
            dynasm!(ops; mov rax, QWORD (tag << TAG_SHIFT) as i64);
            match source {
                Place::Register(register) => dynasm!(ops; or rax, Rq(register)),
                Place::Slot(slot) => memory!(ops, slot_memory(slot), [or rax, QWORD][]),
                Place::Constant(_) => {}
            }
            memory!(ops, place, [mov QWORD][, rax]);
        }
    }
    Ok(())
}

/// Writes a snapshot to the interpreter's stack and moves `rbx`.
fn write_snapshot(
    ops: &mut Assembler,
    features: Features,
    trace: &Trace,
    site: &Site,
    vm: usize,
) -> Result<(), CompileError> {
    let snapshot = &trace.snapshots[site.snapshot as usize];
    for entry in &snapshot.entries {
        let place = match entry.value.as_constant() {
            Some(constant) => Place::Constant(constant as u32),
            None => site
                .places
                .iter()
                .find(|each| Some(each.0 as usize) == entry.value.as_instruction())
                .map(|each| each.1)
                .ok_or_else(|| CompileError::Malformed("a value is nowhere".to_owned()))?,
        };
        let target = Memory::Base(RBX, entry.slot * 8);
        store_word(ops, features, trace, entry.value, place, target)?;
    }
    if let Some(results) = snapshot.multiple_results {
        let address = (vm + layout::VM_MULTIPLE_RESULTS) as i64;
        dynasm!(ops; mov rax, QWORD address; mov DWORD [rax], results as i32);
    }
    if snapshot.base_offset != 0 {
        dynasm!(ops; add rbx, snapshot.base_offset * 8);
    }
    Ok(())
}

/// Pads so that the displacement of the jump that follows lies at a multiple of four.
fn align_displacement(ops: &mut Assembler, address: usize) {
    match (address + ops.offset().0 + 1) % 4 {
        1 => dynasm!(ops; .bytes [0x0f_u8, 0x1f, 0x00].iter()),
        2 => dynasm!(ops; .bytes [0x66_u8, 0x90].iter()),
        3 => dynasm!(ops; nop),
        _ => {}
    }
}

/// Code for an attached exit at `address`: the snapshot goes to the stack, then on at `target`.
pub fn write_snapshot_and_jump(
    address: usize,
    features: Features,
    trace: &Trace,
    site: &Site,
    vm: usize,
    (target, interrupted): (usize, usize),
) -> Result<(Vec<u8>, Patch), CompileError> {
    let mut ops = Assembler::new(address);
    write_snapshot(&mut ops, features, trace, site, vm)?;
    let patch = jump_with_patch(&mut ops, address, target, interrupted);
    let bytes = ops
        .finalize()
        .map_err(|error| CompileError::Malformed(format!("{error:?}")))?;
    Ok((bytes, patch))
}

/// Code for a plain exit at `address`: the snapshot goes to the stack, then the shared code at `leave` returns to the interpreter.
pub fn write_snapshot_and_leave(
    address: usize,
    features: Features,
    trace: &Trace,
    site: &Site,
    vm: usize,
    leave: usize,
) -> Result<Vec<u8>, CompileError> {
    let mut ops = Assembler::new(address);
    write_snapshot(&mut ops, features, trace, site, vm)?;
    let pc = trace.snapshots[site.snapshot as usize].pc;
    let is_start = i32::from(pc == trace.start_pc);
    dynasm!(ops; mov rsi, QWORD pc as i64; mov edx, is_start; jmp extern leave);
    ops.finalize()
        .map_err(|error| CompileError::Malformed(format!("{error:?}")))
}

fn jump_with_patch(
    ops: &mut Assembler,
    address: usize,
    target: usize,
    interrupted: usize,
) -> Patch {
    align_displacement(ops, address);
    dynasm!(ops; jmp extern target);
    let offset = ops.offset().0 - 4;
    let behind = (address + offset + 4) as i64;
    Patch {
        offset,
        normal: (target as i64 - behind) as i32,
        interrupted: (interrupted as i64 - behind) as i32,
    }
}

impl Emitter<'_> {
    /// The loop marker.
    pub fn enter_loop(&mut self) {
        self.preloads();
        let label = self.loop_label;
        dynasm!(self.ops; .align 32;=> label);
    }
    fn end_site(&self) -> Result<&Site, CompileError> {
        self.allocation
            .end_site
            .and_then(|site| self.allocation.sites.get(site as usize))
            .ok_or_else(|| CompileError::Malformed("no snapshot at the end".to_owned()))
    }
    /// What follows the last instruction.
    pub fn end(&mut self) -> Result<(), CompileError> {
        match self.trace.link {
            Link::Loop if self.plan.loop_marker.is_some() => {
                let moves = self.allocation.edge.clone();
                self.parallel_moves(&moves);
                align_displacement(&mut self.ops, self.environment.address);
                let label = self.loop_label;
                dynasm!(self.ops; jmp =>label);
                self.loop_jumps.push(self.ops.offset().0 - 4);
                Ok(())
            }
            Link::Loop => self.link(self.trace.number),
            Link::Trace(number) => self.link(number),
            Link::Interpreter => self.leave(),
            Link::None => Err(CompileError::Malformed(
                "the trace is not linked".to_owned(),
            )),
        }
    }
    fn leave(&mut self) -> Result<(), CompileError> {
        let site = self.allocation.end_site.unwrap_or(u32::MAX) as usize;
        let label = self
            .site_labels
            .get(site)
            .copied()
            .ok_or_else(|| CompileError::Malformed("no snapshot at the end".to_owned()))?;
        dynasm!(self.ops; jmp =>label);
        Ok(())
    }
    fn link(&mut self, number: u32) -> Result<(), CompileError> {
        let site = self.end_site()?.clone();
        let trace = self.trace;
        if !trace.snapshots[site.snapshot as usize].sunk.is_empty() {
            // Objects have to be made first: through the exit, which goes on in the other trace.
            return self.leave();
        }
        write_snapshot(
            &mut self.ops,
            self.features,
            trace,
            &site,
            self.environment.vm,
        )?;
        let address = self.environment.address;
        if number == trace.number {
            align_displacement(&mut self.ops, address);
            let head = self.head_label;
            dynasm!(self.ops; jmp =>head);
            self.own_jumps.push(self.ops.offset().0 - 4);
            return Ok(());
        }
        let Some((target, interrupted)) = (self.environment.start_of)(number) else {
            return Err(CompileError::Malformed(
                "linked to a trace without code".to_owned(),
            ));
        };
        let patch = jump_with_patch(&mut self.ops, address, target, interrupted);
        self.patches.push(patch);
        Ok(())
    }
}
