//! MacKinnon's response surfaces: p-values and critical values of unit root tests.

use super::deterministic_terms::DeterministicTerms;
use evenkeel_stats::Normal;

/// The published response surface for one choice of deterministic terms.
struct Surface {
    least: f64,
    most: f64,
    /// Where the polynomial for small probabilities ends.
    star: f64,
    small: [f64; 3],
    large: [f64; 4],
    /// Of 1, 5 and 10 %: a polynomial in 1 / n.
    critical: [[f64; 4]; 3],
}

/// P-values: MacKinnon 1994, doi:10.2307/1391481, tables 3 and 4, one series. Critical values: MacKinnon
/// 2010, Queen's Economics Department Working Paper 1227; those without a level from MacKinnon 1996,
/// doi:10.1002/(SICI)1099-1255(199611)11:6.
const SURFACES: [Surface; 4] = [
    Surface {
        least: -19.04,
        most: f64::INFINITY,
        star: -1.04,
        small: [0.6344, 1.2378, 3.2496e-2],
        large: [0.4797, 9.3557e-1, -0.6999e-1, 3.3066e-2],
        critical: [
            [-2.56574, -2.2358, -3.627, 0.0],
            [-1.94100, -0.2686, -3.365, 31.223],
            [-1.61682, 0.2656, -2.714, 25.364],
        ],
    },
    Surface {
        least: -18.83,
        most: 2.74,
        star: -1.61,
        small: [2.1659, 1.4412, 3.8269e-2],
        large: [1.7339, 9.3202e-1, -1.2745e-1, -1.0368e-2],
        critical: [
            [-3.43035, -6.5393, -16.786, -79.433],
            [-2.86154, -2.8903, -4.234, -40.040],
            [-2.56677, -1.5384, -2.809, 0.0],
        ],
    },
    Surface {
        least: -16.18,
        most: 0.7,
        star: -2.89,
        small: [3.2512, 1.6047, 4.9588e-2],
        large: [2.5261, 6.1654e-1, -3.7956e-1, -6.0285e-2],
        critical: [
            [-3.95877, -9.0531, -28.428, -134.155],
            [-3.41049, -4.3904, -9.036, -45.374],
            [-3.12705, -2.5856, -3.925, -22.380],
        ],
    },
    Surface {
        least: -17.17,
        most: 0.54,
        star: -3.21,
        small: [4.0003, 1.658, 4.8288e-2],
        large: [3.0778, 4.9529e-1, -4.1477e-1, -5.9359e-2],
        critical: [
            [-4.37113, -11.5882, -35.819, -334.047],
            [-3.83239, -5.9057, -12.490, -118.284],
            [-3.55326, -3.6596, -5.293, -63.559],
        ],
    },
];

fn polynomial(coefficients: &[f64], x: f64) -> f64 {
    coefficients.iter().rev().fold(0.0, |sum, c| sum * x + c)
}

impl DeterministicTerms {
    /// The asymptotic probability of a smaller statistic under a unit root.
    pub(super) fn p(self, tau: f64) -> f64 {
        let surface = &SURFACES[self as usize];
        if tau > surface.most {
            return 1.0;
        }
        if tau < surface.least {
            return 0.0;
        }
        let z = if tau <= surface.star {
            polynomial(&surface.small, tau)
        } else {
            polynomial(&surface.large, tau)
        };
        Normal::new(0.0, 1.0).map_or(f64::NAN, |normal| normal.lower(z))
    }

    /// Levels and critical values of so many rows.
    pub(super) fn critical(self, rows: usize) -> [(f64, f64); 3] {
        let of = |i: usize| polynomial(&SURFACES[self as usize].critical[i], 1.0 / rows as f64);
        [(0.01, of(0)), (0.05, of(1)), (0.10, of(2))]
    }
}
