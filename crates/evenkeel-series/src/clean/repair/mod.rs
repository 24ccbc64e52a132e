//! Filling gaps and replacing outliers, with a list of every change.

mod cubic_curve;
mod hampel;
mod interpolation;
mod outlier_repair;
mod repaired;
mod seasonal_regression;
mod supersmoother;

pub use hampel::{Hampel, HampelFilter};
pub use interpolation::{Interpolation, InterpolationMethod};
pub use outlier_repair::OutlierRepair;
pub use repaired::{Change, Repaired};
