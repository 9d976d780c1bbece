//! Scenes drawn by `rlove::graphics`, compared with LÖVE 11's pictures of the same scenes.
//!
//! The expected pictures in `love_pictures/` come from LÖVE itself, by `love_pictures/main.lua`, which draws what the
//! functions here draw. A picture is equal if 99 % of its pixels are within 8/255 in every channel. The scenes are
//! skipped, with a line in the output, on a machine without any adapter.

use rlove::graphics::commands::Clear;
use rlove::graphics::wgpu_backend::WgpuBackend;
use rlove::graphics::*;
use std::f32::consts::PI;
use std::path::Path;

const WIDTH: u32 = 200;
const HEIGHT: u32 = 150;

type Outcome = Result<(), String>;

fn clear(r: f32, g: f32, b: f32, a: f32) -> Clear {
    Clear {
        colors: vec![Some([r, g, b, a])],
        stencil: Some(0),
        depth: Some(1.0),
    }
}

/// Draws the scene and compares; the picture is kept for a look at it when it differs.
fn compare(name: &str, scene: fn(&mut Graphics) -> Outcome) {
    let backend = match WgpuBackend::headless() {
        Ok(backend) => backend,
        Err(error) => {
            eprintln!("skipped: {error}");
            return;
        }
    };
    let mut graphics = Graphics::new(Box::new(backend), WIDTH, HEIGHT, 1.0).unwrap();
    graphics.clear(clear(0.0, 0.0, 0.0, 1.0));
    scene(&mut graphics).unwrap();
    let drawn = graphics.screenshot().unwrap();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/love_pictures");
    let expected = image::open(folder.join(format!("{name}.png"))).unwrap();
    let expected = expected.to_rgba8();
    assert_eq!(expected.dimensions(), (WIDTH, HEIGHT));
    let mut differing = 0;
    let mut largest = 0;
    for (pixel, wanted) in drawn.chunks_exact(4).zip(expected.pixels()) {
        let distance = pixel.iter().zip(wanted.0).map(|(a, b)| a.abs_diff(b)).max();
        let distance = distance.unwrap_or(0);
        largest = largest.max(distance);
        differing += u32::from(distance > 8);
    }
    println!(
        "{name}: {differing} pixels differ by more than 8, the largest difference is {largest}"
    );
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}.png"));
    let picture = image::RgbaImage::from_raw(WIDTH, HEIGHT, drawn).unwrap();
    picture.save(&path).unwrap();
    assert!(
        differing * 100 <= WIDTH * HEIGHT,
        "{differing} pixels of {name} differ from LÖVE's; see {}",
        path.display()
    );
}

fn fill(graphics: &mut Graphics, x: f32, y: f32, width: f32, height: f32) -> Outcome {
    graphics.rectangle(DrawMode::Fill, [x, y, width, height], None, None)
}

fn new_image(graphics: &mut Graphics) -> Result<Texture, String> {
    let mut pixels = Vec::new();
    for y in 0..16u32 {
        for x in 0..16u32 {
            let opaque = x < 8 || y < 8;
            let alpha = if opaque { 255 } else { x * y % 16 * 16 };
            let channels = [x * 16, y * 16, (x * 3 + y * 5) % 16 * 16, alpha];
            pixels.extend(channels.map(|channel| channel as u8));
        }
    }
    let image = graphics.create_texture(TextureDescription::rgba8(TextureKind::Image, 16, 16))?;
    graphics.write_texture(&image, PixelRegion::all(16, 16), &pixels)?;
    Ok(image)
}

fn both(mode: FilterMode) -> Filter {
    Filter {
        min: mode,
        mag: mode,
        anisotropy: 1.0,
    }
}

fn place(x: f32, y: f32, r: f32, sx: f32, sy: f32, ox: f32, oy: f32) -> Transform {
    Transform::from(Placement {
        x,
        y,
        r,
        sx,
        sy,
        ox,
        oy,
        kx: 0.0,
        ky: 0.0,
    })
}

