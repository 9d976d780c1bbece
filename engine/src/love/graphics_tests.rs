//! `love.graphics` from Lua: errors beside LÖVE's, objects, and what arrives in the command list.

use super::super::data_object::{FileHooks, ReadFile};
use super::super::object::metatable_of;
use super::*;
use crate::graphics::text_backend::{TextBackend, TextLog};

/// A state with `love.graphics` in `g`, drawing to text.
fn new_state() -> (Box<Vm>, TextLog) {
    let mut vm = Vm::new();
    assert!(rlove_vm::library::open_all(&mut vm).is_ok());
    let (backend, log) = TextBackend::new();
    let graphics = Graphics::new(Box::new(backend), 800, 600, 1.0).unwrap();
    install(&mut vm, graphics);
    vm.extensions.insert(FileHooks {
        read: Some(Rc::new(|vm: &mut Vm, value| -> Result<ReadFile, String> {
            let name = vm.string_or_number_bytes(value).unwrap_or_default();
            let name = String::from_utf8_lossy(&name).into_owned();
            Err(format!("Could not open file {name}. Does not exist."))
        })),
        write: None,
    });
    let table = vm.new_table();
    assert!(vm.register(table, MODULE.functions).is_ok());
    let globals = vm.globals();
    vm.set_field(globals, "g", table);
    for object_type in MODULE.types {
        metatable_of(&mut vm, object_type);
    }
    let love = vm.new_table();
    assert!(vm.register(love, super::super::image::FUNCTIONS).is_ok());
    vm.set_field(globals, "image_library", love);
    (vm, log)
}

