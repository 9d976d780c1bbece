//! How errors are made: messages with positions and variable names, as LuaJIT prints them.

use super::Vm;
use crate::call::Raised;
use crate::interpreter::frame::{Frame, Link, LinkKind, decode};
use crate::interpreter::names::{VariableName, called_name, register_name};
use crate::object::table::StoreError;
use crate::syntax::chunk_name::short_chunk_name;
use crate::value::Value;

impl Vm {
    /// Raises any value.
    #[cold]
    pub fn raise_value(&mut self, value: Value) -> Raised {
        self.error_value = value;
        self.error_is_handled = false;
        Raised
    }
    /// Raises a message as it is.
    #[cold]
    pub fn raise_message(&mut self, message: &[u8]) -> Raised {
        let value = self.heap.new_string(message);
        self.raise_value(value)
    }
    /// Raises a message with the position of the running Lua function (or the caller of the running builtin) in front.
    #[cold]
    pub fn raise_text(&mut self, message: &str) -> Raised {
        let level = match self.frame(0) {
            Some(frame) if frame.prototype().is_some() => 0,
            _ => 1,
        };
        self.raise_at_level(level, message.as_bytes())
    }
    /// Raises a message with the position of frame `level` in front (0: the running function), if that is Lua code.
    #[cold]
    pub fn raise_at_level(&mut self, level: usize, message: &[u8]) -> Raised {
        let mut text = self.position_of_level(level);
        text.extend_from_slice(message);
        self.raise_message(&text)
    }
    /// `chunk:line: ` of frame `level`, or nothing.
    pub fn position_of_level(&self, level: usize) -> Vec<u8> {
        self.frame(level)
            .map_or_else(Vec::new, |frame| position_of(&frame))
    }
    /// The error that is on its way, taken: the caller handles it.
    pub fn take_error(&mut self) -> Value {
        self.error_is_handled = false;
        std::mem::replace(&mut self.error_value, Value::NIL)
    }
    /// The traceback of the last error that no Lua code caught.
    pub fn take_traceback(&mut self) -> Option<Vec<u8>> {
        self.error_traceback.take()
    }

    /// "bad argument #index to 'name' (message)", with LuaJIT's rules for methods.
    #[cold]
    pub fn raise_argument_error(&mut self, index: u32, message: &[u8]) -> Raised {
        let mut frames = self.frames();
        let builtin = frames.next();
        let caller = frames.next();
        let linked = builtin.is_some_and(|frame| {
            !matches!(
                decode(frame.link),
                Link::Tagged(
                    LinkKind::Protected | LinkKind::Entry | LinkKind::Coroutine,
                    _
                )
            )
        });
        let name = if linked {
            caller.as_ref().and_then(called_name)
        } else {
            None
        };
        let mut index = index;
        let mut text = Vec::new();
        match name {
            Some(("method", name)) => {
                index -= 1;
                if index == 0 {
                    text.extend_from_slice(b"calling '");
                    text.extend_from_slice(&name);
                    text.extend_from_slice(b"' on bad self (");
                } else {
                    text.extend_from_slice(format!("bad argument #{index} to '").as_bytes());
                    text.extend_from_slice(&name);
                    text.extend_from_slice(b"' (");
                }
            }
            other => {
                text.extend_from_slice(format!("bad argument #{index} to '").as_bytes());
                text.extend_from_slice(&other.map_or_else(|| b"?".to_vec(), |name| name.1));
                text.extend_from_slice(b"' (");
            }
        }
        text.extend_from_slice(message);
        text.push(b')');
        self.raise_at_level(1, &text)
    }
    /// "bad argument #index to 'name' (expected expected, got type)" for the builtin whose frame runs.
    #[cold]
    pub(crate) fn raise_argument_type_error(&mut self, index: u32, expected: &str) -> Raised {
        // SAFETY: I6: a builtin's frame runs, its arguments lie between base and top.
        let got = unsafe {
            let count = (*self.thread).top.offset_from((*self.thread).base) as u32;
            if index <= count {
                (*(*self.thread).base.add(index as usize - 1)).type_name()
            } else {
                "no value"
            }
        };
        self.raise_argument_error(index, format!("{expected} expected, got {got}").as_bytes())
    }

