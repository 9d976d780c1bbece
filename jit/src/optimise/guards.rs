//! Guards that follow from guards before: ranges of integers, and comparisons known to hold.
//!
//! ```text
//! bounds 0003 0007 > 1        0003 is in 0 … 2147483647 from here on
//! 0009 integer addov 0003 +1 > 2
//! le 0009 0005 > 3            (0005 is the limit of the loop)
//! loop
//! bounds 0009 0007 > 4        → nothing, if `le 0005 0007` was checked before the loop
//! addov 0009 +1 > 5           → addi 0009 +1, if `le 0005 +2147483646` was
//! ```
//!
//! Where such a check of two *invariant* integers before the loop would make one in the loop unnecessary, the loop pass is told
//! ([`Copying::wishes`](super::emitter::Copying)) and starts anew with it. A limit beyond the array then makes the trace leave before its loop, once
//! for each pass of the program's loop; the program is right all the same.
//!
//! Must never: conclude anything about doubles from `nlt`/`nle` beyond what a NaN allows; take a wrapping sum for an exact one.

use super::Refusal;
use super::alias::distance;
use super::emitter::{Emitter, Step, plain};
use super::fold::decided;
use crate::ir::*;
use rustc_hash::FxHashMap;

/// Smallest and greatest value.
pub(super) type Range = (i32, i32);
const ANY: Range = (i32::MIN, i32::MAX);
/// How far back the range of a value is looked for.
const DEPTH: u32 = 5;

/// What guards have proved about integers.
#[derive(Clone, Default)]
pub(super) struct Facts {
    ranges: FxHashMap<Ref, Range>,
    /// `a <= b + distance`, by a.
    at_most: FxHashMap<Ref, Vec<(Ref, i32)>>,
}

/// The range of an integer.
pub(super) fn range(emitter: &Emitter, integer: Ref) -> Range {
    range_to(emitter, integer, DEPTH)
}

fn range_to(emitter: &Emitter, integer: Ref, depth: u32) -> Range {
    if let Some(constant) = emitter.integer(integer) {
        return (constant, constant);
    }
    let learnt = emitter.facts.ranges.get(&integer).copied().unwrap_or(ANY);
    let mut found = intersect(learnt, computed_range(emitter, integer, depth));
    if depth > 0 {
        for &(other, more) in emitter.facts.at_most.get(&integer).into_iter().flatten() {
            let greatest = range_to(emitter, other, depth - 1).1;
            found.1 = found.1.min(greatest.saturating_add(more));
        }
    }
    found
}

fn intersect(a: Range, b: Range) -> Range {
    (a.0.max(b.0), a.1.min(b.1))
}

/// The range that follows from how an integer is computed.
fn computed_range(emitter: &Emitter, integer: Ref, depth: u32) -> Range {
    use Operation::*;
    let Some(instruction) = emitter.definition(integer) else {
        return ANY;
    };
    let [a, b, _] = instruction.operands;
    match instruction.operation {
        LoadField => match Field::of_literal(instruction.literal).0 {
            Field::ArrayLength | Field::ArrayCapacity | Field::StringLength => (0, i32::MAX),
            Field::ArrayFlags => (0, 255),
            _ => ANY,
        },
        LoadByte => (0, 255),
        LoadMemory => match MemoryAccess::of_literal(instruction.literal) {
            Some((MemoryAccess::U8, _)) => (0, 255),
            Some((MemoryAccess::I8, _)) => (-128, 127),
            Some((MemoryAccess::U16, _)) => (0, 65535),
            Some((MemoryAccess::I16, _)) => (-32768, 32767),
            _ => ANY,
        },
        BitAnd => match emitter.integer(b) {
            Some(mask) if mask >= 0 => (0, mask),
            _ => ANY,
        },
        ShiftRight => match emitter.integer(b) {
            Some(count) if count & 31 != 0 => (0, (u32::MAX >> (count & 31)) as i32),
            _ => ANY,
        },
        AddOverflow | SubtractOverflow | AddInteger | SubtractInteger if depth > 0 => {
            let (x, y) = (
                range_to(emitter, a, depth - 1),
                range_to(emitter, b, depth - 1),
            );
            let wide = sum_range(instruction.operation, x, y);
            let checked = matches!(instruction.operation, AddOverflow | SubtractOverflow);
            match checked || fits(wide) {
                true => (clamp(wide.0), clamp(wide.1)),
                false => ANY,
            }
        }
        _ => ANY,
    }
}

fn sum_range(operation: Operation, x: Range, y: Range) -> (i64, i64) {
    let [a, b, c, d] = [x.0, x.1, y.0, y.1].map(i64::from);
    match operation {
        Operation::AddOverflow | Operation::AddInteger => (a + c, b + d),
        Operation::SubtractOverflow | Operation::SubtractInteger => (a - d, b - c),
        _ => {
            let corners = [a * c, a * d, b * c, b * d];
            let least = corners.into_iter().min().unwrap_or(i64::MIN);
            (least, corners.into_iter().max().unwrap_or(i64::MAX))
        }
    }
}

