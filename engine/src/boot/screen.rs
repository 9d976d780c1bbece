//! What a game draws to: the graphics device, with a window or without, or a text that lists the drawing commands.

use crate::graphics::commands::{BufferId, Frame, Vertex};
use crate::graphics::shader::{CompiledShader, ShaderId};
use crate::graphics::text_backend::{TextBackend, TextLog};
use crate::graphics::wgpu_backend::WgpuBackend;
use crate::graphics::{
    Backend, Features, Graphics, Limits, PixelFormat, PixelRegion, RendererInfo,
    TextureDescription, TextureId,
};
use crate::image::{EncodedFormat, ImageData};
use crate::love::game::Screen;
use crate::love::window_mode::{ModeHooks, mode_of};
use crate::platform::window::Probe;
use rlove_vm::vm::Vm;
use std::cell::RefCell;
use std::path::Path;
use std::rc::Rc;
use std::sync::Arc;
use winit::window::Window;

/// The device, shared by the drawing model (which draws) and the screen (which attaches windows).
#[derive(Clone)]
struct SharedDevice(Rc<RefCell<WgpuBackend>>);

impl Backend for SharedDevice {
    fn limits(&self) -> Limits {
        self.0.borrow().limits()
    }
    fn features(&self) -> Features {
        self.0.borrow().features()
    }
    fn renderer_info(&self) -> RendererInfo {
        self.0.borrow().renderer_info()
    }
    fn supports_canvas_format(&self, format: PixelFormat, readable: bool) -> bool {
        self.0.borrow().supports_canvas_format(format, readable)
    }
    fn create_texture(
        &mut self,
        id: TextureId,
        description: &TextureDescription,
    ) -> Result<(), String> {
        self.0.borrow_mut().create_texture(id, description)
    }
    fn write_texture(
        &mut self,
        id: TextureId,
        region: PixelRegion,
        pixels: &[u8],
    ) -> Result<(), String> {
        self.0.borrow_mut().write_texture(id, region, pixels)
    }
    fn read_texture(&mut self, id: TextureId, region: PixelRegion) -> Result<Vec<u8>, String> {
        self.0.borrow_mut().read_texture(id, region)
    }
    fn destroy_texture(&mut self, id: TextureId) {
        self.0.borrow_mut().destroy_texture(id);
    }
    fn write_buffer(&mut self, id: BufferId, vertices: &[Vertex]) -> Result<(), String> {
        self.0.borrow_mut().write_buffer(id, vertices)
    }
    fn write_bytes(&mut self, id: BufferId, bytes: &[u8], are_indices: bool) -> Result<(), String> {
        self.0.borrow_mut().write_bytes(id, bytes, are_indices)
    }
    fn destroy_buffer(&mut self, id: BufferId) {
        self.0.borrow_mut().destroy_buffer(id);
    }
    fn create_shader(&mut self, id: ShaderId, shader: &Rc<CompiledShader>) -> Result<(), String> {
        self.0.borrow_mut().create_shader(id, shader)
    }
    fn destroy_shader(&mut self, id: ShaderId) {
        self.0.borrow_mut().destroy_shader(id);
    }
    fn resize_screen(&mut self, width: u32, height: u32, samples: u32) -> Result<(), String> {
        self.0.borrow_mut().resize_screen(width, height, samples)
    }
    fn read_screen(&mut self) -> Result<Vec<u8>, String> {
        self.0.borrow_mut().read_screen()
    }
    fn submit(&mut self, frame: &Frame) -> Result<(), String> {
        self.0.borrow_mut().submit(frame)
    }
    fn present(&mut self) -> Result<(), String> {
        self.0.borrow_mut().present()
    }
}

/// Gives a state a drawing model over a backend, and lets it follow the window's mode.
fn install_model(vm: &mut Vm, backend: Box<dyn Backend>) -> Result<(), String> {
    let graphics = Graphics::new(backend, 800, 600, 1.0)?;
    crate::love::graphics::install(vm, graphics);
    vm.extensions.get_or_default::<ModeHooks>().0 = Some(Rc::new(|vm, window| {
        let Some(context) = crate::love::graphics::context_of(vm) else {
            return Ok(());
        };
        let mut graphics = context.graphics.borrow_mut();
        graphics.set_window_stencil(window.settings.has_stencil);
        graphics.set_mode(
            window.width,
            window.height,
            window.dpi_scale as f32,
            window.settings.msaa.max(1),
        )
    }));
    Ok(())
}

