//! Transforms and their inverses, and regressors for seasons.
//!
//! | what | in one line |
//! | --- | --- |
//! | [`Differencing`] | ordinary and seasonal differences, and back |
//! | [`BoxCox`], [`YeoJohnson`] | power transforms, which make the spread independent of the level |
//! | [`Normalization`], [`Normalizer`] | to a common scale, learned from a history |
//! | [`QuantileNormalization`], [`QuantileNormalizer`] | to a common distribution, learned from a history |
//! | [`FourierTerms`], [`Wave`] | harmonics of seasons as regressors, without duplicates |

mod differencing;
mod fourier_terms;
mod normalize;
mod power_transform;

pub use differencing::Differencing;
pub use fourier_terms::{FourierTerms, Wave};
pub use normalize::{Normalization, Normalizer, QuantileNormalization, QuantileNormalizer};
pub use power_transform::{BoxCox, YeoJohnson};

evenkeel_core::assert_shared!(
    Normalization,
    Normalizer,
    QuantileNormalization,
    QuantileNormalizer,
    Differencing,
    BoxCox,
    YeoJohnson,
    FourierTerms,
    Wave
);
