//! The kinds of joints: which numbers each has, and in which power of a length.

use super::super::object::{ObjectType, push_object};
use super::joint::{JOINT, read, this, write};
use super::*;
use crate::physics::{Joint, Number};

/// Declares `getX` and `setX` of a kind, over one of its numbers.
macro_rules! joint_type {
    ($kind:literal: $($entries:tt)*) => {
        ObjectType { name: $kind, parent: Some(&JOINT), methods: methods![$($entries)*] }
    };
}

/// `DistanceJoint`
pub static DISTANCE: ObjectType = joint_type!("DistanceJoint":
    "DistanceJoint:getLength", "(joint: DistanceJoint) -> number", "Length.", Effects::READS, |call| read(call, "DistanceJoint", Number::Length, 1);
    "DistanceJoint:setLength", "(joint: DistanceJoint, value: number)", "Length.", Effects::WRITES, |call| write(call, "DistanceJoint", Number::Length, 1);
    "DistanceJoint:getFrequency", "(joint: DistanceJoint) -> number", "The spring's frequency.", Effects::READS, |call| read(call, "DistanceJoint", Number::Frequency, 0);
    "DistanceJoint:setFrequency", "(joint: DistanceJoint, value: number)", "The spring's frequency.", Effects::WRITES, |call| write(call, "DistanceJoint", Number::Frequency, 0);
    "DistanceJoint:getDampingRatio", "(joint: DistanceJoint) -> number", "The spring's damping.", Effects::READS, |call| read(call, "DistanceJoint", Number::DampingRatio, 0);
    "DistanceJoint:setDampingRatio", "(joint: DistanceJoint, value: number)", "The spring's damping.", Effects::WRITES, |call| write(call, "DistanceJoint", Number::DampingRatio, 0);
);

/// `FrictionJoint`
pub static FRICTION: ObjectType = joint_type!("FrictionJoint":
    "FrictionJoint:getMaxForce", "(joint: FrictionJoint) -> number", "Most force.", Effects::READS, |call| read(call, "FrictionJoint", Number::MaxForce, 1);
    "FrictionJoint:setMaxForce", "(joint: FrictionJoint, value: number)", "Most force.", Effects::WRITES, |call| write(call, "FrictionJoint", Number::MaxForce, 1);
    "FrictionJoint:getMaxTorque", "(joint: FrictionJoint) -> number", "Most torque.", Effects::READS, |call| read(call, "FrictionJoint", Number::MaxTorque, 2);
    "FrictionJoint:setMaxTorque", "(joint: FrictionJoint, value: number)", "Most torque.", Effects::WRITES, |call| write(call, "FrictionJoint", Number::MaxTorque, 2);
);

/// `GearJoint`
pub static GEAR: ObjectType = joint_type!("GearJoint":
    "GearJoint:getRatio", "(joint: GearJoint) -> number", "Ratio.", Effects::READS, |call| read(call, "GearJoint", Number::Ratio, 0);
    "GearJoint:setRatio", "(joint: GearJoint, value: number)", "Ratio.", Effects::WRITES, |call| write(call, "GearJoint", Number::Ratio, 0);
    "GearJoint:getJoints", "(joint: GearJoint) -> Joint, Joint", "The joints that it couples.", Effects::READS, get_joints;
);

