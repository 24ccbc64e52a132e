//! Values from textbooks and tables.

use evenkeel_experience::experiment::sample_size::{
    means_per_arm, means_power, rates_per_arm, smallest_detectable_effect,
};
use evenkeel_experience::experiment::{FisherExact, GroupSequential, Proportion, Sides, Spending};
use evenkeel_testing::assert_close;

/// Critical values of Lan and DeMets' spending functions at five equal looks, two-sided 0.05, as the
/// programs of D. M. Reboussin et al., Control. Clin. Trials 21 (2000) 190-207, print them; their quadrature is
/// good to about 1e-4.
#[test]
fn spending_boundaries_are_those_of_the_tables() {
    let looks = [0.2, 0.4, 0.6, 0.8, 1.0];
    let design = |spending| GroupSequential::spending(&looks, 0.05, spending, Sides::Two).unwrap();
    let expected = [4.8769, 3.3569, 2.6803, 2.2898, 2.0310];
    for (found, expected) in design(Spending::ObrienFleming).critical_values().iter().zip(expected) {
        assert_close!(*found, expected, 0.0, 2e-4);
    }
    let expected = [2.4380, 2.4268, 2.4101, 2.3966, 2.3859];
    for (found, expected) in design(Spending::Pocock).critical_values().iter().zip(expected) {
        assert_close!(*found, expected, 0.0, 2e-4);
    }
}

/// Jennison and Turnbull (2000), tables 2.2 and 2.4: how much larger a design of 90 % power has to be planned.
#[test]
fn inflation_factors_are_those_of_the_tables() {
    let alone: f64 = 1.959_963_985 + 1.281_551_566;
    for (design, expected) in [
        (GroupSequential::pocock(5, 0.05), 1.207),
        (GroupSequential::obrien_fleming(5, 0.05), 1.026),
        (GroupSequential::pocock(2, 0.05), 1.100),
        (GroupSequential::obrien_fleming(2, 0.05), 1.007),
    ] {
        let drift = design.unwrap().drift_for_power(0.9).unwrap();
        assert_close!((drift / alone).powi(2), expected, 0.0, 6e-4);
    }
}

#[test]
fn power_of_t_tests_is_that_of_the_noncentral_distribution() {
    // G*Power 3.1 and R's power.t.test.
    assert_close!(means_power(64.0, 64.0, 0.5, 0.05).unwrap(), 0.801_459_6, 0.0, 1e-6);
    assert_close!(means_power(20.0, 20.0, 1.0, 0.05).unwrap(), 0.868_953_0, 0.0, 1e-6);
    assert_eq!(means_per_arm(0.8, 0.05, 0.8).unwrap(), 26);
    assert_eq!(means_per_arm(0.2, 0.05, 0.8).unwrap(), 394);
    assert_eq!(means_per_arm(0.2, 0.05, 0.9).unwrap(), 527);
    let effect = smallest_detectable_effect(64.0, 64.0, 0.05, 0.801_459_6).unwrap();
    assert_close!(effect, 0.5, 0.0, 1e-6);
    // At no effect it finds something as often as alpha says.
    assert_close!(means_power(5.0, 9.0, 0.0, 0.05).unwrap(), 0.05, 0.0, 1e-10);
    assert_close!(means_power(2.0, 2.0, 0.0, 0.01).unwrap(), 0.01, 0.0, 1e-10);
    assert_eq!(rates_per_arm(0.10, 0.12, 0.05, 0.8).unwrap(), 3841);
}

#[test]
fn intervals_of_shares_are_those_of_the_papers() {
    // Newcombe (1998), Stat. Med. 17, 873-890, table II, method 10: 56/70 - 48/80 and 9/10 - 3/10.
    let pair = |a, n, b, m| {
        FisherExact::new(Proportion::new(a, n).unwrap(), Proportion::new(b, m).unwrap()).unwrap()
    };
    let limits = pair(56, 70, 48, 80).interval(0.95).unwrap();
    assert_close!(limits.lower(), 0.0524, 0.0, 6e-5);
    assert_close!(limits.upper(), 0.3339, 0.0, 6e-5);
    let limits = pair(9, 10, 3, 10).interval(0.95).unwrap();
    assert_close!(limits.lower(), 0.1705, 0.0, 6e-5);
    assert_close!(limits.upper(), 0.8090, 0.0, 6e-5);
    // Fisher's tea: three of four cups of each kind.
    let tea = pair(3, 4, 1, 4);
    assert_close!(tea.p_greater(), 17.0 / 70.0, 1e-12, 0.0);
    assert_close!(tea.p_two_sided(), 34.0 / 70.0, 1e-12, 0.0);
    // All margins large, and a table that is all but impossible.
    let extreme = pair(90_000, 100_000, 10_000, 100_000);
    assert!(extreme.p_greater() < 1e-300 && extreme.p_less() > 0.999);
}
