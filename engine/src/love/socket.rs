//! `require "socket"`: luasocket's TCP and UDP on the standard library's sockets.
//!
//! ```text
//! socket.rs             objects: tcp{master}, tcp{client}, tcp{server}, udp; results and messages as luasocket gives them
//! luasocket/socket.lua  connect, bind, select, sources and sinks
//! luasocket/*.lua       socket.http, socket.url, socket.headers, ltn12, mime
//! ```
//!
//! Sockets never block longer than their timeout, and a wait ends when the state is interrupted. `select` looks at each socket in
//! turn and sleeps a millisecond between rounds. Not here: `socket.ftp`, `socket.smtp` and unix sockets: their functions raise that they are
//! missing.

use super::BY_EFFECTS;
use super::object::{LoveObject, ObjectType, object, push_object};
use rlove_vm::builtin::{Builtin, Effects};
use rlove_vm::call::{Call, NativeResult, Raised};
use rlove_vm::value::Value;
use rlove_vm::vm::Vm;
use std::cell::{Cell, RefCell};
use std::io::{ErrorKind, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream, ToSocketAddrs, UdpSocket};
use std::rc::Rc;
use std::time::{Duration, Instant};

/// A socket that nobody waits on forever: each wait is at most this long, then interrupts are looked at.
const LOOK: Duration = Duration::from_millis(1);

enum Kind {
    /// Neither connected nor listening.
    Master,
    Server(TcpListener),
    Client(TcpStream),
    Udp(UdpSocket, Option<SocketAddr>),
    Closed,
}

/// One socket.
struct Socket {
    kind: RefCell<Kind>,
    /// Bytes that were received and not asked for yet.
    buffer: RefCell<Vec<u8>>,
    /// Seconds that an operation waits; `None` is for ever.
    timeout: Cell<Option<f64>>,
    is_udp: bool,
    moved: Cell<(u64, u64)>,
    born: Instant,
}

static TCP: ObjectType = ObjectType {
    name: "tcp",
    parent: None,
    methods: builtins![
        "tcp:bind", "(socket: any, host: string, port: any) -> any, string?", "Takes an address.", Effects::WRITES, bind;
        "tcp:listen", "(socket: any, backlog: integer = 32) -> any, string?", "Waits for clients.", Effects::WRITES, listen;
        "tcp:accept", "(socket: any) -> any, string?", "The next client.", Effects::WRITES, accept;
        "tcp:connect", "(socket: any, host: string, port: any) -> any, string?", "Connects to a server.", Effects::WRITES, connect;
        "tcp:send", "(socket: any, data: string, first: integer = 1, last: integer = -1) -> any, string?, integer?", "Sends bytes.", Effects::WRITES, send;
        "tcp:receive", "(socket: any, pattern: any = nil, prefix: string = nil) -> any, string?, string?", "Receives bytes.", Effects::WRITES, receive;
        "tcp:shutdown", "(socket: any, mode: string = nil) -> integer", "Ends one direction or both.", Effects::WRITES, shutdown;
        "tcp:close", "(socket: any) -> integer", "Closes the socket.", Effects::WRITES, close;
        "tcp:settimeout", "(socket: any, seconds: number = nil, mode: string = nil) -> integer", "How long operations wait.", Effects::WRITES, set_timeout;
        "tcp:gettimeout", "(socket: any) -> number", "How long operations wait.", Effects::READS, get_timeout;
        "tcp:setoption", "(socket: any, name: string, value: any = nil) -> any, string?", "Sets an option.", Effects::WRITES, set_option;
        "tcp:getpeername", "(socket: any) -> string?, any", "Address of the other end.", Effects::READS, get_peer_name;
        "tcp:getsockname", "(socket: any) -> string?, any", "Address of this end.", Effects::READS, get_socket_name;
        "tcp:getstats", "(socket: any) -> integer, integer, number", "Bytes received and sent, and the age.", Effects::READS, get_stats;
        "tcp:dirty", "(socket: any) -> boolean", "Whether there are received bytes.", Effects::READS, dirty;
        "tcp:getfd", "(socket: any) -> integer", "Always -1.", Effects::READS, get_fd;
        "tcp:_isready", "(socket: any, writes: boolean) -> boolean", "For select.", Effects::READS, is_ready;
    ],
};

