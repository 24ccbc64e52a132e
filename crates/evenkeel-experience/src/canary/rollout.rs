//! A progressive shift of traffic to a canary.

use super::metric_gate::{MetricGate, Opinion, Reading};
use super::step_verdict::{Advice, AtDeadline, StepVerdict};
use super::traffic_shares::TrafficShares;
use super::watch::WatchedMetric;
use crate::experiment::SequentialSampleRatio;
use crate::experiment::moments::require_alpha;
use alloc::boxed::Box;
use alloc::vec::Vec;
use core::time::Duration;
use evenkeel_core::{Error, Name, Timestamp};
use evenkeel_stats::sequential::Interval;

/// What was measured of a canary and the baseline beside it since the last look.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CanaryBatch<'a> {
    /// From when on its requests were sent: what was sent before a shift says nothing about the share after
    /// it.
    pub since: Timestamp,
    /// How many requests reached the canary, the baseline and the rest.
    pub routed: [u64; 3],
    /// One reading a metric, in their order; one that is left out is [`Reading::Nothing`].
    pub readings: &'a [Reading<'a>],
}

/// Settings of a [`Rollout`].
#[derive(Debug, Clone, PartialEq)]
#[must_use]
pub struct RolloutBuilder {
    metrics: Vec<WatchedMetric>,
    steps: Vec<u8>,
    alpha: f64,
    beta: f64,
    split_alpha: f64,
    least: u64,
    bake: Duration,
    deadline: Duration,
    silence: Duration,
    at_deadline: AtDeadline,
}

impl RolloutBuilder {
    /// The shares of the canary in percent, rising, the last 100. Default 1, 5, 10, 25, 50, 100.
    pub fn steps(mut self, percent: impl IntoIterator<Item = u8>) -> Self {
        self.steps = percent.into_iter().collect();
        self
    }

    /// The probability that a canary that is no worse is ever called worse, over all steps, metrics and looks.
    /// Default 0.05.
    pub fn alpha(mut self, probability: f64) -> Self {
        self.alpha = probability;
        self
    }

    /// The probability that a canary which costs more than the margin passes a step that it should not.
    /// Default 0.05.
    pub fn beta(mut self, probability: f64) -> Self {
        self.beta = probability;
        self
    }

    /// The probability that traffic that is divided as told is ever found not to be. Default 0.001.
    pub fn split_alpha(mut self, probability: f64) -> Self {
        self.split_alpha = probability;
        self
    }

    /// How many requests the canary, and the baseline, need in a step. Default 50.
    pub fn least_requests(mut self, requests: u64) -> Self {
        self.least = requests;
        self
    }

    /// How long a step takes at least: what is slow to show, such as a leak, needs it. Default 60 s.
    pub fn bake(mut self, length: Duration) -> Self {
        self.bake = length;
        self
    }

    /// When a step without a verdict is over. Default 1 h.
    pub fn deadline(mut self, length: Duration) -> Self {
        self.deadline = length;
        self
    }

    /// What is to be done then. Default: to go back.
    pub fn at_deadline(mut self, at_deadline: AtDeadline) -> Self {
        self.at_deadline = at_deadline;
        self
    }

    /// For how long a metric may say nothing of an arm and still count as known. Default 60 s.
    pub fn silence(mut self, length: Duration) -> Self {
        self.silence = length;
        self
    }

    /// The rollout, with all of the traffic at the old version.
    ///
    /// # Errors
    /// If there are no metrics or more than 10^4, a margin is not in (0, 1e100]; the steps do not rise from
    /// at least 1 to 100; a probability is not in (0, 1); `least_requests` is 0; or the deadline is not
    /// longer than the time to bake.
    pub fn build(self) -> Result<Rollout, Error> {
        for (name, p) in [("alpha", self.alpha), ("beta", self.beta), ("split_alpha", self.split_alpha)] {
            Error::require(p > 0.0 && p < 1.0, name, "in (0, 1)", p)?;
        }
        let n = self.metrics.len();
        Error::require((1..=10_000).contains(&n), "metrics", "from 1 to 10^4", n)?;
        let (alpha, steps) = (self.alpha / n as f64, self.steps.len().max(1));
        let gate = |metric| MetricGate::new(metric, alpha, self.beta, steps);
        let gates = self.metrics.into_iter().map(gate).collect::<Result<_, Error>>()?;
        let rollout = Rollout {
            steps: self.steps.into(),
            gates,
            split_alpha: self.split_alpha,
            least: self.least,
            bake: self.bake,
            deadline: self.deadline,
            silence: self.silence,
            at_deadline: self.at_deadline,
            step: None,
            since: None,
            share: Some(0),
            routed: [0; 3],
            split: None,
            back: None,
        };
        rollout.validate()?;
        Ok(rollout)
    }
}

