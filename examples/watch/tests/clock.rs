use evenkeel::prelude::Timestamp;
use evenkeel_watch::clock::{clock, marks, short};
use std::time::Duration;

#[test]
fn times_are_told_as_people_read_them() {
    let time = Timestamp::from_seconds(1_772_409_600 + 3_661);
    assert_eq!(clock(time), "2026-03-02 01:01:01");
    assert_eq!(short(time, Duration::from_secs(300)), "2026-03-02 01:01");
    assert_eq!(short(time, Duration::from_secs(10)), "2026-03-02 01:01:01");
}

#[test]
fn axes_have_marks_at_round_times() {
    let since = Timestamp::from_seconds(1_772_409_600 + 3_661);
    let labels = |high: f64| -> Vec<String> {
        marks(since, (0.0, high), 8).into_iter().map(|(_, label)| label).collect()
    };
    assert_eq!(
        labels(9_000.0),
        ["01:30", "02:00", "02:30", "03:00", "03:30"].map(|time| format!("2026-03-02 {time}"))
    );
    assert_eq!(labels(6.0 * 86_400.0)[0], "2026-03-03");
    assert_eq!(labels(30.0)[0], "01:01:05");
    for high in [1e-3, 0.02, 1.0, 100.0, 1e4, 1e6, 1e8, 9e8] {
        let found = marks(since, (0.0, high), 8);
        assert!((1..=8).contains(&found.len()) || high > 9e8, "{high}: {found:?}");
        assert!(found.iter().all(|(x, _)| (-1e-6..=high).contains(x)), "{high}: {found:?}");
        assert!(found.windows(2).all(|pair| pair[0].1 != pair[1].1), "{high}: {found:?}");
    }
    assert!(marks(since, (0.0, f64::INFINITY), 8).is_empty());
}