    // ---- Errors of instructions ----

    /// The name of a value that lies in a register of the running frame, or is a constant of its instruction.
    fn operand_name(&self, wanted: impl Fn(u32) -> bool) -> Option<VariableName> {
        let frame = self.frame(0)?;
        let prototype = frame.prototype()?;
        let pc = frame.instruction_index()?;
        // SAFETY: I1: the prototype of a running function is live.
        let function = unsafe { (*(*prototype).data).compiled.clone() };
        let word = *function.code.get(pc)?;
        operand_registers(word)
            .find(|&register| wanted(register))
            .and_then(|register| register_name(&function, register, pc))
    }
    fn register_holds(&self, register: u32, value: Value) -> bool {
        // SAFETY: I6: operand registers of the running instruction are in the frame.
        unsafe { *(*self.thread).base.add(register as usize) == value }
    }
    /// "attempt to `what` local 'x' (a nil value)".
    #[cold]
    pub(crate) fn raise_operand(&mut self, what: &str, value: Value) -> Raised {
        let name = self.operand_name(|register| self.register_holds(register, value));
        self.raise_operand_named(what, value, name)
    }
    fn raise_operand_named(
        &mut self,
        what: &str,
        value: Value,
        name: Option<VariableName>,
    ) -> Raised {
        let type_name = value.type_name();
        let mut text = format!("attempt to {what} ").into_bytes();
        match name {
            Some((kind, name)) => {
                text.extend_from_slice(kind.as_bytes());
                text.extend_from_slice(b" '");
                text.extend_from_slice(&name);
                text.extend_from_slice(format!("' (a {type_name} value)").as_bytes());
            }
            None => text.extend_from_slice(format!("a {type_name} value").as_bytes()),
        }
        self.raise_at_level(0, &text)
    }
    #[cold]
    pub(crate) fn raise_arithmetic(&mut self, left: Value, right: Value) -> Raised {
        // The left operand is blamed unless it converts to a number.
        let blamed = if self.to_number(left).is_some() {
            right
        } else {
            left
        };
        self.raise_operand("perform arithmetic on", blamed)
    }
    /// Two operands that cannot be joined, `left` in register `register` of the running frame and `right` above it.
    #[cold]
    pub(crate) fn raise_concatenate(&mut self, left: Value, right: Value, register: u32) -> Raised {
        let is_left_good = left.is_string() || left.is_number();
        let (blamed, register) = if is_left_good {
            (right, register + 1)
        } else {
            (left, register)
        };
        let name = self.frame(0).and_then(|frame| {
            let prototype = frame.prototype()?;
            let pc = frame.instruction_index()?;
            // SAFETY: I1: the prototype of a running function is live.
            let function = unsafe { (*(*prototype).data).compiled.clone() };
            register_name(&function, register, pc)
        });
        self.raise_operand_named("concatenate", blamed, name)
    }
    #[cold]
    pub(crate) fn raise_index(&mut self, object: Value, _key: Value) -> Raised {
        self.raise_operand("index", object)
    }
    #[cold]
    pub(crate) fn raise_compare(&mut self, left: Value, right: Value) -> Raised {
        let (left, right) = (left.type_name(), right.type_name());
        let text = if left == right {
            format!("attempt to compare two {left} values")
        } else {
            format!("attempt to compare {left} with {right}")
        };
        self.raise_at_level(0, text.as_bytes())
    }
    /// The value called is at `base[-2]`; the frame that calls it is the running one.
    #[cold]
    pub(crate) fn raise_call(&mut self, base: *mut Value, callee: Value) -> Raised {
        let frame = self.frame(0);
        let name = frame.as_ref().and_then(|frame| {
            // A call instruction names its function register; anything else (a metamethod that is no function) has no name.
            // SAFETY: I6: both point into the running stack.
            let register = unsafe { base.offset_from(frame.base) } - 2;
            let prototype = frame.prototype()?;
            let pc = frame.instruction_index()?;
            // SAFETY: I1.
            let function = unsafe { (*(*prototype).data).compiled.clone() };
            u32::try_from(register)
                .ok()
                .filter(|&register| register < 250)
                .and_then(|register| register_name(&function, register, pc))
        });
        self.raise_operand_named("call", callee, name)
    }
    #[cold]
    pub(crate) fn raise_store_error(&mut self, error: StoreError) -> Raised {
        self.raise_text(match error {
            StoreError::NilKey => "table index is nil",
            StoreError::NanKey => "table index is NaN",
            StoreError::Overflow => "table overflow",
            StoreError::NoMemory => "not enough memory",
        })
    }
    /// An error that leaves a coroutine through the function of wrap gets the caller's position.
    pub(crate) fn add_position_of_caller(&mut self) {
        if let Some(bytes) = self.error_value.string_bytes() {
            let mut text = self.position_of_level(1);
            text.extend_from_slice(bytes);
            self.error_value = self.heap.new_string(&text);
        }
    }

