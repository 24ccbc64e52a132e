//! Forecast moments of multiplicative trends.

use crate::ets::factor_trend_moments::{FactorMoments, moments};
use crate::ets::linear_variance::Spread;
use crate::ets::parameters::EtsParameters;

fn after(p: &EtsParameters, sigma: f64, period: u64, lags: u64) -> Spread {
    let factors = FactorMoments::new(p, sigma, period);
    let mut spread = Spread::default();
    (1..=lags).for_each(|lag| factors.add(&mut spread, lag));
    spread
}

#[test]
fn an_undamped_trend_has_the_moments_of_its_polynomials() {
    let (alpha, beta, gamma, sigma) = (0.5_f64, 0.2_f64, 0.3_f64, 0.1_f64);
    let p = EtsParameters::new(alpha, 1.0).beta(beta).gamma(gamma);
    let v = sigma * sigma;
    let (mean, variance) = moments(&after(&p, sigma, 2, 2), v);
    // Lag 1: (1 + a e)(1 + b e); lag 2: (1 + a e)(1 + b e)²(1 + c e). Normal moments v, 3 v², 15 v³, 105 v⁴.
    let expected = |factors: &[f64]| {
        let mut polynomial = vec![1.0];
        for share in factors {
            let before = polynomial.clone();
            polynomial.push(0.0);
            for (i, c) in before.iter().enumerate() {
                polynomial[i + 1] += share * c;
            }
        }
        let moments = [1.0, 0.0, v, 0.0, 3.0 * v * v, 0.0, 15.0 * v.powi(3), 0.0, 105.0 * v.powi(4)];
        polynomial.iter().zip(moments).map(|(c, m)| c * m).sum::<f64>()
    };
    let (one, two) = ([alpha, beta], [alpha, beta, beta, gamma]);
    let first = expected(&one) * expected(&two);
    let second = expected(&[one, one].concat()) * expected(&[two, two].concat()) * (1.0 + v);
    // An error below -1 moves nothing, which is ten standard deviations away.
    assert!((mean / first - 1.0).abs() < 1e-13, "{mean} {first}");
    assert!((variance / (second - first * first) - 1.0).abs() < 1e-12, "{variance}");
}

#[test]
fn small_errors_keep_their_digits_and_large_ones_stay_in_the_floats() {
    let p = EtsParameters::new(0.5, 1.0).beta(0.2).phi(0.9).gamma(0.3);
    let relative = |sigma: f64| moments(&after(&p, sigma, 4, 9), sigma * sigma).1 / (sigma * sigma);
    assert!((relative(1e-6) / relative(1e-9) - 1.0).abs() < 1e-9);
    let p = EtsParameters::new(1.0, 1.0).beta(1.0);
    let (mean, variance) = moments(&after(&p, 3.0, 1, 100_000), 9.0);
    assert!(!mean.is_nan() && variance.is_finite(), "{mean} {variance}");
}
