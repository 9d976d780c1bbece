//! Listings of traces: [`print()`] writes one, [`parse`] reads it back, and the two are inverse.
//!
//! ```text
//! trace 1 at 0x1000 link loop
//! ; snapshot 0: what follows a semicolon is a comment
//! snapshot 0 pc 0x1000 []
//! 0000 value    slot_load #0
//! 0001 number   unbox 0000 > 0
//! 0002 number   add 0001 1.5
//! snapshot 1 pc 0x1010 base 5 results 2 [0: 0002, 3: table@0x10]
//! ```
//!
//! An instruction is: number, type of the result (`-` for none), operation, references, literal, `> snapshot`. References:
//!
//! | form | what |
//! |---|---|
//! | `0007` | instruction |
//! | `1.5` `-0.0` `inf` `nan@0x7ff8…` | constant number (always with a point, an exponent or a name; as short as reads back exactly) |
//! | `+1` `-1` | constant integer (always with a sign) |
//! | `+1L` | constant int64 |
//! | `nil` `true` `false` `table@0x10` `string@0x…` `function@0x…` `word@0x…` | constant Lua value (payload of the word; `word`: all of it) |
//! | `frame@0x…` `pointer@0x…` | constant frame word, constant pointer |
//! | `_` | none |
//!
//! Literals begin with `#`: a number, the name of a field, `#shape:7/2` of `new_table` (shape, inline slots), `#f64+16` of foreign
//! memory. `known` stands for the literal of an `unbox` that need not check, `no_barrier` for that flag of a store. Snapshots stand
//! before the first guard that uses them. Calls have their arguments in brackets.
//!
//! Invariants: `parse(print(t))` equals `t` but for the numbering of constants and what no listing can hold (`'static` slices
//! of native entries are made anew).
//!
//! What this does not do: check what it reads beyond its form (`verify`).

use super::*;
use rlove_vm::builtin::{NativeEntry, NativeType};
use rlove_vm::value::{TAG_SHIFT, Value};
use std::fmt::Write;

const PAYLOAD_MASK: u64 = (1 << TAG_SHIFT) - 1;
const OBJECT_TYPES: [Type; 5] = [
    Type::Table,
    Type::String,
    Type::LongString,
    Type::Function,
    Type::Object,
];
const NATIVE_TYPES: [(NativeType, &str); 4] = [
    (NativeType::Number, "number"),
    (NativeType::Integer, "integer"),
    (NativeType::Boolean, "boolean"),
    (NativeType::Value, "value"),
];

/// The listing of a trace.
pub fn print(trace: &Trace) -> String {
    print_with(trace, &[])
}

/// The listing, with the names of helpers as comments.
pub fn print_with(trace: &Trace, helpers: &[Helper]) -> String {
    let mut out = String::new();
    print_head(trace, &mut out);
    let mut printed = 0;
    for (index, instruction) in trace.instructions.iter().enumerate() {
        if instruction.snapshot != NO_SNAPSHOT {
            let needed = (instruction.snapshot as usize + 1).min(trace.snapshots.len());
            while printed < needed {
                print_snapshot(trace, printed, &mut out);
                printed += 1;
            }
        }
        out.push_str(&print_instruction(trace, index));
        if instruction.operation == Operation::CallHelper
            && let Some(helper) = helpers.get(instruction.literal as usize)
        {
            let _ = write!(out, " ; {}", helper.name);
        }
        out.push('\n');
    }
    for index in printed..trace.snapshots.len() {
        print_snapshot(trace, index, &mut out);
    }
    out
}

