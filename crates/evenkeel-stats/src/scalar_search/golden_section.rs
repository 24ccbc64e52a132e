//! Golden section search.

/// One over the golden ratio.
const GOLDEN: f64 = 0.618_033_988_749_894_9;

/// The end of a [`golden_section`]: the last bracket, and the last two points inside it with what was found
/// there.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct GoldenSection<T> {
    /// The lower end of the bracket.
    pub low: f64,
    /// The upper end of the bracket.
    pub high: f64,
    /// The lower of the two points inside, and its value.
    pub left: (f64, T),
    /// The upper of the two points inside, and its value.
    pub right: (f64, T),
}

/// Narrows `[low, high]` around the optimum of a unimodal function, `steps` times by the factor 0.618.
///
/// `left_is_better` compares the values at two points inside and says which part is kept: with
/// `|a, b| a <= b` the function is minimized, with `|a, b| a >= b` maximized. Values may be of any type, so
/// that whatever an evaluation computes on the way can be kept. `steps + 2` evaluations. The ends themselves
/// are never evaluated: where the optimum may be at an end, compare with it.
///
/// *Method*: J. Kiefer, Sequential minimax search for a maximum, Proceedings of the AMS 4 (1953) 502-506,
/// doi:10.1090/S0002-9939-1953-0055639-3.
///
/// ```
/// use evenkeel_stats::scalar_search::golden_section;
///
/// let found = golden_section(0.0, 5.0, 40, |x| (x - 2.0_f64).abs(), |a, b| a <= b);
/// assert!((found.left.0 - 2.0).abs() < 1e-7 && found.high - found.low < 1e-7);
/// ```
#[inline]
pub fn golden_section<T>(
    mut low: f64,
    mut high: f64,
    steps: u32,
    mut evaluate: impl FnMut(f64) -> T,
    left_is_better: impl Fn(&T, &T) -> bool,
) -> GoldenSection<T> {
    let (mut x, mut y) = (high - GOLDEN * (high - low), low + GOLDEN * (high - low));
    let (mut at_x, mut at_y) = (evaluate(x), evaluate(y));
    for _ in 0..steps {
        if left_is_better(&at_x, &at_y) {
            (high, y, at_y) = (y, x, at_x);
            x = high - GOLDEN * (high - low);
            at_x = evaluate(x);
        } else {
            (low, x, at_x) = (x, y, at_y);
            y = low + GOLDEN * (high - low);
            at_y = evaluate(y);
        }
    }
    GoldenSection { low, high, left: (x, at_x), right: (y, at_y) }
}
