//! `Joint`, and what its kinds have in common.

use super::super::object::{
    LoveObject, OBJECT, ObjectType, any_object, object_type_error, push_object,
};
use super::joint_types as types;
use super::world::with_listener;
use super::*;
use crate::physics::{Joint, JointKind, Number};

/// `Joint`
pub static JOINT: ObjectType = ObjectType {
    name: "Joint",
    parent: Some(&OBJECT),
    methods: methods![
        "Joint:getType", "(joint: Joint) -> string", "What kind of joint it is.", Effects::READS, get_type;
        "Joint:getBodies", "(joint: Joint) -> Body, Body?", "Its bodies.", Effects::READS, get_bodies;
        "Joint:getAnchors", "(joint: Joint) -> number, number, number, number", "Its anchors in the world.", Effects::READS, get_anchors;
        "Joint:getReactionForce", "(joint: Joint, inverse: number) -> number, number", "The force that it exerts.", Effects::READS, get_reaction_force;
        "Joint:getReactionTorque", "(joint: Joint, inverse: number) -> number", "The torque that it exerts.", Effects::READS, get_reaction_torque;
        "Joint:getCollideConnected", "(joint: Joint) -> boolean", "Whether its bodies collide.", Effects::READS, |call| flag(call, Joint::collides);
        "Joint:setUserData", "(joint: Joint, value: any)", "Hangs a value on it.", Effects::WRITES, set_user_data::<Joint>;
        "Joint:getUserData", "(joint: Joint) -> any", "The value that hangs on it.", Effects::READS, get_user_data::<Joint>;
        "Joint:destroy", "(joint: Joint)", "Destroys it.", Effects::CALLS_LUA, destroy;
        "Joint:isDestroyed", "(joint: Joint) -> boolean", "Whether it was destroyed.", Effects::READS, is_destroyed::<Joint>;
    ],
};

impl LoveObject for Joint {
    fn object_type(&self) -> &'static ObjectType {
        match &self.kind {
            JointKind::Distance { .. } => &types::DISTANCE,
            JointKind::Friction { .. } => &types::FRICTION,
            JointKind::Gear { .. } => &types::GEAR,
            JointKind::Motor { .. } => &types::MOTOR,
            JointKind::Mouse { .. } => &types::MOUSE,
            JointKind::Prismatic { .. } => &types::PRISMATIC,
            JointKind::Pulley { .. } => &types::PULLEY,
            JointKind::Revolute { .. } => &types::REVOLUTE,
            JointKind::Rope { .. } => &types::ROPE,
            JointKind::Weld { .. } => &types::WELD,
            JointKind::Wheel { .. } => &types::WHEEL,
        }
    }
}

/// Argument 1, which must be of a type and not destroyed.
pub(super) fn this(call: &mut Call<'_>, name: &str) -> Result<Rc<Joint>, Raised> {
    let (object, _) = any_object(call, 1, name)?;
    let joint: Rc<Joint> = object
        .downcast()
        .map_err(|_| object_type_error(call, 1, name))?;
    if joint.is_destroyed() {
        return Err(call.error("Attempt to use destroyed joint."));
    }
    Ok(joint)
}

/// Methods that read one of a joint's numbers.
pub(super) fn read(call: &mut Call<'_>, name: &str, which: Number, power: u32) -> NativeResult {
    let value = this(call, name)?.number(which).or_raise(call)?;
    let meter = meter(call.vm);
    call.one(number(up(value, power, meter)))
}

/// Methods that set one of a joint's numbers.
pub(super) fn write(call: &mut Call<'_>, name: &str, which: Number, power: u32) -> NativeResult {
    let joint = this(call, name)?;
    let meter = meter(call.vm);
    let value = down(float(call, 2)?, power, meter);
    joint.set_number(which, value).or_raise(call)?;
    call.none()
}

fn get_type(call: &mut Call<'_>) -> NativeResult {
    let joint = alive::<Joint>(call, 1)?;
    call.one_string(match &joint.kind {
        JointKind::Distance { .. } => "distance",
        JointKind::Friction { .. } => "friction",
        JointKind::Gear { .. } => "gear",
        JointKind::Motor { .. } => "motor",
        JointKind::Mouse { .. } => "mouse",
        JointKind::Prismatic { .. } => "prismatic",
        JointKind::Pulley { .. } => "pulley",
        JointKind::Revolute { .. } => "revolute",
        JointKind::Rope { .. } => "rope",
        JointKind::Weld { .. } => "weld",
        JointKind::Wheel { .. } => "wheel",
    })
}

fn get_bodies(call: &mut Call<'_>) -> NativeResult {
    let (first, second) = alive::<Joint>(call, 1)?.bodies().or_raise(call)?;
    let first = push_object(call.vm, first);
    call.push(first);
    let second = second.map_or(Value::NIL, |second| push_object(call.vm, second));
    call.push(second);
    call.pushed(2)
}

fn get_anchors(call: &mut Call<'_>) -> NativeResult {
    let joint = alive::<Joint>(call, 1)?;
    let first = joint.first_anchor().or_raise(call)?;
    let second = joint.second_anchor().or_raise(call)?;
    let meter = meter(call.vm);
    call.many(&[
        number(first.x * meter),
        number(first.y * meter),
        number(second.x * meter),
        number(second.y * meter),
    ])
}

fn get_reaction_force(call: &mut Call<'_>) -> NativeResult {
    let joint = alive::<Joint>(call, 1)?;
    let inverse = float(call, 2)?;
    let force = joint.reaction_force(inverse).or_raise(call)?;
    answer_place(call, force)
}

fn get_reaction_torque(call: &mut Call<'_>) -> NativeResult {
    let joint = alive::<Joint>(call, 1)?;
    let inverse = float(call, 2)?;
    let torque = joint.reaction_torque(inverse).or_raise(call)?;
    let meter = meter(call.vm);
    call.one(number(up(torque, 2, meter)))
}

fn destroy(call: &mut Call<'_>) -> NativeResult {
    let joint = alive::<Joint>(call, 1)?;
    let world = joint.world().or_raise(call)?;
    with_listener(call, &world, |listener| {
        world.destroy_joint(&joint, listener);
    })?;
    if joint.is_destroyed() {
        attach(call.vm, &joint, 0, Value::NIL)?;
    }
    call.none()
}
