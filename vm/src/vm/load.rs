//! From compiled functions and declarations to function values.

use super::Vm;
use crate::builtin::{ANONYMOUS, Builtin, Entry, NativeFunction};
use crate::bytecode::{CompiledFunction, Constant, Opcode, UpvalueSource};
use crate::call::Raised;
use crate::object::function::NativeData;
use crate::object::{
    Function, ObjectKind, Prototype, PrototypeData, Table, Template, Thread, Upvalue,
};
use crate::value::Value;
use std::rc::Rc;

impl Vm {
    /// Compiles source text; the error value is LuaJIT's message.
    pub fn compile(
        &mut self,
        source: &[u8],
        chunk_name: &[u8],
    ) -> Result<Rc<CompiledFunction>, Raised> {
        match crate::compiler::compile(source, chunk_name) {
            Ok(function) => Ok(function),
            Err(error) => Err(self.raise_message(&error.message)),
        }
    }
    /// Compiles source text to a function value with the global environment.
    pub fn load_source(&mut self, source: &[u8], chunk_name: &[u8]) -> Result<Value, Raised> {
        let compiled = self.compile(source, chunk_name)?;
        self.load_compiled(&compiled)
    }
    /// A function value for a compiled main function (its upvalues, if it has any, start as nil).
    pub fn load_compiled(&mut self, compiled: &Rc<CompiledFunction>) -> Result<Value, Raised> {
        let prototype = self.new_prototype(compiled)?;
        let count = compiled.upvalues.len();
        // SAFETY: I1, I2: everything was just made; no cycle starts before this returns.
        unsafe {
            let code = (*prototype).code;
            let function = self.heap.new_function(
                ObjectKind::LuaFunction,
                code,
                self.current_environment(),
                prototype.cast(),
                count,
            );
            for index in 0..count {
                let upvalue = self
                    .heap
                    .new_upvalue(std::ptr::null_mut(), std::ptr::null_mut());
                (*upvalue).location = &raw mut (*upvalue).closed;
                (*upvalue).header.flags = 0;
                Function::upvalues(function).add(index).write(upvalue);
            }
            Ok(Value::function(function))
        }
    }
    /// The environment that new main functions get: the running thread's.
    pub(crate) fn current_environment(&self) -> *mut Table {
        // SAFETY: I6.
        unsafe { (*self.thread).environment }
    }
    fn new_prototype(&mut self, compiled: &Rc<CompiledFunction>) -> Result<*mut Prototype, Raised> {
        let mut constants = Vec::with_capacity(compiled.constants.len());
        for constant in &compiled.constants {
            constants.push(match constant {
                Constant::Number(number) => Value::number(*number),
                Constant::String(bytes) => self.heap.intern(bytes),
                Constant::Nil => Value::NIL,
                Constant::Boolean(truth) => Value::boolean(*truth),
                other => match self.foreign_constant(other) {
                    Some(value) => value,
                    None => {
                        return Err(self.raise_message(
                            b"64-bit and imaginary number literals need the FFI, which this program runs without",
                        ));
                    }
                },
            });
        }
        let mut children = Vec::with_capacity(compiled.children.len());
        for child in &compiled.children {
            children.push(self.new_prototype(child)?);
        }
        let templates = compiled
            .templates
            .iter()
            .map(|keys| Template {
                keys: keys
                    .iter()
                    .map(|&index| constants[index as usize])
                    .collect(),
                shape: None,
            })
            .collect();
        let mut code: Box<[u32]> = compiled.code.clone().into_boxed_slice();
        prepare_caches(&mut code);
        Ok(self.heap.new_prototype(PrototypeData {
            compiled: compiled.clone(),
            code,
            constants: constants.into_boxed_slice(),
            children,
            templates,
            is_compilation_off: false,
        }))
    }
    /// A closure of child `index` of the function whose frame is at `base`.
    pub(crate) unsafe fn new_closure(&mut self, base: *mut Value, index: usize) -> *mut Function {
        // SAFETY: I5, I6: verified code: the child exists, its sources name registers and upvalues of the parent.
        unsafe {
            let parent = (*base.sub(2)).as_function().unwrap_unchecked();
            let data = (*(*parent).data.cast::<Prototype>()).data;
            let prototype = (&(*data).children)[index];
            // For the trace compiler: whether a closure's identity says more than its code.
            (*prototype).header.small = ((*prototype).header.small + 1).min(3);
            let compiled = &(*(*prototype).data).compiled;
            let count = compiled.upvalues.len();
            let code = (*prototype).code;
            let environment = (*parent).environment;
            let function = self.heap.new_function(
                ObjectKind::LuaFunction,
                code,
                environment,
                prototype.cast(),
                count,
            );
            for (position, source) in compiled.upvalues.iter().enumerate() {
                let upvalue = match *source {
                    UpvalueSource::ParentRegister(register) => {
                        self.find_upvalue(base.add(register as usize))
                    }
                    UpvalueSource::ParentUpvalue(index) => {
                        *Function::upvalues(parent).add(index as usize)
                    }
                };
                Function::upvalues(function).add(position).write(upvalue);
            }
            function
        }
    }
    /// A closure of child `index` of `parent` whose captured registers are closed upvalues holding nil, for compiled code, which
    /// stores their values next.
    ///
    /// # Safety
    /// I1, I6: `parent` is a live Lua function with such a child.
    pub unsafe fn new_closed_closure(
        &mut self,
        parent: *mut Function,
        index: usize,
    ) -> *mut Function {
        // SAFETY: I1, I2, I6: as the caller promised; no cycle starts before this returns.
        unsafe {
            let data = (*(*parent).data.cast::<Prototype>()).data;
            let prototype = (&(*data).children)[index];
            let compiled = &(*(*prototype).data).compiled;
            let function = self.heap.new_function(
                ObjectKind::LuaFunction,
                (*prototype).code,
                (*parent).environment,
                prototype.cast(),
                compiled.upvalues.len(),
            );
            for (position, source) in compiled.upvalues.iter().enumerate() {
                let upvalue = match *source {
                    UpvalueSource::ParentRegister(_) => {
                        let upvalue = self
                            .heap
                            .new_upvalue(std::ptr::null_mut(), std::ptr::null_mut());
                        (*upvalue).location = &raw mut (*upvalue).closed;
                        (*upvalue).header.flags = 0;
                        upvalue
                    }
                    UpvalueSource::ParentUpvalue(index) => {
                        *Function::upvalues(parent).add(index as usize)
                    }
                };
                Function::upvalues(function).add(position).write(upvalue);
            }
            function
        }
    }
    /// The open upvalue for a slot of the running stack, made if there is none.
    unsafe fn find_upvalue(&mut self, slot: *mut Value) -> *mut Upvalue {
        // SAFETY: I5: the list is sorted by address, highest first.
        unsafe {
            let thread: *mut Thread = self.thread;
            let mut link: *mut *mut Upvalue = &raw mut (*thread).open_upvalues;
            while !(*link).is_null() && (**link).location > slot {
                link = &raw mut (**link).next_open;
            }
            if !(*link).is_null() && (**link).location == slot {
                return *link;
            }
            let upvalue = self.heap.new_upvalue(slot, *link);
            *link = upvalue;
            upvalue
        }
    }

