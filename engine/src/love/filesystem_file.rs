//! `File` objects of `love.filesystem`.

use super::data_object;
use super::object::{LoveObject, OBJECT, ObjectType, object, push_object};
use super::{BY_EFFECTS, context, enum_error};
use crate::filesystem::{BufferMode, FileMode, GameFile};
use rlove_vm::builtin::{Builtin, Effects};
use rlove_vm::call::{Call, NativeResult, Raised};
use rlove_vm::value::Value;
use rlove_vm::vm::Vm;
use std::cell::RefCell;
use std::rc::Rc;

/// A file of a game in Lua.
pub struct LuaFile {
    /// The file.
    pub file: RefCell<GameFile>,
    is_dropped: bool,
}

/// `File`
pub static FILE: ObjectType = ObjectType {
    name: "File",
    parent: Some(&OBJECT),
    methods: METHODS,
};

/// `DroppedFile`
pub static DROPPED_FILE: ObjectType = ObjectType {
    name: "DroppedFile",
    parent: Some(&FILE),
    methods: &[],
};

impl LoveObject for LuaFile {
    fn object_type(&self) -> &'static ObjectType {
        if self.is_dropped {
            &DROPPED_FILE
        } else {
            &FILE
        }
    }
}

static METHODS: &[Builtin] = builtins![
    "File:open", "(file: File, mode: string) -> boolean, string?", "Opens the file.", Effects::WRITES, open;
    "File:close", "(file: File) -> boolean", "Closes the file, writing what is left.", Effects::WRITES, close;
    "File:isOpen", "(file: File) -> boolean", "Whether it is open.", Effects::READS, is_open;
    "File:read", "(file: File, bytes: number = nil) -> string, integer | (file: File, container: string, bytes: number = nil) -> any, integer", "Reads from where it stands.", Effects::ALLOCATES, read;
    "File:write", "(file: File, data: any, size: number = nil) -> boolean, string?", "Writes where it stands.", Effects::WRITES, write;
    "File:flush", "(file: File) -> boolean, string?", "Writes what was collected.", Effects::WRITES, flush;
    "File:isEOF", "(file: File) -> boolean", "Whether it stands at the end.", Effects::READS, is_eof;
    "File:tell", "(file: File) -> integer", "Where it stands.", Effects::READS, tell;
    "File:seek", "(file: File, position: number) -> boolean", "Goes to a byte.", Effects::WRITES, seek;
    "File:lines", "(file: File) -> function", "An iterator over the lines.", Effects::ALLOCATES, lines;
    "File:getSize", "(file: File) -> integer", "Number of bytes.", Effects::READS, get_size;
    "File:getMode", "(file: File) -> string", "How it is open.", Effects::READS, get_mode;
    "File:getFilename", "(file: File) -> string", "Its name.", Effects::READS, get_filename;
    "File:getExtension", "(file: File) -> string", "The part of the name after the last dot.", Effects::READS, get_extension;
    "File:setBuffer", "(file: File, mode: string, size: number = 0) -> boolean", "When written bytes go out.", Effects::WRITES, set_buffer;
    "File:getBuffer", "(file: File) -> string, integer", "When written bytes go out.", Effects::READS, get_buffer;
];

/// A new file that is not open.
pub fn new_file(name: &str) -> Rc<LuaFile> {
    Rc::new(LuaFile {
        file: RefCell::new(GameFile::new(name)),
        is_dropped: false,
    })
}

/// The object of a file dropped on the window.
pub fn push_dropped_file(vm: &mut Vm, path: &str) -> Value {
    // A file that cannot be read is an empty one: it was dropped all the same.
    let bytes = std::fs::read(path).unwrap_or_default();
    let file = LuaFile {
        file: RefCell::new(GameFile::with_bytes(path, bytes)),
        is_dropped: true,
    };
    push_object(vm, Rc::new(file))
}

fn this(call: &mut Call<'_>) -> Result<Rc<LuaFile>, Raised> {
    object::<LuaFile>(call, 1, "File")
}

/// Reads LÖVE's constant for a mode.
pub fn check_mode(call: &mut Call<'_>, index: u32) -> Result<FileMode, Raised> {
    let name = call.text(index)?;
    match FileMode::parse(&name) {
        Some(mode) => Ok(mode),
        None => Err(enum_error(call, "file open mode", FileMode::NAMES, &name)),
    }
}