evenkeel_core::state! {
    /// Decides how much of the traffic a new version may have, step by step, by comparing it with the old
    /// version beside it. It may be looked at after every batch.
    ///
    /// Tell it what was [measured](Self::observe) and what share the canary [has](Self::share_read); it
    /// [advises](Self::advice). The feature `remedy` carries out what it advises, under guards.
    ///
    /// *Down.* The canary goes back to 0 % as soon as any metric is surely worse, from any step, while it
    /// bakes, waits for a person, or while a shift is still being carried out. For rates the test is
    /// [`RateExcess`](super::RateExcess), whose evidence is kept over all steps; for means the limits of
    /// [`MeanComparison`](crate::experiment::MeanComparison), begun anew with each. Each metric has `alpha`
    /// over the number of metrics, so a canary that is no worse is ever sent back with probability at most
    /// `alpha`, over all steps, metrics and looks (for means about that). What is surely below the margin
    /// does not count as worse.
    ///
    /// *Up.* A step passes once every metric excludes, by limits that hold at all times, that the next share
    /// costs more than the margin: from 10 % to 25 % a canary may fail four times the margin more often than
    /// the baseline, for its quarter of the traffic then costs the margin. So early steps are short and the
    /// last one is strict. If a canary is worse by `d`, the first share at which that costs more than the
    /// margin is reached with probability at most `beta`, whatever the number of steps and metrics, since all
    /// metrics have to pass and all earlier steps were within the margin. It is no number of good checks in a
    /// row: with three requests in each, ten good checks say nothing.
    ///
    /// *Neither.* No data, an empty answer, a source that fails or fell silent, too little traffic, traffic
    /// that is [not divided as told](StepVerdict::SplitMismatch), and a share that is not known have their own
    /// verdicts. None of them ever passes, and at the deadline the canary goes back (or holds, if that was
    /// [asked for](RolloutBuilder::at_deadline)).
    ///
    /// *The baseline* runs beside the canary at the same time, with the [same share](TrafficShares) of the
    /// traffic as far as there is room. At 100 % nothing runs beside it any more: there is nothing to be
    /// compared with, and the rollout is complete. What it does then is for service levels to watch.
    ///
    /// *Power.* Two metrics that are bad in 0.5 % of the baseline's requests, margins of 2 points, the default
    /// steps, 100 requests a second, a look every second, 5 s to bake; 2,000 runs each. A canary that is no
    /// worse arrives at 100 % in 99 % of the runs, after a median of 110 s, of which it spends half at 1 %. One
    /// that fails 5, 10 or 40 points more often is sent back in all of them, after a median of 77, 65 and
    /// 31 s and 12, 12 and 13 failed requests. Of 10,000 canaries that are no worse, 1.7 % were called worse
    /// at an `alpha` of 0.05, and 8.7 % at 0.2; of 3,000 that are worse by 1.1 times the margin, none was
    /// promoted at a `beta` of 0.2: the limits are wider than they would have to be.
    ///
    /// O(metrics) a batch and an advice, without allocation, except that of a step that begins.
    ///
    /// ```
    /// use core::time::Duration;
    /// use evenkeel_core::Timestamp;
    /// use evenkeel_experience::canary::{
    ///     Advice, ArmCounts, BadDirection, CanaryBatch, MetricKind, PairedCounts, Reading, Rollout, WatchedMetric,
    /// };
    ///
    /// let errors = WatchedMetric {
    ///     name: "errors".into(),
    ///     kind: MetricKind::Rate,
    ///     direction: BadDirection::Increase,
    ///     margin: 0.02,
    /// };
    /// let mut rollout = Rollout::builder([errors]).bake(Duration::from_secs(5)).build()?;
    /// let at = Timestamp::from_seconds;
    /// assert_eq!(rollout.advice(at(0)), Advice::Raise { to: 1 });
    /// rollout.share_read(at(0), Some(1));
    ///
    /// // A minute without an answer is no reason to go on.
    /// let nothing = CanaryBatch { since: at(0), routed: [0; 3], readings: &[Reading::Nothing] };
    /// rollout.observe(at(60), &nothing);
    /// assert_eq!(rollout.advice(at(60)), Advice::Stay);
    ///
    /// // Twenty failures of the canary, and none beside it, are one to go back.
    /// let counts = |failed| ArmCounts::new(failed, 80 - failed);
    /// let paired = PairedCounts { canary: counts(20), baseline: counts(0) };
    /// let batch = CanaryBatch { since: at(60), routed: [80, 80, 7840], readings: &[Reading::Counts(paired)] };
    /// rollout.observe(at(61), &batch);
    /// assert!(matches!(rollout.advice(at(61)), Advice::GoBack { .. }));
    /// # Ok::<(), evenkeel_core::Error>(())
    /// ```
    #[derive(Debug, Clone, PartialEq)]
    pub struct Rollout("Rollout@1") {
        steps: Box<[u8]>,
        gates: Box<[MetricGate]>,
        split_alpha: f64,
        least: u64,
        bake: Duration,
        deadline: Duration,
        silence: Duration,
        at_deadline: AtDeadline,
        /// The present step and when it began; none before the first shift.
        step: Option<usize>,
        since: Option<Timestamp>,
        /// What share was read last; none if it could not be read.
        share: Option<u8>,
        routed: [u64; 3],
        split: Option<SequentialSampleRatio>,
        /// Why it went back.
        back: Option<StepVerdict>,
    }
}

