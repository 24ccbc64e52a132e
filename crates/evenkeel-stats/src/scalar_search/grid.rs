//! The best point of a regular grid, and the bracket that its neighbors are.

/// The best point of a grid and its neighbors.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct GridBracket<T> {
    /// The grid point before the best one, or the best one where it is the first.
    pub low: f64,
    /// The best grid point, and its value. Of equally good ones, the first.
    pub best: (f64, T),
    /// The grid point after the best one, or the best one where it is the last.
    pub high: f64,
}

/// Evaluates a function at `steps + 1` evenly spaced points from `low` to `high`, ends included, and brackets
/// the best of them.
///
/// `is_better` says whether its first argument is strictly better than its second: `|a, b| a < b` minimizes.
/// With 0 steps only `low` is evaluated. For functions with more than one optimum; refine what it gives by
/// [`golden_section`](super::golden_section) or [`brent_minimum`](super::brent_minimum).
///
/// ```
/// use evenkeel_stats::scalar_search::bracket_on_grid;
///
/// let bracket = bracket_on_grid(0.0, 10.0, 20, |x| (x - 7.1_f64).powi(2), |a, b| a < b);
/// assert_eq!((bracket.low, bracket.best.0, bracket.high), (6.5, 7.0, 7.5));
/// ```
#[inline]
pub fn bracket_on_grid<T>(
    low: f64,
    high: f64,
    steps: u32,
    mut evaluate: impl FnMut(f64) -> T,
    is_better: impl Fn(&T, &T) -> bool,
) -> GridBracket<T> {
    let point = |i: u32| if i == 0 { low } else { low + (high - low) * f64::from(i) / f64::from(steps) };
    let (mut place, mut best) = (0, evaluate(point(0)));
    for i in 1..=steps {
        let here = evaluate(point(i));
        if is_better(&here, &best) {
            (place, best) = (i, here);
        }
    }
    GridBracket {
        low: point(place.saturating_sub(1)),
        best: (point(place), best),
        high: point(place.saturating_add(1).min(steps)),
    }
}
