//! What a renderer has to do: keep textures, execute a frame, give pixels back.
//!
//! [`super::Graphics`] owns one backend and talks to it only through this trait; the meaning of a frame is in
//! [`super::commands`]. There are three: `WgpuBackend` draws, [`super::text_backend::TextBackend`] prints what would be
//! drawn, and [`NullBackend`] keeps sizes and does nothing (for measurements and for programs without pictures).
//!
//! Identifiers are chosen by the caller and never reused. A backend never panics on anything that a Lua program can
//! cause: what it cannot do is an `Err` with a sentence for the user.

use super::commands::{BufferId, Frame, Vertex};
use super::shader::{CompiledShader, ShaderId};
use super::texture::{PixelFormat, TextureDescription, TextureId};
use std::rc::Rc;

/// The limits that `love.graphics.getSystemLimits` reports.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Limits {
    /// Largest point.
    pub point_size: f32,
    /// Largest width or height of a texture.
    pub texture_size: u32,
    /// Most layers of an array texture.
    pub texture_layers: u32,
    /// Largest side of a volume texture.
    pub volume_texture_size: u32,
    /// Largest side of a cube texture.
    pub cube_texture_size: u32,
    /// Most canvases drawn to at once.
    pub multi_canvas: u32,
    /// Most samples of a canvas.
    pub canvas_msaa: u32,
    /// Highest anisotropy.
    pub anisotropy: f32,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            point_size: 255.0,
            texture_size: 8192,
            texture_layers: 256,
            volume_texture_size: 2048,
            cube_texture_size: 8192,
            multi_canvas: 8,
            canvas_msaa: 4,
            anisotropy: 16.0,
        }
    }
}

/// What `love.graphics.getRendererInfo` reports.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RendererInfo {
    /// Name of the interface to the card.
    pub name: String,
    /// Its version.
    pub version: String,
    /// Who made the card or its driver.
    pub vendor: String,
    /// The card.
    pub device: String,
}

/// Optional abilities, for `love.graphics.getSupported` and for errors.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Features {
    /// Wrap mode `clampzero`.
    pub clamp_zero: bool,
    /// Triangles as outlines.
    pub wireframe: bool,
}

/// A rectangle of pixels in one level of one layer of a texture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PixelRegion {
    /// Left.
    pub x: u32,
    /// Top.
    pub y: u32,
    /// Width.
    pub width: u32,
    /// Height.
    pub height: u32,
    /// Layer, face or slice.
    pub layer: u32,
    /// Level.
    pub mipmap: u32,
}

impl PixelRegion {
    /// All of the first level of the first layer.
    pub fn all(width: u32, height: u32) -> Self {
        Self {
            x: 0,
            y: 0,
            width,
            height,
            layer: 0,
            mipmap: 0,
        }
    }
}

/// A renderer.
pub trait Backend {
    /// Limits of this machine.
    fn limits(&self) -> Limits {
        Limits::default()
    }

    /// Optional abilities of this machine.
    fn features(&self) -> Features {
        Features::default()
    }

    /// Name and maker.
    fn renderer_info(&self) -> RendererInfo;

    /// Whether canvases of the format can be drawn to (and, if `readable`, drawn).
    fn supports_canvas_format(&self, format: PixelFormat, readable: bool) -> bool {
        let _ = (format, readable);
        true
    }

    /// Creates a texture, filled with zeros.
    fn create_texture(
        &mut self,
        id: TextureId,
        description: &TextureDescription,
    ) -> Result<(), String>;

    /// Replaces pixels. `pixels` has exactly the bytes of the region, rows without padding.
    fn write_texture(
        &mut self,
        id: TextureId,
        region: PixelRegion,
        pixels: &[u8],
    ) -> Result<(), String>;

    /// Reads pixels back, rows without padding, in the texture's format.
    fn read_texture(&mut self, id: TextureId, region: PixelRegion) -> Result<Vec<u8>, String>;

    /// Frees a texture.
    fn destroy_texture(&mut self, id: TextureId);

    /// Creates or replaces a vertex buffer that draws can refer to.
    fn write_buffer(&mut self, id: BufferId, vertices: &[Vertex]) -> Result<(), String> {
        let _ = (id, vertices);
        Ok(())
    }

    /// Creates or replaces a buffer of any bytes: vertices of a mesh, or its indices.
    fn write_bytes(&mut self, id: BufferId, bytes: &[u8], are_indices: bool) -> Result<(), String> {
        let _ = (id, bytes, are_indices);
        Ok(())
    }

    /// Frees a vertex buffer.
    fn destroy_buffer(&mut self, id: BufferId) {
        let _ = id;
    }

    /// Creates a shader.
    fn create_shader(&mut self, id: ShaderId, shader: &Rc<CompiledShader>) -> Result<(), String> {
        let _ = (id, shader);
        Ok(())
    }

    /// Frees a shader.
    fn destroy_shader(&mut self, id: ShaderId) {
        let _ = id;
    }

    /// Makes the screen this many pixels large; its contents become black.
    fn resize_screen(&mut self, width: u32, height: u32, samples: u32) -> Result<(), String>;

    /// Reads the screen: 8-bit colour, rows without padding.
    fn read_screen(&mut self) -> Result<Vec<u8>, String>;

    /// Executes the commands in order.
    fn submit(&mut self, frame: &Frame) -> Result<(), String>;

    /// Shows the screen in the window, if there is one. Not being able to show a frame is not an error.
    fn present(&mut self) -> Result<(), String> {
        Ok(())
    }
}

/// A backend that draws nothing and reads zeros.
#[derive(Debug, Default)]
pub struct NullBackend {
    screen: [u32; 2],
    textures: std::collections::HashMap<TextureId, PixelFormat>,
}

impl Backend for NullBackend {
    fn renderer_info(&self) -> RendererInfo {
        RendererInfo {
            name: "null".to_owned(),
            ..RendererInfo::default()
        }
    }

    fn create_texture(
        &mut self,
        id: TextureId,
        description: &TextureDescription,
    ) -> Result<(), String> {
        self.textures.insert(id, description.format);
        Ok(())
    }

    fn write_texture(&mut self, _: TextureId, _: PixelRegion, _: &[u8]) -> Result<(), String> {
        Ok(())
    }

    fn read_texture(&mut self, id: TextureId, region: PixelRegion) -> Result<Vec<u8>, String> {
        let format = self.textures.get(&id).ok_or("No such texture.")?;
        let pixels = region.width as usize * region.height as usize;
        Ok(vec![0; pixels * format.bytes_per_pixel() as usize])
    }

    fn destroy_texture(&mut self, id: TextureId) {
        self.textures.remove(&id);
    }

    fn resize_screen(&mut self, width: u32, height: u32, _: u32) -> Result<(), String> {
        self.screen = [width, height];
        Ok(())
    }

    fn read_screen(&mut self) -> Result<Vec<u8>, String> {
        Ok([0, 0, 0, 255].repeat(self.screen[0] as usize * self.screen[1] as usize))
    }

    fn submit(&mut self, _: &Frame) -> Result<(), String> {
        Ok(())
    }
}
