//! The state machine behind `love.graphics`: state, transform stack, targets, clears and textures.
//!
//! [`Graphics`] records into a [`Frame`] and hands it to its [`Backend`]:
//!
//! ```
//! use rlove::graphics::{DrawMode, Graphics, text_backend::TextBackend};
//! let (backend, log) = TextBackend::new();
//! let mut graphics = Graphics::new(Box::new(backend), 320, 200, 1.0).unwrap();
//! graphics.set_color([1.0, 0.0, 0.0, 1.0]);
//! graphics.rectangle(DrawMode::Fill, [10.0, 10.0, 30.0, 20.0], None, None).unwrap();
//! graphics.present().unwrap();
//! assert!(log.take().contains("(10,10)"));
//! ```
//!
//! Setters only note what changed; a draw compares texture and sampler with the open batch and looks at one flag, so
//! a draw that continues a batch writes its vertices and nothing else. Drawing itself is in `draw.rs`, canvases
//! and textures are in `targets.rs`.
//!
//! Invariants: the stacks of states and transforms are never empty; the open batch covers the indices from its
//! start to the end of the frame's list. Errors are LÖVE's sentences; the state is unchanged after one.

use super::backend::{Backend, Features, Limits, PixelRegion, RendererInfo};
use super::commands::{BufferId, Command, DrawState, Frame, Target, Uniforms, VertexSource};
use super::font::FontHandle;
use super::polyline::LineMesh;
use super::state::*;
use super::texture::*;
use super::transform::Transform;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

/// Pushes without pops that LÖVE allows.
const MAX_STACK_DEPTH: usize = 128;

/// A frame is handed over early when it has this many vertices, so that indices and buffers stay small.
const MAX_FRAME_VERTICES: usize = 1 << 21;

/// The numbers of `love.graphics.getStats`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stats {
    /// Draw calls of this frame.
    pub draw_calls: u32,
    /// Draws that joined an earlier draw call.
    pub draw_calls_batched: u32,
    /// Changes of the target in this frame.
    pub canvas_switches: u32,
    /// Changes of the shader in this frame.
    pub shader_switches: u32,
    /// Canvases alive.
    pub canvases: u32,
    /// Images alive.
    pub images: u32,
    /// Fonts alive.
    pub fonts: u32,
    /// Bytes of all textures.
    pub texture_memory: u64,
}

/// The draw command that is still growing.
#[derive(Debug)]
pub(super) struct OpenBatch {
    /// False when the next draw must start a new command.
    pub valid: bool,
    pub texture: TextureId,
    pub sampler: Sampler,
    state: u32,
    first_index: u32,
}

/// `love.graphics`.
pub struct Graphics {
    pub(super) backend: Box<dyn Backend>,
    pub(super) frame: Frame,
    pub(super) states: Vec<DisplayState>,
    pub(super) transforms: Vec<Transform>,
    pub(super) pixel_scales: Vec<f64>,
    stack_kinds: Vec<StackKind>,
    pub(super) stencil_write: Option<(StencilAction, u8)>,
    pub(super) batch: OpenBatch,
    pub(super) vertex_rgba: [u8; 4],
    pub(super) target_recorded: bool,
    target_fresh: bool,
    width: u32,
    height: u32,
    dpi_scale: f32,
    samples: u32,
    window_stencil: bool,
    pub(super) next_id: u32,
    pub(super) white: Texture,
    pub(super) garbage: Garbage,
    pub(super) buffer_garbage: Arc<std::sync::Mutex<Vec<BufferId>>>,
    pub(super) textures: std::collections::HashMap<TextureId, (TextureKind, u64)>,
    pub(super) fonts_alive: Arc<AtomicU32>,
    pub(super) draws: u32,
    finished_draw_calls: u32,
    pub(super) canvas_switches: u32,
    pub(super) shader_switches: u32,
    pub(super) shader_garbage: super::shader::ShaderGarbage,
    /// The newest entry of the frame's shaders: which shader, which version of its values.
    pub(super) last_shader: Option<(super::shader::ShaderId, u64)>,
    pub(super) points: Vec<[f32; 2]>,
    pub(super) line: LineMesh,
}

impl std::fmt::Debug for Graphics {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Graphics")
            .field("width", &self.width)
            .field("height", &self.height)
            .field("frame", &self.frame)
            .finish_non_exhaustive()
    }
}

