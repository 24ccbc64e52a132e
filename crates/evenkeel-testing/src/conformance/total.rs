//! Contract 1 and the second half of 2: nothing panics, outputs are finite.

use super::erased::{Erased, Fresh, erased};
use super::outputs::{self, Heard, guarded};
use super::stream::ordinary;
use super::{Broken, Input, Options, Promise, Subject};
use crate::Source;

/// Feeds hostile streams, each to a fresh stage and to one in its steady state, and an ordinary stream after
/// each: nothing panics, and whatever is said is finite.
///
/// # Errors
/// The promise that was broken, with the stream and the input.
pub fn never_panics<I: Input, S: Subject<I>>(make: impl Fn() -> S, options: &Options) -> Result<(), Broken> {
    checked::<I>(&erased(make), options)
}

fn checked<I: Input>(make: Fresh<'_, I>, options: &Options) -> Result<(), Broken> {
    let before = ordinary::<I>(1, options.round(1000));
    let after = ordinary::<I>(2, options.round(200));
    let streams = I::hostile(&mut Source::new(3));
    for (fresh, warm_up) in [(true, &[][..]), (false, &before)] {
        for (name, stream) in &streams {
            let mut stage = make();
            outputs::feed(&mut *stage, warm_up);
            let to = if fresh { "a fresh stage" } else { "a stage in its steady state" };
            feed(&mut *stage, stream, &format!("of `{name}` to {to}"))?;
            feed(&mut *stage, &after, &format!("of an ordinary stream after `{name}` to {to}"))?;
        }
    }
    Ok(())
}

fn feed<I: Input>(stage: &mut dyn Erased<I>, stream: &[I::Owned], of: &str) -> Result<(), Broken> {
    for (i, input) in stream.iter().enumerate() {
        match guarded(|| Heard::from(stage, input)) {
            Err(message) => {
                return Err(Broken::new(
                    Promise::Total,
                    format!("panicked at input {i} {of} ({input:?}): {message}"),
                ));
            }
            Ok(Heard { not_finite: Some(opinion), .. }) => {
                return Err(Broken::new(
                    Promise::Missing,
                    format!("said {opinion} at input {i} {of} ({input:?})"),
                ));
            }
            Ok(_) => {}
        }
    }
    Ok(())
}