static UDP: ObjectType = ObjectType {
    name: "udp",
    parent: None,
    methods: builtins![
        "udp:setsockname", "(socket: any, host: string, port: any) -> any, string?", "Takes an address.", Effects::WRITES, bind;
        "udp:setpeername", "(socket: any, host: string, port: any = nil) -> any, string?", "Sends to one address only.", Effects::WRITES, set_peer_name;
        "udp:send", "(socket: any, data: string) -> any, string?", "Sends a datagram.", Effects::WRITES, udp_send;
        "udp:sendto", "(socket: any, data: string, host: string, port: any) -> any, string?", "Sends a datagram.", Effects::WRITES, udp_send_to;
        "udp:receive", "(socket: any, size: integer = nil) -> any, string?", "Receives a datagram.", Effects::WRITES, udp_receive;
        "udp:receivefrom", "(socket: any, size: integer = nil) -> any, any, any", "Receives a datagram and who sent it.", Effects::WRITES, udp_receive_from;
        "udp:close", "(socket: any) -> integer", "Closes the socket.", Effects::WRITES, close;
        "udp:settimeout", "(socket: any, seconds: number = nil, mode: string = nil) -> integer", "How long operations wait.", Effects::WRITES, set_timeout;
        "udp:gettimeout", "(socket: any) -> number", "How long operations wait.", Effects::READS, get_timeout;
        "udp:setoption", "(socket: any, name: string, value: any = nil) -> any, string?", "Sets an option.", Effects::WRITES, set_option;
        "udp:getpeername", "(socket: any) -> string?, any", "Address of the other end.", Effects::READS, get_peer_name;
        "udp:getsockname", "(socket: any) -> string?, any", "Address of this end.", Effects::READS, get_socket_name;
        "udp:getfd", "(socket: any) -> integer", "Always -1.", Effects::READS, get_fd;
        "udp:_isready", "(socket: any, writes: boolean) -> boolean", "For select.", Effects::READS, is_ready;
    ],
};

static FUNCTIONS: &[Builtin] = builtins![
    "socket.tcp", "() -> any", "A TCP socket.", Effects::ALLOCATES, new_tcp;
    "socket.tcp4", "() -> any", "A TCP socket.", Effects::ALLOCATES, new_tcp;
    "socket.udp", "() -> any", "A UDP socket.", Effects::ALLOCATES, new_udp;
    "socket.udp4", "() -> any", "A UDP socket.", Effects::ALLOCATES, new_udp;
    "socket.gettime", "() -> number", "Seconds since 1970.", Effects::READS, get_time;
    "socket.sleep", "(seconds: number)", "Waits.", Effects::READS, sleep;
    "socket._resolve", "(host: string) -> string?, any", "The address of a name.", Effects::READS, resolve_name;
];

impl LoveObject for Socket {
    fn object_type(&self) -> &'static ObjectType {
        if self.is_udp { &UDP } else { &TCP }
    }
}

const LUA: &str = include_str!("luasocket/socket.lua");

static LOADER: Builtin = Builtin::native(
    "socket.load",
    "() -> table",
    "Makes the table for require.",
    Effects::WRITES,
    BY_EFFECTS,
    load,
);

/// The modules that are Lua alone.
static LUA_MODULES: &[(&str, &str)] = &[
    ("ltn12", include_str!("luasocket/ltn12.lua")),
    ("mime", include_str!("luasocket/mime.lua")),
    ("mime.core", include_str!("luasocket/mime.lua")),
    ("socket.headers", include_str!("luasocket/headers.lua")),
    ("socket.http", include_str!("luasocket/http.lua")),
    ("socket.url", include_str!("luasocket/url.lua")),
];

/// What luasocket has besides and rlove lacks: modules that load, and whose functions raise that they are missing.
const MISSING: &[(&str, &[&str])] = &[
    ("socket.ftp", &["get", "put", "command", "open"]),
    ("socket.smtp", &["send", "message", "open"]),
    ("socket.tp", &["connect"]),
    ("socket.unix", &["stream", "dgram"]),
    ("socket.serial", &["open"]),
];

/// Answers the table that its closure holds.
fn load_missing(call: &mut Call<'_>) -> NativeResult {
    let table = call.upvalue(0);
    call.one(table)
}

