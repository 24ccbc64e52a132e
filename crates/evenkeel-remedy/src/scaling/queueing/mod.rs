//! Queues in the steady state: how long requests wait, and how many servers that takes.
//!
//! | what | in one line |
//! | --- | --- |
//! | [`MultiServer`] | M/M/c: Erlang B and C, waiting times, the smallest number of servers |
//! | [`FiniteQueue`] | M/M/1/K: what is turned away |
//! | [`GeneralService`] | M/G/1: the Pollaczek-Khinchine formula |
//!
//! Rates are in events a unit of time, times in that unit. Arrivals are Poisson: requests that come in bursts
//! wait longer than that.

mod finite_queue;
mod general_service;
mod multi_server;

pub use finite_queue::FiniteQueue;
pub use general_service::GeneralService;
pub use multi_server::MultiServer;
