//! A `File` of a game: opened to read, write or append, with LÖVE's messages.
//!
//! A file opened to read holds its bytes; one opened to write collects them and replaces the file when it is flushed or
//! closed. So a reader never sees half of what a game writes.

use super::Filesystem;

/// How a file is open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileMode {
    /// Not open.
    Closed,
    /// To read.
    Read,
    /// To write from the beginning.
    Write,
    /// To write at the end.
    Append,
}

impl FileMode {
    /// LÖVE's constants.
    pub const NAMES: &'static [&'static str] = &["c", "r", "w", "a"];

    /// Reads LÖVE's constant.
    pub fn parse(name: &str) -> Option<FileMode> {
        Some(match name {
            "c" => FileMode::Closed,
            "r" => FileMode::Read,
            "w" => FileMode::Write,
            "a" => FileMode::Append,
            _ => return None,
        })
    }

    /// LÖVE's constant.
    pub fn name(self) -> &'static str {
        match self {
            FileMode::Closed => "c",
            FileMode::Read => "r",
            FileMode::Write => "w",
            FileMode::Append => "a",
        }
    }
}

/// When written bytes reach the file; kept for games, the bytes always go out in one piece.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BufferMode {
    /// At once.
    None,
    /// After each line.
    Line,
    /// When the buffer is full.
    Full,
}

impl BufferMode {
    /// LÖVE's constants.
    pub const NAMES: &'static [&'static str] = &["none", "line", "full"];

    /// Reads LÖVE's constant.
    pub fn parse(name: &str) -> Option<BufferMode> {
        Some(match name {
            "none" => BufferMode::None,
            "line" => BufferMode::Line,
            "full" => BufferMode::Full,
            _ => return None,
        })
    }

    /// LÖVE's constant.
    pub fn name(self) -> &'static str {
        BufferMode::NAMES[self as usize]
    }
}

/// A file of a game.
#[derive(Debug)]
pub struct GameFile {
    /// Its path.
    pub name: String,
    /// How it is open.
    pub mode: FileMode,
    /// What `setBuffer` was told.
    pub buffer: (BufferMode, u64),
    bytes: Vec<u8>,
    position: usize,
    /// Bytes up to here are in the file already (append).
    flushed: usize,
    is_dirty: bool,
}

impl GameFile {
    /// A file that is not open.
    pub fn new(name: &str) -> GameFile {
        GameFile {
            name: name.to_owned(),
            mode: FileMode::Closed,
            buffer: (BufferMode::None, 0),
            bytes: Vec::new(),
            position: 0,
            flushed: 0,
            is_dirty: false,
        }
    }

    /// A file outside the game's folders (dropped on the window), with its bytes.
    pub fn with_bytes(name: &str, bytes: Vec<u8>) -> GameFile {
        GameFile {
            bytes,
            mode: FileMode::Read,
            ..GameFile::new(name)
        }
    }

    /// Opens it. False if it is open already; the error is LÖVE's sentence.
    pub fn open(&mut self, mode: FileMode, files: &mut Filesystem) -> Result<bool, String> {
        if mode == FileMode::Closed {
            return Ok(true);
        }
        if mode == FileMode::Read {
            let bytes = files.read(&self.name)?;
            if self.mode != FileMode::Closed {
                return Ok(false);
            }
            self.bytes = bytes;
        } else {
            if self.mode != FileMode::Closed {
                return Ok(false);
            }
            files.append(&self.name, b"")?;
            self.bytes.clear();
        }
        (self.position, self.flushed, self.is_dirty) = (0, 0, mode == FileMode::Write);
        self.mode = mode;
        Ok(true)
    }

    /// Closes it, writing what it collected. False if it was not open or could not be written.
    pub fn close(&mut self, files: &mut Filesystem) -> bool {
        if self.mode == FileMode::Closed {
            return false;
        }
        let is_written = self.flush_to(files).is_ok();
        self.mode = FileMode::Closed;
        self.bytes = Vec::new();
        is_written
    }

    fn flush_to(&mut self, files: &mut Filesystem) -> Result<(), String> {
        if !self.is_dirty {
            return Ok(());
        }
        match self.mode {
            FileMode::Write => files.write(&self.name, &self.bytes)?,
            FileMode::Append => files.append(&self.name, &self.bytes[self.flushed..])?,
            _ => {}
        }
        self.flushed = self.bytes.len();
        self.is_dirty = false;
        Ok(())
    }

    /// Writes what it collected. The error is LÖVE's sentence.
    pub fn flush(&mut self, files: &mut Filesystem) -> Result<bool, String> {
        if !matches!(self.mode, FileMode::Write | FileMode::Append) {
            return Err("File is not opened for writing.".to_owned());
        }
        Ok(self.flush_to(files).is_ok())
    }

    /// Bytes in the file.
    pub fn size(&self, files: &Filesystem) -> Option<u64> {
        match self.mode {
            FileMode::Closed => files.info(&self.name).and_then(|info| info.size_bytes),
            _ => Some(self.bytes.len() as u64),
        }
    }

    /// Reads up to so many bytes from where it stands.
    pub fn read(&mut self, count: usize) -> Result<&[u8], String> {
        if self.mode != FileMode::Read {
            return Err("File is not opened for reading.".to_owned());
        }
        let start = self.position.min(self.bytes.len());
        let end = start.saturating_add(count).min(self.bytes.len());
        self.position = end;
        Ok(&self.bytes[start..end])
    }

    /// Reads a line without its end; `None` at the end of the file.
    pub fn read_line(&mut self) -> Option<Vec<u8>> {
        let rest = self
            .bytes
            .get(self.position..)
            .filter(|rest| !rest.is_empty())?;
        let (line, length) = match rest.iter().position(|&byte| byte == b'\n') {
            Some(end) => (&rest[..end], end + 1),
            None => (rest, rest.len()),
        };
        let line = line.strip_suffix(b"\r").unwrap_or(line).to_vec();
        self.position += length;
        Some(line)
    }

    /// Writes at the place where it stands. The error is LÖVE's sentence.
    pub fn write(&mut self, bytes: &[u8], files: &mut Filesystem) -> Result<bool, String> {
        if !matches!(self.mode, FileMode::Write | FileMode::Append) {
            return Err("File is not opened for writing.".to_owned());
        }
        if self.mode == FileMode::Append {
            self.position = self.bytes.len();
        }
        if self.position > self.bytes.len() {
            self.bytes.resize(self.position, 0);
        }
        let overlap = (self.bytes.len() - self.position).min(bytes.len());
        self.bytes[self.position..self.position + overlap].copy_from_slice(&bytes[..overlap]);
        self.bytes.extend_from_slice(&bytes[overlap..]);
        self.position += bytes.len();
        self.is_dirty = true;
        if self.buffer.0 == BufferMode::Line && bytes.contains(&b'\n') {
            return Ok(self.flush_to(files).is_ok());
        }
        Ok(true)
    }

    /// Whether it stands at the end (a closed file does).
    pub fn is_at_end(&self) -> bool {
        self.mode == FileMode::Closed || self.position >= self.bytes.len()
    }

    /// Where it stands; `None` when it is closed.
    pub fn tell(&self) -> Option<u64> {
        (self.mode != FileMode::Closed).then_some(self.position as u64)
    }

    /// Moves to a byte. False when it is closed or the place is behind the end of a file that is read.
    pub fn seek(&mut self, position: u64) -> bool {
        let Ok(position) = usize::try_from(position) else {
            return false;
        };
        if self.mode == FileMode::Closed || position > self.bytes.len() {
            return false;
        }
        self.position = position;
        true
    }
}
