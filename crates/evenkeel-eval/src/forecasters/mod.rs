//! Forecasters: those of the library, and how to enter your own.
//!
//! A forecaster is given a [`Question`], which holds the history of a series, how many values are to be
//! forecast and at which levels, and answers with a [`Forecast`]: means, and quantiles if it has any. Or it
//! is an estimator with this library's traits, which is fitted and asked ([`Entry::estimator`]).
//!
//! ```
//! use evenkeel_eval::forecasters::{Entry, Forecast, Question};
//!
//! let mean = Entry::new("mean", |question: &Question<'_>| {
//!     let level = question.history.iter().sum::<f64>() / question.history.len() as f64;
//!     Ok(Forecast::of_means(vec![level; question.horizon]))
//! });
//! let forecast = mean.forecast(&Question::new(&[1.0, 2.0, 3.0], 2))?;
//! assert_eq!(forecast.means(), [2.0, 2.0]);
//! # Ok::<(), evenkeel_eval::Failure>(())
//! ```

mod entry;
mod forecast;
mod list;
mod question;

pub use entry::Entry;
pub use forecast::Forecast;
pub(crate) use list::usual;
pub use list::{all, by_name, names};
pub use question::{LEVELS, Question};
