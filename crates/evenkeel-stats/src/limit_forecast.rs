//! Whether a metric will reach a limit within a horizon, said anew with every value.

use crate::{CrossingTime, Deadline, Limit};
use alloc::vec::Vec;
use core::time::Duration;
use evenkeel_core::{At, Error, Stage, Timestamp, observed};

/// Says how probable it is that a metric reaches a limit within a horizon: a disk that fills, memory that
/// leaks, a certificate that expires, a quota that is used up.
///
/// *When*: the value has a trend that lasts for longer than one looks back. *Not when* it has a cycle that is
/// longer than that: the rising half of a day looks like a trend to who sees six hours of it, and so does the
/// rising edge of a saw tooth. Let it look back over a few cycles.
///
/// *Method*: a random walk with drift through the means of 24 blocks of time, which the history is divided
/// into. The drift is the mean change a block, with its standard error; the variance a block is that of the
/// changes in the long run, by autocovariances up to lag 3 with Bartlett weights (Newey and West 1987,
/// doi:10.2307/1913610), at least a sixteenth of the plain one, which is what noise around a trend leaves, and widened to the variance of a t distribution
/// for what 24 changes leave open of it: what wanders back and forth (noise, teeth of a collector) makes it
/// smaller, what swings makes it larger. The time to the limit then has the distribution of
/// [`CrossingTime::uncertain_walk`]; the distance to it is that of the level, less how far values come nearer
/// within a block. A level that shifts once is one large change: it makes the forecast vague and predicts
/// nothing.
///
/// *Predicted* it is where two blocks in a row end with a high probability that is due to the drift: it alone
/// leads to the limit within the horizon, and is at least three of its standard errors. A prediction ends when
/// the probability is at most 1/2. If the limit was not reached by then, it was false; after two false ones within
/// twenty times the history no other is made until the older is past that, or the limit was reached as
/// foreseen in silence. So no series whatever has more than two false predictions within that time.
///
/// *Output*: the probability that the limit is reached within the horizon; 1 where the newest value has
/// reached it. `None` until blocks were seen over nine tenths of the history. [`is_predicted`](Self::is_predicted)
/// is the opinion with hysteresis; [`deadline`](Self::deadline) the whole distribution.
///
/// *Parameters*: a finite limit; the horizon, how far it looks ahead, at least 1 ms; `history`, how far it looks
/// back, default twice the horizon, at least as long as it and at most a hundred years;
/// `probability` in [0.5, 0.999], default 0.9.
///
/// *After something was done* ([`restart`](Self::restart)) it learns from what comes later only, in shorter
/// blocks at first, and [`is_averted`](Self::is_averted) says whether that helped.
///
/// *Missing data*: what [`observed`] refuses teaches nothing and has no opinion. Gaps are no changes of a block:
/// the walk goes on through them. *Time*: one earlier than a time already seen counts as that, and is
/// [counted](Self::late).
///
/// *Cost*: O(1) a value, O(24) where a block ends. *State*: about 700 bytes.
///
/// ```
/// use core::time::Duration;
/// use evenkeel_core::{At, Stage, Timestamp};
/// use evenkeel_stats::{Limit, LimitForecast};
///
/// // 4 MB more a minute, of 512.
/// let mut memory = LimitForecast::builder(Limit::Above(512.0), Duration::from_secs(1800)).build()?;
/// let mut said = None;
/// for minute in 0..100_u32 {
///     let at = Timestamp::from_seconds(60 * i64::from(minute));
///     memory.update(At::new(at, 120.0 + 4.0 * f64::from(minute) + f64::from(minute * 37 % 11)));
///     if memory.is_predicted() && said.is_none() {
///         said = memory.deadline();
///     }
/// }
/// let (earliest, latest) = said.unwrap().interval(0.9)?;
/// // It is reached in the 97th minute.
/// assert!(earliest.unwrap() <= Timestamp::from_seconds(60 * 97) && latest.unwrap() >= Timestamp::from_seconds(60 * 96));
/// # Ok::<(), evenkeel_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[must_use]
pub struct LimitForecast {
    settings: LimitForecastBuilder,
    /// Where the first block begins.
    origin: Option<Timestamp>,
    /// How often the length of a block was not doubled yet.
    halvings: u32,
    /// Those that are complete, and the one that fills.
    blocks: Vec<Block>,
    filling: Block,
    newest: Option<At<f64>>,
    /// What was known of the trend before something was done.
    before: Option<Trend>,
    /// For how many blocks in a row the probability was high.
    confirmed: u8,
    predicted: bool,
    /// Whether that is kept to itself.
    silenced: bool,
    /// When the last predictions were given up that had not come true.
    missed: [Option<Timestamp>; MISSES],
    late: u64,
    /// Follows from the blocks.
    trend: Option<Trend>,
}

