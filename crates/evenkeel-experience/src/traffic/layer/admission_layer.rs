//! The layer.

use super::admission_service::AdmissionService;
use super::classify::{Alike, ByResult};
use super::clock::Clock;
use super::lease::Shared;
use crate::traffic::sync::Mutex;
use alloc::sync::Arc;
use core::fmt;
use evenkeel_core::Timestamp;
use std::boxed::Box;
use tower_layer::Layer;

/// A `tower::Layer` that asks an [`AdmissionControl`](crate::traffic::AdmissionControl) about each call, and
/// tells it how the call ended. See the [module](super) for who shares it, and when permits are held.
///
/// Clones share the control. A decision takes two readings of the clock and two short locks beside what the
/// control needs; it allocates nothing.
pub struct AdmissionLayer<A, K = ByResult, D = Alike> {
    shared: Arc<Shared<A>>,
    classify: K,
    describe: D,
}

impl<A> AdmissionLayer<A> {
    /// With the time from `std::time::Instant`.
    #[must_use]
    pub fn new(control: A) -> Self {
        Self::with(control, Clock::monotone())
    }

    /// With another clock, which should not run backwards.
    ///
    /// ```
    /// use evenkeel_core::Timestamp;
    /// use evenkeel_experience::traffic::CircuitBreaker;
    /// use evenkeel_experience::traffic::layer::AdmissionLayer;
    /// use std::sync::Arc;
    /// use std::sync::atomic::{AtomicI64, Ordering};
    ///
    /// let seconds = Arc::new(AtomicI64::new(0));
    /// let clock = Arc::clone(&seconds);
    /// let breaker = CircuitBreaker::builder().build()?;
    /// let _layer = AdmissionLayer::with_clock(breaker, move || {
    ///     Timestamp::from_seconds(clock.load(Ordering::Relaxed))
    /// });
    /// seconds.store(30, Ordering::Relaxed);
    /// # Ok::<(), evenkeel_core::Error>(())
    /// ```
    #[must_use]
    pub fn with_clock(control: A, now: impl Fn() -> Timestamp + Send + Sync + 'static) -> Self {
        Self::with(control, Clock::Custom(Box::new(now)))
    }

    fn with(control: A, clock: Clock) -> Self {
        let shared = Arc::new(Shared { control: Mutex::new(control), clock });
        Self { shared, classify: ByResult, describe: Alike }
    }
}

impl<A, K, D> AdmissionLayer<A, K, D> {
    /// With what tells how a call ended: a [`Classify`](super::Classify), such as a closure that takes
    /// `&Result<Response, Error>`. Asked once for each call that ends. The control stays shared.
    #[must_use]
    pub fn classify<K2>(self, classify: K2) -> AdmissionLayer<A, K2, D> {
        AdmissionLayer { shared: self.shared, classify, describe: self.describe }
    }

    /// With what tells cost, priority and key of a request: a [`Describe`](super::Describe), such as a
    /// closure that takes `&Request`. Asked once for each call. The control stays shared.
    #[must_use]
    pub fn describe<D2>(self, describe: D2) -> AdmissionLayer<A, K, D2> {
        AdmissionLayer { shared: self.shared, classify: self.classify, describe }
    }

    /// Looks at the control, or changes it. No call is decided on meanwhile.
    pub fn with_control<T>(&self, look: impl FnOnce(&mut A) -> T) -> T {
        look(&mut self.shared.lock())
    }
}

impl<A, K: Clone, D: Clone> Clone for AdmissionLayer<A, K, D> {
    fn clone(&self) -> Self {
        Self {
            shared: Arc::clone(&self.shared),
            classify: self.classify.clone(),
            describe: self.describe.clone(),
        }
    }
}

impl<A, K, D> fmt::Debug for AdmissionLayer<A, K, D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AdmissionLayer").field("clock", &self.shared.clock).finish_non_exhaustive()
    }
}

impl<S, A, K: Clone, D: Clone> Layer<S> for AdmissionLayer<A, K, D> {
    type Service = AdmissionService<S, A, K, D>;

    fn layer(&self, inner: S) -> Self::Service {
        AdmissionService::new(inner, Arc::clone(&self.shared), self.classify.clone(), self.describe.clone())
    }
}
