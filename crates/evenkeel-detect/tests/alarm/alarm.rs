use TransitionKind::{Cleared, Raised, Worsened};
use core::time::Duration;
use evenkeel_core::{At, Calibrated, Direction, Error, Score, Stage, Timestamp, Transition, TransitionKind};
use evenkeel_detect::Alarm;
use evenkeel_detect::alarm::AlarmBuilder;
use proptest::prelude::*;

const MINUTE: Duration = Duration::from_secs(60);

fn minute(m: i64) -> Timestamp {
    Timestamp::from_seconds(60 * m)
}

fn observation(m: i64, p: f64) -> At<Calibrated> {
    let score = Score::new(-p.max(1e-300).ln(), Direction::Up).unwrap();
    At::new(minute(m), Calibrated::clamped(p, score))
}

/// Feeds (minute, p) pairs and gives (minute, kind) of what is told.
fn told(builder: AlarmBuilder, observations: &[(i64, f64)]) -> Vec<(i64, TransitionKind)> {
    let mut alarm = builder.build().unwrap();
    let transitions = observations.iter().filter_map(|(m, p)| alarm.update(observation(*m, *p)));
    transitions.map(|t| (t.at.as_seconds() / 60, t.kind)).collect()
}

#[test]
fn refuses_what_makes_no_sense() {
    let alarm = || Alarm::builder(1e-3);
    for (builder, name) in [
        (Alarm::builder(0.0), "raise_at"),
        (Alarm::builder(1.0), "raise_at"),
        (Alarm::builder(f64::NAN), "raise_at"),
        (alarm().clear_at(1e-4), "clear_at"),
        (alarm().clear_at(f64::NAN), "clear_at"),
        (alarm().worsen(1.0), "worsen"),
        (alarm().worsen(f64::NAN), "worsen"),
        (alarm().max_gap(Duration::ZERO), "max_gap"),
    ] {
        let refused = builder.build().unwrap_err();
        assert!(matches!(refused, Error::Parameter { name: n, .. } if n == name), "{refused}");
    }
    assert!(Alarm::for_budget(f64::NAN, MINUTE, MINUTE).is_err());
    assert!(Alarm::for_budget(1.0, Duration::ZERO, MINUTE).is_err());
    assert!(Alarm::for_budget(2.0, MINUTE, MINUTE).is_err());
    let one_a_day = Alarm::for_budget(1.0, Duration::from_secs(86_400), MINUTE).unwrap().build().unwrap();
    assert!((one_a_day.raise_at() - 1.0 / 1440.0).abs() < 1e-15);
}

#[test]
fn one_alert_an_event() {
    let steady: Vec<_> = (0..100).map(|m| (m, if (10..50).contains(&m) { 1e-5 } else { 0.4 })).collect();
    assert_eq!(told(Alarm::builder(1e-3), &steady), [(10, Raised), (50, Cleared)]);
}

#[test]
fn hysteresis_keeps_an_event_together() {
    let wavering = [(0, 0.5), (1, 1e-4), (2, 5e-3), (3, 1e-4), (4, 5e-3), (5, 0.5)];
    assert_eq!(told(Alarm::builder(1e-3), &wavering), [(1, Raised), (5, Cleared)]);
    assert_eq!(
        told(Alarm::builder(1e-3).clear_at(1e-3), &wavering),
        [(1, Raised), (2, Cleared), (3, Raised), (4, Cleared)]
    );
    // What would not raise does not raise because it would keep going.
    assert_eq!(told(Alarm::builder(1e-3), &[(0, 5e-3), (1, 5e-3)]), []);
}

#[test]
fn an_event_must_last() {
    let builder = Alarm::builder(1e-3).min_duration(3 * MINUTE);
    assert_eq!(
        told(builder, &[(0, 1e-5), (1, 1e-5), (2, 0.5), (3, 1e-5), (4, 1e-5), (5, 1e-5), (6, 1e-5)]),
        [(6, Raised)]
    );
    // A gap is no evidence that it lasted.
    let builder = builder.max_gap(MINUTE);
    assert_eq!(told(builder, &[(0, 1e-5), (3, 1e-5), (4, 1e-5), (5, 1e-5), (6, 1e-5)]), [(6, Raised)]);
}

#[test]
fn calm_must_last() {
    let builder = Alarm::builder(1e-3).clear_after(3 * MINUTE);
    let flapping = [(0, 1e-5), (1, 0.5), (2, 0.5), (3, 1e-5), (4, 0.5), (6, 0.5), (7, 0.5)];
    assert_eq!(told(builder, &flapping), [(0, Raised), (7, Cleared)]);
    // No data is never good: silence for an hour does not clear by its first value.
    assert_eq!(
        told(builder.max_gap(2 * MINUTE), &[(0, 1e-5), (1, 0.5), (61, 0.5), (62, 0.5), (64, 0.5)]),
        [(0, Raised), (64, Cleared)]
    );
}

