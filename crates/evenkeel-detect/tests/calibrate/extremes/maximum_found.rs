//! The private search for the maximum of the likelihood of a generalized Pareto distribution.

use super::pareto_fit::{ParetoFit, Profile};

/// What is left out of the search holds no maximum: nowhere in the whole range is the likelihood higher than
/// where it was found.
#[test]
fn nothing_is_higher_anywhere() {
    let uniform =
        |i: u32| (f64::from(i.wrapping_mul(2_654_435_761).wrapping_add(977)) + 0.5) / 4_294_967_296.0;
    let (mut shortened, mut checked) = (0, 0);
    for shape in [-0.9, -0.4, -0.1, 0.01, 0.5, 2.0] {
        for (size, censored) in [(6_u32, 0), (20, 0), (20, 5), (300, 0), (300, 17)] {
            for seed in 0..4 {
                let excess = |i: u32| {
                    let y = (libm::exp(-shape * libm::log(uniform(i + 1000 * seed))) - 1.0) / shape;
                    if censored > 0 && i % censored == 1 { -y } else { y }
                };
                let excesses: Vec<f64> = (0..size).map(excess).collect();
                let found = ParetoFit::searched(&excesses);
                let profile = Profile::new(&excesses);
                let (start, end) = profile.range_of_maxima(profile.lowest_position());
                shortened += usize::from(start > -30.0 && end < 30.0);
                checked += 1;
                for i in -3400..=3400 {
                    let t = f64::from(i) / 100.0;
                    let fit = profile.at(t);
                    // At the border to a shape of -1 it may go on rising between two positions.
                    let border = fit.shape < -0.99;
                    let higher = fit.log_likelihood > found.log_likelihood + 1e-7;
                    assert!(border || !higher, "{shape} {size} {censored} {t}: {fit:?} {found:?}");
                }
            }
        }
    }
    assert!(shortened > checked / 2, "{shortened} of {checked}");
}
