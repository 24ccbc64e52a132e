//! Settings of a gate.

use crate::approval::ApprovalBudget;
use crate::fault::Fault;
use crate::proposal::Verb;
use std::io;
use std::time::Duration;

/// Settings of a gate.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Settings {
    /// The seed of the world. Default 1.
    pub seed: u64,
    /// The faults that come first, in order. Default none.
    pub faults: Vec<Fault>,
    /// Whether faults are drawn after those. Default yes.
    pub draws: bool,
    /// In how many seconds of the world's time the first fault begins. Default 30.
    pub first_fault: i64,
    /// Verbs that are only advised. Default none.
    pub advise_only: Vec<Verb>,
    /// How many proposals are taken in a minute of the caller's clock. Default 30.
    pub proposals_per_minute: u32,
    /// How many questions are answered in a minute of the caller's clock. Default 600.
    pub reads_per_minute: u32,
    /// What is agreed to without a person. Default: 4 restarts and drains in an hour.
    pub budget: ApprovalBudget,
    /// Whether files that do not fit together are set aside, and the gate begins without them. Default no: then
    /// it does not start.
    pub begin_anew: bool,
}

impl Settings {
    /// Whether all of them are in their range.
    ///
    /// # Errors
    /// If one is not, which is named.
    pub fn check(&self) -> io::Result<()> {
        let rates = [
            ("proposals_per_minute", self.proposals_per_minute),
            ("reads_per_minute", self.reads_per_minute),
        ];
        let wrong = |why: String| Err(io::Error::new(io::ErrorKind::InvalidInput, why));
        if let Some((name, _)) = rates.into_iter().find(|(_, rate)| *rate == 0) {
            return wrong(format!("`{name}` must be at least 1, was 0"));
        }
        match self.first_fault {
            ..1 => wrong(format!("`first_fault` must be at least 1 second, was {}", self.first_fault)),
            _ => Ok(()),
        }
    }
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            seed: 1,
            faults: Vec::new(),
            draws: true,
            first_fault: 30,
            advise_only: Vec::new(),
            proposals_per_minute: 30,
            reads_per_minute: 600,
            budget: ApprovalBudget::new(&["restart", "drain"], 4, Duration::from_secs(3600)),
            begin_anew: false,
        }
    }
}
