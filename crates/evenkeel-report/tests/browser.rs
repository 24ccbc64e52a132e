//! The page and the drawings in a real browser: what is drawn, what is asked for, what is complained of.

use crate::chromium::Chromium;
use crate::sample;
use core::time::Duration;
use evenkeel_core::{At, Prediction, Unit};
use evenkeel_report::{
    BacktestChart, Better, CauseChart, DecompositionChart, Drawing, GraphChart, ResultTable, StateChart,
    TimelineChart,
};
use evenkeel_series::{Series, Stl};
use std::fs;
use std::path::PathBuf;

/// Where pictures go: where `EVENKEEL_PICTURES` says, else a folder that is removed at the end.
fn folder() -> (PathBuf, bool) {
    match std::env::var_os("EVENKEEL_PICTURES") {
        Some(folder) => (folder.into(), true),
        None => {
            let name = format!("evenkeel-report-pictures-{}", std::process::id());
            (std::env::temp_dir().join(name), false)
        }
    }
}

/// Who calls whom; some pass over a layer, some call back.
pub(crate) const CALLS: [(&str, &str, f64); 11] = [
    ("edge", "cart", 60.0),
    ("edge", "catalog", 40.0),
    ("cart", "store", 55.0),
    ("cart", "payment", 20.0),
    ("catalog", "search", 30.0),
    ("catalog", "recommend", 10.0),
    ("recommend", "catalog", 1.0),
    ("search", "index", 30.0),
    ("payment", "bank", 20.0),
    ("edge", "index", 5.0),
    ("edge", "bank", 1.0),
];

/// One of each.
pub(crate) fn drawings(width: u32) -> Vec<(&'static str, Drawing)> {
    let at = sample::at;
    let series_chart = sample::chart("store/store-1/pool_wait", 10_000, 8_000..8_200, 1);
    let ahead = (10_000..11_500)
        .map(|i| At::new(at(i), Prediction::new(0.45, 0.02 + 1e-5 * (i - 10_000) as f64).unwrap()));
    let series_chart =
        series_chart.forecast(0.9, ahead).unwrap().limit(0.8).mark(at(7_990), "deploy of store");
    let report = sample::report("store", "pool_wait");
    let graph = evenkeel_locate::Graph::from_edges(CALLS).unwrap();
    let diagnosis = sample::diagnosis("store", "pool_wait");
    let hour = Duration::from_secs(3_600);
    let daily: Vec<f64> = (0..24 * 21)
        .map(|i| 40.0 + 0.05 * f64::from(i) + if i % 24 > 8 { 30.0 } else { 5.0 } + f64::from(i * 7919 % 11))
        .collect();
    let daily = Series::new(at(0), hour, daily).unwrap();
    let decomposition = Stl::new(24).fit(daily.values()).unwrap();
    let states: Vec<usize> =
        (0..2_000).map(|i| usize::from(i % 900 > 500) + usize::from(i > 1_700)).collect();
    let values: Vec<At<f64>> = sample::values(2_000, 0..0, 4)
        .iter()
        .zip(&states)
        .map(|(x, s)| At::new(x.time, x.value + *s as f64))
        .collect();
    let mut backtest = BacktestChart::new("visits, three days ahead", &daily.iter().collect::<Vec<_>>(), 0.9)
        .unwrap()
        .unit(Unit::Count);
    for origin in [14 * 24, 16 * 24, 18 * 24] {
        let time = |i: usize| at(3_600 * i as i64);
        let fold = (origin + 1..origin + 49)
            .map(|i| At::new(time(i), Prediction::new(daily.values()[i - 24], 6.0).unwrap()));
        backtest = backtest.fold(time(origin), fold).unwrap();
    }
    let table = ResultTable::new(
        "Localizers on a sock shop",
        [
            ("AC@1", Better::Higher),
            ("AC@3", Better::Higher),
            ("Avg@5", Better::Higher),
            ("seconds", Better::Lower),
            ("cases", Better::Neither),
        ],
    );
    let table = table
        .row("evenkeel", [0.96, 1.0, 0.984, 0.0021, 25.0])
        .unwrap()
        .row("robust scorer", [0.84, 0.96, 0.936, 0.0011, 25.0])
        .unwrap()
        .row("chance", [0.077, 0.231, 0.231, f64::NAN, 25.0])
        .unwrap();
    let states = StateChart::new("queue of the store", &values, &states).unwrap();
    let states = states.state("calm", Some(0.45)).state("busy", Some(1.45)).state("jammed", Some(2.45));
    vec![
        ("series", series_chart.draw(width)),
        ("causes", CauseChart::new("Why", &diagnosis).draw(width)),
        ("graph", GraphChart::new("Services", &graph).diagnosis(&diagnosis).symptom_at("edge").draw(width)),
        ("timeline", TimelineChart::new("What happened", report.timeline()).draw(width)),
        (
            "decomposition",
            DecompositionChart::new("Visits an hour", &daily, &decomposition).unwrap().draw(width),
        ),
        ("states", states.draw(width)),
        ("backtest", backtest.draw(width)),
        ("table", table.draw(width)),
    ]
}

/// Of all texts that are shown, those that stick out of their drawing, in pixels beyond it.
const STICKING_OUT: &str = "[...document.querySelectorAll('svg')].flatMap(svg => {
    const frame = svg.getBoundingClientRect();
    if (frame.width === 0) return [];
    return [...svg.querySelectorAll('text')].filter(text => {
        const box = text.getBoundingClientRect();
        return box.left < frame.left - 1 || box.right > frame.right + 1 || box.top < frame.top - 1 || box.bottom > frame.bottom + 1;
    }).map(text => text.textContent);
})";

