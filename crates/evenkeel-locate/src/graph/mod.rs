//! Who calls whom.

mod articulation;
mod betweenness;
mod components;
mod dominators;
mod graph;
mod pagerank;

pub use components::Condensation;
pub use dominators::Dominators;
pub use graph::{Graph, GraphBuilder};
pub use pagerank::{PageRank, PageRankBuilder};
