//! What can be drawn to and what pixels can be moved: canvases, clears, textures, reading back.
//!
//! The rules are LÖVE's and so are the sentences of the errors: all canvases of one `setCanvas` have the same size and
//! samples, a clear is limited by scissor and colour mask, pixels of an active canvas cannot be read.
//! Replacing pixels first hands over the commands that still need the old ones.

use super::backend::PixelRegion;
use super::commands::{BufferId, Clear, Command, Uniforms, VertexSource};
use super::machine::Graphics;
use super::state::*;
use super::texture::*;
use super::transform::Transform;

impl Graphics {
    // ---- targets ----------------------------------------------------------------------------------------------

    /// Draws to canvases from now on, or to the screen if there are none.
    pub fn set_canvas(&mut self, targets: RenderTargets) -> Result<(), String> {
        if self.state().targets == targets {
            return Ok(());
        }
        self.check_targets(&targets)?;
        self.break_batch();
        self.leave_target();
        self.state_mut().targets = targets;
        self.canvas_switches += 1;
        Ok(())
    }

    /// Ends work on the current target.
    pub(super) fn leave_target(&mut self) {
        let automatic: Vec<TextureId> = self
            .state()
            .targets
            .colors
            .iter()
            .filter(|target| target.mipmap == 0 && self.has_automatic_mipmaps(&target.texture))
            .map(|target| target.texture.id())
            .collect();
        self.break_batch();
        for id in automatic {
            self.frame.commands.push(Command::GenerateMipmaps(id));
        }
        self.invalidate_target();
    }

    fn has_automatic_mipmaps(&self, texture: &Texture) -> bool {
        let description = texture.description();
        description.mipmap_count > 1
            && description.kind == TextureKind::Canvas
            && description.automatic_mipmaps
    }

    fn check_targets(&self, targets: &RenderTargets) -> Result<(), String> {
        const DEPTH_AS_COLOR: &str = "Depth/stencil format Canvases must be used with the 'depthstencil' field of the table passed into setCanvas.";
        let count = targets.colors.len();
        if count > self.limits().multi_canvas as usize {
            return Err(format!(
                "This system can't simultaneously render to {count} canvases."
            ));
        }
        let Some(first) = targets.colors.first().or(targets.depth_stencil.as_ref()) else {
            return Ok(());
        };
        let size = |target: &CanvasTarget| {
            let description = target.texture.description();
            let level = |size: u32| (size >> target.mipmap.min(31)).max(1);
            [
                level(description.pixel_width),
                level(description.pixel_height),
            ]
        };
        for target in targets.colors.iter().chain(&targets.depth_stencil) {
            let description = target.texture.description();
            if description.kind != TextureKind::Canvas {
                return Err("Only Canvases can be drawn to.".to_owned());
            }
            if target.mipmap >= description.mipmap_count {
                return Err(format!(
                    "Invalid mipmap level {}.",
                    u64::from(target.mipmap) + 1
                ));
            }
            if target.layer >= description.layers {
                return Err(format!(
                    "Invalid slice index: {}.",
                    u64::from(target.layer) + 1
                ));
            }
            if size(target) != size(first) {
                return Err("All canvases must have the same pixel dimensions.".to_owned());
            }
            if description.samples != first.texture.description().samples {
                return Err("All Canvases must have the same MSAA value.".to_owned());
            }
        }
        let is_depth =
            |target: &CanvasTarget| target.texture.description().format.is_depth_stencil();
        if targets.colors.iter().any(is_depth) {
            return Err(DEPTH_AS_COLOR.to_owned());
        }
        if targets
            .depth_stencil
            .as_ref()
            .is_some_and(|target| !is_depth(target))
        {
            return Err("Only depth/stencil format Canvases can be used with the 'depthstencil' field of the table passed into setCanvas.".to_owned());
        }
        Ok(())
    }

    /// Fills the targets. As in LÖVE, scissor and colour mask limit what is filled.
    pub fn clear(&mut self, clear: Clear) {
        self.break_batch();
        self.record_target();
        let limited = self.state().scissor.is_some() || self.state().color_mask != ColorMask::ALL;
        let color = clear.colors.first().copied().flatten();
        if let (true, Some(color)) = (limited, color) {
            self.fill_target(color);
            let clear = Clear {
                colors: Vec::new(),
                ..clear
            };
            self.frame.commands.push(Command::Clear(clear));
        } else {
            self.frame.commands.push(Command::Clear(clear));
        }
    }

