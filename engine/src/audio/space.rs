//! Where sounds are and how that is heard: OpenAL's distance models, cones and Doppler effect.
//!
//! ```
//! use rlove::audio::{Listener, Place};
//! let listener = Listener::default();
//! let mut place = Place::default();
//! assert_eq!(place.heard(&listener).left, 1.0);
//! place.position = [2.0, 0.0, 0.0];
//! let heard = place.heard(&listener);
//! assert!(heard.left < heard.right);
//! ```
//!
//! Only sounds of one channel are placed. Left and right carry the sound's power together; how far it is to the side decides how it is
//! shared out. Not here: echoes and filters.

/// Three coordinates.
pub type Vector = [f32; 3];

/// Metres a second that OpenAL takes sound to travel.
const SPEED_OF_SOUND: f32 = 343.3;

/// How volume falls with distance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DistanceModel {
    /// It does not.
    None,
    /// By the inverse of the distance.
    Inverse,
    /// As `Inverse`, between the two distances.
    InverseClamped,
    /// In a line.
    Linear,
    /// As `Linear`, between the two distances.
    LinearClamped,
    /// By a power of the distance.
    Exponent,
    /// As `Exponent`, between the two distances.
    ExponentClamped,
}

impl DistanceModel {
    /// LÖVE's names.
    pub const NAMES: &[(&str, DistanceModel)] = &[
        ("none", DistanceModel::None),
        ("inverse", DistanceModel::Inverse),
        ("inverseclamped", DistanceModel::InverseClamped),
        ("linear", DistanceModel::Linear),
        ("linearclamped", DistanceModel::LinearClamped),
        ("exponent", DistanceModel::Exponent),
        ("exponentclamped", DistanceModel::ExponentClamped),
    ];

    fn gain(self, distance: f32, place: &Place) -> f32 {
        let (reference, most, rolloff) = (place.reference, place.most, place.rolloff);
        let clamped = distance.max(reference).min(most);
        match self {
            DistanceModel::None => 1.0,
            DistanceModel::Inverse => inverse(distance, reference, rolloff),
            DistanceModel::InverseClamped => inverse(clamped, reference, rolloff),
            DistanceModel::Linear => linear(distance.min(most), reference, most, rolloff),
            DistanceModel::LinearClamped => linear(clamped, reference, most, rolloff),
            DistanceModel::Exponent => exponent(distance, reference, rolloff),
            DistanceModel::ExponentClamped => exponent(clamped, reference, rolloff),
        }
    }
}

fn inverse(distance: f32, reference: f32, rolloff: f32) -> f32 {
    let below = reference + rolloff * (distance - reference);
    if below > 0.0 { reference / below } else { 1.0 }
}

fn linear(distance: f32, reference: f32, most: f32, rolloff: f32) -> f32 {
    if most <= reference {
        return 1.0;
    }
    (1.0 - rolloff * (distance - reference) / (most - reference)).max(0.0)
}

fn exponent(distance: f32, reference: f32, rolloff: f32) -> f32 {
    if distance > 0.0 && reference > 0.0 {
        (distance / reference).powf(-rolloff)
    } else {
        1.0
    }
}

/// Who hears.
#[derive(Clone, Copy, Debug)]
pub struct Listener {
    /// Where.
    pub position: Vector,
    /// How fast.
    pub velocity: Vector,
    /// Where the face points.
    pub forward: Vector,
    /// Where the top of the head points.
    pub up: Vector,
    /// How volume falls with distance.
    pub model: DistanceModel,
    /// How strong the Doppler effect is.
    pub doppler: f32,
}

impl Default for Listener {
    fn default() -> Self {
        Listener {
            position: [0.0; 3],
            velocity: [0.0; 3],
            forward: [0.0, 0.0, -1.0],
            up: [0.0, 1.0, 0.0],
            model: DistanceModel::InverseClamped,
            doppler: 1.0,
        }
    }
}

/// A cone in which a sound is loud.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Cone {
    /// Full volume inside this angle.
    pub inner: f32,
    /// The outer volume outside this one.
    pub outer: f32,
    /// Volume outside.
    pub outer_volume: f32,
    /// Volume of high tones outside.
    pub outer_high_gain: f32,
}

/// Where a sound is.
#[derive(Clone, Copy, Debug)]
pub struct Place {
    /// Where.
    pub position: Vector,
    /// How fast.
    pub velocity: Vector,
    /// Where its cone points; zero is everywhere.
    pub direction: Vector,
    /// Its cone.
    pub cone: Cone,
    /// Whether it moves with the listener.
    pub is_relative: bool,
    /// Distance of full volume.
    pub reference: f32,
    /// Distance beyond which volume falls no more.
    pub most: f32,
    /// How fast volume falls.
    pub rolloff: f32,
    /// How much the air takes of high tones.
    pub air_absorption: f32,
}

impl Default for Place {
    fn default() -> Self {
        Place {
            position: [0.0; 3],
            velocity: [0.0; 3],
            direction: [0.0; 3],
            cone: Cone {
                inner: std::f32::consts::TAU,
                outer: std::f32::consts::TAU,
                outer_volume: 0.0,
                outer_high_gain: 1.0,
            },
            is_relative: false,
            reference: 1.0,
            most: f32::MAX,
            rolloff: 1.0,
            air_absorption: 0.0,
        }
    }
}

