//! k-means: centers of clusters of rows, where coordinates can be missing.

use evenkeel_stats::Generator;

/// Rounds of k-means.
const ROUNDS: usize = 50;
/// Of longer histories so many rows, evenly spaced, place the centers.
const SAMPLE: usize = 20_000;

/// Mean and inverse standard deviation of each coordinate: distances are between standardized rows, over the
/// observed coordinates.
pub(super) struct Columns {
    means: Vec<f64>,
    inverses: Vec<f64>,
}

impl Columns {
    pub(super) fn new(rows: &[f64], d: usize) -> Self {
        let (mut means, mut inverses) = (vec![0.0; d], vec![0.0; d]);
        for i in 0..d {
            let (mut n, mut mean, mut squares) = (0.0, 0.0, 0.0);
            for x in rows.iter().skip(i).step_by(d).filter(|x| !x.is_nan()) {
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

    pub(super) fn nearest(&self, centers: &[f64], row: &[f64]) -> usize {
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
    pub(super) fn sample(&self, rows: &[f64]) -> Vec<f64> {
        let d = self.means.len();
        let step = (rows.len() / d).div_ceil(SAMPLE).max(1);
        rows.chunks_exact(d)
            .step_by(step)
            .filter(|row| row.iter().any(|x| !x.is_nan()))
            .flat_map(|row| row.iter().zip(&self.means).map(|(x, mean)| if x.is_nan() { *mean } else { *x }))
            .collect()
    }

    /// Centers far from each other (Arthur and Vassilvitskii 2007, k-means++), or any rows at random.
    pub(super) fn spread_out(
        &self,
        sample: &[f64],
        states: usize,
        any: bool,
        random: &mut Generator,
    ) -> Vec<f64> {
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

    pub(super) fn k_means(&self, sample: &[f64], centers: &mut [f64]) {
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
