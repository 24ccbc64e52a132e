//! The methods of the library.

use super::Entry;
use evenkeel_locate::attributes::{
    Adtributor, AttributeCause, AttributeTable, AutoRoot, Combination, RiskLoc, ScanStatistic, Squeeze,
};

/// A method.
type Run = fn(&AttributeTable) -> Vec<Combination>;

/// All of them, named as in results.
const LIST: [(&str, Run); 5] = [
    ("evenkeel", |table| combinations(ScanStatistic::new().locate(table))),
    ("riskloc", |table| combinations(RiskLoc::new().locate(table))),
    ("autoroot", |table| combinations(AutoRoot::new().locate(table))),
    ("squeeze", |table| combinations(Squeeze::new().locate(table))),
    ("adtributor", |table| {
        let first = Adtributor::new().locate(table).into_iter().next();
        let values = first.into_iter().flat_map(|found| {
            let attribute = found.attribute;
            found.values.into_iter().map(move |share| Combination::new([(attribute.clone(), share.value)]))
        });
        values.collect()
    }),
];

fn combinations(causes: Vec<AttributeCause>) -> Vec<Combination> {
    causes.into_iter().map(|cause| cause.combination).collect()
}

/// The names of all methods of the library. `"evenkeel"` is the recommended default, [`ScanStatistic`].
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
    Some(Entry::new(name, |table| Ok(run(table))))
}
