//! A small shop of real local services, to be watched, broken and repaired.
//!
//! ```text
//!          ┌─► cart ×2 ─────┬─► payments ×2
//! edge ×1 ─┤                └─► store ×2 (a bounded pool of connections)
//!          └─► catalog ×2 ──┬─► store ×2
//!                           └┄► recommend ×1 (optional: catalog can do without)
//! ```
//!
//! Every instance is a child process: this program, executed again, serving lines over TCP on 127.0.0.1 and
//! ending when its standard input closes, so also when the parent is killed. The work of a request is waiting
//! (5 to 10 ms a service), so the whole shop takes a small part of a core.
//!
//! - [`Shop`] starts the processes, sends them requests at a steady rate without waiting for answers, scrapes
//!   their metrics, and does what an operator can do: [`Action`].
//! - A new version of a service can run beside the old one: [`Shop::release`] starts it, [`Shop::split`] divides
//!   the calls by percent, [`Shop::read_split`] asks the callers how they divide them.
//! - What can be seen comes as [`ShopEvent`]s.
//! - [`chaos`] breaks things, for real. Only it can: nothing public but it reaches the faults, and the events
//!   don't tell of them.
//!
//! A program that opens a shop calls [`run_if_service`] first.

pub mod chaos;

mod action;
mod clock;
mod defect;
mod event;
mod fleet;
mod load;
mod metrics;
mod node;
mod operate;
mod peers;
mod pool;
mod process;
mod recorder;
mod release;
mod request_counts;
mod routes;
mod scrape;
mod service;
mod settings;
mod strain;
mod wire;

pub use action::{Action, Outcome};
pub use event::{Flow, ShopEvent, Side};
pub use fleet::{Instance, Shop};
pub use metrics::Metrics;
pub use node::run_if_service;
pub use recorder::cpu_seconds;
pub use release::{Group, Order, Split};
pub use request_counts::RequestCounts;
pub use service::Service;
pub use settings::{Program, Settings};
