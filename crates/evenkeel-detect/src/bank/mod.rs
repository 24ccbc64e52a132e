//! [`Bank`]: one stage for each of many keys, with a hard cap. [`BankBuilder`] has its settings.

mod bank;
mod bank_builder;
mod shard;
#[cfg(feature = "serde")]
mod snapshot;

pub use bank::Bank;
pub use bank_builder::BankBuilder;

evenkeel_core::assert_shared!(Bank<u64, ()>, BankBuilder<()>);
