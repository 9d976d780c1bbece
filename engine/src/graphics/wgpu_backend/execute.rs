//! From a frame's commands to render passes.
//!
//! A pass collects what goes to one target until the target changes or a clear comes after draws; a clear before them
//! becomes the way the pass loads its target. Depth and stencil buffers are attached only to passes with draws that use
//! them; a clear of a buffer that is not attached is remembered in it.
//!
//! **The screen is stored bottom up**, as OpenGL does it, and turned over when it is shown or read. Where an edge runs
//! exactly through pixel centres the rasteriser gives those pixels to one side; LÖVE's pictures show which side that is on
//! a screen turned over, every time a game draws at half pixels. Canvases are stored top down.

use super::super::commands::{
    Command, Frame, MeshUse, ShaderUse, Target, Uniforms, Vertex, VertexSource, quad_indices,
};
use super::super::shader::SamplerKind;
use super::super::state::{CanvasTarget, DepthUse, Rectangle, StencilUse};
use super::super::texture::{Sampler, TextureId};
use super::WgpuBackend;
use super::device::Gpu;
use super::pipelines::{CopyPurpose, PipelineKey, Pipelines, TargetKey};
use super::shaders::{CONSTANT_ATTRIBUTES, PLAIN_TEXTURE};
use super::textures::{DepthStencil, DepthStencilKey};
use bytemuck::{Pod, Zeroable};

/// The uniforms as `shader.wgsl` declares them.
#[repr(C)]
#[derive(Clone, Copy, Pod, Zeroable)]
struct ShaderUniforms {
    projection: [f32; 4],
    linear: [f32; 4],
    translation: [f32; 4],
    color: [f32; 4],
    screen: [f32; 4],
}

impl ShaderUniforms {
    fn new(target: &Target, uniforms: &Uniforms) -> Self {
        let (width, height) = (target.width.max(1) as f32, target.height.max(1) as f32);
        let transform = uniforms.transform;
        let up = if target.targets.is_screen() {
            1.0
        } else {
            -1.0
        };
        Self {
            projection: [2.0 / width, up * 2.0 / height, -1.0, -up],
            linear: [transform.a, transform.b, transform.c, transform.d],
            translation: [transform.e, transform.f, 0.0, 0.0],
            color: uniforms.color,
            // y of a pixel, from the top, is y in memory times the third number plus the fourth.
            screen: [
                target.pixel_width as f32,
                target.pixel_height as f32,
                -up,
                if up > 0.0 {
                    target.pixel_height as f32
                } else {
                    0.0
                },
            ],
        }
    }
}

/// Buffers that are written anew with each submission.
#[derive(Debug)]
pub(super) struct StreamBuffers {
    vertices: wgpu::Buffer,
    indices: wgpu::Buffer,
    uniforms: wgpu::Buffer,
    uniform_bind_group: wgpu::BindGroup,
    uniform_stride: u64,
    uniform_bytes: Vec<u8>,
    /// The indices of quads, for as many as were needed so far.
    quad_indices: wgpu::Buffer,
    quad_count: u32,
    /// Uniforms of the program's shaders, and where those of each use begin.
    pub shader_values: wgpu::Buffer,
    shader_offsets: Vec<u32>,
    shader_bytes: Vec<u8>,
    /// Counts the buffers that `shader_values` has been.
    pub generation: u64,
    /// Attributes that vertices do not have.
    constants: wgpu::Buffer,
}

fn create_buffer(gpu: &Gpu, size: u64, usage: wgpu::BufferUsages) -> wgpu::Buffer {
    gpu.device.create_buffer(&wgpu::BufferDescriptor {
        label: None,
        size,
        usage: usage | wgpu::BufferUsages::COPY_DST,
        mapped_at_creation: false,
    })
}

pub(super) fn create_vertex_buffer(gpu: &Gpu, size: u64) -> wgpu::Buffer {
    create_buffer(gpu, size, wgpu::BufferUsages::VERTEX)
}

