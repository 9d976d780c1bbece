//! `os`: clock, calendar, files, environment, exit.

use super::package_library::to_path;
use super::time::{self, CalendarFields, CalendarTime};
use crate::builtin::{Builtin, Effects, NativeResult, Recording};
use crate::call::{Call, Raised};
use crate::value::Value;
use crate::vm::Vm;

const NEVER: Recording = Recording::Never("talks to the operating system");

static OS: &[Builtin] = &[
    Builtin::native(
        "os.clock",
        "() -> number",
        "Processor time used, in seconds.",
        Effects::READS,
        NEVER,
        clock,
    ),
    Builtin::native(
        "os.date",
        "(format: string = \"%c\", [time: number]) -> string | table",
        "A date as text or fields.",
        Effects::READS,
        NEVER,
        date,
    ),
    Builtin::native(
        "os.difftime",
        "(later: number, [earlier: number]) -> number",
        "Seconds between two times.",
        Effects::PURE,
        NEVER,
        difference,
    ),
    Builtin::native(
        "os.execute",
        "([command: string]) -> number",
        "Runs a command with the system's shell.",
        Effects::WRITES,
        NEVER,
        execute,
    ),
    Builtin::native(
        "os.exit",
        "([code: number])",
        "Ends the program.",
        Effects::WRITES,
        NEVER,
        exit,
    ),
    Builtin::native(
        "os.getenv",
        "(name: string) -> string?",
        "A variable of the environment.",
        Effects::READS,
        NEVER,
        get_environment,
    ),
    Builtin::native(
        "os.remove",
        "(name: string) -> true",
        "Deletes a file or an empty folder.",
        Effects::WRITES,
        NEVER,
        remove,
    ),
    Builtin::native(
        "os.rename",
        "(from: string, to: string) -> true",
        "Renames a file.",
        Effects::WRITES,
        NEVER,
        rename,
    ),
    Builtin::native(
        "os.setlocale",
        "([locale: string], [category: string]) -> string?",
        "Only the C locale exists.",
        Effects::READS,
        NEVER,
        set_locale,
    ),
    Builtin::native(
        "os.time",
        "([fields: table]) -> number?",
        "Seconds since 1970.",
        Effects::READS,
        NEVER,
        time_function,
    ),
    Builtin::native(
        "os.tmpname",
        "() -> string",
        "The name of a fresh temporary file.",
        Effects::WRITES,
        NEVER,
        temporary_name,
    ),
];

/// Opens the library.
pub fn open(vm: &mut Vm) -> Result<(), Raised> {
    let library = vm.new_table();
    let globals = vm.globals();
    vm.set_field(globals, "os", library);
    vm.register(library, OS)?;
    super::package_library::note_loaded(vm, "os", library);
    Ok(())
}

fn clock(call: &mut Call<'_>) -> NativeResult {
    let seconds = call.vm.world.cpu_time_s();
    call.one(seconds)
}

fn date(call: &mut Call<'_>) -> NativeResult {
    let format = call.optional_string(1)?.unwrap_or(b"%c");
    let timestamp_s = match call.argument(2).is_nil() {
        true => call.vm.world.unix_time_s().floor() as i64,
        false => call.integer64(2)?,
    };
    let (is_utc, format) = match format.strip_prefix(b"!") {
        Some(rest) => (true, rest),
        None => (false, format),
    };
    let calendar = if is_utc {
        CalendarTime::utc(timestamp_s)
    } else {
        CalendarTime::local(timestamp_s)
    };
    let Some(calendar) = calendar else {
        return call.one(Value::NIL);
    };
    if !format.starts_with(b"*t") {
        let mut text = Vec::new();
        time::append_formatted(&mut text, format, &calendar);
        return call.one_string(text);
    }
    let table = call.vm.new_table_with_capacity(0, 9)?;
    let fields = [
        ("sec", calendar.second),
        ("min", calendar.minute),
        ("hour", calendar.hour),
        ("day", calendar.day),
        ("month", calendar.month),
        ("wday", calendar.weekday + 1),
        ("yday", calendar.day_of_year + 1),
    ];
    for (name, value) in fields {
        call.vm.set_field(table, name, f64::from(value));
    }
    call.vm.set_field(table, "year", calendar.year as f64);
    call.vm
        .set_field(table, "isdst", calendar.is_daylight_saving);
    call.one(table)
}

fn difference(call: &mut Call<'_>) -> NativeResult {
    let later = call.number(1)?;
    let earlier = call.optional_number(2, 0.0)?;
    call.one(later - earlier)
}

fn shell(command: &[u8]) -> std::process::Command {
    let text = String::from_utf8_lossy(command).into_owned();
    if cfg!(windows) {
        let mut shell = std::process::Command::new("cmd");
        shell.arg("/C").arg(text);
        shell
    } else {
        let mut shell = std::process::Command::new("/bin/sh");
        shell.arg("-c").arg(to_path(command));
        shell
    }
}

/// A command for `io.popen`.
pub(super) fn shell_command(command: &[u8]) -> std::process::Command {
    shell(command)
}

