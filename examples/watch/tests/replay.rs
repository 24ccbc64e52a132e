use evenkeel::detect::Budget;
use evenkeel::prelude::{At, Error, Timestamp};
use evenkeel_testing::Source;
use evenkeel_watch::history;
use evenkeel_watch::incident_file::{Expected, IncidentFile, Sought};
use evenkeel_watch::replay::replay;
use std::path::Path;
use std::time::Duration;

fn at(minutes: i64) -> Timestamp {
    Timestamp::from_seconds(1_772_409_600 + 60 * minutes)
}

/// Noise with a shift up for an hour from minute 1,500 on.
fn shifted() -> Vec<At<f64>> {
    let mut source = Source::new(4);
    (0..2_000)
        .map(|i| {
            let shift = if (1_500..1_560).contains(&i) { 5.0 } else { 0.0 };
            At::new(at(i), 10.0 + shift + source.normal())
        })
        .collect()
}

fn expected(direction: Sought) -> Expected {
    Expected { from: at(1_500), until: at(1_530), direction }
}

fn cut(direction: Sought) -> IncidentFile {
    let day = Duration::from_secs(86_400);
    IncidentFile::cut("a \"quoted\" name", &shifted(), expected(direction), (day, day)).unwrap()
}

#[test]
fn what_was_cut_is_read_as_it_was() {
    let mut file = cut(Sought::Up);
    file.said = Some("Zwölf\nlines \\ and \"marks\"".into());
    file.samples[7].value = f64::NAN;
    let text = file.to_json().unwrap();
    let again = IncidentFile::parse(&text).unwrap();
    assert!(again.samples[7].value.is_nan());
    let mut same = again.clone();
    (same.samples[7].value, file.samples[7].value) = (0.0, 0.0);
    assert_eq!(same, file);
    assert_eq!(again.to_json().unwrap(), text);
    let (learned, judged) = again.split();
    assert_eq!(learned.len(), 2 * (learned.len() + judged.partition_point(|x| x.time < at(1_500))) / 3);
}

#[test]
fn what_is_caught_missed_and_told_besides() {
    let budget = Budget::per_day(1.0).unwrap();
    let up = replay(&cut(Sought::Up), budget).unwrap();
    assert_eq!(up.missed(), 0, "{up:?}");
    let caught = up.expected[0].1.unwrap();
    assert!(caught.at() <= at(1_505), "{caught}");
    let report = up.report();
    assert!(report.contains("caught up, expected from 2026-03-03 01:00:00"), "{report}");
    // The same alert is one of the others where something else is expected.
    for direction in [Sought::Down, Sought::Silent] {
        let other = replay(&cut(direction), budget).unwrap();
        assert_eq!((other.missed(), other.others.len()), (1, up.others.len() + 1), "{direction:?}");
        assert!(other.report().contains("MISSED"), "{}", other.report());
    }
    let mut nothing = cut(Sought::Up);
    nothing.expected.clear();
    let text = nothing.to_json().unwrap();
    let nothing = replay(&IncidentFile::parse(&text).unwrap(), budget).unwrap();
    assert_eq!((nothing.missed(), nothing.others.len()), (0, up.others.len() + 1));
}

#[test]
fn silence_is_caught_when_it_is_noticed() {
    let mut file = cut(Sought::Silent);
    file.samples.retain(|x| !(at(1_500)..at(1_560)).contains(&x.time));
    let replayed = replay(&file, Budget::per_day(1.0).unwrap()).unwrap();
    let caught = replayed.expected[0].1.unwrap();
    // The last value was at 1,499; more than five intervals later it is silent.
    assert_eq!(caught.at(), at(1_505), "{caught}");
    // Missing values are as silent as none.
    let mut missing = cut(Sought::Silent);
    for x in missing.samples.iter_mut().filter(|x| (at(1_500)..at(1_560)).contains(&x.time)) {
        x.value = f64::NAN;
    }
    assert_eq!(replay(&missing, Budget::per_day(1.0).unwrap()).unwrap().expected[0].1, Some(caught));
}

