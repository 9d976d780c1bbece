//! Particle systems: how they are made, and their methods.
//!
//! ```text
//! smoke = love.graphics.newParticleSystem(image, 500)
//! smoke:setParticleLifetime(2, 5)  smoke:setEmissionRate(40)
//! function love.update(dt) smoke:update(dt) end
//! ```
//! The motion is [`crate::graphics::ParticleSystem`]; here are LÖVE's argument checks. Quads are kept as objects, so that a change of one shows.

use super::arguments::{
    OrRaise, element_float_at, enumeration, float, optional_enumeration, optional_float,
};
use super::graphics::{DRAWABLE, context, functions, push_texture, texture};
use super::graphics_textures::QuadObject;
use super::object::{LoveObject, ObjectType, handle_of, object, push_object};
use crate::graphics::{
    AreaDistribution, Graphics, InsertMode, MAX_PARTICLES, MAX_STAGES, Named, ParticleSystem, Quad,
    Transform,
};
use rlove_vm::builtin::{Builtin, NativeResult, Raised};
use rlove_vm::call::Call;
use rlove_vm::value::Value;
use std::cell::{RefCell, RefMut};
use std::rc::Rc;

pub(super) const FUNCTIONS: &[Builtin] = functions! {
    "love.graphics.newParticleSystem" "(texture: Texture, size: number = 1000) -> ParticleSystem" "Makes a particle system." ALLOCATES new_particle_system;
};

