//! Riemann's zeta function.

/// `zeta(s)` for real `s > 1`, relative accuracy 1e-15; NaN elsewhere.
///
/// Euler-Maclaurin summation from the twelfth term; DLMF 25.2.9, <https://dlmf.nist.gov/25.2>.
#[must_use]
pub fn zeta(s: f64) -> f64 {
    /// B_2k / (2k)!
    const BERNOULLI: [f64; 8] = [
        1.0 / 12.0,
        -1.0 / 720.0,
        1.0 / 30_240.0,
        -1.0 / 1_209_600.0,
        1.0 / 47_900_160.0,
        -691.0 / 1_307_674_368_000.0,
        1.0 / 74_724_249_600.0,
        -3_617.0 / 10_670_622_842_880_000.0,
    ];
    const N: f64 = 12.0;
    if s.is_nan() || s <= 1.0 {
        return f64::NAN;
    }
    let mut rest = 0.0;
    let mut n = N - 1.0;
    while n > 1.0 {
        rest += libm::pow(n, -s);
        n -= 1.0;
    }
    let edge = libm::pow(N, -s);
    let mut correction = 0.0;
    let mut rising = s;
    let mut power = 1.0 / N;
    let mut k = 0.0;
    for b in BERNOULLI {
        correction += b * rising * power;
        rising *= (s + k + 1.0) * (s + k + 2.0);
        power /= N * N;
        k += 2.0;
    }
    // For large s the products overflow, long after the term itself has vanished.
    let tail = if edge == 0.0 { 0.0 } else { edge * (N / (s - 1.0) + 0.5 + correction) };
    1.0 + (rest + tail)
}