pub(super) fn create_mesh_buffer(gpu: &Gpu, size: u64, for_indices: bool) -> wgpu::Buffer {
    let usage = if for_indices {
        wgpu::BufferUsages::INDEX
    } else {
        wgpu::BufferUsages::VERTEX
    };
    create_buffer(gpu, size, usage)
}

fn uniform_bind_group(gpu: &Gpu, pipelines: &Pipelines, buffer: &wgpu::Buffer) -> wgpu::BindGroup {
    gpu.device.create_bind_group(&wgpu::BindGroupDescriptor {
        label: Some("uniforms"),
        layout: &pipelines.uniform_layout,
        entries: &[wgpu::BindGroupEntry {
            binding: 0,
            resource: wgpu::BindingResource::Buffer(wgpu::BufferBinding {
                buffer,
                offset: 0,
                size: std::num::NonZeroU64::new(size_of::<ShaderUniforms>() as u64),
            }),
        }],
    })
}

impl StreamBuffers {
    pub fn new(gpu: &Gpu, pipelines: &Pipelines) -> Self {
        let alignment = u64::from(gpu.device.limits().min_uniform_buffer_offset_alignment);
        let uniform_stride = (size_of::<ShaderUniforms>() as u64).next_multiple_of(alignment);
        let uniforms = create_buffer(gpu, uniform_stride * 64, wgpu::BufferUsages::UNIFORM);
        let constants = create_vertex_buffer(gpu, size_of_val(&CONSTANT_ATTRIBUTES) as u64);
        let bytes = bytemuck::cast_slice(&CONSTANT_ATTRIBUTES);
        gpu.queue.write_buffer(&constants, 0, bytes);
        Self {
            vertices: create_vertex_buffer(gpu, 1 << 16),
            indices: create_buffer(gpu, 1 << 16, wgpu::BufferUsages::INDEX),
            uniform_bind_group: uniform_bind_group(gpu, pipelines, &uniforms),
            uniforms,
            uniform_stride,
            uniform_bytes: Vec::new(),
            quad_indices: create_buffer(gpu, 24, wgpu::BufferUsages::INDEX),
            quad_count: 0,
            shader_values: create_buffer(gpu, 1 << 14, wgpu::BufferUsages::UNIFORM),
            shader_offsets: Vec::new(),
            shader_bytes: Vec::new(),
            generation: 1,
            constants,
        }
    }

    /// Sends the frame's vertices and indices, and makes room for its uniforms.
    fn upload(&mut self, gpu: &Gpu, pipelines: &Pipelines, frame: &Frame) -> Result<(), String> {
        let limit = gpu.device.limits().max_buffer_size;
        let send = |buffer: &mut wgpu::Buffer, bytes: &[u8]| {
            let needed = bytes.len() as u64;
            if needed > limit {
                return Err("Too much is drawn in one frame.".to_owned());
            }
            if buffer.size() < needed {
                let usage = buffer.usage();
                *buffer = create_buffer(gpu, needed.next_power_of_two().min(limit), usage);
            }
            if !bytes.is_empty() {
                gpu.queue.write_buffer(buffer, 0, bytes);
            }
            Ok(())
        };
        send(&mut self.vertices, bytemuck::cast_slice(&frame.vertices))?;
        send(&mut self.indices, bytemuck::cast_slice(&frame.indices))?;
        let mut draws = 0;
        let mut quads = 0;
        for command in &frame.commands {
            if let Command::Draw {
                source, indices, ..
            } = command
            {
                draws += 1;
                if matches!(source, VertexSource::Quads(_)) {
                    quads = quads.max(indices.end / 6);
                }
            }
        }
        if quads > self.quad_count {
            self.quad_count = quads.next_power_of_two();
            let indices: Vec<u32> = quad_indices(self.quad_count).collect();
            send(&mut self.quad_indices, bytemuck::cast_slice(&indices))?;
        }
        let needed = self.uniform_stride * draws;
        if self.uniforms.size() < needed {
            let size = needed.next_power_of_two();
            self.uniforms = create_buffer(gpu, size, wgpu::BufferUsages::UNIFORM);
            self.uniform_bind_group = uniform_bind_group(gpu, pipelines, &self.uniforms);
        }
        self.uniform_bytes.clear();
        self.upload_shader_values(gpu, frame)
    }

