//! `os`: clock, dates, environment, programs, file names.
//!
//! Worked example: `os.date("!%Y-%m-%d", 0)` is `1970-01-01`; the calendar is in [`super::time`], the clock comes through
//! the machine's seam for the outside world, so that a fixed clock makes runs repeatable.

use super::time::{CalendarFields, CalendarTime, append_formatted, timestamp_of_local_fields};
use crate::builtin::{Builtin, Effects, NativeFunction, NativeResult, Recording};
use crate::call::{Call, Raised};
use crate::value::Value;
use crate::vm::Vm;
use std::path::PathBuf;
use std::process::Command;

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
        Recording::Never("asks the operating system"),
        body,
    )
}

static FUNCTIONS: &[Builtin] = &[
    native(
        "os.clock",
        "() -> number",
        "Processor time used, in seconds.",
        clock,
    ),
    native(
        "os.date",
        "([format: string], [time: number]) -> string | table | nil",
        "Formats a time.",
        date,
    ),
    native(
        "os.difftime",
        "(later: number, [earlier: number]) -> number",
        "The seconds between two times.",
        difftime,
    ),
    native(
        "os.execute",
        "([command: string]) -> number",
        "Runs a command.",
        execute,
    ),
    native(
        "os.exit",
        "([code: integer | boolean], [close: boolean])",
        "Ends the program.",
        exit,
    ),
    native(
        "os.getenv",
        "(name: string) -> string?",
        "A variable of the environment.",
        getenv,
    ),
    native(
        "os.remove",
        "(path: string) -> boolean?, string?, number?",
        "Removes a file.",
        remove,
    ),
    native(
        "os.rename",
        "(from: string, to: string) -> boolean?, string?, number?",
        "Renames a file.",
        rename,
    ),
    native(
        "os.setlocale",
        "([locale: string], [category: string]) -> string?",
        "The locale is always C.",
        setlocale,
    ),
    native(
        "os.time",
        "([fields: table]) -> number?",
        "Seconds since 1970.",
        time,
    ),
    native(
        "os.tmpname",
        "() -> string",
        "A name for a temporary file.",
        tmpname,
    ),
];

/// Opens the library.
pub fn open(vm: &mut Vm) -> Result<(), Raised> {
    super::open_library(vm, "os", FUNCTIONS).map(|_| ())
}

/// The command that runs a line of the system's shell.
pub(crate) fn shell_command(line: &[u8]) -> Command {
    let text = super::files::path_of_bytes(line);
    if cfg!(windows) {
        let mut command = Command::new("cmd");
        command.arg("/C").arg(text);
        command
    } else {
        let mut command = Command::new("/bin/sh");
        command.arg("-c").arg(text);
        command
    }
}

/// A path for a temporary file that does not exist yet.
pub(crate) fn temporary_path(vm: &Vm) -> PathBuf {
    let mut directory = std::env::temp_dir();
    for attempt in 0..100u64 {
        let name = format!(
            "lua_{:012x}",
            (vm.world.entropy() ^ attempt.wrapping_mul(0x9e37_79b9)) & 0xffff_ffff_ffff
        );
        let path = directory.join(name);
        if !path.exists() {
            return path;
        }
    }
    directory.push("lua_temporary");
    directory
}

fn clock(call: &mut Call) -> NativeResult {
    let seconds = call.vm.world.cpu_time_s();
    call.one(seconds)
}

fn date(call: &mut Call) -> NativeResult {
    let format = call.optional_string(1)?.unwrap_or(b"%c");
    let timestamp_s = if call.argument(2).is_nil() {
        call.vm.world.unix_time_s()
    } else {
        call.number(2)?
    } as i64;
    let (format, time) = match format.strip_prefix(b"!") {
        Some(rest) => (rest, CalendarTime::utc(timestamp_s)),
        None => (format, CalendarTime::local(timestamp_s)),
    };
    let Some(time) = time else {
        return call.one(Value::NIL);
    };
    if format.starts_with(b"*t") {
        let table = call.vm.new_table();
        let fields = [
            ("sec", i64::from(time.second)),
            ("min", time.minute.into()),
            ("hour", time.hour.into()),
            ("day", time.day.into()),
            ("month", time.month.into()),
            ("year", time.year),
            ("wday", i64::from(time.weekday) + 1),
            ("yday", i64::from(time.day_of_year) + 1),
        ];
        for (name, value) in fields {
            call.vm.set_field(table, name, value as f64);
        }
        call.vm.set_field(table, "isdst", time.is_daylight_saving);
        return call.one(table);
    }
    let mut text = Vec::new();
    append_formatted(&mut text, format, &time);
    call.one_string(text)
}

