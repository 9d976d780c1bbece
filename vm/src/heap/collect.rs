//! The collector: incremental marking with a snapshot at the beginning, then purging, destroying and lazy sweeping.
//!
//! ```text
//! Idle ─start_cycle─► Mark (`mark`) ─► ClearWeak ─► PurgeStrings ─► DestroyOwners ─► Sweep ─► Idle
//!      (safe point)             └──────── new objects are born marked ────────┘
//! ```
//!
//! *Snapshot at the beginning*: whatever was reachable when the cycle started gets marked in it. While marking, a store
//! therefore queues the pointer that it overwrites ([`Heap::barrier`]); loads need nothing. The exceptions are places that
//! do not keep alive: reads of weak tables and hits in the string table mark what they return.
//!
//! Worked example: `local x = t.a; t.a = nil` during marking, before `t` was scanned: the store queues the old value,
//! so `x`, which only a register holds, survives.
//!
//! Invariants: I8 (docs/invariants.md). Stacks are written without barrier, so each is scanned whole: the running one and those that
//! wait for it at the start, others when reached or before they are resumed ([`Heap::scan_before_resume`]).
//!
//! Pacing: a cycle is due at 1.25 times the bytes that the last one marked (at twice them while they are below 20 MB); during it every
//! allocated byte pays for a fixed number of bytes marked or swept, so that it ends before 1.5 times. What a host's budget between
//! frames has done is credited first, so that a program with a host rarely pays inside a frame.

use super::block::{BLOCK_BYTES, Block, CLASS_COUNT, FIRST_CELL_OFFSET};
use super::mark::Partial;
use super::{Heap, OutOfMemory};
use crate::object::cdata::IS_FINALIZED;
use crate::object::table::{IS_METATABLE, WEAK_KEYS, WEAK_VALUES};
use crate::object::{
    HashPart, LuaString, ObjectHeader, ObjectKind, Prototype, Table, Thread, UserData,
};
use crate::sys::thread_cpu_time_s;
use crate::value::Value;
use std::time::{Duration, Instant};

/// Where a collection cycle stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CollectorPhase {
    /// No cycle.
    Idle,
    /// Following pointers.
    Mark,
    /// Removing dead entries from weak tables.
    ClearWeak,
    /// Removing dead strings from the intern table.
    PurgeStrings,
    /// Dropping what dead threads, prototypes and userdata own.
    DestroyOwners,
    /// Turning marks into free space.
    Sweep,
}

/// Figures for `--gc-log` and `collectgarbage`.
#[derive(Clone, Copy, Debug, Default)]
pub struct Statistics {
    /// Completed cycles.
    pub cycles: u64,
    /// Bytes marked live by the last completed cycle.
    pub live_bytes: usize,
    /// Bytes of blocks held now.
    pub block_bytes: usize,
    /// Most bytes of blocks held since the last reset.
    pub most_block_bytes: usize,
}

/// Who made the collector work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StepCause {
    /// A cycle began: the roots were visited.
    Start,
    /// An allocation paid.
    Allocation,
    /// The host spent its budget between two frames.
    Frame,
    /// The program or the machine asked for it (`collectgarbage`).
    Request,
}

/// One uninterrupted run of the collector, for `--gc-log`.
#[derive(Clone, Copy, Debug)]
pub struct StepRecord {
    /// Who made it run.
    pub cause: StepCause,
    /// Where the cycle stood afterwards.
    pub phase: CollectorPhase,
    /// Processor time of the thread.
    pub cpu_s: f64,
    /// Bytes marked by this cycle so far; after marking: live bytes.
    pub marked_bytes: usize,
    /// Bytes of blocks held.
    pub block_bytes: usize,
}

impl StepRecord {
    /// One line for a log.
    pub fn text(&self) -> String {
        format!(
            "gc {:?} step: {:.0} us, now {:?}, {} bytes marked, {} bytes of blocks",
            self.cause,
            self.cpu_s * 1e6,
            self.phase,
            self.marked_bytes,
            self.block_bytes
        )
        .to_ascii_lowercase()
    }
}

