//! Files and pipes as `io` sees them: buffered bytes that can be read, written and positioned.
//!
//! A disk file has one position for reading and writing, as in C: switching from reading to writing gives back what was read ahead,
//! switching back flushes. Standard output is the state's shared stream ([`super::output`]) and handled by the library itself.

use std::fs::File;
use std::io::{Read, Result, Seek, SeekFrom, Write};
use std::process::{Child, ChildStdin, ChildStdout};

/// Bytes read ahead or kept before writing.
const BUFFER_BYTES: usize = 16 * 1024;

/// What a file userdata holds.
pub enum Stream {
    /// After close.
    Closed,
    /// A file on disk.
    Disk(Disk),
    /// Standard input.
    StandardInput(Reader<std::io::Stdin>),
    /// Standard output: the state's shared stream.
    StandardOutput,
    /// Standard error.
    StandardError,
    /// The output of a command.
    PipeOut(Child, Reader<ChildStdout>),
    /// The input of a command.
    PipeIn(Child, ChildStdin),
}

/// Buffered reading.
pub struct Reader<R> {
    source: R,
    buffer: Vec<u8>,
    position: usize,
}

impl<R: Read> Reader<R> {
    /// Nothing read yet.
    pub fn new(source: R) -> Reader<R> {
        Reader {
            source,
            buffer: Vec::new(),
            position: 0,
        }
    }
    fn fill(&mut self) -> Result<&[u8]> {
        if self.position == self.buffer.len() {
            self.buffer.resize(BUFFER_BYTES, 0);
            let count = self.source.read(&mut self.buffer)?;
            self.buffer.truncate(count);
            self.position = 0;
        }
        Ok(&self.buffer[self.position..])
    }
}

/// A disk file.
pub struct Disk {
    reader: Reader<File>,
    pending: Vec<u8>,
    is_unbuffered: bool,
}

impl Disk {
    /// A freshly opened file.
    pub fn new(file: File) -> Disk {
        Disk {
            reader: Reader::new(file),
            pending: Vec::new(),
            is_unbuffered: false,
        }
    }
    fn flush(&mut self) -> Result<()> {
        let pending = std::mem::take(&mut self.pending);
        self.reader.source.write_all(&pending)
    }
    fn write(&mut self, bytes: &[u8]) -> Result<()> {
        let ahead = self.reader.buffer.len() - self.reader.position;
        if ahead > 0 {
            self.reader
                .source
                .seek(SeekFrom::Current(-(ahead as i64)))?;
        }
        self.reader.buffer.clear();
        self.reader.position = 0;
        self.pending.extend_from_slice(bytes);
        if self.is_unbuffered || self.pending.len() >= BUFFER_BYTES {
            self.flush()
        } else {
            Ok(())
        }
    }
    fn seek(&mut self, position: SeekFrom) -> Result<u64> {
        self.flush()?;
        let ahead = (self.reader.buffer.len() - self.reader.position) as i64;
        let position = match position {
            SeekFrom::Current(offset) => SeekFrom::Current(offset - ahead),
            other => other,
        };
        let place = self.reader.source.seek(position)?;
        self.reader.buffer.clear();
        self.reader.position = 0;
        Ok(place)
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        // Nobody is left to tell about a failure.
        let _ = self.flush();
    }
}

fn wrong_direction() -> std::io::Error {
    // EBADF: what C's stdio answers for the wrong direction.
    std::io::Error::from_raw_os_error(9)
}

