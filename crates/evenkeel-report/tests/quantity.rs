use evenkeel_core::{Timestamp, Unit};
use evenkeel_report::{clock, quantity, significant};

#[test]
fn numbers_as_people_write_them() {
    for (value, unit, text) in [
        (0.82, Unit::Seconds, "820 ms"),
        (0.000_012, Unit::Seconds, "12 µs"),
        (0.0, Unit::Seconds, "0 s"),
        (12.345, Unit::Seconds, "12.3 s"),
        (900.0, Unit::Seconds, "15 min"),
        (90_000.0, Unit::Seconds, "25 h"),
        (3_500_000.0, Unit::Bytes, "3.5 MB"),
        (999.9, Unit::Bytes, "1 kB"),
        (12.0, Unit::Bytes, "12 B"),
        (0.4712, Unit::Ratio, "47.1 %"),
        (1.0, Unit::Ratio, "100 %"),
        (12.0, Unit::PerSecond, "12/s"),
        (12_300.0, Unit::PerSecond, "12.3k/s"),
        (9_000.0, Unit::Count, "9000"),
        (90_000.0, Unit::Count, "90k"),
        (-3.25, Unit::None, "-3.25"),
        (f64::NAN, Unit::Seconds, "–"),
        (f64::INFINITY, Unit::Bytes, "–"),
    ] {
        assert_eq!(quantity(value, unit), text, "{value}");
    }
    for (value, text) in [
        (0.0, "0"),
        (1.0, "1"),
        (0.123_456, "0.123"),
        (123.456, "123"),
        (1e-7, "1e-7"),
        (1.234e12, "1.23e12"),
        (f64::NEG_INFINITY, "–"),
    ] {
        assert_eq!(significant(value), text);
    }
}

#[test]
fn times_as_people_write_them() {
    assert_eq!(clock(Timestamp::from_seconds(1_795_000_000)), "2026-11-18 11:06:40");
    assert_eq!(clock(Timestamp::from_nanos(1_500_000_001)), "1970-01-01 00:00:01.500");
}
