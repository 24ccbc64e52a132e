//! Endurance: a long run.

use super::allocation::Count;
use super::erased::{Erased, Fresh, erased};
use super::outputs::Heard;
use super::{Broken, Input, Options, Promise, Subject};
use crate::Source;

/// Runs for as many steps as the options say: outputs stay finite, the state does not grow, and no update
/// allocates beyond the cap.
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
    let mut size_halfway = None;
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
        if i == steps / 2 {
            size_halfway = size(&*stage);
        }
    }
    if said == 0 {
        return Err(Broken::new(Promise::Vacuous, format!("it said nothing in {steps} steps")));
    }
    if let (Some(before), Some(after), 0) = (size_halfway, size(&*stage), options.growth_allowed()) {
        // Integers of the state are written in as many bytes as they need.
        if after > before + before / 8 + 64 {
            return Err(Broken::new(
                Promise::Allocation,
                format!("the state grows: {before} bytes after {} steps, {after} after {steps}", steps / 2),
            ));
        }
    }
    Ok(())
}

fn size<I: Input>(stage: &dyn Erased<I>) -> Option<usize> {
    stage.to_bytes(None).ok().map(|bytes| bytes.len())
}
