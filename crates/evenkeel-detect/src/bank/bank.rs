//! A bank: one stage for each of many keys.

use super::bank_builder::BankBuilder;
use super::shard::Shard;
use alloc::vec::Vec;
use core::borrow::Borrow;
use core::hash::{BuildHasher, Hash};
use evenkeel_core::{Error, Stage};
use foldhash::fast::FixedState;

/// One stage for each of many keys: made at a key's first observation, found again by it, forgotten when
/// there are too many.
///
/// *When*: thousands to millions of series that all go through the same kind of stage: a chart, a calibrated
/// detector, a whole line of stages.
///
/// *Method*: stages and keys lie side by side in one arena; a hash table of 32-bit numbers finds them by a
/// borrowed key, so that looking a key up allocates nothing. A new series starts as a clone of the prototype.
/// At the cap, the series that was updated longest ago makes room, exactly, and is
/// [counted](Self::evictions): nothing goes without a trace. With more than one [shard](BankBuilder::shards)
/// each key belongs to one of them by its hash, each shard has its part of the cap, and
/// [`update_all`](Self::update_all) works on all of them at once with feature `rayon`.
///
/// A bank is no [`Stage`]: it has as many as there are keys. Each keeps the streaming contract by itself.
///
/// *Parameters*: see [`BankBuilder`].
///
/// *Cost*: one hash, one look into the table and one into the arena, and the stage's own; a look-up that
/// evicts O(1) amortized. Allocates when a series is new and the arena has to grow, never otherwise, but for
/// the first eviction. *State* per series: key, stage and 4 bytes in the arena, which grows by doubling up to
/// the cap, and 5.7 to 12 bytes in the table, at most 23 after evictions.
///
/// Keys from untrusted clients may be chosen to collide: set a secret [seed](BankBuilder::seed) then.
///
/// ```
/// use evenkeel_detect::Bank;
/// use evenkeel_detect::chart::EwmaChart;
///
/// let mut bank = Bank::builder(EwmaChart::builder(0.0, 1.0).build()?, 2).build::<String>()?;
/// assert!(bank.update("web", 0.3).is_some()); // a borrowed key; owned only because it is new
/// assert!(bank.update("db", 0.1).is_some());
/// assert!(bank.update("web", 5.0).unwrap().value() > 1.0);
/// bank.update("cache", 0.2); // a third series: the one that was updated longest ago goes
/// assert_eq!((bank.len(), bank.evictions()), (2, 1));
/// assert!(bank.get("db").is_none() && bank.get("web").is_some());
/// # Ok::<(), evenkeel_core::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Bank<K, D> {
    pub(super) settings: BankBuilder<D>,
    pub(super) hasher: FixedState,
    pub(super) shards: Vec<Shard<K, D>>,
    pub(super) keys: core::marker::PhantomData<K>,
}

impl<D> BankBuilder<D> {
    /// The bank, without series.
    ///
    /// # Errors
    /// If a setting is out of its range, or the bytes have no room for one series a shard.
    pub fn build<K>(self) -> Result<Bank<K, D>, Error> {
        let capacity = self.validated_capacity::<K>()?;
        Ok(Bank::empty(self, capacity))
    }
}

/// Of no keys yet: [`build`](BankBuilder::build) says which.
impl<D> Bank<(), D> {
    /// A bank of clones of `prototype`, for at most `capacity` keys.
    pub fn builder(prototype: D, capacity: usize) -> BankBuilder<D> {
        BankBuilder::new(prototype, capacity)
    }
}

impl<K, D> Bank<K, D> {
    pub(super) fn empty(settings: BankBuilder<D>, capacity: usize) -> Self {
        let shards = settings.shard_capacities(capacity).map(Shard::new).collect();
        Self {
            hasher: FixedState::with_seed(settings.seed),
            settings,
            shards,
            keys: core::marker::PhantomData,
        }
    }

