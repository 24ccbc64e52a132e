//! Confidence intervals of scores.

use evenkeel_stats::Generator;

/// The 97.5 % quantile of the standard normal distribution.
const Z: f64 = 1.959_963_984_540_054;
/// How many resamples a bootstrap draws.
const RESAMPLES: usize = 2_000;
/// The seed of the bootstrap.
const SEED: u64 = 20_261_123;

/// The 95 % interval of a share, after E. B. Wilson, Journal of the American Statistical Association 22
/// (1927) 209-212, doi:10.1080/01621459.1927.10502953: right also for shares near 0 and 1 of few cases. [0,
/// 1] without a case.
///
/// ```
/// let [low, high] = evenkeel_eval::interval::wilson(25, 25);
/// assert!((low - 0.8668).abs() < 1e-4 && (high - 1.0).abs() < 1e-12);
/// ```
#[must_use]
pub fn wilson(hits: usize, cases: usize) -> [f64; 2] {
    if cases == 0 {
        return [0.0, 1.0];
    }
    let (n, p) = (cases as f64, hits as f64 / cases as f64);
    let center = (p + Z * Z / (2.0 * n)) / (1.0 + Z * Z / n);
    let half = Z / (1.0 + Z * Z / n) * (p * (1.0 - p) / n + Z * Z / (4.0 * n * n)).sqrt();
    [(center - half).max(0.0), (center + half).min(1.0)]
}

/// The 95 % percentile interval of a statistic of cases: it is computed for 2,000 resamples of the cases,
/// drawn with a fixed seed. `statistic` is given the indices of a resample. B. Efron, Annals of Statistics 7
/// (1979) 1-26, doi:10.1214/aos/1176344552.
///
/// Resamples for which the statistic is not finite are left out; NaN at both ends if all are.
#[must_use]
pub fn bootstrap(cases: usize, statistic: impl Fn(&[usize]) -> f64) -> [f64; 2] {
    let mut generator = Generator::new(SEED);
    let mut drawn = vec![0; cases];
    let mut values = Vec::with_capacity(RESAMPLES);
    for _ in 0..RESAMPLES {
        drawn.iter_mut().for_each(|case| *case = (generator.uniform() * cases as f64) as usize);
        values.push(statistic(&drawn));
    }
    values.retain(|value| value.is_finite());
    values.sort_unstable_by(f64::total_cmp);
    let at = |p: f64| {
        values.get((p * (values.len().max(1) - 1) as f64).round() as usize).copied().unwrap_or(f64::NAN)
    };
    [at(0.025), at(0.975)]
}
