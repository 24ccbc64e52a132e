//! Snapshots of hidden semi-Markov models and their filters.

use super::belief::Belief;
use super::duration::{Duration, DurationFamily};
use super::filter::HsmmFilter;
use super::fitted::HsmmModel;
use super::running::Running;
use super::segments::Segments;
use crate::fit::FitReport;
use crate::hmm::emission::Emission;
use evenkeel_core::{Error, Snapshot};
use serde::de::{Deserialize, Deserializer, Error as _};
use serde::ser::{Serialize, Serializer};

evenkeel_core::state! {
    Duration as struct SavedDuration("Duration@1") {
        family: DurationFamily,
        rest: f64,
        shape: f64,
        probabilities: Vec<f64>,
    }
}

impl From<&Duration> for SavedDuration {
    fn from(of: &Duration) -> Self {
        let Duration { family, rest, shape, probabilities, .. } = of.clone();
        Self { family, rest, shape, probabilities }
    }
}

impl TryFrom<SavedDuration> for Duration {
    type Error = Error;

    fn try_from(s: SavedDuration) -> Result<Self, Error> {
        let SavedDuration { family, rest, shape, probabilities } = s;
        Error::require((0.0..=1e7).contains(&rest), "rest", "in [0, 1e7]", rest)?;
        Error::require((0.0..=1e4).contains(&shape), "shape", "in [0, 1e4]", shape)?;
        let Self { probabilities, .. } = Self::from_probabilities(probabilities)?;
        Ok(Self::new(family, rest, shape, probabilities))
    }
}

#[derive(serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct SavedRunning<E> {
    #[serde(with = "evenkeel_core::exact")]
    initial: Vec<f64>,
    #[serde(with = "evenkeel_core::exact")]
    transitions: Vec<f64>,
    durations: Vec<Duration>,
    emission: E,
    #[serde(with = "evenkeel_core::exact")]
    logs: Vec<f64>,
    #[serde(with = "evenkeel_core::exact")]
    filtered: Vec<f64>,
    begun: bool,
    #[serde(with = "evenkeel_core::exact")]
    last: Vec<f64>,
    ago: u64,
}

impl<E: Emission + Serialize> Serialize for Running<E> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self { segments, emission, belief, last } = self.clone();
        let Segments { chain, durations } = segments;
        let Belief { logs, filtered, begun } = belief;
        let ago = last.ago;
        let (initial, transitions, last) = (chain.initial, chain.transitions, last.row);
        SavedRunning { initial, transitions, durations, emission, logs, filtered, begun, last, ago }
            .serialize(serializer)
    }
}

impl<E: Emission> TryFrom<SavedRunning<E>> for Running<E> {
    type Error = Error;

    fn try_from(s: SavedRunning<E>) -> Result<Self, Error> {
        let HsmmModel { mut running, .. } =
            HsmmModel::from_parameters(s.initial, s.transitions, s.durations, s.emission)?;
        running.belief = Belief { logs: s.logs, filtered: s.filtered, begun: s.begun };
        running.belief.validate(&running.segments)?;
        running.last.restore(s.last, s.ago)?;
        Ok(running)
    }
}

impl<'de, E: Emission + Deserialize<'de>> Deserialize<'de> for Running<E> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::try_from(SavedRunning::deserialize(deserializer)?).map_err(D::Error::custom)
    }
}

impl<E: Emission + Serialize> Serialize for HsmmFilter<E> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.running.serialize(serializer)
    }
}

impl<'de, E: Emission + Deserialize<'de>> Deserialize<'de> for HsmmFilter<E> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let running = Running::<E>::deserialize(deserializer)?;
        HsmmModel { running, report: FitReport::given(0) }.filter().map_err(D::Error::custom)
    }
}

impl<E: Emission + Snapshot> Snapshot for HsmmFilter<E> {
    fn schema() -> String {
        format!("HsmmFilter@1<{}>", E::schema())
    }
}

#[derive(serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
#[serde(bound(serialize = "E: Emission + Serialize", deserialize = "E: Emission + Deserialize<'de>"))]
struct SavedHsmmModel<E> {
    running: Running<E>,
    report: FitReport,
}

impl<E: Emission + Serialize> Serialize for HsmmModel<E> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let HsmmModel { running, report } = self.clone();
        SavedHsmmModel { running, report }.serialize(serializer)
    }
}

impl<'de, E: Emission + Deserialize<'de>> Deserialize<'de> for HsmmModel<E> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let SavedHsmmModel { running, report } = SavedHsmmModel::deserialize(deserializer)?;
        report.criteria.validate().map_err(D::Error::custom)?;
        Ok(Self { running, report })
    }
}

impl<E: Emission + Snapshot> Snapshot for HsmmModel<E> {
    fn schema() -> String {
        format!("HsmmModel@1<{}>", E::schema())
    }
}
