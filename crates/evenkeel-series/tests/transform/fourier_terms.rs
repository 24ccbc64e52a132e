//! Fourier terms.

use evenkeel_series::transform::FourierTerms;
use evenkeel_testing::assert_close;

#[test]
fn settings_of_waves_are_validated() {
    assert!(FourierTerms::new([(1.5, 1)]).is_err() && FourierTerms::new([(f64::NAN, 1)]).is_err());
    assert!(FourierTerms::new([(12.0, 0)]).is_err() && FourierTerms::new([(12.0, 7)]).is_err());
    assert!(FourierTerms::new([(12.0, 2)]).unwrap().fill(0, &mut [0.0; 3]).is_err());
}

#[test]
fn columns_are_orthogonal_over_whole_seasons() {
    let terms = FourierTerms::new([(24.0, 12), (168.0, 30)]).unwrap();
    assert_eq!(terms.skipped().len(), 1 + 2 * 4);
    assert!(terms.skipped()[0].is_sine() && terms.skipped()[0].order() == 12);
    // Far from the origin they are as exact as near it.
    let columns = terms.columns(168_000_000..168_000_336);
    for (i, a) in columns.iter().enumerate() {
        for (j, b) in columns.iter().enumerate() {
            let product: f64 = a.iter().zip(b).map(|(a, b)| a * b).sum();
            let expected = if i != j {
                0.0
            } else if terms.waves()[i].order() == 12 && terms.waves()[i].period() == 24.0 {
                336.0
            } else {
                168.0
            };
            assert_close!(product, expected, 1e-10, 1e-10, "{i} {j}");
        }
    }
    let mut row = vec![0.0; columns.len()];
    terms.fill(168_000_005, &mut row).unwrap();
    assert!(row.iter().zip(&columns).all(|(x, column)| *x == column[5]));
}
