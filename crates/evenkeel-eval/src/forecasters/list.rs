//! The forecasters of the library.

use super::{Entry, Question};
use evenkeel_models::fit::Effort;
use evenkeel_models::{Auto, Naive};

/// The names of all forecasters, and whether they run if none is named.
const LIST: [(&str, bool); 6] = [
    ("evenkeel", true),
    ("evenkeel, fast", false),
    ("evenkeel, thorough", false),
    ("naive", true),
    ("snaive", true),
    ("naive2", true),
];

/// The names of all forecasters of the library.
pub fn names() -> impl Iterator<Item = &'static str> {
    LIST.iter().map(|(name, _)| *name)
}

/// The names of those that run if none is asked for.
pub(crate) fn usual() -> impl Iterator<Item = &'static str> {
    LIST.iter().filter(|(_, usual)| *usual).map(|(name, _)| *name)
}

/// All forecasters of the library.
#[must_use]
pub fn all() -> Vec<Entry> {
    names().filter_map(by_name).collect()
}

/// The forecaster of a name, one of [`names`]. `"evenkeel"` is the recommended default, [`Auto`], told the
/// horizon and the season.
#[must_use]
pub fn by_name(name: &str) -> Option<Entry> {
    match name {
        "evenkeel" => Some(auto(name, Effort::Default)),
        "evenkeel, fast" => Some(auto(name, Effort::Fast)),
        "evenkeel, thorough" => Some(auto(name, Effort::Thorough)),
        "naive" => Some(Entry::estimator(name, |_| Ok(Naive::last()))),
        "snaive" => Some(Entry::estimator(name, |question| Ok(Naive::seasonal(question.season)))),
        "naive2" => Some(Entry::estimator(name, |question| Ok(Naive::adjusted(question.season)))),
        _ => None,
    }
}

fn auto(name: &str, effort: Effort) -> Entry {
    Entry::estimator(name, move |question: &Question<'_>| {
        let auto = Auto::new().horizon(question.horizon).effort(effort);
        Ok(if question.season > 1 { auto.known_season(question.season) } else { auto })
    })
}