fn print_head(trace: &Trace, out: &mut String) {
    let link = match trace.link {
        Link::Loop => "loop".to_string(),
        Link::Trace(number) => format!("trace:{number}"),
        Link::Interpreter => "interpreter".to_string(),
        Link::None => "none".to_string(),
    };
    let _ = write!(
        out,
        "trace {} at {:#x} link {link}",
        trace.number, trace.start_pc
    );
    if let Some((parent, exit)) = trace.parent {
        let _ = write!(out, " parent {parent}:{exit}");
    }
    out.push('\n');
    for root in &trace.roots {
        let _ = writeln!(out, "root {root:#x}");
    }
    let name = |wanted: NativeType| {
        NATIVE_TYPES
            .iter()
            .find(|entry| entry.0 == wanted)
            .map_or("?", |entry| entry.1)
    };
    for native in &trace.natives {
        let arguments: Vec<&str> = native.arguments.iter().map(|&ty| name(ty)).collect();
        let result = native.result.map_or("-", name);
        let address = native.address.addr();
        let _ = writeln!(
            out,
            "native {address:#x} ({}) {result}",
            arguments.join(" ")
        );
    }
}

fn print_snapshot(trace: &Trace, index: usize, out: &mut String) {
    let snapshot = &trace.snapshots[index];
    let _ = write!(out, "snapshot {index} pc {:#x}", snapshot.pc);
    if snapshot.base_offset != 0 {
        let _ = write!(out, " base {}", snapshot.base_offset);
    }
    if let Some(results) = snapshot.multiple_results {
        let _ = write!(out, " results {results}");
    }
    let entries: Vec<String> = snapshot
        .entries
        .iter()
        .map(|entry| format!("{}: {}", entry.slot, print_reference(trace, entry.value)))
        .collect();
    let _ = write!(out, " [{}]", entries.join(", "));
    for sunk in &snapshot.sunk {
        let stores: Vec<String> = sunk
            .stores
            .iter()
            .map(|&store| print_reference(trace, store))
            .collect();
        let _ = write!(
            out,
            " sunk {} ({})",
            print_reference(trace, sunk.allocation),
            stores.join(" ")
        );
    }
    out.push('\n');
}

/// One instruction as in the listing, without an end of line.
pub fn print_instruction(trace: &Trace, index: usize) -> String {
    let instruction = &trace.instructions[index];
    let mut out = format!(
        "{index:04} {:<11} {}",
        instruction.ty.text(),
        instruction.operation.text()
    );
    for &operand in &instruction.operands[..instruction.operation.reference_count()] {
        out.push(' ');
        out.push_str(&print_reference(trace, operand));
    }
    print_literal(instruction, &mut out);
    if instruction.operation.has_arguments() {
        let arguments: Vec<String> = trace
            .arguments_of(instruction)
            .iter()
            .map(|&argument| print_reference(trace, argument))
            .collect();
        let _ = write!(out, " ({})", arguments.join(" "));
    }
    if instruction.snapshot != NO_SNAPSHOT {
        let _ = write!(out, " > {}", instruction.snapshot);
    }
    out
}

fn print_literal(instruction: &Instruction, out: &mut String) {
    let operation = instruction.operation;
    let mut literal = instruction.literal;
    if operation == Operation::Unbox {
        match literal {
            0 => {}
            1 => out.push_str(" known"),
            other => {
                let _ = write!(out, " #{other}");
            }
        }
        return;
    }
    let flagged = operation.effect() == Effect::Store && literal & NO_BARRIER != 0;
    if flagged {
        literal &= !NO_BARRIER;
    }
    if operation.has_literal() {
        let _ = match operation {
            Operation::SlotLoad => write!(out, " #{}", literal as i32),
            Operation::LoadField | Operation::StoreField => {
                let (field, cell) = Field::of_literal(literal);
                match field {
                    Field::FirstUpvalueCell => write!(out, " #{}+{cell}", field.text()),
                    _ => write!(out, " #{}", field.text()),
                }
            }
            Operation::NewTable => {
                write!(out, " #shape:{}/{}", literal & 0xFF_FFFF, literal >> 24)
            }
            Operation::LoadMemory | Operation::StoreMemory => {
                match MemoryAccess::of_literal(literal) {
                    Some((access, offset)) => write!(out, " #{}{offset:+}", access.text()),
                    None => write!(out, " #{literal}"),
                }
            }
            _ => write!(out, " #{literal}"),
        };
    } else if literal != 0 {
        let _ = write!(out, " #{literal}");
    }
    if flagged {
        out.push_str(" no_barrier");
    }
}

