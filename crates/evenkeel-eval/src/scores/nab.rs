//! The score of the Numenta Anomaly Benchmark.
//!
//! A. Lavin and S. Ahmad, Evaluating real-time anomaly detection algorithms, ICMLA 2015,
//! doi:10.1109/ICMLA.2015.141, as NAB 1.1 computes it (<https://github.com/numenta/NAB>): within a window
//! only the best, normally the earliest, detection counts, and the more the earlier; every row detected
//! outside costs, the more the farther it is from the window before. Rows of the probation, the first 15 %
//! and at most 750, do not count.
//!
//! ```
//! use evenkeel_eval::scores::nab::{File, Profile, normalized, optimum};
//!
//! let stamps: Vec<String> = (0..100).map(|i| i.to_string()).collect();
//! let file = File::new(&stamps, &[("50".into(), "59".into())])?;
//! let early: Vec<f64> = (0..100).map(|i| if i == 50 { 1.0 } else { 0.0 }).collect();
//! let best = optimum(&[(&file, &early)], Profile::STANDARD);
//! assert_eq!(best.threshold, 1.0);
//! assert!((normalized(&[&file], best.raw, Profile::STANDARD).unwrap() - 100.0).abs() < 1e-9);
//! # Ok::<(), String>(())
//! ```

/// What is won and lost.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Profile {
    /// As NAB calls it.
    name: &'static str,
    hit: f64,
    missed: f64,
    wrong: f64,
}

impl Profile {
    /// 1 for a hit, 1 for a missed window, 0.11 for a wrong row.
    pub const STANDARD: Self = Self { name: "standard", hit: 1.0, missed: 1.0, wrong: 0.11 };
    /// A wrong row costs 0.22.
    pub const LOW_FP: Self = Self { name: "reward_low_FP_rate", hit: 1.0, missed: 1.0, wrong: 0.22 };
    /// A missed window costs 2.
    pub const LOW_FN: Self = Self { name: "reward_low_FN_rate", hit: 1.0, missed: 2.0, wrong: 0.11 };
    /// All three.
    pub const ALL: [Self; 3] = [Self::STANDARD, Self::LOW_FP, Self::LOW_FN];

    /// As NAB calls it.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.name
    }
}

/// The threshold at which nothing is detected, the first that NAB tries.
pub const NOTHING: f64 = 1.1;

/// What a detection in a row is worth.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Row {
    /// Which window it is in.
    window: Option<usize>,
    /// In (0, 1] within a window, in \[-1, 0\] outside.
    position: f64,
}

/// A file of the benchmark: its rows and what a detection in each is worth.
#[derive(Debug, Clone, PartialEq)]
pub struct File {
    rows: Vec<Row>,
    probation: usize,
    windows: usize,
    /// Which windows have a row after the probation.
    scored: Vec<bool>,
}

impl File {
    /// A file with the time stamps of its rows and its windows from a first to a last time stamp, in order,
    /// both included.
    ///
    /// A stamp may come several times: a window then begins at the first row of its first stamp and ends at
    /// the first of its last.
    ///
    /// # Errors
    /// A sentence that names the window that does not begin and end at rows, or begins before another has
    /// ended.
    pub fn new<S: AsRef<str>>(stamps: &[S], windows: &[(String, String)]) -> Result<Self, String> {
        let first = |stamp: &str| stamps.iter().position(|s| s.as_ref() == stamp);
        let mut queue = windows.iter().enumerate();
        let mut next = queue.next();
        // The window that a row is in: its number, its last row, its length.
        let mut inside: Option<(usize, usize, f64)> = None;
        let mut before: Option<(usize, f64)> = None;
        let mut rows = Vec::with_capacity(stamps.len());
        for (row, stamp) in stamps.iter().enumerate() {
            if let Some((number, (from, to))) = next.filter(|(_, (from, _))| from == stamp.as_ref()) {
                if inside.is_some() {
                    return Err(format!("the window from {from} begins within another"));
                }
                let end = first(to).filter(|end| *end >= row);
                let end =
                    end.ok_or_else(|| format!("the window from {from} does not end at a row, but at {to}"))?;
                inside = Some((number, end, (end - row + 1) as f64));
                next = queue.next();
            }
            rows.push(match (inside, before) {
                (Some((number, end, length)), _) => {
                    let position = sigmoid(-((end - row + 1) as f64) / length) / sigmoid(-1.0);
                    Row { window: Some(number), position }
                }
                (None, None) => Row { window: None, position: -1.0 },
                (None, Some((end, length))) => {
                    Row { window: None, position: sigmoid((row - end) as f64 / (length - 1.0)) }
                }
            });
            if let Some((_, end, length)) = inside.filter(|(_, end, _)| *end == row) {
                before = Some((end, length));
                inside = None;
            }
        }
        if let Some((_, (from, to))) = next {
            return Err(format!("the window from {from} to {to} does not begin at a row, or not in order"));
        }
        let probation = probation(rows.len());
        let mut scored = vec![false; windows.len()];
        for window in rows.iter().skip(probation).filter_map(|row| row.window) {
            scored[window] = true;
        }
        Ok(Self { rows, probation, windows: windows.len(), scored })
    }

