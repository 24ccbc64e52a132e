//! Spans and log lines, which localizers read beside metrics.

use crate::observer::Observer;
use core::time::Duration;
use evenkeel_core::{At, Name, Stage, Timestamp, Transition};
use evenkeel_locate::traces::Span;
use evenkeel_stats::sequential::RateEvidence;

impl<M, T> Observer<M, T>
where
    M: Stage<At<f64>, Output = Transition> + Clone,
    T: Stage<(u64, u64), Output = RateEvidence> + Clone,
{
    /// A span ended: evidence for the localizer, which compares the traces of an incident with those before it.
    /// Spans are best given in whole traces, for of those that are too many whole ones are left out; in which
    /// order makes no difference. They are kept as long as metrics are, and not in the [state](Self::state).
    /// Spans make no [calls](Self::call): who reports both tells of both.
    ///
    /// ```
    /// use core::time::Duration;
    /// use evenkeel_core::Timestamp;
    /// use evenkeel_keeper::{Event, Observer, Symptom};
    /// use evenkeel_locate::traces::Span;
    ///
    /// let builder = Observer::builder(Symptom::requests("users", 0.02)?);
    /// let mut observer = builder.step(Duration::from_secs(1)).evidence(Duration::from_secs(8)).build()?;
    /// let mut blamed = None;
    /// for second in 0..200_i64 {
    ///     let now = Timestamp::from_seconds(second);
    ///     let broken = second >= 150;
    ///     // Nothing is known but traces: from the 150th second on the store takes 400 ms instead of 20.
    ///     let took = if broken { 400 } else { 20 };
    ///     let begun = now.as_nanos() - 1_000_000_000;
    ///     let ms = |from: i64, to: i64| (begun + 1_000_000 * from, begun + 1_000_000 * to);
    ///     let trace = second.to_string();
    ///     observer.span(Span::new("1", None, "edge", "GET /", ms(0, took + 9)).in_trace(&trace));
    ///     observer.span(Span::new("2", Some("1"), "store", "query", ms(5, took + 5)).in_trace(&trace));
    ///     observer.request(now, if broken { 60 } else { 100 }, if broken { 40 } else { 0 });
    ///     for event in observer.tick(now) {
    ///         if let Event::Opened { diagnosis, .. } = event {
    ///             blamed = Some(diagnosis.causes()[0].component.clone());
    ///         }
    ///     }
    /// }
    /// assert_eq!(blamed.unwrap(), "store");
    /// # Ok::<(), evenkeel_core::Error>(())
    /// ```
    pub fn span(&mut self, span: Span) {
        let Some(oldest) = self.oldest_kept(span.ended()).filter(|_| span.began() <= span.ended()) else {
            self.state.dropped.spans = self.state.dropped.spans.saturating_add(1);
            return;
        };
        let left_out = match self.settings.max_spans {
            0 => 1,
            most => self.state.spans.add(span, oldest, most),
        };
        self.state.dropped.spans = self.state.dropped.spans.saturating_add(left_out as u64);
    }

    /// A component, or an instance of it, wrote a line to its log, in this trace if that is known: evidence for
    /// the localizer, which finds templates that are new, missing, or written at another rate than before an
    /// incident. To be given in the order of time, more or less. Lines are kept as long as metrics are, by
    /// their templates, and not in the [state](Self::state).
    pub fn log(&mut self, at: Timestamp, component: impl Into<Name>, trace: Option<&str>, text: &str) {
        let Some(oldest) = self.oldest_kept(at) else {
            self.state.dropped.lines = self.state.dropped.lines.saturating_add(1);
            return;
        };
        let component = component.into();
        let component = self.state.members.component(&component).clone();
        let left_out = match self.settings.max_lines {
            0 => 1,
            most => self.state.lines.add(at, component, trace, text, (oldest, most)),
        };
        self.state.dropped.lines = self.state.dropped.lines.saturating_add(left_out as u64);
    }

    /// Since when spans and lines are kept, if one of this time is: not of a time that is over, nor of one
    /// that lies more than a step ahead of the last tick. Before the first tick that is not known.
    fn oldest_kept(&self, at: Timestamp) -> Option<Timestamp> {
        let Some(now) = self.state.clock.now() else { return Some(Timestamp::MIN) };
        let oldest = now - self.length();
        (oldest <= at && at <= now + self.settings.step).then_some(oldest)
    }

    /// How long metrics are kept.
    fn length(&self) -> Duration {
        self.settings.step.saturating_mul(u32::try_from(self.settings.rows).unwrap_or(u32::MAX))
    }

    /// Forgets spans and lines whose time is over, a few times within the time that they are kept.
    pub(crate) fn expire_spans_and_lines(&mut self, now: Timestamp) {
        let length = self.length();
        if self.state.expired_at.is_some_and(|last| now.since(last) < length / 8) {
            return;
        }
        let oldest = now - length;
        self.state.spans.expire(oldest, self.settings.max_spans);
        self.state.lines.expire(oldest, self.settings.max_lines);
        self.state.expired_at = Some(now);
    }
}
