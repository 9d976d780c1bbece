//! What a draw costs the processor: `cargo run --release -p rlove --example draw_cost`.
//!
//! Ten thousand sprites, rectangles and rotated sprites go into a frame of the backend that does nothing, so that only
//! our own code is measured.

use rlove::graphics::*;
use std::time::Instant;

const DRAWS: u32 = 10_000;
const FRAMES: u32 = 200;

fn measure(name: &str, graphics: &mut Graphics, mut draw: impl FnMut(&mut Graphics, f32)) {
    for frame in 0..FRAMES + 20 {
        // The first frames make the arena grow.
        if frame == 20 {
            let start = Instant::now();
            for _ in 0..FRAMES {
                for index in 0..DRAWS {
                    draw(graphics, index as f32);
                }
                graphics.present().expect("the null backend accepts frames");
            }
            let cost = start.elapsed() / (FRAMES * DRAWS);
            println!("{name}: {cost:?} per draw");
            return;
        }
        for index in 0..DRAWS {
            draw(graphics, index as f32);
        }
        graphics.present().expect("the null backend accepts frames");
    }
}

fn main() {
    let backend = Box::new(NullBackend::default());
    let mut graphics = Graphics::new(backend, 800, 600, 1.0).expect("a null screen");
    let description = TextureDescription::rgba8(TextureKind::Image, 32, 32);
    let image = graphics.create_texture(description).expect("a null image");
    let placed = |x: f32, r: f32| {
        Transform::from(Placement {
            x,
            y: x * 0.5,
            r,
            ..Placement::default()
        })
    };
    measure("sprite", &mut graphics, |graphics, x| {
        let _ = graphics.draw(&image, None, &placed(x, 0.0));
    });
    measure("rotated sprite", &mut graphics, |graphics, x| {
        let _ = graphics.draw(&image, None, &placed(x, 0.1));
    });
    measure("coloured sprite", &mut graphics, |graphics, x| {
        graphics.set_color([x / 10_000.0, 1.0, 1.0, 1.0]);
        let _ = graphics.draw(&image, None, &placed(x, 0.0));
    });
    measure("rectangle", &mut graphics, |graphics, x| {
        let _ = graphics.rectangle(DrawMode::Fill, [x, x, 10.0, 10.0], None, None);
    });
    measure(
        "alternating sprite and rectangle",
        &mut graphics,
        |graphics, x| {
            if x % 2.0 == 0.0 {
                let _ = graphics.draw(&image, None, &placed(x, 0.0));
            } else {
                let _ = graphics.rectangle(DrawMode::Fill, [x, x, 10.0, 10.0], None, None);
            }
        },
    );
}