/// `MotorJoint`
pub static MOTOR: ObjectType = joint_type!("MotorJoint":
    "MotorJoint:getLinearOffset", "(joint: MotorJoint) -> number, number", "Where the second body should be.", Effects::READS, |call| get_target(call, "MotorJoint");
    "MotorJoint:setLinearOffset", "(joint: MotorJoint, x: number, y: number)", "Where the second body should be.", Effects::WRITES, |call| set_target(call, "MotorJoint");
    "MotorJoint:getAngularOffset", "(joint: MotorJoint) -> number", "Which angle the second body should have.", Effects::READS, |call| read(call, "MotorJoint", Number::AngularOffset, 0);
    "MotorJoint:setAngularOffset", "(joint: MotorJoint, value: number)", "Which angle the second body should have.", Effects::WRITES, |call| write(call, "MotorJoint", Number::AngularOffset, 0);
    "MotorJoint:getMaxForce", "(joint: MotorJoint) -> number", "Most force.", Effects::READS, |call| read(call, "MotorJoint", Number::MaxForce, 1);
    "MotorJoint:setMaxForce", "(joint: MotorJoint, value: number)", "Most force.", Effects::WRITES, |call| write(call, "MotorJoint", Number::MaxForce, 1);
    "MotorJoint:getMaxTorque", "(joint: MotorJoint) -> number", "Most torque.", Effects::READS, |call| read(call, "MotorJoint", Number::MaxTorque, 2);
    "MotorJoint:setMaxTorque", "(joint: MotorJoint, value: number)", "Most torque.", Effects::WRITES, |call| write(call, "MotorJoint", Number::MaxTorque, 2);
    "MotorJoint:getCorrectionFactor", "(joint: MotorJoint) -> number", "How fast it corrects.", Effects::READS, |call| read(call, "MotorJoint", Number::CorrectionFactor, 0);
    "MotorJoint:setCorrectionFactor", "(joint: MotorJoint, value: number)", "How fast it corrects.", Effects::WRITES, |call| write(call, "MotorJoint", Number::CorrectionFactor, 0);
);

/// `MouseJoint`
pub static MOUSE: ObjectType = joint_type!("MouseJoint":
    "MouseJoint:getTarget", "(joint: MouseJoint) -> number, number", "Where it pulls to.", Effects::READS, |call| get_target(call, "MouseJoint");
    "MouseJoint:setTarget", "(joint: MouseJoint, x: number, y: number)", "Where it pulls to.", Effects::WRITES, |call| set_target(call, "MouseJoint");
    "MouseJoint:getMaxForce", "(joint: MouseJoint) -> number", "Most force.", Effects::READS, |call| read(call, "MouseJoint", Number::MaxForce, 1);
    "MouseJoint:setMaxForce", "(joint: MouseJoint, value: number)", "Most force.", Effects::WRITES, |call| write(call, "MouseJoint", Number::MaxForce, 1);
    "MouseJoint:getFrequency", "(joint: MouseJoint) -> number", "The spring's frequency.", Effects::READS, |call| read(call, "MouseJoint", Number::Frequency, 0);
    "MouseJoint:setFrequency", "(joint: MouseJoint, value: number)", "The spring's frequency.", Effects::WRITES, set_mouse_frequency;
    "MouseJoint:getDampingRatio", "(joint: MouseJoint) -> number", "The spring's damping.", Effects::READS, |call| read(call, "MouseJoint", Number::DampingRatio, 0);
    "MouseJoint:setDampingRatio", "(joint: MouseJoint, value: number)", "The spring's damping.", Effects::WRITES, |call| write(call, "MouseJoint", Number::DampingRatio, 0);
);

