//! Power transforms, which make the spread independent of the level.

mod box_cox;
mod exponent_search;
mod yeo_johnson;

pub use box_cox::BoxCox;
pub use yeo_johnson::YeoJohnson;
