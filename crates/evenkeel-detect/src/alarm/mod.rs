//! Alarms: from p-values, or from scores, to few incidents under a budget of false alarms.
//!
//! | what | in one line |
//! | --- | --- |
//! | [`Alarm`], [`AlarmBuilder`] | turns p-values into few incidents |
//! | [`ScoreAlarm`], [`ScoreAlarmBuilder`] | turns raw scores into few incidents under a budget: [`Spot`](crate::calibrate::Spot) and [`Alarm`] in one |

mod alarm;
mod score_alarm;

pub use alarm::{Alarm, AlarmBuilder};
pub use score_alarm::{ScoreAlarm, ScoreAlarmBuilder};

evenkeel_core::assert_shared!(Alarm, AlarmBuilder, ScoreAlarm, ScoreAlarmBuilder);
