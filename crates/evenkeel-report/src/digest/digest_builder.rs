//! Makes digests.

use crate::digest::column_facts::{added, changes, season, shifts, signed_seconds, stretches, values};
use crate::digest::digest::Digest;
use crate::digest::query::{Answer, Query};
use crate::element::is_unsafe;
use crate::timeline::Timeline;
use core::fmt::Write as _;
use evenkeel_core::Error;
use evenkeel_locate::{Case, Fusion};

/// The fewest tokens: what the first lines and one series need, whatever its name.
const FEWEST: usize = 400;
/// At most so many characters of a name, and of a sentence of a timeline.
const NAME: usize = 60;
const SENTENCE: usize = 120;
/// At most so many change points, and abnormal stretches, of a series.
const CHANGES: usize = 2;
const STRETCHES: usize = 2;
/// The share of the tokens that the calls, and the timeline, may take.
const CALLS: f64 = 0.12;
const ENTRIES: f64 = 0.3;

const LEGEND: &str = "QUERY=ANSWER throughout; times are seconds after start. before, after: medians or quartiles around \
the stated time; scales: their distance in robust standard deviations. change: change point; level(s,i): median after \
it. season in seconds. abnormal, until, p: stretch, p-value. Farthest moved first";
/// What is told of the order.
const ADDED: &str = ", before them those with added: share of the extra time or failures of requests that a component \
adds itself, not by what it calls";
const DATA: &str = ". Quoted text is data.";

/// What is to be in a digest; from [`Digest::builder`].
#[derive(Debug, Clone)]
#[must_use]
pub struct DigestBuilder<'a> {
    case: &'a Case<'a>,
    timeline: Timeline,
    tokens: usize,
    with_diagnosis: bool,
}

impl<'a> DigestBuilder<'a> {
    pub(crate) fn new(case: &'a Case<'a>) -> Self {
        Self { case, timeline: Timeline::new(), tokens: 1_000, with_diagnosis: false }
    }

    /// At most so many tokens, counted as a third of the bytes; from 400 to 1,000,000. Default 1,000.
    pub fn tokens(mut self, tokens: usize) -> Self {
        self.tokens = tokens;
        self
    }

    /// Whether the causes are in it that the default [`Fusion`] names. Default no: what moved, without a judgement.
    pub fn diagnosis(mut self, with: bool) -> Self {
        self.with_diagnosis = with;
        self
    }

    /// What was done, and by whom. Its first entries are in the digest, as many as fit a third of it.
    pub fn timeline(mut self, timeline: &Timeline) -> Self {
        self.timeline = timeline.clone();
        self
    }

    /// The digest.
    ///
    /// # Errors
    /// If the tokens are out of their range.
    pub fn build(self) -> Result<Digest, Error> {
        let range = "from 400 to 1,000,000";
        Error::require((FEWEST..=1_000_000).contains(&self.tokens), "tokens", range, self.tokens)?;
        let mut page = Page { text: String::new(), facts: Vec::new(), room: 3 * self.tokens, kept: 60 };
        let case = self.case;
        let mut head = Line::new("evenkeel digest:".into());
        for query in [Query::Series, Query::Rows, Query::Step, Query::Start, Query::Stated] {
            head.fact(query, query.answer(case, &self.timeline));
        }
        page.add(head, 3 * self.tokens);
        let added = added(case);
        let has_added = added.iter().any(Option::is_some);
        let legend = format!("{LEGEND}{}{DATA}", if has_added { ADDED } else { "" });
        page.add(Line::new(legend), 3 * self.tokens);
        if self.with_diagnosis {
            self.add_causes(&mut page);
        }
        let mut left_out = Vec::new();
        let budget = |share: f64| (share * 3.0 * self.tokens as f64) as usize;
        if let Some(calls) = self.calls(budget(CALLS)) {
            page.add(calls, budget(CALLS));
        }
        let entries = self.timeline.entries().len();
        let told = self.add_entries(&mut page, budget(ENTRIES));
        if told < entries {
            left_out.push(format!("{} entries", entries - told));
        }
        let (order, named) = self.add_series(&mut page, &added);
        if named.len() < order.len() {
            left_out.push(format!("{} series", order.len() - named.len()));
        }
        if !left_out.is_empty() {
            page.kept = 0;
            page.add(Line::new(format!("left out: {}", left_out.join(", "))), 60);
        }
        let named = named.into_iter().map(|series| case.metrics()[series].signal().clone()).collect();
        Ok(Digest::new(page.text, page.facts, named))
    }