    /// How many series there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.shards.iter().map(Shard::len).sum()
    }

    /// Whether there is no series.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The largest number of series that are kept: the smaller of `capacity` and what fits into the bytes.
    #[must_use]
    pub fn capacity(&self) -> usize {
        self.shards.iter().map(Shard::capacity).sum()
    }

    /// How many series were forgotten to make room for others.
    #[must_use]
    pub fn evictions(&self) -> u64 {
        self.shards.iter().map(Shard::evictions).sum()
    }

    /// The bytes that arena and table have now, without what keys and stages own on the heap.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.shards.iter().map(Shard::bytes).sum()
    }

    /// Forgets all series and counts; keeps the settings.
    pub fn reset(&mut self) {
        self.shards.iter_mut().for_each(Shard::clear);
    }
}

impl<K: Hash + Eq, D> Bank<K, D> {
    /// The stage of a key.
    pub fn get<Q>(&self, key: &Q) -> Option<&D>
    where
        K: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        let hash = self.hasher.hash_one(key);
        self.shards[self.shard_of(hash)].get(hash, key)
    }

    /// The stage of a key, to change it. Counts as no update.
    pub fn get_mut<Q>(&mut self, key: &Q) -> Option<&mut D>
    where
        K: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        let hash = self.hasher.hash_one(key);
        let shard = self.shard_of(hash);
        self.shards[shard].get_mut(hash, key)
    }

    /// Forgets the series for which `keep` is false, and gives how many there were. Calls it once for each
    /// series, in no particular order. Not counted as evictions. O(series).
    pub fn retain(&mut self, mut keep: impl FnMut(&K, &mut D) -> bool) -> usize {
        self.shards.iter_mut().map(|shard| shard.retain(&mut keep, &self.hasher)).sum()
    }

    /// Forgets a key and gives its stage back. Not counted as an eviction.
    pub fn remove<Q>(&mut self, key: &Q) -> Option<D>
    where
        K: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        let hash = self.hasher.hash_one(key);
        let shard = self.shard_of(hash);
        self.shards[shard].remove(hash, key, &self.hasher)
    }

    /// All series, in the order of their keys. O(n log n).
    pub fn iter(&self) -> impl Iterator<Item = (&K, &D)>
    where
        K: Ord,
    {
        let mut all: Vec<(&K, &D)> =
            self.shards.iter().flat_map(Shard::iter).map(|s| (&s.key, &s.stage)).collect();
        all.sort_unstable_by(|a, b| a.0.cmp(b.0));
        all.into_iter()
    }

    /// Puts a stage under a key: one with settings of its own, or with a past. What was there is given back.
    /// Counts as an update; at the cap another series makes room.
    pub fn insert(&mut self, key: K, stage: D) -> Option<D> {
        let hash = self.hasher.hash_one(&key);
        let shard = self.shard_of(hash);
        self.shards[shard].insert(hash, key, stage, &self.hasher)
    }

    /// All series, in no particular order.
    pub(crate) fn unordered(&self) -> impl Iterator<Item = (&K, &D)> + Clone {
        self.shards.iter().flat_map(Shard::iter).map(|s| (&s.key, &s.stage))
    }

    pub(super) fn shard_of(&self, hash: u64) -> usize {
        shard_of(hash, self.shards.len())
    }
}

/// The shard of a hash: by bits that the table does not use first.
fn shard_of(hash: u64, shards: usize) -> usize {
    if shards == 1 {
        return 0;
    }
    let middle = (hash >> 20) & 0xFFFF_FFFF;
    usize::try_from((middle * shards as u64) >> 32).unwrap_or(0)
}

impl<K: Hash + Eq, D: Clone> Bank<K, D> {
    /// Updates the stage of a key, which is made if it is new.
    pub fn update<Q, X>(&mut self, key: &Q, x: X) -> Option<D::Output>
    where
        K: Borrow<Q>,
        Q: Hash + Eq + alloc::borrow::ToOwned<Owned = K> + ?Sized,
        D: Stage<X>,
    {
        self.update_with(key, x, Q::to_owned)
    }

    /// [`update`](Self::update) for keys that are not owned by `to_owned`, as a [`Name`](evenkeel_core::Name)
    /// looked up by a `&str`: `own` makes the key of a new series.
    pub fn update_with<Q, X>(&mut self, key: &Q, x: X, own: impl FnOnce(&Q) -> K) -> Option<D::Output>
    where
        K: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
        D: Stage<X>,
    {
        let hash = self.hasher.hash_one(key);
        let shard = self.shard_of(hash);
        let stage = self.shards[shard].entry(hash, key, &self.settings.prototype, &self.hasher, own);
        stage.update(x)
    }

