//! Random traces mean the same before and after every pass.
//!
//! A trace is made like a recorder makes it: each instruction is tried on a concrete state, and guards that would fail there are not taken. It is a loop
//! with a counter that ends it. Then other states are run through the trace as made and through what the optimiser makes of it, with each pass
//! alone and with all, by the reference executor: both must leave at the same bytecode address with the same slots and the same
//! reachable memory. Where only the optimised trace leaves at the start of the loop (a check that was moved before the loop), the trace as made
//! goes on from there, as the interpreter would.
//!
//! `SEEDS=100000 cargo test -p rlove-jit --release --test ir_random` runs longer.

use rlove_jit::ir::execute::{Datum, Kind, Memory, execute};
use rlove_jit::ir::text::print;
use rlove_jit::ir::verify::verify;
use rlove_jit::ir::*;
use rlove_jit::optimise::{Passes, optimise};
use rlove_vm::value::{TAG_SHIFT, TAG_TABLE, Value};
use std::collections::BTreeMap;

const START: usize = 0x1000;
const PASSES: u32 = 64;
const TABLES: [u64; 3] = [0x100, 0x200, 0x300];
const UPVALUES: [u64; 2] = [0x1000, 0x1100];
const SLOTS: i32 = 6;
const COUNTER: i32 = 8;
const LIMIT: i32 = 9;

const fn helper(name: &'static str, effects: HelperEffects) -> Helper {
    Helper {
        name,
        address: 0,
        arguments: &[],
        result: Type::Number,
        effects,
    }
}

static HELPERS: &[Helper] = &[
    helper("pure", HelperEffects::PURE),
    helper("reads", HelperEffects::READS),
    helper("writes", HelperEffects::WRITES),
];

/// What the helpers of the tests do.
fn run_helper(number: u32, arguments: &[Datum], memory: &mut Memory) -> Option<u64> {
    let first = match arguments.first() {
        Some(Datum::Number(number)) => *number,
        _ => 0.0,
    };
    let inline = |memory: &Memory, table: u64| {
        let word = memory.get(table, Kind::Inline, 0)?;
        Value::from_bits(word).as_number()
    };
    let result = match number {
        0 => first * 3.0 + 1.0,
        1 => {
            TABLES
                .iter()
                .filter_map(|&table| inline(memory, table))
                .sum::<f64>()
                + first
        }
        _ => {
            memory.set(TABLES[0], Kind::Inline, 1, Value::number(first).bits());
            let element = Value::number(first + 1.0).bits();
            memory.set(TABLES[1] + BODY, Kind::Element, 1, element);
            7.0
        }
    };
    Some(Value::number(result).bits())
}

/// Where the executor's model has the body of a table.
const BODY: u64 = 1 << 40;

/// A small generator of pseudo-random numbers (xorshift).
struct Random(u64);

impl Random {
    fn new(seed: u64) -> Random {
        let mut random = Random(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1);
        for _ in 0..8 {
            random.next();
        }
        random
    }
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }
    fn below(&mut self, limit: usize) -> usize {
        (self.next() >> 20) as usize % limit
    }
    fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.below(from.len())]
    }
}

const NUMBERS: [f64; 9] = [0.0, -0.0, 1.0, 2.0, 3.0, -1.0, 0.5, 2.5, 1e10];

fn table_word(address: u64) -> u64 {
    TAG_TABLE << TAG_SHIFT | address
}

fn random_word(random: &mut Random) -> u64 {
    match random.below(8) {
        0 => Value::NIL.bits(),
        1 => Value::TRUE.bits(),
        2 | 3 => table_word(random.pick(&TABLES)),
        _ => random.pick(&NUMBERS).to_bits(),
    }
}

/// A state: slots and memory.
fn random_state(random: &mut Random) -> (BTreeMap<i32, u64>, Memory) {
    let mut memory = Memory::default();
    for table in TABLES {
        memory.set(table, Kind::Shape, 0, 5 + random.below(2) as u64);
        for slot in 0..3 {
            memory.set(table, Kind::Inline, slot, random_word(random));
        }
        let length = 4 + random.below(8) as u64;
        let field = i64::from(Field::ArrayLength as u32);
        memory.set(table + BODY, Kind::Field, field, length);
        for element in 0..=length as i64 {
            memory.set(table + BODY, Kind::Element, element, random_word(random));
        }
    }
    for upvalue in UPVALUES {
        memory.set(upvalue, Kind::Upvalue, 0, random_word(random));
    }
    let mut slots: BTreeMap<i32, u64> =
        (0..SLOTS).map(|slot| (slot, random_word(random))).collect();
    let first = random.below(3) as f64;
    slots.insert(COUNTER, first.to_bits());
    slots.insert(LIMIT, (random.below(7) as f64 + first).to_bits());
    (slots, memory)
}

