//! The functions of Box2D that are used, as the crate `wrapped2d` binds them, and those that it binds with the wrong signature.

pub use wrapped2d::collision::shapes::MassData;
pub use wrapped2d::collision::shapes::chain::ffi::*;
pub use wrapped2d::collision::shapes::circle::ffi::*;
pub use wrapped2d::collision::shapes::edge::ffi::*;
pub use wrapped2d::collision::shapes::ffi::*;
pub use wrapped2d::collision::shapes::polygon::ffi::*;
pub use wrapped2d::collision::{
    AABB, Manifold, RayCastInput, RayCastOutput, WorldManifold, shapes::ShapeType,
};
pub use wrapped2d::common::math::{Rot, Transform, Vec2};
pub use wrapped2d::dynamics::body::ffi::*;
pub use wrapped2d::dynamics::body::{BodyDef, BodyType};
pub use wrapped2d::dynamics::contacts::ffi::*;
pub use wrapped2d::dynamics::fixture::ffi::*;
pub use wrapped2d::dynamics::fixture::{Filter, FixtureDef};
pub use wrapped2d::dynamics::joints::distance::ffi::*;
pub use wrapped2d::dynamics::joints::ffi::{
    Joint_get_anchor_a_virtual, Joint_get_anchor_b_virtual,
};
pub use wrapped2d::dynamics::joints::friction::ffi::*;
pub use wrapped2d::dynamics::joints::gear::ffi::*;
pub use wrapped2d::dynamics::joints::motor::ffi::*;
pub use wrapped2d::dynamics::joints::mouse::ffi::*;
pub use wrapped2d::dynamics::joints::prismatic::ffi::*;
pub use wrapped2d::dynamics::joints::pulley::ffi::*;
pub use wrapped2d::dynamics::joints::revolute::ffi::{
    Joint_as_revolute_joint, RevoluteJoint, RevoluteJoint_enable_limit, RevoluteJoint_enable_motor,
    RevoluteJoint_get_joint_angle, RevoluteJoint_get_joint_speed, RevoluteJoint_get_lower_limit,
    RevoluteJoint_get_max_motor_torque, RevoluteJoint_get_motor_speed,
    RevoluteJoint_get_reference_angle, RevoluteJoint_get_upper_limit,
    RevoluteJoint_is_limit_enabled, RevoluteJoint_is_motor_enabled, RevoluteJoint_set_limits,
    RevoluteJoint_set_max_motor_torque, RevoluteJoint_set_motor_speed, World_create_revolute_joint,
};
pub use wrapped2d::dynamics::joints::rope::ffi::*;
pub use wrapped2d::dynamics::joints::weld::ffi::*;
pub use wrapped2d::dynamics::joints::wheel::ffi::{
    Joint_as_wheel_joint, WheelJoint, WheelJoint_enable_motor, WheelJoint_get_joint_speed,
    WheelJoint_get_joint_translation, WheelJoint_get_local_axis_a, WheelJoint_get_max_motor_torque,
    WheelJoint_get_motor_speed, WheelJoint_get_spring_damping_ratio,
    WheelJoint_get_spring_frequency, WheelJoint_is_motor_enabled, WheelJoint_set_max_motor_torque,
    WheelJoint_set_motor_speed, WheelJoint_set_spring_damping_ratio,
    WheelJoint_set_spring_frequency, World_create_wheel_joint,
};
pub use wrapped2d::dynamics::world::callbacks::ContactImpulse;
pub use wrapped2d::dynamics::world::callbacks::ffi::*;
pub use wrapped2d::dynamics::world::ffi::*;

// The crate declares these without their last parameter.
unsafe extern "C" {
    pub fn Joint_get_reaction_force_virtual(joint: *const Joint, inverse_step: f32) -> Vec2;
    pub fn Joint_get_reaction_torque_virtual(joint: *const Joint, inverse_step: f32) -> f32;
    pub fn RevoluteJoint_get_motor_torque(joint: *const RevoluteJoint, inverse_step: f32) -> f32;
    pub fn WheelJoint_get_motor_torque(joint: *const WheelJoint, inverse_step: f32) -> f32;
}
