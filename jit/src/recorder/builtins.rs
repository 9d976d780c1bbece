//! Builtins: operations of their own, rules of their own, and a general way for the rest.
//!
//! The general way runs the builtin's Rust body from compiled code, on a stack of its own (`Vm::invoke_builtin`). What raises an
//! error leaves the trace before the call, and the interpreter repeats it; so it is used only for builtins that do nothing before they
//! raise, call no Lua, look at no frames and do not suspend. What cannot be recorded ends the trace in front of the call.

use super::abort::AbortReason;
use super::view::{self, Instr, TableView};
use super::{FrameKind, Recorded, Recorder};
use crate::helpers::{HelperName, MOST_INVOKE_ARGUMENTS};
use crate::ir::{Field, Link, Operation, Ref, Type};
use rlove_vm::builtin::{Builtin, Effects, Recording};
use rlove_vm::bytecode::Opcode;
use rlove_vm::interpreter::frame::{self, LinkKind};
use rlove_vm::interpreter::metamethod::Metamethod;
use rlove_vm::object::Function;
use rlove_vm::object::shape::{DICTIONARY_SHAPE, METATABLE_APART};
use rlove_vm::value::{Value, ValueType};
use rlove_vm::vm::Vm;

/// Arguments of a builtin at hand: references and values.
struct Arguments {
    references: Vec<Ref>,
    actual: Vec<Value>,
}

impl Arguments {
    fn get(&self, index: usize) -> Option<(Ref, Value)> {
        Some((*self.references.get(index)?, *self.actual.get(index)?))
    }
    fn number(&self, index: usize) -> Result<(Ref, f64), AbortReason> {
        let (reference, value) = self.get(index).ok_or(AbortReason::BadOperand)?;
        match value.as_number() {
            Some(number) => Ok((reference, number)),
            None => Err(AbortReason::StringArithmetic),
        }
    }
    fn len(&self) -> usize {
        self.references.len()
    }
}

/// Most results of a builtin that a trace can take.
const MOST_RESULTS: i32 = 8;

