//! `io`: files as userdata with methods. Buffering is in [`super::file_stream`].
//!
//! Worked example: `io.open(path)` answers a userdata whose metatable holds the methods; `f:read("*l")` reads a line.
//!
//! Invariants: a closed file keeps its userdata, and every use of it is an error; failures of the system are answered as nil,
//! message and number, wrong arguments raise.

use super::file_stream::{Buffering, Source, Stream};
use crate::builtin::{Builtin, Effects, NativeFunction, NativeResult, Recording};
use crate::call::{Call, Raised};
use crate::value::Value;
use crate::vm::Vm;
use std::cell::RefCell;
use std::io::{IsTerminal, SeekFrom};
use std::path::PathBuf;
use std::rc::Rc;

const EFFECTS: Effects = Effects::READS.and(Effects::WRITES);

const fn native(
    name: &'static str,
    signature: &'static str,
    documentation: &'static str,
    body: NativeFunction,
) -> Builtin {
    Builtin::native(
        name,
        signature,
        documentation,
        EFFECTS,
        Recording::Never("input and output"),
        body,
    )
}

static FUNCTIONS: &[Builtin] = &[
    native(
        "io.close",
        "([file: file]) -> boolean",
        "Closes a file.",
        io_close,
    ),
    native(
        "io.flush",
        "() -> boolean",
        "Passes written bytes on.",
        io_flush,
    ),
    native(
        "io.input",
        "([file: file | string]) -> file",
        "The default input.",
        io_input,
    ),
    native(
        "io.lines",
        "([path: string], ...: any) -> function",
        "Iterates over lines.",
        io_lines,
    ),
    native(
        "io.open",
        "(path: string, [mode: string]) -> file?, string?, number?",
        "Opens a file.",
        io_open,
    ),
    native(
        "io.output",
        "([file: file | string]) -> file",
        "The default output.",
        io_output,
    ),
    native(
        "io.popen",
        "(command: string, [mode: string]) -> file?, string?, number?",
        "Starts a program.",
        io_popen,
    ),
    native(
        "io.read",
        "(...: any) -> ...",
        "Reads from the default input.",
        io_read,
    ),
    native(
        "io.tmpfile",
        "() -> file?, string?, number?",
        "A file without a name.",
        io_tmpfile,
    ),
    native(
        "io.type",
        "(value: any) -> string?",
        "Whether a value is a file.",
        io_type,
    ),
    native(
        "io.write",
        "(...: any) -> boolean",
        "Writes to the default output.",
        io_write,
    ),
];
static METHODS: &[Builtin] = &[
    native(
        "file:close",
        "(file: file) -> boolean",
        "Closes the file.",
        file_close,
    ),
    native(
        "file:read",
        "(file: file, ...: any) -> ...",
        "Reads.",
        file_read,
    ),
    native(
        "file:write",
        "(file: file, ...: any) -> boolean",
        "Writes.",
        file_write,
    ),
    native(
        "file:flush",
        "(file: file) -> boolean",
        "Passes written bytes on.",
        file_flush,
    ),
    native(
        "file:seek",
        "(file: file, [whence: string], [offset: integer]) -> number?, string?",
        "Moves the position.",
        file_seek,
    ),
    native(
        "file:setvbuf",
        "(file: file, mode: string, [size: integer]) -> boolean",
        "Sets buffering.",
        file_setvbuf,
    ),
    native(
        "file:lines",
        "(file: file, ...: any) -> function",
        "Iterates over lines.",
        file_lines,
    ),
    native(
        "file:__tostring",
        "(file: file) -> string",
        "The text of a file.",
        file_tostring,
    ),
    native(
        "file:__gc",
        "(file: file)",
        "Closes the file.",
        file_collect,
    ),
];
static LINES_STEP: Builtin = native(
    "lines_step",
    "() -> ...",
    "The iterator function of lines.",
    lines_step,
);

/// The payload of a file userdata; `None` once closed.
pub struct FileHandle(RefCell<Option<Stream>>);

/// What the library keeps for one machine.
#[derive(Default)]
struct FileState {
    standard_output: Option<Rc<FileHandle>>,
}

