//! The task, through the program.

use crate::folder::{Folder, gzip};
use evenkeel_testing::reference::data;
use serde_json::Value;
use std::path::Path;
use std::process::{Command, Output};

fn run(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_evenkeel-eval")).args(arguments).output().unwrap()
}

fn on(folder: &Path, more: &[&str]) -> Output {
    run(&[&["sockshop", "--data", folder.to_str().unwrap()], more].concat())
}

fn json(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout).unwrap()
}

/// Without what takes time.
fn timeless(mut report: Value) -> Value {
    for method in report["methods"].as_object_mut().unwrap().values_mut() {
        method["seconds_per_case"] = 0.into();
    }
    report
}

/// A window: `ROWS` seconds of three services, whose values wander a little; `faulty` is one column and its
/// factor.
fn window(rows: usize, faulty: Option<(&str, f64)>) -> String {
    let columns = ["a_cpu", "a_mem", "b-db_cpu", "b-db_mem", "c_lat_99", "c_lod"];
    let mut text = format!("time,{}\n", columns.join(","));
    for row in 0..rows {
        text.push_str(&(1_652_565_900 + row).to_string());
        for (i, column) in columns.iter().enumerate() {
            let factor = faulty.filter(|fault| fault.0 == *column).map_or(1.0, |fault| fault.1);
            let level = if column.ends_with("mem") { 3e8 } else { 2.0 };
            let x = level * factor * (1.0 + 0.05 * ((row * (i + 3) * 7 % 11) as f64 / 11.0));
            text.push_str(&format!(",{x}"));
        }
        text.push('\n');
    }
    text
}

/// Three cases, one of them compressed.
fn small() -> Folder {
    let folder = Folder::new();
    for (case, column) in [("a-cpu/1", "a_cpu"), ("b-db-mem/x", "b-db_mem"), ("c-lat/2", "c_lat_99")] {
        let (normal, anomalous) = (window(290, None), window(270, Some((column, 4.0))));
        if case == "c-lat/2" {
            folder.write(&format!("{case}/normal.csv.gz"), gzip(&normal));
            folder.write(&format!("{case}/anomalous.csv.gz"), gzip(&anomalous));
        } else {
            folder.write(&format!("{case}/normal.csv"), normal);
            folder.write(&format!("{case}/anomalous.csv"), anomalous);
        }
    }
    folder
}

#[test]
fn the_object_has_its_shape() {
    let folder = small();
    let output = on(folder.path(), &["--json"]);
    assert_eq!(output.status.code(), Some(0));
    let report = json(&output);
    assert_eq!(report.as_object().unwrap().len(), 5);
    assert_eq!((report["task"].as_str(), report["cases"].as_u64()), (Some("sockshop"), Some(3)));
    assert_eq!(
        (report["per_case"].as_array().unwrap().len(), report["skipped"].as_array().unwrap().len()),
        (3, 0)
    );
    let methods = report["methods"].as_object().unwrap();
    for name in ["evenkeel", "evenkeel, names shuffled", "metric-shift", "n-sigma", "robust-scorer", "chance"]
    {
        let method = &methods[name];
        assert_eq!(method["n"], 3, "{name}");
        assert!(method["seconds_per_case"].is_number());
        for metric in ["ac1", "ac3", "ac5", "avg5"] {
            let score = method["scores"][metric].as_f64().unwrap();
            let [low, high] = [0, 1].map(|end| method["ci95"][metric][end].as_f64().unwrap());
            assert!(
                (0.0..=1.0).contains(&score) && low <= score + 1e-12 && score <= high + 1e-12,
                "{name} {metric}"
            );
        }
    }
    assert_eq!(methods["evenkeel"]["scores"]["ac1"], 1.0);
    assert!(methods["evenkeel"]["scores"]["calibration_error"].as_f64().unwrap() < 0.2);
    // The path labels the metric of the third case c_lat, which is none.
    assert!((methods["evenkeel"]["scores"]["metric_ac1"].as_f64().unwrap() - 2.0 / 3.0).abs() < 1e-12);
    let chance = &methods["chance"]["scores"];
    assert!((chance["ac1"].as_f64().unwrap() - 1.0 / 3.0).abs() < 1e-12);
    assert!((chance["metric_ac1"].as_f64().unwrap() - 1.0 / 6.0).abs() < 1e-12);
    assert_eq!(
        (report["per_case"][1]["service"].as_str(), report["per_case"][1]["fault"].as_str()),
        (Some("b-db"), Some("mem"))
    );
}

#[test]
fn threads_and_runs_change_nothing() {
    let folder = small();
    let one = timeless(json(&on(folder.path(), &["--json", "--threads", "1", "--shift", "-60"])));
    for threads in ["1", "2", "9"] {
        assert_eq!(timeless(json(&on(folder.path(), &["--json", "--threads", threads, "--shift=-60"]))), one);
    }
}

#[test]
fn labels_win_over_paths() {
    let folder = small();
    let label = r#"[{"case": "a-cpu/1", "service": "c", "fault": "cpu", "metric": "c_lod"}]"#;
    folder.write("labels.json", label);
    let report = json(&on(folder.path(), &["--json"]));
    assert_eq!(report["cases"], 3);
    assert_eq!(report["per_case"][0]["service"], "c");
    assert_ne!(report["per_case"][0]["methods"]["evenkeel"]["place"], 1);
}

#[test]
fn a_table_is_for_people() {
    let folder = small();
    let output = on(folder.path(), &[]);
    let text = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(0));
    assert!(text.contains("evenkeel ") && text.contains("chance") && text.contains("metric_ac1"), "{text}");
    assert!(String::from_utf8(output.stderr).unwrap().contains("3 of 3 cases"));
}

