//! Queues through which threads talk.
//!
//! ```
//! use rlove::input::Variant;
//! use rlove::thread::Channel;
//! let channel = Channel::default();
//! let number = channel.push(Variant::Number(1.0));
//! assert_eq!(number, 1);
//! assert!(!channel.has_read(number));
//! assert!(channel.pop().is_some());
//! assert!(channel.has_read(number));
//! ```
//!
//! Invariants: messages are numbered from 1 in the order in which they were pushed; `received` counts those that were taken
//! (clearing takes all). While one thread holds the channel (`hold`), the others wait before every operation.

use crate::input::Variant;
use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::ThreadId;
use std::time::{Duration, Instant};

/// How often a waiting thread looks whether it should stop.
const LOOK: Duration = Duration::from_millis(20);

/// How a wait ended.
#[derive(Debug)]
pub enum Waited<T> {
    /// What was waited for.
    Done(T),
    /// The time is over.
    TimedOut,
    /// The thread should stop.
    Stopped,
}

#[derive(Default)]
struct State {
    queue: VecDeque<Variant>,
    sent: u64,
    received: u64,
    holder: Option<ThreadId>,
    hold_depth: u32,
}

/// A queue of messages.
#[derive(Default)]
pub struct Channel {
    state: Mutex<State>,
    changed: Condvar,
}

impl Channel {
    /// The state, once no other thread holds the channel.
    fn enter(&self) -> MutexGuard<'_, State> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let me = std::thread::current().id();
        while state.holder.is_some_and(|holder| holder != me) {
            state = self
                .changed
                .wait(state)
                .unwrap_or_else(PoisonError::into_inner);
        }
        state
    }

    /// Waits for a change; false when the thread should stop or the time is over.
    fn wait_for<'a>(
        &'a self,
        state: MutexGuard<'a, State>,
        end: Option<Instant>,
    ) -> MutexGuard<'a, State> {
        let left = end.map_or(LOOK, |end| {
            end.saturating_duration_since(Instant::now()).min(LOOK)
        });
        let (mut state, _) = self
            .changed
            .wait_timeout(state, left)
            .unwrap_or_else(PoisonError::into_inner);
        let me = std::thread::current().id();
        while state.holder.is_some_and(|holder| holder != me) {
            state = self
                .changed
                .wait(state)
                .unwrap_or_else(PoisonError::into_inner);
        }
        state
    }

    /// Adds a message; answers its number.
    pub fn push(&self, message: Variant) -> u64 {
        let mut state = self.enter();
        state.queue.push_back(message);
        state.sent += 1;
        self.changed.notify_all();
        state.sent
    }

    /// Adds a message and waits until it was taken.
    pub fn supply(
        &self,
        message: Variant,
        timeout: Option<Duration>,
        should_stop: &dyn Fn() -> bool,
    ) -> Waited<()> {
        let end = timeout.and_then(|timeout| Instant::now().checked_add(timeout));
        let mut state = self.enter();
        state.queue.push_back(message);
        state.sent += 1;
        let number = state.sent;
        self.changed.notify_all();
        loop {
            if state.received >= number {
                return Waited::Done(());
            }
            if should_stop() {
                return Waited::Stopped;
            }
            if end.is_some_and(|end| Instant::now() >= end) {
                return Waited::TimedOut;
            }
            state = self.wait_for(state, end);
        }
    }

    /// Takes the oldest message.
    pub fn pop(&self) -> Option<Variant> {
        let mut state = self.enter();
        let message = state.queue.pop_front()?;
        state.received += 1;
        self.changed.notify_all();
        Some(message)
    }

    /// Takes the oldest message, waiting for it.
    pub fn demand(
        &self,
        timeout: Option<Duration>,
        should_stop: &dyn Fn() -> bool,
    ) -> Waited<Variant> {
        let end = timeout.and_then(|timeout| Instant::now().checked_add(timeout));
        let mut state = self.enter();
        loop {
            if let Some(message) = state.queue.pop_front() {
                state.received += 1;
                self.changed.notify_all();
                return Waited::Done(message);
            }
            if should_stop() {
                return Waited::Stopped;
            }
            if end.is_some_and(|end| Instant::now() >= end) {
                return Waited::TimedOut;
            }
            state = self.wait_for(state, end);
        }
    }

    /// The oldest message, which stays.
    pub fn peek(&self) -> Option<Variant> {
        self.enter().queue.front().cloned()
    }

    /// How many messages wait.
    pub fn count(&self) -> usize {
        self.enter().queue.len()
    }

    /// Whether the message with this number was taken.
    pub fn has_read(&self, number: u64) -> bool {
        self.enter().received >= number
    }

    /// Takes all messages.
    pub fn clear(&self) {
        let mut state = self.enter();
        // Dropped outside the lock: an object's end may reach for a channel.
        let taken = std::mem::take(&mut state.queue);
        state.received = state.sent;
        self.changed.notify_all();
        drop(state);
        drop(taken);
    }

    /// Keeps the other threads out until [`Channel::release`]. May be nested.
    pub fn hold(&self) {
        let mut state = self.enter();
        state.holder = Some(std::thread::current().id());
        state.hold_depth += 1;
    }

    /// Ends a [`Channel::hold`].
    pub fn release(&self) {
        let mut state = self.enter();
        state.hold_depth = state.hold_depth.saturating_sub(1);
        if state.hold_depth == 0 {
            state.holder = None;
        }
        self.changed.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;

    fn number(message: Waited<Variant>) -> f64 {
        match message {
            Waited::Done(Variant::Number(number)) => number,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_demand_waits_for_a_push_of_another_thread() {
        let channel = Arc::new(Channel::default());
        let other = channel.clone();
        let pusher = std::thread::spawn(move || {
            for value in 0..1000 {
                other.push(Variant::Number(f64::from(value)));
            }
        });
        for value in 0..1000 {
            let got = number(channel.demand(None, &|| false));
            assert_eq!(got, f64::from(value));
        }
        pusher.join().expect("it pushes only");
    }

    #[test]
    fn supply_returns_when_the_message_was_taken_or_the_time_is_over() {
        let channel = Arc::new(Channel::default());
        let short = Some(Duration::from_millis(5));
        let late = channel.supply(Variant::Nil, short, &|| false);
        assert!(matches!(late, Waited::TimedOut));
        assert_eq!(channel.count(), 1);
        let other = channel.clone();
        let taker = std::thread::spawn(move || {
            other.demand(None, &|| false);
            other.demand(None, &|| false);
        });
        let done = channel.supply(Variant::Nil, None, &|| false);
        assert!(matches!(done, Waited::Done(())));
        taker.join().expect("it takes only");
    }

    #[test]
    fn a_stop_ends_every_wait() {
        let channel = Channel::default();
        assert!(matches!(channel.demand(None, &|| true), Waited::Stopped));
        let supplied = channel.supply(Variant::Nil, None, &|| true);
        assert!(matches!(supplied, Waited::Stopped));
    }

    #[test]
    fn a_held_channel_is_closed_to_others() {
        let channel = Arc::new(Channel::default());
        channel.hold();
        channel.hold();
        channel.push(Variant::Number(1.0));
        let other = channel.clone();
        let pusher = std::thread::spawn(move || other.push(Variant::Number(3.0)));
        std::thread::sleep(Duration::from_millis(10));
        channel.release();
        channel.push(Variant::Number(2.0));
        channel.release();
        pusher.join().expect("it pushes only");
        let order: Vec<f64> = (0..3)
            .map(|_| number(channel.demand(None, &|| false)))
            .collect();
        assert_eq!(order, [1.0, 2.0, 3.0]);
    }
}
