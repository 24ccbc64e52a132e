//! A shard of a bank: an arena, a hash table into it, and the order of use (LRU).

use alloc::collections::BinaryHeap;
use alloc::vec::Vec;
use core::borrow::Borrow;
use core::hash::{BuildHasher, Hash};
use foldhash::fast::FixedState;
use hashbrown::HashTable;

/// A series.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Slot<K, D> {
    pub(super) key: K,
    pub(super) stage: D,
}

/// Whenever the clock has gone so far, the series are numbered anew in their order of use. So 32 bits are
/// enough to know that order.
const ROUND: u64 = 1 << 31;

#[derive(Debug, Clone)]
pub(super) struct Shard<K, D> {
    slots: Vec<Slot<K, D>>,
    /// Of each series the clock at its last update, after the [`base`](Self::base).
    used: Vec<u32>,
    table: HashTable<u32>,
    /// Counts updates.
    clock: u64,
    /// Series that were used longest ago when they were last looked for, as (clock, place), the oldest last.
    /// One that was used since has another clock; all that are not in here were used later than those that
    /// are.
    oldest: Vec<(u32, u32)>,
    capacity: usize,
    evictions: u64,
}

/// A place in the arena. There are fewer than 2^32.
fn place(i: usize) -> u32 {
    u32::try_from(i).unwrap_or(u32::MAX)
}

impl<K, D> Shard<K, D> {
    pub(super) fn new(capacity: usize) -> Self {
        let (slots, used, table, oldest) = (Vec::new(), Vec::new(), HashTable::new(), Vec::new());
        Self { slots, used, table, clock: 0, oldest, capacity, evictions: 0 }
    }

    pub(super) fn len(&self) -> usize {
        self.slots.len()
    }

    pub(super) fn capacity(&self) -> usize {
        self.capacity
    }

    pub(super) fn evictions(&self) -> u64 {
        self.evictions
    }

    #[cfg(feature = "serde")]
    pub(super) fn clock(&self) -> u64 {
        self.clock
    }

    pub(super) fn bytes(&self) -> usize {
        self.slots.capacity() * size_of::<Slot<K, D>>()
            + self.table.allocation_size()
            + self.used.capacity() * size_of::<u32>()
            + self.oldest.capacity() * size_of::<(u32, u32)>()
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Slot<K, D>> + Clone {
        self.slots.iter()
    }

    /// All series, each with the clock at its last update.
    #[cfg(feature = "serde")]
    pub(super) fn iter_used(&self) -> impl Iterator<Item = (&Slot<K, D>, u64)> {
        self.slots.iter().zip(self.used.iter().map(|used| self.base() + u64::from(*used)))
    }

    /// The clock that times of use are counted from: two rounds ago, but for the first.
    fn base(&self) -> u64 {
        (self.clock / ROUND).saturating_sub(1) * ROUND
    }

    /// Numbers the series anew, in their order of use, so that the last has the clock's time after this base.
    #[cold]
    fn renumber(&mut self, base: u64) {
        let mut order: Vec<u32> = (0..self.slots.len()).map(place).collect();
        order.sort_unstable_by_key(|at| self.used[*at as usize]);
        let last = self.clock - base;
        for (before_last, at) in (0..).zip(order.iter().rev()) {
            self.used[*at as usize] = u32::try_from(last - before_last).unwrap_or(0);
        }
        // Places have other times now.
        self.oldest.clear();
    }

    pub(super) fn clear(&mut self) {
        self.slots.clear();
        self.used.clear();
        self.table.clear();
        self.oldest.clear();
        (self.clock, self.evictions) = (0, 0);
    }

    /// Room for one more: twice as much as there was, but not more than there may be.
    fn make_room(&mut self) {
        if self.slots.len() == self.slots.capacity() {
            let more = self.slots.len().max(4).min(self.capacity - self.slots.len());
            self.slots.reserve_exact(more);
            self.used.reserve_exact(more);
        }
    }

    /// Takes the place that was used longest ago out of the list of those.
    fn least_recent(&mut self) -> usize {
        loop {
            while let Some((used, place)) = self.oldest.pop() {
                if self.used[place as usize] == used {
                    return place as usize;
                }
            }
            // A bounded heap of the oldest, in one pass: O(1) a series that is evicted.
            let most = self.slots.len() / 64 + 1;
            let mut heap = BinaryHeap::from(core::mem::take(&mut self.oldest));
            heap.reserve_exact(most + 1);
            for (i, used) in self.used.iter().enumerate() {
                if heap.len() < most {
                    heap.push((*used, place(i)));
                } else if heap.peek().is_some_and(|(latest, _)| used < latest) {
                    heap.pop();
                    heap.push((*used, place(i)));
                }
            }
            self.oldest = heap.into_sorted_vec();
            self.oldest.reverse();
        }
    }
}

impl<K: Hash + Eq, D> Shard<K, D> {
    fn find<Q>(&self, hash: u64, key: &Q) -> Option<usize>
    where
        K: Borrow<Q>,
        Q: Eq + ?Sized,
    {
        let found = self.table.find(hash, |i| self.slots[*i as usize].key.borrow() == key)?;
        Some(*found as usize)
    }

