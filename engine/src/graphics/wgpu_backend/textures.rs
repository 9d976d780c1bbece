//! Textures, samplers and depth-stencil buffers on the graphics card.

use super::super::backend::PixelRegion;
use super::super::shader::{SamplerDimension, SamplerKind};
use super::super::texture::{
    FilterMode, PixelFormat, Sampler, TextureDescription, TextureId, TextureKind, TextureType,
    WrapMode,
};
use super::device::Gpu;
use super::pipelines::Pipelines;
use rustc_hash::FxHashMap;

/// wgpu's name for a format, or `None` where the card lacks it.
pub(super) fn wgpu_format(gpu: &Gpu, format: PixelFormat) -> Option<wgpu::TextureFormat> {
    use wgpu::TextureFormat as F;
    let wide = gpu
        .device
        .features()
        .contains(wgpu::Features::TEXTURE_FORMAT_16BIT_NORM);
    let depth32_stencil = gpu
        .device
        .features()
        .contains(wgpu::Features::DEPTH32FLOAT_STENCIL8);
    Some(match format {
        PixelFormat::Rgba8 => F::Rgba8Unorm,
        PixelFormat::Srgba8 => F::Rgba8UnormSrgb,
        PixelFormat::R8 => F::R8Unorm,
        PixelFormat::Rg8 => F::Rg8Unorm,
        PixelFormat::R16 if wide => F::R16Unorm,
        PixelFormat::Rg16 if wide => F::Rg16Unorm,
        PixelFormat::Rgba16 if wide => F::Rgba16Unorm,
        PixelFormat::R16 | PixelFormat::Rg16 | PixelFormat::Rgba16 => return None,
        PixelFormat::R16F => F::R16Float,
        PixelFormat::Rg16F => F::Rg16Float,
        PixelFormat::Rgba16F => F::Rgba16Float,
        PixelFormat::R32F => F::R32Float,
        PixelFormat::Rg32F => F::Rg32Float,
        PixelFormat::Rgba32F => F::Rgba32Float,
        PixelFormat::Rgb10A2 => F::Rgb10a2Unorm,
        PixelFormat::Rg11B10F => F::Rg11b10Ufloat,
        PixelFormat::Stencil8 => F::Stencil8,
        PixelFormat::Depth16 => F::Depth16Unorm,
        PixelFormat::Depth24 => F::Depth24Plus,
        PixelFormat::Depth32F => F::Depth32Float,
        PixelFormat::Depth24Stencil8 => F::Depth24PlusStencil8,
        PixelFormat::Depth32FStencil8 if depth32_stencil => F::Depth32FloatStencil8,
        PixelFormat::Depth32FStencil8 => return None,
    })
}

pub(super) fn supports_canvas_format(gpu: &Gpu, format: PixelFormat, readable: bool) -> bool {
    let Some(wanted) = wgpu_format(gpu, format) else {
        return false;
    };
    let features = gpu.adapter.get_texture_format_features(wanted);
    let usages = features.allowed_usages;
    usages.contains(wgpu::TextureUsages::RENDER_ATTACHMENT)
        && (!readable
            || (usages.contains(wgpu::TextureUsages::TEXTURE_BINDING)
                && features
                    .flags
                    .contains(wgpu::TextureFormatFeatureFlags::FILTERABLE)))
}

/// A texture with its views and the bind groups made from it.
#[derive(Debug)]
pub(super) struct GpuTexture {
    texture: wgpu::Texture,
    multisampled: Option<wgpu::Texture>,
    view: wgpu::TextureView,
    format: wgpu::TextureFormat,
    bytes_per_pixel: u32,
    samples: u32,
    volume: bool,
    kind: SamplerKind,
    bind_groups: FxHashMap<Sampler, wgpu::BindGroup>,
}

