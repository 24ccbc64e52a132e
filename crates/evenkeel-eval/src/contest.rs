//! Contests: methods on a benchmark.

use crate::detectors::{Budget, Program, Setting};
use crate::forecasters::{Forecast, Question};
use crate::suggestion::unknown;
use crate::tasks::{self, Task};
use crate::{
    BoxError, Entry, Failure, Progress, TaskResult, attributors, detectors, forecasters, localizers,
    log_parsers, monitors, segmenters,
};
use evenkeel_core::{At, Fit, Forecaster, Score, Stage};
use evenkeel_locate::attributes::{AttributeTable, Combination};
use evenkeel_locate::{Case, Localizer, Ranking};
use std::path::{Path, PathBuf};

/// Runs methods on a benchmark: the library's, to compare with, and one's own.
///
/// ```no_run
/// use evenkeel_detect::chart::EwmaChart;
/// use evenkeel_eval::Contest;
///
/// let alpha = 3.0;
/// let result = Contest::new("nab", "data/nab")?
///     .scorer("size", || |x: f64| x.abs())
///     .detector("ewma", move |_| Ok(EwmaChart::builder(0.0, alpha).build()?))
///     .run()?;
/// print!("{}", result.table());
/// result.write("today.json")?;
/// # Ok::<(), evenkeel_eval::Failure>(())
/// ```
///
/// Detectors give raw scores of at least 0, larger = more abnormal. Several outputs of each are scored: under
/// its own name the one that suits the benchmark (smoothed scores; for `nab`, each event reported once), and
/// as `NAME, raw` the scores as they are. The module of each task in [`tasks`] says which.
///
/// Every run gives the same numbers, times excepted, with any number of threads, as long as the methods
/// themselves do. A method that fails on a case, or panics, is left out of that case alone;
/// [`TaskResult::skipped`] names the case and the reason.
#[derive(Debug, Clone)]
#[must_use = "nothing happens before it is run"]
pub struct Contest {
    pub(crate) task: &'static Task,
    pub(crate) data: PathBuf,
    pub(crate) threads: usize,
    pub(crate) limit: usize,
    pub(crate) season: Option<usize>,
    pub(crate) shift: i64,
    pub(crate) evidence: Vec<EvidenceKind>,
    pub(crate) seed: u64,
    pub(crate) library: Library,
    pub(crate) entries: Vec<Entry>,
}

/// Which methods of the library take part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Library {
    /// The recommended default and what it is always compared with.
    Usual,
    /// All of them.
    All,
    /// Those of these names.
    Named(Vec<String>),
    /// None.
    Nothing,
}

impl Library {
    /// Whether the method of this name takes part; whether it is one of the usual ones depends on the task.
    pub(crate) fn includes(&self, name: &str, is_usual: bool) -> bool {
        match self {
            Self::Usual => is_usual,
            Self::All => true,
            Self::Named(names) => names.iter().any(|asked| asked == name),
            Self::Nothing => false,
        }
    }
}

/// A kind of evidence of a fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum EvidenceKind {
    /// Metrics.
    Metrics,
    /// Traces.
    Traces,
    /// Log lines.
    Logs,
}

impl EvidenceKind {
    /// All kinds.
    pub const ALL: [Self; 3] = [Self::Metrics, Self::Traces, Self::Logs];

    /// Its name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Metrics => "metrics",
            Self::Traces => "traces",
            Self::Logs => "logs",
        }
    }

    /// The kind of a name.
    #[must_use]
    pub fn by_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }
}

/// The largest time error that is accepted, in seconds: some thirty years.
const LONGEST_SHIFT: i64 = 1_000_000_000;

impl Contest {
    /// A contest in a task ([`tasks::ALL`] lists them) on a folder that holds the benchmark in its own
    /// format.
    ///
    /// # Errors
    /// If there is no such task; the reason names the likely one and all others.
    pub fn new(task: &str, data: impl Into<PathBuf>) -> Result<Self, Failure> {
        let names = tasks::ALL.iter().map(|task| task.name);
        let task = tasks::by_name(task).ok_or_else(|| unknown("task", task, names))?;
        Ok(Self {
            task,
            data: data.into(),
            threads: std::thread::available_parallelism().map_or(1, usize::from),
            limit: usize::MAX,
            season: None,
            shift: 0,
            evidence: Vec::new(),
            seed: 1,
            library: Library::Usual,
            entries: Vec::new(),
        })
    }

