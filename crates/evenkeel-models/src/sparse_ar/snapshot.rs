//! The snapshot of a fitted model.

use super::account::SparseArAccount;
use super::model::SparseArModel;
use evenkeel_core::{Error, LARGEST, Snapshot};

/// What is written.
#[derive(serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct State {
    difference: usize,
    #[serde(with = "evenkeel_core::exact")]
    intercept: f64,
    lags: Vec<usize>,
    #[serde(with = "evenkeel_core::exact")]
    coefficients: Vec<f64>,
    #[serde(with = "evenkeel_core::exact")]
    sd: f64,
    account: SparseArAccount,
    #[serde(with = "evenkeel_core::exact")]
    ring: Vec<f64>,
    head: usize,
    filled: usize,
    gap: u64,
}

impl Snapshot for SparseArModel {
    fn schema() -> String {
        "SparseArModel@1".into()
    }
}

impl From<SparseArModel> for State {
    fn from(m: SparseArModel) -> Self {
        Self {
            difference: m.difference,
            intercept: m.intercept,
            lags: m.lags,
            coefficients: m.coefficients,
            sd: m.sd,
            account: m.account,
            ring: m.ring,
            head: m.head,
            filled: m.filled,
            gap: m.gap,
        }
    }
}

impl TryFrom<State> for SparseArModel {
    type Error = Error;

    fn try_from(s: State) -> Result<Self, Error> {
        let mut model = Self::new(s.difference, s.intercept, s.lags, s.coefficients, s.sd, s.account)?;
        let expected = model.ring.len();
        if s.ring.len() != expected {
            return Err(Error::Shape { what: "ring", expected, found: s.ring.len() });
        }
        for x in &s.ring {
            Error::require(x.abs() <= LARGEST, "value", "finite, at most 1e100", x)?;
        }
        Error::require(s.head < expected, "head", "a place in the ring", s.head)?;
        Error::require(s.filled <= expected, "filled", "at most the ring's length", s.filled)?;
        Error::require(s.filled == expected || s.head == s.filled, "head", "behind what was filled", s.head)?;
        model.ring = s.ring;
        model.head = s.head;
        model.filled = s.filled;
        model.gap = s.gap;
        Ok(model)
    }
}
