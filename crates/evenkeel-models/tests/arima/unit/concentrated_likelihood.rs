//! The concentrated likelihood.

use crate::arima::concentrated_likelihood::ConcentratedLikelihood;
use crate::arima::constant::Constant;
use crate::arima::design::Design;
use crate::arima::design::Ends;
use crate::arima::lag_polynomials::Differences;
use crate::arima::lag_polynomials::LagPolynomials;
use crate::arima::pacf_transform::PacfTransform;

/// The derivatives against differences of values, complete, filtered across gaps and with missing values as
/// regressors, at settled and at slow coefficients.
#[test]
fn derivatives_agree_with_differences() {
    let history: Vec<f64> = (0..90u32).map(|t| f64::from(t * 7919 % 101)).collect();
    let mut gappy = history.clone();
    gappy[20] = f64::NAN;
    gappy[50..55].fill(f64::NAN);
    let plain = |p, q| LagPolynomials { p, q, sp: 0, sq: 0, s: 1 };
    let seasonal = |p, q, sp, sq| LagPolynomials { p, q, sp, sq, s: 6 };
    let cases: [(usize, usize, Constant, LagPolynomials, &[f64]); 10] = [
        (0, 0, Constant::Mean, plain(2, 1), &[0.5, -0.3, 0.4]),
        (0, 0, Constant::None, plain(0, 1), &[-0.995]),
        (1, 0, Constant::Drift, plain(3, 2), &[0.8, -0.9, 0.1, 0.3, 0.6]),
        (0, 0, Constant::Drift, plain(1, 0), &[0.9]),
        (2, 0, Constant::None, plain(1, 2), &[0.2, -1.8, 0.9]),
        (1, 0, Constant::None, plain(4, 3), &[0.1, 0.2, 0.1, -0.2, 0.3, 0.1, -0.2]),
        (0, 1, Constant::Drift, seasonal(1, 1, 0, 1), &[0.5, 0.4, -0.6]),
        (1, 1, Constant::None, seasonal(0, 2, 0, 1), &[-0.4, 0.2, -0.9]),
        (0, 0, Constant::Mean, seasonal(2, 1, 1, 1), &[0.5, 0.2, 0.3, 0.7, -0.4]),
        (0, 0, Constant::Mean, seasonal(2, 0, 2, 1), &[0.5, 0.2, 0.3, 0.4, 0.8]),
    ];
    let step: Vec<f64> = (0..90u32).map(|t| f64::from(u8::from(t > 33))).collect();
    for (history, filtered, exogenous) in [
        (&history, false, false),
        (&gappy, true, false),
        (&gappy, false, false),
        (&gappy, false, true),
        (&gappy, true, true),
    ] {
        for (d, sd, constant, polynomials, at) in cases {
            let differences = Differences { d, seasonal: sd, s: polynomials.s };
            let x: Vec<&[f64]> = if exogenous { vec![&step] } else { Vec::new() };
            let mut design = Design::new(history, &x, differences, constant, 8, Ends::Cut).unwrap();
            if filtered {
                design.filter();
            } else {
                design.fill();
            }
            let mut likelihood = ConcentratedLikelihood::new(design, polynomials);
            let mut slope = vec![0.0; at.len()];
            likelihood.gradient(at, &mut slope).unwrap();
            for j in 0..slope.len() {
                let mut side = |h: f64| {
                    let mut moved = at.to_vec();
                    moved[j] += h;
                    let value = likelihood.value(&moved).unwrap();
                    likelihood.objective(&value)
                };
                let difference = (side(1e-6) - side(-1e-6)) / 2e-6;
                let off = (slope[j] - difference).abs() / (1.0 + difference.abs());
                assert!(off < 1e-6, "{d} {sd} {filtered} {at:?} {j}: {} {difference}", slope[j]);
            }
        }
    }
}

