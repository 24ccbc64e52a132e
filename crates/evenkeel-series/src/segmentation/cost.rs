//! Costs of segments.

use alloc::collections::BinaryHeap;
use alloc::vec;
use alloc::vec::Vec;
use core::cmp::Reverse;
use evenkeel_core::{Error, observed};

/// The cost of a segment: the smaller, the better a single distribution describes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum Cost {
    /// Squared deviations from the mean: changes of the level under noise that stays the same.
    #[default]
    L2,
    /// Absolute deviations from the median: changes of the level under heavy tails and outliers.
    L1,
    /// n ln(variance): changes of the level, the variance or both, of normal values. A millionth of the whole
    /// series' standard deviation is added in squares, so that a segment that does not vary has a finite
    /// cost.
    Normal,
    /// Squared deviations from the line of least squares: changes of slope or level of a series with a trend.
    Line,
    /// Minus n / 2 times the squared standardized mean rank: changes of the level without any assumption on
    /// the distribution. A. Lung-Yut-Fong, C. Lévy-Leduc, O. Cappé 2015, arXiv:1107.1971 (one dimension).
    Rank,
}

/// The costs of segments, for the searches.
pub(super) trait Costs {
    /// How many values there are.
    fn len(&self) -> usize;

    /// The costs of all segments that end before `end` and begin at the places given, which ascend, in their
    /// order. Ends are asked for in ascending order by those who need that.
    fn of_starts(&mut self, starts: &[usize], end: usize, costs: &mut Vec<f64>);
}

/// A series prepared for the costs of its segments. Missing values are dropped beforehand.
#[derive(Debug)]
pub(super) struct Prepared<'a> {
    cost: Cost,
    values: &'a [f64],
    /// Sums of the centered values up to each place, of their squares, and of their products with the time.
    sums: Vec<[f64; 3]>,
    least_variance: f64,
    rank_variance: f64,
    medians: RunningMedian,
}

impl<'a> Prepared<'a> {
    pub(super) fn new(cost: Cost, values: &'a [f64]) -> Self {
        let n = values.len() as f64;
        let center = values.iter().sum::<f64>() / n;
        let ranks = if cost == Cost::Rank { ranks(values) } else { Vec::new() };
        let of = |i: usize| if cost == Cost::Rank { ranks[i] - 0.5 * (n + 1.0) } else { values[i] - center };
        let mut sums = Vec::with_capacity(values.len() + 1);
        let mut sum = [0.0; 3];
        sums.push(sum);
        for i in 0..values.len() {
            let (x, t) = (of(i), i as f64 - 0.5 * (n - 1.0));
            sum = [sum[0] + x, sum[1] + x * x, sum[2] + t * x];
            sums.push(sum);
        }
        let variance = sum[1] / n;
        Self {
            cost,
            values,
            sums,
            least_variance: (variance * 1e-12).max(f64::MIN_POSITIVE),
            rank_variance: variance.max(f64::MIN_POSITIVE),
            medians: RunningMedian::default(),
        }
    }

    /// The cost of the values from `start` up to, but without, `end`.
    pub(super) fn of(&mut self, start: usize, end: usize) -> f64 {
        let count = (end - start) as f64;
        let [sum, squares, products] = core::array::from_fn(|i| self.sums[end][i] - self.sums[start][i]);
        match self.cost {
            Cost::L2 => (squares - sum * sum / count).max(0.0),
            Cost::Normal => {
                let variance = (squares - sum * sum / count) / count;
                count * libm::log(variance.max(0.0) + self.least_variance)
            }
            Cost::Line => {
                let middle = 0.5 * ((start + end) as f64 - 1.0) - 0.5 * (self.values.len() as f64 - 1.0);
                let spread = count * (count * count - 1.0) / 12.0;
                let slope = products - middle * sum;
                let explained = if spread > 0.0 { slope * slope / spread } else { 0.0 };
                (squares - sum * sum / count - explained).max(0.0)
            }
            Cost::Rank => -0.5 * sum * sum / (count * self.rank_variance),
            Cost::L1 => {
                self.medians.clear();
                self.values[start..end].iter().for_each(|x| self.medians.push(*x));
                self.medians.deviations()
            }
        }
    }
}

