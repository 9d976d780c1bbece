//! Which registers a function still reads: what a snapshot must restore.
//!
//! A backward data-flow analysis over the bytecode of one function, made once per prototype. Registers that a closure may capture
//! count as live everywhere, since an open upvalue reads its slot whenever it likes.
//!
//! ```text
//! 1 loadk  0        live before: {}
//! 2 loadk  1        live before: {0}
//! 3 add    0 0 1    live before: {0 1}
//! 4 return1 0       live before: {0}
//! ```
//! Invariant: a register that is not live is written before it is read on every path from there.
//!
//! What this does not do: say anything about slots above the frame (open results, varargs): the recorder knows their number.

use rlove_vm::bytecode::opcode::{operand_a, operand_b, operand_c, operand_d, operand_j};
use rlove_vm::bytecode::{CompiledFunction, Opcode, UpvalueSource};

/// A set of registers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Registers([u64; 4]);

impl Registers {
    /// Whether `register` is in it.
    pub fn contains(&self, register: i32) -> bool {
        (0..256).contains(&register) && self.0[register as usize / 64] >> (register % 64) & 1 != 0
    }
    fn add(&mut self, register: i32) {
        if (0..256).contains(&register) {
            self.0[register as usize / 64] |= 1 << (register % 64);
        }
    }
    fn add_range(&mut self, first: i32, last: i32) {
        for register in first..=last {
            self.add(register);
        }
    }
    fn union(&mut self, other: &Registers) {
        for (word, more) in self.0.iter_mut().zip(other.0) {
            *word |= more;
        }
    }
    fn without(mut self, other: &Registers) -> Registers {
        for (word, less) in self.0.iter_mut().zip(other.0) {
            *word &= !less;
        }
        self
    }
}

/// The analysis of one function.
pub struct Liveness {
    before: Vec<Registers>,
    after: Vec<Registers>,
}

struct Step {
    index: usize,
    uses: Registers,
    kills: Registers,
    successors: [Option<usize>; 2],
}

impl Liveness {
    /// Analyses a function.
    pub fn of(function: &CompiledFunction) -> Liveness {
        let steps = steps_of(function);
        let mut captured = Registers::default();
        for child in &function.children {
            for source in &child.upvalues {
                if let UpvalueSource::ParentRegister(register) = *source {
                    captured.add(i32::from(register));
                }
            }
        }
        let size = function.code.len() + 1;
        let mut before = vec![captured; size];
        let mut after = vec![captured; size];
        let mut is_changing = true;
        while is_changing {
            is_changing = false;
            for step in steps.iter().rev() {
                let mut out = captured;
                for successor in step.successors.iter().flatten() {
                    if let Some(live) = before.get(*successor) {
                        out.union(live);
                    }
                }
                let mut live = out.without(&step.kills);
                live.union(&step.uses);
                live.union(&captured);
                after[step.index] = out;
                if before[step.index] != live {
                    before[step.index] = live;
                    is_changing = true;
                }
            }
        }
        Liveness { before, after }
    }
    /// Registers live before the instruction whose first word has this index.
    pub fn before(&self, index: usize) -> Registers {
        self.before.get(index).copied().unwrap_or_default()
    }
    /// Registers live after it.
    pub fn after(&self, index: usize) -> Registers {
        self.after.get(index).copied().unwrap_or_default()
    }
}

fn steps_of(function: &CompiledFunction) -> Vec<Step> {
    let code = &function.code;
    let mut steps = Vec::new();
    let mut index = 0;
    while let Some(&word) = code.get(index) {
        let Some(opcode) = Opcode::from_word(word) else {
            break;
        };
        let extra = code.get(index + 1).copied().unwrap_or(0);
        let next = index + 1 + opcode.extra_words() as usize;
        let (uses, kills) = effects(opcode, word, extra, function);
        steps.push(Step {
            index,
            uses,
            kills,
            successors: successors(opcode, word, code, index, next),
        });
        index = next;
    }
    steps
}

fn successors(
    opcode: Opcode,
    word: u32,
    code: &[u32],
    index: usize,
    next: usize,
) -> [Option<usize>; 2] {
    let target = |from: usize, distance: i32| from.checked_add_signed(distance as isize);
    let long = |at: usize| {
        let distance = code.get(at + 1).copied().unwrap_or(0) as i32;
        target(at + 2, distance)
    };
    match opcode {
        Opcode::Jump => [target(next, operand_j(word)), None],
        Opcode::ForPrepare | Opcode::ForLoop | Opcode::IteratorLoop => [Some(next), long(index)],
        Opcode::IteratorPrepareNext => [long(index), None],
        // It does the work of the IteratorLoop behind it.
        Opcode::IteratorNext => [Some(next), long(next)],
        Opcode::TailCall
        | Opcode::TailCallMultiple
        | Opcode::Return0
        | Opcode::Return1
        | Opcode::Return
        | Opcode::ReturnMultiple => [None, None],
        // The jump behind a condition is taken or skipped.
        _ if opcode.is_condition() => [Some(next), Some(next + 1)],
        _ => [Some(next), None],
    }
}

/// What an instruction reads and overwrites; of a `NewRecord` without its template all registers from B on.
pub fn effects_of(opcode: Opcode, word: u32) -> (Registers, Registers) {
    let mut result = effects(opcode, word, u32::MAX, &CompiledFunction::default());
    if opcode == Opcode::NewRecord {
        result.0.add_range(operand_b(word) as i32, 255);
    }
    result
}

