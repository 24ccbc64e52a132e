use evenkeel::prelude::{At, Error, Timestamp};
use evenkeel_testing::{Source, reference};
use evenkeel_watch::{arguments, csv, forecast, line, monitored, picture};
use std::fs::{self, File};
use std::path::PathBuf;
use std::time::Duration;

fn every_minute(values: impl Iterator<Item = f64>) -> Vec<At<f64>> {
    values.zip(0..).map(|(x, i)| At::new(Timestamp::from_seconds(60 * i), x)).collect()
}

fn settings() -> line::Settings {
    line::Settings { step: Some(Duration::from_secs(60)), ..line::Settings::default() }
}

#[test]
fn a_jump_is_told_with_value_expectation_and_band() {
    let mut source = Source::new(1);
    let samples =
        every_minute((0..3000).map(|i| 10.0 + 0.1 * source.normal() + if i >= 2500 { 3.0 } else { 0.0 }));
    let watched = line::watch(&samples, settings()).unwrap();
    let alarm = watched.alarms.iter().find(|a| a.starts_with("1970-01-02 17:40:00  abnormal: 1")).unwrap();
    assert!(alarm.contains("where 10.") || alarm.contains("where 9."), "{alarm}");
    assert!(watched.raised <= 4, "{:?}", watched.alarms);
    assert!(watched.steps[2500].alarmed && !watched.steps[2400].alarmed);
    let (low, high) = watched.steps[2400].band.unwrap();
    assert!(low > 9.0 && low < 10.0 && high > 10.0 && high < 11.0, "{low} {high}");
}

#[test]
fn what_cannot_be_watched_says_why() {
    let refused = |samples: &[At<f64>]| line::watch(samples, settings()).unwrap_err();
    assert!(matches!(refused(&every_minute((0..9).map(f64::from))), Error::TooShort { .. }));
    assert!(matches!(
        refused(&every_minute((0..500).map(|_| f64::NAN))),
        Error::TooShort { .. } | Error::Parameter { .. }
    ));
    let far = [At::new(Timestamp::MIN, 1.0), At::new(Timestamp::MAX, 2.0)];
    assert!(line::watch(&far, settings()).is_err(), "a grid of ten billion steps is refused, not allocated");
    let constant =
        line::watch(&every_minute((0..2000).map(|i| if i == 1500 { 8.0 } else { 7.0 })), settings()).unwrap();
    assert_eq!(constant.raised, 1, "{:?}", constant.alarms);
    for train in [0.0, 1.0, f64::NAN] {
        let settings = line::Settings { train, ..settings() };
        assert!(matches!(
            line::watch(&every_minute((0..500).map(f64::from)), settings),
            Err(Error::Parameter { name: "train", .. })
        ));
    }
}

#[test]
fn a_monitor_tells_the_same_jump_without_a_grid() {
    let mut source = Source::new(1);
    let samples =
        every_minute((0..3000).map(|i| 10.0 + 0.1 * source.normal() + if i >= 2500 { 3.0 } else { 0.0 }));
    let watched = monitored::watch(&samples, line::Settings::default()).unwrap();
    assert!(watched.alarms[0].starts_with("abnormal at 1970-01-02T17:4"), "{:?}", watched.alarms);
    assert!(watched.raised <= 3, "{:?}", watched.alarms);
    assert!(watched.steps[2505].alarmed && !watched.steps[2400].alarmed);
    assert!(watched.steps[900].expected.is_none(), "what is learned is not judged");
    let step = watched.steps[2400];
    let (low, high) = step.band.unwrap();
    let expected = step.expected.unwrap();
    assert!(9.6 < low && low < expected && expected < high && high < 10.4, "{low} {expected} {high}");
    assert!(picture::text(&watched.steps, watched.level, 80, 12).contains('·'));
    for few in [0, 1, 2] {
        assert!(matches!(
            monitored::watch(&samples[..few], line::Settings::default()),
            Err(Error::TooShort { .. })
        ));
    }
    let missing = every_minute((0..500).map(|_| f64::NAN));
    assert!(matches!(
        monitored::watch(&missing, line::Settings::default()),
        Err(Error::TooShort { needed: 3, got: 0 })
    ));
    let train = line::Settings { train: f64::NAN, ..line::Settings::default() };
    assert!(matches!(monitored::watch(&samples, train), Err(Error::Parameter { name: "train", .. })));
    let constant = every_minute((0..3000).map(|i| if i == 2_500 { 8.0 } else { 7.0 }));
    let watched = monitored::watch(&constant, line::Settings::default()).unwrap();
    assert!(watched.raised <= 1, "{:?}", watched.alarms);
}

