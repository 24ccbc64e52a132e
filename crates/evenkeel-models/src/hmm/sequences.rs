//! Finished sequences of rows, checked and with what is missing marked.

use evenkeel_core::{Error, observed};

/// Rows of several sequences, one behind the other; every missing coordinate is NaN.
#[derive(Debug)]
pub(super) struct Sequences {
    pub(super) dimension: usize,
    pub(super) rows: Vec<f64>,
    /// Rows without an observed coordinate.
    pub(super) missing: Vec<bool>,
    pub(super) lengths: Vec<usize>,
}

impl Sequences {
    pub(super) fn new(sequences: &[&[f64]], dimension: usize) -> Result<Self, Error> {
        let values = sequences.iter().map(|s| s.len()).sum();
        let mut rows = Vec::with_capacity(values);
        let mut lengths = Vec::with_capacity(sequences.len());
        for sequence in sequences {
            if !sequence.len().is_multiple_of(dimension) {
                let expected = sequence.len().div_ceil(dimension) * dimension;
                return Err(Error::Shape { what: "sequence", expected, found: sequence.len() });
            }
            lengths.push(sequence.len() / dimension);
            rows.extend(sequence.iter().map(|x| observed(*x).unwrap_or(f64::NAN)));
        }
        let missing = rows.chunks_exact(dimension).map(|row| row.iter().all(|x| x.is_nan())).collect();
        Ok(Self { dimension, rows, missing, lengths })
    }

    /// Rows with an observed coordinate.
    pub(super) fn observed(&self) -> usize {
        self.missing.iter().filter(|m| !**m).count()
    }

    pub(super) fn longest(&self) -> usize {
        self.lengths.iter().copied().max().unwrap_or(0)
    }

    /// The first row of each sequence, its rows, and which are missing.
    pub(super) fn iter(&self) -> impl Iterator<Item = (usize, &[f64], &[bool])> {
        let mut first = 0;
        self.lengths.iter().map(move |length| {
            let from = first;
            first += length;
            let rows = &self.rows[from * self.dimension..first * self.dimension];
            (from, rows, &self.missing[from..first])
        })
    }
}
