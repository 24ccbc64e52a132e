//! Chooses the weights of the default `Fusion` by five-fold cross-validation over the cases of three
//! benchmarks, and says how well weights do that were chosen without the cases they are judged on.
//!
//! `cargo run --release -p evenkeel-eval --example fusion_weights -- DATA/rca` reads `sockshop-rcd`,
//! `petshop` and `nezha` in that folder. The cases of each benchmark are dealt to five folds in the order of
//! their names. The candidates are all combinations of the weights below, with those of the metric localizers
//! as they are. The weights of a fold are those with the highest mean over benchmarks of AC@1 and AC@3 on the
//! other four folds; of equal ones the smallest sum of weights, for what adds nothing needs no voice.

#![expect(clippy::print_stdout, reason = "it is a program for people")]

use evenkeel_eval::{Failure, tasks};
use evenkeel_locate::logs::LogChange;
use evenkeel_locate::traces::{CallChange, TraceTime};
use evenkeel_locate::{
    Calibration, CallGap, Case, ExcessFlow, ExplainAway, Fusion, Localizer, Ranking, SymptomCorrelation,
};
use std::path::Path;

const FOLDS: usize = 5;
const TASKS: [&str; 3] = ["sockshop-rcd", "petshop", "nezha"];
/// The candidates: excess flow, trace time, call change, log change.
const WEIGHTS: [&[f64]; 4] = [&[1.0, 2.0, 4.0], &[1.5, 3.0, 6.0], &[0.75, 1.5, 3.0], &[2.5, 5.0, 10.0]];

/// The temperatures of a [`Calibration`] that are tried.
const TEMPERATURES: [f64; 6] = [0.05, 0.1, 0.15, 0.2, 0.3, 0.5];

/// A case's outcome under one candidate: the place of the culprit and the probability of the first by each
/// temperature.
#[derive(Debug, Clone, Copy)]
struct Outcome {
    place: usize,
    probabilities: [f64; TEMPERATURES.len()],
}

impl Outcome {
    /// The logarithm of the probability of what was the case.
    fn log_likelihood(&self, temperature: usize) -> f64 {
        let p = self.probabilities[temperature].clamp(1e-3, 1.0 - 1e-3);
        if self.place == 1 { p.ln() } else { (1.0 - p).ln() }
    }
}

fn candidates() -> Vec<[f64; 4]> {
    let mut all = Vec::new();
    for flow in WEIGHTS[0] {
        for time in WEIGHTS[1] {
            for calls in WEIGHTS[2] {
                for logs in WEIGHTS[3] {
                    all.push([*flow, *time, *calls, *logs]);
                }
            }
        }
    }
    let sum = |weights: &[f64; 4]| weights.iter().sum::<f64>();
    all.sort_by(|a, b| sum(a).total_cmp(&sum(b)));
    all
}

fn fusion([flow, time, calls, logs]: [f64; 4]) -> Result<Fusion, Failure> {
    let because = |why: evenkeel_core::Error| Failure::new(why.to_string());
    let fusion = Fusion::empty().with(ExplainAway::default(), 1.0).map_err(because)?;
    let fusion = fusion.with(CallGap::default(), 0.5).map_err(because)?;
    let fusion = fusion.with(SymptomCorrelation::default(), 0.3).map_err(because)?;
    let fusion = fusion.with(ExcessFlow, flow).map_err(because)?;
    let fusion = fusion.with(TraceTime, time).map_err(because)?;
    fusion.with(CallChange, calls).map_err(because)?.with(LogChange, logs).map_err(because)
}

fn outcome(ranking: &Ranking, culprit: &str) -> Outcome {
    let suspects = ranking.suspects();
    let score = suspects.iter().find(|suspect| suspect.component() == culprit).map(|suspect| suspect.score());
    // Equal scores count against it.
    let place = score.map_or(usize::MAX, |score| {
        1 + suspects.iter().filter(|other| other.component() != culprit && other.score() >= score).count()
    });
    let probabilities = TEMPERATURES.map(|temperature| {
        let calibration = Calibration::default().with_temperature(temperature).unwrap_or_default();
        calibration.probabilities(ranking).first().copied().unwrap_or(0.0)
    });
    Outcome { place, probabilities }
}

/// The outcomes of all candidates on all cases of a benchmark.
fn outcomes(task: &str, folder: &Path, fusions: &[Fusion]) -> Result<Vec<Vec<Outcome>>, Failure> {
    let all = |case: &Case<'_>, culprit: &str| -> Vec<Outcome> {
        fusions.iter().map(|fusion| outcome(&fusion.rank(case), culprit)).collect()
    };
    let mut found = Vec::new();
    match task {
        "petshop" => {
            for name in tasks::petshop::names(folder)? {
                let issue = tasks::petshop::read(folder, &name)?;
                found.push(all(&issue.case(0)?, &issue.culprit));
            }
        }
        "nezha" => {
            for name in tasks::nezha::names(folder)? {
                let incident = tasks::nezha::read(folder, &name)?;
                found.push(all(&incident.case(0)?, &incident.service));
            }
        }
        _ => {
            for name in tasks::sockshop::names(folder)? {
                let recording = tasks::sockshop::read(folder, &name)?;
                found.push(all(&recording.case(0)?, &recording.service));
            }
        }
    }
    Ok(found)
}

