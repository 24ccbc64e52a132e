//! The gate by a real client: the Python SDK, over stdio and HTTP, in the newest protocol and with a
//! handshake; and the audit from outside of what each run left.

#![expect(
    clippy::disallowed_types,
    reason = "the tests start the gate and its client; the gate starts nothing"
)]

use crate::folder::Folder;
use evenkeel_gatekeeper::audit::{Audit, read_proposals};
use std::path::{Path, PathBuf};
use std::process::Command;

/// The interpreter that has the SDK: `$GATEKEEPER_PYTHON`, or `python3`. `None`, told loudly, if it has none;
/// with `$GATEKEEPER_CLIENT_REQUIRED` that is a failure.
fn python() -> Option<PathBuf> {
    let python = std::env::var_os("GATEKEEPER_PYTHON").map_or(PathBuf::from("python3"), PathBuf::from);
    let wanted = include_str!("requirements.txt").trim().trim_start_matches("mcp==");
    let program = format!("import importlib.metadata as m, sys; sys.exit(m.version('mcp') != '{wanted}')");
    let has = Command::new(&python).args(["-c", &program]).output().is_ok_and(|done| done.status.success());
    if has {
        return Some(python);
    }
    let told = format!("{} does not have `mcp=={wanted}`: see tests/requirements.txt", python.display());
    assert!(std::env::var_os("GATEKEEPER_CLIENT_REQUIRED").is_none(), "{told}");
    eprintln!("\n*** SKIPPED, NOT TESTED BY A REAL CLIENT: {told}\n");
    None
}

fn drive(transport: &str, mode: &str) {
    let Some(python) = python() else { return };
    let folder = Folder::new(&format!("{transport}-{mode}"));
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/client.py");
    let mut client = Command::new(python);
    client.arg(script).arg(env!("CARGO_BIN_EXE_gatekeeper")).arg(&folder.0).args([transport, mode]);
    let done = client.output().unwrap();
    let (out, err) = (String::from_utf8_lossy(&done.stdout), String::from_utf8_lossy(&done.stderr));
    assert!(done.status.success(), "{out}\n{err}");
    eprint!("{out}");
    check_from_outside(&folder.0);
}

/// What the run left, compared; and that the audit can fail.
fn check_from_outside(folder: &Path) {
    let audit = Audit::of_folder(folder).unwrap();
    eprintln!("{audit}");
    assert!(audit.problems.is_empty(), "{audit}");
    assert!(audit.told >= 5 && audit.undone >= 1 && audit.refused >= 1, "{audit}");
    assert_eq!(audit.told, audit.permits, "every permit was used once");
    let proposed = read_proposals(&folder.join("proposals.jsonl")).unwrap();
    assert!(
        proposed.rulings >= proposed.proposals.len() && proposed.outcomes >= 4,
        "every ruling is written down"
    );
    let world = folder.join("world.jsonl");
    let notes = std::fs::read_to_string(&world).unwrap();
    let forged = notes.lines().next().unwrap().replace("restart store/store-1", "restart store/store-2");
    std::fs::write(&world, format!("{notes}{}\n", forged.replace("\"0.0.0\"", "\"99.0.0\""))).unwrap();
    assert_eq!(Audit::of_folder(folder).unwrap().problems.len(), 1, "a call without a permit");
    std::fs::write(&world, notes.replace("restart store/store-1", "restart store/store-2")).unwrap();
    assert!(!Audit::of_folder(folder).unwrap().problems.is_empty(), "a call of something else");
}

#[test]
fn over_stdio() {
    drive("stdio", "auto");
}

#[test]
fn over_stdio_with_a_handshake() {
    drive("stdio", "legacy");
}

#[test]
fn over_http() {
    drive("http", "auto");
}

#[test]
fn over_http_with_a_handshake() {
    drive("http", "legacy");
}
