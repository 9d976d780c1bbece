//! The functions that make joints.

use super::super::object::push_object;
use super::*;
use crate::physics::{BodyType, Joint, JointKind};

/// Makes a joint of arguments that have been read.
fn make(
    call: &mut Call<'_>,
    kind: JointKind,
    first: &Rc<Body>,
    second: Option<&Rc<Body>>,
    collides: bool,
) -> NativeResult {
    let world = first.world().or_raise(call)?;
    let joint = world
        .new_joint(kind, first, second, collides)
        .or_raise(call)?;
    attach(call.vm, &joint, 0, Value::NIL)?;
    let value = push_object(call.vm, joint);
    call.one(value)
}

fn two_bodies(call: &mut Call<'_>) -> Result<(Rc<Body>, Rc<Body>), Raised> {
    Ok((alive::<Body>(call, 1)?, alive::<Body>(call, 2)?))
}

/// One anchor for both bodies, or one for each from `least` arguments on; the second answer is the next argument.
fn anchors(call: &mut Call<'_>, least: u32) -> Result<((Vec2, Vec2), u32), Raised> {
    let first = place(call, 3)?;
    if call.argument_count() >= least {
        Ok(((first, place(call, 5)?), 7))
    } else {
        Ok(((first, first), 5))
    }
}

/// The reference angle behind the flag at `index`, if there is one.
fn reference_angle(call: &mut Call<'_>, index: u32) -> Result<Option<f32>, Raised> {
    if call.argument_count() > index {
        Ok(Some(float(call, index + 1)?))
    } else {
        Ok(None)
    }
}

pub(super) fn distance(call: &mut Call<'_>) -> NativeResult {
    let (first, second) = two_bodies(call)?;
    let anchors = (place(call, 3)?, place(call, 5)?);
    let collides = optional_boolean(call, 7, false)?;
    let kind = JointKind::Distance { anchors };
    make(call, kind, &first, Some(&second), collides)
}

pub(super) fn mouse(call: &mut Call<'_>) -> NativeResult {
    let body = alive::<Body>(call, 1)?;
    let target = place(call, 2)?;
    if body.kind().or_raise(call)? == BodyType::Kinematic {
        return Err(call.error("Cannot attach a MouseJoint to a kinematic body"));
    }
    make(call, JointKind::Mouse { target }, &body, None, false)
}

pub(super) fn revolute(call: &mut Call<'_>) -> NativeResult {
    let (first, second) = two_bodies(call)?;
    let (anchors, flag) = anchors(call, 6)?;
    let collides = optional_boolean(call, flag, false)?;
    let angle = reference_angle(call, flag)?;
    let kind = JointKind::Revolute { anchors, angle };
    make(call, kind, &first, Some(&second), collides)
}

pub(super) fn prismatic(call: &mut Call<'_>) -> NativeResult {
    let (first, second) = two_bodies(call)?;
    let (anchors, axis_at) = anchors(call, 8)?;
    let axis = direction(call, axis_at)?;
    let collides = optional_boolean(call, axis_at + 2, false)?;
    let angle = reference_angle(call, axis_at + 2)?;
    let kind = JointKind::Prismatic {
        anchors,
        axis,
        angle,
    };
    make(call, kind, &first, Some(&second), collides)
}

pub(super) fn pulley(call: &mut Call<'_>) -> NativeResult {
    let (first, second) = two_bodies(call)?;
    let grounds = (place(call, 3)?, place(call, 5)?);
    let anchors = (place(call, 7)?, place(call, 9)?);
    let ratio = optional_float(call, 11, 1.0)?;
    let collides = optional_boolean(call, 12, true)?;
    if ratio.abs() <= f32::EPSILON || !ratio.is_finite() {
        return Err(call.error("Box2D assertion failed: ratio > b2_epsilon"));
    }
    let kind = JointKind::Pulley {
        grounds,
        anchors,
        ratio,
    };
    make(call, kind, &first, Some(&second), collides)
}

pub(super) fn gear(call: &mut Call<'_>) -> NativeResult {
    let joints = (alive::<Joint>(call, 1)?, alive::<Joint>(call, 2)?);
    let ratio = optional_float(call, 3, 1.0)?;
    let collides = optional_boolean(call, 4, false)?;
    let mut bodies = Vec::new();
    for joint in [&joints.0, &joints.1] {
        let (first, second) = joint.bodies().or_raise(call)?;
        bodies.push(second.unwrap_or(first));
    }
    if Rc::ptr_eq(&bodies[0], &bodies[1]) {
        return Err(call.error("Box2D assertion failed: def->bodyA != def->bodyB"));
    }
    for (joint, name) in [(&joints.0, "m_typeA"), (&joints.1, "m_typeB")] {
        let is_possible = matches!(
            joint.kind,
            JointKind::Revolute { .. } | JointKind::Prismatic { .. }
        );
        if !is_possible {
            return Err(call.error(format!(
                "Box2D assertion failed: {name} == e_revoluteJoint || {name} == e_prismaticJoint"
            )));
        }
    }
    let kind = JointKind::Gear { joints, ratio };
    make(call, kind, &bodies[0], Some(&bodies[1]), collides)
}

pub(super) fn friction(call: &mut Call<'_>) -> NativeResult {
    let (first, second) = two_bodies(call)?;
    let (anchors, flag) = anchors(call, 6)?;
    let collides = optional_boolean(call, flag, false)?;
    let kind = JointKind::Friction { anchors };
    make(call, kind, &first, Some(&second), collides)
}

pub(super) fn weld(call: &mut Call<'_>) -> NativeResult {
    let (first, second) = two_bodies(call)?;
    let (anchors, flag) = anchors(call, 6)?;
    let collides = optional_boolean(call, flag, false)?;
    let angle = reference_angle(call, flag)?;
    let kind = JointKind::Weld { anchors, angle };
    make(call, kind, &first, Some(&second), collides)
}

pub(super) fn wheel(call: &mut Call<'_>) -> NativeResult {
    let (first, second) = two_bodies(call)?;
    let (anchors, axis_at) = anchors(call, 8)?;
    let axis = direction(call, axis_at)?;
    let collides = optional_boolean(call, axis_at + 2, false)?;
    let kind = JointKind::Wheel { anchors, axis };
    make(call, kind, &first, Some(&second), collides)
}

pub(super) fn rope(call: &mut Call<'_>) -> NativeResult {
    let (first, second) = two_bodies(call)?;
    let anchors = (place(call, 3)?, place(call, 5)?);
    let meter = meter(call.vm);
    let length = float(call, 7)? / meter;
    let collides = optional_boolean(call, 8, false)?;
    let kind = JointKind::Rope { anchors, length };
    make(call, kind, &first, Some(&second), collides)
}

pub(super) fn motor(call: &mut Call<'_>) -> NativeResult {
    let (first, second) = two_bodies(call)?;
    let correction = optional_float(call, 3, 0.3)?;
    let collides = !call.argument(3).is_nil() && optional_boolean(call, 4, false)?;
    let kind = JointKind::Motor { correction };
    make(call, kind, &first, Some(&second), collides)
}
