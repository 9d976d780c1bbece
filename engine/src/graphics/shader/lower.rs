//! Typed tree → naga IR: types, globals, functions and statements.
//!
//! ```text
//! Lowerer   one naga module for one stage; functions are added when they are first called, callees first
//! Body      the function being built: its naga function, open blocks, local variables
//! ```
//!
//! - Expressions are emitted one by one into the innermost open block (`lower_expressions.rs`, `lower_builtins.rs`).
//! - Textures are never passed as values: a function with texture parameters is lowered once for each combination of
//!   textures that it is called with.
//! - Parameters are copied into variables, since the language lets functions change them. `out` parameters are pointers to
//!   a variable of the caller that is copied back.
//! - Uniforms are read in place, so that a large array costs nothing.

use super::error::Stage;
use super::interface::{Interface, storage_size};
use super::tree::*;
use super::types::{Kind, SamplerDimension, SamplerKind, Type};
use super::usage::Usage;
use naga::{Handle, Span};
use rustc_hash::FxHashMap;
use std::num::NonZeroU32;

pub(super) type Lowered<T> = Result<T, String>;
pub(super) type Pointer = Handle<naga::Expression>;

/// Consecutive textures: one, or those of an array.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct TextureRange {
    pub first: u32,
    pub count: u32,
}

/// Where a local variable is.
#[derive(Clone, Copy, Debug)]
pub(super) enum LocalPlace {
    Variable(Handle<naga::LocalVariable>),
    /// A pointer that was passed in.
    Argument(u32),
}

/// The function being built.
#[derive(Default)]
pub(super) struct Body {
    pub function: naga::Function,
    pub blocks: Vec<naga::Block>,
    pub locals: FxHashMap<VariableId, LocalPlace>,
    pub textures: FxHashMap<VariableId, TextureRange>,
    pub result: Option<Type>,
}

impl Body {
    pub fn new() -> Self {
        Self {
            blocks: vec![naga::Block::new()],
            ..Self::default()
        }
    }

    pub fn push(&mut self, statement: naga::Statement) {
        if let Some(block) = self.blocks.last_mut() {
            block.push(statement, Span::UNDEFINED);
        }
    }

    /// Adds an expression, and has it evaluated here if it is one that is evaluated at a place.
    pub fn emit(&mut self, expression: naga::Expression) -> Pointer {
        use naga::Expression as E;
        let is_given = matches!(
            expression,
            E::Literal(_)
                | E::Constant(_)
                | E::ZeroValue(_)
                | E::GlobalVariable(_)
                | E::LocalVariable(_)
                | E::FunctionArgument(_)
                | E::CallResult(_)
        );
        let handle = self
            .function
            .expressions
            .append(expression, Span::UNDEFINED);
        if !is_given {
            self.push(naga::Statement::Emit(naga::Range::new_from_bounds(
                handle, handle,
            )));
        }
        handle
    }

    pub fn load(&mut self, pointer: Pointer) -> Pointer {
        self.emit(naga::Expression::Load { pointer })
    }

    pub fn store(&mut self, pointer: Pointer, value: Pointer) {
        self.push(naga::Statement::Store { pointer, value });
    }

    pub fn part(&mut self, base: Pointer, index: u32) -> Pointer {
        self.emit(naga::Expression::AccessIndex { base, index })
    }

    pub fn float(&mut self, value: f32) -> Pointer {
        self.emit(naga::Expression::Literal(naga::Literal::F32(value)))
    }

    /// A new variable of this function.
    pub fn variable(&mut self, ty: Handle<naga::Type>) -> Handle<naga::LocalVariable> {
        let variable = naga::LocalVariable {
            name: None,
            ty,
            init: None,
        };
        self.function
            .local_variables
            .append(variable, Span::UNDEFINED)
    }

    /// Runs `build` with a new innermost block, which is returned.
    pub fn block(&mut self, build: impl FnOnce(&mut Self) -> Lowered<()>) -> Lowered<naga::Block> {
        self.blocks.push(naga::Block::new());
        let result = build(self);
        let block = self.blocks.pop().unwrap_or_default();
        result.map(|()| block)
    }