/// Opens the library.
pub fn open(vm: &mut Vm) -> Result<(), Raised> {
    let library = super::open_library(vm, "io", FUNCTIONS)?;
    let metatable = vm.new_table();
    let registry = vm.registry();
    vm.set_field(registry, "FILE*", metatable);
    vm.register(metatable, METHODS)?;
    vm.set_field(metatable, "__index", metatable);
    let input = new_file(
        vm,
        Stream::new(Source::StandardInput, true, false, Buffering::Full),
    );
    let buffering = if std::io::stdout().is_terminal() {
        Buffering::Line
    } else {
        Buffering::Full
    };
    let output = new_file(
        vm,
        Stream::new(Source::StandardOutput, false, true, buffering),
    );
    let error = new_file(
        vm,
        Stream::new(Source::StandardError, false, true, Buffering::None),
    );
    vm.set_field(library, "stdin", input);
    vm.set_field(library, "stdout", output);
    vm.set_field(library, "stderr", error);
    vm.set_field(registry, "_INPUT", input);
    vm.set_field(registry, "_OUTPUT", output);
    let handle = vm.userdata_payload::<FileHandle>(output);
    vm.extensions.insert(FileState {
        standard_output: handle,
    });
    Ok(())
}

/// Writes to standard output, in order with what `io.write` wrote.
pub fn write_standard_output(vm: &mut Vm, bytes: &[u8]) {
    let handle = vm
        .extensions
        .get_or_default::<FileState>()
        .standard_output
        .clone();
    // As in C, print does not report errors.
    if let Some(handle) = handle
        && let Some(stream) = handle.0.borrow_mut().as_mut()
    {
        let _ = stream.write(bytes);
    }
}

/// Passes on what was written to standard output; at the end of a program.
pub fn flush_standard_output(vm: &mut Vm) {
    let handle = vm
        .extensions
        .get_or_default::<FileState>()
        .standard_output
        .clone();
    if let Some(handle) = handle
        && let Some(stream) = handle.0.borrow_mut().as_mut()
    {
        let _ = stream.flush();
    }
}

/// A path from the bytes of a Lua string.
#[must_use]
pub fn path_of_bytes(bytes: &[u8]) -> PathBuf {
    #[cfg(unix)]
    {
        use std::os::unix::ffi::OsStrExt;
        PathBuf::from(std::ffi::OsStr::from_bytes(bytes))
    }
    #[cfg(not(unix))]
    {
        PathBuf::from(String::from_utf8_lossy(bytes).into_owned())
    }
}

/// The system's text of an error, without Rust's additions.
#[must_use]
pub fn error_text(error: &std::io::Error) -> String {
    let text = error.to_string();
    match text.find(" (os error") {
        Some(position) => text[..position].to_owned(),
        None => text,
    }
}

/// The answer nil, message and number for a failure; the message begins with the path if there is one.
pub fn failure(call: &mut Call, path: Option<&[u8]>, error: &std::io::Error) -> NativeResult {
    let mut message = path.map_or_else(Vec::new, |path| [path, b": "].concat());
    message.extend_from_slice(error_text(error).as_bytes());
    let message = call.new_string(&message)?;
    call.many(&[
        Value::NIL,
        message,
        Value::from(error.raw_os_error().unwrap_or(0)),
    ])
}

fn new_file(vm: &mut Vm, stream: Stream) -> Value {
    let registry = vm.registry();
    let metatable = vm
        .field(registry, "FILE*")
        .as_table()
        .unwrap_or(std::ptr::null_mut());
    let handle = Rc::new(FileHandle(RefCell::new(Some(stream))));
    Value::userdata(vm.new_userdata(handle, metatable, 256))
}

fn handle_argument(call: &mut Call, index: u32) -> Result<Rc<FileHandle>, Raised> {
    call.userdata::<FileHandle>(index, "FILE*")
}

/// Runs `work` on the stream of a handle that must be open.
fn with_stream<R>(
    call: &mut Call,
    handle: &FileHandle,
    closed: &str,
    work: impl FnOnce(&mut Stream) -> R,
) -> Result<R, Raised> {
    match handle.0.borrow_mut().as_mut() {
        Some(stream) => Ok(work(stream)),
        None => Err(call.error(closed)),
    }
}

