//! Label sets: order, empty values, collisions.

use evenkeel_ingest::labels::{sanitize_label, sanitize_metric};
use evenkeel_ingest::{FindingKind, Findings, Labels, Series, SeriesKind, sanitize_series};
use proptest::prelude::*;

#[test]
fn order_and_empty_values_do_not_tell_series_apart() {
    let a = Labels::new([("b", "2"), ("a", "1"), ("c", "")]).unwrap();
    let b = Labels::new([("a", "1"), ("b", "2")]).unwrap();
    assert_eq!(a, b);
    assert_eq!(a.len(), 2);
    assert_eq!(a.get("c"), None);
    // Where a name ends and a value begins matters.
    assert_ne!(Labels::new([("ab", "c")]).unwrap(), Labels::new([("a", "bc")]).unwrap());
}

#[test]
fn doubled_and_empty_names_are_refused() {
    let doubled = Labels::new([("a", "1"), ("b", "2"), ("a", "3")]).unwrap_err();
    assert_eq!(doubled.to_string(), "label name must be not empty and different from all others, was a");
    assert!(Labels::new([("", "1")]).is_err());
    // Also where one of both is empty, and would be left out.
    assert!(Labels::new([("a", ""), ("a", "3")]).is_err());
}

#[test]
fn names_outside_of_the_old_alphabet_are_quoted() {
    let labels = Labels::new([("__name__", "http.requests"), ("a b", "x\"y\\\n"), ("c", "é")]).unwrap();
    assert_eq!(labels.to_string(), r#"{"http.requests","a b"="x\"y\\\n",c="é"}"#);
    assert_eq!(Labels::new([("__name__", "up")]).unwrap().to_string(), "up");
    assert_eq!(Labels::default().to_string(), "{}");
}

#[test]
fn colliding_names_are_found_and_kept_apart() {
    let mut findings = Findings::default();
    let labels =
        Labels::new([("http.method", "GET"), ("http_method", "PUT"), ("a-b", "1"), ("__name__", "x.y")]);
    let clean = labels.unwrap().sanitized(&mut findings);
    assert_eq!(clean.to_string(), r#"x_y{a_b="1","http.method"="GET",http_method="PUT"}"#);
    assert_eq!(findings.count(FindingKind::CollidingNames), 1);
    assert_eq!((sanitize_label("1.é:"), sanitize_metric("a:b.c")), ("_1___".into(), "a:b_c".into()));
}

#[test]
fn series_that_would_become_one_stay_two() {
    let one = |name: &str| Series::new(Labels::new([("__name__", name)]).unwrap(), SeriesKind::Gauge);
    let mut series = vec![one("a.b"), one("c.d"), one("a-b")];
    let mut findings = Findings::default();
    sanitize_series(&mut series, &mut findings);
    let names: Vec<_> = series.iter().map(|series| series.labels.metric().to_owned()).collect();
    assert_eq!(names, ["a.b", "c_d", "a-b"]);
    assert_eq!(findings.count(FindingKind::CollidingNames), 1);
}

#[test]
fn ever_new_subjects_cost_no_memory() {
    let mut findings = Findings::default();
    for i in 0..10_000 {
        findings.add(FindingKind::NoValue, &i.to_string(), 1);
    }
    assert_eq!(findings.count(FindingKind::NoValue), 10_000);
    assert!(findings.to_vec().len() <= 257);
}

proptest! {
    #[test]
    fn labels_are_a_sorted_map(pairs in proptest::collection::btree_map("[a-e.é]{1,3}", "[x-z]{0,2}", 0..8)) {
        let labels = Labels::new(pairs.iter().rev()).unwrap();
        let kept: Vec<_> = pairs.iter().filter(|pair| !pair.1.is_empty()).collect();
        prop_assert_eq!(labels.iter().map(|(n, v)| (n.to_owned(), v.to_owned())).collect::<Vec<_>>(),
            kept.iter().map(|(n, v)| ((*n).clone(), (*v).clone())).collect::<Vec<_>>());
        for (name, value) in &pairs {
            prop_assert_eq!(labels.get(name).unwrap_or_default(), value);
            prop_assert!(labels.without(name).get(name).is_none());
            let changed = labels.with(name, "new");
            prop_assert_eq!(changed.get(name), Some("new"));
        }
    }
}