    /// The finished function.
    pub fn finish(mut self) -> naga::Function {
        self.function.body = self.blocks.pop().unwrap_or_default();
        self.function
    }
}

/// Builds the module of a stage.
pub(super) struct Lowerer<'a> {
    pub program: &'a Program,
    pub usage: &'a Usage,
    pub interface: &'a Interface,
    pub module: naga::Module,
    layouter: naga::proc::Layouter,
    types: FxHashMap<Type, Handle<naga::Type>>,
    pub globals: FxHashMap<VariableId, Handle<naga::GlobalVariable>>,
    pub engine: Option<Handle<naga::GlobalVariable>>,
    uniforms: Option<Handle<naga::GlobalVariable>>,
    pub textures: Vec<Option<(Handle<naga::GlobalVariable>, Handle<naga::GlobalVariable>)>>,
    functions: FxHashMap<(FunctionId, Vec<TextureRange>), Handle<naga::Function>>,
}

/// A naga number of a kind.
pub(super) fn scalar(kind: Kind) -> naga::Scalar {
    match kind {
        Kind::Bool => naga::Scalar::BOOL,
        Kind::Int => naga::Scalar::I32,
        Kind::Uint => naga::Scalar::U32,
        Kind::Float => naga::Scalar::F32,
    }
}

pub(super) fn vector_size(size: u8) -> naga::VectorSize {
    match size {
        2 => naga::VectorSize::Bi,
        3 => naga::VectorSize::Tri,
        _ => naga::VectorSize::Quad,
    }
}

impl<'a> Lowerer<'a> {
    pub fn new(program: &'a Program, usage: &'a Usage, interface: &'a Interface) -> Self {
        Self {
            program,
            usage,
            interface,
            module: naga::Module::default(),
            layouter: naga::proc::Layouter::default(),
            types: FxHashMap::default(),
            globals: FxHashMap::default(),
            engine: None,
            uniforms: None,
            textures: vec![None; interface.textures.len()],
            functions: FxHashMap::default(),
        }
    }

    // ---- types ------------------------------------------------------------------------------------------------

    pub fn insert_type(&mut self, inner: naga::TypeInner) -> Lowered<Handle<naga::Type>> {
        let handle = self
            .module
            .types
            .insert(naga::Type { name: None, inner }, Span::UNDEFINED);
        let updated = self.layouter.update(self.module.to_ctx());
        updated.map_err(|error| format!("this shader's types are too large: {error}"))?;
        Ok(handle)
    }

    /// The type as variables have it.
    pub fn ty(&mut self, ty: &Type) -> Lowered<Handle<naga::Type>> {
        if let Some(known) = self.types.get(ty) {
            return Ok(*known);
        }
        let inner = match ty {
            Type::Scalar(kind) => naga::TypeInner::Scalar(scalar(*kind)),
            Type::Vector(kind, size) => naga::TypeInner::Vector {
                size: vector_size(*size),
                scalar: scalar(*kind),
            },
            Type::Matrix { columns, rows } => naga::TypeInner::Matrix {
                columns: vector_size(*columns),
                rows: vector_size(*rows),
                scalar: naga::Scalar::F32,
            },
            Type::Array(element, size) => {
                let base = self.ty(element)?;
                let stride = self.layouter[base].to_stride();
                self.array(base, *size, stride)?
            }
            Type::Struct(structure) => {
                let mut members = Vec::new();
                let (mut end, mut alignment) = (0, naga::proc::Alignment::ONE);
                for (name, ty) in &structure.fields {
                    let ty = self.ty(ty)?;
                    let layout = self.layouter[ty];
                    let offset = layout.alignment.round_up(end);
                    end = offset + layout.size;
                    alignment = alignment.max(layout.alignment);
                    members.push(naga::StructMember {
                        name: Some(name.to_string()),
                        ty,
                        binding: None,
                        offset,
                    });
                }
                naga::TypeInner::Struct {
                    members,
                    span: alignment.round_up(end),
                }
            }
            Type::Void | Type::Sampler(_) => {
                return Err("a value of this type cannot be used here".to_owned());
            }
        };
        let handle = self.insert_type(inner)?;
        self.types.insert(ty.clone(), handle);
        Ok(handle)
    }

