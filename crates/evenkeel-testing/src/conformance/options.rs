//! Options of the checks.

use std::path::{Path, PathBuf};

/// What kind of stage it is: which checks apply beyond those for all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Kind {
    /// Any stage: no checks beyond those for all.
    Stage,
    /// A stage that gives a `Score`.
    Detector,
    /// A stage that takes a `Score` and gives `Calibrated`.
    Calibrator,
    /// A stage that is a `Forecaster`.
    Forecaster,
    /// A stage that takes `At<Calibrated>` and gives `Transition`.
    Alarm,
}

/// What a missing value does to a stage.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Missing {
    /// Nothing: the outputs are those of the stream without it, bit for bit. The default for detectors,
    /// calibrators and alarms.
    Ignored,
    /// Time advances: a forecast moves on by one step. The default for forecasters.
    Advances,
    /// The stage may have no output for a while, but for no longer than a freshly built one. The default for
    /// other stages.
    Recovers,
}

/// Settings of the checks for one stage.
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use]
pub struct Options {
    missing: Missing,
    growth: usize,
    warm_up: usize,
    steps: usize,
    forgets: Option<usize>,
    schema: Option<String>,
    golden: Option<PathBuf>,
}

impl Options {
    /// The defaults for a kind: no growth, a warm-up of 2,000 inputs, 1,000,000 steps of endurance.
    pub fn new(kind: Kind) -> Self {
        let missing = match kind {
            Kind::Stage => Missing::Recovers,
            Kind::Forecaster => Missing::Advances,
            Kind::Detector | Kind::Calibrator | Kind::Alarm => Missing::Ignored,
        };
        let (schema, golden) = (None, None);
        Self { missing, growth: 0, warm_up: 2_000, steps: 1_000_000, forgets: Some(5_000), schema, golden }
    }

    /// What a missing value does.
    pub fn missing(mut self, missing: Missing) -> Self {
        self.missing = missing;
        self
    }

    /// How many updates may allocate in a whole run, for a stage that grows structure from data: its
    /// documented cap.
    pub fn growth(mut self, moments: usize) -> Self {
        self.growth = moments;
        self
    }

    /// How many inputs it takes until the steady state, from which on allocations are counted.
    pub fn warm_up(mut self, inputs: usize) -> Self {
        self.warm_up = inputs;
        self
    }

    /// How many steps the endurance check takes; fewer for a stage whose update is expensive.
    pub fn steps(mut self, steps: usize) -> Self {
        self.steps = steps;
        self
    }

    /// After how many inputs a wild value must not matter any more.
    pub fn forgets(mut self, inputs: usize) -> Self {
        self.forgets = Some(inputs);
        self
    }

    /// The stage remembers everything by definition, wild values too.
    pub fn remembers(mut self) -> Self {
        self.forgets = None;
        self
    }

    /// The schema that its snapshots must have.
    pub fn schema(mut self, schema: impl Into<String>) -> Self {
        self.schema = Some(schema.into());
        self
    }

    /// A file with a snapshot as JSON, which must be reproduced and restored.
    pub fn golden(mut self, path: impl AsRef<Path>) -> Self {
        self.golden = Some(path.as_ref().to_owned());
        self
    }

    pub(super) fn missing_does(&self) -> Missing {
        self.missing
    }

    pub(super) fn growth_allowed(&self) -> usize {
        self.growth
    }

    pub(super) fn warm_up_inputs(&self) -> usize {
        self.warm_up
    }

    pub(super) fn endurance(&self) -> usize {
        self.steps
    }

    pub(super) fn forgets_after(&self) -> Option<usize> {
        self.forgets
    }

    pub(super) fn schema_wanted(&self) -> Option<&str> {
        self.schema.as_deref()
    }

    pub(super) fn golden_file(&self) -> Option<&Path> {
        self.golden.as_deref()
    }

    /// How many inputs a check of several rounds takes a round: in proportion for an expensive stage.
    pub(super) fn round(&self, inputs: usize) -> usize {
        inputs.min((self.steps / 100).max(300))
    }
}