/// What arrives at the ears.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Heard {
    /// Volume at the left ear.
    pub left: f32,
    /// Volume at the right ear.
    pub right: f32,
    /// Factor of the pitch.
    pub pitch: f32,
}

fn minus(a: Vector, b: Vector) -> Vector {
    [a[0] - b[0], a[1] - b[1], a[2] - b[2]]
}

fn dot(a: Vector, b: Vector) -> f32 {
    a[0] * b[0] + a[1] * b[1] + a[2] * b[2]
}

fn cross(a: Vector, b: Vector) -> Vector {
    [
        a[1] * b[2] - a[2] * b[1],
        a[2] * b[0] - a[0] * b[2],
        a[0] * b[1] - a[1] * b[0],
    ]
}

fn length(a: Vector) -> f32 {
    dot(a, a).sqrt()
}

impl Place {
    /// How the listener hears a sound from here.
    pub fn heard(&self, listener: &Listener) -> Heard {
        let to_source = if self.is_relative {
            self.position
        } else {
            minus(self.position, listener.position)
        };
        let distance = length(to_source);
        let gain = listener.model.gain(distance, self) * self.cone_gain(to_source, distance);
        let side = self.side(listener, to_source, distance);
        Heard {
            left: gain * (1.0 - side).max(0.0).sqrt(),
            right: gain * (1.0 + side).max(0.0).sqrt(),
            pitch: self.doppler(listener, to_source, distance),
        }
    }

    /// How far to the right it is, from -1 to 1.
    fn side(&self, listener: &Listener, to_source: Vector, distance: f32) -> f32 {
        let right = if self.is_relative {
            [1.0, 0.0, 0.0]
        } else {
            cross(listener.forward, listener.up)
        };
        let scale = length(right) * distance;
        if scale > 0.0 {
            (dot(to_source, right) / scale).clamp(-1.0, 1.0)
        } else {
            0.0
        }
    }

    fn cone_gain(&self, to_source: Vector, distance: f32) -> f32 {
        let scale = length(self.direction) * distance;
        if scale <= 0.0 || self.cone.inner >= std::f32::consts::TAU {
            return 1.0;
        }
        let angle = 2.0
            * (-dot(to_source, self.direction) / scale)
                .clamp(-1.0, 1.0)
                .acos();
        let Cone {
            inner,
            outer,
            outer_volume,
            ..
        } = self.cone;
        if angle <= inner {
            1.0
        } else if angle >= outer {
            outer_volume
        } else {
            1.0 + (outer_volume - 1.0) * (angle - inner) / (outer - inner)
        }
    }

    fn doppler(&self, listener: &Listener, to_source: Vector, distance: f32) -> f32 {
        if distance <= 0.0 || listener.doppler <= 0.0 {
            return 1.0;
        }
        let listener_velocity = if self.is_relative {
            [0.0; 3]
        } else {
            listener.velocity
        };
        let most = SPEED_OF_SOUND / listener.doppler;
        let away = |velocity: Vector| (dot(velocity, to_source) / distance).min(most * 0.99);
        let hears = SPEED_OF_SOUND + listener.doppler * away(listener_velocity);
        let sends = SPEED_OF_SOUND + listener.doppler * away(self.velocity);
        (hears / sends.max(1.0)).clamp(0.01, 100.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gain_at(model: DistanceModel, x: f32) -> f32 {
        let listener = Listener {
            model,
            ..Listener::default()
        };
        let place = Place {
            position: [0.0, 0.0, -x],
            reference: 2.0,
            most: 10.0,
            ..Place::default()
        };
        place.heard(&listener).left
    }

    #[test]
    fn distances_follow_the_formulas_of_openal() {
        assert_eq!(gain_at(DistanceModel::None, 50.0), 1.0);
        assert_eq!(gain_at(DistanceModel::Inverse, 4.0), 0.5);
        assert_eq!(gain_at(DistanceModel::InverseClamped, 1.0), 1.0);
        assert_eq!(gain_at(DistanceModel::InverseClamped, 40.0), 0.2);
        assert_eq!(gain_at(DistanceModel::Linear, 6.0), 0.5);
        assert_eq!(gain_at(DistanceModel::LinearClamped, 1.0), 1.0);
        assert_eq!(gain_at(DistanceModel::Exponent, 8.0), 0.25);
        assert_eq!(gain_at(DistanceModel::ExponentClamped, 40.0), 0.2);
    }

    #[test]
    fn a_cone_is_quiet_behind() {
        let mut place = Place {
            position: [0.0, 0.0, -1.0],
            direction: [0.0, 0.0, -1.0],
            ..Place::default()
        };
        place.cone = Cone {
            inner: 1.0,
            outer: 2.0,
            outer_volume: 0.25,
            outer_high_gain: 1.0,
        };
        assert_eq!(place.heard(&Listener::default()).left, 0.25);
        place.direction = [0.0, 0.0, 1.0];
        assert_eq!(place.heard(&Listener::default()).left, 1.0);
    }

    #[test]
    fn an_approaching_sound_is_higher() {
        let place = Place {
            position: [0.0, 0.0, -10.0],
            velocity: [0.0, 0.0, SPEED_OF_SOUND / 2.0],
            ..Place::default()
        };
        assert!((place.heard(&Listener::default()).pitch - 2.0).abs() < 1e-5);
    }
}