pub(super) static PARTICLE_SYSTEM: ObjectType = ObjectType {
    name: "ParticleSystem",
    parent: Some(&DRAWABLE),
    methods: functions! {
        "ParticleSystem:clone" "(system: ParticleSystem) -> ParticleSystem" "An emitter with the same settings and no particles." ALLOCATES duplicate;
        "ParticleSystem:setTexture" "(system: ParticleSystem, texture: Texture)" "Changes the texture." WRITES set_texture;
        "ParticleSystem:getTexture" "(system: ParticleSystem) -> Texture" "The texture." READS get_texture;
        "ParticleSystem:setBufferSize" "(system: ParticleSystem, size: number)" "Changes the most particles that live at once." WRITES set_buffer_size;
        "ParticleSystem:getBufferSize" "(system: ParticleSystem) -> integer" "The most particles that live at once." READS get_buffer_size;
        "ParticleSystem:setInsertMode" "(system: ParticleSystem, mode: string)" "Where in the drawing order new particles go." WRITES set_insert_mode;
        "ParticleSystem:getInsertMode" "(system: ParticleSystem) -> string" "Where in the drawing order new particles go." READS get_insert_mode;
        "ParticleSystem:setEmissionRate" "(system: ParticleSystem, rate: number)" "Particles per second." WRITES set_emission_rate;
        "ParticleSystem:getEmissionRate" "(system: ParticleSystem) -> number" "Particles per second." READS get_emission_rate;
        "ParticleSystem:setEmitterLifetime" "(system: ParticleSystem, seconds: number)" "How long the emitter works; -1 for ever." WRITES set_emitter_lifetime;
        "ParticleSystem:getEmitterLifetime" "(system: ParticleSystem) -> number" "How long the emitter works." READS get_emitter_lifetime;
        "ParticleSystem:setParticleLifetime" "(system: ParticleSystem, min: number, max: number?)" "How long particles live." WRITES set_particle_lifetime;
        "ParticleSystem:getParticleLifetime" "(system: ParticleSystem) -> number, number" "How long particles live." READS get_particle_lifetime;
        "ParticleSystem:setPosition" "(system: ParticleSystem, x: number, y: number)" "Puts the emitter there." WRITES set_position;
        "ParticleSystem:getPosition" "(system: ParticleSystem) -> number, number" "Where the emitter is." READS get_position;
        "ParticleSystem:moveTo" "(system: ParticleSystem, x: number, y: number)" "Moves the emitter; particles are born along the way." WRITES move_to;
        "ParticleSystem:setEmissionArea" "(system: ParticleSystem, distribution: string?, dx: number?, dy: number?, angle: number?, relative: boolean?)" "Where particles are born." WRITES set_emission_area;
        "ParticleSystem:getEmissionArea" "(system: ParticleSystem) -> string, number, number, number, boolean" "Where particles are born." READS get_emission_area;
        "ParticleSystem:setAreaSpread" "(system: ParticleSystem, distribution: string?, dx: number?, dy: number?)" "Deprecated: use setEmissionArea." WRITES set_area_spread;
        "ParticleSystem:getAreaSpread" "(system: ParticleSystem) -> string, number, number" "Deprecated: use getEmissionArea." READS get_area_spread;
        "ParticleSystem:setDirection" "(system: ParticleSystem, radians: number)" "Direction of flight." WRITES set_direction;
        "ParticleSystem:getDirection" "(system: ParticleSystem) -> number" "Direction of flight." READS get_direction;
        "ParticleSystem:setSpread" "(system: ParticleSystem, radians: number)" "Width of the sector of directions." WRITES set_spread;
        "ParticleSystem:getSpread" "(system: ParticleSystem) -> number" "Width of the sector of directions." READS get_spread;
        "ParticleSystem:setSpinVariation" "(system: ParticleSystem, variation: number)" "How much particles differ in spin." WRITES set_spin_variation;
        "ParticleSystem:getSpinVariation" "(system: ParticleSystem) -> number" "How much particles differ in spin." READS get_spin_variation;
        "ParticleSystem:setSpeed" "(system: ParticleSystem, min: number, max: number?)" "Speed at birth." WRITES set_speed;
        "ParticleSystem:getSpeed" "(system: ParticleSystem) -> number, number" "Speed at birth." READS get_speed;
        "ParticleSystem:setRadialAcceleration" "(system: ParticleSystem, min: number, max: number?)" "Acceleration away from the emitter." WRITES set_radial_acceleration;
        "ParticleSystem:getRadialAcceleration" "(system: ParticleSystem) -> number, number" "Acceleration away from the emitter." READS get_radial_acceleration;
        "ParticleSystem:setTangentialAcceleration" "(system: ParticleSystem, min: number, max: number?)" "Acceleration across the way from the emitter." WRITES set_tangential_acceleration;
        "ParticleSystem:getTangentialAcceleration" "(system: ParticleSystem) -> number, number" "Acceleration across the way from the emitter." READS get_tangential_acceleration;
        "ParticleSystem:setLinearDamping" "(system: ParticleSystem, min: number, max: number?)" "How quickly speed is lost." WRITES set_linear_damping;
        "ParticleSystem:getLinearDamping" "(system: ParticleSystem) -> number, number" "How quickly speed is lost." READS get_linear_damping;
        "ParticleSystem:setRotation" "(system: ParticleSystem, min: number, max: number?)" "Rotation at birth." WRITES set_rotation;
        "ParticleSystem:getRotation" "(system: ParticleSystem) -> number, number" "Rotation at birth." READS get_rotation;
        "ParticleSystem:setSpin" "(system: ParticleSystem, start: number, end: number?)" "Spin at birth and at death." WRITES set_spin;
        "ParticleSystem:getSpin" "(system: ParticleSystem) -> number, number" "Spin at birth and at death." READS get_spin;
        "ParticleSystem:setLinearAcceleration" "(system: ParticleSystem, xmin: number, ymin: number, xmax: number?, ymax: number?)" "Acceleration of particles." WRITES set_linear_acceleration;
        "ParticleSystem:getLinearAcceleration" "(system: ParticleSystem) -> number, number, number, number" "Acceleration of particles." READS get_linear_acceleration;
        "ParticleSystem:setSizes" "(system: ParticleSystem, size: number, ...: number)" "Sizes that a particle goes through." WRITES set_sizes;
        "ParticleSystem:getSizes" "(system: ParticleSystem) -> ..." "Sizes that a particle goes through." READS get_sizes;
        "ParticleSystem:setSizeVariation" "(system: ParticleSystem, variation: number)" "How much particles differ in size." WRITES set_size_variation;
        "ParticleSystem:getSizeVariation" "(system: ParticleSystem) -> number" "How much particles differ in size." READS get_size_variation;
        "ParticleSystem:setColors" "(system: ParticleSystem, ...: any)" "Colours that a particle goes through." WRITES set_colors;
        "ParticleSystem:getColors" "(system: ParticleSystem) -> ..." "Colours that a particle goes through." ALLOCATES get_colors;
        "ParticleSystem:setQuads" "(system: ParticleSystem, ...: any)" "Quads that a particle goes through." WRITES set_quads;
        "ParticleSystem:getQuads" "(system: ParticleSystem) -> table" "Quads that a particle goes through." ALLOCATES get_quads;
        "ParticleSystem:setOffset" "(system: ParticleSystem, x: number, y: number)" "Point around which particles turn." WRITES set_offset;
        "ParticleSystem:getOffset" "(system: ParticleSystem) -> number, number" "Point around which particles turn." READS get_offset;
        "ParticleSystem:setRelativeRotation" "(system: ParticleSystem, enable: boolean)" "Whether rotation is counted from the direction of flight." WRITES set_relative_rotation;
        "ParticleSystem:hasRelativeRotation" "(system: ParticleSystem) -> boolean" "Whether rotation is counted from the direction of flight." READS has_relative_rotation;
        "ParticleSystem:getCount" "(system: ParticleSystem) -> integer" "Particles alive." READS get_count;
        "ParticleSystem:start" "(system: ParticleSystem)" "Lets the emitter work." WRITES start;
        "ParticleSystem:stop" "(system: ParticleSystem)" "Stops the emitter and gives it its whole life again." WRITES stop;
        "ParticleSystem:pause" "(system: ParticleSystem)" "Stops the emitter." WRITES pause;
        "ParticleSystem:reset" "(system: ParticleSystem)" "Removes all particles." WRITES reset;
        "ParticleSystem:emit" "(system: ParticleSystem, count: integer)" "Makes particles at once." WRITES emit;
        "ParticleSystem:isActive" "(system: ParticleSystem) -> boolean" "Whether the emitter works." READS is_active;
        "ParticleSystem:isPaused" "(system: ParticleSystem) -> boolean" "Whether it stopped in the middle of its life." READS is_paused;
        "ParticleSystem:isStopped" "(system: ParticleSystem) -> boolean" "Whether it stopped at the end of its life." READS is_stopped;
        "ParticleSystem:update" "(system: ParticleSystem, dt: number)" "Moves on." WRITES update;
    },
};