impl Statistics {
    /// The figures for the end of a log.
    pub fn text(&self) -> String {
        format!(
            "gc: {} cycles, live {} bytes after the last, blocks {} bytes now and {} at most: {:.2} times live",
            self.cycles,
            self.live_bytes,
            self.block_bytes,
            self.most_block_bytes,
            self.most_block_bytes as f64 / self.live_bytes.max(1) as f64
        )
    }
}

/// Told of every step; see [`Heap::set_step_observer`].
pub type StepObserver = Box<dyn FnMut(&StepRecord)>;

/// Safe points that all collect in the test mode.
const STRESS_CYCLES: u64 = 10_000;

/// Smallest distance between two cycles.
const LEAST_CYCLE_BYTES: usize = 512 * 1024;
/// Up to four fifths of this size a heap may double between two cycles; from twice this size on it may grow by a quarter.
const SMALL_HEAP_BYTES: usize = 24 * 1024 * 1024;
/// Values of one array that are scanned without a break.
pub(super) const SCAN_PIECE: usize = 1024;

/// Debts below this wait for more.
const LEAST_PAID_BYTES: usize = 4096;
/// Most work for one allocation, unless four times as much is owed.
const MOST_PAID_WORK: usize = 256 * 1024;

/// Work between two looks at the clock while a host's budget is spent.
const FRAME_PIECE_BYTES: usize = 32 * 1024;

pub(super) struct Collector {
    pub(super) phase: CollectorPhase,
    /// Objects marked but not yet scanned.
    pub(super) gray: Vec<*mut ObjectHeader>,
    /// Large tables in the middle of their scan.
    pub(super) partial: Vec<Partial>,
    pub(super) weak: Vec<*mut Table>,
    /// The metatable looked at last and the weakness it gives, within one piece of marking: objects of a class come in rows.
    pub(super) last_weakness: (*mut Table, u8),
    /// Work that the host's budget has done in this cycle and allocations need not pay any more.
    pub(super) credit: usize,
    /// Allocated bytes that have not been paid for.
    pub(super) owed_bytes: usize,
    /// Bytes allocated in cycles since the host last spent a budget.
    pub(super) bytes_since_frame: usize,
    pub(super) observer: Option<StepObserver>,
    pub(super) weak_position: (usize, usize),
    /// Tables whose metatable says that they are weak, but which do not have the weak form yet.
    pub(super) becoming_weak: Vec<(*mut Table, u8)>,
    pub(super) owners: Vec<*mut ObjectHeader>,
    pub(super) owner_position: usize,
    pub(super) owner_kept: usize,
    pub(super) owner_end: usize,
    /// Userdata and C data whose finalizer has to run.
    pub(super) finalizable: Vec<*mut ObjectHeader>,
    pub(super) sweep_class: usize,
    pub(super) sweep_index: usize,
    pub(super) marked_bytes: usize,
    pub(super) live_bytes: usize,
    pub(super) threshold_bytes: usize,
    pub(super) epoch: u32,
    pub(super) cycles: u64,
    pub(super) is_stopped: bool,
    /// A step runs: allocations inside it (weak tables being rebuilt) do not pay.
    pub(super) is_stepping: bool,
    pub(super) pause_percent: usize,
    pub(super) step_multiplier_percent: usize,
    /// Start a cycle at every safe point (test mode).
    pub(super) stress: bool,
    stress_points: u64,
}

