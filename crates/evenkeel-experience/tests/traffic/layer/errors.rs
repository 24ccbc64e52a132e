//! The error of the layer.

use core::time::Duration;
use evenkeel_experience::traffic::layer::AdmissionError;
use evenkeel_experience::traffic::{Refusal, RefusalReason};
use std::error::Error;
use std::io;

fn refused<E>() -> AdmissionError<E> {
    AdmissionError::Refused(Refusal::retry_after(RefusalReason::CircuitOpen, Duration::from_millis(1500)))
}

#[test]
fn it_names_the_cause_and_keeps_the_inner_error() {
    let text = "refused: the circuit breaker is open; retry after 1.5 s";
    assert_eq!(refused::<io::Error>().to_string(), text);
    let inner = || AdmissionError::Inner(io::Error::new(io::ErrorKind::TimedOut, "too late"));
    assert_eq!(inner().to_string(), "too late");
    assert_eq!(inner().into_inner().unwrap().kind(), io::ErrorKind::TimedOut);
    assert!(inner().refusal().is_none() && refused::<io::Error>().into_inner().is_none());
    let as_error: &dyn Error = &refused::<io::Error>();
    assert!(as_error.source().is_none());
}

#[test]
fn boxed_it_is_one_of_both() {
    type Boxed = Box<dyn Error + Send + Sync>;
    let boxed = refused::<Boxed>().into_boxed();
    assert_eq!(boxed.downcast_ref::<Refusal>().unwrap().reason, RefusalReason::CircuitOpen);
    let inner = AdmissionError::Inner(Boxed::from(io::Error::from(io::ErrorKind::NotFound))).into_boxed();
    assert_eq!(inner.downcast_ref::<io::Error>().unwrap().kind(), io::ErrorKind::NotFound);
}
