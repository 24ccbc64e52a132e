//! Spending functions.

use core::f64::consts::E;
use evenkeel_core::{Error, gaussian};

/// How the error probability of a group sequential test is spent over the information: a rising function
/// from 0 to `alpha`, applied to each side.
///
/// Source: K. K. G. Lan and D. L. DeMets, Discrete sequential boundaries for clinical trials, Biometrika 70
/// (1983) 659-663, doi:10.1093/biomet/70.3.659; K. Kim and D. L. DeMets, Design and analysis of group
/// sequential tests based on the type I error spending rate function, Biometrika 74 (1987) 149-154,
/// doi:10.1093/biomet/74.1.149; I. K. Hwang, W. J. Shih and J. S. De Cani, Group sequential designs using a
/// family of type I error probability spending functions, Stat. Med. 9 (1990) 1439-1445,
/// doi:10.1002/sim.4780091207.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub enum Spending {
    /// `2 - 2 Phi(z_(alpha/2) / sqrt t)`: hardly anything early, much like O'Brien and Fleming's design.
    ObrienFleming,
    /// `alpha ln(1 + (e - 1) t)`: much like Pocock's design.
    Pocock,
    /// `alpha t^rho`, with `rho` in [0.1, 20]; 1 spends evenly, 3 is close to O'Brien and Fleming's.
    Power(f64),
    /// `alpha (1 - exp(-gamma t)) / (1 - exp(-gamma))`, with `gamma` in [-40, 40]; 0 spends evenly, 1 is close
    /// to Pocock's, -4 to O'Brien and Fleming's.
    HwangShihDeCani(f64),
}

impl Spending {
    pub(crate) fn validate(self) -> Result<(), Error> {
        match self {
            Self::Power(rho) => Error::require((0.1..=20.0).contains(&rho), "rho", "in [0.1, 20]", rho),
            Self::HwangShihDeCani(gamma) => {
                Error::require((-40.0..=40.0).contains(&gamma), "gamma", "in [-40, 40]", gamma)
            }
            Self::ObrienFleming | Self::Pocock => Ok(()),
        }
    }

    /// What is spent on one side with the error probability `alpha` up to the fraction `t` of the
    /// information; `t` is moved into [0, 1].
    #[must_use]
    pub fn spent(self, t: f64, alpha: f64) -> f64 {
        let t = t.clamp(0.0, 1.0);
        match self {
            Self::ObrienFleming => {
                2.0 * gaussian::upper(gaussian::upper_quantile(0.5 * alpha) / libm::sqrt(t))
            }
            Self::Pocock => alpha * libm::log1p((E - 1.0) * t),
            Self::Power(rho) => alpha * libm::pow(t, rho),
            Self::HwangShihDeCani(0.0) => alpha * t,
            Self::HwangShihDeCani(gamma) => alpha * (libm::expm1(-gamma * t) / libm::expm1(-gamma)),
        }
    }
}
