//! What a monitor tells a person.

use super::rounded::Rounded;
use core::fmt;
use core::time::Duration;
#[cfg(feature = "serde")]
use evenkeel_core::Error;
use evenkeel_core::{Direction, Prediction, Timestamp, Transition, TransitionKind};

/// How many significant digits numbers have in a sentence, and how many at most where that many don't show a
/// difference: those that tell any two numbers apart.
const DIGITS: usize = 4;
const MOST_DIGITS: usize = 17;

/// What a monitor has to say of its series; its `Display` is a sentence.
///
/// ```
/// use evenkeel_core::Timestamp;
/// use evenkeel_detect::monitor::MonitorEvent;
///
/// let at = |seconds: i64| Timestamp::from_seconds(1_700_000_000 + seconds);
/// let lost = MonitorEvent::Lost { at: at(90), since: at(0) };
/// assert_eq!(lost.to_string(), "no value since 2023-11-14T22:13:20Z, noticed at 2023-11-14T22:14:50Z");
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
#[must_use]
pub enum MonitorEvent {
    /// An event was raised, became worse, or is over.
    Alert(Alert),
    /// There has been no value for too long. It says nothing of what the series does meanwhile.
    Lost {
        /// When that was noticed.
        at: Timestamp,
        /// The time of the last value.
        since: Timestamp,
    },
    /// There is a value again after [`Lost`](Self::Lost).
    Returned {
        /// The time of that value.
        at: Timestamp,
        /// The time of the last value before the silence.
        since: Timestamp,
    },
}

impl MonitorEvent {
    /// When it was noticed.
    #[must_use]
    pub fn at(&self) -> Timestamp {
        match self {
            Self::Alert(alert) => alert.transition.at,
            Self::Lost { at, .. } | Self::Returned { at, .. } => *at,
        }
    }

    /// The alert, if it is one.
    #[must_use]
    pub fn alert(&self) -> Option<&Alert> {
        match self {
            Self::Alert(alert) => Some(alert),
            Self::Lost { .. } | Self::Returned { .. } => None,
        }
    }
}

/// A change in the state of an alarm, with what a person needs to check it: what was observed at the peak,
/// what had been expected, and how often such a thing comes by chance.
///
/// Its `Display` is one sentence, with the expected values as the interval that holds 99 % of normal ones. Numbers
/// have four significant digits, more where fewer would not show that a value is outside. A value within what was
/// expected is told as such: what is abnormal then is many values together.
///
/// ```
/// use evenkeel_core::{At, Calibrated, Prediction, Score, Timestamp, Transition, TransitionKind};
/// use evenkeel_detect::monitor::Alert;
///
/// let at = |seconds: i64| Timestamp::from_seconds(1_700_000_000 + seconds);
/// let score = Score::from_deviation(100.0).unwrap().with_expected(Prediction::new(112.5, 6.8).unwrap());
/// let peak = At::new(at(190), Calibrated::new(1e-9, score)?);
/// let transition = Transition { kind: TransitionKind::Raised, at: at(190), start: at(0), peak, end: None };
/// let alert = Alert::new(transition, 812.0).unwrap();
/// assert_eq!(
///     alert.to_string(),
///     "abnormal since 2023-11-14T22:13:20Z: 812 at 2023-11-14T22:16:30Z, expected 94.98 to 130; p = 1e-9"
/// );
/// # Ok::<(), evenkeel_core::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(try_from = "AlertParts", into = "AlertParts")
)]
#[must_use]
pub struct Alert {
    transition: Transition,
    observed: f64,
    is_accumulated: bool,
}

impl Alert {
    /// The share of normal values that the interval of expected ones in a sentence holds.
    pub const LEVEL: f64 = 0.99;

    /// Of a transition, and the value that was observed at its peak; carried by a single value. `None` if the
    /// value is not finite.
    #[must_use]
    pub fn new(transition: Transition, observed: f64) -> Option<Self> {
        observed.is_finite().then_some(Self { transition, observed, is_accumulated: false })
    }

    /// Whether the evidence was accumulated over many values, none of which decides alone. Default no.
    pub fn accumulated(mut self, is_accumulated: bool) -> Self {
        self.is_accumulated = is_accumulated;
        self
    }

    /// As the beginning of an event that goes on, whatever it was told as.
    pub(crate) fn as_raised(mut self) -> Self {
        self.transition.kind = TransitionKind::Raised;
        self
    }

    /// The transition of the alarm.
    pub fn transition(&self) -> Transition {
        self.transition
    }

    /// Raised, worsened or cleared.
    #[must_use]
    pub fn kind(&self) -> TransitionKind {
        self.transition.kind
    }

    /// When that was noticed.
    #[must_use]
    pub fn at(&self) -> Timestamp {
        self.transition.at
    }

    /// The first abnormal value.
    #[must_use]
    pub fn start(&self) -> Timestamp {
        self.transition.start
    }

    /// The last abnormal value, once it is over.
    #[must_use]
    pub fn end(&self) -> Option<Timestamp> {
        self.transition.end
    }

