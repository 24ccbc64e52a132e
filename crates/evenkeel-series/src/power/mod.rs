//! Power transforms: scales on which spreads don't depend on levels.

mod box_cox;
mod search;
mod yeo_johnson;

pub use box_cox::BoxCox;
pub use yeo_johnson::YeoJohnson;