/// Of all pairs of texts of a drawing that are shown, those that lie on each other by more than two pixels.
const OVERLAPPING: &str = "[...document.querySelectorAll('svg')].flatMap(svg => {
    if (svg.getBoundingClientRect().width === 0) return [];
    const boxes = [...svg.querySelectorAll('text')].map(text => [text.textContent, text.getBoundingClientRect()]);
    return boxes.flatMap(([a, p], i) => boxes.slice(i + 1).filter(([b, q]) =>
        Math.min(p.right, q.right) - Math.max(p.left, q.left) > 2 && Math.min(p.bottom, q.bottom) - Math.max(p.top, q.top) > 3
    ).map(([b]) => a + ' | ' + b));
})";

fn strings(value: &serde_json::Value) -> Vec<String> {
    value.as_array().unwrap().iter().map(|x| x.as_str().unwrap().to_string()).collect()
}

#[test]
fn the_page_and_each_drawing_are_drawn_at_two_widths_light_and_dark() {
    let Some(mut browser) = Chromium::start() else {
        println!("SKIPPED: no Chromium is installed, so the pictures were not looked at by a browser");
        return;
    };
    let (folder, is_kept) = folder();
    fs::create_dir_all(&folder).unwrap();
    let page = folder.join("report.html");
    fs::write(&page, sample::report("store", "pool_wait").to_string()).unwrap();
    for (width, height) in [(360, 800), (1_280, 900)] {
        for is_dark in [false, true] {
            let name = format!("{width}-{}", if is_dark { "dark" } else { "light" });
            browser.open(&page, (width, height), is_dark);
            assert!(browser.complaints().is_empty(), "{name}: {:?}", browser.complaints());
            let requests = browser.requests();
            assert!(
                requests.len() == 1
                    && requests[0].starts_with("file://")
                    && requests[0].ends_with("report.html"),
                "{name}: {requests:?}"
            );
            // Nothing is wider than the window, and each drawing is shown once.
            assert!(
                browser.evaluate("document.documentElement.scrollWidth").as_u64().unwrap()
                    <= u64::from(width)
            );
            let shown = "[...document.querySelectorAll('svg')].filter(s => s.getBoundingClientRect().width > 0).length";
            // Causes, graph, two timelines, impact, three signals.
            assert_eq!(browser.evaluate(shown), 8, "{name}");
            assert_eq!(strings(&browser.evaluate(STICKING_OUT)), Vec::<String>::new(), "{name}");
            assert_eq!(strings(&browser.evaluate(OVERLAPPING)), Vec::<String>::new(), "{name}");
            // The background is light or dark as wanted, that of the drawings too.
            for element in ["document.body", "document.querySelector('section')"] {
                let color = browser.evaluate(&format!("getComputedStyle({element}).backgroundColor"));
                assert_eq!(is_darkish(color.as_str().unwrap()), is_dark, "{name}: {color}");
            }
            let color = browser.evaluate("getComputedStyle(document.querySelector('.ek-surface')).fill");
            assert_eq!(is_darkish(color.as_str().unwrap()), is_dark, "{name}: {color}");
            // Lines have a color of the style and are drawn, not filled.
            let stroke = browser.evaluate("getComputedStyle(document.querySelector('.ek-value')).stroke");
            assert_eq!(stroke, if is_dark { "rgb(108, 182, 255)" } else { "rgb(11, 92, 173)" }, "{name}");
            browser.picture(&folder.join(format!("report-{name}.png")));
        }
    }
    for (width, window) in [(328, 360), (960, 1_280)] {
        for (name, drawing) in drawings(width) {
            let file = folder.join(format!("{name}-{width}.svg"));
            fs::write(&file, drawing.to_string()).unwrap();
            // In a page of its own, as an image: the style in the file is all there is.
            let html = folder.join(format!("{name}-{width}.html"));
            fs::write(&html, format!("<!doctype html><title>{name}</title><link rel=icon href='data:,'><body style='margin:8px;color-scheme:light dark'><img alt='' src='{name}-{width}.svg'>")).unwrap();
            for is_dark in [false, true] {
                let shade = if is_dark { "dark" } else { "light" };
                browser.open(&html, (window, drawing.size().1 + 16), is_dark);
                assert!(browser.complaints().is_empty(), "{name}: {:?}", browser.complaints());
                let image = browser.evaluate("document.images[0].naturalWidth");
                assert_eq!(image, width, "{name}: not an image that can be shown");
                browser.picture(&folder.join(format!("{name}-{width}-{shade}.png")));
            }
            browser.open(&file, (window, drawing.size().1 + 16), false);
            assert!(browser.complaints().is_empty(), "{name}: {:?}", browser.complaints());
            assert_eq!(strings(&browser.evaluate(STICKING_OUT)), Vec::<String>::new(), "{name} at {width}");
            assert_eq!(strings(&browser.evaluate(OVERLAPPING)), Vec::<String>::new(), "{name} at {width}");
        }
    }
    if !is_kept {
        fs::remove_dir_all(folder).unwrap();
    }
}

/// Whether a color like `rgb(13, 16, 20)` is dark.
fn is_darkish(color: &str) -> bool {
    let parts: Vec<f64> =
        color.split(|c: char| !c.is_ascii_digit()).filter_map(|part| part.parse().ok()).collect();
    parts[..3].iter().sum::<f64>() < 384.0
}
