//! Cross products of lagged values.

use crate::sparse_ar::gram::Gram;

#[test]
fn lags_before_the_first_change_explain_nothing() {
    for gap in [false, true] {
        for value in [0.1, 1.567_057_270_855_672_5, 1e6 / 3.0] {
            let mut z = vec![value; 80];
            z[79] *= 1.1;
            if gap {
                z[20] = f64::NAN;
            }
            let gram = Gram::new(&z, &[1, 2, 3, 7]).unwrap();
            let solution = gram.solve(&[0, 1, 2, 3], 1e-6).unwrap();
            assert_eq!(solution.coefficients, [0.0; 4], "{value}");
            assert!((solution.intercept - gram.means[0]).abs() < 1e-12 * value);
        }
    }
}

#[test]
fn the_sums_are_those_of_the_plain_definition() {
    let mut state = 1_u64;
    let mut z: Vec<f64> = (0..400)
        .map(|_| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            1e3 + (state >> 40) as f64 / 1e5
        })
        .collect();
    let lags = [1, 2, 3, 7, 24, 25, 120, 121, 300];
    for gaps in [false, true] {
        if gaps {
            z[50] = f64::NAN;
            z[350] = f64::NAN;
        }
        let gram = Gram::new(&z, &lags).unwrap();
        let rows: Vec<Vec<f64>> = (300..400)
            .map(|t| std::iter::once(0).chain(lags).map(|lag| z[t - lag]).collect::<Vec<f64>>())
            .filter(|row| row.iter().all(|x| x.is_finite()))
            .collect();
        assert_eq!(gram.rows, rows.len());
        let mean = |i: usize| rows.iter().map(|row| row[i]).sum::<f64>() / rows.len() as f64;
        for i in 0..10 {
            assert!((gram.means[i] - mean(i)).abs() < 1e-9);
            for j in 0..10 {
                let plain: f64 = rows.iter().map(|row| (row[i] - mean(i)) * (row[j] - mean(j))).sum();
                let scale = rows.len() as f64 * 1e3;
                assert!((gram.sums[i * 10 + j] - plain).abs() < 1e-9 * scale, "{gaps} {i} {j}");
            }
        }
    }
}
