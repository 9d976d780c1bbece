//! Samples that a game reads and writes: LÖVE's `SoundData`, 8 or 16 bits a sample.

use super::decode::Samples;

/// Samples as bytes: unsigned for 8 bits, signed little endian for 16.
#[derive(Clone, Debug, PartialEq)]
pub struct SoundData {
    /// The bytes.
    pub bytes: Vec<u8>,
    /// Frames a second.
    pub rate_hertz: u32,
    /// 8 or 16.
    pub bits: u32,
    /// 1 or more.
    pub channels: u32,
}

impl SoundData {
    /// Silence. The error is LÖVE's sentence.
    pub fn new(
        frames: f64,
        rate_hertz: f64,
        bits: f64,
        channels: f64,
    ) -> Result<SoundData, String> {
        if frames.is_nan() || frames < 1.0 {
            return Err(format!("Invalid sample count: {frames}"));
        }
        if !(1.0..=4_294_967_295.0).contains(&rate_hertz) {
            return Err(format!("Invalid sample rate: {rate_hertz}"));
        }
        if bits != 8.0 && bits != 16.0 {
            return Err(format!("Invalid bit depth: {bits}"));
        }
        if !(1.0..=255.0).contains(&channels) {
            return Err(format!("Invalid channel count: {channels}"));
        }
        let size = frames.floor() * channels.floor() * bits / 8.0;
        if size > 2_147_483_647.0 {
            return Err("Data is too big!".to_owned());
        }
        let silence = if bits == 8.0 { 128 } else { 0 };
        let mut bytes = Vec::new();
        bytes
            .try_reserve_exact(size as usize)
            .map_err(|_| "Not enough memory.".to_owned())?;
        bytes.resize(size as usize, silence);
        Ok(SoundData {
            bytes,
            rate_hertz: rate_hertz as u32,
            bits: bits as u32,
            channels: channels as u32,
        })
    }

    /// Samples of a decoded file, 16 bits each.
    pub fn from_samples(samples: &Samples) -> SoundData {
        let bytes = samples
            .data
            .iter()
            .flat_map(|sample| {
                let rounded = (sample * 32768.0).round_ties_even();
                (rounded.clamp(-32768.0, 32767.0) as i16).to_le_bytes()
            })
            .collect();
        SoundData {
            bytes,
            rate_hertz: samples.rate_hertz,
            bits: 16,
            channels: u32::from(samples.channels),
        }
    }

    /// As samples to play.
    pub fn to_samples(&self) -> Samples {
        let data = (0..self.sample_total())
            .filter_map(|index| self.get(index))
            .map(|value| value as f32);
        Samples {
            channels: self.channels as u16,
            rate_hertz: self.rate_hertz,
            data: data.collect(),
        }
    }

    /// Samples of all channels.
    pub fn sample_total(&self) -> usize {
        self.bytes.len() / (self.bits as usize / 8)
    }

    /// Frames.
    pub fn frame_count(&self) -> usize {
        self.sample_total() / self.channels as usize
    }

    /// A sample between -1 and 1, channels interleaved; `None` out of range.
    pub fn get(&self, index: usize) -> Option<f64> {
        if self.bits == 8 {
            return self
                .bytes
                .get(index)
                .map(|&byte| (f64::from(byte) - 128.0) / 127.0);
        }
        let start = index.checked_mul(2)?;
        let pair = self.bytes.get(start..start + 2)?;
        Some(f64::from(i16::from_le_bytes([pair[0], pair[1]])) / 32767.0)
    }

    /// Sets a sample. False out of range.
    pub fn set(&mut self, index: usize, value: f64) -> bool {
        if self.bits == 8 {
            let Some(byte) = self.bytes.get_mut(index) else {
                return false;
            };
            *byte = (value * 127.0 + 128.0) as u8;
            return true;
        }
        let Some(start) = index.checked_mul(2) else {
            return false;
        };
        let Some(pair) = self.bytes.get_mut(start..start + 2) else {
            return false;
        };
        pair.copy_from_slice(&((value * 32767.0) as i16).to_le_bytes());
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn samples_are_stored_as_love_stores_them() {
        let mut data = SoundData::new(4.0, 8000.0, 16.0, 2.0).unwrap();
        assert_eq!(
            (data.frame_count(), data.sample_total(), data.bytes.len()),
            (4, 8, 16)
        );
        assert!(data.set(7, -1.0) && !data.set(8, 0.0));
        assert_eq!(data.get(7), Some(-1.0));
        assert_eq!(data.bytes[14..], (-32767i16).to_le_bytes());
        let mut small = SoundData::new(1.0, 8000.0, 8.0, 1.0).unwrap();
        assert_eq!(small.get(0), Some(0.0));
        small.set(0, 1.0);
        assert_eq!(small.bytes, [255]);
    }

    #[test]
    fn absurd_sizes_are_refused() {
        assert!(SoundData::new(1e12, 8000.0, 16.0, 2.0).is_err());
        assert!(SoundData::new(0.0, 8000.0, 16.0, 2.0).is_err());
        assert!(SoundData::new(f64::NAN, 8000.0, 16.0, 2.0).is_err());
        assert!(SoundData::new(1.0, 8000.0, 12.0, 2.0).is_err());
    }
}
