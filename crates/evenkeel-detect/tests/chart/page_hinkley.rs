use crate::stream::normal;
use evenkeel_core::{Direction, Error, Stage};
use evenkeel_detect::chart::PageHinkley;

#[test]
fn both_sides_are_found() {
    for (shift, direction) in [(1.5, Direction::Up), (-1.5, Direction::Down)] {
        let mut test = PageHinkley::builder().delta(0.5).build().unwrap();
        let found = normal(4).take(1_500).enumerate().find_map(|(i, z)| {
            let score = test.update(z + if i < 1_000 { 0.0 } else { shift })?;
            (score.value() > 20.0).then_some((i, score.direction()))
        });
        let (at, found) = found.unwrap();
        assert!((1_000..1_060).contains(&at) && found == direction, "{at}");
    }
}

/// After a score above the limit the next value is the first: nothing of the old mean is left.
#[test]
fn it_starts_anew() {
    let mut test = PageHinkley::builder().delta(0.5).restart_above(20.0).build().unwrap();
    let mut fresh = PageHinkley::builder().delta(0.5).restart_above(20.0).build().unwrap();
    let mut restarted = None;
    for (i, z) in normal(9).take(1_500).enumerate() {
        let x = if i < 1_000 { z } else { 3.0 + z };
        if restarted.is_some() {
            assert_eq!(test.update(x), fresh.update(x));
        } else if test.update(x).is_some_and(|s| s.value() > 20.0) {
            restarted = Some(i);
        }
    }
    assert!(restarted.is_some_and(|at| (1_001..1_030).contains(&at)), "{restarted:?}");
}

#[test]
fn settings_are_validated() {
    let base = PageHinkley::builder;
    for (builder, name) in [
        (base().delta(-1.0), "delta"),
        (base().alpha(0.0), "alpha"),
        (base().alpha(1.1), "alpha"),
        (base().min_values(0), "min_values"),
        (base().restart_above(f64::NAN), "restart_above"),
    ] {
        let refused = builder.build().unwrap_err();
        assert!(matches!(refused, Error::Parameter { name: n, .. } if n == name), "{refused}");
    }
}
