//! Label sets, which tell series apart.

use crate::finding::{FindingKind, Findings};
use evenkeel_core::Error;
use std::cmp::Ordering;
use std::fmt;

/// The label under which Prometheus keeps the name of a metric.
pub const METRIC_NAME: &str = "__name__";

/// A set of labels, sorted by name: two series are the same if their labels are equal, in whatever order they
/// were written.
///
/// Names and values are any UTF-8. A label with an empty value is the same as no label and is left out, as in
/// Prometheus and OpenMetrics. The name of a metric is the label [`METRIC_NAME`].
///
/// Kept in two allocations, whatever the number of labels. Building takes O(n log n), access O(log n).
///
/// ```
/// use evenkeel_ingest::Labels;
///
/// let labels = Labels::new([("zone", "b"), ("__name__", "http_requests_total"), ("code", "200")])?;
/// assert_eq!(labels.to_string(), r#"http_requests_total{code="200",zone="b"}"#);
/// assert_eq!(labels.get("zone"), Some("b"));
/// assert!(Labels::new([("zone", "b"), ("zone", "c")]).is_err());
/// # Ok::<(), evenkeel_core::Error>(())
/// ```
#[derive(Clone, PartialEq, Eq, Hash, Default)]
pub struct Labels {
    /// Names and values, one after the other.
    text: Box<str>,
    /// Where the name and the value of each label end.
    ends: Box<[(u32, u32)]>,
}

impl Labels {
    /// A set of labels in any order.
    ///
    /// # Errors
    /// [`Error::Parameter`] if a name is empty or occurs twice, or all together are 4 GiB or more.
    pub fn new<N: AsRef<str>, V: AsRef<str>>(
        labels: impl IntoIterator<Item = (N, V)>,
    ) -> Result<Self, Error> {
        let mut pairs: Vec<(N, V)> = labels.into_iter().collect();
        Self::of(&mut pairs).map_err(|name| match name {
            Some(name) => Error::parameter("label name", "not empty and different from all others", name),
            None => Error::parameter("length of all labels", "below 4 GiB", "more"),
        })
    }

    /// Sorts pairs into a set; otherwise gives the name that is empty or occurs twice, or none if the set is
    /// too large.
    pub(crate) fn of<N: AsRef<str>, V: AsRef<str>>(pairs: &mut [(N, V)]) -> Result<Self, Option<String>> {
        let in_order = pairs.windows(2).all(|pair| order(pair[0].0.as_ref(), pair[1].0.as_ref()).is_lt());
        if !in_order {
            pairs.sort_unstable_by(|a, b| order(a.0.as_ref(), b.0.as_ref()));
            if let Some(pair) = pairs.windows(2).find(|pair| pair[0].0.as_ref() == pair[1].0.as_ref()) {
                return Err(Some(pair[0].0.as_ref().into()));
            }
        }
        let kept = || pairs.iter().map(|(n, v)| (n.as_ref(), v.as_ref())).filter(|pair| !pair.1.is_empty());
        let (mut length, mut count) = (0, 0);
        for (name, value) in kept() {
            if name.is_empty() {
                return Err(Some(String::new()));
            }
            length += name.len() + value.len();
            count += 1;
        }
        if u32::try_from(length).is_err() {
            return Err(None);
        }
        let mut text = String::with_capacity(length);
        let mut ends = Vec::with_capacity(count);
        for (name, value) in kept() {
            text.push_str(name);
            let end = text.len();
            text.push_str(value);
            ends.push((offset(end), offset(text.len())));
        }
        Ok(Self { text: text.into(), ends: ends.into() })
    }

    fn pair(&self, i: usize) -> (&str, &str) {
        let start = if i == 0 { 0 } else { self.ends[i - 1].1 as usize };
        let (name, value) = self.ends[i];
        (&self.text[start..name as usize], &self.text[name as usize..value as usize])
    }

