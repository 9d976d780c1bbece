//! LÖVE's shading language: from a program's text to modules of naga's intermediate representation.
//!
//! ```text
//! source.rs        which text is which stage, which version of the language
//! lexer.rs → preprocessor.rs → parser.rs, parse_*.rs      text → typed tree (tree.rs, types.rs, builtins.rs, operators.rs)
//! usage.rs → interface.rs                                 what is used; uniforms, textures, varyings, attributes
//! lower.rs, lower_*.rs, entry.rs                          typed tree → naga
//! uniforms.rs                                             the values that `Shader:send` sets
//! ```
//!
//! ```
//! use rlove::graphics::shader::{Sources, compile};
//! let text = "extern vec4 tint; vec4 effect(vec4 c, Image t, vec2 uv, vec2 xy) { return Texel(t, uv) * tint; }";
//! let shader = compile(&Sources::identify(Some(text), None).unwrap()).unwrap();
//! assert_eq!(shader.interface.uniforms[1].name, "tint");
//! ```
//!
//! Invariants: whatever the text, the answer is a shader or an error, never a panic: our own recursion is limited, and
//! panics of naga's validator are caught. Every module handed out has been validated.
//!
//! Not here: compute shaders, uniform blocks, textures in structures.

mod builtins;
mod entry;
mod error;
mod interface;
mod lexer;
mod lower;
mod lower_builtins;
mod lower_expressions;
mod operators;
mod parse_expressions;
mod parse_statements;
mod parser;
mod preprocessor;
mod source;
#[cfg(test)]
mod tests;
mod tree;
mod types;
mod uniforms;
mod usage;

pub use error::{ShaderError, Stage};
pub use interface::{Attribute, Interface, TextureSlot, Uniform, UniformKind};
pub use parser::Language;
pub use source::Sources;
pub use types::{Kind, SamplerDimension, SamplerKind};
pub(crate) use uniforms::ShaderGarbage;
pub use uniforms::{Shader, ShaderId};

use parser::Parser;
use preprocessor::Preprocessor;
use std::panic::{AssertUnwindSafe, catch_unwind};
use tree::{FunctionId, Program, Storage};
use types::Type;
use usage::Usage;

const PRELUDE: &str = include_str!("prelude.glsl");
const PLAIN_VERTEX: &str = "vec4 position(mat4 m, vec4 p) { return m * p; }";
const PLAIN_PIXEL: &str =
    "vec4 effect(vec4 c, Image t, vec2 uv, vec2 xy) { return Texel(t, uv) * c; }";

/// Why there is no shader.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CompileError {
    /// One stage is wrong.
    Stage(Stage, ShaderError),
    /// The stages do not fit together, or the card cannot do what they ask for.
    Link(String),
}

impl CompileError {
    /// As `love.graphics.newShader` raises it.
    pub fn for_new_shader(&self) -> String {
        match self {
            Self::Stage(stage, error) => error.for_new_shader(*stage),
            Self::Link(text) => linked(text),
        }
    }

    /// As `love.graphics.validateShader` answers it.
    pub fn for_validation(&self) -> String {
        match self {
            Self::Stage(stage, error) => error.for_validation(*stage),
            Self::Link(text) => linked(text),
        }
    }
}

fn linked(text: &str) -> String {
    if text.starts_with("Cannot link") {
        text.to_owned()
    } else {
        format!("Cannot compile shader:\n\n{text}\n")
    }
}

/// One stage, checked.
#[derive(Debug)]
struct CheckedStage {
    program: Program,
    usage: Usage,
    entry: FunctionId,
}

/// A shader that has been checked and linked.
#[derive(Debug)]
pub struct CompiledShader {
    /// What it shares with the program.
    pub interface: Interface,
    /// The vertex stage.
    pub vertex: naga::Module,
    pixel: CheckedStage,
}

impl CompiledShader {
    /// The pixel stage for so many canvases.
    pub fn pixel_module(&self, outputs: u32) -> Result<naga::Module, String> {
        module(&self.pixel, &self.interface, outputs)
    }
}

/// Compiles the stages that are given; the others are plain ones.
pub fn compile(sources: &Sources) -> Result<CompiledShader, CompileError> {
    let vertex_text = sources.vertex.as_deref().unwrap_or(PLAIN_VERTEX);
    let pixel_text = sources.pixel.as_deref().unwrap_or(PLAIN_PIXEL);
    // The order in which LÖVE compiles.
    let vertex = check(Stage::Vertex, vertex_text, sources, false)?;
    let pixel = check(Stage::Pixel, pixel_text, sources, sources.is_custom_pixel)?;
    let interface = Interface::link(
        (&vertex.program, &vertex.usage),
        (&pixel.program, &pixel.usage),
    )
    .map_err(CompileError::Link)?;
    let vertex = module(&vertex, &interface, 1).map_err(CompileError::Link)?;
    // Checked now, so that drawing finds no errors.
    module(&pixel, &interface, 1).map_err(CompileError::Link)?;
    Ok(CompiledShader {
        interface,
        vertex,
        pixel,
    })
}

