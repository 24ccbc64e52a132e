//! A watched series as a picture: values, what was expected of them, the part that was learned, alarms.

use crate::clock::{clock, marks};
use evenkeel::prelude::{At, Timestamp};
use evenkeel_report::{AlertSpan, Drawing, SeriesChart, significant};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::symbols::Marker;
use ratatui::widgets::Widget;
use ratatui::widgets::canvas::{Canvas, Line};
use std::io::IsTerminal;
use std::path::Path;

/// One step of a watched series.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Step {
    /// The time of the step.
    pub time: Timestamp,
    /// The value; NaN where it is missing.
    pub value: f64,
    /// The value that was expected, once there is one.
    pub expected: Option<f64>,
    /// The band in which the value was expected, once there is one.
    pub band: Option<(f64, f64)>,
    /// Whether the step was learned, and not judged.
    pub learned: bool,
    /// Whether the step belongs to an event that was raised.
    pub alarmed: bool,
}

/// The width of an SVG, and of what is no terminal.
pub const SVG_WIDTH: u32 = 1_200;
/// How high the area of values is in an SVG, in pixels.
pub const HEIGHT: u32 = 320;
const COLUMNS: u16 = 80;
/// The rows of the picture as text.
const ROWS: u16 = 18;
/// The signs of the picture as text.
const EXPECTED: &str = "·";
const BAND: &str = "┄";
const LEARNED: &str = "░";
const ALARMED: &str = "█";

/// The size of the terminal that is written to, in columns and rows of a picture; 80 columns if it is none.
#[must_use]
pub fn size() -> (u16, u16) {
    let columns = std::io::stdout()
        .is_terminal()
        .then(|| ratatui::crossterm::terminal::size().ok())
        .flatten()
        .map_or(COLUMNS, |(columns, _)| columns);
    (columns.max(40), ROWS)
}

/// The stretches of steps of which something is so: the times of the first and the last.
fn stretches(steps: &[Step], is_so: fn(&Step) -> bool) -> Vec<(Timestamp, Timestamp)> {
    let groups = steps.chunk_by(|a, b| is_so(a) == is_so(b)).filter(|group| is_so(&group[0]));
    groups.map(|group| (group[0].time, group[group.len() - 1].time)).collect()
}

/// The picture as an SVG file, light or dark as the reader prefers. `level` is the share of normal values that
/// the band holds, where that is known.
///
/// # Errors
/// A sentence on what kept it from being written; also if no value is known.
pub fn svg(steps: &[Step], title: &str, level: Option<f64>, path: &Path) -> Result<(), String> {
    if !steps.iter().any(|step| step.value.is_finite()) {
        return Err("there is no value to draw".into());
    }
    let values: Vec<At<f64>> = steps.iter().map(|step| At::new(step.time, step.value)).collect();
    let mut chart = SeriesChart::new(title, &values)
        .height(HEIGHT)
        .expected_line(steps.iter().filter_map(|step| Some(At::new(step.time, step.expected?))))
        .band(level, steps.iter().filter_map(|step| Some(At::new(step.time, step.band?))));
    if let Some((from, to)) = stretches(steps, |step| step.learned).first() {
        chart = chart.learned(*from, *to);
    }
    // A missing value within an event does not end it.
    let known: Vec<Step> = steps.iter().filter(|step| step.value.is_finite()).copied().collect();
    let spans = stretches(&known, |step| step.alarmed);
    let chart = chart.alerts(spans.into_iter().map(|(from, to)| AlertSpan::new(from, Some(to), "")));
    write(&chart.draw(SVG_WIDTH), path)
}

/// Writes a drawing into a file.
///
/// # Errors
/// A sentence on what kept it from being written.
pub fn write(drawing: &Drawing, path: &Path) -> Result<(), String> {
    std::fs::write(path, drawing.to_string()).map_err(|e| format!("{}: {e}", path.display()))
}

