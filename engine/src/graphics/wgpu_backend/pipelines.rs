//! Render pipelines, one per combination of states, made when first needed.

use super::super::commands::{DrawState, Vertex};
use super::super::shader::SamplerKind;
use super::super::state::{
    Blend, BlendFactor, BlendMode, BlendOperation, ColorMask, CompareMode, CullMode, DepthUse,
    StencilAction, StencilUse, Winding,
};
use super::shaders::{PLAIN_TEXTURE, texture_entries};
use rustc_hash::FxHashMap;

/// Everything that a pipeline depends on.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct PipelineKey {
    blend: Blend,
    color_mask: ColorMask,
    stencil: StencilUse,
    depth: DepthUse,
    cull: CullMode,
    winding: Winding,
    wireframe: bool,
    target: TargetKey,
}

/// The part of it that comes from the target.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct TargetKey {
    /// Format of each colour target, and whether it can be blended.
    pub colors: Vec<(wgpu::TextureFormat, bool)>,
    /// Format of the depth-stencil buffer, if it is attached.
    pub depth_stencil: Option<wgpu::TextureFormat>,
    /// Samples per pixel.
    pub samples: u32,
}

impl PipelineKey {
    /// How most things are drawn.
    pub fn ordinary(target: &TargetKey) -> Self {
        Self {
            blend: Blend::default(),
            color_mask: ColorMask::ALL,
            stencil: StencilUse::Off,
            depth: DepthUse::OFF,
            cull: CullMode::None,
            winding: Winding::Clockwise,
            wireframe: false,
            target: target.clone(),
        }
    }

    /// Colours that a pixel has.
    pub fn outputs(&self) -> u32 {
        self.target.colors.len() as u32
    }

    /// `bottom_up` says that the target is turned over, which exchanges the directions of faces.
    pub fn new(state: &DrawState, target: &TargetKey, bottom_up: bool) -> Self {
        // The value compared with is not part of the pipeline.
        let stencil = match state.stencil {
            StencilUse::Off => StencilUse::Off,
            StencilUse::Write { action, .. } => StencilUse::Write { action, value: 0 },
            StencilUse::Test { compare, .. } => StencilUse::Test { compare, value: 0 },
        };
        Self {
            blend: state.blend,
            color_mask: state.color_mask,
            stencil,
            depth: state.depth,
            cull: state.cull,
            winding: match (state.winding, bottom_up) {
                (Winding::Clockwise, false) | (Winding::CounterClockwise, true) => {
                    Winding::Clockwise
                }
                _ => Winding::CounterClockwise,
            },
            wireframe: state.wireframe,
            target: target.clone(),
        }
    }
}

/// Why a texture is copied over a whole target.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum CopyPurpose {
    /// From one level to the next.
    Mipmap,
    /// From the screen to the window: turned over and opaque.
    Present,
}

/// Pipelines and the layouts they share.
#[derive(Debug)]
pub(super) struct Pipelines {
    module: wgpu::ShaderModule,
    pub uniform_layout: wgpu::BindGroupLayout,
    texture_layouts: FxHashMap<SamplerKind, wgpu::BindGroupLayout>,
    draw_layout: wgpu::PipelineLayout,
    copy_layout: wgpu::PipelineLayout,
    copy_sampler: wgpu::Sampler,
    draws: FxHashMap<PipelineKey, wgpu::RenderPipeline>,
    copies: FxHashMap<(wgpu::TextureFormat, CopyPurpose), wgpu::RenderPipeline>,
}