    /// Sends the uniforms of the program's shaders.
    fn upload_shader_values(&mut self, gpu: &Gpu, frame: &Frame) -> Result<(), String> {
        let alignment = gpu
            .device
            .limits()
            .min_uniform_buffer_offset_alignment
            .max(16) as usize;
        self.shader_offsets.clear();
        self.shader_bytes.clear();
        for shader in &frame.shaders {
            let start = self.shader_bytes.len().next_multiple_of(alignment);
            self.shader_bytes.resize(start, 0);
            self.shader_offsets.push(start as u32);
            let values = shader.values.start as usize..shader.values.end as usize;
            self.shader_bytes
                .extend_from_slice(&frame.shader_values[values]);
        }
        let needed = self.shader_bytes.len().next_multiple_of(4);
        self.shader_bytes.resize(needed, 0);
        let needed = needed as u64;
        if needed > gpu.device.limits().max_buffer_size {
            return Err("Too many shader values are sent in one frame.".to_owned());
        }
        if self.shader_values.size() < needed {
            let size = needed.next_power_of_two();
            self.shader_values = create_buffer(gpu, size, wgpu::BufferUsages::UNIFORM);
            self.generation += 1;
        }
        if needed > 0 {
            gpu.queue
                .write_buffer(&self.shader_values, 0, &self.shader_bytes);
        }
        Ok(())
    }

    /// Adds uniforms; their offset.
    fn push_uniforms(&mut self, uniforms: ShaderUniforms) -> u32 {
        let offset = self.uniform_bytes.len();
        self.uniform_bytes
            .extend_from_slice(bytemuck::bytes_of(&uniforms));
        self.uniform_bytes
            .resize(offset + self.uniform_stride as usize, 0);
        offset as u32
    }
}

/// What goes to one target in one go.
struct Pass<'a> {
    target: &'a Target,
    clear_colors: Vec<Option<[f32; 4]>>,
    clear_stencil: Option<u8>,
    clear_depth: Option<f32>,
    draws: Vec<&'a Command>,
}

impl<'a> Pass<'a> {
    fn new(target: &'a Target) -> Self {
        Self {
            target,
            clear_colors: Vec::new(),
            clear_stencil: None,
            clear_depth: None,
            draws: Vec::new(),
        }
    }

    fn is_empty(&self) -> bool {
        self.draws.is_empty()
            && self.clear_colors.iter().all(Option::is_none)
            && self.clear_stencil.is_none()
            && self.clear_depth.is_none()
    }
}

enum Step<'a> {
    Pass(Pass<'a>),
    Mipmaps(TextureId),
}

fn plan(frame: &Frame) -> Vec<Step<'_>> {
    let mut steps = Vec::new();
    let mut open: Option<Pass<'_>> = None;
    for command in &frame.commands {
        match command {
            Command::Target(target) => {
                steps.extend(open.replace(Pass::new(target)).map(Step::Pass));
            }
            Command::Clear(clear) => {
                let Some(pass) = &mut open else { continue };
                if !pass.draws.is_empty() {
                    let next = Pass::new(pass.target);
                    steps.push(Step::Pass(std::mem::replace(pass, next)));
                }
                for (index, color) in clear.colors.iter().enumerate() {
                    if pass.clear_colors.len() <= index {
                        pass.clear_colors.push(None);
                    }
                    pass.clear_colors[index] = color.or(pass.clear_colors[index]);
                }
                pass.clear_stencil = clear.stencil.or(pass.clear_stencil);
                pass.clear_depth = clear.depth.or(pass.clear_depth);
            }
            Command::Draw { .. } => {
                if let Some(pass) = &mut open {
                    pass.draws.push(command);
                }
            }
            Command::GenerateMipmaps(id) => {
                steps.extend(open.take().map(Step::Pass));
                steps.push(Step::Mipmaps(*id));
            }
        }
    }
    steps.extend(open.map(Step::Pass));
    steps
}