/// A block of time: its number, the mean of its values, how far the nearest to the limit is from that, how
/// many there are.
type Block = (u64, f64, f64, u64);

/// A walk with drift, in the unit of the metric and of a second.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Trend {
    drift: f64,
    error: f64,
    /// For the square root of a second.
    sd: f64,
    /// The level at the middle of the last block, and how many seconds after the origin that is.
    level: f64,
    at: f64,
    /// How far values come nearer to the limit than the level, within a block.
    reach: f64,
    /// Whether it rests on the whole history.
    settled: bool,
}

/// Into how many blocks the history is divided.
const BLOCKS: u64 = 24;
/// The fewest changes that say what a change is.
const LEAST: usize = 8;
/// The first blocks are shorter by this power of two.
const HALVINGS: u32 = 3;
/// How many blocks in a row the probability has to be high.
const CONFIRMED: u8 = 2;
/// The fewest standard errors of a drift that predicts something.
const LEAST_ERRORS: f64 = 3.0;
/// After so many predictions that did not come true no other is made, for so many times the history.
const MISSES: usize = 2;
const SILENCE: u32 = 20;

const EMPTY: Block = (0, 0.0, 0.0, 0);

/// Settings of a [`LimitForecast`].
#[derive(Debug, Clone, Copy, PartialEq)]
#[must_use]
pub struct LimitForecastBuilder {
    limit: Limit,
    horizon: Duration,
    history: Duration,
    probability: f64,
}

impl LimitForecastBuilder {
    /// How far it looks back: longer than the cycles that the metric has, and at least the horizon. Default
    /// twice that.
    pub fn history(mut self, length: Duration) -> Self {
        self.history = length;
        self
    }

    /// How probable it has to be that the limit is reached within the horizon, where two blocks in a row end.
    /// Default 0.9.
    pub fn probability(mut self, probability: f64) -> Self {
        self.probability = probability;
        self
    }

    /// The forecast.
    ///
    /// # Errors
    /// [`Error::Parameter`] for a setting out of its range.
    pub fn build(self) -> Result<LimitForecast, Error> {
        let (limit, p) = (self.limit.value(), self.probability);
        Error::require(limit.abs() < 1e99, "limit", "finite, below 1e99", limit)?;
        let is_long = self.horizon >= Duration::from_millis(1);
        Error::require(is_long, "horizon", "at least 1 ms", self.horizon.as_secs_f64())?;
        let most = Duration::from_secs(100 * 366 * 86_400);
        let is_in = self.history >= self.horizon && self.history <= most;
        Error::require(is_in, "history", "from the horizon to 100 years", self.history.as_secs_f64())?;
        Error::require((0.5..=0.999).contains(&p), "probability", "in [0.5, 0.999]", p)?;
        Ok(LimitForecast {
            settings: self,
            origin: None,
            halvings: HALVINGS,
            blocks: Vec::with_capacity(BLOCKS as usize + 2),
            filling: EMPTY,
            newest: None,
            before: None,
            confirmed: 0,
            predicted: false,
            silenced: false,
            missed: [None; MISSES],
            late: 0,
            trend: None,
        })
    }

    /// Nanoseconds of a block that is as long as blocks get.
    fn longest_block(self) -> u64 {
        u64::try_from(self.history.as_nanos() / u128::from(BLOCKS)).unwrap_or(u64::MAX).max(1 << HALVINGS)
    }
}

