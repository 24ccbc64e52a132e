//! The expectation step over all sequences: by scaling, or with logarithms where that loses probabilities.

use super::chain::Chain;
use super::emission::{Before, Emission};
use super::expected::Expected;
use super::scaled::Work;
use super::sequences::Sequences;
use super::{log_space, scaled};

/// Calls a function with the number of states as a constant: exact up to 8, filled up with zeros beyond.
macro_rules! with_states {
    ($states:expr, $function:ident::<_ $(, $type:ty)*>($($argument:expr),* $(,)?)) => {
        match $states {
            1 => $function::<1 $(, $type)*>($($argument),*),
            2 => $function::<2 $(, $type)*>($($argument),*),
            3 => $function::<3 $(, $type)*>($($argument),*),
            4 => $function::<4 $(, $type)*>($($argument),*),
            5 => $function::<5 $(, $type)*>($($argument),*),
            6 => $function::<6 $(, $type)*>($($argument),*),
            7 => $function::<7 $(, $type)*>($($argument),*),
            8 => $function::<8 $(, $type)*>($($argument),*),
            9..=16 => $function::<16 $(, $type)*>($($argument),*),
            17..=32 => $function::<32 $(, $type)*>($($argument),*),
            _ => $function::<64 $(, $type)*>($($argument),*),
        }
    };
}
pub(super) use with_states;

/// Expected counts of all sequences. The emission's sums are added to `sums` and the posterior probabilities
/// of the rows written to `posteriors`, unless these are empty.
pub(super) fn expect<const N: usize, E: Emission>(
    chain: &Chain,
    emission: &E,
    sequences: &Sequences,
    work: &mut Work<N>,
    sums: &mut [f64],
    posteriors: &mut [f64],
) -> Expected {
    let states = chain.states();
    let mut expected = Expected::new(states);
    sums.fill(0.0);
    let mut of_sequence = vec![0.0; sums.len()];
    for (first, all, missing) in sequences.iter() {
        of_sequence.fill(0.0);
        let mut sink = |at: usize, rows: &[f64], weights: &[f64]| {
            if !of_sequence.is_empty() {
                emission.accumulate_rows(
                    Before::of_sequence(emission, all, at),
                    rows,
                    weights,
                    &mut of_sequence,
                );
            }
            if let Some(to) = posteriors.get_mut((first + at) * states..) {
                to.iter_mut().zip(weights).for_each(|(to, w)| *to = *w);
            }
        };
        let found = scaled::expect(chain, emission, all, missing, work, &mut sink);
        let found = found.unwrap_or_else(|| {
            // What was added on the way is lost with it.
            of_sequence.fill(0.0);
            log_space::expect(chain, emission, all, missing, &mut |at, rows, weights| {
                if !of_sequence.is_empty() {
                    emission.accumulate_rows(
                        Before::of_sequence(emission, all, at),
                        rows,
                        weights,
                        &mut of_sequence,
                    );
                }
                if let Some(to) = posteriors.get_mut((first + at) * states..) {
                    to.iter_mut().zip(weights).for_each(|(to, w)| *to = *w);
                }
            })
        });
        expected.add(&found);
        sums.iter_mut().zip(&of_sequence).for_each(|(sum, s)| *sum += s);
    }
    expected
}