impl GpuTexture {
    /// Creates the texture. The size has been checked against the limits by the caller.
    pub fn new(gpu: &Gpu, description: &TextureDescription) -> Result<Self, String> {
        let format = wgpu_format(gpu, description.format).ok_or_else(|| {
            use super::super::state::Named;
            let name = description.format.name();
            format!("The {name} format is not supported by your graphics drivers.")
        })?;
        let usages = gpu
            .adapter
            .get_texture_format_features(format)
            .allowed_usages;
        let canvas = description.kind == TextureKind::Canvas;
        let mut wanted = wgpu::TextureUsages::TEXTURE_BINDING
            | wgpu::TextureUsages::COPY_DST
            | wgpu::TextureUsages::COPY_SRC;
        if canvas || description.mipmap_count > 1 {
            wanted |= wgpu::TextureUsages::RENDER_ATTACHMENT;
        }
        let volume = description.texture_type == TextureType::Volume;
        let mut descriptor = wgpu::TextureDescriptor {
            label: None,
            size: wgpu::Extent3d {
                width: description.pixel_width,
                height: description.pixel_height,
                depth_or_array_layers: description.layers,
            },
            mip_level_count: description.mipmap_count,
            sample_count: 1,
            dimension: if volume {
                wgpu::TextureDimension::D3
            } else {
                wgpu::TextureDimension::D2
            },
            format,
            usage: wanted & usages,
            view_formats: &[],
        };
        let samples = supported_samples(gpu, format, description.samples);
        let scope = gpu.device.push_error_scope(wgpu::ErrorFilter::OutOfMemory);
        let validation = gpu.device.push_error_scope(wgpu::ErrorFilter::Validation);
        let texture = gpu.device.create_texture(&descriptor);
        let multisampled = (samples > 1).then(|| {
            descriptor.sample_count = samples;
            descriptor.usage = wgpu::TextureUsages::RENDER_ATTACHMENT;
            gpu.device.create_texture(&descriptor)
        });
        if let Some(error) = pollster::block_on(validation.pop()) {
            drop(scope);
            log::error!("graphics: {error}");
            return Err(format!("Cannot create texture: {error}"));
        }
        if pollster::block_on(scope.pop()).is_some() {
            return Err("Cannot create texture: out of graphics memory.".to_owned());
        }
        let view = texture.create_view(&wgpu::TextureViewDescriptor {
            dimension: Some(match description.texture_type {
                TextureType::TwoDimensional => wgpu::TextureViewDimension::D2,
                TextureType::Array => wgpu::TextureViewDimension::D2Array,
                TextureType::Cube => wgpu::TextureViewDimension::Cube,
                TextureType::Volume => wgpu::TextureViewDimension::D3,
            }),
            ..Default::default()
        });
        Ok(Self {
            texture,
            multisampled,
            view,
            format,
            bytes_per_pixel: description.format.bytes_per_pixel(),
            samples,
            volume,
            kind: sampler_kind(description.texture_type),
            bind_groups: FxHashMap::default(),
        })
    }

    pub fn size(&self) -> [u32; 2] {
        [self.texture.width(), self.texture.height()]
    }

    pub fn format(&self) -> wgpu::TextureFormat {
        self.format
    }

    pub fn samples(&self) -> u32 {
        self.samples
    }

    pub fn mipmap_count(&self) -> u32 {
        self.texture.mip_level_count()
    }

    pub fn layers(&self) -> u32 {
        self.texture.depth_or_array_layers()
    }

    /// Whether a shader can read it as this kind of texture.
    pub fn fits(&self, kind: SamplerKind) -> bool {
        let is_depth = self.format.has_depth_aspect();
        kind.dimension == self.kind.dimension
            && (!kind.shadow || is_depth)
            && !self.format.has_stencil_aspect()
            && (kind.shadow || !is_depth)
    }

    /// The view that shaders read.
    pub fn sampled_view(&self) -> &wgpu::TextureView {
        &self.view
    }

    /// A view of one level of one layer, to draw to or to make mipmaps from.
    pub fn level_view(&self, layer: u32, mipmap: u32) -> wgpu::TextureView {
        let layer = if self.volume { 0 } else { layer };
        let dimension = if self.volume {
            wgpu::TextureViewDimension::D3
        } else {
            wgpu::TextureViewDimension::D2
        };
        self.texture.create_view(&wgpu::TextureViewDescriptor {
            dimension: Some(dimension),
            base_mip_level: mipmap,
            mip_level_count: Some(1),
            base_array_layer: layer,
            array_layer_count: Some(1),
            ..Default::default()
        })
    }

    /// Depth slice to pass beside the view of a volume.
    pub fn depth_slice(&self, layer: u32) -> Option<u32> {
        self.volume.then_some(layer)
    }

    /// The view with several samples per pixel, if there is one.
    pub fn multisampled_view(&self) -> Option<wgpu::TextureView> {
        let texture = self.multisampled.as_ref()?;
        Some(texture.create_view(&wgpu::TextureViewDescriptor::default()))
    }

