//! Alarms: transitions are in order.

use super::erased::Opined;
use super::stream::ordinary;
use super::{Broken, Input, Options, Promise, Subject};
use crate::Source;
use evenkeel_core::{At, Calibrated, Transition, TransitionKind};

/// An alarm's transitions: an event is raised once, may worsen, is cleared, and only then is the next one
/// raised. Its start and its peak are not after it was noticed, and it ends when it is cleared and not before
/// it began. Times do not go back from one transition to the next, as long as those of the observations
/// don't. Hostile times are fed as well.
///
/// # Errors
/// What could not be followed, and where.
pub fn transitions_can_be_followed<S: Subject<At<Calibrated>, Opinion = Transition>>(
    make: impl Fn() -> S,
    options: &Options,
) -> Result<(), Broken> {
    checked(&|| Box::new(make()), options)
}

type FreshAlarm<'a> = &'a dyn Fn() -> Box<dyn Opined<At<Calibrated>, Transition>>;

fn checked(make: FreshAlarm<'_>, options: &Options) -> Result<(), Broken> {
    let mut raised = 0;
    let mut cleared = 0;
    let mut streams = <At<Calibrated> as Input>::hostile(&mut Source::new(95));
    streams.push((
        "ordinary, with episodes of p <= 1e-12".into(),
        ordinary::<At<Calibrated>>(96, options.round(20_000)),
    ));
    for (name, stream) in streams {
        let mut stage = make();
        let mut open: Option<Transition> = None;
        // Once times go back the clock may have been set back: transitions are then checked one by one.
        let (mut latest, mut in_order) = (None, true);
        for (i, input) in stream.iter().enumerate() {
            in_order &= latest <= Some(input.time);
            latest = latest.max(Some(input.time));
            let Some(now) = stage.opinion(input) else { continue };
            follow(open.as_ref(), &now, in_order).map_err(|how| {
                Broken::new(Promise::Alarm, format!("input {i} of `{name}`: {how}: {now:?}"))
            })?;
            raised += usize::from(now.kind == TransitionKind::Raised);
            cleared += usize::from(now.kind == TransitionKind::Cleared);
            open = (now.kind != TransitionKind::Cleared).then_some(now);
        }
    }
    if raised == 0 || cleared == 0 {
        return Err(Broken::new(Promise::Vacuous, format!("raised {raised} times, cleared {cleared} times")));
    }
    Ok(())
}

fn follow(open: Option<&Transition>, now: &Transition, in_order: bool) -> Result<(), &'static str> {
    match (open, now.kind) {
        (Some(_), TransitionKind::Raised) => return Err("raised while it was raised already"),
        (None, TransitionKind::Worsened | TransitionKind::Cleared) => return Err("nothing had been raised"),
        _ => {}
    }
    if in_order && open.is_some_and(|open| open.at > now.at) {
        return Err("noticed before the transition before it");
    }
    if in_order && open.is_some_and(|open| open.start != now.start) {
        return Err("the event began at another time than was said before");
    }
    if open.is_some_and(|open| now.peak.value.p() > open.peak.value.p()) {
        return Err("the peak is less surprising than the one said before");
    }
    if now.start > now.at || now.peak.time > now.at || now.peak.time < now.start {
        return Err("start, peak and the time it was noticed are out of order");
    }
    match (now.kind, now.end) {
        (TransitionKind::Cleared, None) => Err("cleared without an end"),
        (TransitionKind::Cleared, Some(end)) if end < now.start || end > now.at => {
            Err("the end is before the start or after it was noticed")
        }
        (TransitionKind::Raised | TransitionKind::Worsened, Some(_)) => Err("an end before it was cleared"),
        _ => Ok(()),
    }
}
