//! Windows in which log templates are unusually frequent, rare or new.

use core::cmp::Ordering;
use evenkeel_core::Error;
use std::collections::BTreeMap;

/// The largest number of templates that are counted.
const MAX_TEMPLATES: usize = 100_000;

/// How often each template of a log occurs in a window of normal operation, and how surprising another window
/// is: what is logged much more often than usual, not any more, or for the first time.
///
/// *When to use*: to find the component whose log has changed, and the line that says why. All windows have
/// to be of one length. A few windows will do; with one, no spread is known, and bursts look surprising.
///
/// *Method*: the surprise of a template is half the deviance of its count x from its rate, x ln(x / r) - x + r,
/// a likelihood ratio of Poisson counts (the G statistic is twice that; R. R. Sokal, F. J. Rohlf, Biometry,
/// 1981, chapter 17), over its dispersion, variance / mean of the counts of normal windows, at least 1
/// (P. McCullagh, J. A. Nelder, Generalized Linear Models, 1989, section 6.2). The rate is the posterior mean
/// (sum + 1/2) / (windows + 1) under a prior of half an event in one window, so that it is never 0.
///
/// *Score*: nats, from 0; 5 is about one in 300 windows a template. That of a window is the sum. *Missing
/// data*: a window without lines is one in which nothing was logged; leave out those in which the log was not
/// read. *Cost*: O(lines log templates) a window, memory O(templates). The order of lines and of windows makes
/// no difference.
///
/// ```
/// use evenkeel_locate::logs::TemplateRates;
///
/// let mut rates = TemplateRates::new();
/// for _ in 0..20 {
///     rates.learn([1, 1, 1, 2])?;
/// }
/// assert!(rates.assess([1, 1, 2]).surprise() < 1.0);
/// let surprise = rates.assess([1, 1, 1, 2, 3, 3]);
/// assert_eq!(surprise.templates()[0].template, 3);
/// assert!(surprise.templates()[0].is_new && surprise.surprise() > 5.0);
/// # Ok::<(), evenkeel_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TemplateRates {
    windows: u64,
    templates: BTreeMap<u64, Counts>,
}

/// What is known of a template: windows with it, lines, and the sum of squares of the lines of a window.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct Counts {
    windows: u64,
    lines: u64,
    squares: u128,
}

/// How surprising a template is in a window.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct TemplateSurprise {
    /// The number of the template.
    pub template: u64,
    /// Its lines in this window.
    pub observed: u64,
    /// Its lines in a window of normal operation, on average.
    pub expected: f64,
    /// The surprise in nats.
    pub surprise: f64,
    /// Whether it was never seen in normal operation.
    pub is_new: bool,
    /// Whether it was seen there, but in at most one of twenty windows.
    pub is_rare: bool,
}

/// How surprising a window is.
#[derive(Debug, Clone, PartialEq, Default)]
#[must_use]
pub struct WindowSurprise {
    templates: Vec<TemplateSurprise>,
}

impl WindowSurprise {
    /// The sum over templates, in nats.
    #[must_use]
    pub fn surprise(&self) -> f64 {
        self.templates.iter().map(|template| template.surprise).sum()
    }

    /// The templates, the most surprising first; of equal ones that with the lower number.
    #[must_use]
    pub fn templates(&self) -> &[TemplateSurprise] {
        &self.templates
    }
}

impl TemplateRates {
    /// Nothing learned yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// How many windows were learned.
    #[must_use]
    pub fn windows(&self) -> u64 {
        self.windows
    }

    /// Learns a window of normal operation by the numbers of its lines' templates.
    ///
    /// # Errors
    /// [`Error::Parameter`] if there would be more than 100,000 templates; the window is not learned then.
    pub fn learn(&mut self, lines: impl IntoIterator<Item = u64>) -> Result<(), Error> {
        let counts = counted(lines);
        let new = counts.keys().filter(|template| !self.templates.contains_key(template)).count();
        let templates = self.templates.len() + new;
        Error::require(templates <= MAX_TEMPLATES, "templates", "at most 100,000 in all", templates)?;
        self.windows += 1;
        for (template, lines) in counts {
            let known = self.templates.entry(template).or_default();
            known.windows += 1;
            known.lines = known.lines.saturating_add(lines);
            known.squares = known.squares.saturating_add(u128::from(lines) * u128::from(lines));
        }
        Ok(())
    }

    /// How surprising a window is. Nothing is learned; before the first window was, nothing is surprising.
    pub fn assess(&self, lines: impl IntoIterator<Item = u64>) -> WindowSurprise {
        if self.windows == 0 {
            return WindowSurprise::default();
        }
        let counts = counted(lines);
        let silent = self.templates.keys().filter(|template| !counts.contains_key(template));
        let all = counts.iter().map(|(template, lines)| (*template, *lines)).chain(silent.map(|t| (*t, 0)));
        let mut templates: Vec<TemplateSurprise> =
            all.map(|(template, observed)| self.surprise(template, observed)).collect();
        templates.sort_by(|a, b| match b.surprise.total_cmp(&a.surprise) {
            Ordering::Equal => a.template.cmp(&b.template),
            order => order,
        });
        WindowSurprise { templates }
    }

    /// Forgets all windows.
    pub fn reset(&mut self) {
        *self = Self::new();
    }

    fn surprise(&self, template: u64, observed: u64) -> TemplateSurprise {
        let known = self.templates.get(&template).copied().unwrap_or_default();
        let windows = self.windows as f64;
        let rate = (known.lines as f64 + 0.5) / (windows + 1.0);
        let x = observed as f64;
        let deviance = if observed == 0 { rate } else { x * libm::log(x / rate) - x + rate };
        TemplateSurprise {
            template,
            observed,
            expected: known.lines as f64 / windows,
            surprise: deviance.max(0.0) / known.dispersion(windows),
            is_new: known.lines == 0,
            is_rare: known.lines > 0 && known.windows.saturating_mul(20) <= self.windows,
        }
    }
}

impl Counts {
    /// Variance over mean, at least 1.
    fn dispersion(&self, windows: f64) -> f64 {
        if windows < 2.0 || self.lines == 0 {
            return 1.0;
        }
        let mean = self.lines as f64 / windows;
        let variance = (self.squares as f64 - windows * mean * mean) / (windows - 1.0);
        (variance / mean).max(1.0)
    }
}

fn counted(lines: impl IntoIterator<Item = u64>) -> BTreeMap<u64, u64> {
    let mut counts = BTreeMap::new();
    for template in lines {
        *counts.entry(template).or_default() += 1;
    }
    counts
}
