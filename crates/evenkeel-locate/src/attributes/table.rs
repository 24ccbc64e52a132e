//! Forecast and actual values by attributes.

use super::cause::Combination;
use core::fmt;
use evenkeel_core::{Error, Name};
use std::collections::BTreeMap;

/// The largest number of attributes: all their subsets are looked at.
const MAX_ATTRIBUTES: usize = 12;

/// Forecast and actual values of a measure, one row for each combination of values of all attributes.
///
/// A *fundamental* measure is a sum (requests, revenue). A *derived* one is the quotient of two such (errors /
/// requests): numerator and denominator are given, and sums are taken of each. Rows of equal values are added. Nothing
/// depends on the order of rows.
#[derive(Debug, Clone, PartialEq)]
pub struct AttributeTable {
    attributes: Vec<Name>,
    /// The values of each attribute, in order of names.
    values: Vec<Vec<Name>>,
    /// The place of each row's value among those of each attribute, rows in their order.
    codes: Vec<Vec<usize>>,
    numerators: Vec<Change>,
    denominators: Option<Vec<Change>>,
}

/// Forecast and actual.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(super) struct Change {
    pub(super) forecast: f64,
    pub(super) actual: f64,
}

impl Change {
    pub(super) fn sum<'a>(all: impl Iterator<Item = &'a Self>) -> Self {
        all.fold(Self::default(), |sum, change| Self {
            forecast: sum.forecast + change.forecast,
            actual: sum.actual + change.actual,
        })
    }

    /// Twice the difference over the sum, in [-2, 2]; larger where less came than was forecast.
    pub(super) fn deviation(self) -> f64 {
        let sum = self.forecast + self.actual;
        if sum == 0.0 { 0.0 } else { 2.0 * (self.forecast - self.actual) / sum }
    }

    fn over(self, denominator: Self) -> Self {
        let quotient = |a: f64, b: f64| if b == 0.0 { 0.0 } else { a / b };
        Self {
            forecast: quotient(self.forecast, denominator.forecast),
            actual: quotient(self.actual, denominator.actual),
        }
    }
}

/// Rows of a table to be.
#[derive(Debug, Clone, PartialEq)]
#[must_use]
pub struct AttributeTableBuilder {
    attributes: Vec<Name>,
    rows: Vec<(Vec<Name>, Change, Option<Change>)>,
}

impl AttributeTableBuilder {
    /// A row of a fundamental measure: a value for each attribute, forecast, actual.
    pub fn row<N: Into<Name>>(
        mut self,
        values: impl IntoIterator<Item = N>,
        forecast: f64,
        actual: f64,
    ) -> Self {
        let values = values.into_iter().map(Into::into).collect();
        self.rows.push((values, Change { forecast, actual }, None));
        self
    }

    /// A row of a derived measure: a value for each attribute, forecast and actual of numerator and
    /// denominator.
    pub fn quotient<N: Into<Name>>(
        mut self,
        values: impl IntoIterator<Item = N>,
        (forecast, actual): (f64, f64),
        (forecast_denominator, actual_denominator): (f64, f64),
    ) -> Self {
        let denominator = Change { forecast: forecast_denominator, actual: actual_denominator };
        let values = values.into_iter().map(Into::into).collect();
        self.rows.push((values, Change { forecast, actual }, Some(denominator)));
        self
    }

    /// The table.
    ///
    /// # Errors
    /// [`Error::Parameter`] without an attribute or with more than 12, if two have one name, if a
    /// number is negative or not finite, or if rows of both kinds of measures are mixed; [`Error::Shape`] if a row has another
    /// number of values than there are attributes; [`Error::TooShort`] without a row.
    pub fn build(self) -> Result<AttributeTable, Error> {
        let Self { attributes, rows } = self;
        let n = attributes.len();
        Error::require((1..=MAX_ATTRIBUTES).contains(&n), "attributes", "from 1 to 12", n)?;
        let mut sorted = attributes.clone();
        sorted.sort();
        if let Some(pair) = sorted.windows(2).find(|pair| pair[0] == pair[1]) {
            return Err(Error::parameter("attributes", "different", &pair[0]));
        }
        let Some(is_derived) = rows.first().map(|row| row.2.is_some()) else {
            return Err(Error::TooShort { needed: 1, got: 0 });
        };
        let mut merged: BTreeMap<Vec<Name>, Vec<(Change, Change)>> = BTreeMap::new();
        for (values, numerator, denominator) in rows {
            if values.len() != n {
                return Err(Error::Shape { what: "values", expected: n, found: values.len() });
            }
            Error::require(
                denominator.is_some() == is_derived,
                "rows",
                "of one kind of measure",
                "a mixture",
            )?;
            let denominator = denominator.unwrap_or_default();
            for (name, x) in [
                ("forecast", numerator.forecast),
                ("actual", numerator.actual),
                ("forecast denominator", denominator.forecast),
                ("actual denominator", denominator.actual),
            ] {
                // The sum of any number of rows has to stay finite.
                Error::require((0.0..=1e100).contains(&x), name, "in [0, 1e100]", x)?;
            }
            merged.entry(values).or_default().push((numerator, denominator));
        }
        let values: Vec<Vec<Name>> = (0..n)
            .map(|i| {
                let mut values: Vec<Name> = merged.keys().map(|row| row[i].clone()).collect();
                values.sort();
                values.dedup();
                values
            })
            .collect();
        let code = |row: &Vec<Name>| -> Vec<usize> {
            row.iter().zip(&values).map(|(value, all)| all.partition_point(|other| other < value)).collect()
        };
        let codes = merged.keys().map(code).collect();
        let (mut numerators, mut denominators) = (Vec::new(), Vec::new());
        for mut same in merged.into_values() {
            // In an order of their own, so that rounding does not depend on that of rows.
            let key = |(a, b): &(Change, Change)| [a.forecast, a.actual, b.forecast, b.actual];
            same.sort_by(|a, b| key(a).partial_cmp(&key(b)).unwrap_or(core::cmp::Ordering::Equal));
            numerators.push(Change::sum(same.iter().map(|(a, _)| a)));
            denominators.push(Change::sum(same.iter().map(|(_, b)| b)));
        }
        let denominators = is_derived.then_some(denominators);
        Ok(AttributeTable { attributes, values, codes, numerators, denominators })
    }
}

