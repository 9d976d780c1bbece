//! Buffered streams under `io`: files, pipes to programs, and the standard streams, on all systems alike.
//!
//! Worked example: reading a line fills the read buffer in large pieces and takes the bytes up to the newline; a write after
//! it first moves the file's position back to where the reader is.
//!
//! Invariants: what was written is passed on at `flush`, `close` and when the stream is dropped; a stream holds either read-ahead or
//! unwritten bytes, never both.

use std::fs::File;
use std::io::{Error, ErrorKind, Read, Result, Seek, SeekFrom, Write};
use std::process::Child;

const BUFFER_BYTES: usize = 1 << 16;

/// Where the bytes come from or go.
pub enum Source {
    /// A file.
    File(File),
    /// A program that was started, with the end of the pipe that is used.
    Program(Child),
    /// Standard input.
    StandardInput,
    /// Standard output.
    StandardOutput,
    /// Standard error.
    StandardError,
}

/// When written bytes are passed on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Buffering {
    /// At once.
    None,
    /// At each newline.
    Line,
    /// When the buffer is full.
    Full,
}

/// An open stream.
pub struct Stream {
    source: Source,
    read_ahead: Vec<u8>,
    read_position: usize,
    unwritten: Vec<u8>,
    /// When written bytes are passed on.
    pub buffering: Buffering,
    can_read: bool,
    can_write: bool,
}

fn bad_descriptor() -> Error {
    // The number is that of Unix; other systems show the same text for it through `error_text`.
    Error::from_raw_os_error(9)
}

impl Stream {
    /// A stream over a source.
    #[must_use]
    pub fn new(source: Source, can_read: bool, can_write: bool, buffering: Buffering) -> Stream {
        Stream {
            source,
            read_ahead: Vec::new(),
            read_position: 0,
            unwritten: Vec::new(),
            buffering,
            can_read,
            can_write,
        }
    }
    /// Whether it is one of the three standard streams.
    #[must_use]
    pub fn is_standard(&self) -> bool {
        matches!(
            self.source,
            Source::StandardInput | Source::StandardOutput | Source::StandardError
        )
    }

    fn read_source(&mut self, buffer: &mut [u8]) -> Result<usize> {
        loop {
            let outcome = match &mut self.source {
                Source::File(file) => file.read(buffer),
                Source::Program(child) => match &mut child.stdout {
                    Some(output) => output.read(buffer),
                    None => Err(bad_descriptor()),
                },
                Source::StandardInput => std::io::stdin().lock().read(buffer),
                Source::StandardOutput | Source::StandardError => Err(bad_descriptor()),
            };
            match outcome {
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                outcome => return outcome,
            }
        }
    }
    fn write_source(&mut self, bytes: &[u8]) -> Result<()> {
        match &mut self.source {
            Source::File(file) => file.write_all(bytes),
            Source::Program(child) => match &mut child.stdin {
                Some(input) => input.write_all(bytes),
                None => Err(bad_descriptor()),
            },
            Source::StandardInput => Err(bad_descriptor()),
            Source::StandardOutput => {
                let mut output = std::io::stdout().lock();
                output.write_all(bytes)?;
                output.flush()
            }
            Source::StandardError => std::io::stderr().write_all(bytes),
        }
    }

    // ---- Reading ----

