//! `Fixture`.

use super::super::object::{LoveObject, OBJECT, ObjectType, push_object};
use super::body::answer_mass_data;
use super::shape::{answer_bounds, answer_hit, child_index, kind_name};
use super::world::with_listener;
use super::*;

/// `Fixture`
pub static FIXTURE: ObjectType = ObjectType {
    name: "Fixture",
    parent: Some(&OBJECT),
    methods: methods![
        "Fixture:getType", "(fixture: Fixture) -> string", "What kind of shape it has.", Effects::READS, get_type;
        "Fixture:setFriction", "(fixture: Fixture, friction: number)", "Friction.", Effects::WRITES, |call| set(call, Fixture::set_friction, 0);
        "Fixture:setRestitution", "(fixture: Fixture, restitution: number)", "Bounciness.", Effects::WRITES, |call| set(call, Fixture::set_restitution, 0);
        "Fixture:setDensity", "(fixture: Fixture, density: number)", "Density.", Effects::WRITES, |call| set(call, Fixture::set_density, 0);
        "Fixture:setSensor", "(fixture: Fixture, sensor: boolean)", "Whether it only reports contacts.", Effects::WRITES, |call| set_flag(call, Fixture::set_sensor);
        "Fixture:getFriction", "(fixture: Fixture) -> number", "Friction.", Effects::READS, |call| get(call, Fixture::friction, 0);
        "Fixture:getRestitution", "(fixture: Fixture) -> number", "Bounciness.", Effects::READS, |call| get(call, Fixture::restitution, 0);
        "Fixture:getDensity", "(fixture: Fixture) -> number", "Density.", Effects::READS, |call| get(call, Fixture::density, 0);
        "Fixture:isSensor", "(fixture: Fixture) -> boolean", "Whether it only reports contacts.", Effects::READS, |call| flag(call, Fixture::is_sensor);
        "Fixture:getBody", "(fixture: Fixture) -> Body", "Its body.", Effects::READS, get_body;
        "Fixture:getShape", "(fixture: Fixture) -> Shape", "Its shape.", Effects::READS, get_shape;
        "Fixture:testPoint", "(fixture: Fixture, x: number, y: number) -> boolean", "Whether a point is in it.", Effects::READS, test_point;
        "Fixture:rayCast", "(fixture: Fixture, x1: number, y1: number, x2: number, y2: number, most: number, child: integer = 1) -> number?, number?, number?", "Where a line meets it.", Effects::READS, ray_cast;
        "Fixture:setFilterData", "(fixture: Fixture, categories: integer, mask: integer, group: integer)", "What it collides with.", Effects::WRITES, set_filter_data;
        "Fixture:getFilterData", "(fixture: Fixture) -> integer, integer, integer", "What it collides with.", Effects::READS, get_filter_data;
        "Fixture:setCategory", "(fixture: Fixture, ...: integer)", "Its categories.", Effects::WRITES, set_category;
        "Fixture:getCategory", "(fixture: Fixture) -> ...", "Its categories.", Effects::READS, get_category;
        "Fixture:setMask", "(fixture: Fixture, ...: integer)", "Categories that it does not collide with.", Effects::WRITES, set_mask;
        "Fixture:getMask", "(fixture: Fixture) -> ...", "Categories that it does not collide with.", Effects::READS, get_mask;
        "Fixture:setUserData", "(fixture: Fixture, value: any)", "Hangs a value on it.", Effects::WRITES, set_user_data::<Fixture>;
        "Fixture:getUserData", "(fixture: Fixture) -> any", "The value that hangs on it.", Effects::READS, get_user_data::<Fixture>;
        "Fixture:getBoundingBox", "(fixture: Fixture, child: integer = 1) -> number, number, number, number", "The box around it.", Effects::READS, get_bounding_box;
        "Fixture:getMassData", "(fixture: Fixture) -> number, number, number, number", "Centre, mass and inertia.", Effects::READS, |call| { let data = alive::<Fixture>(call, 1)?.mass_data().or_raise(call)?; answer_mass_data(call, &data, 0) };
        "Fixture:getGroupIndex", "(fixture: Fixture) -> integer", "Its group.", Effects::READS, |call| { let filter = alive::<Fixture>(call, 1)?.filter().or_raise(call)?; call.one(f64::from(filter.group_index)) };
        "Fixture:setGroupIndex", "(fixture: Fixture, group: integer)", "Its group.", Effects::WRITES, set_group_index;
        "Fixture:destroy", "(fixture: Fixture)", "Destroys it.", Effects::CALLS_LUA, destroy;
        "Fixture:isDestroyed", "(fixture: Fixture) -> boolean", "Whether it was destroyed.", Effects::READS, is_destroyed::<Fixture>;
    ],
};

impl LoveObject for Fixture {
    fn object_type(&self) -> &'static ObjectType {
        &FIXTURE
    }
}

pub(super) fn get_type(call: &mut Call<'_>) -> NativeResult {
    let shape = alive::<Fixture>(call, 1)?.shape().or_raise(call)?;
    call.one_string(kind_name(shape.kind()))
}

