//! Change points of a finished series.
//!
//! | what | in one line |
//! | --- | --- |
//! | [`Segmentation`] | start here: change points without settings to choose |
//! | [`Pelt`] | the exact optimum under a [`Penalty`] |
//! | [`FixedNumber`] | the exact optimum for a given number of changes |
//! | [`BinarySegmentation`] | greedy, one split at a time |
//! | [`SlidingWindow`] | two adjacent windows compared |
//! | [`KernelChangePoints`] | changes of the whole distribution, by a kernel |
//! | [`Segments`] | what these give |
//! | [`Cost`], [`Penalty`], [`noise_scale`] | what a segment costs, what a change costs, and the scale of the noise |
//!
//! Change points of a stream are found by `evenkeel-detect`.

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

evenkeel_core::assert_shared!(
    Segmentation,
    Segments,
    Pelt,
    FixedNumber,
    BinarySegmentation,
    SlidingWindow,
    KernelChangePoints,
    Cost,
    Penalty
);