/// The part of a scissor that lies inside the target; `None` if that is nothing.
fn clip_scissor(scissor: Rectangle, width: u32, height: u32) -> Option<[u32; 4]> {
    let span = |start: i32, size: i32, limit: u32| {
        let limit = i64::from(limit);
        let from = i64::from(start).clamp(0, limit);
        let to = (i64::from(start) + i64::from(size)).clamp(from, limit);
        (from as u32, (to - from) as u32)
    };
    let (x, width) = span(scissor.x, scissor.width, width);
    let (y, height) = span(scissor.y, scissor.height, height);
    (width > 0 && height > 0).then_some([x, y, width, height])
}

/// The views that a pass draws to.
struct ColorAttachment {
    view: wgpu::TextureView,
    resolve: Option<wgpu::TextureView>,
    depth_slice: Option<u32>,
}

impl WgpuBackend {
    pub(super) fn execute(&mut self, frame: &Frame) -> Result<(), String> {
        self.streams.upload(&self.gpu, &self.pipelines, frame)?;
        let mut encoder = self.gpu.device.create_command_encoder(&Default::default());
        for step in plan(frame) {
            match step {
                Step::Pass(pass) => self.encode_pass(&mut encoder, frame, &pass)?,
                Step::Mipmaps(id) => self.encode_mipmaps(&mut encoder, id)?,
            }
        }
        if !self.streams.uniform_bytes.is_empty() {
            let (buffer, bytes) = (&self.streams.uniforms, &self.streams.uniform_bytes);
            self.gpu.queue.write_buffer(buffer, 0, bytes);
        }
        self.gpu.queue.submit([encoder.finish()]);
        Ok(())
    }

    fn encode_mipmaps(
        &mut self,
        encoder: &mut wgpu::CommandEncoder,
        id: TextureId,
    ) -> Result<(), String> {
        let Some(texture) = self.textures.get(&id) else {
            return Ok(());
        };
        for layer in 0..texture.layers() {
            for level in 1..texture.mipmap_count() {
                let source = texture.level_view(layer, level - 1);
                let target = texture.level_view(layer, level);
                self.pipelines.copy(
                    &self.gpu.device,
                    encoder,
                    &source,
                    &target,
                    texture.format(),
                    CopyPurpose::Mipmap,
                );
            }
        }
        Ok(())
    }

    /// The colour views of a target, their formats, and the samples per pixel.
    fn color_attachments(
        &self,
        target: &Target,
    ) -> Result<(Vec<ColorAttachment>, TargetKey), String> {
        let mut key = TargetKey {
            colors: Vec::new(),
            depth_stencil: None,
            samples: 1,
        };
        let mut attachments = Vec::new();
        let mut attach = |texture: &super::GpuTexture, layer, mipmap| {
            let view = texture.level_view(layer, mipmap);
            let format = texture.format();
            let flags = self.gpu.adapter.get_texture_format_features(format).flags;
            let blendable = flags.contains(wgpu::TextureFormatFeatureFlags::BLENDABLE);
            key.colors.push((format, blendable));
            key.samples = texture.samples();
            attachments.push(match texture.multisampled_view() {
                Some(multisampled) => ColorAttachment {
                    view: multisampled,
                    resolve: Some(view),
                    depth_slice: None,
                },
                None => ColorAttachment {
                    view,
                    resolve: None,
                    depth_slice: texture.depth_slice(layer),
                },
            });
        };
        if target.targets.is_screen() {
            attach(&self.screen, 0, 0);
        }
        for CanvasTarget {
            texture,
            layer,
            mipmap,
        } in &target.targets.colors
        {
            attach(self.texture(texture.id())?, *layer, *mipmap);
        }
        Ok((attachments, key))
    }

