//! Text placed and rasterised by `rlove::font`, compared with LÖVE 11's pictures of the same text.
//!
//! The expected pictures in `love_text/` come from LÖVE itself, by `love_text/main.lua`, which draws what the functions
//! here draw. At whole positions a glyph's pixels reach the screen unchanged, so this test composes them without any
//! graphics card: what differs is layout or rasterising. A picture is equal if 99.9 % of its pixels are within 8/255. A last test
//! runs the same Lua file through `love.graphics` and the renderer.

use rlove::font::{Align, ColouredText, Font, Hinting, PositionedGlyph, Rasterizer};
use rlove::graphics::Graphics;
use rlove::graphics::wgpu_backend::WgpuBackend;
use rlove::love::{self, data_object::FileHooks};
use rlove_vm::vm::Vm;
use std::cell::RefCell;
use std::path::Path;
use std::rc::Rc;

const WIDTH: usize = 400;
const HEIGHT: usize = 300;
const WHITE: [f32; 4] = [1.0; 4];
const LOREM: &str =
    "The quick brown fox jumps over the lazy dog, AVATAR To. WAVE; (fi) [ff] {@} éüñ € ☃";

/// Black, and text blended onto it.
struct Screen {
    pixels: Vec<[f32; 3]>,
}

impl Screen {
    fn draw(&mut self, font: &mut Font, glyphs: &[PositionedGlyph], x: i32, y: i32) {
        for placed in glyphs {
            let glyph = font.glyph(placed.codepoint).unwrap();
            let bitmap = &glyph.bitmap;
            let left = x + placed.x as i32 + bitmap.bearing_x;
            let top = y + placed.y as i32 - bitmap.bearing_y;
            let pixels = bitmap.to_rgba8();
            for (index, pixel) in pixels.chunks_exact(4).enumerate() {
                let column = left + (index % bitmap.width as usize) as i32;
                let row = top + (index / bitmap.width as usize) as i32;
                if !(0..WIDTH as i32).contains(&column) || !(0..HEIGHT as i32).contains(&row) {
                    continue;
                }
                let target = &mut self.pixels[row as usize * WIDTH + column as usize];
                let alpha = f32::from(pixel[3]) / 255.0 * placed.colour[3];
                for (part, channel) in target.iter_mut().enumerate() {
                    let source = f32::from(pixel[part]) / 255.0 * placed.colour[part];
                    *channel = *channel * (1.0 - alpha) + source * alpha;
                }
            }
        }
    }

    fn print(&mut self, font: &mut Font, text: &str, x: i32, y: i32) {
        let text = ColouredText::plain(text.as_bytes()).unwrap();
        let (glyphs, _) = font.print(&text, WHITE).unwrap();
        self.draw(font, &glyphs, x, y);
    }

    fn print_aligned(
        &mut self,
        font: &mut Font,
        text: &str,
        x: i32,
        y: i32,
        limit: f32,
        align: Align,
    ) {
        let text = ColouredText::plain(text.as_bytes()).unwrap();
        let (glyphs, _) = font.print_aligned(&text, WHITE, limit, align).unwrap();
        self.draw(font, &glyphs, x, y);
    }
}

fn vera(size: i64, hinting: Hinting) -> Font {
    Font::new(Rasterizer::default_font(size, hinting, 1.0).unwrap())
}

fn coloured(parts: &[(&str, [f32; 4])]) -> ColouredText {
    let parts = parts
        .iter()
        .map(|(text, colour)| (text.as_bytes(), *colour));
    ColouredText::from_parts(parts).unwrap()
}

fn compare(name: &str, scene: fn(&mut Screen)) {
    let mut screen = Screen {
        pixels: vec![[0.0; 3]; WIDTH * HEIGHT],
    };
    scene(&mut screen);
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/love_text");
    let expected = image::open(folder.join(format!("{name}.png")))
        .unwrap()
        .to_rgba8();
    let drawn: Vec<u8> = screen
        .pixels
        .iter()
        .flat_map(|pixel| pixel.map(|channel| (channel * 255.0 + 0.5) as u8))
        .collect();
    let mut differing = 0;
    for (pixel, wanted) in drawn.chunks_exact(3).zip(expected.pixels()) {
        let distance = pixel.iter().zip(wanted.0).map(|(a, b)| a.abs_diff(b)).max();
        differing += usize::from(distance.unwrap_or(0) > 8);
    }
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("text_{name}.png"));
    let picture = image::RgbImage::from_raw(WIDTH as u32, HEIGHT as u32, drawn).unwrap();
    picture.save(&path).unwrap();
    println!("{name}: {differing} pixels differ by more than 8");
    assert!(
        differing * 1000 <= WIDTH * HEIGHT,
        "{differing} pixels of {name} differ from LÖVE's; see {}",
        path.display()
    );
}

