//! Fast local regression on a grid, in which STL spends nearly all of its time.
//!
//! Values are rows of `stride` columns, and each column is smoothed by itself: a stride of 1 smooths a
//! series, a stride of one period smooths the sub-series of each phase of a season, all of them side by side
//! without copying them apart. Far from the ends, the fit of equally weighted values is one fixed symmetric
//! filter for all columns and rows. With weights w it needs two sums, of t w y and of t d w y over the
//! distances d, t being the tricube; what the fit does with these depends on w alone and is kept from one
//! call to the next.

#![expect(clippy::needless_range_loop, reason = "lanes are counted through several arrays at once")]

use alloc::vec;
use alloc::vec::Vec;

/// The number of filter outputs computed at once: enough independent sums to use all adders.
const LANES: usize = 16;
/// The tricubes of neighborhoods at the ends are kept if they are no more numbers than this (16 MB).
const KEPT: usize = 1 << 21;

/// Local constant or linear regression of the columns of a grid.
#[derive(Debug)]
pub(crate) struct Smoother {
    n: usize,
    stride: usize,
    /// Whether one row before the first and one after the last are computed as well.
    beyond: bool,
    window: usize,
    linear: bool,
    jump: usize,
    /// Tricubes by distance, for neighborhoods that no end cuts off.
    table: Vec<f64>,
    /// The same times the distance.
    sloped: Vec<f64>,
    /// The same times the squared distance.
    curved: Vec<f64>,
    /// The tricubes of the first rows, whose neighborhoods end at the start, or nothing.
    edges: Vec<f64>,
    /// The factors of the two sums for each output. NaN where nothing has a weight.
    level: Vec<f64>,
    slope: Vec<f64>,
    /// Whether values have weights, and whether some output has none.
    weighted: bool,
    hollow: bool,
    tricubes: Vec<f64>,
    sums: [Vec<f64>; 3],
}

/// The rows around a place that take part in its regression.
#[derive(Debug, Clone, Copy)]
struct Neighborhood {
    left: usize,
    count: usize,
    /// The place, seen from `left`.
    at: f64,
    /// Where weights fall to zero.
    reach: f64,
}

impl Smoother {
    /// For `n` values in rows of `stride` with at least one full row. Windows are at least 3, jumps at
    /// least 1.
    pub(crate) fn new(
        n: usize,
        stride: usize,
        beyond: bool,
        window: usize,
        linear: bool,
        jump: usize,
    ) -> Self {
        let reach = window / 2;
        let mut table = vec![0.0; reach.min(n)];
        tricubes(&mut table, 0.0, reach as f64);
        let sloped: Vec<f64> = table.iter().enumerate().map(|(k, t)| t * k as f64).collect();
        let curved = sloped.iter().enumerate().map(|(k, t)| t * k as f64).collect();
        let outputs = n + if beyond { 2 * stride } else { 0 };
        let columns = if stride == 1 { 0 } else { stride };
        let mut smoother = Self {
            n,
            stride,
            beyond,
            window,
            linear,
            jump,
            table,
            sloped,
            curved,
            edges: Vec::new(),
            level: vec![0.0; outputs],
            slope: vec![0.0; outputs],
            weighted: false,
            hollow: false,
            tricubes: vec![0.0; window.min(n.div_ceil(stride))],
            sums: [vec![0.0; columns], vec![0.0; columns], vec![0.0; columns]],
        };
        smoother.keep_edges();
        smoother.weigh(None);
        smoother
    }

    /// Computes the tricubes of the first rows once, if every row is fitted and there is room.
    fn keep_edges(&mut self) {
        let rows = self.lead();
        if self.stride != 1 || self.jump != 1 || self.window >= self.n || rows * self.window > KEPT {
            return;
        }
        let mut edges = vec![0.0; rows * self.window];
        for (row, edge) in edges.chunks_exact_mut(self.window).enumerate() {
            let around = self.around(row as isize, self.n);
            tricubes(edge, around.at, around.reach);
        }
        self.edges = edges;
    }

    /// How many rows before a place belong to its neighborhood.
    fn lead(&self) -> usize {
        self.window.div_ceil(2) - 1
    }

