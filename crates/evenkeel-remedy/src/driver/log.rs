//! The log trait, and a log in memory.

use crate::machine::Record;
use alloc::vec::Vec;
use std::io;

/// An append-only log of records.
///
/// After an error nobody knows what is in it: an implementation should fail from then on, until it is opened
/// anew.
pub trait Log<V> {
    /// Appends a record.
    ///
    /// # Errors
    /// If it cannot be written.
    fn append(&mut self, record: &Record<V>) -> io::Result<()>;

    /// Returns once everything appended would survive a crash.
    ///
    /// # Errors
    /// If that cannot be had.
    fn sync(&mut self) -> io::Result<()>;
}

/// A log in memory: for tests, and for machines that only advise.
#[derive(Debug, Clone, PartialEq)]
pub struct MemoryLog<V = crate::verb::StandardVerb> {
    records: Vec<Record<V>>,
}

impl<V> Default for MemoryLog<V> {
    fn default() -> Self {
        Self::new()
    }
}

impl<V> MemoryLog<V> {
    /// An empty one.
    #[must_use]
    pub fn new() -> Self {
        Self { records: Vec::new() }
    }

    /// What was appended.
    #[must_use]
    pub fn records(&self) -> &[Record<V>] {
        &self.records
    }
}

impl<V: Clone> Log<V> for MemoryLog<V> {
    fn append(&mut self, record: &Record<V>) -> io::Result<()> {
        self.records.push(record.clone());
        Ok(())
    }

    fn sync(&mut self) -> io::Result<()> {
        Ok(())
    }
}
