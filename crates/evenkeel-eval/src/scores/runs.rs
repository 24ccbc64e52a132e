//! Events as runs of anomalous rows.

/// The runs of rows that are true: first and last row of each.
///
/// ```
/// use evenkeel_eval::scores::runs;
/// assert_eq!(runs(&[true, false, true, true]), [(0, 0), (2, 3)]);
/// ```
#[must_use]
pub fn runs(rows: &[bool]) -> Vec<(usize, usize)> {
    let mut runs: Vec<(usize, usize)> = Vec::new();
    for (row, _) in rows.iter().enumerate().filter(|(_, set)| **set) {
        match runs.last_mut() {
            Some((_, last)) if *last + 1 == row => *last = row,
            _ => runs.push((row, row)),
        }
    }
    runs
}
