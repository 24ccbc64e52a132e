//! The plausibility check: single values so large that they cannot belong to the series.

use crate::observed;

/// A value is implausible if it is more than so many times as large as the largest before it.
const FAR: f64 = 1e6;
/// Below this magnitude, times [`FAR`], nothing is implausible: series in any unit may begin with small
/// values.
const SMALL: f64 = 1e3;
/// So many implausible values in a row are believed; so many plausible ones show that the first values were
/// not.
const ENOUGH: u8 = 8;

/// The result of a [`PlausibilityCheck`] for one value.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Checked {
    /// The value is missing: not [`observed`].
    Missing,
    /// The value is plausible: learn from it.
    Plausible(f64),
    /// The value is so much larger than anything before it that it cannot belong to the series. Score it, but
    /// learn nothing from it.
    Implausible(f64),
    /// Forget everything, then learn from the value: what was learned before is implausible, given the values
    /// since.
    StartOver(f64),
}

impl Checked {
    /// The value to learn, unless there is none, after calling `forget` if everything before it has to be
    /// forgotten.
    pub fn learned(self, forget: impl FnOnce()) -> Option<f64> {
        match self {
            Self::Plausible(x) => Some(x),
            Self::StartOver(x) => {
                forget();
                Some(x)
            }
            Self::Missing | Self::Implausible(_) => None,
        }
    }
}

/// Keeps a single extreme value (2⁶⁴ - 1, the largest integer of 32 bits, 1e100: a sentinel, a torn read, an
/// overflow) from ruining what a stage has learned, for stages whose memory does not bound what one value can
/// do.
///
/// The rule, on magnitudes only:
///
/// 1. *A value is implausible* if its magnitude is more than a million times the largest before it, and more
///    than 10⁹. The stage treats it as missing (a detector scores it first). Eight in a row are believed.
/// 2. *The first values may be the implausible ones.* If at most eight values have come of the largest
///    magnitude so far, and then eight in a row that are a million times smaller, the stage starts over: it
///    forgets all it has learned, and goes on with the eighth.
///
/// So up to seven implausible values in a row leave no trace if something came before them, and if they come
/// first, none after the eighth value that follows. A value within a million times the largest before it is
/// never touched, nor is one below 10⁹. Changes of the level or the scale, however large, are believed after
/// seven values.
///
/// A check that [knows](Self::knowing) a magnitude, as for a fitted model or a chart with given parameters,
/// never starts over.
///
/// O(1), two or three instructions for a value that is not the largest so far, 48 bytes. Its state is part of
/// the state of the stage.
///
/// ```
/// use evenkeel_core::{Checked, PlausibilityCheck};
///
/// let mut check = PlausibilityCheck::default();
/// assert_eq!(check.check(12.0), Checked::Plausible(12.0));
/// assert_eq!(check.check(18_446_744_073_709_551_615.0), Checked::Implausible(18_446_744_073_709_551_615.0));
/// assert_eq!(check.check(11.0), Checked::Plausible(11.0));
///
/// let mut check = PlausibilityCheck::default();
/// let values = [1e100, 10.0, 11.0, 9.0, 10.0, 12.0, 9.0, 10.0, 11.0];
/// let said: Vec<_> = values.iter().map(|x| check.check(*x)).collect();
/// assert_eq!(said[7..], [Checked::Plausible(10.0), Checked::StartOver(11.0)]);
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(from = "State", into = "State")
)]
pub struct PlausibilityCheck {
    state: State,
    /// Up to this magnitude a value is plausible and changes nothing. It follows from the state, and is
    /// negative where every value has to be looked at.
    quiet: f64,
}

#[derive(Debug, Clone, Copy, PartialEq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
struct State {
    /// A magnitude that was known before the first value.
    #[cfg_attr(feature = "serde", serde(with = "crate::exact"))]
    known: Option<f64>,
    #[cfg_attr(feature = "serde", serde(with = "crate::exact"))]
    largest: f64,
    /// The largest of the current run of small values.
    #[cfg_attr(feature = "serde", serde(with = "crate::exact"))]
    recent: f64,
    /// How many implausible ones in a row, how many of the largest magnitude, how many small ones in a row.
    implausible: u8,
    large: u8,
    small: u8,
}

impl Default for PlausibilityCheck {
    fn default() -> Self {
        State::default().into()
    }
}

impl From<State> for PlausibilityCheck {
    fn from(state: State) -> Self {
        // No value that is not observed is plausible, whatever was restored.
        let usual = state.large >= ENOUGH && state.implausible == 0;
        let quiet = if usual { observed(state.largest).unwrap_or(-1.0) } else { -1.0 };
        Self { state, quiet }
    }
}

#[cfg(feature = "serde")]
impl From<PlausibilityCheck> for State {
    fn from(check: PlausibilityCheck) -> Self {
        check.state
    }
}

impl State {
    fn knowing(magnitude: f64) -> Self {
        let largest = observed(magnitude).unwrap_or(0.0).abs();
        Self { known: Some(largest), largest, large: ENOUGH, ..Self::default() }
    }

    fn check(&mut self, x: f64) -> Checked {
        let size = x.abs();
        if self.large > 0 && size > FAR * self.largest.max(SMALL) {
            self.implausible = self.implausible.saturating_add(1);
            if self.implausible < ENOUGH {
                return Checked::Implausible(x);
            }
            // So many are a change of scale.
            self.large = ENOUGH;
        }
        self.implausible = 0;
        if self.large < ENOUGH && size.max(SMALL) < self.largest / FAR {
            self.recent = self.recent.max(size);
            self.small = self.small.saturating_add(1);
            if self.small < ENOUGH {
                return Checked::Plausible(x);
            }
            *self = Self { largest: self.recent, large: ENOUGH, ..Self::default() };
            return Checked::StartOver(x);
        }
        (self.small, self.recent) = (0, 0.0);
        self.large = self.large.saturating_add(1).min(ENOUGH);
        self.largest = self.largest.max(size);
        Checked::Plausible(x)
    }
}

impl PlausibilityCheck {
    /// A check for a series of which something is known: magnitudes up to this have been seen, or are
    /// expected.
    #[must_use]
    pub fn knowing(magnitude: f64) -> Self {
        State::knowing(magnitude).into()
    }

    /// A check that knows the values of a history, of which the missing ones do not count.
    #[must_use]
    pub fn of(history: &[f64]) -> Self {
        let largest =
            history.iter().filter_map(|x| observed(*x)).fold(0.0_f64, |largest, x| largest.max(x.abs()));
        Self::knowing(largest)
    }

    /// As before the first value; what was [known](Self::knowing) stays known.
    pub fn reset(&mut self) {
        *self = self.state.known.map_or_else(Self::default, Self::knowing);
    }

    /// Checks the next value.
    #[inline]
    pub fn check(&mut self, x: f64) -> Checked {
        if x.abs() <= self.quiet { Checked::Plausible(x) } else { self.look_at(x) }
    }

    #[cold]
    fn look_at(&mut self, x: f64) -> Checked {
        let Some(x) = observed(x) else { return Checked::Missing };
        let mut state = self.state;
        let checked = state.check(x);
        *self = state.into();
        checked
    }
}
