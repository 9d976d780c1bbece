//! The emitter: walks a trace with its allocation and appends machine code.
//!
//! This module has what all groups of operations share: operands in registers, in memory and in the constant pool, jumps to exits, the
//! cold code behind the trace, calls of the runtime.
//!
//! Invariants: `rax` and `xmm15` are free between two instructions of the trace, and at every jump to an exit. Whoever computes an
//! address through `rax` uses it before anything else touches `rax`.

use super::super::allocate::{Allocation, Site, allocate};
use super::super::moves::{Move, Step, sequence};
use super::super::plan::{Kind, Plan};
use super::super::{CompileError, FIRST_FLOAT, Place, Register};
use super::stubs::Stubs;
use super::target::X64Target;
use super::{FLOAT_SCRATCH, FRAME_BYTES, Features, RAX, SLOTS_OFFSET};
use crate::ir::{Constant, Helper, Operation, Ref, Trace, Type};
use dynasmrt::x64::X64Relocation;
use dynasmrt::{DynamicLabel, DynasmApi, DynasmLabelApi, VecAssembler, dynasm};

/// The assembler.
pub type Assembler = VecAssembler<X64Relocation>;

/// What compiling needs to know of its surroundings.
pub struct Environment<'a> {
    /// Address at which the code will be executed.
    pub address: usize,
    /// Number of this trace's first site.
    pub first_site: u32,
    /// The virtual machine.
    pub vm: usize,
    /// Its heap.
    pub heap: usize,
    /// Shared code.
    pub stubs: &'a Stubs,
    /// Runtime functions that traces call.
    pub helpers: &'a [Helper],
    /// Start of another trace: where its code begins for those that have a frame, and where interrupts go instead.
    pub start_of: &'a dyn Fn(u32) -> Option<(usize, usize)>,
    /// A counter for a guard that is made to leave once.
    pub forced_counter: &'a dyn Fn() -> Option<usize>,
    /// The processor.
    pub features: Features,
    /// Few registers, for tests.
    pub limited: bool,
}

/// A jump that an interrupt turns aside: four bytes at `offset`.
#[derive(Clone, Copy, Debug)]
pub struct Patch {
    /// Offset of the displacement in the code, a multiple of 4.
    pub offset: usize,
    /// Its normal value.
    pub normal: i32,
    /// Its value while an interrupt waits.
    pub interrupted: i32,
}

/// Compiled code.
pub struct Code {
    /// The bytes.
    pub bytes: Vec<u8>,
    /// Where traces that have a frame jump to.
    pub head: usize,
    /// Where an interrupted jump to `head` goes: leaves with the state that the stack holds.
    pub start_exit: usize,
    /// End of what can be disassembled; constants follow.
    pub code_end: usize,
    /// Offset of each site's stub, in the order of `sites`.
    pub stubs: Vec<usize>,
    /// Where the trace can be left.
    pub sites: Vec<Site>,
    /// Jumps that interrupts turn aside.
    pub patches: Vec<Patch>,
    /// The site at the end of the trace, if it is linked through one.
    pub end_site: Option<u32>,
}

/// A memory operand.
#[derive(Clone, Copy, Debug)]
pub enum Memory {
    /// Register and offset.
    Base(Register, i32),
    /// Register, register times 8, offset.
    Index(Register, Register, i32),
    /// Register, register, offset.
    Sum(Register, Register, i32),
    /// A constant.
    Pool(DynamicLabel),
}

impl Memory {
    /// The same, `offset` bytes further on.
    pub fn plus(self, offset: i32) -> Memory {
        match self {
            Memory::Base(base, old) => Memory::Base(base, old + offset),
            Memory::Index(base, index, old) => Memory::Index(base, index, old + offset),
            Memory::Sum(base, index, old) => Memory::Sum(base, index, old + offset),
            Memory::Pool(label) => Memory::Pool(label),
        }
    }
}

/// A floating-point operand.
#[derive(Clone, Copy, Debug)]
pub enum FloatOperand {
    /// Number of an xmm register.
    Register(u8),
    /// In memory.
    Memory(Memory),
}

