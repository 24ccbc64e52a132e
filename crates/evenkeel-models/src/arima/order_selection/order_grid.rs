//! The grid of orders, and starting points for their fits.

use crate::arima::arma_recursion::dot;
use crate::arima::initial_values::{burg, long_order};
use crate::arima::lag_polynomials::LagPolynomials;
use crate::arima::pacf_transform::{PacfTransform, into_stationary};
use crate::count::as_f64;
use nalgebra::{DMatrix, DVector};

/// The highest plain and seasonal orders on each side.
const HIGHEST: (usize, usize) = (5, 2);
/// The highest sum of all orders in the first sweep.
const SUM: usize = 5;

/// Which orders there are for a series.
#[derive(Debug, Clone, Copy)]
pub(super) struct Grid {
    plain: usize,
    seasonal: usize,
    pub(super) s: usize,
}

impl Grid {
    /// For `n` differences.
    pub(super) fn new(n: usize, s: usize) -> Self {
        let seasonal = if s > 1 { HIGHEST.1.min(n / 3 / s) } else { 0 };
        Self { plain: HIGHEST.0.min(n / 3), seasonal, s }
    }

    /// All orders up to the sum, from small to large.
    pub(super) fn orders(&self) -> Vec<LagPolynomials> {
        let (plain, seasonal, s) = (self.plain, self.seasonal, self.s);
        let mut all = Vec::new();
        for p in 0..=plain {
            for q in 0..=plain {
                for sp in 0..=seasonal {
                    for sq in 0..=seasonal {
                        let polynomials = LagPolynomials { p, q, sp, sq, s };
                        if polynomials.len() <= SUM {
                            all.push(polynomials);
                        }
                    }
                }
            }
        }
        all.sort_by_key(LagPolynomials::len);
        all
    }

    /// The longest state of any order.
    pub(super) fn width(&self) -> usize {
        self.plain + self.seasonal * self.s + 1
    }

    /// A place in a table of all orders within the bounds; None beyond them.
    pub(super) fn place(&self, of: &LagPolynomials) -> Option<usize> {
        let inside = of.p.max(of.q) <= self.plain && of.sp.max(of.sq) <= self.seasonal;
        let (a, b) = (HIGHEST.0 + 1, HIGHEST.1 + 1);
        inside.then_some(((of.p * a + of.q) * b + of.sp) * b + of.sq)
    }

    /// The size of that table.
    pub(super) fn places() -> usize {
        ((HIGHEST.0 + 1) * (HIGHEST.1 + 1)).pow(2)
    }

    /// Orders beside this one.
    pub(super) fn beside(&self, of: LagPolynomials) -> Vec<LagPolynomials> {
        const STEPS: [(i8, i8, i8, i8); 16] = [
            (1, 0, 0, 0),
            (-1, 0, 0, 0),
            (0, 1, 0, 0),
            (0, -1, 0, 0),
            (0, 0, 1, 0),
            (0, 0, -1, 0),
            (0, 0, 0, 1),
            (0, 0, 0, -1),
            (1, 1, 0, 0),
            (-1, -1, 0, 0),
            (1, -1, 0, 0),
            (-1, 1, 0, 0),
            (0, 0, 1, 1),
            (0, 0, -1, -1),
            (0, 0, 1, -1),
            (0, 0, -1, 1),
        ];
        let moved = |at: usize, by: i8| at.checked_add_signed(isize::from(by));
        let one = |(p, q, sp, sq): (i8, i8, i8, i8)| {
            let polynomials = LagPolynomials {
                p: moved(of.p, p)?,
                q: moved(of.q, q)?,
                sp: moved(of.sp, sp)?,
                sq: moved(of.sq, sq)?,
                s: of.s,
            };
            self.place(&polynomials).map(|_| polynomials)
        };
        STEPS.into_iter().filter_map(one).collect()
    }
}

/// Orders with one coefficient less.
pub(super) fn smaller(of: LagPolynomials) -> impl Iterator<Item = LagPolynomials> {
    let less = |n: usize| n.checked_sub(1);
    [
        less(of.p).map(|p| LagPolynomials { p, ..of }),
        less(of.q).map(|q| LagPolynomials { q, ..of }),
        less(of.sp).map(|sp| LagPolynomials { sp, ..of }),
        less(of.sq).map(|sq| LagPolynomials { sq, ..of }),
    ]
    .into_iter()
    .flatten()
}

