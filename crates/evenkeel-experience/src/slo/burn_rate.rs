//! Alerts by multi-window burn rates.

use super::burn_rule::{BurnRule, Severity};
use super::burn_state::BurnState;
use super::event_window::{EventWindow, buckets};
use super::events::Events;
use super::objective::Objective;
use super::rule_test::RuleTest;
use crate::experiment::moments::require_alpha;
use alloc::boxed::Box;
use alloc::vec;
use alloc::vec::Vec;
use core::time::Duration;
use evenkeel_core::{At, Error, Stage};

/// The state of all rules after an observation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
#[must_use]
pub struct BurnStatus {
    /// The severity of the most severe rule that fires.
    pub severity: Option<Severity>,
    /// Whether any rule began or ceased to fire with this observation.
    pub changed: bool,
    /// How many rules fire.
    pub firing: u32,
    /// How many rules have too little traffic, or none.
    pub unknown: u32,
}

impl BurnStatus {
    /// Whether every rule says so: not while there is too little traffic to tell.
    #[must_use]
    pub fn is_healthy(&self) -> bool {
        self.firing == 0 && self.unknown == 0
    }
}

/// Multi-window, multi-burn-rate alerts on a service level: pages when the error budget burns fast, files
/// a ticket when it burns slowly, and stops soon after the burning does.
///
/// A rule fires while the burn rate, the error ratio over `1 - objective`, is strictly above its factor
/// over a long and over a short window. A window without events has no burn rate and does not fire.
/// Comparisons are exact. Source: B. Beyer et al. (eds.), The Site Reliability Workbook (2018), ch. 5.
///
/// *Low traffic.* One error among three requests is a burn rate of 333, and nobody should be woken for
/// it. So a rule begins to fire only when the events of its long window are also evidence: when the
/// likelihood ratio of an error rate of `factor * (1 - objective)` (of 1.5 times the budget, where the
/// factor is less) against the budget itself is at least `1 / alpha`. That is a window of Page's CUSUM,
/// and so, while the error rate is at most the budget, alarms by chance come at most once in `1 / alpha`
/// updates on average (G. Lorden, Procedures for reacting to a change in distribution, Ann. Math. Stat.
/// 42 (1971) 1897-1908, doi:10.1214/aoms/1177693055). In numbers, with the default of 1e-4: four errors
/// within an hour at a factor of 14.4, six within six hours at 6, whatever the objective; with more
/// traffic than some errors an hour it makes no difference, but to rules with a factor below 1.5: they begin
/// at 1.23 times the budget. Once a rule fires it goes on by the burn rates alone. What it costs and saves at
/// which traffic is measured in `burn_rate.md` beside the sources.
///
/// *Neither green nor red.* Where a rule does not fire, it is [healthy](BurnState::Healthy) only if so
/// few errors had a probability of at most 5 % at the rate it looks for (Chernoff's bound on the long or
/// the short window); else it is [undecided](BurnState::Undecided), with no events
/// [without data](BurnState::NoData).
///
/// | parameter | range | default | why |
/// | --- | --- | --- | --- |
/// | `resolution` | 1 ms to 1 d, dividing all windows | 1 minute | the step in which windows move |
/// | `evidence` | alpha in (0, 1), or [none](BurnRateBuilder::without_evidence) | 1e-4 | updates between alarms by chance: 1e4 minutes are a week |
/// | `doubt` | (0, 1) | 0.05 | how sure "healthy" is |
///
/// Feed it with what was counted since the last time, also when that is nothing: a source that says
/// nothing does not make time pass. Late events count at the latest time; times that jump are judged by a
/// [`Watermark`](evenkeel_core::Watermark). O(rules) an update, also for the first of a new bucket, no
/// allocation; O(1) while the events of a bucket are too few to change a state. 16 bytes a bucket of the
/// longest window.
///
/// ```
/// use core::time::Duration;
/// use evenkeel_core::{At, Stage, Timestamp};
/// use evenkeel_experience::slo::{BurnRateMonitor, Events, Severity};
///
/// let mut monitor = BurnRateMonitor::builder("99.9%".parse()?).build()?;
/// let minute = |i: i64, events| At::new(Timestamp::from_seconds(60 * i), events);
/// for i in 0..120 {
///     assert_eq!(monitor.update(minute(i, Events::new(1000, 0))).unwrap().severity, None);
/// }
/// // Four percent of the requests fail.
/// let paged = (120..160).find(|i| {
///     monitor.update(minute(*i, Events::new(960, 40))).unwrap().severity == Some(Severity::Page)
/// });
/// assert_eq!(paged, Some(141));
/// # Ok::<(), evenkeel_core::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct BurnRateMonitor {
    objective: Objective,
    rules: Box<[BurnRule]>,
    /// What the rules ask, worked out.
    tests: Box<[RuleTest]>,
    evidence: Option<f64>,
    doubt: f64,
    /// For each rule its long window, then its short one.
    window: EventWindow,
    states: Box<[BurnState]>,
    /// The latest status, and how many more good and bad events in the present bucket leave it as it is; none
    /// where that is not known.
    spare: Option<(BurnStatus, Events)>,
}

