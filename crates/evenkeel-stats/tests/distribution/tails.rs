//! Properties that every distribution has.

use approx::assert_abs_diff_eq;
use evenkeel_stats::{Beta, ChiSquared, Gamma, GeneralizedPareto, Normal, StudentT};
use proptest::prelude::*;

macro_rules! properties {
    ($distribution:expr, $p:expr) => {{
        let (distribution, p): (_, f64) = ($distribution, $p);
        // Where the next float already has another tail, or the quantile is no float at all, the tail cannot
        // come back.
        let sharp = |x: f64, log: &dyn Fn(f64) -> f64| {
            let step = log(x.next_up()) - log(x.next_down());
            x.abs() > 1e-300 && x.abs() < 1e300 && step.abs() < 1e-11
        };
        let (low, high) = (distribution.lower_quantile(p), distribution.upper_quantile(p));
        let all = [
            (
                low,
                distribution.lower(low),
                distribution.log_lower(low),
                sharp(low, &|x| distribution.log_lower(x)),
            ),
            (
                high,
                distribution.upper(high),
                distribution.log_upper(high),
                sharp(high, &|x| distribution.log_upper(x)),
            ),
        ];
        for (x, tail, log, sharp) in all {
            if sharp {
                prop_assert!(
                    (tail / p - 1.0).abs() < 1e-10,
                    "{distribution:?}: {p:e} gives {x:e} gives {tail:e}"
                );
                prop_assert!((log - p.ln()).abs() < 1e-10 * p.ln().abs() + 1e-10, "{distribution:?}: {p:e}");
            }
            prop_assert!((distribution.lower(x) + distribution.upper(x) - 1.0).abs() < 1e-14);
        }
        prop_assert!(distribution.lower_quantile(0.9 * p) <= distribution.lower_quantile(p));
        prop_assert!(distribution.lower_quantile(-p).is_nan() && distribution.upper_quantile(1.5).is_nan());
        prop_assert!(
            distribution.lower(f64::NAN).is_nan()
                && distribution.density(f64::NAN).is_nan()
                && distribution.log_upper(f64::NAN).is_nan()
        );
        prop_assert_eq!(distribution.lower(f64::NEG_INFINITY), 0.0);
        prop_assert_eq!(distribution.upper(f64::INFINITY), 0.0);
        prop_assert_eq!(distribution.density(f64::INFINITY), 0.0);
    }};
}

fn probability() -> impl Strategy<Value = f64> {
    prop_oneof![(-690.0..-0.01_f64).prop_map(f64::exp), 1e-6..0.999_f64]
}

fn log_uniform(low: f64, high: f64) -> impl Strategy<Value = f64> {
    (low.ln()..high.ln()).prop_map(f64::exp)
}

proptest! {
    #[test]
    fn normal(mean in -1e6..1e6_f64, sd in log_uniform(1e-3, 1e6), p in probability()) {
        // Next to 0 a quantile has only the digits of the mean.
        properties!(Normal::new(0.0, sd).unwrap(), p);
        let shifted = Normal::new(mean, sd).unwrap();
        prop_assert!((shifted.lower_quantile(p) - mean - Normal::new(0.0, sd).unwrap().lower_quantile(p)).abs() < 1e-9 * (mean.abs() + sd));
    }

    #[test]
    fn student_t(dof in log_uniform(0.1, 1e7), p in probability()) {
        properties!(StudentT::standard(dof).unwrap(), p);
    }

    #[test]
    fn gamma(shape in log_uniform(1e-3, 1e8), scale in log_uniform(1e-20, 1e20), p in probability()) {
        properties!(Gamma::new(shape, scale).unwrap(), p);
    }

    #[test]
    fn chi_squared(dof in log_uniform(1e-2, 1e8), p in probability()) {
        properties!(ChiSquared::new(dof).unwrap(), p);
    }

    #[test]
    fn beta(a in log_uniform(1e-2, 1e6), b in log_uniform(1e-2, 1e6), p in probability()) {
        properties!(Beta::new(a, b).unwrap(), p);
    }

    #[test]
    fn generalized_pareto(scale in log_uniform(1e-20, 1e20), shape in -0.9..2.0_f64, p in probability()) {
        properties!(GeneralizedPareto::new(0.0, scale, shape).unwrap(), p);
    }

    #[test]
    fn tails_fall(shape in log_uniform(1e-2, 1e5), x in log_uniform(1e-5, 1e6)) {
        let gamma = Gamma::new(shape, 1.0).unwrap();
        // Also across the borders between methods.
        prop_assert!(gamma.log_upper(x * 1.000_001) <= gamma.log_upper(x) + 1e-12 * gamma.log_upper(x).abs());
        prop_assert!(gamma.log_lower(x * 1.000_001) >= gamma.log_lower(x) - 1e-12 * gamma.log_lower(x).abs());
    }
}