impl Rollout {
    /// A rollout judged by these metrics.
    pub fn builder(metrics: impl IntoIterator<Item = WatchedMetric>) -> RolloutBuilder {
        RolloutBuilder {
            metrics: metrics.into_iter().collect(),
            steps: [1, 5, 10, 25, 50, 100].to_vec(),
            alpha: 0.05,
            beta: 0.05,
            split_alpha: 0.001,
            least: 50,
            bake: Duration::from_secs(60),
            deadline: Duration::from_secs(3600),
            silence: Duration::from_secs(60),
            at_deadline: AtDeadline::GoBack,
        }
    }

    fn validate(&self) -> Result<(), Error> {
        let steps = &self.steps;
        let rises = steps.first().is_some_and(|first| *first > 0)
            && steps.last() == Some(&100)
            && steps.windows(2).all(|pair| pair[0] < pair[1]);
        Error::require(rises, "steps", "rising from at least 1 to 100", steps.len())?;
        Error::require(!self.gates.is_empty(), "metrics", "at least one", 0)?;
        self.gates.iter().try_for_each(MetricGate::validate)?;
        require_alpha(self.split_alpha)?;
        Error::require(self.least > 0, "least_requests", "positive", 0)?;
        let longer = self.deadline > self.bake;
        Error::require(longer, "deadline", "longer than the time to bake", self.deadline.as_secs_f64())?;
        let is_step = self.step.is_none_or(|step| step < steps.len());
        Error::require(is_step, "step", "one of the steps", self.step.unwrap_or_default())?;
        Error::require(self.step.is_some() == self.since.is_some(), "since", "known within a step", "not")?;
        let share = self.share.unwrap_or_default();
        Error::require(share <= 100, "share", "at most 100", share)
    }

    /// The shares of the canary, in percent.
    #[must_use]
    pub fn steps(&self) -> &[u8] {
        &self.steps
    }

    /// When a step without a verdict is over, and what is done then.
    #[must_use]
    pub fn deadline(&self) -> (Duration, AtDeadline) {
        (self.deadline, self.at_deadline)
    }

    /// The share that the canary was given last, in percent: that of the present step, 0 before the first.
    #[must_use]
    pub fn told_share(&self) -> u8 {
        self.step.and_then(|step| self.steps.get(step)).copied().unwrap_or(0)
    }

    /// When the present step began; none before the first.
    #[must_use]
    pub fn step_since(&self) -> Option<Timestamp> {
        self.since
    }

    /// A metric with the limits of its difference in the present step, canary minus baseline, and how many
    /// requests, or values, canary and baseline had; none if there is no such metric.
    #[must_use]
    pub fn metric(&self, index: usize) -> Option<(&Name, Option<Interval>, [u64; 2])> {
        let gate = self.gates.get(index)?;
        Some((&gate.name, gate.limits(), gate.seen()))
    }

    /// What share the canary has in truth, in percent; none if that could not be read. The next step begins
    /// when its share is read, not when it was asked for.
    pub fn share_read(&mut self, now: Timestamp, percent: Option<u8>) {
        self.share = percent.filter(|percent| *percent <= 100);
        let reached = self.share.and_then(|share| self.steps.iter().position(|step| *step == share));
        let Some(reached) = reached.filter(|reached| self.step.is_none_or(|step| *reached > step)) else {
            return;
        };
        (self.step, self.since) = (Some(reached), Some(now));
        self.gates.iter_mut().for_each(MetricGate::begin_step);
        self.routed = [0; 3];
        let shares = TrafficShares::of_canary(self.steps[reached]).ok();
        let weights = shares.map(|s| [s.canary(), s.baseline(), s.rest()].map(f64::from));
        let weights: Vec<f64> = weights.into_iter().flatten().filter(|weight| *weight > 0.0).collect();
        // At 100 % there are no two groups to compare.
        self.split = SequentialSampleRatio::new(&weights).ok();
    }

