//! Particle systems: an emitter, the particles that it made, and how they move, turn, grow and fade.
//!
//! ```
//! use rlove::graphics::{Graphics, NullBackend, ParticleSystem, TextureDescription, TextureKind};
//! use rlove::math::RandomGenerator;
//! let mut graphics = Graphics::new(Box::new(NullBackend::default()), 64, 64, 1.0).unwrap();
//! let spark = graphics.create_texture(TextureDescription::rgba8(TextureKind::Image, 8, 8)).unwrap();
//! let mut random = RandomGenerator::default();
//! let mut system = ParticleSystem::new(&mut graphics, spark, 100).unwrap();
//! system.settings.particle_lifetime = [1.0, 2.0];
//! system.set_emission_rate(50.0).unwrap();
//! system.update(0.5, &mut random);
//! assert_eq!(system.count(), 24);
//! ```
//!
//! The formulas and the order in which random numbers are drawn are LÖVE's, and all systems of a state draw from one generator that
//! starts as LÖVE's does: the same program gives the same particles.
//!
//! Particles lie densely in memory (the last one moves into the place of one that dies) and are linked in drawing order.
//!
//! What this does not do: hold quads as objects. Their number is known here; [`Graphics::draw_particle_system`] is given them.

use super::commands::{Uniforms, Vertex, VertexSource};
use super::machine::Graphics;
use super::quad::Quad;
use super::sprite_batch::{BufferHandle, quad_vertices};
use super::state::{Named, named_enum, vertex_color};
use super::texture::{Texture, TextureType};
use super::transform::{Placement, Transform};
use crate::math::RandomGenerator;

/// Most particles of one system, as in LÖVE.
pub const MAX_PARTICLES: usize = i32::MAX as usize / 4;
/// Most sizes and colours that a particle goes through.
pub const MAX_STAGES: usize = 8;
/// No particle.
const NONE: u32 = u32::MAX;

named_enum! {
    /// Where in the drawing order new particles go.
    InsertMode {
        /// Drawn last.
        Top = "top",
        /// Drawn first.
        Bottom = "bottom",
        /// Somewhere.
        Random = "random",
    }
}

named_enum! {
    /// How places of birth are spread over the emission area.
    AreaDistribution {
        /// All at the emitter.
        None = "none",
        /// Evenly over a rectangle.
        Uniform = "uniform",
        /// By normal distributions in both directions.
        Normal = "normal",
        /// Evenly over an ellipse.
        Ellipse = "ellipse",
        /// On the border of an ellipse.
        BorderEllipse = "borderellipse",
        /// On the border of a rectangle.
        BorderRectangle = "borderrectangle",
    }
}

/// What new particles are like. Pairs are least and greatest; angles are in radians, lengths in pixels, times in seconds.
#[derive(Clone, Debug)]
pub struct ParticleSettings {
    /// Where in the drawing order new particles go.
    pub insert_mode: InsertMode,
    /// How places of birth are spread.
    pub distribution: AreaDistribution,
    /// Half size of the emission area.
    pub area: [f32; 2],
    /// Rotation of the emission area.
    pub area_angle: f32,
    /// Whether the direction is counted from the ray that leads from the centre of the area to the particle.
    pub is_direction_from_centre: bool,
    /// How long a particle lives.
    pub particle_lifetime: [f32; 2],
    /// Direction of flight.
    pub direction: f32,
    /// Width of the sector of directions.
    pub spread: f32,
    /// Speed at birth.
    pub speed: [f32; 2],
    /// Least acceleration.
    pub linear_acceleration_least: [f32; 2],
    /// Greatest acceleration.
    pub linear_acceleration_most: [f32; 2],
    /// Acceleration away from the place of the emitter.
    pub radial_acceleration: [f32; 2],
    /// Acceleration across it.
    pub tangential_acceleration: [f32; 2],
    /// How quickly speed is lost.
    pub linear_damping: [f32; 2],
    /// Sizes that a particle goes through, 1 to 8.
    pub sizes: Vec<f32>,
    /// 0 to 1: how much particles differ in size.
    pub size_variation: f32,
    /// Rotation at birth.
    pub rotation: [f32; 2],
    /// Spin at birth and at death, per second.
    pub spin: [f32; 2],
    /// How much particles differ in spin.
    pub spin_variation: f32,
    /// Colours that a particle goes through, 1 to 8.
    pub colors: Vec<[f32; 4]>,
    /// Whether rotation is counted from the direction of flight.
    pub is_rotation_relative: bool,
}

