//! The one opcode table: every instruction of the virtual machine, with its operands.
//!
//! An instruction is one 32-bit word, followed by a fixed number of *extra words* that belong to it:
//!
//! ```text
//!  31      24 23      16 15       8 7        0
//! |    B     |    C     |    A     |  opcode  |     format ABC
//! |          D          |    A     |  opcode  |     format AD   (D = B << 8 | C)
//! |        J (signed 24 bits)      |  opcode  |     format J    (jump distance in words)
//! ```
//!
//! Jump distances are counted from the word **after** the whole instruction (its extra words included).
//! `A`, `B`, `C` name registers of the current frame unless the text says otherwise; `K[i]` is constant `i` of the
//! prototype. Extra words hold what does not fit (constant indexes, long jumps) and inline caches; the
//! compiler writes cache words as zero, only the interpreter changes them afterwards.
//!
//! ## Frames
//! A frame's registers start at `base`. `base[-2]` is the running function, `base[-1]` the frame link (the
//! caller's return address, or a tagged delta for other kinds of frame). So a call to the function in `R[A]` puts
//! its first argument in `R[A+2]` ([`FRAME_SLOTS`] = 2), and results arrive from `R[A]` upwards.
//!
//! ## Multiple results
//! `B`/`C` fields that count values hold *count + 1*; 0 means "as many as there are" and the interpreter keeps the
//! number in `vm.multiple_results`. An instruction that leaves an open number of values is always
//! followed directly by one that consumes them (`CallMultiple`, `TailCallMultiple`, `ReturnMultiple`,
//! `SetListMultiple`); only a `CloseUpvalues` may stand between (return statements), which leaves the number alone.
//!
//! ## What must hold
//! * Every jump that goes backwards is a `ForLoop`, an `IteratorLoop` or a jump whose target is a `Loop`
//!   instruction: these are where interrupts and hot counters act.
//! * A comparison or test is followed directly by a `Jump`, taken when the condition holds.
//! * The first word of a prototype is `FunctionHeader` or `FunctionHeaderVararg`.

/// Slots between the register that holds a called function and its first argument.
pub const FRAME_SLOTS: u32 = 2;

/// How the operands of an instruction are packed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Three 8-bit operands.
    Abc,
    /// One 8-bit and one 16-bit operand.
    Ad,
    /// One signed 24-bit jump distance.
    J,
}

