//! Places that cannot be lost.

use alloc::sync::Arc;

/// Counts places that are taken. Each of them is a reference to the same thing, so the count of references is that
/// of places and one more, and taking a place or giving it back is one atomic operation.
#[derive(Debug)]
pub(crate) struct Slots(Arc<()>);

/// A place, given back when it is dropped.
#[derive(Debug)]
pub(crate) struct Slot(Arc<()>);

impl Slots {
    pub(crate) fn new() -> Self {
        Self(Arc::new(()))
    }

    /// A place if fewer than `limit` are taken, and how many are then. Exclusive, so nobody else takes one
    /// meanwhile: what others do at the same time only makes the count smaller than what is seen here.
    pub(crate) fn take(&mut self, limit: u32) -> Option<(Slot, u32)> {
        let taken = self.taken();
        (taken < limit).then(|| (Slot(Arc::clone(&self.0)), taken + 1))
    }

    pub(crate) fn taken(&self) -> u32 {
        u32::try_from(Arc::strong_count(&self.0) - 1).unwrap_or(u32::MAX)
    }

    pub(crate) fn owns(&self, slot: &Slot) -> bool {
        Arc::ptr_eq(&self.0, &slot.0)
    }
}
