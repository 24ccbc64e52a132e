//! What an instance tells of its requests one by one: spans of their traces, and lines of its log.

use super::clock::Clock;
use evenkeel::locate::traces::Span;
use evenkeel::prelude::{Name, Timestamp};
use std::fmt::Write as _;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

/// How many spans, and how many lines, wait for a scrape at most. Of a busy instance that is a few seconds.
const MOST: usize = 4_000;

/// Which request something is done for, and within which span.
#[derive(Debug, Clone, Copy)]
pub(super) struct Context {
    pub(super) trace: u64,
    pub(super) parent: u64,
}

impl Context {
    /// As it goes with a call: `7f3a 12`.
    pub(super) fn words(self) -> String {
        format!("{:x} {:x}", self.trace, self.parent)
    }

    pub(super) fn parse(words: &str) -> Option<Self> {
        let (trace, parent) = words.split_once(' ')?;
        let number = |word| u64::from_str_radix(word, 16).ok();
        Some(Self { trace: number(trace)?, parent: number(parent)? })
    }
}

/// A span that has begun.
#[derive(Debug)]
pub(super) struct Begun {
    context: Context,
    id: u64,
    start: Timestamp,
}

impl Begun {
    /// The context of what is done within it.
    pub(super) fn within(&self) -> Context {
        Context { trace: self.context.trace, parent: self.id }
    }
}

/// Spans that ended and lines that were written since the last scrape.
#[derive(Debug)]
pub(super) struct Telemetry {
    clock: Clock,
    next: AtomicU64,
    waiting: Mutex<Told>,
}

/// Spans and lines of one instance.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Told {
    pub(super) spans: Vec<ToldSpan>,
    pub(super) lines: Vec<ToldLine>,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) struct ToldSpan {
    trace: u64,
    id: u64,
    parent: u64,
    start: i64,
    end: i64,
    failed: bool,
    operation: String,
    /// The service that it calls; empty if it is no call.
    callee: String,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) struct ToldLine {
    pub(super) at: Timestamp,
    pub(super) trace: u64,
    pub(super) text: String,
}

impl Telemetry {
    /// Of an instance whose identifiers begin with a number of its own.
    pub(super) fn new(instance: u32) -> Self {
        let next = AtomicU64::new(u64::from(instance) << 32 | 1);
        Self { clock: Clock::start(), next, waiting: Mutex::default() }
    }

    pub(super) fn begin(&self, context: Context) -> Begun {
        Begun { context, id: self.next.fetch_add(1, Ordering::Relaxed), start: self.clock.now() }
    }

    /// A span ended: an operation of the instance, or its call of another service.
    pub(super) fn end(&self, begun: &Begun, operation: &str, callee: &str, failed: bool) {
        let Begun { context: Context { trace, parent }, id, start } = *begun;
        let (start, end) = (start.as_nanos(), self.clock.now().as_nanos());
        let (operation, callee) = (operation.into(), callee.into());
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        if waiting.spans.len() < MOST {
            waiting.spans.push(ToldSpan { trace, id, parent, start, end, failed, operation, callee });
        }
    }

    /// Writes a line for a request.
    pub(super) fn log(&self, context: Context, text: &str) {
        let line =
            ToldLine { at: self.clock.now(), trace: context.trace, text: text.replace(['\t', '\n'], " ") };
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        if waiting.lines.len() < MOST {
            waiting.lines.push(line);
        }
    }

    /// Tells everything and forgets it.
    pub(super) fn take(&self) -> Told {
        std::mem::take(&mut *self.waiting.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Told {
    /// Fields with tabs between them, one for each span and each line.
    pub(super) fn fields(&self) -> String {
        let mut fields = String::new();
        for ToldSpan { trace, id, parent, start, end, failed, operation, callee } in &self.spans {
            let failed = u8::from(*failed);
            let _ = write!(
                fields,
                "\tspan {trace:x} {id:x} {parent:x} {start} {end} {failed} {operation} {callee}"
            );
        }
        for ToldLine { at, trace, text } in &self.lines {
            let _ = write!(fields, "\tline {} {trace:x} {text}", at.as_nanos());
        }
        fields
    }

    pub(super) fn parse<'a>(fields: impl Iterator<Item = &'a str>) -> Option<Self> {
        let mut told = Self::default();
        let number = |word: Option<&str>| u64::from_str_radix(word?, 16).ok();
        for field in fields {
            let (what, rest) = field.split_once(' ')?;
            if what == "line" {
                let mut words = rest.splitn(3, ' ');
                let at = Timestamp::from_nanos(words.next()?.parse().ok()?);
                let trace = number(words.next())?;
                told.lines.push(ToldLine { at, trace, text: words.next()?.into() });
                continue;
            }
            let mut words = rest.split(' ');
            told.spans.push(ToldSpan {
                trace: number(words.next())?,
                id: number(words.next())?,
                parent: number(words.next())?,
                start: words.next()?.parse().ok()?,
                end: words.next()?.parse().ok()?,
                failed: words.next()? == "1",
                operation: words.next()?.into(),
                callee: words.next()?.into(),
            });
        }
        Some(told)
    }
}

impl ToldSpan {
    /// As a localizer reads it.
    pub(super) fn of(&self, instance: &Name) -> Span {
        let parent = (self.parent != 0).then(|| format!("{:x}", self.parent));
        let id = format!("{:x}", self.id);
        let times = (self.start, self.end);
        let span = Span::new(&id, parent.as_deref(), instance.clone(), self.operation.as_str(), times);
        let span = span.in_trace(&format!("{:x}", self.trace));
        let span = if self.callee.is_empty() { span } else { span.calling(self.callee.as_str()) };
        if self.failed { span.failed() } else { span }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_and_lines_survive_the_wire() {
        let telemetry = Telemetry::new(3);
        let context = Context::parse(&Context { trace: 0xabc, parent: 0 }.words()).unwrap();
        let served = telemetry.begin(context);
        let call = telemetry.begin(served.within());
        telemetry.log(call.within(), "no connection\tfree after 400 ms");
        telemetry.end(&call, "buy", "store", true);
        telemetry.end(&served, "buy", "", false);
        let told = telemetry.take();
        assert_eq!(telemetry.take(), Told::default());
        let fields = told.fields();
        assert_eq!(Told::parse(fields.split('\t').skip(1)).unwrap(), told);
        let spans: Vec<Span> = told.spans.iter().map(|span| span.of(&"cart-1".into())).collect();
        assert_eq!((spans[0].callee().unwrap(), spans[0].has_failed()), (&"store".into(), true));
        assert_eq!((spans[1].callee(), spans[1].trace()), (None, "abc"));
        assert_eq!(told.lines[0].text, "no connection free after 400 ms");
        assert!(
            Told::parse(["span 1 2"].into_iter()).is_none() && Told::parse(["line x"].into_iter()).is_none()
        );
    }
}