impl Recorder {
    /// A call of a builtin by an instruction: the results go where the instruction wants them.
    pub(super) fn record_builtin_call(
        &mut self,
        vm: &Vm,
        instruction: &Instr,
        callee: *mut Function,
        base: i32,
        arguments: i32,
    ) -> Recorded {
        // State before the call, with the open arguments if there are any.
        self.current_snapshot();
        if view::header_of(vm, callee) == Some(Opcode::FunctionHeaderProtectedCall) {
            return self.record_protected_call(vm, instruction, base, arguments);
        }
        let wanted = match instruction.b {
            0 => None,
            count => Some(count - 1),
        };
        let mut values = Vec::new();
        for index in 0..arguments {
            // The instruction of an iterator copies its arguments there only when it runs.
            let source = match instruction.opcode {
                Opcode::IteratorCall | Opcode::IteratorNext => base + index - 4,
                _ => base + index,
            };
            values.push((self.typed_slot(vm, source)?, self.actual(vm, source)));
        }
        let function = self.read(base - 2);
        let outcome = self.builtin_results(vm, callee, function, &values, wanted);
        let results = match outcome {
            Err(AbortReason::Builtin) if self.trace.instructions.len() > 8 => {
                // The interpreter does the call; what follows it becomes another trace.
                return self.finish_before(instruction);
            }
            other => other?,
        };
        self.skips_header = true;
        self.place_results(instruction.pc + 4, base - 2, &results)
    }
    /// Ends the trace in front of the running instruction.
    pub(super) fn finish_before(&mut self, instruction: &Instr) -> Recorded {
        if self.open.is_none()
            && matches!(
                instruction.opcode,
                Opcode::CallMultiple | Opcode::TailCallMultiple
            )
        {
            return Err(AbortReason::Builtin);
        }
        self.finish(Link::Interpreter, instruction.pc)
    }
    /// The results of calling a builtin, which is `function` in the trace; `wanted` results are taken, `None`: as many as there are.
    pub(super) fn builtin_results(
        &mut self,
        vm: &Vm,
        callee: *mut Function,
        function: Ref,
        values: &[(Ref, Value)],
        wanted: Option<i32>,
    ) -> Result<Vec<Ref>, AbortReason> {
        let Some(native) = view::native_of(callee) else {
            return Err(AbortReason::Builtin);
        };
        let mut arguments = Arguments {
            references: Vec::new(),
            actual: Vec::new(),
        };
        for &(value, actual) in values {
            let typed = self.typed(value, actual)?;
            arguments.references.push(typed);
            arguments.actual.push(actual);
        }
        let builtin = native.builtin;
        if builtin.effects.contains(Effects::OBSERVES_HEAP) {
            return Err(AbortReason::ObservesHeap);
        }
        match builtin.recording {
            Recording::Operation(name) => {
                if let Some(result) = self.operation_builtin(name, &arguments)? {
                    return Ok(vec![result]);
                }
            }
            Recording::Special(name) => {
                if let Some(results) = self.special_builtin(vm, callee, name, &arguments, wanted)? {
                    return Ok(results);
                }
            }
            _ => {}
        }
        self.general_builtin(function, builtin, &arguments, wanted)
    }
    fn general_builtin(
        &mut self,
        function: Ref,
        builtin: &Builtin,
        arguments: &Arguments,
        wanted: Option<i32>,
    ) -> Result<Vec<Ref>, AbortReason> {
        let forbidden = [
            Effects::CALLS_LUA,
            Effects::NEEDS_FRAMES,
            Effects::SUSPENDS,
            Effects::RAISES_LATE,
        ];
        let is_forbidden = forbidden
            .iter()
            .any(|&effect| builtin.effects.contains(effect));
        let is_never = matches!(
            builtin.recording,
            Recording::Never(_) | Recording::EmbeddedLua
        );
        let is_native = matches!(builtin.entry, rlove_vm::builtin::Entry::Native(_));
        if is_forbidden || is_never || !is_native || arguments.len() > MOST_INVOKE_ARGUMENTS {
            return Err(AbortReason::Builtin);
        }
        let wanted = match wanted.or_else(|| result_count(builtin.signature)) {
            Some(wanted) if wanted <= MOST_RESULTS => wanted,
            _ => return Err(AbortReason::Builtin),
        };
        // Only of these is it known that calls with equal arguments may be merged; others keep state (the matcher's last match).
        let is_stateless = ["string.", "math.", "bit.", "table."]
            .iter()
            .any(|library| builtin.name.starts_with(library))
            || matches!(builtin.name, "tostring" | "tonumber" | "rawequal");
        let writes = !is_stateless || builtin.effects.contains(Effects::WRITES);
        let helper = HelperName::invoke(arguments.len(), writes);
        let mut list = vec![function];
        list.extend_from_slice(&arguments.references);
        let first = self.call(helper, Type::Value, &list);
        if wanted == 0 {
            return Ok(Vec::new());
        }
        let mut results = vec![first];
        for index in 1..wanted {
            let index = self.integer(index);
            // The first result makes this read one of this call's.
            results.push(self.call(HelperName::Scratch, Type::Value, &[index, first]));
        }
        Ok(results)
    }

    // ---- Operations ----

