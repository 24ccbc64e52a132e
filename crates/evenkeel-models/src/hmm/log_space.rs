//! Forward-backward with logarithms: for sequences whose probabilities a double cannot hold.

use super::chain::Chain;
use super::emission::Emission;
use super::expected::Expected;
use super::weight::MOST_STATES;

/// `ln` of the sum of exponentials; minus infinity of nothing.
pub(super) fn log_sum(terms: impl Iterator<Item = f64> + Clone) -> f64 {
    let most = terms.clone().fold(f64::NEG_INFINITY, f64::max);
    if most == f64::NEG_INFINITY {
        return most;
    }
    most + libm::log(terms.map(|x| if x == f64::NEG_INFINITY { 0.0 } else { libm::exp(x - most) }).sum())
}

/// The expectation step of one sequence; see [`expect`](super::scaled::expect). A row that is impossible
/// where the chain can be makes the log-likelihood minus infinity and otherwise counts as missing.
pub(super) fn expect<E: Emission>(
    chain: &Chain,
    emission: &E,
    rows: &[f64],
    missing: &[bool],
    sink: &mut impl FnMut(usize, &[f64], &[f64]),
) -> Expected {
    let (length, k, d) = (missing.len(), chain.states(), emission.dimension());
    let mut expected = Expected::new(k);
    if length == 0 {
        return expected;
    }
    let mut densities = vec![0.0; length * k];
    emission.log_densities_of_rows(None, rows, &mut densities);
    let mut alphas = vec![0.0; length * k];
    let mut predicted = [0.0; MOST_STATES];
    for t in 0..length {
        let (before, now) = alphas.split_at_mut(t * k);
        let now = &mut now[..k];
        let densities = &mut densities[t * k..][..k];
        if missing[t] {
            densities.fill(0.0);
        }
        for j in 0..k {
            predicted[j] = if t == 0 {
                chain.log_initial[j]
            } else {
                let before = &before[(t - 1) * k..];
                log_sum((0..k).map(|i| before[i] + chain.log_transitions[i * k + j]))
            };
        }
        let norm = log_sum((0..k).map(|j| predicted[j] + densities[j]));
        if norm == f64::NEG_INFINITY {
            expected.log_likelihood = norm;
            densities.fill(0.0);
            now.copy_from_slice(&predicted[..k]);
        } else {
            let norm = if missing[t] { 0.0 } else { norm };
            expected.log_likelihood += norm;
            for j in 0..k {
                now[j] = predicted[j] + densities[j] - norm;
            }
        }
    }
    let mut beta = [0.0; MOST_STATES];
    let mut weights = vec![0.0; k];
    for t in (0..length).rev() {
        let alpha = &alphas[t * k..][..k];
        let norm = log_sum((0..k).map(|j| alpha[j] + beta[j]));
        for j in 0..k {
            weights[j] = libm::exp(alpha[j] + beta[j] - norm);
        }
        sink(t, &rows[t * d..(t + 1) * d], &weights);
        if t == 0 {
            expected.initial.copy_from_slice(&weights);
            break;
        }
        let before = &alphas[(t - 1) * k..][..k];
        let mut right = [0.0; MOST_STATES];
        for j in 0..k {
            right[j] = densities[t * k + j] + beta[j];
        }
        let mut next = [0.0; MOST_STATES];
        for i in 0..k {
            next[i] = log_sum((0..k).map(|j| chain.log_transitions[i * k + j] + right[j]));
        }
        let norm = log_sum((0..k).map(|i| before[i] + next[i]));
        for i in 0..k {
            for j in 0..k {
                let log = before[i] + chain.log_transitions[i * k + j] + right[j] - norm;
                expected.transitions[i * k + j] += libm::exp(log);
            }
        }
        // Only relations matter, and sums must not drift away.
        let most = next[..k].iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let most = if most.is_finite() { most } else { 0.0 };
        for i in 0..k {
            beta[i] = next[i] - most;
        }
    }
    expected
}