/// Whether a container argument asks for a Data object.
pub fn wants_data(call: &mut Call<'_>, index: u32) -> Result<bool, Raised> {
    let name = call.text(index)?;
    match name.as_str() {
        "data" => Ok(true),
        "string" => Ok(false),
        _ => Err(enum_error(
            call,
            "container type",
            &["data", "string"],
            &name,
        )),
    }
}

fn open(call: &mut Call<'_>) -> NativeResult {
    let this = this(call)?;
    let mode = check_mode(call, 2)?;
    let context = context(call);
    let opened = this
        .file
        .borrow_mut()
        .open(mode, &mut context.filesystem.borrow_mut());
    match opened {
        Ok(is_opened) => call.one(Value::boolean(is_opened)),
        Err(problem) => call.nil_and_message(problem),
    }
}

fn close(call: &mut Call<'_>) -> NativeResult {
    let this = this(call)?;
    let context = context(call);
    let is_closed = this
        .file
        .borrow_mut()
        .close(&mut context.filesystem.borrow_mut());
    call.one(Value::boolean(is_closed))
}

fn is_open(call: &mut Call<'_>) -> NativeResult {
    let this = this(call)?;
    let is_open = this.file.borrow().mode != FileMode::Closed;
    call.one(Value::boolean(is_open))
}

fn read(call: &mut Call<'_>) -> NativeResult {
    let this = this(call)?;
    let is_container_named = call.argument(2).is_string();
    let is_data = is_container_named && wants_data(call, 2)?;
    let size_index = if is_container_named { 3 } else { 2 };
    let count = if call.argument(size_index).is_nil() {
        f64::MAX
    } else {
        call.number(size_index)?
    };
    let bytes = {
        let mut file = this.file.borrow_mut();
        if file.mode == FileMode::Closed {
            let context = context(call);
            let opened = file.open(FileMode::Read, &mut context.filesystem.borrow_mut());
            if let Err(problem) = opened {
                drop(file);
                return call.nil_and_message(problem);
            }
            let bytes = file.read(count.max(0.0) as usize).map(<[u8]>::to_vec);
            file.close(&mut context.filesystem.borrow_mut());
            bytes
        } else {
            file.read(count.max(0.0) as usize).map(<[u8]>::to_vec)
        }
    };
    let name = this.file.borrow().name.clone();
    match bytes {
        Err(problem) => call.nil_and_message(problem),
        Ok(bytes) => answer_bytes(call, is_data, &name, bytes),
    }
}

/// Bytes as a string or FileData, and their number.
pub fn answer_bytes(
    call: &mut Call<'_>,
    is_data: bool,
    name: &str,
    bytes: Vec<u8>,
) -> NativeResult {
    let size = Value::number(bytes.len() as f64);
    let value = if is_data {
        data_object::push_file_data(call.vm, name.to_owned(), bytes)
    } else {
        call.new_string(&bytes)?
    };
    call.many(&[value, size])
}

/// The bytes of a string or Data argument, cut to an optional length behind it.
pub fn bytes_to_write(call: &mut Call<'_>, index: u32) -> Result<Vec<u8>, Raised> {
    let value = call.argument(index);
    let is_data = data_object::data(call.vm, value).is_some();
    if !is_data && !value.is_string() && !value.is_number() {
        return Err(call.argument_error(index, "string or Data expected"));
    }
    let mut bytes = data_object::string_or_data(call, index)?;
    let size = call.optional_number(index + 1, bytes.len() as f64)?;
    bytes.truncate(size.max(0.0) as usize);
    Ok(bytes)
}

fn write(call: &mut Call<'_>) -> NativeResult {
    let this = this(call)?;
    let bytes = bytes_to_write(call, 2)?;
    let context = context(call);
    let written = this
        .file
        .borrow_mut()
        .write(&bytes, &mut context.filesystem.borrow_mut());
    match written {
        Ok(is_written) => call.one(Value::boolean(is_written)),
        Err(problem) => call.nil_and_message(problem),
    }
}

fn flush(call: &mut Call<'_>) -> NativeResult {
    let this = this(call)?;
    let context = context(call);
    let flushed = this
        .file
        .borrow_mut()
        .flush(&mut context.filesystem.borrow_mut());
    match flushed {
        Ok(is_flushed) => call.one(Value::boolean(is_flushed)),
        Err(problem) => call.nil_and_message(problem),
    }
}

