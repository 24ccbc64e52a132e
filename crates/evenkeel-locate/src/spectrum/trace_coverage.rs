//! Which operations take part in failed and in fine traces, and the time that they spend themselves.

use super::formula::{Spectrum, SpectrumFormula};
use crate::traces::Span;
use evenkeel_core::{Error, Name};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// The largest number of operations that are counted.
const MAX_OPERATIONS: usize = 100_000;

/// How often each operation took part in failed and in fine traces.
///
/// *When to use*: with some failed or slow traces, and fine ones of the same time or of before. It says what
/// the failed ones have in common; that is not the culprit where all traces go through the same operations:
/// look at [`exclusive_excess`](OperationSuspicion::exclusive_excess) then.
///
/// *Method*: an operation counts once a trace. [`SpectrumFormula`] makes a suspicion of the counts. Its
/// exclusive time in a trace is the part of its spans in which none of their children runs; the excess is the
/// mean over failed traces with it minus that over fine traces with it.
///
/// *Missing data*: a span whose parent is not there counts as a root; time that children have outside of
/// their parent's is not subtracted from it. *Cost*: O(spans log spans) a trace; memory O(operations), of
/// which there may be 100,000. The order of spans and traces makes no difference, but for rounding.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct TraceCoverage {
    failed: u64,
    fine: u64,
    operations: BTreeMap<(Name, Name), Counts>,
}

/// Traces with an operation, and the exclusive nanoseconds in them, by how they ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct Counts {
    failed: u64,
    fine: u64,
    failed_nanoseconds: i128,
    fine_nanoseconds: i128,
}

/// The suspicion of an operation.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct OperationSuspicion {
    /// The component.
    pub component: Name,
    /// The operation.
    pub operation: Name,
    /// The suspicion by the formula that was asked for.
    pub score: f64,
    /// The counts.
    pub spectrum: Spectrum,
    /// By how many seconds its own time was longer in failed traces, on average; `None` if it was not
    /// in traces of both kinds.
    pub exclusive_excess: Option<f64>,
}

impl TraceCoverage {
    /// No traces yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Counts a trace, which failed (or was too slow) or was fine.
    ///
    /// # Errors
    /// [`Error::Parameter`] if a span ends before it starts, an id comes twice, or there would be more than
    /// 100,000 operations; nothing is counted then.
    pub fn trace(&mut self, spans: &[Span], has_failed: bool) -> Result<(), Error> {
        let mut places = HashMap::new();
        for (i, span) in spans.iter().enumerate() {
            Error::require(span.start <= span.end, "end", "not before start", span.end)?;
            let is_new = places.insert(&*span.id, i).is_none();
            Error::require(is_new, "id", "of one span of a trace only", &span.id)?;
        }
        let mut children: Vec<Vec<(i64, i64)>> = vec![Vec::new(); spans.len()];
        for span in spans {
            let parent = span.parent.as_ref().and_then(|parent| places.get(&**parent).copied());
            if let Some(parent) = parent
                && *spans[parent].id != *span.id
            {
                let (start, end) = (span.start.max(spans[parent].start), span.end.min(spans[parent].end));
                if start < end {
                    children[parent].push((start, end));
                }
            }
        }
        let mut exclusive: BTreeMap<(Name, Name), i128> = BTreeMap::new();
        for (span, children) in spans.iter().zip(children) {
            let own = i128::from(span.end) - i128::from(span.start) - covered(children);
            *exclusive.entry((span.component.clone(), span.operation.clone())).or_default() += own;
        }
        let known: BTreeSet<_> = exclusive.keys().filter(|key| !self.operations.contains_key(*key)).collect();
        let operations = self.operations.len() + known.len();
        Error::require(operations <= MAX_OPERATIONS, "operations", "at most 100,000 in all", operations)?;
        *if has_failed { &mut self.failed } else { &mut self.fine } += 1;
        for (operation, own) in exclusive {
            let counts = self.operations.entry(operation).or_default();
            let (traces, nanoseconds) = if has_failed {
                (&mut counts.failed, &mut counts.failed_nanoseconds)
            } else {
                (&mut counts.fine, &mut counts.fine_nanoseconds)
            };
            *traces += 1;
            *nanoseconds = nanoseconds.saturating_add(own);
        }
        Ok(())
    }

    /// How many failed traces were counted.
    #[must_use]
    pub fn failed(&self) -> u64 {
        self.failed
    }

    /// How many fine traces were counted.
    #[must_use]
    pub fn fine(&self) -> u64 {
        self.fine
    }

    /// The operations, the most suspicious first; of equal ones that with more excess, then by names.
    #[must_use]
    pub fn rank(&self, formula: SpectrumFormula) -> Vec<OperationSuspicion> {
        let suspicion = |((component, operation), counts): (&(Name, Name), &Counts)| {
            let spectrum = Spectrum {
                failed_with: counts.failed,
                fine_with: counts.fine,
                failed_without: self.failed - counts.failed,
                fine_without: self.fine - counts.fine,
            };
            let excess = (counts.failed > 0 && counts.fine > 0).then(|| {
                let mean = |nanoseconds: i128, traces: u64| nanoseconds as f64 * 1e-9 / traces as f64;
                mean(counts.failed_nanoseconds, counts.failed) - mean(counts.fine_nanoseconds, counts.fine)
            });
            OperationSuspicion {
                component: component.clone(),
                operation: operation.clone(),
                score: formula.score(&spectrum),
                spectrum,
                exclusive_excess: excess,
            }
        };
        let mut ranked: Vec<OperationSuspicion> = self.operations.iter().map(suspicion).collect();
        let excess = |of: &OperationSuspicion| of.exclusive_excess.unwrap_or(0.0);
        ranked.sort_by(|a, b| b.score.total_cmp(&a.score).then_with(|| excess(b).total_cmp(&excess(a))));
        ranked
    }
}

/// The length of a union of intervals.
fn covered(mut intervals: Vec<(i64, i64)>) -> i128 {
    intervals.sort_unstable();
    let (mut length, mut until) = (0, i64::MIN);
    for (start, end) in intervals {
        let start = start.max(until);
        if end > start {
            length += i128::from(end) - i128::from(start);
            until = end;
        }
    }
    length
}