/// A long season by its factors one after the other, and by the long state of their product: the same
/// likelihood, the same derivatives, the same regression.
#[test]
fn factors_one_after_the_other_are_their_product() {
    let mut state = 7_u64;
    let mut noise = move || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        f64::from(u32::try_from(state >> 32).unwrap()) / 4_294_967_296.0 - 0.5
    };
    let history: Vec<f64> =
        (0..271u32).map(|t| f64::from(t % 50 / 10) + 0.01 * f64::from(t) + noise()).collect();
    let step: Vec<f64> = (0..271u32).map(|t| f64::from(u8::from(t > 133))).collect();
    let f = |p, q, sp, sq| LagPolynomials { p, q, sp, sq, s: 50 };
    let cases: [(usize, Constant, LagPolynomials, &[f64]); 14] = [
        (1, Constant::None, f(0, 0, 0, 1), &[-0.8]),
        (0, Constant::Mean, f(0, 0, 2, 1), &[0.5, 0.3, 0.2]),
        (1, Constant::Drift, f(0, 1, 0, 1), &[0.4, -0.7]),
        (1, Constant::Drift, f(1, 0, 0, 2), &[0.7, -0.5, -0.3]),
        (0, Constant::Mean, f(1, 1, 1, 0), &[0.9, -0.5, 0.95]),
        (1, Constant::None, f(2, 1, 1, 1), &[0.5, 0.3, -0.4, 0.3, -0.9]),
        (0, Constant::None, f(3, 2, 2, 2), &[1.2, -0.6, 0.1, 0.5, -0.2, 0.4, 0.3, -0.3, 0.2]),
        (1, Constant::None, f(5, 4, 1, 1), &[0.3, 0.2, -0.1, 0.1, -0.2, 0.4, 0.2, -0.3, 0.1, 0.3, -0.6]),
        (0, Constant::Mean, f(2, 5, 0, 1), &[0.9, -0.5, 0.4, 0.2, -0.3, 0.1, 0.3, 0.6]),
        (0, Constant::Mean, f(1, 0, 1, 0), &[0.99, 0.98]),
        (1, Constant::None, f(0, 2, 1, 0), &[-1.6, 0.7, 0.5]),
        // The plain factors cancel: nothing is unknown at the start.
        (0, Constant::None, f(1, 1, 1, 1), &[0.6, -0.6, 0.5, 0.3]),
        (0, Constant::None, f(1, 2, 2, 0), &[-0.99, 0.3, 0.1, 0.2, 0.7]),
        (1, Constant::None, f(0, 1, 0, 1), &[-0.9999, -0.9999]),
    ];
    for (seasonal, constant, polynomials, at) in cases {
        for exogenous in [false, true] {
            let differences = Differences { d: 0, seasonal, s: 50 };
            let x: Vec<&[f64]> = if exogenous { vec![&step] } else { Vec::new() };
            let design = Design::new(&history, &x, differences, constant, 8, Ends::Cut).unwrap();
            let mut likelihood = ConcentratedLikelihood::new(design, polynomials);
            let (mut slope, mut other) = (vec![0.0; at.len()], vec![0.0; at.len()]);
            let apart = likelihood.gradient(at, &mut slope).unwrap();
            assert!(likelihood.was_factored, "{polynomials:?}");
            let regression = likelihood.regression().to_vec();
            likelihood.factored = false;
            let product = likelihood.gradient(at, &mut other).unwrap();
            assert!(!likelihood.was_factored);
            let close = |a: f64, b: f64, by: f64| (a - b).abs() < by * (1.0 + b.abs());
            assert!(
                close(apart.quadratic, product.quadratic, 1e-9)
                    && close(apart.log_det, product.log_det, 1e-9),
                "{polynomials:?} {at:?} {apart:?} {product:?}"
            );
            for (a, b) in regression.iter().zip(likelihood.regression()) {
                assert!(close(*a, *b, 1e-7), "{polynomials:?} {a} {b}");
            }
            for (a, b) in slope.iter().zip(&other) {
                assert!(close(*a, *b, 1e-7), "{polynomials:?} {at:?} {slope:?} {other:?}");
            }
        }
    }
    let design =
        Design::new(&history, &[], Differences { d: 0, seasonal: 0, s: 50 }, Constant::Mean, 8, Ends::Cut);
    let mut likelihood = ConcentratedLikelihood::new(design.unwrap(), f(1, 0, 1, 0));
    assert!(likelihood.value(&[1.01, 0.5]).is_none() && likelihood.value(&[0.5, -1.01]).is_none());
    // Next to unit roots the product has no digits left for its stationarity. The autocovariances, and Durbin
    // and Levinson's recursion on them, in numbers of 45 digits, give this logarithm of the determinant.
    let value = likelihood.value(&[0.9995, 0.999]).unwrap();
    assert!((value.log_det - 324.988_165_006_181_1).abs() < 1e-8, "{}", value.log_det);
}

/// The same at a thousand random processes, most of which forget within a season.
#[test]
fn factors_one_after_the_other_are_their_product_anywhere() {
    let mut state = 11_u64;
    let mut uniform = move || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        f64::from(u32::try_from(state >> 32).unwrap()) / 4_294_967_296.0
    };
    let history: Vec<f64> = (0..420).map(|t| f64::from(t % 60 / 10) + uniform()).collect();
    for i in 0..1000_usize {
        let mut order =
            |most: f64| (0..5).find(|k| uniform() * most < f64::from(*k) + 1.0 || f64::from(*k) + 1.0 > most);
        let mut one = |most| usize::try_from(order(most).unwrap_or(0)).unwrap();
        let polynomials = LagPolynomials { p: one(4.0), q: one(4.0), sp: one(2.0), sq: one(2.0), s: 60 };
        if polynomials.sp + polynomials.sq == 0 {
            continue;
        }
        let n = 200 + i % 220;
        let differences = Differences { d: 0, seasonal: i % 2, s: 60 };
        let constant = if i % 2 == 0 { Constant::Mean } else { Constant::None };
        let design = Design::new(&history[..n], &[], differences, constant, 8, Ends::Cut).unwrap();
        let mut likelihood = ConcentratedLikelihood::new(design, polynomials);
        let free: Vec<f64> = (0..polynomials.len()).map(|_| 2.5 * (uniform() - 0.5)).collect();
        let mut at = vec![0.0; free.len()];
        PacfTransform::new(polynomials).coefficients(&free, &mut at);
        let (mut slope, mut other) = (vec![0.0; at.len()], vec![0.0; at.len()]);
        let apart = likelihood.gradient(&at, &mut slope).unwrap();
        if !likelihood.was_factored {
            continue;
        }
        likelihood.factored = false;
        let product = likelihood.gradient(&at, &mut other).unwrap();
        let close = |a: f64, b: f64, by: f64| (a - b).abs() < by * (1.0 + b.abs());
        assert!(
            close(apart.quadratic, product.quadratic, 1e-8) && close(apart.log_det, product.log_det, 1e-8),
            "{n} {polynomials:?} {at:?} {apart:?} {product:?}"
        );
        for (a, b) in slope.iter().zip(&other) {
            assert!(close(*a, *b, 1e-6), "{n} {polynomials:?} {at:?} {slope:?} {other:?}");
        }
    }
}
