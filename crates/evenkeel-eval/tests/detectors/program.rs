//! Detectors outside of this program.
#![cfg(unix)]

use crate::folder::Folder;
use evenkeel_eval::detectors::{self, Entry, Live, Program, Setting};
use evenkeel_eval::{Contest, Progress, TaskResult, run};
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

/// A program that holds 40 MB, and another in its group that holds 20 for a while, are seen with all they
/// hold; what a row costs is what the program needs for it, not what it needs to start.
#[test]
#[cfg(target_os = "linux")]
fn what_a_program_costs_is_measured() {
    // The shell holds its variables in memory.
    let folder = wsd(1);
    let data = folder.path().to_str().unwrap();
    let hold = |megabytes: u32| format!("x=$(head -c {megabytes}000000 /dev/zero | tr '\\0' x)");
    let small = "while read -r x; do echo $x; done".to_owned();
    let large = format!("sleep 0.3; ({}; sleep 9) & {}; {small}", hold(20), hold(40));
    let slow = "while read -r x; do sleep 0.005; echo $x; done";
    let programs = ["--program", &small, "--program", &large, "--program", slow];
    let arguments = ["wsd", "--data", data, "--json"].into_iter().chain(programs);
    let mut out = Vec::new();
    run(arguments.map(Into::into), &mut out, &mut Progress::silent()).unwrap();
    let result = TaskResult::from_json(std::str::from_utf8(&out).unwrap()).unwrap();
    let cost = |method: &str| result.method(method).unwrap().cost.unwrap();
    let (small, large, slow) = (cost("program"), cost("program 2"), cost("program 3"));
    let megabytes = |cost: &evenkeel_eval::Cost| cost.peak_bytes.unwrap() as f64 / 1e6;
    assert!(megabytes(&small) > 0.5 && megabytes(&small) < 20.0, "{small:?}");
    // Shells hold a text more than once while they take it in.
    assert!(megabytes(&large) > 60.0 && megabytes(&large) < 400.0, "{large:?}");
    assert!(large.seconds_to_start.unwrap() > 0.3 && large.microseconds_per_row < 2e5, "{large:?}");
    assert!(slow.microseconds_per_row > 5_000.0 && slow.rows == 99, "{slow:?}");
    assert!(slow.processor_microseconds_per_row.unwrap() < slow.microseconds_per_row, "{slow:?}");
    let own = cost("evenkeel");
    assert!(own.peak_bytes.is_none() && own.microseconds_per_row > 0.0 && own.rows == 100);
    assert!(result.table().contains("peak MB"));
}

/// A detector of the library as a program says what it says in this one, and is measured from outside.
#[test]
fn a_detector_of_the_library_runs_as_a_program() {
    let eval = env!("CARGO_BIN_EXE_evenkeel-eval");
    let columns = |count: usize| -> Vec<Vec<f64>> {
        let value = |t: usize, i: usize| if t == 77 { f64::NAN } else { ((t * (7 + i)) % 13) as f64 };
        (0..count).map(|i| (0..150).map(|t| value(t, i)).collect()).collect()
    };
    for (name, count) in [("difference", 1), ("robust-z", 3), ("half-space-trees-rows", 2)] {
        let entry = detectors::by_name(name).unwrap();
        let columns = columns(count);
        let run = detectors::run(&entry, &Setting::default(), &[], &columns).unwrap();
        let said = scores(&format!("{eval} detect {name}"), &[], &columns).unwrap();
        assert_eq!(run.scores, said, "{name}");
        let mut live = Live::new(&entry, &Setting::default(), count).unwrap();
        let row = |t: usize| columns.iter().map(|column| column[t]).collect::<Vec<f64>>();
        let live: Vec<f64> = (0..150).map(|t| live.score(&row(t)).unwrap()).collect();
        assert_eq!(run.scores, live, "{name}");
    }
    let why = scores(&format!("{eval} detect nobody"), &[], &columns(1)).unwrap_err();
    assert!(why.contains("ended") && why.contains("--help"), "{why}");
    // What is no row is named, on the standard error.
    use std::process::{Command, Stdio};
    let mut child = Command::new(eval)
        .args(["detect", "difference"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    std::io::Write::write_all(&mut child.stdin.take().unwrap(), b"1\n2,3\n").unwrap();
    let output = child.wait_with_output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.contains("row 2: 2 values after rows of 1") && output.status.code() == Some(2), "{said}");
    assert_eq!(output.stdout, b"0\n");
}
