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
    // Far out the products overflow while the edge has long vanished.
    let tail = if edge == 0.0 { 0.0 } else { edge * (N / (s - 1.0) + 0.5 + correction) };
    1.0 + (rest + tail)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn agrees_with_high_precision() {
        for (s, value) in [
            (1.000_001, 1_000_000.577_298_004_4),
            (1.4, 3.105_547_277_977_581),
            (2.0, 1.644_934_066_848_226_4),
            (7.5, 1.005_826_727_536_522_8),
            (60.0, 1.0),
            (1e300, 1.0),
        ] {
            assert!((zeta(s) / value - 1.0).abs() < 2e-15, "{s}: {}", zeta(s));
        }
        assert!(zeta(1.0).is_nan());
    }
}
