//! Meshes: triangles (or points) of a program's own making.
//!
//! A mesh has a vertex format, a list of named attributes with one to four components each; the standard one is position,
//! texture coordinates and colour. Values are kept as numbers and turned into the frame's vertices when the mesh is
//! drawn; transform and colour apply on the graphics card. Only `VertexPosition`, `VertexTexCoord` and `VertexColor` are
//! drawn here: other attributes are for shaders, see `mesh_draw.rs`.
//!
//! Attributes of type `byte` keep 256 steps between 0 and 1, as LÖVE's do.

use super::commands::{Uniforms, Vertex, VertexSource};
use super::machine::Graphics;
use super::mesh_draw::{Attachment, CardCopy};
use super::state::{Named, named_enum};
use super::texture::Texture;
use super::transform::Transform;

named_enum! {
    /// How vertices form triangles.
    MeshMode {
        /// All around the first one.
        Fan = "fan",
        /// Each with the two before it.
        Strip = "strip",
        /// Three at a time.
        Triangles = "triangles",
        /// Not at all: each is a point.
        Points = "points",
    }
}
named_enum! {
    /// How a component is stored.
    ComponentType {
        /// 8 bits for 0 to 1.
        Byte = "byte",
        /// 16 bits for 0 to 1.
        Unorm16 = "unorm16",
        /// Single precision.
        Float = "float",
    }
}

impl ComponentType {
    /// Bits that a component takes in LÖVE.
    fn bits(self) -> usize {
        match self {
            Self::Byte => 8,
            Self::Unorm16 => 16,
            Self::Float => 32,
        }
    }
}

/// One attribute of a vertex format.
#[derive(Clone, Debug, PartialEq)]
pub struct VertexAttribute {
    /// Its name.
    pub name: String,
    /// How its components are stored.
    pub component_type: ComponentType,
    /// One to four.
    pub components: usize,
    /// Whether it is drawn.
    pub enabled: bool,
}

impl VertexAttribute {
    /// An attribute.
    pub fn new(name: &str, component_type: ComponentType, components: usize) -> Self {
        Self {
            name: name.to_owned(),
            component_type,
            components,
            enabled: true,
        }
    }

    /// The format of meshes without one of their own.
    pub fn standard_format() -> Vec<Self> {
        vec![
            Self::new("VertexPosition", ComponentType::Float, 2),
            Self::new("VertexTexCoord", ComponentType::Float, 2),
            Self::new("VertexColor", ComponentType::Byte, 4),
        ]
    }

    /// What a component becomes when it is stored.
    fn stored(&self, value: f32) -> f32 {
        let cut = |steps: f32| (value.clamp(0.0, 1.0) * steps).floor() / steps;
        match self.component_type {
            ComponentType::Byte => cut(255.0),
            ComponentType::Unorm16 => cut(65535.0),
            ComponentType::Float => value,
        }
    }
}

/// More vertices than a card takes in one buffer.
const MAX_VERTICES: usize = 1 << 22;

/// A mesh.
#[derive(Debug)]
pub struct Mesh {
    format: Vec<VertexAttribute>,
    stride: usize,
    values: Vec<f32>,
    count: usize,
    mode: MeshMode,
    map: Option<Vec<u32>>,
    range: Option<(usize, usize)>,
    texture: Option<Texture>,
    attachments: Vec<Attachment>,
    card_copy: CardCopy,
}

impl Mesh {
    /// A mesh of `count` vertices, all zero; colours are white in the standard format only if they are set.
    pub fn new(format: Vec<VertexAttribute>, count: usize, mode: MeshMode) -> Result<Self, String> {
        if count == 0 || count > MAX_VERTICES {
            return Err(format!("Invalid number of vertices ({count})."));
        }
        for (index, attribute) in format.iter().enumerate() {
            if format[..index]
                .iter()
                .any(|other| other.name == attribute.name)
            {
                return Err(format!(
                    "Duplicate vertex attribute name: {}",
                    attribute.name
                ));
            }
            if !(1..=4).contains(&attribute.components) {
                return Err("Vertex attributes must have between 1 and 4 components.".to_owned());
            }
            let bits = attribute.components * attribute.component_type.bits();
            if bits % 32 != 0 {
                return Err(
                    "Vertex attributes must have enough components to be a multiple of 32 bits."
                        .to_owned(),
                );
            }
        }
        let stride = format.iter().map(|attribute| attribute.components).sum();
        Ok(Self {
            values: vec![0.0; stride * count],
            format,
            stride,
            count,
            mode,
            map: None,
            range: None,
            texture: None,
            attachments: Vec::new(),
            card_copy: CardCopy::default(),
        })
    }

