//! Contract 5: restored snapshot ≡ continue.

use super::erased::{Erased, Fresh, erased};
use super::outputs::{Heard, feed, guarded, outputs, same_outputs};
use super::stream::{mixed, ordinary};
use super::{Broken, Input, Options, Promise, Subject};
use crate::Source;
use serde_json::Value;
use std::fs;

fn broken(how: impl Into<String>) -> Broken {
    Broken::new(Promise::Snapshot, how)
}

/// Saves a stage in the middle of a stream, as JSON and by postcard, and restores it: state and further
/// outputs are those of the stage that simply went on, bit for bit. In JSON no float is a bare number,
/// because readers of those may lose a bit, and there is no bare NaN: see [`evenkeel_core::exact`].
///
/// # Errors
/// The promise that was broken, in which format and where.
pub fn snapshot_continues<I: Input, S: Subject<I>>(
    make: impl Fn() -> S,
    options: &Options,
) -> Result<(), Broken> {
    continuation_checked::<I>(&erased(make), options)
}

fn continuation_checked<I: Input>(make: Fresh<'_, I>, options: &Options) -> Result<(), Broken> {
    let stream = mixed::<I>(61, options.round(3000));
    let expected = outputs(&mut *make(), &stream);
    for cut in [0, 1, 2, 10, stream.len() / 7, stream.len() / 2, stream.len() - 100] {
        let (before, after) = stream.split_at(cut);
        let mut stage = make();
        feed(&mut *stage, before);
        let text = stage.to_json(None)?;
        if let Some(number) = serde_json::from_str(&text).ok().as_ref().and_then(bare_float) {
            return Err(broken(format!(
                "the JSON after {cut} inputs has a float as a bare number ({number}); write it with `#[serde(with = \"evenkeel_core::exact\")]`"
            )));
        }
        let restored = stage
            .restored_from_json(&text)
            .map_err(|why| broken(format!("the JSON after {cut} inputs is refused: {why}: {text}")))?;
        goes_on::<I>("JSON", cut, restored, &*stage, after, &expected[cut..])?;
        let bytes = stage.to_bytes(None)?;
        let restored = stage.restored_from_bytes(&bytes).map_err(|why| {
            broken(format!("postcard's bytes after {cut} inputs are refused: {why}: {stage:?}"))
        })?;
        goes_on::<I>("postcard", cut, restored, &*stage, after, &expected[cut..])?;
    }
    Ok(())
}

fn goes_on<I: Input>(
    format: &str,
    cut: usize,
    mut restored: Box<dyn Erased<I>>,
    stage: &dyn Erased<I>,
    after: &[I::Owned],
    expected: &[String],
) -> Result<(), Broken> {
    if !restored.same_state(stage) || restored.to_bytes(None)? != stage.to_bytes(None)? {
        return Err(broken(format!(
            "restored from {format} after {cut} inputs the state is {restored:?}, it was {stage:?}"
        )));
    }
    let what = format!("restored from {format} after {cut} inputs");
    same_outputs(Promise::Snapshot, &what, &outputs(&mut *restored, after), expected)
}

fn bare_float(value: &Value) -> Option<String> {
    match value {
        Value::Number(number) if number.is_f64() => Some(number.to_string()),
        Value::Array(items) => items.iter().find_map(bare_float),
        Value::Object(entries) => entries.values().find_map(bare_float),
        _ => None,
    }
}

/// The schema names the type with a version, is the one the options ask for, and another one is refused in
/// both formats, before the state is read.
///
/// # Errors
/// The promise that was broken, and how.
pub fn other_schema_is_refused<I: Input, S: Subject<I>>(
    make: impl Fn() -> S,
    options: &Options,
) -> Result<(), Broken> {
    schema_checked::<I>(&erased(make), options)
}

fn schema_checked<I: Input>(make: Fresh<'_, I>, options: &Options) -> Result<(), Broken> {
    let mut stage = make();
    let schema = stage.schema();
    if schema != stage.schema() {
        return Err(broken("the schema changes from call to call"));
    }
    let version = schema.split('@').nth(1).and_then(|rest| rest.chars().next());
    if schema.starts_with('@') || !version.is_some_and(|c| c.is_ascii_digit()) {
        return Err(broken(format!(
            "the schema is `{schema}`, where a name and a version are due: `Name@1`"
        )));
    }
    if let Some(wanted) = options.schema_wanted().filter(|wanted| *wanted != schema) {
        return Err(broken(format!("the schema is `{schema}`, not `{wanted}`")));
    }
    feed(&mut *stage, &ordinary::<I>(62, 100));
    for other in [format!("{schema}0"), String::new(), schema.replace('@', "@9")] {
        let (text, bytes) = (stage.to_json(Some(&other))?, stage.to_bytes(Some(&other))?);
        let unread =
            serde_json::to_string(&(&other, "no state at all")).map_err(|why| broken(why.to_string()))?;
        if stage.restored_from_json(&text).is_ok() || stage.restored_from_bytes(&bytes).is_ok() {
            return Err(broken(format!("a snapshot of `{other}` was taken for one of `{schema}`")));
        }
        match stage.restored_from_json(&unread) {
            Err(why) if why.contains("cannot restore") => {}
            other => return Err(broken(format!("the state was read before the schema: {other:?}"))),
        }
    }
    Ok(())
}