    /// Names and values, sorted by name.
    #[must_use]
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&str, &str)> + Clone + '_ {
        (0..self.ends.len()).map(|i| self.pair(i))
    }

    /// The value of a label.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        let (mut low, mut high) = (0, self.ends.len());
        while low < high {
            let middle = low.midpoint(high);
            let (found, value) = self.pair(middle);
            match found.cmp(name) {
                Ordering::Less => low = middle + 1,
                Ordering::Equal => return Some(value),
                Ordering::Greater => high = middle,
            }
        }
        None
    }

    /// The name of the metric; empty if there is none.
    #[must_use]
    pub fn metric(&self) -> &str {
        self.get(METRIC_NAME).unwrap_or_default()
    }

    /// How many labels there are, the name of the metric among them.
    #[must_use]
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// True if there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// The same with one label set to a value, or taken away if the value is empty.
    #[must_use]
    pub fn with(&self, name: &str, value: &str) -> Self {
        let others = self.iter().filter(|pair| pair.0 != name);
        let mut pairs: Vec<(&str, &str)> = others.chain([(name, value)]).collect();
        // Only an empty name, or a total of 4 GiB, could be refused.
        Self::of(&mut pairs).unwrap_or_else(|_| self.clone())
    }

    /// The same without one label.
    #[must_use]
    pub fn without(&self, name: &str) -> Self {
        self.with(name, "")
    }

    /// The same with names in the alphabet of Prometheus 2 (`[a-zA-Z_:][a-zA-Z0-9_:]*` for the metric, no
    /// colons for labels): every other character becomes an underscore.
    ///
    /// Where two names would become one (`http.method` beside `http_method`), both keep their own spelling,
    /// and [`FindingKind::CollidingNames`] is reported: nothing is merged.
    #[must_use]
    pub fn sanitized(&self, findings: &mut Findings) -> Self {
        let mut names: Vec<String> = self.iter().map(|(name, _)| sanitize_label(name)).collect();
        let mut sorted: Vec<&String> = names.iter().collect();
        sorted.sort_unstable();
        let colliding: Vec<String> =
            sorted.windows(2).filter(|pair| pair[0] == pair[1]).map(|pair| pair[0].clone()).collect();
        for (i, name) in names.iter_mut().enumerate() {
            if colliding.contains(name) {
                *name = self.pair(i).0.into();
            }
        }
        for name in &colliding {
            findings.add(FindingKind::CollidingNames, name, 1);
        }
        let mut pairs: Vec<(String, String)> = names
            .into_iter()
            .zip(self.iter())
            .map(|(name, (old, value))| {
                (name, if old == METRIC_NAME { sanitize_metric(value) } else { value.into() })
            })
            .collect();
        Self::of(&mut pairs).unwrap_or_else(|_| self.clone())
    }
}

/// As `cmp` does. Most names differ in their first byte, for which no call is needed.
#[inline]
fn order(a: &str, b: &str) -> Ordering {
    match (a.as_bytes().first(), b.as_bytes().first()) {
        (Some(x), Some(y)) if x != y => x.cmp(y),
        _ => a.cmp(b),
    }
}

/// The caller has checked that the total fits.
fn offset(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}

fn replace(name: &str, also: &str) -> String {
    let digit = name.starts_with(|c: char| c.is_ascii_digit());
    let fits = |c: char| c.is_ascii_alphanumeric() || c == '_' || also.contains(c);
    let kept = name.chars().map(|c| if fits(c) { c } else { '_' });
    if digit { core::iter::once('_').chain(kept).collect() } else { kept.collect() }
}

/// A label name in the alphabet of Prometheus 2: `[a-zA-Z_][a-zA-Z0-9_]*`.
///
/// ```
/// assert_eq!(evenkeel_ingest::labels::sanitize_label("http.method"), "http_method");
/// ```
#[must_use]
pub fn sanitize_label(name: &str) -> String {
    replace(name, "")
}

/// A metric name in the alphabet of Prometheus 2: `[a-zA-Z_:][a-zA-Z0-9_:]*`.
#[must_use]
pub fn sanitize_metric(name: &str) -> String {
    replace(name, ":")
}

/// True for a name that may be written without quotes.
pub(crate) fn is_legacy_label(name: &str) -> bool {
    let mut bytes = name.bytes();
    bytes.next().is_some_and(|b| b.is_ascii_alphabetic() || b == b'_')
        && bytes.all(|b| b.is_ascii_alphanumeric() || b == b'_')
}

pub(crate) fn is_legacy_metric(name: &str) -> bool {
    let mut bytes = name.bytes();
    bytes.next().is_some_and(|b| b.is_ascii_alphabetic() || b == b'_' || b == b':')
        && bytes.all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b':')
}

impl PartialOrd for Labels {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// By the first label that differs, its name before its value.
impl Ord for Labels {
    fn cmp(&self, other: &Self) -> Ordering {
        self.iter().cmp(other.iter())
    }
}

impl fmt::Debug for Labels {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.iter()).finish()
    }
}

fn quote(f: &mut fmt::Formatter<'_>, text: &str) -> fmt::Result {
    use fmt::Write as _;
    f.write_char('"')?;
    for c in text.chars() {
        match c {
            '"' => f.write_str("\\\"")?,
            '\\' => f.write_str("\\\\")?,
            '\n' => f.write_str("\\n")?,
            c => f.write_char(c)?,
        }
    }
    f.write_char('"')
}

/// As in the exposition formats and in PromQL; names outside of the old alphabet are quoted.
impl fmt::Display for Labels {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let metric = self.metric();
        let bare = is_legacy_metric(metric);
        if bare {
            f.write_str(metric)?;
        }
        let mut others = self.iter().filter(|pair| pair.0 != METRIC_NAME).peekable();
        if bare && others.peek().is_none() {
            return Ok(());
        }
        f.write_str("{")?;
        let mut first = true;
        if !bare && !metric.is_empty() {
            quote(f, metric)?;
            first = false;
        }
        for (name, value) in others {
            if !first {
                f.write_str(",")?;
            }
            first = false;
            if is_legacy_label(name) {
                f.write_str(name)?;
            } else {
                quote(f, name)?;
            }
            f.write_str("=")?;
            quote(f, value)?;
        }
        f.write_str("}")
    }
}
