//! The digest itself.

use crate::digest::query::{Answer, Query};
use core::fmt;
use evenkeel_core::Signal;

/// A slice of telemetry, or an incident, in at most so many tokens: what moved, how far and when, seasons, abnormal
/// stretches with p-values, who calls whom, what was done. Its `Display` is the text.
///
/// For a language model that has to judge an incident, and for chat, in the place of raw telemetry, which fits no
/// context. Each number stands behind the [`Query`] that gives it again, so that nothing has to be believed: `scales(s3)=41`.
/// Series that moved are told first, the farthest by the score of [`MetricShift`](evenkeel_locate::MetricShift); as many
/// follow as there is room for, and how many are left out is told. Where it is known [what kind](evenkeel_locate::CaseBuilder::symptom_kind)
/// of trouble users have, and who calls whom, those come before them by which a component adds to the time, or the failures,
/// of requests beyond what those it calls account for ([`ExcessFlow`](evenkeel_locate::ExcessFlow)), the largest share first:
/// a slow component makes its callers slow, and they may move farther in their own standard deviations than it does.
///
/// Names come from outside, and may be made to look like orders: they are in quotes, on one line, without control
/// characters, and cut after 60 characters; sentences after 120.
///
/// *Tokens* are counted as a third of the bytes, rounded up, which is on the safe side for English and numbers with
/// the tokenizers in use. *Cost*: that of the [queries](Query::answer), for the series that are named.
///
/// ```
/// use core::time::Duration;
/// use evenkeel_core::{Signal, Timestamp};
/// use evenkeel_locate::{Case, Metric};
/// use evenkeel_report::{Digest, Query, Timeline};
///
/// let column = |fault: f64| -> Vec<f64> {
///     (0..600).map(|i| 1.0 + 0.1 * (i % 7) as f64 + if i < 400 { 0.0 } else { fault }).collect()
/// };
/// let (start, second) = (Timestamp::from_seconds(1_795_000_000), Duration::from_secs(1));
/// let case = Case::builder(start, second, start + 400 * second)
///     .metric(Metric::new(Signal::new("cart", "cpu"), column(0.0)))
///     .metric(Metric::new(Signal::new("store", "cpu"), column(8.0)))
///     .build()?;
/// let digest = Digest::builder(&case).tokens(500).build()?;
/// println!("{digest}");
/// assert_eq!(digest.series()[0].component, "store");
///
/// // s2 "store/cpu": before(s2)=1.3 after(s2)=9.5 scales(s2)=… change(s2,1)=+400 …
/// let query: Query = "change(s2,1)".parse()?;
/// assert_eq!(query.answer(&case, &Timeline::new()).to_string(), "+400");
/// assert!(digest.to_string().contains("change(s2,1)=+400"));
/// # Ok::<(), evenkeel_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[must_use]
pub struct Digest {
    text: String,
    facts: Vec<(Query, Answer)>,
    series: Vec<Signal>,
}

impl Digest {
    pub(crate) fn new(text: String, facts: Vec<(Query, Answer)>, series: Vec<Signal>) -> Self {
        Self { text, facts, series }
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The estimated number of tokens: a third of the bytes, rounded up.
    #[must_use]
    pub fn tokens(&self) -> usize {
        self.text.len().div_ceil(3)
    }

    /// Every number in the text, in its order.
    #[must_use]
    pub fn facts(&self) -> &[(Query, Answer)] {
        &self.facts
    }

    /// The series that are named, the one that moved farthest first.
    #[must_use]
    pub fn series(&self) -> &[Signal] {
        &self.series
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}
