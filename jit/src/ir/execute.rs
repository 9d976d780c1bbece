//! The meaning of the intermediate representation: a slow executor over a small model of memory.
//!
//! Tests run a trace as recorded and as optimised from the same state and compare where they leave and what is there then; the
//! back end's tests do the same with machine code. It is written to be obviously right, not fast.
//!
//! ```
//! use rlove_jit::ir::{execute::*, text::parse};
//! let trace = parse("trace 1 at 0x10 link loop\n0000 value slot_load #0\nsnapshot 0 pc 0x10 []\n0001 number unbox 0000 > 0\n\
//!     0002 number add 0001 1.0\n0003 - lt 0002 5.0 > 0\nsnapshot 1 pc 0x10 [0: 0002]").unwrap();
//! let mut memory = Memory::default();
//! let slots = [(0, 1f64.to_bits())].into();
//! let exit = execute(&trace, &slots, &mut memory, &mut |_, _, _| None, 100).unwrap();
//! assert_eq!(exit.slots[&0], 4f64.to_bits());      // 1, 2, 3, 4: then 5 < 5 does not hold
//! ```
//!
//! ## The model of memory
//! An object is an address; everything in memory is a word behind (base, kind of place, index). The body of a table is the address plus
//! 2^40, and so on for other parts, unless something was stored in the field. Foreign memory is bytes. What was never written reads as
//! nil, as 0, or as the part that belongs to the object.
//!
//! Invariants: an executor and a back end agree bit by bit, also on the sign of NaNs as far as the model of Rust's doubles goes (tests avoid
//! comparing NaNs that two NaNs made).
//!
//! A store that is said to need no barrier and overwrites an object in a table that is not new is an error.
//!
//! What it does not do: run helpers (the caller's closure does), collect garbage, fill real memory.

use super::*;
use rlove_vm::interpreter::arithmetic::{lua_modulo, lua_power, to_bits32};
use rlove_vm::value::{TAG_SHIFT, TAG_STRING, Value};
use std::collections::BTreeMap;

/// New tables have addresses from here on.
const FIRST_NEW: u64 = 0x1000_0000;
const PAYLOAD_MASK: u64 = (1 << TAG_SHIFT) - 1;

/// A value while it is computed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Datum {
    /// No result.
    None,
    /// Tagged word.
    Word(u64),
    /// Number.
    Number(f64),
    /// 32-bit integer.
    Integer(i32),
    /// 64-bit integer.
    Int64(i64),
    /// Address of an object of this type, or of a part.
    Address(Type, u64),
}

impl Datum {
    /// The tagged word.
    pub fn word(self) -> Result<u64, String> {
        match self {
            Datum::Word(word) => Ok(word),
            Datum::Number(number) => Ok(Value::number(number).bits()),
            Datum::Integer(integer) => Ok(f64::from(integer).to_bits()),
            Datum::Address(ty, address) => match ty.tag() {
                Some(tag) => Ok(tag << TAG_SHIFT | address),
                None => Ok(address),
            },
            other => Err(format!("{other:?} has no word")),
        }
    }
    fn number(self) -> Result<f64, String> {
        match self {
            Datum::Number(number) => Ok(number),
            other => Err(format!("{other:?} is no number")),
        }
    }
    fn integer(self) -> Result<i32, String> {
        match self {
            Datum::Integer(integer) => Ok(integer),
            other => Err(format!("{other:?} is no integer")),
        }
    }
    fn int64(self) -> Result<i64, String> {
        match self {
            Datum::Int64(integer) => Ok(integer),
            other => Err(format!("{other:?} is no int64")),
        }
    }
    fn address(self) -> Result<u64, String> {
        match self {
            Datum::Address(_, address) => Ok(address),
            other => Err(format!("{other:?} is no address")),
        }
    }
    fn of_constant(constant: Constant) -> Datum {
        match constant {
            Constant::Number(bits) => Datum::Number(f64::from_bits(bits)),
            Constant::Integer(integer) => Datum::Integer(integer),
            Constant::Int64(integer) => Datum::Int64(integer),
            Constant::Frame(bits) => Datum::Word(bits),
            Constant::Pointer(address) => Datum::Address(Type::Pointer, address),
            Constant::Word(bits) => Datum::of_word(bits, constant.ty()),
        }
    }
    /// A word that is known to be of this type, as a value of it.
    pub fn of_word(word: u64, ty: Type) -> Datum {
        match ty {
            Type::Number => Datum::Number(f64::from_bits(word)),
            Type::Value | Type::None => Datum::Word(word),
            Type::Integer => Datum::Integer(word as i32),
            Type::Int64 => Datum::Int64(word as i64),
            _ => Datum::Address(ty, word & PAYLOAD_MASK),
        }
    }
}

