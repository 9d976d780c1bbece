//! Joints of all kinds. Their values are asked for by name, since most kinds share most names.

use super::body::Body;
use super::raw::{self, Vec2};
use super::world::World;
use super::{LOCKED, Refusal};
use std::cell::Cell;
use std::ptr::null_mut;
use std::rc::{Rc, Weak};

/// What kind of joint it is, with what it is made from.
#[derive(Clone)]
#[expect(
    missing_docs,
    reason = "anchors are places on the bodies, an axis a direction, an angle in radians"
)]
pub enum JointKind {
    /// Keeps two points at a distance.
    Distance { anchors: (Vec2, Vec2) },
    /// Two bodies that rub.
    Friction { anchors: (Vec2, Vec2) },
    /// Couples two joints.
    Gear {
        joints: (Rc<Joint>, Rc<Joint>),
        ratio: f32,
    },
    /// Moves a body to a place relative to another.
    Motor { correction: f32 },
    /// Pulls a point of a body to a place.
    Mouse { target: Vec2 },
    /// Two bodies that slide along an axis.
    Prismatic {
        anchors: (Vec2, Vec2),
        axis: Vec2,
        angle: Option<f32>,
    },
    /// A rope over two wheels.
    Pulley {
        grounds: (Vec2, Vec2),
        anchors: (Vec2, Vec2),
        ratio: f32,
    },
    /// Two bodies that turn around a point.
    Revolute {
        anchors: (Vec2, Vec2),
        angle: Option<f32>,
    },
    /// Keeps two points from moving too far apart.
    Rope { anchors: (Vec2, Vec2), length: f32 },
    /// Two bodies glued together.
    Weld {
        anchors: (Vec2, Vec2),
        angle: Option<f32>,
    },
    /// A wheel on a spring.
    Wheel { anchors: (Vec2, Vec2), axis: Vec2 },
}

/// A number of a joint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Number {
    /// Length of a distance joint.
    Length,
    /// Of a spring.
    Frequency,
    /// Of a spring.
    DampingRatio,
    /// Of friction, motor and mouse joints.
    MaxForce,
    /// Of friction and motor joints.
    MaxTorque,
    /// Of gear and pulley joints.
    Ratio,
    /// First half of a pulley's rope.
    LengthA,
    /// Second half of a pulley's rope.
    LengthB,
    /// The angle between the bodies that counts as none.
    ReferenceAngle,
    /// Of a revolute joint.
    Angle,
    /// How fast it turns or slides.
    Speed,
    /// How far it slid.
    Translation,
    /// Lower end.
    LowerLimit,
    /// Upper end.
    UpperLimit,
    /// What the motor aims at.
    MotorSpeed,
    /// The motor's strength: a torque, or a prismatic joint's force.
    MaxMotor,
    /// Of a motor joint.
    AngularOffset,
    /// Of a motor joint.
    CorrectionFactor,
    /// Of a rope joint.
    MaxLength,
}

/// A joint of a world.
pub struct Joint {
    raw: Cell<*mut raw::Joint>,
    /// What it was made from.
    pub kind: JointKind,
    world: Weak<World>,
    /// The second is empty for mouse joints.
    bodies: (Weak<Body>, Option<Weak<Body>>),
    collides: bool,
}

const NOT_OF_THIS_KIND: Refusal = "this kind of joint has no such value";

