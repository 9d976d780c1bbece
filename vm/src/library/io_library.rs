//! `io`: files, pipes and the standard streams.
//!
//! Failing operations answer nil, a message and the error number, as C's library words them.

use super::io_stream::{Disk, Reader, Stream};
use super::os_library::{failure, shell_command};
use super::output;
use super::package_library::to_path;
use crate::builtin::{Builtin, Effects, NativeResult, Recording};
use crate::call::{Call, Raised};
use crate::object::Table;
use crate::value::Value;
use crate::vm::Vm;
use std::cell::RefCell;
use std::io::SeekFrom;
use std::process::Stdio;
use std::rc::Rc;

const NEVER: Recording = Recording::Never("talks to the operating system");
const WRITES: Effects = Effects::WRITES;

static IO: &[Builtin] = &[
    Builtin::native(
        "io.close",
        "([file: file]) -> true",
        "Closes a file, or the default output.",
        WRITES,
        NEVER,
        io_close,
    ),
    Builtin::native(
        "io.flush",
        "() -> true",
        "Writes out the default output.",
        WRITES,
        NEVER,
        io_flush,
    ),
    Builtin::native(
        "io.input",
        "([file: file | string]) -> file",
        "The default input.",
        WRITES,
        NEVER,
        io_input,
    ),
    Builtin::native(
        "io.lines",
        "([name: string], ...: string | number) -> function",
        "An iterator over the lines of a file.",
        WRITES,
        NEVER,
        io_lines,
    ),
    Builtin::native(
        "io.open",
        "(name: string, mode: string = \"r\") -> file?, string, number",
        "Opens a file.",
        WRITES,
        NEVER,
        io_open,
    ),
    Builtin::native(
        "io.output",
        "([file: file | string]) -> file",
        "The default output.",
        WRITES,
        NEVER,
        io_output,
    ),
    Builtin::native(
        "io.popen",
        "(command: string, mode: string = \"r\") -> file?",
        "Runs a command beside the program.",
        WRITES,
        NEVER,
        io_popen,
    ),
    Builtin::native(
        "io.read",
        "(...: string | number) -> ...",
        "Reads from the default input.",
        WRITES,
        NEVER,
        io_read,
    ),
    Builtin::native(
        "io.tmpfile",
        "() -> file",
        "A temporary file.",
        WRITES,
        NEVER,
        io_temporary,
    ),
    Builtin::native(
        "io.type",
        "(value: any) -> string?",
        "\"file\", \"closed file\" or nil.",
        Effects::READS,
        NEVER,
        io_type,
    ),
    Builtin::native(
        "io.write",
        "(...: string | number) -> true",
        "Writes to the default output.",
        WRITES,
        NEVER,
        io_write,
    ),
];

static METHODS: &[Builtin] = &[
    Builtin::native(
        "file:close",
        "() -> true",
        "Closes the file.",
        WRITES,
        NEVER,
        file_close,
    ),
    Builtin::native(
        "file:flush",
        "() -> true",
        "Writes out what is buffered.",
        WRITES,
        NEVER,
        file_flush,
    ),
    Builtin::native(
        "file:lines",
        "(...: string | number) -> function",
        "An iterator over the lines.",
        WRITES,
        NEVER,
        file_lines,
    ),
    Builtin::native(
        "file:read",
        "(...: string | number) -> ...",
        "Reads in the given formats.",
        WRITES,
        NEVER,
        file_read,
    ),
    Builtin::native(
        "file:seek",
        "(whence: string = \"cur\", offset: number = 0) -> number",
        "Moves the position.",
        WRITES,
        NEVER,
        file_seek,
    ),
    Builtin::native(
        "file:setvbuf",
        "(mode: string, [size: number]) -> true",
        "Sets the buffering.",
        WRITES,
        NEVER,
        file_set_buffering,
    ),
    Builtin::native(
        "file:write",
        "(...: string | number) -> true",
        "Writes strings and numbers.",
        WRITES,
        NEVER,
        file_write,
    ),
    Builtin::native(
        "file:__gc",
        "()",
        "Closes the file.",
        WRITES,
        NEVER,
        file_collect,
    ),
    Builtin::native(
        "file:__tostring",
        "() -> string",
        "file (0x…) or file (closed).",
        Effects::READS,
        NEVER,
        file_to_text,
    ),
];

static LINES_ITERATOR: Builtin = Builtin::native(
    "io.lines_iterator",
    "() -> ...",
    "The next line.",
    WRITES,
    NEVER,
    next_line,
);

