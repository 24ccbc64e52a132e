//! ADWIN: a window that is as long as its mean allows.

mod adwin;
mod histogram;

pub use adwin::{Adwin, AdwinBuilder};
