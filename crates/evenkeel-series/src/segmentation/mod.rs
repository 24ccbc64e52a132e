//! Change point detection in a finished series: PELT, binary segmentation, sliding windows, kernels.

mod binary_segmentation;
mod cost;
mod fixed_number;
mod kernel_change_points;
mod pelt;
mod penalty;
mod segmentation;
mod sliding_window;

pub use binary_segmentation::BinarySegmentation;
pub use cost::Cost;
pub use fixed_number::FixedNumber;
pub use kernel_change_points::KernelChangePoints;
pub use pelt::Pelt;
pub use penalty::{Penalty, noise_scale};
pub use segmentation::{Segmentation, Segments};
pub use sliding_window::SlidingWindow;
