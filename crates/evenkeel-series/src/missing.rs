//! Missing values.

use alloc::vec::Vec;
use evenkeel_core::observed;

/// Keeps the rows in which no column and no response is missing, that is NaN.
pub(crate) fn complete_rows(columns: &mut [Vec<f64>], y: &mut Vec<f64>) {
    let whole: Vec<bool> =
        (0..y.len()).map(|i| !y[i].is_nan() && columns.iter().all(|column| !column[i].is_nan())).collect();
    for column in columns.iter_mut().chain(core::iter::once(y)) {
        let mut kept = whole.iter();
        column.retain(|_| kept.next().copied().unwrap_or(false));
    }
}

/// The values, with NaN for each that is missing.
pub(crate) fn missing_as_nan(values: &[f64]) -> Vec<f64> {
    values.iter().map(|x| observed(*x).unwrap_or(f64::NAN)).collect()
}