/// Makes `require "socket"` and its modules work.
pub fn install(vm: &mut Vm) -> Result<(), Raised> {
    let globals = vm.globals();
    let package = vm.field(globals, "package");
    let preload = vm.field(package, "preload");
    for name in ["socket", "socket.core"] {
        let loader = vm.new_native_function(load, &LOADER, &[]);
        vm.set_field(preload, name, loader);
    }
    for (name, source) in LUA_MODULES {
        let chunk = vm.load_source(source.as_bytes(), format!("=[{name}]").as_bytes())?;
        let globals = vm.globals();
        let package = vm.field(globals, "package");
        let preload = vm.field(package, "preload");
        vm.set_field(preload, name, chunk);
    }
    for (name, functions) in MISSING {
        let table = vm.new_table();
        let globals = vm.globals();
        let package = vm.field(globals, "package");
        let preload = vm.field(package, "preload");
        let loader = vm.new_native_function(load_missing, &LOADER, &[table]);
        vm.set_field(preload, name, loader);
        for function in *functions {
            let missing = super::missing::function(vm, &format!("{name}.{function}"));
            vm.set_field(table, function, missing);
        }
    }
    Ok(())
}

fn load(call: &mut Call<'_>) -> NativeResult {
    let table = call.vm.new_table();
    call.push(table);
    call.vm.register(table, FUNCTIONS)?;
    let chunk = call.vm.load_source(LUA.as_bytes(), b"=[socket]")?;
    call.call_function(chunk, &[table])?;
    call.one(table)
}

fn new_socket(call: &mut Call<'_>, kind: Kind, is_udp: bool) -> Value {
    let socket = Socket {
        kind: RefCell::new(kind),
        buffer: RefCell::default(),
        timeout: Cell::new(None),
        is_udp,
        moved: Cell::new((0, 0)),
        born: Instant::now(),
    };
    push_object(call.vm, Rc::new(socket))
}

fn new_tcp(call: &mut Call<'_>) -> NativeResult {
    let socket = new_socket(call, Kind::Master, false);
    call.one(socket)
}

fn new_udp(call: &mut Call<'_>) -> NativeResult {
    match UdpSocket::bind("0.0.0.0:0").and_then(|socket| {
        socket.set_nonblocking(true)?;
        Ok(socket)
    }) {
        Ok(udp) => {
            let socket = new_socket(call, Kind::Udp(udp, None), true);
            call.one(socket)
        }
        Err(problem) => call.nil_and_message(describe(&problem)),
    }
}

fn this(call: &mut Call<'_>) -> Result<Rc<Socket>, Raised> {
    let name = match super::object::handle_of(call.vm, call.argument(1)) {
        Some(handle) => handle.object_type().name,
        None => "tcp",
    };
    object::<Socket>(call, 1, name)
}

/// luasocket's words for an error.
fn describe(problem: &std::io::Error) -> &'static str {
    match problem.kind() {
        ErrorKind::ConnectionRefused => "connection refused",
        ErrorKind::ConnectionReset
        | ErrorKind::BrokenPipe
        | ErrorKind::UnexpectedEof
        | ErrorKind::NotConnected => "closed",
        ErrorKind::AddrInUse => "address already in use",
        ErrorKind::AddrNotAvailable => "cannot assign requested address",
        ErrorKind::PermissionDenied => "permission denied",
        ErrorKind::WouldBlock | ErrorKind::TimedOut => "timeout",
        _ => "network error",
    }
}

/// Does `work` until it no longer would block, the time is over or the state is interrupted.
fn patiently<T>(
    call: &mut Call<'_>,
    timeout: Option<f64>,
    mut work: impl FnMut() -> std::io::Result<T>,
) -> Result<std::io::Result<T>, Raised> {
    let end = timeout
        .and_then(|seconds| Duration::try_from_secs_f64(seconds.max(0.0)).ok())
        .and_then(|timeout| Instant::now().checked_add(timeout));
    loop {
        match work() {
            Err(problem) if problem.kind() == ErrorKind::WouldBlock => {
                if end.is_some_and(|end| Instant::now() >= end) {
                    return Ok(Err(problem));
                }
                call.vm.check_interrupt()?;
                std::thread::sleep(LOOK);
            }
            Err(problem) if problem.kind() == ErrorKind::Interrupted => {}
            other => return Ok(other),
        }
    }
}

/// Host and port at `index` and behind it as an address of version 4.
fn address(call: &mut Call<'_>, index: u32) -> Result<Option<SocketAddr>, Raised> {
    let host = call.text(index)?;
    let port = call.text(index + 1)?.parse::<u16>().unwrap_or(0);
    let host = if host == "*" {
        "0.0.0.0".to_owned()
    } else {
        host
    };
    let found = (host.as_str(), port).to_socket_addrs();
    Ok(found
        .ok()
        .and_then(|mut list| list.find(SocketAddr::is_ipv4)))
}

const NOT_FOUND: &str = "host not found";

