//! Complex numbers, as far as the poles of filters need them.

#[derive(Debug, Clone, Copy)]
pub(super) struct Complex {
    pub(super) re: f64,
    pub(super) im: f64,
}

impl Complex {
    pub(super) fn new(re: f64, im: f64) -> Self {
        Self { re, im }
    }

    /// The number on the unit circle with this angle.
    pub(super) fn on_unit_circle(angle: f64) -> Self {
        Self::new(libm::cos(angle), libm::sin(angle))
    }

    pub(super) fn scaled(self, by: f64) -> Self {
        Self::new(self.re * by, self.im * by)
    }

    pub(super) fn plus(self, other: Self) -> Self {
        Self::new(self.re + other.re, self.im + other.im)
    }

    pub(super) fn times(self, other: Self) -> Self {
        Self::new(self.re * other.re - self.im * other.im, self.re * other.im + self.im * other.re)
    }

    pub(super) fn inverse(self) -> Self {
        let square = self.re * self.re + self.im * self.im;
        Self::new(self.re / square, -self.im / square)
    }

    pub(super) fn magnitude(self) -> f64 {
        libm::hypot(self.re, self.im)
    }

    /// The square root to the right of the imaginary axis.
    pub(super) fn root(self) -> Self {
        let size = self.magnitude();
        let re = libm::sqrt(0.5 * (size + self.re).max(0.0));
        let im = libm::sqrt(0.5 * (size - self.re).max(0.0));
        Self::new(re, if self.im < 0.0 { -im } else { im })
    }
}
