//! Spans.

use crate::attribute::{Attributes, Resource};
use crate::finding::{FindingKind, Findings};
use core::time::Duration;
use evenkeel_core::{Name, Timestamp};
use std::sync::Arc;

/// On which side of a call a span stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
#[non_exhaustive]
pub enum SpanKind {
    /// Work within a service, or not said.
    #[default]
    Internal,
    /// The side that was called.
    Server,
    /// The side that calls.
    Client,
    /// The side that sends a message.
    Producer,
    /// The side that receives a message.
    Consumer,
}

impl SpanKind {
    /// From a name in any of the three formats, in any case. What is not known is internal.
    pub(crate) fn named(name: &str) -> Self {
        let name = name.strip_prefix("SPAN_KIND_").unwrap_or(name);
        let is = |kind: &str| name.eq_ignore_ascii_case(kind);
        match () {
            () if is("server") => Self::Server,
            () if is("client") => Self::Client,
            () if is("producer") => Self::Producer,
            () if is("consumer") => Self::Consumer,
            () => Self::Internal,
        }
    }

    /// From the number of OTLP.
    pub(crate) fn numbered(number: i128) -> Self {
        match number {
            2 => Self::Server,
            3 => Self::Client,
            4 => Self::Producer,
            5 => Self::Consumer,
            _ => Self::Internal,
        }
    }
}

/// A piece of work, which may be part of a larger one.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Span {
    /// The trace it belongs to. Identifiers of fewer than 32 digits are the same with zeros before them.
    pub trace: u128,
    /// Its own identifier, unique within the trace.
    pub id: u64,
    /// The span that it is part of; `None` for the root.
    pub parent: Option<u64>,
    /// Who did it.
    pub resource: Arc<Resource>,
    /// What was done.
    pub name: Name,
    /// On which side of a call it stands.
    pub kind: SpanKind,
    /// Whether it shares its identifier with the span of its caller (Zipkin).
    pub shared: bool,
    /// When it began.
    pub start: Timestamp,
    /// How long it took.
    pub duration: Duration,
    /// Whether it failed.
    pub failed: bool,
    /// What else is said about it.
    pub attributes: Attributes,
    /// What happened in it. Read from OTLP only.
    pub events: Vec<SpanEvent>,
    /// Other spans that it has to do with. Read from OTLP only.
    pub links: Vec<SpanLink>,
}

/// Something that happened in a span: an exception, a retry.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct SpanEvent {
    /// When it happened.
    pub time: Timestamp,
    /// What happened, for example `exception`.
    pub name: String,
    /// What else is said about it.
    pub attributes: Attributes,
}

/// A span that another has to do with without being part of it: the message of a batch, the request that was
/// queued.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct SpanLink {
    /// The trace of the other span.
    pub trace: u128,
    /// Its identifier.
    pub span: u64,
    /// What is said about the relation.
    pub attributes: Attributes,
}

/// Spans of a body.
#[derive(Debug, Clone, PartialEq, Default)]
#[non_exhaustive]
pub struct Spans {
    /// Those that could be read, in the order of the body.
    pub spans: Vec<Span>,
    /// What was wrong with others: [`FindingKind::Unreadable`] for each.
    pub findings: Findings,
}

impl Spans {
    /// Adds a span, or reports why it could not be read.
    pub(crate) fn add(&mut self, service: &str, span: Result<Span, String>) {
        match span {
            Ok(span) => self.spans.push(span),
            Err(_) => self.findings.add(FindingKind::Unreadable, service, 1),
        }
    }
}
