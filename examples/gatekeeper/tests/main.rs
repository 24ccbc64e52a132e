//! Tests of the gate: without a client in `situations`, `bounds`, `confidence`; with a real one in `client`.

mod bounds;
mod client;
mod confidence;
mod situations;
