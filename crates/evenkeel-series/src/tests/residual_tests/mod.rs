//! Whether residuals are noise: without autocorrelation, of constant variance, normal.

mod arch;
mod jarque_bera;
mod portmanteau;

pub use arch::ArchTest;
pub use jarque_bera::{durbin_watson, jarque_bera};
pub use portmanteau::Portmanteau;
