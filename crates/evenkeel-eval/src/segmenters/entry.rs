//! A method entered in a contest.

use crate::{BoxError, Failure};
use std::fmt;
use std::sync::Arc;

type Find = dyn Fn(&[&[f64]]) -> Result<Option<Vec<usize>>, BoxError> + Send + Sync;

/// A method that finds change points, under a name. It is a closure, so that it may capture parameters.
#[derive(Clone)]
pub struct Entry {
    name: Arc<str>,
    find: Arc<Find>,
}

impl Entry {
    /// What is given the dimensions of a series, all of one length, NaN where a value is missing, and gives
    /// the 0-based indices at which another segment begins; `None` if it is not for so many dimensions.
    pub fn new(
        name: impl AsRef<str>,
        find: impl Fn(&[&[f64]]) -> Result<Option<Vec<usize>>, BoxError> + Send + Sync + 'static,
    ) -> Self {
        Self { name: name.as_ref().into(), find: Arc::new(find) }
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The changes that it finds.
    ///
    /// # Errors
    /// If it fails, or names an index beyond the series.
    pub fn changes(&self, dimensions: &[&[f64]]) -> Result<Option<Vec<usize>>, Failure> {
        let changes = (self.find)(dimensions).map_err(|why| Failure::new(why.to_string()))?;
        let n = dimensions.first().map_or(0, |values| values.len());
        match changes.iter().flatten().find(|change| **change >= n) {
            Some(change) => Err(Failure::new(format!("a change at {change}, beyond the {n} values"))),
            None => Ok(changes),
        }
    }
}

impl fmt::Debug for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Entry").field("name", &self.name).finish_non_exhaustive()
    }
}
