//! The M4 competition.

use crate::folder::{Folder, gzip};
use evenkeel_eval::{Progress, run};
use std::ffi::OsString;
use std::path::Path;

/// Runs the task with `--json` and more; the exit status and the object.
fn m4(folder: &Path, more: &[&str]) -> (u8, serde_json::Value) {
    let mut out = Vec::new();
    let arguments = ["m4", "--json", "--data"].map(OsString::from);
    let arguments = arguments.into_iter().chain([folder.into()]).chain(more.iter().map(OsString::from));
    let status = run(arguments, &mut out, &mut Progress::silent()).unwrap();
    (status, serde_json::from_slice(&out).unwrap())
}

fn csv(rows: &[(&str, Vec<f64>)]) -> String {
    let columns = rows.iter().map(|(_, values)| values.len()).max().unwrap_or(0);
    let mut text: String = (0..=columns).map(|i| format!("\"V{}\",", i + 1)).collect();
    text.pop();
    for (name, values) in rows {
        text.push_str(&format!("\n\"{name}\""));
        for i in 0..columns {
            text.push_str(&values.get(i).map_or(",".into(), |x| format!(",\"{x}\"")));
        }
    }
    text
}

#[test]
fn the_naive_methods_by_hand() {
    let folder = Folder::new();
    folder.write("Yearly-train.csv", csv(&[("Y1", vec![1.0, 3.0, 2.0, 4.0]), ("Y2", vec![10.0; 5])]));
    folder.write("Yearly-test.csv", csv(&[("Y2", vec![10.0]), ("Y1", vec![5.0, 3.0])]));
    let (status, report) = m4(folder.path(), &["--models", "naive"]);
    assert_eq!(status, 3);
    assert_eq!(report["skipped"][0]["case"], "Y2");
    assert!(report["skipped"][0]["why"].as_str().unwrap().contains("nothing changes"));
    let scores = &report["methods"]["naive"]["scores"];
    // Forecast 4, 4; scale (2 + 1 + 2) / 3; errors 1, 1.
    assert!((scores["mase"].as_f64().unwrap() - 0.6).abs() < 1e-12);
    assert!((scores["smape"].as_f64().unwrap() - 100.0 * (1.0 / 9.0 + 1.0 / 7.0)).abs() < 1e-9);
    assert_eq!(scores["owa"], 1.0);
    assert_eq!(scores["coverage95"], 1.0);
    // Steps of 2, -1, 2: standard deviations sqrt(3) and sqrt(6), widened so that intervals at 95 % are those
    // of Student's t with three degrees of freedom. The sum over levels and steps, by another program, over
    // 5 + 3.
    assert!((scores["wql"].as_f64().unwrap() - 0.245_164_346_176_674_4).abs() < 1e-9, "{scores}");
}

#[test]
fn packed_files_other_seasons_and_limits() {
    let folder = Folder::new();
    let series = |shift: usize| (0..60).map(|t| 10.0 + ((t + shift) % 4) as f64).collect::<Vec<f64>>();
    let rows: Vec<(String, Vec<f64>)> = (0..3).map(|i| (format!("Q{i}"), series(i))).collect();
    let text = |n: usize, from: usize| {
        let rows: Vec<(&str, Vec<f64>)> =
            rows.iter().map(|(name, values)| (name.as_str(), values[from..n].to_vec())).collect();
        csv(&rows)
    };
    // In two folders, as the competition's repository has them.
    folder.write("Train/Any-train.csv.gz", gzip(&text(52, 0)));
    folder.write("Test/Any-test.csv.gz", gzip(&text(60, 52)));
    let (status, report) = m4(folder.path(), &["--season", "4", "--limit", "2"]);
    // A season that never changes leaves no step to scale by.
    assert_eq!((status, report["skipped"].as_array().unwrap().len()), (3, 2));
    let (status, report) = m4(folder.path(), &["--threads", "1"]);
    assert_eq!((status, report["cases"].as_u64()), (0, Some(3)));
    for method in ["evenkeel", "naive", "snaive", "naive2"] {
        assert_eq!(report["methods"][method]["n"], 3);
    }
    let ours = &report["methods"]["evenkeel"]["scores"];
    assert!(ours["mase"].as_f64().unwrap() < 0.3, "{ours}");
    let again = m4(folder.path(), &["--threads", "3"]).1;
    assert_eq!(again["per_case"], report["per_case"]);
}

#[test]
fn bad_folders_and_options_are_named() {
    let folder = Folder::new();
    let fails = |more: &[&str]| {
        let arguments = ["m4", "--data"].map(OsString::from).into_iter();
        let arguments = arguments.chain([folder.path().into()]).chain(more.iter().map(OsString::from));
        run(arguments, &mut Vec::new(), &mut Progress::silent()).unwrap_err().to_string()
    };
    assert!(fails(&[]).contains("NAME-train.csv"));
    assert!(fails(&["--models", "oracle"]).contains("oracle"));
    assert!(fails(&["--season", "0"]).contains("--season"));
    folder.write("Daily-train.csv", "\"V1\",\"V2\"\n\"D1\",\"x\"");
    assert!(fails(&[]).contains("Daily-test.csv"));
    folder.write("Daily-test.csv", "\"V1\",\"V2\"\n\"D1\",\"1\"");
    assert!(fails(&[]).contains("line 2, column 2"), "{}", fails(&[]));
}

/// The published check values of the competition's naive methods, where the data is.
#[test]
fn published_values() {
    let data = std::env::var_os("EVENKEEL_DATA")
        .map_or_else(|| "../../../shared/data".into(), std::path::PathBuf::from);
    let folder = data.join("m4");
    if !folder.join("Hourly-train.csv").exists() {
        println!("the hourly series of M4 are not here: nothing was checked");
        return;
    }
    let (status, report) = m4(&folder, &["--models", "snaive"]);
    assert_eq!(status, 0);
    let score = |method: &str, metric: &str| report["methods"][method]["scores"][metric].as_f64().unwrap();
    for (method, metric, published) in [
        ("naive2", "smape", 18.383),
        ("naive2", "mase", 2.395),
        ("snaive", "smape", 13.912),
        ("snaive", "mase", 1.193),
        ("snaive", "owa", 0.628),
    ] {
        assert!(
            (score(method, metric) - published).abs() < 5.1e-4,
            "{method} {metric}: {}",
            score(method, metric)
        );
    }
}
