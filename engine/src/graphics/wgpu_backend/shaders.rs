//! The program's shaders on the card: modules, pipelines and the bind groups of their uniforms and textures.
//!
//! A shader has one vertex module and one pixel module for each number of canvases drawn to. Pipelines are made when they
//! are first needed, the one for the screen at once, so that what the driver refuses is an error of `newShader`.
//!
//! Attributes that a vertex does not have are read from a buffer of one element with a stride of zero.

use super::super::commands::{BufferId, MeshUse, ShaderUse, Vertex};
use super::super::shader::{CompiledShader, SamplerDimension, SamplerKind};
use super::super::texture::{
    PixelFormat, Sampler, TextureDescription, TextureId, TextureKind, TextureType,
};
use super::WgpuBackend;
use super::device::Gpu;
use super::pipelines::{DrawProgram, PipelineKey, Pipelines, TargetKey, create_draw_pipeline};
use super::textures::{GpuTexture, Samplers};
use rustc_hash::FxHashMap;
use std::borrow::Cow;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;

/// Bind groups that a shader keeps for textures it was used with.
const MAX_BIND_GROUPS: usize = 64;

/// White for colours, then what other missing attributes are.
pub(super) const CONSTANT_ATTRIBUTES: [f32; 8] = [1.0, 1.0, 1.0, 1.0, 0.0, 0.0, 0.0, 1.0];

/// The vertices that a pipeline reads.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum VertexShape {
    /// [`Vertex`]
    Standard,
    /// Buffers of meshes, with what the shader reads of each.
    Mesh(Vec<MeshBuffer>),
}

/// A buffer of a mesh as a pipeline sees it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct MeshBuffer {
    buffer: BufferId,
    stride: u32,
    per_instance: bool,
    /// Location, components, offset.
    attributes: Vec<(u32, u8, u32)>,
}

impl VertexShape {
    /// The same shape for all meshes of one format.
    fn without_buffers(mut self) -> Self {
        if let Self::Mesh(buffers) = &mut self {
            for buffer in buffers {
                buffer.buffer = BufferId(0);
            }
        }
        self
    }
}

fn float_format(components: u8) -> wgpu::VertexFormat {
    match components {
        1 => wgpu::VertexFormat::Float32,
        2 => wgpu::VertexFormat::Float32x2,
        3 => wgpu::VertexFormat::Float32x3,
        _ => wgpu::VertexFormat::Float32x4,
    }
}

/// One buffer of a pipeline: stride, whether it is per instance, attributes.
type BufferLayout = (u64, bool, Vec<wgpu::VertexAttribute>);

type TextureKey = Vec<Option<(TextureId, Sampler)>>;

/// A shader.
#[derive(Debug)]
pub(super) struct GpuShader {
    compiled: Rc<CompiledShader>,
    vertex: wgpu::ShaderModule,
    pixels: FxHashMap<u32, Option<wgpu::ShaderModule>>,
    own_layout: wgpu::BindGroupLayout,
    layout: wgpu::PipelineLayout,
    pipelines: FxHashMap<(PipelineKey, VertexShape), wgpu::RenderPipeline>,
    bind_groups: FxHashMap<TextureKey, wgpu::BindGroup>,
    generation: u64,
}

fn naga_module(gpu: &Gpu, module: naga::Module) -> wgpu::ShaderModule {
    gpu.device
        .create_shader_module(wgpu::ShaderModuleDescriptor {
            label: Some("shader"),
            source: wgpu::ShaderSource::Naga(Cow::Owned(module)),
        })
}