fn bind(call: &mut Call<'_>) -> NativeResult {
    let this = this(call)?;
    let Some(address) = address(call, 2)? else {
        return call.nil_and_message(NOT_FOUND);
    };
    let made = if this.is_udp {
        UdpSocket::bind(address).and_then(|udp| {
            udp.set_nonblocking(true)?;
            Ok(Kind::Udp(udp, None))
        })
    } else {
        TcpListener::bind(address).and_then(|listener| {
            listener.set_nonblocking(true)?;
            Ok(Kind::Server(listener))
        })
    };
    match made {
        Ok(kind) => {
            *this.kind.borrow_mut() = kind;
            call.one(1.0)
        }
        Err(problem) => call.nil_and_message(describe(&problem)),
    }
}

fn listen(call: &mut Call<'_>) -> NativeResult {
    let this = this(call)?;
    let is_server = matches!(*this.kind.borrow(), Kind::Server(_));
    if is_server {
        call.one(1.0)
    } else {
        call.nil_and_message("not bound")
    }
}

fn accept(call: &mut Call<'_>) -> NativeResult {
    let this = this(call)?;
    let accepted = patiently(call, this.timeout.get(), || match &*this.kind.borrow() {
        Kind::Server(listener) => listener.accept().map(|(client, _)| client),
        _ => Err(ErrorKind::NotConnected.into()),
    })?;
    match accepted.and_then(|client| {
        client.set_nonblocking(true)?;
        Ok(client)
    }) {
        Ok(client) => {
            let socket = new_socket(call, Kind::Client(client), false);
            call.one(socket)
        }
        Err(problem) => call.nil_and_message(describe(&problem)),
    }
}

/// How long a connection may take when the socket should not wait at all: the standard library has no half-open ones.
const LEAST_CONNECT: Duration = Duration::from_millis(250);

fn connect(call: &mut Call<'_>) -> NativeResult {
    let this = this(call)?;
    let Some(address) = address(call, 2)? else {
        return call.nil_and_message(NOT_FOUND);
    };
    let connected = match this.timeout.get() {
        None => TcpStream::connect(address),
        Some(seconds) => {
            let wait = Duration::try_from_secs_f64(seconds.max(0.0)).unwrap_or(LEAST_CONNECT);
            TcpStream::connect_timeout(&address, wait.max(LEAST_CONNECT))
        }
    };
    match connected.and_then(|client| {
        client.set_nonblocking(true)?;
        Ok(client)
    }) {
        Ok(client) => {
            *this.kind.borrow_mut() = Kind::Client(client);
            call.one(1.0)
        }
        Err(problem) => call.nil_and_message(describe(&problem)),
    }
}

fn send(call: &mut Call<'_>) -> NativeResult {
    let this = this(call)?;
    let data = call.string(2)?.to_vec();
    let length = data.len() as i64;
    let place = |index: i64| if index < 0 { length + index + 1 } else { index };
    let first = place(if call.argument(3).is_nil() {
        1
    } else {
        call.integer64(3)?
    })
    .max(1);
    let last = place(if call.argument(4).is_nil() {
        -1
    } else {
        call.integer64(4)?
    })
    .min(length);
    let mut sent = first - 1;
    while sent < last {
        let part = &data[sent as usize..last as usize];
        let written = patiently(call, this.timeout.get(), || match &*this.kind.borrow() {
            Kind::Client(client) => (&mut &*client).write(part),
            _ => Err(ErrorKind::NotConnected.into()),
        })?;
        match written {
            Ok(count) => sent += count as i64,
            Err(problem) => {
                let message = call.new_string(describe(&problem).as_bytes())?;
                return call.many(&[Value::NIL, message, Value::number(sent as f64)]);
            }
        }
    }
    let (received, all) = this.moved.get();
    this.moved
        .set((received, all + (last - first + 1).max(0) as u64));
    call.many(&[Value::number(sent as f64), Value::NIL, Value::NIL])
}

/// Received bytes as luasocket answers them, with two nils behind.
fn answer_received(call: &mut Call<'_>, bytes: &[u8]) -> NativeResult {
    let bytes = call.new_string(bytes)?;
    call.many(&[bytes, Value::NIL, Value::NIL])
}

/// What `receive` waits for.
enum Pattern {
    Line,
    All,
    Count(usize),
}

/// Takes what the pattern wants from the buffer; `None` if it is not all there.
fn take(buffer: &mut Vec<u8>, pattern: &Pattern, missing: usize) -> Option<Vec<u8>> {
    match pattern {
        Pattern::All => None,
        Pattern::Count(_) => (buffer.len() >= missing).then(|| buffer.drain(..missing).collect()),
        Pattern::Line => {
            let end = buffer.iter().position(|&byte| byte == b'\n')?;
            let mut line: Vec<u8> = buffer.drain(..=end).collect();
            line.retain(|&byte| byte != b'\r' && byte != b'\n');
            Some(line)
        }
    }
}

