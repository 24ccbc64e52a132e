//! Quantile normalization: to a uniform or normal distribution, by ranks.

use alloc::vec::Vec;
use evenkeel_core::{Error, Fit, Stage, gaussian, observed};

/// The most knots: 1 MB of state.
const MOST: usize = 1 << 16;

/// Normalization of values to a common distribution, learned from a history by [`fit`](Fit::fit): each
/// becomes its rank in the history, as a share in (0,
/// 1) or as the number of standard deviations at which a normal distribution has that rank.
///
/// *For* values of any shape (latencies, sizes, counts) that are to be compared, or given to methods for
/// normal values. *Not for* uses that need linearity: differences of normalized values have no meaning. It is
/// the quantile normalization of B. M. Bolstad, R. A. Irizarry, M. Åstrand, T. P. Speed, Bioinformatics 19
/// (2003) 185-193, doi:10.1093/bioinformatics/19.2.185, against a given distribution, and B. L. van der
/// Waerden's normal scores.
///
/// ```
/// use evenkeel_core::{Fit, Stage};
/// use evenkeel_series::transform::QuantileNormalization;
///
/// // Latencies with a long tail.
/// let history: Vec<f64> = (1..1000).map(|i| 0.02 * (1.0 / (1.0 - f64::from(i) / 1000.0))).collect();
/// let mut normal = QuantileNormalization::normal().fit(&history[..])?;
/// assert!(normal.update(0.04).unwrap().abs() < 1e-9, "the median");
/// assert!((normal.update(0.02 / 0.025).unwrap() - 1.96).abs() < 0.01, "of 2.5 % the slowest");
/// let z = normal.update(0.1).unwrap();
/// assert!((normal.invert(z).unwrap() - 0.1).abs() < 1e-12);
/// # Ok::<(), evenkeel_core::Error>(())
/// ```
///
/// *Method*: the observed values of the history in order give the knots (value, rank), the i-th of n having
/// the rank (i - 1/2) / n, equal ones the mean of theirs, and at most as many of them as
/// [`knots`](Self::knots) says (1000 by default), evenly over the ranks: an error of a thousandth of a rank
/// for 16 KB. Between knots there is a straight line, and beyond the first and the last one it goes on with
/// the slope of the line from one to the other. So it rises strictly everywhere and can be inverted, but
/// shares beyond the history lie outside of (0, 1).
///
/// *Missing* values of the history are left out. O(n log n) time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use]
pub struct QuantileNormalization {
    knots: usize,
    normal: bool,
}

impl QuantileNormalization {
    /// To the uniform distribution on (0, 1).
    pub const fn uniform() -> Self {
        Self { knots: 1000, normal: false }
    }

    /// To the standard normal distribution.
    pub const fn normal() -> Self {
        Self { knots: 1000, normal: true }
    }

    /// How many knots are kept at most, 2 to 65536.
    pub const fn knots(mut self, most: usize) -> Self {
        self.knots = most;
        self
    }
}

impl Fit<[f64]> for QuantileNormalization {
    type Fitted = QuantileNormalizer;

    /// # Errors
    /// [`Error::Parameter`] if the number of knots is out of range, [`Error::TooShort`] below two observed
    /// values, [`Error::Numerical`] if they are all equal.
    fn fit(&self, history: &[f64]) -> Result<QuantileNormalizer, Error> {
        Error::require((2..=MOST).contains(&self.knots), "knots", "in 2..=65536", self.knots)?;
        let mut values: Vec<f64> = history.iter().filter_map(|x| observed(*x)).map(|x| x + 0.0).collect();
        let n = values.len();
        if n < 2 {
            return Err(Error::TooShort { needed: 2, got: n });
        }
        values.sort_unstable_by(f64::total_cmp);
        let mut ranks: Vec<(f64, f64)> = Vec::new();
        let mut below = 0;
        for equal in values.chunk_by(|a, b| a == b) {
            ranks.push((equal[0], (below as f64 + 0.5 * equal.len() as f64) / n as f64));
            below += equal.len();
        }
        let [first, .., last] = ranks[..] else {
            return Err(Error::Numerical { what: "the ranks: the history has no spread" });
        };
        if ranks.len() > self.knots {
            // The first one at or after each of the evenly spaced ranks.
            let apart = (last.1 - first.1) / (self.knots - 1) as f64;
            let mut kept = 0;
            ranks.retain(|(_, rank)| {
                let wanted = first.1 + apart * kept as f64;
                let keep = *rank >= wanted || *rank == last.1;
                if keep {
                    // One may represent several of them.
                    while kept < self.knots && first.1 + apart * kept as f64 <= *rank {
                        kept += 1;
                    }
                }
                keep
            });
        }
        let (values, targets) = ranks
            .into_iter()
            .map(|(x, rank)| (x, if self.normal { gaussian::lower_quantile(rank) } else { rank }))
            .unzip();
        QuantileNormalizer::new(values, targets)
    }
}

evenkeel_core::state! {
    /// Normalizes a stream to the distribution that [`QuantileNormalization`] learned.
    ///
    /// A stage without memory: no output for a missing value, or where the result would not count as
    /// [`observed`]. O(log knots) time, 16 bytes a knot.
    #[derive(Debug, Clone, PartialEq)]
    pub struct QuantileNormalizer("QuantileNormalizer@1") {
        /// Strictly rising, like `targets`.
        values: Vec<f64>,
        targets: Vec<f64>,
    }
}

impl QuantileNormalizer {
    fn new(values: Vec<f64>, targets: Vec<f64>) -> Result<Self, Error> {
        let own = Self { values, targets };
        own.validate()?;
        Ok(own)
    }

    fn validate(&self) -> Result<(), Error> {
        let Self { values, targets } = self;
        let n = values.len();
        Error::require((2..=MOST).contains(&n), "knots", "in 2..=65536", n)?;
        Error::require(targets.len() == n, "targets", "as many as values", targets.len())?;
        let rises = |knots: &[f64], most: f64| {
            knots.iter().all(|x| x.abs() <= most) && knots.windows(2).all(|pair| pair[0] < pair[1])
        };
        let sound = rises(values, 1e100) && rises(targets, 100.0);
        Error::require(sound, "knots", "observed and strictly rising", "not so")
    }

    /// How many knots it has.
    #[must_use]
    pub fn knots(&self) -> usize {
        self.values.len()
    }

    /// The normalized value; `None` for a missing one.
    #[must_use]
    pub fn apply(&self, x: f64) -> Option<f64> {
        follow(&self.values, &self.targets, observed(x)?)
    }

    /// Back to the units of the data; `None` for a missing value.
    #[must_use]
    pub fn invert(&self, z: f64) -> Option<f64> {
        follow(&self.targets, &self.values, observed(z)?)
    }
}

/// Linear interpolation from knot to knot, both rising.
fn follow(from: &[f64], to: &[f64], x: f64) -> Option<f64> {
    let last = from.len() - 1;
    let above = from.partition_point(|knot| *knot < x);
    if above <= last && from[above] == x {
        return Some(to[above]);
    }
    let (a, b) = if above == 0 || above > last { (0, last) } else { (above - 1, above) };
    let share = (x - from[a]) / (from[b] - from[a]);
    observed(to[a] + share * (to[b] - to[a]))
}

impl Stage<f64> for QuantileNormalizer {
    type Output = f64;

    fn update(&mut self, x: f64) -> Option<f64> {
        self.apply(x)
    }

    fn reset(&mut self) {}
}