const CLOSED: &str = "attempt to use a closed file";
const STANDARD_CLOSED: &str = "standard file is closed";

/// The stream behind a default file.
fn default_handle(call: &mut Call, field: &str) -> Result<Rc<FileHandle>, Raised> {
    let registry = call.vm.registry();
    let file = call.vm.field(registry, field);
    let handle = call.vm.userdata_payload::<FileHandle>(file);
    match handle {
        Some(handle) if handle.0.borrow().is_some() => Ok(handle),
        _ => Err(call.error(STANDARD_CLOSED)),
    }
}

// ---- Opening ----

/// Opens a path under a mode of C's `fopen`.
fn open_stream(path: &[u8], mode: &[u8]) -> std::io::Result<Stream> {
    let invalid = || std::io::Error::from_raw_os_error(22);
    let (&kind, rest) = mode.split_first().ok_or_else(invalid)?;
    let update = rest.contains(&b'+');
    let mut options = std::fs::OpenOptions::new();
    let (can_read, can_write) = match kind {
        b'r' => (true, update),
        b'w' | b'a' => (update, true),
        _ => return Err(invalid()),
    };
    options.read(can_read);
    match kind {
        b'w' => options.write(true).create(true).truncate(true),
        b'a' => options.append(true).create(true),
        _ => options.write(update),
    };
    let file = options.open(path_of_bytes(path))?;
    Ok(Stream::new(
        Source::File(file),
        can_read,
        can_write,
        Buffering::Full,
    ))
}

fn io_open(call: &mut Call) -> NativeResult {
    let path = call.string(1)?;
    let mode = call.optional_string(2)?.unwrap_or(b"r");
    match open_stream(path, mode) {
        Ok(stream) => {
            let file = new_file(call.vm, stream);
            call.one(file)
        }
        Err(error) => failure(call, Some(path), &error),
    }
}

fn io_popen(call: &mut Call) -> NativeResult {
    let command = call.string(1)?;
    let mode = call.optional_string(2)?.unwrap_or(b"r");
    flush_standard_output(call.vm);
    let mut program = super::system::shell_command(command);
    let reads = match mode.first() {
        Some(b'r') => true,
        Some(b'w') => false,
        _ => return failure(call, Some(command), &std::io::Error::from_raw_os_error(22)),
    };
    if reads {
        program.stdout(std::process::Stdio::piped());
    } else {
        program.stdin(std::process::Stdio::piped());
    }
    match program.spawn() {
        Ok(child) => {
            let file = new_file(
                call.vm,
                Stream::new(Source::Program(child), reads, !reads, Buffering::Full),
            );
            call.one(file)
        }
        Err(error) => failure(call, Some(command), &error),
    }
}

fn io_tmpfile(call: &mut Call) -> NativeResult {
    let path = super::system::temporary_path(call.vm);
    let opened = std::fs::OpenOptions::new()
        .read(true)
        .write(true)
        .create_new(true)
        .open(&path);
    match opened {
        Ok(file) => {
            // Where an open file may be removed it vanishes when it is closed.
            let _ = std::fs::remove_file(&path);
            let file = new_file(
                call.vm,
                Stream::new(Source::File(file), true, true, Buffering::Full),
            );
            call.one(file)
        }
        Err(error) => failure(call, None, &error),
    }
}

fn io_type(call: &mut Call) -> NativeResult {
    let value = call.any(1)?;
    match call.vm.userdata_payload::<FileHandle>(value) {
        Some(handle) if handle.0.borrow().is_some() => call.one_string("file"),
        Some(_) => call.one_string("closed file"),
        None => call.one(Value::NIL),
    }
}

