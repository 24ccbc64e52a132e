//! A detector entered in a contest.

use super::program::Program;
use super::scorer::Scorer;
use super::setting::Setting;
use crate::failure::BoxError;
use evenkeel_core::{Score, Stage};
use std::fmt;
use std::sync::Arc;

/// A detector of one series.
pub type Series = Box<dyn Stage<f64, Output = Score> + Send>;
/// A detector of rows of several.
pub type Rows = Box<dyn for<'a> Stage<&'a [f64], Output = Score> + Send>;

/// What builds a detector of one series.
type BuildSeries = dyn Fn(&Setting) -> Result<Series, BoxError> + Send + Sync;
/// What builds a detector of rows, given the number of columns.
type BuildRows = dyn Fn(&Setting, usize) -> Result<Rows, BoxError> + Send + Sync;

/// How a detector is built.
#[derive(Clone)]
pub(super) enum Build {
    /// For one series. On several, one is built for each, and their scores are averaged, each in units of its
    /// usual score.
    Series(Arc<BuildSeries>),
    /// For rows of so many series.
    Rows(Arc<BuildRows>),
    /// By a program of its own.
    Program(Program),
}

/// A detector under a name, and how it is built, anew for each series. What builds it is a closure, so that
/// it may capture parameters.
///
/// ```
/// use evenkeel_detect::chart::EwmaChart;
/// use evenkeel_eval::detectors::{self, Entry, Setting};
///
/// let sd = 0.5;
/// let entry = Entry::series("ewma", move |_| Ok(EwmaChart::builder(0.0, sd).build()?));
/// let run = detectors::run(&entry, &Setting::default(), &[], &[vec![0.0, 0.1, 9.0]])?;
/// assert!(run.scores[2] > run.scores[1]);
/// # Ok::<(), evenkeel_eval::Failure>(())
/// ```
#[derive(Clone)]
pub struct Entry {
    name: Arc<str>,
    build: Build,
}

impl Entry {
    /// A detector of one series. Where rows have several columns, one is built for each, and their scores are
    /// averaged, each in units of its usual score ([`run`](super::run)).
    pub fn series<D>(
        name: impl AsRef<str>,
        build: impl Fn(&Setting) -> Result<D, BoxError> + Send + Sync + 'static,
    ) -> Self
    where
        D: Stage<f64, Output = Score> + Send + 'static,
    {
        let build = move |setting: &Setting| Ok(Box::new(build(setting)?) as Series);
        Self { name: name.as_ref().into(), build: Build::Series(Arc::new(build)) }
    }

    /// A detector of whole rows; it is built with the number of columns. A value that is missing is NaN.
    pub fn rows<D>(
        name: impl AsRef<str>,
        build: impl Fn(&Setting, usize) -> Result<D, BoxError> + Send + Sync + 'static,
    ) -> Self
    where
        D: for<'a> Stage<&'a [f64], Output = Score> + Send + 'static,
    {
        let build = move |setting: &Setting, width: usize| Ok(Box::new(build(setting, width)?) as Rows);
        Self { name: name.as_ref().into(), build: Build::Rows(Arc::new(build)) }
    }

    /// A closure that scores one value after the other, and one that makes it, with fresh state for each
    /// series. A value that is missing is NaN; for a score of NaN the last one stands. Of several columns as
    /// [`series`](Self::series).
    ///
    /// ```
    /// use evenkeel_eval::detectors::{self, Entry, Setting};
    ///
    /// let entry = Entry::scorer("jump", || {
    ///     let mut last = f64::NAN;
    ///     move |x: f64| (x - std::mem::replace(&mut last, x)).abs()
    /// });
    /// let run = detectors::run(&entry, &Setting::default(), &[], &[vec![1.0, 1.5, 4.0]])?;
    /// assert_eq!(run.scores, [0.0, 0.5, 2.5]);
    /// # Ok::<(), evenkeel_eval::Failure>(())
    /// ```
    pub fn scorer<S>(name: impl AsRef<str>, build: impl Fn() -> S + Send + Sync + 'static) -> Self
    where
        S: FnMut(f64) -> f64 + Send + 'static,
    {
        let build = Arc::new(build);
        Self::series(name, move |_| Ok(Scorer::new(build.clone())))
    }

    /// A program outside of this one, in any language: see [`Program`].
    pub fn program(name: impl AsRef<str>, program: Program) -> Self {
        Self { name: name.as_ref().into(), build: Build::Program(program) }
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// How it is built.
    pub(super) fn build(&self) -> &Build {
        &self.build
    }
}

impl fmt::Debug for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = match self.build {
            Build::Series(_) => "series",
            Build::Rows(_) => "rows",
            Build::Program(_) => "program",
        };
        f.debug_struct("Entry").field("name", &self.name).field("of", &kind).finish()
    }
}
