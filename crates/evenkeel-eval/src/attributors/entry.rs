//! A method entered in a contest.

use crate::{BoxError, Failure};
use evenkeel_locate::attributes::{AttributeTable, Combination};
use std::fmt;
use std::sync::Arc;

type Find = dyn Fn(&AttributeTable) -> Result<Vec<Combination>, BoxError> + Send + Sync;

/// A method that finds the combinations of attributes behind a change, under a name. It is a closure, so that
/// it may capture parameters.
#[derive(Clone)]
pub struct Entry {
    name: Arc<str>,
    find: Arc<Find>,
}

impl Entry {
    /// What is given forecast and actual values by attributes, and gives the combinations that explain the
    /// change.
    pub fn new(
        name: impl AsRef<str>,
        find: impl Fn(&AttributeTable) -> Result<Vec<Combination>, BoxError> + Send + Sync + 'static,
    ) -> Self {
        Self { name: name.as_ref().into(), find: Arc::new(find) }
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The combinations that it finds.
    ///
    /// # Errors
    /// If it fails.
    pub fn causes(&self, table: &AttributeTable) -> Result<Vec<Combination>, Failure> {
        (self.find)(table).map_err(|why| Failure::new(why.to_string()))
    }
}

impl fmt::Debug for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Entry").field("name", &self.name).finish_non_exhaustive()
    }
}
