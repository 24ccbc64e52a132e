//! Attributes: of a measure that is the sum over many combinations (by country, device, version), which
//! combination explains its change.
//!
//! | | what it finds | source |
//! | --- | --- | --- |
//! | [`ScanStatistic`] | the recommended default: combinations in which counts are off by a common factor | Kulldorff 1997 |
//! | [`Adtributor`] | the attribute, and its values, with the most surprising shares | Bhagwan et al. 2014 |
//! | [`RiskLoc`] | combinations of one attribute or more, by weighted risk | Kalander 2022 |
//! | [`AutoRoot`] | the same, by clusters of deviations | Jing et al. 2021 |
//! | [`Squeeze`] | sets of combinations, by clusters of deviations | Li et al. 2019 |
//!
//! ```
//! use evenkeel_locate::attributes::{AttributeTable, ScanStatistic};
//!
//! let mut table = AttributeTable::builder(["country", "device"]);
//! for country in ["de", "fr", "it"] {
//!     for device in ["phone", "desk"] {
//!         let actual = if (country, device) == ("fr", "phone") { 40.0 } else { 99.0 };
//!         table = table.row([country, device], 100.0, actual);
//!     }
//! }
//! let causes = ScanStatistic::new().locate(&table.build()?);
//! assert_eq!(causes[0].combination.to_string(), "country=fr & device=phone");
//! # Ok::<(), evenkeel_core::Error>(())
//! ```

mod adtributor;
mod auto_root;
mod cause;
mod histogram;
mod knee;
mod risk_loc;
mod scan_statistic;
mod squeeze;
mod table;

pub use adtributor::{Adtributor, AdtributorCandidate, ValueShare};
pub use auto_root::AutoRoot;
pub use cause::{AttributeCause, Combination};
pub use risk_loc::RiskLoc;
pub use scan_statistic::ScanStatistic;
pub use squeeze::Squeeze;
pub use table::{AttributeTable, AttributeTableBuilder};