    /// The time of the most surprising value so far.
    #[must_use]
    pub fn peak_time(&self) -> Timestamp {
        self.transition.peak.time
    }

    /// How often a value is so surprising while nothing is wrong, at the peak; in (0, 1].
    #[must_use]
    pub fn p(&self) -> f64 {
        self.transition.peak.value.p()
    }

    /// The value at the peak, in the unit of the series.
    #[must_use]
    pub fn observed(&self) -> f64 {
        self.observed
    }

    /// Whether the peak was higher or lower than expected.
    #[must_use]
    pub fn direction(&self) -> Direction {
        self.transition.peak.value.score().direction()
    }

    /// Which dimension of a vector was the most surprising, where there are several.
    #[must_use]
    pub fn dimension(&self) -> Option<u32> {
        self.transition.peak.value.score().dimension()
    }

    /// What had been expected at the peak, where the detector has a prediction.
    #[must_use]
    pub fn expected(&self) -> Option<Prediction> {
        self.transition.peak.value.score().expected()
    }

    /// The interval that holds a share `level` of the values that had been expected at the peak, for
    /// [`LEVEL`](Self::LEVEL) the one of the sentence; `None` without a prediction.
    ///
    /// # Errors
    /// If `level` is not in (0, 1).
    pub fn expected_interval(&self, level: f64) -> Result<Option<(f64, f64)>, evenkeel_core::Error> {
        self.expected().map(|expected| expected.interval(level)).transpose()
    }

    /// Whether the evidence was accumulated over many values, none of which decides alone.
    #[must_use]
    pub fn is_accumulated(&self) -> bool {
        self.is_accumulated
    }

    /// How long it was abnormal, from the first abnormal value to the last, or to when this was noticed while
    /// it goes on.
    #[must_use]
    pub fn length(&self) -> Duration {
        self.end().unwrap_or(self.at()).since(self.start())
    }
}

impl fmt::Display for Alert {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (start, peak) = (self.start(), self.peak_time());
        match (self.kind(), self.end()) {
            (TransitionKind::Cleared, Some(end)) if end > start => {
                write!(f, "over: abnormal from {start} to {end}")?;
            }
            (TransitionKind::Cleared, _) => write!(f, "over: abnormal at {start}")?,
            (TransitionKind::Worsened, _) => write!(f, "worse; abnormal since {start}")?,
            _ if peak == start && self.at() == start => write!(f, "abnormal at {start}")?,
            _ => write!(f, "abnormal since {start}")?,
        }
        let expected = self.expected().map(|expected| {
            let mean = expected.mean();
            expected.interval(Self::LEVEL).unwrap_or((mean, mean))
        });
        let observed = self.observed;
        // As many digits as show on which side of what was expected it is.
        let differs = |digits: &usize| {
            expected.is_none_or(|(low, high)| {
                [low, high].iter().all(|&bound| {
                    bound == observed || Rounded(bound, *digits).value() != Rounded(observed, *digits).value()
                })
            })
        };
        let digits = (DIGITS..MOST_DIGITS).find(differs).unwrap_or(MOST_DIGITS);
        write!(f, ": {}", Rounded(observed, digits))?;
        if peak != start {
            write!(f, " at {peak}")?;
        }
        match expected {
            Some((low, high)) if low < high => {
                let inside = if (low..=high).contains(&observed) { "within the " } else { "" };
                write!(f, ", {inside}expected {} to {}", Rounded(low, digits), Rounded(high, digits))?;
            }
            Some((only, _)) => write!(f, ", expected {}", Rounded(only, digits))?,
            None => {}
        }
        write!(f, "; p = {}", Rounded(self.p(), 2))?;
        if self.is_accumulated {
            f.write_str(" by evidence accumulated over many values, not by a single one")?;
        }
        Ok(())
    }
}

impl fmt::Display for MonitorEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Alert(alert) => alert.fmt(f),
            Self::Lost { at, since } => write!(f, "no value since {since}, noticed at {at}"),
            Self::Returned { at, since } => {
                write!(f, "values again from {at} on; there were none after {since}")
            }
        }
    }
}

impl From<Alert> for MonitorEvent {
    fn from(alert: Alert) -> Self {
        Self::Alert(alert)
    }
}

#[cfg(feature = "serde")]
evenkeel_core::exact_as_is!(Alert, MonitorEvent);

#[cfg(feature = "serde")]
#[derive(serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct AlertParts {
    transition: Transition,
    #[serde(with = "evenkeel_core::exact")]
    observed: f64,
    is_accumulated: bool,
}

#[cfg(feature = "serde")]
impl From<Alert> for AlertParts {
    fn from(Alert { transition, observed, is_accumulated }: Alert) -> Self {
        Self { transition, observed, is_accumulated }
    }
}

#[cfg(feature = "serde")]
impl TryFrom<AlertParts> for Alert {
    type Error = Error;

    fn try_from(AlertParts { transition, observed, is_accumulated }: AlertParts) -> Result<Self, Error> {
        let alert = Self::new(transition, observed);
        let alert = alert.ok_or_else(|| Error::parameter("observed", "finite", observed))?;
        Ok(alert.accumulated(is_accumulated))
    }
}
