//! The predictive distribution of excesses: what a generalized Pareto tail says of the next one, its
//! uncertainty included.

use alloc::boxed::Box;
use alloc::vec;
#[cfg(feature = "serde")]
use alloc::vec::Vec;
#[cfg(feature = "serde")]
use evenkeel_core::Error;

/// How many values of theta are weighed.
const NODES: usize = 64;
/// The least theta, in units of 1 / (mean excess of the calibration): so straight is the exponential
/// distribution.
const LEAST: f64 = 1e-3;
/// The greatest theta, in the same units.
const GREATEST: f64 = 30.0;
/// The distance of two nodes on a logarithmic scale: ln(GREATEST / LEAST) / (NODES - 1).
const LOG_STEP: f64 = 10.308_952_660_644_293 / (NODES - 1) as f64;
/// What has less than exp of this of the largest weight is left out of a mixture.
const LOG_NEGLIGIBLE: f64 = -30.0;

/// ln(1 + theta y) for y >= 0, where an excess beyond all numbers is as large as the largest. No digits are
/// lost that matter: theta y is not tiny where a weight is not.
fn log_of(theta: f64, y: f64) -> f64 {
    libm::log(1.0 + (theta * y).min(f64::MAX))
}

/// Shape >= 0 and scale of a generalized Pareto distribution, both unknown, by Bayes' rule.
///
/// With theta = shape / scale, ln(1 + theta Y) is exponential with rate 1 / shape. So for each theta the
/// shape is integrated out in closed form: flat in the shape and in the logarithm of the scale, the posterior
/// of 1 / shape is a gamma distribution, and P(next excess > y | theta) = (L / (L + ln(1 + theta y)))^(k -
/// 1), where L is the sum of ln(1 + theta y) over the k excesses. What is left is a mixture over theta, here
/// over a geometric grid. An excess adds one logarithm to each node, so nothing is ever fitted, and old
/// excesses fade by a factor.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(try_from = "Saved", into = "Saved")
)]
pub(super) struct PredictiveTail {
    /// How many excesses count in the end: with each, those before fade by 1 - 1 / memory.
    memory: f64,
    /// The first node; 0 before there is a scale.
    first: f64,
    /// How many uncensored excesses count.
    count: f64,
    nodes: Box<[Node]>,
}

#[derive(Debug, Clone, Copy, PartialEq, Default)]
struct Node {
    theta: f64,
    /// The sum of ln(1 + theta y) over all excesses.
    all: f64,
    /// The same over the uncensored ones.
    uncensored: f64,
    /// The share of the posterior.
    weight: f64,
}

impl PredictiveTail {
    pub(super) fn new(memory: usize) -> Self {
        Self {
            memory: memory as f64,
            first: 0.0,
            count: 0.0,
            nodes: vec![Node::default(); NODES].into_boxed_slice(),
        }
    }

    pub(super) fn reset(&mut self) {
        (self.first, self.count) = (0.0, 0.0);
        self.nodes.fill(Node::default());
    }

    pub(super) fn is_ready(&self) -> bool {
        self.first > 0.0
    }

    /// Lays the grid around the excesses known so far (a censored one is negative) and learns them. Nothing
    /// happens if their mean is so tiny or so huge that 1 / mean is not a number to work with.
    pub(super) fn start(&mut self, excesses: &[f64]) {
        let count = excesses.len() as f64;
        let mean: f64 = excesses.iter().map(|y| y.abs() / count).sum();
        let first = LEAST / mean;
        if !(mean.is_normal() && first.is_normal() && (GREATEST / mean).is_finite()) {
            return;
        }
        self.lay(first);
        for y in excesses {
            self.add(*y, 1.0);
        }
        self.weigh();
    }

    /// Lays the grid, with nothing learned.
    fn lay(&mut self, first: f64) {
        self.first = first;
        for (i, node) in self.nodes.iter_mut().enumerate() {
            *node = Node { theta: first * libm::exp(LOG_STEP * i as f64), ..Node::default() };
        }
    }

    /// Learns an excess; a negative one is censored: it was larger than that.
    pub(super) fn learn(&mut self, excess: f64) {
        self.add(excess, 1.0 - 1.0 / self.memory);
        self.weigh();
    }

    fn add(&mut self, excess: f64, fade: f64) {
        let is_exact = excess > 0.0;
        self.count = self.count * fade + f64::from(u8::from(is_exact));
        for node in &mut self.nodes {
            // An excess beyond all numbers is as large as the largest.
            let log = log_of(node.theta, excess.abs());
            node.all = node.all * fade + log;
            node.uncensored = node.uncensored * fade + if is_exact { log } else { 0.0 };
        }
    }

    /// The exponent of the predictive tail: one less than the count, for the shape that is not known.
    fn exponent(&self) -> f64 {
        (self.count - 1.0).max(0.5)
    }