    /// Its vertex format.
    pub fn format(&self) -> &[VertexAttribute] {
        &self.format
    }

    /// Numbers per vertex.
    pub fn stride(&self) -> usize {
        self.stride
    }

    /// Vertices.
    pub fn count(&self) -> usize {
        self.count
    }

    /// How vertices form triangles.
    pub fn mode(&self) -> MeshMode {
        self.mode
    }

    /// Sets how vertices form triangles.
    pub fn set_mode(&mut self, mode: MeshMode) {
        self.card_copy.corners.set(None);
        self.mode = mode;
    }

    /// The texture.
    pub fn texture(&self) -> Option<&Texture> {
        self.texture.as_ref()
    }

    /// Sets the texture.
    pub fn set_texture(&mut self, texture: Option<Texture>) {
        self.texture = texture;
    }

    /// The order of vertices, from 0.
    pub fn map(&self) -> Option<&[u32]> {
        self.map.as_deref()
    }

    /// Sets the order of vertices, from 0; `None` for their own order.
    pub fn set_map(&mut self, map: Option<Vec<u32>>) -> Result<(), String> {
        for index in map.iter().flatten() {
            if *index as usize >= self.count {
                return Err(format!(
                    "Invalid vertex map value: {}",
                    i64::from(*index as i32) + 1
                ));
            }
        }
        self.map = map;
        self.card_copy.corners.set(None);
        Ok(())
    }

    /// First place (from 0) and number of places of the order that are drawn.
    pub fn range(&self) -> Option<(usize, usize)> {
        self.range
    }

    /// Limits what is drawn.
    pub fn set_range(&mut self, range: Option<(usize, usize)>) -> Result<(), String> {
        if range.is_some_and(|(_, count)| count == 0) {
            return Err("Invalid draw range.".to_owned());
        }
        self.range = range;
        self.card_copy.corners.set(None);
        Ok(())
    }

    /// Switches an attribute on or off.
    pub fn set_enabled(&mut self, name: &str, enabled: bool) -> Result<(), String> {
        let mut attached = self.attachments.iter_mut();
        if let Some(found) = attached.find(|attachment| attachment.name == name) {
            found.enabled = enabled;
            return Ok(());
        }
        let found = self
            .format
            .iter_mut()
            .find(|attribute| attribute.name == name);
        match found {
            Some(attribute) => {
                attribute.enabled = enabled;
                Ok(())
            }
            None => Err(missing_attribute(name)),
        }
    }

    /// Whether an attribute is on.
    pub fn is_enabled(&self, name: &str) -> Result<bool, String> {
        let mut attached = self.attachments.iter();
        if let Some(found) = attached.find(|attachment| attachment.name == name) {
            return Ok(found.enabled);
        }
        let found = self.format.iter().find(|attribute| attribute.name == name);
        found
            .map(|attribute| attribute.enabled)
            .ok_or_else(|| missing_attribute(name))
    }

    /// Attributes of other meshes.
    pub fn attachments(&self) -> &[Attachment] {
        &self.attachments
    }

    /// Takes an attribute from another mesh.
    pub fn attach(&mut self, attachment: Attachment) {
        self.attachments.retain(|old| old.name != attachment.name);
        self.attachments.push(attachment);
    }

    /// Gives an attribute of another mesh up; false if there is none of the name.
    pub fn detach(&mut self, name: &str) -> bool {
        let before = self.attachments.len();
        self.attachments.retain(|old| old.name != name);
        self.attachments.len() < before
    }

    /// All numbers of all vertices.
    pub(super) fn numbers(&self) -> &[f32] {
        &self.values
    }

    pub(super) fn card_copy(&self) -> &CardCopy {
        &self.card_copy
    }