fn execute(call: &mut Call<'_>) -> NativeResult {
    let Some(command) = call.optional_string(1)? else {
        return call.one(1.0);
    };
    // The command's output comes after what this program has printed.
    let _ = super::output::flush(call.vm);
    let status = match shell(command).status() {
        Ok(status) => status,
        Err(_) => return call.one(-1.0),
    };
    #[cfg(unix)]
    {
        use std::os::unix::process::ExitStatusExt;
        call.one(f64::from(status.into_raw()))
    }
    #[cfg(not(unix))]
    {
        call.one(f64::from(status.code().unwrap_or(-1)))
    }
}

/// The exit code that a program asked for with `os.exit`; the host ends the process after its own clean-up.
fn exit(call: &mut Call<'_>) -> NativeResult {
    let code = match call.argument(1) {
        value if value.is_nil() || value == Value::TRUE => 0,
        Value::FALSE => 1,
        _ => call.integer(1)?,
    };
    super::io_library::flush_all(call.vm);
    std::process::exit(code)
}

fn get_environment(call: &mut Call<'_>) -> NativeResult {
    let name = call.text(1)?;
    match call.vm.world.environment_variable(&name) {
        Some(value) => call.one_string(value),
        None => call.one(Value::NIL),
    }
}

/// nil, "name: reason", error number: what failing file functions answer.
pub(super) fn failure(
    call: &mut Call<'_>,
    name: Option<&[u8]>,
    error: &std::io::Error,
) -> NativeResult {
    let mut message = Vec::new();
    if let Some(name) = name {
        message.extend_from_slice(name);
        message.extend_from_slice(b": ");
    }
    message.extend_from_slice(error_text(error).as_bytes());
    let message = call.new_string(&message)?;
    let number = Value::from(error.raw_os_error().unwrap_or(0));
    call.many(&[Value::NIL, message, number])
}

/// The system's text for an error, without Rust's "(os error n)".
pub(super) fn error_text(error: &std::io::Error) -> String {
    let text = error.to_string();
    match text.find(" (os error") {
        Some(end) => text[..end].to_owned(),
        None => text,
    }
}

fn remove(call: &mut Call<'_>) -> NativeResult {
    let name = call.string(1)?;
    let path = to_path(name);
    let result = match std::fs::symlink_metadata(&path) {
        Ok(data) if data.is_dir() => std::fs::remove_dir(&path),
        _ => std::fs::remove_file(&path),
    };
    match result {
        Ok(()) => call.one(true),
        Err(error) => failure(call, Some(name), &error),
    }
}

fn rename(call: &mut Call<'_>) -> NativeResult {
    let from = call.string(1)?;
    let to = call.string(2)?;
    match std::fs::rename(to_path(from), to_path(to)) {
        Ok(()) => call.one(true),
        Err(error) => failure(call, Some(from), &error),
    }
}

fn set_locale(call: &mut Call<'_>) -> NativeResult {
    match call.optional_string(1)? {
        None | Some(b"" | b"C" | b"POSIX") => call.one_string("C"),
        Some(_) => call.one(Value::NIL),
    }
}

fn time_function(call: &mut Call<'_>) -> NativeResult {
    if call.argument(1).is_nil() {
        let seconds = call.vm.world.unix_time_s().floor();
        return call.one(seconds);
    }
    let table = call.table_value(1)?;
    let field = |call: &mut Call<'_>, name: &str, default: Option<i64>| -> Result<i64, Raised> {
        let value = call.vm.field(table, name);
        match (call.vm.to_number(value), default) {
            (Some(number), _) => Ok(number as i64),
            (None, Some(default)) => Ok(default),
            (None, None) => Err(call.error(format!("field '{name}' missing in date table"))),
        }
    };
    let second = field(call, "sec", Some(0))?;
    let minute = field(call, "min", Some(0))?;
    let hour = field(call, "hour", Some(12))?;
    let day = field(call, "day", None)?;
    let month = field(call, "month", None)?;
    let year = field(call, "year", None)?;
    let daylight = call.vm.field(table, "isdst");
    let is_daylight_saving = if daylight.is_nil() {
        None
    } else {
        Some(daylight.is_truthy())
    };
    let fields = CalendarFields {
        year,
        month,
        day,
        hour,
        minute,
        second,
        is_daylight_saving,
    };
    match time::timestamp_of_local_fields(&fields) {
        Some(timestamp_s) => call.one(timestamp_s as f64),
        None => call.one(Value::NIL),
    }
}

fn temporary_name(call: &mut Call<'_>) -> NativeResult {
    let folder = std::env::temp_dir();
    for attempt in 0..100u64 {
        let number = call.vm.world.entropy().wrapping_add(attempt);
        let path = folder.join(format!("lua_{:010x}", number & 0xff_ffff_ffff));
        if std::fs::OpenOptions::new()
            .write(true)
            .create_new(true)
            .open(&path)
            .is_ok()
        {
            return call.one_string(path.to_string_lossy().as_bytes());
        }
    }
    Err(call.error("unable to generate a unique filename"))
}
