//! Tests of the gate: without a client in `situations`, `bounds`, `confidence`, `restart`; with a real one in `client`.

mod bounds;
mod client;
mod confidence;
mod folder;
mod restart;
mod situations;
