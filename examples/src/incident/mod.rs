//! The parts of the example `incident`: evenkeel's side, its hands, and the judge who knows the truth.
//!
//! The wall: [`Watch`] is told [`ShopEvent`](crate::shop::ShopEvent)s and nothing else. Only [`judge`] looks at what chaos really did.

pub mod judge;

mod hands;
mod screen;
mod watch;

pub use hands::{Deed, Hands};
pub use screen::Screen;
pub use watch::{Rules, Said, Watch};
