//! A service that does what it is told, and a control that keeps books.

use core::pin::Pin;
use core::task::{Context, Poll, Waker};
use evenkeel_core::Timestamp;
use evenkeel_experience::traffic::{AdmissionControl, CallInfo, CallOutcome, Refusal, RefusalReason};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU32, Ordering};
use tower::Service;

/// What a call is to do: what happens in each step of it.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Script {
    /// So many times readiness is pending before it comes.
    pub(super) ready_after: u32,
    pub(super) readiness_fails: bool,
    /// So many times the result is pending before it comes.
    pub(super) done_after: u32,
    pub(super) fails: bool,
    pub(super) panics: Option<Where>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Where {
    Readiness,
    Call,
    Response,
}

/// How often the service was asked for its readiness, called, and how many calls are in it now.
#[derive(Debug, Default)]
pub(super) struct Counts {
    pub(super) asked: AtomicU32,
    pub(super) called: AtomicU32,
    pub(super) inside: AtomicU32,
    pub(super) most_inside: AtomicU32,
}

/// Follows one script in every call.
#[derive(Debug, Clone)]
pub(super) struct Scripted {
    script: Script,
    asked: u32,
    pub(super) counts: Arc<Counts>,
}

impl Scripted {
    pub(super) fn new(script: Script) -> Self {
        Self { script, asked: 0, counts: Arc::default() }
    }
}

/// No unwinding message: a panic is what is tested.
fn panic_quietly() -> ! {
    std::panic::resume_unwind(Box::new("as told"))
}

impl Service<()> for Scripted {
    type Response = &'static str;
    type Error = &'static str;
    type Future = ScriptedCall;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), &'static str>> {
        self.counts.asked.fetch_add(1, Ordering::Relaxed);
        if self.script.panics == Some(Where::Readiness) {
            panic_quietly();
        }
        self.asked += 1;
        if self.asked <= self.script.ready_after {
            Poll::Pending
        } else if self.script.readiness_fails {
            Poll::Ready(Err("not ready"))
        } else {
            Poll::Ready(Ok(()))
        }
    }

    fn call(&mut self, (): ()) -> ScriptedCall {
        self.counts.called.fetch_add(1, Ordering::Relaxed);
        if self.script.panics == Some(Where::Call) {
            panic_quietly();
        }
        let inside = self.counts.inside.fetch_add(1, Ordering::Relaxed) + 1;
        self.counts.most_inside.fetch_max(inside, Ordering::Relaxed);
        ScriptedCall { script: self.script, polled: 0, counts: Arc::clone(&self.counts) }
    }
}

#[derive(Debug)]
pub(super) struct ScriptedCall {
    script: Script,
    polled: u32,
    counts: Arc<Counts>,
}

impl Future for ScriptedCall {
    type Output = Result<&'static str, &'static str>;

    fn poll(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Self::Output> {
        if self.script.panics == Some(Where::Response) {
            panic_quietly();
        }
        self.polled += 1;
        if self.polled <= self.script.done_after {
            Poll::Pending
        } else {
            Poll::Ready(if self.script.fails { Err("failed") } else { Ok("done") })
        }
    }
}

impl Drop for ScriptedCall {
    fn drop(&mut self) {
        self.counts.inside.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Admits up to a number of calls, and insists that each permit comes back once.
#[derive(Debug)]
pub(super) struct Books {
    most: usize,
    next: u64,
    out: BTreeMap<u64, ()>,
    pub(super) refused: u64,
    pub(super) ended: BTreeMap<&'static str, u64>,
    /// If set, the calls inside the service when a permit comes back must be those with a permit.
    pub(super) inside: Option<Arc<Counts>>,
}

impl Books {
    pub(super) fn new(most: usize) -> Self {
        Self { most, next: 0, out: BTreeMap::new(), refused: 0, ended: BTreeMap::new(), inside: None }
    }

    pub(super) fn out(&self) -> usize {
        self.out.len()
    }

    pub(super) fn admitted(&self) -> u64 {
        self.next
    }

    pub(super) fn ended(&self, outcome: &str) -> u64 {
        self.ended.get(outcome).copied().unwrap_or(0)
    }
}

/// Neither `Copy` nor `Clone`, and its drop gives nothing back.
#[derive(Debug)]
pub(super) struct Numbered(u64);

impl AdmissionControl for Books {
    type Permit = Numbered;

    fn admit(&mut self, _: Timestamp, _: &CallInfo) -> Result<Numbered, Refusal> {
        if self.out.len() >= self.most {
            self.refused += 1;
            return Err(Refusal::new(RefusalReason::Other("full")));
        }
        let permit = Numbered(self.next);
        self.next += 1;
        self.out.insert(permit.0, ());
        Ok(permit)
    }

    fn finish(&mut self, _: Timestamp, permit: Numbered, outcome: CallOutcome) {
        assert!(self.out.remove(&permit.0).is_some(), "{permit:?} came back twice");
        if let Some(counts) = &self.inside {
            assert!(counts.inside.load(Ordering::Relaxed) as usize <= self.out.len());
        }
        let name = match outcome {
            CallOutcome::Success => "success",
            CallOutcome::Failure => "failure",
            CallOutcome::Overloaded => "overloaded",
            _ => "ignored",
        };
        *self.ended.entry(name).or_default() += 1;
    }
}

/// Polls once, without a runtime.
pub(super) fn poll<F: Future>(future: Pin<&mut F>) -> Poll<F::Output> {
    future.poll(&mut Context::from_waker(Waker::noop()))
}

/// Polls until there is a result.
pub(super) fn finish<F: Future>(future: F) -> F::Output {
    let mut future = core::pin::pin!(future);
    loop {
        if let Poll::Ready(result) = poll(future.as_mut()) {
            return result;
        }
    }
}

/// A clock that tests set, in milliseconds.
#[derive(Debug, Clone, Default)]
pub(super) struct SetClock(Arc<AtomicI64>);

impl SetClock {
    pub(super) fn advance(&self, millis: i64) {
        self.0.fetch_add(millis, Ordering::Relaxed);
    }

    pub(super) fn reading(&self) -> impl Fn() -> Timestamp + Send + Sync + 'static {
        let millis = Arc::clone(&self.0);
        move || Timestamp::from_millis(millis.load(Ordering::Relaxed))
    }
}