    fn array(&self, base: Handle<naga::Type>, size: u32, stride: u32) -> Lowered<naga::TypeInner> {
        let Some(size) = NonZeroU32::new(size) else {
            return Err("an array has no size".to_owned());
        };
        Ok(naga::TypeInner::Array {
            base,
            size: naga::ArraySize::Constant(size),
            stride,
        })
    }

    /// The type as the uniform buffer has it.
    fn storage_type(&mut self, ty: &Type, in_array: bool) -> Lowered<Handle<naga::Type>> {
        let stored = |kind: Kind| if kind == Kind::Bool { Kind::Uint } else { kind };
        match ty {
            Type::Scalar(kind) | Type::Vector(kind, 2) if in_array => {
                self.ty(&Type::Vector(stored(*kind), 4))
            }
            Type::Scalar(kind) => self.ty(&Type::Scalar(stored(*kind))),
            Type::Vector(kind, size) => self.ty(&Type::Vector(stored(*kind), *size)),
            Type::Matrix { columns, rows: 2 } => {
                let base = self.ty(&Type::Vector(Kind::Float, 4))?;
                let inner = self.array(base, u32::from(*columns), 16)?;
                self.insert_type(inner)
            }
            Type::Array(element, size) => {
                let base = self.storage_type(element, true)?;
                let inner = self.array(base, *size, storage_size(element))?;
                self.insert_type(inner)
            }
            Type::Struct(structure) => {
                let mut members = Vec::new();
                let mut offset = 0;
                for (name, field) in &structure.fields {
                    let ty = self.storage_type(field, false)?;
                    members.push(naga::StructMember {
                        name: Some(name.to_string()),
                        ty,
                        binding: None,
                        offset,
                    });
                    offset += storage_size(field);
                }
                self.insert_type(naga::TypeInner::Struct {
                    members,
                    span: offset,
                })
            }
            other => self.ty(other),
        }
    }

    // ---- globals ----------------------------------------------------------------------------------------------

    pub fn global(
        &mut self,
        name: &str,
        space: naga::AddressSpace,
        ty: Handle<naga::Type>,
        binding: Option<(u32, u32)>,
    ) -> Handle<naga::GlobalVariable> {
        let variable = naga::GlobalVariable {
            name: Some(name.to_owned()),
            space,
            binding: binding.map(|(group, binding)| naga::ResourceBinding { group, binding }),
            ty,
            init: None,
            memory_decorations: naga::MemoryDecorations::empty(),
        };
        self.module
            .global_variables
            .append(variable, Span::UNDEFINED)
    }

    /// The global that holds a variable for the time of one vertex or pixel.
    pub fn private(&mut self, id: VariableId) -> Lowered<Handle<naga::GlobalVariable>> {
        if let Some(known) = self.globals.get(&id) {
            return Ok(*known);
        }
        let variable = self.program.variable(id);
        let ty = self.ty(&variable.ty)?;
        let constant = variable
            .initializer
            .as_ref()
            .filter(|_| variable.storage == Storage::Global)
            .and_then(|initializer| self.constant(initializer));
        let handle = self.global(&variable.name, naga::AddressSpace::Private, ty, None);
        self.module.global_variables[handle].init = constant;
        self.globals.insert(id, handle);
        Ok(handle)
    }

