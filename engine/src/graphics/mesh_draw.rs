//! Drawing meshes with a shader: all attributes of the vertex format, attributes of other meshes, instances.
//!
//! Without a shader only position, coordinates and colour matter, and `mesh.rs` turns them into ordinary vertices. With
//! one, the mesh's numbers go to a buffer of its own on the card, once after each change:
//!
//! ```text
//! frame.meshes[n]   { attributes: VertexPosition (buffer 7, 3 numbers at 0 of 32 bytes), VertexNormal …, indices: buffer 8 }
//! Command::Draw     { source: Mesh(n), indices: 0..36 }
//! ```

use super::commands::{BufferId, MeshAttribute, MeshUse, Uniforms, VertexSource};
use super::machine::Graphics;
use super::mesh::{Mesh, MeshMode, triangles};
use super::sprite_batch::BufferHandle;
use super::texture::Texture;
use super::transform::Transform;
use std::cell::{Cell, RefCell};
use std::rc::Rc;

/// Times that a mesh is drawn again where the card cannot do it by itself.
const MAX_REPEATS: u32 = 1 << 12;

/// What a mesh keeps on the card.
#[derive(Debug, Default)]
pub(super) struct CardCopy {
    vertices: RefCell<Option<BufferHandle>>,
    indices: RefCell<Option<BufferHandle>>,
    /// The card has the newest vertices.
    pub vertices_are_current: Cell<bool>,
    /// The card has the newest order, and so many corners.
    pub corners: Cell<Option<u32>>,
}

/// An attribute that a mesh takes from another one.
#[derive(Clone, Debug)]
pub struct Attachment {
    /// Its name in this mesh.
    pub name: String,
    /// Where it comes from.
    pub mesh: Rc<RefCell<Mesh>>,
    /// Its name there.
    pub source: String,
    /// The next value is for the next instance, not the next vertex.
    pub per_instance: bool,
    /// Whether it is used.
    pub enabled: bool,
}

impl Graphics {
    /// Draws a mesh `instances` times; shaders can tell the instances apart.
    pub fn draw_mesh(
        &mut self,
        mesh: &Mesh,
        local: &Transform,
        instances: u32,
    ) -> Result<(), String> {
        let texture = mesh
            .texture()
            .cloned()
            .unwrap_or_else(|| self.white.clone());
        self.check_drawable(&texture)?;
        if self.state().shader.is_none() || mesh.mode() == MeshMode::Points {
            for _ in 0..instances.min(MAX_REPEATS) {
                self.draw_plain_mesh(mesh, &texture, local)?;
            }
            return Ok(());
        }
        if mesh.drawn_attribute("VertexPosition").is_none() && mesh.attachments().is_empty() {
            return Err(
                "Mesh must have an enabled VertexPosition attribute to be drawn.".to_owned(),
            );
        }
        self.draw_shaded_mesh(mesh, &texture, local, instances)
    }

    fn draw_shaded_mesh(
        &mut self,
        mesh: &Mesh,
        texture: &Texture,
        local: &Transform,
        instances: u32,
    ) -> Result<(), String> {
        let own = self.mesh_vertices(mesh)?;
        let (indices, corners) = self.mesh_indices(mesh)?;
        let mut attributes = mesh_attributes(mesh, own, None);
        for attachment in mesh
            .attachments()
            .iter()
            .filter(|attachment| attachment.enabled)
        {
            let Ok(other) = attachment.mesh.try_borrow() else {
                continue;
            };
            let buffer = self.mesh_vertices(&other)?;
            attributes.retain(|attribute| attribute.name != attachment.name);
            attributes.extend(mesh_attributes(&other, buffer, Some(attachment)));
        }
        if corners == 0 || instances == 0 {
            return Ok(());
        }
        let uniforms = Uniforms {
            transform: self.transform().then_inner(local),
            color: self.state().color,
        };
        self.break_batch();
        let index = self.frame.meshes.len() as u32;
        self.frame.meshes.push(MeshUse {
            attributes,
            indices,
            instances,
        });
        let cull = self.state().mesh_cull_mode;
        self.record_culled_draw(
            texture,
            uniforms,
            VertexSource::Mesh(index),
            0..corners,
            cull,
        );
        Ok(())
    }

    /// The buffer that holds a mesh's numbers.
    fn mesh_vertices(&mut self, mesh: &Mesh) -> Result<BufferId, String> {
        let copy = mesh.card_copy();
        let id = self.buffer_of(&copy.vertices);
        if !copy.vertices_are_current.get() {
            self.flush_if_mesh_buffer_used(id)?;
            self.backend
                .write_bytes(id, bytemuck::cast_slice(mesh.numbers()), false)?;
            copy.vertices_are_current.set(true);
        }
        Ok(id)
    }

    /// The buffer that holds the corners of a mesh's triangles, and how many there are.
    fn mesh_indices(&mut self, mesh: &Mesh) -> Result<(BufferId, u32), String> {
        let copy = mesh.card_copy();
        let id = self.buffer_of(&copy.indices);
        if let Some(corners) = copy.corners.get() {
            return Ok((id, corners));
        }
        let corners = triangles(mesh.mode(), &mesh.order());
        self.flush_if_mesh_buffer_used(id)?;
        if !corners.is_empty() {
            self.backend
                .write_bytes(id, bytemuck::cast_slice(&corners), true)?;
        }
        copy.corners.set(Some(corners.len() as u32));
        Ok((id, corners.len() as u32))
    }

    fn buffer_of(&mut self, place: &RefCell<Option<BufferHandle>>) -> BufferId {
        let mut place = place.borrow_mut();
        place.get_or_insert_with(|| self.new_buffer_id()).id()
    }

    fn flush_if_mesh_buffer_used(&mut self, id: BufferId) -> Result<(), String> {
        let is_used = self.frame.meshes.iter().any(|mesh| {
            mesh.indices == id
                || mesh
                    .attributes
                    .iter()
                    .any(|attribute| attribute.buffer == id)
        });
        if is_used { self.flush() } else { Ok(()) }
    }
}

/// Where the attributes of a mesh are; of one only, under another name, for an attachment.
fn mesh_attributes(
    mesh: &Mesh,
    buffer: BufferId,
    attachment: Option<&Attachment>,
) -> Vec<MeshAttribute> {
    let mut offset = 0;
    let mut found = Vec::new();
    for attribute in mesh.format() {
        let own_offset = offset;
        offset += attribute.components as u32 * 4;
        let wanted = match attachment {
            Some(attachment) => attachment.source == attribute.name,
            None => attribute.enabled,
        };
        if wanted {
            found.push(MeshAttribute {
                name: attachment
                    .map_or(&attribute.name, |attachment| &attachment.name)
                    .clone(),
                buffer,
                components: attribute.components as u8,
                offset: own_offset,
                stride: mesh.stride() as u32 * 4,
                per_instance: attachment.is_some_and(|attachment| attachment.per_instance),
            });
        }
    }
    found
}
