//! Forecast moments of multiplicative error and season.

use crate::ets::parameters::EtsParameters;
use crate::ets::product_moments::{Moments, Step};

/// Nodes and weights of Gauss and Hermite for a standard normal error: exact for polynomials of degree 9.
const NODES: [(f64, f64); 5] = [
    (0.0, 8.0 / 15.0),
    (1.355_626_179_974_266, 0.222_075_922_005_612_64),
    (-1.355_626_179_974_266, 0.222_075_922_005_612_64),
    (2.856_970_013_872_805_7, 0.011_257_411_327_720_693),
    (-2.856_970_013_872_805_7, 0.011_257_411_327_720_693),
];

/// A value is a polynomial of degree 2 in each error, its square one of degree 4: the sum over all paths of
/// nodes is exact.
fn by_all_paths(p: &EtsParameters, period: usize, sigma: f64, horizon: usize) -> (f64, f64) {
    let (mut first, mut second) = (0.0, 0.0);
    for path in 0..NODES.len().pow(u32::try_from(horizon).unwrap_or(0)) {
        let (mut level, mut trend, mut season) = (p.level, p.trend, p.season.clone());
        let (mut left, mut weight, mut y) = (path, 1.0, 0.0);
        for t in 0..horizon {
            let (z, w) = NODES[left % NODES.len()];
            left /= NODES.len();
            weight *= w;
            let e = sigma * z;
            let (base, growth) = (level + p.phi * trend, p.phi * trend);
            y = base * season[t % period] * (1.0 + e);
            level = base * (1.0 + p.alpha * e);
            trend = growth + p.beta * base * e;
            season[t % period] *= 1.0 + p.gamma * e;
        }
        first += weight * y;
        second += weight * y * y;
    }
    (first, second - first * first)
}

#[test]
fn moments_are_those_of_all_paths() {
    let given = EtsParameters::new(0.5, 3.0).gamma(0.4).season(vec![0.8, 1.2]);
    let damped = given.clone().beta(0.2).phi(0.9).trend(-0.1);
    for (p, sigma) in [(given, 0.3), (damped.clone(), 0.3), (damped.phi(1.0), 0.1)] {
        let noise = sigma * sigma;
        let (others, own) = (Step::of_others(&p, noise), Step::of_itself(&p, noise));
        let cycle = others.times(1).after(&own);
        for h in 1..=7 {
            let (k, j) = ((h - 1) / 2, (h - 1) % 2);
            let ahead = Moments::known(p.level, p.trend).after(&others.times(j)).after(&cycle.times(k));
            let (mean, variance) = ahead.next(p.phi, noise);
            let s = p.season[j];
            let (expected, spread) = by_all_paths(&p, 2, sigma, h);
            assert!((mean * s / expected - 1.0).abs() < 1e-12, "{h}: {} {expected}", mean * s);
            assert!((variance * s * s / spread - 1.0).abs() < 1e-11, "{h}: {} {spread}", variance * s * s);
        }
    }
}

#[test]
fn small_errors_keep_their_digits() {
    let p = EtsParameters::new(0.5, 3.0).beta(0.1).gamma(0.3).trend(0.2).season(vec![1.0; 4]);
    let relative = |sigma: f64| {
        let noise = sigma * sigma;
        let cycle = Step::of_others(&p, noise).times(3).after(&Step::of_itself(&p, noise));
        Moments::known(p.level, p.trend).after(&cycle.times(5)).next(p.phi, noise).1 / noise
    };
    assert!((relative(1e-6) / relative(1e-9) - 1.0).abs() < 1e-9);
}

#[test]
fn a_long_way_stays_in_the_floats() {
    let p = EtsParameters::new(0.9, 1.0).beta(0.5).gamma(0.1).trend(0.2).season(vec![1.0; 4]);
    let cycle = Step::of_others(&p, 1e6).times(3).after(&Step::of_itself(&p, 1e6));
    let (mean, variance) = Moments::known(1.0, 0.2).after(&cycle.times(usize::MAX / 8)).next(1.0, 1e6);
    assert!(mean.is_finite() && variance.is_finite(), "{mean} {variance}");
}
