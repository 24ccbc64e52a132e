//! Loghub, in miniature.

use crate::folder::{Folder, gzip};
use evenkeel_eval::{Contest, Progress, run, tasks};
use serde_json::Value;

fn folder() -> Folder {
    let folder = Folder::new();
    let head = "LineId,Content,EventId,EventTemplate\r\n";
    // Three groups; the quoted line holds commas.
    let lines = "1,\"sent 5 bytes, ok\",E1,\"sent <*> bytes, ok\"\r\n2,\"sent 7 bytes, ok\",E1,x\r\n3,started,E2,started\r\n4,stopped,E3,stopped\r\n";
    folder.write("Small/Small_2k.log_structured.csv", format!("{head}{lines}"));
    folder.write("Small/Small_2k.log_structured_corrected.csv", "nothing");
    folder.write("Packed/Packed_2k.log_structured.csv.gz", gzip(&format!("{head}{lines}")));
    folder.write("Other/readme.txt", "");
    folder
}

#[test]
fn groups_that_are_right_as_a_whole_count() {
    let folder = folder();
    assert_eq!(tasks::loghub::names(folder.path()).unwrap(), ["Packed", "Small"]);
    let case = tasks::loghub::read(folder.path(), "Small").unwrap();
    assert_eq!((case.lines[0].as_str(), case.templates[3].as_str()), ("sent 5 bytes, ok", "E3"));
    let result = Contest::new("loghub", folder.path())
        .unwrap()
        .log_parser("pairs", |lines| Ok((0..lines.len() as u64).map(|i| i / 2).collect()))
        .log_parser("short", |_| Ok(vec![1]))
        .run()
        .unwrap();
    let score = |method: &str, metric: &str| result.method(method).unwrap().score(metric);
    assert_eq!((score("evenkeel", "grouping_accuracy"), score("evenkeel", "fga")), (Some(1.0), Some(1.0)));
    // The first pair is right, the second joins two groups: 2 of 4 lines; 1 of 2 and of 3 groups.
    assert_eq!((score("pairs", "grouping_accuracy"), score("pairs", "fga")), (Some(0.5), Some(0.4)));
    assert!(score("evenkeel", "lines_per_second").unwrap() > 0.0);
    let skipped: Vec<String> = result.skipped.iter().map(|s| format!("{}: {}", s.case, s.why)).collect();
    assert_eq!(skipped, ["Packed: short: 1 groups for 4 lines", "Small: short: 1 groups for 4 lines"]);
}

#[test]
fn what_is_not_of_the_format_is_skipped_or_refused() {
    let folder = folder();
    folder.write("Broken/a.log_structured.csv", "LineId,Content\n1,x\n");
    folder.write("Twice/a.log_structured.csv", "Content,EventId\nx,E1\n");
    folder.write("Twice/b.log_structured.csv", "Content,EventId\nx,E1\n");
    folder.write("Void/a.log_structured.csv", "Content,EventId\n");
    let mut out = Vec::new();
    let arguments = ["loghub", "--data", folder.path().to_str().unwrap(), "--json"];
    assert_eq!(run(arguments.map(Into::into), &mut out, &mut Progress::silent()).unwrap(), 3);
    let report: Value = serde_json::from_slice(&out).unwrap();
    let skipped: Vec<&str> =
        report["skipped"].as_array().unwrap().iter().map(|s| s["why"].as_str().unwrap()).collect();
    assert_eq!(
        skipped,
        [
            "a.log_structured.csv: there is no column EventId",
            "2 tables of a log where one is expected",
            "a.log_structured.csv: there is no line"
        ]
    );
    let empty = Folder::new();
    assert!(Contest::new("loghub", empty.path()).unwrap().run().is_err());
}
