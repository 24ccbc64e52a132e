//! Methods of one's own in every kind of task.

use crate::folder::Folder;
use evenkeel_core::{Direction, Score, Stage};
use evenkeel_eval::forecasters::{Entry as Forecasts, Forecast, LEVELS, Question};
use evenkeel_eval::localizers::Entry as Locates;
use evenkeel_eval::{Contest, TaskResult, detectors, forecasters, localizers, segmenters, tasks};
use evenkeel_locate::{Case, Localizer, Ranking};
use evenkeel_models::Naive;
use evenkeel_models::simple_smoothing::SimpleSmoothing;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

fn score(result: &TaskResult, method: &str, metric: &str) -> f64 {
    let found = result.method(method).and_then(|method| method.score(metric));
    found.unwrap_or_else(|| panic!("no {metric} of {method}"))
}

/// Without what takes time.
fn timeless(mut result: TaskResult) -> TaskResult {
    result.methods.iter_mut().for_each(|method| (method.seconds_per_case, method.cost) = (0.0, None));
    result
}

/// Series of a hundred rows with a spike in row 60; the last value is that of the series.
fn spikes(cases: usize) -> Folder {
    let folder = Folder::new();
    for case in 0..cases {
        let value = |t: usize| if t == 60 { 40 } else { t % 5 };
        let row = |t: usize| format!("{},{},{}\n", 60 * t, value(t), u8::from(t == 60));
        let rows: String = (0..100 + case).map(row).collect();
        folder.write(&format!("{case}.csv"), format!("timestamp,value,label\n{rows}"));
    }
    folder
}

/// How far from a level that is given.
#[derive(Debug, Clone)]
struct From(f64);

impl Stage<f64> for From {
    type Output = Score;

    fn update(&mut self, x: f64) -> Option<Score> {
        Score::new((x - self.0).abs(), Direction::Either)
    }

    fn reset(&mut self) {}
}

/// The sum of a row.
struct Sum;

impl Stage<&[f64]> for Sum {
    type Output = Score;

    fn update(&mut self, row: &[f64]) -> Option<Score> {
        Score::new(row.iter().sum(), Direction::Up)
    }

    fn reset(&mut self) {}
}

#[test]
fn detectors_of_all_forms() {
    let folder = spikes(3);
    let level = 2.0;
    let contest = Contest::new("wsd", folder.path())
        .unwrap()
        .scorer("closure", || |x: f64| (x - 2.0).abs())
        .detector("stage", move |_| Ok(From(level)))
        .row_detector("rows", |_, width| {
            assert_eq!(width, 1);
            Ok(Sum)
        })
        .enter(detectors::by_name("robust-deviation").unwrap());
    let result = contest.run().unwrap();
    assert!(result.skipped.is_empty());
    assert_eq!(result.method("stage, raw").unwrap().scores, result.method("closure, raw").unwrap().scores);
    for method in ["closure", "stage", "rows", "robust-deviation"] {
        assert!(score(&result, method, "vus_pr") > score(&result, "chance", "vus_pr"), "{method}");
    }
    // The spike alone is far from the level, so that points are told apart without an error.
    assert!((score(&result, "closure, raw", "auc_pr") - 1.0).abs() < 1e-12);
    for threads in [1, 3] {
        assert_eq!(timeless(contest.clone().threads(threads).run().unwrap()), timeless(result.clone()));
    }
}

/// A closure with state gets fresh state for each series, and sees nothing beyond the present row.
#[test]
fn series_are_given_in_order_and_apart() {
    let folder = spikes(2);
    let seen = Arc::new(Mutex::new(Vec::new()));
    let built = Arc::new(AtomicUsize::new(0));
    let (own, count) = (Arc::clone(&seen), Arc::clone(&built));
    let contest = Contest::new("wsd", folder.path()).unwrap().without_library().threads(1);
    let contest = contest.scorer("spy", move || {
        let series = count.fetch_add(1, Ordering::Relaxed);
        let own = Arc::clone(&own);
        move |x: f64| {
            own.lock().unwrap().push((series, x));
            x
        }
    });
    let result = contest.run().unwrap();
    assert_eq!(
        result.methods.iter().map(|method| method.name.as_str()).collect::<Vec<_>>(),
        ["spy", "spy, raw"]
    );
    let expected: Vec<(usize, f64)> = (0..2)
        .flat_map(|series| {
            (0..100 + series).map(move |t| (series, if t == 60 { 40.0 } else { (t % 5) as f64 }))
        })
        .collect();
    assert_eq!(*seen.lock().unwrap(), expected);
    assert_eq!(built.load(Ordering::Relaxed), 2);
}

