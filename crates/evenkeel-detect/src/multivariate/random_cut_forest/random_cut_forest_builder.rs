//! Settings of a random cut forest.

use super::tree::MOST_LEAVES;
use evenkeel_core::Error;

/// Settings of a [`RandomCutForest`](crate::multivariate::RandomCutForest).
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[must_use]
pub struct RandomCutForestBuilder {
    pub(super) dimensions: usize,
    pub(super) shingle: usize,
    pub(super) trees: usize,
    pub(super) samples: usize,
    #[cfg_attr(feature = "serde", serde(with = "evenkeel_core::exact"))]
    decay: Option<f64>,
    pub(super) warm_up: usize,
    pub(super) expectations: bool,
    pub(super) seed: u64,
}

impl RandomCutForestBuilder {
    pub(super) fn new(dimensions: usize) -> Self {
        Self {
            dimensions,
            shingle: 8,
            trees: 50,
            samples: 256,
            decay: None,
            warm_up: 64,
            expectations: false,
            seed: 0,
        }
    }

    /// How many rows make a point, in \[1, 4096\], times the dimensions at most 4096. Default 8.
    pub fn shingle(mut self, rows: usize) -> Self {
        self.shingle = rows;
        self
    }

    /// How many trees, in \[1, 1000\]. Default 50.
    pub fn trees(mut self, trees: usize) -> Self {
        self.trees = trees;
        self
    }

    /// How many points a tree holds, in \[2, 16384\]. Default 256.
    pub fn samples(mut self, points: usize) -> Self {
        self.samples = points;
        self
    }

    /// By how much the logarithm of a point's weight falls with each later one, in \[0, 1\]; 0: all past
    /// points count alike. Default 0.1 / `samples`.
    pub fn decay(mut self, rate: f64) -> Self {
        self.decay = Some(rate);
        self
    }

    /// How many rows set the scale of the dimensions, 0 or in \[2, 10^5\]. Default 64; 0: the data are used
    /// as they are.
    pub fn warm_up(mut self, rows: usize) -> Self {
        self.warm_up = rows;
        self
    }

    /// Whether scores say what was expected. Default: no.
    pub fn expectations(mut self, wanted: bool) -> Self {
        self.expectations = wanted;
        self
    }

    /// The seed of the cuts and of the samples. Default 0.
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    pub(super) fn decay_in_force(&self) -> f64 {
        let samples = self.samples as f64;
        self.decay.unwrap_or(0.1 / samples)
    }

    pub(super) fn validate(&self) -> Result<(), Error> {
        let Self { dimensions, shingle, trees, samples, warm_up, .. } = *self;
        Error::require((1..=4096).contains(&dimensions), "dimensions", "in [1, 4096]", dimensions)?;
        Error::require(
            (1..=4096 / dimensions).contains(&shingle),
            "shingle",
            "in [1, 4096 / dimensions]",
            shingle,
        )?;
        Error::require((1..=1000).contains(&trees), "trees", "in [1, 1000]", trees)?;
        Error::require((2..=MOST_LEAVES).contains(&samples), "samples", "in [2, 16384]", samples)?;
        let decay = self.decay_in_force();
        Error::require((0.0..=1.0).contains(&decay), "decay", "in [0, 1]", decay)?;
        let rows = warm_up == 0 || (2..=100_000).contains(&warm_up);
        Error::require(rows, "warm_up", "0 or in [2, 10^5]", warm_up)?;
        let numbers = trees * samples * (dimensions * shingle).next_multiple_of(8);
        Error::require(
            numbers <= 1 << 28,
            "trees * samples * shingle * dimensions",
            "at most 2^28 (dimensions padded to eights)",
            numbers,
        )?;
        let numbers = warm_up * dimensions;
        Error::require(numbers <= 1 << 22, "warm_up * dimensions", "at most 2^22", numbers)
    }
}