    // ---- Builtins ----

    /// A function value for a Rust function; `upvalues` are kept alive with it.
    pub fn new_native_function(
        &mut self,
        entry: NativeFunction,
        builtin: &'static Builtin,
        upvalues: &[Value],
    ) -> Value {
        let data = self.native_data_for(entry, builtin);
        let code = self.header_word(Opcode::FunctionHeaderNative);
        self.new_builtin_function(code, data, upvalues)
    }
    /// A function value without a declaration.
    pub fn new_anonymous_function(&mut self, entry: NativeFunction, upvalues: &[Value]) -> Value {
        self.new_native_function(entry, &ANONYMOUS, upvalues)
    }
    fn native_data_for(
        &mut self,
        entry: NativeFunction,
        builtin: &'static Builtin,
    ) -> *mut NativeData {
        let key = (std::ptr::from_ref(builtin) as usize, entry as usize);
        let data = self
            .native_data
            .entry(key)
            .or_insert_with(|| Box::new(NativeData { entry, builtin }));
        &raw mut **data
    }
    fn new_builtin_function(
        &mut self,
        code: *const u32,
        data: *mut NativeData,
        upvalues: &[Value],
    ) -> Value {
        let environment = self.globals;
        let function = self.heap.new_function(
            ObjectKind::NativeFunction,
            code,
            environment,
            data.cast(),
            upvalues.len(),
        );
        for (index, &value) in upvalues.iter().enumerate() {
            // SAFETY: I2: room for these upvalues was allocated.
            unsafe { Function::native_upvalues(function).add(index).write(value) };
        }
        Value::function(function)
    }
    /// A function value for a builtin that is an instruction of the interpreter.
    pub fn new_header_function(
        &mut self,
        opcode: Opcode,
        builtin: &'static Builtin,
        upvalues: &[Value],
    ) -> Value {
        let data = self.native_data_for(header_only, builtin);
        let code = self.header_word(opcode);
        self.new_builtin_function(code, data, upvalues)
    }
    /// Makes the function of a declaration. `library` is passed to embedded Lua sources.
    pub fn new_builtin(
        &mut self,
        builtin: &'static Builtin,
        library: Value,
    ) -> Result<Value, Raised> {
        match builtin.entry {
            Entry::Native(entry) => Ok(self.new_native_function(entry, builtin, &[])),
            Entry::Header(opcode) => Ok(self.new_header_function(opcode, builtin, &[])),
            Entry::Lua(source) => {
                let chunk = self.load_source(
                    source.as_bytes(),
                    format!("=[builtin:{}]", builtin.short_name()).as_bytes(),
                )?;
                mark_embedded(chunk);
                // No hook of the program sees code that it did not write: sources may be loaded while it runs.
                let was_running = std::mem::replace(&mut self.hooks.is_running, true);
                let results = self.call_function(chunk, &[library]);
                self.hooks.is_running = was_running;
                Ok(results?.first().copied().unwrap_or(Value::NIL))
            }
        }
    }
    /// Puts the functions of a declared library into a table, under their short names.
    pub fn register(&mut self, table: Value, builtins: &'static [Builtin]) -> Result<(), Raised> {
        // Kept alive while embedded sources run.
        let handle = self.new_handle(table);
        for builtin in builtins {
            let function = self.new_builtin(builtin, table);
            match function {
                Ok(function) => self.set_field(table, builtin.short_name(), function),
                Err(raised) => {
                    self.free_handle(handle);
                    return Err(raised);
                }
            }
        }
        self.free_handle(handle);
        Ok(())
    }
}