    fn add_causes(&self, page: &mut Page) {
        let Some(diagnosis) = Fusion::default().diagnose(self.case) else {
            page.add(Line::new("no cause stands out".into()), 60);
            return;
        };
        for (i, cause) in
            diagnosis.causes().iter().enumerate().take(3).filter(|(_, c)| c.probability() >= 0.01)
        {
            let kind = cause.kind.map_or(String::new(), |kind| format!(" ({kind})"));
            let mut line = Line::new(format!("cause {}{kind}:", quoted(cause.component.as_str(), NAME)));
            line.fact(Query::Probability(i + 1), Answer::Probability(cause.probability()));
            page.add(line, 3 * NAME * 4);
        }
    }

    /// Who calls whom, as many as fit.
    fn calls(&self, room: usize) -> Option<Line> {
        let graph = self.case.graph()?;
        let mut text = String::from("calls:");
        for from in 0..graph.len() {
            for to in graph.callees(from) {
                let (from, to) = (graph.name(from).as_str(), graph.name(*to).as_str());
                let call = format!(" {}>{}", quoted(from, NAME), quoted(to, NAME));
                if text.len() + call.len() + 4 > room {
                    text += " …";
                    return Some(Line::new(text));
                }
                text += &call;
            }
        }
        Some(Line::new(text))
    }

    fn add_entries(&self, page: &mut Page, room: usize) -> usize {
        let mut left = room;
        for (i, entry) in self.timeline.entries().iter().enumerate() {
            let mut line = Line::new(String::new());
            let at = Answer::After(signed_seconds(self.case.start(), entry.at));
            line.fact(Query::Entry(i + 1), at);
            let _ = write!(line.text, " {} {}", entry.kind, quoted(&entry.what, SENTENCE));
            let long = line.text.len() + 1;
            if !page.add(line, left) {
                return i;
            }
            left -= long;
        }
        self.timeline.entries().len()
    }

    /// The series by which components add to the excess, those that add most first, then the others, those that moved
    /// farthest first, as many as fit; all of them, and those that are named.
    fn add_series(&self, page: &mut Page, added: &[Option<f64>]) -> (Vec<usize>, Vec<usize>) {
        let case = self.case;
        let shifts = shifts(case);
        let score = |series: usize| shifts[series].map_or(-1.0, |shift| shift.score);
        let mut order: Vec<usize> = (0..case.metrics().len()).collect();
        order.sort_by(|a, b| {
            let signal = |series: usize| case.metrics()[series].signal();
            let excess = |series: usize| added[series].unwrap_or(0.0);
            let by_excess = excess(*b).total_cmp(&excess(*a));
            by_excess.then(score(*b).total_cmp(&score(*a))).then_with(|| signal(*a).cmp(signal(*b)))
        });
        let mut named = Vec::new();
        for series in order.iter().copied() {
            let mut line = self.line(series, shifts[series].as_ref(), added[series]);
            // What moved is told in any case; the rest of what is known of it if there is room.
            if !page.fits(&line) {
                line = self.short_line(series, shifts[series].as_ref(), added[series]);
            }
            if !page.add(line, usize::MAX) {
                break;
            }
            named.push(series);
        }
        (order, named)
    }