fn share<'a>(outcomes: impl Iterator<Item = &'a Outcome>, places: usize) -> f64 {
    let (hits, all) = outcomes.fold((0.0, 0.0), |(hits, all), outcome| {
        (hits + f64::from(u8::from(outcome.place <= places)), all + 1.0)
    });
    hits / f64::max(all, 1.0)
}

/// The expected calibration error in five bins of equal count.
fn calibration_error(outcomes: &[(f64, bool)]) -> f64 {
    let mut sorted = outcomes.to_vec();
    sorted.sort_by(|a, b| a.0.total_cmp(&b.0));
    let excess = |bin: &[(f64, bool)]| {
        let sum: f64 = bin.iter().map(|(p, is_right)| p - f64::from(u8::from(*is_right))).sum();
        sum.abs()
    };
    let n = sorted.len();
    (0..5).map(|i| excess(&sorted[i * n / 5..(i + 1) * n / 5])).sum::<f64>() / n as f64
}

fn main() -> Result<(), Failure> {
    let root = std::env::args().nth(1).ok_or_else(|| Failure::new("name the folder with the benchmarks"))?;
    let candidates = candidates();
    let fusions: Vec<Fusion> = candidates.iter().map(|weights| fusion(*weights)).collect::<Result<_, _>>()?;
    let mut all: Vec<Vec<Vec<Outcome>>> = Vec::new();
    for task in TASKS {
        all.push(outcomes(task, &Path::new(&root).join(task), &fusions)?);
    }
    // The best on the cases for which `is_wanted` holds.
    let best = |is_wanted: &dyn Fn(usize) -> bool| -> usize {
        let goodness = |candidate: usize| -> f64 {
            let of_task = |cases: &Vec<Vec<Outcome>>| {
                let wanted =
                    || cases.iter().enumerate().filter(|(i, _)| is_wanted(*i)).map(|(_, c)| &c[candidate]);
                share(wanted(), 1) + share(wanted(), 3)
            };
            all.iter().map(of_task).sum()
        };
        (0..candidates.len()).fold(0, |best, candidate| {
            if goodness(candidate) > goodness(best) + 1e-12 { candidate } else { best }
        })
    };
    let chosen: Vec<usize> = (0..FOLDS).map(|fold| best(&|i| i % FOLDS != fold)).collect();
    for (fold, chosen) in chosen.iter().enumerate() {
        println!("without fold {fold}: flow, time, calls, logs = {:?}", candidates[*chosen]);
    }
    println!("on all cases: {:?}", candidates[best(&|_| true)]);
    // The temperature under which what was the case is most probable, on the cases of the other folds.
    let temperature = |fold: usize| -> usize {
        let likelihood = |temperature: usize| -> f64 {
            let of_task = |cases: &Vec<Vec<Outcome>>| {
                let others = cases.iter().enumerate().filter(|(i, _)| i % FOLDS != fold);
                let terms: Vec<f64> =
                    others.map(|(_, case)| case[chosen[fold]].log_likelihood(temperature)).collect();
                terms.iter().sum::<f64>() / terms.len() as f64
            };
            all.iter().map(of_task).sum()
        };
        (0..TEMPERATURES.len()).fold(0, |best, t| if likelihood(t) > likelihood(best) { t } else { best })
    };
    let temperatures: Vec<usize> = (0..FOLDS).map(temperature).collect();
    println!("temperatures: {:?}", temperatures.iter().map(|t| TEMPERATURES[*t]).collect::<Vec<_>>());
    let default = TEMPERATURES.iter().position(|t| *t == 0.1).unwrap_or(0);
    for (task, cases) in TASKS.iter().zip(&all) {
        let judged: Vec<Outcome> =
            cases.iter().enumerate().map(|(i, case)| case[chosen[i % FOLDS]]).collect();
        let (ac1, ac3) = (share(judged.iter(), 1), share(judged.iter(), 3));
        let said = |temperature: &dyn Fn(usize) -> usize| -> Vec<(f64, bool)> {
            let of = |(i, o): (usize, &Outcome)| (o.probabilities[temperature(i % FOLDS)], o.place == 1);
            judged.iter().enumerate().map(of).collect()
        };
        let error = calibration_error(&said(&|fold| temperatures[fold]));
        let at_default = calibration_error(&said(&|_| default));
        let mut sorted = said(&|fold| temperatures[fold]);
        sorted.sort_by(|a, b| b.0.total_cmp(&a.0));
        let half = &sorted[..sorted.len().div_ceil(2)];
        let precision = half.iter().filter(|(_, is_right)| *is_right).count() as f64 / half.len() as f64;
        println!(
            "{task}: cross-validated AC@1 {ac1:.3}, AC@3 {ac3:.3}, calibration error {error:.3} ({at_default:.3} by the default), precision of the surer half {precision:.3} ({} cases)",
            judged.len()
        );
    }
    Ok(())
}