impl Graphics {
    /// A machine with a screen of `width`×`height` units and `dpi_scale` pixels per unit.
    pub fn new(
        mut backend: Box<dyn Backend>,
        width: u32,
        height: u32,
        dpi_scale: f32,
    ) -> Result<Self, String> {
        let garbage = Garbage::default();
        let description = TextureDescription::rgba8(TextureKind::Image, 1, 1);
        backend.create_texture(TextureId(0), &description)?;
        backend.write_texture(TextureId(0), PixelRegion::all(1, 1), &[255; 4])?;
        let nearest = Filter {
            min: FilterMode::Nearest,
            mag: FilterMode::Nearest,
            anisotropy: 1.0,
        };
        let sampler = Sampler::pack(nearest, None, Wrap::default());
        let white = Texture::new(TextureId(0), description, sampler, garbage.clone());
        let mut graphics = Self {
            backend,
            frame: Frame::default(),
            states: vec![DisplayState::default()],
            transforms: vec![Transform::IDENTITY],
            pixel_scales: vec![1.0],
            stack_kinds: Vec::new(),
            stencil_write: None,
            batch: OpenBatch {
                valid: false,
                texture: TextureId(0),
                sampler,
                state: 0,
                first_index: 0,
            },
            vertex_rgba: [255; 4],
            target_recorded: false,
            target_fresh: true,
            width,
            height,
            dpi_scale,
            samples: 1,
            window_stencil: true,
            next_id: 1,
            white,
            garbage,
            buffer_garbage: Arc::default(),
            textures: Default::default(),
            fonts_alive: Arc::default(),
            draws: 0,
            finished_draw_calls: 0,
            canvas_switches: 0,
            shader_switches: 0,
            shader_garbage: Default::default(),
            last_shader: None,
            points: Vec::new(),
            line: LineMesh::default(),
        };
        graphics.set_mode(width, height, dpi_scale, 1)?;
        Ok(graphics)
    }

    // ---- the screen -------------------------------------------------------------------------------------------

    /// Changes the size of the screen; its contents are lost.
    pub fn set_mode(
        &mut self,
        width: u32,
        height: u32,
        dpi_scale: f32,
        samples: u32,
    ) -> Result<(), String> {
        self.flush()?;
        let pixels = |units: u32| ((units as f32 * dpi_scale + 0.5) as u32).max(1);
        self.backend
            .resize_screen(pixels(width), pixels(height), samples)?;
        (self.width, self.height) = (width.max(1), height.max(1));
        (self.dpi_scale, self.samples) = (dpi_scale, samples);
        self.invalidate_target();
        Ok(())
    }

    /// Whether the window was created with a stencil buffer.
    pub fn set_window_stencil(&mut self, present: bool) {
        self.window_stencil = present;
    }

    /// Width of the screen in units.
    pub fn width(&self) -> u32 {
        self.width
    }

    /// Height of the screen in units.
    pub fn height(&self) -> u32 {
        self.height
    }

    /// Width of the screen in pixels.
    pub fn pixel_width(&self) -> u32 {
        ((self.width as f32 * self.dpi_scale + 0.5) as u32).max(1)
    }

    /// Height of the screen in pixels.
    pub fn pixel_height(&self) -> u32 {
        ((self.height as f32 * self.dpi_scale + 0.5) as u32).max(1)
    }

    /// Pixels per unit of the screen.
    pub fn dpi_scale(&self) -> f32 {
        self.dpi_scale
    }

    /// Pixels per unit of the current target.
    pub fn current_dpi_scale(&self) -> f32 {
        let targets = &self.state().targets;
        match targets.colors.first().or(targets.depth_stencil.as_ref()) {
            Some(target) => target.texture.description().dpi_scale,
            None => self.dpi_scale,
        }
    }

    /// Limits of this machine.
    pub fn limits(&self) -> Limits {
        self.backend.limits()
    }

    /// Optional abilities of this machine.
    pub fn features(&self) -> Features {
        self.backend.features()
    }

    /// Name and maker of the renderer.
    pub fn renderer_info(&self) -> RendererInfo {
        self.backend.renderer_info()
    }

    /// Whether canvases of the format work.
    pub fn supports_canvas_format(&self, format: PixelFormat, readable: bool) -> bool {
        self.backend.supports_canvas_format(format, readable)
    }

