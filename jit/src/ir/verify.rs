//! Checks that a trace is well formed: [`verify`].
//!
//! It runs after the recorder and after each pass in debug builds and tests, so that a fault is found where it is made and not as a
//! wrong number in a game. What it demands:
//!
//! * operands: as many as the operation has, of the types that it takes, defined before their use (a phi's second may stand anywhere
//!   before it), with a result;
//! * the result's type: that of the operation table, the field, the memory access;
//! * guards have a snapshot and nothing else has; the numbers of snapshots never go back; a snapshot refers only to what
//!   stands before its first guard (the last one: to anything);
//! * no store to an object that the trace did not make lies between two guards of one snapshot: re-execution in the interpreter would
//!   repeat it;
//! * `loop` stands at most once, phis at the end behind it, each with a first value from before and a second of the same type.
//!
//! ```
//! use rlove_jit::ir::{text, verify};
//! let good = "trace 1 at 0x0 link none\nsnapshot 0 pc 0x0 []\n0000 value slot_load #0\n0001 number unbox 0000 > 0\n";
//! assert!(verify::verify(&text::parse(good).unwrap()).is_ok());
//! let bad = format!("{good}0002 number add 0001 0000\n");
//! assert!(verify::verify(&text::parse(&bad).unwrap()).unwrap_err().contains("value"));
//! ```
//!
//! What it does not do: know helpers (their argument types are the recorder's and the back end's business), or prove that a pass is right
//! (the executor compares).

use super::text::print_instruction;
use super::*;

/// Whether the trace is well formed; the first fault otherwise.
pub fn verify(trace: &Trace) -> Result<(), String> {
    let marker = trace.loop_marker();
    let mut snapshot_at = 0;
    for index in 0..trace.instructions.len() {
        check_instruction(trace, index, marker, &mut snapshot_at)
            .map_err(|message| format!("{}: {message}", print_instruction(trace, index)))?;
    }
    check_effects(trace)?;
    check_snapshots(trace)
}

fn check_instruction(
    trace: &Trace,
    index: usize,
    marker: Option<usize>,
    snapshot_at: &mut u32,
) -> Result<(), String> {
    let instruction = &trace.instructions[index];
    let operation = instruction.operation;
    let count = operation.reference_count();
    for (position, &operand) in instruction.operands.iter().enumerate() {
        if position >= count {
            if !operand.is_none() {
                return Err("an operand too many".to_string());
            }
            continue;
        }
        check_reference(trace, operand, index)?;
        let ty = trace.ty(operand);
        if !accepts(trace, instruction, position, ty) {
            return Err(format!("operand {} of type {}", position + 1, ty.text()));
        }
    }
    if operation.has_arguments() {
        let (first, length) = instruction.arguments;
        if first as usize + length as usize > trace.arguments.len() {
            return Err("arguments out of range".to_string());
        }
        for &argument in trace.arguments_of(instruction) {
            check_reference(trace, argument, index)?;
        }
    }
    check_result(instruction)?;
    check_guard(trace, instruction, snapshot_at)?;
    check_structure(trace, index, marker)
}

fn check_reference(trace: &Trace, reference: Ref, before: usize) -> Result<(), String> {
    if reference.is_none() {
        return Err("an operand is missing".to_string());
    }
    match (reference.as_constant(), reference.as_instruction()) {
        (Some(constant), _) if constant < trace.constants.len() => Ok(()),
        (_, Some(instruction)) if instruction >= before => {
            Err(format!("{instruction:04} is not defined yet"))
        }
        (_, Some(instruction)) if trace.instructions[instruction].ty == Type::None => {
            Err(format!("{instruction:04} has no result"))
        }
        (_, Some(_)) => Ok(()),
        _ => Err("no such constant".to_string()),
    }
}

fn is_address(ty: Type) -> bool {
    ty.tag().is_some() || ty == Type::Pointer
}

/// Whether `ty` may be boxed into a word.
fn is_word(ty: Type) -> bool {
    !matches!(ty, Type::None | Type::Int64 | Type::Pointer)
}