    /// The flat indices whose neighborhoods no end cuts off.
    fn inside(&self) -> (usize, usize) {
        let (low, high) = (self.lead() * self.stride, (self.window / 2) * self.stride);
        if low + high >= self.n { (0, 0) } else { (low, self.n - high) }
    }

    /// The columns of equal length: first column, end, rows.
    fn groups(&self) -> [(usize, usize, usize); 2] {
        let (rows, longer) = (self.n / self.stride, self.n % self.stride);
        [(0, longer, rows + 1), (longer, self.stride, rows)]
    }

    /// The neighborhood of a row, or of the place before or after all rows.
    fn around(&self, row: isize, rows: usize) -> Neighborhood {
        let count = self.window.min(rows);
        let left = row.saturating_sub_unsigned(self.lead()).clamp(0, (rows - count) as isize);
        let at = (row - left) as f64;
        let reach = at.max((count - 1) as f64 - at) + ((self.window - count) / 2) as f64;
        Neighborhood { left: left as usize, count, at, reach }
    }

    /// Puts the tricubes of a neighborhood into `into`.
    fn tricubes_of(&self, around: Neighborhood, row: isize, rows: usize, into: &mut [f64]) {
        if !self.edges.is_empty() && row >= 0 {
            let (row, lead) = (row as usize, self.lead());
            if row < lead {
                into.copy_from_slice(&self.edges[row * self.window..][..self.window]);
                return;
            }
            let mirrored = rows.wrapping_sub(row + 1);
            if mirrored < lead {
                let edge = &self.edges[mirrored * self.window..][..self.window];
                into.iter_mut().zip(edge.iter().rev()).for_each(|(into, t)| *into = *t);
                return;
            }
        }
        tricubes(into, around.at, around.reach);
    }

    /// Takes new weights, or none: equal ones.
    pub(crate) fn weigh(&mut self, weights: Option<&[f64]>) {
        self.weighted = weights.is_some();
        self.hollow = false;
        self.level.fill(0.0);
        if let (Some(weights), 1) = (weights, self.jump) {
            self.weigh_inside(weights);
        }
        let mut scratch = core::mem::take(&mut self.tricubes);
        let mut sums = core::mem::take(&mut self.sums);
        self.each_row(|this, (first, end, rows), row| {
            let around = this.around(row, rows);
            let t = &mut scratch[..around.count];
            this.tricubes_of(around, row, rows, t);
            let out = this.output(row) + first;
            let range = (rows - 1) as f64;
            let Some(weights) = weights else {
                let (level, slope) = coefficients(moments(t, None, -around.at), this.linear, range);
                this.level[out..out + end - first].fill(level);
                this.slope[out..out + end - first].fill(slope);
                return;
            };
            if this.stride == 1 {
                let values = &weights[around.left..around.left + around.count];
                let (level, slope) = coefficients(moments(t, Some(values), -around.at), this.linear, range);
                (this.level[out], this.slope[out]) = (level, slope);
                return;
            }
            let [a, b, c] = &mut sums;
            let (a, b, c) = (&mut a[..end - first], &mut b[..end - first], &mut c[..end - first]);
            a.fill(0.0);
            b.fill(0.0);
            c.fill(0.0);
            for (j, t) in t.iter().enumerate() {
                let d = j as f64 - around.at;
                let (sloped, curved) = (t * d, t * d * d);
                let from = &weights[(around.left + j) * this.stride + first..][..end - first];
                for (((a, b), c), w) in a.iter_mut().zip(&mut *b).zip(&mut *c).zip(from) {
                    *a += t * w;
                    *b += sloped * w;
                    *c += curved * w;
                }
            }
            for i in 0..end - first {
                let (level, slope) = coefficients([a[i], b[i], c[i]], this.linear, range);
                (this.level[out + i], this.slope[out + i]) = (level, slope);
            }
        });
        self.tricubes = scratch;
        self.sums = sums;
        self.hollow = self.level.iter().any(|level| level.is_nan());
    }

