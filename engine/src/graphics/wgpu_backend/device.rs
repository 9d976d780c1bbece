//! The connection to the graphics card, and the surface of a window.

use super::super::backend::{Features, Limits, RendererInfo};

/// A window to draw into: anything with a raw window and display handle, such as `Arc<winit::window::Window>`.
pub type WindowTarget = wgpu::SurfaceTarget<'static>;

/// The display that windows are on, such as a boxed `winit::event_loop::OwnedDisplayHandle`.
pub type DisplayHandle = Box<dyn wgpu::wgt::WgpuHasDisplayHandle>;

/// Instance, adapter, device and queue.
#[derive(Clone, Debug)]
pub(super) struct Gpu {
    instance: wgpu::Instance,
    pub adapter: wgpu::Adapter,
    pub device: wgpu::Device,
    pub queue: wgpu::Queue,
}

/// What makes more of LÖVE work where the card has it; nothing here is required.
fn wanted_features() -> wgpu::Features {
    wgpu::Features::FLOAT32_FILTERABLE
        | wgpu::Features::FLOAT32_BLENDABLE
        | wgpu::Features::POLYGON_MODE_LINE
        | wgpu::Features::ADDRESS_MODE_CLAMP_TO_ZERO
        | wgpu::Features::ADDRESS_MODE_CLAMP_TO_BORDER
        | wgpu::Features::TEXTURE_FORMAT_16BIT_NORM
        | wgpu::Features::TEXTURE_ADAPTER_SPECIFIC_FORMAT_FEATURES
        | wgpu::Features::RG11B10UFLOAT_RENDERABLE
        | wgpu::Features::DEPTH32FLOAT_STENCIL8
}

fn new_instance() -> wgpu::Instance {
    wgpu::Instance::new(wgpu::InstanceDescriptor::new_without_display_handle_from_env())
}

/// Without OpenGL: only asking for it makes system libraries complain on stderr where there is no display.
fn new_instance_without_gl() -> wgpu::Instance {
    let mut descriptor = wgpu::InstanceDescriptor::new_without_display_handle_from_env();
    descriptor.backends.remove(wgpu::Backends::GL);
    wgpu::Instance::new(descriptor)
}

impl Gpu {
    pub fn headless() -> Result<Self, String> {
        Self::open(new_instance_without_gl(), None).or_else(|_| Self::open(new_instance(), None))
    }

    /// A device that can draw to windows of this display, of which `probe` is one.
    pub fn for_display(display: DisplayHandle, probe: WindowTarget) -> Result<Self, String> {
        // OpenGL needs to know the display before anything else.
        let descriptor = wgpu::InstanceDescriptor::new_with_display_handle_from_env(display);
        let instance = wgpu::Instance::new(descriptor);
        let surface = instance
            .create_surface(probe)
            .map_err(|error| format!("Could not draw to the window: {error}"))?;
        Self::open(instance, Some(&surface))
    }

    fn open(instance: wgpu::Instance, surface: Option<&wgpu::Surface<'_>>) -> Result<Self, String> {
        let options = wgpu::RequestAdapterOptions {
            power_preference: wgpu::PowerPreference::HighPerformance,
            compatible_surface: surface,
            ..Default::default()
        };
        let adapter = pollster::block_on(instance.request_adapter(&options))
            .map_err(|error| format!("No graphics card can be used: {error}"))?;
        let descriptor = wgpu::DeviceDescriptor {
            label: Some("rlove"),
            required_features: wanted_features() & adapter.features(),
            required_limits: adapter.limits(),
            ..Default::default()
        };
        let (device, queue) = pollster::block_on(adapter.request_device(&descriptor))
            .map_err(|error| format!("The graphics card cannot be used: {error}"))?;
        device.on_uncaptured_error(std::sync::Arc::new(|error: wgpu::Error| {
            log::error!("graphics: {error}");
        }));
        device.set_device_lost_callback(|reason, message| {
            // Also called when the program ends.
            if reason != wgpu::DeviceLostReason::Destroyed {
                log::error!("graphics device lost: {message}");
            }
        });
        Ok(Self {
            instance,
            adapter,
            device,
            queue,
        })
    }

