//! Calling C functions: Lua arguments → registers and stack → result.
//!
//! Worked example: for `double pow(double, double)` the plan says two float registers and a float result; both arguments are
//! converted to `double`, the stub calls, and the double in the first vector register becomes a Lua number.
//!
//! Invariants: what C gets pointers to (strings, cdata) are arguments of the running builtin, so they stay alive while callbacks run Lua
//! code. `errno` is ours before the call and C's after it: nothing of the machine's own system calls shows.

use crate::abi::{self, CallPlan, Class, Passing};
use crate::call_stub::{self, CallFrame};
use crate::convert::Mode;
use crate::memory::Place;
use crate::plan::{Load, Scalar};
use crate::state::{Ffi, Object};
use crate::sys;
use crate::types::{BOOL, CONST_CHAR_POINTER, DOUBLE, FLOAT, Kind, TypeId, VOID_POINTER};
use rlove_vm::builtin::NativeResult;
use rlove_vm::call::{Call, Raised};
use rlove_vm::value::{Value, ValueType};
use rlove_vm::vm::Vm;
use rustc_hash::FxHashMap;
use std::cell::{Cell, RefCell};
use std::rc::Rc;

/// What calls and callbacks share.
#[derive(Default)]
pub struct CallState {
    plans: RefCell<FxHashMap<u32, Option<Rc<CallPlan>>>>,
    /// The machine, while a C function runs.
    pub(crate) machine: Cell<*mut Vm>,
    /// Index in the table of roots of an error that a callback raised.
    pub(crate) pending_error: Cell<Option<i64>>,
    /// Callbacks of this machine: index of the stub.
    pub(crate) callbacks: RefCell<FxHashMap<usize, crate::callback::Registration>>,
    /// Counts callbacks, so that compiled code sees that one came in.
    pub callback_count: Cell<u64>,
}

/// Distributes words over registers and stack.
struct Arguments {
    frame: CallFrame,
    integer_count: usize,
    float_count: usize,
    stack: Vec<u64>,
}

impl Arguments {
    fn integer(&mut self, word: u64) {
        match self.frame.integers.get_mut(self.integer_count) {
            Some(register) => {
                *register = word;
                self.integer_count += 1;
            }
            None => self.stack.push(word),
        }
    }
    fn float(&mut self, word: u64) {
        match self.frame.floats.get_mut(self.float_count) {
            Some(register) => {
                *register = word;
                self.float_count += 1;
            }
            None => self.stack.push(word),
        }
    }
    /// A Lua number for a parameter that is a number.
    #[inline]
    fn number(&mut self, scalar: Scalar, number: f64) {
        let mut word = 0u64;
        let place = Place::of(&mut word);
        place.write_number(scalar, number);
        match place.read_integer(scalar) {
            Some(extended) => self.integer(extended),
            None => self.float(place.read::<u64>()),
        }
    }
    /// An aggregate goes into registers as a whole or not at all.
    fn words(&mut self, words: &[u64], classes: [Class; 2]) {
        let count = |class| {
            classes[..words.len()]
                .iter()
                .filter(|&&other| other == class)
                .count()
        };
        let fits = self.integer_count + count(Class::Integer) <= abi::INTEGER_REGISTERS
            && self.float_count + count(Class::Float) <= abi::FLOAT_REGISTERS;
        if !fits {
            self.stack.extend_from_slice(words);
            return;
        }
        for (&word, class) in words.iter().zip(classes) {
            match class {
                Class::Integer => self.integer(word),
                Class::Float => self.float(word),
                Class::Empty => {}
            }
        }
    }
    fn memory(&mut self, words: &[u64], alignment: u32) {
        if alignment >= 16 && self.stack.len() % 2 == 1 {
            self.stack.push(0);
        }
        self.stack.extend_from_slice(words);
    }
}

