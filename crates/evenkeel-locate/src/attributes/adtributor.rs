//! Adtributor.

use super::table::{AttributeTable, Change};
use core::cmp::Ordering;
use evenkeel_core::{Error, Name};

/// The attribute whose values' shares of a measure have changed most surprisingly, and those of its values that
/// explain the change.
///
/// *When to use*: when the cause is known to lie in a single attribute. [`ScanStatistic`](super::ScanStatistic)
/// finds combinations.
///
/// *Method*: R. Bhagwan et al., NSDI 2014 (no DOI; usenix.org/conference/nsdi14). For each attribute, values are taken in falling surprise,
/// the summand of the Jensen-Shannon divergence between forecast and actual shares (natural
/// logarithm), if their explanatory power is above `element_power`, until together they explain more than `total_power`; attributes
/// that get there are candidates, by falling surprise of their values. For a quotient, surprise is the sum of
/// numerator's and denominator's, explanatory power the partial derivative as there, scaled to a sum of 1.
///
/// *Parameters*: `total_power` 0.67, `element_power` 0.1, both shares as the authors have them. *Missing data*:
/// where the whole has not changed nothing is explained, and there is no candidate. *Cost*: O(rows
/// attributes log rows).
///
/// ```
/// use evenkeel_locate::attributes::{Adtributor, AttributeTable};
///
/// let table = AttributeTable::builder(["country"]).row(["de"], 50.0, 50.0).row(["fr"], 50.0, 10.0).build()?;
/// let candidates = Adtributor::new().locate(&table);
/// assert_eq!((candidates[0].attribute.as_str(), candidates[0].values[0].value.as_str()), ("country", "fr"));
/// # Ok::<(), evenkeel_core::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
#[must_use]
pub struct Adtributor {
    total_power: f64,
    element_power: f64,
}

/// An attribute that may explain a change.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct AdtributorCandidate {
    /// The attribute.
    pub attribute: Name,
    /// Its values that explain the change, in falling surprise.
    pub values: Vec<ValueShare>,
    /// The sum of their surprise.
    pub surprise: f64,
    /// The sum of their explanatory power.
    pub explanatory_power: f64,
}

/// A value of an attribute, and its part in a change.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct ValueShare {
    /// The value.
    pub value: Name,
    /// Its share of the whole change.
    pub explanatory_power: f64,
    /// How surprisingly its share of the measure has changed.
    pub surprise: f64,
}

impl Default for Adtributor {
    fn default() -> Self {
        Self { total_power: 0.67, element_power: 0.1 }
    }
}

impl Adtributor {
    /// With the authors' settings.
    pub fn new() -> Self {
        Self::default()
    }

    /// What the values of an attribute have to explain together, and each of them.
    ///
    /// # Errors
    /// [`Error::Parameter`] if one is not in [0, 1].
    pub fn powers(self, total_power: f64, element_power: f64) -> Result<Self, Error> {
        Error::require((0.0..=1.0).contains(&total_power), "total_power", "in [0, 1]", total_power)?;
        Error::require((0.0..=1.0).contains(&element_power), "element_power", "in [0, 1]", element_power)?;
        Ok(Self { total_power, element_power })
    }

    /// The attributes that may explain the change, the most surprising first, then by name.
    #[must_use]
    pub fn locate(&self, table: &AttributeTable) -> Vec<AdtributorCandidate> {
        let candidate = |attribute: usize| {
            let mut shares = Self::shares(table, attribute);
            shares.sort_by(|a, b| b.surprise.total_cmp(&a.surprise));
            let (mut values, mut power, mut surprise) = (Vec::new(), 0.0, 0.0);
            for share in shares.into_iter().filter(|share| share.explanatory_power > self.element_power) {
                power += share.explanatory_power;
                surprise += share.surprise;
                values.push(share);
                if power > self.total_power {
                    let attribute = table.attributes()[attribute].clone();
                    return Some(AdtributorCandidate {
                        attribute,
                        values,
                        surprise,
                        explanatory_power: power,
                    });
                }
            }
            None
        };
        let mut candidates: Vec<_> = (0..table.attributes().len()).filter_map(candidate).collect();
        candidates.sort_by(|a, b| match b.surprise.total_cmp(&a.surprise) {
            Ordering::Equal => a.attribute.cmp(&b.attribute),
            order => order,
        });
        candidates
    }

    /// The part of each value of an attribute, by its place in the table, in order of names. Explanatory powers are NaN or
    /// infinite where the whole has not changed.
    ///
    /// # Errors
    /// [`Error::Parameter`] if there is no such attribute.
    pub fn values(&self, table: &AttributeTable, attribute: usize) -> Result<Vec<ValueShare>, Error> {
        let n = table.attributes().len();
        Error::require(attribute < n, "attribute", "that of the table", attribute)?;
        Ok(Self::shares(table, attribute))
    }

    fn shares(table: &AttributeTable, attribute: usize) -> Vec<ValueShare> {
        let sums = |of: &[Change]| -> Vec<Change> {
            let mut sums = vec![Change::default(); table.values(attribute).len()];
            for (row, change) in of.iter().enumerate() {
                let sum = &mut sums[table.code(row, attribute)];
                *sum = Change::sum([*sum, *change].iter());
            }
            sums
        };
        let a = sums(table.numerators());
        let whole = Change::sum(a.iter());
        let mut surprises: Vec<f64> = a.iter().map(|part| surprise(*part, whole)).collect();
        let powers: Vec<f64> = match table.denominators() {
            None => {
                a.iter().map(|part| (part.actual - part.forecast) / (whole.actual - whole.forecast)).collect()
            }
            Some(denominators) => {
                let b = sums(denominators);
                let whole_b = Change::sum(b.iter());
                for (sum, part) in surprises.iter_mut().zip(&b) {
                    *sum += surprise(*part, whole_b);
                }
                let power = |(a, b): (&Change, &Change)| {
                    let by = b.actual - b.forecast;
                    ((a.actual - a.forecast) * whole_b.forecast - by * whole.forecast)
                        / (whole_b.forecast * (whole_b.forecast + by))
                };
                let powers: Vec<f64> = a.iter().zip(&b).map(power).collect();
                let sum: f64 = powers.iter().sum();
                powers.into_iter().map(|power| power / sum).collect()
            }
        };
        let parts = table.values(attribute).iter().zip(powers).zip(surprises);
        parts
            .map(|((value, explanatory_power), surprise)| ValueShare {
                value: value.clone(),
                explanatory_power,
                surprise,
            })
            .collect()
    }
}

/// The summand of the Jensen-Shannon divergence.
fn surprise(part: Change, whole: Change) -> f64 {
    let share = |x: f64, sum: f64| if sum == 0.0 { 0.0 } else { x / sum };
    let (p, q) = (share(part.forecast, whole.forecast), share(part.actual, whole.actual));
    let term = |x: f64| if x == 0.0 { 0.0 } else { x * libm::log(2.0 * x / (p + q)) };
    0.5 * (term(p) + term(q))
}
