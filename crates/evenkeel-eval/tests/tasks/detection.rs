//! The benchmarks of detection, in miniature, and as they are where they are.

use crate::folder::{Folder, gzip};
use evenkeel_eval::{Progress, run};
use evenkeel_testing::reference::data;
use serde_json::{Value, json};
use std::path::Path;

fn evaluate(task: &str, path: &Path, more: &[&str]) -> (u8, Value) {
    let mut out = Vec::new();
    let start = [task, "--data", path.to_str().unwrap(), "--json"];
    let arguments = start.iter().chain(more).map(Into::into);
    let status =
        run(arguments, &mut out, &mut Progress::silent()).unwrap_or_else(|why| panic!("{task}: {why}"));
    (status, serde_json::from_slice(&out).unwrap())
}

fn refused(task: &str, path: &Path, more: &[&str]) -> bool {
    let start = [task, "--data", path.to_str().unwrap()];
    let arguments = start.iter().chain(more).map(Into::into);
    run(arguments, &mut Vec::new(), &mut Progress::silent()).is_err()
}

fn without_times(mut report: Value) -> Value {
    for method in report["methods"].as_object_mut().unwrap().values_mut() {
        method["seconds_per_case"] = Value::Null;
        method["cost"] = Value::Null;
    }
    report
}

fn skipped(report: &Value) -> Vec<&str> {
    report["skipped"].as_array().unwrap().iter().map(|s| s["case"].as_str().unwrap()).collect()
}

fn score(report: &Value, method: &str, metric: &str) -> f64 {
    report["methods"][method]["scores"][metric].as_f64().unwrap_or_else(|| panic!("no {metric} of {method}"))
}

/// Noise around a level, and from a row on for ten rows far from it.
fn value(t: usize, from: usize) -> f64 {
    let noise = ((t * 7919 + 13 * (t % 17)) % 101) as f64 / 100.0;
    noise + if (from..from + 10).contains(&t) { 30.0 + 9.0 * (t % 2) as f64 } else { 0.0 }
}

fn rows(n: usize, row: impl Fn(usize) -> String) -> String {
    (0..n).map(row).collect()
}

fn stamp(t: usize) -> String {
    format!("2020-02-{:02} {:02}:{:02}:00", 1 + t / 288, t % 288 / 12, t % 12 * 5)
}

fn is_in(t: usize, from: usize) -> u8 {
    u8::from((from..from + 10).contains(&t))
}

fn wsd() -> Folder {
    let folder = Folder::new();
    // A gap of three minutes; rows without value, without label; an anomaly.
    let minute = |t: usize| 1_500_000_000 + 60 * (t + if t > 500 { 3 } else { 0 });
    let row = |t: usize| match t {
        100 => format!("{},,0\r\n", minute(t)),
        200 => format!("{},0.5,\r\n", minute(t)),
        _ => format!("{},{},{}.0\r\n", minute(t), value(t, 1_200), is_in(t, 1_200)),
    };
    folder.write("1.csv.gz", gzip(&format!("timestamp,value,label\r\n{}", rows(1_500, row))));
    let calm = |t: usize| format!("{},{},0\n", minute(t), value(t, 9_999));
    folder.write("2.csv", format!("timestamp,value,label\n{}", rows(1_440, calm)));
    folder.write("3.csv", "timestamp,value,label\n60,1,0\n90,1,0\n");
    folder.write("4.csv", "timestamp,value,label\n60,1,0.5\n");
    folder.write("5.csv", "timestamp,value\n60,1\n");
    folder.write("6.csv.gz", "no gzip");
    folder
}

#[test]
fn wsd_in_miniature() {
    let folder = wsd();
    let (status, report) = evaluate("wsd", folder.path(), &["--detectors"]);
    assert_eq!((status, skipped(&report)), (3, vec!["3", "4", "5", "6"]));
    assert_eq!((&report["cases"], &report["methods"]["evenkeel"]["n"]), (&json!(6), &json!(2)));
    let case = |i: usize| &report["per_case"][i];
    // One series has an anomaly, so means are its own scores.
    let own = case(0)["methods"]["evenkeel"]["vus_pr"].as_f64().unwrap();
    assert_eq!(score(&report, "evenkeel", "vus_pr"), own);
    assert!(case(1)["methods"]["evenkeel"].get("vus_pr").is_none(), "it has no anomaly");
    assert_eq!(case(1)["days"], json!(1.0));
    let days = case(0)["days"].as_f64().unwrap();
    assert!((days - 1_498.0 / 1_440.0).abs() < 1e-12, "two rows and a gap do not count: {days}");
    for metric in ["vus_pr", "vus_roc", "auc_pr", "event_f1", "affiliation_f1"] {
        let (ours, chance) = (score(&report, "evenkeel", metric), score(&report, "chance", metric));
        assert!(ours > chance && (0.0..=1.0).contains(&ours), "{metric}: {ours} {chance}");
    }
    let rate = score(&report, "evenkeel", "false_alarms_per_day");
    let counted: f64 = (0..2).map(|i| case(i)["methods"]["evenkeel"]["false_alarms"].as_f64().unwrap()).sum();
    assert!((rate - counted / (days + 1.0)).abs() < 1e-12);
    for threads in ["1", "3"] {
        let (_, again) = evaluate("wsd", folder.path(), &["--detectors", "--threads", threads]);
        assert_eq!(without_times(again), without_times(report.clone()));
    }
    let (status, report) = evaluate("wsd", folder.path(), &["--limit", "2", "--only", "cusum"]);
    assert_eq!((status, &report["cases"]), (0, &json!(2)));
    assert!(report["methods"].get("difference").is_none() && report["methods"].get("cusum").is_some());
}

