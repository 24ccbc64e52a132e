//! Crash safety: `kill -9` of a driver at random moments; no action twice, none forgotten.

use crate::driver::Folder;
use crate::stand::{diagnosis, settings};
use evenkeel_core::{At, FaultKind, Timestamp};
use evenkeel_remedy::action::Key;
use evenkeel_remedy::driver::{Driver, Journal};
use evenkeel_remedy::executor::{Applied, Executor, Permit};
use evenkeel_remedy::machine::{Entry, Record};
use evenkeel_remedy::verb::StandardVerb;
use evenkeel_remedy::{Event, Health, Remediator, Runbook, Sample, Target};
use evenkeel_stats::Generator;
use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

const FOLDER: &str = "EVENKEEL_KILLED_FOLDER";
const SEED: &str = "EVENKEEL_KILLED_SEED";
const LAST: &str = "EVENKEEL_KILLED_LAST";

/// What it does is a line in a file, begun and ended, with time in between to be killed in.
struct Ledgered {
    file: PathBuf,
    random: Generator,
}

impl Ledgered {
    fn note(&self, what: &str, key: Key) {
        let mut file = OpenOptions::new().append(true).create(true).open(&self.file).unwrap();
        file.write_all(format!("{what} {key}\n").as_bytes()).unwrap();
    }

    fn knows(&self, what: &str, key: Key) -> bool {
        let text = fs::read_to_string(&self.file).unwrap_or_default();
        text.lines().any(|line| line == format!("{what} {key}"))
    }
}

impl Executor<StandardVerb> for Ledgered {
    fn apply(&mut self, permit: Permit<StandardVerb>) -> Applied {
        let key = permit.key();
        self.note("begin", key);
        std::thread::sleep(Duration::from_micros(self.random.uniform_below(3000)));
        self.note("end", key);
        Applied::Done
    }

    fn probe(&mut self, key: Key) -> Applied {
        if self.knows("end", key) {
            Applied::Done
        } else if self.knows("begin", key) {
            Applied::Failed { why: "whoever did it was killed".into() }
        } else {
            Applied::Absent { why: "it was not begun".into() }
        }
    }
}

/// Settings under which a machine that was recovered acts soon.
fn quick() -> evenkeel_remedy::machine::RemediatorBuilder<StandardVerb, evenkeel_remedy::ErrorRatio> {
    settings().handover(Duration::from_secs(4))
}

/// The child: a driver that cures one incident after another.
#[test]
#[ignore = "a part of `nothing_is_applied_twice_and_nothing_forgotten`, which runs it"]
fn child() {
    let Ok(folder) = std::env::var(FOLDER) else { return };
    let number = |name| std::env::var(name).unwrap().parse::<u64>().unwrap();
    let folder = Path::new(&folder);
    let (journal, records) = Journal::open(folder.join("log")).unwrap();
    let mut now = records.last().map_or(Timestamp::EPOCH, Record::at);
    let machine = Remediator::recover(quick(), records).unwrap();
    let executor = Ledgered { file: folder.join("done"), random: Generator::new(number(SEED)) };
    let mut driver = Driver::new(machine, Runbook::standard(), executor, journal);
    while driver.machine().next_incident() <= number(LAST) || driver.machine().incidents().next().is_some() {
        now = now + Duration::from_secs(1);
        let target = Target::instance("store", "store-1");
        driver.step(now, Event::Health { target, health: At::new(now, Health::Failing) }).unwrap();
        if driver.machine().incidents().next().is_none() {
            let incident = driver.machine().next_incident();
            let diagnosis = diagnosis("store", FaultKind::PoolExhausted);
            driver.step(now, Event::Opened { incident, symptom: None, diagnosis }).unwrap();
        }
        let sample = At::new(now, Sample::Counts { good: 400, bad: 0 });
        driver.step(now, Event::Seen { incident: None, sample }).unwrap();
    }
}

fn spawn(folder: &Path, seed: u64, last: u64) -> std::process::Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "killed::child", "--ignored", "--test-threads=1"])
        .env(FOLDER, folder)
        .env(SEED, seed.to_string())
        .env(LAST, last.to_string())
        .stdout(Stdio::null())
        .spawn()
        .unwrap()
}

#[test]
fn nothing_is_applied_twice_and_nothing_forgotten() {
    let folder = Folder::new("killed");
    let mut random = Generator::new(9);
    let kills = 60;
    for seed in 0..kills {
        // Killed at work, by what it has written: how fast it works is the machine's affair.
        let size = || fs::metadata(folder.0.join("log")).map_or(0, |log| log.len());
        let until = size() + 1 + random.uniform_below(15_000);
        let mut child = spawn(&folder.0, seed, u64::MAX - 1);
        while size() < until && child.try_wait().unwrap().is_none() {
            std::thread::sleep(Duration::from_micros(100));
        }
        child.kill().unwrap();
        child.wait().unwrap();
    }
    // In the end one is let live, until what is open is closed.
    let next = || {
        let (_, records) = Journal::<StandardVerb>::open(folder.0.join("log")).unwrap();
        Remediator::recover(settings(), records).unwrap().next_incident()
    };
    let last = next();
    assert!(spawn(&folder.0, kills, last).wait().unwrap().success());

    let (_, records) = Journal::<StandardVerb>::open(folder.0.join("log")).unwrap();
    let done = fs::read_to_string(folder.0.join("done")).unwrap();
    let mut begun = BTreeMap::<&str, u32>::new();
    for key in done.lines().filter_map(|line| line.strip_prefix("begin ")) {
        *begun.entry(key).or_default() += 1;
    }
    assert!(begun.values().all(|n| *n == 1), "applied twice: {begun:?}");
    let (mut intents, mut settled) = (BTreeSet::new(), BTreeMap::new());
    let (mut opened, mut closed, mut doubted) = (0, 0, 0);
    for record in &records {
        match record.entry() {
            Entry::Intent { key, .. } => assert!(intents.insert(key.to_string()), "one intent twice"),
            Entry::Settled { key, outcome } => {
                assert!(settled.insert(key.to_string(), outcome.clone()).is_none());
            }
            Entry::Doubted { .. } => doubted += 1,
            Entry::Opened { .. } => opened += 1,
            Entry::Closed { .. } => closed += 1,
            _ => {}
        }
    }
    assert_eq!(opened, closed, "an incident was forgotten");
    assert_eq!(intents.len(), settled.len(), "an intent was forgotten");
    for (key, outcome) in &settled {
        let absent = matches!(outcome, Applied::Absent { .. });
        assert_eq!(absent, !begun.contains_key(key.as_str()), "{key} is said to be {outcome}");
    }
    for key in begun.keys() {
        assert!(intents.contains(*key), "{key} was done without an intent");
    }
    println!(
        "{kills} kills, {opened} incidents, {} actions, {doubted} of them in doubt after a kill",
        begun.len()
    );
    assert!(doubted > 3, "it was never killed in the middle");
}
