//! Shaders in the drawing model: making them, choosing one, and what a draw records of it.
//!
//! A draw refers to an entry of the frame's shaders, which holds a copy of the values that the shader had then. A new entry
//! is made when the shader or one of its values has changed since the last one.

use super::commands::ShaderUse;
use super::machine::Graphics;
use super::shader::{CompileError, Shader, ShaderId, Sources, compile};
use super::state::Named;
use super::texture::TextureType;
use std::rc::Rc;

impl Graphics {
    /// Compiles a shader.
    pub fn new_shader(&mut self, sources: &Sources) -> Result<Shader, CompileError> {
        let compiled = Rc::new(compile(sources)?);
        let id = ShaderId(self.fresh_id());
        let made = self.backend.create_shader(id, &compiled);
        made.map_err(CompileError::Link)?;
        Ok(Shader::new(id, compiled, self.shader_garbage.clone()))
    }

    /// Draws with a shader from now on, or without.
    pub fn set_shader(&mut self, shader: Option<Shader>) {
        if self.state().shader != shader {
            self.break_batch();
            self.state_mut().shader = shader;
            self.shader_switches += 1;
        }
    }

    /// Has to be called when a value of a shader has changed.
    pub fn shader_changed(&mut self, shader: &Shader) {
        if self.state().shader.as_ref() == Some(shader) {
            self.break_batch();
        }
    }

    /// Records the shader with its values; its index.
    pub(super) fn shader_use(&mut self) -> Option<u32> {
        if self.stencil_write.is_some() && self.state().shader.is_none() {
            return None;
        }
        let shader = self.state().shader.clone()?;
        let version = (shader.id(), shader.version());
        if self.last_shader != Some(version) {
            let start = self.frame.shader_values.len() as u32;
            self.frame.shader_values.extend_from_slice(&shader.values());
            let textures = shader.textures();
            let textures = textures.iter().map(|texture| {
                texture
                    .as_ref()
                    .map(|texture| (texture.id(), texture.sampler()))
            });
            self.frame.shaders.push(ShaderUse {
                shader: shader.id(),
                values: start..self.frame.shader_values.len() as u32,
                textures: textures.collect(),
            });
            self.last_shader = Some(version);
        }
        Some(self.frame.shaders.len() as u32 - 1)
    }

    /// LÖVE's error for a texture of another shape than the shader reads.
    #[inline]
    pub(super) fn check_main_texture(&self, given: TextureType) -> Result<(), String> {
        match &self.state().shader {
            None if given == TextureType::TwoDimensional => Ok(()),
            None => Err(wrong_type(given, TextureType::TwoDimensional)),
            Some(shader) => {
                let wanted = shader.interface().main_texture();
                match wanted.map(|kind| kind.dimension.texture_type()) {
                    Some(wanted) if wanted != given => Err(wrong_type(given, wanted)),
                    _ => Ok(()),
                }
            }
        }
    }
}

fn wrong_type(given: TextureType, wanted: TextureType) -> String {
    format!(
        "Texture's type ({}) must match the type of the shader's main texture type ({}).",
        given.name(),
        wanted.name()
    )
}
