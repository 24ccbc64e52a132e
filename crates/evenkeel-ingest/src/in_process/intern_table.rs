//! A table that is read without locks, and only grows.

use std::fmt;
use std::sync::OnceLock;

/// How many places are tried: names that were chosen to collide cost no more than that.
const PROBES: usize = 64;

/// A hash table of a fixed size that is read without locks. Entries are never taken out; whoever adds some must
/// do it one at a time.
pub(super) struct InternTable<T> {
    slots: Box<[OnceLock<(u64, T)>]>,
}

impl<T> InternTable<T> {
    /// With room for so many, at most half full.
    pub(super) fn new(entries: usize) -> Self {
        let size = entries.saturating_mul(2).next_power_of_two().max(2);
        Self { slots: core::iter::repeat_with(OnceLock::new).take(size).collect() }
    }

    fn probe(&self, hash: u64) -> impl Iterator<Item = &OnceLock<(u64, T)>> {
        let mask = self.slots.len() - 1;
        // The high bits of a product depend on all bits of the hash.
        let start = (hash.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32) as usize;
        (0..PROBES.min(self.slots.len())).map(move |i| &self.slots[start.wrapping_add(i) & mask])
    }

    /// The entry of this hash that is the one.
    pub(super) fn find(&self, hash: u64, is_it: impl Fn(&T) -> bool) -> Option<&T> {
        for slot in self.probe(hash) {
            let (found, entry) = slot.get()?;
            if *found == hash && is_it(entry) {
                return Some(entry);
            }
        }
        None
    }

    /// Adds an entry that is not there; false if there is no room near its place.
    pub(super) fn add(&self, hash: u64, entry: T) -> bool {
        let free = self.probe(hash).find(|slot| slot.get().is_none());
        free.is_some_and(|slot| slot.set((hash, entry)).is_ok())
    }
}

impl<T> fmt::Debug for InternTable<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("InternTable").field("slots", &self.slots.len()).finish_non_exhaustive()
    }
}
