//! Entry points: what surrounds the user's `position` and `effect`.
//!
//! ```text
//! vertex   attributes and engine values → variables of the stage; VaryingTexCoord, VaryingColor; position(); clip space
//! pixel    varyings and engine values → variables of the stage; effect(); colours
//! ```
//!
//! The user's clip space is OpenGL's: y grows upwards and z runs from -1 to 1. The card's has the picture stored the other
//! way up (see the wgpu backend's `execute.rs`) and z from 0 to 1, so the result of `position` is turned over here.

use super::error::Stage;
use super::interface::{Interface, locations};
use super::lower::{Body, Lowered, Lowerer, Pointer};
use super::tree::*;
use super::types::{Kind, Type};
use super::usage::Usage;
use naga::{Binding, Expression as E, Span};

const VEC4: Type = Type::Vector(Kind::Float, 4);

fn location(location: u32, interpolation: Option<naga::Interpolation>) -> Binding {
    Binding::Location {
        location,
        interpolation,
        sampling: interpolation.map(|kind| match kind {
            naga::Interpolation::Flat => naga::Sampling::First,
            _ => naga::Sampling::Center,
        }),
        blend_src: None,
        per_primitive: false,
    }
}

/// The parts of a varying that go through one location each: their type and how to reach them.
fn pieces(ty: &Type) -> Vec<(Type, Vec<u32>)> {
    let within = |element: &Type, index: u32| {
        pieces(element).into_iter().map(move |(ty, mut path)| {
            path.insert(0, index);
            (ty, path)
        })
    };
    match ty {
        Type::Matrix { columns, rows } => (0..u32::from(*columns))
            .map(|column| (Type::Vector(Kind::Float, *rows), vec![column]))
            .collect(),
        Type::Array(element, size) => (0..*size)
            .flat_map(|index| within(element, index))
            .collect(),
        Type::Struct(structure) => structure
            .fields
            .iter()
            .enumerate()
            .flat_map(|(index, (_, ty))| within(ty, index as u32))
            .collect(),
        other => vec![(other.clone(), Vec::new())],
    }
}

/// Booleans cannot go through locations.
fn carried(ty: &Type) -> Type {
    match ty.kind() {
        Some(Kind::Bool) => ty.with_kind(Kind::Uint),
        _ => ty.clone(),
    }
}

/// The module of a stage. `outputs` is the number of colours that a pixel has.
pub(super) fn lower_stage(
    program: &Program,
    usage: &Usage,
    interface: &Interface,
    entry: FunctionId,
    outputs: u32,
) -> Lowered<naga::Module> {
    let mut lowerer = Lowerer::new(program, usage, interface);
    let mut body = Body::new();
    body.function.name = Some("main".to_owned());
    match program.stage {
        Stage::Vertex => lowerer.vertex_entry(&mut body, entry)?,
        Stage::Pixel => lowerer.pixel_entry(&mut body, entry, outputs)?,
    }
    let stage = match program.stage {
        Stage::Vertex => naga::ShaderStage::Vertex,
        Stage::Pixel => naga::ShaderStage::Fragment,
    };
    let mut module = lowerer.module;
    module.entry_points.push(naga::EntryPoint {
        name: "main".to_owned(),
        stage,
        early_depth_test: None,
        workgroup_size: [0; 3],
        workgroup_size_overrides: None,
        function: body.finish(),
        mesh_info: None,
        task_payload: None,
        incoming_ray_payload: None,
    });
    Ok(module)
}