    /// Overwrites the target with a colour through the ordinary pipeline, so that scissor and mask apply.
    fn fill_target(&mut self, color: [f32; 4]) {
        let [width, height, ..] = self.target_size().map(|size| size as f32);
        let first_index = self.frame.indices.len() as u32;
        let corner = |x, y| super::commands::Vertex {
            position: [x, y],
            coordinates: [0.0; 2],
            color: [255; 4],
        };
        self.frame.push_quad([
            corner(0.0, 0.0),
            corner(0.0, height),
            corner(width, 0.0),
            corner(width, height),
        ]);
        let saved = self.state().clone();
        let write = self.stencil_write.take();
        let state = self.state_mut();
        state.blend.mode = BlendMode::None;
        state.stencil_compare = CompareMode::Always;
        state.depth = DepthUse::OFF;
        state.wireframe = false;
        state.shader = None;
        let uniforms = Uniforms {
            transform: Transform::IDENTITY,
            color,
        };
        let white = self.white.clone();
        let indices = first_index..self.frame.indices.len() as u32;
        self.record_draw(&white, uniforms, VertexSource::Stream, indices);
        *self.state_mut() = saved;
        self.stencil_write = write;
    }

    // ---- textures ---------------------------------------------------------------------------------------------

    pub(super) fn fresh_id(&mut self) -> u32 {
        let id = self.next_id;
        self.next_id += 1;
        id
    }

    /// Creates a texture filled with zeros, after checking its size as LÖVE does.
    pub fn create_texture(&mut self, description: TextureDescription) -> Result<Texture, String> {
        self.check_description(&description)?;
        self.collect_garbage();
        let id = TextureId(self.fresh_id());
        self.backend.create_texture(id, &description)?;
        self.textures
            .insert(id, (description.kind, description.memory()));
        let state = self.state();
        let mipmap = if description.mipmap_count > 1 {
            state.default_mipmap_filter
        } else {
            None
        };
        let sampler = Sampler::pack(state.default_filter, mipmap, Wrap::default());
        Ok(Texture::new(id, description, sampler, self.garbage.clone()))
    }

    fn check_description(&self, description: &TextureDescription) -> Result<(), String> {
        let TextureDescription {
            pixel_width,
            pixel_height,
            layers,
            ..
        } = *description;
        let limits = self.limits();
        let canvas = description.kind == TextureKind::Canvas;
        if pixel_width == 0 || pixel_height == 0 || layers == 0 {
            let kind = if canvas { "Canvas" } else { "Image" };
            return Err(format!("{kind} dimensions must be greater than 0."));
        }
        let too_large = |name: &str, size: u32| {
            Err(format!(
                "Cannot create texture: {name} of {size} is too large for this system."
            ))
        };
        let side = match description.texture_type {
            TextureType::Cube => limits.cube_texture_size,
            TextureType::Volume => limits.volume_texture_size,
            TextureType::TwoDimensional | TextureType::Array => limits.texture_size,
        };
        if pixel_width > side || pixel_height > side {
            return if pixel_width > pixel_height {
                too_large("pixel width", pixel_width)
            } else {
                too_large("pixel height", pixel_height)
            };
        }
        if description.texture_type == TextureType::Cube && pixel_width != pixel_height {
            return Err("Cubemap textures must have equal width and height.".to_owned());
        }
        if description.texture_type == TextureType::Array && layers > limits.texture_layers {
            return too_large("array layer count", layers);
        }
        if description.texture_type == TextureType::Volume && layers > limits.volume_texture_size {
            return too_large("pixel depth", layers);
        }
        if !canvas {
            return Ok(());
        }
        if description.samples > 1 && description.texture_type != TextureType::TwoDimensional {
            return Err("MSAA is only supported for Canvases with the 2D texture type.".to_owned());
        }
        if (!description.readable || description.samples > 1) && description.mipmap_count > 1 {
            return Err("Non-readable and MSAA textures cannot have mipmaps.".to_owned());
        }
        if !self.supports_canvas_format(description.format, description.readable) {
            let usual = !description.format.is_depth_stencil();
            let readable = match (description.readable == usual, description.readable) {
                (true, _) => "",
                (false, true) => " readable",
                (false, false) => " non-readable",
            };
            return Err(format!(
                "The {}{readable} canvas format is not supported by your graphics drivers.",
                description.format.name()
            ));
        }
        Ok(())
    }

