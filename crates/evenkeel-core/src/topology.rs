//! Who depends on whom, as far as crates need to ask each other.

use crate::Name;

/// A map of components. Implemented by the graph of `evenkeel-locate`; asked by guards that keep actions on neighbors apart.
pub trait Topology {
    /// Whether one of the two depends directly on the other, in either direction. Unknown names are adjacent to nothing.
    fn are_adjacent(&self, a: &Name, b: &Name) -> bool;
}
