//! What the expectation step finds.

/// Expected counts over all sequences, and the log-likelihood.
#[derive(Debug, Clone)]
pub(super) struct Expected {
    pub(super) initial: Vec<f64>,
    pub(super) transitions: Vec<f64>,
    pub(super) log_likelihood: f64,
}

impl Expected {
    pub(super) fn new(states: usize) -> Self {
        Self { initial: vec![0.0; states], transitions: vec![0.0; states * states], log_likelihood: 0.0 }
    }

    pub(super) fn add(&mut self, other: &Self) {
        self.initial.iter_mut().zip(&other.initial).for_each(|(a, b)| *a += b);
        self.transitions.iter_mut().zip(&other.transitions).for_each(|(a, b)| *a += b);
        self.log_likelihood += other.log_likelihood;
    }
}