impl Ffi {
    /// The plan for a function type's index.
    pub fn call_plan(&self, function: u32) -> Option<Rc<CallPlan>> {
        if let Some(plan) = self.calls.plans.borrow().get(&function) {
            return plan.clone();
        }
        let mut types = self.types.borrow_mut();
        let function_type = types.function(function).clone();
        let plan = abi::plan_call(&mut types, &function_type).map(Rc::new);
        self.calls.plans.borrow_mut().insert(function, plan.clone());
        plan
    }
    /// The function that a cdata object is or points to: its type's index and its address.
    pub(crate) fn callee(&self, object: Object) -> Option<(u32, usize)> {
        let types = self.types.borrow();
        let mut place = object.place;
        let mut id = object.type_id;
        if let Kind::Reference { target } = types.kind(id) {
            place = place.read_pointer(false);
            id = target;
            if let Kind::Function(index) = types.kind(id) {
                return Some((index, place.address()));
            }
        }
        match types.kind(id) {
            Kind::Function(index) => Some((index, place.read_pointer(false).address())),
            Kind::Pointer { target } => match types.kind(target) {
                Kind::Function(index) => Some((index, place.read_pointer(false).address())),
                _ => None,
            },
            _ => None,
        }
    }
    /// Calls a C function with the running builtin's arguments from the second on.
    pub(crate) fn call_native(
        &self,
        call: &mut Call,
        function: u32,
        address: usize,
    ) -> NativeResult {
        if !call_stub::IS_SUPPORTED {
            return Err(call.error("calling C functions is not supported on this platform yet"));
        }
        let Some(plan) = self.call_plan(function) else {
            return Err(call.error("NYI: cannot call this C function (yet)"));
        };
        let given = call.argument_count() as usize - 1;
        let fixed = plan.parameters.len();
        if given < fixed || given > fixed && !plan.variadic {
            return Err(call.error("wrong number of arguments for function call"));
        }
        let mut arguments = Arguments {
            frame: CallFrame {
                function: address,
                ..CallFrame::default()
            },
            integer_count: 0,
            float_count: 0,
            stack: Vec::new(),
        };
        let mut result_object = None;
        match plan.result {
            Passing::Words(..) | Passing::Memory { .. } => {
                let size = self
                    .types
                    .borrow()
                    .size_bytes(plan.result_type)
                    .unwrap_or(0) as usize;
                let (value, place) = self.new_object(call.vm, plan.result_type, size)?;
                // Kept alive while callbacks run.
                call.push(value);
                if let Passing::Memory { .. } = plan.result {
                    arguments.integer(place.address() as u64);
                }
                result_object = Some((value, place, size));
            }
            _ => {}
        }
        for index in 0..given {
            let value = call.argument(index as u32 + 2);
            let (type_id, passing) = match plan.parameters.get(index) {
                Some(parameter) => {
                    if let (Some(scalar), Some(number)) = (parameter.scalar, value.as_number()) {
                        arguments.number(scalar, number);
                        continue;
                    }
                    (parameter.type_id, parameter.passing)
                }
                None => self.variadic_parameter(value),
            };
            let mode = Mode::argument(index as u32 + 1);
            self.pass(call.vm, &mut arguments, type_id, passing, value, mode)?;
        }
        arguments.frame.float_count = arguments.float_count as u64;
        arguments.frame.stack = arguments.stack.as_ptr() as usize;
        arguments.frame.stack_words = arguments.stack.len() as u64;
        self.enter(call.vm, &mut arguments.frame)?;
        self.take_result(call, &plan, &arguments.frame, result_object)
    }
    /// The Lua value of what a C function returned.
    fn take_result(
        &self,
        call: &mut Call,
        plan: &CallPlan,
        frame: &CallFrame,
        result_object: Option<(Value, Place, usize)>,
    ) -> NativeResult {
        let mut result = [0u64; 2];
        match plan.result {
            Passing::Void => call.none(),
            Passing::Integer => {
                result[0] = frame.result_integers[0];
                self.simple_result(call, plan, &mut result[0])
            }
            Passing::Float => {
                result[0] = frame.result_floats[0];
                self.simple_result(call, plan, &mut result[0])
            }
            Passing::Words(classes, count) => {
                let (mut integers, mut floats) = (0, 0);
                for (word, class) in result.iter_mut().zip(classes).take(count as usize) {
                    if class == Class::Integer {
                        *word = frame.result_integers[integers];
                        integers += 1;
                    } else {
                        *word = frame.result_floats[floats];
                        floats += 1;
                    }
                }
                let Some((value, place, size)) = result_object else {
                    return call.none();
                };
                place.copy_from(Place::of(&mut result[0]), size.min(8));
                if size > 8 {
                    place
                        .offset(8)
                        .copy_from(Place::of(&mut result[1]), size.min(16) - 8);
                }
                call.one(value)
            }
            Passing::Memory { .. } => match result_object {
                Some((value, ..)) => call.one(value),
                None => call.none(),
            },
        }
    }
    fn simple_result(&self, call: &mut Call, plan: &CallPlan, word: &mut u64) -> NativeResult {
        let place = Place::of(word);
        match plan.result_load {
            Load::Number(Scalar::Bool8 | Scalar::Bool32) => {}
            Load::Number(scalar) => {
                return call.one(Value::from_foreign_number(place.read_scalar(scalar)));
            }
            _ => {}
        }
        let value = self.load_value(call.vm, plan.result_type, place)?;
        call.one(value)
    }
    /// Converts an argument and puts it where it belongs.
    fn pass(
        &self,
        vm: &mut Vm,
        arguments: &mut Arguments,
        type_id: TypeId,
        passing: Passing,
        value: Value,
        mode: Mode,
    ) -> Result<(), Raised> {
        match passing {
            Passing::Void => Ok(()),
            Passing::Integer => {
                let mut word = 0u64;
                let place = Place::of(&mut word);
                self.store_value(vm, type_id, place, 8, value, mode)?;
                let extended = {
                    let types = self.types.borrow();
                    let scalar = crate::plan::scalar(types.get(types.resolve_enum(type_id)));
                    scalar.and_then(|scalar| place.read_integer(scalar))
                };
                arguments.integer(extended.unwrap_or_else(|| place.read::<u64>()));
                Ok(())
            }
            Passing::Float => {
                let mut word = 0u64;
                let place = Place::of(&mut word);
                self.store_value(vm, type_id, place, 8, value, mode)?;
                arguments.float(place.read::<u64>());
                Ok(())
            }
            Passing::Words(classes, count) => {
                let words = self.aggregate(vm, type_id, 8 * count as usize, value, mode)?;
                arguments.words(&words, classes);
                Ok(())
            }
            Passing::Memory { size, alignment } => {
                let words = self.aggregate(vm, type_id, size as usize, value, mode)?;
                arguments.memory(&words, alignment);
                Ok(())
            }
        }
    }
    fn aggregate(
        &self,
        vm: &mut Vm,
        type_id: TypeId,
        bytes: usize,
        value: Value,
        mode: Mode,
    ) -> Result<Vec<u64>, Raised> {
        let mut words = vec![0u64; bytes.div_ceil(8).max(1)];
        let size = self.types.borrow().size_bytes(type_id).unwrap_or(0) as usize;
        self.store_value(vm, type_id, Place::of(&mut words[0]), size, value, mode)?;
        Ok(words)
    }
    /// The type that an argument behind the declared ones is passed as.
    fn variadic_parameter(&self, value: Value) -> (TypeId, Passing) {
        let type_id = match value.value_type() {
            ValueType::Number => DOUBLE,
            ValueType::String => CONST_CHAR_POINTER,
            ValueType::Boolean => BOOL,
            ValueType::CData => match Object::of(value) {
                Some(object) => self.variadic_type(object.type_id),
                None => VOID_POINTER,
            },
            _ => VOID_POINTER,
        };
        let passing = abi::passing(&self.types.borrow(), type_id);
        (type_id, passing.unwrap_or(Passing::Integer))
    }
    fn variadic_type(&self, id: TypeId) -> TypeId {
        let mut types = self.types.borrow_mut();
        match types.kind(id) {
            Kind::Array { element, .. } => types.pointer_to(element),
            Kind::Reference { target } => match types.kind(target) {
                Kind::Array { element, .. } => types.pointer_to(element),
                _ => types.pointer_to(target),
            },
            Kind::Record(_) | Kind::Function(_) => types.pointer_to(id),
            _ if types.raw(id) == FLOAT => DOUBLE,
            _ => types.raw(id),
        }
    }
    /// Calls through the stub, with `errno` and callbacks in order.
    fn enter(&self, vm: &mut Vm, frame: &mut CallFrame) -> Result<(), Raised> {
        let outer = self.calls.machine.replace(vm as *mut Vm);
        let waiting = crate::callback::begin_call(self);
        sys::set_errno(self.errno.get());
        // SAFETY: I14: the program declared the function so; I16: callbacks find the machine while it waits here.
        unsafe { call_stub::enter(frame) };
        self.errno.set(sys::errno());
        self.calls.machine.set(outer);
        crate::callback::end_call(waiting);
        match self.calls.pending_error.take() {
            Some(index) => {
                let error = self.rooted(vm, index);
                self.unroot(vm, index);
                Err(vm.raise_value(error))
            }
            None => Ok(()),
        }
    }
}
