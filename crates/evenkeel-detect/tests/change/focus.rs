use crate::stream::normal;
use evenkeel_core::{Direction, Error, Stage};
use evenkeel_detect::change::{Focus, FocusBuilder};
use proptest::prelude::*;

/// The definition: twice the logarithm of the likelihood ratio, maximized over all times, for each side.
fn plain(z: &[f64], known: bool) -> [f64; 2] {
    let (n, total) = (z.len() as f64, z.iter().sum::<f64>());
    let mut best = [0.0_f64; 2];
    let mut sum = 0.0;
    for (t, x) in z.iter().enumerate() {
        let (time, after) = (t as f64, total - sum);
        if known {
            let side = usize::from(after < 0.0);
            best[side] = best[side].max(after * after / (n - time));
        } else if t > 0 {
            let change = after / (n - time) - sum / time;
            let side = usize::from(change < 0.0);
            best[side] = best[side].max(change * change * time * (n - time) / n);
        }
        sum += x;
    }
    best
}

fn check(builder: FocusBuilder, known: bool, values: &[f64]) -> Result<(), TestCaseError> {
    let mut focus = builder.build().unwrap();
    let z: Vec<f64> = values.iter().map(|x| (x - 3.0) / 2.0).collect();
    for (i, x) in values.iter().enumerate() {
        let Some(score) = focus.update(*x) else {
            prop_assert!(!known && i == 0);
            continue;
        };
        let [up, down] = plain(&z[..=i], known);
        let expected = up.max(down).sqrt();
        prop_assert!(
            (score.value() - expected).abs() < 1e-6 * (1.0 + expected),
            "{i}: {} {expected}",
            score.value()
        );
        if (up - down).abs() > 1e-6 {
            prop_assert_eq!(score.direction(), if up > down { Direction::Up } else { Direction::Down });
        }
        prop_assert!(focus.is_exact() && focus.kept() <= 2 * i + 2);
        // What it says of the change is what the score is made of.
        if let Some(change) = focus.change() {
            let (k, since) = (change.since as f64, &values[i + 1 - change.since as usize..=i]);
            let mean = since.iter().sum::<f64>() / k;
            prop_assert!((change.mean - mean).abs() < 1e-6);
            let before = &values[..values[..=i].len() - since.len()];
            let by = if known {
                prop_assert_eq!(change.before, 3.0);
                (mean - 3.0) / 2.0 * k.sqrt()
            } else {
                let m = before.len() as f64;
                let of = before.iter().sum::<f64>() / m;
                prop_assert!((change.before - of).abs() < 1e-6);
                (mean - of) / 2.0 * (k * m / (k + m)).sqrt()
            };
            prop_assert!((by.abs() - expected).abs() < 1e-6 * (1.0 + expected), "{by} {expected}");
        }
    }
    Ok(())
}

proptest! {
    #[test]
    fn it_is_the_maximum_over_all_times(
        values in prop::collection::vec(prop_oneof![3 => -5.0..11.0, 1 => Just(3.0), 1 => 0.0..1.0], 1..150),
        shift in -4.0..4.0,
        at in 0..150_usize,
    ) {
        let shifted: Vec<f64> =
            values.iter().enumerate().map(|(i, x)| if i >= at { x + shift } else { *x }).collect();
        check(Focus::builder(3.0, 2.0).candidates(200), true, &shifted)?;
        check(Focus::unknown(2.0).candidates(200), false, &shifted)?;
    }

    /// A shift and another unit of everything change nothing; the other way up turns the direction.
    #[test]
    fn it_is_equivariant(values in prop::collection::vec(-5.0..5.0, 2..80)) {
        let run = |builder: FocusBuilder, by: f64, to: f64| -> Vec<f64> {
            let mut focus = builder.build().unwrap();
            values.iter().filter_map(|x| focus.update(x * by + to).map(|s| s.signed())).collect()
        };
        let known = run(Focus::builder(0.0, 1.0), 1.0, 0.0);
        let unknown = run(Focus::unknown(1.0), 1.0, 0.0);
        for (a, b) in known.iter().zip(run(Focus::builder(7.0, 4.0), 4.0, 7.0)) {
            prop_assert!((a - b).abs() < 1e-6);
        }
        for (a, b) in unknown.iter().zip(run(Focus::unknown(4.0), -4.0, 7.0)) {
            // Where both sides are as likely, the direction is not told.
            prop_assert!((a + b).abs() < 1e-6 || (a - b).abs() < 1e-6);
        }
    }
}

