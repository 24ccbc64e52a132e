//! Two results, case by case.

use crate::folder::Folder;
use evenkeel_eval::{CaseResult, Contest, Method, Progress, TaskResult, compare, run};
use evenkeel_stats::Generator;

/// A result of one method and metric.
fn result(task: &str, method: &str, metric: &str, scores: &[(String, f64)]) -> TaskResult {
    let mut result = TaskResult::new(task, scores.len());
    let mean = scores.iter().map(|(_, score)| score).sum::<f64>() / scores.len() as f64;
    let mut summary = Method::new(method, scores.len(), 0.0);
    summary.record(metric, mean, [mean, mean]);
    result.methods.push(summary);
    let case = |(name, score): &(String, f64)| {
        CaseResult::new(name).with_method(method, [(metric, (*score).into())])
    };
    result.per_case = scores.iter().map(case).collect();
    result
}

fn named(scores: &[f64]) -> Vec<(String, f64)> {
    scores.iter().enumerate().map(|(i, score)| (format!("case {i}"), *score)).collect()
}

fn noise(n: usize, seed: u64) -> Vec<f64> {
    let mut generator = Generator::new(seed);
    (0..n).map(|_| generator.normal()).collect()
}

#[test]
fn by_hand() {
    let a = result("tcpd", "x", "f1", &named(&[0.1, 0.5, 0.9, 0.2]));
    let b = result("tcpd", "y", "f1", &named(&[0.3, 0.5, 0.8, 0.4]));
    let comparison = compare(&a, "x", &b, "y").unwrap();
    let f1 = comparison.metric("f1").unwrap();
    assert_eq!((f1.n, f1.better, f1.worse, f1.equal), (4, 2, 1, 1));
    assert!((f1.a - 0.425).abs() < 1e-12 && (f1.b - 0.5).abs() < 1e-12);
    // (0.2 + 0 - 0.1 + 0.2) / 4.
    assert!((f1.difference - 0.075).abs() < 1e-12);
    let [low, high] = f1.ci95.unwrap();
    assert!((-0.1..0.075).contains(&low) && 0.075 < high && high <= 0.2 + 1e-12, "{low} {high}");
    // The other way round, all of it turns.
    let back = compare(&b, "y", &a, "x").unwrap();
    let f1 = back.metric("f1").unwrap();
    assert!((f1.difference + 0.075).abs() < 1e-12);
    assert_eq!((f1.better, f1.worse, f1.equal), (1, 2, 1));
}