    /// The bind group that reads this texture in the given way.
    pub fn bind_group(
        &mut self,
        gpu: &Gpu,
        pipelines: &Pipelines,
        samplers: &mut Samplers,
        sampler: Sampler,
    ) -> &wgpu::BindGroup {
        self.bind_groups.entry(sampler).or_insert_with(|| {
            let gpu_sampler = samplers.get(gpu, sampler);
            pipelines.texture_bind_group(&gpu.device, &self.view, gpu_sampler, self.kind)
        })
    }

    fn copy_target(&self, region: PixelRegion) -> wgpu::TexelCopyTextureInfo<'_> {
        wgpu::TexelCopyTextureInfo {
            texture: &self.texture,
            mip_level: region.mipmap,
            origin: wgpu::Origin3d {
                x: region.x,
                y: region.y,
                z: region.layer,
            },
            aspect: wgpu::TextureAspect::All,
        }
    }

    /// Replaces pixels; region and length have been checked by the caller.
    pub fn write(&self, gpu: &Gpu, region: PixelRegion, pixels: &[u8]) {
        let layout = wgpu::TexelCopyBufferLayout {
            offset: 0,
            bytes_per_row: Some(region.width * self.bytes_per_pixel),
            rows_per_image: None,
        };
        let size = wgpu::Extent3d {
            width: region.width,
            height: region.height,
            depth_or_array_layers: 1,
        };
        let target = self.copy_target(region);
        gpu.queue.write_texture(target, pixels, layout, size);
    }

    /// Reads pixels back and waits for them.
    pub fn read(&self, gpu: &Gpu, region: PixelRegion) -> Result<Vec<u8>, String> {
        let row = region.width * self.bytes_per_pixel;
        let padded_row = row.next_multiple_of(wgpu::COPY_BYTES_PER_ROW_ALIGNMENT);
        let size = u64::from(padded_row) * u64::from(region.height);
        if size > gpu.device.limits().max_buffer_size {
            return Err("Out of graphics memory.".to_owned());
        }
        let buffer = gpu.device.create_buffer(&wgpu::BufferDescriptor {
            label: Some("readback"),
            size,
            usage: wgpu::BufferUsages::COPY_DST | wgpu::BufferUsages::MAP_READ,
            mapped_at_creation: false,
        });
        let mut encoder = gpu.device.create_command_encoder(&Default::default());
        encoder.copy_texture_to_buffer(
            self.copy_target(region),
            wgpu::TexelCopyBufferInfo {
                buffer: &buffer,
                layout: wgpu::TexelCopyBufferLayout {
                    offset: 0,
                    bytes_per_row: Some(padded_row),
                    rows_per_image: None,
                },
            },
            wgpu::Extent3d {
                width: region.width,
                height: region.height,
                depth_or_array_layers: 1,
            },
        );
        gpu.queue.submit([encoder.finish()]);
        let (sender, receiver) = std::sync::mpsc::channel();
        buffer.map_async(wgpu::MapMode::Read, .., move |result| {
            // The receiver may be gone only if polling failed.
            let _ = sender.send(result);
        });
        let failed = |_| "Pixels could not be read back from the graphics card.".to_owned();
        gpu.device
            .poll(wgpu::PollType::wait_indefinitely())
            .map_err(|error| failed(error.to_string()))?;
        receiver
            .recv()
            .map_err(|error| failed(error.to_string()))?
            .map_err(|error| failed(error.to_string()))?;
        let view = buffer
            .get_mapped_range(..)
            .map_err(|error| failed(error.to_string()))?;
        let mut pixels = Vec::with_capacity(row as usize * region.height as usize);
        for padded in view.chunks_exact(padded_row as usize) {
            pixels.extend_from_slice(&padded[..row as usize]);
        }
        Ok(pixels)
    }
}

/// How a shader names textures of this shape.
fn sampler_kind(texture_type: TextureType) -> SamplerKind {
    SamplerKind {
        dimension: match texture_type {
            TextureType::TwoDimensional => SamplerDimension::Flat,
            TextureType::Array => SamplerDimension::Array,
            TextureType::Cube => SamplerDimension::Cube,
            TextureType::Volume => SamplerDimension::Volume,
        },
        shadow: false,
    }
}

/// The number of samples nearest to the wanted one, from below, that the format allows.
fn supported_samples(gpu: &Gpu, format: wgpu::TextureFormat, wanted: u32) -> u32 {
    let flags = gpu.adapter.get_texture_format_features(format).flags;
    [16, 8, 4, 2]
        .into_iter()
        .find(|samples| *samples <= wanted && flags.sample_count_supported(*samples))
        .unwrap_or(1)
}

