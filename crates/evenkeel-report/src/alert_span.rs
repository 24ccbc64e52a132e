//! Stretches of time that were called abnormal.

use evenkeel_core::{Timestamp, Transition, TransitionKind};

/// A stretch of time that was called abnormal, as it is drawn.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct AlertSpan {
    /// The first abnormal value.
    pub start: Timestamp,
    /// The last abnormal value; `None` while it is not over.
    pub end: Option<Timestamp>,
    /// What is said of it; may be empty.
    pub note: String,
}

impl AlertSpan {
    /// From the first abnormal value to the last; `None` while it is not over.
    #[must_use]
    pub fn new(start: Timestamp, end: Option<Timestamp>, note: impl Into<String>) -> Self {
        Self { start, end, note: note.into() }
    }

    /// The spans that transitions of one alarm tell of, in the order in which they came: one for each that was raised,
    /// until it was cleared. The note is the sentence of the raised transition.
    #[must_use]
    pub fn of_transitions<'a>(transitions: impl IntoIterator<Item = &'a Transition>) -> Vec<Self> {
        let mut spans: Vec<Self> = Vec::new();
        for transition in transitions {
            match transition.kind {
                TransitionKind::Raised => {
                    spans.push(Self::new(transition.start, None, transition.to_string()));
                }
                TransitionKind::Cleared => {
                    if let Some(span) = spans.iter_mut().rfind(|span| span.start == transition.start) {
                        span.end = transition.end.or(Some(transition.at));
                    }
                }
                _ => {}
            }
        }
        spans
    }
}
