//! Instructions, constants, registers and jumps of one function under construction.
//!
//! This layer knows how words are packed and patched, and nothing about Lua. The layer above ([`super::operand`])
//! decides which instruction a value needs. Example: `local x = 1` becomes
//!
//! ```text
//! builder.line = 1;
//! let register = builder.reserve(1)?;      // next free register
//! builder.load_number(register, 1.0)?;     // loadint 0 1
//! ```
//!
//! Invariants:
//! * `code` and `lines` grow together, one line for each word, extra words included.
//! * `free_register` is the first register that holds nothing; temporaries are freed by setting it back.
//! * An instruction that is a jump target is never merged with the one before it (`last_target`).
//!
//! It does not check that a program makes sense: `bytecode::verify` does.

use super::SemanticError;
use crate::bytecode::opcode::{encode_abc, encode_ad, encode_j, operand_a, operand_c, operand_d};
use crate::bytecode::{CompiledFunction, Constant, Opcode};
use rustc_hash::FxHashMap;
use std::rc::Rc;

/// Most slots a frame may have; LuaJIT's limit, and one less than what an 8-bit operand can name beside
/// [`NO_REGISTER`].
pub(super) const FRAME_SLOTS_MAX: u32 = 250;

/// Most words of a function: all jumps inside it then fit 24 signed bits.
const CODE_WORDS_MAX: usize = (1 << 23) - 16;

/// Stands in operand A of a copying test until its target is known.
pub(super) const NO_REGISTER: u8 = 0xff;

/// What the instruction before a pending jump can leave as the result of an expression.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Carried {
    /// Nothing: the jump only stands for true or false.
    Nothing,
    /// It is a copying test: the tested value.
    Test,
    /// It is a one-word load of a constant into [`NO_REGISTER`] and the jump is unconditional: the constant.
    Load,
    /// As `Load`, but the constant is not wanted: the load will become a jump as well.
    DroppedLoad,
}

impl Carried {
    /// Whether the jump can leave a value.
    pub fn is_value(self) -> bool {
        matches!(self, Carried::Test | Carried::Load)
    }
}

/// A jump that waits for its target.
#[derive(Clone, Copy, Debug)]
pub(super) struct PendingJump {
    /// Code word of the `Jump`.
    pub pc: u32,
    /// The value that the instruction before can leave.
    pub carried: Carried,
}

/// Jumps that will get the same target.
pub(super) type JumpList = Vec<PendingJump>;

/// One function under construction; see the module's text.
#[derive(Default)]
pub(super) struct Builder {
    pub code: Vec<u32>,
    pub lines: Vec<u32>,
    /// The loop header that a label became: it belongs to the line of what follows, as labels are no code in LuaJIT.
    label_loop: Option<usize>,
    pub constants: Vec<Constant>,
    pub templates: Vec<Vec<u32>>,
    pub children: Vec<Rc<CompiledFunction>>,
    /// Line that the next instruction gets.
    pub line: u32,
    /// First free register.
    pub free_register: u32,
    /// Most registers used so far.
    pub frame_size: u32,
    /// Line of the function definition, 0 for a main chunk (chooses the wording of limit messages).
    pub first_line: u32,
    number_indexes: FxHashMap<u64, u32>,
    string_indexes: FxHashMap<Rc<[u8]>, u32>,
    boxed_indexes: FxHashMap<(u8, u64), u32>,
    template_indexes: FxHashMap<Vec<u32>, u32>,
    /// Start of the last instruction.
    last_instruction: usize,
    /// Last place that some jump leads to.
    last_target: usize,
    /// Whether the last instruction is a `Jump` behind a condition.
    last_is_conditional: bool,
}

impl Builder {
    /// A function without code.
    pub fn new(first_line: u32) -> Builder {
        Builder {
            first_line,
            line: first_line,
            frame_size: 1,
            ..Builder::default()
        }
    }

    /// The error for a limit of `limit` things of the kind `what`.
    pub fn limit_error(&self, limit: usize, what: &str) -> SemanticError {
        let message = if self.first_line == 0 {
            format!("main function has more than {limit} {what}")
        } else {
            format!(
                "function at line {} has more than {limit} {what}",
                self.first_line
            )
        };
        SemanticError::new(self.line, message)
    }

