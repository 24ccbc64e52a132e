//! What has to hold whatever the data are.

use evenkeel_core::Stage;
use evenkeel_experience::experiment::false_discovery::{
    benjamini_hochberg, benjamini_yekutieli, e_benjamini_hochberg, holm,
};
use evenkeel_experience::experiment::{
    Arm, FisherExact, GroupSequential, MannWhitney, MeanComparison, Proportion, RateComparison,
    SequentialSampleRatio, Sides, Spending, Welch,
};
use evenkeel_stats::Generator;
use evenkeel_testing::assert_close;
use proptest::prelude::*;

/// The exact distribution by going through all assignments.
fn brute_force(x: &[f64], y: &[f64]) -> (f64, f64) {
    let pooled: Vec<f64> = x.iter().chain(y).copied().collect();
    let doubled = |first: &[f64], second: &[f64]| -> u32 {
        let pairs = first.iter().flat_map(|a| second.iter().map(move |b| (a, b)));
        pairs.map(|(a, b)| if a > b { 2 } else { u32::from(a == b) }).sum()
    };
    let seen = doubled(x, y);
    let (mut less, mut greater, mut all) = (0_u32, 0_u32, 0_u32);
    for mask in 0_u32..1 << pooled.len() {
        if mask.count_ones() as usize != x.len() {
            continue;
        }
        let part = |wanted: bool| -> Vec<f64> {
            (0..pooled.len()).filter(|i| (mask >> i & 1 == 1) == wanted).map(|i| pooled[i]).collect()
        };
        let u = doubled(&part(true), &part(false));
        all += 1;
        less += u32::from(u <= seen);
        greater += u32::from(u >= seen);
    }
    (f64::from(less) / f64::from(all), f64::from(greater) / f64::from(all))
}

proptest! {
    #[test]
    fn exact_tests_are_those_of_all_assignments(
        x in prop::collection::vec(-4_i8..4, 1..6),
        y in prop::collection::vec(-4_i8..4, 1..6),
    ) {
        let (x, y): (Vec<f64>, Vec<f64>) = (x.into_iter().map(f64::from).collect(), y.into_iter().map(f64::from).collect());
        let exact = MannWhitney::new(&x, &y).unwrap().exact().unwrap();
        let (less, greater) = brute_force(&x, &y);
        prop_assert!((exact.less - less).abs() < 1e-12 && (exact.greater - greater).abs() < 1e-12);
    }

    #[test]
    fn the_shift_is_the_median_of_all_differences(
        x in prop::collection::vec(-1e3_f64..1e3, 1..20),
        y in prop::collection::vec(-1e3_f64..1e3, 1..20),
        moved in -1e3_f64..1e3,
    ) {
        let mut all: Vec<f64> = x.iter().flat_map(|x| y.iter().map(move |y| x - y)).collect();
        all.sort_by(f64::total_cmp);
        let n = all.len();
        let median = 0.5 * (all[(n - 1) / 2] + all[n / 2]);
        let test = MannWhitney::new(&x, &y).unwrap();
        prop_assert_eq!(test.shift(), median);
        // The interval contains the estimate, is one of differences, and moves with the data.
        let limits = test.shift_interval(0.9).unwrap();
        prop_assert!(limits.contains(test.shift()));
        prop_assert!(all.contains(&limits.lower()) && all.contains(&limits.upper()));
        let there: Vec<f64> = x.iter().map(|x| x + moved).collect();
        let shifted = MannWhitney::new(&there, &y).unwrap().shift();
        prop_assert!((shifted - median - moved).abs() < 1e-9);
    }

    #[test]
    fn exchanging_the_samples_mirrors_the_result(
        x in prop::collection::vec(-1e3_f64..1e3, 2..20),
        y in prop::collection::vec(-1e3_f64..1e3, 2..20),
    ) {
        let (one, other) = (MannWhitney::new(&x, &y).unwrap(), MannWhitney::new(&y, &x).unwrap());
        prop_assert_eq!(one.u(), other.u_other());
        prop_assert_eq!(one.p_greater(), other.p_less());
        if let (Ok(one), Ok(other)) = (Welch::new(&x, &y), Welch::new(&y, &x)) {
            prop_assert!((one.p_greater() - other.p_less()).abs() < 1e-12);
            prop_assert!((one.t() + other.t()).abs() <= 1e-9 * one.t().abs());
        }
    }

    #[test]
    fn spending_spends_what_it_says(
        steps in prop::collection::vec(0.05_f64..1.0, 1..6),
        alpha in 0.001_f64..0.2,
        which in 0_usize..4,
        two in any::<bool>(),
    ) {
        let total: f64 = steps.iter().sum();
        let mut t = 0.0;
        let looks: Vec<f64> = steps.iter().map(|step| { t += step / total; f64::min(t, 1.0) }).collect();
        let spending = [Spending::ObrienFleming, Spending::Pocock, Spending::Power(2.0), Spending::HwangShihDeCani(-4.0)][which];
        let sides = if two { Sides::Two } else { Sides::One };
        let design = GroupSequential::spending(&looks, alpha, spending, sides).unwrap();
        let exits = design.exit_probabilities(0.0);
        let mut spent = 0.0;
        for (exit, t) in exits.iter().zip(&looks) {
            spent += exit;
            let share = if two { 2.0 } else { 1.0 };
            prop_assert!((spent - share * spending.spent(*t, alpha / share)).abs() < 1e-10);
        }
        prop_assert!((spent - alpha).abs() < 1e-10);
    }

    #[test]
    fn adjusted_p_values_are_ordered(p in prop::collection::vec(0.0_f64..=1.0, 0..30)) {
        let (bh, by, holm) = (benjamini_hochberg(&p).unwrap(), benjamini_yekutieli(&p).unwrap(), holm(&p).unwrap());
        for i in 0..p.len() {
            prop_assert!(p[i] <= bh[i] && bh[i] <= by[i] && bh[i] <= holm[i] + 1e-15 && holm[i] <= 1.0);
            for j in 0..p.len() {
                prop_assert!(p[i] > p[j] || (bh[i] <= bh[j] && holm[i] <= holm[j] + 1e-15));
            }
        }
    }

    #[test]
    fn fisher_is_a_probability(a in 0_u64..30, b in 0_u64..30, c in 0_u64..30, d in 0_u64..30) {
        prop_assume!(a + b > 0 && c + d > 0);
        let test = FisherExact::new(Proportion::new(a, a + b).unwrap(), Proportion::new(c, c + d).unwrap()).unwrap();
        // The table seen is in both tails.
        prop_assert!(test.p_less() + test.p_greater() >= 1.0 - 1e-12);
        prop_assert!(test.p_two_sided() >= test.p_less().min(test.p_greater()) - 1e-12);
        prop_assert!(test.interval(0.95).unwrap().contains(test.difference()));
    }
}

