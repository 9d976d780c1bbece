//! The verifier's second pass: what registers hold along every path.
//!
//! A register is *defined* when some value has been written to it on every path. Besides, three kinds of
//! promises are followed, each made by one instruction and needed by another:
//!
//! ```text
//! forprep 1      promises: 1 to 3 are numbers         forloop 1 needs it
//! isnext 5       promises: 2 to 4 are ready for next  iternext 5 needs it
//! newtable 7     promises: 7 is a new table           setlist 7 needs it
//! ```
//!
//! Writing one of the registers breaks its promise, and so does a closure that captures it, because the closure could
//! write it at any time.
//!
//! The pass walks straight through the code and keeps the state at every jump target; where paths meet, only
//! what holds on all of them remains. It repeats until nothing changes, with a bound on the work.
//!
//! Invariant: states only lose promises, so the walk ends.

use super::opcode::{FRAME_SLOTS, operand_a, operand_b, operand_c, operand_d};
use super::verify::{VerifyError, Word, is_end, jump_target, refuse};
use super::{CompiledFunction, Opcode, UpvalueSource};

/// Instructions that the pass may look at, for each code word.
const ROUNDS_MAX: usize = 64;

/// A set of registers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Registers([u64; 4]);

impl Registers {
    /// Which of the four words; nothing names a register over 255 after the form has been checked.
    fn word(register: u32) -> usize {
        (register as usize / 64) & 3
    }
    fn bit(register: u32) -> u64 {
        1 << (register % 64)
    }
    fn has(self, register: u32) -> bool {
        self.0[Self::word(register)] & Self::bit(register) != 0
    }
    fn add(&mut self, register: u32) {
        self.0[Self::word(register)] |= Self::bit(register);
    }
    fn remove(&mut self, register: u32) {
        self.0[Self::word(register)] &= !Self::bit(register);
    }
    /// Removes everything from `first` on.
    fn cut(&mut self, first: u32) {
        for register in first..256 {
            self.remove(register);
        }
    }
    fn intersect(&mut self, other: Registers) {
        for (mine, theirs) in self.0.iter_mut().zip(other.0) {
            *mine &= theirs;
        }
    }
    fn unite(&mut self, other: Registers) {
        for (mine, theirs) in self.0.iter_mut().zip(other.0) {
            *mine |= theirs;
        }
    }
}

/// What is known at one place.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct State {
    /// Registers that hold a value.
    defined: Registers,
    /// First of three registers that `ForPrepare` has checked.
    numbers: Registers,
    /// First of three registers that `IteratorPrepareNext` has prepared.
    iterators: Registers,
    /// Registers that hold a new table.
    tables: Registers,
    /// Registers that an open upvalue may lead to.
    captured: Registers,
}

impl State {
    /// A value is written.
    fn write(&mut self, register: u32) {
        self.defined.add(register);
        self.break_promises(register);
    }

    fn break_promises(&mut self, register: u32) {
        self.tables.remove(register);
        for first in register.saturating_sub(2)..=register {
            self.numbers.remove(first);
            self.iterators.remove(first);
        }
    }

    /// Nothing is known any more of the registers from `first` on.
    fn forget(&mut self, first: u32) {
        self.defined.cut(first);
        self.tables.cut(first);
        self.numbers.cut(first.saturating_sub(2));
        self.iterators.cut(first.saturating_sub(2));
    }

    /// A call leaves `results` values from `first` on, and nothing above.
    fn call(&mut self, first: u32, results: u32) {
        self.forget(first);
        for register in first..first + results {
            self.defined.add(register);
        }
    }

    /// Keeps only what `other` knows as well; returns whether that changed anything.
    fn meet(&mut self, other: &State) -> bool {
        let before = *self;
        self.defined.intersect(other.defined);
        self.numbers.intersect(other.numbers);
        self.iterators.intersect(other.iterators);
        self.tables.intersect(other.tables);
        self.captured.unite(other.captured);
        *self != before
    }
}

/// Checks the flow of a function whose form has been checked.
pub(super) fn check_flow(function: &CompiledFunction, words: &[Word]) -> Result<(), VerifyError> {
    let mut flow = Flow {
        function,
        words,
        targets: Vec::new(),
        states: Vec::new(),
        waiting: Vec::new(),
    };
    for (pc, word) in words.iter().enumerate() {
        if *word == Word::Target {
            flow.targets.push(pc as u32);
        }
    }
    flow.states = vec![None; flow.targets.len()];
    flow.run()
}