/// A reference as in the listing.
pub fn print_reference(trace: &Trace, reference: Ref) -> String {
    if let Some(index) = reference.as_instruction() {
        return format!("{index:04}");
    }
    let Some(constant) = trace.constant_at(reference) else {
        return "_".to_string();
    };
    match constant {
        Constant::Number(bits) => {
            let number = f64::from_bits(bits);
            if number.is_nan() {
                format!("nan@{bits:#x}")
            } else {
                format!("{number:?}")
            }
        }
        Constant::Integer(integer) => format!("{integer:+}"),
        Constant::Int64(integer) => format!("{integer:+}L"),
        Constant::Frame(bits) => format!("frame@{bits:#x}"),
        Constant::Pointer(address) => format!("pointer@{address:#x}"),
        Constant::Word(bits) if bits == Value::NIL.bits() => "nil".to_string(),
        Constant::Word(bits) if bits == Value::TRUE.bits() => "true".to_string(),
        Constant::Word(bits) if bits == Value::FALSE.bits() => "false".to_string(),
        Constant::Word(bits) => match constant.ty() {
            Type::Value => format!("word@{bits:#x}"),
            ty => format!("{}@{:#x}", ty.text(), bits & PAYLOAD_MASK),
        },
    }
}

/// Reads a listing.
pub fn parse(text: &str) -> Result<Trace, String> {
    let mut trace = Trace::new(0, 0);
    let mut headed = false;
    for (number, line) in text.lines().enumerate() {
        let line = line.split(';').next().unwrap_or("").trim();
        if line.is_empty() {
            continue;
        }
        let mut tokens = Tokens::new(line);
        let first = tokens.next()?;
        let done = match first {
            "trace" => {
                headed = true;
                parse_head(&mut trace, &mut tokens)
            }
            "root" => tokens.unsigned().map(|root| trace.roots.push(root)),
            "native" => parse_native(&mut tokens).map(|native| trace.natives.push(native)),
            "snapshot" => parse_snapshot(&mut trace, &mut tokens),
            _ => parse_instruction(&mut trace, first, &mut tokens),
        };
        done.map_err(|message| format!("line {}: {message}: {line}", number + 1))?;
        if let Some(left) = tokens.peek() {
            return Err(format!("line {}: {left} is too much: {line}", number + 1));
        }
    }
    if headed {
        Ok(trace)
    } else {
        Err("no line begins with `trace`".to_string())
    }
}

/// The words and punctuation marks of a line.
struct Tokens<'a> {
    rest: std::iter::Peekable<std::vec::IntoIter<&'a str>>,
}

impl<'a> Tokens<'a> {
    fn new(line: &'a str) -> Tokens<'a> {
        let mut found = Vec::new();
        for word in line.split_whitespace() {
            let mut start = 0;
            for (at, character) in word.char_indices() {
                // A colon inside a word (`trace:3`, `#shape:1/2`) belongs to it.
                let mark =
                    "[](),".contains(character) || (character == ':' && at + 1 == word.len());
                if mark {
                    if start < at {
                        found.push(&word[start..at]);
                    }
                    found.push(&word[at..at + 1]);
                    start = at + 1;
                }
            }
            if start < word.len() {
                found.push(&word[start..]);
            }
        }
        Tokens {
            rest: found.into_iter().peekable(),
        }
    }
    fn peek(&mut self) -> Option<&'a str> {
        self.rest.peek().copied()
    }
    fn next(&mut self) -> Result<&'a str, String> {
        self.rest
            .next()
            .ok_or_else(|| "the line ends early".to_string())
    }
    fn accept(&mut self, wanted: &str) -> bool {
        let found = self.peek() == Some(wanted);
        if found {
            self.rest.next();
        }
        found
    }
    fn expect(&mut self, wanted: &str) -> Result<(), String> {
        match self.accept(wanted) {
            true => Ok(()),
            false => Err(format!("{wanted} expected")),
        }
    }
    fn unsigned(&mut self) -> Result<u64, String> {
        parse_unsigned(self.next()?)
    }
}

fn parse_unsigned(word: &str) -> Result<u64, String> {
    match word.strip_prefix("0x") {
        Some(digits) => u64::from_str_radix(digits, 16),
        None => word.parse(),
    }
    .map_err(|_| format!("{word} is no number"))
}

