//! Detectors: stages that give scores.

use crate::score::Score;
use crate::stage::Stage;

/// A stage that gives a [`Score`]. Nothing to implement: every `Stage<X, Output = Score>` is one.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a detector on `{X}`",
    note = "a detector is a `Stage<{X}, Output = Score>`; a forecaster becomes one inside `Surprise::new(forecaster)`"
)]
pub trait Detector<X = f64>: Stage<X, Output = Score> {}

impl<X, S: Stage<X, Output = Score> + ?Sized> Detector<X> for S {}