/// A particle system in Lua.
pub(super) struct ParticleSystemObject {
    system: RefCell<ParticleSystem>,
    quads: RefCell<Vec<Rc<QuadObject>>>,
}

impl LoveObject for ParticleSystemObject {
    fn object_type(&self) -> &'static ObjectType {
        &PARTICLE_SYSTEM
    }
}

impl ParticleSystemObject {
    fn current_quads(&self) -> Vec<Quad> {
        self.quads.borrow().iter().map(|quad| quad.get()).collect()
    }
    /// Draws the particles.
    pub fn draw(&self, graphics: &mut Graphics, local: &Transform) -> Result<(), String> {
        graphics.draw_particle_system(&mut self.system.borrow_mut(), &self.current_quads(), local)
    }
}

fn new_particle_system(call: &mut Call<'_>) -> NativeResult {
    let context = context(call)?;
    let texture = texture(call, 1)?;
    let size = call.optional_number(2, 1000.0)?;
    if !(1.0..=MAX_PARTICLES as f64).contains(&size) {
        return Err(call.error("Invalid ParticleSystem size"));
    }
    let made = ParticleSystem::new(
        &mut context.graphics.borrow_mut(),
        (*texture).clone(),
        size as usize,
    );
    let system = made.or_raise(call)?;
    push_system(call, system, Vec::new())
}

fn push_system(
    call: &mut Call<'_>,
    system: ParticleSystem,
    quads: Vec<Rc<QuadObject>>,
) -> NativeResult {
    let object = ParticleSystemObject {
        system: RefCell::new(system),
        quads: RefCell::new(quads),
    };
    let value = push_object(call.vm, Rc::new(object));
    call.one(value)
}

fn this(call: &mut Call<'_>) -> Result<Rc<ParticleSystemObject>, Raised> {
    object::<ParticleSystemObject>(call, 1, "ParticleSystem")
}

/// Runs `change` on the particle system in argument 1; no results.
fn change(call: &mut Call<'_>, change: impl FnOnce(&mut ParticleSystem)) -> NativeResult {
    let object = this(call)?;
    change(&mut object.system.borrow_mut());
    call.none()
}

fn number_values(call: &mut Call<'_>, numbers: &[f32]) -> NativeResult {
    let values: Vec<Value> = numbers
        .iter()
        .map(|&number| Value::number(f64::from(number)))
        .collect();
    call.many(&values)
}