#[test]
fn shapes() {
    compare("shapes", |graphics| {
        use DrawMode::{Fill, Line};
        graphics.set_color([1.0, 0.5, 0.25, 1.0]);
        fill(graphics, 5.0, 5.0, 30.0, 20.0)?;
        fill(graphics, 40.25, 5.5, 30.5, 20.25)?;
        graphics.set_color([0.2, 0.9, 0.4, 0.7]);
        let radii = Some([8.0, 6.0]);
        graphics.rectangle(Fill, [80.0, 5.0, 40.0, 30.0], radii, None)?;
        graphics.circle(Fill, [150.0, 25.0], 20.0, None)?;
        graphics.circle(Line, [180.0, 60.0], 15.0, None)?;
        graphics.ellipse(Fill, [30.0, 60.0], [25.0, 12.0], None)?;
        graphics.ellipse(Line, [90.0, 60.0], [25.0, 12.0], Some(7))?;
        graphics.set_color([0.3, 0.4, 1.0, 1.0]);
        let pie = ArcMode::Pie;
        graphics.arc(Fill, pie, [40.0, 110.0], 30.0, [0.3, 2.5], None)?;
        graphics.arc(Line, pie, [100.0, 110.0], 30.0, [0.3, 4.5], None)?;
        let open = ArcMode::Open;
        graphics.arc(Line, open, [150.0, 110.0], 25.0, [-1.0, 2.0], None)?;
        let closed = ArcMode::Closed;
        graphics.arc(Fill, closed, [180.0, 120.0], 20.0, [1.0, 4.0], None)?;
        let quadrangle = [[60.0, 80.0], [75.0, 75.0], [80.0, 95.0], [62.0, 92.0]];
        graphics.polygon(Fill, &quadrangle)?;
        graphics.polygon(Line, &[[120.0, 70.0], [140.0, 80.0], [130.0, 95.0]])?;
        graphics.rectangle(Line, [3.5, 80.5, 20.0, 12.0], None, None)
    });
}

#[test]
fn lines() {
    compare("lines", |graphics| {
        let points = [
            [10.0, 10.0],
            [60.0, 20.0],
            [30.0, 45.0],
            [80.0, 60.0],
            [75.0, 15.0],
        ];
        let joins = [LineJoin::Miter, LineJoin::Bevel, LineJoin::None];
        let styles = [LineStyle::Smooth, LineStyle::Rough];
        for (row, join) in joins.into_iter().enumerate() {
            for (column, style) in styles.into_iter().enumerate() {
                graphics.push(StackKind::Transform)?;
                graphics.translate(column as f32 * 95.0, row as f32 * 48.0);
                graphics.set_line_join(join);
                graphics.set_line_style(style);
                graphics.set_line_width(1.0);
                graphics.set_color([1.0; 4]);
                graphics.line(&[[5.0, 5.0], [80.0, 9.0]])?;
                graphics.line(&[[5.0, 8.0], [5.0, 40.0]])?;
                graphics.set_line_width(5.0);
                graphics.set_color([0.4, 0.7, 1.0, 0.5]);
                graphics.scale(1.0, 0.7);
                graphics.line(&points)?;
                graphics.set_line_width(2.0);
                graphics.rotate(0.3);
                graphics.rectangle(DrawMode::Line, [60.0, -8.0, 20.0, 30.0], None, None)?;
                graphics.pop()?;
            }
        }
        Ok(())
    });
}