fn default_file(call: &mut Call, field: &'static str, mode: &[u8]) -> NativeResult {
    let registry = call.vm.registry();
    let argument = call.argument(1);
    if argument.is_string() || argument.is_number() {
        let path = call.string(1)?;
        match open_stream(path, mode) {
            Ok(stream) => {
                let file = new_file(call.vm, stream);
                call.vm.set_field(registry, field, file);
            }
            Err(error) => {
                let message = [path, b": ", error_text(&error).as_bytes()].concat();
                return Err(call.argument_error(1, message));
            }
        }
    } else if !argument.is_nil() {
        if call.vm.userdata_payload::<FileHandle>(argument).is_none() {
            return Err(call.type_error(1, "string"));
        }
        call.vm.set_field(registry, field, argument);
    }
    let file = call.vm.field(registry, field);
    call.one(file)
}

fn io_input(call: &mut Call) -> NativeResult {
    default_file(call, "_INPUT", b"r")
}

fn io_output(call: &mut Call) -> NativeResult {
    default_file(call, "_OUTPUT", b"w")
}

// ---- Closing ----

fn close_handle(call: &mut Call, handle: &FileHandle) -> NativeResult {
    let is_standard = with_stream(call, handle, CLOSED, |stream| stream.is_standard())?;
    if is_standard {
        let _ = with_stream(call, handle, CLOSED, Stream::flush)?;
        return call.nil_and_message("cannot close standard file");
    }
    let stream = handle.0.borrow_mut().take();
    match stream.map(Stream::close) {
        Some(Err(error)) => failure(call, None, &error),
        _ => call.one(true),
    }
}

fn io_close(call: &mut Call) -> NativeResult {
    let handle = if call.argument(1).is_nil() {
        default_handle(call, "_OUTPUT")?
    } else {
        handle_argument(call, 1)?
    };
    close_handle(call, &handle)
}

fn file_close(call: &mut Call) -> NativeResult {
    let handle = handle_argument(call, 1)?;
    close_handle(call, &handle)
}

fn file_collect(call: &mut Call) -> NativeResult {
    let handle = handle_argument(call, 1)?;
    let is_standard = handle.0.borrow().as_ref().is_some_and(Stream::is_standard);
    if is_standard {
        if let Some(stream) = handle.0.borrow_mut().as_mut() {
            let _ = stream.flush();
        }
    } else {
        drop(handle.0.borrow_mut().take());
    }
    call.none()
}

// ---- Reading ----

enum ReadFormat {
    Number,
    Line { keep_newline: bool },
    All,
    Bytes(usize),
}

fn read_format(call: &mut Call, index: u32) -> Result<ReadFormat, Raised> {
    let value = call.argument(index);
    if value.is_number() {
        return Ok(ReadFormat::Bytes(call.integer(index)?.max(0) as usize));
    }
    let text = match value.string_bytes() {
        Some(text) => text,
        None => return Err(call.argument_error(index, "invalid option")),
    };
    let text = text.strip_prefix(b"*").unwrap_or(text);
    match text.first() {
        Some(b'n') => Ok(ReadFormat::Number),
        Some(b'l') => Ok(ReadFormat::Line {
            keep_newline: false,
        }),
        Some(b'L') => Ok(ReadFormat::Line { keep_newline: true }),
        Some(b'a') => Ok(ReadFormat::All),
        _ => Err(call.argument_error(index, "invalid format")),
    }
}

/// Reads by the formats from argument `first` on; `arguments` are pushed as results up to the first failure.
fn read_formats(call: &mut Call, handle: &FileHandle, closed: &str, first: u32) -> NativeResult {
    let mut formats = Vec::new();
    for index in first..=call.argument_count() {
        formats.push(read_format(call, index)?);
    }
    if formats.is_empty() {
        formats.push(ReadFormat::Line {
            keep_newline: false,
        });
    }
    let mut results = Vec::with_capacity(formats.len());
    for format in formats {
        let outcome = with_stream(call, handle, closed, |stream| match format {
            ReadFormat::Line { keep_newline } => stream.read_line(keep_newline),
            ReadFormat::All => stream.read_all().map(Some),
            ReadFormat::Bytes(count) => stream.read_bytes(count),
            ReadFormat::Number => stream.read_number_text(),
        })?;
        let bytes = match outcome {
            Ok(bytes) => bytes,
            Err(error) => return failure(call, None, &error),
        };
        let value = match bytes {
            None => Value::NIL,
            Some(bytes) if matches!(format, ReadFormat::Number) => {
                crate::syntax::number::parse_number(&bytes).map_or(Value::NIL, Value::number)
            }
            Some(bytes) => call.new_string(&bytes)?,
        };
        results.push(value);
        if value.is_nil() {
            break;
        }
    }
    call.many(&results)
}