impl LimitForecast {
    /// Of this limit, so far ahead.
    pub fn builder(limit: Limit, horizon: Duration) -> LimitForecastBuilder {
        LimitForecastBuilder { limit, horizon, history: horizon.saturating_mul(2), probability: 0.9 }
    }

    /// Nanoseconds of a block.
    fn block(&self) -> u64 {
        self.settings.longest_block() >> self.halvings
    }

    /// The number of the block of a time.
    fn number(&self, at: Timestamp) -> u64 {
        let Some(origin) = self.origin else { return 0 };
        u64::try_from(at.since(origin).as_nanos()).unwrap_or(u64::MAX) / self.block()
    }

    /// A block is complete: what is too old goes, or blocks become longer.
    fn complete(&mut self, next: u64) {
        let filling = core::mem::replace(&mut self.filling, (next, 0.0, 0.0, 0));
        if filling.3 > 0 {
            self.blocks.push(filling);
        }
        while self.halvings > 0 && self.blocks.first().is_some_and(|first| self.filling.0 - first.0 > BLOCKS)
        {
            self.halvings -= 1;
            let mut longer: usize = 0;
            for i in 0..self.blocks.len() {
                let (number, mean, reach, count) = self.blocks[i];
                let number = number / 2;
                if longer > 0 && self.blocks[longer - 1].0 == number {
                    self.blocks[longer - 1] =
                        self.join(self.blocks[longer - 1], (number, mean, reach, count));
                } else {
                    self.blocks[longer] = (number, mean, reach, count);
                    longer += 1;
                }
            }
            self.blocks.truncate(longer);
            self.filling.0 /= 2;
            // Half of a block is there already: it fills on.
            if let Some(last) = self.blocks.pop_if(|last| last.0 == self.filling.0) {
                self.filling = last;
            }
        }
        let oldest = self.filling.0.saturating_sub(BLOCKS);
        self.blocks.retain(|block| block.0 >= oldest);
    }

    /// Two blocks, or parts of one, as one.
    fn join(&self, a: Block, b: Block) -> Block {
        let count = a.3.saturating_add(b.3);
        let mean = a.1 + (b.1 - a.1) * (b.3 as f64 / count as f64);
        // The distance of the nearest value of either from the limit, seen from the new mean.
        let nearest = |block: Block| self.towards(block.1 - mean) + block.2;
        (a.0, mean, nearest(a).max(nearest(b)).max(0.0), count)
    }

    /// A difference of values, positive towards the limit.
    fn towards(&self, difference: f64) -> f64 {
        if matches!(self.settings.limit, Limit::Above(_)) { difference } else { -difference }
    }

    /// The trend by the blocks.
    fn fit(&self) -> Option<Trend> {
        let (first, last) = (self.blocks.first()?, self.blocks.last()?);
        let changes = self.blocks.len() - 1;
        if changes < LEAST {
            return None;
        }
        let span = (last.0 - first.0) as f64;
        let drift = last.1 / span - first.1 / span;
        let mut lags = [0.0; 4];
        let mut recent = [0.0; 4];
        for pair in self.blocks.windows(2) {
            let gap = (pair[1].0 - pair[0].0) as f64;
            recent.rotate_right(1);
            recent[0] = (pair[1].1 - pair[0].1 - gap * drift) / libm::sqrt(gap);
            for (lag, sum) in lags.iter_mut().enumerate() {
                *sum += recent[0] * recent[lag];
            }
        }
        let freedom = (changes - 1) as f64;
        let plain = lags[0] / freedom;
        let in_the_long_run = (plain
            + 2.0 * (1..4).map(|lag| (1.0 - lag as f64 / 4.0) * lags[lag] / freedom).sum::<f64>())
        .max(plain / 16.0);
        // The autocovariances of so few changes around their own mean are too small by a share of 3 / n; the
        // second factor is the variance of a t distribution.
        let all = changes as f64;
        let variance = in_the_long_run * all / (all - 3.0) * freedom / (freedom - 2.0);
        let second = 1e9 / self.block() as f64;
        let reach = self.blocks.iter().map(|block| block.2).sum::<f64>() / self.blocks.len() as f64;
        let trend = Trend {
            drift: drift * second,
            error: libm::sqrt(variance / span) * second,
            sd: libm::sqrt(variance * second),
            level: last.1,
            at: (last.0 as f64 + 0.5) / second,
            // Less what the trend itself goes from the middle of a block to its end.
            reach: (reach - 0.5 * self.towards(drift)).max(0.0),
            settled: self.halvings == 0 && 10.0 * span >= 9.0 * (BLOCKS - 1) as f64,
        };
        let finite = [trend.drift, trend.error, trend.sd, trend.reach].iter().all(|x| x.abs() < 1e99);
        finite.then_some(trend)
    }

