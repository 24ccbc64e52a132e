//! Snapshots: the kept hypotheses; the rest follows from the settings.

use super::bocpd::{Bocpd, BocpdBuilder};
use super::conjugate::{Conjugate, whole};
use super::hypotheses::Hypothesis;
use alloc::string::String;
use alloc::vec::Vec;
use evenkeel_core::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::DeserializeOwned};

impl<L: Conjugate + Serialize + DeserializeOwned> evenkeel_core::Snapshot for Bocpd<L> {
    fn schema() -> String {
        alloc::format!("Bocpd@1<{}>", L::SCHEMA)
    }
}

#[derive(Serialize, Deserialize)]
struct Saved<L> {
    settings: BocpdBuilder<L>,
    hypotheses: Vec<Hypothesis>,
    best: usize,
    seen: u64,
    #[serde(with = "evenkeel_core::exact")]
    log_evidence: f64,
    #[serde(with = "evenkeel_core::exact")]
    dropped: f64,
    capped: bool,
}

impl<L: Conjugate + Serialize> Serialize for Bocpd<L> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let parts = Saved {
            settings: self.settings.clone(),
            hypotheses: self.hypotheses.iter().collect(),
            best: self.best,
            seen: self.seen,
            log_evidence: self.log_evidence,
            dropped: self.dropped,
            capped: self.capped,
        };
        parts.serialize(serializer)
    }
}

impl<'de, L: Conjugate + Deserialize<'de>> Deserialize<'de> for Bocpd<L> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        restored(&Saved::deserialize(deserializer)?).map_err(serde::de::Error::custom)
    }
}

fn restored<L: Conjugate>(parts: &Saved<L>) -> Result<Bocpd<L>, Error> {
    let fresh = parts.settings.clone().build()?;
    let distribution = &parts.settings.distribution;
    let all = &parts.hypotheses;
    let number = (1..=parts.settings.max_runs).contains(&all.len());
    Error::require(number, "hypotheses", "between 1 and max_runs", all.len())?;
    let runs = all.windows(2).all(|pair| pair[0].run > pair[1].run)
        && all[0].run <= parts.seen
        && all[all.len() - 1].run == 0;
    Error::require(runs, "run", "falling to 0, and no longer than what was seen", "others")?;
    let possible = all.iter().all(|h| {
        h.log_probability <= 1e-6
            && h.log_probability > -1e300
            && distribution.is_possible(whole(h.run), &h.statistics)
    });
    Error::require(possible, "statistics", "those of a run", "others")?;
    Error::require(parts.best < all.len(), "best", "one of the hypotheses", parts.best)?;
    let sum: f64 = all.iter().map(|h| libm::exp(h.log_probability)).sum();
    Error::require((sum - 1.0).abs() < 1e-6, "probabilities", "of sum 1", sum)?;
    // Run lengths become floats by a way that ends at 2^52; none is longer than what was seen.
    Error::require(parts.seen <= 1 << 51, "seen", "at most 2^51", parts.seen)?;
    let dropped = parts.dropped;
    Error::require(dropped >= 0.0 && dropped.is_finite(), "dropped", "not negative", dropped)?;
    let evidence = parts.log_evidence;
    Error::require(evidence.is_finite(), "log_evidence", "finite", evidence)?;
    let mut hypotheses = fresh.hypotheses;
    hypotheses.clear();
    all.iter().for_each(|h| hypotheses.push(*h));
    Ok(Bocpd {
        hypotheses,
        best: parts.best,
        seen: parts.seen,
        log_evidence: evidence,
        dropped,
        capped: parts.capped,
        ..fresh
    })
}
