//! The likelihood of a structural model as a function of what is searched for.

use super::component::{COMPONENTS, Component};
use super::differenced_likelihood::DifferencedLikelihood;
use super::likelihood::{Likelihood, Score, Slope, likelihood};
use super::scaled_history::ScaledHistory;
use super::specification::{LEAST_DAMPED, Specification, Variances, Wave};
use super::system::System;
use core::ops::Range;

/// Ratios of variances where the coarse search begins, by [`Component::index`].
const FIRST: Variances = [1.0, 0.3, 0.01, 0.1, 0.01, 0.3];
/// The most by which the two ways to compute a likelihood may differ where the search ends.
const DISAGREEMENT: f64 = 1e-7;

/// The likelihood as a function of the variances of the free components.
pub(super) struct Objective<'a> {
    pub(super) specification: &'a Specification,
    pub(super) history: &'a ScaledHistory,
    /// Of a history without gaps, while it agrees with the filter.
    pub(super) differenced: Option<DifferencedLikelihood>,
    pub(super) system: System,
    pub(super) free: Vec<Component>,
    /// Whether the scale is free, too: no variance is given that is not 0.
    pub(super) concentrated: bool,
    score: Score,
    pub(super) slopes: [Slope; COMPONENTS],
    /// The cycle at which the likelihood is read, and the derivatives by those of its coordinates that are
    /// searched for.
    pub(super) wave: Wave,
    pub(super) waves: Vec<WaveCoordinate>,
    pub(super) wave_slopes: [f64; 2],
    shared: [Range<usize>; COMPONENTS - 1],
    pub(super) evaluations: usize,
}

impl<'a> Objective<'a> {
    /// How many parameters are searched for.
    pub(super) fn searched(specification: &Specification) -> usize {
        free(specification).len() + waves(specification).len()
    }

    /// The objective, and the variances where the search begins.
    pub(super) fn new(specification: &'a Specification, history: &'a ScaledHistory) -> (Self, Variances) {
        let square = history.unit * history.unit;
        let mut variances: Variances = specification.given.map(|given| given.unwrap_or(0.0) / square);
        let free = free(specification);
        let concentrated = !free.is_empty() && variances.iter().all(|v| *v == 0.0);
        for component in &free {
            variances[component.index()] = FIRST[component.index()];
        }
        let mut wave = Wave::NONE;
        if let Some(range) = specification.cycle {
            wave.period = (range.shortest * range.longest).sqrt();
            wave.damping = specification.damping.unwrap_or(0.9);
        }
        let objective = Self {
            specification,
            history,
            differenced: None,
            system: specification.system(&variances, wave),
            free,
            concentrated,
            score: Score::default(),
            slopes: [Slope::default(); COMPONENTS],
            wave,
            waves: waves(specification),
            wave_slopes: [0.0; 2],
            shared: core::array::from_fn(|i| specification.moved(Component::ALL[i + 1])),
            evaluations: 0,
        };
        (objective, variances)
    }

    /// From here on the likelihood is that of the differences, where they have one.
    pub(super) fn difference(&mut self) {
        self.differenced = DifferencedLikelihood::new(self.specification, &self.system, &self.history.values);
    }

    pub(super) fn set(&mut self, variances: &Variances) {
        if self.specification.cycle.is_some() {
            self.system = self.specification.system(variances, self.wave);
        } else {
            self.specification.set_noise(&mut self.system, variances, self.wave);
        }
    }

    /// The scale at which the likelihood is read.
    pub(super) fn scale(&self, sums: &Likelihood) -> f64 {
        if self.concentrated { sums.quadratic / sums.degrees() } else { 1.0 }
    }

    pub(super) fn log_of(&self, sums: &Likelihood) -> Option<f64> {
        Some(sums.scaled_log(self.scale(sums))).filter(|log| log.is_finite())
    }

    pub(super) fn value(&mut self, variances: &Variances, y: Range<usize>) -> Option<f64> {
        self.evaluations += 1;
        let sums = match &mut self.differenced {
            Some(differenced) => differenced.evaluate(variances, y.len())?,
            None => {
                self.set(variances);
                let count = self.specification.regressors;
                let regressors = &self.history.regressors[y.start * count..y.end * count];
                likelihood(&self.system, variances[0], &self.history.values[y], regressors)
            }
        };
        self.log_of(&sums)
    }

    pub(super) fn whole(&self) -> Range<usize> {
        0..self.history.values.len()
    }