    fn weigh_inside(&mut self, weights: &[f64]) {
        let (low, high) = self.inside();
        let offset = self.output(0);
        let mut i = low;
        while i < high {
            let count = LANES.min(high - i);
            let sums = if count == LANES {
                self.three_sums::<LANES>(weights, i)
            } else {
                let mut sums = [[0.0; LANES]; 3];
                for l in 0..count {
                    let [[a], [b], [c]] = self.three_sums::<1>(weights, i + l);
                    (sums[0][l], sums[1][l], sums[2][l]) = (a, b, c);
                }
                sums
            };
            for l in 0..count {
                // The longer columns have one row more, which only matters where it decides whether points
                // are spread enough.
                let rows = (self.n - (i + l) % self.stride).div_ceil(self.stride);
                let (level, slope) =
                    coefficients([sums[0][l], sums[1][l], sums[2][l]], self.linear, (rows - 1) as f64);
                (self.level[offset + i + l], self.slope[offset + i + l]) = (level, slope);
            }
            i += count;
        }
    }

    /// Smooths the values. `weighted` are the values times their weights; without weights it is not read.
    pub(crate) fn smooth(&mut self, values: &[f64], weighted: &[f64], out: &mut [f64]) {
        let from = if self.weighted { weighted } else { values };
        if self.jump == 1 {
            self.smooth_inside(from, out);
        }
        let mut scratch = core::mem::take(&mut self.tricubes);
        let mut sums = core::mem::take(&mut self.sums);
        self.each_row(|this, (first, end, rows), row| {
            let around = this.around(row, rows);
            let t = &mut scratch[..around.count];
            this.tricubes_of(around, row, rows, t);
            let at = this.output(row) + first;
            if this.stride == 1 {
                let [a, b] = two_sums(t, &from[around.left..around.left + around.count], -around.at);
                out[at] = this.level[at] * a + this.slope[at] * b;
                return;
            }
            let [a, b, _] = &mut sums;
            let (a, b) = (&mut a[..end - first], &mut b[..end - first]);
            a.fill(0.0);
            b.fill(0.0);
            for (j, t) in t.iter().enumerate() {
                let sloped = t * (j as f64 - around.at);
                let from = &from[(around.left + j) * this.stride + first..][..end - first];
                for ((a, b), x) in a.iter_mut().zip(&mut *b).zip(from) {
                    *a += t * x;
                    *b += sloped * x;
                }
            }
            for i in 0..end - first {
                out[at + i] = this.level[at + i] * a[i] + this.slope[at + i] * b[i];
            }
        });
        self.tricubes = scratch;
        self.sums = sums;
        if self.hollow {
            self.fill_hollows(values, out);
        }
        if self.jump > 1 {
            self.interpolate(out);
        }
    }

    fn smooth_inside(&self, from: &[f64], out: &mut [f64]) {
        let (low, high) = self.inside();
        let offset = self.output(0);
        let total = self.table.iter().skip(1).sum::<f64>() * 2.0 + 1.0;
        let mut i = low;
        while i < high {
            let whole = i + LANES <= high;
            let count = if whole { LANES } else { 1 };
            let out = &mut out[offset + i..][..count];
            let level = &self.level[offset + i..][..count];
            if !self.weighted {
                if let Ok(out) = <&mut [f64; LANES]>::try_from(&mut *out) {
                    *out = self.one_sum::<LANES>(from, i).map(|sum| sum / total);
                } else {
                    out[0] = self.one_sum::<1>(from, i)[0] / total;
                }
            } else if !self.linear {
                if whole {
                    let sums = self.one_sum::<LANES>(from, i);
                    for l in 0..LANES {
                        out[l] = level[l] * sums[l];
                    }
                } else {
                    out[0] = level[0] * self.one_sum::<1>(from, i)[0];
                }
            } else {
                let slope = &self.slope[offset + i..][..count];
                if whole {
                    // Two sums of eight need as many registers as one of sixteen.
                    for half in [0, LANES / 2] {
                        let [a, b] = self.two_sums_inside::<{ LANES / 2 }>(from, i + half);
                        for l in 0..LANES / 2 {
                            out[half + l] = level[half + l] * a[l] + slope[half + l] * b[l];
                        }
                    }
                } else {
                    let [[a], [b]] = self.two_sums_inside::<1>(from, i);
                    out[0] = level[0] * a + slope[0] * b;
                }
            }
            i += count;
        }
    }

