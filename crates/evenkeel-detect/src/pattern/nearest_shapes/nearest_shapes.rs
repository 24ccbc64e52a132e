//! The detector: it finds how long a shape is, and at which resolution to look at it.

use super::shapes::Shapes;
use crate::period;
use alloc::vec::Vec;
use evenkeel_core::{Checked, Direction, Error, PlausibilityCheck, Score, Stage};

/// In so many of the first values the period is sought.
pub(super) const LEARN: usize = 1_000;
/// A shape is this part of a period.
const PART: f64 = 0.3;
/// The fewest values of a shape; and the fewest points where a point is the mean of several.
pub(super) const POINTS: (usize, usize) = (8, 32);

/// Notices shapes that have hardly been seen before: how far the latest stretch of a third of a period is from
/// the few stretches of the past that are most like it.
///
/// *When*: the series repeats shapes and a microsecond or three a value are all there is; in the
/// [`DefaultDetector`](crate::ensemble::DefaultDetector). [`LeftMatrixProfile`](crate::pattern::LeftMatrixProfile)
/// gives the exact distance to the nearest one, at full resolution, for a multiple of that.
///
/// *Method*: a nearest-neighbor distance as in the left matrix profile (Y. Lu et al., Matrix Profile XXIV,
/// KDD 2022, doi:10.1145/3534678.3539271), with four differences. A shape has 8 to 63 points: those of longer
/// ones are means of as many values as leave at least 32 (piecewise aggregation: E. Keogh et al., Knowledge and
/// Information Systems 3 (2001) 263-286, doi:10.1007/PL00011669), which divides the work by the square of
/// that number. The score is the mean over `neighbors` shapes, one of each neighborhood, so that a strange
/// shape that has come once before is still strange. Shapes are divided by a softened standard deviation,
/// √(sd² + (`soften` · sd of all points)²), so that what is nearly flat is not blown up to noise, and a size
/// that is new counts. And the least distance is taken in blocks of 16 neighboring shapes.
///
/// *Parameters*
///
/// | | range | default | why |
/// | --- | --- | --- | --- |
/// | `window` | 8 to 100,000 values | 0.3 of the strongest period of the first 1,000 values (repeated until it has 16), 30 where none stands out | shorter than a period, so that it is known early; found once |
/// | `history` | 100 to 1,000,000 points, at least 6 shapes | 4,096 | costs time and memory in proportion |
/// | `neighbors` | 1 to 16 | 3 | one strange shape may have come before |
/// | `soften` | 0 to 10 | 0.3 | the part of all points' spread below which a shape is nearly flat |
///
/// *Score*: the mean distance, 0 (seen before) to 2; about √2 is that of unrelated shapes. No direction. A
/// value is scored when its point is complete, others have the score of the last point. *Missing data*: no
/// score; a point is the mean of the values that came, or the point before where none came, and shapes of which
/// more than a quarter is missing are not compared. So is a value that can't be of the same series
/// ([`PlausibilityCheck`]). *Cost*: O(`history` / p) a value, with p values a point, about a nanosecond for each
/// of the history; finding the period once O(1,000²). *State*: 90 `history` bytes.
///
/// ```
/// use core::f64::consts::TAU;
/// use evenkeel_core::Stage;
/// use evenkeel_detect::pattern::NearestShapes;
///
/// let mut shapes = NearestShapes::builder().build()?;
/// let value = |t: u32| {
///     let phase = f64::from(t % 40) / 40.0 * TAU;
///     // One cycle has a flat top.
///     if (1_800..1_840).contains(&t) { phase.sin().min(0.3) } else { phase.sin() }
/// };
/// let scores: Vec<f64> = (0..2_000).map(|t| shapes.update(value(t)).map_or(0.0, |s| s.value())).collect();
/// let highest = (0..2_000).max_by(|a, b| scores[*a].total_cmp(&scores[*b])).unwrap();
/// assert!((1_800..1_840).contains(&highest) && scores[highest] > 0.3);
/// assert!(scores[1_500..1_800].iter().all(|score| *score < 0.01));
/// # Ok::<(), evenkeel_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct NearestShapes {
    pub(super) settings: NearestShapesBuilder,
    /// The first values, while the window is not known.
    pub(super) first: Vec<f64>,
    pub(super) known: Option<Known>,
    pub(super) check: PlausibilityCheck,
}

/// What is known once there is a window.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Known {
    /// The values of a shape, and of a point.
    pub(super) window: usize,
    pub(super) each: usize,
    pub(super) shapes: Shapes,
    /// What all values are relative to, so that a level costs no digits.
    pub(super) origin: Option<f64>,
    /// Of the point that is not complete: the sum of its values, how many came, how many of its time are over.
    pub(super) sum: f64,
    pub(super) came: usize,
    pub(super) passed: usize,
    /// The distance at the last point.
    pub(super) last: Option<f64>,
}

/// Settings of a [`NearestShapes`].
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[must_use]
pub struct NearestShapesBuilder {
    pub(super) window: Option<usize>,
    pub(super) history: usize,
    pub(super) neighbors: usize,
    #[cfg_attr(feature = "serde", serde(with = "evenkeel_core::exact"))]
    pub(super) soften: f64,
}

