//! The log parsers of the library.

use super::Entry;
use evenkeel_locate::logs::{Drain, DrainBuilder, Masks};

/// The settings of a method.
type Settings = fn() -> DrainBuilder;

/// All of them, named as in results.
const LIST: [(&str, Settings); 3] = [
    ("evenkeel", Drain::builder),
    ("drain", Drain::published),
    ("drain, masked", || Drain::published().masks(Masks::all())),
];

/// The names of all methods of the library. `"evenkeel"` is the recommended default, [`Drain`]; `"drain"` has
/// the published settings, without masks or with ours.
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
    let (_, builder) = LIST.iter().find(|(known, _)| *known == name)?;
    Some(Entry::new(name, |lines| {
        let mut drain = builder().build()?;
        Ok(lines.iter().map(|line| drain.update(line).id).collect())
    }))
}