fn receive(call: &mut Call<'_>) -> NativeResult {
    let this = this(call)?;
    let argument = call.argument(2);
    let pattern = if argument.is_nil() {
        Pattern::Line
    } else if argument.is_number() {
        Pattern::Count(usize::try_from(call.integer64(2)?).unwrap_or(0))
    } else {
        match call
            .string(2)?
            .trim_ascii_start()
            .strip_prefix(b"*")
            .unwrap_or(b"?")
        {
            [b'l', ..] => Pattern::Line,
            [b'a', ..] => Pattern::All,
            _ => return Err(call.argument_error(2, "invalid receive pattern")),
        }
    };
    let prefix = call.optional_string(3)?.unwrap_or(b"").to_vec();
    let missing = match pattern {
        Pattern::Count(count) => count.saturating_sub(prefix.len()),
        _ => 0,
    };
    let end = this.timeout.get();
    loop {
        let taken = take(&mut this.buffer.borrow_mut(), &pattern, missing);
        if let Some(taken) = taken {
            let mut answer = prefix;
            answer.extend(taken);
            return answer_received(call, &answer);
        }
        let mut chunk = [0; 8192];
        let got = patiently(call, end, || match &*this.kind.borrow() {
            Kind::Client(client) => (&mut &*client).read(&mut chunk),
            _ => Err(ErrorKind::NotConnected.into()),
        })?;
        match got {
            Ok(count) if count > 0 => {
                this.buffer.borrow_mut().extend_from_slice(&chunk[..count]);
                let (received, sent) = this.moved.get();
                this.moved.set((received + count as u64, sent));
            }
            other => {
                let mut partial = prefix;
                partial.extend(this.buffer.borrow_mut().drain(..));
                let is_end = other.is_ok();
                if matches!(pattern, Pattern::Line) {
                    partial.retain(|&byte| byte != b'\r');
                }
                if is_end && matches!(pattern, Pattern::All) {
                    return answer_received(call, &partial);
                }
                let message = match &other {
                    Ok(_) => "closed",
                    Err(problem) => describe(problem),
                };
                let message = call.new_string(message.as_bytes())?;
                let partial = call.new_string(&partial)?;
                return call.many(&[Value::NIL, message, partial]);
            }
        }
    }
}

fn shutdown(call: &mut Call<'_>) -> NativeResult {
    let this = this(call)?;
    let how = match call.optional_string(2)?.unwrap_or(b"both") {
        b"send" => Shutdown::Write,
        b"receive" => Shutdown::Read,
        _ => Shutdown::Both,
    };
    if let Kind::Client(client) = &*this.kind.borrow() {
        // Whatever is wrong with it, it is not open any more.
        let _ = client.shutdown(how);
    }
    call.one(1.0)
}

fn close(call: &mut Call<'_>) -> NativeResult {
    let this = this(call)?;
    *this.kind.borrow_mut() = Kind::Closed;
    call.one(1.0)
}

fn set_timeout(call: &mut Call<'_>) -> NativeResult {
    let this = this(call)?;
    let seconds = if call.argument(2).is_nil() {
        -1.0
    } else {
        call.number(2)?
    };
    this.timeout.set((seconds >= 0.0).then_some(seconds));
    call.one(1.0)
}

fn get_timeout(call: &mut Call<'_>) -> NativeResult {
    let seconds = this(call)?.timeout.get().unwrap_or(-1.0);
    call.one(seconds)
}

fn set_option(call: &mut Call<'_>) -> NativeResult {
    let this = this(call)?;
    let name = call.text(2)?;
    let value = call.truth(3);
    let done = match (&*this.kind.borrow(), name.as_str()) {
        (Kind::Client(client), "tcp-nodelay") => client.set_nodelay(value),
        (Kind::Udp(udp, _), "broadcast") => udp.set_broadcast(value),
        // The standard library sets this for servers on its own, and the rest changes nothing for games.
        (_, "reuseaddr" | "reuseport" | "keepalive" | "linger" | "tcp-nodelay" | "dontroute") => {
            Ok(())
        }
        _ => return Err(call.argument_error(2, format!("unsupported option `{name}'"))),
    };
    match done {
        Ok(()) => call.one(1.0),
        Err(problem) => call.nil_and_message(describe(&problem)),
    }
}

