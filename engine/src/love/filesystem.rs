//! `love.filesystem`, and how `require` finds the game's files.

use super::data_object::{self, FileHooks, ReadFile};
use super::filesystem_file::{
    DROPPED_FILE, FILE, LuaFile, answer_bytes, bytes_to_write, check_mode, line_iterator, new_file,
    wants_data,
};
use super::object::{optional_object, push_object};
use super::{BY_EFFECTS, Module, context, context_of, enum_error};
use crate::filesystem::{FileMode, FileType, user_directory};
use rlove_vm::builtin::{Builtin, Effects};
use rlove_vm::bytecode::disassemble::disassemble;
use rlove_vm::call::{Call, NativeResult, Raised};
use rlove_vm::syntax;
use rlove_vm::value::Value;
use rlove_vm::vm::Vm;
use std::rc::Rc;

/// `love.filesystem`
pub static MODULE: Module = Module {
    name: "filesystem",
    functions: FUNCTIONS,
    types: &[&FILE, &DROPPED_FILE, &data_object::FILE_DATA],
};

const FILE_TYPES: &[&str] = &["file", "directory", "symlink", "other"];

static FUNCTIONS: &[Builtin] = builtins![
    "love.filesystem.init", "(program: string)", "Does nothing: the program has set the filesystem up.", Effects::READS, nothing;
    "love.filesystem.setFused", "(fused: boolean)", "Whether program and game are one file.", Effects::WRITES, set_fused;
    "love.filesystem.isFused", "() -> boolean", "Whether program and game are one file.", Effects::READS, is_fused;
    "love.filesystem.setIdentity", "(name: string, append: boolean = false)", "Names the save directory.", Effects::WRITES, set_identity;
    "love.filesystem.getIdentity", "() -> string", "Name of the save directory.", Effects::READS, get_identity;
    "love.filesystem.setSource", "(path: string)", "Refused: the program has set the source.", Effects::WRITES, set_source;
    "love.filesystem.getSource", "() -> string", "The game's folder or archive.", Effects::READS, get_source;
    "love.filesystem.getSourceBaseDirectory", "() -> string", "The folder that the game lies in.", Effects::READS, get_source_base_directory;
    "love.filesystem.getSaveDirectory", "() -> string", "The folder that the game writes to.", Effects::READS, get_save_directory;
    "love.filesystem.getAppdataDirectory", "() -> string", "The user's folder for data of programs.", Effects::READS, get_appdata_directory;
    "love.filesystem.getUserDirectory", "() -> string", "The user's folder.", Effects::READS, get_user_directory;
    "love.filesystem.getWorkingDirectory", "() -> string", "The folder that the program was started in.", Effects::READS, get_working_directory;
    "love.filesystem.getExecutablePath", "() -> string", "The program's file.", Effects::READS, get_executable_path;
    "love.filesystem.getRealDirectory", "(path: string) -> string?, string?", "The folder or archive that a file comes from.", Effects::READS, get_real_directory;
    "love.filesystem.getInfo", "(path: string, type: string = nil, info: table = nil) -> table? | (path: string, info: table) -> table?", "What lies at a path.", Effects::ALLOCATES, get_info;
    "love.filesystem.getDirectoryItems", "(path: string) -> table", "Names in a folder.", Effects::ALLOCATES, get_directory_items;
    "love.filesystem.read", "(path: string, size: number = nil) -> string?, any | (container: string, path: string, size: number = nil) -> any, any", "The bytes of a file.", Effects::ALLOCATES, read;
    "love.filesystem.write", "(path: string, data: any, size: number = nil) -> boolean?, string?", "Replaces a file of the save directory.", Effects::WRITES, write;
    "love.filesystem.append", "(path: string, data: any, size: number = nil) -> boolean?, string?", "Adds to a file of the save directory.", Effects::WRITES, append;
    "love.filesystem.lines", "(path: string) -> function", "An iterator over the lines of a file.", Effects::ALLOCATES, lines;
    "love.filesystem.load", "(path: string) -> function?, string?", "Loads a file of Lua without running it.", Effects::ALLOCATES, load;
    "love.filesystem.createDirectory", "(path: string) -> boolean", "Creates a folder of the save directory.", Effects::WRITES, create_directory;
    "love.filesystem.remove", "(path: string) -> boolean", "Removes a file or empty folder of the save directory.", Effects::WRITES, remove;
    "love.filesystem.mount", "(archive: any, mountpoint: string, append: boolean = false) -> boolean | (data: Data, name: string, mountpoint: string, append: boolean = false) -> boolean", "Makes the files of an archive visible.", Effects::WRITES, mount;
    "love.filesystem.unmount", "(archive: any) -> boolean", "Takes a mounted archive away.", Effects::WRITES, unmount;
    "love.filesystem.newFile", "(path: string, mode: string = nil) -> File?, string?", "A file object.", Effects::ALLOCATES, new_file_object;
    "love.filesystem.newFileData", "(contents: any, name: string) -> FileData | (path: string) -> FileData?, string?", "The bytes of a file as an object.", Effects::ALLOCATES, new_file_data;
    "love.filesystem.getRequirePath", "() -> string", "Patterns that require searches.", Effects::READS, get_require_path;
    "love.filesystem.setRequirePath", "(path: string)", "Patterns that require searches.", Effects::WRITES, set_require_path;
    "love.filesystem.getCRequirePath", "() -> string", "Patterns for native libraries.", Effects::READS, get_c_require_path;
    "love.filesystem.setCRequirePath", "(path: string)", "Patterns for native libraries.", Effects::WRITES, set_c_require_path;
    "love.filesystem.setSymlinksEnabled", "(enable: boolean)", "Whether links are followed.", Effects::WRITES, set_symlinks_enabled;
    "love.filesystem.areSymlinksEnabled", "() -> boolean", "Whether links are followed.", Effects::READS, are_symlinks_enabled;
    "love.filesystem.exists", "(path: string) -> boolean", "Deprecated: use getInfo.", Effects::READS, exists;
    "love.filesystem.isFile", "(path: string) -> boolean", "Deprecated: use getInfo.", Effects::READS, is_file;
    "love.filesystem.isDirectory", "(path: string) -> boolean", "Deprecated: use getInfo.", Effects::READS, is_directory;
    "love.filesystem.isSymlink", "(path: string) -> boolean", "Deprecated: use getInfo.", Effects::READS, is_symlink;
    "love.filesystem.getSize", "(path: string) -> number?, string?", "Deprecated: use getInfo.", Effects::READS, get_size;
    "love.filesystem.getLastModified", "(path: string) -> number?, string?", "Deprecated: use getInfo.", Effects::READS, get_last_modified;
    "love.filesystem._setAndroidSaveExternal", "(enable: boolean)", "Does nothing outside phones.", Effects::READS, nothing;
];