impl Pipelines {
    pub fn new(device: &wgpu::Device) -> Self {
        let module = device.create_shader_module(wgpu::include_wgsl!("shader.wgsl"));
        let uniform_layout = device.create_bind_group_layout(&wgpu::BindGroupLayoutDescriptor {
            label: Some("uniforms"),
            entries: &[wgpu::BindGroupLayoutEntry {
                binding: 0,
                visibility: wgpu::ShaderStages::VERTEX_FRAGMENT,
                ty: wgpu::BindingType::Buffer {
                    ty: wgpu::BufferBindingType::Uniform,
                    has_dynamic_offset: true,
                    min_binding_size: None,
                },
                count: None,
            }],
        });
        let texture_layout = create_texture_layout(device, PLAIN_TEXTURE);
        let layout = |groups: &[Option<&wgpu::BindGroupLayout>]| {
            device.create_pipeline_layout(&wgpu::PipelineLayoutDescriptor {
                label: None,
                bind_group_layouts: groups,
                immediate_size: 0,
            })
        };
        let copy_sampler = device.create_sampler(&wgpu::SamplerDescriptor {
            mag_filter: wgpu::FilterMode::Linear,
            min_filter: wgpu::FilterMode::Linear,
            ..Default::default()
        });
        Self {
            draw_layout: layout(&[Some(&uniform_layout), Some(&texture_layout)]),
            copy_layout: layout(&[Some(&texture_layout)]),
            module,
            uniform_layout,
            texture_layouts: FxHashMap::from_iter([(PLAIN_TEXTURE, texture_layout)]),
            copy_sampler,
            draws: FxHashMap::default(),
            copies: FxHashMap::default(),
        }
    }

    /// The layout of a texture of this kind; the plain one if it has not been added.
    pub fn texture_layout(&self, kind: SamplerKind) -> &wgpu::BindGroupLayout {
        let known = self.texture_layouts.get(&kind);
        known.unwrap_or_else(|| &self.texture_layouts[&PLAIN_TEXTURE])
    }

    /// Makes the layout for a kind of texture.
    pub fn add_texture_layout(&mut self, device: &wgpu::Device, kind: SamplerKind) {
        let layouts = &mut self.texture_layouts;
        layouts
            .entry(kind)
            .or_insert_with(|| create_texture_layout(device, kind));
    }

    pub fn texture_bind_group(
        &self,
        device: &wgpu::Device,
        view: &wgpu::TextureView,
        sampler: &wgpu::Sampler,
        kind: SamplerKind,
    ) -> wgpu::BindGroup {
        device.create_bind_group(&wgpu::BindGroupDescriptor {
            label: None,
            layout: self.texture_layout(kind),
            entries: &[
                wgpu::BindGroupEntry {
                    binding: 0,
                    resource: wgpu::BindingResource::TextureView(view),
                },
                wgpu::BindGroupEntry {
                    binding: 1,
                    resource: wgpu::BindingResource::Sampler(sampler),
                },
            ],
        })
    }

    /// The pipeline for ordinary draws in this state.
    pub fn draw(&mut self, device: &wgpu::Device, key: PipelineKey) -> &wgpu::RenderPipeline {
        let (module, layout) = (&self.module, &self.draw_layout);
        self.draws.entry(key).or_insert_with_key(|key| {
            let attributes =
                wgpu::vertex_attr_array![0 => Float32x2, 1 => Float32x2, 2 => Unorm8x4];
            let program = DrawProgram {
                layout,
                vertex: (module, "draw_vertex"),
                fragment: (module, "draw_fragment"),
                buffers: &[Some(wgpu::VertexBufferLayout {
                    array_stride: size_of::<Vertex>() as u64,
                    step_mode: wgpu::VertexStepMode::Vertex,
                    attributes: &attributes,
                })],
            };
            create_draw_pipeline(device, &program, key)
        })
    }

    /// Copies `source` over the whole of `target`.
    pub fn copy(
        &mut self,
        device: &wgpu::Device,
        encoder: &mut wgpu::CommandEncoder,
        source: &wgpu::TextureView,
        target: &wgpu::TextureView,
        format: wgpu::TextureFormat,
        purpose: CopyPurpose,
    ) {
        let bind_group = self.texture_bind_group(device, source, &self.copy_sampler, PLAIN_TEXTURE);
        let (module, layout) = (&self.module, &self.copy_layout);
        let pipeline = self.copies.entry((format, purpose)).or_insert_with(|| {
            let (vertex, fragment) = match purpose {
                CopyPurpose::Mipmap => ("copy_vertex", "copy_fragment"),
                CopyPurpose::Present => ("present_vertex", "present_fragment"),
            };
            create_copy_pipeline(device, module, layout, format, vertex, fragment)
        });
        let mut pass = encoder.begin_render_pass(&wgpu::RenderPassDescriptor {
            label: Some("copy"),
            color_attachments: &[Some(wgpu::RenderPassColorAttachment {
                view: target,
                depth_slice: None,
                resolve_target: None,
                ops: wgpu::Operations {
                    load: wgpu::LoadOp::Clear(wgpu::Color::BLACK),
                    store: wgpu::StoreOp::Store,
                },
            })],
            ..Default::default()
        });
        pass.set_pipeline(pipeline);
        pass.set_bind_group(0, &bind_group, &[]);
        pass.draw(0..3, 0..1);
    }
}