/// Samplers by their modes.
#[derive(Debug, Default)]
pub(super) struct Samplers {
    pub made: FxHashMap<Sampler, wgpu::Sampler>,
    comparison: std::cell::OnceCell<wgpu::Sampler>,
}

impl Samplers {
    /// The sampler of depth comparisons.
    pub fn comparison(&self, gpu: &Gpu) -> &wgpu::Sampler {
        self.comparison.get_or_init(|| {
            gpu.device.create_sampler(&wgpu::SamplerDescriptor {
                mag_filter: wgpu::FilterMode::Linear,
                min_filter: wgpu::FilterMode::Linear,
                compare: Some(wgpu::CompareFunction::LessEqual),
                ..Default::default()
            })
        })
    }

    pub fn get(&mut self, gpu: &Gpu, sampler: Sampler) -> &wgpu::Sampler {
        self.made
            .entry(sampler)
            .or_insert_with(|| create_sampler(gpu, sampler))
    }
}

fn create_sampler(gpu: &Gpu, sampler: Sampler) -> wgpu::Sampler {
    let clamp_zero = gpu.has_clamp_zero();
    let address = |mode| match mode {
        WrapMode::Clamp => wgpu::AddressMode::ClampToEdge,
        WrapMode::ClampZero if clamp_zero => wgpu::AddressMode::ClampToBorder,
        WrapMode::ClampZero => wgpu::AddressMode::ClampToEdge,
        WrapMode::Repeat => wgpu::AddressMode::Repeat,
        WrapMode::MirroredRepeat => wgpu::AddressMode::MirrorRepeat,
    };
    let filter_mode = |mode| match mode {
        FilterMode::Linear => wgpu::FilterMode::Linear,
        FilterMode::Nearest => wgpu::FilterMode::Nearest,
    };
    let (filter, wrap) = (sampler.filter(), sampler.wrap());
    let linear = filter.min == FilterMode::Linear && filter.mag == FilterMode::Linear;
    let mipmap_linear = sampler.mipmap() == Some(FilterMode::Linear);
    gpu.device.create_sampler(&wgpu::SamplerDescriptor {
        label: None,
        address_mode_u: address(wrap.s),
        address_mode_v: address(wrap.t),
        address_mode_w: address(wrap.r),
        mag_filter: filter_mode(filter.mag),
        min_filter: filter_mode(filter.min),
        mipmap_filter: if mipmap_linear {
            wgpu::MipmapFilterMode::Linear
        } else {
            wgpu::MipmapFilterMode::Nearest
        },
        lod_min_clamp: 0.0,
        // Without a mipmap filter only the first level is read.
        lod_max_clamp: if sampler.mipmap().is_some() {
            32.0
        } else {
            0.0
        },
        compare: None,
        // wgpu allows anisotropy only when everything is linear.
        anisotropy_clamp: if linear && mipmap_linear {
            filter.anisotropy as u16
        } else {
            1
        },
        border_color: clamp_zero.then_some(wgpu::SamplerBorderColor::Zero),
    })
}

/// Names a depth-stencil buffer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum DepthStencilKey {
    /// The screen's.
    Screen,
    /// Shared by all canvases of one width, height and number of samples.
    Temporary([u32; 3]),
    /// A canvas of the program's.
    Texture(TextureId),
}

/// A depth-stencil buffer, and what has to be cleared when it is next used.
#[derive(Debug)]
pub(super) struct DepthStencil {
    pub view: wgpu::TextureView,
    pub format: wgpu::TextureFormat,
    pub clear_stencil: Option<u8>,
    pub clear_depth: Option<f32>,
}

impl DepthStencil {
    pub fn new(gpu: &Gpu, [width, height, samples]: [u32; 3]) -> Self {
        let format = wgpu::TextureFormat::Depth24PlusStencil8;
        let texture = gpu.device.create_texture(&wgpu::TextureDescriptor {
            label: Some("depth and stencil"),
            size: wgpu::Extent3d {
                width,
                height,
                depth_or_array_layers: 1,
            },
            mip_level_count: 1,
            sample_count: samples,
            dimension: wgpu::TextureDimension::D2,
            format,
            usage: wgpu::TextureUsages::RENDER_ATTACHMENT,
            view_formats: &[],
        });
        Self::from_view(texture.create_view(&Default::default()), format)
    }

    pub fn from_view(view: wgpu::TextureView, format: wgpu::TextureFormat) -> Self {
        Self {
            view,
            format,
            clear_stencil: Some(0),
            clear_depth: Some(1.0),
        }
    }
}