    /// The backend, for what only one kind of it can do (attaching a window).
    pub fn backend_mut(&mut self) -> &mut dyn Backend {
        self.backend.as_mut()
    }

    /// The numbers of `getStats`.
    pub fn stats(&self) -> Stats {
        let open = u32::from(self.batch.valid);
        let draw_calls = self.finished_draw_calls + open;
        let count = |wanted| {
            let matching = self.textures.values().filter(|(kind, _)| *kind == wanted);
            matching.count() as u32
        };
        Stats {
            draw_calls,
            draw_calls_batched: self.draws.saturating_sub(draw_calls),
            canvas_switches: self.canvas_switches,
            shader_switches: self.shader_switches,
            canvases: count(TextureKind::Canvas),
            images: count(TextureKind::Image),
            fonts: self.fonts_alive.load(Ordering::Relaxed),
            texture_memory: self.textures.values().map(|(_, bytes)| bytes).sum(),
        }
    }

    // ---- recording --------------------------------------------------------------------------------------------

    /// Ends the open batch, so that the next draw takes up a changed state.
    #[inline]
    pub(super) fn break_batch(&mut self) {
        if self.batch.valid {
            self.close_batch();
        }
    }

    fn close_batch(&mut self) {
        self.batch.valid = false;
        let indices = self.batch.first_index..self.frame.indices.len() as u32;
        if !indices.is_empty() {
            self.frame.commands.push(Command::Draw {
                state: self.batch.state,
                uniforms: 0,
                source: VertexSource::Stream,
                indices,
            });
            self.finished_draw_calls += 1;
        }
    }

    /// Makes sure that vertices appended now are drawn with this texture and the current state.
    #[inline]
    pub(super) fn batch_with(&mut self, texture: TextureId, sampler: Sampler) {
        self.draws += 1;
        if !(self.batch.valid && self.batch.texture == texture && self.batch.sampler == sampler) {
            self.open_batch(texture, sampler);
        }
    }

    #[cold]
    fn open_batch(&mut self, texture: TextureId, sampler: Sampler) {
        self.break_batch();
        if self.frame.vertices.len() > MAX_FRAME_VERTICES
            && let Err(error) = self.flush()
        {
            log::error!("{error}");
        }
        self.record_target();
        let state = self.draw_state(texture, sampler);
        let state = self.intern_state(state);
        self.batch = OpenBatch {
            valid: true,
            texture,
            sampler,
            state,
            first_index: self.frame.indices.len() as u32,
        };
    }

    fn intern_state(&mut self, state: DrawState) -> u32 {
        if self.frame.states.last() != Some(&state) {
            self.frame.states.push(state);
        }
        self.frame.states.len() as u32 - 1
    }

    fn draw_state(&mut self, texture: TextureId, sampler: Sampler) -> DrawState {
        let shader = self.shader_use();
        let state = self.state();
        let stencil = match self.stencil_write {
            Some((action, value)) => StencilUse::Write { action, value },
            None if state.stencil_compare == CompareMode::Always => StencilUse::Off,
            None => StencilUse::Test {
                compare: state.stencil_compare,
                value: state.stencil_value,
            },
        };
        DrawState {
            texture,
            sampler,
            blend: state.blend,
            color_mask: if self.stencil_write.is_some() {
                ColorMask::NONE
            } else {
                state.color_mask
            },
            stencil,
            depth: state.depth,
            cull: CullMode::None,
            winding: state.winding,
            scissor: self.pixel_scissor(),
            wireframe: state.wireframe,
            shader,
        }
    }

    /// Records a draw with uniforms of its own.
    pub(super) fn record_draw(
        &mut self,
        texture: &Texture,
        uniforms: Uniforms,
        source: VertexSource,
        indices: std::ops::Range<u32>,
    ) {
        self.record_culled_draw(texture, uniforms, source, indices, CullMode::None);
    }

    /// As [`Self::record_draw`], without the faces that `cull` hides.
    pub(super) fn record_culled_draw(
        &mut self,
        texture: &Texture,
        uniforms: Uniforms,
        source: VertexSource,
        indices: std::ops::Range<u32>,
        cull: CullMode,
    ) {
        self.break_batch();
        self.record_target();
        self.draws += 1;
        let state = DrawState {
            cull,
            ..self.draw_state(texture.id(), texture.sampler())
        };
        let state = self.intern_state(state);
        self.frame.uniforms.push(uniforms);
        self.finished_draw_calls += 1;
        self.frame.commands.push(Command::Draw {
            state,
            uniforms: self.frame.uniforms.len() as u32 - 1,
            source,
            indices,
        });
    }