/// Restores from truncated and garbled bytes and text, thousands of them: refused, or accepted as a stage
/// that still keeps promises 1 and 2; never a panic.
///
/// # Errors
/// The promise that was broken, with what was read.
pub fn garbled_snapshots_are_survived<I: Input, S: Subject<I>>(
    make: impl Fn() -> S,
    options: &Options,
) -> Result<(), Broken> {
    garbled_checked::<I>(&erased(make), options)
}

fn garbled_checked<I: Input>(make: Fresh<'_, I>, options: &Options) -> Result<(), Broken> {
    let mut stage = make();
    let probe = mixed::<I>(64, 30);
    let mut source = Source::new(65);
    for length in [0, 20, options.round(1000)] {
        feed(&mut *stage, &ordinary::<I>(63, length));
        let bytes = stage.to_bytes(None)?;
        let text = stage.to_json(None)?;
        for _ in 0..options.round(1500) {
            let garbled = garble(&bytes, &mut source, |source| source.next_u64().to_le_bytes()[0]);
            survives::<I>("postcard's bytes", &garbled, &probe, &|| {
                stage.restored_from_bytes(&garbled).ok()
            })?;
            let garbled = garble(text.as_bytes(), &mut source, |source| {
                b"0123456789-+.eE\"[]{},:NaNinfull_@<>"[source.below(35)]
            });
            let garbled = String::from_utf8_lossy(&garbled);
            survives::<I>("JSON", &garbled, &probe, &|| stage.restored_from_json(&garbled).ok())?;
        }
    }
    Ok(())
}

/// What integers are set to: 0, the largest ones, and the first that a float can't hold.
const INTEGERS: [u64; 4] = [0, u64::MAX, u32::MAX as u64, (1 << 53) + 1];
/// What floats are set to: 0, a negative number, very small and very large ones, and the ends of the range
/// that counts as observed.
const FLOATS: [&str; 9] =
    ["0.0", "-1.0", "5e-324", "1e-300", "1e308", "-1e308", "1e100", "-1e100", "9007199254740993.0"];

/// Restores from the JSON of a running stage with one number set to an extreme, each in turn, in long lists
/// some of them: refused, or accepted as a stage that neither panics nor gives outputs that are not finite in
/// a thousand further inputs.
///
/// # Errors
/// The promise that was broken, with the first places in which numbers break it.
pub fn tampered_snapshots_are_survived<I: Input, S: Subject<I>>(
    make: impl Fn() -> S,
    options: &Options,
) -> Result<(), Broken> {
    tampered_checked::<I>(&erased(make), options)
}

fn tampered_checked<I: Input>(make: Fresh<'_, I>, options: &Options) -> Result<(), Broken> {
    let mut stage = make();
    let stream = ordinary::<I>(68, options.round(1000));
    let mut found = Vec::new();
    for length in [0, 500] {
        feed(&mut *stage, &ordinary::<I>(67, length));
        let text = stage.to_json(None)?;
        let state: Value = serde_json::from_str(&text).map_err(|why| broken(format!("{why} in {text}")))?;
        let mut places = Vec::new();
        numbers(&state, String::new(), &mut places);
        for place in places {
            let is_integer = state.pointer(&place).is_some_and(Value::is_number);
            let extremes: Vec<Value> = if is_integer {
                INTEGERS.iter().map(|x| Value::from(*x)).collect()
            } else {
                FLOATS.iter().map(|x| Value::from(*x)).collect()
            };
            for extreme in extremes {
                let mut tampered = state.clone();
                let what = format!("{place} = {extreme}");
                if let Some(number) = tampered.pointer_mut(&place) {
                    *number = extreme;
                }
                let tampered = tampered.to_string();
                if let Err(why) =
                    survives::<I>("JSON", &what, &stream, &|| stage.restored_from_json(&tampered).ok())
                {
                    found.push(why.to_string());
                }
            }
        }
    }
    if found.is_empty() {
        return Ok(());
    }
    let count = found.len();
    found.truncate(12);
    Err(broken(format!("{count} tampered snapshots are not survived, such as\n{}", found.join("\n"))))
}

