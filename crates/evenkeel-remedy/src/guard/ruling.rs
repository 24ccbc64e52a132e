//! Rulings of guards, and the reasons for them.

use alloc::string::String;
use alloc::vec::Vec;
use core::cmp::Ordering;
use core::fmt;
use evenkeel_core::{Name, Timestamp};

/// Why a guard objects, with its numbers. Its `Display` is the sentence that a person reads.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Reason {
    guard: Name,
    what: String,
    #[cfg_attr(feature = "serde", serde(with = "evenkeel_core::exact"))]
    observed: f64,
    #[cfg_attr(feature = "serde", serde(with = "evenkeel_core::exact"))]
    limit: f64,
}

impl Reason {
    /// A guard, what it says in words that contain the numbers, and the numbers: what was found and where the
    /// limit is.
    pub fn new(guard: impl Into<Name>, what: impl Into<String>, observed: f64, limit: f64) -> Self {
        Self { guard: guard.into(), what: what.into(), observed, limit }
    }

    /// Which guard.
    #[must_use]
    pub fn guard(&self) -> &Name {
        &self.guard
    }

    /// In words.
    #[must_use]
    pub fn what(&self) -> &str {
        &self.what
    }

    /// What was found.
    #[must_use]
    pub fn observed(&self) -> f64 {
        self.observed
    }

    /// What it is held against.
    #[must_use]
    pub fn limit(&self) -> f64 {
        self.limit
    }

    fn order(&self, other: &Self) -> Ordering {
        (self.guard.cmp(&other.guard))
            .then_with(|| self.what.cmp(&other.what))
            .then_with(|| self.observed.total_cmp(&other.observed))
            .then_with(|| self.limit.total_cmp(&other.limit))
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.guard, self.what)
    }
}

/// What one guard, or several together, say about an action.
///
/// Rulings meet by or, or, or, and the later time. That is commutative, associative and idempotent, and its
/// result never permits more than either: so the order of guards does not matter, and one more guard never
/// permits more.
///
/// ```
/// use evenkeel_core::Timestamp;
/// use evenkeel_remedy::guard::{Reason, Ruling};
///
/// let later = Ruling::defer(Timestamp::from_seconds(60), Reason::new("cooldown", "20 s since the last, at least 80 s", 20.0, 80.0));
/// let ask = Ruling::ask(Reason::new("approval", "a person has to agree", 0.0, 1.0));
/// let both = later.clone().meet(ask.clone());
/// assert_eq!(both, ask.meet(later));
/// assert!(!both.permits(Timestamp::from_seconds(59), true));
/// assert!(!both.permits(Timestamp::from_seconds(60), false));
/// assert!(both.permits(Timestamp::from_seconds(60), true));
/// ```
#[derive(Debug, Clone, PartialEq, Default)]
#[must_use]
pub struct Ruling {
    denied: bool,
    advise_only: bool,
    needs_approval: bool,
    not_before: Option<Timestamp>,
    /// Sorted, without duplicates.
    reasons: Vec<Reason>,
}

impl Ruling {
    /// No objection.
    pub fn permit() -> Self {
        Self::default()
    }

    /// No.
    pub fn deny(why: Reason) -> Self {
        Self { denied: true, reasons: alloc::vec![why], ..Self::default() }
    }

    /// It may be advised and not be done.
    pub fn advise(why: Reason) -> Self {
        Self { advise_only: true, reasons: alloc::vec![why], ..Self::default() }
    }

    /// Only if a person agrees.
    pub fn ask(why: Reason) -> Self {
        Self { needs_approval: true, reasons: alloc::vec![why], ..Self::default() }
    }

    /// Not before a time.
    pub fn defer(not_before: Timestamp, why: Reason) -> Self {
        Self { not_before: Some(not_before), reasons: alloc::vec![why], ..Self::default() }
    }

    /// Both.
    pub fn meet(mut self, other: Self) -> Self {
        self.denied |= other.denied;
        self.advise_only |= other.advise_only;
        self.needs_approval |= other.needs_approval;
        self.not_before = self.not_before.max(other.not_before);
        if !other.reasons.is_empty() {
            self.reasons.extend(other.reasons);
            self.reasons.sort_by(Reason::order);
            self.reasons.dedup();
        }
        self
    }

    /// Whether it may be done at this time, given whether a person agreed.
    #[must_use]
    pub fn permits(&self, now: Timestamp, approved: bool) -> bool {
        !self.denied
            && !self.advise_only
            && (approved || !self.needs_approval)
            && self.not_before.is_none_or(|t| t <= now)
    }

    /// Whether it is refused.
    #[must_use]
    pub fn is_denied(&self) -> bool {
        self.denied
    }

    /// Whether it may only be advised.
    #[must_use]
    pub fn is_advice(&self) -> bool {
        self.advise_only
    }

    /// Whether a person has to agree.
    #[must_use]
    pub fn needs_approval(&self) -> bool {
        self.needs_approval
    }

    /// The time before which it must not be done.
    #[must_use]
    pub fn not_before(&self) -> Option<Timestamp> {
        self.not_before
    }

    /// Why, in the order of the guards' names.
    #[must_use]
    pub fn reasons(&self) -> &[Reason] {
        &self.reasons
    }
}

impl fmt::Display for Ruling {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match (self.denied, self.advise_only, self.needs_approval, self.not_before) {
            (true, ..) => "denied",
            (_, true, ..) => "advised only",
            (_, _, true, _) => "needs approval",
            (_, _, _, Some(_)) => "deferred",
            _ => "permitted",
        })?;
        for (i, reason) in self.reasons.iter().enumerate() {
            write!(f, "{}{reason}", if i == 0 { ": " } else { "; " })?;
        }
        Ok(())
    }
}
