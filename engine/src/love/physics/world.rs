//! `World`, and how Box2D's reports become calls of Lua functions.

use super::super::object::{LoveObject, OBJECT, ObjectType, push_object};
use super::*;
use crate::physics::{Contact, Listener};

/// `World`
pub static WORLD: ObjectType = ObjectType {
    name: "World",
    parent: Some(&OBJECT),
    methods: methods![
        "World:update", "(world: World, dt: number, velocity: integer = 8, position: integer = 3)", "Lets time pass.", Effects::CALLS_LUA, update;
        "World:setCallbacks", "(world: World, begin: function = nil, end: function = nil, presolve: function = nil, postsolve: function = nil)", "Functions that hear of contacts.", Effects::WRITES, set_callbacks;
        "World:getCallbacks", "(world: World) -> function?, function?, function?, function?", "Functions that hear of contacts.", Effects::READS, get_callbacks;
        "World:setContactFilter", "(world: World, filter: function = nil)", "The function that decides about contacts.", Effects::WRITES, set_contact_filter;
        "World:getContactFilter", "(world: World) -> function?", "The function that decides about contacts.", Effects::READS, |call| { let world = alive::<World>(call, 1)?; let filter = attached(call.vm, &world, FILTER); call.one(filter) };
        "World:setGravity", "(world: World, x: number, y: number)", "Sets gravity.", Effects::WRITES, set_gravity;
        "World:getGravity", "(world: World) -> number, number", "Gravity.", Effects::READS, |call| vector(call, World::gravity);
        "World:translateOrigin", "(world: World, x: number, y: number)", "Moves the origin.", Effects::WRITES, translate_origin;
        "World:setSleepingAllowed", "(world: World, allow: boolean)", "Whether bodies may sleep.", Effects::WRITES, |call| set_flag(call, World::set_may_sleep);
        "World:isSleepingAllowed", "(world: World) -> boolean", "Whether bodies may sleep.", Effects::READS, |call| flag(call, World::may_sleep);
        "World:isLocked", "(world: World) -> boolean", "Whether a step runs.", Effects::READS, |call| flag(call, World::is_locked);
        "World:getBodyCount", "(world: World) -> integer", "How many bodies there are.", Effects::READS, |call| { let world = alive::<World>(call, 1)?; call.one(world.body_count() as f64) };
        "World:getJointCount", "(world: World) -> integer", "How many joints there are.", Effects::READS, |call| { let world = alive::<World>(call, 1)?; call.one(world.joint_count() as f64) };
        "World:getContactCount", "(world: World) -> integer", "How many contacts there are.", Effects::READS, |call| { let count = alive::<World>(call, 1)?.contact_count().or_raise(call)?; call.one(f64::from(count)) };
        "World:getBodies", "(world: World) -> table", "The bodies.", Effects::ALLOCATES, get_bodies;
        "World:getBodyList", "(world: World) -> table", "Deprecated: use getBodies.", Effects::ALLOCATES, get_bodies;
        "World:getJoints", "(world: World) -> table", "The joints.", Effects::ALLOCATES, get_joints;
        "World:getJointList", "(world: World) -> table", "Deprecated: use getJoints.", Effects::ALLOCATES, get_joints;
        "World:getContacts", "(world: World) -> table", "The contacts.", Effects::ALLOCATES, get_contacts;
        "World:getContactList", "(world: World) -> table", "Deprecated: use getContacts.", Effects::ALLOCATES, get_contacts;
        "World:queryBoundingBox", "(world: World, x1: number, y1: number, x2: number, y2: number, found: function)", "Calls a function for each fixture in a box.", Effects::CALLS_LUA, query_bounding_box;
        "World:rayCast", "(world: World, x1: number, y1: number, x2: number, y2: number, hit: function)", "Calls a function for each fixture on a line.", Effects::CALLS_LUA, ray_cast;
        "World:destroy", "(world: World)", "Destroys the world and all that is in it.", Effects::WRITES, destroy;
        "World:isDestroyed", "(world: World) -> boolean", "Whether it was destroyed.", Effects::READS, is_destroyed::<World>;
    ],
};