/// `PrismaticJoint`
pub static PRISMATIC: ObjectType = joint_type!("PrismaticJoint":
    "PrismaticJoint:getJointTranslation", "(joint: PrismaticJoint) -> number", "How far it slid.", Effects::READS, |call| read(call, "PrismaticJoint", Number::Translation, 1);
    "PrismaticJoint:getJointSpeed", "(joint: PrismaticJoint) -> number", "How fast it slides.", Effects::READS, |call| read(call, "PrismaticJoint", Number::Speed, 1);
    "PrismaticJoint:getMotorSpeed", "(joint: PrismaticJoint) -> number", "The speed that the motor aims at.", Effects::READS, |call| read(call, "PrismaticJoint", Number::MotorSpeed, 1);
    "PrismaticJoint:setMotorSpeed", "(joint: PrismaticJoint, value: number)", "The speed that the motor aims at.", Effects::WRITES, |call| write(call, "PrismaticJoint", Number::MotorSpeed, 1);
    "PrismaticJoint:getMaxMotorForce", "(joint: PrismaticJoint) -> number", "The motor's strength.", Effects::READS, |call| read(call, "PrismaticJoint", Number::MaxMotor, 1);
    "PrismaticJoint:setMaxMotorForce", "(joint: PrismaticJoint, value: number)", "The motor's strength.", Effects::WRITES, |call| write(call, "PrismaticJoint", Number::MaxMotor, 1);
    "PrismaticJoint:getMotorForce", "(joint: PrismaticJoint, inverse: number) -> number", "What the motor does.", Effects::READS, |call| get_effort(call, "PrismaticJoint", 1);
    "PrismaticJoint:setMotorEnabled", "(joint: PrismaticJoint, enabled: boolean)", "Whether the motor runs.", Effects::WRITES, |call| set_switch(call, "PrismaticJoint", Joint::enable_motor);
    "PrismaticJoint:isMotorEnabled", "(joint: PrismaticJoint) -> boolean", "Whether the motor runs.", Effects::READS, |call| get_switch(call, "PrismaticJoint", Joint::has_motor);
    "PrismaticJoint:getUpperLimit", "(joint: PrismaticJoint) -> number", "Upper end.", Effects::READS, |call| read(call, "PrismaticJoint", Number::UpperLimit, 1);
    "PrismaticJoint:getLowerLimit", "(joint: PrismaticJoint) -> number", "Lower end.", Effects::READS, |call| read(call, "PrismaticJoint", Number::LowerLimit, 1);
    "PrismaticJoint:setUpperLimit", "(joint: PrismaticJoint, limit: number)", "Upper end.", Effects::WRITES, |call| set_limit(call, "PrismaticJoint", 1, true);
    "PrismaticJoint:setLowerLimit", "(joint: PrismaticJoint, limit: number)", "Lower end.", Effects::WRITES, |call| set_limit(call, "PrismaticJoint", 1, false);
    "PrismaticJoint:setLimits", "(joint: PrismaticJoint, lower: number, upper: number)", "Both ends.", Effects::WRITES, |call| set_limits(call, "PrismaticJoint", 1);
    "PrismaticJoint:getLimits", "(joint: PrismaticJoint) -> number, number", "Both ends.", Effects::READS, |call| get_limits(call, "PrismaticJoint", 1);
    "PrismaticJoint:setLimitsEnabled", "(joint: PrismaticJoint, enabled: boolean)", "Whether the ends hold.", Effects::WRITES, |call| set_switch(call, "PrismaticJoint", Joint::enable_limits);
    "PrismaticJoint:areLimitsEnabled", "(joint: PrismaticJoint) -> boolean", "Whether the ends hold.", Effects::READS, |call| get_switch(call, "PrismaticJoint", Joint::has_limits);
    "PrismaticJoint:hasLimitsEnabled", "(joint: PrismaticJoint) -> boolean", "Deprecated: use areLimitsEnabled.", Effects::READS, |call| get_switch(call, "PrismaticJoint", Joint::has_limits);
    "PrismaticJoint:getAxis", "(joint: PrismaticJoint) -> number, number", "The axis in the world.", Effects::READS, |call| get_axis(call, "PrismaticJoint");
    "PrismaticJoint:getReferenceAngle", "(joint: PrismaticJoint) -> number", "The angle that counts as none.", Effects::READS, |call| read(call, "PrismaticJoint", Number::ReferenceAngle, 0);
);

/// `PulleyJoint`
pub static PULLEY: ObjectType = joint_type!("PulleyJoint":
    "PulleyJoint:getGroundAnchors", "(joint: PulleyJoint) -> number, number, number, number", "The wheels.", Effects::READS, get_ground_anchors;
    "PulleyJoint:getLengthA", "(joint: PulleyJoint) -> number", "First half of the rope.", Effects::READS, |call| read(call, "PulleyJoint", Number::LengthA, 1);
    "PulleyJoint:getLengthB", "(joint: PulleyJoint) -> number", "Second half of the rope.", Effects::READS, |call| read(call, "PulleyJoint", Number::LengthB, 1);
    "PulleyJoint:getRatio", "(joint: PulleyJoint) -> number", "Ratio.", Effects::READS, |call| read(call, "PulleyJoint", Number::Ratio, 0);
);

