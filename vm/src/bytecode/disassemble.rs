//! Listings of bytecode for people: `rlua -bl`, `--dump=bc` and the golden tests.
//!
//! One line for each instruction: position, source line, mnemonic, operands, and behind `;` what they mean. The
//! functions defined inside follow, each after its parent. Example for `return "a" .. x`:
//!
//! ```text
//! -- function @t.lua:0-1, 0 parameters, vararg, 2 slots
//! 0000     1  funcv        2
//! 0001     1  loadk        0 0            ; "a"
//! 0002     1  getglobal    1              ; x
//! 0008     1  concat       0 0 1
//! 0009     1  return1      0
//! ```
//!
//! A listing never fails: what makes no sense in a damaged function is printed as it is.

use super::opcode::{operand_a, operand_b, operand_c, operand_d, operand_j};
use super::{CompiledFunction, Constant, Opcode, UpvalueSource};
use std::fmt::Write;

/// The listing of a function and all functions inside.
pub fn disassemble(function: &CompiledFunction) -> String {
    let mut text = String::new();
    let mut waiting = vec![function];
    while let Some(function) = waiting.pop() {
        if !text.is_empty() {
            text.push('\n');
        }
        list_function(&mut text, function);
        waiting.extend(function.children.iter().rev().map(|child| &**child));
    }
    text
}

fn list_function(text: &mut String, function: &CompiledFunction) {
    let _ = write!(
        text,
        "-- function {}:{}-{}, {}{}, {} slots",
        chunk_title(&function.chunk_name),
        function.first_line,
        function.last_line,
        counted(usize::from(function.parameter_count), "parameter"),
        if function.is_vararg { ", vararg" } else { "" },
        function.frame_size,
    );
    if !function.upvalues.is_empty() {
        text.push_str(", upvalues");
        for (index, source) in function.upvalues.iter().enumerate() {
            let from = match source {
                UpvalueSource::ParentRegister(register) => format!("r{register}"),
                UpvalueSource::ParentUpvalue(upvalue) => format!("u{upvalue}"),
            };
            let _ = write!(text, " {}={from}", upvalue_name(function, index));
        }
    }
    text.push('\n');
    let mut pc = 0;
    while pc < function.code.len() {
        pc = list_instruction(text, function, pc);
    }
}

fn counted(count: usize, what: &str) -> String {
    format!("{count} {what}{}", if count == 1 { "" } else { "s" })
}

fn chunk_title(name: &[u8]) -> String {
    let shown: Vec<u8> = name
        .iter()
        .take(60)
        .take_while(|&&byte| byte != b'\n')
        .copied()
        .collect();
    String::from_utf8_lossy(&shown).into_owned()
}

fn upvalue_name(function: &CompiledFunction, index: usize) -> String {
    match function.upvalue_names.get(index) {
        Some(name) => String::from_utf8_lossy(name).into_owned(),
        None => format!("u{index}"),
    }
}

/// A constant as a listing shows it: strings are quoted and cut after 40 bytes.
pub fn constant_text(constant: &Constant) -> String {
    match constant {
        Constant::Number(number) if number.abs() >= 1e15 => format!("{number:e}"),
        Constant::Number(number) => format!("{number}"),
        Constant::Integer64(value) => format!("{value}LL"),
        Constant::Unsigned64(value) => format!("{value}ULL"),
        Constant::Imaginary(value) => format!("{value}i"),
        Constant::Nil => "nil".to_string(),
        Constant::Boolean(value) => value.to_string(),
        Constant::String(bytes) => {
            let mut text = String::from("\"");
            for &byte in bytes.iter().take(40) {
                match byte {
                    b'"' => text.push_str("\\\""),
                    b'\\' => text.push_str("\\\\"),
                    b'\n' => text.push_str("\\n"),
                    0x20..=0x7e => text.push(char::from(byte)),
                    _ => {
                        let _ = write!(text, "\\{byte}");
                    }
                }
            }
            text.push_str(if bytes.len() > 40 { "\"~" } else { "\"" });
            text
        }
    }
}

fn constant_at(function: &CompiledFunction, index: u32) -> String {
    match function.constants.get(index as usize) {
        Some(constant) => constant_text(constant),
        None => format!("no constant {index}"),
    }
}

/// A constant key, without quotes when it is a name.
fn key_at(function: &CompiledFunction, index: u32) -> String {
    match function.constants.get(index as usize) {
        Some(Constant::String(name))
            if !name.is_empty()
                && name.len() <= 40
                && name
                    .iter()
                    .all(|byte| byte.is_ascii_alphanumeric() || *byte == b'_') =>
        {
            String::from_utf8_lossy(name).into_owned()
        }
        _ => constant_at(function, index),
    }
}

/// Writes the instruction at `pc` and returns the position of the next one.
fn list_instruction(text: &mut String, function: &CompiledFunction, pc: usize) -> usize {
    let word = function.code[pc];
    let line = function.lines.get(pc).copied().unwrap_or(0);
    let Some(op) = Opcode::from_word(word) else {
        let _ = writeln!(text, "{pc:04} {line:>5}  unknown      {word:#010x}");
        return pc + 1;
    };
    let next = pc + 1 + op.extra_words() as usize;
    let extra = function.code.get(pc + 1).copied().unwrap_or(0);
    let (operands, comment) = describe(function, op, word, extra, next);
    let mut row = format!("{pc:04} {line:>5}  {:<12} {operands}", op.mnemonic());
    if !comment.is_empty() {
        row = format!("{row:<38}  ; {comment}");
    }
    text.push_str(row.trim_end());
    text.push('\n');
    next
}

