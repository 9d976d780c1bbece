//! A shader as the drawing model holds it: a shared handle with the values that `Shader:send` has set.
//!
//! Values are written straight into the bytes that the card will read. Changing one changes later draws only:
//! [`Shader::version`] tells the drawing model that earlier draws have to keep the old bytes.

use super::super::texture::Texture;
use super::CompiledShader;
use super::interface::{Interface, Uniform, UniformKind};
use super::types::Kind;
use rustc_hash::FxHashMap;
use std::cell::{Cell, Ref, RefCell};
use std::rc::Rc;

/// Names a shader of the backend. Never used twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ShaderId(pub u32);

/// Identifiers of shaders whose last handle is gone.
pub(crate) type ShaderGarbage = Rc<RefCell<Vec<ShaderId>>>;

#[derive(Debug)]
struct Inner {
    id: ShaderId,
    compiled: Rc<CompiledShader>,
    names: FxHashMap<String, usize>,
    values: RefCell<Vec<u8>>,
    textures: RefCell<Vec<Option<Texture>>>,
    version: Cell<u64>,
    garbage: ShaderGarbage,
}

impl Drop for Inner {
    fn drop(&mut self) {
        self.garbage.borrow_mut().push(self.id);
    }
}

/// A shared handle to a shader.
#[derive(Clone, Debug)]
pub struct Shader(Rc<Inner>);

impl PartialEq for Shader {
    fn eq(&self, other: &Self) -> bool {
        self.0.id == other.0.id
    }
}

impl Shader {
    pub(crate) fn new(id: ShaderId, compiled: Rc<CompiledShader>, garbage: ShaderGarbage) -> Self {
        let interface = &compiled.interface;
        let names = interface.uniforms.iter().enumerate();
        Self(Rc::new(Inner {
            id,
            names: names
                .map(|(index, uniform)| (uniform.name.clone(), index))
                .collect(),
            values: RefCell::new(interface.initial.clone()),
            textures: RefCell::new(vec![None; interface.textures.len()]),
            version: Cell::new(0),
            compiled,
            garbage,
        }))
    }

    /// The backend's name for it.
    pub fn id(&self) -> ShaderId {
        self.0.id
    }

    /// What it shares with the program.
    pub fn interface(&self) -> &Interface {
        &self.0.compiled.interface
    }

    /// Grows with every change of a value.
    pub fn version(&self) -> u64 {
        self.0.version.get()
    }

    /// The uniform of a name.
    pub fn uniform(&self, name: &str) -> Option<&Uniform> {
        let index = *self.0.names.get(name)?;
        self.interface().uniforms.get(index)
    }

    /// The bytes that the card reads.
    pub fn values(&self) -> Ref<'_, Vec<u8>> {
        self.0.values.borrow()
    }

    /// The textures in the order of their slots.
    pub fn textures(&self) -> Ref<'_, Vec<Option<Texture>>> {
        self.0.textures.borrow()
    }

    fn changed(&self) {
        self.0.version.set(self.0.version.get() + 1);
    }

    /// Sets the numbers of elements from the first on; each element has the uniform's numbers, columns first in matrices.
    pub fn send(&self, uniform: &Uniform, numbers: &[f64]) {
        let mut values = self.0.values.borrow_mut();
        let (kind, rows, columns) = match uniform.kind {
            UniformKind::Numbers(kind, components) => (kind, usize::from(components), 1),
            UniformKind::Matrix(columns, rows) => {
                (Kind::Float, usize::from(rows), usize::from(columns))
            }
            UniformKind::Texture(_) => return,
        };
        for (index, number) in numbers.iter().enumerate() {
            let (column, row) = (index / rows, index % rows);
            let (element, column) = (column / columns, column % columns);
            if element >= uniform.count as usize {
                break;
            }
            let at =
                uniform.place as usize + element * uniform.stride as usize + column * 16 + row * 4;
            let bytes = match kind {
                Kind::Float => (*number as f32).to_le_bytes(),
                Kind::Int => (*number as i64 as i32).to_le_bytes(),
                Kind::Uint => (*number as i64 as u32).to_le_bytes(),
                Kind::Bool => u32::from(*number != 0.0).to_le_bytes(),
            };
            if let Some(place) = values.get_mut(at..at + 4) {
                place.copy_from_slice(&bytes);
            }
        }
        drop(values);
        self.changed();
    }

    /// Sets textures from the first element on.
    pub fn send_textures(&self, uniform: &Uniform, sent: &[Texture]) {
        let mut textures = self.0.textures.borrow_mut();
        let slots = textures.iter_mut().skip(uniform.place as usize);
        for (slot, texture) in slots.take(uniform.count as usize).zip(sent) {
            *slot = Some(texture.clone());
        }
        drop(textures);
        self.changed();
    }
}