/// The picture as lines of text, `width` by `height` characters: values as a line, what was expected as dots, the
/// band as dashes; below it what was learned and what was abnormal, dates, and what the signs mean. Empty if no value
/// is known.
#[must_use]
pub fn text(steps: &[Step], level: Option<f64>, width: u16, height: u16) -> String {
    let (Some(first), Some(last)) = (steps.first(), steps.last()) else { return String::new() };
    let lines = || steps.iter().flat_map(|step| [Some(step.value), step.expected]).flatten();
    let (low, high) = lines()
        .filter(|x| x.is_finite())
        .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), x| (low.min(x), high.max(x)));
    if low > high {
        return String::new();
    }
    let margin = if high > low { 0.05 * (high - low) } else { 0.5 };
    let (low, high) = (low - margin, high + margin);
    let labels = [significant(high), significant(low / 2.0 + high / 2.0), significant(low)];
    let left = labels.iter().map(|label| label.chars().count()).max().unwrap_or(0).min(12) + 1;
    let columns = usize::from(width).saturating_sub(left).max(10);
    let rows = usize::from(height).saturating_sub(3).max(3);
    let length = last.time.since(first.time).as_secs_f64().max(1e-9);
    let x = |time: Timestamp| time.since(first.time).as_secs_f64() / length;
    let column = |time: Timestamp| ((x(time) * columns as f64) as usize).min(columns - 1);

    let mut signs = drawn_values(steps, (low, high), (columns, rows), x);
    let row = |value: f64| {
        let share = (high - value) / (high - low);
        (0.0..=1.0).contains(&share).then(|| ((share * rows as f64) as usize).min(rows - 1))
    };
    let mut put = |time: Timestamp, value: f64, sign: &'static str| {
        if let Some(row) = row(value) {
            let place = &mut signs[row][column(time)];
            if place.trim().is_empty() || place == "\u{2800}" {
                *place = sign.into();
            }
        }
    };
    for step in steps {
        if let Some(expected) = step.expected {
            put(step.time, expected, EXPECTED);
        }
        for edge in step.band.iter().flat_map(|band| [band.0, band.1]) {
            put(step.time, edge, BAND);
        }
    }

    let mut axis = vec!["─"; columns];
    for step in steps {
        let sign = &mut axis[column(step.time)];
        match (step.alarmed, step.learned) {
            (true, _) => *sign = ALARMED,
            (_, true) if *sign != ALARMED => *sign = LEARNED,
            _ => {}
        }
    }
    let label = |row: usize| match row {
        0 => labels[0].as_str(),
        r if r == rows / 2 => labels[1].as_str(),
        r if r + 1 == rows => labels[2].as_str(),
        _ => "",
    };
    let mut text = String::new();
    for (i, row) in signs.iter().enumerate() {
        text += format!("{:>left$} {}", label(i), row.concat(), left = left - 1).trim_end();
        text.push('\n');
    }
    let blank = " ".repeat(left);
    text += &format!("{blank}{}\n", axis.concat());
    text += &format!("{blank}{}\n", dates((first.time, last.time), columns));
    text + &format!("{}\n", legend(steps, level))
}

/// The values as dots of braille, as rows of signs.
fn drawn_values(
    steps: &[Step],
    (low, high): (f64, f64),
    (columns, rows): (usize, usize),
    x: impl Fn(Timestamp) -> f64,
) -> Vec<Vec<String>> {
    let size = |n: usize| u16::try_from(n).unwrap_or(u16::MAX);
    let area = Rect::new(0, 0, size(columns), size(rows));
    let mut buffer = Buffer::empty(area);
    Canvas::default()
        .marker(Marker::Braille)
        .x_bounds([0.0, 1.0])
        .y_bounds([low, high])
        .paint(|context| {
            let known: Vec<&Step> = steps.iter().filter(|step| step.value.is_finite()).collect();
            for pair in known.windows(2) {
                let (a, b) = ((x(pair[0].time), pair[0].value), (x(pair[1].time), pair[1].value));
                context.draw(&Line::new(a.0, a.1, b.0, b.1, ratatui::style::Color::Reset));
            }
            if let [one] = known.as_slice() {
                let at = x(one.time);
                context.draw(&Line::new(at, one.value, at, one.value, ratatui::style::Color::Reset));
            }
        })
        .render(area, &mut buffer);
    let sign = |x: usize, y: usize| buffer[(size(x), size(y))].symbol().replace('\u{2800}', " ");
    (0..rows).map(|y| (0..columns).map(|x| sign(x, y)).collect()).collect()
}

/// Round times under the axis, and the date of the first value where they have none.
fn dates((first, last): (Timestamp, Timestamp), columns: usize) -> String {
    let length = last.since(first).as_secs_f64();
    let mut line: Vec<char> = vec![' '; columns];
    for (at, label) in marks(first, (0.0, length), columns / 20) {
        let place = (at / length.max(1e-9) * columns as f64) as usize;
        let place = place.min(columns.saturating_sub(label.chars().count()));
        let is_free = line[place..].iter().take(label.chars().count() + 1).all(|c| *c == ' ')
            && (place == 0 || line[place - 1] == ' ');
        if is_free {
            for (sign, c) in line[place..].iter_mut().zip(label.chars()) {
                *sign = c;
            }
        }
    }
    let text: String = line.into_iter().collect();
    if text.trim().is_empty() {
        format!("{} to {}", clock(first), clock(last))
    } else {
        text.trim_end().into()
    }
}

fn legend(steps: &[Step], level: Option<f64>) -> String {
    let mut entries = vec!["line: values".to_string()];
    if steps.iter().any(|step| step.expected.is_some()) {
        entries.push(format!("{EXPECTED} expected"));
    }
    if steps.iter().any(|step| step.band.is_some()) {
        let level = level.map_or(String::new(), |level| format!(" of {} %", significant(100.0 * level)));
        entries.push(format!("{BAND} band{level}"));
    }
    if steps.iter().any(|step| step.learned) {
        entries.push(format!("{LEARNED} learned"));
    }
    if steps.iter().any(|step| step.alarmed) {
        entries.push(format!("{ALARMED} abnormal"));
    }
    entries.join("   ") + "   times: UTC"
}
