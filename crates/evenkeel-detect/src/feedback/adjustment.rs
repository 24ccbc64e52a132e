//! What feedback changed.

use crate::monitor::Budget;
use crate::monitor::rounded::Rounded;
use core::fmt;
use evenkeel_core::Timestamp;

/// A change of the budget that thresholds are given, and why; its `Display` is a sentence.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
#[must_use]
pub struct Adjustment {
    /// When it was made.
    pub at: Timestamp,
    /// What thresholds were given before.
    pub from: Budget,
    /// What they are given from now on: hand it to [`Watch::set_budget`](crate::monitor::Watch::set_budget) or
    /// [`Fleet::set_budget`](crate::fleet::Fleet::set_budget).
    pub to: Budget,
    /// The stated budget, which false alarms are to keep.
    pub stated: Budget,
    /// How many times as many false alarms as thresholds were given are believed to come.
    pub ratio: f64,
    /// The central interval of that which has probability 0.9.
    pub interval: (f64, f64),
    /// Verdicts so far: false alarms, real events, missed events.
    pub verdicts: [u64; 3],
    /// Whether a bound kept it from going further.
    pub is_bounded: bool,
}

impl fmt::Display for Adjustment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { at, from, to, stated, ratio, interval: (low, high), verdicts, is_bounded } = self;
        let [wrong, real, missed] = verdicts;
        let way = if to.rate() < from.rate() { "raised" } else { "lowered" };
        write!(
            f,
            "thresholds {way} at {at}: for {to} instead of {from}, to keep {stated}; false alarms come {} times \
             as often as thresholds are set for ({} to {}), by {wrong} false alarms, {real} real and {missed} \
             missed events",
            Rounded(*ratio, 2),
            Rounded(*low, 2),
            Rounded(*high, 2),
        )?;
        if *is_bounded { f.write_str("; a bound keeps it from going further") } else { Ok(()) }
    }
}
