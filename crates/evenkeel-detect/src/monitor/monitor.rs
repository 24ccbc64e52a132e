//! The monitor of one series.

use super::budget::Budget;
use super::judge::{Judge, Seen, Turn};
use super::monitor_builder::MonitorBuilder;
use super::monitor_event::MonitorEvent;
use super::watch::Watch;
use crate::ensemble::DefaultDetector;
#[cfg(feature = "serde")]
use alloc::{format, string::String};
use core::time::Duration;
use evenkeel_core::{At, Error, Prediction, Score, Stage, Timestamp};

/// Watches one series of which nothing is known, under a budget of false alarms: values with their times in,
/// sentences out.
///
/// *When*: first. It takes no setting but the budget, and finds the rest while it runs: how often values come,
/// what is usual, a season. For several metrics of one thing, [`RowMonitor`](crate::monitor::RowMonitor); for
/// many series under one budget, [`Fleet`](crate::fleet::Fleet).
///
/// *Method*: a [`DefaultDetector`] scores each value. Three calibrators judge the standardized errors of its
/// autoregression: [`RankCusum`](crate::calibrate::RankCusum) their signs and sizes, in the unit of the values, for shifts that last;
/// another one their sizes alone, for changes of the spread; [`Spot`](crate::calibrate::Spot) each size by
/// itself. A fourth, [`Spot`](crate::calibrate::Spot), judges the detector's score. Each has its share of the
/// budget (0.36, 0.2, 0.24 and 0.2; in the fast tier shifts and single values have a half each), so that
/// all together hold it (Bonferroni's inequality). Errors count in quarters of the smallest step between
/// values, so that those of equal values, of counts or rounded ones, are ties. An [`Alarm`](crate::alarm::Alarm) makes few events of it.
///
/// *What it promises*: as many false alarms as the budget says, or fewer, while nothing is wrong, as far as the
/// errors of the autoregression are independent and of one distribution then. Where tails are long they are
/// not quite, as a spike spoils the next forecasts: of independent lognormal values at 1e-7 false alarms a value
/// (a series of a fleet) about twice as many come. What the autoregression can't
/// follow (a season that it has not found yet) is noticed as if it were wrong. A new level that lasts is
/// reported once and becomes normal within 1,000 values, sooner where the autoregression follows it: "over" says that
/// values are as expected again, not that they are what they were.
/// In the full tier what is called rare is forgotten when it keeps coming back: when four single values or more are
/// told of within a thousand, and more than come by chance once in ten thousand times, the last thousand are normal.
/// Where nothing has ever moved, a change is told by what one value among those seen can carry, and by the next ones
/// otherwise; twenty values later the new state is learned. The unit of the values is of no matter.
///
/// *Parameters*
///
/// | | range | default | why |
/// | --- | --- | --- | --- |
/// | `budget` | [`Budget`] | – | how many false alarms in what time; more than 0.03 a value are not used |
/// | `tier` | [`Tier`](crate::ensemble::Tier) | full | [`Tier::Fast`](crate::ensemble::Tier::Fast) for many series |
/// | `step` | > 0 | found | the usual interval between values: the median of the first 16, looked at again every 1,024 |
/// | `direction` | | either | up or down alone: shapes, sequences and spreads are not judged then |
/// | `min_duration` | >= 0 | 0 | how long it must be abnormal before an event is raised |
/// | `clear_after` | >= 0 | ten intervals | how long it must be calm before it is over |
/// | `lost_after` | > 0 | five intervals | how long there may be no value |
///
/// *Output*: at most one [`MonitorEvent`] a value. Alerts are raised, become worse when something is half as
/// surprising again (in -ln p) or more than twice as large, and are cleared. Two that come together are told one
/// after the other, the second with the next value or [`tick`](Watch::tick). It begins after some 400 values,
/// single values are judged after 1,100 (600 in the fast tier); [`learn`](Self::learn) takes a history.
///
/// *Times*: may be irregular. In a series that is regular, what is missing is made up for, so that a season keeps its
/// place. A value at the time of the one before, or earlier, is not learned, and is
/// [counted](Self::duplicates); clocks that jump are judged by [`Watermark`](evenkeel_core::Watermark).
/// *Missing data*: neither raises nor clears; silence is [`MonitorEvent::Lost`], by [`tick`](Watch::tick).
///
/// *Cost*: some ten microseconds a value, in the fast tier about one; see [`DefaultDetector`]. *State*: 1.6 MB and 48
/// bytes for each value of a season; in the fast tier 25 kB. Nothing is allocated after the first value, but
/// when a season is found.
///
/// ```
/// use evenkeel_core::{At, Stage, Timestamp};
/// use evenkeel_detect::{Budget, Monitor};
///
/// let mut monitor = Monitor::new(Budget::per_day(1.0)?)?;
/// let mut noise = evenkeel_stats::Generator::new(7);
/// for i in 0..2_000 {
///     let value = 20.0 + noise.normal() + if (1_500..1_520).contains(&i) { 9.0 } else { 0.0 };
///     if let Some(event) = monitor.update(At::new(Timestamp::from_seconds(60 * i64::from(i)), value)) {
///         println!("{event}");
///         let raised = event.alert().expect("there is a value every minute");
///         assert!(raised.start() >= Timestamp::from_seconds(60 * 1_500));
///     }
/// }
/// # Ok::<(), evenkeel_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(try_from = "Parts"))]
pub struct Monitor {
    detector: DefaultDetector,
    judge: Judge,
}

