//! The deviance of a Poisson count, free of cancellation.

/// `m * phi(d / m)` with `phi(u) = u - ln(1 + u)`, that is `d - m ln((m + d) / m)`, for `m > 0` and `m + d = shifted >= 0`: how many
/// natural units of log-likelihood separate the mean `shifted` from the count `m`.
///
/// `shifted` and `d` are both asked for, because each may be known better than the other gives it. Relative accuracy a few
/// roundings of `d`, also where `d` is tiny beside `m`.
///
/// Source: C. Loader, Fast and Accurate Computation of Binomial Probabilities (2000), the function `bd0`.
#[must_use]
pub fn poisson_deviance(m: f64, shifted: f64, d: f64) -> f64 {
    let total = m + shifted;
    let v = d / total;
    if v.abs() < 0.1 {
        // ln((m + d) / m) = 2 atanh(v), and d - 2 m v = d v exactly
        let square = v * v;
        let mut power = 2.0 * m * v;
        let mut sum = d * v;
        let mut odd = 3.0;
        loop {
            power *= square;
            let next = sum - power / odd;
            if next == sum {
                return sum;
            }
            sum = next;
            odd += 2.0;
        }
    }
    let u = d / m;
    if u.abs() < 0.5 {
        return d - m * libm::log1p(u);
    }
    let ratio = shifted / m;
    let log = if ratio.is_normal() { libm::log(ratio) } else { libm::log(shifted) - libm::log(m) };
    d - m * log
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn agrees_with_high_precision() {
        // m, d, mpmath at 50 digits
        for (m, d, value) in [
            (1e6, 1.0, 4.999_996_666_669_166_7e-7),
            (1e6, -3.7e4, 701.867_184_011_495_96),
            (2.0, 1.5, 0.380_768_424_129_154_6),
            (0.01, 40.0, 39.917_057_003_911_43),
        ] {
            let got = poisson_deviance(m, m + d, d);
            assert!((got / value - 1.0).abs() < 1e-13, "{m} {d}: {got}");
        }
        assert_eq!(poisson_deviance(3.0, 3.0, 0.0), 0.0);
    }
}