impl LoveObject for World {
    fn object_type(&self) -> &'static ObjectType {
        &WORLD
    }
}

/// The slots of a world: 1 to 4 are the callbacks.
const FILTER: usize = 5;

pub(super) fn new_world(call: &mut Call<'_>) -> NativeResult {
    let gravity = Vec2 {
        x: optional_float(call, 1, 0.0)?,
        y: optional_float(call, 2, 0.0)?,
    };
    let may_sleep = optional_boolean(call, 3, true)?;
    let meter = meter(call.vm);
    let gravity = Vec2 {
        x: gravity.x / meter,
        y: gravity.y / meter,
    };
    let world = World::new(gravity, may_sleep);
    if super::super::is_version_12(call.vm) {
        world.find_contacts_early();
    }
    for slot in 1..=FILTER {
        attach(call.vm, &world, slot, Value::NIL)?;
    }
    let value = push_object(call.vm, world);
    call.one(value)
}

/// Calls Lua for what Box2D reports. After the first error nothing more is called; the error is raised when Box2D is done.
struct LuaListener<'a> {
    vm: &'a mut Vm,
    world: Rc<World>,
    /// Whether there may be a function in a slot.
    has: [bool; FILTER + 1],
    has_failed: bool,
}

/// Where an error waits for Box2D's end.
const ERROR_FIELD: &str = "love.physics error";

impl LuaListener<'_> {
    /// Calls the function in a slot; `None` if there is none or an error has happened.
    fn tell(
        &mut self,
        slot: usize,
        arguments: impl FnOnce(&mut Vm) -> Vec<Value>,
    ) -> Option<Value> {
        if self.has_failed || !self.has[slot] {
            return None;
        }
        let function = attached(self.vm, &self.world, slot);
        if !function.is_function() {
            return None;
        }
        let arguments = arguments(self.vm);
        self.call(function, &arguments)
    }

    fn call(&mut self, function: Value, arguments: &[Value]) -> Option<Value> {
        if self.has_failed {
            return None;
        }
        match self.vm.call_function(function, arguments) {
            Ok(results) => Some(results.first().copied().unwrap_or(Value::NIL)),
            Err(Raised) => {
                self.fail();
                None
            }
        }
    }

    /// Keeps the error that was just raised.
    fn fail(&mut self) {
        self.has_failed = true;
        let problem = self.vm.take_error();
        let registry = self.vm.registry();
        self.vm.set_field(registry, ERROR_FIELD, problem);
    }

    fn contact(&mut self, slot: usize, contact: &Rc<Contact>, impulses: &[(f32, f32)]) {
        if !self.has[slot] {
            return;
        }
        let Ok((first, second)) = contact.fixtures() else {
            return;
        };
        let meter = meter(self.vm);
        let contact = contact.clone();
        self.tell(slot, |vm| {
            let mut values = vec![
                push_fixture(vm, first),
                push_fixture(vm, second),
                push_object(vm, contact),
            ];
            for (normal, tangent) in impulses {
                values.push(number(normal * meter));
                values.push(number(tangent * meter));
            }
            values
        });
    }
}

impl Listener for LuaListener<'_> {
    fn begin(&mut self, contact: &Rc<Contact>) {
        self.contact(1, contact, &[]);
    }
    fn end(&mut self, contact: &Rc<Contact>) {
        self.contact(2, contact, &[]);
    }
    fn before_solve(&mut self, contact: &Rc<Contact>) {
        self.contact(3, contact, &[]);
    }
    fn after_solve(&mut self, contact: &Rc<Contact>, impulses: &[(f32, f32)]) {
        self.contact(4, contact, impulses);
    }
    fn may_touch(&mut self, first: &Rc<Fixture>, second: &Rc<Fixture>) -> bool {
        if !self.has[FILTER] {
            return true;
        }
        let (first, second) = (first.clone(), second.clone());
        let answer = self.tell(FILTER, |vm| {
            vec![push_fixture(vm, first), push_fixture(vm, second)]
        });
        answer.is_none_or(Value::is_truthy)
    }
}