/// Lets other modules read and write files, and `require` find the game's.
pub fn install(vm: &mut Vm) -> Result<(), Raised> {
    let hooks = FileHooks {
        read: Some(Rc::new(|vm, value| {
            let name = match value.string_bytes() {
                Some(bytes) => String::from_utf8_lossy(bytes).into_owned(),
                None => {
                    let file = super::object::handle_of(vm, value)
                        .and_then(|handle| handle.object())
                        .and_then(|object| object.downcast::<LuaFile>().ok())
                        .ok_or("filename, File, or FileData expected")?;
                    return read_object(vm, &file);
                }
            };
            let bytes = context_of(vm).filesystem.borrow().read(&name)?;
            Ok(ReadFile { name, bytes })
        })),
        write: Some(Rc::new(|vm, name, bytes| {
            context_of(vm).filesystem.borrow_mut().write(name, bytes)
        })),
    };
    vm.extensions.insert(hooks);
    let globals = vm.globals();
    let package = vm.field(globals, "package");
    let loaders = vm.field(package, "loaders");
    let searcher = vm.new_native_function(search_module, &SEARCH_MODULE, &[]);
    // Behind package.preload, before the machine's own folders.
    let count = vm.raw_length(loaders);
    for index in (2..=count).rev() {
        let loader = vm.raw_get_index(loaders, index as i64);
        vm.raw_set_index(loaders, index as i64 + 1, loader)?;
    }
    vm.raw_set_index(loaders, 2, searcher)
}