    fn pixel_scissor(&self) -> Option<Rectangle> {
        let scale = f64::from(self.current_dpi_scale());
        let pixels = |units: i32| (f64::from(units) * scale) as i32;
        self.state().scissor.map(|rectangle| Rectangle {
            x: pixels(rectangle.x),
            y: pixels(rectangle.y),
            width: pixels(rectangle.width),
            height: pixels(rectangle.height),
        })
    }

    pub(super) fn invalidate_target(&mut self) {
        self.break_batch();
        self.target_recorded = false;
        self.target_fresh = true;
    }

    /// Size of the current target in units and in pixels.
    pub(super) fn target_size(&self) -> [u32; 4] {
        let targets = &self.state().targets;
        match targets.colors.first().or(targets.depth_stencil.as_ref()) {
            None => [
                self.width,
                self.height,
                self.pixel_width(),
                self.pixel_height(),
            ],
            Some(CanvasTarget {
                texture, mipmap, ..
            }) => {
                let description = texture.description();
                let level = |size: u32| (size >> mipmap.min(&31)).max(1);
                [
                    level(texture.width()),
                    level(texture.height()),
                    level(description.pixel_width),
                    level(description.pixel_height),
                ]
            }
        }
    }

    pub(super) fn record_target(&mut self) {
        if self.target_recorded {
            return;
        }
        let [width, height, pixel_width, pixel_height] = self.target_size();
        self.frame.commands.push(Command::Target(Target {
            targets: Arc::new(self.state().targets.clone()),
            width,
            height,
            pixel_width,
            pixel_height,
            fresh: self.target_fresh,
        }));
        self.target_recorded = true;
        self.target_fresh = false;
    }

    /// Hands everything recorded so far to the backend.
    pub fn flush(&mut self) -> Result<(), String> {
        self.break_batch();
        let result = if self.frame.commands.is_empty() {
            Ok(())
        } else {
            self.backend.submit(&self.frame)
        };
        self.frame.reset();
        self.last_shader = None;
        self.target_recorded = false;
        self.collect_garbage();
        result
    }

    pub(super) fn collect_garbage(&mut self) {
        let dead = match self.garbage.lock() {
            Ok(mut garbage) => std::mem::take(&mut *garbage),
            Err(_) => Vec::new(),
        };
        for id in dead {
            self.textures.remove(&id);
            self.backend.destroy_texture(id);
        }
        for id in self.shader_garbage.take() {
            self.backend.destroy_shader(id);
        }
        let dead = match self.buffer_garbage.lock() {
            Ok(mut garbage) => std::mem::take(&mut *garbage),
            Err(_) => Vec::new(),
        };
        for id in dead {
            self.backend.destroy_buffer(id);
        }
    }

    /// Shows the frame and starts the next one.
    pub fn present(&mut self) -> Result<(), String> {
        if !self.state().targets.is_screen() {
            return Err("present cannot be called while a Canvas is active.".to_owned());
        }
        self.flush()?;
        self.backend.present()?;
        self.draws = 0;
        self.finished_draw_calls = 0;
        self.canvas_switches = 0;
        self.shader_switches = 0;
        Ok(())
    }

    /// The screen as it is now, rows of 8-bit colour with full opacity, as `captureScreenshot` gives it.
    pub fn screenshot(&mut self) -> Result<Vec<u8>, String> {
        self.flush()?;
        let mut pixels = self.backend.read_screen()?;
        for pixel in pixels.chunks_exact_mut(4) {
            pixel[3] = 255;
        }
        Ok(pixels)
    }

    // ---- display state ----------------------------------------------------------------------------------------

    /// The current state.
    #[inline]
    pub fn state(&self) -> &DisplayState {
        &self.states[self.states.len() - 1]
    }

    #[inline]
    pub(super) fn state_mut(&mut self) -> &mut DisplayState {
        let last = self.states.len() - 1;
        &mut self.states[last]
    }

    /// Colour of everything drawn from now on; components are limited to 0–1.
    #[inline]
    pub fn set_color(&mut self, color: [f32; 4]) {
        let color = color.map(|component| component.clamp(0.0, 1.0));
        self.state_mut().color = color;
        self.vertex_rgba = vertex_color(color);
    }

