//! The regimes of a series: a hidden Markov model, its states named, when each began, what comes next.

use crate::chart::Chart;
use evenkeel::models::fit::Criteria;
use evenkeel::models::{Hmm, HmmModel};
use evenkeel::prelude::{At, Error, Stage};
use evenkeel_report::StateChart;
use std::fmt::Write as _;
use std::time::Duration;

/// A stretch of time in one regime.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Visit {
    /// The regime, counted from 0 in the order of means.
    pub state: usize,
    /// The first and the last step.
    pub steps: (usize, usize),
}

/// What was found.
#[derive(Debug, Clone)]
pub struct Regimes {
    /// The model, which stands at the end of the series.
    pub model: HmmModel,
    /// The most probable regime of each step, given the whole series.
    pub path: Vec<usize>,
    /// The regime that an online filter, which sees no later value, names after each step.
    pub online: Vec<usize>,
    /// The path as visits.
    pub visits: Vec<Visit>,
}

/// The most regimes that are considered.
pub const MOST: usize = 4;

/// Fits models with one to [`MOST`] states, or with as many as given, and takes the best by BIC.
///
/// # Errors
/// If there are too few values.
pub fn find(values: &[f64], states: Option<usize>) -> Result<Regimes, Error> {
    let candidates = states.map_or(1..=MOST, |states| states..=states);
    let mut model = Hmm::new(1).choose_states(candidates, Criteria::bic, &[values])?;
    let (path, _) = model.decode(values)?;
    let mut filter = model.filter()?;
    filter.reset();
    let online = values.iter().filter_map(|x| filter.update(*x)).map(|regime| regime.state()).collect();
    model.reset();
    values.iter().for_each(|x| {
        model.update(*x);
    });
    let mut visits: Vec<Visit> = Vec::new();
    for (step, state) in path.iter().copied().enumerate() {
        match visits.last_mut().filter(|visit| visit.state == state) {
            Some(visit) => visit.steps.1 = step,
            None => visits.push(Visit { state, steps: (step, step) }),
        }
    }
    Ok(Regimes { model, path, online, visits })
}

/// What a regime is called: by the place of its mean among all.
#[must_use]
pub fn name(state: usize, states: usize) -> &'static str {
    match (state, states) {
        (_, 1) => "the only one",
        (0, _) => "low",
        (state, states) if state + 1 == states => "high",
        (1, 3) => "middle",
        (1, _) => "raised",
        _ => "elevated",
    }
}

/// A length of time in the largest unit of which it has one.
#[must_use]
pub fn duration(length: Duration) -> String {
    let seconds = length.as_secs_f64();
    let units = [(86_400.0, "d"), (3_600.0, "h"), (60.0, "min"), (1.0, "s"), (1e-3, "ms")];
    let fits = units.iter().find(|(unit, _)| seconds >= 0.9995 * unit);
    fits.map_or_else(|| format!("{seconds:.4} s"), |(unit, word)| format!("{:.1} {word}", seconds / unit))
}

impl Regimes {
    /// A table of the regimes: name, mean, standard deviation, share of the time, how long a visit lasts by
    /// the model.
    #[must_use]
    pub fn table(&self, step: Duration) -> String {
        let states = self.model.states();
        let mut table = format!(
            "{:<3} {:<13} {:>10} {:>10} {:>8} {:>12}\n",
            "", "regime", "mean", "sd", "time", "a visit"
        );
        for state in 0..states {
            let emission = self.model.emission();
            let share = self.path.iter().filter(|s| **s == state).count() as f64 / self.path.len() as f64;
            let dwell = self.model.dwell(state);
            let dwell = if states == 1 || dwell.is_infinite() {
                "for ever".into()
            } else {
                duration(step.mul_f64(dwell.min(1e9)))
            };
            let _ = writeln!(
                table,
                "{:<3} {:<13} {:>10.4} {:>10.4} {:>6.1} % {:>12}",
                letter(state),
                name(state, states),
                emission.means(state)[0],
                emission.covariance(state, 0, 0).sqrt(),
                100.0 * share,
                dwell
            );
        }
        table
    }

    /// One line of letters, so many, each for the regime that its part of the time has most.
    #[must_use]
    pub fn strip(&self, width: usize) -> String {
        let n = self.path.len();
        let most = |column: usize| {
            let part =
                &self.path[column * n / width..((column + 1) * n / width).max(column * n / width + 1).min(n)];
            let count = |state: usize| part.iter().filter(|s| **s == state).count();
            (0..self.model.states()).max_by_key(|state| count(*state)).unwrap_or(0)
        };
        (0..width.min(n)).map(|column| letter(most(column))).collect()
    }

    /// What it is now, and how long that lasts by the model.
    #[must_use]
    pub fn now(&self, step: Duration) -> String {
        let states = self.model.states();
        let probabilities = self.model.probabilities();
        let now = (0..states).max_by(|a, b| probabilities[*a].total_cmp(&probabilities[*b])).unwrap_or(0);
        let since = self.online.iter().rev().take_while(|state| **state == now).count();
        let stays = self.model.transition(now, now).powi(10);
        format!(
            "Now {} ({:.0} % sure), for {}; for ten steps more with {:.0} %.",
            name(now, states),
            100.0 * probabilities[now],
            duration(step * u32::try_from(since).unwrap_or(u32::MAX)),
            100.0 * stays
        )
    }

    /// Values and the means of their regimes, as lines of text.
    #[must_use]
    pub fn chart(&self, series: &[At<f64>]) -> Chart {
        let (Some(first), Some(last)) = (series.first(), series.last()) else { return Chart::default() };
        let x = |step: usize| series[step].time.since(first.time).as_secs_f64();
        let mean = |state: usize| self.model.emission().means(state)[0];
        Chart {
            ends: [first.time.to_string(), last.time.to_string()],
            values: (0..series.len()).map(|step| (x(step), series[step].value)).collect(),
            middle: (0..series.len()).map(|step| (x(step), mean(self.path[step]))).collect(),
            ..Chart::default()
        }
    }

    /// The same as a picture, with a lane for each regime.
    ///
    /// # Errors
    /// If the series is not the one in which they were found.
    pub fn picture(&self, series: &[At<f64>], title: &str) -> Result<StateChart, Error> {
        let states = self.model.states();
        if series.len() != self.path.len() {
            let (expected, found) = (self.path.len(), series.len());
            return Err(Error::Shape { what: "series", expected, found });
        }
        // Where regimes are slow many steps have no value, and a line would be dots there.
        let known = series.iter().zip(&self.path).filter(|(x, _)| x.value.is_finite());
        let (values, path): (Vec<At<f64>>, Vec<usize>) = known.map(|(x, state)| (*x, *state)).unzip();
        (0..states).try_fold(StateChart::new(title, &values, &path)?, |chart, state| {
            let mean = self.model.emission().means(state)[0];
            Ok(chart.state(format!("{} {}", letter(state), name(state, states)), Some(mean)))
        })
    }
}

/// The letter of a regime.
#[must_use]
pub fn letter(state: usize) -> char {
    char::from(b'A' + u8::try_from(state).unwrap_or(25).min(25))
}
