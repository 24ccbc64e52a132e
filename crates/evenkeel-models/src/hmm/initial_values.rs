//! Starts of EM: assignments of rows to states, from k-means or at random.

use super::emission::Emission;
use super::sequences::Sequences;
use evenkeel_stats::Generator;

/// How much of a row belongs to the state it is assigned to, the rest being shared among all: so that nothing
/// begins as impossible.
const OWN: f64 = 0.9;
/// Rounds of k-means.
const ROUNDS: usize = 50;
/// Of longer histories so many rows, evenly spaced, place the centers.
const SAMPLE: usize = 20_000;

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
    let columns = Columns::new(sequences);
    let assigned: Vec<usize> = if start > 0 && start.is_multiple_of(2) {
        stretches(sequences, states, &mut random)
    } else {
        let sample = columns.sample(sequences);
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
    for ((row, missing), state) in
        sequences.rows.chunks_exact(sequences.dimension).zip(&sequences.missing).zip(assigned)
    {
        if !missing {
            weights.fill(shared);
            weights[state] += OWN;
            emission.accumulate(row, &weights, &mut sums);
        }
    }
    let mut started = emission.clone();
    started.maximize(&sums);
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

/// Mean and inverse standard deviation of each coordinate: distances are between standardized rows, over the
/// observed coordinates.
struct Columns {
    means: Vec<f64>,
    inverses: Vec<f64>,
}

impl Columns {
    fn new(sequences: &Sequences) -> Self {
        let d = sequences.dimension;
        let (mut means, mut inverses) = (vec![0.0; d], vec![0.0; d]);
        for i in 0..d {
            let (mut n, mut mean, mut squares) = (0.0, 0.0, 0.0);
            for x in sequences.rows.iter().skip(i).step_by(d).filter(|x| !x.is_nan()) {
                n += 1.0;
                let deviation = x - mean;
                mean += deviation / n;
                squares += deviation * (x - mean);
            }
            means[i] = mean;
            let deviation = (squares / n).sqrt();
            inverses[i] = if deviation > 0.0 { 1.0 / deviation } else { 0.0 };
        }
        Self { means, inverses }
    }

    fn distance(&self, a: &[f64], b: &[f64]) -> f64 {
        let mut sum = 0.0;
        for ((a, b), inverse) in a.iter().zip(b).zip(&self.inverses) {
            let difference = (a - b) * inverse;
            sum += if difference.is_nan() { 0.0 } else { difference * difference };
        }
        sum
    }

    fn nearest(&self, centers: &[f64], row: &[f64]) -> usize {
        let mut best = (f64::INFINITY, 0);
        for (k, center) in centers.chunks_exact(self.means.len()).enumerate() {
            let distance = self.distance(center, row);
            if distance < best.0 {
                best = (distance, k);
            }
        }
        best.1
    }

    /// Rows that are not missing, missing coordinates replaced by the mean.
    fn sample(&self, sequences: &Sequences) -> Vec<f64> {
        let step = sequences.missing.len().div_ceil(SAMPLE).max(1);
        let rows = sequences.rows.chunks_exact(sequences.dimension).zip(&sequences.missing);
        rows.step_by(step)
            .filter(|(_, missing)| !**missing)
            .flat_map(|(row, _)| {
                row.iter().zip(&self.means).map(|(x, mean)| if x.is_nan() { *mean } else { *x })
            })
            .collect()
    }

    /// Centers far from each other (Arthur and Vassilvitskii 2007, k-means++), or any rows at random.
    fn spread_out(&self, sample: &[f64], states: usize, any: bool, random: &mut Generator) -> Vec<f64> {
        let d = self.means.len();
        let rows = sample.len() / d;
        let mut centers = Vec::with_capacity(states * d);
        if rows == 0 {
            return self.means.repeat(states);
        }
        let mut distances = vec![f64::INFINITY; rows];
        for k in 0..states {
            let total: f64 = distances.iter().sum();
            let mut chosen = random.uniform_below(rows as u64) as usize;
            if !any && k > 0 && total > 0.0 && total.is_finite() {
                let mut left = random.uniform() * total;
                for (at, distance) in distances.iter().enumerate() {
                    left -= distance;
                    if left <= 0.0 && *distance > 0.0 {
                        chosen = at;
                        break;
                    }
                }
            }
            let center = &sample[chosen * d..][..d];
            for (row, distance) in sample.chunks_exact(d).zip(&mut distances) {
                *distance = distance.min(self.distance(row, center));
            }
            centers.extend_from_slice(center);
        }
        centers
    }

    fn k_means(&self, sample: &[f64], centers: &mut [f64]) {
        let d = self.means.len();
        let states = centers.len() / d;
        let mut assigned = vec![usize::MAX; sample.len() / d];
        for _ in 0..ROUNDS {
            let mut moved = false;
            let (mut sums, mut counts) = (vec![0.0; centers.len()], vec![0.0; states]);
            for (row, assigned) in sample.chunks_exact(d).zip(&mut assigned) {
                let nearest = self.nearest(centers, row);
                moved |= *assigned != nearest;
                *assigned = nearest;
                counts[nearest] += 1.0;
                for ((sum, x), mean) in sums[nearest * d..][..d].iter_mut().zip(row).zip(&self.means) {
                    *sum += x - mean;
                }
            }
            if !moved {
                break;
            }
            for (k, count) in counts.iter().enumerate().filter(|(_, count)| **count > 0.0) {
                for i in 0..d {
                    centers[k * d + i] = self.means[i] + sums[k * d + i] / count;
                }
            }
        }
    }
}
