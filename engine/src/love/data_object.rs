//! `Data` and what extends it: objects of Lua that are bytes.
//!
//! LÖVE's `ByteData`, `FileData`, `ImageData`, `SoundData`, `GlyphData` and `CompressedData` all answer `getString`, `getSize`
//! and `getPointer`, and every function that takes a `Data` takes all of them. So they hold one Rust type, [`DataObject`],
//! around a [`Contents`] that knows its own bytes:
//!
//! ```text
//! let value = data_object::push(vm, &IMAGE_DATA, ImageContents::new(picture));      // to Lua
//! let image = data_object::check::<ImageContents>(call, 1, &IMAGE_DATA)?;           // a certain one, from Lua
//! let bytes = data_object::string_or_data(call, 1)?;                               // "string or Data" arguments
//! ```
//!
//! Files come in through [`FileHooks`], which the filesystem module sets: this module knows no disk.
//!
//! Invariants: the bytes of an object never move or change their number, so a pointer that Lua took stays good
//! while the object lives.

use super::object::{self, OBJECT, ObjectType};
use crate::thread::Lock;
use rlove_vm::builtin::{Builtin, Effects, NativeResult, Raised, Recording};
use rlove_vm::call::Call;
use rlove_vm::value::Value;
use rlove_vm::vm::Vm;
use std::any::Any;
use std::rc::Rc;
use std::sync::Arc;

const ALLOCATES: Effects = Effects::READS.and(Effects::ALLOCATES);

/// Why these are not in traces yet: shared by all declarations of data-like modules.
pub(super) const UNRECORDED: Recording = Recording::Never("not yet recorded");

/// What a data object is made of.
pub trait Contents: Any + Send + Sync {
    /// Gives the bytes to `work`.
    fn with_bytes(&self, work: &mut dyn FnMut(&[u8]));

    /// A copy that shares nothing.
    fn duplicate(&self) -> Box<dyn Contents>;

    /// The file it came from, if there is one.
    fn file_name(&self) -> Option<&str> {
        None
    }
}

/// The Rust value of every `Data`.
///
/// The contents may be shared with other states: there they have another object around them, of the same address.
pub struct DataObject {
    contents: Arc<dyn Contents>,
}

impl DataObject {
    /// The contents, for other states.
    pub fn shared(&self) -> Arc<dyn Contents> {
        self.contents.clone()
    }

    /// The contents, if they are of the type.
    pub fn get<T: Contents>(&self) -> Option<&T> {
        let any: &dyn Any = &*self.contents;
        any.downcast_ref()
    }

    /// Gives the bytes to `work`.
    pub fn with_bytes(&self, work: &mut dyn FnMut(&[u8])) {
        self.contents.with_bytes(work);
    }

    /// The number of bytes.
    pub fn size(&self) -> usize {
        let mut size = 0;
        self.contents.with_bytes(&mut |bytes| size = bytes.len());
        size
    }

    /// A copy of the bytes.
    pub fn to_vec(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        self.contents
            .with_bytes(&mut |found| bytes = found.to_vec());
        bytes
    }

    /// The file it came from, if there is one.
    pub fn file_name(&self) -> Option<&str> {
        self.contents.file_name()
    }
}

/// Plain bytes.
pub struct Bytes(pub Lock<Vec<u8>>);

impl Contents for Bytes {
    fn with_bytes(&self, work: &mut dyn FnMut(&[u8])) {
        work(&self.0.borrow());
    }
    fn duplicate(&self) -> Box<dyn Contents> {
        Box::new(Bytes(self.0.clone()))
    }
}

/// The bytes of a file and its name.
#[derive(Clone)]
pub struct FileContents {
    /// As it was asked for.
    pub name: String,
    /// What is in it.
    pub bytes: Vec<u8>,
}

impl Contents for FileContents {
    fn with_bytes(&self, work: &mut dyn FnMut(&[u8])) {
        work(&self.bytes);
    }
    fn duplicate(&self) -> Box<dyn Contents> {
        Box::new(self.clone())
    }
    fn file_name(&self) -> Option<&str> {
        Some(&self.name)
    }
}

/// `Data`
pub static DATA: ObjectType = ObjectType {
    name: "Data",
    parent: Some(&OBJECT),
    methods: DATA_METHODS,
};

/// `ByteData`
pub static BYTE_DATA: ObjectType = ObjectType {
    name: "ByteData",
    parent: Some(&DATA),
    methods: &[],
};

