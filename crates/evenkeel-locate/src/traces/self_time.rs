//! Where the time of a trace goes.

use crate::traces::trace_set::{SpanEntry, Trace};
use core::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};

/// Whose time it is: a component's own, or that between a caller and the one it calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Account {
    pub(crate) component: u32,
    /// Whom it calls meanwhile, if nothing of the callee is under way: the request or the answer is in
    /// between.
    pub(crate) callee: Option<u32>,
}

/// The nanoseconds of a trace by account: each moment belongs to the deepest span that is under way. Of
/// equally deep ones it belongs to one that calls another component, for the others wait for it; then to the
/// first by place. The sum over accounts is the time in which any span is under way.
///
/// O(n log n) for n spans.
pub(crate) fn self_times(trace: &Trace<'_>) -> BTreeMap<Account, i64> {
    let spans = trace.spans;
    let said = |span: &SpanEntry| span.callee.filter(|callee| *callee != span.component);
    let mut callees: Vec<Option<u32>> = spans.iter().map(said).collect();
    for span in spans {
        if let Some(parent) = span.parent {
            let callee = &mut callees[parent as usize];
            if spans[parent as usize].component != span.component {
                // Whom a span calls is mostly one; else the first by name, that which was said included.
                *callee = Some(callee.map_or(span.component, |known| known.min(span.component)));
            }
        }
    }
    let mut moments: Vec<(i64, bool, usize)> = Vec::with_capacity(2 * spans.len());
    for (place, span) in spans.iter().enumerate() {
        moments.push((span.start, true, place));
        moments.push((span.end, false, place));
    }
    // Ends before starts of the same moment; nothing passes in between.
    moments.sort_unstable();
    let mut ended = vec![false; spans.len()];
    let mut open: BinaryHeap<(u32, bool, Reverse<usize>)> = BinaryHeap::new();
    let mut times = BTreeMap::new();
    let mut last = i64::MIN;
    for (at, begins, place) in moments {
        while open.peek().is_some_and(|(.., Reverse(place))| ended[*place]) {
            open.pop();
        }
        if let Some((.., Reverse(deepest))) = open.peek() {
            let account = Account { component: spans[*deepest].component, callee: callees[*deepest] };
            let time: &mut i64 = times.entry(account).or_default();
            *time = time.saturating_add(at.saturating_sub(last));
        }
        if begins && spans[place].end > spans[place].start {
            open.push((spans[place].depth, callees[place].is_some(), Reverse(place)));
        } else if !begins {
            ended[place] = true;
        }
        last = at;
    }
    times
}
