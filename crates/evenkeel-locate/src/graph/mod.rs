//! Call graphs: who calls whom, with cycles, levels, dominators, betweenness, articulation points and random
//! walks.
//!
//! | what | in one line |
//! | --- | --- |
//! | [`Graph`], [`GraphBuilder`] | who calls whom, how often; strongly connected components, levels, betweenness, articulation points |
//! | [`Condensation`] | the graph with each cycle as one node |
//! | [`Dominators`] | through whom every call must go |
//! | [`PageRank`], [`PageRankBuilder`] | where a random walk with restarts spends its time |

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

evenkeel_core::assert_shared!(Condensation, Dominators, Graph, GraphBuilder, PageRank, PageRankBuilder);