struct FileObject {
    stream: RefCell<Stream>,
}

#[derive(Clone, Copy)]
struct IoTypes {
    metatable: *mut Table,
}

/// Files that may have something to write when the process ends.
#[derive(Default)]
struct OpenFiles {
    files: Vec<std::rc::Weak<FileObject>>,
}

/// Writes out everything that is buffered: before the process ends without dropping the state.
pub fn flush_all(vm: &mut Vm) {
    // Nobody is left to tell about failures.
    let _ = output::flush(vm);
    for file in &vm.extensions.get_or_default::<OpenFiles>().files {
        if let Some(file) = file.upgrade()
            && let Ok(mut stream) = file.stream.try_borrow_mut()
        {
            let _ = stream.flush();
        }
    }
}

/// Opens the library.
pub fn open(vm: &mut Vm) -> Result<(), Raised> {
    let library = vm.new_table();
    let globals = vm.globals();
    vm.set_field(globals, "io", library);
    vm.register(library, IO)?;
    let metatable = vm.new_table();
    let registry = vm.registry();
    vm.set_field(registry, "FILE*", metatable);
    vm.register(metatable, METHODS)?;
    vm.set_field(metatable, "__index", metatable);
    let name = vm.new_string(b"FILE*");
    vm.set_field(metatable, "__name", name);
    vm.extensions.insert(IoTypes {
        metatable: metatable.as_table().unwrap_or(std::ptr::null_mut()),
    });
    let input = new_file(vm, Stream::StandardInput(Reader::new(std::io::stdin())));
    vm.set_field(library, "stdin", input);
    vm.set_field(registry, "io.input", input);
    let standard_output = new_file(vm, Stream::StandardOutput);
    vm.set_field(library, "stdout", standard_output);
    vm.set_field(registry, "io.output", standard_output);
    let standard_error = new_file(vm, Stream::StandardError);
    vm.set_field(library, "stderr", standard_error);
    super::package_library::note_loaded(vm, "io", library);
    Ok(())
}

fn new_file(vm: &mut Vm, stream: Stream) -> Value {
    let metatable = vm
        .extensions
        .get::<IoTypes>()
        .map_or(std::ptr::null_mut(), |types| types.metatable);
    let file = Rc::new(FileObject {
        stream: RefCell::new(stream),
    });
    let open = &mut vm.extensions.get_or_default::<OpenFiles>().files;
    if open.len() >= 64 && open.len().is_power_of_two() {
        open.retain(|file| file.strong_count() > 0);
    }
    open.push(Rc::downgrade(&file));
    Value::userdata(vm.new_userdata(file, metatable, 512))
}

fn file_argument(call: &mut Call<'_>, index: u32) -> Result<Rc<FileObject>, Raised> {
    let file = call.userdata::<FileObject>(index, "FILE*")?;
    if file.stream.borrow().is_closed() {
        return Err(call.error("attempt to use a closed file"));
    }
    Ok(file)
}

fn default_file(call: &mut Call<'_>, which: &str) -> Result<Rc<FileObject>, Raised> {
    let registry = call.vm.registry();
    let value = call.vm.field(registry, which);
    match call.vm.userdata_payload::<FileObject>(value) {
        Some(file) if !file.stream.borrow().is_closed() => Ok(file),
        _ => {
            let name = which.trim_start_matches("io.");
            Err(call.error(format!("standard {name} file is closed")))
        }
    }
}

fn finish(call: &mut Call<'_>, name: Option<&[u8]>, result: std::io::Result<()>) -> NativeResult {
    match result {
        Ok(()) => call.one(true),
        Err(error) => failure(call, name, &error),
    }
}

// ---- Opening ----

fn open_disk(name: &[u8], mode: &[u8]) -> std::io::Result<Stream> {
    let mut options = std::fs::OpenOptions::new();
    let is_update = mode.contains(&b'+');
    match mode.first() {
        Some(b'w') => options
            .write(true)
            .create(true)
            .truncate(true)
            .read(is_update),
        Some(b'a') => options.append(true).create(true).read(is_update),
        _ => options.read(true).write(is_update),
    };
    let file = options.open(to_path(name))?;
    Ok(Stream::Disk(Disk::new(file)))
}

fn is_mode(mode: &[u8]) -> bool {
    let rest = match mode.first() {
        Some(b'r' | b'w' | b'a') => &mode[1..],
        _ => return false,
    };
    matches!(rest, b"" | b"+" | b"b" | b"+b" | b"b+")
}

