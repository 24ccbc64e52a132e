//! Snapshots: points, scales and products; the rest follows from them.

use super::nearest_shapes::{Known, LEARN, NearestShapes, NearestShapesBuilder, POINTS};
use alloc::vec::Vec;
use evenkeel_core::{Error, LARGEST, PlausibilityCheck, observed};

evenkeel_core::exact_as_is!(NearestShapesBuilder, SavedShapes);

evenkeel_core::state! {
    NearestShapes as struct Saved("NearestShapes@1") {
        settings: NearestShapesBuilder,
        first: Vec<f64>,
        known: Option<SavedShapes>,
        check: PlausibilityCheck,
    }
}

#[derive(serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct SavedShapes {
    window: usize,
    #[serde(with = "evenkeel_core::exact")]
    points: Vec<f64>,
    held: Vec<bool>,
    #[serde(with = "evenkeel_core::exact")]
    scales: Vec<f64>,
    #[serde(with = "evenkeel_core::exact")]
    products: Vec<f64>,
    count: u64,
    #[serde(with = "evenkeel_core::exact")]
    moments: [f64; 2],
    #[serde(with = "evenkeel_core::exact")]
    origin: Option<f64>,
    #[serde(with = "evenkeel_core::exact")]
    sum: f64,
    came: usize,
    passed: usize,
    #[serde(with = "evenkeel_core::exact")]
    last: Option<f64>,
}

impl From<&Known> for SavedShapes {
    fn from(known: &Known) -> Self {
        let shapes = &known.shapes;
        let first = shapes.first();
        Self {
            window: known.window,
            points: shapes.points[first..].to_vec(),
            held: shapes.held[first..].to_vec(),
            scales: shapes.scales[first..].to_vec(),
            products: shapes.products.clone(),
            count: shapes.count,
            moments: [shapes.mean, shapes.variance],
            origin: known.origin,
            sum: known.sum,
            came: known.came,
            passed: known.passed,
            last: known.last,
        }
    }
}

impl From<&NearestShapes> for Saved {
    fn from(n: &NearestShapes) -> Self {
        let known = n.known.as_ref().map(SavedShapes::from);
        Self { settings: n.settings, first: n.first.clone(), known, check: n.check }
    }
}

impl SavedShapes {
    fn restored(self, settings: &NearestShapesBuilder) -> Result<Known, Error> {
        let window = settings.window.unwrap_or(self.window);
        let in_range = self.window == window && (POINTS.0..=100_000).contains(&window);
        Error::require(in_range, "window", "that of the settings", self.window)?;
        let found = settings.window.is_some() || window <= crate::period::longest(LEARN);
        Error::require(found, "window", "one that can be found", window)?;
        // What was sent must be as large as what is asked for, before room is made for it.
        let history = settings.history;
        let sizes = self.products.len() == history
            && self.points.len() == self.held.len()
            && self.points.len() == self.scales.len();
        Error::require(sizes, "products", "one for each point of the history", self.products.len())?;
        let mut known = Known::new(window, history);
        let most = history + known.shapes.width;
        let kept = self.points.len() as u64 == self.count.min(most as u64) && self.count < 1 << 62;
        Error::require(kept, "points", "as many as the history holds", self.points.len())?;
        let numbers = self.points.iter().chain(&self.products);
        let finite = numbers.chain(&self.moments).all(|x| x.is_finite()) && self.moments[1] >= 0.0;
        Error::require(finite, "points", "finite", "others")?;
        let scales = self.scales.iter().all(|scale| *scale >= 0.0 && scale.is_finite());
        Error::require(scales, "scales", "at least 0 and finite", "others")?;
        let origin = self.origin.is_some() || (self.points.is_empty() && self.passed == 0);
        let origin = origin && self.origin.is_none_or(|x| observed(x).is_some());
        Error::require(origin, "origin", "an observed value", format_args!("{:?}", self.origin))?;
        let point = self.passed < known.each && self.came <= self.passed;
        let point = point && self.sum.abs() <= 2.0 * LARGEST * known.each as f64;
        Error::require(point, "sum", "that of the values of a point", self.sum)?;
        let distance = self.last.is_none_or(|last| (0.0..=2.0).contains(&last));
        Error::require(distance, "last", "a distance", format_args!("{:?}", self.last))?;
        let shapes = &mut known.shapes;
        for ((point, held), scale) in self.points.iter().zip(&self.held).zip(&self.scales) {
            shapes.points.push(*point);
            shapes.held.push(*held);
            shapes.describe(*scale);
        }
        shapes.products = self.products;
        shapes.count = self.count;
        [shapes.mean, shapes.variance] = self.moments;
        known.origin = self.origin;
        (known.sum, known.came, known.passed, known.last) = (self.sum, self.came, self.passed, self.last);
        Ok(known)
    }
}

impl TryFrom<Saved> for NearestShapes {
    type Error = Error;

    fn try_from(saved: Saved) -> Result<Self, Error> {
        let fresh = saved.settings.build()?;
        let Saved { settings, first, known, check } = saved;
        let learning = first.len() < LEARN && first.iter().all(|x| observed(*x).is_some());
        let either = if known.is_some() { first.is_empty() } else { learning && settings.window.is_none() };
        Error::require(either, "first", "values until the window is known", first.len())?;
        let known = known.map(|known| known.restored(&settings)).transpose()?;
        let mut values = fresh.first;
        values.extend(first);
        Ok(Self { settings, first: values, known, check })
    }
}
