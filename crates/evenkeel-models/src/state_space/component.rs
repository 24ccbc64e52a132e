//! The components of a structural model.

use core::fmt;

/// How many kinds of components there are.
pub(super) const COMPONENTS: usize = 6;

/// A component of a structural model, which is also a disturbance with a variance of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub enum Component {
    /// What one value has and the next does not: noise, outliers.
    Irregular,
    /// Where the series is. Its disturbance shifts the level for good.
    Level,
    /// How much the level rises at each step. Its disturbance breaks the trend.
    Slope,
    /// What repeats with the season. Its disturbance changes the pattern.
    Season,
    /// What the regressors explain. Its disturbance changes their coefficients.
    Regression,
    /// A wave that comes and goes. Its disturbance changes its size and phase.
    Cycle,
}

impl Component {
    /// All of them, in the order in which they stand here.
    pub const ALL: [Self; COMPONENTS] =
        [Self::Irregular, Self::Level, Self::Slope, Self::Season, Self::Regression, Self::Cycle];

    pub(super) fn index(self) -> usize {
        match self {
            Self::Irregular => 0,
            Self::Level => 1,
            Self::Slope => 2,
            Self::Season => 3,
            Self::Regression => 4,
            Self::Cycle => 5,
        }
    }
}

impl fmt::Display for Component {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Irregular => "irregular",
            Self::Level => "level",
            Self::Slope => "slope",
            Self::Season => "season",
            Self::Regression => "regression",
            Self::Cycle => "cycle",
        })
    }
}
