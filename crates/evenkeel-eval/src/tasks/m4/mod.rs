//! The M4 competition.
//!
//! The M4 competition: S. Makridakis, E. Spiliotis and V. Assimakopoulos, International Journal of
//! Forecasting 36 (2020) 54-74, doi:10.1016/j.ijforecast.2019.04.014.
//!
//! *Format*: a folder with pairs `NAME-train.csv` and `NAME-test.csv` (or `.csv.gz`), or two, `Train` and
//! `Test`, as the repository has them; with a header; each row is the name of a series and its values, empty
//! fields at the end left out. The horizon is that of the test part. The season comes from the name: Hourly
//! 24, Monthly 12, Quarterly 4, all others 1; `--season N` says another. `--limit N` takes the first N series
//! of each file.
//!
//! *Methods*: `evenkeel`, the default [`Auto`](evenkeel_models::Auto), told the horizon and the season of the
//! file as competitors were; `evenkeel, fast` and `evenkeel, thorough`, the same with other effort (only if
//! named); `naive`, `snaive`, `naive2`, the competition's own ([`Naive`](evenkeel_models::Naive)). `--models
//! A,B` runs those only, and naive2, which OWA needs.
//!
//! *Metrics*: `smape`, `mase`, `msis95`, `coverage95`: means over series. `owa`: the mean of sMAPE and MASE,
//! each over that of naive2, of the means over all series. `wql`: the mean weighted quantile loss at the
//! levels 0.1 to 0.9, as GIFT-Eval has it (T. Aksu and others, 2024, arXiv:2410.10393): twice the quantile
//! loss, summed over all series and steps, over the sum of the absolute values, the mean over the nine
//! levels; quantiles are those of the Gaussian summary. MASE and MSIS are scaled by the seasonal naive
//! forecast in the training part; a series without any step there is skipped.

mod competition;
mod reader;
mod scores;

pub use competition::TASK;
pub use reader::{Case, read};