impl NearestShapesBuilder {
    /// How many values a shape has, 8 to 100,000. Default: found in the first 1,000 values.
    pub fn window(mut self, values: usize) -> Self {
        self.window = Some(values);
        self
    }

    /// How many points back shapes are looked for, 100 to 1,000,000. Default 4,096.
    pub fn history(mut self, points: usize) -> Self {
        self.history = points;
        self
    }

    /// Over how many neighbors the distance is averaged, 1 to 16. Default 3.
    pub fn neighbors(mut self, shapes: usize) -> Self {
        self.neighbors = shapes;
        self
    }

    /// The part of the spread of all points below which a shape counts as nearly flat, 0 to 10. Default 0.3.
    pub fn soften(mut self, part: f64) -> Self {
        self.soften = part;
        self
    }

    /// The detector.
    ///
    /// # Errors
    /// If a setting is out of its range.
    pub fn build(self) -> Result<NearestShapes, Error> {
        let Self { window, history, neighbors, soften } = self;
        Error::require((100..=1_000_000).contains(&history), "history", "in [100, 10^6]", history)?;
        Error::require((1..=16).contains(&neighbors), "neighbors", "in [1, 16]", neighbors)?;
        Error::require((0.0..=10.0).contains(&soften), "soften", "in [0, 10]", soften)?;
        if let Some(window) = window {
            let in_range = (POINTS.0..=100_000).contains(&window);
            Error::require(in_range, "window", "in [8, 100,000]", window)?;
        }
        // A long shape has fewer than twice as many points as it may have at most.
        let points = window.map_or(2 * POINTS.1, |window| window / each(window));
        let room = history >= 6 * points;
        Error::require(room, "history", "at least 6 shapes", history)?;
        Ok(NearestShapes {
            settings: self,
            first: Vec::with_capacity(if window.is_none() { LEARN } else { 0 }),
            known: window.map(|window| Known::new(window, history)),
            check: PlausibilityCheck::default(),
        })
    }
}

/// How many values make a point of a window.
pub(super) fn each(window: usize) -> usize {
    (window / POINTS.1).max(1)
}

impl Known {
    pub(super) fn new(window: usize, history: usize) -> Self {
        let each = each(window);
        Self {
            window,
            each,
            shapes: Shapes::new(window / each, history),
            origin: None,
            sum: 0.0,
            came: 0,
            passed: 0,
            last: None,
        }
    }

    /// Takes a value, or the time of a missing one; the distance as it then is.
    fn push(&mut self, x: Option<f64>, settings: &NearestShapesBuilder) -> Option<f64> {
        if let Some(x) = x {
            self.sum += x - *self.origin.get_or_insert(x);
            self.came += 1;
        } else if self.origin.is_none() {
            return None;
        }
        self.passed += 1;
        if self.passed == self.each {
            let held = self.came == 0;
            let point = match self.shapes.points.last() {
                Some(last) if held => *last,
                _ => self.sum / self.came.max(1) as f64,
            };
            self.shapes.push(point, held, settings.soften);
            (self.sum, self.came, self.passed) = (0.0, 0, 0);
            self.last = self.shapes.distance(settings.neighbors);
        }
        self.last
    }

    fn clear(&mut self) {
        self.shapes.clear();
        (self.origin, self.sum, self.came, self.passed, self.last) = (None, 0.0, 0, 0, None);
    }
}

impl NearestShapes {
    /// The default settings.
    pub fn builder() -> NearestShapesBuilder {
        NearestShapesBuilder { window: None, history: 4_096, neighbors: 3, soften: 0.3 }
    }

    /// How many values a shape has; none while that is not yet found.
    #[must_use]
    pub fn window(&self) -> Option<usize> {
        self.known.as_ref().map(|known| known.window)
    }

    /// How many values make a point: more than 1 where shapes are long.
    #[must_use]
    pub fn values_per_point(&self) -> Option<usize> {
        self.known.as_ref().map(|known| known.each)
    }

    fn find_window(&mut self) {
        let period = period::window(&self.first);
        let window = ((PART * period as f64) as usize).max(POINTS.0);
        let mut known = Known::new(window, self.settings.history);
        for x in self.first.drain(..) {
            known.push(Some(x), &self.settings);
        }
        self.known = Some(known);
    }

    fn forget(&mut self) {
        self.first.clear();
        match &mut self.known {
            Some(known) if self.settings.window.is_some() => known.clear(),
            known => *known = None,
        }
    }
}

impl Stage<f64> for NearestShapes {
    type Output = Score;

    fn update(&mut self, x: f64) -> Option<Score> {
        let x = match self.check.check(x) {
            Checked::Missing | Checked::Implausible(_) => None,
            Checked::Plausible(x) => Some(x),
            Checked::StartOver(x) => {
                self.forget();
                Some(x)
            }
        };
        if let Some(known) = &mut self.known {
            let distance = known.push(x, &self.settings);
            x?;
            return Score::new(distance?, Direction::Either);
        }
        // While the period is sought the last value stands in for a missing one.
        let held = x.or(self.first.last().copied())?;
        self.first.push(held);
        if self.first.len() == LEARN {
            self.find_window();
        }
        None
    }

    fn reset(&mut self) {
        self.forget();
        self.check = PlausibilityCheck::default();
    }
}