    pub(super) fn get<Q>(&self, hash: u64, key: &Q) -> Option<&D>
    where
        K: Borrow<Q>,
        Q: Eq + ?Sized,
    {
        self.find(hash, key).map(|i| &self.slots[i].stage)
    }

    pub(super) fn get_mut<Q>(&mut self, hash: u64, key: &Q) -> Option<&mut D>
    where
        K: Borrow<Q>,
        Q: Eq + ?Sized,
    {
        self.find(hash, key).map(|i| &mut self.slots[i].stage)
    }

    /// Forgets what is not to be kept; gives how many.
    pub(super) fn retain(&mut self, keep: &mut impl FnMut(&K, &mut D) -> bool, hasher: &FixedState) -> usize {
        let mut kept = 0;
        for at in 0..self.slots.len() {
            let slot = &mut self.slots[at];
            if keep(&slot.key, &mut slot.stage) {
                if kept < at {
                    self.slots.swap(kept, at);
                    self.used.swap(kept, at);
                }
                kept += 1;
            }
        }
        let gone = self.slots.len() - kept;
        self.slots.truncate(kept);
        self.used.truncate(kept);
        if gone > 0 {
            // Places have other series now.
            self.table.clear();
            self.oldest.clear();
            for at in 0..self.slots.len() {
                let hash = hasher.hash_one(&self.slots[at].key);
                self.list(hash, at, hasher);
            }
        }
        gone
    }

    /// Counts an update; gives its time after the base.
    #[inline]
    fn tick(&mut self) -> u32 {
        self.clock += 1;
        if self.clock.is_multiple_of(ROUND) && self.clock > ROUND {
            self.next_round();
        }
        // Less than two rounds.
        (self.clock - self.base()) as u32
    }

    /// Counts times of use from the next base.
    #[cold]
    fn next_round(&mut self) {
        // The clock has a new base already: before this update it had the one before.
        self.clock -= 1;
        self.renumber(self.base() + ROUND);
        self.clock += 1;
    }

    /// The stage of a key, made from the prototype if it is new.
    #[inline]
    pub(super) fn entry<Q>(
        &mut self,
        hash: u64,
        key: &Q,
        prototype: &D,
        hasher: &FixedState,
        own: impl FnOnce(&Q) -> K,
    ) -> &mut D
    where
        K: Borrow<Q>,
        Q: Eq + ?Sized,
        D: Clone,
    {
        let at = match self.find(hash, key) {
            Some(at) => {
                self.used[at] = self.tick();
                at
            }
            None => self.add(hash, own(key), prototype.clone(), hasher),
        };
        &mut self.slots[at].stage
    }

    pub(super) fn insert(&mut self, hash: u64, key: K, stage: D, hasher: &FixedState) -> Option<D> {
        match self.find(hash, &key) {
            Some(at) => {
                self.used[at] = self.tick();
                Some(core::mem::replace(&mut self.slots[at].stage, stage))
            }
            None => {
                self.add(hash, key, stage, hasher);
                None
            }
        }
    }

