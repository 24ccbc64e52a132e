//! Special functions, accurate in the tails.
//!
//! Each is a plain function of floats: an argument outside the domain gives NaN, and nothing panics or
//! allocates. Relative accuracy is 1e-13 or better where the function is well conditioned; limits elsewhere
//! are stated with each function.
//!
//! ```
//! use evenkeel_stats::special::incomplete_gamma;
//!
//! // The upper tail of a chi-square with one degree of freedom at 1200, as a number, and further out as a
//! // logarithm.
//! assert!((incomplete_gamma(0.5, 600.0).upper() / 6.099_568_814_808_433_7e-263 - 1.0).abs() < 1e-10);
//! assert!(incomplete_gamma(0.5, 1e6).log_upper() < -1e6);
//! ```

mod deviance;
mod error_function;
mod incomplete_beta;
mod incomplete_gamma;
mod log_gamma;
mod tails;
mod temme;
mod zeta;

pub use deviance::poisson_deviance;
pub use error_function::scaled_erfc;
pub use incomplete_beta::{beta_kernel, incomplete_beta, incomplete_beta_inverse};
pub use incomplete_gamma::{gamma_kernel, incomplete_gamma, incomplete_gamma_inverse};
pub use log_gamma::{log_beta, log_gamma, log_gamma_1p, stirling_error};
pub use tails::{Side, Tails};
pub use zeta::zeta;
