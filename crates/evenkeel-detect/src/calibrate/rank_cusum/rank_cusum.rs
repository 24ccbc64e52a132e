//! CUSUMs of sequential normal scores: distribution-free evidence accumulated over values.

use super::one_sided_cusum::OneSidedCusum;
use super::ranking::{Rank, Ranking};
use crate::calibrate::Tails;
use crate::calibrate::preallocated::Preallocated;
use crate::chart::run_length::{self, ThresholdTable};
use alloc::boxed::Box;
#[cfg(feature = "serde")]
use alloc::string::String;
use alloc::vec;
use evenkeel_core::{Calibrated, Direction, Error, Score, Stage, gaussian};
use evenkeel_stats::Generator;

/// The charts, which detect shifts of one and of two standard deviations of a normal score, and their shares of the budget. A rank
/// among some hundred values gives a normal score of two or three at most, so the larger shift stands for
/// everything large.
const SHIFTS: [(&ThresholdTable, f64); 2] = [(&run_length::HALF, 0.3), (&run_length::ONE, 0.5)];
/// The share of the budget for single values.
const SINGLE: f64 = 0.2;
/// How many values of an event are learned, so that short runs that are normal become known and an incident
/// does not.
const LEARNED: u64 = 8;
/// The largest normal score that counts.
const MOST: f64 = 8.0;

/// Turns scores into evidence of a lasting change, under a budget that holds whatever their distribution:
/// CUSUMs of sequential normal scores.
///
/// *When*: the recommended calibrator in front of an [`Alarm`](crate::alarm::Alarm) with a budget. It notices
/// shifts that last, small ones too, and single values as far as their rank can carry the budget: one value
/// among n can't resolve anything rarer than 1 / n, but a few in a row can. Where a *single* value must raise
/// at a budget of one a week, take [`Spot`](crate::calibrate::Spot), which assumes a class of tails, beside
/// it.
///
/// *What it assumes*: that scores are independent and of one distribution while nothing is wrong, discrete or
/// not, with a mean or without. Put it behind a forecaster's errors ([`Surprise`](crate::forecast::Surprise))
/// if they are not.
///
/// *Method*: each score's rank among those learned before is exactly uniform and independent of the ranks
/// before, whatever the distribution (between two values seen it is placed at random, and ties are broken at
/// random; but the value that most are equal to is never evidence); its normal quantile is a sequential
/// normal score. W. J. Conover, V. G. Tercero-Gómez, A. E. Cordero-Franco, The sequential normal scores
/// transformation, Sequential Analysis 36 (2017) 397-414, doi:10.1080/07474946.2017.1360091. On each side two
/// CUSUMs wait for shifts of 1 and 2 standard deviations (E. S. Page 1954, doi:10.1093/biomet/41.1-2.100)
/// with 0.3 and 0.5 of the budget, their thresholds from the integral equation of the run length; 0.2 are for
/// single values. So the average distance between false alarms is at least 1 / `risk`: by calculation, not by
/// an asymptotic or a fit.
///
/// Real scores come in runs: one spike spoils a model's next errors, too. So a sum raises only beyond what
/// the sums of the values that the ranks are taken among reached in their order, but for as many as are
/// expected of independent ones, for which this changes hardly anything.
///
/// An event begins when a sum reaches its threshold; until it is over, p is at most `risk`, and only its
/// first 8 values are learned. It is over when the return to normal is a thousand times as likely as that the
/// shift goes on (14 normal values for the smaller shift, 4 for the larger); all sums then start anew. After
/// `relearn` values of an event the new level counts as normal, and ranks are taken among its last
/// `calibration` values from then on (of its second half, if that is less).
///
/// *Parameters*
///
/// | | range | default | why |
/// | --- | --- | --- | --- |
/// | `risk` | \[1e-15, 0.1\] | – | the false alarms a value: [`Alarm::for_budget`](crate::alarm::Alarm::for_budget) derives it, [`Alarm::raise_at`](crate::alarm::Alarm::raise_at) tells it |
/// | `calibration` | \[20, 10^6\] | 300 | values before the first opinion. Any number holds the budget; more see smaller shifts sooner |
/// | `window` | \[`calibration`, 10^6\] | 2000 | ranks are taken anew among so many values, every so many values, so that a slow drift is followed |
/// | `relearn` | \[20, 10^9\] | 1000 | an incident that lasts longer is the new normal |
/// | `tails` | | upper | [`Tails::Both`] for scores with a sign |
/// | `seed` | | 0 | of the random places and ties |
///
/// *Output*: p = how often a value evidence so strong comes when nothing is wrong, at least 1e-6 `risk`; 1
/// when an event is over. It is a rate for alarms, not uniform like a p-value of a single score. Silent while
/// calibrating. *Cost*: O(1), at the end of each `window` a sort of it. *State*: 16 `window` bytes and 4 kB.
///
/// ```
/// use evenkeel_core::Stage;
/// use evenkeel_detect::RankCusum;
/// use evenkeel_detect::adapt::ValueAsScore;
///
/// let noise = |i: u64| ((i.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 11) as f64 / (1u64 << 53) as f64).powi(3);
/// let risk = 1.0 / 60_480.0; // one in a week of values every ten seconds
/// let mut line = ValueAsScore.then(RankCusum::builder(risk).build()?);
/// let shifted = |i: u64| noise(i) + if i < 1000 { 0.0 } else { 1.0 }; // 3.5 standard deviations
/// let raised = (0..1020).position(|i| line.update(shifted(i)).is_some_and(|c| c.p() <= risk));
/// assert!(raised.is_some_and(|at| (1000..1010).contains(&at)));
/// # Ok::<(), evenkeel_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(try_from = "Parts"))]
pub struct RankCusum {
    settings: RankCusumBuilder,
    generator: Generator,
    ranking: Ranking,
    /// Values learned since the ranks were last taken among a whole window.
    block: Preallocated,
    filled: usize,
    /// Room to sort the block in.
    #[cfg_attr(feature = "serde", serde(skip_serializing))]
    sorted: Box<[f64]>,
    /// At so many values in the block the ranks are taken anew.
    next_cut: usize,
    /// For shifts up and for shifts down; those of a side that is not tested rest at 0.
    limbs: [[OneSidedCusum; SHIFTS.len()]; 2],
    /// How many values the event lasts; 0 without one.
    event: u64,
}

