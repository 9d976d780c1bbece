//! `require "enet"`: connections with channels over UDP, compatible on the wire with LÖVE's enet.
//!
//! ```text
//! local host = enet.host_create("localhost:6789")         -- or host_create() and host:connect("localhost:6789")
//! local event = host:service(100)                         -- { type = "receive", peer =, data =, channel = }
//! if event and event.type == "receive" then event.peer:send("pong") end
//! ```
//!
//! The protocol is the crate `rusty_enet`'s. A wait in `service` looks at the socket every millisecond, and ends when the state is
//! interrupted. A peer's object is that of its place in the host's list, as in LÖVE. Not here: `peer:receive`,
//! `peer:connect_id` and `peer:last_round_trip_time`, which the crate does not give out; they raise that they are missing.

use super::BY_EFFECTS;
use super::object::{LoveObject, ObjectType, metatable_of, object, push_object};
use rlove_vm::builtin::{Builtin, Effects};
use rlove_vm::call::{Call, NativeResult, Raised};
use rlove_vm::value::Value;
use rlove_vm::vm::Vm;
use rusty_enet::{
    Compressor, EventNoRef, HostSettings, MTU_MAX, Packet, PacketReceived, PeerID, PeerState,
    RangeCoder,
};
use std::cell::{Cell, RefCell};
use std::net::{SocketAddr, ToSocketAddrs, UdpSocket};
use std::rc::{Rc, Weak};
use std::time::{Duration, Instant};

/// Bytes that went through a host's socket.
#[derive(Default)]
struct Traffic {
    sent: Cell<u64>,
    received: Cell<u64>,
}

/// A socket that counts. What the system reports about earlier datagrams (a port nobody listens at) is no error of the host.
struct Wire {
    socket: UdpSocket,
    traffic: Rc<Traffic>,
}

impl rusty_enet::Socket for Wire {
    type Address = SocketAddr;
    type Error = std::io::Error;

    fn init(&mut self, _: rusty_enet::SocketOptions) -> Result<(), std::io::Error> {
        self.socket.set_nonblocking(true)?;
        self.socket.set_broadcast(true)
    }

    fn send(&mut self, address: SocketAddr, buffer: &[u8]) -> Result<usize, std::io::Error> {
        let sent = self.socket.send_to(buffer, address).unwrap_or(0);
        self.traffic.sent.set(self.traffic.sent.get() + sent as u64);
        Ok(sent)
    }

    fn receive(
        &mut self,
        buffer: &mut [u8; MTU_MAX],
    ) -> Result<Option<(SocketAddr, PacketReceived)>, std::io::Error> {
        match self.socket.recv_from(buffer) {
            Ok((length, from)) => {
                let received = self.traffic.received.get() + length as u64;
                self.traffic.received.set(received);
                Ok(Some((from, PacketReceived::Complete(length))))
            }
            Err(_) => Ok(None),
        }
    }
}

/// The range coder of enet, once a game turns it on. What comes in compressed is always understood.
struct Switched {
    coder: RangeCoder,
    is_on: Rc<Cell<bool>>,
}

impl Compressor for Switched {
    fn compress(&mut self, pieces: &[&[u8]], limit: usize, out: &mut [u8]) -> usize {
        if self.is_on.get() {
            self.coder.compress(pieces, limit, out)
        } else {
            // Nothing gained: the packet goes as it is.
            0
        }
    }
    fn decompress(&mut self, data: &[u8], out: &mut [u8]) -> usize {
        self.coder.decompress(data, out)
    }
}

/// A host; empty once it was destroyed.
struct Host {
    host: RefCell<Option<rusty_enet::Host<Wire>>>,
    traffic: Rc<Traffic>,
    compresses: Rc<Cell<bool>>,
    peers: RefCell<Vec<Weak<Peer>>>,
}

/// A place in a host's list.
struct Peer {
    host: Rc<Host>,
    id: PeerID,
}

