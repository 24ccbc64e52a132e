//! The trait of estimators: fitting to a finished history.

use crate::error::Error;

/// An estimator: settings that learn from a finished history and give back something fitted.
///
/// Fitted and unfitted are different types, so that an unfitted model cannot be asked for a forecast.
/// Settings are validated here, together with the history. Not converging is no error: the fitted model's
/// `report()` says so.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be fitted to a history of type `{H}`",
    note = "most models fit a slice of values on a regular grid, `[f64]`, with NaN where a value is missing: `model.fit(&values[..])`",
    note = "samples with times become such a slice through `evenkeel_series::Series`"
)]
pub trait Fit<H: ?Sized = [f64]> {
    /// The fitted model, ready to continue with the stream.
    type Fitted;

    /// Fits to a history.
    ///
    /// # Errors
    /// If the settings or the history are unusable; the error names which.
    fn fit(&self, history: &H) -> Result<Self::Fitted, Error>;
}
