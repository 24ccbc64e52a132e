//! The agent: reads one TOML file, scrapes or asks Prometheus, receives OTLP and remote write on loopback,
//! finds what is wrong and where, and tells Alertmanager. It advises; it does nothing.
//!
//! [`Agent`] is the loop without any I/O but its own files; the rest brings telemetry to it and carries
//! alerts away.

#![forbid(unsafe_code)]

mod agent;
mod alerts;
mod configuration;
mod delivery;
mod incident_reports;
mod intake;
mod page;
mod program;
mod quantity;
mod rate_limit;
mod saved_state;
mod server;
mod sources;
mod status;

pub use agent::{Agent, AgentError};
pub use configuration::{Configuration, ConfigurationError};
pub use intake::{Intake, ReportRequest};
pub use page::resident_bytes;
pub use program::run;
