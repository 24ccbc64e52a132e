//! The incident report: one HTML file that needs nothing else.

mod incident;
mod incident_report;
mod page;
mod user_impact;

pub use incident::IncidentSummary;
pub use incident_report::IncidentReport;
pub use user_impact::UserImpact;
