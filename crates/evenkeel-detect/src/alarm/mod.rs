//! Alarms: from p-values, or from scores, to few incidents under a budget of false alarms.

mod alarm;
mod score_alarm;

pub use alarm::{Alarm, AlarmBuilder};
pub use score_alarm::{ScoreAlarm, ScoreAlarmBuilder};
