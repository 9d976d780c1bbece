//! The backend that draws, with wgpu: Vulkan, Metal, Direct3D 12 or OpenGL.
//!
//! ```text
//! device.rs     instance, adapter, device, the optional window surface
//! textures.rs   textures, samplers, pixel formats, reading back
//! pipelines.rs  one render pipeline per combination of states, made when first needed
//! shaders.rs    the program's shaders
//! execute.rs    commands → render passes
//! shader.wgsl   the vertex and fragment functions of ordinary draws, and the copy used by mipmaps and the window
//! ```
//!
//! It needs no window: [`WgpuBackend::headless`] works on any adapter, also on a software one. Everything goes to a
//! screen texture; [`WgpuBackend::attach_window`] adds a surface to which `present` copies it.
//!
//! Errors: sizes are checked against the device's limits before wgpu sees them. What wgpu reports all the same goes to
//! the log and does not end the program. A lost or outdated surface skips a frame.

mod device;
mod execute;
mod pipelines;
mod shaders;
mod textures;

pub use device::{DisplayHandle, WindowTarget};

use super::backend::{Backend, Features, Limits, PixelRegion, RendererInfo};
use super::commands::{BufferId, Frame, Vertex};
use super::shader::{CompiledShader, SamplerKind, ShaderId};
use super::texture::{PixelFormat, TextureDescription, TextureId, TextureKind};
use device::{Gpu, WindowSurface};
use execute::StreamBuffers;
use pipelines::{CopyPurpose, Pipelines};
use rustc_hash::FxHashMap;
use shaders::GpuShader;
use std::rc::Rc;
use textures::{DepthStencil, DepthStencilKey, GpuTexture, Samplers};

/// The drawing backend.
#[derive(Debug)]
pub struct WgpuBackend {
    gpu: Gpu,
    pipelines: Pipelines,
    samplers: Samplers,
    textures: FxHashMap<TextureId, GpuTexture>,
    buffers: FxHashMap<BufferId, wgpu::Buffer>,
    depth_stencils: FxHashMap<DepthStencilKey, DepthStencil>,
    streams: StreamBuffers,
    shaders: FxHashMap<ShaderId, GpuShader>,
    white_textures: FxHashMap<SamplerKind, GpuTexture>,
    screen: GpuTexture,
    window: Option<WindowSurface>,
}

impl WgpuBackend {
    /// A backend without a window.
    pub fn headless() -> Result<Self, String> {
        Self::build(Gpu::headless()?, None)
    }

    /// A backend whose device can present to windows of this display, of which `probe` is one. It presents to none yet.
    pub fn for_display(display: DisplayHandle, probe: WindowTarget) -> Result<Self, String> {
        Self::build(Gpu::for_display(display, probe)?, None)
    }

    /// A new backend on the same device, without textures and window.
    pub fn on_same_device(&self) -> Result<Self, String> {
        Self::build(self.gpu.clone(), None)
    }

    fn build(gpu: Gpu, window: Option<WindowSurface>) -> Result<Self, String> {
        let pipelines = Pipelines::new(&gpu.device);
        let description = TextureDescription::rgba8(TextureKind::Canvas, 1, 1);
        let screen = GpuTexture::new(&gpu, &description)?;
        Ok(Self {
            streams: StreamBuffers::new(&gpu, &pipelines),
            pipelines,
            samplers: Samplers::default(),
            textures: FxHashMap::default(),
            buffers: FxHashMap::default(),
            depth_stencils: FxHashMap::default(),
            shaders: FxHashMap::default(),
            white_textures: FxHashMap::default(),
            screen,
            window,
            gpu,
        })
    }

    /// Presents to a window from now on (the window of a program that started without one, or a new window).
    pub fn attach_window(
        &mut self,
        target: WindowTarget,
        width: u32,
        height: u32,
        vsync: bool,
    ) -> Result<(), String> {
        self.window = None;
        let surface = self.gpu.create_surface(target)?;
        self.window = Some(WindowSurface::new(
            &self.gpu, surface, width, height, vsync,
        )?);
        Ok(())
    }

    /// Stops presenting.
    pub fn detach_window(&mut self) {
        self.window = None;
    }

    /// Tells the surface that the window has a new size or another pacing.
    pub fn resize_window(&mut self, width: u32, height: u32, vsync: bool) {
        if let Some(window) = &mut self.window {
            window.configure(&self.gpu, width, height, vsync);
        }
    }

    /// Whether presenting waits for the display.
    pub fn is_paced(&self) -> bool {
        self.window.as_ref().is_some_and(WindowSurface::is_paced)
    }

    fn texture(&self, id: TextureId) -> Result<&GpuTexture, String> {
        self.textures
            .get(&id)
            .ok_or_else(|| format!("texture {} does not exist", id.0))
    }
}

impl Backend for WgpuBackend {
    fn limits(&self) -> Limits {
        self.gpu.love_limits()
    }

    fn features(&self) -> Features {
        self.gpu.love_features()
    }

    fn renderer_info(&self) -> RendererInfo {
        self.gpu.renderer_info()
    }

    fn supports_canvas_format(&self, format: PixelFormat, readable: bool) -> bool {
        textures::supports_canvas_format(&self.gpu, format, readable)
    }