impl Collector {
    pub(super) fn new() -> Collector {
        Collector {
            phase: CollectorPhase::Idle,
            gray: Vec::new(),
            partial: Vec::new(),
            last_weakness: (std::ptr::null_mut(), 0),
            credit: 0,
            owed_bytes: 0,
            bytes_since_frame: usize::MAX,
            observer: None,
            weak: Vec::new(),
            weak_position: (0, 0),
            becoming_weak: Vec::new(),
            owners: Vec::new(),
            owner_position: 0,
            owner_kept: 0,
            owner_end: 0,
            finalizable: Vec::new(),
            sweep_class: 0,
            sweep_index: 0,
            marked_bytes: 0,
            live_bytes: 0,
            threshold_bytes: LEAST_CYCLE_BYTES,
            epoch: 0,
            cycles: 0,
            is_stopped: false,
            is_stepping: false,
            pause_percent: 125,
            step_multiplier_percent: 200,
            stress: false,
            stress_points: 0,
        }
    }
    pub(super) fn is_active(&self) -> bool {
        self.phase != CollectorPhase::Idle
    }
    /// New memory must carry a mark.
    pub(super) fn allocates_marked(&self) -> bool {
        !matches!(self.phase, CollectorPhase::Idle | CollectorPhase::Sweep)
    }
    pub(super) fn is_sweeping(&self) -> bool {
        self.phase == CollectorPhase::Sweep
    }
    /// Notes allocated bytes.
    pub(super) fn owe(&mut self, bytes: usize) {
        self.owed_bytes = self.owed_bytes.saturating_add(bytes);
        self.bytes_since_frame = self.bytes_since_frame.saturating_add(bytes);
    }
    /// Bytes of work for a byte allocated while a cycle runs. A cycle is about 2.2 times the live bytes of work (marking counts an
    /// object's cell and its words, sweeping an eighth).
    fn work_per_byte(&self) -> usize {
        // Without a host that gives a budget every frame the cycle has to end after a fifth of the live bytes.
        if self.is_host_pacing() { 4 } else { 11 }
    }
    /// Whether the host spends a budget every frame: then allocations pay only if that is far from enough, and cycles begin earlier.
    pub(super) fn is_host_pacing(&self) -> bool {
        self.bytes_since_frame < (self.live_bytes / 16).max(1 << 20)
    }
    #[inline]
    pub(super) fn mark_string(&mut self, string: *mut LuaString) {
        if self.phase == CollectorPhase::Sweep {
            return;
        }
        // SAFETY: I1, I7: a live string is the start of a cell.
        unsafe {
            if Block::mark(string.cast()) {
                self.marked_bytes += Block::cell_bytes_of(string.cast());
            }
        }
    }
    #[inline]
    pub(super) fn mark_object(&mut self, object: *mut ObjectHeader) {
        // SAFETY: I1, I7: a live object is the start of a cell.
        unsafe {
            if Block::mark(object.cast()) {
                self.marked_bytes += Block::cell_bytes_of(object.cast());
                self.gray.push(object);
            }
        }
    }
    #[inline]
    pub(super) fn mark_value(&mut self, value: Value) {
        if let Some(object) = value.as_heap() {
            if value.is_string() {
                self.mark_string(object.cast());
            } else {
                self.mark_object(object);
            }
        }
    }
    /// Marks storage that has no values to scan by itself.
    pub(super) fn mark_storage(&mut self, storage: *mut u8) {
        // SAFETY: I7: storage is the start of a cell.
        unsafe {
            if Block::mark(storage) {
                self.marked_bytes += Block::cell_bytes_of(storage);
            }
        }
    }
}

/// Whether a value would not survive the marking that has just ended.
fn is_dead(value: Value) -> bool {
    match value.as_heap() {
        // SAFETY: I1, I7: entries of a table point to objects that are not swept yet.
        Some(object) => unsafe { !Block::is_marked(object.cast()) },
        None => false,
    }
}

/// Whether a value is a userdata whose finalizer has run or waits: weak values forget it, weak keys do not (so that the
/// finalizer still finds what was stored under the object).
fn is_finalized(value: Value) -> bool {
    // SAFETY: I1: entries of a table point to objects that are not swept yet.
    value
        .as_userdata()
        .is_some_and(|userdata| unsafe { (*userdata).header.flags & 1 != 0 })
}

