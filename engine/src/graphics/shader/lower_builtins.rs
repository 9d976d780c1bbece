//! The functions of the language in naga IR.

use super::builtins::{Builtin, TextureLevel};
use super::error::Stage;
use super::lower::{Body, Lowered, Lowerer, Pointer, TextureRange, scalar};
use super::tree::*;
use super::types::{Kind, SamplerDimension, SamplerKind, Type};
use naga::{BinaryOperator as NagaBinary, Expression as E, MathFunction as Math};

fn math(fun: Math, arguments: &[Pointer]) -> E {
    E::Math {
        fun,
        arg: arguments[0],
        arg1: arguments.get(1).copied(),
        arg2: arguments.get(2).copied(),
        arg3: None,
    }
}

impl Lowerer<'_> {
    pub(super) fn builtin(
        &mut self,
        body: &mut Body,
        builtin: Builtin,
        arguments: &[Expression],
        result: &Type,
    ) -> Lowered<Pointer> {
        if let Some(first) = arguments.first()
            && first.ty.has_sampler()
        {
            return self.texture_call(body, builtin, arguments);
        }
        if builtin == Builtin::Modf {
            return self.modf(body, arguments);
        }
        let mut values = Vec::new();
        for argument in arguments {
            values.push(self.value(body, argument)?);
        }
        let size = result.components().unwrap_or(1);
        match builtin {
            Builtin::Math(function) => Ok(self.math(body, function, arguments, values, size)),
            Builtin::FloatModulo => {
                let right = self.widen(body, values[1], &arguments[1].ty, size);
                let divided = body.emit(E::Binary {
                    op: NagaBinary::Divide,
                    left: values[0],
                    right,
                });
                let whole = body.emit(math(Math::Floor, &[divided]));
                let product = body.emit(E::Binary {
                    op: NagaBinary::Multiply,
                    left: whole,
                    right,
                });
                Ok(body.emit(E::Binary {
                    op: NagaBinary::Subtract,
                    left: values[0],
                    right: product,
                }))
            }
            Builtin::Select => {
                let [reject, accept, condition] = values[..] else {
                    return Err("wrong number of arguments".to_owned());
                };
                Ok(body.emit(E::Select {
                    condition,
                    accept,
                    reject,
                }))
            }
            Builtin::Ldexp => {
                let exponent = self.convert(body, values[1], Kind::Int, Kind::Float);
                let factor = body.emit(math(Math::Exp2, &[exponent]));
                Ok(body.emit(E::Binary {
                    op: NagaBinary::Multiply,
                    left: values[0],
                    right: factor,
                }))
            }
            Builtin::Compare(operator) => {
                let op = match operator {
                    BinaryOperator::Less => NagaBinary::Less,
                    BinaryOperator::LessEqual => NagaBinary::LessEqual,
                    BinaryOperator::Greater => NagaBinary::Greater,
                    BinaryOperator::GreaterEqual => NagaBinary::GreaterEqual,
                    BinaryOperator::Equal => NagaBinary::Equal,
                    _ => NagaBinary::NotEqual,
                };
                Ok(body.emit(E::Binary {
                    op,
                    left: values[0],
                    right: values[1],
                }))
            }
            Builtin::Not => Ok(body.emit(E::Unary {
                op: naga::UnaryOperator::LogicalNot,
                expr: values[0],
            })),
            Builtin::Any | Builtin::All => {
                let fun = if builtin == Builtin::Any {
                    naga::RelationalFunction::Any
                } else {
                    naga::RelationalFunction::All
                };
                Ok(body.emit(E::Relational {
                    fun,
                    argument: values[0],
                }))
            }
            Builtin::IsNan => Ok(body.emit(E::Binary {
                op: NagaBinary::NotEqual,
                left: values[0],
                right: values[0],
            })),
            Builtin::IsInf => {
                let magnitude = body.emit(math(Math::Abs, &[values[0]]));
                let limit = self.number(body, f32::MAX, size);
                Ok(body.emit(E::Binary {
                    op: NagaBinary::Greater,
                    left: magnitude,
                    right: limit,
                }))
            }
            Builtin::DerivativeX | Builtin::DerivativeY | Builtin::Width => {
                let axis = match builtin {
                    Builtin::DerivativeX => naga::DerivativeAxis::X,
                    Builtin::DerivativeY => naga::DerivativeAxis::Y,
                    _ => naga::DerivativeAxis::Width,
                };
                Ok(body.emit(E::Derivative {
                    axis,
                    ctrl: naga::DerivativeControl::None,
                    expr: values[0],
                }))
            }
            Builtin::Bits => {
                let kind = scalar(result.kind().unwrap_or(Kind::Int)).kind;
                Ok(body.emit(E::As {
                    expr: values[0],
                    kind,
                    convert: None,
                }))
            }
            Builtin::Transpose => Ok(body.emit(math(Math::Transpose, &values))),
            Builtin::Determinant => Ok(body.emit(math(Math::Determinant, &values))),
            Builtin::OuterProduct | Builtin::ComponentProduct => {
                self.matrix_product(body, builtin, &values, result)
            }
            Builtin::Modf | Builtin::Texture { .. } | Builtin::Fetch | Builtin::Size => {
                Err("wrong arguments for a built-in function".to_owned())
            }
        }
    }

    fn matrix_product(
        &mut self,
        body: &mut Body,
        builtin: Builtin,
        values: &[Pointer],
        result: &Type,
    ) -> Lowered<Pointer> {
        let Type::Matrix { columns, rows } = *result else {
            return Err("wrong arguments for a built-in function".to_owned());
        };
        let mut parts = Vec::new();
        for column in 0..u32::from(columns) {
            let right = body.part(values[1], column);
            let (left, right) = if builtin == Builtin::OuterProduct {
                (values[0], self.splat(body, right, rows))
            } else {
                (body.part(values[0], column), right)
            };
            parts.push(body.emit(E::Binary {
                op: NagaBinary::Multiply,
                left,
                right,
            }));
        }
        self.compose(body, result, parts)
    }

    fn widen(&mut self, body: &mut Body, value: Pointer, ty: &Type, size: u8) -> Pointer {
        if ty.components() == Some(1) {
            self.splat(body, value, size)
        } else {
            value
        }
    }

    fn math(
        &mut self,
        body: &mut Body,
        function: Math,
        arguments: &[Expression],
        mut values: Vec<Pointer>,
        result_size: u8,
    ) -> Pointer {
        let first_size = arguments[0].ty.components().unwrap_or(1);
        match function {
            Math::Min | Math::Max | Math::Clamp | Math::Mix | Math::Step | Math::SmoothStep => {
                for (value, argument) in values.iter_mut().zip(arguments) {
                    *value = self.widen(body, *value, &argument.ty, result_size);
                }
            }
            // The card has these for vectors only.
            Math::Dot if first_size == 1 => {
                return body.emit(E::Binary {
                    op: NagaBinary::Multiply,
                    left: values[0],
                    right: values[1],
                });
            }
            Math::Normalize if first_size == 1 => return body.emit(math(Math::Sign, &values)),
            Math::Length if first_size == 1 => return body.emit(math(Math::Abs, &values)),
            Math::Distance if first_size == 1 => {
                let difference = body.emit(E::Binary {
                    op: NagaBinary::Subtract,
                    left: values[0],
                    right: values[1],
                });
                return body.emit(math(Math::Abs, &[difference]));
            }
            Math::Reflect if first_size == 1 => {
                // i - 2 n n i
                let square = body.emit(E::Binary {
                    op: NagaBinary::Multiply,
                    left: values[1],
                    right: values[1],
                });
                let product = body.emit(E::Binary {
                    op: NagaBinary::Multiply,
                    left: square,
                    right: values[0],
                });
                let twice = body.emit(E::Binary {
                    op: NagaBinary::Add,
                    left: product,
                    right: product,
                });
                return body.emit(E::Binary {
                    op: NagaBinary::Subtract,
                    left: values[0],
                    right: twice,
                });
            }
            Math::FaceForward if first_size == 1 => {
                let product = body.emit(E::Binary {
                    op: NagaBinary::Multiply,
                    left: values[1],
                    right: values[2],
                });
                let zero = body.float(0.0);
                let condition = body.emit(E::Binary {
                    op: NagaBinary::Less,
                    left: product,
                    right: zero,
                });
                let negative = body.emit(E::Unary {
                    op: naga::UnaryOperator::Negate,
                    expr: values[0],
                });
                return body.emit(E::Select {
                    condition,
                    accept: values[0],
                    reject: negative,
                });
            }
            Math::Refract if first_size == 1 => {
                // One dimension: the direction stays, with the length that the formula gives.
                return values[0];
            }
            _ => {}
        }
        body.emit(math(function, &values))
    }

    fn modf(&mut self, body: &mut Body, arguments: &[Expression]) -> Lowered<Pointer> {
        let value = self.value(body, &arguments[0])?;
        let whole = body.emit(math(Math::Trunc, &[value]));
        let place = self.place(body, &arguments[1])?;
        self.write(body, &place, whole)?;
        Ok(body.emit(E::Binary {
            op: NagaBinary::Subtract,
            left: value,
            right: whole,
        }))
    }

    // ---- textures ---------------------------------------------------------------------------------------------

    fn texture_call(
        &mut self,
        body: &mut Body,
        builtin: Builtin,
        arguments: &[Expression],
    ) -> Lowered<Pointer> {
        let Type::Sampler(kind) = arguments[0].ty else {
            return Err("an array of textures needs an index".to_owned());
        };
        let mut values = Vec::new();
        for argument in &arguments[1..] {
            values.push(self.value(body, argument)?);
        }
        // A texture of an array: the one that the index names, chosen among all of them if it is not known now.
        if let ExpressionKind::Index(base, index) = &arguments[0].kind
            && index.literal().is_none()
        {
            let range = self.texture_range(body, base)?;
            let index = self.value(body, index)?;
            let mut chosen =
                self.texture_operation(body, builtin, kind, range.first, arguments, &values)?;
            for offset in 1..range.count {
                let next = self.texture_operation(
                    body,
                    builtin,
                    kind,
                    range.first + offset,
                    arguments,
                    &values,
                )?;
                let number = body.emit(E::Literal(naga::Literal::I32(offset as i32)));
                let condition = body.emit(E::Binary {
                    op: NagaBinary::Equal,
                    left: index,
                    right: number,
                });
                chosen = body.emit(E::Select {
                    condition,
                    accept: next,
                    reject: chosen,
                });
            }
            return Ok(chosen);
        }
        let TextureRange { first, .. } = self.texture_argument(body, &arguments[0])?;
        self.texture_operation(body, builtin, kind, first, arguments, &values)
    }

    fn texture_operation(
        &mut self,
        body: &mut Body,
        builtin: Builtin,
        kind: SamplerKind,
        slot: u32,
        arguments: &[Expression],
        values: &[Pointer],
    ) -> Lowered<Pointer> {
        let linked = self
            .interface
            .textures
            .get(slot as usize)
            .map(|slot| slot.kind);
        if linked != Some(kind) {
            return Err("a texture has another type in the other stage".to_owned());
        }
        let (image, sampler) = self.texture_globals(slot)?;
        let image = body.emit(E::GlobalVariable(image));
        let sampler = body.emit(E::GlobalVariable(sampler));
        match builtin {
            Builtin::Size => self.texture_size(body, image, kind, values[0]),
            Builtin::Fetch => {
                let (coordinate, array_index) = match kind.dimension {
                    SamplerDimension::Array => {
                        let place = self.swizzle(body, values[0], &[0, 1]);
                        (place, Some(body.part(values[0], 2)))
                    }
                    _ => (values[0], None),
                };
                Ok(body.emit(E::ImageLoad {
                    image,
                    coordinate,
                    array_index,
                    sample: None,
                    level: Some(values[1]),
                }))
            }
            Builtin::Texture {
                level,
                projected,
                offset,
            } => {
                let mut place = values[0];
                let coordinates = arguments[1].ty.components().unwrap_or(2);
                if projected {
                    let last = body.part(place, u32::from(coordinates - 1));
                    let wanted = kind.dimension.coordinates();
                    let components: Vec<u8> = (0..wanted).collect();
                    let cut = self.swizzle(body, place, &components);
                    let divisor = self.splat(body, last, wanted);
                    place = body.emit(E::Binary {
                        op: NagaBinary::Divide,
                        left: cut,
                        right: divisor,
                    });
                }
                self.sample(
                    body,
                    (image, sampler),
                    kind,
                    place,
                    level,
                    offset.then_some(&arguments[1..]),
                    values,
                )
            }
            _ => Err("wrong arguments for a texture function".to_owned()),
        }
    }

    #[allow(clippy::too_many_arguments)] // the operands of one instruction
    fn sample(
        &mut self,
        body: &mut Body,
        (image, sampler): (Pointer, Pointer),
        kind: SamplerKind,
        place: Pointer,
        level: TextureLevel,
        offset_arguments: Option<&[Expression]>,
        values: &[Pointer],
    ) -> Lowered<Pointer> {
        let plain =
            kind.dimension.coordinates() - u8::from(kind.dimension == SamplerDimension::Array);
        let total = kind.dimension.coordinates();
        let array_index = (kind.dimension == SamplerDimension::Array).then(|| {
            let layer = body.part(place, 2);
            let layer = body.emit(math(Math::Round, &[layer]));
            body.emit(E::As {
                expr: layer,
                kind: naga::ScalarKind::Sint,
                convert: Some(4),
            })
        });
        let depth_ref = kind.shadow.then(|| body.part(place, u32::from(total)));
        let coordinate = if plain < total || kind.shadow {
            let components: Vec<u8> = (0..plain).collect();
            self.swizzle(body, place, &components)
        } else {
            place
        };
        let offset = match offset_arguments {
            None => None,
            Some(arguments) => Some(self.constant_offset(body, arguments)?),
        };
        let level = match level {
            // Without neighbours to compare with, the first level is read.
            TextureLevel::Automatic if self.stage() == Stage::Vertex || kind.shadow => {
                naga::SampleLevel::Zero
            }
            TextureLevel::Automatic => naga::SampleLevel::Auto,
            TextureLevel::Bias => naga::SampleLevel::Bias(values[1]),
            TextureLevel::Explicit => naga::SampleLevel::Exact(values[1]),
            TextureLevel::Gradient => naga::SampleLevel::Gradient {
                x: values[1],
                y: values[2],
            },
        };
        Ok(body.emit(E::ImageSample {
            image,
            sampler,
            gather: None,
            coordinate,
            array_index,
            offset,
            level,
            depth_ref,
            clamp_to_edge: false,
        }))
    }

    /// The last argument, which must be known now, as a constant.
    fn constant_offset(&mut self, body: &mut Body, arguments: &[Expression]) -> Lowered<Pointer> {
        let wrong = || "the offset of a texture function must be constant".to_owned();
        let last = arguments.last().ok_or_else(wrong)?;
        let ExpressionKind::Construct(parts) = &last.kind else {
            return Err(wrong());
        };
        let mut components = Vec::new();
        let size = usize::from(last.ty.components().unwrap_or(2));
        for index in 0..size {
            let part = parts
                .get(if parts.len() == 1 { 0 } else { index })
                .ok_or_else(wrong)?;
            let Some(Literal::Int(number)) =
                part.literal().map(|literal| literal.convert(Kind::Int))
            else {
                return Err(wrong());
            };
            components.push(body.emit(E::Literal(naga::Literal::I32(number.clamp(-8, 7)))));
        }
        let ty = self.ty(&last.ty)?;
        Ok(body.emit(E::Compose { ty, components }))
    }

    fn texture_size(
        &mut self,
        body: &mut Body,
        image: Pointer,
        kind: SamplerKind,
        level: Pointer,
    ) -> Lowered<Pointer> {
        let level = body.emit(E::As {
            expr: level,
            kind: naga::ScalarKind::Uint,
            convert: Some(4),
        });
        let size = body.emit(E::ImageQuery {
            image,
            query: naga::ImageQuery::Size { level: Some(level) },
        });
        let size = body.emit(E::As {
            expr: size,
            kind: naga::ScalarKind::Sint,
            convert: Some(4),
        });
        if kind.dimension != SamplerDimension::Array {
            return Ok(size);
        }
        let layers = body.emit(E::ImageQuery {
            image,
            query: naga::ImageQuery::NumLayers,
        });
        let layers = body.emit(E::As {
            expr: layers,
            kind: naga::ScalarKind::Sint,
            convert: Some(4),
        });
        self.compose(body, &Type::Vector(Kind::Int, 3), vec![size, layers])
    }
}
