//! Anomalies that are put into series.

use evenkeel_eval::injection::{Injection, inject};
use evenkeel_stats::Generator;

fn wave(n: usize) -> Vec<f64> {
    let mut generator = Generator::new(7);
    (0..n).map(|t| (0.13 * t as f64).sin() + 0.05 * generator.normal()).collect()
}

/// Steps up and down, so unlike the wave.
fn steps(n: usize) -> Vec<f64> {
    (0..n).map(|t| f64::from(u8::from(t % 11 < 3))).collect()
}

fn moments(x: &[f64]) -> (f64, f64) {
    let mean = x.iter().sum::<f64>() / x.len() as f64;
    (mean, (x.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / x.len() as f64).sqrt())
}

/// Nothing but the named rows changes, they lie in the last third, and each kind is what it says.
#[test]
fn each_kind_is_what_it_says() {
    for n in [300, 2_000, 9_999] {
        let before = wave(n);
        let (_, sd) = moments(&before[..2 * n / 3]);
        for kind in Injection::ALL {
            for seed in 0..20 {
                let mut after = before.clone();
                let place = inject(&mut after, &steps(n), kind, &mut Generator::new(seed)).unwrap();
                let (first, last) = (place.first, place.last);
                assert_eq!(place.kind, kind);
                assert!(first > 2 * n / 3 && last < n, "{kind:?} {place:?}");
                assert_eq!(before[..first], after[..first]);
                assert_eq!(before[last + 1..], after[last + 1..]);
                let (was, is) = (&before[first..=last], &after[first..=last]);
                let change: Vec<f64> = was.iter().zip(is).map(|(was, is)| (is - was) / sd).collect();
                let (mean, spread) = moments(&change);
                assert!(change.iter().map(|x| x.abs()).sum::<f64>() >= 0.0999 * change.len() as f64);
                let ((_, old), (_, new)) = (moments(was), moments(is));
                match kind {
                    Injection::Spike => assert!(was.len() <= 3 && (2.0..=5.0).contains(&mean.abs())),
                    Injection::Step => assert!((1.0..=3.0).contains(&mean.abs()) && spread < 1e-9),
                    Injection::Amplitude => {
                        let factor = new / old;
                        assert!((0.19..0.51).contains(&factor) || (1.99..3.01).contains(&factor));
                    }
                    Injection::Flat => assert!(is.iter().all(|x| *x == was[0])),
                    // Played from the first row on: it begins as it was.
                    Injection::Frequency => assert!(is[0] == was[0] && is[5] != was[5]),
                    Injection::Shape => {
                        assert!((is[0] - was[0]).abs() < 1e-9);
                        assert!((is[is.len() - 1] - was[was.len() - 1]).abs() < 1e-9);
                    }
                    Injection::Trend => {
                        assert!((1.0..=3.0).contains(&change[change.len() - 1].abs()));
                        let slope = change[1] - change[0];
                        assert!(change.windows(2).all(|pair| (pair[1] - pair[0] - slope).abs() < 1e-9));
                    }
                    Injection::Noise => assert!((0.3..1.5).contains(&spread) && mean.abs() < 0.7),
                    _ => panic!("an unknown kind"),
                }
            }
        }
    }
}

#[test]
fn the_seed_decides() {
    let draw = |seed| {
        let mut series = wave(1_000);
        let place = inject(&mut series, &steps(1_000), Injection::Noise, &mut Generator::new(seed));
        (series, place)
    };
    assert_eq!(draw(3), draw(3));
    assert_ne!(draw(3).1, draw(4).1);
}

/// What cannot be made abnormal stays as it is.
#[test]
fn what_does_not_do_is_refused() {
    let refuse = |mut series: Vec<f64>, other: &[f64], kind| {
        let before = series.clone();
        assert!(inject(&mut series, other, kind, &mut Generator::new(1)).is_none(), "{kind:?}");
        assert!(series.iter().zip(&before).all(|(a, b)| a.to_bits() == b.to_bits()));
    };
    for kind in Injection::ALL {
        refuse(vec![], &[], kind);
        refuse(wave(299), &steps(299), kind);
        refuse(vec![4.0; 1_000], &steps(1_000), kind);
        let mut broken = wave(1_000);
        broken[3] = f64::NAN;
        refuse(broken.clone(), &steps(1_000), kind);
        broken[3] = f64::INFINITY;
        refuse(broken, &steps(1_000), kind);
        refuse([f64::MAX, -f64::MAX].repeat(500), &steps(1_000), kind);
    }
    refuse(wave(1_000), &[], Injection::Shape);
    refuse(wave(1_000), &[1.0; 1_000], Injection::Shape);
    // Flat where it varied last: it gets no flatter.
    let mut dead = wave(1_000);
    dead[600..].fill(0.0);
    refuse(dead, &[], Injection::Flat);
}