/// Settings of a [`RankCusum`].
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[must_use]
pub struct RankCusumBuilder {
    #[cfg_attr(feature = "serde", serde(with = "evenkeel_core::exact"))]
    risk: f64,
    calibration: usize,
    window: Option<usize>,
    relearn: u64,
    tails: Tails,
    seed: u64,
}

impl RankCusumBuilder {
    /// How many values are learned before the first opinion, in [20, 10^6]. Default 300.
    pub fn calibration(mut self, values: usize) -> Self {
        self.calibration = values;
        self
    }

    /// Among how many values ranks are taken, in [`calibration`, 10^6]. Default 2000, or `calibration` if
    /// that is more.
    pub fn window(mut self, values: usize) -> Self {
        self.window = Some(values);
        self
    }

    /// After how many values an event is the new normal, in [20, 10^9]. Default 1000.
    pub fn relearn(mut self, values: u64) -> Self {
        self.relearn = values;
        self
    }

    /// Which side is tested. Default [`Tails::Upper`]. With [`Tails::Both`] a score counts with its direction
    /// as its sign.
    pub fn tails(mut self, tails: Tails) -> Self {
        self.tails = tails;
        self
    }

    /// The seed of the random places and ties. Default 0.
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    fn window_or_default(&self) -> usize {
        self.window.unwrap_or(self.calibration.max(2000))
    }

    /// How many of the last values of an event the ranks are then taken among: of its second half, so that
    /// shorter events do not touch the block.
    fn gathered(&self) -> u64 {
        (self.relearn / 2).min(self.calibration as u64)
    }

    fn limbs(&self) -> [OneSidedCusum; SHIFTS.len()] {
        self.run_lengths().map(|(table, run_length)| OneSidedCusum::new(table, run_length))
    }

    /// The shifts, and the run lengths when there is none.
    fn run_lengths(&self) -> [(&'static ThresholdTable, f64); SHIFTS.len()] {
        SHIFTS.map(|(table, share)| (table, 1.0 / (share * self.side())))
    }

    /// The budget of one side.
    fn side(&self) -> f64 {
        if self.tails == Tails::Both { 0.5 * self.risk } else { self.risk }
    }

    /// The calibrator.
    ///
    /// # Errors
    /// If a setting is out of its range.
    pub fn build(self) -> Result<RankCusum, Error> {
        self.validate()?;
        Ok(self.with([self.limbs(); 2]))
    }

    fn validate(&self) -> Result<(), Error> {
        let (calibration, window, relearn) = (self.calibration, self.window_or_default(), self.relearn);
        Error::require((1e-15..=0.1).contains(&self.risk), "risk", "in [1e-15, 0.1]", self.risk)?;
        Error::require((20..=1_000_000).contains(&calibration), "calibration", "in [20, 10^6]", calibration)?;
        Error::require(
            (calibration..=1_000_000).contains(&window),
            "window",
            "in [calibration, 10^6]",
            window,
        )?;
        Error::require((20..=1_000_000_000).contains(&relearn), "relearn", "in [20, 10^9]", relearn)
    }

    /// Of these settings, which are valid, with sums that are.
    fn with(self, limbs: [[OneSidedCusum; SHIFTS.len()]; 2]) -> RankCusum {
        let (calibration, window) = (self.calibration, self.window_or_default());
        RankCusum {
            settings: self,
            generator: Generator::new(self.seed),
            ranking: Ranking::new(),
            block: Preallocated::new(window),
            filled: 0,
            sorted: vec![0.0; window].into_boxed_slice(),
            next_cut: calibration,
            limbs,
            event: 0,
        }
    }
}

impl RankCusum {
    /// A calibrator whose p-values are at most `risk` no more often than `risk` times a value, in separate
    /// events, when nothing is wrong.
    pub fn builder(risk: f64) -> RankCusumBuilder {
        RankCusumBuilder { risk, calibration: 300, window: None, relearn: 1000, tails: Tails::Upper, seed: 0 }
    }