fn effects(
    opcode: Opcode,
    word: u32,
    extra: u32,
    function: &CompiledFunction,
) -> (Registers, Registers) {
    let (a, b, c, d) = (
        operand_a(word) as i32,
        operand_b(word) as i32,
        operand_c(word) as i32,
        operand_d(word) as i32,
    );
    let last = 255;
    let mut uses = Registers::default();
    let mut kills = Registers::default();
    use Opcode::*;
    match opcode {
        Move | Negate | Not | Length | BitNot => {
            uses.add(d);
            kills.add(a);
        }
        LoadConstant | LoadConstantExtended | LoadInteger | LoadBoolean | GetUpvalue
        | GetGlobal | NewTable | Closure => kills.add(a),
        LoadNil => kills.add_range(a, d),
        SetUpvalue | IfTrue | IfFalse | IfTrueCopy | IfFalseCopy => uses.add(d),
        SetGlobal => uses.add(a),
        NewRecord => {
            let count = function
                .templates
                .get(extra as usize)
                .map_or(0, |keys| keys.len() as i32);
            uses.add_range(b, b + count - 1);
            kills.add(a);
        }
        GetField | GetIndexInteger => {
            uses.add(b);
            kills.add(a);
        }
        Method => {
            uses.add(b);
            kills.add(a);
            kills.add(a + 2);
        }
        SetField | SetIndexInteger => {
            uses.add(a);
            uses.add(b);
        }
        GetIndex | Add | Subtract | Multiply | Divide | Modulo | Power | BitAnd | BitOr
        | BitXor | ShiftLeft | ShiftRight | ShiftRightArithmetic => {
            uses.add(b);
            uses.add(c);
            kills.add(a);
        }
        SetIndex => {
            uses.add(a);
            uses.add(b);
            uses.add(c);
        }
        SetList => uses.add_range(a, a + d),
        SetListMultiple => uses.add_range(a, last),
        AddRK | SubtractRK | MultiplyRK | DivideRK | ModuloRK => {
            uses.add(b);
            kills.add(a);
        }
        AddKR | SubtractKR | MultiplyKR | DivideKR | ModuloKR => {
            uses.add(c);
            kills.add(a);
        }
        Concatenate => {
            uses.add_range(b, c);
            kills.add(a);
        }
        IfLess | IfNotLess | IfLessEqual | IfNotLessEqual | IfEqual | IfNotEqual => {
            uses.add(a);
            uses.add(d);
        }
        IfLessK | IfNotLessK | IfLessEqualK | IfNotLessEqualK | IfGreaterK | IfNotGreaterK
        | IfGreaterEqualK | IfNotGreaterEqualK | IfEqualK | IfNotEqualK | IfEqualPrimitive
        | IfNotEqualPrimitive => uses.add(a),
        ForPrepare | ForLoop => {
            uses.add_range(a, a + 2);
            kills.add(a + 3);
        }
        IteratorPrepareNext => uses.add_range(a - 3, a - 1),
        IteratorNext | IteratorCall => {
            uses.add_range(a - 3, a - 1);
            kills.add_range(a, last);
        }
        IteratorLoop => uses.add(a),
        Call => {
            uses.add(a);
            uses.add_range(a + 2, a + c);
            kills.add_range(a, last);
        }
        CallMultiple => {
            uses.add(a);
            uses.add_range(a + 2, last);
            kills.add_range(a, last);
        }
        TailCall => {
            uses.add(a);
            uses.add_range(a + 2, a + d);
        }
        TailCallMultiple | ReturnMultiple => uses.add_range(a, last),
        Return1 => uses.add(a),
        Return => uses.add_range(a, a + d - 1),
        Vararg => kills.add_range(a, if b == 0 { last } else { a + b - 2 }),
        Jump
        | Loop
        | Return0
        | CloseUpvalues
        | CompiledLoop
        | FunctionHeader
        | FunctionHeaderVararg
        | FunctionHeaderNative
        | FunctionHeaderProtectedCall
        | FunctionHeaderProtectedCallHandler
        | FunctionHeaderResume
        | FunctionHeaderWrap
        | FunctionHeaderYield
        | FunctionHeaderNext
        | FunctionHeaderInext => {}
    }
    (uses, kills)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn analyse(source: &str) -> (std::rc::Rc<CompiledFunction>, Liveness) {
        let function = rlove_vm::compiler::compile(source.as_bytes(), b"=t").expect("it compiles");
        let liveness = Liveness::of(&function);
        (function, liveness)
    }

    #[test]
    fn a_loop_keeps_what_it_reads_and_forgets_what_it_writes_first() {
        let (function, liveness) =
            analyse("local s, t = 0, 1 for i = 1, 10 do local u = i; s = s + u end return s");
        let index = function
            .code
            .iter()
            .position(|&word| Opcode::from_word(word) == Some(Opcode::ForLoop))
            .expect("there is a loop");
        let live = liveness.before(index);
        // s (0) and index, limit, step (2 to 4); not t (1), not the copy (5) and u (6).
        let expected = [true, false, true, true, true, false, false];
        for (register, expected) in expected.iter().enumerate() {
            assert_eq!(live.contains(register as i32), *expected, "{register}");
        }
    }

    #[test]
    fn both_ways_of_a_condition_count() {
        let (function, liveness) =
            analyse("local a, b, c = 1, 2, 3 if a < b then return c end return b");
        let index = function
            .code
            .iter()
            .position(|&word| Opcode::from_word(word).is_some_and(Opcode::is_condition))
            .expect("there is a condition");
        let live = liveness.after(index);
        assert!(live.contains(1) && live.contains(2) && !live.contains(0));
    }

    #[test]
    fn captured_registers_are_always_live() {
        let (_, liveness) = analyse("local x = 1 local function f() x = x + 1 end f() return 2");
        assert!(liveness.before(1).contains(0));
    }
}
