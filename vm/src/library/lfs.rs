//! `lfs`: LuaFileSystem's functions, which Penlight and many tools expect. Built into `rlua`, not into games: [`open`] is not
//! part of `open_all`.
//!
//! Worked example: `for name in require("lfs").dir(".") do print(name) end` lists `.`, `..` and what is in the folder.
//!
//! What crosses to the system is a handful of primitives here; the interface above them is the Lua text [`SOURCE`]. Failures are answered as
//! nil, message and number, as LuaFileSystem does. What this does not do: locks (`lock`, `unlock` and `lock_dir` raise an error that
//! says so).

use crate::builtin::{Builtin, Effects, NativeFunction, NativeResult, Recording};
use crate::call::{Call, Raised};
use crate::value::Value;
use crate::vm::Vm;
use std::fs::Metadata;
use std::path::PathBuf;
use std::time::{Duration, SystemTime};

const fn primitive(
    name: &'static str,
    signature: &'static str,
    documentation: &'static str,
    body: NativeFunction,
) -> Builtin {
    Builtin::native(
        name,
        signature,
        documentation,
        Effects::READS.and(Effects::WRITES),
        Recording::Never("input and output"),
        body,
    )
}

static PRIMITIVES: &[Builtin] = &[
    primitive(
        "lfs.list",
        "(path: string) -> any, string?",
        "Names in a folder.",
        list,
    ),
    primitive(
        "lfs.stat",
        "(path: string, follows: boolean) -> any, string?, number?",
        "What the system knows of a file.",
        stat,
    ),
    primitive(
        "lfs.chdir",
        "(path: string) -> boolean?, string?, number?",
        "Changes the folder.",
        chdir,
    ),
    primitive(
        "lfs.currentdir",
        "() -> string?, string?, number?",
        "The folder.",
        currentdir,
    ),
    primitive(
        "lfs.mkdir",
        "(path: string) -> boolean?, string?, number?",
        "Makes a folder.",
        mkdir,
    ),
    primitive(
        "lfs.rmdir",
        "(path: string) -> boolean?, string?, number?",
        "Removes a folder.",
        rmdir,
    ),
    primitive(
        "lfs.touch",
        "(path: string, [access: number], [modification: number]) -> boolean?, string?, number?",
        "Sets a file's times.",
        touch,
    ),
    primitive(
        "lfs.link",
        "(old: string, new: string, is_symbolic: boolean) -> boolean?, string?, number?",
        "Links a file.",
        link,
    ),
];

/// Everything that needs no system. Its only argument is the table of primitives.
const SOURCE: &str = r#"
local system, type, error, setmetatable = ...
local lfs = {_VERSION = "LuaFileSystem 1.8.0", _DESCRIPTION = "LuaFileSystem's interface, of rlove"}
for _, name in system.each, {"chdir", "currentdir", "mkdir", "rmdir", "touch"}, 0 do lfs[name] = system[name] end
local function attributes(name, follows)
  return function(path, wanted)
    local found, message, code = system.stat(path, follows)
    if not found then
      return nil, "cannot obtain information from file '" .. path .. "': " .. message, code
    end
    if type(wanted) == "string" then
      if found[wanted] == nil then error("invalid attribute name '" .. wanted .. "'", 2) end
      return found[wanted]
    elseif type(wanted) == "table" then
      for key, value in system.next, found do wanted[key] = value end
      return wanted
    end
    return found
  end
end
lfs.attributes = attributes("attributes", true)
lfs.symlinkattributes = attributes("symlinkattributes", false)
function lfs.dir(path)
  local names, message = system.list(path)
  if not names then error("cannot open " .. path .. ": " .. message, 2) end
  local at, is_open = 0, true
  local folder = {}
  function folder.next()
    if not is_open then error("closed directory", 2) end
    at = at + 1
    if names[at] == nil then is_open = false end
    return names[at]
  end
  function folder.close() is_open = false end
  local handle = setmetatable({}, {__index = folder})
  return folder.next, handle
end
function lfs.link(old, new, is_symbolic) return system.link(old, new, is_symbolic and true or false) end
function lfs.setmode(file, mode) return true, "binary" end
for _, name in system.each, {"lock", "unlock", "lock_dir"}, 0 do
  lfs[name] = function() error("lfs." .. name .. " is not supported by rlua", 2) end