    /// Colour that `love.run` clears with.
    pub fn set_background_color(&mut self, color: [f32; 4]) {
        self.state_mut().background_color = color;
    }

    /// Blend and alpha mode.
    pub fn set_blend(&mut self, blend: Blend) -> Result<(), String> {
        let blend = blend.validate()?;
        if self.state().blend != blend {
            self.break_batch();
            self.state_mut().blend = blend;
        }
        Ok(())
    }

    /// Width of lines in units.
    pub fn set_line_width(&mut self, width: f32) {
        self.state_mut().line_width = width;
    }

    /// Edges of lines.
    pub fn set_line_style(&mut self, style: LineStyle) {
        self.state_mut().line_style = style;
    }

    /// Corners of lines.
    pub fn set_line_join(&mut self, join: LineJoin) {
        self.state_mut().line_join = join;
    }

    /// Width of points in units of the screen, whatever the transform.
    pub fn set_point_size(&mut self, size: f32) {
        self.state_mut().point_size = size;
    }

    /// Limits drawing to a rectangle, in units, whatever the transform; `None` lifts the limit.
    pub fn set_scissor(&mut self, scissor: Option<Rectangle>) {
        if self.state().scissor != scissor {
            self.break_batch();
            self.state_mut().scissor = scissor;
        }
    }

    /// Limits drawing to what the rectangle and the current limit have in common.
    pub fn intersect_scissor(&mut self, rectangle: Rectangle) {
        let current = self.state().scissor.unwrap_or(Rectangle {
            x: 0,
            y: 0,
            width: i32::MAX,
            height: i32::MAX,
        });
        let end = |start: i32, size: i32| i64::from(start) + i64::from(size);
        let span = |a: i32, a_size: i32, b: i32, b_size: i32| {
            let start = a.max(b);
            let stop = end(a, a_size).min(end(b, b_size));
            let size = (stop - i64::from(start)).clamp(0, i64::from(i32::MAX));
            (start, size as i32)
        };
        let (x, width) = span(current.x, current.width, rectangle.x, rectangle.width);
        let (y, height) = span(current.y, current.height, rectangle.y, rectangle.height);
        self.set_scissor(Some(Rectangle {
            x,
            y,
            width,
            height,
        }));
    }

    /// Channels that drawing changes.
    pub fn set_color_mask(&mut self, mask: ColorMask) {
        if self.state().color_mask != mask {
            self.break_batch();
            self.state_mut().color_mask = mask;
        }
    }

    /// Draws triangles as outlines. Ignored where the machine cannot.
    pub fn set_wireframe(&mut self, enable: bool) {
        if self.features().wireframe && self.state().wireframe != enable {
            self.break_batch();
            self.state_mut().wireframe = enable;
        }
    }

    /// Compares stencil values before drawing.
    pub fn set_stencil_test(&mut self, compare: CompareMode, value: u8) {
        self.break_batch();
        let state = self.state_mut();
        (state.stencil_compare, state.stencil_value) = (compare, value);
    }

    /// Shapes drawn from now on change stencil values instead of colours.
    pub fn begin_stencil(&mut self, action: StencilAction, value: u8) -> Result<(), String> {
        let targets = &self.state().targets;
        if targets.is_screen() {
            if !self.window_stencil {
                return Err("The window must have stenciling enabled to draw to the main screen's stencil buffer.".to_owned());
            }
        } else {
            let own = targets.depth_stencil.as_ref().is_some_and(|target| {
                let format = target.texture.description().format;
                format.has_stencil()
            });
            if !targets.temporary_stencil && !own {
                return Err("Drawing to the stencil buffer with a Canvas active requires either stencil=true or a custom stencil-type Canvas to be used, in setCanvas.".to_owned());
            }
        }
        self.break_batch();
        self.stencil_write = Some((action, value));
        Ok(())
    }

    /// Ends what [`Self::begin_stencil`] began.
    pub fn end_stencil(&mut self) {
        self.break_batch();
        self.stencil_write = None;
    }

    /// Depth test and write.
    pub fn set_depth(&mut self, depth: DepthUse) {
        if self.state().depth != depth {
            self.break_batch();
            self.state_mut().depth = depth;
        }
    }

    /// Hidden faces of meshes.
    pub fn set_mesh_cull_mode(&mut self, mode: CullMode) {
        self.state_mut().mesh_cull_mode = mode;
    }