    fn check_vertex(&self, vertex: usize) -> Result<(), String> {
        if vertex < self.count {
            Ok(())
        } else {
            Err(format!(
                "Invalid vertex index: {}",
                (vertex as i64).wrapping_add(1)
            ))
        }
    }

    /// Where the numbers of an attribute begin inside a vertex.
    fn attribute_offset(&self, attribute: usize) -> Result<usize, String> {
        if attribute < self.format.len() {
            let before = &self.format[..attribute];
            Ok(before.iter().map(|attribute| attribute.components).sum())
        } else {
            Err(format!(
                "Invalid vertex attribute index: {}",
                (attribute as i64).wrapping_add(1)
            ))
        }
    }

    /// All numbers of a vertex, from 0.
    pub fn vertex(&self, vertex: usize) -> Result<&[f32], String> {
        self.check_vertex(vertex)?;
        Ok(&self.values[vertex * self.stride..(vertex + 1) * self.stride])
    }

    /// Sets the numbers of a vertex, from 0; as many as are given.
    pub fn set_vertex(&mut self, vertex: usize, values: &[f32]) -> Result<(), String> {
        self.check_vertex(vertex)?;
        self.card_copy.vertices_are_current.set(false);
        let start = vertex * self.stride;
        let kinds = self
            .format
            .iter()
            .flat_map(|attribute| std::iter::repeat_n(attribute, attribute.components));
        let stored = kinds.zip(values).map(|(kind, value)| kind.stored(*value));
        for (place, value) in self.values[start..start + self.stride]
            .iter_mut()
            .zip(stored)
        {
            *place = value;
        }
        Ok(())
    }

    /// The numbers of one attribute of a vertex, both from 0.
    pub fn attribute(&self, vertex: usize, attribute: usize) -> Result<&[f32], String> {
        let offset = self.attribute_offset(attribute)?;
        let components = self.format[attribute].components;
        Ok(&self.vertex(vertex)?[offset..offset + components])
    }

    /// Sets the numbers of one attribute of a vertex, both from 0.
    pub fn set_attribute(
        &mut self,
        vertex: usize,
        attribute: usize,
        values: &[f32],
    ) -> Result<(), String> {
        self.check_vertex(vertex)?;
        let offset = self.attribute_offset(attribute)?;
        self.card_copy.vertices_are_current.set(false);
        let kind = &self.format[attribute];
        let start = vertex * self.stride + offset;
        let places = &mut self.values[start..start + kind.components];
        for (place, value) in places.iter_mut().zip(values) {
            *place = kind.stored(*value);
        }
        Ok(())
    }

    /// The offset and components of an attribute that is drawn.
    pub(super) fn drawn_attribute(&self, name: &str) -> Option<(usize, usize)> {
        let index = self
            .format
            .iter()
            .position(|attribute| attribute.name == name && attribute.enabled)?;
        let offset = self.attribute_offset(index).ok()?;
        Some((offset, self.format[index].components))
    }

    /// The vertices as frames have them.
    fn vertices(&self) -> Result<Vec<Vertex>, String> {
        let (position, size) = self
            .drawn_attribute("VertexPosition")
            .filter(|(_, components)| *components >= 2)
            .ok_or("Mesh must have an enabled VertexPosition attribute to be drawn.")?;
        debug_assert!(size >= 2);
        let coordinates = self.drawn_attribute("VertexTexCoord");
        let color = self.drawn_attribute("VertexColor");
        let vertex = |values: &[f32]| {
            let part = |(offset, components): (usize, usize), index: usize, default: f32| {
                if index < components {
                    values[offset + index]
                } else {
                    default
                }
            };
            let coordinates =
                coordinates.map_or([0.0; 2], |place| [part(place, 0, 0.0), part(place, 1, 0.0)]);
            let color = color.map_or([1.0; 4], |place| {
                std::array::from_fn(|index| part(place, index, if index == 3 { 1.0 } else { 0.0 }))
            });
            Vertex {
                position: [values[position], values[position + 1]],
                coordinates,
                // Rounded, since stored bytes are exact steps already.
                color: color.map(|component: f32| (component * 255.0 + 0.5) as u8),
            }
        };
        Ok(self.values.chunks_exact(self.stride).map(vertex).collect())
    }