/// Cases that differ by 100 and methods that differ by 1: only pairing sees it.
#[test]
fn pairs_see_what_means_do_not() {
    let level: Vec<f64> = noise(40, 1).iter().map(|z| 100.0 * z).collect();
    let small = noise(40, 2);
    let better: Vec<f64> = level.iter().zip(&small).map(|(x, z)| x + 1.0 + 0.5 * z).collect();
    let equal: Vec<f64> = level.iter().zip(&small).map(|(x, z)| x + 0.5 * (z - mean(&small))).collect();
    let of = |scores: &[f64]| result("tcpd", "evenkeel", "f1", &named(scores));
    let interval = |scores: &[f64]| {
        let comparison = compare(&of(&level), "evenkeel", &of(scores), "evenkeel").unwrap();
        comparison.metric("f1").unwrap().ci95.unwrap()
    };
    let [low, high] = interval(&better);
    assert!(low > 0.7 && high < 1.4 && low < high, "{low} {high}");
    let [low, high] = interval(&equal);
    assert!(low < 0.0 && 0.0 < high, "{low} {high}");
    assert_eq!(interval(&level), [0.0, 0.0]);
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

/// Of methods that are equally good, about one interval in twenty leaves 0 out.
#[test]
fn intervals_cover_the_truth() {
    let covered = (0..300).filter(|seed| {
        let (a, b) = (noise(30, 2 * seed), noise(30, 2 * seed + 1));
        let of = |scores: &[f64]| result("tcpd", "evenkeel", "f1", &named(scores));
        let comparison = compare(&of(&a), "evenkeel", &of(&b), "evenkeel").unwrap();
        let [low, high] = comparison.metric("f1").unwrap().ci95.unwrap();
        low <= 0.0 && 0.0 <= high
    });
    // 285 are promised, a percentile bootstrap of 30 is a little short: 278 of 300 are expected, below 262
    // one in ten thousand.
    let covered = covered.count();
    assert!((262..=298).contains(&covered), "{covered}");
}

#[test]
fn the_order_of_cases_means_nothing() {
    let (a, mut b) = (named(&noise(25, 3)), named(&noise(25, 4)));
    let of = |scores: &[(String, f64)]| result("tcpd", "evenkeel", "f1", scores);
    let before = compare(&of(&a), "evenkeel", &of(&b), "evenkeel").unwrap();
    Generator::new(5).shuffle(&mut b);
    assert_ne!(a.iter().map(|x| &x.0).collect::<Vec<_>>(), b.iter().map(|x| &x.0).collect::<Vec<_>>());
    assert_eq!(compare(&of(&a), "evenkeel", &of(&b), "evenkeel").unwrap(), before);
}

#[test]
fn what_is_in_one_only_is_said() {
    let a = result("tcpd", "m", "f1", &named(&[0.1, 0.2, 0.3]));
    let mut b = result("tcpd", "m", "f1", &named(&[0.1, 0.4]));
    b.per_case.push(CaseResult::new("other").with_method("m", [("f1", 1.0.into())]));
    // There, but without an answer of this method.
    b.per_case.push(CaseResult::new("case 2"));
    let comparison = compare(&a, "m", &b, "m").unwrap();
    assert_eq!(comparison.paired, 2);
    assert_eq!(
        (&comparison.only_in_a[..], &comparison.only_in_b[..]),
        (&["case 2".into()][..], &["other".into()][..])
    );
    assert!((comparison.metric("f1").unwrap().b - 0.25).abs() < 1e-12);
    let table = comparison.table();
    assert!(table.contains("Only in A: case 2") && table.contains("Only in B: other"), "{table}");
}

#[test]
fn less_can_be_better_and_so_can_nearer() {
    let of = |metric: &str, scores: &[f64]| result("m4", "m", metric, &named(scores));
    let counts = |metric: &str, a: &[f64], b: &[f64]| {
        let comparison = compare(&of(metric, a), "m", &of(metric, b), "m").unwrap();
        let metric = comparison.metric(metric).unwrap();
        (metric.better, metric.worse, metric.equal)
    };
    assert_eq!(counts("mase", &[1.0, 2.0, 3.0], &[0.5, 1.0, 4.0]), (2, 1, 0));
    assert_eq!(counts("coverage95", &[1.0, 0.8, 0.95], &[0.96, 0.9, 1.0]), (2, 1, 0));
}

#[test]
fn what_cannot_be_compared_is_refused() {
    let a = result("tcpd", "m", "f1", &named(&[0.1]));
    let wrong = |a: &TaskResult, of_a: &str, b: &TaskResult, of_b: &str| {
        compare(a, of_a, b, of_b).unwrap_err().to_string()
    };
    assert!(wrong(&a, "m", &result("ucr", "m", "f1", &named(&[0.1])), "m").contains("ucr"));
    assert!(wrong(&a, "n", &a, "m").contains("no method n"));
    let other = result("tcpd", "m", "f1", &[("elsewhere".into(), 0.5)]);
    assert!(wrong(&a, "m", &other, "m").contains("no case"));
    let twice = result("tcpd", "m", "f1", &[("case 0".into(), 0.5), ("case 0".into(), 0.6)]);
    assert!(wrong(&a, "m", &twice, "m").contains("twice"));
    // A single pair tells nothing of how sure it is.
    let single = compare(&a, "m", &a, "m").unwrap();
    assert_eq!(single.metric("f1").unwrap().ci95, None);
    assert!(single.json().contains("\"ci95\":null") && single.table().contains(" - "));
}

/// The mean over cases of what a case is said to score is the score, for each metric that is compared, but
/// for rates and ratios.
#[test]
fn what_cases_score_makes_up_the_score() {
    let folder = Folder::new();
    for (name, at) in [("001_UCR_Anomaly_a_500_700_710", 705), ("002_UCR_Anomaly_b_500_800_810", 600)] {
        let value = |t: usize| if t == at { 90 } else { t % 7 };
        let rows: String = (0..1_000).map(|t| format!("{}\n", value(t))).collect();
        folder.write(&format!("{name}.txt"), rows);
    }
    let contest = Contest::new("ucr", folder.path()).unwrap().scorer("size", || |x: f64| x);
    let result = contest.run().unwrap();
    let cases: Vec<f64> =
        result.per_case.iter().filter_map(|case| case.score("size, raw", "accuracy")).collect();
    assert_eq!(cases, [1.0, 0.0]);
    assert_eq!(result.method("size, raw").unwrap().score("accuracy"), Some(0.5));
}

#[test]
fn the_command_line_compares_files() {
    let folder = Folder::new();
    let (a, b) = (named(&noise(9, 6)), named(&noise(9, 7)));
    let (mut first, second) = (result("tcpd", "evenkeel", "f1", &a), result("tcpd", "mine", "f1", &b));
    first.methods[0].record("calibration_error", 0.1, [0.0, 0.2]);
    let (a, b) = (folder.path().join("a.json"), folder.path().join("b.json"));
    first.write(&a).unwrap();
    second.write(&b).unwrap();
    let go = |more: &[&str]| {
        let mut out = Vec::new();
        let start = ["compare", a.to_str().unwrap(), b.to_str().unwrap()];
        let arguments = start.iter().chain(more).map(Into::into);
        let status = run(arguments, &mut out, &mut Progress::silent()).map_err(|why| why.to_string());
        status.map(|status| (status, String::from_utf8(out).unwrap()))
    };
    let (status, json) = go(&["--against", "mine", "--json"]).unwrap();
    let object: serde_json::Value = serde_json::from_str(&json).unwrap();
    let expected = compare(&first, "evenkeel", &second, "mine").unwrap();
    assert_eq!(status, 0);
    assert_eq!(object["metrics"]["f1"]["difference"].as_f64().unwrap(), expected.metrics[0].difference);
    assert_eq!(go(&["--against", "mine"]).unwrap().1, expected.table());
    let why = go(&[]).unwrap_err();
    assert!(why.contains("no method evenkeel") && why.contains("mine"), "{why}");
    assert!(go(&["--data", "x"]).unwrap_err().contains("compare: there is no option --data"));
    // A case that the second lacks.
    first.per_case.push(CaseResult::new("more").with_method("evenkeel", [("f1", 0.5.into())]));
    first.write(&a).unwrap();
    assert_eq!(go(&["--against", "mine"]).unwrap().0, 3);
    std::fs::write(&a, "{\"task\": 3}").unwrap();
    let why = go(&[]).unwrap_err();
    assert!(why.contains("a.json") && why.contains("no result of a task") && why.contains("line 1"), "{why}");
}