/// Number `index`, and the next one, which is the same if it is missing.
fn pair(call: &mut Call<'_>, index: u32) -> Result<[f32; 2], Raised> {
    let first = float(call, index)?;
    Ok([first, optional_float(call, index + 1, first)?])
}

/// Setters and getters of settings that are a number.
macro_rules! number_settings {
    ($($set:ident $get:ident $field:ident)*) => {$(
        fn $set(call: &mut Call<'_>) -> NativeResult {
            let object = this(call)?;
            object.system.borrow_mut().settings.$field = float(call, 2)?;
            call.none()
        }
        fn $get(call: &mut Call<'_>) -> NativeResult {
            let number = this(call)?.system.borrow().settings.$field;
            number_values(call, &[number])
        }
    )*};
}
number_settings! {
    set_direction get_direction direction
    set_spread get_spread spread
    set_spin_variation get_spin_variation spin_variation
}

/// Setters and getters of settings that are a pair of numbers.
macro_rules! pair_settings {
    ($($set:ident $get:ident $field:ident)*) => {$(
        fn $set(call: &mut Call<'_>) -> NativeResult {
            let object = this(call)?;
            let numbers = pair(call, 2)?;
            object.system.borrow_mut().settings.$field = numbers;
            call.none()
        }
        fn $get(call: &mut Call<'_>) -> NativeResult {
            let numbers = this(call)?.system.borrow().settings.$field;
            number_values(call, &numbers)
        }
    )*};
}
pair_settings! {
    set_speed get_speed speed
    set_radial_acceleration get_radial_acceleration radial_acceleration
    set_tangential_acceleration get_tangential_acceleration tangential_acceleration
    set_linear_damping get_linear_damping linear_damping
    set_rotation get_rotation rotation
    set_spin get_spin spin
}

fn duplicate(call: &mut Call<'_>) -> NativeResult {
    let object = this(call)?;
    let context = context(call)?;
    let copy = object
        .system
        .borrow()
        .duplicate(&mut context.graphics.borrow_mut());
    let quads = object.quads.borrow().clone();
    push_system(call, copy, quads)
}

fn set_texture(call: &mut Call<'_>) -> NativeResult {
    let object = this(call)?;
    let texture = texture(call, 2)?;
    let quads = object.current_quads();
    let result = object
        .system
        .borrow_mut()
        .set_texture((*texture).clone(), quads.first());
    result.or_raise(call)?;
    call.none()
}

fn get_texture(call: &mut Call<'_>) -> NativeResult {
    let object = this(call)?;
    let context = context(call)?;
    let texture = object.system.borrow().texture().clone();
    let value = push_texture(call.vm, &context, &texture);
    call.one(value)
}

fn set_buffer_size(call: &mut Call<'_>) -> NativeResult {
    let object = this(call)?;
    let size = call.number(2)?;
    if !(1.0..=MAX_PARTICLES as f64).contains(&size) {
        return Err(call.error("Invalid buffer size"));
    }
    let result = object.system.borrow_mut().set_capacity(size as usize);
    result.or_raise(call)?;
    call.none()
}

fn get_buffer_size(call: &mut Call<'_>) -> NativeResult {
    let size = this(call)?.system.borrow().capacity();
    call.one(size as f64)
}

fn set_insert_mode(call: &mut Call<'_>) -> NativeResult {
    let object = this(call)?;
    let mode = enumeration::<InsertMode>(call, 2, "insert mode")?;
    object.system.borrow_mut().settings.insert_mode = mode;
    call.none()
}

fn get_insert_mode(call: &mut Call<'_>) -> NativeResult {
    let name = this(call)?.system.borrow().settings.insert_mode.name();
    call.one_string(name)
}

fn set_emission_rate(call: &mut Call<'_>) -> NativeResult {
    let object = this(call)?;
    let rate = float(call, 2)?;
    let result = object.system.borrow_mut().set_emission_rate(rate);
    result.or_raise(call)?;
    call.none()
}

fn get_emission_rate(call: &mut Call<'_>) -> NativeResult {
    let rate = this(call)?.system.borrow().emission_rate();
    number_values(call, &[rate])
}