    /// A constant expression of the module, if the initial value is a plain one.
    fn constant(&mut self, expression: &Expression) -> Option<Handle<naga::Expression>> {
        let value = match &expression.kind {
            ExpressionKind::Literal(literal) => naga::Expression::Literal(naga_literal(*literal)),
            ExpressionKind::Construct(parts) => {
                let ty = self.ty(&expression.ty).ok()?;
                let is_plain = match &expression.ty {
                    Type::Array(..) | Type::Struct(_) => true,
                    Type::Vector(kind, size) => {
                        parts.len() == usize::from(*size)
                            && parts.iter().all(|part| part.ty == Type::Scalar(*kind))
                    }
                    _ => false,
                };
                if !is_plain {
                    return None;
                }
                let components: Option<Vec<_>> =
                    parts.iter().map(|part| self.constant(part)).collect();
                naga::Expression::Compose {
                    ty,
                    components: components?,
                }
            }
            _ => return None,
        };
        Some(
            self.module
                .global_expressions
                .append(value, Span::UNDEFINED),
        )
    }

    /// The uniform buffer.
    fn uniform_global(&mut self) -> Lowered<Handle<naga::GlobalVariable>> {
        if let Some(known) = self.uniforms {
            return Ok(known);
        }
        let mut members = Vec::new();
        for (name, ty, offset) in &self.interface.members {
            let ty = self.storage_type(ty, false)?;
            members.push(naga::StructMember {
                name: Some(name.to_string()),
                ty,
                binding: None,
                offset: *offset,
            });
        }
        let span = self.interface.uniform_size;
        let ty = self.insert_type(naga::TypeInner::Struct { members, span })?;
        let handle = self.global(
            "love_uniforms",
            naga::AddressSpace::Uniform,
            ty,
            Some((2, 0)),
        );
        self.uniforms = Some(handle);
        Ok(handle)
    }

    /// A pointer to a uniform.
    pub fn uniform_pointer(&mut self, body: &mut Body, id: VariableId) -> Lowered<Pointer> {
        let name = &self.program.variable(id).name;
        let found = self
            .interface
            .members
            .iter()
            .position(|member| member.0 == *name);
        let Some(index) = found else {
            return Err(format!("uniform '{name}' was not linked"));
        };
        let global = self.uniform_global()?;
        let base = body.emit(naga::Expression::GlobalVariable(global));
        Ok(body.part(base, index as u32))
    }

    /// Image and sampler of a texture.
    pub fn texture_globals(
        &mut self,
        slot: u32,
    ) -> Lowered<(Handle<naga::GlobalVariable>, Handle<naga::GlobalVariable>)> {
        if let Some(Some(known)) = self.textures.get(slot as usize) {
            return Ok(*known);
        }
        let Some(texture) = self.interface.textures.get(slot as usize) else {
            return Err("a texture was not linked".to_owned());
        };
        let (group, binding) = if texture.is_main {
            (1, 0)
        } else {
            (2, 1 + 2 * slot)
        };
        let image = self.image_type(texture.kind)?;
        let sampler = self.insert_type(naga::TypeInner::Sampler {
            comparison: texture.kind.shadow,
        })?;
        let handles = (
            self.global(
                "love_texture",
                naga::AddressSpace::Handle,
                image,
                Some((group, binding)),
            ),
            self.global(
                "love_sampler",
                naga::AddressSpace::Handle,
                sampler,
                Some((group, binding + 1)),
            ),
        );
        self.textures[slot as usize] = Some(handles);
        Ok(handles)
    }

    fn image_type(&mut self, kind: SamplerKind) -> Lowered<Handle<naga::Type>> {
        self.insert_type(naga::TypeInner::Image {
            dim: match kind.dimension {
                SamplerDimension::Flat | SamplerDimension::Array => naga::ImageDimension::D2,
                SamplerDimension::Cube => naga::ImageDimension::Cube,
                SamplerDimension::Volume => naga::ImageDimension::D3,
            },
            arrayed: kind.dimension == SamplerDimension::Array,
            class: if kind.shadow {
                naga::ImageClass::Depth { multi: false }
            } else {
                naga::ImageClass::Sampled {
                    kind: naga::ScalarKind::Float,
                    multi: false,
                }
            },
        })
    }

