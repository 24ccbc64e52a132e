//! How rare a single score is, by a calibrator that begins anew when it is refuted.

use crate::calibrate::{Preallocated, Spot};
use crate::ensemble::Tier;
use evenkeel_core::{Calibrated, Direction, Error, Score, Stage};

/// A [`Spot`] that is calibrated anew, on the latest scores, when what it calls rare keeps coming back.
///
/// A `Spot` learns no more alarms than it promises, so that an outage is not taken for normal. But where the
/// scores have another distribution for good (a series that never moved, and now does), it would call them
/// alarms for ever. Alarms that are apart from each other are counted: of as many scores as it was calibrated
/// on, more are alarms than come by chance once in ten thousand times, and it is wrong. In the fast tier, where
/// the scores are errors in units of their own spread, it is left as it is.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(deny_unknown_fields))]
pub(super) struct Rarity {
    spot: Spot,
    #[cfg_attr(feature = "serde", serde(with = "evenkeel_core::exact"))]
    risk: f64,
    latest: Option<Latest>,
}

/// The latest scores, and when alarms came among them.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(deny_unknown_fields))]
struct Latest {
    /// The oldest is at the place of the next one, once there are that many.
    scores: Preallocated,
    seen: u64,
    /// The number of the last score that was an alarm.
    last_alarm: Option<u64>,
    /// The numbers of the scores that were alarms of their own, the latest first.
    alarms: [Option<u64>; MOST_ALARMS],
}

/// Alarms that are this near to each other are of one event.
const APART: u64 = 20;
/// How unlikely the alarms must be that refute a calibration.
const BY_CHANCE: f64 = 1e-4;
/// So many must come, however few are expected: three bad hours of a day are no new normal.
const FEWEST: usize = 4;
/// Enough for the largest risk that is judged on so many scores as are kept here.
const MOST_ALARMS: usize = 32;

impl Rarity {
    /// That calls a share `risk` of normal scores alarms.
    pub(super) fn new(tier: Tier, risk: f64) -> Result<Self, Error> {
        let calibration = calibration(tier);
        let spot = Spot::builder(risk).calibration(calibration).build()?;
        let latest = (tier == Tier::Full).then(|| Latest::new(calibration));
        Ok(Self { spot, risk, latest })
    }

    pub(super) fn set_risk(&mut self, risk: f64) -> Result<(), Error> {
        self.spot.set_risk(risk)?;
        self.risk = risk;
        Ok(())
    }

    pub(super) fn update(&mut self, score: Score) -> Option<Calibrated> {
        let judged = self.spot.update(score);
        let Some(latest) = &mut self.latest else { return judged };
        latest.push(score.value());
        let is_alarm = judged.is_some_and(|judged| judged.p() < self.risk);
        if is_alarm && latest.refute(self.risk) {
            self.spot.reset();
            for score in latest.in_order().filter_map(|x| Score::new(x, Direction::Up)) {
                let _ = self.spot.update(score);
            }
        }
        judged
    }

    #[cfg(feature = "serde")]
    pub(super) fn schema() -> alloc::string::String {
        use evenkeel_core::Snapshot;
        Spot::schema()
    }

    #[cfg(feature = "serde")]
    pub(super) fn validate(&self, tier: Tier) -> Result<(), Error> {
        let risk = self.spot.upper_risk();
        Error::require(risk == Some(self.risk), "risk", "that of the calibrator", self.risk)?;
        let is_kept = self.latest.is_some();
        Error::require(is_kept == (tier == Tier::Full), "latest", "as the tier has it", is_kept)?;
        let Some(Latest { scores, seen, last_alarm, alarms }) = &self.latest else { return Ok(()) };
        let length = scores.len();
        Error::require(length == calibration(tier), "scores", "as many as the calibration has", length)?;
        let sound = scores.iter().all(|x| *x >= 0.0 && x.is_finite());
        Error::require(sound, "scores", "at least 0 and finite", format_args!("{:?}", &scores[..]))?;
        let known = alarms.iter().chain([last_alarm]).flatten().all(|at| at <= seen);
        Error::require(known, "alarms", "among the scores that were seen", format_args!("{alarms:?}"))
    }
}

impl Latest {
    fn new(length: usize) -> Self {
        let scores = Preallocated::new(length);
        Self { scores, seen: 0, last_alarm: None, alarms: [None; MOST_ALARMS] }
    }

    fn push(&mut self, score: f64) {
        let length = self.scores.len() as u64;
        self.scores[(self.seen % length) as usize] = score;
        self.seen = self.seen.saturating_add(1);
    }

    /// Whether the last score, which is an alarm, is one too many.
    fn refute(&mut self, risk: f64) -> bool {
        let is_same = self.last_alarm.is_some_and(|last| self.seen - last <= APART);
        self.last_alarm = Some(self.seen);
        if is_same {
            return false;
        }
        self.alarms.rotate_right(1);
        self.alarms[0] = Some(self.seen);
        let length = self.scores.len() as u64;
        let too_many = too_many(risk * length as f64);
        let is_refuted = self.alarms[too_many - 1].is_some_and(|first| self.seen - first < length);
        if is_refuted {
            self.alarms = [None; MOST_ALARMS];
        }
        is_refuted
    }

    /// The scores that are kept, the oldest first.
    fn in_order(&self) -> impl Iterator<Item = f64> + '_ {
        let length = self.scores.len();
        let kept = usize::try_from(self.seen).map_or(length, |seen| seen.min(length));
        let oldest = if kept < length { 0 } else { (self.seen % length as u64) as usize };
        (0..kept).map(move |i| self.scores[(oldest + i) % length])
    }
}

/// From how many scores it is known what is rare.
fn calibration(tier: Tier) -> usize {
    if tier == Tier::Full { 1_000 } else { 500 }
}

/// How many alarms come by chance as rarely as refutes a calibration, where so many are expected: of a Poisson
/// distribution.
fn too_many(expected: f64) -> usize {
    let mut term = libm::exp(-expected);
    let mut beyond = 1.0;
    let mut count = 0;
    while count < MOST_ALARMS && (count < FEWEST || beyond > BY_CHANCE) {
        beyond -= term;
        count += 1;
        term *= expected / count as f64;
    }
    count
}
