use evenkeel_core::{Direction, Error, Stage};
use evenkeel_detect::GroupOutlier;
use proptest::prelude::*;

fn plain_median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let n = sorted.len();
    if n % 2 == 1 { sorted[n / 2] } else { 0.5 * (sorted[n / 2 - 1] + sorted[n / 2]) }
}

/// The modified z of each, by the definition.
fn plain(values: &[f64]) -> Vec<f64> {
    let center = plain_median(values);
    let off: Vec<f64> = values.iter().map(|x| (x - center).abs()).collect();
    let mad = 1.482_602_218_505_602 * plain_median(&off);
    let mean = (core::f64::consts::PI / 2.0).sqrt() * off.iter().sum::<f64>() / off.len() as f64;
    let spread = if mad > 0.0 { mad } else { mean };
    values.iter().map(|x| if spread > 0.0 { (x - center) / spread } else { 0.0 }).collect()
}

proptest! {
    #[test]
    fn it_is_the_modified_z_of_the_group(
        rows in prop::collection::vec(prop::collection::vec(prop_oneof![2 => -5.0..5.0, 1 => Just(1.0)], 7), 1..30),
        span in 1_u32..12,
    ) {
        let mut group = GroupOutlier::builder(7).span(span).build().unwrap();
        let weight = 2.0 / (f64::from(span) + 1.0);
        let mut smoothed = rows[0].clone();
        for (t, row) in rows.iter().enumerate() {
            if t > 0 {
                smoothed.iter_mut().zip(row).for_each(|(s, x)| *s += weight * (x - *s));
            }
            let score = group.update(row).unwrap();
            let expected = plain(&smoothed);
            for (ours, theirs) in group.scores().iter().zip(&expected) {
                prop_assert!((ours - theirs).abs() < 1e-6 * (1.0 + theirs.abs()), "{ours} {theirs}");
            }
            let most = expected.iter().fold(0.0, |m: f64, z| m.max(z.abs()));
            prop_assert!((score.value() - most).abs() < 1e-6 * (1.0 + most));
            let named = expected[score.dimension().unwrap() as usize];
            prop_assert!((named.abs() - most).abs() < 1e-6 * (1.0 + most));
            prop_assert!(most == 0.0 || (score.direction() == Direction::Up) == (named > 0.0));
        }
    }

    /// The order of the members means nothing, nor do level and unit.
    #[test]
    fn members_are_equal(row in prop::collection::vec(-5.0..5.0, 6), by in 0.1..10.0, to in -9.0..9.0) {
        let run = |row: &[f64]| GroupOutlier::builder(6).build().unwrap().update(row).unwrap();
        let turned: Vec<f64> = row.iter().rev().map(|x| x * by + to).collect();
        let (a, b) = (run(&row), run(&turned));
        prop_assert!((a.value() - b.value()).abs() < 1e-9 * (1.0 + a.value()));
    }
}

#[test]
fn one_of_a_hundred_is_named_and_all_of_them_are_nobody() {
    let mut group = GroupOutlier::builder(100).build().unwrap();
    let mut source = evenkeel_testing::Source::new(5);
    for t in 0..400 {
        // All jump together at 200; replica 42 alone stays behind from 300 on.
        let row: Vec<f64> = (0..100)
            .map(|k| {
                let level = if t >= 200 && !(k == 42 && t >= 300) { 50.0 } else { 10.0 };
                level + source.normal()
            })
            .collect();
        let score = group.update(&row).unwrap();
        if t < 300 {
            assert!(score.value() < 6.0, "{t}: {}", score.value());
        }
        if t > 303 {
            assert_eq!((score.dimension(), score.direction()), (Some(42), Direction::Down));
            assert!(score.value() > 10.0);
        }
    }
}

#[test]
fn the_absent_are_not_counted() {
    let mut group = GroupOutlier::builder(4).span(2).floor(0.5).build().unwrap();
    assert!(group.update(&[1.0, 1.0, f64::NAN, f64::NAN]).is_none(), "two are no group");
    let score = group.update(&[1.0, 1.0, 9.0, f64::NAN]).unwrap();
    assert_eq!(score.dimension(), Some(2));
    for _ in 0..9 {
        assert!(group.update(&[1.0, 1.0, f64::NAN, 1.0]).is_some());
    }
    assert_eq!(group.scores()[2], 0.0, "it has not come for more than three spans");
    assert!(group.update(&[1.0, 1.0, 1.25, 1.0]).unwrap().value() < 0.6, "the floor");
    assert!(group.update(&[f64::NAN; 4]).is_none() && group.update(&[1.0]).is_none());
}

#[test]
fn settings_are_judged() {
    for (builder, name) in [
        (GroupOutlier::builder(2), "members"),
        (GroupOutlier::builder(3).span(0), "span"),
        (GroupOutlier::builder(3).floor(-1.0), "floor"),
    ] {
        let refused = builder.build().unwrap_err();
        assert!(matches!(refused, Error::Parameter { name: n, .. } if n == name), "{name}: {refused}");
    }
}
