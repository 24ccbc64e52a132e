//! Reading a page line by line.

use crate::decimal;
use crate::error::Error;
use crate::exemplar::Exemplar;
use crate::exposition::family::{Exposition, Family, FamilyType, Point};
use crate::exposition::family_rules::{Group, check_point};
use crate::exposition::line::{Line, Pairs, shorten, unescape};
use crate::exposition::seen::{Seen, hash_whole, shared};
use crate::finding::FindingKind;
use crate::labels::{Labels, METRIC_NAME};
use crate::limits::{Limits, within};
use core::hash::Hash as _;
use evenkeel_core::Timestamp;
use hashbrown::HashMap;
use std::borrow::Cow;

/// Settings for reading pages of metrics. It keeps nothing from one page to the next.
///
/// *Cost*: O(bytes), about two allocations a line.
///
/// ```
/// use evenkeel_ingest::exposition::Parser;
///
/// let page = b"# TYPE jobs counter\njobs 4\n# EOF\n";
/// // The specification asks for `jobs_total`; a Prometheus server takes it as it is.
/// assert!(Parser::openmetrics().parse(page).is_err());
/// assert_eq!(Parser::openmetrics().as_prometheus().parse(page)?.families[0].points[0].value, 4.0);
/// # Ok::<(), evenkeel_ingest::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use]
pub struct Parser {
    openmetrics: bool,
    rules: bool,
    limits: Limits,
}

impl Parser {
    /// For Prometheus text 0.0.4.
    pub fn text() -> Self {
        Self { openmetrics: false, rules: false, limits: Limits::default() }
    }

    /// For OpenMetrics 1.0, with all that its specification demands.
    pub fn openmetrics() -> Self {
        Self { openmetrics: true, rules: true, limits: Limits::default() }
    }

    /// For the content type that a program answers with; without one, and for `text/plain`, text 0.0.4.
    ///
    /// # Errors
    /// [`Error::Unsupported`] for other content types and versions, for example protobuf.
    pub fn for_content_type(content_type: &str) -> Result<Self, Error> {
        let mut parts = content_type.split(';').map(str::trim);
        let media = parts.next().unwrap_or_default().to_ascii_lowercase();
        let version = parts.find_map(|part| part.strip_prefix("version=")).unwrap_or_default();
        match (media.as_str(), version.trim_matches('"')) {
            ("application/openmetrics-text", "" | "0.0.1" | "1.0.0") => Ok(Self::openmetrics()),
            ("" | "text/plain", "" | "0.0.4" | "1.0.0") => Ok(Self::text()),
            _ => Err(Error::Unsupported { what: "content type", was: content_type.into() }),
        }
    }

    /// Checks of OpenMetrics only what a Prometheus server (2.42) checks: the form of the lines and the
    /// `# EOF`, not whether buckets add up, counters end in `_total` (reported as
    /// [`FindingKind::CounterWithoutTotal`]) or families are in one piece.
    pub fn as_prometheus(mut self) -> Self {
        self.rules = false;
        self
    }

    /// Other limits.
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// Reads a page.
    ///
    /// # Errors
    /// [`Error::Malformed`] with the place of the first line that is not in the format, [`Error::TooLarge`]
    /// for a page beyond the limits.
    pub fn parse(&self, page: &[u8]) -> Result<Exposition, Error> {
        self.limits.check_body(page)?;
        let text = utf8(page)?;
        let mut reading = Reading::new(self);
        let (mut rest, mut end) = (Some(text), 0);
        let mut ended = false;
        while let Some(line) = next_line(&mut rest) {
            end += 1;
            if line.is_empty() && rest.is_none() {
                break;
            }
            let mut line = self.line(line, end)?;
            if ended {
                return Err(line.error("text after # EOF"));
            }
            if self.openmetrics && line.rest() == "# EOF" {
                ended = true;
                continue;
            }
            line.skip_blanks();
            match line.peek() {
                None if self.openmetrics => return Err(line.error("an empty line")),
                None => {}
                Some(b'#') => reading.comment(line)?,
                Some(_) => reading.sample(line)?,
            }
        }
        if self.openmetrics && !ended {
            return Err(Error::at(end, 1, "expected # EOF at the end"));
        }
        reading.finish(Line::new("", end, true))
    }

    fn line<'a>(&self, text: &'a str, number: usize) -> Result<Line<'a>, Error> {
        within(text.len(), self.limits.line, "bytes of a line")?;
        // Within quotes it is as good as any other character.
        if text.ends_with('\r') && text.find('\r') == Some(text.len() - 1) {
            return Err(Error::at(number, text.len(), "a carriage return at the end of the line"));
        }
        Ok(Line::new(text, number, self.openmetrics))
    }
}

