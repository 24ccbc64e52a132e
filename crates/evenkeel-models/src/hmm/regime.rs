//! What the online filter says.

/// The state a system is in most probably, given everything so far; from
/// [`HmmFilter`](crate::hmm::HmmFilter).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Regime {
    pub(super) state: usize,
    pub(super) probability: f64,
}

impl Regime {
    /// The state, counted from 0; fitted states are in the order of their means.
    #[must_use]
    pub fn state(&self) -> usize {
        self.state
    }

    /// Its probability.
    #[must_use]
    pub fn probability(&self) -> f64 {
        self.probability
    }
}