static HOST: ObjectType = ObjectType {
    name: "enet_host",
    parent: None,
    methods: builtins![
        "enet_host:service", "(host: any, milliseconds: number = 0) -> table?", "Sends and receives, and waits for an event.", Effects::WRITES, service;
        "enet_host:check_events", "(host: any) -> table?", "An event that has come already.", Effects::WRITES, check_events;
        "enet_host:compress_with_range_coder", "(host: any) -> boolean", "Packets are compressed from now on.", Effects::WRITES, compress;
        "enet_host:connect", "(host: any, address: string, channels: integer = 1, data: integer = 0) -> any", "Connects to another host.", Effects::WRITES, connect;
        "enet_host:flush", "(host: any)", "Sends what waits.", Effects::WRITES, flush;
        "enet_host:broadcast", "(host: any, data: string, channel: integer = 0, flag: string = \"reliable\")", "Sends to all peers.", Effects::WRITES, broadcast;
        "enet_host:channel_limit", "(host: any, channels: integer)", "How many channels new connections may have.", Effects::WRITES, channel_limit;
        "enet_host:bandwidth_limit", "(host: any, incoming: integer, outgoing: integer)", "Bytes a second; 0 is no limit.", Effects::WRITES, bandwidth_limit;
        "enet_host:get_socket_address", "(host: any) -> string", "The address of this end.", Effects::READS, get_socket_address;
        "enet_host:destroy", "(host: any)", "Closes the host.", Effects::WRITES, destroy;
        "enet_host:total_sent_data", "(host: any) -> integer", "Bytes sent.", Effects::READS, |call| { let host = alive(call)?; call.one(host.traffic.sent.get() as f64) };
        "enet_host:total_received_data", "(host: any) -> integer", "Bytes received.", Effects::READS, |call| { let host = alive(call)?; call.one(host.traffic.received.get() as f64) };
        "enet_host:service_time", "(host: any) -> integer", "The host's clock in milliseconds.", Effects::READS, service_time;
        "enet_host:peer_count", "(host: any) -> integer", "How many peers there can be.", Effects::READS, peer_count;
        "enet_host:get_peer", "(host: any, index: integer) -> any", "The peer at a place.", Effects::ALLOCATES, get_peer;
    ],
};

static PEER: ObjectType = ObjectType {
    name: "enet_peer",
    parent: None,
    methods: builtins![
        "enet_peer:send", "(peer: any, data: string, channel: integer = 0, flag: string = \"reliable\") -> integer", "Sends a packet.", Effects::WRITES, send;
        "enet_peer:disconnect", "(peer: any, data: integer = 0)", "Ends the connection.", Effects::WRITES, |call| end(call, rusty_enet::Peer::disconnect);
        "enet_peer:disconnect_now", "(peer: any, data: integer = 0)", "Ends the connection at once.", Effects::WRITES, |call| end(call, rusty_enet::Peer::disconnect_now);
        "enet_peer:disconnect_later", "(peer: any, data: integer = 0)", "Ends the connection when everything is sent.", Effects::WRITES, |call| end(call, rusty_enet::Peer::disconnect_later);
        "enet_peer:reset", "(peer: any)", "Forgets the connection.", Effects::WRITES, |call| { with_peer(call, rusty_enet::Peer::reset)?; call.none() };
        "enet_peer:ping", "(peer: any)", "Sends a ping.", Effects::WRITES, |call| { with_peer(call, rusty_enet::Peer::ping)?; call.none() };
        "enet_peer:throttle_configure", "(peer: any, interval: integer, acceleration: integer, deceleration: integer)", "How unreliable packets are dropped.", Effects::WRITES, throttle;
        "enet_peer:ping_interval", "(peer: any, milliseconds: integer = nil) -> integer", "How often the peer is pinged.", Effects::WRITES, ping_interval;
        "enet_peer:timeout", "(peer: any, limit: integer = 0, least: integer = 0, most: integer = 0) -> integer, integer, integer", "When a silent peer counts as gone.", Effects::WRITES, timeout;
        "enet_peer:index", "(peer: any) -> integer", "Its place in the host's list.", Effects::READS, |call| { let peer = peer(call)?; call.one(peer.id.0 as f64 + 1.0) };
        "enet_peer:state", "(peer: any) -> string", "What the connection does.", Effects::READS, state;
        "enet_peer:round_trip_time", "(peer: any) -> integer", "Milliseconds there and back.", Effects::READS, |call| { let time = with_peer(call, |peer| peer.round_trip_time())?; call.one(time.as_millis() as f64) };
        "enet_peer:receive", "(peer: any) -> any", "Missing.", Effects::READS, |call| missing(call, "receive");
        "enet_peer:connect_id", "(peer: any) -> any", "Missing.", Effects::READS, |call| missing(call, "connect_id");
        "enet_peer:last_round_trip_time", "(peer: any) -> any", "Missing.", Effects::READS, |call| missing(call, "last_round_trip_time");
    ],
};

impl LoveObject for Host {
    fn object_type(&self) -> &'static ObjectType {
        &HOST
    }
}

