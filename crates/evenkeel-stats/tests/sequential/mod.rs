//! Sequential evidence: error rates under optional stopping, power, coverage at all times, and agreement
//! between views.

mod coverage;
mod errors;
mod views;

/// The largest count of successes among `n` trials of probability `p` that one run in a million exceeds.
fn binomial_limit(n: u32, p: f64) -> usize {
    let (n, mut k) = (f64::from(n), 0.0);
    // P(X >= k) = I_p(k, n - k + 1)
    while k < n && evenkeel_stats::special::incomplete_beta(k + 1.0, n - k, p, 1.0 - p).lower() > 1e-6 {
        k += 1.0;
    }
    k as usize
}
