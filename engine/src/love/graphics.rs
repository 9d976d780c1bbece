//! `love.graphics`: what all of its files share, and the list of its functions.
//!
//! | file | functions |
//! |---|---|
//! | `graphics_state.rs` | colours, modes, transform stack, scissor, stencil, clear, present, information |
//! | `graphics_draw.rs` | `draw`, shapes, `print`, `printf` |
//! | `graphics_textures.rs` | images, canvases, quads and their methods |
//! | `graphics_fonts.rs` | fonts, `newText` and their methods |
//! | `graphics_batches.rs` | sprite batches |
//! | `graphics_meshes.rs` | meshes |
//! | `graphics_shaders.rs` | shaders |
//!
//! The drawing model is a [`GraphicsContext`] in the machine's extensions, put there by [`install`] when there is a
//! screen; without one, functions raise LÖVE's "cannot function without a window!".
//!
//! No borrow of the model is held while Lua code runs: functions that call back are Lua text around two native halves.

use super::Module;
use super::math::TransformObject;
use super::object::{LoveObject, OBJECT, ObjectType, optional_object, push_object};
use crate::font::{Font, Hinting, Rasterizer};
use crate::graphics::shader::{Shader, ShaderId};
use crate::graphics::{
    FontHandle, GameFont, Graphics, Placement, Texture, TextureId, TextureKind, Transform,
};
use rlove_vm::builtin::{Builtin, NativeResult, Raised, Recording};
use rlove_vm::call::Call;
use rlove_vm::value::Value;
use rlove_vm::vm::Vm;
use rustc_hash::FxHashMap;
use std::cell::RefCell;
use std::rc::{Rc, Weak};

use super::arguments::optional_float;

/// The drawing model of a state.
pub struct GraphicsContext {
    /// The model.
    pub graphics: RefCell<Graphics>,
    /// Objects that Lua may hold, so that one texture stays one object.
    textures: RefCell<FxHashMap<TextureId, Weak<Texture>>>,
    /// The same for shaders.
    shaders: RefCell<FxHashMap<ShaderId, Weak<Shader>>>,
    default_font: RefCell<Option<FontHandle>>,
    /// What all particle systems draw from, as in LÖVE.
    pub particle_random: RefCell<crate::math::RandomGenerator>,
}

/// Gives the state a screen to draw to.
pub fn install(vm: &mut Vm, graphics: Graphics) -> Rc<GraphicsContext> {
    let context = Rc::new(GraphicsContext {
        graphics: RefCell::new(graphics),
        textures: RefCell::default(),
        shaders: RefCell::default(),
        default_font: RefCell::new(None),
        particle_random: RefCell::default(),
    });
    vm.extensions.insert(context.clone());
    context
}

/// The drawing model, if the state has a screen.
pub fn context_of(vm: &Vm) -> Option<Rc<GraphicsContext>> {
    vm.extensions.get::<Rc<GraphicsContext>>().cloned()
}

/// The drawing model, or LÖVE's error.
#[inline]
pub(super) fn context(call: &mut Call<'_>) -> Result<Rc<GraphicsContext>, Raised> {
    match context_of(call.vm) {
        Some(context) => Ok(context),
        None => Err(call.error("love.graphics cannot function without a window!")),
    }
}

impl GraphicsContext {
    /// The object that stands for a texture.
    pub fn texture_object(&self, texture: &Texture) -> Rc<Texture> {
        let mut textures = self.textures.borrow_mut();
        if let Some(known) = textures.get(&texture.id()).and_then(Weak::upgrade) {
            return known;
        }
        if textures.len() > 64 && textures.len().is_power_of_two() {
            textures.retain(|_, object| object.strong_count() > 0);
        }
        let object = Rc::new(texture.clone());
        textures.insert(texture.id(), Rc::downgrade(&object));
        object
    }

