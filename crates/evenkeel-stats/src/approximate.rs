//! Comparison within a tolerance, by the traits of `approx`.

use crate::compensated_sum::CompensatedSum;
use crate::distribution::{Beta, ChiSquared, Gamma, GeneralizedPareto, Normal, StudentT};
use crate::recursive_least_squares::Innovation;
use crate::sequential::{EValue, Interval, RateEvidence};

type Near<'a> = &'a dyn Fn(f64, f64) -> bool;

// Distributions are the same when their parameters are.
evenkeel_core::__approximate! {
    Normal = |a: &Normal, b: &Normal, near: Near<'_>| near(a.mean(), b.mean()) && near(a.sd(), b.sd());
    StudentT = student_t;
    Gamma = |a: &Gamma, b: &Gamma, near: Near<'_>| near(a.shape(), b.shape()) && near(a.scale(), b.scale());
    ChiSquared = |a: &ChiSquared, b: &ChiSquared, near: Near<'_>| near(a.dof(), b.dof());
    Beta = |a: &Beta, b: &Beta, near: Near<'_>| near(a.a(), b.a()) && near(a.b(), b.b());
    GeneralizedPareto = generalized_pareto;
    CompensatedSum = |a: &CompensatedSum, b: &CompensatedSum, near: Near<'_>| near(a.value(), b.value());
    Innovation = innovation;
    Interval = |a: &Interval, b: &Interval, near: Near<'_>| near(a.lower(), b.lower()) && near(a.upper(), b.upper());
    EValue = |a: &EValue, b: &EValue, near: Near<'_>| near(a.log_e(), b.log_e()) && near(a.log_largest(), b.log_largest());
    RateEvidence = rate_evidence;
}

fn student_t(a: &StudentT, b: &StudentT, near: Near<'_>) -> bool {
    near(a.dof(), b.dof()) && near(a.location(), b.location()) && near(a.scale(), b.scale())
}

fn generalized_pareto(a: &GeneralizedPareto, b: &GeneralizedPareto, near: Near<'_>) -> bool {
    near(a.location(), b.location()) && near(a.scale(), b.scale()) && near(a.shape(), b.shape())
}

fn innovation(a: &Innovation, b: &Innovation, near: Near<'_>) -> bool {
    near(a.predicted(), b.predicted()) && near(a.residual(), b.residual()) && near(a.spread(), b.spread())
}

fn rate_evidence(a: &RateEvidence, b: &RateEvidence, near: Near<'_>) -> bool {
    near(a.log_e(), b.log_e()) && near(a.threshold(), b.threshold())
}
