use evenkeel::detect::Budget;
use evenkeel::prelude::{At, Direction, Error, Timestamp};
use evenkeel_testing::{Source, reference};
use evenkeel_watch::backtest::{self, Backtest, Said};
use evenkeel_watch::generated;
use evenkeel_watch::history::{self, History};
use evenkeel_watch::monitored::spans_by;
use std::fs;
use std::time::Duration;

fn every_minute(values: impl Iterator<Item = f64>) -> Vec<At<f64>> {
    values.zip(0..).map(|(x, i)| At::new(Timestamp::from_seconds(60 * i), x)).collect()
}

fn budgets() -> [Budget; 2] {
    [Budget::per_day(1.0).unwrap(), Budget::per_week(1.0).unwrap()]
}

fn said<'a>(tested: &'a Backtest, rule: &str) -> &'a Said {
    tested.said.iter().find(|said| said.rule == rule).unwrap()
}

#[test]
fn a_shift_is_told_by_monitors_and_not_by_rules_that_are_too_wide() {
    let mut source = Source::new(1);
    // A lone high value in the first third makes the threshold and the sigmas wide.
    let value = |i: usize| match i {
        100 => 60.0,
        2_400..2_460 => 13.0,
        _ => 10.0,
    };
    let samples = every_minute((0..3_000).map(|i| value(i) + 0.5 * source.normal()));
    let tested = backtest::run(&History::new("a.csv", samples).unwrap(), &budgets()).unwrap();
    let rules: Vec<&str> = tested.said.iter().map(|said| said.rule.as_str()).collect();
    assert_eq!(rules, ["1 a day", "1 a week", "threshold", "3 sigma"]);
    let weekly = &said(&tested, "1 a week").alerts;
    let first = weekly.first().unwrap();
    assert!((2_400..2_405).contains(&(first.start.as_nanos() / 60_000_000_000)), "{weekly:?}");
    assert_ne!(first.direction, Direction::Down);
    assert!(said(&tested, "threshold").alerts.is_empty() && said(&tested, "3 sigma").alerts.is_empty());
    assert!((tested.threshold - 1.1 * tested.samples[100].value).abs() < 1e-9);
    let table = tested.table(3);
    assert!(table.contains("1970-01-02 16:0"), "{table}");
    assert!(table.lines().all(|line| line.chars().count() <= 80), "{table}");
}

#[test]
fn rules_make_one_alert_of_neighbors() {
    let samples = every_minute((0..200).map(|i| if [50, 55, 64, 80, 199].contains(&i) { 1.0 } else { 0.0 }));
    let spans = spans_by(&samples, |x| (x > 0.5).then_some(Direction::Up));
    let minutes = |time: Timestamp| time.as_nanos() / 60_000_000_000;
    let found: Vec<_> = spans.iter().map(|s| (minutes(s.start), minutes(s.end), s.is_over)).collect();
    assert_eq!(found, [(50, 64, true), (80, 80, true), (199, 199, false)]);
    let negative =
        every_minute((0..300).map(|i| if i > 250 { -8.0 } else { -10.0 + 0.01 * f64::from(i % 3) }));
    let tested = backtest::run(&History::new("n", negative).unwrap(), &budgets()).unwrap();
    assert!(
        (tested.threshold - (-9.98 + 0.998)).abs() < 1e-9,
        "above the largest, not below: {}",
        tested.threshold
    );
    assert_eq!(said(&tested, "threshold").alerts.len(), 1);
}

