//! `love.image`: pictures in memory, over the model in `crate::image`.
//!
//! Checks and sentences of `getPixel`, `setPixel` and `mapPixel` are those of LÖVE's FFI versions, which games see
//! (`"bad argument #1 to ImageData:getPixel (expected number)"`), and so are positions: fractions are floored.
//!
//! Not here: compressed textures.

use super::arguments::unknown_name;
use super::data_object::{self, Contents, DATA, UNRECORDED};
use super::object::{self, ObjectType};
use crate::image::{Area, EncodedFormat, ImageData, ImageError, PixelFormat};
use crate::thread::Lock;
use rlove_vm::builtin::{Builtin, Effects, NativeResult, Raised};
use rlove_vm::call::Call;
use rlove_vm::value::Value;
use rlove_vm::vm::Vm;

/// The contents of an `ImageData`.
pub struct ImageContents {
    /// The picture.
    pub image: Lock<ImageData>,
}

impl ImageContents {
    /// Around a picture.
    pub fn new(image: ImageData) -> Self {
        Self {
            image: Lock::new(image),
        }
    }
}

impl Contents for ImageContents {
    fn with_bytes(&self, work: &mut dyn FnMut(&[u8])) {
        work(self.image.borrow().bytes());
    }
    fn duplicate(&self) -> Box<dyn Contents> {
        Box::new(Self::new(self.image.borrow().clone()))
    }
}

/// `ImageData`
pub static IMAGE_DATA: ObjectType = ObjectType {
    name: "ImageData",
    parent: Some(&DATA),
    methods: IMAGE_DATA_METHODS,
};

type Image = data_object::Typed<ImageContents>;

/// A new `ImageData`.
pub fn push_image_data(vm: &mut Vm, image: ImageData) -> Value {
    data_object::push(vm, &IMAGE_DATA, ImageContents::new(image))
}

/// Argument `index`, which must be an `ImageData`.
pub fn check_image_data(call: &mut Call<'_>, index: u32) -> Result<Image, Raised> {
    data_object::check(call, index, &IMAGE_DATA)
}

/// The picture that a value is or names: an `ImageData`, or a file to decode.
pub fn image_argument(call: &mut Call<'_>, index: u32) -> Result<ImageData, Raised> {
    let value = call.argument(index);
    if let Some(image) = data_object::get::<ImageContents>(call.vm, value) {
        return Ok(image.image.borrow().clone());
    }
    if !value.is_string() && object::handle_of(call.vm, value).is_none() {
        return Err(object::object_type_error(call, index, "ImageData"));
    }
    let file = data_object::file_argument(call, index)?;
    decode(&file).map_err(|error| call.error(error.0))
}

/// Decodes a file that was read.
pub fn decode(file: &data_object::ReadFile) -> Result<ImageData, ImageError> {
    let name = (!file.name.is_empty()).then_some(file.name.as_str());
    ImageData::decode(&file.bytes, name)
}

/// The types of `love.image`.
pub static TYPES: &[&ObjectType] = &[&IMAGE_DATA];

const ALLOCATES: Effects = Effects::READS.and(Effects::ALLOCATES);

/// The functions of `love.image`.
pub const FUNCTIONS: &[Builtin] = &[
    Builtin::native(
        "love.image.newImageData",
        "(width: number, height: number, [format: string], [data: any]) -> ImageData | (file: any) -> ImageData",
        "A picture of a size, or decoded from a file.",
        ALLOCATES,
        UNRECORDED,
        new_image_data,
    ),
    Builtin::native(
        "love.image.isCompressed",
        "(file: any) -> boolean",
        "Whether a file holds a compressed texture.",
        ALLOCATES,
        UNRECORDED,
        is_compressed,
    ),
    Builtin::native(
        "love.image.newCubeFaces",
        "(image: ImageData) -> ImageData, ImageData, ImageData, ImageData, ImageData, ImageData",
        "Cuts a picture of a cube into its faces.",
        ALLOCATES,
        UNRECORDED,
        new_cube_faces,
    ),
];

fn new_image_data(call: &mut Call<'_>) -> NativeResult {
    let first = call.argument(1);
    if call.vm.to_number(first).is_some() {
        return new_sized_image_data(call);
    }
    if !first.is_string() && object::handle_of(call.vm, first).is_none() {
        return Err(object::object_type_error(call, 1, "value"));
    }
    let file = data_object::file_argument(call, 1)?;
    let image = decode(&file).map_err(|error| call.error(error.0))?;
    let value = push_image_data(call.vm, image);
    call.one(value)
}

fn new_sized_image_data(call: &mut Call<'_>) -> NativeResult {
    let width = i64::from(call.integer(1)?);
    let height = i64::from(call.integer(2)?);
    if width <= 0 || height <= 0 {
        return Err(call.error("Invalid image size."));
    }
    let format = match call.optional_string(3)? {
        None => PixelFormat::Rgba8,
        Some(name) => {
            let name = String::from_utf8_lossy(name);
            match PixelFormat::from_name(&name) {
                Some(format) => format,
                None => return Err(call.error(format!("Invalid pixel format: {name}"))),
            }
        }
    };
    let image = if call.argument(4).is_nil() {
        ImageData::new(width, height, format)
    } else {
        let raw = data_object::string_or_data(call, 4)?;
        ImageData::from_raw_bytes(width, height, format, &raw)
    };
    let image = image.map_err(|error| call.error(error.0))?;
    let value = push_image_data(call.vm, image);
    call.one(value)
}

