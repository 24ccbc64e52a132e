//! A sliding window that never subtracts.

use alloc::vec;
use alloc::vec::Vec;
use evenkeel_core::{Error, observed};

/// A summary of consecutive values, which can be merged with that of the values after them: a monoid. The
/// empty summary is neutral.
pub(super) trait Summary: Clone {
    /// The summary of no value.
    fn empty() -> Self;

    /// The summary of one value.
    fn of(x: f64) -> Self;

    /// The summary of these values and those after them.
    fn merge(&self, later: &Self) -> Self;

    /// The number of values.
    fn count(&self) -> u64;
}

/// The newest values and a summary of them.
///
/// Values are written into a block of the window's length. When the block is full, the summaries of all its
/// suffixes are made once; from then on the window is a suffix of the last block and a prefix of the current
/// one, and its summary is a merge of the two. That is O(1) a value on average, and nothing is ever
/// subtracted: a value that left the window leaves no rounding error behind.
///
/// (The idea is the van Herk/Gil-Werman filter, Pattern Recognition Letters 13 (1992) 517,
/// doi:10.1016/0167-8655(92)90069-C, for any associative summary.)
#[derive(Debug, Clone)]
pub(super) struct Window<A> {
    min_periods: usize,
    /// Up to `next` of the current block, from there on of the last one; NaN where missing, or before the
    /// first value.
    values: Vec<f64>,
    next: usize,
    /// Of `values[i..]`; valid from `next` on.
    suffixes: Vec<A>,
    prefix: A,
}

/// The longest window: 16,777,216 values.
pub(super) const LONGEST: usize = 1 << 24;

impl<A: Summary> Window<A> {
    pub(super) fn new(window: usize, min_periods: usize) -> Result<Self, Error> {
        Error::require((1..=LONGEST).contains(&window), "window", "in 1..=16777216", window)?;
        Error::require(
            (1..=window).contains(&min_periods),
            "min_periods",
            "at least 1 and at most the window",
            min_periods,
        )?;
        Ok(Self {
            min_periods,
            values: vec![f64::NAN; window],
            next: 0,
            suffixes: vec![A::empty(); window],
            prefix: A::empty(),
        })
    }

    pub(super) fn reset(&mut self) {
        self.values.fill(f64::NAN);
        self.suffixes.fill(A::empty());
        self.next = 0;
        self.prefix = A::empty();
    }

    /// Takes a value, and drops the oldest; gives the summary if enough values are observed.
    #[inline]
    pub(super) fn push(&mut self, x: f64) -> Option<A> {
        let x = observed(x);
        self.values[self.next] = x.unwrap_or(f64::NAN);
        if let Some(x) = x {
            self.prefix = self.prefix.merge(&A::of(x));
        }
        self.next += 1;
        if self.next == self.values.len() {
            self.next = 0;
            self.summarize_suffixes();
            self.prefix = A::empty();
        }
        let summary = self.suffixes[self.next].merge(&self.prefix);
        usize::try_from(summary.count()).is_ok_and(|count| count >= self.min_periods).then_some(summary)
    }

    fn summarize_suffixes(&mut self) {
        let mut suffix = A::empty();
        for (value, place) in self.values[self.next..].iter().zip(&mut self.suffixes[self.next..]).rev() {
            if !value.is_nan() {
                suffix = A::of(*value).merge(&suffix);
            }
            *place = suffix.clone();
        }
    }

    pub(super) fn length(&self) -> usize {
        self.values.len()
    }

    pub(super) fn min_periods(&self) -> usize {
        self.min_periods
    }
}

/// Summaries follow from the values.
impl<A> PartialEq for Window<A> {
    fn eq(&self, other: &Self) -> bool {
        let bits = |values: &[f64]| values.iter().map(|value| value.to_bits()).collect::<Vec<_>>();
        self.min_periods == other.min_periods
            && self.next == other.next
            && bits(&self.values) == bits(&other.values)
    }
}

/// What is saved of a window: the values. The summaries follow from them, bit for bit.
#[cfg(feature = "serde")]
impl<A: Summary> Window<A> {
    pub(super) fn saved(&self) -> (usize, Vec<f64>, usize) {
        (self.min_periods, self.values.clone(), self.next)
    }

    pub(super) fn restored(min_periods: usize, values: Vec<f64>, next: usize) -> Result<Self, Error> {
        let mut window = Self::new(values.len(), min_periods)?;
        Error::require(next < values.len(), "next", "inside the window", next)?;
        for (place, value) in window.values.iter_mut().zip(values) {
            *place = observed(value).unwrap_or(f64::NAN);
        }
        window.next = next;
        window.summarize_suffixes();
        for value in &window.values[..window.next] {
            if !value.is_nan() {
                window.prefix = window.prefix.merge(&A::of(*value));
            }
        }
        Ok(window)
    }
}
