//! What the benchmarks of detection share: which detectors run, and their options.

use crate::detectors::{self, DEFAULT, Entry, Output, Run, Setting};
use crate::report::Failure;
use evenkeel_stats::Generator;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::Instant;

/// The options of a benchmark of detection.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Options {
    /// Every detector, beside the default.
    detectors: bool,
    /// Only these, beside the default.
    only: Option<Vec<String>>,
    /// The first cases only.
    pub(super) limit: Option<usize>,
}

impl Options {
    /// Takes an option; see [`super::Task::option`].
    pub(super) fn take(
        &mut self,
        name: &str,
        value: &mut dyn FnMut() -> Result<String, Failure>,
    ) -> Result<bool, Failure> {
        match name {
            "detectors" => self.detectors = true,
            "only" => {
                let names: Vec<String> = value()?.split(',').map(|name| name.trim().to_owned()).collect();
                if let Some(unknown) = names.iter().find(|name| detectors::by_name(name).is_none()) {
                    let known: Vec<&str> = detectors::ALL.iter().map(Entry::name).collect();
                    return Err(Failure::new(format!(
                        "--only must be of {}, was {unknown}",
                        known.join("; ")
                    )));
                }
                self.only = Some(names);
            }
            "limit" => {
                let text = value()?;
                let limit = text.parse().ok().filter(|n| (1..=1_000_000).contains(n));
                let wrong = || Failure::new(format!("--limit must be a whole number from 1, was {text}"));
                self.limit = Some(limit.ok_or_else(wrong)?);
            }
            _ => return Ok(false),
        }
        Ok(true)
    }

    /// Who takes part, under which names: the default, chance, the simplest baseline, and those that were asked for.
    pub(super) fn contestants(&self, outputs: &'static [(&'static str, Output)]) -> Vec<Contestant> {
        let mut all = vec![
            Contestant { name: "evenkeel".into(), runs: Runs::Detector(DEFAULT), outputs: &outputs[..1] },
            Contestant { name: "chance".into(), runs: Runs::Chance, outputs: &[("", Output::Raw)] },
        ];
        let asked = |entry: &&Entry| match &self.only {
            Some(only) => only.iter().any(|name| name == entry.name()),
            None => self.detectors || entry.name() == BASELINE,
        };
        all.extend(detectors::ALL.iter().filter(asked).map(|entry| Contestant {
            name: entry.name().to_owned(),
            runs: Runs::Detector(entry.name()),
            outputs,
        }));
        all
    }
}

/// What is always run to compare with.
const BASELINE: &str = "difference";

/// Somebody who takes part.
pub(super) struct Contestant {
    name: String,
    runs: Runs,
    outputs: &'static [(&'static str, Output)],
}

enum Runs {
    Detector(&'static str),
    /// Uniform scores that know nothing.
    Chance,
}

impl Contestant {
    /// The names of what it hands in: one an output.
    pub(super) fn names(&self) -> impl Iterator<Item = String> {
        self.outputs.iter().map(|(suffix, _)| format!("{}{suffix}", self.name))
    }

    /// What it hands in.
    pub(super) fn outputs(&self) -> impl Iterator<Item = Output> {
        self.outputs.iter().map(|(_, output)| *output)
    }

    /// What it says of a case, the name of which seeds chance.
    pub(super) fn run(
        &self,
        case: &str,
        setting: &Setting,
        history: &[Vec<f64>],
        columns: &[Vec<f64>],
    ) -> Result<Run, String> {
        match self.runs {
            Runs::Detector(name) => {
                let entry = detectors::by_name(name).ok_or_else(|| format!("there is no detector {name}"))?;
                detectors::run(entry, setting, history, columns).map_err(|why| format!("{name}: {why}"))
            }
            Runs::Chance => {
                let started = Instant::now();
                let mut generator = Generator::new(seed(case));
                let mut draw = |columns: &[Vec<f64>]| -> Vec<f64> {
                    (0..columns.first().map_or(0, Vec::len)).map(|_| generator.uniform()).collect()
                };
                let (history, scores) = (draw(history), draw(columns));
                let mut run = Run::default();
                (run.history, run.scores, run.seconds) = (history, scores, started.elapsed().as_secs_f64());
                Ok(run)
            }
        }
    }
}

/// A number of a name (Fowler, Noll and Vo's FNV-1a).
fn seed(name: &str) -> u64 {
    name.bytes().fold(0xCBF2_9CE4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01B3)
    })
}

/// The files of a folder, without `.gz`, in order: those for which `wanted` holds.
pub(super) fn files(folder: &Path, wanted: impl Fn(&str) -> bool) -> Result<Vec<String>, Failure> {
    let because = |why: std::io::Error| Failure::new(format!("{}: {why}", folder.display()));
    let mut names = BTreeSet::new();
    for entry in std::fs::read_dir(folder).map_err(because)? {
        let entry = entry.map_err(because)?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let name = name.strip_suffix(".gz").unwrap_or(&name);
        // A link to a file is one, so the path is asked, not the entry.
        if wanted(name) && entry.path().is_file() {
            names.insert(name.to_owned());
        }
    }
    Ok(names.into_iter().collect())
}

/// The folders in a folder, in order.
pub(super) fn folders(folder: &Path) -> Result<Vec<(String, PathBuf)>, Failure> {
    let because = |why: std::io::Error| Failure::new(format!("{}: {why}", folder.display()));
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(because)? {
        let entry = entry.map_err(because)?;
        if entry.path().is_dir() {
            found.push((entry.file_name().to_string_lossy().into_owned(), entry.path()));
        }
    }
    found.sort_unstable();
    Ok(found)
}

/// A label as a file has it: empty, or 0 or 1 with or without a decimal; `None` if it is anything else.
pub(super) fn label(field: &str) -> Option<Option<bool>> {
    match field {
        "" => Some(None),
        "0" | "0.0" => Some(Some(false)),
        "1" | "1.0" => Some(Some(true)),
        _ => None,
    }
}

/// Tells how far it is. Progress that nobody can see is no reason to stop.
pub(super) fn tell(progress: &mut (dyn std::io::Write + Send), done: usize, total: usize, what: &str) {
    let _ = write!(progress, "\r{done} of {total} {what}{}", if done == total { "\n" } else { "" });
}