/// Whether operand `position` may have type `ty`.
fn accepts(trace: &Trace, instruction: &Instruction, position: usize, ty: Type) -> bool {
    use Operation::*;
    let second = |wanted: Type, other: bool| if position == 0 { ty == wanted } else { other };
    match instruction.operation {
        Unbox => is_word(ty),
        GuardBits | GuardNotBits => {
            is_word(ty) && (position == 0 || instruction.operands[1].as_constant().is_some())
        }
        GuardTruth => is_word(ty),
        GuardKind => matches!(ty, Type::Object | Type::Function),
        Equal | NotEqual => {
            let same = position == 0 || ty == trace.ty(instruction.operands[0]);
            same && (is_address(ty) || matches!(ty, Type::Number | Type::Integer | Type::Int64))
        }
        Less | NotLess | LessEqual | NotLessEqual => {
            let same = position == 0 || ty == trace.ty(instruction.operands[0]);
            same && matches!(ty, Type::Number | Type::Integer | Type::Int64)
        }
        UnsignedLess | UnsignedNotLess => {
            let same = position == 0 || ty == trace.ty(instruction.operands[0]);
            same && matches!(ty, Type::Integer | Type::Int64)
        }
        Add | Subtract | Multiply | Divide | Modulo | Power | Negate | Absolute | SquareRoot
        | Floor | Ceil | Minimum | Maximum | NumberToInteger | NumberToBits | NumberToInt64 => {
            ty == Type::Number
        }
        Bounds | AddInteger | SubtractInteger | MultiplyInteger | AddOverflow
        | SubtractOverflow | MultiplyOverflow | NegateInteger | BitAnd | BitOr | BitXor
        | BitNot | ShiftLeft | ShiftRight | ShiftRightArithmetic | RotateLeft | RotateRight
        | ByteSwap | IntegerToNumber | UnsignedToNumber | SignExtend64 | ZeroExtend64 => {
            ty == Type::Integer
        }
        Add64 | Subtract64 | Multiply64 | BitAnd64 | BitOr64 | BitXor64 | BitNot64 | Truncate64
        | Int64ToNumber | UInt64ToNumber | LoadMemory => ty == Type::Int64,
        ShiftLeft64 | ShiftRight64 | ShiftRightArithmetic64 => {
            second(Type::Int64, ty == Type::Integer)
        }
        AddressOf => is_address(ty),
        StoreMemory => {
            let access = MemoryAccess::of_literal(instruction.literal);
            second(
                Type::Int64,
                access.is_some_and(|(access, _)| access.ty() == ty),
            )
        }
        GuardShape => matches!(ty, Type::Table | Type::Object),
        GuardInlineCapacity | StoreShape => ty == Type::Table,
        LoadInline => matches!(ty, Type::Table | Type::Object),
        GuardHashEntry => second(Type::Pointer, is_word(ty)),
        LoadField => is_address(ty),
        StoreField => {
            let field = Field::of_literal(instruction.literal & !NO_BARRIER).0;
            match position {
                0 => is_address(ty),
                _ => ty == field.ty() || (field.ty() == Type::Pointer && ty == Type::Table),
            }
        }
        LoadSlotArray | LoadHashValue | LoadUpvalue | GuardUpvalueSlot | GuardUpvalueOutside => {
            ty == Type::Pointer
        }
        LoadElement => second(Type::Pointer, ty == Type::Integer),
        LoadByte => match position {
            0 => is_address(ty),
            _ => ty == Type::Integer,
        },
        StoreInline => match position {
            0 => matches!(ty, Type::Table | Type::Object),
            _ => is_word(ty),
        },
        StoreSlotArray | StoreHashValue | StoreUpvalue => second(Type::Pointer, is_word(ty)),
        StoreElement => match position {
            0 => ty == Type::Pointer,
            1 => ty == Type::Integer,
            _ => is_word(ty),
        },
        Box => is_word(ty),
        Phi => true,
        SlotLoad | GuardEpoch | GuardNoOpenUpvalue | NewTable | SafePoint | StackCheck
        | CallHelper | CallNative | Loop | Nop => false,
    }
}

fn check_result(instruction: &Instruction) -> Result<(), String> {
    use Operation::*;
    let wanted = match instruction.operation.result() {
        ResultType::None => Some(Type::None),
        ResultType::Value => Some(Type::Value),
        ResultType::Number => Some(Type::Number),
        ResultType::Integer => Some(Type::Integer),
        ResultType::Int64 => Some(Type::Int64),
        ResultType::Table => Some(Type::Table),
        ResultType::Any => match instruction.operation {
            LoadField => Some(Field::of_literal(instruction.literal).0.ty()),
            LoadMemory => MemoryAccess::of_literal(instruction.literal).map(|found| found.0.ty()),
            _ => None,
        },
    };
    let ty = instruction.ty;
    if let Some(wanted) = wanted
        && ty != wanted
    {
        return Err(format!("the result has type {}", wanted.text()));
    }
    let typed = !matches!(
        ty,
        Type::None | Type::Value | Type::Integer | Type::Int64 | Type::Pointer
    );
    if instruction.operation == Unbox && !typed {
        return Err("nothing unboxes to this type".to_string());
    }
    Ok(())
}