/// The functions of an embedded source count as builtins for messages and the debug library.
fn mark_embedded(chunk: Value) {
    fn mark(prototype: *mut Prototype) {
        // SAFETY: I1: children of a live prototype are live.
        unsafe {
            (*prototype).is_builtin = true;
            for &child in &(*(*prototype).data).children {
                mark(child);
            }
        }
    }
    let Some(function) = chunk.as_function() else {
        return;
    };
    // SAFETY: I1: the chunk was just loaded.
    if let Some(prototype) = unsafe { Function::prototype(function) } {
        mark(prototype);
    }
}

fn header_only(call: &mut crate::call::Call<'_>) -> crate::call::NativeResult {
    Err(call.error("this builtin is an instruction of the interpreter"))
}

/// Caches start with a shape that no table has.
fn prepare_caches(code: &mut [u32]) {
    let mut index = 0;
    while index < code.len() {
        let Some(opcode) = Opcode::from_word(code[index]) else {
            return;
        };
        if matches!(
            opcode,
            Opcode::GetField
                | Opcode::GetGlobal
                | Opcode::Method
                | Opcode::SetField
                | Opcode::SetGlobal
        ) {
            code[index + 2] = crate::object::shape::NO_SHAPE;
        }
        index += 1 + opcode.extra_words() as usize;
    }
}

impl Vm {
    /// A new coroutine that will run `function`.
    pub fn new_coroutine(&mut self, function: Value) -> Value {
        let environment = self.current_environment();
        let slots = if self.moves_stacks {
            0
        } else {
            crate::object::thread::INITIAL_STACK_SLOTS
        };
        let thread = self.heap.new_thread(slots, environment);
        // SAFETY: I6: a fresh stack has more than two slots.
        unsafe {
            *(*thread).stack = function;
            // The frame is not entered yet: base and top cover the function only.
            *(*thread).stack.add(1) =
                crate::interpreter::frame::link(crate::interpreter::frame::LinkKind::Coroutine, 0);
        }
        Value::thread(thread)
    }
}