/// Writes the screen as a PNG file.
fn write_picture(vm: &mut Vm, file: &Path) -> Result<(), String> {
    let context =
        crate::love::graphics::context_of(vm).ok_or("there is no screen to take a picture of")?;
    let mut graphics = context.graphics.borrow_mut();
    let (width, height) = (graphics.pixel_width(), graphics.pixel_height());
    let pixels = graphics.screenshot()?;
    let format = crate::image::PixelFormat::Rgba8;
    let picture = ImageData::from_raw_bytes(i64::from(width), i64::from(height), format, &pixels)
        .map_err(|problem| problem.to_string())?;
    let bytes = picture
        .encode(EncodedFormat::Png)
        .map_err(|problem| problem.to_string())?;
    std::fs::write(file, bytes)
        .map_err(|problem| format!("cannot write the picture '{}': {problem}", file.display()))
}

/// The graphics device. It is opened when the first game starts and stays through restarts.
pub struct DeviceScreen {
    device: Option<SharedDevice>,
    window: Option<Arc<Window>>,
    probe: Option<Probe>,
}

impl DeviceScreen {
    /// A device that can draw to the probe's display, or without a probe to none.
    pub fn new(probe: Option<Probe>) -> Self {
        Self {
            device: None,
            window: None,
            probe,
        }
    }

    /// A backend without textures: a new state's numbers for them must not meet those of the state before.
    fn new_backend(&mut self) -> Result<WgpuBackend, String> {
        if let Some(old) = self.device.take() {
            let mut old = old.0.borrow_mut();
            old.detach_window();
            return old.on_same_device();
        }
        match self.probe.take() {
            Some(probe) => WgpuBackend::for_display(Box::new(probe.display), probe.window.into()),
            None => WgpuBackend::headless(),
        }
    }
}

impl Screen for DeviceScreen {
    fn install(&mut self, vm: &mut Vm) -> Result<(), String> {
        let device = SharedDevice(Rc::new(RefCell::new(self.new_backend()?)));
        self.device = Some(device.clone());
        install_model(vm, Box::new(device))?;
        match self.window.clone() {
            Some(window) => self.window_opened(vm, window),
            None => Ok(()),
        }
    }

    fn present(&mut self, _vm: &mut Vm) {
        if let Some(window) = &self.window {
            window.pre_present_notify();
        }
    }

    fn save_screenshot(&mut self, vm: &mut Vm, file: &Path) -> Result<(), String> {
        write_picture(vm, file)
    }

    fn window_opened(&mut self, vm: &mut Vm, window: Arc<Window>) -> Result<(), String> {
        let size = window.inner_size();
        let is_synchronised = mode_of(vm).vsync != 0;
        if let Some(device) = &self.device {
            device.0.borrow_mut().attach_window(
                window.clone().into(),
                size.width.max(1),
                size.height.max(1),
                is_synchronised,
            )?;
        }
        self.window = Some(window);
        Ok(())
    }

    fn window_resized(&mut self, vm: &mut Vm, width_pixels: u32, height_pixels: u32) {
        let settings = mode_of(vm);
        if let Some(device) = &self.device {
            device
                .0
                .borrow_mut()
                .resize_window(width_pixels, height_pixels, settings.vsync != 0);
        }
        if let Err(problem) = crate::love::window_mode::apply(vm) {
            log::error!("the screen cannot follow the window: {problem}");
        }
    }
}

/// Prints each frame's drawing commands on the standard output.
#[derive(Default)]
pub struct TextScreen {
    log: TextLog,
    frame: u64,
}

impl Screen for TextScreen {
    fn install(&mut self, vm: &mut Vm) -> Result<(), String> {
        let (backend, log) = TextBackend::new();
        self.log = log;
        install_model(vm, Box::new(backend))
    }

    fn present(&mut self, vm: &mut Vm) {
        self.frame += 1;
        let text = format!("frame {}\n{}", self.frame, self.log.take());
        rlove_vm::library::files::write_standard_output(vm, text.as_bytes());
    }

    fn save_screenshot(&mut self, vm: &mut Vm, file: &Path) -> Result<(), String> {
        write_picture(vm, file)
    }

    fn window_opened(&mut self, _vm: &mut Vm, _window: Arc<Window>) -> Result<(), String> {
        Ok(())
    }

    fn window_resized(&mut self, vm: &mut Vm, _width_pixels: u32, _height_pixels: u32) {
        if let Err(problem) = crate::love::window_mode::apply(vm) {
            log::error!("the screen cannot follow the window: {problem}");
        }
    }
}
