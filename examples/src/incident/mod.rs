//! The parts of the example `incident`: evenkeel's side, its hands, and the scoring, which knows the truth.
//!
//! The wall: [`Watch`] is told [`ShopEvent`](crate::shop::ShopEvent)s and nothing else. Only [`scoring`]
//! looks at what chaos really did.

pub mod scoring;

mod hands;
#[cfg(feature = "report")]
mod report;
mod screen;
mod watch;

pub use hands::{Deed, Hands};
#[cfg(feature = "report")]
pub use report::Recorder;
pub use screen::Screen;
pub use watch::{OBJECTIVE, Rules, Said, Watch};
