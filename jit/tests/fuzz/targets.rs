//! What is fuzzed: functions that take any bytes and must answer, with an error or without, but never panic or hang.
//!
//! Shared by the fuzzer (jit/examples/fuzz.rs) and the test that runs every regression file (jit/tests/fuzz_regress.rs).

use rlove_vm::bytecode::{serialize, verify};
use rlove_vm::compiler;
use rlove_vm::library::number_format::{self, ConversionKind, FormatReader, Piece};
use rlove_vm::library::{buffer_format, pattern, random, time, utf8};

/// A fuzz target: a name and a function of bytes.
pub type Target = (&'static str, fn(&[u8]));

/// All targets.
pub const TARGETS: &[Target] = &[
    ("parser", parser),
    ("bytecode", bytecode),
    ("pattern", pattern_match),
    ("format", format_string),
    ("buffer", buffer_decode),
    ("numbers", numbers),
];

/// Source → bytecode, which must be correct bytecode and survive being written and read.
fn parser(input: &[u8]) {
    let Ok(function) = compiler::compile(input, b"=fuzz") else {
        return;
    };
    if let Err(error) = verify::verify(&function) {
        panic!(
            "the compiler made bytecode that its verifier refuses: {}",
            error.message
        );
    }
    let written = serialize::write(&function, false);
    match serialize::read(&written, b"=fuzz") {
        Ok(read) => assert_eq!(
            serialize::write(&read, false),
            written,
            "written and read is not the same"
        ),
        Err(error) => panic!(
            "own dump refused: {}",
            String::from_utf8_lossy(&error.message(b"=fuzz"))
        ),
    }
}

/// Bytes as a dump file: refused, or a function that can be written again.
fn bytecode(input: &[u8]) {
    if let Ok(function) = serialize::read(input, b"=fuzz") {
        let written = serialize::write(&function, false);
        assert!(
            serialize::read(&written, b"=fuzz").is_ok(),
            "an accepted dump, written again, is refused"
        );
    }
}

/// The first line is the pattern, the rest the subject.
fn pattern_match(input: &[u8]) {
    let cut = input
        .iter()
        .position(|&byte| byte == b'\n')
        .unwrap_or(input.len());
    let (text, subject) = (&input[..cut], input.get(cut + 1..).unwrap_or(b""));
    // Patterns may take exponential time; the tick is the interrupt that Lua programs have too.
    let mut ticks = 0;
    let mut tick = || {
        ticks += 1;
        ticks < 200
    };
    let mut found = pattern::Match::default();
    if let Ok(true) = pattern::Matcher::new(subject, text, &mut tick).find(0, &mut found) {
        assert!(found.start <= found.end && found.end <= subject.len());
        for index in 0..found.visible_count() {
            match found.visible(index) {
                Ok(pattern::Capture::Text { start, end }) => {
                    assert!(start <= end && end <= subject.len())
                }
                Ok(pattern::Capture::Position(at)) => assert!(at <= subject.len()),
                Err(_) => {}
            }
        }
        let mut output = Vec::new();
        let _ = pattern::expand_replacement(&mut output, text, subject, &found);
    }
    let _ = pattern::find_plain(subject, text, subject.len().min(3));
}

/// The input is the format; arguments come from its own bytes.
fn format_string(input: &[u8]) {
    let mut bits = [0u8; 8];
    for (slot, byte) in bits.iter_mut().zip(input.iter().rev()) {
        *slot = *byte;
    }
    let number = f64::from_le_bytes(bits);
    let mut output = Vec::new();
    for piece in FormatReader::new(input) {
        match piece {
            Piece::Literal(bytes) | Piece::Invalid(bytes) => output.extend_from_slice(bytes),
            Piece::Conversion(conversion) => {
                number_format::append_double(&mut output, &conversion, number);
                if !matches!(conversion.kind, ConversionKind::Text) {
                    number_format::append_signed(
                        &mut output,
                        &conversion,
                        number_format::signed_of_double(number),
                    );
                    number_format::append_unsigned(
                        &mut output,
                        &conversion,
                        number_format::unsigned_of_double(number),
                    );
                }
                number_format::append_text(&mut output, &conversion, input);
                number_format::append_character(&mut output, &conversion, bits[0]);
            }
        }
    }
    number_format::append_quoted(&mut output, input);
    number_format::append_number(&mut output, number);
    assert!(
        output.len() < 1_000_000 + input.len() * 1000,
        "a format writes no more than its widths allow"
    );
}

/// Items of a serialized buffer, one after the other; each must move forward.
fn buffer_decode(input: &[u8]) {
    let mut position = 0;
    while position < input.len() {
        let before = position;
        if buffer_format::read_item(input, &mut position).is_err() {
            return;
        }
        assert!(
            position > before && position <= input.len(),
            "an item of no length, or beyond the end"
        );
    }
}

/// Numbers from text and back, dates, UTF-8, random ranges.
fn numbers(input: &[u8]) {
    let mut bits = [0u8; 8];
    for (slot, byte) in bits.iter_mut().zip(input) {
        *slot = *byte;
    }
    let integer = i64::from_le_bytes(bits);
    if let Some(fields) = time::CalendarTime::utc(integer) {
        let mut output = Vec::new();
        time::append_formatted(&mut output, input, &fields);
    }
    let mut rest = input;
    while let Some((_, length)) = utf8::decode(rest) {
        rest = &rest[length..];
    }
    let start = integer.unsigned_abs() as usize % (input.len() + 1);
    let _ = utf8::offset_of(input, integer >> 32, start);
    let _ = utf8::relative_position(integer, input.len());
    let mut source = random::TauswortheGenerator::from_seed(f64::from_bits(integer as u64));
    let _ = source.next_unit();
}
