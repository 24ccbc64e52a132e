//! Settings of a bank.

use super::shard::Slot;
use evenkeel_core::Error;

/// The table has a place for 7/8 of a series at its fullest. It doubles when it is full, or when more than
/// 7/16 of its places are taken while evictions have used up the rest: at most 32/7 places a series, each of
/// 4 bytes and a tag. What was used longest ago is kept in mind for one series in 64.
const TABLE: usize = 24;
/// The most series whose order of use 32-bit times can tell.
const MOST: usize = i32::MAX as usize;

/// Settings of a [`Bank`](crate::bank::Bank).
///
/// | | range | default | why |
/// | --- | --- | --- | --- |
/// | `prototype` | – | – | every new series starts as a clone of it |
/// | `capacity` | 1 to 2³¹ - 1, at least one a shard | – | a stream of ever new keys must not take all memory |
/// | `bytes` | > 0 | none | see [`bytes`](Self::bytes) |
/// | `shards` | 1 to 65,536 | 1 | exactly the least recently used of all goes; more for threads |
/// | `seed` | any | 0 | the same layout in every run |
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(deny_unknown_fields))]
#[must_use]
pub struct BankBuilder<D> {
    pub(super) prototype: D,
    capacity: usize,
    bytes: Option<(usize, usize)>,
    shards: usize,
    pub(super) seed: u64,
}

impl<D> BankBuilder<D> {
    pub(super) fn new(prototype: D, capacity: usize) -> Self {
        Self { prototype, capacity, bytes: None, shards: 1, seed: 0 }
    }

    /// No more series than fit into `most` bytes (and 200 a shard). Each takes its part of arena and table
    /// and `owned` bytes on the heap: what key and stage of one series own there at most, which the
    /// documentation of the stage says as its *state*. A `String` of 20 characters beside an
    /// [`EwmaChart`](crate::chart::EwmaChart), which owns nothing: 20.
    pub fn bytes(mut self, most: usize, owned: usize) -> Self {
        self.bytes = Some((most, owned));
        self
    }

    /// How many parts work apart from each other. Each has its part of the capacity, and forgets the least
    /// recently used of its own.
    pub fn shards(mut self, shards: usize) -> Self {
        self.shards = shards;
        self
    }

    /// The seed of the hashes. Use a secret one where untrusted clients choose the keys.
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// How many series there may be.
    pub(super) fn validated_capacity<K>(&self) -> Result<usize, Error> {
        Error::require((1..=65_536).contains(&self.shards), "shards", "1 to 65,536", self.shards)?;
        let fits = (self.shards..=MOST).contains(&self.capacity);
        Error::require(fits, "capacity", "at least one a shard and below 2^31", self.capacity)?;
        let Some((most, owned)) = self.bytes else { return Ok(self.capacity) };
        let each = Self::bytes_each::<K>().saturating_add(owned);
        let room = most / each;
        Error::require(room >= self.shards, "bytes", "room for at least one series a shard", most)?;
        Ok(room.min(self.capacity))
    }

    /// A series' part of arena and table, at most.
    fn bytes_each<K>() -> usize {
        size_of::<Slot<K, D>>() + size_of::<u32>() + TABLE
    }

    /// The capacity of each shard, together `capacity`.
    pub(super) fn shard_capacities(&self, capacity: usize) -> impl Iterator<Item = usize> + use<D> {
        let shards = self.shards;
        (0..shards).map(move |i| capacity / shards + usize::from(i < capacity % shards))
    }
}
