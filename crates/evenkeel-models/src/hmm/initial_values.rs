//! Starts of EM: assignments of rows to states, from k-means or at random.

use super::emission::{Before, Emission};
use super::k_means::Columns;
use super::sequences::Sequences;
use evenkeel_stats::Generator;

/// How much of a row belongs to the state it is assigned to, the rest being shared among all: so that nothing
/// begins as impossible.
const OWN: f64 = 0.9;

/// The emission after one maximization with rows assigned to states: start 0 by k-means, odd ones by random
/// centers, even ones by random stretches of time. If the order of the states is given, the clusters of
/// k-means are numbered in the order of the time at which they occur.
pub(super) fn start<E: Emission>(
    emission: &E,
    sequences: &Sequences,
    start: usize,
    ordered: bool,
    seed: u64,
) -> E {
    let mut random = Generator::stream(seed, start as u64);
    let states = emission.states();
    let columns = Columns::new(&sequences.rows, sequences.dimension);
    let assigned: Vec<usize> = if start > 0 && start.is_multiple_of(2) {
        stretches(sequences, states, &mut random)
    } else {
        let sample = columns.sample(&sequences.rows);
        let mut centers = columns.spread_out(&sample, states, start > 0, &mut random);
        if start == 0 {
            columns.k_means(&sample, &mut centers);
        }
        let rows = sequences.rows.chunks_exact(sequences.dimension);
        let mut assigned: Vec<usize> = rows.map(|row| columns.nearest(&centers, row)).collect();
        if ordered && start == 0 {
            number_by_time(&mut assigned, sequences, states);
        }
        assigned
    };
    let mut sums = vec![0.0; emission.sums()];
    let shared = (1.0 - OWN) / states as f64;
    let mut weights = vec![0.0; states];
    let d = sequences.dimension;
    for (first, rows, _) in sequences.iter() {
        for (t, row) in rows.chunks_exact(d).enumerate() {
            weights.fill(shared);
            weights[assigned[first + t]] += OWN;
            emission.accumulate_rows(Before::of_sequence(emission, rows, t), row, &weights, &mut sums);
        }
    }
    let mut started = emission.clone();
    started.maximize(&sums);
    started.separate(&sequences.rows, &assigned, seed ^ start as u64);
    started
}

/// Numbers states by the mean place of their rows within their sequences.
fn number_by_time(assigned: &mut [usize], sequences: &Sequences, states: usize) {
    let (mut places, mut counts) = (vec![0.0; states], vec![0.0; states]);
    for (first, _, missing) in sequences.iter() {
        for (t, _) in missing.iter().enumerate().filter(|(_, missing)| !**missing) {
            let state = assigned[first + t];
            places[state] += t as f64 / missing.len() as f64;
            counts[state] += 1.0;
        }
    }
    let place = |k: &usize| if counts[*k] > 0.0 { places[*k] / counts[*k] } else { f64::INFINITY };
    let mut order: Vec<usize> = (0..states).collect();
    order.sort_by(|a, b| place(a).total_cmp(&place(b)));
    let mut numbers = vec![0; states];
    order.iter().enumerate().for_each(|(number, state)| numbers[*state] = number);
    assigned.iter_mut().for_each(|state| *state = numbers[*state]);
}

/// Stretches of random length, about five a state, each given to a random state.
fn stretches(sequences: &Sequences, states: usize, random: &mut Generator) -> Vec<usize> {
    let total = sequences.missing.len();
    let mean = (total / (5 * states)).max(1) as f64;
    let mut assigned = Vec::with_capacity(total);
    while assigned.len() < total {
        let length = 1 + (mean * random.exponential()) as usize;
        let state = random.uniform_below(states as u64) as usize;
        assigned.extend(core::iter::repeat_n(state, length.min(total - assigned.len())));
    }
    assigned
}
