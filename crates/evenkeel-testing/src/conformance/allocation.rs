//! Contract 4: no allocation in the steady state.

use super::subject::{mixed, ordinary};
use super::{Broken, Input, Options, Promise, Subject};

/// Counts the updates that allocate after the warm-up, over an ordinary stream and one with missing and hostile inputs. Counted per
/// thread, so that other tests do not disturb it.
///
/// # Errors
/// The promise that was broken: more updates allocated than the options allow.
pub fn does_not_allocate<I: Input, S: Subject<I>>(
    make: impl Fn() -> S,
    options: &Options,
) -> Result<(), Broken> {
    let mut stage = make();
    for input in &ordinary::<I>(31, options.warm_up_inputs()) {
        stage.observe(input);
    }
    let mut stream = ordinary::<I>(32, options.round(10_000));
    stream.extend(mixed::<I>(33, options.round(5_000)));
    let mut count = Count::new(options);
    for input in &stream {
        count.update::<I, S>(&mut stage, input)?;
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
    pub(super) fn update<I: Input, S: Subject<I>>(
        &mut self,
        stage: &mut S,
        input: &I::Owned,
    ) -> Result<Option<S::Opinion>, Broken> {
        let mut opinion = None;
        let info = allocation_counter::measure(|| opinion = stage.observe(input));
        self.seen += 1;
        if info.count_total > 0 {
            self.moments += 1;
            if self.moments > self.allowed {
                return Err(Broken::new(
                    Promise::Allocation,
                    format!(
                        "update {} after the warm-up allocated {} bytes ({input:?}); {} of {} updates may",
                        self.seen, info.bytes_total, self.allowed, self.seen
                    ),
                ));
            }
        }
        Ok(opinion)
    }
}