/// The layout entries of a texture and its sampler.
pub(super) fn texture_entries(kind: SamplerKind, binding: u32) -> [wgpu::BindGroupLayoutEntry; 2] {
    let visibility = wgpu::ShaderStages::VERTEX_FRAGMENT;
    let view_dimension = match kind.dimension {
        SamplerDimension::Flat => wgpu::TextureViewDimension::D2,
        SamplerDimension::Array => wgpu::TextureViewDimension::D2Array,
        SamplerDimension::Cube => wgpu::TextureViewDimension::Cube,
        SamplerDimension::Volume => wgpu::TextureViewDimension::D3,
    };
    [
        wgpu::BindGroupLayoutEntry {
            binding,
            visibility,
            ty: wgpu::BindingType::Texture {
                sample_type: if kind.shadow {
                    wgpu::TextureSampleType::Depth
                } else {
                    wgpu::TextureSampleType::Float { filterable: true }
                },
                view_dimension,
                multisampled: false,
            },
            count: None,
        },
        wgpu::BindGroupLayoutEntry {
            binding: binding + 1,
            visibility,
            ty: wgpu::BindingType::Sampler(if kind.shadow {
                wgpu::SamplerBindingType::Comparison
            } else {
                wgpu::SamplerBindingType::Filtering
            }),
            count: None,
        },
    ]
}

/// Runs what may fail inside of wgpu; the error is a sentence.
fn guarded<T>(gpu: &Gpu, work: impl FnOnce() -> T) -> Result<T, String> {
    let scope = gpu.device.push_error_scope(wgpu::ErrorFilter::Validation);
    let internal = gpu.device.push_error_scope(wgpu::ErrorFilter::Internal);
    let result = catch_unwind(AssertUnwindSafe(work));
    let errors = [
        pollster::block_on(internal.pop()),
        pollster::block_on(scope.pop()),
    ];
    if let Some(error) = errors.into_iter().flatten().next() {
        return Err(format!("ERROR: {error}"));
    }
    result.map_err(|_| "ERROR: the graphics library cannot translate this shader.".to_owned())
}

impl GpuShader {
    fn new(
        gpu: &Gpu,
        pipelines: &Pipelines,
        compiled: &Rc<CompiledShader>,
    ) -> Result<Self, String> {
        let interface = &compiled.interface;
        let mut entries = Vec::new();
        if interface.uniform_size > 0 {
            entries.push(wgpu::BindGroupLayoutEntry {
                binding: 0,
                visibility: wgpu::ShaderStages::VERTEX_FRAGMENT,
                ty: wgpu::BindingType::Buffer {
                    ty: wgpu::BufferBindingType::Uniform,
                    has_dynamic_offset: true,
                    min_binding_size: None,
                },
                count: None,
            });
        }
        for (slot, texture) in interface.textures.iter().enumerate() {
            if !texture.is_main {
                entries.extend(texture_entries(texture.kind, 1 + 2 * slot as u32));
            }
        }
        let vertex = compiled.vertex.clone();
        guarded(gpu, || {
            let own_layout =
                gpu.device
                    .create_bind_group_layout(&wgpu::BindGroupLayoutDescriptor {
                        label: Some("shader"),
                        entries: &entries,
                    });
            let main = interface.main_texture().unwrap_or(PLAIN_TEXTURE);
            let groups = [
                Some(&pipelines.uniform_layout),
                Some(pipelines.texture_layout(main)),
                Some(&own_layout),
            ];
            let layout = gpu
                .device
                .create_pipeline_layout(&wgpu::PipelineLayoutDescriptor {
                    label: Some("shader"),
                    bind_group_layouts: &groups,
                    immediate_size: 0,
                });
            Self {
                compiled: compiled.clone(),
                vertex: naga_module(gpu, vertex),
                pixels: FxHashMap::default(),
                layout,
                own_layout,
                pipelines: FxHashMap::default(),
                bind_groups: FxHashMap::default(),
                generation: 0,
            }
        })
    }

    fn pixel(&mut self, gpu: &Gpu, outputs: u32) -> Option<&wgpu::ShaderModule> {
        let compiled = &self.compiled;
        let module = self.pixels.entry(outputs).or_insert_with(|| {
            let module = compiled.pixel_module(outputs);
            let made = module.and_then(|module| guarded(gpu, || naga_module(gpu, module)));
            made.inspect_err(|error| log::error!("graphics: {error}"))
                .ok()
        });
        module.as_ref()
    }