struct Flow<'function> {
    function: &'function CompiledFunction,
    words: &'function [Word],
    /// Positions of jump targets, ascending.
    targets: Vec<u32>,
    /// The state at each target, once some path has reached it.
    states: Vec<Option<State>>,
    /// Indexes of targets whose state has changed.
    waiting: Vec<usize>,
}

impl<'function> Flow<'function> {
    fn run(&mut self) -> Result<(), VerifyError> {
        let state = self.entry_state();
        let mut budget = self.function.code.len() * ROUNDS_MAX + 1000;
        self.walk(0, state, &mut budget)?;
        while let Some(index) = self.waiting.pop() {
            if let Some(state) = self.states[index] {
                self.walk(self.targets[index] as usize, state, &mut budget)?;
            }
        }
        self.check_locals()
    }

    /// Checks that the debug library finds values in the local variables.
    fn check_locals(&self) -> Result<(), VerifyError> {
        let locals = &self.function.locals;
        let mut starts: Vec<usize> = (0..locals.len()).collect();
        starts.sort_by_key(|&index| locals[index].start_pc);
        let mut starts = starts.into_iter().peekable();
        let mut alive: Vec<usize> = Vec::new();
        let mut state = None;
        for pc in 0..self.words.len() {
            while let Some(&index) = starts.peek()
                && locals[index].start_pc as usize <= pc
            {
                alive.push(index);
                starts.next();
            }
            alive.retain(|&index| locals[index].end_pc as usize > pc);
            if alive.len() > 256 {
                return refuse(format!("too many local variables at {pc:04}"));
            }
            if self.words[pc] == Word::Extra {
                continue;
            }
            if let Ok(index) = self.targets.binary_search(&(pc as u32)) {
                state = self.states[index];
            } else if pc == 0 {
                state = Some(self.entry_state());
            }
            let Some(known) = &mut state else {
                continue;
            };
            let step = self.step(pc);
            let Some(step) = step else {
                continue;
            };
            let mut after = *known;
            step.check(&mut after)?;
            for &index in &alive {
                let register = u32::from(locals[index].register);
                let is_hidden_by_call = step.clobbers_from().is_some_and(|a| register >= a);
                if !known.defined.has(register) || is_hidden_by_call {
                    return refuse(format!("a local variable without a value at {pc:04}"));
                }
            }
            step.go_on(&mut after);
            let is_end = is_end(step.op) && !self.is_behind_condition(pc);
            state = (!is_end && step.op != Opcode::IteratorPrepareNext).then_some(after);
        }
        Ok(())
    }

    /// Whether the jump at `pc` belongs to a condition.
    fn is_behind_condition(&self, pc: usize) -> bool {
        pc > 0
            && self.words[pc - 1] != Word::Extra
            && self
                .step(pc - 1)
                .is_some_and(|before| before.op.is_condition())
    }

    fn entry_state(&self) -> State {
        let mut state = State::default();
        for register in 0..u32::from(self.function.parameter_count) {
            state.defined.add(register);
        }
        state
    }

    fn step(&self, pc: usize) -> Option<Step<'function>> {
        let code = &self.function.code;
        let word = *code.get(pc)?;
        Some(Step {
            function: self.function,
            op: Opcode::from_word(word)?,
            word,
            extra: code.get(pc + 1).copied().unwrap_or(0),
            pc,
        })
    }

    /// A path arrives at a jump target.
    fn arrive(&mut self, target: usize, state: &State) {
        let Ok(index) = self.targets.binary_search(&(target as u32)) else {
            return;
        };
        match &mut self.states[index] {
            Some(known) => {
                if known.meet(state) {
                    self.waiting.push(index);
                }
            }
            unknown => {
                *unknown = Some(*state);
                self.waiting.push(index);
            }
        }
    }

    /// Follows the code from `pc` to the next end or jump target.
    fn walk(
        &mut self,
        mut pc: usize,
        mut state: State,
        budget: &mut usize,
    ) -> Result<(), VerifyError> {
        let code = &self.function.code;
        let mut is_first = true;
        loop {
            if !is_first && self.words.get(pc) == Some(&Word::Target) {
                self.arrive(pc, &state);
                return Ok(());
            }
            is_first = false;
            let Some(step) = self.step(pc) else {
                return refuse("the code runs out of the function");
            };
            let op = step.op;
            *budget = match budget.checked_sub(1) {
                Some(rest) => rest,
                None => return refuse("the function is too complicated to verify"),
            };
            let next = pc + 1 + op.extra_words() as usize;
            step.check(&mut state)?;
            if op.is_condition() {
                // The jump behind it is part of it.
                let mut taken = state;
                if matches!(op, Opcode::IfTrueCopy | Opcode::IfFalseCopy) {
                    taken.write(operand_a(code[pc]));
                }
                let after = next + 1;
                if let Some(target) = jump_target(code, Opcode::Jump, next, after) {
                    self.arrive(target as usize, &taken);
                }
                pc = after;
                continue;
            }
            if let Some(target) = jump_target(code, op, pc, next) {
                let mut taken = state;
                step.take_jump(&mut taken);
                self.arrive(target as usize, &taken);
            }
            if is_end(op) || op == Opcode::IteratorPrepareNext {
                return Ok(());
            }
            step.go_on(&mut state);
            pc = next;
        }
    }
}