/// Calls `$callback!` with the whole table: `Name "mnemonic" Format extra_words "documentation";` for each opcode.
#[macro_export]
macro_rules! for_each_opcode {
    ($callback:ident) => {
        $callback! {
            // Moves and constants.
            Move "move" Ad 0 "R[A] = R[D]";
            LoadConstant "loadk" Ad 0 "R[A] = K[D]";
            LoadConstantExtended "loadkx" Ad 1 "R[A] = K[word1]; used when the index does not fit 16 bits";
            LoadInteger "loadint" Ad 0 "R[A] = D as a signed 16-bit integer";
            LoadNil "loadnil" Ad 0 "R[A] .. R[D] = nil (both included)";
            LoadBoolean "loadbool" Ad 0 "R[A] = (D ~= 0)";
            GetUpvalue "getupvalue" Ad 0 "R[A] = U[D]";
            SetUpvalue "setupvalue" Ad 0 "U[A] = R[D]";
            Closure "closure" Ad 0 "R[A] = new closure of child prototype D";
            CloseUpvalues "close" Ad 0 "close all upvalues for registers >= A";
            // Globals: the environment table of the running function.
            GetGlobal "getglobal" Ad 5 "R[A] = environment[K[word1]]; words 2-5: cache shape, slot or epoch, address";
            SetGlobal "setglobal" Ad 4 "environment[K[word1]] = R[A]; words 2-4: cache shape, slot, new shape";
            // Tables.
            NewTable "newtable" Ad 2 "R[A] = {}; D: array capacity hint; word1: named slot hint (learned), word2: reserved";
            NewRecord "newrecord" Abc 1 "R[A] = table with the keys of template word1 and the values R[B] .. in order";
            GetField "getfield" Abc 5 "R[A] = R[B][K[word1]]; words 2-5: cache as GetGlobal";
            SetField "setfield" Abc 4 "R[B][K[word1]] = R[A]; words 2-4: cache as SetGlobal";
            GetIndex "getindex" Abc 0 "R[A] = R[B][R[C]]";
            SetIndex "setindex" Abc 0 "R[B][R[C]] = R[A]";
            GetIndexInteger "getindexint" Abc 0 "R[A] = R[B][C] (C is the integer key itself)";
            SetIndexInteger "setindexint" Abc 0 "R[B][C] = R[A] (C is the integer key itself)";
            SetList "setlist" Ad 1 "R[A][word1 + i] = R[A+1+i] for i = 0 .. D-1 (raw store, table constructor)";
            SetListMultiple "setlistm" Ad 1 "as SetList with D + vm.multiple_results values";
            Method "method" Abc 5 "R[A+2] = R[B]; R[A] = R[B][K[word1]]; words 2-5: cache as GetGlobal";
            // Arithmetic. RR: two registers; RK: R[B] op K[C]; KR: K[B] op R[C] (number constants).
            Add "add" Abc 0 "R[A] = R[B] + R[C]";
            Subtract "sub" Abc 0 "R[A] = R[B] - R[C]";
            Multiply "mul" Abc 0 "R[A] = R[B] * R[C]";
            Divide "div" Abc 0 "R[A] = R[B] / R[C]";
            Modulo "mod" Abc 0 "R[A] = R[B] % R[C]";
            AddRK "addrk" Abc 0 "R[A] = R[B] + K[C]";
            SubtractRK "subrk" Abc 0 "R[A] = R[B] - K[C]";
            MultiplyRK "mulrk" Abc 0 "R[A] = R[B] * K[C]";
            DivideRK "divrk" Abc 0 "R[A] = R[B] / K[C]";
            ModuloRK "modrk" Abc 0 "R[A] = R[B] % K[C]";
            AddKR "addkr" Abc 0 "R[A] = K[B] + R[C]";
            SubtractKR "subkr" Abc 0 "R[A] = K[B] - R[C]";
            MultiplyKR "mulkr" Abc 0 "R[A] = K[B] * R[C]";
            DivideKR "divkr" Abc 0 "R[A] = K[B] / R[C]";
            ModuloKR "modkr" Abc 0 "R[A] = K[B] % R[C]";
            Power "pow" Abc 0 "R[A] = R[B] ^ R[C]";
            Concatenate "concat" Abc 0 "R[A] = R[B] .. ... .. R[C] (registers B to C; they may be overwritten)";
            Negate "neg" Ad 0 "R[A] = -R[D]";
            Not "not" Ad 0 "R[A] = not R[D]";
            Length "len" Ad 0 "R[A] = #R[D]";
            BitAnd "band" Abc 0 "R[A] = R[B] & R[C]";
            BitOr "bor" Abc 0 "R[A] = R[B] | R[C]";
            BitXor "bxor" Abc 0 "R[A] = R[B] ~ R[C]";
            ShiftLeft "shl" Abc 0 "R[A] = R[B] << R[C]";
            ShiftRight "shr" Abc 0 "R[A] = R[B] >> R[C] (logical)";
            ShiftRightArithmetic "sar" Abc 0 "R[A] = R[B] ~>> R[C]";
            BitNot "bnot" Ad 0 "R[A] = ~R[D]";
            // Comparisons: the next instruction is a Jump, taken when the condition holds. The `Not` forms are
            // needed because of NaN: `not (a < b)` is not `a >= b`.
            IfLess "iflt" Ad 0 "if R[A] < R[D]";
            IfNotLess "ifnlt" Ad 0 "if not (R[A] < R[D])";
            IfLessEqual "ifle" Ad 0 "if R[A] <= R[D]";
            IfNotLessEqual "ifnle" Ad 0 "if not (R[A] <= R[D])";
            IfEqual "ifeq" Ad 0 "if R[A] == R[D]";
            IfNotEqual "ifne" Ad 0 "if R[A] ~= R[D]";
            IfLessK "ifltk" Ad 0 "if R[A] < K[D] (number constant)";
            IfNotLessK "ifnltk" Ad 0 "if not (R[A] < K[D])";
            IfLessEqualK "iflek" Ad 0 "if R[A] <= K[D]";
            IfNotLessEqualK "ifnlek" Ad 0 "if not (R[A] <= K[D])";
            IfGreaterK "ifgtk" Ad 0 "if R[A] > K[D]";
            IfNotGreaterK "ifngtk" Ad 0 "if not (R[A] > K[D])";
            IfGreaterEqualK "ifgek" Ad 0 "if R[A] >= K[D]";
            IfNotGreaterEqualK "ifngek" Ad 0 "if not (R[A] >= K[D])";
            IfEqualK "ifeqk" Ad 0 "if R[A] == K[D] (number or string constant)";
            IfNotEqualK "ifnek" Ad 0 "if R[A] ~= K[D]";
            IfEqualPrimitive "ifeqp" Ad 0 "if R[A] == primitive D (0 nil, 1 false, 2 true)";
            IfNotEqualPrimitive "ifnep" Ad 0 "if R[A] ~= primitive D";
            IfTrue "iftrue" Ad 0 "if R[D]";
            IfFalse "iffalse" Ad 0 "if not R[D]";
            IfTrueCopy "iftruecopy" Ad 0 "if R[D] then R[A] = R[D] and jump";
            IfFalseCopy "iffalsecopy" Ad 0 "if not R[D] then R[A] = R[D] and jump";
            // Control.
            Jump "jump" J 0 "pc += J";
            Loop "loop" Ad 0 "head of a while, repeat or goto loop: nothing but the place for interrupts and hot counters";
            ForPrepare "forprep" Ad 1 "numeric for: R[A] index, R[A+1] limit, R[A+2] step (all checked to be numbers); R[A+3] = index, or jump by word1 if the loop does not run";
            ForLoop "forloop" Ad 1 "R[A] += R[A+2]; if within R[A+1] then R[A+3] = R[A] and jump by word1 (negative)";
            IteratorPrepareNext "isnext" Ad 1 "if R[A-3] is the builtin next, R[A-2] a table and R[A-1] nil then put a position marker into R[A-1], from which the IteratorNext there goes on; then jump by word1 (to it)";
            IteratorNext "iternext" Abc 0 "goes through a table if R[A-1] is a position marker, else as IteratorCall; B as there";
            IteratorCall "itercall" Abc 0 "R[A], R[A+1], ... = R[A-3](R[A-2], R[A-1]); B-1 results wanted";
            IteratorLoop "iterloop" Ad 1 "if R[A] ~= nil then R[A-1] = R[A] and jump by word1 (negative)";
            // Calls.
            Call "call" Abc 0 "R[A], ... = R[A](R[A+2], ...); B-1 results (0: open), C-1 arguments";
            CallMultiple "callm" Abc 0 "as Call with C + vm.multiple_results arguments";
            TailCall "tailcall" Ad 0 "return R[A](R[A+2], ...); D-1 arguments";
            TailCallMultiple "tailcallm" Ad 0 "as TailCall with D + vm.multiple_results arguments";
            Return0 "return0" Ad 0 "return";
            Return1 "return1" Ad 0 "return R[A]";
            Return "return" Ad 0 "return R[A] .. R[A+D-1] (D values)";
            ReturnMultiple "returnm" Ad 0 "return R[A] .. with D + vm.multiple_results values";
            Vararg "vararg" Abc 0 "R[A], ... = ...; B-1 values (0: open)";
            // Function headers: the first instruction of everything that can be called.
            FunctionHeader "func" Ad 0 "Lua function with a fixed number of parameters; A: frame size in slots";
            FunctionHeaderVararg "funcv" Ad 0 "Lua function with varargs; A: frame size in slots";
            FunctionHeaderNative "funcn" Ad 0 "builtin written in Rust";
            FunctionHeaderProtectedCall "funcpcall" Ad 0 "pcall";
            FunctionHeaderProtectedCallHandler "funcxpcall" Ad 0 "xpcall";
            FunctionHeaderResume "funcresume" Ad 0 "coroutine.resume";
            FunctionHeaderWrap "funcwrap" Ad 0 "the function that coroutine.wrap returns";
            FunctionHeaderYield "funcyield" Ad 0 "coroutine.yield";
            FunctionHeaderNext "funcnext" Ad 0 "next";
            FunctionHeaderInext "funcinext" Ad 0 "the iterator function of ipairs";
            // Written over a loop or function header once a compiled trace starts there (never by the compiler).
            CompiledLoop "jloop" Ad 0 "enter trace D";
        }
    };
}

