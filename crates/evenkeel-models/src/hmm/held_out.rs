//! The number of states by what models say of rows that were kept from them.

use super::emission::Emission;
use super::fitted::HmmModel;
use super::hmm::Hmm;
use evenkeel_core::Error;

impl<E: Emission> Hmm<E> {
    /// The best of several numbers of states by held-out likelihood, fitted to everything in the end.
    ///
    /// Each sequence is cut into as many blocks of consecutive rows as there are folds, 2 to 50. For each
    /// fold a model is fitted with its blocks missing, and asked how probable their rows are given all
    /// others: the log-likelihood of everything less that without the blocks. Starts, floors and parameters
    /// come from the rows outside alone, so nothing of a block leaks into its model; that rows on both sides
    /// of a block say something of the states within is part of the question (block cross-validation of
    /// dependent data: Burman, Chow and Nolan 1994, Biometrika 81, 351-358). Blocks should be several
    /// dwell times long: folds that are too many ask only for interpolation. The largest sum over all folds
    /// wins, the first of several; numbers that are above that of the observed rows of a fold are left out.
    ///
    /// Every number of states costs one fit for each fold.
    ///
    /// ```
    /// use evenkeel_models::Hmm;
    ///
    /// let history: Vec<f64> = (0..400u32)
    ///     .map(|t| f64::from(t / 20 % 2) * 9.0 + f64::from(t * 7919 % 101) / 50.0)
    ///     .collect();
    /// let model = Hmm::new(1).choose_states_held_out(1..=2, 4, &[&history])?;
    /// assert_eq!(model.states(), 2);
    /// # Ok::<(), evenkeel_core::Error>(())
    /// ```
    ///
    /// # Errors
    /// See [`Hmm`](Self#errors-of-fit); if `folds` is not in 2 to 50, no number is left, or the held-out rows
    /// are impossible under every model; if the states are given by a structure or a model.
    pub fn choose_states_held_out(
        &self,
        states: impl IntoIterator<Item = usize>,
        folds: usize,
        sequences: &[&[f64]],
    ) -> Result<HmmModel<E>, Error> {
        self.require_free_states()?;
        Error::require((2..=50).contains(&folds), "folds", "in 2..=50", folds)?;
        let dimension = self.emission.dimension();
        Error::require(dimension >= 1, "dimension", "at least 1", dimension)?;
        let without: Vec<Vec<Vec<f64>>> = (0..folds)
            .map(|fold| sequences.iter().map(|rows| masked(rows, dimension, fold, folds)).collect())
            .collect();
        let mut best: Option<(f64, usize)> = None;
        let mut none = Error::parameter("states", "at least one number", "none");
        for states in states {
            match self.of_states(states).held_out(&without, sequences) {
                Ok(value) if value == f64::NEG_INFINITY => {
                    if best.is_none() {
                        none = Error::Numerical { what: "held-out rows are impossible under every model" };
                    }
                }
                Ok(value) => {
                    if best.is_none_or(|(most, _)| value > most) {
                        best = Some((value, states));
                    }
                }
                Err(short @ Error::TooShort { .. }) => none = short,
                Err(other) => return Err(other),
            }
        }
        let (_, states) = best.ok_or(none)?;
        self.of_states(states).fit_sequences(sequences)
    }

    /// The log-likelihood of all held-out blocks, each given everything else.
    fn held_out(&self, without: &[Vec<Vec<f64>>], sequences: &[&[f64]]) -> Result<f64, Error> {
        let mut sum = 0.0;
        for masked in without {
            let masked: Vec<&[f64]> = masked.iter().map(Vec::as_slice).collect();
            let model = self.fit_sequences(&masked)?;
            for (with, without) in sequences.iter().zip(&masked) {
                sum += model.log_likelihood(with)? - model.log_likelihood(without)?;
            }
        }
        // What was impossible without the block stays so with it.
        Ok(if sum.is_nan() { f64::NEG_INFINITY } else { sum })
    }
}

/// A sequence without one of its blocks.
fn masked(rows: &[f64], dimension: usize, fold: usize, folds: usize) -> Vec<f64> {
    let length = rows.len() / dimension;
    let (from, to) = (length * fold / folds, length * (fold + 1) / folds);
    let mut masked = rows.to_vec();
    masked[from * dimension..to * dimension].fill(f64::NAN);
    masked
}