    /// The depth-stencil buffer of a target, made if it does not exist yet; `None` if the target has none.
    fn depth_stencil_key(
        &mut self,
        target: &Target,
        samples: u32,
    ) -> Result<Option<DepthStencilKey>, String> {
        let targets = &target.targets;
        let size = [target.pixel_width, target.pixel_height, samples];
        let key = if targets.is_screen() {
            DepthStencilKey::Screen
        } else if let Some(own) = &targets.depth_stencil {
            let id = own.texture.id();
            let key = DepthStencilKey::Texture(id);
            if !self.depth_stencils.contains_key(&key) {
                let texture = self.texture(id)?;
                let view = match texture.multisampled_view() {
                    Some(view) => view,
                    None => texture.level_view(own.layer, own.mipmap),
                };
                let buffer = DepthStencil::from_view(view, texture.format());
                self.depth_stencils.insert(key, buffer);
            }
            return Ok(Some(key));
        } else if targets.temporary_depth || targets.temporary_stencil {
            DepthStencilKey::Temporary(size)
        } else {
            return Ok(None);
        };
        let gpu = &self.gpu;
        self.depth_stencils
            .entry(key)
            .or_insert_with(|| DepthStencil::new(gpu, size));
        Ok(Some(key))
    }

    fn encode_pass(
        &mut self,
        encoder: &mut wgpu::CommandEncoder,
        frame: &Frame,
        pass: &Pass<'_>,
    ) -> Result<(), String> {
        let target = pass.target;
        if pass.is_empty() && !target.fresh {
            return Ok(());
        }
        let (attachments, mut key) = self.color_attachments(target)?;
        let depth_stencil_key = self.depth_stencil_key(target, key.samples)?;
        if let Some(buffer) = depth_stencil_key.and_then(|key| self.depth_stencils.get_mut(&key)) {
            let temporary = matches!(depth_stencil_key, Some(DepthStencilKey::Temporary(_)));
            if temporary && target.fresh {
                (buffer.clear_stencil, buffer.clear_depth) = (Some(0), Some(1.0));
            }
            buffer.clear_stencil = pass.clear_stencil.or(buffer.clear_stencil);
            buffer.clear_depth = pass.clear_depth.or(buffer.clear_depth);
        }
        if pass.is_empty() {
            return Ok(());
        }
        let uses_depth_stencil = pass.draws.iter().any(|command| match command {
            Command::Draw { state, .. } => {
                let state = &frame.states[*state as usize];
                state.stencil != StencilUse::Off || state.depth != DepthUse::OFF
            }
            _ => false,
        });
        let depth_stencil_key =
            depth_stencil_key.filter(|_| uses_depth_stencil || attachments.is_empty());
        let depth_stencil = depth_stencil_key.and_then(|key| self.depth_stencils.get_mut(&key));
        let depth_stencil_attachment = depth_stencil.map(|buffer| {
            key.depth_stencil = Some(buffer.format);
            fn operations<T, U>(clear: Option<T>, convert: fn(T) -> U) -> wgpu::Operations<U> {
                wgpu::Operations {
                    load: match clear {
                        Some(value) => wgpu::LoadOp::Clear(convert(value)),
                        None => wgpu::LoadOp::Load,
                    },
                    store: wgpu::StoreOp::Store,
                }
            }
            let depth = operations(buffer.clear_depth.take(), |value| value.clamp(0.0, 1.0));
            let stencil = operations(buffer.clear_stencil.take(), u32::from);
            wgpu::RenderPassDepthStencilAttachment {
                view: &buffer.view,
                depth_ops: buffer.format.has_depth_aspect().then_some(depth),
                stencil_ops: buffer.format.has_stencil_aspect().then_some(stencil),
            }
        });
        let color_attachments: Vec<Option<wgpu::RenderPassColorAttachment<'_>>> = attachments
            .iter()
            .enumerate()
            .map(|(index, attachment)| {
                let clear = pass.clear_colors.get(index).copied().flatten();
                Some(wgpu::RenderPassColorAttachment {
                    view: &attachment.view,
                    depth_slice: attachment.depth_slice,
                    resolve_target: attachment.resolve.as_ref(),
                    ops: wgpu::Operations {
                        load: match clear.map(|color| color.map(f64::from)) {
                            Some([r, g, b, a]) => wgpu::LoadOp::Clear(wgpu::Color { r, g, b, a }),
                            None => wgpu::LoadOp::Load,
                        },
                        store: wgpu::StoreOp::Store,
                    },
                })
            })
            .collect();
        let mut render_pass = encoder
            .begin_render_pass(&wgpu::RenderPassDescriptor {
                label: None,
                color_attachments: &color_attachments,
                depth_stencil_attachment,
                ..Default::default()
            })
            .forget_lifetime();
        self.encode_draws(&mut render_pass, frame, pass, &key);
        Ok(())
    }

