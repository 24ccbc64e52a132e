//! One line of an exposition, token by token.

use crate::error::Error;
use crate::labels::{is_legacy_label, is_legacy_metric};
use std::borrow::Cow;

/// A place in a line.
#[derive(Clone, Copy)]
pub(super) struct Line<'a> {
    text: &'a str,
    at: usize,
    number: usize,
    /// Whether tokens are separated by exactly one space.
    strict: bool,
}

/// Labels as they are written.
pub(super) type Pairs<'a> = Vec<(Cow<'a, str>, Cow<'a, str>)>;

impl<'a> Line<'a> {
    pub(super) fn new(text: &'a str, number: usize, strict: bool) -> Self {
        Self { text, at: 0, number, strict }
    }

    #[cold]
    pub(super) fn error(&self, what: impl Into<String>) -> Error {
        Error::at(self.number, self.at + 1, what)
    }

    pub(super) fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    pub(super) fn at_end(&self) -> bool {
        self.at >= self.text.len()
    }

    pub(super) fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    /// Skips blanks, where any number is allowed.
    pub(super) fn skip_blanks(&mut self) {
        if !self.strict {
            while matches!(self.peek(), Some(b' ' | b'\t')) {
                self.at += 1;
            }
        }
    }

    /// What separates two tokens.
    pub(super) fn separator(&mut self) -> Result<(), Error> {
        if !matches!(self.peek(), Some(b' ')) && (self.strict || self.peek() != Some(b'\t')) {
            return Err(self.error("expected a space"));
        }
        self.at += 1;
        self.skip_blanks();
        Ok(())
    }

    pub(super) fn eat(&mut self, byte: u8) -> bool {
        let found = self.peek() == Some(byte);
        self.at += usize::from(found);
        found
    }

    fn expect(&mut self, byte: u8) -> Result<(), Error> {
        if self.eat(byte) { Ok(()) } else { Err(self.error(format!("expected '{}'", char::from(byte)))) }
    }

    /// Everything up to a blank, or to the end.
    pub(super) fn word(&mut self) -> &'a str {
        self.until(|b| b == b' ' || b == b'\t')
    }

    fn until(&mut self, stop: impl Fn(u8) -> bool) -> &'a str {
        let rest = self.rest();
        let length = rest.bytes().position(stop).unwrap_or(rest.len());
        self.at += length;
        &rest[..length]
    }

    /// The text between quotes, with its escapes resolved. Unknown escapes stay as they are, as in Prometheus.
    pub(super) fn quoted(&mut self) -> Result<Cow<'a, str>, Error> {
        let open = *self;
        self.expect(b'"')?;
        let (start, bytes) = (self.at, self.text.as_bytes());
        let mut escaped = false;
        loop {
            let rest = bytes.get(self.at..).unwrap_or_default();
            let Some(next) = memchr::memchr2(b'"', b'\\', rest) else {
                return Err(open.error("the quote is not closed"));
            };
            self.at += next;
            if rest[next] == b'"' {
                break;
            }
            escaped = true;
            self.at += 2;
        }
        let raw = &self.text[start..self.at];
        self.at += 1;
        Ok(if escaped { unescape(raw, true).into() } else { raw.into() })
    }

    /// The name of a metric, bare or quoted.
    pub(super) fn metric_name(&mut self) -> Result<Cow<'a, str>, Error> {
        if self.peek() == Some(b'"') {
            let open = *self;
            let name = self.quoted()?;
            return if name.is_empty() { Err(open.error("a name is empty")) } else { Ok(name) };
        }
        let start = *self;
        let name = self.until(|b| matches!(b, b' ' | b'\t' | b'{'));
        if is_legacy_metric(name) {
            Ok(name.into())
        } else {
            Err(start.error(format!("expected the name of a metric, found \"{}\"", shorten(name))))
        }
    }

    /// Labels in braces. A quoted name without a value is the name of the metric, if that is wanted.
    pub(super) fn labels(
        &mut self,
        pairs: &mut Pairs<'a>,
        mut metric: Option<&'static str>,
    ) -> Result<(), Error> {
        self.expect(b'{')?;
        loop {
            self.skip_blanks();
            if self.eat(b'}') {
                return Ok(());
            }
            let start = *self;
            let quoted = self.peek() == Some(b'"');
            let name = if quoted { self.quoted()? } else { self.bare_label()? };
            self.skip_blanks();
            if self.eat(b'=') {
                if name.is_empty() {
                    return Err(start.error("a label name is empty"));
                }
                self.skip_blanks();
                pairs.push((name, self.quoted()?));
            } else if let Some(key) = metric.take_if(|_| quoted && !name.is_empty()) {
                pairs.push((key.into(), name));
            } else {
                return Err(self.error("expected '='"));
            }
            self.skip_blanks();
            if !self.eat(b',') && self.peek() != Some(b'}') {
                return Err(self.error("expected ',' or '}'"));
            }
        }
    }

    fn bare_label(&mut self) -> Result<Cow<'a, str>, Error> {
        let start = *self;
        let name = self.until(|b| !(b.is_ascii_alphanumeric() || b == b'_'));
        if is_legacy_label(name) {
            Ok(name.into())
        } else {
            Err(start.error(format!("expected a label name, found \"{}\"", shorten(start.rest()))))
        }
    }
}

/// Enough of a text to recognize it in a message.
pub(super) fn shorten(text: &str) -> String {
    text.chars().take(32).collect()
}

/// Resolves `\\`, `\n` and, where they are escapes, `\"`.
pub(super) fn unescape(raw: &str, quotes: bool) -> String {
    let mut text = String::with_capacity(raw.len());
    let mut chars = raw.chars();
    while let Some(c) = chars.next() {
        if c != '\\' {
            text.push(c);
            continue;
        }
        match chars.next() {
            Some('n') => text.push('\n'),
            Some('\\') => text.push('\\'),
            Some('"') if quotes => text.push('"'),
            Some(other) => text.extend(['\\', other]),
            None => text.push('\\'),
        }
    }
    text
}