#[test]
fn logarithms_go_on_where_tails_end() {
    // mpmath at 60 digits
    let close = |got: f64, value: f64| assert!((got / value - 1.0).abs() < 1e-12, "{got:e} {value:e}");
    close(Normal::new(0.0, 1.0).unwrap().log_upper(1e4), -50_000_010.129_278_915);
    close(Gamma::new(3.0, 1.0).unwrap().log_upper(1e6), -999_973.062_124_064_6);
    close(Beta::new(300.0, 2.0).unwrap().log_lower(1e-9), -6_211.272_640_820_171);
    assert_eq!(Normal::new(0.0, 1.0).unwrap().upper(1e4), 0.0);
}

#[test]
fn ends_of_the_support() {
    let gamma = Gamma::new(1.0, 2.0).unwrap();
    assert_eq!((gamma.lower(-1.0), gamma.upper(-1.0), gamma.density(-1.0)), (0.0, 1.0, 0.0));
    assert_abs_diff_eq!(gamma.density(0.0), 0.5, epsilon = 1e-15);
    assert_eq!((gamma.lower_quantile(0.0), gamma.lower_quantile(1.0)), (0.0, f64::INFINITY));
    let beta = Beta::new(0.5, 3.0).unwrap();
    assert_eq!((beta.density(0.0), beta.density(1.0), beta.density(2.0)), (f64::INFINITY, 0.0, 0.0));
    assert_eq!((beta.upper_quantile(0.0), beta.upper_quantile(1.0)), (1.0, 0.0));
    let bounded = GeneralizedPareto::new(1.0, 2.0, -0.5).unwrap();
    assert_eq!((bounded.upper_end(), bounded.upper(5.0), bounded.lower(6.0)), (5.0, 0.0, 1.0));
    assert_eq!(bounded.upper_quantile(0.0), 5.0);
    assert_eq!(StudentT::standard(3.0).unwrap().lower_quantile(0.0), f64::NEG_INFINITY);
}

#[test]
fn parameters_out_of_range_are_refused() {
    for x in [f64::NAN, f64::INFINITY, -1.0, 0.0] {
        assert!(
            Normal::new(0.0, x).is_err() && StudentT::standard(x).is_err() && ChiSquared::new(x).is_err()
        );
        assert!(Gamma::new(x, 1.0).is_err() && Gamma::new(1.0, x).is_err());
        assert!(Beta::new(x, 1.0).is_err() && Beta::new(1.0, x).is_err());
        assert!(GeneralizedPareto::new(0.0, x, 0.1).is_err());
    }
    assert!(GeneralizedPareto::new(0.0, 1.0, f64::NAN).is_err() && Normal::new(f64::INFINITY, 1.0).is_err());
    assert!(serde_json::from_str::<Gamma>(r#"{"shape":"-1","scale":"1"}"#).is_err());
    let gamma: Gamma = serde_json::from_str(r#"{"shape":"0.1","scale":"1e30"}"#).unwrap();
    assert_eq!(gamma, Gamma::new(0.1, 1e30).unwrap());
}
