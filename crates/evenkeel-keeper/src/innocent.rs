//! Who cannot be the cause, by what callers see.

use evenkeel_core::Name;
use evenkeel_series::Quantile;
use std::collections::{BTreeMap, BTreeSet};

/// What one caller sees of one component.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Harm {
    from: Name,
    to: Name,
    /// Whether it is known how it was before and how it is now: without calls nobody can say.
    is_known: bool,
    /// Whether it is much slower, or fails much oftener, than before.
    is_harmed: bool,
    /// By how much: seconds a call, and share of calls.
    slower: f64,
    failing: f64,
}

impl Harm {
    /// From mean seconds and failing shares of calls, each before and after.
    ///
    /// Harmed is a caller if calls take at least 20 ms and half as long again as nearly all did before, or if a twentieth of them more
    /// than before fails, or a tenth and half as many again as before.
    pub(crate) fn new(
        from: Name,
        to: Name,
        seconds: &(Vec<f64>, Vec<f64>),
        errors: &(Vec<f64>, Vec<f64>),
    ) -> Self {
        let high = |values: &[f64], p: f64| Quantile::new(p).ok().and_then(|q| q.of(values));
        let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len().max(1) as f64;
        let slow = match (high(&seconds.0, 0.95), high(&seconds.1, 0.75)) {
            (Some(usual), Some(now)) => now - usual > 0.02 && now > 1.5 * usual,
            _ => false,
        };
        let (before, after) = (mean(&errors.0), mean(&errors.1));
        let fails = after - before > 0.05 || after > 0.1 && after > 1.5 * before;
        let is_known = !errors.1.is_empty() && (!errors.0.is_empty() || fails);
        let slower = if slow { (mean(&seconds.1) - mean(&seconds.0)).max(0.0) } else { 0.0 };
        let failing = if fails { (after - before).max(0.0) } else { 0.0 };
        Self { from, to, is_known, is_harmed: slow || fails, slower, failing }
    }
}

/// The components that cannot be the cause, whatever their own metrics say: those whose callers see nothing wrong with them, and those
/// whose callees explain what their callers see, by at least half. Components that nobody was seen to call, before and since, are not
/// judged: silence is not the sound of health. If nobody would be left, nobody is innocent.
///
/// After the network gap of traces: what a caller waits for beyond what the callee waits for itself is the callee's own.
pub(crate) fn components(harms: &[Harm]) -> BTreeSet<Name> {
    let called: BTreeSet<&Name> = harms.iter().filter(|h| h.is_known).map(|h| &h.to).collect();
    let suspects: BTreeSet<&Name> = harms.iter().filter(|h| h.is_harmed).map(|h| &h.to).collect();
    let is_explained = |component: &Name| {
        let worst = |amount: fn(&Harm) -> f64| {
            harms.iter().filter(|h| h.to == *component).map(amount).fold(0.0, f64::max)
        };
        // What several instances see of the same callee is the same time: the worst of them counts.
        let mut passed: BTreeMap<&Name, (f64, f64)> = BTreeMap::new();
        for h in harms.iter().filter(|h| h.from == *component && h.to != *component && h.is_harmed) {
            let (slower, failing) = passed.entry(&h.to).or_default();
            *slower = slower.max(h.slower);
            *failing = failing.max(h.failing);
        }
        let slower: f64 = passed.values().map(|(slower, _)| slower).sum();
        let failing: f64 = passed.values().map(|(_, failing)| failing).sum();
        let (slow, fails) = (worst(|h| h.slower), worst(|h| h.failing));
        // Who waits long for a callee gives up in the end, so waiting explains failing, too.
        !passed.is_empty() && slower >= 0.5 * slow && (failing >= 0.5 * fails || slower >= 0.2)
    };
    let guilty: BTreeSet<&Name> = suspects.iter().copied().filter(|c| !is_explained(c)).collect();
    let guilty = if guilty.is_empty() { suspects } else { guilty };
    if guilty.is_empty() {
        BTreeSet::new()
    } else {
        called.difference(&guilty).map(|c| (*c).clone()).collect()
    }
}
