//! The command line: what it says to people.

use crate::folder::Folder;
use evenkeel_eval::{Progress, TaskResult, run, tasks};
use std::process::Command;

fn go(arguments: &[&str]) -> Result<(u8, String), String> {
    let mut out = Vec::new();
    let status = run(arguments.iter().map(Into::into), &mut out, &mut Progress::silent());
    status.map(|status| (status, String::from_utf8(out).unwrap())).map_err(|why| why.to_string())
}

#[test]
fn help_says_where_the_data_are() {
    let (status, text) = go(&["--help"]).unwrap();
    assert_eq!(status, 0);
    for task in tasks::ALL {
        assert!(text.contains(task.name) && text.contains(task.source.address), "{}", task.name);
        let (_, own) = go(&[task.name, "--help"]).unwrap();
        assert!(own.lines().all(|line| line.chars().count() <= 110), "{own}");
        // Lines are broken between words.
        let own = own.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(own.contains(task.source.address) && own.contains(task.source.license), "{own}");
        assert!(task.metrics.iter().all(|metric| own.contains(metric)), "{own}");
        assert!(task.options.iter().all(|option| own.contains(&format!("--{}", option.name))), "{own}");
        assert!(task.source.address.starts_with("https://") && !task.source.license.is_empty());
        assert_eq!(
            task.methods().iter().filter(|method| own.contains(**method)).count(),
            task.methods().len()
        );
    }
    assert!(go(&["compare", "--help"]).unwrap().1.contains("--against"));
}

#[test]
fn what_was_meant_is_suggested() {
    let why = |arguments: &[&str]| go(arguments).unwrap_err();
    let text = why(&["nabb", "--data", "x"]);
    assert!(text.contains("did you mean nab?") && text.contains("sockshop"), "{text}");
    assert!(why(&["smap_msl"]).contains("did you mean smap?"));
    let text = why(&["lathework"]);
    assert!(!text.contains("did you mean") && text.contains("compare"), "{text}");
    assert!(why(&["nab", "--detector", "--data", "x"]).contains("did you mean --detectors?"));
    // An option of another task.
    let text = why(&["tcpd", "--data", "x", "--season", "3"]);
    assert!(text.contains("tcpd: there is no option --season") && text.contains("--limit"), "{text}");
    assert!(!text.contains("--shift"), "{text}");
    let text = why(&["nab", "--data", "x", "--only", "random-cut-forrest"]);
    assert!(text.contains("did you mean random-cut-forest?"), "{text}");
    assert!(why(&["nab", "folder"]).contains("--data"));
    assert!(why(&["nab", "--data", "x", "--name", "y"]).contains("--program"));
    assert!(why(&["nab", "--data", "x", "--patience", "0"]).contains("--patience"));
    assert!(why(&["compare", "a.json"]).contains("two files"));
    assert!(why(&[]).contains("a task must be named"));
}

/// As in `evenkeel-eval --help | head -n 0`.
#[test]
fn it_ends_quietly_when_nobody_reads() {
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let ended =
        Command::new(env!("CARGO_BIN_EXE_evenkeel-eval")).arg("--help").stdout(writer).output().unwrap();
    assert_eq!((ended.status.code(), &*String::from_utf8_lossy(&ended.stderr)), (Some(141), ""));
}

/// A full disk is complained about: only a closed pipe is not.
#[test]
fn what_cannot_be_written_is_said() {
    let mut full = [0; 10];
    let why = run(["--help".into()], &mut &mut full[..], &mut Progress::silent()).unwrap_err();
    assert!(!why.is_closed_pipe() && why.to_string().contains("cannot write"), "{why}");
}

#[test]
fn options_may_come_before_the_task() {
    let folder = Folder::new();
    folder.write("a.csv", "timestamp,value,label\n0,1,0\n60,2,1\n120,1,0\n180,2,0\n");
    let data = folder.path().to_str().unwrap();
    let file = folder.path().join("out.json");
    let (status, table) =
        go(&["--limit", "1", "--data", data, "--out", file.to_str().unwrap(), "wsd"]).unwrap();
    assert_eq!(status, 0);
    let result = TaskResult::read(&file).unwrap();
    assert_eq!((result.task.as_str(), result.cases), ("wsd", 1));
    assert_eq!(table, result.table());
    // A run that fails leaves the file as it was, and none where there was none.
    let text = std::fs::read_to_string(&file).unwrap();
    let absent = folder.path().join("absent");
    for file in [&file, &folder.path().join("none.json")] {
        let (data, file) = (absent.to_str().unwrap(), file.to_str().unwrap());
        assert!(go(&["wsd", "--data", data, "--out", file]).is_err());
    }
    assert_eq!(std::fs::read_to_string(&file).unwrap(), text);
    assert!(!folder.path().join("none.json").exists());
    let why = go(&["wsd", "--data", data, "--out", "/absent/folder/out.json"]).unwrap_err();
    assert!(why.contains("--out /absent/folder/out.json"), "{why}");
}

/// `naive,evenkeel, fast` are two names, one of which holds a comma.
#[test]
fn names_may_hold_commas() {
    let folder = Folder::new();
    let row =
        |from: usize, to: usize| (from..to).map(|t| format!(",{}", 10 + t % 4 + t / 9)).collect::<String>();
    folder.write("Yearly-train.csv", format!("name\nY1{}\n", row(0, 30)));
    folder.write("Yearly-test.csv", format!("name\nY1{}\n", row(30, 33)));
    let data = folder.path().to_str().unwrap();
    let (_, text) = go(&["m4", "--data", data, "--models", "naive,evenkeel, fast", "--json"]).unwrap();
    let result = TaskResult::from_json(&text).unwrap();
    let names: Vec<&str> = result.methods.iter().map(|method| method.name.as_str()).collect();
    assert_eq!(names, ["evenkeel, fast", "naive", "naive2"]);
}
