//! Statistical checks: how often a stage alarms on noise, how late it notices a step.
//!
//! Seeds are fixed, so a check gives the same answer every time; the tolerance is an exact binomial bound,
//! not a guess.

mod binomial;
mod delay;
mod false_alarms;

pub use delay::{Delays, Step, delay_on_step};
pub use false_alarms::{FalseAlarms, false_alarm_rate};