fn io_open(call: &mut Call<'_>) -> NativeResult {
    let name = call.string(1)?;
    let mode = call.optional_string(2)?.unwrap_or(b"r");
    if !is_mode(mode) {
        return Err(call.argument_error(2, "invalid mode"));
    }
    match open_disk(name, mode) {
        Ok(stream) => {
            let file = new_file(call.vm, stream);
            call.one(file)
        }
        Err(error) => failure(call, Some(name), &error),
    }
}

fn io_temporary(call: &mut Call<'_>) -> NativeResult {
    let path = std::env::temp_dir().join(format!("lua_{:016x}", call.vm.world.entropy()));
    let file = std::fs::OpenOptions::new()
        .read(true)
        .write(true)
        .create_new(true)
        .open(&path);
    match file {
        Ok(file) => {
            // Where the system allows, the file has no name from now on and goes with its last handle.
            let _ = std::fs::remove_file(&path);
            let file = new_file(call.vm, Stream::Disk(Disk::new(file)));
            call.one(file)
        }
        Err(error) => failure(call, None, &error),
    }
}

fn io_popen(call: &mut Call<'_>) -> NativeResult {
    let command = call.string(1)?;
    let mode = call.optional_string(2)?.unwrap_or(b"r");
    let mut process = shell_command(command);
    let _ = output::flush(call.vm);
    let is_reading = mode.first() != Some(&b'w');
    if is_reading {
        process.stdout(Stdio::piped());
    } else {
        process.stdin(Stdio::piped());
    }
    match process.spawn() {
        Ok(mut child) => {
            let stream = match (child.stdout.take(), child.stdin.take()) {
                (Some(stdout), _) => Stream::PipeOut(child, Reader::new(stdout)),
                (None, Some(stdin)) => Stream::PipeIn(child, stdin),
                (None, None) => Stream::Closed,
            };
            let file = new_file(call.vm, stream);
            call.one(file)
        }
        Err(error) => failure(call, Some(command), &error),
    }
}

fn set_default(call: &mut Call<'_>, which: &str, mode: &[u8]) -> NativeResult {
    let registry = call.vm.registry();
    let argument = call.argument(1);
    if argument.is_string() {
        let name = call.string(1)?;
        match open_disk(name, mode) {
            Ok(stream) => {
                let file = new_file(call.vm, stream);
                call.vm.set_field(registry, which, file);
            }
            Err(error) => {
                let mut text = name.to_vec();
                text.extend_from_slice(b": ");
                text.extend_from_slice(super::os_library::error_text(&error).as_bytes());
                return Err(call.error(text));
            }
        }
    } else if !argument.is_nil() {
        call.userdata::<FileObject>(1, "FILE*")?;
        call.vm.set_field(registry, which, argument);
    }
    let current = call.vm.field(registry, which);
    call.one(current)
}

fn io_input(call: &mut Call<'_>) -> NativeResult {
    set_default(call, "io.input", b"r")
}

fn io_output(call: &mut Call<'_>) -> NativeResult {
    set_default(call, "io.output", b"w")
}

// ---- Closing ----

fn close(call: &mut Call<'_>, file: &FileObject) -> NativeResult {
    if matches!(*file.stream.borrow(), Stream::StandardOutput) {
        let _ = output::flush(call.vm);
    }
    let result = file.stream.borrow_mut().close();
    match result {
        Ok(None) => call.one(true),
        Ok(Some(status)) => {
            #[cfg(unix)]
            let code = {
                use std::os::unix::process::ExitStatusExt;
                status.into_raw()
            };
            #[cfg(not(unix))]
            let code = status.code().unwrap_or(-1);
            // As pclose in LuaJIT: true for success, else the status.
            if code == 0 {
                call.one(true)
            } else {
                call.one(f64::from(code))
            }
        }
        Err(error) => failure(call, None, &error),
    }
}

fn io_close(call: &mut Call<'_>) -> NativeResult {
    let file = if call.argument_count() == 0 {
        default_file(call, "io.output")?
    } else {
        file_argument(call, 1)?
    };
    close(call, &file)
}

fn file_close(call: &mut Call<'_>) -> NativeResult {
    let file = file_argument(call, 1)?;
    close(call, &file)
}