    /// The object that stands for a shader.
    pub fn shader_object(&self, shader: &Shader) -> Rc<Shader> {
        let mut shaders = self.shaders.borrow_mut();
        if let Some(known) = shaders.get(&shader.id()).and_then(Weak::upgrade) {
            return known;
        }
        shaders.retain(|_, object| object.strong_count() > 0);
        let object = Rc::new(shader.clone());
        shaders.insert(shader.id(), Rc::downgrade(&object));
        object
    }

    /// The font of `print`: the one that was set, or the default font, which is made when first needed.
    pub fn current_font(&self) -> Result<FontHandle, String> {
        let mut graphics = self.graphics.borrow_mut();
        if let Some(font) = &graphics.state().font {
            return Ok(font.clone());
        }
        let mut default = self.default_font.borrow_mut();
        let font = match &*default {
            Some(font) => font.clone(),
            None => {
                let scale = graphics.dpi_scale();
                let rasterizer = Rasterizer::default_font(12, Hinting::Normal, scale)
                    .map_err(|error| error.0)?;
                let filter = graphics.state().default_filter;
                let font = GameFont::new(&graphics, Font::new(rasterizer), filter);
                *default = Some(font.clone());
                font
            }
        };
        graphics.set_font(Some(font.clone()));
        Ok(font)
    }
}

pub(super) static DRAWABLE: ObjectType = ObjectType {
    name: "Drawable",
    parent: Some(&OBJECT),
    methods: &[],
};

pub(super) static TEXTURE: ObjectType = ObjectType {
    name: "Texture",
    parent: Some(&DRAWABLE),
    methods: super::graphics_textures::TEXTURE_METHODS,
};

pub(super) static IMAGE: ObjectType = ObjectType {
    name: "Image",
    parent: Some(&TEXTURE),
    methods: super::graphics_textures::IMAGE_METHODS,
};

pub(super) static CANVAS: ObjectType = ObjectType {
    name: "Canvas",
    parent: Some(&TEXTURE),
    methods: super::graphics_textures::CANVAS_METHODS,
};

impl LoveObject for Texture {
    fn object_type(&self) -> &'static ObjectType {
        match self.description().kind {
            TextureKind::Canvas => &CANVAS,
            TextureKind::Image | TextureKind::FontPage => &IMAGE,
        }
    }
}

/// The Lua value of a texture.
pub(super) fn push_texture(vm: &mut Vm, context: &GraphicsContext, texture: &Texture) -> Value {
    let object = context.texture_object(texture);
    push_object(vm, object)
}

/// Recording rule of drawing functions for now.
pub(super) const BY_EFFECTS: Recording = Recording::ByEffects;

/// Declares a list of functions without repeating what is the same for all of them.
macro_rules! functions {
    ($($name:literal $signature:literal $documentation:literal $effects:ident $body:path;)*) => {
        &[$(rlove_vm::builtin::Builtin::native(
            $name,
            $signature,
            $documentation,
            rlove_vm::builtin::Effects::$effects,
            super::graphics::BY_EFFECTS,
            $body,
        )),*]
    };
}
pub(super) use functions;

/// The transform in argument `index`, if it is one.
#[inline]
pub(super) fn transform(call: &Call<'_>, index: u32) -> Option<Transform> {
    call.argument(index).as_userdata()?;
    Some(optional_object::<TransformObject>(call, index)?.0.get())
}

/// The nine optional arguments x, y, angle, sx, sy, ox, oy, kx, ky from `index` on, or a Transform there.
#[inline]
pub(super) fn placement(call: &mut Call<'_>, index: u32) -> Result<Transform, Raised> {
    if let Some(transform) = transform(call, index) {
        return Ok(transform);
    }
    let x = optional_float(call, index, 0.0)?;
    let y = optional_float(call, index + 1, 0.0)?;
    if call.argument_count() < index + 2 {
        return Ok(Transform {
            e: x,
            f: y,
            ..Transform::IDENTITY
        });
    }
    let r = optional_float(call, index + 2, 0.0)?;
    let sx = optional_float(call, index + 3, 1.0)?;
    Ok(Transform::from(Placement {
        x,
        y,
        r,
        sx,
        sy: optional_float(call, index + 4, sx)?,
        ox: optional_float(call, index + 5, 0.0)?,
        oy: optional_float(call, index + 6, 0.0)?,
        kx: optional_float(call, index + 7, 0.0)?,
        ky: optional_float(call, index + 8, 0.0)?,
    }))
}

