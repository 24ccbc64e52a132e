//! In preparation.
#![no_std]
#![forbid(unsafe_code)]
#![cfg_attr(docsrs, feature(doc_cfg))]

extern crate alloc;

mod compensated;
pub mod distribution;
mod root;
pub mod sequential;
pub mod special;
mod state;

pub use compensated::CompensatedSum;
pub use distribution::{Beta, ChiSquared, Gamma, GeneralizedPareto, Normal, StudentT};