/// An error or a panic in one case leaves this case out for this method alone.
#[test]
fn what_fails_is_left_out_of_its_case() {
    let folder = spikes(3);
    let contest = Contest::new("wsd", folder.path()).unwrap().threads(1).without_library();
    let built = Arc::new(AtomicUsize::new(0));
    let contest = contest
        .scorer("sound", || |x: f64| x)
        .scorer("panics", || {
            let mut rows = 0;
            move |x: f64| {
                rows += 1;
                assert!(rows <= 101, "the third series has too many rows");
                x
            }
        })
        .detector("fails", move |_| match built.fetch_add(1, Ordering::Relaxed) {
            0 => Err("not today".into()),
            _ => Ok(From(0.0)),
        });
    let result = contest.run().unwrap();
    let n = |method: &str| result.method(method).unwrap().n;
    assert_eq!((n("sound"), n("panics"), n("fails"), n("fails, raw")), (3, 2, 2, 2));
    let skipped: Vec<(&str, &str)> =
        result.skipped.iter().map(|skipped| (skipped.case.as_str(), skipped.why.as_str())).collect();
    let panicked = "panics: panicked: the third series has too many rows";
    assert_eq!(skipped, [("0", "fails: not today"), ("2", panicked)]);
}

#[test]
fn nab_leaves_out_files_that_failed() {
    let folder = Folder::new();
    let stamp = |t: usize| format!("2020-02-{:02} {:02}:{:02}:00", 1 + t / 288, t % 288 / 12, t % 12 * 5);
    for (name, rows) in [("a", 1_000), ("b", 1_001), ("c", 1_002)] {
        let value = |t: usize| if t == 600 { 50 } else { t % 7 };
        let rows: String = (0..rows).map(|t| format!("{},{}\n", stamp(t), value(t))).collect();
        folder.write(&format!("data/x/{name}.csv"), format!("timestamp,value\n{rows}"));
    }
    let window = format!("[[\"{}\", \"{}\"]]", stamp(590), stamp(630));
    let labels = format!("{{\"x/a.csv\": {window}, \"x/b.csv\": {window}, \"x/c.csv\": {window}}}");
    folder.write("labels/combined_windows.json", labels);
    let contest = Contest::new("nab", folder.path()).unwrap().without_library();
    let result = contest
        .scorer("size", || |x: f64| x)
        .scorer("fails", || {
            let mut rows = 0;
            move |x: f64| {
                rows += 1;
                assert!(rows != 1_001 || x != 6.0, "row 1000 is there");
                x
            }
        })
        .run()
        .unwrap();
    assert_eq!(result.method("size, raw").unwrap().n, 3);
    assert_eq!(result.method("fails, raw").unwrap().n, 1);
    assert_eq!(result.skipped.len(), 2);
    assert!(result.skipped.iter().all(|skipped| skipped.why.starts_with("fails: panicked")));
    let raw = |case: &str, method: &str| result.case(case).unwrap().score(method, "standard_raw");
    assert_eq!(raw("x/a.csv", "fails, raw"), raw("x/a.csv", "size, raw"));
    assert!(raw("x/b.csv", "size, raw").is_some() && raw("x/b.csv", "fails, raw").is_none());
    // What was scored is scored as if it were alone: one window, found in its eleventh row.
    let [alone, all] = ["fails, raw", "size, raw"].map(|method| score(&result, method, "standard"));
    assert!((alone - all).abs() < 1e-9 && alone > 50.0, "{alone} {all}");
}

fn quarters() -> Folder {
    let folder = Folder::new();
    let values = |from: usize, to: usize| -> String {
        (from..to).map(|t| format!(",{}", 10 + 3 * (t % 4) + t / 4)).collect()
    };
    folder.write("Quarterly-train.csv", format!("name\nQ1{}\nQ2{}\n", values(0, 24), values(1, 30)));
    folder.write("Quarterly-test.csv", format!("name\nQ1{}\nQ2{}\n", values(24, 28), values(30, 32)));
    folder
}

