//! The distribution of a sequential z-statistic that has not crossed its critical values yet.

use super::gauss_legendre::nodes;
use alloc::vec::Vec;
use evenkeel_core::gaussian;

/// Which deviations reject the null.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Sides {
    /// Large values only.
    One,
    /// Values far from 0 in either direction, half of the error probability each.
    Two,
}

impl Sides {
    pub(crate) fn count(self) -> f64 {
        match self {
            Self::One => 1.0,
            Self::Two => 2.0,
        }
    }
}

/// How many standard deviations of the walk are integrated over: beyond them is 1e-19.
const REACH: f64 = 9.0;
/// Panel width in standard deviations of the narrower of the two steps that meet in a panel.
const PANEL: f64 = 2.5;

/// A Brownian motion with drift at the looks, `S = Z sqrt(t)`: where it is, given that it is still between
/// the critical values, as the weights of a quadrature rule.
#[derive(Debug)]
pub(crate) struct GroupWalk {
    drift: f64,
    sides: Sides,
    at: f64,
    /// Positions, and probability per node.
    mass: Vec<(f64, f64)>,
}

impl GroupWalk {
    /// At the start, with `drift` a unit of information.
    pub(crate) fn start(drift: f64, sides: Sides) -> Self {
        Self { drift, sides, at: 0.0, mass: alloc::vec![(0.0, 1.0)] }
    }

    /// The probability to be beyond the critical value `z` at the fraction `t`, but at no look before.
    pub(crate) fn exit(&self, t: f64, z: f64) -> f64 {
        let step = t - self.at;
        let (sd, limit, moved) = (libm::sqrt(step), z * libm::sqrt(t), self.drift * step);
        let beyond = |x: f64| {
            let above = gaussian::upper((limit - x - moved) / sd);
            match self.sides {
                Sides::One => above,
                // A critical value below 0 leaves nothing between the two.
                Sides::Two if z <= 0.0 => 1.0,
                Sides::Two => above + gaussian::lower((-limit - x - moved) / sd),
            }
        };
        self.mass.iter().map(|(x, mass)| mass * beyond(*x)).sum()
    }

    /// Goes on to the fraction `t` with what is not beyond `z`; `next` is the fraction after it.
    pub(crate) fn go_on(&mut self, t: f64, z: f64, next: Option<f64>) {
        let step = t - self.at;
        let (sd, limit) = (libm::sqrt(step), z * libm::sqrt(t));
        let (center, reach) = (self.drift * t, REACH * libm::sqrt(t));
        let high = limit.min(center + reach);
        let low = match self.sides {
            Sides::One => center - reach,
            Sides::Two => (-limit).max(center - reach),
        };
        if low >= high {
            self.mass.clear();
        } else {
            let narrow = next.map_or(sd, |next| sd.min(libm::sqrt(next - t)));
            let moved = self.drift * step;
            let density = |x: f64| {
                let parts =
                    self.mass.iter().map(|(from, mass)| mass * gaussian::density((x - from - moved) / sd));
                parts.sum::<f64>() / sd
            };
            self.mass =
                nodes(low, high, PANEL * narrow).into_iter().map(|(x, w)| (x, w * density(x))).collect();
        }
        self.at = t;
    }

    /// The probability to be beyond the critical value first at each look.
    pub(crate) fn exits(fractions: &[f64], critical: &[f64], drift: f64, sides: Sides) -> Vec<f64> {
        let mut walk = Self::start(drift, sides);
        let mut exits = Vec::with_capacity(fractions.len());
        for (look, (t, z)) in fractions.iter().zip(critical).enumerate() {
            exits.push(walk.exit(*t, *z));
            if look + 1 < fractions.len() {
                walk.go_on(*t, *z, fractions.get(look + 1).copied());
            }
        }
        exits
    }
}
