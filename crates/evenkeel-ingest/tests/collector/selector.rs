//! Which series are meant.

use evenkeel_ingest::collector::Selector;
use evenkeel_ingest::{Error, Labels};
use proptest::prelude::*;

fn parse(text: &str) -> Result<Selector, Error> {
    text.parse()
}

fn matches(selector: &str, labels: &[(&str, &str)]) -> bool {
    parse(selector).unwrap().matches(&Labels::new(labels.iter().copied()).unwrap())
}

#[test]
fn names_and_labels() {
    let series = [("__name__", "http_requests_total"), ("code", "503"), ("path", "/a*b")];
    for (selector, expected) in [
        ("http_requests_total", true),
        ("http_*_total", true),
        ("http_*_totals", false),
        (r#"{code="503"}"#, true),
        (r#"{code="5*"}"#, true),
        (r#"{code="*3"}"#, true),
        (r#"{code="5*3"}"#, true),
        (r#"{code="50*03"}"#, false),
        (r#"{code="*"}"#, true),
        (r#"{code!="5*"}"#, false),
        (r#"{code!="2*", path="/*"}"#, true),
        // A label that is not there is empty.
        (r#"{method=""}"#, true),
        (r#"{method!=""}"#, false),
        (r#"{method!="GET"}"#, true),
        (r#"http_requests_total { code = "503" , }"#, true),
    ] {
        assert_eq!(matches(selector, &series), expected, "{selector}");
    }
}

#[test]
fn what_is_wrong_is_told_by_its_column() {
    for (text, column) in [
        ("", 1),
        ("a{", 3),
        ("a{b", 4),
        ("a{b=c}", 5),
        (r#"a{b=~"c"}"#, 5),
        (r#"a{b="c}"#, 8),
        (r#"a{b="c\x"}"#, 7),
        (r#"a{b="c" d="e"}"#, 9),
        (r#"a{b="c"} d"#, 10),
        (r#"a{="c"}"#, 3),
    ] {
        let why = parse(text).unwrap_err();
        assert!(matches!(why, Error::Malformed { line: 1, column: at, .. } if at == column), "{text}: {why}");
    }
}

proptest! {
    #[test]
    fn any_text_is_read_or_refused(text in "[a{}=!~\"\\\\*, \\n]{0,20}") {
        if let Ok(selector) = parse(&text) {
            // What it is written as means the same.
            prop_assert_eq!(parse(&selector.to_string()).unwrap(), selector);
        }
    }

    #[test]
    fn a_pattern_of_its_own_parts_fits(parts in proptest::collection::vec("[ab]{0,3}", 1..5)) {
        let labels = [("__name__", "m"), ("l", &*format!("x{}", parts.join("aab")))];
        let selector = format!("{{l=\"x{}\"}}", parts.join("*"));
        let fitted = matches(&selector, &labels);
        prop_assert!(fitted, "{} {}", selector, labels[1].1);
    }
}
