//! The diagnosis of a fault: causes and evidence.

use crate::error::Error;
use crate::name::Name;
use crate::signal::{Signal, Unit};
use crate::time::Timestamp;
use alloc::vec::Vec;
use core::fmt;

/// One fault and what may have caused it. The causes exclude each other; what is left of 1 after their
/// probabilities is the probability that it is none of them.
///
/// ```
/// use evenkeel_core::{Cause, Diagnosis, Timestamp};
///
/// let d = Diagnosis::new(
///     Timestamp::from_seconds(60),
///     vec![Cause::new("cart", 0.2)?, Cause::new("store", 0.7)?],
/// )?;
/// assert_eq!(d.causes()[0].component, "store");
/// assert!((d.unexplained() - 0.1).abs() < 1e-12);
/// # Ok::<(), evenkeel_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(try_from = "Parts", into = "Parts")
)]
pub struct Diagnosis {
    at: Timestamp,
    causes: Vec<Cause>,
}

impl Diagnosis {
    /// A diagnosis made at a time. Causes are put in order: the most probable first, equal ones by name.
    ///
    /// # Errors
    /// If the probabilities sum to more than 1 (beyond rounding).
    pub fn new(at: Timestamp, mut causes: Vec<Cause>) -> Result<Self, Error> {
        let sum: f64 = causes.iter().map(|c| c.probability).sum();
        Error::require(sum <= 1.0 + 1e-9, "sum of probabilities", "at most 1", sum)?;
        causes.sort_by(|a, b| {
            b.probability
                .total_cmp(&a.probability)
                .then_with(|| a.component.cmp(&b.component))
                .then_with(|| a.metric.cmp(&b.metric))
        });
        Ok(Self { at, causes })
    }

    /// When it was made.
    #[must_use]
    pub fn at(&self) -> Timestamp {
        self.at
    }

    /// The causes, the most probable first.
    #[must_use]
    pub fn causes(&self) -> &[Cause] {
        &self.causes
    }

    /// The probability that it is none of the causes named, in [0, 1].
    #[must_use]
    pub fn unexplained(&self) -> f64 {
        (1.0 - self.causes.iter().map(|c| c.probability).sum::<f64>()).clamp(0.0, 1.0)
    }
}

/// One possible cause, with the evidence for it.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(try_from = "CauseParts", into = "CauseParts")
)]
pub struct Cause {
    /// The component at fault.
    pub component: Name,
    /// The metric that shows it, where one does.
    pub metric: Option<Name>,
    /// What kind of fault it looks like, where that is known.
    pub kind: Option<FaultKind>,
    probability: f64,
    /// The evidence for it, the most important first.
    pub evidence: Vec<Evidence>,
}

impl Cause {
    /// A cause with its probability, without evidence so far.
    ///
    /// # Errors
    /// If `probability` is not in [0, 1].
    pub fn new(component: impl Into<Name>, probability: f64) -> Result<Self, Error> {
        Error::require((0.0..=1.0).contains(&probability), "probability", "in [0, 1]", probability)?;
        Ok(Self { component: component.into(), metric: None, kind: None, probability, evidence: Vec::new() })
    }

    /// How probable it is, in [0, 1].
    #[must_use]
    pub fn probability(&self) -> f64 {
        self.probability
    }
}

/// The kind of a fault. Rules for remedies can refer to it instead of naming components.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub enum FaultKind {
    /// Processor time is used up.
    CpuExhausted,
    /// Memory is used up or leaks.
    MemoryExhausted,
    /// Storage is full or slow.
    DiskExhausted,
    /// A bounded resource (pool, queue, threads, descriptors) has run dry.
    PoolExhausted,
    /// The network loses, delays or refuses packets.
    Network,
    /// The component answers slowly.
    Slow,
    /// The component answers with errors.
    Errors,
    /// The component does not answer.
    Dead,
    /// A change (release, configuration) caused it.
    BadChange,
    /// The load is higher than the capacity.
    Overload,
}

impl fmt::Display for FaultKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::CpuExhausted => "CPU exhausted",
            Self::MemoryExhausted => "memory exhausted",
            Self::DiskExhausted => "disk exhausted",
            Self::PoolExhausted => "pool exhausted",
            Self::Network => "network fault",
            Self::Slow => "slow",
            Self::Errors => "errors",
            Self::Dead => "not answering",
            Self::BadChange => "bad change",
            Self::Overload => "overloaded",
        })
    }
}

