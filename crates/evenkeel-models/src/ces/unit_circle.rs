//! Zeros of a polynomial in the backshift and the seasonal backshift, counted by the argument principle.

/// A little more than 1: a root as near as this to the unit circle, which level and season share, counts as
/// inside.
pub(super) const SHARED: f64 = 1.0 + 1e-6;

/// What errors are divided by, with the season's backshift as a variable of its own: coefficients of its
/// powers, each a polynomial in the plain backshift.
pub(super) type ByPowers = [[f64; 3]; 3];

/// The polynomials at arguments so much larger.
pub(super) fn stretched(mut powers: ByPowers) -> ByPowers {
    for power in &mut powers {
        power[1] /= SHARED;
        power[2] /= SHARED * SHARED;
    }
    powers
}

/// By how much a power of the season's backshift shrinks at these larger arguments.
pub(super) fn shrinks(period: usize) -> f64 {
    SHARED.powf(-(period as f64))
}

/// The longest part of the circle that is followed step by step, in periods.
const FOLLOWED: f64 = 8.0;

/// Beyond this angle a zero that is as near to the circle as rounding counts as inside. Before it is the unit
/// root that level and season share.
const SHARED_FROM: f64 = 1e-3;

/// The polynomial on the unit circle, where the season's backshift w is B^period: `a(B) + b(B) w + c(B) w²`.
///
/// How often it turns around 0 on the way is the number of its zeros inside (the argument principle). Where
/// as a polynomial in w alone it has no zero within the unit circle, its argument is known without following
/// it: divided by a it stays on one side. So only the parts of the circle count where it has one, and there
/// are none, or they are about as long as a period, unless it has many zeros.
pub(super) struct Circle {
    a: [f64; 3],
    b: [f64; 3],
    c: [f64; 3],
    period: f64,
}

/// Where the polynomial in w has, or may have, a zero within the unit circle.
enum Doubtful {
    /// There, from angle to angle.
    Parts(Vec<(f64, f64)>),
    /// On a part of many periods.
    Many,
    /// Rounding hides it on a part of many periods.
    Unknown,
}

impl Circle {
    pub(super) fn new(powers: ByPowers, period: usize) -> Self {
        let (powers, by) = (stretched(powers), shrinks(period));
        let (a, b, c) = (powers[0], powers[1].map(|x| by * x), powers[2].map(|x| by * by * x));
        Self { a, b, c, period: period as f64 }
    }

    /// Whether all zeros are outside, where that can be said.
    pub(super) fn is_free(&self) -> Option<bool> {
        // At 1 and at -1 all is real, and positive if there is no zero between 0 and there.
        if !(self.at(0.0)[0] > 0.0 && self.at(core::f64::consts::PI)[0] > 0.0) {
            return Some(false);
        }
        let parts = match self.doubtful() {
            Doubtful::Parts(parts) => parts,
            Doubtful::Many => return Some(false),
            Doubtful::Unknown => return None,
        };
        let alone = roots(self.a[1], self.a[2]);
        let (mut sum, mut known) = (0.0, 0.0);
        for (from, to) in parts {
            if from > known {
                sum += self.argument(from, alone) - self.argument(known, alone);
            }
            sum += match self.follow(from, to) {
                Ok(by) => by,
                Err(at) if at > SHARED_FROM => return Some(false),
                Err(_) => return None,
            };
            known = to;
        }
        if known < core::f64::consts::PI {
            sum += self.argument(core::f64::consts::PI, alone) - self.argument(known, alone);
        }
        let zeros = sum / core::f64::consts::PI;
        if zeros.abs() < 0.01 { Some(true) } else { Some(false).filter(|_| zeros > 0.99) }
    }

