//! Shedding load by priority.

use super::admission_control::{AdmissionControl, CallInfo, Refusal, RefusalReason};
use super::call_outcome::CallOutcome;
use alloc::boxed::Box;
use alloc::vec;
use evenkeel_core::{Error, Stage, Timestamp};

/// By how much the number of admitted requests is lowered after an overloaded window.
const DECREASE: f64 = 0.05;
/// By how much of what arrives it is raised after another.
const INCREASE: f64 = 0.01;

evenkeel_core::state! {
    /// Sheds the least important requests first, and as few of them as it takes.
    ///
    /// Requests have a priority from 0 (most important) on; those below a cutoff are admitted. After each
    /// window (a second, or some thousand requests) the caller says whether the service was overloaded: then
    /// the cutoff is lowered so far that 5 % fewer of what arrived would have been admitted, by the counts of
    /// the window; else it is raised so that 1 % more would, and by one at least. Priority 0 is always
    /// admitted. Requests of one priority share a fate, so use many priorities: mix that of the business with a
    /// hash of the user, and users see the service either work or not. Source: H. Zhou et al., Overload control
    /// for scaling WeChat microservices, SoCC 2018, 149-161, doi:10.1145/3267809.3267823 (DAGOR). O(1) a
    /// request, O(priorities) a window, no allocation; 8 bytes a priority.
    ///
    /// Tell what overload is by something that means it: the time requests wait in a queue, not by the
    /// processor or the response time, which slow dependencies raise too.
    ///
    /// ```
    /// use evenkeel_core::Stage;
    /// use evenkeel_experience::traffic::PriorityShedder;
    ///
    /// let mut shedder = PriorityShedder::new(100)?;
    /// for _ in 0..100 {
    ///     let admitted = (0..1000).filter(|i| shedder.admit(i % 100)).count();
    ///     // The service can do 300 in a window.
    ///     shedder.update(admitted > 300);
    /// }
    /// assert!(shedder.cutoff() >= 25 && shedder.cutoff() <= 35);
    /// assert!(shedder.admit(0) && !shedder.admit(99));
    /// # Ok::<(), evenkeel_core::Error>(())
    /// ```
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub struct PriorityShedder("PriorityShedder@1") {
        cutoff: usize,
        arrived: Box<[u64]>,
        shed: u64,
    }
}

impl PriorityShedder {
    /// For so many priorities; all are admitted at first.
    ///
    /// # Errors
    /// If `priorities` is not from 1 to 65,536.
    pub fn new(priorities: usize) -> Result<Self, Error> {
        Error::require((1..=65_536).contains(&priorities), "priorities", "from 1 to 65,536", priorities)?;
        Ok(Self { cutoff: priorities, arrived: vec![0; priorities].into_boxed_slice(), shed: 0 })
    }

    #[cfg(feature = "serde")]
    fn validate(&self) -> Result<(), Error> {
        let priorities = self.arrived.len();
        Error::require((1..=65_536).contains(&priorities), "arrived", "of 1 to 65,536", priorities)?;
        Error::require((1..=priorities).contains(&self.cutoff), "cutoff", "from 1 to priorities", self.cutoff)
    }

    /// Whether a request is admitted. Priorities beyond the last count as the last.
    pub fn admit(&mut self, priority: usize) -> bool {
        let priority = priority.min(self.arrived.len() - 1);
        self.arrived[priority] = self.arrived[priority].saturating_add(1);
        let admitted = priority < self.cutoff;
        self.shed = self.shed.saturating_add(u64::from(!admitted));
        admitted
    }

    /// Priorities below it are admitted; at least 1.
    #[must_use]
    pub fn cutoff(&self) -> usize {
        self.cutoff
    }

    /// How many requests were shed.
    #[must_use]
    pub fn shed(&self) -> u64 {
        self.shed
    }
}

/// The input is whether the service was overloaded in the window that ends; the output the new cutoff.
impl Stage<bool> for PriorityShedder {
    type Output = usize;

    fn update(&mut self, overloaded: bool) -> Option<usize> {
        let sum = |counts: &[u64]| counts.iter().map(|n| *n as f64).sum::<f64>();
        let mut admitted = sum(&self.arrived[..self.cutoff]);
        if overloaded {
            let target = admitted * (1.0 - DECREASE);
            while self.cutoff > 1 && admitted > target {
                self.cutoff -= 1;
                admitted -= self.arrived[self.cutoff] as f64;
            }
        } else if self.cutoff < self.arrived.len() {
            let target = admitted + sum(&self.arrived) * INCREASE;
            loop {
                admitted += self.arrived[self.cutoff] as f64;
                self.cutoff += 1;
                if self.cutoff == self.arrived.len() || admitted >= target {
                    break;
                }
            }
        }
        self.arrived.fill(0);
        Some(self.cutoff)
    }

    fn reset(&mut self) {
        self.cutoff = self.arrived.len();
        self.arrived.fill(0);
        self.shed = 0;
    }
}

impl AdmissionControl for PriorityShedder {
    type Permit = ();

    fn admit(&mut self, _: Timestamp, call: &CallInfo) -> Result<(), Refusal> {
        if self.admit(call.priority) { Ok(()) } else { Err(Refusal::new(RefusalReason::Shed)) }
    }

    fn finish(&mut self, _: Timestamp, (): (), _: CallOutcome) {}
}