impl AttributeTable {
    /// A table with these attributes.
    pub fn builder<N: Into<Name>>(attributes: impl IntoIterator<Item = N>) -> AttributeTableBuilder {
        AttributeTableBuilder {
            attributes: attributes.into_iter().map(Into::into).collect(),
            rows: Vec::new(),
        }
    }

    /// The attributes.
    #[must_use]
    pub fn attributes(&self) -> &[Name] {
        &self.attributes
    }

    /// How many rows there are; rows of equal values count once.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.codes.len()
    }

    /// Whether the measure is a quotient.
    #[must_use]
    pub fn is_derived(&self) -> bool {
        self.denominators.is_some()
    }

    pub(super) fn values(&self, attribute: usize) -> &[Name] {
        &self.values[attribute]
    }

    pub(super) fn numerators(&self) -> &[Change] {
        &self.numerators
    }

    pub(super) fn denominators(&self) -> Option<&[Change]> {
        self.denominators.as_deref()
    }

    /// The measure of each row.
    pub(super) fn leaves(&self) -> Vec<Change> {
        match &self.denominators {
            None => self.numerators.clone(),
            Some(denominators) => self.numerators.iter().zip(denominators).map(|(a, b)| a.over(*b)).collect(),
        }
    }

    /// The measure of some rows together.
    pub(super) fn together(&self, rows: &[usize]) -> Change {
        let sum = |of: &[Change]| Change::sum(rows.iter().map(|row| &of[*row]));
        let numerator = sum(&self.numerators);
        self.denominators.as_ref().map_or(numerator, |denominators| numerator.over(sum(denominators)))
    }

    /// Some rows by their values of some attributes.
    pub(super) fn group(&self, cuboid: &[usize], rows: &[usize]) -> BTreeMap<Vec<usize>, Vec<usize>> {
        let mut groups: BTreeMap<Vec<usize>, Vec<usize>> = BTreeMap::new();
        for row in rows {
            groups.entry(self.key(cuboid, *row)).or_default().push(*row);
        }
        groups
    }

    pub(super) fn key(&self, cuboid: &[usize], row: usize) -> Vec<usize> {
        cuboid.iter().map(|attribute| self.codes[row][*attribute]).collect()
    }

    pub(super) fn code(&self, row: usize, attribute: usize) -> usize {
        self.codes[row][attribute]
    }

    pub(super) fn combination(&self, cuboid: &[usize], key: &[usize]) -> Combination {
        let value = |(attribute, code): (&usize, &usize)| {
            (self.attributes[*attribute].clone(), self.values[*attribute][*code].clone())
        };
        Combination { values: cuboid.iter().zip(key).map(value).collect() }
    }

    /// The subsets of so many attributes, in the order of their names' places.
    pub(super) fn cuboids(&self, layer: usize) -> Vec<Vec<usize>> {
        // By names, so that ties don't depend on the order of attributes.
        let mut order: Vec<usize> = (0..self.attributes.len()).collect();
        order.sort_by(|a, b| self.attributes[*a].cmp(&self.attributes[*b]));
        let mut cuboids = vec![Vec::new()];
        for (place, _) in order.iter().enumerate() {
            let longer: Vec<Vec<usize>> = cuboids
                .iter()
                .filter(|cuboid: &&Vec<usize>| cuboid.len() < layer)
                .map(|cuboid| cuboid.iter().copied().chain([place]).collect())
                .collect();
            cuboids.extend(longer);
        }
        cuboids.retain(|cuboid| cuboid.len() == layer);
        cuboids.sort();
        cuboids.into_iter().map(|cuboid| cuboid.into_iter().map(|place| order[place]).collect()).collect()
    }

    /// The share of the whole change that some rows make up: for a quotient, the share of what its change would
    /// be if only these rows had changed.
    pub(super) fn explained(&self, rows: &[usize]) -> f64 {
        let all: Vec<usize> = (0..self.rows()).collect();
        let sum = |of: &[Change], rows: &[usize]| Change::sum(rows.iter().map(|row| &of[*row]));
        let (whole, part) = (sum(&self.numerators, &all), sum(&self.numerators, rows));
        match &self.denominators {
            None => (part.actual - part.forecast) / (whole.actual - whole.forecast),
            Some(denominators) => {
                let (whole_b, part_b) = (sum(denominators, &all), sum(denominators, rows));
                let partly =
                    Change { forecast: whole.forecast, actual: whole.forecast + part.actual - part.forecast };
                let partly_b = Change {
                    forecast: whole_b.forecast,
                    actual: whole_b.forecast + part_b.actual - part_b.forecast,
                };
                let (partly, whole) = (partly.over(partly_b), whole.over(whole_b));
                (partly.actual - partly.forecast) / (whole.actual - whole.forecast)
            }
        }
    }
}

impl fmt::Display for AttributeTable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} rows by", self.rows())?;
        self.attributes.iter().try_for_each(|attribute| write!(f, " {attribute}"))
    }
}