    fn create_texture(
        &mut self,
        id: TextureId,
        description: &TextureDescription,
    ) -> Result<(), String> {
        let texture = GpuTexture::new(&self.gpu, description)?;
        self.textures.insert(id, texture);
        Ok(())
    }

    fn write_texture(
        &mut self,
        id: TextureId,
        region: PixelRegion,
        pixels: &[u8],
    ) -> Result<(), String> {
        let texture = self.texture(id)?;
        texture.write(&self.gpu, region, pixels);
        Ok(())
    }

    fn read_texture(&mut self, id: TextureId, region: PixelRegion) -> Result<Vec<u8>, String> {
        let texture = self.texture(id)?;
        texture.read(&self.gpu, region)
    }

    fn destroy_texture(&mut self, id: TextureId) {
        self.textures.remove(&id);
        self.depth_stencils.remove(&DepthStencilKey::Texture(id));
        for shader in self.shaders.values_mut() {
            shader.forget(id);
        }
    }

    fn create_shader(&mut self, id: ShaderId, shader: &Rc<CompiledShader>) -> Result<(), String> {
        let made = self.make_shader(shader)?;
        self.shaders.insert(id, made);
        Ok(())
    }

    fn destroy_shader(&mut self, id: ShaderId) {
        self.shaders.remove(&id);
    }

    fn write_buffer(&mut self, id: BufferId, vertices: &[Vertex]) -> Result<(), String> {
        let bytes: &[u8] = bytemuck::cast_slice(vertices);
        let limit = self.gpu.device.limits().max_buffer_size;
        let reuse = self
            .buffers
            .get(&id)
            .filter(|buffer| buffer.size() >= bytes.len() as u64);
        let buffer = match reuse {
            Some(buffer) => buffer,
            None => {
                if bytes.len() as u64 > limit {
                    return Err("Out of graphics memory.".to_owned());
                }
                let size = (bytes.len() as u64).next_power_of_two().clamp(256, limit);
                let buffer = execute::create_vertex_buffer(&self.gpu, size);
                self.buffers.entry(id).insert_entry(buffer).into_mut()
            }
        };
        if !bytes.is_empty() {
            self.gpu.queue.write_buffer(buffer, 0, bytes);
        }
        Ok(())
    }

    fn write_bytes(&mut self, id: BufferId, bytes: &[u8], are_indices: bool) -> Result<(), String> {
        let limit = self.gpu.device.limits().max_buffer_size;
        let needed = (bytes.len() as u64).next_multiple_of(4).max(16);
        if needed > limit {
            return Err("Out of graphics memory.".to_owned());
        }
        if self
            .buffers
            .get(&id)
            .is_none_or(|buffer| buffer.size() < needed)
        {
            let buffer = execute::create_mesh_buffer(&self.gpu, needed, are_indices);
            self.buffers.insert(id, buffer);
        }
        if let Some(buffer) = self.buffers.get(&id).filter(|_| !bytes.is_empty()) {
            self.gpu.queue.write_buffer(buffer, 0, bytes);
        }
        Ok(())
    }

    fn destroy_buffer(&mut self, id: BufferId) {
        self.buffers.remove(&id);
    }

    fn resize_screen(&mut self, width: u32, height: u32, samples: u32) -> Result<(), String> {
        let limits = self.limits();
        if width > limits.texture_size || height > limits.texture_size {
            return Err(format!(
                "A window of {width}x{height} pixels is too large for this system."
            ));
        }
        let description = TextureDescription {
            samples: samples.clamp(1, limits.canvas_msaa),
            ..TextureDescription::rgba8(TextureKind::Canvas, width.max(1), height.max(1))
        };
        self.screen = GpuTexture::new(&self.gpu, &description)?;
        self.depth_stencils.remove(&DepthStencilKey::Screen);
        let (vsync, old) = match &self.window {
            Some(window) => (window.vsync(), window.size()),
            None => return Ok(()),
        };
        if old != [width, height] {
            self.resize_window(width, height, vsync);
        }
        Ok(())
    }

    fn read_screen(&mut self) -> Result<Vec<u8>, String> {
        let [width, height] = self.screen.size();
        let stored = self
            .screen
            .read(&self.gpu, PixelRegion::all(width, height))?;
        let rows = stored.chunks_exact(width as usize * 4);
        Ok(rows.rev().flatten().copied().collect())
    }

    fn submit(&mut self, frame: &Frame) -> Result<(), String> {
        self.execute(frame)
    }

    fn present(&mut self) -> Result<(), String> {
        let Some(window) = &mut self.window else {
            return Ok(());
        };
        let Some(surface_texture) = window.acquire(&self.gpu) else {
            return Ok(());
        };
        let target = surface_texture
            .texture
            .create_view(&wgpu::TextureViewDescriptor::default());
        let mut encoder = self.gpu.device.create_command_encoder(&Default::default());
        self.pipelines.copy(
            &self.gpu.device,
            &mut encoder,
            self.screen.sampled_view(),
            &target,
            window.format(),
            CopyPurpose::Present,
        );
        self.gpu.queue.submit([encoder.finish()]);
        self.gpu.queue.present(surface_texture);
        Ok(())
    }
}

#[cfg(test)]
mod tests;