    /// The pipeline for a state; `None` if the card refuses.
    pub fn pipeline(
        &mut self,
        gpu: &Gpu,
        key: &PipelineKey,
        shape: &VertexShape,
    ) -> Option<&wgpu::RenderPipeline> {
        // Two look-ups, because a borrow from the first would last for the insertion.
        let place = (key.clone(), shape.clone().without_buffers());
        if !self.pipelines.contains_key(&place) {
            let made = self.create_pipeline(gpu, key, shape)?;
            self.pipelines.insert(place.clone(), made);
        }
        self.pipelines.get(&place)
    }

    fn create_pipeline(
        &mut self,
        gpu: &Gpu,
        key: &PipelineKey,
        shape: &VertexShape,
    ) -> Option<wgpu::RenderPipeline> {
        let pixel = self.pixel(gpu, key.outputs())?.clone();
        let layouts = self.buffer_layouts(shape);
        let buffers: Vec<Option<wgpu::VertexBufferLayout<'_>>> = layouts
            .iter()
            .map(|(stride, per_instance, attributes)| {
                Some(wgpu::VertexBufferLayout {
                    array_stride: *stride,
                    step_mode: if *per_instance {
                        wgpu::VertexStepMode::Instance
                    } else {
                        wgpu::VertexStepMode::Vertex
                    },
                    attributes,
                })
            })
            .collect();
        let program = DrawProgram {
            layout: &self.layout,
            vertex: (&self.vertex, "main"),
            fragment: (&pixel, "main"),
            buffers: &buffers,
        };
        let made = guarded(gpu, || create_draw_pipeline(&gpu.device, &program, key));
        made.inspect_err(|error| log::error!("graphics: {error}"))
            .ok()
    }

    /// The buffers of a pipeline; the last one holds what vertices of this shape lack, if they lack something.
    fn buffer_layouts(&self, shape: &VertexShape) -> Vec<BufferLayout> {
        let mut layouts: Vec<BufferLayout> = match shape {
            VertexShape::Standard => {
                let standard =
                    wgpu::vertex_attr_array![0 => Float32x2, 1 => Float32x2, 2 => Unorm8x4];
                vec![(size_of::<Vertex>() as u64, false, standard.to_vec())]
            }
            VertexShape::Mesh(buffers) => buffers
                .iter()
                .map(|buffer| {
                    let attributes = buffer.attributes.iter();
                    let attributes =
                        attributes.map(|(location, components, offset)| wgpu::VertexAttribute {
                            format: float_format(*components),
                            offset: u64::from(*offset),
                            shader_location: *location,
                        });
                    (
                        u64::from(buffer.stride),
                        buffer.per_instance,
                        attributes.collect(),
                    )
                })
                .collect(),
        };
        let has = |location| {
            let mut all = layouts.iter().flat_map(|layout| &layout.2);
            all.any(|attribute| attribute.shader_location == location)
        };
        let own = self.compiled.interface.attributes.iter();
        let lacking: Vec<wgpu::VertexAttribute> = own
            .filter(|attribute| !has(attribute.location))
            .map(|attribute| wgpu::VertexAttribute {
                format: float_format(attribute.components()),
                // Colours are white, everything else is 0, 0, 0, 1.
                offset: if attribute.location == 2 { 0 } else { 16 },
                shader_location: attribute.location,
            })
            .collect();
        if !lacking.is_empty() {
            layouts.push((0, true, lacking));
        }
        layouts
    }

    /// Which buffers of a mesh the shader reads, and what of each.
    fn mesh_buffers(&self, mesh: &MeshUse) -> Vec<MeshBuffer> {
        let mut buffers: Vec<MeshBuffer> = Vec::new();
        for attribute in &self.compiled.interface.attributes {
            let Some(found) = mesh
                .attributes
                .iter()
                .find(|found| found.name == attribute.name)
            else {
                continue;
            };
            let entry = (attribute.location, found.components, found.offset);
            let known = buffers.iter_mut().find(|buffer| {
                buffer.buffer == found.buffer && buffer.per_instance == found.per_instance
            });
            match known {
                Some(known) => known.attributes.push(entry),
                None => buffers.push(MeshBuffer {
                    buffer: found.buffer,
                    stride: found.stride,
                    per_instance: found.per_instance,
                    attributes: vec![entry],
                }),
            }
        }
        // Eight buffers are what every machine has; one is for what is lacking.
        buffers.truncate(7);
        buffers
    }

