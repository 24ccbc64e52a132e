//! A monitor entered in a contest.

use crate::detectors::Budget;
use crate::{BoxError, Failure};
use evenkeel_core::{At, Stage};
use std::fmt;
use std::sync::Arc;

/// A monitor that is running: given a value with its time, it says whether an alarm is raised now.
pub type Watch = Box<dyn FnMut(At<f64>) -> bool + Send>;

type Build = dyn Fn(&Budget) -> Result<Watch, BoxError> + Send + Sync;

/// A monitor under a name, and how it is built for a budget of false alarms, anew for each series.
#[derive(Clone)]
pub struct Entry {
    name: Arc<str>,
    build: Arc<Build>,
}

impl Entry {
    /// Any stage of values with times, whatever it says; `raised` tells whether that is a new alarm.
    pub fn new<S>(
        name: impl AsRef<str>,
        build: impl Fn(&Budget) -> Result<S, BoxError> + Send + Sync + 'static,
        raised: impl Fn(&S::Output) -> bool + Copy + Send + Sync + 'static,
    ) -> Self
    where
        S: Stage<At<f64>> + Send + 'static,
    {
        let watch = move |budget: &Budget| -> Result<Watch, BoxError> {
            let mut stage = build(budget)?;
            Ok(Box::new(move |value| stage.update(value).as_ref().is_some_and(raised)))
        };
        Self { name: name.as_ref().into(), build: Arc::new(watch) }
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Builds it.
    ///
    /// # Errors
    /// If it cannot be built for this budget.
    pub fn watch(&self, budget: &Budget) -> Result<Watch, Failure> {
        (self.build)(budget).map_err(|why| Failure::new(why.to_string()))
    }
}

impl fmt::Debug for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Entry").field("name", &self.name).finish_non_exhaustive()
    }
}