/// Makes a trace beside a concrete state.
struct Maker {
    random: Random,
    trace: Trace,
    slots: BTreeMap<i32, u64>,
    memory: Memory,
    current: BTreeMap<i32, Ref>,
    /// A store since the last snapshot.
    stored: bool,
    of_multiply: Vec<Ref>,
}

impl Maker {
    fn instruction(
        &self,
        operation: Operation,
        ty: Type,
        operands: &[Ref],
        literal: u32,
    ) -> Instruction {
        let mut all = [Ref::NONE; 3];
        all[..operands.len()].copy_from_slice(operands);
        Instruction {
            operation,
            ty,
            operands: all,
            literal,
            arguments: (0, 0),
            snapshot: NO_SNAPSHOT,
        }
    }
    fn snapshot(&mut self) {
        let entries = self
            .current
            .iter()
            .map(|(&slot, &value)| SnapshotEntry { slot, value })
            .collect();
        let number = self.trace.snapshots.len();
        self.trace.snapshots.push(Snapshot {
            pc: START + 16 * number,
            entries,
            ..Snapshot::default()
        });
        self.stored = false;
    }
    /// Appends if the guard holds in the concrete state.
    fn push(&mut self, mut instruction: Instruction) -> Option<Ref> {
        if instruction.operation.is_guard() {
            if self.stored {
                self.snapshot();
            }
            instruction.snapshot = self.trace.snapshots.len() as u32 - 1;
        }
        let before = self.trace.instructions.len();
        let reference = self.trace.push(instruction);
        let link = std::mem::replace(&mut self.trace.link, Link::None);
        let mut memory = self.memory.clone();
        let ran = execute(&self.trace, &self.slots, &mut memory, &mut run_helper, 2);
        self.trace.link = link;
        match ran {
            Ok(exit) if !exit.failed => {
                let effect = instruction.operation.effect();
                self.stored |= effect == Effect::Store || effect == Effect::Call;
                Some(reference)
            }
            Ok(_) => {
                self.trace.instructions.truncate(before);
                None
            }
            Err(error) => panic!("{error}\n{}", print(&self.trace)),
        }
    }
    fn op(
        &mut self,
        operation: Operation,
        ty: Type,
        operands: &[Ref],
        literal: u32,
    ) -> Option<Ref> {
        let instruction = self.instruction(operation, ty, operands, literal);
        self.push(instruction)
    }
    fn any(&mut self, ty: Type) -> Option<Ref> {
        let mut found: Vec<Ref> = (0..self.trace.instructions.len())
            .map(Ref::instruction)
            .filter(|&reference| self.trace.ty(reference) == ty)
            .collect();
        if self.random.below(4) == 0 || found.is_empty() {
            let constant = match ty {
                Type::Number => Constant::Number(self.random.pick(&NUMBERS).to_bits()),
                Type::Integer => Constant::Integer(self.random.below(4) as i32 - 1),
                Type::Table => Constant::Word(table_word(self.random.pick(&TABLES))),
                Type::Value => Constant::Word(Value::TRUE.bits()),
                _ => return None,
            };
            return Some(self.trace.constant(constant));
        }
        // Late ones more often.
        let recent = found.len().min(6);
        let cut = found.len() - recent;
        if self.random.below(2) == 0 {
            found = found.split_off(cut);
        }
        Some(self.random.pick(&found))
    }
    fn word(&mut self) -> Option<Ref> {
        let ty = self
            .random
            .pick(&[Type::Value, Type::Number, Type::Integer, Type::Table]);
        self.any(ty)
    }
    fn slot(&mut self) -> Option<Ref> {
        let slot = self.random.below(SLOTS as usize) as i32;
        match self.current.get(&slot) {
            Some(&value) => Some(value),
            None => self.op(Operation::SlotLoad, Type::Value, &[], slot as u32),
        }
    }
    fn step(&mut self) -> Option<()> {
        match self.random.below(20) {
            0 | 1 => {
                let value = self.slot()?;
                let ty = self.random.pick(&[Type::Number, Type::Table]);
                self.op(Operation::Unbox, ty, &[value], 0)?;
            }
            2 => {
                let value = self.any(Type::Value)?;
                let ty = self.random.pick(&[Type::Number, Type::Table]);
                self.op(Operation::Unbox, ty, &[value], 0)?;
            }
            3 | 4 => self.arithmetic()?,
            5 | 6 => self.integers()?,
            7 | 8 => self.compare()?,
            9 => self.types()?,
            10..=12 => self.load()?,
            13..=15 => self.store()?,
            16 => self.calls()?,
            17 => {
                let table = self.op(Operation::NewTable, Type::Table, &[], 3 << 24 | 5)?;
                let value = self.word()?;
                let slot = self.random.below(3) as u32;
                self.op(Operation::StoreInline, Type::None, &[table, value], slot)?;
            }
            _ => {
                let slot = self.random.below(SLOTS as usize) as i32;
                let value = self.word()?;
                self.current.insert(slot, value);
                if self.random.below(2) == 0 {
                    self.snapshot();
                }
                // A snapshot that is not made anew would describe the slots before.
                self.stored = true;
            }
        }
        Some(())
    }
    fn arithmetic(&mut self) -> Option<()> {
        use Operation::*;
        let operation = self.random.pick(&[
            Add, Subtract, Multiply, Divide, Negate, Floor, Power, Modulo,
        ]);
        let operands = [self.any(Type::Number)?, self.any(Type::Number)?];
        let result = self.op(
            operation,
            Type::Number,
            &operands[..operation.reference_count()],
            0,
        )?;
        if operation == Multiply {
            self.of_multiply.push(result);
        }
        Some(())
    }
    fn integers(&mut self) -> Option<()> {
        use Operation::*;
        match self.random.below(4) {
            0 => {
                let number = self.any(Type::Number)?;
                // A product that is -0 leaves where the double does not.
                if !self.of_multiply.contains(&number) {
                    self.op(NumberToInteger, Type::Integer, &[number], 0)?;
                }
            }
            1 => {
                let integer = self.any(Type::Integer)?;
                self.op(IntegerToNumber, Type::Number, &[integer], 0)?;
            }
            2 => {
                let number = self.any(Type::Number)?;
                self.op(NumberToBits, Type::Integer, &[number], 0)?;
            }
            _ => {
                let operation = self.random.pick(&[
                    AddInteger,
                    SubtractInteger,
                    AddOverflow,
                    SubtractOverflow,
                    BitAnd,
                    BitXor,
                    ShiftLeft,
                    ShiftRight,
                ]);
                let operands = [self.any(Type::Integer)?, self.any(Type::Integer)?];
                self.op(operation, Type::Integer, &operands, 0)?;
            }
        }
        Some(())
    }
    fn compare(&mut self) -> Option<()> {
        use Operation::*;
        let operation =
            self.random
                .pick(&[Equal, NotEqual, Less, NotLess, LessEqual, NotLessEqual]);
        let ty = self.random.pick(&[Type::Number, Type::Integer]);
        let operands = [self.any(ty)?, self.any(ty)?];
        self.op(operation, Type::None, &operands, 0).map(|_| ())
    }
    fn types(&mut self) -> Option<()> {
        use Operation::*;
        let value = self.word()?;
        match self.random.below(3) {
            0 => {
                let truth = self.random.below(2) as u32;
                self.op(GuardTruth, Type::None, &[value], truth)?;
            }
            1 => {
                let operation = self.random.pick(&[GuardBits, GuardNotBits]);
                let bits = random_word(&mut self.random);
                let constant = match Value::from_bits(bits).as_number() {
                    Some(_) => Constant::Number(bits),
                    None => Constant::Word(bits),
                };
                let constant = self.trace.constant(constant);
                self.op(operation, Type::None, &[value, constant], 0)?;
            }
            _ => {
                let table = self.any(Type::Table)?;
                let shape = 5 + self.random.below(2) as u32;
                self.op(GuardShape, Type::None, &[table], shape)?;
            }
        }
        Some(())
    }
    /// Body of a table and an index inside its array.
    fn element(&mut self) -> Option<(Ref, Ref)> {
        let table = self.any(Type::Table)?;
        let body = self.op(
            Operation::LoadField,
            Type::Pointer,
            &[table],
            Field::TableBody as u32,
        )?;
        let length = Field::ArrayLength as u32;
        let length = self.op(Operation::LoadField, Type::Integer, &[body], length)?;
        let index = self.any(Type::Integer)?;
        self.op(Operation::Bounds, Type::None, &[index, length], 0)?;
        Some((body, index))
    }
    fn load(&mut self) -> Option<()> {
        match self.random.below(5) {
            0 => {
                let (body, index) = self.element()?;
                self.op(Operation::LoadElement, Type::Value, &[body, index], 0)?;
            }
            1 => {
                let upvalue = Constant::Pointer(self.random.pick(&UPVALUES));
                let upvalue = self.trace.constant(upvalue);
                self.op(Operation::LoadUpvalue, Type::Value, &[upvalue], 0)?;
            }
            _ => {
                let table = self.any(Type::Table)?;
                let slot = self.random.below(3) as u32;
                self.op(Operation::LoadInline, Type::Value, &[table], slot)?;
            }
        }
        Some(())
    }
    fn store(&mut self) -> Option<()> {
        let value = self.word()?;
        match self.random.below(6) {
            0 => {
                let (body, index) = self.element()?;
                self.op(
                    Operation::StoreElement,
                    Type::None,
                    &[body, index, value],
                    0,
                )?;
            }
            1 => {
                let upvalue = Constant::Pointer(self.random.pick(&UPVALUES));
                let upvalue = self.trace.constant(upvalue);
                self.op(Operation::StoreUpvalue, Type::None, &[upvalue, value], 0)?;
            }
            2 => {
                let table = self.any(Type::Table)?;
                let shape = 5 + self.random.below(2) as u32;
                self.op(Operation::StoreShape, Type::None, &[table], shape)?;
            }
            _ => {
                let table = self.any(Type::Table)?;
                let slot = self.random.below(3) as u32;
                self.op(Operation::StoreInline, Type::None, &[table, value], slot)?;
            }
        }
        Some(())
    }
    fn calls(&mut self) -> Option<()> {
        let argument = self.any(Type::Number)?;
        let number = self.random.below(3) as u32;
        let first = self.trace.arguments.len() as u32;
        self.trace.arguments.push(argument);
        let mut call = self.instruction(Operation::CallHelper, Type::Number, &[], number);
        call.arguments = (first, 1);
        self.push(call).map(|_| ())
    }
    /// The counter's step and its limit, then the end.
    fn finish(mut self) -> Trace {
        let end = |maker: &mut Maker| {
            let counter = maker.op(Operation::SlotLoad, Type::Value, &[], COUNTER as u32)?;
            let counter = maker.op(Operation::Unbox, Type::Number, &[counter], 0)?;
            let counter = maker.op(Operation::NumberToInteger, Type::Integer, &[counter], 0)?;
            let limit = maker.op(Operation::SlotLoad, Type::Value, &[], LIMIT as u32)?;
            let limit = maker.op(Operation::Unbox, Type::Number, &[limit], 0)?;
            let limit = maker.op(Operation::NumberToInteger, Type::Integer, &[limit], 0)?;
            let one = maker.trace.constant(Constant::Integer(1));
            let next = maker.op(Operation::AddOverflow, Type::Integer, &[counter, one], 0)?;
            maker.op(Operation::LessEqual, Type::None, &[next, limit], 0)?;
            Some(next)
        };
        match end(&mut self) {
            Some(next) => {
                self.current.insert(COUNTER, next);
                self.trace.link = Link::Loop;
            }
            None => self.trace.link = Link::Interpreter,
        }
        self.snapshot();
        if let Some(last) = self.trace.snapshots.last_mut() {
            last.pc = START;
        }
        self.trace
    }
}