/// `RevoluteJoint`
pub static REVOLUTE: ObjectType = joint_type!("RevoluteJoint":
    "RevoluteJoint:getJointAngle", "(joint: RevoluteJoint) -> number", "Angle.", Effects::READS, |call| read(call, "RevoluteJoint", Number::Angle, 0);
    "RevoluteJoint:getJointSpeed", "(joint: RevoluteJoint) -> number", "How fast it turns.", Effects::READS, |call| read(call, "RevoluteJoint", Number::Speed, 0);
    "RevoluteJoint:getMotorSpeed", "(joint: RevoluteJoint) -> number", "The speed that the motor aims at.", Effects::READS, |call| read(call, "RevoluteJoint", Number::MotorSpeed, 0);
    "RevoluteJoint:setMotorSpeed", "(joint: RevoluteJoint, value: number)", "The speed that the motor aims at.", Effects::WRITES, |call| write(call, "RevoluteJoint", Number::MotorSpeed, 0);
    "RevoluteJoint:getMaxMotorTorque", "(joint: RevoluteJoint) -> number", "The motor's strength.", Effects::READS, |call| read(call, "RevoluteJoint", Number::MaxMotor, 2);
    "RevoluteJoint:setMaxMotorTorque", "(joint: RevoluteJoint, value: number)", "The motor's strength.", Effects::WRITES, |call| write(call, "RevoluteJoint", Number::MaxMotor, 2);
    "RevoluteJoint:getMotorTorque", "(joint: RevoluteJoint, inverse: number) -> number", "What the motor does.", Effects::READS, |call| get_effort(call, "RevoluteJoint", 2);
    "RevoluteJoint:setMotorEnabled", "(joint: RevoluteJoint, enabled: boolean)", "Whether the motor runs.", Effects::WRITES, |call| set_switch(call, "RevoluteJoint", Joint::enable_motor);
    "RevoluteJoint:isMotorEnabled", "(joint: RevoluteJoint) -> boolean", "Whether the motor runs.", Effects::READS, |call| get_switch(call, "RevoluteJoint", Joint::has_motor);
    "RevoluteJoint:getUpperLimit", "(joint: RevoluteJoint) -> number", "Upper end.", Effects::READS, |call| read(call, "RevoluteJoint", Number::UpperLimit, 0);
    "RevoluteJoint:getLowerLimit", "(joint: RevoluteJoint) -> number", "Lower end.", Effects::READS, |call| read(call, "RevoluteJoint", Number::LowerLimit, 0);
    "RevoluteJoint:setUpperLimit", "(joint: RevoluteJoint, limit: number)", "Upper end.", Effects::WRITES, |call| set_limit(call, "RevoluteJoint", 0, true);
    "RevoluteJoint:setLowerLimit", "(joint: RevoluteJoint, limit: number)", "Lower end.", Effects::WRITES, |call| set_limit(call, "RevoluteJoint", 0, false);
    "RevoluteJoint:setLimits", "(joint: RevoluteJoint, lower: number, upper: number)", "Both ends.", Effects::WRITES, |call| set_limits(call, "RevoluteJoint", 0);
    "RevoluteJoint:getLimits", "(joint: RevoluteJoint) -> number, number", "Both ends.", Effects::READS, |call| get_limits(call, "RevoluteJoint", 0);
    "RevoluteJoint:setLimitsEnabled", "(joint: RevoluteJoint, enabled: boolean)", "Whether the ends hold.", Effects::WRITES, |call| set_switch(call, "RevoluteJoint", Joint::enable_limits);
    "RevoluteJoint:areLimitsEnabled", "(joint: RevoluteJoint) -> boolean", "Whether the ends hold.", Effects::READS, |call| get_switch(call, "RevoluteJoint", Joint::has_limits);
    "RevoluteJoint:hasLimitsEnabled", "(joint: RevoluteJoint) -> boolean", "Deprecated: use areLimitsEnabled.", Effects::READS, |call| get_switch(call, "RevoluteJoint", Joint::has_limits);
    "RevoluteJoint:getReferenceAngle", "(joint: RevoluteJoint) -> number", "The angle that counts as none.", Effects::READS, |call| read(call, "RevoluteJoint", Number::ReferenceAngle, 0);
);

