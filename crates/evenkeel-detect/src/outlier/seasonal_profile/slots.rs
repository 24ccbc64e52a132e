//! Slots of a seasonal profile: level and spread of each.

use alloc::vec;
use alloc::vec::Vec;
use core::f64::consts::PI;
use core::time::Duration;
#[cfg(feature = "serde")]
use evenkeel_core::Error;
use evenkeel_core::Timestamp;

/// How many deviations a value counts at most.
const BOUND: f64 = 3.0;
/// How many values the spread of all slots stands for in that of one.
const PRIOR: f64 = 10.0;

/// When a value came, as far as it is believed, and how late it was then.
pub(super) struct When {
    pub(super) steady: Timestamp,
    /// In nanoseconds.
    pub(super) late: u64,
}

/// What is known of one slot.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub(super) struct Slot {
    #[cfg_attr(feature = "serde", serde(with = "evenkeel_core::exact"))]
    level: f64,
    /// In standard deviations of a normal distribution.
    #[cfg_attr(feature = "serde", serde(with = "evenkeel_core::exact"))]
    spread: f64,
    /// The weights of all values, which fade.
    #[cfg_attr(feature = "serde", serde(with = "evenkeel_core::exact"))]
    weight: f64,
    /// On the steady time of the profile's clock.
    latest: Timestamp,
    count: u32,
}

#[cfg(feature = "serde")]
evenkeel_core::exact_as_is!(Slot);

impl Slot {
    /// Counts a value: older ones fade.
    fn count(&mut self, when: &When, memory: f64) {
        // A late value does not make others older.
        let now = when.steady.as_nanos();
        let older = now.wrapping_sub(self.latest.as_nanos()).cast_unsigned().saturating_sub(when.late);
        let faded = self.weight * libm::exp(-Duration::from_nanos(older).as_secs_f64() / memory);
        // What is remembered faintly still counts as one value: no single one takes all.
        self.weight = if self.count == 0 { 1.0 } else { faded.max(1.0) + 1.0 };
        if self.count == 0 || older > 0 {
            self.latest = Timestamp::from_nanos(now.wrapping_sub(when.late.cast_signed()));
        }
        self.count = self.count.saturating_add(1);
    }

    /// Draws the spread towards that of a value this far off.
    fn spread_by(&mut self, share: f64, off: f64) {
        // The mean absolute deviation of a normal distribution is sqrt(2 / pi) standard deviations.
        self.spread += share * (off.abs() * libm::sqrt(0.5 * PI) - self.spread);
    }
}

/// The slots of a cycle.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Slots {
    slots: Vec<Slot>,
    /// Deviations of all values from the level of their own slot, whatever was borrowed; its level stays 0.
    all: Slot,
    a_day: usize,
    reach: usize,
    memory: f64,
    least: u32,
}

impl Slots {
    pub(super) fn new(days: usize, a_day: usize, reach: usize, memory: f64, least: u32) -> Self {
        Self { slots: vec![Slot::default(); days * a_day], all: Slot::default(), a_day, reach, memory, least }
    }

    pub(super) fn clear(&mut self) {
        self.slots.fill(Slot::default());
        self.all = Slot::default();
    }

    /// Level and standard deviation of a slot, its own or borrowed.
    pub(super) fn expected(&self, slot: usize) -> Option<(f64, f64)> {
        let own = &self.slots[slot];
        let (level, spread, weight) = if own.count >= self.least {
            (own.level, own.spread, own.weight)
        } else {
            self.borrowed(slot % self.a_day)?
        };
        let prior = self.all.weight.min(PRIOR);
        Some((level, (weight * spread + prior * self.all.spread) / (weight + prior)))
    }

    /// From the same time of all days, or from the nearest times.
    fn borrowed(&self, time: usize) -> Option<(f64, f64, f64)> {
        if let Some(known) = self.of_time(time) {
            return Some(known);
        }
        let near = |forward: bool| {
            (1..=self.reach).find_map(|steps| {
                let there = if forward { time + steps } else { time + self.a_day - steps };
                self.of_time(there % self.a_day).map(|known| (steps as f64, known))
            })
        };
        match (near(false), near(true)) {
            (Some((back, a)), Some((on, b))) => {
                let share = back / (back + on);
                Some((a.0 + share * (b.0 - a.0), a.1.max(b.1), a.2.min(b.2)))
            }
            (Some((_, known)), None) | (None, Some((_, known))) => Some(known),
            (None, None) => None,
        }
    }

    /// What the slots of a time of the day know together: level, spread, weight.
    fn of_time(&self, time: usize) -> Option<(f64, f64, f64)> {
        let days = self.slots.iter().skip(time).step_by(self.a_day).filter(|slot| slot.count > 0);
        let (mut count, mut weight, mut level, mut spread) = (0_u32, 0.0, 0.0, 0.0);
        for day in days {
            count = count.saturating_add(day.count);
            weight += day.weight;
            level += day.weight / weight * (day.level - level);
            spread += day.weight / weight * (day.spread - spread);
        }
        (count >= self.least).then_some((level, spread, weight))
    }

    pub(super) fn learn(&mut self, slot: usize, when: &When, x: f64, expected: Option<(f64, f64)>) {
        let bounded = |off: f64| match expected {
            Some((_, sd)) if sd > 0.0 => off.clamp(-BOUND * sd, BOUND * sd),
            _ => off,
        };
        let own = &mut self.slots[slot];
        own.count(when, self.memory);
        if own.count == 1 {
            // The first is as far from its level as nothing: it has no part in the spread.
            own.level = x;
        } else {
            let off = bounded(x - own.level);
            own.level += off / own.weight;
            own.spread_by(1.0 / (own.weight - 1.0), off);
            self.all.count(when, self.memory);
            self.all.spread_by(1.0 / self.all.weight, off);
        }
    }

    #[cfg(feature = "serde")]
    pub(super) fn into_parts(self) -> (Vec<Slot>, Slot) {
        (self.slots, self.all)
    }

    #[cfg(feature = "serde")]
    pub(super) fn restore(&mut self, slots: Vec<Slot>, all: Slot) -> Result<(), Error> {
        let fits = slots.len() == self.slots.len();
        Error::require(fits, "slots", "as many as the cycle has", slots.len())?;
        let sound = |slot: &Slot| {
            slot.level.abs() <= 1e101
                && (0.0..=1e102).contains(&slot.spread)
                && (0.0..=1e18).contains(&slot.weight)
                && (slot.count == 0) == (slot.weight == 0.0)
        };
        Error::require(
            slots.iter().chain([&all]).all(sound),
            "slots",
            "finite levels and spreads",
            "others",
        )?;
        (self.slots, self.all) = (slots, all);
        Ok(())
    }
}
