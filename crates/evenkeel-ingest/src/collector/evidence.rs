//! Spans and log records as a localizer reads them.

use crate::attribute::AttributeValue;
use crate::trace::Span;
use evenkeel_core::{Name, Timestamp};
use std::collections::HashSet;

/// A log record that waits to be given away.
#[derive(Debug, Clone)]
pub(super) struct LogLine {
    pub(super) at: Timestamp,
    pub(super) component: Name,
    pub(super) trace: Option<u128>,
    pub(super) text: Box<str>,
}

/// Log lines that wait to be given away.
#[derive(Debug, Clone, Default)]
pub(super) struct LogLines {
    lines: Vec<LogLine>,
    bytes: usize,
}

/// How many bytes of messages wait at most, each counted with 64 more for what is kept beside it.
const MOST_WAITING: usize = 16 << 20;
/// How much of a message is read, in bytes.
const MOST_BYTES: usize = 4096;

impl LogLines {
    /// Adds a line. False if there is no room for more.
    pub(super) fn add(
        &mut self,
        at: Timestamp,
        component: &Name,
        trace: Option<u128>,
        message: &str,
    ) -> bool {
        let mut end = message.len().min(MOST_BYTES);
        while !message.is_char_boundary(end) {
            end -= 1;
        }
        let bytes = self.bytes + end + 64;
        if bytes > MOST_WAITING {
            return false;
        }
        self.bytes = bytes;
        self.lines.push(LogLine { at, component: component.clone(), trace, text: message[..end].into() });
        true
    }

    /// All of them, in the order of time.
    pub(super) fn take(&mut self) -> Vec<LogLine> {
        let Self { mut lines, .. } = core::mem::take(self);
        lines.sort_by_key(|line| line.at);
        lines
    }
}

pub(super) fn trace_name(id: u128) -> String {
    format!("{id:032x}")
}

/// Whether an attribute names whom a span calls.
pub(super) fn is_peer(name: &str) -> bool {
    // The newer name of OpenTelemetry's semantic conventions, and the older one.
    matches!(name, "service.peer.name" | "peer.service")
}

/// Spans of whole traces. Of two sides of a call that share an identifier the called one is a child of the
/// other, and what it calls are its children, as in [`ServiceGraph`](crate::trace::ServiceGraph).
pub(super) fn located(spans: &[Span]) -> Vec<evenkeel_locate::traces::Span> {
    let shared: HashSet<(u128, u64)> =
        spans.iter().filter(|span| span.shared).map(|span| (span.trace, span.id)).collect();
    let callers: HashSet<(u128, u64)> =
        spans.iter().filter(|span| !span.shared).map(|span| (span.trace, span.id)).collect();
    let name =
        |id: u64, is_shared: bool| if is_shared { format!("{id:016x}s") } else { format!("{id:016x}") };
    spans
        .iter()
        .map(|span| {
            let parent = if span.shared && callers.contains(&(span.trace, span.id)) {
                Some(name(span.id, false))
            } else {
                span.parent.map(|id| name(id, shared.contains(&(span.trace, id))))
            };
            let (start, end) = (span.start, span.start + span.duration);
            let located = evenkeel_locate::traces::Span::new(
                &name(span.id, span.shared),
                parent.as_deref(),
                span.resource.service.clone(),
                span.name.clone(),
                (start.as_nanos(), end.as_nanos()),
            );
            let located = located.in_trace(&trace_name(span.trace));
            let peer = span.attributes.iter().find_map(|(name, value)| match value {
                AttributeValue::Text(text) if is_peer(name) && !text.is_empty() => Some(text.as_str()),
                _ => None,
            });
            let located = match peer {
                Some(peer) => located.calling(peer),
                None => located,
            };
            if span.failed { located.failed() } else { located }
        })
        .collect()
}
