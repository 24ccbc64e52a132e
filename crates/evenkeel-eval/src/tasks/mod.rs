//! The benchmarks, one module each: what it reads, a reader for it, and how it is scored.
//!
//! | task | methods | reader |
//! | --- | --- | --- |
//! | [`m4`] | forecasters | [`m4::read`] |
//! | [`nab`] | detectors | [`nab::names`], [`nab::read`] |
//! | [`ucr`] | detectors | [`ucr::names`], [`ucr::read`] |
//! | [`wsd`], [`gutentag`], [`smap`], [`skab`] | detectors | `names`, `read` of each; a [`labeled::Case`] |
//! | [`tcpd`] | segmenters | [`tcpd::names`], [`tcpd::read`] |
//! | [`injected`] | detectors | those of `ucr`, `smap`, `gutentag`, `skab` |
//! | [`quiet`] | monitors | those of the tasks it reads |
//! | [`sockshop`] | localizers | [`sockshop::names`], [`sockshop::read`] |
//! | [`petshop`] | localizers | [`petshop::names`], [`petshop::read`] |
//! | [`nezha`] | localizers | [`nezha::names`], [`nezha::read`] |
//! | [`loghub`] | log parsers | [`loghub::names`], [`loghub::read`] |
//! | [`multidim`] | attributors | [`multidim::names`], [`multidim::read`] |
//!
//! [`ALL`] says where to get the data of each:
//!
//! ```
//! let nab = evenkeel_eval::tasks::by_name("nab").unwrap();
//! assert!(nab.source.address.contains("github.com/numenta/NAB"));
//! assert_eq!(nab.metrics[0], "standard");
//! ```

mod anomaly_free;
mod answers;
mod contestant;
mod folder;
pub mod gutentag;
pub mod injected;
pub mod labeled;
mod list;
mod localization;
mod located;
pub mod loghub;
pub mod m4;
pub mod multidim;
pub mod nab;
pub mod nezha;
pub mod petshop;
pub mod quiet;
pub mod skab;
pub mod smap;
pub mod sockshop;
mod task;
pub mod tcpd;
pub mod ucr;
pub mod wsd;

pub use list::{ALL, by_name};
pub use localization::Outcome;
pub use task::{Source, Task, TaskOption};
