//! Snapshots of a fleet.

use super::division::Division;
use super::fleet::{DETAILS, Fleet};
use super::fleet_builder::Settings;
use super::ledger::Ledger;
use super::loss_rate::LossRate;
use super::member::Member;
use super::open_incidents::OpenIncidents;
use crate::bank::Bank;
use crate::monitor::{Alert, Budget};
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::hash::Hash;
use evenkeel_core::{Error, Snapshot, Watermark};
use serde::de::{DeserializeOwned, Deserializer, Error as _};
use serde::ser::Serializer;
use serde::{Deserialize, Serialize};

#[derive(Serialize)]
#[serde(bound = "K: Serialize + Ord, M: Serialize")]
struct Shown<'a, K, M> {
    settings: &'a Settings,
    budget: Budget,
    division: &'a Division,
    clock: &'a Watermark,
    ledger: &'a Ledger<K>,
    incidents: &'a OpenIncidents<K>,
    losses: &'a LossRate,
    details: &'a [(K, Alert)],
    departures: u64,
    held_back: u64,
    bank: &'a Bank<K, Member<M>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, bound = "K: Deserialize<'de> + Hash + Ord, M: Deserialize<'de>")]
struct Read<K, M> {
    settings: Settings,
    budget: Budget,
    division: Division,
    clock: Watermark,
    ledger: Ledger<K>,
    incidents: OpenIncidents<K>,
    losses: LossRate,
    details: Vec<(K, Alert)>,
    departures: u64,
    held_back: u64,
    bank: Bank<K, Member<M>>,
}

impl<K: Serialize + Ord, M: Serialize> Serialize for Fleet<K, M> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self { settings, division, clock, ledger, incidents, losses, details, bank, .. } = self;
        let (budget, departures, held_back) = (self.budget, self.departures, self.held_back);
        Shown {
            settings,
            budget,
            division,
            clock,
            ledger,
            incidents,
            losses,
            details,
            departures,
            held_back,
            bank,
        }
        .serialize(serializer)
    }
}

impl<'de, K: Deserialize<'de> + Hash + Ord + Clone, M: Deserialize<'de>> Deserialize<'de> for Fleet<K, M> {
    fn deserialize<R: Deserializer<'de>>(deserializer: R) -> Result<Self, R::Error> {
        restored(Read::<K, M>::deserialize(deserializer)?).map_err(R::Error::custom)
    }
}

fn restored<K: Hash + Ord + Clone, M>(read: Read<K, M>) -> Result<Fleet<K, M>, Error> {
    let Read { settings, budget, division, clock, ledger, incidents, losses, details, .. } = read;
    let (departures, held_back, bank) = (read.departures, read.held_back, read.bank);
    settings.validate()?;
    let capacity = bank.capacity();
    Error::require(capacity == settings.capacity, "capacity", "that of the settings", capacity)?;
    let for_series = Settings::for_series(budget)?;
    let _ = for_series.share(super::division::rounded_up(settings.capacity as u64))?;
    Error::require(for_series == division.budget(), "division", "of the budget", division.budget())?;
    division.validate(settings.at_least, bank.len() as u64)?;
    ledger.validate(settings.spenders)?;
    incidents.validate()?;
    losses.validate()?;
    Error::require(details.len() <= DETAILS, "details", "no more than are kept", details.len())?;
    Ok(Fleet {
        settings,
        budget,
        division,
        bank,
        clock,
        ledger,
        incidents,
        losses,
        details,
        departures,
        held_back,
    })
}

impl<K, M> Snapshot for Fleet<K, M>
where
    K: Serialize + DeserializeOwned + Hash + Ord + Clone,
    M: Snapshot,
{
    fn schema() -> String {
        format!("Fleet@1<{}>", M::schema())
    }
}