    fn operation_builtin(
        &mut self,
        name: &str,
        arguments: &Arguments,
    ) -> Result<Option<Ref>, AbortReason> {
        if let Some(result) = self.bit_builtin(name, arguments)? {
            return Ok(Some(result));
        }
        let (first, actual) = arguments.number(0)?;
        if matches!(name, "floor" | "ceil") && self.ty(first) == Type::Integer {
            return Ok(Some(first));
        }
        let unary = match name {
            "abs" => Some(Operation::Absolute),
            "floor" => Some(Operation::Floor),
            "ceil" => Some(Operation::Ceil),
            "sqrt" => Some(Operation::SquareRoot),
            _ => None,
        };
        let _ = actual;
        let number = self.number_of(first);
        if let Some(operation) = unary {
            return Ok(Some(self.emit(operation, Type::Number, &[number], 0)));
        }
        let helper = HelperName::of_mathematics(name).ok_or(AbortReason::Builtin)?;
        let mut list = vec![number];
        if helper.description().arguments.len() == 2 {
            let (second, _) = arguments.number(1)?;
            let second = self.number_of(second);
            list.push(second);
        }
        Ok(Some(self.call(helper, Type::Number, &list)))
    }
    fn bit_builtin(
        &mut self,
        name: &str,
        arguments: &Arguments,
    ) -> Result<Option<Ref>, AbortReason> {
        let (operation, count) = match name {
            "band" => (Operation::BitAnd, 0),
            "bor" => (Operation::BitOr, 0),
            "bxor" => (Operation::BitXor, 0),
            "bnot" => (Operation::BitNot, 1),
            "bswap" => (Operation::ByteSwap, 1),
            "tobit" => (Operation::Nop, 1),
            "lshift" => (Operation::ShiftLeft, 2),
            "rshift" => (Operation::ShiftRight, 2),
            "arshift" => (Operation::ShiftRightArithmetic, 2),
            "rol" => (Operation::RotateLeft, 2),
            "ror" => (Operation::RotateRight, 2),
            _ => return Ok(None),
        };
        let mut bits = Vec::new();
        let taken = if count == 0 { arguments.len() } else { count };
        for index in 0..taken.max(1) {
            let (number, _) = arguments.number(index)?;
            bits.push(self.bits_of(number));
        }
        if count == 1 {
            if operation == Operation::Nop {
                return Ok(Some(bits[0]));
            }
            return Ok(Some(self.emit(operation, Type::Integer, &[bits[0]], 0)));
        }
        let mut result = bits[0];
        for &operand in &bits[1..] {
            result = self.emit(operation, Type::Integer, &[result, operand], 0);
        }
        Ok(Some(result))
    }

    // ---- Rules ----