fn io_read(call: &mut Call) -> NativeResult {
    let handle = default_handle(call, "_INPUT")?;
    flush_standard_output(call.vm);
    read_formats(call, &handle, STANDARD_CLOSED, 1)
}

fn file_read(call: &mut Call) -> NativeResult {
    let handle = handle_argument(call, 1)?;
    read_formats(call, &handle, CLOSED, 2)
}

/// The iterator of lines: upvalues are the file, whether to close it at the end, and the formats.
fn lines_iterator(call: &mut Call, file: Value, closes: bool, formats: &[Value]) -> NativeResult {
    let mut upvalues = vec![file, Value::boolean(closes)];
    upvalues.extend_from_slice(&formats[..formats.len().min(200)]);
    let iterator = call
        .vm
        .new_native_function(lines_step, &LINES_STEP, &upvalues);
    call.one(iterator)
}

fn io_lines(call: &mut Call) -> NativeResult {
    let formats = call.arguments().get(1..).unwrap_or(&[]).to_vec();
    if call.argument(1).is_nil() {
        default_handle(call, "_INPUT")?;
        let registry = call.vm.registry();
        let file = call.vm.field(registry, "_INPUT");
        return lines_iterator(call, file, false, &formats);
    }
    let path = call.string(1)?;
    match open_stream(path, b"r") {
        Ok(stream) => {
            let file = new_file(call.vm, stream);
            lines_iterator(call, file, true, &formats)
        }
        Err(error) => {
            let message = [path, b": ", error_text(&error).as_bytes()].concat();
            Err(call.argument_error(1, message))
        }
    }
}

fn file_lines(call: &mut Call) -> NativeResult {
    let handle = handle_argument(call, 1)?;
    with_stream(call, &handle, CLOSED, |_| ())?;
    let arguments = call.arguments();
    lines_iterator(call, arguments[0], false, &arguments[1..])
}

fn lines_step(call: &mut Call) -> NativeResult {
    let file = call.upvalue(0);
    let closes = call.upvalue(1).is_truthy();
    let Some(handle) = call.vm.userdata_payload::<FileHandle>(file) else {
        return call.none();
    };
    let format_count = call
        .vm
        .upvalue_count(Value::function(call.function()))
        .saturating_sub(2);
    let formats: Vec<Value> = (0..format_count)
        .map(|index| call.upvalue(index + 2))
        .collect();
    // The formats become the arguments of a read.
    let answer = {
        let line = with_stream(call, &handle, CLOSED, |stream| {
            if formats.is_empty() {
                Some(stream.read_line(false))
            } else {
                None
            }
        })?;
        match line {
            Some(Ok(Some(line))) => return call.one_string(line),
            Some(Ok(None)) => call.one(Value::NIL),
            Some(Err(error)) => Err(call.error(error_text(&error))),
            None => return read_upvalue_formats(call, &handle, &formats, closes),
        }
    };
    if closes {
        drop(handle.0.borrow_mut().take());
    }
    answer
}

fn read_upvalue_formats(
    call: &mut Call,
    handle: &FileHandle,
    formats: &[Value],
    closes: bool,
) -> NativeResult {
    let mut results = Vec::new();
    for &format in formats {
        let text = format
            .string_bytes()
            .map(|text| text.strip_prefix(b"*").unwrap_or(text));
        let outcome = with_stream(call, handle, CLOSED, |stream| {
            match (format.as_number(), text.and_then(<[u8]>::first)) {
                (Some(count), _) => Some(stream.read_bytes(count.max(0.0) as usize)),
                (None, Some(b'l')) => Some(stream.read_line(false)),
                (None, Some(b'L')) => Some(stream.read_line(true)),
                (None, Some(b'a')) => Some(stream.read_all().map(Some)),
                (None, Some(b'n')) => Some(stream.read_number_text()),
                _ => None,
            }
        })?;
        let value = match outcome {
            None => return Err(call.error("bad argument #1 to 'for iterator' (invalid format)")),
            Some(Err(error)) => return Err(call.error(error_text(&error))),
            Some(Ok(None)) => Value::NIL,
            Some(Ok(Some(bytes))) if text.and_then(<[u8]>::first) == Some(&b'n') => {
                crate::syntax::number::parse_number(&bytes).map_or(Value::NIL, Value::number)
            }
            Some(Ok(Some(bytes))) => call.new_string(&bytes)?,
        };
        results.push(value);
        if value.is_nil() {
            break;
        }
    }
    if closes && results.first().is_none_or(|value| value.is_nil()) {
        drop(handle.0.borrow_mut().take());
    }
    call.many(&results)
}

