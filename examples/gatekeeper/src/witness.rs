//! The journal, with a view of what was just written.

use evenkeel::remedy::driver::{Journal, Log, MemoryLog};
use evenkeel::remedy::machine::Record;
use evenkeel::remedy::verb::StandardVerb;
use std::io;
use std::sync::{Arc, Mutex, PoisonError};

/// What was appended since it was looked at last.
#[derive(Debug, Clone, Default)]
pub struct Written(Arc<Mutex<Vec<Record<StandardVerb>>>>);

impl Written {
    /// What was appended since, in order.
    #[must_use]
    pub fn take(&self) -> Vec<Record<StandardVerb>> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Where records go: a file, or memory for simulations.
#[derive(Debug)]
pub enum Store {
    /// A journal in a file.
    File(Journal<StandardVerb>),
    /// A log in memory.
    Memory(MemoryLog<StandardVerb>),
}

/// A log that shows what passes through it.
#[derive(Debug)]
pub struct Witness {
    store: Store,
    written: Written,
}

impl Witness {
    /// Writes to a store and shows it there.
    #[must_use]
    pub fn new(store: Store, written: Written) -> Self {
        Self { store, written }
    }

    /// The records, if they are kept in memory.
    #[must_use]
    pub fn records(&self) -> &[Record<StandardVerb>] {
        match &self.store {
            Store::File(_) => &[],
            Store::Memory(log) => log.records(),
        }
    }
}

impl Log<StandardVerb> for Witness {
    fn append(&mut self, record: &Record<StandardVerb>) -> io::Result<()> {
        match &mut self.store {
            Store::File(journal) => journal.append(record)?,
            Store::Memory(log) => log.append(record)?,
        }
        self.written.0.lock().unwrap_or_else(PoisonError::into_inner).push(record.clone());
        Ok(())
    }

    fn sync(&mut self) -> io::Result<()> {
        match &mut self.store {
            Store::File(journal) => journal.sync(),
            Store::Memory(log) => log.sync(),
        }
    }
}
