//! Log lines of many components, by template.

use super::drain::Drain;
use evenkeel_core::{Name, Timestamp};
use std::collections::HashMap;

/// The log lines of some time, each with its component and the number of its template, for the localizers
/// that read a [`Case`](crate::Case).
///
/// Lines should be given in the order of time, so that the [`Drain`] that mines their templates sees them as
/// they were written: a template may depend on the lines before it. Otherwise the order makes no difference.
///
/// *Cost*: that of Drain; memory 40 bytes a line, and what Drain takes. Texts are not kept.
///
/// ```
/// use evenkeel_core::Timestamp;
/// use evenkeel_locate::logs::LogSet;
///
/// let mut logs = LogSet::default();
/// let at = Timestamp::from_seconds(1_700_000_000);
/// logs.line(at, "cart", Some("4bf92f35"), "added item 17");
/// logs.line(at, "cart", None, "added item 18");
/// assert_eq!((logs.len(), logs.templates().len()), (2, 1));
/// ```
#[derive(Debug, Clone, PartialEq, Default)]
pub struct LogSet {
    templates: Drain,
    components: Vec<Name>,
    numbers: HashMap<Name, u32>,
    traces: HashMap<Box<str>, u32>,
    statements: HashMap<Box<str>, u64>,
    lines: Vec<LogEntry>,
}

/// Statements have numbers from here on, templates that are mined lower ones.
const STATEMENTS: u64 = 1 << 63;

/// A line among the others of its set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct LogEntry {
    pub(crate) at: i64,
    pub(crate) component: u32,
    pub(crate) trace: Option<u32>,
    pub(crate) template: u64,
}

impl LogSet {
    /// No lines yet; templates are mined by this Drain. [`Default`] takes a default one.
    #[must_use]
    pub fn new(templates: Drain) -> Self {
        Self { templates, ..Self::default() }
    }

    /// A line more: when it was written, by which component, in which trace if that is known, and its text.
    pub fn line(&mut self, at: Timestamp, component: impl Into<Name>, trace: Option<&str>, text: &str) {
        let template = self.templates.update(text).id;
        self.add(at, component.into(), trace, template);
    }

    /// A line more of which it is known which statement of the source wrote it, by whatever names that: a
    /// file and a line (`code.file.path` and `code.line.number` of OpenTelemetry), a logger and a line. The
    /// statement is its template; nothing is mined.
    pub fn line_of(
        &mut self,
        at: Timestamp,
        component: impl Into<Name>,
        trace: Option<&str>,
        statement: &str,
    ) {
        let next = STATEMENTS + self.statements.len() as u64;
        let template = match self.statements.get(statement) {
            Some(template) => *template,
            None => {
                self.statements.insert(statement.into(), next);
                next
            }
        };
        self.add(at, component.into(), trace, template);
    }

    fn add(&mut self, at: Timestamp, component: Name, trace: Option<&str>, template: u64) {
        let component = match self.numbers.get(&component) {
            Some(number) => *number,
            None => {
                let number = self.components.len() as u32;
                self.components.push(component.clone());
                self.numbers.insert(component, number);
                number
            }
        };
        let trace = trace.filter(|id| !id.is_empty()).map(|id| match self.traces.get(id) {
            Some(number) => *number,
            None => {
                let number = self.traces.len() as u32;
                self.traces.insert(id.into(), number);
                number
            }
        });
        self.lines.push(LogEntry { at: at.as_nanos(), component, trace, template });
    }

    /// Keeps the lines that are wanted, by when they were written, by which component, in which trace. The
    /// templates stay as they were mined. O(n) for n lines.
    pub fn retain(&mut self, mut keep: impl FnMut(Timestamp, &Name, Option<&str>) -> bool) {
        let lines = core::mem::take(&mut self.lines);
        let components = core::mem::take(&mut self.components);
        self.numbers.clear();
        let mut traces: Vec<Box<str>> = vec!["".into(); self.traces.len()];
        for (id, number) in self.traces.drain() {
            traces[number as usize] = id;
        }
        for LogEntry { at, component, trace, template } in lines {
            let (at, component) = (Timestamp::from_nanos(at), &components[component as usize]);
            let trace = trace.map(|number| &*traces[number as usize]);
            if keep(at, component, trace) {
                self.add(at, component.clone(), trace, template);
            }
        }
    }

    /// The number of lines.
    #[must_use]
    pub fn len(&self) -> usize {
        self.lines.len()
    }

    /// Whether there is no line.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.lines.is_empty()
    }

    /// The templates that were mined.
    #[must_use]
    pub fn templates(&self) -> &Drain {
        &self.templates
    }

    pub(crate) fn component(&self, number: u32) -> &Name {
        &self.components[number as usize]
    }

    pub(crate) fn lines(&self) -> &[LogEntry] {
        &self.lines
    }
}