fn answer_address(
    call: &mut Call<'_>,
    address: std::io::Result<SocketAddr>,
    is_number: bool,
) -> NativeResult {
    match address {
        Ok(address) => {
            let host = call.new_string(address.ip().to_string().as_bytes())?;
            let port = if is_number {
                Value::number(f64::from(address.port()))
            } else {
                call.new_string(address.port().to_string().as_bytes())?
            };
            let family = call.new_string(b"inet")?;
            call.many(&[host, port, family])
        }
        Err(problem) => call.nil_and_message(describe(&problem)),
    }
}

fn get_peer_name(call: &mut Call<'_>) -> NativeResult {
    let this = this(call)?;
    let address = match &*this.kind.borrow() {
        Kind::Client(client) => client.peer_addr(),
        Kind::Udp(_, Some(peer)) => Ok(*peer),
        _ => Err(ErrorKind::NotConnected.into()),
    };
    answer_address(call, address, true)
}

fn get_socket_name(call: &mut Call<'_>) -> NativeResult {
    let this = this(call)?;
    let address = match &*this.kind.borrow() {
        Kind::Client(client) => client.local_addr(),
        Kind::Server(listener) => listener.local_addr(),
        Kind::Udp(udp, _) => udp.local_addr(),
        _ => Err(ErrorKind::NotConnected.into()),
    };
    answer_address(call, address, false)
}

fn get_stats(call: &mut Call<'_>) -> NativeResult {
    let this = this(call)?;
    let (received, sent) = this.moved.get();
    let age = this.born.elapsed().as_secs_f64();
    call.many(&[
        Value::number(received as f64),
        Value::number(sent as f64),
        Value::number(age),
    ])
}

fn dirty(call: &mut Call<'_>) -> NativeResult {
    let is_dirty = !this(call)?.buffer.borrow().is_empty();
    call.one(Value::boolean(is_dirty))
}

fn get_fd(call: &mut Call<'_>) -> NativeResult {
    this(call)?;
    call.one(-1.0)
}

/// Whether an operation would not block. A server with a waiting client cannot be asked without taking it, so it is ready
/// when asked about.
fn is_ready(call: &mut Call<'_>) -> NativeResult {
    let this = this(call)?;
    let writes = call.truth(2);
    let would_block = |result: std::io::Result<usize>| matches!(result, Err(problem) if problem.kind() == ErrorKind::WouldBlock);
    let is_ready = match &*this.kind.borrow() {
        _ if writes || !this.buffer.borrow().is_empty() => true,
        Kind::Client(client) => !would_block(client.peek(&mut [0])),
        Kind::Udp(udp, _) => !would_block(udp.peek(&mut [0])),
        _ => true,
    };
    call.one(Value::boolean(is_ready))
}

fn set_peer_name(call: &mut Call<'_>) -> NativeResult {
    let this = this(call)?;
    let peer = if call.text(2)? == "*" {
        None
    } else {
        match address(call, 2)? {
            Some(address) => Some(address),
            None => return call.nil_and_message(NOT_FOUND),
        }
    };
    if let Kind::Udp(_, known) = &mut *this.kind.borrow_mut() {
        *known = peer;
    }
    call.one(1.0)
}

fn send_datagram(call: &mut Call<'_>, this: &Socket, to: Option<SocketAddr>) -> NativeResult {
    let data = call.string(2)?.to_vec();
    let sent = patiently(call, this.timeout.get(), || {
        match (&*this.kind.borrow(), to) {
            (Kind::Udp(udp, _), Some(to)) => udp.send_to(&data, to),
            (Kind::Udp(udp, Some(peer)), None) => udp.send_to(&data, peer),
            _ => Err(ErrorKind::NotConnected.into()),
        }
    })?;
    match sent {
        Ok(count) => call.one(count as f64),
        Err(problem) => call.nil_and_message(describe(&problem)),
    }
}

fn udp_send(call: &mut Call<'_>) -> NativeResult {
    let this = this(call)?;
    send_datagram(call, &this, None)
}

fn udp_send_to(call: &mut Call<'_>) -> NativeResult {
    let this = this(call)?;
    let Some(to) = address(call, 3)? else {
        return call.nil_and_message(NOT_FOUND);
    };
    send_datagram(call, &this, Some(to))
}

