//! Pictures drawn on whatever adapter the machine has; they are skipped, with a line in the output, where it has none.

use super::super::*;
use super::WgpuBackend;
use crate::graphics::commands::Clear;

fn graphics(width: u32, height: u32) -> Option<Graphics> {
    match WgpuBackend::headless() {
        Ok(backend) => Some(Graphics::new(Box::new(backend), width, height, 1.0).unwrap()),
        Err(error) => {
            eprintln!("skipped: {error}");
            None
        }
    }
}

fn clear(color: [f32; 4]) -> Clear {
    Clear {
        colors: vec![Some(color)],
        stencil: Some(0),
        depth: Some(1.0),
    }
}

fn pixel(pixels: &[u8], width: usize, x: usize, y: usize) -> [u8; 4] {
    let start = (y * width + x) * 4;
    pixels[start..start + 4].try_into().unwrap()
}

#[test]
fn rectangles_cover_exactly_their_pixels() {
    let Some(mut graphics) = graphics(32, 16) else {
        return;
    };
    graphics.clear(clear([0.0, 0.0, 0.0, 1.0]));
    graphics.set_color([1.0, 0.5, 0.0, 1.0]);
    graphics
        .rectangle(DrawMode::Fill, [4.0, 2.0, 8.0, 4.0], None, None)
        .unwrap();
    let pixels = graphics.screenshot().unwrap();
    for y in 0..16 {
        for x in 0..32 {
            let inside = (4..12).contains(&x) && (2..6).contains(&y);
            let expected = if inside {
                [255, 127, 0, 255]
            } else {
                [0, 0, 0, 255]
            };
            assert_eq!(pixel(&pixels, 32, x, y), expected, "at {x},{y}");
        }
    }
}

#[test]
fn sprites_are_blended_with_their_alpha() {
    let Some(mut graphics) = graphics(8, 8) else {
        return;
    };
    let image = graphics
        .create_texture(TextureDescription::rgba8(TextureKind::Image, 2, 2))
        .unwrap();
    let data = [[255, 0, 0, 255], [0, 255, 0, 128], [0, 0, 255, 0], [255; 4]].concat();
    graphics
        .write_texture(&image, PixelRegion::all(2, 2), &data)
        .unwrap();
    graphics.clear(clear([0.0, 0.0, 0.0, 1.0]));
    graphics
        .draw(&image, None, &Transform::from(Placement::at(3.0, 3.0)))
        .unwrap();
    let pixels = graphics.screenshot().unwrap();
    assert_eq!(pixel(&pixels, 8, 3, 3), [255, 0, 0, 255]);
    assert_eq!(pixel(&pixels, 8, 4, 3), [0, 128, 0, 255]);
    assert_eq!(pixel(&pixels, 8, 3, 4), [0, 0, 0, 255]);
    assert_eq!(pixel(&pixels, 8, 4, 4), [255; 4]);
    assert_eq!(pixel(&pixels, 8, 5, 5), [0, 0, 0, 255]);
}

#[test]
fn canvases_keep_what_was_drawn_and_can_be_read() {
    let Some(mut graphics) = graphics(8, 8) else {
        return;
    };
    let canvas = graphics
        .create_texture(TextureDescription::rgba8(TextureKind::Canvas, 4, 4))
        .unwrap();
    let target = |texture: &Texture| RenderTargets {
        colors: vec![CanvasTarget {
            texture: texture.clone(),
            layer: 0,
            mipmap: 0,
        }],
        ..RenderTargets::default()
    };
    graphics.set_canvas(target(&canvas)).unwrap();
    graphics.clear(clear([0.0, 0.0, 1.0, 1.0]));
    graphics
        .rectangle(DrawMode::Fill, [0.0, 0.0, 2.0, 1.0], None, None)
        .unwrap();
    let itself = graphics.draw(&canvas, None, &Transform::IDENTITY);
    assert_eq!(itself, Err("Cannot render a Canvas to itself!".to_owned()));
    graphics.set_canvas(RenderTargets::default()).unwrap();
    graphics.clear(clear([0.0; 4]));
    graphics
        .draw(&canvas, None, &Transform::from(Placement::at(2.0, 2.0)))
        .unwrap();
    let screen = graphics.screenshot().unwrap();
    assert_eq!(pixel(&screen, 8, 2, 2), [255; 4]);
    assert_eq!(pixel(&screen, 8, 4, 2), [0, 0, 255, 255]);
    let read = graphics
        .read_canvas(&canvas, PixelRegion::all(4, 4))
        .unwrap();
    assert_eq!(pixel(&read, 4, 1, 0), [255; 4]);
    assert_eq!(pixel(&read, 4, 1, 1), [0, 0, 255, 255]);
}