impl Lowerer<'_> {
    fn argument(&mut self, body: &mut Body, ty: &Type, binding: Binding) -> Lowered<Pointer> {
        let index = body.function.arguments.len() as u32;
        let ty = self.ty(ty)?;
        body.function.arguments.push(naga::FunctionArgument {
            name: None,
            ty,
            binding: Some(binding),
        });
        Ok(body.emit(E::FunctionArgument(index)))
    }

    fn variable_pointer(&mut self, body: &mut Body, id: VariableId) -> Lowered<Pointer> {
        let global = self.private(id)?;
        Ok(body.emit(E::GlobalVariable(global)))
    }

    fn named_pointer(&mut self, body: &mut Body, name: &str) -> Lowered<Pointer> {
        match self.program.global(name) {
            Some(id) => self.variable_pointer(body, id),
            None => Err(format!("'{name}' is not declared")),
        }
    }

    /// Part `index` of the engine's values, a vector of four.
    fn engine_part(&mut self, body: &mut Body, index: u32) -> Lowered<Pointer> {
        let global = match self.engine {
            Some(known) => known,
            None => {
                let ty = self.ty(&VEC4)?;
                let names = ["projection", "linear", "translation", "color", "screen"];
                let members = names
                    .iter()
                    .enumerate()
                    .map(|(index, name)| naga::StructMember {
                        name: Some((*name).to_owned()),
                        ty,
                        binding: None,
                        offset: 16 * index as u32,
                    });
                let inner = naga::TypeInner::Struct {
                    members: members.collect(),
                    span: 80,
                };
                let ty = self.insert_type(inner)?;
                let made =
                    self.global("love_engine", naga::AddressSpace::Uniform, ty, Some((0, 0)));
                self.engine = Some(made);
                made
            }
        };
        let base = body.emit(E::GlobalVariable(global));
        let pointer = body.part(base, index);
        Ok(body.load(pointer))
    }

    fn column(&mut self, body: &mut Body, numbers: [Pointer; 4]) -> Lowered<Pointer> {
        self.compose(body, &VEC4, numbers.to_vec())
    }

    /// From what is drawn to units.
    fn transform_matrix(&mut self, body: &mut Body) -> Lowered<Pointer> {
        let linear = self.engine_part(body, 1)?;
        let translation = self.engine_part(body, 2)?;
        let (zero, one) = (body.float(0.0), body.float(1.0));
        let [a, b, c, d] = [0, 1, 2, 3].map(|index| body.part(linear, index));
        let [e, f] = [0, 1].map(|index| body.part(translation, index));
        let columns = vec![
            self.column(body, [a, b, zero, zero])?,
            self.column(body, [c, d, zero, zero])?,
            self.column(body, [zero, zero, one, zero])?,
            self.column(body, [e, f, zero, one])?,
        ];
        self.compose(
            body,
            &Type::Matrix {
                columns: 4,
                rows: 4,
            },
            columns,
        )
    }

    /// From units to OpenGL's clip space. Depths from -10 to 10 are visible, as in LÖVE.
    fn projection_matrix(&mut self, body: &mut Body) -> Lowered<Pointer> {
        let projection = self.engine_part(body, 0)?;
        let (zero, one, depth) = (body.float(0.0), body.float(1.0), body.float(-0.1));
        let [x, y, left, top] = [0, 1, 2, 3].map(|index| body.part(projection, index));
        let y = body.emit(E::Unary {
            op: naga::UnaryOperator::Negate,
            expr: y,
        });
        let top = body.emit(E::Unary {
            op: naga::UnaryOperator::Negate,
            expr: top,
        });
        let columns = vec![
            self.column(body, [x, zero, zero, zero])?,
            self.column(body, [zero, y, zero, zero])?,
            self.column(body, [zero, zero, depth, zero])?,
            self.column(body, [left, top, zero, one])?,
        ];
        self.compose(
            body,
            &Type::Matrix {
                columns: 4,
                rows: 4,
            },
            columns,
        )
    }

    fn clip_from_local(&mut self, body: &mut Body) -> Lowered<Pointer> {
        let left = self.projection_matrix(body)?;
        let right = self.transform_matrix(body)?;
        Ok(body.emit(E::Binary {
            op: naga::BinaryOperator::Multiply,
            left,
            right,
        }))
    }

    /// The inverse transpose of the transform's linear part.
    fn normal_matrix(&mut self, body: &mut Body) -> Lowered<Pointer> {
        let linear = self.engine_part(body, 1)?;
        let (zero, one) = (body.float(0.0), body.float(1.0));
        let [a, b, c, d] = [0, 1, 2, 3].map(|index| body.part(linear, index));
        let mut product = |op, left, right| body.emit(E::Binary { op, left, right });
        use naga::BinaryOperator as Op;
        let (ad, bc) = (product(Op::Multiply, a, d), product(Op::Multiply, b, c));
        let determinant = product(Op::Subtract, ad, bc);
        let [a, b, c, d] = [a, b, c, d].map(|value| product(Op::Divide, value, determinant));
        let negative = |body: &mut Body, expr| {
            body.emit(E::Unary {
                op: naga::UnaryOperator::Negate,
                expr,
            })
        };
        let (b, c) = (negative(body, b), negative(body, c));
        let vec3 = Type::Vector(Kind::Float, 3);
        let columns = vec![
            self.compose(body, &vec3, vec![d, c, zero])?,
            self.compose(body, &vec3, vec![b, a, zero])?,
            self.compose(body, &vec3, vec![zero, zero, one])?,
        ];
        self.compose(
            body,
            &Type::Matrix {
                columns: 3,
                rows: 3,
            },
            columns,
        )
    }

    /// Gives the variables of engine values that both stages have their values.
    fn shared_engine_values(&mut self, body: &mut Body) -> Lowered<()> {
        for id in self.program.globals.clone() {
            let Storage::Engine(value) = self.program.variable(id).storage else {
                continue;
            };
            if !self.usage.variables.contains(&id) {
                continue;
            }
            let result = match value {
                EngineValue::ScreenSize => self.engine_part(body, 4)?,
                EngineValue::TransformMatrix => self.transform_matrix(body)?,
                EngineValue::ProjectionMatrix => self.projection_matrix(body)?,
                EngineValue::TransformProjectionMatrix => self.clip_from_local(body)?,
                EngineValue::NormalMatrix => self.normal_matrix(body)?,
                _ => continue,
            };
            let pointer = self.variable_pointer(body, id)?;
            body.store(pointer, result);
        }
        Ok(())
    }

    /// Gives globals their initial values, where those are not constants of the module.
    fn initialize_globals(&mut self, body: &mut Body) -> Lowered<()> {
        for id in self.program.globals.clone() {
            let variable = self.program.variable(id);
            let (Storage::Global, Some(initializer)) = (&variable.storage, &variable.initializer)
            else {
                continue;
            };
            if variable.value.is_some() || !self.usage.variables.contains(&id) {
                continue;
            }
            let global = self.private(id)?;
            if self.module.global_variables[global].init.is_some() {
                continue;
            }
            let value = self.value(body, initializer)?;
            let pointer = body.emit(E::GlobalVariable(global));
            body.store(pointer, value);
        }
        Ok(())
    }

    fn store_engine(
        &mut self,
        body: &mut Body,
        value: EngineValue,
        result: Pointer,
    ) -> Lowered<()> {
        if let Some(id) = self.program.engine_variable(value) {
            let pointer = self.variable_pointer(body, id)?;
            body.store(pointer, result);
        }
        Ok(())
    }

    /// A member of the stage's result.
    fn result(&mut self, body: &mut Body, members: Vec<(Type, Binding, Pointer)>) -> Lowered<()> {
        if members.is_empty() {
            body.push(naga::Statement::Return { value: None });
            return Ok(());
        }
        let (mut fields, mut values) = (Vec::new(), Vec::new());
        for (index, (ty, binding, value)) in members.into_iter().enumerate() {
            let ty = self.ty(&ty)?;
            fields.push(naga::StructMember {
                name: None,
                ty,
                binding: Some(binding),
                offset: 16 * index as u32,
            });
            values.push(value);
        }
        let span = 16 * fields.len() as u32;
        let inner = naga::TypeInner::Struct {
            members: fields,
            span,
        };
        let ty = naga::Type { name: None, inner };
        let ty = self.module.types.insert(ty, Span::UNDEFINED);
        body.function.result = Some(naga::FunctionResult { ty, binding: None });
        let value = body.emit(E::Compose {
            ty,
            components: values,
        });
        body.push(naga::Statement::Return { value: Some(value) });
        Ok(())
    }

    // ---- the vertex stage -------------------------------------------------------------------------------------

    fn vertex_entry(&mut self, body: &mut Body, entry: FunctionId) -> Lowered<()> {
        for attribute in &self.interface.attributes {
            let float = attribute.ty.with_kind(Kind::Float);
            let mut value = self.argument(body, &float, location(attribute.location, None))?;
            if let Some(kind) = attribute.ty.kind() {
                value = self.convert(body, value, Kind::Float, kind);
            }
            let pointer = self.named_pointer(body, &attribute.name)?;
            body.store(pointer, value);
        }
        for (value, builtin) in [
            (EngineValue::VertexId, naga::BuiltIn::VertexIndex),
            (EngineValue::InstanceId, naga::BuiltIn::InstanceIndex),
        ] {
            if self.usage.has_engine_value(self.program, value) {
                let uint = Type::Scalar(Kind::Uint);
                let number = self.argument(body, &uint, Binding::BuiltIn(builtin))?;
                let number = self.convert(body, number, Kind::Uint, Kind::Int);
                self.store_engine(body, value, number)?;
            }
        }
        self.shared_engine_values(body)?;
        let constant_color = self.engine_part(body, 3)?;
        if self
            .usage
            .has_engine_value(self.program, EngineValue::ConstantColor)
        {
            self.store_engine(body, EngineValue::ConstantColor, constant_color)?;
        }
        self.initialize_globals(body)?;
        let load_named = |lowerer: &mut Self, body: &mut Body, name: &str| {
            let pointer = lowerer.named_pointer(body, name)?;
            Ok::<_, String>(body.load(pointer))
        };
        let coordinates = load_named(self, body, "VertexTexCoord")?;
        let target = self.named_pointer(body, "VaryingTexCoord")?;
        body.store(target, coordinates);
        let color = load_named(self, body, "VertexColor")?;
        let color = body.emit(E::Binary {
            op: naga::BinaryOperator::Multiply,
            left: color,
            right: constant_color,
        });
        let target = self.named_pointer(body, "VaryingColor")?;
        body.store(target, color);
        let matrix = self.clip_from_local(body)?;
        let position = load_named(self, body, "VertexPosition")?;
        let function = self.function(entry, Vec::new())?;
        let result = body.emit(E::CallResult(function));
        body.push(naga::Statement::Call {
            function,
            arguments: vec![matrix, position],
            result: Some(result),
        });
        let mut members = vec![(
            VEC4,
            Binding::BuiltIn(naga::BuiltIn::Position { invariant: false }),
            self.card_position(body, result)?,
        )];
        let interface = self.interface;
        for varying in &interface.varyings {
            let pointer = self.named_pointer(body, &varying.name)?;
            for (index, (ty, path)) in pieces(&varying.ty).into_iter().enumerate() {
                let mut part = pointer;
                for step in path {
                    part = body.part(part, step);
                }
                let mut value = body.load(part);
                if let Some(Kind::Bool) = ty.kind() {
                    value = self.convert(body, value, Kind::Bool, Kind::Uint);
                }
                let binding = location(
                    varying.location + index as u32,
                    Some(interpolation(varying.flat)),
                );
                members.push((carried(&ty), binding, value));
            }
        }
        self.result(body, members)
    }

    /// OpenGL's clip space → the card's.
    fn card_position(&mut self, body: &mut Body, position: Pointer) -> Lowered<Pointer> {
        let [x, y, z, w] = [0, 1, 2, 3].map(|index| body.part(position, index));
        let y = body.emit(E::Unary {
            op: naga::UnaryOperator::Negate,
            expr: y,
        });
        let sum = body.emit(E::Binary {
            op: naga::BinaryOperator::Add,
            left: z,
            right: w,
        });
        let half = body.float(0.5);
        let z = body.emit(E::Binary {
            op: naga::BinaryOperator::Multiply,
            left: sum,
            right: half,
        });
        self.column(body, [x, y, z, w])
    }

    // ---- the pixel stage --------------------------------------------------------------------------------------

    fn pixel_entry(&mut self, body: &mut Body, entry: FunctionId, outputs: u32) -> Lowered<()> {
        self.read_varyings(body)?;
        let uses = |lowerer: &Self, value| lowerer.usage.has_engine_value(lowerer.program, value);
        self.shared_engine_values(body)?;
        let is_custom = self.program.is_custom;
        let needs_place = !is_custom
            || uses(self, EngineValue::FragmentCoordinates)
            || uses(self, EngineValue::PixelCoordinates);
        let mut pixel = None;
        if needs_place {
            let position = Binding::BuiltIn(naga::BuiltIn::Position { invariant: false });
            let place = self.argument(body, &VEC4, position)?;
            self.store_engine(body, EngineValue::FragmentCoordinates, place)?;
            let screen = self.engine_part(body, 4)?;
            let [x, y] = [0, 1].map(|index| body.part(place, index));
            let [factor, offset] = [2, 3].map(|index| body.part(screen, index));
            let y = body.emit(E::Binary {
                op: naga::BinaryOperator::Multiply,
                left: y,
                right: factor,
            });
            let y = body.emit(E::Binary {
                op: naga::BinaryOperator::Add,
                left: y,
                right: offset,
            });
            let value = self.compose(body, &Type::Vector(Kind::Float, 2), vec![x, y])?;
            self.store_engine(body, EngineValue::PixelCoordinates, value)?;
            pixel = Some(value);
        }
        if uses(self, EngineValue::FrontFacing) {
            let facing = self.argument(
                body,
                &Type::BOOL,
                Binding::BuiltIn(naga::BuiltIn::FrontFacing),
            )?;
            self.store_engine(body, EngineValue::FrontFacing, facing)?;
        }
        self.initialize_globals(body)?;
        if is_custom {
            let function = self.function(entry, Vec::new())?;
            body.push(naga::Statement::Call {
                function,
                arguments: Vec::new(),
                result: None,
            });
        } else {
            self.call_effect(body, entry, pixel)?;
        }
        let mut members = Vec::new();
        let has_canvases = uses(self, EngineValue::Canvases);
        let (from, index_of): (_, fn(u32) -> Option<u32>) = if has_canvases {
            (EngineValue::Canvases, Some)
        } else {
            (EngineValue::PixelColor, |_| None)
        };
        if let Some(id) = self.program.engine_variable(from) {
            let base = self.variable_pointer(body, id)?;
            for output in 0..outputs.min(8) {
                let pointer = match index_of(output) {
                    Some(index) => body.part(base, index),
                    None => base,
                };
                let value = body.load(pointer);
                members.push((VEC4, location(output, None), value));
            }
        }
        if uses(self, EngineValue::FragmentDepth)
            && let Some(id) = self.program.engine_variable(EngineValue::FragmentDepth)
        {
            let pointer = self.variable_pointer(body, id)?;
            let value = body.load(pointer);
            members.push((
                Type::FLOAT,
                Binding::BuiltIn(naga::BuiltIn::FragDepth),
                value,
            ));
        }
        self.result(body, members)
    }

    fn call_effect(
        &mut self,
        body: &mut Body,
        entry: FunctionId,
        pixel: Option<Pointer>,
    ) -> Lowered<()> {
        let color = self.named_pointer(body, "VaryingColor")?;
        let color = body.load(color);
        let coordinates = self.named_pointer(body, "VaryingTexCoord")?;
        let coordinates = body.load(coordinates);
        let coordinates = self.swizzle(body, coordinates, &[0, 1]);
        let main = self
            .program
            .global("MainTex")
            .ok_or("MainTex is not declared")?;
        let texture = self.texture_range(
            body,
            &Expression {
                kind: ExpressionKind::Variable(main),
                ty: self.program.variable(main).ty.clone(),
                qualifier: Qualifier::Uniform,
                depth: 1,
            },
        )?;
        let function = self.function(entry, vec![texture])?;
        let pixel = pixel.ok_or("the place of the pixel is missing")?;
        let result = body.emit(E::CallResult(function));
        body.push(naga::Statement::Call {
            function,
            arguments: vec![color, coordinates, pixel],
            result: Some(result),
        });
        self.store_engine(body, EngineValue::PixelColor, result)
    }

    fn read_varyings(&mut self, body: &mut Body) -> Lowered<()> {
        let interface = self.interface;
        for varying in &interface.varyings {
            debug_assert_eq!(pieces(&varying.ty).len() as u32, locations(&varying.ty));
            let pointer = self.named_pointer(body, &varying.name)?;
            for (index, (ty, path)) in pieces(&varying.ty).into_iter().enumerate() {
                let binding = location(
                    varying.location + index as u32,
                    Some(interpolation(varying.flat)),
                );
                let mut value = self.argument(body, &carried(&ty), binding)?;
                if let Some(Kind::Bool) = ty.kind() {
                    value = self.convert(body, value, Kind::Uint, Kind::Bool);
                }
                let mut part = pointer;
                for step in path {
                    part = body.part(part, step);
                }
                body.store(part, value);
            }
        }
        Ok(())
    }
}

fn interpolation(flat: bool) -> naga::Interpolation {
    if flat {
        naga::Interpolation::Flat
    } else {
        naga::Interpolation::Perspective
    }
}