    fn encode_draws(
        &mut self,
        render_pass: &mut wgpu::RenderPass<'_>,
        frame: &Frame,
        pass: &Pass<'_>,
        target_key: &TargetKey,
    ) {
        let target = pass.target;
        let (width, height) = (target.pixel_width, target.pixel_height);
        let bottom_up = target.targets.is_screen();
        let mut last_key: Option<PipelineKey> = None;
        let mut last_texture = None;
        let mut last_shader = None;
        let mut last_source = None;
        let mut last_uniforms = None;
        let mut last_scissor = Some([0, 0, width, height]);
        let mut last_reference = 0;
        for command in &pass.draws {
            let Command::Draw {
                state,
                uniforms,
                source,
                indices,
            } = command
            else {
                continue;
            };
            let state = &frame.states[*state as usize];
            let scissor = match state.scissor {
                None => Some([0, 0, width, height]),
                Some(scissor) => clip_scissor(scissor, width, height),
            };
            let scissor = scissor.map(|[x, y, clip_width, clip_height]| {
                let y = if bottom_up {
                    height - y - clip_height
                } else {
                    y
                };
                [x, y, clip_width, clip_height]
            });
            let Some([x, y, clip_width, clip_height]) = scissor else {
                continue;
            };
            if !self.textures.contains_key(&state.texture) {
                continue;
            }
            if last_scissor != scissor {
                render_pass.set_scissor_rect(x, y, clip_width, clip_height);
                last_scissor = scissor;
            }
            let key = PipelineKey::new(state, target_key, bottom_up);
            let shader_use = state
                .shader
                .and_then(|index| frame.shaders.get(index as usize));
            let shape_differs = state.shader.is_some() && last_source != Some(*source);
            if last_key.as_ref() != Some(&key) || last_shader != state.shader || shape_differs {
                let is_set = match shader_use {
                    Some(shader_use) => {
                        let mesh = mesh_of(frame, *source);
                        let reads = (shader_use, mesh);
                        self.set_shader(render_pass, reads, state.shader, &key, target, indices.end)
                    }
                    None => {
                        let pipeline = self.pipelines.draw(&self.gpu.device, key.clone());
                        render_pass.set_pipeline(pipeline);
                        true
                    }
                };
                if !is_set {
                    (last_key, last_source) = (None, None);
                    continue;
                }
                last_key = Some(key);
                last_shader = state.shader;
            }
            let reference = match state.stencil {
                StencilUse::Off => last_reference,
                StencilUse::Write { value, .. } | StencilUse::Test { value, .. } => {
                    u32::from(value)
                }
            };
            if reference != last_reference {
                render_pass.set_stencil_reference(reference);
                last_reference = reference;
            }
            let main_kind = shader_use
                .and_then(|shader_use| self.shaders.get(&shader_use.shader)?.main_texture())
                .unwrap_or(PLAIN_TEXTURE);
            if last_texture != Some((state.texture, state.sampler, main_kind)) {
                self.set_texture(render_pass, (state.texture, state.sampler), main_kind);
                last_texture = Some((state.texture, state.sampler, main_kind));
            }
            if last_source != Some(*source) {
                match source {
                    // Set with the shader.
                    VertexSource::Mesh(_) => {}
                    VertexSource::Stream => {
                        render_pass.set_vertex_buffer(0, self.streams.vertices.slice(..));
                        let indices = self.streams.indices.slice(..);
                        render_pass.set_index_buffer(indices, wgpu::IndexFormat::Uint32);
                    }
                    VertexSource::Quads(id) => {
                        let Some(buffer) = self.buffers.get(id) else {
                            continue;
                        };
                        if u64::from(indices.end / 6) * 4 * size_of::<Vertex>() as u64
                            > buffer.size()
                        {
                            continue;
                        }
                        render_pass.set_vertex_buffer(0, buffer.slice(..));
                        let indices = self.streams.quad_indices.slice(..);
                        render_pass.set_index_buffer(indices, wgpu::IndexFormat::Uint32);
                    }
                }
                last_source = Some(*source);
            }
            if last_uniforms != Some(*uniforms) {
                let values = ShaderUniforms::new(target, &frame.uniforms[*uniforms as usize]);
                let offset = self.streams.push_uniforms(values);
                render_pass.set_bind_group(0, &self.streams.uniform_bind_group, &[offset]);
                last_uniforms = Some(*uniforms);
            }
            let instances = mesh_of(frame, *source).map_or(1, |mesh| mesh.instances);
            render_pass.draw_indexed(indices.clone(), 0, 0..instances);
        }
    }