#[test]
fn sprites() {
    compare("sprites", |graphics| {
        let image = new_image(graphics)?;
        graphics.clear(clear(0.2, 0.3, 0.4, 1.0));
        let at = |x, y| Transform::from(Placement::at(x, y));
        graphics.draw(&image, None, &at(5.0, 5.0))?;
        graphics.draw(&image, None, &at(30.5, 5.5))?;
        graphics.draw(&image, None, &place(55.0, 5.0, 0.0, 2.0, 2.0, 0.0, 0.0))?;
        graphics.draw(&image, None, &place(130.0, 30.0, 0.7, 2.0, 1.5, 8.0, 8.0))?;
        let sheared = Placement {
            x: 170.0,
            y: 30.0,
            r: -0.4,
            sx: -1.5,
            sy: 1.5,
            ox: 8.0,
            oy: 8.0,
            kx: 0.3,
            ky: 0.1,
        };
        graphics.draw(&image, None, &Transform::from(sheared))?;
        image.set_filter(both(FilterMode::Nearest));
        graphics.set_color([1.0, 0.5, 0.5, 0.8]);
        graphics.draw(&image, None, &place(5.0, 60.0, 0.0, 3.0, 3.0, 0.0, 0.0))?;
        graphics.draw(&image, None, &place(90.0, 80.0, 0.5, 2.5, 2.5, 8.0, 8.0))?;
        let quad = Quad::new([4.0, 4.0, 8.0, 6.0], [16.0, 16.0]);
        let three = |x| place(x, 60.0, 0.0, 3.0, 3.0, 0.0, 0.0);
        graphics.draw(&image, Some(&quad), &three(120.0))?;
        image.set_filter(both(FilterMode::Linear));
        graphics.draw(&image, Some(&quad), &three(150.0))?;
        image.set_wrap(Wrap {
            s: WrapMode::Repeat,
            t: WrapMode::MirroredRepeat,
            r: WrapMode::Clamp,
        });
        let wide = Quad::new([-8.0, -8.0, 48.0, 32.0], [16.0, 16.0]);
        graphics.draw(&image, Some(&wide), &at(120.0, 90.0))?;
        let mut batch = SpriteBatch::new(graphics, image, 10)?;
        for step in 0..6 {
            if step == 3 {
                batch.set_color(Some([0.0, 1.0, 0.0, 0.5]));
            }
            let step = step as f32;
            batch.add(
                None,
                &place(step * 18.0, step * 2.0, step * 0.1, 1.0, 1.0, 0.0, 0.0),
            );
        }
        graphics.draw_sprite_batch(&mut batch, &place(5.0, 120.0, 0.0, 0.9, 1.0, 0.0, 0.0))
    });
}

#[test]
fn blends() {
    compare("blends", |graphics| {
        use BlendMode::*;
        let image = new_image(graphics)?;
        image.set_filter(both(FilterMode::Nearest));
        let modes = [
            Alpha, Add, Subtract, Screen, Replace, Multiply, Lighten, Darken, None,
        ];
        for (i, mode) in modes.into_iter().enumerate() {
            for j in 0..2 {
                let (x, y) = (i as f32 * 22.0, j as f32 * 70.0);
                graphics.set_blend(Blend::default())?;
                for step in 0..10 {
                    let step = step as f32;
                    graphics.set_color([step / 10.0, 0.5, 1.0 - step / 10.0, 1.0]);
                    fill(graphics, x + step * 2.0, y, 2.0, 60.0)?;
                }
                let alpha_mode = if j == 0 && !matches!(mode, Multiply | Lighten | Darken) {
                    BlendAlphaMode::AlphaMultiply
                } else {
                    BlendAlphaMode::Premultiplied
                };
                graphics.set_blend(Blend { mode, alpha_mode })?;
                graphics.set_color([1.0; 4]);
                let at = |dy| Transform::from(Placement::at(x + 2.0, y + dy));
                graphics.draw(&image, Option::None, &at(2.0))?;
                graphics.set_color([0.8, 0.6, 0.4, 0.5]);
                graphics.draw(&image, Option::None, &at(20.0))?;
                fill(graphics, x + 2.0, y + 40.0, 16.0, 16.0)?;
            }
        }
        Ok(())
    });
}

#[test]
fn points() {
    compare("points", |graphics| {
        graphics.points(&[[5.5, 5.5], [10.0, 10.0], [15.5, 10.5]], None)?;
        graphics.set_point_size(4.0);
        graphics.points(&[[30.0, 10.0], [40.5, 10.5], [50.25, 10.25]], None)?;
        graphics.set_point_size(5.0);
        graphics.points(&[[30.0, 30.0], [40.5, 30.5], [50.25, 30.25]], None)?;
        graphics.set_color([0.5, 1.0, 1.0, 1.0]);
        let colors = [[1.0, 0.0, 0.0, 1.0], [0.0, 1.0, 0.5, 0.5]];
        graphics.points(&[[70.0, 30.0], [80.0, 30.0]], Some(&colors))?;
        graphics.scale(2.0, 2.0);
        graphics.points(&[[20.0, 40.0], [30.3, 40.7]], None)
    });
}

