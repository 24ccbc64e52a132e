//! Digests: a slice of telemetry in few tokens, for agents and chat.

mod column_facts;
mod digest;
mod digest_builder;
mod query;

pub use digest::Digest;
pub use digest_builder::DigestBuilder;
pub use query::{Answer, Query};