/// About 2 ln t corners in all: 2 (ln 100,000 + 0.58) = 24 for an unknown mean.
#[test]
fn few_times_are_kept() {
    let mut known = Focus::builder(0.0, 1.0).build().unwrap();
    let mut unknown = Focus::unknown(1.0).build().unwrap();
    let (mut of_known, mut of_unknown) = (0, 0);
    for z in normal(11).take(100_000) {
        known.update(z);
        unknown.update(z);
        of_known = of_known.max(known.kept());
        of_unknown += unknown.kept();
    }
    assert!(known.is_exact() && unknown.is_exact());
    let mean = f64::from(u32::try_from(of_unknown).unwrap()) / 100_000.0;
    assert!((12.0..36.0).contains(&mean) && of_known < 50, "{mean} {of_known}");
}

#[test]
fn beyond_the_cap_it_says_so_and_still_finds_the_change() {
    let mut small = Focus::builder(0.0, 1.0).candidates(8).build().unwrap();
    let mut large = Focus::builder(0.0, 1.0).candidates(2_000).build().unwrap();
    for i in 0..1_000_u32 {
        let x = 1e-3 * f64::from(i);
        let (a, b) = (small.update(x).unwrap(), large.update(x).unwrap());
        assert!((a.value() / b.value().max(1e-9) - 1.0).abs() < 0.05 || b.value() < 1e-6, "{i}");
    }
    assert!(!small.is_exact() && large.is_exact() && small.kept() <= 16);
}

/// A level that stays is not excluded for ever: it becomes the normal one, and the next shift is seen from
/// there.
#[test]
fn a_level_that_lasts_is_learned() {
    let mut focus = Focus::unknown(1.0).relearn(8.0, 100).build().unwrap();
    let noise: Vec<f64> = normal(5).take(3_000).collect();
    let mut last = Vec::new();
    for (i, z) in noise.iter().enumerate() {
        let level = if i >= 2_500 {
            0.0
        } else if i >= 1_000 {
            6.0
        } else {
            0.0
        };
        last.push(focus.update(level + z).map_or(0.0, |s| s.signed()));
    }
    assert!(last[..1_000].iter().all(|s| s.abs() < 6.0));
    assert!(last[1_005..1_095].iter().all(|s| *s > 8.0));
    assert!(last[1_120..2_500].iter().all(|s| s.abs() < 6.0), "normal again");
    assert!(last[2_510..2_590].iter().all(|s| *s < -8.0), "seen from the new level");
    assert_eq!(focus.restarts(), 2);
}

/// Sums are taken back to zero now and then, and nothing is to be seen of it.
#[test]
fn long_streams_keep_their_digits() {
    let mut focus = Focus::builder(0.0, 1.0).build().unwrap();
    let mut fresh = Focus::builder(0.0, 1.0).build().unwrap();
    // Far below the mean for a long time: the other side forgets all of it.
    for _ in 0..(1 << 20) + 5 {
        focus.update(-1_000.0);
    }
    for z in normal(2).take(500) {
        let (a, b) = (focus.update(z + 0.1).unwrap(), fresh.update(z + 0.1).unwrap());
        assert_eq!(a.direction(), Direction::Down);
        let _ = b;
    }
    assert!(focus.is_exact());
    let mut huge = Focus::builder(0.0, 1e-300).build().unwrap();
    assert!(huge.update(1e100).unwrap().value() <= 1e8);
}

#[test]
fn settings_are_validated() {
    for (builder, name) in [
        (Focus::builder(f64::NAN, 1.0), "mean"),
        (Focus::builder(0.0, 0.0), "sd"),
        (Focus::unknown(f64::INFINITY), "sd"),
        (Focus::unknown(1.0).candidates(7), "candidates"),
        (Focus::unknown(1.0).candidates(10_001), "candidates"),
        (Focus::unknown(1.0).relearn(0.0, 5), "relearn"),
        (Focus::unknown(1.0).relearn(1.0, 0), "relearn"),
        (Focus::builder(0.0, 1.0).relearn(1.0, 1), "relearn"),
    ] {
        let refused = builder.build().unwrap_err();
        assert!(matches!(refused, Error::Parameter { name: n, .. } if n == name), "{refused}");
    }
}