    /// The distribution of the time to the limit, in seconds from the newest value, by this trend from this
    /// level.
    fn time(&self, trend: &Trend, level: f64) -> Option<CrossingTime> {
        let distance = self.settings.limit.distance_from(level) - trend.reach;
        CrossingTime::uncertain_walk(distance, self.towards(trend.drift), trend.error, trend.sd).ok()
    }

    /// Seconds from the origin to the newest value.
    fn age(&self) -> f64 {
        match (self.origin, self.newest) {
            (Some(origin), Some(newest)) => newest.time.since(origin).as_secs_f64(),
            _ => 0.0,
        }
    }

    /// By the trend as it is now.
    fn time_now(&self, trend: &Trend) -> Option<CrossingTime> {
        self.time(trend, self.level_now(trend))
    }

    /// Where the trend has brought the level by now.
    fn level_now(&self, trend: &Trend) -> f64 {
        let level = trend.level + trend.drift * (self.age() - trend.at).max(0.0);
        if level.abs() < 1e99 { level } else { trend.level }
    }

    /// Whether it is the drift that leads to the limit, and not noise beside it.
    fn is_led_there(&self) -> bool {
        let Some(trend) = self.trend else { return false };
        let distance = self.settings.limit.distance_from(self.level_now(&trend)) - trend.reach;
        let drift = self.towards(trend.drift);
        drift >= LEAST_ERRORS * trend.error
            && drift > 0.0
            && drift * self.settings.horizon.as_secs_f64() >= distance
    }

    /// Whether so much that was predicted did not come true that nothing is predicted now.
    fn is_discredited(&self, now: Timestamp) -> bool {
        let length = self.settings.history.saturating_mul(SILENCE);
        self.missed.iter().all(|missed| missed.is_some_and(|missed| now.since(missed) < length))
    }

    fn within(&self, time: &CrossingTime) -> f64 {
        time.probability_within(self.settings.horizon.as_secs_f64())
    }

    fn is_reached(&self) -> bool {
        self.newest.is_some_and(|newest| self.settings.limit.is_reached_by(newest.value))
    }

    /// How probable it is that the limit is reached within the horizon; 1 if it has been. `None` while too
    /// little of the history was seen.
    #[must_use]
    pub fn probability(&self) -> Option<f64> {
        if self.is_reached() {
            return Some(1.0);
        }
        let trend = self.trend.filter(|trend| trend.settled)?;
        Some(self.within(&self.time_now(&trend)?))
    }

    /// Whether it is predicted that the limit is reached: since the probability was high where two blocks in a
    /// row ended, until it is at most 1/2. Not where it has been reached: that is no prediction any more.
    #[must_use]
    pub fn is_predicted(&self) -> bool {
        self.predicted && !self.silenced && !self.is_reached()
    }

    /// Whether the forecast does not reach the limit within the horizon any more: the probability is at most
    /// 1/2. `None` where that is not known.
    ///
    /// After a [`restart`](Self::restart) it is asked of the trend from before and the level of now, as after
    /// an action that lowers the level and cures nothing; or, if that is not enough, of the trend since, as soon
    /// as eight changes of it were seen: then with the certainty that a prediction takes.
    #[must_use]
    pub fn is_averted(&self) -> Option<bool> {
        if self.is_reached() {
            return Some(false);
        }
        let rather_not = |time: CrossingTime| self.within(&time) <= 0.5;
        if let Some(trend) = self.trend.filter(|trend| trend.settled) {
            return self.time_now(&trend).map(rather_not);
        }
        let before = self.before?;
        let since = self.trend.and_then(|trend| self.time_now(&trend)).map(|time| self.within(&time));
        let certain = self.settings.probability;
        if since.is_some_and(|p| p >= certain) {
            return Some(false);
        }
        let level = if self.filling.3 > 0 { Some(self.filling.1) } else { self.blocks.last().map(|b| b.1) }?;
        if self.time(&before, level).is_some_and(rather_not) || since? <= 1.0 - certain {
            return Some(true);
        }
        (since? >= 0.5).then_some(false)
    }