static SEARCH_MODULE: Builtin = Builtin::native(
    "love.search module",
    "(name: string) -> any",
    "Finds a module in the game's files.",
    Effects::ALLOCATES,
    BY_EFFECTS,
    search_module,
);

fn search_module(call: &mut Call<'_>) -> NativeResult {
    let name = call.text(1)?;
    let file = context(call).filesystem.borrow().module_file(&name);
    match file {
        Some(file) => load_chunk(call, &file),
        None => call.one_string(format!(
            "\n\tno '{}' in LOVE game directories.",
            name.replace('.', "/")
        )),
    }
}

/// The contents of a `File` object, from its beginning.
fn read_object(vm: &mut Vm, file: &Rc<LuaFile>) -> Result<ReadFile, String> {
    let context = context_of(vm);
    let mut file = file.file.borrow_mut();
    let name = file.name.clone();
    if file.mode == FileMode::Read {
        file.seek(0);
        let bytes = file.read(usize::MAX)?.to_vec();
        return Ok(ReadFile { name, bytes });
    }
    let bytes = context.filesystem.borrow().read(&name)?;
    Ok(ReadFile { name, bytes })
}

fn nothing(call: &mut Call<'_>) -> NativeResult {
    call.none()
}

fn set_fused(call: &mut Call<'_>) -> NativeResult {
    call.none()
}

fn is_fused(call: &mut Call<'_>) -> NativeResult {
    let is_fused = context(call).filesystem.borrow().is_fused();
    call.one(Value::boolean(is_fused))
}

fn set_identity(call: &mut Call<'_>) -> NativeResult {
    let identity = call.text(1)?;
    let appends = call.truth(2);
    context(call)
        .filesystem
        .borrow_mut()
        .set_identity(&identity, appends);
    call.none()
}

fn get_identity(call: &mut Call<'_>) -> NativeResult {
    let identity = context(call).filesystem.borrow().identity().to_owned();
    call.one_string(identity)
}

fn set_source(call: &mut Call<'_>) -> NativeResult {
    call.string(1)?;
    Err(call.error("Could not set source."))
}

fn get_source(call: &mut Call<'_>) -> NativeResult {
    let source = context(call).filesystem.borrow().source().to_owned();
    call.one_string(source)
}

fn get_source_base_directory(call: &mut Call<'_>) -> NativeResult {
    let folder = context(call).filesystem.borrow().source_base_directory();
    call.one_string(folder)
}

fn get_save_directory(call: &mut Call<'_>) -> NativeResult {
    let folder = context(call)
        .filesystem
        .borrow()
        .save_directory()
        .to_owned();
    call.one_string(folder)
}

fn get_appdata_directory(call: &mut Call<'_>) -> NativeResult {
    let folder = context(call).filesystem.borrow().appdata_directory();
    call.one_string(folder)
}

fn get_user_directory(call: &mut Call<'_>) -> NativeResult {
    call.one_string(user_directory())
}

fn get_working_directory(call: &mut Call<'_>) -> NativeResult {
    let folder = std::env::current_dir().map(|folder| folder.to_string_lossy().replace('\\', "/"));
    call.one_string(folder.unwrap_or_default())
}

fn get_executable_path(call: &mut Call<'_>) -> NativeResult {
    let path = std::env::current_exe().map(|path| path.to_string_lossy().replace('\\', "/"));
    call.one_string(path.unwrap_or_default())
}

fn get_real_directory(call: &mut Call<'_>) -> NativeResult {
    let path = call.text(1)?;
    let folder = context(call).filesystem.borrow().real_directory(&path);
    match folder {
        Some(folder) => call.one_string(folder),
        None => call.nil_and_message("File does not exist on disk."),
    }
}

