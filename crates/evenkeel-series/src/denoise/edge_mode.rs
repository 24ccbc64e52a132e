//! Values beyond the ends of a series.

use alloc::vec::Vec;
use evenkeel_core::Error;

/// The values that a centered filter assumes before the first value and after the last.
///
/// For the values `a b c d`:
#[derive(Debug, Clone, Copy, PartialEq, Default)]
#[non_exhaustive]
pub enum EdgeMode {
    /// None: the filter uses the values that are there, each filter in its own way. It invents no values and
    /// has no bias towards any.
    #[default]
    Natural,
    /// The value at the end, repeated: `a a | a b c d | d d`. For levels.
    Nearest,
    /// The values mirrored, the end itself not repeated: `c b | a b c d | c b`. Keeps levels and flattens
    /// slopes.
    Mirror,
    /// The values of the other end: `c d | a b c d | a b`. For whole periods of a season.
    Wrap,
    /// This value; 0 for signals that are zero before and after.
    Constant(f64),
}

impl EdgeMode {
    pub(super) fn validate(self) -> Result<(), Error> {
        match self {
            Self::Constant(x) => {
                Error::require(evenkeel_core::observed(x).is_some(), "edges", "finite and at most 1e100", x)
            }
            _ => Ok(()),
        }
    }

    /// At least one value, with `reach` more on each side; missing ones if there is nothing.
    pub(super) fn extended(self, values: &[f64], reach: usize) -> Vec<f64> {
        let n = values.len();
        let place = |i: usize| -> f64 {
            if (reach..reach + n).contains(&i) {
                return values[i - reach];
            }
            match self {
                Self::Natural => f64::NAN,
                Self::Constant(x) => x,
                Self::Nearest => values[i.saturating_sub(reach).min(n - 1)],
                // Counted from the first value on, with whole periods added so that it doesn't fall below 0.
                Self::Wrap => values[(i + n * reach.div_ceil(n) - reach) % n],
                Self::Mirror if n == 1 => values[0],
                Self::Mirror => {
                    let period = 2 * (n - 1);
                    let turn = (i + period * reach.div_ceil(period) - reach) % period;
                    values[turn.min(period - turn)]
                }
            }
        };
        (0..n + 2 * reach).map(place).collect()
    }
}