fn create_copy_pipeline(
    device: &wgpu::Device,
    module: &wgpu::ShaderModule,
    layout: &wgpu::PipelineLayout,
    format: wgpu::TextureFormat,
    vertex: &str,
    fragment: &str,
) -> wgpu::RenderPipeline {
    device.create_render_pipeline(&wgpu::RenderPipelineDescriptor {
        label: Some("copy"),
        layout: Some(layout),
        vertex: wgpu::VertexState {
            module,
            entry_point: Some(vertex),
            compilation_options: Default::default(),
            buffers: &[],
        },
        primitive: Default::default(),
        depth_stencil: None,
        multisample: Default::default(),
        fragment: Some(wgpu::FragmentState {
            module,
            entry_point: Some(fragment),
            compilation_options: Default::default(),
            targets: &[Some(format.into())],
        }),
        multiview_mask: None,
        cache: None,
    })
}

fn compare_function(compare: CompareMode) -> wgpu::CompareFunction {
    use wgpu::CompareFunction as F;
    match compare {
        CompareMode::Less => F::Less,
        CompareMode::LessEqual => F::LessEqual,
        CompareMode::Equal => F::Equal,
        CompareMode::GreaterEqual => F::GreaterEqual,
        CompareMode::Greater => F::Greater,
        CompareMode::NotEqual => F::NotEqual,
        CompareMode::Always => F::Always,
        CompareMode::Never => F::Never,
    }
}

fn stencil_face(stencil: StencilUse) -> wgpu::StencilFaceState {
    match stencil {
        StencilUse::Off => wgpu::StencilFaceState::IGNORE,
        StencilUse::Write { action, .. } => wgpu::StencilFaceState {
            compare: wgpu::CompareFunction::Always,
            fail_op: wgpu::StencilOperation::Keep,
            depth_fail_op: wgpu::StencilOperation::Keep,
            pass_op: match action {
                StencilAction::Replace => wgpu::StencilOperation::Replace,
                StencilAction::Increment => wgpu::StencilOperation::IncrementClamp,
                StencilAction::Decrement => wgpu::StencilOperation::DecrementClamp,
                StencilAction::IncrementWrap => wgpu::StencilOperation::IncrementWrap,
                StencilAction::DecrementWrap => wgpu::StencilOperation::DecrementWrap,
                StencilAction::Invert => wgpu::StencilOperation::Invert,
            },
        },
        StencilUse::Test { compare, .. } => wgpu::StencilFaceState {
            // wgpu compares the value with the buffer, LÖVE the buffer with the value.
            compare: compare_function(compare.reversed()),
            fail_op: wgpu::StencilOperation::Keep,
            depth_fail_op: wgpu::StencilOperation::Keep,
            pass_op: wgpu::StencilOperation::Keep,
        },
    }
}

fn depth_stencil_state(key: &PipelineKey) -> Option<wgpu::DepthStencilState> {
    let format = key.target.depth_stencil?;
    let face = if format.has_stencil_aspect() {
        stencil_face(key.stencil)
    } else {
        wgpu::StencilFaceState::IGNORE
    };
    let depth = format.has_depth_aspect();
    Some(wgpu::DepthStencilState {
        format,
        depth_write_enabled: depth.then_some(key.depth.write),
        depth_compare: depth.then(|| compare_function(key.depth.compare)),
        stencil: wgpu::StencilState {
            front: face,
            back: face,
            read_mask: 0xff,
            write_mask: 0xff,
        },
        bias: Default::default(),
    })
}