    /// When the limit is reached, as far as is known now; `None` where nothing is, or no value came yet.
    #[must_use]
    pub fn deadline(&self) -> Option<Deadline> {
        let newest = self.newest?;
        let limit = self.settings.limit;
        let time = if self.is_reached() {
            CrossingTime::reached()
        } else {
            self.time_now(&self.trend.filter(|trend| trend.settled)?)?
        };
        Deadline::new(newest.time, Duration::from_secs(1), time, newest.value, limit).ok()
    }

    /// Something was done about it, and had its effect by then: what comes later is learned anew.
    pub fn restart(&mut self, from: Timestamp) {
        let known = self.trend.filter(|trend| trend.settled);
        self.before = known.map(|trend| Trend { level: 0.0, at: 0.0, ..trend }).or(self.before);
        self.forget();
        self.origin = Some(from);
    }

    /// The clock was set back: all is as old as it was.
    pub fn set_back(&mut self, by: Duration) {
        self.origin = self.origin.map(|origin| origin - by);
        self.newest = self.newest.map(|newest| At::new(newest.time - by, newest.value));
        self.missed = self.missed.map(|missed| missed.map(|missed| missed - by));
    }

    /// How many values came with a time earlier than one already seen; they count as of that.
    #[must_use]
    pub fn late(&self) -> u64 {
        self.late
    }

    /// The limit.
    #[must_use]
    pub fn limit(&self) -> Limit {
        self.settings.limit
    }

    /// How far it looks ahead.
    #[must_use]
    pub fn horizon(&self) -> Duration {
        self.settings.horizon
    }

    /// What was learned of the trend.
    fn forget(&mut self) {
        self.origin = None;
        self.halvings = HALVINGS;
        self.blocks.clear();
        self.filling = EMPTY;
        self.newest = None;
        self.trend = None;
        (self.confirmed, self.predicted) = (0, false);
    }
}

impl Stage<At<f64>> for LimitForecast {
    type Output = f64;

    fn update(&mut self, x: At<f64>) -> Option<f64> {
        let value = observed(x.value)?;
        let latest = self.newest.map(|newest| newest.time).max(self.origin);
        let time = latest.map_or(x.time, |latest| x.time.max(latest));
        self.late = self.late.saturating_add(u64::from(time > x.time));
        self.origin.get_or_insert(time);
        self.newest = Some(At::new(time, value));
        let number = self.number(time);
        let ends = number > self.filling.0;
        if ends {
            self.complete(number);
            self.trend = self.fit();
        }
        // Blocks may have become longer: the number is that of now.
        let one = (self.filling.0, value, 0.0, 1);
        self.filling = if self.filling.3 == 0 { one } else { self.join(self.filling, one) };
        let probability = self.probability();
        let p = probability.unwrap_or_default();
        if self.is_reached() {
            // What was predicted came true, also what was kept to itself.
            if self.predicted {
                self.missed = [None; MISSES];
            }
            (self.confirmed, self.predicted) = (0, false);
        } else if p <= 0.5 {
            if core::mem::take(&mut self.predicted) {
                self.missed.rotate_right(1);
                self.missed[0] = Some(time);
            }
            self.confirmed = 0;
        } else if ends {
            let is_high = p >= self.settings.probability && self.is_led_there();
            self.confirmed = if is_high { self.confirmed.saturating_add(1) } else { 0 };
            if self.confirmed >= CONFIRMED && !self.predicted {
                (self.predicted, self.silenced) = (true, self.is_discredited(time));
            }
        }
        probability
    }

    fn reset(&mut self) {
        self.forget();
        (self.before, self.late) = (None, 0);
        (self.missed, self.silenced) = ([None; MISSES], false);
    }
}

