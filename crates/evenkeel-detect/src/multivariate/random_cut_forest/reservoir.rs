//! Time-decayed reservoir sampling: which points a tree holds.

use alloc::boxed::Box;
use alloc::vec;
use evenkeel_stats::Generator;

/// A weighted reservoir (Efraimidis and Spirakis 2006, doi:10.1016/j.ipl.2005.11.003): each point draws ln
/// E - decay * time, E exponential, and the smallest are kept. A heap with the largest on top.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Reservoir {
    heap: Box<[(f64, u16)]>,
    kept: usize,
    /// The exponential number below which a point is taken now, e^(largest + decay * time): it grows by
    /// e^decay with each point.
    bound: f64,
}

/// What the reservoir decides about a point.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Draw {
    Refused,
    /// Taken, with this weight, after what is returned was evicted.
    Taken(f64),
}

impl Reservoir {
    pub(super) fn new(capacity: usize) -> Self {
        Self { heap: vec![(0.0, 0); capacity].into(), kept: 0, bound: f64::INFINITY }
    }

    pub(super) fn clear(&mut self) {
        *self = Self::new(self.heap.len());
    }

    pub(super) fn kept(&self) -> &[(f64, u16)] {
        &self.heap[..self.kept]
    }

    #[cfg(feature = "serde")]
    pub(super) fn bound(&self) -> f64 {
        self.bound
    }

    /// Restores what was saved; false if it is not a valid sample.
    #[cfg(feature = "serde")]
    pub(super) fn restore(&mut self, kept: &[(f64, u16)], bound: f64) -> bool {
        if kept.len() > self.heap.len() {
            return false;
        }
        self.heap[..kept.len()].copy_from_slice(kept);
        (self.kept, self.bound) = (kept.len(), bound);
        let is_heap = (1..kept.len()).all(|i| kept[i].0 <= kept[(i - 1) / 2].0);
        is_heap
            && kept.iter().all(|(weight, _)| weight.is_finite())
            && bound >= 0.0
            && (kept.len() == self.heap.len() || bound == f64::INFINITY)
    }

    /// Whether to take the point at this time; `growth` is e^decay.
    #[inline]
    pub(super) fn draw(&mut self, generator: &mut Generator, growth: f64, decayed: f64) -> Draw {
        self.bound *= growth;
        let u = generator.uniform();
        // E = -ln u is at least 1 - u: most points are refused without a logarithm.
        if 1.0 - u >= self.bound {
            return Draw::Refused;
        }
        let e = -libm::log(u.max(1e-17));
        if e >= self.bound {
            return Draw::Refused;
        }
        Draw::Taken(libm::log(e.max(1e-17)) - decayed)
    }

    /// The leaf that has to go before another point comes, if there is no room.
    pub(super) fn evicted(&self) -> Option<u16> {
        if self.kept == self.heap.len() { self.heap.first().map(|(_, leaf)| *leaf) } else { None }
    }

    /// Enters a point, in place of the evicted one where there is no room.
    pub(super) fn enter(&mut self, weight: f64, leaf: u16, decayed: f64) {
        if self.kept < self.heap.len() {
            let mut at = self.kept;
            self.kept += 1;
            self.heap[at] = (weight, leaf);
            while at > 0 && self.heap[(at - 1) / 2].0 < self.heap[at].0 {
                self.heap.swap(at, (at - 1) / 2);
                at = (at - 1) / 2;
            }
        } else {
            self.heap[0] = (weight, leaf);
            let mut at = 0;
            loop {
                let (left, right) = (2 * at + 1, 2 * at + 2);
                let mut largest = at;
                for child in [left, right] {
                    if child < self.kept && self.heap[child].0 > self.heap[largest].0 {
                        largest = child;
                    }
                }
                if largest == at {
                    break;
                }
                self.heap.swap(at, largest);
                at = largest;
            }
        }
        if self.kept == self.heap.len() {
            self.bound = libm::exp(self.heap[0].0 + decayed);
        }
    }
}
