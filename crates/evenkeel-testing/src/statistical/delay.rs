//! The delay on a step.

use crate::Source;
use evenkeel_core::Stage;

/// How long after a step a stage first alarmed, over many runs.
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use]
pub struct Delays {
    delays: Vec<usize>,
    missed: usize,
    early: usize,
}

impl Delays {
    /// The delays in inputs, sorted: 1 if the first value after the step raised the alarm. Runs that alarmed
    /// before the step, or not at all, are not in here.
    #[must_use]
    pub fn delays(&self) -> &[usize] {
        &self.delays
    }

    /// Runs without any alarm.
    #[must_use]
    pub fn missed(&self) -> usize {
        self.missed
    }

    /// Runs that alarmed before the step.
    #[must_use]
    pub fn early(&self) -> usize {
        self.early
    }

    /// The mean delay; NaN if there is none.
    #[must_use]
    pub fn mean(&self) -> f64 {
        self.delays.iter().sum::<usize>() as f64 / self.delays.len() as f64
    }

    /// The least delay that is not exceeded in a share `q` of the runs that alarmed in time or not at all;
    /// `None` if more were missed.
    #[must_use]
    pub fn quantile(&self, q: f64) -> Option<usize> {
        let all = self.delays.len() + self.missed;
        let rank = (q.clamp(0.0, 1.0) * all as f64).ceil().max(1.0) as usize;
        self.delays.get(rank - 1).copied()
    }
}

/// A step in standard normal noise.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Step {
    /// The number of inputs before the step.
    pub before: usize,
    /// The number of inputs after the step.
    pub after: usize,
    /// How high it is, in standard deviations of the noise; negative for a step down.
    pub sigmas: f64,
}

/// Runs a stage many times over standard normal noise with a [`Step`] in it and measures how long after the
/// step it first alarms.
///
/// ```
/// # use evenkeel_core::{Stage, observed};
/// use evenkeel_testing::statistical::{Step, delay_on_step};
/// # struct Beyond;
/// # impl Stage<f64> for Beyond {
/// #     type Output = bool;
/// #     fn update(&mut self, x: f64) -> Option<bool> { Some(observed(x)?.abs() > 4.0) }
/// #     fn reset(&mut self) {}
/// # }
///
/// let step = Step { before: 100, after: 100, sigmas: 5.0 };
/// let delays = delay_on_step(|| Beyond, step, 200, 1, |beyond| *beyond);
/// assert!(delays.mean() < 1.5 && delays.quantile(0.99) < Some(5));
/// assert_eq!(delays.missed(), 0);
/// ```
pub fn delay_on_step<S: Stage<f64>>(
    make: impl Fn() -> S,
    step: Step,
    runs: usize,
    seed: u64,
    is_alarm: impl Fn(&S::Output) -> bool,
) -> Delays {
    let mut source = Source::new(seed);
    let mut found = Delays { delays: Vec::with_capacity(runs), missed: 0, early: 0 };
    for _ in 0..runs {
        let mut stage = make();
        let first = (0..step.before + step.after).position(|i| {
            let x = source.normal() + if i < step.before { 0.0 } else { step.sigmas };
            stage.update(x).is_some_and(|opinion| is_alarm(&opinion))
        });
        match first {
            None => found.missed += 1,
            Some(i) if i < step.before => found.early += 1,
            Some(i) => found.delays.push(i - step.before + 1),
        }
    }
    found.delays.sort_unstable();
    found
}