impl Stream {
    /// Whether it is closed.
    pub fn is_closed(&self) -> bool {
        matches!(self, Stream::Closed)
    }
    /// The next bytes without taking them; empty at the end.
    pub fn fill(&mut self) -> Result<&[u8]> {
        match self {
            Stream::Disk(disk) => {
                if !disk.pending.is_empty() {
                    disk.flush()?;
                }
                disk.reader.fill()
            }
            Stream::StandardInput(reader) => reader.fill(),
            Stream::PipeOut(_, reader) => reader.fill(),
            _ => Err(wrong_direction()),
        }
    }
    /// Takes bytes that [`Stream::fill`] showed.
    pub fn consume(&mut self, count: usize) {
        match self {
            Stream::Disk(disk) => disk.reader.position += count,
            Stream::StandardInput(reader) => reader.position += count,
            Stream::PipeOut(_, reader) => reader.position += count,
            _ => {}
        }
    }
    /// Writes bytes (standard output is not written here).
    pub fn write(&mut self, bytes: &[u8]) -> Result<()> {
        match self {
            Stream::Disk(disk) => disk.write(bytes),
            Stream::StandardError => std::io::stderr().write_all(bytes),
            Stream::PipeIn(_, stdin) => stdin.write_all(bytes),
            _ => Err(wrong_direction()),
        }
    }
    /// Writes out what is buffered.
    pub fn flush(&mut self) -> Result<()> {
        match self {
            Stream::Disk(disk) => disk.flush(),
            Stream::PipeIn(_, stdin) => stdin.flush(),
            _ => Ok(()),
        }
    }
    /// Moves the position.
    pub fn seek(&mut self, position: SeekFrom) -> Result<u64> {
        match self {
            Stream::Disk(disk) => disk.seek(position),
            // ESPIPE
            _ => Err(std::io::Error::from_raw_os_error(29)),
        }
    }
    /// Sets whether every write goes through at once.
    pub fn set_unbuffered(&mut self, is_unbuffered: bool) -> Result<()> {
        if let Stream::Disk(disk) = self {
            disk.is_unbuffered = is_unbuffered;
            return disk.flush();
        }
        Ok(())
    }
    /// Closes it; for a command, waits and gives its raw exit status.
    pub fn close(&mut self) -> Result<Option<std::process::ExitStatus>> {
        match std::mem::replace(self, Stream::Closed) {
            Stream::Disk(mut disk) => disk.flush().map(|()| None),
            Stream::PipeOut(mut child, reader) => {
                drop(reader);
                child.wait().map(Some)
            }
            Stream::PipeIn(mut child, stdin) => {
                drop(stdin);
                child.wait().map(Some)
            }
            _ => Ok(None),
        }
    }

    /// Up to and including the next newline; `None` at the end.
    pub fn read_line(&mut self) -> Result<Option<Vec<u8>>> {
        let mut line = Vec::new();
        loop {
            let bytes = self.fill()?;
            if bytes.is_empty() {
                return Ok(if line.is_empty() { None } else { Some(line) });
            }
            match bytes.iter().position(|&byte| byte == b'\n') {
                Some(end) => {
                    line.extend_from_slice(&bytes[..=end]);
                    self.consume(end + 1);
                    return Ok(Some(line));
                }
                None => {
                    line.extend_from_slice(bytes);
                    let count = bytes.len();
                    self.consume(count);
                }
            }
        }
    }
    /// Everything up to the end.
    pub fn read_all(&mut self) -> Result<Vec<u8>> {
        let mut all = Vec::new();
        loop {
            let bytes = self.fill()?;
            if bytes.is_empty() {
                return Ok(all);
            }
            all.extend_from_slice(bytes);
            let count = bytes.len();
            self.consume(count);
        }
    }
    /// Up to `count` bytes; `None` at the end.
    pub fn read_count(&mut self, count: usize) -> Result<Option<Vec<u8>>> {
        if count == 0 {
            return Ok(if self.fill()?.is_empty() {
                None
            } else {
                Some(Vec::new())
            });
        }
        let mut result = Vec::new();
        while result.len() < count {
            let bytes = self.fill()?;
            if bytes.is_empty() {
                break;
            }
            let take = bytes.len().min(count - result.len());
            result.extend_from_slice(&bytes[..take]);
            self.consume(take);
        }
        Ok(if result.is_empty() {
            None
        } else {
            Some(result)
        })
    }
    /// A number as C's `scanf("%lf")` reads it.
    pub fn read_number(&mut self) -> Result<Option<f64>> {
        let mut text = Vec::new();
        while let Some(&byte) = self.fill()?.first() {
            let belongs = if text.is_empty() && byte.is_ascii_whitespace() {
                self.consume(1);
                continue;
            } else {
                let is_hex =
                    text.len() >= 2 && text.iter().any(|&byte: &u8| byte == b'x' || byte == b'X');
                byte.is_ascii_digit()
                    || byte == b'.'
                    || (byte == b'+' || byte == b'-')
                        && (text.is_empty()
                            || matches!(text.last(), Some(b'e' | b'E' | b'p' | b'P')))
                    || is_hex && (byte.is_ascii_hexdigit() || byte == b'p' || byte == b'P')
                    || (byte == b'e' || byte == b'E') && text.iter().any(u8::is_ascii_digit)
                    || (byte == b'x' || byte == b'X')
                        && (text == b"0" || text == b"-0" || text == b"+0")
            };
            if !belongs || text.len() > 200 {
                break;
            }
            text.push(byte);
            self.consume(1);
        }
        Ok(crate::syntax::number::parse_number(&text))
    }
}
