//! One random cut tree.

#[cfg(feature = "serde")]
mod snapshot;
mod tree;

#[cfg(feature = "serde")]
pub(super) use snapshot::SavedTree;
pub(super) use tree::{MOST_LEAVES, Place, Tree, descend};