fn fits(wide: (i64, i64)) -> bool {
    wide.0 >= i64::from(i32::MIN) && wide.1 <= i64::from(i32::MAX)
}

fn clamp(wide: i64) -> i32 {
    wide.clamp(i64::from(i32::MIN), i64::from(i32::MAX)) as i32
}

/// The pass.
pub(super) fn step(
    emitter: &mut Emitter,
    instruction: &Instruction,
    _: &[Ref],
) -> Result<Step, Refusal> {
    if !emitter.passes.guards {
        return Ok(Step::Keep);
    }
    use Operation::*;
    let [a, b, _] = instruction.operands;
    match instruction.operation {
        GuardTruth | GuardNotBits => Ok(word(emitter, instruction)),
        GuardBits => match emitter.common.typed(a) {
            // The type is known: a comparison of typed values, which folding understands.
            Some(typed) if emitter.ty(typed) == emitter.ty(b) || !is_number(emitter, typed) => {
                let mut again = *instruction;
                again.operands[0] = typed;
                Ok(Step::Again(again))
            }
            _ => Ok(Step::Keep),
        },
        Equal | NotEqual | Less | NotLess | LessEqual | NotLessEqual
            if emitter.ty(a) == Type::Integer =>
        {
            integers(emitter, instruction)
        }
        Less | NotLess | LessEqual | NotLessEqual | NotEqual if emitter.ty(a) == Type::Number => {
            Ok(numbers(emitter, instruction))
        }
        Bounds => bounds(emitter, instruction),
        AddOverflow | SubtractOverflow | MultiplyOverflow => Ok(overflow(emitter, instruction)),
        _ => Ok(Step::Keep),
    }
}

fn is_number(emitter: &Emitter, typed: Ref) -> bool {
    emitter.ty(typed) == Type::Number
}

/// Guards on a word whose type, or that is true, is known.
fn word(emitter: &Emitter, instruction: &Instruction) -> Step {
    let [value, constant, _] = instruction.operands;
    let typed = emitter.common.typed(value).is_some();
    let is_true = typed || emitter.common.has(&truth(value));
    let implied = match instruction.operation {
        Operation::GuardTruth => instruction.literal == 1 && typed,
        _ => {
            // Objects and numbers are compared with constants of their own type only.
            let falsy = matches!(emitter.trace.constant_at(constant), Some(constant)
                if constant == Constant::Word(rlove_vm::value::Value::NIL.bits())
                    || constant == Constant::Word(rlove_vm::value::Value::FALSE.bits()));
            is_true && falsy
        }
    };
    match implied {
        true => Step::Nothing,
        false => Step::Keep,
    }
}

fn truth(value: Ref) -> Instruction {
    Instruction {
        literal: 1,
        ..plain(Operation::GuardTruth, &[value])
    }
}

/// Comparisons of doubles that others imply.
fn numbers(emitter: &Emitter, instruction: &Instruction) -> Step {
    use Operation::*;
    let [a, b, _] = instruction.operands;
    let has = |operation: Operation, x: Ref, y: Ref| emitter.common.has(&plain(operation, &[x, y]));
    let implied = match instruction.operation {
        LessEqual => has(Less, a, b),
        // A NaN is neither: where one of these held, there is none.
        NotLess => has(LessEqual, b, a) || has(Less, b, a),
        NotLessEqual => has(Less, b, a),
        NotEqual => has(Less, a, b) || has(Less, b, a),
        _ => false,
    };
    match implied {
        true => Step::Nothing,
        false => Step::Keep,
    }
}

/// Comparisons of integers: `nlt a b` is `le b a`, and so on; then by ranges.
fn integers(emitter: &mut Emitter, instruction: &Instruction) -> Result<Step, Refusal> {
    use Operation::*;
    let [a, b, _] = instruction.operands;
    let turned = match instruction.operation {
        NotLess => Some(LessEqual),
        NotLessEqual => Some(Less),
        _ => None,
    };
    if let Some(operation) = turned {
        return Ok(Step::Again(Instruction {
            snapshot: instruction.snapshot,
            ..plain(operation, &[b, a])
        }));
    }
    let (x, y) = (range(emitter, a), range(emitter, b));
    match instruction.operation {
        Less if x.1 < y.0 || is_at_most(emitter, a, b, -1) => Ok(Step::Nothing),
        Less if x.0 >= y.1 => decided(false),
        LessEqual if x.1 <= y.0 || is_at_most(emitter, a, b, 0) => Ok(Step::Nothing),
        LessEqual if x.0 > y.1 => decided(false),
        NotEqual if x.1 < y.0 || x.0 > y.1 => Ok(Step::Nothing),
        Equal if x.1 < y.0 || x.0 > y.1 => decided(false),
        _ => Ok(Step::Keep),
    }
}

