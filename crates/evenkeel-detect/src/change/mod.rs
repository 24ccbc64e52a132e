//! Change detection: that the mean or the distribution of a stream has changed, and since when.
//!
//! | | what it notices | cost of a value |
//! | --- | --- | --- |
//! | [`Adwin`] | that the mean has changed, and since when | O(log width) |
//! | [`Focus`] | a lasting shift of any size, soonest; as a [`FocusChange`] | O(log t) |
//! | [`Bocpd`] | a change of distribution, and the probability of each time since; as a [`ChangeScore`] | O(kept ages) |
//! | [`KolmogorovSmirnov`] | that the newest values have another distribution | O(log windows) |
//!
//! [`Bocpd`] is for any [`Conjugate`] model: [`NormalGamma`], [`PoissonGamma`], [`BernoulliBeta`], or yours.
//! Settings: [`AdwinBuilder`], [`FocusBuilder`], [`BocpdBuilder`], [`KolmogorovSmirnovBuilder`]. Change
//! points of a finished series are found by `evenkeel_series::segmentation`.

mod adwin;
mod bocpd;
mod focus;
mod kolmogorov_smirnov;

pub use adwin::{Adwin, AdwinBuilder};
pub use bocpd::{BernoulliBeta, Bocpd, BocpdBuilder, ChangeScore, Conjugate, NormalGamma, PoissonGamma};
pub use focus::{Focus, FocusBuilder, FocusChange};
pub use kolmogorov_smirnov::{KolmogorovSmirnov, KolmogorovSmirnovBuilder};

evenkeel_core::assert_shared!(
    Adwin,
    AdwinBuilder,
    Bocpd<NormalGamma>,
    BocpdBuilder<PoissonGamma>,
    BernoulliBeta,
    ChangeScore,
    KolmogorovSmirnov,
    KolmogorovSmirnovBuilder,
    Focus,
    FocusBuilder,
    FocusChange
);
