//! Checks that bytecode from outside cannot break the interpreter.
//!
//! The interpreter trusts its instructions: it does not check register numbers, constant indexes or jump targets.
//! What the compiler emits is right by construction; what `load` reads from a string is checked here first.
//! Example: `move 0 9` in a function of 4 slots is refused with "register 9 of 4 at 0001".
//!
//! Two passes for each function:
//!
//! 1. **Form**: every instruction is whole, its operands are in range, caches are empty, jumps land on
//!    instructions, conditions have their jump, open results their consumer.
//! 2. **Flow** ([`super::verify_flow`]): along every path, registers are written before they are read, and the hidden registers of
//!    loops and of table constructors still hold what the instruction that prepared them has checked.
//!
//! Invariant: a verified function keeps all invariants of [`super::prototype`] and all rules of [`super::opcode`]. What
//! it computes may be nonsense, and it may run for ever.

use super::opcode::{FRAME_SLOTS, operand_a, operand_b, operand_c, operand_d, operand_j};
use super::{CompiledFunction, Constant, Opcode, UpvalueSource};
use std::fmt;

/// Largest number of code words in a function.
const CODE_WORDS_MAX: usize = 1 << 23;
/// Largest frame.
const FRAME_SIZE_MAX: u8 = 250;
/// Deepest nesting of functions.
const NESTING_MAX: usize = 250;
/// Largest index that `SetList` may store to.
const LIST_INDEX_MAX: u32 = 1 << 26;

/// Why bytecode was refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifyError {
    /// What is wrong, and at which code word.
    pub message: String,
}

impl fmt::Display for VerifyError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.message)
    }
}

impl std::error::Error for VerifyError {}

pub(super) fn refuse<T>(message: impl Into<String>) -> Result<T, VerifyError> {
    Err(VerifyError {
        message: message.into(),
    })
}

/// Checks a function and all functions inside.
pub fn verify(function: &CompiledFunction) -> Result<(), VerifyError> {
    let mut waiting = vec![(function, 0)];
    while let Some((function, depth)) = waiting.pop() {
        if depth > NESTING_MAX {
            return refuse("functions are nested too deeply");
        }
        let instructions = Form { function }.check()?;
        super::verify_flow::check_flow(function, &instructions)?;
        for child in &function.children {
            check_child_upvalues(function, child)?;
            waiting.push((child, depth + 1));
        }
    }
    Ok(())
}

fn check_child_upvalues(
    parent: &CompiledFunction,
    child: &CompiledFunction,
) -> Result<(), VerifyError> {
    for source in &child.upvalues {
        let fits = match *source {
            UpvalueSource::ParentRegister(register) => register < parent.frame_size,
            UpvalueSource::ParentUpvalue(index) => usize::from(index) < parent.upvalues.len(),
        };
        if !fits {
            return refuse("an upvalue comes from nowhere");
        }
    }
    Ok(())
}

/// What stands at a code word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Word {
    /// An extra word of the instruction before.
    Extra,
    /// An instruction that no jump leads to.
    Instruction,
    /// An instruction that some jump leads to.
    Target,
    /// An instruction that only the one before it may lead to.
    Attached,
}

/// The pass over the form of one function.
struct Form<'function> {
    function: &'function CompiledFunction,
}

