//! `love.thread`: threads with states of their own, and channels between them.
//!
//! Messages are LÖVE's. What crosses is in `parcel`, what a thread's state is made of in `worker`, the queues themselves are
//! [`crate::thread`]. A wait ends when the state is interrupted, so a game that ends takes waiting threads with it.

use super::data_object::{self, FILE_DATA};
use super::filesystem_file::LuaFile;
use super::object::{LoveObject, OBJECT, ObjectType, object, object_type_error, push_object};
use super::parcel::{NotStorable, to_value, to_variant};
use super::{Module, context, worker};
use crate::input::Variant;
use crate::thread::{Channel, Running, Waited};
use parking_lot::Mutex;
use rlove_vm::builtin::{Builtin, Effects};
use rlove_vm::call::{Call, NativeResult, Raised};
use rlove_vm::value::Value;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

/// `love.thread`
pub static MODULE: Module = Module {
    name: "thread",
    functions: FUNCTIONS,
    types: &[&THREAD, &CHANNEL],
};

static FUNCTIONS: &[Builtin] = builtins![
    "love.thread.newThread", "(file: any) -> Thread", "A thread that will run a file, a FileData or code.", Effects::ALLOCATES, new_thread;
    "love.thread.getChannel", "(name: string) -> Channel", "The channel with a name, the same in every thread.", Effects::ALLOCATES, get_channel;
    "love.thread.newChannel", "() -> Channel", "A channel without a name.", Effects::ALLOCATES, new_channel;
];

/// `Thread`
pub static THREAD: ObjectType = ObjectType {
    name: "Thread",
    parent: Some(&OBJECT),
    methods: builtins![
        "Thread:start", "(thread: Thread, ...: any) -> boolean", "Runs the code in a thread of its own.", Effects::WRITES, start;
        "Thread:wait", "(thread: Thread)", "Waits for the thread's end.", Effects::READS, wait;
        "Thread:getError", "(thread: Thread) -> string?", "What the last run failed with.", Effects::READS, get_error;
        "Thread:isRunning", "(thread: Thread) -> boolean", "Whether it runs.", Effects::READS, is_running;
    ],
};

/// `Channel`
pub static CHANNEL: ObjectType = ObjectType {
    name: "Channel",
    parent: Some(&OBJECT),
    methods: builtins![
        "Channel:push", "(channel: Channel, value: any) -> number", "Adds a message; answers its number.", Effects::WRITES, push;
        "Channel:supply", "(channel: Channel, value: any, timeout: number = nil) -> boolean", "Adds a message and waits until it was taken.", Effects::WRITES, supply;
        "Channel:pop", "(channel: Channel) -> any", "Takes the oldest message.", Effects::WRITES, pop;
        "Channel:demand", "(channel: Channel, timeout: number = nil) -> any", "Takes the oldest message, waiting for one.", Effects::WRITES, demand;
        "Channel:peek", "(channel: Channel) -> any", "The oldest message, which stays.", Effects::READS, peek;
        "Channel:getCount", "(channel: Channel) -> integer", "How many messages wait.", Effects::READS, get_count;
        "Channel:hasRead", "(channel: Channel, number: number) -> boolean", "Whether a message was taken.", Effects::READS, has_read;
        "Channel:clear", "(channel: Channel)", "Takes all messages.", Effects::WRITES, clear;
        "Channel:performAtomic", "(channel: Channel, work: function, ...: any) -> ...", "Calls a function while no other thread reaches the channel.", Effects::CALLS_LUA, perform_atomic;
    ],
};

/// A channel in one state.
pub struct ChannelObject(pub Arc<Channel>);

impl LoveObject for ChannelObject {
    fn object_type(&self) -> &'static ObjectType {
        &CHANNEL
    }
    fn shared_address(&self) -> Option<usize> {
        Some(Arc::as_ptr(&self.0) as usize)
    }
}

/// What all states see of one thread.
pub struct ThreadShared {
    chunk_name: String,
    code: Vec<u8>,
    run: Mutex<Option<Arc<Running>>>,
    error: Mutex<Option<Vec<u8>>>,
}

