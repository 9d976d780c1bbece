//! The kinds of joints: which numbers each has, and in which power of a length.

use super::super::object::{ObjectType, push_object};
use super::joint::{JOINT, read, this, write};
use super::*;
use crate::physics::{Joint, Number};

/// Declares a joint type: one row a property, from which its methods are made.
///
/// ```text
/// number "Length" (Length, 1) "Length."         getLength, setLength: Number::Length, a length to the power of 1
/// reading "JointAngle" (Angle, 0) "Angle."      getJointAngle
/// motor 0 "Torque" 2                            what many kinds share is one row: spring, strength, motor, limits, axis, target
/// own "getJoints" "-> Joint, Joint" "…" READS get_joints;
/// ```
macro_rules! joint_type {
    // Every rule moves one row into the list of declarations; the last makes the type.
    (@rows $kind:literal [$($done:tt)*]) => {
        ObjectType { name: $kind, parent: Some(&JOINT), methods: methods![$($done)*] }
    };
    (@rows $kind:literal [$($done:tt)*] reading $name:literal ($number:ident, $power:literal) $text:literal; $($rest:tt)*) => {
        joint_type!(@rows $kind [$($done)*
            concat!($kind, ":get", $name), concat!("(joint: ", $kind, ") -> number"), $text, Effects::READS, |call| read(call, $kind, Number::$number, $power);
        ] $($rest)*)
    };
    (@rows $kind:literal [$($done:tt)*] writing $name:literal $text:literal $body:expr; $($rest:tt)*) => {
        joint_type!(@rows $kind [$($done)*
            concat!($kind, ":set", $name), concat!("(joint: ", $kind, ", value: number)"), $text, Effects::WRITES, $body;
        ] $($rest)*)
    };
    (@rows $kind:literal [$($done:tt)*] number $name:literal ($number:ident, $power:literal) $text:literal; $($rest:tt)*) => {
        joint_type!(@rows $kind [$($done)*] reading $name ($number, $power) $text;
            writing $name $text |call| write(call, $kind, Number::$number, $power); $($rest)*)
    };
    (@rows $kind:literal [$($done:tt)*] spring $prefix:literal; $($rest:tt)*) => {
        joint_type!(@rows $kind [$($done)*
            concat!($kind, ":get", $prefix, "Frequency"), concat!("(joint: ", $kind, ") -> number"), "The spring's frequency.", Effects::READS, |call| read(call, $kind, Number::Frequency, 0);
            concat!($kind, ":set", $prefix, "Frequency"), concat!("(joint: ", $kind, ", value: number)"), "The spring's frequency.", Effects::WRITES, |call| set_frequency(call, $kind);
            concat!($kind, ":get", $prefix, "DampingRatio"), concat!("(joint: ", $kind, ") -> number"), "The spring's damping.", Effects::READS, |call| read(call, $kind, Number::DampingRatio, 0);
            concat!($kind, ":set", $prefix, "DampingRatio"), concat!("(joint: ", $kind, ", value: number)"), "The spring's damping.", Effects::WRITES, |call| write(call, $kind, Number::DampingRatio, 0);
        ] $($rest)*)
    };
    (@rows $kind:literal [$($done:tt)*] strength; $($rest:tt)*) => {
        joint_type!(@rows $kind [$($done)*]
            number "MaxForce" (MaxForce, 1) "Most force.";
            number "MaxTorque" (MaxTorque, 2) "Most torque."; $($rest)*)
    };
    // The power of a length in the motor's speed, what it exerts, and the power in that.
    (@rows $kind:literal [$($done:tt)*] motor $speed:literal $effort:literal $power:literal; $($rest:tt)*) => {
        joint_type!(@rows $kind [$($done)*
            concat!($kind, ":getMaxMotor", $effort), concat!("(joint: ", $kind, ") -> number"), "The motor's strength.", Effects::READS, |call| read(call, $kind, Number::MaxMotor, $power);
            concat!($kind, ":setMaxMotor", $effort), concat!("(joint: ", $kind, ", value: number)"), "The motor's strength.", Effects::WRITES, |call| write(call, $kind, Number::MaxMotor, $power);
            concat!($kind, ":getMotor", $effort), concat!("(joint: ", $kind, ", inverse: number) -> number"), "What the motor does.", Effects::READS, |call| get_effort(call, $kind, $power);
            concat!($kind, ":setMotorEnabled"), concat!("(joint: ", $kind, ", enabled: boolean)"), "Whether the motor runs.", Effects::WRITES, |call| set_switch(call, $kind, Joint::enable_motor);
            concat!($kind, ":isMotorEnabled"), concat!("(joint: ", $kind, ") -> boolean"), "Whether the motor runs.", Effects::READS, |call| get_switch(call, $kind, Joint::has_motor);
        ] number "MotorSpeed" (MotorSpeed, $speed) "The speed that the motor aims at."; $($rest)*)
    };
    (@rows $kind:literal [$($done:tt)*] limits $power:literal; $($rest:tt)*) => {
        joint_type!(@rows $kind [$($done)*
            concat!($kind, ":setLimits"), concat!("(joint: ", $kind, ", lower: number, upper: number)"), "Both ends.", Effects::WRITES, |call| set_limits(call, $kind, $power);
            concat!($kind, ":getLimits"), concat!("(joint: ", $kind, ") -> number, number"), "Both ends.", Effects::READS, |call| get_limits(call, $kind, $power);
            concat!($kind, ":setLimitsEnabled"), concat!("(joint: ", $kind, ", enabled: boolean)"), "Whether the ends hold.", Effects::WRITES, |call| set_switch(call, $kind, Joint::enable_limits);
            concat!($kind, ":areLimitsEnabled"), concat!("(joint: ", $kind, ") -> boolean"), "Whether the ends hold.", Effects::READS, |call| get_switch(call, $kind, Joint::has_limits);
            concat!($kind, ":hasLimitsEnabled"), concat!("(joint: ", $kind, ") -> boolean"), "Deprecated: use areLimitsEnabled.", Effects::READS, |call| get_switch(call, $kind, Joint::has_limits);
        ] reading "UpperLimit" (UpperLimit, $power) "Upper end.";
          reading "LowerLimit" (LowerLimit, $power) "Lower end.";
          writing "UpperLimit" "Upper end." |call| set_limit(call, $kind, $power, true);
          writing "LowerLimit" "Lower end." |call| set_limit(call, $kind, $power, false); $($rest)*)
    };
    (@rows $kind:literal [$($done:tt)*] axis; $($rest:tt)*) => {
        joint_type!(@rows $kind [$($done)*] own "getAxis" "" " -> number, number" "The axis in the world." READS |call| get_axis(call, $kind); $($rest)*)
    };
    (@rows $kind:literal [$($done:tt)*] target $name:literal $text:literal; $($rest:tt)*) => {
        joint_type!(@rows $kind [$($done)*
            concat!($kind, ":get", $name), concat!("(joint: ", $kind, ") -> number, number"), $text, Effects::READS, |call| get_target(call, $kind);
            concat!($kind, ":set", $name), concat!("(joint: ", $kind, ", x: number, y: number)"), $text, Effects::WRITES, |call| set_target(call, $kind);
        ] $($rest)*)
    };
    (@rows $kind:literal [$($done:tt)*] own $name:literal $arguments:literal $results:literal $text:literal $effects:ident $body:expr; $($rest:tt)*) => {
        joint_type!(@rows $kind [$($done)*
            concat!($kind, ":", $name), concat!("(joint: ", $kind, $arguments, ")", $results), $text, Effects::$effects, $body;
        ] $($rest)*)
    };
    ($kind:literal: $($rows:tt)*) => { joint_type!(@rows $kind [] $($rows)*) };
}