#[test]
fn pictures_hold_what_was_seen() {
    let mut source = Source::new(2);
    let samples = every_minute((0..1000).map(|i| source.normal() + if i == 900 { 50.0 } else { 0.0 }));
    let watched = line::watch(&samples, settings()).unwrap();
    let text = picture::text(&watched.steps, watched.level, 80, 12);
    assert_eq!(text.lines().count(), 12, "{text}");
    assert!(text.lines().all(|line| line.chars().count() <= 80), "{text}");
    let lines: Vec<&str> = text.lines().collect();
    // The axis: the first third was learned, and one short stretch was abnormal, near nine tenths.
    let axis: Vec<char> = lines[9].chars().collect();
    let learned = axis.iter().filter(|c| **c == '░').count();
    assert!((22..=27).contains(&learned), "{text}");
    let alarmed = axis.iter().position(|c| *c == '█').unwrap();
    assert!((66..=76).contains(&alarmed), "{alarmed} {text}");
    assert!(
        lines[10].contains("1970-01-01 06:00")
            && lines[11].contains("· expected   ┄ band   ░ learned   █ abnormal"),
        "{text}"
    );
    assert!(text.chars().any(|c| ('\u{2801}'..='\u{28FF}').contains(&c)), "{text}");
    assert_eq!(picture::text(&[], None, 80, 12), "");
    let wide = picture::text(&watched.steps, watched.level, 120, 12);
    assert!(wide.lines().any(|line| line.chars().count() > 100), "{wide}");
    let path = std::env::temp_dir().join(format!("evenkeel-watch-{}.svg", std::process::id()));
    picture::svg(&watched.steps, "a & b", watched.level, &path).unwrap();
    let svg = fs::read_to_string(&path).unwrap();
    fs::remove_file(&path).unwrap();
    assert!(
        svg.starts_with("<svg") && svg.contains("a &amp; b") && svg.contains("prefers-color-scheme:dark")
    );
    for class in ["ek-value", "ek-expected", "ek-band", "ek-learned", "ek-span", "ek-span-edge"] {
        assert!(svg.contains(&format!("class=\"{class}\"")), "{class}");
    }
    for path in [PathBuf::from("/no/such/folder/x.svg"), std::env::temp_dir()] {
        let why = picture::svg(&[], "", None, &path).unwrap_err();
        assert_eq!(why, "there is no value to draw");
    }
    assert!(
        picture::svg(&watched.steps, "", None, &PathBuf::from("/no/such/folder/x.svg"))
            .unwrap_err()
            .contains("/no/such/folder")
    );
}

/// Every file of the Numenta benchmark is watched to its end. The budget is one false alarm in seven days;
/// with what is really abnormal in them, and with errors of a model that are not independent, twice as many
/// may come over all of them together.
#[test]
fn every_nab_file() {
    let Some(folder) = reference::data("nab/data") else {
        println!("skipped: the NAB data are not here");
        return;
    };
    let (mut files, mut raised, mut weeks) = (0, 0, 0.0);
    for entry in fs::read_dir(folder).unwrap().map(Result::unwrap).filter(|e| e.path().is_dir()) {
        for file in fs::read_dir(entry.path()).unwrap().map(|f| f.unwrap().path()) {
            let samples = csv::read(File::open(&file).unwrap()).unwrap();
            let settings = line::Settings::default();
            let watched = line::watch(&samples, settings).unwrap();
            let alarmed = watched.steps.iter().filter(|s| s.alarmed).count();
            assert!(
                4 * alarmed <= watched.steps.len(),
                "{}: {alarmed} of {} steps",
                file.display(),
                watched.steps.len()
            );
            assert!(!picture::text(&watched.steps, watched.level, 100, 15).is_empty());
            let (first, last) = (watched.steps.first().unwrap().time, watched.steps.last().unwrap().time);
            weeks += (1.0 - settings.train) * last.since(first).as_secs_f64() / 604_800.0;
            raised += watched.raised;
            files += 1;
        }
    }
    assert!(files > 0);
    println!("{raised} alarms in {weeks:.0} weeks of {files} files");
    assert!((raised as f64) < 2.0 * weeks, "{raised} alarms in {weeks:.0} weeks");
}

#[test]
fn a_forecast_is_a_table_with_intervals() {
    let mut source = Source::new(2);
    let hourly =
        |i: i64| At::new(Timestamp::from_seconds(3_600 * i), 50.0 + 20.0 * f64::from(u8::from(i % 24 > 8)));
    let samples: Vec<At<f64>> =
        (0..600).map(hourly).map(|x| At::new(x.time, x.value + source.normal())).collect();
    let table = forecast::table(&samples, Duration::from_secs(86_400)).unwrap();
    assert!(table.contains("seasons: 1.0 d"), "{table}");
    let rows: Vec<Vec<f64>> = table
        .lines()
        .skip(1)
        .filter(|line| line.starts_with("1970"))
        .map(|line| line.split_whitespace().skip(2).filter_map(|word| word.parse().ok()).collect())
        .collect();
    assert_eq!(rows.len(), 12, "{table}");
    for (row, hour) in rows.iter().zip((601..).step_by(2)) {
        let expected = if hour % 24 > 8 { 70.0 } else { 50.0 };
        assert!((row[0] - expected).abs() < 5.0 && row[1] < row[0] && row[0] < row[2], "{hour} {table}");
    }
    for length in [1, 86_400 * 3_650] {
        assert!(forecast::table(&samples, Duration::from_secs(length)).is_err());
    }
}

#[test]
fn budgets_as_people_write_them() {
    for (text, count, seconds) in [("1/d", 1.0, 86_400), ("2/7d", 2.0, 604_800), ("0.5/12h", 0.5, 43_200)] {
        let budget = arguments::budget(text).unwrap();
        assert_eq!((budget.false_alarms(), budget.per().as_secs()), (count, seconds), "{text}");
    }
    for text in ["", "1", "1/", "/d", "x/d", "1/x", "-1/d", "1/0d"] {
        assert!(arguments::budget(text).is_err(), "{text}");
    }
}