#[test]
fn forecasters_of_all_forms() {
    let folder = quarters();
    let contest = Contest::new("m4", folder.path())
        .unwrap()
        .forecaster("last", |question| {
            assert_eq!((question.season, question.levels), (4, LEVELS));
            let last = question.history[question.history.len() - 1];
            Ok(Forecast::of_means(vec![last; question.horizon]))
        })
        .enter(Forecasts::estimator("own snaive", |question: &Question<'_>| {
            Ok(Naive::seasonal(question.season))
        }))
        .estimator("smoothing", |_| Ok(SimpleSmoothing::new()))
        .forecaster("spread", |question| {
            let means = vec![10.0; question.horizon];
            let quantiles = question.levels.iter().map(|level| vec![20.0 * level; question.horizon]);
            Ok(Forecast::of_quantiles(means, quantiles.collect()))
        });
    let result = contest.run().unwrap();
    assert!(result.skipped.is_empty(), "{:?}", result.skipped);
    // The same points as the library's own; without quantiles nothing is said of them.
    assert_eq!(score(&result, "last", "smape"), score(&result, "naive", "smape"));
    assert!(result.method("last").unwrap().score("wql").is_none());
    assert!(result.method("last").unwrap().score("coverage95").is_none());
    assert_eq!(result.method("own snaive").unwrap().scores, result.method("snaive").unwrap().scores);
    assert!(score(&result, "spread", "wql") > score(&result, "evenkeel", "wql"));
    // What series add to OWA makes it up.
    for method in ["evenkeel", "last", "naive2"] {
        let shares: f64 = result.per_case.iter().filter_map(|case| case.score(method, "owa")).sum();
        assert!((shares / 2.0 - score(&result, method, "owa")).abs() < 1e-12, "{method}");
    }
    assert_eq!(score(&result, "naive2", "owa"), 1.0);
}

#[test]
fn forecasts_that_answer_something_else_are_refused() {
    let question = Question::new(&[1.0, 2.0, 3.0], 2);
    let why = |forecast: Forecast| {
        let entry = Forecasts::new("x", move |_| Ok(forecast.clone()));
        entry.forecast(&question).unwrap_err().to_string()
    };
    assert!(why(Forecast::of_means(vec![1.0])).contains("1 means for a horizon of 2"));
    assert!(why(Forecast::of_means(vec![1.0, f64::NAN])).contains("step 2"));
    let levels = |q: Vec<Vec<f64>>| Forecast::of_quantiles(vec![1.0; 2], q);
    assert!(why(levels(vec![vec![0.0; 2]])).contains("at 1 levels where 11"));
    let mut crossed = vec![vec![1.0; 2]; LEVELS.len()];
    crossed[3][1] = 2.0;
    assert!(why(levels(crossed)).contains("step 2: the quantile at 0.300 is 2"));
    // In a contest this is that method's business alone.
    let folder = quarters();
    let contest = Contest::new("m4", folder.path()).unwrap().without_library();
    let result = contest.forecaster("short", |_| Ok(Forecast::of_means(vec![]))).run().unwrap();
    assert_eq!((result.method("short").unwrap().n, result.method("naive2").unwrap().n), (0, 2));
    assert_eq!(result.skipped.len(), 2);
}

fn faults() -> Folder {
    let folder = Folder::new();
    for (service, rate) in [("a", 30), ("b", 40)] {
        let window = |fault: bool| -> String {
            let row = |t: usize| {
                let value = |name: &str| if fault && name == service { rate + t % 5 } else { 10 + t % 5 };
                format!("{t},{},{}\n", value("a"), value("b"))
            };
            format!("time,a_cpu,b_cpu\n{}", (0..60).map(row).collect::<String>())
        };
        folder.write(&format!("{service}-cpu/1/normal.csv"), window(false));
        folder.write(&format!("{service}-cpu/1/anomalous.csv"), window(true));
    }
    folder
}

/// Suspects one component always.
struct Prejudice(&'static str);

impl Localizer<Case<'_>> for Prejudice {
    fn rank(&self, case: &Case<'_>) -> Ranking {
        let suspects = case.metrics().iter().map(|metric| {
            (metric.signal().clone(), f64::from(u8::from(metric.signal().component == self.0)))
        });
        Ranking::of_metrics(suspects.collect())
    }
}

