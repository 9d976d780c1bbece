//! Frame links: how a frame is left.
//!
//! `base[-1]` of a frame is its link. Bit 0 clear: the return address of the Lua function that executed a call; the call
//! instruction in front of it says where the results go and where the caller's base is (`base - (A + 2)`). Bit 0 set: a
//! tagged word `delta << 8 | kind << 1 | 1`, where `delta` is the distance in slots to the previous base.
//!
//! ```text
//! kind        below the frame                              on return
//! Vararg      varargs of the same function                 leave the frame below instead
//! Metamethod  base[-4] extra, base[-3] interrupted pc      finish the interrupted instruction
//! Protected   the frame of pcall or xpcall                 it returns true and the results
//! Entry       base[-3] saved pc                            leave the interpreter: Rust called
//! Coroutine   nothing (bottom of a stack)                  the coroutine is dead, its resumer goes on
//! ```

use crate::bytecode::opcode::{FRAME_SLOTS, operand_a};
use crate::object::{Function, Prototype, Thread};
use crate::value::Value;

/// How a frame with a tagged link is left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u64)]
pub enum LinkKind {
    /// Frame of a vararg function above its varargs.
    Vararg = 0,
    /// Called by an instruction that is no call.
    Metamethod = 1,
    /// Called by pcall or xpcall.
    Protected = 2,
    /// Called by Rust.
    Entry = 3,
    /// Main function of a coroutine.
    Coroutine = 4,
}

/// Slots below the frame of a metamethod or entry: extra word, saved pc, function, link.
pub const CONTINUATION_SLOTS: usize = 4;
/// Delta of an xpcall's frame (a pcall's is 2).
pub const XPCALL_DELTA: usize = 3;

/// A tagged link.
#[inline(always)]
pub const fn link(kind: LinkKind, delta: usize) -> Value {
    Value::from_bits((delta as u64) << 8 | (kind as u64) << 1 | 1)
}
/// A link that is a return address.
#[inline(always)]
pub fn return_link(pc: *const u32) -> Value {
    Value::from_bits(pc as usize as u64)
}
/// Takes a link apart.
#[inline(always)]
pub fn decode(link: Value) -> Link {
    let bits = link.bits();
    if bits & 1 == 0 {
        return Link::Return(bits as usize as *const u32);
    }
    let kind = match bits >> 1 & 0x7f {
        0 => LinkKind::Vararg,
        1 => LinkKind::Metamethod,
        2 => LinkKind::Protected,
        3 => LinkKind::Entry,
        _ => LinkKind::Coroutine,
    };
    Link::Tagged(kind, (bits >> 8) as usize)
}

/// A link taken apart.
#[derive(Clone, Copy, Debug)]
pub enum Link {
    /// Return address.
    Return(*const u32),
    /// Kind and delta.
    Tagged(LinkKind, usize),
}

/// One level of the call stack.
#[derive(Clone, Copy, Debug)]
pub struct Frame {
    /// The function.
    pub function: *mut Function,
    /// Its registers.
    pub base: *mut Value,
    /// Address after the instruction it executes (its first word); null for builtins.
    pub pc: *const u32,
    /// Whether the function was entered by a tail call is not recorded; this says how the frame is linked.
    pub link: Value,
}

impl Frame {
    /// The prototype of a Lua function's frame.
    pub fn prototype(&self) -> Option<*mut Prototype> {
        // SAFETY: I6: a frame's function is live.
        unsafe { Function::prototype(self.function) }
    }
    /// Index of the executing instruction's first word in the prototype's code.
    pub fn instruction_index(&self) -> Option<usize> {
        let prototype = self.prototype()?;
        if self.pc.is_null() {
            return None;
        }
        // SAFETY: I6: pc points into this prototype's code, after the first word of an instruction.
        unsafe { Some((self.pc.offset_from((*prototype).code) - 1).max(0) as usize) }
    }
    /// Current line, if known.
    pub fn current_line(&self) -> Option<u32> {
        let prototype = self.prototype()?;
        let index = self.instruction_index()?;
        // SAFETY: I1: live prototype.
        let data = unsafe { &*(*prototype).data };
        data.compiled.lines.get(index).copied()
    }
}

/// Walks the frames of a thread from the innermost outwards; vararg frames count once.
pub struct Frames {
    base: *mut Value,
    pc: *const u32,
    bottom: *mut Value,
    is_done: bool,
}

impl Frames {
    /// The frames of `thread` (its `base` and `pc` must be saved).
    ///
    /// # Safety
    /// I6: the thread is live and not modified during the walk.
    pub unsafe fn of(thread: *mut Thread) -> Frames {
        // SAFETY: I6.
        unsafe {
            let bottom = (*thread).stack.add(2);
            Frames {
                base: (*thread).base,
                pc: (*thread).pc,
                bottom,
                is_done: (*thread).base <= bottom && (*bottom.sub(2)).as_function().is_none(),
            }
        }
    }
}

impl Iterator for Frames {
    type Item = Frame;
    fn next(&mut self) -> Option<Frame> {
        if self.is_done || self.base < self.bottom {
            return None;
        }
        // SAFETY: I6: links lead from frame to frame down to the bottom.
        unsafe {
            let function = (*self.base.sub(2)).as_function()?;
            let frame = Frame {
                function,
                base: self.base,
                pc: self.pc,
                link: *self.base.sub(1),
            };
            let mut base = self.base;
            loop {
                match decode(*base.sub(1)) {
                    Link::Return(pc) => {
                        self.pc = pc;
                        self.base = base.sub((operand_a(*pc.sub(1)) + FRAME_SLOTS) as usize);
                    }
                    Link::Tagged(LinkKind::Vararg, delta) => {
                        base = base.sub(delta);
                        continue;
                    }
                    // The first frame on a stack that Rust entered.
                    Link::Tagged(LinkKind::Entry, 0) => self.is_done = true,
                    Link::Tagged(LinkKind::Metamethod | LinkKind::Entry, delta) => {
                        self.pc = (*base.sub(3)).bits() as usize as *const u32;
                        self.base = base.sub(delta);
                    }
                    Link::Tagged(LinkKind::Protected, delta) => {
                        self.pc = std::ptr::null();
                        self.base = base.sub(delta);
                    }
                    Link::Tagged(LinkKind::Coroutine, _) => self.is_done = true,
                }
                return Some(frame);
            }
        }
    }
}
