//! A ranking of causes with their evidence.

use crate::drawing::{Drawing, MARGIN, PHONE, possible_width};
use crate::element::{label, rectangle};
use crate::quantity::percent;
use crate::text_layout;
use evenkeel_core::{Cause, Diagnosis, Evidence};

/// The causes of a diagnosis, ranked: a bar for the probability of each, and under it what speaks for it. The last bar
/// is "none of these".
///
/// ```
/// use evenkeel_core::{Cause, Diagnosis, FaultKind, Timestamp};
/// use evenkeel_report::CauseChart;
///
/// let mut cause = Cause::new("store", 0.9)?;
/// cause.kind = Some(FaultKind::PoolExhausted);
/// let diagnosis = Diagnosis::new(Timestamp::from_seconds(1_795_000_000), vec![cause])?;
/// let drawing = CauseChart::new("why", &diagnosis).draw(600);
/// assert_eq!(drawing.description(), "store (pool exhausted) 90 %; none of these 10 %.");
/// # Ok::<(), evenkeel_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[must_use]
pub struct CauseChart {
    title: String,
    diagnosis: Diagnosis,
    most_causes: usize,
    most_evidence: usize,
}

/// How high the line of a cause is, and one of its evidence, in pixels.
const CAUSE: f64 = 24.0;
const EVIDENCE: f64 = 15.0;
/// At most so many lines of a sentence of evidence.
const LINES: usize = 4;

impl CauseChart {
    /// The causes of a diagnosis.
    pub fn new(title: impl Into<String>, diagnosis: &Diagnosis) -> Self {
        Self { title: title.into(), diagnosis: diagnosis.clone(), most_causes: 5, most_evidence: 2 }
    }

    /// At most so many causes are drawn; what the others have is told in one line. Default 5.
    pub fn most_causes(mut self, causes: usize) -> Self {
        self.most_causes = causes;
        self
    }

    /// At most so many sentences of evidence for each. Default 2; 0 for bars alone.
    pub fn most_evidence(mut self, sentences: usize) -> Self {
        self.most_evidence = sentences;
        self
    }

    /// Draws it `width` pixels wide, at least 240.
    #[must_use]
    pub fn draw(&self, width: u32) -> Drawing {
        let width = possible_width(width);
        let causes = self.diagnosis.causes();
        let shown = &causes[..causes.len().min(self.most_causes)];
        let mut elements = Vec::new();
        let mut y = if self.title.is_empty() { 8.0 } else { 32.0 };
        // The bars are right of the names; on a phone below them.
        let is_phone = width < PHONE;
        let names = if is_phone { width - 2.0 * MARGIN - 50.0 } else { 0.42 * width };
        let bars = if is_phone { MARGIN } else { MARGIN + names + 8.0 };
        let room = width - bars - MARGIN - if is_phone { 0.0 } else { 50.0 };
        let mut row = |name: &str, probability: f64, class: &'static str, evidence: &[Evidence]| {
            let short = text_layout::cut(name, 12.5, names);
            let share = percent(probability);
            elements.push(label(MARGIN, y + 13.0, "ek-strong", short));
            elements.push(label(width - MARGIN, y + 13.0, "ek-strong ek-end", share));
            y += if is_phone { 19.0 } else { 3.0 };
            let height = if is_phone { 7.0 } else { 12.0 };
            elements.push(rectangle((bars, y), (room, height), "ek-track"));
            elements.push(rectangle((bars, y), (room * probability.clamp(0.0, 1.0), height), class));
            y += height + if is_phone { 4.0 } else { CAUSE - 15.0 };
            for sentence in evidence {
                let text = sentence.to_string();
                for line in text_layout::wrap(&text, 11.0, width - 3.0 * MARGIN, LINES) {
                    elements.push(label(2.0 * MARGIN, y + 9.0, "ek-small", line));
                    y += EVIDENCE;
                }
            }
            y += 6.0;
        };
        for cause in shown {
            let evidence = &cause.evidence[..cause.evidence.len().min(self.most_evidence)];
            row(&name_of(cause), cause.probability(), "ek-bar", evidence);
        }
        let others: f64 = causes[shown.len()..].iter().map(Cause::probability).sum();
        if causes.len() > shown.len() {
            row(&format!("{} others", causes.len() - shown.len()), others, "ek-rest", &[]);
        }
        row("none of these", self.diagnosis.unexplained(), "ek-rest", &[]);
        Drawing::new(&self.title, self.describe(shown), (width, y + 4.0), elements)
    }

    fn describe(&self, shown: &[Cause]) -> String {
        let mut text = String::new();
        for cause in shown {
            text += &format!("{} {}", name_of(cause), percent(cause.probability()));
            for evidence in cause.evidence.iter().take(self.most_evidence) {
                text += &format!(", for {evidence}");
            }
            text += "; ";
        }
        let others = self.diagnosis.causes().len() - shown.len();
        if others > 0 {
            text += &format!("{others} others; ");
        }
        text + &format!("none of these {}.", percent(self.diagnosis.unexplained()))
    }
}

/// The component, and the kind of fault where it is known.
pub(crate) fn name_of(cause: &Cause) -> String {
    let metric = cause.metric.as_ref().map_or(String::new(), |metric| format!("/{metric}"));
    match cause.kind {
        Some(kind) => format!("{}{metric} ({kind})", cause.component),
        None => format!("{}{metric}", cause.component),
    }
}