end
return lfs
"#;

/// Makes `require "lfs"` work.
pub fn open(vm: &mut Vm) -> Result<(), Raised> {
    super::preload_value(vm, "lfs", make)
}

fn make(vm: &mut Vm) -> Result<Value, Raised> {
    let system = vm.new_table();
    vm.register(system, PRIMITIVES)?;
    let globals = vm.globals();
    let registry = vm.registry();
    let loaded = vm.field(registry, "_LOADED");
    let base = vm.field(loaded, "_G");
    let base = if base.is_nil() { globals } else { base };
    let next = vm.field(base, "next");
    vm.set_field(system, "next", next);
    // `ipairs`' iterator, whatever the program has made of the global.
    let each = vm.load_source(
        b"return function(list, index) index = index + 1 if list[index] then return index, list[index] end end",
        b"=[builtin:lfs]",
    )?;
    let each = vm.call_function(each, &[])?;
    vm.set_field(system, "each", each.first().copied().unwrap_or(Value::NIL));
    let chunk = vm.load_source(SOURCE.as_bytes(), b"=[builtin:lfs]")?;
    let arguments = [
        system,
        vm.field(base, "type"),
        vm.field(base, "error"),
        vm.field(base, "setmetatable"),
    ];
    let results = vm.call_function(chunk, &arguments)?;
    Ok(results.first().copied().unwrap_or(Value::NIL))
}

fn path(call: &mut Call, index: u32) -> Result<PathBuf, Raised> {
    let bytes = call.string(index)?;
    Ok(PathBuf::from(String::from_utf8_lossy(bytes).into_owned()))
}

/// What the system said, without Rust's addition.
fn reason(error: &std::io::Error) -> String {
    let text = error.to_string();
    text.split(" (os error").next().unwrap_or(&text).to_owned()
}

fn failure(call: &mut Call, error: &std::io::Error) -> NativeResult {
    let message = call.new_string(reason(error).as_bytes())?;
    let code = Value::from(error.raw_os_error().unwrap_or(0));
    call.many(&[Value::NIL, message, code])
}

fn answer(call: &mut Call, result: std::io::Result<()>) -> NativeResult {
    match result {
        Ok(()) => call.one(Value::TRUE),
        Err(error) => failure(call, &error),
    }
}

fn list(call: &mut Call) -> NativeResult {
    let entries = match std::fs::read_dir(path(call, 1)?) {
        Ok(entries) => entries,
        Err(error) => return failure(call, &error),
    };
    let names = call.vm.new_table();
    call.push(names);
    let mut all = vec![b".".to_vec(), b"..".to_vec()];
    all.extend(entries.flatten().map(|entry| {
        entry
            .file_name()
            .to_string_lossy()
            .into_owned()
            .into_bytes()
    }));
    for (index, name) in all.iter().enumerate() {
        let name = call.new_string(name)?;
        call.vm.raw_set_index(names, index as i64 + 1, name)?;
    }
    call.one(names)
}

fn seconds(time: std::io::Result<SystemTime>) -> f64 {
    let since = time.map(|time| time.duration_since(SystemTime::UNIX_EPOCH));
    since.map_or(0.0, |since| {
        since.map_or(0.0, |since| since.as_secs() as f64)
    })
}

/// LuaFileSystem's word for the kind of a file.
fn kind(found: &Metadata) -> &'static str {
    #[cfg(unix)]
    {
        use std::os::unix::fs::FileTypeExt;
        let kind = found.file_type();
        if kind.is_socket() {
            return "socket";
        } else if kind.is_fifo() {
            return "named pipe";
        } else if kind.is_char_device() {
            return "char device";
        } else if kind.is_block_device() {
            return "block device";
        }
    }
    if found.is_symlink() {
        "link"
    } else if found.is_dir() {
        "directory"
    } else if found.is_file() {
        "file"
    } else {
        "other"
    }
}