/// The draw range in arguments 2 (first, from 1) and 3 (count), from 0; `None` for everything.
pub(super) fn draw_range_argument(call: &mut Call<'_>) -> Result<Option<(usize, usize)>, Raised> {
    if call.argument(2).is_nil() {
        return Ok(None);
    }
    let start = i64::from(call.integer(2)?) - 1;
    let count = i64::from(call.integer(3)?);
    match (usize::try_from(start), usize::try_from(count)) {
        (Ok(start), Ok(count)) => Ok(Some((start, count))),
        _ => Err(call.error("Invalid draw range.")),
    }
}

/// Answers a draw range as Lua counts; nothing for everything.
pub(super) fn answer_draw_range(
    call: &mut Call<'_>,
    range: Option<(usize, usize)>,
) -> NativeResult {
    match range {
        None => call.none(),
        Some((start, count)) => call.many(&[start as f64 + 1.0, count as f64].map(Value::number)),
    }
}

/// The texture in argument `index`, which must be an image or a canvas.
pub(super) fn texture(call: &mut Call<'_>, index: u32) -> Result<Rc<Texture>, Raised> {
    match optional_object::<Texture>(call, index) {
        Some(texture) => Ok(texture),
        None => super::object::object::<Texture>(call, index, "Texture"),
    }
}

/// The canvas in argument `index`.
pub(super) fn canvas(call: &mut Call<'_>, index: u32) -> Result<Rc<Texture>, Raised> {
    let found = super::object::object::<Texture>(call, index, "Canvas")?;
    if found.description().kind == TextureKind::Canvas {
        Ok(found)
    } else {
        Err(super::object::object_type_error(call, index, "Canvas"))
    }
}

/// The functions of all files, in one list.
const FUNCTION_LISTS: [&[Builtin]; 9] = [
    super::graphics_state::FUNCTIONS,
    super::graphics_information::FUNCTIONS,
    super::graphics_draw::FUNCTIONS,
    super::graphics_textures::FUNCTIONS,
    super::graphics_fonts::FUNCTIONS,
    super::graphics_batches::FUNCTIONS,
    super::graphics_meshes::FUNCTIONS,
    super::graphics_particles::FUNCTIONS,
    super::graphics_shaders::FUNCTIONS,
];

const FUNCTION_COUNT: usize = {
    let mut count = 0;
    let mut list = 0;
    while list < FUNCTION_LISTS.len() {
        count += FUNCTION_LISTS[list].len();
        list += 1;
    }
    count
};

static FUNCTIONS: [Builtin; FUNCTION_COUNT] = {
    let mut joined = [FUNCTION_LISTS[0][0]; FUNCTION_COUNT];
    let (mut list, mut at) = (0, 0);
    while list < FUNCTION_LISTS.len() {
        let mut index = 0;
        while index < FUNCTION_LISTS[list].len() {
            joined[at] = FUNCTION_LISTS[list][index];
            at += 1;
            index += 1;
        }
        list += 1;
    }
    joined
};

/// `love.graphics`.
pub static MODULE: Module = Module {
    name: "graphics",
    functions: &FUNCTIONS,
    types: &[
        &DRAWABLE,
        &TEXTURE,
        &IMAGE,
        &CANVAS,
        &super::graphics_textures::QUAD,
        &super::graphics_fonts::FONT,
        &super::graphics_fonts::TEXT,
        &super::graphics_batches::SPRITE_BATCH,
        &super::graphics_meshes::MESH,
        &super::graphics_particles::PARTICLE_SYSTEM,
        &super::graphics_shaders::SHADER,
    ],
};

#[cfg(test)]
#[path = "graphics_tests.rs"]
mod tests;
