//! Seasonal profile by the time of the day and of the week.

use super::civil::Civil;
#[cfg(feature = "serde")]
use super::slots::Slot;
use super::slots::{Slots, When};
#[cfg(feature = "serde")]
use alloc::vec::Vec;
use core::time::Duration;
use evenkeel_core::{
    At, Belief, Checked, Error, PlausibilityCheck, Prediction, Score, Stage, Timestamp, Watermark,
};

/// The largest score.
const MOST: f64 = 1e6;

/// Over which time a profile repeats.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub enum Cycle {
    /// A day: all days share their slots.
    Day,
    /// A week: each day has slots of its own.
    #[default]
    Week,
}

impl Cycle {
    fn days(self) -> usize {
        match self {
            Self::Day => 1,
            Self::Week => 7,
        }
    }
}

/// Notices values that are unusual for the time of the day and of the week.
///
/// *When*: what people do moves the metric: load, sales, log-ins. It works on irregular times and across
/// gaps, without a model. Where the newest values say more than the hour does, a forecaster is better
/// ([`Surprise`](crate::forecast::Surprise)).
///
/// *Method*: the civil cycle is cut into slots, each with a level and a mean absolute deviation, weighted
/// exponentially by age; a value counts at most [three deviations](https://doi.org/10.1214/aoms/1177703732)
/// (P. J. Huber, Annals of Mathematical Statistics 35, 1964, 73-101), so that an incident is not learned, but
/// a level that stays is, faster and faster. A slot that has had fewer than `min_values` borrows: first from
/// the same time of the other days of the week, together; then by a straight line between the nearest known
/// times before and after, up to `reach` away. Spreads are drawn towards that of all slots, as much as ten
/// values would.
///
/// *Civil time*: slots are of local time. Offsets from UTC are settings, a list of the times from which they
/// hold ([`offset`](SeasonalProfileBuilder::offset), [`offset_from`](SeasonalProfileBuilder::offset_from), or
/// [`offsets_by`](SeasonalProfileBuilder::offsets_by) from a function of a time zone library), so that a
/// snapshot is complete and a replay gives the same.
///
/// *Parameters*:
///
/// | | range | default | why |
/// | --- | --- | --- | --- |
/// | `cycle` | day, week | week | offices and shops rest at weekends |
/// | `slot` | divides a day, a minute or more | 1 hour | short enough for a morning rush, long enough to have values |
/// | `memory` | > 0 | 4 weeks | to 1/e: the fifth Monday back counts a third |
/// | `min_values` | >= 1 | 3 | fewer values have no level of their own |
/// | `reach` | any | 3 hours | farther away it is another part of the day |
/// | `offset` | within a day | UTC | |
///
/// *Score*: the distance from the slot's level in its standard deviations, at most 1,000,000; direction its
/// sign; expected are both. *Missing data*: no score, nothing learned. *Wild values* (by the rule of
/// [`PlausibilityCheck`]) are scored, but not learned. *Times*: which are believed is the rule of
/// [`Watermark`]. Late data belongs to its own slot and is scored; it is counted ([`late`](Self::late)). A
/// value whose time is far ahead is scored in the slot of that time, but not learned. A clock that was wrong
/// and set right leaves behind what was learned in the slots of its wrong times, as any other values would.
/// *Cost*: O(1), borrowing O(`reach` / `slot`). *State*: 40 bytes a slot (168 by default) and 16 a change of
/// the offset.
///
/// ```
/// use core::time::Duration;
/// use evenkeel_core::{At, Stage, Timestamp};
/// use evenkeel_detect::outlier::SeasonalProfile;
///
/// // 500 requests a second by day, 50 by night, give or take a tenth; one value every ten minutes for two
/// // weeks.
/// let mut profile = SeasonalProfile::builder().build()?;
/// let usual = |i: u32| if (8..20).contains(&(i / 6 % 24)) { 500.0 } else { 50.0 };
/// let time = |i: u32| Timestamp::EPOCH + i * Duration::from_secs(600);
/// for i in 0..2 * 1008_u32 {
///     let noise = f64::from(i.wrapping_mul(2_654_435_761) >> 16) / 65_536.0 - 0.5;
///     profile.update(At::new(time(i), usual(i) * (1.0 + 0.2 * noise)));
/// }
/// // The night's load is nothing unusual at three, and an outage at noon.
/// assert!(profile.update(At::new(time(2016 + 18), 50.0)).unwrap().value() < 3.0);
/// let score = profile.update(At::new(time(2016 + 72), 50.0)).unwrap();
/// assert!(score.value() > 6.0 && (score.expected().unwrap().mean() - 500.0).abs() < 20.0);
/// # Ok::<(), evenkeel_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct SeasonalProfile {
    settings: SeasonalProfileBuilder,
    slots: Slots,
    seen: Watermark,
    check: PlausibilityCheck,
}

