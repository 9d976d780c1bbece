//! Tracker modules (MOD, XM, S3M, IT): songs made of short samples and the notes that play them.
//!
//! ```ignore
//! let player = Player::new(&std::fs::read("song.xm")?)?;
//! let left_and_right: Vec<f32> = player.take(2 * 44_100).collect(); // one second
//! ```
//!
//! A player yields samples between -1 and 1, left and right in turn, at [`RATE_HERTZ`]. As in LÖVE a song that jumps back
//! goes on for ever and one that does not ends after its last row, and the length is told in whole seconds.
//!
//! A damaged module can make the library panic: that is caught here and is an error, or the song's end.
//!
//! Not here: which of several songs in one file to play (the first), and LÖVE's exact samples; LÖVE plays modules through
//! ModPlug, whose resampling and reverberation no other player repeats.

use self_cell::self_cell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use xmrs::core::module::Module;
use xmrsplayer::xmrsplayer::XmrsPlayer;

/// Modules are mixed to this many channels.
pub const CHANNELS: u16 = 2;
/// Frames a second, as in LÖVE.
pub const RATE_HERTZ: u32 = 44_100;

/// The player's samples times this are about as loud as ModPlug's in LÖVE (measured: 0.37 to 0.56 on four songs).
const LEVEL: f32 = 0.44;

/// Where a MOD file says how many channels it has.
const MOD_TAG_START: usize = 1080;
/// Where an S3M file says what it is.
const S3M_TAG_START: usize = 44;

self_cell!(
    struct Playing {
        owner: Module,
        #[not_covariant]
        dependent: XmrsPlayer,
    }
);

/// A module being played.
pub struct Player {
    playing: Playing,
    exact_seconds: f64,
    frames_left: u64,
    jumps_back: bool,
    /// The right half of the frame whose left half was given out.
    right: Option<f32>,
    has_ended: bool,
}

fn is_mod_tag(tag: &[u8]) -> bool {
    match tag {
        b"M.K." | b"M!K!" | b"M&K!" | b"N.T." | b"FLT4" | b"FLT8" | b"CD81" | b"OKTA" | b"OCTA" => {
            true
        }
        [digit, b'C', b'H', b'N'] => digit.is_ascii_digit(),
        [tens, ones, b'C', b'H' | b'N'] => tens.is_ascii_digit() && ones.is_ascii_digit(),
        _ => false,
    }
}

/// Whether a file calls itself a module.
pub fn is_module(bytes: &[u8]) -> bool {
    let at = |start: usize| bytes.get(start..start + 4).unwrap_or(b"");
    bytes.starts_with(b"Extended Module: ")
        || bytes.starts_with(b"IMPM")
        || at(S3M_TAG_START) == b"SCRM"
        || is_mod_tag(at(MOD_TAG_START))
}

fn load(bytes: &[u8]) -> Result<Module, String> {
    let loaded = catch_unwind(|| {
        if bytes.starts_with(b"Extended Module: ") {
            Module::load_xm(bytes)
        } else if bytes.starts_with(b"IMPM") {
            Module::load_it(bytes)
        } else if bytes.get(S3M_TAG_START..S3M_TAG_START + 4) == Some(b"SCRM") {
            Module::load_s3m(bytes)
        } else {
            Module::load_mod(bytes)
        }
    });
    match loaded {
        Ok(Ok(module)) => Ok(module),
        Ok(Err(_)) | Err(_) => Err("Could not load file with ModPlug.".to_owned()),
    }
}

impl Player {
    /// At the song's beginning. The error is LÖVE's.
    pub fn new(bytes: &[u8]) -> Result<Player, String> {
        let module = load(bytes)?;
        let jumps_back = module.song_loop_to.is_some();
        let build = move || {
            let playing = Playing::new(module, |module| {
                let mut player = XmrsPlayer::new(module, RATE_HERTZ, 0);
                player.set_max_loop_count(usize::from(!jumps_back));
                player
            });
            let seconds = playing.with_dependent(|_, player| player.duration_seconds());
            (playing, seconds)
        };
        let (playing, seconds) = catch_unwind(AssertUnwindSafe(build))
            .map_err(|_| "Could not load file with ModPlug.".to_owned())?;
        Ok(Player {
            playing,
            exact_seconds: seconds,
            frames_left: u64::MAX,
            jumps_back,
            right: None,
            has_ended: false,
        })
    }

    /// Length of the song in whole seconds, without its repetitions.
    pub fn duration_seconds(&self) -> f64 {
        self.exact_seconds.floor()
    }