    // Emission.

    fn push(&mut self, word: u32) {
        self.code.push(word);
        self.lines.push(self.line);
    }

    fn emit(&mut self, word: u32) -> Result<u32, SemanticError> {
        if self.code.len() >= CODE_WORDS_MAX {
            return Err(self.limit_error(CODE_WORDS_MAX, "bytecode instructions"));
        }
        let pc = self.code.len();
        self.last_instruction = pc;
        self.last_is_conditional = false;
        if let Some(header) = self.label_loop.take() {
            self.lines[header..pc].fill(self.line);
        }
        self.push(word);
        Ok(pc as u32)
    }

    /// Emits the loop header that a label becomes when a goto leads back to it.
    pub fn emit_label_loop(&mut self) -> Result<(), SemanticError> {
        let pc = self.emit_ad(Opcode::Loop, 0, 0, &[])?;
        self.label_loop = Some(pc as usize);
        Ok(())
    }

    /// Emits format ABC with its extra words: `extra` first, zeros after it.
    pub fn emit_abc(
        &mut self,
        op: Opcode,
        a: u8,
        b: u8,
        c: u8,
        extra: &[u32],
    ) -> Result<u32, SemanticError> {
        let pc = self.emit(encode_abc(op, a, b, c))?;
        self.push_extra(op, extra);
        Ok(pc)
    }

    /// Emits format AD with its extra words: `extra` first, zeros after it.
    pub fn emit_ad(
        &mut self,
        op: Opcode,
        a: u8,
        d: u16,
        extra: &[u32],
    ) -> Result<u32, SemanticError> {
        let pc = self.emit(encode_ad(op, a, d))?;
        self.push_extra(op, extra);
        Ok(pc)
    }

    fn push_extra(&mut self, op: Opcode, extra: &[u32]) {
        for index in 0..op.extra_words() as usize {
            self.push(extra.get(index).copied().unwrap_or(0));
        }
    }

    /// The opcode at `pc`, which must be the start of an instruction.
    pub fn opcode_at(&self, pc: u32) -> Opcode {
        Opcode::from_word(self.code[pc as usize]).unwrap_or(Opcode::Loop)
    }

    /// Gives the instruction at `pc` another opcode of the same format.
    pub fn set_opcode(&mut self, pc: u32, op: Opcode) {
        let word = &mut self.code[pc as usize];
        *word = *word & !0xff | op as u32;
    }

    /// Sets operand A.
    pub fn set_a(&mut self, pc: u32, a: u8) {
        let word = &mut self.code[pc as usize];
        *word = *word & !0xff00 | u32::from(a) << 8;
    }

    /// Sets operand B.
    pub fn set_b(&mut self, pc: u32, b: u8) {
        let word = &mut self.code[pc as usize];
        *word = *word & 0x00ff_ffff | u32::from(b) << 24;
    }

    /// The position of the next instruction.
    pub fn here(&self) -> u32 {
        self.code.len() as u32
    }

    /// Declares that a jump leads (or will lead) to the next instruction, and returns its position.
    pub fn mark_target(&mut self) -> u32 {
        self.last_target = self.code.len();
        self.here()
    }

    /// Whether the next instruction can only be reached by jumps that do not exist yet.
    pub fn is_unreachable(&self) -> bool {
        if self.last_target == self.code.len() || self.code.is_empty() {
            return false;
        }
        match self.opcode_at(self.last_instruction as u32) {
            Opcode::Jump => !self.last_is_conditional,
            op => is_return(op),
        }
    }

    // Jumps.

    /// Emits a jump that waits for its target.
    pub fn emit_jump(&mut self) -> Result<PendingJump, SemanticError> {
        let pc = self.emit(encode_j(Opcode::Jump, 0))?;
        Ok(PendingJump {
            pc,
            carried: Carried::Nothing,
        })
    }