#[test]
fn targets() {
    compare("targets", |graphics| {
        let canvas =
            graphics.create_texture(TextureDescription::rgba8(TextureKind::Canvas, 60, 40))?;
        graphics.set_canvas(RenderTargets {
            colors: vec![CanvasTarget {
                texture: canvas.clone(),
                layer: 0,
                mipmap: 0,
            }],
            ..RenderTargets::default()
        })?;
        graphics.clear(clear(0.0, 0.0, 0.0, 0.0));
        graphics.set_color([1.0, 0.0, 0.0, 0.5]);
        fill(graphics, 5.0, 5.0, 30.0, 20.0)?;
        graphics.set_color([0.0, 1.0, 0.0, 0.5]);
        graphics.circle(DrawMode::Fill, [30.0, 20.0], 15.0, None)?;
        fill(graphics, 45.5, 25.5, 8.0, 8.0)?;
        graphics.points(&[[5.0, 35.0], [10.5, 35.5]], None)?;
        graphics.set_canvas(RenderTargets::default())?;
        graphics.clear(clear(0.1, 0.2, 0.3, 1.0));
        graphics.set_color([1.0; 4]);
        let at = |x| Transform::from(Placement::at(x, 5.0));
        graphics.draw(&canvas, None, &at(5.0))?;
        graphics.set_blend(Blend {
            mode: BlendMode::Alpha,
            alpha_mode: BlendAlphaMode::Premultiplied,
        })?;
        graphics.draw(&canvas, None, &at(70.0))?;
        graphics.set_blend(Blend::default())?;
        graphics.draw(&canvas, None, &place(135.0, 5.0, 0.2, 1.0, 1.0, 0.0, 0.0))?;
        let rectangle = |x, y, width, height| Rectangle {
            x,
            y,
            width,
            height,
        };
        graphics.set_scissor(Some(rectangle(10, 60, 50, 30)));
        fill(graphics, 0.0, 0.0, 200.0, 80.0)?;
        graphics.intersect_scissor(rectangle(40, 70, 100, 10));
        graphics.clear(clear(1.0, 0.0, 1.0, 1.0));
        graphics.set_scissor(None);
        graphics.begin_stencil(StencilAction::Replace, 1)?;
        graphics.clear(Clear {
            colors: vec![],
            stencil: Some(0),
            depth: None,
        });
        graphics.circle(DrawMode::Fill, [100.0, 100.0], 30.0, None)?;
        graphics.end_stencil();
        graphics.begin_stencil(StencilAction::Increment, 1)?;
        fill(graphics, 90.0, 90.0, 40.0, 40.0)?;
        graphics.end_stencil();
        graphics.set_stencil_test(CompareMode::Equal, 2);
        graphics.set_color([1.0, 1.0, 0.0, 1.0]);
        fill(graphics, 0.0, 0.0, 200.0, 150.0)?;
        graphics.set_stencil_test(CompareMode::Equal, 1);
        graphics.set_color([0.0, 1.0, 1.0, 1.0]);
        fill(graphics, 0.0, 0.0, 200.0, 150.0)?;
        graphics.set_stencil_test(CompareMode::Always, 0);
        graphics.set_color_mask(ColorMask {
            g: false,
            b: false,
            ..ColorMask::ALL
        });
        graphics.set_color([1.0; 4]);
        fill(graphics, 120.0, 60.0, 60.0, 60.0)
    });
}

#[test]
fn angles_are_radians() {
    // Keeps the comparison honest: a wrong angle unit would show in `sprites` as well, but less clearly.
    let mut transform = Transform::IDENTITY;
    transform.rotate(PI / 2.0);
    let [x, y] = transform.apply([1.0, 0.0]);
    assert!(x.abs() < 1e-6 && (y - 1.0).abs() < 1e-6);
}
