//! The metrics recorder of an instance.

use super::metrics::{Metrics, Scraped, Span};
use super::pool::Pool;
use super::strain::Outbox;
use std::collections::BTreeMap;
use std::fs;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// Counts and durations since the last scrape.
#[derive(Debug)]
pub(super) struct Recorder {
    window: Mutex<Window>,
    processor: Mutex<Processor>,
    pub(super) inflight: AtomicUsize,
}

#[derive(Debug, Default)]
struct Window {
    seconds: Vec<f64>,
    errors: u64,
    waits: u64,
    waited: f64,
    spans: BTreeMap<(bool, String), Calls>,
}

/// What is known of the calls with one other instance.
#[derive(Debug, Clone, Copy, Default)]
struct Calls {
    count: u64,
    errors: u64,
    slow: u64,
    seconds: f64,
}

/// A call that takes longer is slow: ten times what it takes when nothing is wrong.
const SLOW: Duration = Duration::from_millis(100);

impl Recorder {
    pub(super) fn new() -> Self {
        Self {
            window: Mutex::default(),
            processor: Mutex::new(Processor::new()),
            inflight: AtomicUsize::new(0),
        }
    }

    fn window(&self) -> MutexGuard<'_, Window> {
        self.window.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A request of `caller` was handled.
    pub(super) fn handled(&self, caller: &str, ok: bool, took: Duration) {
        let mut window = self.window();
        window.seconds.push(took.as_secs_f64());
        window.errors += u64::from(!ok);
        window.span(true, caller, ok, took);
    }

    /// A call of `callee` ended.
    pub(super) fn called(&self, callee: &str, ok: bool, took: Duration) {
        self.window().span(false, callee, ok, took);
    }

    /// A wait for a connection ended.
    pub(super) fn waited(&self, took: Duration) {
        let mut window = self.window();
        window.waits += 1;
        window.waited += took.as_secs_f64();
    }

    /// Tells everything and forgets it.
    pub(super) fn scrape(&self, pool: Option<&Pool>, outbox: &Outbox) -> Scraped {
        let mut window = std::mem::take(&mut *self.window());
        window.seconds.sort_unstable_by(f64::total_cmp);
        let n = window.seconds.len();
        let quantile = |q: f64| {
            let rank = (q * n as f64).ceil() as usize;
            window.seconds.get(rank.saturating_sub(1)).copied().unwrap_or(f64::NAN)
        };
        let pooled =
            |pick: fn((usize, usize, usize)) -> usize| pool.map_or(f64::NAN, |p| pick(p.gauge()) as f64);
        let cpu = self.processor.lock().unwrap_or_else(PoisonError::into_inner).cores();
        let metrics = Metrics {
            requests: n as f64,
            errors: window.errors as f64,
            mean: window.seconds.iter().sum::<f64>() / n as f64,
            p50: quantile(0.5),
            p99: quantile(0.99),
            inflight: self.inflight.load(Ordering::Relaxed) as f64,
            pool_in_use: pooled(|(used, _, _)| used),
            pool_waiting: pooled(|(_, waiting, _)| waiting),
            pool_capacity: pooled(|(_, _, capacity)| capacity),
            pool_wait: window.waited / window.waits as f64,
            cpu,
            cpu_seconds: cpu_seconds(),
            memory: memory(),
            outbox: outbox.measure() as f64,
        };
        let spans = window.spans.into_iter();
        let spans = spans
            .map(|((served, other), Calls { count, errors, slow, seconds })| Span {
                other,
                served,
                count,
                errors,
                slow,
                seconds,
            })
            .collect();
        Scraped { metrics, spans }
    }
}

impl Window {
    fn span(&mut self, served: bool, other: &str, ok: bool, took: Duration) {
        let span = self.spans.entry((served, other.to_string())).or_default();
        span.count += 1;
        span.errors += u64::from(!ok);
        span.slow += u64::from(took > SLOW);
        span.seconds += took.as_secs_f64();
    }
}

/// Processor time of the threads, in nanoseconds: the clock of `/proc/self/stat` is too coarse for a quarter
/// of a second.
#[derive(Debug)]
struct Processor {
    since: Instant,
    threads: BTreeMap<String, u64>,
}

impl Processor {
    fn new() -> Self {
        Self { since: Instant::now(), threads: threads() }
    }

    /// Cores used since the last time. What a thread did that has ended since is lost.
    fn cores(&mut self) -> f64 {
        let (now, then) = (threads(), std::mem::take(&mut self.threads));
        let used: u64 =
            now.iter().map(|(id, ns)| ns.saturating_sub(then.get(id).copied().unwrap_or(0))).sum();
        self.threads = now;
        let passed = std::mem::replace(&mut self.since, Instant::now()).elapsed();
        used as f64 / passed.as_nanos().max(1) as f64
    }
}

/// Nanoseconds on a processor, by thread.
fn threads() -> BTreeMap<String, u64> {
    let Ok(tasks) = fs::read_dir("/proc/self/task") else { return BTreeMap::new() };
    tasks
        .flatten()
        .filter_map(|task| {
            let text = fs::read_to_string(task.path().join("schedstat")).ok()?;
            let nanos = text.split(' ').next()?.parse().ok()?;
            Some((task.file_name().into_string().ok()?, nanos))
        })
        .collect()
}

/// User and system time of this process in seconds; NaN where there is no `/proc`. The clock ticks a hundred
/// times a second, as on all common Linux systems.
#[must_use]
pub fn cpu_seconds() -> f64 {
    let stat = fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let times = stat.rsplit_once(") ").map(|(_, rest)| rest.split(' ').skip(11).take(2));
    let ticks = times.map(|times| times.filter_map(|t| t.parse::<f64>().ok()).sum::<f64>());
    ticks.unwrap_or(f64::NAN) / 100.0
}

/// Resident bytes of this process; NaN where there is no `/proc`.
fn memory() -> f64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kib = line.and_then(|l| l.trim().trim_end_matches(" kB").parse::<f64>().ok());
    kib.unwrap_or(f64::NAN) * 1024.0
}
