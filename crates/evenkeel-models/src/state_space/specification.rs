//! Which components a structural model has, and the system that they make.

use super::component::Component;
use super::system::{Start, System};
use crate::count::as_f64;
use core::ops::Range;
use evenkeel_core::Error;

/// The longest season.
pub(super) const LONGEST: usize = 500;

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
    pub(super) given: [Option<f64>; 4],
}

impl Specification {
    pub(super) fn check(&self) -> Result<(), Error> {
        let period = self.period;
        if self.season != SeasonForm::None {
            Error::require((2..=LONGEST).contains(&period), "period", "in 2..=500", period)?;
        }
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
        }
    }

    pub(super) fn states(&self) -> usize {
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
            Component::Season => first..self.states(),
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
            Component::Season => (first..self.states()).step_by(2).map(|i| (i, 1.0)).collect(),
        }
    }

    /// The system with these variances, by [`Component::index`].
    pub(super) fn system(&self, variances: &[f64; 4]) -> System {
        let m = self.states();
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
        let mut design = self.read(Component::Level);
        if self.has(Component::Season) {
            design.extend(self.read(Component::Season));
        }
        let mut system = System::new(transition, Vec::new(), vec![design], Start::diffuse(m, true));
        self.set_noise(&mut system, variances);
        system
    }

    /// Other variances for a system of this specification.
    pub(super) fn set_noise(&self, system: &mut System, variances: &[f64; 4]) {
        system.noise.clear();
        for component in [Component::Level, Component::Slope, Component::Season] {
            let variance = variances[component.index()];
            if variance > 0.0 && self.has(component) {
                system.noise.extend(self.moved(component).map(|i| (i, i, variance)));
            }
        }
    }
}