    /// The log-likelihood and the scale; leaves the derivatives.
    pub(super) fn gradient(&mut self, variances: &Variances) -> Option<(f64, f64)> {
        self.evaluations += 1;
        let sums = match &mut self.differenced {
            Some(differenced) => differenced.score(variances, &mut self.slopes)?,
            None => {
                self.set(variances);
                let spread = if self.specification.cycle.is_some() { self.wave.spread() } else { 0.0 };
                self.score.evaluate(
                    &self.system,
                    variances[0],
                    (&self.history.values, &self.history.regressors),
                    &self.shared,
                    spread,
                    &mut self.slopes,
                )
            }
        };
        self.wave_gradient(variances)?;
        Some((self.log_of(&sums)?, self.scale(&sums)))
    }

    /// The derivatives by the coordinates of the cycle, by differences.
    fn wave_gradient(&mut self, variances: &Variances) -> Option<()> {
        const APART: f64 = 1e-4;
        let here = self.wave;
        self.wave_slopes = [0.0; 2];
        for k in 0..self.waves.len() {
            let coordinate = self.waves[k];
            let at = coordinate.of(here);
            let mut value = |x: f64| {
                self.wave = coordinate.moved(here, x);
                self.value(variances, self.whole())
            };
            let values = (value(at - APART), value(at + APART));
            self.wave = here;
            let (Some(below), Some(above)) = values else { return None };
            self.wave_slopes[k] = (above - below) / (2.0 * APART);
        }
        Some(())
    }

    /// Whether the differences say what the filter does: the likelihood, and by how much it changes with the
    /// logarithm of each variance. If not, they are no longer used.
    pub(super) fn is_confirmed(&mut self, variances: &Variances) -> bool {
        let fast = self.gradient(variances);
        let slopes = self.slopes;
        let kept = self.differenced.take();
        let slow = self.gradient(variances);
        let (Some((fast, scale)), Some((slow, same))) = (fast, slow) else { return false };
        let agrees = (fast - slow).abs() <= DISAGREEMENT
            && slopes.iter().zip(&self.slopes).zip(variances).all(|((fast, slow), variance)| {
                (variance * (fast.at(scale) - slow.at(same))).abs() <= DISAGREEMENT
            });
        if agrees {
            self.differenced = kept;
        }
        agrees
    }
}

/// A coordinate of the cycle that is searched for, on a scale without ends.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum WaveCoordinate {
    /// The logit of the damping factor over the largest one.
    Damping,
    /// The logit of the logarithm of the period, within these.
    Period(f64, f64),
}

impl WaveCoordinate {
    pub(super) fn of(self, wave: Wave) -> f64 {
        let part = match self {
            Self::Damping => wave.damping / LEAST_DAMPED,
            Self::Period(shortest, longest) => (wave.period / shortest).ln() / (longest / shortest).ln(),
        };
        // Ends are out of reach.
        let part = part.clamp(1e-12, 1.0 - 1e-12);
        (part / (1.0 - part)).ln()
    }

    pub(super) fn moved(self, wave: Wave, x: f64) -> Wave {
        let part = 1.0 / (1.0 + (-x).exp());
        match self {
            Self::Damping => Wave { damping: LEAST_DAMPED * part, ..wave },
            Self::Period(shortest, longest) => {
                Wave { period: shortest * (longest / shortest).powf(part), ..wave }
            }
        }
    }

    /// The derivative of what it stands for.
    pub(super) fn derivative(self, wave: Wave) -> f64 {
        let x = self.of(wave);
        let part = 1.0 / (1.0 + (-x).exp());
        let inner = part * (1.0 - part);
        match self {
            Self::Damping => LEAST_DAMPED * inner,
            Self::Period(shortest, longest) => wave.period * (longest / shortest).ln() * inner,
        }
    }
}

/// The components whose variances are searched for.
fn free(specification: &Specification) -> Vec<Component> {
    let present = Component::ALL.into_iter().filter(|c| specification.has(*c));
    present.filter(|c| specification.known(*c).is_none()).collect()
}

fn waves(specification: &Specification) -> Vec<WaveCoordinate> {
    let mut waves = Vec::new();
    if let Some(range) = specification.cycle {
        if specification.damping.is_none() {
            waves.push(WaveCoordinate::Damping);
        }
        if range.shortest < range.longest {
            waves.push(WaveCoordinate::Period(range.shortest, range.longest));
        }
    }
    waves
}