impl Heap {
    /// The current phase.
    pub fn phase(&self) -> CollectorPhase {
        self.collector.phase
    }
    /// Figures for logs.
    pub fn statistics(&self) -> Statistics {
        Statistics {
            cycles: self.collector.cycles,
            live_bytes: self.collector.live_bytes,
            block_bytes: self.block_bytes,
            most_block_bytes: self.most_block_bytes,
        }
    }
    /// Whether collections are switched off.
    pub fn is_stopped(&self) -> bool {
        self.collector.is_stopped
    }
    /// Stops (true) or allows automatic cycles.
    pub fn set_stopped(&mut self, stopped: bool) {
        self.collector.is_stopped = stopped;
        if !stopped {
            self.check_due();
        }
    }
    /// Test mode: a whole cycle at every safe point; in a long program, after [`STRESS_CYCLES`], at every 64th.
    pub fn set_stress(&mut self, stress: bool) {
        self.collector.stress = stress;
        self.safe_point_due = stress;
    }
    /// Whether every safe point runs a whole cycle.
    pub fn is_stressed(&self) -> bool {
        self.collector.stress
    }
    /// `collectgarbage("setpause")`: percent of live bytes at which a cycle starts; returns the old one.
    pub fn set_pause_percent(&mut self, percent: usize) -> usize {
        std::mem::replace(
            &mut self.collector.pause_percent,
            percent.clamp(100, 100_000),
        )
    }
    /// `collectgarbage("setstepmul")`; returns the old one.
    pub fn set_step_multiplier_percent(&mut self, percent: usize) -> usize {
        std::mem::replace(
            &mut self.collector.step_multiplier_percent,
            percent.clamp(100, 100_000),
        )
    }
    /// Whether a cycle should start at this safe point.
    pub fn is_cycle_due(&self) -> bool {
        self.collector.phase == CollectorPhase::Idle
            && !self.collector.is_stopped
            && (self.allocated_bytes >= self.collector.threshold_bytes || self.collector.stress)
    }
    /// In the test mode: whether this safe point is one of those that collect.
    pub(crate) fn is_stress_point(&mut self) -> bool {
        self.collector.stress_points += 1;
        self.collector.stress_points < STRESS_CYCLES
            || self.collector.stress_points.is_multiple_of(64)
    }
    /// Whether the limit set by the embedder is exceeded.
    pub fn is_over_limit(&self) -> bool {
        self.limit_bytes != 0 && self.used_bytes() > self.limit_bytes
    }
    /// Whether finalizers wait.
    pub fn has_finalizers(&self) -> bool {
        !self.collector.finalizable.is_empty()
    }
    /// The next object whose finalizer has to run.
    pub fn take_finalizer(&mut self) -> Option<*mut ObjectHeader> {
        self.collector.finalizable.pop()
    }
    /// Recomputes [`Heap::safe_point_due`].
    pub fn check_due(&mut self) {
        self.safe_point_due = self.collector.stress
            || self.is_cycle_due()
            || self.is_over_limit()
            || self.has_finalizers();
    }

    /// Queues what a store is about to overwrite. Call it when [`Heap::barrier_active`].
    #[inline]
    pub fn barrier(&mut self, overwritten: Value) {
        if self.barrier_active {
            self.collector.mark_value(overwritten);
        }
    }
    /// Marks what a weak table returned.
    #[inline]
    pub fn mark_read(&mut self, value: Value) {
        if self.collector.phase == CollectorPhase::Mark
            || self.collector.phase == CollectorPhase::ClearWeak
        {
            self.collector.mark_value(value);
        }
    }