pub(super) fn get_body(call: &mut Call<'_>) -> NativeResult {
    let body = alive::<Fixture>(call, 1)?.body().or_raise(call)?;
    let value = push_object(call.vm, body);
    call.one(value)
}

fn get_shape(call: &mut Call<'_>) -> NativeResult {
    let shape = alive::<Fixture>(call, 1)?.shape().or_raise(call)?;
    let value = push_object(call.vm, shape);
    call.one(value)
}

pub(super) fn test_point(call: &mut Call<'_>) -> NativeResult {
    let fixture = alive::<Fixture>(call, 1)?;
    let point = place(call, 2)?;
    let is_inside = fixture.contains(point).or_raise(call)?;
    call.one(Value::boolean(is_inside))
}

pub(super) fn ray_cast(call: &mut Call<'_>) -> NativeResult {
    let fixture = alive::<Fixture>(call, 1)?;
    let (from, to) = (place(call, 2)?, place(call, 4)?);
    let most = float(call, 6)?;
    let child = child_index(call, 7)?;
    let hit = fixture.ray_cast(from, to, most, child).or_raise(call)?;
    answer_hit(call, hit)
}

pub(super) fn set_filter_data(call: &mut Call<'_>) -> NativeResult {
    let fixture = alive::<Fixture>(call, 1)?;
    let mut filter = fixture.filter().or_raise(call)?;
    filter.category_bits = call.integer(2)? as u16;
    filter.mask_bits = call.integer(3)? as u16;
    filter.group_index = call.integer(4)? as i16;
    fixture.set_filter(&filter).or_raise(call)?;
    call.none()
}

pub(super) fn get_filter_data(call: &mut Call<'_>) -> NativeResult {
    let filter = alive::<Fixture>(call, 1)?.filter().or_raise(call)?;
    call.many(&[
        Value::number(f64::from(filter.category_bits)),
        Value::number(f64::from(filter.mask_bits)),
        Value::number(f64::from(filter.group_index)),
    ])
}

/// The categories in the arguments or in a table, as bits.
fn bits(call: &mut Call<'_>) -> Result<u16, Raised> {
    let first = call.argument(2);
    let mut values = Vec::new();
    if first.is_table() {
        for index in 1..=call.vm.raw_length(first) {
            values.push(call.vm.raw_get_index(first, index as i64));
        }
    } else {
        for index in 2..=call.argument_count() {
            values.push(call.argument(index));
        }
    }
    let mut bits = 0;
    for value in values {
        let category = call.vm.to_number(value).unwrap_or(0.0);
        if !(1.0..17.0).contains(&category) {
            return Err(call.error("Values must be in range 1-16."));
        }
        bits |= 1 << (category as u32 - 1);
    }
    Ok(bits)
}

fn answer_bits(call: &mut Call<'_>, bits: u16) -> NativeResult {
    for category in 0..16 {
        if bits & (1 << category) != 0 {
            call.push(f64::from(category) + 1.0);
        }
    }
    call.pushed(bits.count_ones())
}

pub(super) fn set_category(call: &mut Call<'_>) -> NativeResult {
    let fixture = alive::<Fixture>(call, 1)?;
    let mut filter = fixture.filter().or_raise(call)?;
    filter.category_bits = bits(call)?;
    fixture.set_filter(&filter).or_raise(call)?;
    call.none()
}

pub(super) fn get_category(call: &mut Call<'_>) -> NativeResult {
    let filter = alive::<Fixture>(call, 1)?.filter().or_raise(call)?;
    answer_bits(call, filter.category_bits)
}

pub(super) fn set_mask(call: &mut Call<'_>) -> NativeResult {
    let fixture = alive::<Fixture>(call, 1)?;
    let mut filter = fixture.filter().or_raise(call)?;
    filter.mask_bits = !bits(call)?;
    fixture.set_filter(&filter).or_raise(call)?;
    call.none()
}

pub(super) fn get_mask(call: &mut Call<'_>) -> NativeResult {
    let filter = alive::<Fixture>(call, 1)?.filter().or_raise(call)?;
    answer_bits(call, !filter.mask_bits)
}

pub(super) fn get_bounding_box(call: &mut Call<'_>) -> NativeResult {
    let fixture = alive::<Fixture>(call, 1)?;
    let child = child_index(call, 2)?;
    let bounds = fixture.bounds(child).or_raise(call)?;
    answer_bounds(call, bounds)
}

pub(super) fn set_group_index(call: &mut Call<'_>) -> NativeResult {
    let fixture = alive::<Fixture>(call, 1)?;
    let mut filter = fixture.filter().or_raise(call)?;
    filter.group_index = call.integer(2)? as i16;
    fixture.set_filter(&filter).or_raise(call)?;
    call.none()
}

pub(super) fn destroy(call: &mut Call<'_>) -> NativeResult {
    let fixture = alive::<Fixture>(call, 1)?;
    let world = fixture
        .body()
        .and_then(|body| body.world())
        .or_raise(call)?;
    with_listener(call, &world, |listener| {
        world.destroy_fixture(&fixture, listener);
    })?;
    if fixture.is_destroyed() {
        attach(call.vm, &fixture, 0, Value::NIL)?;
    }
    call.none()
}