    pub fn create_surface(&self, target: WindowTarget) -> Result<wgpu::Surface<'static>, String> {
        let surface = self
            .instance
            .create_surface(target)
            .map_err(|error| format!("Could not draw to the window: {error}"))?;
        if !self.adapter.is_surface_supported(&surface) {
            return Err("The graphics card in use cannot draw to this window.".to_owned());
        }
        Ok(surface)
    }

    pub fn love_limits(&self) -> Limits {
        let limits = self.device.limits();
        let flags = self
            .adapter
            .get_texture_format_features(wgpu::TextureFormat::Rgba8Unorm)
            .flags;
        let canvas_msaa = [16, 8, 4, 2]
            .into_iter()
            .find(|samples| flags.sample_count_supported(*samples))
            .unwrap_or(1);
        Limits {
            point_size: 8192.0,
            texture_size: limits.max_texture_dimension_2d,
            texture_layers: limits.max_texture_array_layers,
            volume_texture_size: limits.max_texture_dimension_3d,
            cube_texture_size: limits.max_texture_dimension_2d,
            multi_canvas: limits.max_color_attachments,
            canvas_msaa,
            anisotropy: 16.0,
        }
    }

    pub fn love_features(&self) -> Features {
        let features = self.device.features();
        Features {
            clamp_zero: self.has_clamp_zero(),
            wireframe: features.contains(wgpu::Features::POLYGON_MODE_LINE),
        }
    }

    pub fn has_clamp_zero(&self) -> bool {
        let needed = wgpu::Features::ADDRESS_MODE_CLAMP_TO_ZERO
            | wgpu::Features::ADDRESS_MODE_CLAMP_TO_BORDER;
        self.device.features().contains(needed)
    }

    pub fn renderer_info(&self) -> RendererInfo {
        let info = self.adapter.get_info();
        RendererInfo {
            name: format!("{:?}", info.backend),
            version: info.driver_info,
            vendor: info.driver,
            device: info.name,
        }
    }
}

/// A window's surface with its configuration.
#[derive(Debug)]
pub(super) struct WindowSurface {
    surface: wgpu::Surface<'static>,
    configuration: wgpu::SurfaceConfiguration,
    vsync: bool,
}

impl WindowSurface {
    pub fn new(
        gpu: &Gpu,
        surface: wgpu::Surface<'static>,
        width: u32,
        height: u32,
        vsync: bool,
    ) -> Result<Self, String> {
        let mut configuration = surface
            .get_default_config(&gpu.adapter, width.max(1), height.max(1))
            .ok_or("The graphics card in use cannot draw to this window.")?;
        let formats = surface.get_capabilities(&gpu.adapter).formats;
        // Colours are blended as they are, without the sRGB curve, and must arrive so.
        if let Some(format) = formats.iter().find(|format| !format.is_srgb()) {
            configuration.format = *format;
        }
        let mut window = Self {
            surface,
            configuration,
            vsync,
        };
        window.configure(gpu, width, height, vsync);
        Ok(window)
    }

    pub fn configure(&mut self, gpu: &Gpu, width: u32, height: u32, vsync: bool) {
        let limit = gpu.device.limits().max_texture_dimension_2d;
        self.configuration.width = width.clamp(1, limit);
        self.configuration.height = height.clamp(1, limit);
        self.configuration.present_mode = if vsync {
            wgpu::PresentMode::AutoVsync
        } else {
            wgpu::PresentMode::AutoNoVsync
        };
        self.vsync = vsync;
        self.surface.configure(&gpu.device, &self.configuration);
    }

    pub fn size(&self) -> [u32; 2] {
        [self.configuration.width, self.configuration.height]
    }

    pub fn vsync(&self) -> bool {
        self.vsync
    }

    pub fn is_paced(&self) -> bool {
        self.vsync
    }

    pub fn format(&self) -> wgpu::TextureFormat {
        self.configuration.format
    }

    /// The picture to present next, or nothing if this frame has to be skipped.
    pub fn acquire(&mut self, gpu: &Gpu) -> Option<wgpu::SurfaceTexture> {
        use wgpu::CurrentSurfaceTexture as Current;
        for _ in 0..2 {
            match self.surface.get_current_texture() {
                Current::Success(texture) | Current::Suboptimal(texture) => return Some(texture),
                Current::Outdated | Current::Lost => {
                    self.surface.configure(&gpu.device, &self.configuration);
                }
                Current::Timeout | Current::Occluded | Current::Validation => return None,
            }
        }
        None
    }
}
