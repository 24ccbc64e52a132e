//! Progress reports.

use crate::folder::Folder;
use evenkeel_eval::{Contest, Progress};
use std::time::Duration;

/// What is told of a task of so many cases.
fn told(cases: usize, progress: impl for<'a> Fn(&'a mut Vec<u8>) -> Progress<'a>) -> String {
    let folder = Folder::new();
    for case in 0..cases {
        let rows: String = (0..20).map(|t| format!("{},{},{}\n", 60 * t, t % 3, u8::from(t == 9))).collect();
        folder.write(&format!("{case}.csv"), format!("timestamp,value,label\n{rows}"));
    }
    let mut log = Vec::new();
    let contest = Contest::new("wsd", folder.path()).unwrap().scorer("x", || |x: f64| x).without_library();
    contest.threads(1).run_telling(&mut progress(&mut log)).unwrap();
    String::from_utf8(log).unwrap()
}

#[test]
fn a_log_gets_its_last_line_and_few_others() {
    // Seven cases take no ten seconds.
    assert_eq!(told(7, |log| Progress::lines(log)), "7 of 7 series\n");
}

#[test]
fn lines_come_as_often_as_they_are_wanted() {
    let text = told(3, |log| Progress::lines(log).every(Duration::ZERO));
    // Each takes more than a tenth of the time so far, or does not: the last comes in any case.
    assert!(text.ends_with("3 of 3 series\n") && text.starts_with("1 of 3 series\n"), "{text}");
    assert!(!text.contains('\r'));
}

#[test]
fn a_terminal_gets_one_line_written_over() {
    let text = told(3, |log| Progress::terminal(log));
    assert_eq!(text, "\r1 of 3 series\r2 of 3 series\r3 of 3 series\n");
}
