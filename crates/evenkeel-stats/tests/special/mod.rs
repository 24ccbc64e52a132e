//! Special functions against mpmath at 50 digits.

use approx::assert_abs_diff_eq;
use evenkeel_stats::special::{
    log_beta, log_gamma, log_gamma_1p, poisson_deviance, scaled_erfc, stirling_error, zeta,
};

#[test]
fn poisson_deviance_agrees_with_high_precision() {
    // m, d, mpmath at 50 digits
    for (m, d, value) in [
        (1e6, 1.0, 4.999_996_666_669_166_7e-7),
        (1e6, -3.7e4, 701.867_184_011_495_96),
        (2.0, 1.5, 0.380_768_424_129_154_6),
        (0.01, 40.0, 39.917_057_003_911_43),
    ] {
        let got = poisson_deviance(m, m + d, d);
        assert!((got / value - 1.0).abs() < 1e-13, "{m} {d}: {got}");
    }
    assert_eq!(poisson_deviance(3.0, 3.0, 0.0), 0.0);
}

#[test]
fn zeta_agrees_with_high_precision() {
    for (s, value) in [
        (1.000_001, 1_000_000.577_298_004_4),
        (1.4, 3.105_547_277_977_581),
        (2.0, 1.644_934_066_848_226_4),
        (7.5, 1.005_826_727_536_522_8),
        (60.0, 1.0),
        (1e300, 1.0),
    ] {
        assert!((zeta(s) / value - 1.0).abs() < 2e-15, "{s}: {}", zeta(s));
    }
    assert!(zeta(1.0).is_nan());
}

#[test]
fn log_gamma_agrees_with_high_precision() {
    let close = |got: f64, value: f64| assert!((got / value - 1.0).abs() < 1e-14, "{got} {value}");
    close(log_gamma_1p(1e-20), -5.772_156_649_015_328_6e-21);
    close(log_gamma_1p(1e-3), -5.763_935_982_833_696e-4);
    close(stirling_error(10.0), 8.330_563_433_362_871e-3);
    close(log_beta(1e5, 1e5), -138_633.927_061_348_06);
    close(log_beta(0.01, 1e5), 4.484_350_672_892_4);
    close(log_beta(25.0, 300.0), -88.783_669_740_855_87);
    close(log_beta(2.5, 0.5), 0.163_900_632_837_673_94);
}

#[test]
fn stirling_error_is_continuous_where_the_method_changes() {
    let (below, above) = (stirling_error(10.0 - 1e-12), stirling_error(10.0));
    assert_abs_diff_eq!(below, above, epsilon = 2e-14);
}

#[test]
fn log_gamma_is_nan_outside_of_the_domain() {
    for a in [-1.0, 0.0, f64::NAN] {
        assert!(log_gamma(a).is_nan() && log_beta(a, 1.0).is_nan());
    }
}

#[test]
fn scaled_erfc_agrees_with_high_precision() {
    for (y, value) in [
        (0.0, 1.0),
        (0.5, 0.615_690_344_192_925_9),
        (7.75, 0.072_207_170_814_669_76),
        (8.0, 0.069_985_166_200_880_93),
        (30.0, 0.018_795_888_861_416_75),
        (1e10, 5.641_895_835_477_563e-11),
    ] {
        assert!((scaled_erfc(y) / value - 1.0).abs() < 3e-14, "{y}: {:e}", scaled_erfc(y));
    }
}
