//! Which labels have been seen.

use crate::labels::{Labels, METRIC_NAME};
use core::hash::{BuildHasher, Hash, Hasher};
use hashbrown::HashTable;

/// Where points stand: the number of the family and the number of the point in it.
pub(super) type Place = (usize, usize);

/// A set of places, told apart by what stands there.
#[derive(Default)]
pub(super) struct Seen {
    places: HashTable<(u64, Place)>,
    hasher: foldhash::fast::RandomState,
}

impl Seen {
    /// Adds a place, unless one with equal content is there: that one is given back.
    pub(super) fn add(
        &mut self,
        hash: impl Fn(&mut dyn Hasher),
        equal: impl Fn(Place) -> bool,
        place: Place,
    ) -> Option<Place> {
        let mut hasher = self.hasher.build_hasher();
        hash(&mut hasher);
        let code = hasher.finish();
        if let Some(&(_, found)) = self.places.find(code, |&(other, at)| other == code && equal(at)) {
            return Some(found);
        }
        self.places.insert_unique(code, (code, place), |entry| entry.0);
        None
    }

    pub(super) fn clear(&mut self) {
        self.places.clear();
    }
}

pub(super) fn hash_whole(labels: &Labels, mut hasher: &mut dyn Hasher) {
    labels.hash(&mut hasher);
}

/// The labels that all samples of one metric share: without the name and without the label that tells its
/// samples apart.
pub(super) fn shared<'a>(labels: &'a Labels, own: &'a str) -> impl Iterator<Item = (&'a str, &'a str)> {
    labels.iter().filter(move |pair| pair.0 != METRIC_NAME && pair.0 != own)
}