#[test]
fn gutentag_in_miniature() {
    let folder = Folder::new();
    let header = "timestamp,value-0,is_anomaly\n";
    let test = |t: usize| format!("{t},{},{}\n", value(t, 600), is_in(t, 600));
    let train = |t: usize| format!("{t},{},0.0\n", value(t + 5, 99_999));
    folder.write("a.test.csv.gz", gzip(&format!("{header}{}", rows(1_000, test))));
    folder.write("a.train_no_anomaly.csv", format!("{header}{}", rows(1_200, train)));
    folder.write("a.csv", format!("{header}{}", rows(1_000, test)));
    folder.write("b.test.csv", format!("{header}{}", rows(900, test)));
    folder.write("c.test.csv", format!("{header}0,1,2\n"));
    folder.write("d.test.csv", "timestamp,is_anomaly\n0,0\n");
    let (status, report) = evaluate("gutentag", folder.path(), &[]);
    assert_eq!((status, skipped(&report)), (3, vec!["c", "d"]));
    assert_eq!(report["methods"]["evenkeel"]["n"], 2);
    assert!(score(&report, "evenkeel", "affiliation_f1") > 0.8);
    // The history calibrates, so that the first thousand rows are watched; one false alarm a day is allowed, and
    // they are two thirds of one.
    assert!(report["per_case"][0]["methods"]["evenkeel"]["false_alarms"].as_u64() <= Some(1));
    assert!(refused("gutentag", folder.path(), &["--only", "nobody"]));
    assert!(refused("gutentag", folder.path(), &["--limit", "0"]));
    assert!(refused("gutentag", folder.path(), &["--season", "7"]));
}

#[test]
fn smap_in_miniature() {
    let folder = Folder::new();
    let test = |t: usize| format!("{},0,1\n", value(t, 400));
    let train = |t: usize| format!("{},0,0\n", value(t + 3, 99_999));
    for channel in ["SMAP/A-1", "MSL/B-2", "MSL/C-3"] {
        folder.write(&format!("{channel}.test.csv.gz"), gzip(&rows(700, test)));
        folder.write(&format!("{channel}.train.csv"), rows(500, train));
    }
    folder.write("MSL/D-4.train.csv", rows(500, train));
    folder.write(
        "labeled_anomalies.csv",
        "chan_id,spacecraft,anomaly_sequences,class,num_values\r\n\
         A-1,SMAP,\"[[405, 409], [402, 406]]\",[point],700\r\n\
         B-2,MSL,\"[[300, 701]]\",\"[contextual, point]\",700\r\n\
         C-3,MSL,\"[[690, 700]]\",[point],700\r\n\
         A-1,SMAP,\"[[400, 401]]\",[contextual],700\r\n\
         D-4,MSL,\"[[3, 4]]\",[point],10\r\n\
         E-5,SMAP,\"[[3, 4]]\",[point],10\r\n",
    );
    let (status, report) = evaluate("smap", folder.path(), &[]);
    // B-2 is labeled beyond its end, D-4 has no test part; E-5 is not in this folder at all.
    assert_eq!((status, skipped(&report)), (3, vec!["MSL/B-2", "MSL/D-4"]));
    assert_eq!((&report["cases"], &report["methods"]["evenkeel"]["n"]), (&json!(4), &json!(2)));
    // Joined, the ranges are the event exactly; the other channel's are elsewhere.
    let roc = |i: usize| report["per_case"][i]["methods"]["evenkeel"]["vus_roc"].as_f64().unwrap();
    assert_eq!(report["per_case"][1]["case"], "SMAP/A-1");
    assert!(roc(1) > 0.9 && roc(0) < 0.9, "{} {}", roc(1), roc(0));
    folder.write("labeled_anomalies.csv", "chan_id,spacecraft,anomaly_sequences\nA-1,SMAP,\"[[9, 3]]\"\n");
    assert!(refused("smap", folder.path(), &[]));
    folder.write("labeled_anomalies.csv", "chan_id,spacecraft,anomaly_sequences\n../../x,SMAP,\"[]\"\n");
    assert!(refused("smap", folder.path(), &[]));
}

