//! Stages of every kind that keep the contract.

use evenkeel_core::{
    Assessment, At, Calibrated, Direction, Forecaster, Prediction, Score, Snapshot, Stage, Timestamp,
    Transition, TransitionKind, Watermark, observed, observed_slice,
};
use evenkeel_testing::conformance;
use serde::{Deserialize, Serialize};

/// How far a value is from the mean so far, with the mean as its expectation.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
struct Deviation {
    seen: u64,
    #[serde(with = "evenkeel_core::exact")]
    mean: f64,
}

impl Stage<f64> for Deviation {
    type Output = Score;

    fn update(&mut self, x: f64) -> Option<Score> {
        let x = observed(x)?;
        let before = self.mean;
        self.seen = self.seen.saturating_add(1);
        self.mean += (x - before) / self.seen as f64;
        if self.seen == 1 {
            return None;
        }
        Some(Score::from_deviation(x - before)?.with_expected(Prediction::new(before, 1.0)?))
    }

    fn reset(&mut self) {
        *self = Self::default();
    }
}

impl Snapshot for Deviation {
    fn schema() -> String {
        "Deviation@1".into()
    }
}

/// The largest coordinate-wise jump, of a vector of three.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Jumps {
    #[serde(with = "evenkeel_core::exact")]
    before: [f64; 3],
}

impl Default for Jumps {
    fn default() -> Self {
        Self { before: [f64::NAN; 3] }
    }
}

impl<'a> Stage<&'a [f64]> for Jumps {
    type Output = Score;

    fn update(&mut self, x: &'a [f64]) -> Option<Score> {
        let x = observed_slice(x, 3)?;
        let mut largest: Option<Score> = None;
        for (k, (before, now)) in self.before.iter_mut().zip(x).enumerate() {
            let Some(now) = observed(*now) else { continue };
            let jump = now - *before;
            *before = now;
            if let Some(score) = Score::from_deviation(jump)
                && largest.is_none_or(|l| score.value() > l.value())
            {
                largest = Some(score.with_dimension(k as u32));
            }
        }
        largest
    }

    fn reset(&mut self) {
        *self = Self::default();
    }
}

impl Snapshot for Jumps {
    fn schema() -> String {
        "Jumps@1".into()
    }
}

/// A p-value from the exponential distribution with the mean of the scores so far.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
struct Exponential {
    seen: u64,
    #[serde(with = "evenkeel_core::exact")]
    mean: f64,
}

impl Stage<Score> for Exponential {
    type Output = Calibrated;

    fn update(&mut self, score: Score) -> Option<Calibrated> {
        let value = score.value().clamp(0.0, 1e100);
        let mean = self.mean;
        self.seen = self.seen.saturating_add(1);
        self.mean += (value - mean) / self.seen as f64;
        (self.seen > 1 && mean > 0.0).then(|| Calibrated::clamped((-value / mean).exp(), score))
    }

    fn reset(&mut self) {
        *self = Self::default();
    }
}

impl Snapshot for Exponential {
    fn schema() -> String {
        "Exponential@1".into()
    }
}

/// A random walk: the last value, with a variance that grows by one a step.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
struct Walk {
    #[serde(with = "evenkeel_core::exact")]
    last: Option<f64>,
    ago: u32,
}

impl Walk {
    fn ahead(&self, steps: usize) -> Option<Prediction> {
        Prediction::new(self.last?, (f64::from(self.ago) + steps as f64).sqrt())
    }
}

impl Stage<f64> for Walk {
    type Output = Prediction;

    fn update(&mut self, x: f64) -> Option<Prediction> {
        match observed(x) {
            Some(x) => *self = Self { last: Some(x), ago: 0 },
            None if self.last.is_some() => self.ago = self.ago.saturating_add(1),
            None => {}
        }
        self.ahead(1)
    }

    fn reset(&mut self) {
        *self = Self::default();
    }
}

impl Forecaster for Walk {
    fn forecast_into(&self, out: &mut [Prediction]) -> bool {
        for (h, place) in out.iter_mut().enumerate() {
            match self.ahead(h + 1) {
                Some(prediction) => *place = prediction,
                None => return false,
            }
        }
        self.last.is_some()
    }