macro_rules! define_opcodes {
    ($($name:ident $mnemonic:literal $format:ident $extra:literal $doc:literal;)*) => {
        /// An operation of the virtual machine; the number is the low byte of an instruction word.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[repr(u8)]
        pub enum Opcode {
            $(#[doc = $doc] $name,)*
        }

        impl Opcode {
            /// All opcodes in the order of their numbers.
            pub const ALL: &'static [Opcode] = &[$(Opcode::$name,)*];
            const MNEMONICS: &'static [&'static str] = &[$($mnemonic,)*];
            const FORMATS: &'static [Format] = &[$(Format::$format,)*];
            const EXTRA_WORDS: &'static [u8] = &[$($extra,)*];
            const DOCUMENTATION: &'static [&'static str] = &[$($doc,)*];
        }
    };
}
for_each_opcode!(define_opcodes);

impl Opcode {
    /// Number of opcodes.
    pub const COUNT: usize = Self::ALL.len();

    /// The opcode in the low byte of `word`, if there is one.
    #[inline]
    pub fn from_word(word: u32) -> Option<Opcode> {
        Self::ALL.get((word & 0xff) as usize).copied()
    }
    /// Whether a trace may start at such an instruction and replace its word: its handler does not read the word again, nor does
    /// whoever returns to it. (Loops and function headers see to that themselves.)
    pub fn can_be_replaced(self) -> bool {
        use Opcode::*;
        matches!(
            self,
            Move | LoadConstant
                | LoadConstantExtended
                | LoadInteger
                | LoadNil
                | LoadBoolean
                | GetUpvalue
                | SetUpvalue
                | GetGlobal
                | SetGlobal
                | GetField
                | SetField
                | GetIndex
                | SetIndex
                | GetIndexInteger
                | SetIndexInteger
                | Method
                | NewTable
                | Not
        )
    }
    /// Whether the next instruction always runs next, in the same frame, and nothing else in between.
    pub fn falls_through(self) -> bool {
        use Opcode::*;
        let stays = matches!(
            self,
            Closure | CloseUpvalues | NewRecord | SetList | Concatenate | Length
        );
        let computes = (Add as u8..=BitNot as u8).contains(&(self as u8));
        self.can_be_replaced() || stays || computes
    }
    /// The name that listings print.
    pub fn mnemonic(self) -> &'static str {
        Self::MNEMONICS[self as usize]
    }
    /// How the operands are packed.
    pub fn format(self) -> Format {
        Self::FORMATS[self as usize]
    }
    /// Number of words that follow the instruction word and belong to it.
    pub fn extra_words(self) -> u32 {
        u32::from(Self::EXTRA_WORDS[self as usize])
    }
    /// What the instruction does.
    pub fn documentation(self) -> &'static str {
        Self::DOCUMENTATION[self as usize]
    }
    /// Whether extra word 1 is a jump distance (counted from the word after the whole instruction).
    pub fn has_long_jump(self) -> bool {
        matches!(
            self,
            Opcode::ForPrepare
                | Opcode::ForLoop
                | Opcode::IteratorPrepareNext
                | Opcode::IteratorLoop
        )
    }
    /// Whether it is the first instruction of a function, entered with the number of arguments instead of operand D.
    pub fn is_function_header(self) -> bool {
        (Opcode::FunctionHeader as u8..=Opcode::FunctionHeaderInext as u8).contains(&(self as u8))
    }
    /// Whether the next instruction must be a [`Opcode::Jump`].
    pub fn is_condition(self) -> bool {
        (Opcode::IfLess as u8..=Opcode::IfFalseCopy as u8).contains(&(self as u8))
    }
}