impl World {
    /// A joint between two bodies; a mouse joint and a gear use the first two of what they are given.
    pub fn new_joint(
        self: &Rc<Self>,
        kind: JointKind,
        first: &Rc<Body>,
        second: Option<&Rc<Body>>,
        collides: bool,
    ) -> Result<Rc<Joint>, Refusal> {
        let world = self.raw()?;
        if self.check_idle().is_err() {
            return Err(LOCKED);
        }
        let body = first.raw()?;
        let other = second.map_or_else(|| Ok(body), |second| second.raw())?;
        if second.is_some_and(|second| Rc::ptr_eq(first, second)) {
            return Err("Box2D assertion failed: def->bodyA != def->bodyB");
        }
        for body in [Some(first), second].into_iter().flatten() {
            if !std::ptr::eq(Rc::as_ptr(&body.world()?), Rc::as_ptr(self)) {
                return Err("Physics error: bodies of a joint must belong to the same world");
            }
        }
        // SAFETY: I13, I50: world, bodies and joints live, belong together, and the world does not run.
        let raw = unsafe { create(world, self.ground(), &kind, body, other, collides)? };
        let joint = Rc::new(Joint {
            raw: Cell::new(raw),
            kind,
            world: Rc::downgrade(self),
            bodies: (Rc::downgrade(first), second.map(Rc::downgrade)),
            collides,
        });
        if matches!(joint.kind, JointKind::Gear { .. }) && !collides {
            for fixture in first.fixtures()? {
                fixture.refilter()?;
            }
            self.has_strict_gears.set(true);
        }
        self.joints.borrow_mut().push(joint.clone());
        Ok(joint)
    }
}

/// Makes a joint in Box2D, with the defaults of its definitions.
///
/// # Safety
/// I50: all pointers are those of living objects of one world that does not run.
unsafe fn create(
    world: *mut raw::World,
    ground: *mut raw::Body,
    kind: &JointKind,
    a: *mut raw::Body,
    b: *mut raw::Body,
    collides: bool,
) -> Result<*mut raw::Joint, Refusal> {
    // SAFETY: I13, I50: as the caller says; Box2D copies every vector.
    unsafe {
        let local = |anchors: &(Vec2, Vec2)| {
            (
                raw::Body_get_local_point(a, &anchors.0),
                raw::Body_get_local_point(b, &anchors.1),
            )
        };
        let between = raw::Body_get_angle(b) - raw::Body_get_angle(a);
        Ok(match kind {
            JointKind::Distance { anchors } => {
                let (p, q) = local(anchors);
                let length = (anchors.1 - anchors.0).norm();
                raw::World_create_distance_joint(world, a, b, collides, p, q, length, 0.0, 0.0)
            }
            JointKind::Friction { anchors } => {
                let (p, q) = local(anchors);
                raw::World_create_friction_joint(world, a, b, collides, p, q, 0.0, 0.0)
            }
            JointKind::Gear { joints, ratio } => {
                let (first, second) = (joints.0.raw()?, joints.1.raw()?);
                // The binding gives Box2D no bodies here, which it would look at if they were not to collide: the world's filter
                // sees to that instead.
                raw::World_create_gear_joint(world, true, first, second, *ratio)
            }
            JointKind::Motor { correction } => {
                let offset = raw::Body_get_local_point(a, raw::Body_get_position(b));
                raw::World_create_motor_joint(
                    world,
                    a,
                    b,
                    collides,
                    offset,
                    between,
                    1.0,
                    1.0,
                    *correction,
                )
            }
            JointKind::Mouse { target } => {
                let force = 1000.0 * raw::Body_get_mass(a);
                raw::World_create_mouse_joint(world, ground, a, collides, *target, force, 5.0, 0.7)
            }
            JointKind::Prismatic {
                anchors,
                axis,
                angle,
            } => {
                let (p, q) = local(anchors);
                let axis = raw::Body_get_local_vector(a, axis);
                let angle = angle.unwrap_or(between);
                raw::World_create_prismatic_joint(
                    world, a, b, collides, p, q, axis, angle, true, 0.0, 100.0, false, 0.0, 0.0,
                )
            }
            JointKind::Pulley {
                grounds,
                anchors,
                ratio,
            } => {
                let (p, q) = local(anchors);
                let first = (anchors.0 - grounds.0).norm();
                let second = (anchors.1 - grounds.1).norm();
                raw::World_create_pulley_joint(
                    world, a, b, collides, grounds.0, grounds.1, p, q, first, second, *ratio,
                )
            }
            JointKind::Revolute { anchors, angle } => {
                let (p, q) = local(anchors);
                let angle = angle.unwrap_or(between);
                raw::World_create_revolute_joint(
                    world, a, b, collides, p, q, angle, false, 0.0, 0.0, false, 0.0, 0.0,
                )
            }
            JointKind::Rope { anchors, length } => {
                let (p, q) = local(anchors);
                raw::World_create_rope_joint(world, a, b, collides, p, q, *length)
            }
            JointKind::Weld { anchors, angle } => {
                let (p, q) = local(anchors);
                let angle = angle.unwrap_or(between);
                raw::World_create_weld_joint(world, a, b, collides, p, q, angle, 0.0, 0.0)
            }
            JointKind::Wheel { anchors, axis } => {
                let (p, q) = local(anchors);
                let axis = raw::Body_get_local_vector(a, axis);
                raw::World_create_wheel_joint(
                    world, a, b, collides, p, q, axis, false, 0.0, 0.0, 2.0, 0.7,
                )
            }
        })
    }
}

