//! Contract 2: missing is missing.

use super::erased::{Fresh, erased};
use super::options::Missing;
use super::outputs::{Heard, feed, outputs, same_outputs};
use super::stream::ordinary;
use super::{Broken, Input, Options, Promise, Subject};
use crate::Source;

/// Inserts missing values, one by one and in bursts, and compares with the stream without them, as the
/// options say: nothing changes, or the stage goes on having outputs. Passes at once for inputs that are
/// never missing.
///
/// # Errors
/// The promise that was broken, and where.
pub fn missing_teaches_nothing<I: Input, S: Subject<I>>(
    make: impl Fn() -> S,
    options: &Options,
) -> Result<(), Broken> {
    checked::<I>(&erased(make), options)
}

fn checked<I: Input>(make: Fresh<'_, I>, options: &Options) -> Result<(), Broken> {
    let clean = ordinary::<I>(11, options.round(3000));
    if clean.first().is_none_or(|input| I::missing(input).is_empty()) {
        return Ok(());
    }
    let mut source = Source::new(12);
    let mut stage = make();
    let mut heard = Vec::with_capacity(clean.len());
    for (i, input) in clean.iter().enumerate() {
        let burst = match source.below(40) {
            0 => 1,
            1 => source.below(30),
            _ if i == 0 => 5,
            _ => 0,
        };
        let neighbor = &clean[i.saturating_sub(1)];
        let missing = I::missing(neighbor);
        for _ in 0..burst {
            let value = &missing[source.below(missing.len())];
            if let Some(opinion) = Heard::from(&mut *stage, value).not_finite {
                return Err(Broken::new(
                    Promise::Missing,
                    format!("said {opinion} about a missing value ({value:?})"),
                ));
            }
        }
        let mut opinion = (String::new(), None);
        stage.observe(input, &mut |heard| opinion = (format!("{heard:?}"), Heard::of(heard).not_finite));
        if let Some(opinion) = opinion.1 {
            return Err(Broken::new(Promise::Missing, format!("poisoned: said {opinion} about {input:?}")));
        }
        heard.push(opinion.0);
    }
    let expected = outputs(&mut *make(), &clean);
    if options.missing_does() == Missing::Ignored {
        let what = "with missing values inserted (numbering the others)";
        return same_outputs(Promise::Missing, what, &heard, &expected);
    }
    recovers::<I>(make, &clean)
}

/// After a long burst of missing values the stage has outputs again as soon as a fresh one would, or sooner.
fn recovers<I: Input>(make: Fresh<'_, I>, clean: &[I::Owned]) -> Result<(), Broken> {
    let (before, after) = clean.split_at(clean.len() / 2);
    let mut fresh = make();
    let first = after.iter().position(|input| Heard::from(&mut *fresh, input).some);
    let mut stage = make();
    feed(&mut *stage, before);
    if let Some(last) = before.last() {
        for missing in I::missing(last).iter().cycle().take(200) {
            stage.observe(missing, &mut |_| ());
        }
    }
    let again = after.iter().position(|input| Heard::from(&mut *stage, input).some);
    match (first, again) {
        (Some(first), None) => Err(Broken::new(
            Promise::Missing,
            format!(
                "silent for ever after 200 missing values, where a fresh stage speaks after {first} inputs"
            ),
        )),
        (Some(first), Some(again)) if again > first => Err(Broken::new(
            Promise::Missing,
            format!("after 200 missing values silent for {again} inputs, a fresh stage for {first}"),
        )),
        _ => Ok(()),
    }
}
