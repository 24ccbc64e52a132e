//! The choice of the order: [`AutoArima`].
//!
//! 1. [`differencing`]: how often to difference, by seasonal strength and KPSS tests;
//! 2. [`order_grid`]: the orders that may be tried, and starts for all of them from one set of sums of
//!    products;
//! 3. [`order_search`]: screening, exact fits, and the way from the best to their neighbors;
//! 4. [`restrained`]: fits whose roots are kept away from the unit circle;
//! 5. [`selection`]: what was tried.

mod auto_arima;
mod differencing;
mod fitted;
mod order_grid;
mod order_search;
mod restrained;
mod selection;

pub use auto_arima::AutoArima;
pub use fitted::AutoArimaModel;
pub use selection::{ArimaOutcome, ArimaSelection, ArimaTrial};