/// Settings of a [`SeasonalProfile`].
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[must_use]
pub struct SeasonalProfileBuilder {
    cycle: Cycle,
    slot: Duration,
    memory: Duration,
    min_values: u32,
    reach: Duration,
    civil: Civil,
}

impl SeasonalProfileBuilder {
    /// Over which time it repeats. Default: a week.
    pub fn cycle(mut self, cycle: Cycle) -> Self {
        self.cycle = cycle;
        self
    }

    /// How long a slot is: whole seconds, at least a minute, a day being a multiple of it. Default: an hour.
    pub fn slot(mut self, length: Duration) -> Self {
        self.slot = length;
        self
    }

    /// The age at which a value has 1/e of its weight, above 0. Default: four weeks.
    pub fn memory(mut self, age: Duration) -> Self {
        self.memory = age;
        self
    }

    /// How many values a slot needs to be used by itself, at least 1. Default 3.
    pub fn min_values(mut self, values: u32) -> Self {
        self.min_values = values;
        self
    }

    /// How far away a slot may be whose values are used instead. Default: three hours.
    pub fn reach(mut self, time: Duration) -> Self {
        self.reach = time;
        self
    }

    /// The offset of civil time from UTC in seconds, from the beginning. Default 0. Eastern longitudes are
    /// positive.
    pub fn offset(mut self, seconds: i32) -> Self {
        self.civil.first(seconds);
        self
    }

    /// The offset from a time on: one change of daylight saving. Changes come in the order of time.
    pub fn offset_from(mut self, time: Timestamp, seconds: i32) -> Self {
        self.civil.then(time, seconds);
        self
    }

    /// The offsets that a function gives between two times, found to the second: of the changes that are more
    /// than a day from one another all are. Before and after it goes on with the first and the last.
    pub fn offsets_by(
        mut self,
        from: Timestamp,
        until: Timestamp,
        offset: impl Fn(Timestamp) -> i32,
    ) -> Self {
        self.civil = Civil::by(from, until, offset);
        self
    }

    /// The stage.
    ///
    /// # Errors
    /// If a setting is out of its range.
    pub fn build(self) -> Result<SeasonalProfile, Error> {
        let seconds = self.slot.as_secs();
        let divides = self.slot.subsec_nanos() == 0 && seconds >= 60 && 86_400 % seconds.max(1) == 0;
        Error::require(
            divides,
            "slot",
            "whole seconds, a minute or more, that divide a day",
            format_args!("{:?}", self.slot),
        )?;
        Error::require(!self.memory.is_zero(), "memory", "above 0", format_args!("{:?}", self.memory))?;
        Error::require(self.min_values >= 1, "min_values", "at least 1", self.min_values)?;
        self.civil.validate()?;
        let a_day = (86_400 / seconds) as usize;
        let reach = (self.reach.as_secs() / seconds).min(a_day as u64 / 2) as usize;
        let memory = self.memory.as_secs_f64();
        let slots = Slots::new(self.cycle.days(), a_day, reach, memory, self.min_values);
        Ok(SeasonalProfile {
            settings: self,
            slots,
            seen: Watermark::default(),
            check: PlausibilityCheck::default(),
        })
    }
}