#[derive(Clone, Debug)]
struct Particle {
    /// Seconds left, of how many.
    life: f32,
    lifetime: f32,
    position: [f32; 2],
    origin: [f32; 2],
    velocity: [f32; 2],
    linear_acceleration: [f32; 2],
    radial_acceleration: f32,
    tangential_acceleration: f32,
    linear_damping: f32,
    size: f32,
    size_offset: f32,
    size_interval: f32,
    rotation: f32,
    angle: f32,
    spin: [f32; 2],
    color: [f32; 4],
    quad: u32,
    previous: u32,
    next: u32,
}

/// An emitter with its particles.
#[derive(Debug)]
pub struct ParticleSystem {
    /// What new particles are like. `sizes` and `colors` are never empty.
    pub settings: ParticleSettings,
    texture: Texture,
    /// Densely packed; the links give the drawing order.
    particles: Vec<Particle>,
    capacity: usize,
    first: u32,
    last: u32,
    is_active: bool,
    emission_rate: f32,
    emit_counter_s: f32,
    position: [f32; 2],
    previous_position: [f32; 2],
    emitter_lifetime_s: f32,
    emitter_life_s: f32,
    offset: [f32; 2],
    has_default_offset: bool,
    quad_count: usize,
    buffer: BufferHandle,
    vertices: Vec<Vertex>,
}

fn between(random: &mut RandomGenerator, [least, most]: [f32; 2]) -> f32 {
    let (least, most) = (f64::from(least), f64::from(most));
    (random.random() * (most - least) + least) as f32
}

fn varied(random: &mut RandomGenerator, inner: f32, outer: f32, variation: f32) -> f32 {
    let low = inner - (outer / 2.0) * variation;
    let high = inner + (outer / 2.0) * variation;
    let share = random.random() as f32;
    low * (1.0 - share) + high * share
}

/// Value of a quantity that goes through `stages` evenly, at `place` from 0 to 1: the two neighbours and the share of the second.
fn stage(place: f32, stages: usize) -> (usize, usize, f32) {
    let scaled = place * (stages - 1) as f32;
    // Saturates; NaN gives the first stage.
    let index = (scaled as usize).min(stages - 1);
    (index, (index + 1).min(stages - 1), scaled - index as f32)
}

impl Default for ParticleSettings {
    fn default() -> Self {
        ParticleSettings {
            insert_mode: InsertMode::Top,
            distribution: AreaDistribution::None,
            area: [0.0; 2],
            area_angle: 0.0,
            is_direction_from_centre: false,
            particle_lifetime: [0.0; 2],
            direction: 0.0,
            spread: 0.0,
            speed: [0.0; 2],
            linear_acceleration_least: [0.0; 2],
            linear_acceleration_most: [0.0; 2],
            radial_acceleration: [0.0; 2],
            tangential_acceleration: [0.0; 2],
            linear_damping: [0.0; 2],
            sizes: vec![1.0],
            size_variation: 0.0,
            rotation: [0.0; 2],
            spin: [0.0; 2],
            spin_variation: 0.0,
            colors: vec![[1.0; 4]],
            is_rotation_relative: false,
        }
    }
}