    /// The false alarms a value that it is held to.
    #[must_use]
    pub fn risk(&self) -> f64 {
        self.settings.risk
    }

    /// Changes the risk while it runs, as when a budget is divided among more series. Thresholds follow at
    /// once; ranks, sums and an event under way stay. A threshold that was raised for runs that are usual
    /// stays as many times above the one of independent values. Evidence far beyond a lower threshold counts
    /// as at most a millionth of the new risk, as it does when it comes. About a microsecond.
    ///
    /// ```
    /// use evenkeel_detect::RankCusum;
    ///
    /// let mut cusum = RankCusum::builder(1e-5).build()?;
    /// cusum.set_risk(1e-9)?;
    /// assert_eq!(cusum, RankCusum::builder(1e-9).build()?);
    /// # Ok::<(), evenkeel_core::Error>(())
    /// ```
    ///
    /// # Errors
    /// If it is not in [1e-15, 0.1]; nothing is changed then.
    pub fn set_risk(&mut self, risk: f64) -> Result<(), Error> {
        Error::require((1e-15..=0.1).contains(&risk), "risk", "in [1e-15, 0.1]", risk)?;
        self.settings.risk = risk;
        let fresh = self.settings.limbs();
        for limbs in &mut self.limbs {
            for (limb, fresh) in limbs.iter_mut().zip(&fresh) {
                limb.rebudget(fresh);
            }
        }
        Ok(())
    }

    /// Whether an event has begun, by more than a single value, and is not over.
    #[must_use]
    pub fn is_raised(&self) -> bool {
        self.event > 0
    }

    /// The share of values learned beyond which a single value can stand now, at the end that is tested (the
    /// upper one of both): a single value can raise on its own only where `risk` is at least five times this
    /// (ten times with [`Tails::Both`]). `None` while calibrating.
    #[must_use]
    pub fn resolution(&self) -> Option<f64> {
        self.ranking.is_ready().then(|| self.ranking.outermost(self.settings.tails != Tails::Lower))
    }

    fn learn(&mut self, x: f64) {
        self.block[self.filled] = x;
        self.filled += 1;
        if self.filled == self.next_cut {
            self.cut();
        }
    }

    /// Takes the ranks among the values of the block from now on, and the thresholds beyond what these
    /// reached in their order.
    fn cut(&mut self) {
        let (block, sorted) = (&self.block[..self.filled], &mut self.sorted[..self.filled]);
        sorted.copy_from_slice(block);
        self.ranking.cut(sorted, &mut self.generator);
        let n = sorted.len() as f64;
        let score = |x: &f64| {
            // The middle of a tie's ranks: what is always the same is in the middle.
            let (less, least) = (sorted.partition_point(|s| s < x), sorted.partition_point(|s| s <= x));
            gaussian::lower_quantile(0.5 * (less + least + 1) as f64 / (n + 1.0))
        };
        for (limbs, sign) in self.limbs.iter_mut().zip([1.0, -1.0]) {
            for (limb, (_, share)) in limbs.iter_mut().zip(SHIFTS) {
                let expected = n * share * self.settings.side();
                limb.calibrate(block.iter().map(|x| sign * score(x)), expected);
            }
        }
        self.sorted.fill(0.0);
        let window = self.block.len();
        // Twice as many each time until the window is full, then a new window each time.
        if self.filled == window {
            self.begin_block(window);
        } else {
            self.next_cut = (2 * self.filled).min(window);
        }
    }

    /// Gathers values anew, and takes the ranks among them at `next_cut`.
    fn begin_block(&mut self, next_cut: usize) {
        self.block.fill(0.0);
        (self.filled, self.next_cut) = (0, next_cut);
    }

    fn restart(&mut self) {
        for limb in self.limbs.as_flattened_mut() {
            limb.restart();
        }
    }

    /// The side with the stronger evidence over several values; of one that is not tested there is none.
    pub(crate) fn leaning(&self) -> Direction {
        let strongest =
            |limbs: &[OneSidedCusum]| limbs.iter().map(OneSidedCusum::rate).fold(f64::INFINITY, f64::min);
        let [up, down] = [strongest(&self.limbs[0]), strongest(&self.limbs[1])];
        match self.settings.tails {
            Tails::Upper => Direction::Up,
            Tails::Lower => Direction::Down,
            Tails::Both if up <= down => Direction::Up,
            Tails::Both => Direction::Down,
        }
    }

