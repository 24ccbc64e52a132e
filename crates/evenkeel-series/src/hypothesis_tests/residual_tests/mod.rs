//! Whether residuals are noise: without autocorrelation, of constant variance, normal.

mod arch;
mod durbin_watson;
mod jarque_bera;
mod portmanteau;

pub use arch::ArchTest;
pub use durbin_watson::durbin_watson;
pub use jarque_bera::jarque_bera;
pub use portmanteau::Portmanteau;