fn parse_small<T: std::str::FromStr>(word: &str) -> Result<T, String> {
    word.parse()
        .map_err(|_| format!("{word} is no number of the right size"))
}

fn parse_head(trace: &mut Trace, tokens: &mut Tokens) -> Result<(), String> {
    trace.number = parse_small(tokens.next()?)?;
    tokens.expect("at")?;
    trace.start_pc = tokens.unsigned()? as usize;
    tokens.expect("link")?;
    trace.link = match tokens.next()? {
        "loop" => Link::Loop,
        "interpreter" => Link::Interpreter,
        "none" => Link::None,
        other => {
            let number = other.strip_prefix("trace:").ok_or("unknown link")?;
            Link::Trace(parse_small(number)?)
        }
    };
    if tokens.accept("parent") {
        let (parent, exit) = tokens
            .next()?
            .split_once(':')
            .ok_or("parent:exit expected")?;
        trace.parent = Some((parse_small(parent)?, parse_small(exit)?));
    }
    Ok(())
}

fn parse_native(tokens: &mut Tokens) -> Result<NativeEntry, String> {
    let find = |word: &str| {
        NATIVE_TYPES
            .iter()
            .find(|entry| entry.1 == word)
            .map(|entry| entry.0)
            .ok_or_else(|| format!("{word} is no native type"))
    };
    let address = std::ptr::without_provenance(tokens.unsigned()? as usize);
    tokens.expect("(")?;
    let mut arguments = Vec::new();
    while !tokens.accept(")") {
        arguments.push(find(tokens.next()?)?);
    }
    let result = match tokens.next()? {
        "-" => None,
        word => Some(find(word)?),
    };
    Ok(NativeEntry {
        address,
        // Listings are read by tests and tools, which end soon.
        arguments: Vec::leak(arguments),
        result,
    })
}

fn parse_snapshot(trace: &mut Trace, tokens: &mut Tokens) -> Result<(), String> {
    let number: usize = parse_small(tokens.next()?)?;
    if number != trace.snapshots.len() {
        return Err(format!("snapshot {} expected", trace.snapshots.len()));
    }
    tokens.expect("pc")?;
    let mut snapshot = Snapshot {
        pc: tokens.unsigned()? as usize,
        ..Snapshot::default()
    };
    if tokens.accept("base") {
        snapshot.base_offset = parse_small(tokens.next()?)?;
    }
    if tokens.accept("results") {
        snapshot.multiple_results = Some(parse_small(tokens.next()?)?);
    }
    tokens.expect("[")?;
    while !tokens.accept("]") {
        let slot = parse_small(tokens.next()?)?;
        tokens.expect(":")?;
        let value = parse_reference(trace, tokens.next()?)?;
        snapshot.entries.push(SnapshotEntry { slot, value });
        tokens.accept(",");
    }
    while tokens.accept("sunk") {
        let allocation = parse_reference(trace, tokens.next()?)?;
        let stores = parse_list(trace, tokens)?;
        snapshot.sunk.push(SunkObject { allocation, stores });
    }
    trace.snapshots.push(snapshot);
    Ok(())
}

fn parse_list(trace: &mut Trace, tokens: &mut Tokens) -> Result<Vec<Ref>, String> {
    tokens.expect("(")?;
    let mut list = Vec::new();
    while !tokens.accept(")") {
        list.push(parse_reference(trace, tokens.next()?)?);
    }
    Ok(list)
}