fn time(call: &mut Call) -> NativeResult {
    if call.argument(1).is_nil() {
        let now = call.vm.world.unix_time_s().floor();
        return call.one(now);
    }
    let table = call.table_value(1)?;
    let mut field = |name: &str, default: Option<i64>| -> Result<i64, Raised> {
        let value = call.vm.field(table, name);
        match call.vm.to_number(value) {
            Some(number) => Ok(number as i64),
            None => {
                default.ok_or_else(|| call.error(format!("field '{name}' missing in date table")))
            }
        }
    };
    let second = field("sec", Some(0))?;
    let minute = field("min", Some(0))?;
    let hour = field("hour", Some(12))?;
    let day = field("day", None)?;
    let month = field("month", None)?;
    let year = field("year", None)?;
    let daylight = call.vm.field(table, "isdst");
    let is_daylight_saving = (!daylight.is_nil()).then(|| daylight.is_truthy());
    let fields = CalendarFields {
        year,
        month,
        day,
        hour,
        minute,
        second,
        is_daylight_saving,
    };
    let timestamp = timestamp_of_local_fields(&fields);
    call.one(timestamp.map_or(Value::NIL, |seconds| Value::number(seconds as f64)))
}

fn difftime(call: &mut Call) -> NativeResult {
    let later = call.number(1)?;
    let earlier = call.optional_number(2, 0.0)?;
    call.one(later - earlier)
}

/// The number that C's `system` gives for a status.
fn status_number(status: std::process::ExitStatus) -> f64 {
    #[cfg(unix)]
    {
        use std::os::unix::process::ExitStatusExt;
        f64::from(status.into_raw())
    }
    #[cfg(not(unix))]
    {
        f64::from(status.code().unwrap_or(1))
    }
}

fn execute(call: &mut Call) -> NativeResult {
    let Some(line) = call.optional_string(1)? else {
        return call.one(1.0);
    };
    super::files::flush_standard_output(call.vm);
    match shell_command(line).status() {
        Ok(status) => call.one(status_number(status)),
        Err(_) => call.one(-1.0),
    }
}

/// What `os.exit` does when the embedding program wants to do it itself.
#[derive(Default)]
pub struct ExitHandler(pub Option<Box<dyn FnMut(i32)>>);

fn exit(call: &mut Call) -> NativeResult {
    let argument = call.argument(1);
    let code = if argument.is_boolean() {
        i32::from(!argument.is_truthy())
    } else {
        call.optional_integer(1, 0)?
    };
    super::files::flush_standard_output(call.vm);
    if let Some(handler) = &mut call.vm.extensions.get_or_default::<ExitHandler>().0 {
        handler(code);
    }
    std::process::exit(code)
}

fn getenv(call: &mut Call) -> NativeResult {
    let name = call.text(1)?;
    match call.vm.world.environment_variable(&name) {
        Some(value) => call.one_string(value),
        None => call.one(Value::NIL),
    }
}

fn remove(call: &mut Call) -> NativeResult {
    let name = call.string(1)?;
    let path = super::files::path_of_bytes(name);
    // C's remove takes empty directories too.
    let outcome = if path.is_dir() && !path.is_symlink() {
        std::fs::remove_dir(&path)
    } else {
        std::fs::remove_file(&path)
    };
    match outcome {
        Ok(()) => call.one(true),
        Err(error) => super::files::failure(call, Some(name), &error),
    }
}

fn rename(call: &mut Call) -> NativeResult {
    let (from, to) = (call.string(1)?, call.string(2)?);
    match std::fs::rename(
        super::files::path_of_bytes(from),
        super::files::path_of_bytes(to),
    ) {
        Ok(()) => call.one(true),
        Err(error) => super::files::failure(call, Some(from), &error),
    }
}

fn setlocale(call: &mut Call) -> NativeResult {
    let locale = call.optional_string(1)?;
    if let Some(category) = call.optional_string(2)?
        && ![
            &b"all"[..],
            b"collate",
            b"ctype",
            b"monetary",
            b"numeric",
            b"time",
        ]
        .contains(&category)
    {
        let message = [b"invalid option '", category, b"'"].concat();
        return Err(call.argument_error(2, message));
    }
    match locale {
        None | Some(b"" | b"C" | b"POSIX") => call.one_string("C"),
        Some(_) => call.one(Value::NIL),
    }
}

fn tmpname(call: &mut Call) -> NativeResult {
    let path = temporary_path(call.vm);
    // As C's mkstemp does, the file is made, so that nobody else gets the name.
    match std::fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .open(&path)
    {
        Ok(_) => call.one_string(path.to_string_lossy().as_bytes()),
        Err(_) => Err(call.error("unable to generate a unique filename")),
    }
}
