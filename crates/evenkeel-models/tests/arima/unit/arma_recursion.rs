//! The ARMA recursion.

use crate::arima::arma_recursion::{divide, dot, gradient, innovations, terms};
use crate::arima::lag_polynomials::Lags;
use crate::count::as_f64;

#[test]
fn derivatives_agree_with_differences() {
    let z: Vec<f64> = (0..40).map(|t| f64::from(t * t % 17) - 8.0).collect();
    let state = [0.7, -0.3, 0.2, 0.1, 0.4, -0.2, 0.3];
    for q in 0..=7 {
        let (ar, ma) = (vec![0.4, 0.0, -0.3], vec![0.3, -0.2, 0.1, 0.25, 0.05, -0.1, 0.2][..q].to_vec());
        let half = |ar: &[f64], ma: &[f64], state: &[f64]| {
            let (mut a, mut m, mut e) = (Vec::new(), Vec::new(), vec![0.0; 40]);
            terms(ar, &[0, 1, 2], &mut a);
            terms(ma, &(0..q).collect::<Vec<_>>(), &mut m);
            innovations(&z, state, &a, &m, &mut e);
            (0.5 * dot(&e, &e), e, m)
        };
        let (_, e, m) = half(&ar, &ma, &state);
        let (mut adjoint, mut by_ar, mut by_ma) = (vec![0.0; 40], vec![0.0; 3], vec![0.0; q]);
        let lags = Lags { ar: vec![0, 1, 2], ma: (0..q).collect() };
        gradient(&z, &e, 0, &m, &lags, &mut adjoint, &mut by_ar, &mut by_ma);
        let h = 1e-5;
        let difference = |which: usize, j: usize| {
            let side = |h: f64| {
                let (mut ar, mut ma, mut state) = (ar.clone(), ma.clone(), state);
                match which {
                    0 => ar[j] += h,
                    1 => ma[j] += h,
                    _ => state[j] += h,
                }
                half(&ar, &ma, &state).0
            };
            (side(h) - side(-h)) / (2.0 * h)
        };
        let by_state: Vec<f64> = adjoint[..7].iter().map(|a| -a).collect();
        for (which, exact) in [by_ar, by_ma, by_state].iter().enumerate() {
            for (j, exact) in exact.iter().enumerate() {
                assert!((exact - difference(which, j)).abs() < 1e-5, "{q} {which} {j}");
            }
        }
    }
}

#[test]
fn blocks_change_no_bit() {
    let z: Vec<f64> = (0..157).map(|t| f64::from(t * t % 17) - 8.0).collect();
    for s in [16, 20, 50] {
        for q in 0..=5 {
            let lags = (1..=q).chain((1..=2).flat_map(|k| (0..=q).map(move |j| k * s + j)));
            let ma: Vec<(usize, f64)> =
                lags.enumerate().map(|(i, lag)| (lag, 0.3 / (1.0 + as_f64(i)))).collect();
            let mut fast = z.clone();
            divide(&mut fast, &ma);
            let mut slow = z.clone();
            for t in 0..z.len() {
                for &(lag, theta) in ma.iter().rev().filter(|(lag, _)| *lag <= t) {
                    slow[t] -= theta * slow[t - lag];
                }
            }
            assert_eq!(fast, slow, "{s} {q}");
        }
    }
}