#[test]
fn skab_in_miniature() {
    let folder = Folder::new();
    let row = |t: usize| {
        let time = format!("2020-03-09 10:{:02}:{:02}", t / 60, t % 60);
        let (a, b) = (value(t, 800), value(t + 31, 99_999));
        format!("{time};{a};{b};{}.0;{}.0\r\n", is_in(t, 800), u8::from(t == 800))
    };
    let header = "datetime;Pressure;Volume Flow RateRMS;anomaly;changepoint\r\n";
    folder.write("valve1/0.csv.gz", gzip(&format!("{header}{}", rows(1_000, row))));
    folder.write("other/7.csv", format!("{header}2020-03-09 10:00:00;1;x;0;0\n"));
    folder.write("other/normal.csv", "datetime;Pressure\n2020-03-09 10:00:00;1\n");
    folder.write("anomaly-free.csv", "datetime;Pressure\n2020-03-09 10:00:00;1\n");
    let (status, report) = evaluate("skab", folder.path(), &["--detectors"]);
    assert_eq!((status, skipped(&report)), (3, vec!["other/7"]));
    assert_eq!(report["cases"], 2);
    assert!(score(&report, "evenkeel", "affiliation_f1") > 0.8);
    let days = report["per_case"][0]["days"].as_f64().unwrap();
    assert!((days - 1_000.0 / 86_400.0).abs() < 1e-12);
}

#[test]
fn ucr_in_miniature() {
    let folder = Folder::new();
    let series = |sep: &str| rows(1_500, |t| format!("{}{sep}", value(t, 1_000)));
    folder.write("001_UCR_Anomaly_DISTORTEDa_b_500_1000_1010.txt.gz", gzip(&series("\n")));
    folder.write("002_UCR_Anomaly_c_500_1100_1110.txt", series("  "));
    folder.write("003_UCR_Anomaly_c_500_1200_1210.txt", series("\n"));
    folder.write("004_UCR_Anomaly_d_500_1000_2000.txt", series("\n"));
    folder.write("005_UCR_Anomaly_e_1000_1010.txt", series("\n"));
    folder.write("index.csv", "file\n");
    let (status, report) = evaluate("ucr", folder.path(), &["--only", "robust-deviation"]);
    let broken = vec!["004_UCR_Anomaly_d_500_1000_2000", "005_UCR_Anomaly_e_1000_1010"];
    assert_eq!((status, skipped(&report)), (3, broken));
    // Of the three, the named row is right, within a hundred rows, and beyond.
    let right: Vec<&Value> = report["per_case"]
        .as_array()
        .unwrap()
        .iter()
        .map(|case| &case["methods"]["robust-deviation"]["right"])
        .collect();
    assert_eq!(right, [&json!(true), &json!(true), &json!(false)]);
    assert!((score(&report, "robust-deviation", "accuracy") - 2.0 / 3.0).abs() < 1e-12);
    assert!(report["methods"]["robust-deviation"]["ci95"]["accuracy"][0].as_f64().unwrap() > 0.2);
}

fn nab() -> Folder {
    let folder = Folder::new();
    let row = |t: usize| format!("{},{}\n", stamp(t), value(t, 600));
    for name in ["one/a.csv", "one/b.csv", "two/c.csv"] {
        folder.write(&format!("data/{name}"), format!("timestamp,value\n{}", rows(1_000, row)));
    }
    folder.write("data/two/d.csv.gz", gzip("timestamp,value\n2020-01-01 00:00:00,1\n"));
    folder.write("data/two/unlabeled.csv", "timestamp,value\n");
    let window = [format!("{}.000000", stamp(590)), format!("{}.000000", stamp(630))];
    let labels = json!({
        "one/a.csv": [window], "one/b.csv": [window], "two/c.csv": [],
        "two/d.csv": [["2020-01-01 00:00:00", "2020-01-02 00:00:00"]], "two/absent.csv": [],
    });
    folder.write("labels/combined_windows.json", labels.to_string());
    let published = |t: usize| format!("{}\n", if t == 590 { 0.9 } else { 0.1 });
    for name in ["one/a", "one/b"] {
        folder.write(&format!("results/perfect/{name}.txt.gz"), gzip(&rows(1_000, published)));
        folder.write(&format!("results/short/{name}.txt"), rows(999, published));
    }
    // The threshold that is best for the first file and that of the second are not the same.
    let uneven = |t: usize, told: f64, wrong: f64| match t {
        590 => format!("{told}\n"),
        200 => format!("{wrong}\n"),
        _ => "0.1\n".into(),
    };
    folder.write("results/uneven/one/a.txt", rows(1_000, |t| uneven(t, 0.9, 0.6)));
    folder.write("results/uneven/one/b.txt", rows(1_000, |t| uneven(t, 0.5, 0.1)));
    folder.write("results/uneven/two/c.txt", rows(1_000, |_| "0.1\n".into()));
    folder.write("results/perfect/two/c.txt", rows(1_000, |_| "0.1\n".into()));
    // As the benchmark's repository has them.
    let row = |t: usize| format!("{},{},0.{},0\n", stamp(t), value(t, 600), if t == 590 { 9 } else { 1 });
    for name in ["one/cloned_a.csv", "one/cloned_b.csv", "two/cloned_c.csv"] {
        let header = "timestamp,value,anomaly_score,label\n";
        folder.write(&format!("results/cloned/{name}"), format!("{header}{}", rows(1_000, row)));
    }
    folder
}

