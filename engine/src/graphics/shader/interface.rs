//! Linking: what the two stages share with each other and with the program that uses them.
//!
//! ```text
//! group 0  the engine's values (screen size, projection, transform, colour)
//! group 1  MainTex and its sampler
//! group 2  binding 0: the shader's own uniforms, then texture and sampler of each of its textures
//! ```
//!
//! Uniforms of both stages lie in one buffer. Every uniform and every array element begins at a multiple of 16 bytes, and
//! every column of a matrix too, which is within the rules of all graphics interfaces; booleans are stored as integers,
//! and matrices of two rows as columns of four.

use super::tree::*;
use super::types::{Kind, SamplerKind, Type};
use super::usage::Usage;
use std::rc::Rc;

/// What a uniform holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum UniformKind {
    /// Numbers or booleans, this many at a time.
    Numbers(Kind, u8),
    /// Columns and rows of floats.
    Matrix(u8, u8),
    /// A texture.
    Texture(SamplerKind),
}

/// A uniform as `Shader:send` sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Uniform {
    /// Its name, with indices and fields of structures.
    pub name: String,
    /// What it holds.
    pub kind: UniformKind,
    /// Elements, 1 if it is no array.
    pub count: u32,
    /// First byte in the buffer, or first texture.
    pub place: u32,
    /// Bytes from one element to the next.
    pub stride: u32,
}

/// A texture that a shader reads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TextureSlot {
    /// Its shape.
    pub kind: SamplerKind,
    /// Whether it is what is being drawn.
    pub is_main: bool,
}

/// A value that goes from the vertex to the pixel stage.
#[derive(Clone, Debug)]
pub(super) struct Varying {
    pub name: Rc<str>,
    pub ty: Type,
    pub location: u32,
    pub flat: bool,
}

/// A vertex attribute.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attribute {
    /// Its name.
    pub name: String,
    /// Where the vertex stage expects it.
    pub location: u32,
    /// Its type.
    pub ty: Type,
}

impl Attribute {
    /// Its components.
    pub fn components(&self) -> u8 {
        self.ty.components().unwrap_or(4)
    }
}

/// All of it.
#[derive(Clone, Debug, Default)]
pub struct Interface {
    /// For `Shader:send`.
    pub uniforms: Vec<Uniform>,
    /// Bytes of the uniform buffer; 0 if there is none.
    pub uniform_size: u32,
    /// Initial contents of the buffer.
    pub initial: Vec<u8>,
    /// Textures in the order of their bindings.
    pub textures: Vec<TextureSlot>,
    /// Attributes of vertices.
    pub attributes: Vec<Attribute>,
    /// Members of the uniform buffer: name, type, offset.
    pub(super) members: Vec<(Rc<str>, Type, u32)>,
    /// Textures: name, type, first slot.
    pub(super) samplers: Vec<(Rc<str>, Type, u32)>,
    pub(super) varyings: Vec<Varying>,
}

/// Bytes that a type takes in the buffer, a multiple of 16.
pub(super) fn storage_size(ty: &Type) -> u32 {
    match ty {
        Type::Matrix { columns, .. } => 16 * u32::from(*columns),
        Type::Array(element, size) => storage_size(element).saturating_mul(*size),
        Type::Struct(structure) => structure
            .fields
            .iter()
            .map(|(_, ty)| storage_size(ty))
            .sum(),
        _ => 16,
    }
}

/// Largest uniform buffer that every machine has.
const MAX_UNIFORM_SIZE: u32 = 1 << 14;
/// Textures beside the main one that every machine has.
const MAX_TEXTURES: usize = 15;
/// Vectors from stage to stage that every machine has.
const MAX_LOCATIONS: u32 = 15;
/// Vertex attributes that every machine has.
const MAX_ATTRIBUTES: u32 = 16;

impl Interface {
    /// Links two stages. The error is a sentence for the user.
    pub fn link(vertex: (&Program, &Usage), pixel: (&Program, &Usage)) -> Result<Self, String> {
        let mut interface = Self::default();
        for (program, usage) in [vertex, pixel] {
            for id in &program.globals {
                let variable = program.variable(*id);
                let is_main = &*variable.name == "MainTex";
                if variable.storage == Storage::Uniform && (usage.variables.contains(id) || is_main)
                {
                    interface.add_uniform(variable)?;
                }
            }
        }
        interface.uniform_size = interface.initial.len() as u32;
        interface.link_varyings(vertex, pixel)?;
        interface.collect_attributes(vertex)?;
        Ok(interface)
    }

