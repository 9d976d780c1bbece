//! The optimiser: what a trace becomes before it is machine code.
//!
//! ```text
//! recorded trace ─► Emitter: fold ─ narrowing ─ guards ─ cse ─ forward ─► first pass
//!                                   ▲                                        │ peel: the same once more behind `loop`
//!                                   └────────────────────────────────────────┘
//!                   ─► sink ─► dead ─► compiled trace
//! ```
//!
//! There is one walk over the instructions. Each is taken with its operands replaced and pushed through the [`emitter`], where every
//! pass may answer "that is already there" (a value), "that is always so" (a guard that goes away) or "say it so" (another
//! instruction). Since the loop pass ([`peel`]) pushes its copy of the body through the same emitter, whatever does not change
//! from one pass to the next meets its own first copy there: invariant code leaves the loop without a pass of its own.
//!
//! | file | pass | what it does |
//! |---|---|---|
//! | `fold` | `fold` | constants, algebra that is exact to the bit, types that are known |
//! | `narrowing` | `narrow` | arithmetic on doubles that is arithmetic on integers |
//! | `guards` | `guards` | comparisons, bounds and overflow checks that follow from those before |
//! | `cse` | `cse` | the same computation twice |
//! | `forward`, `alias` | `fwd`, `dse` | loads of what was loaded or stored; stores without effect |
//! | `shapes` | `shapes` | shapes that are known already |
//! | `barriers` | `barriers` | stores that need no barrier |
//! | `peel` | `loop` | the loop: first pass, then the body without what does not change |
//! | `sink` | `sink` | objects that only exits need are made at exits |
//! | `dead` | `dce` | what nobody needs |
//!
//! Worked example (`number add` of two constants is folded, then nobody needs the constant):
//! ```
//! use rlove_jit::{ir::text, optimise::{optimise, Passes}};
//! let mut trace = text::parse("trace 1 at 0x0 link none\n0000 number add 1.0 2.0\nsnapshot 0 pc 0x0 [0: 0000]").unwrap();
//! optimise(&mut trace, &[], &Passes::ALL).unwrap();
//! assert!(text::print(&trace).contains("[0: 3.0]"));
//! ```
//!
//! Invariants: what a program computes does not change by a bit; no effect moves across a guard; a guard is only left out if
//! another one before it implies it, by facts that hold in every pass of a loop.
//!
//! What it does not do: choose what to record (types, unrolling, inlining: the recorder), allocate registers (the back end).

mod alias;
mod barriers;
mod cse;
mod dead;
mod emitter;
mod fold;
mod fold_integer;
mod forward;
mod guards;
mod narrowing;
mod peel;
mod shapes;
mod sink;

use crate::ir::{Helper, Link, NO_SNAPSHOT, Ref, Trace};
use emitter::Emitter;

macro_rules! passes {
    ($($field:ident $text:literal $doc:literal;)*) => {
        /// Which passes run.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub struct Passes { $(#[doc = $doc] pub $field: bool,)* }
        impl Passes {
            /// Every pass.
            pub const ALL: Passes = Passes { $($field: true,)* };
            /// No pass: the trace is compiled as recorded.
            pub const NONE: Passes = Passes { $($field: false,)* };
            /// The names that `-O` and `jit.opt.start` know.
            pub const NAMES: &'static [&'static str] = &[$($text,)*];
            /// Switches the pass with this name; false if there is none.
            pub fn set(&mut self, name: &str, on: bool) -> bool {
                match name {
                    $($text => self.$field = on,)*
                    _ => return false,
                }
                true
            }
        }
    };
}
passes! {
    fold "fold" "Constants and exact algebra.";
    narrowing "narrow" "Integers instead of doubles.";
    guards "guards" "Guards that follow from others.";
    cse "cse" "Common subexpressions.";
    forward "fwd" "Load and store forwarding.";
    dead_stores "dse" "Stores without effect.";
    shapes "shapes" "Known shapes.";
    barriers "barriers" "Stores without barrier.";
    peel "loop" "Loop peeling, which moves invariant code out.";
    hoist "abc" "Bounds checks of loop variables before the loop.";
    sink "sink" "Allocation sinking.";
    dead "dce" "Dead code.";
}

impl Passes {
    /// The pass with this name alone.
    pub fn only(name: &str) -> Option<Passes> {
        let mut passes = Passes::NONE;
        passes.set(name, true).then_some(passes)
    }
    /// The passes of an optimisation level as `-O0` … `-O3` mean it.
    pub fn level(level: u32) -> Passes {
        match level {
            0 => Passes::NONE,
            1 => Passes {
                fold: true,
                cse: true,
                dead: true,
                ..Passes::NONE
            },
            2 => Passes {
                narrowing: true,
                guards: true,
                shapes: true,
                peel: true,
                ..Passes::level(1)
            },
            _ => Passes::ALL,
        }
    }
}

/// What became of the trace.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// All is done.
    Done,
    /// The trace is right, but its loop could not be peeled: the state at the end of a pass has other types than at its beginning,
    /// so the next pass would leave at once. It has no `loop` marker; recording another pass may help.
    Unstable,
}

/// Why a trace is no good.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// Guard that never holds: the trace would always leave there.
    Contradiction,
}

/// Optimises a trace as recorded. At `Err` the trace is as it was.
pub fn optimise(
    trace: &mut Trace,
    helpers: &[Helper],
    passes: &Passes,
) -> Result<Outcome, Refusal> {
    let mut emitter = Emitter::new(trace, helpers, *passes);
    first_pass(&mut emitter, trace)?;
    let mut outcome = Outcome::Done;
    if passes.peel && trace.link == Link::Loop && trace.loop_marker().is_none() {
        outcome = peel::peel(&mut emitter);
    }
    let mut optimised = emitter.trace;
    if passes.dead {
        dead::eliminate(&mut optimised, helpers);
    }
    if passes.sink {
        sink::sink(&mut optimised);
        if passes.dead {
            dead::eliminate(&mut optimised, helpers);
        }
        sink::remove_safe_points(&mut optimised, helpers);
        if passes.dead {
            dead::eliminate(&mut optimised, helpers);
        }
    }
    *trace = optimised;
    Ok(outcome)
}

/// Walks a trace as recorded into an empty emitter.
fn first_pass(emitter: &mut Emitter, source: &Trace) -> Result<(), Refusal> {
    let mut map: Vec<Ref> = Vec::with_capacity(source.instructions.len());
    let mut snapshots = 0;
    for instruction in &source.instructions {
        let mut copy = *instruction;
        if copy.snapshot != NO_SNAPSHOT {
            while snapshots <= copy.snapshot as usize {
                emitter.copy_snapshot(&source.snapshots[snapshots], &map);
                snapshots += 1;
            }
        }
        for operand in &mut copy.operands {
            *operand = mapped(*operand, &map);
        }
        let arguments: Vec<Ref> = source
            .arguments_of(instruction)
            .iter()
            .map(|&argument| mapped(argument, &map))
            .collect();
        let value = emitter.emit(copy, &arguments)?;
        map.push(value);
    }
    for snapshot in &source.snapshots[snapshots..] {
        emitter.copy_snapshot(snapshot, &map);
    }
    Ok(())
}

/// A reference of the source in the copy.
fn mapped(reference: Ref, map: &[Ref]) -> Ref {
    match reference.as_instruction() {
        Some(index) => map.get(index).copied().unwrap_or(Ref::NONE),
        None => reference,
    }
}

#[cfg(test)]
mod tests;
