//! Suggestions for mistyped names.

use crate::failure::Failure;

/// The failure that there is nothing of this name, with a suggestion and the list of what there is.
pub(crate) fn unknown<'a>(what: &str, name: &str, known: impl IntoIterator<Item = &'a str>) -> Failure {
    let known: Vec<&str> = known.into_iter().collect();
    let meant = match closest(name, &known) {
        Some(meant) => format!("; did you mean {meant}?"),
        None => ".".into(),
    };
    // Names may hold commas.
    let between = if known.iter().any(|name| name.contains(',')) { "; " } else { ", " };
    Failure::new(format!("there is no {what} {name}{meant} There are: {}", known.join(between)))
}

/// The most similar name, if it is similar enough to be meant: a part of the other, or a third of its letters
/// mistyped at most.
fn closest<'a>(name: &str, known: &[&'a str]) -> Option<&'a str> {
    let lower = name.to_lowercase();
    let distance = |known: &&'a str| {
        let far = edits(&lower, &known.to_lowercase());
        let contained = lower.len() > 1 && (known.contains(&lower) || lower.contains(known));
        let near = far <= 1 + lower.chars().count() / 3 && far < known.chars().count();
        (contained || near).then_some((far, *known))
    };
    known.iter().filter_map(distance).min_by_key(|(far, _)| *far).map(|(_, known)| known)
}

/// How many letters have to be inserted, removed or replaced (V. Levenshtein 1966).
fn edits(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, y) in b.iter().enumerate() {
            let replaced = diagonal + usize::from(x != *y);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[b.len()]
}