/// `DistanceJoint`
pub static DISTANCE: ObjectType = joint_type!("DistanceJoint":
    number "Length" (Length, 1) "Length.";
    spring "";
);

/// `FrictionJoint`
pub static FRICTION: ObjectType = joint_type!("FrictionJoint":
    strength;
);

/// `GearJoint`
pub static GEAR: ObjectType = joint_type!("GearJoint":
    number "Ratio" (Ratio, 0) "Ratio.";
    own "getJoints" "" " -> Joint, Joint" "The joints that it couples." READS get_joints;
);

/// `MotorJoint`
pub static MOTOR: ObjectType = joint_type!("MotorJoint":
    target "LinearOffset" "Where the second body should be.";
    number "AngularOffset" (AngularOffset, 0) "Which angle the second body should have.";
    strength;
    number "CorrectionFactor" (CorrectionFactor, 0) "How fast it corrects.";
);

/// `MouseJoint`
pub static MOUSE: ObjectType = joint_type!("MouseJoint":
    target "Target" "Where it pulls to.";
    number "MaxForce" (MaxForce, 1) "Most force.";
    spring "";
);

/// `PrismaticJoint`
pub static PRISMATIC: ObjectType = joint_type!("PrismaticJoint":
    reading "JointTranslation" (Translation, 1) "How far it slid.";
    reading "JointSpeed" (Speed, 1) "How fast it slides.";
    motor 1 "Force" 1;
    limits 1;
    axis;
    reading "ReferenceAngle" (ReferenceAngle, 0) "The angle that counts as none.";
);

/// `PulleyJoint`
pub static PULLEY: ObjectType = joint_type!("PulleyJoint":
    own "getGroundAnchors" "" " -> number, number, number, number" "The wheels." READS get_ground_anchors;
    reading "LengthA" (LengthA, 1) "First half of the rope.";
    reading "LengthB" (LengthB, 1) "Second half of the rope.";
    reading "Ratio" (Ratio, 0) "Ratio.";
);

/// `RevoluteJoint`
pub static REVOLUTE: ObjectType = joint_type!("RevoluteJoint":
    reading "JointAngle" (Angle, 0) "Angle.";
    reading "JointSpeed" (Speed, 0) "How fast it turns.";
    motor 0 "Torque" 2;
    limits 0;
    reading "ReferenceAngle" (ReferenceAngle, 0) "The angle that counts as none.";
);

/// `RopeJoint`
pub static ROPE: ObjectType = joint_type!("RopeJoint":
    number "MaxLength" (MaxLength, 1) "Most length.";
);

/// `WeldJoint`
pub static WELD: ObjectType = joint_type!("WeldJoint":
    spring "";
    reading "ReferenceAngle" (ReferenceAngle, 0) "The angle that counts as none.";
);

/// `WheelJoint`
pub static WHEEL: ObjectType = joint_type!("WheelJoint":
    reading "JointTranslation" (Translation, 1) "How far it slid.";
    reading "JointSpeed" (Speed, 1) "How fast it slides.";
    motor 0 "Torque" 2;
    spring "Spring";
    axis;
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

/// Only a mouse joint cannot do without its spring.
fn set_frequency(call: &mut Call<'_>, name: &str) -> NativeResult {
    let joint = this(call, name)?;
    let frequency = float(call, 2)?;
    if name == "MouseJoint" && frequency <= f32::EPSILON * 2.0 {
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
