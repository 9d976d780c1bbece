//! A world: its objects, its steps, what it reports.

use super::body::Body;
use super::contact::Contact;
use super::fixture::Fixture;
use super::joint::Joint;
use super::raw::{self, Vec2};
use super::{LOCKED, Refusal};
use rustc_hash::FxHashMap;
use std::cell::{Cell, RefCell};
use std::ffi::c_void;
use std::ptr::null_mut;
use std::rc::{Rc, Weak};

/// Hears what happens while Box2D runs.
pub trait Listener {
    /// Two fixtures begin to touch.
    fn begin(&mut self, contact: &Rc<Contact>);
    /// Two fixtures stop touching.
    fn end(&mut self, contact: &Rc<Contact>);
    /// A contact is about to be solved.
    fn before_solve(&mut self, contact: &Rc<Contact>);
    /// A contact was solved with these normal and tangent impulses.
    fn after_solve(&mut self, contact: &Rc<Contact>, impulses: &[(f32, f32)]);
    /// Whether two fixtures, whose filters allow it, may touch.
    fn may_touch(&mut self, first: &Rc<Fixture>, second: &Rc<Fixture>) -> bool;
}

/// A listener that lets everything happen.
pub struct Silent;

impl Listener for Silent {
    fn begin(&mut self, _contact: &Rc<Contact>) {}
    fn end(&mut self, _contact: &Rc<Contact>) {}
    fn before_solve(&mut self, _contact: &Rc<Contact>) {}
    fn after_solve(&mut self, _contact: &Rc<Contact>, _impulses: &[(f32, f32)]) {}
    fn may_touch(&mut self, _first: &Rc<Fixture>, _second: &Rc<Fixture>) -> bool {
        true
    }
}

/// Hears of a hit: fixture, point, normal, fraction. The answer says how Box2D goes on.
type Hit<'a> = &'a mut dyn FnMut(&Rc<Fixture>, Vec2, Vec2, f32) -> f32;

/// A destruction that waits until Box2D is done.
enum Later {
    Body(Rc<Body>),
    Fixture(Rc<Fixture>),
    Joint(Rc<Joint>),
    World,
}

