//! What HAProxy says of its servers: `show stat`, `show servers state`, `show info`.
//!
//! ```
//! use evenkeel_ingest::Limits;
//! use evenkeel_ingest::haproxy::{Status, statistics};
//!
//! let csv = "# pxname,svname,status,weight,type,check_status,\nbe,s1,UP,0,2,L7OK,\nbe,s2,DRAIN (agent),100,2,* L7OK,\n";
//! let rows = statistics(csv, &Limits::default())?;
//! // Up, but a weight of 0 gets no traffic; a check in flight proves nothing yet.
//! assert_eq!((rows[0].status(), rows[0].takes_traffic()), (Status::Up, false));
//! assert_eq!((rows[1].status(), rows[1].passed_check()), (Status::Drain, false));
//! assert_eq!(rows[1].reason(), Some("agent"));
//! # Ok::<(), evenkeel_ingest::Error>(())
//! ```
//!
//! Worth knowing (seen with HAProxy 2.6):
//! - A drain is bit 8 of [`srv_admin_state`](ServerState::admin); a server that is down hides it in `status`,
//!   and the weight keeps its old value.
//! - `ready` after maintenance reads `UP` before any check has run: wait for a
//!   [passed check](ServerRow::passed_check) that is younger.
//! - A reload forgets drains, weights and counters behind the same socket: compare [`Process`]es.

mod process;
mod server_state;
mod statistics;

pub use process::{Process, process};
pub use server_state::{ServerState, server_states};
pub use statistics::{ServerRow, Status, statistics};
