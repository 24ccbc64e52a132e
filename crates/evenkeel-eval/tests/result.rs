//! Results, written and read.

use crate::folder::Folder;
use evenkeel_eval::{CaseResult, Method, Skipped, TaskResult, Value};

fn example() -> TaskResult {
    let mut result = TaskResult::new("sockshop", 4);
    for (name, score) in [("zebra", 0.1 + 0.2), ("ant, small", 1.0 / 3.0)] {
        let mut method = Method::new(name, 3, 1.25e-7);
        method.record("ac1", score, [0.0, 1.0]);
        method.record("extra", 2.0, [-1.0, 1e300]);
        result.methods.push(method);
    }
    let case = CaseResult::new("a \"quoted\" name")
        .with_detail("days", 2.0)
        .with_detail("rows", 2_usize)
        .with_detail("fault", None::<String>)
        .with_method("zebra", [("place", Value::from(None::<usize>)), ("ac1", 0.0.into())])
        .with_method("zebra", [("changes", vec![1_usize, 5].into()), ("right", true.into())]);
    result.per_case = vec![case, CaseResult::new("2")];
    result.skipped = vec![Skipped::new("3", "it is not there")];
    result
}

#[test]
fn what_is_read_back_is_what_was_written() {
    let result = example();
    let again = TaskResult::from_json(&result.json()).unwrap();
    assert_eq!(again, result);
    // In the order in which they ran, whatever their names.
    assert_eq!(again.methods[0].name, "zebra");
    assert_eq!(again.table(), result.table());
    let folder = Folder::new();
    let path = folder.path().join("result.json");
    result.write(&path).unwrap();
    assert_eq!(TaskResult::read(&path).unwrap(), result);
}

#[test]
fn metrics_stand_as_the_task_lists_them() {
    assert_eq!(
        example().metrics(),
        ["ac1", "ac3", "ac5", "avg5", "metric_ac1", "calibration_error", "extra"]
    );
}

#[test]
fn what_is_not_finite_is_nothing() {
    let mut result = TaskResult::new("sockshop", 1);
    let mut method = Method::new("m", 1, 0.0);
    method.record("calibration_error", f64::NAN, [f64::NAN, f64::NAN]);
    result.methods.push(method);
    result.per_case.push(CaseResult::new("1").with_method("m", [("ac1", f64::NAN.into())]));
    let again = TaskResult::from_json(&result.json()).unwrap();
    assert!(again.method("m").unwrap().score("calibration_error").unwrap().is_nan());
    assert_eq!(again.case("1").unwrap().score("m", "ac1"), None);
}

#[test]
fn what_is_no_result_is_refused_with_its_place() {
    for text in ["", "[]", "{}", "{\"task\": \"x\"}"] {
        let why = TaskResult::from_json(text).unwrap_err().to_string();
        assert!(why.contains("no result of a task") && why.contains("line"), "{text}: {why}");
    }
    assert!(TaskResult::read("absent.json").unwrap_err().to_string().contains("absent.json"));
}
