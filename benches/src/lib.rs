//! What the benches of evenkeel share: the streams they run on, and the stages they run.

#![forbid(unsafe_code)]

use evenkeel::gaussian;
use evenkeel::stats::Generator;

/// Independent standard normal values, the same in every run.
#[must_use]
pub fn noise(n: usize) -> Vec<f64> {
    let mut generator = Generator::new(1);
    (0..n).map(|_| gaussian::lower_quantile(generator.uniform().max(1e-300))).collect()
}

/// Standard normal noise around a mean that jumps every hundred values: each mean is normal with standard
/// deviation 10.
#[must_use]
pub fn changing(n: usize) -> Vec<f64> {
    let means: Vec<f64> = noise(n + n.div_ceil(100)).split_off(n);
    noise(n).iter().enumerate().map(|(i, x)| 10.0 * means[i / 100] + x).collect()
}

/// An ARMA(2, 2) process around 100, summed up once: what an ARIMA(2, 1, 2) describes.
#[must_use]
pub fn arima_212(n: usize) -> Vec<f64> {
    let noise = noise(n + 2);
    let (mut w, mut level) = ([0.0; 2], 100.0);
    (2..n + 2)
        .map(|t| {
            let next = 1.2 * w[0] - 0.5 * w[1] + noise[t] + 0.4 * noise[t - 1] + 0.2 * noise[t - 2];
            w = [next, w[0]];
            level += next;
            level
        })
        .collect()
}

/// A trend, a season of a period, and noise.
#[must_use]
pub fn seasonal(n: usize, period: u32) -> Vec<f64> {
    let wave = |t: u32| (core::f64::consts::TAU * f64::from(t % period) / f64::from(period)).sin();
    noise(n).iter().zip(0..).map(|(e, t)| 100.0 + 1e-3 * f64::from(t) + 10.0 * wave(t) + e).collect()
}