/// What kind of place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// Field by number.
    Field,
    /// Inline slot of a table.
    Inline,
    /// Slot of a slot array.
    Slot,
    /// Element of a body.
    Element,
    /// Value of a hash entry.
    HashValue,
    /// Key of a hash entry.
    HashKey,
    /// Value of an upvalue.
    Upvalue,
    /// Shape of a table.
    Shape,
    /// Inline slots of a table.
    Capacity,
    /// Kind of an object.
    ObjectKind,
}

/// The model of memory.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Memory {
    /// Words by base address, kind and index.
    pub words: BTreeMap<(u64, Kind, i64), u64>,
    /// Foreign bytes.
    pub bytes: BTreeMap<i64, u8>,
    /// The prototype epoch.
    pub epoch: u32,
    /// How many tables were made.
    pub allocations: u32,
}

impl Memory {
    /// A word, if it was written.
    pub fn get(&self, base: u64, kind: Kind, index: i64) -> Option<u64> {
        self.words.get(&(base, kind, index)).copied()
    }
    /// Writes a word.
    pub fn set(&mut self, base: u64, kind: Kind, index: i64, word: u64) {
        self.words.insert((base, kind, index), word);
    }
    /// A new table.
    pub fn new_table(&mut self, literal: u32) -> u64 {
        self.allocations += 1;
        let address = FIRST_NEW + u64::from(self.allocations) * 0x100;
        self.set(address, Kind::Shape, 0, u64::from(literal & 0xFF_FFFF));
        self.set(address, Kind::Capacity, 0, u64::from(literal >> 24));
        for slot in 0..literal >> 24 {
            self.set(address, Kind::Inline, i64::from(slot), Value::NIL.bits());
        }
        address
    }
    /// Whether the word at a place is an object, and the table not new.
    fn needs_barrier(&self, base: u64, kind: Kind, index: i64) -> bool {
        let is_new = base & ((1 << 40) - 1) >= FIRST_NEW;
        let word = self.get(base, kind, index).unwrap_or(0);
        !is_new && word >> TAG_SHIFT >= TAG_STRING
    }
    fn field(&self, base: u64, literal: u32) -> u64 {
        let stored = self.get(base, Kind::Field, i64::from(literal));
        let (field, _) = Field::of_literal(literal);
        stored.unwrap_or(match field.ty() {
            Type::Pointer => base + (u64::from(literal + 1) << 40),
            _ => 0,
        })
    }
    fn foreign(&self, address: i64, bytes: u32) -> u64 {
        (0..i64::from(bytes)).rev().fold(0, |word, at| {
            let byte = self.bytes.get(&address.wrapping_add(at)).copied();
            word << 8 | u64::from(byte.unwrap_or(0))
        })
    }
    fn set_foreign(&mut self, address: i64, bytes: u32, word: u64) {
        for at in 0..i64::from(bytes) {
            let byte = (word >> (8 * at)) as u8;
            self.bytes.insert(address.wrapping_add(at), byte);
        }
    }
}

/// Where execution left the trace.
#[derive(Clone, Debug, PartialEq)]
pub struct Exit {
    /// Number of the snapshot.
    pub snapshot: usize,
    /// Where the interpreter goes on.
    pub pc: usize,
    /// The slots: those at entry, overlaid with the snapshot's.
    pub slots: BTreeMap<i32, u64>,
    /// Whether a guard failed (else: the end, or no passes left).
    pub failed: bool,
    /// How many passes of a loop were begun.
    pub passes: u32,
}

/// Runs a helper: its number, arguments and the memory; `None` is failure.
pub type HelperRunner<'a> = dyn FnMut(u32, &[Datum], &mut Memory) -> Option<u64> + 'a;

struct Machine<'a, 'b> {
    trace: &'a Trace,
    values: Vec<Datum>,
    slots: BTreeMap<i32, u64>,
    memory: &'a mut Memory,
    helpers: &'a mut HelperRunner<'b>,
    sunk: Vec<bool>,
}

