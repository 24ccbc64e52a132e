//! How far an incident reaches.

use super::relations::Relations;
use alloc::borrow::ToOwned;
use alloc::collections::BTreeMap;
use alloc::string::String;
use evenkeel_stats::special::incomplete_beta;

/// A label explains an incident that holds so much of it.
const COVERED: f64 = 0.8;
/// How rarely so many series of a label are in an incident by chance, over all labels of the incident.
const BY_CHANCE: f64 = 1e-3;

/// How far an incident reaches.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub enum Scope {
    /// One series.
    #[default]
    Series,
    /// Several series that no label explains.
    Several,
    /// The series with a label.
    Label {
        /// The label.
        label: String,
        /// How many series of it are in the incident.
        affected: u64,
        /// How many series have it.
        of: u64,
    },
    /// The whole fleet.
    Fleet {
        /// How many series are in the incident.
        affected: u64,
        /// How many series there are.
        of: u64,
    },
}

/// What makes an event of a whole group.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Extent {
    /// The share of a group that is the whole group.
    pub(super) fraction: f64,
    /// The least number of series of a group.
    pub(super) least: u64,
}

impl Scope {
    /// The scope of an incident of some of all series: of the whole fleet, if so large a share of it is
    /// affected and no label of at most three quarters of it explains the incident; else of the label that holds most of the incident, and of which so large a share is affected,
    /// or more than chance explains; the smallest such label, of those the first by name.
    pub(super) fn of<'a, K: 'a>(
        series: impl Iterator<Item = (&'a K, bool)> + Clone,
        relations: &impl Relations<K>,
        extent: Extent,
    ) -> Self {
        let (mut all, mut affected) = (0_u64, 0_u64);
        // Of labels in the incident: affected series, and series.
        let mut labels: BTreeMap<String, (u64, u64)> = BTreeMap::new();
        for (key, is_affected) in series.clone() {
            all += 1;
            if is_affected {
                affected += 1;
                relations.labels(key, &mut |label| {
                    if let Some((count, _)) = labels.get_mut(label) {
                        *count += 1;
                    } else {
                        labels.insert(label.to_owned(), (1, 0));
                    }
                });
            }
        }
        let reaches = |affected: u64, of: u64| {
            affected >= extent.least && affected as f64 >= extent.fraction * of as f64
        };
        let is_fleet = reaches(affected, all);
        labels.retain(|_, (count, _)| *count >= extent.least && *count as f64 >= COVERED * affected as f64);
        if !labels.is_empty() {
            for (key, _) in series {
                relations.labels(key, &mut |label| {
                    if let Some((_, of)) = labels.get_mut(label) {
                        *of += 1;
                    }
                });
            }
            let tested = labels.len() as f64;
            let explains = |count: u64, of: u64| {
                reaches(count, of) || tested * at_least(count, affected, of as f64 / all as f64) <= BY_CHANCE
            };
            let smallest = labels
                .into_iter()
                .filter(|(_, (count, of))| {
                    of < &all && (!is_fleet || 4 * of <= 3 * all) && explains(*count, *of)
                })
                .min_by_key(|(_, (_, of))| *of);
            if let Some((label, (affected, of))) = smallest {
                return Self::Label { label, affected, of };
            }
        }
        if is_fleet {
            return Self::Fleet { affected, of: all };
        }
        if affected > 1 { Self::Several } else { Self::Series }
    }

    /// Whether it is a whole group.
    #[must_use]
    pub fn is_group(&self) -> bool {
        matches!(self, Self::Label { .. } | Self::Fleet { .. })
    }
}

/// The probability of at least `k` successes in `n` trials of probability `p` each (binomial).
fn at_least(k: u64, n: u64, p: f64) -> f64 {
    if k == 0 || p >= 1.0 {
        return 1.0;
    }
    incomplete_beta(k as f64, (n - k + 1) as f64, p, 1.0 - p).lower()
}