impl LoveObject for Peer {
    fn object_type(&self) -> &'static ObjectType {
        &PEER
    }
}

static FUNCTIONS: &[Builtin] = builtins![
    "enet.host_create", "(address: string = nil, peers: integer = 64, channels: integer = 1, incoming: integer = 0, outgoing: integer = 0) -> any, string?", "A host, at an address or somewhere.", Effects::ALLOCATES, host_create;
    "enet.linked_version", "() -> string", "The version of the protocol.", Effects::READS, |call| call.one_string("1.3.17");
];

static LOADER: Builtin = Builtin::native(
    "enet.load",
    "() -> table",
    "Makes the table for require.",
    Effects::WRITES,
    BY_EFFECTS,
    load,
);

static PEER_TO_STRING: Builtin = Builtin::native(
    "enet_peer:__tostring",
    "() -> string",
    "Address and port.",
    Effects::READS,
    BY_EFFECTS,
    peer_to_string,
);

/// Makes `require "enet"` work.
pub fn install(vm: &mut Vm) {
    let loader = vm.new_native_function(load, &LOADER, &[]);
    let globals = vm.globals();
    let package = vm.field(globals, "package");
    let preload = vm.field(package, "preload");
    vm.set_field(preload, "enet", loader);
}

fn load(call: &mut Call<'_>) -> NativeResult {
    let metatable = metatable_of(call.vm, &PEER);
    let text = call
        .vm
        .new_native_function(peer_to_string, &PEER_TO_STRING, &[]);
    call.vm.set_field(metatable, "__tostring", text);
    let table = call.vm.new_table();
    call.push(table);
    call.vm.register(table, FUNCTIONS)?;
    call.one(table)
}

fn missing(call: &mut Call<'_>, name: &str) -> NativeResult {
    peer(call)?;
    Err(call.error(format!(
        "enet_peer:{name} is not implemented yet in rlove (see docs/compat.md)"
    )))
}

/// Argument 1 as a host that was not destroyed.
fn alive(call: &mut Call<'_>) -> Result<Rc<Host>, Raised> {
    let host = object::<Host>(call, 1, "enet_host")?;
    if host.host.borrow().is_none() {
        return Err(call.error("Tried to index a nil host!"));
    }
    Ok(host)
}

/// Does something with the host in argument 1.
fn with_host<T>(
    call: &mut Call<'_>,
    work: impl FnOnce(&mut rusty_enet::Host<Wire>) -> T,
) -> Result<T, Raised> {
    let host = alive(call)?;
    let mut inner = host.host.borrow_mut();
    match inner.as_mut() {
        Some(inner) => Ok(work(inner)),
        None => Err(call.error("Tried to index a nil host!")),
    }
}

fn peer(call: &mut Call<'_>) -> Result<Rc<Peer>, Raised> {
    object::<Peer>(call, 1, "enet_peer")
}

/// Does something with the peer in argument 1.
fn with_peer<T>(
    call: &mut Call<'_>,
    work: impl FnOnce(&mut rusty_enet::Peer<Wire>) -> T,
) -> Result<T, Raised> {
    let peer = peer(call)?;
    let mut inner = peer.host.host.borrow_mut();
    match inner.as_mut().and_then(|host| host.get_peer_mut(peer.id)) {
        Some(inner) => Ok(work(inner)),
        None => Err(call.error("Tried to use a peer of a destroyed host!")),
    }
}

/// The object of a place in a host's list.
fn push_peer(call: &mut Call<'_>, host: &Rc<Host>, id: PeerID) -> Value {
    let known = host.peers.borrow().get(id.0).and_then(Weak::upgrade);
    let peer = known.unwrap_or_else(|| {
        let peer = Rc::new(Peer {
            host: host.clone(),
            id,
        });
        if let Some(slot) = host.peers.borrow_mut().get_mut(id.0) {
            *slot = Rc::downgrade(&peer);
        }
        peer
    });
    push_object(call.vm, peer)
}

/// "host:port" as an address; "*" is any.
fn address(call: &mut Call<'_>, index: u32) -> Result<SocketAddr, Raised> {
    let text = call.text(index)?;
    let (host, port) = text.split_once(':').unwrap_or((text.as_str(), ""));
    if host.is_empty() {
        return Err(call.error("Failed to parse address"));
    }
    if port.is_empty() {
        return Err(call.error("Missing port in address"));
    }
    let port = port.parse::<u16>().unwrap_or(0);
    let host = if host == "*" { "0.0.0.0" } else { host };
    let found = (host, port).to_socket_addrs();
    match found
        .ok()
        .and_then(|mut list| list.find(SocketAddr::is_ipv4))
    {
        Some(address) => Ok(address),
        None => Err(call.error("Failed to resolve host name")),
    }
}