    /// Front faces.
    pub fn set_front_face_winding(&mut self, winding: Winding) {
        if self.state().winding != winding {
            self.break_batch();
            self.state_mut().winding = winding;
        }
    }

    /// Filter of textures created from now on.
    pub fn set_default_filter(&mut self, filter: Filter) {
        self.state_mut().default_filter = filter;
    }

    /// Mipmap filter of textures created from now on.
    pub fn set_default_mipmap_filter(&mut self, mode: Option<FilterMode>, sharpness: f32) {
        let state = self.state_mut();
        state.default_mipmap_filter = mode;
        state.default_mipmap_sharpness = sharpness;
    }

    /// The font of `print`.
    pub fn set_font(&mut self, font: Option<FontHandle>) {
        self.state_mut().font = font;
    }

    /// Sets everything back to how a program starts.
    pub fn reset(&mut self) {
        self.end_stencil();
        self.invalidate_target();
        *self.state_mut() = DisplayState::default();
        self.set_color([1.0; 4]);
        self.origin();
    }

    // ---- stack and transform ----------------------------------------------------------------------------------

    /// Saves the transform and, for `All`, the display state.
    pub fn push(&mut self, kind: StackKind) -> Result<(), String> {
        if self.stack_kinds.len() == MAX_STACK_DEPTH {
            return Err("Maximum stack depth reached (more pushes than pops?)".to_owned());
        }
        self.transforms.push(*self.transform());
        self.pixel_scales.push(self.pixel_scale());
        if kind == StackKind::All {
            self.states.push(self.state().clone());
        }
        self.stack_kinds.push(kind);
        Ok(())
    }

    /// Brings back what the matching push saved.
    pub fn pop(&mut self) -> Result<(), String> {
        let Some(kind) = self.stack_kinds.pop() else {
            return Err("Minimum stack depth reached (more pops than pushes?)".to_owned());
        };
        self.transforms.pop();
        self.pixel_scales.pop();
        if kind == StackKind::All {
            self.break_batch();
            let targets_differ = self.states[self.states.len() - 2].targets != self.state().targets;
            if targets_differ {
                self.leave_target();
            }
            self.states.pop();
            self.vertex_rgba = vertex_color(self.state().color);
        }
        Ok(())
    }

    /// Pushes without their pops.
    pub fn stack_depth(&self) -> usize {
        self.stack_kinds.len()
    }

    /// The current transform.
    #[inline]
    pub fn transform(&self) -> &Transform {
        &self.transforms[self.transforms.len() - 1]
    }

    fn transform_mut(&mut self) -> &mut Transform {
        let last = self.transforms.len() - 1;
        &mut self.transforms[last]
    }

    /// Pixels per unit under the current transform, roughly.
    pub(super) fn pixel_scale(&self) -> f64 {
        self.pixel_scales[self.pixel_scales.len() - 1]
    }

    fn set_pixel_scale(&mut self, scale: f64) {
        let last = self.pixel_scales.len() - 1;
        self.pixel_scales[last] = scale;
    }

    /// Moves what is drawn from now on.
    pub fn translate(&mut self, x: f32, y: f32) {
        self.transform_mut().translate(x, y);
    }

    /// Rotates what is drawn from now on.
    pub fn rotate(&mut self, radians: f32) {
        self.transform_mut().rotate(radians);
    }

    /// Scales what is drawn from now on.
    pub fn scale(&mut self, x: f32, y: f32) {
        self.transform_mut().scale(x, y);
        let scale = self.pixel_scale() * f64::from((x.abs() + y.abs()) / 2.0);
        self.set_pixel_scale(scale);
    }

    /// Shears what is drawn from now on.
    pub fn shear(&mut self, x: f32, y: f32) {
        self.transform_mut().shear(x, y);
    }

    /// Removes the transform.
    pub fn origin(&mut self) {
        *self.transform_mut() = Transform::IDENTITY;
        self.set_pixel_scale(1.0);
    }

    /// Applies a transform inside the current one.
    pub fn apply_transform(&mut self, inner: &Transform) {
        let combined = self.transform().then_inner(inner);
        self.replace_transform(&combined);
    }

    /// Sets the transform.
    pub fn replace_transform(&mut self, transform: &Transform) {
        *self.transform_mut() = *transform;
        self.set_pixel_scale(transform.approximate_scale());
    }
}
