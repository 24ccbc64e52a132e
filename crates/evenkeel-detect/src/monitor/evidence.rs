//! The evidence against one column: its errors, judged as shifts, as changes of spread, and one by one.

use super::rarity::Rarity;
use crate::calibrate::{RankCusum, Tails};
use crate::ensemble::Tier;
use evenkeel_core::{Direction, Error, Score, Stage};

/// The shares of a column's risk: shifts of the level, changes of the spread, single values; where spreads are
/// judged, and where they are not.
const WITH_SPREAD: [f64; 3] = [0.45, 0.25, 0.3];
const WITHOUT_SPREAD: [f64; 3] = [0.5, 0.0, 0.5];
/// Among how many errors a fast tier takes ranks.
const WINDOW: usize = 300;

/// The cells of sizes whose spread is judged, in standard deviations. Where values are rounded, the errors of equal
/// values differ by as much as the model moves: the latest are always the smallest while it learns.
const CELL: f64 = 0.25;

/// The calibrators of one column's errors.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(deny_unknown_fields))]
pub(super) struct Evidence {
    level: RankCusum,
    spread: Option<RankCusum>,
    single: Rarity,
    resolution: Resolution,
}

/// How far a value is from what was expected of it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Departure {
    pub(super) value: f64,
    /// In the unit of the value.
    pub(super) error: f64,
    /// In standard deviations.
    pub(super) standardized: f64,
}

/// The strongest evidence of one value.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Judged {
    /// How often it comes by chance, in any of the ways it was judged.
    pub(super) p: f64,
    pub(super) direction: Direction,
    /// Whether it was gathered over several values.
    pub(super) is_accumulated: bool,
}

impl Evidence {
    pub(super) fn new(tier: Tier, direction: Direction, risk: f64) -> Result<Self, Error> {
        let is_full = tier == Tier::Full;
        let cusum = |share: f64| {
            let builder = RankCusum::builder(share * risk);
            if is_full { builder } else { builder.window(WINDOW) }
        };
        // A spread has no direction.
        let has_spread = is_full && direction == Direction::Either;
        let [level, spread, single] = if has_spread { WITH_SPREAD } else { WITHOUT_SPREAD };
        let tails = if direction == Direction::Either { Tails::Both } else { Tails::Upper };
        Ok(Self {
            level: cusum(level).tails(tails).build()?,
            spread: has_spread.then(|| cusum(spread).tails(Tails::Both).build()).transpose()?,
            single: Rarity::new(tier, single * risk)?,
            resolution: Resolution::default(),
        })
    }

    pub(super) fn set_risk(&mut self, risk: f64) -> Result<(), Error> {
        let [level, spread, single] = self.shares();
        // The least of the three has the narrowest range: if it is taken, all are.
        self.single.set_risk(single * risk)?;
        self.level.set_risk(level * risk)?;
        self.spread.as_mut().map_or(Ok(()), |cusum| cusum.set_risk(spread * risk))
    }

    #[cfg(feature = "serde")]
    pub(super) fn validate(&self, tier: Tier) -> Result<(), Error> {
        self.single.validate(tier)
    }

    fn shares(&self) -> [f64; 3] {
        if self.spread.is_some() { WITH_SPREAD } else { WITHOUT_SPREAD }
    }

    /// Judges an error of the model, of which only this direction counts; learns it. Shifts are judged by the
    /// error as it is: a spread that is not yet well known, as that of a long tail in the first thousand
    /// values, moves the ranks of standardized errors for long enough to look like a shift.
    pub(super) fn update(&mut self, departure: Departure, wanted: Direction) -> Option<Judged> {
        let Departure { error, standardized, .. } = self.resolution.of(departure);
        let [level, spread, single] = self.shares();
        // One tail ranks values, whatever their direction: towards the one that counts, they are the larger.
        let (signed, size) = match wanted {
            Direction::Up => (Score::new(error, wanted)?, standardized.max(0.0)),
            Direction::Down => (Score::new(-error, wanted)?, (-standardized).max(0.0)),
            _ => (Score::from_deviation(error)?, standardized.abs()),
        };
        let shifted = self.level.update(signed);
        // What was gathered has a side, whatever the last error's.
        let side = if wanted == Direction::Either { self.level.leaning() } else { wanted };
        let judged = [
            (shifted, level, side, true),
            // The sign is that of the change of the size, which is none of the value.
            (
                self.spread
                    .as_mut()
                    .and_then(|cusum| cusum.update(Score::new(in_cells(size), Direction::Up)?)),
                spread,
                Direction::Either,
                true,
            ),
            (self.single.update(Score::new(size, Direction::Up)?), single, signed.direction(), false),
        ];
        let judged = judged.into_iter().filter_map(|(calibrated, share, direction, is_accumulated)| {
            let p = (calibrated?.p() / share).min(1.0);
            Some(Judged { p, direction, is_accumulated })
        });
        judged.min_by(|a, b| a.p.total_cmp(&b.p))
    }
}

/// The middle of its cell; ranks break ties at random.
fn in_cells(size: f64) -> f64 {
    CELL * libm::round(size / CELL)
}

/// In steps of what values are recorded, and what is therefore no error.
///
/// Where values are counts, or rounded, the errors of equal values differ by as much as the model moves, and all of
/// them would be evidence one way or the other. To a quarter of a step they are ties, which are none.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(deny_unknown_fields))]
struct Resolution {
    #[cfg_attr(feature = "serde", serde(with = "evenkeel_core::exact"))]
    last: Option<f64>,
    /// The smallest difference of successive values that differ by more than rounding.
    #[cfg_attr(feature = "serde", serde(with = "evenkeel_core::exact"))]
    step: Option<f64>,
}

/// Differences by less than this share of the values are those of binary fractions.
const ROUNDING: f64 = 1e-9;

impl Resolution {
    fn of(&mut self, departure: Departure) -> Departure {
        let Departure { value, error, standardized } = departure;
        if let Some(last) = self.last {
            let apart = (value - last).abs();
            if apart > ROUNDING * value.abs().max(last.abs()) && apart.is_finite() {
                self.step = Some(self.step.map_or(apart, |step| step.min(apart)));
            }
        }
        self.last = Some(value);
        let cell = 0.25 * self.step.unwrap_or(0.0).max(4.0 * ROUNDING * value.abs());
        let rounded = if cell > 0.0 { cell * libm::round(error / cell) } else { error };
        let standardized = if error == 0.0 { standardized } else { standardized * (rounded / error) };
        if rounded.is_finite() && standardized.is_finite() {
            Departure { value, error: rounded, standardized }
        } else {
            departure
        }
    }
}