#[test]
fn localizers_of_all_forms() {
    let folder = faults();
    let contest = Contest::new("sockshop", folder.path())
        .unwrap()
        .localizer("always a", Prejudice("a"))
        .ranker("none", |_| Ranking::of_metrics(Vec::new()))
        .enter(Locates::ranker("panics", |_: &Case<'_>| panic!("never again")));
    let result = contest.run().unwrap();
    assert_eq!(score(&result, "always a", "ac1"), 0.5);
    assert_eq!(score(&result, "none", "ac5"), 0.0);
    assert_eq!(score(&result, "evenkeel", "ac1"), 1.0);
    assert_eq!((result.method("panics").unwrap().n, result.skipped.len()), (0, 2));
    assert_eq!(result.case("b-cpu/1").unwrap().score("always a", "ac3"), Some(1.0));
    // With the library left out, so is what guessing gets.
    let names = |result: &TaskResult| result.methods.iter().map(|m| m.name.clone()).collect::<Vec<_>>();
    let alone = Contest::new("sockshop", folder.path()).unwrap().without_library();
    assert_eq!(names(&alone.localizer("always a", Prejudice("a")).run().unwrap()), ["always a"]);
    let some = Contest::new("sockshop", folder.path()).unwrap().with_library_only(["n-sigma"]);
    assert_eq!(names(&some.run().unwrap()), ["evenkeel", "n-sigma", "chance"]);
}

#[test]
fn segmenters_of_all_forms() {
    let folder = Folder::new();
    let series = |n: usize, at: usize| {
        let values: Vec<String> = (0..n).map(|t| (t % 2 + if t < at { 0 } else { 20 }).to_string()).collect();
        values.join(",")
    };
    let one = |name: &str, n: usize| {
        let raw = series(n, 30);
        format!(r#"{{"name": "{name}", "n_obs": {n}, "series": [{{"raw": [{raw}]}}]}}"#)
    };
    folder.write("datasets/x.json", one("x", 60));
    folder.write("datasets/y.json", one("y", 80));
    folder.write("annotations.json", r#"{"x": {"1": [30]}, "y": {"1": [30]}}"#);
    let at = 30;
    let contest = Contest::new("tcpd", folder.path())
        .unwrap()
        .with_library_only(["zero"])
        .segmenter("right", move |_| Ok(Some(vec![at])))
        .segmenter("short only", |y| Ok((y[0].len() == 60).then(|| vec![30])))
        .segmenter("beyond", |_| Ok(Some(vec![70])));
    let result = contest.run().unwrap();
    assert_eq!((score(&result, "right", "f1"), score(&result, "right", "covering")), (1.0, 1.0));
    assert_eq!(result.method("short only").unwrap().n, 1, "not for the other, which is no failure");
    assert_eq!(result.skipped.len(), 1);
    assert!(result.skipped[0].why.contains("beyond: a change at 70, beyond the 60 values"));
    assert!(result.method("evenkeel").is_some() && result.method("zero").is_some());
    assert!(result.method("pelt-l2-bic").is_none());
}

#[test]
fn what_makes_no_sense_is_refused_by_name() {
    let folder = spikes(1);
    let of = |task: &str| Contest::new(task, folder.path()).unwrap();
    let why = |contest: Contest| contest.run().unwrap_err().to_string();
    assert!(
        why(of("wsd").forecaster("f", |_| Err("no".into())))
            .contains("wsd takes a detector, f is a forecaster")
    );
    assert!(why(of("wsd").scorer("chance", || |x: f64| x)).contains("two methods are called chance"));
    assert!(why(of("wsd").scorer("a, raw", || |x: f64| x).scorer("a", || |x: f64| x)).contains("a, raw"));
    assert!(why(of("wsd").scorer(" ", || |x: f64| x)).contains("no name"));
    assert!(why(of("wsd").season(7)).contains("wsd knows no season"));
    assert!(why(of("wsd").shift(7)).contains("wsd states no time"));
    assert!(why(of("sockshop").shift(i64::MIN)).contains("within"));
    assert!(why(of("wsd").limit(0)).contains("limit"));
    assert!(why(of("m4").season(0)).contains("season"));
    assert!(why(of("wsd").with_library_only(["cusumm"])).contains("did you mean cusum?"));
    assert!(Contest::new("wsdd", "x").unwrap_err().to_string().contains("did you mean wsd?"));
}

#[test]
fn each_kind_has_its_recommended_one() {
    assert!(detectors::by_name("evenkeel").is_some() && forecasters::by_name("evenkeel").is_some());
    assert!(localizers::by_name("evenkeel").is_some() && segmenters::by_name("evenkeel").is_some());
    for task in tasks::ALL {
        for name in task.methods() {
            let known = detectors::by_name(name).is_some()
                || forecasters::by_name(name).is_some()
                || localizers::by_name(name).is_some()
                || evenkeel_eval::monitors::by_name(name).is_some()
                || evenkeel_eval::log_parsers::by_name(name).is_some()
                || evenkeel_eval::attributors::by_name(name).is_some()
                || segmenters::by_name(name).is_some();
            assert!(known, "{name}");
        }
    }
}

/// The readers give what the tasks score.
#[test]
fn readers_are_public() {
    let folder = spikes(2);
    assert_eq!(tasks::wsd::names(folder.path()).unwrap(), ["0", "1"]);
    let case = tasks::wsd::read(folder.path(), "1").unwrap();
    assert_eq!((case.rows(), case.events(), case.columns[0][60]), (101, vec![(60, 60)], 40.0));
    assert!(tasks::wsd::read(folder.path(), "2").unwrap_err().to_string().contains("2.csv"));
    let (series, skipped) = tasks::m4::read(quarters().path(), None, None).unwrap();
    assert_eq!((series.len(), skipped.len(), series[1].season, series[1].test.len()), (2, 0, 4, 2));
    let recording = tasks::sockshop::read(faults().path(), "b-cpu/1").unwrap();
    assert_eq!((recording.service.as_str(), recording.normal_rows), ("b", 60));
    assert_eq!(recording.case(5).unwrap().stated_row(), 65);
}
