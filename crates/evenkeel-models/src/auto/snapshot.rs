//! Snapshots of automatic forecasters.

use super::candidate::Member;
use super::fitted::AutoModel;
use super::report::AutoReport;
use super::side_of_zero::Side;
use crate::ensemble::Ensemble;
use evenkeel_core::Error;

evenkeel_core::state! {
    AutoModel as struct SavedAutoModel(format!("AutoModel@3<{}>", Ensemble::<Member>::schema())) {
        ensemble: Ensemble<Member>,
        report: AutoReport,
        history: Side,
        side: Side,
    }
}

impl From<&AutoModel> for SavedAutoModel {
    fn from(m: &AutoModel) -> Self {
        let m = m.clone();
        Self { ensemble: m.ensemble, report: m.report, history: m.history, side: m.side }
    }
}

impl TryFrom<SavedAutoModel> for AutoModel {
    type Error = Error;

    fn try_from(s: SavedAutoModel) -> Result<Self, Error> {
        let widened = s.report.widened;
        Error::require(widened > 0.0 && widened <= 1e6, "widened", "in (0, 1e6]", widened)?;
        let side = s.side == s.history || s.side == Side::Both;
        Error::require(side, "side", "that of the history, or both", format_args!("{:?}", s.side))?;
        let new = Self::new(s.ensemble, s.report, s.history);
        Ok(Self { side: s.side, ..new })
    }
}

evenkeel_core::exact_as_is!(Ensemble<Member>);