fn check(
    stage: Stage,
    text: &str,
    sources: &Sources,
    is_custom: bool,
) -> Result<CheckedStage, CompileError> {
    let in_stage = |error| CompileError::Stage(stage, error);
    let program = parse(stage, text, sources, is_custom).map_err(in_stage)?;
    let entry = entry_point(&program).map_err(CompileError::Link)?;
    let usage = Usage::of(&program, entry).map_err(CompileError::Link)?;
    Ok(CheckedStage {
        program,
        usage,
        entry,
    })
}

fn parse(
    stage: Stage,
    text: &str,
    sources: &Sources,
    is_custom: bool,
) -> Result<Program, ShaderError> {
    let mut preprocessor = Preprocessor::default();
    let stage_name = if stage == Stage::Vertex {
        "VERTEX"
    } else {
        "PIXEL"
    };
    preprocessor.define(stage_name, stage_name);
    let version = if sources.language == Language::Glsl1 {
        "120"
    } else {
        "330"
    };
    preprocessor.define("__VERSION__", version);
    let mut aliases = vec![
        ("love_VertexID", "gl_VertexID"),
        ("love_InstanceID", "gl_InstanceID"),
    ];
    aliases.extend([
        ("love_Position", "gl_Position"),
        ("ViewSpaceFromLocal", "TransformMatrix"),
        ("ClipSpaceFromView", "ProjectionMatrix"),
        ("ClipSpaceFromLocal", "TransformProjectionMatrix"),
        ("ViewNormalFromLocal", "NormalMatrix"),
        ("love_Canvases", "gl_FragData"),
    ]);
    if sources.is_multi_canvas {
        preprocessor.define("LOVE_MULTI_CANVAS", "1");
        aliases.push(("love_PixelColor", "gl_FragData[0]"));
    } else {
        aliases.push(("love_PixelColor", "gl_FragColor"));
    }
    for (name, meaning) in aliases {
        preprocessor.define(name, meaning);
    }
    let mut parser = Parser::new(stage, sources.language);
    parser.predeclare_all(is_custom);
    parser.tokens = preprocessor.run(PRELUDE, 1)?;
    parser.translation_unit()?;
    parser.prelude_functions = parser.program.functions.len();
    parser.at = 0;
    parser.last_line = 1 + text.bytes().filter(|byte| *byte == b'\n').count() as u32;
    parser.tokens = preprocessor.run(text, 1)?;
    parser.translation_unit()?;
    Ok(parser.program)
}

/// The function that the engine calls.
fn entry_point(program: &Program) -> Result<FunctionId, String> {
    let vec = |size| Type::Vector(Kind::Float, size);
    let matrix = Type::Matrix {
        columns: 4,
        rows: 4,
    };
    let flat = SamplerKind {
        dimension: SamplerDimension::Flat,
        shadow: false,
    };
    let (name, stage, parameters, mangled) = match (program.stage, program.is_custom) {
        (Stage::Vertex, _) => (
            "position",
            "vertex",
            vec![matrix, vec(4)],
            "position(mf44;vf4;",
        ),
        (Stage::Pixel, true) => ("effect", "fragment", vec![], "effect("),
        (Stage::Pixel, false) => {
            let parameters = vec![vec(4), Type::Sampler(flat), vec(2), vec(2)];
            ("effect", "fragment", parameters, "effect(vf4;s21;vf2;vf2;")
        }
    };
    let result = if program.is_custom {
        Type::Void
    } else {
        vec(4)
    };
    let fits = |function: &tree::Function| {
        &*function.name == name
            && function.body.is_some()
            && function.result == result
            && function.parameters.len() == parameters.len()
            && function
                .parameters
                .iter()
                .zip(&parameters)
                .all(|(id, wanted)| {
                    let parameter = program.variable(*id);
                    parameter.ty == *wanted
                        && parameter.storage == Storage::Parameter(tree::Direction::In)
                })
    };
    match program.functions.iter().position(fits) {
        Some(index) => Ok(FunctionId(index as u32)),
        None => Err(format!(
            "ERROR: Linking {stage} stage: No function definition (body) found: \n    {mangled}\n"
        )),
    }
}

/// Lowers and validates a stage, whatever naga thinks of it.
fn module(
    stage: &CheckedStage,
    interface: &Interface,
    outputs: u32,
) -> Result<naga::Module, String> {
    let build = || {
        let module = entry::lower_stage(
            &stage.program,
            &stage.usage,
            interface,
            stage.entry,
            outputs,
        )?;
        let flags = naga::valid::ValidationFlags::all();
        let mut validator = naga::valid::Validator::new(flags, naga::valid::Capabilities::empty());
        match validator.validate(&module) {
            Ok(_) => Ok(module),
            Err(error) => Err(describe(&error)),
        }
    };
    // naga is not ours: a panic there is the shader's fault as far as the program is concerned.
    let stage_name = stage.program.stage.name();
    match catch_unwind(AssertUnwindSafe(build)) {
        Ok(Ok(module)) => Ok(module),
        Ok(Err(text)) => Err(format!("ERROR: {stage_name} shader: {text}")),
        Err(_) => Err(format!(
            "ERROR: {stage_name} shader: rlove cannot translate it."
        )),
    }
}

/// An error with its causes.
fn describe(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text += &format!(": {cause}");
        source = cause.source();
    }
    text
}
