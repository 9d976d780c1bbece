//! What 12 adds to `love.filesystem`: files opened by name, mounts by full path, common folders.

use crate::filesystem::appdata_directory;
use crate::love::filesystem_file::{check_mode, new_file};
use crate::love::object::push_object;
use crate::love::{context, enum_error};
use rlove_vm::builtin::{Builtin, Effects, Raised};
use rlove_vm::call::{Call, NativeResult};
use rlove_vm::value::Value;

pub(super) static FUNCTIONS: &[Builtin] = builtins![
    "love.filesystem.openFile", "(path: string, mode: string) -> File?, string?", "Opens a file.", Effects::ALLOCATES, open_file;
    "love.filesystem.mountFullPath", "(path: string, mountpoint: string, permissions: string = \"read\", append: boolean = false) -> boolean", "Makes the files of a folder or archive of the machine visible.", Effects::WRITES, mount_full_path;
    "love.filesystem.unmountFullPath", "(path: string) -> boolean", "Takes it away.", Effects::WRITES, unmount_full_path;
    "love.filesystem.getFullCommonPath", "(name: string) -> string", "Path of a folder that every user has.", Effects::READS, get_full_common_path;
    "love.filesystem.mountCommonPath", "(name: string, mountpoint: string, permissions: string = \"read\", append: boolean = false) -> boolean", "Makes a folder that every user has visible.", Effects::WRITES, mount_common_path;
    "love.filesystem.unmountCommonPath", "(name: string) -> boolean", "Takes it away.", Effects::WRITES, unmount_common_path;
    "love.filesystem.canonicalizeRealPath", "(path: string) -> string", "A path of the machine without links and dots.", Effects::READS, canonicalize_real_path;
];

const COMMON_PATHS: &[&str] = &[
    "appsavedir",
    "appdocuments",
    "userhome",
    "userappdata",
    "userdesktop",
    "userdocuments",
];

const PERMISSIONS: &[&str] = &["read", "readwrite"];

fn open_file(call: &mut Call<'_>) -> NativeResult {
    let name = call.text(1)?;
    let mode = check_mode(call, 2)?;
    let file = new_file(&name);
    let context = context(call);
    let opened = file
        .file
        .borrow_mut()
        .open(mode, &mut context.filesystem.borrow_mut());
    if let Err(problem) = opened {
        return call.nil_and_message(problem);
    }
    let value = push_object(call.vm, file);
    call.one(value)
}

/// The permissions in argument `index`: whether writing is wanted.
fn permissions(call: &mut Call<'_>, index: u32) -> Result<bool, Raised> {
    if call.argument(index).is_nil() {
        return Ok(false);
    }
    let name = call.text(index)?;
    if !PERMISSIONS.contains(&name.as_str()) {
        return Err(enum_error(call, "mount permissions", PERMISSIONS, &name));
    }
    Ok(name == "readwrite")
}

/// Mounts a place of the machine with the arguments from 2 on. Writing goes to the save directory only, so a mount that may be written to
/// is readable alone.
fn mount_place(call: &mut Call<'_>, place: &str) -> NativeResult {
    let mount_point = call.text(2)?;
    permissions(call, 3)?;
    let appends = !call.argument(4).is_nil() && call.boolean(4)?;
    let is_mounted =
        context(call)
            .filesystem
            .borrow_mut()
            .mount_full_path(place, &mount_point, appends);
    call.one(Value::boolean(is_mounted))
}

fn mount_full_path(call: &mut Call<'_>) -> NativeResult {
    let place = call.text(1)?;
    mount_place(call, &place)
}

fn unmount_place(call: &mut Call<'_>, place: &str) -> NativeResult {
    let is_gone = context(call)
        .filesystem
        .borrow_mut()
        .unmount_full_path(place);
    call.one(Value::boolean(is_gone))
}

fn unmount_full_path(call: &mut Call<'_>) -> NativeResult {
    let place = call.text(1)?;
    unmount_place(call, &place)
}

/// The folder that argument 1 names.
fn common_path(call: &mut Call<'_>) -> Result<String, Raised> {
    let name = call.text(1)?;
    let context = context(call);
    let files = context.filesystem.borrow();
    let home = crate::filesystem::user_directory();
    let place = match name.as_str() {
        "appsavedir" => files.save_directory().to_owned(),
        "appdocuments" => format!("{home}Documents/{}", files.identity()),
        "userhome" => home,
        "userappdata" => appdata_directory(),
        "userdesktop" => format!("{home}Desktop"),
        "userdocuments" => format!("{home}Documents"),
        _ => {
            drop(files);
            return Err(enum_error(call, "common path", COMMON_PATHS, &name));
        }
    };
    Ok(place)
}

fn get_full_common_path(call: &mut Call<'_>) -> NativeResult {
    let place = common_path(call)?;
    call.one_string(place)
}

fn mount_common_path(call: &mut Call<'_>) -> NativeResult {
    let place = common_path(call)?;
    if call.text(1)? != "userdesktop" && permissions(call, 3)? {
        // A folder of the user's that a game may write to is made, as 12 does; failing that the mount fails.
        let _ = std::fs::create_dir_all(&place);
    }
    mount_place(call, &place)
}

fn unmount_common_path(call: &mut Call<'_>) -> NativeResult {
    let place = common_path(call)?;
    unmount_place(call, &place)
}

fn canonicalize_real_path(call: &mut Call<'_>) -> NativeResult {
    let place = call.text(1)?;
    match std::fs::canonicalize(&place) {
        Ok(real) => call.one_string(real.to_string_lossy().as_bytes()),
        Err(problem) => Err(call.error(format!("{place}: {problem}"))),
    }
}
