//! The log lines of the recent past.

use crate::thinning::Thinning;
use evenkeel_core::{Name, Timestamp};
use evenkeel_locate::logs::LogSet;

/// The log lines of the time that is kept, at most so many; of more those of whole traces are left out, and a
/// part of those without one.
#[derive(Debug, Clone, Default)]
pub(crate) struct RecentLines {
    lines: LogSet,
    thinning: Thinning,
    /// How many lines without a trace there were.
    untraced: u64,
}

impl RecentLines {
    /// Adds a line; gives back how many were left out for it, itself included.
    pub(crate) fn add(
        &mut self,
        at: Timestamp,
        component: Name,
        trace: Option<&str>,
        text: &str,
        (oldest, most): (Timestamp, usize),
    ) -> usize {
        let trace = trace.filter(|trace| !trace.is_empty());
        self.untraced += u64::from(trace.is_none());
        let number = self.untraced;
        let keeps = |thinning: Thinning| match trace {
            Some(trace) => thinning.keeps(trace),
            None => thinning.keeps_number(number),
        };
        if !keeps(self.thinning) {
            return 1;
        }
        let mut left_out = 0;
        if self.lines.len() >= most {
            self.expire(oldest, most);
            let before = self.lines.len();
            while self.lines.len() > most - most.div_ceil(4) && self.thinning.halve() {
                let thinning = self.thinning;
                // Those without a trace were kept by numbers that are not known any more: of these any half.
                let mut halved = Thinning::default();
                halved.halve();
                let mut place = 0_u64;
                self.lines.retain(|_, _, trace| match trace {
                    Some(trace) => thinning.keeps(trace),
                    None => {
                        place += 1;
                        halved.keeps_number(place)
                    }
                });
            }
            left_out = before - self.lines.len();
            if self.lines.len() >= most || !keeps(self.thinning) {
                return left_out + 1;
            }
        }
        self.lines.line(at, component, trace, text);
        left_out
    }

    /// Forgets what was written before a time.
    pub(crate) fn expire(&mut self, oldest: Timestamp, most: usize) {
        self.lines.retain(|at, _, _| at >= oldest);
        if self.thinning.relax(self.lines.len(), most) {
            // Lines without a trace are compared by their rates, and of these a part is missing.
            self.lines.retain(|_, _, trace| trace.is_some());
        }
    }

    pub(crate) fn clear(&mut self) {
        *self = Self::default();
    }

    /// The lines; `None` if there are none.
    pub(crate) fn lines(&self) -> Option<&LogSet> {
        Some(&self.lines).filter(|lines| !lines.is_empty())
    }
}
