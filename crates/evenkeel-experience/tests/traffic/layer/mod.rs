//! The layer around whatever decides on calls.
#![cfg(feature = "tower")]

mod callers;
mod controls;
mod errors;
mod loopback;
mod permits;
mod readiness;
mod scripted;