    fn weigh(&mut self) {
        let exponent = self.exponent();
        let mut most = f64::NEG_INFINITY;
        let mut log_theta = libm::log(self.first);
        for node in &mut self.nodes {
            // theta^k exp(-L) L^-(k-1), flat in ln theta but for the one power that the prior of the scale
            // brings.
            node.weight = self.count * log_theta
                - node.uncensored
                - exponent * libm::log(node.all.max(f64::MIN_POSITIVE));
            most = most.max(node.weight);
            log_theta += LOG_STEP;
        }
        let mut sum = 0.0;
        for node in &mut self.nodes {
            let below = node.weight - most;
            node.weight = if below > LOG_NEGLIGIBLE { libm::exp(below) } else { 0.0 };
            sum += node.weight;
        }
        for node in &mut self.nodes {
            node.weight /= sum;
        }
    }

    /// P(the next excess > `y`), for y >= 0; in (0, 1].
    pub(super) fn upper(&self, y: f64) -> f64 {
        let exponent = self.exponent();
        let heavy = self.nodes.iter().filter(|node| node.weight > 0.0);
        let tail: f64 = heavy
            .map(|node| {
                let log = log_of(node.theta, y);
                node.weight * libm::exp(-exponent * libm::log(1.0 + log / node.all.max(f64::MIN_POSITIVE)))
            })
            .sum();
        tail.clamp(f64::MIN_POSITIVE, 1.0)
    }

    /// The excess that is exceeded with probability `p` in (0, 1); the largest number if none is.
    pub(super) fn upper_quantile(&self, p: f64) -> f64 {
        let above = |y: f64| libm::log(self.upper(y) / p);
        let (mut low, mut at_low) = (0.0, -libm::log(p));
        let mut high = LEAST / self.first;
        let mut at_high;
        loop {
            at_high = above(high);
            if at_high <= 0.0 {
                break;
            }
            (low, at_low) = (high, at_high);
            high *= 2.0;
            if !high.is_finite() {
                return f64::MAX;
            }
        }
        // False position on the logarithm of the tail, which is nearly straight; an end that stays twice
        // counts half (the Illinois rule: Dowell and Jarratt 1971).
        let mut rose = None;
        for _ in 0..60 {
            if high - low <= 1e-10 * high {
                break;
            }
            let middle = low + (high - low) * (at_low / (at_low - at_high)).clamp(1e-3, 1.0 - 1e-3);
            let value = above(middle);
            let is_low = value > 0.0;
            if is_low {
                (low, at_low) = (middle, value);
            } else {
                (high, at_high) = (middle, value);
            }
            match (rose == Some(is_low), is_low) {
                (true, true) => at_high *= 0.5,
                (true, false) => at_low *= 0.5,
                (false, _) => rose = Some(is_low),
            }
        }
        high
    }

    /// The posterior means of shape and scale.
    pub(super) fn mean(&self) -> (f64, f64) {
        let shapes = self.nodes.iter().map(|node| (node.weight * node.all / self.exponent(), node.theta));
        shapes.fold((0.0, 0.0), |(shape, scale), (s, theta)| (shape + s, scale + s / theta))
    }
}

/// What is saved: where the nodes stand and what they weigh follows from it.
#[cfg(feature = "serde")]
#[derive(serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Saved {
    #[serde(with = "evenkeel_core::exact")]
    memory: f64,
    #[serde(with = "evenkeel_core::exact")]
    first: f64,
    #[serde(with = "evenkeel_core::exact")]
    count: f64,
    /// Of each node the sums over all and over the uncensored excesses; none before there is a scale.
    #[serde(with = "evenkeel_core::exact")]
    sums: Vec<(f64, f64)>,
}

#[cfg(feature = "serde")]
impl From<PredictiveTail> for Saved {
    fn from(tail: PredictiveTail) -> Self {
        let nodes = if tail.is_ready() { &tail.nodes[..] } else { &[] };
        let sums = nodes.iter().map(|node| (node.all, node.uncensored)).collect();
        Self { memory: tail.memory, first: tail.first, count: tail.count, sums }
    }
}

#[cfg(feature = "serde")]
impl TryFrom<Saved> for PredictiveTail {
    type Error = Error;

    fn try_from(Saved { memory, first, count, sums }: Saved) -> Result<Self, Error> {
        let mut tail = Self::new(0);
        (tail.memory, tail.count) = (memory, count);
        let mut sound = (5.0..=1e6).contains(&memory) && first >= 0.0 && (0.0..=1e7).contains(&count);
        if first > 0.0 {
            tail.lay(first);
            sound = sound
                && count > 0.0
                && sums.len() == NODES
                && tail.nodes.iter().all(|node| node.theta.is_finite())
                && sums
                    .iter()
                    .all(|(all, uncensored)| (0.0..=1e12).contains(all) && (0.0..=*all).contains(uncensored));
        } else {
            sound = sound && sums.is_empty();
        }
        Error::require(sound, "tail", "a state that learning can reach", "another")?;
        for (node, (all, uncensored)) in tail.nodes.iter_mut().zip(sums) {
            (node.all, node.uncensored) = (all, uncensored);
        }
        if tail.is_ready() {
            tail.weigh();
        }
        Ok(tail)
    }
}