impl SeasonalProfile {
    /// A profile of the hours of a week in UTC.
    pub fn builder() -> SeasonalProfileBuilder {
        let hours = |h: u64| Duration::from_secs(3_600 * h);
        SeasonalProfileBuilder {
            cycle: Cycle::Week,
            slot: hours(1),
            memory: hours(4 * 168),
            min_values: 3,
            reach: hours(3),
            civil: Civil::default(),
        }
    }

    /// What is usual at a time, whether in the past or in the future; `None` where nothing near it is known.
    #[must_use]
    pub fn expected(&self, time: Timestamp) -> Option<Prediction> {
        let (level, sd) = self.slots.expected(self.slot_of(time))?;
        Prediction::new(level, sd)
    }

    /// How many values were of a time before one already seen.
    #[must_use]
    pub fn late(&self) -> u64 {
        self.seen.late()
    }

    /// Slots are counted from Monday midnight.
    fn slot_of(&self, time: Timestamp) -> usize {
        // The epoch was a Thursday.
        const MONDAY: i64 = 3 * 86_400;
        let length = 86_400 * self.settings.cycle.days() as i64;
        let local = time.as_seconds() + i64::from(self.settings.civil.at(time)) + MONDAY;
        (local.rem_euclid(length) / self.settings.slot.as_secs() as i64) as usize
    }
}

impl Stage<At<f64>> for SeasonalProfile {
    type Output = Score;

    fn update(&mut self, x: At<f64>) -> Option<Score> {
        let now = self.seen.tick(x.time);
        let (value, wild) = match self.check.check(x.value) {
            Checked::Missing => return None,
            Checked::Plausible(value) => (value, false),
            Checked::Implausible(value) => (value, true),
            Checked::StartOver(value) => {
                self.slots.clear();
                (value, false)
            }
        };
        let slot = self.slot_of(x.time);
        let expected = self.slots.expected(slot);
        // A time far ahead that nothing confirms may be of any slot: its value is scored, but teaches
        // nothing.
        if now.belief != Belief::Ahead && !wild {
            let late = now.time.as_nanos().saturating_sub(x.time.as_nanos()).max(0);
            let when = When { steady: now.steady, late: late.cast_unsigned() };
            self.slots.learn(slot, &when, value, expected);
        }
        let (level, sd) = expected?;
        let expected = Prediction::new(level, sd)?;
        let score = Score::from_deviation(expected.standardize(value).clamp(-MOST, MOST))?;
        Some(score.with_expected(expected))
    }

    fn reset(&mut self) {
        self.slots.clear();
        self.seen = Watermark::default();
        self.check = PlausibilityCheck::default();
    }
}

#[cfg(feature = "serde")]
evenkeel_core::exact_as_is!(SeasonalProfileBuilder);

#[cfg(feature = "serde")]
evenkeel_core::state! {
    SeasonalProfile as struct Saved("SeasonalProfile@2") {
        settings: SeasonalProfileBuilder,
        slots: Vec<Slot>,
        all: Slot,
        seen: Watermark,
        check: PlausibilityCheck,
    }
}

#[cfg(feature = "serde")]
impl From<&SeasonalProfile> for Saved {
    fn from(p: &SeasonalProfile) -> Self {
        let (slots, all) = p.slots.clone().into_parts();
        Self { settings: p.settings.clone(), slots, all, seen: p.seen, check: p.check }
    }
}

#[cfg(feature = "serde")]
impl TryFrom<Saved> for SeasonalProfile {
    type Error = Error;

    fn try_from(parts: Saved) -> Result<Self, Error> {
        let mut read = parts.settings.build()?;
        read.slots.restore(parts.slots, parts.all)?;
        (read.seen, read.check) = (parts.seen, parts.check);
        Ok(read)
    }
}