    /// The task.
    #[must_use]
    pub fn task(&self) -> &'static Task {
        self.task
    }

    /// The folder.
    #[must_use]
    pub fn data(&self) -> &Path {
        &self.data
    }

    /// A closure that scores one value after the other, and one that makes it: [`detectors::Entry::scorer`].
    pub fn scorer<S>(self, name: &str, build: impl Fn() -> S + Send + Sync + 'static) -> Self
    where
        S: FnMut(f64) -> f64 + Send + 'static,
    {
        self.enter(detectors::Entry::scorer(name, build))
    }

    /// A detector of one series, made anew for each series from its [`Setting`], which says how long a row is
    /// and how many rows of history come first: [`detectors::Entry::series`].
    ///
    /// ```no_run
    /// use evenkeel_core::{Score, Stage, observed};
    /// use evenkeel_eval::Contest;
    ///
    /// /// How far a value is from the one before.
    /// struct Jump(Option<f64>);
    ///
    /// impl Stage<f64> for Jump {
    ///     type Output = Score;
    ///
    ///     fn update(&mut self, x: f64) -> Option<Score> {
    ///         let x = observed(x)?;
    ///         Score::from_deviation(x - self.0.replace(x)?)
    ///     }
    ///
    ///     fn reset(&mut self) {
    ///         self.0 = None;
    ///     }
    /// }
    ///
    /// let result = Contest::new("nab", "NAB")?.detector("jump", |_| Ok(Jump(None))).run()?;
    /// print!("{}", result.table());
    /// result.skipped.iter().for_each(|skipped| println!("{skipped}"));
    /// # Ok::<(), evenkeel_eval::Failure>(())
    /// ```
    pub fn detector<D>(
        self,
        name: &str,
        build: impl Fn(&Setting) -> Result<D, BoxError> + Send + Sync + 'static,
    ) -> Self
    where
        D: Stage<f64, Output = Score> + Send + 'static,
    {
        self.enter(detectors::Entry::series(name, build))
    }

    /// A detector of rows of several columns: [`detectors::Entry::rows`].
    pub fn row_detector<D>(
        self,
        name: &str,
        build: impl Fn(&Setting, usize) -> Result<D, BoxError> + Send + Sync + 'static,
    ) -> Self
    where
        D: for<'a> Stage<&'a [f64], Output = Score> + Send + 'static,
    {
        self.enter(detectors::Entry::rows(name, build))
    }

    /// A detector in any language: [`Program`].
    pub fn program(self, name: &str, program: Program) -> Self {
        self.enter(detectors::Entry::program(name, program))
    }

    /// A forecaster: [`forecasters::Entry::new`].
    pub fn forecaster(
        self,
        name: &str,
        answer: impl Fn(&Question<'_>) -> Result<Forecast, BoxError> + Send + Sync + 'static,
    ) -> Self {
        self.enter(forecasters::Entry::new(name, answer))
    }

    /// An estimator, which is fitted to the history of each series and then asked:
    /// [`forecasters::Entry::estimator`].
    pub fn estimator<E>(
        self,
        name: &str,
        build: impl Fn(&Question<'_>) -> Result<E, BoxError> + Send + Sync + 'static,
    ) -> Self
    where
        E: Fit,
        E::Fitted: Forecaster,
    {
        self.enter(forecasters::Entry::estimator(name, build))
    }

    /// A closure that ranks the suspects of a fault: [`localizers::Entry::ranker`].
    pub fn ranker(
        self,
        name: &str,
        rank: impl for<'a> Fn(&Case<'a>) -> Ranking + Send + Sync + 'static,
    ) -> Self {
        self.enter(localizers::Entry::ranker(name, rank))
    }

    /// A localizer of faults: [`localizers::Entry::new`].
    pub fn localizer(
        self,
        name: &str,
        localizer: impl for<'a> Localizer<Case<'a>> + Send + Sync + 'static,
    ) -> Self {
        self.enter(localizers::Entry::new(name, localizer))
    }

    /// A method that finds change points: [`segmenters::Entry::new`].
    pub fn segmenter(
        self,
        name: &str,
        find: impl Fn(&[&[f64]]) -> Result<Option<Vec<usize>>, BoxError> + Send + Sync + 'static,
    ) -> Self {
        self.enter(segmenters::Entry::new(name, find))
    }

    /// A method that groups log lines by template: [`log_parsers::Entry::new`].
    pub fn log_parser(
        self,
        name: &str,
        parse: impl Fn(&[String]) -> Result<Vec<u64>, BoxError> + Send + Sync + 'static,
    ) -> Self {
        self.enter(log_parsers::Entry::new(name, parse))
    }

    /// A method that finds the combination of attributes behind a change: [`attributors::Entry::new`].
    pub fn attributor(
        self,
        name: &str,
        find: impl Fn(&AttributeTable) -> Result<Vec<Combination>, BoxError> + Send + Sync + 'static,
    ) -> Self {
        self.enter(attributors::Entry::new(name, find))
    }

    /// A monitor, which raises alarms under a budget: [`monitors::Entry::new`].
    pub fn monitor<S>(
        self,
        name: &str,
        build: impl Fn(&Budget) -> Result<S, BoxError> + Send + Sync + 'static,
        raised: impl Fn(&S::Output) -> bool + Copy + Send + Sync + 'static,
    ) -> Self
    where
        S: Stage<At<f64>> + Send + 'static,
    {
        self.enter(monitors::Entry::new(name, build, raised))
    }

    /// A method of any kind.
    pub fn enter(mut self, entry: impl Into<Entry>) -> Self {
        self.entries.push(entry.into());
        self
    }

    /// All methods of the library, not only the recommended one and a baseline.
    pub fn with_whole_library(mut self) -> Self {
        self.library = Library::All;
        self
    }

    /// Of the library only methods of these names, the recommended default, and chance where it means
    /// something. Of forecasters these names only, and `naive2`, which OWA needs.
    pub fn with_library_only<N: Into<String>>(mut self, names: impl IntoIterator<Item = N>) -> Self {
        self.library = Library::Named(names.into_iter().map(Into::into).collect());
        self
    }

    /// Nothing of the library; of forecasters still `naive2`, which OWA needs.
    pub fn without_library(mut self) -> Self {
        self.library = Library::Nothing;
        self
    }

    /// The number of threads, at least one. Default: as many as the machine runs at once.
    pub fn threads(mut self, threads: usize) -> Self {
        self.threads = threads.max(1);
        self
    }

    /// Only the first `cases` cases; in forecasting, the first of each file.
    pub fn limit(mut self, cases: usize) -> Self {
        self.limit = cases;
        self
    }

    /// The season in values, instead of what the names of files say; only for forecasting.
    pub fn season(mut self, season: usize) -> Self {
        self.season = Some(season);
        self
    }

    /// How many seconds late the fault is stated (negative: early); only for localization.
    pub fn shift(mut self, seconds: i64) -> Self {
        self.shift = seconds;
        self
    }

    /// Only these kinds of evidence; without this, all that was recorded. Only for localization.
    pub fn evidence(mut self, kinds: impl IntoIterator<Item = EvidenceKind>) -> Self {
        self.evidence = kinds.into_iter().collect();
        self
    }

    /// The seed of what is drawn, 1 by default; only for tasks that draw their cases.
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// Runs it without reporting progress.
    ///
    /// # Errors
    /// If the folder cannot be read or holds no case; if a method is not of the task's kind or has the name
    /// of another; if a setting means nothing to the task. A case that cannot be read is skipped instead.
    pub fn run(&self) -> Result<TaskResult, Failure> {
        self.run_telling(&mut Progress::silent())
    }

    /// Runs it and reports progress.
    ///
    /// # Errors
    /// As [`run`](Self::run).
    pub fn run_telling(&self, progress: &mut Progress<'_>) -> Result<TaskResult, Failure> {
        self.check()?;
        progress.begin();
        (self.task.run)(self, progress)
    }

    fn check(&self) -> Result<(), Failure> {
        let (task, kind) = (self.task.name, self.task.kind);
        for entry in &self.entries {
            if entry.kind() != kind {
                let (name, other) = (entry.name(), entry.kind());
                return Err(Failure::new(format!("{task} takes a {kind}, {name} is a {other}")));
            }
            if entry.name().trim().is_empty() {
                return Err(Failure::new("a method has no name"));
            }
        }
        if self.limit == 0 {
            return Err(Failure::new("a limit of 0 cases leaves nothing to run"));
        }
        if self.season.is_some() && !self.task.has_option("season") {
            return Err(Failure::new(format!("{task} knows no season")));
        }
        if self.season == Some(0) {
            return Err(Failure::new("a season must have at least 1 value, was 0"));
        }
        if self.shift != 0 && !self.task.has_option("shift") {
            return Err(Failure::new(format!("{task} states no time that could be shifted")));
        }
        if self.shift.checked_abs().is_none_or(|shift| shift > LONGEST_SHIFT) {
            let was = self.shift;
            return Err(Failure::new(format!("a shift must be within {LONGEST_SHIFT} seconds, was {was}")));
        }
        let recorded = self.task.options.iter().find(|option| option.name == "evidence");
        let recorded = recorded.and_then(|option| option.value).unwrap_or("no");
        if let Some(kind) =
            self.evidence.iter().find(|kind| !recorded.split(',').any(|one| one == kind.name()))
        {
            let was = kind.name();
            return Err(Failure::new(format!("{task} records {recorded}; evidence was {was}")));
        }
        if self.seed != 1 && !self.task.has_option("seed") {
            return Err(Failure::new(format!("{task} draws nothing that a seed could change")));
        }
        if let Library::Named(names) = &self.library {
            let known = self.task.methods();
            if let Some(name) = names.iter().find(|name| !known.contains(&name.as_str())) {
                return Err(unknown("method", name, known));
            }
        }
        Ok(())
    }
}
