//! The Turing change point dataset, in miniature.

use crate::folder::{Folder, gzip};
use evenkeel_eval::{Progress, run};
use serde_json::{Value, json};
use std::path::Path;

fn evaluate(path: &Path, threads: &str) -> (u8, Value) {
    let mut out = Vec::new();
    let arguments = ["tcpd", "--data", path.to_str().unwrap(), "--json", "--threads", threads];
    let status = run(arguments.map(Into::into), &mut out, &mut Progress::silent()).unwrap();
    (status, serde_json::from_slice(&out).unwrap())
}

fn dataset(name: &str, columns: &[Vec<Option<f64>>]) -> String {
    let series: Vec<Value> =
        columns.iter().map(|raw| json!({ "label": "V", "type": "float", "raw": raw })).collect();
    json!({ "name": name, "longname": name, "n_obs": columns[0].len(), "n_dim": columns.len(), "time": {}, "series": series })
        .to_string()
}

/// A level of 0 and then 10, with a little noise and a gap.
fn step(n: usize, at: usize) -> Vec<Option<f64>> {
    let level = |t: usize| if t < at { 0.0 } else { 10.0 };
    (0..n).map(|t| (t != 7).then_some(level(t) + ((t * 7919) % 101) as f64 / 100.0)).collect()
}

fn folder() -> Folder {
    let folder = Folder::new();
    folder.write("datasets/step.json", dataset("step", &[step(100, 40)]));
    folder.write("datasets/unfetched/get.py", "");
    folder.write("datasets/pair/pair.json.gz", gzip(&dataset("pair", &[step(80, 30), step(80, 30)])));
    folder.write("datasets/alone.json", dataset("alone", &[step(30, 10)]));
    folder.write("datasets/broken.json", "{");
    folder.write(
        "annotations.json",
        r#"{"step": {"1": [40], "2": []}, "pair": {"1": [33, 60]}, "broken": {"1": []}}"#,
    );
    folder
}

#[test]
fn scores_are_those_of_the_paper() {
    let folder = folder();
    let (status, report) = evaluate(folder.path(), "1");
    assert_eq!(status, 3);
    let skipped: Vec<&str> =
        report["skipped"].as_array().unwrap().iter().map(|s| s["case"].as_str().unwrap()).collect();
    assert_eq!(skipped, ["alone", "broken"]);
    assert_eq!(report["cases"], 4);
    let case = |name: &str| {
        report["per_case"].as_array().unwrap().iter().find(|c| c["case"] == name).unwrap().clone()
    };
    let near = |value: &Value, expected: f64| {
        assert!((value.as_f64().unwrap() - expected).abs() < 1e-12, "{value} {expected}");
    };

    let ours = &case("step")["methods"]["evenkeel"];
    assert_eq!(ours["changes"], json!([40]));
    // Precision 1; recall 1 of the first annotator, and of the second 1: index 0 alone. Covering: 1, and 0.6
    // of the second.
    near(&ours["f1"], 1.0);
    near(&ours["covering"], 0.5 * (1.0 + 0.6));
    let zero = &case("step")["methods"]["zero"];
    // Precision 1 of index 0; recall 1/2 and 1.
    near(&zero["f1"], 2.0 * 0.75 / 1.75);
    near(&zero["covering"], 0.5 * ((0.4 * 0.4 + 0.6 * 0.6) + 1.0));

    let pair = &case("pair")["methods"]["evenkeel"];
    assert_eq!(pair["changes"], json!([30]));
    // 30 is within 5 of 33; 60 was missed. Segments 0..33, 33..60, 60..80 by 0..30 and 30..80.
    near(&pair["f1"], 2.0 * (2.0 / 3.0) / (1.0 + 2.0 / 3.0));
    near(&pair["covering"], (33.0 * 30.0 / 33.0 + 27.0 * 27.0 / 50.0 + 20.0 * 20.0 / 50.0) / 80.0);
    assert!(case("pair")["methods"].get("pelt-l2-bic").is_none(), "for one dimension");
    assert_eq!(report["methods"]["pelt-l2-bic"]["n"], 1);
    assert_eq!(report["methods"]["evenkeel"]["n"], 2);
    let mean = 0.5 * (1.0 + 0.8);
    near(&report["methods"]["evenkeel"]["scores"]["f1"], mean);
    assert!(report["methods"]["evenkeel"]["ci95"]["covering"][0].as_f64().unwrap() <= 0.8);
}

#[test]
fn threads_change_nothing() {
    let folder = folder();
    let without_times = |mut report: Value| {
        for method in report["methods"].as_object_mut().unwrap().values_mut() {
            method["seconds_per_case"] = Value::Null;
        }
        report
    };
    assert_eq!(without_times(evaluate(folder.path(), "1").1), without_times(evaluate(folder.path(), "3").1));
}

#[test]
fn folders_without_it_are_refused() {
    let folder = Folder::new();
    let refused = |folder: &Folder| {
        let arguments = ["tcpd", "--data", folder.path().to_str().unwrap()];
        run(arguments.map(Into::into), &mut Vec::new(), &mut Progress::silent()).is_err()
    };
    assert!(refused(&folder));
    folder.write("annotations.json", "{}");
    assert!(refused(&folder));
    folder.write("datasets/readme.txt", "");
    assert!(refused(&folder));
}
