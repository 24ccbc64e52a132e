//! Verification of recovery.
//!
//! | what | in one line |
//! | --- | --- |
//! | [`Verifier`] | the trait: [`Sample`]s in, a [`Recovery`] with its [`Verdict`] out |
//! | [`ErrorRatio`], [`ErrorRatioBuilder`] | a sequential test on the share of bad requests, valid whenever it is read |

mod error_ratio;
mod verifier;

pub use error_ratio::{ErrorRatio, ErrorRatioBuilder};
pub use verifier::{Recovery, Sample, Verdict, Verifier};
