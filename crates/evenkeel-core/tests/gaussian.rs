use approx::assert_abs_diff_eq;
use evenkeel_core::gaussian::{density, log_density, lower, lower_quantile, upper, upper_quantile};

/// (z, upper tail), computed with 40 digits by mpmath 1.3 (`erfc(z / sqrt(2)) / 2`).
const TAILS: [(f64, f64); 9] = [
    (0.3, 0.38208857781104736693),
    (1.5, 0.066807201268858066004),
    (2.75, 0.0029797632350545567543),
    (4.1, 0.000020657506912546770507),
    (7.3, 1.4388386381575876483e-13),
    (12.6, 1.0557225580886476303e-36),
    (20.05, 1.0092256220877304773e-89),
    (30.33, 2.306148470664065112e-202),
    (37.25, 5.2978887799272688403e-304),
];

#[test]
fn tails_to_thirteen_digits() {
    for (z, tail) in TAILS {
        assert!((upper(z) / tail - 1.0).abs() < 1e-13, "{z}: {:e}, exact {tail:e}", upper(z));
        assert_eq!(lower(-z), upper(z));
    }
    assert_eq!(
        (upper(0.0), upper(f64::INFINITY), upper(f64::NEG_INFINITY), upper(1e300)),
        (0.5, 0.0, 1.0, 0.0)
    );
}

#[test]
fn quantiles_invert_tails() {
    for (z, tail) in TAILS {
        assert!(
            (upper_quantile(tail) / z - 1.0).abs() < 1e-14,
            "{tail:e}: {}, exact {z}",
            upper_quantile(tail)
        );
        assert_eq!(lower_quantile(tail), -upper_quantile(tail));
    }
    assert_eq!(
        (lower_quantile(0.0), lower_quantile(1.0), lower_quantile(0.5)),
        (f64::NEG_INFINITY, f64::INFINITY, 0.0)
    );
    assert!(
        lower_quantile(-0.1).is_nan() && lower_quantile(1.1).is_nan() && lower_quantile(f64::NAN).is_nan()
    );
    let mut before = f64::NEG_INFINITY;
    for i in 1..100_000 {
        let z = lower_quantile(f64::from(i) / 1e5);
        assert!(z > before);
        before = z;
    }
}

#[test]
fn density_is_the_slope() {
    for i in -80..80 {
        let z = f64::from(i) / 10.0;
        let slope = (lower(z + 1e-5) - lower(z - 1e-5)) / 2e-5;
        assert_abs_diff_eq!(slope, density(z), epsilon = 1e-9);
        assert_abs_diff_eq!(log_density(z), density(z).ln(), epsilon = 1e-12);
    }
}
