//! Contract 3, for detectors and calibrators.

use super::erased::Opined;
use super::stream::ordinary;
use super::{Broken, Input, Options, Promise, Subject};
use evenkeel_core::{Calibrated, Score};

/// Feeds clones of a detector different values in place of the same one: what it says it had expected does
/// not depend on the value.
///
/// A detector whose scores carry no expectation is not checked by this.
///
/// # Errors
/// The promise that was broken, and where.
pub fn expects_before_it_sees<I: Input, S: Subject<I, Opinion = Score>>(
    make: impl Fn() -> S,
    options: &Options,
) -> Result<(), Broken> {
    expectation_checked::<I>(&mut make(), options)
}

fn expectation_checked<I: Input>(stage: &mut dyn Opined<I, Score>, options: &Options) -> Result<(), Broken> {
    let stream = ordinary::<I>(21, options.round(2000));
    for (i, input) in stream.iter().enumerate() {
        if i % 7 == 0 || i < 50 {
            let mut before: Option<(I::Owned, String)> = None;
            for other in I::alternatives(input) {
                let Some(score) = stage.twin().opinion(&other) else { continue };
                let expected = format!("{:?}", score.expected());
                match &before {
                    Some((x, said)) if *said != expected => {
                        return Err(Broken::new(
                            Promise::Prequential,
                            format!(
                                "at input {i} it had expected {said} if {x:?} came, {expected} if {other:?}"
                            ),
                        ));
                    }
                    _ => before = Some((other, expected)),
                }
            }
        }
        stage.opinion(input);
    }
    Ok(())
}

/// Feeds clones of a calibrator rising scores of one direction in place of the same one: the p-value does not
/// rise with them.
///
/// # Errors
/// The promise that was broken, and where.
pub fn p_falls_with_the_score<I: Input, S: Subject<I, Opinion = Calibrated>>(
    make: impl Fn() -> S,
    options: &Options,
) -> Result<(), Broken> {
    p_value_checked::<I>(&mut make(), options)
}

fn p_value_checked<I: Input>(stage: &mut dyn Opined<I, Calibrated>, options: &Options) -> Result<(), Broken> {
    let stream = ordinary::<I>(22, options.round(3000));
    let mut checked = 0;
    for (i, input) in stream.iter().enumerate() {
        if i % 7 == 0 || i < 50 {
            let mut before: Option<Calibrated> = None;
            for other in I::alternatives(input) {
                let Some(calibrated) = stage.twin().opinion(&other) else { continue };
                checked += 1;
                if let Some(before) = before.filter(|before| calibrated.p() > before.p()) {
                    return Err(Broken::new(
                        Promise::Prequential,
                        format!(
                            "at input {i} a score of {} has p = {}, a greater one of {} has p = {}",
                            before.score().value(),
                            before.p(),
                            calibrated.score().value(),
                            calibrated.p()
                        ),
                    ));
                }
                before = Some(calibrated);
            }
        }
        stage.opinion(input);
    }
    if checked == 0 {
        return Err(Broken::new(Promise::Vacuous, format!("no p-value in {} inputs", stream.len())));
    }
    Ok(())
}