    /// The parts of the upper half of the circle where the polynomial in w has, or may have, a zero within
    /// the unit circle, as angles.
    ///
    /// It has none if |a|² > |c|² and (|a|² - |c|²)² > |a* b - b* c|²: polynomials of degree 2 and 4 in the
    /// cosine.
    fn doubtful(&self) -> Doubtful {
        let (a, b, c) = (&self.a, &self.b, &self.c);
        // a* b - b* c, as coefficients of B^-2 to B^2.
        let mut mixed = [0.0; 5];
        for i in 0..3 {
            for j in 0..3 {
                mixed[2 + j - i] += a[i] * b[j] - b[i] * c[j];
            }
        }
        let (a, c) = (squared(a), squared(c));
        let gap: [f64; 3] = core::array::from_fn(|i| a[i] - c[i]);
        let mut all = squared(&mixed).map(|x| -x);
        let size = all.iter().fold(0.0, |most: f64, x| most.max(x.abs()));
        for i in 0..3 {
            for j in 0..3 {
                all[i + j] += gap[i] * gap[j];
            }
        }
        // What rounding could have made is no proof.
        let margin = 1e-13 * size;
        all[0] -= margin;
        let gap = bernstein([gap[0], gap[1], gap[2], 0.0, 0.0]);
        let mut open = vec![(bernstein(all), gap, 0.0, 2.0)];
        let mut found: Vec<(f64, f64)> = Vec::new();
        let mut lengths = [0.0; 2];
        while let Some((all, gap, from, to)) = open.pop() {
            if all.iter().chain(&gap).all(|x| *x > 0.0) {
                continue;
            }
            let angle = |y: f64| 2.0 * (0.5 * y).sqrt().min(1.0).asin();
            let part = (angle(from), angle(to));
            if (part.1 - part.0) * self.period > 0.25 {
                let middle = 0.5 * (from + to);
                let ((left, right), (left_gap, right_gap)) = (halves(all), halves(gap));
                open.extend([(right, right_gap, middle, to), (left, left_gap, from, middle)]);
                continue;
            }
            let inside = all[0] < -margin && all[4] < -margin;
            lengths[usize::from(inside)] += (part.1 - part.0) * self.period / core::f64::consts::TAU;
            // So long a way with a zero in w goes around several zeros.
            if lengths[1] > FOLLOWED {
                return Doubtful::Many;
            }
            if lengths[0] > FOLLOWED {
                return Doubtful::Unknown;
            }
            match found.last_mut() {
                Some(last) if last.1 >= part.0 => last.1 = part.1,
                _ => found.push(part),
            }
        }
        Doubtful::Parts(found)
    }

    /// The three coefficients at an angle, and the power of the season's backshift.
    fn coefficients(&self, angle: f64) -> [[f64; 2]; 4] {
        let one = |angle: f64| {
            let (sin, cos) = angle.sin_cos();
            [cos, sin]
        };
        let at = one(angle);
        let [a, b, c] =
            [self.a, self.b, self.c].map(|p| plus(times(plus(times([p[2], 0.0], at), p[1]), at), p[0]));
        [a, b, c, one(self.period * angle)]
    }

    /// The value at an angle.
    fn at(&self, angle: f64) -> [f64; 2] {
        let [a, b, c, w] = self.coefficients(angle);
        let inner = times(c, w);
        let inner = times([inner[0] + b[0], inner[1] + b[1]], w);
        [inner[0] + a[0], inner[1] + a[1]]
    }

    /// The derivative by the angle, but for a factor of modulus 1.
    fn slope(&self, angle: f64) -> [f64; 2] {
        let [_, b, c, w] = self.coefficients(angle);
        let (sin, cos) = angle.sin_cos();
        let at = [cos, sin];
        // B d/dB of each coefficient, and what w = B^period adds.
        let [da, db, dc] =
            [self.a, self.b, self.c].map(|p| times(plus(times([2.0 * p[2], 0.0], at), p[1]), at));
        let by = |d: [f64; 2], c: [f64; 2], k: f64| [d[0] + k * c[0], d[1] + k * c[1]];
        let inner = times(by(dc, c, 2.0 * self.period), w);
        let inner = times(by(inner, by(db, b, self.period), 1.0), w);
        by(inner, da, 1.0)
    }

    /// The argument at an angle where the polynomial in w has no zero within the unit circle, but for a
    /// constant. `alone` has the reciprocal zeros of a.
    fn argument(&self, angle: f64, alone: [[f64; 2]; 2]) -> f64 {
        let [a, _, _, _] = self.coefficients(angle);
        let (sin, cos) = angle.sin_cos();
        let mut sum = turn(a, self.at(angle));
        for x in alone {
            // 1 - x B turns with B, and as 1 - 1 / (x B), where it is not on one side of 0.
            let by = times(x, [cos, sin]);
            let square = by[0] * by[0] + by[1] * by[1];
            sum += if square < 1.0 {
                (-by[1]).atan2(1.0 - by[0])
            } else {
                angle + (by[1] / square).atan2(1.0 - by[0] / square)
            };
        }
        sum
    }

