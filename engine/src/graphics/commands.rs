//! A frame as data: vertex and index bytes in one reused arena, and the list of commands that refer to them.
//!
//! `love.graphics.draw` becomes four [`Vertex`] values, six indices and, only if the texture or the state differs
//! from the draw before, a [`Command::Draw`]. Two sprites of one texture, in different colours and places:
//!
//! ```text
//! vertices  v0 v1 v2 v3 | v4 v5 v6 v7          colour and transform are inside the vertices
//! indices   0 1 2 2 1 3 | 4 5 6 6 5 7
//! commands  Draw { state: 0, indices: 0..12 }  one draw call
//! ```
//!
//! Invariants, which backends rely on:
//! - every index range of streamed vertices lies inside `indices`, and every index is below `vertices.len()`;
//! - `state` and `uniforms` of a draw lie inside `states` and `uniforms`;
//! - the first command of a frame that draws or clears is preceded by [`Command::Target`];
//! - `uniforms[0]` is the identity in white.
//!
//! The arena only grows; [`Frame::reset`] keeps its memory, so a steady game allocates nothing here.

use super::shader::ShaderId;
use super::state::{
    Blend, ColorMask, CullMode, DepthUse, Rectangle, RenderTargets, StencilUse, Winding,
};
use super::texture::{Sampler, TextureId};
use super::transform::Transform;
use bytemuck::{Pod, Zeroable};
use std::ops::Range;
use std::sync::Arc;

/// A vertex as the graphics card reads it.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Pod, Zeroable)]
pub struct Vertex {
    /// Position in units of the target, transform already applied.
    pub position: [f32; 2],
    /// Position in the texture, 0 to 1.
    pub coordinates: [f32; 2],
    /// Colour that the texture is multiplied by.
    pub color: [u8; 4],
}

/// Names a vertex buffer that lives longer than a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct BufferId(pub u32);

/// What decides whether two draws can be one draw call.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct DrawState {
    /// The texture; a white pixel for shapes.
    pub texture: TextureId,
    /// How the texture is read.
    pub sampler: Sampler,
    /// Blend mode.
    pub blend: Blend,
    /// Channels that change.
    pub color_mask: ColorMask,
    /// Stencil test or write.
    pub stencil: StencilUse,
    /// Depth test and write.
    pub depth: DepthUse,
    /// Hidden faces.
    pub cull: CullMode,
    /// Front faces.
    pub winding: Winding,
    /// In pixels of the target; `None` for all of it.
    pub scissor: Option<Rectangle>,
    /// Triangles as outlines.
    pub wireframe: bool,
    /// The program's shader with its values: index into [`Frame::shaders`].
    pub shader: Option<u32>,
}

/// A shader of the program's with the values that it had when something was drawn.
#[derive(Clone, Debug, PartialEq)]
pub struct ShaderUse {
    /// The shader.
    pub shader: ShaderId,
    /// Its uniforms: range of [`Frame::shader_values`].
    pub values: Range<u32>,
    /// Its textures in the order of their slots; `None` is white.
    pub textures: Vec<Option<(TextureId, Sampler)>>,
}

/// Transform and colour applied on the graphics card, for vertices that are kept between frames.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Uniforms {
    /// Applied to positions.
    pub transform: Transform,
    /// Multiplied with vertex colours.
    pub color: [f32; 4],
}

impl Uniforms {
    /// Changes nothing.
    pub const IDENTITY: Self = Self {
        transform: Transform::IDENTITY,
        color: [1.0; 4],
    };
}

/// Where the vertices of a draw are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum VertexSource {
    /// In the frame's arena, as are the indices.
    Stream,
    /// In a buffer of the backend that holds quads. The indices are those of [`quad_indices`], which the backend
    /// keeps: sprite `n` has the indices `6n..6n+6`.
    Quads(BufferId),
    /// In buffers of a mesh, indices as well: index into [`Frame::meshes`]. Only with a shader of the program's.
    Mesh(u32),
}

/// An attribute of a mesh's vertices: floats, one after the other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MeshAttribute {
    /// As shaders name it.
    pub name: String,
    /// Where it is.
    pub buffer: BufferId,
    /// One to four.
    pub components: u8,
    /// First byte inside a vertex.
    pub offset: u32,
    /// Bytes of a vertex.
    pub stride: u32,
    /// One for each instance instead of each vertex.
    pub per_instance: bool,
}

/// The buffers of a mesh that is drawn.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MeshUse {
    /// What vertices have.
    pub attributes: Vec<MeshAttribute>,
    /// Corners of triangles, 32 bits each.
    pub indices: BufferId,
    /// Times that it is drawn.
    pub instances: u32,
}

/// The two triangles of each of `count` quads.
pub fn quad_indices(count: u32) -> impl Iterator<Item = u32> {
    (0..count).flat_map(|quad| [0, 1, 2, 2, 1, 3].map(|corner| quad * 4 + corner))
}

