//! FOCuS: a CUSUM for shifts of every size at once.

mod candidates;
mod focus;

pub use focus::{Focus, FocusBuilder, FocusChange};
