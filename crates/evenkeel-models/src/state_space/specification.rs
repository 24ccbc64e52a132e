//! Which components a structural model has, and the system that they make.

use super::component::{COMPONENTS, Component};
use super::system::{Start, System};
use crate::count::as_f64;
use core::ops::Range;
use evenkeel_core::Error;

/// The longest season.
pub(super) const LONGEST: usize = 500;
/// The most regressors.
const MOST_REGRESSORS: usize = 100;
/// The longest period of a cycle.
pub(super) const LONGEST_CYCLE: f64 = 10_000.0;
/// The largest damping factor: a wave that is not damped at all has no distribution to begin with.
pub(super) const LEAST_DAMPED: f64 = 0.9999;

/// Variances by [`Component::index`].
pub(super) type Variances = [f64; COMPONENTS];

/// What a cycle may be.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct CycleRange {
    pub(super) shortest: f64,
    pub(super) longest: f64,
}

/// Period and damping factor of the cycle; not read where there is none.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Wave {
    pub(super) period: f64,
    pub(super) damping: f64,
}

impl Wave {
    /// Where there is no cycle.
    pub(super) const NONE: Self = Self { period: 2.0, damping: 0.0 };

    /// The variance of the cycle for a disturbance of variance 1.
    pub(super) fn spread(self) -> f64 {
        1.0 / ((1.0 - self.damping) * (1.0 + self.damping))
    }
}

/// How a season is written as states.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub(super) enum SeasonForm {
    None,
    /// Effects that sum to a disturbance over a period.
    Dummy,
    /// A rotation for each harmonic.
    Trigonometric,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) struct Specification {
    pub(super) slope: bool,
    pub(super) season: SeasonForm,
    pub(super) period: usize,
    /// Variances that are given, in squared units of the data, by [`Component::index`].
    pub(super) given: [Option<f64>; COMPONENTS],
    /// Whether the coefficients of regressors are random walks.
    pub(super) varying: bool,
    pub(super) regressors: usize,
    pub(super) cycle: Option<CycleRange>,
    /// The damping factor of the cycle, where it is given.
    pub(super) damping: Option<f64>,
}

impl Specification {
    pub(super) fn check(&self) -> Result<(), Error> {
        let period = self.period;
        if self.season != SeasonForm::None {
            Error::require((2..=LONGEST).contains(&period), "period", "in 2..=500", period)?;
        }
        if let Some(CycleRange { shortest, longest }) = self.cycle {
            let periods = 2.0 <= shortest && shortest <= longest && longest <= LONGEST_CYCLE;
            let was = format_args!("{shortest} to {longest}");
            Error::require(periods, "cycle", "a range of periods in 2..=10000", was)?;
        }
        if let Some(damping) = self.damping {
            Error::require((0.0..=LEAST_DAMPED).contains(&damping), "damping", "in [0, 0.9999]", damping)?;
            Error::require(self.cycle.is_some(), "damping", "of a cycle of the model", damping)?;
        }
        let most = self.regressors <= MOST_REGRESSORS;
        Error::require(most, "regressors", "at most 100", self.regressors)?;
        let has = self.regressors > 0;
        Error::require(has || !self.varying, "varying_coefficients", "of regressors of the model", "none")?;
        for component in Component::ALL {
            let Some(variance) = self.given[component.index()] else { continue };
            Error::require((0.0..1e100).contains(&variance), "variance", "in [0, 1e100)", variance)?;
            Error::require(self.has(component), "variance", "of a component of the model", component)?;
        }
        Ok(())
    }

    pub(super) fn has(&self, component: Component) -> bool {
        match component {
            Component::Irregular | Component::Level => true,
            Component::Slope => self.slope,
            Component::Season => self.season != SeasonForm::None,
            Component::Regression => self.regressors > 0,
            Component::Cycle => self.cycle.is_some(),
        }
    }

    /// The variance of a component that is not searched for, in squared units of the data.
    pub(super) fn known(&self, component: Component) -> Option<f64> {
        let given = self.given[component.index()];
        if component == Component::Regression && !self.varying { given.or(Some(0.0)) } else { given }
    }

    pub(super) fn states(&self) -> usize {
        self.unknown() + if self.cycle.is_some() { 2 } else { 0 }
    }

