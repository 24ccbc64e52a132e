//! Executors and the permits that they act on.
//!
//! | what | in one line |
//! | --- | --- |
//! | [`Executor`] | does what a permit says, and can be asked afterwards |
//! | [`Permit`] | the right to do one thing, once |
//! | [`Applied`] | what came of it |

mod executor;
mod permit;

pub use executor::{Applied, Executor};
pub use permit::Permit;