    /// The evidence after a score of this rank.
    fn evidence(&mut self, rank: Rank) -> f64 {
        let risk = self.settings.risk;
        let single_budget = SINGLE * self.settings.side();
        let tested = match self.settings.tails {
            Tails::Upper => [true, false],
            Tails::Lower => [false, true],
            Tails::Both => [true, true],
        };
        let (mut p, mut raised) = (1.0_f64, false);
        let ranks = [(rank.upper, rank.at_least), (rank.lower, rank.at_most)];
        for ((limbs, (share, single)), tested) in self.limbs.iter_mut().zip(ranks).zip(tested) {
            if !tested {
                continue;
            }
            let z = gaussian::upper_quantile(share).clamp(-MOST, MOST);
            for limb in limbs {
                limb.update(z);
                p = p.min(risk * limb.rate());
                raised |= limb.is_raised();
            }
            p = p.min(risk * single / single_budget);
        }
        let (least, was_raised) = (1e-6 * risk, self.is_raised());
        if raised {
            self.event += 1;
            return p.clamp(least, risk);
        }
        if was_raised {
            self.restart();
            // What was gathered of a new level is not mixed with the old.
            if self.event + self.settings.gathered() > self.settings.relearn {
                self.begin_block(self.block.len());
            }
            self.event = 0;
            return 1.0;
        }
        p.clamp(least, 1.0)
    }

    /// Gathers the last values of an event that is about to become the new normal, and lets it become that.
    fn relearn(&mut self, x: f64) {
        let gathered = self.settings.gathered();
        if self.event + gathered <= self.settings.relearn {
            return;
        }
        if self.event + gathered == self.settings.relearn + 1 {
            self.begin_block(gathered as usize);
        }
        self.learn(x);
        if self.event >= self.settings.relearn {
            self.restart();
            self.event = 0;
        }
    }
}

impl Stage<Score> for RankCusum {
    type Output = Calibrated;

    fn update(&mut self, score: Score) -> Option<Calibrated> {
        let x = if self.settings.tails == Tails::Both { score.signed() } else { score.value() };
        if !self.ranking.is_ready() {
            self.learn(x);
            return None;
        }
        let rank = self.ranking.rank(x, self.generator.uniform(), self.generator.uniform());
        // Whether a value is learned is decided before it is seen, so what is learned stays unbiased.
        let learned = self.event < LEARNED;
        let p = self.evidence(rank);
        if learned {
            self.ranking.learn(rank.cell);
            self.learn(x);
        } else if self.is_raised() {
            self.relearn(x);
        }
        Some(Calibrated::clamped(p, score))
    }

    fn reset(&mut self) {
        self.generator = Generator::new(self.settings.seed);
        self.ranking.reset();
        self.begin_block(self.settings.calibration);
        self.sorted.fill(0.0);
        for limb in self.limbs.as_flattened_mut() {
            limb.forget();
        }
        self.restart();
        self.event = 0;
    }
}

#[cfg(feature = "serde")]
impl evenkeel_core::Snapshot for RankCusum {
    fn schema() -> String {
        alloc::format!("RankCusum@2<{}>", Generator::schema())
    }
}

#[cfg(feature = "serde")]
#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Parts {
    settings: RankCusumBuilder,
    generator: Generator,
    ranking: Ranking,
    block: Preallocated,
    filled: usize,
    next_cut: usize,
    limbs: [[OneSidedCusum; SHIFTS.len()]; 2],
    event: u64,
}

#[cfg(feature = "serde")]
impl TryFrom<Parts> for RankCusum {
    type Error = Error;

    fn try_from(p: Parts) -> Result<Self, Error> {
        p.settings.validate()?;
        for limbs in &p.limbs {
            for (limb, (table, run_length)) in limbs.iter().zip(p.settings.run_lengths()) {
                limb.validate(table, run_length)?;
            }
        }
        let sound = p.block.iter().all(|x| x.is_finite())
            && p.block.len() == p.settings.window_or_default()
            && p.filled < p.next_cut
            && p.next_cut <= p.block.len()
            && p.event < p.settings.relearn
            && (p.ranking.is_ready() || (p.event == 0 && p.next_cut == p.settings.calibration));
        Error::require(sound, "block", "finite scores, fewer than the next ranks are taken among", "others")?;
        let Parts { settings, generator, ranking, block, filled, next_cut, limbs, event } = p;
        let sorted = vec![0.0; block.len()].into_boxed_slice();
        Ok(Self { settings, generator, ranking, block, filled, sorted, next_cut, limbs, event })
    }
}
