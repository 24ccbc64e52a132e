//! The page about the causal track, and its detector in Python.

use crate::folder::Folder;
use evenkeel_eval::{Contest, detectors::Program};
use std::path::Path;
use std::process::Command;

fn of_repository(path: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    std::fs::read_to_string(&path).unwrap_or_else(|why| panic!("{}: {why}", path.display()))
}

#[test]
fn the_page_shows_the_file() {
    let page = of_repository("../evenkeel/docs/causal_track.md");
    let file = of_repository("examples/track.py");
    assert!(page.contains(&format!("```python\n{file}```\n")), "the page and examples/track.py differ");
    assert!(file.lines().count() <= 20);
    for task in evenkeel_eval::tasks::ALL.iter().filter(|task| task.has_option("program")) {
        assert!(page.contains(&format!("`{}`", task.name)), "the page is silent of {}", task.name);
    }
}

/// The detector of the page answers as agreed, on one column and on several, and finds a spike.
#[test]
#[cfg(unix)]
fn the_detector_of_the_page_takes_part() {
    if !Command::new("python3").arg("--version").output().is_ok_and(|said| said.status.success()) {
        println!("skipped: there is no python3");
        return;
    }
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/track.py");
    let program = || Program::new(format!("exec python3 '{}'", script.display()));
    let folder = Folder::new();
    let value = |t: usize| if t == 150 { "40".to_owned() } else { (t * 7 % 5).to_string() };
    let row = |t: usize| {
        let value = if t == 20 { String::new() } else { value(t) };
        format!("{},{value},{}\n", 60 * t, u8::from(t == 150))
    };
    folder.write("a.csv", format!("timestamp,value,label\n{}", (0..200).map(row).collect::<String>()));
    let result = Contest::new("wsd", folder.path()).unwrap().program("page", program()).run().unwrap();
    assert!(result.skipped.is_empty(), "{:?}", result.skipped);
    // The second row has little to be compared with; of all others the spike is the highest.
    assert!(result.method("page, raw").unwrap().score("auc_pr") >= Some(0.5));
    assert_eq!(result.method("page").unwrap().cost.unwrap().rows, 199);
    let folder = Folder::new();
    let row = |t: usize| {
        let (hour, minute, second) = (t / 3_600, t / 60 % 60, t % 60);
        format!(
            "2020-01-01 {hour:02}:{minute:02}:{second:02};{};{};{}\n",
            value(t),
            t % 3,
            u8::from(t == 150)
        )
    };
    let rows: String = (0..200).map(row).collect();
    folder.write("valve/1.csv", format!("datetime;a;b;anomaly\n{rows}"));
    let result = Contest::new("skab", folder.path()).unwrap().program("page", program()).run().unwrap();
    assert!(result.skipped.is_empty(), "{:?}", result.skipped);
    // The second row has little to be compared with; of all others the spike is the highest.
    assert!(result.method("page, raw").unwrap().score("auc_pr") >= Some(0.5));
}
