//! Log lines: templates mined from a stream, and windows in which their rates are unusual.
//!
//! [`Drain`] gives each line the number of its template, [`Masks`] take the variable parts out of lines
//! before, and [`TemplateRates`] compares the templates of a window with those of normal operation.
//!
//! ```
//! use evenkeel_locate::logs::{Drain, TemplateRates};
//!
//! let mut drain = Drain::default();
//! let mut rates = TemplateRates::new();
//! for minute in 0..30 {
//!     let counts = (0..20).map(|i| drain.update(&format!("served /cart/{i} in {} ms", minute + i)).id);
//!     let ids: Vec<u64> = counts.collect();
//!     rates.learn(ids)?;
//! }
//! let bad = ["served /cart/3 in 12 ms", "connection to 10.0.0.7:5432 refused", "connection to 10.0.0.8:5432 refused"];
//! let ids: Vec<u64> = bad.iter().map(|line| drain.update(line).id).collect();
//! let surprise = rates.assess(ids);
//! let new = surprise.templates().iter().find(|found| found.is_new).expect("a template of its own");
//! assert_eq!(drain.template(new.template).unwrap().to_string(), "connection to <*> refused");
//! assert!(new.surprise > 5.0);
//! # Ok::<(), evenkeel_core::Error>(())
//! ```

mod drain;
mod log_change;
mod log_set;
mod masks;
mod prefix_tree;
mod recency;
mod template_rates;

pub use drain::{Drain, DrainBuilder, Line, Similarity, Template};
pub use log_change::LogChange;
pub use log_set::LogSet;
pub use masks::Masks;
pub use template_rates::{TemplateRates, TemplateSurprise, WindowSurprise};
