//! Bonferroni combination of two calibrators.

#[cfg(feature = "serde")]
use alloc::string::String;
use evenkeel_core::{Calibrated, Score, Stage};

/// Combines two calibrators of the same score under one budget: p is twice the smaller of their p-values
/// (Bonferroni).
///
/// *When*: to notice single spikes and shifts that last: a [`RankCusum`](crate::calibrate::RankCusum) and a
/// [`Spot`](crate::calibrate::Spot), each built with half of the risk.
///
/// *Method*: whatever the dependence of both, P(2 min(p, q) <= a) <= P(p <= a / 2) + P(q <= a / 2) <= a
/// (Bonferroni's inequality; O. J. Dunn, Multiple comparisons among means, Journal of the American
/// Statistical Association 56 (1961) 52-64, doi:10.1080/01621459.1961.10482090).
///
/// *Output*: from the first opinion of either on; with one alone twice its p-value. *Cost*, *state*: those of
/// both.
///
/// ```
/// use evenkeel_core::Stage;
/// use evenkeel_detect::adapt::ValueAsScore;
/// use evenkeel_detect::calibrate::Bonferroni;
/// use evenkeel_detect::{RankCusum, Spot};
///
/// let risk = 1e-4;
/// let both = Bonferroni::new(RankCusum::builder(risk / 2.0).build()?, Spot::builder(risk / 2.0).calibration(2000).build()?);
/// let mut line = ValueAsScore.then(both);
/// let noise = |i: u64| -((i.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 11) as f64 / (1u64 << 53) as f64).ln();
/// (1..=5000).for_each(|i| drop(line.update(noise(i)).map(|c| c.p())));
/// assert!(line.update(40.0).unwrap().p() < risk); // a single spike, which no rank could carry
/// # Ok::<(), evenkeel_core::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Bonferroni<A, B> {
    first: A,
    second: B,
}

impl<A, B> Bonferroni<A, B> {
    /// Combines both; each should be built with half of the risk.
    pub fn new(first: A, second: B) -> Self {
        Self { first, second }
    }

    /// The first calibrator in its present state.
    pub fn first(&self) -> &A {
        &self.first
    }

    /// The second calibrator in its present state.
    pub fn second(&self) -> &B {
        &self.second
    }
}

impl<A, B> Stage<Score> for Bonferroni<A, B>
where
    A: Stage<Score, Output = Calibrated>,
    B: Stage<Score, Output = Calibrated>,
{
    type Output = Calibrated;

    fn update(&mut self, score: Score) -> Option<Calibrated> {
        let (first, second) = (self.first.update(score), self.second.update(score));
        let least = match (first, second) {
            (Some(first), Some(second)) => first.p().min(second.p()),
            (one, other) => one.or(other)?.p(),
        };
        Some(Calibrated::clamped(2.0 * least, score))
    }

    fn reset(&mut self) {
        self.first.reset();
        self.second.reset();
    }
}

#[cfg(feature = "serde")]
impl<A: evenkeel_core::Snapshot, B: evenkeel_core::Snapshot> evenkeel_core::Snapshot for Bonferroni<A, B> {
    fn schema() -> String {
        alloc::format!("Bonferroni@1<{},{}>", A::schema(), B::schema())
    }
}
