//! The numbers that the plain factors start from: their covariances with each other and with the seasonal
//! factor.

#![expect(clippy::needless_range_loop, reason = "small matrices read best by index")]

use super::phase_layout::Layout;
use super::small_matrix::{MOST, Square, image, linear, power, product};
use crate::arima::dual::Scalar;
use core::array::from_fn;

/// What comes over a period and is smaller than this is nothing.
pub(super) const NEGLIGIBLE: f64 = 1e-20;

/// What the start has to do with the rest.
#[derive(Debug, Clone, Default)]
pub(super) struct Coupling {
    /// Covariances of each number of `a` with the entries of `v`, to the end of the last row.
    pub(super) with: [Vec<f64>; MOST],
    /// In so many phases at the end of a row they are not nothing.
    pub(super) reach: usize,
    /// Covariance of `a`.
    pub(super) own: Square<f64>,
    pub(super) phi: [f64; MOST],
    pub(super) g: [f64; MOST],
    /// What of the covariances comes from beyond the last row.
    pub(super) tail: [f64; MOST],
}

/// Derivatives by what the covariances of the start are made of.
pub(super) struct ByCoupling {
    pub(super) phi: [f64; MOST],
    pub(super) g: [f64; MOST],
    pub(super) seasonal: Vec<f64>,
}

impl Coupling {
    /// The numbers `a` are what the values before the first say of the next ones: `a` moves by `T`, and takes
    /// up `g v`. So its covariance with `v_t` is the sum over the past of `T^k g` times the autocovariance of
    /// `v`, which is 0 but at multiples of the period: `c_t = T c_{t+1}`, and `g` times that autocovariance
    /// more where t is a multiple. O(n d).
    pub(super) fn run(
        &mut self,
        (ar, ma): (&[f64], &[f64]),
        sar: &[f64],
        seasonal: &[f64],
        s: usize,
    ) -> Option<()> {
        let d = ar.len().max(ma.len());
        let of = |side: &[f64], i: usize| side.get(i).copied().unwrap_or(0.0);
        self.phi = from_fn(|i| of(ar, i));
        self.g = from_fn(|i| of(ar, i) + of(ma, i));
        self.tail = tail(d, (&self.phi, &self.g), sar, seasonal, s)?;
        for with in &mut self.with {
            with.clear();
        }
        let length = (seasonal.len() - 1) * s;
        self.with[..d].iter_mut().for_each(|with| with.resize(length, 0.0));
        // How long anything stays: the last number is the first one after d - 1 steps, so it stays longest.
        let mut stays: [f64; MOST] = from_fn(|i| f64::from(u8::from(i + 1 == d)));
        self.reach = 0;
        while self.reach < s && stays.iter().any(|x| x.abs() >= NEGLIGIBLE) {
            stays = step(d, &self.phi, &stays);
            self.reach += 1;
        }
        let mut x = self.tail;
        for (row, covariance) in seasonal.iter().enumerate().skip(1).rev() {
            for (x, g) in x.iter_mut().zip(self.g) {
                *x += covariance * g;
            }
            for t in (row * s - self.reach..row * s).rev() {
                for (out, x) in self.with.iter_mut().zip(&x[..d]) {
                    out[t] = *x;
                }
                x = step(d, &self.phi, &x);
            }
            if self.reach < s {
                x = [0.0; MOST];
            }
        }
        // P = T P T' + what is new: with a_1 = T a_0 + g v_1.
        let first = x;
        let g = &self.g;
        let fresh = from_fn(|i| from_fn(|j| seasonal[0] * g[i] * g[j] + first[i] * g[j] + g[i] * first[j]));
        self.own = summed(d, matrix(d, &self.phi), fresh)?;
        Some(())
    }