fn random_trace(seed: u64) -> Trace {
    let mut random = Random::new(seed);
    let (slots, memory) = random_state(&mut random);
    let mut maker = Maker {
        random,
        trace: Trace::new(1, START),
        slots,
        memory,
        current: BTreeMap::new(),
        stored: false,
        of_multiply: Vec::new(),
    };
    maker.snapshot();
    if maker.random.below(2) == 0 {
        // The counter is at hand as an index.
        let counter = maker.op(Operation::SlotLoad, Type::Value, &[], COUNTER as u32);
        let counter =
            counter.and_then(|value| maker.op(Operation::Unbox, Type::Number, &[value], 0));
        counter
            .and_then(|number| maker.op(Operation::NumberToInteger, Type::Integer, &[number], 0));
    }
    let steps = 6 + maker.random.below(30);
    for _ in 0..steps {
        let _ = maker.step();
    }
    maker.finish()
}

/// Where a run ends: bytecode address, and slots and reachable memory with new tables numbered in the order in which they are found.
type Result = (usize, Vec<(i32, String)>, Vec<String>);

fn run(trace: &Trace, original: &Trace, slots: &BTreeMap<i32, u64>, memory: &Memory) -> Result {
    let mut memory = memory.clone();
    let mut exit = execute(trace, slots, &mut memory, &mut run_helper, PASSES)
        .unwrap_or_else(|error| panic!("{error}\n{}", print(trace)));
    if exit.pc == START {
        let slots = exit.slots.clone();
        exit = execute(original, &slots, &mut memory, &mut run_helper, PASSES)
            .unwrap_or_else(|error| panic!("{error}\n{}", print(original)));
    }
    canonical(exit.pc, &exit.slots, &memory)
}