    /// Updates with many observations, in their order, and writes their outputs to `outputs`, in the same
    /// order. Allocates O(observations); use feature `rayon` to work on all shards at once: the results are
    /// the same.
    #[cfg(not(feature = "rayon"))]
    pub fn update_all<X>(&mut self, inputs: &[(K, X)], outputs: &mut Vec<Option<D::Output>>)
    where
        K: Clone,
        X: Copy,
        D: Stage<X>,
    {
        self.update_all_by(inputs, |x| *x, outputs);
    }

    /// [`update_all`](Self::update_all) with what `observation` makes of each input.
    #[cfg(not(feature = "rayon"))]
    pub(crate) fn update_all_by<X, Y>(
        &mut self,
        inputs: &[(K, X)],
        observation: impl Fn(&X) -> Y,
        outputs: &mut Vec<Option<D::Output>>,
    ) where
        K: Clone,
        D: Stage<Y>,
    {
        outputs.clear();
        outputs.extend(inputs.iter().map(|(key, x)| self.update_with(key, observation(x), K::clone)));
    }

    /// Updates with many observations, in their order for each key, and writes their outputs to `outputs`, in
    /// the order of the inputs. Shards are worked on by all threads of the current `rayon` pool: the results
    /// are those of one thread. Allocates O(observations).
    #[cfg(feature = "rayon")]
    pub fn update_all<X>(&mut self, inputs: &[(K, X)], outputs: &mut Vec<Option<D::Output>>)
    where
        K: Clone + Send + Sync,
        X: Copy + Sync,
        D: Stage<X> + Send + Sync,
        D::Output: Send,
    {
        self.update_all_by(inputs, |x| *x, outputs);
    }

    /// [`update_all`](Self::update_all) with what `observation` makes of each input.
    #[cfg(feature = "rayon")]
    pub(crate) fn update_all_by<X, Y>(
        &mut self,
        inputs: &[(K, X)],
        observation: impl Fn(&X) -> Y + Sync,
        outputs: &mut Vec<Option<D::Output>>,
    ) where
        K: Clone + Send + Sync,
        X: Sync,
        D: Stage<Y> + Send + Sync,
        D::Output: Send,
    {
        use rayon::prelude::*;
        outputs.clear();
        if self.shards.len() == 1 {
            outputs.extend(inputs.iter().map(|(key, x)| self.update_with(key, observation(x), K::clone)));
            return;
        }
        let (hasher, shards) = (&self.hasher, self.shards.len());
        let hashes: Vec<u64> = inputs.par_iter().map(|(key, _)| hasher.hash_one(key)).collect();
        let mut parts: Vec<Vec<usize>> =
            (0..shards).map(|_| Vec::with_capacity(inputs.len() / shards + inputs.len() / 8)).collect();
        for (i, hash) in hashes.iter().enumerate() {
            parts[shard_of(*hash, shards)].push(i);
        }
        let prototype = &self.settings.prototype;
        let answers: Vec<Vec<Option<D::Output>>> = self
            .shards
            .par_iter_mut()
            .zip(&parts)
            .map(|(shard, part)| {
                let each = |&i: &usize| {
                    let (key, x) = &inputs[i];
                    shard.entry(hashes[i], key, prototype, hasher, K::clone).update(observation(x))
                };
                part.iter().map(each).collect()
            })
            .collect();
        outputs.resize_with(inputs.len(), || None);
        for (part, answers) in parts.iter().zip(answers) {
            for (i, answer) in part.iter().zip(answers) {
                outputs[*i] = answer;
            }
        }
    }
}

/// The same settings, counts, series and order of use.
impl<K: Hash + Eq, D: PartialEq> PartialEq for Bank<K, D> {
    fn eq(&self, other: &Self) -> bool {
        let same = |(a, b): (&Shard<K, D>, &Shard<K, D>)| a.is_same(b, &self.hasher);
        self.settings == other.settings
            && self.shards.len() == other.shards.len()
            && self.shards.iter().zip(&other.shards).all(same)
    }
}
