//! Drawing: textures, shapes, lines, points and text become vertices of the current frame.
//!
//! Every function here applies the current transform and colour on the processor and appends to the open batch, so
//! that sprites in different places and colours share one draw call. Shapes use a white texture of one pixel.

use super::commands::Vertex;
use super::font::FontHandle;
use super::machine::Graphics;
use super::polyline::LineShape;
use super::quad::Quad;
use super::shapes;
use super::sprite_batch::quad_vertices;
use super::state::*;
use super::texture::Texture;
use super::transform::Transform;
use crate::font::{Align, ColouredText, PositionedGlyph};

const WHITE_COORDINATES: [f32; 2] = [0.0, 0.0];

impl Graphics {
    /// Errors that LÖVE raises before drawing a texture.
    #[inline]
    pub(super) fn check_drawable(&self, texture: &Texture) -> Result<(), String> {
        let targets = &self.state().targets;
        if !targets.is_screen() && targets.contains(texture) {
            return Err("Cannot render a Canvas to itself!".to_owned());
        }
        let description = texture.description();
        if !description.readable {
            return Err("Textures with non-readable formats cannot be drawn.".to_owned());
        }
        self.check_main_texture(description.texture_type)?;
        Ok(())
    }

    /// Draws a texture, or the part of it that a quad names.
    #[inline]
    pub fn draw(
        &mut self,
        texture: &Texture,
        quad: Option<&Quad>,
        local: &Transform,
    ) -> Result<(), String> {
        self.check_drawable(texture)?;
        self.batch_with(texture.id(), texture.sampler());
        let (size, coordinates) = match quad {
            Some(quad) => (quad.size(), quad.coordinates()),
            None => (
                [texture.width() as f32, texture.height() as f32],
                [0.0, 0.0, 1.0, 1.0],
            ),
        };
        let transform = self.transform().then_inner(local);
        let corners = quad_vertices(size, coordinates, &transform, self.vertex_rgba);
        self.frame.push_quad(corners);
        Ok(())
    }

    fn batch_shapes(&mut self) {
        let (id, sampler) = (self.white.id(), self.white.sampler());
        self.batch_with(id, sampler);
    }

    /// Fills a convex loop of points, or draws it as a line.
    fn polygon_from_scratch(&mut self, mode: DrawMode, skip_last: bool) {
        let points = std::mem::take(&mut self.points);
        match mode {
            DrawMode::Line => self.polyline(&points),
            DrawMode::Fill => {
                let count = points.len() - usize::from(skip_last && !points.is_empty());
                self.fill_fan(&points[..count]);
            }
        }
        self.points = points;
    }

    fn fill_fan(&mut self, points: &[[f32; 2]]) {
        if points.len() < 3 {
            return;
        }
        self.batch_shapes();
        let (transform, color) = (*self.transform(), self.vertex_rgba);
        self.frame.push_fan(points.iter().map(|point| Vertex {
            position: transform.apply(*point),
            coordinates: WHITE_COORDINATES,
            color,
        }));
    }

    /// A polygon through the points; it is closed here. Filled polygons must be convex.
    pub fn polygon(&mut self, mode: DrawMode, points: &[[f32; 2]]) -> Result<(), String> {
        if points.len() < 3 {
            return Err("Need at least three vertices to draw a polygon".to_owned());
        }
        self.points.clear();
        self.points.extend_from_slice(points);
        self.points.push(points[0]);
        self.polygon_from_scratch(mode, true);
        Ok(())
    }

    /// A line through the points; closed if the last equals the first.
    pub fn line(&mut self, points: &[[f32; 2]]) -> Result<(), String> {
        if points.len() < 2 {
            return Err("Need at least two vertices to draw a line".to_owned());
        }
        self.polyline(points);
        Ok(())
    }

    fn polyline(&mut self, points: &[[f32; 2]]) {
        let state = self.state();
        let shape = LineShape {
            half_width: state.line_width * 0.5,
            pixel_size: 1.0 / (self.pixel_scale() as f32).max(0.000_001),
            join: state.line_join,
            smooth: state.line_style == LineStyle::Smooth,
        };
        self.line.build(points, shape);
        if self.line.indices.is_empty() {
            return;
        }
        self.batch_shapes();
        let transform = *self.transform();
        let core = self.vertex_rgba;
        let fringe = [core[0], core[1], core[2], 0];
        let base = self.frame.vertices.len() as u32;
        let vertices = self.line.vertices.iter().map(|(point, opaque)| Vertex {
            position: transform.apply(*point),
            coordinates: WHITE_COORDINATES,
            color: if *opaque { core } else { fringe },
        });
        self.frame.vertices.extend(vertices);
        let indices = self.line.indices.iter().map(|index| base + index);
        self.frame.indices.extend(indices);
    }