fn get_info(call: &mut Call<'_>) -> NativeResult {
    let path = call.text(1)?;
    let mut table_index = 2;
    let mut wanted = None;
    if call.argument(2).is_string() {
        let name = call.text(2)?;
        if !FILE_TYPES.contains(&name.as_str()) {
            return Err(enum_error(call, "file type", FILE_TYPES, &name));
        }
        wanted = Some(name);
        table_index = 3;
    }
    let info = context(call).filesystem.borrow().info(&path);
    let Some(info) = info.filter(|info| {
        wanted
            .as_deref()
            .is_none_or(|name| name == info.file_type.name())
    }) else {
        return call.one(Value::NIL);
    };
    let table = call.argument(table_index);
    let table = if table.is_table() {
        table
    } else {
        call.vm.new_table()
    };
    let kind = call.new_string(info.file_type.name().as_bytes())?;
    call.vm.set_field(table, "type", kind);
    if super::is_version_12(call.vm) {
        let is_read_only = context(call).filesystem.borrow().is_read_only(&path);
        call.vm
            .set_field(table, "readonly", Value::boolean(is_read_only));
    }
    if let Some(size) = info.size_bytes {
        call.vm.set_field(table, "size", Value::number(size as f64));
    }
    if let Some(modified) = info.modified_seconds {
        call.vm
            .set_field(table, "modtime", Value::number(modified as f64));
    }
    call.one(table)
}

fn get_directory_items(call: &mut Call<'_>) -> NativeResult {
    let path = call.text(1)?;
    let items = context(call).filesystem.borrow().directory_items(&path);
    let list = call.vm.new_table();
    for (index, item) in items.iter().enumerate() {
        let item = call.new_string(item.as_bytes())?;
        call.vm.raw_set_index(list, index as i64 + 1, item)?;
    }
    call.one(list)
}

fn read(call: &mut Call<'_>) -> NativeResult {
    let has_container = call.argument(2).is_string();
    let is_data = has_container && wants_data(call, 1)?;
    let index = if has_container { 2 } else { 1 };
    let path = call.text(index)?;
    let size = if call.argument(index + 1).is_nil() {
        None
    } else {
        Some(call.number(index + 1)?)
    };
    if size.is_some_and(|size| size < 0.0) {
        return call.nil_and_message("Invalid read size.");
    }
    let bytes = context(call).filesystem.borrow().read(&path);
    match bytes {
        Err(problem) => call.nil_and_message(problem),
        Ok(mut bytes) => {
            if let Some(size) = size {
                bytes.truncate(size as usize);
            }
            answer_bytes(call, is_data, &path, bytes)
        }
    }
}

fn store(call: &mut Call<'_>, appends: bool) -> NativeResult {
    let path = call.text(1)?;
    let bytes = bytes_to_write(call, 2)?;
    let context = context(call);
    let stored = if appends {
        context.filesystem.borrow_mut().append(&path, &bytes)
    } else {
        context.filesystem.borrow_mut().write(&path, &bytes)
    };
    match stored {
        Ok(()) => call.one(Value::boolean(true)),
        Err(problem) => call.nil_and_message(problem),
    }
}

fn write(call: &mut Call<'_>) -> NativeResult {
    store(call, false)
}

fn append(call: &mut Call<'_>) -> NativeResult {
    store(call, true)
}

fn lines(call: &mut Call<'_>) -> NativeResult {
    if !call.argument(1).is_string() {
        return Err(call.argument_error(1, "expected filename."));
    }
    let name = call.text(1)?;
    let file = new_file(&name);
    let context = context(call);
    let opened = file
        .file
        .borrow_mut()
        .open(FileMode::Read, &mut context.filesystem.borrow_mut());
    if let Err(problem) = opened {
        return Err(call.error(problem));
    }
    let value = push_object(call.vm, file);
    line_iterator(call, value)
}