    fn add_uniform(&mut self, variable: &Variable) -> Result<(), String> {
        let name = variable.name.clone();
        let known = self
            .members
            .iter()
            .chain(&self.samplers)
            .find(|known| known.0 == name);
        if let Some((_, ty, _)) = known {
            return if *ty == variable.ty {
                Ok(())
            } else {
                Err(format!(
                    "ERROR: Types must match:\n    {name}: \"{}\" versus \"{}\"\n",
                    ty.describe(),
                    variable.ty.describe()
                ))
            };
        }
        if variable.ty.has_sampler() {
            return self.add_texture(variable);
        }
        let offset = self.initial.len() as u32;
        let size = storage_size(&variable.ty);
        if size > MAX_UNIFORM_SIZE || offset + size > MAX_UNIFORM_SIZE {
            return Err(
                "ERROR: the shader has more uniforms than this system has room for.".to_owned(),
            );
        }
        self.initial.resize((offset + size) as usize, 0);
        let first = self.uniforms.len();
        self.flatten(name.to_string(), &variable.ty, offset);
        if let Some(initializer) = &variable.initializer
            && let (Some(numbers), Some(uniform)) =
                (numbers(initializer), self.uniforms.get(first).cloned())
        {
            write_numbers(&mut self.initial, &uniform, &numbers);
        }
        self.members.push((name, variable.ty.clone(), offset));
        Ok(())
    }

    fn add_texture(&mut self, variable: &Variable) -> Result<(), String> {
        let (kind, count) = match &variable.ty {
            Type::Sampler(kind) => (*kind, 1),
            Type::Array(element, count) => match &**element {
                Type::Sampler(kind) => (*kind, *count),
                _ => return Err("ERROR: textures in structures are not supported.".to_owned()),
            },
            _ => return Err("ERROR: textures in structures are not supported.".to_owned()),
        };
        let is_main = &*variable.name == "MainTex" && count == 1;
        let first = self.textures.len() as u32;
        if first as usize + count as usize > MAX_TEXTURES + 1 {
            return Err(
                "ERROR: the shader has more textures than this system can use at once.".to_owned(),
            );
        }
        for _ in 0..count {
            self.textures.push(TextureSlot { kind, is_main });
        }
        self.uniforms.push(Uniform {
            name: variable.name.to_string(),
            kind: UniformKind::Texture(kind),
            count,
            place: first,
            stride: 1,
        });
        self.samplers
            .push((variable.name.clone(), variable.ty.clone(), first));
        Ok(())
    }

    /// The uniforms that a variable is for `Shader:send`.
    fn flatten(&mut self, name: String, ty: &Type, offset: u32) {
        let (element, count) = match ty {
            Type::Array(element, size) => (&**element, *size),
            other => (other, 1),
        };
        let kind = match element {
            Type::Matrix { columns, rows } => UniformKind::Matrix(*columns, *rows),
            Type::Scalar(_) | Type::Vector(..) => UniformKind::Numbers(
                element.kind().unwrap_or(Kind::Float),
                element.components().unwrap_or(1),
            ),
            Type::Struct(_) | Type::Array(..) => {
                let stride = storage_size(element);
                for index in 0..count {
                    let name = if matches!(ty, Type::Array(..)) {
                        format!("{name}[{index}]")
                    } else {
                        name.clone()
                    };
                    let offset = offset + index * stride;
                    match element {
                        Type::Struct(structure) => {
                            let mut at = offset;
                            for (field, ty) in &structure.fields {
                                self.flatten(format!("{name}.{field}"), ty, at);
                                at += storage_size(ty);
                            }
                        }
                        other => self.flatten(name, other, offset),
                    }
                }
                return;
            }
            Type::Void | Type::Sampler(_) => return,
        };
        self.uniforms.push(Uniform {
            name,
            kind,
            count,
            place: offset,
            stride: storage_size(element),
        });
    }

