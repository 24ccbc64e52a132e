//! What a configuration may say, and how it is told what is wrong with it.

use evenkeel_agent::{Agent, Configuration};
use std::fs;
use std::path::Path;

/// The least that can be said.
const LEAST: &str = r#"
[[scrape]]
url = "http://127.0.0.1:9100/metrics"
component = "node"

[[symptom]]
name = "users"
objective = 0.02
all = 'requests_total{service="edge"}'
bad = 'requests_total{service="edge",code="5*"}'
"#;

fn refused(text: &str) -> String {
    Configuration::parse(text).unwrap_err().to_string()
}

#[test]
fn the_example_beside_the_program_can_be_carried_out() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("evenkeel-agent.toml");
    let configuration = Configuration::read(&path).unwrap();
    Agent::new(&configuration.without_state()).unwrap();
    Configuration::parse(LEAST).unwrap();
}

#[test]
fn the_five_lines_of_the_readme_are_enough() {
    let readme = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md")).unwrap();
    let lines = readme.split("```toml\n").nth(1).unwrap().split("```").next().unwrap();
    assert_eq!(lines.lines().count(), 5);
    Agent::new(&Configuration::parse(lines).unwrap().without_state()).unwrap();
}

#[test]
fn an_unknown_key_is_refused_with_its_line() {
    let why = refused(&LEAST.replace("component = ", "komponent = "));
    assert!(why.contains("line 4") && why.contains("unknown field `komponent`"), "{why}");
    let why = refused(&format!("interval = \"15s\"\n{LEAST}"));
    assert!(why.contains("line 1") && why.contains("unknown field `interval`"), "{why}");
    let why = refused(&format!("{LEAST}\n[listen]\nport = 1\n"));
    assert!(why.contains("line 13") && why.contains("unknown field `port`"), "{why}");
}

#[test]
fn a_wrong_unit_is_refused_with_its_line() {
    for (text, line, what) in [
        ("step = \"15 parsecs\"", "line 1", "ends with ms, s, m, h or d; was \"15 parsecs\""),
        ("step = \"15\"", "line 1", "ends with ms, s, m, h or d"),
        ("step = 15", "line 1", "expected a string"),
        ("step = \"-5s\"", "line 1", "ends with ms"),
        ("listen = { max_body = \"4MB\" }", "line 1", "ends with B, KiB, MiB or GiB; was \"4MB\""),
        ("listen = { address = \"localhost\" }", "line 1", "socket address"),
    ] {
        let why = refused(&format!("{text}\n{LEAST}"));
        assert!(why.contains(line) && why.contains(what), "{text}: {why}");
    }
    let why = refused(&LEAST.replace("5*\"}", "5*}"));
    assert!(why.contains("line 10") && why.contains("no selector of series"), "{why}");
}

#[test]
fn what_does_not_fit_together_is_told_by_name() {
    for (from, to, what) in [
        ("objective = 0.02", "objective = 2", "symptom \"users\": objective must be in (0, 1)"),
        ("objective = 0.02\n", "", "symptom \"users\": objective is missing"),
        ("bad = ", "spans = 'edge' #", "symptom \"users\": it goes by"),
        ("bad = ", "#", "symptom \"users\": all and bad go together"),
        ("name = \"users\"", "name = \"\"", "name must not be empty"),
        ("name = \"users\"", "name = \"users\"\nabove = 1.0", "above, below and instance are for"),
        (
            "[[scrape]]\nurl = \"http://127.0.0.1:9100/metrics\"\ncomponent = \"node\"",
            "",
            "there is no source",
        ),
    ] {
        let why = refused(&LEAST.replace(from, to));
        assert!(why.contains(what), "{to}: {why}");
    }
    let twice = format!("{LEAST}\n{}", &LEAST[LEAST.find("[[symptom]]").unwrap()..]);
    assert!(refused(&twice).contains("symptom \"users\" is there twice"));
    let limit = "name = \"queue\"\ncomponent = \"cart\"\nmetric = \"depth\"";
    let signal = format!("[[symptom]]\n{limit}\n{LEAST}");
    assert!(refused(&signal).contains("one of above and below"));
    Configuration::parse(&signal.replace(limit, &format!("{limit}\nabove = 10.0"))).unwrap();
    // Too short a step is found only when all is put together.
    assert!(refused(&format!("step = \"10ms\"\n{LEAST}")).contains("step must be from 100ms to 1h"));
}

#[test]
fn a_missing_file_is_told_by_its_key() {
    let folder = std::env::temp_dir().join(format!("evenkeel-agent-files-{}", std::process::id()));
    fs::create_dir_all(&folder).unwrap();
    let path = folder.join("agent.toml");
    let missing = Configuration::read(&path).unwrap_err().to_string();
    assert!(missing.contains("agent.toml: No such file"), "{missing}");
    for (key, text) in [
        ("runbook", format!("runbook = \"/nowhere/runbook.toml\"\n{LEAST}")),
        (
            "scrape.authorization_file",
            LEAST.replace("component", "authorization_file = \"/nowhere/x\"\ncomponent"),
        ),
        (
            "alertmanager.authorization_file",
            format!("{LEAST}\n[alertmanager]\nurl = \"http://h:1\"\nauthorization_file = \"/nowhere/x\"\n"),
        ),
    ] {
        fs::write(&path, text).unwrap();
        let why = Configuration::read(&path).unwrap_err().to_string();
        assert!(why.contains(key) && why.contains("/nowhere/") && why.contains("No such file"), "{why}");
    }
    fs::write(folder.join("book.toml"), "rules = 1\n").unwrap();
    fs::write(&path, format!("runbook = \"{}\"\n{LEAST}", folder.join("book.toml").display())).unwrap();
    let why = Agent::new(&Configuration::read(&path).unwrap()).unwrap_err().to_string();
    assert!(why.contains("runbook: ") && why.contains("line 1"), "{why}");
    fs::remove_dir_all(&folder).unwrap();
}
