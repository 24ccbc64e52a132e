//! Symbol surprise: how improbable a symbol is after those before it.

mod contexts;
#[cfg(feature = "serde")]
mod snapshot;
mod symbol_surprise;

pub use symbol_surprise::{SymbolSurprise, SymbolSurpriseBuilder};
