//! Alarms on raw scores.

use crate::stream::uniform;
use core::time::Duration;
use evenkeel_core::{
    At, Direction, Error, Score, Snapshot, Stage, Timed, Timestamp, Transition, TransitionKind, restore,
};
use evenkeel_detect::alarm::{ScoreAlarm, ScoreAlarmBuilder};
use evenkeel_detect::{Alarm, Spot};

const STEP: Duration = Duration::from_secs(60);
const DAY: Duration = Duration::from_secs(86_400);

fn builder() -> ScoreAlarmBuilder {
    ScoreAlarm::builder(1.0, DAY, STEP)
}

fn at(i: u32, score: f64) -> At<Score> {
    At::new(Timestamp::EPOCH + i * STEP, Score::new(score, Direction::Either).unwrap())
}

/// Exponential scores with two events.
fn scores() -> Vec<f64> {
    let mut scores: Vec<f64> = uniform(4).take(6_000).map(|u| -u.max(1e-12).ln()).collect();
    scores[3_000..3_005].fill(40.0);
    scores[3_008..3_010].fill(40.0);
    scores[5_000] = 90.0;
    scores
}

fn told(alarm: &mut impl Stage<At<Score>, Output = Transition>) -> Vec<Transition> {
    (0..).zip(scores()).filter_map(|(i, score)| alarm.update(at(i, score))).collect()
}

#[test]
fn it_is_spot_and_an_alarm() {
    let alarm = Alarm::for_budget(1.0, DAY, STEP).unwrap().clear_after(10 * STEP).build().unwrap();
    let spot = Spot::builder(alarm.raise_at()).calibration(1_000).build().unwrap();
    let seen = told(&mut builder().build().unwrap());
    assert_eq!(seen, told(&mut Timed(spot).then(alarm)));
    let raised: Vec<Timestamp> =
        seen.iter().filter(|t| t.kind == TransitionKind::Raised).map(|t| t.start).collect();
    // The calm in between is short: one event. One more is within what the budget allows in four days.
    assert!(raised.contains(&at(3_000, 0.0).time) && raised.contains(&at(5_000, 0.0).time), "{raised:?}");
    assert!(raised.len() <= 5, "{raised:?}");
}

#[test]
fn a_history_calibrates_and_raises_nothing() {
    let mut alarm = builder().build().unwrap();
    for (i, score) in (0..).zip(scores()).take(2_000) {
        alarm.learn(at(i, score).value);
    }
    assert!(alarm.threshold().is_some_and(|z| (5.0..20.0).contains(&z)), "{:?}", alarm.threshold());
    alarm.learn(at(0, 1e3).value);
    assert!(!alarm.is_raised());
    let raised = alarm.update(at(0, 40.0)).unwrap();
    assert_eq!(raised.kind, TransitionKind::Raised);
    assert!(alarm.is_raised());
}

#[test]
fn budgets_have_their_range() {
    for (false_alarms, per) in
        [(0.0, DAY), (f64::NAN, DAY), (1.0, STEP), (1.0, 49 * STEP), (1.0, Duration::ZERO)]
    {
        assert!(ScoreAlarm::builder(false_alarms, per, STEP).build().is_err(), "{false_alarms} in {per:?}");
    }
    assert!(ScoreAlarm::builder(1.0, 51 * STEP, STEP).build().is_ok());
    assert!(ScoreAlarm::builder(1.0, Duration::MAX, Duration::MAX).build().is_err());
    let refused = builder().calibration(9).build().unwrap_err();
    assert!(matches!(refused, Error::Parameter { name: "calibration", .. }), "{refused}");
}

/// A snapshot in which the calibrator has another risk than the alarm would promise another budget.
#[test]
fn a_snapshot_of_two_budgets_is_refused() {
    let parts =
        |builder: ScoreAlarmBuilder| serde_json::to_value(builder.build().unwrap().snapshot()).unwrap();
    let mut mixed = parts(builder());
    mixed[1]["alarm"] = parts(ScoreAlarm::builder(2.0, DAY, STEP))[1]["alarm"].clone();
    let text = mixed.to_string();
    assert!(restore::<ScoreAlarm, _>(&mut serde_json::Deserializer::from_str(&text)).is_err());
}
