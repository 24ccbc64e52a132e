use crate::sample::{at, chart, expected, values};
use core::time::Duration;
use evenkeel_core::{At, Error, Prediction, Timestamp, Unit};
use evenkeel_report::{AlertSpan, SeriesChart};
use proptest::prelude::*;

/// The places of all paths of a class, in half pixels.
fn places(svg: &str, class: &str) -> Vec<(i64, i64)> {
    let mut places = Vec::new();
    for part in svg.split(&format!("<path class=\"{class}\" d=\"")).skip(1) {
        let data = part.split('"').next().unwrap();
        if data.contains('h') {
            continue; // The sample of the legend.
        }
        for line in data.split('M').skip(1) {
            let numbers: Vec<i64> = line
                .replace('-', " -")
                .split(|c: char| !(c.is_ascii_digit() || c == '-'))
                .filter_map(|n| n.parse().ok())
                .collect();
            let mut last = (numbers[0], numbers[1]);
            places.push(last);
            for step in numbers[2..].chunks(2) {
                last = (last.0 + step[0], last.1 + step[1]);
                places.push(last);
            }
        }
    }
    places
}

#[test]
fn no_spike_is_lost_among_many_values() {
    // One value of fifty thousand is high, one is low: both reach the edges of the same drawing of few values.
    let mut many: Vec<At<f64>> = (0..50_000).map(|i| At::new(at(i), 0.5)).collect();
    many[31_234].value = 9.0;
    many[40_001].value = -9.0;
    let few: Vec<At<f64>> =
        many.iter().step_by(5_000).chain([&many[31_234], &many[40_001], &many[49_999]]).copied().collect();
    let extremes = |values: &[At<f64>]| {
        let places = places(&SeriesChart::new("", values).draw(600).to_string(), "ek-value");
        (places.iter().map(|p| p.1).min().unwrap(), places.iter().map(|p| p.1).max().unwrap())
    };
    assert_eq!(extremes(&many), extremes(&few));
    let svg = SeriesChart::new("", &many).draw(600).to_string();
    // At most two places a pixel.
    assert!(places(&svg, "ek-value").len() < 2 * 600, "{}", places(&svg, "ek-value").len());
}

#[test]
fn lines_are_broken_where_values_are_missing() {
    let lines = |values: &[At<f64>]| {
        let svg = SeriesChart::new("", values).draw(600).to_string();
        let line = svg
            .split("<path class=\"ek-value\" d=\"")
            .nth(2)
            .or(svg.split("<path class=\"ek-value\" d=\"").nth(1));
        line.unwrap().split('"').next().unwrap().matches('M').count()
    };
    let whole = values(200, 0..0, 1);
    assert_eq!(lines(&whole), 1);
    let mut missing = whole.clone();
    missing[50].value = f64::NAN;
    missing[120].value = f64::INFINITY;
    assert_eq!(lines(&missing), 3);
    let silent: Vec<At<f64>> =
        whole.iter().filter(|x| !(at(80)..at(90)).contains(&x.time)).copied().collect();
    assert_eq!(lines(&silent), 2);
}

#[test]
fn what_is_drawn_is_told_in_words_and_in_the_legend() {
    let drawing = chart("a metric", 1_200, 900..930, 1).draw(800);
    let said = drawing.description();
    assert!(said.contains("1200 values from 2026-11-18 11:06:40 to 2026-11-18 11:26:39 UTC"), "{said}");
    assert!(
        said.contains("abnormal 1 time, from 2026-11-18 11:21:40 to 2026-11-18 11:22:10 (p = 1e-9)"),
        "{said}"
    );
    let svg = drawing.to_string();
    for word in [
        "value",
        "expected",
        "band (99 % of normal values)",
        "learned",
        "abnormal",
        "11:10",
        "2026-11-18",
        "UTC",
    ] {
        assert!(svg.contains(&format!(">{word}</text>")), "{word}");
    }
    for class in ["ek-band", "ek-expected", "ek-learned", "ek-span", "ek-span-edge"] {
        assert!(svg.contains(&format!("class=\"{class}\"")), "{class}");
    }
    // What there is none of is not in the legend.
    let plain = SeriesChart::new("a metric", &values(50, 0..0, 1)).draw(800).to_string();
    assert!(!plain.contains(">expected</text>") && !plain.contains(">abnormal</text>"));
}

#[test]
fn settings_out_of_range_and_series_of_nothing() {
    let none = || SeriesChart::new("", &[]);
    for level in [0.0, 1.0, f64::NAN] {
        assert!(matches!(none().expected(level, []), Err(Error::Parameter { name: "level", .. })));
        assert!(matches!(none().forecast(level, expected(9)), Err(Error::Parameter { name: "level", .. })));
    }
    let missing = [At::new(at(0), f64::NAN), At::new(at(1), 1e200)];
    for values in [&[][..], &missing[..]] {
        let drawing = SeriesChart::new("empty", values).draw(500);
        assert_eq!(drawing.description(), "no values");
        assert!(drawing.to_string().contains(">no values</text>"));
    }
    for constant in [0.0, 7.0, -1e99, 1e-300] {
        let constant = [At::new(at(0), constant), At::new(at(60), constant)];
        assert!(!SeriesChart::new("", &constant).draw(500).to_string().contains("NaN"));
    }
    let one = SeriesChart::new("", &[At::new(at(0), 3.0)]).draw(500).to_string();
    assert_eq!(places(&one, "ek-value").len(), 2, "a dot is a line of no length: {one}");
}

