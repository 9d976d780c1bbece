//! A backend that writes down what would be drawn, for tests that compare text instead of pictures.
//!
//! Each submission becomes lines; a draw prints its state where it differs from the default and then its shapes,
//! decoded from the frame's vertices. Quads whose corners form an upright rectangle print as two corners:
//!
//! ```text
//! target screen 320x200
//! draw texture 1
//!   quad (10,20) (42,52) of (0,0) (1,1) #ff8000ff
//! ```
//!
//! A draw from a page of glyphs prints as `draw text of texture 1`, so that a reader can tell where text stands.
//! Numbers are rounded to three decimals. Nothing is drawn: reading pixels back gives zeros.

use super::backend::{Backend, NullBackend, PixelRegion, RendererInfo};
use super::commands::*;
use super::state::*;
use super::texture::{TextureDescription, TextureId, TextureKind, WrapMode};
use super::transform::Transform;
use std::cell::RefCell;
use std::collections::{HashMap, HashSet};
use std::fmt::Write;
use std::rc::Rc;

/// The text written so far; shared with the backend.
#[derive(Clone, Debug, Default)]
pub struct TextLog(Rc<RefCell<String>>);

impl TextLog {
    /// The text since the last call.
    pub fn take(&self) -> String {
        std::mem::take(&mut self.0.borrow_mut())
    }
}

/// The printing backend.
#[derive(Debug, Default)]
pub struct TextBackend {
    log: TextLog,
    sizes: NullBackend,
    buffers: HashMap<BufferId, Vec<Vertex>>,
    font_pages: HashSet<TextureId>,
}

impl TextBackend {
    /// A backend and the log that it writes to.
    pub fn new() -> (Self, TextLog) {
        let backend = Self::default();
        let log = backend.log.clone();
        (backend, log)
    }

    fn print(&self, line: std::fmt::Arguments<'_>) {
        let mut log = self.log.0.borrow_mut();
        // Writing to a String cannot fail.
        let _ = writeln!(log, "{line}");
    }
}

fn number(value: f32) -> String {
    let rounded = (value * 1000.0).round() / 1000.0;
    // No "-0".
    format!("{}", rounded + 0.0)
}

fn point([x, y]: [f32; 2]) -> String {
    format!("({},{})", number(x), number(y))
}

fn color_name(color: [u8; 4]) -> String {
    let [r, g, b, a] = color;
    format!("#{r:02x}{g:02x}{b:02x}{a:02x}")
}

/// The differences of a state from an ordinary draw.
fn describe_state(state: &DrawState, is_text: bool) -> String {
    let what = if is_text { "text of " } else { "" };
    let mut text = format!("draw {what}texture {}", state.texture.0);
    let filter = state.sampler.filter();
    let default = super::texture::Filter::default();
    if state.texture.0 != 0 && (filter.min, filter.mag) != (default.min, default.mag) {
        let _ = write!(text, " filter {} {}", filter.min.name(), filter.mag.name());
    }
    let wrap = state.sampler.wrap();
    if wrap.s != WrapMode::Clamp || wrap.t != WrapMode::Clamp {
        let _ = write!(text, " wrap {} {}", wrap.s.name(), wrap.t.name());
    }
    if state.blend != Blend::default() {
        let Blend { mode, alpha_mode } = state.blend;
        let _ = write!(text, " blend {} {}", mode.name(), alpha_mode.name());
    }
    if let Some(scissor) = state.scissor {
        let Rectangle {
            x,
            y,
            width,
            height,
        } = scissor;
        let _ = write!(text, " scissor {x},{y} {width}x{height}");
    }
    if state.color_mask != ColorMask::ALL {
        let ColorMask { r, g, b, a } = state.color_mask;
        let channels: String = [(r, 'r'), (g, 'g'), (b, 'b'), (a, 'a')]
            .iter()
            .filter_map(|(on, name)| on.then_some(*name))
            .collect();
        let _ = write!(text, " mask {channels:?}");
    }
    match state.stencil {
        StencilUse::Off => {}
        StencilUse::Write { action, value } => {
            let _ = write!(text, " stencil {} {value}", action.name());
        }
        StencilUse::Test { compare, value } => {
            let _ = write!(text, " stenciltest {} {value}", compare.name());
        }
    }
    if state.depth != DepthUse::OFF {
        let _ = write!(
            text,
            " depth {} {}",
            state.depth.compare.name(),
            state.depth.write
        );
    }
    if state.wireframe {
        text.push_str(" wireframe");
    }
    if state.shader.is_some() {
        text.push_str(" shader");
    }
    text
}

fn describe_quad([v0, v1, v2, v3]: [Vertex; 4]) -> String {
    let upright = v0.position[0] == v1.position[0]
        && v0.position[1] == v2.position[1]
        && v3.position == [v2.position[0], v1.position[1]];
    let mut text = if upright {
        format!("quad {} {}", point(v0.position), point(v3.position))
    } else {
        let corners = [v0, v1, v2, v3].map(|vertex| point(vertex.position));
        format!("quad {}", corners.join(" "))
    };
    if v0.coordinates != v3.coordinates {
        let (from, to) = (point(v0.coordinates), point(v3.coordinates));
        let _ = write!(text, " of {from} {to}");
    }
    let _ = write!(text, " {}", color_name(v0.color));
    text
}

