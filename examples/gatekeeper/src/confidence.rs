//! Stated confidence, compared with what came of it. It is recorded and scored; no guard and no approval
//! reads it.

use evenkeel::Stage;
use evenkeel::stats::Beta;
use evenkeel::stats::sequential::{Alternative, Bets, BettingTest};
use std::collections::VecDeque;
use std::fmt;

/// A stated confidence, and whether what was done was verified to have helped.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Stated {
    /// What the agent said, in [0, 1].
    pub confidence: f64,
    /// What was found.
    pub helped: bool,
}

impl Stated {
    fn outcome(self) -> f64 {
        f64::from(u8::from(self.helped))
    }
}

/// A group of statements of about the same confidence.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bin {
    /// How many.
    pub count: usize,
    /// Their mean confidence.
    pub stated: f64,
    /// The share of them that helped.
    pub helped: f64,
    /// The interval of that share: equal-tailed, 90 %, under Jeffreys' prior.
    pub interval: (f64, f64),
}

/// How stated confidence compares with outcomes.
#[derive(Debug, Clone, PartialEq)]
pub struct Calibration {
    /// How many statements.
    pub count: usize,
    /// The mean confidence.
    pub stated: f64,
    /// The share that helped.
    pub helped: f64,
    /// The Brier score: the mean squared difference of confidence and outcome, 0 at best (G. W. Brier 1950).
    pub brier: f64,
    /// What it would be for always stating the share that helped: beating that is skill.
    pub brier_of_base_rate: f64,
    /// The expected calibration error: the mean distance of stated and found over the bins.
    pub expected_error: f64,
    /// Bins of equal counts, in order of confidence.
    pub bins: Vec<Bin>,
}

/// The calibration of these, in at most so many bins of equal counts; equal confidences stay in one bin.
/// `None` for none. O(n log n).
#[must_use]
pub fn calibration(stated: &[Stated], bins: usize) -> Option<Calibration> {
    let count = stated.len();
    if count == 0 {
        return None;
    }
    let n = count as f64;
    let helped = stated.iter().map(|s| s.outcome()).sum::<f64>() / n;
    let square = |s: &Stated| (s.confidence - s.outcome()).powi(2);
    let mut sorted = stated.to_vec();
    sorted.sort_by(|a, b| a.confidence.total_cmp(&b.confidence));
    let bins = equal_counts(&sorted, bins.max(1));
    let weigh = |bin: &Bin| bin.count as f64 * (bin.stated - bin.helped).abs();
    Some(Calibration {
        count,
        stated: stated.iter().map(|s| s.confidence).sum::<f64>() / n,
        helped,
        brier: stated.iter().map(square).sum::<f64>() / n,
        brier_of_base_rate: helped * (1.0 - helped),
        expected_error: bins.iter().map(weigh).sum::<f64>() / n,
        bins,
    })
}

/// Splits what is sorted at equal counts; a border within equal confidences moves up behind them.
fn equal_counts(sorted: &[Stated], bins: usize) -> Vec<Bin> {
    let (mut from, mut all) = (0, Vec::new());
    for i in 1..=bins {
        let mut to = (sorted.len() * i).div_ceil(bins).max(from);
        while to > from && to < sorted.len() && sorted[to].confidence == sorted[to - 1].confidence {
            to += 1;
        }
        if to > from {
            all.push(bin(&sorted[from..to]));
            from = to;
        }
    }
    all
}

fn bin(of: &[Stated]) -> Bin {
    let n = of.len() as f64;
    let good = of.iter().map(|s| s.outcome()).sum::<f64>();
    // At an end the interval reaches it, as is usual for this prior.
    let beta = Beta::new(good + 0.5, n - good + 0.5).ok();
    let lower = beta.as_ref().filter(|_| good > 0.0).map_or(0.0, |beta| beta.lower_quantile(0.05));
    let upper = beta.as_ref().filter(|_| good < n).map_or(1.0, |beta| beta.upper_quantile(0.05));
    Bin {
        count: of.len(),
        stated: of.iter().map(|s| s.confidence).sum::<f64>() / n,
        helped: good / n,
        interval: (lower, upper),
    }
}

/// What was stated and what came of it: the latest thousand, and a test over all.
#[derive(Debug, Clone)]
pub struct ConfidenceRecord {
    latest: VecDeque<Stated>,
    test: Option<BettingTest>,
}

const MOST: usize = 1_000;
/// Below which p-value it is called more than chance.
const SURE: f64 = 0.05;

impl Default for ConfidenceRecord {
    fn default() -> Self {
        Self::new()
    }
}

impl ConfidenceRecord {
    /// An empty one.
    #[must_use]
    pub fn new() -> Self {
        let test = BettingTest::new(0.5, Alternative::Less, Bets::Grid).ok();
        Self { latest: VecDeque::new(), test }
    }

    /// Adds one.
    pub fn add(&mut self, stated: Stated) {
        if self.latest.len() == MOST {
            self.latest.pop_front();
        }
        self.latest.push_back(stated);
        if let Some(test) = &mut self.test {
            let _ = test.update(0.5 * (1.0 + stated.outcome() - stated.confidence));
        }
    }

    /// The latest, at most 1,000, the oldest first.
    #[must_use]
    pub fn latest(&self) -> Vec<Stated> {
        self.latest.iter().copied().collect()
    }

    /// The p-value, valid whenever it is read, of "on average no more is stated than comes true": small where
    /// the agent is surely over-confident (a betting e-process on the differences).
    #[must_use]
    pub fn overconfidence_p(&self) -> f64 {
        self.test.as_ref().map_or(1.0, |test| test.evidence().p())
    }

    /// The calibration of the latest, in at most ten bins.
    #[must_use]
    pub fn calibration(&self) -> Option<Calibration> {
        calibration(&self.latest(), 10)
    }
}

impl fmt::Display for ConfidenceRecord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(c) = self.calibration() else { return f.write_str("none was verified yet") };
        write!(
            f,
            "over {} verified: stated {:.2} on average, helped {:.2}; Brier score {:.3} (always stating {:.2} scores {:.3}); ",
            c.count, c.stated, c.helped, c.brier, c.helped, c.brier_of_base_rate
        )?;
        let p = self.overconfidence_p();
        let p_in_words = if p < 0.001 { "p < 0.001".to_string() } else { format!("p = {p:.3}") };
        match (c.stated > c.helped, p < SURE) {
            (_, true) => {
                write!(f, "more is stated than comes true, by more than chance explains ({p_in_words})")
            }
            (true, false) => {
                write!(f, "more was stated than came true, as chance alone might have it ({p_in_words})")
            }
            (false, false) => f.write_str("no more was stated than came true"),
        }
    }
}
