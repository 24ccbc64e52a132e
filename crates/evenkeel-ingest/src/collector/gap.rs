//! Stretches without data.

use core::time::Duration;
use evenkeel_core::{Name, Timestamp};
use std::collections::{HashMap, VecDeque};
use std::fmt;

/// A stretch without data that is over.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub struct Gap {
    /// The last value before.
    pub from: Timestamp,
    /// The first value after.
    pub to: Timestamp,
    /// The component, or the instance if there is one, that nothing was heard of.
    pub place: Name,
    /// The one metric that was missing; `None` if all of the place were.
    pub metric: Option<Name>,
}

impl Gap {
    /// How long it was.
    #[must_use]
    pub fn length(&self) -> Duration {
        self.to.since(self.from)
    }
}

impl fmt::Display for Gap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { from, to, place, metric } = self;
        match metric {
            Some(metric) => write!(f, "no {metric} of {place} from {from} to {to}"),
            None => write!(f, "nothing of {place} from {from} to {to}"),
        }
    }
}

/// How many gaps are kept until they are taken.
const KEPT: usize = 1024;

/// Gaps as they are found.
#[derive(Debug, Clone, Default)]
pub(super) struct GapLog {
    /// The newest value of each place, and its last gap.
    places: HashMap<Name, (Timestamp, Option<(Timestamp, Timestamp)>)>,
    kept: VecDeque<Gap>,
    pub(super) count: u64,
}

impl GapLog {
    /// A metric of a place has a value after none since a time, if it had one before. `tolerance`: how long a
    /// silence is none.
    pub(super) fn heard(
        &mut self,
        place: &Name,
        metric: &Name,
        at: Timestamp,
        before: Option<Timestamp>,
        tolerance: Duration,
    ) {
        let known = match self.places.get_mut(place) {
            Some(known) => known,
            None => self.places.entry(place.clone()).or_insert((at, None)),
        };
        let of_place = known.0;
        if at.since(of_place) > tolerance && at > of_place {
            known.1 = Some((of_place, at));
            self.push(Gap { from: of_place, to: at, place: place.clone(), metric: None });
        }
        let Some((newest, last_gap)) = self.places.get_mut(place) else { return };
        *newest = (*newest).max(at);
        let Some(before) = before.filter(|&before| at > before && at.since(before) > tolerance) else {
            return;
        };
        // The whole place was silent then, give or take what its metrics differ in.
        let is_told = last_gap.is_some_and(|(from, to)| {
            from.since(before) <= tolerance && at.since(to) <= tolerance && at >= from
        });
        if !is_told {
            let metric = Some(metric.clone());
            self.push(Gap { from: before, to: at, place: place.clone(), metric });
        }
    }

    fn push(&mut self, gap: Gap) {
        self.count = self.count.saturating_add(1);
        if self.kept.len() == KEPT {
            self.kept.pop_front();
        }
        self.kept.push_back(gap);
    }

    pub(super) fn take(&mut self) -> Vec<Gap> {
        self.kept.drain(..).collect()
    }

    /// Forgets places that were not heard of since a time.
    pub(super) fn forget(&mut self, before: Timestamp) {
        self.places.retain(|_, (newest, _)| *newest >= before);
    }
}
