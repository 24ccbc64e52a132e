//! The unconstrained parameter space of the search.

use super::form::{EtsForm, EtsSeason};
use super::parameters::EtsParameters;

/// The smallest smoothing parameter.
const LEAST: f64 = 1e-4;
/// The largest.
const MOST: f64 = 0.9999;
/// What a slope keeps of itself: less fades at once, more cannot be told from no damping.
const DAMPING: (f64, f64) = (0.8, 0.98);

/// The usual region (`0 < beta < alpha`, `0 < gamma < 1 - alpha`) by squared sines, which reach its edges,
/// and states as deviations from the heuristic start in a unit of their own.
#[derive(Debug, Clone)]
pub(super) struct ParameterSpace {
    form: EtsForm,
    /// Where the states start.
    origin: EtsParameters,
    unit: f64,
    slope_unit: f64,
    season_unit: f64,
    /// Season states that are searched for: all but the last, which the level makes up for; none of a long
    /// season.
    seasons: usize,
}

impl ParameterSpace {
    pub(super) fn new(form: EtsForm, origin: EtsParameters, unit: f64, seasons: usize) -> Self {
        let level = origin.level.abs().max(unit);
        let slope_unit = if form.has_factor_trend() { 0.1 * (unit / level).min(1.0) } else { 0.1 * unit };
        let season_unit =
            if form.season == EtsSeason::Multiplicative { (unit / level).min(1.0) } else { unit };
        Self { form, origin, unit, slope_unit, season_unit, seasons }
    }

    /// The point of the heuristic states with these smoothing parameters, as shares of their ranges.
    pub(super) fn point(&self, alpha: f64, beta: f64, gamma: f64, phi: f64) -> Vec<f64> {
        let angle = |share: f64| share.clamp(0.0, 1.0).sqrt().asin();
        let mut x = vec![angle(alpha)];
        if self.form.has_trend() {
            x.push(angle(beta));
        }
        if self.form.has_season() {
            x.push(angle(gamma));
        }
        if self.form.is_damped() {
            x.push(angle(phi));
        }
        x.resize(x.len() + 1 + usize::from(self.form.has_trend()) + self.seasons, 0.0);
        x
    }

    /// How many of the coordinates are angles.
    pub(super) fn angles(&self) -> usize {
        1 + usize::from(self.form.has_trend())
            + usize::from(self.form.has_season())
            + usize::from(self.form.is_damped())
    }

    /// The parameters at a point.
    pub(super) fn parameters(&self, x: &[f64], out: &mut EtsParameters) {
        let mut x = x.iter().copied();
        let mut take = || x.next().unwrap_or(0.0);
        let share = |angle: f64| angle.sin().powi(2);
        out.alpha = LEAST + (MOST - LEAST) * share(take());
        out.beta = if self.form.has_trend() { LEAST + (out.alpha - LEAST) * share(take()) } else { 0.0 };
        out.gamma = if self.form.has_season() {
            LEAST + (1.0 - out.alpha - LEAST).max(0.0) * share(take())
        } else {
            0.0
        };
        out.phi =
            if self.form.is_damped() { DAMPING.0 + (DAMPING.1 - DAMPING.0) * share(take()) } else { 1.0 };
        out.level = self.origin.level + self.unit * take();
        out.trend = self.origin.trend;
        if self.form.has_trend() {
            out.trend += self.slope_unit * take();
        }
        out.season.clear();
        out.season.extend_from_slice(&self.origin.season);
        for s in out.season.iter_mut().take(self.seasons) {
            *s += self.season_unit * take();
        }
    }

    /// Turns derivatives by the parameters into derivatives by the unconstrained numbers.
    pub(super) fn pull_back(&self, x: &[f64], by: &EtsParameters, out: &mut [f64]) {
        let shares = |angle: f64| (angle.sin().powi(2), (2.0 * angle).sin());
        let mut by_alpha = by.alpha;
        let alpha = LEAST + (MOST - LEAST) * shares(x[0]).0;
        let mut i = 1;
        if self.form.has_trend() {
            let (share, turn) = shares(x[i]);
            out[i] = by.beta * (alpha - LEAST) * turn;
            by_alpha += by.beta * share;
            i += 1;
        }
        if self.form.has_season() {
            let (share, turn) = shares(x[i]);
            let room = 1.0 - alpha - LEAST;
            out[i] = by.gamma * room.max(0.0) * turn;
            by_alpha -= if room > 0.0 { by.gamma * share } else { 0.0 };
            i += 1;
        }
        if self.form.is_damped() {
            out[i] = by.phi * (DAMPING.1 - DAMPING.0) * shares(x[i]).1;
            i += 1;
        }
        out[0] = by_alpha * (MOST - LEAST) * shares(x[0]).1;
        out[i] = self.unit * by.level;
        i += 1;
        if self.form.has_trend() {
            out[i] = self.slope_unit * by.trend;
            i += 1;
        }
        for (out, s) in out[i..].iter_mut().zip(&by.season) {
            *out = self.season_unit * s;
        }
    }
}
