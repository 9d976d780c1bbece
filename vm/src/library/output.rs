//! Standard output as one buffered stream, shared by `print`, `io.write` and everything else of a state.
//!
//! It is written through at every line if it is a terminal, else in large pieces; `io.flush`, reading from standard input and the end of
//! the program flush it. An embedder may redirect it ([`redirect`]).

use crate::vm::Vm;
use std::io::{IsTerminal, Write};

/// The stream of one state.
pub struct Output {
    buffer: Vec<u8>,
    is_interactive: bool,
    sink: Option<Box<dyn Write>>,
}

impl Default for Output {
    fn default() -> Self {
        Output {
            buffer: Vec::new(),
            is_interactive: std::io::stdout().is_terminal(),
            sink: None,
        }
    }
}

impl Output {
    fn flush(&mut self) -> std::io::Result<()> {
        let bytes = std::mem::take(&mut self.buffer);
        match &mut self.sink {
            Some(sink) => {
                sink.write_all(&bytes)?;
                sink.flush()
            }
            None => {
                let mut stdout = std::io::stdout().lock();
                stdout.write_all(&bytes)?;
                stdout.flush()
            }
        }
    }
}

impl Drop for Output {
    fn drop(&mut self) {
        // Nobody is left to tell about a failure.
        let _ = self.flush();
    }
}

/// Bytes kept before they are written.
const BUFFER_BYTES: usize = 32 * 1024;

/// Appends bytes to the state's standard output.
pub fn write(vm: &mut Vm, bytes: &[u8]) -> std::io::Result<()> {
    let output = vm.extensions.get_or_default::<Output>();
    output.buffer.extend_from_slice(bytes);
    let is_due =
        output.buffer.len() >= BUFFER_BYTES || output.is_interactive && bytes.contains(&b'\n');
    if is_due { output.flush() } else { Ok(()) }
}

/// Writes out what is buffered.
pub fn flush(vm: &mut Vm) -> std::io::Result<()> {
    vm.extensions.get_or_default::<Output>().flush()
}

/// Sends the state's standard output elsewhere.
pub fn redirect(vm: &mut Vm, sink: Box<dyn Write>) {
    // What was written so far belongs to the old place; a failure there is that place's.
    let _ = flush(vm);
    vm.extensions.insert(Output {
        buffer: Vec::new(),
        is_interactive: false,
        sink: Some(sink),
    });
}