impl Joint {
    /// The joint in Box2D.
    pub(super) fn raw(&self) -> Result<*mut raw::Joint, Refusal> {
        match self.raw.get() {
            raw if raw.is_null() => Err("Attempt to use destroyed joint."),
            raw => Ok(raw),
        }
    }

    super::getters! {
        /// Place of the first anchor.
        first_anchor: Vec2 = Joint_get_anchor_a_virtual;
        /// Place of the second anchor.
        second_anchor: Vec2 = Joint_get_anchor_b_virtual;
    }

    /// Whether the bodies collide with each other.
    pub fn collides(&self) -> Result<bool, Refusal> {
        self.raw()?;
        Ok(self.collides)
    }

    /// Whether it is a gear that keeps these two bodies from colliding.
    pub(super) fn parts(&self, first: &Body, second: &Body) -> bool {
        let is = |known: &Weak<Body>, body: &Body| std::ptr::eq(known.as_ptr(), body);
        let Some(other) = &self.bodies.1 else {
            return false;
        };
        matches!(self.kind, JointKind::Gear { .. })
            && !self.collides
            && (is(&self.bodies.0, first) && is(other, second)
                || is(&self.bodies.0, second) && is(other, first))
    }

    /// Whether it was destroyed.
    pub fn is_destroyed(&self) -> bool {
        self.raw.get().is_null()
    }

    /// Its world.
    pub fn world(&self) -> Result<Rc<World>, Refusal> {
        self.raw()?;
        self.world
            .upgrade()
            .ok_or("Attempt to use destroyed joint.")
    }

    /// Its bodies.
    pub fn bodies(&self) -> Result<(Rc<Body>, Option<Rc<Body>>), Refusal> {
        self.raw()?;
        let first = self
            .bodies
            .0
            .upgrade()
            .ok_or("Attempt to use destroyed body.")?;
        Ok((first, self.bodies.1.as_ref().and_then(Weak::upgrade)))
    }

    /// Whether a body hangs on it.
    pub(super) fn has_body(&self, body: &Body) -> bool {
        let is = |known: &Weak<Body>| std::ptr::eq(known.as_ptr(), body);
        let own = is(&self.bodies.0) || self.bodies.1.as_ref().is_some_and(is);
        // A gear hangs on all bodies of its joints.
        own || matches!(&self.kind, JointKind::Gear { joints, .. }
            if joints.0.has_body(body) || joints.1.has_body(body))
    }

    /// The force that it exerts.
    pub fn reaction_force(&self, inverse_step: f32) -> Result<Vec2, Refusal> {
        let raw = self.raw()?;
        // SAFETY: I50: the joint lives.
        Ok(unsafe { raw::Joint_get_reaction_force_virtual(raw, inverse_step) })
    }

    /// The torque that it exerts.
    pub fn reaction_torque(&self, inverse_step: f32) -> Result<f32, Refusal> {
        let raw = self.raw()?;
        // SAFETY: I50: the joint lives.
        let torque = unsafe { raw::Joint_get_reaction_torque_virtual(raw, inverse_step) };
        // A gear joint that no step has seen multiplies its impulse of zero with memory that the solver has not set yet.
        Ok(if torque.is_nan() { 0.0 } else { torque })
    }

