//! What one game's threads have in common: named channels, the threads that run, events for the main state.
//!
//! The main state makes a hub when the game starts and [`Hub::stop`]s it at the end; a restarted game gets a new one, so that
//! channels do not outlive their game.

use super::channel::Channel;
use crate::input::Event;
use parking_lot::{Condvar, Mutex};
use rlove_vm::vm::Interrupt;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// How long the end of a game waits for its threads.
const LONGEST_STOP: Duration = Duration::from_secs(2);

/// A thread while it runs.
#[derive(Default)]
pub struct Running {
    /// How its state is interrupted, once there is one.
    pub interrupt: Mutex<Option<Interrupt>>,
    is_over: Mutex<bool>,
    over: Condvar,
}

impl Running {
    /// It has ended.
    pub fn finish(&self) {
        *self.interrupt.lock() = None;
        *self.is_over.lock() = true;
        self.over.notify_all();
    }

    /// Whether it has ended.
    pub fn is_over(&self) -> bool {
        *self.is_over.lock()
    }

    /// Waits for its end, at most so long. Whether it has ended.
    pub fn wait(&self, time: Duration) -> bool {
        let mut is_over = self.is_over.lock();
        if !*is_over {
            self.over.wait_for(&mut is_over, time);
        }
        *is_over
    }
}

/// What a game's states share.
#[derive(Default)]
pub struct Hub {
    channels: Mutex<BTreeMap<Vec<u8>, Arc<Channel>>>,
    running: Mutex<Vec<Arc<Running>>>,
    events: Mutex<Vec<Event>>,
    is_stopping: AtomicBool,
    next_identity: AtomicU64,
}

impl Hub {
    /// The channel with a name; the first who asks makes it.
    pub fn channel(&self, name: &[u8]) -> Arc<Channel> {
        let mut channels = self.channels.lock();
        channels.entry(name.to_vec()).or_default().clone()
    }

    /// A number that no other state of this game has.
    pub fn new_identity(&self) -> u64 {
        self.next_identity.fetch_add(1, Ordering::Relaxed)
    }

    /// Takes note of a thread that starts.
    pub fn started(&self, thread: Arc<Running>) {
        let mut running = self.running.lock();
        running.retain(|thread| !thread.is_over());
        running.push(thread);
    }

    /// An event for the main state.
    pub fn send(&self, event: Event) {
        self.events.lock().push(event);
    }

    /// The events that threads sent.
    pub fn take_events(&self) -> Vec<Event> {
        std::mem::take(&mut *self.events.lock())
    }

    /// Whether threads sent events.
    pub fn has_events(&self) -> bool {
        !self.events.lock().is_empty()
    }

    /// Whether the game ends.
    pub fn is_stopping(&self) -> bool {
        self.is_stopping.load(Ordering::Relaxed)
    }

    /// Stops every thread and waits for their ends. A thread that sits in a native call for too long is left alone.
    pub fn stop(&self) {
        self.is_stopping.store(true, Ordering::Relaxed);
        let running = std::mem::take(&mut *self.running.lock());
        for thread in &running {
            if let Some(interrupt) = &*thread.interrupt.lock() {
                interrupt.stop("the game has ended");
            }
        }
        let end = Instant::now() + LONGEST_STOP;
        for thread in running {
            if !thread.wait(end.saturating_duration_since(Instant::now())) {
                log::warn!("a thread did not stop in time");
            }
        }
    }
}