fn is_eof(call: &mut Call<'_>) -> NativeResult {
    let this = this(call)?;
    let is_at_end = this.file.borrow().is_at_end();
    call.one(Value::boolean(is_at_end))
}

fn tell(call: &mut Call<'_>) -> NativeResult {
    let this = this(call)?;
    let position = this.file.borrow().tell();
    match position {
        Some(position) => call.one(position as f64),
        None => call.nil_and_message("Invalid position."),
    }
}

fn seek(call: &mut Call<'_>) -> NativeResult {
    let this = this(call)?;
    let position = call.number(2)?;
    let is_moved = position >= 0.0 && this.file.borrow_mut().seek(position as u64);
    call.one(Value::boolean(is_moved))
}

static NEXT_LINE: Builtin = Builtin::native(
    "File:next line",
    "() -> string?",
    "The next line.",
    Effects::WRITES,
    BY_EFFECTS,
    next_line,
);

/// The iterator that `lines` answers.
pub fn line_iterator(call: &mut Call<'_>, file: Value) -> NativeResult {
    let iterator = call.vm.new_native_function(next_line, &NEXT_LINE, &[file]);
    call.one(iterator)
}

fn next_line(call: &mut Call<'_>) -> NativeResult {
    let file = call.upvalue(0);
    let Some(object) = super::object::handle_of(call.vm, file).and_then(|handle| handle.object())
    else {
        return Err(super::object::released_error(call));
    };
    let Ok(file) = object.downcast::<LuaFile>() else {
        return call.one(Value::NIL);
    };
    if file.file.borrow().mode != FileMode::Read {
        return Err(call.error("File needs to stay in read mode."));
    }
    let line = file.file.borrow_mut().read_line();
    match line {
        Some(line) => call.one_string(line),
        None => {
            let context = context(call);
            file.file
                .borrow_mut()
                .close(&mut context.filesystem.borrow_mut());
            call.one(Value::NIL)
        }
    }
}

fn lines(call: &mut Call<'_>) -> NativeResult {
    let this = this(call)?;
    let context = context(call);
    let opened = {
        let mut file = this.file.borrow_mut();
        if file.mode == FileMode::Read {
            Ok(true)
        } else {
            file.close(&mut context.filesystem.borrow_mut());
            file.open(FileMode::Read, &mut context.filesystem.borrow_mut())
        }
    };
    if let Err(problem) = opened {
        return Err(call.error(problem));
    }
    let file = call.argument(1);
    line_iterator(call, file)
}

fn get_size(call: &mut Call<'_>) -> NativeResult {
    let this = this(call)?;
    let context = context(call);
    let size = this.file.borrow().size(&context.filesystem.borrow());
    match size {
        Some(size) => call.one(size as f64),
        None => call.nil_and_message("Could not determine file size."),
    }
}

fn get_mode(call: &mut Call<'_>) -> NativeResult {
    let this = this(call)?;
    let name = this.file.borrow().mode.name();
    call.one_string(name)
}

fn get_filename(call: &mut Call<'_>) -> NativeResult {
    let this = this(call)?;
    let name = this.file.borrow().name.clone();
    call.one_string(name)
}

fn get_extension(call: &mut Call<'_>) -> NativeResult {
    let this = this(call)?;
    let name = this.file.borrow().name.clone();
    call.one_string(name.rsplit_once('.').map_or("", |(_, extension)| extension))
}

fn set_buffer(call: &mut Call<'_>) -> NativeResult {
    let this = this(call)?;
    let name = call.text(2)?;
    let Some(mode) = BufferMode::parse(&name) else {
        return Err(enum_error(
            call,
            "file buffer mode",
            BufferMode::NAMES,
            &name,
        ));
    };
    let size = call.optional_number(3, 0.0)?;
    this.file.borrow_mut().buffer = (mode, size.max(0.0) as u64);
    call.one(Value::boolean(size >= 0.0))
}

fn get_buffer(call: &mut Call<'_>) -> NativeResult {
    let this = this(call)?;
    let (mode, size) = this.file.borrow().buffer;
    let name = call.new_string(mode.name().as_bytes())?;
    call.many(&[name, Value::number(size as f64)])
}
