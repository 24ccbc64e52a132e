//! Snapshots of a bank: its series in the order of their keys, whatever their order in the arena.

use super::bank::Bank;
use super::bank_builder::BankBuilder;
use super::shard::{Shard, Slot};
use alloc::format;
use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;
use core::hash::{BuildHasher, Hash};
use evenkeel_core::{Error, Snapshot};
use serde::de::{DeserializeOwned, Deserializer, Error as _};
use serde::ser::Serializer;
use serde::{Deserialize, Serialize};

#[derive(Serialize)]
struct Shown<'a, K, D> {
    settings: &'a BankBuilder<D>,
    clocks: Vec<(u64, u64)>,
    series: Vec<(&'a K, u64, &'a D)>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Read<K, D> {
    settings: BankBuilder<D>,
    /// Updates and evictions of each shard.
    clocks: Vec<(u64, u64)>,
    /// Key, clock at the last update, stage.
    series: Vec<(K, u64, D)>,
}

impl<K: Serialize + Ord, D: Serialize> Serialize for Bank<K, D> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let clocks = self.shards.iter().map(|s| (s.clock(), s.evictions())).collect();
        let mut series: Vec<(&K, u64, &D)> =
            self.shards.iter().flat_map(Shard::iter_used).map(|(s, used)| (&s.key, used, &s.stage)).collect();
        series.sort_unstable_by(|a, b| a.0.cmp(b.0));
        Shown { settings: &self.settings, clocks, series }.serialize(serializer)
    }
}

impl<'de, K: Deserialize<'de> + Hash + Ord, D: Deserialize<'de>> Deserialize<'de> for Bank<K, D> {
    fn deserialize<R: Deserializer<'de>>(deserializer: R) -> Result<Self, R::Error> {
        let read = Read::<K, D>::deserialize(deserializer)?;
        restored(read).map_err(R::Error::custom)
    }
}

fn restored<K: Hash + Ord, D>(read: Read<K, D>) -> Result<Bank<K, D>, Error> {
    let Read { settings, clocks, series } = read;
    let capacity = settings.validated_capacity::<K>()?;
    let mut bank = Bank::empty(settings, capacity);
    let shards = bank.shards.len();
    Error::require(clocks.len() == shards, "clocks", "a pair for each shard", clocks.len())?;
    let sorted = series.windows(2).all(|pair| pair[0].0 < pair[1].0);
    Error::require(sorted, "series", "sorted by keys, each once", "something else")?;
    let mut times = vec![Vec::new(); shards];
    for (key, used, stage) in series {
        let shard = bank.shard_of(bank.hasher.hash_one(&key));
        times[shard].push(used);
        let kept = bank.shards[shard].restore(Slot { key, stage }, &bank.hasher);
        Error::require(kept, "series", "no more than there is room for", "more")?;
    }
    let resumed = bank
        .shards
        .iter_mut()
        .zip(clocks.iter().zip(&times))
        .all(|(shard, ((clock, gone), times))| shard.resume(*clock, *gone, times));
    Error::require(resumed, "clocks", "those of a bank", "something else")?;
    Ok(bank)
}

impl<K, D> Snapshot for Bank<K, D>
where
    K: Serialize + DeserializeOwned + Hash + Ord,
    D: Snapshot,
{
    fn schema() -> String {
        format!("Bank@1<{}>", D::schema())
    }
}
