//! Settings of an observer.

use crate::observer::Observer;
use crate::settings::Settings;
use crate::source::FreshnessLimits;
use crate::state::Observed;
#[cfg(feature = "serde")]
use crate::state::{State, SymptomState};
use crate::symptom::{Signs, Symptom};
use core::time::Duration;
use evenkeel_core::{At, Error, Stage, Transition};
use evenkeel_detect::monitor::DeviationMonitor;
use evenkeel_locate::Fusion;
use evenkeel_stats::sequential::{BernoulliCusum, RateEvidence};

/// Settings of an [`Observer`].
#[derive(Debug, Clone)]
#[must_use]
pub struct ObserverBuilder<M = DeviationMonitor, T = BernoulliCusum> {
    symptoms: Vec<Symptom<T>>,
    monitor: Choice<M>,
    localizer: Fusion,
    step: Duration,
    rows: usize,
    evidence: Duration,
    stale_after: Option<Duration>,
    late_after: Option<Duration>,
    stuck_after: u32,
    max_names: usize,
    max_spans: usize,
    max_lines: usize,
}

/// A monitor that was given, or how the recommended one is made for a step.
#[derive(Debug, Clone)]
enum Choice<M> {
    Given(M),
    ForStep(fn(Duration) -> Result<M, Error>),
}

impl Observer {
    /// An observer of a symptom; more can be added. Metrics are watched by a [`DeviationMonitor`].
    pub fn builder<T>(symptom: Symptom<T>) -> ObserverBuilder<DeviationMonitor, T> {
        ObserverBuilder::new(symptom)
    }
}

impl<T> ObserverBuilder<DeviationMonitor, T> {
    fn new(symptom: Symptom<T>) -> Self {
        Self {
            symptoms: vec![symptom],
            monitor: Choice::ForStep(|step| DeviationMonitor::builder(step).build()),
            localizer: Fusion::default(),
            step: Duration::from_secs(10),
            rows: 360,
            evidence: Duration::from_secs(60),
            stale_after: None,
            late_after: None,
            stuck_after: 120,
            max_names: 100_000,
            max_spans: 20_000,
            max_lines: 50_000,
        }
    }
}

impl<M, T> ObserverBuilder<M, T> {
    /// A further symptom: the requests of another route, a queue, a latency.
    pub fn symptom(mut self, symptom: Symptom<T>) -> Self {
        self.symptoms.push(symptom);
        self
    }

    /// What watches metrics: each is watched by a copy of this. Default: a [`DeviationMonitor`] for the step, which
    /// knows a metric after 30 values. Under a budget of false alarms, for metrics that have been there for 300
    /// values and more: [`Transitions`](evenkeel_detect::monitor::Transitions) of a
    /// [`Monitor`](evenkeel_detect::Monitor).
    pub fn monitor<N: Stage<At<f64>, Output = Transition> + Clone>(
        self,
        monitor: N,
    ) -> ObserverBuilder<N, T> {
        ObserverBuilder {
            symptoms: self.symptoms,
            monitor: Choice::Given(monitor),
            localizer: self.localizer,
            step: self.step,
            rows: self.rows,
            evidence: self.evidence,
            stale_after: self.stale_after,
            late_after: self.late_after,
            stuck_after: self.stuck_after,
            max_names: self.max_names,
            max_spans: self.max_spans,
            max_lines: self.max_lines,
        }
    }

    /// What finds causes. Default: [`Fusion::default`]. A localizer of your own joins others by
    /// [`Fusion::with`].
    pub fn localizer(mut self, localizer: Fusion) -> Self {
        self.localizer = localizer;
        self
    }

    /// The grid on which metrics are kept, as they are scraped; from 1 ms to 366 days. Default 10 s.
    pub fn step(mut self, step: Duration) -> Self {
        self.step = step;
        self
    }

    /// How many steps are kept, in [20, 100,000]. Default 360.
    pub fn rows(mut self, rows: usize) -> Self {
        self.rows = rows;
        self
    }

    /// How long evidence is gathered, from when an objective was breached, until the first diagnosis. Default
    /// 60 s.
    pub fn evidence(mut self, length: Duration) -> Self {
        self.evidence = length;
        self
    }

    /// After so long without a value a source is stale, or after three times its own rhythm, if that is
    /// longer. Default three steps.
    pub fn stale_after(mut self, length: Duration) -> Self {
        self.stale_after = Some(length);
        self
    }

    /// A value that is older when it arrives is late. Requests that are so much older than the newest neither
    /// trigger nor verify. Default two steps.
    pub fn late_after(mut self, length: Duration) -> Self {
        self.late_after = Some(length);
        self
    }

    /// After so many equal values a metric that used to vary rests, and a source all of whose metrics rest,
    /// none of them at zero, is unreliable; at least 2. Default 120.
    pub fn stuck_after(mut self, values: u32) -> Self {
        self.stuck_after = values;
        self
    }

    /// How many names are kept at most, of signals, pairs of callers and callees, and instances together;
    /// what comes under more is counted and dropped, and that is [said](crate::Event::Full) once. Default
    /// 100,000.
    pub fn max_names(mut self, names: usize) -> Self {
        self.max_names = names;
        self
    }

