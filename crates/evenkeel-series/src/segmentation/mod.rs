//! Where a finished series changes.

mod automatic;
mod binary;
mod cost;
mod exact;
mod kernel;
mod pelt;
mod penalty;
mod sliding;

pub use automatic::{Segmentation, Segments};
pub use binary::BinarySegmentation;
pub use cost::Cost;
pub use exact::FixedNumber;
pub use kernel::KernelChangePoints;
pub use pelt::Pelt;
pub use penalty::{Penalty, noise_scale};
pub use sliding::SlidingWindow;