/// `FileData`
pub static FILE_DATA: ObjectType = ObjectType {
    name: "FileData",
    parent: Some(&DATA),
    methods: FILE_DATA_METHODS,
};

/// The Lua value of new contents.
pub fn push(vm: &mut Vm, object_type: &'static ObjectType, contents: impl Contents) -> Value {
    push_shared(vm, object_type, Arc::new(contents))
}

/// The Lua value of contents that other states may have too.
pub fn push_shared(
    vm: &mut Vm,
    object_type: &'static ObjectType,
    contents: Arc<dyn Contents>,
) -> Value {
    let address = Arc::as_ptr(&contents).cast::<u8>() as usize;
    let data = Rc::new(DataObject { contents });
    let size = data.size();
    object::push_addressed_object(vm, data, object_type, 64 + size, address)
}

/// A new `FileData`.
pub fn push_file_data(vm: &mut Vm, name: String, bytes: Vec<u8>) -> Value {
    push(vm, &FILE_DATA, FileContents { name, bytes })
}

/// Argument `index`, which must be of the type.
pub fn check_data(
    call: &mut Call<'_>,
    index: u32,
    object_type: &'static ObjectType,
) -> Result<Rc<DataObject>, Raised> {
    let (found, _) = object::any_object(call, index, object_type.name)?;
    found
        .downcast()
        .map_err(|_| object::object_type_error(call, index, object_type.name))
}

/// A value as any `Data`; `None` for anything else.
pub fn data(vm: &Vm, value: Value) -> Option<Rc<DataObject>> {
    object::handle_of(vm, value)?.object()?.downcast().ok()
}

/// A `Data` as the contents that its type says it has.
pub struct Typed<T> {
    data: Rc<DataObject>,
    contents: std::marker::PhantomData<T>,
}

impl<T: Contents> std::ops::Deref for Typed<T> {
    type Target = T;
    fn deref(&self) -> &T {
        self.data.get().expect("checked when it was made")
    }
}

/// Argument `index` as the contents of a type.
pub fn check<T: Contents>(
    call: &mut Call<'_>,
    index: u32,
    object_type: &'static ObjectType,
) -> Result<Typed<T>, Raised> {
    let data = check_data(call, index, object_type)?;
    typed(data).ok_or_else(|| object::object_type_error(call, index, object_type.name))
}

/// A value as the contents of a type; `None` for anything else.
pub fn get<T: Contents>(vm: &Vm, value: Value) -> Option<Typed<T>> {
    typed(data(vm, value)?)
}

fn typed<T: Contents>(data: Rc<DataObject>) -> Option<Typed<T>> {
    data.get::<T>()?;
    Some(Typed {
        data,
        contents: std::marker::PhantomData,
    })
}

/// As [`string_or_data`], for functions that name the other of the two in their error.
pub fn data_or_string(call: &mut Call<'_>, index: u32) -> Result<Vec<u8>, Raised> {
    let value = call.argument(index);
    if value.is_string() || value.is_number() {
        return Ok(call.string(index)?.to_vec());
    }
    Ok(check_data(call, index, &DATA)?.to_vec())
}

/// The bytes of a `Data` or of a string.
pub fn string_or_data(call: &mut Call<'_>, index: u32) -> Result<Vec<u8>, Raised> {
    match data(call.vm, call.argument(index)) {
        Some(data) => Ok(data.to_vec()),
        None => Ok(call.string(index)?.to_vec()),
    }
}

/// A file read for a script.
pub struct ReadFile {
    /// Its name, for messages and for finding files beside it.
    pub name: String,
    /// What is in it.
    pub bytes: Vec<u8>,
}

type Read = Rc<dyn Fn(&mut Vm, Value) -> Result<ReadFile, String>>;
type Write = Rc<dyn Fn(&mut Vm, &str, &[u8]) -> Result<(), String>>;

/// How modules reach files; the filesystem module sets it in the machine's extensions.
#[derive(Clone, Default)]
pub struct FileHooks {
    /// Reads the file that a value names (a string or a `File`).
    pub read: Option<Read>,
    /// Writes a file into the save directory.
    pub write: Option<Write>,
}

/// The file that argument `index` is or names: `FileData`, other `Data`, `File` or a file name.
pub fn file_argument(call: &mut Call<'_>, index: u32) -> Result<ReadFile, Raised> {
    let value = call.argument(index);
    if let Some(data) = data(call.vm, value) {
        return Ok(ReadFile {
            name: data.file_name().unwrap_or("").to_string(),
            bytes: data.to_vec(),
        });
    }
    let is_name = value.is_string() || value.is_number();
    if !is_name && object::handle_of(call.vm, value).is_none() {
        return Err(call.argument_error(index, "filename, File, or FileData expected"));
    }
    read_file(call.vm, value).map_err(|message| call.error(message))
}