#[test]
fn nab_in_miniature() {
    let folder = nab();
    let (status, report) = evaluate("nab", folder.path(), &["--detectors"]);
    assert_eq!((status, skipped(&report)), (3, vec!["two/d.csv", "results/short"]));
    assert_eq!((&report["cases"], &report["methods"]["evenkeel"]["n"]), (&json!(4), &json!(3)));
    for metric in ["standard", "low_fp", "low_fn", "standard_crossed"] {
        assert!((score(&report, "perfect", metric) - 100.0).abs() < 1e-9, "{metric}");
        // It also detects a row of the file without a window, which costs a little.
        assert!(
            score(&report, "cloned", metric) < 100.0 && score(&report, "cloned", metric) > 80.0,
            "{metric}"
        );
    }
    // Together 0.5 is best: two hits, one wrong row. Crossed, the first is scored at 0.5, the
    // second, which misses, at 0.9.
    assert!((score(&report, "uneven", "standard") - 100.0 * (2.0 - 0.11 + 2.0) / 4.0).abs() < 1e-9);
    assert!((score(&report, "uneven", "standard_crossed") - 100.0 * (-0.11 + 2.0) / 4.0).abs() < 1e-9);
    assert!(score(&report, "evenkeel", "standard") > 60.0);
    assert!(score(&report, "evenkeel", "standard") > score(&report, "chance", "standard"));
    let raw = &report["per_case"][0]["methods"]["perfect"]["standard_raw"];
    assert!((raw.as_f64().unwrap() - 1.0).abs() < 1e-12);
    // What files add makes up the score.
    for metric in ["standard", "low_fp", "low_fn", "standard_crossed"] {
        let share = |case: &Value| case["methods"]["uneven"][metric].as_f64().unwrap();
        let shares: f64 = report["per_case"].as_array().unwrap().iter().map(share).sum();
        assert!((shares / 3.0 - score(&report, "uneven", metric)).abs() < 1e-9, "{metric}");
    }
    let (_, again) = evaluate("nab", folder.path(), &["--detectors", "--threads", "1"]);
    assert_eq!(without_times(again), without_times(report));
    let (status, report) = evaluate("nab", folder.path(), &["--limit", "2"]);
    assert_eq!((status, &report["cases"]), (3, &json!(2)), "the short results are skipped still");
}

#[test]
fn folders_without_cases_are_refused() {
    let folder = Folder::new();
    folder.write("readme.txt", "");
    for task in ["nab", "ucr", "wsd", "gutentag", "smap", "skab"] {
        assert!(refused(task, folder.path(), &[]), "{task}");
        assert!(refused(task, &folder.path().join("absent"), &[]), "{task}");
    }
}

/// The first cases of each, where they are on this machine.
#[test]
fn the_real_folders() {
    let folders = [
        ("ucr", "ucr_anomaly"),
        ("wsd", "wsd"),
        ("gutentag", "gutentag"),
        ("smap", "smap_msl"),
        ("skab", "skab"),
    ];
    for (task, folder) in folders {
        let Some(path) = data(folder) else {
            println!("skipped: {folder} is not there");
            continue;
        };
        let (status, report) = evaluate(task, &path, &["--limit", "2"]);
        assert_eq!(status, 0, "{task}: {}", report["skipped"]);
        assert!(report["methods"]["evenkeel"]["n"].as_u64().unwrap() > 0, "{task}");
    }
    if let Some(path) = data("nab") {
        let (status, report) = evaluate("nab", &path, &[]);
        assert_eq!(status, 0, "{}", report["skipped"]);
        assert!(score(&report, "evenkeel", "standard") > score(&report, "chance", "standard"));
    } else {
        println!("skipped: nab is not there");
    }
}
