//! Tests of `love.data`, `love.image` and `love.font` as scripts see them. Expected texts are what LÖVE answers.

use super::data_object::{FileHooks, ReadFile};
use super::{data, font, image};
use rlove_vm::vm::Vm;
use std::rc::Rc;

/// Runs a chunk that gets `love`, with a filesystem of one file; the results or the error as text.
fn run(source: &str) -> String {
    let mut vm = Vm::new();
    let vm = &mut *vm;
    assert!(rlove_vm::library::open_all(vm).is_ok());
    let love = vm.new_table();
    for (name, functions) in [
        ("data", data::FUNCTIONS),
        ("image", image::FUNCTIONS),
        ("font", font::FUNCTIONS),
    ] {
        let table = vm.new_table();
        vm.set_field(love, name, table);
        assert!(vm.register(table, functions).is_ok());
    }
    let globals = vm.globals();
    vm.set_field(globals, "love", love);
    vm.extensions.insert(FileHooks {
        read: Some(Rc::new(|vm, value| {
            let name = vm.string_or_number_bytes(value).unwrap_or_default();
            let name = String::from_utf8_lossy(&name).into_owned();
            match name.as_str() {
                "a.gif" => Ok(ReadFile {
                    name,
                    bytes: b"GIF89a".to_vec(),
                }),
                _ => Err(format!("Could not open file {name}. Does not exist.")),
            }
        })),
        write: None,
    });
    let chunk = match vm.load_source(source.as_bytes(), b"=test") {
        Ok(chunk) => chunk,
        Err(_) => panic!("{source} does not compile"),
    };
    let values = match vm.call_function(chunk, &[]) {
        Ok(values) => values,
        Err(_) => vec![vm.take_error()],
    };
    let texts: Vec<String> = values
        .into_iter()
        .map(|value| match vm.string_or_number_bytes(value) {
            Some(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
            None => format!("{:?}", value.is_truthy()),
        })
        .collect();
    texts.join(" ")
}

// Expected texts are what LÖVE answers.
#[test]
fn picture_and_font_errors_are_loves() {
    for (source, expected) in [
        (
            "love.image.newImageData(2, 2):getPixel(2, 0)",
            "test:1: Attempt to get out-of-range pixel!",
        ),
        (
            "love.image.newImageData(2, 2):getPixel(0, 0/0)",
            "test:1: Attempt to get out-of-range pixel!",
        ),
        (
            "love.image.newImageData(2, 2):setPixel(-1, 0, 1, 1, 1)",
            "test:1: Attempt to set out-of-range pixel!",
        ),
        (
            "love.image.newImageData(2, 2):getPixel('1', 0)",
            "test:1: bad argument #1 to ImageData:getPixel (expected number)",
        ),
        (
            "love.image.newImageData(2, 2):setPixel(1, 0, 1, 1)",
            "test:1: bad blue color component argument to ImageData:setPixel (expected number)",
        ),
        (
            "love.image.newImageData(0, 2)",
            "test:1: Invalid image size.",
        ),
        ("love.image.newImageData(1e6, 1e6)", "test:1: Out of memory"),
        (
            "love.image.newImageData(2, 2, 'foo')",
            "test:1: Invalid pixel format: foo",
        ),
        (
            "love.image.newImageData(2, 2, 'la8')",
            "test:1: Unsupported pixel format for ImageData",
        ),
        (
            "love.image.newImageData(2, 2, 'rgba8', 'abc')",
            "test:1: The size of the raw byte string must match the ImageData's actual size in bytes.",
        ),
        (
            "love.image.newImageData('a.gif')",
            "test:1: Could not decode file 'a.gif' to ImageData: unsupported file format",
        ),
        (
            "love.image.newImageData('b.png')",
            "test:1: Could not open file b.png. Does not exist.",
        ),
        (
            "love.image.newImageData(2, 2):encode('jpg')",
            "test:1: Invalid encoded image format 'jpg', expected one of: 'tga', 'png'",
        ),
        (
            "love.font.newRasterizer(0)",
            "test:1: Invalid TrueType font size: 0",
        ),
        (
            "love.font.newRasterizer(12, 'foo')",
            "test:1: Invalid TrueType font hinting mode 'foo', expected one of: 'normal', 'light', 'mono', 'none'",
        ),
        (
            "love.font.newRasterizer('a.gif')",
            "test:1: Invalid font file: a.gif",
        ),
        (
            "love.font.newRasterizer(12):getGlyphData('\\255')",
            "test:1: UTF-8 decoding error: Invalid UTF-8",
        ),
    ] {
        assert_eq!(run(source), expected, "{source}");
    }
}

#[test]
fn pictures_work_from_lua() {
    for (source, expected) in [
        (
            "local d = love.image.newImageData(3, 2) d:setPixel(1.9, 1, 0.2, 0.4, 1) return d:getPixel(1, 1)",
            "0.2 0.4 1 1",
        ),
        (
            "local d = love.image.newImageData(3, 2) d:setPixel(0, 0, {1, 0, 0, 0.2}) return d:getPixel(0, 0)",
            "1 0 0 0.2",
        ),
        (
            "local d = love.image.newImageData(3, 2) return d:getWidth(), d:getHeight(), d:getFormat(), d:getSize(), d:type()",
            "3 2 rgba8 24 ImageData",
        ),
        (
            "local d = love.image.newImageData(1, 1, 'rgba8', 'abcd') local e = d:clone() e:setPixel(0, 0, 0, 0, 0, 0) return d:getString(), e:typeOf('Data')",
            "abcd true",
        ),
        (
            "local d = love.image.newImageData(1, 1, 'rgba8', 'abcd') local f = d:encode('png') return f:getFilename(), f:getExtension(), love.image.newImageData(f):getString()",
            "Image.png png abcd",
        ),
        (
            "local d = love.image.newImageData(1, 1, 'rgba8', 'abcd') local e = love.image.newImageData(2, 1) e:paste(d, 1, 0) return e:getString() == '\\0\\0\\0\\0abcd'",
            "true",
        ),
        (
            "return love.font.newRasterizer(12):getHeight(), love.font.newRasterizer(12):getGlyphData('A'):getDimensions()",
            "14 9 9",
        ),
        (
            "return love.font.newRasterizer(12):getGlyphData('g'):getBoundingBox()",
            "0 3 7 4",
        ),
        (
            "return love.font.newGlyphData(love.font.newRasterizer(12), 233):getGlyphString()",
            "é",
        ),
        (
            "return love.font.newRasterizer(12):hasGlyphs('é', 65), love.font.newRasterizer(12):hasGlyphs('漢')",
            "true false",
        ),
    ] {
        assert_eq!(run(source), expected, "{source}");
    }
}

#[test]
fn data_errors_are_loves() {
    for (source, expected) in [
        (
            "love.data.compress('foo', 'lz4', 'x')",
            "Invalid container type 'foo', expected one of: 'data', 'string'",
        ),
        (
            "love.data.compress('string', 'foo', 'x')",
            "Invalid compressed data format 'foo', expected one of: 'lz4', 'zlib', 'gzip', 'deflate'",
        ),
        (
            "love.data.encode('string', 'foo', 'x')",
            "Invalid encode format 'foo', expected one of: 'base64', 'hex'",
        ),
        (
            "love.data.decode('string', 'foo', 'x')",
            "Invalid decode format 'foo', expected one of: 'base64', 'hex'",
        ),
        (
            "love.data.hash('foo', 'x')",
            "Invalid hash function 'foo', expected one of: 'md5', 'sha1', 'sha224', 'sha256', 'sha384', 'sha512'",
        ),
        (
            "love.data.decompress('string', 'lz4', '')",
            "Invalid LZ4-compressed data size.",
        ),
        (
            "love.data.decompress('string', 'zlib', 'garbage!')",
            "Could not decompress zlib/gzip-compressed data.",
        ),
        (
            "love.data.newByteData(0)",
            "Data size must be a positive number.",
        ),
        (
            "love.data.newByteData(love.data.newByteData(4), 3, 2)",
            "Offset and size arguments must fit within the given Data's size.",
        ),
        (
            "love.data.newByteData(love.data.newByteData(4), -1)",
            "Offset argument must not be negative.",
        ),
        (
            "love.data.newByteData(love.data.newByteData(4), 1, 0)",
            "Size argument must be greater than zero.",
        ),
        (
            "love.data.newDataView(love.data.newByteData('abcdef'), 4, 3)",
            "Offset and size of Data View must fit within the original Data's size.",
        ),
        (
            "love.data.newDataView(love.data.newByteData('abcdef'), -4, 3)",
            "DataView offset and size must not be negative.",
        ),
        (
            "love.data.newDataView(love.data.newByteData('abcdef'), 4, 0)",
            "DataView size must be greater than 0.",
        ),
    ] {
        assert_eq!(run(source), format!("test:1: {expected}"), "{source}");
    }
}

#[test]
fn packing_errors_are_loves() {
    for (source, expected) in [
        (
            "love.data.pack('string', 'b', 200)",
            "bad argument #3 to 'pack' (integer overflow)",
        ),
        (
            "love.data.pack('string', 'B', -1)",
            "bad argument #3 to 'pack' (unsigned overflow)",
        ),
        (
            "love.data.pack('string', 'c2', 'abc')",
            "bad argument #3 to 'pack' (string longer than given size)",
        ),
        (
            "love.data.pack('string', 'z', 'a\\0b')",
            "bad argument #3 to 'pack' (string contains zeros)",
        ),
        (
            "love.data.pack('string', 's1', ('x'):rep(300))",
            "bad argument #3 to 'pack' (string length does not fit in given size)",
        ),
        (
            "love.data.pack('string', 'y', 1)",
            "invalid format option 'y'",
        ),
        (
            "love.data.unpack('<i4i4', '\\5\\0\\0\\0')",
            "bad argument #2 to 'unpack' (data string too short)",
        ),
        (
            "love.data.unpack('<i2', 'a', 9)",
            "bad argument #3 to 'unpack' (initial position out of string)",
        ),
        (
            "love.data.unpack('s1', '\\9ab')",
            "bad argument #2 to 'unpack' (data string too short)",
        ),
    ] {
        assert_eq!(run(source), format!("test:1: {expected}"), "{source}");
    }
}

#[test]
fn data_works_from_lua() {
    for (source, expected) in [
        (
            "local c = love.data.compress('data', 'lz4', 'aaaaaaaaaaaaaaaaaaaaaaaaaa') return c:getFormat(), c:type(), love.data.decompress('string', c)",
            "lz4 CompressedData aaaaaaaaaaaaaaaaaaaaaaaaaa",
        ),
        (
            "return love.data.encode('string', 'hex', love.data.compress('string', 'zlib', ''))",
            "789c030000000001",
        ),
        (
            "return love.data.decode('data', 'base64', 'aGVsbG8='):getString()",
            "hello",
        ),
        (
            "return love.data.newByteData(love.data.newByteData('abcdef'), 2, 3):getString(), love.data.newByteData(3):getSize()",
            "cde 3",
        ),
        (
            "local v = love.data.newDataView(love.data.newByteData('abcdef'), 1, 3) return v:getString(), v:type(), v:clone():getSize()",
            "bcd DataView 3",
        ),
        (
            "return love.data.unpack('<i4 z s1', love.data.pack('string', '<i4 z s1', -7, 'abc', 'de'))",
            "-7 abc de 12",
        ),
        (
            "return love.data.unpack('>!4 b i4 d', love.data.pack('data', '>!4 b i4 d', 1, -2, 1.5))",
            "1 -2 1.5 17",
        ),
        (
            "return love.data.unpack('<i2', '\\1\\2\\3\\4', -2)",
            "1027 5",
        ),
        ("return love.data.unpack('z', 'abc')", "abc 5"),
        (
            "return love.data.unpack('<I3', '\\255\\255\\255')",
            "16777215 4",
        ),
        ("return love.data.getPackedSize('!8 b d')", "16"),
        (
            "return love.data.encode('string', 'hex', love.data.hash('sha1', love.data.newByteData('hello')))",
            "aaf4c61ddcc5e8a2dabede0f3b482cd9aea9434d",
        ),
    ] {
        assert_eq!(run(source), expected, "{source}");
    }
}

#[test]
fn map_pixel_replaces_pixels() {
    for (source, expected) in [
        (
            "local d = love.image.newImageData(2, 2, 'rgba8', 'abcdefghijklmnop') d:mapPixel(function(x, y, r, g, b, a) return x, y, b, a end) return (d:getString():gsub('%c', '.'):gsub('\\255', 'X'))",
            "..cdX.gh.XklXXop",
        ),
        (
            "local d = love.image.newImageData(2, 2, 'r8') d:mapPixel(function(x, y, r, g, b, a) return 0.2, nil end, 1, 0, 1, 2) return d:getPixel(0, 1), (d:getPixel(1, 1))",
            "0 0.2",
        ),
        (
            "local d = love.image.newImageData(4, 4) d:mapPixel(function() end, 2, 2, 3, 3)",
            "test:1: Invalid rectangle dimensions",
        ),
        (
            "local d = love.image.newImageData(4, 4) d:mapPixel(3)",
            "test:1: bad argument #1 to ImageData:mapPixel (expected function)",
        ),
        (
            "local d = love.image.newImageData(4, 4) d:mapPixel(print, 'x')",
            "test:1: bad argument #2 to ImageData:mapPixel (expected number)",
        ),
    ] {
        assert_eq!(run(source), expected, "{source}");
    }
}