/// Where numbers stand, floats as text among them. Of long lists the first, the last and some between.
fn numbers(value: &Value, place: String, found: &mut Vec<String>) {
    match value {
        Value::Number(_) => found.push(place),
        Value::String(text) if text.parse::<f64>().is_ok() => found.push(place),
        Value::Array(list) => {
            let stride = (list.len() / 5).max(1);
            for (i, inner) in list.iter().enumerate() {
                if i % stride == 0 || i + 1 == list.len() {
                    numbers(inner, format!("{place}/{i}"), found);
                }
            }
        }
        Value::Object(fields) => {
            for (name, inner) in fields {
                numbers(inner, format!("{place}/{name}"), found);
            }
        }
        _ => {}
    }
}

/// Truncates, or changes up to four bytes.
fn garble(bytes: &[u8], source: &mut Source, byte: impl Fn(&mut Source) -> u8) -> Vec<u8> {
    let mut garbled = bytes.to_vec();
    match source.below(4) {
        0 => garbled.truncate(source.below(bytes.len())),
        1 => {
            let place = source.below(bytes.len());
            garbled[place] ^= 1 << source.below(8);
        }
        _ => {
            for _ in 0..=source.below(4) {
                let place = source.below(bytes.len());
                garbled[place] = byte(source);
            }
        }
    }
    garbled
}

fn survives<I: Input>(
    format: &str,
    garbled: &dyn std::fmt::Debug,
    probe: &[I::Owned],
    read: &dyn Fn() -> Option<Box<dyn Erased<I>>>,
) -> Result<(), Broken> {
    let restored = guarded(read)
        .map_err(|message| broken(format!("reading garbled {format} panicked: {message}: {garbled:?}")))?;
    let Some(mut stage) = restored else { return Ok(()) };
    for input in probe {
        match guarded(|| Heard::from(&mut *stage, input)) {
            Err(message) => {
                return Err(broken(format!(
                    "garbled {format} was accepted and then panicked at {input:?}: {message}: {garbled:?}"
                )));
            }
            Ok(Heard { not_finite: Some(opinion), .. }) => {
                return Err(broken(format!(
                    "garbled {format} was accepted and then said {opinion} at {input:?}: {garbled:?}"
                )));
            }
            Ok(_) => {}
        }
    }
    Ok(())
}

/// The golden snapshot, if the options name one: after 500 inputs of the kit's ordinary stream the stage's
/// JSON is what the file holds, and what the file holds is restored. Written again if `$EVENKEEL_BLESS` is
/// set.
///
/// # Errors
/// The promise that was broken, or why the file could not be read.
pub fn golden_is_reproduced<I: Input, S: Subject<I>>(
    make: impl Fn() -> S,
    options: &Options,
) -> Result<(), Broken> {
    golden_checked::<I>(&erased(make), options)
}

fn golden_checked<I: Input>(make: Fresh<'_, I>, options: &Options) -> Result<(), Broken> {
    let Some(path) = options.golden_file() else { return Ok(()) };
    let mut stage = make();
    feed(&mut *stage, &ordinary::<I>(66, 500));
    let text = stage.to_json(None)?;
    let shown = path.display();
    if std::env::var_os("EVENKEEL_BLESS").is_some() {
        let folder = path.parent().map_or(Ok(()), fs::create_dir_all);
        folder
            .and_then(|()| fs::write(path, format!("{text}\n")))
            .map_err(|why| broken(format!("{shown}: {why}")))?;
    }
    let golden = fs::read_to_string(path)
        .map_err(|why| broken(format!("{shown}: {why} (EVENKEEL_BLESS=1 writes golden snapshots)")))?;
    let restored = stage.restored_from_json(golden.trim_end()).map_err(|why| {
        broken(format!("{shown} is refused: {why}; raise the version of the schema if that is meant"))
    })?;
    if golden.trim_end() != text || !restored.same_state(&*stage) {
        let (golden, text) = around_first_difference(golden.trim_end(), &text);
        return Err(broken(format!(
            "{shown} holds {golden}, now it would be {text}; raise the version of the schema if that is meant"
        )));
    }
    Ok(())
}

/// What is around the first byte in which two texts differ; both texts whole if they are short.
fn around_first_difference(a: &str, b: &str) -> (String, String) {
    let at = a.bytes().zip(b.bytes()).position(|(a, b)| a != b).unwrap_or(a.len().min(b.len()));
    let around = |text: &str| {
        let part = text.as_bytes().get(at.saturating_sub(200)..text.len().min(at + 200)).unwrap_or_default();
        let part = String::from_utf8_lossy(part);
        if part.len() < text.len() { format!("...{part}... at byte {at}") } else { text.to_owned() }
    };
    (around(a), around(b))
}