    fn assess(&self, x: f64) -> Option<Assessment> {
        Some(self.ahead(1)?.assess(observed(x)?))
    }
}

impl Snapshot for Walk {
    fn schema() -> String {
        "Walk@1".into()
    }
}

/// Raised while p is below 1e-6.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
struct Below {
    times: Watermark,
    open: Option<(Timestamp, At<Calibrated>, Timestamp)>,
}

impl Stage<At<Calibrated>> for Below {
    type Output = Transition;

    fn update(&mut self, x: At<Calibrated>) -> Option<Transition> {
        let at = self.times.admit(x.time);
        let abnormal = x.value.p() < 1e-6;
        match (&mut self.open, abnormal) {
            (Some((_, peak, end)), true) => {
                *end = at;
                if x.value.p() < peak.value.p() {
                    *peak = At::new(at, x.value);
                }
                None
            }
            (None, true) => {
                let peak = At::new(at, x.value);
                self.open = Some((at, peak, at));
                Some(Transition { kind: TransitionKind::Raised, at, start: at, peak, end: None })
            }
            (Some((start, peak, end)), false) => {
                let cleared = Transition {
                    kind: TransitionKind::Cleared,
                    at,
                    start: *start,
                    peak: *peak,
                    end: Some(*end),
                };
                self.open = None;
                Some(cleared)
            }
            (None, false) => None,
        }
    }

    fn reset(&mut self) {
        *self = Self::default();
    }
}

impl Snapshot for Below {
    fn schema() -> String {
        "Below@1".into()
    }
}

/// The share of true, and the time since the first observation.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
struct Share {
    times: Watermark,
    first: Option<Timestamp>,
    seen: u64,
    yes: u64,
}

impl Stage<At<bool>> for Share {
    type Output = (f64, f64);

    fn update(&mut self, x: At<bool>) -> Option<(f64, f64)> {
        let now = self.times.admit(x.time);
        let first = *self.first.get_or_insert(now);
        self.seen = self.seen.saturating_add(1);
        self.yes = self.yes.saturating_add(u64::from(x.value));
        Some((self.yes as f64 / self.seen as f64, now.since(first).as_secs_f64()))
    }

    fn reset(&mut self) {
        *self = Self::default();
    }
}

impl Snapshot for Share {
    fn schema() -> String {
        "Share@1".into()
    }
}

/// Remembers which of up to eight hundreds it has seen: grows by data, eight times at most.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
struct Hundreds(Vec<u8>);

impl Stage<At<f64>> for Hundreds {
    type Output = usize;

    fn update(&mut self, x: At<f64>) -> Option<usize> {
        let hundred = (observed(x.value)? / 10.0).clamp(0.0, 7.0) as u8;
        if !self.0.contains(&hundred) {
            self.0.reserve_exact(1);
            self.0.push(hundred);
        }
        Some(self.0.len())
    }

    fn reset(&mut self) {
        self.0.clear();
    }
}

impl Snapshot for Hundreds {
    fn schema() -> String {
        "Hundreds@1".into()
    }
}

conformance! {
    deviation { stage: Deviation::default(), input: f64, kind: detector, schema: "Deviation@1", golden: "tests/golden/deviation.json", forgets: never }
    jumps { stage: Jumps::default(), input: [f64; 3], kind: detector, steps: 100_000, missing: ignored }
    exponential { stage: Exponential::default(), input: Score, kind: calibrator }
    walk { stage: Walk::default(), input: f64, kind: forecaster, warm_up: 10 }
    below { stage: Below::default(), input: At<Calibrated>, kind: alarm }
    share { stage: Share::default(), input: At<bool>, kind: stage }
    hundreds { stage: Hundreds::default(), input: At<f64>, kind: stage, growth: 8, warm_up: 0, missing: ignored }
    chain { stage: Deviation::default().then(Exponential::default()), input: f64, kind: stage, missing: ignored, forgets: never }
}

#[test]
fn the_source_of_scores_has_both_directions() {
    let mut source = evenkeel_testing::Source::new(1);
    let scores: Vec<Score> = (0..100).map(|_| <Score as conformance::Input>::ordinary(&mut source)).collect();
    assert!(scores.iter().any(|s| s.direction() == Direction::Up));
    assert!(scores.iter().any(|s| s.direction() == Direction::Down));
}
