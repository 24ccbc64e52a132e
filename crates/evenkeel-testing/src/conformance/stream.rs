//! The streams that stages are checked with.

use super::Input;
use crate::Source;

/// An ordinary stream.
pub(super) fn ordinary<I: Input>(seed: u64, length: usize) -> Vec<I::Owned> {
    let mut source = Source::new(seed);
    (0..length).map(|_| I::ordinary(&mut source)).collect()
}

/// An ordinary stream in which some inputs are missing and some are hostile.
pub(super) fn mixed<I: Input>(seed: u64, length: usize) -> Vec<I::Owned> {
    let mut source = Source::new(seed);
    let hostile: Vec<I::Owned> = I::hostile(&mut source).into_iter().flat_map(|(_, stream)| stream).collect();
    (0..length)
        .map(|_| {
            let input = I::ordinary(&mut source);
            let missing = I::missing(&input);
            match source.below(20) {
                0 if !missing.is_empty() => missing[source.below(missing.len())].clone(),
                1 if !hostile.is_empty() => hostile[source.below(hostile.len())].clone(),
                _ => input,
            }
        })
        .collect()
}