/// A thread in one state.
pub struct ThreadObject(pub Arc<ThreadShared>);

impl LoveObject for ThreadObject {
    fn object_type(&self) -> &'static ObjectType {
        &THREAD
    }
    fn shared_address(&self) -> Option<usize> {
        Some(Arc::as_ptr(&self.0) as usize)
    }
}

impl ThreadShared {
    /// The code and the name under which its errors show it.
    pub fn source(&self) -> (&[u8], &str) {
        (&self.code, &self.chunk_name)
    }

    /// What a run failed with.
    pub fn set_error(&self, message: Vec<u8>) {
        *self.error.lock() = Some(message);
    }

    fn is_running(&self) -> bool {
        self.run.lock().as_ref().is_some_and(|run| !run.is_over())
    }
}

/// Shorter strings without a line break are file names.
const LEAST_CODE_BYTES: usize = 1024;

fn new_thread(call: &mut Call<'_>) -> NativeResult {
    let value = call.argument(1);
    let is_text = value.is_string() || value.is_number();
    let (chunk_name, code) = if is_text {
        let text = call.string(1)?.to_vec();
        if text.len() >= LEAST_CODE_BYTES || text.contains(&b'\n') {
            ("string".to_owned(), text)
        } else {
            let name = call.text(1)?;
            let read = context(call).filesystem.borrow().read(&name);
            match read {
                Ok(bytes) => (name, bytes),
                Err(problem) => return Err(call.error(problem)),
            }
        }
    } else if data_object::data(call.vm, value).is_some() {
        let data = data_object::check_data(call, 1, &FILE_DATA)?;
        (data.file_name().unwrap_or("").to_owned(), data.to_vec())
    } else if object::<LuaFile>(call, 1, "Data").is_err() {
        return Err(object_type_error(call, 1, "Data"));
    } else {
        let file = data_object::file_argument(call, 1)?;
        (file.name, file.bytes)
    };
    let thread = ThreadShared {
        chunk_name,
        code,
        run: Mutex::default(),
        error: Mutex::default(),
    };
    let thread = push_object(call.vm, Rc::new(ThreadObject(Arc::new(thread))));
    call.one(thread)
}

fn get_channel(call: &mut Call<'_>) -> NativeResult {
    let name = call.string(1)?;
    let channel = context(call).hub.channel(name);
    let channel = push_object(call.vm, Rc::new(ChannelObject(channel)));
    call.one(channel)
}

fn new_channel(call: &mut Call<'_>) -> NativeResult {
    let channel = push_object(call.vm, Rc::new(ChannelObject(Arc::default())));
    call.one(channel)
}

fn this_thread(call: &mut Call<'_>) -> Result<Arc<ThreadShared>, Raised> {
    Ok(object::<ThreadObject>(call, 1, "Thread")?.0.clone())
}

fn this_channel(call: &mut Call<'_>) -> Result<Arc<Channel>, Raised> {
    Ok(object::<ChannelObject>(call, 1, "Channel")?.0.clone())
}

/// Argument `index` as a message; `expected` ends LÖVE's sentence for what cannot be one.
fn message(call: &mut Call<'_>, index: u32, expected: &str) -> Result<Variant, Raised> {
    let value = call.argument(index);
    let variant = if call.has_argument(index) {
        to_variant(call.vm, value)
    } else {
        Err(NotStorable::Type)
    };
    match variant {
        Err(NotStorable::Type) => Err(call.argument_error(
            index,
            format!("boolean, number, string, love type, or {expected} expected"),
        )),
        Ok(variant) => Ok(variant),
        Err(NotStorable::Cycle) => Err(call.error("Cycle detected in table")),
    }
}

fn start(call: &mut Call<'_>) -> NativeResult {
    let thread = this_thread(call)?;
    let mut arguments = Vec::new();
    for index in 2..=call.argument_count() {
        arguments.push(message(call, index, "flat table")?);
    }
    let context = context(call);
    if thread.is_running() || context.hub.is_stopping() {
        return call.one(Value::boolean(false));
    }
    let running = Arc::new(Running::default());
    *thread.run.lock() = Some(running.clone());
    *thread.error.lock() = None;
    context.hub.started(running.clone());
    let is_started = worker::start(&context, thread, arguments, running.clone());
    if !is_started {
        running.finish();
    }
    call.one(Value::boolean(is_started))
}