    /// The order of vertices that is drawn.
    pub(super) fn order(&self) -> Vec<u32> {
        let all = match &self.map {
            Some(map) => map.clone(),
            None => (0..self.count as u32).collect(),
        };
        let Some((start, count)) = self.range else {
            return all;
        };
        let start = start.min(all.len().saturating_sub(1));
        let end = start.saturating_add(count).min(all.len());
        all[start..end].to_vec()
    }
}

fn missing_attribute(name: &str) -> String {
    format!("Mesh does not have an attached vertex attribute named '{name}'")
}

/// Triangle corners for an order of vertices.
pub(super) fn triangles(mode: MeshMode, order: &[u32]) -> Vec<u32> {
    match mode {
        MeshMode::Triangles => order[..order.len() / 3 * 3].to_vec(),
        MeshMode::Fan => order
            .windows(2)
            .skip(1)
            .flat_map(|pair| [order[0], pair[0], pair[1]])
            .collect(),
        MeshMode::Strip => order
            .windows(3)
            .enumerate()
            .flat_map(|(index, corners)| {
                let odd = index % 2;
                [corners[0], corners[1 + odd], corners[2 - odd]]
            })
            .collect(),
        MeshMode::Points => Vec::new(),
    }
}

impl Graphics {
    /// Draws a mesh as ordinary vertices.
    pub(super) fn draw_plain_mesh(
        &mut self,
        mesh: &Mesh,
        texture: &Texture,
        local: &Transform,
    ) -> Result<(), String> {
        let vertices = mesh.vertices()?;
        let order = mesh.order();
        if mesh.mode == MeshMode::Points {
            let point = |index: &u32| &vertices[*index as usize];
            let positions: Vec<[f32; 2]> =
                order.iter().map(|index| point(index).position).collect();
            let colors: Vec<[f32; 4]> = order
                .iter()
                .map(|index| point(index).color.map(|byte| f32::from(byte) / 255.0))
                .collect();
            self.push(super::state::StackKind::Transform)?;
            let transform = self.transform().then_inner(local);
            self.replace_transform(&transform);
            let result = self.points(&positions, Some(&colors));
            self.pop()?;
            return result;
        }
        // Earlier draws end before these indices begin.
        self.break_batch();
        let base = self.frame.vertices.len() as u32;
        let first = self.frame.indices.len() as u32;
        self.frame.vertices.extend_from_slice(&vertices);
        let corners = triangles(mesh.mode, &order);
        self.frame
            .indices
            .extend(corners.iter().map(|index| base + index));
        let uniforms = Uniforms {
            transform: self.transform().then_inner(local),
            color: self.state().color,
        };
        let indices = first..self.frame.indices.len() as u32;
        if !indices.is_empty() {
            let cull = self.state().mesh_cull_mode;
            self.record_culled_draw(texture, uniforms, VertexSource::Stream, indices, cull);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn modes_make_the_triangles_they_are_named_for() {
        let order = [4, 5, 6, 7];
        assert_eq!(triangles(MeshMode::Fan, &order), [4, 5, 6, 4, 6, 7]);
        assert_eq!(triangles(MeshMode::Strip, &order), [4, 5, 6, 5, 7, 6]);
        assert_eq!(triangles(MeshMode::Triangles, &order), [4, 5, 6]);
        assert!(triangles(MeshMode::Fan, &order[..1]).is_empty());
    }

    #[test]
    fn bytes_keep_256_steps_and_indices_are_checked() {
        let format = VertexAttribute::standard_format();
        let mut mesh = Mesh::new(format, 2, MeshMode::Fan).unwrap();
        mesh.set_vertex(1, &[1.5, 2.0, 0.0, 0.0, 0.5, 2.0]).unwrap();
        assert_eq!(mesh.attribute(1, 0).unwrap(), [1.5, 2.0]);
        assert_eq!(
            mesh.attribute(1, 2).unwrap(),
            [127.0 / 255.0, 1.0, 0.0, 0.0]
        );
        assert_eq!(mesh.vertex(2), Err("Invalid vertex index: 3".to_owned()));
        let map = mesh.set_map(Some(vec![0, 5]));
        assert_eq!(map, Err("Invalid vertex map value: 6".to_owned()));
    }
}