/// Runs a trace from these slots, at most `passes` passes of its loop (2 or more: a peeled loop has two).
pub fn execute(
    trace: &Trace,
    slots: &BTreeMap<i32, u64>,
    memory: &mut Memory,
    helpers: &mut HelperRunner,
    passes: u32,
) -> Result<Exit, String> {
    let mut sunk = vec![false; trace.instructions.len()];
    for object in trace.snapshots.iter().flat_map(|snapshot| &snapshot.sunk) {
        for reference in object.stores.iter().chain([&object.allocation]) {
            if let Some(index) = reference.as_instruction() {
                sunk[index] = true;
            }
        }
    }
    let mut machine = Machine {
        trace,
        values: vec![Datum::None; trace.instructions.len()],
        slots: slots.clone(),
        memory,
        helpers,
        sunk,
    };
    machine.run(passes)
}

impl Machine<'_, '_> {
    fn run(&mut self, passes: u32) -> Result<Exit, String> {
        let end = self.trace.snapshots.len().wrapping_sub(1);
        let first_phi = self
            .trace
            .instructions
            .iter()
            .position(|instruction| instruction.operation == Operation::Phi)
            .unwrap_or(self.trace.instructions.len());
        let mut begun = 1;
        let mut from = 0;
        loop {
            for index in from..first_phi {
                let instruction = self.trace.instructions[index];
                if self.sunk[index] {
                    continue;
                }
                if instruction.operation == Operation::Loop {
                    begun += 1;
                }
                match self.step(&instruction).map_err(|error| {
                    format!("{}: {error}", text::print_instruction(self.trace, index))
                })? {
                    Some(value) => self.values[index] = value,
                    None => return self.leave(instruction.snapshot as usize, true, begun),
                }
            }
            if self.trace.link != Link::Loop || begun >= passes {
                return self.leave(end, false, begun);
            }
            begun += 1;
            match self.trace.loop_marker() {
                Some(marker) => {
                    self.carry(first_phi)?;
                    from = marker + 1;
                }
                None => self.slots = self.leave(end, false, begun)?.slots,
            }
        }
    }

    fn carry(&mut self, first_phi: usize) -> Result<(), String> {
        let phis = &self.trace.instructions[first_phi..];
        let mut next = Vec::new();
        for phi in phis {
            if phi.operation == Operation::Phi {
                next.push((phi.operands[0], self.value(phi.operands[1])?));
            }
        }
        for (left, value) in next {
            if let Some(left) = left.as_instruction() {
                self.values[left] = value;
            }
        }
        Ok(())
    }

    fn leave(&mut self, number: usize, failed: bool, passes: u32) -> Result<Exit, String> {
        let trace = self.trace;
        let snapshot = trace.snapshots.get(number).ok_or("no such snapshot")?;
        let kept = self.values.clone();
        for object in &snapshot.sunk {
            let index = object.allocation.as_instruction().ok_or("sunk what?")?;
            let table = self.memory.new_table(trace.instructions[index].literal);
            self.values[index] = Datum::Address(Type::Table, table);
        }
        for object in &snapshot.sunk {
            for store in &object.stores {
                let index = store.as_instruction().ok_or("sunk what?")?;
                let mut instruction = trace.instructions[index];
                // Of a carried object the stores are those of the pass before: their base is this object.
                instruction.operands[0] = object.allocation;
                self.step(&instruction)?;
            }
        }
        let mut slots = self.slots.clone();
        for entry in &snapshot.entries {
            slots.insert(entry.slot, self.value(entry.value)?.word()?);
        }
        self.values = kept;
        Ok(Exit {
            snapshot: number,
            pc: snapshot.pc,
            slots,
            failed,
            passes,
        })
    }

    fn value(&self, reference: Ref) -> Result<Datum, String> {
        if let Some(constant) = self.trace.constant_at(reference) {
            return Ok(Datum::of_constant(constant));
        }
        match reference.as_instruction() {
            Some(index) if self.values[index] != Datum::None => Ok(self.values[index]),
            _ => Err("a value that is not there".to_string()),
        }
    }

    /// The result; `None` if a guard fails.
    fn step(&mut self, instruction: &Instruction) -> Result<Option<Datum>, String> {
        let operation = instruction.operation;
        if matches!(
            operation,
            Operation::Loop | Operation::Nop | Operation::SafePoint | Operation::StackCheck
        ) {
            return Ok(Some(Datum::None));
        }
        if operation == Operation::SlotLoad {
            let word = self.slots.get(&(instruction.literal as i32)).copied();
            return Ok(Some(Datum::Word(word.unwrap_or(Value::NIL.bits()))));
        }
        if operation.has_arguments() {
            return self.call(instruction);
        }
        let mut operands = [Datum::None; 3];
        for (at, operand) in operands[..operation.reference_count()]
            .iter_mut()
            .enumerate()
        {
            *operand = self.value(instruction.operands[at])?;
        }
        match operation.effect() {
            Effect::Pure if operation.is_guard() => guard(instruction, operands),
            Effect::Pure => pure(operation, operands).map(Some),
            Effect::Load if operation.is_guard() => self.memory_guard(instruction, operands),
            Effect::Load => self.load(instruction, operands).map(Some),
            Effect::Store => self.store(instruction, operands).map(Some),
            Effect::Allocate => {
                let table = self.memory.new_table(instruction.literal);
                Ok(Some(Datum::Address(Type::Table, table)))
            }
            _ => Err("not executable".to_string()),
        }
    }

