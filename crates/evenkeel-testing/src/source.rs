//! Seeded streams.

use evenkeel_core::{Timestamp, gaussian};

/// A seeded source of test data: the same seed gives the same values on every platform.
///
/// The integers are SplitMix64 (Steele, Lea, Flood 2014, doi:10.1145/2660193.2660195). For tests, not for
/// algorithms: those take their generator from `evenkeel-stats`.
///
/// ```
/// use evenkeel_testing::Source;
///
/// let mut source = Source::new(7);
/// let metric: Vec<f64> = (0..1000).map(|_| source.value()).collect();
/// assert!(metric.iter().all(|x| (-500.0..700.0).contains(x)));
/// assert_eq!(metric[0], Source::new(7).value());
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Source {
    state: u64,
    step: u32,
    level: f64,
    noise: f64,
    episode: u32,
    now: i64,
}

impl Source {
    /// A source.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self { state: seed, step: 0, level: 100.0, noise: 0.0, episode: 0, now: 1_700_000_000_000_000_000 }
    }

    /// The next integer, uniform over all.
    pub fn next_u64(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.state;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// The next number, uniform in [0, 1).
    pub fn uniform(&mut self) -> f64 {
        (self.next_u64() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// The next index below `n`; 0 if `n` is 0.
    pub fn below(&mut self, n: usize) -> usize {
        (self.next_u64() % (n.max(1) as u64)) as usize
    }

    /// The next number of a standard normal distribution.
    pub fn normal(&mut self) -> f64 {
        // In the middle of one of 2^53 cells, so that neither end occurs.
        gaussian::lower_quantile(self.uniform() + 0.5 / 9_007_199_254_740_992.0)
    }

    /// The next value of something like a metric: a level near 100 that shifts now and then, a season of 288
    /// with amplitude 20, autocorrelated noise of about 2, rare spikes of 20 to 60 to either side.
    pub fn value(&mut self) -> f64 {
        let phase = f64::from(self.step % 288) / 288.0;
        self.step = self.step.wrapping_add(1);
        let season = 80.0 * (phase - 0.5).abs() - 20.0;
        self.noise = 0.5 * self.noise + 1.75 * self.normal();
        let spike = match self.below(1000) {
            0 => 20.0 + 40.0 * self.uniform(),
            1 => -20.0 - 40.0 * self.uniform(),
            _ => 0.0,
        };
        if self.below(2000) == 0 {
            self.level = 60.0 + 80.0 * self.uniform();
        }
        self.level + season + self.noise + spike
    }

    /// The next time of something like a scraper: about every ten seconds, up to two seconds late, never
    /// going back.
    pub fn time(&mut self) -> Timestamp {
        let late = i64::try_from(self.below(2_000_000_000)).unwrap_or(0);
        let time = Timestamp::from_nanos(self.now + late);
        self.now += 10_000_000_000;
        time
    }

    /// The next p-value of something that is in order most of the time: uniform, but in episodes of 100 it is
    /// at most 1e-12, now and then 0.
    pub fn p(&mut self) -> f64 {
        if self.episode == 0 && self.below(400) == 0 {
            self.episode = 100;
        }
        if self.episode == 0 {
            return self.uniform();
        }
        self.episode -= 1;
        if self.below(10) == 0 { 0.0 } else { 1e-12 * self.uniform() }
    }
}