fn blend_state(blend: Blend) -> Option<wgpu::BlendState> {
    if blend.mode == BlendMode::None {
        return None;
    }
    let factor = |factor| match factor {
        BlendFactor::Zero => wgpu::BlendFactor::Zero,
        BlendFactor::One => wgpu::BlendFactor::One,
        BlendFactor::SourceAlpha => wgpu::BlendFactor::SrcAlpha,
        BlendFactor::OneMinusSourceAlpha => wgpu::BlendFactor::OneMinusSrcAlpha,
        BlendFactor::OneMinusSourceColor => wgpu::BlendFactor::OneMinusSrc,
        BlendFactor::DestinationColor => wgpu::BlendFactor::Dst,
    };
    let factors = blend.factors();
    let operation = match factors.operation {
        BlendOperation::Add => wgpu::BlendOperation::Add,
        BlendOperation::ReverseSubtract => wgpu::BlendOperation::ReverseSubtract,
        BlendOperation::Max => wgpu::BlendOperation::Max,
        BlendOperation::Min => wgpu::BlendOperation::Min,
    };
    let component = |source| {
        // wgpu wants the factors that minimum and maximum ignore to be one.
        let ignored = matches!(
            operation,
            wgpu::BlendOperation::Max | wgpu::BlendOperation::Min
        );
        wgpu::BlendComponent {
            src_factor: if ignored {
                wgpu::BlendFactor::One
            } else {
                factor(source)
            },
            dst_factor: if ignored {
                wgpu::BlendFactor::One
            } else {
                factor(factors.destination)
            },
            operation,
        }
    };
    Some(wgpu::BlendState {
        color: component(factors.source_color),
        alpha: component(factors.source_alpha),
    })
}

fn color_writes(mask: ColorMask) -> wgpu::ColorWrites {
    let mut writes = wgpu::ColorWrites::empty();
    writes.set(wgpu::ColorWrites::RED, mask.r);
    writes.set(wgpu::ColorWrites::GREEN, mask.g);
    writes.set(wgpu::ColorWrites::BLUE, mask.b);
    writes.set(wgpu::ColorWrites::ALPHA, mask.a);
    writes
}

/// The program of a pipeline, and the vertices that it reads.
pub(super) struct DrawProgram<'a> {
    pub layout: &'a wgpu::PipelineLayout,
    pub vertex: (&'a wgpu::ShaderModule, &'a str),
    pub fragment: (&'a wgpu::ShaderModule, &'a str),
    pub buffers: &'a [Option<wgpu::VertexBufferLayout<'a>>],
}

fn create_texture_layout(device: &wgpu::Device, kind: SamplerKind) -> wgpu::BindGroupLayout {
    device.create_bind_group_layout(&wgpu::BindGroupLayoutDescriptor {
        label: Some("texture"),
        entries: &texture_entries(kind, 0),
    })
}

pub(super) fn create_draw_pipeline(
    device: &wgpu::Device,
    program: &DrawProgram<'_>,
    key: &PipelineKey,
) -> wgpu::RenderPipeline {
    let targets: Vec<Option<wgpu::ColorTargetState>> = key
        .target
        .colors
        .iter()
        .map(|(format, blendable)| {
            Some(wgpu::ColorTargetState {
                format: *format,
                blend: if *blendable {
                    blend_state(key.blend)
                } else {
                    None
                },
                write_mask: color_writes(key.color_mask),
            })
        })
        .collect();
    device.create_render_pipeline(&wgpu::RenderPipelineDescriptor {
        label: Some("draw"),
        layout: Some(program.layout),
        vertex: wgpu::VertexState {
            module: program.vertex.0,
            entry_point: Some(program.vertex.1),
            compilation_options: Default::default(),
            buffers: program.buffers,
        },
        primitive: wgpu::PrimitiveState {
            front_face: match key.winding {
                Winding::Clockwise => wgpu::FrontFace::Cw,
                Winding::CounterClockwise => wgpu::FrontFace::Ccw,
            },
            cull_mode: match key.cull {
                CullMode::None => None,
                CullMode::Back => Some(wgpu::Face::Back),
                CullMode::Front => Some(wgpu::Face::Front),
            },
            polygon_mode: if key.wireframe {
                wgpu::PolygonMode::Line
            } else {
                wgpu::PolygonMode::Fill
            },
            ..Default::default()
        },
        depth_stencil: depth_stencil_state(key),
        multisample: wgpu::MultisampleState {
            count: key.target.samples,
            ..Default::default()
        },
        fragment: Some(wgpu::FragmentState {
            module: program.fragment.0,
            entry_point: Some(program.fragment.1),
            compilation_options: Default::default(),
            targets: &targets,
        }),
        multiview_mask: None,
        cache: None,
    })
}