#[test]
fn what_cannot_be_scored_is_skipped_with_its_reason() {
    let folder = small();
    let normal = window(290, None);
    folder.write("a-cpu/gone/normal.csv", &normal);
    folder.write("a-cpu/cut/normal.csv", &normal);
    let cut = gzip(&normal);
    folder.write("a-cpu/cut/anomalous.csv.gz", &cut[..cut.len() / 2]);
    folder.write("a-cpu/words/normal.csv", &normal);
    folder.write("a-cpu/words/anomalous.csv", "time,a_cpu\n0,much\n");
    folder.write("a-cpu/timeless/normal.csv", "a_cpu\n1\n");
    folder.write("a-cpu/timeless/anomalous.csv", "a_cpu\n1\n");
    folder.write("a-cpu/column/normal.csv", "time,cpu\n0,1\n");
    folder.write("a-cpu/column/anomalous.csv", "time,cpu\n0,1\n");
    folder.write("a-cpu/rows/normal.csv", "time,a_cpu\n");
    folder.write("a-cpu/rows/anomalous.csv", &normal);
    folder.write("z-cpu/1/normal.csv", &normal);
    folder.write("z-cpu/1/anomalous.csv", &normal);
    folder.write("unlabeled/1/normal.csv", &normal);
    folder.write("unlabeled/1/anomalous.csv", &normal);
    folder.write("labels.json", r#"[{"case": "listed/only", "service": "a", "metric": "a_cpu"}]"#);
    let output = on(folder.path(), &["--json"]);
    assert_eq!(output.status.code(), Some(3));
    let report = json(&output);
    let skipped: Vec<(&str, &str)> = report["skipped"]
        .as_array()
        .unwrap()
        .iter()
        .map(|skipped| (skipped["case"].as_str().unwrap(), skipped["why"].as_str().unwrap()))
        .collect();
    assert_eq!((report["cases"].as_u64(), skipped.len()), (Some(12), 9), "{skipped:?}");
    for (case, part) in [
        ("a-cpu/gone", "is not there"),
        ("a-cpu/cut", "anomalous.csv.gz"),
        ("a-cpu/words", "is no number"),
        ("a-cpu/timeless", "no column time"),
        ("a-cpu/column", "SERVICE_METRIC"),
        ("a-cpu/rows", "no row"),
        ("z-cpu/1", "no column of the service z"),
        ("unlabeled/1", "no label"),
        ("listed/only", "is not there"),
    ] {
        assert!(
            skipped.iter().any(|(skipped, why)| *skipped == case && why.contains(part)),
            "{case}: {skipped:?}"
        );
    }
    assert_eq!(report["methods"]["evenkeel"]["n"], 3);
}

#[test]
fn gaps_constants_and_columns_of_one_window_do_no_harm() {
    let folder = Folder::new();
    let broken = |text: String| {
        let mut lines: Vec<String> = text.lines().map(|line| format!("{line},7")).collect();
        lines[0] = lines[0].replace(",7", ",a_constant");
        for line in lines.iter_mut().skip(5).step_by(9) {
            let mut fields: Vec<&str> = line.split(',').collect();
            fields[1] = "NaN";
            fields[2] = "";
            *line = fields.join(",");
        }
        lines.join("\n")
    };
    folder.write("a-cpu/1/normal.csv", broken(window(290, None)));
    folder.write("a-cpu/1/anomalous.csv", window(270, Some(("a_cpu", 4.0))));
    let output = on(folder.path(), &["--json"]);
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(json(&output)["methods"]["evenkeel"]["scores"]["ac1"], 1.0);
}

#[test]
fn a_time_outside_of_the_data_is_answered_by_nobody() {
    let folder = small();
    for shift in ["-100000", "100000"] {
        let output = on(folder.path(), &["--json", "--shift", shift]);
        assert_eq!(output.status.code(), Some(0));
        assert_eq!(json(&output)["methods"]["evenkeel"]["scores"]["ac1"], 0.0);
    }
}

#[test]
fn bad_arguments_and_unreadable_folders_have_status_2() {
    let folder = small();
    let data = folder.path().to_str().unwrap();
    let empty = Folder::new();
    let labels = small();
    labels.write("labels.json", "{not json");
    for arguments in [
        &[][..],
        &["sockshop"],
        &["nothing", "--data", data],
        &["sockshop", "--data"],
        &["sockshop", "--data", "/nowhere/at/all"],
        &["sockshop", "--data", empty.path().to_str().unwrap()],
        &["sockshop", "--data", labels.path().to_str().unwrap()],
        &["sockshop", "--data", data, "--shift", "soon"],
        &["sockshop", "--data", data, "--shift", "1.5"],
        &["sockshop", "--data", data, "--threads", "0"],
        &["sockshop", "--data", data, "--evidence", "traces"],
        &["sockshop", "--data", data, "--unknown"],
        &["sockshop", "--data", data, "more"],
    ] {
        let output = run(arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert!(output.stdout.is_empty() && !output.stderr.is_empty(), "{arguments:?}");
    }
    assert_eq!(run(&["--help"]).status.code(), Some(0));
}

#[test]
fn the_recordings() {
    let Some(folder) = data("rca/sockshop-rcd") else {
        return; // Not on this machine; the small folder above goes the same way.
    };
    for (shift, least) in [("0", 0.96), ("60", 0.92), ("120", 0.92), ("-60", 0.92), ("-120", 0.92)] {
        let report = json(&on(&folder, &["--json", "--shift", shift]));
        let score = |method: &str| report["methods"][method]["scores"]["ac1"].as_f64().unwrap();
        assert!(score("evenkeel") >= least, "{shift} s: {}", score("evenkeel"));
        assert!(score("evenkeel, names shuffled") > 3.0 * score("chance"), "{shift} s");
    }
}