/// What a clear does.
#[derive(Clone, Debug, PartialEq)]
pub struct Clear {
    /// Per colour target; `None` leaves the target as it is.
    pub colors: Vec<Option<[f32; 4]>>,
    /// New stencil value.
    pub stencil: Option<u8>,
    /// New depth.
    pub depth: Option<f32>,
}

/// Where draws and clears go until the next target.
#[derive(Clone, Debug, PartialEq)]
pub struct Target {
    /// Canvases, or none for the screen.
    pub targets: Arc<RenderTargets>,
    /// Size in units.
    pub width: u32,
    /// Size in units.
    pub height: u32,
    /// Size in pixels.
    pub pixel_width: u32,
    /// Size in pixels.
    pub pixel_height: u32,
    /// Whether the program selected it just now, so that a temporary depth or stencil buffer starts empty. False
    /// when a frame was submitted in parts and the target continues.
    pub fresh: bool,
}

/// One step of a frame.
#[derive(Clone, Debug, PartialEq)]
pub enum Command {
    /// Selects where to draw.
    Target(Target),
    /// Fills the target.
    Clear(Clear),
    /// Draws triangles.
    Draw {
        /// Index into `states`.
        state: u32,
        /// Index into `uniforms`.
        uniforms: u32,
        /// Vertices.
        source: VertexSource,
        /// Range of `indices`.
        indices: Range<u32>,
    },
    /// Fills the mipmaps of a texture from its first level.
    GenerateMipmaps(TextureId),
}

/// The work of a frame, or of the part of it since the last submission.
#[derive(Clone, Debug)]
pub struct Frame {
    /// Vertices of streamed draws.
    pub vertices: Vec<Vertex>,
    /// Triangle corners.
    pub indices: Vec<u32>,
    /// Distinct states, in order of use.
    pub states: Vec<DrawState>,
    /// Distinct uniforms, in order of use.
    pub uniforms: Vec<Uniforms>,
    /// Shaders with their values, in order of use.
    pub shaders: Vec<ShaderUse>,
    /// Bytes of uniforms.
    pub shader_values: Vec<u8>,
    /// Meshes drawn with shaders, in order of use.
    pub meshes: Vec<MeshUse>,
    /// The steps.
    pub commands: Vec<Command>,
}

impl Default for Frame {
    fn default() -> Self {
        Self {
            vertices: Vec::new(),
            indices: Vec::new(),
            states: Vec::new(),
            uniforms: vec![Uniforms::IDENTITY],
            shaders: Vec::new(),
            shader_values: Vec::new(),
            meshes: Vec::new(),
            commands: Vec::new(),
        }
    }
}

impl Frame {
    /// Empties the frame and keeps its memory.
    pub fn reset(&mut self) {
        self.vertices.clear();
        self.indices.clear();
        self.states.clear();
        self.uniforms.truncate(1);
        self.shaders.clear();
        self.shader_values.clear();
        self.meshes.clear();
        self.commands.clear();
    }

    /// Appends a quad in the order top left, bottom left, top right, bottom right.
    #[inline]
    pub fn push_quad(&mut self, corners: [Vertex; 4]) {
        let base = self.vertices.len() as u32;
        self.vertices.extend_from_slice(&corners);
        self.indices
            .extend_from_slice(&[base, base + 1, base + 2, base + 2, base + 1, base + 3]);
    }

    /// Appends a fan around the first vertex.
    pub fn push_fan(&mut self, vertices: impl Iterator<Item = Vertex>) {
        let base = self.vertices.len() as u32;
        self.vertices.extend(vertices);
        let end = self.vertices.len() as u32;
        for corner in base + 2..end {
            self.indices.extend_from_slice(&[base, corner - 1, corner]);
        }
    }

    /// Appends a strip of triangles.
    pub fn push_strip(&mut self, vertices: impl Iterator<Item = Vertex>) {
        let base = self.vertices.len() as u32;
        self.vertices.extend(vertices);
        let end = self.vertices.len() as u32;
        for corner in base + 2..end {
            // Every second triangle of a strip is turned around.
            let odd = (corner - base) & 1;
            self.indices
                .extend_from_slice(&[corner - 2, corner - 1 + odd, corner - odd]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn vertices(count: usize) -> impl Iterator<Item = Vertex> {
        std::iter::repeat_n(Vertex::zeroed(), count)
    }

    #[test]
    fn fans_and_strips_become_triangles() {
        let mut frame = Frame::default();
        frame.push_fan(vertices(4));
        assert_eq!(frame.indices, [0, 1, 2, 0, 2, 3]);
        frame.indices.clear();
        frame.push_strip(vertices(4));
        assert_eq!(frame.indices, [4, 5, 6, 5, 7, 6]);
    }

    #[test]
    fn too_few_vertices_make_no_triangle() {
        let mut frame = Frame::default();
        frame.push_fan(vertices(2));
        frame.push_strip(vertices(1));
        assert!(frame.indices.is_empty());
    }
}