/// The results of a chunk as text, or its error.
fn run(vm: &mut Vm, source: &str) -> Result<String, String> {
    let text = |vm: &mut Vm, value: Value| match vm.string_or_number_bytes(value) {
        Some(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
        None if value.is_boolean() => value.is_truthy().to_string(),
        None => value.type_name().to_owned(),
    };
    let outcome = vm
        .load_source(source.as_bytes(), b"=test")
        .and_then(|chunk| vm.call_function(chunk, &[]));
    match outcome {
        Ok(values) => {
            let texts: Vec<String> = values.into_iter().map(|value| text(vm, value)).collect();
            Ok(texts.join(" "))
        }
        Err(_) => {
            let error = vm.take_error();
            Err(text(vm, error))
        }
    }
}

const OBJECTS: &str = "image = g.newImage(image_library.newImageData(4, 4)) canvas = g.newCanvas(8, 8)
quad = g.newQuad(0, 0, 1, 1, 4, 4) font = g.getFont() batch = g.newSpriteBatch(image, 4) text = g.newText(font, 'a')
released = g.newImage(image_library.newImageData(4, 4)) released:release() print = function() end";

#[test]
fn errors_are_loves() {
    // What LÖVE 11 answers to the same lines.
    let cases: &[(&str, &str)] = &[
        (
            "g.setColor()",
            "test:1: bad argument #1 to 'setColor' (number expected, got no value)",
        ),
        (
            "g.setColor('red')",
            "test:1: bad argument #1 to 'setColor' (number expected, got string)",
        ),
        (
            "g.setColor(1)",
            "test:1: bad argument #2 to 'setColor' (number expected, got no value)",
        ),
        (
            "g.setColor(1, 2, {})",
            "test:1: bad argument #3 to 'setColor' (number expected, got table)",
        ),
        (
            "g.draw()",
            "test:1: bad argument #1 to 'draw' (Drawable expected, got no value)",
        ),
        (
            "g.draw(nil)",
            "test:1: bad argument #1 to 'draw' (Drawable expected, got nil)",
        ),
        (
            "g.draw(1)",
            "test:1: bad argument #1 to 'draw' (Drawable expected, got number)",
        ),
        (
            "g.draw('x')",
            "test:1: bad argument #1 to 'draw' (Drawable expected, got string)",
        ),
        (
            "g.draw(font)",
            "test:1: bad argument #1 to 'draw' (Drawable expected, got Font)",
        ),
        (
            "g.draw(image, 'x')",
            "test:1: bad argument #2 to 'draw' (number expected, got string)",
        ),
        (
            "g.draw(image, nil, 5)",
            "test:1: bad argument #2 to 'draw' (Quad expected, got nil)",
        ),
        (
            "g.draw(image, quad, 'x')",
            "test:1: bad argument #3 to 'draw' (number expected, got string)",
        ),
        (
            "g.draw(quad)",
            "test:1: bad argument #1 to 'draw' (Drawable expected, got Quad)",
        ),
        (
            "g.draw(image, font)",
            "test:1: bad argument #2 to 'draw' (number expected, got userdata)",
        ),
        (
            "g.draw(batch, quad)",
            "test:1: bad argument #1 to 'draw' (Texture expected, got SpriteBatch)",
        ),
        (
            "g.rectangle()",
            "test:1: bad argument #1 to 'rectangle' (string expected, got no value)",
        ),
        (
            "g.rectangle('full', 1, 2, 3, 4)",
            "test:1: Invalid draw mode 'full', expected one of: 'line', 'fill'",
        ),
        (
            "g.rectangle('fill', 1, 2, 3)",
            "test:1: bad argument #5 to 'rectangle' (number expected, got no value)",
        ),
        (
            "g.rectangle('line', 'a', 2, 3, 4)",
            "test:1: bad argument #2 to 'rectangle' (number expected, got string)",
        ),
        (
            "g.circle('fill')",
            "test:1: bad argument #2 to 'circle' (number expected, got no value)",
        ),
        (
            "g.circle('fill', 1, 2, nil)",
            "test:1: bad argument #4 to 'circle' (number expected, got nil)",
        ),
        (
            "g.ellipse('fill', 1, 2)",
            "test:1: bad argument #4 to 'ellipse' (number expected, got no value)",
        ),
        (
            "g.arc('fill', 'half', 1, 2, 3, 4, 5)",
            "test:1: Invalid arc mode 'half', expected one of: 'open', 'closed', 'pie'",
        ),
        (
            "g.arc('fill', 1, 2, 3, 4)",
            "test:1: bad argument #6 to 'arc' (number expected, got no value)",
        ),
        (
            "g.polygon('fill', 1, 2, 3)",
            "test:1: Number of vertex components must be a multiple of two",
        ),
        (
            "g.polygon('fill', 1, 2, 3, 4)",
            "test:1: Need at least three vertices to draw a polygon",
        ),
        (
            "g.polygon('fill', {1, 2, 3, 4, 5})",
            "test:1: Number of vertex components must be a multiple of two",
        ),
        (
            "g.polygon('fill', {})",
            "test:1: Need at least three vertices to draw a polygon",
        ),
        (
            "g.line(1, 2, 3)",
            "test:1: Number of vertex components must be a multiple of two.",
        ),
        (
            "g.line(1, 2)",
            "test:1: Need at least two vertices to draw a line.",
        ),
        (
            "g.line()",
            "test:1: bad argument #1 to 'line' (table or number expected, got no value)",
        ),
        (
            "g.line('a')",
            "test:1: bad argument #1 to 'line' (table or number expected, got string)",
        ),
        (
            "g.line({1, 2, 3})",
            "test:1: Number of vertex components must be a multiple of two.",
        ),
        (
            "g.line(1, 2, 3, 'a')",
            "test:1: bad argument #4 to 'line' (number expected, got string)",
        ),
        (
            "g.points(1)",
            "test:1: Number of vertex components must be a multiple of two",
        ),
        (
            "g.points(1, 'b')",
            "test:1: bad argument #2 to 'points' (number expected, got string)",
        ),
        (
            "g.print()",
            "test:1: bad argument #1 to 'print' (string expected, got no value)",
        ),
        (
            "g.print(nil)",
            "test:1: bad argument #1 to 'print' (string expected, got nil)",
        ),
        ("g.print({})", "ok"),
        (
            "g.print(true)",
            "test:1: bad argument #1 to 'print' (string expected, got boolean)",
        ),
        (
            "g.print('a', 'b')",
            "test:1: bad argument #2 to 'print' (number expected, got string)",
        ),
        (
            "g.print(print)",
            "test:1: bad argument #1 to 'print' (string expected, got function)",
        ),
        (
            "g.printf('a')",
            "test:1: bad argument #2 to 'printf' (number expected, got no value)",
        ),
        (
            "g.printf('a', 1, 2)",
            "test:1: bad argument #4 to 'printf' (number expected, got no value)",
        ),
        (
            "g.printf('a', 1, 2, 3, 'middle')",
            "test:1: Invalid alignment 'middle', expected one of: 'left', 'center', 'right', 'justify'",
        ),
        (
            "g.printf(nil, 1, 2, 3)",
            "test:1: bad argument #1 to 'printf' (string expected, got nil)",
        ),
        (
            "g.setBlendMode()",
            "test:1: bad argument #1 to 'setBlendMode' (string expected, got no value)",
        ),
        (
            "g.setBlendMode('foo')",
            "test:1: Invalid blend mode 'foo', expected one of: 'alpha', 'add', 'subtract', 'multiply', 'lighten', 'darken', 'screen', 'replace', 'none'",
        ),
        (
            "g.setBlendMode('multiply')",
            "test:1: The 'multiply' blend mode must be used with premultiplied alpha.",
        ),
        (
            "g.setBlendMode('alpha', 'foo')",
            "test:1: Invalid blend alpha mode 'foo', expected one of: 'alphamultiply', 'premultiplied'",
        ),
        (
            "g.setLineStyle('foo')",
            "test:1: Invalid line style 'foo', expected one of: 'rough', 'smooth'",
        ),
        (
            "g.setLineJoin('foo')",
            "test:1: Invalid line join 'foo', expected one of: 'none', 'miter', 'bevel'",
        ),
        (
            "g.setLineWidth()",
            "test:1: bad argument #1 to 'setLineWidth' (number expected, got no value)",
        ),
        (
            "g.setPointSize('x')",
            "test:1: bad argument #1 to 'setPointSize' (number expected, got string)",
        ),
        (
            "g.setDefaultFilter('foo')",
            "test:1: Invalid filter mode 'foo', expected one of: 'none', 'linear', 'nearest'",
        ),
        (
            "g.setDefaultFilter('linear', 'foo')",
            "test:1: Invalid filter mode 'foo', expected one of: 'none', 'linear', 'nearest'",
        ),
        (
            "g.setScissor(1)",
            "test:1: bad argument #2 to 'setScissor' (number expected, got no value)",
        ),
        (
            "g.setScissor(1, 2, -1, 4)",
            "test:1: Can't set scissor with negative width and/or height.",
        ),
        (
            "g.intersectScissor(1, 2, 3)",
            "test:1: bad argument #4 to 'intersectScissor' (number expected, got no value)",
        ),
        (
            "g.setStencilTest('foo', 1)",
            "test:1: Invalid compare mode 'foo', expected one of: 'less', 'lequal', 'equal', 'gequal', 'greater', 'notequal', 'always', 'never'",
        ),
        (
            "g.setStencilTest('equal')",
            "test:1: bad argument #2 to 'setStencilTest' (number expected, got no value)",
        ),
        (
            "g.stencil()",
            "test:1: bad argument #1 to 'stencil' (function expected, got no value)",
        ),
        (
            "g.stencil(print, 'foo')",
            "test:1: Invalid stencil draw action 'foo', expected one of: 'replace', 'increment', 'decrement', 'incrementwrap', 'decrementwrap', 'invert'",
        ),
        (
            "g.stencil(1)",
            "test:1: bad argument #1 to 'stencil' (function expected, got number)",
        ),
        (
            "g.setCanvas(1)",
            "test:1: bad argument #1 to 'setCanvas' (Canvas expected, got number)",
        ),
        (
            "g.setCanvas(image)",
            "test:1: bad argument #1 to 'setCanvas' (Canvas expected, got Image)",
        ),
        ("g.setCanvas(nil, 1)", "ok"),
        (
            "g.push('foo')",
            "test:1: Invalid graphics stack type 'foo', expected one of: 'all', 'transform'",
        ),
        (
            "g.pop()",
            "test:1: Minimum stack depth reached (more pops than pushes?)",
        ),
        (
            "g.translate()",
            "test:1: bad argument #1 to 'translate' (number expected, got no value)",
        ),
        (
            "g.translate(1)",
            "test:1: bad argument #2 to 'translate' (number expected, got no value)",
        ),
        (
            "g.rotate()",
            "test:1: bad argument #1 to 'rotate' (number expected, got no value)",
        ),
        (
            "g.scale('a')",
            "test:1: bad argument #1 to 'scale' (number expected, got string)",
        ),
        (
            "g.shear(1)",
            "test:1: bad argument #2 to 'shear' (number expected, got no value)",
        ),
        (
            "g.applyTransform()",
            "test:1: bad argument #1 to 'applyTransform' (Transform expected, got no value)",
        ),
        (
            "g.applyTransform(1)",
            "test:1: bad argument #1 to 'applyTransform' (Transform expected, got number)",
        ),
        (
            "g.newImage()",
            "test:1: bad argument #1 to 'newImage' (ImageData expected, got no value)",
        ),
        (
            "g.newImage(1)",
            "test:1: Could not open file 1. Does not exist.",
        ),
        (
            "g.newImage('nothere.png')",
            "test:1: Could not open file nothere.png. Does not exist.",
        ),
        (
            "g.newImage(nil)",
            "test:1: bad argument #1 to 'newImage' (ImageData expected, got nil)",
        ),
        (
            "g.newCanvas(0, 1)",
            "test:1: Canvas dimensions must be greater than 0.",
        ),
        (
            "g.newCanvas(-5, 1)",
            "test:1: Canvas dimensions must be greater than 0.",
        ),
        (
            "g.newCanvas(1000000, 1)",
            "test:1: Cannot create texture: pixel width of 1000000 is too large for this system.",
        ),
        (
            "g.newCanvas(1, 1, {foo = 1})",
            "test:1: Invalid canvas setting name: foo",
        ),
        (
            "g.newCanvas(1, 1, {format = 'foo'})",
            "test:1: Invalid pixel format: foo",
        ),
        (
            "g.newCanvas('a')",
            "test:1: bad argument #1 to 'newCanvas' (number expected, got string)",
        ),
        (
            "g.newCanvas(10, 10, {type = 'foo'})",
            "test:1: Invalid texture type 'foo', expected one of: '2d', 'volume', 'array', 'cube'",
        ),
        (
            "g.newCanvas(10, 10, {mipmaps = 'foo'})",
            "test:1: Invalid Canvas mipmap mode 'foo', expected one of: 'none', 'manual', 'auto'",
        ),
        (
            "g.newQuad()",
            "test:1: bad argument #1 to 'newQuad' (number expected, got no value)",
        ),
        (
            "g.newQuad(1, 2, 3, 4)",
            "test:1: bad argument #5 to 'newQuad' (number expected, got no value)",
        ),
        (
            "g.newQuad(1, 2, 3, 4, 5)",
            "test:1: bad argument #6 to 'newQuad' (number expected, got no value)",
        ),
        (
            "g.newQuad(1, 2, 3, 4, font)",
            "test:1: bad argument #5 to 'newQuad' (number expected, got userdata)",
        ),
        (
            "g.newSpriteBatch()",
            "test:1: bad argument #1 to 'newSpriteBatch' (Texture expected, got no value)",
        ),
        (
            "g.newSpriteBatch(image, 0)",
            "test:1: Invalid SpriteBatch size.",
        ),
        (
            "g.newSpriteBatch(image, 10, 'foo')",
            "test:1: Invalid usage hint 'foo', expected one of: 'stream', 'dynamic', 'static'",
        ),
        (
            "g.newFont('nothere.ttf')",
            "Could not open file nothere.ttf. Does not exist.",
        ),
        ("g.newFont(0)", "Invalid TrueType font size: 0"),
        (
            "g.newFont(12, 'foo')",
            "Invalid TrueType font hinting mode 'foo', expected one of: 'normal', 'light', 'mono', 'none'",
        ),
        (
            "g.newImageFont('nothere.png', 'abc')",
            "Could not open file nothere.png. Does not exist.",
        ),
        (
            "g.newImageFont('nothere.png')",
            "test:1: bad argument #2 to 'newImageFont' (string expected, got no value)",
        ),
        (
            "g.setFont()",
            "test:1: bad argument #1 to 'setFont' (Font expected, got no value)",
        ),
        (
            "g.setFont(image)",
            "test:1: bad argument #1 to 'setFont' (Font expected, got Image)",
        ),
        (
            "g.setFont('x')",
            "test:1: bad argument #1 to 'setFont' (Font expected, got string)",
        ),
        (
            "g.newText()",
            "test:1: bad argument #1 to 'newText' (Font expected, got no value)",
        ),
        ("g.newText(font, {})", "ok"),
        (
            "g.setColorMask(true)",
            "test:1: bad argument #2 to 'setColorMask' (boolean expected, got no value)",
        ),
        (
            "g.setWireframe()",
            "test:1: bad argument #1 to 'setWireframe' (boolean expected, got no value)",
        ),
        (
            "g.setDepthMode('foo', true)",
            "test:1: Invalid compare mode 'foo', expected one of: 'less', 'lequal', 'equal', 'gequal', 'greater', 'notequal', 'always', 'never'",
        ),
        (
            "g.setDepthMode('less')",
            "test:1: bad argument #2 to 'setDepthMode' (boolean expected, got no value)",
        ),
        (
            "g.setMeshCullMode('foo')",
            "test:1: Invalid cull mode 'foo', expected one of: 'none', 'back', 'front'",
        ),
        (
            "g.setFrontFaceWinding('foo')",
            "test:1: Invalid vertex winding 'foo', expected one of: 'cw', 'ccw'",
        ),
        (
            "g.clear('a')",
            "test:1: bad argument #1 to 'clear' (number expected, got string)",
        ),
        (
            "g.clear(1)",
            "test:1: bad argument #2 to 'clear' (number expected, got no value)",
        ),
        (
            "g.captureScreenshot()",
            "test:1: bad argument #1 to 'captureScreenshot' (function, string, or Channel expected, got no value)",
        ),
        (
            "g.captureScreenshot('x.foo')",
            "test:1: Invalid encoded image format 'foo', expected one of: 'tga', 'png'",
        ),
        (
            "image:setFilter('foo')",
            "test:1: Invalid filter mode 'foo', expected one of: 'none', 'linear', 'nearest'",
        ),
        (
            "image:setFilter()",
            "test:1: bad argument #1 to 'setFilter' (string expected, got no value)",
        ),
        (
            "image:setWrap('foo')",
            "test:1: Invalid wrap mode 'foo', expected one of: 'clamp', 'clampzero', 'repeat', 'mirroredrepeat'",
        ),
        ("image:getWidth(2)", "test:1: Invalid mipmap index: 2"),
        (
            "image.getWidth()",
            "test:1: bad argument #1 to 'getWidth' (Texture expected, got no value)",
        ),
        (
            "image.getWidth(1)",
            "test:1: bad argument #1 to 'getWidth' (Texture expected, got number)",
        ),
        (
            "image.getWidth(font)",
            "test:1: bad argument #1 to 'getWidth' (Texture expected, got Font)",
        ),
        (
            "image:setMipmapFilter('linear')",
            "test:1: Non-mipmapped texture cannot have mipmap filtering.",
        ),
        (
            "image:replacePixels(1)",
            "test:1: bad argument #1 to 'replacePixels' (ImageData expected, got number)",
        ),
        (
            "image:replacePixels()",
            "test:1: bad argument #1 to 'replacePixels' (ImageData expected, got no value)",
        ),
        (
            "canvas:newImageData(1, 1, 0, 0, 100, 100)",
            "test:1: Invalid rectangle dimensions.",
        ),
        (
            "canvas:renderTo()",
            "test:1: bad argument #1 to 'renderTo' (function expected, got no value)",
        ),
        (
            "canvas:renderTo(1)",
            "test:1: bad argument #1 to 'renderTo' (function expected, got number)",
        ),
        (
            "canvas:generateMipmaps()",
            "test:1: generateMipmaps can only be called on a Canvas which was created with mipmaps enabled.",
        ),
        (
            "quad:setViewport()",
            "test:1: bad argument #1 to 'setViewport' (number expected, got no value)",
        ),
        (
            "quad:setViewport(1, 2, 3)",
            "test:1: bad argument #4 to 'setViewport' (number expected, got no value)",
        ),
        (
            "font:getWidth()",
            "test:1: bad argument #1 to 'getWidth' (string expected, got no value)",
        ),
        (
            "font:getWidth(nil)",
            "test:1: bad argument #1 to 'getWidth' (string expected, got nil)",
        ),
        (
            "font:getWrap('a')",
            "test:1: bad argument #2 to 'getWrap' (number expected, got no value)",
        ),
        (
            "font:setLineHeight()",
            "test:1: bad argument #1 to 'setLineHeight' (number expected, got no value)",
        ),
        (
            "font:setFilter('foo')",
            "test:1: Invalid filter mode 'foo', expected one of: 'none', 'linear', 'nearest'",
        ),
        (
            "font:getWidth('\\255')",
            "test:1: UTF-8 decoding error: Invalid UTF-8",
        ),
        (
            "font:hasGlyphs()",
            "test:1: bad argument #1 to 'hasGlyphs' (number expected, got no value)",
        ),
        (
            "font:getKerning('a')",
            "test:1: bad argument #2 to 'getKerning' (string expected, got no value)",
        ),
        (
            "font:setFallbacks(1)",
            "test:1: bad argument #1 to 'setFallbacks' (Font expected, got number)",
        ),
        (
            "batch:add('a')",
            "test:1: bad argument #1 to 'add' (number expected, got string)",
        ),
        (
            "batch:add(nil, 1)",
            "test:1: bad argument #1 to 'add' (Quad expected, got nil)",
        ),
        ("batch:set(1)", "ok"),
        ("batch:set(100, 1, 2)", "test:1: Invalid sprite index: 100"),
        ("batch:set(0, 1, 2)", "ok"),
        ("batch:setDrawRange(0, 1)", "test:1: Invalid draw range."),
        ("batch:setDrawRange(1, 0)", "test:1: Invalid draw range."),
        (
            "batch:setDrawRange(1)",
            "test:1: bad argument #2 to 'setDrawRange' (number expected, got no value)",
        ),
        (
            "batch:setColor('a')",
            "test:1: bad argument #1 to 'setColor' (number expected, got string)",
        ),
        (
            "batch:setTexture(1)",
            "test:1: bad argument #1 to 'setTexture' (Texture expected, got number)",
        ),
        (
            "text:set()",
            "test:1: bad argument #1 to 'set' (string expected, got no value)",
        ),
        (
            "text:setf('a', 1)",
            "test:1: bad argument #3 to 'setf' (string expected, got no value)",
        ),
        (
            "text:setf('a', 1, 'foo')",
            "test:1: Invalid align mode 'foo', expected one of: 'left', 'center', 'right', 'justify'",
        ),
        (
            "text:add()",
            "test:1: bad argument #1 to 'add' (string expected, got no value)",
        ),
        (
            "text:setFont(1)",
            "test:1: bad argument #1 to 'setFont' (Font expected, got number)",
        ),
        (
            "image.foo()",
            "test:1: attempt to call field 'foo' (a nil value)",
        ),
        (
            "released:getWidth()",
            "test:1: Cannot use object after it has been released.",
        ),
        (
            "g.draw(released)",
            "test:1: Cannot use object after it has been released.",
        ),
        (
            "font.getHeight(image)",
            "test:1: bad argument #1 to 'getHeight' (Font expected, got Image)",
        ),
        (
            "quad.getViewport(nil)",
            "test:1: bad argument #1 to 'getViewport' (Quad expected, got nil)",
        ),
        (
            "g.transformPoint(1)",
            "test:1: bad argument #2 to 'transformPoint' (number expected, got no value)",
        ),
        (
            "g.line({1, 2, 3, 'x'})",
            "test:1: bad argument #4 to 'line' (number expected, got string)",
        ),
        (
            "g.setColor({1, 2})",
            "test:1: bad argument #5 to 'setColor' (number expected, got nil)",
        ),
        (
            "g.setColor({})",
            "test:1: bad argument #3 to 'setColor' (number expected, got nil)",
        ),
        (
            "g.print({{1, 2}, 'a'})",
            "test:1: bad argument #6 to 'print' (number expected, got nil)",
        ),
        (
            "g.print({{1, 2, 3}, {}, 5, print})",
            "test:1: bad argument #4 to 'print' (number expected, got nil)",
        ),
        (
            "g.points({{1}})",
            "test:1: bad argument #5 to 'points' (number expected, got nil)",
        ),
        (
            "g.newText(font, {{1,2}, 'a'})",
            "test:1: bad argument #7 to 'newText' (number expected, got nil)",
        ),
    ];
    let (mut vm, _) = new_state();
    run(&mut vm, OBJECTS).unwrap();
    let mut differences = Vec::new();
    for (source, expected) in cases {
        let answer = match run(&mut vm, source) {
            Ok(_) => "ok".to_owned(),
            Err(message) => message,
        };
        run(&mut vm, "g.setCanvas()").unwrap();
        if answer != *expected {
            differences.push(format!("{source}\n  LÖVE  {expected}\n  rlove {answer}"));
        }
    }
    assert!(differences.is_empty(), "{}", differences.join("\n"));
}

#[test]
fn objects_keep_their_identity() {
    let (mut vm, _) = new_state();
    run(&mut vm, OBJECTS).unwrap();
    let same = "g.setCanvas(canvas) local same = g.getCanvas() == canvas g.setCanvas() g.setFont(font)
return same, g.getFont() == font, batch:getTexture() == image, image == canvas, image:type(), canvas:typeOf('Texture'),
canvas:typeOf('Image'), image:typeOf('Drawable')";
    assert_eq!(
        run(&mut vm, same),
        Ok("true true true false Image true false true".to_owned())
    );
}

#[test]
fn draws_arrive_in_the_command_list() {
    let (mut vm, log) = new_state();
    run(&mut vm, OBJECTS).unwrap();
    run(&mut vm, "g.flushBatch()").unwrap();
    log.take();
    let scene = "g.clear(0.1, 0.2, 0.3)
g.setColor(1, 0.5, 0) g.rectangle('fill', 1, 2, 3, 4)
g.push() g.translate(10, 20) g.draw(image, quad, 1, 2, 0, 2) g.pop()
g.setScissor(1, 2, 3, 4) g.draw(image, 5, 6) g.setScissor()
g.stencil(function() g.circle('fill', 0, 0, 1, 3) end)
g.flushBatch()";
    run(&mut vm, scene).unwrap();
    let expected = "target screen 800x600
clear 0.1 0.2 0.3 1 stencil 0 depth 1
draw texture 0
  fan (1,2) (1,6) (4,6) (4,2) #ff7f00ff
draw texture 1
  quad (11,22) (13,24) of (0,0) (0.25,0.25) #ff7f00ff
draw texture 1 scissor 1,2 3x4
  quad (5,6) (9,10) of (0,0) (1,1) #ff7f00ff
clear stencil 0
draw texture 0 mask \"\" stencil replace 1
  fan (0,0) (1,0) (-0.5,0.866) (-0.5,-0.866) (1,0) #ff7f00ff
";
    assert_eq!(log.take(), expected);
}

#[test]
fn text_is_printed_with_glyphs() {
    let (mut vm, log) = new_state();
    run(
        &mut vm,
        "g.print('A b', 10, 20) g.printf({{1, 0, 0}, 'C'}, 0, 0, 100, 'right') g.flushBatch()",
    )
    .unwrap();
    let printed = log.take();
    assert_eq!(printed.matches("quad").count(), 3, "{printed}");
    assert!(printed.contains("#ff0000ff"), "{printed}");
    let sizes = "local f = g.getFont() return f:getHeight(), f:getWidth('Hello'), f:getWrap('Hello you', 40)";
    assert_eq!(run(&mut vm, sizes), Ok("14 29 29 table".to_owned()));
}

#[test]
fn every_signature_names_a_function_of_love() {
    let api = include_str!("../../data/love-api/love11-api.json");
    for function in MODULE.functions {
        let name = function.short_name();
        let known = name.starts_with('_') || api.contains(&format!("\"{name}\""));
        assert!(known, "{} is not LÖVE's", function.name);
    }
}
