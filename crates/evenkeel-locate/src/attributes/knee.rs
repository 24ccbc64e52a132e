//! The knee of a curve.

/// The place of the first knee of an increasing concave curve over an even grid (V. Satopaa, J. Albrecht, D. Irwin, B. Raghavan,
/// 2011, doi:10.1109/ICDCSW.2011.20, with sensitivity 1): where its distance from the diagonal falls
/// below a local maximum by more than a step. `None` if there is none.
pub(super) fn knee(curve: &[f64]) -> Option<usize> {
    let n = curve.len();
    let low = curve.iter().copied().fold(f64::INFINITY, f64::min);
    let high = curve.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    if n < 3 || high <= low {
        return None;
    }
    let step = 1.0 / (n - 1) as f64;
    let above: Vec<f64> =
        curve.iter().enumerate().map(|(i, y)| (y - low) / (high - low) - i as f64 * step).collect();
    // The ends have themselves for neighbors, as in the published implementation.
    let neighbors = |i: usize| (above[i.saturating_sub(1)], above[(i + 1).min(n - 1)]);
    let is_peak = |i: usize| above[i] >= neighbors(i).0 && above[i] >= neighbors(i).1;
    let is_valley = |i: usize| above[i] <= neighbors(i).0 && above[i] <= neighbors(i).1;
    let mut found: Option<(usize, f64)> = None;
    for i in 0..n - 1 {
        if is_peak(i) {
            found = Some((i, above[i] - step));
        }
        if let Some((place, threshold)) = &mut found {
            if is_valley(i) {
                *threshold = 0.0;
            }
            if above[i + 1] < *threshold {
                return Some(*place);
            }
        }
    }
    None
}
