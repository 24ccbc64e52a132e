//! Contract 4: no allocation in the steady state.

use super::erased::{Erased, Fresh, erased};
use super::outputs::{Heard, feed};
use super::stream::{mixed, ordinary};
use super::{Broken, Input, Options, Promise, Subject};

/// Counts the updates that allocate after the warm-up, over an ordinary stream and one with missing and
/// hostile inputs. Counted per thread, so that other tests do not disturb it.
///
/// # Errors
/// The promise that was broken: more updates allocated than the options allow.
pub fn does_not_allocate<I: Input, S: Subject<I>>(
    make: impl Fn() -> S,
    options: &Options,
) -> Result<(), Broken> {
    checked::<I>(&erased(make), options)
}

fn checked<I: Input>(make: Fresh<'_, I>, options: &Options) -> Result<(), Broken> {
    let mut stage = make();
    feed(&mut *stage, &ordinary::<I>(31, options.warm_up_inputs()));
    let mut stream = ordinary::<I>(32, options.round(10_000));
    stream.extend(mixed::<I>(33, options.round(5_000)));
    let mut count = Count::new(options);
    for input in &stream {
        count.update::<I>(&mut *stage, input)?;
    }
    Ok(())
}

/// Updates that allocated, against their cap.
pub(super) struct Count {
    seen: usize,
    moments: usize,
    allowed: usize,
}

impl Count {
    pub(super) fn new(options: &Options) -> Self {
        Self { seen: 0, moments: 0, allowed: options.growth_allowed() }
    }

    /// Updates and counts.
    pub(super) fn update<I: Input>(
        &mut self,
        stage: &mut dyn Erased<I>,
        input: &I::Owned,
    ) -> Result<Heard, Broken> {
        let mut heard = Heard { some: false, not_finite: None };
        let (allocations, bytes) = stage.observe_counting(input, &mut |opinion| heard = Heard::of(opinion));
        self.seen += 1;
        if allocations > 0 {
            self.moments += 1;
            if self.moments > self.allowed {
                return Err(Broken::new(
                    Promise::Allocation,
                    format!(
                        "update {} after the warm-up allocated {bytes} bytes ({input:?}); {} of {} updates may",
                        self.seen, self.allowed, self.seen
                    ),
                ));
            }
        }
        Ok(heard)
    }
}
