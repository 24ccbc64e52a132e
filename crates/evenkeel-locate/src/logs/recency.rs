//! Which of many was used least recently.

/// No slot.
const NONE: usize = usize::MAX;

/// The order in which slots were used last: a doubly linked list over their indices. Every step is O(1), and
/// nothing is allocated but for a slot that was never there before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Recency {
    links: Vec<(usize, usize)>,
    oldest: usize,
    newest: usize,
}

impl Recency {
    pub(super) fn new() -> Self {
        Self { links: Vec::new(), oldest: NONE, newest: NONE }
    }

    /// A slot that was used last long ago.
    pub(super) fn oldest(&self) -> Option<usize> {
        (self.oldest != NONE).then_some(self.oldest)
    }

    /// Takes in a slot that is not in the list, as the newest.
    pub(super) fn insert(&mut self, slot: usize) {
        if self.links.len() <= slot {
            self.links.resize(slot + 1, (NONE, NONE));
        }
        self.links[slot] = (self.newest, NONE);
        match self.newest {
            NONE => self.oldest = slot,
            newest => self.links[newest].1 = slot,
        }
        self.newest = slot;
    }

    /// Takes out a slot that is in the list.
    pub(super) fn remove(&mut self, slot: usize) {
        let (before, after) = self.links[slot];
        match before {
            NONE => self.oldest = after,
            before => self.links[before].1 = after,
        }
        match after {
            NONE => self.newest = before,
            after => self.links[after].0 = before,
        }
    }

    /// Makes a slot that is in the list the newest.
    pub(super) fn touch(&mut self, slot: usize) {
        if slot != self.newest {
            self.remove(slot);
            self.insert(slot);
        }
    }
}
