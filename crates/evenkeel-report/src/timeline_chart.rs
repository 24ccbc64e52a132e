//! A timeline in lanes.

use crate::drawing::{Drawing, MARGIN, PHONE, possible_width};
use crate::element::{Element, label, line, rectangle};
use crate::plot_area::{PlotArea, TIME_AXIS, extent_of, words_of};
use crate::text_layout;
use crate::time_axis::clock;
use crate::timeline::{Timeline, TimelineKind};
use evenkeel_core::Timestamp;

/// A timeline: a lane for each kind of entry, a mark for each entry, and under it what happened, in sentences.
///
/// Marks have a shape for each kind beside the color. What cannot be told apart at this width lies on top of each other;
/// the sentences have it all.
///
/// ```
/// use evenkeel_core::Timestamp;
/// use evenkeel_report::{Timeline, TimelineChart, TimelineKind};
///
/// let mut timeline = Timeline::new();
/// timeline.push(Timestamp::from_seconds(10), TimelineKind::Action, Some(0), "does `restart store/store-1`");
/// timeline.push(Timestamp::from_seconds(4), TimelineKind::Incident, Some(0), "opened; store with 98 %");
/// let drawing = TimelineChart::new("what happened", &timeline).draw(700);
/// assert!(drawing.to_string().contains("opened; store with 98 %"));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use]
pub struct TimelineChart {
    title: String,
    timeline: Timeline,
    sentences: usize,
}

/// The height of a lane, and of a line of a sentence, in pixels.
const LANE: f64 = 24.0;
const SENTENCE: f64 = 16.0;

impl TimelineChart {
    /// A timeline.
    pub fn new(title: impl Into<String>, timeline: &Timeline) -> Self {
        Self { title: title.into(), timeline: timeline.clone(), sentences: 40 }
    }

    /// At most so many sentences are written under it; how many there are beside them is told. Default 40; 0 for the
    /// lanes alone.
    pub fn sentences(mut self, sentences: usize) -> Self {
        self.sentences = sentences;
        self
    }

    /// Draws it `width` pixels wide, at least 240.
    #[must_use]
    pub fn draw(&self, width: u32) -> Drawing {
        let width = possible_width(width);
        let entries = self.timeline.entries();
        let top = if self.title.is_empty() { 6.0 } else { 30.0 };
        let Some(times) = extent_of(entries.iter().map(|entry| entry.at)) else {
            let none = [label(MARGIN, top + 16.0, "ek-small", "nothing happened")];
            return Drawing::new(&self.title, "nothing happened".into(), (width, top + 30.0), none);
        };
        let kinds: Vec<TimelineKind> =
            TimelineKind::ALL.into_iter().filter(|kind| entries.iter().any(|e| e.kind == *kind)).collect();
        let lanes = LANE * kinds.len() as f64;
        let area = PlotArea::across(width, (top, lanes), padded(times), (0.0, 1.0), 84.0);
        let mut elements = Vec::new();
        for (i, kind) in kinds.iter().enumerate() {
            let y = top + LANE * (i as f64 + 0.5);
            elements.push(label(area.left - 8.0, y + 4.0, "ek-small ek-end", kind));
            elements.push(line((area.left, y), (area.right(), y), "ek-grid"));
            let places = entries.iter().filter(|entry| entry.kind == *kind).map(|entry| area.x(entry.at));
            let mut last = f64::NEG_INFINITY;
            for x in places {
                // Marks on the same pixel are one.
                if x - last >= 1.0 {
                    elements.push(mark(*kind, (x, y)));
                    last = x;
                }
            }
        }
        elements.extend(area.time_grid());
        let mut y = area.bottom() + TIME_AXIS + 6.0;
        for entry in entries.iter().take(self.sentences) {
            let time = short_clock(entry.at, times);
            let text = match entry.incident {
                Some(incident) => format!("incident {incident}: {}", entry.what),
                None => entry.what.clone(),
            };
            let room = if width < PHONE { 2.0 * MARGIN } else { MARGIN + 100.0 };
            elements.push(mark(entry.kind, (MARGIN + 5.0, y + 5.0)));
            elements.push(label(MARGIN + 16.0, y + 9.0, "ek-small", time));
            if width < PHONE {
                y += SENTENCE;
            }
            for part in text_layout::wrap(&text, 12.0, width - room - MARGIN, 3) {
                elements.push(label(room, y + 9.0, "ek-text", part));
                y += SENTENCE;
            }
            y += 4.0;
        }
        if self.sentences > 0 && entries.len() > self.sentences {
            let more = format!("and {} more", entries.len() - self.sentences);
            elements.push(label(MARGIN, y + 9.0, "ek-small", more));
            y += SENTENCE;
        }
        Drawing::new(&self.title, self.describe(times), (width, y), elements)
    }

    fn describe(&self, times: (Timestamp, Timestamp)) -> String {
        let entries = self.timeline.entries();
        let mut text = format!("{} entries {}", entries.len(), words_of(times));
        for entry in entries.iter().take(10) {
            text += &format!("; {} {}: {}", clock(entry.at), entry.kind, entry.what);
        }
        if entries.len() > 10 {
            text += &format!("; and {} more", entries.len() - 10);
        }
        text + "."
    }
}

/// The times with some room at both ends, so that marks are whole.
fn padded((from, to): (Timestamp, Timestamp)) -> (Timestamp, Timestamp) {
    let room = to.since(from).mul_f64(0.02);
    (from - room, to + room)
}

/// The time of day; with the date where the timeline is longer than a day.
fn short_clock(at: Timestamp, (from, to): (Timestamp, Timestamp)) -> String {
    let text = clock(at);
    let is_short = to.since(from).as_secs() < 86_400;
    let text =
        if is_short { text.split_once(' ').map_or(text.clone(), |(_, time)| time.into()) } else { text };
    // A tenth of a second is enough to tell an order.
    match text.split_once('.') {
        Some((whole, part)) => format!("{whole}.{}", &part[..1]),
        None => text,
    }
}

/// The mark of a kind around a place.
fn mark(kind: TimelineKind, (x, y): (f64, f64)) -> Element {
    let polygon = |class, corners: &[(f64, f64)]| {
        let corners: Vec<String> =
            corners.iter().map(|(dx, dy)| format!("{:.1},{:.1}", x + dx, y + dy)).collect();
        Element::new("polygon").class(class).attribute("points", corners.join(" "))
    };
    match kind {
        TimelineKind::Alert => polygon("ek-c1", &[(0.0, -5.0), (5.0, 4.0), (-5.0, 4.0)]),
        TimelineKind::Incident => polygon("ek-c4", &[(0.0, -6.0), (6.0, 0.0), (0.0, 6.0), (-6.0, 0.0)]),
        TimelineKind::Diagnosis => {
            Element::new("circle").class("ek-c3").number("cx", x).number("cy", y).number("r", 4.5)
        }
        TimelineKind::Ruling => rectangle((x - 4.0, y - 4.0), (8.0, 8.0), "ek-c5"),
        TimelineKind::Action => polygon("ek-c0", &[(-4.5, -5.0), (5.5, 0.0), (-4.5, 5.0)]),
        TimelineKind::Verification => {
            polygon("ek-c2", &[(-5.5, 0.0), (-3.0, -2.5), (-1.5, 0.5), (4.0, -5.5), (6.0, -3.0), (-1.5, 5.5)])
        }
        TimelineKind::Person => rectangle((x - 2.5, y - 6.0), (5.0, 12.0), "ek-c1"),
        TimelineKind::Change => rectangle((x - 6.0, y - 2.5), (12.0, 5.0), "ek-c5"),
    }
}