fn parse_instruction(trace: &mut Trace, number: &str, tokens: &mut Tokens) -> Result<(), String> {
    let number: usize = parse_small(number)?;
    if number != trace.instructions.len() {
        return Err(format!("instruction {} expected", trace.instructions.len()));
    }
    let word = tokens.next()?;
    let ty = Type::ALL
        .iter()
        .copied()
        .find(|ty| ty.text() == word)
        .ok_or_else(|| format!("{word} is no type"))?;
    let word = tokens.next()?;
    let operation = Operation::from_text(word).ok_or_else(|| format!("{word} is no operation"))?;
    let mut instruction = Instruction {
        operation,
        ty,
        operands: [Ref::NONE; 3],
        literal: 0,
        arguments: (0, 0),
        snapshot: NO_SNAPSHOT,
    };
    for operand in &mut instruction.operands[..operation.reference_count()] {
        *operand = parse_reference(trace, tokens.next()?)?;
    }
    if let Some(literal) = tokens.peek().and_then(|word| word.strip_prefix('#')) {
        instruction.literal = parse_literal(operation, literal)?;
        tokens.next()?;
    } else if operation.has_literal() {
        return Err("a literal expected".to_string());
    }
    if tokens.accept("known") {
        instruction.literal = 1;
    }
    if tokens.accept("no_barrier") {
        instruction.literal |= NO_BARRIER;
    }
    if operation.has_arguments() {
        let arguments = parse_list(trace, tokens)?;
        instruction.arguments = (trace.arguments.len() as u32, arguments.len() as u32);
        trace.arguments.extend(arguments);
    }
    if tokens.accept(">") {
        instruction.snapshot = parse_small(tokens.next()?)?;
    }
    trace.push(instruction);
    Ok(())
}

fn parse_literal(operation: Operation, word: &str) -> Result<u32, String> {
    match operation {
        Operation::SlotLoad => parse_small::<i32>(word).map(|slot| slot as u32),
        Operation::LoadField | Operation::StoreField => {
            let (name, cell) = word.split_once('+').unwrap_or((word, "0"));
            let field = Field::from_text(name).ok_or_else(|| format!("{name} is no field"))?;
            Ok(field as u32 + parse_small::<u32>(cell)?)
        }
        Operation::NewTable => {
            let (shape, slots) = word
                .strip_prefix("shape:")
                .and_then(|rest| rest.split_once('/'))
                .ok_or("shape:number/slots expected")?;
            Ok(parse_small::<u32>(shape)? | u32::from(parse_small::<u8>(slots)?) << 24)
        }
        Operation::LoadMemory | Operation::StoreMemory => {
            let sign = word.find(['+', '-']).ok_or("a signed offset expected")?;
            let access = MemoryAccess::ALL
                .into_iter()
                .find(|access| access.text() == &word[..sign])
                .ok_or("unknown access")?;
            Ok(access.literal(parse_small(&word[sign..])?))
        }
        _ => parse_small(word),
    }
}

/// Reads one reference; constants are added to the trace.
fn parse_reference(trace: &mut Trace, word: &str) -> Result<Ref, String> {
    if word == "_" {
        return Ok(Ref::NONE);
    }
    if word.bytes().all(|byte| byte.is_ascii_digit()) {
        return parse_small(word).map(Ref::instruction);
    }
    let constant = parse_constant(word).ok_or_else(|| format!("{word} is no reference"))?;
    Ok(trace.constant(constant))
}