    fn call(&mut self, instruction: &Instruction) -> Result<Option<Datum>, String> {
        if instruction.operation == Operation::CallNative {
            return Err("native entries are not modelled".to_string());
        }
        let mut arguments = Vec::new();
        for &argument in self.trace.arguments_of(instruction) {
            arguments.push(self.value(argument)?);
        }
        let result = (self.helpers)(instruction.literal, &arguments, self.memory);
        Ok(result.map(|word| match instruction.ty {
            Type::None => Datum::None,
            ty => Datum::of_word(word, ty),
        }))
    }

    fn memory_guard(
        &mut self,
        instruction: &Instruction,
        [a, b, _]: [Datum; 3],
    ) -> Result<Option<Datum>, String> {
        let literal = instruction.literal;
        let index = i64::from(literal);
        let holds = match instruction.operation {
            Operation::GuardShape => {
                let shape = self.memory.get(a.address()?, Kind::Shape, 0);
                shape.unwrap_or(0) == u64::from(literal)
            }
            Operation::GuardHashEntry => {
                self.memory.get(a.address()?, Kind::HashKey, index) == Some(b.word()?)
            }
            Operation::GuardEpoch => self.memory.epoch == literal,
            _ => true,
        };
        Ok(holds.then_some(Datum::None))
    }

    fn load(&mut self, instruction: &Instruction, [a, b, _]: [Datum; 3]) -> Result<Datum, String> {
        let literal = instruction.literal;
        let nil = Value::NIL.bits();
        let (kind, index) = match instruction.operation {
            Operation::LoadMemory => return self.load_foreign(instruction, a.int64()?),
            Operation::LoadField => {
                let word = self.memory.field(a.address()?, literal);
                return Ok(Datum::of_word(word, instruction.ty));
            }
            Operation::LoadByte => {
                let seed = a.address()? ^ b.integer()? as u64;
                return Ok(Datum::Integer((seed & 255) as i32));
            }
            Operation::LoadInline => (Kind::Inline, i64::from(literal)),
            Operation::LoadSlotArray => (Kind::Slot, i64::from(literal)),
            Operation::LoadElement => (Kind::Element, i64::from(b.integer()?)),
            Operation::LoadHashValue => (Kind::HashValue, i64::from(literal)),
            Operation::LoadUpvalue => (Kind::Upvalue, 0),
            _ => return Err("not a load".to_string()),
        };
        let word = self.memory.get(a.address()?, kind, index);
        Ok(Datum::Word(word.unwrap_or(nil)))
    }

    fn load_foreign(&mut self, instruction: &Instruction, base: i64) -> Result<Datum, String> {
        let (access, offset) =
            MemoryAccess::of_literal(instruction.literal).ok_or("unknown access")?;
        let word = self
            .memory
            .foreign(base.wrapping_add(i64::from(offset)), access.bytes());
        Ok(match access {
            MemoryAccess::I8 => Datum::Integer(i32::from(word as i8)),
            MemoryAccess::I16 => Datum::Integer(i32::from(word as i16)),
            MemoryAccess::U8 | MemoryAccess::U16 | MemoryAccess::I32 => Datum::Integer(word as i32),
            MemoryAccess::I64 => Datum::Int64(word as i64),
            MemoryAccess::F32 => Datum::Number(f64::from(f32::from_bits(word as u32))),
            MemoryAccess::F64 => Datum::Number(f64::from_bits(word)),
        })
    }

