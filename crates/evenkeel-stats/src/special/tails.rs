//! Both tails of a distribution at one point.

/// One of the two ends of a distribution.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Side {
    /// P(X <= x).
    Lower,
    /// P(X > x).
    Upper,
}

/// Both tails of a distribution at one point. The smaller one is kept as `exp(log) * factor`, so that it is
/// accurate relative to itself however small it is, and its logarithm stays finite where it is no longer
/// representable.
#[derive(Debug, Clone, Copy, PartialEq)]
#[must_use]
pub struct Tails {
    side: Side,
    log: f64,
    factor: f64,
}

impl Tails {
    /// The tail on `side` is `exp(log) * factor`.
    pub(crate) fn new(side: Side, log: f64, factor: f64) -> Self {
        Self { side, log, factor }
    }

    /// The tail on `side` is 0.
    pub(crate) fn none(side: Side) -> Self {
        Self { side, log: f64::NEG_INFINITY, factor: 1.0 }
    }

    pub(crate) fn nan() -> Self {
        Self { side: Side::Lower, log: f64::NAN, factor: 1.0 }
    }

    /// Lower and upper tail exchanged.
    pub(crate) fn mirrored(self) -> Self {
        let side = match self.side {
            Side::Lower => Side::Upper,
            Side::Upper => Side::Lower,
        };
        Self { side, ..self }
    }

    fn computed(self) -> f64 {
        let p = if self.log < -650.0 {
            libm::exp(self.log + libm::log(self.factor))
        } else {
            libm::exp(self.log) * self.factor
        };
        // `clamp` keeps a NaN.
        p.clamp(0.0, 1.0)
    }

    fn log_computed(self) -> f64 {
        if self.log == f64::NEG_INFINITY {
            return self.log;
        }
        let log = self.log + libm::log(self.factor);
        if log > 0.0 { 0.0 } else { log }
    }

    /// The tail on one side.
    #[must_use]
    pub fn on(self, side: Side) -> f64 {
        if side == self.side { self.computed() } else { 1.0 - self.computed() }
    }

    /// Natural logarithm of the tail on one side: `-inf` where it is empty.
    #[must_use]
    pub fn log_on(self, side: Side) -> f64 {
        if side == self.side { self.log_computed() } else { libm::log1p(-self.computed()) }
    }

    /// P(X <= x).
    #[must_use]
    pub fn lower(self) -> f64 {
        self.on(Side::Lower)
    }

    /// P(X > x).
    #[must_use]
    pub fn upper(self) -> f64 {
        self.on(Side::Upper)
    }

    /// Natural logarithm of P(X <= x).
    #[must_use]
    pub fn log_lower(self) -> f64 {
        self.log_on(Side::Lower)
    }

    /// Natural logarithm of P(X > x).
    #[must_use]
    pub fn log_upper(self) -> f64 {
        self.log_on(Side::Upper)
    }
}
