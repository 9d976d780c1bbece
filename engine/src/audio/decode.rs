//! Sound files to samples: Ogg Vorbis, WAV, MP3, FLAC and tracker modules, all at once or as a stream.
//!
//! Only this file and `device.rs` name the sound library, and only `tracker.rs` that of tracker modules.

use super::tracker::{self, Player};
use rodio::Source as _;
use std::io::Cursor;
use std::sync::Arc;
use std::time::Duration;

/// A sound file's bytes, shared by the sources that play it.
pub type FileBytes = Arc<[u8]>;

/// Samples in memory, channels interleaved, between -1 and 1.
#[derive(Debug, PartialEq)]
pub struct Samples {
    /// Channels of a frame.
    pub channels: u16,
    /// Frames a second.
    pub rate_hertz: u32,
    /// The samples.
    pub data: Vec<f32>,
}

impl Samples {
    /// Number of frames.
    pub fn frame_count(&self) -> usize {
        self.data.len() / usize::from(self.channels.max(1))
    }
}

type Recording = rodio::Decoder<Cursor<FileBytes>>;

/// What reads a file.
enum Inner {
    Recording(Box<Recording>),
    Module(Player),
}

impl Iterator for Inner {
    type Item = f32;

    fn next(&mut self) -> Option<f32> {
        match self {
            Inner::Recording(recording) => recording.next(),
            Inner::Module(player) => player.next(),
        }
    }
}

impl Inner {
    fn open(bytes: &FileBytes) -> Result<Inner, String> {
        if tracker::is_module(bytes) {
            return Player::new(bytes).map(Inner::Module);
        }
        rodio::Decoder::builder()
            .with_byte_len(bytes.len() as u64)
            .with_data(Cursor::new(bytes.clone()))
            .with_seekable(true)
            .build()
            .map(|recording| Inner::Recording(Box::new(recording)))
            .map_err(|problem| problem.to_string())
    }

    /// Channels and frames a second.
    fn layout(&self) -> (u16, u32) {
        match self {
            Inner::Recording(recording) => {
                (recording.channels().get(), recording.sample_rate().get())
            }
            Inner::Module(_) => (tracker::CHANNELS, tracker::RATE_HERTZ),
        }
    }

    fn duration_seconds(&self) -> Option<f64> {
        match self {
            Inner::Recording(recording) => {
                recording.total_duration().map(|time| time.as_secs_f64())
            }
            Inner::Module(player) => Some(player.duration_seconds()),
        }
    }

    fn seek(&mut self, moment: Duration) -> bool {
        match self {
            Inner::Recording(recording) => recording.try_seek(moment).is_ok(),
            Inner::Module(player) => player.seek(moment.as_secs_f64()),
        }
    }
}

/// A sound file being decoded from front to back.
pub struct Decoder {
    bytes: FileBytes,
    inner: Inner,
    channels: u16,
    rate_hertz: u32,
    /// How many frames were read or skipped.
    position: u64,
    /// Where an Ogg file says that it ends: its last block of samples may be longer, and that part is not sound.
    end: Option<u64>,
}

impl Decoder {
    /// Starts at the beginning. The error is a sentence fragment.
    pub fn new(bytes: FileBytes) -> Result<Decoder, String> {
        let inner = Inner::open(&bytes)?;
        let (channels, rate_hertz) = inner.layout();
        let is_ogg = bytes.starts_with(b"OggS");
        let mut decoder = Decoder {
            bytes,
            inner,
            channels,
            rate_hertz,
            position: 0,
            end: None,
        };
        decoder.end = decoder.frame_count().filter(|&frames| is_ogg && frames > 0);
        Ok(decoder)
    }

    /// Channels of a frame.
    pub fn channels(&self) -> u16 {
        self.channels
    }

    /// Frames a second.
    pub fn rate_hertz(&self) -> u32 {
        self.rate_hertz
    }

    /// Length in frames, if the file says it.
    pub fn frame_count(&self) -> Option<u64> {
        let seconds = self.inner.duration_seconds()?;
        Some((seconds * f64::from(self.rate_hertz)).round() as u64)
    }

    /// Length in frames, decoding a copy of the whole file if nothing else tells.
    pub fn counted_frames(&self) -> Option<u64> {
        self.frame_count().or_else(|| {
            let samples = Inner::open(&self.bytes).ok()?.count() as u64;
            Some(samples / u64::from(self.channels.max(1)))
        })
    }

    /// As many frames as a read may be asked for to get the whole sound: a tracker song may repeat itself for ever.
    pub fn most_frames(&self) -> usize {
        match &self.inner {
            Inner::Module(player) if player.is_endless() => {
                self.frame_count().map_or(0, |frames| frames as usize)
            }
            _ => usize::MAX,
        }
    }

    /// Appends up to so many frames; fewer only at the end.
    pub fn read(&mut self, frames: usize, into: &mut Vec<f32>) -> usize {
        let left = self
            .end
            .map_or(u64::MAX, |end| end.saturating_sub(self.position));
        let frames = frames.min(usize::try_from(left).unwrap_or(usize::MAX));
        let wanted = frames.saturating_mul(usize::from(self.channels));
        let before = into.len();
        into.extend(self.inner.by_ref().take(wanted));
        // A damaged file may end within a frame.
        let whole = (into.len() - before) / usize::from(self.channels);
        into.truncate(before + whole * usize::from(self.channels));
        self.position += whole as u64;
        whole
    }

    /// Goes to a frame. False if the file cannot be read from there.
    pub fn seek(&mut self, frame: u64) -> bool {
        match Inner::open(&self.bytes) {
            Ok(inner) => self.inner = inner,
            Err(_) => return false,
        }
        self.position = frame;
        if frame == 0 {
            return true;
        }
        let moment = Duration::from_secs_f64(frame as f64 / f64::from(self.rate_hertz));
        if self.inner.seek(moment) {
            return true;
        }
        let skipped = usize::try_from(frame)
            .unwrap_or(usize::MAX)
            .saturating_mul(usize::from(self.channels));
        self.inner.by_ref().take(skipped).count() == skipped
    }
}

/// Decodes a whole file. The error is a sentence fragment.
pub fn decode(bytes: FileBytes) -> Result<Samples, String> {
    let mut decoder = Decoder::new(bytes)?;
    let mut data = Vec::new();
    let mut left = decoder.most_frames();
    loop {
        let frames = decoder.read(left.min(16_384), &mut data);
        left -= frames;
        if frames == 0 {
            break;
        }
    }
    Ok(Samples {
        channels: decoder.channels,
        rate_hertz: decoder.rate_hertz,
        data,
    })
}
