//! A forecaster for who only has a series.

mod account;
mod candidate;
mod choose;
mod model;
mod settings;

pub use account::{AutoAccount, AutoFamily, AutoMember};
pub use model::AutoModel;
pub use settings::{Auto, Effort};
