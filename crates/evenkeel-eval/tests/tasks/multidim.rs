//! Streams by attributes, in miniature.

use crate::folder::Folder;
use evenkeel_eval::{Contest, tasks};
use evenkeel_locate::attributes::Combination;

/// Three minutes; in the last, one combination has many more errors. A later minute must not be read.
fn folder() -> Folder {
    let folder = Folder::new();
    let mut text = String::from("min,cdn,value,cnt,p2p\n");
    for minute in [60, 120, 180] {
        for cdn in 1..=3 {
            for p2p in 0..=1 {
                let errors = if (minute, cdn, p2p) == (180, 2, 1) { 60 } else { 5 };
                text.push_str(&format!("{minute},{cdn},{errors},100,{p2p}\n"));
            }
        }
    }
    text.push_str("240,1,90,100,0\n");
    folder.write("one.csv", &text);
    folder.write("two.csv", "min,cdn,value,cnt\n180,1,x,100\n");
    folder.write("three.csv", "min,cdn,value,cnt\n180,1,1,100\n");
    folder.write(
        "labels.json",
        r#"[{"data": "one", "timestamp": 180, "cause": {"p2p": 1, "cdn": "2"}},
            {"data": "three", "timestamp": 180, "cause": [{"cdn": 1}, {"cdn": 2}]},
            {"data": "two", "timestamp": 180, "cause": {"cdn": 1}}]"#,
    );
    folder
}

#[test]
fn sets_that_are_right_as_a_whole_count() {
    let folder = folder();
    let case = tasks::multidim::read(folder.path(), "one").unwrap();
    assert_eq!((case.table.rows(), case.causes[0].to_string().as_str()), (6, "cdn=2 & p2p=1"));
    let result = Contest::new("multidim", folder.path())
        .unwrap()
        .attributor("half", |_| {
            Ok(vec![Combination::new([("cdn", "2")]), Combination::new([("p2p", "1"), ("cdn", "2")])])
        })
        .run()
        .unwrap();
    let scores = |method: &str| {
        ["f1", "precision", "recall"].map(|key| result.method(method).unwrap().score(key).unwrap())
    };
    assert_eq!(scores("evenkeel"), [1.0, 1.0, 1.0]);
    assert_eq!(scores("half"), [1.0 / 1.5, 0.5, 1.0]);
    let skipped: Vec<String> = result.skipped.iter().map(|s| format!("{}: {}", s.case, s.why)).collect();
    assert_eq!(skipped, ["three: three.csv: there is no minute before", "two: two.csv: \"x\" is no number"]);
}

#[test]
fn labels_that_are_not_of_the_format_are_refused() {
    let folder = Folder::new();
    let refused =
        |folder: &Folder| Contest::new("multidim", folder.path()).unwrap().run().unwrap_err().to_string();
    assert!(refused(&folder).contains("is not there"));
    folder.write("labels.json", "[]");
    assert!(refused(&folder).contains("there is no case"));
    let label = r#"{"data": "a", "timestamp": 1, "cause": {}}"#;
    folder.write("labels.json", format!("[{label}, {label}]"));
    assert!(refused(&folder).contains("two labels are of a"));
    folder.write("labels.json", format!("[{label}]"));
    folder.write("a.csv", "min,a,value,cnt\n0,x,1,2\n1,x,1,2\n");
    let result = Contest::new("multidim", folder.path()).unwrap().run().unwrap();
    assert_eq!(result.skipped[0].why, "a cause is no object of attributes and values");
}
