//! A localizer entered in a contest.

use evenkeel_locate::{Calibration, Case, Localizer, Ranking};
use std::fmt;
use std::sync::Arc;

/// A localizer under a name.
#[derive(Clone)]
pub struct Entry {
    name: Arc<str>,
    localizer: Arc<dyn for<'a> Localizer<Case<'a>> + Send + Sync>,
    calibration: Option<Calibration>,
    shuffled: bool,
}

impl Entry {
    /// A localizer.
    pub fn new(
        name: impl AsRef<str>,
        localizer: impl for<'a> Localizer<Case<'a>> + Send + Sync + 'static,
    ) -> Self {
        let name = name.as_ref().into();
        Self { name, localizer: Arc::new(localizer), calibration: None, shuffled: false }
    }

    /// A closure that ranks.
    pub fn ranker(
        name: impl AsRef<str>,
        rank: impl for<'a> Fn(&Case<'a>) -> Ranking + Send + Sync + 'static,
    ) -> Self {
        Self::new(name, Ranker(rank))
    }

    /// With probabilities for its rankings, the calibration error of which is then scored.
    #[must_use]
    pub fn with_calibration(mut self, calibration: Calibration) -> Self {
        self.calibration = Some(calibration);
        self
    }

    /// With kinds and units of metrics permuted within each case.
    pub(super) fn shuffled(mut self) -> Self {
        self.shuffled = true;
        self
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// How its rankings become probabilities, if they do.
    #[must_use]
    pub fn calibration(&self) -> Option<&Calibration> {
        self.calibration.as_ref()
    }

    /// Whether it gets wrong kinds of metrics, as a control.
    pub(crate) fn is_shuffled(&self) -> bool {
        self.shuffled
    }
}

impl Localizer<Case<'_>> for Entry {
    fn rank(&self, case: &Case<'_>) -> Ranking {
        self.localizer.rank(case)
    }
}

impl fmt::Debug for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Entry").field("name", &self.name).finish_non_exhaustive()
    }
}

/// A closure as a localizer.
struct Ranker<F>(F);

impl<F: for<'a> Fn(&Case<'a>) -> Ranking> Localizer<Case<'_>> for Ranker<F> {
    fn rank(&self, case: &Case<'_>) -> Ranking {
        (self.0)(case)
    }
}
