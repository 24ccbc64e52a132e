//! The drawing of calibration: stated confidence against the share that came true.

use crate::confidence::Calibration;
use std::fmt::Write;

/// The size of the plot, and the margins around it, in pixels: as wide as a phone.
const SIDE: f64 = 288.0;
const LEFT: f64 = 44.0;
const RIGHT: f64 = 28.0;
const TOP: f64 = 56.0;
const LINE: f64 = 16.0;

/// Draws series of calibration as an SVG, each with a name. Points are groups of equal counts, with their 90
/// % intervals; on the diagonal what is stated comes true. Light or dark as the reader prefers; series differ
/// in shape as well as in color. Names must be plain text of the caller's own.
///
/// ```
/// use evenkeel_gatekeeper::{Stated, calibration, draw_calibration};
///
/// let stated: Vec<Stated> = (0..40).map(|i| Stated { confidence: 0.9, helped: i % 2 == 0 }).collect();
/// let svg = draw_calibration("An agent", &[("stated", &calibration(&stated, 10).unwrap())]);
/// assert!(svg.starts_with("<svg") && svg.contains("stated: n = 40, Brier 0.410"));
/// ```
#[must_use]
pub fn draw_calibration(title: &str, series: &[(&str, &Calibration)]) -> String {
    let width = LEFT + SIDE + RIGHT;
    let height = TOP + SIDE + 52.0 + 2.0 * LINE * series.len() as f64;
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" width=\"{width}\" height=\"{height}\" role=\"img\">\n\
         <title>{}</title>\n<style>\n{STYLE}</style>\n",
        escape(title)
    );
    let x = |p: f64| LEFT + SIDE * p;
    let y = |p: f64| TOP + SIDE * (1.0 - p);
    // Writing into a string cannot fail.
    let _ = writeln!(svg, "<rect class=\"page\" width=\"{width}\" height=\"{height}\"/>");
    let _ = writeln!(svg, "<text class=\"title\" x=\"{LEFT}\" y=\"28\">{}</text>", escape(title));
    for tick in 0..=5 {
        let p = f64::from(tick) / 5.0;
        let _ = writeln!(
            svg,
            "<path class=\"grid\" d=\"M{:.1} {:.1}H{:.1}M{:.1} {:.1}V{:.1}\"/>",
            x(0.0),
            y(p),
            x(1.0),
            x(p),
            y(0.0),
            y(1.0)
        );
        let _ = writeln!(
            svg,
            "<text class=\"tick end\" x=\"{:.1}\" y=\"{:.1}\">{p:.1}</text>",
            LEFT - 8.0,
            y(p) + 4.0
        );
        let _ = writeln!(
            svg,
            "<text class=\"tick middle\" x=\"{:.1}\" y=\"{:.1}\">{p:.1}</text>",
            x(p),
            TOP + SIDE + 18.0
        );
    }
    let _ = writeln!(
        svg,
        "<path class=\"diagonal\" d=\"M{:.1} {:.1}L{:.1} {:.1}\"/>",
        x(0.0),
        y(0.0),
        x(1.0),
        y(1.0)
    );
    let _ = writeln!(
        svg,
        "<text class=\"tick middle\" x=\"{:.1}\" y=\"{:.1}\">stated</text>",
        x(0.5),
        TOP + SIDE + 36.0
    );
    let _ =
        writeln!(svg, "<text class=\"tick\" x=\"{LEFT}\" y=\"{:.1}\">share that helped</text>", TOP - 10.0);
    for (i, (name, calibration)) in series.iter().enumerate() {
        let class = format!("s{}", i % 2);
        for bin in &calibration.bins {
            let (low, high) = bin.interval;
            let _ = writeln!(
                svg,
                "<path class=\"{class} line\" d=\"M{:.1} {:.1}V{:.1}\"/>",
                x(bin.stated),
                y(low),
                y(high)
            );
            let _ = writeln!(svg, "{}", marker(i, &class, x(bin.stated), y(bin.helped)));
        }
        let line = TOP + SIDE + 58.0 + 2.0 * LINE * i as f64;
        let _ = writeln!(svg, "{}", marker(i, &class, LEFT + 4.0, line - 4.0));
        let Calibration { count, brier, brier_of_base_rate, expected_error, .. } = calibration;
        let told = [
            format!("{name}: n = {count}, Brier {brier:.3}"),
            format!("base rate {brier_of_base_rate:.3}, calibration error {expected_error:.3}"),
        ];
        for (told, line) in told.iter().zip([line, line + LINE]) {
            let (x, told) = (LEFT + 16.0, escape(told));
            let _ = writeln!(svg, "<text class=\"tick\" x=\"{x:.1}\" y=\"{line:.1}\">{told}</text>");
        }
    }
    svg.push_str("</svg>\n");
    svg
}

/// A circle, or a square for every second series.
fn marker(series: usize, class: &str, x: f64, y: f64) -> String {
    match series % 2 {
        0 => format!("<circle class=\"{class} dot\" cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"4.5\"/>"),
        _ => format!(
            "<rect class=\"{class} dot\" x=\"{:.1}\" y=\"{:.1}\" width=\"8\" height=\"8\"/>",
            x - 4.0,
            y - 4.0
        ),
    }
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

const STYLE: &str = "\
:root{--page:#fff;--ink:#1b1f24;--soft:#59636e;--grid:#d8dee4;--s0:#b3400f;--s1:#0b5fae}
@media(prefers-color-scheme:dark){:root{--page:#16191d;--ink:#e6edf3;--soft:#9aa4ae;--grid:#333b44;--s0:#ff9b6b;--s1:#79b8ff}}
text{font-family:system-ui,sans-serif;fill:var(--ink)}
.page{fill:var(--page)}
.title{font-size:14px;font-weight:600}
.tick{font-size:11px;fill:var(--soft)}
.end{text-anchor:end}
.middle{text-anchor:middle}
.grid{stroke:var(--grid);stroke-width:1;fill:none}
.diagonal{stroke:var(--soft);stroke-width:1;stroke-dasharray:4 4}
.line{stroke-width:1.5;opacity:.6}
.dot{stroke:none}
.s0{stroke:var(--s0);fill:var(--s0)}
.s1{stroke:var(--s1);fill:var(--s1)}
";