    /// Begins a cycle. Only at a safe point; `roots` visits everything that is alive.
    pub fn start_cycle(&mut self, roots: impl FnOnce(&mut dyn FnMut(Value))) {
        if !self.collector.is_active() {
            self.observed(StepCause::Start, |heap| heap.mark_roots(roots));
        }
    }
    fn mark_roots(&mut self, roots: impl FnOnce(&mut dyn FnMut(Value))) {
        self.settle_weak_tables();
        let collector = &mut self.collector;
        collector.epoch = collector.epoch.wrapping_add(1);
        collector.phase = CollectorPhase::Mark;
        collector.marked_bytes = 0;
        collector.credit = 0;
        collector.owed_bytes = 0;
        self.barrier_active = true;
        // What is left of the running allocation runs counts as born in this cycle.
        for class in 0..CLASS_COUNT {
            let cursor = self.cursors[class];
            if cursor.bump < cursor.limit {
                let block = Block::of(cursor.bump);
                let start = cursor.bump as usize - block as usize;
                // SAFETY: I7: the cursor lies in a live block; the limit may be the block's end.
                unsafe { (*block).mark_range(start, cursor.limit as usize - block as usize) };
            }
        }
        let collector = &mut self.collector;
        self.shapes
            .for_each_root(|value| collector.mark_value(value));
        roots(&mut |value| collector.mark_value(value));
        collector.mark_value(self.key_mode);
        collector.mark_value(self.key_gc);
        for &object in &collector.finalizable.clone() {
            collector.mark_object(object);
        }
        self.check_due();
    }
    /// Gives the weak form to tables that the last cycle found to need it; between cycles only. True if there was one.
    pub(crate) fn settle_weak_tables(&mut self) -> bool {
        let found = std::mem::take(&mut self.collector.becoming_weak);
        for &(table, weakness) in &found {
            // SAFETY: I1: the last cycle marked these tables, and nothing has been freed since. Without memory for it the table
            // stays strong.
            let _: Result<(), OutOfMemory> = unsafe { Table::make_weak(table, self, weakness) };
        }
        !found.is_empty()
    }
    /// Notes that `table` is used as a metatable. Metamethods are looked up without regard to weakness, so a weak table in
    /// this role keeps its string-keyed values.
    pub(crate) fn note_metatable(&mut self, table: *mut Table) {
        // SAFETY: I1, I4: a live table; a weak one has its string keys in a hash part.
        unsafe {
            if (*table).header.flags & IS_METATABLE != 0 {
                return;
            }
            (*table).header.flags |= IS_METATABLE;
            let strings = (*(*table).body).slots.cast::<HashPart>();
            if (*table).header.flags & (WEAK_KEYS | WEAK_VALUES) == 0 || strings.is_null() {
                return;
            }
            for index in 0..(*strings).count as usize {
                let value = (*HashPart::entries(strings).add(index)).value;
                self.mark_read(value);
            }
        }
    }
    /// Scans a coroutine's stack before the interpreter switches to it.
    #[inline]
    pub fn scan_before_resume(&mut self, thread: *mut Thread) {
        if self.collector.phase == CollectorPhase::Mark {
            self.scan_thread(thread);
        }
    }