/// First bytes of the texture files that graphics cards read as they are.
const COMPRESSED_SIGNATURES: [&[u8]; 5] = [
    b"DDS ",
    b"\xabKTX 11\xbb\r\n\x1a\n",
    b"PKM ",
    b"PVR\x03",
    b"\x13\xab\xa1\x5c",
];

fn is_compressed(call: &mut Call<'_>) -> NativeResult {
    let file = data_object::file_argument(call, 1)?;
    let compressed = COMPRESSED_SIGNATURES
        .iter()
        .any(|signature| file.bytes.starts_with(signature));
    call.one(Value::boolean(compressed))
}

fn new_cube_faces(call: &mut Call<'_>) -> NativeResult {
    let image = check_image_data(call, 1)?;
    let faces = image.image.borrow().cube_faces();
    let faces = faces.map_err(|error| call.error(error.0))?;
    let count = faces.len() as u32;
    for face in faces {
        let value = push_image_data(call.vm, face);
        call.push(value);
    }
    call.pushed(count)
}

const MAP_PIXEL: &str = r#"
local methods = ...
local type, error = type, error
local function inside(x, y, width, height)
    return x >= 0 and x < width and y >= 0 and y < height
end
local function check(value, position)
    if type(value) ~= "number" then
        error("bad argument #" .. position .. " to ImageData:mapPixel (expected number)", 3)
    end
end
return function(self, change, left, top, width, height)
    local whole_width, whole_height = methods.getDimensions(self)
    left, top = left or 0, top or 0
    width, height = width or whole_width, height or whole_height
    check(left, 2)
    check(top, 3)
    check(width, 4)
    check(height, 5)
    if type(change) ~= "function" then
        error("bad argument #1 to ImageData:mapPixel (expected function)", 2)
    end
    if not (inside(left, top, whole_width, whole_height)
        and inside(left + width - 1, top + height - 1, whole_width, whole_height)) then
        error("Invalid rectangle dimensions", 2)
    end
    left, top = left - left % 1, top - top % 1
    width, height = width - width % 1, height - height % 1
    local get, set = methods.getPixel, methods._storePixel
    for y = top, top + height - 1 do
        for x = left, left + width - 1 do
            set(self, x, y, change(x, y, get(self, x, y)))
        end
    end
end
"#;

const IMAGE_DATA_METHODS: &[Builtin] = &[
    Builtin::native(
        "ImageData:getWidth",
        "(image: ImageData) -> number",
        "Width in pixels.",
        Effects::READS,
        UNRECORDED,
        get_width,
    ),
    Builtin::native(
        "ImageData:getHeight",
        "(image: ImageData) -> number",
        "Height in pixels.",
        Effects::READS,
        UNRECORDED,
        get_height,
    ),
    Builtin::native(
        "ImageData:getDimensions",
        "(image: ImageData) -> number, number",
        "Width and height in pixels.",
        Effects::READS,
        UNRECORDED,
        get_dimensions,
    ),
    Builtin::native(
        "ImageData:getFormat",
        "(image: ImageData) -> string",
        "The pixel format.",
        ALLOCATES,
        UNRECORDED,
        get_format,
    ),
    Builtin::native(
        "ImageData:getPixel",
        "(image: ImageData, x: number, y: number) -> number, number, number, number",
        "The colour of a pixel.",
        Effects::READS,
        UNRECORDED,
        get_pixel,
    ),
    Builtin::native(
        "ImageData:setPixel",
        "(image: ImageData, x: number, y: number, red: any, [green: number], [blue: number], [alpha: number])",
        "Sets the colour of a pixel.",
        Effects::WRITES,
        UNRECORDED,
        set_pixel,
    ),
    Builtin::native(
        "ImageData:_storePixel",
        "(image: ImageData, x: number, y: number, red: number, [green: number], [blue: number], [alpha: number])",
        "What mapPixel stores: components that the format lacks may be missing.",
        Effects::WRITES,
        UNRECORDED,
        store_pixel,
    ),
    Builtin::lua(
        "ImageData:mapPixel",
        "(image: ImageData, change: function, [x: number], [y: number], [width: number], [height: number])",
        "Replaces each pixel by what a function makes of it.",
        MAP_PIXEL,
    ),
    Builtin::native(
        "ImageData:paste",
        "(image: ImageData, source: ImageData, x: number, y: number, [sx: number], [sy: number], [width: number], [height: number])",
        "Copies a rectangle of another picture.",
        Effects::WRITES,
        UNRECORDED,
        paste,
    ),
    Builtin::native(
        "ImageData:encode",
        r#"(image: ImageData, format: "tga" / "png", [name: string]) -> FileData"#,
        "The picture as a file, written when a name is given.",
        Effects::WRITES.and(Effects::ALLOCATES),
        UNRECORDED,
        encode,
    ),
];

