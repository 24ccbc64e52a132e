//! Change detection: that the mean or the distribution of a stream has changed, and since when.

mod adwin;
mod bocpd;
mod focus;
mod kolmogorov_smirnov;

pub use adwin::{Adwin, AdwinBuilder};
pub use bocpd::{BernoulliBeta, Bocpd, BocpdBuilder, ChangeScore, Conjugate, NormalGamma, PoissonGamma};
pub use focus::{Focus, FocusBuilder, FocusChange};
pub use kolmogorov_smirnov::{KolmogorovSmirnov, KolmogorovSmirnovBuilder};