/// Runs something that may report to Lua, and raises what failed there.
pub(super) fn with_listener<T>(
    call: &mut Call<'_>,
    world: &Rc<World>,
    work: impl FnOnce(&mut dyn Listener) -> T,
) -> Result<T, Raised> {
    let mut has = [false; FILTER + 1];
    for (slot, has) in has.iter_mut().enumerate().skip(1) {
        *has = attached(call.vm, world, slot).is_function();
    }
    let (answer, has_failed) = {
        let mut listener = LuaListener {
            vm: call.vm,
            world: world.clone(),
            has,
            has_failed: false,
        };
        (work(&mut listener), listener.has_failed)
    };
    if has_failed {
        return Err(raise_kept(call));
    }
    Ok(answer)
}

fn raise_kept(call: &mut Call<'_>) -> Raised {
    let registry = call.vm.registry();
    let problem = call.vm.field(registry, ERROR_FIELD);
    call.vm.set_field(registry, ERROR_FIELD, Value::NIL);
    call.raise(problem)
}

fn update(call: &mut Call<'_>) -> NativeResult {
    let world = alive::<World>(call, 1)?;
    let seconds = float(call, 2)?;
    let (velocity, position) = if call.argument(3).is_nil() {
        (8, 3)
    } else {
        (call.integer(3)?, call.integer(4)?)
    };
    if !seconds.is_finite() {
        return Err(call.error("Physics error: the time step must be a number"));
    }
    let stepped = with_listener(call, &world, |listener| {
        world.step(seconds, velocity, position, listener)
    })?;
    stepped.or_raise(call)?;
    call.none()
}

fn set_callbacks(call: &mut Call<'_>) -> NativeResult {
    let world = alive::<World>(call, 1)?;
    for slot in 1..=4 {
        if !call.argument(slot + 1).is_nil() {
            // LÖVE takes the world off its stack before it counts.
            let value = call.argument(slot + 1);
            if !value.is_function() {
                let got = call.type_name_of(slot + 1);
                return Err(call.argument_error(slot, format!("function expected, got {got}")));
            }
        }
    }
    for slot in 1..=4 {
        let function = call.argument(slot + 1);
        attach(call.vm, &world, slot as usize, function)?;
    }
    call.none()
}

fn get_callbacks(call: &mut Call<'_>) -> NativeResult {
    let world = alive::<World>(call, 1)?;
    for slot in 1..=4 {
        let function = attached(call.vm, &world, slot);
        call.push(function);
    }
    call.pushed(4)
}

fn set_contact_filter(call: &mut Call<'_>) -> NativeResult {
    let world = alive::<World>(call, 1)?;
    let filter = call.argument(2);
    if !filter.is_nil() && !filter.is_function() {
        let got = call.type_name_of(2);
        return Err(call.argument_error(1, format!("function expected, got {got}")));
    }
    attach(call.vm, &world, FILTER, filter)?;
    call.none()
}

fn set_gravity(call: &mut Call<'_>) -> NativeResult {
    let world = alive::<World>(call, 1)?;
    let gravity = place(call, 2)?;
    world.set_gravity(gravity).or_raise(call)?;
    call.none()
}

fn translate_origin(call: &mut Call<'_>) -> NativeResult {
    let world = alive::<World>(call, 1)?;
    let origin = place(call, 2)?;
    world.shift_origin(origin).or_raise(call)?;
    call.none()
}

fn get_bodies(call: &mut Call<'_>) -> NativeResult {
    let bodies = alive::<World>(call, 1)?.bodies();
    answer_list(call, bodies)
}

fn get_joints(call: &mut Call<'_>) -> NativeResult {
    let joints = alive::<World>(call, 1)?.joints();
    answer_list(call, joints)
}