    /// Adds a series that is not there, where the least recent was if there is no more room.
    #[cold]
    fn add(&mut self, hash: u64, key: K, stage: D, hasher: &FixedState) -> usize {
        let (slot, used) = (Slot { key, stage }, self.tick());
        let at = if self.slots.len() < self.capacity {
            self.make_room();
            self.slots.push(slot);
            self.used.push(used);
            self.slots.len() - 1
        } else {
            let at = self.least_recent();
            self.unlist(at, hasher);
            self.slots[at] = slot;
            self.used[at] = used;
            self.evictions = self.evictions.saturating_add(1);
            at
        };
        self.list(hash, at, hasher);
        at
    }

    fn list(&mut self, hash: u64, at: usize, hasher: &FixedState) {
        let slots = &self.slots;
        self.table.insert_unique(hash, place(at), |i| hasher.hash_one(&slots[*i as usize].key));
    }

    fn unlist(&mut self, at: usize, hasher: &FixedState) {
        let hash = hasher.hash_one(&self.slots[at].key);
        if let Ok(entry) = self.table.find_entry(hash, |i| *i as usize == at) {
            entry.remove();
        }
    }

    pub(super) fn remove<Q>(&mut self, hash: u64, key: &Q, hasher: &FixedState) -> Option<D>
    where
        K: Borrow<Q>,
        Q: Eq + ?Sized,
    {
        let at = self.find(hash, key)?;
        let last = self.slots.len() - 1;
        self.unlist(at, hasher);
        if at != last {
            self.unlist(last, hasher);
        }
        let gone = self.slots.swap_remove(at);
        self.used.swap_remove(at);
        if at != last {
            let hash = hasher.hash_one(&self.slots[at].key);
            self.list(hash, at, hasher);
        }
        // A place has another series now.
        self.oldest.clear();
        Some(gone.stage)
    }

    /// Puts a series back, without its time of use; false if there is no room for it, or if it is there.
    #[cfg(feature = "serde")]
    pub(super) fn restore(&mut self, slot: Slot<K, D>, hasher: &FixedState) -> bool {
        let hash = hasher.hash_one(&slot.key);
        if self.slots.len() >= self.capacity || self.find(hash, &slot.key).is_some() {
            return false;
        }
        self.make_room();
        self.slots.push(slot);
        self.used.push(0);
        self.list(hash, self.slots.len() - 1, hasher);
        true
    }

    /// Sets the counts, and the clock at the last update of each series in the order in which they were put
    /// back; false if no updates could have led to them.
    #[cfg(feature = "serde")]
    pub(super) fn resume(&mut self, clock: u64, evictions: u64, used: &[u64]) -> bool {
        (self.clock, self.evictions) = (clock, evictions);
        let base = self.base();
        let mut order: Vec<u64> = used.to_vec();
        order.sort_unstable();
        let distinct = order.windows(2).all(|pair| pair[0] < pair[1]);
        let past =
            order.first().is_none_or(|first| *first > 0) && order.last().is_none_or(|last| *last <= clock);
        // Times before the base come from snapshots of versions that numbered nothing anew: what counts is
        // their order.
        let is_in_round = order.first().is_none_or(|first| *first > base);
        let last = clock.saturating_sub(base);
        for (place, used) in self.used.iter_mut().zip(used) {
            let after = || (order.len() - order.partition_point(|other| other <= used)) as u64;
            let time = if is_in_round { used.saturating_sub(base) } else { last.saturating_sub(after()) };
            *place = u32::try_from(time).unwrap_or(0);
        }
        distinct && past && evictions <= clock && used.len() == self.used.len()
    }

    pub(super) fn is_same(&self, other: &Self, hasher: &FixedState) -> bool
    where
        D: PartialEq,
    {
        // Times of use are after the same base if the clocks are the same.
        let there = |(slot, used): (&Slot<K, D>, &u32)| {
            let found = other.find(hasher.hash_one(&slot.key), &slot.key);
            found.is_some_and(|i| other.slots[i] == *slot && other.used[i] == *used)
        };
        (self.clock, self.evictions, self.capacity, self.len())
            == (other.clock, other.evictions, other.capacity, other.len())
            && self.slots.iter().zip(&self.used).all(there)
    }
}
