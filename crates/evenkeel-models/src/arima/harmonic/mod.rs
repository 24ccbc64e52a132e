//! Seasons as waves, with ARIMA errors.

mod fit;
mod model;
mod settings;
#[cfg(feature = "serde")]
mod state;

pub use model::{HarmonicAccount, HarmonicRegressionModel};
pub use settings::HarmonicRegression;
