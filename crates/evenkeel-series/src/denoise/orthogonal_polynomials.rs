//! Polynomials that are orthogonal over the observed places of a window.

use alloc::vec;
use alloc::vec::Vec;

/// The highest degree: beyond, polynomials follow the noise.
pub(super) const HIGHEST: usize = 12;

/// Discrete orthogonal polynomials by the recurrence of Stieltjes and Forsythe (G. E. Forsythe, Journal of
/// the SIAM 5 (1957) 74-88, doi:10.1137/0105007): least squares without a system of equations, as good for
/// windows with holes. Holds scratch only.
#[derive(Debug, Clone)]
pub(super) struct Basis {
    degree: usize,
    derivative: usize,
    /// The polynomials of this degree and the one before at each place, 0 where nothing is observed.
    current: Vec<f64>,
    before: Vec<f64>,
}

impl Basis {
    /// For an odd window of at least 3.
    pub(super) fn new(window: usize, degree: usize, derivative: usize) -> Self {
        Self { degree, derivative, current: vec![0.0; window], before: vec![0.0; window] }
    }

    /// For each degree the polynomial at all places, and its derivative at the place `at` over the sum of its
    /// squares.
    fn walk(&mut self, seen: impl Fn(usize) -> bool, at: usize, mut each: impl FnMut(&[f64], f64)) {
        let half = (self.current.len() / 2) as f64;
        // Places in [-1, 1], so that powers neither grow nor vanish.
        let place = |i: usize| (i as f64 - half) / half;
        for (i, (current, before)) in self.current.iter_mut().zip(&mut self.before).enumerate() {
            *current = if seen(i) { 1.0 } else { 0.0 };
            *before = 0.0;
        }
        // Derivatives of all orders up to the wanted one.
        let (mut now, mut past) = ([0.0; HIGHEST + 1], [0.0; HIGHEST + 1]);
        now[0] = 1.0;
        let mut squares_before = 1.0;
        for degree in 0..=self.degree {
            let (mut squares, mut moment) = (0.0, 0.0);
            for (i, p) in self.current.iter().enumerate() {
                squares += p * p;
                moment += place(i) * p * p;
            }
            each(&self.current, now[self.derivative] / squares);
            if degree == self.degree {
                return;
            }
            let a = moment / squares;
            let b = if degree == 0 { 0.0 } else { squares / squares_before };
            squares_before = squares;
            for (i, (current, before)) in self.current.iter_mut().zip(&mut self.before).enumerate() {
                let next = (place(i) - a) * *current - b * *before;
                *before = *current;
                *current = next;
            }
            let mut next = [0.0; HIGHEST + 1];
            for order in 0..=self.derivative {
                let lower = if order == 0 { 0.0 } else { order as f64 * now[order - 1] };
                next[order] = (place(at) - a) * now[order] + lower - b * past[order];
            }
            (past, now) = (now, next);
        }
    }

    /// A derivative over places in units of half a window, as one over single places.
    fn unit(&self) -> f64 {
        let half = (self.current.len() / 2) as f64;
        (0..self.derivative).fold(1.0, |unit, _| unit / half)
    }

    /// The filter weights of a window without holes for the fit at a place.
    pub(super) fn weights(&mut self, at: usize) -> Vec<f64> {
        let mut weights = vec![0.0; self.current.len()];
        self.walk(
            |_| true,
            at,
            |p, share| {
                weights.iter_mut().zip(p).for_each(|(w, p)| *w += p * share);
            },
        );
        let unit = self.unit();
        weights.iter_mut().for_each(|w| *w *= unit);
        weights
    }

    /// The fit to a window at a place. `None` if fewer than half of the values are observed, or not more than
    /// the degree, or if the place lies outside of the observed ones.
    pub(super) fn fit(&mut self, value: impl Fn(usize) -> f64, at: usize) -> Option<f64> {
        let window = self.current.len();
        let seen = |i: usize| !value(i).is_nan();
        let count = (0..window).filter(|i| seen(*i)).count();
        let inside = (0..=at).any(seen) && (at..window).any(seen);
        if count <= self.degree || 2 * count < window || !inside {
            return None;
        }
        let mut fit = 0.0;
        self.walk(seen, at, |p, share| {
            let projection: f64 =
                p.iter().enumerate().filter(|(i, _)| seen(*i)).map(|(i, p)| p * value(i)).sum();
            fit += projection * share;
        });
        Some(fit * self.unit())
    }
}
