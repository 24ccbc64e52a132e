//! The command line: what is wrong is named before anything is made.

#![expect(clippy::disallowed_types, reason = "the tests start the gate; the gate starts nothing")]

use crate::folder::Folder;
use std::process::Command;

/// The exit status, and what is told on either stream.
fn run(arguments: &[&str]) -> (i32, String, String) {
    let done = Command::new(env!("CARGO_BIN_EXE_gatekeeper")).args(arguments).output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (done.status.code().unwrap(), text(done.stdout), text(done.stderr))
}

#[test]
fn every_command_has_help() {
    for command in ["serve", "operator", "audit", "calibrate"] {
        let (status, help, _) = run(&[command, "--help"]);
        assert!(status == 0 && help.starts_with(&format!("gatekeeper {command}")), "{help}");
        assert_eq!(run(&["help", command]).1, help);
        assert!(run(&["--help"]).1.contains(&format!("gatekeeper {command}")));
    }
}

#[test]
fn errors_name_the_option_and_nothing_is_made() {
    let folder = Folder::new("command-line");
    let state = folder.0.join("gate").display().to_string();
    let serve = ["serve", "--state", &state];
    for (more, told) in [
        (["--speed", "1001"], "--speed must be a number from 0 to 1000; it was `1001`"),
        (["--speed", "NaN"], "--speed must be"),
        (["--seed", "x"], "--seed must be"),
        (["--fault", "pool@nowhere"], "--fault: fault `pool@nowhere`"),
        (["--first-fault", "-5"], "--first-fault must be"),
        (["--proposals-per-minute", "0"], "--proposals-per-minute must be"),
        (["--http", "8700"], "--http must be ADDRESS:PORT on loopback"),
        (["--http", "0.0.0.0:0"], "`0.0.0.0:0` is 0.0.0.0:0: the gate has no way to know who calls"),
        (["--svg", "x.svg"], "`serve` takes no --svg; it takes --state"),
        (["--sped", "1"], "there is no option --sped"),
    ] {
        let (status, out, err) = run(&[&serve, more.as_slice()].concat());
        assert!(status == 2 && out.is_empty() && err.contains(told), "{more:?}: {err}");
    }
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let at = taken.local_addr().unwrap().to_string();
    assert!(run(&[&serve, ["--http", &at].as_slice()].concat()).2.contains(&format!("--http {at}: ")));
    assert!(run(&["serve"]).2.contains("`serve` needs --state DIR"));
    std::fs::write(folder.0.join("file"), "").unwrap();
    let file = folder.0.join("file").display().to_string();
    assert!(run(&["serve", "--state", &file]).2.contains(&format!("{file} is no folder")));
    assert!(
        run(&["calibrate", "--svg", "/nowhere/x.svg"]).2.contains("--svg /nowhere/x.svg: there is no folder")
    );
    assert!(!folder.0.join("gate").exists(), "nothing was made");

    let operator = |words: &[&str]| run(&[&["operator", "--state", &state], words].concat()).2;
    let told = operator(&["pending"]);
    assert!(told.contains(&format!("no gate was served from {state}")) && told.contains("--state"), "{told}");
    assert!(operator(&["approve", "0.0.0"]).contains("`approve` needs --by NAME"));
    assert!(operator(&["approve", "one", "--by", "me"]).contains("`one` is no key"));
    assert!(operator(&["advance", "x"]).contains("`advance` takes a whole number of seconds"));
    assert!(operator(&["agree"]).contains("it was `agree`"));
    assert!(operator(&["halt", "--json", "--by", "me"]).contains("--json is for `pending`"));
    let told = run(&["audit", "--state", &state]).2;
    assert!(told.contains(&state) && told.contains("nothing of a gate is there"), "{told}");
    // A gate that was stopped.
    std::fs::create_dir(folder.0.join("gate")).unwrap();
    let access = format!("{{\"address\":\"{}\",\"token\":\"x\",\"pid\":1}}", "127.0.0.1:1");
    std::fs::write(folder.0.join("gate/operator.json"), access).unwrap();
    let told = operator(&["pending"]);
    assert!(told.contains("does not answer at 127.0.0.1:1") && told.contains(&state), "{told}");
}

#[test]
fn what_waits_is_a_table_for_people() {
    use evenkeel_gatekeeper::operator::pending_table;
    assert_eq!(pending_table("[]").unwrap(), "nothing waits for a person\n");
    let one = r#"[{"key":"1.0.0","action":"roll back cart","confidence":0.9,"reason":"a \"bad\" release","ruling":"approval: x","since":"12:00:00","until":"12:10:00","proposal":2}]"#;
    let table = pending_table(one).unwrap();
    let lines: Vec<&str> = table.lines().collect();
    assert_eq!(lines[0], "KEY    ACTION          STATED  ASKED (shop's time)  TOO LATE AT");
    assert_eq!(lines[1], "1.0.0  roll back cart  0.90    12:00:00             12:10:00");
    assert_eq!(lines[2], "    its reason: \"a \\\"bad\\\" release\"");
    assert!(pending_table("no JSON").is_err());
}
