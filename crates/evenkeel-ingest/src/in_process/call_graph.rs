//! Who calls whom within a program, and the counts of each pair.

use crate::in_process::call_counts::CallCounts;
use crate::in_process::intern_table::InternTable;
use core::hash::BuildHasher;
use core::time::Duration;
use evenkeel_core::Name;
use foldhash::fast::FixedState;
use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// A component by the place of its name, or the outside.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Component(pub(super) u32);

/// Who calls what is asked to serve.
pub(super) const OUTSIDE: Component = Component(u32::MAX);
/// The component of the program itself.
pub(super) const OWN: Component = Component(0);
/// All whose names find no place.
pub(super) const NAMELESS: Component = Component(u32::MAX - 1);

/// Calls between a pair of components.
#[derive(Debug)]
pub(super) struct Edge {
    pub(super) from: Component,
    pub(super) to: Component,
    pub(super) calls: CallCounts,
}

/// All that layer and reader share.
pub(super) struct Graph {
    max_edges: usize,
    names: InternTable<(Name, Component)>,
    edges: InternTable<Arc<Edge>>,
    are_names_full: AtomicBool,
    are_edges_full: AtomicBool,
    growing: Mutex<Growing>,
    /// Calls beyond the cap, by the component that was called; the last for those without a name here.
    beyond: Box<[AtomicU64]>,
}

/// What changes when something new comes.
#[derive(Debug, Default)]
struct Growing {
    names: u32,
    edges: usize,
    news: News,
}

/// What the reader has not heard of yet.
#[derive(Debug, Default)]
pub(super) struct News {
    /// In the order of their places.
    pub(super) names: Vec<Name>,
    pub(super) edges: Vec<Arc<Edge>>,
}

/// What a span counts in when it is closed.
pub(super) enum Counts {
    In(Arc<Edge>),
    Beyond(Component),
}

fn hash_of_edge(from: Component, to: Component) -> u64 {
    (u64::from(from.0) << 32 | u64::from(to.0)).wrapping_mul(0xff51_afd7_ed55_8ccd)
}

impl Graph {
    /// Of the program that is this component, with room for so many pairs.
    pub(super) fn new(own: &str, max_edges: usize) -> Self {
        // A pair has two ends, and what is served has one.
        let names = 2 * max_edges + 1;
        let graph = Self {
            max_edges,
            names: InternTable::new(names),
            edges: InternTable::new(max_edges),
            are_names_full: AtomicBool::new(false),
            are_edges_full: AtomicBool::new(false),
            growing: Mutex::default(),
            beyond: core::iter::repeat_with(AtomicU64::default).take(names + 1).collect(),
        };
        graph.component(own);
        graph
    }

    /// Nothing that panics is done while it is held.
    fn growing(&self) -> MutexGuard<'_, Growing> {
        self.growing.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn news(&self) -> News {
        core::mem::take(&mut self.growing().news)
    }

    /// Calls beyond the cap since the last time that was asked, by the component that was called.
    pub(super) fn take_beyond(&self) -> impl Iterator<Item = (Component, u64)> + '_ {
        let last = self.beyond.len() - 1;
        self.beyond.iter().enumerate().filter_map(move |(i, counter)| {
            let n = counter.swap(0, Ordering::Relaxed);
            let to = if i == last { NAMELESS } else { Component(u32::try_from(i).unwrap_or(NAMELESS.0)) };
            (n > 0).then_some((to, n))
        })
    }

    pub(super) fn component(&self, name: &str) -> Component {
        let hash = FixedState::default().hash_one(name);
        let find = || self.names.find(hash, |known| known.0.as_str() == name).map(|known| known.1);
        if let Some(component) = find() {
            return component;
        }
        if self.are_names_full.load(Ordering::Relaxed) {
            return NAMELESS;
        }
        let mut growing = self.growing();
        if let Some(component) = find() {
            return component;
        }
        let (name, component) = (Name::from(name), Component(growing.names));
        let has_room = (growing.names as usize) < self.beyond.len() - 1;
        self.are_names_full.store(!has_room, Ordering::Relaxed);
        if !has_room || !self.names.add(hash, (name.clone(), component)) {
            return NAMELESS;
        }
        growing.names += 1;
        growing.news.names.push(name);
        component
    }

    pub(super) fn counts(&self, from: Component, to: Component) -> Counts {
        let hash = hash_of_edge(from, to);
        let find = || self.edges.find(hash, |edge| edge.from == from && edge.to == to);
        if let Some(edge) = find() {
            return Counts::In(Arc::clone(edge));
        }
        if from == NAMELESS || to == NAMELESS || self.are_edges_full.load(Ordering::Relaxed) {
            return Counts::Beyond(to);
        }
        let mut growing = self.growing();
        if let Some(edge) = find() {
            return Counts::In(Arc::clone(edge));
        }
        if growing.edges >= self.max_edges {
            self.are_edges_full.store(true, Ordering::Relaxed);
            return Counts::Beyond(to);
        }
        let edge = Arc::new(Edge { from, to, calls: CallCounts::new() });
        if !self.edges.add(hash, Arc::clone(&edge)) {
            return Counts::Beyond(to);
        }
        growing.edges += 1;
        growing.news.edges.push(Arc::clone(&edge));
        Counts::In(edge)
    }

    /// A call that lasted so long, and whether it failed.
    pub(super) fn record(&self, counts: &Counts, lasted: Duration, failed: bool) {
        match counts {
            Counts::In(edge) => edge.calls.record(lasted, failed),
            Counts::Beyond(to) => {
                let place = (to.0 as usize).min(self.beyond.len() - 1);
                self.beyond[place].fetch_add(1, Ordering::Relaxed);
            }
        }
    }
}

impl fmt::Debug for Graph {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SpanLayer").field("max_edges", &self.max_edges).finish_non_exhaustive()
    }
}