    // ---- Tracebacks ----

    /// A traceback in LuaJIT's form, from frame `level` of `thread` on.
    pub fn traceback(
        &self,
        thread: *mut crate::object::Thread,
        message: Option<&[u8]>,
        level: usize,
    ) -> Vec<u8> {
        const FIRST_PART: usize = 12;
        const LAST_PART: usize = 9;
        let mut text = Vec::new();
        if let Some(message) = message {
            text.extend_from_slice(message);
            text.push(b'\n');
        }
        text.extend_from_slice(b"stack traceback:");
        let all: Vec<Frame> = self.frames_of(thread).collect();
        // An embedded function and the builtins that it calls are one frame.
        let frames: Vec<Frame> = all
            .iter()
            .enumerate()
            .filter(|&(index, frame)| {
                !(is_builtin(frame) && all.get(index + 1).is_some_and(is_embedded))
            })
            .map(|(_, frame)| *frame)
            .collect();
        // The main coroutine stands on the host's own frame.
        let host_frames = usize::from(thread == self.main_thread);
        let count = frames.len() + host_frames;
        let mut index = level;
        while index < count {
            if index == level + FIRST_PART && count > level + FIRST_PART + LAST_PART + 1 {
                text.extend_from_slice(b"\n\t...");
                index = count - LAST_PART;
                continue;
            }
            text.extend_from_slice(b"\n\t");
            match frames.get(index) {
                Some(frame) => describe_frame(&mut text, frame, frames.get(index + 1)),
                None => text.extend_from_slice(
                    format!("[C]: at 0x{:08x}", self.main_thread as usize).as_bytes(),
                ),
            }
            index += 1;
        }
        text
    }
    /// Keeps the traceback of an error that nobody will catch.
    pub(crate) fn note_traceback(&mut self) {
        let thread = self.thread;
        self.error_traceback = Some(self.traceback(thread, None, 0));
    }
}

/// Whether a frame belongs to a builtin, embedded ones included.
fn is_builtin(frame: &Frame) -> bool {
    frame.prototype().is_none() || is_embedded(frame)
}

/// Whether a frame belongs to a builtin whose body is embedded Lua code.
fn is_embedded(frame: &Frame) -> bool {
    let Some(prototype) = frame.prototype() else {
        return false;
    };
    // SAFETY: I1: a frame's prototype is live.
    unsafe { (*prototype).is_builtin }
}

