//! Lines that a process of accumulated evidence crosses, ever, with probability at most alpha.
//!
//! A sum of centered observations `s` with intrinsic time `v` (the variance accumulated so far, known or estimated as the process
//! at hand demands) stays below `u(v)` at all times at once with probability `1 - alpha`. Which line fits depends on the tails:
//! sub-Gaussian sums take [`NormalMixture`], sub-exponential ones (empirical Bernstein) [`GammaExponentialMixture`], bounded
//! ones with a known mean (Bernoulli) [`BetaBinomialMixture`]; [`PolynomialStitching`] is the closed form with the rate of the law of the
//! iterated logarithm.
//!
//! Source: S. R. Howard, A. Ramdas, J. McAuliffe and J. Sekhon, Time-uniform, nonparametric, nonasymptotic confidence sequences,
//! Ann. Stat. 49 (2021) 1055-1080, doi:10.1214/20-AOS1991.
//!
//! ```
//! use evenkeel_stats::sequential::boundary::{Boundary, NormalMixture};
//!
//! // A random walk with unit steps, tightest around its thousandth: where is it at any time with probability 95 %?
//! let line = NormalMixture::two_sided(1000.0, 0.05)?;
//! assert!(line.bound(1000.0, 0.05) < 3.04 * 1000_f64.sqrt());
//! # Ok::<(), evenkeel_core::Error>(())
//! ```

mod beta_binomial;
mod gamma_exponential;
mod normal;
mod stitching;

pub use beta_binomial::BetaBinomialMixture;
pub use gamma_exponential::GammaExponentialMixture;
pub use normal::NormalMixture;
pub use stitching::PolynomialStitching;

use crate::root;
use evenkeel_core::Error;

/// A line over intrinsic time.
pub trait Boundary {
    /// The value that the sum exceeds at some intrinsic time `v` with probability at most `alpha`. In units of the sum.
    ///
    /// NaN unless `v >= 0` and `alpha` is in (0, 1).
    fn bound(&self, v: f64, alpha: f64) -> f64;
}

/// A line that comes from a mixture of exponential supermartingales, which is evidence itself.
pub trait Mixture: Boundary {
    /// Natural logarithm of the supermartingale at the sum `s` and intrinsic time `v`: an e-value against "the sum has no upward
    /// drift" (no drift, where two-sided).
    fn log_supermartingale(&self, s: f64, v: f64) -> f64;
}

const _: () = {
    const fn object<T: ?Sized>() {}
    object::<dyn Boundary>();
    object::<dyn Mixture>();
};

/// The parameter of a two-sided normal mixture that makes its line tightest at `v` for `alpha`; nearly optimal (section 3.5).
fn two_sided_rho(v: f64, alpha: f64) -> f64 {
    let l = -2.0 * libm::log(alpha);
    v / (l + libm::log1p(l))
}

/// The same for one-sided mixtures.
fn one_sided_rho(v: f64, alpha: f64) -> f64 {
    two_sided_rho(v, 2.0 * alpha)
}

fn judge_tuning(v_opt: f64, alpha_opt: f64, one_sided: bool) -> Result<(), Error> {
    Error::require((1e-100..=1e100).contains(&v_opt), "v_opt", "in [1e-100, 1e100]", v_opt)?;
    let (limit, must) = if one_sided { (0.5, "in (0, 0.5)") } else { (1.0, "in (0, 1)") };
    Error::require(alpha_opt > 0.0 && alpha_opt < limit, "alpha_opt", must, alpha_opt)
}

/// Where the supermartingale reaches `1 / alpha`, looked for from 0 to `limit`.
fn crossing(mixture: &impl Mixture, v: f64, alpha: f64, limit: f64) -> f64 {
    if !(0.0..f64::INFINITY).contains(&v) || alpha.is_nan() || alpha <= 0.0 || alpha >= 1.0 {
        return f64::NAN;
    }
    let threshold = -libm::log(alpha);
    let excess = |s: f64| mixture.log_supermartingale(s, v) - threshold;
    let mut high = limit;
    if high.is_finite() {
        if excess(high) < 0.0 {
            return high;
        }
    } else {
        high = (2.0 * libm::sqrt(v * threshold)).max(1e-100);
        while excess(high) < 0.0 {
            high *= 2.0;
            if high == f64::INFINITY {
                return high;
            }
        }
    }
    root::bracketed(0.0, high, excess)
}
