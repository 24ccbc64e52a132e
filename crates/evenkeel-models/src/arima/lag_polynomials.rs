//! The lag polynomials of a seasonal model, and the long sparse products that they multiply to.

use super::dual::Scalar;
use super::polynomial::undifference;
use core::ops::Range;

/// The orders of `(1 - ar(B))(1 - sar(B^s)) n = (1 + ma(B))(1 + sma(B^s)) e`.
///
/// Coefficients stand in one slice: ar, ma, sar, sma.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct LagPolynomials {
    pub(super) p: usize,
    pub(super) q: usize,
    pub(super) sp: usize,
    pub(super) sq: usize,
    /// The period; at least 1.
    pub(super) s: usize,
}

/// Where the products of the factors have terms: lags less 1, ascending.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Lags {
    pub(super) ar: Vec<usize>,
    pub(super) ma: Vec<usize>,
}

impl LagPolynomials {
    /// Number of coefficients.
    pub(super) fn len(&self) -> usize {
        self.p + self.q + self.sp + self.sq
    }

    /// Order of the product on the autoregressive side.
    pub(super) fn ar_order(&self) -> usize {
        self.p + self.s * self.sp
    }

    /// Order of the product on the moving average side.
    pub(super) fn ma_order(&self) -> usize {
        self.q + self.s * self.sq
    }

    /// Entries of the state of the companion form.
    pub(super) fn width(&self) -> usize {
        self.ar_order().max(self.ma_order() + 1)
    }

    /// The coefficients of each factor, and whether it is autoregressive.
    pub(super) fn blocks(&self) -> [(Range<usize>, bool); 4] {
        let (a, b, c) = (self.p, self.p + self.q, self.p + self.q + self.sp);
        [(0..a, true), (a..b, false), (b..c, true), (c..c + self.sq, false)]
    }

    pub(super) fn lags(&self) -> Lags {
        let side = |near: usize, far: usize| {
            let mut lags: Vec<usize> =
                (0..=far).flat_map(|k| (0..=near).map(move |j| j + k * self.s)).collect();
            lags.sort_unstable();
            lags.dedup();
            lags.into_iter().filter_map(|lag| lag.checked_sub(1)).collect()
        };
        Lags { ar: side(self.p, self.sp), ma: side(self.q, self.sq) }
    }

    /// Multiplies the factors.
    pub(super) fn expand<N: Scalar>(&self, coefficients: &[N], ar: &mut Vec<N>, ma: &mut Vec<N>) {
        let [a, m, sa, sm] = self.blocks().map(|(range, _)| &coefficients[range]);
        product(a, sa, self.s, -1.0, ar);
        product(m, sm, self.s, 1.0, ma);
    }

    /// Adds derivatives by the coefficients, given those by the terms of the products.
    pub(super) fn contract(&self, coefficients: &[f64], by_ar: &[f64], by_ma: &[f64], out: &mut [f64]) {
        let blocks = self.blocks();
        for (near, far, by, sign) in [(0, 2, by_ar, -1.0), (1, 3, by_ma, 1.0)] {
            let (near, far) = (blocks[near].0.clone(), blocks[far].0.clone());
            for (j, i) in near.clone().enumerate() {
                out[i] += by[j];
                for (k, f) in far.clone().enumerate() {
                    out[i] += sign * coefficients[f] * by[j + (k + 1) * self.s];
                }
            }
            for (k, f) in far.enumerate() {
                let lag = (k + 1) * self.s;
                out[f] += by[lag - 1];
                for (j, i) in near.clone().enumerate() {
                    out[f] += sign * coefficients[i] * by[j + lag];
                }
            }
        }
    }
}

/// The terms of `(1 + sign a(B)) (1 + sign b(B^s))`, signed as the factors are, without the 1.
fn product<N: Scalar>(near: &[N], far: &[N], s: usize, sign: f64, out: &mut Vec<N>) {
    out.clear();
    out.resize(near.len() + s * far.len(), N::of(0.0));
    out[..near.len()].copy_from_slice(near);
    for (k, &f) in far.iter().enumerate() {
        let lag = (k + 1) * s;
        out[lag - 1] = out[lag - 1] + f;
        for (j, &n) in near.iter().enumerate() {
            out[j + lag] = out[j + lag] + (n * f).scale(sign);
        }
    }
}

/// Differencing: `(1 - B)^d (1 - B^s)^D`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Differences {
    pub(super) d: usize,
    pub(super) seasonal: usize,
    pub(super) s: usize,
}

impl Differences {
    /// How many values it costs.
    pub(super) fn order(&self) -> usize {
        self.d + self.seasonal * self.s
    }

    /// How y follows from its difference w: `y_t = w_t + Σ c y_{t - 1 - i}` over the pairs (i, c).
    pub(super) fn terms(&self) -> Vec<(usize, f64)> {
        undifference(self.d, self.seasonal, self.s)
            .into_iter()
            .enumerate()
            .filter(|(_, c)| *c != 0.0)
            .collect()
    }

    /// Differences in place.
    pub(super) fn apply(&self, y: &mut Vec<f64>) {
        let mut once = |lag: usize| {
            for t in lag..y.len() {
                y[t - lag] = y[t] - y[t - lag];
            }
            y.truncate(y.len().saturating_sub(lag));
        };
        (0..self.seasonal).for_each(|_| once(self.s));
        (0..self.d).for_each(|_| once(1));
    }
}
