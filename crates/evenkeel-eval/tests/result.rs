//! Results, written and read.

use crate::folder::Folder;
use evenkeel_eval::{CaseResult, Method, Skipped, TaskResult, Value, compare};

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
        [
            "ac1",
            "ac3",
            "ac5",
            "avg5",
            "metric_ac1",
            "calibration_error",
            "chance_at_1",
            "chance_at_5",
            "lift_at_1",
            "lift_at_5",
            "extra"
        ]
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

/// What is kept of the cases of a result says of each what the result says, to four decimals, and its means.
#[test]
fn tables_of_cases_are_read_back() {
    let case = |name: &str, x: f64, count: usize, days: f64| {
        let mut case = CaseResult::new(name).with_detail("days", days);
        for (method, x) in [("a, raw", x), ("\"b\"", 1.0 - x)] {
            case = case.with_method(method, [("vus_pr", x.into()), ("false_alarms", count.into())]);
            case = case.with_method(method, [("false_alarms_per_day", (count as f64 / days).into())]);
        }
        case
    };
    let mut result = TaskResult::new("wsd", 3);
    result.per_case = vec![case("z", 0.123_456, 3, 2.0), case("c,d", 0.5, 0, 0.5)];
    for name in ["\"b\"", "a, raw"] {
        let mut method = Method::new(name, 2, 0.0);
        method.record("vus_pr", 0.3, [0.0, 1.0]);
        method.record("false_alarms_per_day", 1.2, [0.0, 1.0]);
        result.methods.push(method);
    }
    let text = result.cases_csv();
    assert!(
        text.starts_with(
            "# task wsd\nmethod,case,vus_pr,false_alarms,days\n\"\"\"b\"\"\",\"c,d\",0.5,0,0.5\n"
        ),
        "{text}"
    );
    let back = TaskResult::from_cases_csv(&text).unwrap();
    assert_eq!(back.cases_csv(), text);
    let method = back.method("a, raw").unwrap();
    assert_eq!((method.n, method.score("false_alarms_per_day")), (2, Some(1.2)));
    assert!((method.score("vus_pr").unwrap() - (0.1235 + 0.5) / 2.0).abs() < 1e-12);
    // Paired by name with the result that it came from.
    let comparison = compare(&result, "a, raw", &back, "a, raw").unwrap();
    assert_eq!(comparison.paired, 2);
    assert!(comparison.metric("vus_pr").unwrap().difference.abs() < 1e-4);
    let folder = crate::folder::Folder::new();
    let path = folder.write("a.csv", &text);
    assert_eq!(TaskResult::read(path).unwrap().cases_csv(), text);

    for (text, place) in [
        ("", "line 1"),
        ("method,case\n", "line 1"),
        ("# task wsd\ncase,method\n", "begin with method, case"),
        ("# task wsd\nmethod,case,x\na,1,0\na,1,0\n", "line 4"),
        ("# task wsd\nmethod,case,x\na,1,0\nb,1,0\na,2,0\n", "line 5"),
        ("# task wsd\nmethod,case,x\na,1,inf\n", "line 3, column x"),
        ("# task wsd\nmethod,case,x\na,1,0,0\n", "line"),
    ] {
        let why = TaskResult::from_cases_csv(text).unwrap_err().to_string();
        assert!(why.contains(place), "{text:?}: {why}");
    }
}