    /// The motor's torque, or a prismatic joint's force.
    pub fn motor_effort(&self, inverse_step: f32) -> Result<f32, Refusal> {
        let raw = self.raw()?;
        // SAFETY: I50: the joint lives and is of the kind.
        unsafe {
            match &self.kind {
                JointKind::Revolute { .. } => Ok(raw::RevoluteJoint_get_motor_torque(
                    raw::Joint_as_revolute_joint(raw),
                    inverse_step,
                )),
                JointKind::Wheel { .. } => Ok(raw::WheelJoint_get_motor_torque(
                    raw::Joint_as_wheel_joint(raw),
                    inverse_step,
                )),
                JointKind::Prismatic { .. } => Ok(raw::PrismaticJoint_get_motor_force(
                    raw::Joint_as_prismatic_joint(raw),
                    inverse_step,
                )),
                _ => Err(NOT_OF_THIS_KIND),
            }
        }
    }

    /// One of its numbers.
    pub fn number(&self, number: Number) -> Result<f32, Refusal> {
        let raw = self.raw()?;
        // SAFETY: I50: the joint lives and is of the kind.
        Ok(unsafe {
            match &self.kind {
                JointKind::Distance { .. } => {
                    let joint = raw::Joint_as_distance_joint(raw);
                    match number {
                        Number::Length => raw::DistanceJoint_get_length(joint),
                        Number::Frequency => raw::DistanceJoint_get_frequency(joint),
                        Number::DampingRatio => raw::DistanceJoint_get_damping_ratio(joint),
                        _ => return Err(NOT_OF_THIS_KIND),
                    }
                }
                JointKind::Friction { .. } => {
                    let joint = raw::Joint_as_friction_joint(raw);
                    match number {
                        Number::MaxForce => raw::FrictionJoint_get_max_force(joint),
                        Number::MaxTorque => raw::FrictionJoint_get_max_torque(joint),
                        _ => return Err(NOT_OF_THIS_KIND),
                    }
                }
                JointKind::Gear { .. } if number == Number::Ratio => {
                    raw::GearJoint_get_ratio(raw::Joint_as_gear_joint(raw))
                }
                JointKind::Motor { .. } => {
                    let joint = raw::Joint_as_motor_joint(raw);
                    match number {
                        Number::MaxForce => raw::MotorJoint_get_max_force(joint),
                        Number::MaxTorque => raw::MotorJoint_get_max_torque(joint),
                        Number::AngularOffset => raw::MotorJoint_get_angular_offset(joint),
                        Number::CorrectionFactor => raw::MotorJoint_get_correction_factor(joint),
                        _ => return Err(NOT_OF_THIS_KIND),
                    }
                }
                JointKind::Mouse { .. } => {
                    let joint = raw::Joint_as_mouse_joint(raw);
                    match number {
                        Number::MaxForce => raw::MouseJoint_get_max_force(joint),
                        Number::Frequency => raw::MouseJoint_get_frequency(joint),
                        Number::DampingRatio => raw::MouseJoint_get_damping_ratio(joint),
                        _ => return Err(NOT_OF_THIS_KIND),
                    }
                }
                JointKind::Pulley { .. } => {
                    let joint = raw::Joint_as_pulley_joint(raw);
                    match number {
                        Number::LengthA => raw::PulleyJoint_get_length_a(joint),
                        Number::LengthB => raw::PulleyJoint_get_length_b(joint),
                        Number::Ratio => raw::PulleyJoint_get_ratio(joint),
                        _ => return Err(NOT_OF_THIS_KIND),
                    }
                }
                JointKind::Rope { .. } if number == Number::MaxLength => {
                    raw::RopeJoint_get_max_length(raw::Joint_as_rope_joint(raw))
                }
                JointKind::Weld { .. } => {
                    let joint = raw::Joint_as_weld_joint(raw);
                    match number {
                        Number::Frequency => raw::WeldJoint_get_frequency(joint),
                        Number::DampingRatio => raw::WeldJoint_get_damping_ratio(joint),
                        Number::ReferenceAngle => raw::WeldJoint_get_reference_angle(joint),
                        _ => return Err(NOT_OF_THIS_KIND),
                    }
                }
                _ => return self.motor_number(raw, number),
            }
        })
    }