    /// How many rows there are.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.rows.len()
    }

    /// Whether each row is in a window, those in the probation included.
    #[must_use]
    pub fn labels(&self) -> Vec<bool> {
        self.rows.iter().map(|row| row.window.is_some()).collect()
    }

    /// How many windows there are, those in the probation included.
    #[must_use]
    pub fn windows(&self) -> usize {
        self.windows
    }

    /// How many windows have a row after the probation.
    fn scored(&self) -> usize {
        super::count(&self.scored)
    }

    /// The rows that count, with their numbers.
    fn counted(&self) -> impl Iterator<Item = (usize, &Row)> {
        self.rows.iter().enumerate().skip(self.probation)
    }
}

/// How many rows a file of so many has before scores count: 15 %, at most 750.
#[must_use]
pub fn probation(rows: usize) -> usize {
    // Cut to whole rows, as NAB does.
    ((0.15 * rows as f64) as usize).min(750)
}

/// Near 1 long before 0, near -1 long after.
fn sigmoid(x: f64) -> f64 {
    if x > 3.0 { -1.0 } else { 2.0 / (1.0 + (5.0 * x).exp()) - 1.0 }
}

/// A threshold and the raw score that it brings.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct Optimum {
    /// Rows with at least this score are detected.
    pub threshold: f64,
    /// The sum over files.
    pub raw: f64,
}

/// The threshold with the largest raw score over all files together, of equal ones the highest: an oracle, as
/// in NAB, where it is chosen with the labels that are scored. Candidates are all scores, and [`NOTHING`].
/// O(n log n) for n rows.
#[must_use]
pub fn optimum(files: &[(&File, &[f64])], profile: Profile) -> Optimum {
    let mut order: Vec<(f64, usize, &Row)> = Vec::new();
    let mut best: Vec<Vec<Option<f64>>> = Vec::new();
    let mut raw = 0.0;
    for (number, (file, scores)) in files.iter().enumerate() {
        order.extend(file.counted().map(|(row, what)| (scores[row], number, what)));
        best.push(vec![None; file.windows]);
        raw -= profile.missed * file.scored() as f64;
    }
    order.sort_by(|a, b| b.0.total_cmp(&a.0));
    let mut found = Optimum { threshold: NOTHING, raw };
    for equal in order.chunk_by(|a, b| a.0 == b.0) {
        for (_, file, row) in equal {
            match row.window {
                None => raw += profile.wrong * row.position,
                Some(window) => {
                    let (value, best) = (profile.hit * row.position, &mut best[*file][window]);
                    // The maximum starts at what a missed window costs.
                    let now = best.unwrap_or(-profile.missed);
                    if value > now {
                        raw += value - now;
                        *best = Some(value);
                    }
                }
            }
        }
        if raw > found.raw {
            found = Optimum { threshold: equal[0].0, raw };
        }
    }
    found
}

/// The score of a file, and its rows after the probation.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
#[non_exhaustive]
pub struct FileScore {
    /// The raw score, before normalization.
    pub raw: f64,
    /// Rows of windows that were detected.
    pub hits: usize,
    /// Other rows that were not.
    pub quiet: usize,
    /// Other rows that were.
    pub wrong: usize,
    /// Rows of windows that were not.
    pub missed: usize,
}

/// The score of a file at a threshold: rows with at least this score are detected.
#[must_use]
pub fn score(file: &File, scores: &[f64], threshold: f64, profile: Profile) -> FileScore {
    let mut result = FileScore::default();
    let mut best = vec![-profile.missed; file.windows];
    for (row, what) in file.counted() {
        let detected = scores[row] >= threshold;
        match (what.window, detected) {
            (Some(window), true) => {
                result.hits += 1;
                best[window] = best[window].max(profile.hit * what.position);
            }
            (Some(_), false) => result.missed += 1,
            (None, true) => {
                result.wrong += 1;
                result.raw += profile.wrong * what.position;
            }
            (None, false) => result.quiet += 1,
        }
    }
    result.raw +=
        best.iter().zip(&file.scored).filter(|(_, scored)| **scored).map(|(best, _)| best).sum::<f64>();
    result
}

/// A raw score over files on the scale where 0 is detecting nothing and 100 is detecting each window in its
/// first row and nothing else. `None` without a window.
#[must_use]
pub fn normalized(files: &[&File], raw: f64, profile: Profile) -> Option<f64> {
    let null: f64 = files.iter().map(|file| null(file, profile)).sum();
    let range = range(files, profile);
    range.map(|range| 100.0 * (raw - null) / range)
}

/// The raw score of detecting nothing in a file.
pub(crate) fn null(file: &File, profile: Profile) -> f64 {
    -profile.missed * file.scored() as f64
}

/// How far apart the raw scores of detecting nothing and of detecting each window at once are; `None` without
/// a window.
pub(crate) fn range(files: &[&File], profile: Profile) -> Option<f64> {
    let null: f64 = files.iter().map(|file| null(file, profile)).sum();
    let perfect: f64 = files.iter().map(|file| profile.hit * file.windows as f64).sum();
    (perfect > 0.0).then_some(perfect - null)
}