impl ParticleSettings {
    /// Where a particle of an emitter at `centre` is born.
    fn place_of_birth(&self, centre: [f32; 2], random: &mut RandomGenerator) -> [f32; 2] {
        let [width, height] = self.area;
        let (x, y) = match self.distribution {
            AreaDistribution::None => return centre,
            AreaDistribution::Uniform => (
                between(random, [-width, width]),
                between(random, [-height, height]),
            ),
            AreaDistribution::Normal => (
                random.random_normal(f64::from(width)) as f32,
                random.random_normal(f64::from(height)) as f32,
            ),
            AreaDistribution::Ellipse => {
                let u = f64::from(between(random, [-1.0, 1.0]));
                let v = f64::from(between(random, [-1.0, 1.0]));
                (
                    (f64::from(width) * (u * (1.0 - 0.5 * v * v).sqrt())) as f32,
                    (f64::from(height) * (v * (1.0 - 0.5 * u * u).sqrt())) as f32,
                )
            }
            AreaDistribution::BorderEllipse => {
                let angle = (random.random() * (std::f64::consts::PI * 2.0)) as f32;
                (angle.cos() * width, angle.sin() * height)
            }
            AreaDistribution::BorderRectangle => {
                let half = (width + height) * 2.0;
                border_of_rectangle(between(random, [-half, half]), self.area)
            }
        };
        let (sine, cosine) = (self.area_angle.sin(), self.area_angle.cos());
        [
            centre[0] + (cosine * x - sine * y),
            centre[1] + (sine * x + cosine * y),
        ]
    }
}

/// The point at `along` (minus to plus half the circumference) of a rectangle's border, from its centre.
fn border_of_rectangle(along: f32, [width, height]: [f32; 2]) -> (f32, f32) {
    let side = height * 2.0;
    if along < -side {
        (along + side + width, -height)
    } else if along < 0.0 {
        (-width, along + height)
    } else if along < side {
        (width, along - height)
    } else {
        (along - side - width, height)
    }
}