    /// Whether it never ends by itself.
    pub fn is_endless(&self) -> bool {
        self.jumps_back
    }

    /// Goes to the row that sounds at a time. False if there is none.
    pub fn seek(&mut self, seconds: f64) -> bool {
        self.right = None;
        self.has_ended = seconds > self.exact_seconds;
        let playing = &mut self.playing;
        let seek = || {
            playing.with_dependent_mut(|_, player| {
                let found = player.seek_seconds(seconds);
                found.then(|| player.position_seconds())
            })
        };
        let found = catch_unwind(AssertUnwindSafe(seek)).unwrap_or(None);
        if let Some(row_start) = found.filter(|_| !self.jumps_back) {
            // The library forgets at a seek which rows were played, and would play the song's first part again.
            let left = (self.exact_seconds - row_start) * f64::from(RATE_HERTZ);
            self.frames_left = left.round() as u64;
        }
        found.is_some()
    }
}

impl Iterator for Player {
    type Item = f32;

    fn next(&mut self) -> Option<f32> {
        if let Some(right) = self.right.take() {
            return Some(right);
        }
        if self.has_ended || self.frames_left == 0 {
            return None;
        }
        self.frames_left -= 1;
        let playing = &mut self.playing;
        let step = || playing.with_dependent_mut(|_, player| player.sample(true));
        let Ok(Some((left, right))) = catch_unwind(AssertUnwindSafe(step)) else {
            self.has_ended = true;
            return None;
        };
        let scale = |sample: i16| f32::from(sample) / 32_768.0 * LEVEL;
        self.right = Some(scale(right));
        Some(scale(left))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A MOD file with one pattern, whose first row plays a looped square wave of `period_samples`.
    fn square_wave(period_samples: usize) -> Vec<u8> {
        let mut file = vec![0u8; MOD_TAG_START];
        // The first instrument: length in words, finetune, volume, loop's start and length in words.
        file[42..50].copy_from_slice(&[0, 128, 0, 64, 0, 0, 0, 128]);
        file[950] = 1; // one pattern is played
        file[951] = 127;
        file.extend(b"M.K.");
        let mut pattern = vec![0u8; 64 * 4 * 4];
        // Note C-2 has period 428, so 7,093,789.2 / (2 · 428) = 8287 samples are played a second.
        pattern[..4].copy_from_slice(&[428u16.to_be_bytes()[0], 428u16.to_be_bytes()[1], 0x10, 0]);
        file.extend(pattern);
        file.extend((0..256).map(|index| {
            if index % period_samples < period_samples / 2 {
                100u8
            } else {
                (-100i8) as u8
            }
        }));
        file
    }

    #[test]
    fn notes_sound_at_their_pitch_until_the_last_row() {
        let player = Player::new(&square_wave(16)).unwrap();
        // 64 rows of 6 ticks of 20 ms.
        assert_eq!(player.duration_seconds(), 7.0);
        assert!(!player.is_endless());
        let samples: Vec<f32> = player.collect();
        let seconds = samples.len() as f64 / f64::from(CHANNELS) / f64::from(RATE_HERTZ);
        assert!((seconds - 7.68).abs() < 0.03, "{seconds}");
        let left: Vec<f32> = samples.iter().step_by(2).copied().collect();
        let second = &left[..RATE_HERTZ as usize];
        let rises = second
            .windows(2)
            .filter(|pair| pair[0] <= 0.0 && pair[1] > 0.0);
        let hertz = rises.count() as f64;
        assert!((hertz - 8287.0 / 16.0).abs() < 8.0, "{hertz}");
    }

    #[test]
    fn a_seek_goes_there() {
        let mut player = Player::new(&square_wave(16)).unwrap();
        assert!(player.seek(5.0));
        let seconds = player.count() as f64 / f64::from(CHANNELS) / f64::from(RATE_HERTZ);
        assert!((seconds - 2.68).abs() < 0.2, "{seconds}");
    }

    #[test]
    fn damaged_files_are_errors_or_sounds() {
        assert!(is_module(&square_wave(16)));
        assert!(!is_module(b"RIFF"));
        let whole = square_wave(16);
        for length in (0..whole.len()).step_by(97) {
            if let Ok(player) = Player::new(&whole[..length]) {
                assert!(player.take(100_000).all(|sample| sample.abs() <= 1.0));
            }
        }
        for place in (0..whole.len()).step_by(13) {
            let mut damaged = whole.clone();
            damaged[place] ^= 0xff;
            if let Ok(player) = Player::new(&damaged) {
                assert!(player.take(2000).all(|sample| sample.abs() <= 1.0));
            }
        }
    }
}
