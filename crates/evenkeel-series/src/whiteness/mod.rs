//! Whether what a model leaves is noise: without memory, of one variance, normal.

mod arch;
mod jarque_bera;
mod portmanteau;

pub use arch::ArchTest;
pub use jarque_bera::{durbin_watson, jarque_bera};
pub use portmanteau::Portmanteau;