/// What a piece of evidence is about.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub enum Subject {
    /// A metric of a component.
    Signal(Signal),
    /// Calls from one component to another.
    Edge {
        /// The component that calls.
        from: Name,
        /// The component that is called.
        to: Name,
    },
    /// A component as a whole.
    Component(Name),
    /// The last change of a component: a release, a new configuration. What is observed is how long ago it
    /// was.
    Change(Name),
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Signal(s) => write!(f, "{} of {}", s.metric, s.place()),
            Self::Edge { from, to } => write!(f, "calls {from} → {to}"),
            Self::Component(name) => write!(f, "{name}"),
            Self::Change(name) => write!(f, "the age of the last change of {name}"),
        }
    }
}

/// One observed fact that supports a cause. Its `Display` is a sentence that a person can check.
///
/// ```
/// use evenkeel_core::{Evidence, Signal, Subject, Timestamp, Unit};
///
/// let e = Evidence {
///     localizer: "metric shift".into(),
///     subject: Subject::Signal(Signal::new("store", "latency_p99")),
///     observed: 0.612,
///     expected: Some(0.031),
///     unit: Unit::Seconds,
///     since: Timestamp::from_seconds(1_700_000_000),
///     weight: 0.8,
/// };
/// assert_eq!(
///     e.to_string(),
///     "latency_p99 of store is 0.612 s, expected 0.031 s, since 2023-11-14T22:13:20Z (metric shift, weight 0.80)"
/// );
/// ```
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Evidence {
    /// The method that found it.
    pub localizer: Name,
    /// What it is about.
    pub subject: Subject,
    /// The observed value.
    #[cfg_attr(feature = "serde", serde(with = "crate::exact"))]
    pub observed: f64,
    /// The value that would have been normal, where that is known.
    #[cfg_attr(feature = "serde", serde(with = "crate::exact"))]
    pub expected: Option<f64>,
    /// The unit of both values.
    pub unit: Unit,
    /// The time since when it is so.
    pub since: Timestamp,
    /// Its weight among the evidence for the same cause, in [0, 1].
    #[cfg_attr(feature = "serde", serde(with = "crate::exact"))]
    pub weight: f64,
}

impl fmt::Display for Evidence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} is {}", self.subject, Quantity(self.observed, self.unit))?;
        if let Some(expected) = self.expected {
            write!(f, ", expected {}", Quantity(expected, self.unit))?;
        }
        write!(f, ", since {} ({}, weight {:.2})", self.since, self.localizer, self.weight)
    }
}

/// Formats a number for a person: four significant digits, and its unit.
struct Quantity(f64, Unit);

impl fmt::Display for Quantity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(x, unit) = *self;
        let magnitude = x.abs();
        if magnitude != 0.0 && !(1e-4..1e7).contains(&magnitude) {
            write!(f, "{x:.3e}")?;
        } else {
            // Digits behind the point for four significant ones, without trailing zeros.
            let decimals = if magnitude == 0.0 { 0 } else { 3 - libm::floor(libm::log10(magnitude)) as i32 };
            let scale = libm::pow(10.0, f64::from(decimals.max(0)));
            write!(f, "{}", libm::round(x * scale) / scale)?;
        }
        if matches!(unit, Unit::Ratio | Unit::Count | Unit::None) { Ok(()) } else { write!(f, " {unit}") }
    }
}

#[cfg(feature = "serde")]
#[derive(serde::Serialize, serde::Deserialize)]
struct Parts {
    at: Timestamp,
    causes: Vec<Cause>,
}

#[cfg(feature = "serde")]
impl From<Diagnosis> for Parts {
    fn from(d: Diagnosis) -> Self {
        Self { at: d.at, causes: d.causes }
    }
}

#[cfg(feature = "serde")]
impl TryFrom<Parts> for Diagnosis {
    type Error = Error;

    fn try_from(p: Parts) -> Result<Self, Error> {
        Self::new(p.at, p.causes)
    }
}

#[cfg(feature = "serde")]
#[derive(serde::Serialize, serde::Deserialize)]
struct CauseParts {
    component: Name,
    metric: Option<Name>,
    kind: Option<FaultKind>,
    #[serde(with = "crate::exact")]
    probability: f64,
    evidence: Vec<Evidence>,
}

#[cfg(feature = "serde")]
impl From<Cause> for CauseParts {
    fn from(c: Cause) -> Self {
        Self {
            component: c.component,
            metric: c.metric,
            kind: c.kind,
            probability: c.probability,
            evidence: c.evidence,
        }
    }
}

#[cfg(feature = "serde")]
impl TryFrom<CauseParts> for Cause {
    type Error = Error;

    fn try_from(p: CauseParts) -> Result<Self, Error> {
        let cause = Self::new(p.component, p.probability)?;
        Ok(Self { metric: p.metric, kind: p.kind, evidence: p.evidence, ..cause })
    }
}