#[test]
fn a_forecast_goes_on_where_the_values_end() {
    let ahead = (1_000..1_500).map(|i| At::new(at(i), Prediction::new(0.5, 0.02).unwrap()));
    let drawing = SeriesChart::new("", &values(1_000, 0..0, 1))
        .unit(Unit::Seconds)
        .forecast(0.9, ahead)
        .unwrap()
        .draw(700);
    let svg = drawing.to_string();
    let last = |class| places(&svg, class).iter().map(|p| p.0).max().unwrap();
    assert!(last("ek-value") < last("ek-forecast"));
    assert!(
        drawing.description().contains("500 ms is forecast for 2026-11-18 11:31:39"),
        "{}",
        drawing.description()
    );
}

proptest! {
    #[test]
    fn any_series_is_drawn_within_its_frame(
        samples in prop::collection::vec((any::<i64>(), prop_oneof![any::<f64>(), -5.0..5.0]), 0..60),
        width in any::<u32>(),
        span in any::<(i64, i64)>(),
        level in 0.01..0.99_f64,
    ) {
        let samples: Vec<At<f64>> =
            samples.into_iter().map(|(t, x)| At::new(Timestamp::from_nanos(t), x)).collect();
        let time = Timestamp::from_nanos;
        let predictions = samples.iter().filter_map(|x| Some(At::new(x.time, Prediction::new(x.value, 1.0)?)));
        let chart = SeriesChart::new("s", &samples)
            .expected(level, predictions.clone()).unwrap()
            .forecast(level, predictions).unwrap()
            .alert(AlertSpan::new(time(span.0), Some(time(span.1)), ""))
            .learned(time(span.1), time(span.0))
            .mark(time(span.0), "m");
        let drawing = chart.draw(width);
        let svg = drawing.to_string();
        prop_assert!(!svg.contains("NaN") && !svg.contains("inf"), "{svg}");
        let (wide, high) = drawing.size();
        for class in ["ek-value", "ek-expected", "ek-forecast", "ek-band"] {
            for (x, y) in places(&svg, class) {
                prop_assert!((0..=2 * i64::from(wide)).contains(&x) && (0..=2 * i64::from(high)).contains(&y), "{class} {x} {y}");
            }
        }
    }
}

#[test]
fn times_of_axes_are_round_and_few() {
    for (seconds, label) in [
        (2, "11:06:41"),
        (600, "11:10"),
        (90_000, "12:00"),
        (40 * 86_400, "2026-11-"),
        (3_000 * 86_400, "20"),
    ] {
        let values: Vec<At<f64>> = (0..=100)
            .map(|i| {
                At::new(at(0) + Duration::from_secs(seconds).mul_f64(f64::from(i) / 100.0), f64::from(i))
            })
            .collect();
        let svg = SeriesChart::new("", &values).draw(800).to_string();
        let marks = svg.matches("ek-small ek-middle").count();
        assert!((2..=10).contains(&marks) && svg.contains(label), "{seconds} s: {marks} {svg}");
    }
}

/// The words of marks never cover values or each other, at any width.
#[test]
fn words_of_marks_stand_above_the_values_each_in_its_place() {
    for width in [240, 360, 800] {
        let mut chart = SeriesChart::new("", &values(100, 0..0, 1));
        let marks =
            [(10, "deploy of store"), (11, "found: store, 98 %"), (90, "fine again"), (99, "a day off")];
        for (second, what) in marks {
            chart = chart.mark(at(second), what);
        }
        let svg = chart.draw(width).to_string();
        let place = |what: &str| -> (f64, f64) {
            let text = svg.split(&format!(">{what}<")).next().unwrap();
            let tag = &text[text.rfind("<text").unwrap()..];
            let number =
                |name: &str| tag.split(&format!("{name}=\"")).nth(1).unwrap().split('"').next().unwrap();
            (number(" x").parse().unwrap(), number(" y").parse().unwrap())
        };
        let top = places(&svg, "ek-value").iter().map(|(_, y)| y / 2).min().unwrap() as f64;
        let words: Vec<(f64, f64)> = marks.iter().map(|(_, what)| place(what)).collect();
        assert!(words.iter().all(|(_, y)| *y < top), "{width}: {words:?} over {top}");
        assert!(words[1].1 > words[0].1, "one line lower: {words:?}");
        for (i, a) in words.iter().enumerate() {
            for b in &words[..i] {
                // The shorter of the two is wider than 50 pixels.
                assert!(a.1 != b.1 || (a.0 - b.0).abs() > 50.0, "{width}: {words:?}");
            }
        }
        assert_eq!(svg.matches("class=\"ek-mark\"").count(), 4);
    }
}

#[test]
fn lanes_hold_the_stretches_of_other_rules() {
    let plain = SeriesChart::new("", &values(100, 0..0, 1));
    let chart = plain.clone().lane("threshold", [(at(10), at(20)), (at(90), at(90))]).lane("3 sigma", []);
    let (drawing, plain) = (chart.draw(600), plain.draw(600));
    assert!(
        drawing.description().contains("threshold: 2 times; 3 sigma: 0 times"),
        "{}",
        drawing.description()
    );
    assert_eq!(drawing.size().1 - plain.size().1, 46, "two lanes and what is above them");
    let svg = drawing.to_string();
    let body = svg.split("</style>").nth(1).unwrap();
    assert_eq!((body.matches("\"ek-track\"").count(), body.matches("\"ek-c0\"").count()), (2, 2));
}