    /// Replaces pixels of a texture. Draws recorded so far still show the old ones.
    pub fn write_texture(
        &mut self,
        texture: &Texture,
        region: PixelRegion,
        pixels: &[u8],
    ) -> Result<(), String> {
        let description = texture.description();
        let level = |size: u32| (size >> region.mipmap.min(31)).max(1);
        let fits = |start: u32, size: u32, whole: u32| {
            size > 0 && start.checked_add(size).is_some_and(|end| end <= whole)
        };
        if !fits(region.x, region.width, level(description.pixel_width))
            || !fits(region.y, region.height, level(description.pixel_height))
        {
            return Err("Invalid rectangle dimensions.".to_owned());
        }
        if region.layer >= description.layers || region.mipmap >= description.mipmap_count {
            return Err("Invalid image slice or mipmap index.".to_owned());
        }
        let expected = u64::from(region.width)
            * u64::from(region.height)
            * u64::from(description.format.bytes_per_pixel());
        if pixels.len() as u64 != expected {
            return Err("Pixel data does not match the size of the rectangle.".to_owned());
        }
        if self.is_in_use(texture) {
            self.flush()?;
        }
        self.backend.write_texture(texture.id(), region, pixels)
    }

    /// Whether commands recorded but not handed over refer to the texture.
    fn is_in_use(&self, texture: &Texture) -> bool {
        let id = texture.id();
        (self.batch.valid && self.batch.texture == id)
            || self.frame.states.iter().any(|state| state.texture == id)
            || self.frame.shaders.iter().any(|shader| {
                let mut textures = shader.textures.iter().flatten();
                textures.any(|(used, _)| *used == id)
            })
            || self.frame.commands.iter().any(|command| match command {
                Command::Target(target) => target.targets.contains(texture),
                Command::GenerateMipmaps(generated) => *generated == id,
                _ => false,
            })
    }

    /// Hands over the frame if it draws from this vertex buffer, so that the buffer can be rewritten.
    pub(super) fn flush_if_buffer_used(&mut self, id: BufferId) -> Result<(), String> {
        let wanted = VertexSource::Quads(id);
        let used =
            self.frame.commands.iter().any(
                |command| matches!(command, Command::Draw { source, .. } if *source == wanted),
            );
        if used { self.flush() } else { Ok(()) }
    }

    /// Fills the mipmaps from the first level.
    pub fn generate_mipmaps(&mut self, texture: &Texture) -> Result<(), String> {
        if texture.description().mipmap_count == 1 {
            return Err(
                "generateMipmaps can only be called on a Canvas which was created with mipmaps enabled."
                    .to_owned(),
            );
        }
        self.break_batch();
        self.frame
            .commands
            .push(Command::GenerateMipmaps(texture.id()));
        self.target_recorded = false;
        Ok(())
    }

    /// Reads the pixels of a canvas back.
    pub fn read_canvas(
        &mut self,
        texture: &Texture,
        region: PixelRegion,
    ) -> Result<Vec<u8>, String> {
        let description = texture.description();
        if !description.readable {
            return Err(
                "Canvas:newImageData cannot be called on non-readable Canvases.".to_owned(),
            );
        }
        if description.format.is_depth_stencil() {
            return Err("Canvas:newImageData cannot be called on Canvases with depth/stencil pixel formats.".to_owned());
        }
        let level = |size: u32| u64::from((size >> region.mipmap.min(31)).max(1));
        let end = |start: u32, size: u32| u64::from(start) + u64::from(size);
        if region.width == 0
            || region.height == 0
            || end(region.x, region.width) > level(description.pixel_width)
            || end(region.y, region.height) > level(description.pixel_height)
        {
            return Err("Invalid rectangle dimensions.".to_owned());
        }
        if region.layer >= description.layers {
            return Err("Invalid slice index.".to_owned());
        }
        if self.state().targets.contains(texture) {
            return Err(
                "Canvas:newImageData cannot be called while that Canvas is currently active."
                    .to_owned(),
            );
        }
        self.flush()?;
        self.backend.read_texture(texture.id(), region)
    }

    /// A name for a new vertex buffer; it is freed when the handle is dropped.
    pub(super) fn new_buffer_id(&mut self) -> super::sprite_batch::BufferHandle {
        let id = BufferId(self.fresh_id());
        super::sprite_batch::BufferHandle::new(id, self.buffer_garbage.clone())
    }
}
