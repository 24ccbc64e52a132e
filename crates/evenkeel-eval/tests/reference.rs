//! Replays of the scorers' reference values.

use evenkeel_eval::read;
use evenkeel_eval::scores::nab::{self, File, Profile};
use evenkeel_eval::scores::{affiliation, curve, event, point_adjust, range, vus};
use evenkeel_testing::assert_close;
use evenkeel_testing::reference::{Number, data, load, path};
use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::Path;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Metrics {
    #[serde(rename = "about")]
    _about: Value,
    cases: Vec<Case>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    kind: String,
    n: usize,
    labels: Vec<f64>,
    scores: Vec<f64>,
    sliding_window: usize,
    thre: usize,
    metrics: Oracle,
    pred_threshold: f64,
    pred_rule: String,
    pred_metrics: Fixed,
    range_recall_alpha0_2: Option<Number>,
    range_existence: Option<Number>,
    range_overlap: Option<Number>,
    range_precision: Option<Number>,
    affiliation_precision: Option<Number>,
    affiliation_recall: Option<Number>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Oracle {
    #[serde(rename = "AUC-PR")]
    auc_pr: Option<Number>,
    #[serde(rename = "AUC-ROC")]
    auc_roc: Option<Number>,
    #[serde(rename = "VUS-PR")]
    vus_pr: Option<Number>,
    #[serde(rename = "VUS-ROC")]
    vus_roc: Option<Number>,
    #[serde(rename = "Standard-F1")]
    standard: Option<Number>,
    #[serde(rename = "PA-F1")]
    point_adjusted: Option<Number>,
    #[serde(rename = "Event-based-F1")]
    event: Option<Number>,
    #[serde(rename = "R-based-F1")]
    range: Option<Number>,
    #[serde(rename = "Affiliation-F")]
    affiliation: Option<Number>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Fixed {
    #[serde(rename = "Standard-F1")]
    standard: Option<Number>,
    #[serde(rename = "PA-F1")]
    point_adjusted: Option<Number>,
    #[serde(rename = "Event-based-F1")]
    event: Option<Number>,
    #[serde(rename = "R-based-F1")]
    range: Option<Number>,
    #[serde(rename = "Affiliation-F")]
    affiliation: Option<Number>,
    #[serde(rename = "VUS-Recall")]
    vus_recall: Option<Number>,
    #[serde(rename = "VUS-Precision")]
    vus_precision: Option<Number>,
    #[serde(rename = "VUS-F")]
    vus_f: Option<Number>,
}

#[test]
fn tsb_metrics() {
    let file: Metrics = load("detect", "tsb_metrics.json");
    assert!(!file.cases.is_empty());
    let mut worst = (0.0_f64, String::new());
    for (i, case) in file.cases.iter().enumerate() {
        let labels: Vec<bool> = case.labels.iter().map(|label| *label > 0.5).collect();
        let scores = &case.scores;
        assert_eq!((labels.len(), scores.len()), (case.n, case.n));
        let said: Vec<bool> = match case.pred_rule.as_str() {
            "score>=pred_threshold" => scores.iter().map(|s| *s >= case.pred_threshold).collect(),
            "score>pred_threshold" => scores.iter().map(|s| *s > case.pred_threshold).collect(),
            other => panic!("unknown rule {other}"),
        };
        let points = curve::points(&labels, scores);
        let volumes = vus::volumes(&labels, scores, case.sliding_window, case.thre);
        let widened = vus::of_prediction(&labels, &said, case.sliding_window);
        let affiliated = affiliation::of_prediction(&labels, &said);
        let recall = range::cover(&labels, &said, 0.2);
        let (m, p) = (&case.metrics, &case.pred_metrics);
        let checks = [
            ("AUC-PR", points.map(|x| x.pr), m.auc_pr),
            ("AUC-ROC", points.map(|x| x.roc), m.auc_roc),
            ("VUS-PR", volumes.map(|x| x.pr), m.vus_pr),
            ("VUS-ROC", volumes.map(|x| x.roc), m.vus_roc),
            ("Standard-F1", points.map(|x| x.f1), m.standard),
            ("PA-F1", point_adjust::best(&labels, scores), m.point_adjusted),
            ("Event-based-F1", event::best(&labels, scores), m.event),
            ("R-based-F1", range::best(&labels, scores), m.range),
            ("Affiliation-F", affiliation::best(&labels, scores), m.affiliation),
            ("fixed Standard-F1", Some(curve::of_prediction(&labels, &said)[2]), p.standard),
            ("fixed PA-F1", Some(point_adjust::of_prediction(&labels, &said)), p.point_adjusted),
            ("fixed Event-based-F1", Some(event::of_prediction(&labels, &said)), p.event),
            ("fixed R-based-F1", Some(range::of_prediction(&labels, &said)), p.range),
            ("fixed Affiliation-F", affiliated.map(|x| x.f1), p.affiliation),
            ("VUS-Precision", widened.map(|x| x[0]), p.vus_precision),
            ("VUS-Recall", widened.map(|x| x[1]), p.vus_recall),
            ("VUS-F", widened.map(|x| x[2]), p.vus_f),
            ("range_recall_alpha0_2", Some(recall.score), case.range_recall_alpha0_2),
            ("range_existence", Some(recall.existence), case.range_existence),
            ("range_overlap", Some(recall.overlap), case.range_overlap),
            ("range_precision", Some(range::cover(&said, &labels, 0.0).score), case.range_precision),
            ("affiliation_precision", affiliated.map(|x| x.precision), case.affiliation_precision),
            ("affiliation_recall", affiliated.map(|x| x.recall), case.affiliation_recall),
        ];
        for (what, ours, theirs) in checks {
            // Absent or not a number: the reference could not compute it.
            let Some(theirs) = theirs.map(f64::from).filter(|x| !x.is_nan()) else { continue };
            let name = format!("{what} of case {i}, {}", case.kind);
            let ours = ours.unwrap_or_else(|| panic!("{name}: nothing, where {theirs} is known"));
            let off = (ours - theirs).abs() / theirs.abs().max(1.0);
            if off > worst.0 {
                worst = (off, name.clone());
            }
            assert_close!(ours, theirs, 1e-9, 1e-9, "{name}");
        }
    }
    println!("worst deviation {:.1e}: {}", worst.0, worst.1);
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NabScores {
    #[serde(rename = "about")]
    _about: Value,
    #[serde(rename = "nab_commit")]
    _commit: Value,
    windows_total: Option<usize>,
    detectors: BTreeMap<String, BTreeMap<String, NabProfile>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NabProfile {
    threshold: f64,
    #[serde(rename = "optimizer_score")]
    _optimizer_score: Value,
    raw_score: f64,
    baseline_null: Option<Number>,
    perfect: Option<Number>,
    normalized: f64,
    counts: NabCounts,
    #[serde(rename = "published_final")]
    _published: Value,
    per_file: BTreeMap<String, NabFile>,
}

#[derive(Deserialize, Debug, PartialEq, Eq, Default, Clone, Copy)]
#[serde(deny_unknown_fields)]
struct NabCounts {
    tp: usize,
    tn: usize,
    fp: usize,
    #[serde(rename = "fn")]
    missed: usize,
    total: usize,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NabFile {
    score: f64,
    tp: usize,
    tn: usize,
    fp: usize,
    #[serde(rename = "fn")]
    missed: usize,
    total: usize,
}

fn counts(of: nab::FileScore) -> NabCounts {
    let total = of.hits + of.quiet + of.wrong + of.missed;
    NabCounts { tp: of.hits, tn: of.quiet, fp: of.wrong, missed: of.missed, total }
}

fn nab_file(root: &Path, name: &str, windows: &BTreeMap<String, Vec<(String, String)>>) -> File {
    let text = read::text(&root.join("data").join(name)).unwrap();
    let stamps: Vec<&str> = text.lines().skip(1).map(|line| line.split(',').next().unwrap()).collect();
    let cut = |stamp: &String| stamp.split('.').next().unwrap().to_owned();
    let windows: Vec<(String, String)> =
        windows[name].iter().map(|(from, to)| (cut(from), cut(to))).collect();
    File::new(&stamps, &windows).unwrap_or_else(|why| panic!("{name}: {why}"))
}

#[test]
fn nab_scores() {
    if !path("detect", "nab_scores.json").exists() {
        println!("skipped: nab_scores.json is not in the committed copy, as it needs a dataset");
        return;
    }
    let known: NabScores = load("detect", "nab_scores.json");
    let Some(root) = data("nab") else {
        println!("skipped: the Numenta Anomaly Benchmark is not there");
        return;
    };
    let windows = read::text(&root.join("labels/combined_windows.json")).unwrap();
    let windows: BTreeMap<String, Vec<(String, String)>> = serde_json::from_str(&windows).unwrap();
    let mut files: BTreeMap<String, File> = BTreeMap::new();
    let (mut worst, mut replayed) = (0.0_f64, 0);
    for (detector, profiles) in &known.detectors {
        let results = root.join("results").join(detector);
        if detector != "null" && !results.is_dir() {
            println!("skipped: the results of {detector} are not there");
            continue;
        }
        let names: Vec<&String> = profiles.values().flat_map(|p| p.per_file.keys()).collect();
        for name in names {
            if !files.contains_key(name) {
                files.insert(name.clone(), nab_file(&root, name, &windows));
            }
        }
        let mut given: BTreeMap<&str, Vec<f64>> = BTreeMap::new();
        for (name, file) in &files {
            // The null detector says the same of every row.
            let scores = if detector == "null" {
                vec![0.5; file.rows()]
            } else {
                let text = read::text(&results.join(name.replace(".csv", ".txt"))).unwrap();
                text.lines().filter_map(|line| line.trim().parse().ok()).collect()
            };
            assert_eq!(scores.len(), file.rows(), "{detector} {name}");
            given.insert(name, scores);
        }
        for (name, known_profile) in profiles {
            let profile = Profile::ALL.into_iter().find(|p| p.name() == name).unwrap();
            let these: Vec<(&String, &File, &[f64])> = known_profile
                .per_file
                .keys()
                .map(|name| (name, &files[name], given[name.as_str()].as_slice()))
                .collect();
            let pairs: Vec<(&File, &[f64])> =
                these.iter().map(|(_, file, scores)| (*file, *scores)).collect();
            let best = nab::optimum(&pairs, profile);
            let case = format!("{detector}, {name}");
            assert_eq!(best.threshold, known_profile.threshold, "{case}");
            let mut all = NabCounts::default();
            let mut raw = 0.0;
            for (file, (_, entry, scores)) in known_profile.per_file.values().zip(&these) {
                let ours = nab::score(entry, scores, best.threshold, profile);
                worst = worst.max((ours.raw - file.score).abs());
                assert_close!(ours.raw, file.score, 1e-9, 1e-9, "{case}");
                let (ours, known) = (counts(ours), file);
                let (tp, tn, fp, missed, total) = (known.tp, known.tn, known.fp, known.missed, known.total);
                assert_eq!(ours, NabCounts { tp, tn, fp, missed, total }, "{case}");
                all.tp += ours.tp;
                all.tn += ours.tn;
                all.fp += ours.fp;
                all.missed += ours.missed;
                all.total += ours.total;
                raw += file.score;
            }
            assert_eq!(all, known_profile.counts, "{case}");
            let only: Vec<&File> = pairs.iter().map(|(file, _)| *file).collect();
            let normalized = nab::normalized(&only, best.raw, profile).unwrap();
            worst = worst.max((best.raw - known_profile.raw_score).abs());
            worst = worst.max((normalized - known_profile.normalized).abs());
            assert_close!(best.raw, known_profile.raw_score, 1e-9, 1e-9, "{case}");
            assert_close!(raw, known_profile.raw_score, 1e-9, 1e-9, "{case}");
            assert_close!(normalized, known_profile.normalized, 1e-9, 1e-9, "{case}");
            let ends = [(known_profile.baseline_null, 0.0), (known_profile.perfect, 100.0)];
            for (raw, expected) in ends {
                if let Some(raw) = raw {
                    assert_close!(
                        nab::normalized(&only, raw.0, profile).unwrap(),
                        expected,
                        1e-9,
                        1e-9,
                        "{case}"
                    );
                }
            }
            if let Some(windows) = known.windows_total {
                assert_eq!(only.iter().map(|file| file.windows()).sum::<usize>(), windows, "{case}");
            }
            replayed += 1;
        }
    }
    println!("{replayed} profiles replayed, worst deviation {worst:.1e}");
}