    /// A rectangle x, y, width, height, with elliptical corners of the given radii if any. `segments` is for a whole
    /// ellipse and follows from the radii if not given.
    pub fn rectangle(
        &mut self,
        mode: DrawMode,
        bounds: [f32; 4],
        radii: Option<[f32; 2]>,
        segments: Option<i32>,
    ) -> Result<(), String> {
        let mut points = std::mem::take(&mut self.points);
        points.clear();
        match radii {
            None => shapes::rectangle(&mut points, bounds),
            Some([rx, ry]) => {
                let segments = segments.unwrap_or_else(|| {
                    let limit = |radius: f32, side: f32| radius.min((side / 2.0).abs());
                    let (rx, ry) = (limit(rx, bounds[2]), limit(ry, bounds[3]));
                    shapes::ellipse_segments(rx, ry, self.pixel_scale())
                });
                shapes::rounded_rectangle(&mut points, bounds, [rx, ry], segments);
            }
        }
        self.points = points;
        self.polygon_from_scratch(mode, true);
        Ok(())
    }

    /// An ellipse.
    pub fn ellipse(
        &mut self,
        mode: DrawMode,
        center: [f32; 2],
        radii: [f32; 2],
        segments: Option<i32>,
    ) -> Result<(), String> {
        let segments = segments
            .unwrap_or_else(|| shapes::ellipse_segments(radii[0], radii[1], self.pixel_scale()));
        self.points.clear();
        shapes::ellipse(&mut self.points, mode, center, radii, segments);
        self.polygon_from_scratch(mode, false);
        Ok(())
    }

    /// A circle.
    pub fn circle(
        &mut self,
        mode: DrawMode,
        center: [f32; 2],
        radius: f32,
        segments: Option<i32>,
    ) -> Result<(), String> {
        self.ellipse(mode, center, [radius, radius], segments)
    }

    /// An arc between two angles.
    pub fn arc(
        &mut self,
        mode: DrawMode,
        arc_mode: ArcMode,
        center: [f32; 2],
        radius: f32,
        angles: [f32; 2],
        segments: Option<i32>,
    ) -> Result<(), String> {
        let segments = segments.unwrap_or_else(|| {
            let full = shapes::ellipse_segments(radius, radius, self.pixel_scale());
            shapes::arc_segments(full, angles)
        });
        let mut points = std::mem::take(&mut self.points);
        points.clear();
        let drawn = shapes::arc(
            &mut points,
            mode,
            arc_mode,
            center,
            radius,
            angles,
            segments,
        );
        self.points = points;
        if let Some(full_circle) = drawn {
            self.polygon_from_scratch(mode, !full_circle);
        }
        Ok(())
    }

    /// Squares of the point size around the points, in the current colour times their own.
    pub fn points(
        &mut self,
        points: &[[f32; 2]],
        colors: Option<&[[f32; 4]]>,
    ) -> Result<(), String> {
        if points.is_empty() {
            return Ok(());
        }
        self.batch_shapes();
        let (transform, color) = (*self.transform(), self.state().color);
        let half = self.state().point_size / 2.0;
        for (index, point) in points.iter().enumerate() {
            let color = match colors.and_then(|colors| colors.get(index)) {
                Some(own) => {
                    vertex_color(std::array::from_fn(|channel| own[channel] * color[channel]))
                }
                None => self.vertex_rgba,
            };
            let [x, y] = transform.apply(*point);
            let corner = |x, y| Vertex {
                position: [x, y],
                coordinates: WHITE_COORDINATES,
                color,
            };
            self.frame.push_quad([
                corner(x - half, y - half),
                corner(x - half, y + half),
                corner(x + half, y - half),
                corner(x + half, y + half),
            ]);
        }
        Ok(())
    }

    /// Text from the transform's origin on.
    pub fn print(
        &mut self,
        font: &FontHandle,
        text: &ColouredText,
        local: &Transform,
    ) -> Result<(), String> {
        let color = self.state().color;
        let placed = font.font().print(text, color);
        let (glyphs, _) = placed.map_err(|error| error.0)?;
        let transform = self.transform().then_inner(local);
        self.draw_glyphs(font, &glyphs, &transform, [1.0; 4])
    }

    /// Text in lines of at most `limit` units.
    pub fn printf(
        &mut self,
        font: &FontHandle,
        text: &ColouredText,
        limit: f32,
        align: Align,
        local: &Transform,
    ) -> Result<(), String> {
        let color = self.state().color;
        let placed = font.font().print_aligned(text, color, limit, align);
        let (glyphs, _) = placed.map_err(|error| error.0)?;
        let transform = self.transform().then_inner(local);
        self.draw_glyphs(font, &glyphs, &transform, [1.0; 4])
    }

    /// Draws glyphs that a layout has placed, their colours multiplied by `tint`.
    pub(super) fn draw_glyphs(
        &mut self,
        font: &FontHandle,
        glyphs: &[PositionedGlyph],
        transform: &Transform,
        tint: [f32; 4],
    ) -> Result<(), String> {
        for glyph in glyphs {
            let Some(quad) = font.glyph_quad(self, glyph.codepoint)? else {
                continue;
            };
            self.batch_with(quad.texture, quad.sampler);
            let mut placed = *transform;
            placed.translate(glyph.x + quad.offset[0], glyph.y + quad.offset[1]);
            let color = std::array::from_fn(|channel| glyph.colour[channel] * tint[channel]);
            let color = vertex_color(color);
            let corners = quad_vertices(quad.size, quad.coordinates, &placed, color);
            self.frame.push_quad(corners);
        }
        Ok(())
    }
}