    /// A number of the kinds with limits or motors.
    fn motor_number(&self, raw: *mut raw::Joint, number: Number) -> Result<f32, Refusal> {
        // SAFETY: I50: the joint lives and is of the kind.
        Ok(unsafe {
            match &self.kind {
                JointKind::Prismatic { .. } => {
                    let joint = raw::Joint_as_prismatic_joint(raw);
                    match number {
                        Number::Translation => raw::PrismaticJoint_get_joint_translation(joint),
                        Number::Speed => raw::PrismaticJoint_get_joint_speed(joint),
                        Number::LowerLimit => raw::PrismaticJoint_get_lower_limit(joint),
                        Number::UpperLimit => raw::PrismaticJoint_get_upper_limit(joint),
                        Number::MotorSpeed => raw::PrismaticJoint_get_motor_speed(joint),
                        Number::MaxMotor => raw::PrismaticJoint_get_max_motor_force(joint),
                        Number::ReferenceAngle => raw::PrismaticJoint_get_reference_angle(joint),
                        _ => return Err(NOT_OF_THIS_KIND),
                    }
                }
                JointKind::Revolute { .. } => {
                    let joint = raw::Joint_as_revolute_joint(raw);
                    match number {
                        Number::Angle => raw::RevoluteJoint_get_joint_angle(joint),
                        Number::Speed => raw::RevoluteJoint_get_joint_speed(joint),
                        Number::LowerLimit => raw::RevoluteJoint_get_lower_limit(joint),
                        Number::UpperLimit => raw::RevoluteJoint_get_upper_limit(joint),
                        Number::MotorSpeed => raw::RevoluteJoint_get_motor_speed(joint),
                        Number::MaxMotor => raw::RevoluteJoint_get_max_motor_torque(joint),
                        Number::ReferenceAngle => raw::RevoluteJoint_get_reference_angle(joint),
                        _ => return Err(NOT_OF_THIS_KIND),
                    }
                }
                JointKind::Wheel { .. } => {
                    let joint = raw::Joint_as_wheel_joint(raw);
                    match number {
                        Number::Translation => raw::WheelJoint_get_joint_translation(joint),
                        Number::Speed => raw::WheelJoint_get_joint_speed(joint),
                        Number::MotorSpeed => raw::WheelJoint_get_motor_speed(joint),
                        Number::MaxMotor => raw::WheelJoint_get_max_motor_torque(joint),
                        Number::Frequency => raw::WheelJoint_get_spring_frequency(joint),
                        Number::DampingRatio => raw::WheelJoint_get_spring_damping_ratio(joint),
                        _ => return Err(NOT_OF_THIS_KIND),
                    }
                }
                _ => return Err(NOT_OF_THIS_KIND),
            }
        })
    }

    /// Sets one of its numbers.
    pub fn set_number(&self, number: Number, value: f32) -> Result<(), Refusal> {
        let raw = self.raw()?;
        check_number(number, value)?;
        // SAFETY: I50: the joint lives and is of the kind.
        unsafe {
            match (&self.kind, number) {
                (JointKind::Distance { .. }, Number::Length) => {
                    raw::DistanceJoint_set_length(raw::Joint_as_distance_joint(raw), value);
                }
                (JointKind::Distance { .. }, Number::Frequency) => {
                    raw::DistanceJoint_set_frequency(raw::Joint_as_distance_joint(raw), value);
                }
                (JointKind::Distance { .. }, Number::DampingRatio) => {
                    raw::DistanceJoint_set_damping_ratio(raw::Joint_as_distance_joint(raw), value);
                }
                (JointKind::Friction { .. }, Number::MaxForce) => {
                    raw::FrictionJoint_set_max_force(raw::Joint_as_friction_joint(raw), value);
                }
                (JointKind::Friction { .. }, Number::MaxTorque) => {
                    raw::FrictionJoint_set_max_torque(raw::Joint_as_friction_joint(raw), value);
                }
                (JointKind::Gear { .. }, Number::Ratio) => {
                    raw::GearJoint_set_ratio(raw::Joint_as_gear_joint(raw), value);
                }
                (JointKind::Mouse { .. }, Number::MaxForce) => {
                    raw::MouseJoint_set_max_force(raw::Joint_as_mouse_joint(raw), value);
                }
                (JointKind::Mouse { .. }, Number::Frequency) => {
                    raw::MouseJoint_set_frequency(raw::Joint_as_mouse_joint(raw), value);
                }
                (JointKind::Mouse { .. }, Number::DampingRatio) => {
                    raw::MouseJoint_set_damping_ratio(raw::Joint_as_mouse_joint(raw), value);
                }
                (JointKind::Rope { .. }, Number::MaxLength) => {
                    raw::RopeJoint_set_max_length(raw::Joint_as_rope_joint(raw), value);
                }
                (JointKind::Weld { .. }, Number::Frequency) => {
                    raw::WeldJoint_set_frequency(raw::Joint_as_weld_joint(raw), value);
                }
                (JointKind::Weld { .. }, Number::DampingRatio) => {
                    raw::WeldJoint_set_damping_ratio(raw::Joint_as_weld_joint(raw), value);
                }
                _ => return self.set_motor_number(raw, number, value),
            }
        }
        Ok(())
    }