    /// By how much the argument grows from one angle to another. The angle where the value is so close to 0
    /// that it cannot be said.
    fn follow(&self, from: f64, to: f64) -> Result<f64, f64> {
        let (mut at, mut value, mut sum) = (from, self.at(from), 0.0);
        while at < to {
            let size = |x: [f64; 2]| x[0].hypot(x[1]);
            // Towards a zero nearby, and away from it, in steps that are small beside its distance: several
            // close to each other would turn the argument by a whole turn, which is none.
            let mut step = (0.5 * size(value) / size(self.slope(at))).min(0.25 / self.period);
            let (next, ahead, by) = loop {
                if step.is_nan() || step < 1e-13 {
                    return Err(at);
                }
                let next = (at + step).min(to);
                let ahead = self.at(next);
                let by = turn(value, ahead);
                if by.abs() <= 0.8 {
                    break (next, ahead, by);
                }
                step *= 0.25;
            };
            sum += by;
            (at, value) = (next, ahead);
        }
        Ok(sum)
    }
}

/// The zeros of `x² + b x + c`.
fn roots(b: f64, c: f64) -> [[f64; 2]; 2] {
    let half = -0.5 * b;
    let square = half * half - c;
    if square < 0.0 {
        let part = (-square).sqrt();
        return [[half, part], [half, -part]];
    }
    let large = half + square.sqrt().copysign(half);
    [[large, 0.0], [if large == 0.0 { 0.0 } else { c / large }, 0.0]]
}

fn times(a: [f64; 2], b: [f64; 2]) -> [f64; 2] {
    [a[0] * b[0] - a[1] * b[1], a[0] * b[1] + a[1] * b[0]]
}

fn plus(a: [f64; 2], b: f64) -> [f64; 2] {
    [a[0] + b, a[1]]
}

/// The angle from one complex number to another.
fn turn(from: [f64; 2], to: [f64; 2]) -> f64 {
    let [re, im] = times([from[0], -from[1]], to);
    im.atan2(re)
}

/// The squared modulus on the unit circle of a polynomial with real coefficients, by powers of 1 - cos: near
/// an argument of 0, where the roots that matter are, nothing cancels.
fn squared(polynomial: &[f64]) -> [f64; 5] {
    // cos(k t) by powers of 1 - cos(t), without its constant 1
    const COSINES: [[f64; 4]; 5] = [
        [0.0; 4],
        [-1.0, 0.0, 0.0, 0.0],
        [-4.0, 2.0, 0.0, 0.0],
        [-9.0, 12.0, -4.0, 0.0],
        [-16.0, 40.0, -32.0, 8.0],
    ];
    let sum: f64 = polynomial.iter().sum();
    let mut out = [sum * sum, 0.0, 0.0, 0.0, 0.0];
    for (i, a) in polynomial.iter().enumerate() {
        for (k, b) in polynomial[i..].iter().enumerate() {
            for (out, by) in out[1..].iter_mut().zip(COSINES[k]) {
                *out += 2.0 * a * b * by;
            }
        }
    }
    out
}

/// The Bernstein coefficients on 0 to 2 of a polynomial, lowest power first: it lies between the least and
/// the largest of them.
fn bernstein(polynomial: [f64; 5]) -> [f64; 5] {
    const CHOOSE: [[f64; 5]; 5] = [
        [1.0, 0.0, 0.0, 0.0, 0.0],
        [1.0, 1.0, 0.0, 0.0, 0.0],
        [1.0, 2.0, 1.0, 0.0, 0.0],
        [1.0, 3.0, 3.0, 1.0, 0.0],
        [1.0, 4.0, 6.0, 4.0, 1.0],
    ];
    const POWERS: [f64; 5] = [1.0, 2.0, 4.0, 8.0, 16.0];
    core::array::from_fn(|i| (0..=i).map(|j| CHOOSE[i][j] / CHOOSE[4][j] * POWERS[j] * polynomial[j]).sum())
}

/// Bernstein coefficients on both halves (de Casteljau).
fn halves(all: [f64; 5]) -> ([f64; 5], [f64; 5]) {
    let (mut left, mut right) = (all, all);
    for step in 1..5 {
        for i in (step..5).rev() {
            left[i] = 0.5 * (left[i - 1] + left[i]);
        }
        for i in 0..5 - step {
            right[i] = 0.5 * (right[i] + right[i + 1]);
        }
    }
    (left, right)
}