/// What is worked out from the rest makes no difference.
impl PartialEq for BurnRateMonitor {
    fn eq(&self, other: &Self) -> bool {
        (self.objective, self.evidence, self.doubt) == (other.objective, other.evidence, other.doubt)
            && self.rules == other.rules
            && self.window == other.window
            && self.states == other.states
    }
}

// Without the tests, which follow from the rules.
#[cfg(feature = "serde")]
evenkeel_core::state! {
    BurnRateMonitor as struct SavedBurnRateMonitor("BurnRateMonitor@1") {
        objective: Objective,
        rules: Box<[BurnRule]>,
        evidence: Option<f64>,
        doubt: f64,
        window: EventWindow,
        states: Box<[BurnState]>,
    }
}

#[cfg(feature = "serde")]
impl From<&BurnRateMonitor> for SavedBurnRateMonitor {
    fn from(monitor: &BurnRateMonitor) -> Self {
        Self {
            objective: monitor.objective,
            rules: monitor.rules.clone(),
            evidence: monitor.evidence,
            doubt: monitor.doubt,
            window: monitor.window.clone(),
            states: monitor.states.clone(),
        }
    }
}

#[cfg(feature = "serde")]
impl TryFrom<SavedBurnRateMonitor> for BurnRateMonitor {
    type Error = Error;

    fn try_from(saved: SavedBurnRateMonitor) -> Result<Self, Error> {
        let SavedBurnRateMonitor { objective, rules, evidence, doubt, window, states } = saved;
        let tests = tests(objective, &rules, evidence, doubt);
        let spare = None;
        let monitor = Self { objective, rules, tests, evidence, doubt, window, states, spare };
        monitor.validate()?;
        Ok(monitor)
    }
}

/// Builds a [`BurnRateMonitor`].
#[derive(Debug, Clone, PartialEq)]
#[must_use]
pub struct BurnRateBuilder {
    objective: Objective,
    rules: Option<Vec<BurnRule>>,
    resolution: Duration,
    evidence: Option<f64>,
    doubt: f64,
}

impl BurnRateBuilder {
    /// Other rules than the [recommended](BurnRule::recommended) ones.
    pub fn rules(mut self, rules: impl IntoIterator<Item = BurnRule>) -> Self {
        self.rules = Some(rules.into_iter().collect());
        self
    }

    /// The step in which windows move.
    pub fn resolution(mut self, resolution: Duration) -> Self {
        self.resolution = resolution;
        self
    }

    /// How rarely a rule may begin to fire by chance: once in `1 / alpha` updates.
    pub fn evidence(mut self, alpha: f64) -> Self {
        self.evidence = Some(alpha);
        self
    }

    /// Burn rates alone, as in the book: one error among few requests fires, and what does not fire is
    /// healthy unless it has no data.
    pub fn without_evidence(mut self) -> Self {
        self.evidence = None;
        self
    }

    /// How improbable so few errors must be at the rate a rule looks for until it is called healthy.
    pub fn doubt(mut self, doubt: f64) -> Self {
        self.doubt = doubt;
        self
    }

    /// The monitor.
    ///
    /// # Errors
    /// If there are no rules or more than 32, the resolution is not from 1 ms to 1 d or does not divide a
    /// window, `alpha` or `doubt` is not in (0, 1), or, unless without evidence, a factor is so large that not
    /// even an error rate of 1 exceeds it.
    pub fn build(self) -> Result<BurnRateMonitor, Error> {
        let rules = match self.rules {
            Some(rules) => rules,
            None => BurnRule::recommended()?,
        };
        Error::require((1..=32).contains(&rules.len()), "rules", "from 1 to 32", rules.len())?;
        let mut lengths = Vec::with_capacity(2 * rules.len());
        for rule in &rules {
            lengths.push(buckets("long", rule.long(), self.resolution)?);
            lengths.push(buckets("short", rule.short(), self.resolution)?);
        }
        let monitor = BurnRateMonitor {
            objective: self.objective,
            tests: tests(self.objective, &rules, self.evidence, self.doubt),
            evidence: self.evidence,
            doubt: self.doubt,
            window: EventWindow::new(self.resolution, &lengths)?,
            states: vec![BurnState::NoData; rules.len()].into_boxed_slice(),
            rules: rules.into_boxed_slice(),
            spare: None,
        };
        monitor.validate()?;
        Ok(monitor)
    }
}

