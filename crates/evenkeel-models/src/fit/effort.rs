//! How much work an automatic choice may do.

/// How much work an [`Auto`](crate::auto::Auto) may do; what it means to an
/// [`AutoArima`](crate::arima::AutoArima) is said there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Effort {
    /// One origin of validation.
    Fast,
    /// Two origins of validation. Default.
    #[default]
    Default,
    /// Four origins of validation, and models that cost as much as all others together.
    Thorough,
}
