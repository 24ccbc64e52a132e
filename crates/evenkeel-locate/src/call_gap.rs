//! Call gap: components whose callers wait longer, or fail more, than their callees explain.

use crate::case::Case;
use crate::ranking::{Localizer, Ranking, Suspect};
use core::time::Duration;
use evenkeel_core::{Error, Evidence, Name, Subject, Unit, observed};
use evenkeel_series::quantile::Quantile;
use std::collections::{BTreeMap, BTreeSet};

/// Compares what callers see of each component with what the component sees of those that it calls itself:
/// what it does not pass on is its own.
///
/// *When*: the case has [calls](crate::CaseBuilder::calls). It does two things: it ranks the components whose
/// callers are harmed by more than their callees explain, and it [clears](Localizer::clears) all others that
/// are called.
///
/// *Method*: a caller is *harmed* if calls take at least `least_seconds` longer than nearly all did before
/// (the 75 % quantile of the mean seconds since the stated time against the 95 % quantile before it) and that
/// is more than half as long again, or if the share that fails rose by more than `least_failing`, or is above
/// twice that and half as high again as before. How much is the difference of the means, of seconds and of
/// failing shares. A component is *explained* if what it sees of its own callees, added up over them (and of
/// several callers of one callee the one most harmed), is at least the share `explained` of what its most
/// harmed caller sees, in seconds and in failing calls; a wait of `gives_up_after` explains failing as well.
/// *Suspects* are the components with a harmed caller that are not explained; if all are, as in a cycle, all
/// of them. *Cleared* are components that are called, before and since, and are not suspects, including those
/// slow only because they wait for their callees. Components without observed callers are not examined, and
/// where no caller is harmed no component is cleared.
///
/// After the network gap of traces: what a caller waits for beyond what the callee waits for itself is the
/// callee's own.
///
/// *Parameters*: `least_seconds`, default 0.02; `least_failing`, default 0.05; `explained` in (0, 1], default
/// 0.5; `gives_up_after`, default 200 ms: our own choices, for services that answer people.
///
/// *Score*: ln(1 + g), where g is the gap in units of `least_seconds` or of `least_failing`, the larger of
/// the two; ln 2 is stated as [noise](Ranking::noise). *Missing data*: skipped. Rows that the case
/// [doubts](crate::CaseBuilder::uncertainty), or else the last four before the stated time, are left out;
/// but of a caller whose calls have not ended since, the last calls in them that did say whether it is
/// harmed, for they may have waited for the same.
/// *Cost*: O(rows) an edge, by selection, and O(edges).
///
/// ```
/// use core::time::Duration;
/// use evenkeel_core::Timestamp;
/// use evenkeel_locate::{CallColumns, CallGap, Case, Localizer};
///
/// // The edge waits for the cart because the cart waits for the store.
/// let slow = |normal: f64| (0..60).map(|i| if i < 50 { normal } else { normal + 0.6 }).collect::<Vec<_>>();
/// let fine = vec![0.0; 60];
/// let (start, second) = (Timestamp::from_seconds(1_700_000_000), Duration::from_secs(1));
/// let case = Case::builder(start, second, start + 50 * second)
///     .calls(CallColumns::new("edge", "cart", slow(0.03), &fine[..]))
///     .calls(CallColumns::new("cart", "store", slow(0.01), &fine[..]))
///     .build()?;
/// assert_eq!(CallGap::default().rank(&case).first().unwrap().component(), &"store");
/// assert_eq!(CallGap::default().clears(&case), ["cart"]);
/// # Ok::<(), evenkeel_core::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CallGap {
    settings: CallGapBuilder,
}

/// Settings of [`CallGap`].
#[derive(Debug, Clone, Copy, PartialEq)]
#[must_use]
pub struct CallGapBuilder {
    least_seconds: f64,
    least_failing: f64,
    explained: f64,
    gives_up_after: Duration,
}

const DEFAULTS: CallGapBuilder = CallGapBuilder {
    least_seconds: 0.02,
    least_failing: 0.05,
    explained: 0.5,
    gives_up_after: Duration::from_millis(200),
};

/// The gap of one unit.
const NOISE: f64 = core::f64::consts::LN_2;

impl CallGapBuilder {
    /// Seconds by which calls must have become longer, at least. Default 0.02.
    pub fn least_seconds(mut self, seconds: f64) -> Self {
        self.least_seconds = seconds;
        self
    }

    /// By how much the share of failing calls must have risen, in (0, 0.5]. Default 0.05.
    pub fn least_failing(mut self, share: f64) -> Self {
        self.least_failing = share;
        self
    }

    /// The share of what callers see that callees must explain, in (0, 1]. Default 0.5.
    pub fn explained(mut self, share: f64) -> Self {
        self.explained = share;
        self
    }

