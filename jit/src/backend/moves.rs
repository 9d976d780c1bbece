//! Parallel moves: several values change places at once, as at a loop's back edge or in front of a call.
//!
//! Worked example: `rcx ← rdx, rdx ← rcx` becomes `scratch ← rdx, rdx ← rcx, rcx ← scratch`.
//!
//! Invariants: every destination is named once; the scratch place is no source and no destination.

use super::Place;

/// One move.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Move {
    /// From.
    pub source: Place,
    /// To: a register or slot.
    pub destination: Place,
}

/// A step of the sequence that carries parallel moves out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// An ordinary move.
    Copy(Move),
    /// The value at a place goes to the scratch place.
    Save(Place),
    /// The scratch place's value goes to a place.
    Restore(Place),
}

/// Brings parallel moves into an order, breaking cycles through the scratch place.
pub fn sequence(moves: &[Move]) -> Vec<Step> {
    let mut pending: Vec<Move> = moves
        .iter()
        .copied()
        .filter(|each| each.source != each.destination)
        .collect();
    let mut steps = Vec::with_capacity(pending.len());
    // The place whose value is in the scratch place.
    let mut saved: Option<Place> = None;
    while !pending.is_empty() {
        let free = pending.iter().position(|candidate| {
            !pending
                .iter()
                .any(|other| other.source == candidate.destination && saved != Some(other.source))
        });
        match free {
            Some(index) => {
                let each = pending.swap_remove(index);
                if saved == Some(each.source) {
                    steps.push(Step::Restore(each.destination));
                    if !pending.iter().any(|other| other.source == each.source) {
                        saved = None;
                    }
                } else {
                    steps.push(Step::Copy(each));
                }
            }
            None => {
                // Only cycles are left; a cycle that holds the scratch place has a free end.
                let place = pending[0].destination;
                steps.push(Step::Save(place));
                saved = Some(place);
            }
        }
    }
    steps
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashMap;

    fn run(moves: &[Move]) {
        let mut state: HashMap<Place, Place> = HashMap::new();
        for each in moves {
            state.insert(each.source, each.source);
            state.insert(each.destination, each.destination);
        }
        let mut scratch = None;
        for step in sequence(moves) {
            match step {
                Step::Copy(each) => {
                    let value = state[&each.source];
                    state.insert(each.destination, value);
                }
                Step::Save(place) => scratch = Some(state[&place]),
                Step::Restore(place) => {
                    state.insert(place, scratch.expect("saved before"));
                }
            }
        }
        for each in moves {
            assert_eq!(state[&each.destination], each.source, "{moves:?}");
        }
    }

    #[test]
    fn every_permutation_and_fan_out_of_four_places() {
        let place = |index: usize| {
            if index < 2 {
                Place::Register(index as u8)
            } else {
                Place::Slot(index as u16)
            }
        };
        // Every function from four destinations to four sources.
        for code in 0..256usize {
            let moves: Vec<Move> = (0..4)
                .map(|index| Move {
                    source: place(code >> (2 * index) & 3),
                    destination: place(index),
                })
                .collect();
            run(&moves);
        }
    }
}
