//! The forms of exponential smoothing.

use core::fmt;
use evenkeel_core::Error;

/// The longest period.
pub(super) const LONGEST: usize = 100_000;

/// How the error enters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum EtsError {
    /// Added: of the same size wherever the series is.
    Additive,
    /// In proportion to what was expected.
    Multiplicative,
}

/// How the level moves by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum EtsTrend {
    /// There is no trend.
    None,
    /// By a slope that goes on forever.
    Additive,
    /// By a slope that fades out.
    AdditiveDamped,
    /// By a factor, forever: exponential growth or decay.
    Multiplicative,
    /// By a factor that fades out.
    MultiplicativeDamped,
}

/// How the season enters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum EtsSeason {
    /// There is no season.
    None,
    /// The season is added to the level.
    Additive,
    /// The season is a factor of the level.
    Multiplicative,
}

/// The form of an exponential smoothing model: error, trend and season, in the taxonomy of Hyndman, Koehler,
/// Snyder and Grose (2002, doi:10.1016/S0169-2070(01)00110-8). Shown as `ETS(M,Ad,M)`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct EtsForm {
    /// How the error enters.
    pub error: EtsError,
    /// How the level moves.
    pub trend: EtsTrend,
    /// How the season enters.
    pub season: EtsSeason,
}

impl EtsForm {
    /// A form.
    #[must_use]
    pub const fn new(error: EtsError, trend: EtsTrend, season: EtsSeason) -> Self {
        Self { error, trend, season }
    }

    /// All 30 forms.
    #[must_use]
    pub fn all() -> Vec<Self> {
        let trends = [
            EtsTrend::None,
            EtsTrend::Additive,
            EtsTrend::AdditiveDamped,
            EtsTrend::Multiplicative,
            EtsTrend::MultiplicativeDamped,
        ];
        let mut forms = Vec::with_capacity(30);
        for error in [EtsError::Additive, EtsError::Multiplicative] {
            for trend in trends {
                for season in [EtsSeason::None, EtsSeason::Additive, EtsSeason::Multiplicative] {
                    forms.push(Self { error, trend, season });
                }
            }
        }
        forms
    }

    /// Whether anything in it is multiplicative, so that it can only be fitted to positive data.
    #[must_use]
    pub fn needs_positive(&self) -> bool {
        self.error == EtsError::Multiplicative || self.is_ratio()
    }

    /// Whether level or season are factors, which only positive values can move.
    pub(super) fn is_ratio(self) -> bool {
        self.season == EtsSeason::Multiplicative || self.has_factor_trend()
    }

    pub(super) fn has_factor_trend(self) -> bool {
        matches!(self.trend, EtsTrend::Multiplicative | EtsTrend::MultiplicativeDamped)
    }

    /// Whether a value is a linear level times a season, and an error in proportion moves both: its moments
    /// are known at any horizon.
    pub(super) fn is_product(self) -> bool {
        self.error == EtsError::Multiplicative
            && self.season == EtsSeason::Multiplicative
            && !self.has_factor_trend()
    }

    /// Whether a value is a product of factors that an error in proportion moves: its moments are products,
    /// too.
    pub(super) fn is_growth(self) -> bool {
        self.error == EtsError::Multiplicative
            && self.season != EtsSeason::Additive
            && self.has_factor_trend()
    }

    pub(super) fn has_trend(self) -> bool {
        self.trend != EtsTrend::None
    }

    pub(super) fn is_damped(self) -> bool {
        matches!(self.trend, EtsTrend::AdditiveDamped | EtsTrend::MultiplicativeDamped)
    }

    pub(super) fn has_season(self) -> bool {
        self.season != EtsSeason::None
    }

    /// Whether the combination is known to be numerically unstable: an additive error divided by a level or a
    /// season that may come close to 0, or a multiplicative trend on an additive season. The automatic choice
    /// leaves these out, as Hyndman, Koehler, Ord and Snyder (2008, doi:10.1007/978-3-540-71918-2) advise.
    #[must_use]
    pub fn is_unstable(&self) -> bool {
        (self.error == EtsError::Additive && self.is_ratio())
            || (self.has_factor_trend() && self.season == EtsSeason::Additive)
    }

    /// Numbers that are estimated: smoothing parameters, starting states (one season state follows from the
    /// others), and the variance.
    pub(super) fn parameters(self, period: usize) -> usize {
        2 + 2 * usize::from(self.has_trend())
            + usize::from(self.is_damped())
            + if self.has_season() { period } else { 0 }
            + 1
    }
}

impl fmt::Display for EtsForm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let error = match self.error {
            EtsError::Additive => "A",
            EtsError::Multiplicative => "M",
        };
        let trend = match self.trend {
            EtsTrend::None => "N",
            EtsTrend::Additive => "A",
            EtsTrend::AdditiveDamped => "Ad",
            EtsTrend::Multiplicative => "M",
            EtsTrend::MultiplicativeDamped => "Md",
        };
        let season = match self.season {
            EtsSeason::None => "N",
            EtsSeason::Additive => "A",
            EtsSeason::Multiplicative => "M",
        };
        write!(f, "ETS({error},{trend},{season})")
    }
}

/// Whether a period is in range, of a form with or without season.
pub(super) fn check_period(period: usize) -> Result<(), Error> {
    Error::require((1..=LONGEST).contains(&period), "period", "in 1..=100000", period)
}

impl EtsForm {
    /// Whether a period is in range and fits the form.
    pub(super) fn check_period(self, period: usize) -> Result<(), Error> {
        check_period(period)?;
        let fits = !self.has_season() || period >= 2;
        Error::require(fits, "period", "at least 2 in a form with a season", period)
    }
}

#[cfg(feature = "serde")]
evenkeel_core::exact_as_is!(EtsForm);