impl BurnRateMonitor {
    /// For an objective.
    pub fn builder(objective: Objective) -> BurnRateBuilder {
        let resolution = Duration::from_secs(60);
        BurnRateBuilder { objective, rules: None, resolution, evidence: Some(1e-4), doubt: 0.05 }
    }

    fn validate(&self) -> Result<(), Error> {
        if let Some(alpha) = self.evidence {
            require_alpha(alpha)?;
        }
        Error::require(self.doubt > 0.0 && self.doubt < 1.0, "doubt", "in (0, 1)", self.doubt)?;
        let count = self.rules.len();
        Error::require((1..=32).contains(&count), "rules", "from 1 to 32", count)?;
        if self.states.len() != count {
            return Err(Error::Shape { what: "states", expected: count, found: self.states.len() });
        }
        for (i, rule) in self.rules.iter().enumerate() {
            let spans = (self.window.span(2 * i), self.window.span(2 * i + 1));
            let fits = spans == (Some(rule.long()), Some(rule.short()));
            Error::require(fits, "window", "those of the rules", i)?;
            // By burn rates alone, as in the book, such a rule never fires; with evidence it has no meaning.
            let reachable = self.evidence.is_none() || rule.factor() * self.objective.budget() < 1.0;
            Error::require(reachable, "factor", "below 1 / (1 - objective)", rule.factor())?;
        }
        Ok(())
    }

    /// The rules, in their order.
    #[must_use]
    pub fn rules(&self) -> &[BurnRule] {
        &self.rules
    }

    /// The states of the rules, in their order.
    #[must_use]
    pub fn states(&self) -> &[BurnState] {
        &self.states
    }

    /// The burn rates of a rule over its short and its long window, none over a window without events; none
    /// at all if there is no such rule.
    #[must_use]
    pub fn burn_rates(&self, rule: usize) -> Option<(Option<f64>, Option<f64>)> {
        self.rules.get(rule)?;
        let rate = |window| self.objective.burn_rate(self.window.sum(window));
        Some((rate(2 * rule + 1), rate(2 * rule)))
    }

    /// Judges all rules. What is to spare is worked out where a bucket has more than one observation: with one
    /// in each it would never be used.
    #[inline(never)]
    fn judge_all(&mut self, is_new: bool) -> BurnStatus {
        let mut status = BurnStatus { severity: None, changed: false, firing: 0, unknown: 0 };
        let mut spare = Events::new(u64::MAX, u64::MAX);
        for rule in 0..self.rules.len() {
            let state = self.judge(rule);
            let is_firing = state == BurnState::Firing;
            status.changed |= is_firing != (self.states[rule] == BurnState::Firing);
            status.unknown += u32::from(matches!(state, BurnState::NoData | BurnState::Undecided));
            if is_firing {
                status.firing += 1;
                status.severity = status.severity.max(Some(self.rules[rule].severity()));
            }
            self.states[rule] = state;
            if !is_new {
                let (long, short) = (self.window.sum(2 * rule), self.window.sum(2 * rule + 1));
                let of_rule = self.tests[rule].spare(state, long, short);
                spare = Events::new(spare.good.min(of_rule.good), spare.bad.min(of_rule.bad));
            }
        }
        self.spare = (!is_new).then_some((BurnStatus { changed: false, ..status }, spare));
        status
    }

    #[inline]
    fn judge(&self, rule: usize) -> BurnState {
        let (long, short) = (self.window.sum(2 * rule), self.window.sum(2 * rule + 1));
        let test = &self.tests[rule];
        if test.is_burning(long) && test.is_burning(short) {
            let is_evident = self.states[rule] == BurnState::Firing || test.is_evident(long);
            return if is_evident { BurnState::Firing } else { BurnState::Undecided };
        }
        if long.valid() == 0 || short.valid() == 0 {
            return BurnState::NoData;
        }
        let is_sure = test.excludes_rate(long) || test.excludes_rate(short);
        if is_sure { BurnState::Healthy } else { BurnState::Undecided }
    }
}

/// What the rules ask, worked out.
fn tests(objective: Objective, rules: &[BurnRule], evidence: Option<f64>, doubt: f64) -> Box<[RuleTest]> {
    rules.iter().map(|rule| RuleTest::new(objective, rule, evidence, doubt)).collect()
}

impl Stage<At<Events>> for BurnRateMonitor {
    type Output = BurnStatus;

    #[inline]
    fn update(&mut self, observation: At<Events>) -> Option<BurnStatus> {
        let events = observation.value;
        let is_new = self.window.add(observation.time, events);
        if let Some((status, spare)) = &mut self.spare
            && !is_new
            && events.good <= spare.good
            && events.bad <= spare.bad
        {
            spare.good -= events.good;
            spare.bad -= events.bad;
            return Some(*status);
        }
        Some(self.judge_all(is_new))
    }

    fn reset(&mut self) {
        self.window.reset();
        self.states.fill(BurnState::NoData);
        self.spare = None;
    }
}
