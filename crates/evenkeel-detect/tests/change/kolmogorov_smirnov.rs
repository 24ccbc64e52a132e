use crate::stream::{normal, uniform};
use evenkeel_core::{Direction, Error, Stage};
use evenkeel_detect::change::{KolmogorovSmirnov, KolmogorovSmirnovBuilder};
use evenkeel_testing::assert_close;
use evenkeel_testing::reference::load;
use proptest::prelude::*;
use serde::Deserialize;
use serde_json::Value;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(rename = "versions")]
    _versions: Value,
    #[serde(rename = "note")]
    _note: Value,
    cases: Vec<Case>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    a: Vec<f64>,
    b: Vec<f64>,
    statistic: f64,
    pvalue_auto: Option<f64>,
    pvalue_asymp: Option<f64>,
}

#[test]
fn reference() {
    let file: File = load("detect", "ks_two_sample.json");
    assert!(!file.cases.is_empty());
    for case in &file.cases {
        for (recent, reference) in [(&case.a, &case.b), (&case.b, &case.a)] {
            let (n, m) = (recent.len(), reference.len());
            let mut tests = [false, true].map(|fixed| {
                let builder = KolmogorovSmirnov::builder().recent(n).reference(m);
                if fixed { builder.fixed() } else { builder }.build().unwrap()
            });
            for test in &mut tests {
                let score = test.run(reference.iter().chain(recent).copied()).last().flatten().unwrap();
                let d = test.statistic().unwrap();
                assert_close!(d, case.statistic, 1e-9, 1e-12);
                let scale = ((n * m) as f64 / (n + m) as f64).sqrt();
                assert_close!(score.value(), scale * d, 1e-12, 1e-12);
                // Relative alone: small probabilities have their digits.
                if let Some(p) = case.pvalue_auto {
                    assert_close!(test.p_value().unwrap(), p, 1e-9, 0.0);
                    assert_close!(KolmogorovSmirnov::exact(n, m, case.statistic).unwrap(), p, 1e-9, 0.0);
                }
                if let Some(p) = case.pvalue_asymp {
                    assert_close!(KolmogorovSmirnov::approximate(n, m, d).unwrap(), p, 1e-9, 0.0);
                }
            }
        }
    }
}

/// The definition: both distribution functions at every value.
fn plain(recent: &[f64], reference: &[f64]) -> (f64, f64) {
    let share = |v: &[f64], x: f64| v.iter().filter(|y| **y <= x).count() as f64 / v.len() as f64;
    let (mut high, mut low) = (0.0_f64, 0.0_f64);
    for x in recent.iter().chain(reference) {
        let off = share(recent, *x) - share(reference, *x);
        (high, low) = (high.max(off), low.min(off));
    }
    (high, low)
}

fn check(
    builder: KolmogorovSmirnovBuilder,
    n: usize,
    m: usize,
    fixed: bool,
    values: &[f64],
) -> Result<(), TestCaseError> {
    let mut test = builder.build().unwrap();
    for (i, x) in values.iter().enumerate() {
        let score = test.update(*x);
        let have = i + 1;
        prop_assert_eq!(score.is_some(), have >= n + m);
        let Some(score) = score else { continue };
        let recent = &values[have - n..have];
        let reference = if fixed { &values[..m] } else { &values[have - n - m..have - n] };
        let (high, low) = plain(recent, reference);
        prop_assert!((test.statistic().unwrap() - high.max(-low)).abs() < 1e-12);
        if (high + low).abs() > 1e-12 {
            let direction = if high > -low { Direction::Down } else { Direction::Up };
            prop_assert_eq!(score.direction(), direction);
        }
    }
    Ok(())
}

