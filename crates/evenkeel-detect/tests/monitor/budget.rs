use core::time::Duration;
use evenkeel_core::Error;
use evenkeel_detect::monitor::Budget;
use proptest::prelude::*;

#[test]
fn a_budget_is_a_sentence() {
    let hours = |n: u64| Duration::from_secs(3_600 * n);
    for (budget, text) in [
        (Budget::per_day(1.0), "1 a day"),
        (Budget::per_week(2.5), "2.5 a week"),
        (Budget::new(1.0, hours(1)), "1 an hour"),
        (Budget::new(3.0, hours(24)), "3 a day"),
        (Budget::new(2.0, hours(72)), "2 in 3 days"),
        (Budget::new(1.0, Duration::from_secs(90)), "1 in 90 seconds"),
        (Budget::new(1.0, Duration::from_millis(1_500)), "1 in 1.5 seconds"),
        (Budget::per_day(1.0 / 3.0), "0.333 a day"),
        (Budget::per_week(1.0).and_then(|b| b.share(100_000)), "1e-5 a week"),
    ] {
        assert_eq!(budget.unwrap().to_string(), text);
    }
}

#[test]
fn what_is_no_rate_is_refused() {
    for bad in [0.0, -1.0, f64::NAN, f64::INFINITY, 1e-300, 1e300] {
        let refused = Budget::per_day(bad).unwrap_err();
        assert!(matches!(refused, Error::Parameter { name: "false_alarms / per", .. }), "{refused}");
    }
    assert!(Budget::new(1.0, Duration::ZERO).is_err());
    assert!(Budget::new(1.0, Duration::MAX).is_ok());
    let day = Budget::per_day(1.0).unwrap();
    assert!(matches!(day.share(0), Err(Error::Parameter { name: "parts", .. })));
    assert!(day.times(0.0).is_err() && day.times(f64::NAN).is_err());
    for text in [
        r#"{"false_alarms":"NaN","per":{"secs":1,"nanos":0}}"#,
        r#"{"false_alarms":"1.0","per":{"secs":0,"nanos":0}}"#,
        r#"{"false_alarms":"1.0","per":{"secs":1,"nanos":0},"more":1}"#,
    ] {
        assert!(serde_json::from_str::<Budget>(text).is_err(), "{text}");
    }
}

proptest! {
    /// Parts add up to the whole, a rate is what is expected in a second, and a budget is read as written.
    #[test]
    fn parts_add_up(n in 1e-9..1e6f64, seconds in 1..10_000_000u64, parts in 1..1_000_000u64) {
        let budget = Budget::new(n, Duration::from_secs(seconds)).unwrap();
        let part = budget.share(parts).unwrap();
        prop_assert!((part.rate() * parts as f64 / budget.rate() - 1.0).abs() < 1e-12);
        prop_assert!((budget.expected_in(Duration::from_secs(seconds)) / n - 1.0).abs() < 1e-12);
        prop_assert_eq!(budget.per_value(Duration::from_secs(1)), budget.rate());
        prop_assert!((budget.times(3.0).unwrap().rate() / budget.rate() - 3.0).abs() < 1e-9);
        let text = serde_json::to_string(&budget).unwrap();
        prop_assert_eq!(serde_json::from_str::<Budget>(&text).unwrap(), budget);
        let bytes = postcard::to_allocvec(&budget).unwrap();
        prop_assert_eq!(postcard::from_bytes::<Budget>(&bytes).unwrap(), budget);
    }
}
