//! The service that the layer makes.

use super::admission_error::AdmissionError;
use super::admission_future::AdmissionFuture;
use super::classify::{Alike, ByResult, Classify, Describe};
use super::lease::{Lease, Shared};
use crate::traffic::admission_control::AdmissionControl;
use alloc::sync::Arc;
use core::fmt;
use core::task::{Context, Poll};
use tower_service::Service;

/// A service of which an [`AdmissionControl`] decides on each call; made by
/// [`AdmissionLayer`](super::AdmissionLayer). Clones share the control.
pub struct AdmissionService<S, A, K = ByResult, D = Alike> {
    inner: S,
    shared: Arc<Shared<A>>,
    classify: K,
    describe: D,
}

impl<S, A, K, D> AdmissionService<S, A, K, D> {
    pub(super) fn new(inner: S, shared: Arc<Shared<A>>, classify: K, describe: D) -> Self {
        Self { inner, shared, classify, describe }
    }

    /// The service in it.
    pub fn get_ref(&self) -> &S {
        &self.inner
    }

    /// The service in it.
    pub fn into_inner(self) -> S {
        self.inner
    }

    /// Looks at the control, or changes it. No call is decided on meanwhile.
    pub fn with_control<T>(&self, look: impl FnOnce(&mut A) -> T) -> T {
        look(&mut self.shared.lock())
    }
}

impl<S: Clone, A, K: Clone, D: Clone> Clone for AdmissionService<S, A, K, D> {
    fn clone(&self) -> Self {
        Self {
            inner: self.inner.clone(),
            shared: Arc::clone(&self.shared),
            classify: self.classify.clone(),
            describe: self.describe.clone(),
        }
    }
}

impl<S: fmt::Debug, A, K, D> fmt::Debug for AdmissionService<S, A, K, D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AdmissionService").field("inner", &self.inner).finish_non_exhaustive()
    }
}

impl<R, S, A, K, D> Service<R> for AdmissionService<S, A, K, D>
where
    S: Service<R> + Clone,
    A: AdmissionControl,
    K: Classify<S::Response, S::Error> + Clone,
    D: Describe<R>,
{
    type Response = S::Response;
    type Error = AdmissionError<S::Error>;
    type Future = AdmissionFuture<S, R, A, K>;

    /// Always ready: the inner service is asked under the permit of a call.
    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: R) -> Self::Future {
        let info = self.describe.describe(&request);
        let lease = Lease::new(Arc::clone(&self.shared));
        AdmissionFuture::new(self.inner.clone(), request, lease, info, self.classify.clone())
    }
}