fn describe_frame(text: &mut Vec<u8>, frame: &Frame, caller: Option<&Frame>) {
    let linked = !matches!(
        decode(frame.link),
        Link::Tagged(
            LinkKind::Protected | LinkKind::Entry | LinkKind::Coroutine,
            _
        )
    );
    let name = if linked {
        caller.and_then(called_name)
    } else {
        None
    };
    let what = |text: &mut Vec<u8>, fallback: &[u8]| match &name {
        Some((kind, name))
            if *kind == "global"
                || *kind == "field"
                || *kind == "method"
                || *kind == "local"
                || *kind == "upvalue" =>
        {
            text.extend_from_slice(b"in function '");
            text.extend_from_slice(name);
            text.push(b'\'');
        }
        Some((_, name)) => {
            text.extend_from_slice(b"in function '");
            text.extend_from_slice(name);
            text.push(b'\'');
        }
        None => text.extend_from_slice(fallback),
    };
    let Some(prototype) = frame.prototype() else {
        text.extend_from_slice(b"[C]: ");
        let fallback = format!("at 0x{:08x}", frame.function as usize);
        what(text, fallback.as_bytes());
        return;
    };
    // SAFETY: I1: live prototype.
    let compiled = unsafe { (*(*prototype).data).compiled.clone() };
    // SAFETY: I1.
    if unsafe { (*prototype).is_builtin } {
        text.extend_from_slice(b"[C]: ");
        what(text, b"in function");
        return;
    }
    let chunk = short_chunk_name(&compiled.chunk_name);
    text.extend_from_slice(&chunk);
    text.push(b':');
    // A function that failed before its first instruction (stack overflow) is at its first line.
    let line = frame.current_line().unwrap_or(compiled.first_line);
    text.extend_from_slice(format!("{line}:").as_bytes());
    text.push(b' ');
    if compiled.first_line == 0 {
        text.extend_from_slice(b"in main chunk");
        return;
    }
    let mut fallback = b"in function <".to_vec();
    fallback.extend_from_slice(&chunk);
    fallback.extend_from_slice(format!(":{}>", compiled.first_line).as_bytes());
    what(text, &fallback);
}

/// `chunk:line: ` of a frame of Lua code, or nothing.
fn position_of(frame: &Frame) -> Vec<u8> {
    let Some(prototype) = frame.prototype() else {
        return Vec::new();
    };
    // SAFETY: I1: live prototype.
    let (compiled, is_builtin) = unsafe {
        (
            (*(*prototype).data).compiled.clone(),
            (*prototype).is_builtin,
        )
    };
    if is_builtin {
        return Vec::new();
    }
    let line = frame.current_line().unwrap_or(compiled.first_line);
    let mut text = short_chunk_name(&compiled.chunk_name);
    text.extend_from_slice(format!(":{line}: ").as_bytes());
    text
}

/// Registers that an instruction reads as operands that can be blamed.
fn operand_registers(word: u32) -> impl Iterator<Item = u32> {
    use crate::bytecode::Opcode;
    use crate::bytecode::opcode::{operand_a, operand_b, operand_c, operand_d};
    let (a, b, c, d) = (
        operand_a(word),
        operand_b(word),
        operand_c(word),
        operand_d(word),
    );
    let (first, second) = match Opcode::from_word(word) {
        Some(Opcode::Concatenate) => return (b..c + 1).chain(0..0),
        Some(
            Opcode::SetField
            | Opcode::SetIndex
            | Opcode::SetIndexInteger
            | Opcode::GetField
            | Opcode::Method
            | Opcode::GetIndex
            | Opcode::GetIndexInteger
            | Opcode::AddRK
            | Opcode::SubtractRK
            | Opcode::MultiplyRK
            | Opcode::DivideRK
            | Opcode::ModuloRK,
        ) => (Some(b), None),
        Some(
            Opcode::AddKR
            | Opcode::SubtractKR
            | Opcode::MultiplyKR
            | Opcode::DivideKR
            | Opcode::ModuloKR,
        ) => (Some(c), None),
        Some(Opcode::Negate | Opcode::Length | Opcode::BitNot) => (Some(d), None),
        Some(Opcode::Call | Opcode::CallMultiple | Opcode::TailCall | Opcode::TailCallMultiple) => {
            (Some(a), None)
        }
        _ => (Some(b), Some(c)),
    };
    let range = |register: Option<u32>| register.map_or(0..0, |register| register..register + 1);
    range(first).chain(range(second))
}