/// An outage of 2.5 h among calm hours, at a value a minute of which some get lost.
fn through_losses(builder: AlarmBuilder, lost: impl Fn(i64) -> bool) -> Vec<(i64, TransitionKind)> {
    let seen = (0..600).filter(|m| !lost(*m));
    let observations: Vec<_> = seen.map(|m| (m, if (200..350).contains(&m) { 1e-5 } else { 0.5 })).collect();
    told(builder, &observations)
}

#[test]
fn lost_scrapes_neither_hide_an_outage_nor_keep_it_raised() {
    let builder = Alarm::builder(1e-3).min_duration(10 * MINUTE).clear_after(10 * MINUTE);
    let whole = through_losses(builder, |_| false);
    assert_eq!(whole, [(210, Raised), (360, Cleared)]);
    let random = |m: i64| (m.wrapping_mul(0x9E37_79B9_7F4A_7C15_u64.cast_signed()) >> 33) & 3 == 0;
    type Loss<'a> = (&'a str, Box<dyn Fn(i64) -> bool>);
    let mut losses: Vec<Loss<'_>> =
        vec![("one in four at random", Box::new(random)), ("bursts of five", Box::new(|m| m % 12 < 5))];
    for k in 2..13 {
        losses.push(("every k-th lost", Box::new(move |m| m % k == 0)));
        losses.push(("all but every k-th lost", Box::new(move |m| m % k != 0)));
    }
    for gap in [60, 90, 120, 300] {
        for (what, lost) in &losses {
            let heard = through_losses(builder.max_gap(Duration::from_secs(gap)), lost);
            let kinds: Vec<_> = heard.iter().map(|(_, kind)| *kind).collect();
            assert_eq!(kinds, [Raised, Cleared], "{what}, a gap is {gap} s: {heard:?}");
            // Missing data does not raise or clear earlier, and no more than it holds back later.
            assert!(heard[0].0 >= 210 && heard[1].0 >= 360, "{what}, {gap}: {heard:?}");
        }
    }
}

#[test]
fn silence_neither_raises_nor_clears() {
    let builder = Alarm::builder(1e-3).min_duration(5 * MINUTE).clear_after(5 * MINUTE).max_gap(2 * MINUTE);
    let calm = |from: i64, to: i64| (from..to).map(|m| (m, 0.5));
    // One abnormal value on each side of three hours of silence.
    let mut stream: Vec<_> = calm(0, 60).collect();
    stream.extend([(60, 1e-5), (240, 1e-5)]);
    assert_eq!(told(builder, &stream), []);
    // What came before the silence is kept: four minutes, and one more.
    let mut stream: Vec<_> = calm(0, 60).collect();
    stream.extend((60..65).map(|m| (m, 1e-5)));
    stream.push((240, 1e-5));
    assert_eq!(told(builder, &stream), [(240, Raised)]);
    // Raised, then a calm value, three hours of silence, and calm again: not yet over.
    stream.extend([(241, 0.5), (421, 0.5), (422, 0.5)]);
    assert_eq!(told(builder, &stream), [(240, Raised)]);
    stream.extend(calm(423, 430));
    assert_eq!(told(builder, &stream), [(240, Raised), (425, Cleared)]);
}

#[test]
fn a_detector_that_warms_up_again_is_a_silence() {
    // Nothing is said for an hour in the middle of an outage: it is raised before and cleared after it, once.
    let builder = Alarm::builder(1e-3).min_duration(5 * MINUTE).clear_after(5 * MINUTE);
    for builder in [builder, builder.max_gap(3 * MINUTE)] {
        let said = (0..400).filter(|m| !(150..210).contains(m));
        let stream: Vec<_> = said.map(|m| (m, if (100..300).contains(&m) { 1e-5 } else { 0.5 })).collect();
        assert_eq!(told(builder, &stream), [(105, Raised), (305, Cleared)]);
    }
}

#[test]
fn worse_is_told_again() {
    let worsening = [(0, 1e-4), (1, 1e-5), (2, 1e-6), (3, 1e-8), (4, 1e-9), (5, 0.9)];
    assert_eq!(
        told(Alarm::builder(1e-3), &worsening),
        [(0, Raised), (2, Worsened), (4, Worsened), (5, Cleared)]
    );
    // Where p-values are at the end of what their calibration can carry, the scores are compared.
    let mut alarm = Alarm::builder(1e-3).build().unwrap();
    let impossible = |m: i64, score: f64| {
        At::new(minute(m), Calibrated::clamped(0.0, Score::new(score, Direction::Up).unwrap()))
    };
    let kinds: Vec<_> = [40.0, 80.0, 91.0, 190.0]
        .iter()
        .zip(0..)
        .map(|(s, m)| alarm.update(impossible(m, *s)).map(|t| t.kind))
        .collect();
    assert_eq!(kinds, [Some(Raised), None, Some(Worsened), None]);
}

