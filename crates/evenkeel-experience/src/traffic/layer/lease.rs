//! Permits that come back exactly once.

use super::clock::Clock;
use crate::traffic::admission_control::{AdmissionControl, CallInfo, Refusal};
use crate::traffic::call_outcome::CallOutcome;
use crate::traffic::sync::{Mutex, MutexGuard, PoisonError};
use alloc::sync::Arc;
use core::fmt;

/// What all services made from one layer share.
pub(super) struct Shared<A> {
    pub(super) control: Mutex<A>,
    pub(super) clock: Clock,
}

impl<A> Shared<A> {
    /// A control that panicked in another call is used on: it may have miscounted one call, but a service
    /// that fails for good because of one call is worse.
    pub(super) fn lock(&self) -> MutexGuard<'_, A> {
        self.control.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The permit of one call, if it was admitted.
pub(super) struct Lease<A: AdmissionControl> {
    shared: Arc<Shared<A>>,
    permit: Option<A::Permit>,
    /// Whether the call is being polled. If it is dropped during that, it panicked.
    pub(super) is_running: bool,
}

impl<A: AdmissionControl> Lease<A> {
    pub(super) fn new(shared: Arc<Shared<A>>) -> Self {
        Self { shared, permit: None, is_running: false }
    }

    pub(super) fn is_held(&self) -> bool {
        self.permit.is_some()
    }

    pub(super) fn take(&mut self, call: &CallInfo) -> Result<(), Refusal> {
        let now = self.shared.clock.now();
        let permit = self.shared.lock().admit(now, call)?;
        self.permit = Some(permit);
        Ok(())
    }

    pub(super) fn give_back(&mut self, outcome: CallOutcome) {
        if let Some(permit) = self.permit.take() {
            let now = self.shared.clock.now();
            self.shared.lock().finish(now, permit, outcome);
        }
    }
}

impl<A: AdmissionControl> Drop for Lease<A> {
    fn drop(&mut self) {
        self.give_back(if self.is_running { CallOutcome::Failure } else { CallOutcome::Ignored });
    }
}

impl<A: AdmissionControl> fmt::Debug for Lease<A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Lease").field("is_held", &self.is_held()).finish_non_exhaustive()
    }
}
