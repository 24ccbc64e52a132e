//! Tracking of the maximum likelihood of a generalized Pareto distribution while excesses come and go.

/// How many powers are kept.
const TERMS: usize = 12;
/// The series are used while `|delta| * reach` is below this: of each logarithm less than 1e-8 is left out,
/// and only of the largest.
const NEAR: f64 = 0.25;
/// After so many excesses everything is summed anew, so that rounding does not add up.
const FRESH: u32 = 128;
/// The shape over the scale, in units of the mean, below which its reciprocal is too large to calculate with.
const FLAT: f64 = 1e-4;
/// How often the series are moved to where the optimum seems to be, before a search is the better way.
const MOVES: usize = 4;

/// The sums of the profile likelihood, as power series around one theta = shape / scale.
///
/// One excess more or less moves the optimum a little. With r = y / (1 + theta y) at the center, ln(1 +
/// (theta + delta) y) = ln(1 + theta y) + ln(1 + delta r), so sums of powers of r give all sums nearby: an
/// excess costs O(1) instead of a pass over all.
///
/// The first of each pair is of the uncensored excesses, the second of the censored ones.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub(super) struct Track {
    #[cfg_attr(feature = "serde", serde(with = "evenkeel_core::exact"))]
    theta: f64,
    /// No r is larger.
    #[cfg_attr(feature = "serde", serde(with = "evenkeel_core::exact"))]
    reach: f64,
    /// How many are not censored.
    #[cfg_attr(feature = "serde", serde(with = "evenkeel_core::exact"))]
    count: f64,
    /// Sums of ln(1 + theta y).
    #[cfg_attr(feature = "serde", serde(with = "evenkeel_core::exact"))]
    logs: [f64; 2],
    /// Sums of r, r², ….
    #[cfg_attr(feature = "serde", serde(with = "evenkeel_core::exact"))]
    uncensored: [f64; TERMS],
    #[cfg_attr(feature = "serde", serde(with = "evenkeel_core::exact"))]
    censored: [f64; TERMS],
    /// Changes since everything was summed; 0 if nothing is followed.
    age: u32,
}

/// 1, 1/2, 1/3, …: the coefficients of a logarithm.
const SHARES: [f64; TERMS] = {
    let mut shares = [1.0; TERMS];
    let mut k = 1;
    while k < TERMS {
        shares[k] = 1.0 / (k as f64 + 1.0);
        k += 1;
    }
    shares
};

/// Sums at a distance from the center: of the logarithms, their slope and the slope of that.
fn sums(log: f64, powers: &[f64; TERMS], delta: f64) -> [f64; 3] {
    let (mut value, mut slope, mut bend) = (0.0, 0.0, 0.0);
    for ((k, power), share) in powers.iter().enumerate().zip(&SHARES).rev() {
        value = power * share - delta * value;
        slope = power - delta * slope;
        if k > 0 {
            bend = k as f64 * power - delta * bend;
        }
    }
    [log + delta * value, slope, -bend]
}

impl Track {
    /// Sums everything at `theta`, which must not be beyond the end point of any excess. A censored one is
    /// negative.
    pub(super) fn sum(&mut self, theta: f64, excesses: &[f64]) -> bool {
        *self = Self { theta, age: 1, ..Self::default() };
        excesses.iter().all(|y| self.change(*y, 1.0))
    }

    /// One more (`by` = 1) or one less (-1). False if that is beyond the end point at the center.
    fn change(&mut self, y: f64, by: f64) -> bool {
        let size = y.abs();
        let factor = 1.0 + self.theta * size;
        let r = size / factor;
        if !(factor > 0.0 && factor.is_finite() && r.is_finite()) {
            return false;
        }
        let (log, powers) = if y > 0.0 {
            self.count += by;
            (&mut self.logs[0], &mut self.uncensored)
        } else {
            (&mut self.logs[1], &mut self.censored)
        };
        *log += by * libm::log1p(self.theta * size);
        let mut term = by;
        for power in powers {
            term *= r;
            *power += term;
        }
        self.reach = self.reach.max(r);
        true
    }

