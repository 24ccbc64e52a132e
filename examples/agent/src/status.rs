//! What the loop and the server tell each other.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// What the loop and the server tell each other.
#[derive(Debug)]
pub(crate) struct Status {
    step: Duration,
    inner: Mutex<Inner>,
}

#[derive(Debug)]
struct Inner {
    /// The page of metrics as of the last turn, and when that was.
    page: String,
    turned: Instant,
    /// Answers by route and status.
    answers: BTreeMap<(&'static str, u16), u64>,
}

impl Status {
    pub(crate) fn new(step: Duration) -> Self {
        let inner = Inner { page: String::new(), turned: Instant::now(), answers: BTreeMap::new() };
        Self { step, inner: Mutex::new(inner) }
    }

    fn with<R>(&self, f: impl FnOnce(&mut Inner) -> R) -> R {
        f(&mut self.inner.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// The loop has turned.
    pub(crate) fn turned(&self, page: String) {
        self.with(|inner| (inner.page, inner.turned) = (page, Instant::now()));
    }

    pub(crate) fn answered(&self, route: &'static str, status: u16) {
        self.with(|inner| *inner.answers.entry((route, status)).or_default() += 1);
    }

    /// Whether the loop turns: at the latest four steps ago, or ten seconds.
    pub(crate) fn is_alive(&self) -> bool {
        let limit = (4 * self.step).max(Duration::from_secs(10));
        self.with(|inner| inner.turned.elapsed() <= limit)
    }

    /// The page of metrics.
    pub(crate) fn page(&self) -> String {
        self.with(|inner| {
            let mut page = inner.page.clone();
            page.push_str("# TYPE evenkeel_agent_http_answers_total counter\n");
            for ((route, status), n) in &inner.answers {
                page += &format!(
                    "evenkeel_agent_http_answers_total{{route=\"{route}\",status=\"{status}\"}} {n}\n"
                );
            }
            page
        })
    }
}