    /// Adds to the derivatives by phi, by g and by the autocovariances, and gives those by the tail, given
    /// those by the covariances of the last [`run`](Self::run).
    pub(super) fn pull(
        &self,
        d: usize,
        (seasonal, s): (&[f64], usize),
        (layout, by_with): (Layout, &[Vec<f64>; MOST]),
        by_own: &Square<f64>,
        out: &mut ByCoupling,
    ) -> Option<[f64; MOST]> {
        let transition = matrix(d, &self.phi);
        let by_fresh = summed(d, from_fn(|i| from_fn(|j| transition[j][i])), *by_own)?;
        let of_first: [f64; MOST] = from_fn(|i| if i < d { self.with[i][0] } else { 0.0 });
        let first = step(d, &self.phi, &of_first);
        let (on_g, on_first) = (image(d, &by_fresh, &self.g), image(d, &by_fresh, &first));
        let moved = product(d, &by_fresh, &product(d, &transition, &self.own));
        for i in 0..d {
            out.seasonal[0] += self.g[i] * on_g[i];
            out.g[i] += 2.0 * (seasonal[0] * on_g[i] + on_first[i]);
            out.phi[i] += 2.0 * moved[i][0];
        }
        // By what the first covariances become one step further.
        let mut by = on_g.map(|x| 2.0 * x);
        for (row, covariance) in seasonal.iter().enumerate().skip(1) {
            // What has died away on its way back through a row carries nothing on.
            if self.reach < s {
                by = [0.0; MOST];
            }
            for i in 0..layout.width {
                let t = row * s - layout.width + i;
                for i in 0..d {
                    out.phi[i] += by[i] * self.with[0][t];
                }
                by = step_back(d, &self.phi, &by);
                let at = (row - 1) * layout.width + i;
                for i in 0..d {
                    // Rows go on a little beyond the data.
                    by[i] += by_with[i].get(at).unwrap_or(&0.0);
                }
            }
            for i in 0..d {
                out.seasonal[row] += by[i] * self.g[i];
                out.g[i] += by[i] * covariance;
            }
        }
        Some(by)
    }
}

/// One step of `T`: the numbers move up, and the first goes on as the autoregression says.
fn step<N: Scalar>(d: usize, phi: &[N; MOST], x: &[N; MOST]) -> [N; MOST] {
    let mut out = [N::of(0.0); MOST];
    for i in 0..d {
        out[i] = phi[i] * x[0];
        if i + 1 < d {
            out[i] = out[i] + x[i + 1];
        }
    }
    out
}

/// The transpose of [`step`].
fn step_back(d: usize, phi: &[f64; MOST], x: &[f64; MOST]) -> [f64; MOST] {
    let mut out = [0.0; MOST];
    out[0] = (0..d).map(|i| phi[i] * x[i]).sum();
    out[1..d.max(1)].copy_from_slice(&x[..d.max(1) - 1]);
    out
}

/// The matrix of [`step`].
fn matrix<N: Scalar>(d: usize, phi: &[N; MOST]) -> Square<N> {
    let unit = |j: usize| from_fn(|i| N::of(f64::from(u8::from(i == j && i < d))));
    let columns: Square<N> = from_fn(|j| step(d, phi, &unit(j)));
    from_fn(|i| from_fn(|j| columns[j][i]))
}

/// What of the covariances of the start comes from beyond the last row, one step before it: the
/// autocovariances go on as the seasonal autoregression says, so that their sum solves a linear system.
pub(super) fn tail<N: Scalar>(
    d: usize,
    (phi, g): (&[N; MOST], &[N; MOST]),
    sar: &[N],
    seasonal: &[N],
    s: usize,
) -> Option<[N; MOST]> {
    let zero = N::of(0.0);
    // Without an autoregression nothing comes over a period, or nothing is there.
    if sar.is_empty() || phi.iter().all(|x| x.value() == 0.0) {
        return Some([zero; MOST]);
    }
    let m = power(d, &matrix(d, phi), s);
    let size = m.iter().flatten().fold(0.0, |most: f64, x| most.max(x.value().abs()));
    if size < NEGLIGIBLE {
        return Some([zero; MOST]);
    }
    let square = product(d, &m, &m);
    let of = |side: &[N], i: usize| side.get(i).copied().unwrap_or(zero);
    let (one, two) = (of(sar, 0), of(sar, 1));
    let system: Square<N> =
        from_fn(|i| from_fn(|j| N::of(f64::from(u8::from(i == j))) - one * m[i][j] - two * square[i][j]));
    let [.., before, newest] = *seasonal else { return None };
    let once = image(d, &m, g);
    let right = from_fn(|i| (one * newest + two * before) * g[i] + two * newest * once[i]);
    Some(image(d, &m, &linear(d, system, right)?))
}

/// The sum of `T^k q T'^k`, or with T transposed. None if it does not come to an end.
fn summed(d: usize, mut moves: Square<f64>, q: Square<f64>) -> Option<Square<f64>> {
    let mut own = q;
    for _ in 0..64 {
        let size = moves.iter().flatten().fold(0.0, |most: f64, x| most.max(x.abs()));
        if size < 1e-11 {
            return Some(own);
        }
        let moved = product(d, &moves, &own);
        for i in 0..d {
            for j in 0..d {
                own[i][j] += (0..d).map(|k| moved[i][k] * moves[j][k]).sum::<f64>();
            }
        }
        moves = product(d, &moves, &moves);
    }
    None
}
