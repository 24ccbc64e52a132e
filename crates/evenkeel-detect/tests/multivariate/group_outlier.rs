use evenkeel_core::{Direction, Error, Stage};
use evenkeel_detect::multivariate::GroupOutlier;
use proptest::prelude::*;

fn plain_median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let n = sorted.len();
    if n % 2 == 1 { sorted[n / 2] } else { 0.5 * (sorted[n / 2 - 1] + sorted[n / 2]) }
}

/// The modified z of each, by the definition; where more than half agree, by the mean absolute deviation of
/// the others.
fn plain(values: &[f64]) -> Vec<f64> {
    let center = plain_median(values);
    let off: Vec<f64> = values.iter().map(|x| (x - center).abs()).collect();
    let mad = 1.482_602_218_505_602 * plain_median(&off);
    let others = (off.len() - 1) as f64;
    let all = off.iter().sum::<f64>() / others;
    let modified = |i: usize| {
        let rest = off.iter().enumerate().filter(|(j, _)| *j != i).map(|(_, off)| off);
        let mean = rest.sum::<f64>() / others;
        // What is nothing but rounding is no spread.
        let mean = if mean > 1e-12 * all { (core::f64::consts::PI / 2.0).sqrt() * mean } else { 0.0 };
        if off[i] == 0.0 { 0.0 } else { (values[i] - center) / if mad > 0.0 { mad } else { mean } }
    };
    (0..values.len()).map(modified).collect()
}

/// The deviate of a modified z in a group of seven.
fn of_seven(modified: f64) -> f64 {
    let m = modified.abs().min(1e150) / 0.940;
    (0.927 * (3.0 * (m / 3.0 * m).ln_1p()).sqrt()).copysign(modified)
}

proptest! {
    #[test]
    fn it_is_the_deviate_of_the_modified_z_of_the_group(
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
            let expected: Vec<f64> = plain(&smoothed).into_iter().map(of_seven).collect();
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

/// The share of members of normal groups that are beyond a score.
fn beyond(members: usize, rows: usize, scores: [f64; 2]) -> [f64; 2] {
    let mut group = GroupOutlier::builder(members).span(1).build().unwrap();
    let mut source = evenkeel_testing::Source::new(members as u64);
    let mut row = vec![0.0; members];
    let mut counts = [0_usize; 2];
    for _ in 0..rows {
        row.iter_mut().for_each(|x| *x = 50.0 + 3.0 * source.normal());
        let _ = group.update(&row).unwrap();
        for (count, least) in counts.iter_mut().zip(scores) {
            *count += group.scores().iter().filter(|z| z.abs() > least).count();
        }
    }
    counts.map(|count| count as f64 / (members * rows) as f64)
}

#[test]
fn false_alarms_are_as_rare_as_stated_in_groups_of_any_size() {
    for members in (3..=20).chain([33, 60]) {
        let rows = 600_000 / members;
        let [at_3, at_3_5] = beyond(members, rows, [3.0, 3.5]);
        // 1,620 and 279 are expected; the calibration is right to 0.02 in z, 7 % of a rate.
        assert!((at_3 / 0.0027 - 1.0).abs() < 0.2, "{members}: {at_3} beyond 3");
        assert!((at_3_5 / 0.000_465 - 1.0).abs() < 0.35, "{members}: {at_3_5} beyond 3.5");
    }
}

#[test]
fn one_that_is_far_out_is_beyond_the_threshold_in_the_smallest_groups() {
    for members in 3..=12 {
        for (other, far) in [(0.0, 500.0), (0.0, -500.0), (7.0, 7.1), (1e9, 0.0)] {
            for place in 0..members {
                let mut row = vec![other; members];
                row[place] = far;
                let mut group = GroupOutlier::builder(members).build().unwrap();
                let score = group.update(&row).unwrap();
                assert_eq!(score.dimension(), Some(place as u32));
                assert!(score.value() > 3.5, "{far} among {members} of {other}: {}", score.value());
            }
        }
        // Others that nearly agree are no different; with a floor what is small is small.
        let mut row: Vec<f64> = (0..members).map(|k| 0.01 * k as f64).collect();
        row[1] = 500.0;
        let near = GroupOutlier::builder(members).build().unwrap().update(&row).unwrap();
        assert!(near.value() > 3.5 && near.dimension() == Some(1), "{members}: {}", near.value());
        let floored = GroupOutlier::builder(members).floor(1000.0).build().unwrap().update(&row).unwrap();
        assert!(floored.value() < 1.0);
    }
    // Two of ten do not hide each other.
    let mut group = GroupOutlier::builder(10).build().unwrap();
    let _ = group.update(&[0.1, 0.0, 500.0, -0.1, 0.2, 500.0, 0.1, -0.2, 0.0, 0.3]).unwrap();
    assert!(group.scores()[2] > 3.5 && group.scores()[5] > 3.5);
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
            assert!(score.value() < 5.0, "{t}: {}", score.value());
        }
        if t > 303 {
            assert_eq!((score.dimension(), score.direction()), (Some(42), Direction::Down));
            assert!(score.value() > 8.0);
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
fn settings_are_validated() {
    for (builder, name) in [
        (GroupOutlier::builder(2), "members"),
        (GroupOutlier::builder(3).span(0), "span"),
        (GroupOutlier::builder(3).floor(-1.0), "floor"),
    ] {
        let refused = builder.build().unwrap_err();
        assert!(matches!(refused, Error::Parameter { name: n, .. } if n == name), "{name}: {refused}");
    }
}
