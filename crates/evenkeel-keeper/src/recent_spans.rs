//! The spans of the recent past.

use crate::members::Members;
use crate::thinning::Thinning;
use evenkeel_core::{Error, Timestamp};
use evenkeel_locate::traces::{Span, TraceSet};

/// The spans of the time that is kept, at most so many; of more whole traces are left out.
#[derive(Debug, Clone, Default)]
pub(crate) struct RecentSpans {
    spans: Vec<Span>,
    thinning: Thinning,
}

impl RecentSpans {
    /// Adds a span; gives back how many were left out for it, itself included.
    pub(crate) fn add(&mut self, span: Span, oldest: Timestamp, most: usize) -> usize {
        if !self.thinning.keeps(span.trace()) {
            return 1;
        }
        let mut left_out = 0;
        if self.spans.len() >= most {
            self.expire(oldest, most);
            let before = self.spans.len();
            while self.spans.len() > most - most.div_ceil(4) && self.thinning.halve() {
                let thinning = self.thinning;
                self.spans.retain(|span| thinning.keeps(span.trace()));
            }
            left_out = before - self.spans.len();
            if self.spans.len() >= most || !self.thinning.keeps(span.trace()) {
                return left_out + 1;
            }
        }
        self.spans.push(span);
        left_out
    }

    /// Forgets what ended before a time.
    pub(crate) fn expire(&mut self, oldest: Timestamp, most: usize) {
        self.spans.retain(|span| span.ended() >= oldest);
        self.thinning.relax(self.spans.len(), most);
    }

    pub(crate) fn clear(&mut self) {
        *self = Self::default();
    }

    /// The traces, each span of the component that its own is an instance of; `None` if there are none.
    pub(crate) fn traces(&self, oldest: Timestamp, members: &Members) -> Result<Option<TraceSet>, Error> {
        let recent = self.spans.iter().filter(|span| span.ended() >= oldest);
        let spans = recent.map(|span| span.clone().resolved(|name| members.component(name).clone()));
        let traces = TraceSet::new(spans)?;
        Ok(Some(traces).filter(|traces| !traces.is_empty()))
    }
}