    /// Reads more bytes into the buffer; false at the end.
    fn fill(&mut self) -> Result<bool> {
        if !self.can_read {
            return Err(bad_descriptor());
        }
        self.flush()?;
        if self.read_position > 0 {
            self.read_ahead.drain(..self.read_position);
            self.read_position = 0;
        }
        let old = self.read_ahead.len();
        let mut buffer = std::mem::take(&mut self.read_ahead);
        buffer.resize(old + BUFFER_BYTES, 0);
        let outcome = self.read_source(&mut buffer[old..]);
        buffer.truncate(old + outcome.as_ref().map_or(0, |&count| count));
        self.read_ahead = buffer;
        Ok(outcome? > 0)
    }
    fn available(&self) -> &[u8] {
        &self.read_ahead[self.read_position..]
    }
    fn take(&mut self, count: usize) -> Vec<u8> {
        let bytes = self.available()[..count].to_vec();
        self.read_position += count;
        bytes
    }
    /// The next line, with or without its newline; `None` at the end.
    pub fn read_line(&mut self, keep_newline: bool) -> Result<Option<Vec<u8>>> {
        let mut searched = 0;
        loop {
            if let Some(found) = self.available()[searched..]
                .iter()
                .position(|&byte| byte == b'\n')
            {
                let mut line = self.take(searched + found + 1);
                if !keep_newline {
                    line.pop();
                }
                return Ok(Some(line));
            }
            searched = self.available().len();
            if !self.fill()? {
                return Ok((searched > 0).then(|| self.take(searched)));
            }
        }
    }
    /// Everything up to the end.
    pub fn read_all(&mut self) -> Result<Vec<u8>> {
        while self.fill()? {}
        let count = self.available().len();
        Ok(self.take(count))
    }
    /// Up to `count` bytes; `None` at the end.
    pub fn read_bytes(&mut self, count: usize) -> Result<Option<Vec<u8>>> {
        if count == 0 {
            let more = !self.available().is_empty() || self.fill()?;
            return Ok(more.then(Vec::new));
        }
        while self.available().len() < count && self.fill()? {}
        let count = count.min(self.available().len());
        Ok((count > 0).then(|| self.take(count)))
    }
    fn peek(&mut self, offset: usize) -> Result<Option<u8>> {
        while self.available().len() <= offset {
            if !self.fill()? {
                return Ok(None);
            }
        }
        Ok(Some(self.available()[offset]))
    }
    /// The text of a number after white space, as C's `scanf("%lf")` takes it; `None` when there is none.
    pub fn read_number_text(&mut self) -> Result<Option<Vec<u8>>> {
        while self
            .peek(0)?
            .is_some_and(|byte| matches!(byte, b' ' | 9..=13))
        {
            self.read_position += 1;
        }
        let mut length = 0;
        if matches!(self.peek(0)?, Some(b'+' | b'-')) {
            length += 1;
        }
        let is_hexadecimal =
            self.peek(length)? == Some(b'0') && matches!(self.peek(length + 1)?, Some(b'x' | b'X'));
        if is_hexadecimal {
            length += 2;
        }
        let mut digit_count = 0;
        let mut has_point = false;
        while length < 200 {
            match self.peek(length)? {
                Some(b'.') if !has_point => has_point = true,
                Some(byte)
                    if byte.is_ascii_digit() || (is_hexadecimal && byte.is_ascii_hexdigit()) =>
                {
                    digit_count += 1
                }
                _ => break,
            }
            length += 1;
        }
        let is_exponent = match self.peek(length)? {
            Some(b'e' | b'E') => !is_hexadecimal,
            Some(b'p' | b'P') => is_hexadecimal,
            _ => false,
        };
        if digit_count > 0 && is_exponent {
            length += 1;
            if matches!(self.peek(length)?, Some(b'+' | b'-')) {
                length += 1;
            }
            while length < 220 && self.peek(length)?.is_some_and(|byte| byte.is_ascii_digit()) {
                length += 1;
            }
        }
        let text = self.take(length.min(self.available().len()));
        Ok((digit_count > 0).then_some(text))
    }

    // ---- Writing ----

    /// Appends bytes to what will be written.
    pub fn write(&mut self, bytes: &[u8]) -> Result<()> {
        if !self.can_write {
            return Err(bad_descriptor());
        }
        self.drop_read_ahead()?;
        self.unwritten.extend_from_slice(bytes);
        let pass_on = match self.buffering {
            Buffering::None => true,
            Buffering::Line => bytes.contains(&b'\n'),
            Buffering::Full => false,
        };
        if pass_on || self.unwritten.len() >= BUFFER_BYTES {
            self.flush()
        } else {
            Ok(())
        }
    }
    /// Passes on what was written.
    pub fn flush(&mut self) -> Result<()> {
        if self.unwritten.is_empty() {
            return Ok(());
        }
        let bytes = std::mem::take(&mut self.unwritten);
        self.write_source(&bytes)
    }
    /// The file's position goes back to where the reader is.
    fn drop_read_ahead(&mut self) -> Result<()> {
        let ahead = self.available().len();
        self.read_ahead.clear();
        self.read_position = 0;
        if ahead > 0
            && let Source::File(file) = &mut self.source
        {
            file.seek(SeekFrom::Current(-(ahead as i64)))?;
        }
        Ok(())
    }
    /// Moves the position; the answer is the new one.
    pub fn seek(&mut self, target: SeekFrom) -> Result<u64> {
        self.flush()?;
        self.drop_read_ahead()?;
        match &mut self.source {
            Source::File(file) => file.seek(target),
            _ => Err(Error::from_raw_os_error(29)),
        }
    }
    /// Passes everything on and closes. For a program: waits until it ends and answers its status.
    pub fn close(mut self) -> Result<Option<std::process::ExitStatus>> {
        let flushed = self.flush();
        let status = match &mut self.source {
            Source::Program(child) => {
                drop(child.stdin.take());
                drop(child.stdout.take());
                Some(child.wait()?)
            }
            _ => None,
        };
        flushed.map(|()| status)
    }
}

impl Drop for Stream {
    fn drop(&mut self) {
        // Nobody is left to whom an error could be told.
        let _ = self.flush();
    }
}
