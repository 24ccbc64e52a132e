//! A service that watches itself.

#[path = "../examples/embedded.rs"]
mod service;

use std::process::{Command, exit};

/// How the child ends that has lost nothing, and did not find the fault.
const NOT_FOUND: i32 = 3;

/// Nothing is lost, however busy the machine is. Whether the fault is found in time depends on that, so it is
/// tried up to three times, in processes of their own, as each has one recorder.
#[test]
fn a_service_of_axum_finds_its_fault_and_counts_every_request() {
    let is_found = (0..3).any(|_| {
        let mut child = Command::new(std::env::current_exe().unwrap());
        child.args(["--ignored", "--exact", "embedded::child_that_serves"]);
        let output = child.output().unwrap();
        match output.status.code() {
            Some(0) => true,
            Some(NOT_FOUND) => false,
            _ => panic!("{}", String::from_utf8_lossy(&output.stdout)),
        }
    });
    assert!(is_found);
}

#[test]
#[ignore = "the other test runs it"]
fn child_that_serves() {
    let outcome = service::run().unwrap();
    assert!(outcome.answered > 100, "{outcome:?}");
    assert_eq!((outcome.traced, outcome.counted), (outcome.answered, outcome.answered), "{outcome:?}");
    if !outcome.found {
        exit(NOT_FOUND);
    }
}