    /// The wait after which a caller may give up, so that waiting explains failing. Default 200 ms.
    pub fn gives_up_after(mut self, wait: Duration) -> Self {
        self.gives_up_after = wait;
        self
    }

    /// The localizer.
    ///
    /// # Errors
    /// If a setting is out of its range.
    pub fn build(self) -> Result<CallGap, Error> {
        let seconds = self.least_seconds;
        Error::require(seconds > 0.0 && seconds.is_finite(), "least_seconds", "positive", seconds)?;
        let failing = self.least_failing;
        Error::require(failing > 0.0 && failing <= 0.5, "least_failing", "in (0, 0.5]", failing)?;
        let explained = self.explained;
        Error::require(explained > 0.0 && explained <= 1.0, "explained", "in (0, 1]", explained)?;
        Ok(CallGap { settings: self })
    }
}

impl Default for CallGap {
    fn default() -> Self {
        Self { settings: DEFAULTS }
    }
}

/// What one caller sees of one component.
#[derive(Debug, Clone, Copy)]
struct View<'a> {
    from: &'a Name,
    to: &'a Name,
    instance: Option<&'a Name>,
    /// Whether it is known how it was before and how it is now: without calls nobody can say.
    is_known: bool,
    is_harmed: bool,
    /// By how much: seconds a call, and share of calls.
    slower: f64,
    failing: f64,
    /// Means before and since: seconds, failing.
    seconds: (f64, f64),
    failed: (f64, f64),
}

/// The views of all callers, and the components whose callers are harmed by more than their callees explain.
struct Findings<'a> {
    views: Vec<View<'a>>,
    /// With the gap in units of what is harm at least.
    suspects: BTreeMap<&'a Name, f64>,
}

impl CallGap {
    /// The localizer with its default settings, to be changed.
    pub fn builder() -> CallGapBuilder {
        DEFAULTS
    }

    fn view<'a>(&self, case: &'a Case<'_>, edge: usize) -> View<'a> {
        let calls = &case.calls()[edge];
        let stated = case.stated_row();
        let doubted = stated - case.rows_in_doubt(case.step().saturating_mul(4))..stated;
        let (before, after) = (0..doubted.start, stated..case.rows());
        let seen = |column: &mut dyn Iterator<Item = f64>| column.filter_map(observed).collect::<Vec<f64>>();
        let mut seconds = (seen(&mut calls.seconds(before.clone())), seen(&mut calls.seconds(after.clone())));
        let mut failed = (seen(&mut calls.failed(before)), seen(&mut calls.failed(after)));
        // Where no call has ended since, the last ones that did may have been harmed already.
        let is_unanswered = seconds.1.is_empty() && failed.1.is_empty();
        if is_unanswered {
            seconds.1.extend(seen(&mut calls.seconds(doubted.clone())).last());
            failed.1.extend(seen(&mut calls.failed(doubted)).last());
        }
        let high = |values: &[f64], p: f64| Quantile::new(p).ok().and_then(|q| q.of(values));
        let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len().max(1) as f64;
        let CallGapBuilder { least_seconds, least_failing, .. } = self.settings;
        let is_slow = match (high(&seconds.0, 0.95), high(&seconds.1, 0.75)) {
            (Some(usual), Some(now)) => now - usual > least_seconds && now > 1.5 * usual,
            _ => false,
        };
        let means = ((mean(&seconds.0), mean(&seconds.1)), (mean(&failed.0), mean(&failed.1)));
        let (before, after) = means.1;
        let fails = after - before > least_failing || after > 2.0 * least_failing && after > 1.5 * before;
        let is_harmed = is_slow || fails;
        View {
            from: calls.from(),
            to: calls.to(),
            instance: calls.instance(),
            // That the last calls were fine says nothing of why none has ended since.
            is_known: !failed.1.is_empty()
                && (!failed.0.is_empty() || fails)
                && (is_harmed || !is_unanswered),
            is_harmed,
            slower: if is_slow { (means.0.1 - means.0.0).max(0.0) } else { 0.0 },
            failing: if fails { (after - before).max(0.0) } else { 0.0 },
            seconds: means.0,
            failed: means.1,
        }
    }

