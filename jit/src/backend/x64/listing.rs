//! Disassembly of compiled traces, for `--dump=asm`.
//!
//! Worked example of a line: `7f10a4c01040  vaddsd xmm0,xmm0,[rsi+rcx*8+30h]`.

use iced_x86::{Decoder, DecoderOptions, Formatter, Instruction, IntelFormatter};
use std::fmt::Write;

/// One line an instruction; `name` may name the target of a jump.
pub fn disassemble(bytes: &[u8], address: usize, name: &dyn Fn(u64) -> Option<String>) -> String {
    let mut decoder = Decoder::with_ip(64, bytes, address as u64, DecoderOptions::NONE);
    let mut formatter = IntelFormatter::new();
    let mut text = String::new();
    let mut instruction = Instruction::default();
    while decoder.can_decode() {
        decoder.decode_out(&mut instruction);
        let mut line = String::new();
        formatter.format(&instruction, &mut line);
        let _ = write!(text, "{:012x}  {line}", instruction.ip());
        let target = instruction.near_branch_target();
        if target != 0
            && let Some(name) = name(target)
        {
            let _ = write!(text, "  ; {name}");
        }
        text.push('\n');
    }
    text
}