/// A whole number of 32 bits that is not negative.
fn count(call: &mut Call<'_>, index: u32, default: u32) -> Result<u32, Raised> {
    let value = call.optional_number(index, f64::from(default))?;
    Ok(value.clamp(0.0, f64::from(u32::MAX)) as u32)
}

fn host_create(call: &mut Call<'_>) -> NativeResult {
    let place = if call.argument(1).is_nil() {
        SocketAddr::from(([0, 0, 0, 0], 0))
    } else {
        address(call, 1)?
    };
    let peer_limit = count(call, 2, 64)? as usize;
    let channels = count(call, 3, 1)?.clamp(1, 255) as usize;
    let (incoming, outgoing) = (count(call, 4, 0)?, count(call, 5, 0)?);
    let limit = |bytes: u32| (bytes > 0).then_some(bytes);
    let (traffic, compresses) = (Rc::new(Traffic::default()), Rc::new(Cell::new(false)));
    let begin = Instant::now();
    let made = UdpSocket::bind(place).ok().and_then(|socket| {
        let wire = Wire {
            socket,
            traffic: traffic.clone(),
        };
        let settings = HostSettings {
            peer_limit,
            channel_limit: channels,
            incoming_bandwidth_limit: limit(incoming),
            outgoing_bandwidth_limit: limit(outgoing),
            compressor: Some(Box::new(Switched {
                coder: RangeCoder::new(),
                is_on: compresses.clone(),
            })),
            checksum: None,
            time: Box::new(move || begin.elapsed()),
            seed: None,
        };
        rusty_enet::Host::new(wire, settings).ok()
    });
    let Some(made) = made else {
        return call.nil_and_message("enet: failed to create host (already listening?)");
    };
    let host = Host {
        host: RefCell::new(Some(made)),
        traffic,
        compresses,
        peers: RefCell::new((0..peer_limit).map(|_| Weak::new()).collect()),
    };
    let value = push_object(call.vm, Rc::new(host));
    call.one(value)
}

/// An event as a table.
fn answer_event(call: &mut Call<'_>, host: &Rc<Host>, event: EventNoRef) -> NativeResult {
    let table = call.vm.new_table();
    call.push(table);
    let (kind, id, data, channel) = match event {
        EventNoRef::Connect { peer, data } => {
            ("connect", peer, Value::number(f64::from(data)), None)
        }
        EventNoRef::Disconnect { peer, data } => {
            ("disconnect", peer, Value::number(f64::from(data)), None)
        }
        EventNoRef::Receive {
            peer,
            channel_id,
            packet,
        } => {
            let data = call.new_string(packet.data())?;
            ("receive", peer, data, Some(channel_id))
        }
    };
    call.vm.set_field(table, "data", data);
    if let Some(channel) = channel {
        let channel = Value::number(f64::from(channel));
        call.vm.set_field(table, "channel", channel);
    }
    let kind = call.new_string(kind.as_bytes())?;
    call.vm.set_field(table, "type", kind);
    let peer = push_peer(call, host, id);
    call.vm.set_field(table, "peer", peer);
    call.one(table)
}

fn service(call: &mut Call<'_>) -> NativeResult {
    let host = alive(call)?;
    let wait = Duration::from_millis(u64::from(count(call, 2, 0)?));
    let begin = Instant::now();
    loop {
        let served = with_host(call, |host| {
            host.service()
                .map(|event| event.map(|event| event.no_ref()))
        })?;
        match served {
            Ok(Some(event)) => return answer_event(call, &host, event),
            Ok(None) if begin.elapsed() >= wait => return call.none(),
            Ok(None) => {
                call.vm.check_interrupt()?;
                std::thread::sleep(Duration::from_millis(1));
            }
            Err(_) => return Err(call.error("Error during service")),
        }
    }
}

fn check_events(call: &mut Call<'_>) -> NativeResult {
    let host = alive(call)?;
    let event = with_host(call, |host| host.check_events().map(|event| event.no_ref()))?;
    match event {
        Some(event) => answer_event(call, &host, event),
        None => call.none(),
    }
}

fn compress(call: &mut Call<'_>) -> NativeResult {
    alive(call)?.compresses.set(true);
    call.one(Value::boolean(true))
}