/// The pointer of whoever listens now; empty outside [`World::run`].
type ListenerPointer = *mut (dyn Listener + 'static);

/// A world of bodies.
pub struct World {
    raw: Cell<*mut raw::World>,
    ground: Cell<*mut raw::Body>,
    filter: *mut raw::ContactFilterLink,
    reporter: *mut raw::ContactListenerLink,
    listener: Cell<Option<ListenerPointer>>,
    /// How many calls into Box2D, which may report, are on the stack.
    busy: Cell<u32>,
    later: RefCell<Vec<Later>>,
    this: Weak<World>,
    /// In the order in which they were made.
    pub(super) bodies: RefCell<Vec<Rc<Body>>>,
    pub(super) joints: RefCell<Vec<Rc<Joint>>>,
    fixtures: RefCell<FxHashMap<usize, Rc<Fixture>>>,
    contacts: RefCell<FxHashMap<usize, Rc<Contact>>>,
    /// Whether a moved body's new contacts count in the next step, as with newer solvers; else in the one after it.
    pub(super) finds_contacts_early: Cell<bool>,
    /// Whether a body was moved since the last step.
    pub(super) has_moved: Cell<bool>,
    /// Whether there may be a gear that keeps its bodies from colliding.
    pub(super) has_strict_gears: Cell<bool>,
    /// The contact that is being reported, which is in no need of a check.
    pub(super) reported: Cell<*mut raw::Contact>,
}

impl World {
    /// An empty world.
    pub fn new(gravity: Vec2, may_sleep: bool) -> Rc<World> {
        // SAFETY: I13, I50: Box2D copies what it is given; the new objects belong to the world made here.
        let (raw, ground, filter, reporter) = unsafe {
            let raw = raw::World_new(&gravity);
            raw::World_set_allow_sleeping(raw, may_sleep);
            let ground = raw::World_create_body(raw, &raw::BodyDef::new());
            (
                raw,
                ground,
                raw::ContactFilterLink_alloc(),
                raw::ContactListenerLink_alloc(),
            )
        };
        let world = Rc::new_cyclic(|this| World {
            raw: Cell::new(raw),
            ground: Cell::new(ground),
            filter,
            reporter,
            listener: Cell::new(None),
            busy: Cell::new(0),
            later: RefCell::default(),
            this: this.clone(),
            bodies: RefCell::default(),
            joints: RefCell::default(),
            fixtures: RefCell::default(),
            contacts: RefCell::default(),
            finds_contacts_early: Cell::new(false),
            has_moved: Cell::new(false),
            has_strict_gears: Cell::new(false),
            reported: Cell::new(null_mut()),
        });
        let object = Rc::as_ptr(&world).cast_mut().cast::<c_void>();
        // SAFETY: I13, I50: the world frees both links when it ends, and stays at its address until then.
        unsafe {
            raw::ContactFilterLink_bind(filter, object, should_collide);
            raw::World_set_contact_filter(raw, raw::ContactFilterLink_as_base(filter));
            raw::ContactListenerLink_bind(
                reporter,
                object,
                begin_contact,
                end_contact,
                before_solve,
                after_solve,
            );
            raw::World_set_contact_listener(raw, raw::ContactListenerLink_as_base(reporter));
        }
        world
    }

    /// The world in Box2D.
    pub(super) fn raw(&self) -> Result<*mut raw::World, Refusal> {
        match self.raw.get() {
            raw if raw.is_null() => Err("Attempt to use destroyed world."),
            raw => Ok(raw),
        }
    }

    super::getters! {
        /// Whether a step runs.
        is_locked: bool = World_is_locked;
        /// Whether bodies may sleep.
        may_sleep: bool = World_get_allow_sleeping;
        /// Gravity.
        gravity: Vec2 = World_get_gravity;
        /// How many contacts there are, touching or not.
        contact_count: i32 = World_get_contact_count;
    }
    super::setters! {
        /// Whether bodies may sleep.
        set_may_sleep: bool = World_set_allow_sleeping;
    }

    /// Sets gravity.
    pub fn set_gravity(&self, gravity: Vec2) -> Result<(), Refusal> {
        let raw = self.raw()?;
        // SAFETY: I50: the world lives.
        unsafe { raw::World_set_gravity(raw, &gravity) };
        Ok(())
    }

    /// Moves the origin.
    pub fn shift_origin(&self, origin: Vec2) -> Result<(), Refusal> {
        let raw = self.raw()?;
        self.check_idle()?;
        // SAFETY: I50: the world lives and does not run.
        unsafe { raw::World_shift_origin(raw, &origin) };
        Ok(())
    }

    /// Whether it was destroyed.
    pub fn is_destroyed(&self) -> bool {
        self.raw.get().is_null()
    }

    /// Bodies, newest first.
    pub fn bodies(&self) -> Vec<Rc<Body>> {
        self.bodies.borrow().iter().rev().cloned().collect()
    }

    /// How many bodies there are.
    pub fn body_count(&self) -> usize {
        self.bodies.borrow().len()
    }

    /// Joints, newest first.
    pub fn joints(&self) -> Vec<Rc<Joint>> {
        self.joints.borrow().iter().rev().cloned().collect()
    }

    /// How many joints there are.
    pub fn joint_count(&self) -> usize {
        self.joints.borrow().len()
    }

    /// Contacts, newest first.
    pub fn contacts(&self) -> Result<Vec<Rc<Contact>>, Refusal> {
        let mut found = Vec::new();
        for contact in self.raw_contacts()? {
            found.push(self.contact(contact));
        }
        Ok(found)
    }

    /// Every contact that Box2D has at this moment.
    pub(super) fn raw_contacts(&self) -> Result<Vec<*mut raw::Contact>, Refusal> {
        let raw = self.raw()?;
        let mut found = Vec::new();
        // SAFETY: I50: the world lives, and its list holds living contacts.
        unsafe {
            let mut contact = raw::World_get_contact_list(raw);
            while !contact.is_null() {
                found.push(contact);
                contact = raw::Contact_get_next(contact);
            }
        }
        Ok(found)
    }

    /// The object that stands for a contact of the list.
    pub(super) fn contact(&self, contact: *mut raw::Contact) -> Rc<Contact> {
        let mut contacts = self.contacts.borrow_mut();
        let known = contacts.get(&(contact as usize));
        if let Some(known) = known.filter(|known| known.is_still(contact)) {
            return known.clone();
        }
        let made = Rc::new(Contact::new(self.this.clone(), contact));
        contacts.insert(contact as usize, made.clone());
        made
    }

    pub(super) fn add_fixture(&self, fixture: &Rc<Fixture>, raw: *mut raw::Fixture) {
        self.fixtures
            .borrow_mut()
            .insert(raw as usize, fixture.clone());
    }

    pub(super) fn remove_fixture(&self, raw: *mut raw::Fixture) {
        self.fixtures.borrow_mut().remove(&(raw as usize));
    }

    /// The object that stands for a fixture of Box2D's.
    pub(super) fn fixture(&self, raw: *mut raw::Fixture) -> Option<Rc<Fixture>> {
        self.fixtures.borrow().get(&(raw as usize)).cloned()
    }

    pub(super) fn ground(&self) -> *mut raw::Body {
        self.ground.get()
    }

    /// Whether changes that Box2D cannot take while it runs are possible now.
    pub(super) fn check_idle(&self) -> Result<(), Refusal> {
        if self.busy.get() > 0 {
            Err(LOCKED)
        } else {
            Ok(())
        }
    }

    /// Runs something that may report, then what had to wait for its end.
    pub(super) fn run<T>(&self, listener: &mut dyn Listener, work: impl FnOnce() -> T) -> T {
        let pointer: *mut (dyn Listener + '_) = listener;
        // SAFETY: I50: only the lifetime changes; the pointer is taken back before this function ends.
        let pointer: ListenerPointer = unsafe { std::mem::transmute(pointer) };
        let before = self.listener.replace(Some(pointer));
        self.busy.set(self.busy.get() + 1);
        let answer = work();
        self.busy.set(self.busy.get() - 1);
        if self.busy.get() == 0 {
            loop {
                let Some(next) = take_first(&mut self.later.borrow_mut()) else {
                    break;
                };
                // Still with the listener: destroyed bodies report the end of their contacts.
                self.busy.set(1);
                match next {
                    Later::Body(body) => body.free(self),
                    Later::Fixture(fixture) => fixture.free(self),
                    Later::Joint(joint) => joint.free(self),
                    Later::World => self.free(),
                }
                self.busy.set(0);
            }
        }
        self.listener.set(before);
        answer
    }

    /// Makes the next step begin with a look at what moved. Box2D 2.3 does so only after a fixture was made, so one is made that
    /// touches nothing, and taken away.
    fn look_for_contacts(&self) {
        let ground = self.ground.get();
        let mut definition = raw::FixtureDef::new();
        definition.is_sensor = true;
        definition.filter.mask_bits = 0;
        // SAFETY: I13, I50: the world lives and does not run, and its ground with it; Box2D copies definition and shape.
        unsafe {
            let circle = raw::CircleShape_new();
            definition.shape = raw::CircleShape_as_shape(circle);
            let fixture = raw::Body_create_fixture(ground, &definition);
            raw::Body_destroy_fixture(ground, fixture);
            raw::CircleShape_drop(circle);
        }
    }

    /// From now on contacts of bodies that are moved count in the next step, as with Box2D 2.4.
    pub fn find_contacts_early(&self) {
        self.finds_contacts_early.set(true);
    }

    /// Lets time pass.
    pub fn step(
        &self,
        seconds: f32,
        velocity_iterations: i32,
        position_iterations: i32,
        listener: &mut dyn Listener,
    ) -> Result<(), Refusal> {
        let raw = self.raw()?;
        self.check_idle()?;
        if self.has_moved.take() && self.finds_contacts_early.get() {
            self.look_for_contacts();
        }
        self.run(listener, || {
            // SAFETY: I50: the world lives; whatever the listener does frees nothing before this call is over.
            unsafe {
                raw::World_step(raw, seconds, velocity_iterations, position_iterations);
            }
        });
        self.forget_old_contacts();
        Ok(())
    }

    /// Contacts that Box2D has freed need no object any more.
    fn forget_old_contacts(&self) {
        if self.contacts.borrow().is_empty() {
            return;
        }
        let alive = self.raw_contacts().unwrap_or_default();
        let alive: rustc_hash::FxHashSet<usize> =
            alive.into_iter().map(|contact| contact as usize).collect();
        self.contacts
            .borrow_mut()
            .retain(|address, contact| alive.contains(address) || contact.let_go());
    }

    /// Destroys a body with its fixtures and joints, at once or when the step is over.
    pub fn destroy_body(&self, body: &Rc<Body>, listener: &mut dyn Listener) {
        self.destroy(Later::Body(body.clone()), listener);
    }

    /// Destroys a fixture, at once or when the step is over.
    pub fn destroy_fixture(&self, fixture: &Rc<Fixture>, listener: &mut dyn Listener) {
        self.destroy(Later::Fixture(fixture.clone()), listener);
    }

    /// Destroys a joint, at once or when the step is over.
    pub fn destroy_joint(&self, joint: &Rc<Joint>, listener: &mut dyn Listener) {
        self.destroy(Later::Joint(joint.clone()), listener);
    }

    /// Destroys the world with all that is in it, at once or when the step is over.
    pub fn destroy_world(&self) {
        self.destroy(Later::World, &mut Silent);
    }

    fn destroy(&self, what: Later, listener: &mut dyn Listener) {
        self.later.borrow_mut().push(what);
        if self.busy.get() == 0 {
            self.run(listener, || ());
        }
    }

    fn free(&self) {
        let raw = self.raw.get();
        if raw.is_null() {
            return;
        }
        let bodies = std::mem::take(&mut *self.bodies.borrow_mut());
        for body in bodies {
            body.forget(self);
        }
        for joint in std::mem::take(&mut *self.joints.borrow_mut()) {
            joint.forget();
        }
        for contact in std::mem::take(&mut *self.contacts.borrow_mut()).into_values() {
            contact.forget();
        }
        self.fixtures.borrow_mut().clear();
        self.later.borrow_mut().clear();
        self.raw.set(null_mut());
        self.ground.set(null_mut());
        // SAFETY: I50: every pointer into the world has been emptied; the links are freed after the world that uses them.
        unsafe {
            raw::World_drop(raw);
            raw::ContactFilterLink_drop(self.filter);
            raw::ContactListenerLink_drop(self.reporter);
        }
    }

    /// Calls `found` for every fixture whose box may overlap a box, until it answers false.
    pub fn query(
        &self,
        lower: Vec2,
        upper: Vec2,
        listener: &mut dyn Listener,
        found: &mut dyn FnMut(&Rc<Fixture>) -> bool,
    ) -> Result<(), Refusal> {
        let raw = self.raw()?;
        let mut query = Query { world: self, found };
        let bounds = raw::AABB { lower, upper };
        self.run(listener, || {
            // SAFETY: I13, I50: the world lives; nothing is freed during the call; the link and the query outlive it.
            unsafe {
                let link = raw::QueryCallbackLink_alloc();
                let object = (&raw mut query).cast::<c_void>();
                raw::QueryCallbackLink_bind(link, object, report_fixture);
                raw::World_query_aabb(raw, raw::QueryCallbackLink_as_base(link), &bounds);
                raw::QueryCallbackLink_drop(link);
            }
        });
        Ok(())
    }

    /// Calls `hit` with the fixtures that a line meets: point, normal, fraction. It answers how Box2D goes on.
    pub fn ray_cast(
        &self,
        from: Vec2,
        to: Vec2,
        listener: &mut dyn Listener,
        hit: Hit<'_>,
    ) -> Result<(), Refusal> {
        let raw = self.raw()?;
        let mut ray = Ray { world: self, hit };
        self.run(listener, || {
            // SAFETY: I13, I50: as in `query`.
            unsafe {
                let link = raw::RayCastCallbackLink_alloc();
                let object = (&raw mut ray).cast::<c_void>();
                raw::RayCastCallbackLink_bind(link, object, report_hit);
                raw::World_ray_cast(raw, raw::RayCastCallbackLink_as_base(link), &from, &to);
                raw::RayCastCallbackLink_drop(link);
            }
        });
        Ok(())
    }

    /// Gives a contact to the listener.
    fn report(
        &self,
        contact: *mut raw::Contact,
        tell: impl FnOnce(&mut dyn Listener, &Rc<Contact>),
    ) {
        let Some(listener) = self.listener.get() else {
            return;
        };
        let object = self.contact(contact);
        let before = self.reported.replace(contact);
        // SAFETY: I50: `run` is on the stack, which holds the listener and does not touch it meanwhile.
        tell(unsafe { &mut *listener }, &object);
        self.reported.set(before);
    }
}

impl Drop for World {
    fn drop(&mut self) {
        self.free();
    }
}

fn take_first(later: &mut Vec<Later>) -> Option<Later> {
    if later.is_empty() {
        None
    } else {
        Some(later.remove(0))
    }
}

struct Query<'a> {
    world: &'a World,
    found: &'a mut dyn FnMut(&Rc<Fixture>) -> bool,
}

struct Ray<'a> {
    world: &'a World,
    hit: Hit<'a>,
}