/// `RopeJoint`
pub static ROPE: ObjectType = joint_type!("RopeJoint":
    "RopeJoint:getMaxLength", "(joint: RopeJoint) -> number", "Most length.", Effects::READS, |call| read(call, "RopeJoint", Number::MaxLength, 1);
    "RopeJoint:setMaxLength", "(joint: RopeJoint, value: number)", "Most length.", Effects::WRITES, |call| write(call, "RopeJoint", Number::MaxLength, 1);
);

/// `WeldJoint`
pub static WELD: ObjectType = joint_type!("WeldJoint":
    "WeldJoint:getFrequency", "(joint: WeldJoint) -> number", "The spring's frequency.", Effects::READS, |call| read(call, "WeldJoint", Number::Frequency, 0);
    "WeldJoint:setFrequency", "(joint: WeldJoint, value: number)", "The spring's frequency.", Effects::WRITES, |call| write(call, "WeldJoint", Number::Frequency, 0);
    "WeldJoint:getDampingRatio", "(joint: WeldJoint) -> number", "The spring's damping.", Effects::READS, |call| read(call, "WeldJoint", Number::DampingRatio, 0);
    "WeldJoint:setDampingRatio", "(joint: WeldJoint, value: number)", "The spring's damping.", Effects::WRITES, |call| write(call, "WeldJoint", Number::DampingRatio, 0);
    "WeldJoint:getReferenceAngle", "(joint: WeldJoint) -> number", "The angle that counts as none.", Effects::READS, |call| read(call, "WeldJoint", Number::ReferenceAngle, 0);
);

/// `WheelJoint`
pub static WHEEL: ObjectType = joint_type!("WheelJoint":
    "WheelJoint:getJointTranslation", "(joint: WheelJoint) -> number", "How far it slid.", Effects::READS, |call| read(call, "WheelJoint", Number::Translation, 1);
    "WheelJoint:getJointSpeed", "(joint: WheelJoint) -> number", "How fast it slides.", Effects::READS, |call| read(call, "WheelJoint", Number::Speed, 1);
    "WheelJoint:getMotorSpeed", "(joint: WheelJoint) -> number", "The speed that the motor aims at.", Effects::READS, |call| read(call, "WheelJoint", Number::MotorSpeed, 0);
    "WheelJoint:setMotorSpeed", "(joint: WheelJoint, value: number)", "The speed that the motor aims at.", Effects::WRITES, |call| write(call, "WheelJoint", Number::MotorSpeed, 0);
    "WheelJoint:getMaxMotorTorque", "(joint: WheelJoint) -> number", "The motor's strength.", Effects::READS, |call| read(call, "WheelJoint", Number::MaxMotor, 2);
    "WheelJoint:setMaxMotorTorque", "(joint: WheelJoint, value: number)", "The motor's strength.", Effects::WRITES, |call| write(call, "WheelJoint", Number::MaxMotor, 2);
    "WheelJoint:getMotorTorque", "(joint: WheelJoint, inverse: number) -> number", "What the motor does.", Effects::READS, |call| get_effort(call, "WheelJoint", 2);
    "WheelJoint:setMotorEnabled", "(joint: WheelJoint, enabled: boolean)", "Whether the motor runs.", Effects::WRITES, |call| set_switch(call, "WheelJoint", Joint::enable_motor);
    "WheelJoint:isMotorEnabled", "(joint: WheelJoint) -> boolean", "Whether the motor runs.", Effects::READS, |call| get_switch(call, "WheelJoint", Joint::has_motor);
    "WheelJoint:getSpringFrequency", "(joint: WheelJoint) -> number", "The spring's frequency.", Effects::READS, |call| read(call, "WheelJoint", Number::Frequency, 0);
    "WheelJoint:setSpringFrequency", "(joint: WheelJoint, value: number)", "The spring's frequency.", Effects::WRITES, |call| write(call, "WheelJoint", Number::Frequency, 0);
    "WheelJoint:getSpringDampingRatio", "(joint: WheelJoint) -> number", "The spring's damping.", Effects::READS, |call| read(call, "WheelJoint", Number::DampingRatio, 0);
    "WheelJoint:setSpringDampingRatio", "(joint: WheelJoint, value: number)", "The spring's damping.", Effects::WRITES, |call| write(call, "WheelJoint", Number::DampingRatio, 0);
    "WheelJoint:getAxis", "(joint: WheelJoint) -> number, number", "The axis in the world.", Effects::READS, |call| get_axis(call, "WheelJoint");
);