impl Exposition {
    /// Reads Prometheus text 0.0.4 with the default [`Limits`](crate::Limits).
    ///
    /// # Errors
    /// See [`Parser::parse`].
    pub fn text(page: impl AsRef<[u8]>) -> Result<Self, Error> {
        Parser::text().parse(page.as_ref())
    }

    /// Reads OpenMetrics 1.0 with the default [`Limits`](crate::Limits).
    ///
    /// # Errors
    /// See [`Parser::parse`].
    pub fn openmetrics(page: impl AsRef<[u8]>) -> Result<Self, Error> {
        Parser::openmetrics().parse(page.as_ref())
    }
}

/// Takes the next line, without what ends it.
fn next_line<'a>(rest: &mut Option<&'a str>) -> Option<&'a str> {
    let text = (*rest)?;
    let end = memchr::memchr(b'\n', text.as_bytes());
    *rest = end.map(|end| &text[end + 1..]);
    Some(end.map_or(text, |end| &text[..end]))
}

fn utf8(page: &[u8]) -> Result<&str, Error> {
    str::from_utf8(page).map_err(|why| {
        let before = &page[..why.valid_up_to()];
        let line = before.iter().filter(|&&b| b == b'\n').count() + 1;
        let column = before.iter().rev().take_while(|&&b| b != b'\n').count() + 1;
        Error::at(line, column, "not UTF-8")
    })
}

/// All that may follow the name of a family in the names of its samples.
const SUFFIXES: [&str; 9] =
    ["", "_total", "_created", "_bucket", "_count", "_sum", "_gcount", "_gsum", "_info"];

/// Places by name.
type Index = HashMap<String, usize, foldhash::fast::RandomState>;

/// What has been read so far.
struct Reading<'a> {
    parser: Parser,
    page: Exposition,
    /// Where a family is, by its name.
    families: Index,
    /// The family that the names of samples belong to; only kept where rules are checked.
    names: Index,
    current: Option<usize>,
    /// What has been said of the current family: type, help, unit.
    said: [bool; 3],
    pairs: Pairs<'a>,
    seen: Seen,
    groups: Seen,
    group: Group,
    points: usize,
}

impl<'a> Reading<'a> {
    fn new(parser: &Parser) -> Self {
        Self {
            parser: *parser,
            page: Exposition::default(),
            families: Index::default(),
            names: Index::default(),
            current: None,
            said: [false; 3],
            pairs: Vec::new(),
            seen: Seen::default(),
            groups: Seen::default(),
            group: Group::default(),
            points: 0,
        }
    }

    fn finish(mut self, line: Line<'a>) -> Result<Exposition, Error> {
        self.close(line)?;
        Ok(self.page)
    }

    /// A line that begins with `#`.
    fn comment(&mut self, mut line: Line<'a>) -> Result<(), Error> {
        line.eat(b'#');
        let strict = self.parser.openmetrics;
        if strict {
            line.separator()?;
        }
        line.skip_blanks();
        let start = line;
        let what = match line.word() {
            "TYPE" => 0,
            "HELP" => 1,
            "UNIT" if strict => 2,
            _ if strict => return Err(start.error("expected HELP, TYPE, UNIT or EOF")),
            _ => return Ok(()),
        };
        line.separator()?;
        let name = line.metric_name()?;
        self.open(&name, line)?;
        let text = if line.at_end() && what == 1 { "" } else { self.rest_of(&mut line)? };
        let Some(current) = self.current else { return Ok(()) };
        let family = &mut self.page.families[current];
        if core::mem::replace(&mut self.said[what], true) {
            return Err(start.error(format!("said twice of {name}")));
        }
        if !family.points.is_empty() && (strict || what == 0) {
            return Err(start.error(format!("said of {name} after its samples")));
        }
        match what {
            0 => {
                family.kind = FamilyType::parse(text.trim_ascii_end(), strict)
                    .ok_or_else(|| line.error(format!("no type of metrics: \"{}\"", shorten(text))))?;
            }
            1 => family.help = unescape(text, strict),
            _ => {
                let fits = text.is_empty()
                    || name
                        .strip_suffix(text)
                        .is_some_and(|before| before.ends_with('_') && before.len() > 1);
                if self.parser.rules && !fits {
                    return Err(line.error(format!("the name {name} does not end in the unit")));
                }
                family.unit = text.into();
            }
        }
        Ok(())
    }