impl ParticleSystem {
    /// An emitter without particles. `capacity` is the most that live at once.
    pub fn new(
        graphics: &mut Graphics,
        texture: Texture,
        capacity: usize,
    ) -> Result<ParticleSystem, String> {
        if capacity == 0 || capacity > MAX_PARTICLES {
            return Err("Invalid ParticleSystem size.".to_owned());
        }
        check_texture(&texture)?;
        let mut system = ParticleSystem {
            settings: ParticleSettings::default(),
            texture,
            particles: Vec::new(),
            capacity,
            first: NONE,
            last: NONE,
            is_active: true,
            emission_rate: 0.0,
            emit_counter_s: 0.0,
            position: [0.0; 2],
            previous_position: [0.0; 2],
            emitter_lifetime_s: -1.0,
            emitter_life_s: 0.0,
            offset: [0.0; 2],
            has_default_offset: true,
            quad_count: 0,
            buffer: graphics.new_buffer_id(),
            vertices: Vec::new(),
        };
        system.reset_offset(None);
        system.reset();
        Ok(system)
    }
    /// An emitter with the same settings and no particles.
    pub fn duplicate(&self, graphics: &mut Graphics) -> ParticleSystem {
        let mut copy = ParticleSystem {
            settings: self.settings.clone(),
            texture: self.texture.clone(),
            particles: Vec::new(),
            first: NONE,
            last: NONE,
            buffer: graphics.new_buffer_id(),
            vertices: Vec::new(),
            ..*self
        };
        copy.reset();
        copy
    }
    /// Removes all particles and starts the emitter's life again.
    pub fn reset(&mut self) {
        self.particles.clear();
        (self.first, self.last) = (NONE, NONE);
        self.emitter_life_s = self.emitter_lifetime_s;
        self.emit_counter_s = 0.0;
    }
    /// The texture.
    pub fn texture(&self) -> &Texture {
        &self.texture
    }
    /// Changes the texture; `first_quad` is the first of the quads in use.
    pub fn set_texture(
        &mut self,
        texture: Texture,
        first_quad: Option<&Quad>,
    ) -> Result<(), String> {
        check_texture(&texture)?;
        self.texture = texture;
        if self.has_default_offset {
            self.reset_offset(first_quad);
        }
        Ok(())
    }
    /// Notes how many quads the particles go through, and the first of them.
    pub fn set_quads(&mut self, count: usize, first: Option<&Quad>) {
        self.quad_count = count;
        if self.has_default_offset {
            self.reset_offset(first);
        }
    }
    fn reset_offset(&mut self, first_quad: Option<&Quad>) {
        self.offset = match first_quad {
            // LÖVE takes the place of the quad, not its size.
            Some(quad) => {
                let [x, y, ..] = quad.viewport();
                [x as f32 * 0.5, y as f32 * 0.5]
            }
            None => [
                self.texture.width() as f32 * 0.5,
                self.texture.height() as f32 * 0.5,
            ],
        };
    }
    /// Point of the texture that lies at a particle's place and around which it turns.
    pub fn offset(&self) -> [f32; 2] {
        self.offset
    }
    /// Changes it.
    pub fn set_offset(&mut self, offset: [f32; 2]) {
        self.offset = offset;
        self.has_default_offset = false;
    }
    /// Most particles that live at once.
    pub fn capacity(&self) -> usize {
        self.capacity
    }
    /// Changes it and removes all particles.
    pub fn set_capacity(&mut self, capacity: usize) -> Result<(), String> {
        if capacity == 0 || capacity > MAX_PARTICLES {
            return Err("Invalid buffer size".to_owned());
        }
        self.capacity = capacity;
        self.reset();
        Ok(())
    }
    /// Particles per second.
    pub fn emission_rate(&self) -> f32 {
        self.emission_rate
    }
    /// Changes it.
    pub fn set_emission_rate(&mut self, rate: f32) -> Result<(), String> {
        if rate < 0.0 {
            return Err("Invalid emission rate".to_owned());
        }
        self.emission_rate = rate;
        // A much greater rate must not make up for the time before.
        let interval_s = 1.0 / rate;
        if interval_s < self.emit_counter_s {
            self.emit_counter_s = interval_s;
        }
        Ok(())
    }
    /// How long the emitter works; -1 for ever.
    pub fn emitter_lifetime_s(&self) -> f32 {
        self.emitter_lifetime_s
    }
    /// Changes it and starts it again.
    pub fn set_emitter_lifetime_s(&mut self, lifetime_s: f32) {
        self.emitter_lifetime_s = lifetime_s;
        self.emitter_life_s = lifetime_s;
    }
    /// Where the emitter is.
    pub fn position(&self) -> [f32; 2] {
        self.position
    }
    /// Puts the emitter there.
    pub fn set_position(&mut self, position: [f32; 2]) {
        self.position = position;
        self.previous_position = position;
    }
    /// Moves the emitter there: particles of the next update are born along the way.
    pub fn move_to(&mut self, position: [f32; 2]) {
        self.position = position;
    }
    /// Particles alive.
    pub fn count(&self) -> usize {
        self.particles.len()
    }
    /// Lets the emitter work.
    pub fn start(&mut self) {
        self.is_active = true;
    }
    /// Stops the emitter and gives it its whole life again.
    pub fn stop(&mut self) {
        self.is_active = false;
        self.emitter_life_s = self.emitter_lifetime_s;
        self.emit_counter_s = 0.0;
    }
    /// Stops the emitter in the middle of its life.
    pub fn pause(&mut self) {
        self.is_active = false;
    }
    /// Whether the emitter works.
    pub fn is_active(&self) -> bool {
        self.is_active
    }
    /// Whether it stopped in the middle of its life.
    pub fn is_paused(&self) -> bool {
        !self.is_active && self.emitter_life_s < self.emitter_lifetime_s
    }
    /// Whether it stopped at the end of its life.
    pub fn is_stopped(&self) -> bool {
        !self.is_active && self.emitter_life_s >= self.emitter_lifetime_s
    }
    /// Makes `count` particles at once, as far as there is room.
    pub fn emit(&mut self, count: usize, random: &mut RandomGenerator) {
        if self.is_active {
            for _ in 0..count.min(self.capacity - self.particles.len()) {
                self.add(1.0, random);
            }
        }
    }

