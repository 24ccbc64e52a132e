//! The tails of a binomial distribution.

/// P(K <= k) and P(K >= k) of a binomial distribution, by its recurrence in logarithms: O(n).
pub(super) fn binomial_tails(n: usize, k: usize, p: f64) -> (f64, f64) {
    if !(0.0..=1.0).contains(&p) {
        return (f64::NAN, f64::NAN);
    }
    if p == 0.0 {
        return (1.0, f64::from(u8::from(k == 0)));
    }
    if p == 1.0 {
        return (f64::from(u8::from(k == n)), 1.0);
    }
    let log_odds = p.ln() - (-p).ln_1p();
    let mut log_mass = n as f64 * (-p).ln_1p();
    let (mut lower, mut upper) = (0.0, 0.0);
    for i in 0..=n {
        let mass = log_mass.exp();
        if i <= k {
            lower += mass;
        }
        if i >= k {
            upper += mass;
        }
        log_mass += ((n - i) as f64 / (i + 1) as f64).ln() + log_odds;
    }
    (lower, upper)
}