/// Whether `a <= b + more` is known, directly or by one value in between.
fn is_at_most(emitter: &Emitter, a: Ref, b: Ref, more: i32) -> bool {
    if a == b {
        return more >= 0;
    }
    let known = |x: Ref, y: Ref, more: i32| {
        emitter.facts.at_most.get(&x).is_some_and(|list| {
            list.iter()
                .any(|&(other, known)| other == y && known <= more)
        })
    };
    if known(a, b, more) {
        return true;
    }
    let Some(list) = emitter.facts.at_most.get(&a) else {
        return false;
    };
    list.iter().any(|&(middle, first)| {
        more.checked_sub(first)
            .is_some_and(|rest| (middle == b && rest >= 0) || known(middle, b, rest))
    })
}

fn bounds(emitter: &mut Emitter, instruction: &Instruction) -> Result<Step, Refusal> {
    let [index, limit, _] = instruction.operands;
    let (i, n) = (range(emitter, index), range(emitter, limit));
    if i.0 < 0 {
        return Ok(Step::Keep);
    }
    if i.1 <= n.0 || is_at_most(emitter, index, limit, 0) {
        return Ok(Step::Nothing);
    }
    // index = x - c with x at most the limit. (x itself cannot wrap below: the range says at least 0.)
    let (root, far) = distance(emitter, index);
    if far < 0
        && !root.is_none()
        && range(emitter, root).0 >= 0
        && is_at_most(emitter, root, limit, 0)
    {
        return Ok(Step::Nothing);
    }
    wish(emitter, index, limit);
    Ok(Step::Keep)
}

/// Wishes that some invariant that `index` is at most were known to be at most `limit`.
fn wish(emitter: &mut Emitter, index: Ref, limit: Ref) {
    let hoist = emitter.passes.hoist;
    let Some(copying) = &emitter.copying else {
        return;
    };
    let before = |reference: Ref| {
        copying.is_invariant(&emitter.trace, reference)
            && reference
                .as_instruction()
                .is_none_or(|at| at < copying.marker)
    };
    if !hoist || !before(limit) {
        return;
    }
    let middle = emitter
        .facts
        .at_most
        .get(&index)
        .into_iter()
        .flatten()
        .find(|&&(middle, more)| more == 0 && before(middle))
        .map(|found| found.0);
    if let Some(middle) = middle
        && let Some(copying) = &mut emitter.copying
        && !copying.wishes.contains(&(middle, limit))
    {
        copying.wishes.push((middle, limit));
    }
}

fn overflow(emitter: &mut Emitter, instruction: &Instruction) -> Step {
    use Operation::*;
    let [a, b, _] = instruction.operands;
    let (x, y) = (range(emitter, a), range(emitter, b));
    let (operation, safe) = match instruction.operation {
        AddOverflow => (AddInteger, true),
        SubtractOverflow => (SubtractInteger, true),
        // 0 times something negative is -0, which is no integer.
        _ => (
            MultiplyInteger,
            (x.0 >= 0 && y.0 >= 0) || (x.0 > 0 && y.1 < 0) || (x.1 < 0 && y.0 > 0),
        ),
    };
    if safe && fits(sum_range(instruction.operation, x, y)) {
        return Step::Again(plain(operation, &[a, b]));
    }
    if instruction.operation == AddOverflow
        && let Some(step) = emitter.integer(b)
        && step > 0
    {
        let greatest = emitter.trace.constant(Constant::Integer(i32::MAX - step));
        wish(emitter, a, greatest);
    }
    Step::Keep
}

/// Learns from a guard that was appended.
pub(super) fn learn(emitter: &mut Emitter, instruction: &Instruction) {
    use Operation::*;
    let [a, b, _] = instruction.operands;
    if !instruction.operation.is_guard() || emitter.ty(a) != Type::Integer {
        return;
    }
    let (x, y) = (range(emitter, a), range(emitter, b));
    match instruction.operation {
        Less => {
            narrow(emitter, a, (i32::MIN, y.1.saturating_sub(1)));
            narrow(emitter, b, (x.0.saturating_add(1), i32::MAX));
            at_most(emitter, a, b, -1);
        }
        LessEqual => {
            narrow(emitter, a, (i32::MIN, y.1));
            narrow(emitter, b, (x.0, i32::MAX));
            at_most(emitter, a, b, 0);
        }
        NotLess => at_most(emitter, b, a, 0),
        NotLessEqual => at_most(emitter, b, a, -1),
        // An unsigned comparison with a limit that is not negative bounds both ways.
        Bounds if y.0 >= 0 => {
            narrow(emitter, a, (0, y.1));
            at_most(emitter, a, b, 0);
        }
        Equal => {
            narrow(emitter, a, y);
            narrow(emitter, b, x);
        }
        _ => {}
    }
}

fn narrow(emitter: &mut Emitter, integer: Ref, to: Range) {
    if integer.as_instruction().is_some() {
        let known = emitter.facts.ranges.entry(integer).or_insert(ANY);
        *known = intersect(*known, to);
    }
}

fn at_most(emitter: &mut Emitter, a: Ref, b: Ref, more: i32) {
    if a.as_instruction().is_some() {
        emitter.facts.at_most.entry(a).or_default().push((b, more));
    }
}