impl Costs for Prepared<'_> {
    fn len(&self) -> usize {
        self.values.len()
    }

    fn of_starts(&mut self, starts: &[usize], end: usize, costs: &mut Vec<f64>) {
        costs.clear();
        match self.cost {
            Cost::L2 => {
                let [last, last_squares, _] = self.sums[end];
                costs.extend(starts.iter().map(|start| {
                    let [sum, squares, _] = self.sums[*start];
                    let sum = last - sum;
                    (last_squares - squares - sum * sum / (end - start) as f64).max(0.0)
                }));
            }
            Cost::L1 => {
                // All of them on one way back.
                self.medians.clear();
                let mut from = end;
                for start in starts.iter().rev() {
                    while from > *start {
                        from -= 1;
                        self.medians.push(self.values[from]);
                    }
                    costs.push(self.medians.deviations());
                }
                costs.reverse();
            }
            _ => {
                for start in starts {
                    let cost = self.of(*start, end);
                    costs.push(cost);
                }
            }
        }
    }
}

/// A float with its total order.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Ordered(f64);

impl Eq for Ordered {}

impl PartialOrd for Ordered {
    fn partial_cmp(&self, other: &Self) -> Option<core::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Ordered {
    fn cmp(&self, other: &Self) -> core::cmp::Ordering {
        self.0.total_cmp(&other.0)
    }
}

/// The running median, and the absolute deviations from it: the lower half in one heap, the upper in another.
#[derive(Debug, Default)]
struct RunningMedian {
    lower: BinaryHeap<Ordered>,
    upper: BinaryHeap<Reverse<Ordered>>,
    lower_sum: f64,
    upper_sum: f64,
}

impl RunningMedian {
    fn clear(&mut self) {
        self.lower.clear();
        self.upper.clear();
        (self.lower_sum, self.upper_sum) = (0.0, 0.0);
    }

    fn push(&mut self, x: f64) {
        if self.lower.peek().is_none_or(|top| x <= top.0) {
            self.lower.push(Ordered(x));
            self.lower_sum += x;
        } else {
            self.upper.push(Reverse(Ordered(x)));
            self.upper_sum += x;
        }
        if self.lower.len() > self.upper.len() + 1 {
            if let Some(Ordered(x)) = self.lower.pop() {
                self.lower_sum -= x;
                self.upper_sum += x;
                self.upper.push(Reverse(Ordered(x)));
            }
        } else if self.upper.len() > self.lower.len()
            && let Some(Reverse(Ordered(x))) = self.upper.pop()
        {
            self.upper_sum -= x;
            self.lower_sum += x;
            self.lower.push(Ordered(x));
        }
    }

    /// The sum of absolute deviations from the median.
    fn deviations(&self) -> f64 {
        let median = self.lower.peek().map_or(0.0, |top| top.0);
        let unpaired = (self.lower.len() - self.upper.len()) as f64;
        (self.upper_sum - self.lower_sum + unpaired * median).max(0.0)
    }
}

/// Ranks from 1 on, equal values sharing the mean of theirs.
fn ranks(values: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|a, b| values[*a].total_cmp(&values[*b]));
    let mut ranks = vec![0.0; values.len()];
    let mut from = 0;
    while from < order.len() {
        let mut to = from;
        while to < order.len() && values[order[to]] == values[order[from]] {
            to += 1;
        }
        let rank = 0.5 * (from + 1 + to) as f64;
        order[from..to].iter().for_each(|i| ranks[*i] = rank);
        from = to;
    }
    ranks
}

/// The observed values, and the index of each.
pub(super) fn without_missing(values: &[f64]) -> (Vec<f64>, Vec<usize>) {
    values.iter().enumerate().filter_map(|(i, x)| observed(*x).map(|x| (x, i))).unzip()
}

/// Change points of the observed values as indices of the series: a change has the index of the first value
/// after it.
pub(super) fn places(changes: &[usize], at: &[usize]) -> Vec<usize> {
    changes.iter().map(|change| at[*change]).collect()
}

pub(super) fn check_size(least: usize, cost: Cost) -> Result<(), Error> {
    let needed = if matches!(cost, Cost::Normal | Cost::Line) { 2 } else { 1 };
    Error::require(
        least >= needed,
        "min size",
        "at least 1; 2 for the costs of normal values and lines",
        least,
    )
}
