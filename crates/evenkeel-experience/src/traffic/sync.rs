//! The lock that threads share. Under `--cfg shuttle` it is the stand-in of `shuttle`, which tries one order of
//! what threads do after the other.

#[cfg(not(shuttle))]
pub(crate) use std::sync::{Mutex, MutexGuard, PoisonError};

#[cfg(shuttle)]
pub(crate) use {shuttle::sync::Mutex, shuttle::sync::MutexGuard, std::sync::PoisonError};
