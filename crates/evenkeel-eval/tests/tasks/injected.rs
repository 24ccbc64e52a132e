//! Cases that are made of parts without anomalies.

use crate::folder::Folder;
use evenkeel_eval::injection::Injection;
use evenkeel_eval::{Contest, TaskResult};

/// A set of two series, another of one, and no others.
fn sets() -> Folder {
    let folder = Folder::new();
    let value = |t: usize, k: usize| (t * (3 + k)) % (40 + k) + (t * t) % 7;
    for k in 0..2 {
        let rows: String = (0..1_500).map(|t| format!("{}\n", value(t, k))).collect();
        folder.write(&format!("ucr/00{k}_UCR_Anomaly_x{k}_1200_1300_1350.txt"), rows);
    }
    let rows = |n: usize| -> String { (0..n).map(|t| format!("{t},{},0\n", value(t, 5))).collect() };
    let header = "timestamp,value-0,is_anomaly\n";
    folder.write("gutentag/a.test.csv", format!("{header}{}", rows(400)));
    folder.write("gutentag/a.train_no_anomaly.csv", format!("{header}{}", rows(900)));
    // Too short to be a case.
    folder.write("gutentag/b.test.csv", format!("{header}{}", rows(400)));
    folder.write("gutentag/b.train_no_anomaly.csv", format!("{header}{}", rows(500)));
    folder
}

fn contest(folder: &Folder) -> Contest {
    Contest::new("injected", folder.path()).unwrap()
}

fn without_times(mut result: TaskResult) -> TaskResult {
    result.methods.iter_mut().for_each(|method| (method.seconds_per_case, method.cost) = (0.0, None));
    result
}

#[test]
fn kinds_and_sets_add_up() {
    let folder = sets();
    let result = contest(&folder).run().unwrap();
    // Five of each kind from one set, two from the other.
    assert_eq!((result.cases, result.skipped.len()), (8 * 7, 0));
    let of = |name: &str, text: &str| {
        let is = |case: &&evenkeel_eval::CaseResult| case.details[name].as_text() == Some(text);
        result.per_case.iter().filter(is).count()
    };
    assert_eq!((of("set", "ucr"), of("set", "gutentag"), of("kind", "shape")), (40, 16, 7));
    for case in &result.per_case {
        assert!(!case.case.contains("/b/") && case.details["rows"].as_number() >= Some(600.0), "{case:?}");
    }
    let method = result.method("evenkeel").unwrap();
    for metric in ["vus_pr", "accuracy"] {
        // The whole is the mean of its parts.
        let kinds: f64 =
            Injection::ALL.iter().map(|k| method.score(&format!("{metric}_{}", k.name())).unwrap()).sum();
        let sets = 40.0 * method.score(&format!("{metric}_ucr")).unwrap()
            + 16.0 * method.score(&format!("{metric}_gutentag")).unwrap();
        let whole = method.score(metric).unwrap();
        assert!((kinds / 8.0 - whole).abs() < 1e-12 && (sets / 56.0 - whole).abs() < 1e-12);
        let cases = result.per_case.iter().map(|case| case.score("evenkeel", metric).unwrap()).sum::<f64>();
        assert!((cases / 56.0 - whole).abs() < 1e-12);
        assert!(whole > result.method("chance").unwrap().score(metric).unwrap());
        assert!(method.score(&format!("{metric}_smap")).is_none());
    }
    let table = result.table();
    assert!(table.contains("vus_pr of") && table.lines().all(|line| line.len() < 200), "{table}");
}

/// The label stays with the benchmark: an anomaly that its test part holds changes nothing.
#[test]
fn what_is_scored_elsewhere_is_not_looked_at() {
    let folder = sets();
    let before = without_times(contest(&folder).run().unwrap());
    let again = without_times(contest(&folder).threads(1).run().unwrap());
    assert_eq!(before, again);
    let path = folder.path().join("ucr/000_UCR_Anomaly_x0_1200_1300_1350.txt");
    let text = std::fs::read_to_string(&path).unwrap();
    let other: String = text
        .lines()
        .enumerate()
        .map(|(t, x)| if t < 1_200 { format!("{x}\n") } else { "9e9\n".into() })
        .collect();
    std::fs::write(&path, other).unwrap();
    assert_eq!(before, without_times(contest(&folder).run().unwrap()));
    // Another seed draws others; a limit takes all kinds in turn.
    let other = contest(&folder).seed(2).limit(16).run().unwrap();
    assert_eq!(other.cases, 16);
    let kinds: Vec<_> = other.per_case.iter().take(8).map(|case| case.details["kind"].as_text()).collect();
    assert_eq!(kinds, Injection::ALL.map(|kind| Some(kind.name())));
    assert_ne!(before.per_case[0].details, other.per_case[0].details);
}

#[test]
fn nothing_to_read_is_said() {
    let folder = Folder::new();
    let why = contest(&folder).run().unwrap_err().to_string();
    assert!(why.contains("ucr") && why.contains("gutentag"), "{why}");
    folder.write("ucr/notes.txt", "none");
    let why = contest(&folder).run().unwrap_err().to_string();
    assert!(why.contains("there is no case"), "{why}");
    let why = Contest::new("ucr", folder.path()).unwrap().seed(5).run().unwrap_err().to_string();
    assert!(why.contains("seed"), "{why}");
}
