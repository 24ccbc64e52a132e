//! A call under way.

use super::admission_error::AdmissionError;
use super::classify::Classify;
use super::lease::Lease;
use crate::traffic::admission_control::{AdmissionControl, CallInfo};
use core::fmt;
use core::future::Future;
use core::pin::Pin;
use core::task::{Context, Poll, ready};
use pin_project_lite::pin_project;
use tower_service::Service;

pin_project! {
    /// A call of an [`AdmissionService`](super::AdmissionService). Nothing happens before it is polled.
    #[must_use = "futures do nothing unless polled"]
    pub struct AdmissionFuture<S, R, A, K>
    where
        S: Service<R>,
        A: AdmissionControl,
    {
        #[pin]
        state: State<S, R, S::Future>,
        // After the state, so that it is dropped after it: a place is not free before the work in it has ended.
        lease: Lease<A>,
        info: CallInfo,
        classify: K,
    }
}

pin_project! {
    #[project = StateProjection]
    enum State<S, R, F> {
        Waiting { inner: S, request: Option<R> },
        Calling { #[pin] call: F },
        Ended,
    }
}

impl<S: Service<R>, R, A: AdmissionControl, K> AdmissionFuture<S, R, A, K> {
    pub(super) fn new(inner: S, request: R, lease: Lease<A>, info: CallInfo, classify: K) -> Self {
        Self { state: State::Waiting { inner, request: Some(request) }, lease, info, classify }
    }
}

impl<S, R, F: Future<Output = Result<S::Response, S::Error>>> State<S, R, F>
where
    S: Service<R, Future = F>,
{
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        loop {
            let call = match self.as_mut().project() {
                StateProjection::Waiting { inner, request } => match ready!(inner.poll_ready(cx)) {
                    Ok(()) => inner.call(request.take().expect("a call that panicked is not polled again")),
                    Err(error) => return Poll::Ready(Err(error)),
                },
                StateProjection::Calling { call } => return call.poll(cx),
                StateProjection::Ended => panic!("polled after it ended"),
            };
            self.set(Self::Calling { call });
        }
    }
}

/// # Panics
/// If it is polled after it gave its result or panicked.
impl<S, R, A, K> Future for AdmissionFuture<S, R, A, K>
where
    S: Service<R>,
    A: AdmissionControl,
    K: Classify<S::Response, S::Error>,
{
    type Output = Result<S::Response, AdmissionError<S::Error>>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut this = self.project();
        let is_new = matches!(*this.state, State::Waiting { .. }) && !this.lease.is_held();
        if is_new && let Err(refusal) = this.lease.take(this.info) {
            this.state.set(State::Ended);
            return Poll::Ready(Err(AdmissionError::Refused(refusal)));
        }
        // What a panic from here on leaves behind says that the call failed.
        this.lease.is_running = true;
        let Poll::Ready(result) = this.state.as_mut().poll(cx) else {
            this.lease.is_running = false;
            return Poll::Pending;
        };
        let outcome = this.classify.classify(&result);
        this.state.set(State::Ended);
        this.lease.give_back(outcome);
        Poll::Ready(result.map_err(AdmissionError::Inner))
    }
}

impl<S: Service<R>, R, A: AdmissionControl, K> fmt::Debug for AdmissionFuture<S, R, A, K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AdmissionFuture").field("lease", &self.lease).finish_non_exhaustive()
    }
}