fn check_guard(
    trace: &Trace,
    instruction: &Instruction,
    snapshot_at: &mut u32,
) -> Result<(), String> {
    let snapshot = instruction.snapshot;
    if !instruction.operation.is_guard() {
        return match snapshot {
            NO_SNAPSHOT => Ok(()),
            _ => Err("a snapshot, but no guard".to_string()),
        };
    }
    if snapshot == NO_SNAPSHOT {
        // What cannot leave needs none: types that are known, helpers that cannot fail.
        let known = instruction.operation == Operation::Unbox && instruction.literal == 1;
        let call = instruction.operation == Operation::CallHelper;
        return match known || call {
            true => Ok(()),
            false => Err("a guard without a snapshot".to_string()),
        };
    }
    if snapshot as usize >= trace.snapshots.len() {
        return Err("no such snapshot".to_string());
    }
    if snapshot < *snapshot_at {
        return Err(format!("snapshot {snapshot} after snapshot {snapshot_at}"));
    }
    *snapshot_at = snapshot;
    Ok(())
}

fn check_structure(trace: &Trace, index: usize, marker: Option<usize>) -> Result<(), String> {
    let instruction = &trace.instructions[index];
    match instruction.operation {
        Operation::Loop if marker != Some(index) => Err("a second loop".to_string()),
        Operation::Loop if trace.link != Link::Loop => Err("the trace does not loop".to_string()),
        Operation::Phi => {
            let [left, right, _] = instruction.operands;
            let Some(marker) = marker else {
                return Err("a phi without a loop".to_string());
            };
            match left.as_instruction() {
                Some(left) if left < marker => {}
                _ => return Err("the first value is not from before the loop".to_string()),
            }
            if trace.ty(left) != trace.ty(right) || trace.ty(left) != instruction.ty {
                return Err("types differ".to_string());
            }
            let twice = trace.instructions[marker..index]
                .iter()
                .any(|other| other.operation == Operation::Phi && other.operands[0] == left);
            match twice {
                true => Err("a second phi of this value".to_string()),
                false => Ok(()),
            }
        }
        Operation::Nop => Ok(()),
        _ => {
            let phi_before = index > 0 && trace.instructions[index - 1].operation == Operation::Phi;
            match phi_before {
                true => Err("something behind a phi".to_string()),
                false => Ok(()),
            }
        }
    }
}

/// The table a part belongs to, as far as the trace shows; the reference itself otherwise.
fn owner(trace: &Trace, mut reference: Ref) -> Ref {
    while let Some(index) = reference.as_instruction() {
        let instruction = &trace.instructions[index];
        if instruction.operation != Operation::LoadField {
            break;
        }
        reference = instruction.operands[0];
    }
    reference
}

/// No effect between two guards of one snapshot, except on what the trace made itself.
fn check_effects(trace: &Trace) -> Result<(), String> {
    let mut open: Option<u32> = None;
    let mut effect: Option<usize> = None;
    for (index, instruction) in trace.instructions.iter().enumerate() {
        if instruction.operation.is_guard() && instruction.snapshot != NO_SNAPSHOT {
            if open == Some(instruction.snapshot)
                && let Some(store) = effect
            {
                return Err(format!(
                    "{}: leaves to before the effect {}",
                    print_instruction(trace, index),
                    print_instruction(trace, store)
                ));
            }
            if open != Some(instruction.snapshot) {
                effect = None;
            }
            open = Some(instruction.snapshot);
        }
        if instruction.operation.effect() == Effect::Store {
            let base = owner(trace, instruction.operands[0]);
            let fresh = base.as_instruction().is_some_and(|base| {
                let operation = trace.instructions[base].operation;
                operation.effect() == Effect::Allocate || operation == Operation::CallHelper
            });
            if !fresh {
                effect = Some(index);
            }
        }
    }
    Ok(())
}

