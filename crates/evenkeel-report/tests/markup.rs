//! Whatever comes in as a name stays text, in every drawing and on the page.

use crate::browser::drawings;
use crate::sample;
use evenkeel_core::{At, Cause, Diagnosis};
use evenkeel_locate::Graph;
use evenkeel_report::{
    BacktestChart, Better, CauseChart, DecompositionChart, GraphChart, IncidentReport, ResultTable, STYLE,
    SeriesChart, StateChart, Timeline, TimelineChart, TimelineKind,
};
use evenkeel_series::{Series, Stl};
use proptest::prelude::*;

/// Harmless in itself: if it were markup, there would be an element `b` or an attribute `onload`.
const HOSTILE: &str = "</script></style></title><b>x</b>\" onload='y' &amp; <!-- ]]> \u{202E}\u{0}";

/// Every element and attribute of a text, as a strict reader of XML finds them. Panics where it is not well-formed.
fn tags(markup: &str) -> Vec<String> {
    let mut open: Vec<String> = Vec::new();
    let mut seen = Vec::new();
    let mut rest = markup;
    while let Some(start) = rest.find('<') {
        let end = start + rest[start..].find('>').expect("a tag ends");
        let tag = &rest[start + 1..end];
        rest = &rest[end + 1..];
        if tag.starts_with('!') {
            continue;
        }
        if let Some(name) = tag.strip_prefix('/') {
            assert_eq!(open.pop().as_deref(), Some(name), "elements are closed in order");
            continue;
        }
        let is_closed = tag.ends_with('/');
        let tag = tag.trim_end_matches('/');
        let name: String = tag.chars().take_while(|c| c.is_ascii_alphanumeric()).collect();
        seen.push(name.clone());
        // Attributes: NAME="VALUE", where values hold no quote; HTML also has some without a value.
        for (i, part) in tag[name.len()..].split('"').enumerate() {
            if i % 2 == 0 {
                seen.extend(
                    part.split('=').map(str::trim).filter(|a| !a.is_empty()).map(|a| format!("@{a}")),
                );
            }
        }
        let is_void = ["meta", "link", "br"].contains(&name.as_str());
        if !is_closed && !is_void {
            open.push(name);
        }
    }
    assert_eq!(open, Vec::<String>::new(), "all elements are closed");
    seen
}

fn is_inert(markup: &str) {
    let tags = tags(markup);
    for bad in ["b", "script", "@onload", "foreignObject", "a:", "@href:"] {
        assert!(!tags.iter().any(|tag| tag == bad), "{bad} in {markup}");
    }
    for c in ['\u{202E}', '\u{0}'] {
        assert!(!markup.contains(c), "{c:?}");
    }
    assert!(!markup.contains("javascript:") && !markup.contains("@import") && !markup.contains("url("));
}

/// Every drawing with hostile names in all places.
fn hostile(text: &str) -> Vec<evenkeel_report::Drawing> {
    let at = sample::at;
    let values = sample::values(200, 50..60, 1);
    let diagnosis = sample::diagnosis(text, text);
    let named = Cause::new(text, 0.5).unwrap();
    let suspects = Diagnosis::new(at(0), vec![named]).unwrap();
    let other = format!("{text}2");
    let graph = Graph::from_edges([("edge", text, 1.0), (text, &other, 1.0), (&other, text, 1.0)]).unwrap();
    let mut timeline = Timeline::new();
    timeline.push(at(0), TimelineKind::Action, Some(1), text);
    timeline.push(at(9), TimelineKind::Person, None, text);
    let series =
        Series::new(at(0), core::time::Duration::from_secs(1), values.iter().map(|x| x.value).collect())
            .unwrap();
    let decomposition = Stl::new(24).fit(series.values()).unwrap();
    let path: Vec<usize> = (0..200).map(|i| i / 100).collect();
    vec![
        sample::chart(text, 200, 50..60, 1)
            .mark(at(30), text)
            .lane(text, [(at(20), at(40))])
            .alert(evenkeel_report::AlertSpan::new(at(1), None, text))
            .draw(400),
        CauseChart::new(text, &diagnosis).draw(300),
        GraphChart::new(text, &graph).diagnosis(&suspects).symptom_at("edge").draw(900),
        TimelineChart::new(text, &timeline).draw(700),
        DecompositionChart::new(text, &series, &decomposition).unwrap().draw(500),
        StateChart::new(text, &values, &path).unwrap().state(text, Some(1.0)).state(text, None).draw(500),
        BacktestChart::new(text, &values, 0.9).unwrap().draw(500),
        ResultTable::new(text, [(text, Better::Higher)]).row(text, [0.5]).unwrap().draw(300),
    ]
}

#[test]
fn hostile_names_are_inert_in_every_drawing() {
    for drawing in hostile(HOSTILE) {
        is_inert(&drawing.to_string());
        is_inert(&drawing.fragment(HOSTILE));
        assert!(drawing.to_string().contains("&lt;b&gt;x&lt;/b&gt;"), "it is shown all the same: {drawing}");
    }
}

#[test]
fn hostile_names_are_inert_on_the_page() {
    let mut report = sample::report(HOSTILE, HOSTILE);
    report.note(HOSTILE, HOSTILE);
    report.timeline_mut().push(sample::at(0), TimelineKind::Alert, None, HOSTILE);
    report.incident(9).outcome = Some(HOSTILE.into());
    report.incident(9).actions.push((HOSTILE.into(), Some(HOSTILE.into())));
    let page = report.to_string();
    is_inert(&page);
    assert!(page.contains("default-src 'none'"));
    // Nothing on it has an address but a place on the page, the empty icon, and the name of the SVG namespace.
    for address in page.split("href=\"").skip(1).map(|rest| rest.split('"').next().unwrap()) {
        assert!(address.starts_with('#') || address == "data:,", "{address}");
    }
    let others = page.replace("http://www.w3.org/2000/svg", "");
    assert!(!others.contains("http:") && !others.contains("https:") && !others.contains("src="));
}

#[test]
fn no_color_is_in_a_drawing_but_in_its_style() {
    for (name, drawing) in drawings(700) {
        let body = drawing.fragment("x");
        for inline in ["style=", " fill=", "stroke=", "rgb(", "<style"] {
            assert!(!body.contains(inline), "{name}: {inline}");
        }
        assert!(drawing.to_string().contains(STYLE));
    }
}

proptest! {
    #[test]
    fn any_text_is_well_formed(text in any::<String>()) {
        for drawing in hostile(&text) {
            is_well_formed(&drawing.to_string());
        }
        let mut report = IncidentReport::new(&text);
        report.note(&text, &text);
        report.signal(SeriesChart::new(&text, &[At::new(sample::at(0), 1.0)]));
        is_well_formed(&report.to_string());
    }
}

/// As XML 1.0 wants it: allowed characters alone, and references only to what there is.
fn is_well_formed(markup: &str) {
    tags(markup);
    for c in markup.chars() {
        assert!(
            matches!(c, '\t' | '\n' | '\r' | ' '..='\u{D7FF}' | '\u{E000}'..='\u{FFFD}' | '\u{10000}'..),
            "{c:?}"
        );
    }
    for after in markup.split('&').skip(1) {
        assert!(
            ["amp;", "lt;", "gt;", "quot;", "#39;", "#38;", "#60;", "#62;", "#34;"]
                .iter()
                .any(|r| after.starts_with(r)),
            "{after:.20}"
        );
    }
}
