//! What is fuzzed: functions that take any bytes and must answer, with an error or without, but never panic or hang.
//!
//! Shared by the fuzzer (jit/examples/fuzz.rs) and the test that runs every regression file (jit/tests/fuzz_regress.rs).

use rlove_vm::bytecode::{serialize, verify};
use rlove_vm::compiler;
use rlove_vm::library::number_format::{self, ConversionKind, FormatReader, Piece};
use rlove_vm::library::{buffer_format, pattern, random, time, utf8};

use rlove_vm::library;
use rlove_vm::vm::test_modes::TestMode;
use rlove_vm::vm::{Interrupt, Vm};
use std::cell::RefCell;
use std::sync::mpsc;
use std::time::Duration;

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
    ("declarations", c_declarations),
    ("conversions", c_conversions),
    ("run", run_source),
    ("load", run_bytecode),
];

/// A run may take this long, then it is stopped.
const RUN_TIME: Duration = Duration::from_millis(100);
/// And hold this much memory.
const RUN_BYTES: usize = 64 << 20;

/// Stops the run in progress after [`RUN_TIME`]: one thread for all runs.
struct Watch {
    orders: mpsc::Sender<Option<Interrupt>>,
}

impl Watch {
    fn new() -> Watch {
        let (orders, incoming) = mpsc::channel::<Option<Interrupt>>();
        std::thread::spawn(move || {
            let mut running: Option<Interrupt> = None;
            loop {
                match incoming.recv_timeout(RUN_TIME) {
                    Ok(order) => running = order,
                    Err(mpsc::RecvTimeoutError::Disconnected) => return,
                    Err(mpsc::RecvTimeoutError::Timeout) => {
                        if let Some(interrupt) = running.take() {
                            interrupt.stop("enough");
                        }
                    }
                }
            }
        });
        Watch { orders }
    }
}

thread_local! {
    static WATCH: RefCell<Option<Watch>> = const { RefCell::new(None) };
}

/// A machine whose programs cannot touch files, processes or the standard streams, in a mode that the input chooses.
fn machine(input: &[u8]) -> Box<Vm> {
    let mut vm = Vm::new();
    library::open_all(&mut vm).expect("the library opens");
    for name in [
        "os", "io", "print", "require", "package", "dofile", "loadfile",
    ] {
        let globals = vm.globals();
        vm.set_field(globals, name, rlove_vm::value::Value::NIL);
    }
    vm.heap.limit_bytes = RUN_BYTES;
    match input.len() % 4 {
        0 => vm.set_test_mode(TestMode::Stress),
        1 => vm.set_test_mode(TestMode::Stacks),
        _ => {}
    }
    vm
}

fn run_limited(vm: &mut Vm, function: rlove_vm::value::Value) {
    WATCH.with_borrow_mut(|watch| {
        let watch = watch.get_or_insert_with(Watch::new);
        let order = |order| {
            watch
                .orders
                .send(order)
                .expect("the thread runs as long as this one")
        };
        order(Some(vm.interrupt_handle()));
        let _ = vm.start_host(function, &[function]);
        order(None);
    });
}

/// Source that is run: whatever it does, it ends with results or an error.
fn run_source(input: &[u8]) {
    let mut vm = machine(input);
    if let Ok(function) = vm.load_source(input, b"=fuzz") {
        run_limited(&mut vm, function);
    }
}

/// A dump file that is run if it is accepted: what the verifier lets pass cannot break the machine.
fn run_bytecode(input: &[u8]) {
    let Ok(function) = serialize::read(input, b"=fuzz") else {
        return;
    };
    let mut vm = machine(input);
    if let Ok(function) = vm.load_compiled(&function) {
        run_limited(&mut vm, function);
    }
}

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

/// Declarations and types of C; what fails must leave the table of types as it was.
fn c_declarations(input: &[u8]) {
    use rlove_ffi::parser::{Parameter, declare, parse_type};
    let mut types = rlove_ffi::types::Types::new();
    let before = types.count();
    if declare(&mut types, input, &[]).is_err() {
        assert_eq!(
            types.count(),
            before,
            "a failed declaration left types behind"
        );
    }
    let parameters = [Parameter::Integer(3), Parameter::Name(b"name".to_vec())];
    for line in input.split(|&byte| byte == b'\n') {
        let count = line.iter().filter(|&&byte| byte == b'$').count();
        if let Ok(id) = parse_type(&mut types, line, &parameters[..count.min(2)]) {
            let _ = (
                types.text(id),
                types.size_bytes(id),
                types.alignment_log2(id),
            );
            let _ = rlove_ffi::abi::passing(&types, types.raw(id));
        }
    }
}

/// The first line is a type, the rest values: objects are made, written and read. Pointers are not followed.
fn c_conversions(input: &[u8]) {
    const PROGRAM: &[u8] = br#"
        local ffi = require("ffi")
        local declaration, values = ...
        local ok, ct = pcall(ffi.typeof, declaration)
        if not ok or declaration:find("[*&]") then return end
        local count = #values % 8
        local size = ffi.sizeof(ct, count)
        if not size or size > 65536 then return end
        local list = {}
        for word in values:gmatch("[^ \n]+") do
            local number = tonumber(word)
            list[#list + 1] = number or word == "nil" and {} or word == "table" and {1, 2, {3}} or word == "true" or word
        end
        for _, arguments in ipairs({{}, list, {list}, {list[1]}, {{[0] = list[1], list[2]}}}) do
            local made, object = pcall(function()
                if declaration:find("?", 1, true) then return ffi.new(ct, count, unpack(arguments)) end
                return ffi.new(ct, unpack(arguments))
            end)
            if made then
                local text = tostring(object)
                for _, value in ipairs(list) do
                    pcall(ffi.cast, ct, value)
                    pcall(function() object[tostring(value)] = value end)
                    pcall(function() return object[tostring(value)] end)
                    pcall(function() return object + value, object == value, object < value, -object end)
                end
                pcall(function() object[0] = list[1]; return object[0] end)
            end
        end
    "#;
    thread_local! {
        static MACHINE: std::cell::RefCell<Option<Box<rlove_vm::vm::Vm>>> = const { std::cell::RefCell::new(None) };
    }
    let cut = input
        .iter()
        .position(|&byte| byte == b'\n')
        .unwrap_or(input.len());
    MACHINE.with(|machine| {
        let mut machine = machine.borrow_mut();
        let vm = machine.get_or_insert_with(|| {
            let mut vm = rlove_vm::vm::Vm::new();
            let opened =
                rlove_vm::library::open_all(&mut vm).and_then(|()| rlove_ffi::open(&mut vm));
            assert!(opened.is_ok(), "the libraries open");
            vm
        });
        let Ok(program) = vm.load_source(PROGRAM, b"=fuzz") else {
            panic!("the program of the target is wrong");
        };
        let declaration = vm.new_string(&input[..cut]);
        let values = vm.new_string(input.get(cut + 1..).unwrap_or(b""));
        if vm.call_function(program, &[declaration, values]).is_err() {
            let _ = vm.take_error();
        }
    });
}