proptest! {
    /// Ties, returning values, gaps: it is the definition.
    #[test]
    fn it_is_the_definition(
        values in prop::collection::vec(prop_oneof![(-4..4_i32).prop_map(f64::from), -4.0..4.0, Just(-0.0)], 1..120),
        n in 2..20_usize, m in 2..20_usize,
    ) {
        check(KolmogorovSmirnov::builder().recent(n).reference(m), n, m, false, &values)?;
        check(KolmogorovSmirnov::builder().recent(n).reference(m).fixed(), n, m, true, &values)?;
    }

    /// Only the order of values counts.
    #[test]
    fn rising_transformations_change_nothing(seed in 0_u64..1000) {
        let mut plain = KolmogorovSmirnov::builder().recent(10).reference(15).build().unwrap();
        let mut bent = plain.clone();
        for z in normal(seed).take(100) {
            prop_assert_eq!(plain.update(z), bent.update(z.exp() * 1e3));
        }
    }

    /// The exact probability by counting all arrangements of a few values.
    #[test]
    fn the_exact_law_counts_arrangements(n in 1..7_usize, m in 1..7_usize) {
        let mut larger = vec![0_u32; n * m + 1];
        let mut all = 0_u32;
        for chosen in 0_u32..1 << (n + m) {
            if chosen.count_ones() as usize != n {
                continue;
            }
            let (mut i, mut j, mut d) = (0, 0, 0);
            for place in 0..n + m {
                if chosen >> place & 1 == 1 { i += 1 } else { j += 1 }
                d = d.max((i * m).abs_diff(j * n));
            }
            all += 1;
            larger[..=d].iter_mut().for_each(|count| *count += 1);
        }
        for (k, count) in larger.iter().enumerate() {
            let d = k as f64 / (n * m) as f64;
            let exact = KolmogorovSmirnov::exact(n, m, d).unwrap();
            prop_assert!((exact - f64::from(*count) / f64::from(all)).abs() < 1e-12, "{n} {m} {k}");
        }
    }
}

/// The distribution of one sample where it is known in closed form, across the places where the method
/// changes, and its limit.
#[test]
fn the_approximate_law() {
    let of = |n: usize, d: f64| KolmogorovSmirnov::approximate(2 * n, 2 * n, d).unwrap();
    for i in 1..100 {
        let d = f64::from(i) / 100.0;
        // One value: 2 (1 - d) from a half on.
        assert_close!(of(1, d), if d < 0.5 { 1.0 } else { 2.0 * (1.0 - d) }, 1e-12, 1e-12);
        // Two values, by hand: P(D < d) = 2 (2d - 1/2)^2 up to a half, 1 - 2 (1 - d)^2 beyond.
        let two = if d < 0.25 {
            1.0
        } else if d < 0.5 {
            1.0 - 2.0 * (2.0 * d - 0.5).powi(2)
        } else {
            2.0 * (1.0 - d).powi(2)
        };
        assert_close!(of(2, d), two, 1e-11, 1e-12);
    }
    // On both sides of n d^2 = 4.
    let d = (4.0_f64 / 400.0).sqrt();
    let (below, above) = (of(400, d * (1.0 - 1e-9)), of(400, d * (1.0 + 1e-9)));
    assert_close!(below / above, 1.0, 1e-6, 0.0);
    // The limit: 2 sum (-1)^(k-1) exp(-2 k^2 s^2), from which n = 10,000 is less than one in a hundred away.
    let limit = 2.0 * ((-2.0_f64 * 1.36 * 1.36).exp() - (-8.0_f64 * 1.36 * 1.36).exp());
    assert_close!(of(1_000, 1.36 / 1_000_f64.sqrt()), limit, 0.04, 0.0);
}

/// As often as promised by one look, at windows that do not overlap; and more often than that by all of them
/// together.
#[test]
fn one_look_keeps_its_promise_and_many_do_not() {
    let mut test = KolmogorovSmirnov::builder().build().unwrap();
    let (mut single, mut looks, mut runs) = (0, 0, 0);
    let mut over_in_run = false;
    for (i, u) in uniform(21).take(200_000).enumerate() {
        let Some(score) = test.update(u) else { continue };
        over_in_run |= score.value() > 1.55;
        if i % 100 == 99 {
            looks += 1;
            single += u32::from(test.p_value().unwrap() <= 0.02);
            runs += u32::from(over_in_run);
            over_in_run = false;
        }
    }
    assert_eq!(looks, 2_000);
    assert!((15..=60).contains(&single), "{single} of {looks} at 0.02");
    assert!(runs > 3 * single, "{runs}");
}

#[test]
fn settings_are_validated() {
    for (builder, name) in [
        (KolmogorovSmirnov::builder().recent(1), "recent"),
        (KolmogorovSmirnov::builder().recent(10_001), "recent"),
        (KolmogorovSmirnov::builder().reference(1), "reference"),
    ] {
        let refused = builder.build().unwrap_err();
        assert!(matches!(refused, Error::Parameter { name: n, .. } if n == name), "{refused}");
    }
    assert!(
        KolmogorovSmirnov::exact(0, 2, 0.5).is_err() && KolmogorovSmirnov::exact(2, 2, f64::NAN).is_err()
    );
    assert!(KolmogorovSmirnov::approximate(2, 0, 0.5).is_err());
}