/// Assembles one instruction with a memory operand: `memory!(assembler, operand, before, [] after)`.
macro_rules! memory {
    ($ops:expr, $memory:expr, [$($before:tt)*] [$($after:tt)*]) => {{
        use $crate::backend::x64::emit::Memory;
        match $memory {
            Memory::Base(base, offset) => {
                if let Ok(short) = i8::try_from(offset) {
                    dynasm!($ops; $($before)* [BYTE Rq(base) + short] $($after)*)
                } else {
                    dynasm!($ops; $($before)* [DWORD Rq(base) + offset] $($after)*)
                }
            }
            Memory::Index(base, index, offset) => {
                if let Ok(short) = i8::try_from(offset) {
                    dynasm!($ops; $($before)* [BYTE Rq(base) + Rq(index) * 8 + short] $($after)*)
                } else {
                    dynasm!($ops; $($before)* [DWORD Rq(base) + Rq(index) * 8 + offset] $($after)*)
                }
            }
            Memory::Sum(base, index, offset) => {
                dynasm!($ops; $($before)* [DWORD Rq(base) + Rq(index) + offset] $($after)*)
            }
            Memory::Pool(label) => dynasm!($ops; $($before)* [=>label] $($after)*),
        }
    }};
}
pub(super) use memory;

/// Code that is emitted behind the trace.
pub enum Cold {
    /// Queues the word at a store's place. The address is computed again.
    Barrier {
        at: usize,
        label: DynamicLabel,
        back: DynamicLabel,
    },
    /// Takes a new run of cells.
    Refill {
        class: usize,
        register: Register,
        label: DynamicLabel,
        back: DynamicLabel,
    },
    /// A word that is a NaN as a double: a number all the same?
    Nan {
        word: Register,
        label: DynamicLabel,
        back: DynamicLabel,
        site: DynamicLabel,
    },
    /// A product that is 0: -0 if an operand is negative.
    Zero {
        operands: [Option<Register>; 2],
        label: DynamicLabel,
        back: DynamicLabel,
        site: DynamicLabel,
    },
    /// A native entry answered something else than success.
    Native {
        label: DynamicLabel,
        site: DynamicLabel,
        number: u32,
    },
}

/// State of compiling one trace.
pub struct Emitter<'a> {
    pub ops: Assembler,
    pub trace: &'a Trace,
    pub plan: &'a Plan,
    pub allocation: &'a Allocation,
    pub environment: &'a Environment<'a>,
    pub features: Features,
    /// The instruction that is being compiled.
    pub index: usize,
    pub pool: Vec<(u64, DynamicLabel)>,
    pub cold: Vec<Cold>,
    pub site_labels: Vec<DynamicLabel>,
    pub loop_label: DynamicLabel,
    pub head_label: DynamicLabel,
    pub start_exit_label: DynamicLabel,
    /// Jumps to other traces.
    pub patches: Vec<Patch>,
    /// Displacements of jumps to the loop marker.
    pub loop_jumps: Vec<usize>,
    /// Jumps to this trace's own head.
    pub own_jumps: Vec<usize>,
}

/// Compiles a trace for the given place.
pub fn compile_trace(trace: &Trace, environment: &Environment<'_>) -> Result<Code, CompileError> {
    let plan = Plan::new(trace);
    let target = X64Target {
        trace,
        plan: &plan,
        helpers: environment.helpers,
        limited: environment.limited,
    };
    let allocation = allocate(trace, &plan, &target)?;
    if cfg!(debug_assertions) {
        super::super::check::check(trace, &plan, &target, &allocation)
            .map_err(CompileError::Malformed)?;
    }
    let mut ops = Assembler::new(environment.address);
    let site_labels = (0..allocation.sites.len())
        .map(|_| ops.new_dynamic_label())
        .collect();
    let loop_label = ops.new_dynamic_label();
    let head_label = ops.new_dynamic_label();
    let start_exit_label = ops.new_dynamic_label();
    let mut emitter = Emitter {
        ops,
        trace,
        plan: &plan,
        allocation: &allocation,
        environment,
        features: environment.features,
        index: 0,
        pool: Vec::new(),
        cold: Vec::new(),
        site_labels,
        loop_label,
        head_label,
        start_exit_label,
        patches: Vec::new(),
        loop_jumps: Vec::new(),
        own_jumps: Vec::new(),
    };
    emitter.prologue();
    for index in 0..trace.instructions.len() {
        emitter.index = index;
        emitter.step()?;
    }
    emitter.end()?;
    emitter.cold_code()?;
    emitter.finish()
}

