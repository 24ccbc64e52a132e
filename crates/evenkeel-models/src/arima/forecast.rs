//! Predictions of several steps.

use super::filter::{Filter, WIDEST};
use evenkeel_core::Prediction;

/// Fills `out` with the predictions from the filter's predicted state: exact means and standard deviations
/// for every horizon, also where the present state is uncertain after a gap.
///
/// The reading `z` of the state h steps ahead is carried backwards through the transition, which needs one
/// vector, no matrix: mean z'a, variance z'Pz plus the squares of the impulse responses z'R of the
/// innovations in between. A state longer than [`WIDEST`] needs that vector from the heap.
pub(super) fn fill(of: &Filter, sigma: f64, trend: impl Fn(usize) -> f64, out: &mut [Prediction]) {
    let filter = &of.kalman;
    if let ([out], false) = (&mut *out, filter.is_full()) {
        let (mean, variance) = of.next();
        *out = prediction(mean + trend(0), sigma * variance.sqrt());
        return;
    }
    let (r, m) = (filter.phi.len(), filter.dimension());
    let (mut short, mut long) = ([0.0; WIDEST], Vec::new());
    let z = if m <= WIDEST {
        &mut short[..m]
    } else {
        long.resize(m, 0.0);
        &mut long[..]
    };
    z[0] = 1.0;
    for &(lag, by) in &filter.delta {
        z[r + lag] = by;
    }
    let state = filter.column(0);
    let mut innovations = 0.0;
    for (h, out) in out.iter_mut().enumerate() {
        let response = dot(&z[..r], &filter.theta);
        let now = if filter.steady {
            let unknown = of.loose.chunks_exact(m).map(|column| dot(column, z).powi(2));
            response * response + unknown.sum::<f64>()
        } else {
            quadratic(&filter.covariance, z)
        };
        let mean = dot(z, state) + trend(h);
        let sd = sigma * (now.max(0.0) + innovations).sqrt();
        *out = prediction(mean, sd);
        innovations += response * response;
        back(z, &filter.phi, &filter.delta);
    }
}

/// A prediction within what numbers can hold.
fn prediction(mean: f64, sd: f64) -> Prediction {
    let bounded = |x: f64| if x.is_nan() { 0.0 } else { x.clamp(f64::MIN, f64::MAX) };
    Prediction::new(bounded(mean), bounded(sd).abs()).unwrap_or_default()
}

/// The reading one step further ahead: `z` times the transition, in place.
fn back(z: &mut [f64], phi: &[f64], delta: &[(usize, f64)]) {
    let r = phi.len();
    let level = z.get(r).copied().unwrap_or(0.0);
    let first = dot(&z[..r], phi) + level;
    z.copy_within(0..r - 1, 1);
    z[0] = first;
    if z.len() > r {
        z.copy_within(r + 1.., r);
        let last = z.len() - 1;
        z[last] = 0.0;
        for &(lag, by) in delta {
            z[r + lag] += level * by;
        }
    }
}

fn quadratic(matrix: &[f64], z: &[f64]) -> f64 {
    let m = z.len();
    let mut sum = 0.0;
    for (row, by) in matrix.chunks_exact(m).zip(z) {
        if *by != 0.0 {
            sum += by * dot(row, z);
        }
    }
    sum
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    let mut sum = 0.0;
    for (x, y) in a.iter().zip(b) {
        sum += x * y;
    }
    sum
}