impl MonitorBuilder {
    /// The monitor of one series.
    ///
    /// # Errors
    /// If an interval is 0, or, at a given `step`, the budget is more than 0.03 false alarms a value or less than
    /// 1e-13.
    pub fn build(self) -> Result<Monitor, Error> {
        let detector = DefaultDetector::builder().tier(self.tier).build()?;
        Ok(Monitor { detector, judge: Judge::new(self, 1)? })
    }
}

impl Monitor {
    /// A monitor under a budget of false alarms, with the recommended settings.
    ///
    /// # Errors
    /// Those of [`MonitorBuilder::build`]; with the recommended settings none.
    pub fn new(budget: Budget) -> Result<Self, Error> {
        Self::builder(budget).build()
    }

    /// Settings of a monitor under a budget of false alarms. [`build`](MonitorBuilder::build) makes one of one
    /// series, [`build_rows`](MonitorBuilder::build_rows) one of rows.
    pub fn builder(budget: Budget) -> MonitorBuilder {
        MonitorBuilder::new(budget)
    }

    /// Learns a history, by the same way as [`update`](Stage::update): what happened in it is not told.
    pub fn learn(&mut self, history: impl IntoIterator<Item = At<f64>>) {
        for x in history {
            let _ = self.update(x);
        }
        self.judge.forget_event();
    }

    /// The budget in force.
    pub fn budget(&self) -> Budget {
        self.judge.settings.budget
    }

    /// The smoothed score of the last value: how unusual the last twenty or so were, in units of what is usual,
    /// as ln(1 + score). For charts and rankings; alerts have p-values of their own.
    #[must_use]
    pub fn score(&self) -> Option<Score> {
        self.judge.score()
    }

    /// What the next value is expected to be.
    #[must_use]
    pub fn expected(&self) -> Option<Prediction> {
        self.detector.expected()
    }

    /// The detector in its present state.
    #[must_use]
    pub fn detector(&self) -> &DefaultDetector {
        &self.detector
    }

    /// The usual interval between values, once it is known.
    #[must_use]
    pub fn usual_interval(&self) -> Option<Duration> {
        self.judge.usual_interval()
    }

    /// Whether an alert is raised and not yet over.
    #[must_use]
    pub fn is_raised(&self) -> bool {
        self.judge.alarm().is_raised()
    }

    /// Whether there has been no value for too long.
    #[must_use]
    pub fn is_lost(&self) -> bool {
        self.judge.is_lost()
    }

    /// How many values came with an earlier time than one before.
    #[must_use]
    pub fn late(&self) -> u64 {
        self.judge.late()
    }

    /// How many values came with the time of the one before.
    #[must_use]
    pub fn duplicates(&self) -> u64 {
        self.judge.duplicates()
    }
}

impl Stage<At<f64>> for Monitor {
    type Output = MonitorEvent;

    fn update(&mut self, At { time, value }: At<f64>) -> Option<MonitorEvent> {
        let Turn::Next { time, missing } = self.judge.turn(time) else { return None };
        for _ in 0..missing {
            self.detector.update(f64::NAN);
        }
        let expected = self.detector.expected();
        let score = self.detector.update(value);
        let seen = Seen { value, innovation: self.detector.innovation(), expected, score };
        self.judge.judge(time, &[seen])
    }

    fn reset(&mut self) {
        self.detector.reset();
        self.judge.forget();
    }
}

impl Watch for Monitor {
    fn tick(&mut self, now: Timestamp) -> Option<MonitorEvent> {
        self.judge.tick(now)
    }

    fn set_budget(&mut self, budget: Budget) -> Result<(), Error> {
        self.judge.set_budget(budget)
    }
}

#[cfg(feature = "serde")]
evenkeel_core::exact_as_is!(Monitor);

#[cfg(feature = "serde")]
impl evenkeel_core::Snapshot for Monitor {
    fn schema() -> String {
        format!("Monitor@2<{},{}>", DefaultDetector::schema(), Judge::schema())
    }
}

#[cfg(feature = "serde")]
#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Parts {
    detector: DefaultDetector,
    judge: Judge,
}

#[cfg(feature = "serde")]
impl TryFrom<Parts> for Monitor {
    type Error = Error;

    fn try_from(Parts { detector, judge }: Parts) -> Result<Self, Error> {
        judge.validate(1)?;
        Error::require(detector.tier() == judge.settings.tier, "tier", "that of the settings", "another")?;
        Ok(Self { detector, judge })
    }
}