    fn rest_of(&self, line: &mut Line<'a>) -> Result<&'a str, Error> {
        line.separator()?;
        Ok(line.rest())
    }

    /// Makes a family the current one.
    fn open(&mut self, name: &str, line: Line<'a>) -> Result<(), Error> {
        if self.current.is_some_and(|at| self.page.families[at].name == name) {
            return Ok(());
        }
        self.close(line)?;
        if let Some(&at) = self.families.get(name) {
            if self.parser.rules {
                return Err(line.error(format!("the lines of {name} are not in one piece")));
            }
            let family = &self.page.families[at];
            self.said =
                [family.kind != FamilyType::Unknown, !family.help.is_empty(), !family.unit.is_empty()];
            self.current = Some(at);
            return Ok(());
        }
        self.said = [false; 3];
        self.current = Some(self.page.families.len());
        self.families.insert(name.into(), self.page.families.len());
        self.page.families.push(Family { name: name.into(), ..Family::default() });
        Ok(())
    }

    /// Checks the current family as a whole.
    fn close(&mut self, line: Line<'a>) -> Result<(), Error> {
        let Some(at) = self.current.take() else { return Ok(()) };
        if !self.parser.rules {
            return Ok(());
        }
        let family = &self.page.families[at];
        core::mem::take(&mut self.group).finish(family.kind).map_err(|what| line.error(what))?;
        self.groups.clear();
        if !family.unit.is_empty() && matches!(family.kind, FamilyType::Info | FamilyType::StateSet) {
            return Err(line.error(format!("{} has a unit, which its type must not have", family.name)));
        }
        let used = family.kind.suffixes(true);
        for suffix in SUFFIXES.iter().filter(|suffix| suffix.is_empty() || used.contains(suffix)) {
            let name = format!("{}{suffix}", family.name);
            if let Some(other) = self.names.insert(name, at) {
                let other = &self.page.families[other].name;
                return Err(line.error(format!("samples of {} and {other} have the same name", family.name)));
            }
        }
        Ok(())
    }

    /// A line with a value.
    fn sample(&mut self, mut line: Line<'a>) -> Result<(), Error> {
        let start = line;
        self.points += 1;
        self.parser.limits.check_points(self.points)?;
        self.pairs.clear();
        let is_named = line.peek() != Some(b'{');
        if is_named {
            let name = line.metric_name()?;
            self.pairs.push((METRIC_NAME.into(), name));
        }
        let mut brace = line;
        brace.skip_blanks();
        if brace.peek() == Some(b'{') {
            line = brace;
            let wanted = self.pairs.is_empty().then_some(METRIC_NAME);
            line.labels(&mut self.pairs, wanted)?;
            within(self.pairs.len(), self.parser.limits.labels, "labels of a series")?;
        }
        let named = || self.pairs.iter().position(|pair| pair.0 == METRIC_NAME);
        let position = if is_named { Some(0) } else { named() };
        let Some(name) = position.map(|i| self.pairs[i].1.clone()) else {
            return Err(start.error("the name of the metric is missing"));
        };
        let labels = labels_of(&mut self.pairs, start)?;
        line.separator()?;
        let value = self.number(&mut line)?;
        let time = self.time(&mut line)?;
        let exemplar = self.exemplar(&mut line)?;
        if !line.at_end() {
            return Err(
                line.error(format!("expected the end of the line, found \"{}\"", shorten(line.rest())))
            );
        }
        let suffix = self.family_of(&name, start)?;
        self.add(Point { labels, value, time, exemplar }, &name[name.len() - suffix..], start)
    }

    fn number(&self, line: &mut Line<'a>) -> Result<f64, Error> {
        let start = *line;
        let word = line.word();
        decimal::float(word)
            .ok_or_else(|| start.error(format!("expected a number, found \"{}\"", shorten(word))))
    }

    fn time(&self, line: &mut Line<'a>) -> Result<Option<Timestamp>, Error> {
        let before = *line;
        line.skip_blanks();
        if line.at_end() {
            return Ok(None);
        }
        *line = before;
        line.separator()?;
        let start = *line;
        if line.peek() == Some(b'#') || line.at_end() && !self.parser.openmetrics {
            *line = before;
            return Ok(None);
        }
        let word = line.word();
        let time = if self.parser.openmetrics {
            decimal::seconds(word)
        } else {
            word.parse().ok().map(Timestamp::from_millis)
        };
        let time =
            time.ok_or_else(|| start.error(format!("expected a time, found \"{}\"", shorten(word))))?;
        if !self.parser.openmetrics {
            line.skip_blanks();
        }
        Ok(Some(time))
    }

    fn exemplar(&mut self, line: &mut Line<'a>) -> Result<Option<Exemplar>, Error> {
        if line.at_end() || !self.parser.openmetrics {
            return Ok(None);
        }
        line.separator()?;
        let start = *line;
        if !line.eat(b'#') {
            return Err(start.error(format!("expected an exemplar, found \"{}\"", shorten(start.rest()))));
        }
        line.separator()?;
        self.pairs.clear();
        line.labels(&mut self.pairs, None)?;
        let characters: usize = self.pairs.iter().map(|(n, v)| n.chars().count() + v.chars().count()).sum();
        if self.parser.rules && characters > 128 {
            return Err(start.error("the labels of an exemplar have more than 128 characters"));
        }
        let labels = labels_of(&mut self.pairs, start)?;
        line.separator()?;
        let value = self.number(line)?;
        let time = self.time(line)?;
        Ok(Some(Exemplar::new(labels, value, time)))
    }

    /// Makes the family of a sample the current one and gives the length of the suffix.
    fn family_of(&mut self, name: &str, line: Line<'a>) -> Result<usize, Error> {
        let openmetrics = self.parser.openmetrics;
        if let Some(at) = self.current {
            let family = &self.page.families[at];
            if let Some(suffix) = name.strip_prefix(family.name.as_str()) {
                if family.kind.suffixes(openmetrics).contains(&suffix) {
                    return Ok(suffix.len());
                }
                if suffix.is_empty() && self.parser.rules {
                    let wanted = family.kind.suffixes(true).join(", ");
                    return Err(line.error(format!("samples of a {} end in one of {wanted}", family.kind)));
                }
                if suffix.is_empty() {
                    if family.kind == FamilyType::Counter {
                        self.page.findings.add(FindingKind::CounterWithoutTotal, name, 1);
                    }
                    return Ok(0);
                }
            }
        }
        // A family from before, if lines of one need not be in one piece.
        if !self.parser.rules {
            for suffix in SUFFIXES {
                let Some(&known) = name.strip_suffix(suffix).and_then(|name| self.families.get(name)) else {
                    continue;
                };
                if self.page.families[known].kind.suffixes(openmetrics).contains(&suffix) {
                    self.current = Some(known);
                    return Ok(suffix.len());
                }
            }
        }
        self.open(name, line)?;
        Ok(0)
    }

    fn add(&mut self, point: Point, suffix: &str, line: Line<'a>) -> Result<(), Error> {
        let Some(at) = self.current else { return Ok(()) };
        let place = (at, self.page.families[at].points.len());
        let families = &self.page.families;
        let there = self.seen.add(
            |mut hasher| {
                hash_whole(&point.labels, hasher);
                point.time.hash(&mut hasher);
            },
            |(family, i)| {
                let other = &families[family].points[i];
                other.labels == point.labels && other.time == point.time
            },
            place,
        );
        if let Some((family, i)) = there {
            if self.parser.rules {
                return Err(line.error(format!("{} is there twice", point.labels)));
            }
            let same = families[family].points[i].value.to_bits() == point.value.to_bits();
            let kind = if same { FindingKind::RepeatedSample } else { FindingKind::ConflictingSamples };
            self.page.findings.add(kind, &point.labels.to_string(), 1);
            return Ok(());
        }
        if self.parser.rules {
            self.check(&point, suffix, place, line)?;
        }
        self.page.families[at].points.push(point);
        Ok(())
    }

    /// What OpenMetrics demands of a point and of the metric it belongs to.
    fn check(
        &mut self,
        point: &Point,
        suffix: &str,
        place: (usize, usize),
        line: Line<'a>,
    ) -> Result<(), Error> {
        let family = &self.page.families[place.0];
        let own = match family.kind {
            FamilyType::Histogram | FamilyType::GaugeHistogram => "le",
            FamilyType::Summary => "quantile",
            FamilyType::StateSet => family.name.as_str(),
            _ => METRIC_NAME,
        };
        let as_error = |what: String| line.error(what);
        check_point(family, point, suffix).map_err(as_error)?;
        let points = &family.points;
        let same = self
            .group
            .first
            .is_some_and(|first| shared(&points[first].labels, own).eq(shared(&point.labels, own)));
        if !same {
            let before = self.groups.add(
                |mut hasher| shared(&point.labels, own).for_each(|pair| pair.hash(&mut hasher)),
                |(_, i)| shared(&points[i].labels, own).eq(shared(&point.labels, own)),
                place,
            );
            if before.is_some() {
                return Err(line.error(format!("the samples of {} are not in one piece", point.labels)));
            }
            core::mem::take(&mut self.group).finish(family.kind).map_err(as_error)?;
            self.group.first = Some(place.1);
        }
        self.group.add(family.kind, point, suffix).map_err(as_error)
    }
}

fn labels_of(pairs: &mut [(Cow<'_, str>, Cow<'_, str>)], line: Line<'_>) -> Result<Labels, Error> {
    Labels::of(pairs).map_err(|name| match name {
        Some(name) => line.error(format!("the label {name} is there twice")),
        None => line.error("labels of 4 GiB"),
    })
}
