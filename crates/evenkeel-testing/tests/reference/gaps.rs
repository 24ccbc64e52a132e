//! The private parser of the list of gaps.

use super::unmatched::Unmatched;

const LIST: &str = r#"
    [[gap]]
    field = "models"
    file = "a.json"
    case = "butter*"
    reason = "later"
    [[gap]]
    field = "models"
    file = "a.json"
    case = "exact"
    reason = "known to differ"
    [[gap]]
    field = "models"
    file = "a.json"
    case = "M4"
    reason = "known to differ"
    full_set = true
    [[gap]]
    field = "detect"
    file = "a.json"
    case = "other"
    reason = "of another field"
"#;

#[test]
fn a_gap_has_a_reason_and_is_met_or_reported() {
    let gaps = Unmatched::parse(LIST, "models", &["a.json"]);
    assert_eq!(gaps.reason("a.json", "butter2"), Some("later"));
    assert_eq!(gaps.reason("a.json", "exactly"), None);
    assert_eq!(gaps.reason("b.json", "exact"), None);
    assert_eq!(gaps.unmet(), ["models/a.json exact"]);
    assert_eq!(gaps.reason("a.json", "exact"), Some("known to differ"));
    assert!(gaps.unmet().is_empty());
}

#[test]
#[should_panic(expected = "gives no reason")]
fn a_gap_without_a_reason_is_refused() {
    let _ = Unmatched::parse(&LIST.replace("later", " "), "models", &["a.json"]);
}