#[test]
fn false_discovery_rules_agree_with_their_definitions() {
    let p = [0.001, 0.008, 0.039, 0.041, 0.042, 0.06, 0.074, 0.205, 0.212, 0.216];
    // Benjamini and Hochberg at 0.05 reject the first two: 0.008 <= 0.05 * 2 / 10.
    let rejected = benjamini_hochberg(&p).unwrap().iter().filter(|q| **q <= 0.05).count();
    assert_eq!(rejected, 2);
    assert_close!(holm(&p).unwrap()[1], 0.072, 1e-12, 0.0);
    let log_e: Vec<f64> = [400.0_f64, 150.0, 70.0, 3.0].iter().map(|e| e.ln()).collect();
    // n / (alpha k): 80, 40, 26.7, 20.
    assert_eq!(e_benjamini_hochberg(&log_e, 0.05).unwrap(), [true, true, true, false]);
    assert!(e_benjamini_hochberg(&[], 0.05).unwrap().is_empty());
}

#[test]
fn a_comparison_finds_what_is_there_with_unequal_arms() {
    let mut noise = Generator::new(9);
    let mut means = MeanComparison::new(0.01, 5000.0).unwrap();
    let mut rates = RateComparison::new(0.01).unwrap();
    for i in 0..40_000 {
        let arm = if i % 10 == 0 { Arm::Treatment } else { Arm::Control };
        let effect = if arm == Arm::Treatment { 1.0 } else { 0.0 };
        means.update((arm, 10.0 + effect + 3.0 * noise.exponential()));
        let event = noise.bernoulli(0.02 + 0.02 * effect);
        match arm {
            Arm::Treatment => rates.update_counts(arm, u64::from(event), u64::from(!event)),
            Arm::Control => rates.update_counts(arm, u64::from(event), u64::from(!event)),
        };
    }
    let limits = means.interval().unwrap();
    assert!(limits.contains(1.0) && limits.lower() > 0.5, "{limits:?}");
    let limits = rates.interval().unwrap();
    assert!(limits.contains(0.02) && limits.lower() > 0.0, "{limits:?}");
    assert!(rates.ratio().unwrap().contains(2.0));
}

#[test]
fn counts_at_once_and_one_by_one_are_the_same() {
    let mut one = SequentialSampleRatio::new(&[2.0, 1.0]).unwrap();
    let mut other = one.clone();
    for i in 0..300 {
        one.update(usize::from(i % 3 == 0));
    }
    let evidence = other.update_counts(&[200, 100]).unwrap();
    assert_eq!(one.counts(), other.counts());
    assert_close!(one.evidence().log_bayes_factor, evidence.log_bayes_factor, 0.0, 0.0);
}

#[test]
fn constant_samples_do_not_differ() {
    let test = MannWhitney::new(&[0.0; 20], &[0.0; 30]).unwrap();
    assert_eq!((test.p_two_sided(), test.superiority(), test.shift()), (1.0, 0.5, 0.0));
    assert_eq!(test.shift_interval(0.95).unwrap().width(), 0.0);
    assert!(Welch::new(&[1.0; 5], &[1.0; 5]).is_err());
}