fn wait(call: &mut Call<'_>) -> NativeResult {
    let thread = this_thread(call)?;
    let run = thread.run.lock().clone();
    if let Some(run) = run {
        while !run.wait(Duration::from_millis(20)) {
            call.vm.check_interrupt()?;
        }
    }
    call.none()
}

fn get_error(call: &mut Call<'_>) -> NativeResult {
    let thread = this_thread(call)?;
    let error = thread.error.lock().clone();
    match error {
        Some(error) => call.one_string(error),
        None => call.one(Value::NIL),
    }
}

fn is_running(call: &mut Call<'_>) -> NativeResult {
    let thread = this_thread(call)?;
    call.one(Value::boolean(thread.is_running()))
}

fn push(call: &mut Call<'_>) -> NativeResult {
    let channel = this_channel(call)?;
    let message = message(call, 2, "table")?;
    call.one(channel.push(message) as f64)
}

/// Argument `index` as a time to wait; anything but a number is none.
fn timeout(call: &mut Call<'_>, index: u32) -> Option<Duration> {
    let value = call.argument(index);
    let seconds = call.vm.to_number(value)?;
    // Negative times and NaN are over at once; times beyond the clock never end.
    if seconds.is_nan() || seconds <= 0.0 {
        return Some(Duration::ZERO);
    }
    Duration::try_from_secs_f64(seconds).ok()
}

fn supply(call: &mut Call<'_>) -> NativeResult {
    let channel = this_channel(call)?;
    let message = message(call, 2, "table")?;
    let timeout = timeout(call, 3);
    let waited = {
        let vm = &*call.vm;
        channel.supply(message, timeout, &|| vm.is_interrupted())
    };
    match waited {
        Waited::Done(()) => call.one(Value::boolean(true)),
        Waited::TimedOut => call.one(Value::boolean(false)),
        Waited::Stopped => {
            call.vm.check_interrupt()?;
            call.one(Value::boolean(false))
        }
    }
}

fn answer(call: &mut Call<'_>, message: Option<Variant>) -> NativeResult {
    let value = match message {
        Some(message) => to_value(call.vm, &message)?,
        None => Value::NIL,
    };
    call.one(value)
}

fn pop(call: &mut Call<'_>) -> NativeResult {
    let message = this_channel(call)?.pop();
    answer(call, message)
}

fn demand(call: &mut Call<'_>) -> NativeResult {
    let channel = this_channel(call)?;
    let timeout = timeout(call, 2);
    let waited = {
        let vm = &*call.vm;
        channel.demand(timeout, &|| vm.is_interrupted())
    };
    match waited {
        Waited::Done(message) => answer(call, Some(message)),
        Waited::TimedOut => call.one(Value::NIL),
        Waited::Stopped => {
            call.vm.check_interrupt()?;
            call.one(Value::NIL)
        }
    }
}

fn peek(call: &mut Call<'_>) -> NativeResult {
    let message = this_channel(call)?.peek();
    answer(call, message)
}

fn get_count(call: &mut Call<'_>) -> NativeResult {
    let count = this_channel(call)?.count();
    call.one(count as f64)
}

fn has_read(call: &mut Call<'_>) -> NativeResult {
    let channel = this_channel(call)?;
    let number = call.number(2)?;
    call.one(Value::boolean(channel.has_read(number as u64)))
}

fn clear(call: &mut Call<'_>) -> NativeResult {
    this_channel(call)?.clear();
    call.none()
}

fn perform_atomic(call: &mut Call<'_>) -> NativeResult {
    let channel = this_channel(call)?;
    let work = call.function_argument(2)?;
    let mut arguments = call.arguments();
    arguments.remove(1);
    channel.hold();
    let results = call.call_function(work, &arguments);
    channel.release();
    let results = results?;
    call.many(&results)
}