    /// The textures that an expression names.
    pub fn texture_range(&self, body: &Body, expression: &Expression) -> Lowered<TextureRange> {
        let ExpressionKind::Variable(id) = expression.kind else {
            return Err("a texture must be named directly".to_owned());
        };
        if let Some(range) = body.textures.get(&id) {
            return Ok(*range);
        }
        let name = &self.program.variable(id).name;
        let found = self
            .interface
            .samplers
            .iter()
            .find(|sampler| sampler.0 == *name);
        match found {
            Some((_, ty, first)) => Ok(TextureRange {
                first: *first,
                count: ty.length().max(1),
            }),
            None => Err(format!("texture '{name}' was not linked")),
        }
    }

    // ---- functions --------------------------------------------------------------------------------------------

    /// The naga function for a function with these textures as arguments.
    pub fn function(
        &mut self,
        id: FunctionId,
        textures: Vec<TextureRange>,
    ) -> Lowered<Handle<naga::Function>> {
        if let Some(known) = self.functions.get(&(id, textures.clone())) {
            return Ok(*known);
        }
        if self.functions.len() > 4000 {
            return Err("the shader has too many functions".to_owned());
        }
        let function = self.program.function(id);
        let mut body = Body::new();
        body.function.name = Some(function.name.to_string());
        let mut given = textures.iter();
        let mut copies = Vec::new();
        for parameter in &function.parameters {
            let variable = self.program.variable(*parameter);
            if variable.ty.has_sampler() {
                if let Some(range) = given.next() {
                    body.textures.insert(*parameter, *range);
                }
                continue;
            }
            let ty = self.ty(&variable.ty)?;
            let index = body.function.arguments.len() as u32;
            let is_value = variable.storage == Storage::Parameter(Direction::In);
            let argument_type = if is_value {
                copies.push((index, *parameter, ty));
                ty
            } else {
                body.locals.insert(*parameter, LocalPlace::Argument(index));
                self.insert_type(naga::TypeInner::Pointer {
                    base: ty,
                    space: naga::AddressSpace::Function,
                })?
            };
            body.function.arguments.push(naga::FunctionArgument {
                name: Some(variable.name.to_string()),
                ty: argument_type,
                binding: None,
            });
        }
        for (index, parameter, ty) in copies {
            let variable = body.variable(ty);
            body.locals
                .insert(parameter, LocalPlace::Variable(variable));
            let pointer = body.emit(naga::Expression::LocalVariable(variable));
            let value = body.emit(naga::Expression::FunctionArgument(index));
            body.store(pointer, value);
        }
        if function.result != Type::Void {
            let ty = self.ty(&function.result)?;
            body.function.result = Some(naga::FunctionResult { ty, binding: None });
            body.result = Some(function.result.clone());
        }
        let statements = function.body.clone().ok_or("a function has no body")?;
        let ended = self.statements(&mut body, &statements)?;
        if !ended {
            let value = match &body.result {
                None => None,
                Some(result) => {
                    let ty = self.ty(&result.clone())?;
                    Some(body.emit(naga::Expression::ZeroValue(ty)))
                }
            };
            body.push(naga::Statement::Return { value });
        }
        let handle = self.module.functions.append(body.finish(), Span::UNDEFINED);
        self.functions.insert((id, textures), handle);
        Ok(handle)
    }