    fn store(&mut self, instruction: &Instruction, [a, b, c]: [Datum; 3]) -> Result<Datum, String> {
        let literal = instruction.literal & !NO_BARRIER;
        let index = i64::from(literal);
        let (kind, index, word) = match instruction.operation {
            Operation::StoreMemory => return self.store_foreign(literal, a.int64()?, b),
            Operation::StoreField => {
                let word = match b {
                    Datum::Integer(integer) => integer as u32 as u64,
                    other => other.address()?,
                };
                (Kind::Field, index, word)
            }
            Operation::StoreShape => (Kind::Shape, 0, u64::from(literal)),
            Operation::StoreInline => (Kind::Inline, index, b.word()?),
            Operation::StoreSlotArray => (Kind::Slot, index, b.word()?),
            Operation::StoreElement => (Kind::Element, i64::from(b.integer()?), c.word()?),
            Operation::StoreHashValue => (Kind::HashValue, index, b.word()?),
            Operation::StoreUpvalue => (Kind::Upvalue, 0, b.word()?),
            _ => return Err("not a store".to_string()),
        };
        let base = a.address()?;
        if instruction.literal & NO_BARRIER != 0 && self.memory.needs_barrier(base, kind, index) {
            return Err("a store without barrier overwrites an object".to_string());
        }
        self.memory.set(base, kind, index, word);
        Ok(Datum::None)
    }

    fn store_foreign(&mut self, literal: u32, base: i64, value: Datum) -> Result<Datum, String> {
        let (access, offset) = MemoryAccess::of_literal(literal).ok_or("unknown access")?;
        let word = match (access, value) {
            (MemoryAccess::F32, Datum::Number(number)) => u64::from((number as f32).to_bits()),
            (_, Datum::Number(number)) => number.to_bits(),
            (_, Datum::Int64(integer)) => integer as u64,
            (_, other) => other.integer()? as u32 as u64,
        };
        let address = base.wrapping_add(i64::from(offset));
        self.memory.set_foreign(address, access.bytes(), word);
        Ok(Datum::None)
    }
}

fn compare<T: PartialOrd>(operation: Operation, a: T, b: T) -> bool {
    match operation {
        Operation::Equal => a == b,
        Operation::NotEqual => a != b,
        Operation::Less | Operation::UnsignedLess => a < b,
        Operation::LessEqual | Operation::Bounds => a <= b,
        Operation::NotLess | Operation::UnsignedNotLess => {
            a.partial_cmp(&b) != Some(std::cmp::Ordering::Less)
        }
        _ => !matches!(
            a.partial_cmp(&b),
            Some(std::cmp::Ordering::Less | std::cmp::Ordering::Equal)
        ),
    }
}

/// Guards that look at their operands only.
fn guard(instruction: &Instruction, [a, b, _]: [Datum; 3]) -> Result<Option<Datum>, String> {
    use Operation::*;
    let operation = instruction.operation;
    let passed = |holds: bool| Ok(holds.then_some(Datum::None));
    match operation {
        Unbox => return unbox(instruction, a),
        GuardBits => return passed(a.word()? == b.word()?),
        GuardNotBits => return passed(a.word()? != b.word()?),
        GuardTruth => {
            let falsy = [Value::NIL.bits(), Value::FALSE.bits()].contains(&a.word()?);
            return passed(falsy != (instruction.literal == 1));
        }
        GuardKind | GuardInlineCapacity => return passed(true),
        AddOverflow | SubtractOverflow | MultiplyOverflow => {
            let (x, y) = (a.integer()?, b.integer()?);
            let result = match operation {
                AddOverflow => x.checked_add(y),
                SubtractOverflow => x.checked_sub(y),
                _ => x.checked_mul(y).filter(|&z| z != 0 || (x >= 0 && y >= 0)),
            };
            return Ok(result.map(Datum::Integer));
        }
        NumberToInteger => {
            let number = a.number()?;
            let whole = number as i32;
            return Ok((f64::from(whole) == number).then_some(Datum::Integer(whole)));
        }
        _ => {}
    }
    let unsigned = matches!(operation, Bounds | UnsignedLess | UnsignedNotLess);
    passed(match (a, b) {
        (Datum::Number(x), Datum::Number(y)) => compare(operation, x, y),
        (Datum::Integer(x), Datum::Integer(y)) if unsigned => {
            compare(operation, x as u32, y as u32)
        }
        (Datum::Integer(x), Datum::Integer(y)) => compare(operation, x, y),
        (Datum::Int64(x), Datum::Int64(y)) if unsigned => compare(operation, x as u64, y as u64),
        (Datum::Int64(x), Datum::Int64(y)) => compare(operation, x, y),
        (Datum::Address(_, x), Datum::Address(_, y)) => compare(operation, x, y),
        _ => return Err(format!("{a:?} and {b:?} do not compare")),
    })
}