/// Tables by the order in which they are found.
struct Names(Vec<u64>);

impl Names {
    fn of(&mut self, word: u64) -> String {
        if word >> TAG_SHIFT != TAG_TABLE {
            return match Value::from_bits(word).as_number() {
                Some(number) if number.is_nan() => "nan".to_string(),
                _ => format!("{word:x}"),
            };
        }
        let address = word & !(0xFFFF << TAG_SHIFT);
        if !self.0.contains(&address) {
            self.0.push(address);
        }
        let index = self.0.iter().position(|&known| known == address);
        format!("table {}", index.unwrap_or(usize::MAX))
    }
}

fn canonical(pc: usize, slots: &BTreeMap<i32, u64>, memory: &Memory) -> Result {
    let mut names = Names(TABLES.to_vec());
    let slots = slots
        .iter()
        .map(|(&slot, &word)| (slot, names.of(word)))
        .collect();
    let mut contents = Vec::new();
    for upvalue in UPVALUES {
        contents.push(names.of(memory.get(upvalue, Kind::Upvalue, 0).unwrap_or(0)));
    }
    let mut index = 0;
    while let Some(&table) = names.0.get(index) {
        let shape = memory.get(table, Kind::Shape, 0);
        let mut text = format!("table {index} shape {shape:?}");
        let places = (0..3)
            .map(|slot| (table, Kind::Inline, slot))
            .chain((0..16).map(|element| (table + BODY, Kind::Element, element)));
        for (base, kind, at) in places {
            if let Some(word) = memory.get(base, kind, at) {
                text += &format!(" {kind:?} {at}: {}", names.of(word));
            }
        }
        contents.push(text);
        index += 1;
    }
    (pc, slots, contents)
}

