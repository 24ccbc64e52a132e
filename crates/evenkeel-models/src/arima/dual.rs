//! Dual numbers, which carry derivatives, and the trait that the recursions share for them and plain numbers.

use core::fmt::Debug;
use core::ops::{Add, Div, Mul, Neg, Sub};

/// A number of the likelihood recursions. The recursions are written once; with [`Dual`] they give exact
/// derivatives.
pub(super) trait Scalar:
    Copy
    + Debug
    + Add<Output = Self>
    + Sub<Output = Self>
    + Mul<Output = Self>
    + Div<Output = Self>
    + Neg<Output = Self>
{
    /// A constant.
    fn of(x: f64) -> Self;
    /// The number without its derivatives.
    fn value(self) -> f64;
    /// The product with a constant.
    fn scale(self, by: f64) -> Self;
    /// The natural logarithm.
    fn ln(self) -> Self;
}

impl Scalar for f64 {
    fn of(x: f64) -> Self {
        x
    }

    fn value(self) -> f64 {
        self
    }

    fn scale(self, by: f64) -> Self {
        self * by
    }

    fn ln(self) -> Self {
        libm::log(self)
    }
}

/// Whether `x` is above 0, which a NaN is not.
pub(super) fn is_positive(x: f64) -> bool {
    x > 0.0
}

/// How many derivatives a [`Dual`] carries.
pub(super) const LANES: usize = 4;

/// A number with its derivatives in [`LANES`] directions (forward differentiation).
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(super) struct Dual {
    pub(super) value: f64,
    pub(super) slope: [f64; LANES],
}

impl Dual {
    /// An independent variable of direction `lane`, or a constant if there is no such lane.
    pub(super) fn variable(value: f64, lane: usize) -> Self {
        let mut slope = [0.0; LANES];
        if let Some(s) = slope.get_mut(lane) {
            *s = 1.0;
        }
        Self { value, slope }
    }
}

/// Applies `f` to every lane of two.
fn lanes(a: [f64; LANES], b: [f64; LANES], f: impl Fn(f64, f64) -> f64) -> [f64; LANES] {
    [f(a[0], b[0]), f(a[1], b[1]), f(a[2], b[2]), f(a[3], b[3])]
}

impl Add for Dual {
    type Output = Self;

    fn add(self, o: Self) -> Self {
        Self { value: self.value + o.value, slope: lanes(self.slope, o.slope, |a, b| a + b) }
    }
}

impl Sub for Dual {
    type Output = Self;

    fn sub(self, o: Self) -> Self {
        Self { value: self.value - o.value, slope: lanes(self.slope, o.slope, |a, b| a - b) }
    }
}

impl Mul for Dual {
    type Output = Self;

    #[expect(clippy::suspicious_arithmetic_impl, reason = "the product rule is a sum")]
    fn mul(self, o: Self) -> Self {
        let (u, v) = (self.value, o.value);
        Self { value: u * v, slope: lanes(self.slope, o.slope, |a, b| a * v + b * u) }
    }
}

impl Div for Dual {
    type Output = Self;

    fn div(self, o: Self) -> Self {
        let by = 1.0 / o.value;
        let value = self.value / o.value;
        Self { value, slope: lanes(self.slope, o.slope, |a, b| (a - value * b) * by) }
    }
}

impl Neg for Dual {
    type Output = Self;

    fn neg(self) -> Self {
        Self { value: -self.value, slope: self.slope.map(|a| -a) }
    }
}

impl Scalar for Dual {
    fn of(x: f64) -> Self {
        Self { value: x, slope: [0.0; LANES] }
    }

    fn value(self) -> f64 {
        self.value
    }

    fn scale(self, by: f64) -> Self {
        Self { value: self.value * by, slope: self.slope.map(|a| a * by) }
    }

    fn ln(self) -> Self {
        let by = 1.0 / self.value;
        Self { value: libm::log(self.value), slope: self.slope.map(|a| a * by) }
    }
}
