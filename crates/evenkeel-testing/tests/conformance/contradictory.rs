//! Calibrators, forecasters and alarms that contradict themselves.

use super::broken::reported;
use evenkeel_core::{
    At, Calibrated, Forecaster, Prediction, Score, Snapshot, Stage, Transition, TransitionKind, observed,
};
use evenkeel_testing::conformance::{
    Kind, Missing, Options, Promise, forecasts_agree, p_falls_with_the_score, transitions_can_be_followed,
};
use serde::{Deserialize, Serialize};

/// A calibrator whose p-value rises with the score.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Rising;

impl Stage<Score> for Rising {
    type Output = Calibrated;

    fn update(&mut self, score: Score) -> Option<Calibrated> {
        Some(Calibrated::clamped(0.001 + score.value() / 10.0, score))
    }

    fn reset(&mut self) {}
}

impl Snapshot for Rising {
    fn schema() -> String {
        "Rising@1".into()
    }
}

#[test]
fn a_p_value_that_rises_with_the_score_is_reported() {
    let result = p_falls_with_the_score::<Score, _>(|| Rising, &Options::new(Kind::Calibrator));
    reported(result, Promise::Prequential, "a score of 0 has p = 0.001, a greater one of 0.1 has p = 0.011");
}

/// What is wrong with a [`Walk`].
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
enum Slip {
    None,
    UpdateDisagrees,
    ShortDisagrees,
    WritesAnyway,
    StandsStill,
    AssessesMissing,
    FallingDistribution,
}

/// A random walk, unless something is wrong with it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Walk {
    slip: Slip,
    #[serde(with = "evenkeel_core::exact")]
    last: Option<f64>,
    ago: u32,
}

impl Walk {
    fn new(slip: Slip) -> Self {
        Self { slip, last: None, ago: 0 }
    }
}

impl Stage<f64> for Walk {
    type Output = Prediction;

    fn update(&mut self, x: f64) -> Option<Prediction> {
        match observed(x) {
            Some(x) => (self.last, self.ago) = (Some(x), 0),
            None if self.slip != Slip::StandsStill => self.ago = self.ago.saturating_add(1),
            None => {}
        }
        let mut next = [Prediction::default()];
        let said = self.forecast_into(&mut next).then_some(next[0])?;
        if self.slip == Slip::UpdateDisagrees {
            Prediction::new(said.mean(), 2.0 * said.sd())
        } else {
            Some(said)
        }
    }

    fn reset(&mut self) {
        *self = Self::new(self.slip);
    }
}

impl Forecaster for Walk {
    fn forecast_into(&self, out: &mut [Prediction]) -> bool {
        if self.slip == Slip::WritesAnyway {
            out.fill(Prediction::default());
        }
        let Some(last) = self.last else { return false };
        let extra = if self.slip == Slip::ShortDisagrees { out.len() as f64 } else { 0.0 };
        for (h, place) in out.iter_mut().enumerate() {
            let variance = f64::from(self.ago) + h as f64 + 1.0 + extra;
            *place = Prediction::new(last, variance.sqrt()).unwrap_or_default();
        }
        true
    }

    fn assess(&self, x: f64) -> Option<evenkeel_core::Assessment> {
        let x = match self.slip {
            Slip::AssessesMissing => x.clamp(-1e100, 1e100),
            _ => observed(x)?,
        };
        let mut next = [Prediction::default()];
        self.forecast_into(&mut next).then_some(())?;
        let x = if x.is_nan() { 0.0 } else { x };
        let a = next[0].assess(x);
        if self.slip == Slip::FallingDistribution {
            return evenkeel_core::Assessment::new(a.log_density(), a.upper(), a.lower());
        }
        Some(a)
    }
}

impl Snapshot for Walk {
    fn schema() -> String {
        "Walk@1".into()
    }
}

#[test]
fn a_forecast_that_contradicts_itself_is_reported() {
    let options = Options::new(Kind::Forecaster);
    let check = |slip| forecasts_agree(|| Walk::new(slip), &options);
    check(Slip::None).unwrap();
    for (slip, how) in [
        (Slip::UpdateDisagrees, "the forecast right after it is"),
        (Slip::ShortDisagrees, "begins with"),
        (Slip::WritesAnyway, "the output was written to"),
        (Slip::StandsStill, "should move the forecast on by a step"),
        (Slip::AssessesMissing, "assessed a missing value"),
        (Slip::FallingDistribution, "is no distribution function"),
    ] {
        reported(check(slip), Promise::Prequential, how);
    }
    forecasts_agree(|| Walk::new(Slip::StandsStill), &options.missing(Missing::Recovers)).unwrap();
}

/// An alarm that says the same kind of transition whenever p is small.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Babble(TransitionKind);

impl Stage<At<Calibrated>> for Babble {
    type Output = Transition;

    fn update(&mut self, x: At<Calibrated>) -> Option<Transition> {
        let at = x.time;
        (x.value.p() < 1e-6).then_some(Transition { kind: self.0, at, start: at, peak: x, end: None })
    }

    fn reset(&mut self) {}
}

impl Snapshot for Babble {
    fn schema() -> String {
        "Babble@1".into()
    }
}

#[test]
fn transitions_that_cannot_be_followed_are_reported() {
    let options = Options::new(Kind::Alarm);
    let check = |kind| transitions_can_be_followed(|| Babble(kind), &options);
    reported(check(TransitionKind::Raised), Promise::Alarm, "raised while it was raised already");
    reported(check(TransitionKind::Cleared), Promise::Alarm, "nothing had been raised");
}
