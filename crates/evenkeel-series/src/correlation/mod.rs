//! How values depend on earlier ones, and on those of another series.
//!
//! | what | in one line |
//! | --- | --- |
//! | [`Autocorrelation`] | correlation with earlier values, with limits |
//! | [`PartialAutocorrelation`] | the same without what lies between, by four estimators; gives [`PartialAutocorrelations`] |
//! | [`cross_correlation()`], [`correlation()`] | correlation with another series, at several lags or at one |
//! | [`AutoregressiveSpectrum`] | a smooth spectrum by autoregression, and the dominant period |

mod autocorrelation;
mod autoregressive_spectrum;
mod cross_correlation;
mod partial_autocorrelation;

pub use autocorrelation::Autocorrelation;
pub use autoregressive_spectrum::AutoregressiveSpectrum;
pub use cross_correlation::{correlation, cross_correlation};
pub use partial_autocorrelation::{PartialAutocorrelation, PartialAutocorrelations};

evenkeel_core::assert_shared!(
    Autocorrelation,
    PartialAutocorrelation,
    PartialAutocorrelations,
    AutoregressiveSpectrum
);