#[test]
fn the_stencil_keeps_drawing_inside_a_shape() {
    let Some(mut graphics) = graphics(8, 8) else {
        return;
    };
    graphics.clear(clear([0.0, 0.0, 0.0, 1.0]));
    graphics.begin_stencil(StencilAction::Replace, 1).unwrap();
    graphics
        .rectangle(DrawMode::Fill, [2.0, 2.0, 4.0, 4.0], None, None)
        .unwrap();
    graphics.end_stencil();
    graphics.set_stencil_test(CompareMode::Greater, 0);
    graphics
        .rectangle(DrawMode::Fill, [0.0, 0.0, 8.0, 4.0], None, None)
        .unwrap();
    let pixels = graphics.screenshot().unwrap();
    assert_eq!(pixel(&pixels, 8, 3, 3), [255; 4]);
    assert_eq!(pixel(&pixels, 8, 1, 3), [0, 0, 0, 255]);
    assert_eq!(pixel(&pixels, 8, 3, 4), [0, 0, 0, 255]);
}

#[test]
fn clears_respect_the_scissor() {
    let Some(mut graphics) = graphics(4, 4) else {
        return;
    };
    graphics.clear(clear([0.0, 0.0, 0.0, 1.0]));
    graphics.set_scissor(Some(Rectangle {
        x: 1,
        y: 1,
        width: 2,
        height: 100,
    }));
    graphics.clear(clear([1.0, 0.0, 0.0, 1.0]));
    let pixels = graphics.screenshot().unwrap();
    assert_eq!(pixel(&pixels, 4, 1, 1), [255, 0, 0, 255]);
    assert_eq!(pixel(&pixels, 4, 0, 1), [0, 0, 0, 255]);
    assert_eq!(pixel(&pixels, 4, 3, 1), [0, 0, 0, 255]);
}

#[test]
fn sprite_batches_move_with_the_transform() {
    let Some(mut graphics) = graphics(8, 8) else {
        return;
    };
    let image = graphics
        .create_texture(TextureDescription::rgba8(TextureKind::Image, 1, 1))
        .unwrap();
    graphics
        .write_texture(&image, PixelRegion::all(1, 1), &[255; 4])
        .unwrap();
    let mut batch = SpriteBatch::new(&mut graphics, image, 2).unwrap();
    for step in 0..3 {
        let place = Placement::at(step as f32, step as f32);
        batch.add(None, &Transform::from(place));
    }
    graphics.clear(clear([0.0, 0.0, 0.0, 1.0]));
    graphics.set_color([0.0, 1.0, 0.0, 1.0]);
    graphics.translate(2.0, 0.0);
    graphics
        .draw_sprite_batch(&mut batch, &Transform::IDENTITY)
        .unwrap();
    let pixels = graphics.screenshot().unwrap();
    for (x, y, green) in [(2, 0, 255), (3, 1, 255), (4, 2, 255), (1, 0, 0), (2, 1, 0)] {
        assert_eq!(pixel(&pixels, 8, x, y), [0, green, 0, 255], "at {x},{y}");
    }
}

#[test]
fn absurd_sizes_are_errors() {
    let Some(mut graphics) = graphics(4, 4) else {
        return;
    };
    let mut create = |width, height| {
        let description = TextureDescription::rgba8(TextureKind::Canvas, width, height);
        graphics.create_texture(description).map(|_| ())
    };
    assert_eq!(
        create(0, 5),
        Err("Canvas dimensions must be greater than 0.".to_owned())
    );
    assert_eq!(
        create(1_000_000, 5),
        Err(
            "Cannot create texture: pixel width of 1000000 is too large for this system."
                .to_owned()
        )
    );
}
