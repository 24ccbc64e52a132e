//! Floating-point precision of the search.

use core::fmt::Debug;
use num_traits::float::FloatCore;

/// A float that the search is done in. Of `num_traits` only what is exact is used, so that no result depends
/// on where its transcendental functions come from; roots are taken by `libm`, in double precision.
pub trait Real: FloatCore + Debug + Send + Sync + 'static {
    /// The name of a profile that searches in it.
    const NAME: &'static str;
    /// Whether it holds whatever a double does.
    const EXACT: bool;

    /// The nearest one. In single precision beyond ±10^15 that: no sum over a window of products of two is
    /// then infinite.
    fn narrow(x: f64) -> Self;

    /// The nearest one, of a scale: 0 and NaN, which mean something, stay what they are, and nothing else
    /// becomes one of them. In single precision that of a window whose values are not held is so small that
    /// no covariance with it is the largest.
    fn narrow_scale(x: f64) -> Self;

    /// One that was [`wide`](Self::wide).
    fn restored(x: f64) -> Self;

    fn wide(self) -> f64;
}

impl Real for f64 {
    const NAME: &'static str = "LeftMatrixProfile";
    const EXACT: bool = true;

    #[inline]
    fn narrow(x: f64) -> Self {
        x
    }

    #[inline]
    fn narrow_scale(x: f64) -> Self {
        x
    }

    #[inline]
    fn restored(x: f64) -> Self {
        x
    }

    #[inline]
    fn wide(self) -> f64 {
        self
    }
}

const MOST: f64 = 1e15;
const NEGLIGIBLE: f32 = 1e-30;

impl Real for f32 {
    const NAME: &'static str = "LeftMatrixProfile<f32>";
    const EXACT: bool = false;

    #[inline]
    fn narrow(x: f64) -> Self {
        x.clamp(-MOST, MOST) as f32
    }

    #[inline]
    fn narrow_scale(x: f64) -> Self {
        if x == 0.0 || x.is_nan() {
            x as f32
        } else if x < 1.0 / MOST {
            NEGLIGIBLE
        } else {
            x.min(MOST) as f32
        }
    }

    #[inline]
    fn restored(x: f64) -> Self {
        x as f32
    }

    #[inline]
    fn wide(self) -> f64 {
        f64::from(self)
    }
}