    /// Forgets everything.
    pub(super) fn lose(&mut self) {
        *self = Self::default();
    }

    /// Takes an excess in, and the one whose place it takes out.
    pub(super) fn learn(&mut self, new: f64, old: Option<f64>) {
        if self.age > 0 {
            self.age += 1;
            let known = self.change(new, 1.0) && old.is_none_or(|old| self.change(old, -1.0));
            if !known {
                self.lose();
            }
        }
    }

    /// Shape and scale of the local optimum of `excesses` next to `shape / scale`. None where there is none
    /// to be followed: a search is needed then.
    pub(super) fn optimum(&mut self, excesses: &[f64], shape: f64, scale: f64) -> Option<(f64, f64)> {
        let mut theta = shape / scale;
        if !(theta != 0.0 && theta.is_finite()) {
            return None;
        }
        for _ in 0..MOVES {
            let near = (theta - self.theta).abs() * self.reach < NEAR;
            if (self.age == 0 || self.age > FRESH || !near) && !self.sum(theta, excesses) {
                self.lose();
                return None;
            }
            match self.climb(theta) {
                Climb::Found { shape, scale } => return Some((shape, scale)),
                Climb::Beyond(further) => {
                    theta = further;
                    self.age = 0;
                }
                Climb::Lost => break,
            }
        }
        self.lose();
        None
    }

    /// Newton's steps from `theta` to where the slope of the profile is zero.
    fn climb(&self, mut theta: f64) -> Climb {
        let n = self.count;
        // Without any all their sums are zero.
        let any_censored = self.logs[1] != 0.0 || self.censored != [0.0; TERMS];
        for _ in 0..20 {
            let delta = theta - self.theta;
            if delta.abs() * self.reach > NEAR {
                // Not further than twice as far at once: beyond -1 / r there is nothing.
                let far = 2.0 * NEAR / self.reach;
                return Climb::Beyond(self.theta + delta.clamp(-far, far));
            }
            let [log, slope, bend] = sums(self.logs[0], &self.uncensored, delta);
            let [censored_log, censored_slope, censored_bend] =
                if any_censored { sums(self.logs[1], &self.censored, delta) } else { [0.0; 3] };
            let shape = (log + censored_log) / n;
            let scale = shape / theta;
            let flat = theta.abs() * self.uncensored[0] < FLAT * n;
            if !(shape > -1.0 && scale > 0.0 && scale.is_finite()) || flat {
                return Climb::Lost;
            }
            let by_shape = (slope + censored_slope) / (n * shape);
            let first = n * (1.0 / theta - by_shape) - slope;
            let second = n
                * (by_shape * by_shape - (bend + censored_bend) / (n * shape) - 1.0 / (theta * theta))
                - bend;
            if !(second < 0.0 && first.is_finite()) {
                return Climb::Lost;
            }
            let step = -first / second;
            theta += step;
            // The step squares the distance: after this one less than 1e-10 is left. The shape is taken along
            // its parabola.
            if step.abs() <= 1e-5 * theta.abs() {
                let moved = (slope + censored_slope) + 0.5 * step * (bend + censored_bend);
                let shape = shape + step * moved / n;
                let scale = shape / theta;
                if !(shape > -1.0 && scale > 0.0 && scale.is_finite()) {
                    return Climb::Lost;
                }
                return Climb::Found { shape, scale };
            }
        }
        Climb::Lost
    }

    /// Whether it is a state that learning can reach.
    #[cfg(feature = "serde")]
    pub(super) fn is_sound(&self) -> bool {
        let numbers = [self.theta, self.reach, self.count, self.logs[0], self.logs[1]];
        numbers.iter().chain(&self.uncensored).chain(&self.censored).all(|x| x.is_finite())
            && self.reach >= 0.0
            && self.count >= 0.0
            && self.age <= FRESH + 2
    }
}

enum Climb {
    Found {
        shape: f64,
        scale: f64,
    },
    /// The optimum lies outside of the range in which the series converge.
    Beyond(f64),
    /// No maximum is near.
    Lost,
}
