//! A method entered in a contest.

use crate::{BoxError, Failure};
use std::fmt;
use std::sync::Arc;

type Parse = dyn Fn(&[String]) -> Result<Vec<u64>, BoxError> + Send + Sync;

/// A method that groups log lines by template, under a name. It is a closure, so that it may capture
/// parameters.
#[derive(Clone)]
pub struct Entry {
    name: Arc<str>,
    parse: Arc<Parse>,
}

impl Entry {
    /// What is given the lines of a log in order, and gives the number of each line's group.
    pub fn new(
        name: impl AsRef<str>,
        parse: impl Fn(&[String]) -> Result<Vec<u64>, BoxError> + Send + Sync + 'static,
    ) -> Self {
        Self { name: name.as_ref().into(), parse: Arc::new(parse) }
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The group of each line.
    ///
    /// # Errors
    /// If it fails, or gives another number of groups than lines.
    pub fn groups(&self, lines: &[String]) -> Result<Vec<u64>, Failure> {
        let groups = (self.parse)(lines).map_err(|why| Failure::new(why.to_string()))?;
        if groups.len() != lines.len() {
            return Err(Failure::new(format!("{} groups for {} lines", groups.len(), lines.len())));
        }
        Ok(groups)
    }
}

impl fmt::Debug for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Entry").field("name", &self.name).finish_non_exhaustive()
    }
}
