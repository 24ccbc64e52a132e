//! The theta method.

mod properties;
mod reference;