impl Form<'_> {
    fn check(&self) -> Result<Vec<Word>, VerifyError> {
        self.check_tables()?;
        let mut words = self.instruction_starts()?;
        let code = &self.function.code;
        let mut pc = 0;
        while pc < code.len() {
            let (op, next) = self.instruction(pc)?;
            self.check_operands(op, pc)?;
            self.check_jump(op, pc, next, &mut words)?;
            self.check_neighbour(op, pc, next, &mut words)?;
            pc = next;
        }
        if let Some(pc) = self.attached_targets(&words)? {
            return refuse(format!("jump into the middle of a pair at {pc:04}"));
        }
        Ok(words)
    }

    // The tables beside the code.

    fn check_tables(&self) -> Result<(), VerifyError> {
        let function = self.function;
        let words = function.code.len();
        if words == 0 || words > CODE_WORDS_MAX {
            return refuse("wrong code size");
        }
        if function.frame_size == 0 || function.frame_size > FRAME_SIZE_MAX {
            return refuse("wrong frame size");
        }
        if function.parameter_count > function.frame_size {
            return refuse("more parameters than slots");
        }
        if !function.lines.is_empty() && function.lines.len() != words {
            return refuse("lines and code differ in length");
        }
        if function.upvalues.len() > 255
            || !function.upvalue_names.is_empty()
                && function.upvalue_names.len() != function.upvalues.len()
        {
            return refuse("wrong number of upvalues");
        }
        if function.children.len() > 1 << 16 {
            return refuse("too many functions");
        }
        for local in &function.locals {
            if local.register >= function.frame_size
                || local.start_pc > local.end_pc
                || local.end_pc as usize > words
            {
                return refuse("wrong range of a local variable");
            }
        }
        for constant in &function.constants {
            if let Constant::Number(number) | Constant::Imaginary(number) = constant
                && number.is_nan()
                && number.to_bits() != f64::NAN.to_bits()
            {
                return refuse("a NaN that is not the canonical one");
            }
        }
        for keys in &function.templates {
            self.check_template(keys)?;
        }
        Ok(())
    }

    fn check_template(&self, keys: &[u32]) -> Result<(), VerifyError> {
        if keys.is_empty() || keys.len() > usize::from(FRAME_SIZE_MAX) {
            return refuse("wrong size of a template");
        }
        let mut names = Vec::with_capacity(keys.len());
        for &key in keys {
            match self.function.constants.get(key as usize) {
                Some(Constant::String(name)) => names.push(name),
                _ => return refuse("a template key is not a string constant"),
            }
        }
        names.sort_unstable();
        if names.windows(2).any(|pair| pair[0] == pair[1]) {
            return refuse("a template has a key twice");
        }
        Ok(())
    }

    // Instructions.

    fn instruction_starts(&self) -> Result<Vec<Word>, VerifyError> {
        let code = &self.function.code;
        let mut words = vec![Word::Extra; code.len()];
        let mut pc = 0;
        while pc < code.len() {
            let (_, next) = self.instruction(pc)?;
            words[pc] = Word::Instruction;
            pc = next;
        }
        Ok(words)
    }

    fn instruction(&self, pc: usize) -> Result<(Opcode, usize), VerifyError> {
        let code = &self.function.code;
        let Some(op) = Opcode::from_word(code[pc]) else {
            return refuse(format!("unknown opcode at {pc:04}"));
        };
        let next = pc + 1 + op.extra_words() as usize;
        if next > code.len() {
            return refuse(format!("instruction cut off at {pc:04}"));
        }
        Ok((op, next))
    }

    fn register(&self, register: u32, pc: usize) -> Result<(), VerifyError> {
        if register < u32::from(self.function.frame_size) {
            Ok(())
        } else {
            refuse(format!(
                "register {register} of {} at {pc:04}",
                self.function.frame_size
            ))
        }
    }

    /// `count` registers from `first` on.
    fn registers(&self, first: u32, count: u32, pc: usize) -> Result<(), VerifyError> {
        if count > 0 {
            self.register(first + count - 1, pc)?;
        }
        Ok(())
    }

    fn constant(
        &self,
        index: u32,
        pc: usize,
        fits: fn(&Constant) -> bool,
    ) -> Result<(), VerifyError> {
        match self.function.constants.get(index as usize) {
            Some(constant) if fits(constant) => Ok(()),
            _ => refuse(format!("wrong constant {index} at {pc:04}")),
        }
    }

    fn upvalue(&self, index: u32, pc: usize) -> Result<(), VerifyError> {
        if (index as usize) < self.function.upvalues.len() {
            Ok(())
        } else {
            refuse(format!("no upvalue {index} at {pc:04}"))
        }
    }

    fn zeros(&self, words: std::ops::Range<usize>, pc: usize) -> Result<(), VerifyError> {
        if self.function.code[words].iter().all(|&word| word == 0) {
            Ok(())
        } else {
            refuse(format!("filled cache at {pc:04}"))
        }
    }

    fn check_operands(&self, op: Opcode, pc: usize) -> Result<(), VerifyError> {
        use Opcode::*;
        let word = self.function.code[pc];
        let (a, b, c, d) = (
            operand_a(word),
            operand_b(word),
            operand_c(word),
            operand_d(word),
        );
        let extra = self.function.code.get(pc + 1).copied().unwrap_or(0);
        let end = pc + 1 + op.extra_words() as usize;
        match op {
            Move | Negate | Not | Length | BitNot | IfLess | IfNotLess | IfLessEqual
            | IfNotLessEqual | IfEqual | IfNotEqual | IfTrueCopy | IfFalseCopy => {
                self.register(a, pc)?;
                self.register(d, pc)
            }
            IfTrue | IfFalse => self.register(d, pc),
            LoadConstant => {
                self.register(a, pc)?;
                self.constant(d, pc, |_| true)
            }
            LoadConstantExtended => {
                self.register(a, pc)?;
                self.constant(extra, pc, |_| true)
            }
            LoadInteger => self.register(a, pc),
            LoadNil if a > d => refuse(format!("empty range at {pc:04}")),
            LoadNil => self.register(d, pc),
            LoadBoolean if d > 1 => refuse(format!("wrong boolean at {pc:04}")),
            LoadBoolean => self.register(a, pc),
            GetUpvalue => {
                self.register(a, pc)?;
                self.upvalue(d, pc)
            }
            SetUpvalue => {
                self.upvalue(a, pc)?;
                self.register(d, pc)
            }
            Closure => {
                self.register(a, pc)?;
                if d as usize >= self.function.children.len() {
                    return refuse(format!("no function {d} at {pc:04}"));
                }
                Ok(())
            }
            CloseUpvalues => self.register(a, pc),
            GetGlobal | SetGlobal => {
                self.register(a, pc)?;
                self.zeros(pc + 2..end, pc)?;
                self.constant(extra, pc, is_string)
            }
            NewTable => {
                self.register(a, pc)?;
                self.zeros(pc + 1..end, pc)
            }
            NewRecord => {
                self.register(a, pc)?;
                match self.function.templates.get(extra as usize) {
                    Some(keys) => self.registers(b, keys.len() as u32, pc),
                    None => refuse(format!("no template {extra} at {pc:04}")),
                }
            }
            GetField | SetField => {
                self.register(a, pc)?;
                self.register(b, pc)?;
                self.zeros(pc + 2..end, pc)?;
                self.constant(extra, pc, is_string)
            }
            Method => {
                self.register(a + FRAME_SLOTS, pc)?;
                self.register(b, pc)?;
                self.zeros(pc + 2..end, pc)?;
                self.constant(extra, pc, is_string)
            }
            GetIndexInteger | SetIndexInteger => {
                self.register(a, pc)?;
                self.register(b, pc)
            }
            SetList | SetListMultiple => {
                self.registers(a, d + 1, pc)?;
                if extra > LIST_INDEX_MAX {
                    return refuse(format!("list index too large at {pc:04}"));
                }
                Ok(())
            }
            Concatenate if b >= c => refuse(format!("empty range at {pc:04}")),
            GetIndex | SetIndex | Add | Subtract | Multiply | Divide | Modulo | Power
            | Concatenate | BitAnd | BitOr | BitXor | ShiftLeft | ShiftRight
            | ShiftRightArithmetic => {
                self.register(a, pc)?;
                self.register(b, pc)?;
                self.register(c, pc)
            }
            AddRK | SubtractRK | MultiplyRK | DivideRK | ModuloRK => {
                self.register(a, pc)?;
                self.register(b, pc)?;
                self.constant(c, pc, is_number)
            }
            AddKR | SubtractKR | MultiplyKR | DivideKR | ModuloKR => {
                self.register(a, pc)?;
                self.register(c, pc)?;
                self.constant(b, pc, is_number)
            }
            IfLessK | IfNotLessK | IfLessEqualK | IfNotLessEqualK | IfGreaterK | IfNotGreaterK
            | IfGreaterEqualK | IfNotGreaterEqualK => {
                self.register(a, pc)?;
                self.constant(d, pc, is_number)
            }
            IfEqualK | IfNotEqualK => {
                self.register(a, pc)?;
                self.constant(d, pc, |constant| is_number(constant) || is_string(constant))
            }
            IfEqualPrimitive | IfNotEqualPrimitive => {
                if d > 2 {
                    return refuse(format!("wrong primitive at {pc:04}"));
                }
                self.register(a, pc)
            }
            _ => self.check_control_operands(op, pc),
        }
    }

    fn check_control_operands(&self, op: Opcode, pc: usize) -> Result<(), VerifyError> {
        use Opcode::*;
        let word = self.function.code[pc];
        let (a, b, c, d) = (
            operand_a(word),
            operand_b(word),
            operand_c(word),
            operand_d(word),
        );
        match op {
            Jump | Loop => Ok(()),
            ForPrepare | ForLoop => self.registers(a, 4, pc),
            IteratorPrepareNext | IteratorNext | IteratorCall if a < 3 => {
                refuse(format!("no room for the iterator at {pc:04}"))
            }
            IteratorPrepareNext => self.register(a, pc),
            IteratorNext | IteratorCall => {
                if b < 2 {
                    return refuse(format!("an iterator without results at {pc:04}"));
                }
                self.registers(a, FRAME_SLOTS + 2, pc)?;
                self.registers(a, b - 1, pc)
            }
            IteratorLoop if a < 1 => refuse(format!("no room for the iterator at {pc:04}")),
            IteratorLoop => self.register(a, pc),
            Call => {
                if c < 1 {
                    return refuse(format!("wrong arguments at {pc:04}"));
                }
                self.registers(a, FRAME_SLOTS + c - 1, pc)?;
                self.registers(a, b.saturating_sub(1), pc)
            }
            CallMultiple => {
                self.registers(a, FRAME_SLOTS + c, pc)?;
                self.registers(a, b.saturating_sub(1), pc)
            }
            TailCall => {
                if d < 1 {
                    return refuse(format!("wrong arguments at {pc:04}"));
                }
                self.registers(a, FRAME_SLOTS + d - 1, pc)
            }
            TailCallMultiple => self.registers(a, FRAME_SLOTS + d, pc),
            Return0 => Ok(()),
            Return1 => self.register(a, pc),
            Return => self.registers(a, d, pc),
            ReturnMultiple => self.registers(a, d, pc),
            Vararg => {
                if !self.function.is_vararg {
                    return refuse(format!("'...' in a function without it at {pc:04}"));
                }
                self.register(a, pc)?;
                self.registers(a, b.saturating_sub(1), pc)
            }
            FunctionHeader | FunctionHeaderVararg => {
                let is_right = pc == 0
                    && a == u32::from(self.function.frame_size)
                    && d == 0
                    && (op == FunctionHeaderVararg) == self.function.is_vararg;
                if is_right {
                    Ok(())
                } else {
                    refuse(format!("wrong function header at {pc:04}"))
                }
            }
            _ => refuse(format!("{} at {pc:04}", op.mnemonic())),
        }
    }

    // Jumps and pairs.

    /// Where the instruction may jump.
    fn check_jump(
        &self,
        op: Opcode,
        pc: usize,
        next: usize,
        words: &mut [Word],
    ) -> Result<(), VerifyError> {
        if pc == 0 && !matches!(op, Opcode::FunctionHeader | Opcode::FunctionHeaderVararg) {
            return refuse("no function header");
        }
        let Some(target) = jump_target(&self.function.code, op, pc, next) else {
            return Ok(());
        };
        let is_start =
            target > 0 && target < words.len() as i64 && words[target as usize] != Word::Extra;
        if !is_start {
            return refuse(format!("jump to nowhere at {pc:04}"));
        }
        let target = target as usize;
        let is_backward = target < next;
        let landing = self.instruction(target)?.0;
        let is_right = match op {
            Opcode::Jump => !is_backward || landing == Opcode::Loop,
            Opcode::ForLoop | Opcode::IteratorLoop => is_backward,
            Opcode::IteratorPrepareNext => {
                !is_backward
                    && landing == Opcode::IteratorNext
                    && operand_a(self.function.code[target]) == operand_a(self.function.code[pc])
            }
            _ => !is_backward,
        };
        if !is_right {
            return refuse(format!("wrong kind of jump at {pc:04}"));
        }
        if words[target] == Word::Instruction {
            words[target] = Word::Target;
        }
        Ok(())
    }

    /// What must follow the instruction.
    fn check_neighbour(
        &self,
        op: Opcode,
        pc: usize,
        next: usize,
        words: &mut [Word],
    ) -> Result<(), VerifyError> {
        let code = &self.function.code;
        let word = code[pc];
        if next >= code.len() {
            return if is_end(op) {
                Ok(())
            } else {
                refuse("the code runs out of the function")
            };
        }
        let following = self.instruction(next)?.0;
        let is_right = if op.is_condition() {
            following == Opcode::Jump
        } else if matches!(op, Opcode::IteratorNext | Opcode::IteratorCall) {
            words[next] = Word::Attached;
            following == Opcode::IteratorLoop && operand_a(code[next]) == operand_a(word)
        } else if let Some(first_open) = open_results(op, word) {
            let mut consumer = next;
            if following == Opcode::CloseUpvalues {
                words[next] = Word::Attached;
                consumer = next + 1;
            }
            if consumer >= code.len() {
                return refuse("the code runs out of the function");
            }
            words[consumer] = Word::Attached;
            first_consumed(self.instruction(consumer)?.0, code[consumer]) == Some(first_open)
        } else {
            // What uses open results or ends an iterator must have its partner before it.
            let is_partner = first_consumed(following, code[next]).is_some()
                || following == Opcode::IteratorLoop;
            !is_partner || words[next] == Word::Attached
        };
        if is_right {
            Ok(())
        } else {
            refuse(format!("wrong instruction after {pc:04}"))
        }
    }

    /// A jump that leads to an attached instruction, if there is one.
    fn attached_targets(&self, words: &[Word]) -> Result<Option<usize>, VerifyError> {
        let code = &self.function.code;
        let mut pc = 0;
        while pc < code.len() {
            let (op, next) = self.instruction(pc)?;
            if let Some(target) = jump_target(code, op, pc, next)
                && words.get(target as usize) == Some(&Word::Attached)
            {
                return Ok(Some(pc));
            }
            pc = next;
        }
        Ok(None)
    }
}

