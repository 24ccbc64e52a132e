//! Injected load of an instance beside its requests.

use evenkeel::stats::Generator;
use std::hint::black_box;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError, RwLock};
use std::thread;
use std::time::{Duration, Instant};

/// Records that requests leave behind, flushed every now and then.
#[derive(Debug, Default)]
pub(super) struct Outbox(Mutex<Records>);

#[derive(Debug, Default)]
struct Records {
    waiting: Vec<Record>,
    // Welford's sums over what scrapes saw.
    n: f64,
    mean: f64,
    squares: f64,
}

#[derive(Debug)]
struct Record {
    at: Instant,
    held: bool,
}

impl Outbox {
    fn records(&self) -> MutexGuard<'_, Records> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn push(&self) {
        self.records().waiting.push(Record { at: Instant::now(), held: false });
    }

    /// Flushes forever.
    pub(super) fn run(&self, mut generator: Generator) {
        loop {
            thread::sleep(Duration::from_secs_f64(0.15 + 0.2 * generator.uniform()));
            self.records().waiting.retain(|r| r.held || r.at.elapsed() < Duration::from_millis(1));
        }
    }

    /// How many wait.
    pub(super) fn measure(&self) -> usize {
        let mut records = self.records();
        let x = records.waiting.len() as f64;
        records.n += 1.0;
        let delta = x - records.mean;
        records.mean += delta / records.n;
        records.squares += delta * (x - records.mean);
        records.waiting.len()
    }

    /// Puts in records that no flush takes: as many as makes a jump of so many standard deviations. Zero
    /// takes them out.
    pub(super) fn hold(&self, sigmas: f64) {
        let mut records = self.records();
        records.waiting.retain(|r| !r.held);
        let sd = (records.squares / (records.n - 1.0).max(1.0)).sqrt().max(1.0);
        let held = (sigmas * sd).ceil() as usize;
        records.waiting.extend((0..held).map(|_| Record { at: Instant::now(), held: true }));
    }
}

/// Memory that is held, touched so that it is resident.
#[derive(Debug, Default)]
pub(super) struct Ballast(Mutex<Vec<u8>>);

impl Ballast {
    pub(super) fn hold(&self, bytes: usize) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = vec![1; bytes];
    }
}

/// A maintenance job run wild: it keeps a processor busy, and most of the time nobody else gets to work.
#[derive(Debug, Default)]
pub(super) struct Burn {
    /// Thousandths of a core; 0: the job is not running.
    pub(super) millicores: AtomicU64,
    /// Requests read, the job writes.
    pub(super) world: RwLock<()>,
}

impl Burn {
    const CYCLE: Duration = Duration::from_millis(1000);
    const HELD: Duration = Duration::from_millis(900);
    const SLICE: Duration = Duration::from_millis(10);

    fn wanted(&self) -> bool {
        self.millicores.load(Ordering::Relaxed) > 0
    }

    /// Burns until it is told to stop.
    pub(super) fn run(&self) {
        while self.wanted() {
            let start = Instant::now();
            let share = self.millicores.load(Ordering::Relaxed) as f64 / 1000.0;
            let busy =
                Self::SLICE.mul_f64((share * Self::CYCLE.as_secs_f64() / Self::HELD.as_secs_f64()).min(1.0));
            {
                let _alone = self.world.write().unwrap_or_else(PoisonError::into_inner);
                while self.wanted() && start.elapsed() < Self::HELD {
                    let slice = Instant::now();
                    let mut x = 1_u64;
                    while slice.elapsed() < busy {
                        x = black_box(x.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ 1);
                    }
                    thread::sleep(Self::SLICE.saturating_sub(slice.elapsed()));
                }
            }
            thread::sleep(Self::CYCLE.saturating_sub(start.elapsed()).min(Self::CYCLE - Self::HELD));
        }
    }

    /// Waits while the job keeps everybody out.
    pub(super) fn pass(&self) {
        drop(self.world.read().unwrap_or_else(PoisonError::into_inner));
    }
}