    fn set_motor_number(
        &self,
        raw: *mut raw::Joint,
        number: Number,
        value: f32,
    ) -> Result<(), Refusal> {
        // SAFETY: I50: the joint lives and is of the kind.
        unsafe {
            match (&self.kind, number) {
                (JointKind::Motor { .. }, Number::MaxForce) => {
                    raw::MotorJoint_set_max_force(raw::Joint_as_motor_joint(raw), value);
                }
                (JointKind::Motor { .. }, Number::MaxTorque) => {
                    raw::MotorJoint_set_max_torque(raw::Joint_as_motor_joint(raw), value);
                }
                (JointKind::Motor { .. }, Number::AngularOffset) => {
                    raw::MotorJoint_set_angular_offset(raw::Joint_as_motor_joint(raw), value);
                }
                (JointKind::Motor { .. }, Number::CorrectionFactor) => {
                    raw::MotorJoint_set_correction_factor(raw::Joint_as_motor_joint(raw), value);
                }
                (JointKind::Prismatic { .. }, Number::MotorSpeed) => {
                    raw::PrismaticJoint_set_motor_speed(raw::Joint_as_prismatic_joint(raw), value);
                }
                (JointKind::Prismatic { .. }, Number::MaxMotor) => {
                    let joint = raw::Joint_as_prismatic_joint(raw);
                    raw::PrismaticJoint_set_max_motor_force(joint, value);
                }
                (JointKind::Revolute { .. }, Number::MotorSpeed) => {
                    raw::RevoluteJoint_set_motor_speed(raw::Joint_as_revolute_joint(raw), value);
                }
                (JointKind::Revolute { .. }, Number::MaxMotor) => {
                    let joint = raw::Joint_as_revolute_joint(raw);
                    raw::RevoluteJoint_set_max_motor_torque(joint, value);
                }
                (JointKind::Wheel { .. }, Number::MotorSpeed) => {
                    raw::WheelJoint_set_motor_speed(raw::Joint_as_wheel_joint(raw), value);
                }
                (JointKind::Wheel { .. }, Number::MaxMotor) => {
                    raw::WheelJoint_set_max_motor_torque(raw::Joint_as_wheel_joint(raw), value);
                }
                (JointKind::Wheel { .. }, Number::Frequency) => {
                    raw::WheelJoint_set_spring_frequency(raw::Joint_as_wheel_joint(raw), value);
                }
                (JointKind::Wheel { .. }, Number::DampingRatio) => {
                    let joint = raw::Joint_as_wheel_joint(raw);
                    raw::WheelJoint_set_spring_damping_ratio(joint, value);
                }
                _ => return Err(NOT_OF_THIS_KIND),
            }
        }
        Ok(())
    }

    /// Sets both ends.
    pub fn set_limits(&self, lower: f32, upper: f32) -> Result<(), Refusal> {
        let raw = self.raw()?;
        if lower > upper {
            return Err("Box2D assertion failed: lower <= upper");
        }
        // SAFETY: I50: the joint lives and is of the kind.
        unsafe {
            match &self.kind {
                JointKind::Prismatic { .. } => {
                    let joint = raw::Joint_as_prismatic_joint(raw);
                    raw::PrismaticJoint_set_limits(joint, lower, upper);
                }
                JointKind::Revolute { .. } => {
                    let joint = raw::Joint_as_revolute_joint(raw);
                    raw::RevoluteJoint_set_limits(joint, lower, upper);
                }
                _ => return Err(NOT_OF_THIS_KIND),
            }
        }
        Ok(())
    }