    /// What was measured since the last look.
    pub fn observe(&mut self, now: Timestamp, batch: &CanaryBatch<'_>) {
        let in_step = self.since.is_some_and(|since| batch.since >= since) && self.is_as_told();
        for (i, gate) in self.gates.iter_mut().enumerate() {
            gate.learn(now, batch.readings.get(i).unwrap_or(&Reading::Nothing), in_step);
        }
        if in_step {
            for (all, more) in self.routed.iter_mut().zip(batch.routed) {
                *all = all.saturating_add(more);
            }
            if let Some(split) = &mut self.split {
                let groups = split.counts().len();
                // Without a rest, what reaches it was not told to.
                let _ = split.update_counts(&batch.routed[..groups.min(batch.routed.len())]);
            }
        }
    }

    /// Whether the canary has the share that it was told to have.
    fn is_as_told(&self) -> bool {
        self.share == Some(self.told_share())
    }

    /// Whether the traffic of this step is not divided as told, with the error probability `split_alpha` over
    /// all steps.
    #[must_use]
    pub fn is_split_wrong(&self) -> bool {
        let alpha = self.split_alpha / self.steps.len() as f64;
        let strays = self.split.as_ref().is_some_and(|s| s.counts().len() == 2) && self.routed[2] > 0;
        strays || self.split.as_ref().is_some_and(|split| split.mismatch(alpha).unwrap_or(false))
    }

    /// How many requests reached the canary, the baseline and the rest in this step.
    #[must_use]
    pub fn routed(&self) -> [u64; 3] {
        self.routed
    }

    /// What is known of the present step.
    #[must_use]
    pub fn verdict(&self, now: Timestamp) -> StepVerdict {
        let next = self.step.map_or(0, |step| step + 1);
        let next = self.steps.get(next).copied().unwrap_or(100);
        let as_told = self.is_as_told();
        let (mut silent, mut too_few, mut is_undecided) = (None, None, false);
        for gate in &self.gates {
            match gate.opinion(now, next, self.least, self.silence) {
                Opinion::Worse => return StepVerdict::Fail { metric: gate.name.clone() },
                Opinion::Silent => silent = silent.or(Some(gate)),
                Opinion::TooFew => too_few = too_few.or(Some(gate)),
                Opinion::Undecided => is_undecided = true,
                Opinion::Harmless => {}
            }
        }
        if !as_told {
            return StepVerdict::ShareUnknown;
        }
        if let Some(gate) = self.gates.iter().find(|gate| !gate.answers()) {
            return StepVerdict::NoData { metric: gate.name.clone() };
        }
        let requests = self.routed[0].min(self.routed[1]);
        if requests < self.least {
            return StepVerdict::TooLittleTraffic { requests, needed: self.least };
        }
        if let Some(gate) = silent {
            return StepVerdict::NoData { metric: gate.name.clone() };
        }
        if let Some(gate) = too_few {
            let [canary, baseline] = gate.seen();
            return StepVerdict::TooLittleTraffic { requests: canary.min(baseline), needed: self.least };
        }
        if self.is_split_wrong() {
            return StepVerdict::SplitMismatch;
        }
        if is_undecided { StepVerdict::Undecided } else { StepVerdict::Pass }
    }

    /// What is to be done now. Once it says to go back it says nothing else any more.
    pub fn advice(&mut self, now: Timestamp) -> Advice {
        if let Some(why) = &self.back {
            return Advice::GoBack { why: why.clone() };
        }
        let verdict = self.verdict(now);
        let is_last = self.step.is_some_and(|step| step + 1 == self.steps.len());
        if matches!(verdict, StepVerdict::Fail { .. }) {
            return self.go_back(verdict);
        }
        let (Some(step), Some(since)) = (self.step, self.since) else {
            return if self.share == Some(0) { Advice::Raise { to: self.steps[0] } } else { Advice::Stay };
        };
        if is_last {
            return if self.is_as_told() { Advice::Complete } else { Advice::Stay };
        }
        let passed = now.since(since);
        match verdict {
            StepVerdict::Pass if passed >= self.bake => Advice::Raise { to: self.steps[step + 1] },
            StepVerdict::Pass => Advice::Stay,
            _ if passed >= self.deadline && self.at_deadline == AtDeadline::GoBack => self.go_back(verdict),
            _ => Advice::Stay,
        }
    }

    fn go_back(&mut self, why: StepVerdict) -> Advice {
        self.back = Some(why.clone());
        Advice::GoBack { why }
    }

    /// Why it went back, if it did.
    #[must_use]
    pub fn went_back(&self) -> Option<&StepVerdict> {
        self.back.as_ref()
    }
}
