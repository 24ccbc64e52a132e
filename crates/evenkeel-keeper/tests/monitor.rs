//! Monitors of metrics.

use core::time::Duration;
use evenkeel_core::{At, Calibrated, Direction, Score, Signal, Timestamp, Transition, TransitionKind};
use evenkeel_detect::Monitor;
use evenkeel_detect::monitor::{Budget, Transitions};
use evenkeel_keeper::{Event, Observer, Symptom};
use evenkeel_remedy::Sample;
use evenkeel_testing::Source;

/// The recommended monitor of one metric that matters watches an observer's metrics: a jump is told, and when
/// it is over.
#[test]
fn the_recommended_monitor_shows_a_jump() {
    let step = Duration::from_secs(10);
    let budget = Budget::new(1.0, 1_440 * step).unwrap();
    let monitor = Transitions(Monitor::builder(budget).step(step).build().unwrap());
    let builder = Observer::builder(Symptom::requests("users", 0.02).unwrap());
    let mut observer = builder.step(step).monitor(monitor).build().unwrap();
    let signal = Signal::new("cart", "latency");
    let mut source = Source::new(8);
    let mut told = Vec::new();
    let start = Timestamp::from_seconds(1_700_000_000);
    for i in 0..2_500_u32 {
        let now = start + i * step;
        let jump = if (2_000..2_020).contains(&i) { 15.0 } else { 0.0 };
        observer.observe(now, &signal, source.normal() + jump);
        observer.request(now, 100, 0);
        for event in observer.tick(now) {
            if let Event::Alert { signal, transition } = event {
                told.push((signal, transition.kind, transition.start));
            }
        }
    }
    let jump = start + 2_000 * step;
    let during: Vec<_> = told.iter().filter(|(_, _, began)| *began == jump).collect();
    assert!(during.iter().all(|(of, ..)| of.to_string() == signal.to_string()), "{told:?}");
    assert_eq!(during.first().map(|told| told.1), Some(TransitionKind::Raised), "{told:?}");
    assert_eq!(during.last().map(|told| told.1), Some(TransitionKind::Cleared), "{told:?}");
    // One false alarm in four hours is allowed, and as long is checked.
    assert!(told.iter().filter(|told| told.1 == TransitionKind::Raised).count() <= 4, "{told:?}");
}

#[test]
fn an_alert_is_a_sentence() {
    let start = Timestamp::from_seconds(1_700_000_000);
    let text = |kind| {
        let peak = At::new(start, Calibrated::new(1e-9, Score::new(9.0, Direction::Up).unwrap()).unwrap());
        let transition = Transition { kind, at: start, start, peak, end: None };
        Event::Alert { signal: Signal::new("cart", "latency"), transition }.to_string()
    };
    for (kind, state) in [
        (TransitionKind::Raised, "is abnormal since"),
        (TransitionKind::Worsened, "is worse, and abnormal since"),
        (TransitionKind::Cleared, "is normal again, after it was abnormal since"),
    ] {
        assert_eq!(text(kind), format!("cart/latency {state} 2023-11-14T22:13:20Z"));
    }
    let seen = |value| Event::Seen { incident: 3, sample: At::new(start, value) }.to_string();
    let counts = Sample::Counts { good: 95, bad: 5 };
    assert_eq!(seen(counts), "incident 3: 5 of 100 requests were bad");
    assert_eq!(seen(Sample::Value(0.5)), "incident 3: the symptom was at 0.5");
    assert_eq!(seen(Sample::Missing), "incident 3: nothing was seen");
}