    /// The shape of the vertices of a draw.
    pub fn shape(&self, mesh: Option<&MeshUse>) -> VertexShape {
        match mesh {
            None => VertexShape::Standard,
            Some(mesh) => VertexShape::Mesh(self.mesh_buffers(mesh)),
        }
    }

    /// The place of the buffer for what vertices of this shape lack, if there is one.
    pub fn constants_slot(&self, shape: &VertexShape) -> Option<u32> {
        let layouts = self.buffer_layouts(shape);
        let last = layouts.last().filter(|layout| layout.0 == 0 && layout.1);
        last.map(|_| layouts.len() as u32 - 1)
    }

    /// Whether it has uniforms in a buffer.
    pub fn has_values(&self) -> bool {
        self.compiled.interface.uniform_size > 0
    }

    /// The shape of the main texture, if it reads one.
    pub fn main_texture(&self) -> Option<SamplerKind> {
        self.compiled.interface.main_texture()
    }

    /// Forgets what refers to a texture.
    pub fn forget(&mut self, id: TextureId) {
        self.bind_groups
            .retain(|key, _| key.iter().flatten().all(|(used, _)| *used != id));
    }
}

/// What most textures are.
pub(super) const PLAIN_TEXTURE: SamplerKind = SamplerKind {
    dimension: SamplerDimension::Flat,
    shadow: false,
};

/// A texture of one white pixel, of any shape.
fn white_texture(gpu: &Gpu, kind: SamplerKind) -> Result<GpuTexture, String> {
    let mut description = TextureDescription::rgba8(TextureKind::Image, 1, 1);
    description.texture_type = match kind.dimension {
        SamplerDimension::Flat => TextureType::TwoDimensional,
        SamplerDimension::Array => TextureType::Array,
        SamplerDimension::Cube => TextureType::Cube,
        SamplerDimension::Volume => TextureType::Volume,
    };
    if kind.dimension == SamplerDimension::Cube {
        description.layers = 6;
    }
    if kind.shadow {
        description.format = PixelFormat::Depth32F;
        description.kind = TextureKind::Canvas;
        return GpuTexture::new(gpu, &description);
    }
    let texture = GpuTexture::new(gpu, &description)?;
    for layer in 0..description.layers {
        let region = super::PixelRegion {
            layer,
            ..super::PixelRegion::all(1, 1)
        };
        texture.write(gpu, region, &[255; 4]);
    }
    Ok(texture)
}

/// The textures of a use, without those that are being drawn to, which cannot be read.
fn texture_key(shader_use: &ShaderUse, target: &super::super::commands::Target) -> TextureKey {
    let is_target = |id: TextureId| {
        let targets = target
            .targets
            .colors
            .iter()
            .chain(&target.targets.depth_stencil);
        targets.into_iter().any(|target| target.texture.id() == id)
    };
    let textures = shader_use.textures.iter();
    textures
        .map(|texture| texture.filter(|(id, _)| !is_target(*id)))
        .collect()
}

impl WgpuBackend {
    pub(super) fn make_shader(
        &mut self,
        compiled: &Rc<CompiledShader>,
    ) -> Result<GpuShader, String> {
        for slot in &compiled.interface.textures {
            if !self.white_textures.contains_key(&slot.kind) {
                let texture = white_texture(&self.gpu, slot.kind)?;
                self.white_textures.insert(slot.kind, texture);
            }
            self.pipelines
                .add_texture_layout(&self.gpu.device, slot.kind);
        }
        let mut shader = GpuShader::new(&self.gpu, &self.pipelines, compiled)?;
        let target = TargetKey {
            colors: vec![(self.screen.format(), true)],
            depth_stencil: None,
            samples: self.screen.samples(),
        };
        let key = PipelineKey::ordinary(&target);
        if shader
            .pipeline(&self.gpu, &key, &VertexShape::Standard)
            .is_none()
        {
            return Err("ERROR: the graphics driver refuses this shader.".to_owned());
        }
        Ok(shader)
    }

