//! Lanes below an area of values: stretches of time, each lane with its name.

use crate::element::{Element, label, rectangle};
use crate::plot_area::PlotArea;
use crate::text_layout;
use evenkeel_core::Timestamp;

/// The height of a lane, in pixels.
const LANE: f64 = 20.0;
/// Between the area of values and the first lane.
const ABOVE: f64 = 6.0;
const COLORS: [&str; 6] = ["ek-c0", "ek-c1", "ek-c2", "ek-c3", "ek-c4", "ek-c5"];

/// A lane.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Lane {
    pub(crate) name: String,
    pub(crate) spans: Vec<(Timestamp, Timestamp)>,
}

/// How much room the names need left of the lanes, of a drawing of a width.
pub(crate) fn room_for_names(lanes: &[Lane], width: f64) -> f64 {
    let names = lanes.iter().map(|lane| text_layout::width(&lane.name, 11.0));
    names.fold(0.0, f64::max).min(0.3 * width) + 8.0
}

/// The lanes below an area of values that has this room at its left; what they are drawn in, and their elements.
pub(crate) fn draw(lanes: &[Lane], area: &PlotArea, room: f64) -> (PlotArea, Vec<Element>) {
    let height = LANE * lanes.len() as f64;
    let below = PlotArea { top: area.bottom() + ABOVE, height, ..area.clone() };
    let mut elements = Vec::new();
    for (i, lane) in lanes.iter().enumerate() {
        let y = below.top + LANE * i as f64;
        elements.push(rectangle((below.left, y + 3.0), (below.width, LANE - 6.0), "ek-track"));
        let short = text_layout::cut(&lane.name, 11.0, room - 8.0);
        elements.push(label(below.left - 6.0, y + 14.0, "ek-small ek-end", short));
        for span in &lane.spans {
            let place = below.extent(*span);
            let color = COLORS[i % COLORS.len()];
            elements.extend(place.map(|(x, width)| rectangle((x, y + 3.0), (width, LANE - 6.0), color)));
        }
    }
    (below, elements)
}
