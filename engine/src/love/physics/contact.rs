//! `Contact`.

use super::super::object::{LoveObject, OBJECT, ObjectType};
use super::*;
use crate::physics::Contact;

/// `Contact`
pub static CONTACT: ObjectType = ObjectType {
    name: "Contact",
    parent: Some(&OBJECT),
    methods: methods![
        "Contact:getPositions", "(contact: Contact) -> ...", "Where the shapes touch.", Effects::READS, get_positions;
        "Contact:getNormal", "(contact: Contact) -> number, number", "From the first shape to the second.", Effects::READS, get_normal;
        "Contact:getFriction", "(contact: Contact) -> number", "Friction.", Effects::READS, |call| get(call, Contact::friction, 0);
        "Contact:getRestitution", "(contact: Contact) -> number", "Bounciness.", Effects::READS, |call| get(call, Contact::restitution, 0);
        "Contact:isEnabled", "(contact: Contact) -> boolean", "Whether it takes part.", Effects::READS, |call| flag(call, Contact::is_enabled);
        "Contact:isTouching", "(contact: Contact) -> boolean", "Whether the shapes touch.", Effects::READS, |call| flag(call, Contact::is_touching);
        "Contact:setFriction", "(contact: Contact, friction: number)", "Friction.", Effects::WRITES, |call| set(call, Contact::set_friction, 0);
        "Contact:setRestitution", "(contact: Contact, restitution: number)", "Bounciness.", Effects::WRITES, |call| set(call, Contact::set_restitution, 0);
        "Contact:setEnabled", "(contact: Contact, enabled: boolean)", "Whether it takes part in this step.", Effects::WRITES, |call| set_flag(call, Contact::set_enabled);
        "Contact:resetFriction", "(contact: Contact)", "Friction as the fixtures have it.", Effects::WRITES, |call| { alive::<Contact>(call, 1)?.reset_friction().or_raise(call)?; call.none() };
        "Contact:resetRestitution", "(contact: Contact)", "Bounciness as the fixtures have it.", Effects::WRITES, |call| { alive::<Contact>(call, 1)?.reset_restitution().or_raise(call)?; call.none() };
        "Contact:setTangentSpeed", "(contact: Contact, speed: number)", "Speed of a conveyor belt.", Effects::WRITES, |call| set(call, Contact::set_tangent_speed, 0);
        "Contact:getTangentSpeed", "(contact: Contact) -> number", "Speed of a conveyor belt.", Effects::READS, |call| get(call, Contact::tangent_speed, 0);
        "Contact:getChildren", "(contact: Contact) -> integer, integer", "Which parts of the shapes touch.", Effects::READS, get_children;
        "Contact:getFixtures", "(contact: Contact) -> Fixture, Fixture", "The two fixtures.", Effects::READS, get_fixtures;
        "Contact:isDestroyed", "(contact: Contact) -> boolean", "Whether it was destroyed.", Effects::READS, is_destroyed::<Contact>;
    ],
};

impl LoveObject for Contact {
    fn object_type(&self) -> &'static ObjectType {
        &CONTACT
    }
}

fn get_positions(call: &mut Call<'_>) -> NativeResult {
    let (_, points) = alive::<Contact>(call, 1)?.manifold().or_raise(call)?;
    let meter = meter(call.vm);
    for point in &points {
        call.push(number(point.x * meter));
        call.push(number(point.y * meter));
    }
    call.pushed(points.len() as u32 * 2)
}

fn get_normal(call: &mut Call<'_>) -> NativeResult {
    let (normal, _) = alive::<Contact>(call, 1)?.manifold().or_raise(call)?;
    call.many(&[number(normal.x), number(normal.y)])
}

fn get_children(call: &mut Call<'_>) -> NativeResult {
    let contact = alive::<Contact>(call, 1)?;
    let first = contact.first_child().or_raise(call)?;
    let second = contact.second_child().or_raise(call)?;
    call.many(&[
        Value::number(f64::from(first) + 1.0),
        Value::number(f64::from(second) + 1.0),
    ])
}

pub(super) fn get_fixtures(call: &mut Call<'_>) -> NativeResult {
    let (first, second) = alive::<Contact>(call, 1)?.fixtures().or_raise(call)?;
    let first = push_fixture(call.vm, first);
    call.push(first);
    let second = push_fixture(call.vm, second);
    call.push(second);
    call.pushed(2)
}