fn unbox(instruction: &Instruction, value: Datum) -> Result<Option<Datum>, String> {
    let word = match value {
        Datum::Number(_) if instruction.ty == Type::Number => return Ok(Some(value)),
        other => other.word()?,
    };
    let holds = match instruction.ty {
        Type::Number => Value::from_bits(word).as_number().is_some(),
        ty => Some(word >> TAG_SHIFT) == ty.tag(),
    };
    if !holds && instruction.literal == 1 {
        return Err("a type that was known is another".to_string());
    }
    Ok(holds.then(|| Datum::of_word(word, instruction.ty)))
}

fn pure(operation: Operation, operands: [Datum; 3]) -> Result<Datum, String> {
    let [a, b, _] = operands;
    match (operation.result(), a) {
        (ResultType::Number, Datum::Number(x)) => {
            let y = b.number().unwrap_or(0.0);
            number(operation, x, y).map(Datum::Number)
        }
        (_, Datum::Integer(x)) if !matches!(operation, Operation::Box) => {
            integer(operation, x, b.integer().unwrap_or(0))
        }
        _ => other(operation, a, b),
    }
}

fn number(operation: Operation, x: f64, y: f64) -> Result<f64, String> {
    use Operation::*;
    Ok(match operation {
        Add => x + y,
        Subtract => x - y,
        Multiply => x * y,
        Divide => x / y,
        Modulo => lua_modulo(x, y),
        Power => lua_power(x, y),
        Negate => -x,
        Absolute => x.abs(),
        SquareRoot => x.sqrt(),
        Floor => x.floor(),
        Ceil => x.ceil(),
        Minimum => {
            if y < x {
                y
            } else {
                x
            }
        }
        Maximum => {
            if y > x {
                y
            } else {
                x
            }
        }
        _ => return Err("not of numbers".to_string()),
    })
}

fn integer(operation: Operation, x: i32, y: i32) -> Result<Datum, String> {
    use Operation::*;
    let count = y as u32 & 31;
    let result = match operation {
        AddInteger => x.wrapping_add(y),
        SubtractInteger => x.wrapping_sub(y),
        MultiplyInteger => x.wrapping_mul(y),
        NegateInteger => x.wrapping_neg(),
        BitAnd => x & y,
        BitOr => x | y,
        BitXor => x ^ y,
        BitNot => !x,
        ShiftLeft => x << count,
        ShiftRight => (x as u32 >> count) as i32,
        ShiftRightArithmetic => x >> count,
        RotateLeft => x.rotate_left(count),
        RotateRight => x.rotate_right(count),
        ByteSwap => x.swap_bytes(),
        IntegerToNumber => return Ok(Datum::Number(f64::from(x))),
        UnsignedToNumber => return Ok(Datum::Number(f64::from(x as u32))),
        SignExtend64 => return Ok(Datum::Int64(i64::from(x))),
        ZeroExtend64 => return Ok(Datum::Int64(i64::from(x as u32))),
        _ => return Err("not of integers".to_string()),
    };
    Ok(Datum::Integer(result))
}

fn other(operation: Operation, a: Datum, b: Datum) -> Result<Datum, String> {
    use Operation::*;
    let shift = b.integer().unwrap_or(0) as u32 & 63;
    let wide = match operation {
        Box => return Ok(Datum::Word(a.word()?)),
        NumberToBits => return Ok(Datum::Integer(to_bits32(a.number()?))),
        NumberToInt64 => a.number()? as i64,
        AddressOf => a.address()? as i64,
        Truncate64 => return Ok(Datum::Integer(a.int64()? as i32)),
        Int64ToNumber => return Ok(Datum::Number(a.int64()? as f64)),
        UInt64ToNumber => return Ok(Datum::Number(a.int64()? as u64 as f64)),
        Add64 => a.int64()?.wrapping_add(b.int64()?),
        Subtract64 => a.int64()?.wrapping_sub(b.int64()?),
        Multiply64 => a.int64()?.wrapping_mul(b.int64()?),
        BitAnd64 => a.int64()? & b.int64()?,
        BitOr64 => a.int64()? | b.int64()?,
        BitXor64 => a.int64()? ^ b.int64()?,
        BitNot64 => !a.int64()?,
        ShiftLeft64 => a.int64()? << shift,
        ShiftRight64 => (a.int64()? as u64 >> shift) as i64,
        ShiftRightArithmetic64 => a.int64()? >> shift,
        _ => return Err("not executable".to_string()),
    };
    Ok(Datum::Int64(wide))
}