    /// Makes a particle at `share` of the way that the emitter went since the last update.
    fn add(&mut self, share: f32, random: &mut RandomGenerator) {
        if self.particles.len() >= self.capacity {
            return;
        }
        let particle = self.born(share, random);
        let index = self.particles.len() as u32;
        self.particles.push(particle);
        let (previous, next) = match self.settings.insert_mode {
            InsertMode::Top => (self.last, NONE),
            InsertMode::Bottom => (NONE, self.first),
            InsertMode::Random => match (random.bits() % (u64::from(index) + 1)) as u32 {
                front if front == index => (NONE, self.first),
                behind => (behind, self.particles[behind as usize].next),
            },
        };
        self.link(index, previous, next);
    }
    /// Puts particle `index` between two neighbours.
    fn link(&mut self, index: u32, previous: u32, next: u32) {
        self.particles[index as usize].previous = previous;
        self.particles[index as usize].next = next;
        match self.particles.get_mut(previous as usize) {
            Some(neighbour) => neighbour.next = index,
            None => self.first = index,
        }
        match self.particles.get_mut(next as usize) {
            Some(neighbour) => neighbour.previous = index,
            None => self.last = index,
        }
    }
    fn born(&self, share: f32, random: &mut RandomGenerator) -> Particle {
        let settings = &self.settings;
        let way = |axis: usize| {
            self.previous_position[axis]
                + (self.position[axis] - self.previous_position[axis]) * share
        };
        let origin = [way(0), way(1)];
        let lifetime = if settings.particle_lifetime[0] == settings.particle_lifetime[1] {
            settings.particle_lifetime[0]
        } else {
            between(random, settings.particle_lifetime)
        };
        let half = settings.spread / 2.0;
        let sector = [settings.direction - half, settings.direction + half];
        let mut direction = between(random, sector);
        let position = settings.place_of_birth(origin, random);
        if settings.is_direction_from_centre {
            direction += (position[1] - origin[1]).atan2(position[0] - origin[0]);
        }
        let speed = between(random, settings.speed);
        let velocity = [direction.cos() * speed, direction.sin() * speed];
        let (least, most) = (
            settings.linear_acceleration_least,
            settings.linear_acceleration_most,
        );
        let linear_acceleration = [
            between(random, [least[0], most[0]]),
            between(random, [least[1], most[1]]),
        ];
        let radial_acceleration = between(random, settings.radial_acceleration);
        let tangential_acceleration = between(random, settings.tangential_acceleration);
        let linear_damping = between(random, settings.linear_damping);
        let variation = f64::from(settings.size_variation);
        let size_offset = (random.random() * variation) as f32;
        let size_interval = (1.0 - (random.random() * variation) as f32) - size_offset;
        let [spin_start, spin_end] = settings.spin;
        let spin = [
            varied(random, spin_start, spin_end, settings.spin_variation),
            varied(random, spin_end, spin_start, settings.spin_variation),
        ];
        let rotation = between(random, settings.rotation);
        let mut angle = rotation;
        if settings.is_rotation_relative {
            angle += velocity[1].atan2(velocity[0]);
        }
        Particle {
            life: lifetime,
            lifetime,
            position,
            origin,
            velocity,
            linear_acceleration,
            radial_acceleration,
            tangential_acceleration,
            linear_damping,
            size: settings.sizes[0],
            size_offset,
            size_interval,
            rotation,
            angle,
            spin,
            color: settings.colors[0],
            quad: 0,
            previous: NONE,
            next: NONE,
        }
    }
    /// Takes a particle away; the one behind it in drawing order, by its place afterwards.
    fn remove(&mut self, index: u32) -> u32 {
        let Particle { previous, next, .. } = self.particles[index as usize];
        match self.particles.get_mut(previous as usize) {
            Some(neighbour) => neighbour.next = next,
            None => self.first = next,
        }
        match self.particles.get_mut(next as usize) {
            Some(neighbour) => neighbour.previous = previous,
            None => self.last = previous,
        }
        self.particles.swap_remove(index as usize);
        let moved_from = self.particles.len() as u32;
        if index == moved_from {
            return next;
        }
        let Particle {
            previous,
            next: behind,
            ..
        } = self.particles[index as usize];
        self.link(index, previous, behind);
        if next == moved_from { index } else { next }
    }

