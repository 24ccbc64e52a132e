//! The answers of methods, and how failures are treated.

use crate::{Failure, Skipped};
use std::panic::{AssertUnwindSafe, catch_unwind};

/// The answer of each method to a case, in their order, and why some have none.
#[derive(Debug, Clone)]
pub(super) struct Answers<T> {
    pub(super) said: Vec<Option<T>>,
    failed: Vec<String>,
}

impl<T> Answers<T> {
    pub(super) fn new() -> Self {
        Self { said: Vec::new(), failed: Vec::new() }
    }

    /// Asks a method, which gives `outputs` answers. If it fails, or panics, it is left out of this case
    /// alone.
    pub(super) fn ask<E: ToString>(
        &mut self,
        name: &str,
        outputs: usize,
        answer: impl FnOnce() -> Result<Vec<Option<T>>, E>,
    ) {
        // What a method leaves behind is dropped with it, so that a state that was broken off halfway is seen
        // by nobody.
        let why = match catch_unwind(AssertUnwindSafe(answer)) {
            Ok(Ok(said)) => return self.said.extend(said),
            Ok(Err(why)) => why.to_string(),
            Err(panic) => {
                let text = panic.downcast_ref::<String>().map(String::as_str);
                let text = text.or_else(|| panic.downcast_ref::<&str>().copied());
                format!("panicked: {}", text.unwrap_or("without a word"))
            }
        };
        self.failed.push(format!("{name}: {why}"));
        self.said.extend((0..outputs).map(|_| None));
    }
}

/// Cases with at least one answer, by name.
pub(super) type Scored<C, T> = Vec<(C, Vec<Option<T>>)>;

/// Sorts cases into those that were scored and those that were not, or not of every method.
pub(super) fn sort<N: ToString, C, T>(
    names: impl IntoIterator<Item = N>,
    answers: impl IntoIterator<Item = Result<(C, Answers<T>), String>>,
    skipped: &mut Vec<Skipped>,
) -> Scored<C, T> {
    let mut scored = Vec::new();
    for (name, answer) in names.into_iter().zip(answers) {
        match answer {
            Ok((case, answers)) => {
                let failed = answers.failed.into_iter();
                skipped.extend(failed.map(|why| Skipped::new(name.to_string(), why)));
                if answers.said.iter().any(Option::is_some) {
                    scored.push((case, answers.said));
                }
            }
            Err(why) => skipped.push(Skipped::new(name.to_string(), why)),
        }
    }
    scored
}

/// The answers of one method, with their cases.
pub(super) fn of_method<C, T>(scored: &Scored<C, T>, method: usize) -> Vec<(&C, &T)> {
    scored.iter().filter_map(|(case, said)| Some((case, said[method].as_ref()?))).collect()
}

/// Fails if two methods have the same name: their results could not be distinguished.
pub(super) fn distinct<'a>(names: impl IntoIterator<Item = &'a str>) -> Result<(), Failure> {
    let mut names: Vec<&str> = names.into_iter().collect();
    names.sort_unstable();
    match names.windows(2).find(|pair| pair[0] == pair[1]) {
        Some(pair) => Err(Failure::new(format!("two methods are called {}", pair[0]))),
        None => Ok(()),
    }
}