    /// How many [spans](Observer::span) are kept at most, some 300 bytes each; of more whole traces are left
    /// out, evenly. 0 to keep none. Default 20,000.
    pub fn max_spans(mut self, spans: usize) -> Self {
        self.max_spans = spans;
        self
    }

    /// How many [log lines](Observer::log) are kept at most, some 40 bytes each; of more those of whole traces
    /// are left out, evenly, and as large a part of those without one. 0 to keep none. Default 50,000.
    pub fn max_lines(mut self, lines: usize) -> Self {
        self.max_lines = lines;
        self
    }
}

impl<M, T> ObserverBuilder<M, T>
where
    M: Stage<At<f64>, Output = Transition> + Clone,
    T: Stage<(u64, u64), Output = RateEvidence> + Clone,
{
    /// The observer.
    ///
    /// # Errors
    /// If a setting is out of its range, or two symptoms have the same name or the same signal.
    pub fn build(self) -> Result<Observer<M, T>, Error> {
        Error::require((20..=100_000).contains(&self.rows), "rows", "in [20, 100,000]", self.rows)?;
        Error::require(self.stuck_after >= 2, "stuck_after", "at least 2", self.stuck_after)?;
        // The step is checked first, for the monitor is made for it.
        evenkeel_locate::History::new(self.step, self.rows)?;
        let monitor = match self.monitor {
            Choice::Given(monitor) => monitor,
            Choice::ForStep(make) => make(self.step)?,
        };
        for (place, symptom) in self.symptoms.iter().enumerate() {
            let before = &self.symptoms[..place];
            let is_new = before.iter().all(|other| other.name != symptom.name);
            Error::require(is_new, "symptom", "of a name of its own", &symptom.name)?;
            let signal = signal(symptom);
            let is_new = signal.is_none() || before.iter().all(|other| signal != self::signal(other));
            Error::require(is_new, "symptom", "of a signal of its own", &symptom.name)?;
        }
        let limits = FreshnessLimits {
            stale_after: self.stale_after.unwrap_or(3 * self.step),
            late_after: self.late_after.unwrap_or(2 * self.step),
            stuck_after: self.stuck_after,
        };
        let symptoms = self.symptoms.iter().map(observed).collect();
        let settings = Settings {
            monitor,
            symptoms,
            localizer: self.localizer,
            limits,
            step: self.step,
            rows: self.rows,
            evidence: self.evidence,
            max_names: self.max_names,
            max_spans: self.max_spans,
            max_lines: self.max_lines,
        };
        Observer::assemble(settings, self.symptoms)
    }

    /// An observer with these settings that goes on where a state was saved. To be brought in line with its
    /// machine by [`Observer::resume`].
    ///
    /// # Errors
    /// Those of [`build`](Self::build), and if the state is of another step, number of rows, or list of
    /// symptoms: their names, signals, limits and triggers.
    #[cfg(feature = "serde")]
    pub fn restore(self, state: State<M, T>) -> Result<Observer<M, T>, Error>
    where
        T: PartialEq,
    {
        let fresh = self.build()?;
        let (history, rows) = (&state.history, fresh.settings.rows);
        let step = fresh.settings.step;
        Error::require(history.step() == step, "step", "that of the state", format_args!("{step:?}"))?;
        Error::require(history.rows() == rows, "rows", "those of the state", rows)?;
        let names = |state: &State<M, T>| -> Vec<_> {
            state.symptoms.iter().map(|symptom| symptom.followed.name.clone()).collect()
        };
        let settings = |state: &State<M, T>| -> Vec<_> {
            let trigger = |symptom: &SymptomState<T>| symptom.followed.fresh_trigger();
            state.symptoms.iter().map(|symptom| (symptom.observed.clone(), trigger(symptom))).collect()
        };
        let same = names(&state) == names(&fresh.state) && settings(&state) == settings(&fresh.state);
        Error::require(
            same,
            "symptoms",
            "those of the state, in its order, with its settings",
            format_args!("{:?}", names(&fresh.state)),
        )?;
        Ok(Observer { settings: fresh.settings, state })
    }
}

fn signal<T>(symptom: &Symptom<T>) -> Option<&evenkeel_core::Signal> {
    match &symptom.signs {
        Signs::Requests(_) => None,
        Signs::Events(signal, _) | Signs::Limit(signal, ..) => Some(signal),
    }
}

fn observed<T>(symptom: &Symptom<T>) -> Observed {
    let at = symptom.at.clone();
    match &symptom.signs {
        Signs::Requests(_) => Observed::Requests { at, misses_traffic: symptom.misses_traffic },
        Signs::Events(signal, direction) => {
            Observed::Events { at, signal: signal.clone(), direction: *direction }
        }
        Signs::Limit(signal, direction, limit, _) => {
            let (forecast, unit) = (symptom.forecast.clone().map(Box::new), symptom.unit);
            let signal = signal.clone();
            Observed::Limit { at, signal, direction: *direction, limit: *limit, forecast, unit }
        }
    }
}