fn file_collect(call: &mut Call<'_>) -> NativeResult {
    if let Some(file) = call.vm.userdata_payload::<FileObject>(call.argument(1)) {
        let is_standard = matches!(
            *file.stream.borrow(),
            Stream::StandardInput(_)
                | Stream::StandardOutput
                | Stream::StandardError
                | Stream::Closed
        );
        if !is_standard {
            // Nobody is left to tell.
            let _ = file.stream.borrow_mut().close();
        }
    }
    call.none()
}

fn file_to_text(call: &mut Call<'_>) -> NativeResult {
    let file = call.userdata::<FileObject>(1, "FILE*")?;
    if file.stream.borrow().is_closed() {
        return call.one_string("file (closed)");
    }
    let address = call.argument(1).pointer_address();
    call.one_string(format!("file (0x{address:08x})"))
}

fn io_type(call: &mut Call<'_>) -> NativeResult {
    let value = call.any(1)?;
    match call.vm.userdata_payload::<FileObject>(value) {
        Some(file) if file.stream.borrow().is_closed() => call.one_string("closed file"),
        Some(_) => call.one_string("file"),
        None => call.one(Value::NIL),
    }
}

// ---- Reading ----

/// Reads in the formats at arguments `first..`; pushes results and answers their number.
fn read_formats(call: &mut Call<'_>, file: &FileObject, formats: &[Value]) -> NativeResult {
    if matches!(*file.stream.borrow(), Stream::StandardInput(_)) {
        let _ = output::flush(call.vm);
    }
    let line = [Value::NIL];
    let formats = if formats.is_empty() {
        &line[..]
    } else {
        formats
    };
    let mut count = 0;
    call.reserve(formats.len() + 1)?;
    for (index, &format) in formats.iter().enumerate() {
        let value = match read_one(call, file, format, index)? {
            Ok(value) => value,
            Err(error) => return failure(call, None, &error),
        };
        call.push(value);
        count += 1;
        if value.is_nil() {
            break;
        }
    }
    call.pushed(count)
}

fn read_one(
    call: &mut Call<'_>,
    file: &FileObject,
    format: Value,
    index: usize,
) -> Result<std::io::Result<Value>, Raised> {
    let mut stream = file.stream.borrow_mut();
    let strip = |line: Option<Vec<u8>>| {
        line.map(|mut line| {
            if line.last() == Some(&b'\n') {
                line.pop();
            }
            line
        })
    };
    let bytes = if let Some(count) = format.as_number() {
        stream.read_count(count.max(0.0) as usize)
    } else {
        let text = format.string_bytes().unwrap_or(b"*l");
        let letter = if text.first() == Some(&b'*') {
            text.get(1)
        } else {
            text.first()
        };
        match letter {
            Some(b'l') => stream.read_line().map(strip),
            Some(b'L') => stream.read_line(),
            Some(b'a') => stream.read_all().map(Some),
            Some(b'n') => {
                return Ok(stream
                    .read_number()
                    .map(|number| number.map_or(Value::NIL, Value::number)));
            }
            _ => {
                drop(stream);
                return Err(call.argument_error(index as u32 + 1, "invalid format"));
            }
        }
    };
    drop(stream);
    match bytes {
        Ok(Some(bytes)) => call.new_string(&bytes).map(Ok),
        Ok(None) => Ok(Ok(Value::NIL)),
        Err(error) => Ok(Err(error)),
    }
}

fn io_read(call: &mut Call<'_>) -> NativeResult {
    let file = default_file(call, "io.input")?;
    let formats = call.arguments();
    read_formats(call, &file, &formats)
}

fn file_read(call: &mut Call<'_>) -> NativeResult {
    let file = file_argument(call, 1)?;
    let formats = call.arguments();
    read_formats(call, &file, &formats[1..])
}

/// Upvalues of the iterator: file, whether to close it at the end, formats.
fn lines_of(call: &mut Call<'_>, file: Value, closes: bool, formats: &[Value]) -> NativeResult {
    let mut upvalues = vec![file, Value::boolean(closes)];
    upvalues.extend_from_slice(&formats[..formats.len().min(200)]);
    let iterator = call
        .vm
        .new_native_function(next_line, &LINES_ITERATOR, &upvalues);
    call.one(iterator)
}

