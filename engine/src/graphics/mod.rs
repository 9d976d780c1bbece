//! Two-dimensional drawing with LÖVE 11's meaning, as a model in Rust without Lua.
//!
//! ```text
//! Graphics (machine.rs, draw.rs)        state machine, shapes → vertices
//!    │ shapes.rs polyline.rs sprite_batch.rs font.rs
//!    ▼
//! Frame (commands.rs)                   vertices, indices, states, commands: plain data
//!    ▼
//! Backend (backend.rs)                  wgpu_backend/ draws · text_backend.rs prints · NullBackend
//! ```
//!
//! Everything is drawn into a screen texture of our own; the window shows a copy of it. So a window, a headless run and
//! a screenshot take the same path.
//!
//! Coordinates: units from the top left corner, y downwards; pixel centres at half pixels. Colours are straight
//! (not premultiplied) between 0 and 1. Not here: video.

pub mod backend;
pub mod commands;
mod draw;
pub mod font;
mod machine;
mod mesh;
mod mesh_draw;
mod particle_system;
mod polyline;
mod quad;
pub mod shader;
mod shaders;
mod shapes;
mod sprite_batch;
mod state;
mod targets;
pub mod text_backend;
mod text_object;
mod texture;
mod transform;
pub mod wgpu_backend;

pub use backend::{Backend, Features, Limits, NullBackend, PixelRegion, RendererInfo};
pub use font::{FontHandle, GameFont};
pub use machine::{Graphics, Stats};
pub use mesh::{ComponentType, Mesh, MeshMode, VertexAttribute};
pub use mesh_draw::Attachment;
pub use particle_system::{
    AreaDistribution, InsertMode, MAX_PARTICLES, MAX_STAGES, ParticleSettings, ParticleSystem,
};
pub use quad::Quad;
pub use sprite_batch::SpriteBatch;
pub use state::*;
pub use text_object::TextObject;
pub use texture::{
    Filter, FilterMode, PixelFormat, Sampler, Texture, TextureDescription, TextureId, TextureKind,
    TextureType, Wrap, WrapMode,
};
pub use transform::{Placement, Transform};