    /// Moves on by `dt_s` seconds.
    pub fn update(&mut self, dt_s: f32, random: &mut RandomGenerator) {
        if dt_s == 0.0 {
            return;
        }
        let mut index = self.first;
        while let Some(particle) = self.particles.get_mut(index as usize) {
            particle.life -= dt_s;
            if particle.life <= 0.0 {
                index = self.remove(index);
            } else {
                particle.advance(dt_s, &self.settings, self.quad_count);
                index = particle.next;
            }
        }
        if self.is_active {
            self.make_due(dt_s, random);
            self.emitter_life_s -= dt_s;
            if self.emitter_lifetime_s != -1.0 && self.emitter_life_s < 0.0 {
                self.stop();
            }
        }
        self.previous_position = self.position;
    }
    /// Makes the particles that are due after `dt_s` seconds.
    fn make_due(&mut self, dt_s: f32, random: &mut RandomGenerator) {
        let interval_s = 1.0 / self.emission_rate;
        self.emit_counter_s += dt_s;
        let total_s = self.emit_counter_s - interval_s;
        // A rate beyond reason must not keep the program here: what does not fit is forgotten.
        let mut tries_left = self.capacity - self.particles.len() + (1 << 20);
        while self.emit_counter_s > interval_s {
            self.add(1.0 - (self.emit_counter_s - interval_s) / total_s, random);
            self.emit_counter_s -= interval_s;
            tries_left -= 1;
            if tries_left == 0 {
                self.emit_counter_s = 0.0;
                return;
            }
        }
    }

    /// Writes the vertices of all particles in drawing order.
    fn place(&mut self, quads: &[Quad]) {
        self.vertices.clear();
        self.vertices.reserve(self.particles.len() * 4);
        let whole = (
            [self.texture.width() as f32, self.texture.height() as f32],
            [0.0, 0.0, 1.0, 1.0],
        );
        let mut index = self.first;
        while let Some(particle) = self.particles.get(index as usize) {
            let (size, coordinates) = quads
                .get(particle.quad as usize)
                .map_or(whole, |quad| (quad.size(), quad.coordinates()));
            let transform = Transform::from(Placement {
                x: particle.position[0],
                y: particle.position[1],
                r: particle.angle,
                sx: particle.size,
                sy: particle.size,
                ox: self.offset[0],
                oy: self.offset[1],
                kx: 0.0,
                ky: 0.0,
            });
            let color = vertex_color(particle.color);
            self.vertices
                .extend_from_slice(&quad_vertices(size, coordinates, &transform, color));
            index = particle.next;
        }
    }
}

fn check_texture(texture: &Texture) -> Result<(), String> {
    if texture.description().texture_type == TextureType::TwoDimensional {
        return Ok(());
    }
    Err("Only 2D textures can be used with ParticleSystems.".to_owned())
}

impl Particle {
    /// One step of the motion: accelerations, damping, place, rotation, size, colour, quad.
    #[inline]
    fn advance(&mut self, dt_s: f32, settings: &ParticleSettings, quad_count: usize) {
        let [mut radial_x, mut radial_y] = [
            self.position[0] - self.origin[0],
            self.position[1] - self.origin[1],
        ];
        let distance = (radial_x * radial_x + radial_y * radial_y).sqrt();
        if distance > 0.0 {
            let scale = 1.0 / distance;
            radial_x *= scale;
            radial_y *= scale;
        }
        let (radial, tangential) = (self.radial_acceleration, self.tangential_acceleration);
        self.velocity[0] +=
            (radial_x * radial + -radial_y * tangential + self.linear_acceleration[0]) * dt_s;
        self.velocity[1] +=
            (radial_y * radial + radial_x * tangential + self.linear_acceleration[1]) * dt_s;
        let kept = 1.0 / (1.0 + self.linear_damping * dt_s);
        for axis in 0..2 {
            self.velocity[axis] *= kept;
            self.position[axis] += self.velocity[axis] * dt_s;
        }
        let age = 1.0 - self.life / self.lifetime;
        self.rotation += (self.spin[0] * (1.0 - age) + self.spin[1] * age) * dt_s;
        self.angle = self.rotation;
        if settings.is_rotation_relative {
            self.angle += self.velocity[1].atan2(self.velocity[0]);
        }
        let place = self.size_offset + age * self.size_interval;
        let (from, to, share) = stage(place, settings.sizes.len());
        self.size = settings.sizes[from] * (1.0 - share) + settings.sizes[to] * share;
        let (from, to, share) = stage(age, settings.colors.len());
        for channel in 0..4 {
            self.color[channel] = settings.colors[from][channel] * (1.0 - share)
                + settings.colors[to][channel] * share;
        }
        if quad_count > 0 {
            self.quad = ((age * quad_count as f32) as usize).min(quad_count - 1) as u32;
        }
    }
}