    fn examine<'a>(&self, case: &'a Case<'_>) -> Findings<'a> {
        let views: Vec<View<'_>> = (0..case.calls().len()).map(|edge| self.view(case, edge)).collect();
        let mut of: BTreeMap<&Name, Vec<&View<'_>>> = BTreeMap::new();
        let mut by: BTreeMap<&Name, Vec<&View<'_>>> = BTreeMap::new();
        for view in views.iter().filter(|view| view.is_harmed && view.from != view.to) {
            of.entry(view.to).or_default().push(view);
            by.entry(view.from).or_default().push(view);
        }
        let mut gaps: BTreeMap<&Name, (bool, f64)> = BTreeMap::new();
        for (component, seen) in &of {
            let slow = seen.iter().map(|view| view.slower).fold(0.0, f64::max);
            let fails = seen.iter().map(|view| view.failing).fold(0.0, f64::max);
            let (explained, slower, failing) = self.passed_on(by.get(component), slow, fails);
            let gap = ((slow - slower).max(0.0) / self.settings.least_seconds)
                .max((fails - failing).max(0.0) / self.settings.least_failing);
            gaps.insert(component, (explained, gap));
        }
        let all_explained = gaps.values().all(|(explained, _)| *explained);
        let suspects = gaps.into_iter().filter(|(_, (explained, _))| all_explained || !explained);
        Findings { suspects: suspects.map(|(name, (_, gap))| (name, gap)).collect(), views }
    }

    /// Whether what a component sees of its callees explains what its callers see of it, and how much that
    /// is.
    fn passed_on(&self, seen: Option<&Vec<&View<'_>>>, slow: f64, fails: f64) -> (bool, f64, f64) {
        let Some(seen) = seen else { return (false, 0.0, 0.0) };
        // What several instances see of the same callee is the same time: the worst of them counts.
        let mut worst: BTreeMap<&Name, (f64, f64)> = BTreeMap::new();
        for view in seen {
            let (slower, failing) = worst.entry(view.to).or_default();
            *slower = slower.max(view.slower);
            *failing = failing.max(view.failing);
        }
        let slower: f64 = worst.values().map(|(slower, _)| slower).sum();
        let failing: f64 = worst.values().map(|(_, failing)| failing).sum();
        let share = self.settings.explained;
        // A caller that waits long for a callee gives up in the end, so waiting explains failing, too.
        let gives_up = slower >= self.settings.gives_up_after.as_secs_f64();
        (slower >= share * slow && (failing >= share * fails || gives_up), slower, failing)
    }
}

impl Localizer<Case<'_>> for CallGap {
    fn rank(&self, case: &Case<'_>) -> Ranking {
        let Findings { views, suspects } = self.examine(case);
        let suspects = suspects.iter().filter(|(name, _)| !case.is_cleared(name.as_str()));
        let suspects = suspects.filter_map(|(name, gap)| {
            let mut seen: Vec<&View<'_>> =
                views.iter().filter(|view| view.is_harmed && view.to == *name).collect();
            seen.sort_by(|a, b| {
                let by_harm = (b.slower, b.failing).partial_cmp(&(a.slower, a.failing));
                by_harm.unwrap_or(core::cmp::Ordering::Equal).then_with(|| a.from.cmp(b.from))
            });
            let evidence = seen.first().map(|view| view.evidence(case));
            // The instances that are called and show it at least half as much as the one that shows it most.
            let (slower, failing) = (most(&seen, |view| view.slower), most(&seen, |view| view.failing));
            let shows = |view: &&&View<'_>| {
                slower > 0.0 && view.slower >= 0.5 * slower || failing > 0.0 && view.failing >= 0.5 * failing
            };
            let instances: BTreeSet<&Name> =
                seen.iter().filter(shows).filter_map(|view| view.instance).collect();
            let suspect = Suspect::new((*name).clone(), libm::log1p(*gap)).ok()?;
            let suspect = suspect.with_instances(instances.into_iter().cloned().collect());
            Some(suspect.with_evidence(evidence.into_iter().collect()))
        });
        Ranking::new(suspects.collect(), Vec::new()).with_noise(NOISE)
    }

    fn clears(&self, case: &Case<'_>) -> Vec<Name> {
        let Findings { views, suspects } = self.examine(case);
        if suspects.is_empty() {
            return Vec::new();
        }
        let called: BTreeSet<&Name> = views.iter().filter(|view| view.is_known).map(|view| view.to).collect();
        called.into_iter().filter(|name| !suspects.contains_key(*name)).cloned().collect()
    }
}

fn most(views: &[&View<'_>], amount: fn(&View<'_>) -> f64) -> f64 {
    views.iter().map(|view| amount(view)).fold(0.0, f64::max)
}

impl View<'_> {
    fn evidence(&self, case: &Case<'_>) -> Evidence {
        let is_slow = self.slower > 0.0;
        let ((expected, observed), unit) =
            if is_slow { (self.seconds, Unit::Seconds) } else { (self.failed, Unit::Ratio) };
        Evidence {
            localizer: "call gap".into(),
            subject: Subject::Edge { from: self.from.clone(), to: self.to.clone() },
            observed,
            expected: Some(expected),
            unit,
            since: case.stated(),
            weight: 1.0,
        }
    }
}