    /// Emits a condition and its jump.
    pub fn emit_condition(
        &mut self,
        op: Opcode,
        a: u8,
        d: u16,
    ) -> Result<PendingJump, SemanticError> {
        self.emit(encode_ad(op, a, d))?;
        let mut jump = self.emit_jump()?;
        self.last_is_conditional = true;
        if matches!(op, Opcode::IfTrueCopy | Opcode::IfFalseCopy) {
            jump.carried = Carried::Test;
        }
        Ok(jump)
    }

    /// Emits a jump back to the `Loop` instruction at `target`.
    pub fn emit_jump_back(&mut self, target: u32) -> Result<(), SemanticError> {
        let jump = self.emit_jump()?;
        self.patch_jump(jump.pc, target);
        Ok(())
    }

    /// Sets the target of the jump at `pc` (a `Jump` or an instruction with a long jump).
    pub fn patch_jump(&mut self, pc: u32, target: u32) {
        let op = self.opcode_at(pc);
        if op.has_long_jump() {
            let after = pc + 1 + op.extra_words();
            self.code[pc as usize + 1] = target.wrapping_sub(after);
        } else {
            self.code[pc as usize] = encode_j(op, target as i32 - (pc as i32 + 1));
        }
        if target == self.here() {
            self.last_target = self.code.len();
        }
    }

    /// Lets all jumps of the list lead to `target`; tested values are dropped.
    pub fn patch_list(&mut self, list: JumpList, target: u32) {
        for mut jump in list {
            self.drop_value(&mut jump);
            self.patch_without_value(jump, target);
        }
    }

    /// Lets a jump whose value has been dropped lead to `target`.
    pub fn patch_without_value(&mut self, jump: PendingJump, target: u32) {
        if jump.carried == Carried::DroppedLoad {
            // A jump in place of the load; the one behind it is dead.
            let before = jump.pc - 1;
            self.code[before as usize] = encode_j(Opcode::Jump, 0);
            self.patch_jump(before, target);
        }
        self.patch_jump(jump.pc, target);
    }

    /// Lets all jumps of the list lead to the next instruction; tested values are dropped.
    pub fn patch_list_here(&mut self, list: JumpList) {
        if !list.is_empty() {
            let here = self.mark_target();
            self.patch_list(list, here);
        }
    }

    /// Drops the value that the jump carries: it only stands for true or false afterwards.
    pub fn drop_value(&mut self, jump: &mut PendingJump) {
        match jump.carried {
            Carried::Nothing | Carried::DroppedLoad => {}
            Carried::Test => {
                let test = jump.pc - 1;
                let plain = match self.opcode_at(test) {
                    Opcode::IfTrueCopy => Opcode::IfTrue,
                    _ => Opcode::IfFalse,
                };
                self.set_opcode(test, plain);
                self.set_a(test, 0);
                jump.carried = Carried::Nothing;
            }
            Carried::Load => jump.carried = Carried::DroppedLoad,
        }
    }

    /// Lets the jump lead to `target` with the value that it carries in `register`.
    pub fn patch_with_value(&mut self, mut jump: PendingJump, register: u8, target: u32) {
        let before = jump.pc - 1;
        let tested = operand_d(self.code[before as usize]);
        if jump.carried == Carried::Test && tested == u32::from(register) {
            self.drop_value(&mut jump);
        } else if self.opcode_at(before) == Opcode::LoadNil {
            self.code[before as usize] = encode_ad(Opcode::LoadNil, register, u16::from(register));
        } else {
            self.set_a(before, register);
        }
        self.patch_jump(jump.pc, target);
    }

    /// Negates the condition before the jump at `jump_pc`.
    pub fn invert_condition(&mut self, jump_pc: u32) {
        let pc = jump_pc - 1;
        let inverse = inverse_condition(self.opcode_at(pc));
        self.set_opcode(pc, inverse);
    }

    // Registers.

    /// Makes sure that `count` more registers than are in use now fit the frame.
    pub fn need(&mut self, count: u32) -> Result<(), SemanticError> {
        let size = self.free_register + count;
        if size > self.frame_size {
            if size >= FRAME_SLOTS_MAX {
                return Err(SemanticError::new(
                    self.line,
                    "function or expression too complex",
                ));
            }
            self.frame_size = size;
        }
        Ok(())
    }