fn set_emitter_lifetime(call: &mut Call<'_>) -> NativeResult {
    let object = this(call)?;
    let seconds = float(call, 2)?;
    object.system.borrow_mut().set_emitter_lifetime_s(seconds);
    call.none()
}

fn get_emitter_lifetime(call: &mut Call<'_>) -> NativeResult {
    let seconds = this(call)?.system.borrow().emitter_lifetime_s();
    number_values(call, &[seconds])
}

fn set_particle_lifetime(call: &mut Call<'_>) -> NativeResult {
    let object = this(call)?;
    let [least, most] = pair(call, 2)?;
    if least < 0.0 || most < 0.0 {
        return Err(call.error("Invalid particle lifetime (must be >= 0)"));
    }
    // As in LÖVE, 0 for the greatest means the least.
    let most = if most == 0.0 { least } else { most };
    object.system.borrow_mut().settings.particle_lifetime = [least, most];
    call.none()
}

fn get_particle_lifetime(call: &mut Call<'_>) -> NativeResult {
    let seconds = this(call)?.system.borrow().settings.particle_lifetime;
    number_values(call, &seconds)
}

fn point(call: &mut Call<'_>) -> Result<[f32; 2], Raised> {
    Ok([float(call, 2)?, float(call, 3)?])
}

fn set_position(call: &mut Call<'_>) -> NativeResult {
    let object = this(call)?;
    let place = point(call)?;
    object.system.borrow_mut().set_position(place);
    call.none()
}

fn get_position(call: &mut Call<'_>) -> NativeResult {
    let place = this(call)?.system.borrow().position();
    number_values(call, &place)
}

fn move_to(call: &mut Call<'_>) -> NativeResult {
    let object = this(call)?;
    let place = point(call)?;
    object.system.borrow_mut().move_to(place);
    call.none()
}

/// Distribution and half size of an emission area.
fn area_arguments(call: &mut Call<'_>) -> Result<(AreaDistribution, [f32; 2]), Raised> {
    let distribution =
        optional_enumeration(call, 2, "particle distribution", AreaDistribution::None)?;
    if distribution == AreaDistribution::None {
        return Ok((distribution, [0.0; 2]));
    }
    let size = [float(call, 3)?, float(call, 4)?];
    if size.iter().any(|&half| half < 0.0) {
        return Err(call.error("Invalid area spread parameters (must be >= 0)"));
    }
    Ok((distribution, size))
}

fn store_area(
    object: &ParticleSystemObject,
    (distribution, area): (AreaDistribution, [f32; 2]),
    area_angle: f32,
    is_direction_from_centre: bool,
) {
    let mut system: RefMut<'_, ParticleSystem> = object.system.borrow_mut();
    system.settings.distribution = distribution;
    system.settings.area = area;
    system.settings.area_angle = area_angle;
    system.settings.is_direction_from_centre = is_direction_from_centre;
}

fn set_emission_area(call: &mut Call<'_>) -> NativeResult {
    let object = this(call)?;
    let area = area_arguments(call)?;
    let (mut angle, mut is_relative) = (0.0, false);
    if area.0 != AreaDistribution::None {
        angle = optional_float(call, 5, 0.0)?;
        is_relative = !call.argument(6).is_nil() && call.boolean(6)?;
    }
    store_area(&object, area, angle, is_relative);
    call.none()
}

fn set_area_spread(call: &mut Call<'_>) -> NativeResult {
    let object = this(call)?;
    let area = area_arguments(call)?;
    store_area(&object, area, 0.0, false);
    call.none()
}

/// The first results of both getters.
fn push_area(call: &mut Call<'_>, object: &ParticleSystemObject) -> Result<(), Raised> {
    let (distribution, area) = {
        let system = object.system.borrow();
        (system.settings.distribution, system.settings.area)
    };
    let name = call.new_string(distribution.name().as_bytes())?;
    call.push(name);
    for half in area {
        call.push(Value::number(f64::from(half)));
    }
    Ok(())
}

fn get_emission_area(call: &mut Call<'_>) -> NativeResult {
    let object = this(call)?;
    push_area(call, &object)?;
    let (angle, is_relative) = {
        let system = object.system.borrow();
        (
            system.settings.area_angle,
            system.settings.is_direction_from_centre,
        )
    };
    call.push(Value::number(f64::from(angle)));
    call.push(Value::boolean(is_relative));
    call.pushed(5)
}