fn load(call: &mut Call<'_>) -> NativeResult {
    let path = call.text(1)?;
    load_chunk(call, &path)
}

/// Prints the stages of a file that `--dump` asks for. What cannot be parsed is reported when it is compiled.
fn dump_stages(call: &mut Call<'_>, source: &[u8], path: &str) {
    let name = format!("@{path}");
    for stage in &context(call).start.dump_stages {
        let text = match stage.as_str() {
            "tokens" => syntax::dump::dump_tokens(source, name.as_bytes()).ok(),
            "ast" => syntax::parse(source, name.as_bytes())
                .map(|chunk| syntax::dump::dump_chunk(&chunk))
                .ok(),
            "bc" => rlove_vm::compiler::compile(source, name.as_bytes())
                .map(|function| disassemble(&function))
                .ok(),
            // The trace compiler's stages show themselves.
            _ => None,
        };
        if let Some(text) = text {
            let text = format!("-- {stage} of {path}\n{text}");
            rlove_vm::library::files::write_standard_output(call.vm, text.as_bytes());
        }
    }
}

/// Compiles a file; a file that cannot be read is nil and a message, a syntax error is raised.
fn load_chunk(call: &mut Call<'_>, path: &str) -> NativeResult {
    let bytes = context(call).filesystem.borrow().read(path);
    let bytes = match bytes {
        Ok(bytes) => bytes,
        Err(problem) => return call.nil_and_message(problem),
    };
    dump_stages(call, &bytes, path);
    match call.vm.load_source(&bytes, format!("@{path}").as_bytes()) {
        Ok(chunk) => call.one(chunk),
        Err(Raised) => {
            let problem = call.vm.take_error();
            let mut message = b"Syntax error: ".to_vec();
            message.extend(call.vm.string_or_number_bytes(problem).unwrap_or_default());
            message.push(b'\n');
            Err(call.error(message))
        }
    }
}

fn create_directory(call: &mut Call<'_>) -> NativeResult {
    let path = call.text(1)?;
    let is_created = context(call)
        .filesystem
        .borrow_mut()
        .create_directory(&path);
    call.one(Value::boolean(is_created))
}

fn remove(call: &mut Call<'_>) -> NativeResult {
    let path = call.text(1)?;
    let is_removed = context(call).filesystem.borrow_mut().remove(&path);
    call.one(Value::boolean(is_removed))
}

fn mount(call: &mut Call<'_>) -> NativeResult {
    let first = call.argument(1);
    let context = context(call);
    if let Some(data) = data_object::data(call.vm, first) {
        let own_name = data.file_name().map(str::to_owned);
        let (name, index) = match own_name {
            Some(name) if !call.argument(3).is_string() => (name, 2),
            _ => (call.text(2)?, 3),
        };
        let mount_point = call.text(index)?;
        let appends = call.truth(index + 1);
        let is_mounted =
            context
                .filesystem
                .borrow_mut()
                .mount_data(data.to_vec(), &name, &mount_point, appends);
        return call.one(Value::boolean(is_mounted));
    }
    let archive = match optional_object::<LuaFile>(call, 1) {
        Some(file) => file.file.borrow().name.clone(),
        None => call.text(1)?,
    };
    let mount_point = call.text(2)?;
    let appends = call.truth(3);
    let is_mounted = context
        .filesystem
        .borrow_mut()
        .mount(&archive, &mount_point, appends);
    call.one(Value::boolean(is_mounted))
}

fn unmount(call: &mut Call<'_>) -> NativeResult {
    let first = call.argument(1);
    let archive = match data_object::data(call.vm, first) {
        Some(data) => data.file_name().unwrap_or("").to_owned(),
        None => call.text(1)?,
    };
    let is_unmounted = context(call).filesystem.borrow_mut().unmount(&archive);
    call.one(Value::boolean(is_unmounted))
}