// ---- Writing ----

fn write_arguments(call: &mut Call, handle: &FileHandle, closed: &str, first: u32) -> NativeResult {
    for index in first..=call.argument_count() {
        let bytes = call.string(index)?;
        let outcome = with_stream(call, handle, closed, |stream| stream.write(bytes))?;
        if let Err(error) = outcome {
            return failure(call, None, &error);
        }
    }
    call.one(true)
}

fn io_write(call: &mut Call) -> NativeResult {
    let handle = default_handle(call, "_OUTPUT")?;
    write_arguments(call, &handle, STANDARD_CLOSED, 1)
}

fn file_write(call: &mut Call) -> NativeResult {
    let handle = handle_argument(call, 1)?;
    with_stream(call, &handle, CLOSED, |_| ())?;
    write_arguments(call, &handle, CLOSED, 2)
}

fn flush_handle(call: &mut Call, handle: &FileHandle) -> NativeResult {
    match with_stream(call, handle, CLOSED, Stream::flush)? {
        Ok(()) => call.one(true),
        Err(error) => failure(call, None, &error),
    }
}

fn io_flush(call: &mut Call) -> NativeResult {
    let handle = default_handle(call, "_OUTPUT")?;
    flush_handle(call, &handle)
}

fn file_flush(call: &mut Call) -> NativeResult {
    let handle = handle_argument(call, 1)?;
    flush_handle(call, &handle)
}

fn file_seek(call: &mut Call) -> NativeResult {
    let handle = handle_argument(call, 1)?;
    let whence = call.optional_string(2)?.unwrap_or(b"cur");
    let offset = call.optional_number(3, 0.0)? as i64;
    let target = match whence {
        b"set" => match u64::try_from(offset) {
            Ok(offset) => SeekFrom::Start(offset),
            Err(_) => return failure(call, None, &std::io::Error::from_raw_os_error(22)),
        },
        b"cur" => SeekFrom::Current(offset),
        b"end" => SeekFrom::End(offset),
        other => {
            let message = [b"invalid option '", other, b"'"].concat();
            return Err(call.argument_error(2, message));
        }
    };
    match with_stream(call, &handle, CLOSED, |stream| stream.seek(target))? {
        Ok(position) => call.one(position as f64),
        Err(error) => failure(call, None, &error),
    }
}

fn file_setvbuf(call: &mut Call) -> NativeResult {
    let handle = handle_argument(call, 1)?;
    let buffering = match call.string(2)? {
        b"no" => Buffering::None,
        b"line" => Buffering::Line,
        b"full" => Buffering::Full,
        other => {
            let message = [b"invalid option '", other, b"'"].concat();
            return Err(call.argument_error(2, message));
        }
    };
    let outcome = with_stream(call, &handle, CLOSED, |stream| {
        stream.buffering = buffering;
        stream.flush()
    })?;
    match outcome {
        Ok(()) => call.one(true),
        Err(error) => failure(call, None, &error),
    }
}

fn file_tostring(call: &mut Call) -> NativeResult {
    let handle = handle_argument(call, 1)?;
    if handle.0.borrow().is_none() {
        return call.one_string("file (closed)");
    }
    let mut text = b"file (".to_vec();
    super::number_format::append_address(&mut text, Rc::as_ptr(&handle) as u64);
    text.push(b')');
    call.one_string(text)
}