/// The operands that the instruction uses, and what they mean.
fn describe(
    function: &CompiledFunction,
    op: Opcode,
    word: u32,
    extra: u32,
    next: usize,
) -> (String, String) {
    use Opcode::*;
    let (a, b, c, d) = (
        operand_a(word),
        operand_b(word),
        operand_c(word),
        operand_d(word),
    );
    let long_target = || format!("=> {:04}", next as i64 + i64::from(extra as i32));
    match op {
        Jump => (
            format!("=> {:04}", next as i64 + i64::from(operand_j(word))),
            String::new(),
        ),
        LoadConstant => (format!("{a} {d}"), constant_at(function, d)),
        LoadConstantExtended => (format!("{a} {extra}"), constant_at(function, extra)),
        LoadInteger => (format!("{a} {}", d as u16 as i16), String::new()),
        LoadBoolean => (format!("{a} {d}"), (d != 0).to_string()),
        GetUpvalue => (format!("{a} {d}"), upvalue_name(function, d as usize)),
        SetUpvalue => (format!("{a} {d}"), upvalue_name(function, a as usize)),
        Closure => {
            let comment = match function.children.get(d as usize) {
                Some(child) => format!("function at line {}", child.first_line),
                None => format!("no function {d}"),
            };
            (format!("{a} {d}"), comment)
        }
        GetGlobal | SetGlobal => (format!("{a}"), key_at(function, extra)),
        NewTable => (format!("{a} {d}"), String::new()),
        NewRecord => (format!("{a} {b}"), template_text(function, extra)),
        GetField | SetField | Method => (format!("{a} {b}"), key_at(function, extra)),
        SetList | SetListMultiple => (format!("{a} {d}"), format!("from index {extra}")),
        AddRK | SubtractRK | MultiplyRK | DivideRK | ModuloRK => {
            (format!("{a} {b} {c}"), constant_at(function, c))
        }
        AddKR | SubtractKR | MultiplyKR | DivideKR | ModuloKR => {
            (format!("{a} {b} {c}"), constant_at(function, b))
        }
        IfLessK | IfNotLessK | IfLessEqualK | IfNotLessEqualK | IfGreaterK | IfNotGreaterK
        | IfGreaterEqualK | IfNotGreaterEqualK | IfEqualK | IfNotEqualK => {
            (format!("{a} {d}"), constant_at(function, d))
        }
        IfEqualPrimitive | IfNotEqualPrimitive => {
            let name = ["nil", "false", "true"].get(d as usize).unwrap_or(&"?");
            (format!("{a} {d}"), (*name).to_string())
        }
        IfTrue | IfFalse => (format!("{d}"), String::new()),
        Loop | Return0 => (String::new(), String::new()),
        CloseUpvalues | Return1 | FunctionHeader | FunctionHeaderVararg => {
            (format!("{a}"), String::new())
        }
        ForPrepare | ForLoop | IteratorPrepareNext | IteratorLoop => {
            (format!("{a} {}", long_target()), String::new())
        }
        IteratorNext | IteratorCall => (format!("{a} {b}"), results_text(b)),
        Call => {
            let arguments = counted(c.saturating_sub(1) as usize, "argument");
            (
                format!("{a} {b} {c}"),
                format!("{arguments}, {}", results_text(b)),
            )
        }
        CallMultiple => (
            format!("{a} {b} {c}"),
            format!("{c} + open arguments, {}", results_text(b)),
        ),
        TailCall => (
            format!("{a} {d}"),
            counted(d.saturating_sub(1) as usize, "argument"),
        ),
        TailCallMultiple => (format!("{a} {d}"), format!("{d} + open arguments")),
        Return => (format!("{a} {d}"), counted(d as usize, "value")),
        ReturnMultiple => (format!("{a} {d}"), format!("{d} + open values")),
        Vararg => (format!("{a} {b}"), results_text(b)),
        _ => match op.format() {
            super::Format::Abc => (format!("{a} {b} {c}"), String::new()),
            super::Format::Ad => (format!("{a} {d}"), String::new()),
            super::Format::J => (operand_j(word).to_string(), String::new()),
        },
    }
}

fn results_text(b: u32) -> String {
    match b {
        0 => "open results".to_string(),
        _ => counted(b as usize - 1, "result"),
    }
}

fn template_text(function: &CompiledFunction, index: u32) -> String {
    match function.templates.get(index as usize) {
        None => format!("no template {index}"),
        Some(keys) => {
            let names: Vec<String> = keys.iter().map(|&key| key_at(function, key)).collect();
            format!("{{{}}}", names.join(", "))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bytecode::opcode::{encode_abc, encode_ad, encode_j};

    #[test]
    fn a_listing_shows_operands_constants_and_targets() {
        let function = CompiledFunction {
            code: vec![
                encode_ad(Opcode::FunctionHeader, 3, 0),
                encode_ad(Opcode::LoadConstant, 0, 0),
                encode_abc(Opcode::AddRK, 1, 0, 1),
                encode_j(Opcode::Jump, -3),
                0xff,
            ],
            lines: vec![1, 1, 2, 3, 4],
            constants: vec![
                Constant::String(b"a\"\0".as_slice().into()),
                Constant::Number(1.5),
            ],
            chunk_name: b"@t".as_slice().into(),
            frame_size: 3,
            ..CompiledFunction::default()
        };
        let expected = "\
-- function @t:0-0, 0 parameters, 3 slots
0000     1  func         3
0001     1  loadk        0 0            ; \"a\\\"\\0\"
0002     2  addrk        1 0 1          ; 1.5
0003     3  jump         => 0001
0004     4  unknown      0x000000ff
";
        assert_eq!(disassemble(&function), expected);
    }
}