/// The next datagram, from the peer if there is one.
fn next_datagram(
    call: &mut Call<'_>,
    this: &Socket,
) -> Result<std::io::Result<(Vec<u8>, SocketAddr)>, Raised> {
    let size = call.optional_number(2, 8192.0)?.clamp(0.0, 65_536.0) as usize;
    patiently(call, this.timeout.get(), || {
        let mut bytes = vec![0; size.max(1)];
        let Kind::Udp(udp, peer) = &*this.kind.borrow() else {
            return Err(ErrorKind::NotConnected.into());
        };
        loop {
            let (count, from) = udp.recv_from(&mut bytes)?;
            if peer.is_none_or(|peer| peer == from) {
                bytes.truncate(count.min(size));
                return Ok((bytes, from));
            }
        }
    })
}

fn udp_receive(call: &mut Call<'_>) -> NativeResult {
    let this = this(call)?;
    match next_datagram(call, &this)? {
        Ok((bytes, _)) => call.one_string(bytes),
        Err(problem) => call.nil_and_message(describe(&problem)),
    }
}

fn udp_receive_from(call: &mut Call<'_>) -> NativeResult {
    let this = this(call)?;
    match next_datagram(call, &this)? {
        Ok((bytes, from)) => {
            let bytes = call.new_string(&bytes)?;
            let host = call.new_string(from.ip().to_string().as_bytes())?;
            call.many(&[bytes, host, Value::number(f64::from(from.port()))])
        }
        Err(problem) => call.nil_and_message(describe(&problem)),
    }
}

fn get_time(call: &mut Call<'_>) -> NativeResult {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    call.one(since.map_or(0.0, |since| since.as_secs_f64()))
}

fn sleep(call: &mut Call<'_>) -> NativeResult {
    let seconds = call.number(1)?;
    let wait = Duration::try_from_secs_f64(seconds.max(0.0)).unwrap_or(Duration::MAX);
    let start = Instant::now();
    while start.elapsed() < wait {
        call.vm.check_interrupt()?;
        std::thread::sleep((wait - start.elapsed().min(wait)).min(Duration::from_millis(10)));
    }
    call.none()
}

