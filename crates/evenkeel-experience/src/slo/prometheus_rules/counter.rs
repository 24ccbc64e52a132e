//! Queries of Prometheus that can be asked over any window.

use alloc::format;
use alloc::string::String;
use evenkeel_core::Error;

/// What counts events in Prometheus, in a form that can be asked over any window.
///
/// Understood are: a counter with its labels, `http_requests_total{code=~"5.."}`; the sum over such, for which
/// `sum(http_requests_total)` is taken, since the increase is computed of every series, where a restart can be
/// seen, and only then summed; and any expression with a place for its window, `{{.window}}` as other
/// generators have it, of which is known that it is a count or a rate per second:
/// `sum(rate(http_requests_total[{{.window}}]))`.
///
/// Labels may hold quotes, backslashes and any UTF-8; they stay as they are.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct PrometheusCounter {
    form: Form,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Form {
    /// A metric and its matchers.
    Selector(String),
    /// The parts around every window.
    Template(String),
}

const WINDOW: &str = "{{.window}}";

impl PrometheusCounter {
    /// From a query.
    ///
    /// # Errors
    /// If it is none of the forms above: a window that is fixed, such as `rate(x[5m])`, cannot be asked over
    /// another one. Expressions are not parsed beyond that; `promtool check rules` does.
    ///
    /// ```
    /// use evenkeel_experience::slo::PrometheusCounter;
    ///
    /// assert!(PrometheusCounter::new(r#"requests_total{path="/a}\"b",code!~"5.."}"#).is_ok());
    /// assert!(PrometheusCounter::new("sum(rate(requests_total[{{ .window }}]))").is_ok());
    /// assert!(PrometheusCounter::new("sum(rate(requests_total[5m]))").is_err());
    /// ```
    pub fn new(query: &str) -> Result<Self, Error> {
        let text = query.trim();
        let template = ["{{ .window }}", "{{.window }}", "{{ .window}}"]
            .iter()
            .fold(String::from(text), |text, form| text.replace(form, WINDOW));
        if template.contains(WINDOW) {
            return Ok(Self { form: Form::Template(template) });
        }
        let inner = text.strip_prefix("sum").map(str::trim_start).and_then(|rest| rest.strip_prefix('('));
        let inner = inner.and_then(|rest| rest.strip_suffix(')')).map_or(text, str::trim);
        if is_selector(inner) {
            return Ok(Self { form: Form::Selector(String::from(inner)) });
        }
        let must = "a counter, a sum over one, or an expression with {{.window}} in the place of its window";
        Err(Error::parameter("query", must, query))
    }

    /// How many events there were over a window: one number without labels, or none.
    pub(super) fn increase(&self, window: &str, seconds: u64) -> String {
        match &self.form {
            Form::Selector(selector) => format!("sum(increase({selector}[{window}]))"),
            Form::Template(template) => {
                let asked = template.replace(WINDOW, window);
                // A rate is a count of a second; an increase is a count already.
                let is_rate = asked.contains("rate(");
                if is_rate { format!("sum({asked}) * {seconds}") } else { format!("sum({asked})") }
            }
        }
    }
}

/// Whether it is a metric, its matchers, or both, and nothing else.
fn is_selector(text: &str) -> bool {
    let is_name = |c: char, first: bool| {
        c == '_' || c == ':' || c.is_ascii_alphabetic() || (!first && c.is_ascii_digit())
    };
    let end = text.char_indices().find(|(i, c)| !is_name(*c, *i == 0)).map_or(text.len(), |(i, _)| i);
    let rest = text[end..].trim_start();
    if rest.is_empty() {
        return end > 0;
    }
    let Some(inside) = rest.strip_prefix('{') else { return false };
    // The brace that closes is the last character, and none outside of quotes comes before it.
    let mut quote = None;
    let mut chars = inside.char_indices();
    while let Some((i, c)) = chars.next() {
        match (quote, c) {
            (Some('"' | '\''), '\\') => {
                chars.next();
            }
            (Some(open), c) if c == open => quote = None,
            (Some(_), _) => {}
            (None, '"' | '\'' | '`') => quote = Some(c),
            (None, '}') => return i + 1 == inside.len(),
            (None, '{' | '[' | '(') => return false,
            (None, _) => {}
        }
    }
    false
}
