//! Snapshots of hidden Markov models and their filters.

use super::belief::Belief;
use super::chain::Chain;
use super::emission::Emission;
use super::filter::{HmmFilter, HmmVectorFilter};
use super::fitted::HmmModel;
use super::running::{LastRow, Running};
use crate::fit::FitReport;
use evenkeel_core::{Error, Snapshot};
use serde::de::{Deserialize, Deserializer, Error as _};
use serde::ser::{Serialize, Serializer};

/// A running model: parameters, and the belief.
#[derive(serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct SavedRunning<E> {
    #[serde(with = "evenkeel_core::exact")]
    initial: Vec<f64>,
    #[serde(with = "evenkeel_core::exact")]
    transitions: Vec<f64>,
    emission: E,
    #[serde(with = "evenkeel_core::exact")]
    filtered: Vec<f64>,
    #[serde(with = "evenkeel_core::exact")]
    predicted: Vec<f64>,
    #[serde(with = "evenkeel_core::exact")]
    logs: Vec<f64>,
    in_logs: bool,
    begun: bool,
    #[serde(with = "evenkeel_core::exact")]
    last: Vec<f64>,
    ago: u64,
}

impl<E: Emission> From<&Running<E>> for SavedRunning<E> {
    fn from(running: &Running<E>) -> Self {
        let Running { chain, emission, belief, last, .. } = running.clone();
        let Belief { filtered, predicted, logs, in_logs, begun } = belief;
        let Chain { initial, transitions, .. } = chain;
        let LastRow { row: last, ago } = last;
        Self { initial, transitions, emission, filtered, predicted, logs, in_logs, begun, last, ago }
    }
}

impl<E: Emission> TryFrom<SavedRunning<E>> for Running<E> {
    type Error = Error;

    fn try_from(s: SavedRunning<E>) -> Result<Self, Error> {
        let HmmModel { mut running, .. } = HmmModel::from_parameters(s.initial, s.transitions, s.emission)?;
        let expected = running.chain.states();
        for (what, vector) in [("filtered", &s.filtered), ("predicted", &s.predicted), ("logs", &s.logs)] {
            if vector.len() != expected {
                return Err(Error::Shape { what, expected, found: vector.len() });
            }
        }
        for (name, probabilities) in [("filtered", &s.filtered), ("predicted", &s.predicted)] {
            let total: f64 = probabilities.iter().sum();
            let inside = probabilities.iter().all(|p| (0.0..=1.0 + 1e-9).contains(p));
            Error::require(inside && (total - 1.0).abs() < 1e-6, name, "probabilities that sum to 1", total)?;
        }
        let finite = s.logs.iter().all(|x| *x < f64::INFINITY);
        Error::require(finite, "logs", "below infinity", "another")?;
        let (filtered, predicted, logs) = (s.filtered, s.predicted, s.logs);
        running.belief = Belief { filtered, predicted, logs, in_logs: s.in_logs, begun: s.begun };
        running.last.restore(s.last, s.ago)?;
        Ok(running)
    }
}

impl<E: Emission + Serialize> Serialize for Running<E> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        SavedRunning::from(self).serialize(serializer)
    }
}

impl<'de, E: Emission + Deserialize<'de>> Deserialize<'de> for Running<E> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::try_from(SavedRunning::deserialize(deserializer)?).map_err(D::Error::custom)
    }
}

impl<E: Emission + Serialize> Serialize for HmmFilter<E> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.running.serialize(serializer)
    }
}

impl<'de, E: Emission + Deserialize<'de>> Deserialize<'de> for HmmFilter<E> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let running = Running::<E>::deserialize(deserializer)?;
        let model = HmmModel { running, report: FitReport::given(0), kept: Vec::new() };
        model.filter().map_err(D::Error::custom)
    }
}

impl<E: Emission + Snapshot> Snapshot for HmmFilter<E> {
    fn schema() -> String {
        format!("HmmFilter@2<{}>", E::schema())
    }
}

impl<E: Emission + Serialize> Serialize for HmmVectorFilter<E> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.running.serialize(serializer)
    }
}

impl<'de, E: Emission + Deserialize<'de>> Deserialize<'de> for HmmVectorFilter<E> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Running::deserialize(deserializer).map(|running| Self { running })
    }
}

impl<E: Emission + Snapshot> Snapshot for HmmVectorFilter<E> {
    fn schema() -> String {
        format!("HmmVectorFilter@2<{}>", E::schema())
    }
}

#[derive(serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
#[serde(bound(serialize = "E: Emission + Serialize", deserialize = "E: Emission + Deserialize<'de>"))]
struct SavedHmmModel<E> {
    running: Running<E>,
    report: FitReport,
    without_exit: Vec<bool>,
}

impl<E: Emission + Serialize> Serialize for HmmModel<E> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let HmmModel { running, report, kept } = self.clone();
        SavedHmmModel { running, report, without_exit: kept }.serialize(serializer)
    }
}

impl<'de, E: Emission + Deserialize<'de>> Deserialize<'de> for HmmModel<E> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let SavedHmmModel { running, report, without_exit: kept } = SavedHmmModel::deserialize(deserializer)?;
        let (expected, found) = (running.chain.states(), kept.len());
        if expected != found {
            return Err(D::Error::custom(Error::Shape { what: "without_exit", expected, found }));
        }
        report.criteria.validate().map_err(D::Error::custom)?;
        Ok(Self { running, report, kept })
    }
}

impl<E: Emission + Snapshot> Snapshot for HmmModel<E> {
    fn schema() -> String {
        format!("HmmModel@2<{}>", E::schema())
    }
}