/// The file that a value names.
pub fn read_file(vm: &mut Vm, value: Value) -> Result<ReadFile, String> {
    let hooks = vm.extensions.get_or_default::<FileHooks>();
    match hooks.read.clone() {
        Some(read) => read(vm, value),
        None => Err("love.filesystem is not available, so no file can be read".to_string()),
    }
}

/// The file with this name.
pub fn read_named_file(vm: &mut Vm, name: &str) -> Result<ReadFile, String> {
    let value = vm.new_string(name.as_bytes());
    read_file(vm, value)
}

/// Writes a file into the save directory.
pub fn write_file(vm: &mut Vm, name: &str, bytes: &[u8]) -> Result<(), String> {
    match vm.extensions.get_or_default::<FileHooks>().write.clone() {
        Some(write) => write(vm, name, bytes),
        None => Err(
            "love.filesystem must be loaded in order to write an encoded ImageData to a file."
                .to_string(),
        ),
    }
}

const DATA_METHODS: &[Builtin] = &[
    Builtin::native(
        "Data:getString",
        "(data: Data) -> string",
        "All bytes as a string.",
        ALLOCATES,
        UNRECORDED,
        get_string,
    ),
    Builtin::native(
        "Data:getSize",
        "(data: Data) -> number",
        "The number of bytes.",
        Effects::READS,
        UNRECORDED,
        get_size,
    ),
    Builtin::native(
        "Data:getPointer",
        "(data: Data) -> userdata",
        "The address of the bytes, as light userdata.",
        Effects::READS,
        UNRECORDED,
        get_pointer,
    ),
    Builtin::native(
        "Data:getFFIPointer",
        "(data: Data) -> userdata",
        "The address of the bytes, for ffi.cast.",
        Effects::READS,
        UNRECORDED,
        get_pointer,
    ),
    Builtin::native(
        "Data:clone",
        "(data: Data) -> Data",
        "A copy of the object and its bytes.",
        ALLOCATES,
        UNRECORDED,
        clone,
    ),
];

fn get_string(call: &mut Call<'_>) -> NativeResult {
    let data = check_data(call, 1, &DATA)?;
    let mut made = None;
    data.contents
        .with_bytes(&mut |bytes| made = Some(call.new_string(bytes)));
    match made {
        Some(made) => call.one(made?),
        None => call.one_string(""),
    }
}

fn get_size(call: &mut Call<'_>) -> NativeResult {
    let data = check_data(call, 1, &DATA)?;
    let mut size = 0;
    data.contents.with_bytes(&mut |bytes| size = bytes.len());
    call.one(size as f64)
}

fn get_pointer(call: &mut Call<'_>) -> NativeResult {
    let data = check_data(call, 1, &DATA)?;
    let mut address = 0;
    data.contents
        .with_bytes(&mut |bytes| address = bytes.as_ptr() as usize);
    call.one(Value::light(address))
}

fn clone(call: &mut Call<'_>) -> NativeResult {
    let data = check_data(call, 1, &DATA)?;
    let object_type =
        object::handle_of(call.vm, call.argument(1)).map_or(&DATA, |handle| handle.object_type());
    let copy = data.contents.duplicate();
    let value = push_shared(call.vm, object_type, copy.into());
    call.one(value)
}

const FILE_DATA_METHODS: &[Builtin] = &[
    Builtin::native(
        "FileData:getFilename",
        "(data: FileData) -> string",
        "The name of the file.",
        ALLOCATES,
        UNRECORDED,
        get_file_name,
    ),
    Builtin::native(
        "FileData:getExtension",
        "(data: FileData) -> string",
        "The part of the name after its last dot.",
        ALLOCATES,
        UNRECORDED,
        get_extension,
    ),
];

fn get_file_name(call: &mut Call<'_>) -> NativeResult {
    let data = check_data(call, 1, &FILE_DATA)?;
    call.one_string(data.file_name().unwrap_or(""))
}

fn get_extension(call: &mut Call<'_>) -> NativeResult {
    let data = check_data(call, 1, &FILE_DATA)?;
    let name = data.file_name().unwrap_or("");
    call.one_string(name.rsplit_once('.').map_or("", |(_, extension)| extension))
}
