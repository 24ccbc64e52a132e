//! Taking from callers what their callees explain.

use evenkeel_core::Name;
use std::collections::{BTreeMap, BTreeSet};

/// How much of its score a component loses that is explained entirely; as in
/// [`ExplainAway`](crate::ExplainAway).
const STRENGTH: f64 = 0.7;

/// The scores, each less by what the highest among the component's callees explains: s (1 - 0.7 min(1, c /
/// s)). O(n log n).
pub(crate) fn discounted(
    scores: &BTreeMap<Name, f64>,
    calls: &BTreeSet<(Name, Name)>,
) -> BTreeMap<Name, f64> {
    let mut highest: BTreeMap<&Name, f64> = BTreeMap::new();
    for (from, to) in calls {
        if let Some(score) = scores.get(to) {
            let known = highest.entry(from).or_default();
            *known = known.max(*score);
        }
    }
    let less = |(name, score): (&Name, &f64)| {
        let explained = highest.get(name).map_or(0.0, |callee| (callee / score).min(1.0));
        (name.clone(), score * (1.0 - STRENGTH * explained))
    };
    scores.iter().filter(|(_, score)| **score > 0.0).map(less).collect()
}
