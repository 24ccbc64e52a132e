//! The parameter of a mixture, from the intrinsic time at which its line is to be tightest.

use evenkeel_core::Error;

/// The parameter of a two-sided normal mixture that makes its line tightest at `v` for `alpha`; nearly
/// optimal (section 3.5).
pub(super) fn two_sided_rho(v: f64, alpha: f64) -> f64 {
    let l = -2.0 * libm::log(alpha);
    v / (l + libm::log1p(l))
}

/// The same for one-sided mixtures.
pub(super) fn one_sided_rho(v: f64, alpha: f64) -> f64 {
    two_sided_rho(v, 2.0 * alpha)
}

pub(super) fn validate_tuning(v_opt: f64, alpha_opt: f64, one_sided: bool) -> Result<(), Error> {
    Error::require((1e-100..=1e100).contains(&v_opt), "v_opt", "in [1e-100, 1e100]", v_opt)?;
    let (limit, must) = if one_sided { (0.5, "in (0, 0.5)") } else { (1.0, "in (0, 1)") };
    Error::require(alpha_opt > 0.0 && alpha_opt < limit, "alpha_opt", must, alpha_opt)
}