    /// Whether its ends hold.
    pub fn has_limits(&self) -> Result<bool, Refusal> {
        let raw = self.raw()?;
        // SAFETY: I50: the joint lives and is of the kind.
        unsafe {
            match &self.kind {
                JointKind::Prismatic { .. } => Ok(raw::PrismaticJoint_is_limit_enabled(
                    raw::Joint_as_prismatic_joint(raw),
                )),
                JointKind::Revolute { .. } => Ok(raw::RevoluteJoint_is_limit_enabled(
                    raw::Joint_as_revolute_joint(raw),
                )),
                _ => Err(NOT_OF_THIS_KIND),
            }
        }
    }

    /// Whether its ends hold.
    pub fn enable_limits(&self, flag: bool) -> Result<(), Refusal> {
        let raw = self.raw()?;
        // SAFETY: I50: the joint lives and is of the kind.
        unsafe {
            match &self.kind {
                JointKind::Prismatic { .. } => {
                    raw::PrismaticJoint_enable_limit(raw::Joint_as_prismatic_joint(raw), flag);
                }
                JointKind::Revolute { .. } => {
                    raw::RevoluteJoint_enable_limit(raw::Joint_as_revolute_joint(raw), flag);
                }
                _ => return Err(NOT_OF_THIS_KIND),
            }
        }
        Ok(())
    }

    /// Whether its motor runs.
    pub fn has_motor(&self) -> Result<bool, Refusal> {
        let raw = self.raw()?;
        // SAFETY: I50: the joint lives and is of the kind.
        unsafe {
            match &self.kind {
                JointKind::Prismatic { .. } => Ok(raw::PrismaticJoint_is_motor_enabled(
                    raw::Joint_as_prismatic_joint(raw),
                )),
                JointKind::Revolute { .. } => Ok(raw::RevoluteJoint_is_motor_enabled(
                    raw::Joint_as_revolute_joint(raw),
                )),
                JointKind::Wheel { .. } => Ok(raw::WheelJoint_is_motor_enabled(
                    raw::Joint_as_wheel_joint(raw),
                )),
                _ => Err(NOT_OF_THIS_KIND),
            }
        }
    }

    /// Whether its motor runs.
    pub fn enable_motor(&self, flag: bool) -> Result<(), Refusal> {
        let raw = self.raw()?;
        // SAFETY: I50: the joint lives and is of the kind.
        unsafe {
            match &self.kind {
                JointKind::Prismatic { .. } => {
                    raw::PrismaticJoint_enable_motor(raw::Joint_as_prismatic_joint(raw), flag);
                }
                JointKind::Revolute { .. } => {
                    raw::RevoluteJoint_enable_motor(raw::Joint_as_revolute_joint(raw), flag);
                }
                JointKind::Wheel { .. } => {
                    raw::WheelJoint_enable_motor(raw::Joint_as_wheel_joint(raw), flag);
                }
                _ => return Err(NOT_OF_THIS_KIND),
            }
        }
        Ok(())
    }

    /// The axis of a prismatic or wheel joint, in the world.
    pub fn axis(&self) -> Result<Vec2, Refusal> {
        let raw = self.raw()?;
        // SAFETY: I50: the joint lives and is of the kind, and the axis is a part of it.
        let axis = unsafe {
            match &self.kind {
                JointKind::Prismatic { .. } => {
                    *raw::PrismaticJoint_get_local_axis_a(raw::Joint_as_prismatic_joint(raw))
                }
                JointKind::Wheel { .. } => {
                    *raw::WheelJoint_get_local_axis_a(raw::Joint_as_wheel_joint(raw))
                }
                _ => return Err(NOT_OF_THIS_KIND),
            }
        };
        self.bodies()?.0.world_vector(axis)
    }

