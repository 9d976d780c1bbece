//! Symbolic check of a register allocation: every use finds the value it means.
//!
//! The trace is walked with registers and slots that hold *symbols* (a value and the pass in which it was computed) instead of numbers;
//! the loop's body is walked three times. What an instruction or an exit expects somewhere must be there.
//!
//! Worked example: if the allocator forgot that a call overwrites `rcx`, the walk clears `rcx` at the call, and the next use of the value
//! that it held reports "value 7 is not in Register(1) at 12".
//!
//! Runs after every allocation in debug builds and in tests.

use super::allocate::{Allocation, Site, Target, Use};
use super::moves::{Step, sequence};
use super::plan::{Kind, Plan, is_known};
use super::{Place, Register};
use crate::ir::{Link, Operation, Trace, Type};
use std::collections::HashMap;

/// A value as computed in some pass; constants by their number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Symbol {
    Value(u32, u32),
    Constant(u32),
}

struct Walk<'a, T: Target> {
    trace: &'a Trace,
    plan: &'a Plan,
    target: &'a T,
    allocation: &'a Allocation,
    places: HashMap<Place, Symbol>,
    /// What each value is at this moment.
    current: Vec<Option<Symbol>>,
    pass: u32,
}

/// Checks an allocation; the error says what is wrong.
pub fn check<T: Target>(
    trace: &Trace,
    plan: &Plan,
    target: &T,
    allocation: &Allocation,
) -> Result<(), String> {
    let mut walk = Walk {
        trace,
        plan,
        target,
        allocation,
        places: HashMap::new(),
        current: vec![None; trace.instructions.len()],
        pass: 0,
    };
    let end = trace.instructions.len();
    let marker = match (plan.loop_marker, trace.link) {
        (Some(marker), Link::Loop) => marker,
        _ => {
            walk.instructions(0, end)?;
            if let Some(site) = allocation.end_site {
                walk.site(site, end)?;
            }
            return Ok(());
        }
    };
    walk.instructions(0, marker)?;
    for &(slot, register) in &allocation.preloads {
        walk.reload(slot, register);
    }
    for _ in 0..3 {
        walk.pass += 1;
        walk.instructions(marker + 1, end)?;
        walk.back_edge(end)?;
    }
    Ok(())
}

impl<T: Target> Walk<'_, T> {
    fn set(&mut self, place: Place, symbol: Option<Symbol>) {
        match symbol {
            Some(symbol) => self.places.insert(place, symbol),
            None => self.places.remove(&place),
        };
    }
    fn reload(&mut self, slot: u16, register: Register) {
        let symbol = self.places.get(&Place::Slot(slot)).copied();
        self.set(Place::Register(register), symbol);
    }
    fn expect(&self, value: u32, place: Place, at: usize) -> Result<(), String> {
        let wanted = self.current[value as usize];
        let found = self.places.get(&place).copied();
        if wanted.is_none() || found != wanted {
            return Err(format!(
                "value {value} is not in {place:?} at {at} of trace {}: {found:?}, not {wanted:?}",
                self.trace.number
            ));
        }
        Ok(())
    }
    fn site(&self, site: u32, at: usize) -> Result<(), String> {
        let site: &Site = &self.allocation.sites[site as usize];
        for &value in &self.plan.snapshot_values[site.snapshot as usize] {
            let place = site
                .places
                .iter()
                .find(|each| each.0 == value)
                .ok_or_else(|| format!("an exit at {at} does not know where {value} is"))?;
            self.expect(value, place.1, at)?;
        }
        Ok(())
    }
    fn instructions(&mut self, from: usize, to: usize) -> Result<(), String> {
        for index in from..to {
            let operation = self.trace.instructions[index].operation;
            if matches!(self.plan.kinds[index], Kind::Nothing | Kind::Address)
                || matches!(operation, Operation::Loop | Operation::Phi)
            {
                continue;
            }
            self.instruction(index)?;
        }
        Ok(())
    }
    fn instruction(&mut self, index: usize) -> Result<(), String> {
        let decision = self.allocation.decisions[index];
        let instruction = &self.trace.instructions[index];
        for at in decision.reloads.0..decision.reloads.1 {
            let (slot, register) = self.allocation.reloads[at as usize];
            self.reload(slot, register);
        }
        let mut uses: Vec<Use> = Vec::new();
        let demand = self.target.demand(index, &mut uses);
        for each in &uses {
            let known =
                &self.allocation.places[decision.places.0 as usize..decision.places.1 as usize];
            let place = known
                .iter()
                .find(|place| place.0 == each.value)
                .ok_or_else(|| format!("{index} does not know where {} is", each.value))?;
            self.expect(each.value, place.1, index)?;
            if demand.is_early && decision.result.map(Place::Register) == Some(place.1) {
                return Err(format!("the result of {index} overwrites an operand"));
            }
        }
        for register in 0..32u8 {
            if demand.clobbers & 1 << register != 0 {
                self.set(Place::Register(register), None);
            }
        }
        if let Some(register) = decision.result {
            let symbol = Symbol::Value(index as u32, self.pass);
            self.current[index] = Some(symbol);
            self.set(Place::Register(register), Some(symbol));
        }
        if instruction.operation.is_guard() && !is_known(self.trace, index) {
            let site = decision
                .site
                .ok_or_else(|| format!("guard {index} has no exit"))?;
            self.site(site, index)?;
        }
        if instruction.ty != Type::None
            && let (Some(slot), Some(register)) = (self.allocation.slots[index], decision.result)
        {
            let symbol = self.places.get(&Place::Register(register)).copied();
            self.set(Place::Slot(slot), symbol);
        }
        Ok(())
    }
    fn back_edge(&mut self, end: usize) -> Result<(), String> {
        let mut scratch = None;
        let read = |places: &HashMap<Place, Symbol>, place: Place| match place {
            Place::Constant(constant) => Some(Symbol::Constant(constant)),
            place => places.get(&place).copied(),
        };
        for step in sequence(&self.allocation.edge) {
            match step {
                Step::Copy(each) => {
                    let symbol = read(&self.places, each.source);
                    self.set(each.destination, symbol);
                }
                Step::Save(place) => scratch = read(&self.places, place),
                Step::Restore(place) => self.set(place, scratch),
            }
        }
        if let Some(site) = self.allocation.end_site {
            self.site(site, end)?;
        }
        let old = self.current.clone();
        for instruction in &self.trace.instructions {
            if instruction.operation != Operation::Phi {
                continue;
            }
            let [first, second, _] = instruction.operands;
            let symbol = match second.as_constant() {
                Some(constant) => Some(Symbol::Constant(constant as u32)),
                None => second.as_instruction().and_then(|second| old[second]),
            };
            if let Some(first) = first.as_instruction() {
                self.current[first] = symbol;
            }
        }
        Ok(())
    }
}
