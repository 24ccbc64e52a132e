//! The scores of cases that are kept, and the published tables of them.

use evenkeel_eval::{TaskResult, compare};
use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).to_path_buf()
}

fn kept(name: &str) -> TaskResult {
    TaskResult::read(root().join("results").join(format!("{name}.csv"))).unwrap_or_else(|why| panic!("{why}"))
}

/// What the columns of the tables are: a file of results and a metric.
const LIBRARY: [(&str, &str); 9] = [
    ("nab", "standard"),
    ("nab", "standard_crossed"),
    ("nab", "vus_pr"),
    ("nab", "vus_pr_tsb_ad"),
    ("wsd", "vus_pr"),
    ("gutentag", "vus_pr"),
    ("smap", "vus_pr"),
    ("skab", "vus_pr"),
    ("ucr", "accuracy"),
];
const OUTSIDE: [(&str, &str); 7] = [
    ("outside-skab", "vus_pr"),
    ("outside-skab-rrcf-4", "vus_pr"),
    ("outside-gutentag-4", "vus_pr"),
    ("outside-gutentag-stumpi-1", "vus_pr"),
    ("outside-smap-8", "vus_pr"),
    ("outside-wsd-2", "vus_pr"),
    ("outside-ucr-12", "accuracy"),
];
const QUIET: [(&str, &str); 8] = [
    ("quiet", "alarms_drawn"),
    ("quiet", "recall_step1"),
    ("quiet", "recall_step3"),
    ("quiet", "recall_step6"),
    ("quiet", "recall_ramp"),
    ("quiet", "recall_variance"),
    ("quiet", "recall_season"),
    ("quiet", "recall"),
];

/// Each cell of the tables is the mean of the cases that are kept, rounded as it is written.
#[test]
fn the_tables_are_the_means_of_their_cases() {
    let page = std::fs::read_to_string(root().join("../evenkeel/docs/compare.md")).unwrap();
    let section = page.split("\n## ").find(|section| section.starts_with("A causal track\n")).unwrap();
    let mut rows = 0;
    for (first, columns) in [
        ("| of the library |", &LIBRARY[..]),
        ("| from outside |", &OUTSIDE[..]),
        ("| monitor |", &QUIET[..]),
    ] {
        let lines = section.lines().skip_while(|line| !line.starts_with(first)).skip(2);
        for line in lines.take_while(|line| line.starts_with('|')) {
            let cells: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).collect();
            let method = cells[0].trim_matches('`');
            for ((file, metric), cell) in columns.iter().zip(&cells[1..]) {
                let result = kept(file);
                let score = result.method(method).and_then(|method| method.score(metric));
                if *cell == "–" {
                    assert_eq!(score, None, "{method}, {metric} of {file}");
                    continue;
                }
                let known = score.unwrap_or_else(|| panic!("no {metric} of {method} in {file}"));
                let written: f64 = cell.parse().unwrap_or_else(|_| panic!("{method}: {cell:?}"));
                let places = cell.split_once('.').map_or(0, |(_, places)| places.len());
                // Half a unit of the last place, and what rounding the cases has moved the mean.
                let off = (known - written).abs();
                assert!(
                    off <= 0.505 * 0.1_f64.powi(places as i32),
                    "{method}, {metric} of {file}: {known}, {cell}"
                );
            }
            rows += 1;
        }
    }
    assert!(rows > 20, "the tables were not found");
}

/// What is kept is read, sorted, and written again as it was; results of one task pair case by case.
#[test]
fn what_is_kept_is_read_and_compared() {
    let mut names: Vec<String> = std::fs::read_dir(root().join("results"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "csv"))
        .map(|path| path.file_stem().unwrap().to_string_lossy().into_owned())
        .collect();
    names.sort_unstable();
    assert!(names.len() >= 12, "{names:?}");
    for name in &names {
        let text = std::fs::read_to_string(root().join(format!("results/{name}.csv"))).unwrap();
        let result = kept(name);
        assert_eq!(result.cases_csv(), text, "{name}");
        assert!(result.methods.iter().all(|method| method.n > 0 && !method.scores.is_empty()), "{name}");
    }
    let (own, outside) = (kept("skab"), kept("outside-skab"));
    let default = "forest, autoregression, profile";
    let comparison = compare(&own, default, &outside, default).unwrap();
    // The same detector in two runs.
    assert_eq!((comparison.paired, comparison.metric("vus_pr").unwrap().difference), (17, 0.0));
    let comparison = compare(&own, default, &outside, "rcf3").unwrap();
    assert!(comparison.metric("vus_pr").unwrap().ci95.is_some());
    // As a program it says what it says in the process that measures.
    let program = compare(&outside, default, &outside, "evenkeel, a program").unwrap();
    assert_eq!(program.metric("vus_pr").unwrap().equal, 17);
}
