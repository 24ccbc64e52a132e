//! Detection of counters: values that only grow, and start again near zero.

/// The least number of changes before values count as those of a counter.
const LEAST: u64 = 20;
/// The least number for values that are not whole numbers and never started again: a smooth gauge, read every
/// minute, may rise for half a day.
const LEAST_OF_FRACTIONS: u64 = 1000;
/// A counter has at most one restart in so many changes, and at most one other fall in so many.
const CHANGES_A_RESTART: u64 = 50;
const CHANGES_A_FALL: u64 = 1000;

/// Counts how values grow and fall. Counters only grow, and start again near zero.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(deny_unknown_fields))]
pub(super) struct CounterDetection {
    changes: u64,
    /// Falls to near zero, and other falls.
    restarts: u64,
    falls: u64,
    negative: bool,
    fractions: bool,
    #[cfg_attr(feature = "serde", serde(with = "evenkeel_core::exact"))]
    largest_rise: f64,
}

impl CounterDetection {
    /// Takes a value and the one before it.
    pub(super) fn learn(&mut self, before: Option<f64>, x: f64) {
        self.negative |= x < 0.0;
        self.fractions |= libm::trunc(x) != x;
        let Some(before) = before.filter(|before| *before != x) else { return };
        if x > before {
            self.largest_rise = self.largest_rise.max(x - before);
        } else if x <= 0.1 * before || x <= 0.5 * before && x <= 2.0 * self.largest_rise {
            // The count since the restart: small compared with before, or no more than two steps bring.
            self.restarts += 1;
        } else {
            self.falls += 1;
        }
        self.changes += 1;
        // The past is forgotten slowly.
        if self.changes >= 1 << 20 {
            self.changes /= 2;
            self.restarts /= 2;
            self.falls /= 2;
        }
    }

    pub(super) fn is_counter(&self) -> bool {
        let least = if self.fractions && self.restarts == 0 { LEAST_OF_FRACTIONS } else { LEAST };
        !self.negative
            && self.changes >= least
            && self.restarts * CHANGES_A_RESTART <= self.changes
            && self.falls * CHANGES_A_FALL <= self.changes
    }

    #[cfg(feature = "serde")]
    pub(super) fn is_sound(&self) -> bool {
        self.changes < 1 << 20
            && self.restarts <= self.changes
            && self.falls <= self.changes - self.restarts
            && (0.0..=2e100).contains(&self.largest_rise)
    }
}