    #[inline(always)]
    fn one_sum<const L: usize>(&self, from: &[f64], i: usize) -> [f64; L] {
        let mut sums = [0.0; L];
        sums.copy_from_slice(&from[i..i + L]);
        let mut distance = 0;
        for t in &self.table[1..] {
            distance += self.stride;
            let (a, b) = (&from[i - distance..][..L], &from[i + distance..][..L]);
            for l in 0..L {
                sums[l] += t * (a[l] + b[l]);
            }
        }
        sums
    }

    #[inline(always)]
    fn two_sums_inside<const L: usize>(&self, from: &[f64], i: usize) -> [[f64; L]; 2] {
        let (mut sums, mut sloped) = ([0.0; L], [0.0; L]);
        sums.copy_from_slice(&from[i..i + L]);
        let mut distance = 0;
        for (t, s) in self.table[1..].iter().zip(&self.sloped[1..]) {
            distance += self.stride;
            let (a, b) = (&from[i - distance..][..L], &from[i + distance..][..L]);
            for l in 0..L {
                sums[l] += t * (a[l] + b[l]);
                sloped[l] += s * (b[l] - a[l]);
            }
        }
        [sums, sloped]
    }

    #[inline(always)]
    fn three_sums<const L: usize>(&self, from: &[f64], i: usize) -> [[f64; L]; 3] {
        let [mut sums, mut sloped, mut curved] = [[0.0; L]; 3];
        sums.copy_from_slice(&from[i..i + L]);
        let mut distance = 0;
        for ((t, s), c) in self.table[1..].iter().zip(&self.sloped[1..]).zip(&self.curved[1..]) {
            distance += self.stride;
            let (a, b) = (&from[i - distance..][..L], &from[i + distance..][..L]);
            for l in 0..L {
                let both = a[l] + b[l];
                sums[l] += t * both;
                sloped[l] += s * (b[l] - a[l]);
                curved[l] += c * both;
            }
        }
        [sums, sloped, curved]
    }

    /// The index of the first column's output of a row.
    fn output(&self, row: isize) -> usize {
        (row + isize::from(self.beyond)) as usize * self.stride
    }

    /// Calls for each row of each group of columns that is fitted and is not done by the filter inside.
    fn each_row(&mut self, mut call: impl FnMut(&mut Self, (usize, usize, usize), isize)) {
        let filtered = self.jump == 1;
        for group in self.groups() {
            let (first, end, rows) = group;
            if first == end {
                continue;
            }
            let ends = [-1, rows as isize];
            if self.beyond {
                ends.into_iter().for_each(|row| call(self, group, row));
            }
            if filtered && self.window <= rows {
                let (low, high) = (self.lead(), rows - self.window / 2);
                (0..low).chain(high..rows).for_each(|row| call(self, group, row as isize));
                continue;
            }
            let jump = self.jump.min(rows - 1).max(1);
            (0..rows).step_by(jump).for_each(|row| call(self, group, row as isize));
            if !(rows - 1).is_multiple_of(jump) {
                call(self, group, rows as isize - 1);
            }
        }
    }

    /// Where nothing has a weight, the value itself; where it is missing, the line between its neighbors.
    fn fill_hollows(&self, values: &[f64], out: &mut [f64]) {
        for (first, end, rows) in self.groups() {
            let jump = self.jump.min(rows - 1).max(1);
            for column in first..end {
                let at = |row: usize| self.output(row as isize) + column;
                let fitted = |row: usize| row.is_multiple_of(jump) || row + 1 == rows;
                for row in (0..rows).filter(|row| fitted(*row)) {
                    if out[at(row)].is_nan() {
                        out[at(row)] = values[row * self.stride + column];
                    }
                }
                // With jumps, all observed values may lie between the rows that are fitted.
                let bare = (0..rows).filter(|row| fitted(*row)).all(|row| out[at(row)].is_nan());
                let mut known: Option<(usize, f64)> = None;
                for row in (0..rows).filter(|row| bare || fitted(*row)) {
                    let x = if bare { values[row * self.stride + column] } else { out[at(row)] };
                    if x.is_nan() {
                        continue;
                    }
                    let (from, level) = known.unwrap_or((0, x));
                    for gap in (from..row).filter(|gap| fitted(*gap)) {
                        if out[at(gap)].is_nan() {
                            let share = (gap - from) as f64 / (row - from) as f64;
                            out[at(gap)] = level + share * (x - level);
                        }
                    }
                    known = Some((row, x));
                }
                if let Some((last, level)) = known {
                    (last..rows).filter(|row| fitted(*row)).for_each(|row| {
                        if out[at(row)].is_nan() {
                            out[at(row)] = level;
                        }
                    });
                }
                if self.beyond {
                    for (row, next) in [(-1, 0), (rows as isize, rows - 1)] {
                        let end = self.output(row) + column;
                        if out[end].is_nan() {
                            out[end] = out[at(next)];
                        }
                    }
                }
            }
        }
    }