fn is_string(constant: &Constant) -> bool {
    matches!(constant, Constant::String(_))
}

fn is_number(constant: &Constant) -> bool {
    matches!(constant, Constant::Number(_))
}

/// Where the instruction jumps to, if it is a jump.
pub(super) fn jump_target(code: &[u32], op: Opcode, pc: usize, next: usize) -> Option<i64> {
    if op == Opcode::Jump {
        Some(next as i64 + i64::from(operand_j(code[pc])))
    } else if op.has_long_jump() {
        Some(next as i64 + i64::from(code[pc + 1] as i32))
    } else {
        None
    }
}

/// Whether execution never goes on behind the instruction.
pub(super) fn is_end(op: Opcode) -> bool {
    matches!(
        op,
        Opcode::Jump
            | Opcode::Return0
            | Opcode::Return1
            | Opcode::Return
            | Opcode::ReturnMultiple
            | Opcode::TailCall
            | Opcode::TailCallMultiple
    )
}

/// The first register of the open results that the instruction leaves.
fn open_results(op: Opcode, word: u32) -> Option<u32> {
    let is_open =
        matches!(op, Opcode::Call | Opcode::CallMultiple | Opcode::Vararg) && operand_b(word) == 0;
    is_open.then(|| operand_a(word))
}

/// The register from which the instruction takes open values.
fn first_consumed(op: Opcode, word: u32) -> Option<u32> {
    match op {
        Opcode::CallMultiple => Some(operand_a(word) + FRAME_SLOTS + operand_c(word)),
        Opcode::TailCallMultiple => Some(operand_a(word) + FRAME_SLOTS + operand_d(word)),
        Opcode::ReturnMultiple => Some(operand_a(word) + operand_d(word)),
        Opcode::SetListMultiple => Some(operand_a(word) + 1 + operand_d(word)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bytecode::opcode::{encode_abc, encode_ad, encode_j};
    use std::rc::Rc;

    /// A function of nine slots and one parameter from its code behind the header.
    fn function(code: &[u32]) -> CompiledFunction {
        let mut words = vec![encode_ad(Opcode::FunctionHeader, 9, 0)];
        words.extend_from_slice(code);
        CompiledFunction {
            code: words,
            constants: vec![
                Constant::String(b"name".as_slice().into()),
                Constant::Number(1.0),
            ],
            templates: vec![vec![0]],
            parameter_count: 1,
            frame_size: 9,
            ..CompiledFunction::default()
        }
    }

    fn message(code: &[u32]) -> String {
        match verify(&function(code)) {
            Ok(()) => "verified".to_string(),
            Err(error) => error.message,
        }
    }

    const RETURN: u32 = encode_ad(Opcode::Return0, 0, 0);

    #[test]
    fn operands_must_be_in_range() {
        let cases = [
            (
                vec![encode_ad(Opcode::Move, 0, 9), RETURN],
                "register 9 of 9 at 0001",
            ),
            (
                vec![encode_ad(Opcode::LoadConstant, 0, 2), RETURN],
                "wrong constant 2 at 0001",
            ),
            (
                vec![encode_abc(Opcode::AddRK, 0, 0, 0), RETURN],
                "wrong constant 0 at 0001",
            ),
            (
                vec![encode_ad(Opcode::GetUpvalue, 0, 0), RETURN],
                "no upvalue 0 at 0001",
            ),
            (
                vec![encode_ad(Opcode::Closure, 0, 0), RETURN],
                "no function 0 at 0001",
            ),
            (
                vec![encode_ad(Opcode::LoadNil, 3, 2), RETURN],
                "empty range at 0001",
            ),
            (
                vec![encode_abc(Opcode::Vararg, 0, 2, 0), RETURN],
                "'...' in a function without it at 0001",
            ),
            (
                vec![encode_ad(Opcode::CompiledLoop, 0, 0), RETURN],
                "jloop at 0001",
            ),
            (
                vec![encode_ad(Opcode::FunctionHeaderNative, 0, 0), RETURN],
                "funcn at 0001",
            ),
            (
                vec![encode_abc(Opcode::NewRecord, 0, 0, 0), 1, RETURN],
                "no template 1 at 0001",
            ),
            (
                vec![encode_abc(Opcode::Call, 7, 1, 2), RETURN],
                "register 9 of 9 at 0001",
            ),
            (vec![0xee], "unknown opcode at 0001"),
            (
                vec![encode_ad(Opcode::GetGlobal, 0, 0), 0, 0],
                "instruction cut off at 0001",
            ),
            (
                vec![encode_ad(Opcode::SetGlobal, 0, 0), 0, 0, 7, 0, RETURN],
                "filled cache at 0001",
            ),
        ];
        for (code, expected) in cases {
            assert_eq!(message(&code), expected);
        }
        assert_eq!(message(&[RETURN]), "verified");
    }

    #[test]
    fn jumps_must_land() {
        assert_eq!(message(&[encode_j(Opcode::Jump, 0), RETURN]), "verified");
        assert_eq!(
            message(&[encode_j(Opcode::Jump, 1), RETURN]),
            "jump to nowhere at 0001"
        );
        assert_eq!(
            message(&[encode_j(Opcode::Jump, -1), RETURN]),
            "wrong kind of jump at 0001"
        );
        let endless = [encode_ad(Opcode::Loop, 0, 0), encode_j(Opcode::Jump, -2)];
        assert_eq!(message(&endless), "verified");
        let into_extra = [
            encode_j(Opcode::Jump, 1),
            encode_ad(Opcode::NewTable, 0, 0),
            0,
            0,
            RETURN,
        ];
        assert_eq!(message(&into_extra), "jump to nowhere at 0001");
        let no_jump = [encode_ad(Opcode::IfTrue, 0, 0), RETURN, RETURN];
        assert_eq!(message(&no_jump), "wrong instruction after 0001");
        let falls_out = [
            encode_ad(Opcode::Loop, 0, 0),
            encode_ad(Opcode::IfTrue, 0, 0),
            encode_j(Opcode::Jump, -3),
        ];
        assert_eq!(message(&falls_out), "the code runs out of the function");
        assert_eq!(
            message(&[encode_ad(Opcode::Loop, 0, 0)]),
            "the code runs out of the function"
        );
    }

    #[test]
    fn open_results_need_their_consumer() {
        let call = encode_abc(Opcode::Call, 0, 0, 1);
        let consumer = |register, count| encode_ad(Opcode::ReturnMultiple, register, count);
        assert_eq!(message(&[call, consumer(0, 0)]), "verified");
        let closed = [call, encode_ad(Opcode::CloseUpvalues, 0, 0), consumer(0, 0)];
        assert_eq!(message(&closed), "verified");
        assert_eq!(
            message(&[call, consumer(1, 0)]),
            "wrong instruction after 0001"
        );
        assert_eq!(message(&[call, RETURN]), "wrong instruction after 0001");
        assert_eq!(message(&[consumer(0, 0)]), "wrong instruction after 0000");
        let jumped_into = [
            encode_ad(Opcode::IfTrue, 0, 0),
            encode_j(Opcode::Jump, 1),
            call,
            consumer(0, 0),
        ];
        assert_eq!(
            message(&jumped_into),
            "jump into the middle of a pair at 0002"
        );
    }

    #[test]
    fn registers_are_written_before_they_are_read() {
        assert_eq!(message(&[encode_ad(Opcode::Return1, 0, 0)]), "verified");
        assert_eq!(
            message(&[encode_ad(Opcode::Return1, 1, 0)]),
            "register 1 is read before it is written at 0001"
        );
        let one_path_only = [
            encode_ad(Opcode::IfTrue, 0, 0),
            encode_j(Opcode::Jump, 1),
            encode_ad(Opcode::LoadInteger, 1, 0),
            encode_ad(Opcode::Return1, 1, 0),
        ];
        assert_eq!(
            message(&one_path_only),
            "register 1 is read before it is written at 0004"
        );
        let hidden_by_call = [
            encode_ad(Opcode::LoadInteger, 2, 0),
            encode_abc(Opcode::Call, 0, 2, 1),
            encode_ad(Opcode::Return1, 2, 0),
        ];
        assert_eq!(
            message(&hidden_by_call),
            "register 2 is read before it is written at 0003"
        );
    }

    #[test]
    fn loops_keep_what_was_checked() {
        let numeric = |body: u32| {
            [
                encode_ad(Opcode::LoadInteger, 1, 1),
                encode_ad(Opcode::LoadInteger, 2, 1),
                encode_ad(Opcode::LoadInteger, 3, 1),
                encode_ad(Opcode::ForPrepare, 1, 0),
                3,
                body,
                encode_ad(Opcode::ForLoop, 1, 0),
                -3_i32 as u32,
                RETURN,
            ]
        };
        assert_eq!(message(&numeric(encode_ad(Opcode::Move, 0, 4))), "verified");
        assert_eq!(
            message(&numeric(encode_ad(Opcode::Move, 2, 0))),
            "a numeric loop is not prepared at 0007"
        );
        let unprepared = [
            encode_ad(Opcode::LoadNil, 1, 4),
            encode_ad(Opcode::Loop, 0, 0),
            encode_ad(Opcode::ForLoop, 1, 0),
            -3_i32 as u32,
            RETURN,
        ];
        assert_eq!(
            message(&unprepared),
            "a numeric loop is not prepared at 0003"
        );
        let iterator = |first: u32| {
            [
                encode_ad(Opcode::LoadNil, 1, 3),
                first,
                2,
                encode_ad(Opcode::Move, 0, 4),
                RETURN,
                encode_abc(Opcode::IteratorNext, 4, 2, 0),
                encode_ad(Opcode::IteratorLoop, 4, 0),
                -5_i32 as u32,
                RETURN,
            ]
        };
        assert_eq!(
            message(&iterator(encode_ad(Opcode::IteratorPrepareNext, 4, 0))),
            "verified"
        );
        let mut forged = iterator(encode_j(Opcode::Jump, 3));
        forged[2] = encode_ad(Opcode::Loop, 0, 0);
        assert_eq!(message(&forged), "an iterator is not prepared at 0006");
    }

    #[test]
    fn closures_must_not_reach_loop_registers() {
        let child = CompiledFunction {
            code: vec![encode_ad(Opcode::FunctionHeader, 1, 0), RETURN],
            upvalues: vec![UpvalueSource::ParentRegister(2)],
            frame_size: 1,
            ..CompiledFunction::default()
        };
        let mut parent = function(&[
            encode_ad(Opcode::LoadInteger, 1, 1),
            encode_ad(Opcode::LoadInteger, 2, 1),
            encode_ad(Opcode::LoadInteger, 3, 1),
            encode_ad(Opcode::ForPrepare, 1, 0),
            3,
            encode_ad(Opcode::Closure, 5, 0),
            encode_ad(Opcode::ForLoop, 1, 0),
            -3_i32 as u32,
            RETURN,
        ]);
        parent.children.push(Rc::new(child.clone()));
        let error = verify(&parent).unwrap_err();
        assert_eq!(error.message, "a numeric loop is not prepared at 0007");
        // Captured before the loop begins.
        parent.code[4] = encode_ad(Opcode::Closure, 5, 0);
        parent.code[5] = encode_ad(Opcode::ForPrepare, 1, 0);
        parent.code[6] = 2;
        parent.code[8] = -2_i32 as u32;
        parent.code[7] = encode_ad(Opcode::ForLoop, 1, 0);
        let error = verify(&parent).unwrap_err();
        assert_eq!(error.message, "a loop register is captured at 0005");
        // An upvalue from a register that the parent does not have.
        let mut child = child;
        child.upvalues = vec![UpvalueSource::ParentRegister(9)];
        parent.children = vec![Rc::new(child)];
        assert!(verify(&parent).is_err());
    }

    #[test]
    fn only_new_tables_are_filled() {
        let fill = |first: u32, second: u32, third: u32| {
            [
                first,
                second,
                third,
                encode_ad(Opcode::LoadInteger, 2, 5),
                encode_ad(Opcode::SetList, 1, 1),
                1,
                RETURN,
            ]
        };
        assert_eq!(
            message(&fill(encode_ad(Opcode::NewTable, 1, 1), 0, 0)),
            "verified"
        );
        let moved = encode_ad(Opcode::Move, 1, 0);
        assert_eq!(
            message(&fill(moved, moved, moved)),
            "a table is not prepared at 0005"
        );
    }

    #[test]
    fn locals_of_the_debug_library_have_values() {
        let mut function = function(&[encode_ad(Opcode::LoadInteger, 1, 1), RETURN]);
        let local = |start_pc, end_pc| crate::bytecode::LocalVariable {
            name: b"x".as_slice().into(),
            register: 1,
            start_pc,
            end_pc,
        };
        function.locals = vec![local(2, 3)];
        assert_eq!(verify(&function), Ok(()));
        function.locals = vec![local(1, 3)];
        let error = verify(&function).unwrap_err();
        assert_eq!(error.message, "a local variable without a value at 0001");
    }
}