    /// Pays for an allocation of `bytes`: moves the running cycle on, or notes that one is due.
    pub(super) fn pay_for(&mut self, bytes: usize) {
        if self.collector.phase == CollectorPhase::Idle {
            self.check_due();
            return;
        }
        self.collector.owe(bytes);
        if self.collector.is_stepping || self.collector.owed_bytes < LEAST_PAID_BYTES {
            return;
        }
        let factor =
            (self.collector.work_per_byte() * self.collector.step_multiplier_percent / 200).max(1);
        let owed = self.collector.owed_bytes.saturating_mul(factor);
        // The host's budget comes first: only what it did not do is done here, in the middle of the program.
        let paid = owed.min(self.collector.credit);
        self.collector.credit -= paid;
        // A single large allocation does not pay all at once, which would be a long pause.
        let rest = owed - paid;
        let work = rest.min(MOST_PAID_WORK.max(rest / 4));
        self.collector.owed_bytes = (rest - work) / factor;
        if work > 0 {
            self.observed(StepCause::Allocation, |heap| {
                heap.work_for(work);
            });
        }
        if self.is_over_limit() {
            self.safe_point_due = true;
        }
    }
    /// Runs the cycle in progress for at most `budget`; true when it is complete.
    pub fn step_for(&mut self, budget: Duration) -> bool {
        self.collector.bytes_since_frame = 0;
        self.observed(StepCause::Frame, |heap| {
            let start = Instant::now();
            let mut last = Duration::ZERO;
            while heap.collector.is_active() {
                let done = heap.work_for(FRAME_PIECE_BYTES);
                heap.collector.credit = heap.collector.credit.saturating_add(done);
                let spent = start.elapsed();
                let piece = spent - last;
                last = spent;
                if spent + piece >= budget {
                    break;
                }
            }
        });
        !self.collector.is_active()
    }
    /// Runs the cycle in progress to its end.
    pub fn finish_cycle(&mut self) {
        self.observed(StepCause::Request, |heap| {
            while heap.collector.is_active() {
                heap.work_for(usize::MAX / 2);
            }
        });
    }
    /// Runs the cycle in progress for about `work` bytes marked or swept; true when it is complete.
    pub fn step_work(&mut self, work: usize) -> bool {
        self.observed(StepCause::Request, |heap| {
            heap.work_for(work);
        });
        !self.collector.is_active()
    }
    /// From now on `observer` is told of every step. It must not touch the heap.
    pub fn set_step_observer(&mut self, observer: Option<StepObserver>) {
        self.collector.observer = observer;
    }
    /// Does `step`, if a cycle runs, and tells the observer what it took.
    fn observed(&mut self, cause: StepCause, step: impl FnOnce(&mut Heap)) {
        if self.collector.observer.is_none() {
            return step(self);
        }
        if !self.collector.is_active() && cause != StepCause::Start {
            return;
        }
        let before = thread_cpu_time_s().unwrap_or(0.0);
        step(self);
        let record = StepRecord {
            cause,
            phase: self.collector.phase,
            cpu_s: thread_cpu_time_s().unwrap_or(0.0) - before,
            marked_bytes: self.collector.marked_bytes,
            block_bytes: self.block_bytes,
        };
        if let Some(observer) = &mut self.collector.observer {
            observer(&record);
        }
    }
    /// Works for about `work` bytes; answers how much it was.
    fn work_for(&mut self, work: usize) -> usize {
        let mut left = work as isize;
        self.collector.is_stepping = true;
        while left > 0 && self.collector.is_active() {
            left -= match self.collector.phase {
                CollectorPhase::Idle => break,
                CollectorPhase::Mark => self.mark_piece(left),
                CollectorPhase::ClearWeak => self.clear_weak_piece(),
                CollectorPhase::PurgeStrings => self.purge_strings_piece(),
                CollectorPhase::DestroyOwners => self.destroy_owners_piece(),
                CollectorPhase::Sweep => self.sweep_piece(),
            };
        }
        self.collector.is_stepping = false;
        (work as isize).saturating_sub(left).max(0) as usize
    }

    // ---- After marking ----