#[test]
fn a_smaller_budget_makes_nothing_worse() {
    let mut alarm = Alarm::builder(1e-3).build().unwrap();
    let raised = alarm.update(observation(0, 1e-4)).unwrap();
    // Gathered evidence of the same strength has a p-value that is as much smaller as the risk.
    alarm.set_raise_at(1e-6).unwrap();
    assert_eq!(alarm.update(observation(1, 1e-7)), None);
    // One of the first budget is back: neither is it worse than what was told under that one.
    alarm.set_raise_at(1e-3).unwrap();
    assert_eq!(alarm.update(observation(2, 9e-5)), None);
    let worse = alarm.update(observation(3, 1e-6)).unwrap();
    assert_eq!((raised.kind, worse.kind, worse.peak.time), (Raised, Worsened, minute(3)));
}

#[test]
fn calm_is_the_rule_at_large_risks_too() {
    // At one a day of half-hourly values a p-value of 0.1 is an ordinary one and keeps nothing going.
    let alarm = || Alarm::builder(1.0 / 48.0).clear_after(10 * MINUTE);
    let ordinary: Vec<_> = (0..12).map(|m| (m, if m == 0 { 0.01 } else { 0.1 })).collect();
    assert_eq!(told(alarm(), &ordinary), [(0, Raised), (11, Cleared)]);
    assert_eq!(told(alarm().clear_at(0.1), &ordinary), [(0, Raised)]);
}

#[test]
fn refractory_time_swallows_only_what_is_not_worse() {
    let builder = Alarm::builder(1e-3).refractory(10 * MINUTE);
    assert_eq!(told(builder, &[(0, 1e-4), (1, 0.5), (2, 1e-4), (3, 0.5)]), [(0, Raised), (1, Cleared)]);
    assert_eq!(
        told(builder, &[(0, 1e-4), (1, 0.5), (2, 1e-7), (3, 0.5)]),
        [(0, Raised), (1, Cleared), (2, Raised), (3, Cleared)]
    );
    // What outlives the refractory time is told, with its true start.
    let mut alarm = builder.build().unwrap();
    let last =
        (0..20).filter_map(|m| alarm.update(observation(m, if m == 1 { 0.5 } else { 1e-4 }))).last().unwrap();
    assert_eq!((last.kind, last.at, last.start), (Raised, minute(11), minute(2)));
}

#[test]
fn start_peak_and_end() {
    let mut alarm = Alarm::builder(1e-3).clear_after(2 * MINUTE).build().unwrap();
    let ps = [0.5, 1e-4, 1e-5, 1e-4, 0.5, 0.5, 0.5];
    let cleared = ps.iter().zip(0..).filter_map(|(p, m)| alarm.update(observation(m, *p))).last().unwrap();
    assert_eq!((cleared.kind, cleared.start, cleared.at), (Cleared, minute(1), minute(6)));
    assert_eq!((cleared.peak.time, cleared.end), (minute(2), Some(minute(3))));
}

#[test]
fn time_going_back_is_counted() {
    let mut alarm = Alarm::builder(1e-3).build().unwrap();
    alarm.update(observation(10, 0.5));
    let raised = alarm.update(observation(5, 1e-5)).unwrap();
    assert_eq!((raised.at, alarm.late()), (minute(10), 1));
}

proptest! {
    /// Whatever comes: raised and cleared alternate, worsened only in between, and times are in order.
    #[test]
    fn transitions_are_well_formed(
        ps in prop::collection::vec((0i64..40, prop::sample::select(vec![0.0, 1e-12, 1e-8, 1e-4, 1e-3, 5e-3, 0.05, 0.5, 1.0])), 0..200),
        min_duration in 0u32..4, clear_after in 0u32..4, refractory in 0u32..8, gap in prop::option::of(1u32..5), sorted: bool,
    ) {
        let mut ps = ps;
        if sorted { ps.sort_by_key(|(m, _)| *m) }
        let mut builder = Alarm::builder(1e-3)
            .min_duration(min_duration * MINUTE).clear_after(clear_after * MINUTE).refractory(refractory * MINUTE);
        if let Some(gap) = gap { builder = builder.max_gap(gap * MINUTE) }
        let mut alarm = builder.build().unwrap();
        let mut open = false;
        let mut before: Option<Transition> = None;
        for (m, p) in ps {
            let was_raised = alarm.is_raised();
            let Some(t) = alarm.update(observation(m, p)) else {
                prop_assert_eq!(was_raised, alarm.is_raised());
                continue;
            };
            match t.kind {
                Raised => { prop_assert!(!open); open = true; }
                Worsened => prop_assert!(open),
                _ => { prop_assert!(open); open = false; prop_assert!(t.end.unwrap() <= t.at && t.end.unwrap() >= t.start); }
            }
            prop_assert_eq!(open, alarm.is_raised());
            prop_assert!(t.start <= t.peak.time && t.peak.time <= t.at);
            // Only a clock that is set back makes times go back.
            if let Some(before) = before && alarm.watermark().set_back() == 0 {
                prop_assert!(before.at <= t.at && before.start <= t.start);
            }
            before = Some(t);
        }
    }
}
