//! The scan statistic over combinations of attributes.

use super::cause::{AttributeCause, Combination};
use super::table::AttributeTable;
use core::cmp::Ordering;
use evenkeel_core::Error;

/// Combinations of attributes in which counts are off by a common factor: the default.
///
/// *When to use*: on counts (requests, errors) or quotients of counts (errors / requests), also with few events
/// in a row: unlike methods that look at the deviation of each row, a row counts by what it holds.
///
/// *Method*: M. Kulldorff, 1997, doi:10.1080/03610929708831995, over combinations instead of places. The score of a combination with
/// actual count x and expected count e is the log-likelihood ratio x ln(x/e) - x + e of Poisson counts whose rate is off by a
/// factor in it against none, less `penalty` nats an attribute. A combination that is too large dilutes the
/// factor, one that is too small misses events, so the ratio is largest at the true one. Only factors in the direction of
/// the whole change count. The expected count of a quotient's numerator is the actual denominator times the
/// forecast rate, which is drawn to the overall rate by the weight of `prior` units of the denominator.
/// The rows of the best are left out, and the next is a cause if its score is
/// at least `again` times the first's.
///
/// *Parameters*: `max_attributes` 3; `penalty` 2 nats; `prior` 20; `again` 0.5. *Score*: nats, from 0. *Missing
/// data*: rows with nothing expected and nothing there say nothing; a count where none was expected counts as if half
/// an event was. *Cost*: O(rows x combinations of attributes) a cause.
///
/// ```
/// use evenkeel_locate::attributes::{AttributeTable, ScanStatistic};
///
/// // Errors of requests, by version and region: what was forecast, and what came.
/// let table = AttributeTable::builder(["version", "region"])
///     .quotient(["1", "eu"], (2.0, 3.0), (100.0, 110.0))
///     .quotient(["1", "us"], (3.0, 2.0), (100.0, 100.0))
///     .quotient(["2", "eu"], (2.0, 40.0), (100.0, 90.0))
///     .quotient(["2", "us"], (2.0, 50.0), (100.0, 100.0))
///     .build()?;
/// let causes = ScanStatistic::new().locate(&table);
/// assert_eq!(causes.len(), 1);
/// assert_eq!(causes[0].combination.to_string(), "version=2");
/// # Ok::<(), evenkeel_core::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
#[must_use]
pub struct ScanStatistic {
    max_attributes: usize,
    penalty: f64,
    prior: f64,
    again: f64,
}

impl Default for ScanStatistic {
    fn default() -> Self {
        Self { max_attributes: 3, penalty: 2.0, prior: 20.0, again: 0.5 }
    }
}

impl ScanStatistic {
    /// With the default settings.
    pub fn new() -> Self {
        Self::default()
    }

    /// The largest number of attributes of a cause.
    ///
    /// # Errors
    /// [`Error::Parameter`] if it is 0.
    pub fn max_attributes(self, max_attributes: usize) -> Result<Self, Error> {
        Error::require(max_attributes > 0, "max_attributes", "at least 1", max_attributes)?;
        Ok(Self { max_attributes, ..self })
    }

    /// What an attribute costs, in nats.
    ///
    /// # Errors
    /// [`Error::Parameter`] if it is negative or not finite.
    pub fn penalty(self, penalty: f64) -> Result<Self, Error> {
        Error::require(penalty >= 0.0 && penalty.is_finite(), "penalty", "from 0, finite", penalty)?;
        Ok(Self { penalty, ..self })
    }

    /// The weight of the overall rate in the forecast rate of a row, in units of the denominator.
    ///
    /// # Errors
    /// [`Error::Parameter`] if it is negative or not finite.
    pub fn prior(self, prior: f64) -> Result<Self, Error> {
        Error::require(prior >= 0.0 && prior.is_finite(), "prior", "from 0, finite", prior)?;
        Ok(Self { prior, ..self })
    }

    /// From which share of the first's score on there are further causes; above 1 for a single one.
    ///
    /// # Errors
    /// [`Error::Parameter`] if it is not positive and finite.
    pub fn again(self, again: f64) -> Result<Self, Error> {
        Error::require(again > 0.0 && again.is_finite(), "again", "positive and finite", again)?;
        Ok(Self { again, ..self })
    }

    /// The causes, in the order in which they are found: with falling score.
    #[must_use]
    pub fn locate(&self, table: &AttributeTable) -> Vec<AttributeCause> {
        let counts = self.counts(table);
        let total = |of: fn(&(f64, f64)) -> f64| -> f64 { counts.iter().map(of).sum() };
        let is_rise = total(|(actual, _)| *actual) >= total(|(_, expected)| *expected);
        let mut left: Vec<usize> = (0..counts.len()).collect();
        let mut causes: Vec<AttributeCause> = Vec::new();
        while let Some((score, cuboid, key, combination)) = self.best(table, &counts, &left, is_rise) {
            if causes.first().is_some_and(|first| score < self.again * first.score) {
                break;
            }
            let (held, others) = left.iter().partition(|row| table.key(&cuboid, **row) == key);
            left = others;
            let held: Vec<usize> = held;
            causes.push(AttributeCause { combination, score, explained: table.explained(&held) });
        }
        causes
    }

    /// The actual and the expected count of each row.
    fn counts(&self, table: &AttributeTable) -> Vec<(f64, f64)> {
        let numerators = table.numerators();
        let Some(denominators) = table.denominators() else {
            return numerators.iter().map(|change| (change.actual, change.forecast)).collect();
        };
        let sum = |of: &[super::table::Change]| of.iter().map(|change| change.forecast).sum::<f64>();
        let overall = (sum(numerators) + 0.5) / (sum(denominators) + 1.0);
        let rows = numerators.iter().zip(denominators);
        rows.map(|(a, b)| {
            let weight = b.forecast + self.prior;
            let rate = if weight > 0.0 { (a.forecast + self.prior * overall) / weight } else { overall };
            (a.actual, b.actual * rate)
        })
        .collect()
    }

    /// The combination with the highest score above 0; of equal ones that with the fewest attributes, then by names.
    fn best(
        &self,
        table: &AttributeTable,
        counts: &[(f64, f64)],
        left: &[usize],
        is_rise: bool,
    ) -> Option<(f64, Vec<usize>, Vec<usize>, Combination)> {
        let mut best: Option<(f64, Vec<usize>, Vec<usize>)> = None;
        for layer in 1..=table.attributes().len().min(self.max_attributes) {
            for cuboid in table.cuboids(layer) {
                for (key, members) in table.group(&cuboid, left) {
                    let (actual, expected) = members.iter().fold((0.0, 0.0), |(x, e), row| {
                        let (actual, expected) = counts[*row];
                        (x + actual, e + expected)
                    });
                    if (actual > expected) != is_rise {
                        continue;
                    }
                    let score = log_likelihood_ratio(actual, expected) - self.penalty * layer as f64;
                    // What differs by rounding alone is equal.
                    let least = best.as_ref().map_or(0.0, |best| best.0 * (1.0 + 1e-9));
                    if score > least {
                        best = Some((score, cuboid.clone(), key));
                    }
                }
            }
        }
        best.map(|(score, cuboid, key)| {
            let combination = table.combination(&cuboid, &key);
            (score, cuboid, key, combination)
        })
    }
}

fn log_likelihood_ratio(actual: f64, expected: f64) -> f64 {
    let expected = if expected > 0.0 { expected } else { 0.5 };
    match actual.partial_cmp(&0.0) {
        Some(Ordering::Greater) => actual * libm::log(actual / expected) - actual + expected,
        _ => expected,
    }
}
