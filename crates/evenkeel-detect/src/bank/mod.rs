//! One stage for each of many keys, with a hard cap.

mod bank;
mod bank_builder;
mod shard;
#[cfg(feature = "serde")]
mod snapshot;

pub use bank::Bank;
pub use bank_builder::BankBuilder;
