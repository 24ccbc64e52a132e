//! A column of numbers, contiguous or in the two pieces of a ring buffer.

use std::borrow::Cow;
use std::ops::Range;

/// A column: one piece, or the two pieces of a ring buffer, read one after the other.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Column<'a> {
    first: Cow<'a, [f64]>,
    second: &'a [f64],
}

impl<'a> Column<'a> {
    pub(crate) fn new(values: Cow<'a, [f64]>) -> Self {
        Self { first: values, second: &[] }
    }

    pub(crate) fn ring((first, second): (&'a [f64], &'a [f64])) -> Self {
        Self { first: Cow::Borrowed(first), second }
    }

    /// The same values, borrowed.
    pub(crate) fn view(&self) -> Column<'_> {
        Column { first: Cow::Borrowed(&self.first), second: self.second }
    }

    pub(crate) fn len(&self) -> usize {
        self.first.len() + self.second.len()
    }

    /// Both pieces of some rows; rows beyond the end are left out.
    pub(crate) fn rows(&self, rows: Range<usize>) -> (&[f64], &[f64]) {
        let cut = self.first.len();
        let piece = |values: &'_ [f64], offset: usize| {
            let clamp = |row: usize| row.saturating_sub(offset).min(values.len());
            clamp(rows.start)..clamp(rows.end).max(clamp(rows.start))
        };
        (&self.first[piece(&self.first, 0)], &self.second[piece(self.second, cut)])
    }

    pub(crate) fn iter(&self, rows: Range<usize>) -> impl Iterator<Item = f64> + '_ {
        let (first, second) = self.rows(rows);
        first.iter().chain(second).copied()
    }
}