/// One instruction and its effect.
struct Step<'function> {
    function: &'function CompiledFunction,
    op: Opcode,
    word: u32,
    extra: u32,
    pc: usize,
}

impl Step<'_> {
    fn read(&self, state: &State, register: u32) -> Result<(), VerifyError> {
        if state.defined.has(register) {
            Ok(())
        } else {
            refuse(format!(
                "register {register} is read before it is written at {:04}",
                self.pc
            ))
        }
    }

    fn read_range(&self, state: &State, first: u32, count: u32) -> Result<(), VerifyError> {
        for register in first..first + count {
            self.read(state, register)?;
        }
        Ok(())
    }

    fn need(&self, promise: Registers, register: u32, what: &str) -> Result<(), VerifyError> {
        if promise.has(register) {
            Ok(())
        } else {
            refuse(format!("{what} is not prepared at {:04}", self.pc))
        }
    }

    /// Three registers that no closure may reach.
    fn private(&self, state: &State, first: u32) -> Result<(), VerifyError> {
        for register in first..first + 3 {
            if state.captured.has(register) {
                return refuse(format!("a loop register is captured at {:04}", self.pc));
            }
        }
        Ok(())
    }

    /// Checks what the instruction reads and applies what it writes on every way on.
    fn check(&self, state: &mut State) -> Result<(), VerifyError> {
        use Opcode::*;
        let (a, b, c, d) = (
            operand_a(self.word),
            operand_b(self.word),
            operand_c(self.word),
            operand_d(self.word),
        );
        match self.op {
            Move | Negate | Not | Length | BitNot => {
                self.read(state, d)?;
                state.write(a);
            }
            LoadConstant | LoadConstantExtended | LoadInteger | LoadBoolean | GetUpvalue
            | GetGlobal => state.write(a),
            LoadNil => (a..=d).for_each(|register| state.write(register)),
            SetUpvalue | IfTrue | IfFalse | IfTrueCopy | IfFalseCopy => self.read(state, d)?,
            SetGlobal | Return1 | IfLessK | IfNotLessK | IfLessEqualK | IfNotLessEqualK
            | IfGreaterK | IfNotGreaterK | IfGreaterEqualK | IfNotGreaterEqualK | IfEqualK
            | IfNotEqualK | IfEqualPrimitive | IfNotEqualPrimitive => self.read(state, a)?,
            IfLess | IfNotLess | IfLessEqual | IfNotLessEqual | IfEqual | IfNotEqual => {
                self.read(state, a)?;
                self.read(state, d)?;
            }
            Closure => self.closure(state, a, d)?,
            CloseUpvalues => state.captured.cut(a),
            NewTable => {
                state.write(a);
                state.tables.add(a);
            }
            NewRecord => {
                let count = self
                    .function
                    .templates
                    .get(self.extra as usize)
                    .map_or(0, Vec::len);
                self.read_range(state, b, count as u32)?;
                state.write(a);
                state.tables.add(a);
            }
            GetField | GetIndexInteger | AddRK | SubtractRK | MultiplyRK | DivideRK | ModuloRK => {
                self.read(state, b)?;
                state.write(a);
            }
            AddKR | SubtractKR | MultiplyKR | DivideKR | ModuloKR => {
                self.read(state, c)?;
                state.write(a);
            }
            SetField | SetIndexInteger => {
                self.read(state, a)?;
                self.read(state, b)?;
            }
            GetIndex | Add | Subtract | Multiply | Divide | Modulo | Power | BitAnd | BitOr
            | BitXor | ShiftLeft | ShiftRight | ShiftRightArithmetic => {
                self.read(state, b)?;
                self.read(state, c)?;
                state.write(a);
            }
            SetIndex => {
                self.read(state, a)?;
                self.read(state, b)?;
                self.read(state, c)?;
            }
            SetList | SetListMultiple => {
                self.need(state.tables, a, "a table")?;
                if state.captured.has(a) {
                    return refuse(format!("a new table is captured at {:04}", self.pc));
                }
                self.read_range(state, a + 1, d)?;
                if self.op == SetListMultiple {
                    state.forget(a + 1);
                }
            }
            Method => {
                self.read(state, b)?;
                state.write(a);
                state.write(a + FRAME_SLOTS);
                state.defined.remove(a + 1);
                state.break_promises(a + 1);
            }
            Concatenate => {
                self.read_range(state, b, c - b + 1)?;
                (b..=c).for_each(|register| state.write(register));
                state.write(a);
            }
            _ => self.check_control(state)?,
        }
        Ok(())
    }

    fn closure(&self, state: &mut State, a: u32, child: u32) -> Result<(), VerifyError> {
        if let Some(child) = self.function.children.get(child as usize) {
            for source in &child.upvalues {
                let UpvalueSource::ParentRegister(register) = *source else {
                    continue;
                };
                let register = u32::from(register);
                // A local function may capture itself.
                if register != a {
                    self.read(state, register)?;
                }
                state.break_promises(register);
                state.captured.add(register);
            }
        }
        state.write(a);
        Ok(())
    }

    fn check_control(&self, state: &mut State) -> Result<(), VerifyError> {
        use Opcode::*;
        let (a, b, c, d) = (
            operand_a(self.word),
            operand_b(self.word),
            operand_c(self.word),
            operand_d(self.word),
        );
        match self.op {
            ForPrepare => {
                self.read_range(state, a, 3)?;
                self.private(state, a)?;
            }
            ForLoop => {
                self.need(state.numbers, a, "a numeric loop")?;
                self.private(state, a)?;
            }
            IteratorPrepareNext => {
                self.read_range(state, a - 3, 3)?;
                self.private(state, a - 3)?;
            }
            IteratorNext => {
                self.need(state.iterators, a - 3, "an iterator")?;
                self.private(state, a - 3)?;
                state.call(a, b - 1);
                // Calls end the knowledge of what is above, not of the loop's own registers.
                state.iterators.add(a - 3);
            }
            IteratorCall => {
                self.read_range(state, a - 3, 3)?;
                state.call(a, b - 1);
            }
            IteratorLoop => self.read(state, a)?,
            Call => {
                self.read(state, a)?;
                self.read_range(state, a + FRAME_SLOTS, c - 1)?;
                state.call(a, b.saturating_sub(1));
            }
            CallMultiple => {
                self.read(state, a)?;
                self.read_range(state, a + FRAME_SLOTS, c)?;
                state.call(a, b.saturating_sub(1));
            }
            TailCall => {
                self.read(state, a)?;
                self.read_range(state, a + FRAME_SLOTS, d - 1)?;
            }
            TailCallMultiple => {
                self.read(state, a)?;
                self.read_range(state, a + FRAME_SLOTS, d)?;
            }
            Return | ReturnMultiple => self.read_range(state, a, d)?,
            Vararg => {
                if b == 0 {
                    state.forget(a);
                } else {
                    (a..a + b - 1).for_each(|register| state.write(register));
                }
            }
            _ => {}
        }
        Ok(())
    }

    /// The register from which on a running call of this instruction hides the frame.
    fn clobbers_from(&self) -> Option<u32> {
        use Opcode::*;
        let is_call = matches!(
            self.op,
            Call | CallMultiple | TailCall | TailCallMultiple | IteratorCall | IteratorNext
        );
        is_call.then(|| operand_a(self.word))
    }

    /// What holds only where the instruction has jumped to.
    fn take_jump(&self, state: &mut State) {
        let a = operand_a(self.word);
        match self.op {
            Opcode::ForLoop => state.write(a + 3),
            Opcode::IteratorPrepareNext => {
                state.iterators.add(a - 3);
            }
            // Behind an IteratorNext the loop's own registers stay as they are.
            Opcode::IteratorLoop if state.iterators.has(a.saturating_sub(3)) => {}
            Opcode::IteratorLoop => state.write(a - 1),
            _ => {}
        }
    }

    /// What holds only where the instruction has not jumped.
    fn go_on(&self, state: &mut State) {
        if self.op == Opcode::ForPrepare {
            let a = operand_a(self.word);
            state.write(a + 3);
            state.numbers.add(a);
        }
    }
}
