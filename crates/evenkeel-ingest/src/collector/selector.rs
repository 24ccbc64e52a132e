//! Which series are meant.

use crate::error::Error;
use crate::labels::Labels;
use core::str::FromStr;
use std::fmt;

/// Which series are meant: those of a metric, with labels of certain values.
///
/// Written as in a query: `http_requests_total{service="edge",code!="5*"}`. A star stands for any characters,
/// in values and in the name; there are no regular expressions. A label that a series does not have counts as
/// empty, as in Prometheus. Quoted values know `\"`, `\\` and `\n`.
///
/// ```
/// use evenkeel_ingest::Labels;
/// use evenkeel_ingest::collector::Selector;
///
/// let bad: Selector = r#"http_requests_total{service="edge", code="5*"}"#.parse()?;
/// let series = |code| Labels::new([("__name__", "http_requests_total"), ("service", "edge"), ("code", code)]);
/// assert!(bad.matches(&series("503")?) && !bad.matches(&series("200")?));
/// assert!("http_requests_total{code=5}".parse::<Selector>().is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Selector {
    metric: Option<String>,
    labels: Vec<Matcher>,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
struct Matcher {
    label: String,
    pattern: String,
    /// Whether it is to be equal, or to be different.
    equal: bool,
}

/// Whether a text fits a pattern in which a star stands for any characters. O(text × stars).
fn fits(pattern: &str, text: &str) -> bool {
    let mut parts = pattern.split('*');
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = text.strip_prefix(first) else { return false };
    let Some(last) = parts.next_back() else { return rest.is_empty() };
    for part in parts {
        match rest.find(part) {
            Some(at) => rest = &rest[at + part.len()..],
            None => return false,
        }
    }
    rest.ends_with(last)
}

impl Selector {
    /// Whether a series is meant.
    #[must_use]
    pub fn matches(&self, labels: &Labels) -> bool {
        self.metric.as_ref().is_none_or(|metric| fits(metric, labels.metric()))
            && self.labels.iter().all(|matcher| {
                let value = labels.get(&matcher.label).unwrap_or_default();
                fits(&matcher.pattern, value) == matcher.equal
            })
    }
}

/// Where a selector is read.
struct Reader<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Reader<'a> {
    fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    fn skip_space(&mut self) {
        self.at = self.text.len() - self.rest().trim_start().len();
    }

    fn refused(&self, expected: &str) -> Error {
        let found: String = self.rest().chars().take(16).collect();
        Error::at(1, self.at + 1, format!("expected {expected}, found \"{found}\""))
    }

    /// Takes a text, after space, if it is there.
    fn takes(&mut self, text: &str) -> bool {
        self.skip_space();
        let is_there = self.rest().starts_with(text);
        self.at += if is_there { text.len() } else { 0 };
        is_there
    }

    fn name(&mut self) -> &'a str {
        self.skip_space();
        let rest = self.rest();
        let ends = |c: char| c.is_whitespace() || "{}=!,\"".contains(c);
        let name = &rest[..rest.find(ends).unwrap_or(rest.len())];
        self.at += name.len();
        name
    }

    fn quoted(&mut self) -> Result<String, Error> {
        if !self.takes("\"") {
            return Err(self.refused("a value in quotes"));
        }
        let mut value = String::new();
        let mut chars = self.rest().char_indices();
        while let Some((i, c)) = chars.next() {
            match c {
                '"' => {
                    self.at += i + 1;
                    return Ok(value);
                }
                '\\' => match chars.next() {
                    Some((_, 'n')) => value.push('\n'),
                    Some((_, c @ ('"' | '\\'))) => value.push(c),
                    _ => {
                        self.at += i;
                        return Err(self.refused("an escape: \\\", \\\\ or \\n"));
                    }
                },
                c => value.push(c),
            }
        }
        self.at = self.text.len();
        Err(self.refused("a closing quote"))
    }
}

impl FromStr for Selector {
    type Err = Error;

    /// [`Error::Malformed`] with the column.
    fn from_str(text: &str) -> Result<Self, Error> {
        let mut reader = Reader { text, at: 0 };
        let metric = reader.name();
        let mut labels = Vec::new();
        if reader.takes("{") {
            while !reader.takes("}") {
                let label = reader.name();
                if label.is_empty() {
                    return Err(reader.refused("the name of a label, or a closing brace"));
                }
                let equal = !reader.takes("!=");
                if equal && (!reader.takes("=") || reader.rest().starts_with('~')) {
                    return Err(reader.refused("= or !="));
                }
                labels.push(Matcher { label: label.into(), pattern: reader.quoted()?, equal });
                if !reader.takes(",") && !reader.rest().starts_with('}') {
                    return Err(reader.refused("a comma or a closing brace"));
                }
            }
        }
        reader.skip_space();
        if !reader.rest().is_empty() {
            return Err(reader.refused("the end"));
        }
        if metric.is_empty() && labels.is_empty() {
            return Err(reader.refused("the name of a metric, or labels in braces"));
        }
        Ok(Self { metric: (!metric.is_empty()).then(|| metric.into()), labels })
    }
}

impl fmt::Display for Selector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.metric.as_deref().unwrap_or_default())?;
        for (i, Matcher { label, pattern, equal }) in self.labels.iter().enumerate() {
            let pattern = pattern.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n");
            let sign = if *equal { "=" } else { "!=" };
            write!(f, "{}{label}{sign}\"{pattern}\"", if i == 0 { "{" } else { "," })?;
        }
        f.write_str(if self.labels.is_empty() { "" } else { "}" })
    }
}