fn get_area_spread(call: &mut Call<'_>) -> NativeResult {
    let object = this(call)?;
    push_area(call, &object)?;
    call.pushed(3)
}

fn set_linear_acceleration(call: &mut Call<'_>) -> NativeResult {
    let object = this(call)?;
    let least = point(call)?;
    let most = [
        optional_float(call, 4, least[0])?,
        optional_float(call, 5, least[1])?,
    ];
    let mut system = object.system.borrow_mut();
    system.settings.linear_acceleration_least = least;
    system.settings.linear_acceleration_most = most;
    call.none()
}

fn get_linear_acceleration(call: &mut Call<'_>) -> NativeResult {
    let object = this(call)?;
    let (least, most) = {
        let system = object.system.borrow();
        (
            system.settings.linear_acceleration_least,
            system.settings.linear_acceleration_most,
        )
    };
    number_values(call, &[least[0], least[1], most[0], most[1]])
}

fn set_sizes(call: &mut Call<'_>) -> NativeResult {
    let object = this(call)?;
    let count = call.argument_count().saturating_sub(1);
    if count as usize > MAX_STAGES {
        return Err(call.error("At most eight (8) sizes may be used."));
    }
    let mut sizes = Vec::new();
    for index in 0..count.max(1) {
        sizes.push(float(call, index + 2)?);
    }
    object.system.borrow_mut().settings.sizes = sizes;
    call.none()
}

fn get_sizes(call: &mut Call<'_>) -> NativeResult {
    let sizes = this(call)?.system.borrow().settings.sizes.clone();
    number_values(call, &sizes)
}

fn set_size_variation(call: &mut Call<'_>) -> NativeResult {
    let object = this(call)?;
    let variation = float(call, 2)?;
    if !(0.0..=1.0).contains(&variation) {
        return Err(call.error("Size variation has to be between 0 and 1, inclusive."));
    }
    object.system.borrow_mut().settings.size_variation = variation;
    call.none()
}

fn get_size_variation(call: &mut Call<'_>) -> NativeResult {
    let variation = this(call)?.system.borrow().settings.size_variation;
    number_values(call, &[variation])
}

fn set_colors(call: &mut Call<'_>) -> NativeResult {
    let object = this(call)?;
    let count = call.argument_count().saturating_sub(1);
    let mut colors = Vec::new();
    if call.argument(2).is_table() {
        if count as usize > MAX_STAGES {
            return Err(call.error("At most eight (8) colors may be used."));
        }
        for index in 2..count + 2 {
            colors.push(color_of_table(call, index)?);
        }
    } else {
        if count != 3 && (count % 4 != 0 || count == 0) {
            let message = format!(
                "Expected red, green, blue, and alpha. Only got {} of 4 components.",
                count % 4
            );
            return Err(call.error(message));
        }
        if count.div_ceil(4) as usize > MAX_STAGES {
            return Err(call.error("At most eight (8) colors may be used."));
        }
        for first in (2..count + 2).step_by(4) {
            let mut color = [0.0; 4];
            for (channel, component) in color.iter_mut().enumerate() {
                *component = float(call, first + channel as u32)?;
            }
            colors.push(color);
        }
    }
    for component in colors.iter_mut().flatten() {
        *component = component.clamp(0.0, 1.0);
    }
    object.system.borrow_mut().settings.colors = colors;
    call.none()
}

/// The colour in the table that is argument `index`.
fn color_of_table(call: &mut Call<'_>, index: u32) -> Result<[f32; 4], Raised> {
    let table = call.table_value(index)?;
    if call.vm.raw_length(table) < 3 {
        return Err(call.argument_error(index, "expected 4 color components"));
    }
    let mut color = [1.0; 4];
    for (channel, component) in color.iter_mut().enumerate() {
        let default = (channel == 3).then_some(1.0);
        // LÖVE counts from the end of its stack here, and its message shows that.
        let shown = call.argument_count() + channel as u32 + 1;
        *component = element_float_at(call, table, channel as i64 + 1, default, shown)?;
    }
    Ok(color)
}