fn get_contacts(call: &mut Call<'_>) -> NativeResult {
    let contacts = alive::<World>(call, 1)?.contacts().or_raise(call)?;
    answer_list(call, contacts)
}

/// Argument 6 as a function; LÖVE counts without the world.
fn callback(call: &mut Call<'_>) -> Result<Value, Raised> {
    let function = call.argument(6);
    if function.is_function() {
        return Ok(function);
    }
    let got = call.type_name_of(6);
    Err(call.argument_error(5, format!("function expected, got {got}")))
}

/// What the functions of a query share: the state, and whether an error waits.
struct Asking<'a> {
    vm: &'a mut Vm,
    function: Value,
    has_failed: bool,
}

impl Asking<'_> {
    fn ask(&mut self, arguments: &[Value]) -> Option<Value> {
        if self.has_failed {
            return None;
        }
        match self.vm.call_function(self.function, arguments) {
            Ok(results) => Some(results.first().copied().unwrap_or(Value::NIL)),
            Err(Raised) => {
                self.keep_error();
                None
            }
        }
    }

    fn keep_error(&mut self) {
        self.has_failed = true;
        let problem = self.vm.take_error();
        let registry = self.vm.registry();
        self.vm.set_field(registry, ERROR_FIELD, problem);
    }
}

pub(super) fn query_bounding_box(call: &mut Call<'_>) -> NativeResult {
    let world = alive::<World>(call, 1)?;
    let (lower, upper) = (place(call, 2)?, place(call, 4)?);
    let function = callback(call)?;
    let mut asking = Asking {
        vm: call.vm,
        function,
        has_failed: false,
    };
    let mut found = |fixture: &Rc<Fixture>| {
        let fixture = push_fixture(asking.vm, fixture.clone());
        asking.ask(&[fixture]).is_some_and(Value::is_truthy)
    };
    // What the callback destroys goes when the query is over, and nothing hears of it.
    let done = world.query(lower, upper, &mut crate::physics::Silent, &mut found);
    let has_failed = asking.has_failed;
    if has_failed {
        return Err(raise_kept(call));
    }
    done.or_raise(call)?;
    call.none()
}

fn ray_cast(call: &mut Call<'_>) -> NativeResult {
    let world = alive::<World>(call, 1)?;
    let (from, to) = (place(call, 2)?, place(call, 4)?);
    let function = callback(call)?;
    let meter = meter(call.vm);
    let mut asking = Asking {
        vm: call.vm,
        function,
        has_failed: false,
    };
    let mut hit = |fixture: &Rc<Fixture>, point: Vec2, normal: Vec2, fraction: f32| {
        let fixture = push_fixture(asking.vm, fixture.clone());
        let arguments = [
            fixture,
            number(point.x * meter),
            number(point.y * meter),
            number(normal.x),
            number(normal.y),
            number(fraction),
        ];
        let Some(answer) = asking.ask(&arguments) else {
            return 0.0;
        };
        match asking.vm.to_number(answer) {
            Some(answer) => answer as f32,
            None => {
                let _ = asking
                    .vm
                    .raise_message(b"Raycast callback didn't return a number!");
                asking.keep_error();
                0.0
            }
        }
    };
    // Box2D takes for granted that the line is one.
    let has_length = (to - from).norm() > 0.0;
    let done = if has_length {
        world.ray_cast(from, to, &mut crate::physics::Silent, &mut hit)
    } else {
        Ok(())
    };
    let has_failed = asking.has_failed;
    if has_failed {
        return Err(raise_kept(call));
    }
    done.or_raise(call)?;
    call.none()
}

fn destroy(call: &mut Call<'_>) -> NativeResult {
    let world = alive::<World>(call, 1)?;
    world.destroy_world();
    if world.is_destroyed() {
        for slot in 1..=FILTER {
            attach(call.vm, &world, slot, Value::NIL)?;
        }
    }
    call.none()
}
