//! Dependencies between components.

use crate::name::Name;

/// Which components depend on each other. Implemented by the graph of `evenkeel-locate`, used by guards that
/// keep actions on neighbors apart.
pub trait Topology {
    /// Whether one of the two depends directly on the other, in either direction. Unknown names are adjacent
    /// to nothing.
    fn are_adjacent(&self, a: &Name, b: &Name) -> bool;
}