#[test]
fn incidents_of_this_package_are_caught() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("incidents");
    let files = history::files(&[folder], "json").unwrap();
    assert_eq!(files.len(), 3);
    for path in files {
        let file = IncidentFile::read(&path).unwrap();
        let replayed = replay(&file, Budget::per_day(1.0).unwrap()).unwrap();
        assert_eq!(replayed.missed(), 0, "{}: {}", path.display(), replayed.report());
        assert!(replayed.others.len() <= 1, "{}: {}", path.display(), replayed.report());
    }
}

const GOOD: &str = r#"{"format": "evenkeel-incident/1", "series": "a", "begins": "2026-03-02T00:00:00Z",
 "judged_from": "2026-03-02T00:01:00Z",
 "expected": [{"from": "2026-03-02T00:02:00Z", "until": "2026-03-02T00:03:00+00:00", "direction": "up"}],
 "values": [[0, 1], [60, null], [120.5, 2.5]]}"#;

#[test]
fn bad_files_say_why() {
    let good = IncidentFile::parse(GOOD).unwrap();
    assert_eq!(good.samples[2].time, at(2) + Duration::from_millis(500));
    assert!(good.samples[1].value.is_nan());
    for (from, to, word) in [
        ("evenkeel-incident/1", "evenkeel-incident/2", "evenkeel-incident/1"),
        ("\"series\": \"a\"", "\"series\": \" \"", "series"),
        ("\"series\": \"a\"", "\"rows\": \"a\"", "unknown field `rows`"),
        ("\"direction\": \"up\"", "\"direction\": \"sideways\"", "unknown variant `sideways`"),
        ("2026-03-02T00:02:00Z", "noon", "found `noon`"),
        ("\"2026-03-02T00:02:00Z\"", "\"1772409720\"", "found `1772409720`"),
        ("00:03:00+00:00", "00:01:30+00:00", "until"),
        ("2026-03-02T00:02:00Z", "2026-03-02T00:00:30Z", "judged_from"),
        ("2026-03-02T00:02:00Z", "2026-03-02T00:02:59Z", "last value"),
        ("\"judged_from\": \"2026-03-02T00:01", "\"judged_from\": \"2026-03-02T01:01", "judged_from"),
        ("\"judged_from\": \"2026-03-02T00:01", "\"judged_from\": \"2026-03-02T00:00", "judged_from"),
        ("[60, null]", "[0, 3]", "later than the one before"),
        ("[60, null]", "[-60, 3]", "[0, 9e9]"),
        ("[60, null]", "[1e300, 3]", "[0, 9e9]"),
        ("[60, null]", "[60, 1e999]", "out of range"),
        ("[60, null]", "[60]", "length"),
        ("[[0, 1], [60, null], [120.5, 2.5]]", "[]", "1"),
        ("[[0, 1], [60, null], [120.5, 2.5]]", "[[0, null]]", "1"),
        ("[120.5, 2.5]]}", "[120.5, 2.5]]", "EOF"),
    ] {
        let text = GOOD.replacen(from, to, 1);
        assert_ne!(text, GOOD, "{from}");
        let refused = IncidentFile::parse(&text).unwrap_err().to_string();
        assert!(refused.contains(word), "{to}: {refused}");
    }
    assert!(IncidentFile::parse("").is_err());
    let deep = "[".repeat(100_000);
    assert!(matches!(IncidentFile::parse(&deep), Err(Error::Parse { .. })));
    let told = IncidentFile::read(Path::new("/no/such/file.json")).unwrap_err();
    assert!(told.starts_with("/no/such/file.json: "), "{told}");
}

#[test]
fn what_cannot_be_cut_says_why() {
    let hour = Duration::from_secs(3_600);
    let before = Expected { from: at(-50), until: at(-40), direction: Sought::Up };
    let after = Expected { from: at(5_000), until: at(5_010), direction: Sought::Up };
    let turned = Expected { from: at(1_530), until: at(1_500), direction: Sought::Up };
    for event in [before, after, turned] {
        assert!(IncidentFile::cut("a", &shifted(), event, (hour, hour)).is_err(), "{event:?}");
    }
    let none = IncidentFile::cut("a", &shifted(), expected(Sought::Up), (Duration::ZERO, hour));
    assert!(matches!(none, Err(Error::TooShort { .. })));
}