fn new_file_object(call: &mut Call<'_>) -> NativeResult {
    let name = call.text(1)?;
    let file = new_file(&name);
    if call.argument(2).is_string() {
        let mode = check_mode(call, 2)?;
        let context = context(call);
        let opened = file
            .file
            .borrow_mut()
            .open(mode, &mut context.filesystem.borrow_mut());
        if let Err(problem) = opened {
            return call.nil_and_message(problem);
        }
    }
    let value = push_object(call.vm, file);
    call.one(value)
}

fn new_file_data(call: &mut Call<'_>) -> NativeResult {
    if call.argument_count() == 1 {
        let value = call.argument(1);
        if !value.is_string() && optional_object::<LuaFile>(call, 1).is_none() {
            return Err(call.argument_error(1, "filename or File expected"));
        }
        return match data_object::read_file(call.vm, value) {
            Ok(file) => {
                let data = data_object::push_file_data(call.vm, file.name, file.bytes);
                call.one(data)
            }
            Err(problem) => call.nil_and_message(problem),
        };
    }
    let bytes = data_object::string_or_data(call, 1)?;
    let name = call.text(2)?;
    let data = data_object::push_file_data(call.vm, name, bytes);
    call.one(data)
}

fn split(path: &str) -> Vec<String> {
    path.split(';').map(str::to_owned).collect()
}

fn get_require_path(call: &mut Call<'_>) -> NativeResult {
    let path = context(call).filesystem.borrow().require_path.join(";");
    call.one_string(path)
}

fn set_require_path(call: &mut Call<'_>) -> NativeResult {
    let path = call.text(1)?;
    context(call).filesystem.borrow_mut().require_path = split(&path);
    call.none()
}

fn get_c_require_path(call: &mut Call<'_>) -> NativeResult {
    let path = context(call).filesystem.borrow().c_require_path.join(";");
    call.one_string(path)
}

fn set_c_require_path(call: &mut Call<'_>) -> NativeResult {
    let path = call.text(1)?;
    context(call).filesystem.borrow_mut().c_require_path = split(&path);
    call.none()
}

fn set_symlinks_enabled(call: &mut Call<'_>) -> NativeResult {
    let follows = call.boolean(1)?;
    context(call).filesystem.borrow_mut().follows_symlinks = follows;
    call.none()
}

fn are_symlinks_enabled(call: &mut Call<'_>) -> NativeResult {
    let follows = context(call).filesystem.borrow().follows_symlinks;
    call.one(Value::boolean(follows))
}

fn is_of_type(call: &mut Call<'_>, wanted: Option<FileType>) -> NativeResult {
    let path = call.text(1)?;
    let info = context(call).filesystem.borrow().info(&path);
    let is_it = info.is_some_and(|info| wanted.is_none_or(|wanted| info.file_type == wanted));
    call.one(Value::boolean(is_it))
}

fn exists(call: &mut Call<'_>) -> NativeResult {
    is_of_type(call, None)
}

fn is_file(call: &mut Call<'_>) -> NativeResult {
    is_of_type(call, Some(FileType::File))
}

fn is_directory(call: &mut Call<'_>) -> NativeResult {
    is_of_type(call, Some(FileType::Directory))
}

fn is_symlink(call: &mut Call<'_>) -> NativeResult {
    is_of_type(call, Some(FileType::Symlink))
}

fn get_size(call: &mut Call<'_>) -> NativeResult {
    let path = call.text(1)?;
    let info = context(call).filesystem.borrow().info(&path);
    match info.map(|info| info.size_bytes) {
        Some(Some(size)) => call.one(size as f64),
        Some(None) => call.nil_and_message("Could not determine file size."),
        None => call.nil_and_message("File does not exist"),
    }
}

fn get_last_modified(call: &mut Call<'_>) -> NativeResult {
    let path = call.text(1)?;
    let info = context(call).filesystem.borrow().info(&path);
    match info.map(|info| info.modified_seconds) {
        Some(Some(modified)) => call.one(modified as f64),
        Some(None) => call.nil_and_message("Could not determine file modification date."),
        None => call.nil_and_message("File does not exist"),
    }
}