fn next_line(call: &mut Call<'_>) -> NativeResult {
    let file = call.upvalue(0);
    let Some(object) = call.vm.userdata_payload::<FileObject>(file) else {
        return call.one(Value::NIL);
    };
    if object.stream.borrow().is_closed() {
        return Err(call.error("file is already closed"));
    }
    // Upvalues beyond the formats read as nil.
    let mut formats = Vec::new();
    let mut index = 2;
    while !call.upvalue(index).is_nil() {
        formats.push(call.upvalue(index));
        index += 1;
    }
    let answer = read_formats(call, &object, &formats)?;
    let is_end = match answer {
        crate::call::Outcome::Pushed(_) => {
            // A failed read pushes nil first.
            let line = call.vm.top_value();
            line.is_nil()
        }
        _ => false,
    };
    if is_end && call.upvalue(1).is_truthy() {
        let _ = object.stream.borrow_mut().close();
    }
    Ok(answer)
}

fn io_lines(call: &mut Call<'_>) -> NativeResult {
    let formats: Vec<Value> = call.arguments().into_iter().skip(1).collect();
    if call.argument(1).is_nil() {
        default_file(call, "io.input")?;
        let registry = call.vm.registry();
        let file = call.vm.field(registry, "io.input");
        return lines_of(call, file, false, &formats);
    }
    let name = call.string(1)?;
    match open_disk(name, b"r") {
        Ok(stream) => {
            let file = new_file(call.vm, stream);
            lines_of(call, file, true, &formats)
        }
        Err(error) => {
            let mut text = name.to_vec();
            text.extend_from_slice(b": ");
            text.extend_from_slice(super::os_library::error_text(&error).as_bytes());
            Err(call.error(text))
        }
    }
}

fn file_lines(call: &mut Call<'_>) -> NativeResult {
    file_argument(call, 1)?;
    let file = call.argument(1);
    let formats: Vec<Value> = call.arguments().into_iter().skip(1).collect();
    lines_of(call, file, false, &formats)
}

// ---- Writing and position ----

fn write_values(call: &mut Call<'_>, file: &FileObject, first: u32) -> NativeResult {
    let is_standard_output = matches!(*file.stream.borrow(), Stream::StandardOutput);
    for index in first..=call.argument_count() {
        let bytes = call.string(index)?;
        let result = if is_standard_output {
            output::write(call.vm, bytes)
        } else {
            file.stream.borrow_mut().write(bytes)
        };
        if let Err(error) = result {
            return failure(call, None, &error);
        }
    }
    call.one(true)
}

fn io_write(call: &mut Call<'_>) -> NativeResult {
    let file = default_file(call, "io.output")?;
    write_values(call, &file, 1)
}

fn file_write(call: &mut Call<'_>) -> NativeResult {
    let file = file_argument(call, 1)?;
    write_values(call, &file, 2)
}

fn flush(call: &mut Call<'_>, file: &FileObject) -> NativeResult {
    let is_standard_output = matches!(*file.stream.borrow(), Stream::StandardOutput);
    let result = if is_standard_output {
        output::flush(call.vm)
    } else {
        file.stream.borrow_mut().flush()
    };
    finish(call, None, result)
}

fn io_flush(call: &mut Call<'_>) -> NativeResult {
    let file = default_file(call, "io.output")?;
    flush(call, &file)
}

fn file_flush(call: &mut Call<'_>) -> NativeResult {
    let file = file_argument(call, 1)?;
    flush(call, &file)
}

fn file_seek(call: &mut Call<'_>) -> NativeResult {
    let file = file_argument(call, 1)?;
    let whence = call.optional_string(2)?.unwrap_or(b"cur");
    let offset = call.optional_number(3, 0.0)? as i64;
    let position = match whence {
        b"set" if offset >= 0 => SeekFrom::Start(offset as u64),
        // EINVAL, as the system answers.
        b"set" => return failure(call, None, &std::io::Error::from_raw_os_error(22)),
        b"cur" => SeekFrom::Current(offset),
        b"end" => SeekFrom::End(offset),
        other => {
            let text = format!("invalid option '{}'", String::from_utf8_lossy(other));
            return Err(call.argument_error(2, text));
        }
    };
    let result = file.stream.borrow_mut().seek(position);
    match result {
        Ok(place) => call.one(place as f64),
        Err(error) => failure(call, None, &error),
    }
}

fn file_set_buffering(call: &mut Call<'_>) -> NativeResult {
    let file = file_argument(call, 1)?;
    let mode = call.string(2)?;
    let is_unbuffered = match mode {
        b"no" => true,
        b"line" | b"full" => false,
        other => {
            let text = format!("invalid option '{}'", String::from_utf8_lossy(other));
            return Err(call.argument_error(2, text));
        }
    };
    let result = file.stream.borrow_mut().set_unbuffered(is_unbuffered);
    finish(call, None, result)
}
