//! ADWIN: adaptive windowing.

mod adwin;
mod histogram;

pub use adwin::{Adwin, AdwinBuilder};