fn connect(call: &mut Call<'_>) -> NativeResult {
    let host = alive(call)?;
    let address = address(call, 2)?;
    let channels = count(call, 3, 1)?.clamp(1, 255) as usize;
    let data = count(call, 4, 0)?;
    let made = with_host(call, |host| {
        host.connect(address, channels, data)
            .map(|peer| peer.id())
            .ok()
    })?;
    match made {
        Some(id) => {
            let value = push_peer(call, &host, id);
            call.one(value)
        }
        None => Err(call.error("Failed to create peer")),
    }
}

fn flush(call: &mut Call<'_>) -> NativeResult {
    with_host(call, rusty_enet::Host::flush)?;
    call.none()
}

/// The packet in argument 2, and the channel behind it.
fn packet(call: &mut Call<'_>) -> Result<(Packet, u8), Raised> {
    let data = call.string(2)?.to_vec();
    let flag = if call.argument(4).is_nil() {
        "reliable".to_owned()
    } else {
        call.text(4)?
    };
    let channel = call.optional_number(3, 0.0)? as i64 as u8;
    let packet = match flag.as_str() {
        "unsequenced" => Packet::unreliable_unsequenced(data.as_slice()),
        "reliable" => Packet::reliable(data.as_slice()),
        "unreliable" => Packet::unreliable(data.as_slice()),
        _ => return Err(call.error(format!("Unknown packet flag: {flag}"))),
    };
    Ok((packet, channel))
}

fn broadcast(call: &mut Call<'_>) -> NativeResult {
    let (packet, channel) = packet(call)?;
    with_host(call, |host| host.broadcast(channel, &packet))?;
    call.none()
}

fn channel_limit(call: &mut Call<'_>) -> NativeResult {
    let channels = count(call, 2, 1)?.clamp(1, 255) as usize;
    // Within the range there is nothing that can be wrong.
    let _ = with_host(call, |host| host.set_channel_limit(channels))?;
    call.none()
}

fn bandwidth_limit(call: &mut Call<'_>) -> NativeResult {
    let (incoming, outgoing) = (count(call, 2, 0)?, count(call, 3, 0)?);
    let limit = |bytes: u32| (bytes > 0).then_some(bytes);
    let _ = with_host(call, |host| {
        host.set_bandwidth_limit(limit(incoming), limit(outgoing))
    })?;
    call.none()
}

fn get_socket_address(call: &mut Call<'_>) -> NativeResult {
    let address = with_host(call, |host| host.socket().socket.local_addr())?;
    match address {
        Ok(address) => call.one_string(address.to_string()),
        Err(problem) => Err(call.error(format!("enet: no address: {problem}"))),
    }
}

fn destroy(call: &mut Call<'_>) -> NativeResult {
    let host = object::<Host>(call, 1, "enet_host")?;
    drop(host.host.borrow_mut().take());
    call.none()
}

fn service_time(call: &mut Call<'_>) -> NativeResult {
    let now = with_host(call, |host| host.now())?;
    call.one(now.as_millis() as f64)
}

fn peer_count(call: &mut Call<'_>) -> NativeResult {
    let count = with_host(call, |host| host.peer_limit())?;
    call.one(count as f64)
}

fn get_peer(call: &mut Call<'_>) -> NativeResult {
    let host = alive(call)?;
    let index = call.number(2)? as i64 - 1;
    match usize::try_from(index) {
        Ok(index) if index < host.peers.borrow().len() => {
            let value = push_peer(call, &host, PeerID(index));
            call.one(value)
        }
        _ => Err(call.argument_error(2, "Invalid peer index")),
    }
}

fn peer_to_string(call: &mut Call<'_>) -> NativeResult {
    let address = with_peer(call, |peer| peer.address())?;
    match address {
        Some(address) => call.one_string(address.to_string()),
        None => call.one_string("0.0.0.0:0"),
    }
}

fn send(call: &mut Call<'_>) -> NativeResult {
    let (packet, channel) = packet(call)?;
    let sent = with_peer(call, |peer| peer.send(channel, &packet).is_ok())?;
    call.one(if sent { 0.0 } else { -1.0 })
}

fn end(call: &mut Call<'_>, how: fn(&mut rusty_enet::Peer<Wire>, u32)) -> NativeResult {
    let data = count(call, 2, 0)?;
    with_peer(call, |peer| how(peer, data))?;
    call.none()
}