    /// Lowers statements up to one that leaves; whether there was one.
    pub fn statements(&mut self, body: &mut Body, list: &[Statement]) -> Lowered<bool> {
        for statement in list {
            if self.statement(body, statement)? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn statement(&mut self, body: &mut Body, statement: &Statement) -> Lowered<bool> {
        match statement {
            Statement::Expression(expression) => {
                self.value(body, expression)?;
            }
            Statement::Declare(id, initializer) => {
                let ty = self.ty(&self.program.variable(*id).ty)?;
                let value = match initializer {
                    Some(initializer) => Some(self.value(body, initializer)?),
                    None => None,
                };
                let variable = body.variable(ty);
                body.locals.insert(*id, LocalPlace::Variable(variable));
                if let Some(value) = value {
                    let pointer = body.emit(naga::Expression::LocalVariable(variable));
                    body.store(pointer, value);
                }
            }
            Statement::If(condition, accept, reject) => {
                let condition = self.value(body, condition)?;
                let accept = body.block(|body| self.statements(body, accept).map(|_| ()))?;
                let reject = body.block(|body| self.statements(body, reject).map(|_| ()))?;
                body.push(naga::Statement::If {
                    condition,
                    accept,
                    reject,
                });
            }
            Statement::Loop {
                condition,
                step,
                body: round,
                tests_last,
            } => {
                self.loop_statement(body, condition.as_ref(), step.as_ref(), round, *tests_last)?;
            }
            Statement::Switch(selector, cases) => self.switch(body, selector, cases)?,
            Statement::Break => {
                body.push(naga::Statement::Break);
                return Ok(true);
            }
            Statement::Continue => {
                body.push(naga::Statement::Continue);
                return Ok(true);
            }
            Statement::Discard => {
                body.push(naga::Statement::Kill);
                return Ok(true);
            }
            Statement::Return(value) => {
                let value = match value {
                    Some(value) => Some(self.value(body, value)?),
                    None => None,
                };
                body.push(naga::Statement::Return { value });
                return Ok(true);
            }
            Statement::Block(list) => return self.statements(body, list),
        }
        Ok(false)
    }

    fn loop_statement(
        &mut self,
        body: &mut Body,
        condition: Option<&Expression>,
        step: Option<&Expression>,
        round: &[Statement],
        tests_last: bool,
    ) -> Lowered<()> {
        let looped = body.block(|body| {
            if let (Some(condition), false) = (condition, tests_last) {
                let condition = self.value(body, condition)?;
                let mut leave = naga::Block::new();
                leave.push(naga::Statement::Break, Span::UNDEFINED);
                body.push(naga::Statement::If {
                    condition,
                    accept: naga::Block::new(),
                    reject: leave,
                });
            }
            self.statements(body, round).map(|_| ())
        })?;
        let mut break_if = None;
        let continuing = body.block(|body| {
            if let Some(step) = step {
                self.value(body, step)?;
            }
            if let (Some(condition), true) = (condition, tests_last) {
                let condition = self.value(body, condition)?;
                let negated = naga::Expression::Unary {
                    op: naga::UnaryOperator::LogicalNot,
                    expr: condition,
                };
                break_if = Some(body.emit(negated));
            }
            Ok(())
        })?;
        body.push(naga::Statement::Loop {
            body: looped,
            continuing,
            break_if,
        });
        Ok(())
    }

    fn switch(
        &mut self,
        body: &mut Body,
        selector: &Expression,
        cases: &[SwitchCase],
    ) -> Lowered<()> {
        let selector = self.value(body, selector)?;
        let mut lowered = Vec::new();
        let mut has_default = false;
        for (index, case) in cases.iter().enumerate() {
            let value = match case.value {
                Some(Literal::Int(value)) => naga::SwitchValue::I32(value),
                Some(Literal::Uint(value)) => naga::SwitchValue::U32(value),
                _ => naga::SwitchValue::Default,
            };
            has_default |= value == naga::SwitchValue::Default;
            let mut ends = false;
            let block =
                body.block(|body| self.statements(body, &case.body).map(|ended| ends = ended))?;
            let fall_through = !ends && index + 1 < cases.len();
            lowered.push(naga::SwitchCase {
                value,
                body: block,
                fall_through,
            });
        }
        if !has_default {
            lowered.push(naga::SwitchCase {
                value: naga::SwitchValue::Default,
                body: naga::Block::new(),
                fall_through: false,
            });
            // What fell out of the last case leaves, it does not go on into the default.
        }
        body.push(naga::Statement::Switch {
            selector,
            cases: lowered,
        });
        Ok(())
    }

    /// The stage, for what differs.
    pub fn stage(&self) -> Stage {
        self.program.stage
    }
}

pub(super) fn naga_literal(literal: Literal) -> naga::Literal {
    match literal {
        Literal::Bool(value) => naga::Literal::Bool(value),
        Literal::Int(value) => naga::Literal::I32(value),
        Literal::Uint(value) => naga::Literal::U32(value),
        Literal::Float(value) => naga::Literal::F32(value),
    }
}