    /// The bind group of a shader's own uniforms and textures.
    pub(super) fn shader_bind_group(
        &mut self,
        shader_use: &ShaderUse,
        target: &super::super::commands::Target,
    ) -> Option<wgpu::BindGroup> {
        let shader = self.shaders.get_mut(&shader_use.shader)?;
        if shader.generation != self.streams.generation
            || shader.bind_groups.len() > MAX_BIND_GROUPS
        {
            shader.generation = self.streams.generation;
            shader.bind_groups.clear();
        }
        let key = texture_key(shader_use, target);
        if let Some(known) = shader.bind_groups.get(&key) {
            return Some(known.clone());
        }
        let interface = &shader.compiled.interface;
        for (_, sampler) in key.iter().flatten() {
            self.samplers.get(&self.gpu, *sampler);
        }
        let plain = Sampler(0);
        self.samplers.get(&self.gpu, plain);
        let mut entries = Vec::new();
        if interface.uniform_size > 0 {
            entries.push(wgpu::BindGroupEntry {
                binding: 0,
                resource: wgpu::BindingResource::Buffer(wgpu::BufferBinding {
                    buffer: &self.streams.shader_values,
                    offset: 0,
                    size: std::num::NonZeroU64::new(u64::from(interface.uniform_size)),
                }),
            });
        }
        for (slot, texture) in interface.textures.iter().enumerate() {
            if texture.is_main {
                continue;
            }
            let sent = key.get(slot).copied().flatten();
            let found = sent.and_then(|(id, sampler)| Some((self.textures.get(&id)?, sampler)));
            let fits = |texture_on_card: &GpuTexture| texture_on_card.fits(texture.kind);
            let (view, sampler) = match found.filter(|(on_card, _)| fits(on_card)) {
                Some((on_card, sampler)) => (on_card.sampled_view(), sampler),
                None => (
                    self.white_textures.get(&texture.kind)?.sampled_view(),
                    plain,
                ),
            };
            let binding = 1 + 2 * slot as u32;
            entries.push(wgpu::BindGroupEntry {
                binding,
                resource: wgpu::BindingResource::TextureView(view),
            });
            let sampler = if texture.kind.shadow {
                self.samplers.comparison(&self.gpu)
            } else {
                self.samplers.known(sampler)?
            };
            entries.push(wgpu::BindGroupEntry {
                binding: binding + 1,
                resource: wgpu::BindingResource::Sampler(sampler),
            });
        }
        let group = self
            .gpu
            .device
            .create_bind_group(&wgpu::BindGroupDescriptor {
                label: Some("shader"),
                layout: &shader.own_layout,
                entries: &entries,
            });
        shader.bind_groups.insert(key, group.clone());
        Some(group)
    }
}

impl Samplers {
    /// A sampler that [`Samplers::get`] has made.
    fn known(&self, sampler: Sampler) -> Option<&wgpu::Sampler> {
        self.made.get(&sampler)
    }
}

impl WgpuBackend {
    /// Sets the buffers of a mesh; false if one of them is gone or too small for what is drawn.
    pub(super) fn set_mesh_buffers(
        &self,
        render_pass: &mut wgpu::RenderPass<'_>,
        shape: &VertexShape,
        mesh: &MeshUse,
        corners: u32,
    ) -> bool {
        let VertexShape::Mesh(buffers) = shape else {
            return false;
        };
        for (slot, buffer) in buffers.iter().enumerate() {
            let Some(found) = self.buffers.get(&buffer.buffer) else {
                return false;
            };
            render_pass.set_vertex_buffer(slot as u32, found.slice(..));
        }
        let Some(indices) = self.buffers.get(&mesh.indices) else {
            return false;
        };
        render_pass.set_index_buffer(indices.slice(..), wgpu::IndexFormat::Uint32);
        u64::from(corners) * 4 <= indices.size()
    }
}