/// Prints triangles, joining pairs that form quads and fans.
fn describe_shapes(vertices: &[Vertex], indices: &[u32], mut line: impl FnMut(String)) {
    let vertex = |index: u32| vertices[index as usize];
    let mut rest = indices;
    while let Some((triangle, after)) = rest.split_first_chunk::<3>() {
        let [a, b, c] = *triangle;
        if let Some((next, after)) = after.split_first_chunk::<3>()
            && *next == [c, b, c + 1]
            && [b, c] == [a + 1, a + 2]
        {
            line(describe_quad([a, b, c, c + 1].map(vertex)));
            rest = after;
            continue;
        }
        rest = after;
        let mut corners = vec![a, b, c];
        while let Some((next, after)) = rest.split_first_chunk::<3>()
            && next[0] == a
            && Some(&next[1]) == corners.last()
        {
            corners.push(next[2]);
            rest = after;
        }
        let name = if corners.len() == 3 {
            "triangle"
        } else {
            "fan"
        };
        let points: Vec<String> = corners
            .iter()
            .map(|index| point(vertex(*index).position))
            .collect();
        let color = color_name(vertex(a).color);
        line(format!("{name} {} {color}", points.join(" ")));
    }
}

impl TextBackend {
    fn print_draw(
        &self,
        frame: &Frame,
        uniforms: &Uniforms,
        source: VertexSource,
        indices: std::ops::Range<u32>,
    ) {
        if *uniforms != Uniforms::IDENTITY {
            let Transform { a, b, c, d, e, f } = uniforms.transform;
            let numbers = [a, b, c, d, e, f].map(number).join(" ");
            let color = uniforms.color.map(number).join(" ");
            self.print(format_args!("  with transform {numbers} color {color}"));
        }
        let line = |text: String| self.print(format_args!("  {text}"));
        match source {
            VertexSource::Stream => {
                let range = indices.start as usize..indices.end as usize;
                describe_shapes(&frame.vertices, &frame.indices[range], line);
            }
            VertexSource::Quads(id) => {
                let vertices = self.buffers.get(&id).map_or(&[][..], Vec::as_slice);
                let indices: Vec<u32> = quad_indices(indices.end / 6)
                    .skip(indices.start as usize)
                    .collect();
                describe_shapes(vertices, &indices, line);
            }
            VertexSource::Mesh(index) => {
                let mesh = frame.meshes.get(index as usize);
                let instances = mesh.map_or(0, |mesh| mesh.instances);
                let corners = indices.end - indices.start;
                line(format!("mesh of {corners} corners, {instances} times"));
            }
        }
    }

    fn print_target(&self, target: &Target) {
        let targets = &target.targets;
        let name = if targets.is_screen() {
            "screen".to_owned()
        } else {
            let names: Vec<String> = targets
                .colors
                .iter()
                .chain(&targets.depth_stencil)
                .map(|canvas| canvas.texture.id().0.to_string())
                .collect();
            format!("canvas {}", names.join(" "))
        };
        let (width, height) = (target.pixel_width, target.pixel_height);
        self.print(format_args!("target {name} {width}x{height}"));
    }

    fn print_clear(&self, clear: &Clear) {
        let mut text = String::new();
        for color in &clear.colors {
            match color {
                Some(color) => {
                    let _ = write!(text, " {}", color.map(number).join(" "));
                }
                None => text.push_str(" keep"),
            }
        }
        if let Some(stencil) = clear.stencil {
            let _ = write!(text, " stencil {stencil}");
        }
        if let Some(depth) = clear.depth {
            let _ = write!(text, " depth {}", number(depth));
        }
        self.print(format_args!("clear{text}"));
    }
}

impl Backend for TextBackend {
    fn renderer_info(&self) -> RendererInfo {
        RendererInfo {
            name: "text".to_owned(),
            ..RendererInfo::default()
        }
    }

    fn create_texture(
        &mut self,
        id: TextureId,
        description: &TextureDescription,
    ) -> Result<(), String> {
        if description.kind == TextureKind::FontPage {
            self.font_pages.insert(id);
        }
        self.sizes.create_texture(id, description)
    }

    fn write_texture(&mut self, _: TextureId, _: PixelRegion, _: &[u8]) -> Result<(), String> {
        Ok(())
    }

    fn read_texture(&mut self, id: TextureId, region: PixelRegion) -> Result<Vec<u8>, String> {
        self.sizes.read_texture(id, region)
    }

    fn destroy_texture(&mut self, id: TextureId) {
        self.font_pages.remove(&id);
        self.sizes.destroy_texture(id);
    }

    fn write_buffer(&mut self, id: BufferId, vertices: &[Vertex]) -> Result<(), String> {
        self.buffers.insert(id, vertices.to_vec());
        Ok(())
    }

    fn destroy_buffer(&mut self, id: BufferId) {
        self.buffers.remove(&id);
    }

    fn resize_screen(&mut self, width: u32, height: u32, samples: u32) -> Result<(), String> {
        self.sizes.resize_screen(width, height, samples)
    }

    fn read_screen(&mut self) -> Result<Vec<u8>, String> {
        self.sizes.read_screen()
    }

    fn submit(&mut self, frame: &Frame) -> Result<(), String> {
        for command in &frame.commands {
            match command {
                Command::Target(target) => self.print_target(target),
                Command::Clear(clear) => self.print_clear(clear),
                Command::GenerateMipmaps(id) => self.print(format_args!("mipmaps {}", id.0)),
                Command::Draw {
                    state,
                    uniforms,
                    source,
                    indices,
                } => {
                    let state = &frame.states[*state as usize];
                    let is_text = self.font_pages.contains(&state.texture);
                    self.print(format_args!("{}", describe_state(state, is_text)));
                    let uniforms = &frame.uniforms[*uniforms as usize];
                    self.print_draw(frame, uniforms, *source, indices.clone());
                }
            }
        }
        Ok(())
    }

    fn present(&mut self) -> Result<(), String> {
        self.print(format_args!("present"));
        Ok(())
    }
}