impl Emitter<'_> {
    fn prologue(&mut self) {
        let heap = self.environment.heap as i64;
        let head = self.head_label;
        dynasm!(self.ops
            ; push rbx
            ; push rbp
            ; push r12
            ; push r13
            ; push r14
            ; push r15
            ; sub rsp, FRAME_BYTES
            ; mov rbx, rsi
            ; mov r15, QWORD heap
            ; .align 16
            ;=> head
        );
    }
    /// One instruction, with what allocation put around it.
    fn step(&mut self) -> Result<(), CompileError> {
        let instruction = &self.trace.instructions[self.index];
        match instruction.operation {
            Operation::Loop => {
                self.enter_loop();
                return Ok(());
            }
            Operation::Phi => return Ok(()),
            _ => {}
        }
        if matches!(self.plan.kinds[self.index], Kind::Nothing | Kind::Address) {
            return Ok(());
        }
        let decision = self.allocation.decisions[self.index];
        for at in decision.reloads.0..decision.reloads.1 {
            let (slot, register) = self.allocation.reloads[at as usize];
            self.load_slot(register, slot);
        }
        if let Some(site) = decision.site
            && let Some(counter) = (self.environment.forced_counter)()
        {
            let exit = self.site_labels[site as usize];
            dynasm!(self.ops; mov rax, QWORD counter as i64; dec DWORD [rax]; je =>exit);
        }
        self.lower()?;
        if let (Some(slot), Some(register)) = (self.allocation.slots[self.index], decision.result) {
            self.store_slot(slot, register);
        }
        Ok(())
    }
    fn lower(&mut self) -> Result<(), CompileError> {
        let operation = self.trace.instructions[self.index].operation;
        if self.lower_number(operation)?
            || self.lower_integer(operation)?
            || self.lower_memory(operation)?
            || self.lower_table(operation)?
            || self.lower_call(operation)?
        {
            return Ok(());
        }
        Err(CompileError::Unsupported(operation.text()))
    }
    /// Stubs, constants, bytes.
    fn finish(mut self) -> Result<Code, CompileError> {
        let first_site = self.environment.first_site;
        let exit = self.environment.stubs.exit;
        let mut stubs = Vec::with_capacity(self.site_labels.len());
        for (index, label) in self.site_labels.clone().into_iter().enumerate() {
            stubs.push(self.ops.offset().0);
            let number = (first_site + index as u32) as i32;
            dynasm!(self.ops;=> label; mov eax, number);
            self.jump_to(exit);
        }
        let start_exit = self.ops.offset().0;
        let number = (first_site + stubs.len() as u32) as i32;
        let label = self.start_exit_label;
        dynasm!(self.ops;=> label; mov eax, number);
        self.jump_to(exit);
        let code_end = self.ops.offset().0;
        dynasm!(self.ops; .align 8);
        for (bits, label) in std::mem::take(&mut self.pool) {
            dynasm!(self.ops;=> label; .u64 bits);
        }
        let head = self.offset_of(self.head_label)?;
        self.resolve_jumps()?;
        let end_site = self.allocation.end_site;
        let bytes = self
            .ops
            .finalize()
            .map_err(|error| CompileError::Malformed(format!("{error:?}")))?;
        Ok(Code {
            bytes,
            head,
            start_exit,
            code_end,
            stubs,
            sites: self.allocation.sites.clone(),
            patches: self.patches,
            end_site,
        })
    }
    fn offset_of(&self, label: DynamicLabel) -> Result<usize, CompileError> {
        self.ops
            .labels()
            .resolve_dynamic(label)
            .map(|offset| offset.0)
            .map_err(|_| CompileError::Malformed("a label".to_owned()))
    }
    /// What an interrupt does to the jumps that close the loop: they go to the exit at the end of the pass, those to the head to the
    /// exit at the start.
    fn resolve_jumps(&mut self) -> Result<(), CompileError> {
        let mut ways = Vec::new();
        for &offset in &self.loop_jumps {
            let site = self.allocation.end_site.unwrap_or(0) as usize;
            let stub = self.offset_of(self.site_labels[site])?;
            ways.push((offset, self.offset_of(self.loop_label)?, stub));
        }
        for &offset in &self.own_jumps {
            let stub = self.offset_of(self.start_exit_label)?;
            ways.push((offset, self.offset_of(self.head_label)?, stub));
        }
        for (offset, normal, interrupted) in ways {
            self.patches.push(Patch {
                offset,
                normal: normal as i32 - offset as i32 - 4,
                interrupted: interrupted as i32 - offset as i32 - 4,
            });
        }
        Ok(())
    }
    /// A jump to an absolute address (near our code).
    pub fn jump_to(&mut self, address: usize) {
        dynasm!(self.ops; jmp extern address);
    }
    /// A call of an absolute address.
    pub fn call(&mut self, address: usize) {
        let here = self.environment.address + self.ops.offset().0;
        if address.abs_diff(here) < 0x7ff0_0000 {
            dynasm!(self.ops; call extern address);
        } else {
            dynasm!(self.ops; mov rax, QWORD address as i64; call rax);
        }
    }

    // ---- Operands ----

    pub fn operand(&self, number: usize) -> Ref {
        self.trace.instructions[self.index].operands[number]
    }
    pub fn literal(&self) -> u32 {
        self.trace.instructions[self.index].literal
    }
    /// The result's register.
    pub fn result(&self) -> Result<Register, CompileError> {
        self.allocation.decisions[self.index]
            .result
            .ok_or_else(|| CompileError::Malformed(format!("{} has no register", self.index)))
    }
    /// The result's xmm register.
    pub fn float_result(&self) -> Result<u8, CompileError> {
        Ok(self.result()? - FIRST_FLOAT)
    }
    /// Where an operand of the current instruction is.
    pub fn place(&self, reference: Ref) -> Result<Place, CompileError> {
        if let Some(constant) = reference.as_constant() {
            return Ok(Place::Constant(constant as u32));
        }
        let value = reference.as_instruction().unwrap_or(usize::MAX) as u32;
        let (first, last) = self.allocation.decisions[self.index].places;
        self.allocation.places[first as usize..last as usize]
            .iter()
            .find(|each| each.0 == value)
            .map(|each| each.1)
            .ok_or_else(|| CompileError::Malformed(format!("{value} is no use of {}", self.index)))
    }
    /// Bits of a constant in a general register: integers zero-extended, objects as addresses if `ty` is one.
    pub fn constant_bits(&self, constant: u32) -> u64 {
        match self.trace.constants[constant as usize] {
            Constant::Number(bits) | Constant::Frame(bits) | Constant::Pointer(bits) => bits,
            Constant::Integer(value) => u64::from(value as u32),
            Constant::Int64(value) => value as u64,
            Constant::Word(bits) => {
                if self.trace.constants[constant as usize].ty().tag().is_some() {
                    bits & ((1 << rlove_vm::value::TAG_SHIFT) - 1)
                } else {
                    bits
                }
            }
        }
    }
    /// The general register of an operand; a constant comes into `rax`.
    pub fn general(&mut self, reference: Ref) -> Result<Register, CompileError> {
        match self.place(reference)? {
            Place::Register(register) if register < FIRST_FLOAT => Ok(register),
            Place::Constant(constant) => {
                let bits = self.constant_bits(constant);
                self.load_bits(RAX, bits);
                Ok(RAX)
            }
            other => Err(CompileError::Malformed(format!(
                "{other:?} is no general register at {}",
                self.index
            ))),
        }
    }
    /// The xmm register of an operand; a constant or slot comes into the scratch register.
    pub fn float(&mut self, reference: Ref) -> Result<u8, CompileError> {
        match self.float_operand(reference)? {
            FloatOperand::Register(register) => Ok(register),
            FloatOperand::Memory(memory) => {
                self.load_float(FLOAT_SCRATCH, memory);
                Ok(FLOAT_SCRATCH)
            }
        }
    }
    /// A floating-point operand, in memory if that is where it is.
    pub fn float_operand(&mut self, reference: Ref) -> Result<FloatOperand, CompileError> {
        if let Some(load) = self.plan.memory_operand(self.trace, reference) {
            return Ok(FloatOperand::Memory(self.address(load)?));
        }
        match self.place(reference)? {
            Place::Register(register) if register >= FIRST_FLOAT => {
                Ok(FloatOperand::Register(register - FIRST_FLOAT))
            }
            Place::Slot(slot) => Ok(FloatOperand::Memory(slot_memory(slot))),
            Place::Constant(constant) => {
                let bits = match self.trace.constants[constant as usize] {
                    Constant::Integer(value) => f64::from(value).to_bits(),
                    _ => self.constant_bits(constant),
                };
                Ok(FloatOperand::Memory(self.pool(bits)))
            }
            other => Err(CompileError::Malformed(format!(
                "{other:?} is no number at {}",
                self.index
            ))),
        }
    }
    /// An integer constant.
    pub fn integer_constant(&self, reference: Ref) -> Option<i32> {
        match self.trace.constant_at(reference)? {
            Constant::Integer(value) => Some(value),
            _ => None,
        }
    }
    /// A constant in memory.
    pub fn pool(&mut self, bits: u64) -> Memory {
        if let Some(&(_, label)) = self.pool.iter().find(|each| each.0 == bits) {
            return Memory::Pool(label);
        }
        let label = self.ops.new_dynamic_label();
        self.pool.push((bits, label));
        Memory::Pool(label)
    }
    /// The exit of the current instruction.
    pub fn exit_label(&self) -> Result<DynamicLabel, CompileError> {
        self.allocation.decisions[self.index]
            .site
            .and_then(|site| self.site_labels.get(site as usize).copied())
            .ok_or_else(|| CompileError::Malformed(format!("{} has no exit", self.index)))
    }

    // ---- Moves ----

    pub fn load_bits(&mut self, register: Register, bits: u64) {
        if bits == 0 {
            dynasm!(self.ops; xor Rd(register), Rd(register));
        } else if u32::try_from(bits).is_ok() {
            dynasm!(self.ops; mov Rd(register), bits as u32 as i32);
        } else {
            dynasm!(self.ops; mov Rq(register), QWORD bits as i64);
        }
    }
    pub fn load_float(&mut self, register: u8, memory: Memory) {
        if self.features.avx {
            memory!(self.ops, memory, [vmovsd Rx(register), QWORD][]);
        } else {
            memory!(self.ops, memory, [movsd Rx(register), QWORD][]);
        }
    }
    pub fn store_float(&mut self, memory: Memory, register: u8) {
        if self.features.avx {
            memory!(self.ops, memory, [vmovsd QWORD][, Rx(register)]);
        } else {
            memory!(self.ops, memory, [movsd QWORD][, Rx(register)]);
        }
    }
    pub fn move_float(&mut self, to: u8, from: u8) {
        if to != from {
            if self.features.avx {
                dynasm!(self.ops; vmovapd Rx(to), Rx(from));
            } else {
                dynasm!(self.ops; movapd Rx(to), Rx(from));
            }
        }
    }
    pub fn move_general(&mut self, to: Register, from: Register) {
        if to != from {
            dynasm!(self.ops; mov Rq(to), Rq(from));
        }
    }
    /// The bits of an xmm register.
    pub fn float_to_general(&mut self, to: Register, from: u8) {
        if self.features.avx {
            dynasm!(self.ops; vmovq Rq(to), Rx(from));
        } else {
            dynasm!(self.ops; movq Rq(to), Rx(from));
        }
    }
    /// Bits into an xmm register.
    pub fn general_to_float(&mut self, to: u8, from: Register) {
        if self.features.avx {
            dynasm!(self.ops; vmovq Rx(to), Rq(from));
        } else {
            dynasm!(self.ops; movq Rx(to), Rq(from));
        }
    }
    /// The double of a 32-bit integer.
    pub fn integer_to_float(&mut self, to: u8, from: Register) {
        if self.features.avx {
            dynasm!(self.ops; vxorps Rx(to), Rx(to), Rx(to); vcvtsi2sd Rx(to), Rx(to), Rd(from));
        } else {
            dynasm!(self.ops; xorps Rx(to), Rx(to); cvtsi2sd Rx(to), Rd(from));
        }
    }
    fn load_slot(&mut self, register: Register, slot: u16) {
        if register >= FIRST_FLOAT {
            self.load_float(register - FIRST_FLOAT, slot_memory(slot));
        } else {
            memory!(self.ops, slot_memory(slot), [mov Rq(register),][]);
        }
    }
    fn store_slot(&mut self, slot: u16, register: Register) {
        if register >= FIRST_FLOAT {
            self.store_float(slot_memory(slot), register - FIRST_FLOAT);
        } else {
            memory!(self.ops, slot_memory(slot), [mov][, Rq(register)]);
        }
    }
    /// Loads in front of the loop.
    pub fn preloads(&mut self) {
        for &(slot, register) in &self.allocation.preloads {
            self.load_slot(register, slot);
        }
    }
    /// Carries parallel moves out. Integer constants that go to floating-point registers are converted.
    pub fn parallel_moves(&mut self, moves: &[Move]) {
        for step in sequence(moves) {
            match step {
                Step::Copy(each) => self.copy(each),
                Step::Save(Place::Register(register)) if register >= FIRST_FLOAT => {
                    self.move_float(FLOAT_SCRATCH, register - FIRST_FLOAT);
                }
                Step::Save(Place::Register(register)) => {
                    self.general_to_float(FLOAT_SCRATCH, register);
                }
                Step::Save(Place::Slot(slot)) => {
                    self.load_float(FLOAT_SCRATCH, slot_memory(slot));
                }
                Step::Restore(Place::Register(register)) if register >= FIRST_FLOAT => {
                    self.move_float(register - FIRST_FLOAT, FLOAT_SCRATCH);
                }
                Step::Restore(Place::Register(register)) => {
                    self.float_to_general(register, FLOAT_SCRATCH);
                }
                Step::Restore(Place::Slot(slot)) => {
                    self.store_float(slot_memory(slot), FLOAT_SCRATCH);
                }
                Step::Save(Place::Constant(_)) | Step::Restore(Place::Constant(_)) => {}
            }
        }
    }
    /// One move between any two places.
    fn copy(&mut self, each: Move) {
        match (each.source, each.destination) {
            (Place::Register(from), Place::Register(to)) => {
                match (from >= FIRST_FLOAT, to >= FIRST_FLOAT) {
                    (true, true) => self.move_float(to - FIRST_FLOAT, from - FIRST_FLOAT),
                    (false, false) => self.move_general(to, from),
                    (true, false) => self.float_to_general(to, from - FIRST_FLOAT),
                    (false, true) => self.general_to_float(to - FIRST_FLOAT, from),
                }
            }
            (Place::Register(from), Place::Slot(slot)) => self.store_slot(slot, from),
            (Place::Slot(slot), Place::Register(to)) => self.load_slot(to, slot),
            (Place::Slot(from), Place::Slot(to)) => {
                memory!(self.ops, slot_memory(from), [mov rax,][]);
                memory!(self.ops, slot_memory(to), [mov][, rax]);
            }
            (Place::Constant(constant), Place::Register(to)) => {
                let bits = self.constant_bits(constant);
                if to >= FIRST_FLOAT {
                    let memory = self.pool(bits);
                    self.load_float(to - FIRST_FLOAT, memory);
                } else {
                    self.load_bits(to, bits);
                }
            }
            (Place::Constant(constant), Place::Slot(to)) => {
                let bits = self.constant_bits(constant);
                self.load_bits(RAX, bits);
                memory!(self.ops, slot_memory(to), [mov][, rax]);
            }
            (_, Place::Constant(_)) => {}
        }
    }
    /// Type of a reference.
    pub fn ty(&self, reference: Ref) -> Type {
        self.trace.ty(reference)
    }
}

/// A spill slot.
pub fn slot_memory(slot: u16) -> Memory {
    Memory::Base(super::RSP, SLOTS_OFFSET + i32::from(slot) * 8)
}
