//! A service that watches itself.

#[path = "../examples/embedded.rs"]
mod service;

#[test]
fn a_service_of_axum_finds_its_fault_and_counts_every_request() {
    let outcome = service::run().unwrap();
    assert!(outcome.found, "{outcome:?}");
    assert!(outcome.answered > 100, "{outcome:?}");
    assert_eq!((outcome.traced, outcome.counted), (outcome.answered, outcome.answered));
}