#[test]
fn print() {
    compare("print", |screen| {
        let mut font = vera(12, Hinting::Normal);
        screen.print(&mut font, "Hello, World!", 5, 5);
        screen.print(&mut font, "two lines\nand\ttabs\tbetween", 5, 25);
        screen.print(&mut font, "AVATAR To. WAVE é €", 5, 60);
        screen.print(&mut font, "missing: 漢字", 5, 80);
        let text = coloured(&[
            ("red ", [1.0, 0.0, 0.0, 1.0]),
            ("green ", [0.0, 1.0, 0.0, 0.5]),
            ("white\n", WHITE),
            ("yellow", [1.0, 1.0, 0.0, 1.0]),
        ]);
        let (glyphs, _) = font.print(&text, [0.2, 0.6, 1.0, 1.0]).unwrap();
        screen.draw(&mut font, &glyphs, 5, 100);
        let mut y = 140;
        for size in [8, 10, 16, 20, 32] {
            let mut font = vera(size, Hinting::Normal);
            screen.print(&mut font, &format!("Size {size} gjpqy @&"), 5, y);
            y += font.height() as i32;
        }
        screen.print(&mut vera(14, Hinting::Light), "light hinting", 250, 140);
        screen.print(&mut vera(14, Hinting::None), "no hinting", 250, 160);
    });
}

#[test]
fn printf() {
    compare("printf", |screen| {
        let mut font = vera(12, Hinting::Normal);
        screen.print_aligned(&mut font, LOREM, 5, 5, 120.0, Align::Left);
        screen.print_aligned(&mut font, LOREM, 135, 5, 120.0, Align::Right);
        screen.print_aligned(&mut font, LOREM, 265, 5, 120.0, Align::Center);
        screen.print_aligned(&mut font, LOREM, 5, 125, 120.0, Align::Justify);
        let spaces = "a\n\nparagraph  with   spaces \n end";
        screen.print_aligned(&mut font, spaces, 135, 125, 60.0, Align::Justify);
        let text = coloured(&[
            ("orange words wrap ", [1.0, 0.5, 0.0, 1.0]),
            ("and cyan words wrap", [0.0, 1.0, 1.0, 1.0]),
        ]);
        let (glyphs, _) = font
            .print_aligned(&text, WHITE, 80.0, Align::Center)
            .unwrap();
        screen.draw(&mut font, &glyphs, 265, 125);
        let mut font = vera(16, Hinting::Normal);
        font.set_line_height(1.4);
        let apart = "line height is\nnot one here, so lines lie apart";
        screen.print_aligned(&mut font, apart, 5, 215, 390.0, Align::Center);
    });
}

/// Pictures that the scenes in `love_text/main.lua` store, by name.
fn run_scenes(graphics: Graphics) -> Vec<(String, Vec<u8>)> {
    let mut vm = Vm::new();
    let vm = &mut *vm;
    assert!(rlove_vm::library::open_all(vm).is_ok());
    love::graphics::install(vm, graphics);
    let written = Rc::new(RefCell::new(Vec::new()));
    let files = written.clone();
    vm.extensions.insert(FileHooks {
        read: None,
        write: Some(Rc::new(move |_, name: &str, bytes: &[u8]| {
            files.borrow_mut().push((name.to_string(), bytes.to_vec()));
            Ok(())
        })),
    });
    let table = vm.new_table();
    for (name, functions) in [
        ("graphics", love::graphics::MODULE.functions),
        ("image", love::image::FUNCTIONS),
    ] {
        let module = vm.new_table();
        assert!(vm.register(module, functions).is_ok());
        vm.set_field(table, name, module);
    }
    let globals = vm.globals();
    vm.set_field(globals, "love", table);
    let program = format!(
        "love.event = {{ quit = function() end }} {}\nlove.load()",
        include_str!("love_text/main.lua")
    );
    let outcome = vm
        .load_source(program.as_bytes(), b"=main.lua")
        .and_then(|chunk| vm.call_function(chunk, &[]));
    if outcome.is_err() {
        let error = vm.take_error();
        let text = vm.string_or_number_bytes(error).unwrap_or_default();
        panic!("{}", String::from_utf8_lossy(&text));
    }
    written.take()
}

/// The same scenes through Lua, `love.graphics` and the renderer: 99 % of the pixels within 8/255.
#[test]
fn scenes_through_the_renderer() {
    let backend = match WgpuBackend::headless() {
        Ok(backend) => backend,
        Err(error) => {
            eprintln!("skipped: {error}");
            return;
        }
    };
    let graphics = Graphics::new(Box::new(backend), WIDTH as u32, HEIGHT as u32, 1.0).unwrap();
    let pictures = run_scenes(graphics);
    assert_eq!(pictures.len(), 3);
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/love_text");
    let mut failures = Vec::new();
    for (name, file) in pictures {
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("rendered_{name}"));
        std::fs::write(&path, &file).unwrap();
        let drawn = image::load_from_memory(&file).unwrap().to_rgba8();
        let expected = image::open(folder.join(&name)).unwrap().to_rgba8();
        assert_eq!(drawn.dimensions(), expected.dimensions());
        let differing = drawn
            .pixels()
            .zip(expected.pixels())
            .filter(|(a, b)| a.0.iter().zip(b.0).any(|(a, b)| a.abs_diff(b) > 8))
            .count();
        println!("{name}: {differing} pixels differ by more than 8");
        if differing * 100 > WIDTH * HEIGHT {
            failures.push(format!("{differing} of {name}, see {}", path.display()));
        }
    }
    assert!(
        failures.is_empty(),
        "pixels differ from LÖVE's: {failures:?}"
    );
}
