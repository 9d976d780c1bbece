//! Where the mixer's sound goes: the machine's device, a clock that only lets time pass, or nowhere.

use super::mixer::Mixer;
use rodio::cpal::traits::HostTrait;
use rodio::{ChannelCount, SampleRate};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// The mixer, shared with the device's thread.
pub type SharedMixer = Arc<Mutex<Mixer>>;

/// The mixer; a panic in the sound thread must not take the game with it.
pub fn lock(mixer: &SharedMixer) -> MutexGuard<'_, Mixer> {
    mixer.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What pulls the mixer.
pub enum Output {
    /// The machine's device.
    Device { _sink: Box<rodio::MixerDeviceSink> },
    /// No device: a thread lets the time pass.
    Paced(Arc<AtomicBool>),
}

impl Drop for Output {
    fn drop(&mut self) {
        if let Output::Paced(stops) = self {
            stops.store(true, Ordering::Relaxed);
        }
    }
}

const FRAMES_AT_A_TIME: usize = 256;

struct Tap {
    mixer: SharedMixer,
    rate: SampleRate,
    block: Vec<f32>,
    position: usize,
}

impl Iterator for Tap {
    type Item = f32;

    fn next(&mut self) -> Option<f32> {
        if self.position == self.block.len() {
            lock(&self.mixer).render(&mut self.block);
            self.position = 0;
        }
        let sample = self.block[self.position];
        self.position += 1;
        Some(sample)
    }
}

impl rodio::Source for Tap {
    fn current_span_len(&self) -> Option<usize> {
        None
    }
    fn channels(&self) -> ChannelCount {
        ChannelCount::MIN.saturating_add(1)
    }
    fn sample_rate(&self) -> SampleRate {
        self.rate
    }
    fn total_duration(&self) -> Option<Duration> {
        None
    }
}

/// Starts the machine's device or, where there is none, the passing of time, with one line on stderr.
pub fn start(mixer: &SharedMixer) -> Output {
    if let Some(reason) = no_device_reason() {
        eprintln!("rlove: no sound device ({reason}); sounds play silently");
        return paced(mixer);
    }
    let chosen = lock(mixer).device_name.clone();
    let opened = match named(&chosen) {
        Some(device) => {
            rodio::DeviceSinkBuilder::from_device(device).and_then(|builder| builder.open_stream())
        }
        None => rodio::DeviceSinkBuilder::open_default_sink(),
    };
    match opened {
        Ok(mut sink) => {
            sink.log_on_drop(false);
            let rate = sink.config().sample_rate();
            lock(mixer).set_rate(rate.get());
            let block = vec![0.0; FRAMES_AT_A_TIME * 2];
            let tap = Tap {
                mixer: mixer.clone(),
                rate,
                position: block.len(),
                block,
            };
            sink.mixer().add(tap);
            Output::Device {
                _sink: Box::new(sink),
            }
        }
        Err(problem) => {
            eprintln!("rlove: no sound device ({problem}); sounds play silently");
            paced(mixer)
        }
    }
}

/// What stands for no device, as OpenAL calls it.
const NO_OUTPUT: &str = "No Output";

/// The device of a name, unless that is the system's choice.
fn named(name: &str) -> Option<rodio::Device> {
    if name.is_empty() || name == NO_OUTPUT {
        return None;
    }
    let mut devices = rodio::cpal::default_host().output_devices().ok()?;
    devices.find(|device| device.to_string() == name)
}

/// Names of the devices there are; "No Output" where there is none.
pub fn names() -> Vec<String> {
    if no_device_reason().is_some() {
        return vec![NO_OUTPUT.to_owned()];
    }
    let devices = rodio::cpal::default_host().output_devices();
    let mut names: Vec<String> = devices
        .map(|devices| devices.map(|device| device.to_string()).collect())
        .unwrap_or_default();
    if names.is_empty() {
        names.push(NO_OUTPUT.to_owned());
    }
    names
}

/// The device that the system would choose.
pub fn default_name() -> String {
    if no_device_reason().is_some() {
        return NO_OUTPUT.to_owned();
    }
    let device = rodio::cpal::default_host().default_output_device();
    device.map_or_else(|| NO_OUTPUT.to_owned(), |device| device.to_string())
}

fn paced(mixer: &SharedMixer) -> Output {
    let stops = Arc::new(AtomicBool::new(false));
    let (mixer, should_stop) = (mixer.clone(), stops.clone());
    let spawned = std::thread::Builder::new()
        .name("silent sound".to_owned())
        .spawn(move || {
            let mut last = Instant::now();
            while !should_stop.load(Ordering::Relaxed) {
                std::thread::sleep(Duration::from_millis(5));
                let now = Instant::now();
                lock(&mixer).skip((now - last).as_secs_f64());
                last = now;
            }
        });
    if let Err(problem) = spawned {
        log::warn!("sounds will not end by themselves: {problem}");
    }
    Output::Paced(stops)
}

/// On Linux, whether there is anything at all to play on. The system's library would complain on stderr otherwise.
fn no_device_reason() -> Option<&'static str> {
    if !cfg!(target_os = "linux") {
        return None;
    }
    let has_card = std::fs::read_dir("/dev/snd").is_ok_and(|entries| {
        entries
            .flatten()
            .any(|entry| entry.file_name().to_string_lossy().starts_with("pcm"))
    });
    let has_server = std::env::var_os("PULSE_SERVER").is_some()
        || std::env::var_os("XDG_RUNTIME_DIR").is_some_and(|folder| {
            let folder = std::path::PathBuf::from(folder);
            folder.join("pulse/native").exists() || folder.join("pipewire-0").exists()
        });
    (!has_card && !has_server).then_some("no card and no sound server")
}