impl Graphics {
    /// Draws the particles. `quads` are those whose number was given to [`ParticleSystem::set_quads`], as they are now.
    pub fn draw_particle_system(
        &mut self,
        system: &mut ParticleSystem,
        quads: &[Quad],
        local: &Transform,
    ) -> Result<(), String> {
        if system.particles.is_empty() {
            return Ok(());
        }
        self.check_drawable(&system.texture)?;
        system.place(quads);
        // Draws recorded so far must see the old vertices.
        self.flush_if_buffer_used(system.buffer.id())?;
        self.backend
            .write_buffer(system.buffer.id(), &system.vertices)?;
        let uniforms = Uniforms {
            transform: self.transform().then_inner(local),
            color: self.state().color,
        };
        // MAX_PARTICLES keeps this product in 32 bits for all that fits in memory.
        let indices = 0..u32::try_from(system.particles.len() * 6)
            .map_err(|_| "Too many particles to draw".to_owned())?;
        let source = VertexSource::Quads(system.buffer.id());
        self.record_draw(&system.texture, uniforms, source, indices);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::graphics::{NullBackend, TextureDescription, TextureKind};

    fn system(capacity: usize) -> (Graphics, ParticleSystem) {
        let mut graphics = Graphics::new(Box::new(NullBackend::default()), 64, 64, 1.0).unwrap();
        let description = TextureDescription::rgba8(TextureKind::Image, 4, 4);
        let texture = graphics.create_texture(description).unwrap();
        let system = ParticleSystem::new(&mut graphics, texture, capacity).unwrap();
        (graphics, system)
    }

    /// Particles in drawing order, each by the speed that it was born with.
    fn order(system: &ParticleSystem) -> Vec<f32> {
        let mut found = Vec::new();
        let mut index = system.first;
        let mut previous = NONE;
        while let Some(particle) = system.particles.get(index as usize) {
            assert_eq!(particle.previous, previous);
            found.push(particle.velocity[0]);
            (previous, index) = (index, particle.next);
        }
        assert_eq!(system.last, previous);
        assert_eq!(found.len(), system.count());
        found
    }

    #[test]
    fn new_particles_go_where_the_mode_says() {
        let (_, mut system) = system(8);
        let mut random = RandomGenerator::default();
        system.settings.particle_lifetime = [5.0, 5.0];
        for (speed, mode) in [
            (1.0, InsertMode::Top),
            (2.0, InsertMode::Top),
            (3.0, InsertMode::Bottom),
        ] {
            system.settings.insert_mode = mode;
            system.settings.speed = [speed; 2];
            system.emit(1, &mut random);
        }
        assert_eq!(order(&system), [3.0, 1.0, 2.0]);
    }

    #[test]
    fn the_dead_leave_and_the_order_stays() {
        let (_, mut system) = system(8);
        let mut random = RandomGenerator::default();
        for (speed, lifetime) in [(1.0, 1.0), (2.0, 9.0), (3.0, 1.0), (4.0, 9.0), (5.0, 9.0)] {
            system.settings.speed = [speed; 2];
            system.settings.particle_lifetime = [lifetime; 2];
            system.emit(1, &mut random);
        }
        system.update(2.0, &mut random);
        assert_eq!(order(&system), [2.0, 4.0, 5.0]);
    }

    #[test]
    fn absurd_rates_end() {
        let (_, mut system) = system(3);
        let mut random = RandomGenerator::default();
        system.settings.particle_lifetime = [5.0, 5.0];
        for rate in [f32::INFINITY, 1e30, f32::NAN] {
            system.set_emission_rate(rate).unwrap();
            system.update(1.0, &mut random);
        }
        assert_eq!(system.count(), 3);
        assert!(system.set_emission_rate(-1.0).is_err());
    }

    #[test]
    fn random_insertion_keeps_the_links() {
        let (_, mut system) = system(50);
        let mut random = RandomGenerator::default();
        system.settings.insert_mode = InsertMode::Random;
        system.settings.particle_lifetime = [0.1, 3.0];
        system.set_emission_rate(40.0).unwrap();
        for _ in 0..100 {
            system.update(0.05, &mut random);
            order(&system);
        }
        assert!(system.count() > 10);
    }
}