    fn special_builtin(
        &mut self,
        vm: &Vm,
        callee: *mut Function,
        name: &str,
        arguments: &Arguments,
        wanted: Option<i32>,
    ) -> Result<Option<Vec<Ref>>, AbortReason> {
        let first = arguments.get(0);
        let one = |result: Ref| Ok(Some(vec![result]));
        match name {
            "math.min" | "math.max" => {
                let result = self.extreme(name == "math.min", arguments)?;
                one(result)
            }
            "type" => {
                let (reference, actual) = first.ok_or(AbortReason::BadOperand)?;
                let name = self.type_name_of(reference, actual);
                let text = self.name_constant(name).ok_or(AbortReason::Builtin)?;
                one(text)
            }
            "assert" => {
                let (reference, actual) = first.ok_or(AbortReason::BadOperand)?;
                if !actual.is_truthy() {
                    return Err(AbortReason::BadOperand);
                }
                if self.ty(reference) == Type::Value && reference.as_constant().is_none() {
                    self.guard(Operation::GuardTruth, [reference, Ref::NONE, Ref::NONE], 1);
                }
                Ok(Some(arguments.references.clone()))
            }
            "ipairs" | "pairs" => {
                let (table, actual) = first.ok_or(AbortReason::BadOperand)?;
                if !actual.is_table() {
                    return Err(AbortReason::BadOperand);
                }
                let step = self.constant(view::native_upvalue(callee, 0));
                let control = if name == "pairs" {
                    self.constant(Value::NIL)
                } else {
                    self.number(0.0)
                };
                Ok(Some(vec![step, table, control]))
            }
            "select" => self.record_select(arguments),
            "rawget" => {
                let (table, actual) = first.ok_or(AbortReason::BadOperand)?;
                let (key, _) = arguments.get(1).ok_or(AbortReason::BadOperand)?;
                if !actual.is_table() {
                    return Err(AbortReason::BadOperand);
                }
                let value = self.call(HelperName::RawGet, Type::Value, &[table, key]);
                one(value)
            }
            "tonumber" if arguments.len() == 1 && first.is_some_and(|(_, v)| v.is_number()) => {
                Ok(Some(arguments.references.clone()))
            }
            "tostring" => match first {
                Some((text, actual)) if actual.is_string() => one(text),
                Some((_, actual))
                    if actual.is_number() || actual.is_boolean() || actual.is_nil() =>
                {
                    Ok(None)
                }
                _ => Err(AbortReason::Builtin),
            },
            "getmetatable" => self.record_getmetatable(vm, arguments),
            "setmetatable" => self.record_setmetatable(vm, callee, arguments),
            "unpack" => self.record_unpack(arguments, wanted),
            "next" => self.record_next_builtin(arguments, wanted),
            _ => self.special_string_builtin(vm, name, arguments),
        }
    }
    fn extreme(&mut self, is_minimum: bool, arguments: &Arguments) -> Result<Ref, AbortReason> {
        let (first, _) = arguments.number(0)?;
        let mut result = self.number_of(first);
        let operation = if is_minimum {
            Operation::Minimum
        } else {
            Operation::Maximum
        };
        for index in 1..arguments.len() {
            let (next, _) = arguments.number(index)?;
            let next = self.number_of(next);
            result = self.emit(operation, Type::Number, &[result, next], 0);
        }
        Ok(result)
    }
    fn record_select(&mut self, arguments: &Arguments) -> Result<Option<Vec<Ref>>, AbortReason> {
        let (which, actual) = arguments.get(0).ok_or(AbortReason::BadOperand)?;
        let count = arguments.len() - 1;
        if actual.string_bytes() == Some(b"#") {
            self.guard_value(which, actual);
            return Ok(Some(vec![self.number(count as f64)]));
        }
        let index = actual
            .as_number()
            .filter(|number| number.fract() == 0.0 && number.abs() < 1000.0 && *number != 0.0)
            .ok_or(AbortReason::BadOperand)?;
        self.guard_value(which, actual);
        let first = if index < 0.0 {
            count as f64 + index
        } else {
            index - 1.0
        };
        if first < 0.0 {
            return Err(AbortReason::BadOperand);
        }
        let rest = arguments.references[1..].iter().copied();
        Ok(Some(rest.skip(first as usize).collect()))
    }
    fn record_getmetatable(
        &mut self,
        vm: &Vm,
        arguments: &Arguments,
    ) -> Result<Option<Vec<Ref>>, AbortReason> {
        let (reference, actual) = arguments.get(0).ok_or(AbortReason::BadOperand)?;
        let protected = self.metamethod_of(vm, reference, actual, Metamethod::Metatable)?;
        let metatable = vm.metatable_of(actual);
        let value = if !protected.is_nil() {
            protected
        } else if metatable.is_null() {
            Value::NIL
        } else {
            Value::table(metatable)
        };
        Ok(Some(vec![self.constant(value)]))
    }
    /// Where the shape says which metatable a table has, setting it is a change of shape.
    fn record_setmetatable(
        &mut self,
        vm: &Vm,
        callee: *mut Function,
        arguments: &Arguments,
    ) -> Result<Option<Vec<Ref>>, AbortReason> {
        let (table, actual) = arguments.get(0).ok_or(AbortReason::BadOperand)?;
        let (metatable, metatable_actual) = arguments.get(1).ok_or(AbortReason::BadOperand)?;
        let Some(view) = actual.as_table().map(TableView::of) else {
            return Err(AbortReason::BadOperand);
        };
        let shapes = &vm.heap.shapes;
        let shape = shapes.get(view.shape);
        let child = shapes.child(view.shape, metatable_actual);
        let is_simple = metatable_actual.is_table()
            && view.shape != DICTIONARY_SHAPE
            && shape.flags & METATABLE_APART == 0
            && shape.metatable.is_null();
        if let (true, Some(child), Some(target)) = (is_simple, child, metatable_actual.as_table()) {
            let mode = vm.metamethod_name(Metamethod::Mode);
            let collect = vm.metamethod_name(Metamethod::Collect);
            let target_view = TableView::of(target);
            let is_plain = target_view.named(&vm.heap, mode).is_nil()
                && target_view.named(&vm.heap, collect).is_nil()
                && target_view.shape != DICTIONARY_SHAPE;
            if is_plain {
                self.guard_shape(table, &view);
                self.guard_value(metatable, metatable_actual);
                let constant = self.constant(metatable_actual);
                self.guard_shape(constant, &target_view);
                self.emit(Operation::StoreShape, Type::None, &[table], child);
                return Ok(Some(vec![table]));
            }
        }
        let function = self.constant(Value::function(callee));
        self.call(
            HelperName::invoke(2, true),
            Type::Value,
            &[function, table, metatable],
        );
        Ok(Some(vec![table]))
    }
    fn record_unpack(
        &mut self,
        arguments: &Arguments,
        wanted: Option<i32>,
    ) -> Result<Option<Vec<Ref>>, AbortReason> {
        let (table, actual) = arguments.get(0).ok_or(AbortReason::BadOperand)?;
        if arguments.len() > 1 {
            // Bounds that are constants of the trace.
            return Err(AbortReason::Builtin);
        }
        let Some(view) = actual.as_table().map(TableView::of) else {
            return Err(AbortReason::BadOperand);
        };
        let length = view.array_length as i32;
        if length > 32 || view.is_weak() || length == 0 {
            return Err(AbortReason::Builtin);
        }
        let body = self.load_field(table, Field::TableBody);
        let loaded = self.load_field(body, Field::ArrayLength);
        let constant = self.integer(length);
        self.guard2(Operation::Equal, loaded, constant);
        let taken = wanted.map_or(length, |wanted| wanted.min(length));
        let mut results = Vec::new();
        for index in 1..=taken {
            let key = self.integer(index);
            let element = self.emit(Operation::LoadElement, Type::Value, &[body, key], 0);
            let actual = view.element(index as u32);
            results.push(self.typed(element, actual)?);
        }
        Ok(Some(results))
    }
    fn record_next_builtin(
        &mut self,
        arguments: &Arguments,
        wanted: Option<i32>,
    ) -> Result<Option<Vec<Ref>>, AbortReason> {
        let (table, actual) = arguments.get(0).ok_or(AbortReason::BadOperand)?;
        if !actual.is_table() {
            return Err(AbortReason::BadOperand);
        }
        let nil = self.constant(Value::NIL);
        let key = arguments.get(1).map_or(nil, |(key, _)| key);
        let wanted = wanted.ok_or(AbortReason::Builtin)?;
        let first = self.call(HelperName::Next, Type::Value, &[table, key]);
        let mut results = vec![first];
        if wanted > 1 {
            let one = self.integer(1);
            results.push(self.call(HelperName::Scratch, Type::Value, &[one, first]));
        }
        Ok(Some(results))
    }
    fn special_string_builtin(
        &mut self,
        vm: &Vm,
        name: &str,
        arguments: &Arguments,
    ) -> Result<Option<Vec<Ref>>, AbortReason> {
        let Some((text, actual)) = arguments.get(0) else {
            return Ok(None);
        };
        let is_text = actual.value_type() == ValueType::String;
        match name {
            "string.len" if is_text => {
                let length = self.length_of(vm, text, actual)?;
                Ok(length.map(|length| vec![length]))
            }
            "string.byte" if is_text && arguments.len() <= 2 => {
                self.record_byte(text, actual, arguments.get(1))
            }
            "string.sub" if is_text && (2..=3).contains(&arguments.len()) => {
                let minus_one = self.integer(-1);
                let mut list = vec![text];
                for index in 1..3 {
                    match arguments.get(index) {
                        Some((bound, value)) => {
                            let Some(whole) = value
                                .as_number()
                                .filter(|number| f64::from(*number as i32) == *number)
                            else {
                                return Ok(None);
                            };
                            let _ = whole;
                            list.push(self.integer_of(bound));
                        }
                        None => list.push(minus_one),
                    }
                }
                let result = self.call(HelperName::StringSub, Type::Value, &list);
                Ok(Some(vec![result]))
            }
            "string.char" if arguments.len() == 1 => {
                let (code, number) = arguments.number(0)?;
                if f64::from(number as i32) != number {
                    return Ok(None);
                }
                let code = self.integer_of(code);
                let result = self.call(HelperName::StringChar, Type::Value, &[code]);
                Ok(Some(vec![result]))
            }
            "table.insert" if arguments.len() == 2 && actual.is_table() => {
                let (value, value_actual) = arguments.get(1).ok_or(AbortReason::BadOperand)?;
                self.record_append(vm, (text, actual), (value, value_actual))?;
                Ok(Some(Vec::new()))
            }
            _ => Ok(None),
        }
    }
    fn record_byte(
        &mut self,
        text: Ref,
        actual: Value,
        position: Option<(Ref, Value)>,
    ) -> Result<Option<Vec<Ref>>, AbortReason> {
        let length = actual.string_bytes().map_or(0, <[u8]>::len) as i32;
        let one = self.integer(1);
        let (index, number) = match position {
            Some((reference, value)) => {
                let Some(number) = value
                    .as_number()
                    .filter(|number| f64::from(*number as i32) == *number)
                else {
                    return Ok(None);
                };
                (self.integer_of(reference), number as i32)
            }
            None => (one, 1),
        };
        if number < 1 || number > length {
            return Ok(None);
        }
        let loaded = self.load_field(text, Field::StringLength);
        let minus_one = self.integer(-1);
        let zero_based = self.emit(Operation::AddInteger, Type::Integer, &[index, minus_one], 0);
        self.guard2(Operation::UnsignedLess, zero_based, loaded);
        Ok(Some(vec![self.emit(
            Operation::LoadByte,
            Type::Integer,
            &[text, zero_based],
            0,
        )]))
    }
    /// `t[#t + 1] = value` without metamethods.
    fn record_append(&mut self, vm: &Vm, table: (Ref, Value), value: (Ref, Value)) -> Recorded {
        let view = table
            .1
            .as_table()
            .map(TableView::of)
            .ok_or(AbortReason::BadOperand)?;
        if view.is_weak() || value.1.is_nil() {
            return Err(AbortReason::Builtin);
        }
        let body = self.load_field(table.0, Field::TableBody);
        let length = self.load_field(body, Field::ArrayLength);
        let one = self.integer(1);
        let end = self.emit(Operation::AddInteger, Type::Integer, &[length, one], 0);
        let key = view.array_length as i32 + 1;
        if self.set_element(vm, table.0, &view, (end, key), value)? {
            return Ok(());
        }
        self.call(HelperName::RawSet, Type::Value, &[table.0, end, value.0]);
        Ok(())
    }