fn get_width(call: &mut Call<'_>) -> NativeResult {
    let image = check_image_data(call, 1)?;
    let width = image.image.borrow().width();
    call.one(f64::from(width))
}

fn get_height(call: &mut Call<'_>) -> NativeResult {
    let image = check_image_data(call, 1)?;
    let height = image.image.borrow().height();
    call.one(f64::from(height))
}

fn get_dimensions(call: &mut Call<'_>) -> NativeResult {
    let image = check_image_data(call, 1)?;
    let (width, height) = {
        let image = image.image.borrow();
        (image.width(), image.height())
    };
    call.many(&[Value::number(width.into()), Value::number(height.into())])
}

fn get_format(call: &mut Call<'_>) -> NativeResult {
    let image = check_image_data(call, 1)?;
    let name = image.image.borrow().format().name();
    call.one_string(name)
}

/// Argument `index + 1` of `ImageData:method`, which must be a number; strings are not converted.
fn position(call: &mut Call<'_>, index: u32, method: &str) -> Result<i64, Raised> {
    match call.argument(index + 1).as_number() {
        // A NaN lies outside of every picture, so it must not become 0.
        Some(number) if number.is_nan() => Ok(i64::MIN),
        Some(number) => Ok(number.floor() as i64),
        None => Err(call.error(format!(
            "bad argument #{index} to ImageData:{method} (expected number)"
        ))),
    }
}

fn get_pixel(call: &mut Call<'_>) -> NativeResult {
    let image = check_image_data(call, 1)?;
    let x = position(call, 1, "getPixel")?;
    let y = position(call, 2, "getPixel")?;
    let colour = image.image.borrow().get_pixel(x, y);
    let colour = colour.map_err(|error| call.error(error.0))?;
    call.many(&colour.map(Value::number))
}

fn set_pixel(call: &mut Call<'_>) -> NativeResult {
    let image = check_image_data(call, 1)?;
    let x = position(call, 1, "setPixel")?;
    let y = position(call, 2, "setPixel")?;
    let given = call.argument(4);
    let parts = if given.is_table() {
        [1, 2, 3, 4].map(|position| call.vm.raw_get_index(given, position))
    } else {
        [4, 5, 6, 7].map(|index| call.argument(index))
    };
    let mut colour = [1.0; 4];
    for (index, name) in ["red", "green", "blue", "alpha"].into_iter().enumerate() {
        match parts[index].as_number() {
            Some(number) => colour[index] = number,
            None if index == 3 && parts[index].is_nil() => {}
            None => {
                return Err(call.error(format!(
                    "bad {name} color component argument to ImageData:setPixel (expected number)"
                )));
            }
        }
    }
    let result = image.image.borrow_mut().set_pixel(x, y, colour);
    result.map_err(|error| call.error(error.0))?;
    call.none()
}

fn store_pixel(call: &mut Call<'_>) -> NativeResult {
    let image = check_image_data(call, 1)?;
    let (x, y) = (call.number(2)? as i64, call.number(3)? as i64);
    let count = image.image.borrow().format().component_count() as u32;
    let mut colour = [0.0, 0.0, 0.0, 1.0];
    for index in 0..count.min(4) {
        colour[index as usize] = if index == 3 {
            call.optional_number(7, 1.0)?
        } else {
            call.number(4 + index)?
        };
    }
    let result = image.image.borrow_mut().set_pixel(x, y, colour);
    result.map_err(|error| call.error(error.0))?;
    call.none()
}

fn paste(call: &mut Call<'_>) -> NativeResult {
    let target = check_image_data(call, 1)?;
    let source = check_image_data(call, 2)?;
    let x = i64::from(call.integer(3)?);
    let y = i64::from(call.integer(4)?);
    // A picture may be pasted into itself.
    let source = source.image.borrow().clone();
    let area = Area {
        x: i64::from(call.optional_integer(5, 0)?),
        y: i64::from(call.optional_integer(6, 0)?),
        width: i64::from(call.optional_integer(7, source.width() as i32)?),
        height: i64::from(call.optional_integer(8, source.height() as i32)?),
    };
    target.image.borrow_mut().paste(&source, x, y, area);
    call.none()
}

fn encode(call: &mut Call<'_>) -> NativeResult {
    let image = check_image_data(call, 1)?;
    let format_name = call.text(2)?;
    let Some(format) = EncodedFormat::from_name(&format_name) else {
        return Err(unknown_name(
            call,
            "encoded image format",
            "'tga', 'png'",
            &format_name,
        ));
    };
    let given_name = call
        .optional_string(3)?
        .map(|name| String::from_utf8_lossy(name).into_owned());
    let file = image.image.borrow().encode(format);
    let file = file.map_err(|error| call.error(error.0))?;
    if let Some(name) = &given_name {
        let written = data_object::write_file(call.vm, name, &file);
        written.map_err(|message| call.error(message))?;
    }
    let name = given_name.unwrap_or_else(|| format!("Image.{format_name}"));
    let value = data_object::push_file_data(call.vm, name, file);
    call.one(value)
}