    /// Where a mouse joint pulls to, or a motor joint's linear offset.
    pub fn target(&self) -> Result<Vec2, Refusal> {
        let raw = self.raw()?;
        // SAFETY: I50: the joint lives and is of the kind, and the vector is a part of it.
        unsafe {
            match &self.kind {
                JointKind::Mouse { .. } => {
                    Ok(*raw::MouseJoint_get_target(raw::Joint_as_mouse_joint(raw)))
                }
                JointKind::Motor { .. } => Ok(*raw::MotorJoint_get_linear_offset(
                    raw::Joint_as_motor_joint(raw),
                )),
                _ => Err(NOT_OF_THIS_KIND),
            }
        }
    }

    /// Sets where a mouse joint pulls to, or a motor joint's linear offset.
    pub fn set_target(&self, target: Vec2) -> Result<(), Refusal> {
        let raw = self.raw()?;
        // SAFETY: I50: the joint lives and is of the kind.
        unsafe {
            match &self.kind {
                JointKind::Mouse { .. } => {
                    raw::MouseJoint_set_target(raw::Joint_as_mouse_joint(raw), &target);
                }
                JointKind::Motor { .. } => {
                    raw::MotorJoint_set_linear_offset(raw::Joint_as_motor_joint(raw), &target);
                }
                _ => return Err(NOT_OF_THIS_KIND),
            }
        }
        Ok(())
    }

    /// The wheels of a pulley.
    pub fn ground_anchors(&self) -> Result<(Vec2, Vec2), Refusal> {
        let raw = self.raw()?;
        let JointKind::Pulley { .. } = &self.kind else {
            return Err(NOT_OF_THIS_KIND);
        };
        // SAFETY: I50: the joint lives and is a pulley.
        Ok(unsafe {
            let joint = raw::Joint_as_pulley_joint(raw);
            (
                raw::PulleyJoint_get_ground_anchor_a(joint),
                raw::PulleyJoint_get_ground_anchor_b(joint),
            )
        })
    }

    /// The joints that a gear couples.
    pub fn coupled(&self) -> Result<(Rc<Joint>, Rc<Joint>), Refusal> {
        self.raw()?;
        match &self.kind {
            JointKind::Gear { joints, .. } => Ok(joints.clone()),
            _ => Err(NOT_OF_THIS_KIND),
        }
    }

    /// Box2D has freed it.
    pub(super) fn forget(&self) {
        self.raw.set(null_mut());
    }

    /// Destroys it in Box2D, after the gears that couple it. Only `World::run` calls this.
    pub(super) fn free(self: &Rc<Self>, world: &World) {
        let raw = self.raw.get();
        if raw.is_null() {
            return;
        }
        for joint in world.joints() {
            let is_gear = matches!(&joint.kind, JointKind::Gear { joints, .. }
                if Rc::ptr_eq(&joints.0, self) || Rc::ptr_eq(&joints.1, self));
            if is_gear {
                joint.free(world);
            }
        }
        // SAFETY: I50: world and joint live, no gear couples it, and the world is not in a step.
        unsafe { raw::World_destroy_joint(world.raw().unwrap_or(null_mut()), raw) };
        self.forget();
        world
            .joints
            .borrow_mut()
            .retain(|joint| !Rc::ptr_eq(joint, self));
    }
}

/// Values that Box2D takes for granted.
fn check_number(number: Number, value: f32) -> Result<(), Refusal> {
    let is_valid = value.is_finite();
    match number {
        Number::MaxForce if !is_valid || value < 0.0 => {
            Err("Box2D assertion failed: b2IsValid(force) && force >= 0.0f")
        }
        Number::MaxTorque if !is_valid || value < 0.0 => {
            Err("Box2D assertion failed: b2IsValid(torque) && torque >= 0.0f")
        }
        Number::CorrectionFactor if !(0.0..=1.0).contains(&value) => {
            Err("Box2D assertion failed: b2IsValid(factor) && 0.0f <= factor && factor <= 1.0f")
        }
        Number::Ratio if !is_valid => Err("Box2D assertion failed: b2IsValid(ratio)"),
        _ => Ok(()),
    }
}