unsafe extern "C" fn report_fixture(object: raw::Any, fixture: *mut raw::Fixture) -> bool {
    // SAFETY: I50: `query` passed this pointer and waits for the call to end.
    let query = unsafe { &mut *object.cast::<Query<'_>>() };
    match query.world.fixture(fixture) {
        Some(fixture) => (query.found)(&fixture),
        None => true,
    }
}

unsafe extern "C" fn report_hit(
    object: raw::Any,
    fixture: *mut raw::Fixture,
    point: *const Vec2,
    normal: *const Vec2,
    fraction: f32,
) -> f32 {
    // SAFETY: I50: `ray_cast` passed this pointer and waits for the call to end; Box2D passes living vectors.
    let (ray, point, normal) = unsafe { (&mut *object.cast::<Ray<'_>>(), *point, *normal) };
    match ray.world.fixture(fixture) {
        Some(fixture) => (ray.hit)(&fixture, point, normal, fraction),
        None => -1.0,
    }
}

/// The world that a callback belongs to.
unsafe fn world_of<'a>(object: raw::Any) -> &'a World {
    // SAFETY: I50: the object is the address of the world whose links call this, which is alive while it is in Box2D.
    unsafe { &*object.cast::<World>() }
}

unsafe extern "C" fn begin_contact(object: raw::Any, contact: *mut raw::Contact) {
    // SAFETY: I50: a callback of this world.
    let world = unsafe { world_of(object) };
    world.report(contact, |listener, contact| listener.begin(contact));
}

unsafe extern "C" fn end_contact(object: raw::Any, contact: *mut raw::Contact) {
    // SAFETY: I50: a callback of this world.
    let world = unsafe { world_of(object) };
    world.report(contact, |listener, contact| listener.end(contact));
    // Box2D may free it now.
    let known = world.contacts.borrow_mut().remove(&(contact as usize));
    if let Some(known) = known {
        known.forget();
    }
}

unsafe extern "C" fn before_solve(
    object: raw::Any,
    contact: *mut raw::Contact,
    _old: *const raw::Manifold,
) {
    // SAFETY: I50: a callback of this world.
    let world = unsafe { world_of(object) };
    world.report(contact, |listener, contact| listener.before_solve(contact));
}

unsafe extern "C" fn after_solve(
    object: raw::Any,
    contact: *mut raw::Contact,
    impulse: *const raw::ContactImpulse,
) {
    // SAFETY: I50: a callback of this world, with a living impulse.
    let (world, impulse) = unsafe { (world_of(object), &*impulse) };
    let pairs: Vec<(f32, f32)> = (impulse.normal_impulses.iter().copied())
        .zip(impulse.tangent_impulses.iter().copied())
        .take(usize::try_from(impulse.count).unwrap_or(0))
        .collect();
    world.report(contact, |listener, contact| {
        listener.after_solve(contact, &pairs);
    });
}

unsafe extern "C" fn should_collide(
    object: raw::Any,
    first: *mut raw::Fixture,
    second: *mut raw::Fixture,
) -> bool {
    // SAFETY: I50: a callback of this world, with living fixtures.
    let (world, filter, other) = unsafe {
        (
            world_of(object),
            &*raw::Fixture_get_filter_data(first),
            &*raw::Fixture_get_filter_data(second),
        )
    };
    if filter.group_index != 0 && filter.group_index == other.group_index {
        return filter.group_index > 0;
    }
    if filter.mask_bits & other.category_bits == 0 || other.mask_bits & filter.category_bits == 0 {
        return false;
    }
    let (Some(first), Some(second)) = (world.fixture(first), world.fixture(second)) else {
        return true;
    };
    if world.has_strict_gears.get()
        && let (Ok(body), Ok(other)) = (first.body(), second.body())
        && (world.joints.borrow().iter()).any(|joint| joint.parts(&body, &other))
    {
        return false;
    }
    let Some(listener) = world.listener.get() else {
        return true;
    };
    // SAFETY: I50: `run` is on the stack, which holds the listener and does not touch it meanwhile.
    unsafe { (*listener).may_touch(&first, &second) }
}