    fn link_varyings(
        &mut self,
        vertex: (&Program, &Usage),
        pixel: (&Program, &Usage),
    ) -> Result<(), String> {
        let mut location = 0;
        for id in &pixel.0.globals {
            let variable = pixel.0.variable(*id);
            let Storage::Varying { flat } = variable.storage else {
                continue;
            };
            let is_standard = matches!(&*variable.name, "VaryingTexCoord" | "VaryingColor");
            let needed = pixel.1.variables.contains(id) || (is_standard && !pixel.0.is_custom);
            if !needed {
                continue;
            }
            let source = vertex
                .0
                .global(&variable.name)
                .map(|id| vertex.0.variable(id));
            let source = source.filter(|source| matches!(source.storage, Storage::Varying { .. }));
            let Some(source) = source else {
                return Err(format!(
                    "Cannot link shader program object:\nerror: fragment shader varying {} not written by vertex shader\n.",
                    variable.name
                ));
            };
            if source.ty != variable.ty {
                return Err(format!(
                    "Cannot link shader program object:\nerror: vertex shader output `{}' declared as type `{}', but fragment shader input declared as type `{}'\n",
                    variable.name,
                    source.ty.describe(),
                    variable.ty.describe()
                ));
            }
            let whole = matches!(
                variable.ty.kind(),
                Some(Kind::Int | Kind::Uint | Kind::Bool)
            );
            self.varyings.push(Varying {
                name: variable.name.clone(),
                ty: variable.ty.clone(),
                location,
                flat: flat || whole,
            });
            location += locations(&variable.ty);
            if location > MAX_LOCATIONS {
                return Err(
                    "ERROR: the shader has more varyings than this system can use at once."
                        .to_owned(),
                );
            }
        }
        Ok(())
    }

    fn collect_attributes(&mut self, (program, usage): (&Program, &Usage)) -> Result<(), String> {
        let mut location = 3;
        for id in &program.globals {
            let variable = program.variable(*id);
            if variable.storage != Storage::Attribute {
                continue;
            }
            let own = match &*variable.name {
                "VertexPosition" => 0,
                "VertexTexCoord" => 1,
                "VertexColor" => 2,
                _ if usage.variables.contains(id) => {
                    if variable.ty.components().is_none() {
                        return Err(format!(
                            "ERROR: vertex attribute '{}' is no number or vector, which is not supported by rlove.",
                            variable.name
                        ));
                    }
                    location += 1;
                    location - 1
                }
                _ => continue,
            };
            self.attributes.push(Attribute {
                name: variable.name.to_string(),
                location: own,
                ty: variable.ty.clone(),
            });
            if location > MAX_ATTRIBUTES {
                return Err("ERROR: the shader has more vertex attributes than this system can use at once.".to_owned());
            }
        }
        Ok(())
    }

    /// The shape of the main texture, if the shader reads it.
    pub fn main_texture(&self) -> Option<SamplerKind> {
        self.textures
            .iter()
            .find(|slot| slot.is_main)
            .map(|slot| slot.kind)
    }
}

/// Vectors that a varying takes.
pub(super) fn locations(ty: &Type) -> u32 {
    match ty {
        Type::Matrix { columns, .. } => u32::from(*columns),
        Type::Array(element, size) => locations(element).saturating_mul(*size),
        Type::Struct(structure) => structure.fields.iter().map(|(_, ty)| locations(ty)).sum(),
        _ => 1,
    }
}

/// The numbers of a constant initial value.
fn numbers(expression: &Expression) -> Option<Vec<Literal>> {
    match &expression.kind {
        ExpressionKind::Literal(literal) => Some(vec![*literal]),
        ExpressionKind::Construct(parts) => {
            let mut all = Vec::new();
            for part in parts {
                all.extend(numbers(part)?);
            }
            match (&expression.ty, all.as_slice()) {
                (Type::Vector(_, size), [one]) => Some(vec![*one; usize::from(*size)]),
                _ => Some(all),
            }
        }
        ExpressionKind::Convert(inner) => numbers(inner),
        _ => None,
    }
}

/// Puts numbers into the buffer, as many as there are.
fn write_numbers(buffer: &mut [u8], uniform: &Uniform, numbers: &[Literal]) {
    let UniformKind::Numbers(kind, components) = uniform.kind else {
        return;
    };
    for (index, number) in numbers.iter().enumerate() {
        let (element, component) = (
            index / usize::from(components),
            index % usize::from(components),
        );
        if element >= uniform.count as usize {
            return;
        }
        let at = uniform.place as usize + element * uniform.stride as usize + component * 4;
        let bytes = match number.convert(kind) {
            Literal::Bool(value) => u32::from(value).to_le_bytes(),
            Literal::Int(value) => value.to_le_bytes(),
            Literal::Uint(value) => value.to_le_bytes(),
            Literal::Float(value) => value.to_le_bytes(),
        };
        buffer[at..at + 4].copy_from_slice(&bytes);
    }
}