    /// Takes `count` registers and returns the first.
    pub fn reserve(&mut self, count: u32) -> Result<u8, SemanticError> {
        let first = self.free_register;
        self.need(count)?;
        self.free_register += count;
        Ok(first as u8)
    }

    // Constants.

    fn add_constant(&mut self, constant: Constant) -> u32 {
        self.constants.push(constant);
        self.constants.len() as u32 - 1
    }

    /// Index of a number constant.
    pub fn number_constant(&mut self, number: f64) -> u32 {
        if let Some(&index) = self.number_indexes.get(&number.to_bits()) {
            return index;
        }
        let index = self.add_constant(Constant::Number(number));
        self.number_indexes.insert(number.to_bits(), index);
        index
    }

    /// Index of a string constant.
    pub fn string_constant(&mut self, string: &Rc<[u8]>) -> u32 {
        if let Some(&index) = self.string_indexes.get(string) {
            return index;
        }
        let index = self.add_constant(Constant::String(string.clone()));
        self.string_indexes.insert(string.clone(), index);
        index
    }

    /// Index of a constant that needs the FFI.
    pub fn boxed_constant(&mut self, constant: &Constant) -> u32 {
        let key = match constant {
            Constant::Integer64(value) => (0, *value as u64),
            Constant::Unsigned64(value) => (1, *value),
            Constant::Imaginary(value) => (2, value.to_bits()),
            _ => (3, 0),
        };
        if let Some(&index) = self.boxed_indexes.get(&key) {
            return index;
        }
        let index = self.add_constant(constant.clone());
        self.boxed_indexes.insert(key, index);
        index
    }

    /// Index of the template with these keys.
    pub fn template(&mut self, keys: Vec<u32>) -> u32 {
        if let Some(&index) = self.template_indexes.get(&keys) {
            return index;
        }
        let index = self.templates.len() as u32;
        self.templates.push(keys.clone());
        self.template_indexes.insert(keys, index);
        index
    }

    // Loads.

    /// Loads constant `index` into `register`.
    pub fn load_constant(&mut self, register: u8, index: u32) -> Result<(), SemanticError> {
        match u16::try_from(index) {
            Ok(short) => self.emit_ad(Opcode::LoadConstant, register, short, &[])?,
            Err(_) => self.emit_ad(Opcode::LoadConstantExtended, register, 0, &[index])?,
        };
        Ok(())
    }

    /// Loads a number into `register`.
    pub fn load_number(&mut self, register: u8, number: f64) -> Result<(), SemanticError> {
        match short_integer(number) {
            Some(integer) => {
                self.emit_ad(Opcode::LoadInteger, register, integer as u16, &[])?;
                Ok(())
            }
            None => {
                let index = self.number_constant(number);
                self.load_constant(register, index)
            }
        }
    }

    /// Sets `count` registers from `first` to nil, extending a `LoadNil` just before if nothing jumps between.
    pub fn load_nil(&mut self, first: u8, count: u32) -> Result<(), SemanticError> {
        if count == 0 {
            return Ok(());
        }
        let last = u32::from(first) + count - 1;
        let before = self.last_instruction;
        if self.last_target < self.code.len()
            && before + 1 == self.code.len()
            && self.opcode_at(before as u32) == Opcode::LoadNil
            && operand_d(self.code[before]) + 1 == u32::from(first)
        {
            let start = operand_a(self.code[before]) as u8;
            self.code[before] = encode_ad(Opcode::LoadNil, start, last as u16);
            return Ok(());
        }
        self.emit_ad(Opcode::LoadNil, first, last as u16, &[])?;
        Ok(())
    }

    /// Lets the `LoadNil` at `pc` clear `count` registers.
    pub fn set_nil_count(&mut self, pc: u32, count: u32) {
        let first = operand_a(self.code[pc as usize]);
        self.code[pc as usize] =
            encode_ad(Opcode::LoadNil, first as u8, (first + count - 1) as u16);
    }

    // Calls at the end of a return statement.

