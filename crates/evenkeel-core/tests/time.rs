use core::time::Duration;
use evenkeel_core::{At, Timestamp, Watermark};
use proptest::prelude::*;

#[test]
fn dates_as_known() {
    for (nanos, text) in [
        (0, "1970-01-01T00:00:00Z"),
        (-1, "1969-12-31T23:59:59.999999999Z"),
        (951_782_400_000_000_000, "2000-02-29T00:00:00Z"),
        (4_102_444_799_000_000_000, "2099-12-31T23:59:59Z"),
        (1_709_210_096_000_001_000, "2024-02-29T12:34:56.000001Z"),
        (i64::MAX, "2262-04-11T23:47:16.854775807Z"),
        (i64::MIN, "1677-09-21T00:12:43.145224192Z"),
    ] {
        assert_eq!(Timestamp::from_nanos(nanos).to_string(), text);
    }
}

proptest! {
    #[test]
    fn arithmetic_saturates(a: i64, length: u64, seconds: i64) {
        let (t, d) = (Timestamp::from_nanos(a), Duration::from_nanos(length));
        let later = t + d;
        prop_assert!(later >= t && t - d <= t);
        if later < Timestamp::MAX {
            prop_assert_eq!(later.since(t), d);
            prop_assert_eq!(later - d, t);
        }
        prop_assert_eq!(t.since(later), Duration::ZERO);
        prop_assert!(!(t + Duration::MAX).to_string().is_empty());
        prop_assert_eq!(Timestamp::from_seconds(seconds).as_seconds(), seconds.clamp(i64::MIN / 1_000_000_000 - 1, i64::MAX / 1_000_000_000));
    }

    #[test]
    fn a_watermark_never_falls(times: Vec<i64>) {
        let mut seen = Watermark::default();
        let mut highest = i64::MIN;
        let mut late = 0;
        for t in times {
            late += u64::from(seen.latest().is_some() && t < highest);
            highest = highest.max(t);
            prop_assert_eq!(seen.admit(Timestamp::from_nanos(t)), Timestamp::from_nanos(highest));
        }
        prop_assert_eq!(seen.late(), late);
    }
}

#[test]
fn at_keeps_its_time() {
    let t = Timestamp::from_millis(1500);
    assert_eq!(At::new(t, 2.0).map(|x| x > 1.0), At::new(t, true));
}
