//! Nearest shapes: how far the latest shape is from those most like it, at the resolution that a shape needs.

mod nearest_shapes;
mod shapes;
#[cfg(feature = "serde")]
mod snapshot;

pub use nearest_shapes::{NearestShapes, NearestShapesBuilder};
