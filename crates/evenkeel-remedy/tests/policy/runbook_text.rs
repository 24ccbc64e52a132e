//! Runbooks as text.

use evenkeel_core::{Error, FaultKind};
use evenkeel_remedy::Runbook;
use evenkeel_remedy::policy::Measure;
use evenkeel_remedy::verb::StandardVerb;
use proptest::prelude::*;
use std::time::Duration;

const TOML: &str = r#"
min_probability = 0.6
patience_seconds = 120
retry_seconds = 2.5
max_refusals = 4
max_tries = 1
optional = ["ads", "recommendations"]

[[rule]]
fault = "bad change"
measures = [{ verb = "roll back", on = "component" }]

[[rule]]
fault = "CPU exhausted"
measures = [
    { verb = "drain", on = "instance", keep_seconds = 600 },
    { verb = "restart", on = "instance", settle_seconds = 20 },
]

[[rule]]
fault = "dead"
measures = [{ verb = "degrade", on = "component", optional_only = true }, { verb = "shed", on = "component", percent = 20 }]

[[rule]]
fault = "overloaded"
measures = [{ verb = "scale", on = "component", from = 3, to = 5 }, { verb = "canary", on = "component", from = 0, to = 10 }]
"#;

const JSON: &str = r#"{
  "min_probability": 0.6, "patience_seconds": 120, "retry_seconds": 2.5, "max_refusals": 4, "max_tries": 1,
  "optional": ["ads", "recommendations"],
  "rule": [
    {"fault": "bad change", "measures": [{"verb": "roll back", "on": "component"}]},
    {"fault": "CPU exhausted", "measures": [
      {"verb": "drain", "on": "instance", "keep_seconds": 600},
      {"verb": "restart", "on": "instance", "settle_seconds": 20}]},
    {"fault": "not answering", "measures": [
      {"verb": "degrade", "on": "component", "optional_only": true}, {"verb": "shed", "on": "component", "percent": 20}]},
    {"fault": "overloaded", "measures": [
      {"verb": "scale", "on": "component", "from": 3, "to": 5}, {"verb": "canary", "on": "component", "from": 0, "to": 10}]}
  ]
}"#;

fn expected() -> Runbook {
    let seconds = Duration::from_secs;
    Runbook::new()
        .min_probability(0.6)
        .unwrap()
        .patience(seconds(120))
        .retry(Duration::from_millis(2_500))
        .max_refusals(4)
        .max_tries(1)
        .optional(["ads", "recommendations"])
        .rule(FaultKind::BadChange, [Measure::component(StandardVerb::RollBack)])
        .rule(
            FaultKind::CpuExhausted,
            [
                Measure::instance(StandardVerb::Drain).keep_for(seconds(600)),
                Measure::instance(StandardVerb::Restart).settle(seconds(20)),
            ],
        )
        .rule(
            FaultKind::Dead,
            [
                Measure::component(StandardVerb::Degrade).optional_only(),
                Measure::component(StandardVerb::Shed { percent: 20 }),
            ],
        )
        .rule(
            FaultKind::Overload,
            [
                Measure::component(StandardVerb::Scale { from: 3, to: 5 }),
                Measure::component(StandardVerb::Canary { from: 0, to: 10 }),
            ],
        )
}

#[test]
fn both_formats_say_the_same() {
    assert_eq!(Runbook::from_toml(TOML).unwrap(), expected());
    assert_eq!(Runbook::from_json(JSON).unwrap(), expected());
    assert_eq!(Runbook::from_toml("").unwrap(), Runbook::new());
    assert_eq!(Runbook::from_json("{}").unwrap(), Runbook::new());
}

/// What a change of the text leads to: the line and what is said.
fn wrong(text: &str, from: &str, to: &str) -> (usize, String) {
    assert!(text.contains(from), "{from}");
    let changed = text.replacen(from, to, 1);
    let found = if text == TOML { Runbook::from_toml(&changed) } else { Runbook::from_json(&changed) };
    match found {
        Err(Error::Parse { line, what, .. }) => (line, what),
        other => panic!("{from} -> {to}: {other:?}"),
    }
}

#[test]
fn errors_name_the_rule_and_the_line() {
    for (from, to, toml_line, json_line, said) in [
        ("restart", "reboot", 17, 7, &["rule 2 (CPU exhausted)", "unknown verb `reboot`"][..]),
        ("CPU exhausted", "CPU busy", 14, 5, &["rule 2", "unknown fault `CPU busy`", "CPU exhausted"]),
        ("overloaded", "bad change", 25, 10, &["rule 4", "a rule for `bad change` already"]),
        ("percent", "per_cent", 22, 9, &["rule 3 (not answering)", "per_cent"]),
        ("instance", "instances", 16, 6, &["rule 2 (CPU exhausted)", "instances"]),
    ] {
        for (text, line) in [(TOML, toml_line), (JSON, json_line)] {
            let (found, what) = wrong(text, from, to);
            println!("{from} -> {to}: line {found}: {what}");
            assert!(said.iter().all(|part| what.contains(part)), "{from} -> {to}: {what}");
            // An inline table may be reported by the line on which it, or its list, begins.
            assert!(found.abs_diff(line) <= 2, "{from} -> {to}: line {found}, expected {line}: {what}");
        }
    }
    for (from, to, said) in [
        ("min_probability = 0.6", "min_probability = 1.6", "probability must be in (0, 1]"),
        ("min_probability = 0.6", "min_probability = nan", "probability must be in (0, 1]"),
        ("max_tries = 1", "max_tries = 0", "times must be at least 1"),
        ("patience_seconds = 120", "patience_seconds = -1", "seconds must be from 0"),
        ("patience_seconds = 120", "patience_seconds = 1e300", "seconds must be from 0"),
        ("patience_seconds", "patience", "patience"),
        ("percent = 20", "percent = 120", "from 0 to 100"),
        ("percent = 20", "from = 20", "`shed` takes `percent`"),
        ("verb = \"roll back\"", "percent = 3, verb = \"roll back\"", "takes no numbers"),
        ("from = 3, ", "", "`scale` takes `from` and `to`"),
        ("to = 10", "to = 101", "from 0 to 100"),
        ("fault = \"bad change\"", "", "missing field `fault`"),
        ("measures = [{ verb = \"roll back\", on = \"component\" }]", "", "missing field `measures`"),
        ("[[rule]]", "[[rule", ""),
    ] {
        let (line, what) = wrong(TOML, from, to);
        assert!(line > 0 && what.contains(said), "{from} -> {to}: line {line}: {what}");
    }
    let (line, what) = wrong(JSON, "\"max_tries\": 1", "\"max_tries\": 1, \"max_tries\": 2");
    assert!(line == 2 && what.contains("there twice"), "{line}: {what}");
    assert!(Runbook::from_json(&format!("{JSON} x")).is_err());
    assert!(Runbook::from_json("[1]").is_err());
}

proptest! {
    /// Bytes changed at random are refused or read, and never a panic.
    #[test]
    fn garbled_text_is_survived(at in 0_usize..1_200, byte in 0_u8..128, cut: bool) {
        for (text, toml) in [(TOML, true), (JSON, false)] {
            let mut bytes = text.as_bytes().to_vec();
            let at = at % bytes.len();
            if cut { bytes.truncate(at); } else { bytes[at] = byte; }
            let text = String::from_utf8(bytes).unwrap();
            let found = if toml { Runbook::from_toml(&text) } else { Runbook::from_json(&text) };
            if let Err(why) = found {
                let parsed = matches!(why, Error::Parse { .. });
                prop_assert!(parsed, "{}", why);
            }
        }
    }
}
