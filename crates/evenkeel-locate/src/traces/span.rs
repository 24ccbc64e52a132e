//! Spans: operations of components, from when to when.

use evenkeel_core::{Name, Timestamp};

/// A span of a trace: an operation of a component, from when to when, called by which other span. Its fields
/// are those of OTLP; who parses it makes these of it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Span {
    pub(crate) trace: Box<str>,
    pub(crate) start: i64,
    pub(crate) end: i64,
    pub(crate) component: Name,
    pub(crate) operation: Name,
    pub(crate) id: Box<str>,
    pub(crate) parent: Option<Box<str>>,
    pub(crate) callee: Option<Name>,
    pub(crate) has_failed: bool,
}

impl Span {
    /// A span by its id, its parent's id, the component (`service.name`), the operation (`name`), and start
    /// and end in nanoseconds since the Unix epoch. It did not fail, and is of the trace without a name.
    pub fn new(
        id: &str,
        parent: Option<&str>,
        component: impl Into<Name>,
        operation: impl Into<Name>,
        (start, end): (i64, i64),
    ) -> Self {
        let (component, operation) = (component.into(), operation.into());
        let (id, parent, trace) = (id.into(), parent.map(Into::into), "".into());
        Self { trace, start, end, component, operation, id, parent, callee: None, has_failed: false }
    }

    /// The trace that it belongs to (`trace_id`).
    #[must_use]
    pub fn in_trace(mut self, id: &str) -> Self {
        self.trace = id.into();
        self
    }

    /// Whom it calls (`service.peer.name`, before that `peer.service`), if it is a call: of those who report
    /// no spans themselves, it is all that is known.
    #[must_use]
    pub fn calling(mut self, callee: impl Into<Name>) -> Self {
        self.callee = Some(callee.into());
        self
    }

    /// That it ended with an error (`status.code` is `STATUS_CODE_ERROR`).
    #[must_use]
    pub fn failed(mut self) -> Self {
        self.has_failed = true;
        self
    }

    /// The same with other names for its component and for whom it calls: those of components, where instances
    /// were named.
    #[must_use]
    pub fn resolved(mut self, name: impl Fn(&Name) -> Name) -> Self {
        self.component = name(&self.component);
        self.callee = self.callee.map(|callee| name(&callee));
        self
    }

    /// The trace that it belongs to.
    #[must_use]
    pub fn trace(&self) -> &str {
        &self.trace
    }

    /// When it began.
    #[must_use]
    pub fn began(&self) -> Timestamp {
        Timestamp::from_nanos(self.start)
    }

    /// When it ended.
    #[must_use]
    pub fn ended(&self) -> Timestamp {
        Timestamp::from_nanos(self.end)
    }

    /// Its component.
    #[must_use]
    pub fn component(&self) -> &Name {
        &self.component
    }

    /// Its operation.
    #[must_use]
    pub fn operation(&self) -> &Name {
        &self.operation
    }

    /// Whom it calls, if that was said.
    #[must_use]
    pub fn callee(&self) -> Option<&Name> {
        self.callee.as_ref()
    }

    /// Whether it ended with an error.
    #[must_use]
    pub fn has_failed(&self) -> bool {
        self.has_failed
    }
}
