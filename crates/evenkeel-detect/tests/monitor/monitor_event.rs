use core::time::Duration;
use evenkeel_core::{At, Calibrated, Direction, Prediction, Score, Timestamp, Transition, TransitionKind};
use evenkeel_detect::monitor::{Alert, MonitorEvent};

/// 2026-11-30T12:00:00Z, and so many seconds later.
fn at(seconds: i64) -> Timestamp {
    Timestamp::from_seconds(1_796_040_000 + seconds)
}

fn alert(
    kind: TransitionKind,
    noticed: i64,
    peak: i64,
    end: Option<i64>,
    expected: Option<Prediction>,
) -> Alert {
    let score = Score::new(12.0, Direction::Up).unwrap().with_dimension(3);
    let score = expected.map_or(score, |expected| score.with_expected(expected));
    let peak = At::new(at(peak), Calibrated::new(1.23e-9, score).unwrap());
    let transition = Transition { kind, at: at(noticed), start: at(0), peak, end: end.map(at) };
    Alert::new(transition, 812.0).unwrap()
}

#[test]
fn digits_show_the_difference() {
    let told = |observed: f64, mean: f64, sd: f64| {
        let score = Score::new(12.0, Direction::Up).unwrap();
        let score = score.with_expected(Prediction::new(mean, sd).unwrap());
        let peak = At::new(at(0), Calibrated::new(1e-9, score).unwrap());
        let kind = TransitionKind::Raised;
        let transition = Transition { kind, at: at(0), start: at(0), peak, end: None };
        let text = Alert::new(transition, observed).unwrap().accumulated(true).to_string();
        let (_, values) = text.split_once("Z: ").unwrap();
        values.split_once(';').unwrap().0.to_owned()
    };
    assert_eq!(told(42.000_001, 42.0, 0.0), "42.000001, expected 42");
    assert_eq!(told(42.0, 42.0, 0.0), "42, expected 42");
    assert_eq!(told(1_000_003.0, 1_000_000.0, 1.0), "1000003, expected 999997.42 to 1000002.6");
    assert_eq!(told(7.0, 7.5, 1.0), "7, within the expected 4.924 to 10.08");
    let next = f64::from_bits(1.0_f64.to_bits() + 1);
    assert_eq!(told(next, 1.0, 0.0), "1.0000000000000002, expected 1");
}

#[test]
fn an_alert_is_a_sentence() {
    let expected = Prediction::new(112.5, 6.8);
    let raised = alert(TransitionKind::Raised, 190, 190, None, expected);
    let start = "2026-11-30T12:00:00Z";
    assert_eq!(
        raised.to_string(),
        format!("abnormal since {start}: 812 at 2026-11-30T12:03:10Z, expected 94.98 to 130; p = 1.2e-9")
    );
    assert_eq!(MonitorEvent::from(raised).to_string(), raised.to_string());
    assert_eq!(
        raised.accumulated(true).to_string(),
        format!("{raised} by evidence accumulated over many values, not by a single one")
    );
    assert_eq!(
        alert(TransitionKind::Raised, 0, 0, None, None).to_string(),
        format!("abnormal at {start}: 812; p = 1.2e-9")
    );
    assert_eq!(
        alert(TransitionKind::Worsened, 190, 190, None, Prediction::new(5.0, 0.0)).to_string(),
        format!("worse; abnormal since {start}: 812 at 2026-11-30T12:03:10Z, expected 5; p = 1.2e-9")
    );
    let cleared = alert(TransitionKind::Cleared, 500, 10, Some(300), None);
    assert_eq!(
        cleared.to_string(),
        format!(
            "over: abnormal from {start} to 2026-11-30T12:05:00Z: 812 at 2026-11-30T12:00:10Z; p = 1.2e-9"
        )
    );
    assert_eq!(cleared.length(), Duration::from_secs(300));
    assert_eq!(
        alert(TransitionKind::Cleared, 500, 0, Some(0), None).to_string(),
        format!("over: abnormal at {start}: 812; p = 1.2e-9")
    );
    let (lost, back) = (
        MonitorEvent::Lost { at: at(60), since: at(0) },
        MonitorEvent::Returned { at: at(90), since: at(0) },
    );
    assert_eq!(lost.to_string(), format!("no value since {start}, noticed at 2026-11-30T12:01:00Z"));
    assert_eq!(
        back.to_string(),
        format!("values again from 2026-11-30T12:01:30Z on; there were none after {start}")
    );
    assert_eq!((lost.at(), back.at()), (at(60), at(90)));
    assert!(lost.alert().is_none());
}

#[test]
fn an_alert_keeps_what_the_detector_knew() {
    let raised = alert(TransitionKind::Raised, 190, 190, None, Prediction::new(100.0, 1.0));
    assert_eq!((raised.direction(), raised.dimension()), (Direction::Up, Some(3)));
    assert_eq!((raised.p(), raised.observed(), raised.peak_time()), (1.23e-9, 812.0, at(190)));
    let (low, high) = raised.expected_interval(Alert::LEVEL).unwrap().unwrap();
    assert!((low - 97.424).abs() < 1e-3 && (high - 102.576).abs() < 1e-3, "{low} {high}");
    assert!(raised.expected_interval(1.0).is_err());
    let without = alert(TransitionKind::Raised, 190, 190, None, None);
    assert_eq!(without.expected_interval(0.5), Ok(None));
    for value in [f64::NAN, f64::INFINITY] {
        assert_eq!(Alert::new(raised.transition(), value), None);
    }
}

#[test]
fn events_are_read_as_they_are_written() {
    let raised = alert(TransitionKind::Raised, 190, 190, None, Prediction::new(1.0, 0.1)).accumulated(true);
    for event in [
        raised.into(),
        MonitorEvent::Lost { at: at(60), since: at(0) },
        MonitorEvent::Returned { at: at(60), since: at(0) },
    ] {
        let text = serde_json::to_string(&event).unwrap();
        assert_eq!(serde_json::from_str::<MonitorEvent>(&text).unwrap(), event);
        let bytes = postcard::to_allocvec(&event).unwrap();
        assert_eq!(postcard::from_bytes::<MonitorEvent>(&bytes).unwrap(), event);
    }
    let text = serde_json::to_string(&raised).unwrap().replace("\"812.0\"", "\"inf\"");
    assert!(serde_json::from_str::<Alert>(&text).unwrap_err().to_string().contains("observed"));
}