    // ---- Protected calls ----

    /// `pcall(f, ...)`: its frame stays below that of `f`, whose link says that it is protected.
    fn record_protected_call(
        &mut self,
        vm: &Vm,
        instruction: &Instr,
        base: i32,
        arguments: i32,
    ) -> Recorded {
        if arguments < 1 {
            return Err(AbortReason::BadOperand);
        }
        let actual = self.actual(vm, base);
        let Some(callee) = actual.as_function() else {
            return self.finish_before(instruction);
        };
        if !matches!(
            view::header_of(vm, callee),
            Some(Opcode::FunctionHeader | Opcode::FunctionHeaderVararg)
        ) {
            return self.finish_before(instruction);
        }
        let function = self.read(base);
        self.check(function, actual)?;
        self.guard_callee(function, base, callee);
        let function = self.read(base);
        let mut values = Vec::new();
        for index in 1..arguments {
            values.push(self.read(base + index));
        }
        let link = frame::return_link((instruction.pc + 4) as *const u32);
        let link = self.frame_constant(link);
        self.write(base - 1, link);
        self.write(base, function);
        let protected = self.frame_constant(frame::link(LinkKind::Protected, 2));
        self.write(base + 1, protected);
        for (index, value) in values.into_iter().enumerate() {
            self.write(base + 2 + index as i32, value);
        }
        self.note_calling(instruction, false);
        self.skips_header = true;
        self.enter_later(callee, base + 2, arguments - 1, FrameKind::Protected);
        Ok(())
    }
}

/// How many results a signature promises, if that is certain.
fn result_count(signature: &str) -> Option<i32> {
    if signature.contains(" | (") {
        return None;
    }
    let Some((_, results)) = signature.rsplit_once("->") else {
        return Some(0);
    };
    if results.contains(',') || results.contains("...") || results.contains('?') {
        return None;
    }
    Some(1)
}