    /// Lines between the rows that were fitted.
    fn interpolate(&self, out: &mut [f64]) {
        for (first, end, rows) in self.groups() {
            let jump = self.jump.min(rows - 1).max(1);
            let mut from = 0;
            while from + 1 < rows {
                let to = (from + jump).min(rows - 1);
                for row in from + 1..to {
                    let share = (row - from) as f64 / (to - from) as f64;
                    for column in first..end {
                        let at = |row: usize| self.output(row as isize) + column;
                        out[at(row)] = out[at(from)] + share * (out[at(to)] - out[at(from)]);
                    }
                }
                from = to;
            }
        }
    }
}

/// The tricubes (1 - (|d| / reach)^3)^3 of the distances d = 0 - at, 1 - at, ... They are 0 from 0.999 of the
/// reach on, as in the published program.
fn tricubes(into: &mut [f64], at: f64, reach: f64) {
    let (end, scale) = (0.999 * reach, 1.0 / reach);
    for (j, into) in into.iter_mut().enumerate() {
        let d = (j as f64 - at).abs();
        let u = d * scale;
        let rest = 1.0 - u * u * u;
        let t = rest * rest * rest;
        *into = if d > end { 0.0 } else { t };
    }
    // A single value, or the row itself where the reach is 0, has all the weight.
    if reach == 0.0 {
        into.fill(1.0);
    }
}

/// The factors of the sums of t w y and of t d w y that give the fit at d = 0, from the sums of t w, t d w, t
/// d² w; NaN if there is no weight. A line needs points that are spread by more than a thousandth of the
/// range, or else a constant is fitted.
fn coefficients([total, first, second]: [f64; 3], linear: bool, range: f64) -> (f64, f64) {
    if total.is_nan() || total <= 0.0 {
        return (f64::NAN, 0.0);
    }
    let mean = first / total;
    let variance = second / total - mean * mean;
    if linear && variance > 0.0 && libm::sqrt(variance) > 0.001 * range {
        ((1.0 + mean * mean / variance) / total, -mean / (variance * total))
    } else {
        (1.0 / total, 0.0)
    }
}

/// Sums of t x and t d x, with d = `first`, `first` + 1, ...
fn two_sums(t: &[f64], x: &[f64], first: f64) -> [f64; 2] {
    const L: usize = 8;
    let ((t, t_rest), (x, x_rest)) = (t.as_chunks::<L>(), x.as_chunks::<L>());
    let (mut sums, mut sloped) = ([0.0; L], [0.0; L]);
    let mut d: [f64; L] = core::array::from_fn(|l| first + l as f64);
    for (t, x) in t.iter().zip(x) {
        for l in 0..L {
            let tx = t[l] * x[l];
            sums[l] += tx;
            sloped[l] += tx * d[l];
            d[l] += L as f64;
        }
    }
    let (mut a, mut b) = (sums.iter().sum::<f64>(), sloped.iter().sum::<f64>());
    for ((t, x), d) in t_rest.iter().zip(x_rest).zip(d) {
        a += t * x;
        b += t * x * d;
    }
    [a, b]
}

/// Sums of t w, t d w and t d² w, with d = `first`, `first` + 1, ... and w = 1 if there are none.
fn moments(t: &[f64], weights: Option<&[f64]>, first: f64) -> [f64; 3] {
    let mut sums = [0.0; 3];
    for (j, t) in t.iter().enumerate() {
        let (d, t) = (first + j as f64, weights.map_or(*t, |weights| t * weights[j]));
        sums[0] += t;
        sums[1] += t * d;
        sums[2] += t * d * d;
    }
    sums
}
