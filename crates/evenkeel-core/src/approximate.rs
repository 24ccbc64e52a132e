//! Comparison within a tolerance, by the traits of `approx`.

use crate::forecaster::{Assessment, Prediction};
use crate::score::{Calibrated, Score};
use crate::time::At;
use crate::transition::Transition;
use approx::{AbsDiffEq, RelativeEq, UlpsEq};

/// Not part of the interface: [`approx`]'s traits on a type of `f64`, from a function that says whether two
/// of it are the same when numbers are compared by the function it is given. What is not a measured number
/// (kinds, counts, times) has to be equal.
#[doc(hidden)]
#[macro_export]
macro_rules! __approximate {
    ($($type:ty = $same:expr;)*) => {$(
        /// With the feature `approx`: every number within the tolerance, everything else equal.
        #[cfg_attr(docsrs, doc(cfg(feature = "approx")))]
        impl approx::AbsDiffEq for $type {
            type Epsilon = f64;

            fn default_epsilon() -> f64 {
                <f64 as approx::AbsDiffEq>::default_epsilon()
            }

            fn abs_diff_eq(&self, other: &Self, epsilon: f64) -> bool {
                let near = |a: f64, b: f64| approx::AbsDiffEq::abs_diff_eq(&a, &b, epsilon);
                ($same)(self, other, &$crate::__or_same(near))
            }
        }

        /// With the feature `approx`: every number within the tolerances, everything else equal.
        #[cfg_attr(docsrs, doc(cfg(feature = "approx")))]
        impl approx::RelativeEq for $type {
            fn default_max_relative() -> f64 {
                <f64 as approx::RelativeEq>::default_max_relative()
            }

            fn relative_eq(&self, other: &Self, epsilon: f64, max_relative: f64) -> bool {
                let near = |a: f64, b: f64| approx::RelativeEq::relative_eq(&a, &b, epsilon, max_relative);
                ($same)(self, other, &$crate::__or_same(near))
            }
        }

        /// With the feature `approx`: every number within the tolerances, everything else equal.
        #[cfg_attr(docsrs, doc(cfg(feature = "approx")))]
        impl approx::UlpsEq for $type {
            fn default_max_ulps() -> u32 {
                <f64 as approx::UlpsEq>::default_max_ulps()
            }

            fn ulps_eq(&self, other: &Self, epsilon: f64, max_ulps: u32) -> bool {
                let near = |a: f64, b: f64| approx::UlpsEq::ulps_eq(&a, &b, epsilon, max_ulps);
                ($same)(self, other, &$crate::__or_same(near))
            }
        }
    )*};
}

/// Not part of the interface. Infinities of the same sign are equal, and so are two missing values.
#[doc(hidden)]
pub fn __or_same(near: impl Fn(f64, f64) -> bool) -> impl Fn(f64, f64) -> bool {
    move |a, b| a == b || a.is_nan() && b.is_nan() || near(a, b)
}

type Near<'a> = &'a dyn Fn(f64, f64) -> bool;

fn prediction(a: &Prediction, b: &Prediction, near: Near<'_>) -> bool {
    near(a.mean(), b.mean()) && near(a.sd(), b.sd())
}

fn assessment(a: &Assessment, b: &Assessment, near: Near<'_>) -> bool {
    near(a.log_density(), b.log_density()) && near(a.lower(), b.lower()) && near(a.upper(), b.upper())
}

fn score(a: &Score, b: &Score, near: Near<'_>) -> bool {
    let expected = match (a.expected(), b.expected()) {
        (Some(a), Some(b)) => prediction(&a, &b, near),
        (a, b) => a.is_none() && b.is_none(),
    };
    expected && near(a.value(), b.value()) && a.direction() == b.direction() && a.dimension() == b.dimension()
}

fn calibrated(a: &Calibrated, b: &Calibrated, near: Near<'_>) -> bool {
    near(a.p(), b.p()) && score(&a.score(), &b.score(), near)
}

fn transition(a: &Transition, b: &Transition, near: Near<'_>) -> bool {
    (a.kind, a.at, a.start, a.end, a.peak.time) == (b.kind, b.at, b.start, b.end, b.peak.time)
        && calibrated(&a.peak.value, &b.peak.value, near)
}

__approximate! {
    Prediction = prediction;
    Assessment = assessment;
    Score = score;
    Calibrated = calibrated;
    Transition = transition;
}

/// With the feature `approx`: the values within the tolerance, at the very same time.
#[cfg_attr(docsrs, doc(cfg(feature = "approx")))]
impl<X: AbsDiffEq> AbsDiffEq for At<X> {
    type Epsilon = X::Epsilon;

    fn default_epsilon() -> X::Epsilon {
        X::default_epsilon()
    }

    fn abs_diff_eq(&self, other: &Self, epsilon: X::Epsilon) -> bool {
        self.time == other.time && self.value.abs_diff_eq(&other.value, epsilon)
    }
}

/// With the feature `approx`: the values within the tolerances, at the very same time.
#[cfg_attr(docsrs, doc(cfg(feature = "approx")))]
impl<X: RelativeEq> RelativeEq for At<X> {
    fn default_max_relative() -> X::Epsilon {
        X::default_max_relative()
    }

    fn relative_eq(&self, other: &Self, epsilon: X::Epsilon, max_relative: X::Epsilon) -> bool {
        self.time == other.time && self.value.relative_eq(&other.value, epsilon, max_relative)
    }
}

/// With the feature `approx`: the values within the tolerances, at the very same time.
#[cfg_attr(docsrs, doc(cfg(feature = "approx")))]
impl<X: UlpsEq> UlpsEq for At<X> {
    fn default_max_ulps() -> u32 {
        X::default_max_ulps()
    }

    fn ulps_eq(&self, other: &Self, epsilon: X::Epsilon, max_ulps: u32) -> bool {
        self.time == other.time && self.value.ulps_eq(&other.value, epsilon, max_ulps)
    }
}