    /// The states of which nothing is known at the start: all but those of the cycle, which come last.
    pub(super) fn unknown(&self) -> usize {
        self.trend_and_season() + self.regressors
    }

    fn trend_and_season(&self) -> usize {
        1 + usize::from(self.slope) + if self.season == SeasonForm::None { 0 } else { self.period - 1 }
    }

    /// The states that the component's disturbance moves.
    pub(super) fn moved(&self, component: Component) -> Range<usize> {
        let first = 1 + usize::from(self.slope);
        match component {
            Component::Irregular => 0..0,
            Component::Level => 0..1,
            Component::Slope => 1..first,
            Component::Season if self.season == SeasonForm::Dummy => first..first + 1,
            Component::Season => first..self.trend_and_season(),
            Component::Regression => self.trend_and_season()..self.unknown(),
            Component::Cycle => self.unknown()..self.states(),
        }
    }

    /// What the component adds to a value.
    pub(super) fn read(&self, component: Component) -> Vec<(usize, f64)> {
        let first = 1 + usize::from(self.slope);
        match component {
            Component::Irregular => Vec::new(),
            Component::Level => vec![(0, 1.0)],
            Component::Slope => vec![(1, 1.0)],
            Component::Season if self.season == SeasonForm::Dummy => vec![(first, 1.0)],
            Component::Season => (first..self.trend_and_season()).step_by(2).map(|i| (i, 1.0)).collect(),
            // As the regressors of a time weigh them.
            Component::Regression => Vec::new(),
            Component::Cycle => vec![(self.unknown(), 1.0)],
        }
    }

    /// The system with these variances and this cycle.
    pub(super) fn system(&self, variances: &Variances, wave: Wave) -> System {
        let m = self.trend_and_season();
        let mut transition = vec![(0, 0, 1.0)];
        if self.slope {
            transition.extend([(0, 1, 1.0), (1, 1, 1.0)]);
        }
        let first = 1 + usize::from(self.slope);
        match self.season {
            SeasonForm::None => {}
            SeasonForm::Dummy => {
                transition.extend((first..m).map(|j| (first, j, -1.0)));
                transition.extend((first + 1..m).map(|i| (i, i - 1, 1.0)));
            }
            SeasonForm::Trigonometric => {
                for (harmonic, i) in (first..m).step_by(2).enumerate() {
                    let angle = core::f64::consts::TAU * as_f64(harmonic + 1) / as_f64(self.period);
                    if i + 1 == m {
                        // The shortest wave of an even period only changes its sign.
                        transition.push((i, i, -1.0));
                        continue;
                    }
                    let (sin, cos) = (libm::sin(angle), libm::cos(angle));
                    transition.extend([(i, i, cos), (i, i + 1, sin), (i + 1, i, -sin), (i + 1, i + 1, cos)]);
                }
            }
        }
        transition.extend((m..self.unknown()).map(|i| (i, i, 1.0)));
        if self.cycle.is_some() {
            let angle = core::f64::consts::TAU / wave.period;
            let (sin, cos) = (wave.damping * libm::sin(angle), wave.damping * libm::cos(angle));
            let (a, b) = (self.unknown(), self.unknown() + 1);
            transition.extend([(a, a, cos), (a, b, sin), (b, a, -sin), (b, b, cos)]);
        }
        let mut design = self.read(Component::Level);
        for component in [Component::Season, Component::Cycle] {
            if self.has(component) {
                design.extend(self.read(component));
            }
        }
        let mut start = Start::diffuse(self.states(), true);
        // Of the cycle, its distribution is known: that in which it stays.
        start.diffuse.truncate(self.unknown() * self.states());
        let mut system = System::new(transition, Vec::new(), vec![design], start);
        system.coefficients = self.moved(Component::Regression);
        self.set_noise(&mut system, variances, wave);
        system
    }

    /// Other variances for a system of this specification and this cycle.
    pub(super) fn set_noise(&self, system: &mut System, variances: &Variances, wave: Wave) {
        let m = system.states;
        for i in self.unknown()..m {
            system.start.covariance[i * m + i] = variances[Component::Cycle.index()] * wave.spread();
        }
        system.noise.clear();
        for component in Component::ALL {
            let variance = variances[component.index()];
            if variance > 0.0 && self.has(component) {
                system.noise.extend(self.moved(component).map(|i| (i, i, variance)));
            }
        }
    }
}
