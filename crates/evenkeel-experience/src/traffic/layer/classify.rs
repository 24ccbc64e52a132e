//! How requests and responses are read.

use crate::traffic::admission_control::CallInfo;
use crate::traffic::call_outcome::CallOutcome;

/// What a response says about the callee; any `Fn(&Result<T, E>) -> CallOutcome` is one.
pub trait Classify<T, E> {
    /// How a call ended.
    fn classify(&self, result: &Result<T, E>) -> CallOutcome;
}

impl<T, E, F: Fn(&Result<T, E>) -> CallOutcome> Classify<T, E> for F {
    fn classify(&self, result: &Result<T, E>) -> CallOutcome {
        self(result)
    }
}

/// `Ok` is a success and `Err` a failure: the default. An HTTP response with the status 500 is `Ok`, so a
/// breaker around a client wants another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct ByResult;

impl<T, E> Classify<T, E> for ByResult {
    fn classify(&self, result: &Result<T, E>) -> CallOutcome {
        if result.is_ok() { CallOutcome::Success } else { CallOutcome::Failure }
    }
}

/// What of a request a decision depends on; any `Fn(&R) -> CallInfo` is one.
pub trait Describe<R> {
    /// The cost, priority and key of a call.
    fn describe(&self, request: &R) -> CallInfo;
}

impl<R, F: Fn(&R) -> CallInfo> Describe<R> for F {
    fn describe(&self, request: &R) -> CallInfo {
        self(request)
    }
}

/// All requests are alike: the default.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Alike;

impl<R> Describe<R> for Alike {
    fn describe(&self, _: &R) -> CallInfo {
        CallInfo::new()
    }
}