    fn clear_weak_piece(&mut self) -> isize {
        let (index, start) = self.collector.weak_position;
        let Some(&table) = self.collector.weak.get(index) else {
            self.collector.weak.clear();
            // `mark_read` may have made something gray meanwhile: finish it before anything is freed.
            if !self.collector.gray.is_empty() || !self.collector.partial.is_empty() {
                self.collector.phase = CollectorPhase::Mark;
                return 1;
            }
            self.barrier_active = false;
            self.collector.phase = CollectorPhase::PurgeStrings;
            self.strings.purge_start();
            return 1;
        };
        // SAFETY: I1, I4: weak tables found by marking are live.
        unsafe {
            let body = (*table).body;
            let mut finished = true;
            if body != self.empty_body {
                for part in [(*body).hash, (*body).slots.cast::<HashPart>()] {
                    if part.is_null() {
                        continue;
                    }
                    let end = ((*part).count as usize).min(start + SCAN_PIECE);
                    for position in start..end {
                        let entry = HashPart::entries(part).add(position);
                        if is_dead((*entry).key)
                            || is_dead((*entry).value)
                            || is_finalized((*entry).value)
                        {
                            if is_dead((*entry).key) {
                                (*entry).key = Value::marker(7);
                            }
                            (*entry).value = Value::NIL;
                        }
                    }
                    finished &= end == (*part).count as usize;
                }
            }
            self.collector.weak_position = if finished {
                (index + 1, 0)
            } else {
                (index, start + SCAN_PIECE)
            };
        }
        SCAN_PIECE as isize * 16
    }
    fn purge_strings_piece(&mut self) -> isize {
        // SAFETY: I3, I7: strings in the table are not swept yet.
        let done = self
            .strings
            .purge_step(4096, |string| unsafe { Block::is_marked(string.cast()) });
        if done {
            // Sites lie in the code of prototypes, which the next phase frees.
            self.recent_tables = [(0, 0); 64];
            self.sweep_epoch = self.sweep_epoch.wrapping_add(1);
            self.collector.phase = CollectorPhase::DestroyOwners;
            self.collector.owner_position = 0;
            self.collector.owner_kept = 0;
            self.collector.owner_end = self.collector.owners.len();
        }
        4096 * 8
    }
    fn destroy_owners_piece(&mut self) -> isize {
        for _ in 0..1024 {
            let position = self.collector.owner_position;
            if position == self.collector.owners.len() {
                self.collector.owners.truncate(self.collector.owner_kept);
                self.begin_sweep();
                break;
            }
            let object = self.collector.owners[position];
            self.collector.owner_position += 1;
            // SAFETY: I1, I7: the object is not swept yet; owners born meanwhile are marked.
            unsafe {
                if Block::is_marked(object.cast()) {
                    let kept = self.collector.owner_kept;
                    self.collector.owners[kept] = object;
                    self.collector.owner_kept += 1;
                } else {
                    self.destroy(object);
                }
            }
        }
        1024 * 16
    }
    /// Drops what a dead object owns outside the heap.
    unsafe fn destroy(&mut self, object: *mut ObjectHeader) {
        // SAFETY: I2: each owner is destroyed once; its content was made by `Box`.
        unsafe {
            match (*object).kind {
                ObjectKind::Prototype => {
                    let data = Box::from_raw((*object.cast::<Prototype>()).data);
                    self.charge_external(0, data.code.len() * 4 + data.constants.len() * 8 + 256);
                }
                ObjectKind::Thread => {
                    let size = (*object.cast::<Thread>()).size;
                    // A live closure may share a variable of the dead coroutine.
                    Thread::close_upvalues(object.cast(), (*object.cast::<Thread>()).stack);
                    Thread::free_stack(object.cast());
                    self.charge_external(0, size * 8);
                }
                ObjectKind::UserData => drop((*object.cast::<UserData>()).payload.take()),
                _ => {}
            }
            (*object).kind = ObjectKind::Free;
        }
    }
    /// Makes every finalizer wait, whether its object is reachable or not: the machine is being closed.
    pub(crate) fn finalize_everything(&mut self) {
        let waiting = self.owners_to_finalize(|_| true);
        self.collector.finalizable.extend(waiting);
    }
    /// Owners with a finalizer that has not run, among those that `is_wanted` selects; they are noted as finalized.
    pub(super) fn owners_to_finalize(
        &mut self,
        is_wanted: impl Fn(*mut ObjectHeader) -> bool,
    ) -> Vec<*mut ObjectHeader> {
        let key = self.key_gc;
        let mut waiting = Vec::new();
        for &object in &self.collector.owners {
            // SAFETY: I1: owners are live until destroyed, and destroyed ones have another kind.
            unsafe {
                let has_finalizer = match (*object).kind {
                    ObjectKind::UserData => {
                        let metatable = (*object.cast::<UserData>()).metatable;
                        !metatable.is_null() && !Table::get_string(metatable, self, key).is_nil()
                    }
                    ObjectKind::CData => true,
                    _ => false,
                };
                if has_finalizer && (*object).flags & IS_FINALIZED == 0 && is_wanted(object) {
                    (*object).flags |= IS_FINALIZED;
                    waiting.push(object);
                }
            }
        }
        waiting
    }
    pub(super) fn destroy_all_owners(&mut self) {
        // Userdata first: their payloads may be observed by nobody any more, prototypes and stacks are plain memory.
        for object in std::mem::take(&mut self.collector.owners) {
            // SAFETY: I2: the heap is being dropped; nothing runs any more.
            unsafe { self.destroy(object) };
        }
    }
    /// Live prototypes, for clearing caches.
    pub fn for_each_prototype(&self, mut visit: impl FnMut(*mut Prototype)) {
        for &object in &self.collector.owners {
            // SAFETY: I1: owners are live until destroyed and removed.
            if unsafe { (*object).kind } == ObjectKind::Prototype {
                visit(object.cast());
            }
        }
    }
    fn begin_sweep(&mut self) {
        for class in 0..CLASS_COUNT {
            self.retire(class);
            self.classes[class].current = 0;
            self.classes[class].position = FIRST_CELL_OFFSET;
            for &block in &self.classes[class].blocks {
                // SAFETY: I7: blocks in the list are live.
                unsafe { (*block).is_swept = false };
            }
        }
        for &block in &self.large {
            // SAFETY: I7.
            unsafe { (*block).is_swept = false };
        }
        self.allocated_bytes = 0;
        self.collector.live_bytes = self.collector.marked_bytes;
        self.collector.sweep_class = 0;
        self.collector.sweep_index = 0;
        self.collector.phase = CollectorPhase::Sweep;
    }
    fn sweep_piece(&mut self) -> isize {
        let (class, index) = (self.collector.sweep_class, self.collector.sweep_index);
        if class == CLASS_COUNT {
            return self.sweep_large_piece();
        }
        let state = &mut self.classes[class];
        let Some(&block) = state.blocks.get(index) else {
            self.collector.sweep_class += 1;
            self.collector.sweep_index = 0;
            return 64;
        };
        // SAFETY: I7: blocks in the list are live.
        let head = unsafe { &mut *block };
        if !head.is_swept {
            // The allocator sweeps blocks itself when it comes to them; only blocks behind its position get here.
            if head.sweep() && index > state.current {
                state.blocks.swap_remove(index);
                self.free_blocks.push(block);
                self.block_bytes -= BLOCK_BYTES;
                return BLOCK_BYTES as isize / 8;
            }
        }
        self.collector.sweep_index += 1;
        BLOCK_BYTES as isize / 8
    }
    fn sweep_large_piece(&mut self) -> isize {
        let index = self.collector.sweep_index;
        let Some(&block) = self.large.get(index) else {
            self.end_cycle();
            return 64;
        };
        // SAFETY: I7: blocks in the list are live; a large block's only cell is the first.
        unsafe {
            if !(*block).is_swept && (*block).sweep() {
                let size = (*block).total_bytes;
                self.large.swap_remove(index);
                self.release_large(block);
                return size.min(64 * 1024) as isize;
            }
        }
        self.collector.sweep_index += 1;
        256
    }
    fn end_cycle(&mut self) {
        let collector = &mut self.collector;
        collector.phase = CollectorPhase::Idle;
        collector.cycles += 1;
        let live = collector.live_bytes + self.external_bytes;
        // A small heap may double; a large one pays for its size; in between it falls from one to the other.
        let between = SMALL_HEAP_BYTES.saturating_sub(live / 4);
        let percent = collector.pause_percent - 100;
        let percent = if collector.is_host_pacing() {
            percent * 3 / 5
        } else {
            percent
        };
        let growth = (live / 100 * percent).max(live.min(between));
        collector.threshold_bytes = growth.max(LEAST_CYCLE_BYTES);
        self.check_due();
    }
}