#[test]
fn generated_incidents_are_found_and_pictures_have_dates() {
    let folder = generated::folder(1);
    let all: Vec<Backtest> = folder
        .into_iter()
        .map(|series| backtest::run(&History::new(series.name, series.samples).unwrap(), &budgets()).unwrap())
        .collect();
    let of = |name: &str| all.iter().find(|tested| tested.name == name).unwrap();
    for (name, day) in
        [("latency.csv", "2026-03-21T12"), ("sessions.csv", "2026-03-24T10"), ("memory.csv", "2026-03-26T0")]
    {
        let alerts = &said(of(name), "1 a week").alerts;
        assert!(alerts.iter().any(|alert| alert.start.to_string().starts_with(day)), "{name}: {alerts:?}");
    }
    assert!(said(of("sessions.csv"), "threshold").alerts.is_empty(), "it is within what is usual by night");
    // Nothing is wrong in three of them, 8 weeks that are judged: 1 a week at most, and no more than chance.
    let false_ones: usize = ["cpu.csv", "requests.csv", "batch.csv"]
        .iter()
        .map(|name| said(of(name), "1 a week").alerts.len())
        .sum();
    assert!(false_ones <= 15, "{false_ones}");
    let totals = backtest::totals(&all);
    assert!(totals.starts_with("6 series, 16.0 weeks judged\n"), "{totals}");
    assert!(totals.lines().all(|line| line.chars().count() <= 80), "{totals}");
    let svg = of("latency.csv").chart().draw(1_200).to_string();
    for text in ["2026-03-12", "1 a week (", "threshold (", "from 2026-03-02 00:00:00 to 2026-03-29 23:55:00"]
    {
        assert!(svg.contains(text), "{text}");
    }
}

#[test]
fn histories_that_cannot_be_used_say_why() {
    for samples in [vec![], every_minute([1.0].into_iter()), every_minute((0..500).map(|_| f64::NAN))] {
        let refused = History::new("a", samples).unwrap_err();
        assert!(matches!(refused, Error::TooShort { needed: 3, .. }), "{refused}");
    }
    let at = |seconds: i64, value: f64| At::new(Timestamp::from_seconds(seconds), value);
    let mixed = [at(60, 1.0), at(0, 0.0), at(120, 2.0), at(120, 9.0), at(180, f64::NAN)];
    let history = History::new("a", mixed.to_vec()).unwrap();
    let times: Vec<i64> = history.samples.iter().map(|x| x.time.as_nanos() / 1_000_000_000).collect();
    assert_eq!(times, [0, 60, 120, 180]);
    assert_eq!(history.samples[2].value, 2.0);
    assert_eq!(
        history.remark().unwrap(),
        "Samples: 1 out of order (sorted), 1 with the time of another (first kept), 1 without a value."
    );
    // Values only in the second half: nothing to learn from.
    let late = every_minute((0..300).map(|i| if i < 150 { f64::NAN } else { 1.0 }));
    let refused = backtest::run(&History::new("a", late).unwrap(), &budgets()).unwrap_err();
    assert!(matches!(refused, Error::TooShort { needed: 2, got: 0 }), "{refused}");
    let nowhere = history::files(&["/no/such/folder/x.csv".into()], "csv").unwrap();
    assert!(History::read(&nowhere[0]).unwrap_err().starts_with("/no/such/folder/x.csv: "));
    let empty = std::env::temp_dir().join(format!("evenkeel-empty-{}", std::process::id()));
    fs::create_dir_all(&empty).unwrap();
    let refused = history::files(std::slice::from_ref(&empty), "csv").unwrap_err();
    fs::remove_dir(&empty).unwrap();
    assert!(refused.starts_with("no .csv file in "), "{refused}");
}

/// All of the Numenta benchmark, at one budget.
#[test]
fn every_nab_file() {
    let Some(folder) = reference::data("nab/data") else {
        println!("skipped: the NAB data are not here");
        return;
    };
    let files = history::files(&[folder.to_path_buf()], "csv").unwrap();
    assert_eq!(files.len(), 58);
    for file in files {
        let tested = backtest::run(&History::read(&file).unwrap(), &budgets()[1..]).unwrap();
        assert!(tested.length() > Duration::from_secs(86_400), "{}", tested.name);
        let table = tested.table(3);
        assert!(table.lines().all(|line| line.chars().count() <= 80), "{table}");
    }
}
