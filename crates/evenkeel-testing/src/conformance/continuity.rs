//! Contract 5: reset ≡ freshly built, clone ≡ continue.

use super::erased::{Fresh, erased};
use super::outputs::{feed, outputs, same_outputs};
use super::stream::{mixed, ordinary};
use super::{Broken, Input, Options, Promise, Subject};

/// Resets a stage that has seen a lot: its state and its outputs equal those of a fresh one, bit for bit.
///
/// # Errors
/// The promise that was broken, and where.
pub fn reset_is_fresh<I: Input, S: Subject<I>>(
    make: impl Fn() -> S,
    options: &Options,
) -> Result<(), Broken> {
    reset_checked::<I>(&erased(make), options)
}

fn reset_checked<I: Input>(make: Fresh<'_, I>, options: &Options) -> Result<(), Broken> {
    let stream = ordinary::<I>(42, options.round(3000));
    let expected = outputs(&mut *make(), &stream);
    for (seed, length) in [(40, 1), (41, options.round(50)), (43, options.round(3000))] {
        let mut stage = make();
        feed(&mut *stage, &mixed::<I>(seed, length));
        stage.forget();
        let fresh = make();
        if !stage.same_state(&*fresh) {
            return Err(Broken::new(
                Promise::Reset,
                format!(
                    "after {length} inputs and a reset the state is {stage:?}, freshly built it is {fresh:?}"
                ),
            ));
        }
        let heard = outputs(&mut *stage, &stream);
        same_outputs(Promise::Reset, &format!("after {length} inputs and a reset"), &heard, &expected)?;
    }
    Ok(())
}

/// Clones a stage in the middle of a stream: clone and original continue alike, bit for bit, and do not
/// affect each other.
///
/// # Errors
/// The promise that was broken, and where.
pub fn clone_continues<I: Input, S: Subject<I>>(
    make: impl Fn() -> S,
    options: &Options,
) -> Result<(), Broken> {
    clone_checked::<I>(&erased(make), options)
}

fn clone_checked<I: Input>(make: Fresh<'_, I>, options: &Options) -> Result<(), Broken> {
    let stream = mixed::<I>(51, options.round(3000));
    let other = mixed::<I>(52, options.round(500));
    let expected = outputs(&mut *make(), &stream);
    for cut in [0, 1, stream.len() / 7, stream.len() / 2] {
        let (before, after) = stream.split_at(cut);
        let mut stage = make();
        feed(&mut *stage, before);
        let mut clone = stage.duplicate();
        if !clone.same_state(&*stage) {
            return Err(Broken::new(
                Promise::Clone,
                format!("after {cut} inputs the clone is {clone:?}, the original {stage:?}"),
            ));
        }
        let heard = outputs(&mut *clone, after);
        same_outputs(
            Promise::Clone,
            &format!("the clone made after {cut} inputs"),
            &heard,
            &expected[cut..],
        )?;
        let mut disturbing = stage.duplicate();
        outputs(&mut *disturbing, &other);
        let heard = outputs(&mut *stage, after);
        same_outputs(
            Promise::Clone,
            &format!("the original cloned after {cut} inputs"),
            &heard,
            &expected[cut..],
        )?;
    }
    Ok(())
}
