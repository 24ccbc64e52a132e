//! Places that cannot be lost.

use super::sync::{Arc, AtomicU32, Ordering};

/// Counts places that are taken.
#[derive(Debug)]
pub(crate) struct Slots(Arc<AtomicU32>);

/// A place, given back when it is dropped.
#[derive(Debug)]
pub(crate) struct Slot(Arc<AtomicU32>);

impl Slots {
    pub(crate) fn new() -> Self {
        Self(Arc::new(AtomicU32::new(0)))
    }

    /// A place if fewer than `limit` are taken, and how many are then.
    pub(crate) fn take(&self, limit: u32) -> Option<(Slot, u32)> {
        let add = |taken: u32| if taken < limit { Some(taken + 1) } else { None };
        // Only the counter itself is shared between threads, so no other memory has to be ordered by it.
        let before = self.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, add).ok()?;
        Some((Slot(Arc::clone(&self.0)), before + 1))
    }

    pub(crate) fn taken(&self) -> u32 {
        self.0.load(Ordering::Relaxed)
    }

    pub(crate) fn owns(&self, slot: &Slot) -> bool {
        Arc::ptr_eq(&self.0, &slot.0)
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}
