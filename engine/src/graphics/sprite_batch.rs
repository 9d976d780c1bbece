//! Sprite batches: many quads of one texture, kept between frames and drawn with one call.
//!
//! Vertices are transformed when they are added; drawing applies the current transform and colour on the graphics
//! card. The vertices are kept here as well, and sent again before a draw only if they changed.
//!
//! ```
//! use rlove::graphics::{Quad, SpriteBatch, Transform, TextureKind, TextureDescription, Graphics, NullBackend};
//! let mut graphics = Graphics::new(Box::new(NullBackend::default()), 64, 64, 1.0).unwrap();
//! let tiles = graphics.create_texture(TextureDescription::rgba8(TextureKind::Image, 64, 64)).unwrap();
//! let mut batch = SpriteBatch::new(&mut graphics, tiles, 1000).unwrap();
//! let grass = Quad::new([0.0, 0.0, 16.0, 16.0], [64.0, 64.0]);
//! assert_eq!(batch.add(Some(&grass), &Transform::IDENTITY), 0);
//! ```
//!
//! Colours: a batch without a colour of its own takes the colour of `setColor` when it is drawn; with one, the colour
//! that was current when a sprite was added multiplies it.
//! Attached mesh attributes are not handled here.

use super::commands::{BufferId, Uniforms, Vertex, VertexSource};
use super::machine::Graphics;
use super::quad::Quad;
use super::state::vertex_color;
use super::texture::{Texture, TextureType};
use super::transform::Transform;
use std::sync::{Arc, Mutex};

/// Most sprites of one batch; more vertices than any card takes in one buffer.
const MAX_SPRITES: usize = 1 << 22;

/// Owns a vertex buffer of the backend.
#[derive(Debug)]
pub(super) struct BufferHandle {
    id: BufferId,
    garbage: Arc<Mutex<Vec<BufferId>>>,
}

impl BufferHandle {
    pub(super) fn new(id: BufferId, garbage: Arc<Mutex<Vec<BufferId>>>) -> Self {
        Self { id, garbage }
    }

    pub(super) fn id(&self) -> BufferId {
        self.id
    }
}

impl Drop for BufferHandle {
    fn drop(&mut self) {
        if let Ok(mut garbage) = self.garbage.lock() {
            garbage.push(self.id);
        }
    }
}

/// Corners of a placed quad in the order top left, bottom left, top right, bottom right.
#[inline]
pub(super) fn quad_vertices(
    [width, height]: [f32; 2],
    [left, top, right, bottom]: [f32; 4],
    transform: &Transform,
    color: [u8; 4],
) -> [Vertex; 4] {
    let Transform { a, b, c, d, e, f } = *transform;
    let (aw, bw, ch, dh) = (a * width, b * width, c * height, d * height);
    let vertex = |x, y, u, v| Vertex {
        position: [x, y],
        coordinates: [u, v],
        color,
    };
    [
        vertex(e, f, left, top),
        vertex(ch + e, dh + f, left, bottom),
        vertex(aw + e, bw + f, right, top),
        vertex(aw + ch + e, bw + dh + f, right, bottom),
    ]
}

/// Many quads of one texture.
#[derive(Debug)]
pub struct SpriteBatch {
    texture: Texture,
    vertices: Vec<Vertex>,
    capacity: usize,
    count: usize,
    color: Option<[f32; 4]>,
    draw_range: Option<(usize, usize)>,
    buffer: BufferHandle,
    changed: bool,
}

impl SpriteBatch {
    /// An empty batch with room for `capacity` sprites; it grows when needed.
    pub fn new(graphics: &mut Graphics, texture: Texture, capacity: usize) -> Result<Self, String> {
        if capacity == 0 || capacity > MAX_SPRITES {
            return Err("Invalid SpriteBatch size.".to_owned());
        }
        if texture.description().texture_type != TextureType::TwoDimensional {
            return Err(
                "SpriteBatches with array textures are not implemented yet in rlove (see docs/compat.md)"
                    .to_owned(),
            );
        }
        Ok(Self {
            texture,
            vertices: Vec::new(),
            capacity,
            count: 0,
            color: None,
            draw_range: None,
            buffer: graphics.new_buffer_id(),
            changed: true,
        })
    }

    fn placed(&self, quad: Option<&Quad>, transform: &Transform) -> [Vertex; 4] {
        let (size, coordinates) = match quad {
            Some(quad) => (quad.size(), quad.coordinates()),
            None => (
                [self.texture.width() as f32, self.texture.height() as f32],
                [0.0, 0.0, 1.0, 1.0],
            ),
        };
        let color = self.color.map_or([255; 4], vertex_color);
        quad_vertices(size, coordinates, transform, color)
    }

