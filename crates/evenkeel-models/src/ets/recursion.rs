//! The recursion over a history, forwards for the likelihood and backwards for its gradient.
//!
//! States are updated alike whatever the error is; the error only decides what the likelihood sums. The
//! backward pass is the adjoint of the forward one, so that a gradient costs a few evaluations, however many
//! starting states there are.

use super::form::{EtsError, EtsForm, EtsSeason, EtsTrend};
use super::parameters::EtsParameters;

/// What a step leaves for the backward pass.
#[derive(Debug, Clone, Copy, Default)]
struct Step {
    level: f64,
    trend: f64,
    season: f64,
    growth: f64,
    base: f64,
}

/// Workspace of passes over one history.
#[derive(Debug, Clone)]
pub(super) struct Pass {
    form: EtsForm,
    tape: Vec<Step>,
    season: Vec<f64>,
}

/// What a forward pass sums up.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sums {
    /// Of the squared (relative) errors.
    pub(super) squares: f64,
    /// Of the logarithms of the expected values, for a multiplicative error.
    pub(super) log_expected: f64,
}

impl Sums {
    /// Twice minus the log-likelihood but for constants.
    pub(super) fn objective(&self, n: f64) -> f64 {
        // Smaller values are rounding.
        n * self.squares.max(1e-30 * n).ln() + 2.0 * self.log_expected
    }
}

const NONE: u8 = 0;
const ADDITIVE: u8 = 1;
const FACTOR: u8 = 2;

macro_rules! dispatch {
    ($form:expr, $self:ident . $method:ident ( $($argument:expr),* )) => {{
        let trend = match $form.trend {
            EtsTrend::None => NONE,
            EtsTrend::Additive | EtsTrend::AdditiveDamped => ADDITIVE,
            EtsTrend::Multiplicative | EtsTrend::MultiplicativeDamped => FACTOR,
        };
        let season = match $form.season {
            EtsSeason::None => NONE,
            EtsSeason::Additive => ADDITIVE,
            EtsSeason::Multiplicative => FACTOR,
        };
        match (trend, season) {
            (NONE, NONE) => $self.$method::<NONE, NONE>($($argument),*),
            (NONE, ADDITIVE) => $self.$method::<NONE, ADDITIVE>($($argument),*),
            (NONE, _) => $self.$method::<NONE, FACTOR>($($argument),*),
            (ADDITIVE, NONE) => $self.$method::<ADDITIVE, NONE>($($argument),*),
            (ADDITIVE, ADDITIVE) => $self.$method::<ADDITIVE, ADDITIVE>($($argument),*),
            (ADDITIVE, _) => $self.$method::<ADDITIVE, FACTOR>($($argument),*),
            (_, NONE) => $self.$method::<FACTOR, NONE>($($argument),*),
            (_, ADDITIVE) => $self.$method::<FACTOR, ADDITIVE>($($argument),*),
            (_, _) => $self.$method::<FACTOR, FACTOR>($($argument),*),
        }
    }};
}

impl Pass {
    pub(super) fn new(form: EtsForm, n: usize) -> Self {
        Self { form, tape: vec![Step::default(); n], season: Vec::new() }
    }

    /// None where the form is not defined: an expected value that is not positive in a multiplicative form,
    /// or numbers beyond floats.
    pub(super) fn forward(&mut self, y: &[f64], start: &EtsParameters) -> Option<Sums> {
        dispatch!(self.form, self.run(y, start))
    }

    /// The gradient of [`Sums::objective`] after a forward pass from the same start, into `out`.
    pub(super) fn backward(
        &mut self,
        y: &[f64],
        start: &EtsParameters,
        sums: &Sums,
        n: f64,
        out: &mut EtsParameters,
    ) {
        dispatch!(self.form, self.back(y, start, sums, n, out));
    }