fn throttle(call: &mut Call<'_>) -> NativeResult {
    let (interval, up, down) = (
        call.number(2)? as u32,
        call.number(3)? as u32,
        call.number(4)? as u32,
    );
    with_peer(call, |peer| peer.set_throttle(interval, up, down))?;
    call.none()
}

fn ping_interval(call: &mut Call<'_>) -> NativeResult {
    if call.argument_count() > 1 {
        let interval = count(call, 2, 0)?;
        with_peer(call, |peer| peer.set_ping_interval(interval))?;
    }
    let interval = with_peer(call, |peer| peer.ping_interval())?;
    call.one(interval.as_millis() as f64)
}

/// Enet's timeouts when nothing is said.
const TIMEOUTS: (u32, u32, u32) = (32, 5000, 30_000);

fn timeout(call: &mut Call<'_>) -> NativeResult {
    let given = (count(call, 2, 0)?, count(call, 3, 0)?, count(call, 4, 0)?);
    let or = |value: u32, default: u32| if value == 0 { default } else { value };
    let set = (
        or(given.0, TIMEOUTS.0),
        or(given.1, TIMEOUTS.1),
        or(given.2, TIMEOUTS.2),
    );
    with_peer(call, |peer| peer.set_timeout(set.0, set.1, set.2))?;
    call.many(&[
        Value::number(f64::from(set.0)),
        Value::number(f64::from(set.1)),
        Value::number(f64::from(set.2)),
    ])
}

fn state(call: &mut Call<'_>) -> NativeResult {
    let state = with_peer(call, |peer| peer.state())?;
    call.one_string(match state {
        PeerState::Disconnected => "disconnected",
        PeerState::Connecting => "connecting",
        PeerState::AcknowledgingConnect => "acknowledging_connect",
        PeerState::ConnectionPending => "connection_pending",
        PeerState::ConnectionSucceeded => "connection_succeeded",
        PeerState::Connected => "connected",
        PeerState::DisconnectLater => "disconnect_later",
        PeerState::Disconnecting => "disconnecting",
        PeerState::AcknowledgingDisconnect => "acknowledging_disconnect",
        PeerState::Zombie => "zombie",
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(program: &str) -> String {
        let install = |vm: &mut Vm| {
            install(vm);
            Ok(())
        };
        crate::love::run_program(install, program)
    }

    // What lua-enet's manual says of hosts and events.
    #[test]
    fn hosts_connect_exchange_packets_and_part() {
        let program = "local enet = require 'enet'
            local server = assert(enet.host_create('127.0.0.1:*', 4, 2))
            local client = enet.host_create(nil, 1, 2)
            client:compress_with_range_coder()
            server:compress_with_range_coder()
            local place = client:connect(server:get_socket_address(), 2, 7)
            local seen, long = {}, ('x'):rep(5000)
            for _ = 1, 500 do
                local event = server:service(1)
                if event then
                    seen[#seen + 1] = 's' .. event.type .. (#tostring(event.data) > 9 and #event.data or event.data)
                    if event.type == 'receive' then
                        assert(event.channel == 1)
                        event.peer:send('answer')
                    end
                end
                event = client:service(1)
                if event then
                    assert(event.peer == place)
                    seen[#seen + 1] = 'c' .. event.type .. event.data
                    if event.type == 'connect' then assert(place:send(long, 1) == 0) end
                    if event.type == 'receive' then place:disconnect(3) end
                    if event.type == 'disconnect' then break end
                end
            end
            table.sort(seen)
            local state = place:state()
            client:destroy()
            seen[#seen + 1] = state .. tostring(pcall(client.service, client))
            return table.concat(seen, ' ')";
        assert_eq!(
            run(program),
            "cconnect0 cdisconnect0 creceiveanswer sconnect7 sdisconnect3 sreceive5000 disconnectedfalse"
        );
    }

    #[test]
    fn wrong_addresses_and_flags_are_errors() {
        let program = "local enet = require 'enet'
            local host, out = enet.host_create(), {}
            for _, address in ipairs { '', 'here', ':1' } do
                out[#out + 1] = select(2, pcall(host.connect, host, address))
            end
            local peer = host:connect('127.0.0.1:9')
            out[#out + 1] = select(2, pcall(peer.send, peer, 'x', 0, 'often'))
            out[#out + 1] = tostring(peer)
            return table.concat(out, '|')";
        assert_eq!(
            run(program),
            "Failed to parse address|Missing port in address|Failed to parse address|Unknown packet flag: often|127.0.0.1:9"
        );
    }
}