    /// Adds a sprite; its index, from 0.
    pub fn add(&mut self, quad: Option<&Quad>, transform: &Transform) -> usize {
        let corners = self.placed(quad, transform);
        let start = self.count * 4;
        self.vertices.truncate(start);
        self.vertices.extend_from_slice(&corners);
        self.count += 1;
        if self.count > self.capacity {
            self.capacity = (self.capacity * 2).max(self.count);
        }
        self.changed = true;
        self.count - 1
    }

    /// Replaces the sprite with this index, from 0.
    pub fn set(
        &mut self,
        index: usize,
        quad: Option<&Quad>,
        transform: &Transform,
    ) -> Result<(), String> {
        if index >= self.capacity {
            return Err(format!("Invalid sprite index: {}", index.saturating_add(1)));
        }
        let corners = self.placed(quad, transform);
        let start = index * 4;
        if self.vertices.len() < start + 4 {
            // LÖVE writes into the unused part of the buffer; it becomes visible when sprites are added up to there.
            use bytemuck::Zeroable;
            self.vertices.resize(start + 4, Vertex::zeroed());
        }
        self.vertices[start..start + 4].copy_from_slice(&corners);
        self.changed = true;
        Ok(())
    }

    /// Removes all sprites.
    pub fn clear(&mut self) {
        self.count = 0;
        self.changed = true;
    }

    /// Sprites in it.
    pub fn count(&self) -> usize {
        self.count
    }

    /// Sprites that fit before it grows.
    pub fn capacity(&self) -> usize {
        self.capacity
    }

    /// The texture.
    pub fn texture(&self) -> &Texture {
        &self.texture
    }

    /// Changes the texture of all sprites.
    pub fn set_texture(&mut self, texture: Texture) -> Result<(), String> {
        if texture.description().texture_type != self.texture.description().texture_type {
            return Err(
                "Texture must have the same texture type as the SpriteBatch's previous texture."
                    .to_owned(),
            );
        }
        self.texture = texture;
        Ok(())
    }

    /// The colour of sprites added from now on, or `None` to leave colours to `setColor`.
    pub fn set_color(&mut self, color: Option<[f32; 4]>) {
        self.changed |= self.color.is_some() != color.is_some();
        self.color = color.map(|color| color.map(|component| component.clamp(0.0, 1.0)));
    }

    /// The colour of sprites added from now on, as the vertices carry it.
    pub fn color(&self) -> Option<[f32; 4]> {
        let stored = |color| vertex_color(color).map(|byte| f32::from(byte) / 255.0);
        self.color.map(stored)
    }

    /// Limits drawing to `count` sprites from `start`, from 0; `None` for all.
    pub fn set_draw_range(&mut self, range: Option<(usize, usize)>) -> Result<(), String> {
        if range.is_some_and(|(_, count)| count == 0) {
            return Err("Invalid draw range.".to_owned());
        }
        self.draw_range = range;
        Ok(())
    }

    /// The limit.
    pub fn draw_range(&self) -> Option<(usize, usize)> {
        self.draw_range
    }

    /// Sends changed vertices to the backend.
    pub fn flush(&mut self, graphics: &mut Graphics) -> Result<(), String> {
        if !self.changed {
            return Ok(());
        }
        // Draws recorded so far must see the old vertices.
        graphics.flush_if_buffer_used(self.buffer.id())?;
        let used = &self.vertices[..(self.count * 4).min(self.vertices.len())];
        if self.color.is_some() {
            graphics.backend.write_buffer(self.buffer.id(), used)?;
        } else {
            let white: Vec<Vertex> = used
                .iter()
                .map(|vertex| Vertex {
                    color: [255; 4],
                    ..*vertex
                })
                .collect();
            graphics.backend.write_buffer(self.buffer.id(), &white)?;
        }
        self.changed = false;
        Ok(())
    }
}

impl Graphics {
    /// Draws a batch.
    pub fn draw_sprite_batch(
        &mut self,
        batch: &mut SpriteBatch,
        local: &Transform,
    ) -> Result<(), String> {
        if batch.count == 0 {
            return Ok(());
        }
        self.check_drawable(&batch.texture)?;
        batch.flush(self)?;
        let (start, count) = batch.draw_range.unwrap_or((0, batch.count));
        let start = start.min(batch.count - 1);
        let count = count.min(batch.count - start);
        let uniforms = Uniforms {
            transform: self.transform().then_inner(local),
            color: self.state().color,
        };
        // MAX_SPRITES keeps these products far below u32::MAX.
        let indices = start as u32 * 6..(start + count) as u32 * 6;
        let source = VertexSource::Quads(batch.buffer.id());
        self.record_draw(&batch.texture, uniforms, source, indices);
        Ok(())
    }
}