    fn run<const T: u8, const S: u8>(&mut self, y: &[f64], start: &EtsParameters) -> Option<Sums> {
        let relative = self.form.error == EtsError::Multiplicative;
        let positive = S == FACTOR || T == FACTOR;
        let (alpha, beta, gamma, phi) = (start.alpha, start.beta, start.gamma, start.phi);
        let (mut l, mut b) = (start.level, start.trend);
        if positive && !is_positive(l) {
            return None;
        }
        self.season.clear();
        self.season.extend_from_slice(&start.season);
        let season = self.season.as_mut_slice();
        let (mut slot, mut squares, mut log_expected, mut product) = (0, 0.0, 0.0, 1.0_f64);
        for (&y, step) in y.iter().zip(&mut self.tape) {
            let s = if S == NONE { 0.0 } else { season[slot] };
            let g = match T {
                NONE => 0.0,
                ADDITIVE => phi * b,
                _ if phi == 1.0 => b,
                _ => b.powf(phi),
            };
            let q = match T {
                NONE => l,
                ADDITIVE => l + g,
                _ => l * g,
            };
            let mu = match S {
                NONE => q,
                ADDITIVE => q + s,
                _ => q * s,
            };
            if positive && !is_positive(q) {
                return None;
            }
            *step = Step { level: l, trend: b, season: s, growth: g, base: q };
            if y.is_nan() {
                (l, b) = (q, g);
            } else {
                let d = y - mu;
                if relative {
                    if !is_positive(mu) {
                        return None;
                    }
                    let e = d / mu;
                    squares += e * e;
                    product *= mu;
                    if !(1e-100..1e100).contains(&product) {
                        log_expected += product.ln();
                        product = 1.0;
                    }
                } else {
                    squares += d * d;
                }
                let r = match S {
                    NONE => y - q,
                    ADDITIVE => d,
                    _ => y / s - q,
                };
                b = match T {
                    NONE => 0.0,
                    ADDITIVE => g + beta * r,
                    _ => g + beta * r / l,
                };
                l = q + alpha * r;
                match S {
                    NONE => {}
                    ADDITIVE => season[slot] = s + gamma * d,
                    _ => season[slot] = s + gamma * (y / q - s),
                }
            }
            if S != NONE {
                slot += 1;
                if slot == season.len() {
                    slot = 0;
                }
            }
        }
        log_expected += product.ln();
        (squares + log_expected).is_finite().then_some(Sums { squares, log_expected })
    }

    fn back<const T: u8, const S: u8>(
        &mut self,
        y: &[f64],
        start: &EtsParameters,
        sums: &Sums,
        n: f64,
        out: &mut EtsParameters,
    ) {
        let relative = self.form.error == EtsError::Multiplicative;
        let (alpha, beta, gamma, phi) = (start.alpha, start.beta, start.gamma, start.phi);
        let weight = 2.0 * n / sums.squares.max(1e-30 * n);
        let period = start.season.len();
        // Adjoints of the states after the step.
        let pull = &mut out.season;
        pull.clear();
        pull.resize(period, 0.0);
        let (mut pl, mut pb) = (0.0, 0.0);
        let (mut da, mut db, mut dg, mut dp) = (0.0, 0.0, 0.0, 0.0);
        let mut slot = if S == NONE { 0 } else { y.len() % period };
        for (&y, step) in y.iter().zip(&self.tape).rev() {
            let Step { level: l, trend: b, season: s, growth: g, base: q } = *step;
            if S != NONE {
                slot = if slot == 0 { period - 1 } else { slot - 1 };
            }
            let mut pq = pl;
            let mut pg = pb;
            let mut kept = 0.0;
            if !y.is_nan() {
                let mu = match S {
                    NONE => q,
                    ADDITIVE => q + s,
                    _ => q * s,
                };
                let pm = if relative {
                    let inverse = 1.0 / mu;
                    let e = (y - mu) * inverse;
                    inverse * (2.0 - weight * e * (1.0 + e))
                } else {
                    -weight * (y - mu)
                };
                let r = match S {
                    NONE => y - q,
                    ADDITIVE => y - mu,
                    _ => y / s - q,
                };
                let mut pr = alpha * pl;
                da += r * pl;
                match T {
                    NONE => {}
                    ADDITIVE => {
                        pr += beta * pb;
                        db += r * pb;
                    }
                    _ => {
                        let share = pb / l;
                        pr += beta * share;
                        db += r * share;
                        kept = -beta * r * share / l;
                    }
                }
                pq -= pr;
                match S {
                    NONE => pq += pm,
                    ADDITIVE => {
                        let ps = pull[slot];
                        dg += (y - mu) * ps;
                        pq += pm - gamma * ps;
                        pull[slot] = ps * (1.0 - gamma) - pr + pm;
                    }
                    _ => {
                        let ps = pull[slot];
                        let t = y / q;
                        dg += (t - s) * ps;
                        pq += pm * s - gamma * ps * t / q;
                        pull[slot] = ps * (1.0 - gamma) - pr * y / (s * s) + pm * q;
                    }
                }
            }
            match T {
                NONE => pl = pq,
                ADDITIVE => {
                    pg += pq;
                    pl = pq;
                    dp += b * pg;
                    pb = phi * pg;
                }
                _ => {
                    pg += l * pq;
                    pl = pq * g + kept;
                    if phi == 1.0 {
                        pb = pg;
                    } else {
                        dp += pg * g * b.ln();
                        pb = pg * phi * g / b;
                    }
                }
            }
        }
        (out.alpha, out.beta, out.gamma, out.phi) = (da, db, dg, dp);
        (out.level, out.trend) = (pl, pb);
    }

    /// The values that were expected by the last forward pass.
    pub(super) fn expected(&self) -> impl Iterator<Item = f64> + '_ {
        let season = self.form.season;
        self.tape.iter().map(move |step| match season {
            EtsSeason::None => step.base,
            EtsSeason::Additive => step.base + step.season,
            EtsSeason::Multiplicative => step.base * step.season,
        })
    }
}

/// Numbers so small that their powers leave the floats do not count as positive.
fn is_positive(x: f64) -> bool {
    x > 1e-150 && x < 1e150
}
