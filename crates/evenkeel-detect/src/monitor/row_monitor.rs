//! The monitor of several metrics of one thing.

use super::budget::Budget;
use super::judge::{Judge, Seen, Turn};
use super::monitor_builder::MonitorBuilder;
use super::monitor_event::MonitorEvent;
use crate::ensemble::DefaultDetector;
#[cfg(feature = "serde")]
use alloc::{format, string::String};
use alloc::{vec, vec::Vec};
use core::time::Duration;
use evenkeel_core::{At, Error, Score, Stage, Timestamp};

/// The most columns.
const WIDEST: usize = 10_000;

/// Watches several metrics of one thing, row by row, under one budget of false alarms:
/// [`Monitor`](crate::monitor::Monitor) for rows.
///
/// *When*: metrics that belong together and come together, of which one alert at a time is wanted. For metrics
/// that come one by one, and for many, [`Fleet`](crate::fleet::Fleet).
///
/// *Method*: each column has a [`DefaultDetector`] and the calibrators of a
/// [`Monitor`](crate::monitor::Monitor), each with an equal part of the budget (Bonferroni's inequality); the
/// mean of the columns' scores is judged in addition. An alert names the [dimension](super::Alert::dimension) that is most
/// surprising. How columns relate is not looked at: for that see
/// [`CorrelationBreak`](crate::multivariate::CorrelationBreak) and
/// [`Mahalanobis`](crate::multivariate::Mahalanobis).
///
/// *Parameters, output, times*: as for [`Monitor`](crate::monitor::Monitor), whose builder has
/// [`build_rows`](MonitorBuilder::build_rows), and `width`, from 1 to 10,000 columns. *Missing data*: a column that is missing is missing alone; a row of another length is missing
/// altogether. *Cost and state*: those of a [`Monitor`](crate::monitor::Monitor) for each column.
///
/// ```
/// use evenkeel_core::{At, Stage, Timestamp};
/// use evenkeel_detect::Budget;
/// use evenkeel_detect::monitor::RowMonitor;
///
/// let mut monitor = RowMonitor::new(Budget::per_day(1.0)?, 2)?;
/// let mut noise = evenkeel_stats::Generator::new(7);
/// let mut row = |i: u32| [noise.normal(), noise.normal() + if i >= 1_500 { 9.0 } else { 0.0 }];
/// let time = |i: u32| Timestamp::from_seconds(60 * i64::from(i));
/// let told = (0..1_600).find_map(|i| monitor.update(At::new(time(i), &row(i)[..])));
/// let alert = *told.unwrap().alert().unwrap();
/// assert_eq!((alert.start(), alert.dimension()), (time(1_500), Some(1)));
/// # Ok::<(), evenkeel_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(try_from = "Parts"))]
pub struct RowMonitor {
    detectors: Vec<DefaultDetector>,
    judge: Judge,
    /// Room for a row; empty between rows.
    #[cfg_attr(feature = "serde", serde(skip_serializing))]
    seen: Vec<Seen>,
}

impl MonitorBuilder {
    /// The monitor of rows of `width` columns, from 1 to 10,000.
    ///
    /// # Errors
    /// If there is no column or more than 10,000, an interval is 0, or, at a given `step`, the budget is more than
    /// 0.03 false alarms a value or less than 1e-13 a value of each column.
    pub fn build_rows(self, width: usize) -> Result<RowMonitor, Error> {
        Error::require((1..=WIDEST).contains(&width), "width", "in [1, 10,000]", width)?;
        let detector = DefaultDetector::builder().tier(self.tier).build()?;
        Ok(RowMonitor {
            detectors: vec![detector; width],
            judge: Judge::new(self, width)?,
            seen: Vec::with_capacity(width),
        })
    }
}

impl RowMonitor {
    /// A monitor of rows of `width` columns under a budget of false alarms, with the recommended settings.
    ///
    /// # Errors
    /// Those of [`MonitorBuilder::build_rows`].
    pub fn new(budget: Budget, width: usize) -> Result<Self, Error> {
        MonitorBuilder::new(budget).build_rows(width)
    }

    /// Learns a history, by the same way as [`update`](Stage::update): what happened in it is not told.
    pub fn learn<'a>(&mut self, history: impl IntoIterator<Item = At<&'a [f64]>>) {
        for x in history {
            let _ = self.update(x);
        }
        self.judge.forget_event();
    }

    /// Lets it notice that there has been no value for too long: [`MonitorEvent::Lost`], once a silence.
    pub fn tick(&mut self, now: Timestamp) -> Option<MonitorEvent> {
        self.judge.tick(now)
    }

    /// Changes the budget. Thresholds follow at once; what was learned, and an event under way, stay.
    ///
    /// # Errors
    /// If it can't hold that budget; the one before stays then.
    pub fn set_budget(&mut self, budget: Budget) -> Result<(), Error> {
        self.judge.set_budget(budget)
    }

    /// The budget in force.
    pub fn budget(&self) -> Budget {
        self.judge.settings.budget
    }

    /// The smoothed score of the last row: how unusual the last twenty or so were, in units of what is usual,
    /// as ln(1 + score), the mean over columns. For charts and rankings; alerts have p-values of their own.
    #[must_use]
    pub fn score(&self) -> Option<Score> {
        self.judge.score()
    }

    /// The detectors of the columns in their present state.
    #[must_use]
    pub fn detectors(&self) -> &[DefaultDetector] {
        &self.detectors
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

    /// How many rows came with an earlier time than one before.
    #[must_use]
    pub fn late(&self) -> u64 {
        self.judge.late()
    }

    /// How many rows came with the time of the one before.
    #[must_use]
    pub fn duplicates(&self) -> u64 {
        self.judge.duplicates()
    }
}

impl Stage<At<&[f64]>> for RowMonitor {
    type Output = MonitorEvent;

    fn update(&mut self, At { time, value: row }: At<&[f64]>) -> Option<MonitorEvent> {
        let Turn::Next { time, missing } = self.judge.turn(time) else { return None };
        for _ in 0..missing {
            for detector in &mut self.detectors {
                detector.update(f64::NAN);
            }
        }
        let whole = row.len() == self.detectors.len();
        self.seen.clear();
        for (at, detector) in self.detectors.iter_mut().enumerate() {
            let value = if whole { row[at] } else { f64::NAN };
            let expected = detector.expected();
            let score = detector.update(value);
            self.seen.push(Seen { value, innovation: detector.innovation(), expected, score });
        }
        let event = self.judge.judge(time, &self.seen);
        self.seen.clear();
        event
    }

    fn reset(&mut self) {
        self.detectors.iter_mut().for_each(Stage::reset);
        self.judge.forget();
    }
}

#[cfg(feature = "serde")]
impl evenkeel_core::Snapshot for RowMonitor {
    fn schema() -> String {
        format!("RowMonitor@2<{},{}>", DefaultDetector::schema(), Judge::schema())
    }
}

#[cfg(feature = "serde")]
#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Parts {
    detectors: Vec<DefaultDetector>,
    judge: Judge,
}

#[cfg(feature = "serde")]
impl TryFrom<Parts> for RowMonitor {
    type Error = Error;

    fn try_from(Parts { detectors, judge }: Parts) -> Result<Self, Error> {
        let width = detectors.len();
        Error::require((1..=WIDEST).contains(&width), "width", "in [1, 10,000]", width)?;
        judge.validate(width)?;
        let same = detectors.iter().all(|detector| detector.tier() == judge.settings.tier);
        Error::require(same, "tier", "that of the settings", "another")?;
        Ok(Self { detectors, judge, seen: Vec::with_capacity(width) })
    }
}
