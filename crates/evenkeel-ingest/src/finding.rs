//! What is wrong with data that could be read.

use std::collections::BTreeMap;
use std::fmt;

/// What kind of fault of the data was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum FindingKind {
    /// Two names become one when they are made to fit a smaller alphabet; both keep their own spelling.
    CollidingNames,
    /// Two samples of one series at one time have different values; the first was kept.
    ConflictingSamples,
    /// A sample was there before, with the same time and value; it was dropped.
    RepeatedSample,
    /// Samples came later than a later one; they were sorted in.
    OutOfOrder,
    /// A time lies after the time of arrival; it was set to that.
    FutureTime,
    /// A counter went down although its start time says that it did not start again.
    DecreasedWithoutRestart,
    /// The sender gave up on telling series apart and adds the rest up (`otel.metric.overflow`).
    CardinalityOverflow,
    /// A point came without a value, or with one that could not be read.
    NoValue,
    /// A span or record could not be read and was left out.
    Unreadable,
    /// An attribute could not be read and was left out; what carries it was kept.
    UnreadableAttribute,
    /// An exemplar could not be read and was left out; its point was kept.
    UnreadableExemplar,
    /// An event of a span could not be read and was left out; the span was kept.
    UnreadableEvent,
    /// A link of a span could not be read and was left out; the span was kept.
    UnreadableLink,
    /// A counter's name lacks the suffix `_total` that its format asks for.
    CounterWithoutTotal,
    /// Cumulative bucket counts went down and were raised to the count before.
    BucketsRepaired,
    /// A span was there before, with the same ids; it was counted once.
    RepeatedSpan,
    /// The parent of a span is not among the spans.
    OrphanSpan,
    /// Requests of a place were left out, as one of its counters for them was missing.
    IncompleteRequests,
    /// More came than may be kept, and was left out.
    BeyondCap,
}

impl fmt::Display for FindingKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::CollidingNames => "names collide when sanitized",
            Self::ConflictingSamples => "two values at one time",
            Self::RepeatedSample => "repeated sample",
            Self::OutOfOrder => "out of order",
            Self::FutureTime => "time in the future",
            Self::DecreasedWithoutRestart => "counter decreased without a restart",
            Self::CardinalityOverflow => "too many series at the sender",
            Self::NoValue => "no value",
            Self::Unreadable => "unreadable",
            Self::UnreadableAttribute => "unreadable attribute",
            Self::UnreadableExemplar => "unreadable exemplar",
            Self::UnreadableEvent => "unreadable event",
            Self::UnreadableLink => "unreadable link",
            Self::CounterWithoutTotal => "counter without _total",
            Self::BucketsRepaired => "bucket counts decreased",
            Self::RepeatedSpan => "repeated span",
            Self::OrphanSpan => "parent is missing",
            Self::IncompleteRequests => "a counter of requests is missing",
            Self::BeyondCap => "beyond the cap",
        })
    }
}

/// A fault of the data: what, of what, how often.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub struct Finding {
    /// What is wrong.
    pub kind: FindingKind,
    /// What it concerns: the name of a series, service or field. Empty for what was beyond the cap of
    /// [`Findings`].
    pub subject: String,
    /// How often it occurred.
    pub count: u64,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { kind, subject, count } = self;
        let subject = if subject.is_empty() { "others" } else { subject };
        write!(f, "{kind}: {subject} ({count} times)")
    }
}

/// Faults that were found, each subject once with a count.
///
/// At most 256 subjects are kept a kind; what concerns others is counted under the empty subject, so that
/// ever-new names cost no memory. Costs O(log n) a finding.
///
/// ```
/// use evenkeel_ingest::{FindingKind, Findings};
///
/// let mut findings = Findings::default();
/// findings.add(FindingKind::NoValue, "queue_depth", 2);
/// findings.add(FindingKind::NoValue, "queue_depth", 1);
/// assert_eq!(findings.iter().next().unwrap().to_string(), "no value: queue_depth (3 times)");
/// assert_eq!(findings.count(FindingKind::NoValue), 3);
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Findings {
    counts: BTreeMap<FindingKind, BTreeMap<String, u64>>,
}

/// How many subjects of one kind are told apart.
const SUBJECTS: usize = 256;

impl Findings {
    /// Adds a number of occurrences.
    pub fn add(&mut self, kind: FindingKind, subject: &str, count: u64) {
        let of_kind = self.counts.entry(kind).or_default();
        let room = of_kind.len() < SUBJECTS;
        let n = match of_kind.get_mut(subject) {
            Some(n) => n,
            None => of_kind.entry(if room { subject.into() } else { String::new() }).or_default(),
        };
        *n = n.saturating_add(count);
    }

    /// Adds all of another collection.
    pub fn extend(&mut self, other: &Self) {
        for finding in other.iter() {
            self.add(finding.kind, &finding.subject, finding.count);
        }
    }

    /// All of them, sorted by kind and subject.
    pub fn iter(&self) -> impl Iterator<Item = Finding> + '_ {
        self.counts.iter().flat_map(|(&kind, subjects)| {
            subjects.iter().map(move |(subject, &count)| Finding { kind, subject: subject.clone(), count })
        })
    }

    /// How often one kind occurred.
    #[must_use]
    pub fn count(&self, kind: FindingKind) -> u64 {
        self.counts.get(&kind).map_or(0, |subjects| subjects.values().fold(0, |a, &n| a.saturating_add(n)))
    }

    /// True if nothing was found.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.counts.is_empty()
    }

    /// All of them as a list.
    #[must_use]
    pub fn to_vec(&self) -> Vec<Finding> {
        self.iter().collect()
    }
}