fn set_limit(call: &mut Call<'_>, name: &str, power: u32, is_upper: bool) -> NativeResult {
    let joint = this(call, name)?;
    let meter = meter(call.vm);
    let limit = down(float(call, 2)?, power, meter);
    let (lower, upper) = if is_upper {
        (joint.number(Number::LowerLimit).or_raise(call)?, limit)
    } else {
        (limit, joint.number(Number::UpperLimit).or_raise(call)?)
    };
    joint.set_limits(lower, upper).or_raise(call)?;
    call.none()
}

fn set_limits(call: &mut Call<'_>, name: &str, power: u32) -> NativeResult {
    let joint = this(call, name)?;
    let meter = meter(call.vm);
    let lower = down(float(call, 2)?, power, meter);
    let upper = down(float(call, 3)?, power, meter);
    joint.set_limits(lower, upper).or_raise(call)?;
    call.none()
}

fn get_limits(call: &mut Call<'_>, name: &str, power: u32) -> NativeResult {
    let joint = this(call, name)?;
    let lower = joint.number(Number::LowerLimit).or_raise(call)?;
    let upper = joint.number(Number::UpperLimit).or_raise(call)?;
    let meter = meter(call.vm);
    call.many(&[
        number(up(lower, power, meter)),
        number(up(upper, power, meter)),
    ])
}

fn set_switch(
    call: &mut Call<'_>,
    name: &str,
    write: fn(&Joint, bool) -> Result<(), Refusal>,
) -> NativeResult {
    let joint = this(call, name)?;
    let is_on = call.boolean(2)?;
    write(&joint, is_on).or_raise(call)?;
    call.none()
}

fn get_switch(
    call: &mut Call<'_>,
    name: &str,
    read: fn(&Joint) -> Result<bool, Refusal>,
) -> NativeResult {
    let joint = this(call, name)?;
    let is_on = read(&joint).or_raise(call)?;
    call.one(Value::boolean(is_on))
}

fn get_effort(call: &mut Call<'_>, name: &str, power: u32) -> NativeResult {
    let joint = this(call, name)?;
    let inverse = float(call, 2)?;
    let effort = joint.motor_effort(inverse).or_raise(call)?;
    let meter = meter(call.vm);
    call.one(number(up(effort, power, meter)))
}

fn get_axis(call: &mut Call<'_>, name: &str) -> NativeResult {
    let joint = this(call, name)?;
    let axis = joint.axis().or_raise(call)?;
    call.many(&[number(axis.x), number(axis.y)])
}

fn get_target(call: &mut Call<'_>, name: &str) -> NativeResult {
    let target = this(call, name)?.target().or_raise(call)?;
    answer_place(call, target)
}

fn set_target(call: &mut Call<'_>, name: &str) -> NativeResult {
    let joint = this(call, name)?;
    let target = place(call, 2)?;
    joint.set_target(target).or_raise(call)?;
    call.none()
}

fn set_mouse_frequency(call: &mut Call<'_>) -> NativeResult {
    let joint = this(call, "MouseJoint")?;
    let frequency = float(call, 2)?;
    if frequency <= f32::EPSILON * 2.0 {
        return Err(call.error("MouseJoint frequency must be a positive number."));
    }
    joint
        .set_number(Number::Frequency, frequency)
        .or_raise(call)?;
    call.none()
}

fn get_ground_anchors(call: &mut Call<'_>) -> NativeResult {
    let (first, second) = this(call, "PulleyJoint")?.ground_anchors().or_raise(call)?;
    let meter = meter(call.vm);
    call.many(&[
        number(first.x * meter),
        number(first.y * meter),
        number(second.x * meter),
        number(second.y * meter),
    ])
}

fn get_joints(call: &mut Call<'_>) -> NativeResult {
    let (first, second) = this(call, "GearJoint")?.coupled().or_raise(call)?;
    let first = push_object(call.vm, first);
    call.push(first);
    let second = push_object(call.vm, second);
    call.push(second);
    call.pushed(2)
}
