//! The most probable path of states (Viterbi 1967, doi:10.1109/TIT.1967.1054010).

use super::chain::Chain;
use super::emission::{Before, Emission};
use super::weight::MOST_STATES;

/// Rows at a time.
const BLOCK: usize = 64;

/// The path and the log-probability of it together with the observations; of several best paths the one whose
/// states, from the end, have the smaller numbers. Only scores are kept: which state a best score came from
/// is found again where the path goes, with the same arithmetic.
pub(super) fn viterbi<const N: usize, E: Emission>(
    chain: &Chain,
    emission: &E,
    rows: &[f64],
    missing: &[bool],
) -> (Vec<usize>, f64) {
    let (length, states, d) = (missing.len(), chain.states(), emission.dimension());
    let mut path = vec![0; length];
    if length == 0 {
        return (path, 0.0);
    }
    let mut initial = [f64::NEG_INFINITY; N];
    initial[..states].copy_from_slice(&chain.log_initial);
    let mut logs = [[f64::NEG_INFINITY; N]; N];
    for (i, row) in chain.log_transitions.chunks_exact(states).enumerate() {
        logs[i][..states].copy_from_slice(row);
    }
    let mut scores = vec![[f64::NEG_INFINITY; N]; length];
    let mut densities = [0.0; BLOCK * MOST_STATES];
    let mut last = [f64::NEG_INFINITY; N];
    let mut possible = true;
    for (block, kept) in scores.chunks_mut(BLOCK).enumerate() {
        let first = block * BLOCK;
        let densities = &mut densities[..kept.len() * states];
        let before = Before::of_sequence(emission, rows, first);
        emission.log_densities_of_rows(before, &rows[first * d..(first + kept.len()) * d], densities);
        for (at, (kept, row)) in kept.iter_mut().zip(densities.chunks_exact(states)).enumerate() {
            let t = first + at;
            let best = if t == 0 { initial } else { arrive(&last, &logs) };
            let mut now = best;
            if !missing[t] {
                if states == N {
                    for j in 0..N {
                        now[j] = best[j] + row[j];
                    }
                } else {
                    now[..states].iter_mut().zip(row).for_each(|(now, density)| *now += density);
                }
                if now.iter().all(|x| *x == f64::NEG_INFINITY) {
                    // Impossible where the chain can be: as if it were missing.
                    (now, possible) = (best, false);
                }
            }
            *kept = now;
            last = now;
        }
    }
    let mut state = largest(&last);
    path[length - 1] = state;
    for t in (1..length).rev() {
        let mut from = [0.0; N];
        for i in 0..N {
            from[i] = scores[t - 1][i] + logs[i][state];
        }
        state = largest(&from);
        path[t - 1] = state;
    }
    let score = if possible { last[path[length - 1]] } else { f64::NEG_INFINITY };
    (path, score)
}

/// The best score with which each state is reached.
#[inline(always)]
fn arrive<const N: usize>(scores: &[f64; N], logs: &[[f64; N]; N]) -> [f64; N] {
    let mut best = [0.0; N];
    for j in 0..N {
        best[j] = scores[0] + logs[0][j];
    }
    for i in 1..N {
        for j in 0..N {
            let candidate = scores[i] + logs[i][j];
            best[j] = if candidate > best[j] { candidate } else { best[j] };
        }
    }
    best
}

/// The first of the largest.
fn largest(values: &[f64]) -> usize {
    let mut best = 0;
    for (i, x) in values.iter().enumerate() {
        if *x > values[best] {
            best = i;
        }
    }
    best
}