    /// Turns the call at `pc`, which must be the last instruction, into a tail call.
    pub fn make_tail_call(&mut self, pc: u32) {
        let word = self.code[pc as usize];
        debug_assert_eq!(pc as usize, self.last_instruction);
        let op = if self.opcode_at(pc) == Opcode::CallMultiple {
            Opcode::TailCallMultiple
        } else {
            Opcode::TailCall
        };
        self.code[pc as usize] = encode_ad(op, operand_a(word) as u8, operand_c(word) as u16);
    }

    /// Removes the last instruction, which must start at `pc` and be one word, and returns it.
    pub fn take_last(&mut self, pc: u32) -> u32 {
        debug_assert_eq!(pc as usize + 1, self.code.len());
        self.lines.pop();
        self.code.pop().unwrap_or(0)
    }

    /// Puts an instruction of one word back that [`Builder::take_last`] has removed.
    pub fn put_back(&mut self, word: u32) -> Result<u32, SemanticError> {
        self.emit(word)
    }

    // End.

    /// Lets jumps that lead to an unconditional jump lead to its target at once.
    ///
    /// A jump that becomes a backward one this way still leads to a `Loop`, because the jump it skips did.
    pub fn thread_jumps(&mut self) {
        let mut pc = 0;
        while pc < self.code.len() {
            let op = self.opcode_at(pc as u32);
            if op == Opcode::Jump {
                let mut target = self.jump_target(pc);
                // Ends: every cycle of jumps contains a `Loop`.
                while target < self.code.len() && self.opcode_at(target as u32) == Opcode::Jump {
                    target = self.jump_target(target);
                }
                self.code[pc] = encode_j(Opcode::Jump, target as i32 - (pc as i32 + 1));
            }
            pc += 1 + op.extra_words() as usize;
        }
    }

    fn jump_target(&self, pc: usize) -> usize {
        (pc as i64 + 1 + i64::from(crate::bytecode::opcode::operand_j(self.code[pc]))) as usize
    }
}

/// The number as a 16-bit integer if it is one (and not -0).
pub(super) fn short_integer(number: f64) -> Option<i16> {
    let integer = number as i16;
    (f64::from(integer).to_bits() == number.to_bits()).then_some(integer)
}

/// Whether the instruction leaves the function.
pub(super) fn is_return(op: Opcode) -> bool {
    matches!(
        op,
        Opcode::Return0
            | Opcode::Return1
            | Opcode::Return
            | Opcode::ReturnMultiple
            | Opcode::TailCall
            | Opcode::TailCallMultiple
    )
}

/// The condition that holds exactly when `op` does not.
fn inverse_condition(op: Opcode) -> Opcode {
    match op {
        Opcode::IfLess => Opcode::IfNotLess,
        Opcode::IfNotLess => Opcode::IfLess,
        Opcode::IfLessEqual => Opcode::IfNotLessEqual,
        Opcode::IfNotLessEqual => Opcode::IfLessEqual,
        Opcode::IfEqual => Opcode::IfNotEqual,
        Opcode::IfNotEqual => Opcode::IfEqual,
        Opcode::IfLessK => Opcode::IfNotLessK,
        Opcode::IfNotLessK => Opcode::IfLessK,
        Opcode::IfLessEqualK => Opcode::IfNotLessEqualK,
        Opcode::IfNotLessEqualK => Opcode::IfLessEqualK,
        Opcode::IfGreaterK => Opcode::IfNotGreaterK,
        Opcode::IfNotGreaterK => Opcode::IfGreaterK,
        Opcode::IfGreaterEqualK => Opcode::IfNotGreaterEqualK,
        Opcode::IfNotGreaterEqualK => Opcode::IfGreaterEqualK,
        Opcode::IfEqualK => Opcode::IfNotEqualK,
        Opcode::IfNotEqualK => Opcode::IfEqualK,
        Opcode::IfEqualPrimitive => Opcode::IfNotEqualPrimitive,
        Opcode::IfNotEqualPrimitive => Opcode::IfEqualPrimitive,
        Opcode::IfTrue => Opcode::IfFalse,
        Opcode::IfFalse => Opcode::IfTrue,
        Opcode::IfTrueCopy => Opcode::IfFalseCopy,
        Opcode::IfFalseCopy => Opcode::IfTrueCopy,
        other => other,
    }
}