/// The numbers that only some systems have, by name, and the permissions.
#[cfg(unix)]
fn details(found: &Metadata) -> (Vec<(&'static str, f64)>, u32) {
    use std::os::unix::fs::MetadataExt;
    let numbers = vec![
        ("dev", found.dev() as f64),
        ("ino", found.ino() as f64),
        ("nlink", found.nlink() as f64),
        ("uid", f64::from(found.uid())),
        ("gid", f64::from(found.gid())),
        ("rdev", found.rdev() as f64),
        ("change", found.ctime() as f64),
        ("blocks", found.blocks() as f64),
        ("blksize", found.blksize() as f64),
    ];
    (numbers, found.mode())
}

/// The numbers that only some systems have, by name, and the permissions.
#[cfg(not(unix))]
fn details(found: &Metadata) -> (Vec<(&'static str, f64)>, u32) {
    let mode = if found.permissions().readonly() {
        0o444
    } else {
        0o666
    };
    (
        vec![("nlink", 1.0), ("change", seconds(found.modified()))],
        mode,
    )
}

fn stat(call: &mut Call) -> NativeResult {
    let place = path(call, 1)?;
    let found = if call.truth(2) {
        std::fs::metadata(place)
    } else {
        std::fs::symlink_metadata(place)
    };
    let found = match found {
        Ok(found) => found,
        Err(error) => return failure(call, &error),
    };
    let table = call.vm.new_table();
    call.push(table);
    let mode = call.new_string(kind(&found).as_bytes())?;
    call.vm.set_field(table, "mode", mode);
    let (mut numbers, bits) = details(&found);
    numbers.push(("size", found.len() as f64));
    numbers.push(("access", seconds(found.accessed())));
    numbers.push(("modification", seconds(found.modified())));
    for (name, number) in numbers {
        call.vm.set_field(table, name, Value::from(number));
    }
    let letters: String = (0..9)
        .map(|index| {
            let is_set = bits >> (8 - index) & 1 != 0;
            if is_set {
                b"rwx"[index % 3] as char
            } else {
                '-'
            }
        })
        .collect();
    let permissions = call.new_string(letters.as_bytes())?;
    call.vm.set_field(table, "permissions", permissions);
    call.one(table)
}

fn chdir(call: &mut Call) -> NativeResult {
    let place = path(call, 1)?;
    match std::env::set_current_dir(&place) {
        Ok(()) => call.one(Value::TRUE),
        Err(error) => {
            let text = format!(
                "Unable to change working directory to '{}'\n{}\n",
                place.display(),
                reason(&error)
            );
            call.nil_and_message(text)
        }
    }
}

fn currentdir(call: &mut Call) -> NativeResult {
    match std::env::current_dir() {
        Ok(place) => call.one_string(place.to_string_lossy().as_bytes()),
        Err(error) => failure(call, &error),
    }
}

fn mkdir(call: &mut Call) -> NativeResult {
    let result = std::fs::create_dir(path(call, 1)?);
    answer(call, result)
}

fn rmdir(call: &mut Call) -> NativeResult {
    let result = std::fs::remove_dir(path(call, 1)?);
    answer(call, result)
}

fn touch(call: &mut Call) -> NativeResult {
    let place = path(call, 1)?;
    let now = SystemTime::now();
    let time = |seconds: f64| {
        let whole = Duration::try_from_secs_f64(seconds.max(0.0)).unwrap_or_default();
        SystemTime::UNIX_EPOCH + whole
    };
    let access = if call.has_argument(2) {
        time(call.number(2)?)
    } else {
        now
    };
    let modification = if call.has_argument(3) {
        time(call.number(3)?)
    } else {
        access
    };
    let times = std::fs::FileTimes::new()
        .set_accessed(access)
        .set_modified(modification);
    let result = std::fs::File::options()
        .append(true)
        .open(place)
        .and_then(|file| file.set_times(times));
    answer(call, result)
}

fn link(call: &mut Call) -> NativeResult {
    let (old, new) = (path(call, 1)?, path(call, 2)?);
    if !call.truth(3) {
        let result = std::fs::hard_link(old, new);
        return answer(call, result);
    }
    #[cfg(unix)]
    {
        let result = std::os::unix::fs::symlink(old, new);
        answer(call, result)
    }
    #[cfg(not(unix))]
    Err(call.error("symbolic links are not supported on this system"))
}
