//! What threads share. Under `--cfg shuttle` these are the stand-ins of `shuttle`, which tries one order of
//! their operations after the other.

#[cfg(not(shuttle))]
pub(crate) use alloc::sync::Arc;
#[cfg(not(shuttle))]
pub(crate) use core::sync::atomic::{AtomicU32, Ordering};
#[cfg(all(feature = "tower", not(shuttle)))]
pub(crate) use std::sync::{Mutex, MutexGuard, PoisonError};

#[cfg(shuttle)]
pub(crate) use shuttle::sync::Arc;
#[cfg(shuttle)]
pub(crate) use shuttle::sync::atomic::{AtomicU32, Ordering};
#[cfg(all(feature = "tower", shuttle))]
pub(crate) use {shuttle::sync::Mutex, shuttle::sync::MutexGuard, std::sync::PoisonError};