fn get_colors(call: &mut Call<'_>) -> NativeResult {
    let colors = this(call)?.system.borrow().settings.colors.clone();
    for color in &colors {
        let table = call.vm.new_table();
        for (channel, &component) in color.iter().enumerate() {
            let component = Value::number(f64::from(component));
            call.vm
                .raw_set_index(table, channel as i64 + 1, component)?;
        }
        call.push(table);
    }
    call.pushed(colors.len() as u32)
}

fn set_quads(call: &mut Call<'_>) -> NativeResult {
    let system = this(call)?;
    let mut quads = Vec::new();
    if call.argument(2).is_table() {
        let table = call.argument(2);
        for index in 1..=call.vm.raw_length(table) {
            let value = call.vm.raw_get_index(table, index as i64);
            let quad = handle_of(call.vm, value)
                .and_then(|handle| handle.object())
                .and_then(|object| object.downcast::<QuadObject>().ok());
            match quad {
                Some(quad) => quads.push(quad),
                None => {
                    let shown = call.argument_count() + 1;
                    let message = format!("Quad expected, got {}", value.type_name());
                    return Err(call.argument_error(shown, message));
                }
            }
        }
    } else {
        for index in 2..=call.argument_count() {
            quads.push(object::<QuadObject>(call, index, "Quad")?);
        }
    }
    let first = quads.first().map(|quad| quad.get());
    system
        .system
        .borrow_mut()
        .set_quads(quads.len(), first.as_ref());
    *system.quads.borrow_mut() = quads;
    call.none()
}

fn get_quads(call: &mut Call<'_>) -> NativeResult {
    let quads = this(call)?.quads.borrow().clone();
    let table = call.vm.new_table();
    for (index, quad) in quads.iter().enumerate() {
        let value = push_object(call.vm, quad.clone());
        call.vm.raw_set_index(table, index as i64 + 1, value)?;
    }
    call.one(table)
}

fn set_offset(call: &mut Call<'_>) -> NativeResult {
    let object = this(call)?;
    let offset = point(call)?;
    object.system.borrow_mut().set_offset(offset);
    call.none()
}

fn get_offset(call: &mut Call<'_>) -> NativeResult {
    let offset = this(call)?.system.borrow().offset();
    number_values(call, &offset)
}

fn set_relative_rotation(call: &mut Call<'_>) -> NativeResult {
    let object = this(call)?;
    let enable = call.boolean(2)?;
    object.system.borrow_mut().settings.is_rotation_relative = enable;
    call.none()
}

fn has_relative_rotation(call: &mut Call<'_>) -> NativeResult {
    let is_relative = this(call)?.system.borrow().settings.is_rotation_relative;
    call.one(Value::boolean(is_relative))
}

fn get_count(call: &mut Call<'_>) -> NativeResult {
    let count = this(call)?.system.borrow().count();
    call.one(count as f64)
}

fn start(call: &mut Call<'_>) -> NativeResult {
    change(call, ParticleSystem::start)
}

fn stop(call: &mut Call<'_>) -> NativeResult {
    change(call, ParticleSystem::stop)
}

fn pause(call: &mut Call<'_>) -> NativeResult {
    change(call, ParticleSystem::pause)
}

fn reset(call: &mut Call<'_>) -> NativeResult {
    change(call, ParticleSystem::reset)
}

fn emit(call: &mut Call<'_>) -> NativeResult {
    let object = this(call)?;
    let context = context(call)?;
    // A negative number wraps to a huge one, as in LÖVE: it fills the system.
    let count = call.integer(2)? as u32 as usize;
    object
        .system
        .borrow_mut()
        .emit(count, &mut context.particle_random.borrow_mut());
    call.none()
}

fn is_active(call: &mut Call<'_>) -> NativeResult {
    let answer = this(call)?.system.borrow().is_active();
    call.one(Value::boolean(answer))
}

fn is_paused(call: &mut Call<'_>) -> NativeResult {
    let answer = this(call)?.system.borrow().is_paused();
    call.one(Value::boolean(answer))
}

fn is_stopped(call: &mut Call<'_>) -> NativeResult {
    let answer = this(call)?.system.borrow().is_stopped();
    call.one(Value::boolean(answer))
}

fn update(call: &mut Call<'_>) -> NativeResult {
    let object = this(call)?;
    let context = context(call)?;
    let dt_s = float(call, 2)?;
    object
        .system
        .borrow_mut()
        .update(dt_s, &mut context.particle_random.borrow_mut());
    call.none()
}
