//! Shapes that are known: by a guard before, by a store of the shape, by the allocation.
//!
//! ```text
//! 0004 table new_table #shape:7/2
//! 0005 -     guard_shape 0004 #7 > 1            → nothing
//! 0006 -     guard_inline_capacity 0004 #2 > 1  → nothing
//! 0007 -     store_shape 0002 #9                0002 has shape 9 from here on; of others only what cannot be 0002 stays known
//! ```
//!
//! Must never: know a shape after a call that writes (but of private tables), or after `store_shape` to a table that may be the same.

use super::Refusal;
use super::alias::distinct;
use super::emitter::{Emitter, Step};
use super::fold::decided;
use crate::ir::*;

/// The pass.
pub(super) fn step(
    emitter: &mut Emitter,
    instruction: &Instruction,
    _: &[Ref],
) -> Result<Step, Refusal> {
    if !emitter.passes.shapes {
        return Ok(Step::Keep);
    }
    let table = instruction.operands[0];
    match instruction.operation {
        Operation::GuardShape => match emitter.memory.shape(table) {
            Some(shape) => decided(shape == instruction.literal),
            None => Ok(Step::Keep),
        },
        Operation::GuardInlineCapacity => match emitter.defined_by(table, Operation::NewTable) {
            Some(allocation) => decided(allocation.literal >> 24 == instruction.literal),
            None => Ok(Step::Keep),
        },
        _ => Ok(Step::Keep),
    }
}

/// Remembers shapes. (Allocations and calls: `forward`.)
pub(super) fn learn(emitter: &mut Emitter, instruction: &Instruction, _: Ref) {
    let table = instruction.operands[0];
    match instruction.operation {
        Operation::GuardShape => {
            emitter.memory.shapes.insert(table, instruction.literal);
        }
        Operation::StoreShape => {
            let mut shapes = std::mem::take(&mut emitter.memory.shapes);
            let kept: Vec<Ref> = shapes
                .keys()
                .copied()
                .filter(|&other| {
                    // Two tables of different shapes are two tables, also after one of them changes.
                    let other_shape = shapes[&other];
                    let differ = shapes.get(&table).is_some_and(|&own| own != other_shape);
                    differ || distinct(emitter, other, table)
                })
                .collect();
            shapes.retain(|other, _| kept.contains(other));
            shapes.insert(table, instruction.literal & !NO_BARRIER);
            emitter.memory.shapes = shapes;
        }
        _ => {}
    }
}