fn resolve_name(call: &mut Call<'_>) -> NativeResult {
    let host = call.text(1)?;
    let found = (host.as_str(), 0)
        .to_socket_addrs()
        .ok()
        .and_then(|mut list| list.find(SocketAddr::is_ipv4));
    match found {
        Some(address) => call.one_string(address.ip().to_string()),
        None => call.nil_and_message(NOT_FOUND),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(program: &str) -> String {
        crate::love::run_program(install, program)
    }

    // What luasocket's manual says of datagrams.
    #[test]
    fn datagrams_travel_both_ways() {
        let program = "local socket = require 'socket'
            local a, b = socket.udp(), socket.udp()
            assert(a:setsockname('127.0.0.1', 0))
            a:settimeout(2)
            b:settimeout(2)
            local _, port = a:getsockname()
            assert(b:sendto('hello', '127.0.0.1', port) == 5)
            local data, host, number = a:receivefrom()
            assert(a:sendto('answer', host, number))
            local answer = b:receive()
            b:settimeout(0.01)
            return table.concat({ data, host, answer, select(2, b:receive()) }, ' ')";
        assert_eq!(run(program), "hello 127.0.0.1 answer timeout");
    }

    /// As [`run`], with love.data.
    fn run_with_love(program: &str) -> String {
        let install_both = |vm: &mut Vm| {
            install(vm)?;
            let table = vm.new_table();
            let globals = vm.globals();
            let package = vm.field(globals, "package");
            let loaded = vm.field(package, "loaded");
            vm.set_field(loaded, "love.data", table);
            vm.register(table, crate::love::data::FUNCTIONS)
        };
        crate::love::run_program(install_both, program)
    }

    // RFC 3986, section 5.4: the normal examples.
    #[test]
    fn addresses_are_resolved_as_the_standard_says() {
        let program = r"local url = require 'socket.url'
            local base, wrong = 'http://a/b/c/d;p?q', {}
            local expected = { ['g:h'] = 'g:h', g = 'http://a/b/c/g', ['./g'] = 'http://a/b/c/g', ['g/'] = 'http://a/b/c/g/',
                ['/g'] = 'http://a/g', ['//g'] = 'http://g', ['?y'] = 'http://a/b/c/d;p?y', ['g?y'] = 'http://a/b/c/g?y',
                ['#s'] = 'http://a/b/c/d;p?q#s', ['g#s'] = 'http://a/b/c/g#s', ['.'] = 'http://a/b/c/', ['..'] = 'http://a/b/',
                ['../g'] = 'http://a/b/g', ['../..'] = 'http://a/', ['../../g'] = 'http://a/g' }
            for relative, absolute in pairs(expected) do
                local got = url.absolute(base, relative)
                if got ~= absolute then wrong[#wrong + 1] = relative .. ' -> ' .. tostring(got) end
            end
            local parts = url.parse('http://me:secret@[::1]:8080/p;x?q=1#f')
            table.insert(wrong, parts.user .. parts.password .. parts.host .. parts.port .. parts.path .. parts.params .. parts.query .. parts.fragment)
            table.insert(wrong, url.escape('a b/ü') .. url.unescape('%41%2f'))
            return table.concat(wrong, '\n')";
        assert_eq!(run(program), "mesecret::18080/pxq=1f\na%20b%2f%c3%bcA/");
    }

    // RFC 2045's alphabet and quoted-printable; what luasocket's manual says of filters.
    #[test]
    fn filters_encode_in_pieces_as_in_one() {
        let program = r"local ltn12, mime = require 'ltn12', require 'mime'
            local function through(filter, text, size)
                local at, out = 1, {}
                local from = ltn12.source.chain(function()
                    local piece = text:sub(at, at + size - 1)
                    at = at + size
                    return piece ~= '' and piece or nil
                end, filter)
                assert(ltn12.pump.all(from, (ltn12.sink.table(out))))
                return table.concat(out)
            end
            local text = 'f\195\188r = \t\r\nline two '
            local wrong = {}
            for size = 1, 20 do
                for _, name in ipairs { 'base64', 'quoted-printable' } do
                    local encoded = through(mime.encode(name), text, size)
                    if encoded ~= through(mime.encode(name), text, 100) then wrong[#wrong + 1] = name .. size .. encoded end
                    if through(mime.decode(name), encoded, size) ~= text then wrong[#wrong + 1] = 'un' .. name .. size end
                end
            end
            table.insert(wrong, (mime.b64('Man')) .. through(mime.encode('quoted-printable'), text, 100))
            table.insert(wrong, through(mime.normalize(), 'a\nb\r\nc\rd', 3))
            table.insert(wrong, through(ltn12.filter.chain(mime.encode('base64'), mime.wrap('base64', 8)), 'abcdefghi', 2))
            return table.concat(wrong, '|')";
        assert_eq!(
            run_with_love(program),
            "TWFuf=C3=BCr =3D =09\r\nline two=20|a\r\nb\r\nc\r\nd|YWJjZGVm\r\nZ2hp\r\n"
        );
    }

    /// Answers every request on a free port with the same bytes, and gives the requests out.
    fn serve(answers: Vec<&'static [u8]>) -> (u16, std::sync::mpsc::Receiver<String>) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let (sender, receiver) = std::sync::mpsc::channel();
        std::thread::spawn(move || {
            for answer in answers {
                let (mut client, _) = listener.accept().unwrap();
                let mut request = Vec::new();
                let mut byte = [0];
                while !request.ends_with(b"\r\n\r\n") && client.read(&mut byte).unwrap_or(0) == 1 {
                    request.push(byte[0]);
                }
                client.write_all(answer).unwrap();
                let _ = sender.send(String::from_utf8_lossy(&request).into_owned());
            }
        });
        (port, receiver)
    }

    #[test]
    fn requests_follow_redirects_and_read_chunks() {
        let (port, requests) = serve(vec![
            b"HTTP/1.1 302 Found\r\nLocation: /next\r\nContent-Length: 0\r\n\r\n",
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nX-A: 1\r\nX-A: 2\r\n\r\n5\r\nhello\r\n3;x\r\n, w\r\n0\r\n\r\n",
        ]);
        let program = format!(
            "local body, code, headers, status = require('socket.http').request('http://127.0.0.1:{port}/first?q=1')
            return table.concat({{ tostring(body), tostring(code), headers and headers['x-a'] or '', tostring(status) }}, '|')"
        );
        assert_eq!(run_with_love(&program), "hello, w|200|1, 2|HTTP/1.1 200 OK");
        let first = requests.recv().unwrap();
        assert!(first.starts_with("GET /first?q=1 HTTP/1.1\r\n"), "{first}");
        assert!(
            first.contains(&format!("\r\nHost: 127.0.0.1:{port}\r\n")),
            "{first}"
        );
        assert!(
            requests
                .recv()
                .unwrap()
                .starts_with("GET /next HTTP/1.1\r\n")
        );
    }

    #[test]
    fn what_luasocket_has_besides_says_that_it_is_missing() {
        let answer = run("return select(2, pcall(require('socket.smtp').send, {}))");
        assert!(
            answer
                .contains("socket.smtp.send is not implemented yet in rlove (see docs/compat.md)"),
            "{answer}"
        );
    }
}