/// Packs format ABC.
#[inline]
pub const fn encode_abc(op: Opcode, a: u8, b: u8, c: u8) -> u32 {
    op as u32 | (a as u32) << 8 | (c as u32) << 16 | (b as u32) << 24
}
/// Packs format AD.
#[inline]
pub const fn encode_ad(op: Opcode, a: u8, d: u16) -> u32 {
    op as u32 | (a as u32) << 8 | (d as u32) << 16
}
/// Packs format J; `distance` in words must fit 24 signed bits (the caller checks with [`jump_fits`]).
#[inline]
pub const fn encode_j(op: Opcode, distance: i32) -> u32 {
    op as u32 | (distance as u32) << 8
}
/// Whether a jump distance fits format J.
pub const fn jump_fits(distance: i64) -> bool {
    distance >= -(1 << 23) && distance < 1 << 23
}
/// Operand A.
#[inline]
pub const fn operand_a(word: u32) -> u32 {
    word >> 8 & 0xff
}
/// Operand B.
#[inline]
pub const fn operand_b(word: u32) -> u32 {
    word >> 24
}
/// Operand C.
#[inline]
pub const fn operand_c(word: u32) -> u32 {
    word >> 16 & 0xff
}
/// Operand D.
#[inline]
pub const fn operand_d(word: u32) -> u32 {
    word >> 16
}
/// Operand J, sign-extended.
#[inline]
pub const fn operand_j(word: u32) -> i32 {
    word as i32 >> 8
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn operands_survive_packing() {
        let word = encode_abc(Opcode::Add, 1, 200, 255);
        assert_eq!(Opcode::from_word(word), Some(Opcode::Add));
        assert_eq!(
            (operand_a(word), operand_b(word), operand_c(word)),
            (1, 200, 255)
        );
        assert_eq!(operand_d(word), 200 << 8 | 255);
        for distance in [-(1 << 23), -1, 0, 1, (1 << 23) - 1] {
            assert!(jump_fits(distance));
            assert_eq!(
                i64::from(operand_j(encode_j(Opcode::Jump, distance as i32))),
                distance
            );
        }
        assert!(!jump_fits(1 << 23));
        assert_eq!(Opcode::from_word(0xff), None);
    }
}
