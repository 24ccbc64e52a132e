//! Endurance: a long run.

use super::allocation::Count;
use super::erased::{Erased, Fresh, erased};
use super::outputs::Heard;
use super::{Broken, Input, Options, Promise, Subject};
use crate::Source;

/// How often the size of the state is looked at: a prime, so that a buffer that fills and empties is not
/// always met at the same point.
const LOOKS: usize = 61;

/// Runs for as many steps as the options say: outputs stay finite, the state does not grow, and no update
/// allocates beyond the cap. A state may fill and empty: what counts is its largest size in each half.
///
/// # Errors
/// The promise that was broken, and at which step.
pub fn endures<I: Input, S: Subject<I>>(make: impl Fn() -> S, options: &Options) -> Result<(), Broken> {
    checked::<I>(&erased(make), options)
}

fn checked<I: Input>(make: Fresh<'_, I>, options: &Options) -> Result<(), Broken> {
    let mut source = Source::new(81);
    let mut stage = make();
    let mut count = Count::new(options);
    let mut said = 0_usize;
    let mut largest = [0; 2];
    let steps = options.endurance();
    for i in 0..steps {
        let input = I::ordinary(&mut source);
        let heard = if i < options.warm_up_inputs() {
            Heard::from(&mut *stage, &input)
        } else {
            count.update::<I>(&mut *stage, &input)?
        };
        said += usize::from(heard.some);
        if let Some(opinion) = heard.not_finite {
            return Err(Broken::new(Promise::Missing, format!("said {opinion} at step {i} ({input:?})")));
        }
        if i % (steps / LOOKS).max(1) == 0 || i + 1 == steps {
            let half = &mut largest[usize::from(i > steps / 2)];
            *half = size(&*stage).unwrap_or(0).max(*half);
        }
    }
    if said == 0 {
        return Err(Broken::new(Promise::Vacuous, format!("it said nothing in {steps} steps")));
    }
    let [before, after] = largest;
    // Integers of the state are written in as many bytes as they need.
    if options.growth_allowed() == 0 && after > before + before / 8 + 64 {
        return Err(Broken::new(
            Promise::Allocation,
            format!("the state grows: at most {before} bytes up to step {}, then up to {after}", steps / 2),
        ));
    }
    Ok(())
}

fn size<I: Input>(stage: &dyn Erased<I>) -> Option<usize> {
    stage.to_bytes(None).ok().map(|bytes| bytes.len())
}
