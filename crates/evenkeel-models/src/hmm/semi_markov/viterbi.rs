//! The most probable segments (Viterbi's recursion over visits).

use super::expectation::densities;
use super::segments::Segments;
use crate::hmm::emission::Emission;

/// The state of each row, and the log-probability of the segments together with the rows.
pub(super) fn viterbi<E: Emission>(
    segments: &Segments,
    emission: &E,
    rows: &[f64],
    missing: &[bool],
) -> (Vec<usize>, f64) {
    let (k, longest) = (segments.states(), segments.longest());
    let length = missing.len();
    let mut path = vec![0; length];
    if length == 0 {
        return (path, 0.0);
    }
    let (densities, shift) = densities(emission, rows, missing);
    // Best visits that begin and end at a row, the state before, and the duration.
    let mut begins = vec![f64::NEG_INFINITY; length * k];
    let mut ends = vec![f64::NEG_INFINITY; length * k];
    let mut from = vec![0; length * k];
    let mut lasted = vec![0; length * k];
    let mut last = (f64::NEG_INFINITY, 0, 1);
    for t in 0..length {
        for j in 0..k {
            if t == 0 {
                begins[j] = segments.chain.log_initial[j];
                continue;
            }
            for i in 0..k {
                let score = ends[(t - 1) * k + i] + segments.chain.log_transitions[i * k + j];
                if score > begins[t * k + j] {
                    (begins[t * k + j], from[t * k + j]) = (score, i);
                }
            }
        }
        for j in 0..k {
            let duration = &segments.durations[j];
            let mut sum = 0.0;
            for d in 1..=longest.min(t + 1) {
                let first = t + 1 - d;
                sum += densities[first * k + j];
                let score = begins[first * k + j] + sum;
                let whole = score + duration.logs[d - 1];
                if whole > ends[t * k + j] {
                    (ends[t * k + j], lasted[t * k + j]) = (whole, d);
                }
                let goes_on = score + duration.log_survival[d - 1];
                if t == length - 1 && goes_on > last.0 {
                    last = (goes_on, j, d);
                }
            }
        }
    }
    let (score, mut state, mut d) = last;
    let mut to = length;
    loop {
        let first = to - d.min(to);
        path[first..to].fill(state);
        if first == 0 {
            break;
        }
        state = from[first * k + state];
        to = first;
        d = lasted[(to - 1) * k + state].max(1);
    }
    (path, shift + score)
}