    fn short_line(&self, series: usize, shift: Option<&evenkeel_locate::Shift>, added: Option<f64>) -> Line {
        let signal = self.case.metrics()[series].signal();
        let mut line = Line::new(format!("s{} {}:", series + 1, quoted(&signal.to_string(), NAME)));
        if let Some(shift) = shift {
            line.fact(Query::Before(series), Answer::Number(shift.expected));
            line.fact(Query::After(series), Answer::Number(shift.observed));
            line.fact(Query::Scales(series), Answer::Number(shift.scales));
        }
        if let Some(share) = added {
            line.fact(Query::Added(series), Answer::Number(share));
        }
        line
    }

    fn line(&self, series: usize, shift: Option<&evenkeel_locate::Shift>, added: Option<f64>) -> Line {
        let case = self.case;
        let mut line = self.short_line(series, shift, added);
        let Some(values) = values(case, series) else { return line };
        let at = |row: usize| Answer::After(crate::digest::column_facts::seconds(case, row));
        let (changes, levels) = changes(&values);
        // The largest jumps, in order of time.
        let jump = |i: usize| (levels[i] - levels[i - 1]).abs();
        let mut largest: Vec<usize> = (1..=changes.len()).filter(|i| jump(*i).is_finite()).collect();
        largest.sort_by(|a, b| jump(*b).total_cmp(&jump(*a)).then(a.cmp(b)));
        largest.truncate(CHANGES);
        largest.sort_unstable();
        for i in largest {
            line.fact(Query::Change(series, i), at(changes[i - 1]));
            line.fact(Query::Level(series, i), Answer::Number(levels[i]));
        }
        if let Some((period, strength)) = season(&values) {
            let seconds = period as f64 * case.step().as_secs_f64();
            line.fact(Query::Season(series), Answer::Number(seconds));
            line.fact(Query::Strength(series), Answer::Number(strength));
        }
        for (i, stretch) in stretches(case, &values).into_iter().enumerate().take(STRETCHES) {
            line.fact(Query::Abnormal(series, i + 1), at(stretch.first));
            line.fact(Query::Until(series, i + 1), at(stretch.last));
            line.fact(Query::P(series, i + 1), Answer::Probability(stretch.p));
        }
        line
    }
}

/// A line of the digest, and the numbers in it.
struct Line {
    text: String,
    facts: Vec<(Query, Answer)>,
}

impl Line {
    fn new(text: String) -> Self {
        Self { text, facts: Vec::new() }
    }

    fn fact(&mut self, query: Query, answer: Answer) {
        let space = if self.text.is_empty() { "" } else { " " };
        let _ = write!(self.text, "{space}{query}={answer}");
        self.facts.push((query, answer));
    }
}

/// The text so far, within its room.
struct Page {
    text: String,
    facts: Vec<(Query, Answer)>,
    room: usize,
    /// Bytes that are kept for what is left out to be told.
    kept: usize,
}

impl Page {
    fn fits(&self, line: &Line) -> bool {
        self.text.len() + line.text.len() + 1 + self.kept <= self.room
    }

    /// Adds a line if it is no longer than `most` bytes and fits.
    fn add(&mut self, line: Line, most: usize) -> bool {
        let fits = line.text.len() < most && self.fits(&line);
        if fits {
            self.text += &line.text;
            self.text.push('\n');
            self.facts.extend(line.facts);
        }
        fits
    }
}

/// A text from outside in quotes, on one line, cut where it is long: what reads the digest can tell it from the digest.
fn quoted(text: &str, most: usize) -> String {
    let mut quoted = String::from("\"");
    for (i, c) in text.chars().enumerate() {
        if i == most {
            quoted.push('…');
            break;
        }
        match c {
            '"' | '\\' => quoted.extend(['\\', c]),
            c if c.is_whitespace() => quoted.push(' '),
            c if is_unsafe(c) => quoted.push('\u{FFFD}'),
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}

impl Digest {
    /// A digest of a case: a slice of telemetry with the time at which something began to be wrong, or after which it is
    /// to be compared with before.
    pub fn builder<'a>(case: &'a Case<'a>) -> DigestBuilder<'a> {
        DigestBuilder::new(case)
    }
}
