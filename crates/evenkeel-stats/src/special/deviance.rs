//! The deviance of a Poisson count, without cancellation.

/// `m * phi(d / m)` with `phi(u) = u - ln(1 + u)`, that is `d - m ln((m + d) / m)`, for `m > 0` and
/// `m + d = shifted >= 0`: how many natural units of log-likelihood separate the mean `shifted` from the
/// count `m`.
///
/// `shifted` and `d` are both asked for, because computing one from the other may lose digits. The relative
/// error is a few roundings of `d`, also where `d` is tiny compared with `m`.
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