/// The constant with this text.
pub fn parse_constant(word: &str) -> Option<Constant> {
    match word {
        "nil" => return Some(Constant::Word(Value::NIL.bits())),
        "true" => return Some(Constant::Word(Value::TRUE.bits())),
        "false" => return Some(Constant::Word(Value::FALSE.bits())),
        _ => {}
    }
    if let Some((kind, bits)) = word.split_once('@') {
        let bits = parse_unsigned(bits).ok()?;
        return match kind {
            "nan" => Some(Constant::Number(bits)),
            "word" => Some(Constant::Word(bits)),
            "frame" => Some(Constant::Frame(bits)),
            "pointer" => Some(Constant::Pointer(bits)),
            _ => {
                let ty = OBJECT_TYPES.into_iter().find(|ty| ty.text() == kind)?;
                Some(Constant::Word(ty.tag()? << TAG_SHIFT | bits & PAYLOAD_MASK))
            }
        };
    }
    if let Some(digits) = word.strip_suffix('L') {
        return digits.parse().ok().map(Constant::Int64);
    }
    if word.starts_with(['+', '-']) && word[1..].bytes().all(|byte| byte.is_ascii_digit()) {
        return word.parse().ok().map(Constant::Integer);
    }
    let number: f64 = word.parse().ok()?;
    Some(Constant::Number(number.to_bits()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SAMPLE: &str = "\
trace 7 at 0x1000 link loop parent 3:4
root 0xfffd000000000010
native 0x4000 (number value) boolean
0000 value       slot_load #-2
snapshot 0 pc 0x1000 []
0001 number      unbox 0000 > 0
0002 value       slot_load #1
0003 table       unbox 0002 known > 0
0004 pointer     load_field 0003 #table_body
0005 pointer     load_field function@0x20 #upvalue_cell+3
0006 number      add 0001 -0.0
0007 number      mul 0006 1e300
0008 integer     num_to_int 0007 > 0
0009 integer     addi 0008 -1
0010 value       load_element 0004 0009
snapshot 1 pc 0x1010 base 5 results 2 [-1: frame@0x1234, 0: 0006, 3: nil] sunk 0013 (0014)
0011 -           guard_bits 0010 true > 1
0012 -           store_element 0004 0009 +7 no_barrier
0013 table       new_table #shape:5/2
0014 -           store_inline 0013 inf #1 no_barrier
0015 value       call #3 (0010 nan@0x7ff8000000000000 +5L pointer@0x8) > 1
0016 -           call_native #0 () > 1
0017 number      load_mem +64L #f64-8
0018 -           loop
0019 number      phi 0006 0007
snapshot 2 pc 0x1000 [0: 0006]
";

    #[test]
    fn listings_read_back() {
        let trace = parse(SAMPLE).expect("the sample is a listing");
        assert_eq!(print(&trace), SAMPLE);
        assert_eq!(trace.parent, Some((3, 4)));
        assert_eq!(trace.instructions[3].literal, 1);
        assert_eq!(trace.instructions[0].literal as i32, -2);
        assert_eq!(trace.arguments.len(), 4);
        assert_eq!(trace.snapshots[1].sunk[0].stores.len(), 1);
        assert_eq!(
            trace.constant_at(trace.instructions[7].operands[1]),
            Some(Constant::Number(1e300f64.to_bits()))
        );
    }

    #[test]
    fn every_operation_reads_back() {
        for &operation in Operation::ALL {
            let mut trace = Trace::new(1, 0);
            let one = trace.constant(Constant::Number(1f64.to_bits()));
            let mut operands = [Ref::NONE; 3];
            operands[..operation.reference_count()].fill(one);
            trace.push(Instruction {
                operation,
                ty: Type::Value,
                operands,
                literal: if operation.has_literal() { 3 } else { 0 },
                arguments: (0, 0),
                snapshot: NO_SNAPSHOT,
            });
            let back = parse(&print(&trace)).unwrap_or_else(|error| panic!("{error}"));
            assert_eq!(
                back.instructions,
                trace.instructions,
                "{}",
                operation.text()
            );
        }
    }

    #[test]
    fn mistakes_are_named_with_their_line() {
        for (text, message) in [
            ("", "no line begins"),
            (
                "trace 1 at 0 link none\n0001 value slot_load #0",
                "line 2: instruction 0 expected",
            ),
            (
                "trace 1 at 0 link none\n0000 value slot_load",
                "a literal expected",
            ),
            (
                "trace 1 at 0 link none\n0000 value fly 0000",
                "fly is no operation",
            ),
            (
                "trace 1 at 0 link none\n0000 number add 1.5 x",
                "x is no reference",
            ),
            (
                "trace 1 at 0 link none\n0000 number neg 1.5 2.5",
                "2.5 is too much",
            ),
        ] {
            let error = parse(text).expect_err(text);
            assert!(error.contains(message), "{error}");
        }
    }

    #[test]
    fn the_names_of_helpers_are_comments() {
        let text =
            "trace 1 at 0x0 link none\nsnapshot 0 pc 0x0 []\n0000 number      call #0 () > 0\n";
        let trace = parse(text).expect("a listing");
        let helper = Helper {
            name: "clock",
            address: 0,
            arguments: &[],
            result: Type::Number,
            effects: HelperEffects::READS,
        };
        assert!(print_with(&trace, &[helper]).contains("> 0 ; clock"));
    }
}
