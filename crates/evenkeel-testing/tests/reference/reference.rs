//! The committed copy is readable and whole.

use evenkeel_testing::reference::{self, Number, close, values};
use serde_json::Value;

#[test]
fn every_committed_file_is_json_and_free_of_withheld_series() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("reference");
    let mut files = 0;
    for field in ["models", "detect", "locate", "remedy"] {
        for entry in std::fs::read_dir(root.join(field)).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_some_and(|end| end == "json") {
                let text = std::fs::read_to_string(&path).unwrap();
                assert!(!text.contains("\"M4_"), "{}", path.display());
                serde_json::from_str::<Value>(&text).unwrap();
                files += 1;
            }
        }
    }
    assert!(files > 50, "{files}");
}

#[test]
fn a_series_keeps_its_gaps() {
    let y = reference::series("Nile_missing").unwrap();
    assert_eq!(y.len(), 100);
    assert!(y.iter().any(|x| x.is_nan()) && y.iter().any(|x| x.is_finite()));
    assert_eq!(reference::series("no such series"), None);
}

#[test]
fn a_withheld_series_is_read_from_the_data_if_that_is_there() {
    match (reference::series("M4_H1"), reference::data("m4/Hourly-train.csv")) {
        (Some(y), _) => assert_eq!((y.len(), y[0]), (700, 605.0)),
        (None, data) => assert_eq!(data, None),
    }
}

#[test]
#[should_panic(expected = "no_such_file.json")]
fn a_file_that_is_not_there_is_named() {
    let _: Value = reference::load("models", "no_such_file.json");
}

#[test]
fn numbers_are_read_in_every_spelling() {
    let text = r#"[1, -2, 0.5, "NaN", "+Inf", "-Inf", "Infinity", "-Infinity", null]"#;
    let x = values(&serde_json::from_str::<Vec<Number>>(text).unwrap());
    assert_eq!(x[..3], [1.0, -2.0, 0.5]);
    assert!(x[3].is_nan() && x[8].is_nan());
    assert_eq!(x[4..8], [f64::INFINITY, f64::NEG_INFINITY, f64::INFINITY, f64::NEG_INFINITY]);
    assert!(serde_json::from_str::<Number>(r#""inf inity""#).is_err());
}

#[test]
fn close_takes_the_wider_of_two_tolerances() {
    assert!(close(100.0 + 1e-7, 100.0, 1e-9, 0.0));
    assert!(!close(100.0 + 2e-7, 100.0, 1e-9, 0.0));
    assert!(close(100.5, 100.0, 1e-9, 0.5));
    assert!(close(f64::INFINITY, f64::INFINITY, 0.0, 0.0));
    assert!(!close(f64::INFINITY, 1e300, 1.0, 0.0));
}

#[test]
#[should_panic(expected = "third value: expected 2.0, was 1.0")]
fn assert_close_says_which_case_it_is() {
    evenkeel_testing::assert_close!(1.0, 2.0, 1e-9, 0.0, "{} value", "third");
}

/// Run by the test below, in a process of its own whose environment names another folder.
#[test]
#[ignore = "needs the environment that another test gives it"]
fn child_reads_from_the_named_folders() {
    assert_eq!(reference::series("other"), Some(vec![1.0, 2.5]));
    assert_eq!(reference::series("Nile"), None);
    assert_eq!(reference::series("M4_H7"), Some(vec![3.0, 4.0]));
    assert_eq!(reference::data("m4/no_such_file"), None);
    assert!(reference::path("stats", "x.json").starts_with(env!("CARGO_MANIFEST_DIR")));
    // Gaps of the committed copy need not occur elsewhere.
    reference::Unmatched::of("models", &["primitives.json"]).finish();
}

#[test]
fn the_environment_names_the_folders() {
    let root = std::env::temp_dir().join(format!("evenkeel-reference-{}", std::process::id()));
    std::fs::create_dir_all(root.join("models")).unwrap();
    std::fs::create_dir_all(root.join("m4")).unwrap();
    std::fs::write(root.join("models/series.json"), r#"{"other":{"freq":1,"y":[1,2.5]}}"#).unwrap();
    std::fs::write(root.join("m4/Hourly-train.csv"), "\"V1\",\"V2\",\"V3\"\n\"H7\",\"3\",\"4\"\n").unwrap();
    let child = std::process::Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "reference::reference::child_reads_from_the_named_folders", "--ignored"])
        .env("EVENKEEL_REFERENCE", &root)
        .env("EVENKEEL_DATA", &root)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&child.stdout);
    assert!(child.status.success() && said.contains("1 passed"), "{said}");
    std::fs::remove_dir_all(&root).unwrap();
}
