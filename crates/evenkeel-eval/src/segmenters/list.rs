//! The methods of the library that find change points.

use super::Entry;
use evenkeel_series::Segmentation;
use evenkeel_series::segmentation::{
    BinarySegmentation, Cost, KernelChangePoints, Pelt, Penalty, SlidingWindow,
};

/// A method on the dimensions of a series; `None` if it is not for so many.
type Run = fn(&[&[f64]]) -> Result<Option<Vec<usize>>, evenkeel_core::Error>;

/// All of them, named as in results.
const LIST: [(&str, Run); 10] = [
    ("evenkeel", |y| Ok(Some(Segmentation::new().fit_together(y)?.changes().to_vec()))),
    ("pelt-l2-bic", |y| one(y, |y| Pelt::new(Cost::L2).fit(y))),
    ("pelt-l2-mbic", |y| one(y, |y| Pelt::new(Cost::L2).penalty(Penalty::Mbic).fit(y))),
    ("pelt-l1-mbic", |y| one(y, |y| Pelt::new(Cost::L1).penalty(Penalty::Mbic).fit(y))),
    ("pelt-normal-mbic", |y| one(y, |y| Pelt::new(Cost::Normal).penalty(Penalty::Mbic).fit(y))),
    ("pelt-rank-mbic", |y| one(y, |y| Pelt::new(Cost::Rank).penalty(Penalty::Mbic).fit(y))),
    ("binseg-l2-mbic", |y| one(y, |y| BinarySegmentation::new(Cost::L2).penalty(Penalty::Mbic).fit(y))),
    ("window-l2-mbic", |y| {
        one(y, |y| match y.len() {
            // Where two windows do not fit, nothing can be seen.
            0..=19 => Ok(Vec::new()),
            _ => SlidingWindow::new(Cost::L2, 20).penalty(Penalty::Mbic).fit(y),
        })
    }),
    ("kernel-rbf", |y| one(y, |y| KernelChangePoints::new().fit(y))),
    ("zero", |_| Ok(Some(Vec::new()))),
];

fn one(
    series: &[&[f64]],
    run: impl Fn(&[f64]) -> Result<Vec<usize>, evenkeel_core::Error>,
) -> Result<Option<Vec<usize>>, evenkeel_core::Error> {
    match series {
        [only] => run(only).map(Some),
        _ => Ok(None),
    }
}

/// The names of all methods of the library. `"evenkeel"` is the recommended default, [`Segmentation`];
/// `"zero"` says that nothing changes.
pub fn names() -> impl Iterator<Item = &'static str> {
    LIST.iter().map(|(name, _)| *name)
}

/// All methods of the library.
#[must_use]
pub fn all() -> Vec<Entry> {
    names().filter_map(by_name).collect()
}

/// The method of a name, one of [`names`].
#[must_use]
pub fn by_name(name: &str) -> Option<Entry> {
    let (_, run) = LIST.iter().find(|(known, _)| *known == name)?;
    Some(Entry::new(name, |dimensions| Ok(run(dimensions)?)))
}