fn check(seed: u64, counts: &mut [u64; 3]) {
    let original = random_trace(seed);
    verify(&original).unwrap_or_else(|error| panic!("seed {seed}: {error}\n{}", print(&original)));
    let mut random = Random::new(seed ^ 0x5555);
    let mut states = vec![{
        let mut random = Random::new(seed);
        random_state(&mut random)
    }];
    for _ in 0..2 {
        states.push(random_state(&mut random));
    }
    let selections = Passes::NAMES
        .iter()
        .filter_map(|name| Passes::only(name).map(|passes| (*name, passes)))
        .chain([("all", Passes::ALL)]);
    for (name, passes) in selections {
        let mut optimised = original.clone();
        counts[0] += 1;
        if optimise(&mut optimised, HELPERS, &passes).is_err() {
            // The concrete state went through every guard of the first pass.
            panic!(
                "seed {seed}, {name}: contradiction in\n{}",
                print(&original)
            );
        }
        counts[1] += u64::from(optimised.loop_marker().is_some());
        counts[2] += optimised
            .snapshots
            .iter()
            .map(|snapshot| snapshot.sunk.len() as u64)
            .sum::<u64>();
        let context = || {
            format!(
                "seed {seed}, {name}:\n{}\n{}",
                print(&original),
                print(&optimised)
            )
        };
        verify(&optimised).unwrap_or_else(|error| panic!("{error}: {}", context()));
        for (slots, memory) in &states {
            let expected = run(&original, &original, slots, memory);
            let found = run(&optimised, &original, slots, memory);
            assert_eq!(found, expected, "{}", context());
        }
    }
}

#[test]
fn optimised_traces_mean_the_same() {
    let seeds = std::env::var("SEEDS")
        .ok()
        .and_then(|seeds| seeds.parse().ok())
        .unwrap_or(400);
    let first = std::env::var("SEED")
        .ok()
        .and_then(|seed| seed.parse().ok())
        .unwrap_or(1);
    let mut counts = [0; 3];
    for seed in first..first + seeds {
        check(seed, &mut counts);
    }
    let [traces, loops, sunk] = counts;
    println!(
        "{traces} optimised traces executed, {loops} with loops, {sunk} objects in snapshots sunk"
    );
    assert!(loops * 30 > traces, "few traces have loops: {counts:?}");
}