/// A start of larger factors from the coefficients of smaller ones: the same process, but for the new partial
/// autocorrelations of the plain factors and of the season's. None if the others are not smaller in
/// everything.
pub(super) fn padded(
    coefficients: &[f64],
    small: LagPolynomials,
    large: LagPolynomials,
    fresh: (f64, f64),
) -> Option<Vec<f64>> {
    let free = PacfTransform::new(small).free(coefficients)?;
    let mut out = Vec::with_capacity(large.len());
    for (i, ((from, autoregressive), (to, _))) in small.blocks().into_iter().zip(large.blocks()).enumerate() {
        let more = to.len().checked_sub(from.len())?;
        out.extend_from_slice(&free[from]);
        let by = if i < 2 { fresh.0 } else { fresh.1 };
        // A moving average that undoes needs the other sign in its own convention, and the same number.
        let by = if autoregressive { by } else { -by };
        out.extend(std::iter::repeat_n(by, more.min(1)));
        out.extend(std::iter::repeat_n(0.0, more.saturating_sub(1)));
    }
    Some(out)
}

/// Estimates of all orders from one set of sums of products: regressions on lags of the series and of the
/// residuals of a long autoregression (Hannan and Rissanen 1982).
#[derive(Debug)]
pub(super) struct Regressions {
    /// Sums of products of all lags of the series, all lags of the residuals, and the series itself.
    gram: DMatrix<f64>,
    s: usize,
}

impl Regressions {
    /// None for a series that is too short.
    pub(super) fn new(w: &[f64], grid: &Grid) -> Option<Self> {
        let (n, s) = (w.len(), grid.s);
        let reach = if grid.seasonal > 0 { grid.seasonal * s + 1 } else { grid.plain };
        let order =
            long_order(n, grid.plain, grid.plain).max(if grid.seasonal > 0 { (s + 3).min(n / 3) } else { 0 });
        let (long, residuals) = burg(w, order);
        let from = long.len() + reach.max(grid.plain);
        if n < from + 40 {
            return None;
        }
        let lags = lags(s);
        let column = |j: usize| {
            let back = if j < lags.len() { lags[j] } else { lags[j - lags.len()] };
            let of = if j < lags.len() { w } else { &residuals };
            // Lags beyond the reach are never asked for.
            if back > reach { &[][..] } else { &of[from - back..n - back] }
        };
        let k = 2 * lags.len();
        let mut gram = DMatrix::zeros(k + 1, k + 1);
        for i in 0..=k {
            let a = if i < k { column(i) } else { &w[from..] };
            for j in 0..=i {
                let b = if j < k { column(j) } else { &w[from..] };
                let value = dot(a, b);
                gram[(i, j)] = value;
                gram[(j, i)] = value;
            }
        }
        Some(Self { gram, s })
    }

    /// A start for these factors.
    pub(super) fn start(&self, of: LagPolynomials) -> Option<Vec<f64>> {
        let lags = lags(self.s);
        let count = lags.len();
        let pick = |near: usize, far: usize, base: usize| {
            (0..near).map(move |j| base + j).chain((0..far).map(move |k| base + HIGHEST.0 + k))
        };
        let chosen: Vec<usize> = pick(of.p, of.sp, 0).chain(pick(of.q, of.sq, count)).collect();
        let k = chosen.len();
        let mut matrix = DMatrix::from_fn(k, k, |i, j| self.gram[(chosen[i], chosen[j])]);
        let largest = (0..k).fold(0.0, |most: f64, i| most.max(matrix[(i, i)]));
        for i in 0..k {
            matrix[(i, i)] += 1e-9 * largest;
        }
        let right = DVector::from_fn(k, |i, _| self.gram[(chosen[i], 2 * count)]);
        let solved = matrix.cholesky()?.solve(&right);
        // ar, sar, ma, sma as chosen; ar, ma, sar, sma as they stand in the factors.
        let (a, b, c) = (of.p, of.p + of.sp, of.p + of.sp + of.q);
        let mut parts = [
            &solved.as_slice()[..a],
            &solved.as_slice()[b..c],
            &solved.as_slice()[a..b],
            &solved.as_slice()[c..],
        ]
        .map(<[f64]>::to_vec);
        for (i, part) in parts.iter_mut().enumerate() {
            let sign = if i % 2 == 0 { 1.0 } else { -1.0 };
            part.iter_mut().for_each(|c| *c *= sign);
            into_stationary(part, if i % 2 == 0 { 0.9995 } else { 0.98 });
            part.iter_mut().for_each(|c| *c *= sign);
        }
        PacfTransform::new(of).free(&parts.concat())
    }
}

/// The lags that are regressed on: plain ones, then those of the season.
fn lags(s: usize) -> Vec<usize> {
    (1..=HIGHEST.0).chain((1..=HIGHEST.1).map(|k| k * s)).collect()
}

/// About how much an exact fit of all orders costs: entries of all states over all times.
pub(super) fn cost(orders: &[LagPolynomials], n: usize) -> f64 {
    orders.iter().map(|of| as_f64(n) * as_f64(of.width())).sum()
}
