//! Detectors outside of this program.
#![cfg(unix)]

use crate::folder::Folder;
use evenkeel_eval::detectors::{self, Entry, Program, Setting};
use evenkeel_eval::{Contest, Progress, run};
use std::time::{Duration, Instant};

/// The scores of a command on some columns.
fn scores(command: &str, history: &[Vec<f64>], columns: &[Vec<f64>]) -> Result<Vec<f64>, String> {
    let program = Program::new(command).with_patience(Duration::from_secs(20));
    let entry = Entry::program("outside", program);
    let run = detectors::run(&entry, &Setting::default(), history, columns);
    run.map(|run| [run.history, run.scores].concat()).map_err(|why| why.to_string())
}

#[test]
fn rows_are_lines_and_lines_are_scores() {
    // What it is given comes back.
    assert_eq!(scores("cat", &[], &[vec![1.5, -2.0, 1e-300]]).unwrap(), [1.5, -2.0, 1e-300]);
    // History first; several columns on a line; nothing said keeps the last score.
    let second = "while IFS=, read -r a b; do echo $b; done";
    let (history, columns) = ([vec![1.0], vec![10.0]], [vec![2.0, 3.0, 4.0], vec![20.0, f64::NAN, 40.0]]);
    assert_eq!(scores(second, &history, &columns).unwrap(), [10.0, 20.0, 20.0, 40.0]);
    let sparing = "n=0; while read -r x; do n=$((n+1)); [ $((n%2)) = 0 ] && echo $x || echo; done";
    assert_eq!(scores(sparing, &[], &[vec![5.0, 6.0, 7.0, 8.0]]).unwrap(), [0.0, 6.0, 6.0, 8.0]);
}

#[test]
fn it_is_started_anew_for_each_series() {
    let count = "n=0; while read -r x; do n=$((n+1)); echo $n; done";
    for _ in 0..2 {
        assert_eq!(scores(count, &[], &[vec![0.0; 3]]).unwrap(), [1.0, 2.0, 3.0]);
    }
}

/// What goes wrong is told with its row, and nothing waits for ever.
#[test]
fn what_breaks_the_agreement_is_named() {
    let long = [vec![1.0; 200_000]];
    let short = [vec![1.0; 10]];
    let why = scores("read -r x; echo 1; echo 'no memory' >&2; exit 3", &[], &short).unwrap_err();
    assert!(why.contains("row 2") && why.contains("ended") && why.contains("no memory"), "{why}");
    assert!(why.contains('3'), "the status: {why}");
    let why = scores("while read -r x; do echo $x points; done", &[], &short).unwrap_err();
    assert!(why.contains("row 1") && why.contains("1 points") && why.contains("no number"), "{why}");
    let why = scores("while read -r x; do echo inf; done", &[], &short).unwrap_err();
    assert!(why.contains("infinite"), "{why}");
    let why = scores("no-such-program-anywhere", &[], &short).unwrap_err();
    assert!(why.contains("ended") && why.contains("not found"), "{why}");
    // Writes without end and never reads: neither pipe may hold the run up.
    let why = scores("while :; do echo 1; done", &[], &long).unwrap_err();
    assert!(why.contains("before it was given"), "{why}");
    // A line without end is no line.
    let why = scores("yes | tr -d '\\n'", &[], &short).unwrap_err();
    assert!(why.contains("no number"), "{why}");
}

#[test]
fn one_that_says_nothing_is_stopped_with_all_it_started() {
    let folder = Folder::new();
    let mark = folder.path().join("mark");
    // It starts another that would leave a mark after two seconds.
    let command = format!("(sleep 2; echo > '{}') & sleep 60 | cat", mark.display());
    let program = Program::new(command).with_patience(Duration::from_millis(300));
    let started = Instant::now();
    let entry = Entry::program("sleeper", program);
    let run = detectors::run(&entry, &Setting::default(), &[], &[vec![1.0, 2.0]]);
    assert!(run.unwrap_err().to_string().contains("row 1 got no answer within 0.3 s"));
    assert!(started.elapsed() < Duration::from_secs(30));
    std::thread::sleep(Duration::from_millis(2_500));
    assert!(!mark.exists(), "what it started lives on");
}

fn wsd(cases: usize) -> Folder {
    let folder = Folder::new();
    for case in 0..cases {
        let value = |t: usize| if t == 60 { 40 + case } else { t % 5 };
        let row = |t: usize| format!("{},{},{}\n", 60 * t, value(t), u8::from(t == 60));
        let rows: String = (0..100 + case).map(row).collect();
        folder.write(&format!("{case}.csv"), format!("timestamp,value,label\n{rows}"));
    }
    folder
}

/// One that fails is left out of that case; all others are scored there.
#[test]
fn a_program_that_fails_spoils_nothing_else() {
    let folder = wsd(2);
    // Dies of the value that only the second series has.
    let fragile = Program::new("while read -r x; do [ $x = 41 ] && exit 1; echo $x; done");
    let contest = Contest::new("wsd", folder.path()).unwrap();
    let result = contest.program("fragile", fragile).program("cat", Program::new("cat")).run().unwrap();
    assert_eq!((result.method("fragile").unwrap().n, result.method("cat").unwrap().n), (1, 2));
    assert_eq!(result.method("evenkeel").unwrap().n, 2);
    assert_eq!(result.skipped.len(), 1);
    let skipped = &result.skipped[0];
    assert!(skipped.case == "1" && skipped.why.starts_with("fragile: row 61 got no answer"), "{skipped:?}");
    assert!(result.case("1").unwrap().methods.contains_key("cat"));
    assert!(!result.case("1").unwrap().methods.contains_key("fragile"));
}

#[test]
fn the_command_line_takes_programs() {
    let folder = wsd(1);
    let data = folder.path().to_str().unwrap();
    let own = "while read -r x; do echo $x; done";
    let arguments = ["wsd", "--data", data, "--json", "--program", "cat", "--program", own, "--name", "mine"];
    let mut out = Vec::new();
    let status = run(arguments.map(Into::into), &mut out, &mut Progress::silent()).unwrap();
    let report: serde_json::Value = serde_json::from_slice(&out).unwrap();
    assert_eq!(status, 0);
    let scores = |method: &str| report["methods"][method]["scores"].clone();
    // What copies its input is as good as what copies it in another way.
    assert!(scores("program")["vus_pr"].as_f64().unwrap() > scores("chance")["vus_pr"].as_f64().unwrap());
    assert_eq!(scores("program"), scores("mine"));
}
