//! Shared by the benchmarks of detection: which detectors run, and what they hand in.

use super::answers::distinct;
use crate::contest::Library;
use crate::detectors::{self, Entry, Output, Run, Setting};
use crate::{Contest, Failure};
use evenkeel_stats::Generator;
use std::time::Instant;

/// What is always run to compare with.
const BASELINE: &str = "difference";

/// A contestant.
pub(super) struct Contestant {
    name: String,
    runs: Runs,
    outputs: &'static [(&'static str, Output)],
}

enum Runs {
    Detector(Entry),
    /// Uniform random scores.
    Chance,
}

/// The contestants and their names: the default, chance, the simplest baseline, those of the library that
/// were asked for, those that were entered.
pub(super) fn contestants(
    contest: &Contest,
    outputs: &'static [(&'static str, Output)],
) -> Result<Vec<Contestant>, Failure> {
    let mut all = Vec::new();
    if contest.library != Library::Nothing {
        let default = detectors::by_name("evenkeel");
        all.extend(default.map(|entry| Contestant::of(entry, &outputs[..1])));
        all.push(Contestant { name: "chance".into(), runs: Runs::Chance, outputs: &[("", Output::Raw)] });
    }
    let asked = |name: &str| contest.library.includes(name, name == BASELINE);
    let listed = detectors::all().into_iter().filter(|entry| asked(entry.name()));
    all.extend(listed.map(|entry| Contestant::of(entry, outputs)));
    for entry in &contest.entries {
        if let crate::entry::Entry::Detector(entry) = entry {
            all.push(Contestant::of(entry.clone(), outputs));
        }
    }
    let names: Vec<String> = all.iter().flat_map(Contestant::names).collect();
    distinct(names.iter().map(String::as_str))?;
    Ok(all)
}

impl Contestant {
    fn of(entry: Entry, outputs: &'static [(&'static str, Output)]) -> Self {
        Self { name: entry.name().to_owned(), runs: Runs::Detector(entry), outputs }
    }

    /// Its name.
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// The names of what it hands in: one an output.
    pub(super) fn names(&self) -> impl Iterator<Item = String> {
        self.outputs.iter().map(|(suffix, _)| format!("{}{suffix}", self.name))
    }

    /// What it hands in.
    pub(super) fn outputs(&self) -> impl ExactSizeIterator<Item = Output> {
        self.outputs.iter().map(|(_, output)| *output)
    }

    /// Its scores of a case; the name of the case seeds chance.
    pub(super) fn run(
        &self,
        case: &str,
        setting: &Setting,
        history: &[Vec<f64>],
        columns: &[Vec<f64>],
    ) -> Result<Run, Failure> {
        match &self.runs {
            Runs::Detector(entry) => detectors::run(entry, setting, history, columns),
            Runs::Chance => {
                let started = Instant::now();
                let mut generator = Generator::new(seed(case));
                let mut draw = |columns: &[Vec<f64>]| -> Vec<f64> {
                    (0..columns.first().map_or(0, Vec::len)).map(|_| generator.uniform()).collect()
                };
                let (history, scores) = (draw(history), draw(columns));
                let mut run = Run::default();
                (run.history, run.scores, run.seconds) = (history, scores, started.elapsed().as_secs_f64());
                run.cost.rows = run.history.len() + run.scores.len();
                run.cost.microseconds_per_row = 1e6 * run.seconds / run.cost.rows.max(1) as f64;
                Ok(run)
            }
        }
    }
}

/// The hash of a name (FNV-1a).
pub(super) fn seed(name: &str) -> u64 {
    name.bytes().fold(0xCBF2_9CE4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01B3)
    })
}