fn check_snapshots(trace: &Trace) -> Result<(), String> {
    let mut first_guard = vec![trace.instructions.len(); trace.snapshots.len()];
    for (index, instruction) in trace.instructions.iter().enumerate().rev() {
        if instruction.snapshot != NO_SNAPSHOT {
            first_guard[instruction.snapshot as usize] = index;
        }
    }
    for (number, snapshot) in trace.snapshots.iter().enumerate() {
        let at = first_guard[number];
        let fail = |message: String| Err(format!("snapshot {number}: {message}"));
        for pair in snapshot.entries.windows(2) {
            if pair[0].slot >= pair[1].slot {
                return fail(format!("slot {} out of order", pair[1].slot));
            }
        }
        for entry in &snapshot.entries {
            if let Err(message) = check_reference(trace, entry.value, at) {
                return fail(format!("slot {}: {message}", entry.slot));
            }
            if !is_word(trace.ty(entry.value)) {
                return fail(format!("slot {} cannot be written", entry.slot));
            }
        }
        for sunk in &snapshot.sunk {
            if sunk
                .allocation
                .as_instruction()
                .is_none_or(|index| index >= at)
            {
                return fail("a sunk object that is not there yet".to_string());
            }
            let misplaced = |store: &Ref| store.as_instruction().is_none_or(|index| index >= at);
            if sunk.stores.iter().any(misplaced) {
                return fail("a sunk store that is not there yet".to_string());
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::text::parse;
    use super::*;

    /// What `verify` says about these lines behind a head and a first snapshot.
    fn check(lines: &str) -> Result<(), String> {
        let head = "trace 1 at 0x0 link loop\nsnapshot 0 pc 0x0 []\n";
        verify(&parse(&format!("{head}{lines}")).expect("a listing"))
    }

    #[test]
    fn a_loop_is_well_formed() {
        check(
            "0000 value slot_load #0\n0001 number unbox 0000 > 0\n0002 number add 0001 1.0\n0003 - loop\n\
             0004 number add 0002 1.0\n0005 number phi 0002 0004\nsnapshot 1 pc 0x0 [0: 0004]",
        )
        .expect("well formed");
    }

    #[test]
    fn faults_are_found() {
        for (lines, message) in [
            ("0000 number add 1.0 +1", "operand 2 of type integer"),
            ("0000 integer add 1.0 1.0", "the result has type number"),
            (
                "0000 number neg 0001\n0001 number neg 1.0",
                "0001 is not defined yet",
            ),
            ("0000 - loop\n0001 value box 0000", "0000 has no result"),
            (
                "0000 value slot_load #0\n0001 number unbox 0000",
                "a guard without a snapshot",
            ),
            (
                "0000 value slot_load #0\n0001 number unbox 0000 > 7",
                "no such snapshot",
            ),
            ("0000 value slot_load #0 > 0", "a snapshot, but no guard"),
            (
                "0000 value slot_load #0\n0001 integer unbox 0000 > 0",
                "nothing unboxes",
            ),
            ("0000 - loop\n0001 - loop", "a second loop"),
            (
                "0000 number neg 1.0\n0001 number phi 0000 0000",
                "a phi without a loop",
            ),
            (
                "0000 number neg 1.0\n0001 - loop\n0002 number phi 0000 +1",
                "types differ",
            ),
            (
                "0000 - loop\n0001 number neg 1.0\n0002 number phi 0001 0001",
                "not from before",
            ),
            (
                "0000 number neg 1.0\n0001 - loop\n0002 number phi 0000 0000\n0003 number neg 1.0",
                "behind a phi",
            ),
            (
                "0000 number neg 1.0\n0001 - loop\n0002 number phi 0000 0000\n0003 number phi 0000 0000",
                "a second phi",
            ),
            (
                "0000 integer load_field table@0x10 #table_body",
                "the result has type pointer",
            ),
            (
                "0000 - lt 1.0 2.0 > 0\nsnapshot 1 pc 0x0 []\n0001 - lt 1.0 2.0 > 1\n0002 - lt 1.0 2.0 > 0",
                "after snapshot",
            ),
            (
                "0000 value slot_load #0\nsnapshot 1 pc 0x0 [1: 0000, 0: 0000]",
                "out of order",
            ),
            ("snapshot 1 pc 0x0 [1: pointer@0x10]", "cannot be written"),
            (
                "snapshot 1 pc 0x0 [1: 0000]\n0000 value slot_load #0\n0001 - lt 1.0 2.0 > 1",
                "",
            ),
            (
                "snapshot 1 pc 0x0 [1: 0001]\n0000 - lt 1.0 2.0 > 1\n0001 value slot_load #0",
                "not defined yet",
            ),
            (
                "0000 - lt 1.0 2.0 > 0\n0001 - store_inline table@0x10 nil #0\n0002 - lt 1.0 3.0 > 0",
                "before the effect",
            ),
        ] {
            match check(lines) {
                Ok(()) => assert_eq!(message, "", "{lines}"),
                Err(error) => assert!(error.contains(message) && !message.is_empty(), "{error}"),
            }
        }
    }

    #[test]
    fn stores_to_own_objects_may_be_repeated() {
        check("0000 - lt 1.0 2.0 > 0\n0001 table new_table #shape:5/1\n0002 - store_inline 0001 nil #0\n0003 - lt 1.0 3.0 > 0")
            .expect("the object is fresh");
    }
}
