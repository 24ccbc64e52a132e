//! A fleet of generated series, of which one service has an incident.

use evenkeel::detect::ensemble::Tier;
use evenkeel::detect::fleet::FleetEvent;
use evenkeel::detect::{Budget, Fleet, Monitor};
use evenkeel::prelude::{At, Error, Snapshot, Timestamp, restore};
use evenkeel::stats::Generator;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::fs::{self, File};
use std::io::{self, BufReader, BufWriter, Read, Write};
use std::path::Path;
use std::time::{Duration, Instant};

/// Instances of a service.
pub const SERVICE: u32 = 200;
/// How long it is from one value of a series to the next.
pub const STEP: Duration = Duration::from_secs(10);

/// The latency of an instance of a service: a series.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Instance(pub u32);

/// "service-004/017".
impl fmt::Display for Instance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "service-{:03}/{:03}", self.0 / SERVICE, self.0 % SERVICE)
    }
}

/// The labels of an instance: its service, and one of twenty zones.
pub fn labels(key: &Instance, label: &mut dyn FnMut(&str)) {
    label(&format!("service-{:03}", key.0 / SERVICE));
    label(&format!("zone-{:02}", key.0 % 20));
}

/// What is run.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Setup {
    /// How many series, at least [`SERVICE`].
    pub series: u32,
    /// False pages of all of them together.
    pub budget: Budget,
    /// So many values of each are normal.
    pub normal: u32,
    /// In so many the first service is slower.
    pub slower: u32,
    /// So many are normal again.
    pub after: u32,
    /// What is drawn.
    pub seed: u64,
}

/// What was seen.
#[derive(Debug, Clone)]
pub struct Ran {
    /// The fleet at the end.
    pub fleet: Fleet<Instance, Monitor>,
    /// What deserved attention.
    pub told: Vec<FleetEvent<Instance>>,
    /// How many values it took.
    pub updates: u64,
    /// How long they took, without what generates them and without ticks.
    pub updating: Duration,
    /// How long the ticks took, and how many there were.
    pub ticking: (Duration, u32),
}

impl Setup {
    /// From when to when the first service is slower.
    #[must_use]
    pub fn incident(&self) -> (Timestamp, Timestamp) {
        let at = |round: u32| Timestamp::EPOCH + START + STEP * round;
        (at(self.normal), at(self.normal + self.slower))
    }
}

/// 2026-03-02, in seconds.
const START: Duration = Duration::from_secs(1_772_409_600);
/// How much slower the service is, in standard deviations.
const SLOWER: f64 = 4.0;

/// Runs a fleet: each series has normal values, independent, around a level of its own; those of the first
/// service are four standard deviations higher for a while. One value every ten seconds, one tick after each.
///
/// # Errors
/// If there are fewer series than a service has, or the budget is one that a monitor can't hold.
pub fn run(setup: Setup) -> Result<Ran, Error> {
    Error::require(setup.series >= SERVICE, "series", "at least 200", setup.series)?;
    let monitor = Monitor::builder(setup.budget).tier(Tier::Fast).step(STEP);
    // The share of a series is a fraction of the budget, and is given by the fleet.
    let monitor = monitor.build()?;
    let mut fleet = Fleet::builder(monitor, setup.budget)
        .capacity(2 * setup.series as usize)
        .at_least(u64::from(setup.series))
        .build::<Instance>()?;
    let mut draw = Generator::new(setup.seed);
    let (mut told, mut values) = (Vec::new(), vec![0.0; setup.series as usize]);
    let (mut updating, mut ticking) = (Duration::ZERO, Duration::ZERO);
    let rounds = setup.normal + setup.slower + setup.after;
    let (from, until) = setup.incident();
    for round in 0..rounds {
        let now = Timestamp::EPOCH + START + STEP * round;
        let is_wrong = now >= from && now < until;
        for (i, value) in values.iter_mut().enumerate() {
            let level = 0.05 + 0.01 * (i % 17) as f64;
            let shift = if is_wrong && i < SERVICE as usize { SLOWER } else { 0.0 };
            *value = level * (1.0 + 0.1 * (draw.normal() + shift));
        }
        let started = Instant::now();
        for (key, value) in (0..).map(Instance).zip(&values) {
            let _ = fleet.update_with(&key, At::new(now, *value), |key| *key);
        }
        let updated = Instant::now();
        told.extend(fleet.tick(now, &labels));
        updating += updated - started;
        ticking += updated.elapsed();
    }
    let updates = u64::from(rounds) * u64::from(setup.series);
    Ok(Ran { fleet, told, updates, updating, ticking: (ticking, rounds) })
}

/// How long it took to write a snapshot into a file and to restore it, and how large it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Saved {
    /// How long it took to write.
    pub writing: Duration,
    /// How long it took to restore.
    pub restoring: Duration,
    /// Its size in bytes.
    pub bytes: u64,
}

/// Writes a snapshot of the fleet, forgets the fleet, restores it, and makes sure that the snapshot of what was
/// restored is the same, byte by byte. The file is removed.
///
/// # Errors
/// A sentence on what failed.
pub fn restart(
    fleet: Fleet<Instance, Monitor>,
    path: &Path,
) -> Result<(Fleet<Instance, Monitor>, Saved), String> {
    let saved = written_and_restored(fleet, path).map_err(|e| format!("{}: {e}", path.display()));
    let removed = fs::remove_file(path).map_err(|e| format!("{}: {e}", path.display()));
    let saved = saved?;
    removed?;
    Ok(saved)
}

fn written_and_restored(
    fleet: Fleet<Instance, Monitor>,
    path: &Path,
) -> Result<(Fleet<Instance, Monitor>, Saved), Box<dyn std::error::Error>> {
    let started = Instant::now();
    let mut file = BufWriter::new(File::create(path)?);
    postcard::to_io(&fleet.snapshot(), &mut file)?;
    file.flush()?;
    let writing = started.elapsed();
    drop((fleet, file));
    let bytes = fs::metadata(path)?.len();
    let started = Instant::now();
    // No string of the snapshot is longer than the name of its parts.
    let mut scratch = vec![0; 65_536];
    let reader = BufReader::new(File::open(path)?);
    let flavor = postcard::de_flavors::io::io::IOReader::new(reader, &mut scratch);
    let fleet: Fleet<Instance, Monitor> = restore(&mut postcard::Deserializer::from_flavor(flavor))?;
    let restoring = started.elapsed();
    let mut same = Same { expected: BufReader::new(File::open(path)?), buffer: Vec::new() };
    postcard::to_io(&fleet.snapshot(), &mut same)?;
    if same.expected.read(&mut [0])? != 0 {
        return Err("what was restored is not what was saved".into());
    }
    Ok((fleet, Saved { writing, restoring, bytes }))
}

/// Takes only what is expected.
struct Same<R> {
    expected: R,
    buffer: Vec<u8>,
}

impl<R: Read> Write for Same<R> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.buffer.resize(bytes.len(), 0);
        self.expected.read_exact(&mut self.buffer)?;
        if self.buffer == bytes {
            Ok(bytes.len())
        } else {
            Err(io::Error::other("what was restored is not what was saved"))
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The memory of this process in bytes, where the system says so in `/proc`.
#[must_use]
pub fn memory() -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok().map(|kilobytes| 1_024 * kilobytes)
}