    /// Binds what is drawn, or a white pixel where the shader reads a texture of another kind.
    fn set_texture(
        &mut self,
        render_pass: &mut wgpu::RenderPass<'_>,
        (id, sampler): (TextureId, Sampler),
        kind: SamplerKind,
    ) {
        let (textures, white) = (&mut self.textures, &mut self.white_textures);
        let drawn = textures.get_mut(&id).filter(|texture| texture.fits(kind));
        let texture = match drawn {
            Some(texture) => Some(texture),
            None => white.get_mut(&kind),
        };
        if let Some(texture) = texture {
            let group = texture.bind_group(&self.gpu, &self.pipelines, &mut self.samplers, sampler);
            render_pass.set_bind_group(1, group, &[]);
        }
    }

    /// Sets pipeline, uniforms, textures and the buffers of a mesh for a shader of the program's; false if it cannot be used.
    fn set_shader(
        &mut self,
        render_pass: &mut wgpu::RenderPass<'_>,
        (shader_use, mesh): (&ShaderUse, Option<&MeshUse>),
        index: Option<u32>,
        key: &PipelineKey,
        target: &Target,
        corners: u32,
    ) -> bool {
        let Some(index) = index.map(|index| index as usize) else {
            return false;
        };
        let Some(group) = self.shader_bind_group(shader_use, target) else {
            return false;
        };
        let Some(shader) = self.shaders.get_mut(&shader_use.shader) else {
            return false;
        };
        let shape = shader.shape(mesh);
        let constants = shader.constants_slot(&shape);
        let has_values = shader.has_values();
        let Some(pipeline) = shader.pipeline(&self.gpu, key, &shape) else {
            return false;
        };
        render_pass.set_pipeline(pipeline);
        let offset = self.streams.shader_offsets.get(index).copied().unwrap_or(0);
        let offsets: &[u32] = if has_values { &[offset] } else { &[] };
        render_pass.set_bind_group(2, &group, offsets);
        if let Some(slot) = constants {
            render_pass.set_vertex_buffer(slot, self.streams.constants.slice(..));
        }
        match mesh {
            None => true,
            Some(mesh) => self.set_mesh_buffers(render_pass, &shape, mesh, corners),
        }
    }
}

/// The mesh that a draw reads, if it is one.
fn mesh_of(frame: &Frame, source: VertexSource) -> Option<&MeshUse> {
    match source {
        VertexSource::Mesh(index) => frame.meshes.get(index as usize),
        VertexSource::Stream | VertexSource::Quads(_) => None,
    }
}