#[cfg(feature = "serde")]
evenkeel_core::state! {
    LimitForecast as struct Saved("LimitForecast@1") {
        above: bool,
        limit: f64,
        horizon: Duration,
        history: Duration,
        probability: f64,
        origin: Option<Timestamp>,
        halvings: u32,
        blocks: Vec<(u64, f64, f64, u64)>,
        filling: (u64, f64, f64, u64),
        newest: Option<At<f64>>,
        before: Option<(f64, f64, f64, f64)>,
        confirmed: u8,
        predicted: bool,
        silenced: bool,
        missed: [Option<Timestamp>; 2],
        late: u64,
    }
}

#[cfg(feature = "serde")]
impl From<&LimitForecast> for Saved {
    fn from(f: &LimitForecast) -> Self {
        let LimitForecastBuilder { limit, horizon, history, probability } = f.settings;
        Self {
            above: matches!(limit, Limit::Above(_)),
            limit: limit.value(),
            horizon,
            history,
            probability,
            origin: f.origin,
            halvings: f.halvings,
            blocks: f.blocks.clone(),
            filling: f.filling,
            newest: f.newest,
            before: f.before.map(|before| (before.drift, before.error, before.sd, before.reach)),
            confirmed: f.confirmed,
            predicted: f.predicted,
            silenced: f.silenced,
            missed: f.missed,
            late: f.late,
        }
    }
}

#[cfg(feature = "serde")]
impl TryFrom<Saved> for LimitForecast {
    type Error = Error;

    fn try_from(s: Saved) -> Result<Self, Error> {
        let limit = if s.above { Limit::Above(s.limit) } else { Limit::Below(s.limit) };
        let builder = LimitForecastBuilder {
            limit,
            horizon: s.horizon,
            history: s.history,
            probability: s.probability,
        };
        let mut forecast = builder.build()?;
        Error::require(s.halvings <= HALVINGS, "halvings", "at most 3", s.halvings)?;
        let few = s.blocks.len() as u64 <= BLOCKS + 1;
        Error::require(few, "blocks", "at most 25", s.blocks.len())?;
        let known = s.blocks.iter().chain(Some(&s.filling).filter(|f| f.3 > 0));
        let finite = known
            .clone()
            .all(|(_, mean, reach, n)| observed(*mean).is_some() && (0.0..=2e100).contains(reach) && *n > 0);
        Error::require(
            finite,
            "blocks",
            "finite means of at least one value, and how far values come nearer",
            "not",
        )?;
        let numbers: Vec<u64> = s.blocks.iter().map(|block| block.0).chain([s.filling.0]).collect();
        let rising = numbers.windows(2).all(|pair| pair[0] < pair[1]);
        let recent = numbers[0].saturating_add(BLOCKS) >= s.filling.0;
        Error::require(rising && recent, "blocks", "numbered upwards, not too old", "not")?;
        let value = s.newest.is_none_or(|newest| observed(newest.value).is_some());
        Error::require(value, "newest", "a finite value", "not")?;
        let placed = s.origin.is_some() || numbers.len() == 1 && s.filling == EMPTY && s.newest.is_none();
        Error::require(placed, "origin", "a time once anything was seen", "none")?;
        let before = s.before.map(|(drift, error, sd, reach)| Trend {
            drift,
            error,
            sd,
            reach,
            level: 0.0,
            at: 0.0,
            settled: true,
        });
        let sane = |t: &Trend| {
            t.drift.abs() < 1e99 && [t.error, t.sd, t.reach].iter().all(|x| (0.0..1e99).contains(x))
        };
        Error::require(before.as_ref().is_none_or(sane), "before", "a finite trend", "not")?;
        forecast.origin = s.origin;
        forecast.halvings = s.halvings;
        forecast.blocks.extend(s.blocks);
        forecast.filling = s.filling;
        forecast.newest = s.newest;
        forecast.before = before;
        (forecast.confirmed, forecast.predicted) = (s.confirmed, s.predicted);
        (forecast.silenced, forecast.missed) = (s.silenced, s.missed);
        forecast.late = s.late;
        forecast.trend = forecast.fit();
        Ok(forecast)
    }
}
